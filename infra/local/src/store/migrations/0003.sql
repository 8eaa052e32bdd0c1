-- Which events hold data no more.
ALTER TABLE events ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
UPDATE events SET redacted = 1
WHERE CASE WHEN json_valid(document) THEN json_extract(document, '$.redacted_at') IS NOT NULL END;
CREATE INDEX events_unredacted ON events (accepted_at) WHERE NOT redacted;

-- When a line was written; for those that do not say, when this column came.
ALTER TABLE audit ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE audit SET at = 1000000000 * coalesce(
    CASE WHEN json_valid(document) THEN unixepoch(json_extract(document, '$.at')) END,
    unixepoch('now')
);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX dead_letters_by_time ON dead_letters (at);

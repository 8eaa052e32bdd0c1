-- Whether a run waits for a time, an event or people: such runs are listed by an index, without a look at documents.
ALTER TABLE runs ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET waits = 1
WHERE state IN ('active', 'failing') AND instr(id, '/') = 0 AND EXISTS (
    SELECT 1
    FROM json_each(CASE WHEN json_valid(document) THEN document ELSE '{}' END, '$.steps') AS step
    WHERE json_extract(step.value, '$.state') = 'waiting'
);
CREATE INDEX runs_waiting ON runs (seq) WHERE waits;

-- The newest due time of each scheduled workflow that was published.
CREATE TABLE schedules (
    workflow TEXT PRIMARY KEY,
    fired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events that wait to be one run. Who writes a hold names the state that was read, by its stamp.
CREATE TABLE holds (
    key      TEXT PRIMARY KEY,
    stamp    TEXT NOT NULL,
    due_at   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_time ON holds (due_at);

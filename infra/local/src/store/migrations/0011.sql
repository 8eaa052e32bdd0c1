-- Runs of one key that wait for each other. Who writes a slot names the state that was read, by its stamp.
CREATE TABLE slots (
    key      TEXT PRIMARY KEY,
    stamp    TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

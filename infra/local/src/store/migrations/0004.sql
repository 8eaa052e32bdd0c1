-- Bulk work, done slice by slice.
CREATE TABLE jobs (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    open       INTEGER NOT NULL,
    document   TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_open ON jobs (created_at) WHERE open;
CREATE INDEX jobs_by_time ON jobs (created_at);

-- Keys of requests that are being answered: who asks the same meanwhile has to wait.
CREATE TABLE held_keys (
    key      TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

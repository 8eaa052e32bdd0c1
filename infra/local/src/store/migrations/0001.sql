-- Times are nanoseconds since 1970. Documents are the stored forms of the engine, as JSON; the
-- columns beside a document repeat those of its fields that are searched for.

CREATE TABLE runs (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    workflow    TEXT NOT NULL,
    event       TEXT NOT NULL,
    state       TEXT NOT NULL,
    check_at    INTEGER,
    ended_at    INTEGER,
    redacted_at INTEGER,
    document    TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_workflow ON runs (workflow);
CREATE INDEX runs_by_event ON runs (event);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_due ON runs (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_unredacted ON runs (ended_at) WHERE ended_at IS NOT NULL AND redacted_at IS NULL;

CREATE TABLE events (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    accepted_at INTEGER NOT NULL,
    document    TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (accepted_at);

-- `seq` and `deliveries` make the receipt, so neither may ever come back to an earlier value.
-- `receives` counts the deliveries that did not end in an orderly way.
CREATE TABLE messages (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    queue      TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    in_flight  INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0,
    receives   INTEGER NOT NULL DEFAULT 0,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_time ON messages (queue, visible_at, in_flight);

CREATE TABLE dead_letters (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    queue  TEXT NOT NULL,
    run    TEXT,
    at     INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;
CREATE INDEX dead_letters_by_run ON dead_letters (run) WHERE run IS NOT NULL;

-- One row: what was applied last.
CREATE TABLE project (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    document TEXT
) STRICT;
INSERT INTO project (one, revision) VALUES (1, 0);

CREATE TABLE workflows (
    id       TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
    workflow TEXT NOT NULL,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (workflow, version)
) STRICT;

CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    run      TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_by_run ON outbox (run);

CREATE TABLE tokens (
    key          TEXT PRIMARY KEY,
    value        TEXT,
    expires_at   INTEGER,
    leased_until INTEGER
) STRICT;

CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE replies (
    key     TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    request TEXT NOT NULL,
    status  INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX replies_by_time ON replies (at);

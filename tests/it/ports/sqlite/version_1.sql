-- A database as the first version made it.
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

PRAGMA user_version = 1;

INSERT INTO runs (id, workflow, event, state, check_at, document) VALUES
    ('run_1', 'order-log', 'event_1', 'active', 1767226500000000000, '{"v":1,"id":"run_1","workflow":"order-log","version":1,"event":"event_1","connection":"shop","key":"order_1","generation":0,"test":false,"state":"active","gen":0,"input":{"order":{"number":"1001"}},"steps":{"log":{"state":"running","action":"sheet.append_row","provider":"google_sheets","class":"natural","on_unknown":"retry","fence":1,"lease_until":"2026-01-01T00:01:30Z","claimed_at":"2026-01-01T00:00:00Z","attempts":1,"asked":0,"next_at":null,"key_at":"2026-01-01T00:00:00Z","output":null,"reason":null,"tried":[],"ended_at":null}},"failure":null,"dead_lettered":false,"quiet":false,"hops":0,"check_at":"2026-01-01T00:15:00Z","created_at":"2026-01-01T00:00:00Z","ended_at":null,"redacted_at":null}');

INSERT INTO events (id, accepted_at, document) VALUES
    ('event_1', 1767225600000000000, '{"event":{"v":1,"id":"event_1","name":"order.placed","connection":"shop","provider":"commercelayer","topic":"orders.place","accepted_at":"2026-01-01T00:00:00Z","test":false,"data":{"order":{"number":"1001"}}},"verdicts":[{"workflow":"order-log","version":1,"decision":{"run":"run_1"}}],"redacted_at":null}');

INSERT INTO messages (queue, visible_at, in_flight, deliveries, receives, body) VALUES
    ('sheet.append_row', 1767225600000000000, 0, 0, 0, '{"v":1,"run":"run_1","path":"log"}');

UPDATE project SET revision = 3, document = '{"v":1,"connections":{"shop":{"provider":"commercelayer","settings":{"organization":"acme","client_secret":{"$secret":"cl_client_secret"}}}},"alerts":null,"public_url":null,"keep_days":90,"redact_after_days":30}';

INSERT INTO workflows (id, document) VALUES
    ('order-log', '{"id":"order-log","version":1,"event":"order.placed","from":"shop","enabled":true,"enabled_at":"2026-01-01T00:00:00Z","paused":false,"deleted":false}');

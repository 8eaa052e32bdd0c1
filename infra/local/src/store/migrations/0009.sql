-- Marks of runs and events that look for each other. That of a run goes with it.
CREATE TABLE marks (
    seq      INTEGER PRIMARY KEY,
    key      TEXT NOT NULL,
    id       TEXT NOT NULL,
    run      TEXT,
    at       INTEGER NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (key, id)
) STRICT;
CREATE INDEX marks_by_time ON marks (at);
CREATE INDEX marks_by_run ON marks (run);

CREATE TRIGGER marks_of_removed_runs AFTER DELETE ON runs BEGIN
    DELETE FROM marks WHERE run = OLD.id;
END;

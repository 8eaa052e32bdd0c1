-- What is too long for its row: inputs and outputs of runs, data and bodies of events. Whoever removes
-- the data of the owner, or the owner itself, removes its parts in the same statement.
CREATE TABLE parts (
    seq   INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body  TEXT NOT NULL,
    UNIQUE (owner, name)
) STRICT;
CREATE INDEX parts_by_time ON parts (at);

CREATE TRIGGER parts_of_removed_runs AFTER DELETE ON runs BEGIN
    DELETE FROM parts WHERE owner = OLD.id;
END;
CREATE TRIGGER parts_of_redacted_runs AFTER UPDATE OF redacted_at ON runs
WHEN NEW.redacted_at IS NOT NULL BEGIN
    DELETE FROM parts WHERE owner = NEW.id;
END;
CREATE TRIGGER parts_of_removed_events AFTER DELETE ON events BEGIN
    DELETE FROM parts WHERE owner = OLD.id;
END;
CREATE TRIGGER parts_of_redacted_events AFTER UPDATE OF redacted ON events
WHEN NEW.redacted BEGIN
    DELETE FROM parts WHERE owner = NEW.id;
END;

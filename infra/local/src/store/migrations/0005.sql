-- Written to find out whether anything can be written; `at` is when that was last so.
CREATE TABLE probe (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    at   INTEGER NOT NULL,
    room BLOB
) STRICT;
INSERT INTO probe (id, at) VALUES (1, 0);

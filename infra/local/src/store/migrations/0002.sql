-- Which dead letters people have been told of.
ALTER TABLE dead_letters ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX dead_letters_untold ON dead_letters (seq) WHERE NOT told;

-- Access tokens are kept in memory only, so that no backup holds one.
DROP TABLE tokens;

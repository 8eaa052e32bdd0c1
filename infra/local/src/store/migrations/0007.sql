-- The connection that a message waits for; '' where that is not known. It stands before the time in
-- the index, so that what waits for a closed connection is passed over and not looked at.
ALTER TABLE messages ADD COLUMN connection TEXT NOT NULL DEFAULT '';
DROP INDEX messages_by_time;
CREATE INDEX messages_by_connection ON messages (queue, connection, visible_at, in_flight);

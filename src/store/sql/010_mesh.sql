-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ log
-- How many of the stream's events are hollow: two that hold the same events and closings hollowed
-- the same ones.
ALTER TABLE stream ADD COLUMN hollow INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET hollow = (SELECT count(*) FROM event WHERE event.stream = stream.no
	AND event.subject IS NULL);

------------------------------------------------------------------ projections
-- Boards that the ward has cut off, and the last of their events that counts in each stream.
CREATE TABLE revoked (
	board BLOB    PRIMARY KEY,
	hlc   INTEGER NOT NULL                  -- of the first revocation
) WITHOUT ROWID;
CREATE TABLE mark (
	board       BLOB    NOT NULL,
	incarnation INTEGER NOT NULL,
	cls         INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	PRIMARY KEY (board, incarnation, cls)
) WITHOUT ROWID;

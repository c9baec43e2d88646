-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- What the ward's heartbeats say, and which of its class 1 streams follows which.
CREATE TABLE heartbeat (
	incarnation INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	issued      INTEGER NOT NULL,           -- UTC ms
	PRIMARY KEY (incarnation, seq)
) WITHOUT ROWID;
CREATE INDEX heartbeat_issued ON heartbeat (issued);
CREATE TABLE opening (
	incarnation INTEGER PRIMARY KEY,
	prev        INTEGER NOT NULL,           -- the incarnation before; 0 none
	prev_seq    INTEGER NOT NULL            -- it reached at least this
);
-- The ward has moved her: this row of number is HOME's, not NUMBER's.
ALTER TABLE number ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
-- For whom the new home waits; counts while hlc is that of her row in number.
CREATE TABLE moved (
	s   BLOB    NOT NULL,
	old BLOB    NOT NULL,                   -- board
	hlc INTEGER NOT NULL,                   -- of the newest HOME that names it
	PRIMARY KEY (s, old)
) WITHOUT ROWID;
CREATE INDEX moved_old ON moved (old);
-- Who has stopped, the newest of each: at, and what was sent to her until then.
CREATE TABLE released (
	s      BLOB    NOT NULL,
	board  BLOB    NOT NULL,
	move   INTEGER NOT NULL,                -- hlc of the HOME it obeys
	at     INTEGER NOT NULL,                -- UTC ms
	sent   INTEGER NOT NULL,
	first  INTEGER NOT NULL,
	course TEXT    NOT NULL,
	lesson INTEGER NOT NULL,
	idle   INTEGER NOT NULL,
	PRIMARY KEY (s, board)
) WITHOUT ROWID;

-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- Every answer, since repetition depends on their order, which only a reader can give them.
-- The key's columns stand first: else integrity_check of SQLite 3.40 sees NULLs that are none.
CREATE TABLE answer (
	s      BLOB    NOT NULL,
	course TEXT    NOT NULL,
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	lesson INTEGER NOT NULL,
	"right" INTEGER NOT NULL,
	hlc    INTEGER NOT NULL,
	PRIMARY KEY (s, course, stream, seq)
) WITHOUT ROWID;

------------------------------------------------------------------ local
-- The learners this board is home of: when to look whether something is due, and what was sent
-- to them unasked.
CREATE TABLE due (
	s      BLOB    PRIMARY KEY,
	at     INTEGER NOT NULL,
	active INTEGER NOT NULL DEFAULT 0,      -- last step that changed what is due
	sent   INTEGER NOT NULL DEFAULT 0,      -- last unasked message
	first  INTEGER NOT NULL DEFAULT 0,      -- first unasked message without an answer since
	course TEXT    NOT NULL DEFAULT '',     -- last unasked lesson or repetition
	lesson INTEGER NOT NULL DEFAULT 0,
	idle   INTEGER NOT NULL DEFAULT 0       -- reminders since the last lesson
) WITHOUT ROWID;
CREATE INDEX due_at ON due (at);

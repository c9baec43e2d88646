-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- Which boards hold nothing any more of a learner who wanted to be erased.
CREATE TABLE erased (
	s     BLOB NOT NULL,
	board BLOB NOT NULL,
	PRIMARY KEY (s, board)
) WITHOUT ROWID;

-- Completions that the ward knows of; hlc of its first word.
CREATE TABLE countersign (
	s      BLOB    NOT NULL,
	course TEXT    NOT NULL,
	hlc    INTEGER NOT NULL,
	PRIMARY KEY (s, course)
) WITHOUT ROWID;
-- Of a class: the local day it was on.
ALTER TABLE attest ADD COLUMN day INTEGER NOT NULL DEFAULT 0;

------------------------------------------------------------------ local
-- The one message that is still owed to her: when every board has said so.
CREATE TABLE farewell (
	s        BLOB    PRIMARY KEY,
	p        BLOB    NOT NULL,
	due      INTEGER NOT NULL,              -- promised by then
	alphabet INTEGER NOT NULL,
	number   BLOB    NOT NULL,              -- sealed to this board
	text     TEXT    NOT NULL
) WITHOUT ROWID;

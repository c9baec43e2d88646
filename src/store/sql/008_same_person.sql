-- SPDX-License-Identifier: GPL-2.0-or-later
-- One person under several numbers: s knows that other is she, too. here: the newest hlc at which s
-- was named as the one that gets what nobody asked for; 0 never.
CREATE TABLE same (
	s     BLOB    NOT NULL,
	other BLOB    NOT NULL,
	here  INTEGER NOT NULL,
	PRIMARY KEY (s, other)
) WITHOUT ROWID;
-- Codes that are given out, register 13.
CREATE INDEX register_move ON register (value) WHERE reg = 13;
-- Local: calls for help of people who have not agreed. number: sealed to this board.
CREATE TABLE stranger_call (
	p      BLOB    PRIMARY KEY,
	asked  INTEGER NOT NULL,
	pin    INTEGER NOT NULL,
	due    INTEGER NOT NULL,
	number BLOB    NOT NULL
) WITHOUT ROWID;

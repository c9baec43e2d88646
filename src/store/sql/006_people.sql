-- SPDX-License-Identifier: GPL-2.0-or-later
-- A pupil's newest ticket for a guardian, and what each guardian said last.
CREATE TABLE ticket (
	s      BLOB    PRIMARY KEY,
	hlc    INTEGER NOT NULL,
	code   INTEGER NOT NULL,
	until  INTEGER NOT NULL,
	course TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX ticket_code ON ticket (code);
CREATE TABLE guardian (
	s       BLOB    NOT NULL,
	p       BLOB    NOT NULL,               -- the guardian's number
	hlc     INTEGER NOT NULL,
	off     INTEGER NOT NULL,               -- taken back
	code    INTEGER NOT NULL,               -- the ticket she named; 0: on the pupil's telephone
	text_version INTEGER NOT NULL,
	channel INTEGER NOT NULL,
	raw     TEXT    NOT NULL,
	PRIMARY KEY (s, p)
) WITHOUT ROWID;
-- What a learner is called, sealed like her number.
CREATE TABLE name (
	s        BLOB    PRIMARY KEY,
	hlc      INTEGER NOT NULL,
	home     BLOB    NOT NULL,
	for_ward BLOB    NOT NULL,
	for_home BLOB    NOT NULL
) WITHOUT ROWID;

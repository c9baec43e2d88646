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
-- What people wrote to the ward.
CREATE TABLE feedback (
	s       BLOB    NOT NULL,
	stream  INTEGER NOT NULL,
	seq     INTEGER NOT NULL,
	hlc     INTEGER NOT NULL,
	channel INTEGER NOT NULL,
	text    TEXT    NOT NULL,
	PRIMARY KEY (s, stream, seq)
) WITHOUT ROWID;
-- Who wants to know what is stored; asked, answered: hlc, 0 not (yet) known.
CREATE TABLE request (
	s        BLOB    NOT NULL,
	due      INTEGER NOT NULL,
	asked    INTEGER NOT NULL,
	answered INTEGER NOT NULL,
	PRIMARY KEY (s, due)
) WITHOUT ROWID;
-- What became of a call for help; the first counts.
CREATE TABLE help_step (
	s    BLOB    NOT NULL,
	pin  INTEGER NOT NULL,
	step INTEGER NOT NULL,
	hlc  INTEGER NOT NULL,
	PRIMARY KEY (s, pin, step)
) WITHOUT ROWID;

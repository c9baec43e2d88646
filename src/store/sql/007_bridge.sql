-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
ALTER TABLE help ADD COLUMN visit INTEGER NOT NULL DEFAULT 0;   -- at home: 1 morning, 2 afternoon
-- Every call for help there was, for the time to answer; asked 0: only its end is known yet.
CREATE TABLE help_call (
	s         BLOB    NOT NULL,
	pin       INTEGER NOT NULL,
	due       INTEGER NOT NULL,
	asked     INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL,
	PRIMARY KEY (s, pin, due)
) WITHOUT ROWID;
INSERT INTO help_call SELECT s, pin, due, CASE withdrawn WHEN 0 THEN hlc ELSE 0 END, withdrawn
	FROM help;
-- Who helps with a call, the newest; board: the one that writes to the helper.
CREATE TABLE helper (
	s      BLOB    NOT NULL,
	pin    INTEGER NOT NULL,
	hlc    INTEGER NOT NULL,
	step   INTEGER NOT NULL,
	p      BLOB    NOT NULL,
	until  INTEGER NOT NULL,
	board  BLOB    NOT NULL,
	number BLOB    NOT NULL,                -- the learner's, sealed to that board
	PRIMARY KEY (s, pin)
) WITHOUT ROWID;
CREATE INDEX helper_until ON helper (until);
-- What people with duties have seen of others; s zeros: of nobody in particular.
CREATE TABLE audit (
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	hlc    INTEGER NOT NULL,
	p      BLOB    NOT NULL,
	what   INTEGER NOT NULL,
	s      BLOB    NOT NULL,
	tdp    INTEGER NOT NULL,
	n      INTEGER NOT NULL,
	PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
CREATE INDEX audit_hlc ON audit (hlc);
-- What group heads write to their groups; ended: hlc of its end, which may come first.
CREATE TABLE notice (
	p       BLOB    NOT NULL,
	id      INTEGER NOT NULL,
	hlc     INTEGER NOT NULL DEFAULT 0,
	tdp     INTEGER NOT NULL DEFAULT 0,
	message TEXT    NOT NULL DEFAULT '',
	at      INTEGER NOT NULL DEFAULT 0,
	place   TEXT    NOT NULL DEFAULT '',
	ended   INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (p, id)
) WITHOUT ROWID;

------------------------------------------------------------------ local
-- Which word of a call was passed on: to the helper, or as a question to the learner.
CREATE TABLE help_told (
	s   BLOB    NOT NULL,
	hlc INTEGER NOT NULL,
	at  INTEGER NOT NULL,
	PRIMARY KEY (s, hlc)
) WITHOUT ROWID;

-- SPDX-License-Identifier: GPL-2.0-or-later
-- Duties of people, by number; the ward alone gives them. off: taken back.
CREATE TABLE role (
	p      BLOB    NOT NULL,
	duty   INTEGER NOT NULL,
	hlc    INTEGER NOT NULL,
	tdp    INTEGER NOT NULL,
	off    INTEGER NOT NULL,
	name   TEXT    NOT NULL,
	salt   BLOB    NOT NULL,
	pin    BLOB    NOT NULL,
	number BLOB    NOT NULL,                -- sealed to the ward
	PRIMARY KEY (p, duty)
) WITHOUT ROWID;
-- The newest invitation of a number by each who invited it; zeros: an operator.
CREATE TABLE invitation (
	p      BLOB    NOT NULL,
	inviter BLOB   NOT NULL,
	hlc    INTEGER NOT NULL,
	course TEXT    NOT NULL,
	tdp    INTEGER NOT NULL,
	PRIMARY KEY (p, inviter)
) WITHOUT ROWID;
CREATE INDEX invitation_inviter ON invitation (inviter, hlc);
-- What somebody with a duty has seen; the first counts.
CREATE TABLE attest (
	s       BLOB    NOT NULL,
	what    INTEGER NOT NULL,
	hlc     INTEGER NOT NULL,
	witness BLOB    NOT NULL,
	PRIMARY KEY (s, what)
) WITHOUT ROWID;

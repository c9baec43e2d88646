-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- What the ward has approved; `ended` is the hlc of its cancellation, which may come first.
CREATE TABLE campaign (
	id      INTEGER PRIMARY KEY,
	hlc     INTEGER NOT NULL DEFAULT 0,     -- 0: only its end is known yet
	message TEXT    NOT NULL DEFAULT '',
	people  TEXT    NOT NULL DEFAULT '',
	moment  TEXT    NOT NULL DEFAULT '',
	vals    TEXT    NOT NULL DEFAULT '',
	ended   INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE pause (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	hlc    INTEGER NOT NULL,
	paused INTEGER NOT NULL
);

------------------------------------------------------------------ local
-- Campaigns that nobody has approved yet.
CREATE TABLE draft (
	id      INTEGER PRIMARY KEY,
	made    INTEGER NOT NULL,
	message TEXT    NOT NULL,
	people  TEXT    NOT NULL,
	moment  TEXT    NOT NULL,
	vals    TEXT    NOT NULL
);
-- How far this board has come: occurrences up to `after` are done, the next one up to `cursor`.
CREATE TABLE occasion (
	campaign TEXT    PRIMARY KEY,
	after    INTEGER NOT NULL,
	cursor   BLOB
) WITHOUT ROWID;
-- Who was reminded of what: once of each occurrence, and once a day.
CREATE TABLE reminded (
	s        BLOB    NOT NULL,
	campaign TEXT    NOT NULL,
	base     INTEGER NOT NULL,
	day      INTEGER NOT NULL,
	PRIMARY KEY (s, campaign, base),
	UNIQUE (s, day)
) WITHOUT ROWID;

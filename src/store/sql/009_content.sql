-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- What the ward has published: of two of one number the newest.
CREATE TABLE edition (
	number INTEGER PRIMARY KEY,
	hlc    INTEGER NOT NULL,
	at     INTEGER NOT NULL,                -- UTC ms; 0: at once
	hash   BLOB    NOT NULL,
	who    TEXT    NOT NULL,
	parts  BLOB    NOT NULL                 -- names of pieces, 16 octets each
);
-- Where the pieces lie in the log. One can be there several times.
CREATE TABLE chunk (
	id     BLOB    NOT NULL,
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	PRIMARY KEY (id, stream, seq)
) WITHOUT ROWID;

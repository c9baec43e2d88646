-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ local
-- Who was reminded of what: once of each occurrence, and of one thing a day that can wait.
CREATE TABLE reminded_of (
	s        BLOB    NOT NULL,
	campaign TEXT    NOT NULL,
	base     INTEGER NOT NULL,
	day      INTEGER NOT NULL,
	urgent   INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (s, campaign, base)
) WITHOUT ROWID;
INSERT INTO reminded_of (s, campaign, base, day) SELECT s, campaign, base, day FROM reminded;
DROP TABLE reminded;
ALTER TABLE reminded_of RENAME TO reminded;
CREATE UNIQUE INDEX reminded_day ON reminded (s, day) WHERE urgent = 0;

-- Wrong codes that a number named: of that local day only. Outlives the dialogue, so that
-- forgetting it makes no room for more.
CREATE TABLE guess (
	p    BLOB    NOT NULL,
	what INTEGER NOT NULL,
	day  INTEGER NOT NULL,
	n    INTEGER NOT NULL,
	PRIMARY KEY (p, what)
) WITHOUT ROWID;

-- The last text of an erasure where others learn on the same telephone.
ALTER TABLE farewell ADD COLUMN shared TEXT NOT NULL DEFAULT '';

-- SPDX-License-Identifier: GPL-2.0-or-later
-- Projection: what 100 % means, as the ward entered it; the newest counts.
CREATE TABLE goal (
	what   INTEGER NOT NULL,                -- enum ld_goal_kind
	name   TEXT    NOT NULL,
	hlc    INTEGER NOT NULL,
	people INTEGER NOT NULL,                -- 0: not known any more
	PRIMARY KEY (what, name)
) WITHOUT ROWID;
-- Bit n-1: lesson n was answered wrongly at least once.
ALTER TABLE progress ADD COLUMN wrong INTEGER NOT NULL DEFAULT 0;
-- Local: events whose contents came after their stream had been turned into statements.
CREATE TABLE xapi_late (
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- Keys that the root key named as the ward's; the highest number holds.
CREATE TABLE warrant (
	number INTEGER NOT NULL,
	pk     BLOB    NOT NULL,
	board  BLOB    NOT NULL,                -- its id
	sig    BLOB    NOT NULL,
	PRIMARY KEY (number, pk)
) WITHOUT ROWID;
-- Of the MEMBER event that counts: the newest.
ALTER TABLE member ADD COLUMN hlc INTEGER NOT NULL DEFAULT 0;

-- SPDX-License-Identifier: GPL-2.0-or-later
-- Projection: parts that a board has sent, or may have sent, on a local day (days since 1970).
CREATE TABLE spent (
	board BLOB    NOT NULL,
	day   INTEGER NOT NULL,
	parts INTEGER NOT NULL,
	PRIMARY KEY (board, day)
) WITHOUT ROWID;

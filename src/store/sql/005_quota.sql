-- SPDX-License-Identifier: GPL-2.0-or-later
-- Parts that a channel has sent, or may have sent, on a local day.
CREATE TABLE quota (
	channel TEXT    NOT NULL,
	day     INTEGER NOT NULL,
	parts   INTEGER NOT NULL,
	PRIMARY KEY (channel, day)
) WITHOUT ROWID;

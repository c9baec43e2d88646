-- SPDX-License-Identifier: GPL-2.0-or-later
-- Keys of deliveries as the channels make them: they begin with a time, so that what comes in a row
-- lies on the same page. Hashes of them, in the order of chance, were a third of all that was
-- written. What was seen before this is forgotten.
-- no rebuild
DROP TABLE seen;
CREATE TABLE seen (
	key     TEXT    NOT NULL,
	channel TEXT    NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (key, channel)
) WITHOUT ROWID;

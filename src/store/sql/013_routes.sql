-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- How fast a campaign goes out, or that it is on hold: what the ward said last.
ALTER TABLE campaign ADD COLUMN paced INTEGER NOT NULL DEFAULT 0;       -- its hlc
ALTER TABLE campaign ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN rate INTEGER NOT NULL DEFAULT 0;        -- messages an hour, 0: any

------------------------------------------------------------------ local
-- outbox.channel is '' while any channel may draw the message, else who carries it.
-- expires: later it goes no more (0: never); gone: parts of it that went out for certain.
ALTER TABLE outbox ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET expires = due + 259200000 WHERE state = 0;
DROP INDEX outbox_queued;
DROP INDEX outbox_person;
-- Each urgency of each channel is a list of its own: 10,000 broadcasts hold up no reply.
CREATE INDEX outbox_queued ON outbox (channel, prio, due) WHERE state = 0;
CREATE INDEX outbox_person ON outbox (p) WHERE state IN (0, 7);
-- What a number has to do with this board's channels.
CREATE TABLE route (
	p        BLOB    PRIMARY KEY,
	channel  TEXT    NOT NULL,              -- whose number she knows
	day      INTEGER NOT NULL,              -- local, the last one anything was noted on
	messages INTEGER NOT NULL DEFAULT 0,    -- that went out unasked on it
	parts    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

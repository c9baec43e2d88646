-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ log
-- HLC of the stream's first event: a board's streams in the order in which they began make one
-- digest, which only its newest ones change.
ALTER TABLE stream ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET began = coalesce((SELECT hlc FROM event WHERE event.stream = stream.no
	AND event.seq = 1), 0);

-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ local
-- The highest number of a message that was purged: digits, in a column of octets.
UPDATE setting SET value = CAST(CAST(value AS VARCHAR) AS BLOB) WHERE name = 'outbox_floor';

-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ log
-- The first event that the subject has in the stream, where subject and salt stand for whoever holds
-- it; 0: not known (what was written before this column was).
ALTER TABLE salt ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

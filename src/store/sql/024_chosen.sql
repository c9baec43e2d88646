-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ local
-- By which rule the channel of a message was chosen: enum ld_out_chosen. 0: by one that is not noted.
ALTER TABLE outbox ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0;

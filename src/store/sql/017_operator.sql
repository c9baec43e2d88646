-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ local
-- Whose number it is, as the service centre of its last text said; '': not learned.
ALTER TABLE route ADD COLUMN operator TEXT NOT NULL DEFAULT '';

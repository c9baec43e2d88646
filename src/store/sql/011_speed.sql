-- SPDX-License-Identifier: GPL-2.0-or-later
------------------------------------------------------------------ projections
-- What every step asks of a learner stands in the index, so that her row need not be read.
DROP INDEX person_p;
CREATE INDEX person_p ON person (p, slot, s, epoch, hlc);

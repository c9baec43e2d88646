-- SPDX-License-Identifier: GPL-2.0-or-later
-- Of each lesson the newest right answer and the wrong ones after it, as history.c packs them;
-- empty where nobody repeats lessons: at a ward. The rebuild that follows each new file fills it.
ALTER TABLE progress ADD COLUMN history BLOB NOT NULL DEFAULT '';
DROP TABLE answer;
-- A run names a learner by her first event in its stream.
CREATE INDEX salt_since ON salt (stream, since, subject, salt);

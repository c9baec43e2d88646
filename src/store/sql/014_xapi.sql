-- SPDX-License-Identifier: GPL-2.0-or-later
-- What laido-ward tells an LRS. Local: never replicated, and not made again by a rebuild, since a
-- statement's octets must never change once they may have been sent.

-- How far each stream has been turned into statements.
CREATE TABLE xapi_seen (
	stream INTEGER PRIMARY KEY,
	seq    INTEGER NOT NULL
);
CREATE TABLE xapi (
	no    INTEGER PRIMARY KEY,              -- order of sending
	id    BLOB    NOT NULL UNIQUE,
	s     BLOB,                             -- whose it is; NULL: of nobody any more
	state INTEGER NOT NULL,                 -- enum ld_xapi_state
	tried INTEGER NOT NULL DEFAULT 0,       -- handed out to be sent: the LRS may have it
	body  TEXT    NOT NULL,                 -- '' once the LRS has it
	why   TEXT    NOT NULL DEFAULT ''       -- why the LRS refused it
);
CREATE INDEX xapi_s ON xapi (s);
CREATE INDEX xapi_state ON xapi (state, no) WHERE state <> 1;

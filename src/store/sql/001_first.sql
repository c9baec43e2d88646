-- SPDX-License-Identifier: GPL-2.0-or-later
-- Identifiers are 16-octet BLOBs, times UTC milliseconds, hlc as in model/ids.h. `stream` in other
-- tables is stream.no: local to this file, never shown to a peer.

------------------------------------------------------------------ log
CREATE TABLE stream (
	no          INTEGER PRIMARY KEY,
	cls         INTEGER NOT NULL,
	board       BLOB    NOT NULL,
	incarnation INTEGER NOT NULL,           -- unsigned 64 bits, kept as signed
	seq         INTEGER NOT NULL DEFAULT 0, -- last event held
	hash        BLOB    NOT NULL,           -- chain at seq
	hlc         INTEGER NOT NULL DEFAULT 0, -- newest
	head_seq    INTEGER NOT NULL DEFAULT 0, -- newest head held
	UNIQUE (cls, board, incarnation)
);
CREATE TABLE event (
	stream     INTEGER NOT NULL,
	seq        INTEGER NOT NULL,
	hlc        INTEGER NOT NULL,
	kind       INTEGER NOT NULL,
	subject    BLOB,                        -- NULL: hollow
	body       BLOB,
	commitment BLOB,                        -- only when hollow
	PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
-- Also the index from a subject to the streams that speak of it, for erasure.
CREATE TABLE salt (
	subject BLOB    NOT NULL,
	stream  INTEGER NOT NULL,
	salt    BLOB    NOT NULL,
	PRIMARY KEY (subject, stream)
) WITHOUT ROWID;
CREATE TABLE head (
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	kept   INTEGER NOT NULL,
	hash   BLOB    NOT NULL,
	sig    BLOB    NOT NULL,
	PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

------------------------------------------------------------------ projections
CREATE TABLE member (
	board BLOB PRIMARY KEY,
	pk    BLOB NOT NULL,
	name  TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE person (
	s            BLOB    PRIMARY KEY,
	p            BLOB    NOT NULL,
	slot         INTEGER NOT NULL,
	epoch        BLOB    NOT NULL,
	hlc          INTEGER NOT NULL,          -- of the consent that counts
	stream       INTEGER NOT NULL,
	seq          INTEGER NOT NULL,
	text_version INTEGER NOT NULL,
	channel      INTEGER NOT NULL,
	raw          TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_p ON person (p, slot);
CREATE TABLE closed (
	s    BLOB    NOT NULL,
	id   BLOB    NOT NULL,                  -- of the closing event: the next epoch
	p    BLOB    NOT NULL,
	slot INTEGER NOT NULL,
	why  INTEGER NOT NULL,
	PRIMARY KEY (s, id)
) WITHOUT ROWID;
CREATE TABLE invited (
	p       BLOB    PRIMARY KEY,
	hlc     INTEGER NOT NULL DEFAULT 0,
	course  TEXT    NOT NULL DEFAULT '',
	refused INTEGER NOT NULL DEFAULT 0      -- hlc of the newest refusal
) WITHOUT ROWID;
CREATE TABLE number (
	s        BLOB    PRIMARY KEY,
	hlc      INTEGER NOT NULL,
	home     BLOB    NOT NULL,
	for_ward BLOB    NOT NULL,
	for_home BLOB    NOT NULL
) WITHOUT ROWID;
-- An opt-out holds unless the consent of an open learner names it.
CREATE TABLE optout (
	p      BLOB    NOT NULL,
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	PRIMARY KEY (p, stream, seq)
) WITHOUT ROWID;
CREATE TABLE optin (
	s      BLOB    NOT NULL,
	p      BLOB    NOT NULL,
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	PRIMARY KEY (p, stream, seq, s)
) WITHOUT ROWID;
CREATE INDEX optin_s ON optin (s);
-- The writes of a register that no other write has overwritten; value NULL: overwritten by a
-- write that came before it.
CREATE TABLE register (
	s      BLOB    NOT NULL,
	reg    INTEGER NOT NULL,
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	hlc    INTEGER NOT NULL,
	value  TEXT,
	PRIMARY KEY (s, reg, stream, seq)
) WITHOUT ROWID;
CREATE TABLE progress (
	s         BLOB    NOT NULL,
	course    TEXT    NOT NULL,
	enrolled  INTEGER NOT NULL DEFAULT 0,   -- hlc of the first enrolment
	answered  INTEGER NOT NULL DEFAULT 0,   -- bit n-1: lesson n
	"right"   INTEGER NOT NULL DEFAULT 0,
	last      INTEGER NOT NULL DEFAULT 0,   -- hlc of the newest answer
	completed INTEGER NOT NULL DEFAULT 0,   -- hlc of the first completion
	score     INTEGER NOT NULL DEFAULT 0,   -- best
	PRIMARY KEY (s, course)
) WITHOUT ROWID;
CREATE TABLE help (
	s         BLOB    PRIMARY KEY,
	hlc       INTEGER NOT NULL,
	pin       INTEGER NOT NULL,
	due       INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL,
	text      TEXT    NOT NULL
) WITHOUT ROWID;

------------------------------------------------------------------ local
CREATE TABLE setting (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE session (
	p       BLOB    PRIMARY KEY,
	blob    BLOB    NOT NULL,
	changed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE seen (
	key INTEGER PRIMARY KEY,                -- hash of channel and the network's key
	at  INTEGER NOT NULL
);
CREATE TABLE outbox (
	id       INTEGER PRIMARY KEY,
	p        BLOB    NOT NULL,
	state    INTEGER NOT NULL,
	prio     INTEGER NOT NULL,
	alphabet INTEGER NOT NULL,
	channel  TEXT    NOT NULL,
	dest     TEXT    NOT NULL,
	what     TEXT    NOT NULL,
	why      TEXT    NOT NULL,
	parts    INTEGER NOT NULL,
	tries    INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	due      INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	text     TEXT    NOT NULL
);
CREATE INDEX outbox_queued ON outbox (prio, due) WHERE state = 0;
CREATE INDEX outbox_intent ON outbox (id) WHERE state = 1;
CREATE INDEX outbox_person ON outbox (p) WHERE state = 0;

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/db: rows and statements, and nothing of an engine's own types: what the folds are written
 * on. Which engine stands below is store/engine's. */
#ifndef LAIDO_STORE_DB_H
#define LAIDO_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/store/store.h"

struct db;

/* Every statement of the store: name, SQL. Prepared once, on first use. */
/* Calls for help: struct ld_call. The to dan pho is register 1 (see REPORT). */
#define CALL_COLUMNS "h.s, h.pin, h.due, h.visit, h.hlc, e.p, coalesce(r.step, 0), r.p, r.until," \
	" r.hlc, r.board, r.number, n.home, n.for_home, coalesce((SELECT whole(g.value)" \
	" FROM register AS g JOIN stream AS t ON t.no = g.stream WHERE g.s = h.s AND g.reg = 1" \
	" AND g.value IS NOT NULL ORDER BY g.hlc & 1 DESC, g.hlc DESC, t.cls, t.board," \
	" t.incarnation, g.seq LIMIT 1), 0), (SELECT d.name FROM role AS d WHERE d.p = r.p" \
	" AND d.duty IN (1, 3) AND d.off = 0 ORDER BY d.duty DESC LIMIT 1)"
#define CALL_OPEN "h.withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM help_step AS t" \
	" WHERE t.s = h.s AND t.pin = h.pin)"
#define CALL_REST " LEFT JOIN number AS n ON n.s = h.s LEFT JOIN person AS e ON e.s = h.s"

/* When the board that is home of row n of number may begin to send unasked, UTC ms: at once where
 * she agreed; where the ward has moved her, when all boards before have stopped, or 15 days later,
 * which is longer than their terms run without the ward's word (ADR 0013). Who has stopped for a later
 * move, which is not known here yet, has stopped for this one. */
#define BEGAN(n) "CASE WHEN " n ".moved = 0 THEN 0 WHEN EXISTS (SELECT 1 FROM moved AS m" \
	" WHERE m.s = " n ".s AND m.hlc = " n ".hlc AND NOT EXISTS (SELECT 1 FROM released AS r" \
	"  WHERE r.s = m.s AND r.board = m.old AND r.move >= m.hlc))" \
	" THEN (" n ".hlc >> 17) + 1296000000" \
	" ELSE coalesce((SELECT max(r.at) FROM released AS r WHERE r.s = " n ".s" \
	"  AND r.move >= " n ".hlc), " n ".hlc >> 17) END"

/* struct ld_stream_state, and no. */
#define STREAM_COLUMNS "cls, board, incarnation, seq, hash, head_seq, no, hollow, began"

#define STATEMENTS(X) \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(MARK, "SAVEPOINT mark") \
	X(UNMARK, "RELEASE mark") \
	X(BACK, "ROLLBACK TO mark") \
	/* log */ \
	X(STREAM_ADD, "INSERT INTO stream (no, cls, board, incarnation, hash)" \
		" SELECT coalesce(max(no), 0) + 1, ?1, ?2, ?3, ?4 FROM stream RETURNING no") \
	X(STREAM_FIND, "SELECT no, seq, hash, hlc, head_seq, hollow FROM stream" \
		" WHERE cls=? AND board=? AND incarnation=?") \
	X(STREAM_BY_NO, "SELECT cls, board, incarnation FROM stream WHERE no=?") \
	X(STREAM_SET, "UPDATE stream SET seq=?2, hash=?3, hlc=max(hlc,?4) WHERE no=?1") \
	X(STREAM_HOLLOW, "UPDATE stream SET hollow=hollow+?2 WHERE no=?1") \
	X(STREAM_SET_HEAD, "UPDATE stream SET head_seq=?2 WHERE no=?1") \
	X(STREAM_BEGAN, "UPDATE stream SET began=?2 WHERE no=?1") \
	X(STREAM_EACH, "SELECT " STREAM_COLUMNS " FROM stream" \
		" WHERE seq > 0 ORDER BY cls, board, incarnation") \
	X(STREAM_NOW, "SELECT " STREAM_COLUMNS " FROM stream WHERE no=?") \
	X(STREAM_LAST_OWN, "SELECT incarnation, seq, hash FROM stream" \
		" WHERE cls=? AND board=? AND seq > 0 ORDER BY no DESC LIMIT 1") \
	X(STREAM_LAST_BEGUN, "SELECT incarnation, seq, hash FROM stream" \
		" WHERE cls=? AND board=? AND seq > 0 ORDER BY began DESC, no DESC LIMIT 1") \
	X(STREAM_MAX_HLC, "SELECT max(hlc) FROM stream") \
	X(EVENT_ADD, "INSERT INTO event (stream, seq, hlc, kind, subject, body, commitment)" \
		" VALUES (?,?,?,?,?,?,?)") \
	X(EVENT_RANGE, "SELECT seq, hlc, kind, subject, body, commitment FROM event" \
		" WHERE stream=? AND seq BETWEEN ? AND ? ORDER BY seq") \
	X(EVENT_HLC, "SELECT hlc FROM event WHERE stream=? AND seq=?") \
	X(EVENT_OF, "SELECT seq, body FROM event WHERE stream=? AND subject=? AND seq > ?" \
		" ORDER BY seq LIMIT 1") \
	X(EVENT_HOLLOW, "UPDATE event SET subject=NULL, body=NULL, commitment=?3" \
		" WHERE stream=?1 AND seq=?2") \
	X(EVENT_FIRST_HOLLOW, "SELECT seq, commitment, hlc, kind FROM event" \
		" WHERE stream=? AND seq >= ? AND subject IS NULL ORDER BY seq LIMIT 1") \
	X(EVENT_HOLLOWS, "SELECT count(*) FROM event WHERE stream=? AND seq <= ?" \
		" AND subject IS NULL") \
	X(EVENT_WHOLE, "SELECT 1 FROM event WHERE stream=? AND seq=? AND subject IS NOT NULL") \
	X(EVENT_FILL, "UPDATE event SET subject=?3, body=?4, commitment=NULL" \
		" WHERE stream=?1 AND seq=?2") \
	X(EVENT_ALL, "SELECT stream, seq, hlc, kind, subject, body FROM event" \
		" WHERE stream=? AND seq > ? AND subject IS NOT NULL ORDER BY seq LIMIT 64") \
	X(SALT_GET, "SELECT salt, since FROM salt WHERE subject=? AND stream=?") \
	X(SALT_ADD, "INSERT INTO salt (subject, stream, salt, since) VALUES (?,?,?,?)" \
		" ON CONFLICT (subject, stream) DO NOTHING") \
	X(SALT_AT, "SELECT e.subject, x.salt FROM stream AS t JOIN event AS e ON e.stream = t.no" \
		" JOIN salt AS x ON x.subject = e.subject AND x.stream = t.no" \
		" WHERE t.cls=? AND t.board=? AND t.incarnation=? AND e.seq=?") \
	X(SALT_OF, "SELECT stream, salt FROM salt WHERE subject=?") \
	X(SALT_DROP_ONE, "DELETE FROM salt WHERE subject=? AND stream=?") \
	X(HEAD_ADD, "INSERT INTO head (stream, seq, kept, hash, sig) VALUES (?,?,?,?,?) ON CONFLICT (stream, seq) DO UPDATE SET" \
		" kept=excluded.kept, hash=excluded.hash, sig=excluded.sig") \
	X(HEAD_DROP, "DELETE FROM head WHERE stream=? AND seq=?") \
	X(HEAD_BEFORE, "SELECT seq, kept FROM head WHERE stream=? AND seq < ?" \
		" ORDER BY seq DESC LIMIT 2") \
	X(RUN_OCTETS, "SELECT sum(16 + coalesce(length(body), 0)) FROM event" \
		" WHERE stream=? AND seq > ? AND seq <= ?") \
	X(HEAD_NEXT, "SELECT seq, kept, hash, sig FROM head WHERE stream=? AND seq >= ?" \
		" ORDER BY seq LIMIT 1") \
	/* folds */ \
	X(MEMBER_SET, "INSERT INTO member (board, pk, name, hlc) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (board) DO UPDATE SET pk=?2, name=?3, hlc=?4" \
		" WHERE (member.hlc, member.name, member.pk) < (?4, ?3, ?2)") \
	X(MEMBER_GET, "SELECT pk, name FROM member WHERE board=?") \
	X(MEMBER_EACH, "SELECT board, pk, name FROM member ORDER BY board") \
	X(WARRANT_ADD, "INSERT INTO warrant (number, pk, board, sig) VALUES (?,?,?,?)" \
		" ON CONFLICT DO NOTHING") \
	X(WARRANT_TWO, "SELECT count(*) FROM (SELECT 1 FROM stream AS t JOIN event AS e" \
		" ON e.stream = t.no WHERE t.cls = 0 AND e.kind = 4 LIMIT 2) AS x") \
	X(WARRANT_EACH, "SELECT number, pk, sig FROM warrant ORDER BY number DESC, pk DESC LIMIT 32") \
	/* who was cut off; marks only rise */ \
	X(REVOKED_SET, "INSERT INTO revoked (board, hlc) VALUES (?1,?2) ON CONFLICT (board)" \
		" DO UPDATE SET hlc=min(revoked.hlc,?2)") \
	X(REVOKED_GET, "SELECT 1 FROM revoked WHERE board=?") \
	X(REVOKED_ANY, "SELECT 1 FROM revoked LIMIT 1") \
	X(MARK_SET, "INSERT INTO mark (board, incarnation, cls, seq) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (board, incarnation, cls) DO UPDATE SET seq=max(mark.seq,?4)") \
	X(MARK_GET, "SELECT seq FROM mark WHERE board=? AND incarnation=? AND cls=?") \
	X(HEADS_OF, "SELECT cls, incarnation, head_seq FROM stream" \
		" WHERE board=?1 AND head_seq > 0 AND (cls, incarnation) > (?2, ?3)" \
		" ORDER BY cls, incarnation LIMIT 200") \
	X(BEYOND_MARK, "SELECT 1 FROM stream AS t WHERE t.board=? AND t.seq > coalesce((SELECT m.seq" \
		" FROM mark AS m WHERE m.board = t.board AND m.incarnation = t.incarnation" \
		" AND m.cls = t.cls), 0) LIMIT 1") \
	X(PERSON_GET, "SELECT hlc, stream, seq FROM person WHERE s=?") \
	X(PERSON_SET, "INSERT INTO person" \
		" (s, p, slot, epoch, hlc, stream, seq, text_version, channel, raw)" \
		" VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (s) DO UPDATE SET" \
		" p=excluded.p, slot=excluded.slot, epoch=excluded.epoch," \
		" hlc=excluded.hlc, stream=excluded.stream, seq=excluded.seq," \
		" text_version=excluded.text_version, channel=excluded.channel," \
		" raw=excluded.raw") \
	X(PERSON_OPEN, "SELECT s, epoch, hlc FROM person WHERE p=? AND slot=? ORDER BY s LIMIT 1") \
	X(PERSON_DROP, "DELETE FROM person WHERE s=?") \
	X(CLOSED_ADD, "INSERT INTO closed (s, id, p, slot, why) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING") \
	X(CLOSED_GET, "SELECT id FROM closed WHERE s=? ORDER BY id LIMIT 1") \
	/* which of so many names, one behind the other, are closed */ \
	X(CLOSED_AMONG, "WITH RECURSIVE k (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k" \
		" WHERE i + 1 < length(?1) / 16) SELECT k.i FROM k WHERE EXISTS" \
		" (SELECT 1 FROM closed AS c WHERE c.s = substr(?1, k.i * 16 + 1, 16))") \
	X(INVITED_SET, "INSERT INTO invited (p, hlc, course) VALUES (?1,?2,?3)" \
		" ON CONFLICT (p) DO UPDATE SET hlc=?2, course=?3" \
		" WHERE invited.hlc < ?2 OR (invited.hlc = ?2 AND invited.course < ?3)") \
	X(REFUSED_SET, "INSERT INTO invited (p, refused) VALUES (?1,?2)" \
		" ON CONFLICT (p) DO UPDATE SET refused=max(invited.refused,?2)") \
	X(INVITED_GET, "SELECT hlc, course, refused FROM invited WHERE p=?") \
	/* Trusted first: whose clock may be wrong sends nothing unasked, and must not seem the newest. Two \
	 * boards can have one time, and a HOME carries the octets of the NUMBER before it: here as below, \
	 * every column that is written takes part in the order, or two nodes could differ. */ \
	X(NUMBER_SET, "INSERT INTO number (s, hlc, home, for_ward, for_home, moved)" \
		" VALUES (?1,?2,?3,?4,?5,?6)" \
		" ON CONFLICT (s) DO UPDATE SET hlc=?2, home=?3, for_ward=?4, for_home=?5, moved=?6" \
		" WHERE (number.hlc & 1, number.hlc, number.moved, number.for_ward, number.home," \
		"  number.for_home) < (?2 & 1, ?2, ?6, ?4, ?3, ?5)") \
	/* homes */ \
	X(HEARTBEAT_ADD, "INSERT INTO heartbeat (incarnation, seq, issued) VALUES (?1,?2,?3)" \
		" ON CONFLICT (incarnation, seq) DO NOTHING") \
	X(HEARTBEAT_NEWEST, "SELECT incarnation, seq, issued FROM heartbeat WHERE issued <= ?" \
		" ORDER BY issued DESC, incarnation, seq DESC LIMIT 1") \
	X(OPENING_ADD, "INSERT INTO opening (incarnation, prev, prev_seq) VALUES (?1,?2,?3)" \
		" ON CONFLICT (incarnation) DO NOTHING") \
	/* A class 1 stream of the ward, of that one and those before it, that is not held so far. */ \
	X(WARD_GAP, "WITH RECURSIVE one (incarnation, seq) AS (SELECT ?2, ?3 UNION" \
		" SELECT o.prev, o.prev_seq FROM one JOIN opening AS o" \
		" ON o.incarnation = one.incarnation WHERE o.prev <> 0)" \
		" SELECT 1 FROM one LEFT JOIN stream AS t ON t.cls = 1" \
		" AND t.board IN (SELECT ?1 UNION SELECT board FROM warrant)" \
		" AND t.incarnation = one.incarnation WHERE coalesce(t.seq, 0) < one.seq LIMIT 1") \
	X(MEMBER_OTHER, "SELECT 1 FROM member AS m WHERE m.board <> ? AND NOT EXISTS" \
		" (SELECT 1 FROM revoked AS r WHERE r.board = m.board) LIMIT 1") \
	X(MOVED_SET, "INSERT INTO moved (s, old, hlc) VALUES (?1,?2,?3) ON CONFLICT (s, old)" \
		" DO UPDATE SET hlc=?3 WHERE moved.hlc < ?3") \
	X(MOVED_DROP, "DELETE FROM moved WHERE s=?") \
	X(MOVED_WAITS, "SELECT m.old FROM moved AS m WHERE m.s=?1 AND m.hlc=?2 AND NOT EXISTS" \
		" (SELECT 1 FROM released AS r WHERE r.s = m.s AND r.board = m.old" \
		" AND r.move >= m.hlc) ORDER BY m.old LIMIT 8") \
	X(RELEASED_SET, "INSERT INTO released (s, board, move, at, sent, first, course, lesson, idle)" \
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT (s, board) DO UPDATE SET" \
		" move=?3, at=?4, sent=?5, first=?6, course=?7, lesson=?8, idle=?9" \
		" WHERE (released.move, released.at, released.sent, released.first, released.course," \
		"  released.lesson, released.idle) < (?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(RELEASED_DROP, "DELETE FROM released WHERE s=?") \
	/* Learners that this board has to let go, with what it has sent to them. */ \
	X(RELEASE_TODO, "SELECT m.s, m.hlc, d.sent, d.first, d.course, d.lesson, d.idle" \
		" FROM moved AS m JOIN number AS n ON n.s = m.s AND n.hlc = m.hlc AND n.home <> m.old" \
		" LEFT JOIN due AS d ON d.s = m.s WHERE m.old=? AND NOT EXISTS" \
		" (SELECT 1 FROM released AS r WHERE r.s = m.s AND r.board = m.old" \
		" AND r.move >= m.hlc) LIMIT 1") \
	/* The learners of a number: whether one is at home at board ?2, and since when. */ \
	X(HOME_OF, "SELECT max(CASE WHEN n.home = ?2 THEN 1 ELSE 0 END)," \
		" min(CASE WHEN n.home = ?2 THEN " BEGAN("n") " END) FROM person AS e" \
		" JOIN number AS n ON n.s = e.s WHERE e.p=?1") \
	X(HOME_NEXT, "SELECT n.s, n.hlc, n.for_ward, " BEGAN("n") ", a.for_ward FROM number AS n" \
		" LEFT JOIN name AS a ON a.s = n.s WHERE n.home=?1 AND n.s > ?2 ORDER BY n.s LIMIT 1") \
	X(HOME_ONE, "SELECT n.s, n.hlc, n.for_ward, " BEGAN("n") ", a.for_ward, n.home" \
		" FROM number AS n JOIN person AS e ON e.s = n.s" \
		" LEFT JOIN name AS a ON a.s = n.s WHERE e.p=?1 AND n.s > ?2 ORDER BY n.s LIMIT 1") \
	X(HOME_COUNTS, "SELECT k.home, count(*), coalesce(sum(CASE WHEN k.began > ?1 THEN 1 ELSE 0 END), 0)," \
		" max(k.began) FROM (SELECT n.home AS home, " BEGAN("n") " AS began" \
		"  FROM number AS n JOIN person AS e ON e.s = n.s) AS k GROUP BY k.home ORDER BY k.home") \
	X(NUMBER_GET, "SELECT 1 FROM number WHERE s=?") \
	X(NUMBER_SEALED, "SELECT home, for_home FROM number WHERE s=?") \
	X(NUMBER_DROP, "DELETE FROM number WHERE s=?") \
	X(OPTOUT_ADD, "INSERT INTO optout (p, stream, seq) VALUES (?,?,?) ON CONFLICT DO NOTHING") \
	X(OPTOUT_LIVE, "SELECT stream, seq FROM optout AS o WHERE p=?1 AND NOT EXISTS" \
		" (SELECT 1 FROM optin AS i WHERE i.p=?1 AND i.stream=o.stream AND i.seq=o.seq)" \
		" ORDER BY stream, seq") \
	X(OPTIN_ADD, "INSERT INTO optin (s, p, stream, seq) VALUES (?,?,?,?) ON CONFLICT DO NOTHING") \
	X(OPTIN_DROP, "DELETE FROM optin WHERE s=?") \
	X(REG_GET, "SELECT value IS NULL FROM register WHERE s=? AND reg=? AND stream=? AND seq=?") \
	X(REG_ADD, "INSERT INTO register (s, reg, stream, seq, hlc, value) VALUES (?,?,?,?,?,?)") \
	X(REG_DROP, "DELETE FROM register WHERE s=? AND reg=? AND stream=? AND seq=?") \
	X(REG_EACH, "SELECT reg, stream, seq, value, hlc FROM register WHERE s=?" \
		" AND value IS NOT NULL ORDER BY reg, stream, seq") \
	X(REG_SWEEP, "DELETE FROM register WHERE value IS NULL AND EXISTS (SELECT 1 FROM event AS e" \
		" WHERE e.stream = register.stream AND e.seq = register.seq" \
		" AND e.subject IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM stream AS t" \
		" JOIN revoked AS r ON r.board = t.board WHERE t.no = register.stream" \
		" AND register.seq > coalesce((SELECT m.seq FROM mark AS m WHERE m.board = t.board" \
		" AND m.incarnation = t.incarnation AND m.cls = t.cls), 0))") \
	X(REG_DROP_ALL, "DELETE FROM register WHERE s=?") \
	X(ENROL_SET, "INSERT INTO progress (s, course, enrolled) VALUES (?1,?2,?3)" \
		" ON CONFLICT (s, course) DO UPDATE SET" \
		" enrolled = CASE WHEN progress.enrolled = 0 THEN ?3 ELSE min(progress.enrolled, ?3) END") \
	X(ANSWER_SET, "INSERT INTO progress (s, course, answered, \"right\", last, wrong)" \
		" VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (s, course) DO UPDATE SET" \
		" answered = progress.answered | ?3, \"right\" = progress.right | ?4," \
		" last = max(progress.last, ?5), wrong = progress.wrong | ?6") \
	X(COMPLETE_SET, "INSERT INTO progress (s, course, completed, score) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (s, course) DO UPDATE SET score = max(progress.score, ?4)," \
		" completed = CASE WHEN progress.completed = 0 THEN ?3 ELSE min(progress.completed, ?3) END") \
	X(COMPLETED_EACH, "SELECT s, completed FROM progress WHERE course=?1 AND completed > 0" \
		" UNION ALL SELECT m.other, g.completed FROM progress AS g JOIN same AS m ON m.s = g.s" \
		" WHERE g.course=?1 AND g.completed > 0") \
	X(PROGRESS_EACH, "SELECT course, enrolled, answered, \"right\", last, completed, score" \
		" FROM progress WHERE s=? ORDER BY course") \
	X(PROGRESS_DROP, "DELETE FROM progress WHERE s=?") \
	X(ANSWER_ADD, "INSERT INTO answer (s, course, lesson, \"right\", hlc, stream, seq)" \
		" VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING") \
	X(ANSWER_EACH, "SELECT a.lesson, a.right, a.hlc FROM answer AS a" \
		" JOIN stream AS t ON t.no = a.stream WHERE a.s IN " ALL_OF("?1") " AND a.course=?2" \
		" ORDER BY a.hlc, t.cls, t.board, t.incarnation, a.seq") \
	X(ANSWER_DROP, "DELETE FROM answer WHERE s=?") \
	X(HELP_SET, "INSERT INTO help (s, hlc, pin, due, withdrawn, text, visit)" \
		" VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (s) DO UPDATE SET" \
		" hlc=?2, pin=?3, due=?4, withdrawn=?5, text=?6, visit=?7" \
		" WHERE (help.hlc, help.pin, help.withdrawn, help.due, help.text, help.visit)" \
		"  < (?2, ?3, ?5, ?4, ?6, ?7)") \
	X(HELP_GET, "SELECT pin, due FROM help WHERE s=? AND withdrawn=0 AND NOT EXISTS" \
		" (SELECT 1 FROM help_step AS t WHERE t.s = help.s AND t.pin = help.pin)") \
	X(HELP_DROP, "DELETE FROM help WHERE s=?") \
	X(HELP_CALL_SET, "INSERT INTO help_call (s, pin, due, asked, withdrawn) VALUES (?1,?2,?3,?4,?5)" \
		" ON CONFLICT (s, pin, due) DO UPDATE SET" \
		" asked = CASE WHEN help_call.asked = 0 OR ?4 = 0 THEN max(help_call.asked, ?4) ELSE min(help_call.asked, ?4) END," \
		" withdrawn = max(help_call.withdrawn, ?5)") \
	X(HELP_CALL_DROP, "DELETE FROM help_call WHERE s=?") \
	X(HELP_PIN_USED, "SELECT 1 FROM help_call WHERE s=?1 AND pin=?2 UNION ALL SELECT 1 FROM help AS h" \
		" WHERE h.pin=?2 AND " CALL_OPEN " LIMIT 1") \
	X(HELPER_SET, "INSERT INTO helper (s, pin, hlc, step, p, until, board, number)" \
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (s, pin) DO UPDATE SET" \
		" hlc=?3, step=?4, p=?5, until=?6, board=?7, number=?8" \
		" WHERE (helper.hlc, helper.step, helper.p, helper.until, helper.number, helper.board)" \
		"  < (?3, ?4, ?5, ?6, ?8, ?7)") \
	X(HELPER_DROP, "DELETE FROM helper WHERE s=?") \
	X(HELPER_GET, "SELECT r.step, r.p, r.until, (SELECT d.name FROM role AS d WHERE d.p = r.p" \
		" AND d.duty IN (1, 3) AND d.off = 0 ORDER BY d.duty DESC LIMIT 1)" \
		" FROM helper AS r WHERE r.s=? AND r.pin=?") \
	X(HELPER_FIND, "SELECT o.p, o.name, o.number FROM role AS o WHERE o.off = 0 AND (o.duty = 3" \
		" OR o.duty = 1) AND (o.tdp = ?1 OR (o.duty = 3 AND o.tdp = 0)) AND o.p <> ?2" \
		" AND NOT EXISTS (SELECT 1 FROM optout AS x WHERE x.p = o.p AND NOT EXISTS" \
		"  (SELECT 1 FROM optin AS i WHERE i.p = x.p AND i.stream = x.stream AND i.seq = x.seq))" \
		" ORDER BY o.tdp = 0, o.duty DESC, (SELECT count(*) FROM helper AS r WHERE r.p = o.p" \
		"  AND r.step = 3 AND r.until > ?3), o.p LIMIT 16") \
	X(CALL_EACH, "SELECT " CALL_COLUMNS " FROM help AS h LEFT JOIN helper AS r ON r.s = h.s" \
		" AND r.pin = h.pin" CALL_REST " WHERE " CALL_OPEN " ORDER BY h.due, h.s LIMIT ?1") \
	X(CALL_TODO, "SELECT " CALL_COLUMNS " FROM helper AS r JOIN help AS h ON h.s = r.s" \
		" AND h.pin = r.pin" CALL_REST " WHERE r.until > ?1 AND r.step IN (2, 3, 6, 7, 8)" \
		" AND NOT EXISTS (SELECT 1 FROM help_told AS k WHERE k.s = r.s AND k.hlc = r.hlc)" \
		" AND ((r.step = 3 AND r.board = ?2) OR (r.step <> 3 AND n.home = ?2)) AND " CALL_OPEN \
		" ORDER BY r.hlc, r.s LIMIT ?3") \
	X(HELP_TOLD_ADD, "INSERT INTO help_told (s, hlc, at) VALUES (?,?,?) ON CONFLICT DO NOTHING") \
	X(HELP_TOLD_DROP, "DELETE FROM help_told WHERE s=?") \
	X(HELP_TOLD_PURGE, "DELETE FROM help_told WHERE at < ?") \
	/* Asked, answered: by the helper's word that was confirmed, else by the closing itself. */ \
	X(HELP_TIMES, "SELECT c.asked, c.due, c.withdrawn, t.hlc," \
		" (SELECT r.hlc FROM helper AS r WHERE r.s = c.s AND r.pin = c.pin AND r.step = 6)" \
		" FROM help_call AS c LEFT JOIN help_step AS t ON t.s = c.s AND t.pin = c.pin" \
		" AND t.step = 1 WHERE c.asked > ?1 ORDER BY c.asked, c.s, c.pin") \
	/* who has seen what */ \
	X(AUDIT_ADD, "INSERT INTO audit (stream, seq, hlc, p, what, s, tdp, n)" \
		" VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING") \
	X(AUDIT_CLOSE, "UPDATE audit SET s = zeroblob(16) WHERE s=?") \
	X(AUDIT_EACH, "SELECT a.hlc, a.p, a.what, a.s, a.tdp, a.n, coalesce((SELECT d.name FROM role AS d" \
		" WHERE d.p = a.p ORDER BY d.off, d.duty LIMIT 1), '') FROM audit AS a" \
		" WHERE a.hlc > ?1 ORDER BY a.hlc DESC, a.stream, a.seq LIMIT ?2") \
	/* what group heads write to their groups; counts while the duty lasts */ \
	X(NOTICE_SET, "INSERT INTO notice (p, id, hlc, tdp, message, at, place) VALUES (?1,?2,?3,?4,?5,?6,?7)" \
		" ON CONFLICT (p, id) DO UPDATE SET hlc=?3, tdp=?4, message=?5, at=?6, place=?7" \
		" WHERE notice.hlc = 0 OR (?3, ?5, ?6, ?7, ?4) < (notice.hlc, notice.message, notice.at," \
		"  notice.place, notice.tdp)") \
	X(NOTICE_END, "INSERT INTO notice (p, id, ended) VALUES (?1,?2,?3) ON CONFLICT (p, id)" \
		" DO UPDATE SET ended = max(notice.ended, ?3)") \
	X(NOTICE_EACH, "SELECT n.p, n.id, n.hlc, n.tdp, n.message, n.at, n.place, n.ended," \
		" EXISTS (SELECT 1 FROM role AS d WHERE d.p = n.p AND d.duty = 2 AND d.off = 0" \
		" AND d.tdp = n.tdp) FROM notice AS n WHERE n.hlc > ?1 ORDER BY n.hlc, n.p, n.id") \
	/* people with duties, what they did */ \
	X(ROLE_SET, "INSERT INTO role (p, duty, hlc, tdp, off, name, salt, pin, number)" \
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT (p, duty) DO UPDATE SET" \
		" hlc=?3, tdp=?4, off=?5, name=?6, salt=?7, pin=?8, number=?9" \
		" WHERE (role.hlc, role.salt, role.tdp, role.off, role.name, role.pin, role.number)" \
		"  < (?3, ?7, ?4, ?5, ?6, ?8, ?9)") \
	X(ROLE_OF, "SELECT duty, hlc, tdp, off, name, salt, pin FROM role WHERE p=?") \
	X(ROLE_EACH, "SELECT p, duty, hlc, tdp, off, name, salt, pin, number FROM role" \
		" ORDER BY duty, tdp, name, p") \
	X(INVITATION_SET, "INSERT INTO invitation (p, inviter, hlc, course, tdp)" \
		" VALUES (?1,?2,?3,?4,?5) ON CONFLICT (p, inviter) DO UPDATE SET" \
		" hlc=?3, course=?4, tdp=?5" \
		" WHERE invitation.hlc < ?3 OR (invitation.hlc = ?3 AND (invitation.course, invitation.tdp) < (?4, ?5))") \
	X(INVITATION_NEWEST, "SELECT hlc, tdp FROM invitation WHERE p=?" \
		" ORDER BY hlc DESC, inviter LIMIT 1") \
	X(INVITATION_COUNT, "SELECT count(*), count(*) FILTER (WHERE hlc >= ?2)," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM person AS e WHERE e.p = i.p))," \
		" count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = i.p)" \
		"  AND NOT EXISTS (SELECT 1 FROM invited AS v WHERE v.p = i.p AND v.refused > v.hlc)" \
		"  AND NOT EXISTS (SELECT 1 FROM optout AS o WHERE o.p = i.p))" \
		" FROM invitation AS i WHERE inviter=?1") \
	X(INVITATION_WAITING, "SELECT o.dest, i.tdp FROM outbox AS o" \
		" JOIN invitation AS i ON i.p = o.p AND i.inviter = ?1 WHERE o.what = 'AMB_INVITE'" \
		" AND NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = i.p)" \
		" AND NOT EXISTS (SELECT 1 FROM invited AS v WHERE v.p = i.p AND v.refused > v.hlc)" \
		" AND NOT EXISTS (SELECT 1 FROM optout AS x WHERE x.p = i.p)" \
		" ORDER BY o.id DESC LIMIT ?2") \
	X(ATTEST_SET, "INSERT INTO attest (s, what, hlc, witness, day) VALUES (?1,?2,?3,?4,?5)" \
		" ON CONFLICT (s, what) DO UPDATE SET hlc=?3, witness=?4, day=?5" \
		" WHERE attest.hlc > ?3 OR (attest.hlc = ?3 AND (attest.witness > ?4 OR (attest.witness = ?4 AND attest.day > ?5)))") \
	X(ATTEST_GET, "SELECT 1 FROM attest WHERE s=? AND what=?") \
	X(ATTEST_DROP, "DELETE FROM attest WHERE s=?") \
	/* one person under several numbers */ \
	X(SAME_SET, "INSERT INTO same (s, other, here) VALUES (?1,?2,?3)" \
		" ON CONFLICT (s, other) DO UPDATE SET here=max(same.here,?3)") \
	X(SAME_DROP, "DELETE FROM same WHERE s=?") \
	X(SAME_OF, "SELECT m.other, e.p, e.slot FROM same AS m JOIN person AS e ON e.s = m.other" \
		" WHERE m.s=? ORDER BY m.other") \
	X(SAME_SECOND, "SELECT " SECOND("?1")) \
	X(SAME_ERASED, "SELECT m.s, e.p, e.slot FROM same AS m JOIN person AS e ON e.s = m.s" \
		" JOIN number AS n ON n.s = m.s AND n.home = ?1" \
		" WHERE EXISTS (SELECT 1 FROM closed AS c WHERE c.s = m.other AND c.why = 1) LIMIT 1") \
	X(MOVE_FIND, "SELECT e.p, e.slot FROM register AS r JOIN person AS e ON e.s = r.s" \
		" WHERE r.reg = 13 AND r.value > ?1 AND r.value < ?1 || '~' LIMIT 2") \
	/* pupils and their guardians */ \
	X(TICKET_SET, "INSERT INTO ticket (s, hlc, code, until, course) VALUES (?1,?2,?3,?4,?5)" \
		" ON CONFLICT (s) DO UPDATE SET hlc=?2, code=?3, until=?4, course=?5" \
		" WHERE (ticket.hlc, ticket.code, ticket.until, ticket.course) < (?2, ?3, ?4, ?5)") \
	X(TICKET_FIND, "SELECT t.s, e.p, e.slot, t.course FROM ticket AS t JOIN person AS e" \
		" ON e.s = t.s WHERE t.code=? AND t.until > ? ORDER BY t.s LIMIT 2") \
	X(TICKET_DROP, "DELETE FROM ticket WHERE s=?") \
	X(GUARDIAN_SET, "INSERT INTO guardian (s, p, hlc, off, code, text_version, channel, raw)" \
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (s, p) DO UPDATE SET" \
		" hlc=?3, off=?4, code=?5, text_version=?6, channel=?7, raw=?8" \
		" WHERE (guardian.hlc, guardian.off, guardian.code, guardian.text_version, guardian.channel," \
		"  guardian.raw) < (?3, ?4, ?5, ?6, ?7, ?8)") \
	X(GUARDIAN_GET, "SELECT 1 FROM guardian WHERE s=? AND off=0 LIMIT 1") \
	X(GUARDIAN_FIND, "SELECT g.s, e.p, e.slot FROM guardian AS g JOIN person AS e ON e.s = g.s" \
		" WHERE g.p=? AND g.code=? AND g.off=0 ORDER BY g.s LIMIT 1") \
	X(GUARDIAN_DROP, "DELETE FROM guardian WHERE s=?") \
	/* what people ask of the ward */ \
	X(HELP_STEP_SET, "INSERT INTO help_step (s, pin, step, hlc) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (s, pin, step) DO UPDATE SET hlc=min(help_step.hlc,?4)") \
	X(HELP_STEP_DROP, "DELETE FROM help_step WHERE s=?") \
	X(FEEDBACK_ADD, "INSERT INTO feedback (s, stream, seq, hlc, channel, text)" \
		" VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING") \
	X(FEEDBACK_DROP, "DELETE FROM feedback WHERE s=?") \
	X(REQUEST_SET, "INSERT INTO request (s, due, asked, answered) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (s, due) DO UPDATE SET" \
		" asked = CASE WHEN request.asked = 0 OR ?3 = 0 THEN max(request.asked, ?3) ELSE min(request.asked, ?3) END," \
		" answered = CASE WHEN request.answered = 0 OR ?4 = 0 THEN max(request.answered, ?4)" \
		"  ELSE min(request.answered, ?4) END") \
	/* What few learners have, in one look. */ \
	X(LEARNER_MORE, "SELECT EXISTS (SELECT 1 FROM guardian WHERE s=?1 AND off=0)," \
		" (SELECT code FROM ticket WHERE s=?1), (SELECT until FROM ticket WHERE s=?1)," \
		" (SELECT due FROM request WHERE s=?1 AND answered=0 ORDER BY due LIMIT 1)," \
		" EXISTS (SELECT 1 FROM attest WHERE s=?1 AND what=?2)") \
	X(REQUEST_DROP, "DELETE FROM request WHERE s=?") \
	X(LEDGER, "SELECT 1, r.s, r.asked, r.due, '', n.home, n.for_home, 0 FROM request AS r" \
		" LEFT JOIN number AS n ON n.s = r.s WHERE r.answered=0" \
		" UNION ALL SELECT 2, h.s, h.hlc, h.due, " DIGITS_3("h.pin") " || ' ' || h.text, n.home, n.for_home, h.pin FROM help AS h" \
		" LEFT JOIN number AS n ON n.s = h.s WHERE h.withdrawn=0 AND NOT EXISTS (SELECT 1" \
		" FROM help_step AS t WHERE t.s = h.s AND t.pin = h.pin)" \
		" UNION ALL SELECT 3, f.s, f.hlc, 0, f.text, n.home, n.for_home, 0 FROM feedback AS f" \
		" LEFT JOIN number AS n ON n.s = f.s WHERE f.hlc > ?1" \
		" UNION ALL SELECT 4, c.p, c.asked << 17, c.due, " DIGITS_3("c.pin") ", ?2, c.number," \
		" c.pin FROM stranger_call AS c ORDER BY 1, 4, 3, 2") \
	X(COUNTERSIGN_SET, "INSERT INTO countersign (s, course, hlc) VALUES (?1,?2,?3)" \
		" ON CONFLICT (s, course) DO UPDATE SET hlc=min(countersign.hlc,?3)") \
	X(COUNTERSIGN_GET, "SELECT hlc FROM countersign WHERE s=? AND course=?") \
	X(COUNTERSIGN_DROP, "DELETE FROM countersign WHERE s=?") \
	X(COUNTERSIGN_TODO, "SELECT g.s, g.course FROM progress AS g" \
		" WHERE g.completed > 0 AND NOT EXISTS (SELECT 1 FROM countersign AS k" \
		" WHERE k.s=g.s AND k.course=g.course) AND EXISTS (SELECT 1 FROM person AS e" \
		" WHERE e.s=g.s) AND g.score <= (SELECT count(DISTINCT a.lesson) FROM answer AS a" \
		" WHERE a.s IN " ALL_OF("g.s") " AND a.course=g.course AND a.right <> 0) LIMIT 1") \
	/* Erasure: what this board has not said yet, once nothing for her is under way any more. */ \
	X(ERASED_ADD, "INSERT INTO erased (s, board) VALUES (?,?) ON CONFLICT DO NOTHING") \
	X(ERASED_TODO, "SELECT c.s, c.p FROM closed AS c WHERE c.why=1 AND NOT EXISTS (SELECT 1" \
		" FROM erased AS e WHERE e.s=c.s AND e.board=?1) AND (EXISTS (SELECT 1 FROM person" \
		" AS x WHERE x.p=c.p) OR NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.p=c.p" \
		" AND o.state IN (0, 7)) AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.p=c.p" \
		" AND o.state=1)) LIMIT 1") \
	X(PERSON_ANY, "SELECT 1 FROM person WHERE p=? LIMIT 1") \
	/* Parts are counted on, without to whom and what. */ \
	X(OUT_FORGET, "UPDATE outbox SET p=zeroblob(16), dest='', text='' WHERE p=?" \
		" AND state NOT IN (0, 1, 7)") \
	X(OUT_FAREWELLS, "UPDATE outbox SET p=zeroblob(16), dest='', text=''" \
		" WHERE what='ERASE_DONE' AND dest<>'' AND state NOT IN (0, 1, 7)") \
	/* A message to somebody else that names her number: ld_store_out_about(). What is on its way \
	 * does not go a second time. */ \
	X(OUT_ABOUT_DROP, "UPDATE outbox SET text=CASE state WHEN 1 THEN text ELSE '' END, expires=1," \
		" why=CASE WHEN state IN (0, 7) THEN 'she was erased' ELSE why END," \
		" state=CASE WHEN state IN (0, 7) THEN 6 ELSE state END" \
		" WHERE what LIKE '% ' || lower(hex(substr(?1, 1, 4)))") \
	X(OUT_ABOUT_STOP, "UPDATE outbox SET state=6, why='she opted out' WHERE state IN (0, 7)" \
		" AND EXISTS (SELECT 1 FROM person AS e WHERE e.p=?1" \
		"  AND outbox.what LIKE '% ' || lower(hex(substr(e.s, 1, 4))))") \
	X(FAREWELL_ADD, "INSERT INTO farewell (s, p, due, alphabet, number, text, shared)" \
		" VALUES (?,?,?,?,?,?,?) ON CONFLICT (s) DO UPDATE SET" \
		" p=excluded.p, due=excluded.due, alphabet=excluded.alphabet," \
		" number=excluded.number, text=excluded.text, shared=excluded.shared") \
	X(FAREWELL_READY, "SELECT f.s, f.p, f.due, f.alphabet, f.number, f.text, EXISTS (SELECT 1" \
		" FROM person AS x WHERE x.p=f.p), f.shared FROM farewell AS f WHERE NOT EXISTS (SELECT 1" \
		" FROM closed AS c WHERE c.s=f.s) OR NOT EXISTS (" FAREWELL_LACKS ") LIMIT 1") \
	X(FAREWELL_LATE, "SELECT count(DISTINCT f.s), min(m.name) FROM farewell AS f CROSS JOIN member AS m" \
		" WHERE f.due < ? AND EXISTS (" FAREWELL_LACKS " AND k.board=m.board)" \
		" HAVING count(*) > 0") \
	X(FAREWELL_DROP, "DELETE FROM farewell WHERE s=?") \
	X(FAREWELL_PURGE, "DELETE FROM farewell WHERE due < ?") \
	X(STRANGER_SET, "INSERT INTO stranger_call (p, asked, pin, due, number)" \
		" VALUES (?,?,?,?,?) ON CONFLICT (p) DO UPDATE SET" \
		" asked=excluded.asked, pin=excluded.pin, due=excluded.due," \
		" number=excluded.number") \
	X(STRANGER_GET, "SELECT pin, due FROM stranger_call WHERE p=?") \
	X(STRANGER_DROP, "DELETE FROM stranger_call WHERE p=?") \
	X(STRANGER_PURGE, "DELETE FROM stranger_call WHERE asked < ?") \
	/* several learners of one number */ \
	X(NAME_SET, "INSERT INTO name (s, hlc, home, for_ward, for_home) VALUES (?1,?2,?3,?4,?5)" \
		" ON CONFLICT (s) DO UPDATE SET hlc=?2, home=?3, for_ward=?4, for_home=?5" \
		" WHERE (name.hlc & 1, name.hlc, name.for_ward, name.home, name.for_home)" \
		"  < (?2 & 1, ?2, ?4, ?3, ?5)") \
	X(NAME_DROP, "DELETE FROM name WHERE s=?") \
	X(HOUSEHOLD, "SELECT e.slot, n.home, m.home, m.for_home FROM person AS e" \
		" LEFT JOIN number AS n ON n.s = e.s LEFT JOIN name AS m ON m.s = e.s" \
		" WHERE e.p=? AND e.slot > 0 ORDER BY e.slot, e.s") \
	X(GROUP_EACH, "SELECT e.s," \
		" EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.enrolled > 0)," \
		" EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.answered > 0)," \
		" EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.completed > 0)," \
		" EXISTS (SELECT 1 FROM attest AS a WHERE a.s IN " ALL_OF("e.s") " AND a.what = 1)," \
		" n.home, n.for_home, e.p, e.slot FROM person AS e LEFT JOIN number AS n ON n.s = e.s" \
		" WHERE e.slot > 0 AND NOT " SECOND("e.s") " AND ?1 = (SELECT whole(r.value) FROM register AS r" \
		"  JOIN stream AS t ON t.no = r.stream WHERE r.s = e.s AND r.reg = 1" \
		"  AND r.value IS NOT NULL ORDER BY r.hlc & 1 DESC, r.hlc DESC, t.cls, t.board," \
		"  t.incarnation, r.seq LIMIT 1) AND NOT EXISTS (SELECT 1 FROM optout AS o" \
		"  WHERE o.p = e.p AND NOT EXISTS (SELECT 1 FROM optin AS i WHERE i.p = o.p" \
		"  AND i.stream = o.stream AND i.seq = o.seq)) ORDER BY e.hlc, e.s") \
	/* report: tdp is register 1; consent, enrolment, an answer, a completion. Few have two \
	   numbers: only for them is looked at several learners. */ \
	X(REPORT, "WITH tdp AS (SELECT s, value FROM (SELECT r.s, r.value, row_number() OVER" \
		"   (PARTITION BY r.s ORDER BY r.hlc & 1 DESC, r.hlc DESC, t.cls, t.board," \
		"    t.incarnation, r.seq) AS n FROM register AS r JOIN stream AS t ON t.no = r.stream" \
		"    WHERE r.reg = 1 AND r.value IS NOT NULL) AS x WHERE n = 1)," \
		" one (tdp, enrolled, active, completed, confirmed, attested, merged, core) AS (" \
		"  SELECT coalesce(whole(tdp.value), 0), count(*) FILTER (WHERE g.enrolled > 0) > 0," \
		"   count(*) FILTER (WHERE g.answered <> 0) > 0, count(*) FILTER (WHERE g.completed > 0) > 0," \
		"   EXISTS (SELECT 1 FROM attest AS a WHERE a.s = e.s AND a.what = 1)," \
		"   EXISTS (SELECT 1 FROM attest AS a WHERE a.s = e.s AND a.what = 2), false," \
		"   count(*) FILTER (WHERE g.completed > 0 AND instr(?1, ' ' || g.course || ' ') > 0) = ?2" \
		"   FROM person AS e LEFT JOIN progress AS g ON g.s = e.s LEFT JOIN tdp ON tdp.s = e.s" \
		"   WHERE e.slot > 0 AND NOT EXISTS (SELECT 1 FROM same AS m WHERE m.s = e.s)" \
		"   GROUP BY e.s, tdp.value UNION ALL" \
		"  SELECT coalesce(whole(tdp.value), 0)," \
		"   EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.enrolled > 0)," \
		"   EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.answered <> 0)," \
		"   EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("e.s") " AND g.completed > 0)," \
		"   EXISTS (SELECT 1 FROM attest AS a WHERE a.s IN " ALL_OF("e.s") " AND a.what = 1)," \
		"   EXISTS (SELECT 1 FROM attest AS a WHERE a.s IN " ALL_OF("e.s") " AND a.what = 2)," \
		"   EXISTS (SELECT 1 FROM same AS m JOIN person AS o ON o.s = m.other WHERE m.s = e.s)," \
		"   (SELECT count(DISTINCT g.course) FROM progress AS g WHERE g.s IN " ALL_OF("e.s") \
		"    AND g.completed > 0 AND instr(?1, ' ' || g.course || ' ') > 0) = ?2" \
		"   FROM person AS e LEFT JOIN tdp ON tdp.s = e.s WHERE e.slot > 0" \
		"   AND EXISTS (SELECT 1 FROM same AS m WHERE m.s = e.s) AND NOT " SECOND("e.s") ")" \
		" SELECT tdp, count(*), " THOSE("consented") THOSE("enrolled") THOSE("active") THOSE("completed") \
		THOSE("confirmed") THOSE("attested") THOSE("merged") "count(*) FILTER (WHERE core)" \
		" FROM (SELECT tdp, true AS consented, enrolled, active, completed, confirmed, attested," \
		"   merged, core" \
		"   FROM one UNION ALL SELECT coalesce((SELECT w.tdp FROM invitation AS w WHERE w.p = i.p" \
		"    ORDER BY w.hlc DESC, w.inviter LIMIT 1), 0), false, false, false, false, false, false, false," \
		"   false FROM invited AS i WHERE i.hlc > 0" \
		"   AND NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = i.p)) AS y" \
		" GROUP BY tdp ORDER BY tdp") \
	/* what reports break down: a label and counts; whoever has several numbers counts once */ \
	X(FIG_COURSE, "SELECT g.course, count(DISTINCT CASE WHEN g.enrolled > 0 THEN " ONE("g.s") " END)," \
		" count(DISTINCT CASE WHEN g.answered <> 0 THEN " ONE("g.s") " END)," \
		" count(DISTINCT CASE WHEN g.completed > 0 THEN " ONE("g.s") " END), 0" \
		" FROM progress AS g JOIN person AS e ON e.s = g.s AND e.slot > 0" \
		" GROUP BY g.course ORDER BY g.course") \
	/* answered; of them not right yet; of them gone no further and not completed; ever wrong. Few \
	   have two numbers: only their bits are put together. */ \
	X(FIG_LESSON, "WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n" \
		" WHERE i < 61 AND (SELECT max(answered) FROM progress) >> (i + 1) > 0)," \
		" bit (course, i, ok, wrong, gone) AS (SELECT g.course, n.i, g.right >> n.i & 1," \
		"  g.wrong >> n.i & 1, CASE WHEN g.completed > 0 OR g.answered >= (CAST(2 AS BIGINT) << n.i)" \
		"  THEN 1 ELSE 0 END FROM progress AS g" \
		"  JOIN person AS e ON e.s = g.s AND e.slot > 0 JOIN n ON g.answered >> n.i & 1 = 1" \
		"  WHERE NOT EXISTS (SELECT 1 FROM same AS m WHERE m.s = g.s)" \
		"  UNION ALL SELECT b.course, b.i, max(b.ok), max(b.wrong), max(b.gone) FROM (SELECT " ONE("g.s") \
		"   AS who, g.course, n.i, g.right >> n.i & 1 AS ok, g.wrong >> n.i & 1 AS wrong," \
		"   CASE WHEN EXISTS (SELECT 1 FROM progress AS h WHERE h.course = g.course AND h.s IN " ALL_OF("g.s") \
		"    AND (h.completed > 0 OR h.answered >= (CAST(2 AS BIGINT) << n.i)))" \
		"    THEN 1 ELSE 0 END AS gone" \
		"   FROM progress AS g JOIN person AS e ON e.s = g.s AND e.slot > 0" \
		"   JOIN n ON g.answered >> n.i & 1 = 1" \
		"   WHERE EXISTS (SELECT 1 FROM same AS m WHERE m.s = g.s)) AS b" \
		"  GROUP BY b.who, b.course, b.i)" \
		" SELECT course || ' ' || " DIGITS_2("(i + 1)") ", count(*), count(*) FILTER (WHERE ok = 0)," \
		" count(*) FILTER (WHERE gone = 0), sum(wrong) FROM bit GROUP BY course, i ORDER BY course, i") \
	X(FIG_MONTH, "SELECT strftime('%Y-%m', (hlc >> 17) / 1000 + ?1, 'unixepoch') AS m," \
		" count(*) FILTER (WHERE what = 1), count(*) FILTER (WHERE what = 2)," \
		" count(*) FILTER (WHERE what = 3), count(*) FILTER (WHERE what = 4) FROM (" \
		" SELECT 1 AS what, e.hlc FROM person AS e WHERE e.slot > 0 AND NOT " SECOND("e.s") \
		" UNION ALL SELECT 2, g.enrolled FROM progress AS g JOIN person AS e ON e.s = g.s" \
		"  AND e.slot > 0 WHERE g.enrolled > 0" \
		" UNION ALL SELECT 3, g.completed FROM progress AS g JOIN person AS e ON e.s = g.s" \
		"  AND e.slot > 0 WHERE g.completed > 0" \
		" UNION ALL SELECT 4, min(d.completed) FROM (SELECT " ONE("g.s") " AS who, g.completed" \
		"  FROM progress AS g JOIN person AS e ON e.s = g.s AND e.slot > 0" \
		"  WHERE g.completed > 0) AS d GROUP BY d.who) AS x GROUP BY m ORDER BY m DESC") \
	/* by the value of a register: market, school */ \
	X(FIG_VALUE, "SELECT v.value, count(*)," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("v.s") " AND g.enrolled > 0))," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("v.s") " AND g.answered <> 0))," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM progress AS g WHERE g.s IN " ALL_OF("v.s") " AND g.completed > 0))" \
		" FROM (SELECT r.s, r.value, row_number() OVER (PARTITION BY r.s ORDER BY r.hlc & 1 DESC," \
		"   r.hlc DESC, t.cls, t.board, t.incarnation, r.seq) AS n FROM register AS r" \
		"   JOIN stream AS t ON t.no = r.stream WHERE r.reg = ?1 AND r.value <> '') AS v" \
		" JOIN person AS e ON e.s = v.s AND e.slot > 0 WHERE v.n = 1 AND NOT " SECOND("v.s") \
		" GROUP BY v.value ORDER BY v.value") \
	X(FIG_AMBASSADOR, "SELECT w.name, count(i.p)," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM person AS e WHERE e.p = i.p AND e.slot > 0))," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM person AS e JOIN progress AS g ON g.s = e.s" \
		"  WHERE e.p = i.p AND e.slot > 0 AND g.answered <> 0))," \
		" count(*) FILTER (WHERE EXISTS (SELECT 1 FROM person AS e JOIN progress AS g ON g.s = e.s" \
		"  WHERE e.p = i.p AND e.slot > 0 AND g.completed > 0))" \
		" FROM role AS w LEFT JOIN invitation AS i ON i.inviter = w.p" \
		" WHERE w.duty = 1 AND w.off = 0 GROUP BY w.p, w.tdp, w.name ORDER BY w.tdp, w.name, w.p") \
	X(FIG_SPENT, "SELECT a.m, a.parts, a.boards, (SELECT count(*) FROM progress AS g" \
		"  JOIN person AS e ON e.s = g.s AND e.slot > 0 WHERE g.completed > 0" \
		"  AND strftime('%Y-%m', (g.completed >> 17) / 1000 + ?1, 'unixepoch') = a.m), 0" \
		" FROM (SELECT strftime('%Y-%m', day * 86400, 'unixepoch') AS m, sum(parts) AS parts," \
		"  count(DISTINCT board) AS boards FROM spent GROUP BY m) AS a ORDER BY a.m DESC") \
	X(SPENT_SET, "INSERT INTO spent (board, day, parts) VALUES (?1,?2,?3)" \
		" ON CONFLICT (board, day) DO UPDATE SET parts=max(spent.parts,?3)") \
	X(QUOTA_DAY, "SELECT day, sum(parts) FROM quota WHERE day > ?1 AND day < ?2" \
		" AND channel <> ?3 GROUP BY day ORDER BY day LIMIT 1") \
	/* local: what is due */ \
	X(DUE_ADD, "INSERT INTO due (s, at, active) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING") \
	X(DUE_TOUCH, "UPDATE due SET at=min(at,?2), active=max(active,?3)" \
		" WHERE s=?1 AND (at > ?2 OR active < ?3)") \
	X(DUE_SET, "UPDATE due SET at=?2, sent=?3, first=?4, course=?5, lesson=?6, idle=?7" \
		" WHERE s=?1") \
	X(DUE_DROP, "DELETE FROM due WHERE s=?") \
	/* Of learners under two names the smaller one stands for both (DESIGN 4). */ \
	/* Who was moved here goes on where the board before has stopped. */ \
	X(DUE_ADOPT, "INSERT INTO due (s, at, sent, first, course, lesson, idle)" \
		" SELECT n.s, ?2, coalesce(l.sent, ?2), coalesce(l.first, 0), coalesce(l.course, '')," \
		" coalesce(l.lesson, 0), coalesce(l.idle, 0) FROM" \
		" (SELECT s, home, hlc, moved FROM number WHERE s > ?3 ORDER BY s LIMIT ?4) AS n" \
		" CROSS JOIN person AS e LEFT JOIN released AS l ON l.s = n.s" \
		" AND n.moved <> 0 AND l.move = n.hlc AND NOT EXISTS (SELECT 1 FROM released AS o" \
		"  WHERE o.s = l.s AND o.move = l.move AND (o.sent, o.board) > (l.sent, l.board))" \
		" WHERE e.s = n.s AND n.home=?1 AND " BEGAN("n") " <= ?2 AND NOT EXISTS" \
		" (SELECT 1 FROM due AS d WHERE d.s = n.s) AND NOT EXISTS" \
		" (SELECT 1 FROM person AS o WHERE o.p = e.p AND o.slot = e.slot AND o.s < e.s)" \
		" AND NOT " SECOND("n.s") " ON CONFLICT DO NOTHING") \
	X(DUE_ADOPTED, "SELECT s FROM number WHERE s > ? ORDER BY s LIMIT 1 OFFSET ?") \
	X(DUE_NEXT, "SELECT d.s, d.at, d.active, d.sent, d.first, d.course, d.lesson, d.idle," \
		" e.p, e.slot, x.changed, n.home, n.for_home, " BEGAN("n") " FROM due AS d" \
		" LEFT JOIN person AS e ON e.s = d.s LEFT JOIN number AS n ON n.s = d.s" \
		" LEFT JOIN session AS x ON x.p = e.p WHERE d.at <= ? ORDER BY d.at LIMIT 1") \
	/* what the ward orders; of two campaigns of one id the first, of two pauses the last */ \
	X(PAUSE_SET, "INSERT INTO pause (one, hlc, paused) VALUES (1,?1,?2) ON CONFLICT (one)" \
		" DO UPDATE SET hlc=?1, paused=?2 WHERE pause.hlc < ?1 OR (pause.hlc = ?1 AND pause.paused < ?2)") \
	X(PAUSE_GET, "SELECT paused FROM pause") \
	X(CAMPAIGN_SET, "INSERT INTO campaign (id, hlc, message, people, moment, vals)" \
		" VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (id) DO UPDATE SET" \
		" hlc=?2, message=?3, people=?4, moment=?5, vals=?6 WHERE campaign.hlc = 0 OR" \
		" (?2, ?3, ?4, ?5, ?6) < (campaign.hlc, campaign.message, campaign.people, campaign.moment, campaign.vals)") \
	X(CAMPAIGN_END, "INSERT INTO campaign (id, ended) VALUES (?1,?2) ON CONFLICT (id)" \
		" DO UPDATE SET ended = max(campaign.ended, ?2)") \
	X(CAMPAIGN_PACE, "INSERT INTO campaign (id, paced, held, rate) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (id) DO UPDATE SET paced=?2, held=?3, rate=?4" \
		" WHERE (campaign.paced, campaign.held, campaign.rate) < (?2, ?3, ?4)") \
	X(GOAL_SET, "INSERT INTO goal (what, name, hlc, people) VALUES (?1,?2,?3,?4)" \
		" ON CONFLICT (what, name) DO UPDATE SET hlc=?3, people=?4" \
		" WHERE goal.hlc < ?3 OR (goal.hlc = ?3 AND goal.people < ?4)") \
	X(GOAL_EACH, "SELECT what, name, people FROM goal WHERE people > 0 ORDER BY what, name") \
	X(GOAL_GET, "SELECT people FROM goal WHERE what=? AND name=?") \
	X(CAMPAIGN_EACH, "SELECT id, hlc, message, people, moment, vals, ended, 0, paced, held, rate" \
		" FROM campaign" \
		" WHERE hlc > 0 UNION ALL SELECT id, 0, message, people, moment, vals, 0, made, 0, 0, 0" \
		" FROM draft AS d WHERE NOT EXISTS (SELECT 1 FROM campaign AS c WHERE c.id = d.id)" \
		" ORDER BY 2, 8, 1") \
	X(DRAFT_ADD, "INSERT INTO draft (id, made, message, people, moment, vals)" \
		" VALUES (?,?,?,?,?,?)") \
	X(DRAFT_DROP, "DELETE FROM draft WHERE id=?") \
	X(OCCASION_GET, "SELECT after, cursor FROM occasion WHERE campaign=?") \
	X(OCCASION_SET, "INSERT INTO occasion (campaign, after, cursor)" \
		" VALUES (?,?,?) ON CONFLICT (campaign) DO UPDATE SET" \
		" after=excluded.after, cursor=excluded.cursor") \
	X(REMINDED_ADD, "INSERT INTO reminded (s, campaign, base, day, urgent)" \
		" VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING") \
	X(REMINDED_OF, "SELECT 1 FROM reminded WHERE s=? AND campaign=? AND base=?") \
	X(REMINDED_DROP, "DELETE FROM reminded WHERE s=?") \
	X(REMINDED_PURGE, "DELETE FROM reminded WHERE day < ?") \
	/* CROSS: from number on, in its order, never sorted */ \
	X(RECIPIENT_NEXT, "SELECT n.s, n.home, n.for_home, e.p, e.slot, x.changed, " BEGAN("n") \
		" FROM number AS n" \
		" CROSS JOIN person AS e LEFT JOIN session AS x ON x.p = e.p" \
		" WHERE e.s = n.s AND n.s > ?1 AND (?2 IS NULL OR n.home = ?2) ORDER BY n.s LIMIT 1") \
	X(EDITION_SET, "INSERT INTO edition (number, hlc, at, hash, who, parts)" \
		" VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (number) DO UPDATE SET" \
		" hlc=?2, at=?3, hash=?4, who=?5, parts=?6 WHERE (edition.hlc, edition.hash, edition.at," \
		"  edition.who, edition.parts) < (?2, ?4, ?3, ?5, ?6)") \
	X(EDITION_EACH, "SELECT number, hlc, at, hash, who, parts FROM edition" \
		" WHERE number <= ? ORDER BY number DESC") \
	X(CHUNK_ADD, "INSERT INTO chunk (id, stream, seq) VALUES (?,?,?) ON CONFLICT DO NOTHING") \
	X(CHUNK_GET, "SELECT e.kind, e.body FROM chunk AS c JOIN event AS e ON e.stream = c.stream" \
		" AND e.seq = c.seq WHERE c.id=? AND e.body IS NOT NULL LIMIT 1") \
	X(WARD_HLC, "SELECT max(hlc) FROM stream WHERE board=? AND hlc & 1 = 1") \
	X(OUT_GONE_WHAT, "SELECT count(*) FROM outbox WHERE what=? AND state IN (1, 2, 3, 5)") \
	X(OUT_CANCEL_WHAT, "UPDATE outbox SET state=6, why='the campaign was cancelled'," \
		" changed=?2 WHERE state IN (0, 7) AND what=?1") \
	/* a restored database does not know what went out since: nothing of it goes out again */ \
	X(RESTORED_OUTBOX, "UPDATE outbox SET state=5, why='from a backup: it may have gone out since'," \
		" changed=? WHERE state IN (0, 1, 7)") \
	X(RESTORED_DUE, "DELETE FROM due") \
	X(RESTORED_OCCASION, "UPDATE occasion SET after = max(after, ?1), cursor = NULL") \
	/* statements for an LRS; a stream of class 0 first: it says whom to forget */ \
	X(XAPI_STREAM, "SELECT t.no, coalesce(x.seq, 0), t.seq FROM stream AS t" \
		" LEFT JOIN xapi_seen AS x ON x.stream = t.no WHERE t.seq > coalesce(x.seq, 0)" \
		" ORDER BY t.cls, t.no LIMIT 1") \
	X(XAPI_SEEN, "INSERT INTO xapi_seen (stream, seq) VALUES (?,?) ON CONFLICT (stream) DO UPDATE SET" \
		" seq=excluded.seq") \
	/* contents that came when the stream had been looked at already */ \
	X(XAPI_LATE_ADD, "INSERT INTO xapi_late (stream, seq) SELECT ?1, ?2" \
		" WHERE EXISTS (SELECT 1 FROM xapi_seen WHERE stream = ?1 AND seq >= ?2)" \
		" ON CONFLICT DO NOTHING") \
	X(XAPI_LATE, "SELECT stream, seq FROM xapi_late ORDER BY stream, seq LIMIT 1") \
	X(XAPI_LATE_DROP, "DELETE FROM xapi_late WHERE stream=? AND seq=?") \
	X(XAPI_ADD, "INSERT INTO xapi (no, id, s, state, body) SELECT coalesce(max(no), 0) + 1," \
		" ?1, ?2, ?3, ?4 FROM xapi WHERE true ON CONFLICT DO NOTHING") \
	X(XAPI_UNTRIED, "DELETE FROM xapi WHERE s=? AND tried=0") \
	X(XAPI_OF, "SELECT id FROM xapi WHERE s=? ORDER BY no LIMIT 1") \
	X(XAPI_DISOWN, "UPDATE xapi SET s=NULL, body='', why='', state=1 WHERE id=?") \
	X(XAPI_NEXT, "SELECT no, id, body, why FROM xapi WHERE state=0 ORDER BY no LIMIT ?") \
	X(XAPI_TRIED, "UPDATE xapi SET tried=1 WHERE no BETWEEN ? AND ? AND state=0") \
	X(XAPI_RESULT, "UPDATE xapi SET state=?3, why=?4," \
		" body=CASE WHEN ?3=1 THEN '' ELSE body END" \
		" WHERE no BETWEEN ?1 AND ?2 AND state=0") \
	X(XAPI_REFUSED, "SELECT no, id, body, why FROM xapi WHERE state=2 ORDER BY no LIMIT ?") \
	X(XAPI_OPEN, "SELECT g.s, g.course FROM person AS e JOIN progress AS g ON g.s = e.s" \
		" WHERE e.p=? AND g.enrolled > 0 AND g.completed = 0 ORDER BY g.s, g.course") \
	X(XAPI_TDP, "SELECT r.value FROM register AS r JOIN stream AS t ON t.no = r.stream" \
		" WHERE r.s=? AND r.reg=1 AND r.value IS NOT NULL ORDER BY r.hlc & 1 DESC, r.hlc DESC," \
		" t.cls, t.board, t.incarnation, r.seq LIMIT 1") \
	X(XAPI_AGAIN, "UPDATE xapi SET state=0, why='' WHERE state=2") \
	X(XAPI_COUNTS, "SELECT state, count(*) FROM xapi WHERE state <> 1 GROUP BY state") \
	/* local */ \
	X(SETTING_GET, "SELECT value FROM setting WHERE name=?") \
	X(SETTING_PUT, "INSERT INTO setting (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET" \
		" value=excluded.value") \
	X(SESSION_GET, "SELECT blob FROM session WHERE p=?") \
	X(SESSION_CHANGED, "SELECT changed FROM session WHERE p=?") \
	X(SESSION_PUT, "INSERT INTO session (p, blob, changed) VALUES (?,?,?) ON CONFLICT (p) DO UPDATE SET" \
		" blob=excluded.blob, changed=excluded.changed") \
	X(SESSION_DROP, "DELETE FROM session WHERE p=?") \
	X(SESSION_PURGE, "DELETE FROM session WHERE changed < ?" \
		" AND NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = session.p)") \
	X(GUESSES, "SELECT n FROM guess WHERE p=? AND what=? AND day=?") \
	X(GUESS_ADD, "INSERT INTO guess (p, what, day, n) VALUES (?,?,?,1) ON CONFLICT (p, what)" \
		" DO UPDATE SET n=CASE WHEN guess.day=excluded.day THEN guess.n+1 ELSE 1 END, day=excluded.day") \
	X(GUESS_PURGE, "DELETE FROM guess WHERE day < ?") \
	X(SEEN_GET, "SELECT at FROM seen WHERE key=?") \
	X(SEEN_PUT, "INSERT INTO seen (key, at) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET" \
		" at=excluded.at") \
	X(SEEN_PURGE, "DELETE FROM seen WHERE at < ?") \
	X(OUT_LAST, "SELECT coalesce(max(id), 0) FROM outbox") \
	/* ?1: no number up to that is given again, journals know it. */ \
	X(OUT_ADD, "INSERT INTO outbox (id, p, state, prio, alphabet, channel, dest, what, why, parts," \
		" tries, created, due, changed, expires, gone, text, chosen) SELECT 1 + max(coalesce(max(id), 0), ?1)," \
		" ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 FROM outbox" \
		" RETURNING id") \
	X(OUT_GET, "SELECT " OUT_COLUMNS " FROM outbox WHERE id=?") \
	X(OUT_FIRST, "SELECT " OUT_COLUMNS " FROM outbox WHERE state=0 AND channel=?1 AND prio=?2" \
		" AND due <= ?3 ORDER BY due, id LIMIT 1") \
	X(OUT_SENT, "UPDATE outbox SET state=2, why=?2, changed=?3 WHERE id=?1 AND state IN (1, 5)") \
	X(OUT_DEFER, "UPDATE outbox SET channel=coalesce(?2,channel), due=?3," \
		" chosen=CASE WHEN ?2 IS NULL THEN chosen ELSE ?4 END WHERE id=?1") \
	X(OUT_GONE, "UPDATE outbox SET gone=?2 WHERE id=?1") \
	X(OUT_HOLD, "UPDATE outbox SET state=7, why='the campaign is on hold', changed=?2" \
		" WHERE state=0 AND what=?1") \
	X(OUT_RESUME, "UPDATE outbox SET state=0, why='', changed=?2 WHERE state=7 AND what=?1") \
	X(OUT_EXPIRE, "UPDATE outbox SET state=6, why='too late: nobody could carry it in time'," \
		" changed=?1 WHERE state IN (0, 7) AND expires BETWEEN 1 AND ?1") \
	/* A message that went out in part stays where its parts are. */ \
	X(OUT_MOVE, "UPDATE outbox SET channel=?2, chosen=7 WHERE state=0 AND channel=?1 AND prio <= ?3" \
		" AND gone=0") \
	X(OUT_MOVE_PERSON, "UPDATE outbox SET channel=?3, chosen=4 WHERE p=?1 AND state IN (0, 7)" \
		" AND channel=?2 AND gone=0") \
	X(OUT_MOVABLE, "SELECT " OUT_COLUMNS " FROM outbox WHERE state=0 AND channel=? AND gone=0" \
		" LIMIT 1") \
	X(OUT_QUEUES, "SELECT channel, prio, count(*), min(due) FROM outbox" \
		" WHERE state=0 GROUP BY channel, prio ORDER BY channel, prio") \
	X(OUT_AHEAD, "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE state=0 AND channel IN (?1, '')" \
		" AND (prio < ?2 OR (prio = ?2 AND (due < ?3 OR (due = ?3 AND id < ?4))))" \
		" AND due <= ?5 LIMIT 1000) AS x") \
	X(OUT_PURGE, "DELETE FROM outbox WHERE state NOT IN (0, 1, 7) AND (changed < ?1 OR (changed < ?2" \
		" AND NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = outbox.p)))") \
	X(OUT_LIST, "SELECT " OUT_COLUMNS " FROM outbox WHERE ?1 IN (state, -1)" \
		" AND ?2 IN (prio, -1) AND (?3 IS NULL OR channel=?3) AND (?4 IS NULL OR p=?4)" \
		" AND (?5 IS NULL OR what=?5) ORDER BY id DESC LIMIT ?6") \
	X(OUT_SPENT, "SELECT coalesce(sum(parts), 0) FROM outbox WHERE state IN (1, 2, 3, 5)" \
		" AND changed >= ? AND channel <> ?") \
	X(OUT_INTENTS, "SELECT " OUT_COLUMNS " FROM outbox WHERE state=1 ORDER BY id") \
	X(OUT_SET, "UPDATE outbox SET state=?2, channel=coalesce(?3,channel), why=?4, due=?5," \
		" changed=?6, tries=tries+CASE ?2 WHEN 1 THEN 1 ELSE 0 END WHERE id=?1") \
	X(QUOTA_GET, "SELECT parts FROM quota WHERE channel=? AND day=?") \
	X(QUOTA_ADD, "INSERT INTO quota (channel, day, parts) VALUES (?1,?2,?3)" \
		" ON CONFLICT (channel, day) DO UPDATE SET parts = quota.parts + ?3") \
	X(QUOTA_BACK, "UPDATE quota SET parts = max(0, parts + ?3) WHERE channel=?1 AND day=?2") \
	X(QUOTA_PURGE, "DELETE FROM quota WHERE day < ?") \
	X(ROUTE_GET, "SELECT channel, day, messages, parts, operator FROM route WHERE p=?") \
	X(ROUTE_SET, "INSERT INTO route (p, channel, day, messages, parts, operator)" \
		" VALUES (?,?,?,?,?,?) ON CONFLICT (p) DO UPDATE SET" \
		" channel=excluded.channel, day=excluded.day, messages=excluded.messages," \
		" parts=excluded.parts, operator=excluded.operator") \
	X(ROUTE_PURGE, "DELETE FROM route WHERE day < ?" \
		" AND NOT EXISTS (SELECT 1 FROM person AS e WHERE e.p = route.p)") \
	X(OUT_REST, "UPDATE outbox SET state=6, why='she rests', changed=?2 WHERE p=?1" \
		" AND state IN (0, 7) AND (prio = ?3 OR what = 'REMIND_IDLE')") \
	X(OUT_CANCEL, "UPDATE outbox SET state=6, why='opted out', changed=?2 WHERE p=?1" \
		" AND state IN (0, 7)") \
	X(OUT_COUNTS, "SELECT state, count(*) FROM outbox GROUP BY state")

/* The learner s under all her numbers; it is one of the others that gets what nobody asked for and
 * that reports count: the one that was named last, of equals the smallest. */
#define ALL_OF(s) "(SELECT " s " UNION ALL SELECT other FROM same WHERE s = " s ")"
#define SECOND(s_) \
	"EXISTS (SELECT 1 FROM same AS m JOIN person AS o ON o.s = m.other WHERE m.s = " s_ \
	" AND (SELECT coalesce(max(here), 0) FROM same WHERE s = m.other)" \
	"  > (SELECT coalesce(max(here), 0) FROM same WHERE s = " s_ ")" \
	"  - CASE WHEN m.other < " s_ " THEN 1 ELSE 0 END)"

#define ONE(s_) "coalesce((SELECT m.other FROM same AS m WHERE m.s = " s_ \
	" AND m.other < " s_ " ORDER BY m.other LIMIT 1), " s_ ")"

/* A number that is smaller than 1,000 or 100, as text of so many digits. */
#define DIGITS_2(n) "CASE WHEN " n " < 10 THEN '0' ELSE '' END || " n
#define DIGITS_3(n) "CASE WHEN " n " < 100 THEN '0' ELSE '' END || " DIGITS_2(n)

#define THOSE(what) "count(*) FILTER (WHERE " what "), "

/* Boards of the ward that have not said that they hold nothing of farewell f's learner. */
#define FAREWELL_LACKS "SELECT 1 FROM member AS k WHERE NOT EXISTS (SELECT 1 FROM revoked AS r" \
	" WHERE r.board=k.board) AND NOT EXISTS (SELECT 1 FROM erased AS e WHERE e.s=f.s" \
	" AND e.board=k.board)"

#define OUT_COLUMNS "id, p, state, prio, alphabet, channel, dest, what, why, parts, tries," \
	" created, due, changed, expires, gone, text, chosen"

enum stmt {
#define X(name, sql) Q_##name,
	STATEMENTS(X)
#undef X
	N_STATEMENTS
};

/* Open with the lock, migrate. */
int db_open(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err);
/* Was this an older database? Then projections that are new in this schema are still empty. */
bool db_migrated(const struct db *db);
void db_close(struct db *db);
const char *db_error(const struct db *db);
const char *db_name(const struct db *db);       /* in messages */
int db_script(struct db *db, const char *sql);
int db_checkpoint(struct db *db, int min_pages);
/* Another number: the connection was lost meanwhile, and with it perhaps what was being committed,
 * perhaps not. */
unsigned db_session(const struct db *db);
int db_changes(struct db *db);                  /* rows, by the last statement; or its failure */
bool db_in_transaction(struct db *db);

/* Bind by `types`, one letter a parameter: i int64_t; b const void *, size_t (NULL: null);
 * s const char * (NULL: null). */

/* Run a statement without rows. Inside a transaction an engine may send it and not wait: its failure
 * is then told by the next call that has an answer, at the latest by the end of the transaction or
 * mark. */
int db_run(struct db *db, enum stmt q, const char *types, ...);
/* Start a statement with rows; then db_next() until it gives 0 (or an error). A statement that is
 * left before its end must be given to db_done(). */
int db_query(struct db *db, enum stmt q, const char *types, ...);
int db_next(struct db *db, enum stmt q);        /* 1 a row, 0 the end, negative */
void db_done(struct db *db, enum stmt q);
/* db_query and the first db_next: 1, 0 (already done), negative. */
int db_first(struct db *db, enum stmt q, const char *types, ...);

/* After db_first() of a statement that gives one number: that number, or the error. */
int db_returned(struct db *db, enum stmt q, int rc, int64_t *ret);

int64_t db_int(struct db *db, enum stmt q, int col);
/* Valid until the next step; a missing text is "". */
const char *db_text(struct db *db, enum stmt q, int col);
const void *db_blob(struct db *db, enum stmt q, int col, size_t *ret_len);
/* Copy a blob of exactly len octets; LD_E_CORRUPT when it has another length. */
int db_fixed(struct db *db, enum stmt q, int col, void *ret, size_t len);
bool db_null(struct db *db, enum stmt q, int col);

/* Rows of any SELECT as one line of text each, for dumps and migrations. */
typedef void (*db_line_cb)(void *arg, const char *line);
int db_lines(struct db *db, const char *sql, db_line_cb cb, void *arg);

#endif

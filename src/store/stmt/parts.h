/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of SQL that several statements share. */
#ifndef LAIDO_STORE_STMT_PARTS_H
#define LAIDO_STORE_STMT_PARTS_H

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

#endif

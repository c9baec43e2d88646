#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# laidod is killed at random moments while people learn through it; tests/tools/people.c plays the
# people, kills, and notes what they sent and were shown. Then notes, tables and log must agree.
#   KILLS=N, PEOPLE=N, SEED=N
. tests/harness/tap.sh
at_end='kill $people 2>/dev/null'

people=
sql() { sqlite3 -separator ' ' "$S/state/laido.db" "$@"; }
# none NAME SELECT: no row may come.
none() {
	sql "$2" >"$S/out" 2>&1 && [ ! -s "$S/out" ]
	ok "$1" $?
}

mkdir "$S/copy"
fresh_content
conf state 'outbox = { replies_per_hour = 1000; };'
sed -i 's/0990000999/0990999999/' "$S/state.conf"

# One laidod after the other, until it ends otherwise than by a kill.
"$B/tools/people" --people "${PEOPLE-40}" --kills "${KILLS-24}" --inputs 150 \
	"$S/state.ctl" "$S/laidod.pid" "$S/notes" >"$S/people.out" 2>&1 &
people=$!
starts=0
status=137
while [ $status = 137 ] && kill -0 $people 2>/dev/null; do
	starts=$((starts + 1))
	start laidod "$B/bin/laidod" -c "$S/state.conf"
	wait "$(pid_of laidod)" 2>/dev/null
	status=$?
done
wait $people
played=$?
people=
sed 's/^[^#]/# &/' "$S/people.out"
cp "$S/people.out" "$S/out"
ok "people learn through $((starts - 1)) kills" $played
cat "$S/laidod.log" >>"$S/out"
[ $status = 0 ]
ok "SIGTERM in the middle of dialogues: exit 0" $?
ended=$(sed -n 's/^ended_ms=//p' "$S/people.out")
[ "${ended:-9999}" -lt 2000 ]
ok "and within two seconds" $?
grep -q ' strange=0$' "$S/people.out" && ! grep -q ' resumed=0 ' "$S/people.out"
ok "menus resume where they were (Lan truoc dang o), nothing is refused" $?
cp "$S/laidod.log" "$S/out"
! grep FATAL "$S/laidod.log" >/dev/null
ok "no start has failed" $?

# ---- what people saw against what is stored ----

# Bodies are CBOR maps (docs/FORMATS.md): 1 course, 2 lesson, 3 option, all small here.
awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $4 }' "$S/notes" >"$S/notes.tsv"
sql >"$S/out" 2>&1 <<END
CREATE TABLE t_note (what TEXT, number TEXT, a TEXT, b TEXT);
.mode ascii
.separator "\t" "\n"
.import $S/notes.tsv t_note
CREATE TABLE t_number AS SELECT DISTINCT p, '0' || substr(dest, 4) AS number FROM outbox;
CREATE TABLE t_answer AS
  SELECT number, CAST(unicode(CAST(substr(body, 5 + len, 1) AS TEXT)) AS TEXT) AS lesson,
    CAST(unicode(CAST(substr(body, 7 + len, 1) AS TEXT)) AS TEXT) AS option
  FROM (SELECT n.number, e.body, unicode(CAST(substr(e.body, 3, 1) AS TEXT)) - 96 AS len
    FROM event AS e JOIN person AS x ON x.s = e.subject JOIN t_number AS n ON n.p = x.p
    WHERE e.kind = 35);
END
[ ! -s "$S/out" ]
ok "notes and answers can be compared" $?
sql "SELECT '# '||count(*)||' answers stored, '||(SELECT count(*) FROM t_note WHERE what='verdict')||
  ' verdicts shown, '||(SELECT count(*) FROM t_note WHERE what='given')||' given' FROM t_answer"
sql "SELECT 1 WHERE (SELECT count(*) FROM t_answer) < 50
  OR (SELECT count(*) FROM t_answer) != (SELECT count(*) FROM event WHERE kind = 35)" >"$S/out"
[ ! -s "$S/out" ]
ok "there is something to compare" $?
none "every answer whose verdict was shown is in the log" \
	"SELECT v.number, v.a, v.b FROM t_note AS v WHERE what = 'verdict' AND NOT EXISTS
	 (SELECT 1 FROM t_answer AS e WHERE e.number = v.number AND e.lesson = v.a AND e.option = v.b)"
none "no answer is there twice" \
	"SELECT number, lesson, count(*) FROM t_answer GROUP BY 1, 2 HAVING count(*) > 1"
none "no answer is there that nobody gave" \
	"SELECT e.number, e.lesson, e.option FROM t_answer AS e WHERE NOT EXISTS (SELECT 1
	 FROM t_note AS g WHERE what = 'given' AND g.number = e.number AND g.a = e.lesson AND g.b = e.option)"
none "nobody has consented twice, or without being asked" \
	"SELECT hex(subject), count(*) FROM event WHERE kind = 32 GROUP BY 1 HAVING count(*) > 1"
none "no message was shown twice, or before it was stored as an intent" \
	"SELECT s.number, s.a, count(*) FROM t_note AS s WHERE what = 'sms' GROUP BY 1, 2
	 HAVING count(*) > (SELECT count(*) FROM outbox AS o JOIN t_number AS n ON n.p = o.p
	 WHERE o.state != 0 AND n.number = s.number
	 AND rtrim(replace(o.text, char(10), ' ')) = rtrim(s.a))"
none "streams have no holes" \
	"SELECT stream, count(*), max(seq) FROM event GROUP BY stream HAVING count(*) != max(seq)
	 UNION ALL SELECT no, seq, 0 FROM stream AS t WHERE seq != (SELECT max(seq) FROM event WHERE stream = t.no)"
sql "DROP TABLE t_note; DROP TABLE t_number; DROP TABLE t_answer"

"$B/tools/chain" "$S/state" "$S/copy" >"$S/out" 2>&1
status=$?
sed 's/^/# /' "$S/out"
ok "chains and signatures verify; a peer's tables from this log are the same" $status
sql 'PRAGMA integrity_check' >"$S/out" 2>&1
[ "$(cat "$S/out")" = ok ]
ok "the database file is sound" $?
start laidod "$B/bin/laidod" -c "$S/state.conf"
up laidod 10 "$laido" status --socket "$S/state.ctl"
"$laido" rebuild --socket "$S/state.ctl" >"$S/out" 2>&1 && grep -q Equal "$S/out"
ok "laido rebuild says Equal" $?
stop laidod
last_checks

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody would write behind Kannel to do what laidod does with a text: for bench-peers. A
 * small web server for Kannel's get-url that stores, in one durable transaction, the person, the
 * events, the session and the answer, and returns the answer. No dialogue engine, no content, no
 * mesh, nothing sealed: less than laidod does.
 *
 *   kannel_app PORT DATABASE */
#include <microhttpd.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS person (number TEXT PRIMARY KEY, step INTEGER, session BLOB);"
	"CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, number TEXT, kind INTEGER,"
	"  at INTEGER, body BLOB);"
	"CREATE INDEX IF NOT EXISTS event_number ON event (number);"
	"CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, number TEXT, state INTEGER,"
	"  at INTEGER, text TEXT);";

enum { BEGIN, FIND, SAVE, EVENT, ANSWER, COMMIT, N_STATEMENTS };
static const char *const sql[N_STATEMENTS] = {
	"BEGIN IMMEDIATE", "SELECT step FROM person WHERE number = ?1",
	"INSERT INTO person VALUES (?1, ?2, zeroblob(60)) ON CONFLICT (number) DO UPDATE SET"
	"  step = ?2, session = excluded.session",
	"INSERT INTO event (number, kind, at, body) VALUES (?1, ?2, unixepoch(), zeroblob(90))",
	"INSERT INTO outbox (number, state, at, text) VALUES (?1, 1, unixepoch(), ?2)", "COMMIT",
};

/* Of the lengths that laidod answers with. */
static const char *const answers[] = {
	"Lop hoc so phuong, khong hoc phi; tin gui di tinh cuoc thuong. Phuong luu so may, to, diem. "
	"Nhan 1 dong y, 2 khong. Hoi so dien thoai cua phuong.",
	"1/10 Nho 4 khong: khong so, khong tham, khong voi, khong chuyen tien. Bi giuc thi lam gi?\n"
	"1.Chuyen mot it\n2.Cup may\n3.Nghe tiep\nNhan 1, 2 hoac 3",
	"Dung roi: Cup may. Ke lua dao hay doa, hoac hua cho tien, roi giuc. Hoi con chau, to truong "
	"roi hay quyet. Bai sau: TIEP",
};

static sqlite3 *db;
static sqlite3_stmt *statement[N_STATEMENTS];

static int run(int which, const char *number, int64_t n, const char *text)
{
	sqlite3_stmt *s = statement[which];
	int rc, columns = sqlite3_bind_parameter_count(s), step = -1;

	if (columns > 0)
		sqlite3_bind_text(s, 1, number, -1, SQLITE_STATIC);
	if (columns > 1 && text)
		sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
	else if (columns > 1)
		sqlite3_bind_int64(s, 2, n);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		step = sqlite3_column_int(s, 0);
	else if (rc != SQLITE_DONE)
		fprintf(stderr, "kannel_app: %s\n", sqlite3_errmsg(db));
	sqlite3_reset(s);
	return step;
}

static const char *step(const char *number)
{
	const char *text;
	int n;

	run(BEGIN, NULL, 0, NULL);
	n = run(FIND, number, 0, NULL) + 1;
	text = answers[n < 3 ? n : 1 + n % 2];
	run(SAVE, number, n, NULL);
	for (int64_t kind = 1; kind <= 2; kind++)
		run(EVENT, number, kind, NULL);
	run(ANSWER, number, 0, text);
	run(COMMIT, NULL, 0, NULL);
	return text;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_len, void **state)
{
	const char *from = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "from");
	const char *text = step(from ? from : "");
	struct MHD_Response *r;
	enum MHD_Result rc;

	(void)arg, (void)url, (void)method, (void)version, (void)data, (void)data_len, (void)state;
	r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
					    MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "Content-Type", "text/plain; charset=UTF-8");
	rc = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return rc;
}

int main(int argc, char **argv)
{
	sigset_t end;
	int sig;

	if (argc != 3 || sqlite3_open(argv[2], &db) != SQLITE_OK ||
	    sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "usage: kannel_app PORT DATABASE\n");
		return 1;
	}
	for (int i = 0; i < N_STATEMENTS; i++)
		if (sqlite3_prepare_v2(db, sql[i], -1, &statement[i], NULL) != SQLITE_OK)
			return 1;
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)strtoul(argv[1], NULL, 10), NULL,
			      NULL, answer, NULL, MHD_OPTION_CONNECTION_LIMIT, 1000u, MHD_OPTION_END)) {
		fprintf(stderr, "kannel_app: port %s is taken\n", argv[1]);
		return 1;
	}
	sigwait(&end, &sig);
	return 0;
}

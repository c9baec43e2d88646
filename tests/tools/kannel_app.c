/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody would write behind Kannel to do what laidod does with a text: for bench-peers. A
 * small web server for Kannel's get-url that stores, in one durable transaction, the person, the
 * events, the session and the answer, and returns the answer. No dialogue engine, no content, no
 * mesh, nothing sealed: less than laidod does.
 *
 *   kannel_app PORT DATABASE
 *   kannel_app --bare PORT DATABASE
 *
 * --bare: without Kannel. It binds to the message centre at PORT by itself, and what comes in one
 * read is one transaction. One thread, no window, no receipts, nothing kept for a crash between the
 * commit and the answer: what a text costs at the very least, by whatever program. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	int n = run(FIND, number, 0, NULL) + 1;
	const char *text = answers[n < 3 ? n : 1 + n % 2];

	run(SAVE, number, n, NULL);
	for (int64_t kind = 1; kind <= 2; kind++)
		run(EVENT, number, kind, NULL);
	run(ANSWER, number, 0, text);
	return text;
}

/* ---- behind Kannel ---- */

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_len, void **state)
{
	const char *from = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "from");
	struct MHD_Response *r;
	enum MHD_Result rc;
	const char *text;

	run(BEGIN, NULL, 0, NULL);
	text = step(from ? from : "");
	run(COMMIT, NULL, 0, NULL);
	(void)arg, (void)url, (void)method, (void)version, (void)data, (void)data_len, (void)state;
	r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
					    MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "Content-Type", "text/plain; charset=UTF-8");
	rc = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return rc;
}

static int serve_kannel(uint16_t port)
{
	sigset_t end;
	int sig;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer, NULL,
			      MHD_OPTION_CONNECTION_LIMIT, 1000u, MHD_OPTION_END)) {
		fprintf(stderr, "kannel_app: port %u is taken\n", port);
		return 1;
	}
	sigwait(&end, &sig);
	return 0;
}

/* ---- bare: a message centre that is trusted, smsc_load ---- */

enum { BIND = 9, SUBMIT = 4, DELIVER = 5, ENQUIRE = 0x15, RESP = (int)0x80000000u, BUF = 1 << 20 };
static uint8_t in[BUF], out[BUF];
static size_t n_out;
static uint32_t next_seq;

static uint32_t be(const uint8_t *o)
{
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static void put(uint32_t id, uint32_t seq, const void *body, size_t len)
{
	const uint32_t header[4] = { htonl((uint32_t)(16 + len)), htonl(id), 0, htonl(seq) };

	memcpy(out + n_out, header, sizeof(header));
	memcpy(out + n_out + sizeof(header), body, len);
	n_out += sizeof(header) + len;
}

static void submit(const char *to, const char *text)
{
	uint8_t body[512] = "\0\1\1" "8888\0" "\1\1"; /* service_type, source, destination's kind */
	size_t n = 10, len = strlen(text);

	n += (size_t)snprintf((char *)body + n, 32, "%s", to) + 1;
	n += 9;         /* esm_class to sm_default_msg_id, all 0 */
	body[n++] = (uint8_t)len;
	memcpy(body + n, text, len);
	put(SUBMIT, ++next_seq, body, n + len);
}

/* Answers all whole PDUs, then commits; returns how many octets they were. */
static size_t take(size_t n_in)
{
	size_t at = 0, len;
	bool open = false;

	for (; n_in - at >= 16 && (len = be(in + at)) <= n_in - at; at += len) {
		uint32_t id = be(in + at + 4), seq = be(in + at + 12);
		const char *from = (const char *)in + at + 19;

		if (id == ENQUIRE)
			put(id | (uint32_t)RESP, seq, "", 0);
		if (id != DELIVER)
			continue;
		if (!open)
			run(BEGIN, NULL, 0, NULL);
		open = true;
		put(id | (uint32_t)RESP, seq, "", 1);
		submit(from, step(from));
	}
	if (open)
		run(COMMIT, NULL, 0, NULL);
	return at;
}

static int open_link(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void serve_link(int fd)
{
	size_t n_in = 0, used;
	ssize_t n;

	n_out = 0;
	put(BIND, ++next_seq, "ward\0" "x\0" "\0\x34\0\0", 12);
	for (;;) {
		if (n_out > 0 && write(fd, out, n_out) != (ssize_t)n_out)
			return;
		n_out = 0;
		n = read(fd, in + n_in, BUF / 16 - n_in); /* the answers are five times as long */
		if (n <= 0)
			return;
		n_in += (size_t)n;
		used = take(n_in);
		n_in -= used;
		memmove(in, in + used, n_in);
	}
}

/* As long as the link holds; then it stays to be measured, until SIGTERM. */
static int serve_bare(uint16_t port)
{
	int fd = open_link(port);

	signal(SIGPIPE, SIG_IGN);
	if (fd < 0) {
		fprintf(stderr, "kannel_app: nobody listens at port %u\n", port);
		return 1;
	}
	serve_link(fd);
	close(fd);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	bool bare = argc > 1 && strcmp(argv[1], "--bare") == 0;
	uint16_t port;

	argv += bare;
	if (argc - bare != 3 || sqlite3_open(argv[2], &db) != SQLITE_OK ||
	    sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "usage: kannel_app [--bare] PORT DATABASE\n");
		return 1;
	}
	for (int i = 0; i < N_STATEMENTS; i++)
		if (sqlite3_prepare_v2(db, sql[i], -1, &statement[i], NULL) != SQLITE_OK)
			return 1;
	port = (uint16_t)strtoul(argv[1], NULL, 10);
	return bare ? serve_bare(port) : serve_kannel(port);
}

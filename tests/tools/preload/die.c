/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LD_PRELOAD: a program is killed at a named point, as by a power cut, once. For
 * tests/integ/sendcrash.t and smppcrash.t, which list the points.
 *
 *   LAIDO_DIE="PROGRAM before|after|stand POINT N"   N-th time, since ARM exists; stand: the thread
 *                          never goes on, the others do
 *   LAIDO_DIE_MARK=FILE    says "dead" from the moment of death; then nobody dies any more
 *   LAIDO_DIE_ARM=FILE     nothing is counted before it exists; not looked at by laido-modem,
 *                          which may open nothing by then
 *
 * POINT is what the program tells the world: "wal" (a commit reaches the disk), "frame-N" (a message
 * of type N between laidod and worker, include/laido/wire/worker.h), "journal-L" and "sync-L" (a line
 * L of the worker's journal is written, reaches the disk), "at-TEXT" (AT+TEXT to a tty), "ctrl-z",
 * "smpp-ID" (a PDU with that command_id in hexadecimal is written), "smpp-in-ID" (one was read). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	bool armed;
	bool after, stand;
	bool in_worker;
	char point[32];
	atomic_int left;                /* calls of this kind until death */
	char *mark;                     /* mapped: the worker closes what it does not know */
	const char *arm;                /* NULL: armed from the beginning */
} die;
static const char dead[] = "dead";
static char journal_line;               /* the last one written: what a sync is about */

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static int (*real_fdatasync)(int);
static ssize_t (*real_read)(int, void *, size_t);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void set_up(void)
{
	const char *order = getenv("LAIDO_DIE"), *mark = getenv("LAIDO_DIE_MARK");
	char program[32], when[8];
	int n = 1, fd;

	real_write = (ssize_t (*)(int, const void *, size_t))next("write");
	real_send = (ssize_t (*)(int, const void *, size_t, int))next("send");
	real_read = (ssize_t (*)(int, void *, size_t))next("read");
	real_fdatasync = (int (*)(int))next("fdatasync");
	if (!order || !mark ||
	    sscanf(order, "%31s %7s %31s %d", program, when, die.point, &n) != 4 ||
	    strcmp(program, program_invocation_short_name) != 0)
		return;
	fd = open(mark, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(dead)) < 0)
		return;
	die.mark = mmap(NULL, sizeof(dead), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	die.armed = die.mark != MAP_FAILED && die.mark[0] == '\0';
	die.after = strcmp(when, "after") == 0;
	die.stand = strcmp(when, "stand") == 0;
	die.left = n;
	die.in_worker = strcmp(program, "laido-modem") == 0;
	die.arm = die.in_worker ? NULL : getenv("LAIDO_DIE_ARM");
}

/* Is this call the one? */
static bool is_due(const char *point)
{
	int saved = errno;
	bool due = die.armed && strcmp(point, die.point) == 0 &&
		   (!die.arm || access(die.arm, F_OK) == 0) && atomic_fetch_sub(&die.left, 1) == 1;

	errno = saved;
	return due;
}

static void end(void)
{
	memcpy(die.mark, dead, sizeof(dead));
	while (die.stand)
		poll(NULL, 0, -1);
	raise(SIGKILL);
}

/* ---- names of points ---- */

static bool has(const void *octets, size_t len, const char *text)
{
	return memmem(octets, len, text, strlen(text)) != NULL;
}

static void name_write(const void *octets, size_t len, char ret[32])
{
	const char *o = octets;

	ret[0] = '\0';
	if (len > 2 && strchr("SDRFP", o[0]) && o[1] == ' ' && has(o, len, " *")) {
		journal_line = o[0];
		snprintf(ret, 32, "journal-%c", o[0]);
	} else if (has(o, len, "AT+CMGS=")) {
		snprintf(ret, 32, "at-CMGS");
	} else if (has(o, len, "AT+CMGD=")) {
		snprintf(ret, 32, "at-CMGD");
	} else if (memchr(o, 0x1a, len)) {
		snprintf(ret, 32, "ctrl-z");
	}
}

static void name_sync(int fd, char ret[32])
{
	char link[64], path[256];
	ssize_t n;

	if (die.in_worker) {
		snprintf(ret, 32, "sync-%c", journal_line ? journal_line : '?');
		return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	snprintf(ret, 32, "%s", n > 4 && strcmp(path + n - 4, "-wal") == 0 ? "wal" : "file");
}

static unsigned be32(const unsigned char *o)
{
	return (unsigned)o[0] << 24 | (unsigned)o[1] << 16 | (unsigned)o[2] << 8 | o[3];
}

/* One of the PDUs of SMPP in there is the one. Everything else begins otherwise. */
static bool pdu_is_due(const void *octets, size_t len, const char *way)
{
	const unsigned char *o = octets;
	bool due = false;
	char point[32];
	unsigned n;

	while (len >= 16 && (n = be32(o)) >= 16 && n <= len) {
		snprintf(point, sizeof(point), "smpp-%s%x", way, be32(o + 4));
		due |= is_due(point);
		o += n;
		len -= n;
	}
	return due;
}

/* ---- what is watched ---- */

ssize_t write(int fd, const void *octets, size_t len)
{
	char point[32];
	bool due;
	ssize_t n;

	if (!die.armed)
		return real_write ? real_write(fd, octets, len)
				  : ((ssize_t (*)(int, const void *, size_t))next("write"))(fd, octets, len);
	name_write(octets, len, point);
	due = is_due(point) || (!die.in_worker && pdu_is_due(octets, len, ""));
	if (due && !die.after)
		end();
	n = real_write(fd, octets, len);
	if (due)
		end();
	return n;
}

ssize_t read(int fd, void *octets, size_t len)
{
	ssize_t n;

	if (!die.armed || die.in_worker)
		return real_read ? real_read(fd, octets, len)
				 : ((ssize_t (*)(int, void *, size_t))next("read"))(fd, octets, len);
	n = real_read(fd, octets, len);
	if (n > 0 && pdu_is_due(octets, (size_t)n, "in-"))
		end();
	return n;
}

/* What read() is under _FORTIFY_SOURCE. */
ssize_t __read_chk(int fd, void *octets, size_t len, size_t size);
ssize_t __read_chk(int fd, void *octets, size_t len, size_t size)
{
	(void)size;
	return read(fd, octets, len);
}

ssize_t send(int fd, const void *octets, size_t len, int flags)
{
	char point[32] = "";
	bool due;
	ssize_t n;

	if (die.armed && len >= 6)
		snprintf(point, sizeof(point), "frame-%d", ((const unsigned char *)octets)[5]);
	due = is_due(point);
	if (due && !die.after)
		end();
	n = real_send(fd, octets, len, flags);
	if (due)
		end();
	return n;
}

int fdatasync(int fd)
{
	char point[32] = "";
	bool due;
	int rc;

	if (die.armed)
		name_sync(fd, point);
	due = is_due(point);
	if (due && !die.after)
		end();
	rc = real_fdatasync(fd);
	if (due)
		end();
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "laido/base/err.h"

enum {
	LINE_MAX_ = 160,
	COMPACT_AT = 256 * 1024,
};

enum report { REPORT_NONE, REPORT_DELIVERED, REPORT_GIVEN_UP };

struct msg {
	int64_t id;             /* 0: unused */
	int64_t ms;
	uint64_t text;
	uint64_t to;
	uint8_t total;
	uint8_t ref;
	uint8_t state[LD_WMSG_PARTS];
	uint8_t mr[LD_WMSG_PARTS];
	uint8_t report[LD_WMSG_PARTS];
};

struct ld_journal {
	int fd;
	char path[256];
	off_t size;
	unsigned next;          /* slot for the next message: a ring */
	uint8_t last_ref;
	int64_t forgotten;      /* the highest id that had to make room */
	uint64_t bad_pin, tried_pin;
	struct msg msgs[LD_JOURNAL_MESSAGES];
};

/* Reports come with the national or the international form of the number we sent to. */
static uint64_t number_hash(const char *number)
{
	size_t len = strlen(number);

	return ld_hash_str(LD_HASH_START, len > 9 ? number + len - 9 : number);
}

static struct msg *find(const struct ld_journal *j, int64_t id)
{
	for (unsigned i = 0; i < LD_JOURNAL_MESSAGES; i++)
		if (j->msgs[i].id == id && id != 0)
			return (struct msg *)&j->msgs[i];
	return NULL;
}

static struct msg *make_room(struct ld_journal *j, int64_t id)
{
	struct msg *m = find(j, id);

	if (!m) {
		m = &j->msgs[j->next];
		j->next = (j->next + 1) % LD_JOURNAL_MESSAGES;
		if (m->id > j->forgotten)
			j->forgotten = m->id;
	}
	memset(m, 0, sizeof(*m));
	m->id = id;
	return m;
}

/* ---- the file ---- */

/* The line with its checksum and line end. Returns its length. */
static size_t seal(char *line, size_t len)
{
	uint32_t sum = (uint32_t)ld_hash(LD_HASH_START, line, len);

	return len + (size_t)snprintf(line + len, LINE_MAX_ - len, " *%08" PRIx32 "\n", sum);
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* After a failed write the file is cut back, so that a half line never has a whole one behind. */
static int append(struct ld_journal *j, char *line, int len)
{
	size_t n = seal(line, (size_t)len);
	int rc = write_all(j->fd, line, n);

	if (rc == 0 && fdatasync(j->fd) < 0)
		rc = -errno;
	if (rc < 0) {
		if (ftruncate(j->fd, j->size) < 0)
			return rc;
		lseek(j->fd, j->size, SEEK_SET);
		return rc;
	}
	j->size += (off_t)n;
	return 0;
}

static int line_start(char *line, const struct msg *m, unsigned part)
{
	return snprintf(line, LINE_MAX_, "S %" PRId64 " %u %u %u %016" PRIx64 " %016" PRIx64
			" %" PRId64, m->id, part, m->total, m->ref, m->text, m->to, m->ms);
}

static int line_done(char *line, const struct msg *m, unsigned part)
{
	return snprintf(line, LINE_MAX_, "D %" PRId64 " %u %u %u", m->id, part, m->state[part],
			m->mr[part]);
}

static int line_report(char *line, const struct msg *m, unsigned part)
{
	return snprintf(line, LINE_MAX_, "R %" PRId64 " %u %u", m->id, part, m->report[part]);
}

/* ---- reading ---- */

static void apply_start(struct ld_journal *j, const char *line)
{
	struct msg in = { 0 }, *m;
	unsigned part, total, ref;

	if (sscanf(line, "S %" SCNd64 " %u %u %u %" SCNx64 " %" SCNx64 " %" SCNd64, &in.id, &part,
		   &total, &ref, &in.text, &in.to, &in.ms) != 7 ||
	    in.id <= 0 || total < 1 || total > LD_WMSG_PARTS || part >= total)
		return;
	m = find(j, in.id);
	if (!m || m->text != in.text || m->to != in.to) {
		m = make_room(j, in.id);
		m->text = in.text;
		m->to = in.to;
		m->total = (uint8_t)total;
		m->ref = (uint8_t)ref;
	}
	m->ms = in.ms;
	m->state[part] = LD_PART_STARTED;
	j->last_ref = (uint8_t)ref;
}

static void apply_done(struct ld_journal *j, const char *line)
{
	int64_t id;
	unsigned part, state, mr;
	struct msg *m;

	if (sscanf(line, "D %" SCNd64 " %u %u %u", &id, &part, &state, &mr) != 4)
		return;
	m = find(j, id);
	if (!m || part >= m->total || state >= LD_N_PART_STATES)
		return;
	m->state[part] = (uint8_t)state;
	m->mr[part] = (uint8_t)mr;
}

static void apply_report(struct ld_journal *j, const char *line)
{
	int64_t id;
	unsigned part, report;
	struct msg *m;

	if (sscanf(line, "R %" SCNd64 " %u %u", &id, &part, &report) != 3)
		return;
	m = find(j, id);
	if (m && part < m->total && report <= REPORT_GIVEN_UP)
		m->report[part] = (uint8_t)report;
}

static void apply(struct ld_journal *j, const char *line)
{
	int64_t id;

	switch (line[0]) {
	case 'S':
		apply_start(j, line);
		break;
	case 'D':
		apply_done(j, line);
		break;
	case 'R':
		apply_report(j, line);
		break;
	case 'P':
		sscanf(line, "P %" SCNx64, &j->bad_pin);
		break;
	case 'T':
		sscanf(line, "T %" SCNx64, &j->tried_pin);
		break;
	case 'F':
		if (sscanf(line, "F %" SCNd64, &id) == 1 && id > j->forgotten)
			j->forgotten = id;
		break;
	default:
		break;
	}
}

/* Checks and removes the checksum. */
static bool unseal(char *line)
{
	char *star = strrchr(line, '*');
	unsigned long sum;
	char *end;

	if (!star || star < line + 2 || star[-1] != ' ')
		return false;
	sum = strtoul(star + 1, &end, 16);
	if (*end != '\n' || end != star + 9)
		return false;
	star[-1] = 0;
	return (uint32_t)ld_hash(LD_HASH_START, line, strlen(line)) == sum;
}

/* All whole lines; what follows the first damaged one is cut off. */
static int read_file(struct ld_journal *j)
{
	char line[LINE_MAX_];
	int fd = dup(j->fd);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		size_t n = strlen(line);

		if (!unseal(line))
			break;
		apply(j, line);
		j->size += (off_t)n;
	}
	fclose(f);
	if (ftruncate(j->fd, j->size) < 0 || lseek(j->fd, j->size, SEEK_SET) < 0)
		return -errno;
	return 0;
}

/* ---- compaction ---- */

static int copy_line(int fd, char *line, int len)
{
	return write_all(fd, line, seal(line, (size_t)len));
}

static int copy_msg(int fd, const struct msg *m)
{
	char line[LINE_MAX_];
	int rc = 0;

	for (unsigned p = 0; p < m->total && rc == 0; p++) {
		if (m->state[p] == LD_PART_NONE)
			continue;
		rc = copy_line(fd, line, line_start(line, m, p));
		if (rc == 0 && m->state[p] != LD_PART_STARTED)
			rc = copy_line(fd, line, line_done(line, m, p));
		if (rc == 0 && m->report[p])
			rc = copy_line(fd, line, line_report(line, m, p));
	}
	return rc;
}

static int copy_all(struct ld_journal *j, int fd)
{
	char line[LINE_MAX_];
	int rc = copy_line(fd, line, snprintf(line, sizeof(line), "F %" PRId64, j->forgotten));

	if (rc == 0 && j->bad_pin)
		rc = copy_line(fd, line, snprintf(line, sizeof(line), "P %016" PRIx64, j->bad_pin));
	if (rc == 0 && j->tried_pin)
		rc = copy_line(fd, line, snprintf(line, sizeof(line), "T %016" PRIx64, j->tried_pin));
	for (unsigned i = 0; i < LD_JOURNAL_MESSAGES && rc == 0; i++)
		rc = copy_msg(fd, &j->msgs[(j->next + i) % LD_JOURNAL_MESSAGES]);
	return rc == 0 && fsync(fd) < 0 ? -errno : rc;
}

/* The new name must survive a power cut too. */
static void sync_folder(const char *path)
{
	char folder[256];
	char *slash;
	int fd;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash)
		*slash = 0;
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static int compact(struct ld_journal *j)
{
	char tmp[256 + 8];
	int fd, rc;

	snprintf(tmp, sizeof(tmp), "%s.new", j->path);
	fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = copy_all(j, fd);
	if (rc == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		rc = -errno;
	if (rc == 0 && rename(tmp, j->path) < 0)
		rc = -errno;
	if (rc < 0) {
		close(fd);
		unlink(tmp);
		return rc;
	}
	sync_folder(j->path);
	close(j->fd);
	j->fd = fd;
	j->size = lseek(fd, 0, SEEK_END);
	return 0;
}

/* The lock is on the file that has the name: another worker may have just replaced it. */
static int open_locked(const char *path)
{
	struct stat by_fd, by_name;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &by_fd) < 0 || stat(path, &by_name) < 0 ||
	    by_fd.st_ino != by_name.st_ino) {
		close(fd);
		return LD_E_LOCKED;
	}
	return fd;
}

int ld_journal_open(struct ld_journal **ret, const char *path)
{
	struct ld_journal *j = calloc(1, sizeof(*j));
	int rc;

	if (!j)
		return LD_E_NOMEM;
	snprintf(j->path, sizeof(j->path), "%s", path);
	j->fd = open_locked(path);
	if (j->fd < 0) {
		rc = j->fd;
		free(j);
		return rc;
	}
	rc = read_file(j);
	if (rc == 0 && j->size > COMPACT_AT)
		rc = compact(j);
	if (rc < 0) {
		ld_journal_close(j);
		return rc;
	}
	*ret = j;
	return 0;
}

void ld_journal_close(struct ld_journal *j)
{
	if (!j)
		return;
	close(j->fd);
	free(j);
}

/* ---- messages ---- */

int ld_journal_begin(struct ld_journal *j, const struct ld_wmsg_send *s, uint8_t *ret_ref)
{
	uint64_t text = ld_hash(ld_hash_str(LD_HASH_START, s->text), &s->alphabet, 1);
	uint64_t to = number_hash(s->to);
	struct msg *m = find(j, s->id);

	if (s->id <= 0)
		return LD_E_RANGE;
	if (!m || m->text != text || m->to != to || m->total != s->n_parts) {
		m = make_room(j, s->id);
		m->text = text;
		m->to = to;
		m->total = s->n_parts;
		m->ref = ++j->last_ref;
	}
	*ret_ref = m->ref;
	return 0;
}

enum ld_part_state ld_journal_part(const struct ld_journal *j, int64_t id, unsigned part)
{
	const struct msg *m = find(j, id);

	return m && part < m->total ? (enum ld_part_state)m->state[part] : LD_PART_NONE;
}

int ld_journal_start(struct ld_journal *j, int64_t id, unsigned part, int64_t utc_ms)
{
	struct msg *m = find(j, id);
	char line[LINE_MAX_];
	int rc;

	if (!m || part >= m->total)
		return LD_E_UNKNOWN;
	m->ms = utc_ms;
	rc = append(j, line, line_start(line, m, part));
	if (rc == 0)
		m->state[part] = LD_PART_STARTED;
	return rc;
}

int ld_journal_done(struct ld_journal *j, int64_t id, unsigned part, enum ld_part_state result,
		    uint8_t mr)
{
	struct msg *m = find(j, id);
	char line[LINE_MAX_];

	if (!m || part >= m->total)
		return LD_E_UNKNOWN;
	m->state[part] = (uint8_t)result;
	m->mr[part] = mr;
	return append(j, line, line_done(line, m, part));
}

enum ld_verdict ld_journal_verdict(const struct ld_journal *j, int64_t id, unsigned *ret_parts_ok)
{
	const struct msg *m = find(j, id);
	unsigned n[LD_N_PART_STATES] = { 0 };

	*ret_parts_ok = 0;
	if (!m)
		return id <= j->forgotten ? LD_V_DOUBT : LD_V_NEVER;
	for (unsigned p = 0; p < m->total; p++)
		n[m->state[p]]++;
	*ret_parts_ok = n[LD_PART_OK];
	if (n[LD_PART_STARTED] + n[LD_PART_DOUBT] > 0)
		return LD_V_DOUBT;
	if (n[LD_PART_REFUSED] > 0)
		return LD_V_REFUSED;
	if (n[LD_PART_BARRED] > 0)
		return LD_V_BARRED;
	return n[LD_PART_OK] == m->total ? LD_V_OK : LD_V_NEVER;
}

/* ---- delivery reports ---- */

static bool in_doubt(const struct msg *m, unsigned p)
{
	return m->state[p] == LD_PART_STARTED || m->state[p] == LD_PART_DOUBT;
}

/* The newest message wins: references repeat after 256 parts. */
static struct msg *by_reference(struct ld_journal *j, uint64_t to, uint8_t mr, unsigned *ret_part)
{
	for (unsigned i = 1; i <= LD_JOURNAL_MESSAGES; i++) {
		struct msg *m = &j->msgs[(j->next + LD_JOURNAL_MESSAGES - i) % LD_JOURNAL_MESSAGES];

		for (unsigned p = 0; m->id && m->to == to && p < m->total; p++)
			if (m->state[p] == LD_PART_OK && m->mr[p] == mr) {
				*ret_part = p;
				return m;
			}
	}
	return NULL;
}

static struct msg *only_doubt(struct ld_journal *j, uint64_t to, unsigned *ret_part)
{
	struct msg *found = NULL;

	for (unsigned i = 0; i < LD_JOURNAL_MESSAGES; i++) {
		struct msg *m = &j->msgs[i];

		for (unsigned p = 0; m->id && m->to == to && p < m->total; p++) {
			if (!in_doubt(m, p))
				continue;
			if (found)
				return NULL;
			found = m;
			*ret_part = p;
		}
	}
	return found;
}

static int summary(const struct msg *m, int64_t *ret_id, bool *ret_delivered)
{
	bool all = true, given_up = false;

	for (unsigned p = 0; p < m->total; p++) {
		all = all && m->report[p] == REPORT_DELIVERED;
		given_up = given_up || m->report[p] == REPORT_GIVEN_UP;
	}
	if (!all && !given_up)
		return 0;
	*ret_id = m->id;
	*ret_delivered = all;
	return 1;
}

int ld_journal_report(struct ld_journal *j, const char *to, uint8_t mr, bool delivered,
		      int64_t *ret_id, bool *ret_delivered)
{
	uint64_t hash = number_hash(to);
	unsigned part = 0;
	struct msg *m = by_reference(j, hash, mr, &part);
	char line[LINE_MAX_];
	int rc;

	if (!m) {
		m = only_doubt(j, hash, &part);
		if (!m)
			return LD_E_UNKNOWN;
		rc = ld_journal_done(j, m->id, part, LD_PART_OK, mr);
		if (rc < 0)
			return rc;
	}
	if (m->report[part])            /* told before: networks repeat themselves */
		return 0;
	m->report[part] = delivered ? REPORT_DELIVERED : REPORT_GIVEN_UP;
	rc = append(j, line, line_report(line, m, part));
	return rc < 0 ? rc : summary(m, ret_id, ret_delivered);
}

/* ---- the PIN ---- */

static uint64_t pin_hash(const char *pin)
{
	return ld_hash_str(LD_HASH_START, pin) | 1;
}

static int note_pin(struct ld_journal *j, char how, uint64_t *where, uint64_t hash)
{
	char line[LINE_MAX_];

	*where = hash;
	return append(j, line, snprintf(line, sizeof(line), "%c %016" PRIx64, how, hash));
}

bool ld_journal_pin_refused(const struct ld_journal *j, const char *pin)
{
	return j->bad_pin == pin_hash(pin) || j->tried_pin == pin_hash(pin);
}

int ld_journal_try_pin(struct ld_journal *j, const char *pin)
{
	return note_pin(j, 'T', &j->tried_pin, pin_hash(pin));
}

int ld_journal_refuse_pin(struct ld_journal *j, const char *pin)
{
	return note_pin(j, 'P', &j->bad_pin, pin_hash(pin));
}

int ld_journal_accept_pin(struct ld_journal *j)
{
	return j->tried_pin ? note_pin(j, 'T', &j->tried_pin, 0) : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OPEN_INPUT_MS = 600 * 1000,     /* longer, and the same words are a new message */
	ACK_DOUBT_MS = 5000,
};

static const char magic[16] = "laido smpp 2\n";

struct keep_file {
	char magic[16];
	char boot[KEEP_BOOT];           /* start of the system since which it is a journal */
	uint32_t umr, next;
	int64_t gone_id;                /* that a message up to here is missing says nothing */
	struct keep_input input[KEEP_INPUTS];
	struct keep_part part[KEEP_PARTS];
	struct keep_sent sent[KEEP_SENT];
};

uint64_t keep_hash(uint64_t from, const void *octets, size_t len)
{
	const uint8_t *o = octets;
	uint64_t h = from ? from : 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ o[i]) * 0x100000001b3u;
	return h ? h : 1;
}

uint32_t keep_number_hash(const char *number)
{
	char digits[LD_ADDR_MAX * 4];
	size_t n = 0, skip;

	for (; *number && n < sizeof(digits); number++)
		if (*number >= '0' && *number <= '9')
			digits[n++] = *number;
	skip = n > 9 ? n - 9 : 0;
	return (uint32_t)keep_hash(0, digits + skip, n - skip);
}

/* ---- records vouch for themselves ---- */

#define SEAL(r) ((r)->check = check_of(r, offsetof(__typeof__(*(r)), check)))
#define IS_WHOLE(r) ((r)->check == check_of(r, offsetof(__typeof__(*(r)), check)))
#define CLEAR(r) memset(r, 0, sizeof(*(r)))

static uint32_t check_of(const void *record, size_t len)
{
	return (uint32_t)keep_hash(1, record, len);
}

/* ---- messages on their way out ---- */

void keep_canonical(const char *name, char ret[PDU_ID_MAX])
{
	size_t n = 0;

	while (name[0] == '0' && name[1])
		name++;
	for (; name[n] && n < PDU_ID_MAX - 1; n++)
		ret[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32 : name[n]);
	ret[n] = '\0';
}

static unsigned bucket_of(const char *name)
{
	char canonical[PDU_ID_MAX];

	keep_canonical(name, canonical);
	return (unsigned)(keep_hash(0, canonical, strlen(canonical)) % KEEP_BUCKETS);
}

static void unlink_from(int16_t *head, int16_t *next, int16_t i)
{
	for (int16_t *p = head; *p >= 0; p = &next[*p])
		if (*p == i) {
			*p = next[i];
			return;
		}
}

static void index_name(struct keep *k, int16_t i)
{
	int16_t *head = &k->by_name[bucket_of(k->sent[i].name)];

	k->next_name[i] = *head;
	*head = i;
}

static void index_umr(struct keep *k, int16_t i)
{
	int16_t *head = &k->by_umr[k->sent[i].umr % KEEP_BUCKETS];

	k->next_umr[i] = *head;
	*head = i;
}

static void forget(struct keep *k, struct keep_sent *s)
{
	int16_t i = (int16_t)(s - k->sent);

	if (s->name[0])
		unlink_from(&k->by_name[bucket_of(s->name)], k->next_name, i);
	unlink_from(&k->by_umr[s->umr % KEEP_BUCKETS], k->next_umr, i);
	CLEAR(s);
}

struct keep_sent *keep_by_umr(struct keep *k, uint16_t umr, int64_t id)
{
	for (int16_t i = k->by_umr[umr % KEEP_BUCKETS]; i >= 0; i = k->next_umr[i])
		if (k->sent[i].umr == umr && (!id || k->sent[i].id == id))
			return &k->sent[i];
	return NULL;
}

uint16_t keep_umr(struct keep *k, unsigned n)
{
	uint16_t umr = (uint16_t)k->file->umr;

	k->file->umr += n;
	return umr;
}

static void gone(struct keep *k, int64_t id)
{
	if (id > k->file->gone_id)
		k->file->gone_id = id;
}

void keep_add(struct keep *k, const struct keep_sent *s)
{
	struct keep_sent *r = keep_by_umr(k, s->umr, s->id);

	if (r)
		forget(k, r);
	else
		r = &k->sent[k->file->next++ % KEEP_SENT];
	if (r->id) {
		k->evicted += r->state < KEEP_DELIVERED;
		gone(k, r->id);
		forget(k, r);
	}
	*r = *s;
	SEAL(r);
	index_umr(k, (int16_t)(r - k->sent));
	if (r->name[0])
		index_name(k, (int16_t)(r - k->sent));
}

void keep_taken(struct keep *k, struct keep_sent *s, const char *name)
{
	bool is_new = !s->name[0] && name[0];

	if (s->state == KEEP_OUT)
		s->state = KEEP_TAKEN;
	if (is_new)
		snprintf(s->name, sizeof(s->name), "%s", name);
	SEAL(s);
	if (is_new)
		index_name(k, (int16_t)(s - k->sent));
}

void keep_free_message(struct keep *k, int64_t id, uint16_t umr0, unsigned parts)
{
	for (unsigned i = 0; i < parts; i++) {
		struct keep_sent *s = keep_by_umr(k, (uint16_t)(umr0 + i), id);

		if (s)
			forget(k, s);
	}
}

/* Its report has come: it stays for keep_verdict(), and no name finds it any more. */
static void reported(struct keep *k, struct keep_sent *s, enum keep_state state)
{
	if (s->name[0])
		unlink_from(&k->by_name[bucket_of(s->name)], k->next_name, (int16_t)(s - k->sent));
	memset(s->name, 0, sizeof(s->name));
	s->state = (uint8_t)state;
	SEAL(s);
}

void keep_close_message(struct keep *k, int64_t id, uint16_t umr0, unsigned parts)
{
	for (unsigned i = 0; i < parts; i++) {
		struct keep_sent *s = keep_by_umr(k, (uint16_t)(umr0 + i), id);

		if (s)
			reported(k, s, KEEP_CLOSED);
	}
}

bool keep_delivered(struct keep *k, struct keep_sent *s)
{
	uint16_t umr0 = (uint16_t)(s->umr - s->part);

	reported(k, s, KEEP_DELIVERED);
	for (unsigned i = 0; i < s->parts; i++) {
		struct keep_sent *x = keep_by_umr(k, (uint16_t)(umr0 + i), s->id);

		if (!x || x->state != KEEP_DELIVERED)
			return false;
	}
	return true;
}

enum ld_sent_what keep_verdict(struct keep *k, int64_t id, int64_t since_ms)
{
	unsigned taken = 0, n = 0, parts = 0;

	for (unsigned i = 0; i < KEEP_SENT; i++) {
		const struct keep_sent *s = &k->sent[i];

		if (s->id != id)
			continue;
		n++;
		parts = s->parts;
		/* An earlier one is of another message: a database begun anew counts anew. */
		taken += s->state != KEEP_OUT && s->at_ms >= since_ms;
	}
	if (n && taken == n && n == parts)
		return LD_SENT_OK;
	if (n == 0 && k->is_journal && id > k->file->gone_id)
		return LD_SENT_RETRY;
	gone(k, id);
	return LD_SENT_UNKNOWN;
}

void keep_settled(struct keep *k, int64_t last_id)
{
	gone(k, last_id);
	memcpy(k->file->boot, k->boot, sizeof(k->boot));
}

/* Exactly this name, canonically; of several the one to this number, else the latest. */
static struct keep_sent *named(struct keep *k, const char *name, uint32_t to, bool number_too)
{
	char want[PDU_ID_MAX], have[PDU_ID_MAX];
	struct keep_sent *best = NULL;

	keep_canonical(name, want);
	for (int16_t i = k->by_name[bucket_of(want)]; i >= 0; i = k->next_name[i]) {
		struct keep_sent *s = &k->sent[i];

		keep_canonical(s->name, have);
		if (strcmp(want, have) != 0)
			continue;
		if (s->to == to)
			return s;
		if (!number_too && (!best || s->at_ms > best->at_ms))
			best = s;
	}
	return best;
}

/* The number a name is in one base, written in the other. */
static bool rebase(const char *name, int from, const char *fmt, char ret[PDU_ID_MAX])
{
	unsigned long long n;
	char *end;

	if (strspn(name, "0123456789abcdefABCDEF") != strlen(name))
		return false;
	errno = 0;
	n = strtoull(name, &end, from);
	if (errno || *end || end == name)
		return false;
	/* fmt is one of the two below */
	snprintf(ret, PDU_ID_MAX, fmt[2] == 'x' ? "%llx" : "%llu", n);
	return true;
}

struct keep_sent *keep_by_name(struct keep *k, const char *name, uint32_t to)
{
	struct keep_sent *s = name[0] ? named(k, name, to, false) : NULL;
	char other[PDU_ID_MAX];

	if (s || !name[0])
		return s;
	if (rebase(name, 10, "%lx", other))
		s = named(k, other, to, true);
	if (!s && rebase(name, 16, "%lu", other))
		s = named(k, other, to, true);
	return s;
}

struct keep_sent *keep_only(struct keep *k, uint32_t to)
{
	struct keep_sent *only = NULL;

	for (unsigned i = 0; i < KEEP_SENT; i++) {
		if (!k->sent[i].id || k->sent[i].to != to || k->sent[i].state >= KEEP_DELIVERED)
			continue;
		if (only)
			return NULL;
		only = &k->sent[i];
	}
	return only;
}

/* ---- inputs ---- */

static bool is_open(const struct keep_input *in)
{
	return in->content && in->acked_ms <= 0;
}

static bool is_past(const struct keep_input *in, int64_t now_ms)
{
	return llabs(now_ms - in->at_ms) > OPEN_INPUT_MS;
}

/* Places are used in turn, so that the next one is the oldest: nothing or settled, as a rule. Else the
 * oldest doubt; what nobody has acknowledged yet keeps its place. */
static struct keep_input *input_room(struct keep *k, int64_t now_ms)
{
	struct keep_input *room = NULL;

	for (unsigned i = 0; i < KEEP_INPUTS; i++) {
		struct keep_input *in = &k->input[k->next_input++ % KEEP_INPUTS];

		if (!in->content || in->acked_ms > 0 || is_past(in, now_ms))
			return in;
		if (in->acked_ms < 0 && (!room || in->acked_ms > room->acked_ms))
			room = in;
	}
	return room;
}

struct keep_input *keep_input(struct keep *k, uint64_t content, uint64_t new_key, int64_t now_ms,
			      bool *ret_again)
{
	struct keep_input *room;

	for (unsigned i = 0; i < KEEP_INPUTS; i++) {
		struct keep_input *in = &k->input[i];

		if (in->content != content || !is_open(in) || is_past(in, now_ms))
			continue;
		in->acked_ms = 0;
		SEAL(in);
		*ret_again = true;
		return in;
	}
	room = input_room(k, now_ms);
	if (!room)
		return NULL;
	*room = (struct keep_input){ .content = content, .key = new_key, .at_ms = now_ms };
	SEAL(room);
	*ret_again = false;
	return room;
}

bool keep_input_is_open(const struct keep *k, uint64_t content, int64_t now_ms)
{
	for (unsigned i = 0; i < KEEP_INPUTS; i++)
		if (k->input[i].content == content && is_open(&k->input[i]) &&
		    !is_past(&k->input[i], now_ms))
			return true;
	return false;
}

void keep_input_acked(struct keep *k, struct keep_input *in, int64_t now_ms)
{
	(void)k;
	in->acked_ms = now_ms;
	SEAL(in);
}

void keep_input_doubt(struct keep *k, struct keep_input *in, int64_t now_ms)
{
	(void)k;
	in->acked_ms = -now_ms;
	SEAL(in);
}

void keep_input_free(struct keep *k, struct keep_input *in)
{
	(void)k;
	CLEAR(in);
}

void keep_inputs_doubt(struct keep *k, int64_t now_ms)
{
	for (unsigned i = 0; i < KEEP_INPUTS; i++) {
		struct keep_input *in = &k->input[i];

		if (!in->content || in->acked_ms <= 0)
			continue;
		if (llabs(now_ms - in->acked_ms) > ACK_DOUBT_MS) {
			CLEAR(in);
			continue;
		}
		in->acked_ms = -in->acked_ms;
		SEAL(in);
	}
}

/* ---- parts ---- */

static void to_disk(const void *at, size_t len)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)at & ~(page - 1);

	msync((void *)from, (uintptr_t)at + len - from, MS_SYNC);
}

struct keep_part *keep_part_add(struct keep *k, const struct keep_part *p)
{
	for (unsigned i = 0; i < KEEP_PARTS; i++) {
		struct keep_part *r = &k->part[i];

		if (r->from[0])
			continue;
		*r = *p;
		SEAL(r);
		to_disk(r, sizeof(*r));
		return r;
	}
	return NULL;
}

void keep_part_free(struct keep *k, struct keep_part *p)
{
	(void)k;
	CLEAR(p);
}

/* ---- the file ---- */

/* Nobody waits for what was open any more; and the last acknowledgements before the end may not have
 * left, however long ago that is. */
static void load_inputs(struct keep *k)
{
	int64_t end_ms = 0;

	for (unsigned i = 0; i < KEEP_INPUTS; i++) {
		struct keep_input *in = &k->input[i];

		if (in->content && !IS_WHOLE(in))
			CLEAR(in);
		if (in->content && in->acked_ms == 0)
			keep_input_doubt(k, in, in->at_ms);
		if (llabs(in->acked_ms) > end_ms)
			end_ms = llabs(in->acked_ms);
	}
	keep_inputs_doubt(k, end_ms);
}

/* A new one with each start of the system; "" when the kernel does not say. */
static void read_boot(char ret[KEEP_BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(ret, 0, KEEP_BOOT);
	if (fd >= 0 && read(fd, ret, KEEP_BOOT - 1) < 0)
		ret[0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void load(struct keep *k)
{
	struct keep_file *f = k->file;

	if (memcmp(f->magic, magic, sizeof(magic)) != 0) {
		memset(f, 0, sizeof(*f));
		memcpy(f->magic, magic, sizeof(magic));
	}
	read_boot(k->boot);
	k->is_journal = k->boot[0] && memcmp(f->boot, k->boot, sizeof(k->boot)) == 0;
	k->sent = f->sent;
	k->input = f->input;
	k->part = f->part;
	memset(k->by_name, -1, sizeof(k->by_name));
	memset(k->by_umr, -1, sizeof(k->by_umr));
	for (int16_t i = 0; i < KEEP_SENT; i++) {
		struct keep_sent *s = &k->sent[i];

		if (s->id && (!IS_WHOLE(s) || s->name[PDU_ID_MAX - 1])) {
			gone(k, s->id);
			CLEAR(s);
		}
		if (s->id)
			index_umr(k, i);
		if (s->id && s->name[0])
			index_name(k, i);
	}
	load_inputs(k);
	for (unsigned i = 0; i < KEEP_PARTS; i++) {
		struct keep_part *p = &k->part[i];

		if (p->from[0] && (!IS_WHOLE(p) || p->from[LD_ADDR_MAX - 1] ||
				   p->len > KEEP_PART_OCTETS))
			CLEAR(p);
	}
}

int keep_open(struct keep *k, const char *path, struct ld_errmsg *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc = 0;
	struct stat st;

	if (fd < 0)
		return ld_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || (st.st_size != sizeof(struct keep_file) && ftruncate(fd, 0) < 0))
		rc = -errno;
	/* Room now, so that no write to the mapping can fail later. */
	if (rc == 0)
		rc = -posix_fallocate(fd, 0, sizeof(struct keep_file));
	if (rc == 0) {
		k->file = mmap(NULL, sizeof(struct keep_file), PROT_READ | PROT_WRITE, MAP_SHARED,
			       fd, 0);
		if (k->file == MAP_FAILED) {
			k->file = NULL;
			rc = -errno;
		}
	}
	close(fd);
	if (rc < 0)
		return ld_fail(err, rc, "%s: %s; the folder must be writable and have 1 MB free",
			       path, strerror(-rc));
	load(k);
	return 0;
}

void keep_close(struct keep *k)
{
	if (k->file)
		munmap(k->file, sizeof(*k->file));
	k->file = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/wire/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "laido/base/err.h"

enum { VERSION = 3, HEADER = 6 };

enum kind { K_U8, K_U16, K_U32, K_U64, K_STR, K_ENDS };

struct field {
	uint8_t type;           /* enum ld_wmsg_type */
	uint8_t kind;
	uint16_t offset;        /* in struct ld_wmsg */
	uint16_t size;
	uint64_t max;           /* of an integer */
};

#define FIELD(t, k, member, highest) \
	{ LD_WMSG_##t, k, offsetof(struct ld_wmsg, u.member), \
	  sizeof(((struct ld_wmsg *)0)->u.member), highest }
#define STR(t, member) FIELD(t, K_STR, member, 0)
#define U32(t, member) FIELD(t, K_U32, member, UINT32_MAX)
#define U64(t, member) FIELD(t, K_U64, member, UINT64_MAX)

/* The fields of each type in their order on the wire; rows of one type stand together. */
static const struct field fields[] = {
	STR(CONFIG, config.device),
	STR(CONFIG, config.imei),
	STR(CONFIG, config.ttys),
	STR(CONFIG, config.journal),
	STR(CONFIG, config.connection),
	STR(CONFIG, config.smsc),
	STR(CONFIG, config.pin),
	STR(CONFIG, config.init),
	STR(CONFIG, config.storage),
	STR(CONFIG, config.cnmi),
	STR(CONFIG, config.drop),
	STR(CONFIG, config.ussd),
	STR(CONFIG, config.pin_count),
	FIELD(CONFIG, K_U8, config.pin_count_at, 16),
	U32(CONFIG, config.beat_ms),
	U32(CONFIG, config.poll_ms),
	U32(CONFIG, config.command_ms),
	U32(CONFIG, config.submit_ms),
	U32(CONFIG, config.gap_ms),

	U64(SEND, send.id),
	FIELD(SEND, K_U8, send.alphabet, LD_UCS2),
	STR(SEND, send.to),
	STR(SEND, send.text),
	FIELD(SEND, K_ENDS, send.end, 0),

	U64(QUERY, query.id),
	U64(COMMITTED, committed.ref),
	STR(USSD, ussd.code),
	FIELD(TRACE, K_U8, trace.on, 1),

	STR(IDENT, ident.manufacturer),
	STR(IDENT, ident.model),
	STR(IDENT, ident.firmware),
	STR(IDENT, ident.imei),
	STR(IDENT, ident.imsi),
	STR(IDENT, ident.smsc),
	STR(IDENT, ident.device),

	FIELD(STATE, K_U8, state.state, LD_WSTATE_FAILED),
	FIELD(STATE, K_U8, state.person, 1),
	STR(STATE, state.why),

	FIELD(BEAT, K_U8, beat.op, LD_WOP_SUBMIT),
	U32(BEAT, beat.silent_ms),
	U32(BEAT, beat.pending_ms),
	U32(BEAT, beat.busy_ms),

	U64(INBOUND, inbound.ref),
	STR(INBOUND, inbound.from),
	STR(INBOUND, inbound.dedupe),
	STR(INBOUND, inbound.text),
	STR(INBOUND, inbound.smsc),

	STR(CALL, call.from),

	U64(SENT, sent.id),
	FIELD(SENT, K_U8, sent.what, LD_SENT_BARRED),
	FIELD(SENT, K_U8, sent.parts, LD_WMSG_PARTS),
	STR(SENT, sent.why),

	FIELD(STATUS, K_U8, status.signal, 99),
	FIELD(STATUS, K_U8, status.registration, 255),
	STR(STATUS, status.oper),
	FIELD(STATUS, K_U16, status.sim_used, UINT16_MAX),
	FIELD(STATUS, K_U16, status.sim_size, UINT16_MAX),
	U32(STATUS, status.urcs_dropped),

	FIELD(LOG, K_U8, log.level, 2),
	STR(LOG, log.text),

	STR(USSD_TEXT, ussd_text.text),

	FIELD(TRACED, K_U8, traced.to_modem, 1),
	STR(TRACED, traced.text),
};

struct cursor {
	uint8_t *out;           /* writing, else NULL */
	const uint8_t *in;
	size_t pos;
	size_t size;
};

static bool put(struct cursor *c, uint64_t v, unsigned octets)
{
	if (c->size - c->pos < octets)
		return false;
	for (unsigned i = octets; i-- > 0;)
		c->out[c->pos++] = (uint8_t)(v >> (8 * i));
	return true;
}

static bool get(struct cursor *c, uint64_t *ret, unsigned octets)
{
	uint64_t v = 0;

	if (c->size - c->pos < octets)
		return false;
	for (unsigned i = 0; i < octets; i++)
		v = v << 8 | c->in[c->pos++];
	*ret = v;
	return true;
}

static unsigned octets_of(enum kind k)
{
	return k == K_U8 ? 1 : k == K_U16 ? 2 : k == K_U32 ? 4 : 8;
}

static uint64_t load(const uint8_t *p, enum kind k)
{
	union { uint16_t u16; uint32_t u32; uint64_t u64; } v;

	if (k == K_U8)
		return *p;
	memcpy(&v, p, octets_of(k));
	return k == K_U16 ? v.u16 : k == K_U32 ? v.u32 : v.u64;
}

static void store(uint8_t *p, enum kind k, uint64_t value)
{
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	if (k == K_U8)
		*p = (uint8_t)value;
	else
		memcpy(p, k == K_U16 ? (void *)&u16 : k == K_U32 ? (void *)&u32 : (void *)&value,
		       octets_of(k));
}

/* Ends of parts ascend and the last one is the end of the text. */
static bool ends_valid(const struct ld_wmsg_send *s)
{
	if (s->n_parts < 1 || s->n_parts > LD_WMSG_PARTS)
		return false;
	for (unsigned i = 1; i < s->n_parts; i++)
		if (s->end[i] <= s->end[i - 1])
			return false;
	return s->end[s->n_parts - 1] == strlen(s->text);
}

static bool write_ends(struct cursor *c, const struct ld_wmsg_send *s)
{
	if (!put(c, s->n_parts, 1))
		return false;
	for (unsigned i = 0; i < s->n_parts; i++)
		if (!put(c, s->end[i], 2))
			return false;
	return true;
}

static bool read_ends(struct cursor *c, struct ld_wmsg_send *s)
{
	uint64_t v;

	if (!get(c, &v, 1) || v > LD_WMSG_PARTS)
		return false;
	s->n_parts = (uint8_t)v;
	for (unsigned i = 0; i < s->n_parts; i++) {
		if (!get(c, &v, 2))
			return false;
		s->end[i] = (uint16_t)v;
	}
	return ends_valid(s);
}

static int write_field(struct cursor *c, const struct field *f, const struct ld_wmsg *m)
{
	const uint8_t *p = (const uint8_t *)m + f->offset;
	size_t n;

	if (f->kind == K_ENDS) {
		if (!ends_valid(&m->u.send))
			return LD_E_RANGE;
		return write_ends(c, &m->u.send) ? 0 : LD_E_TOOBIG;
	}
	if (f->kind != K_STR) {
		if (load(p, f->kind) > f->max)
			return LD_E_RANGE;
		return put(c, load(p, f->kind), octets_of(f->kind)) ? 0 : LD_E_TOOBIG;
	}
	n = strnlen((const char *)p, f->size);
	if (n == f->size)
		return LD_E_RANGE;
	if (!put(c, n, 2) || c->size - c->pos < n)
		return LD_E_TOOBIG;
	memcpy(c->out + c->pos, p, n);
	c->pos += n;
	return 0;
}

static bool read_field(struct cursor *c, const struct field *f, struct ld_wmsg *m)
{
	uint8_t *p = (uint8_t *)m + f->offset;
	uint64_t v;

	if (f->kind == K_ENDS)
		return read_ends(c, &m->u.send);
	if (f->kind != K_STR) {
		if (!get(c, &v, octets_of(f->kind)) || v > f->max)
			return false;
		store(p, f->kind, v);
		return true;
	}
	if (!get(c, &v, 2) || v >= f->size || v > c->size - c->pos ||
	    memchr(c->in + c->pos, 0, v))
		return false;
	memcpy(p, c->in + c->pos, v);
	p[v] = 0;
	c->pos += v;
	return true;
}

int ld_wmsg_encode(const struct ld_wmsg *m, uint8_t *ret, size_t size)
{
	struct cursor c = { .out = ret, .pos = HEADER, .size = size };
	bool known = false;

	if (size < HEADER)
		return LD_E_TOOBIG;
	for (size_t i = 0; i < LD_ARRAY_SIZE(fields); i++) {
		int rc;

		if (fields[i].type != m->type)
			continue;
		known = true;
		rc = write_field(&c, &fields[i], m);
		if (rc < 0)
			return rc;
	}
	if (!known)
		return LD_E_RANGE;
	size = c.pos;
	c.pos = 0;
	put(&c, size - 4, 4);
	put(&c, VERSION, 1);
	put(&c, m->type, 1);
	return (int)size;
}

int ld_wmsg_decode(const uint8_t *buf, size_t len, struct ld_wmsg *ret)
{
	struct cursor c = { .in = buf, .size = len };
	struct ld_wmsg m;
	uint64_t total, version, type;
	bool known = false;

	if (!get(&c, &total, 4))
		return 0;
	if (total < HEADER - 4 || total > LD_WMSG_MAX - 4)
		return LD_E_CORRUPT;
	if (len < total + 4)
		return 0;
	c.size = total + 4;
	if (!get(&c, &version, 1) || !get(&c, &type, 1))
		return LD_E_CORRUPT;
	if (version != VERSION)
		return LD_E_VERSION;
	memset(&m, 0, sizeof(m));
	m.type = (enum ld_wmsg_type)type;
	for (size_t i = 0; i < LD_ARRAY_SIZE(fields); i++) {
		if (fields[i].type != type)
			continue;
		known = true;
		if (!read_field(&c, &fields[i], &m))
			return LD_E_CORRUPT;
	}
	if (!known || c.pos != c.size)
		return LD_E_CORRUPT;
	*ret = m;
	return (int)c.size;
}

int ld_wmsg_write(int fd, const struct ld_wmsg *m, int flags)
{
	uint8_t buf[LD_WMSG_MAX];
	int n = ld_wmsg_encode(m, buf, sizeof(buf));
	ssize_t sent;

	if (n < 0)
		return n;
	do
		sent = send(fd, buf, (size_t)n, flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return sent == n ? 0 : LD_E_PEER;
}

int ld_wmsg_read(int fd, struct ld_wmsg *ret, int flags)
{
	uint8_t buf[LD_WMSG_MAX];
	ssize_t n;
	int rc;

	do
		n = recv(fd, buf, sizeof(buf), flags | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if ((size_t)n > sizeof(buf))
		return LD_E_CORRUPT;
	rc = ld_wmsg_decode(buf, (size_t)n, ret);
	if (rc < 0)
		return rc;
	return rc == n ? 1 : LD_E_CORRUPT;
}

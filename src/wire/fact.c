/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of events: a CBOR map from small integers to integers, text and byte strings, by the
 * table below. */
#include <cbor.h>
#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/wire/event.h"

enum field_type { U8, U16, U64, I64, BOOL, BYTES, ID, TEXT, SEALED, DOTS, SPAN };

struct field {
	uint16_t kind;
	uint8_t key;            /* on the wire: never reuse one */
	enum field_type type;
	size_t offset, size;    /* in union ld_fact_body */
};

#define F(kind_, key_, type_, member) \
	{ LD_EV_##kind_, key_, type_, offsetof(union ld_fact_body, member), \
	  sizeof(((union ld_fact_body *)0)->member) }

static const struct field fields[] = {
	F(OPEN, 1, U64, open.prev_incarnation),
	F(OPEN, 2, U64, open.prev_seq),
	F(OPEN, 3, BYTES, open.prev_hash),
	F(MEMBER, 1, BYTES, member.board),
	F(MEMBER, 2, BYTES, member.pk),
	F(MEMBER, 3, TEXT, member.name),
	F(REVOKE, 1, BYTES, revoke.board),
	F(REVOKE, 2, SPAN, revoke.last),
	F(WARRANT, 1, BYTES, warrant.root),
	F(WARRANT, 2, I64, warrant.number),
	F(WARRANT, 3, BYTES, warrant.pk),
	F(WARRANT, 4, BYTES, warrant.sig),
	F(OPTOUT, 1, U8, optout.channel),
	F(OPTOUT, 2, TEXT, optout.raw),
	F(CLOSE, 1, U8, close.why),
	F(CLOSE, 2, U8, close.slot),
	F(CLOSE, 3, BYTES, close.s),
	F(ERASED, 1, BYTES, erased.s),
	F(COUNTERSIGN, 1, TEXT, countersign.course),
	F(INVITED, 1, U8, invited.channel),
	F(INVITED, 2, TEXT, invited.course),
	F(INVITED, 3, ID, invited.by),
	F(INVITED, 4, U8, invited.tdp),
	F(ROLE, 1, U8, role.duty),
	F(ROLE, 2, U8, role.tdp),
	F(ROLE, 3, BOOL, role.off),
	F(ROLE, 4, TEXT, role.name),
	F(ROLE, 5, BYTES, role.salt),
	F(ROLE, 6, BYTES, role.pin),
	F(ROLE, 7, BYTES, role.number),
	F(PAUSE, 1, BOOL, pause.paused),
	F(CAMPAIGN, 1, I64, campaign.id),
	F(CAMPAIGN, 2, TEXT, campaign.message),
	F(CAMPAIGN, 3, TEXT, campaign.people),
	F(CAMPAIGN, 4, TEXT, campaign.when),
	F(CAMPAIGN, 5, TEXT, campaign.values),
	F(CAMPAIGN_END, 1, I64, campaign_end.id),
	F(CAMPAIGN_PACE, 1, I64, campaign_pace.id),
	F(CAMPAIGN_PACE, 2, BOOL, campaign_pace.held),
	F(CAMPAIGN_PACE, 3, U16, campaign_pace.rate),
	F(HEARTBEAT, 1, I64, heartbeat.issued_ms),
	F(HOME, 1, BYTES, home.home),
	F(HOME, 2, SPAN, home.for_ward),
	F(HOME, 3, SPAN, home.for_home),
	F(HOME, 4, SPAN, home.olds),
	F(HOME, 5, SPAN, home.name_ward),
	F(HOME, 6, SPAN, home.name_home),
	F(RELEASE, 1, I64, release.move),
	F(RELEASE, 2, I64, release.sent_ms),
	F(RELEASE, 3, I64, release.first_ms),
	F(RELEASE, 4, TEXT, release.course),
	F(RELEASE, 5, U8, release.lesson),
	F(RELEASE, 6, U8, release.idle),
	F(GOAL, 1, U8, goal.what),
	F(GOAL, 2, TEXT, goal.name),
	F(GOAL, 3, I64, goal.people),
	F(REFUSED, 1, U8, refused.channel),
	F(CONSENT, 1, BYTES, consent.p),
	F(CONSENT, 2, U8, consent.slot),
	F(CONSENT, 3, BYTES, consent.epoch),
	F(CONSENT, 4, U16, consent.text_version),
	F(CONSENT, 5, U8, consent.channel),
	F(CONSENT, 6, TEXT, consent.raw),
	F(CONSENT, 7, DOTS, consent.over),
	F(NUMBER, 1, BYTES, number.home),
	F(NUMBER, 2, SEALED, number.for_ward),
	F(NUMBER, 3, SEALED, number.for_home),
	F(ENROL, 1, TEXT, enrol.course),
	F(ANSWER, 1, TEXT, answer.course),
	F(ANSWER, 2, U8, answer.lesson),
	F(ANSWER, 3, U8, answer.option),
	F(ANSWER, 4, BOOL, answer.right),
	F(ANSWER, 5, U8, answer.channel),
	F(COMPLETE, 1, TEXT, complete.course),
	F(COMPLETE, 2, U8, complete.score),
	F(COMPLETE, 3, U8, complete.total),
	F(SET, 1, U8, set.reg),
	F(SET, 2, TEXT, set.value),
	F(SET, 3, DOTS, set.over),
	F(HELP, 1, U16, help.pin),
	F(HELP, 2, I64, help.due_ms),
	F(HELP, 3, U8, help.channel),
	F(HELP, 4, BOOL, help.withdrawn),
	F(HELP, 5, TEXT, help.text),
	F(SAME, 1, BYTES, same.other),
	F(SAME, 2, BOOL, same.here),
	F(SAME, 3, U8, same.channel),
	F(HELP, 6, U8, help.visit),
	F(HELPER, 1, U16, helper.pin),
	F(HELPER, 2, U8, helper.step),
	F(HELPER, 3, ID, helper.p),
	F(HELPER, 4, I64, helper.until_ms),
	F(HELPER, 5, BYTES, helper.board),
	F(HELPER, 6, BYTES, helper.number),
	F(HELPER, 7, U8, helper.channel),
	F(SPENT, 1, I64, spent.day),
	F(SPENT, 2, I64, spent.parts),
	F(AUDIT, 1, U8, audit.what),
	F(AUDIT, 2, ID, audit.s),
	F(AUDIT, 3, U8, audit.tdp),
	F(AUDIT, 4, U16, audit.n),
	F(AUDIT, 5, U8, audit.channel),
	F(NOTICE, 1, I64, notice.id),
	F(NOTICE, 2, U8, notice.tdp),
	F(NOTICE, 3, BOOL, notice.off),
	F(NOTICE, 4, TEXT, notice.message),
	F(NOTICE, 5, I64, notice.at_ms),
	F(NOTICE, 6, TEXT, notice.place),
	F(HELP_STEP, 1, U16, help_step.pin),
	F(HELP_STEP, 2, U8, help_step.step),
	F(HELP_STEP, 3, U8, help_step.channel),
	F(FEEDBACK, 1, U8, feedback.channel),
	F(FEEDBACK, 2, TEXT, feedback.text),
	F(EDITION, 1, I64, edition.number),
	F(EDITION, 2, I64, edition.at_ms),
	F(EDITION, 3, BYTES, edition.hash),
	F(EDITION, 4, TEXT, edition.who),
	F(EDITION, 5, SPAN, edition.parts),
	F(CHUNK, 1, SPAN, chunk.data),
	F(REQUEST, 1, I64, request.due_ms),
	F(REQUEST, 2, U8, request.channel),
	F(REQUEST, 3, BOOL, request.answered),
	F(GUARDIAN, 1, BYTES, guardian.p),
	F(GUARDIAN, 2, U16, guardian.ticket),
	F(GUARDIAN, 3, BOOL, guardian.off),
	F(GUARDIAN, 4, U16, guardian.text_version),
	F(GUARDIAN, 5, U8, guardian.channel),
	F(GUARDIAN, 6, TEXT, guardian.raw),
	F(TICKET, 1, U16, ticket.code),
	F(TICKET, 2, I64, ticket.until_ms),
	F(TICKET, 3, TEXT, ticket.course),
	F(NAME, 1, BYTES, name.home),
	F(NAME, 2, BYTES, name.for_ward),
	F(NAME, 3, BYTES, name.for_home),
	F(ATTEST, 1, U8, attest.what),
	F(ATTEST, 2, ID, attest.by),
	F(ATTEST, 3, U8, attest.channel),
	F(ATTEST, 4, I64, attest.day),
};

static const struct ld_kind_info kinds[] = {
#define SUBJECT_NONE '-'
#define SUBJECT_P 'P'
#define SUBJECT_S 'S'
#define ROW(name, number, cls, subject) { number, #name, cls, SUBJECT_##subject },
	LD_EVENT_KINDS(ROW)
#undef ROW
};

const struct ld_kind_info *ld_kind_info(uint16_t kind)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

const char *ld_reg_name(unsigned reg)
{
	static const char *const names[LD_N_REGS_] = {
#define ROW(name, number) [number] = #name,
		LD_REGISTERS(ROW)
#undef ROW
	};

	return reg < LD_N_REGS_ && names[reg] ? names[reg] : "?";
}

/* A dot on the wire: board 8, incarnation 8, class 1, seq 8, big endian. */
enum { DOT_LEN = 25 };

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static size_t dots_pack(const struct ld_dots *d, uint8_t ret[LD_DOTS_MAX * DOT_LEN])
{
	ld_assert(d->n <= LD_DOTS_MAX);
	for (unsigned i = 0; i < d->n; i++) {
		uint8_t *p = ret + i * DOT_LEN;
		memcpy(p, d->dot[i].stream.board.b, 8);
		put64(p + 8, d->dot[i].stream.incarnation);
		p[16] = d->dot[i].stream.cls;
		put64(p + 17, d->dot[i].seq);
	}
	return (size_t)d->n * DOT_LEN;
}

static int dots_unpack(struct ld_dots *d, const uint8_t *p, size_t len)
{
	if (len % DOT_LEN != 0 || len / DOT_LEN > LD_DOTS_MAX)
		return LD_E_CORRUPT;
	d->n = (unsigned)(len / DOT_LEN);
	for (unsigned i = 0; i < d->n; i++, p += DOT_LEN) {
		memcpy(d->dot[i].stream.board.b, p, 8);
		d->dot[i].stream.incarnation = get64(p + 8);
		d->dot[i].stream.cls = p[16];
		d->dot[i].seq = get64(p + 17);
	}
	return 0;
}

static uint64_t uint_of(const struct field *f, const union ld_fact_body *u)
{
	const uint8_t *p = (const uint8_t *)u + f->offset;
	uint16_t v16;
	uint64_t v64;

	if (f->size == 1)
		return *p;
	if (f->size == 2) {
		memcpy(&v16, p, 2);
		return v16;
	}
	memcpy(&v64, p, 8);
	return v64;
}

/* Octets of a field as they go out; 0 for a default, which is left out. */
static size_t bytes_of(const struct field *f, const union ld_fact_body *u,
		       uint8_t scratch[LD_DOTS_MAX * DOT_LEN], const uint8_t **ret)
{
	const uint8_t *p = (const uint8_t *)u + f->offset;

	*ret = p;
	switch (f->type) {
	case TEXT: return strnlen((const char *)p, f->size);
	case ID: return ld_id_is_zero((const struct ld_id *)(const void *)p) ? 0 : f->size;
	case SEALED: return u->number.len <= f->size ? u->number.len : 0;
	case DOTS:
		*ret = scratch;
		return dots_pack((const struct ld_dots *)(const void *)p, scratch);
	case SPAN:
		*ret = ((const struct ld_octets *)(const void *)p)->p;
		return ((const struct ld_octets *)(const void *)p)->len;
	default: return f->size;
	}
}

struct out {
	uint8_t *p;
	size_t size, len;
	bool full;
};

static void took(struct out *o, size_t n)
{
	if (n == 0)
		o->full = true;
	o->len += n;
}

static void put_field(struct out *o, const struct field *f, const union ld_fact_body *u)
{
	uint8_t scratch[LD_DOTS_MAX * DOT_LEN];
	const uint8_t *p;
	size_t n;

	took(o, cbor_encode_uint(f->key, o->p + o->len, o->size - o->len));
	if (f->type <= BOOL) {
		took(o, cbor_encode_uint(uint_of(f, u), o->p + o->len, o->size - o->len));
		return;
	}
	n = bytes_of(f, u, scratch, &p);
	took(o, f->type == TEXT ? cbor_encode_string_start(n, o->p + o->len, o->size - o->len)
				: cbor_encode_bytestring_start(n, o->p + o->len, o->size - o->len));
	if (o->size - o->len < n) {
		o->full = true;
		return;
	}
	memcpy(o->p + o->len, p, n);
	o->len += n;
}

static bool is_default(const struct field *f, const union ld_fact_body *u)
{
	uint8_t scratch[LD_DOTS_MAX * DOT_LEN];
	const uint8_t *p;

	return f->type <= BOOL ? uint_of(f, u) == 0 : bytes_of(f, u, scratch, &p) == 0;
}

int ld_fact_encode(const struct ld_fact *f, uint8_t *ret, size_t size)
{
	struct out o = { ret, size, 0, false };
	size_t n = 0;

	if (!ld_kind_info(f->kind))
		return LD_E_UNKNOWN;
	for (size_t i = 0; i < LD_ARRAY_SIZE(fields); i++)
		if (fields[i].kind == f->kind && !is_default(&fields[i], &f->u))
			n++;
	took(&o, cbor_encode_map_start(n, o.p, o.size));
	for (size_t i = 0; i < LD_ARRAY_SIZE(fields) && !o.full; i++)
		if (fields[i].kind == f->kind && !is_default(&fields[i], &f->u))
			put_field(&o, &fields[i], &f->u);
	return o.full ? LD_E_TOOBIG : (int)o.len;
}

static int set_uint(const struct field *f, union ld_fact_body *u, uint64_t v)
{
	static const uint64_t max[] = {
		[U8] = UINT8_MAX, [U16] = UINT16_MAX, [U64] = UINT64_MAX, [I64] = INT64_MAX,
		[BOOL] = 1,
	};
	uint8_t *p = (uint8_t *)u + f->offset;
	uint16_t v16 = (uint16_t)v;

	if (v > max[f->type])
		return LD_E_CORRUPT;
	if (f->size == 1)
		*p = (uint8_t)v;
	else if (f->size == 2)
		memcpy(p, &v16, 2);
	else
		memcpy(p, &v, 8);
	return 0;
}

static int set_bytes(const struct field *f, union ld_fact_body *u, const uint8_t *p, size_t len)
{
	uint8_t *to = (uint8_t *)u + f->offset;

	switch (f->type) {
	case TEXT:
		if (len >= f->size || memchr(p, '\0', len))
			return LD_E_CORRUPT;
		break;
	case SEALED:
		if (len > f->size)
			return LD_E_CORRUPT;
		u->number.len = (uint8_t)len;
		break;
	case DOTS:
		return dots_unpack((struct ld_dots *)(void *)to, p, len);
	case SPAN:
		return len <= LD_BODY_MAX ? 0 : LD_E_CORRUPT;   /* filled by spans() */
	default:
		if (len != f->size)
			return LD_E_CORRUPT;
	}
	memcpy(to, p, len);
	return 0;
}

/* libcbor counts no characters in what is not UTF-8. */
static bool is_utf8(const cbor_item_t *v)
{
	return cbor_string_length(v) == 0 || cbor_string_codepoint_count(v) > 0;
}

static int set_field(const struct field *f, union ld_fact_body *u, const cbor_item_t *v)
{
	if (f->type <= BOOL)
		return cbor_isa_uint(v) ? set_uint(f, u, cbor_get_int(v)) : LD_E_CORRUPT;
	if (f->type == TEXT)
		return cbor_isa_string(v) && cbor_string_is_definite(v) && is_utf8(v)
			? set_bytes(f, u, cbor_string_handle(v), cbor_string_length(v))
			: LD_E_CORRUPT;
	return cbor_isa_bytestring(v) && cbor_bytestring_is_definite(v)
		? set_bytes(f, u, cbor_bytestring_handle(v), cbor_bytestring_length(v))
		: LD_E_CORRUPT;
}

static int set_pairs(const cbor_item_t *map, uint16_t kind, union ld_fact_body *u)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);

	for (size_t i = 0; i < cbor_map_size(map); i++) {
		if (!cbor_isa_uint(pairs[i].key))
			continue;
		uint64_t key = cbor_get_int(pairs[i].key);
		for (size_t k = 0; k < LD_ARRAY_SIZE(fields); k++) {
			if (fields[k].kind != kind || fields[k].key != key)
				continue;
			int rc = set_field(&fields[k], u, pairs[i].value);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

enum { MAJOR_BYTES = 2, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

/* The head of the item at *p, which is passed over: its major type and its number. */
static bool head(const uint8_t **p, const uint8_t *end, unsigned *ret_major, uint64_t *ret_n)
{
	const uint8_t *at = *p;
	unsigned info;
	size_t extra;

	if (at == end)
		return false;
	info = *at & 0x1f;
	extra = info < 24 ? 0 : info < 28 ? (size_t)1 << (info - 24) : SIZE_MAX;
	if (extra >= (size_t)(end - at))
		return false;
	*ret_major = *at >> 5;
	*ret_n = extra > 0 ? 0 : info;
	for (size_t i = 1; i <= extra; i++)
		*ret_n = *ret_n << 8 | at[i];
	*p = at + 1 + extra;
	return true;
}

/* Lengths that the octets cannot hold would make libcbor allocate them first, so look before. */
static bool lengths_sane(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	unsigned major;
	uint64_t n;

	while (p < end) {
		if (!head(&p, end, &major, &n) ||
		    (major >= MAJOR_BYTES && major <= MAJOR_MAP && n > (uint64_t)(end - p)))
			return false;
		if (major == MAJOR_BYTES || major == MAJOR_TEXT)
			p += n;
	}
	return true;
}

static void set_span(uint16_t kind, uint64_t key, const uint8_t *p, size_t len,
		     union ld_fact_body *u)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(fields); i++)
		if (fields[i].kind == kind && fields[i].key == key && fields[i].type == SPAN)
			*(struct ld_octets *)(void *)((uint8_t *)u + fields[i].offset) =
				(struct ld_octets){ p, (uint16_t)len };
}

/* Past one item, whatever is nested in it. */
static bool skip(const uint8_t **p, const uint8_t *end)
{
	unsigned major;
	uint64_t n;

	for (uint64_t todo = 1; todo > 0; todo--) {
		if (!head(p, end, &major, &n))
			return false;
		if (major == MAJOR_BYTES || major == MAJOR_TEXT)
			*p += n;
		else
			todo += major == MAJOR_ARRAY ? n : major == MAJOR_MAP ? 2 * n :
				major == MAJOR_TAG;
	}
	return true;
}

/* Where the octets of SPAN fields lie in the body itself: libcbor gives copies only. The body is a
 * map whose lengths are sane. */
static void spans(const struct ld_event *e, union ld_fact_body *u)
{
	const uint8_t *p = e->body, *end = e->body + e->body_len;
	unsigned major;
	uint64_t pairs, key, n;

	if (!head(&p, end, &major, &pairs))
		return;
	while (pairs-- > 0) {
		const uint8_t *at = p;
		bool named;             /* by an integer, as ours are */

		if (!head(&at, end, &major, &key) || !skip(&p, end))
			return;
		named = major == 0;
		at = p;
		if (!head(&at, end, &major, &n) || !skip(&p, end))
			return;
		if (named && major == MAJOR_BYTES)
			set_span(e->kind, key, at, (size_t)n, u);
	}
}

int ld_fact_decode(const struct ld_event *e, struct ld_fact *ret)
{
	struct cbor_load_result res;
	cbor_item_t *item;
	struct ld_fact f = { .kind = e->kind, .subject = e->subject };
	int rc = LD_E_CORRUPT;

	if (!ld_kind_info(e->kind))
		return LD_E_UNKNOWN;
	if (e->hollow || e->body_len == 0 || e->body_len > LD_BODY_MAX ||
	    !lengths_sane(e->body, e->body_len))
		return LD_E_CORRUPT;
	item = cbor_load(e->body, e->body_len, &res);
	if (!item)
		return LD_E_CORRUPT;
	if (cbor_isa_map(item) && res.read == e->body_len)
		rc = set_pairs(item, e->kind, &f.u);
	cbor_decref(&item);
	if (rc < 0)
		return rc;
	spans(e, &f.u);
	*ret = f;
	return rc;
}

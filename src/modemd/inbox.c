/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

struct entry {
	struct ld_inbox_sms sms;
	int64_t since_ms;
	uint64_t ref;           /* 0: not delivered */
	bool committed;
	bool seen;              /* by the listing under way */
};

struct ld_inbox {
	uint32_t gap_ms;
	uint64_t last_ref;
	unsigned n;
	struct entry *entries[LD_INBOX_MAX];
};

struct ld_inbox *ld_inbox_new(uint32_t gap_ms)
{
	struct ld_inbox *b = calloc(1, sizeof(*b));

	if (b)
		b->gap_ms = gap_ms;
	return b;
}

static void forget(struct ld_inbox *b, unsigned i)
{
	free(b->entries[i]);
	b->entries[i] = b->entries[--b->n];
}

void ld_inbox_free(struct ld_inbox *b)
{
	if (!b)
		return;
	while (b->n > 0)
		forget(b, b->n - 1);
	free(b);
}

void ld_inbox_begin(struct ld_inbox *b)
{
	for (unsigned i = 0; i < b->n; i++)
		b->entries[i]->seen = false;
}

/* The same message, wherever it is stored. */
static bool same(const struct ld_inbox_sms *x, const struct ld_inbox_sms *y)
{
	return strcmp(x->from, y->from) == 0 && strcmp(x->stamp, y->stamp) == 0 &&
	       x->reference == y->reference && x->total == y->total && x->part == y->part &&
	       x->n_units == y->n_units && memcmp(x->text, y->text, 2u * x->n_units) == 0;
}

int ld_inbox_found(struct ld_inbox *b, const struct ld_inbox_sms *given, int64_t mono_ms)
{
	struct ld_inbox_sms sms = *given;
	struct entry *e;

	if (sms.n_units > LD_INBOX_UNITS)
		return LD_E_TOOBIG;
	if (sms.total < 1 || sms.part < 1 || sms.part > sms.total) {
		sms.total = sms.part = 1;       /* a header that makes no sense */
		sms.reference = 0;
	}
	for (unsigned i = 0; i < b->n; i++) {
		e = b->entries[i];
		if (e->sms.location == sms.location && same(&e->sms, &sms)) {
			e->seen = true;
			return 0;
		}
	}
	if (b->n == LD_INBOX_MAX)
		return LD_E_BUSY;
	e = calloc(1, sizeof(*e));
	if (!e)
		return LD_E_NOMEM;
	e->sms = sms;
	e->since_ms = mono_ms;
	e->seen = true;
	b->entries[b->n++] = e;
	return 0;
}

void ld_inbox_end(struct ld_inbox *b)
{
	for (unsigned i = b->n; i-- > 0;)
		if (!b->entries[i]->seen && b->entries[i]->sms.location != LD_INBOX_NOWHERE)
			forget(b, i);
}

/* Belong to one message. Copies of a single message do too. */
static bool kin(const struct ld_inbox_sms *x, const struct ld_inbox_sms *y)
{
	if (x->total == 1 || y->total == 1)
		return same(x, y);
	return x->reference == y->reference && x->total == y->total &&
	       strcmp(x->from, y->from) == 0;
}

/* Parts of the message that e belongs to, by number. Returns how many there are. */
static unsigned gather(struct ld_inbox *b, const struct entry *e, struct entry *parts[256],
		       int64_t *ret_since_ms)
{
	unsigned n = 0;

	memset(parts, 0, 256 * sizeof(*parts));
	*ret_since_ms = e->since_ms;
	for (unsigned i = 0; i < b->n; i++) {
		struct entry *o = b->entries[i];

		if (o->ref || !kin(&e->sms, &o->sms))
			continue;
		if (o->since_ms < *ret_since_ms)
			*ret_since_ms = o->since_ms;
		n += !parts[o->sms.part];
		parts[o->sms.part] = o;
	}
	return n;
}

static void add(uint8_t *text, size_t *len, size_t size, const void *octets, size_t n)
{
	if (n > size - *len)
		n = (size - *len) & ~(size_t)1;
	memcpy(text + *len, octets, n);
	*len += n;
}

/* Joined in UTF-16, since a part may end inside a surrogate pair. */
static void join(struct entry *const parts[256], unsigned total, struct ld_wmsg_inbound *ret)
{
	static const char gap[] = "\0 \0[\0.\0.\0.\0]\0 ";
	uint8_t text[2 * (LD_WMSG_TEXT_MAX / 3)];
	size_t len = 0;

	for (unsigned p = 1; p <= total; p++) {
		if (parts[p])
			add(text, &len, sizeof(text), parts[p]->sms.text, 2u * parts[p]->sms.n_units);
		else
			add(text, &len, sizeof(text), gap, sizeof(gap) - 1);
	}
	if (ld_ucs2_decode(text, len, ret->text, sizeof(ret->text)) < 0)
		ret->text[0] = 0;
}

/* The same for every copy that the network may deliver, also after a restart. The time comes first. */
static void set_dedupe(struct entry *const parts[256], unsigned total, struct ld_wmsg_inbound *ret)
{
	uint64_t h = ld_hash_str(LD_HASH_START, ret->from);
	const char *stamp = "";

	for (unsigned p = 1; p <= total; p++)
		if (parts[p]) {
			stamp = *stamp ? stamp : parts[p]->sms.stamp;
			h = ld_hash_str(h, parts[p]->sms.stamp);
			h = ld_hash(h, parts[p]->sms.text, 2u * parts[p]->sms.n_units);
		}
	snprintf(ret->dedupe, sizeof(ret->dedupe), "%s:%016" PRIx64, stamp, h);
}

static void mark(struct ld_inbox *b, const struct entry *e, uint64_t ref)
{
	struct ld_inbox_sms sms = e->sms;

	for (unsigned i = 0; i < b->n; i++)
		if (!b->entries[i]->ref && kin(&sms, &b->entries[i]->sms))
			b->entries[i]->ref = ref;
}

static unsigned outstanding(const struct ld_inbox *b)
{
	uint64_t refs[LD_INBOX_WINDOW];
	unsigned n = 0;

	for (unsigned i = 0; i < b->n; i++) {
		const struct entry *e = b->entries[i];
		unsigned k = 0;

		if (!e->ref || e->committed)
			continue;
		while (k < n && refs[k] != e->ref)
			k++;
		if (k < n)
			continue;
		if (n == LD_INBOX_WINDOW)
			break;
		refs[n++] = e->ref;
	}
	return n;
}

/* A copy of what was delivered goes its way, silently. */
static bool is_late_copy(struct ld_inbox *b, struct entry *e)
{
	for (unsigned i = 0; i < b->n; i++) {
		const struct entry *o = b->entries[i];

		if (o->ref && same(&o->sms, &e->sms)) {
			e->ref = o->ref;
			e->committed = o->committed;
			return true;
		}
	}
	return false;
}

int ld_inbox_next(struct ld_inbox *b, int64_t mono_ms, struct ld_wmsg_inbound *ret)
{
	struct entry *parts[256];
	int64_t since_ms;

	if (outstanding(b) == LD_INBOX_WINDOW)
		return 0;
	for (unsigned i = 0; i < b->n; i++) {
		struct entry *e = b->entries[i];
		unsigned total = e->sms.total;

		if (e->ref || is_late_copy(b, e))
			continue;
		if (gather(b, e, parts, &since_ms) < total && mono_ms - since_ms < b->gap_ms)
			continue;
		memset(ret, 0, sizeof(*ret));
		snprintf(ret->from, sizeof(ret->from), "%s", e->sms.from);
		snprintf(ret->smsc, sizeof(ret->smsc), "%s", e->sms.smsc);
		join(parts, total, ret);
		set_dedupe(parts, total, ret);
		ret->ref = ++b->last_ref;
		mark(b, e, ret->ref);
		return 1;
	}
	return 0;
}

void ld_inbox_committed(struct ld_inbox *b, uint64_t ref)
{
	for (unsigned i = b->n; i-- > 0;) {
		struct entry *e = b->entries[i];

		if (e->ref != ref || ref == 0)
			continue;
		e->committed = true;
		if (e->sms.location == LD_INBOX_NOWHERE)
			forget(b, i);
	}
}

int ld_inbox_deletable(struct ld_inbox *b, int *ret_location)
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->entries[i]->committed) {
			*ret_location = b->entries[i]->sms.location;
			return 1;
		}
	return 0;
}

void ld_inbox_deleted(struct ld_inbox *b, int location)
{
	for (unsigned i = b->n; i-- > 0;)
		if (b->entries[i]->committed && b->entries[i]->sms.location == location)
			forget(b, i);
}

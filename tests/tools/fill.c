/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fill: a board's state folder as after years of use, for `make bench`.
 *
 *   fill DIR RESIDENTS EVENTS
 *
 * Founds a ward of one in DIR, unless it is somebody's already, and writes EVENTS events of RESIDENTS
 * learners through the store, round by round in a scattered order, so that no learner's rows lie
 * together. The numbers are 84990000000 and up, those of the simulated handset. Repeatable: SEED=
 * (1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "laido/mesh/identity.h"
#include "laido/store/store.h"

enum {
	CHUNK = 4096,           /* events a transaction */
	FIRST_ROUNDS = 4,       /* consent, number, group, enrolment */
	LESSONS = 10,
	YEAR_S = 365 * 86400,
};

struct filler {
	struct ld_node node;
	struct ld_store *store;
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	unsigned residents;
	unsigned *order;        /* a permutation of the residents */
};

static void name_of(const struct filler *f, unsigned i, struct ld_msisdn *m, struct ld_id *p,
		    struct ld_id *s)
{
	static const struct ld_id first_epoch;

	snprintf(m->digits, sizeof(m->digits), "84990%06u", i % 1000000);
	ld_pseudonym_p(p, &f->node.ward, m);
	ld_pseudonym_s(s, &f->node.ward, m, 1, &first_epoch);
}

static int number_fact(const struct filler *f, const struct ld_msisdn *m, struct ld_fact *x)
{
	size_t len = strlen(m->digits);
	int rc = ld_seal(x->u.number.for_ward, f->node.ward.ward_pk, m->digits, len);

	x->kind = LD_EV_NUMBER;
	x->u.number.home = f->node.id;
	x->u.number.len = (uint8_t)(len + LD_SEAL_EXTRA);
	return rc < 0 ? rc : ld_seal(x->u.number.for_home, f->node.key.pk, m->digits, len);
}

/* What a learner does in a round: first she joins, then she answers, lesson after lesson and over
 * again. The last two lessons stay open, so that she has something left to learn. */
static int fact_of(struct filler *f, unsigned resident, unsigned round, struct ld_fact *x)
{
	struct ld_msisdn m;
	struct ld_id p;

	memset(x, 0, sizeof(*x));
	name_of(f, resident, &m, &p, &x->subject);
	switch (round) {
	case 0:
		x->kind = LD_EV_CONSENT;
		x->u.consent.p = p;
		x->u.consent.slot = 1;
		x->u.consent.text_version = 1;
		x->u.consent.channel = LD_CHAN_SMS;
		snprintf(x->u.consent.raw, sizeof(x->u.consent.raw), "1");
		return 0;
	case 1:
		return number_fact(f, &m, x);
	case 2:
		x->kind = LD_EV_SET;
		x->u.set.reg = LD_REG_TDP;
		snprintf(x->u.set.value, sizeof(x->u.set.value), "%u", 1 + resident % 28);
		return 0;
	case 3:
		x->kind = LD_EV_ENROL;
		snprintf(x->u.enrol.course, sizeof(x->u.enrol.course), "VNEID");
		return 0;
	default:
		x->kind = LD_EV_ANSWER;
		snprintf(x->u.answer.course, sizeof(x->u.answer.course), "VNEID");
		x->u.answer.lesson = (uint8_t)(1 + (round - FIRST_ROUNDS) % (LESSONS - 2));
		x->u.answer.option = (uint8_t)(1 + ld_random_below(&f->random.random, 3));
		x->u.answer.right = x->u.answer.option == 2;
		x->u.answer.channel = LD_CHAN_SMS;
		return 0;
	}
}

static void shuffle(struct filler *f)
{
	for (unsigned i = f->residents; i > 1; i--) {
		unsigned k = ld_random_below(&f->random.random, i), t = f->order[i - 1];

		f->order[i - 1] = f->order[k];
		f->order[k] = t;
	}
}

static int chunk(struct filler *f, unsigned long from, unsigned long to, unsigned long events)
{
	int rc = ld_store_begin(f->store);

	for (unsigned long e = from; e < to && rc == 0; e++) {
		struct ld_fact x;

		if (e % f->residents == 0)
			shuffle(f);
		ld_clock_manual_advance(&f->clock, (int64_t)YEAR_S * 1000 / (int64_t)events);
		rc = fact_of(f, f->order[e % f->residents], (unsigned)(e / f->residents), &x);
		if (rc == 0)
			rc = ld_store_append(f->store, &x, NULL);
	}
	if (rc == 0)
		rc = ld_store_sign_heads(f->store);
	if (rc == 0)
		rc = ld_store_commit(f->store);
	return rc < 0 ? rc : ld_store_checkpoint(f->store, 1);
}

static int fill(struct filler *f, unsigned long events)
{
	for (unsigned long e = 0; e < events; e += CHUNK) {
		unsigned long to = e + CHUNK < events ? e + CHUNK : events;
		int rc = chunk(f, e, to, events);

		if (rc < 0)
			return rc;
		if (to / 250000 != e / 250000)
			fprintf(stderr, "  %lu events\n", to);
	}
	return 0;
}

static int open_all(struct filler *f, const char *dir, struct ld_errmsg *err)
{
	char path[512];
	struct ld_store_cfg cfg = { .path = path, .clock = &f->clock.clock,
				    .random = &f->random.random, .author = &f->node.key,
				    .cache_kib = 262144 };
	int rc;

	mkdir(dir, 0750);
	ld_crypto_init();
	rc = ld_node_open(&f->node, dir, ld_random_sys(), err);
	if (rc == 0 && !f->node.joined)
		rc = ld_node_found(&f->node, "bench", ld_random_sys(), err);
	memcpy(cfg.ward_pk, f->node.ward.ward_pk, sizeof(cfg.ward_pk));
	snprintf(path, sizeof(path), "%s/laido.db", dir);
	return rc < 0 ? rc : ld_store_open(&f->store, &cfg, err);
}

int main(int argc, char **argv)
{
	static struct filler f;
	struct ld_errmsg err = { "" };
	const char *seed = getenv("SEED");
	unsigned long events;
	int rc;

	if (argc != 4) {
		fprintf(stderr, "Usage: fill DIR RESIDENTS EVENTS\n");
		return 2;
	}
	f.residents = (unsigned)strtoul(argv[2], NULL, 10);
	events = strtoul(argv[3], NULL, 10);
	if (f.residents == 0 || f.residents > 1000000 || events == 0)
		return 2;
	ld_random_seeded_init(&f.random, seed ? strtoull(seed, NULL, 0) : 1);
	/* A year ago, so that the bench's own events are the newest. */
	struct ld_clock_sys now;

	ld_clock_sys_init(&now, true);
	ld_clock_manual_init(&f.clock, ld_clock_utc_ms(&now.clock, NULL) - (int64_t)YEAR_S * 1000);
	f.order = calloc(f.residents, sizeof(*f.order));
	for (unsigned i = 0; f.order && i < f.residents; i++)
		f.order[i] = i;
	rc = f.order ? open_all(&f, argv[1], &err) : LD_E_NOMEM;
	if (rc == 0)
		rc = fill(&f, events);
	if (rc < 0)
		fprintf(stderr, "fill: %s %s\n", err.text[0] ? err.text : ld_strerror(rc),
			f.store ? ld_store_error(f.store) : "");
	ld_store_close(f.store);
	free(f.order);
	return rc < 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine: the dialogue engine alone, for counting instructions (make bench runs it in callgrind).
 *
 *   engine CONTENT_DIR STEPS
 *
 * One learner in memory walks through menus and lessons; nothing is stored. Prints
 * "steps=N us_per_step=N.N" of processor time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laido/session/session.h"

static const char *const script[] = { "*123#", "1", "1", "1", "1", "2", "2", "00" };

static void complain(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fprintf(stderr, "%s:%d: %s\n", f->file, f->line, f->message);
}

static void learner(struct ld_person *p, const struct ld_ward_keys *keys)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->msisdn.digits, sizeof(p->msisdn.digits), "84990000001");
	ld_pseudonym_p(&p->p, keys, &p->msisdn);
	p->slot = 1;
	ld_pseudonym_s(&p->s, keys, &p->msisdn, p->slot, &p->epoch);
	p->consented = p->number_known = true;
	p->n_courses = 1;
	snprintf(p->course[0].course, sizeof(p->course[0].course), "VNEID");
	p->course[0].enrolled = true;
	p->course[0].answered = p->course[0].right = 7;
}

int main(int argc, char **argv)
{
	static struct ld_random_seeded random;
	static struct ld_outcome out;
	struct ld_ward_keys keys = { .completion_epoch = 1 };
	struct ld_content_options opt = { .approve_all = true, .now_ms = 1767225600000,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_session_env env = { .keys = &keys, .random = &random.random,
				      .now_ms = opt.now_ms, .time_trusted = true,
				      .utc_offset_min = 420 };
	struct ld_content *content;
	struct ld_person person;
	uint8_t blob[LD_SESSION_BLOB_MAX], next[LD_SESSION_BLOB_MAX];
	size_t len = 0, next_len = 0;
	unsigned long steps;
	clock_t begin;

	if (argc != 3 || (steps = strtoul(argv[2], NULL, 10)) == 0) {
		fprintf(stderr, "Usage: engine CONTENT_DIR STEPS\n");
		return 2;
	}
	ld_crypto_init();
	ld_random_seeded_init(&random, 1);
	if (ld_content_load(argv[1], &opt, complain, NULL, &content) < 0)
		return 1;
	env.content = content;
	learner(&person, &keys);
	begin = clock();
	for (unsigned long i = 0; i < steps; i++) {
		size_t at = i % LD_ARRAY_SIZE(script);
		struct ld_inbound in = { .what = at == 0 ? LD_IN_BEGIN : LD_IN_TEXT,
					 .kind = LD_CHAN_USSD, .session = 1 + i / LD_ARRAY_SIZE(script),
					 .budget = { .live = true, .septets = 130, .units = 57,
						     .parts = 1 } };

		snprintf(in.from, sizeof(in.from), "+%s", person.msisdn.digits);
		snprintf(in.text, sizeof(in.text), "%s", script[at]);
		env.now_ms += 1000;
		ld_session_step(&env, &person, len ? blob : NULL, len, &in, &out, next, &next_len);
		if (!out.has_reply) {
			fprintf(stderr, "engine: no answer to %s\n", in.text);
			return 1;
		}
		memcpy(blob, next, next_len);
		len = next_len;
	}
	printf("steps=%lu us_per_step=%.2f\n", steps,
	       (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC / (double)steps);
	ld_content_free(content);
	return 0;
}

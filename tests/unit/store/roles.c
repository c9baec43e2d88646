/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Duties, invitations and confirmations: the same whatever the order, given by the ward alone, gone
 * with the learner they are about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../seed.h"
#include "on_engine.h"
#include "laido/store/store.h"

enum { WARD = 1, BOARD = 2, OTHER = 3, DUMP_MAX = 1 << 16 };

struct node {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_keypair key;
	struct ld_store *st;
};

static const struct ld_ward_keys keys = { .name_key = { 7 } };
static const struct ld_msisdn lan = { "84900000001" }, minh = { "84900000002" },
			      thu = { "84900000003" };

static void keypair(struct ld_keypair *ret, uint8_t who)
{
	uint8_t seed[32] = { who };

	ld_keypair_from_seed(ret, seed);
}

static void node_init(struct node *n, uint8_t who)
{
	struct ld_keypair ward;
	struct ld_errmsg err;
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key };

	memset(n, 0, sizeof(*n));
	snprintf(n->dir, sizeof(n->dir), "/tmp/laido-roles-XXXXXX");
	assert_non_null(mkdtemp(n->dir));
	snprintf(n->path, sizeof(n->path), "%s/laido.db", n->dir);
	ld_clock_manual_init(&n->clock, 1800000000000 + who * 100);
	ld_random_seeded_init(&n->random, who);
	keypair(&n->key, who);
	keypair(&ward, WARD);
	memcpy(cfg.ward_pk, ward.pk, sizeof(cfg.ward_pk));
	if (engine_open(&n->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
}

static void node_end(struct node *n)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
	char path[96];

	ld_store_close(n->st);
	for (size_t i = 0; i < LD_ARRAY_SIZE(suffix); i++) {
		snprintf(path, sizeof(path), "%s%s", n->path, suffix[i]);
		unlink(path);
	}
	rmdir(n->dir);
}

static void append(struct node *n, const struct ld_fact *f)
{
	ld_clock_manual_advance(&n->clock, 1000);
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_append(n->st, f, NULL), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
}

static void person(struct node *n, const struct ld_msisdn *m, struct ld_person *ret)
{
	assert_int_equal(ld_store_person(n->st, &keys, m, 1, ret), 0);
}

static void appoint(struct node *n, const struct ld_msisdn *m, unsigned duty, unsigned tdp,
		    bool off)
{
	struct ld_fact f = { .kind = LD_EV_ROLE };

	ld_pseudonym_p(&f.subject, &keys, m);
	f.u.role.duty = (uint8_t)duty;
	f.u.role.tdp = (uint8_t)tdp;
	f.u.role.off = off;
	snprintf(f.u.role.name, sizeof(f.u.role.name), "Nguyễn Minh Quang");
	ld_random_fill(&n->random.random, f.u.role.salt, sizeof(f.u.role.salt));
	ld_pin_hash(f.u.role.pin, &keys, &f.subject, f.u.role.salt, "4821");
	append(n, &f);
}

static void invite(struct node *n, const struct ld_msisdn *by, const struct ld_msisdn *m,
		   const char *course)
{
	struct ld_fact f = { .kind = LD_EV_INVITED };

	ld_pseudonym_p(&f.subject, &keys, m);
	if (by)
		ld_pseudonym_p(&f.u.invited.by, &keys, by);
	f.u.invited.channel = LD_CHAN_SMS;
	f.u.invited.tdp = by ? 28 : 0;
	snprintf(f.u.invited.course, sizeof(f.u.invited.course), "%s", course);
	append(n, &f);
}

static void consent(struct node *n, const struct ld_msisdn *m)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.consent.p = p.p;
	f.u.consent.slot = 1;
	f.u.consent.epoch = p.epoch;
	f.u.consent.over = p.optouts;
	append(n, &f);
}

static void live_in(struct node *n, const struct ld_msisdn *m, const char *tdp)
{
	struct ld_fact f = { .kind = LD_EV_SET };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.set.reg = LD_REG_TDP;
	snprintf(f.u.set.value, sizeof(f.u.set.value), "%s", tdp);
	f.u.set.over = p.reg[LD_REG_TDP].live;
	append(n, &f);
}

static void attest(struct node *n, const struct ld_msisdn *by, const struct ld_msisdn *m)
{
	struct ld_fact f = { .kind = LD_EV_ATTEST };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.attest.what = LD_ATTEST_NATIONAL;
	ld_pseudonym_p(&f.u.attest.by, &keys, by);
	append(n, &f);
}

static void by_p(struct node *n, const struct ld_msisdn *m, uint16_t kind)
{
	struct ld_fact f = { .kind = kind };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.p;
	f.u.close.s = p.s;
	f.u.close.slot = 1;
	f.u.close.why = LD_CLOSE_ERASE;
	if (kind != LD_EV_CLOSE)
		memset(&f.u, 0, sizeof(f.u));
	append(n, &f);
}

/* ---- calls for help ---- */

static void call(struct node *n, const struct ld_msisdn *m, unsigned pin, int64_t due_ms, bool off)
{
	struct ld_fact f = { .kind = LD_EV_HELP };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.help.pin = (uint16_t)pin;
	f.u.help.due_ms = due_ms;
	f.u.help.withdrawn = off;
	append(n, &f);
}

static void helps(struct node *n, const struct ld_msisdn *m, unsigned pin, unsigned step,
		  const struct ld_msisdn *by, int64_t until_ms)
{
	struct ld_fact f = { .kind = LD_EV_HELPER };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.helper.pin = (uint16_t)pin;
	f.u.helper.step = (uint8_t)step;
	f.u.helper.until_ms = until_ms;
	ld_pseudonym_p(&f.u.helper.p, &keys, by);
	ld_board_id_of(&f.u.helper.board, n->key.pk);
	memset(f.u.helper.number, (int)step, sizeof(f.u.helper.number));
	append(n, &f);
}

static void answered(struct node *n, const struct ld_msisdn *m, unsigned pin)
{
	struct ld_fact f = { .kind = LD_EV_HELP_STEP };
	struct ld_person p;

	person(n, m, &p);
	f.subject = p.s;
	f.u.help_step.pin = (uint16_t)pin;
	f.u.help_step.step = LD_HELP_ANSWERED;
	append(n, &f);
}

static void saw(struct node *n, const struct ld_msisdn *by, const struct ld_msisdn *m)
{
	struct ld_fact f = { .kind = LD_EV_AUDIT };
	struct ld_person p;

	person(n, m, &p);
	ld_pseudonym_p(&f.subject, &keys, by);
	f.u.audit.what = LD_AUDIT_NUMBER;
	f.u.audit.s = p.s;
	f.u.audit.n = 1;
	append(n, &f);
}

static void notice(struct node *n, const struct ld_msisdn *by, int64_t id, bool off)
{
	struct ld_fact f = { .kind = LD_EV_NOTICE };

	ld_pseudonym_p(&f.subject, &keys, by);
	f.u.notice.id = id;
	f.u.notice.off = off;
	f.u.notice.tdp = 28;
	snprintf(f.u.notice.message, sizeof(f.u.notice.message), "REMIND_START");
	append(n, &f);
}

static int64_t now_of(struct node *n)
{
	return ld_clock_utc_ms(&n->clock.clock, NULL);
}

/* ---- moving events in any order ---- */

struct move {
	unsigned n;
	struct ld_stream s[32];
};

static int note_stream(void *arg, const struct ld_stream_state *s)
{
	struct move *m = arg;

	assert_true(m->n < LD_ARRAY_SIZE(m->s));
	m->s[m->n++] = s->stream;
	return 0;
}

/* Streams in an order drawn by the seed: their events keep theirs, as the mesh does. */
static void move(struct node *from, struct node *to, uint64_t *seed)
{
	struct move m = { 0 };

	assert_int_equal(ld_store_begin(from->st), 0);
	assert_int_equal(ld_store_sign_heads(from->st), 0);
	assert_int_equal(ld_store_commit(from->st), 0);
	assert_int_equal(ld_store_streams(from->st, note_stream, &m), 0);
	for (unsigned i = m.n; i > 1; i--) {
		unsigned j = (unsigned)seed_below(seed, i);
		struct ld_stream x = m.s[i - 1];

		m.s[i - 1] = m.s[j];
		m.s[j] = x;
	}
	for (unsigned i = 0; i < m.n; i++) {
		struct ld_stream_state has;
		struct ld_run run = { 0 };
		struct ld_head head;

		ld_store_stream(to->st, &m.s[i], &has);
		if (ld_store_run(from->st, &m.s[i], has.seq + 1, &run, &head) < 0)
			continue;
		assert_int_equal(ld_store_begin(to->st), 0);
		assert_true(ld_store_apply(to->st, &run, &head) >= 0);
		assert_int_equal(ld_store_commit(to->st), 0);
		ld_run_release(&run);
	}
}

static void add_line(void *arg, const char *line)
{
	char *all = arg;
	size_t n = strlen(all);

	assert_true(n + strlen(line) + 2 < DUMP_MAX);
	snprintf(all + n, DUMP_MAX - n, "%s\n", line);
}

static char *dump(struct node *n)
{
	char *all = calloc(1, DUMP_MAX);

	assert_non_null(all);
	assert_int_equal(ld_store_dump(n->st, add_line, all), 0);
	return all;
}

static void same(struct node *a, struct node *b)
{
	char *x = dump(a), *y = dump(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void rebuilt_is_same(struct node *n)
{
	char *before = dump(n), *after;

	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_rebuild(n->st), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
	after = dump(n);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* ---- the tests ---- */

static void only_the_ward_appoints(void **state)
{
	struct node ward, board;
	struct ld_person p;
	uint64_t seed = 1;

	(void)state;
	node_init(&ward, WARD);
	node_init(&board, BOARD);
	appoint(&board, &lan, LD_DUTY_AMBASSADOR, 28, false);
	person(&board, &lan, &p);
	assert_false(p.duty[LD_DUTY_AMBASSADOR].on);
	move(&board, &ward, &seed);
	person(&ward, &lan, &p);
	assert_false(p.duty[LD_DUTY_AMBASSADOR].on);
	appoint(&ward, &lan, LD_DUTY_AMBASSADOR, 28, false);
	appoint(&ward, &lan, LD_DUTY_HEAD, 14, false);
	move(&ward, &board, &seed);
	person(&board, &lan, &p);
	assert_true(p.duty[LD_DUTY_AMBASSADOR].on && p.duty[LD_DUTY_AMBASSADOR].has_pin);
	assert_int_equal(p.duty[LD_DUTY_AMBASSADOR].tdp, 28);
	assert_int_equal(p.duty[LD_DUTY_HEAD].tdp, 14);
	assert_string_equal(p.duty[LD_DUTY_HEAD].name, "Nguyễn Minh Quang");
	appoint(&ward, &lan, LD_DUTY_AMBASSADOR, 28, true);
	appoint(&ward, &lan, 77, 28, false);    /* a duty of a newer version */
	move(&ward, &board, &seed);
	person(&board, &lan, &p);
	assert_false(p.duty[LD_DUTY_AMBASSADOR].on);
	assert_true(p.duty[LD_DUTY_HEAD].on);
	same(&ward, &board);
	rebuilt_is_same(&board);
	node_end(&ward);
	node_end(&board);
}

static void counts(struct node *n, const struct ld_msisdn *by, unsigned all, unsigned agreed,
		   unsigned waiting)
{
	struct ld_invitation_counts c;
	struct ld_id p;

	ld_pseudonym_p(&p, &keys, by);
	assert_int_equal(ld_store_invitations(n->st, &p, n->clock.utc, &c), 0);
	assert_int_equal(c.all, all);
	assert_int_equal(c.agreed, agreed);
	assert_int_equal(c.waiting, waiting);
	assert_int_equal(c.since, 0);
	assert_int_equal(ld_store_invitations(n->st, &p, 0, &c), 0);
	assert_int_equal(c.since, all);
}

static void invitations_are_counted(void **state)
{
	struct node a;
	struct ld_person p;

	(void)state;
	node_init(&a, WARD);
	invite(&a, NULL, &minh, "VNEID");               /* she asked by herself */
	person(&a, &minh, &p);
	assert_int_equal(p.invitation_ms, 0);
	assert_int_equal(p.invited_tdp, 0);
	invite(&a, &lan, &minh, "CAOTUOI");
	invite(&a, &lan, &thu, "CAOTUOI");
	ld_clock_manual_advance(&a.clock, 5000);
	counts(&a, &lan, 2, 0, 2);
	counts(&a, &thu, 0, 0, 0);
	person(&a, &minh, &p);
	assert_true(p.invitation_ms > 0);
	assert_int_equal(p.invited_tdp, 28);
	assert_string_equal(p.invited_course, "CAOTUOI");
	consent(&a, &minh);
	ld_clock_manual_advance(&a.clock, 5000);
	counts(&a, &lan, 2, 1, 1);
	by_p(&a, &thu, LD_EV_REFUSED);
	ld_clock_manual_advance(&a.clock, 5000);
	counts(&a, &lan, 2, 1, 0);
	rebuilt_is_same(&a);
	node_end(&a);
}

static int64_t send(struct node *n, const struct ld_msisdn *m, int64_t now_ms)
{
	struct ld_out_row r = { .state = LD_OUT_SENT, .parts = 1, .created_ms = now_ms,
				.due_ms = now_ms, .changed_ms = now_ms };
	int64_t id;

	ld_pseudonym_p(&r.p, &keys, m);
	snprintf(r.to, sizeof(r.to), "+%s", m->digits);
	snprintf(r.what, sizeof(r.what), "AMB_INVITE");
	assert_int_equal(ld_store_out_add(n->st, &r, &id), 0);
	return id;
}

static int count_waiting(void *arg, const char *dest, unsigned tdp)
{
	assert_string_equal(dest, "+84900000003");
	assert_int_equal(tdp, 28);
	++*(unsigned *)arg;
	return 0;
}

/* Numbers of people who have not agreed stay no longer than other local traces of them. */
static void numbers_without_consent_go(void **state)
{
	const int64_t day = INT64_C(86400000);
	struct node a;
	struct ld_id by;
	uint64_t rows[LD_N_OUT_STATES];
	unsigned n = 0;
	int64_t now;

	(void)state;
	node_init(&a, WARD);
	ld_pseudonym_p(&by, &keys, &lan);
	invite(&a, &lan, &minh, "CAOTUOI");
	invite(&a, &lan, &thu, "CAOTUOI");
	consent(&a, &minh);
	now = a.clock.utc;
	send(&a, &minh, now);
	send(&a, &thu, now);
	assert_int_equal(ld_store_invited_waiting(a.st, &by, 10, count_waiting, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ld_store_purge(a.st, now + 6 * day), 0);
	assert_int_equal(ld_store_out_counts(a.st, rows), 0);
	assert_int_equal(rows[LD_OUT_SENT], 2);
	assert_int_equal(ld_store_purge(a.st, now + 8 * day), 0);
	assert_int_equal(ld_store_out_counts(a.st, rows), 0);
	assert_int_equal(rows[LD_OUT_SENT], 1);
	assert_int_equal(ld_store_invited_waiting(a.st, &by, 10, count_waiting, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(send(&a, &thu, now), 3);
	assert_int_equal(ld_store_purge(a.st, now + 100 * day), 0);
	assert_int_equal(send(&a, &thu, now), 4);       /* no number is given twice */
	node_end(&a);
}

struct group {
	unsigned n, active, completed, confirmed;
};

static int count_group(void *arg, const struct ld_group_row *r)
{
	struct group *g = arg;

	g->n++;
	g->active += r->active;
	g->completed += r->completed;
	g->confirmed += r->confirmed;
	return 0;
}

static struct group group_of(struct node *n, unsigned tdp)
{
	struct group g = { 0 };

	assert_int_equal(ld_store_group(n->st, tdp, count_group, &g), 0);
	return g;
}

static void confirmation_ends_with_the_learner(void **state)
{
	struct node a;
	struct ld_person p;

	(void)state;
	node_init(&a, WARD);
	consent(&a, &minh);
	live_in(&a, &minh, "14");
	live_in(&a, &minh, "28");
	consent(&a, &thu);
	live_in(&a, &thu, "28");
	attest(&a, &lan, &minh);
	attest(&a, &thu, &minh);                /* the first counts */
	person(&a, &minh, &p);
	assert_true(p.national);
	assert_int_equal(group_of(&a, 14).n, 0);
	assert_int_equal(group_of(&a, 28).n, 2);
	assert_int_equal(group_of(&a, 28).confirmed, 1);
	assert_int_equal(group_of(&a, 28).completed, 0);
	by_p(&a, &thu, LD_EV_OPTOUT);
	assert_int_equal(group_of(&a, 28).n, 1);
	by_p(&a, &minh, LD_EV_CLOSE);
	person(&a, &minh, &p);
	assert_false(p.national);
	assert_int_equal(group_of(&a, 28).n, 0);
	rebuilt_is_same(&a);
	node_end(&a);
}

static int note_call(void *arg, const struct ld_call *c)
{
	struct ld_call *to = arg;

	assert_int_equal(to->pin, 0);           /* one at a time */
	*to = *c;
	return 0;
}

static struct ld_call the_call(struct node *n)
{
	struct ld_call c;

	memset(&c, 0, sizeof(c));
	assert_int_equal(ld_store_calls(n->st, 10, note_call, &c), 0);
	return c;
}

static int todo(struct node *n, struct ld_call *ret)
{
	struct ld_board_id self;

	ld_board_id_of(&self, n->key.pk);
	return ld_store_calls_todo(n->st, &self, now_of(n), ret, 1);
}

/* The newest word counts; it is passed on once, by the board that can, while it holds. */
static void a_call_and_its_helper(void **state)
{
	struct ld_helper h[4];
	struct ld_call c;
	struct ld_person p;
	struct node a;

	(void)state;
	node_init(&a, WARD);
	consent(&a, &minh);
	live_in(&a, &minh, "28");
	person(&a, &minh, &p);
	assert_int_equal(ld_store_helpers(a.st, 28, &p.p, now_of(&a), h, 4), 0);
	appoint(&a, &lan, LD_DUTY_HEAD, 28, false);
	appoint(&a, &thu, LD_DUTY_AMBASSADOR, 14, false);
	assert_int_equal(ld_store_helpers(a.st, 28, &p.p, now_of(&a), h, 4), 0);
	appoint(&a, &lan, LD_DUTY_HELPER, 0, false);
	assert_int_equal(ld_store_helpers(a.st, 28, &p.p, now_of(&a), h, 4), 1);
	assert_int_equal(ld_store_helpers(a.st, 0, &p.p, now_of(&a), h, 4), 1);
	appoint(&a, &thu, LD_DUTY_AMBASSADOR, 28, false);
	assert_int_equal(ld_store_helpers(a.st, 28, &p.p, now_of(&a), h, 4), 2);
	assert_int_equal(ld_store_helpers(a.st, 28, &h[0].p, now_of(&a), h, 4), 1);
	by_p(&a, &thu, LD_EV_OPTOUT);
	assert_int_equal(ld_store_helpers(a.st, 28, &p.p, now_of(&a), h, 4), 1);

	assert_int_equal(ld_store_call_pin_free(a.st, &p.s, 472), 1);
	call(&a, &minh, 472, now_of(&a) + 60000, false);
	assert_int_equal(ld_store_call_pin_free(a.st, &p.s, 472), 0);
	assert_int_equal(the_call(&a).step, 0);
	assert_int_equal(the_call(&a).tdp, 28);
	helps(&a, &minh, 472, LD_HELPER_ALLOWED, &lan, now_of(&a) + 30000);
	person(&a, &minh, &p);
	assert_int_equal(p.helper.step, LD_HELPER_ALLOWED);
	assert_string_equal(p.helper.name, "Nguyễn Minh Quang");
	assert_int_equal(todo(&a, &c), 1);
	assert_int_equal(c.pin, 472);
	assert_int_equal(c.number[0], LD_HELPER_ALLOWED);
	assert_int_equal(ld_store_begin(a.st), 0);
	assert_int_equal(ld_store_call_told(a.st, &c, now_of(&a)), 0);
	assert_int_equal(ld_store_commit(a.st), 0);
	assert_int_equal(todo(&a, &c), 0);
	/* Told is local: it survives folding anew. */
	rebuilt_is_same(&a);
	assert_int_equal(todo(&a, &c), 0);
	helps(&a, &minh, 472, LD_HELPER_ALLOWED, &lan, now_of(&a) + 30000);
	assert_int_equal(todo(&a, &c), 1);
	ld_clock_manual_advance(&a.clock, 31000);
	assert_int_equal(todo(&a, &c), 0);      /* her time is over */
	appoint(&a, &lan, LD_DUTY_HELPER, 0, true);
	person(&a, &minh, &p);
	assert_string_equal(p.helper.name, "");
	answered(&a, &minh, 472);
	assert_int_equal(the_call(&a).pin, 0);
	/* Closed, the code is not given to her again, but to others. */
	assert_int_equal(ld_store_call_pin_free(a.st, &p.s, 472), 0);
	person(&a, &thu, &p);
	assert_int_equal(ld_store_call_pin_free(a.st, &p.s, 472), 1);
	node_end(&a);
}

/* Asked, answered, median, late, overdue: counted from the log, withdrawn ones apart. */
static void times_of_help(void **state)
{
	struct ld_help_times t;
	struct node a;
	int64_t due;

	(void)state;
	node_init(&a, WARD);
	consent(&a, &lan);
	consent(&a, &minh);
	consent(&a, &thu);
	call(&a, &lan, 401, now_of(&a) + 100000, false);
	ld_clock_manual_advance(&a.clock, 9000);
	answered(&a, &lan, 401);                /* 10 s */
	call(&a, &lan, 402, now_of(&a) + 10000, false);
	ld_clock_manual_advance(&a.clock, 19000);
	helps(&a, &lan, 402, LD_HELPER_DONE, &thu, now_of(&a) + 90000);         /* 20 s: late */
	ld_clock_manual_advance(&a.clock, 50000);
	answered(&a, &lan, 402);                /* the helper's word, confirmed */
	call(&a, &minh, 403, now_of(&a) + 5000, false);
	due = now_of(&a) + 500000;
	call(&a, &thu, 404, due, false);
	call(&a, &thu, 404, due, true);
	ld_clock_manual_advance(&a.clock, 60000);
	assert_int_equal(ld_store_help_times(a.st, 0, now_of(&a), &t), 0);
	assert_int_equal(t.asked, 3);
	assert_int_equal(t.withdrawn, 1);
	assert_int_equal(t.answered, 2);
	assert_int_equal(t.median_ms, 15000);
	assert_int_equal(t.late, 2);
	assert_int_equal(t.overdue, 1);
	assert_int_equal(ld_store_help_times(a.st, now_of(&a) + 1, now_of(&a), &t), 0);
	assert_int_equal(t.asked, 0);
	node_end(&a);
}

struct looks {
	unsigned n, named;
};

static int count_look(void *arg, const struct ld_audit_row *r)
{
	struct looks *k = arg;

	k->n++;
	k->named += !ld_id_is_zero(&r->s);
	assert_string_equal(r->name, "Nguyễn Minh Quang");
	return 0;
}

/* Who looked stays; about whom goes with her, also when the look is heard of later. */
static void looks_outlive_who_was_seen(void **state)
{
	struct looks k = { 0 };
	struct node a, b;
	uint64_t seed = 1;

	(void)state;
	node_init(&a, WARD);
	node_init(&b, BOARD);
	appoint(&a, &lan, LD_DUTY_HELPER, 28, false);
	consent(&a, &minh);
	move(&a, &b, &seed);
	saw(&a, &lan, &minh);
	saw(&b, &lan, &minh);
	assert_int_equal(ld_store_audit(a.st, 0, 10, count_look, &k), 0);
	assert_int_equal(k.named, 1);
	by_p(&a, &minh, LD_EV_CLOSE);
	move(&b, &a, &seed);
	memset(&k, 0, sizeof(k));
	assert_int_equal(ld_store_audit(a.st, 0, 10, count_look, &k), 0);
	assert_int_equal(k.n, 2);
	assert_int_equal(k.named, 0);
	rebuilt_is_same(&a);
	node_end(&a);
	node_end(&b);
}

static int last_notice(void *arg, const struct ld_notice *n)
{
	*(struct ld_notice *)arg = *n;
	return 0;
}

/* A notice counts while its author is head of that group. */
static void a_notice_ends_with_the_duty(void **state)
{
	struct ld_notice n = { 0 };
	struct node a;

	(void)state;
	node_init(&a, WARD);
	notice(&a, &lan, 7012, false);
	assert_int_equal(ld_store_notices(a.st, 0, last_notice, &n), 0);
	assert_int_equal(n.id, 7012);
	assert_true(n.ended);
	appoint(&a, &lan, LD_DUTY_HEAD, 14, false);
	assert_int_equal(ld_store_notices(a.st, 0, last_notice, &n), 0);
	assert_true(n.ended);
	appoint(&a, &lan, LD_DUTY_HEAD, 28, false);
	assert_int_equal(ld_store_notices(a.st, 0, last_notice, &n), 0);
	assert_false(n.ended);
	notice(&a, &lan, 7012, true);
	assert_int_equal(ld_store_notices(a.st, 0, last_notice, &n), 0);
	assert_true(n.ended);
	rebuilt_is_same(&a);
	node_end(&a);
}

static int count_figure(void *arg, const struct ld_figure_row *r)
{
	(void)r;
	++*(unsigned *)arg;
	return 0;
}

/* What one board may write must not break what the ward reckons of all. */
static void absurd_numbers_are_left_out(void **state)
{
	static const struct { int64_t day, parts; } spent[] = {
		{ 20000, INT64_MAX }, { 20001, INT64_MAX }, { INT64_MAX, 1 }, { -1, 1 }, { 20002, 3 },
	};
	static const struct { int64_t id, at_ms; } notices[] = {
		{ 7001, INT64_MAX }, { 7002, INT64_MIN }, { INT64_MIN, 0 }, { INT64_MAX, 0 },
	};
	struct ld_notice last = { 0 };
	unsigned months = 0;
	struct node a;

	(void)state;
	node_init(&a, WARD);
	for (size_t i = 0; i < LD_ARRAY_SIZE(spent); i++)
		append(&a, &(struct ld_fact){ .kind = LD_EV_SPENT,
					      .u.spent = { spent[i].day, spent[i].parts } });
	assert_int_equal(ld_store_figure(a.st, LD_FIG_SPENT, 420, count_figure, &months), 0);
	assert_int_equal(months, 1);
	for (size_t i = 0; i < LD_ARRAY_SIZE(notices); i++)
		append(&a, &(struct ld_fact){ .kind = LD_EV_NOTICE, .subject = { "head" }, .u.notice = {
			.id = notices[i].id, .tdp = 28, .message = "REMIND_MEET",
			.at_ms = notices[i].at_ms } });
	assert_int_equal(ld_store_notices(a.st, 0, last_notice, &last), 0);
	assert_int_equal(last.id, 0);
	rebuilt_is_same(&a);
	node_end(&a);
}

/* Something that one of three boards writes of three people. */
static void something(struct node n[3], const struct ld_msisdn people[3], uint64_t *seed)
{
	struct node *x = &n[seed_below(seed, 3)];
	const struct ld_msisdn *m = &people[seed_below(seed, 3)], *by = &people[seed_below(seed, 3)];
	unsigned pin = 400 + (unsigned)seed_below(seed, 3);

	switch (seed_below(seed, 12)) {
	case 6: call(x, m, pin, now_of(x) + 5000, seed_below(seed, 4) == 0); break;
	case 7: helps(x, m, pin, 1 + (unsigned)seed_below(seed, 8), by, now_of(x) + 9000); break;
	case 8: answered(x, m, pin); break;
	case 9: saw(x, by, m); break;
	case 10: notice(x, m, 7000 + pin, seed_below(seed, 2)); break;
	case 11:
		if (seed_below(seed, 3) == 0)
			by_p(x, m, LD_EV_CLOSE);
		break;
	case 0: appoint(x, m, LD_DUTY_AMBASSADOR, 28, seed_below(seed, 2)); break;
	case 1: invite(x, by, m, seed_below(seed, 2) ? "VNEID" : "DVC"); break;
	case 2: invite(x, NULL, m, "VNEID"); break;
	case 3: consent(x, m); break;
	case 4: attest(x, by, m); break;
	default: by_p(x, m, LD_EV_REFUSED);
	}
}

/* Three boards write at once; whatever order the events come in, all end up alike. Each round has
 * people of its own. */
static void any_order_is_the_same(void **state)
{
	uint64_t seed = seed_start();
	struct node n[3];

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		node_init(&n[i], (uint8_t)(WARD + i));
	for (unsigned round = 0; round < 20; round++) {
		struct ld_msisdn people[3];

		for (unsigned i = 0; i < 3; i++)
			snprintf(people[i].digits, sizeof(people[i].digits), "8490001%04u",
				 3 * round + i);
		for (unsigned step = 0; step < 24; step++)
			something(n, people, &seed);
		for (unsigned twice = 0; twice < 2; twice++)
			for (unsigned i = 0; i < 3; i++)
				for (unsigned j = 0; j < 3; j++)
					if (i != j)
						move(&n[i], &n[j], &seed);
		same(&n[0], &n[1]);
		same(&n[0], &n[2]);
		rebuilt_is_same(&n[2]);
	}
	for (unsigned i = 0; i < 3; i++)
		node_end(&n[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_ward_appoints),
		cmocka_unit_test(invitations_are_counted),
		cmocka_unit_test(numbers_without_consent_go),
		cmocka_unit_test(confirmation_ends_with_the_learner),
		cmocka_unit_test(a_call_and_its_helper),
		cmocka_unit_test(times_of_help),
		cmocka_unit_test(looks_outlive_who_was_seen),
		cmocka_unit_test(a_notice_ends_with_the_duty),
		cmocka_unit_test(absurd_numbers_are_left_out),
		cmocka_unit_test(any_order_is_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the projections say of people, boards and the ward. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* The learner that a new consent would open: past every closed one. */
static int next_learner(struct ld_store *st, const struct ld_ward_keys *keys, struct ld_person *x)
{
	memset(&x->epoch, 0, sizeof(x->epoch));
	for (;;) {
		int rc;

		ld_pseudonym_s(&x->s, keys, &x->msisdn, x->slot, &x->epoch);
		rc = db_first(st->db, Q_CLOSED_GET, "b", ID(&x->s));
		if (rc <= 0)
			return rc;
		rc = db_fixed(st->db, Q_CLOSED_GET, 0, x->epoch.b, sizeof(x->epoch.b));
		db_done(st->db, Q_CLOSED_GET);
		if (rc < 0)
			return rc;
	}
}

/* 1: she is there, 0: nobody is. */
static int open_learner(struct ld_store *st, struct ld_person *x)
{
	int rc = db_first(st->db, Q_PERSON_OPEN, "bi", ID(&x->p), (int64_t)x->slot);

	if (rc <= 0)
		return rc;
	x->consented = true;
	rc = db_fixed(st->db, Q_PERSON_OPEN, 0, x->s.b, sizeof(x->s.b));
	if (rc == 0)
		rc = db_fixed(st->db, Q_PERSON_OPEN, 1, x->epoch.b, sizeof(x->epoch.b));
	x->consent_ms = ld_hlc_ms(db_int(st->db, Q_PERSON_OPEN, 2));
	db_done(st->db, Q_PERSON_OPEN);
	return rc < 0 ? rc : 1;
}

static int load_learner(struct ld_store *st, const struct ld_ward_keys *keys, struct ld_person *x)
{
	int rc = open_learner(st, x);

	return rc > 0 ? 0 : rc < 0 ? rc : next_learner(st, keys, x);
}

static int add_dot(struct ld_store *st, struct ld_dots *d, int64_t no, int64_t seq)
{
	if (d->n == LD_DOTS_MAX)
		return 0;
	d->dot[d->n].seq = (uint64_t)seq;
	return log_stream_of(st, no, &d->dot[d->n++].stream);
}

static int load_optouts(struct ld_store *st, struct ld_person *x)
{
	int rc = db_query(st->db, Q_OPTOUT_LIVE, "b", ID(&x->p));

	while (rc == 0 && (rc = db_next(st->db, Q_OPTOUT_LIVE)) == 1)
		rc = add_dot(st, &x->optouts, db_int(st->db, Q_OPTOUT_LIVE, 0),
			     db_int(st->db, Q_OPTOUT_LIVE, 1));
	db_done(st->db, Q_OPTOUT_LIVE);
	return rc;
}

static int load_invited(struct ld_store *st, struct ld_person *x)
{
	int rc = db_first(st->db, Q_INVITED_GET, "b", ID(&x->p));

	if (rc == 1) {
		x->refused = db_int(st->db, Q_INVITED_GET, 2) > db_int(st->db, Q_INVITED_GET, 0);
		copy_text(x->invited_course, sizeof(x->invited_course),
			  db_text(st->db, Q_INVITED_GET, 1));
		db_done(st->db, Q_INVITED_GET);
	}
	return rc < 0 ? rc : 0;
}

/* Of live writes that nobody compared the one that counts: trusted before untrusted, then the newest,
 * then the smaller name. */
static bool reg_wins(ld_hlc hlc, const struct ld_dot *d, ld_hlc old_hlc, const struct ld_dot *old)
{
	int by_board = memcmp(d->stream.board.b, old->stream.board.b, sizeof(old->stream.board.b));

	if (ld_hlc_trusted(hlc) != ld_hlc_trusted(old_hlc))
		return ld_hlc_trusted(hlc);
	if (hlc != old_hlc)
		return hlc > old_hlc;
	if (d->stream.cls != old->stream.cls)
		return d->stream.cls < old->stream.cls;
	if (by_board != 0)
		return by_board < 0;
	if (d->stream.incarnation != old->stream.incarnation)
		return (int64_t)d->stream.incarnation < (int64_t)old->stream.incarnation;
	return d->seq < old->seq;
}

/* The winner's dot stands first. Columns of the current row: see Q_REG_EACH. */
static int load_register(struct ld_store *st, struct ld_dots *live, char *value, size_t size,
			 ld_hlc *hlc)
{
	const enum stmt q = Q_REG_EACH;
	ld_hlc its = db_int(st->db, q, 4);
	struct ld_dot d = { .seq = (uint64_t)db_int(st->db, q, 2) };
	int rc = log_stream_of(st, db_int(st->db, q, 1), &d.stream);

	if (rc < 0)
		return rc;
	if (live->n == 0 || reg_wins(its, &d, *hlc, &live->dot[0])) {
		copy_text(value, size, db_text(st->db, q, 3));
		*hlc = its;
		if (live->n > 0) {
			struct ld_dot second = live->dot[0];

			live->dot[0] = d;
			d = second;
		}
	}
	if (live->n < LD_DOTS_MAX)
		live->dot[live->n++] = d;
	return 0;
}

static int load_registers(struct ld_store *st, struct ld_person *x)
{
	ld_hlc hlc[LD_N_REGS_] = { 0 };
	int rc = db_query(st->db, Q_REG_EACH, "b", ID(&x->s));

	while (rc == 0 && (rc = db_next(st->db, Q_REG_EACH)) == 1) {
		int64_t reg = db_int(st->db, Q_REG_EACH, 0);

		rc = reg <= 0 || reg >= LD_N_REGS_ ? 0 :
		     load_register(st, &x->reg[reg].live, x->reg[reg].value,
				   sizeof(x->reg[reg].value), &hlc[reg]);
	}
	db_done(st->db, Q_REG_EACH);
	return rc;
}

static int load_progress(struct ld_store *st, struct ld_person *x)
{
	const enum stmt q = Q_PROGRESS_EACH;
	int rc = db_query(st->db, q, "b", ID(&x->s));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_progress *g = &x->course[x->n_courses];

		rc = 0;
		if (x->n_courses == LD_PERSON_COURSES)
			continue;
		x->n_courses++;
		copy_text(g->course, sizeof(g->course), db_text(st->db, q, 0));
		g->enrolled = db_int(st->db, q, 1) != 0;
		g->answered = (uint64_t)db_int(st->db, q, 2);
		g->right = (uint64_t)db_int(st->db, q, 3);
		g->last = db_int(st->db, q, 4);
		g->completed = db_int(st->db, q, 5) != 0;
	}
	db_done(st->db, q);
	return rc;
}

static int load_help(struct ld_store *st, struct ld_person *x)
{
	int rc;

	if (!x->consented)
		return stranger_load(st, x);
	rc = db_first(st->db, Q_HELP_GET, "b", ID(&x->s));
	if (rc == 1) {
		x->help_pin = (uint16_t)db_int(st->db, Q_HELP_GET, 0);
		x->help_due_ms = db_int(st->db, Q_HELP_GET, 1);
		db_done(st->db, Q_HELP_GET);
		rc = calls_load(st, x);
	}
	rc = rc < 0 ? rc : db_first(st->db, Q_NUMBER_GET, "b", ID(&x->s));
	if (rc == 1) {
		x->number_known = true;
		db_done(st->db, Q_NUMBER_GET);
	}
	return rc < 0 ? rc : 0;
}

static int (*const loads[])(struct ld_store *, struct ld_person *) = {
	load_optouts, load_invited, load_registers, load_progress, load_help,
	roles_load, rights_load, same_load,
};

static int load_rest(struct ld_store *st, struct ld_person *x)
{
	int rc = 0;

	for (unsigned i = 0; i < LD_ARRAY_SIZE(loads) && rc == 0; i++)
		rc = loads[i](st, x);
	return rc;
}

int ld_store_learner(struct ld_store *st, const struct ld_id *p, uint8_t slot,
		     struct ld_person *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->p = *p;
	ret->slot = slot;
	rc = open_learner(st, ret);
	return rc <= 0 ? rc : load_rest(st, ret);
}

int ld_store_opted_out(struct ld_store *st, const struct ld_id *p)
{
	int rc = db_first(st->db, Q_OPTOUT_LIVE, "b", ID(p));

	if (rc == 1)
		db_done(st->db, Q_OPTOUT_LIVE);
	return rc;
}

int ld_store_person(struct ld_store *st, const struct ld_ward_keys *keys, const struct ld_msisdn *m,
		    uint8_t slot, struct ld_person *ret)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->msisdn = *m;
	ret->slot = slot;
	if (m->digits[0] == '\0')
		return 0;
	ld_pseudonym_p(&ret->p, keys, m);
	rc = load_learner(st, keys, ret);
	return rc < 0 ? rc : load_rest(st, ret);
}

/* ---- boards ---- */

int ld_store_member(struct ld_store *st, const struct ld_board_id *id, struct ld_member *ret)
{
	int rc = db_first(st->db, Q_MEMBER_GET, "b", ID(id));

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	ret->board = *id;
	rc = db_fixed(st->db, Q_MEMBER_GET, 0, ret->pk, sizeof(ret->pk));
	copy_text(ret->name, sizeof(ret->name), db_text(st->db, Q_MEMBER_GET, 1));
	db_done(st->db, Q_MEMBER_GET);
	return rc;
}

int ld_store_members(struct ld_store *st, int (*cb)(void *arg, const struct ld_member *), void *arg)
{
	const enum stmt q = Q_MEMBER_EACH;
	struct ld_member m;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = db_fixed(st->db, q, 0, m.board.b, sizeof(m.board.b));
		if (rc == 0)
			rc = db_fixed(st->db, q, 1, m.pk, sizeof(m.pk));
		copy_text(m.name, sizeof(m.name), db_text(st->db, q, 2));
		if (rc == 0)
			rc = cb(arg, &m);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_attested(struct ld_store *st, const struct ld_id *s, unsigned what)
{
	int rc = db_first(st->db, Q_ATTEST_GET, "bi", ID(s), (int64_t)what);

	if (rc == 1)
		db_done(st->db, Q_ATTEST_GET);
	return rc;
}

/* ---- report ---- */

int ld_store_report(struct ld_store *st, const char *core, unsigned n_core,
		    int (*cb)(void *arg, const struct ld_report_row *), void *arg)
{
	/* Nobody has completed -1 courses. */
	int rc = db_query(st->db, Q_REPORT, "si", core, n_core ? (int64_t)n_core : (int64_t)-1);

	while (rc == 0 && (rc = db_next(st->db, Q_REPORT)) == 1) {
		struct ld_report_row r = {
			.tdp = (unsigned)db_int(st->db, Q_REPORT, 0),
			.invited = (uint64_t)db_int(st->db, Q_REPORT, 1),
			.consented = (uint64_t)db_int(st->db, Q_REPORT, 2),
			.enrolled = (uint64_t)db_int(st->db, Q_REPORT, 3),
			.active = (uint64_t)db_int(st->db, Q_REPORT, 4),
			.completed = (uint64_t)db_int(st->db, Q_REPORT, 5),
			.confirmed = (uint64_t)db_int(st->db, Q_REPORT, 6),
			.attested = (uint64_t)db_int(st->db, Q_REPORT, 7),
			.merged = (uint64_t)db_int(st->db, Q_REPORT, 8),
			.core = (uint64_t)db_int(st->db, Q_REPORT, 9),
		};

		rc = cb(arg, &r);
	}
	db_done(st->db, Q_REPORT);
	return rc;
}

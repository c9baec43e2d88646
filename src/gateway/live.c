/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/gateway/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_MAX = 8 };       /* remembered; an older one would be tried again */

/* The edition that is in use, or was refused. */
struct mark {
	int64_t number;
	uint8_t hash[32];
};

struct ld_live {
	struct ld_live_cfg cfg;
	struct ld_worker *worker;
	struct ld_live_status s;
	struct mark in_use, refused[REFUSED_MAX];
	unsigned n_refused;
	bool looking, again;
	uint64_t looked;                /* ld_worker_version() then */
};

static bool is(const struct mark *m, const struct ld_edition *e)
{
	return m->number == e->number && memcmp(m->hash, e->hash, sizeof(m->hash)) == 0;
}

/* ---- looking: on the work thread, or before there is one ---- */

struct look {
	struct ld_job job;
	struct ld_live *live;
	struct mark in_use, refused[REFUSED_MAX];
	int64_t below;                  /* only editions before this one; 0: any */
	int64_t now_ms;
	bool trusted;
	struct ld_store *st;
	/* found */
	struct mark mark;               /* number 0: nothing that is better */
	struct ld_pack pack;
	int wrong;                      /* of its pieces */
	int64_t next, next_ms, coming;
	unsigned pieces, missing;
};

static int look_due(struct look *k, const struct ld_edition *e)
{
	struct ld_pack pack;
	int rc = ld_store_edition_pack(k->st, e, &pack);

	if (rc < 0 && rc != LD_E_FORGED && rc != LD_E_TOOBIG)
		return rc;
	if (rc == 0 && pack.n < e->n) {
		if (!k->coming) {
			k->coming = e->number;
			k->pieces = e->n;
			k->missing = e->n - pack.n;
		}
		ld_pack_release(&pack);
		return 0;
	}
	k->wrong = rc;
	k->pack = pack;
	k->mark.number = e->number;
	memcpy(k->mark.hash, e->hash, sizeof(k->mark.hash));
	return 1;
}

/* The newest first, down to the one in use. */
static int look_at(void *arg, const struct ld_edition *e)
{
	struct look *k = arg;
	int rc;

	if (is(&k->in_use, e) || e->number < k->in_use.number)
		return 1;
	for (unsigned i = 0; i < REFUSED_MAX; i++)
		if (is(&k->refused[i], e))
			return 0;
	rc = ld_store_edition_due(k->st, e, k->now_ms, k->trusted);
	if (rc > 0)
		return look_due(k, e);
	/* Of several that wait the soonest, of equals the newest. */
	if (rc == 0 && (k->next == 0 || e->at_ms < k->next_ms)) {
		k->next = e->number;
		k->next_ms = e->at_ms;
	}
	return rc;
}

static int look_run(struct ld_job *job, struct ld_store *st)
{
	struct look *k = (struct look *)job;
	int rc;

	ld_pack_release(&k->pack);      /* of a run that was rolled back */
	k->st = st;
	k->mark.number = k->next = k->next_ms = k->coming = 0;
	rc = ld_store_editions(st, k->below ? k->below - 1 : 0, look_at, k);
	return rc < 0 ? rc : 0;
}

static void look_init(struct look *k, struct ld_live *l)
{
	memset(k, 0, sizeof(*k));
	k->live = l;
	k->in_use = l->in_use;
	memcpy(k->refused, l->refused, sizeof(k->refused));
	k->now_ms = ld_clock_utc_ms(l->cfg.clock, &k->trusted);
}

/* ---- compiling: on the I/O thread ---- */

struct first_error {
	ld_finding_cb cb;
	void *arg;
	char text[440];
};

static void on_finding(void *arg, const struct ld_finding *f)
{
	struct first_error *e = arg;

	if (f->error && !e->text[0])
		snprintf(e->text, sizeof(e->text), "%s:%d: %s", f->file, f->line, f->message);
	if (e->cb)
		e->cb(e->arg, f);
}

static int check(struct ld_live *l, struct first_error *e, int rc, struct ld_content **c)
{
	if (rc == 0 && l->cfg.check && l->cfg.check(*c, on_finding, e) > 0) {
		ld_content_free(*c);
		rc = LD_E_SYNTAX;
	}
	return rc;
}

static struct ld_content_options options_now(const struct ld_live *l)
{
	struct ld_content_options opt = l->cfg.opt;

	opt.now_ms = ld_clock_utc_ms(l->cfg.clock, NULL);
	return opt;
}

static int from_pack(struct ld_live *l, const struct look *k, struct first_error *e,
		     struct ld_content **ret)
{
	struct ld_content_options opt = options_now(l);
	struct ld_folder folder = { 0 };
	char name[40];
	int rc = k->wrong < 0 ? k->wrong : ld_unpack(&k->pack, &folder);

	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "edition-%lld", (long long)k->mark.number);
	rc = check(l, e, ld_content_compile(&folder, name, &opt, on_finding, e, ret), ret);
	ld_folder_release(&folder);
	return rc;
}

static int from_folder(struct ld_live *l, struct first_error *e, struct ld_content **ret)
{
	struct ld_content_options opt = options_now(l);

	return check(l, e, ld_content_load(l->cfg.dir, &opt, on_finding, e, ret), ret);
}

static void used(struct ld_live *l, const struct mark *m, unsigned screens, unsigned courses)
{
	char line[160];

	l->in_use = *m;
	l->s.number = m->number;
	l->s.screens = screens;
	l->s.courses = courses;
	if (l->s.refused <= m->number)
		l->s.refused = 0;
	snprintf(line, sizeof(line), "edition %lld is now in use: %u screens, %u courses",
		 (long long)m->number, screens, courses);
	if (m->number)
		l->cfg.note(l->cfg.note_arg, line);
}

static void refuse(struct ld_live *l, const struct mark *m, const struct first_error *e, int rc)
{
	char line[512];

	snprintf(line, sizeof(line), "%s", e->text[0] ? e->text : ld_strerror(rc));
	l->refused[l->n_refused++ % REFUSED_MAX] = *m;
	if (l->s.refused < m->number) {
		l->s.refused = m->number;
		snprintf(l->s.why, sizeof(l->s.why), "%.255s", line);
	}
	snprintf(line, sizeof(line), "edition %lld cannot be used, what is in use stays: %.400s",
		 (long long)m->number, e->text[0] ? e->text : ld_strerror(rc));
	l->cfg.note(l->cfg.note_arg, line);
}

static void seen(struct ld_live *l, const struct look *k)
{
	l->s.next = k->next;
	l->s.next_ms = k->next_ms;
	l->s.coming = k->coming;
	l->s.pieces = k->pieces;
	l->s.missing = k->missing;
}

/* ---- while it runs ---- */

static void take(struct ld_live *l, const struct look *k)
{
	struct first_error e = { .cb = l->cfg.found, .arg = l->cfg.note_arg };
	struct ld_content *c = NULL;
	unsigned screens = 0, courses = 0;
	int rc = from_pack(l, k, &e, &c);

	if (rc < 0) {
		refuse(l, &k->mark, &e, rc);
		return;
	}
	screens = c->n_screens;
	courses = c->n_courses;
	/* Busy: it is found again at the next look. */
	if (l->cfg.use(l->cfg.use_arg, c) < 0)
		ld_content_free(c);
	else
		used(l, &k->mark, screens, courses);
}

static void look_done(struct ld_job *job, int rc)
{
	struct look *k = (struct look *)job;
	struct ld_live *l = k->live;

	l->looking = false;
	if (rc == 0) {
		seen(l, k);
		if (k->mark.number) {
			l->again = true;        /* refused, or not the newest */
			take(l, k);
		}
	}
	ld_pack_release(&k->pack);
	free(k);
}

void ld_live_tick(struct ld_live *l)
{
	int64_t now_ms = ld_clock_utc_ms(l->cfg.clock, NULL);
	struct look *k;

	if (!l->worker || l->looking || (!l->again && l->looked == ld_worker_version(l->worker) &&
	    (l->s.next == 0 || now_ms < l->s.next_ms)))
		return;
	k = malloc(sizeof(*k));
	if (!k)
		return;
	look_init(k, l);
	k->job = (struct ld_job){ .run = look_run, .done = look_done };
	l->looked = ld_worker_version(l->worker);
	l->looking = ld_worker_submit(l->worker, LD_LANE_LONG, &k->job) == 0;
	l->again = !l->looking;
	if (!l->looking)
		free(k);
}

int ld_live_reload(struct ld_live *l, ld_finding_cb cb, void *arg, unsigned *ret_screens,
		   unsigned *ret_courses)
{
	struct first_error e = { .cb = cb, .arg = arg };
	struct ld_content *c;
	int rc;

	if (l->in_use.number)
		return LD_E_DENIED;
	rc = from_folder(l, &e, &c);
	if (rc < 0)
		return rc;
	*ret_screens = l->s.screens = c->n_screens;
	*ret_courses = l->s.courses = c->n_courses;
	rc = l->cfg.use(l->cfg.use_arg, c);
	if (rc < 0)
		ld_content_free(c);
	return rc;
}

/* ---- taking its place ---- */

struct swap {
	struct ld_job job;
	struct ld_content *(*put)(void *arg, struct ld_content *next);
	void *arg;
	bool swapped;                   /* also when the batch is run again */
	struct ld_content *next, *old;
};

static int swap_run(struct ld_job *job, struct ld_store *st)
{
	struct swap *s = (struct swap *)job;

	(void)st;
	if (!s->swapped)
		s->old = s->put(s->arg, s->next);
	s->swapped = true;
	return 0;
}

static void swap_done(struct ld_job *job, int rc)
{
	struct swap *s = (struct swap *)job;

	(void)rc;
	ld_content_free(s->old);
	free(s);
}

int ld_live_swap(struct ld_worker *w, struct ld_content *next,
		 struct ld_content *(*put)(void *arg, struct ld_content *next), void *arg)
{
	struct swap *s = w ? calloc(1, sizeof(*s)) : NULL;
	int rc = LD_E_BUSY;

	if (s) {
		*s = (struct swap){ .job = { .run = swap_run, .done = swap_done }, .put = put,
				    .arg = arg, .next = next };
		rc = ld_worker_submit(w, LD_LANE_LIVE, &s->job);
	}
	if (rc < 0)
		free(s);
	return rc;
}

/* ---- life ---- */

/* The newest edition that can be used, if there is one; 1, 0. */
static int first_edition(struct ld_live *l, struct ld_store *st, struct ld_content **ret)
{
	struct look *k = malloc(sizeof(*k));
	int rc = k ? 0 : LD_E_NOMEM;

	for (int64_t below = 0; rc == 0; below = k->mark.number) {
		struct first_error e = { .cb = l->cfg.found, .arg = l->cfg.note_arg };

		look_init(k, l);
		k->below = below;
		rc = look_run(&k->job, st);
		if (rc < 0 || k->mark.number == 0)
			break;
		if (below == 0)
			seen(l, k);
		rc = from_pack(l, k, &e, ret);
		ld_pack_release(&k->pack);
		if (rc == 0) {
			used(l, &k->mark, (*ret)->n_screens, (*ret)->n_courses);
			rc = 1;
		} else {
			refuse(l, &k->mark, &e, rc);
			rc = 0;
		}
	}
	free(k);
	return rc;
}

int ld_live_open(struct ld_live **ret, const struct ld_live_cfg *cfg, struct ld_store *st,
		 struct ld_content **ret_first)
{
	struct ld_live *l = calloc(1, sizeof(*l));
	struct first_error e = { .cb = cfg->found, .arg = cfg->note_arg };
	int rc;

	*ret_first = NULL;
	*ret = l;
	if (!l)
		return LD_E_NOMEM;
	l->cfg = *cfg;
	rc = first_edition(l, st, ret_first);
	if (rc == 0) {
		rc = from_folder(l, &e, ret_first);
		if (rc == 0) {
			l->s.screens = (*ret_first)->n_screens;
			l->s.courses = (*ret_first)->n_courses;
		}
	}
	return rc < 0 ? rc : 0;
}

void ld_live_worker(struct ld_live *l, struct ld_worker *w)
{
	l->worker = w;
	l->again = true;
}

void ld_live_free(struct ld_live *l)
{
	free(l);
}

void ld_live_status(const struct ld_live *l, struct ld_live_status *ret)
{
	*ret = l->s;
}

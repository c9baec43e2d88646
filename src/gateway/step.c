/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The work thread's half of a step. May run twice when its batch is rolled back. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

/* Her place among four, so that two busy numbers do not make each other forgotten. */
static struct guard *guard_of(struct ld_gateway *gw, const struct ld_id *p, int64_t hour)
{
	struct guard *set, *oldest;
	unsigned at;

	memcpy(&at, p->b, sizeof(at));
	set = oldest = &gw->guard[at % (GUARD_SLOTS / GUARD_WAYS) * GUARD_WAYS];
	for (unsigned i = 0; i < GUARD_WAYS; i++) {
		if (ld_id_eq(&set[i].p, p) && set[i].hour == hour)
			return &set[i];
		if (set[i].hour < oldest->hour || (set[i].hour == oldest->hour &&
						   set[i].n < oldest->n))
			oldest = &set[i];
	}
	*oldest = (struct guard){ .p = *p, .hour = hour };
	return oldest;
}

/* The same long text over and over is a machine's: nobody types that three times an hour. Short
 * ones are answers and commands. */
static bool ping_pong(struct guard *g, const char *text)
{
	struct ld_id h;

	if (strlen(text) < PING_PONG_LEN)
		return false;
	ld_hash(h.b, sizeof(h.b), NULL, 0, (struct ld_span[]){ { text, strlen(text) } }, 1);
	g->same = ld_id_eq(&g->text, &h) ? g->same + 1 : 1;
	g->text = h;
	return g->same >= PING_PONG_TIMES;
}

static void count_it(struct step *s, const struct ld_id *p, int64_t now_ms)
{
	struct guard *g = guard_of(s->gw, p, now_ms / 3600000);

	/* Once, however often a full disk makes it run. */
	if (!s->counted)
		s->robot = ++g->n > s->gw->cfg.replies_per_hour ||
			   (s->in.what == LD_IN_TEXT && ping_pong(g, s->in.text));
	s->counted = true;
}

/* A stop, an erasure, a rest: they hold however often she has written. */
static bool takes_back(const struct ld_outcome *o)
{
	for (unsigned i = 0; i < o->n_facts; i++) {
		const struct ld_fact *f = &o->facts[i];

		if (f->kind == LD_EV_OPTOUT || f->kind == LD_EV_REFUSED || f->kind == LD_EV_CLOSE ||
		    (f->kind == LD_EV_SET && f->u.set.reg == LD_REG_REST && f->u.set.value[0]))
			return true;
	}
	return false;
}

static int append_number(struct step *s, struct ld_store *st, struct ld_person *person)
{
	struct ld_fact f = { .kind = LD_EV_NUMBER, .subject = person->s };
	size_t len = strlen(s->msisdn.digits);
	int rc;

	ld_board_id_of(&f.u.number.home, s->gw->cfg.board->pk);
	f.u.number.len = (uint8_t)(len + LD_SEAL_EXTRA);
	ld_assert(f.u.number.len <= sizeof(f.u.number.for_ward));
	rc = ld_seal_both(s->gw->to_both, (uint8_t *const[]){ f.u.number.for_ward, f.u.number.for_home },
			  (const uint8_t *const[]){ s->gw->cfg.keys->ward_pk, s->gw->cfg.board->pk },
			  s->msisdn.digits, len);
	person->number_known = true;
	return rc < 0 ? rc : ld_store_append(st, &f, NULL);
}

/* Before consent nothing about her leaves this board, nor stays for long. */
static int stranger_call(struct step *s, struct ld_store *st, const struct ld_id *p,
			 const struct ld_fact *f, int64_t now_ms)
{
	uint8_t box[sizeof(s->msisdn.digits) + LD_SEAL_EXTRA];
	size_t len = strlen(s->msisdn.digits);
	struct ld_stranger_call c = { .p = *p, .asked_ms = now_ms, .due_ms = f->u.help.due_ms,
				      .pin = f->u.help.withdrawn ? 0 : f->u.help.pin,
				      .number = box, .number_len = len + LD_SEAL_EXTRA };
	int rc = ld_seal(box, s->gw->cfg.board->pk, s->msisdn.digits, len);

	return rc < 0 ? rc : ld_store_stranger_call(st, &c);
}

static int append_facts(struct step *s, struct ld_store *st, struct ld_person *person,
			int64_t now_ms)
{
	int rc = 0;

	for (unsigned i = 0; i < s->out_come.n_facts && rc >= 0; i++) {
		struct ld_fact f = s->out_come.facts[i];

		if (person->slot == 0 && (f.kind == LD_EV_INVITED || f.kind == LD_EV_REFUSED))
			continue;       /* of the simulated handset: nobody was invited */
		if (f.kind == LD_EV_HELP && !person->consented) {
			rc = stranger_call(s, st, &person->p, &f, now_ms);
			continue;
		}
		if (!(s->out_come.foreign >> i & 1))
			f.subject = ld_kind_info(f.kind)->subject == 'P' ? person->p : person->s;
		rc = help_seal(s->gw, st, &s->msisdn, &f);
		if (rc == 0)
			rc = ld_store_append(st, &f, NULL);
		if (rc == LD_E_DENIED) {
			rc = 0;         /* closed by a fact before it */
			continue;
		}
		if (rc == 0 && (f.kind == LD_EV_OPTOUT || f.kind == LD_EV_CLOSE))
			rc = ld_store_out_cancel(st, &f.subject, now_ms);
		if (rc == 0 && f.kind == LD_EV_SET && f.u.set.reg == LD_REG_REST && f.u.set.value[0])
			s->rested |= (rc = ld_store_out_rest(st, &person->p, now_ms)) > 0;
		/* Erased under another number of hers, too: so is the dialogue there. */
		if (rc >= 0 && f.kind == LD_EV_CLOSE && !ld_id_eq(&f.subject, &person->p))
			rc = ld_store_session_put(st, &f.subject, NULL, 0, now_ms);
		if (rc >= 0 && f.kind == LD_EV_CONSENT && !person->number_known)
			rc = append_number(s, st, person);
	}
	return rc < 0 ? rc : 0;
}

/* What she did may change what is due to her. */
static int touch_due(struct step *s, struct ld_store *st, const struct ld_person *person,
		     int64_t now_ms)
{
	bool consent = false, wish = false, answer = false;
	int rc = 0;

	for (unsigned i = 0; i < s->out_come.n_facts; i++) {
		uint16_t kind = s->out_come.facts[i].kind;

		consent |= kind == LD_EV_CONSENT;
		wish |= kind == LD_EV_CONSENT || kind == LD_EV_ENROL || kind == LD_EV_SET;
		answer |= kind == LD_EV_ANSWER;
	}
	if (consent)
		rc = ld_store_due_add(st, &person->s, now_ms + LD_SCHED_PAUSE_MS, now_ms);
	if (rc == 0 && wish)
		rc = ld_store_due_touch(st, &person->s, now_ms + LD_SCHED_PAUSE_MS, now_ms);
	/* Nearly always the next look is nearer already, and nothing is written. */
	else if (rc == 0 && answer)
		rc = ld_store_due_touch(st, &person->s, now_ms + 3 * LD_SCHED_DAY_MS, 0);
	return rc;
}

/* Why her answer goes by s->out. */
static int here(const struct step *s)
{
	return s->simulated ? LD_CHOSEN_HANDSET : s->out == s->from ? LD_CHOSEN_HEARD :
	       s->in.budget.live ? LD_CHOSEN_UNKNOWN : LD_CHOSEN_STANDIN;
}

static int add_rows(struct step *s, struct ld_store *st, const struct ld_id *p, int64_t now_ms)
{
	int rc = 0;

	s->n_rows = 0;
	for (unsigned i = 0; i < s->out_come.n_sends && rc == 0; i++) {
		const struct ld_session_send *m = &s->out_come.sends[i];
		struct ld_outbox_lane lane;
		struct ld_outbox_now now;
		struct ld_out_row r = { .p = *p, .created_ms = now_ms, .due_ms = now_ms,
					.changed_ms = now_ms };
		bool other = m->to.digits[0] != '\0';

		s->row_now[i] = false;
		s->n_rows = i + 1;
		rc = other ? others_row(s->gw, st, m, &r) : 1;
		if (rc <= 0)
			continue;
		row_fill(&r, m, other ? m->to.digits : s->msisdn.digits);
		snprintf(r.channel, sizeof(r.channel), "%s", s->out ? s->out->ch->name : "");
		rc = other ? route_of(s->gw, st, &m->to, &r.p, r.channel) : 0;
		r.chosen = (uint8_t)(rc > 0 ? rc : other ? LD_CHOSEN_UNKNOWN : here(s));
		if (rc >= 0 && i == 0 && s->reserved && !other) {
			lane = (struct ld_outbox_lane){ .limits = s->out->lane.limits };
			memcpy(lane.channel, r.channel, sizeof(lane.channel));
			rc = dispatch_now(s->gw, st, &now);
			if (rc == 0)
				rc = ld_outbox_admit(st, &lane, &now, r.prio, r.parts);
		}
		if (rc < 0)
			break;
		rc = rc > 0 && !other;
		r.state = rc ? LD_OUT_INTENT : LD_OUT_QUEUED;
		r.tries = r.state == LD_OUT_INTENT;
		s->row_now[i] = r.state == LD_OUT_INTENT;
		s->row_parts[i] = r.parts;
		s->woke |= !s->row_now[i] && (other || r.channel[0] == '\0');
		rc = ld_outbox_add(st, &r, &s->row_id[i]);
	}
	return rc;
}

static struct stranger *stranger_of(struct step *s)
{
	struct ld_gateway *gw = s->gw;

	for (unsigned i = 0; i < STRANGERS_MAX; i++)
		if (gw->stranger[i].from == s->from && gw->stranger[i].session == s->in.session)
			return &gw->stranger[i];
	return NULL;
}

/* The oldest makes room: at worst she finds herself at the start page. */
static void keep_stranger(struct step *s, const uint8_t *blob, size_t len)
{
	struct stranger *x = stranger_of(s);

	if (!x)
		x = &s->gw->stranger[s->gw->next_stranger++ % STRANGERS_MAX];
	x->from = s->out_come.reply.end ? NULL : s->from;
	x->session = s->in.session;
	x->len = len;
	memcpy(x->blob, blob, len);
}

void gateway_env(const struct ld_gateway *gw, int64_t now_ms, struct ld_session_env *ret)
{
	ld_content_today(gw->content, now_ms);
	*ret = (struct ld_session_env){
		.content = gw->content, .keys = gw->cfg.keys, .random = gw->cfg.random,
		.now_ms = now_ms, .utc_offset_min = gw->cfg.utc_offset_min,
		.lessons_per_day = gw->cfg.lessons_per_day,
	};
	ld_clock_utc_ms(gw->cfg.clock, &ret->time_trusted);
}

/* Nobody we know: nothing can be stored about her, nothing sent to her. */
static int converse_with_stranger(struct step *s, const struct ld_person *person, int64_t now_ms)
{
	const struct stranger *x = s->begun ? NULL : stranger_of(s);
	uint8_t after[LD_SESSION_BLOB_MAX];
	struct ld_session_env env;
	size_t len = 0;

	if (x)
		s->before = *x;
	s->begun = true;
	gateway_env(s->gw, now_ms, &env);
	env.content = tree_of(s);
	ld_session_step(&env, person, s->before.blob, s->before.len, &s->in, &s->out_come, after,
			&len);
	s->out_come.n_facts = s->out_come.n_sends = 0;
	keep_stranger(s, after, len);
	s->job.lazy = true;
	return 0;
}

static int converse(struct step *s, struct ld_store *st, const struct ld_id *p, int64_t now_ms)
{
	struct ld_person who, *person = &who;
	uint8_t before[LD_SESSION_BLOB_MAX], after[LD_SESSION_BLOB_MAX];
	struct ld_session_env env;
	struct others others;
	size_t len = 0;
	int had = ld_store_session_get(st, p, before, sizeof(before));
	int rc;

	if (had < 0 && had != LD_E_TOOBIG)
		return had;
	rc = household_person(s, st, before, had > 0 ? (size_t)had : 0, now_ms, person);
	if (rc < 0)
		return rc;
	gateway_env(s->gw, now_ms, &env);
	env.content = tree_of(s);
	env.paused = ld_store_paused(st) > 0;
	others_init(&others, s, st);
	env.others = &others.see;
	ld_session_step(&env, person, before, had > 0 ? (size_t)had : 0, &s->in, &s->out_come,
			after, &len);
	if (s->robot && !takes_back(&s->out_come)) {
		s->verdict = STEP_LOOP;
		return 0;
	}
	rc = append_facts(s, st, person, now_ms);
	if (rc == 0 && s->out_come.name[0])
		rc = household_name(s->gw, st, &person->s, s->out_come.name);
	if (rc == 0)
		rc = touch_due(s, st, person, now_ms);
	if (rc == 0)
		rc = add_rows(s, st, &person->p, now_ms);
	if (rc == 0 && s->rested)
		len = ld_session_unsent(after, len);
	if (rc == 0 && s->out_come.guessed)
		rc = ld_store_guess(st, &person->p, s->out_come.guessed, s->out_come.guessed_day);
	if (rc == 0 && (len != 0 || had > 0))
		rc = ld_store_session_put(st, &person->p, after, len, now_ms);
	if (rc == 0 && !s->in.budget.live && !s->simulated)
		rc = route_heard(s->gw, st, s->from, &person->p, s->in.smsc, now_ms);
	if (rc == 0 && s->out_come.farewell.text[0])
		rc = farewell_add(s, st, person);
	if (rc == 0 && s->out_come.wake.what)
		rc = wake(s, st, &s->out_come.wake, now_ms);
	s->job.lazy = s->in.budget.live && s->out_come.n_facts == 0 && s->out_come.n_sends == 0 &&
		      !s->out_come.farewell.text[0] && !s->out_come.guessed;
	return rc;
}

int step_run(struct ld_job *job, struct ld_store *st)
{
	struct step *s = (struct step *)job;
	struct ld_person nobody;
	struct ld_id p;
	int64_t now_ms = ld_clock_utc_ms(s->gw->cfg.clock, NULL);
	int rc;

	s->verdict = STEP_DONE;
	s->n_rows = 0;
	s->woke = s->rested = false;
	if (s->in.dedupe[0]) {
		rc = ld_store_seen(st, s->from->ch->name, s->in.dedupe, now_ms);
		if (rc != 0) {
			s->verdict = STEP_DUPLICATE;
			return rc < 0 ? rc : 0;
		}
	}
	if (s->addr != LD_ADDR_MOBILE && s->in.from[0]) {
		s->verdict = STEP_IGNORED;
		return 0;
	}
	if (s->msisdn.digits[0] == '\0') {
		memset(&nobody, 0, sizeof(nobody));
		return converse_with_stranger(s, &nobody, now_ms);
	}
	ld_pseudonym_p(&p, s->gw->cfg.keys, &s->msisdn);
	if (!s->in.budget.live)
		count_it(s, &p, now_ms);
	return converse(s, st, &p, now_ms);
}

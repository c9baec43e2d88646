/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is stored of me? Her home board answers: when somebody of the ward has looked at the request,
 * or by itself a day before the promise ends, in the daytime. The answer and that it was given are
 * one transaction. Work thread. */
#include <stdio.h>
#include <string.h>

#include "impl.h"
#include "laido/schedule/campaign.h"

enum { TODO_MAX = 16, LEFT_MAX = 256 };

struct todo {
	int64_t before_ms;
	struct ld_board_id self;
	unsigned skip, n;
	struct ld_ledger_row row[TODO_MAX];
	uint8_t box[TODO_MAX][64];
};

static int note(void *arg, const struct ld_ledger_row *r)
{
	struct todo *t = arg;
	struct ld_ledger_row *to = &t->row[t->n];

	if (r->what != LD_LEDGER_DATA || r->due_ms > t->before_ms || t->n == TODO_MAX ||
	    memcmp(&r->home, &t->self, sizeof(t->self)) != 0 || r->for_home_len > sizeof(t->box[0]))
		return 0;
	if (t->skip) {
		t->skip--;
		return 0;
	}
	*to = *r;
	memcpy(t->box[t->n], r->for_home, r->for_home_len);
	to->for_home = t->box[t->n++];
	return 0;
}

/* "VNEID, LUADAO" and "7, 3": courses, and right answers in each. */
static void courses(const struct ld_person *who, char *keys, char *scores, size_t size)
{
	size_t k = 0, n = 0;

	keys[0] = scores[0] = '\0';
	for (unsigned i = 0; i < who->n_courses; i++) {
		const struct ld_progress *g = &who->course[i];
		const char *comma = k ? ", " : "";

		if (!g->enrolled || k + sizeof(g->course) + 2 > size || n + 8 > size)
			continue;
		k += (size_t)snprintf(keys + k, size - k, "%s%s", comma, g->course);
		n += (size_t)snprintf(scores + n, size - n, "%s%d", comma,
				      __builtin_popcountll(g->right));
	}
	if (k == 0) {
		snprintf(keys, size, "chưa có");
		snprintf(scores, size, "0");
	}
}

static void fill(const struct ld_gateway *gw, const struct ld_person *who, struct ld_out_row *r)
{
	const char *d = who->msisdn.digits, *tdp = who->reg[LD_REG_TDP].value;
	int lang = ld_content_lang(gw->content, who->reg[LD_REG_LANG].value);
	int64_t day = (who->consent_ms + gw->cfg.utc_offset_min * INT64_C(60000)) / LD_SCHED_DAY_MS;
	char keys[128], scores[64], values[LD_VALUES_MAX];
	struct ld_measure size;

	courses(who, keys, scores, sizeof(scores));
	/* 84912345678 as people write it. */
	snprintf(values, sizeof(values), "phone=0%.3s %.3s %s\ntdp=%s\ncourse=%s\nscore=%s\n",
		 d + 2, d + 5, strlen(d) > 8 ? d + 8 : "", tdp[0] ? tdp : "chưa có", keys, scores);
	r->alphabet = ld_campaign_text(ld_content_message(gw->content, "DATA_REPLY",
							  lang > 0 ? (unsigned)lang : LD_LANG_VI),
				       values, who, day, r->text, sizeof(r->text));
	ld_text_measure(r->text, &size);
	r->parts = (uint8_t)size.parts;
	snprintf(r->to, sizeof(r->to), "+%s", d);
}

/* Her who asked, at her number; LD_E_UNKNOWN: not any more. */
static int learner(const struct ld_gateway *gw, struct ld_store *st, const struct ld_ledger_row *row,
		   struct ld_person *ret)
{
	struct ld_msisdn m;
	bool known = senders_number(gw, row->for_home, row->for_home_len, &m) && strlen(m.digits) > 5;
	int rc = known ? 0 : LD_E_UNKNOWN;

	for (uint8_t slot = 0; rc == 0 && slot <= LD_SLOTS_MAX; slot++) {
		rc = ld_store_person(st, gw->cfg.keys, &m, slot, ret);
		if (rc == 0 && ld_id_eq(&ret->s, &row->s))
			return 0;
	}
	return rc < 0 ? rc : LD_E_UNKNOWN;
}

int ld_gateway_tell_data(struct ld_gateway *gw, struct ld_store *st, const struct ld_ledger_row *row)
{
	struct ld_fact f = { .kind = LD_EV_REQUEST, .subject = row->s };
	int64_t now = ld_clock_utc_ms(gw->cfg.clock, NULL), id;
	int64_t quiet = ld_schedule_quiet_until(&gw->schedule, now);
	struct ld_out_row r = { .state = LD_OUT_QUEUED, .prio = LD_PRIO_HELP, .created_ms = now,
				.changed_ms = now, .due_ms = quiet ? quiet : now,
				.what = "DATA_REPLY" };
	struct ld_person who;
	int rc = learner(gw, st, row, &who);

	/* Who has opted out since she asked is told by a person, not by a text. */
	if (rc == 0 && who.optouts.n)
		return 0;
	if (rc == 0)
		rc = route_of(gw, st, &who.msisdn, &who.p, r.channel);
	if (rc <= 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	r.p = who.p;
	r.chosen = (uint8_t)rc;
	fill(gw, &who, &r);
	f.u.request.due_ms = row->due_ms;
	f.u.request.channel = LD_CHAN_SMS;
	f.u.request.answered = true;
	rc = ld_outbox_add(st, &r, &id);
	if (rc == 0)
		rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int mydata_run(struct ld_gateway *gw, struct ld_store *st)
{
	bool trusted;
	int64_t now = ld_clock_utc_ms(gw->cfg.clock, &trusted);
	struct todo t = { .before_ms = now + LD_SCHED_DAY_MS };
	unsigned left = 0;      /* that cannot be answered by a text: they stay, and are no bar */
	int rc = 0;

	if (!trusted || ld_schedule_quiet_until(&gw->schedule, now))
		return 0;
	ld_board_id_of(&t.self, gw->cfg.board->pk);
	do {
		t.n = 0;
		t.skip = left;
		rc = ld_store_ledger(st, now, note, &t);
		for (unsigned i = 0; i < t.n && rc >= 0; i++) {
			rc = ld_gateway_tell_data(gw, st, &t.row[i]);
			left += rc == 0;
		}
	} while (rc >= 0 && t.n == TODO_MAX && left < LEFT_MAX);
	return rc < 0 ? rc : 0;
}

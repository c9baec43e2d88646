/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last message to somebody who wanted to be erased: when every board has done it. Her number is
 * known by nobody any more but by the row that this message waits in. Work thread. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

int farewell_add(struct step *s, struct ld_store *st, const struct ld_person *who)
{
	const struct ld_session_send *m = &s->out_come.farewell, *shared = &s->out_come.farewell_shared;
	size_t len = strlen(s->msisdn.digits);
	struct ld_farewell f = { .s = who->s, .p = who->p, .due_ms = s->out_come.farewell_due_ms,
				 .number_len = len + LD_SEAL_EXTRA };
	int rc = ld_seal(f.number, s->gw->cfg.board->pk, s->msisdn.digits, len);

	snprintf(f.text, sizeof(f.text), "%s", m->text);
	snprintf(f.shared, sizeof(f.shared), "%s", shared->text);
	f.alphabet = m->alphabet == LD_GSM7 ? shared->alphabet : m->alphabet;
	return rc < 0 ? rc : ld_store_farewell_add(st, &f);
}

/* 1: it is queued, 0: no channel carries such numbers now. */
static int queue(struct ld_gateway *gw, struct ld_store *st, const struct ld_farewell *f,
		 int64_t due_ms)
{
	struct ld_session_send m = { .prio = LD_PRIO_HELP, .alphabet = f->alphabet };
	struct ld_out_row r = { .p = f->p, .state = LD_OUT_QUEUED, .due_ms = due_ms };
	struct ld_msisdn number;
	int64_t id;
	int rc = senders_number(gw, f->number, f->number_len, &number) ?
		route_of(gw, st, &number, &f->p, r.channel) : 0;

	if (rc <= 0)
		return rc;
	r.chosen = (uint8_t)rc;
	snprintf(m.what, sizeof(m.what), "%s", f->others ? "ERASE_SHARED" : "ERASE_DONE");
	snprintf(m.text, sizeof(m.text), "%s", f->others ? f->shared : f->text);
	row_fill(&r, &m, number.digits);
	r.created_ms = r.changed_ms = ld_clock_utc_ms(gw->cfg.clock, NULL);
	rc = ld_outbox_add(st, &r, &id);
	return rc < 0 ? rc : 1;
}

/* She did not ask for it to come in the night. */
int farewell_run(struct ld_gateway *gw, struct ld_store *st)
{
	bool trusted;
	int64_t now = ld_clock_utc_ms(gw->cfg.clock, &trusted);
	int64_t quiet = ld_schedule_quiet_until(&gw->schedule, now);
	struct ld_farewell f;
	int rc = ld_store_erased_tell(st);

	while (rc >= 0 && trusted && (rc = ld_store_farewell_ready(st, &f)) == 0) {
		rc = queue(gw, st, &f, quiet ? quiet : now);
		if (rc <= 0)
			return rc;
		rc = ld_store_farewell_drop(st, &f.s);
	}
	return rc == LD_E_UNKNOWN || rc > 0 ? 0 : rc;
}

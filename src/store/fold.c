/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From events to projections. Every fold is commutative and idempotent over the events of the
 * log: whatever order they arrive in, the rows end up the same. */
#include <string.h>

#include "store_impl.h"

#include "laido/wire/pack.h"

enum { NOTICE_ID_MAX = 999999, SPENT_MAX = 1000000 };

#define TIME_MAX_MS INT64_C(4102444800000)      /* 2100-01-01 */

struct fold {
	struct ld_store *st;
	const struct ld_event *e;       /* header; body only when it came from a peer */
	int64_t no;                     /* its stream here */
	const struct ld_fact *f;
};

#define ID(x) (x)->b, sizeof((x)->b)

int fold_closed(struct ld_store *st, const struct ld_id *s)
{
	int rc = db_first(st->db, Q_CLOSED_GET, "b", ID(s));

	if (rc == 1)
		db_done(st->db, Q_CLOSED_GET);
	return rc;
}

void fold_event_id(struct ld_id *ret, const struct ld_event *e)
{
	ld_hash(ret->b, sizeof(ret->b), "laido event 1", 13,
		(struct ld_span[]){ { e->stream.board.b, sizeof(e->stream.board.b) },
				    { &e->stream.incarnation, sizeof(e->stream.incarnation) },
				    { &e->stream.cls, 1 }, { &e->seq, sizeof(e->seq) } }, 4);
}

static bool by_ward(const struct fold *x)
{
	return ward_rank(x->st, &x->e->stream.board) >= 0;
}

/* Of the ward's commands it is told which stream follows which: homes.c. */
static int fold_open(const struct fold *x)
{
	if (!by_ward(x) || x->e->stream.cls != LD_CLASS_COMMAND)
		return 0;
	return db_run(x->st->db, Q_OPENING_ADD, "iii", (int64_t)x->e->stream.incarnation,
		      (int64_t)x->f->u.open.prev_incarnation, (int64_t)x->f->u.open.prev_seq);
}

static int fold_member(const struct fold *x)
{
	return by_ward(x) ? ward_member_fold(x->st, x->e, x->f) : 0;
}

/* The root's word counts whoever carries it. */
static int fold_warrant(const struct fold *x)
{
	return ward_warrant_fold(x->st, x->e, x->f);
}

static int fold_revoke(const struct fold *x)
{
	return by_ward(x) ? revoke_fold(x->st, x->e, x->f) : 0;
}

/* Nor does her number go to anybody else. One that a later consent names holds no more. */
static int fold_optout(const struct fold *x)
{
	int rc = db_run(x->st->db, Q_OPTOUT_ADD, "bii", ID(&x->e->subject), x->no,
			(int64_t)x->e->seq);

	if (rc == 0 && !x->st->rebuilding)
		rc = ld_store_opted_out(x->st, &x->e->subject);
	return rc > 0 ? db_run(x->st->db, Q_OUT_ABOUT_STOP, "b", ID(&x->e->subject)) : rc;
}

/* ---- closing ---- */

static int fold_close(const struct fold *x)
{
	static const enum stmt drops[] = { Q_PERSON_DROP, Q_NUMBER_DROP, Q_OPTIN_DROP,
					   Q_REG_DROP_ALL, Q_PROGRESS_DROP,
					   Q_DUE_DROP, Q_REMINDED_DROP, Q_HELP_DROP, Q_ATTEST_DROP,
					   Q_TICKET_DROP, Q_GUARDIAN_DROP, Q_NAME_DROP,
					   Q_FEEDBACK_DROP, Q_REQUEST_DROP, Q_HELP_STEP_DROP,
					   Q_HELP_CALL_DROP, Q_HELPER_DROP,
					   Q_HELP_TOLD_DROP, Q_AUDIT_CLOSE,
					   Q_SAME_DROP, Q_COUNTERSIGN_DROP,
					   Q_MOVED_DROP, Q_RELEASED_DROP };
	const struct ld_id *s = &x->f->u.close.s;
	struct ld_id id;
	int rc;

	if (ld_id_is_zero(s))
		return 0;
	fold_event_id(&id, x->e);
	rc = db_run(x->st->db, Q_CLOSED_ADD, "bbbii", ID(s), ID(&id), ID(&x->e->subject),
		    (int64_t)x->f->u.close.slot, (int64_t)x->f->u.close.why);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(drops) && rc == 0; i++)
		rc = db_run(x->st->db, drops[i], "b", ID(s));
	if (rc == 0 && !x->st->rebuilding)
		rc = db_run(x->st->db, Q_OUT_ABOUT_DROP, "b", ID(s));
	return rc < 0 ? rc : hollow_all(x->st, s);
}

/* A board speaks for itself alone. */
static int fold_erased(const struct fold *x)
{
	return db_run(x->st->db, Q_ERASED_ADD, "bb", ID(&x->f->u.erased.s),
		      x->e->stream.board.b, sizeof(x->e->stream.board.b));
}

/* ---- consent ---- */

/* Who was asked by an ambassador or an operator, not by her own message. */
static int fold_invitation(const struct fold *x)
{
	if (ld_id_is_zero(&x->f->u.invited.by) && x->f->u.invited.channel != LD_CHAN_OPERATOR)
		return 0;
	return db_run(x->st->db, Q_INVITATION_SET, "bbisi", ID(&x->e->subject),
		      ID(&x->f->u.invited.by), x->e->hlc, x->f->u.invited.course,
		      (int64_t)x->f->u.invited.tdp);
}

static int fold_invited(const struct fold *x)
{
	int rc = fold_invitation(x);

	return rc < 0 ? rc : db_run(x->st->db, Q_INVITED_SET, "bis", ID(&x->e->subject), x->e->hlc,
		      x->f->u.invited.course);
}

/* Who gives duties could give herself all: only the ward may. */
static int fold_role(const struct fold *x)
{
	if (!by_ward(x) || x->f->u.role.duty < 1 || x->f->u.role.duty >= LD_N_DUTIES)
		return 0;
	return db_run(x->st->db, Q_ROLE_SET, "biiiisbbb", ID(&x->e->subject),
		      (int64_t)x->f->u.role.duty, x->e->hlc, (int64_t)x->f->u.role.tdp,
		      (int64_t)x->f->u.role.off, x->f->u.role.name, x->f->u.role.salt,
		      sizeof(x->f->u.role.salt), x->f->u.role.pin, sizeof(x->f->u.role.pin),
		      x->f->u.role.number, sizeof(x->f->u.role.number));
}

static int fold_attest(const struct fold *x)
{
	return db_run(x->st->db, Q_ATTEST_SET, "biibi", ID(&x->e->subject),
		      (int64_t)x->f->u.attest.what, x->e->hlc, ID(&x->f->u.attest.by),
		      x->f->u.attest.day);
}

/* The row of the other one follows from the event that is about her: each goes with its learner. */
static int fold_same(const struct fold *x)
{
	if (ld_id_eq(&x->f->u.same.other, &x->e->subject))
		return 0;
	return db_run(x->st->db, Q_SAME_SET, "bbi", ID(&x->e->subject), ID(&x->f->u.same.other),
		      x->f->u.same.here ? x->e->hlc : (int64_t)0);
}

static int fold_refused(const struct fold *x)
{
	return db_run(x->st->db, Q_REFUSED_SET, "bi", ID(&x->e->subject), x->e->hlc);
}

/* Of two consents the one that counts: trusted before untrusted, then the earlier, then the
 * smaller name. */
static int consent_wins(const struct fold *x, ld_hlc old_hlc, int64_t old_no, int64_t old_seq)
{
	struct ld_stream old;
	int rc;

	if (ld_hlc_trusted(x->e->hlc) != ld_hlc_trusted(old_hlc))
		return ld_hlc_trusted(x->e->hlc);
	if (x->e->hlc != old_hlc)
		return x->e->hlc < old_hlc;
	rc = log_stream_of(x->st, old_no, &old);
	if (rc < 0)
		return rc;
	rc = memcmp(x->e->stream.board.b, old.board.b, sizeof(old.board.b));
	if (rc != 0)
		return rc < 0;
	if (x->e->stream.incarnation != old.incarnation)
		return x->e->stream.incarnation < old.incarnation;
	return (int64_t)x->e->seq < old_seq;
}

static int opt_in(const struct fold *x, const struct ld_dot *d)
{
	int64_t no;
	int rc = log_stream_no(x->st, &d->stream, &no);

	return rc < 0 ? rc : db_run(x->st->db, Q_OPTIN_ADD, "bbii", ID(&x->e->subject),
				    ID(&x->f->u.consent.p), no, (int64_t)d->seq);
}

static int fold_consent(const struct fold *x)
{
	int wins = 1;
	int rc = db_first(x->st->db, Q_PERSON_GET, "b", ID(&x->e->subject));

	if (rc == 1) {
		ld_hlc hlc = db_int(x->st->db, Q_PERSON_GET, 0);
		int64_t no = db_int(x->st->db, Q_PERSON_GET, 1);
		int64_t seq = db_int(x->st->db, Q_PERSON_GET, 2);

		db_done(x->st->db, Q_PERSON_GET);
		rc = wins = consent_wins(x, hlc, no, seq);
	}
	if (rc >= 0 && wins)
		rc = db_run(x->st->db, Q_PERSON_SET, "bbibiiiiis", ID(&x->e->subject),
			    ID(&x->f->u.consent.p), (int64_t)x->f->u.consent.slot,
			    ID(&x->f->u.consent.epoch), x->e->hlc, x->no, (int64_t)x->e->seq,
			    (int64_t)x->f->u.consent.text_version,
			    (int64_t)x->f->u.consent.channel, x->f->u.consent.raw);
	for (unsigned i = 0; i < x->f->u.consent.over.n && rc >= 0; i++)
		rc = opt_in(x, &x->f->u.consent.over.dot[i]);
	return rc < 0 ? rc : 0;
}

static int fold_number(const struct fold *x)
{
	size_t n = x->f->u.number.len;

	return db_run(x->st->db, Q_NUMBER_SET, "bibbbi", ID(&x->e->subject), x->e->hlc,
		      ID(&x->f->u.number.home), x->f->u.number.for_ward, n,
		      x->f->u.number.for_home, n, (int64_t)0);
}

/* ---- homes (ADR 0013) ---- */

/* Of a clock that may be wrong it says nothing. */
static int fold_heartbeat(const struct fold *x)
{
	int64_t issued = x->f->u.heartbeat.issued_ms;

	if (!by_ward(x) || !ld_hlc_trusted(x->e->hlc) || issued <= 0 || issued > TIME_MAX_MS)
		return 0;
	return db_run(x->st->db, Q_HEARTBEAT_ADD, "iii", (int64_t)x->e->stream.incarnation,
		      (int64_t)x->e->seq, issued);
}

static int fold_olds(const struct fold *x)
{
	const struct ld_octets *olds = &x->f->u.home.olds;
	const size_t len = sizeof(struct ld_board_id);
	int rc = 0;

	for (size_t at = 0; at + len <= olds->len && at < LD_OLDS_MAX * len && rc == 0; at += len)
		rc = db_run(x->st->db, Q_MOVED_SET, "bbi", ID(&x->e->subject), olds->p + at, len,
			    x->e->hlc);
	return rc;
}

/* Only the ward's; its time is reckoned with, so its clock must have been trusted. */
static int fold_home(const struct fold *x)
{
	const struct ld_octets *ward = &x->f->u.home.for_ward, *home = &x->f->u.home.for_home;
	const struct ld_octets *name = &x->f->u.home.name_ward, *its = &x->f->u.home.name_home;
	const size_t name_len = sizeof(x->f->u.name.for_ward);
	int rc;

	if (!by_ward(x) || !ld_hlc_trusted(x->e->hlc) || ward->len == 0 ||
	    ward->len > sizeof(x->f->u.number.for_ward) || home->len != ward->len)
		return 0;
	x->st->homes++;
	rc = db_run(x->st->db, Q_NUMBER_SET, "bibbbi", ID(&x->e->subject), x->e->hlc,
		    ID(&x->f->u.home.home), ward->p, (size_t)ward->len, home->p, (size_t)home->len,
		    (int64_t)1);
	if (rc == 0)
		rc = fold_olds(x);
	if (rc == 0 && name->len == name_len && its->len == name_len)
		rc = db_run(x->st->db, Q_NAME_SET, "bibbb", ID(&x->e->subject), x->e->hlc,
			    ID(&x->f->u.home.home), name->p, name_len, its->p, name_len);
	return rc;
}

/* A board speaks for itself alone. Its clock may be wrong: it is believed within the days that are
 * waited for it at most. */
static int fold_release(const struct fold *x)
{
	const int64_t from = ld_hlc_ms(x->f->u.release.move), to = from + LD_HOME_WAIT_MS;
	int64_t at = ld_hlc_ms(x->e->hlc);

	if (x->f->u.release.move <= 0 || x->f->u.release.sent_ms < 0 ||
	    x->f->u.release.first_ms < 0)
		return 0;
	at = at < from ? from : at > to ? to : at;
	x->st->homes++;
	return db_run(x->st->db, Q_RELEASED_SET, "bbiiiisii", ID(&x->e->subject),
		      ID(&x->e->stream.board), x->f->u.release.move, at, x->f->u.release.sent_ms,
		      x->f->u.release.first_ms, x->f->u.release.course,
		      (int64_t)x->f->u.release.lesson, (int64_t)x->f->u.release.idle);
}

/* ---- learning ---- */

static int fold_enrol(const struct fold *x)
{
	return db_run(x->st->db, Q_ENROL_SET, "bsi", ID(&x->e->subject), x->f->u.enrol.course,
		      x->e->hlc);
}

static int fold_answer(const struct fold *x)
{
	unsigned n = x->f->u.answer.lesson;
	int64_t ms = ld_hlc_ms(x->e->hlc);
	struct ld_answer a = { .lesson = (uint8_t)n, .right = x->f->u.answer.right,
			       .at_ms = ms < 0 ? 0 : ms };
	uint8_t history[HISTORY_MAX];
	int64_t bit;
	int rc;

	if (n < 1 || n > LD_ANSWER_LESSONS)
		return 0;
	rc = history_with(x->st, &x->e->subject, x->f->u.answer.course, &a, history);
	bit = (int64_t)1 << (n - 1);
	return rc < 0 ? rc : db_run(x->st->db, Q_ANSWER_SET, "bsiiiib", ID(&x->e->subject),
				    x->f->u.answer.course, bit, a.right ? bit : (int64_t)0,
				    x->e->hlc, a.right ? (int64_t)0 : bit, history, (size_t)rc);
}

static int fold_complete(const struct fold *x)
{
	return db_run(x->st->db, Q_COMPLETE_SET, "bsii", ID(&x->e->subject),
		      x->f->u.complete.course, x->e->hlc, (int64_t)x->f->u.complete.score);
}

static int fold_countersign(const struct fold *x)
{
	return !by_ward(x) ? 0 : db_run(x->st->db, Q_COUNTERSIGN_SET, "bsi", ID(&x->e->subject),
					x->f->u.countersign.course, x->e->hlc);
}

static int fold_help(const struct fold *x)
{
	bool withdrawn = x->f->u.help.withdrawn;
	int rc = db_run(x->st->db, Q_HELP_SET, "biiiisi", ID(&x->e->subject), x->e->hlc,
			(int64_t)x->f->u.help.pin, x->f->u.help.due_ms, (int64_t)withdrawn,
			x->f->u.help.text, (int64_t)x->f->u.help.visit);

	return rc < 0 ? rc : db_run(x->st->db, Q_HELP_CALL_SET, "biiii", ID(&x->e->subject),
				    (int64_t)x->f->u.help.pin, x->f->u.help.due_ms,
				    withdrawn ? (int64_t)0 : x->e->hlc, (int64_t)withdrawn);
}

static int fold_helper(const struct fold *x)
{
	return db_run(x->st->db, Q_HELPER_SET, "biiibibb", ID(&x->e->subject),
		      (int64_t)x->f->u.helper.pin, x->e->hlc, (int64_t)x->f->u.helper.step,
		      ID(&x->f->u.helper.p), x->f->u.helper.until_ms, ID(&x->f->u.helper.board),
		      x->f->u.helper.number, sizeof(x->f->u.helper.number));
}

/* Whoever was erased is named by no audit any more, whichever came first. */
static int fold_audit(const struct fold *x)
{
	static const struct ld_id nobody;
	const struct ld_id *about = &x->f->u.audit.s;
	int rc = fold_closed(x->st, about);

	return rc < 0 ? rc : db_run(x->st->db, Q_AUDIT_ADD, "iiibibii", x->no, (int64_t)x->e->seq,
				    x->e->hlc, ID(&x->e->subject), (int64_t)x->f->u.audit.what,
				    ID(rc ? &nobody : about), (int64_t)x->f->u.audit.tdp,
				    (int64_t)x->f->u.audit.n);
}

/* Any board may bring one: it counts while its author is head of that group (NOTICE_EACH). What can be
 * no notice of anybody must not reach what reckons with dates. */
static int fold_notice(const struct fold *x)
{
	if (x->f->u.notice.id < 1 || x->f->u.notice.id > NOTICE_ID_MAX ||
	    x->f->u.notice.at_ms < 0 || x->f->u.notice.at_ms > TIME_MAX_MS)
		return 0;
	if (x->f->u.notice.off)
		return db_run(x->st->db, Q_NOTICE_END, "bii", ID(&x->e->subject),
			      x->f->u.notice.id, x->e->hlc);
	return db_run(x->st->db, Q_NOTICE_SET, "biiisis", ID(&x->e->subject), x->f->u.notice.id,
		      x->e->hlc, (int64_t)x->f->u.notice.tdp, x->f->u.notice.message,
		      x->f->u.notice.at_ms, x->f->u.notice.place);
}

/* ---- pupils and their guardians ---- */

static int fold_help_step(const struct fold *x)
{
	return db_run(x->st->db, Q_HELP_STEP_SET, "biii", ID(&x->e->subject),
		      (int64_t)x->f->u.help_step.pin, (int64_t)x->f->u.help_step.step, x->e->hlc);
}

static int fold_feedback(const struct fold *x)
{
	return db_run(x->st->db, Q_FEEDBACK_ADD, "biiiis", ID(&x->e->subject), x->no,
		      (int64_t)x->e->seq, x->e->hlc, (int64_t)x->f->u.feedback.channel,
		      x->f->u.feedback.text);
}

static int fold_request(const struct fold *x)
{
	bool answered = x->f->u.request.answered;

	return db_run(x->st->db, Q_REQUEST_SET, "biii", ID(&x->e->subject),
		      x->f->u.request.due_ms, answered ? (int64_t)0 : x->e->hlc,
		      answered ? x->e->hlc : (int64_t)0);
}

static int fold_name(const struct fold *x)
{
	return db_run(x->st->db, Q_NAME_SET, "bibbb", ID(&x->e->subject), x->e->hlc,
		      ID(&x->f->u.name.home), x->f->u.name.for_ward,
		      sizeof(x->f->u.name.for_ward), x->f->u.name.for_home,
		      sizeof(x->f->u.name.for_home));
}

static int fold_ticket(const struct fold *x)
{
	return db_run(x->st->db, Q_TICKET_SET, "biiis", ID(&x->e->subject), x->e->hlc,
		      (int64_t)x->f->u.ticket.code, x->f->u.ticket.until_ms,
		      x->f->u.ticket.course);
}

static int fold_guardian(const struct fold *x)
{
	return db_run(x->st->db, Q_GUARDIAN_SET, "bbiiiiis", ID(&x->e->subject),
		      ID(&x->f->u.guardian.p), x->e->hlc, (int64_t)x->f->u.guardian.off,
		      (int64_t)x->f->u.guardian.ticket, (int64_t)x->f->u.guardian.text_version,
		      (int64_t)x->f->u.guardian.channel, x->f->u.guardian.raw);
}

/* ---- what the ward orders ---- */

static int fold_pause(const struct fold *x)
{
	return !by_ward(x) ? 0 : db_run(x->st->db, Q_PAUSE_SET, "ii", x->e->hlc,
					(int64_t)x->f->u.pause.paused);
}

/* A board tells each of its days once; should it tell one twice, the larger number counts. What no
 * board can send in a day would spoil the sums of all. */
static int fold_spent(const struct fold *x)
{
	const int64_t parts = x->f->u.spent.parts, day = x->f->u.spent.day;

	if (parts < 0 || parts > SPENT_MAX || day < 0 || day > TIME_MAX_MS / 86400000)
		return 0;
	return db_run(x->st->db, Q_SPENT_SET, "bii", x->e->stream.board.b,
				      sizeof(x->e->stream.board.b), x->f->u.spent.day, parts);
}

static int fold_campaign(const struct fold *x)
{
	return !by_ward(x) ? 0 : db_run(x->st->db, Q_CAMPAIGN_SET, "iissss", x->f->u.campaign.id,
					x->e->hlc, x->f->u.campaign.message,
					x->f->u.campaign.people, x->f->u.campaign.when,
					x->f->u.campaign.values);
}

static int fold_campaign_end(const struct fold *x)
{
	return !by_ward(x) ? 0 : db_run(x->st->db, Q_CAMPAIGN_END, "ii",
					x->f->u.campaign_end.id, x->e->hlc);
}

static int fold_campaign_pace(const struct fold *x)
{
	return !by_ward(x) ? 0 : db_run(x->st->db, Q_CAMPAIGN_PACE, "iiii",
					x->f->u.campaign_pace.id, x->e->hlc,
					(int64_t)x->f->u.campaign_pace.held,
					(int64_t)x->f->u.campaign_pace.rate);
}

static int fold_goal(const struct fold *x)
{
	unsigned what = x->f->u.goal.what;
	int64_t n = x->f->u.goal.people;

	return !by_ward(x) || what == 0 || what >= LD_N_GOALS || n < 0 || n > LD_GOAL_MAX
		       ? 0
		       : db_run(x->st->db, Q_GOAL_SET, "isii", (int64_t)what, x->f->u.goal.name,
				x->e->hlc, n);
}

/* Content that is shown to everybody: only the ward's. */
static int fold_edition(const struct fold *x)
{
	const struct ld_octets *parts = &x->f->u.edition.parts;

	if (!by_ward(x) || x->f->u.edition.number < 1 || parts->len == 0 ||
	    parts->len % LD_CHUNK_ID != 0 || parts->len > LD_EDITION_PARTS * LD_CHUNK_ID)
		return 0;
	return db_run(x->st->db, Q_EDITION_SET, "iiibsb", x->f->u.edition.number, x->e->hlc,
		      x->f->u.edition.at_ms, x->f->u.edition.hash,
		      sizeof(x->f->u.edition.hash), x->f->u.edition.who, parts->p,
		      (size_t)parts->len);
}

static int fold_chunk(const struct fold *x)
{
	const struct ld_octets *data = &x->f->u.chunk.data;
	uint8_t id[LD_CHUNK_ID];

	if (!by_ward(x) || data->len == 0)
		return 0;
	ld_chunk_id(id, data->p, data->len);
	return db_run(x->st->db, Q_CHUNK_ADD, "bii", id, sizeof(id), x->no, (int64_t)x->e->seq);
}

/* ---- registers ---- */

/* 1: the row is there and dead, 0: there and alive, LD_E_UNKNOWN: not there. */
static int reg_state(const struct fold *x, int64_t no, uint64_t seq)
{
	int rc = db_first(x->st->db, Q_REG_GET, "biii", ID(&x->e->subject),
			  (int64_t)x->f->u.set.reg, no, (int64_t)seq);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	rc = db_int(x->st->db, Q_REG_GET, 0) ? 1 : 0;
	db_done(x->st->db, Q_REG_GET);
	return rc;
}

static int reg_drop(const struct fold *x, int64_t no, uint64_t seq)
{
	return db_run(x->st->db, Q_REG_DROP, "biii", ID(&x->e->subject),
		      (int64_t)x->f->u.set.reg, no, (int64_t)seq);
}

static int reg_add(const struct fold *x, int64_t no, uint64_t seq, const char *value)
{
	return db_run(x->st->db, Q_REG_ADD, "biiiis", ID(&x->e->subject),
		      (int64_t)x->f->u.set.reg, no, (int64_t)seq,
		      value ? x->e->hlc : (int64_t)0, value);
}

/* Is that event here with its contents? Then its row, if any, has been written and the dead one need
 * not be remembered. One that is hollow, although its learner is open, may get its contents yet; one
 * of a revoked board that counts no more is here or not by chance; one that is still to be folded, of
 * the run that is being taken in, is not here yet. */
static int dot_is_held(const struct fold *x, int64_t no, const struct ld_dot *d)
{
	uint64_t last;
	int rc = ld_store_last_valid(x->st, &d->stream, &last);

	if (rc < 0 || d->seq > last || (no == x->st->taking_no && d->seq > x->st->taking_seq))
		return rc;
	rc = db_first(x->st->db, Q_EVENT_WHOLE, "ii", no, (int64_t)d->seq);
	if (rc == 1)
		db_done(x->st->db, Q_EVENT_WHOLE);
	return rc;
}

static int overwrite(const struct fold *x, const struct ld_dot *d)
{
	int64_t no;
	int rc = log_stream_no(x->st, &d->stream, &no);

	if (rc < 0)
		return rc;
	rc = reg_state(x, no, d->seq);
	if (rc == 0)
		return reg_drop(x, no, d->seq);
	if (rc != LD_E_UNKNOWN)
		return rc < 0 ? rc : 0;
	rc = x->st->rebuilding ? 0 : dot_is_held(x, no, d);
	return rc == 0 ? reg_add(x, no, d->seq, NULL) : rc < 0 ? rc : 0;
}

static int fold_set(const struct fold *x)
{
	int rc = reg_state(x, x->no, x->e->seq);

	if (rc == 1)
		rc = reg_drop(x, x->no, x->e->seq);
	else if (rc == LD_E_UNKNOWN)
		rc = reg_add(x, x->no, x->e->seq, x->f->u.set.value);
	for (unsigned i = 0; i < x->f->u.set.over.n && rc >= 0; i++)
		rc = overwrite(x, &x->f->u.set.over.dot[i]);
	return rc < 0 ? rc : 0;
}

static const struct {
	uint16_t kind;
	int (*fold)(const struct fold *);
} folds[] = {
	{ LD_EV_OPEN, fold_open },
	{ LD_EV_MEMBER, fold_member },
	{ LD_EV_REVOKE, fold_revoke },
	{ LD_EV_OPTOUT, fold_optout },
	{ LD_EV_CLOSE, fold_close },
	{ LD_EV_ROLE, fold_role },
	{ LD_EV_PAUSE, fold_pause },
	{ LD_EV_SPENT, fold_spent },
	{ LD_EV_CAMPAIGN, fold_campaign },
	{ LD_EV_CAMPAIGN_END, fold_campaign_end },
	{ LD_EV_CAMPAIGN_PACE, fold_campaign_pace },
	{ LD_EV_HEARTBEAT, fold_heartbeat },
	{ LD_EV_HOME, fold_home },
	{ LD_EV_RELEASE, fold_release },
	{ LD_EV_GOAL, fold_goal },
	{ LD_EV_INVITED, fold_invited },
	{ LD_EV_REFUSED, fold_refused },
	{ LD_EV_CONSENT, fold_consent },
	{ LD_EV_NUMBER, fold_number },
	{ LD_EV_ENROL, fold_enrol },
	{ LD_EV_ANSWER, fold_answer },
	{ LD_EV_COMPLETE, fold_complete },
	{ LD_EV_SET, fold_set },
	{ LD_EV_HELP, fold_help },
	{ LD_EV_HELPER, fold_helper },
	{ LD_EV_AUDIT, fold_audit },
	{ LD_EV_NOTICE, fold_notice },
	{ LD_EV_GUARDIAN, fold_guardian },
	{ LD_EV_TICKET, fold_ticket },
	{ LD_EV_NAME, fold_name },
	{ LD_EV_HELP_STEP, fold_help_step },
	{ LD_EV_FEEDBACK, fold_feedback },
	{ LD_EV_EDITION, fold_edition },
	{ LD_EV_CHUNK, fold_chunk },
	{ LD_EV_REQUEST, fold_request },
	{ LD_EV_ATTEST, fold_attest },
	{ LD_EV_SAME, fold_same },
	{ LD_EV_ERASED, fold_erased },
	{ LD_EV_COUNTERSIGN, fold_countersign },
};

int fold_fact(struct ld_store *st, const struct ld_event *e, int64_t stream_no,
	      const struct ld_fact *f)
{
	struct fold x = { st, e, stream_no, f };
	const struct ld_kind_info *k = ld_kind_info(e->kind);
	uint64_t last;
	int rc;

	/* A kind in another class than its own could escape from the order of urgency. */
	if (!k || (k->cls != LD_CLASS_ANY && k->cls != e->stream.cls))
		return 0;
	if (e->kind == LD_EV_WARRANT)
		return fold_warrant(&x);
	rc = ld_store_last_valid(st, &e->stream, &last);
	if (rc < 0 || e->seq > last)
		return rc;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(folds); i++)
		if (folds[i].kind == e->kind)
			return folds[i].fold(&x);
	ld_assert(!"a kind without a fold");
	return 0;
}

int fold_event(struct ld_store *st, const struct ld_event *e, int64_t stream_no)
{
	struct ld_fact f;
	int rc = st->only && e->kind != st->only ? LD_E_UNKNOWN : ld_fact_decode(e, &f);

	return rc == LD_E_UNKNOWN || rc == LD_E_CORRUPT ? 0
		: rc < 0 ? rc : fold_fact(st, e, stream_no, &f);
}

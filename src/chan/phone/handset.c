/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An attached handset: what its program asks for, and what it is shown. */
#include "impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <osmocom/core/talloc.h>

#include "laido/text/text.h"
#include "laido/wire/ctl.h"

/* What one SMS of a handset may take up, as ordinary handsets do. */
static const struct ld_budget sms_budget = { .septets = 160, .units = 70, .parts = 3 };

/* ---- finding ---- */

static unsigned bucket_of(const char *digits)
{
	unsigned hash = 0;

	for (; *digits; digits++)
		hash = hash * 33 + (unsigned char)*digits;
	return hash % BUCKETS;
}

struct handset *handset_find(struct phone *ph, const char *e164)
{
	const char *digits = e164[0] == '+' ? e164 + 1 : e164;
	struct handset *h;

	llist_for_each_entry(h, &ph->handsets[bucket_of(digits)], entry)
		if (strcmp(h->number.digits, digits) == 0)
			return h;
	return NULL;
}

/* Names of sessions and refs carry the bucket, so that finding them looks at a few handsets. */
static uint64_t new_name(struct handset *h)
{
	return ++h->phone->serial * BUCKETS + h->bucket;
}

struct handset *handset_by_session(struct phone *ph, uint64_t session)
{
	struct handset *h;

	if (session == 0)
		return NULL;
	llist_for_each_entry(h, &ph->handsets[session % BUCKETS], entry)
		if (h->session == session)
			return h;
	return NULL;
}

struct handset *handset_by_ref(struct phone *ph, uint64_t ref)
{
	struct handset *h;

	llist_for_each_entry(h, &ph->handsets[ref % BUCKETS], entry)
		for (unsigned i = 0; i < h->n_refs; i++)
			if (h->refs[i] == ref)
				return h;
	return NULL;
}

/* ---- what it is shown ---- */

static void push(struct handset *h, json_t *msg)
{
	h->door.push(h->door.arg, msg);
}

static json_t *text_json(const char *text)
{
	json_t *t = json_string(text);

	return t ? t : json_string("\xef\xbf\xbd"); /* not UTF-8 */
}

static const char *alphabet_name(enum ld_alphabet a)
{
	return a == LD_GSM7 ? "gsm7" : "ucs2";
}

static void close_session(struct handset *h)
{
	h->session = 0;
	osmo_timer_del(&h->session_ends);
}

static void push_closed(struct handset *h, const char *why)
{
	close_session(h);
	push(h, json_pack("{s:s,s:s}", "ev", "closed", "why", why));
}

/* Budgets are the channel's promise to the network: a screen beyond them is not shown. */
static int screen_fits(struct handset *h, const struct ld_reply *r, int *ret_len, int *ret_limit)
{
	int len = r->alphabet == LD_GSM7 ? ld_gsm7_septets(r->text) : ld_ucs2_units(r->text);

	if (len < 0)
		return LD_E_ALPHABET;
	*ret_limit = r->alphabet == LD_GSM7 ? h->screen.septets : h->screen.units;
	*ret_len = len;
	return len > *ret_limit ? LD_E_TOOBIG : 0;
}

int handset_screen(struct handset *h, const struct ld_reply *r)
{
	int len = 0, limit = 0;
	int rc = screen_fits(h, r, &len, &limit);

	if (rc < 0) {
		push_closed(h, rc == LD_E_TOOBIG ? "the network refused a screen beyond its budget"
						 : "the network refused a screen with characters "
						   "outside the GSM alphabet");
		return rc;
	}
	push(h, json_pack("{s:s,s:o,s:b,s:s,s:i,s:i}", "ev", "screen", "text", text_json(r->text),
			  "end", r->end, "alphabet", alphabet_name(r->alphabet), "length", len,
			  "limit", limit));
	if (r->end)
		close_session(h);
	else
		osmo_timer_schedule(&h->session_ends, SESSION_S, 0);
	return 0;
}

void handset_sms(struct handset *h, const struct ld_send *s)
{
	int len = s->alphabet == LD_GSM7 ? ld_gsm7_septets(s->text) : ld_ucs2_units(s->text);
	int parts = count_parts(s->text, s->alphabet);

	push(h, json_pack("{s:s,s:o,s:s,s:i,s:i}", "ev", "sms", "text", text_json(s->text),
			  "alphabet", alphabet_name(s->alphabet), "length", len, "parts", parts));
	result_later(h->phone, s->id, LD_SENT_DELIVERED, (unsigned)parts, "");
}

static void push_settled(struct handset *h)
{
	push(h, json_pack("{s:s}", "ev", "settled"));
	if (h->once && h->n_refs == 0)
		handset_end(h, json_object());
}

void handset_settled(struct handset *h, uint64_t ref)
{
	unsigned i = 0;

	while (i < h->n_refs && h->refs[i] != ref)
		i++;
	if (i == h->n_refs)
		return;
	h->n_refs--;
	memmove(h->refs + i, h->refs + i + 1, (h->n_refs - i) * sizeof(h->refs[0]));
	push_settled(h);
}

/* ---- what it does ---- */

static int tell(struct handset *h, enum ld_inbound_what what, enum ld_channel_kind kind,
		uint64_t session, const char *text, uint64_t ref)
{
	struct ld_inbound in = { .what = what, .kind = kind, .session = session, .ref = ref,
				 .budget = session ? h->screen : sms_budget };
	size_t len = strlen(text);

	snprintf(in.from, sizeof(in.from), "+%s", h->number.digits);
	if (len >= sizeof(in.text))
		len = sizeof(in.text) - 1;
	memcpy(in.text, text, len);
	/* memcpy may have cut inside a character; cut before it. */
	while (text[len] != '\0' && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	in.text[len] = '\0';
	return h->phone->channel.host->inbound(&h->phone->channel, &in);
}

/* An input that is to be settled. */
static int input(struct handset *h, enum ld_inbound_what what, enum ld_channel_kind kind,
		 uint64_t session, const char *text, struct ld_errmsg *err)
{
	uint64_t ref = new_name(h);
	int rc;

	/* Noted first: the gateway may settle it before inbound() returns. */
	h->refs[h->n_refs++] = ref;
	rc = tell(h, what, kind, session, text, ref);
	if (rc == 0)
		return 0;
	h->n_refs--;
	h->phone->stats.refused++;
	return ld_fail(err, rc, "the gateway is busy; try again");
}

static bool is_code(const char *text)
{
	size_t len = strlen(text);

	if (len < 3 || len > 32 || (text[0] != '*' && text[0] != '#') || text[len - 1] != '#')
		return false;
	for (size_t i = 1; i < len; i++)
		if (!isdigit((unsigned char)text[i]) && text[i] != '*' && text[i] != '#')
			return false;
	return true;
}

static int do_dial(struct handset *h, const char *text, struct ld_errmsg *err)
{
	int rc;

	if (!is_code(text))
		return ld_fail(err, LD_E_RANGE, "a code is dialled like *123#");
	if (h->session)
		return ld_fail(err, LD_E_BUSY, "a session is open; hang up first");
	h->session = new_name(h);
	osmo_timer_schedule(&h->session_ends, SESSION_S, 0);
	rc = input(h, LD_IN_BEGIN, LD_CHAN_USSD, h->session, text, err);
	if (rc < 0)
		close_session(h);
	return rc;
}

static int do_text(struct handset *h, const char *text, struct ld_errmsg *err)
{
	int rc;

	if (!h->session)
		return ld_fail(err, LD_E_UNKNOWN, "no session is open; dial a code first");
	osmo_timer_schedule(&h->session_ends, SESSION_S, 0);
	rc = input(h, LD_IN_TEXT, LD_CHAN_USSD, h->session, text, err);
	if (rc < 0)
		push_closed(h, "the gateway is busy; dial again");
	return rc;
}

static int do_sms(struct handset *h, const char *text, struct ld_errmsg *err)
{
	return input(h, LD_IN_TEXT, LD_CHAN_SMS, 0, text, err);
}

static int do_call(struct handset *h, const char *text, struct ld_errmsg *err)
{
	(void)text;
	return input(h, LD_IN_CALL, LD_CHAN_CALL, 0, "", err);
}

static int do_hangup(struct handset *h, const char *text, struct ld_errmsg *err)
{
	uint64_t session = h->session;

	(void)text;
	if (!session)
		return ld_fail(err, LD_E_UNKNOWN, "no session is open");
	close_session(h);
	return input(h, LD_IN_ENDED, LD_CHAN_USSD, session, "", err);
}

static const struct {
	const char *name;
	int (*run)(struct handset *h, const char *text, struct ld_errmsg *err);
} inputs[] = {
	{ "dial", do_dial }, { "text", do_text },     { "sms", do_sms },
	{ "call", do_call }, { "hangup", do_hangup },
};

static int run_input(struct handset *h, const json_t *in, struct ld_errmsg *err)
{
	const char *what = NULL, *text = NULL;
	int rc;

	if ((rc = ld_ctl_get_text(in, "do", "", &what, err)) < 0 ||
	    (rc = ld_ctl_get_text(in, "text", "", &text, err)) < 0)
		return rc;
	if (h->n_refs >= REFS_MAX)
		return ld_fail(err, LD_E_BUSY, "wait for the answers first");
	for (size_t i = 0; i < LD_ARRAY_SIZE(inputs); i++)
		if (strcmp(inputs[i].name, what) == 0)
			return inputs[i].run(h, text, err);
	return ld_fail(err, LD_E_UNKNOWN, "\"do\" is one of dial, text, sms, call, hangup, detach");
}

/* Every input is settled exactly once, also one that was refused. */
static void do_input(struct handset *h, const json_t *in)
{
	struct ld_errmsg err = { "" };

	if (run_input(h, in, &err) == 0)
		return;
	push(h, json_pack("{s:s,s:o}", "ev", "refused", "why", text_json(err.text)));
	push_settled(h);
}

void ld_phone_more(void *handset, const json_t *in)
{
	const char *what = json_string_value(json_object_get(in, "do"));

	if (what && strcmp(what, "detach") == 0)
		handset_end(handset, json_object());
	else
		do_input(handset, in);
}

/* ---- life ---- */

static void session_timed_out(void *arg)
{
	struct handset *h = arg;
	uint64_t session = h->session;

	push_closed(h, "the network's time is up");
	if (tell(h, LD_IN_ENDED, LD_CHAN_USSD, session, "", 0) < 0)
		h->phone->stats.refused++; /* the engine also copes with a new dial */
}

void handset_end(struct handset *h, json_t *answer)
{
	uint64_t session = h->session;
	struct ld_phone_door door = h->door;

	close_session(h);
	if (session && tell(h, LD_IN_ENDED, LD_CHAN_USSD, session, "", 0) < 0)
		h->phone->stats.refused++;
	llist_del(&h->entry);
	h->phone->stats.attached--;
	talloc_free(h);
	if (answer)
		door.end(door.arg, answer);
}

void ld_phone_gone(void *handset)
{
	handset_end(handset, NULL);
}

static int check_attach(struct phone *ph, const json_t *in, struct handset *ret,
			struct ld_errmsg *err)
{
	const char *number = NULL;
	int64_t septets, units;
	int rc;

	if ((rc = ld_ctl_get_text(in, "number", "", &number, err)) < 0 ||
	    (rc = ld_ctl_get_int(in, "septets", 20, 182, 128, &septets, err)) < 0 ||
	    (rc = ld_ctl_get_int(in, "units", 10, 91, 56, &units, err)) < 0)
		return rc;
	if (ld_e164_parse(number, &ret->number) != LD_ADDR_MOBILE)
		return ld_fail(err, LD_E_RANGE, "%.24s is no Vietnamese mobile number", number);
	if (!ld_config_phone_allows(ph->cfg, &ret->number))
		return ld_fail(
			err, LD_E_DENIED,
			"%.24s is outside the test numbers of this daemon (phone.ranges in its "
			"configuration)",
			number);
	if (handset_find(ph, ret->number.digits))
		return ld_fail(err, LD_E_BUSY, "%.24s is in use by another handset", number);
	if (ph->stats.attached >= HANDSETS_MAX)
		return ld_fail(err, LD_E_BUSY, "too many handsets are attached");
	ret->screen = (struct ld_budget){ .live = true, .septets = (uint16_t)septets,
					  .units = (uint16_t)units, .parts = 1 };
	return 0;
}

static void show_waiting(struct handset *h)
{
	struct waiting *w;

	while ((w = waiting_take(h->phone, &h->number))) {
		handset_sms(h, &w->send);
		talloc_free(w);
	}
}

static void welcome(struct handset *h)
{
	push(h, json_pack("{s:s,s:s,s:i}", "ev", "attached", "number", h->number.digits, "waiting",
			  (int)waiting_count(h->phone, &h->number)));
	show_waiting(h);
	push_settled(h);
}

int ld_phone_attach(struct ld_channel *ch, const json_t *in, const struct ld_phone_door *door,
		    void **ret_handset, struct ld_errmsg *err)
{
	struct phone *ph = phone_of(ch);
	struct handset *h = talloc_zero(ph, struct handset);
	int rc;

	if (!h)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	rc = check_attach(ph, in, h, err);
	if (rc < 0) {
		talloc_free(h);
		return rc;
	}
	h->phone = ph;
	h->door = *door;
	h->bucket = bucket_of(h->number.digits);
	osmo_timer_setup(&h->session_ends, session_timed_out, h);
	llist_add_tail(&h->entry, &ph->handsets[h->bucket]);
	if (++ph->stats.attached > ph->stats.attached_high_water)
		ph->stats.attached_high_water = ph->stats.attached;
	*ret_handset = h;
	if (json_object_get(in, "do")) {
		struct ld_msisdn number = h->number;

		h->once = true;
		show_waiting(h);
		do_input(h, in);
		*ret_handset = handset_find(ph, number.digits);
	} else {
		welcome(h);
	}
	return 0;
}

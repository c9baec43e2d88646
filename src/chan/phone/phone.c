/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel as the gateway sees it. */
#include "impl.h"

#include <stdio.h>

#include <osmocom/core/talloc.h>

#include "laido/text/text.h"

struct result {
	struct llist_head entry;
	struct ld_sent sent;
};

bool same_number(const char *to, const struct ld_msisdn *number)
{
	return strcmp(to[0] == '+' ? to + 1 : to, number->digits) == 0;
}

int count_parts(const char *text, enum ld_alphabet alphabet)
{
	size_t start, len;
	int parts = 0;

	if (alphabet == LD_GSM7 && ld_gsm7_septets(text) < 0)
		return LD_E_ALPHABET;
	while (ld_text_part(text, alphabet, (unsigned)parts, &start, &len) == 0)
		parts++;
	return parts;
}

/* ---- results ---- */

static void tell_results(void *arg)
{
	struct phone *ph = arg;
	struct llist_head due;

	INIT_LLIST_HEAD(&due);
	llist_splice_init(&ph->results, &due);
	ph->n_results = 0;
	while (!llist_empty(&due)) {
		struct result *r = llist_entry(due.next, struct result, entry);

		llist_del(&r->entry);
		ph->channel.host->sent(&ph->channel, &r->sent);
		talloc_free(r);
	}
}

void result_later(struct phone *ph, int64_t id, enum ld_sent_what what, unsigned parts,
		  const char *why)
{
	struct result *r = talloc_zero(ph, struct result);

	if (!r)
		return; /* the message stays an intent and is settled as unknown */
	r->sent.id = id;
	r->sent.what = what;
	r->sent.parts = (uint8_t)parts;
	snprintf(r->sent.why, sizeof(r->sent.why), "%s", why);
	llist_add_tail(&r->entry, &ph->results);
	ph->n_results++;
	osmo_timer_schedule(&ph->results_due, 0, 0);
}

/* ---- ops ---- */

static int phone_start(struct ld_channel *ch)
{
	ch->host->state(ch, LD_CHANNEL_UP, "");
	return 0;
}

static json_t *last_word(void)
{
	return json_pack("{s:b,s:s}", "ok", 0, "error", "the daemon stops");
}

static void phone_stop(struct ld_channel *ch)
{
	struct phone *ph = phone_of(ch);
	struct handset *h, *next_h;
	struct waiting *w, *next_w;
	struct result *r, *next_r;

	for (unsigned b = 0; b < BUCKETS; b++)
		llist_for_each_entry_safe(h, next_h, &ph->handsets[b], entry)
			handset_end(h, last_word());
	llist_for_each_entry_safe(w, next_w, &ph->waiting, entry)
		talloc_free(w);
	llist_for_each_entry_safe(r, next_r, &ph->results, entry)
		talloc_free(r);
	INIT_LLIST_HEAD(&ph->waiting);
	INIT_LLIST_HEAD(&ph->results);
	ph->stats.waiting = ph->n_results = 0;
	osmo_timer_del(&ph->results_due);
}

static int phone_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *reply)
{
	struct handset *h = handset_by_session(phone_of(ch), session);

	return h ? handset_screen(h, reply) : LD_E_UNKNOWN;
}

/* As a network would: what does not fit its alphabet or has too many parts is refused. */
static int phone_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct phone *ph = phone_of(ch);
	struct handset *h = handset_find(ph, s->to);
	int parts = count_parts(s->text, s->alphabet);
	int rc = 0;

	if (ph->n_results + 2 > RESULTS_MAX)
		return LD_E_BUSY;
	if (parts < 1 || parts > UINT8_MAX) {
		result_later(ph, s->id, LD_SENT_FAILED, 0,
			     parts < 0 ? "a character outside the GSM alphabet" :
					 "no or too many parts");
		return 0;
	}
	if (!h)
		rc = waiting_add(ph, s);
	if (rc < 0)
		return rc;
	result_later(ph, s->id, LD_SENT_OK, (unsigned)parts, "");
	if (h)
		handset_sms(h, s);
	return 0;
}

static void phone_committed(struct ld_channel *ch, uint64_t ref)
{
	struct handset *h = handset_by_ref(phone_of(ch), ref);

	if (h)
		handset_settled(h, ref);
}

static const struct ld_channel_ops phone_ops = {
	.kind = "phone",
	.start = phone_start,
	.stop = phone_stop,
	.reply = phone_reply,
	.send = phone_send,
	.committed = phone_committed,
};

struct ld_channel *ld_phone_new(void *ctx, const struct ld_config *cfg,
				const struct ld_channel_host *host)
{
	struct phone *ph = talloc_zero(ctx, struct phone);

	if (!ph)
		return NULL;
	ph->channel.ops = &phone_ops;
	ph->channel.host = host;
	ph->channel.priv = ph;
	snprintf(ph->channel.name, sizeof(ph->channel.name), "phone");
	ph->cfg = cfg;
	for (unsigned b = 0; b < BUCKETS; b++)
		INIT_LLIST_HEAD(&ph->handsets[b]);
	INIT_LLIST_HEAD(&ph->waiting);
	INIT_LLIST_HEAD(&ph->results);
	osmo_timer_setup(&ph->results_due, tell_results, ph);
	return &ph->channel;
}

void ld_phone_stats(const struct ld_channel *ch, struct ld_phone_stats *ret)
{
	*ret = ((const struct phone *)ch->priv)->stats;
}

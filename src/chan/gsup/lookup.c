/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookup.h"

#include <stdio.h>
#include <string.h>

#include <osmocom/core/talloc.h>

#include "laido/base/err.h"

struct known {
	struct hlist_node by_imsi;
	struct llist_head list;
	int64_t until_ms;
	char imsi[IMSI_MAX];
	struct ld_msisdn msisdn;
};

/* FNV-1a: IMSIs of one operator differ in their last digits only. */
uint32_t lookup_hash(const char *imsi)
{
	uint32_t h = 2166136261u;

	for (; *imsi; imsi++)
		h = (h ^ (uint8_t)*imsi) * 16777619u;
	return h;
}

int lookup_info_msisdn(const char *info, struct ld_msisdn *ret)
{
	static const char field[] = "\nmsisdn\t";
	const char *at = strstr(info, field);
	size_t n;

	if (!at)
		return LD_E_UNKNOWN;
	at += sizeof(field) - 1;
	n = strspn(at, "0123456789");
	if (n < 3 || n >= sizeof(ret->digits) || (at[n] != '\n' && at[n] != '\0'))
		return LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->digits, at, n);
	return 0;
}

/* ---- cache ---- */

static struct hlist_head *slot_of(struct lookup *l, const char *imsi)
{
	return &l->by_imsi[lookup_hash(imsi) % CACHE_SLOTS];
}

static struct known *find_known(struct lookup *l, const char *imsi)
{
	struct known *k;

	hlist_for_each_entry(k, slot_of(l, imsi), by_imsi)
		if (strcmp(k->imsi, imsi) == 0)
			return k;
	return NULL;
}

static void drop_known(struct lookup *l, struct known *k)
{
	hlist_del(&k->by_imsi);
	llist_del(&k->list);
	l->n_cached--;
	talloc_free(k);
}

bool lookup_cached(struct lookup *l, const char *imsi, struct ld_msisdn *ret)
{
	struct known *k = find_known(l, imsi);

	if (!k)
		return false;
	if (k->until_ms <= ld_clock_monotonic_ms(l->clock)) {
		drop_known(l, k);
		return false;
	}
	*ret = k->msisdn;
	return true;
}

static void remember(struct lookup *l, const char *imsi, const struct ld_msisdn *msisdn)
{
	struct known *k = find_known(l, imsi);

	if (k)
		drop_known(l, k);
	if (l->n_cached >= l->max_cached)
		drop_known(l, llist_first_entry(&l->cached, struct known, list));
	k = talloc_zero(l->ctx, struct known);
	if (!k)
		return;
	k->until_ms = ld_clock_monotonic_ms(l->clock) + l->cache_ms;
	k->msisdn = *msisdn;
	memcpy(k->imsi, imsi, strnlen(imsi, IMSI_MAX - 1));
	hlist_add_head(&k->by_imsi, slot_of(l, imsi));
	llist_add_tail(&k->list, &l->cached);
	l->n_cached++;
}

/* ---- questions ---- */

void lookup_forget(struct lookup_wait *w)
{
	if (!w->lookup)
		return;
	osmo_timer_del(&w->timer);
	llist_del(&w->list);
	w->lookup = NULL;
}

static void timed_out(void *arg)
{
	struct lookup_wait *w = arg;
	struct ctrl *ctrl = &w->lookup->ctrl;

	lookup_forget(w);
	ctrl_suspect(ctrl);
	w->done(w->arg, NULL);
}

static void send_question(struct lookup *l, struct lookup_wait *w)
{
	char variable[64];

	snprintf(variable, sizeof(variable), "subscriber.by-imsi-%s.info", w->imsi);
	/* Not connected is no error: it is asked again when the connection is up. */
	ctrl_get(&l->ctrl, w->id, variable);
}

static void ask_again(void *arg)
{
	struct lookup *l = arg;
	struct lookup_wait *w;

	llist_for_each_entry(w, &l->waits, list)
		send_question(l, w);
}

static void answered(void *arg, unsigned id, const char *value)
{
	struct lookup *l = arg;
	struct lookup_wait *w;
	struct ld_msisdn msisdn;
	bool known;

	llist_for_each_entry(w, &l->waits, list) {
		if (w->id != id)
			continue;
		known = value && lookup_info_msisdn(value, &msisdn) == 0;
		if (known)
			remember(l, w->imsi, &msisdn);
		lookup_forget(w);
		w->done(w->arg, known ? msisdn.digits : NULL);
		return;
	}
}

void lookup_ask(struct lookup *l, struct lookup_wait *w, const char *imsi,
		void (*done)(void *arg, const char *msisdn), void *arg)
{
	w->lookup = l;
	w->id = ++l->last_id;
	w->done = done;
	w->arg = arg;
	snprintf(w->imsi, sizeof(w->imsi), "%s", imsi);
	llist_add_tail(&w->list, &l->waits);
	osmo_timer_setup(&w->timer, timed_out, w);
	osmo_timer_schedule(&w->timer, l->wait_ms / 1000, l->wait_ms % 1000 * 1000);
	send_question(l, w);
}

int lookup_start(struct lookup *l, struct ld_random *random)
{
	INIT_LLIST_HEAD(&l->waits);
	INIT_LLIST_HEAD(&l->cached);
	l->ctrl.up = ask_again;
	l->ctrl.answer = answered;
	l->ctrl.arg = l;
	return ctrl_start(&l->ctrl, random);
}

void lookup_stop(struct lookup *l)
{
	ctrl_stop(&l->ctrl);
	while (l->n_cached > 0)
		drop_known(l, llist_first_entry(&l->cached, struct known, list));
}

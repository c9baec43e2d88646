/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left on the SIM: asked of its operator by USSD, read by the operator's pattern. */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "laido/text/text.h"
#include "modem.h"

enum { AMOUNT_DIGITS = 12, GROUPS = 8 };

void ld_modem_credit_ask(struct modem *m)
{
	struct ld_wmsg msg = { .type = LD_WMSG_USSD };

	if (!m->operator || !m->operator->code[0] || !m->ready)
		return;
	snprintf(msg.u.ussd.code, sizeof(msg.u.ussd.code), "%s", m->operator->code);
	ld_process_write(&m->proc, &msg);
}

static void on_credit(void *data)
{
	struct modem *m = data;

	ld_modem_credit_ask(m);
	ld_modem_timer(&m->credit, m->cfg.credit_ms);
}

/* Once a day, however often the worker is started again. */
void ld_modem_credit_start(struct modem *m)
{
	m->operator = m->cfg.operators ? ld_modem_operator_of(m->cfg.operators, m->info.imsi) : NULL;
	if (!m->operator || osmo_timer_pending(&m->credit))
		return;
	osmo_timer_setup(&m->credit, on_credit, m);
	ld_modem_timer(&m->credit, m->cfg.credit_first_ms);
}

void ld_modem_credit_stop(struct modem *m)
{
	osmo_timer_del(&m->credit);
}

/* "50.000", "50,000 " and "50000" are the same. -1: none, or too much. */
static int64_t amount(const char *from, size_t len)
{
	int64_t v = 0;
	unsigned digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (from[i] < '0' || from[i] > '9')
			continue;
		if (++digits > AMOUNT_DIGITS)
			return -1;
		v = v * 10 + (from[i] - '0');
	}
	return digits ? v : -1;
}

static int64_t credit_in(const char *text, const char *pattern)
{
	char plain[2 * sizeof(((struct ld_wmsg *)0)->u.ussd_text.text)];
	regmatch_t at[GROUPS];
	regex_t re;
	int64_t v = -1;

	if (!pattern[0] || ld_text_unaccent(text, plain, sizeof(plain)) < 0 ||
	    regcomp(&re, pattern, REG_EXTENDED | REG_ICASE) != 0)
		return -1;
	/* the last ( ), others group words */
	if (re.re_nsub < GROUPS && regexec(&re, plain, GROUPS, at, 0) == 0 &&
	    at[re.re_nsub].rm_so >= 0)
		v = amount(plain + at[re.re_nsub].rm_so,
			   (size_t)(at[re.re_nsub].rm_eo - at[re.re_nsub].rm_so));
	regfree(&re);
	return v;
}

void ld_modem_on_ussd(struct modem *m, const struct ld_wmsg *msg)
{
	char text[sizeof(msg->u.ussd_text.text)];

	memcpy(text, msg->u.ussd_text.text, sizeof(text));
	m->info.credit = m->operator ? credit_in(text, m->operator->balance) : -1;
	m->info.credit_ms = ld_clock_utc_ms(m->cfg.clock, NULL);
	m->info.credit_low = m->info.credit >= 0 && m->info.credit < (int64_t)m->operator->low;
	ld_text_cut(text, sizeof(m->info.credit_text) - 1);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	memcpy(m->info.credit_text, text, strlen(text) + 1);
	if (m->info.credit < 0)
		LOGP(DMODEM, LOGL_NOTICE, "%s: the pattern of %s does not fit what the operator says; "
		     "see laido modems\n", m->ch.name, m->operator ? m->operator->name : "?");
}

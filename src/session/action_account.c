/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What screens do, third part: the learner's settings. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "laido/base/err.h"

static const struct {
	const char *hour, *words;
} hours[] = {
	{ "8", "8 giờ sáng" }, { "10", "10 giờ sáng" }, { "15", "3 giờ chiều" },
	{ "19", "7 giờ tối" },
};

static void set(struct ses *x, enum ld_reg reg, const char *value)
{
	if (ses_member(x))
		ses_fact_set(x, reg, value);
}

/* A number with nothing but words behind it: "8 GIO". */
static long number(const char *text)
{
	char *end;
	long v = strtol(text, &end, 10);

	return end == text ? -1 : v;
}

const char *ses_hour(const char *text, const char **ret_words)
{
	long wanted = number(text);

	for (size_t i = 0; i < LD_ARRAY_SIZE(hours); i++) {
		if (wanted < 0 || number(hours[i].hour) != wanted)
			continue;
		if (ret_words)
			*ret_words = hours[i].words;
		return hours[i].hour;
	}
	return NULL;
}

const char *ses_do_hour(struct ses *x, const char *arg)
{
	const char *words = "", *value = ses_hour(arg, &words);

	if (value)
		set(x, LD_REG_HOUR, value);
	ses_value(x, "slot", words);
	return "ok";
}

const char *ses_do_rest(struct ses *x, const char *arg)
{
	long days = number(arg);
	char until[24] = "0";

	if (days > 0 && days <= 366)
		snprintf(until, sizeof(until), "%lld",
			 (long long)(x->env->now_ms + days * SES_DAY_MS));
	set(x, LD_REG_REST, until);
	return "ok";
}

const char *ses_do_script(struct ses *x, const char *arg)
{
	set(x, LD_REG_SCRIPT, strcmp(arg, "full") == 0 ? "full" : "ascii");
	return "ok";
}

const char *ses_do_xung(struct ses *x, const char *arg)
{
	char plain[LD_VALUE_MAX];

	if (ld_text_unaccent(arg, plain, sizeof(plain)) < 0)
		plain[0] = '\0';
	set(x, LD_REG_XUNG, plain);
	return "ok";
}

const char *ses_do_tdp(struct ses *x, const char *arg)
{
	char value[4];
	char *end;
	long n = strtol(arg, &end, 10);

	if (end == arg || *end || n < 1 || n > 99)
		return "bad";
	snprintf(value, sizeof(value), "%ld", n);
	set(x, LD_REG_TDP, value);
	ses_value(x, "tdp", value);
	return "ok";
}

const char *ses_do_mydata(struct ses *x, const char *arg)
{
	unsigned n = 0;
	char date[16];

	(void)arg;
	for (unsigned i = 0; i < x->who.n_courses; i++)
		n += x->who.course[i].enrolled;
	ses_format_date(x, x->who.consent_ms, date, sizeof(date));
	ses_value(x, "tdp", ses_reg(x, LD_REG_TDP)[0] ? ses_reg(x, LD_REG_TDP) : "chưa có");
	ses_value_number(x, "n", n);
	ses_value(x, "date", date);
	return "ok";
}

const char *ses_do_data_request(struct ses *x, const char *arg)
{
	char date[16];

	(void)arg;
	if (!ses_member(x))
		return "ok";
	ses_format_date(x, ses_fact_request(x), date, sizeof(date));
	ses_value(x, "date", date);
	return "ok";
}

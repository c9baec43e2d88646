/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/schedule/campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/text/text.h"

/* ---- to whom ---- */

static const struct {
	const char *begin;              /* of a message's name */
	enum ld_reg reg;
} switches[] = {
	/* No word switches these off but NGHI and HUY. */
	{ "REMIND_START", (enum ld_reg)0 }, { "SCAM_WARN", (enum ld_reg)0 },
	{ "BROADCAST", (enum ld_reg)0 },
	{ "REMIND_TAX", LD_REG_REMIND_TAX }, { "REMIND_FEE", LD_REG_REMIND_FEE },
	{ "REMIND_HEALTH", LD_REG_REMIND_HEALTH }, { "REMIND_", LD_REG_REMIND_MEET },
};

static enum ld_reg switch_of(const char *message)
{
	size_t i = 0;

	while (i + 1 < LD_ARRAY_SIZE(switches) &&
	       strncmp(message, switches[i].begin, strlen(switches[i].begin)) != 0)
		i++;
	return switches[i].reg;
}

/* Takes "WORD " or the whole rest off the front. */
static bool take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0 || ((*p)[n] != ' ' && (*p)[n] != '\0'))
		return false;
	*p += n;
	while (**p == ' ')
		(*p)++;
	return true;
}

/* Where the next condition begins. */
static size_t name_len(const char *p)
{
	static const char *const next[] = { " TO ", " NOT BEGUN ", " BEGUN ", " MARKET " };
	size_t n = strlen(p);

	for (size_t i = 0; i < LD_ARRAY_SIZE(next); i++) {
		const char *at = strstr(p, next[i]);

		if (at && (size_t)(at - p) < n)
			n = (size_t)(at - p);
	}
	return n;
}

static bool take_name(const char **p, char *ret, size_t size)
{
	size_t n = name_len(*p);

	if (n == 0 || n >= size)
		return false;
	memcpy(ret, *p, n);
	ret[n] = '\0';
	*p += n;
	while (**p == ' ')
		(*p)++;
	return true;
}

static bool take_tdp(const char **p, unsigned *ret)
{
	char *end;
	unsigned long n = strtoul(*p, &end, 10);

	if (end == *p || n < 1 || n > 99)
		return false;
	*ret = (unsigned)n;
	*p = end + strspn(end, " ");
	return true;
}

static bool condition(const char **p, struct ld_people *k)
{
	if (take(p, "TO") || take(p, "TDP"))
		return take_tdp(p, &k->tdp);
	if (take(p, "MARKET") || take(p, "CHO"))
		return take_name(p, k->market, sizeof(k->market));
	if (take(p, "NOT BEGUN")) {
		k->idle = **p == '\0';
		return k->idle || take_name(p, k->not_begun, sizeof(k->not_begun));
	}
	return take(p, "BEGUN") && take_name(p, k->begun, sizeof(k->begun));
}

int ld_people_parse(const char *text, struct ld_people *ret, struct ld_errmsg *err)
{
	struct ld_people k;
	char folded[LD_INPUT_MAX];
	const char *p = folded;

	memset(&k, 0, sizeof(k));
	ld_text_fold(text, folded, sizeof(folded));
	if (take(&p, "ALL LEARNERS") || take(&p, "TAT CA") || take(&p, "ALL")) {
		if (*p)
			p = NULL;
	} else {
		if (!*p)
			p = NULL;
		while (p && *p)
			if (!condition(&p, &k))
				p = NULL;
	}
	if (!p)
		return ld_fail(err, LD_E_SYNTAX, "\"%.60s\": to whom? Write \"all learners\", "
			       "\"to 12\", \"market Dinh Cong\", \"to 12 not begun VNEID\"", text);
	*ret = k;
	return 0;
}

void ld_people_of_reminder(const struct ld_content *c, const struct ld_reminder *r,
			   struct ld_people *ret)
{
	static const enum ld_reg regs[] = {
		[LD_REMIND_TAX] = LD_REG_REMIND_TAX, [LD_REMIND_FEE] = LD_REG_REMIND_FEE,
		[LD_REMIND_MEETING] = LD_REG_REMIND_MEET,
		[LD_REMIND_HEALTH] = LD_REG_REMIND_HEALTH,
	};
	const struct ld_reminder *first = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->asked = regs[r->kind];
	if (r->kind != LD_REMIND_FEE)
		return;
	ld_text_fold(r->market, ret->market, sizeof(ret->market));
	for (unsigned i = 0; i < c->n_reminders && !first; i++)
		if (c->reminders[i].kind == LD_REMIND_FEE)
			first = &c->reminders[i];
	ret->unsaid_market = first && strcmp(first->market, r->market) == 0;
}

static bool resting(const struct ld_person *who, int64_t now_ms)
{
	const char *v = who->reg[LD_REG_REST].value;

	return strcmp(v, "0") == 0 || (v[0] && strtoll(v, NULL, 10) > now_ms);
}

static bool has_begun(const struct ld_person *who, const char *course)
{
	const struct ld_progress *g = ld_person_course(who, course);

	return g && g->answered;
}

static bool of_market(const struct ld_people *k, const struct ld_person *who)
{
	char own[LD_INPUT_MAX];

	ld_text_fold(who->reg[LD_REG_MARKET].value, own, sizeof(own));
	return own[0] ? strcmp(own, k->market) == 0 : k->unsaid_market;
}

bool ld_people_meant(const struct ld_people *k, const struct ld_person *who, const char *message,
		     int64_t now_ms)
{
	if (!who->consented || who->optouts.n > 0 || resting(who, now_ms) ||
	    strcmp(who->reg[switch_of(message)].value, "off") == 0)
		return false;
	if (k->asked && strcmp(who->reg[k->asked].value, "on") != 0)
		return false;
	if (k->tdp && strtoul(who->reg[LD_REG_TDP].value, NULL, 10) != k->tdp)
		return false;
	if (k->market[0] && !of_market(k, who))
		return false;
	for (unsigned i = 0; k->idle && i < who->n_courses; i++)
		if (who->course[i].answered)
			return false;
	if (k->begun[0] && !has_begun(who, k->begun))
		return false;
	return !(k->not_begun[0] && has_begun(who, k->not_begun));
}

/* ---- what it says ---- */

bool ld_campaign_message(const struct ld_content *c, const char *message)
{
	static const char *const replies[] = { "REMIND_ON", "REMIND_OFF", "REMIND_LIST" };
	bool known = strncmp(message, "REMIND_", 7) == 0 || strcmp(message, "SCAM_WARN") == 0 ||
		     strcmp(message, "BROADCAST") == 0;

	for (size_t i = 0; i < LD_ARRAY_SIZE(replies); i++)
		known &= strcmp(message, replies[i]) != 0;
	return known && ld_content_message(c, message, LD_LANG_VI);
}

bool ld_campaign_urgent(const char *message)
{
	return strcmp(message, "SCAM_WARN") == 0;
}

void ld_campaign_values(const struct ld_content *c, const char *values, const struct ld_person *who,
			char *ret, size_t size)
{
	const struct ld_course *course = ld_content_course(c, who->reg[LD_REG_COURSE].value);
	const char *phone = ld_content_value(c, "ward_phone");

	course = course ? course : c->default_course;
	snprintf(ret, size, "course=%s\nward_phone=%s\n%s", course ? course->name_short : "",
		 phone ? phone : "", values);
}

/* The value of a word of n octets, to the end of its line; NULL: none. */
static const char *value_of(const char *values, const char *word, size_t n)
{
	for (const char *p = values; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, word, n) == 0 && p[n] == '=')
			return p + n + 1;
	return NULL;
}

static bool is_word(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(word, name, n) == 0;
}

int ld_campaign_check(const struct ld_content *c, const char *message, const char *values,
		      struct ld_errmsg *err)
{
	const char *t = ld_campaign_message(c, message) ?
			ld_content_message(c, message, LD_LANG_VI) : NULL;

	if (!t)
		return ld_fail(err, LD_E_UNKNOWN, "there is no reminder \"%.24s\"; there are the "
			       "messages that begin with REMIND_ (REMIND_EVENT, REMIND_MEET ...), "
			       "SCAM_WARN and BROADCAST", message);
	if (ld_content_link(values))
		return ld_fail(err, LD_E_SYNTAX, "there is a link in the words, or what a handset "
			       "takes for one; people must learn to trust none. Put a blank after "
			       "each full stop");
	while ((t = strchr(t, '{'))) {
		size_t n = strcspn(++t, "}");

		if (!is_word(t, n, "date") && !is_word(t, n, "year") && !is_word(t, n, "tdp") &&
		    !is_word(t, n, "course") && !is_word(t, n, "ward_phone") && !value_of(values, t, n))
			return ld_fail(err, LD_E_SYNTAX, "the message %s needs %.*s=...", message,
				       (int)n, t);
	}
	return 0;
}

struct sink {
	char *text;
	size_t used, size;
};

static void put(struct sink *k, const char *text, size_t n)
{
	if (n > k->size - 1 - k->used)
		n = k->size - 1 - k->used;
	memcpy(k->text + k->used, text, n);
	k->used += n;
	k->text[k->used] = '\0';
}

static void put_word(struct sink *k, const char *word, size_t n, const char *values,
		     const struct ld_person *who, int64_t day)
{
	const char *v = value_of(values, word, n);
	struct ld_date d = ld_date_of_day(day);
	char text[24] = "";

	if (v) {
		put(k, v, strcspn(v, "\n"));
		return;
	}
	if (is_word(word, n, "date"))
		snprintf(text, sizeof(text), "%d/%d/%d", d.day, d.month, d.year);
	else if (is_word(word, n, "year"))
		snprintf(text, sizeof(text), "%d", d.year - 1);
	else if (is_word(word, n, "tdp"))
		snprintf(text, sizeof(text), "%.4s", who->reg[LD_REG_TDP].value);
	put(k, text, strlen(text));
}

enum ld_alphabet ld_campaign_text(const char *t, const char *values, const struct ld_person *who,
				  int64_t day, char *ret, size_t size)
{
	char text[LD_TEXT_MAX];
	struct sink k = { text, 0, sizeof(text) };
	struct ld_measure m;

	text[0] = '\0';
	while (*t) {
		size_t plain = strcspn(t, "{"), n;

		put(&k, t, plain);
		t += plain;
		if (*t != '{')
			break;
		n = strcspn(++t, "}");
		put_word(&k, t, n, values, who, day);
		t += n + (t[n] == '}');
	}
	if (strcmp(who->reg[LD_REG_SCRIPT].value, "full") == 0) {
		snprintf(ret, size, "%s", text);
		ld_text_cut(ret, size - 1);
	} else if (ld_text_unaccent(text, ret, size) < 0) {
		ret[0] = '\0';
	}
	ld_text_measure(ret, &m);
	return m.alphabet;
}

void ld_campaign_holidays(const struct ld_content *c, struct ld_holidays *ret)
{
	ret->n = 0;
	for (unsigned i = 0; i < c->n_holidays && ret->n < LD_HOLIDAYS_MAX; i++)
		ret->n += ld_holiday_parse(c->holidays[i], &ret->h[ret->n], NULL) == 0;
}

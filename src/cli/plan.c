/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido plan: how many learners the SIMs carry, and what they cost. */
#include "cli.h"

#include <string.h>

enum {
	WRONG_PERCENT = 30,     /* of the questions, the first time */
	REPLY_PERCENT = 40,     /* of a SIM's day that only answers may use */
	DAYS_OF_MONTH = 30,
};

/* Parts of one lesson, the average over all courses on offer. */
struct need {
	double unasked;         /* comes by itself: the lesson, a share of the invitation */
	double replies;         /* verdict, reviews, a share of the result */
};

struct plan {
	const struct ld_content *c;
	int learners, sims, pace;       /* pace: lessons a week */
	int budget;                     /* VND a month; 0: not told */
	struct need need;
	unsigned parts_per_day;         /* of one SIM: quota, or what its spacing allows */
	bool by_spacing;
};

static void average(const struct ld_content *c, struct need *ret)
{
	double unasked = 0, replies = 0;
	unsigned lessons = 0;

	for (unsigned i = 0; i < c->n_courses; i++) {
		struct ld_cost k;

		if (!ld_content_offers(c, &c->courses[i]))
			continue;
		ld_content_cost(c, &c->courses[i], false, WRONG_PERCENT, &k);
		unasked += k.invite + k.lessons_a;
		replies += k.lessons_b + k.reviews + k.result;
		lessons += c->courses[i].n_lessons;
	}
	ret->unasked = lessons ? unasked / lessons : 1;
	ret->replies = lessons ? replies / lessons : 1;
}

/* Parts that one SIM sends on a day: the quota, unless the spacing leaves less of the hours that
 * are not quiet. */
static void sim_day(const struct ld_conf_outbox *o, struct plan *p)
{
	int quiet = (o->quiet_to_min - o->quiet_from_min + 24 * 60) % (24 * 60);
	int64_t awake_ms = (int64_t)(24 * 60 - quiet) * 60000;
	int64_t fit = o->spacing_ms > 0 ? awake_ms / o->spacing_ms : INT32_MAX;

	p->by_spacing = fit < o->parts_per_day;
	p->parts_per_day = p->by_spacing ? (unsigned)fit : o->parts_per_day;
}

/* Parts a day of one learner at so many lessons a week. */
static double daily(const struct plan *p, int pace)
{
	return (p->need.unasked + p->need.replies) * pace / 7;
}

/* The day's parts bound the sum, what is not kept for answers bounds the rest. */
static int carried(const struct plan *p, int sims, int pace)
{
	double parts = (double)p->parts_per_day * sims;
	double all = parts / daily(p, pace);
	double unasked = parts * (100 - REPLY_PERCENT) / 100 / (p->need.unasked * pace / 7);

	return (int)(all < unasked ? all : unasked);
}

/* Learners that the month's money is enough for. */
static int paid(const struct plan *p, int pace)
{
	double vnd = daily(p, pace) * DAYS_OF_MONTH * p->c->part_vnd;

	return vnd > 0 ? (int)(p->budget / vnd) : 0;
}

static int sims_for(const struct plan *p, int learners)
{
	int sims = 1;

	while (sims < 100000 && carried(p, sims, p->pace) < learners)
		sims++;
	return sims;
}

/* ---- for people ---- */

/* "7,500" */
static const char *grouped(int64_t n, char ret[32])
{
	char digits[24];
	size_t len, out = 0;

	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		ret[out++] = digits[i];
		if ((len - i) % 3 == 1 && i + 1 < len)
			ret[out++] = ',';
	}
	ret[out] = '\0';
	return ret;
}

static const char *money(double vnd, char ret[32])
{
	return grouped((int64_t)(vnd + 0.5), ret);
}

static void show_courses(const struct plan *p)
{
	const struct ld_content *c = p->c;

	printf("One learner, one course, %d %% of the answers wrong (sent without accents):\n\n"
	       "%-9s %7s %7s %7s %7s %7s %7s %9s %10s %9s\n", WRONG_PERCENT, "course", "lessons",
	       "invite", "lessons", "reviews", "result", "parts", "VND ward", "VND texts",
	       "accents");
	for (unsigned i = 0; i < c->n_courses; i++) {
		const struct ld_course *course = &c->courses[i];
		struct ld_cost k, accents;
		char ward[32], home[32];

		ld_content_cost(c, course, false, WRONG_PERCENT, &k);
		ld_content_cost(c, course, true, WRONG_PERCENT, &accents);
		printf("%-9s %7u %7.0f %7.0f %7.1f %7.0f %7.1f %9s %10s %9.1f\n", course->key,
		       course->n_lessons, k.invite, k.lessons_a + k.lessons_b, k.reviews, k.result,
		       ld_cost_parts(&k), money(ld_cost_parts(&k) * c->part_vnd, ward),
		       money(k.texts * c->text_vnd, home), ld_cost_parts(&accents));
	}
	if (c->part_vnd == 0)
		printf("\nvalues.conf has no prices: write\n"
		       "money = { part_vnd = ...; text_vnd = ...; };\n");
}

static void show_capacity(const struct plan *p)
{
	static const int paces[] = { 7, 5, 3, 2, 1 };
	char parts[32];

	printf("\n%d SIM%s of %u parts a day (%s): %s parts, %d %% of them kept for answers.\n\n"
	       "%-16s %9s %18s\n", p->sims, p->sims == 1 ? "" : "s", p->parts_per_day,
	       p->by_spacing ? "its spacing allows no more" : "parts_per_day of laidod.conf",
	       grouped((int64_t)p->parts_per_day * p->sims, parts), REPLY_PERCENT, "lessons a week",
	       "learners", "10 lessons take");
	for (size_t i = 0; i < LD_ARRAY_SIZE(paces); i++)
		printf("%-16d %9d %13d days\n", paces[i], carried(p, p->sims, paces[i]),
		       (70 + paces[i] - 1) / paces[i]);
	if (p->budget && p->c->part_vnd)
		printf("\n%s VND a month pay for %d learners at %d lessons a week, %d at one.\n",
		       grouped(p->budget, parts), paid(p, p->pace), p->pace, paid(p, 1));
}

static void show_learners(const struct plan *p)
{
	int fits = carried(p, p->sims, p->pace), sims = sims_for(p, p->learners);
	double parts = daily(p, p->pace) * p->learners;
	char n[32], a[32], b[32];

	printf("\n%s learners at %d lessons a week: %s parts a day, %s VND a month.\n",
	       grouped(p->learners, n), p->pace, money(parts, a),
	       money(parts * DAYS_OF_MONTH * p->c->part_vnd, b));
	if (p->budget && p->c->part_vnd && paid(p, p->pace) < p->learners)
		printf("That is more than the month's money: it pays for %s of them.\n",
		       grouped(paid(p, p->pace), a));
	if (fits >= p->learners) {
		printf("%d SIM%s carr%s them.\n", p->sims, p->sims == 1 ? "" : "s",
		       p->sims == 1 ? "ies" : "y");
		return;
	}
	printf("That needs %d SIMs. With %d, %s learn at a time and the others wait: %d rounds "
	       "of %d days for 10 lessons each.\n", sims, p->sims, grouped(fits, a),
	       fits > 0 ? (p->learners + fits - 1) / fits : 0, (70 + p->pace - 1) / p->pace);
	if (sims > LD_CONF_MODEMS)
		printf("One board drives %d modems: more boards, or an operator's SMPP "
		       "connection.\n",
		       LD_CONF_MODEMS);
}

/* ---- for programs ---- */

static int show_json(const struct plan *p)
{
	json_t *courses = json_array(), *o;
	double parts = daily(p, p->pace) * p->learners;
	int code;

	for (unsigned i = 0; i < p->c->n_courses; i++) {
		const struct ld_course *course = &p->c->courses[i];
		struct ld_cost k, accents;

		ld_content_cost(p->c, course, false, WRONG_PERCENT, &k);
		ld_content_cost(p->c, course, true, WRONG_PERCENT, &accents);
		json_array_append_new(courses, json_pack(
			"{s:s, s:i, s:f, s:f, s:f}", "course", course->key, "lessons",
			(int)course->n_lessons, "parts", ld_cost_parts(&k), "texts", k.texts,
			"parts_with_accents", ld_cost_parts(&accents)));
	}
	o = json_pack("{s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:i}", "courses", courses,
		      "wrong_percent", WRONG_PERCENT, "part_vnd", (int)p->c->part_vnd, "text_vnd",
		      (int)p->c->text_vnd, "sims", p->sims, "pace", p->pace, "parts_per_sim",
		      (int)p->parts_per_day, "reply_percent", REPLY_PERCENT, "carried",
		      carried(p, p->sims, p->pace), "parts_a_day", parts, "learners", p->learners);
	if (p->learners > 0)
		json_object_set_new(o, "sims_needed", json_integer(sims_for(p, p->learners)));
	if (p->budget > 0)
		json_object_update_new(o, json_pack("{s:i, s:i}", "vnd_per_month", p->budget,
						    "paid_learners", paid(p, p->pace)));
	code = print_json(o);
	json_decref(o);
	return code;
}

int run_plan(struct cli *cli, int argc, char **argv)
{
	struct plan p = { .pace = 3 };
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "learners", .value = "N", .number = &p.learners, .min = 1, .max = 10000000,
		  .help = "what so many need, and how long they wait" },
		{ .name = "sims", .value = "N", .number = &p.sims, .min = 1, .max = 10000,
		  .help = "the modems of the configuration by default" },
		{ .name = "pace", .value = "N", .number = &p.pace, .min = 1, .max = 35,
		  .help = "lessons a week, 3 by default" },
		{ .name = "budget", .value = "VND", .number = &p.budget, .min = 1, .max = 1000000000,
		  .help = "money a month; vnd_per_month of laidod.conf by default" },
		{ .name = "json", .flag = &json, .help = "for programs" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 1);
	struct ld_content *c = NULL;

	if (code < 0)
		code = cli_content(cli, &c);
	if (!c)
		return code;
	p.c = c;
	if (p.sims == 0)
		p.sims = cli->config.n_modems ? (int)cli->config.n_modems : 1;
	if (p.budget == 0)
		p.budget = (int)cli->config.outbox.vnd_per_month;
	average(c, &p.need);
	sim_day(&cli->config.outbox, &p);
	if (json) {
		code = show_json(&p);
	} else {
		show_courses(&p);
		show_capacity(&p);
		if (p.learners > 0)
			show_learners(&p);
	}
	ld_content_free(c);
	return code;
}

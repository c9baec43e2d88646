/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every path of the menu, walked with the real engine by whoever may take it: from each screen
 * every key that it offers, what may be typed there, 0 and 00. tests/vectors/golden/paths.txt is
 * the transcript: which keys lead to a screen, what it says, where each of its keys goes. A row
 * that an earlier resident had in the same words is not written again. `make golden` writes the
 * file anew. */
#include "compare.h"
#include "stages.h"

#include "internal.h"

enum { NODES_MAX = 4096, LINES_MAX = 4096, PATH_MAX_ = 160, SCREENS_MAX = 256 };

/* Somebody at a screen. Two are the same place when screen, argument, learner, consent and what a PIN
 * is for are: from there one goes on. */
struct node {
	struct phone p;
	char id[SES_SCREEN_MAX], arg[24], path[PATH_MAX_], place[96];
};

static struct world w;
static struct node *node[NODES_MAX];
static unsigned n_nodes, n_lines;
static uint64_t line[LINES_MAX];
static bool reached[SCREENS_MAX];

/* What is typed at a screen whose text asks for words: right and wrong. */
static const struct {
	const char *action;     /* of the screen that receives it; NULL: any other */
	const char *text[3];
} typed[] = {
	{ "tdp", { "28", "100" } },
	{ "erase", { "XOA 1372", "1372" } },
	{ "pin", { TOWN_PIN, "1111" } },
	{ "amb_check", { TOWN_STRANGER, "123", TOWN_LEARNER } },
	{ "head_check", { TOWN_LEARNER, "123" } },
	{ "learner_add", { "Bà Lan", "7" } },
	{ "meet_day", { "25/12", "31/2" } },
	{ "meet_hour", { "19:30", "25:00" } },
	{ "meet_place", { "đình làng", "http://x" } },
	{ NULL, { "28", "x" } },
};

static bool once(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3u;
	for (unsigned i = 0; i < n_lines; i++)
		if (line[i] == h)
			return false;
	assert_true(n_lines < LINES_MAX);
	line[n_lines++] = h;
	return true;
}

/* ---- where somebody is ---- */

static void state_of(const struct phone *p, struct ses_state *ret)
{
	ses_unpack(ret, p->len ? p->blob : NULL, p->len);
}

static const char *screen_of(const struct phone *p)
{
	static struct ses_state s;

	state_of(p, &s);
	if (p->out.reply.end)
		return "(end)";
	return s.overlay == SES_RESUME ? "resume" : s.overlay == SES_ERROR ? "(not understood)" :
	       s.depth ? s.stack[s.depth - 1].screen : "(none)";
}

/* As the gateway does before the next step: the learner who steps now. */
static void change_learner(struct phone *p)
{
	bool adding;
	unsigned slot = ld_session_slot(p->len ? p->blob : NULL, p->len, p->now_ms, &adding);

	if (slot == p->who.slot)
		return;
	p->who.slot = (uint8_t)slot;
	p->who.consented = !adding;
	phone_identify(p);
}

static void press(struct phone *p, const char *text)
{
	type(p, text);
	change_learner(p);
}

static void mark(const char *id, const struct ld_reply *r)
{
	int screen = ld_content_screen(w.content, id[0] == '(' ? "err.input" : id);

	if (screen >= 0 && strcmp(id, "(end)") != 0)
		reached[screen] = true;
	/* A session that has ended forgets where: by its words. */
	for (unsigned i = 0; r->end && i < w.content->n_screens; i++) {
		const char *t = w.content->screens[i].text[LD_LANG_VI];
		char plain[LD_TEXT_MAX];

		if (t && w.content->screens[i].end && ld_text_unaccent(t, plain, sizeof(plain)) > 0)
			reached[i] = reached[i] || strncmp(plain, r->text, strlen(plain)) == 0;
	}
}

static void place_of(struct node *n)
{
	struct ses_state s;

	state_of(&n->p, &s);
	/* Where a right PIN leads matters at the question for it only. */
	snprintf(n->place, sizeof(n->place), "%s %s %s %u %u %u", n->id, n->arg,
		 strncmp(n->id, "amb.pin", 7) == 0 ? s.pin_to : "", s.pin_wrong, n->p.who.slot, n->p.who.consented);
}

static void visit(const struct phone *p, const char *arg, const char *path, const char *key)
{
	struct node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	assert_true(n_nodes < NODES_MAX);
	n->p = *p;
	snprintf(n->id, sizeof(n->id), "%s", screen_of(p));
	snprintf(n->arg, sizeof(n->arg), "%s", arg);
	snprintf(n->path, sizeof(n->path), "%s%s%s", path, path[0] ? " > " : "", key);
	mark(n->id, &p->out.reply);
	place_of(n);
	for (unsigned i = 0; i < n_nodes; i++)
		if (strcmp(node[i]->place, n->place) == 0) {
			free(n);
			return;
		}
	node[n_nodes++] = n;
}

/* ---- one screen: all its keys ---- */

static const char *take(const struct node *n, const char *key, const char *arg, char *row,
			size_t size)
{
	static struct phone next;

	next = n->p;
	press(&next, key);
	snprintf(row + strlen(row), size - strlen(row), "  %s -> %s", key, screen_of(&next));
	visit(&next, arg ? arg : "", n->path, key);
	return screen_of(&next);
}

static void take_typed(const struct node *n, const struct ld_screen *sc, char *row, size_t size)
{
	const char *action = w.content->screens[sc->input_to].action;
	unsigned i = 0;

	while (typed[i].action && (!action || strcmp(action, typed[i].action) != 0))
		i++;
	for (unsigned k = 0; k < 3 && typed[i].text[k]; k++)
		take(n, typed[i].text[k], "", row, size);
}

/* Nobody may be stuck: 0 leads elsewhere, or is the end; 00 leads to a beginning. */
static void ways_out(const struct node *n, char *row, size_t size)
{
	const char *to;

	to = take(n, "0", "", row, size);
	if (strcmp(to, n->id) == 0 || strcmp(to, "(not understood)") == 0)
		fail_msg("%s (%s): 0 leads to %s", n->id, n->path, to);
	to = take(n, "00", "", row, size);
	if (strcmp(to, "root") != 0 && strcmp(to, "root.head") != 0 && strcmp(to, "consent") != 0)
		fail_msg("%s (%s): 00 leads to %s", n->id, n->path, to);
}

static void expand(const struct node *n)
{
	int screen = ld_content_screen(w.content, n->id);
	const struct ld_screen *sc = screen < 0 ? NULL : &w.content->screens[screen];
	char row[2 * LD_TEXT_MAX], key[2] = "";

	snprintf(row, sizeof(row), "%s%s%s\n%s\n", n->id, n->arg[0] ? " " : "", n->arg,
		 n->p.out.reply.text);
	for (unsigned i = 0; sc && i < sc->n_options; i++) {
		key[0] = sc->options[i].key;
		take(n, key, sc->options[i].arg, row, sizeof(row));
	}
	if (sc && sc->input != LD_INPUT_NONE)
		take_typed(n, sc, row, sizeof(row));
	if (strcmp(n->id, "acct.5") == 0)
		take(n, "HUY", "", row, sizeof(row));
	if (!n->p.out.reply.end)
		ways_out(n, row, sizeof(row));
	if (once(row))
		put("[%s]\n%s\n", n->path, row);
}

/* ---- walks ---- */

/* From the start screen on; keys: typed before, path: as the transcript calls that. */
static void walk(const char *who, struct phone *p, const char *path)
{
	n_nodes = 0;
	put("== %s\n", who);
	visit(p, "", "", path);
	for (unsigned i = 0; i < n_nodes; i++)
		expand(node[i]);
	for (unsigned i = 0; i < n_nodes; i++)
		free(node[i]);
}

static void roomy(struct phone *p)
{
	p->septets = p->units = 1000;   /* pages are measured in golden.c and screens.c */
}

static void stages(void)
{
	static struct phone p;

	for (unsigned n = 0; n < STAGES; n++) {
		stage(&p, &w, n);
		roomy(&p);
		dial(&p);
		walk(stage_names[n], &p, "*123#");
	}
}

/* These lessons answered, or answered again; the last is being read about. */
static void after_lessons(const char *who, unsigned n_stage, unsigned from, unsigned to, bool right)
{
	static struct phone p;

	stage(&p, &w, n_stage);
	if (n_stage == 1)
		phone_answered(&p, "CAOTUOI", 1, from - 1, true);
	roomy(&p);
	dial(&p);
	type(&p, "203");
	for (unsigned n = from; n <= to; n++) {
		type(&p, "1");
		type(&p, option(&p, "CAOTUOI", n, right));
		type(&p, n == to ? "1" : "2");
	}
	walk(who, &p, "*123# > 203 ...");
}

static void typing(const char *who, unsigned n, const char *const *keys)
{
	static struct phone p;
	char path[PATH_MAX_] = "*123#";

	stage(&p, &w, n);
	roomy(&p);
	dial(&p);
	for (; *keys; keys++) {
		press(&p, *keys);
		snprintf(path + strlen(path), sizeof(path) - strlen(path), " > %s", *keys);
	}
	walk(who, &p, path);
}

static void special(void)
{
	static struct phone p;

	stage(&p, &w, 1);
	roomy(&p);
	dial(&p);
	type(&p, "7");
	cut(&p);
	dial(&p);
	walk("cut in the account", &p, "*123# > 7, cut, *123#");

	phone_init(&p, &w, LD_CHAN_USSD);
	p.who.msisdn.digits[0] = '\0';
	roomy(&p);
	dial(&p);
	walk("nobody knows who", &p, "*123#");
	typing("a mistake", 1, (const char *const[]){ "x", NULL });
	typing("no group head", 1, (const char *const[]){ "90", NULL });
	typing("three mistakes", 1, (const char *const[]){ "x", "x", "x", NULL });
	typing("waiting for a call", 1, (const char *const[]){ "5", "1", "0", "1", NULL });
	typing("a new telephone", 1, (const char *const[]){ "775", "2", "482913", NULL });
	typing("called Huy", 1, (const char *const[]){ "7", "7", "4", "Huy", NULL });
}

static void every_path(void **state)
{
	unsigned missing = 0;

	(void)state;
	stages();
	after_lessons("the fifth lesson of a day", 1, 1, 5, true);
	after_lessons("the last lesson, all right", 1, 10, 10, true);
	after_lessons("all repeated, all wrong", 5, 1, 10, false);
	special();
	for (unsigned i = 0; i < w.content->n_screens; i++) {
		const struct ld_screen *sc = &w.content->screens[i];

		/* The ward has paused: rights.c. */
		if (reached[i] || !sc->text[LD_LANG_VI] || strcmp(sc->id, "err.closed") == 0)
			continue;
		printf("# not reached: %s\n", sc->id);
		missing++;
	}
	assert_int_equal(missing, 0);
	golden_compare("paths");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_path, golden_begin),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	w.random.random.fill = same_fill;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}

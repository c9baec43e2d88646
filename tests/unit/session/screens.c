/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks every screen that keys can reach, as a learner at several stages and as a stranger, in
 * both scripts and in two sizes, page by page; check_step() in dialogue.h measures each. */
#include "stages.h"

/* A walk is some 60,000 steps; the other script has the same ways. With sanitizers, which look for
 * other things and take longer, fewer walks do. */
#ifdef __SANITIZE_ADDRESS__
enum { FULL_EVERY = 7, STAGE_EVERY = 7 };
#else
enum { FULL_EVERY = 3, STAGE_EVERY = 1 };
#endif

enum { SEEN_MAX = 4096, QUEUE_MAX = 4096, KNOWN_BY = 4, SCREENS_MAX = 256 };

static const char *const keys[] = {
	"1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "00", "98", "28", "x", "xoa 1372", "HUY",
	"90", TOWN_PIN, "1111", TOWN_STRANGER, TOWN_LEARNER,
};

struct walk {
	struct world w;
	struct phone *queue[QUEUE_MAX];
	unsigned n_queue, n_seen, steps;
	uint64_t seen[SEEN_MAX];
	char mark[SCREENS_MAX][100];    /* by index of the screen */
	bool reached[SCREENS_MAX];
};

static struct walk k;
static uint64_t hash(const struct phone *p)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (const char *t = p->out.reply.text; *t; t++)
		h = (h ^ (uint8_t)*t) * 0x100000001b3u;
	return h ^ p->who.consented ^ (p->who.optouts.n > 0) << 1 ^
	       (p->who.help_pin > 0) << 2;
}

static bool first_time(const struct phone *p)
{
	uint64_t h = hash(p);

	for (unsigned i = 0; i < k.n_seen; i++)
		if (k.seen[i] == h)
			return false;
	assert_true(k.n_seen < SEEN_MAX);
	k.seen[k.n_seen++] = h;
	return true;
}

static void enqueue(const struct phone *p)
{
	struct phone *copy;

	if (p->out.reply.end || !first_time(p))
		return;
	copy = malloc(sizeof(*copy));
	assert_non_null(copy);
	assert_true(k.n_queue < QUEUE_MAX);
	*copy = *p;
	k.queue[k.n_queue++] = copy;
}

/* What a screen is known by: its text without accents up to a placeholder; "" too little. */
static void learn_marks(void)
{
	char plain[LD_TEXT_MAX];

	assert_true(k.w.content->n_screens <= SCREENS_MAX);
	for (unsigned i = 0; i < k.w.content->n_screens; i++) {
		const char *t = k.w.content->screens[i].text[LD_LANG_VI];

		if (!t || ld_text_unaccent(t, plain, sizeof(plain)) < (int)KNOWN_BY)
			continue;
		plain[strcspn(plain, "{")] = '\0';
		if (strlen(plain) >= KNOWN_BY)
			snprintf(k.mark[i], sizeof(k.mark[i]), "%.*s", (int)sizeof(k.mark[i]) - 1, plain);
	}
}

static void mark_reached(const struct phone *p)
{
	for (unsigned i = 0; i < k.w.content->n_screens; i++)
		if (k.mark[i][0] && strncmp(p->out.reply.text, k.mark[i], strlen(k.mark[i])) == 0)
			k.reached[i] = true;
}

static void walk_from(struct phone *start)
{
	dial(start);
	k.n_queue = k.n_seen = 0;
	enqueue(start);
	for (unsigned at = 0; at < k.n_queue; at++) {
		for (size_t i = 0; i < LD_ARRAY_SIZE(keys); i++) {
			struct phone next = *k.queue[at];

			type(&next, keys[i]);
			k.steps++;
			mark_reached(&next);
			enqueue(&next);
		}
		for (unsigned i = 0; i < 3; i++) {
			type(k.queue[at], "?!");
			mark_reached(k.queue[at]);
		}
		free(k.queue[at]);
	}
}

/* A state that a walk which knows screens by their text does not find. */
static void fail_a_course(void)
{
	static struct phone p;

	stage(&p, &k.w, 5);
	dial(&p);
	type(&p, "203");
	for (unsigned n = 1; n <= 10; n++) {
		type(&p, "1");
		type(&p, option(&p, "CAOTUOI", n, false));
		type(&p, "2");
		mark_reached(&p);
	}
	expect(&p, "Hoc het Dung dien thoai, dung 0/10, can 7.");
}

/* Typed, not a key; and the new learner says no. */
static void add_a_learner(void)
{
	static struct phone p;

	stage(&p, &k.w, 1);
	dial(&p);
	type(&p, "707");
	type(&p, "4");
	type(&p, "Bà 7");
	mark_reached(&p);
	expect(&p, "Chua ro ten.");
	type(&p, "Bà Lan");
	expect(&p, "Lop hoc so phuong");
	p.who.slot = 2;                 /* as the gateway loads her then */
	p.who.consented = false;
	type(&p, "2");
	mark_reached(&p);
	expect(&p, "Khong them nguoi moi.");
}

static void move_here(void)
{
	static struct phone p;

	stage(&p, &k.w, 1);
	dial(&p);
	type(&p, "775");
	type(&p, "2");
	type(&p, "482913");
	mark_reached(&p);
	expect(&p, "Da noi voi so cu.");
}

/* A group head types date, hour and place. */
static void call_a_meeting(void)
{
	static const char *const typed[] = { "902", TOWN_PIN, "25/12", "19:30", "3", "đình làng" };
	static struct phone p;

	stage(&p, &k.w, 7);
	dial(&p);
	for (size_t i = 0; i < LD_ARRAY_SIZE(typed); i++) {
		type(&p, typed[i]);
		mark_reached(&p);
	}
	expect(&p, "Moi hop 19:30 25/12, dinh lang");
}

static void every_screen_fits(void **state)
{
	static struct phone p;
	unsigned missing = 0;

	(void)state;
	learn_marks();
	for (unsigned n = 0; n < STAGES; n++)
		for (unsigned full = 0; full <= (n % FULL_EVERY == 0); full++) {
			if (n % STAGE_EVERY)
				continue;
			stage(&p, &k.w, n);
			if (full)
				snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "full");
			walk_from(&p);
			printf("# stage %u, %s: %u screens\n", n, full ? "full" : "ascii", k.n_seen);
		}
	fail_a_course();
	add_a_learner();
	move_here();
	call_a_meeting();
	printf("# %u steps\n", k.steps);
	assert_true(k.steps > 1000);
	for (unsigned i = 0; i < k.w.content->n_screens; i++) {
		const struct ld_screen *sc = &k.w.content->screens[i];

		/* Not by keys alone, or nothing to know it by. */
		if (k.reached[i] || !k.mark[i][0] || strcmp(sc->id, "resume") == 0 ||
		    strcmp(sc->id, "err.closed") == 0 || strcmp(sc->id, "err.anon") == 0)
			continue;
		printf("# not reached: %s\n", sc->id);
		missing++;
	}
	if (STAGE_EVERY == 1)
		assert_int_equal(missing, 0);
}

static void smaller_and_larger_screens(void **state)
{
	static const uint16_t sizes[][2] = { { 182, 80 }, { 60, 30 } };
	static struct phone p;

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(sizes); i++)
		for (unsigned n = 0; n <= 1; n++) {
			stage(&p, &k.w, n);
			p.septets = sizes[i][0];
			p.units = sizes[i][1];
			walk_from(&p);
		}
}

/* All codes of the printed card, by message and on the screen. */
static void every_code(void **state)
{
	static struct phone p;

	(void)state;
	for (unsigned i = 0; i < k.w.content->n_codes; i++)
		for (unsigned n = 0; n < STAGES; n++) {
			stage(&p, &k.w, n);
			sms(&p, k.w.content->codes[i].code);
			assert_true(p.out.n_sends >= 1);
			assert_true(strcmp(p.out.sends[0].what, "CODE_UNKNOWN") != 0);
			stage(&p, &k.w, n);
			dial(&p);
			type(&p, k.w.content->codes[i].code);
			assert_true(strncmp(heard(&p), "Chua ro", 7) != 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_screen_fits),
		cmocka_unit_test(smaller_and_larger_screens),
		cmocka_unit_test(every_code),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&k.w, true, 1) < 0)
		return 1;
	k.w.random.random.fill = same_fill;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&k.w);
	return rc;
}

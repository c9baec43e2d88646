/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialogues of tests/vectors/transcripts.txt, word for word. Lines:
 *   == TITLE         a dialogue; "SMS." or "USSD." in it names the channel
 *   @ COMMAND ...    what the store holds and what happens meanwhile (see commands[])
 *   < TEXT    [INTENT, open: KIND]    the person writes; the intent is checked too
 *   > [NAME, SEPTETS]    the lines below are what must come back; one a message
 *   > [screen NAME]      the same for a screen
 *   > (nothing is sent)
 *   # a remark */
#include "town.h"

enum { LINE_MAX_ = 512 };

struct run {
	struct world w;
	struct phone p;
	FILE *f;
	unsigned line;
	char text[LINE_MAX_];
	bool held;                      /* text was read but not used */
	unsigned heard;                 /* messages of the last step that were compared */
	unsigned dialogues, inputs, answers;
};

static bool next_line(struct run *r)
{
	if (r->held) {
		r->held = false;
		return true;
	}
	if (!fgets(r->text, sizeof(r->text), r->f))
		return false;
	r->text[strcspn(r->text, "\n")] = '\0';
	r->line++;
	return true;
}

static void check_intent(struct run *r, const char *text, const char *note)
{
	static const char *const kinds[] = { "none", "consent", "quiz", "menu", "bridge" };
	char intent[32] = "", kind[32] = "";
	struct ld_matched m;
	unsigned open = 0;

	if (sscanf(note, "[%31[A-Z_], open: %31[a-z]", intent, kind) != 2)
		return;
	while (open < LD_ARRAY_SIZE(kinds) && strcmp(kinds[open], kind) != 0)
		open++;
	assert_true(open < LD_ARRAY_SIZE(kinds));
	ld_match(r->w.content->rules, r->w.content->n_rules, text, (enum ld_prompt_kind)open, &m);
	assert_string_equal(m.rule ? m.rule->intent : "UNKNOWN", intent);
}

/* ---- @ commands ---- */

static void range(const char *text, unsigned *from, unsigned *to)
{
	char *end;

	*from = *to = (unsigned)strtoul(text, &end, 10);
	if (*end == '-')
		*to = (unsigned)strtoul(end + 1, NULL, 10);
}

static void at_learner(struct run *r, char *a, char *b)
{
	(void)b;
	phone_enrolled(&r->p, a);
}

static void at_right(struct run *r, char *a, char *b)
{
	unsigned from, to;

	range(b, &from, &to);
	phone_answered(&r->p, a, from, to, true);
}

static void at_wrong(struct run *r, char *a, char *b)
{
	unsigned from, to;

	range(b, &from, &to);
	phone_answered(&r->p, a, from, to, false);
}

/* An ambassador takes the number by the screens, names the course and sends; her message to it is
 * what is heard next. */
static void at_invite(struct run *r, char *a, char *b)
{
	static struct phone amb;
	static struct town t;
	struct ld_msisdn number = { "84987654320" };

	(void)b;
	phone_init(&amb, &r->w, LD_CHAN_USSD);
	amb.who.msisdn = number;
	phone_identify(&amb);
	town_init(&t, &r->w);
	t.stranger = r->p.who;
	town_appoint(&t, &amb, LD_DUTY_AMBASSADOR);
	dial(&amb);
	type(&amb, "801");
	type(&amb, "0912 345 678");
	type(&amb, "3");
	type(&amb, a);
	type(&amb, "1");
	expect_facts(&amb, "INVITED");
	assert_int_equal(amb.out.n_sends, 1);
	assert_string_equal(amb.out.sends[0].to.digits, r->p.who.msisdn.digits);
	assert_true(ld_id_eq(&amb.out.facts[0].subject, &r->p.who.p));
	apply(&r->p, &amb.out.facts[0]);
	r->p.len = ld_session_asked(r->p.blob, r->p.len, r->p.now_ms, r->p.blob);
	r->p.out.n_sends = 1;
	r->p.out.sends[0] = amb.out.sends[0];
	r->heard = 0;
}

static void at_days(struct run *r, char *a, char *b)
{
	(void)b;
	r->p.now_ms += (int64_t)atol(a) * DAY_MS;
}

static void at_random(struct run *r, char *a, char *b)
{
	(void)b;
	r->w.random.value[r->w.random.n++] = (uint32_t)strtoul(a, NULL, 10);
}

static void at_dial(struct run *r, char *a, char *b)
{
	(void)a, (void)b;
	phone_do(&r->p, LD_IN_BEGIN, "*123#");
	r->heard = 0;
}

static void at_cut(struct run *r, char *a, char *b)
{
	(void)a, (void)b;
	cut(&r->p);
}

static void at_write(struct run *r, char *a, char *b)
{
	(void)b;
	type(&r->p, a);
	r->heard = 0;
}

static void at_new(struct run *r, char *a, char *b)
{
	enum ld_channel_kind kind = r->p.kind;

	(void)a, (void)b;
	phone_init(&r->p, &r->w, kind);
	memcpy(r->p.who.msisdn.digits, "84987654321", 12);
	phone_identify(&r->p);
}

/* ---- somebody helps ---- */

static struct phone helper;
static struct town helped;

/* She lives in to 28, where a helper serves; she is called by that form. */
static void at_helper(struct run *r, char *a, char *b)
{
	struct ld_msisdn number = { "84987654320" };

	(void)b;
	town_init(&helped, &r->w);
	phone_init(&helper, &r->w, LD_CHAN_SMS);
	helper.who.msisdn = number;
	phone_identify(&helper);
	town_appoint(&helped, &helper, LD_DUTY_HELPER);
	helped.helper = helper.who.p;
	r->p.others = &helped.see;
	snprintf(r->p.who.reg[LD_REG_TDP].value, LD_VALUE_MAX, "28");
	snprintf(r->p.who.reg[LD_REG_XUNG].value, LD_VALUE_MAX, "%s", a);
}

/* What one side did reaches the other's telephone: that is what is heard next. */
static void reaches(struct run *r, struct phone *to, struct ld_wake *wake)
{
	struct ld_session_env env = { .content = r->w.content, .keys = &r->w.keys,
				      .random = &r->w.random.random, .now_ms = r->p.now_ms,
				      .utc_offset_min = 420, .others = &helped.see };
	struct ld_outcome out;
	uint8_t after[LD_SESSION_BLOB_MAX];

	wake->pin = r->p.who.help_pin;
	ld_session_wake(&env, &to->who, to->blob, to->len, wake, &out, after, &to->len);
	memcpy(to->blob, after, to->len);
	r->p.out = out;
	r->heard = 0;
}

static void at_told(struct run *r, char *a, char *b)
{
	struct ld_wake wake = { .what = LD_WAKE_HELPER, .tdp = 28, .phone = r->p.who.msisdn };

	(void)a, (void)b;
	assert_int_equal(r->p.who.helper.step, LD_HELPER_ALLOWED);
	reaches(r, &helper, &wake);
}

static void at_done(struct run *r, char *a, char *b)
{
	struct ld_wake wake = { .what = LD_WAKE_HELP };
	char text[80];

	helped.n_calls = 1;
	helped.call[0] = (struct ld_session_call){ .s = r->p.who.s, .pin = r->p.who.help_pin,
						   .tdp = 28, .step = LD_HELPER_ALLOWED, .mine = true };
	snprintf(text, sizeof(text), "%.30s %.30s", a, b);
	check_intent(r, text, "[HELP_DONE, open: none]");
	sms(&helper, text);
	expect_silence(&helper);
	expect_facts(&helper, "HELPER");
	apply(&r->p, &helper.out.facts[0]);
	reaches(r, &r->p, &wake);
}

static const struct {
	const char *name;
	void (*run)(struct run *, char *a, char *b);
} commands[] = {
	{ "learner", at_learner },      /* COURSE: consented, enrolled */
	{ "right", at_right },          /* COURSE N-M: answered rightly */
	{ "wrong", at_wrong },          /* COURSE N-M: answered wrongly */
	{ "invite", at_invite },        /* KEY of the course: an ambassador invites the person */
	{ "days", at_days },            /* N days pass */
	{ "random", at_random },        /* the next random number */
	{ "dial", at_dial },
	{ "cut", at_cut },              /* the session ends without a good-bye */
	{ "write", at_write },          /* TEXT whose answer the transcript leaves out or shows next */
	{ "helper", at_helper },        /* FORM of address: a helper serves where the person lives */
	{ "told", at_told },            /* her yes reaches the helper */
	{ "done", at_done },            /* WORDS the helper writes; what that asks of the person */
	{ "new", at_new },              /* another person */
};

static void command(struct run *r)
{
	char name[32] = "", a[64] = "", b[64] = "";

	sscanf(r->text + 1, "%31s %63s %63s", name, a, b);
	for (size_t i = 0; i < LD_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].run(r, a, b);
			return;
		}
	fail_msg("transcripts.txt:%u: no command %s", r->line, name);
}

/* ---- < and > ---- */

static void all_heard(struct run *r)
{
	if (r->p.kind == LD_CHAN_SMS && r->p.len + r->p.dots > 0 && r->heard < r->p.out.n_sends)
		fail_msg("transcripts.txt:%u: not expected: %s", r->line,
			 r->p.out.sends[r->heard].text);
}

static void written(struct run *r)
{
	char *note = strstr(r->text, "    [");

	all_heard(r);
	if (note) {
		*note = '\0';
		check_intent(r, r->text + 2, note + 4);
	}
	type(&r->p, r->text + 2);
	r->heard = 0;
	r->inputs++;
}

static void body(struct run *r, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	while (next_line(r)) {
		if (r->text[0] == '\0' || strchr("<>#@=", r->text[0])) {
			r->held = true;
			return;
		}
		n += (size_t)snprintf(ret + n, size - n, "%s%s", n ? "\n" : "", r->text);
		assert_true(n < size);
	}
}

/* The transcript's sample of a code stands for the real one. */
static void real_code(struct run *r, char *text, size_t size)
{
	char digits[LD_CODE_DIGITS + 1], copy[LD_TEXT_MAX];
	char *at = strstr(text, "DC7K-4M92");
	const struct ld_course *c = ld_content_course(r->w.content, "VNEID");

	if (!at)
		return;
	ld_completion_code(digits, &r->w.keys, &r->p.who.s, c->menu_key);
	snprintf(copy, sizeof(copy), "%.*s%.4s-%.4s-%.3s%s", (int)(at - text), text, digits,
		 digits + 4, digits + 8, at + 9);
	snprintf(text, size, "%s", copy);
}

static void answered(struct run *r)
{
	char title[LINE_MAX_], expected[LD_TEXT_MAX];
	const char *got, *comma;

	snprintf(title, sizeof(title), "%s", r->text);
	if (strcmp(title, "> (nothing is sent)") == 0) {
		assert_int_equal(r->p.out.n_sends, 0);
		return;
	}
	body(r, expected, sizeof(expected));
	comma = strchr(title, ',');
	if (comma && !strstr(expected, "DC7K"))
		assert_int_equal(ld_gsm7_septets(expected), atoi(comma + 1));
	real_code(r, expected, sizeof(expected));
	if (strncmp(title, "> [screen", 9) == 0)
		got = r->p.out.has_reply ? r->p.out.reply.text : "(no screen)";
	else
		got = r->heard < r->p.out.n_sends ? r->p.out.sends[r->heard++].text : "(nothing)";
	if (strcmp(got, expected) != 0)
		fail_msg("transcripts.txt:%u: %s\nexpected:\n%s\ngot:\n%s", r->line, title,
			 expected, got);
	r->answers++;
}

static void title(struct run *r)
{
	all_heard(r);
	r->dialogues++;
	r->w.random.n = r->w.random.next = 0;
	phone_init(&r->p, &r->w, strstr(r->text, "USSD.") ? LD_CHAN_USSD : LD_CHAN_SMS);
	r->heard = 0;
	printf("# %s\n", r->text + 3);
}

static void transcripts(void **state)
{
	static struct run r;

	(void)state;
	assert_int_equal(world_open(&r.w, true, 1), 0);
	r.f = fopen("tests/vectors/transcripts.txt", "r");
	assert_non_null(r.f);
	while (next_line(&r)) {
		if (strncmp(r.text, "== ", 3) == 0)
			title(&r);
		else if (r.text[0] == '@')
			command(&r);
		else if (r.text[0] == '<')
			written(&r);
		else if (r.text[0] == '>')
			answered(&r);
		else if (r.text[0] != '#' && r.text[0] != '\0')
			fail_msg("transcripts.txt:%u: what is this?", r.line);
	}
	all_heard(&r);
	fclose(r.f);
	assert_true(r.dialogues >= 10 && r.inputs >= 39 && r.answers >= 41);
	world_close(&r.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(transcripts) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido card: the menu card and the course booklet, one page of HTML that a browser prints. */
#include "cli.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Words that stand for this board. */
struct card {
	struct cli *cli;
	const struct ld_content *c;
	const char *dial, *number;
};

/* ---- text ---- */

static void escaped(const char *text, size_t n)
{
	for (size_t i = 0; i < n && text[i]; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		case '\n':
			fputs("<br>\n", stdout);
			break;
		default:
			putchar(text[i]);
		}
	}
}

/* One letter as a capital; its octets. */
static size_t capital(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t wc;
	size_t n = mbrtowc(&wc, text, strlen(text), &state);
	char out[16];    /* MB_CUR_MAX of UTF-8 is 6 */

	if (n == 0 || n == (size_t)-1 || n == (size_t)-2)
		return 0;
	memset(&state, 0, sizeof(state));
	escaped(out, wcrtomb(out, (wchar_t)towupper((wint_t)wc), &state));
	return n;
}

static const char *word(const struct card *k, const char *name, size_t len)
{
	static const char *const values[] = { "ward_phone" };

	if (len == 4 && memcmp(name, "dial", 4) == 0)
		return k->dial;
	if (len == 6 && memcmp(name, "number", 6) == 0)
		return k->number;
	for (size_t i = 0; i < LD_ARRAY_SIZE(values); i++)
		if (strlen(values[i]) == len && memcmp(values[i], name, len) == 0)
			return ld_content_value(k->c, values[i]);
	return NULL;
}

/* A template with the words filled in that paper can know; the form of address falls away. */
static void text(const struct card *k, const char *t)
{
	while (*t) {
		size_t plain = strcspn(t, "{"), n;
		const char *value;
		bool address;

		n = strcspn(t + plain, "}");
		address = t[plain] && (strncmp(t + plain, "{xung}", 6) == 0 ||
				       strncmp(t + plain, "{Xung}", 6) == 0);
		escaped(t, address && t[plain + 1] == 'x' && plain > 0 && t[plain - 1] == ' ' ?
			plain - 1 : plain);
		t += plain;
		if (*t == '\0')
			return;
		value = address ? NULL : word(k, t + 1, n - 1);
		escaped(value ? value : "", value ? strlen(value) : 0);
		if (address && t[1] == 'X' && t[n] == '}' && t[n + 1] == ' ') {
			t += n + 2;
			t += capital(t);
		} else {
			t += t[n] == '}' ? n + 1 : n;
		}
	}
}

/* <tag class>message</tag>; nothing when the content has no such message. */
static void message(const struct card *k, const char *tag, const char *key)
{
	const char *t = ld_content_message(k->c, key, LD_LANG_VI);

	if (!t || t[0] == '\0')
		return;
	printf("<%s>", tag);
	text(k, t);
	printf("</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void screen(const struct card *k, const char *tag, const char *id)
{
	int i = ld_content_screen(k->c, id);

	if (i < 0 || !k->c->screens[i].text[LD_LANG_VI])
		return;
	printf("<%s>", tag);
	text(k, k->c->screens[i].text[LD_LANG_VI]);
	printf("</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* ---- pages ---- */

static const char style[] =
	"@page { size: A4; margin: 14mm }\n"
	"body { font: 16pt/1.35 'Be Vietnam Pro', 'Noto Sans', 'DejaVu Sans', sans-serif;\n"
	"  color: #000; background: #fff; margin: 0 auto; max-width: 182mm }\n"
	"h1 { font-size: 34pt; margin: 0 0 5mm } h2 { font-size: 23pt; margin: 7mm 0 3mm }\n"
	"p { margin: 0 0 4mm } .page { break-after: page } .page:last-child { break-after: auto }\n"
	".how { font-size: 23pt; font-weight: bold; border: 1mm solid #000; padding: 4mm;\n"
	"  border-radius: 3mm } .words { font-size: 18pt }\n"
	".alarm { font-size: 20pt; border-left: 3mm solid #000; padding-left: 4mm;\n"
	"  margin-top: 7mm }\n"
	".codes { columns: 2; column-gap: 9mm; padding: 0; margin: 0; list-style: none }\n"
	".codes li { break-inside: avoid; display: flex; align-items: baseline; gap: 4mm;\n"
	"  border-bottom: .2mm solid #999; padding: 1mm 0; line-height: 1.2; font-size: 16pt }\n"
	".codes b { font-size: 19pt; min-width: 14mm } .top b { white-space: nowrap }\n"
	".codes .top, .codes .course { font-size: 19pt; font-weight: bold }\n"
	".codes .top { break-after: avoid } .codes .course b { white-space: nowrap }\n"
	".lesson { break-inside: avoid; margin: 0 0 6mm }\n"
	".lesson h3 { font-size: 17pt; margin: 0 0 1mm }\n"
	".key { font-weight: bold } .small { font-size: 12pt }\n"
	"ol { margin: 0 0 1mm 8mm; padding: 0 }\n";

/* A code of a whole branch ("10", "70") leads its part of the list. */
static void codes(const struct card *k)
{
	printf("<ul class=\"codes\">\n");
	for (unsigned i = 0; i < k->c->n_codes; i++) {
		const struct ld_code *code = &k->c->codes[i];

		printf("<li%s><b>", strlen(code->code) == 2 ? " class=\"top\"" : "");
		escaped(code->code, strlen(code->code));
		printf("</b><span>");
		escaped(code->label, strlen(code->label));
		printf("</span></li>\n");
	}
	printf("</ul>\n");
}

static void menu_card(const struct card *k)
{
	printf("<section class=\"page\">\n");
	screen(k, "h1", "root");
	message(k, "p class=\"how\"", "CARD_HOW");
	message(k, "p class=\"words\"", "HELP_TEXT");
	message(k, "h2", "CARD_COURSES");
	printf("<ul class=\"codes\">\n");
	for (unsigned i = 0; i < k->c->n_courses; i++) {
		const struct ld_course *c = &k->c->courses[i];

		if (!ld_content_offers(k->c, c))
			continue;
		printf("<li class=\"course\"><b>DK %u</b><span>", c->menu_key);
		escaped(c->name_short, strlen(c->name_short));
		printf("</span></li>\n");
	}
	printf("</ul>\n");
	screen(k, "p class=\"alarm\"", "emerg");
	screen(k, "p class=\"alarm\"", "scam.4");
	printf("</section>\n<section class=\"page\">\n");
	message(k, "h2", "CARD_CODES");
	codes(k);
	printf("</section>\n");
}

static void lesson(const struct card *k, const struct ld_lesson *l)
{
	printf("<div class=\"lesson\"><h3>%u. ", l->n);
	text(k, l->title);
	printf("</h3>\n<p class=\"key\">");
	text(k, l->key);
	printf("</p>\n<p>");
	text(k, l->more);
	printf("</p>\n<p>");
	text(k, l->question);
	printf("</p>\n<ol>\n");
	for (unsigned i = 0; i < 3; i++) {
		printf("<li>");
		text(k, l->opt[i]);
		printf("</li>\n");
	}
	printf("</ol></div>\n");
}

/* Lessons that are sent; the answers stand at the end, as "1-2". */
static void booklet(const struct card *k, const struct ld_course *c)
{
	printf("<section class=\"page\">\n<h1>");
	text(k, c->name[LD_LANG_VI]);
	printf("</h1>\n<p class=\"how\">DK %u</p>\n", c->menu_key);
	for (unsigned i = 0; i < c->n_lessons; i++)
		if (c->lessons[i].sendable)
			lesson(k, &c->lessons[i]);
	printf("<p class=\"small\">");
	text(k, ld_content_message(k->c, "CARD_ANSWERS", LD_LANG_VI) ?
	     ld_content_message(k->c, "CARD_ANSWERS", LD_LANG_VI) : "");
	for (unsigned i = 0; i < c->n_lessons; i++)
		if (c->lessons[i].sendable)
			printf(" %u-%u", c->lessons[i].n, c->lessons[i].answer);
	printf("</p>\n</section>\n");
}

static void page(const struct card *k, const struct ld_course *only, bool books)
{
	printf("<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	text(k, k->c->screens[k->c->start].label[LD_LANG_VI]);
	printf("</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
	if (!only)
		menu_card(k);
	for (unsigned i = 0; i < k->c->n_courses; i++)
		if (only == &k->c->courses[i] ||
		    (books && !only && ld_content_offers(k->c, &k->c->courses[i])))
			booklet(k, &k->c->courses[i]);
	printf("</body>\n</html>\n");
}

int run_card(struct cli *cli, int argc, char **argv)
{
	const char *course = NULL;
	bool books = false;
	const struct cli_option options[] = {
		{ .name = "booklet", .flag = &books, .help = "the lessons of every course behind it" },
		{ .name = "course", .value = "KEY", .text = &course,
		  .help = "only the booklet of one course, such as VNEID" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 1);
	struct card k = { .cli = cli, .number = ". . . . . . . . . ." };
	const struct ld_course *only = NULL;
	struct ld_content *c = NULL;

	if (code < 0)
		code = cli_content(cli, &c);
	if (!c)
		return code;
	k.c = c;
	k.dial = cli->config.gsup.code;
	if (cli->config.n_modems > 0 && cli->config.modems[0].number[0])
		k.number = cli->config.modems[0].number;
	if (course && !(only = ld_content_course(c, course)))
		code = complain(EXIT_USAGE, "there is no course %s in %s", course,
				cli_content_dir(cli));
	else
		page(&k, only, books);
	ld_content_free(c);
	return code;
}

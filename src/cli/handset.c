/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handset of the daemon's channel "phone": inputs go out, events come back and are shown. */
#include "phone.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	STREAM = 1,             /* the id of our one request on this connection */
	BEHIND_MS = 500,
};

/* ---- showing ---- */

void lines_add(struct lines *l, const char *text, size_t octets)
{
	if (l->n == ANSWER_LINES)
		return;
	while (octets > 0 && isspace((unsigned char)text[octets - 1]))
		octets--;
	l->v[l->n] = strndup(text, octets);
	if (l->v[l->n])
		l->n++;
}

void lines_clear(struct lines *l)
{
	while (l->n > 0)
		free(l->v[--l->n]);
}

/* One line of a transcript. */
static void note(struct handset *h, const char *text, size_t octets)
{
	lines_add(&h->got, text, octets);
	if (h->style != STYLE_PLAIN)
		return;
	fputs(octets > 0 ? "< " : "<", stdout);
	put_safe(stdout, text, octets);
	putchar('\n');
}

static void note_text(struct handset *h, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		note(h, text, len);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

/* "(closed) why": something that is neither screen nor message. */
static void note_event(struct handset *h, const char *what, const char *why)
{
	char line[256];

	snprintf(line, sizeof(line), "(%s)%s%s", what, *why ? " " : "", why);
	h->shown++;
	note(h, line, strlen(line));
	if (h->style == STYLE_FRAMES)
		put_line(stdout, line);
}

static const char *units_of(const json_t *msg)
{
	return strcmp(member_text(msg, "alphabet", ""), "gsm7") == 0 ? "septets, GSM-7" :
								       "units, UCS-2";
}

static void show_screen(struct handset *h, const json_t *msg)
{
	const char *text = member_text(msg, "text", "");
	bool end = json_is_true(json_object_get(msg, "end"));
	char caption[64];

	h->in_session = !end;
	h->shown++;
	if (end)
		note(h, "(end)", strlen("(end)"));
	note_text(h, text);
	if (h->style != STYLE_FRAMES)
		return;
	snprintf(caption, sizeof(caption), "%d/%d %s", (int)member_int(msg, "length", 0),
		 (int)member_int(msg, "limit", 0), units_of(msg));
	draw_frame(h->cli, stdout, end ? "USSD, ended" : "USSD", text, caption);
}

static void show_sms(struct handset *h, const json_t *msg)
{
	const char *text = member_text(msg, "text", "");
	int parts = (int)member_int(msg, "parts", 1);
	char caption[64];

	h->shown++;
	note(h, "(sms)", strlen("(sms)"));
	note_text(h, text);
	if (h->style != STYLE_FRAMES)
		return;
	snprintf(caption, sizeof(caption), "%d %s, %d part%s", (int)member_int(msg, "length", 0),
		 units_of(msg), parts, parts == 1 ? "" : "s");
	draw_frame(h->cli, stdout, "SMS", text, caption);
}

static void show_closed(struct handset *h, const json_t *msg)
{
	h->in_session = false;
	note_event(h, "closed", member_text(msg, "why", ""));
}

static void show_refused(struct handset *h, const json_t *msg)
{
	note_event(h, "refused", member_text(msg, "why", ""));
}

static void show_attached(struct handset *h, const json_t *msg)
{
	int waiting = (int)member_int(msg, "waiting", 0);

	h->attached = true;
	if (h->style == STYLE_FRAMES)
		printf("%s is on. %d message%s waiting.\n", h->number, waiting,
		       waiting == 1 ? "" : "s");
}

static void count_settled(struct handset *h, const json_t *msg)
{
	(void)msg;
	if (h->unsettled > 0)
		h->unsettled--;
}

static const struct {
	const char *name;
	void (*show)(struct handset *h, const json_t *msg);
} events[] = {
	{ "screen", show_screen },   { "sms", show_sms },           { "closed", show_closed },
	{ "refused", show_refused }, { "attached", show_attached }, { "settled", count_settled },
};

/* -1 or an exit code: the daemon has ended the handset. */
static int take(struct handset *h, const json_t *msg)
{
	const char *ev = member_text(msg, "ev", "");

	/* The last word: not let in, or the daemon stops. */
	if (json_object_get(msg, "ok"))
		return complain(h->attached ? EXIT_NO_DAEMON : EXIT_CHECK, "the daemon says: %s",
				member_text(msg, "error", "the handset is detached"));
	for (size_t i = 0; i < LD_ARRAY_SIZE(events); i++)
		if (strcmp(events[i].name, ev) == 0)
			events[i].show(h, msg);
	fflush(stdout);
	return -1;
}

/* ---- waiting ---- */

static int gone(struct handset *h, int rc)
{
	h->unsettled = 0;
	if (rc == LD_E_PEER)
		return complain(EXIT_NO_DAEMON, "the daemon has gone; start it and call again, the "
						"dialogue goes on where it was");
	return complain(EXIT_NO_DAEMON, "the daemon says nonsense: %s", ld_strerror(rc));
}

/* Takes events until done() or the time is up (then *ret_late, if wanted). */
static int take_until(struct handset *h, bool (*done)(const struct handset *), int timeout_ms,
		      bool *ret_late)
{
	int64_t until = cli_mono_ms(h->cli) + timeout_ms;
	int code = -1;

	while (code < 0 && !done(h)) {
		int64_t left = until - cli_mono_ms(h->cli);
		json_t *msg = NULL;
		int rc = door_next(&h->door, left > 0 ? (int)left : 0, &msg);

		if (rc < 0)
			return gone(h, rc);
		if (rc == 0) {
			*ret_late = true;
			return -1;
		}
		code = take(h, msg);
		json_decref(msg);
	}
	return code;
}

static bool is_settled(const struct handset *h)
{
	return h->unsettled == 0;
}

static bool something_shown(const struct handset *h)
{
	return h->shown > 0;
}

static bool never(const struct handset *h)
{
	(void)h;
	return false;
}

static int settle(struct handset *h)
{
	bool late = false;
	int code = take_until(h, is_settled, h->timeout_ms, &late);

	if (code < 0 && late) {
		note_event(h, "late", "no answer in time");
		return code;
	}
	/* An answer that stands behind others leaves a moment after the input was stored. */
	if (code < 0)
		code = take_until(h, something_shown, BEHIND_MS, &late);
	if (code < 0 && late)
		note_event(h, "nothing", "");
	return code;
}

int handset_poll(struct handset *h)
{
	bool late;

	return take_until(h, never, 0, &late);
}

int handset_wait(struct handset *h, int timeout_ms)
{
	bool late = false;
	int code = take_until(h, something_shown, timeout_ms, &late);

	/* What follows at once belongs to it. */
	if (code < 0 && !late)
		code = handset_poll(h);
	if (code < 0 && late)
		note_event(h, "nothing", "");
	return code;
}

/* ---- typing ---- */

static int send_do(struct handset *h, const char *what, const char *text)
{
	json_t *msg = json_pack("{s:i,s:s,s:s}", "id", STREAM, "do", what, "text", text);
	int rc;

	if (!msg) {
		note_event(h, "refused", "that is not UTF-8");
		return -1;
	}
	rc = door_send(&h->door, msg);
	if (rc == LD_E_TOOBIG) {
		note_event(h, "refused", "that is too long");
		return -1;
	}
	if (rc < 0)
		return gone(h, rc);
	h->unsettled++;
	return settle(h);
}

static int type_wait(struct handset *h, const char *rest)
{
	char *end;
	long s = strtol(rest, &end, 10);

	if (end == rest || *end != '\0' || s < 0 || s > 3600)
		return complain(EXIT_USAGE, "wait: seconds from 0 to 3600");
	return handset_wait(h, (int)s * 1000);
}

static int type_quit(struct handset *h, const char *rest)
{
	(void)h;
	(void)rest;
	return EXIT_DONE;
}

static int type_help(struct handset *h, const char *rest)
{
	(void)h;
	(void)rest;
	printf("*123# dials; then what you type answers; else it is a text message.\n"
	       "/sms TEXT  /dial CODE  /call  /hangup  /wait SECONDS  /quit\n");
	return -1;
}

/* Typed behind "/", written behind "! " in a script. */
static const struct {
	const char *name;
	const char *what;       /* the daemon's word for it, or */
	int (*run)(struct handset *h, const char *rest);
} words[] = {
	{ "call", "call", NULL },    { "hangup", "hangup", NULL }, { "sms", "sms", NULL },
	{ "dial", "dial", NULL },    { "text", "text", NULL },	   { "wait", NULL, type_wait },
	{ "quit", NULL, type_quit }, { "help", NULL, type_help },
};

static int typed_word(struct handset *h, const char *line)
{
	size_t len = strcspn(line, " ");
	const char *rest = line + len + strspn(line + len, " ");

	for (size_t i = 0; i < LD_ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) != len || memcmp(words[i].name, line, len) != 0)
			continue;
		if (words[i].run)
			return words[i].run(h, rest);
		if (strcmp(words[i].what, "hangup") == 0)
			h->in_session = false;
		return send_do(h, words[i].what, rest);
	}
	note_event(h, "unknown", "no such word; /help shows them");
	return -1;
}

int handset_typed(struct handset *h, const char *line)
{
	size_t len = strlen(line);
	bool code = len > 1 && (line[0] == '*' || line[0] == '#') && line[len - 1] == '#';

	h->shown = 0;
	lines_clear(&h->got);
	if (line[0] == '/')
		return typed_word(h, line + 1);
	if (!h->only_sms && h->in_session)
		return send_do(h, "text", line);
	if (!h->only_sms && code)
		return send_do(h, "dial", line);
	if (h->only_ussd) {
		note_event(h, "refused", "no session is open; dial a code first");
		return -1;
	}
	return send_do(h, "sms", line);
}

int handset_open(struct handset *h, int septets, int units)
{
	int code = door_open(&h->door, h->cli);
	int rc;

	if (code != EXIT_DONE)
		return code;
	rc = door_send(&h->door,
		       json_pack("{s:i,s:s,s:s,s:i,s:i}", "id", STREAM, "cmd", "phone", "number",
				 h->number, "septets", septets, "units", units));
	if (rc < 0 && rc != LD_E_PEER) {
		code = complain(EXIT_USAGE, "%s is no number", h->number);
	} else {
		bool late = false;

		h->unsettled = 1;
		code = take_until(h, is_settled, h->timeout_ms, &late);
		if (code < 0 && late)
			code = complain(EXIT_NO_DAEMON, "the daemon does not answer");
	}
	if (code >= 0)
		handset_close(h);
	return code;
}

void handset_close(struct handset *h)
{
	lines_clear(&h->got);
	door_close(&h->door);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laido/mesh/home.h"
#include "laido/mesh/sync.h"
#include "laido/osmo/log.h"
#include "laido/text/text.h"

enum { MOVES_AT_ONCE = 32 };

struct job {
	struct ld_job job;
	struct ld_ctl_home to;
	struct ld_ctl_req *req;
	int (*look)(struct job *, struct ld_store *);
	json_t *answer;
	struct ld_errmsg err;
	int rc;                 /* of what was asked; the store's own errors undo the batch */
	char from[LD_HEX_PK], onto[LD_HEX_PK];
	bool one, dead;
	struct ld_id p;
	int64_t now_ms;
	struct ld_home_moved moved;
};

void ld_ctl_term_words(const struct ld_term *t, int utc_offset_min, char *ret, size_t size)
{
	time_t ended = (time_t)(t->until_ms / 1000 + utc_offset_min * 60);
	struct tm tm;
	char since[32] = "";

	ret[0] = '\0';
	if (t->runs)
		return;
	if (!t->heard_ms || t->gap) {
		snprintf(ret, size, "%s: lessons and reminders wait, replies go on. Bring this board "
			 "into contact with the ward, or with a board that is.", t->gap ?
			 "Not all that the ward has ordered is here yet" :
			 "No heartbeat of the ward has come yet");
		return;
	}
	if (gmtime_r(&ended, &tm))
		strftime(since, sizeof(since), "%d/%m/%Y %H:%M", &tm);
	snprintf(ret, size, "No heartbeat of the ward for 14 days: lessons and reminders wait since "
		 "%s, replies go on. Bring this board into contact with the ward, or with a board "
		 "that is.", since);
}

/* ---- list ---- */

struct homes {
	struct job *j;
	struct ld_store *st;
	struct ld_home_count count[128];
	unsigned n;
};

static int note_count(void *arg, const struct ld_home_count *c)
{
	struct homes *h = arg;

	if (h->n < LD_ARRAY_SIZE(h->count))
		h->count[h->n++] = *c;
	return 0;
}

static const struct ld_home_count *count_of(const struct homes *h, const struct ld_board_id *id)
{
	static const struct ld_home_count none;

	for (unsigned i = 0; i < h->n; i++)
		if (memcmp(h->count[i].board.b, id->b, sizeof(id->b)) == 0)
			return &h->count[i];
	return &none;
}

static int add_home(void *arg, const struct ld_member *m)
{
	struct homes *h = arg;
	const struct ld_home_count *c = count_of(h, &m->board);
	bool self = memcmp(m->pk, h->j->to.node->key.pk, sizeof(m->pk)) == 0;
	bool ward = memcmp(m->pk, h->j->to.node->ward.ward_pk, sizeof(m->pk)) == 0;
	char key[LD_HEX_PK];
	json_t *o;

	if (ward && !(self && h->j->to.sends) && c->learners == 0)
		return 0;
	ld_hex(key, m->pk, sizeof(m->pk));
	o = json_pack("{s:s, s:s, s:i, s:i, s:I, s:b}", "name", m->name, "key", key, "learners",
		      (int)c->learners, "waiting", (int)c->waiting, "until_ms",
		      (json_int_t)c->until_ms, "self", self);
	return json_array_append_new(json_object_get(h->j->answer, "homes"), o) < 0 ? LD_E_NOMEM : 0;
}

/* What it took with it when it was last here gives it so many days; what others carry, perhaps more. */
static int complete_home(struct ld_store *st, json_t *o, int64_t now_ms)
{
	struct ld_board_id id;
	int64_t heard = json_is_true(json_object_get(o, "self")) ? now_ms : 0, word = 0;
	uint8_t pk[32];
	int rc;

	if (!ld_unhex(pk, sizeof(pk), json_string_value(json_object_get(o, "key"))))
		return 0;
	ld_board_id_of(&id, pk);
	rc = heard ? 0 : ld_mesh_last_contact(st, &id, &heard);
	if (rc == 0 || rc == LD_E_UNKNOWN)
		rc = ld_store_last_word(st, &id, &word);
	if (rc == 0)
		rc = ld_store_revoked(st, &id);
	if (rc < 0)
		return rc;
	word = word > now_ms ? now_ms : word;
	json_object_set_new(o, "revoked", json_boolean(rc));
	json_object_set_new(o, "heard_ms", json_integer((json_int_t)(word > heard ? word : heard)));
	json_object_set_new(o, "term_ms", json_integer((json_int_t)(heard ? heard + LD_TERM_MS : 0)));
	return 0;
}

static int look_list(struct job *j, struct ld_store *st)
{
	struct homes *h = calloc(1, sizeof(*h));
	json_t *o;
	size_t i;
	int rc;

	if (!h)
		return LD_E_NOMEM;
	h->j = j;
	h->st = st;
	json_decref(j->answer);
	j->answer = json_pack("{s:[]}", "homes");
	rc = ld_store_home_counts(st, j->now_ms, note_count, h);
	if (rc == 0)
		rc = ld_store_members(st, add_home, h);
	json_array_foreach(json_object_get(j->answer, "homes"), i, o)
		if (rc == 0)
			rc = complete_home(st, o, j->now_ms);
	free(h);
	return rc;
}

/* ---- move ---- */

static int look_move(struct job *j, struct ld_store *st)
{
	struct ld_home_move what = { .from = j->one ? NULL : j->from, .to = j->onto, .p = j->p,
				     .serves = j->to.sends, .dead = j->dead, .now_ms = j->now_ms, .max = MOVES_AT_ONCE };

	j->rc = ld_mesh_move_home(j->to.node, st, &what, &j->moved, &j->err);
	json_decref(j->answer);
	j->answer = j->rc < 0 ? NULL : json_pack("{s:s, s:s, s:i, s:i, s:I}", "from",
		j->moved.from.name, "to", j->moved.to.name, "moved", (int)j->moved.moved, "left",
		(int)j->moved.left, "until_ms", (json_int_t)(j->now_ms + LD_HOME_WAIT_MS));
	return j->rc == LD_E_RANGE || j->rc == LD_E_UNKNOWN || j->rc == LD_E_DENIED ? 0 : j->rc;
}

/* ---- jobs ---- */

static int run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;

	return j->look(j, st);
}

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc < 0 || j->rc < 0) {
		ld_ctl_fail(j->req, j->rc < 0 ? j->rc : rc, j->err.text, NULL);
		json_decref(j->answer);
	} else {
		if (j->moved.moved)
			LOGP(DMESH, LOGL_NOTICE, "%u learners have moved to board \"%s\"\n",
			     j->moved.moved, j->moved.to.name);
		ld_ctl_answer(j->req, j->answer);
	}
	free(j);
}

static const char *text_of(const json_t *in, const char *name)
{
	const char *s = json_string_value(json_object_get(in, name));

	return s ? s : "";
}

static const char *read_move(struct job *j, const json_t *in, bool trusted)
{
	struct ld_msisdn m;

	if (!trusted)
		return "the clock is not trusted, and the boards reckon from the time of the move: set "
		       "it first";
	if (!*text_of(in, "to") || strlen(text_of(in, "to")) >= sizeof(j->onto) ||
	    strlen(text_of(in, "from")) >= sizeof(j->from))
		return "from which board to which? their names, or their keys";
	snprintf(j->from, sizeof(j->from), "%s", text_of(in, "from"));
	snprintf(j->onto, sizeof(j->onto), "%s", text_of(in, "to"));
	j->dead = json_is_true(json_object_get(in, "dead"));
	j->one = *text_of(in, "number");
	if (j->one == (*j->from != '\0'))
		return "from a board, or one number: name one of the two";
	if (!j->one)
		return NULL;
	if (ld_e164_parse(text_of(in, "number"), &m) != LD_ADDR_MOBILE)
		return "that is no mobile number";
	ld_pseudonym_p(&j->p, &j->to.node->ward, &m);
	return NULL;
}

/* What the request asks for; why not, or NULL. */
static const char *read_request(struct job *j, const json_t *in)
{
	bool trusted;

	j->now_ms = ld_clock_utc_ms(j->to.clock, &trusted);
	if (strcmp(text_of(in, "do"), "list") == 0) {
		j->look = look_list;
		return NULL;
	}
	j->look = look_move;
	return strcmp(text_of(in, "do"), "move") == 0 ? read_move(j, in, trusted)
						      : "do: list or move";
}

void ld_ctl_home(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_home *to)
{
	struct job *j = calloc(1, sizeof(*j));
	const char *why;
	int rc;

	if (!j)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	j->job = (struct ld_job){ .run = run, .done = done };
	j->to = *to;
	j->req = req;
	why = read_request(j, in);
	rc = why ? LD_E_RANGE : ld_worker_submit(to->worker, LD_LANE_LONG, &j->job);
	if (rc < 0) {
		ld_ctl_fail(req, rc, why, NULL);
		free(j);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/mesh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/mesh/admit.h"
#include "laido/mesh/root.h"
#include "laido/osmo/log.h"

struct job {
	struct ld_job job;
	struct ld_ctl_mesh to;
	struct ld_ctl_req *req;
	int (*look)(struct job *, struct ld_store *);
	json_t *answer;
	struct ld_errmsg err;
	int rc; /* of what was asked; the store's own errors undo the batch */
	struct ld_invitee invitee;
	char which[LD_HEX_PK], host[LD_HOST_HINT_MAX];
	struct ld_warrants warrants;
	struct ld_member who;
};

/* ---- looking ---- */

static int add_member(void *arg, const struct ld_member *m)
{
	char key[LD_HEX_PK];

	ld_hex(key, m->pk, sizeof(m->pk));
	return json_array_append_new(arg, json_pack("{s:s, s:s}", "name", m->name, "key", key)) < 0
		       ? LD_E_NOMEM
		       : 0;
}

/* What only the store knows of each: when it asked last, whether it was cut off. */
static int complete_members(json_t *members, struct ld_store *st)
{
	json_t *m;
	size_t i;

	json_array_foreach(members, i, m) {
		const char *key = json_string_value(json_object_get(m, "key"));
		struct ld_board_id id;
		uint8_t pk[32];
		int64_t last = 0;
		int rc;

		if (!ld_unhex(pk, sizeof(pk), key))
			continue;
		ld_board_id_of(&id, pk);
		rc = ld_store_revoked(st, &id);
		if (rc < 0)
			return rc;
		json_object_set_new(m, "revoked", json_boolean(rc));
		rc = ld_mesh_last_contact(st, &id, &last);
		if (rc < 0 && rc != LD_E_UNKNOWN)
			return rc;
		json_object_set_new(m, "asked_ms", json_integer(last));
	}
	return 0;
}

struct count {
	json_int_t streams, events, hollow;
};

static int add_stream(void *arg, const struct ld_stream_state *s)
{
	struct count *c = arg;

	c->streams++;
	c->events += (json_int_t)s->seq;
	c->hollow += (json_int_t)s->hollow;
	return 0;
}

static json_t *counters(const struct ld_mesh *mesh)
{
	struct ld_mesh_stats s;
	json_t *o = json_object();

	ld_mesh_stats(mesh, &s);
#define PUT(name) json_object_set_new(o, #name, json_integer((json_int_t)s.name));
	LD_MESH_COUNTERS(PUT)
#undef PUT
	return o;
}

static int look_status(struct job *j, struct ld_store *st)
{
	const struct ld_node *n = j->to.node;
	json_t *members = json_array();
	char key[LD_HEX_PK], ward[LD_HEX_PK], root[LD_HEX_PK] = "";
	struct count c = {0};
	struct ld_term term;
	int rc = ld_store_members(st, add_member, members);

	if (rc == 0)
		rc = complete_members(members, st);
	if (rc == 0)
		rc = ld_store_streams(st, add_stream, &c);
	if (rc == 0)
		rc = ld_store_term(st, j->to.now_ms, &term);
	ld_hex(key, n->key.pk, sizeof(n->key.pk));
	ld_hex(ward, n->ward.ward_pk, sizeof(n->ward.ward_pk));
	json_decref(j->answer);
	if (n->rooted)
		ld_hex(root, n->warrant.root, sizeof(n->warrant.root));
	j->answer = rc < 0 ? NULL : json_pack("{s:s, s:I, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:o, "
			      "s:{s:b, s:b, s:I, s:I}}", "root", root, "ward_number",
			      (json_int_t)n->warrant.number, "ward", n->ward_name, "ward_key", ward, "key", key, "is_ward",
			      ld_node_is_ward(n), "streams", c.streams, "events", c.events,
			      "hollow", c.hollow, "members", members, "counters",
			      counters(j->to.mesh), "term", "runs", term.runs, "gap", term.gap,
			      "heard_ms", (json_int_t)term.heard_ms, "until_ms",
			      (json_int_t)term.until_ms);
	if (rc < 0)
		json_decref(members);
	return rc;
}

/* ---- changing ---- */

static int look_invite(struct job *j, struct ld_store *st)
{
	char text[LD_INVITE_MAX];

	j->rc = ld_mesh_admit(j->to.node, st, &j->invitee, j->host, text, &j->err);
	json_decref(j->answer);
	j->answer = j->rc < 0 ? NULL : json_pack("{s:s}", "invite", text);
	return j->rc == LD_E_RANGE || j->rc == LD_E_DENIED ? 0 : j->rc < 0 ? j->rc : 0;
}

static int look_revoke(struct job *j, struct ld_store *st)
{
	char key[LD_HEX_PK];

	j->rc = ld_mesh_revoke(j->to.node, st, j->which, &j->who, &j->err);
	ld_hex(key, j->who.pk, sizeof(j->who.pk));
	json_decref(j->answer);
	j->answer = j->rc < 0 ? NULL
			      : json_pack("{s:s, s:s}", "name", j->who.name, "key", key);
	return j->rc == LD_E_UNKNOWN || j->rc == LD_E_DENIED ? 0 : j->rc < 0 ? j->rc : 0;
}

/* The root's word, brought by hand: this board tells the others. */
static int look_warrant(struct job *j, struct ld_store *st)
{
	const struct ld_warrants *w = &j->warrants;

	json_decref(j->answer);
	j->answer = NULL;
	j->rc = 0;
	for (unsigned i = 0; i < w->n && j->rc == 0; i++)
		j->rc = ld_store_warrant(st, &w->w[i]);
	if (j->rc == LD_E_DENIED)
		ld_fail(&j->err, j->rc, j->to.node->rooted ? "these warrants are of another root key "
			"than this ward's" : "this board knows no root key yet: it takes the one that "
			"its ward names, when they next exchange");
	else if (j->rc == 0)
		j->answer = json_pack("{s:I}", "ward_number", (json_int_t)w->w[w->n - 1].number);
	return j->rc == LD_E_DENIED ? 0 : j->rc;
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
		ld_ctl_fail(j->req, rc < 0 ? rc : j->rc, j->err.text, NULL);
		json_decref(j->answer);
	} else {
		if (j->look == look_revoke)
			LOGP(DMESH, LOGL_NOTICE, "board \"%s\" is revoked\n", j->who.name);
		ld_ctl_answer(j->req, j->answer);
	}
	free(j);
}

static const char *text_of(const json_t *in, const char *name)
{
	const char *s = json_string_value(json_object_get(in, name));

	return s ? s : "";
}

/* What the request asks for; why not, or NULL. */
static const char *read_request(struct job *j, const json_t *in)
{
	const char *verb = text_of(in, "do");

	if (strcmp(verb, "status") == 0 || !*verb) {
		j->look = look_status;
	} else if (strcmp(verb, "invite") == 0) {
		j->look = look_invite;
		if (!ld_unhex(j->invitee.pk, sizeof(j->invitee.pk), text_of(in, "key")))
			return "a board's key has 64 hexadecimal digits; `laido mesh init` or "
			       "`laidod --identity` on the board prints it";
		if (!ld_member_name_ok(text_of(in, "name")))
			return "a board's name has 1 to 31 octets, no control codes";
		snprintf(j->invitee.name, sizeof(j->invitee.name), "%s", text_of(in, "name"));
		if (strlen(text_of(in, "host")) >= sizeof(j->host))
			return "the ward's address is too long";
		snprintf(j->host, sizeof(j->host), "%s",
			 *text_of(in, "host") ? text_of(in, "host") : j->to.host);
	} else if (strcmp(verb, "revoke") == 0) {
		j->look = look_revoke;
		if (!*text_of(in, "board") || strlen(text_of(in, "board")) >= sizeof(j->which))
			return "which board? its name, or its key";
		snprintf(j->which, sizeof(j->which), "%s", text_of(in, "board"));
	} else if (strcmp(verb, "warrant") == 0) {
		j->look = look_warrant;
		if (ld_warrants_parse(&j->warrants, text_of(in, "text"), &j->err) < 0)
			return j->err.text;
	} else {
		return "do: status, peers, invite, revoke or warrant";
	}
	return NULL;
}

void ld_ctl_mesh(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_mesh *to)
{
	struct job *j;
	const char *why;
	int rc;

	if (strcmp(text_of(in, "do"), "peers") == 0) {
		ld_ctl_answer(req, json_pack("{s:o}", "peers", to->links));
		return;
	}
	json_decref(to->links);
	j = calloc(1, sizeof(*j));
	if (!j)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	j->job = (struct ld_job){.run = run, .done = done};
	j->to = *to;
	j->to.links = NULL;
	j->req = req;
	why = read_request(j, in);
	rc = why ? LD_E_RANGE : ld_worker_submit(to->worker, LD_LANE_LONG, &j->job);
	if (rc < 0) {
		ld_ctl_fail(req, rc, why, NULL);
		free(j);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/ferry.h"

#include <stdlib.h>
#include <string.h>

#include "laido/osmo/log.h"

enum { PART_MAX = LD_CTL_REQUEST_MAX / 2 };

struct ferry {
	struct ld_job job;
	struct ld_ctl_ferry to;
	struct ld_ctl_req *req;         /* NULL: the client has gone */
	struct ld_ferry_out *out;       /* one of the two */
	struct ld_ferry_in *in;
	bool working;                   /* a step is under way */
	int verdict;                    /* of the last step */
	struct ld_errmsg err;
	uint8_t part[PART_MAX];         /* import: octets that came... */
	size_t len, used;               /* ...and were fed */
};

static void end(struct ferry *f)
{
	*f->to.busy = false;
	ld_ferry_out_free(f->out);
	ld_ferry_in_free(f->in);
	free(f);
}

/* ---- what it says ---- */

static json_t *said_of_in(const struct ferry *f)
{
	struct ld_ferry_read r;
	char key[2 * sizeof(r.writer) + 1];
	json_t *taken = json_object();

	ld_ferry_in_read(f->in, &r);
	ld_hex(key, r.writer, sizeof(r.writer));
#define PUT(name) json_object_set_new(taken, #name, json_integer((json_int_t)r.taken.name));
	LD_MESH_COUNTERS(PUT)
#undef PUT
	return json_pack("{s:s, s:s, s:I, s:I, s:o, s:I, s:i, s:I, s:b}", "writer",
			 r.known ? key : "", "name", r.name, "made_ms", (json_int_t)r.made_ms,
			 "since_ms", (json_int_t)r.since_ms, "taken", taken, "lacking",
			 (json_int_t)r.lacking, "lacking_streams", (int)r.lacking_streams, "octets",
			 (json_int_t)r.octets, "whole", r.whole);
}

static json_t *said_of_out(const struct ferry *f)
{
	struct ld_ferry_written w;

	ld_ferry_out_written(f->out, &w);
	return json_pack("{s:i, s:I, s:I, s:I, s:I}", "boards", (int)w.boards, "runs",
			 (json_int_t)w.runs, "events", (json_int_t)w.events, "octets",
			 (json_int_t)w.octets, "unreadable", (json_int_t)w.unreadable);
}

static void fail(struct ferry *f, int rc, const char *why)
{
	if (f->req)
		ld_ctl_fail(f->req, rc, why, f->in ? said_of_in(f) : NULL);
	end(f);
}

static void note(const struct ferry *f)
{
	struct ld_ferry_written w;
	struct ld_ferry_read r;

	if (f->in) {
		ld_ferry_in_read(f->in, &r);
		LOGP(DMESH, LOGL_NOTICE, "ferry file of \"%s\" read: %llu events came\n", r.name,
		     (unsigned long long)r.taken.events_in);
	} else {
		ld_ferry_out_written(f->out, &w);
		LOGP(DMESH, LOGL_NOTICE, "ferry file written: %llu events for %u boards\n",
		     (unsigned long long)w.events, w.boards);
	}
}

/* Takes over o. */
static void answer(struct ferry *f, json_t *o)
{
	note(f);
	ld_ctl_answer(f->req, o);
	end(f);
}

/* ---- steps ---- */

/* What is wrong with the file is no reason to undo others' work in the same batch. */
static bool is_files_fault(int rc)
{
	return rc == LD_E_FORGED || rc == LD_E_CORRUPT || rc == LD_E_TOOBIG || rc == LD_E_DENIED;
}

static int run(struct ld_job *job, struct ld_store *st)
{
	struct ferry *f = (struct ferry *)job;

	f->verdict = f->in ? ld_ferry_in_step(f->in, st, &f->err) : ld_ferry_out_step(f->out, st);
	return f->verdict < 0 && !(f->in && is_files_fault(f->verdict)) ? f->verdict : 0;
}

static void submit(struct ferry *f)
{
	int rc = ld_worker_submit(f->to.worker, LD_LANE_LONG, &f->job);

	f->working = rc == 0;
	if (rc < 0)
		fail(f, rc, NULL);
}

/* The octets of a step go to the client, who asks for the next ones when they are in the file. */
static void give(struct ferry *f)
{
	size_t len;
	const uint8_t *p = ld_ferry_out_octets(f->out, &len);
	char *hex;
	json_t *o;

	ld_ferry_out_accept(f->out);
	if (len == 0)
		return submit(f);
	hex = malloc(2 * len + 1);
	if (!hex)
		return fail(f, LD_E_NOMEM, NULL);
	ld_hex(hex, p, len);
	o = f->verdict == LD_MESH_DONE ? said_of_out(f) : json_object();
	json_object_set_new(o, "part", json_string(hex));
	free(hex);
	if (f->verdict == LD_MESH_DONE)
		answer(f, o);
	else
		ld_ctl_push(f->req, o);
}

/* Feeds what came, until a chunk is whole or more is needed. */
static void feed(struct ferry *f)
{
	bool ready = false;
	int rc = ld_ferry_in_feed(f->in, f->part + f->used, f->len - f->used, &ready, &f->err);

	if (rc < 0)
		return fail(f, rc, f->err.text);
	f->used += (size_t)rc;
	if (ready)
		submit(f);
	else
		ld_ctl_push(f->req, json_pack("{s:b}", "more", 1));
}

static void done(struct ld_job *job, int rc)
{
	struct ferry *f = (struct ferry *)job;

	f->working = false;
	if (!f->req)
		return end(f);
	if (rc < 0 || f->verdict < 0)
		return fail(f, rc < 0 ? rc : f->verdict, rc < 0 || !f->in ? NULL : f->err.text);
	if (f->out)
		return give(f);
	ld_ferry_in_accept(f->in);
	if (f->verdict == LD_MESH_MORE)
		submit(f);
	else
		feed(f);
}

/* ---- the client ---- */

static void finish(struct ferry *f)
{
	struct ld_ferry_read r;

	ld_ferry_in_read(f->in, &r);
	if (r.whole)
		return answer(f, said_of_in(f));
	ld_fail(&f->err, LD_E_CORRUPT, "the file ends before its end: copied in part, or the stick "
		"was taken out too early. What came before octet %llu stands",
		(unsigned long long)r.octets);
	fail(f, LD_E_CORRUPT, f->err.text);
}

static void more(void *arg, const json_t *in)
{
	struct ferry *f = arg;
	const char *hex = json_string_value(json_object_get(in, "part"));
	size_t n = hex ? strlen(hex) / 2 : 0;

	if (f->working)
		return;
	if (f->out)
		return submit(f);
	if (json_is_true(json_object_get(in, "end")))
		return finish(f);
	if (n == 0 || n > sizeof(f->part) || !ld_unhex(f->part, n, hex))
		return fail(f, LD_E_SYNTAX, "part: octets in hex, or end");
	f->len = n;
	f->used = 0;
	feed(f);
}

static void gone(void *arg)
{
	struct ferry *f = arg;

	f->req = NULL;
	if (!f->working)
		end(f);
}

static void begin(struct ferry *f, const json_t *in)
{
	const char *verb = json_string_value(json_object_get(in, "do"));
	struct ld_ferry_out_cfg cfg = {
		.mesh = f->to.mesh, .key = f->to.key, .random = f->to.random,
		.now_ms = ld_clock_utc_ms(f->to.clock, NULL),
		.since_ms = json_integer_value(json_object_get(in, "since_ms")),
	};
	bool reads = verb && strcmp(verb, "import") == 0;

	if (!reads && (!verb || strcmp(verb, "export") != 0))
		return fail(f, LD_E_RANGE, "do: export or import");
	if (reads)
		f->in = ld_ferry_in_new(f->to.mesh, f->to.key);
	else
		f->out = ld_ferry_out_new(&cfg);
	if (!f->in && !f->out)
		return fail(f, LD_E_NOMEM, NULL);
	ld_ctl_keep(f->req, more, gone, f);
	if (reads)
		ld_ctl_push(f->req, json_pack("{s:b}", "more", 1));
	else
		submit(f);
}

void ld_ctl_ferry(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_ferry *to)
{
	struct ferry *f = *to->busy ? NULL : calloc(1, sizeof(*f));

	if (!f) {
		ld_ctl_fail(req, *to->busy ? LD_E_BUSY : LD_E_NOMEM, *to->busy ? "another ferry file "
			    "is under way; wait for its end" : NULL, NULL);
		return;
	}
	*to->busy = true;
	f->to = *to;
	f->req = req;
	f->job = (struct ld_job){ .run = run, .done = done };
	begin(f, in);
}

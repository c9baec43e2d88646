/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/roles.h"

#include <stdlib.h>
#include <string.h>

#include "laido/text/text.h"

enum { PIN_LEN = 4, TDP_MAX = 99, NAME_LETTERS = 22 };

static const char *const kinds[LD_N_DUTIES] = {
	[LD_DUTY_AMBASSADOR] = "ambassador", [LD_DUTY_HEAD] = "head",
	[LD_DUTY_HELPER] = "helper", [LD_DUTY_OPERATOR] = "operator",
};

struct job {
	struct ld_job job;
	struct ld_ctl_roles to;
	struct ld_ctl_req *req;
	json_t *answer;
	/* role.set */
	struct ld_msisdn number;
	unsigned kind;
	struct ld_duty wanted;
	char pin[PIN_LEN + 1];          /* "": as it is */
	bool commit;
};

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc == 0)
		ld_ctl_answer(j->req, j->answer);
	else
		ld_ctl_fail(j->req, rc, NULL, NULL);
	if (rc != 0)
		json_decref(j->answer);
	ld_crypto_wipe(j->pin, sizeof(j->pin));
	free(j);
}

static struct job *new_job(struct ld_ctl_req *req, const struct ld_ctl_roles *to,
			   int (*run)(struct ld_job *, struct ld_store *))
{
	struct job *j = NULL;

	if (!to->ward) {
		ld_ctl_fail(req, LD_E_DENIED, "this board belongs to a ward, and only the ward "
			    "gives duties: name the socket of laido-ward (--socket "
			    "STATE_DIR/ctl.sock)", NULL);
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
		return NULL;
	}
	j->job = (struct ld_job){ .run = run, .done = done };
	j->to = *to;
	j->req = req;
	return j;
}

static void submit(struct job *j)
{
	int rc = ld_worker_submit(j->to.worker, LD_LANE_LONG, &j->job);

	if (rc < 0) {
		ld_ctl_fail(j->req, rc, NULL, NULL);
		free(j);
	}
}

/* ---- role.set ---- */

static bool pin_is(const struct job *j, const struct ld_id *p, const struct ld_duty *d)
{
	uint8_t hash[16];

	ld_pin_hash(hash, j->to.keys, p, d->salt, j->pin);
	return d->has_pin && ld_crypto_equal(hash, d->pin, sizeof(hash));
}

static const char *change(const struct job *j, const struct ld_person *p)
{
	const struct ld_duty *old = &p->duty[j->kind];

	if (!old->on)
		return j->wanted.on ? "new" : "same";
	if (!j->wanted.on)
		return "off";
	if (old->tdp == j->wanted.tdp && strcmp(old->name, j->wanted.name) == 0 &&
	    (!j->pin[0] || pin_is(j, &p->p, old)))
		return "same";
	return "changed";
}

static int append(struct job *j, struct ld_store *st, const struct ld_person *p)
{
	struct ld_fact f = { .kind = LD_EV_ROLE, .subject = p->p };
	const struct ld_duty *old = &p->duty[j->kind];
	char padded[sizeof(j->number.digits)] = "";
	int rc;

	_Static_assert(sizeof(padded) + LD_SEAL_EXTRA == sizeof(f.u.role.number), "as sealed");
	f.u.role.duty = (uint8_t)j->kind;
	f.u.role.off = !j->wanted.on;
	/* What is taken back stays known by its name. */
	f.u.role.tdp = j->wanted.on ? j->wanted.tdp : old->tdp;
	memcpy(f.u.role.name, j->wanted.on ? j->wanted.name : old->name, sizeof(f.u.role.name));
	memcpy(f.u.role.salt, old->salt, sizeof(f.u.role.salt));
	memcpy(f.u.role.pin, old->pin, sizeof(f.u.role.pin));
	if (j->pin[0]) {
		ld_random_fill(j->to.random, f.u.role.salt, sizeof(f.u.role.salt));
		ld_pin_hash(f.u.role.pin, j->to.keys, &p->p, f.u.role.salt, j->pin);
	}
	memcpy(padded, j->number.digits, strlen(j->number.digits));
	rc = ld_seal(f.u.role.number, j->to.ward->key.pk, padded, sizeof(padded));
	return rc < 0 ? rc : ld_store_append(st, &f, NULL);
}

static int run_set(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	struct ld_person p;
	const char *what;
	int rc = ld_store_person(st, j->to.keys, &j->number, 1, &p);

	if (rc < 0)
		return rc;
	what = change(j, &p);
	json_decref(j->answer);         /* of a run that was rolled back */
	j->answer = json_pack("{s:s}", "change", what);
	return j->commit && strcmp(what, "same") != 0 ? append(j, st, &p) : 0;
}

static const char *text(const json_t *in, const char *key)
{
	const char *t = json_string_value(json_object_get(in, key));

	return t ? t : "";
}

static bool good_pin(const char *t)
{
	return t[0] == '\0' || (strlen(t) == PIN_LEN && strspn(t, "0123456789") == PIN_LEN);
}

/* NULL, or what is wrong. */
static const char *parse(struct job *j, const json_t *in)
{
	json_int_t tdp = json_integer_value(json_object_get(in, "tdp"));
	const char *name = text(in, "name"), *pin = text(in, "pin");
	char plain[LD_TEXT_MAX];

	if (ld_e164_parse(text(in, "phone"), &j->number) != LD_ADDR_MOBILE)
		return "phone: not a mobile number";
	for (j->kind = 1; j->kind < LD_N_DUTIES; j->kind++)
		if (strcmp(kinds[j->kind], text(in, "role")) == 0)
			break;
	if (j->kind == LD_N_DUTIES)
		return "role: ambassador, head, helper or operator";
	if (tdp < 0 || tdp > TDP_MAX)
		return "tdp: 1 to 99, or nothing for the whole ward";
	j->wanted.on = !json_is_false(json_object_get(in, "active"));
	if (j->wanted.on && j->kind == LD_DUTY_HEAD && tdp == 0)
		return "tdp: a head needs a group, 1 to 99";
	if (strlen(name) >= sizeof(j->wanted.name) || strpbrk(name, "{}\n\r\t") ||
	    ld_text_unaccent(name, plain, sizeof(plain)) < 0 || strlen(plain) > NAME_LETTERS)
		return "name: at most 22 letters, no control codes or braces";
	if (j->wanted.on && name[0] == '\0' && j->kind == LD_DUTY_AMBASSADOR)
		return "name: an ambassador's stands in every invitation";
	if (!good_pin(pin))
		return "pin: 4 digits, or nothing to keep it";
	j->wanted.tdp = (uint8_t)tdp;
	memcpy(j->wanted.name, name, strlen(name));
	memcpy(j->pin, pin, strlen(pin));
	j->commit = json_is_true(json_object_get(in, "commit"));
	return NULL;
}

void ld_ctl_role_set(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_roles *to)
{
	struct job *j = new_job(req, to, run_set);
	const char *wrong = j ? parse(j, in) : NULL;

	if (!j)
		return;
	if (wrong) {
		ld_ctl_fail(req, LD_E_RANGE, wrong, NULL);
		free(j);
		return;
	}
	submit(j);
}

/* ---- role.list ---- */

static int add(void *arg, const struct ld_role_row *r)
{
	struct job *j = arg;
	struct ld_msisdn m = { "" };
	char digits[sizeof(m.digits)], local[16] = "?";

	if (ld_node_unseal(j->to.ward, (uint8_t *)digits, r->number, sizeof(r->number)) == 0 &&
	    memchr(digits, '\0', sizeof(digits))) {
		memcpy(m.digits, digits, sizeof(m.digits));
		ld_e164_local(&m, local);
	}
	json_array_append_new(json_object_get(j->answer, "roles"),
			      json_pack("{s:s,s:s,s:i,s:s,s:b,s:b}", "phone", local, "role",
					kinds[r->kind], "tdp", (int)r->duty.tdp, "name",
					r->duty.name, "active", r->duty.on, "pin",
					r->duty.has_pin));
	return 0;
}

static int run_list(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;

	json_decref(j->answer);
	j->answer = json_pack("{s:[]}", "roles");
	return ld_store_roles(st, add, j);
}

void ld_ctl_role_list(struct ld_ctl_req *req, const struct ld_ctl_roles *to)
{
	struct job *j = new_job(req, to, run_list);

	if (j)
		submit(j);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the control socket about people: duties, where this board is the ward itself, and
 * operators' invitations, one person's two numbers. */
#include "daemon.h"

#include <stdlib.h>
#include <string.h>

#include "laido/ops/ctl/roles.h"

static struct ld_ctl_roles roles_of(const struct daemon *d)
{
	return (struct ld_ctl_roles){ .worker = d->worker, .random = ld_random_sys(),
				      .keys = &d->node.ward,
				      .ward = ld_node_is_ward(&d->node) ? &d->node : NULL };
}

void daemon_role_set(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	ld_ctl_role_set(req, in, &to);
}

void daemon_role_list(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	(void)in;
	ld_ctl_role_list(req, &to);
}

/* ---- invitations ---- */

static void invited(void *arg, int rc, const char *why)
{
	struct ld_ctl_req *req = arg;

	if (rc < 0)
		ld_ctl_fail(req, rc, NULL, NULL);
	else
		ld_ctl_answer(req, why ? json_pack("{s:s,s:s}", "change", "same", "why", why) :
			      json_pack("{s:s}", "change", "new"));
}

void daemon_invite(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	const char *phone = json_string_value(json_object_get(in, "phone"));
	const char *course = json_string_value(json_object_get(in, "course"));
	json_int_t tdp = json_integer_value(json_object_get(in, "tdp"));
	struct ld_gateway_invitation what = {
		.commit = json_is_true(json_object_get(in, "commit")),
		.tdp = (unsigned)tdp, .done = invited, .arg = req,
	};
	int rc;

	if (!phone || ld_e164_parse(phone, &what.to) != LD_ADDR_MOBILE) {
		ld_ctl_fail(req, LD_E_RANGE, "phone: not a mobile number", NULL);
		return;
	}
	if (tdp < 0 || tdp > 99 || (course && strlen(course) >= sizeof(what.course))) {
		ld_ctl_fail(req, LD_E_RANGE, "tdp: 1 to 99, or nothing; course: a key such as "
			    "VNEID, or nothing", NULL);
		return;
	}
	if (course)
		memcpy(what.course, course, strlen(course));
	rc = ld_gateway_invite(d->gw, &what);
	if (rc < 0)
		ld_ctl_fail(req, rc, rc == LD_E_UNKNOWN ? "no channel can carry an invitation to "
			    "that number" : NULL, NULL);
}

/* ---- two numbers of one person ---- */

static void merged(void *arg, int rc, const char *why)
{
	struct ld_ctl_req *req = arg;

	if (rc < 0)
		ld_ctl_fail(req, rc, NULL, NULL);
	else
		ld_ctl_answer(req, why ? json_pack("{s:s,s:s}", "change", "none", "why", why) :
			      json_pack("{s:s}", "change", "new"));
}

static bool number(const json_t *in, const char *key, struct ld_msisdn *ret)
{
	const char *text = json_string_value(json_object_get(in, key));

	return text && ld_e164_parse(text, ret) == LD_ADDR_MOBILE;
}

void daemon_merge(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_gateway_merger what = {
		.commit = json_is_true(json_object_get(in, "commit")), .done = merged, .arg = req,
	};
	int rc;

	if (!number(in, "from", &what.from) || !number(in, "to", &what.to)) {
		ld_ctl_fail(req, LD_E_RANGE, "from, to: two mobile numbers", NULL);
		return;
	}
	rc = ld_gateway_merge(d->gw, &what);
	if (rc < 0)
		ld_ctl_fail(req, rc, NULL, NULL);
}

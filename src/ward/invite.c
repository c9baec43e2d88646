/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ward.h"

int invitation_parse(struct invitation *ret, const char *pk_hex, const char *name, const char *host,
		     struct ld_errmsg *err)
{
	struct invitation inv = {0};

	if (!ld_unhex(inv.to.pk, sizeof(inv.to.pk), pk_hex))
		return ld_fail(err, LD_E_RANGE,
			       "a board's key has 64 hexadecimal digits; `laidod "
			       "--identity` on the board prints it");
	if (!ld_member_name_ok(name))
		return ld_fail(err, LD_E_RANGE,
			       "a board's name has 1 to 31 octets, no control codes");
	if (strlen(host) >= sizeof(inv.host))
		return ld_fail(err, LD_E_RANGE, "the ward's address is too long");
	snprintf(inv.to.name, sizeof(inv.to.name), "%s", name);
	snprintf(inv.host, sizeof(inv.host), "%s", host);
	*ret = inv;
	return 0;
}

int invitation_grant(const struct ld_node *ward, struct ld_store *st, const struct invitation *inv,
		     char *ret, struct ld_errmsg *err)
{
	struct ld_fact f = {.kind = LD_EV_MEMBER};
	struct ld_member m;
	int rc = ld_invite_make(ward, &inv->to, inv->host, ret, err);

	if (rc < 0)
		return rc;
	ld_board_id_of(&f.u.member.board, inv->to.pk);
	rc = ld_store_member(st, &f.u.member.board, &m);
	if (rc == 0 && memcmp(m.pk, inv->to.pk, sizeof(m.pk)) == 0 &&
	    strcmp(m.name, inv->to.name) == 0)
		return 0;
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return ld_fail(err, rc, "%s (%s)", ld_store_error(st), ld_strerror(rc));
	memcpy(f.u.member.pk, inv->to.pk, sizeof(f.u.member.pk));
	memcpy(f.u.member.name, inv->to.name, sizeof(f.u.member.name));
	rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? ld_fail(err, rc, "%s (%s)", ld_store_error(st), ld_strerror(rc)) : 0;
}

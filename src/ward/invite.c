/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "laido/mesh/admit.h"
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
	return ld_mesh_admit(ward, st, &inv->to, inv->host, ret, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/admit.h"

#include <string.h>

enum { KEY_DIGITS_LEAST = 8 };

static int store_says(struct ld_store *st, int rc, struct ld_errmsg *err)
{
	return ld_fail(err, rc, "%s (%s)", ld_store_error(st), ld_strerror(rc));
}

int ld_mesh_admit(const struct ld_node *ward, struct ld_store *st, const struct ld_invitee *to,
		  const char *host, char *ret, struct ld_errmsg *err)
{
	struct ld_fact f = {.kind = LD_EV_MEMBER};
	struct ld_member m;
	int rc = ld_invite_make(ward, to, host, ret, err);

	if (rc < 0)
		return rc;
	ld_board_id_of(&f.u.member.board, to->pk);
	rc = ld_store_revoked(st, &f.u.member.board);
	if (rc > 0)
		return ld_fail(err, LD_E_DENIED, "this key was revoked, for good; give the board a "
			       "new state folder, and invite its new key");
	if (rc == 0)
		rc = ld_store_member(st, &f.u.member.board, &m);
	if (rc == 0 && memcmp(m.pk, to->pk, sizeof(m.pk)) == 0 && strcmp(m.name, to->name) == 0)
		return 0;
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return store_says(st, rc, err);
	memcpy(f.u.member.pk, to->pk, sizeof(f.u.member.pk));
	memcpy(f.u.member.name, to->name, sizeof(f.u.member.name));
	rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? store_says(st, rc, err) : 0;
}

struct search {
	const char *which;
	bool by_key;
	unsigned n;
	struct ld_member m;
};

static int look_at(void *arg, const struct ld_member *m)
{
	struct search *s = arg;
	char hex[LD_HEX_PK];

	ld_hex(hex, m->pk, sizeof(m->pk));
	if (s->by_key ? strncasecmp(hex, s->which, strlen(s->which)) != 0
		      : strcmp(m->name, s->which) != 0)
		return 0;
	s->n++;
	s->m = *m;
	return 0;
}

int ld_mesh_find(struct ld_store *st, const char *which, struct ld_member *ret,
		 struct ld_errmsg *err)
{
	struct search s = {.which = which};
	size_t len = strlen(which);
	int rc;

	s.by_key = len >= KEY_DIGITS_LEAST && strspn(which, "0123456789abcdefABCDEF") == len;
	rc = ld_store_members(st, look_at, &s);
	if (rc < 0)
		return store_says(st, rc, err);
	if (s.n != 1)
		return ld_fail(err, LD_E_UNKNOWN, "%s of this ward has that %s; laido mesh status "
			       "lists them", s.n ? "more than one board" : "no board",
			       s.by_key ? "key" : "name (a key begins with 8 digits or more)");
	*ret = s.m;
	return 0;
}

int ld_mesh_revoke(const struct ld_node *ward, struct ld_store *st, const char *which,
		   struct ld_member *ret_who, struct ld_errmsg *err)
{
	int rc;

	if (!ld_node_is_ward(ward))
		return ld_fail(err, LD_E_DENIED, "only the ward revokes, and this node is not it: "
			       "name the socket of laido-ward (--socket STATE_DIR/ctl.sock)");
	rc = ld_mesh_find(st, which, ret_who, err);
	if (rc < 0)
		return rc;
	rc = ld_store_revoke(st, &ret_who->board);
	if (rc == LD_E_DENIED)
		return ld_fail(err, rc, "the ward itself cannot be revoked");
	return rc < 0 ? store_says(st, rc, err) : 0;
}

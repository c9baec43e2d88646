/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invites: how a ward's secrets come to one board. */
#include <stdio.h>
#include <string.h>

#include "identity_impl.h"

enum { SEALED_LEN = 32 + 32 + 32 + 1, SIG_LEN = 64 };

static bool host_ok(const char *host)
{
	return strlen(host) < LD_HOST_HINT_MAX &&
	       strspn(host,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%") ==
		       strlen(host);
}

struct invite {
	char ward_name[LD_WARD_NAME_MAX];
	uint8_t ward_pk[32];
	bool rooted;                    /* of the second version, with: */
	struct ld_warrant warrant;
	struct ld_invitee to;
	char host[LD_HOST_HINT_MAX];
	uint8_t sealed[SEALED_LEN + LD_SEAL_EXTRA];
	uint8_t sig[SIG_LEN];
};

/* The part that is signed. It is built from the values, so that line ends changed on the way do
 * no harm. */
static int invite_text(const struct invite *inv, char *ret, size_t size)
{
	char ward[65], board[65], sealed[2 * sizeof(inv->sealed) + 1], warrant[256] = "";

	ld_hex(ward, inv->ward_pk, 32);
	ld_hex(board, inv->to.pk, 32);
	ld_hex(sealed, inv->sealed, sizeof(inv->sealed));
	if (inv->rooted)
		identity_warrant_text(&inv->warrant, warrant, sizeof(warrant));
	return snprintf(
		ret, size,
		"laido-invite %d\nward-name %s\nward %s\n%sboard %s\nname %s\nhost %s\nsealed %s\n",
		inv->rooted ? 2 : 1, inv->ward_name, ward, warrant, board, inv->to.name, inv->host,
		sealed);
}

static int seal_keys(struct invite *inv, const struct ld_ward_keys *k)
{
	uint8_t secret[SEALED_LEN];
	int rc;

	/* With the ward's key inside nobody can put another ward's name on the box. */
	memcpy(secret, k->ward_pk, 32);
	memcpy(secret + 32, k->name_key, 32);
	memcpy(secret + 64, k->completion_key, 32);
	secret[96] = k->completion_epoch;
	rc = ld_seal(inv->sealed, inv->to.pk, secret, sizeof(secret));
	ld_crypto_wipe(secret, sizeof(secret));
	return rc;
}

int ld_invite_make(const struct ld_node *ward, const struct ld_invitee *to, const char *host,
		   char *ret, struct ld_errmsg *err)
{
	struct invite inv = {.to = *to};
	char sig[2 * SIG_LEN + 1], text[LD_INVITE_MAX];
	int len;

	if (!ld_node_is_ward(ward))
		return ld_fail(err, LD_E_DENIED, "only the ward invites, and this node is not it");
	if (!ld_member_name_ok(to->name))
		return ld_fail(err, LD_E_RANGE,
			       "a board's name has 1 to 31 octets, no control codes");
	if (!host_ok(host))
		return ld_fail(err, LD_E_RANGE, "%.40s: not HOST:PORT", host);
	memcpy(inv.ward_name, ward->ward_name, sizeof(inv.ward_name));
	memcpy(inv.ward_pk, ward->ward.ward_pk, sizeof(inv.ward_pk));
	inv.rooted = ward->rooted;
	inv.warrant = ward->warrant;
	snprintf(inv.host, sizeof(inv.host), "%s", host);
	if (seal_keys(&inv, &ward->ward) < 0)
		return ld_fail(err, LD_E_RANGE,
			       "that is not a board's key; `laido mesh key` on the "
			       "board, or its log at start, shows it");
	len = invite_text(&inv, text, sizeof(text));
	ld_sign(inv.sig, &ward->key, text, (size_t)len);
	ld_hex(sig, inv.sig, sizeof(inv.sig));
	return snprintf(ret, LD_INVITE_MAX, "%ssignature %s\n", text, sig);
}

static int parse_invite(const char *text, struct invite *inv, struct ld_errmsg *err)
{
	char version[8];
	int rc = 0;

	if (!keep_field(text, "laido-invite", version, sizeof(version)))
		return ld_fail(err, LD_E_SYNTAX,
			       "this is not an invite; it begins with "
			       "\"laido-invite 1\"");
	if (strcmp(version, "1") != 0 && strcmp(version, "2") != 0)
		return ld_fail(err, LD_E_VERSION,
			       "an invite of a newer version; update this board");
	if (!keep_field(text, "ward-name", inv->ward_name, sizeof(inv->ward_name)) ||
	    !keep_hex(text, "ward", inv->ward_pk, 32) ||
	    !keep_hex(text, "board", inv->to.pk, 32) ||
	    !keep_field(text, "name", inv->to.name, sizeof(inv->to.name)) ||
	    !keep_field(text, "host", inv->host, sizeof(inv->host)) ||
	    !keep_hex(text, "sealed", inv->sealed, sizeof(inv->sealed)) ||
	    !keep_hex(text, "signature", inv->sig, sizeof(inv->sig)))
		return ld_fail(err, LD_E_SYNTAX,
			       "the invite is incomplete; copy the whole file again");
	if (version[0] == '2')
		rc = identity_warrant_parse(text, inv->ward_pk, &inv->warrant);
	inv->rooted = rc > 0;
	return rc < 0 || (version[0] == '2' && !inv->rooted)
		       ? ld_fail(err, LD_E_FORGED, "the invite's warrant is not the root key's")
		       : 0;
}

static bool same_key(const uint8_t a[32], const uint8_t b[32])
{
	return memcmp(a, b, 32) == 0;
}

/* Of the ward that this board belongs to: by the same key, or by a later one that its root names. */
static bool same_ward(const struct ld_node *n, const struct invite *inv)
{
	if (n->rooted && (!inv->rooted || !same_key(n->warrant.root, inv->warrant.root)))
		return same_key(n->ward.ward_pk, inv->ward_pk) && !inv->rooted;
	return same_key(n->ward.ward_pk, inv->ward_pk) ||
	       (n->rooted && inv->warrant.number > n->warrant.number);
}

static int check_invite(const struct ld_node *n, const struct invite *inv, const uint8_t *ward_pk,
			struct ld_errmsg *err)
{
	char signed_part[LD_INVITE_MAX];
	int len = invite_text(inv, signed_part, sizeof(signed_part));

	if (!ld_verify(inv->sig, inv->ward_pk, signed_part, (size_t)len))
		return ld_fail(err, LD_E_FORGED,
			       "the invite was altered; get it from the ward again");
	if (ward_pk && !same_key(ward_pk, inv->ward_pk) &&
	    !(inv->rooted && same_key(ward_pk, inv->warrant.root)))
		return ld_fail(err, LD_E_DENIED,
			       "the invite is of another ward than the configured "
			       "key names");
	if (memcmp(inv->to.pk, n->key.pk, 32) != 0)
		return ld_fail(err, LD_E_FORGED, "the invite is for another board (\"%s\")",
			       inv->to.name);
	if (n->joined && !same_ward(n, inv))
		return ld_fail(err, LD_E_DENIED,
			       "this board belongs to the ward \"%s\"; it joins "
			       "another only with a new state folder",
			       n->ward_name);
	return 0;
}

static int open_sealed(struct ld_node *n, const struct invite *inv, struct ld_errmsg *err)
{
	uint8_t secret[SEALED_LEN];
	int rc = ld_unseal(secret, &n->key, inv->sealed, sizeof(inv->sealed));

	if (rc < 0 || memcmp(secret, inv->ward_pk, 32) != 0 || secret[96] > 9) {
		rc = ld_fail(err, LD_E_FORGED, "the invite's secrets are not for this board");
	} else {
		memcpy(n->ward.ward_pk, secret, 32);
		memcpy(n->ward.name_key, secret + 32, 32);
		memcpy(n->ward.completion_key, secret + 64, 32);
		n->ward.completion_epoch = secret[96];
		memcpy(n->ward_name, inv->ward_name, sizeof(n->ward_name));
		memcpy(n->ward_host, inv->host, sizeof(n->ward_host));
		n->rooted |= inv->rooted;
		if (inv->rooted)
			n->warrant = inv->warrant;
	}
	ld_crypto_wipe(secret, sizeof(secret));
	return rc;
}

int ld_node_join(struct ld_node *n, const char *text, size_t len, const uint8_t *ward_pk,
		 struct ld_errmsg *err)
{
	struct ld_node with = *n;
	struct invite inv = {0};
	char copy[LD_INVITE_MAX];
	int rc;

	if (len >= sizeof(copy))
		return ld_fail(err, LD_E_TOOBIG, "too long for an invite");
	memcpy(copy, text, len);
	copy[len] = '\0';
	rc = parse_invite(copy, &inv, err);
	if (rc == 0)
		rc = check_invite(n, &inv, ward_pk, err);
	if (rc == 0)
		rc = open_sealed(&with, &inv, err);
	if (rc < 0)
		return rc;
	/* A board opens its invite at every start; an old one must not bring back old keys. */
	if (n->joined && with.ward.completion_epoch <= n->ward.completion_epoch &&
	    n->rooted == with.rooted && n->warrant.number == with.warrant.number) {
		ld_node_wipe(&with);
		return 0;
	}
	if (n->joined && with.ward.completion_epoch < n->ward.completion_epoch) {
		with.ward.completion_epoch = n->ward.completion_epoch;
		memcpy(with.ward.completion_key, n->ward.completion_key, 32);
	}
	return identity_take(n, &with, false, err);
}

int ld_node_join_file(struct ld_node *n, const char *path, const uint8_t *ward_pk,
		      struct ld_errmsg *err)
{
	char text[KEEP_MAX];
	struct ld_errmsg why;
	int rc = keep_read(path, false, text, err);

	if (rc < 0)
		return rc;
	rc = ld_node_join(n, text, (size_t)rc, ward_pk, &why);
	return rc < 0 ? ld_fail(err, rc, "%s: %s", path, why.text) : 0;
}

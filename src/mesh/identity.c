/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keep.h"

enum { SEALED_LEN = 32 + 32 + 32 + 1, SIG_LEN = 64 };

/* ---- helpers ---- */

static bool field_hex(const char *text, const char *name, void *ret, size_t len)
{
	char hex[2 * (SEALED_LEN + LD_SEAL_EXTRA) + 1];

	return keep_field(text, name, hex, sizeof(hex)) && ld_unhex(ret, len, hex);
}

static bool printable(const char *s, size_t max)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return len > 0 && len < max && s[0] != ' ' && s[len - 1] != ' ';
}

bool ld_member_name_ok(const char *name)
{
	return printable(name, LD_MEMBER_NAME_MAX);
}

static bool host_ok(const char *host)
{
	return strlen(host) < LD_HOST_HINT_MAX &&
	       strspn(host,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%") ==
		       strlen(host);
}

static int path_in(char ret[KEEP_PATH], const char *dir, const char *name, struct ld_errmsg *err)
{
	if (snprintf(ret, KEEP_PATH - 8, "%s/%s", dir, name) >= KEEP_PATH - 8)
		return ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", dir);
	return 0;
}

/* ---- key ---- */

static int make_key(const char *path, struct ld_random *random, struct ld_errmsg *err)
{
	uint8_t seed[32];
	char text[2 * sizeof(seed) + 32], hex[2 * sizeof(seed) + 1];
	int len, rc;

	ld_random_fill(random, seed, sizeof(seed));
	ld_hex(hex, seed, sizeof(seed));
	len = snprintf(text, sizeof(text), "laido-key 1\nseed %s\n", hex);
	rc = keep_write(path, true, text, (size_t)len, err);
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(hex, sizeof(hex));
	ld_crypto_wipe(text, sizeof(text));
	/* Another process was first: its key is as good. */
	return rc == -EEXIST ? 0 : rc;
}

static int load_key(struct ld_node *n, struct ld_random *random, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX], version[8];
	uint8_t seed[32];
	int rc = path_in(path, n->dir, "key", err);

	if (rc == 0)
		rc = keep_read(path, true, text, err);
	if (rc == -ENOENT) {
		rc = make_key(path, random, err);
		if (rc == 0)
			rc = keep_read(path, true, text, err);
	}
	if (rc < 0)
		return rc;
	rc = 0;
	if (!keep_field(text, "laido-key", version, sizeof(version)) || strcmp(version, "1") != 0 ||
	    !field_hex(text, "seed", seed, sizeof(seed)))
		rc = ld_fail(err, LD_E_SYNTAX,
			     "%s: not a key file; restore it from a backup: "
			     "without it this node is a stranger to its ward",
			     path);
	else
		ld_keypair_from_seed(&n->key, seed);
	ld_board_id_of(&n->id, n->key.pk);
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(text, sizeof(text));
	return rc;
}

/* ---- ward ---- */

static int save_ward(const struct ld_node *n, bool fresh, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX];
	char ward[65], name_key[65], completion_key[65];
	int rc = path_in(path, n->dir, "ward", err);
	int len;

	if (rc < 0)
		return rc;
	ld_hex(ward, n->ward.ward_pk, 32);
	ld_hex(name_key, n->ward.name_key, 32);
	ld_hex(completion_key, n->ward.completion_key, 32);
	len = snprintf(text, sizeof(text),
		       "laido-ward 1\nname %s\nward %s\nname-key %s\ncompletion-key %s\n"
		       "completion-epoch %u\nhost %s\n",
		       n->ward_name, ward, name_key, completion_key, n->ward.completion_epoch,
		       n->ward_host);
	rc = keep_write(path, fresh, text, (size_t)len, err);
	ld_crypto_wipe(text, sizeof(text));
	ld_crypto_wipe(name_key, sizeof(name_key));
	ld_crypto_wipe(completion_key, sizeof(completion_key));
	return rc;
}

static bool parse_epoch(const char *s, uint8_t *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1])
		return false;
	*ret = (uint8_t)(s[0] - '0');
	return true;
}

static bool parse_ward(const char *text, struct ld_node *n)
{
	char version[8], epoch[8];

	return keep_field(text, "laido-ward", version, sizeof(version)) &&
	       strcmp(version, "1") == 0 &&
	       keep_field(text, "name", n->ward_name, sizeof(n->ward_name)) &&
	       field_hex(text, "ward", n->ward.ward_pk, 32) &&
	       field_hex(text, "name-key", n->ward.name_key, 32) &&
	       field_hex(text, "completion-key", n->ward.completion_key, 32) &&
	       keep_field(text, "completion-epoch", epoch, sizeof(epoch)) &&
	       parse_epoch(epoch, &n->ward.completion_epoch) &&
	       keep_field(text, "host", n->ward_host, sizeof(n->ward_host));
}

static int load_ward(struct ld_node *n, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX];
	int rc = path_in(path, n->dir, "ward", err);

	if (rc == 0)
		rc = keep_read(path, true, text, err);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	n->joined = parse_ward(text, n);
	ld_crypto_wipe(text, sizeof(text));
	return n->joined ? 0
			 : ld_fail(err, LD_E_SYNTAX,
				   "%s: damaged; remove it and open the invite again", path);
}

int ld_node_open(struct ld_node *ret, const char *dir, struct ld_random *random,
		 struct ld_errmsg *err)
{
	struct ld_node n = {0};
	int rc;

	if (snprintf(n.dir, sizeof(n.dir), "%s", dir) >= (int)sizeof(n.dir))
		return ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", dir);
	rc = load_key(&n, random, err);
	if (rc == 0)
		rc = load_ward(&n, err);
	if (rc == 0)
		*ret = n;
	ld_node_wipe(&n);
	return rc;
}

void ld_node_wipe(struct ld_node *n)
{
	ld_crypto_wipe(n, sizeof(*n));
}

bool ld_node_is_ward(const struct ld_node *n)
{
	return n->joined && memcmp(n->ward.ward_pk, n->key.pk, 32) == 0;
}

/* What a node is after it was saved; nothing has changed when that failed. */
static int take_ward(struct ld_node *n, struct ld_node *with, bool fresh, struct ld_errmsg *err)
{
	int rc;

	with->joined = true;
	rc = save_ward(with, fresh, err);
	if (rc == 0)
		*n = *with;
	ld_node_wipe(with);
	return rc;
}

int ld_node_found(struct ld_node *n, const char *ward_name, struct ld_random *random,
		  struct ld_errmsg *err)
{
	struct ld_node with = *n;
	int rc;

	if (n->joined)
		return ld_fail(err, LD_E_DENIED, "%s: this node belongs to the ward \"%s\"", n->dir,
			       n->ward_name);
	if (!printable(ward_name, sizeof(with.ward_name)))
		return ld_fail(err, LD_E_RANGE,
			       "a ward's name has 1 to 63 octets, no control codes");
	snprintf(with.ward_name, sizeof(with.ward_name), "%s", ward_name);
	memcpy(with.ward.ward_pk, n->key.pk, 32);
	ld_random_fill(random, with.ward.name_key, 32);
	ld_random_fill(random, with.ward.completion_key, 32);
	rc = take_ward(n, &with, true, err);
	/* Two may start at once: the keys that lie there are the ward's, whoever made them. */
	return rc == 0 || rc == -EEXIST ? load_ward(n, err) : rc;
}

/* ---- invites ---- */

struct invite {
	char ward_name[LD_WARD_NAME_MAX];
	uint8_t ward_pk[32];
	struct ld_invitee to;
	char host[LD_HOST_HINT_MAX];
	uint8_t sealed[SEALED_LEN + LD_SEAL_EXTRA];
	uint8_t sig[SIG_LEN];
};

/* The part that is signed. It is built from the values, so that line ends changed on the way do
 * no harm. */
static int invite_text(const struct invite *inv, char *ret, size_t size)
{
	char ward[65], board[65], sealed[2 * sizeof(inv->sealed) + 1];

	ld_hex(ward, inv->ward_pk, 32);
	ld_hex(board, inv->to.pk, 32);
	ld_hex(sealed, inv->sealed, sizeof(inv->sealed));
	return snprintf(
		ret, size,
		"laido-invite 1\nward-name %s\nward %s\nboard %s\nname %s\nhost %s\nsealed %s\n",
		inv->ward_name, ward, board, inv->to.name, inv->host, sealed);
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

	if (!keep_field(text, "laido-invite", version, sizeof(version)))
		return ld_fail(err, LD_E_SYNTAX,
			       "this is not an invite; it begins with "
			       "\"laido-invite 1\"");
	if (strcmp(version, "1") != 0)
		return ld_fail(err, LD_E_VERSION,
			       "an invite of a newer version; update this board");
	if (!keep_field(text, "ward-name", inv->ward_name, sizeof(inv->ward_name)) ||
	    !field_hex(text, "ward", inv->ward_pk, 32) ||
	    !field_hex(text, "board", inv->to.pk, 32) ||
	    !keep_field(text, "name", inv->to.name, sizeof(inv->to.name)) ||
	    !keep_field(text, "host", inv->host, sizeof(inv->host)) ||
	    !field_hex(text, "sealed", inv->sealed, sizeof(inv->sealed)) ||
	    !field_hex(text, "signature", inv->sig, sizeof(inv->sig)))
		return ld_fail(err, LD_E_SYNTAX,
			       "the invite is incomplete; copy the whole file again");
	return 0;
}

static int check_invite(const struct ld_node *n, const struct invite *inv, const uint8_t *ward_pk,
			struct ld_errmsg *err)
{
	char signed_part[LD_INVITE_MAX];
	int len = invite_text(inv, signed_part, sizeof(signed_part));

	if (!ld_verify(inv->sig, inv->ward_pk, signed_part, (size_t)len))
		return ld_fail(err, LD_E_FORGED,
			       "the invite was altered; get it from the ward again");
	if (ward_pk && memcmp(ward_pk, inv->ward_pk, 32) != 0)
		return ld_fail(err, LD_E_DENIED,
			       "the invite is of another ward than the configured "
			       "key names");
	if (memcmp(inv->to.pk, n->key.pk, 32) != 0)
		return ld_fail(err, LD_E_FORGED, "the invite is for another board (\"%s\")",
			       inv->to.name);
	if (n->joined && memcmp(n->ward.ward_pk, inv->ward_pk, 32) != 0)
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
	if (n->joined && with.ward.completion_epoch <= n->ward.completion_epoch) {
		ld_node_wipe(&with);
		return 0;
	}
	return take_ward(n, &with, false, err);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity_impl.h"

/* ---- helpers ---- */

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

/* ---- key ---- */

int identity_write_key(const char *path, bool fresh, const uint8_t seed[32], struct ld_errmsg *err)
{
	char text[2 * 32 + 32], hex[2 * 32 + 1];
	int len, rc;

	ld_hex(hex, seed, 32);
	len = snprintf(text, sizeof(text), "laido-key 1\nseed %s\n", hex);
	rc = keep_write(path, fresh, text, (size_t)len, err);
	ld_crypto_wipe(hex, sizeof(hex));
	ld_crypto_wipe(text, sizeof(text));
	return rc;
}

int identity_read_key(const char *path, struct ld_keypair *ret, struct ld_errmsg *err)
{
	char text[KEEP_MAX], version[8];
	uint8_t seed[32];
	int rc = keep_read(path, true, text, err);

	if (rc < 0)
		return rc;
	rc = 0;
	if (!keep_field(text, "laido-key", version, sizeof(version)) || strcmp(version, "1") != 0 ||
	    !keep_hex(text, "seed", seed, sizeof(seed)))
		rc = ld_fail(err, LD_E_SYNTAX,
			     "%s: not a key file; restore it from a backup: "
			     "without it this node is a stranger to its ward",
			     path);
	else
		ld_keypair_from_seed(ret, seed);
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(text, sizeof(text));
	return rc;
}

static int load_key(struct ld_node *n, struct ld_random *random, struct ld_errmsg *err)
{
	char path[KEEP_PATH];
	uint8_t seed[32];
	int rc = keep_path(path, n->dir, "key", err);

	if (rc == 0)
		rc = identity_read_key(path, &n->key, err);
	if (rc == -ENOENT) {
		ld_random_fill(random, seed, sizeof(seed));
		rc = identity_write_key(path, true, seed, err);
		ld_crypto_wipe(seed, sizeof(seed));
		/* Another process was first: its key is as good. */
		if (rc == 0 || rc == -EEXIST)
			rc = identity_read_key(path, &n->key, err);
	}
	if (rc == 0)
		ld_board_id_of(&n->id, n->key.pk);
	return rc;
}

/* What was sealed to the ward before it had this key stays readable for it. */
static int load_before(struct ld_node *n, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX], name[16];
	uint8_t seed[32];
	int rc = keep_path(path, n->dir, "keys-before", err);

	if (rc == 0)
		rc = keep_read(path, true, text, err);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	for (n->n_before = 0; n->n_before < LD_KEYS_BEFORE; n->n_before++) {
		snprintf(name, sizeof(name), "seed-%u", n->n_before + 1);
		if (!keep_hex(text, name, seed, sizeof(seed)))
			break;
		ld_keypair_from_seed(&n->before[n->n_before], seed);
	}
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(text, sizeof(text));
	return 0;
}

int ld_node_unseal(const struct ld_node *n, uint8_t *ret, const uint8_t *box, size_t len)
{
	int rc = ld_unseal(ret, &n->key, box, len);

	for (unsigned i = n->n_before; i > 0 && rc < 0; i--)
		rc = ld_unseal(ret, &n->before[i - 1], box, len);
	return rc;
}

/* ---- ward ---- */

int identity_warrant_text(const struct ld_warrant *w, char *ret, size_t size)
{
	char root[65], sig[129];

	ld_hex(root, w->root, sizeof(w->root));
	ld_hex(sig, w->sig, sizeof(w->sig));
	return snprintf(ret, size, "root %s\nnumber %lld\nwarrant %s\n", root, (long long)w->number, sig);
}

int identity_warrant_parse(const char *text, const uint8_t pk[32], struct ld_warrant *ret)
{
	struct ld_warrant w = {.number = 0};
	char number[16], *end;

	if (!keep_hex(text, "root", w.root, sizeof(w.root)))
		return 0;
	memcpy(w.pk, pk, sizeof(w.pk));
	if (!keep_field(text, "number", number, sizeof(number)) ||
	    !keep_hex(text, "warrant", w.sig, sizeof(w.sig)))
		return LD_E_SYNTAX;
	w.number = strtoll(number, &end, 10);
	if (*end || !ld_warrant_verify(&w))
		return LD_E_FORGED;
	*ret = w;
	return 1;
}

int identity_save(const struct ld_node *n, bool fresh, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX];
	char ward[65], name_key[65], completion_key[65];
	int rc = keep_path(path, n->dir, "ward", err);
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
	if (n->rooted)
		len += identity_warrant_text(&n->warrant, text + len, sizeof(text) - (size_t)len);
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
	bool good = keep_field(text, "laido-ward", version, sizeof(version)) &&
	       strcmp(version, "1") == 0 &&
	       keep_field(text, "name", n->ward_name, sizeof(n->ward_name)) &&
	       keep_hex(text, "ward", n->ward.ward_pk, 32) &&
	       keep_hex(text, "name-key", n->ward.name_key, 32) &&
	       keep_hex(text, "completion-key", n->ward.completion_key, 32) &&
	       keep_field(text, "completion-epoch", epoch, sizeof(epoch)) &&
	       parse_epoch(epoch, &n->ward.completion_epoch) &&
	       keep_field(text, "host", n->ward_host, sizeof(n->ward_host));
	int rc = good ? identity_warrant_parse(text, n->ward.ward_pk, &n->warrant) : 0;

	n->rooted = rc > 0;
	return good && rc >= 0;
}

static int load_ward(struct ld_node *n, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX];
	int rc = keep_path(path, n->dir, "ward", err);

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
		rc = load_before(&n, err);
	if (rc == 0)
		*ret = n;
	ld_node_wipe(&n);
	return rc;
}

void ld_node_wipe(struct ld_node *n)
{
	ld_crypto_wipe(n, sizeof(*n));
}

int ld_node_warrant(struct ld_node *n, const struct ld_warrant *w, struct ld_errmsg *err)
{
	struct ld_node with = *n;

	if (!ld_warrant_verify(w) || (n->rooted ? memcmp(w->root, n->warrant.root, 32)
						: memcmp(w->pk, n->ward.ward_pk, 32)) != 0)
		return ld_fail(err, LD_E_DENIED, "%s: that warrant is not of this ward's root key",
			       n->dir);
	if (n->rooted && w->number <= n->warrant.number)
		return 0;
	with.rooted = true;
	with.warrant = *w;
	memcpy(with.ward.ward_pk, w->pk, 32);
	if (identity_save(&with, false, err) < 0) {
		ld_node_wipe(&with);
		return LD_E_STORE;
	}
	*n = with;
	ld_node_wipe(&with);
	return 1;
}

bool ld_node_is_ward(const struct ld_node *n)
{
	return n->joined && memcmp(n->ward.ward_pk, n->key.pk, 32) == 0;
}

int identity_take(struct ld_node *n, struct ld_node *with, bool fresh, struct ld_errmsg *err)
{
	int rc;

	with->joined = true;
	rc = identity_save(with, fresh, err);
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
	rc = identity_take(n, &with, true, err);
	/* Two may start at once: the keys that lie there are the ward's, whoever made them. */
	return rc == 0 || rc == -EEXIST ? load_ward(n, err) : rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity_impl.h"

/* ---- warrants ---- */

static bool read_one(const char *line, const uint8_t root[32], struct ld_warrant *ret)
{
	char pk[65], sig[129];
	long long number;

	if (sscanf(line, "warrant %lld %64s %128s", &number, pk, sig) != 3 ||
	    !ld_unhex(ret->pk, sizeof(ret->pk), pk) || !ld_unhex(ret->sig, sizeof(ret->sig), sig))
		return false;
	ret->number = number;
	memcpy(ret->root, root, sizeof(ret->root));
	return ld_warrant_verify(ret);
}

int ld_warrants_parse(struct ld_warrants *ret, const char *text, struct ld_errmsg *err)
{
	struct ld_warrants all = {.n = 0};
	const char *line = text;
	char version[8];
	uint8_t root[32];

	if (!keep_field(text, "laido-warrants", version, sizeof(version)) ||
	    strcmp(version, "1") != 0 || !keep_hex(text, "root", root, sizeof(root)))
		return ld_fail(err, LD_E_SYNTAX,
			       "no warrants; the file begins with \"laido-warrants 1\"");
	while ((line = strstr(line, "\nwarrant "))) {
		if (all.n == LD_WARRANTS_MAX)
			return ld_fail(err, LD_E_TOOBIG, "more than %d warrants", LD_WARRANTS_MAX);
		if (!read_one(++line, root, &all.w[all.n]) ||
		    (all.n > 0 && all.w[all.n].number <= all.w[all.n - 1].number))
			return ld_fail(err, LD_E_FORGED,
				       "a warrant was altered; get the file from the ward again");
		all.n++;
	}
	if (all.n == 0)
		return ld_fail(err, LD_E_SYNTAX, "the file holds no warrant");
	*ret = all;
	return 0;
}

int ld_warrants_text(const struct ld_warrants *w, char *ret)
{
	char a[129], b[65];
	int len;

	ld_hex(b, w->w[0].root, 32);
	len = snprintf(ret, LD_WARRANTS_TEXT, "laido-warrants 1\nroot %s\n", b);
	for (unsigned i = 0; i < w->n; i++) {
		ld_hex(a, w->w[i].sig, 64);
		ld_hex(b, w->w[i].pk, 32);
		len += snprintf(ret + len, LD_WARRANTS_TEXT - (size_t)len, "warrant %lld %s %s\n",
				(long long)w->w[i].number, b, a);
	}
	return len;
}

static int load(struct ld_warrants *ret, const char *dir, const char *name, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX];
	struct ld_errmsg why;
	int rc = keep_path(path, dir, name, err);

	if (rc == 0)
		rc = keep_read(path, false, text, err);
	if (rc < 0)
		return rc;
	rc = ld_warrants_parse(ret, text, &why);
	return rc < 0 ? ld_fail(err, rc, "%s: %s", path, why.text) : 0;
}

int ld_warrants_load(struct ld_warrants *ret, const char *dir, struct ld_errmsg *err)
{
	int rc = load(ret, dir, "warrants", err);

	if (rc == -ENOENT)
		*ret = (struct ld_warrants){.n = 0};
	return rc == -ENOENT ? 0 : rc;
}

static int save(const struct ld_warrants *w, const char *dir, const char *name,
		struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[LD_WARRANTS_TEXT];
	int rc = keep_path(path, dir, name, err);

	return rc < 0 ? rc
		      : keep_write(path, false, text, (size_t)ld_warrants_text(w, text), err);
}

static int save_both(const struct ld_warrants *w, const char *dir, const char *stick,
		     struct ld_errmsg *err)
{
	int rc = save(w, stick, "laido-warrants", err);

	return rc < 0 ? rc : save(w, dir, "warrants", err);
}

/* ---- the stick ---- */

struct root {
	struct ld_keypair key;
	struct ld_node ward;    /* its name and secrets, for a ward that has lost everything */
};

static int write_root(const char *stick, const struct root *r, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX], seed[65], name_key[65], completion_key[65];
	int len, rc = keep_path(path, stick, "laido-root", err);

	if (rc < 0)
		return rc;
	ld_hex(seed, r->key.seed, 32);
	ld_hex(name_key, r->ward.ward.name_key, 32);
	ld_hex(completion_key, r->ward.ward.completion_key, 32);
	len = snprintf(text, sizeof(text), "laido-root 1\nseed %s\nname %s\nname-key %s\n"
		       "completion-key %s\ncompletion-epoch %u\n", seed, r->ward.ward_name, name_key,
		       completion_key, r->ward.ward.completion_epoch);
	/* Not a link: sticks have file systems without. */
	rc = keep_write(path, false, text, (size_t)len, err);
	ld_crypto_wipe(text, sizeof(text));
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(name_key, sizeof(name_key));
	ld_crypto_wipe(completion_key, sizeof(completion_key));
	return rc;
}

/* Its file system may know no owners: whoever has the stick has the key anyway. */
static int read_root(const char *stick, struct root *ret, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX], word[8];
	uint8_t seed[32];
	int rc = keep_path(path, stick, "laido-root", err);

	if (rc == 0)
		rc = keep_read(path, false, text, err);
	if (rc < 0)
		return rc;
	rc = 0;
	if (!keep_field(text, "laido-root", word, sizeof(word)) || strcmp(word, "1") != 0 ||
	    !keep_hex(text, "seed", seed, sizeof(seed)) ||
	    !keep_field(text, "name", ret->ward.ward_name, sizeof(ret->ward.ward_name)) ||
	    !keep_hex(text, "name-key", ret->ward.ward.name_key, 32) ||
	    !keep_hex(text, "completion-key", ret->ward.ward.completion_key, 32) ||
	    !keep_field(text, "completion-epoch", word, sizeof(word)))
		rc = ld_fail(err, LD_E_SYNTAX, "%s: no root key, or damaged", path);
	ret->ward.ward.completion_epoch = rc == 0 ? (uint8_t)(word[0] - '0') : 0;
	ld_keypair_from_seed(&ret->key, seed);
	ld_crypto_wipe(seed, sizeof(seed));
	ld_crypto_wipe(text, sizeof(text));
	return rc;
}

/* ---- the first warrant ---- */

static int make_root(const struct ld_node *ward, const char *stick, struct ld_random *random,
		     struct root *ret, struct ld_errmsg *err)
{
	uint8_t seed[32];
	int rc = read_root(stick, ret, err);

	if (rc == 0)
		return memcmp(ret->ward.ward.name_key, ward->ward.name_key, 32) == 0
			       ? 0 : ld_fail(err, LD_E_DENIED, "%s holds the root key of another ward",
					     stick);
	if (rc != -ENOENT)
		return rc;
	ld_random_fill(random, seed, sizeof(seed));
	ld_keypair_from_seed(&ret->key, seed);
	ld_crypto_wipe(seed, sizeof(seed));
	ret->ward = *ward;
	return write_root(stick, ret, err);
}

int ld_root_make(struct ld_node *ward, const char *stick, struct ld_random *random,
		 struct ld_errmsg *err)
{
	struct ld_warrants all = {.n = 1};
	struct root r;
	int rc;

	if (!ld_node_is_ward(ward))
		return ld_fail(err, LD_E_DENIED, "%s is not the state of a ward", ward->dir);
	if (ward->rooted)
		return ld_fail(err, LD_E_DENIED, "this ward has a root key already");
	rc = make_root(ward, stick, random, &r, err);
	if (rc == 0) {
		all.w[0].number = 1;
		memcpy(all.w[0].pk, ward->key.pk, 32);
		ld_warrant_sign(&all.w[0], &r.key);
		rc = save_both(&all, ward->dir, stick, err);
	}
	if (rc == 0)
		rc = ld_node_warrant(ward, &all.w[0], err);
	ld_crypto_wipe(&r, sizeof(r));
	return rc < 0 ? rc : 0;
}

/* ---- the next one ---- */

/* Made once: when this was cut short, the stick has signed it already. */
static int next_key(const char *path, struct ld_random *random, struct ld_keypair *ret,
		    struct ld_errmsg *err)
{
	int rc = identity_read_key(path, ret, err);
	uint8_t seed[32];

	if (rc != -ENOENT)
		return rc;
	ld_random_fill(random, seed, sizeof(seed));
	rc = identity_write_key(path, false, seed, err);
	ld_keypair_from_seed(ret, seed);
	ld_crypto_wipe(seed, sizeof(seed));
	return rc;
}

static int sign_next(struct ld_warrants *all, const struct ld_keypair *root, const uint8_t pk[32],
		     struct ld_errmsg *err)
{
	struct ld_warrant *last = &all->w[all->n - 1];

	if (memcmp(last->pk, pk, 32) == 0)
		return 0;
	if (all->n == LD_WARRANTS_MAX)
		return ld_fail(err, LD_E_TOOBIG, "this root key has named %d keys: found a new ward",
			       LD_WARRANTS_MAX);
	last[1].number = last->number + 1;
	memcpy(last[1].pk, pk, 32);
	ld_warrant_sign(&last[1], root);
	all->n++;
	return 0;
}

static int keep_before(struct ld_node *n, struct ld_errmsg *err)
{
	char path[KEEP_PATH], text[KEEP_MAX], hex[65];
	int len = snprintf(text, sizeof(text), "laido-keys-before 1\n");
	int rc = keep_path(path, n->dir, "keys-before", err);

	if (rc < 0)
		return rc;
	if (n->n_before == 0 || memcmp(n->before[n->n_before - 1].pk, n->key.pk, 32) != 0)
		n->before[n->n_before++] = n->key;
	for (unsigned i = 0; i < n->n_before; i++) {
		ld_hex(hex, n->before[i].seed, 32);
		len += snprintf(text + len, sizeof(text) - (size_t)len, "seed-%u %s\n", i + 1, hex);
	}
	rc = keep_write(path, false, text, (size_t)len, err);
	ld_crypto_wipe(text, sizeof(text));
	ld_crypto_wipe(hex, sizeof(hex));
	return rc;
}

static int check_ward(const struct ld_node *n, const struct root *r, struct ld_errmsg *err)
{
	if (!n->joined)
		return 0;
	if (!ld_node_is_ward(n) && !n->rooted)
		return ld_fail(err, LD_E_DENIED, "%s is not the state of a ward", n->dir);
	if (n->rooted && memcmp(n->warrant.root, r->key.pk, 32) != 0)
		return ld_fail(err, LD_E_DENIED, "the stick holds the root key of another ward than %s",
			       n->dir);
	return n->rooted ? 0 : ld_fail(err, LD_E_DENIED, "%s: this ward has no root key yet", n->dir);
}

/* n has the state folder; it becomes the ward under key next. */
static int take_over(struct ld_node *n, const struct root *r, const struct ld_keypair *next,
		     const struct ld_warrant *w, struct ld_errmsg *err)
{
	struct ld_node with = *n;
	char path[KEEP_PATH];
	int rc = 0;

	if (!n->joined) {
		memcpy(with.ward_name, r->ward.ward_name, sizeof(with.ward_name));
		with.ward = r->ward.ward;
	} else if (memcmp(n->key.pk, next->pk, 32) != 0) {
		rc = keep_before(&with, err);
	}
	if (rc == 0)
		rc = keep_path(path, n->dir, "key", err);
	if (rc == 0)
		rc = identity_write_key(path, false, next->seed, err);
	with.key = *next;
	ld_board_id_of(&with.id, next->pk);
	memcpy(with.ward.ward_pk, next->pk, 32);
	with.rooted = true;
	with.warrant = *w;
	if (rc == 0)
		rc = identity_take(n, &with, false, err);
	ld_node_wipe(&with);
	return rc;
}

int ld_root_rekey(const char *dir, const char *stick, struct ld_random *random,
		  struct ld_node *ret, struct ld_errmsg *err)
{
	struct ld_warrants all;
	struct ld_keypair next;
	char path[KEEP_PATH];
	struct ld_node n;
	struct root r;
	int rc = read_root(stick, &r, err);

	if (rc == 0)
		rc = load(&all, stick, "laido-warrants", err);
	if (rc == 0)
		rc = ld_node_open(&n, dir, random, err);
	if (rc < 0)
		return rc;
	rc = check_ward(&n, &r, err);
	if (rc == 0)
		rc = keep_path(path, dir, "key-next", err);
	if (rc == 0)
		rc = next_key(path, random, &next, err);
	if (rc == 0)
		rc = sign_next(&all, &r.key, next.pk, err);
	if (rc == 0)
		rc = save_both(&all, dir, stick, err);
	if (rc == 0)
		rc = take_over(&n, &r, &next, &all.w[all.n - 1], err);
	if (rc == 0 && unlink(path) < 0)
		rc = ld_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (rc == 0)
		*ret = n;
	ld_crypto_wipe(&r, sizeof(r));
	ld_crypto_wipe(&next, sizeof(next));
	ld_node_wipe(&n);
	return rc;
}

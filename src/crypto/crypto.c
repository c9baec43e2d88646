/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/crypto/crypto.h"

#include <sodium.h>

#include "laido/base/err.h"

int ld_crypto_init(void)
{
	return sodium_init() < 0 ? LD_E_STORE : 0;
}

void ld_hash(uint8_t *out, size_t out_len, const void *key, size_t key_len,
	     const struct ld_span *spans, unsigned n)
{
	crypto_generichash_state st;

	ld_assert(out_len >= 16 && out_len <= 64 && key_len <= 64);
	crypto_generichash_init(&st, key, key_len, out_len);
	for (unsigned i = 0; i < n; i++)
		crypto_generichash_update(&st, spans[i].data, spans[i].len);
	crypto_generichash_final(&st, out, out_len);
}

bool ld_crypto_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void ld_crypto_wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}

void ld_keypair_from_seed(struct ld_keypair *ret, const uint8_t seed[32])
{
	memcpy(ret->seed, seed, 32);
	crypto_sign_seed_keypair(ret->pk, ret->sk, seed);
}

void ld_board_id_of(struct ld_board_id *ret, const uint8_t pk[32])
{
	uint8_t h[16];

	ld_hash(h, sizeof(h), NULL, 0, &(struct ld_span){ pk, 32 }, 1);
	memcpy(ret->b, h, sizeof(ret->b));
}

void ld_sign(uint8_t sig[64], const struct ld_keypair *key, const void *msg, size_t len)
{
	crypto_sign_detached(sig, NULL, msg, len, key->sk);
}

bool ld_verify(const uint8_t sig[64], const uint8_t pk[32], const void *msg, size_t len)
{
	return crypto_sign_verify_detached(sig, msg, len, pk) == 0;
}

/* "laido warrant 1" || number (8, big endian) || pk. */
enum { WARRANT_NAME = 15, WARRANT_LEN = WARRANT_NAME + 8 + 32 };

static void warrant_text(const struct ld_warrant *w, uint8_t ret[WARRANT_LEN])
{
	memcpy(ret, "laido warrant 1", WARRANT_NAME);
	for (int i = 0; i < 8; i++)
		ret[WARRANT_NAME + i] = (uint8_t)((uint64_t)w->number >> (56 - 8 * i));
	memcpy(ret + WARRANT_NAME + 8, w->pk, sizeof(w->pk));
}

void ld_warrant_sign(struct ld_warrant *w, const struct ld_keypair *root)
{
	uint8_t text[WARRANT_LEN];

	memcpy(w->root, root->pk, sizeof(w->root));
	warrant_text(w, text);
	ld_sign(w->sig, root, text, sizeof(text));
}

bool ld_warrant_verify(const struct ld_warrant *w)
{
	uint8_t text[WARRANT_LEN];

	warrant_text(w, text);
	return w->number >= 1 && w->number <= LD_WARRANT_MAX &&
	       ld_verify(w->sig, w->root, text, sizeof(text));
}

static int convert(struct ld_sealer *s, const uint8_t pk[32])
{
	if (s->known && memcmp(s->pk, pk, sizeof(s->pk)) == 0)
		return 0;
	s->known = false;
	if (crypto_sign_ed25519_pk_to_curve25519(s->x, pk) != 0)
		return LD_E_FORGED;
	memcpy(s->pk, pk, sizeof(s->pk));
	s->known = true;
	return 0;
}

int ld_seal(uint8_t *ret, const uint8_t pk[32], const void *msg, size_t len)
{
	struct ld_sealer s = { .known = false };

	if (convert(&s, pk) < 0)
		return LD_E_FORGED;
	crypto_box_seal(ret, msg, len, s.x);
	return 0;
}

/* crypto_box_seal() with a given key pair: epk || box, nonce BLAKE2b(epk || owner's key). */
static int seal_with(uint8_t *ret, const uint8_t epk[32], const uint8_t esk[32], const uint8_t x[32],
		     const void *msg, size_t len)
{
	uint8_t nonce[crypto_box_NONCEBYTES];

	ld_hash(nonce, sizeof(nonce), NULL, 0, (struct ld_span[]){ { epk, 32 }, { x, 32 } }, 2);
	memcpy(ret, epk, 32);
	return crypto_box_easy(ret + 32, msg, len, nonce, x, esk) == 0 ? 0 : LD_E_FORGED;
}

int ld_seal_both(struct ld_sealer s[2], uint8_t *const ret[2], const uint8_t *const pk[2],
		 const void *msg, size_t len)
{
	uint8_t epk[32], esk[32];
	int rc = convert(&s[0], pk[0]);

	if (rc == 0)
		rc = convert(&s[1], pk[1]);
	if (rc < 0)
		return rc;
	crypto_box_keypair(epk, esk);
	for (int i = 0; i < 2 && rc == 0; i++)
		rc = seal_with(ret[i], epk, esk, s[i].x, msg, len);
	ld_crypto_wipe(esk, sizeof(esk));
	return rc;
}

int ld_unseal(uint8_t *ret, const struct ld_keypair *key, const uint8_t *box, size_t box_len)
{
	uint8_t xpk[32], xsk[32];
	int rc = LD_E_FORGED;

	if (box_len >= LD_SEAL_EXTRA && crypto_sign_ed25519_pk_to_curve25519(xpk, key->pk) == 0) {
		crypto_sign_ed25519_sk_to_curve25519(xsk, key->sk);
		if (crypto_box_seal_open(ret, box, box_len, xpk, xsk) == 0)
			rc = 0;
	}
	ld_crypto_wipe(xsk, sizeof(xsk));
	return rc;
}

void ld_pseudonym_p(struct ld_id *ret, const struct ld_ward_keys *k, const struct ld_msisdn *m)
{
	ld_hash(ret->b, sizeof(ret->b), k->name_key, sizeof(k->name_key),
		&(struct ld_span){ m->digits, strlen(m->digits) }, 1);
}

void ld_pin_hash(uint8_t ret[16], const struct ld_ward_keys *k, const struct ld_id *p,
		 const uint8_t salt[16], const char *pin)
{
	uint8_t key[sizeof(k->name_key) + 16];

	memcpy(key, k->name_key, sizeof(k->name_key));
	memcpy(key + sizeof(k->name_key), salt, 16);
	ld_hash(ret, 16, key, sizeof(key),
		(struct ld_span[]){ { "laido pin 1", 11 }, { p->b, sizeof(p->b) },
				    { pin, strlen(pin) } }, 3);
	ld_crypto_wipe(key, sizeof(key));
}

void ld_pseudonym_s(struct ld_id *ret, const struct ld_ward_keys *k, const struct ld_msisdn *m,
		    uint8_t slot, const struct ld_id *epoch)
{
	/* The NUL keeps number and slot apart, so that no S can equal a P. */
	struct ld_span spans[] = {
		{ m->digits, strlen(m->digits) + 1 },
		{ &slot, 1 },
		{ epoch->b, sizeof(epoch->b) },
	};

	ld_hash(ret->b, sizeof(ret->b), k->name_key, sizeof(k->name_key), spans, 3);
}

/* H. Michael Damm's quasigroup of order 10: finds every single wrong digit and every swap of two
 * neighbours. */
static const uint8_t damm[10][10] = {
	{ 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 }, { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
	{ 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 }, { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
	{ 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 }, { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
	{ 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 }, { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
	{ 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 }, { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
};

void ld_completion_code(char ret[LD_CODE_DIGITS + 1], const struct ld_ward_keys *k,
			const struct ld_id *s, uint8_t course)
{
	uint8_t mac[16];
	uint32_t number = 0;
	uint8_t check = 0;

	ld_assert(k->completion_epoch <= 9 && course <= 9);
	ld_hash(mac, sizeof(mac), k->completion_key, sizeof(k->completion_key),
		(struct ld_span[]){ { s->b, sizeof(s->b) }, { &course, 1 } }, 2);
	for (unsigned i = 0; i < 4; i++)
		number = number << 8 | mac[i];
	number %= 100000000;
	ret[0] = (char)('0' + k->completion_epoch);
	ret[1] = (char)('0' + course);
	for (int i = 9; i >= 2; i--, number /= 10)
		ret[i] = (char)('0' + number % 10);
	for (int i = 0; i < 10; i++)
		check = damm[check][ret[i] - '0'];
	ret[10] = (char)('0' + check);
	ret[11] = '\0';
}

bool ld_completion_parse(const char *text, char ret[LD_CODE_DIGITS + 1])
{
	char digits[LD_CODE_DIGITS + 1] = "";
	uint8_t check = 0;
	unsigned n = 0;

	for (; *text; text++) {
		if (strchr(" .-", *text))
			continue;
		if (*text < '0' || *text > '9' || n == LD_CODE_DIGITS)
			return false;
		digits[n++] = *text;
		check = damm[check][*text - '0'];
	}
	if (n != LD_CODE_DIGITS || check != 0)
		return false;
	memcpy(ret, digits, sizeof(digits));
	return true;
}

/* libsodium's "interactive" would take 64 MiB, too much for the small machine of a ward. */
enum { PASSWORD_OPS = 3, PASSWORD_OCTETS = 16 * 1024 * 1024 };

int ld_password_hash(char ret[LD_PASSWORD_HASH], const char *password)
{
	_Static_assert(LD_PASSWORD_HASH >= crypto_pwhash_STRBYTES, "room for the hash");

	memset(ret, 0, LD_PASSWORD_HASH);
	return crypto_pwhash_str_alg(ret, password, strlen(password), PASSWORD_OPS, PASSWORD_OCTETS,
				     crypto_pwhash_ALG_ARGON2ID13) == 0 ? 0 : LD_E_NOMEM;
}

bool ld_password_verify(const char hash[LD_PASSWORD_HASH], const char *password)
{
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

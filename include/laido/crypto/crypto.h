/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crypto: hashes, pseudonyms, seals, signatures, codes. The only user of libsodium. */
#ifndef LAIDO_CRYPTO_CRYPTO_H
#define LAIDO_CRYPTO_CRYPTO_H

#include <stddef.h>

#include "laido/model/ids.h"

/* Call once before anything else here; 0 or LD_E_STORE when the system has no entropy. */
int ld_crypto_init(void);

/* Hexadecimal, lower case. ret has 2 * len + 1 octets. */
void ld_hex(char *ret, const void *data, size_t len);
/* Exactly len octets of hex, any case. false: something else. */
bool ld_unhex(void *ret, size_t len, const char *hex);

/* A piece of memory to hash. */
struct ld_span {
	const void *data;
	size_t len;
};

/* BLAKE2b over the spans in order; key may be NULL (key_len 0), at most 64 octets; out_len 16..64. */
void ld_hash(uint8_t *out, size_t out_len, const void *key, size_t key_len,
	     const struct ld_span *spans, unsigned n);

/* Same contents, compared in constant time. */
bool ld_crypto_equal(const void *a, const void *b, size_t len);
void ld_crypto_wipe(void *p, size_t len);

/* An Ed25519 key pair, of a board or of the ward. seed alone is kept on disk. */
struct ld_keypair {
	uint8_t seed[32];
	uint8_t pk[32];
	uint8_t sk[64];
};
void ld_keypair_from_seed(struct ld_keypair *ret, const uint8_t seed[32]);
void ld_board_id_of(struct ld_board_id *ret, const uint8_t pk[32]);
void ld_sign(uint8_t sig[64], const struct ld_keypair *key, const void *msg, size_t len);
bool ld_verify(const uint8_t sig[64], const uint8_t pk[32], const void *msg, size_t len);

/* Sealed boxes to the owner of an Ed25519 key (converted to X25519): anyone seals, only the owner
 * opens. The box is LD_SEAL_EXTRA octets longer than its contents. */
enum { LD_SEAL_EXTRA = 48 };
int ld_seal(uint8_t *ret, const uint8_t pk[32], const void *msg, size_t len);
/* The same contents for two owners, whose keys come again and again: converting a key takes nearly
 * as long as sealing. Zeroed at first; one thread.
 *
 * Both boxes of one message have one ephemeral key pair, which spares a quarter of the work. Each is
 * still what crypto_box_seal() makes: its nonce is the hash of the ephemeral and the owner's public
 * key, its key the exchange of both, so that no key and no nonce is used twice, and an owner's key
 * opens nothing of the other's. That both hold the same is all that the same first 32 octets tell,
 * and they stand in one event. The ephemeral secret is wiped; it never serves a second message. */
struct ld_sealer {
	bool known;
	uint8_t pk[32], x[32];
};
int ld_seal_both(struct ld_sealer s[2], uint8_t *const ret[2], const uint8_t *const pk[2],
		 const void *msg, size_t len);
/* LD_E_FORGED when the box is not for this key or was changed. */
int ld_unseal(uint8_t *ret, const struct ld_keypair *key, const uint8_t *box, size_t box_len);

/* A row of messages under one key that is read whole, in order and from its first one on, or not:
 * XChaCha20-Poly1305, as libsodium's secretstream. Each box is LD_ROW_EXTRA octets longer than its
 * message. The state may be copied: a step that is undone goes on from the copy. */
enum { LD_ROW_KEY = 32, LD_ROW_HEADER = 24, LD_ROW_EXTRA = 17 };
struct ld_row {
	uint8_t state[64];
};
void ld_row_write(struct ld_row *ret, const uint8_t key[LD_ROW_KEY],
		  uint8_t ret_header[LD_ROW_HEADER]);
void ld_row_put(struct ld_row *r, uint8_t *ret_box, const void *msg, size_t len, bool last);
void ld_row_read(struct ld_row *ret, const uint8_t key[LD_ROW_KEY],
		 const uint8_t header[LD_ROW_HEADER]);
/* LD_E_FORGED: not the next box of this row, or changed. */
int ld_row_get(struct ld_row *r, uint8_t *ret, const uint8_t *box, size_t box_len, bool *ret_last);

/* The ward's secrets that a board holds (DESIGN 4). */
struct ld_ward_keys {
	uint8_t ward_pk[32];
	uint8_t name_key[32];
	uint8_t completion_key[32];
	uint8_t completion_epoch;       /* 0..9 */
};

/* The root key's word: the ward's key of this number is pk. The highest number holds (ADR 0014). */
enum { LD_WARRANT_MAX = 1000000 };
struct ld_warrant {
	uint8_t root[32], pk[32];
	int64_t number;                 /* 1..LD_WARRANT_MAX */
	uint8_t sig[64];
};
/* Signs it; fills root and sig. */
void ld_warrant_sign(struct ld_warrant *w, const struct ld_keypair *root);
/* Signed by w->root, and its number in range. */
bool ld_warrant_verify(const struct ld_warrant *w);

/* P = BLAKE2b(name key, E.164). */
void ld_pseudonym_p(struct ld_id *ret, const struct ld_ward_keys *k, const struct ld_msisdn *m);

/* S = BLAKE2b(name key, E.164 || slot || epoch). */
void ld_pseudonym_s(struct ld_id *ret, const struct ld_ward_keys *k, const struct ld_msisdn *m,
		    uint8_t slot, const struct ld_id *epoch);

/* What a log may keep of a PIN (digits) of P. Without the ward's name key it says nothing; with
 * it, ten thousand trials do: the PIN guards against a borrowed telephone, not a captured board. */
void ld_pin_hash(uint8_t ret[16], const struct ld_ward_keys *k, const struct ld_id *p,
		 const uint8_t salt[16], const char *pin);

/* Passwords of people at the ward: argon2id with 16 MiB (some 30 ms), as a line of text. */
enum { LD_PASSWORD_HASH = 128 };
int ld_password_hash(char ret[LD_PASSWORD_HASH], const char *password);
bool ld_password_verify(const char hash[LD_PASSWORD_HASH], const char *password);

/* Completion code: key epoch (1), course number (1), MAC over S and course (8), Damm check (1). */
enum { LD_CODE_DIGITS = 11 };
void ld_completion_code(char ret[LD_CODE_DIGITS + 1], const struct ld_ward_keys *k,
			const struct ld_id *s, uint8_t course);

/* The 11 digits of a code as people write it (blanks, dots and dashes between them); false when
 * there are more or fewer, or the check digit says that it was misread. */
bool ld_completion_parse(const char *text, char ret[LD_CODE_DIGITS + 1]);

#endif

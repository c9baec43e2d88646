/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sodium.h>

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"

#define TAG_MESSAGE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(sizeof(crypto_secretstream_xchacha20poly1305_state) <= sizeof(struct ld_row) &&
		       LD_ROW_KEY == crypto_secretstream_xchacha20poly1305_KEYBYTES &&
		       LD_ROW_HEADER == crypto_secretstream_xchacha20poly1305_HEADERBYTES &&
		       LD_ROW_EXTRA == crypto_secretstream_xchacha20poly1305_ABYTES,
	       "lengths of libsodium's secretstream");

void ld_row_write(struct ld_row *ret, const uint8_t key[LD_ROW_KEY],
		  uint8_t ret_header[LD_ROW_HEADER])
{
	crypto_secretstream_xchacha20poly1305_state st;

	crypto_secretstream_xchacha20poly1305_init_push(&st, ret_header, key);
	memcpy(ret->state, &st, sizeof(st));
	ld_crypto_wipe(&st, sizeof(st));
}

void ld_row_put(struct ld_row *r, uint8_t *ret_box, const void *msg, size_t len, bool last)
{
	crypto_secretstream_xchacha20poly1305_state st;

	memcpy(&st, r->state, sizeof(st));
	crypto_secretstream_xchacha20poly1305_push(&st, ret_box, NULL, msg, len, NULL, 0,
						   last ? TAG_FINAL : TAG_MESSAGE);
	memcpy(r->state, &st, sizeof(st));
	ld_crypto_wipe(&st, sizeof(st));
}

void ld_row_read(struct ld_row *ret, const uint8_t key[LD_ROW_KEY],
		 const uint8_t header[LD_ROW_HEADER])
{
	crypto_secretstream_xchacha20poly1305_state st;

	crypto_secretstream_xchacha20poly1305_init_pull(&st, header, key);
	memcpy(ret->state, &st, sizeof(st));
	ld_crypto_wipe(&st, sizeof(st));
}

int ld_row_get(struct ld_row *r, uint8_t *ret, const uint8_t *box, size_t box_len, bool *ret_last)
{
	crypto_secretstream_xchacha20poly1305_state st;
	uint8_t tag = 0;
	int rc;

	if (box_len < LD_ROW_EXTRA)
		return LD_E_FORGED;
	memcpy(&st, r->state, sizeof(st));
	rc = crypto_secretstream_xchacha20poly1305_pull(&st, ret, NULL, &tag, box, box_len, NULL, 0);
	if (rc == 0) {
		memcpy(r->state, &st, sizeof(st));
		*ret_last = tag == TAG_FINAL;
	}
	ld_crypto_wipe(&st, sizeof(st));
	return rc == 0 ? 0 : LD_E_FORGED;
}

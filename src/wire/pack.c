/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a frame holds: the file's name, a NUL, its text. */
#include "laido/wire/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "laido/crypto/crypto.h"

enum { LEVEL = 19 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

bool ld_folder_name_ok(const char *name)
{
	static const char sub[] = "courses/", end[] = ".conf";
	size_t n;

	if (strlen(name) >= LD_FOLDER_NAME)
		return false;
	if (strncmp(name, sub, sizeof(sub) - 1) == 0)
		name += sizeof(sub) - 1;
	n = strspn(name, letters);
	return n > 0 && strcmp(name + n, end) == 0;
}

static size_t octets_of(const struct ld_folder *f)
{
	size_t sum = 0;

	for (unsigned i = 0; i < f->n; i++)
		sum += f->file[i].len;
	return sum;
}

int ld_folder_add(struct ld_folder *f, const char *name, const char *text, size_t len)
{
	char *copy;
	unsigned at = 0;

	if (!ld_folder_name_ok(name))
		return LD_E_RANGE;
	if (f->n == LD_FOLDER_FILES || len > LD_FOLDER_OCTETS - octets_of(f) ||
	    ld_folder_find(f, name))
		return LD_E_TOOBIG;
	copy = malloc(len + 1);
	if (!copy)
		return LD_E_NOMEM;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	while (at < f->n && strcmp(f->file[at].name, name) < 0)
		at++;
	memmove(&f->file[at + 1], &f->file[at], (f->n - at) * sizeof(f->file[0]));
	memset(&f->file[at], 0, sizeof(f->file[at]));
	memcpy(f->file[at].name, name, strlen(name));
	f->file[at].len = len;
	f->file[at].text = copy;
	f->n++;
	return 0;
}

const struct ld_folder_file *ld_folder_find(const struct ld_folder *f, const char *name)
{
	for (unsigned i = 0; i < f->n; i++)
		if (strcmp(f->file[i].name, name) == 0)
			return &f->file[i];
	return NULL;
}

bool ld_folder_same(const struct ld_folder *a, const struct ld_folder *b)
{
	bool same = a->n == b->n;

	for (unsigned i = 0; same && i < a->n; i++)
		same = strcmp(a->file[i].name, b->file[i].name) == 0 &&
		       a->file[i].len == b->file[i].len &&
		       memcmp(a->file[i].text, b->file[i].text, a->file[i].len) == 0;
	return same;
}

void ld_folder_release(struct ld_folder *f)
{
	for (unsigned i = 0; i < f->n; i++)
		free(f->file[i].text);
	f->n = 0;
}

/* ---- pieces ---- */

void ld_chunk_id(uint8_t ret[LD_CHUNK_ID], const void *data, size_t len)
{
	ld_hash(ret, LD_CHUNK_ID, "laido chunk 1", 13, (struct ld_span[]){ { data, len } }, 1);
}

void ld_pack_hash(uint8_t ret[32], const struct ld_pack *p)
{
	ld_hash(ret, 32, "laido edition 1", 15, (struct ld_span[]){ { p->data, p->len } }, 1);
}

int ld_pack_add(struct ld_pack *p, const void *data, size_t len)
{
	struct ld_piece *c = &p->piece[p->n];
	uint8_t *more;

	if (p->n == LD_EDITION_PARTS || len == 0 || len > LD_PIECE_MAX)
		return LD_E_TOOBIG;
	more = realloc(p->data, p->len + len);
	if (!more)
		return LD_E_NOMEM;
	p->data = more;
	memcpy(p->data + p->len, data, len);
	c->at = p->len;
	c->len = (uint16_t)len;
	ld_chunk_id(c->id, data, len);
	p->len += len;
	p->n++;
	return 0;
}

void ld_pack_release(struct ld_pack *p)
{
	free(p->data);
	p->data = NULL;
	p->len = 0;
	p->n = 0;
}

static int pack_octets(struct ld_pack *p, const uint8_t *data, size_t len)
{
	int rc = 0;

	while (len > 0 && rc == 0) {
		size_t n = len < LD_PIECE_MAX ? len : LD_PIECE_MAX;

		rc = ld_pack_add(p, data, n);
		data += n;
		len -= n;
	}
	return rc;
}

static int pack_file(struct ld_pack *p, const struct ld_folder_file *file)
{
	size_t name = strlen(file->name) + 1, plain_len = name + file->len;
	size_t bound = ZSTD_compressBound(plain_len), n;
	char *plain = malloc(plain_len);
	uint8_t *packed = malloc(bound);
	int rc = LD_E_NOMEM;

	if (plain && packed) {
		memcpy(plain, file->name, name);
		memcpy(plain + name, file->text, file->len);
		n = ZSTD_compress(packed, bound, plain, plain_len, LEVEL);
		rc = ZSTD_isError(n) ? LD_E_NOMEM : pack_octets(p, packed, n);
	}
	free(plain);
	free(packed);
	return rc;
}

int ld_pack_folder(const struct ld_folder *f, struct ld_pack *ret)
{
	int rc = 0;

	for (unsigned i = 0; i < f->n && rc == 0; i++)
		rc = pack_file(ret, &f->file[i]);
	if (rc < 0)
		ld_pack_release(ret);
	return rc;
}

/* ---- and back ---- */

/* One frame: its size is said before it is unpacked, so that nothing grows. */
static int unpack_frame(const uint8_t *data, size_t len, struct ld_folder *ret)
{
	unsigned long long size = ZSTD_getFrameContentSize(data, len);
	const char *nul;
	char *plain;
	int rc = LD_E_CORRUPT;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return LD_E_CORRUPT;
	if (size > LD_FOLDER_OCTETS + LD_FOLDER_NAME)
		return LD_E_TOOBIG;
	plain = malloc((size_t)size + 1);
	if (!plain)
		return LD_E_NOMEM;
	if (ZSTD_decompress(plain, (size_t)size, data, len) == size &&
	    (nul = memchr(plain, '\0', (size_t)size)) != NULL)
		rc = ld_folder_add(ret, plain, nul + 1, (size_t)size - (size_t)(nul + 1 - plain));
	free(plain);
	return rc == LD_E_RANGE ? LD_E_CORRUPT : rc;
}

int ld_unpack(const struct ld_pack *p, struct ld_folder *ret)
{
	int rc = 0;

	for (size_t at = 0; at < p->len && rc == 0;) {
		size_t n = ZSTD_findFrameCompressedSize(p->data + at, p->len - at);

		rc = ZSTD_isError(n) ? LD_E_CORRUPT : unpack_frame(p->data + at, n, ret);
		at += ZSTD_isError(n) ? 0 : n;
	}
	if (rc < 0)
		ld_folder_release(ret);
	return rc;
}

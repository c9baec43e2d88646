/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/xapi: events become xAPI statements (Experience API 1.0.3, part 2). A statement is made
 * once, queued in the store with its octets, and never made anew: ids and octets stay what they
 * are however often it is sent.
 *
 *   ENROL     registered   the course; the first of learner and course
 *   ANSWER    initialized  the course, before its first answer; answered, the question
 *   COMPLETE  completed and passed, the course; once each
 *   OPTOUT    terminated   every course that the number's learners have open
 *   CLOSE     voided       every statement about that learner that may have been sent; what was
 *                          not sent yet is dropped
 *
 * Actors and registrations are named by hashes under a key of the ward alone: an LRS learns no
 * number and no pseudonym of the log, and a captured board finds none of its learners in an LRS. */
#ifndef LAIDO_WARD_XAPI_H
#define LAIDO_WARD_XAPI_H

#include "laido/config/config.h"
#include "laido/store/xapi.h"

struct xapi {
	const struct ld_conf_lrs *conf;
	uint8_t key[32];        /* names actors and registrations */
	int64_t now_ms;         /* trusted UTC */
};

/* The ward's key for it, from its signing key's seed. */
void xapi_key(uint8_t ret[32], const uint8_t seed[32]);

/* Take up to `limit` events that were not looked at yet, and queue their statements. Work thread,
 * inside a transaction. Their number, or negative. */
int xapi_make(const struct xapi *x, struct ld_store *st, unsigned limit);

/* A UUID of version 5 (RFC 4122 4.3): a namespace of this project's own and the pieces of a name.
 * Tests. */
void xapi_uuid(struct ld_id *ret, const struct ld_span *name, unsigned n);

enum { XAPI_UUID_LEN = 37 };
void xapi_uuid_text(char ret[XAPI_UUID_LEN], const struct ld_id *id);
bool xapi_uuid_parse(struct ld_id *ret, const char *text);

#endif

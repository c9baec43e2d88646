/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion codes, for whoever is shown one. Work thread. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

/* Slots of a number: 0 is the simulated handset's. */
enum { SLOTS = 5 };

static int owner(struct ld_gateway *gw, struct ld_store *st, const struct ld_msisdn *m,
		 const struct ld_course *c, const char *code, bool *ret)
{
	int rc = 0;

	*ret = false;
	for (uint8_t slot = 0; slot < SLOTS && rc == 0 && !*ret; slot++) {
		char own[LD_CODE_DIGITS + 1];
		struct ld_person p;

		rc = ld_store_person(st, gw->cfg.keys, m, slot, &p);
		if (rc < 0)
			break;
		ld_completion_code(own, gw->cfg.keys, &p.s, c->menu_key);
		*ret = ld_crypto_equal(own, code, LD_CODE_DIGITS);
	}
	return rc;
}

int ld_gateway_verify(struct ld_gateway *gw, struct ld_store *st, const char *text,
		      const struct ld_msisdn *m, struct ld_gateway_verdict *ret)
{
	char code[LD_CODE_DIGITS + 1];
	const struct ld_course *c;
	struct ld_id s;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!ld_completion_parse(text, code))
		return 0;
	ret->readable = true;
	c = ld_content_course_by_menu(gw->content, (unsigned)(code[1] - '0'));
	if (!c)
		return 0;
	snprintf(ret->course, sizeof(ret->course), "%s", c->key);
	rc = ld_store_verify(st, gw->cfg.keys, c->key, c->menu_key, code, &s, &ret->at_ms);
	ret->genuine = rc == 0;
	if (rc == 0)
		rc = ld_store_countersigned(st, &s, c->key, &ret->ward_ms);
	if (rc == LD_E_UNKNOWN)
		rc = 0;
	if (rc == 0 && m)
		rc = owner(gw, st, m, c, code, &ret->owner);
	return rc;
}

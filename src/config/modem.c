/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of modems, and what is known of operators. */
#include "laido/config/modem.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "laido/config/config.h"

#define PROFILE(kind, name, lo) \
	{ kind, #name, offsetof(struct ld_modem_profile, name), lo, \
	  sizeof(((struct ld_modem_profile *)0)->name), NULL, 0, 0 }
static const struct ld_field profile_fields[] = {
	PROFILE(LD_FIELD_STRING, title, 1), PROFILE(LD_FIELD_LINES, init, 0),
	PROFILE(LD_FIELD_STRING, connection, 1), PROFILE(LD_FIELD_STRING, storage, 0),
	PROFILE(LD_FIELD_LINES, cnmi, 0), PROFILE(LD_FIELD_LINES, drop, 0),
	PROFILE(LD_FIELD_STRING, ussd, 1), PROFILE(LD_FIELD_STRING, pin_count, 0),
	{ LD_FIELD_U8, "pin_count_at", offsetof(struct ld_modem_profile, pin_count_at), 1, 16, NULL,
	  0, 0 },
	{ LD_FIELD_END, NULL, 0, 0, 0, NULL, 0, 0 }
};

#define OPERATOR(name, lo) \
	{ LD_FIELD_STRING, #name, offsetof(struct ld_modem_operator, name), lo, \
	  sizeof(((struct ld_modem_operator *)0)->name), NULL, 0, 0 }
#define BEGINNINGS(name) \
	{ LD_FIELD_LINES, #name, offsetof(struct ld_modem_operator, name), 0, \
	  sizeof(((struct ld_modem_operator *)0)->name), NULL, 0, 0 }
static const struct ld_field operator_fields[] = {
	OPERATOR(name, 1), OPERATOR(plmn, 5), OPERATOR(code, 0), OPERATOR(balance, 0),
	{ LD_FIELD_UINT, "low", offsetof(struct ld_modem_operator, low), 0, 100000000, NULL, 0, 0 },
	BEGINNINGS(smsc), BEGINNINGS(prefixes),
	{ LD_FIELD_END, NULL, 0, 0, 0, NULL, 0, 0 }
};

static const struct ld_field fields[] = {
	{ LD_FIELD_LIST, "operators", offsetof(struct ld_modem_operators, list), 0,
	  LD_MODEM_OPERATORS, operator_fields, sizeof(struct ld_modem_operator),
	  offsetof(struct ld_modem_operators, n) },
	{ LD_FIELD_END, NULL, 0, 0, 0, NULL, 0, 0 }
};

const struct ld_modem_profile ld_modem_generic = {
	.title = "any modem that obeys 3GPP TS 27.005 and 27.007",
	.connection = "dku2at", .ussd = "text",
	.pin_count = "AT+CPINR=\"SIM PIN\"", .pin_count_at = 1,
};

static void check_profile(struct ld_reader *r, const struct ld_modem_profile *p)
{
	static const char *const ussd[] = { "text", "packed", "ucs2" };
	bool known = false;

	for (size_t i = 0; i < LD_ARRAY_SIZE(ussd); i++)
		known |= strcmp(p->ussd, ussd[i]) == 0;
	if (!known)
		ld_reader_error(r, config_lookup(&r->cfg, "ussd"),
				"ussd is \"text\", \"packed\" or \"ucs2\"");
	if (strcmp(p->connection, "dku2at") != 0 && strcmp(p->connection, "at") != 0)
		ld_reader_error(r, config_lookup(&r->cfg, "connection"),
				"connection is \"dku2at\" or \"at\"");
	if (strpbrk(p->storage, "\"\r\n") || strpbrk(p->pin_count, "\r\n") ||
	    strchr(p->init, '\r') || strchr(p->cnmi, '\r'))
		ld_reader_error(r, NULL, "a command is one line, without its end");
}

static int load(const char *file, const struct ld_field *table, void *ret, struct ld_reader *r,
		struct ld_errmsg *err)
{
	int rc;

	if (err)
		err->text[0] = '\0';
	rc = ld_reader_open(r, file, ld_fields_to_errmsg, err);
	if (rc == 0)
		ld_fields_read(r, config_root_setting(&r->cfg), table, ret);
	return rc;
}

int ld_modem_profile_load(const char *dir, const char *name, struct ld_modem_profile *ret,
			  struct ld_errmsg *err)
{
	struct ld_modem_profile p = ld_modem_generic;
	char file[LD_CONF_PATH + 64];
	struct ld_reader r;
	int rc;

	if (!name[0] || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(name))
		return ld_fail(err, LD_E_RANGE, "\"%s\" names no profile: small letters, digits and "
			       "-", name);
	snprintf(file, sizeof(file), "%s/%s.conf", dir, name);
	rc = load(file, profile_fields, &p, &r, err);
	if (rc == 0) {
		check_profile(&r, &p);
		rc = r.errors ? LD_E_SYNTAX : 0;
	}
	ld_reader_close(&r);
	if (rc == -ENOENT && strcmp(name, "generic") == 0)
		rc = 0;                         /* what is built in */
	if (rc == 0)
		*ret = p;
	return rc;
}

static void check_operator(struct ld_reader *r, const struct ld_modem_operator *o)
{
	const config_setting_t *at = config_lookup(&r->cfg, "operators");
	regex_t re;

	if (!o->name[0] || strspn(o->plmn, "0123456789") != strlen(o->plmn) || !o->plmn[0])
		ld_reader_error(r, at, "every operator needs a name, and a plmn of digits");
	if (strspn(o->code, "0123456789*#") != strlen(o->code))
		ld_reader_error(r, at, "%s: a code has digits, * and #", o->name);
	if (strspn(o->smsc, "0123456789\n") != strlen(o->smsc) ||
	    strspn(o->prefixes, "0123456789\n") != strlen(o->prefixes))
		ld_reader_error(r, at, "%s: smsc and prefixes are digits with the country's code, "
				"without +", o->name);
	if (!o->balance[0])
		return;
	if (regcomp(&re, o->balance, REG_EXTENDED) != 0) {
		ld_reader_error(r, at, "%s: balance is no regular expression", o->name);
		return;
	}
	if (re.re_nsub < 1 || re.re_nsub > 7)
		ld_reader_error(r, at, "%s: balance needs ( ) around the amount, and at most seven in all", o->name);
	regfree(&re);
}

int ld_modem_operators_load(const char *dir, struct ld_modem_operators *ret, struct ld_errmsg *err)
{
	struct ld_modem_operators all = { 0 };
	char file[LD_CONF_PATH + 64];
	struct ld_reader r;
	int rc;

	snprintf(file, sizeof(file), "%s/operators.conf", dir);
	rc = load(file, fields, &all, &r, err);
	for (unsigned i = 0; rc == 0 && i < all.n; i++)
		check_operator(&r, &all.list[i]);
	if (rc == 0 && r.errors)
		rc = LD_E_SYNTAX;
	ld_reader_close(&r);
	if (rc == -ENOENT) {
		memset(&all, 0, sizeof(all));
		rc = 0;
	}
	if (rc == 0)
		*ret = all;
	return rc;
}

const struct ld_modem_operator *ld_modem_operator_of(const struct ld_modem_operators *all,
						     const char *imsi)
{
	for (unsigned i = 0; i < all->n; i++)
		if (strncmp(imsi, all->list[i].plmn, strlen(all->list[i].plmn)) == 0)
			return &all->list[i];
	return NULL;
}

/* The longest line of `lines` that `digits` begin with; 0: none. */
static size_t begins(const char *digits, const char *lines)
{
	size_t best = 0;

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		if (n > best && strncmp(digits, lines, n) == 0)
			best = n;
		lines += n + (lines[n] == '\n');
	}
	return best;
}

static const char *whose(const struct ld_modem_operators *all, const char *digits, bool smsc)
{
	const char *name = "";
	size_t best = 0;

	for (unsigned i = 0; i < all->n; i++) {
		const struct ld_modem_operator *o = &all->list[i];
		size_t n = begins(digits, smsc ? o->smsc : o->prefixes);

		if (n > best) {
			best = n;
			name = o->name;
		}
	}
	return name;
}

const char *ld_modem_operator_by_smsc(const struct ld_modem_operators *all, const char *smsc)
{
	return whose(all, smsc + (smsc[0] == '+'), true);
}

const char *ld_modem_operator_by_prefix(const struct ld_modem_operators *all, const char *digits)
{
	return whose(all, digits, false);
}

const char *ld_modem_operator_name(const struct ld_modem_operators *all, const char *name)
{
	for (unsigned i = 0; i < all->n; i++)
		if (strcasecmp(all->list[i].name, name) == 0)
			return all->list[i].name;
	return "";
}

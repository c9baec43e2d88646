/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laidod's settings. */
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "laido/config/config.h"

#define AT(member) offsetof(struct ld_config, member)
#define STR(name, member, least) \
	{ LD_FIELD_STRING, name, AT(member), least, sizeof(((struct ld_config *)0)->member), \
	  NULL, 0, 0 }
#define NUM(kind, name, member, lo, hi) { kind, name, AT(member), lo, hi, NULL, 0, 0 }
#define ANY(kind, name, member) { kind, name, AT(member), 0, 0, NULL, 0, 0 }
#define GROUP(name, sub) { LD_FIELD_GROUP, name, 0, 0, 0, sub, 0, 0 }
#define END { LD_FIELD_END, NULL, 0, 0, 0, NULL, 0, 0 }

#define PRICE(of) \
	{ LD_FIELD_STRING, "operator", offsetof(of, price.operator), 0, \
	  sizeof(((of *)0)->price.operator), NULL, 0, 0 }, \
	{ LD_FIELD_INT, "vnd_per_part", offsetof(of, price.own_vnd), -1, 100000, NULL, 0, 0 }, \
	{ LD_FIELD_INT, "vnd_per_part_other", offsetof(of, price.other_vnd), -1, 100000, NULL, 0, 0 }

#define MODEM(name, least) \
	{ LD_FIELD_STRING, #name, offsetof(struct ld_conf_modem, name), least, \
	  sizeof(((struct ld_conf_modem *)0)->name), NULL, 0, 0 }
static const struct ld_field modem_fields[] = {
	MODEM(name, 1), MODEM(device, 0), MODEM(imei, 0), MODEM(profile, 1), MODEM(power, 0),
	MODEM(smsc, 0), MODEM(pin, 0), MODEM(number, 0), PRICE(struct ld_conf_modem), END
};

#define SMPP(kind, name, lo, hi) \
	{ kind, #name, offsetof(struct ld_conf_smpp, name), lo, hi, NULL, 0, 0 }
#define SMPP_STR(name, least) \
	SMPP(LD_FIELD_STRING, name, least, sizeof(((struct ld_conf_smpp *)0)->name))
#define SMPP_S(name, member, lo, hi) \
	{ LD_FIELD_SECONDS, name, offsetof(struct ld_conf_smpp, member), lo, hi, NULL, 0, 0 }
static const struct ld_field smpp_fields[] = {
	SMPP_STR(name, 1), SMPP_STR(host, 1), SMPP(LD_FIELD_U16, port, 1, 65535),
	SMPP(LD_FIELD_BOOL, tls, 0, 0), SMPP_STR(tls_ca, 0), SMPP(LD_FIELD_KEY32, tls_pin, 0, 0),
	SMPP_STR(system_id, 1), SMPP_STR(password, 0), SMPP_STR(system_type, 0),
	SMPP_STR(bind, 1), SMPP_STR(source, 1), SMPP(LD_FIELD_INT, source_ton, -1, 6),
	SMPP(LD_FIELD_INT, source_npi, -1, 18), SMPP_STR(profile, 1), SMPP_STR(alphabet, 1),
	SMPP_STR(long_by, 1), SMPP(LD_FIELD_U16, session_tlv, 0, 65535),
	SMPP(LD_FIELD_U16, ussd_septets, 40, 182), SMPP_S("session_s", session_ms, 1, 600),
	SMPP_S("enquire_s", enquire_ms, 1, 3600), SMPP(LD_FIELD_UINT, window, 1, 64),
	SMPP_S("spacing_s", spacing_ms, 0, 3600),
	SMPP(LD_FIELD_UINT, parts_per_day, 0, 100000000), PRICE(struct ld_conf_smpp), END
};

static const struct ld_field range_fields[] = {
	{ LD_FIELD_NUMBER, "first", offsetof(struct ld_conf_range, first), 0, 0, NULL, 0, 0 },
	{ LD_FIELD_NUMBER, "last", offsetof(struct ld_conf_range, last), 0, 0, NULL, 0, 0 },
	END
};

static const struct ld_field clock_fields[] = {
	ANY(LD_FIELD_BOOL, "trust_system", trust_system_clock),
	NUM(LD_FIELD_INT, "utc_offset_min", utc_offset_min, -720, 840),
	END
};

static const struct ld_field gsup_fields[] = {
	ANY(LD_FIELD_BOOL, "enable", gsup.enable),
	STR("host", gsup.host, 1),
	NUM(LD_FIELD_U16, "port", gsup.port, 1, 65535),
	NUM(LD_FIELD_U16, "ctrl_port", gsup.ctrl_port, 1, 65535),
	STR("euse", gsup.euse, 1),
	STR("code", gsup.code, 1),
	NUM(LD_FIELD_U16, "menu_septets", gsup.menu_septets, 40, 182),
	NUM(LD_FIELD_U16, "end_septets", gsup.end_septets, 40, 182),
	NUM(LD_FIELD_SECONDS, "session_s", gsup.session_ms, 1, 600),
	END
};

static const struct ld_field phone_fields[] = {
	ANY(LD_FIELD_BOOL, "enable", phone.enable),
	ANY(LD_FIELD_BOOL, "in_reports", phone.in_reports),
	{ LD_FIELD_LIST, "ranges", AT(phone.ranges), 0, LD_CONF_RANGES, range_fields,
	  sizeof(struct ld_conf_range), AT(phone.n_ranges) },
	END
};

static const struct ld_field ward_fields[] = {
	ANY(LD_FIELD_BOOL, "enable", ward.enable),
	STR("host", ward.host, 1),
	NUM(LD_FIELD_U16, "port", ward.port, 1, 65535),
	ANY(LD_FIELD_KEY32, "key", ward.key),
	STR("invite", ward.invite, 0),
	END
};

#define PEER(kind, name, lo, hi) \
	{ kind, #name, offsetof(struct ld_conf_peer, name), lo, hi, NULL, 0, 0 }
static const struct ld_field peer_fields[] = {
	PEER(LD_FIELD_STRING, host, 1, LD_CONF_HOST), PEER(LD_FIELD_U16, port, 1, 65535),
	PEER(LD_FIELD_KEY32, key, 0, 0), END
};

static const struct ld_field mesh_fields[] = {
	ANY(LD_FIELD_BOOL, "listen", mesh.listen),
	STR("host", mesh.host, 1),
	NUM(LD_FIELD_U16, "port", mesh.port, 1, 65535),
	ANY(LD_FIELD_BOOL, "hello", mesh.hello),
	NUM(LD_FIELD_U16, "hello_port", mesh.hello_port, 1, 65535),
	NUM(LD_FIELD_SECONDS, "every_s", mesh.every_ms, 1, 3600),
	{ LD_FIELD_LIST, "peers", AT(mesh.peers), 0, LD_CONF_PEERS, peer_fields,
	  sizeof(struct ld_conf_peer), AT(mesh.n_peers) },
	END
};

static const struct ld_field outbox_fields[] = {
	NUM(LD_FIELD_SECONDS, "spacing_s", outbox.spacing_ms, 0, 3600),
	NUM(LD_FIELD_UINT, "burst", outbox.burst, 1, 1000),
	NUM(LD_FIELD_UINT, "parts_per_day", outbox.parts_per_day, 1, 1000000),
	NUM(LD_FIELD_UINT, "replies_per_hour", outbox.replies_per_hour, 1, 1000),
	NUM(LD_FIELD_UINT, "unasked_per_day", outbox.unasked_per_day, 1, 100),
	NUM(LD_FIELD_UINT, "lessons_per_day", outbox.lessons_per_day, 1, 64),
	NUM(LD_FIELD_UINT, "vnd_per_month", outbox.vnd_per_month, 0, 1000000000),
	ANY(LD_FIELD_CLOCK, "quiet_from", outbox.quiet_from_min),
	ANY(LD_FIELD_CLOCK, "quiet_to", outbox.quiet_to_min),
	END
};

static const struct ld_field fields[] = {
	STR("name", name, 1),
	STR("state_dir", state_dir, 1),
	STR("content_dir", content_dir, 1),
	STR("ctl_socket", ctl_socket, 1),
	STR("modem_program", modem_program, 0),
	STR("modems_dir", modems_dir, 1),
	STR("modem_ttys", modem_ttys, 0),
	NUM(LD_FIELD_U16, "vty_port", vty_port, 0, 65535),
	ANY(LD_FIELD_LEVEL, "log_level", log_level),
	ANY(LD_FIELD_BOOL, "approve_all", approve_all),
	GROUP("clock", clock_fields),
	{ LD_FIELD_LIST, "modems", AT(modems), 0, LD_CONF_MODEMS, modem_fields,
	  sizeof(struct ld_conf_modem), AT(n_modems) },
	{ LD_FIELD_LIST, "smpp", AT(smpp), 0, LD_CONF_SMPP, smpp_fields,
	  sizeof(struct ld_conf_smpp), AT(n_smpp) },
	GROUP("gsup", gsup_fields),
	GROUP("phone", phone_fields),
	GROUP("ward", ward_fields),
	GROUP("mesh", mesh_fields),
	GROUP("outbox", outbox_fields),
	END
};

/* What a board begins with when its file does not say otherwise: nothing of the demonstration. */
static const struct ld_config bare = {
	.name = "board",
	.state_dir = "build/run/laidod",
	.content_dir = "conf/content",
	.ctl_socket = "build/run/laidod/ctl",
	.modems_dir = "conf/modems",
	.modem_ttys = "/dev/laido/*",
	.log_level = LD_LOG_NOTICE,
	.utc_offset_min = 420,
	.modems = { [0 ... LD_CONF_MODEMS - 1] = { .profile = "generic",
		.price = { .own_vnd = -1, .other_vnd = -1 } } },
	.smpp = { [0 ... LD_CONF_SMPP - 1] = {
		.port = 2775, .bind = "transceiver", .source_ton = -1, .source_npi = -1,
		.profile = "generic", .alphabet = "septets", .long_by = "udh", .ussd_septets = 182,
		.session_ms = 25000, .enquire_ms = 30000, .window = 10,
		.price = { .own_vnd = -1, .other_vnd = -1 } } },
	.gsup = { .host = "127.0.0.1", .port = 4222, .ctrl_port = 4259, .euse = "ward",
		  .code = "*123#", .menu_septets = 130, .end_septets = 128, .session_ms = 25000 },
	.ward = { .host = "127.0.0.1", .port = 7443 },
	.mesh = { .host = "::", .port = 7445, .hello_port = 7444, .every_ms = 30000,
		  .peers = { [0 ... LD_CONF_PEERS - 1] = { .port = 7445 } } },
	.outbox = { .spacing_ms = 6000, .burst = 10, .parts_per_day = 150, .replies_per_hour = 20,
		    .unasked_per_day = 3,
		    .lessons_per_day = 5, .quiet_from_min = 21 * 60, .quiet_to_min = 7 * 60 + 30 },
};

void ld_config_default(struct ld_config *ret)
{
	*ret = bare;
	snprintf(ret->name, sizeof(ret->name), "demo");
	ret->approve_all = true;
	ret->trust_system_clock = true;
	ret->n_modems = 1;
	snprintf(ret->modems[0].name, sizeof(ret->modems[0].name), "sim");
	snprintf(ret->modems[0].device, sizeof(ret->modems[0].device), "build/run/modem");
	ret->phone.enable = true;
	ret->phone.in_reports = true;
	ret->phone.n_ranges = 1;
	memcpy(ret->phone.ranges[0].first.digits, "84990000000", sizeof("84990000000"));
	memcpy(ret->phone.ranges[0].last.digits, "84990999999", sizeof("84990999999"));
	ret->ward.enable = true;
	snprintf(ret->ward.invite, sizeof(ret->ward.invite), "build/run/ward/invite");
}

static void check_modems(struct ld_reader *r, const struct ld_config *c)
{
	for (unsigned i = 0; i < c->n_modems; i++) {
		const struct ld_conf_modem *m = &c->modems[i];

		if (!m->name[0] || (!m->device[0] && !m->imei[0]))
			ld_reader_error(r, config_lookup(&r->cfg, "modems"),
					"every modem needs a name, and a device or an imei");
		if (strchr(m->name, '/'))
			ld_reader_error(r, config_lookup(&r->cfg, "modems"),
					"\"%s\": a name has no /, files are called after it", m->name);
		if (m->imei[0] && strspn(m->imei, "0123456789") != 15)
			ld_reader_error(r, config_lookup(&r->cfg, "modems"),
					"%s: an imei has 15 digits (dial *#06#, or AT+CGSN)", m->name);
		for (unsigned k = 0; k < i; k++)
			if (strcmp(c->modems[k].name, m->name) == 0)
				ld_reader_error(r, config_lookup(&r->cfg, "modems"),
						"two modems are called \"%s\"", m->name);
	}
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words;
}

static bool is_taken(const struct ld_config *c, const char *name, unsigned before)
{
	for (unsigned i = 0; i < c->n_modems; i++)
		if (strcmp(c->modems[i].name, name) == 0)
			return true;
	for (unsigned i = 0; i < before; i++)
		if (strcmp(c->smpp[i].name, name) == 0)
			return true;
	return strcmp(name, "phone") == 0 || strcmp(name, "gsup") == 0;
}

/* Elsewhere one writes HOST:PORT; an IPv6 address has more than one colon. */
static void check_host(struct ld_reader *r, const char *path, const char *host)
{
	const char *colon = strchr(host, ':');

	if (colon && colon == strrchr(host, ':'))
		ld_reader_error(r, config_lookup(&r->cfg, path), "the host \"%s\" has its port with it: "
				"write host = \"%.*s\"; port = %s;", host, (int)(colon - host), host,
				colon + 1);
}

static void check_smpp(struct ld_reader *r, const struct ld_config *c)
{
	static const char *const binds[] = { "transceiver", "pair", NULL };
	static const char *const profiles[] = { "generic", "osmomsc", NULL };
	static const char *const alphabets[] = { "septets", "packed", "latin1", NULL };
	static const char *const longs[] = { "udh", "sar", "payload", NULL };
	static const uint8_t no_pin[32];

	for (unsigned i = 0; i < c->n_smpp; i++) {
		const struct ld_conf_smpp *s = &c->smpp[i];
		const config_setting_t *at = config_lookup(&r->cfg, "smpp");

		if (!s->name[0] || !s->host[0] || !s->system_id[0] || !s->source[0])
			ld_reader_error(r, at, "every bind needs a name, a host, a system_id and "
					"a source");
		if (is_taken(c, s->name, i))
			ld_reader_error(r, at, "another channel is called \"%s\", too", s->name);
		if (!is_one_of(s->bind, binds))
			ld_reader_error(r, at, "bind is \"transceiver\" or \"pair\"");
		if (!is_one_of(s->profile, profiles))
			ld_reader_error(r, at, "profile is \"generic\" or \"osmomsc\"");
		if (!is_one_of(s->alphabet, alphabets))
			ld_reader_error(r, at, "alphabet is \"septets\", \"packed\" or \"latin1\"");
		if (!is_one_of(s->long_by, longs))
			ld_reader_error(r, at, "long_by is \"udh\", \"sar\" or \"payload\"");
		if (s->tls && !s->tls_ca[0] &&
		    memcmp(s->tls_pin, no_pin, sizeof(no_pin)) == 0)
			ld_reader_error(r, at, "tls needs tls_ca or tls_pin: whom to believe");
		check_host(r, "smpp", s->host);
	}
}

static void check_ranges(struct ld_reader *r, const struct ld_config *c)
{
	for (unsigned i = 0; i < c->phone.n_ranges; i++) {
		const struct ld_conf_range *g = &c->phone.ranges[i];

		if (strlen(g->first.digits) != strlen(g->last.digits) || !g->first.digits[0] ||
		    strcmp(g->first.digits, g->last.digits) > 0)
			ld_reader_error(r, config_lookup(&r->cfg, "phone.ranges"),
					"a range needs first and last, the smaller number first");
	}
	if (c->phone.enable && c->phone.n_ranges == 0)
		ld_reader_error(r, config_lookup(&r->cfg, "phone"),
				"the simulated handset needs \"ranges\" of test numbers");
}

static void check_peers(struct ld_reader *r, const struct ld_config *c)
{
	static const uint8_t no_key[32];

	for (unsigned i = 0; i < c->mesh.n_peers; i++) {
		check_host(r, "mesh.peers", c->mesh.peers[i].host);
		if (!c->mesh.peers[i].host[0] ||
		    memcmp(c->mesh.peers[i].key, no_key, sizeof(no_key)) == 0)
			ld_reader_error(r, config_lookup(&r->cfg, "mesh.peers"),
					"every peer needs a host and a key (laidod --identity there)");
	}
}

int ld_config_load(const char *file, struct ld_config *ret, struct ld_errmsg *err)
{
	static const uint8_t no_key[32];
	struct ld_config c = bare;
	struct ld_reader r;
	int rc;

	if (err)
		err->text[0] = '\0';
	rc = ld_reader_open(&r, file, ld_fields_to_errmsg, err);
	if (rc == 0) {
		snprintf(c.file, sizeof(c.file), "%s", file);
		ld_fields_read(&r, config_root_setting(&r.cfg), fields, &c);
		check_modems(&r, &c);
		check_smpp(&r, &c);
		check_ranges(&r, &c);
		check_peers(&r, &c);
		check_host(&r, "gsup.host", c.gsup.host);
		check_host(&r, "ward.host", c.ward.host);
		c.ward.has_key = memcmp(c.ward.key, no_key, sizeof(no_key)) != 0;
		if (r.errors)
			rc = LD_E_SYNTAX;
	}
	ld_reader_close(&r);
	if (rc == 0)
		*ret = c;
	return rc;
}

bool ld_config_phone_allows(const struct ld_config *c, const struct ld_msisdn *m)
{
	for (unsigned i = 0; c->phone.enable && i < c->phone.n_ranges; i++) {
		const struct ld_conf_range *g = &c->phone.ranges[i];

		if (strlen(m->digits) == strlen(g->first.digits) &&
		    strcmp(m->digits, g->first.digits) >= 0 &&
		    strcmp(m->digits, g->last.digits) <= 0)
			return true;
	}
	return false;
}

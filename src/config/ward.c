/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido-ward's settings. */
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "laido/config/config.h"

#define AT(member) offsetof(struct ld_ward_config, member)
#define STR(name, least) \
	{ LD_FIELD_STRING, #name, AT(name), least, sizeof(((struct ld_ward_config *)0)->name), \
	  NULL, 0, 0 }
#define END { LD_FIELD_END, NULL, 0, 0, 0, NULL, 0, 0 }

static const struct ld_field tdp_fields[] = {
	{ LD_FIELD_U8, "tdp", offsetof(struct ld_conf_tdp, tdp), 1, LD_CONF_TDP, NULL, 0, 0 },
	{ LD_FIELD_UINT, "adults", offsetof(struct ld_conf_tdp, adults), 1, 100000, NULL, 0, 0 },
	END
};

static const struct ld_field clock_fields[] = {
	{ LD_FIELD_BOOL, "trust_system", AT(trust_system_clock), 0, 0, NULL, 0, 0 },
	{ LD_FIELD_INT, "utc_offset_min", AT(utc_offset_min), -720, 840, NULL, 0, 0 },
	END
};

#define LRS(name) \
	{ LD_FIELD_STRING, #name, AT(lrs.name), 0, \
	  sizeof(((struct ld_ward_config *)0)->lrs.name), NULL, 0, 0 }
static const struct ld_field lrs_fields[] = {
	LRS(url), LRS(user), LRS(password), LRS(ca), LRS(home_page),
	{ LD_FIELD_UINT, "batch", AT(lrs.batch), 1, 500, NULL, 0, 0 },
	END
};

static const struct ld_field fields[] = {
	STR(name, 1),
	STR(state_dir, 1),
	STR(database, 0),
	STR(content_dir, 1),
	STR(mesh_host, 1),
	{ LD_FIELD_U16, "mesh_port", AT(mesh_port), 1, 65535, NULL, 0, 0 },
	{ LD_FIELD_BOOL, "mesh_hello", AT(mesh_hello), 0, 0, NULL, 0, 0 },
	{ LD_FIELD_U16, "hello_port", AT(hello_port), 1, 65535, NULL, 0, 0 },
	STR(web_host, 1),
	{ LD_FIELD_U16, "web_port", AT(web_port), 1, 65535, NULL, 0, 0 },
	STR(web_cert, 0),
	STR(web_key, 0),
	{ LD_FIELD_BOOL, "web_open", AT(web_open), 0, 0, NULL, 0, 0 },
	{ LD_FIELD_LEVEL, "log_level", AT(log_level), 0, 0, NULL, 0, 0 },
	{ LD_FIELD_GROUP, "clock", 0, 0, 0, clock_fields, 0, 0 },
	{ LD_FIELD_GROUP, "lrs", 0, 0, 0, lrs_fields, 0, 0 },
	{ LD_FIELD_UINT, "min_cell", AT(min_cell), 0, 100, NULL, 0, 0 },
	STR(core, 0),
	{ LD_FIELD_LIST, "tdp", AT(tdp), 0, LD_CONF_TDP, tdp_fields, sizeof(struct ld_conf_tdp),
	  AT(n_tdp) },
	END
};

static const struct ld_ward_config bare = {
	.name = "Định Công",
	.state_dir = "build/run/ward",
	.content_dir = "conf/content",
	.mesh_host = "127.0.0.1", .mesh_port = 7443, .hello_port = 7444,
	.web_host = "127.0.0.1", .web_port = 7480,
	.log_level = LD_LOG_NOTICE,
	.utc_offset_min = 420,
	.min_cell = 5,
	.core = "VNEID DVC LUADAO",
	.lrs.batch = 100,
};

void ld_ward_config_default(struct ld_ward_config *ret)
{
	*ret = bare;
	ret->trust_system_clock = true;
	ret->min_cell = 0;
}

static void check_tdp(struct ld_reader *r, const struct ld_ward_config *c)
{
	for (unsigned i = 0; i < c->n_tdp; i++) {
		if (c->tdp[i].tdp == 0 || c->tdp[i].adults == 0)
			ld_reader_error(r, config_lookup(&r->cfg, "tdp"),
					"entry %u needs tdp and adults", i + 1);
		for (unsigned k = 0; k < i; k++)
			if (c->tdp[k].tdp == c->tdp[i].tdp)
				ld_reader_error(r, config_lookup(&r->cfg, "tdp"),
						"group %u stands twice", c->tdp[i].tdp);
	}
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A password goes over the line: in the open only on this machine. */
static void check_lrs(struct ld_reader *r, const struct ld_conf_lrs *l)
{
	static const char *const ok[] = { "https://", "http://127.0.0.1:", "http://localhost:",
					  "http://[::1]:" };
	const config_setting_t *at = config_lookup(&r->cfg, "lrs");
	bool is_ok = false;

	if (!l->url[0])
		return;
	for (size_t i = 0; i < LD_ARRAY_SIZE(ok); i++)
		is_ok |= begins(l->url, ok[i]);
	if (!is_ok)
		ld_reader_error(r, at, "url must begin with https:// (http:// only to a port of "
				"this machine)");
	if (!begins(l->home_page, "https://") && !begins(l->home_page, "http://"))
		ld_reader_error(r, at, "home_page names whose records these are: an address of the "
				"ward such as \"https://dinhcong.example\", without a slash at its "
				"end");
	else if (l->home_page[strlen(l->home_page) - 1] == '/')
		ld_reader_error(r, at, "home_page must not end with a slash");
}

static void check_web(struct ld_reader *r, const struct ld_ward_config *c)
{
	const config_setting_t *at = config_lookup(&r->cfg, "web_host");

	if (!c->web_cert[0] != !c->web_key[0])
		ld_reader_error(r, config_lookup(&r->cfg, c->web_cert[0] ? "web_cert" : "web_key"),
				"web_cert and web_key go together: the PEM files of certificate and "
				"key");
	if (!ld_ward_config_local(c) && !c->web_cert[0] && !c->web_open)
		ld_reader_error(r, at, "the page leaves this machine: set web_cert and web_key "
				"(HTTPS), or keep 127.0.0.1 and put a proxy before it");
}

bool ld_ward_config_local(const struct ld_ward_config *c)
{
	return strncmp(c->web_host, "127.", 4) == 0 || strcmp(c->web_host, "::1") == 0;
}

int ld_ward_config_load(const char *file, struct ld_ward_config *ret, struct ld_errmsg *err)
{
	struct ld_ward_config c = bare;
	struct ld_reader r;
	int rc;

	if (err)
		err->text[0] = '\0';
	rc = ld_reader_open(&r, file, ld_fields_to_errmsg, err);
	if (rc == 0) {
		snprintf(c.file, sizeof(c.file), "%s", file);
		ld_fields_read(&r, config_root_setting(&r.cfg), fields, &c);
		check_tdp(&r, &c);
		check_lrs(&r, &c.lrs);
		check_web(&r, &c);
		if (r.errors)
			rc = LD_E_SYNTAX;
	}
	ld_reader_close(&r);
	if (rc == 0)
		*ret = c;
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/vty.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <osmocom/core/talloc.h>
#include <osmocom/core/utils.h>
#include <osmocom/vty/command.h>
#include <osmocom/vty/logging.h>
#include <osmocom/vty/telnet_interface.h>
#include <osmocom/vty/vty.h>

#include "laido/port/random.h"

/* A row of the table as libosmovty wants it; it hands the element back to the command. */
struct show {
	struct cmd_element element;
	const struct ld_vty_show *row;
	void *arg;
};

struct ld_vty_out {
	struct vty *vty;
};

void ld_vty_line(struct ld_vty_out *out, const char *fmt, ...)
{
	struct vty *vty = out->vty; /* VTY_NEWLINE looks at it */
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '.';
	vty_out(vty, "%s%s", line, VTY_NEWLINE);
}

static int run_show(struct cmd_element *element, struct vty *vty, int argc, const char *argv[])
{
	const struct show *s = container_of(element, struct show, element);
	struct ld_vty_out out = { .vty = vty };

	(void)argc;
	(void)argv;
	s->row->print(&out, s->arg);
	return CMD_SUCCESS;
}

static int add_show(void *ctx, const struct ld_vty_show *row, void *arg)
{
	struct show *s = talloc_zero(ctx, struct show);

	if (!s)
		return LD_E_NOMEM;
	s->row = row;
	s->arg = arg;
	s->element.string = talloc_asprintf(s, "show %s", row->name);
	s->element.doc = talloc_asprintf(s, SHOW_STR "%s\n", row->help);
	s->element.func = run_show;
	if (!s->element.string || !s->element.doc)
		return LD_E_NOMEM;
	install_element_ve(&s->element);
	return 0;
}

/* libosmovty's configuration commands can make the daemon write files, and loopback is open to
 * every user of the board. So "enable" asks for a password that nobody has. */
static int lock_enable(void)
{
	static const char digits[] = "0123456789abcdef";
	char line[64] = "enable password ";
	size_t at = strlen(line);
	uint8_t secret[16];
	FILE *in;
	int rc;

	ld_random_fill(ld_random_sys(), secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++) {
		line[at++] = digits[secret[i] >> 4];
		line[at++] = digits[secret[i] & 15];
	}
	line[at++] = '\n';
	in = fmemopen(line, at, "r");
	if (!in)
		return LD_E_NOMEM;
	rc = vty_read_config_filep(in, NULL);
	fclose(in);
	return rc < 0 ? LD_E_NOMEM : 0;
}

int ld_vty_start(void *ctx, const char *version, uint16_t port, const struct ld_vty_show *table,
		 void *arg, struct ld_errmsg *err)
{
	struct vty_app_info *app = talloc_zero(ctx, struct vty_app_info);

	if (!app)
		return ld_fail(err, LD_E_NOMEM, "VTY: out of memory");
	app->name = "laidod";
	app->version = version;
	app->copyright = "GPL-2.0-or-later; with libosmocore under AGPL-3.0-or-later\r\n";
	app->tall_ctx = ctx;
	vty_init(app);
	logging_vty_add_cmds();
	for (const struct ld_vty_show *row = table; row->name; row++)
		if (add_show(ctx, row, arg) < 0)
			return ld_fail(err, LD_E_NOMEM, "VTY: out of memory");
	if (lock_enable() < 0)
		return ld_fail(err, LD_E_DENIED, "VTY: its enable mode could not be locked");
	if (telnet_init_dynif(ctx, NULL, "127.0.0.1", port) < 0)
		return ld_fail(
			err, LD_E_LOCKED,
			"VTY: 127.0.0.1:%u is taken; end the other program or choose another port",
			port);
	return 0;
}

void ld_vty_stop(void)
{
	telnet_exit();
}

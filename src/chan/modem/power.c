/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting a modem's power for a moment, by the command of the configuration: what helps when a
 * modem no longer answers to anything. Everything else of the modem goes on meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "modem.h"

extern char **environ;

enum { POWER_MS = 60000, ENV_MAX = 256 };

static void ended(struct modem *m)
{
	osmo_fd_unregister(&m->power.exit);
	close(m->power.exit.fd);
	osmo_timer_del(&m->power.limit);
	m->power.pid = 0;
}

static int on_exit_(struct osmo_fd *ofd, unsigned what)
{
	struct modem *m = ofd->data;
	int status = 0;

	(void)what;
	if (waitpid(m->power.pid, &status, WNOHANG) == 0)
		return 0;
	ended(m);
	if (status != 0)
		LOGP(DMODEM, LOGL_ERROR, "%s: its power command failed (status %d): %s\n", m->ch.name,
		     WIFEXITED(status) ? WEXITSTATUS(status) : -1, m->cfg.power);
	return 0;
}

static void on_limit(void *data)
{
	struct modem *m = data;

	LOGP(DMODEM, LOGL_ERROR, "%s: its power command does not end\n", m->ch.name);
	kill(-m->power.pid, SIGKILL);
}

/* In a group of its own, so that all of it can be ended; without our signals and descriptors. */
static int spawn(struct modem *m)
{
	char shell[] = "/bin/sh", opt[] = "-c", name[64], device[160], *env[ENV_MAX];
	char *argv[] = { shell, opt, m->cfg.power, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	unsigned n = 2;
	int rc;

	snprintf(name, sizeof(name), "LAIDO_MODEM=%s", m->ch.name);
	snprintf(device, sizeof(device), "LAIDO_DEVICE=%s", m->found[0] ? m->found : m->cfg.device);
	env[0] = name;
	env[1] = device;
	for (char **e = environ; *e && n < ENV_MAX - 1; e++)
		env[n++] = *e;
	env[n] = NULL;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(&m->power.pid, shell, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0)
		m->power.pid = 0;
	return -rc;
}

static int watch(struct modem *m)
{
	int fd = pidfd_open(m->power.pid, 0), rc;

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	osmo_fd_setup(&m->power.exit, fd, OSMO_FD_READ, on_exit_, m, 0);
	rc = osmo_fd_register(&m->power.exit);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	osmo_timer_setup(&m->power.limit, on_limit, m);
	ld_modem_timer(&m->power.limit, POWER_MS);
	return 0;
}

void ld_modem_power(struct modem *m)
{
	int64_t now = ld_clock_monotonic_ms(m->cfg.clock);
	int rc;

	if (!m->cfg.power[0] || m->wants_person || m->power.pid ||
	    m->restarts_in_row < m->cfg.power_after ||
	    (m->power.done_before && now - m->power.last_ms < (int64_t)m->cfg.power_pause_ms))
		return;
	m->power.done_before = true;
	m->power.last_ms = now;
	LOGP(DMODEM, LOGL_NOTICE, "%s: failed %u times in a row; its power is cut for a moment\n",
	     m->ch.name, m->restarts_in_row);
	rc = spawn(m);
	if (rc == 0) {
		m->info.power_cycles++;
		rc = watch(m);
	}
	if (rc == 0)
		return;
	LOGP(DMODEM, LOGL_ERROR, "%s: its power command: %s\n", m->ch.name, ld_strerror(rc));
	if (m->power.pid) {
		kill(-m->power.pid, SIGKILL);
		waitpid(m->power.pid, NULL, 0);
		m->power.pid = 0;
	}
}

/* It ends by itself, and init takes it over. */
void ld_modem_power_stop(struct modem *m)
{
	if (m->power.pid)
		ended(m);
}

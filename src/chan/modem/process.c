/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CHILD_FD = 3, BATCH = 32 };

/* False when the worker has closed its end or talks nonsense. */
static bool read_some(struct ld_process *p)
{
	struct ld_wmsg m;
	int rc = 1;

	for (int i = 0; i < BATCH && rc == 1 && p->pid; i++) {
		rc = ld_wmsg_read(p->sock.fd, &m, MSG_DONTWAIT);
		if (rc == 1)
			p->message(p->arg, &m);
	}
	return rc == 1 || rc == -EAGAIN;
}

static int on_socket(struct osmo_fd *ofd, unsigned what)
{
	struct ld_process *p = ofd->data;

	(void)what;
	if (!read_some(p) && p->pid) {
		osmo_fd_read_disable(ofd);      /* the end of the process will be seen */
		ld_process_kill(p);
	}
	return 0;
}

static void release(struct ld_process *p)
{
	osmo_fd_unregister(&p->sock);
	osmo_fd_unregister(&p->exit);
	close(p->sock.fd);
	close(p->exit.fd);
	p->pid = 0;
}

static int on_exit_(struct osmo_fd *ofd, unsigned what)
{
	struct ld_process *p = ofd->data;
	struct ld_wmsg m;
	int status = 0;

	(void)what;
	if (waitpid(p->pid, &status, WNOHANG) == 0)
		return 0;
	while (ld_wmsg_read(p->sock.fd, &m, MSG_DONTWAIT) == 1)
		p->message(p->arg, &m);         /* its last words */
	release(p);
	p->ended(p->arg, status);
	return 0;
}

/* Default signals and none blocked, whatever our threads do; only the socket is inherited. */
static int spawn(pid_t *ret, const char *path, int fd)
{
	char name[] = "laido-modem", opt[] = "--fd", number[] = "3";
	char *argv[] = { name, opt, number, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, CHILD_FD);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(ret, path, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

static int watch(struct ld_process *p, int sock)
{
	int exit_fd = pidfd_open(p->pid, 0);
	int rc;

	if (exit_fd < 0)
		return -errno;
	fcntl(exit_fd, F_SETFD, FD_CLOEXEC);
	osmo_fd_setup(&p->sock, sock, OSMO_FD_READ, on_socket, p, 0);
	osmo_fd_setup(&p->exit, exit_fd, OSMO_FD_READ, on_exit_, p, 0);
	rc = osmo_fd_register(&p->sock);
	if (rc == 0)
		rc = osmo_fd_register(&p->exit);
	if (rc < 0) {
		osmo_fd_unregister(&p->sock);
		close(exit_fd);
	}
	return rc;
}

int ld_process_start(struct ld_process *p, const char *path)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	/* dup2() onto itself would keep close-on-exec */
	if (pair[1] == CHILD_FD) {
		int other = fcntl(pair[1], F_DUPFD_CLOEXEC, CHILD_FD + 1);

		close(pair[1]);
		pair[1] = other;
	}
	fcntl(pair[1], F_SETFL, 0);             /* the worker's end blocks */
	rc = spawn(&p->pid, path, pair[1]);
	close(pair[1]);
	if (rc == 0)
		rc = watch(p, pair[0]);
	else
		p->pid = 0;
	if (rc < 0) {
		close(pair[0]);
		if (p->pid) {
			kill(p->pid, SIGKILL);
			waitpid(p->pid, NULL, 0);
			p->pid = 0;
		}
	}
	return rc;
}

void ld_process_kill(struct ld_process *p)
{
	if (p->pid)
		kill(p->pid, SIGKILL);
}

void ld_process_leave(struct ld_process *p)
{
	if (p->pid)
		release(p);
}

int ld_process_write(struct ld_process *p, const struct ld_wmsg *m)
{
	return p->pid ? ld_wmsg_write(p->sock.fd, m, MSG_DONTWAIT) : -ENOTCONN;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening socket: its file, and who may come in. */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <osmocom/core/talloc.h>

#include "laido/osmo/log.h"

enum { GROUPS_MAX = 256 };

/* Root, our own user, or a member of our group. File modes say the same; this holds also when
 * somebody has loosened them. */
static bool peer_allowed(int fd, uid_t *ret_uid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	gid_t groups[GROUPS_MAX];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	*ret_uid = peer.uid;
	if (peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid())
		return true;
	len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == getegid())
			return true;
	return false;
}

static void turn_away(struct ld_ctl *ctl, int fd, const char *why)
{
	json_t *msg = json_pack("{s:i,s:b,s:s}", "id", 0, "ok", 0, "error", why);
	char *line = NULL;
	int len = msg ? ld_ctl_encode(msg, LD_CTL_ANSWER_MAX, &line) : 0;

	ctl->stats.refused++;
	LOGP(DCTL, LOGL_NOTICE, "%s: a connection was refused: %s\n", ctl->path, why);
	/* It fits an empty socket buffer; a client that is gone already does not matter. */
	if (len > 0 && send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		LOGP(DCTL, LOGL_DEBUG, "%s: it was not told: %s\n", ctl->path, strerror(errno));
	free(line);
	json_decref(msg);
	close(fd);
}

static int on_connect(struct osmo_fd *ofd, unsigned int what)
{
	struct ld_ctl *ctl = ofd->data;
	int fd = accept4(ofd->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	uid_t uid = (uid_t)-1;

	(void)what;
	if (fd < 0)
		return 0;
	if (!peer_allowed(fd, &uid)) {
		turn_away(ctl, fd,
			  "not allowed: you must be root, the daemon's user or in its group");
		return 0;
	}
	if (ctl->stats.connections >= CONNS_MAX) {
		turn_away(ctl, fd, "too many connections; close another one first");
		return 0;
	}
	if (!conn_new(ctl, fd)) {
		turn_away(ctl, fd, "out of memory");
		return 0;
	}
	LOGP(DCTL, LOGL_DEBUG, "%s: user %u connects\n", ctl->path, (unsigned)uid);
	return 0;
}

/* Whether somebody answers at the socket file: 1, 0, or -errno. */
static int answers(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? -errno : 1;
	close(fd);
	if (rc == -EAGAIN)      /* its backlog is full */
		return 1;
	return rc == -ECONNREFUSED || rc == -ENOENT ? 0 : rc;
}

/* Makes the path free, if it may be. */
static int clear_path(const struct sockaddr_un *addr, struct ld_errmsg *err)
{
	const char *path = addr->sun_path;
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0)
		return errno == ENOENT
			       ? 0
			       : ld_fail(err, -errno,
					 "%s: %s; the folder must be readable for the daemon", path,
					 strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return ld_fail(err, LD_E_DENIED,
			       "%s is no socket; move it away or name another control socket",
			       path);
	rc = answers(addr);
	if (rc == 1)
		return ld_fail(
			err, LD_E_LOCKED,
			"another daemon answers at %s; stop it first, or give this one its own "
			"control socket",
			path);
	if (rc < 0)
		return ld_fail(err, rc, "%s: cannot tell whether another daemon uses it: %s", path,
			       strerror(-rc));
	if (unlink(path) < 0 && errno != ENOENT)
		return ld_fail(err, -errno, "%s is left over and cannot be removed: %s", path,
			       strerror(errno));
	return 0;
}

static int listen_at(struct ld_ctl *ctl, const struct sockaddr_un *addr, struct ld_errmsg *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ld_fail(err, -errno, "%s: no socket: %s", ctl->path, strerror(errno));
	osmo_fd_setup(&ctl->listener, fd, OSMO_FD_READ, on_connect, ctl, 0);
	/* Nobody can connect before listen(), so the mode is right from the first client on. */
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ||
	    chmod(ctl->path, 0660) < 0 || lstat(ctl->path, &ctl->file) < 0 ||
	    listen(fd, CONNS_MAX) < 0 || osmo_fd_register(&ctl->listener) < 0) {
		int rc = -errno;
		close(fd);
		return ld_fail(err, rc,
			       "%s: %s; does the folder exist and may the daemon write to it?",
			       ctl->path, strerror(-rc));
	}
	return 0;
}

int ld_ctl_new(struct ld_ctl **ret, void *ctx, const char *path,
	       const struct ld_ctl_command *table, void *arg, struct ld_errmsg *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ld_ctl *ctl;
	size_t len = strlen(path);
	int rc;

	if (len == 0 || len >= sizeof(addr.sun_path))
		return ld_fail(err, LD_E_TOOBIG, "%s: a socket's path has 1 to %zu octets", path,
			       sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, len);
	rc = clear_path(&addr, err);
	if (rc < 0)
		return rc;
	ctl = talloc_zero(ctx, struct ld_ctl);
	if (!ctl)
		return ld_fail(err, LD_E_NOMEM, "%s: out of memory", path);
	memcpy(ctl->path, path, len);
	ctl->table = table;
	ctl->arg = arg;
	INIT_LLIST_HEAD(&ctl->conns);
	rc = listen_at(ctl, &addr, err);
	if (rc < 0) {
		talloc_free(ctl);
		return rc;
	}
	*ret = ctl;
	return 0;
}

void ld_ctl_free(struct ld_ctl *ctl)
{
	struct conn *c, *next;
	struct stat st;

	if (!ctl)
		return;
	llist_for_each_entry_safe(c, next, &ctl->conns, entry)
		conn_free(c);
	osmo_fd_unregister(&ctl->listener);
	close(ctl->listener.fd);
	/* A successor may have put its own file there. */
	if (lstat(ctl->path, &st) == 0 && st.st_ino == ctl->file.st_ino &&
	    st.st_dev == ctl->file.st_dev)
		unlink(ctl->path);
	talloc_free(ctl);
}

void ld_ctl_stats(const struct ld_ctl *ctl, struct ld_ctl_stats *ret)
{
	*ret = ctl->stats;
}

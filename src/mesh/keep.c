/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "laido/crypto/crypto.h"

static int fail_errno(struct ld_errmsg *err, const char *path, const char *doing)
{
	int rc = -errno;

	return ld_fail(err, rc, "%s: cannot %s: %s", path, doing, strerror(-rc));
}

/* Reads until the end or until ret is full. */
static ssize_t read_some(int fd, char *ret, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, ret + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int keep_read(const char *path, bool secret, char *ret, struct ld_errmsg *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n;
	int rc = 0;

	if (fd < 0)
		return fail_errno(err, path, "open it");
	if (fstat(fd, &st) < 0)
		rc = fail_errno(err, path, "stat it");
	else if (!S_ISREG(st.st_mode))
		rc = ld_fail(err, LD_E_SYNTAX, "%s: not a regular file", path);
	else if (secret && (st.st_mode & 077))
		rc = ld_fail(err, LD_E_DENIED, "%s: others may read this secret; chmod 600 it",
			     path);
	if (rc == 0) {
		n = read_some(fd, ret, KEEP_MAX);
		if (n < 0)
			rc = fail_errno(err, path, "read it");
		else if (n == KEEP_MAX)
			rc = ld_fail(err, LD_E_TOOBIG, "%s: too long to be what it should be",
				     path);
		else
			ret[rc = (int)n] = '\0';
	}
	close(fd);
	return rc;
}

static int sync_folder(const char *path)
{
	char copy[KEEP_PATH];
	int fd, rc;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int keep_write(const char *path, bool fresh, const char *text, size_t len, struct ld_errmsg *err)
{
	char tmp[KEEP_PATH];
	int fd, rc;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", path);
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, tmp, "make it");
	rc = write_all(fd, text, len);
	if (rc == 0)
		rc = fsync(fd);
	if (close(fd) < 0 || rc < 0) {
		rc = fail_errno(err, tmp, "write it");
		unlink(tmp);
		return rc;
	}
	/* A link refuses to replace what is there; a rename replaces it in one go. */
	rc = fresh ? link(tmp, path) : rename(tmp, path);
	if (rc < 0)
		rc = fail_errno(err, path, "put it in its place");
	else if (sync_folder(path) < 0)
		rc = fail_errno(err, path, "make it durable");
	if (fresh || rc < 0)
		unlink(tmp);
	return rc;
}

int keep_path(char ret[KEEP_PATH], const char *dir, const char *name, struct ld_errmsg *err)
{
	if (snprintf(ret, KEEP_PATH - 8, "%s/%s", dir, name) >= KEEP_PATH - 8)
		return ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", dir);
	return 0;
}

bool keep_hex(const char *text, const char *name, void *ret, size_t len)
{
	char hex[2 * KEEP_HEX + 1];

	return keep_field(text, name, hex, sizeof(hex)) && ld_unhex(ret, len, hex);
}

bool keep_field(const char *text, const char *name, char *ret, size_t size)
{
	size_t name_len = strlen(name);
	const char *line, *end;

	for (line = text; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (strncmp(line, name, name_len) != 0 || !strchr(" \r\n", line[name_len]))
			continue;
		line += name_len;
		line += strspn(line, " ");
		for (const char *last = end;; last--) {
			if (last > line && strchr(" \t\r", last[-1]))
				continue;
			if ((size_t)(last - line) >= size)
				return false;
			memcpy(ret, line, (size_t)(last - line));
			ret[last - line] = '\0';
			return true;
		}
	}
	return false;
}

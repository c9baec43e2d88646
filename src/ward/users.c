/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char *const roles[] = { [USER_VIEWER] = "viewer", [USER_OPERATOR] = "operator" };

static int role_of(const char *text)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(roles); i++)
		if (strcmp(text, roles[i]) == 0)
			return (int)i;
	return -1;
}

static void path_of(char ret[256], const char *state_dir, const char *suffix)
{
	snprintf(ret, 256, "%s/users%s", state_dir, suffix);
}

/* ---- the file ---- */

static bool read_line(struct user *ret, char *line)
{
	char *save = NULL, *role = strtok_r(line, " \n", &save),
	     *hash = strtok_r(NULL, " \n", &save), *name = strtok_r(NULL, "\n", &save);
	int r = role ? role_of(role) : -1;

	if (r < 0 || !name || strlen(hash) >= sizeof(ret->hash) ||
	    strlen(name) >= sizeof(ret->name))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->role = (enum user_role)r;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->hash, sizeof(ret->hash), "%s", hash);
	return true;
}

int users_load(struct users *ret, const char *state_dir, struct ld_errmsg *err)
{
	char path[256], line[256];
	unsigned at = 0;
	int rc = 0;
	FILE *f;

	ret->n = 0;
	path_of(path, state_dir, "");
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : ld_fail(err, -errno, "%s: %s", path, strerror(errno));
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		at++;
		if (ret->n == USERS_MAX || !read_line(&ret->user[ret->n], line))
			rc = ld_fail(err, LD_E_SYNTAX, "%s:%u: not a user; delete the line and use "
				     "laido-ward --user", path, at);
		else
			ret->n++;
	}
	fclose(f);
	return rc;
}

const struct user *users_find(const struct users *u, const char *name)
{
	for (unsigned i = 0; i < u->n; i++)
		if (strcmp(u->user[i].name, name) == 0)
			return &u->user[i];
	return NULL;
}

/* Whole or not at all. */
static int users_save(const struct users *u, const char *state_dir, struct ld_errmsg *err)
{
	char path[256], tmp[256];
	bool ok;
	FILE *f;
	int fd;

	path_of(path, state_dir, "");
	path_of(tmp, state_dir, ".new");
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return ld_fail(err, -errno, "%s: %s; be the user that laido-ward runs as", tmp,
			       strerror(errno));
	for (unsigned i = 0; i < u->n; i++)
		fprintf(f, "%s %s %s\n", roles[u->user[i].role], u->user[i].hash, u->user[i].name);
	ok = fflush(f) == 0 && fsync(fd) == 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(tmp, path) < 0)
		return ld_fail(err, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

/* ---- from the terminal ---- */

/* A line without its end; nothing is shown of it on a terminal. */
static bool ask(const char *question, char ret[PASSWORD_MAX])
{
	struct termios shown, hidden;
	bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	size_t n;

	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
		fprintf(stderr, "%s: ", question);
	}
	ret[0] = '\0';
	if (!fgets(ret, PASSWORD_MAX, stdin))
		ret[0] = '\0';
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	n = strcspn(ret, "\r\n");
	ret[n] = '\0';
	return terminal;
}

static int ask_password(char ret[PASSWORD_MAX], struct ld_errmsg *err)
{
	char again[PASSWORD_MAX];
	int rc = 0;

	if (ask("Password", ret)) {
		ask("Once more", again);
		if (strcmp(ret, again) != 0)
			rc = ld_fail(err, LD_E_RANGE, "the two were not the same; nothing changed");
		ld_crypto_wipe(again, sizeof(again));
	}
	if (rc == 0 && strlen(ret) < PASSWORD_MIN)
		rc = ld_fail(err, LD_E_RANGE, "a password has at least %d letters; some words in a "
			     "row are good ones", PASSWORD_MIN);
	return rc;
}

static bool is_name(const char *name)
{
	if (!*name || strlen(name) >= USER_NAME_MAX || *name == ' ')
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ')
			return false;
	return true;
}

int users_set(const char *state_dir, const char *name, const char *role, struct ld_errmsg *err)
{
	struct users all;
	struct user *u = NULL;
	char password[PASSWORD_MAX];
	int r = role ? role_of(role) : USER_VIEWER, rc;

	if (!is_name(name))
		return ld_fail(err, LD_E_RANGE, "a name has 1 to %d letters", USER_NAME_MAX - 1);
	if (r < 0)
		return ld_fail(err, LD_E_RANGE, "--role %s: viewer or operator", role);
	rc = users_load(&all, state_dir, err);
	for (unsigned i = 0; rc == 0 && i < all.n; i++)
		if (strcmp(all.user[i].name, name) == 0)
			u = &all.user[i];
	if (rc == 0 && !u && all.n == USERS_MAX)
		rc = ld_fail(err, LD_E_RANGE, "%d people have passwords already", USERS_MAX);
	if (rc < 0)
		return rc;
	rc = ask_password(password, err);
	if (rc == 0) {
		if (!u) {
			u = &all.user[all.n++];
			*u = (struct user){ .role = (enum user_role)r };
			snprintf(u->name, sizeof(u->name), "%s", name);
		}
		if (role)
			u->role = (enum user_role)r;
		rc = ld_password_hash(u->hash, password) < 0
			     ? ld_fail(err, LD_E_NOMEM, "out of memory")
			     : users_save(&all, state_dir, err);
	}
	ld_crypto_wipe(password, sizeof(password));
	return rc;
}

int users_remove(const char *state_dir, const char *name, struct ld_errmsg *err)
{
	struct users all;
	const struct user *u;
	size_t at;
	int rc = users_load(&all, state_dir, err);

	if (rc < 0)
		return rc;
	u = users_find(&all, name);
	if (!u)
		return ld_fail(err, LD_E_UNKNOWN, "nobody is called %s", name);
	at = (size_t)(u - all.user);
	memmove(&all.user[at], &all.user[at + 1], (all.n - at - 1) * sizeof(all.user[0]));
	all.n--;
	return users_save(&all, state_dir, err);
}

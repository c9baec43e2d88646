/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/login: sessions of people who look at the ward's page. While nobody has a password the page
 * is open to whoever reaches it (config keeps it on this machine then); afterwards each look needs
 * a session, begun by name and password at /login and held by a cookie that scripts and other
 * sites cannot use. Sessions live in memory: a restart ends them. I/O thread only. */
#ifndef LAIDO_WARD_LOGIN_H
#define LAIDO_WARD_LOGIN_H

#include "ward.h"
#include "users.h"

struct login;

/* LD_E_DENIED with words when the page would be open beyond this machine. */
int login_new(struct login **ret, struct ward *w, struct ld_errmsg *err);
void login_free(struct login *l); /* after the worker */

/* What the request's owner may see: enum user_role, or -1: she has to log in first. ret_session:
 * there is a session that she may end. */
int login_role(struct login *l, const struct ld_http *r, bool *ret_session);

/* /login and /logout: true when the request is theirs; the other two likewise. */
bool login_head(struct login *l, struct ld_http *r);
bool login_body(struct login *l, struct ld_http *r);
bool login_over(struct login *l, struct ld_http *r);

/* page.c: the form; wrong: "", "wrong" or "later", of the try before. */
char *login_html(const struct ld_ward_config *conf, bool english, const char *wrong,
		 size_t *ret_len);

#endif

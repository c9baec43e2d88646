/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido-ward: reads its settings, opens state and doors, runs until it is told to end. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <talloc.h>
#include <unistd.h>

#include "laido/mesh/backup.h"
#include "laido/mesh/root.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "users.h"
#include "ward.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum action { RUN, CHECK, INIT, IDENTITY, INVITE, ROOT, REKEY, MIGRATE, USER, REMOVE_USER, BACKUP,
	      RESTORE };

struct options {
	enum action action;
	const char *file, *host, *role;
	char **args;
	int n_args;
};

static const char usage[] =
	"usage: laido-ward [-c FILE] [--check | --init | --identity | --invite KEY NAME [--host "
	"H:P] |\n"
	"                  --user NAME [--role viewer|operator] | --remove-user NAME |\n"
	"                  --root STICK | --rekey STICK |\n"
	"                  --backup FOLDER | --restore FOLDER | --migrate-from FILE]\n"
	"  -c, --config FILE  settings; without it the built-in demonstration\n"
	"      --check        read the settings, say what is wrong, and exit\n"
	"      --init         make state folder, ward key and database, and exit\n"
	"      --identity     print the ward's public key, and exit\n"
	"      --invite KEY NAME  admit the board with this public key (laidod --identity prints "
	"it)\n"
	"                     and print its invite; works whether laido-ward runs or not\n"
	"      --root STICK   make a root key in that folder, to be kept offline, which names this\n"
	"                     ward's key; laido-ward must not run\n"
	"      --rekey STICK  another key for this ward, when the old one was stolen or is lost;\n"
	"                     laido-ward must not run\n"
	"      --user NAME    a password for the report's page; asks for it, or reads a line. The\n"
	"                     role viewer sees figures, operator also names of ambassadors\n"
	"      --backup FOLDER   copy database and keys there, also while laido-ward runs\n"
	"      --restore FOLDER  bring such a copy back; laido-ward must not run\n"
	"      --migrate-from FILE  copy a database of SQLite (laido.db) into the PostgreSQL that\n"
	"                     the settings name, and compare both\n"
	"      --host H:P     where boards reach this ward, as the invite says it\n";

static int complain(int code, const char *text)
{
	fprintf(stderr, "laido-ward: %s\n", text);
	return code;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, CHECK},
		{"init", no_argument, NULL, INIT},        {"identity", no_argument, NULL, IDENTITY},
		{"invite", no_argument, NULL, INVITE},    {"host", required_argument, NULL, 'H'},
		{"root", no_argument, NULL, ROOT},        {"rekey", no_argument, NULL, REKEY},
		{"migrate-from", no_argument, NULL, MIGRATE},
		{"user", no_argument, NULL, USER},        {"role", required_argument, NULL, 'R'},
		{"remove-user", no_argument, NULL, REMOVE_USER},
		{"backup", no_argument, NULL, BACKUP},    {"restore", no_argument, NULL, RESTORE},
		{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		if (c == 'c')
			o->file = optarg;
		else if (c == 'H')
			o->host = optarg;
		else if (c == 'R')
			o->role = optarg;
		else if (c >= CHECK && c <= RESTORE)
			o->action = (enum action)c;
		else
			return -1;
	}
	o->args = argv + optind;
	o->n_args = argc - optind;
	return o->n_args == (o->action == INVITE ? 2 : o->action >= ROOT ? 1 : 0) ? 0 : -1;
}

/* ---- state ---- */

static int make_folder(const char *path, struct ld_errmsg *err)
{
	char copy[LD_CONF_PATH];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0750) < 0 && errno != EEXIST)
			return ld_fail(err, -errno,
				       "%s: %s; make it and give it to the user that "
				       "laido-ward runs as",
				       copy, strerror(errno));
		if (c == '\0')
			return 0;
		*p = c;
	}
}

static int open_node(struct ward *w, struct ld_errmsg *err)
{
	int rc = make_folder(w->conf.state_dir, err);

	if (rc == 0)
		rc = ld_node_open(&w->node, w->conf.state_dir, ld_random_sys(), err);
	if (rc == 0 && !w->node.joined)
		rc = ld_node_found(&w->node, w->conf.name, ld_random_sys(), err);
	if (rc == 0 && !ld_node_is_ward(&w->node))
		rc = ld_fail(err, LD_E_DENIED,
			     "%s is the state of a board of the ward \"%s\", not of "
			     "a ward",
			     w->conf.state_dir, w->node.ward_name);
	return rc;
}

static struct ld_store_cfg store_at(const struct ward *w, const struct ld_store_engine *engine,
				    const char *path)
{
	struct ld_store_cfg cfg = {.engine = engine,
				   .path = path,
				   .clock = &w->clock.clock,
				   .random = ld_random_sys(),
				   .author = &w->node.key,
				   .no_history = true};

	memcpy(cfg.ward_pk, w->node.key.pk, sizeof(cfg.ward_pk));
	if (w->node.rooted) {
		memcpy(cfg.root_pk, w->node.warrant.root, sizeof(cfg.root_pk));
		cfg.ward_number = w->node.warrant.number;
	}
	return cfg;
}

static int open_store(struct ward *w, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH + 16];
	struct ld_store_cfg cfg = store_at(w, &ld_store_postgres, w->conf.database);

	snprintf(path, sizeof(path), "%s/laido.db", w->conf.state_dir);
	if (!w->conf.database[0])
		cfg = store_at(w, &ld_store_sqlite, path);
	return ld_store_open(&w->store, &cfg, err);
}

/* ---- one-shot actions ---- */

static int grant_here(struct ward *w, const struct invitation *inv, char *text,
		      struct ld_errmsg *err)
{
	int rc = open_node(w, err);

	if (rc == 0)
		rc = open_store(w, err);
	if (rc < 0)
		return rc;
	rc = ld_store_begin(w->store);
	if (rc == 0) {
		rc = invitation_grant(&w->node, w->store, inv, text, err);
		if (rc == 0)
			rc = ld_store_commit(w->store);
		if (rc < 0)
			ld_store_rollback(w->store);
	}
	return rc;
}

void ward_address(const struct ward *w, char *ret, size_t size)
{
	ret[0] = '\0';
	if (strcmp(w->conf.mesh_host, "0.0.0.0") != 0 && strcmp(w->conf.mesh_host, "::") != 0)
		snprintf(ret, size, "%s:%u", w->conf.mesh_host, w->conf.mesh_port);
}

/* The running ward is asked first: it holds the database. */
static int invite(struct ward *w, const struct options *o, struct ld_errmsg *err)
{
	char host[LD_HOST_HINT_MAX] = "", text[LD_INVITE_MAX];
	struct invitation inv;
	bool ok = true;
	int rc;

	ward_address(w, host, sizeof(host));
	rc = invitation_parse(&inv, o->args[0], o->args[1], o->host ? o->host : host, err);
	if (rc < 0)
		return rc;
	rc = admin_ask(w->conf.state_dir, &inv, text, &ok);
	if (rc < 0)
		return ld_fail(err, rc, "%s/admin.sock: %s; be the user that laido-ward runs as",
			       w->conf.state_dir, strerror(-rc));
	if (rc == 0)
		rc = grant_here(w, &inv, text, err);
	if (!ok)
		return ld_fail(err, LD_E_DENIED, "%.*s", (int)strcspn(text, "\n"), text);
	if (rc >= 0)
		fputs(text, stdout);
	return rc;
}

static int print_identity(struct ward *w, struct ld_errmsg *err)
{
	char hex[LD_HEX_PK];
	int rc = open_node(w, err);

	if (rc < 0)
		return rc;
	ld_hex(hex, w->node.key.pk, sizeof(w->node.key.pk));
	puts(hex);
	return 0;
}

static int init(struct ward *w, struct ld_errmsg *err)
{
	int rc = print_identity(w, err);

	return rc < 0 ? rc : open_store(w, err);
}

/* What the LRS was told since the copy is told again, in other octets perhaps. */
static int restore(struct ward *w, const char *from, struct ld_errmsg *err)
{
	const char *dir = w->conf.state_dir;
	int rc = make_folder(dir, err);

	if (rc == 0)
		rc = ld_state_restore(from, dir, err);
	if (rc == 0)
		rc = open_node(w, err);
	if (rc == 0)
		rc = open_store(w, err);
	if (rc < 0)
		return rc;
	rc = ld_store_begin(w->store);
	if (rc == 0)
		rc = ld_store_after_restore(w->store, false,
					    ld_clock_utc_ms(&w->clock.clock, NULL));
	if (rc == 0)
		rc = ld_store_commit(w->store);
	if (rc < 0)
		return ld_fail(err, rc, "%s", ld_store_error(w->store));
	puts("Restored. What the boards know since the copy comes back from them, erasures first.");
	return 0;
}

/* ---- the root key ---- */

static int root(struct ward *w, const char *stick, struct ld_errmsg *err)
{
	int rc = open_node(w, err);

	if (rc == 0)
		rc = open_store(w, err);
	if (rc == 0)
		rc = ld_root_make(&w->node, stick, ld_random_sys(), err);
	if (rc == 0)
		printf("%s/laido-root is the root key of this ward: lock it away, and a copy elsewhere. "
		       "Start laido-ward; its boards know the root key when they next exchange.\n",
		       stick);
	return rc;
}

/* Whatever the old key has written is to have its signature. */
static int end_old_key(struct ward *w, struct ld_errmsg *err)
{
	int rc = open_node(w, err);

	if (rc == 0)
		rc = open_store(w, err);
	if (rc < 0)
		return rc;
	rc = ld_store_begin(w->store);
	if (rc == 0)
		rc = ld_store_commit(w->store);
	if (rc < 0)
		ld_fail(err, rc, "%s", ld_store_error(w->store));
	ld_store_close(w->store);
	w->store = NULL;
	return rc;
}

static int rekey(struct ward *w, const char *stick, struct ld_errmsg *err)
{
	char ward[LD_CONF_PATH + 8], next[LD_CONF_PATH + 16];
	int rc = make_folder(w->conf.state_dir, err);
	bool empty;

	snprintf(ward, sizeof(ward), "%s/ward", w->conf.state_dir);
	snprintf(next, sizeof(next), "%s/key-next", w->conf.state_dir);
	empty = access(ward, F_OK) < 0;
	/* Not again when it was cut short. */
	if (rc == 0 && !empty && access(next, F_OK) < 0)
		rc = end_old_key(w, err);
	if (rc == 0)
		rc = ld_root_rekey(w->conf.state_dir, stick, ld_random_sys(), &w->node, err);
	if (rc == 0)
		printf("The ward has key number %lld now. Start laido-ward, then take "
		       "%s/laido-warrants to one board that others exchange with, or to each: laido mesh "
		       "warrant FILE.\n", (long long)w->node.warrant.number, stick);
	if (rc == 0 && empty)
		printf("It knows none of its boards: invite one of them again, by the key it has; it "
		       "brings back what the ward knew. When all have exchanged, laido mesh revoke "
		       "\"ward, key %lld\" says how far the old key counts.\n",
		       (long long)w->node.warrant.number - 1);
	return rc;
}

/* By which warrants this is the ward: said once under each key. */
static int enthrone(struct ward *w, struct ld_errmsg *err)
{
	struct ld_warrants all;
	int rc = ld_warrants_load(&all, w->conf.state_dir, err);

	if (rc < 0 || !w->node.rooted)
		return rc;
	rc = ld_store_begin(w->store);
	if (rc == 0)
		rc = ld_store_enthrone(w->store, all.w, all.n);
	if (rc == 0)
		rc = ld_store_commit(w->store);
	return rc < 0 ? ld_fail(err, rc, "%s: the root key's word: %s", w->conf.state_dir,
				ld_strerror(rc)) : 0;
}

static int migrate(struct ward *w, const char *file, struct ld_errmsg *err)
{
	struct ld_store_cfg from, to;
	uint64_t rows = 0;
	int rc = 0;

	if (!w->conf.database[0])
		rc = ld_fail(err, LD_E_DENIED, "the settings name no PostgreSQL: set database");
	else if (access(file, R_OK) < 0)
		rc = ld_fail(err, -errno, "%s: %s", file, strerror(errno));
	if (rc == 0)
		rc = open_node(w, err);
	if (rc == 0) {
		from = store_at(w, &ld_store_sqlite, file);
		to = store_at(w, &ld_store_postgres, w->conf.database);
		rc = ld_store_migrate(&from, &to, &rows, err);
	}
	if (rc == 0)
		printf("Both say the same: %llu rows of log and projections. %s is not used any more; "
		       "keep it until you trust the new one.\n", (unsigned long long)rows, file);
	return rc;
}

/* What needs nothing but the state folder. */
static int on_state(struct ward *w, const struct options *o, struct ld_errmsg *err)
{
	const char *dir = w->conf.state_dir, *what = o->args[0];
	int rc;

	if (w->conf.database[0] && (o->action == BACKUP || o->action == RESTORE))
		return ld_fail(err, LD_E_DENIED,
			       "the database is in PostgreSQL: copy it by pg_dump, bring it back by "
			       "pg_restore, and keep a copy of the small files in %s beside it "
			       "(docs/OPERATOR.md)", dir);
	switch (o->action) {
	case USER:
		return users_set(dir, what, o->role, err);
	case REMOVE_USER:
		return users_remove(dir, what, err);
	case BACKUP:
		rc = ld_state_backup(dir, what, err);
		if (rc == 0)
			printf("%s holds the database and the keys as of now, checked. Who has it is "
			       "the ward: lock it away.\n", what);
		return rc;
	default:
		return restore(w, what, err);
	}
}

/* ---- the server ---- */

static int start(struct ward *w, struct ld_errmsg *err)
{
	struct ld_peers_cfg door = {
		.key = &w->node.key,
		.clock = &w->clock.clock,
		.random = ld_random_sys(),
		.host = w->conf.mesh_host,
		.port = w->conf.mesh_port,
		.hello_port = w->conf.mesh_hello ? w->conf.hello_port : 0,
	};
	struct lrs_cfg lrs = {
		.conf = &w->conf.lrs,
		.clock = &w->clock.clock,
		.random = ld_random_sys(),
		.seed = w->node.key.seed,
	};
	int rc = open_node(w, err);

	if (rc == 0)
		rc = open_store(w, err);
	if (rc == 0)
		rc = enthrone(w, err);
	if (rc == 0)
		content_open(w);
	if (rc == 0)
		rc = ld_mesh_new(&w->mesh, &w->clock.clock) < 0 ||
				     ld_worker_start(&w->worker, w->store, 1024) < 0
			     ? ld_fail(err, LD_E_NOMEM, "the work thread did not start")
			     : 0;
	if (rc < 0)
		return rc;
	content_start(w);
	door.worker = lrs.worker = w->worker;
	door.mesh = w->mesh;
	door.also = w->node.id;
	ld_board_id_of(&door.ward, w->node.rooted ? w->node.warrant.root : w->node.key.pk);
	rc = ld_peers_start(&w->door, &door, err);
	if (rc == 0)
		rc = web_start(w, err);
	if (rc == 0)
		rc = admin_start(&w->admin, w, err);
	if (rc == 0)
		rc = ctl_start(w, err);
	if (rc == 0 && w->conf.lrs.url[0])
		rc = lrs_start(&w->lrs, &lrs, err);
	return rc;
}

static void stop(struct ward *w)
{
	lrs_stop(w->lrs);
	w->lrs = NULL;
	ld_ctl_free(w->ctl);
	admin_stop(w->admin);
	web_stop(w);
	ld_peers_stop(w->door);
	content_stop(w);
	ld_worker_stop(w->worker);
	web_free(w);
	content_close(w);
	ld_mesh_free(w->mesh);
	ld_store_close(w->store);
	ld_node_wipe(&w->node);
}

static int on_signal(struct osmo_fd *fd, unsigned what)
{
	struct signalfd_siginfo info;

	(void)what;
	if (read(fd->fd, &info, sizeof(info)) == sizeof(info))
		*(bool *)fd->data = true;
	return 0;
}

static int on_done(struct osmo_fd *fd, unsigned what)
{
	(void)what;
	ld_worker_collect(fd->data);
	return 0;
}

static int64_t log_time(const void *arg)
{
	return ld_clock_utc_ms(arg, NULL);
}

static void open_log(struct ward *w)
{
	static const char *const levels[] = {"debug", "info", "notice", "error"};
	struct ld_log_cfg cfg = {.utc_ms = log_time, .arg = &w->clock.clock};

	/* journald has its own times */
	ld_log_init(talloc_named_const(NULL, 0, "laido-ward"),
		    getenv("JOURNAL_STREAM") ? NULL : &cfg);
	ld_log_level(NULL, levels[w->conf.log_level]);
}

static void say_ready(const struct ward *w)
{
	char key[LD_HEX_PK];

	ld_hex(key, w->node.key.pk, sizeof(w->node.key.pk));
	LOGP(DWARD, LOGL_NOTICE, "ward \"%s\" is ready: boards at %s:%u, report at http://%s:%u/\n",
	     w->conf.name, w->conf.mesh_host, ld_peers_port(w->door), w->conf.web_host,
	     ld_httpd_port(w->page));
	LOGP(DWARD, LOGL_NOTICE, "public key %s\n", key);
	sd_notify(0, "READY=1");
}

static int run(struct ward *w, struct ld_errmsg *err)
{
	struct osmo_fd signals = {0}, jobs = {0};
	bool over = false;
	sigset_t set;
	int rc;

	/* Before any thread: they inherit the mask. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	open_log(w);
	w->started_ms = ld_clock_monotonic_ms(&w->clock.clock);
	ld_loop_init(w->started_ms);
	rc = start(w, err);
	if (rc == 0) {
		osmo_fd_setup(&signals, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
			      OSMO_FD_READ, on_signal, &over, 0);
		osmo_fd_setup(&jobs, ld_worker_fd(w->worker), OSMO_FD_READ, on_done, w->worker, 0);
		osmo_fd_register(&signals);
		osmo_fd_register(&jobs);
		say_ready(w);
		while (!over)
			ld_loop_turn(ld_clock_monotonic_ms(&w->clock.clock), -1);
		sd_notify(0, "STOPPING=1");
		osmo_fd_unregister(&jobs);
		osmo_fd_unregister(&signals);
		close(signals.fd);
	}
	stop(w);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = {.action = RUN};
	struct ld_errmsg err = {""};
	struct ward w = {.store = NULL};
	int rc = 0;

	if (parse_options(&o, argc, argv) < 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	ld_ward_config_default(&w.conf);
	if (o.file)
		rc = ld_ward_config_load(o.file, &w.conf, &err);
	if (rc < 0)
		return complain(EXIT_FAILED, err.text);
	if (o.action == CHECK)
		return EXIT_DONE;
	umask(027);             /* as laidod */
	if (ld_crypto_init() < 0)
		return complain(EXIT_FAILED, "the system gives no random numbers");
	ld_clock_sys_init(&w.clock, w.conf.trust_system_clock);
	if (o.action == RUN)
		rc = run(&w, &err);
	else if (o.action >= USER)
		rc = on_state(&w, &o, &err);
	else
		rc = o.action == INVITE ? invite(&w, &o, &err)
		     : o.action == ROOT    ? root(&w, o.args[0], &err)
		     : o.action == REKEY   ? rekey(&w, o.args[0], &err)
		     : o.action == MIGRATE ? migrate(&w, o.args[0], &err)
		     : o.action == INIT ? init(&w, &err)
					: print_identity(&w, &err);
	if (o.action != RUN) {
		ld_store_close(w.store);
		ld_node_wipe(&w.node);
	}
	return rc < 0 ? complain(EXIT_FAILED, err.text) : EXIT_DONE;
}

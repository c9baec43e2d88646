/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laidod: the gateway of one board. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <talloc.h>
#include <unistd.h>

#include "daemon.h"
#include "laido/mesh/backup.h"

enum { LOOK_S = 5 };

/* Signals only set these; the loop looks at them each turn. */
static volatile sig_atomic_t stop_asked, reload_asked;

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

static const char usage[] =
	"Usage: laidod [-c FILE] [--check | --identity | --backup FOLDER | --restore FOLDER]\n"
	"\n"
	"The Lai Do gateway: serves menus and lessons by USSD and SMS.\n"
	"\n"
	"  -c, --config FILE   settings (see conf/laidod.conf); without: the demonstration's\n"
	"      --check         read settings and content, say what is wrong, exit 0 or 1\n"
	"      --identity      print this board's public key, for laido-ward --invite, and exit\n"
	"      --backup FOLDER copy database and keys there, also while laidod runs; keep it secret\n"
	"      --restore FOLDER  bring such a copy back; laidod must not run\n"
	"      --version       print the version and exit\n"
	"\n"
	"SIGHUP takes over changed content, SIGTERM ends. Ask a running one: laido status\n";

struct options {
	const char *file, *backup, *restore;
	bool check, identity;
};

/* 0 go on, 1 done, 2 wrong. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "identity", no_argument, NULL, 'i' }, { "version", no_argument, NULL, 'v' },
		{ "backup", required_argument, NULL, 'B' }, { "restore", required_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c': o->file = optarg; break;
		case 'k': o->check = true; break;
		case 'i': o->identity = true; break;
		case 'B': o->backup = optarg; break;
		case 'R': o->restore = optarg; break;
		case 'v': puts("laidod " LAIDO_VERSION); return 1;
		case 'h': fputs(usage, stdout); return 1;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "laidod: what is '%s'?\n%s", argv[optind], usage);
		return 2;
	}
	return 0;
}

static int settings(struct daemon *d, const struct options *o, struct ld_errmsg *err)
{
	ld_config_default(&d->conf);
	return o->file ? ld_config_load(o->file, &d->conf, err) : 0;
}

static int64_t log_utc_ms(const void *arg)
{
	return ld_clock_utc_ms(arg, NULL);
}

static void open_log(struct daemon *d)
{
	static const char *const levels[] = { "debug", "info", "notice", "error" };
	struct ld_log_cfg cfg = { .utc_ms = log_utc_ms, .arg = &d->clock.clock };

	if (getenv("JOURNAL_STREAM"))
		cfg.utc_ms = NULL;
	if (ld_log_init(d->ctx, &cfg) == 0)
		ld_log_level(NULL, levels[d->conf.log_level]);
}

static int make_state_dir(const char *dir, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH];

	/* Its parents too: build/run does not exist on a first start. */
	for (const char *p = strchr(dir + 1, '/'); ; p = strchr(p + 1, '/')) {
		size_t n = p ? (size_t)(p - dir) : strlen(dir);

		snprintf(path, sizeof(path), "%.*s", (int)n, dir);
		if (mkdir(path, 0750) < 0 && errno != EEXIST)
			return ld_fail(err, -errno, "%s: cannot be made: %s; choose another "
				       "state_dir or make it writable", path, strerror(errno));
		if (!p)
			return 0;
	}
}

/* Whose board is this? Invited: the ward's; else a ward of one. */
static int identify(struct daemon *d, struct ld_errmsg *err)
{
	int rc = make_state_dir(d->conf.state_dir, err);

	if (rc == 0)
		rc = ld_node_open(&d->node, d->conf.state_dir, ld_random_sys(), err);
	if (rc == 0 && !d->node.joined && d->conf.ward.enable && d->conf.ward.invite[0])
		rc = ld_node_join_file(&d->node, d->conf.ward.invite,
				       d->conf.ward.has_key ? d->conf.ward.key : NULL, err);
	return rc;
}

static int found_if_alone(struct daemon *d, struct ld_errmsg *err)
{
	if (d->node.joined)
		return 0;
	LOGP(DMAIN, LOGL_NOTICE, "no invite: this board is a ward of its own\n");
	return ld_node_found(&d->node, d->conf.name, ld_random_sys(), err);
}

static int open_store(struct daemon *d, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH + 16];
	struct ld_store_cfg cfg = { .path = path, .clock = &d->clock.clock,
				    .random = ld_random_sys(), .author = &d->node.key };

	snprintf(path, sizeof(path), "%s/laido.db", d->conf.state_dir);
	memcpy(cfg.ward_pk, d->node.ward.ward_pk, sizeof(cfg.ward_pk));
	if (d->node.rooted) {
		memcpy(cfg.root_pk, d->node.warrant.root, sizeof(cfg.root_pk));
		cfg.ward_number = d->node.warrant.number;
	}
	return ld_store_open(&d->store, &cfg, err);
}

static bool is_simulated(const void *arg, const struct ld_msisdn *m)
{
	return ld_config_phone_allows(arg, m);
}

/* The operators are read before the first channel starts. */
static const char *operator_of(const void *arg, const char *smsc, const struct ld_msisdn *m)
{
	return smsc ? ld_modem_operator_by_smsc(arg, smsc) :
		      ld_modem_operator_by_prefix(arg, m->digits);
}

static void note(void *arg, const char *line)
{
	(void)arg;
	LOGP(DCHAN, LOGL_NOTICE, "%s\n", line);
}

static int start_gateway(struct daemon *d, struct ld_errmsg *err)
{
	struct ld_gateway_cfg cfg = {
		.clock = &d->clock.clock, .random = ld_random_sys(), .keys = &d->node.ward,
		.board = &d->node.key, .utc_offset_min = d->conf.utc_offset_min,
		.lessons_per_day = d->conf.outbox.lessons_per_day,
		.quiet_from_min = d->conf.outbox.quiet_from_min,
		.quiet_to_min = d->conf.outbox.quiet_to_min,
		.replies_per_hour = d->conf.outbox.replies_per_hour,
		.unasked_per_day = d->conf.outbox.unasked_per_day,
		.is_simulated = is_simulated, .simulated_arg = &d->conf,
		.simulated_counts = d->conf.phone.in_reports, .note = note,
		.operator_of = operator_of, .operator_arg = &d->operators,
	};
	int rc = daemon_first_content(d, &cfg.content);

	if (rc < 0)
		return ld_fail(err, rc, "%s has errors (see above): correct them, or try: "
			       "laido check %s", d->conf.content_dir, d->conf.content_dir);
	rc = ld_worker_start(&d->worker, d->store, 1024);
	if (rc == 0) {
		cfg.worker = d->worker;
		rc = ld_gateway_new(&d->gw, &cfg);
	}
	if (rc == 0)
		ld_live_worker(d->live, d->worker);
	return rc < 0 ? ld_fail(err, rc, "the work thread did not start: %s", ld_strerror(rc)) : 0;
}

static int on_done(struct osmo_fd *fd, unsigned what)
{
	struct daemon *d = fd->data;

	(void)what;
	ld_worker_collect(d->worker);
	/* New events go to others as soon as they are durable. */
	if (d->peers)
		ld_peers_look(d->peers);
	return 0;
}

static void on_tick(void *arg)
{
	struct daemon *d = arg;

	ld_gateway_tick(d->gw);
	ld_live_tick(d->live);
	if (d->ticks++ % LOOK_S == 0)
		daemon_look_ward(d);
	sd_notify(0, "WATCHDOG=1");
	osmo_timer_schedule(&d->tick, 1, 0);
}

static int start(struct daemon *d, struct ld_errmsg *err)
{
	int rc = found_if_alone(d, err);

	if (rc == 0)
		rc = open_store(d, err);
	if (rc == 0)
		rc = start_gateway(d, err);
	if (rc < 0)
		return rc;
	osmo_fd_setup(&d->done_fd, ld_worker_fd(d->worker), OSMO_FD_READ, on_done, d, 0);
	osmo_fd_register(&d->done_fd);
	osmo_timer_setup(&d->tick, on_tick, d);
	osmo_timer_schedule(&d->tick, 1, 0);
	rc = daemon_channels(d, err);
	if (rc == 0)
		rc = daemon_mesh_start(d, err);
	if (rc == 0)
		rc = ld_ctl_new(&d->ctl, d->ctx, d->conf.ctl_socket, daemon_commands, d, err);
	if (rc == 0 && d->conf.vty_port)
		rc = ld_vty_start(d->ctx, LAIDO_VERSION, d->conf.vty_port, daemon_shows, d, err);
	d->has_vty = rc == 0 && d->conf.vty_port;
	if (rc == 0)
		daemon_settle(d);
	return rc;
}

/* The work thread ends before the channels: all that was accepted is stored and answered while they
 * still stand. */
static void stop(struct daemon *d)
{
	ld_peers_stop(d->peers);
	d->peers = NULL;
	if (d->worker)
		osmo_fd_unregister(&d->done_fd);
	osmo_timer_del(&d->tick);
	ld_worker_stop(d->worker);
	ld_live_free(d->live);
	ld_gateway_stop(d->gw);
	if (d->has_vty)
		ld_vty_stop();
	ld_ctl_free(d->ctl);
	ld_mesh_free(d->mesh);
	daemon_channels_stop(d);
	ld_gateway_free(d->gw);
	ld_store_close(d->store);
	ld_node_wipe(&d->node);
}

static void run(struct daemon *d)
{
	LOGP(DMAIN, LOGL_NOTICE, "board \"%s\" is ready; state in %s\n", d->conf.name,
	     d->conf.state_dir);
	sd_notify(0, "READY=1");
	while (!stop_asked && !d->again) {
		ld_loop_turn(ld_clock_monotonic_ms(&d->clock.clock), 1000);
		if (reload_asked) {
			unsigned screens, courses;

			reload_asked = 0;
			daemon_reload(d, daemon_log_finding, d, &screens, &courses);
		}
	}
	sd_notify(0, "STOPPING=1");
	LOGP(DMAIN, LOGL_NOTICE, "ending\n");
}

static int check(struct daemon *d)
{
	int rc = daemon_check_content(d);

	puts(rc == 0 ? "settings and content are good" : "there are errors, see above");
	return rc == 0 ? 0 : 1;
}

static int identity(struct daemon *d)
{
	char hex[LD_HEX_PK];
	struct ld_errmsg err;
	int rc = make_state_dir(d->conf.state_dir, &err);

	if (rc == 0)
		rc = ld_node_open(&d->node, d->conf.state_dir, ld_random_sys(), &err);
	if (rc < 0) {
		fprintf(stderr, "laidod: %s\n", err.text);
		return 1;
	}
	ld_hex(hex, d->node.key.pk, sizeof(d->node.key.pk));
	puts(hex);
	ld_node_wipe(&d->node);
	return 0;
}

static int back_up(struct daemon *d, const char *to)
{
	struct ld_errmsg err = { "" };

	if (ld_state_backup(d->conf.state_dir, to, &err) < 0) {
		fprintf(stderr, "laidod: %s\n", err.text);
		return 1;
	}
	printf("%s holds the database and the keys as of now, checked. Who has it is this board: lock "
	       "it away.\n", to);
	return 0;
}

/* Everything the copy may not know of, it leaves alone: see ld_store_after_restore(). */
static int restore(struct daemon *d, const char *from)
{
	struct ld_errmsg err = { "" };
	bool alone = false;
	int rc = make_state_dir(d->conf.state_dir, &err);

	if (rc == 0)
		rc = ld_state_restore(from, d->conf.state_dir, &err);
	if (rc == 0)
		rc = identify(d, &err);
	if (rc == 0) {
		alone = !d->node.joined || ld_node_is_ward(&d->node);
		rc = open_store(d, &err);
	}
	if (rc == 0) {
		rc = ld_store_begin(d->store);
		if (rc == 0)
			rc = ld_store_after_restore(d->store, !alone,
						    ld_clock_utc_ms(&d->clock.clock, NULL));
		if (rc == 0)
			rc = ld_store_commit(d->store);
		if (rc < 0)
			ld_fail(&err, rc, "%s", ld_store_error(d->store));
	}
	ld_store_close(d->store);
	ld_node_wipe(&d->node);
	if (rc < 0) {
		fprintf(stderr, "laidod: %s\n", err.text);
		return 1;
	}
	puts(alone ? "Restored. What happened since the copy is lost, opt-outs too: this board has no "
		     "ward to hear them from."
		   : "Restored. Nothing unasked goes out before the ward was met: somebody may have opted "
		     "out since.");
	return 0;
}

static void catch_signals(void)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };

	for (size_t i = 0; i < LD_ARRAY_SIZE(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct options o = { .file = NULL };
	struct ld_errmsg err = { "" };
	int rc = parse(argc, argv, &o);

	if (rc != 0)
		return rc == 1 ? 0 : 2;
	umask(027);             /* what is written is for its owner, and for readers of its group */
	ld_crypto_init();
	rc = settings(&d, &o, &err);
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	d.ctx = talloc_named_const(NULL, 0, "laidod");
	ld_clock_sys_init(&d.clock, d.conf.trust_system_clock);
	open_log(&d);
	if (o.identity)
		return identity(&d);
	if (o.check)
		return check(&d);
	if (o.backup)
		return back_up(&d, o.backup);
	if (o.restore)
		return restore(&d, o.restore);
	d.started_ms = ld_clock_monotonic_ms(&d.clock.clock);
	ld_loop_init(d.started_ms);
	catch_signals();
	rc = identify(&d, &err);
	if (rc == 0)
		rc = start(&d, &err);
	if (rc < 0)
		LOGP(DMAIN, LOGL_FATAL, "%s\n", err.text);
	else
		run(&d);
	stop(&d);
	talloc_free(d.ctx);
	if (d.again && !stop_asked) {
		execv("/proc/self/exe", argv);
		perror("laidod");
		return 1;
	}
	return rc < 0 ? 1 : 0;
}

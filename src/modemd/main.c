/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido-modem: one modem. Started by laidod with a socket; never by hand.
 *
 * The I/O thread below serves socket and line and sends heartbeats; the agent thread (agent.c)
 * runs libgammu. Whatever goes wrong for good ends the process: laidod starts a new one. */
#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "find.h"
#include "mask.h"

enum {
	CONFIG_WAIT_MS = 10000,
	LAST_PART_MS = 300000,          /* laidod is gone: at most so long for the part under way */
	SOCKET = LD_LINE_FDS,
};

/* ---- from the line ---- */

static void wake_agent(struct ld_agent *a)
{
	struct ld_agent_job job = { .kind = LD_JOB_WAKE };

	ld_agent_push(a, &job);
}

static void on_new_sms(void *arg)
{
	struct ld_agent *a = arg;

	if (!atomic_exchange(&a->look, true))
		wake_agent(a);
}

static void on_pdu(void *arg, const char *hex)
{
	struct ld_agent_job job = { .kind = LD_JOB_PDU };

	snprintf(job.u.pdu, sizeof(job.u.pdu), "%s", hex);
	if (ld_agent_push(arg, &job) < 0)
		ld_agent_log(arg, 2, "too much comes from the modem at once; a report was dropped");
}

static void on_new_report(void *arg)
{
	struct ld_agent *a = arg;

	if (!atomic_exchange(&a->look_reports, true))
		wake_agent(a);
}

static void on_ussd(void *arg, const char *text)
{
	struct ld_agent_job job = { .kind = LD_JOB_USSD };

	snprintf(job.u.pdu, sizeof(job.u.pdu), "%s", text);
	ld_agent_push(arg, &job);
}

static void on_traced(void *arg, bool to_modem, const char *line)
{
	struct ld_agent *a = arg;
	struct ld_wmsg m = { .type = LD_WMSG_TRACED };

	m.u.traced.to_modem = to_modem;
	ld_mask_line(line, m.u.traced.text, sizeof(m.u.traced.text));
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}

static void on_call(void *arg, const char *from)
{
	struct ld_agent *a = arg;
	struct ld_wmsg m = { .type = LD_WMSG_CALL };

	snprintf(m.u.call.from, sizeof(m.u.call.from), "%s", from);
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}

static void on_restarted(void *arg)
{
	struct ld_agent *a = arg;

	if (!atomic_exchange(&a->restarted, true))
		wake_agent(a);
}

static bool on_submit(void *arg)
{
	return ld_agent_note_start(arg) == 0;
}

static const struct ld_line_ops line_ops = {
	.new_sms = on_new_sms,
	.new_report = on_new_report,
	.ussd = on_ussd,
	.pdu = on_pdu,
	.call = on_call,
	.restarted = on_restarted,
	.submit = on_submit,
	.traced = on_traced,
};

/* ---- from laidod ---- */

static void on_message(struct ld_agent *a, const struct ld_wmsg *m)
{
	struct ld_agent_job job = { .kind = LD_JOB_SEND };

	switch (m->type) {
	case LD_WMSG_SEND:
		job.u.send = m->u.send;
		break;
	case LD_WMSG_COMMITTED:
		job.kind = LD_JOB_COMMITTED;
		job.u.ref = m->u.committed.ref;
		break;
	case LD_WMSG_USSD:
		job.kind = LD_JOB_ASK;
		memcpy(job.u.code, m->u.ussd.code, sizeof(job.u.code));
		break;
	case LD_WMSG_QUERY:
		ld_agent_answer(a, m->u.query.id);
		return;
	case LD_WMSG_TRACE:
		if (a->line)
			ld_line_trace(a->line, m->u.trace.on);
		return;
	default:
		return;
	}
	if (ld_agent_push(a, &job) < 0)         /* laidod sends one at a time: its fault */
		ld_agent_log(a, 2, "too many orders at once; one was dropped");
}

/* All that waits. False when laidod is gone or talks nonsense. */
static bool read_socket(struct ld_agent *a)
{
	struct ld_wmsg m;
	int rc;

	while ((rc = ld_wmsg_read(a->fd, &m, MSG_DONTWAIT)) == 1)
		on_message(a, &m);
	return rc == -EAGAIN;
}

static void beat(struct ld_agent *a, int64_t now_ms)
{
	struct ld_wmsg m = { .type = LD_WMSG_BEAT };
	int64_t since = a->busy_since_ms;

	if (a->line)
		m.u.beat.op = (uint8_t)ld_line_waiting(a->line, now_ms, &m.u.beat.silent_ms,
						       &m.u.beat.pending_ms);
	if (since && now_ms > since)
		m.u.beat.busy_ms = (uint32_t)(now_ms - since);
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}

/* ---- the loop ---- */

/* Returns the exit status. When laidod goes, the part that the network is taking is still waited
 * for, so that the journal knows how it ended. */
static int serve(struct ld_agent *a)
{
	const struct ld_clock *clock = &a->clock.clock;
	int64_t next_beat_ms = 0, leave_ms = INT64_MAX;

	for (;;) {
		struct pollfd fds[LD_LINE_FDS + 1];
		int64_t now_ms;

		ld_line_fds(a->line, fds);
		fds[SOCKET] = (struct pollfd){ .fd = a->closing ? -1 : a->fd, .events = POLLIN };
		poll(fds, LD_ARRAY_SIZE(fds), (int)(a->cfg.beat_ms / 4 + 1));
		now_ms = ld_clock_monotonic_ms(clock);
		if (ld_line_serve(a->line, fds, now_ms) < 0) {
			ld_agent_failed(a, -EIO, "the modem was unplugged");
			return 1;
		}
		if (!a->closing && fds[SOCKET].revents && !read_socket(a)) {
			a->closing = true;
			leave_ms = now_ms + LAST_PART_MS;
		}
		if (a->finished || (a->closing && (a->sending_id == 0 || now_ms > leave_ms)))
			return 0;
		if (now_ms >= next_beat_ms) {
			beat(a, now_ms);
			next_beat_ms = now_ms + a->cfg.beat_ms;
		}
	}
}

static int read_config(struct ld_agent *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };
	struct ld_wmsg m;

	if (poll(&p, 1, CONFIG_WAIT_MS) != 1 || ld_wmsg_read(a->fd, &m, 0) != 1 ||
	    m.type != LD_WMSG_CONFIG)
		return LD_E_PEER;
	a->cfg = m.u.config;
	return 0;
}

static int fail(struct ld_agent *a, const char *what, int rc)
{
	char why[160];

	snprintf(why, sizeof(why), "%s: %s", what, ld_strerror(rc));
	if (a->journal)
		read_socket(a);                 /* the journal can still answer */
	ld_agent_failed(a, rc, why);
	return 1;
}

static void still_here(void *arg)
{
	struct ld_agent *a = arg;

	beat(a, ld_clock_monotonic_ms(&a->clock.clock));
}

/* The tty, and with it the certainty that it is the right modem's. */
static int open_line(struct ld_agent *a)
{
	struct ld_errmsg err;
	int rc = ld_find_modem(&a->cfg, still_here, a, a->cfg.device, &err);

	if (rc < 0) {
		ld_agent_failed(a, rc, err.text);
		return 1;
	}
	rc = ld_line_open(&a->line, a->cfg.device, &line_ops, a);
	if (rc < 0)
		return fail(a, a->cfg.device, rc);
	ld_line_silence(a->line, a->cfg.drop);
	return 0;
}

/* What a worker may ever need; its own mistakes end here, too. */
static void limit(void)
{
	static const struct { int what; rlim_t most; } limits[] = {
		{ RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 64 }, { RLIMIT_FSIZE, 64 << 20 },
	};

	for (size_t i = 0; i < LD_ARRAY_SIZE(limits); i++)
		setrlimit(limits[i].what, &(struct rlimit){ limits[i].most, limits[i].most });
}

static int run(struct ld_agent *a)
{
	pthread_t thread;
	int rc;

	limit();
	rc = ld_sandbox(LD_SANDBOX_OPENING);
	if (rc < 0)
		ld_agent_log(a, 1, "no seccomp: %s; the worker runs unconfined", ld_strerror(rc));

	a->jobs = ld_queue_new(LD_AGENT_JOBS);
	a->inbox = ld_inbox_new(a->cfg.gap_ms);
	if (!a->jobs || !a->inbox)
		return fail(a, "start", LD_E_NOMEM);
	rc = ld_journal_open(&a->journal, a->cfg.journal);
	if (rc == LD_E_LOCKED)
		return fail(a, "an earlier worker is still finishing", rc);
	if (rc < 0)
		return fail(a, a->cfg.journal, rc);
	rc = open_line(a);
	if (rc)
		return rc;
	if (pthread_create(&thread, NULL, ld_agent_run, a) != 0)
		return fail(a, "start", LD_E_NOMEM);
	pthread_detach(thread);
	return serve(a);
}

int main(int argc, char **argv)
{
	static struct ld_agent agent;
	char *end;

	if (argc != 3 || strcmp(argv[1], "--fd") != 0) {
		fprintf(stderr, "laido-modem is started by laidod\n");
		return 2;
	}
	agent.fd = (int)strtol(argv[2], &end, 10);
	close_range((unsigned)agent.fd + 1, ~0u, 0);    /* nothing else of laidod's */
	setenv("TZ", "UTC0", 1);                /* time stamps as the network gave them */
	ld_clock_sys_init(&agent.clock, true);
	pthread_mutex_init(&agent.journal_lock, NULL);
	if (*end || read_config(&agent) < 0) {
		fprintf(stderr, "laido-modem: no configuration from laidod\n");
		return 2;
	}
	_exit(run(&agent));     /* not exit(): the agent may be inside libgammu */
}

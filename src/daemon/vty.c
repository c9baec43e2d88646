/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The telnet door's `show` commands: what the I/O thread knows without asking the store. */
#include "daemon.h"

static void show_status(struct ld_vty_out *out, void *arg)
{
	const struct daemon *d = arg;
	struct ld_gateway_stats g;
	struct ld_link_status l;
	bool trusted;

	ld_clock_utc_ms(&d->clock.clock, &trusted);
	ld_gateway_stats(d->gw, &g);
	ld_vty_line(out, "board %s, version %s, up %lld s, clock %s", d->conf.name, LAIDO_VERSION,
		    (long long)daemon_up_ms(d) / 1000, trusted ? "trusted" : "not trusted");
	ld_vty_line(out, "steps %llu, duplicates %llu, ignored %llu, over the cap %llu, failed %llu",
		    (unsigned long long)g.steps, (unsigned long long)g.duplicates,
		    (unsigned long long)g.ignored, (unsigned long long)g.looped,
		    (unsigned long long)g.failed);
	if (!daemon_ward_link(d, &l)) {
		ld_vty_line(out, "ward: this board is a ward of its own");
		return;
	}
	ld_vty_line(out, "ward: %s", l.error[0] ? l.error : "in contact");
}

static void show_channels(struct ld_vty_out *out, void *arg)
{
	static const char *const states[] = { "down", "up", "receives, cannot send" };
	const struct daemon *d = arg;
	struct ld_gateway_channel_status s;

	for (unsigned i = 0; ld_gateway_channel(d->gw, i, &s) == 0; i++)
		ld_vty_line(out, "%s (%s): %s%s%s; received %llu, sent %llu, failed %llu, refused "
			    "%llu, in flight %u", s.name, s.kind, states[s.state],
			    s.why[0] ? ", " : "", s.why, (unsigned long long)s.received,
			    (unsigned long long)s.sent, (unsigned long long)s.failed,
			    (unsigned long long)s.refused, s.in_flight);
}

static void show_queues(struct ld_vty_out *out, void *arg)
{
	static const char *const names[LD_N_LANES] = { "live", "send", "mesh", "long" };
	const struct daemon *d = arg;
	struct ld_worker_stats w;

	ld_worker_stats(d->worker, &w);
	for (unsigned i = 0; i < LD_N_LANES; i++)
		ld_vty_line(out, "%s: %u of %u, at most %u, %llu refused", names[i],
			    w.lane[i].length, w.lane[i].capacity, w.lane[i].high_water,
			    (unsigned long long)w.lane[i].refused);
	ld_vty_line(out, "commits %llu, jobs %llu, largest batch %u, rolled back %llu",
		    (unsigned long long)w.commits, (unsigned long long)w.jobs, w.largest_batch,
		    (unsigned long long)w.rollbacks);
}

const struct ld_vty_show daemon_shows[] = {
	{ "status", "The board, its steps and its link to the ward", show_status },
	{ "channels", "Channels and what they carried", show_channels },
	{ "modems", "Modems: state, SIM, rates, last errors, what to do", daemon_show_modems },
	{ "queue", "Channels that send: what holds them, and their pace", daemon_show_queue },
	{ "queues", "Queues between the threads", show_queues },
	{ NULL, NULL, NULL },
};

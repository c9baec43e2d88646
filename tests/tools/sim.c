/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim [--boards N] [--seeds N] [--turns N | --day [--contact S]] [--until-bad] [-v]: a ward and its
 * boards in one process, the product's own store, engine, gateway and work threads on simulated cards,
 * clocks, links and telephones. All that happens follows from a seed, printed first; SEED= plays it
 * again. Each processor plays worlds of its own. Exit 1 and words when something that must hold does
 * not (docs/MESH.md 9). --day: no faults, but links that are up a tenth of the time, for about S
 * seconds each: how fast do events spread? */
#include <getopt.h>
#include <malloc.h>
#include <sched.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "laido/mesh/home.h"
#include "sim/sim.h"

enum {
	TURN_MS = 20 * 1000,
	DAY_MS = 24 * 3600 * 1000,
	LONG_MS = 20 * DAY_MS,
	HEAL_ROUNDS = 60,
	SLOW_STEPS = 12,
};

struct options {
	unsigned boards, seeds, turns, contact_s;
	bool verbose, until_bad, day;
};

void fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	w->failed = true;
	printf("# FAILED, SEED=%llu, %lld s: ", (unsigned long long)w->seed,
	       (long long)w->now_ms / 1000);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* ---- libsodium's own randomness, for its sealed boxes ---- */

static uint64_t sodium_state;

static const char *rnd_name(void)
{
	return "sim";
}

static uint32_t rnd_u32(void)
{
	return (uint32_t)seed_u64(&sodium_state);
}

static void rnd_fill(void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)to)[i] = (uint8_t)seed_u64(&sodium_state);
}

static randombytes_implementation rnd = { .implementation_name = rnd_name, .random = rnd_u32,
					  .buf = rnd_fill };

/* ---- time ---- */

void advance(struct world *w, int64_t by_ms)
{
	w->now_ms += by_ms;
	for (unsigned i = 0; i < w->n; i++)
		ld_clock_manual_advance(&w->node[i]->clock, by_ms);
}

/* ---- what people and operators do ---- */

static int write_member(struct node *n, struct ld_store *st, uint64_t arg)
{
	struct node *x = n->w->node[arg];
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	f.u.member.board = x->id;
	memcpy(f.u.member.pk, x->key.pk, 32);
	snprintf(f.u.member.name, sizeof(f.u.member.name), "board %u", x->i);
	return ld_store_append(st, &f, NULL);
}

static int write_revoke(struct node *n, struct ld_store *st, uint64_t arg)
{
	int rc = ld_store_revoke(st, &n->w->node[arg]->id);

	return rc < 0 ? rc : 0;
}

static int load(struct node *n, struct ld_store *st, uint64_t person, struct ld_person *ret)
{
	struct ld_msisdn m;

	person_number((unsigned)person, &m);
	return ld_store_person(st, &n->w->keys, &m, 1, ret);
}

/* An operator closes a learner: her number has another owner. */
static int write_close(struct node *n, struct ld_store *st, uint64_t person)
{
	struct ld_fact f = { .kind = LD_EV_CLOSE };
	struct ld_person who;
	int rc = load(n, st, person, &who);

	if (rc < 0 || !who.consented)
		return rc;
	f.subject = who.p;
	f.u.close.why = LD_CLOSE_RECYCLED;
	f.u.close.slot = 1;
	f.u.close.s = who.s;
	return ld_store_append(st, &f, NULL);
}

static int write_set(struct node *n, struct ld_store *st, uint64_t person)
{
	struct ld_fact f = { .kind = LD_EV_SET };
	struct ld_person who;
	int rc = load(n, st, person, &who);

	if (rc < 0 || !who.consented)
		return rc;
	f.subject = who.s;
	f.u.set.reg = LD_REG_HOUR;
	snprintf(f.u.set.value, sizeof(f.u.set.value), "%llu",
		 (unsigned long long)(8 + n->w->next_ref++ % 12));
	f.u.set.over = who.reg[LD_REG_HOUR].live;
	return ld_store_append(st, &f, NULL);
}

static int write_pause(struct node *n, struct ld_store *st, uint64_t on)
{
	struct ld_fact f = { .kind = LD_EV_PAUSE };

	(void)n;
	f.u.pause.paused = on;
	return ld_store_append(st, &f, NULL);
}

static int write_heartbeat(struct node *n, struct ld_store *st, uint64_t arg)
{
	(void)n;
	(void)arg;
	return ld_store_heartbeat(st);
}

/* The ward moves one learner to another board, or all who live where she does. */
static int write_move(struct node *n, struct ld_store *st, uint64_t person)
{
	struct world *w = n->w;
	struct ld_node ward = { .key = n->key, .id = n->id, .joined = true, .ward = w->keys,
				.n_before = 1, .before = { w->key_before } };
	struct ld_home_move what = { .max = PEOPLE,
				     .now_ms = ld_clock_utc_ms(&n->clock.clock, NULL) };
	struct ld_id first = { { 0 } };
	struct ld_home_moved moved;
	struct ld_errmsg err;
	struct ld_member from;
	struct ld_homed home;
	struct ld_msisdn m;
	char to[32];
	int rc;

	memcpy(ward.ward.ward_pk, n->key.pk, sizeof(n->key.pk));
	person_number((unsigned)person, &m);
	ld_pseudonym_p(&what.p, &w->keys, &m);
	rc = ld_store_homed(st, &what.p, NULL, &first, what.now_ms, &home);
	if (rc == 0)
		rc = ld_store_member(st, &home.home, &from);
	snprintf(to, sizeof(to), "board %u", 1 + below(w, w->boards));
	what.to = to;
	what.from = rc == 0 && once_in(w, 2) ? from.name : NULL;
	if (rc == 0)
		rc = ld_mesh_move_home(&ward, st, &what, &moved, &err);
	return rc == LD_E_RANGE || rc == LD_E_UNKNOWN ? 0 : rc;
}

/* Much at once, so that streams outgrow a stretch. */
static int write_bulk(struct node *n, struct ld_store *st, uint64_t person)
{
	struct ld_person who;
	unsigned events = below(n->w, 160);
	int rc = load(n, st, person, &who);

	for (unsigned i = 0; i < events && rc == 0 && who.consented; i++) {
		struct ld_fact f = { .kind = LD_EV_FEEDBACK, .subject = who.s };

		memset(f.u.feedback.text, 'a' + (int)(i % 26), LD_WORDS_MAX - 1);
		rc = ld_store_append(st, &f, NULL);
	}
	return rc;
}

static void somebody_writes(struct world *w)
{
	static const char *const words[] = {
		"HOC", "DONG Y", "1", "2", "3", "TIEP", "1", "2", "3", "DIEM", "HUY", "STOP", "NGHI",
		"TDP 28", "LAI", "XOA", "1", "DONG Y", "NHAM", "GIUP", "BAC", "HD", "NHAC THUE",
	};
	unsigned person = below(w, PEOPLE);
	/* In slow worlds most stay with the board that they know. */
	struct node *n = w->node[1 + (w->slow && !once_in(w, 4) ? person % w->boards
								: below(w, w->n - 1))];

	switch (below(w, 26)) {
	case 0:
		node_do(n, write_close, person);
		break;
	case 1:
	case 2:
		node_do(n, write_set, person);
		break;
	case 3:
		node_do(n, write_bulk, person);
		break;
	case 4:
		node_do(w->node[0], write_pause, once_in(w, 8));
		break;
	case 5:
		node_do(w->node[0], write_move, person);
		break;
	default:
		node_text(n, person, words[below(w, LD_ARRAY_SIZE(words))]);
	}
	node_run(n);
	node_run(w->node[0]);
}

/* ---- what goes wrong ---- */

static void start_all(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!w->node[i]->up)
			node_open(w->node[i]);
}

/* The ward cuts off a board and every copy of it: once its card remembers. */
static void cut_off(struct world *w, const struct node *x)
{
	struct node *ward = w->node[0];

	node_do(ward, write_revoke, x->i);
	node_run(ward);
	start_all(w);
	for (unsigned i = 0; i < w->n; i++)
		if (memcmp(&w->node[i]->id, &x->id, sizeof(x->id)) == 0)
			w->node[i]->revoked = ld_store_revoked(ward->st, &x->id) > 0;
	/* Of a card that was put back it may have been the only one to remember. */
	check_bound(w);
}

static bool known_revoked(struct world *w, const struct node *x)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!w->node[i]->revoked && ld_store_revoked(w->node[i]->st, &x->id) > 0)
			return true;
	return false;
}

/* The ward's card was put back: what it alone had said is said again, and whatever was said under a
 * key before (ADR 0014, costs). That key itself it cuts off when it starts. */
static void cut_off_again(struct world *w)
{
	for (unsigned i = 1; i < w->n; i++) {
		const struct node *x = w->node[i];
		bool thief = w->thief && memcmp(&x->id, &w->thief->id, sizeof(x->id)) == 0;

		if (x->revoked && !thief && (w->n_warrants == 2 || !known_revoked(w, x)))
			cut_off(w, x);
	}
}

/* A card is put back to what it was, or goes on in a second board beside the first. */
static void copy_card(struct world *w, struct node *n)
{
	unsigned free_node = w->n;

	if (!n->old) {
		n->old = disk_image_take(n->disk);
		return;
	}
	start_all(w);
	n->imaged = true;
	if (once_in(w, 2) && w->n < NODES_MAX) {
		struct node *x = node_new(w, free_node, &n->key);

		x->imaged = x->member = true;
		x->revoked = n->revoked;
		x->rooted = n->rooted;
		x->ward_number = n->ward_number;
		memcpy(x->ward_pk, n->ward_pk, sizeof(x->ward_pk));
		w->node[w->n++] = x;
		w->rate_kbit[x->i] = w->rate_kbit[n->i];
		disk_image_put(x->disk, n->old);
		node_open(x);
		w->copies++;
	} else {
		node_crash(n);
		disk_image_put(n->disk, n->old);
		node_open(n);
		w->rollbacks++;
		check_bound(w);
		if (n->i == 0)
			cut_off_again(w);
	}
	disk_image_free(n->old);
	n->old = NULL;
}

static void something_breaks(struct world *w)
{
	struct node *n = w->node[below(w, w->n)];
	unsigned a = below(w, w->n), b = below(w, w->n);

	switch (below(w, 10)) {
	case 0:
	case 1:
	case 2:
		disk_fail_at(n->disk, 1 + below(w, 60));
		break;
	case 3:
		disk_full(n->disk, 1 + below(w, 6));
		break;
	case 4:
		node_close(n);
		break;
	case 5:
		copy_card(w, n);
		break;
	case 6:
		if (n->i > 0 && !n->revoked && once_in(w, 8) && w->node[0]->up) {
			w->revoked++;
			cut_off(w, n);
		}
		break;
	default:
		w->cut[a][b] = w->cut[b][a] = once_in(w, 3);
	}
}

/* ---- a world ---- */

static void turn(struct world *w)
{
	if (w->slow)
		advance(w, TURN_MS + below(w, once_in(w, 40) ? LONG_MS : DAY_MS / 3));
	else
		advance(w, TURN_MS + (once_in(w, 40) ? below(w, DAY_MS) : 0));
	node_do(w->node[0], write_heartbeat, 0);
	if (w->n_warrants == 1 && once_in(w, 80) && w->n < NODES_MAX) {
		rekey_now(w);
		start_all(w);
		check_bound(w);
		node_do(w->node[1 + below(w, w->boards)], rekey_tell, 0);
	}
	rekey_theft(w);
	if (w->slow && once_in(w, 30))
		w->node[1 + below(w, w->n - 1)]->away_ms = w->now_ms + below(w, 2u * LONG_MS);
	if (w->slow && once_in(w, 6))
		node_do(w->node[0], write_move, below(w, PEOPLE));
	for (unsigned i = below(w, 5); i > 0; i--)
		somebody_writes(w);
	if (once_in(w, 3))
		something_breaks(w);
	for (unsigned i = 0; i < w->n; i++) {
		struct node *n = w->node[i];

		if (!n->up && once_in(w, 4))
			node_open(n);
		if (n->gw && (w->slow || once_in(w, 3)))
			for (int k = 0; k < (w->slow ? 10 : 5) && n->up; k++) {
				ld_gateway_tick(n->gw);
				node_run(n);
			}
		if (once_in(w, 3)) {
			unsigned to = once_in(w, 4) ? 0 : below(w, w->n);

			if (to != i && w->node[to]->member && n->member)
				net_ask(n, w->node[to]);
			node_run(n);
		}
	}
	/* What is asked within hours is answered within seconds, as elsewhere. */
	for (unsigned k = 0; k < (w->slow ? SLOW_STEPS : 0) && !net_quiet(w); k++) {
		net_turn(w);
		advance(w, TURN_MS);
	}
	net_turn(w);
}

/* Everything works again, everybody meets everybody on a ring and the ward. */
static void heal(struct world *w)
{
	w->faults = false;
	memset(w->cut, 0, sizeof(w->cut));
	for (unsigned i = 0; i < w->n; i++) {
		w->node[i]->away_ms = 0;
		disk_fail_at(w->node[i]->disk, 0);
		disk_full(w->node[i]->disk, 0);
	}
	start_all(w);
	for (unsigned round = 0; round < HEAL_ROUNDS; round++) {
		advance(w, 11 * 60 * 1000);
		for (unsigned i = 0; i < w->n; i++) {
			/* A board that crashed may have forgotten it. */
			if (w->n_warrants == 2 && i > 0 && !w->node[i]->revoked && round < 3)
				node_do(w->node[i], rekey_tell, 0);
			net_ask(w->node[i], w->node[(i + 1 + round) % w->n]);
			node_run(w->node[i]);
		}
		for (unsigned k = 0; k < 2000 && !net_quiet(w); k++) {
			advance(w, 1000);
			net_turn(w);
		}
		for (unsigned i = 0; i < w->n; i++)
			node_run(w->node[i]);
		if (round > 2 && check_even(w))
			return;
	}
	fail(w, "not even after %u rounds", HEAL_ROUNDS);
	check_print_uneven(w);
}

/* Where lessons come by themselves: everybody learns from the first day. */
static void everybody_agrees(struct world *w)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct node *n = w->node[1 + i % w->boards];

		node_text(n, i, "HOC");
		node_run(n);
		node_text(n, i, "DONG Y");
		node_run(n);
	}
}

static void make_world(struct world *w, unsigned boards)
{
	static const unsigned rates[] = { 25, 1000, 1000000 };

	w->n = boards + 1;
	w->boards = boards;
	w->slow = !w->day && w->seed % 4 == 1;
	for (unsigned i = 0; i < w->n; i++) {
		struct node *n = w->node[i] = node_new(w, i, NULL);

		n->member = true;
		w->rate_kbit[i] = rates[below(w, 3)];
		if (i == 0) {
			memcpy(w->keys.ward_pk, n->key.pk, 32);
			continue;
		}
		if (!w->day && once_in(w, 4)) {
			n->clock.trusted = false;
			n->clock.utc += ((int64_t)below(w, 7300) - 3650) * DAY_MS;
		}
		n->hollows = once_in(w, 24);
	}
	rekey_begin(w);
	start_all(w);
	for (unsigned i = 1; i < w->n; i++)
		node_do(w->node[0], write_member, i);
	node_run(w->node[0]);
	if (w->slow)
		everybody_agrees(w);
}

static void end_world(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		node_free(w->node[i]);
	rmdir(w->dir);
	ld_zip_free(w->zip);
	free(w->right);
	free(w->claim);
	free(w->acked);
	day_free(w->day);
}

static bool play(const struct options *o, uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	bool failed;

	ld_assert(w);
	w->seed = w->rng = sodium_state = seed;
	w->verbose = o->verbose;
	w->faults = !o->day;
	w->day = o->day ? day_new(o->contact_s) : NULL;
	w->zip = ld_zip_new();
	disk_seed(seed);
	snprintf(w->dir, sizeof(w->dir), "/tmp/laido-sim-XXXXXX");
	if (!mkdtemp(w->dir))
		exit(2);
	make_world(w, o->boards);
	if (w->day)
		day_play(w);
	for (unsigned i = 0; i < o->turns && !w->day && !w->failed; i++)
		turn(w);
	if (!w->failed)
		heal(w);
	if (!w->failed)
		check_all(w);
	failed = w->failed;
	for (unsigned i = 0; i < w->n; i++)
		node_close(w->node[i]);
	printf("# SEED=%llu %s: %u inputs, %u sent, %u crashes, %u roll-backs, %u copies, "
	       "%u revoked, %u rekeyed, %u unasked, %u moved, %u of them begun, %llu hollow filled, "
	       "%u exchanges (%u failed), %u streams\n",
	       (unsigned long long)seed, failed ? "FAILED" : "good", w->inputs, w->sends,
	       w->crashes, w->rollbacks, w->copies, w->revoked, w->rekeyed, w->unasked, w->moves, w->begun,
	       (unsigned long long)w->mesh.filled, w->exchanges, w->failures, w->n_acked);
	fflush(stdout);
	end_world(w);
	free(w);
	return !failed;
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "boards", required_argument, NULL, 'b' }, { "seeds", required_argument, NULL, 's' },
		{ "turns", required_argument, NULL, 't' }, { "day", no_argument, NULL, 'd' },
		{ "contact", required_argument, NULL, 'c' },
		{ "until-bad", no_argument, NULL, 'u' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "v", longs, NULL)) != -1) {
		unsigned long v = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 'b': o->boards = (unsigned)v; break;
		case 's': o->seeds = (unsigned)v; break;
		case 't': o->turns = (unsigned)v; break;
		case 'd': o->day = true; break;
		case 'c': o->contact_s = (unsigned)v; break;
		case 'u': o->until_bad = true; break;
		case 'v': o->verbose = true; break;
		default: return false;
		}
	}
	return o->boards > 0 && o->boards < NODES_MAX - 8 && o->seeds > 0 && o->contact_s > 0 &&
	       o->contact_s <= 3600;
}

/* ---- as many at a time as there are processors ---- */

enum { PLAYERS_MAX = 64, BAD_MAX = 100 };

/* Which world is next, whoever plays it. */
static atomic_uint *next_world;

/* A world's threads take turns: on one processor that costs a fraction of what waking another costs. */
static void stay_on(unsigned nth)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || nth-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

/* How many worlds ended badly. */
static unsigned play_some(const struct options *o, uint64_t seed)
{
	unsigned i, bad = 0;

	while ((i = atomic_fetch_add(next_world, 1)) < o->seeds && !(bad && o->until_bad))
		bad += !play(o, seed + i);
	return bad;
}

static unsigned players_of(const struct options *o)
{
	cpu_set_t all;
	unsigned n = sched_getaffinity(0, sizeof(all), &all) == 0 ? (unsigned)CPU_COUNT(&all) : 1;

	n = n < o->seeds ? n : o->seeds;
	return n < PLAYERS_MAX ? n : PLAYERS_MAX;
}

static unsigned play_all(const struct options *o, uint64_t seed)
{
	pid_t player[PLAYERS_MAX];
	unsigned n = players_of(o), bad = 0;
	int status;

	for (unsigned i = 0; i < n; i++) {
		player[i] = fork();
		ld_assert(player[i] >= 0);
		if (player[i] == 0) {
			stay_on(i);
			bad = play_some(o, seed);
			exit(bad < BAD_MAX ? (int)bad : BAD_MAX);
		}
	}
	for (unsigned i = 0; i < n; i++) {
		if (wait(&status) < 0)
			return bad + 1;
		bad += WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 1;
		/* Nobody begins another one. */
		if (bad && o->until_bad)
			atomic_store(next_world, o->seeds);
	}
	return bad;
}

int main(int argc, char **argv)
{
	struct options o = { .boards = 12, .seeds = 1, .turns = 300, .contact_s = 300 };
	uint64_t seed;
	unsigned bad;

	if (!parse(argc, argv, &o)) {
		fprintf(stderr, "usage: sim [--boards N] [--seeds N] [--turns N | --day [--contact S]] "
			"[--until-bad] [-v]\n");
		return 2;
	}
	seed = seed_start();
	fflush(stdout);
	randombytes_set_implementation(&rnd);
	ld_crypto_init();
	/* What one world gives back is for the next one, not for the system. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	disk_init();
	node_content();
	next_world = mmap(NULL, sizeof(*next_world), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ld_assert(next_world != MAP_FAILED);
	bad = play_all(&o, seed);
	printf("%s 1 - %u of %u worlds of %u boards end even\n", bad ? "not ok" : "ok",
	       o.seeds - bad, o.seeds, o.boards);
	return bad ? 1 : 0;
}

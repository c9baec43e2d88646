/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the simulation share. world: the boards, their people, what is true of them;
 * node: one board; net: what lies between two boards; check: what must hold. */
#ifndef SIM_H
#define SIM_H

#include "baton.h"
#include "disk.h"
#include "laido/gateway/gateway.h"
#include "laido/mesh/sync.h"
#include "seed.h"

#define START_MS INT64_C(1796353200000) /* 4/12/2026 10:00 in Hanoi */

enum { NODES_MAX = 128, PEOPLE = 24, RECENT = 64, SMS_MAX = 32, SAID_MAX = 512 };

/* A stretch that a store took in while its thread ran last. */
struct recent {
	struct ld_stream stream;
	uint64_t from, to;
};

/* A text message that the network keeps until the board says it is stored. */
struct sms {
	uint64_t ref;           /* 0: free */
	struct ld_inbound in;
};

struct ask;

struct node {
	struct world *w;
	unsigned i;
	char dir[96], path[128];
	struct disk *disk;
	struct disk_image *old;         /* an earlier state of the card */
	struct ld_keypair key;
	struct ld_board_id id;
	struct ld_clock_manual clock;
	int64_t clock_off;              /* from the truth */
	struct ld_random_seeded random;
	bool up, member;
	bool revoked;                   /* the ward has cut it off */
	bool hollows;                   /* gives others' events on without contents */
	int64_t away_ms;                /* nothing reaches it until then */
	bool imaged;                    /* its card was put back or copied */
	bool rooted;                    /* it was told of the root key; and of this key of the ward's: */
	uint8_t ward_pk[32];
	int64_t ward_number;
	struct ld_store *st;
	uint64_t version;               /* of it, when its own streams were looked at last */
	struct ld_mesh *mesh;
	struct ld_worker *worker;
	struct baton *baton;
	struct ld_gateway *gw;          /* not on the ward */
	struct ld_channel ch;
	struct ld_mesh_peer *peer[NODES_MAX];
	struct ask *ask[NODES_MAX];
	struct ld_stream own[LD_N_CLASSES];
	bool has_own[LD_N_CLASSES];
	unsigned n_recent;
	struct recent recent[RECENT];
	struct sms sms[SMS_MAX];
	uint8_t *handed;                /* by outbox id: given to the network */
	size_t handed_cap;
};

/* A right as it was written: an opt-out, a consent, a closing. */
struct right {
	struct ld_dot dot;
	uint16_t kind;
	struct ld_id p, s;
	struct ld_dots over;
};

/* What a board has answered for: it may never be lost. */
struct acked {
	struct ld_stream stream;
	uint64_t seq;
	uint8_t hash[LD_HASH_LEN];
};

/* Why a board may think that it is a learner's home: she agreed there, or the ward says so. */
struct claim {
	struct ld_dot dot;
	struct ld_id s;
	struct ld_board_id home;
	unsigned n_olds;                /* boards before, whom it has to wait for */
	struct ld_board_id olds[LD_OLDS_MAX];
	bool lost;                      /* a crash has undone it */
	bool begun;                     /* it has sent to her by that */
};

/* What went out unasked. */
struct said {
	struct ld_id s, text;
	struct ld_board_id board;
	int64_t at_ms;
};

struct letter;
struct day;

struct world {
	uint64_t seed, rng;
	bool verbose;
	char dir[64];
	unsigned n;                     /* nodes; 0 is the ward */
	unsigned boards;                /* those that are no copies */
	struct node *node[NODES_MAX];
	struct ld_ward_keys keys;
	int64_t now_ms;                 /* since the start */
	bool cut[NODES_MAX][NODES_MAX];
	bool faults;
	bool slow;                      /* a turn is hours: lessons come by themselves, terms end */
	unsigned rate_kbit[NODES_MAX];
	bool rooted;                    /* the ward has a root key; and its warrants: */
	struct ld_keypair root, key_before;
	unsigned n_warrants;
	struct ld_warrant warrant[2];
	struct node *thief;             /* with the ward's card of before; NULL: none yet */
	struct letter *letters;
	struct day *day;                /* NULL: a world of faults */
	uint64_t next_ref;
	struct right *right;
	unsigned n_right, cap_right;
	struct acked *acked;
	unsigned n_acked, cap_acked;
	struct claim *claim;
	unsigned n_claims, cap_claims;
	struct said said[SAID_MAX];     /* the last ones */
	unsigned n_said, next_said;
	unsigned moves, begun, unasked;
	struct ld_zip *zip;
	unsigned crashes, rollbacks, copies, revoked, sends, inputs, exchanges, failures;
	unsigned rekeyed;
	bool failed;
	struct ld_mesh_stats mesh;      /* of nodes that are gone */
};

static inline uint32_t below(struct world *w, uint32_t n)
{
	return seed_below(&w->rng, n);
}
/* One in n. */
static inline bool once_in(struct world *w, uint32_t n)
{
	return below(w, n) == 0;
}

/* Something that must hold does not. */
void fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* node.c */
struct node *node_new(struct world *w, unsigned i, const struct ld_keypair *key);
void node_free(struct node *n);
/* Once, before any world. */
void node_content(void);
void node_open(struct node *n);
/* In order: all that was accepted is stored. */
void node_close(struct node *n);
/* Whatever was going on ends here; the card comes back as the power cut left it. */
void node_crash(struct node *n);
/* Let the work thread run until nothing is left to do, then see what it did. */
void node_run(struct node *n);
void node_text(struct node *n, unsigned person, const char *text);
/* A job of the work thread; done may be NULL. */
typedef int (*node_run_cb)(struct node *n, struct ld_store *st, uint64_t arg);
void node_do(struct node *n, node_run_cb run, uint64_t arg);
struct node *node_of(const struct ld_store *st);
void person_number(unsigned person, struct ld_msisdn *ret);

/* rekey.c */
/* Has this world a root key? Tells those who are to know it from the beginning. */
void rekey_begin(struct world *w);
/* It was told by its invite, or by its ward. */
void node_told(struct node *n, const struct ld_warrant *warrant);
/* The ward is robbed and goes on under another key; all are off until they are started. */
void rekey_now(struct world *w);
/* Somebody brings the new warrant to this board: a job. */
int rekey_tell(struct node *n, struct ld_store *st, uint64_t arg);
/* The thief writes as the ward. */
void rekey_theft(struct world *w);

/* sim.c */
void advance(struct world *w, int64_t by_ms);

/* net.c */
/* What n remembers of another node. */
struct ld_mesh_peer *net_peer(struct node *n, const struct node *of);
/* When the next letter arrives. */
int64_t net_next_ms(const struct world *w);
/* from begins an exchange with to, if none is on its way. */
void net_ask(struct node *from, struct node *to);
/* Letters that are due arrive. */
void net_turn(struct world *w);
/* Letters to and from a node are lost, its exchanges forgotten. */
void net_forget(struct node *n);
bool net_quiet(const struct world *w);

/* rights.c */
void rights_note(struct node *n, const struct ld_fact *f, const struct ld_dot *dot);
/* Does an opt-out of P hold by what the store of n holds? without: not counting what n->recent
 * brought. */
bool rights_holds(struct node *n, const struct right *r);
bool rights_out(struct node *n, const struct ld_id *p, bool without_recent);

/* homes.c */
void homes_note(struct node *n, const struct ld_fact *f, const struct ld_dot *dot);
/* Something unasked leaves: may it? */
void homes_sent(struct node *n, const struct ld_id *p, const struct ld_send *s);

/* day.c */
struct day *day_new(unsigned contact_s);
void day_free(struct day *d);
/* Plays it and prints how long events took to everybody. */
void day_play(struct world *w);
void day_exchanged(struct node *from, struct node *to, bool well);
/* It answered one that asked. */
void day_asked(struct node *at, unsigned by);
/* Events of a stream came to a node. */
void day_held(struct node *n, const struct ld_stream *s, uint64_t from, uint64_t to);

/* check.c */
void check_acked(struct node *n);       /* note what the node answers for now */
/* A card went back, or a board is cut off: what nobody holds any more is lost, and only that. */
void check_bound(struct world *w);
void check_all(struct world *w);
/* Do all hold the same streams up to the same events? */
bool check_even(struct world *w);
void check_print_uneven(struct world *w);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store: what its files share. */
#ifndef LAIDO_STORE_IMPL_H
#define LAIDO_STORE_IMPL_H

#include "db.h"
#include "laido/store/store.h"

/* A stream that this process writes. */
struct own_stream {
	int64_t no;                     /* 0: not opened yet */
	struct ld_stream id;
	uint64_t seq;
	uint64_t kept_seq;              /* newest kept head */
	size_t kept_octets;             /* of subjects and bodies since then */
	uint64_t head_seq;
	uint8_t hash[LD_HASH_LEN];
	bool dirty;                     /* the row of table stream is behind */
};

/* A key that speaks for the ward, or has. */
struct ward_key {
	struct ld_board_id board;
	uint8_t pk[32];
	int64_t number;                 /* the root's; 0: it was never warranted */
};
enum { WARDS_MAX = 32 };

struct ld_store {
	struct db *db;
	const struct ld_clock *clock;
	struct ld_random *random;
	const struct ld_keypair *author;
	bool no_history;
	struct ld_board_id board;
	uint8_t ward_pk[32];            /* ward.c: the newest of the keys below */
	struct ld_board_id ward;
	bool has_ward;
	struct ward_key told;           /* by the node's own files */
	bool wards_known, has_root, root_told;
	uint8_t root[32];
	unsigned n_wards;
	struct ward_key wards[WARDS_MAX];
	uint64_t incarnation;
	uint64_t version;
	uint64_t homes;                 /* grows when somebody's home may have changed */
	ld_hlc hlc;                     /* newest given out or followed */
	int64_t out_last;               /* outbox.c: number given last; -1: not read yet */
	unsigned session;               /* of the database, that this is true for */
	bool rebuilding;                /* what is held may not have been folded yet */
	uint16_t only;                  /* ...and first of it only this kind; 0 all */
	bool refold;                    /* projections hold what counts no more: revoke_settle() */
	bool many;                      /* not yet: more events of that kind follow */
	bool revoked_known, revoked_any;
	int64_t taking_no;              /* stream of the run that is folded, 0 none; up to... */
	uint64_t taking_seq;
	bool changed_all;               /* more streams than can be told below */
	unsigned n_changed;
	int64_t changed[512];           /* since ld_store_changed(): numbers of streams */
	struct own_stream own[LD_N_CLASSES];
	struct saved {
		bool is;
		struct own_stream own[LD_N_CLASSES];
		uint64_t incarnation;
		ld_hlc hlc;
		uint64_t version;
		unsigned session;
	} at_begin, at_mark;            /* as it was there, for going back */
};

/* log.c */
int log_open(struct ld_store *st);
int log_flush(struct ld_store *st);
/* The next event of each class opens a stream. log_end_own() first, if there may be open ones. */
void log_begin_anew(struct ld_store *st);
int log_end_own(struct ld_store *st);
int log_stream_no(struct ld_store *st, const struct ld_stream *s, int64_t *ret_no);
int log_stream_of(struct ld_store *st, int64_t no, struct ld_stream *ret);
/* The salt of ret->subject, made when it has none yet in this stream: seq is its first event then. */
int log_salt(struct ld_store *st, int64_t stream, uint64_t seq, struct ld_run_subject *ret);
void log_follow(struct ld_store *st, ld_hlc seen);
/* So many more events of a stream are hollow. */
int log_hollow(struct ld_store *st, int64_t no, int64_t more);
/* A new newest head; the one before goes when no run needs it. */
int log_put_head(struct ld_store *st, int64_t no, const struct ld_head *h);

/* fold.c: take one event into the projections. LD_E_UNKNOWN and LD_E_CORRUPT of the body are
 * not errors here: such an event stays in the log as it is. */
int fold_event(struct ld_store *st, const struct ld_event *e, int64_t stream_no);
int fold_fact(struct ld_store *st, const struct ld_event *e, int64_t stream_no,
	      const struct ld_fact *f);
/* Is S closed? 1, 0, negative. */
int fold_closed(struct ld_store *st, const struct ld_id *s);
/* The id of an event, as the next epoch is made of it. */
void fold_event_id(struct ld_id *ret, const struct ld_event *e);

/* history.c: the learner's answers in a course, with one more, as her row keeps them. Their length. */
enum { HISTORY_MAX = LD_ANSWER_LESSONS * LD_ANSWERS_EACH * 7 };
int history_with(struct ld_store *st, const struct ld_id *s, const char *course,
		 const struct ld_answer *a, uint8_t ret[HISTORY_MAX]);

/* hollow.c: every event of S loses its contents. */
int hollow_all(struct ld_store *st, const struct ld_id *s);

/* ward.c: who speaks for the ward, as files and log say. */
int ward_load(struct ld_store *st);
/* 0 the ward's key of now, 1 and more one before; -1: no key of the ward's. */
int ward_rank(const struct ld_store *st, const struct ld_board_id *id);
bool ward_is_here(const struct ld_store *st);
/* Each of its keys is a member. */
int ward_members(struct ld_store *st);
int ward_member_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f);
int ward_warrant_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f);

/* outbox.c: remember the highest number before messages are purged. */
int outbox_floor(struct ld_store *st);

/* revoke.c: has a REVOKE named that board? 1, 0, negative. */
int revoke_row(struct ld_store *st, const struct ld_board_id *id);
int revoke_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f);
/* After an event was taken in: rebuild when a revocation made it necessary. */
int revoke_settle(struct ld_store *st);
/* Told of a new key while the store still believes a thief under the old one who cut it off. */
int revoke_check(struct ld_store *st);

/* roles.c: duties, invitations by others, the national confirmation. */
int roles_load(struct ld_store *st, struct ld_person *x);
/* calls.c: who helps with her open call. */
int calls_load(struct ld_store *st, struct ld_person *x);
/* rights.c: guardians. */
int rights_load(struct ld_store *st, struct ld_person *x);
/* Her call for help before she agreed. */
int stranger_load(struct ld_store *st, struct ld_person *x);
/* Other numbers of the same person, and what she knows under them; after all the others. */
int same_load(struct ld_store *st, struct ld_person *x);

#endif

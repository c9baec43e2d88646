/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session: the dialogue engine. One function, pure: what is known of the person, what was open,
 * what she did and the time, give what to show, what to send and what happened. It stores
 * nothing, sends nothing, logs nothing, and is the same for USSD, SMS and missed calls. */
#ifndef LAIDO_SESSION_SESSION_H
#define LAIDO_SESSION_SESSION_H

#include "laido/content/content.h"
#include "laido/crypto/crypto.h"
#include "laido/model/message.h"
#include "laido/model/person.h"
#include "laido/port/random.h"

enum { LD_SESSION_FACTS = 12, LD_SESSION_SENDS = 4 };

struct ld_session_env {
	const struct ld_content *content;
	const struct ld_ward_keys *keys;
	struct ld_random *random;
	int64_t now_ms;                 /* UTC */
	bool time_trusted;
	int utc_offset_min;             /* 420 in Hanoi */
};

struct ld_session_send {
	enum ld_prio prio;
	enum ld_alphabet alphabet;
	char what[24];                  /* "OPTOUT_OK", "A VNEID 3": for `laido message show` */
	char text[LD_TEXT_MAX];
};

struct ld_outcome {
	bool has_reply;                 /* a live session gets this screen */
	struct ld_reply reply;
	unsigned n_sends;               /* messages to the person who wrote */
	struct ld_session_send sends[LD_SESSION_SENDS];
	unsigned n_facts;
	struct ld_fact facts[LD_SESSION_FACTS];
	char note[160];                 /* for the operators' log; no number, "" none */
};

/* The packed form of a session, as the store keeps it. */
enum { LD_SESSION_BLOB_MAX = 512 };

/* One step. blob/len is the packed session of this number (NULL, 0: none yet); *ret_len is 0 when
 * nothing needs to be kept. Never fails: whatever is damaged begins anew. */
void ld_session_step(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, const struct ld_inbound *in,
		     struct ld_outcome *ret, uint8_t ret_blob[LD_SESSION_BLOB_MAX],
		     size_t *ret_len);

/* The table of actions, for ld_content_options. */
const char *const *ld_session_actions(void);
const char *const *ld_session_outcomes(void);

#endif

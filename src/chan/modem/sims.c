/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which SIM is in which modem: a line "IMEI IMSI CHANNEL" each, in one small file of the board. A
 * pair is remembered when both are new; when one of them is known with another partner, somebody
 * has swapped something, and a person has to say that it is as it should be. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "modem.h"

enum { SIMS_MAX = 256 };

struct pair {
	char imei[20], imsi[20], name[LD_CONF_NAME];
};

struct sims {
	unsigned n;
	struct pair pair[SIMS_MAX];
};

/* What cannot be read is left out: the worst is a pair that counts as new. */
static void read_sims(const char *file, struct sims *ret)
{
	FILE *f = fopen(file, "re");
	char line[128];

	ret->n = 0;
	while (f && ret->n < SIMS_MAX && fgets(line, sizeof(line), f)) {
		struct pair *p = &ret->pair[ret->n];

		ret->n += sscanf(line, "%19[0-9] %19[0-9] %31s", p->imei, p->imsi, p->name) == 3;
	}
	if (f)
		fclose(f);
}

/* The new file is whole before it takes the old one's place. */
static int write_sims(const char *file, const struct sims *s)
{
	char tmp[300];
	FILE *f;
	int rc = 0;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	for (unsigned i = 0; i < s->n; i++)
		fprintf(f, "%s %s %s\n", s->pair[i].imei, s->pair[i].imsi, s->pair[i].name);
	if (fflush(f) != 0 || fsync(fileno(f)) < 0)
		rc = -errno;
	if (fclose(f) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(tmp, file) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(tmp);
	return rc;
}

/* Instead of every pair that has one of them. */
static int remember(struct modem *m, struct sims *s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->pair[i].imei, m->info.imei) != 0 &&
		    strcmp(s->pair[i].imsi, m->info.imsi) != 0)
			s->pair[kept++] = s->pair[i];
	if (kept == SIMS_MAX)           /* the oldest makes room */
		memmove(s->pair, s->pair + 1, --kept * sizeof(s->pair[0]));
	memcpy(s->pair[kept].imei, m->info.imei, sizeof(s->pair[0].imei));
	memcpy(s->pair[kept].imsi, m->info.imsi, sizeof(s->pair[0].imsi));
	snprintf(s->pair[kept].name, sizeof(s->pair[0].name), "%s", m->ch.name);
	s->n = kept + 1;
	return write_sims(m->cfg.sims, s);
}

static const char *end_of(const char *digits)
{
	size_t n = strlen(digits);

	return n > 3 ? digits + n - 3 : digits;
}

static bool all_digits(const char *s)
{
	return s[0] && strspn(s, "0123456789") == strlen(s);
}

static bool identified(const struct modem *m)
{
	return m->cfg.sims[0] && all_digits(m->info.imei) && all_digits(m->info.imsi);
}

void ld_modem_check_sim(struct modem *m)
{
	const struct pair *other = NULL;
	struct sims s;
	int rc;

	m->info.sim_changed = false;
	if (!identified(m))
		return;
	read_sims(m->cfg.sims, &s);
	for (unsigned i = 0; i < s.n; i++) {
		bool imei = strcmp(s.pair[i].imei, m->info.imei) == 0;
		bool imsi = strcmp(s.pair[i].imsi, m->info.imsi) == 0;

		if (imei && imsi)
			return;
		if (imei || (imsi && !other))
			other = &s.pair[i];
	}
	if (other) {
		bool imei = strcmp(other->imei, m->info.imei) == 0;

		m->info.sim_changed = true;
		snprintf(m->sim_was, sizeof(m->sim_was), imei ? "It had the SIM ...%s, now it is ...%s" :
			 "Its SIM was in the modem ...%s (%.20s) before",
			 end_of(imei ? other->imsi : other->imei), imei ? end_of(m->info.imsi) :
			 other->name);
		LOGP(DMODEM, LOGL_ERROR, "%s: %s; nothing is sent\n", m->ch.name, m->sim_was);
		return;
	}
	rc = remember(m, &s);
	if (rc < 0)
		LOGP(DMODEM, LOGL_ERROR, "%s: its SIM cannot be remembered in %s: %s\n", m->ch.name,
		     m->cfg.sims, ld_strerror(rc));
}

int ld_chan_modem_accept(struct ld_channel *ch)
{
	struct modem *m = ch->priv;
	struct sims s;
	int rc;

	if (!identified(m))
		return LD_E_UNKNOWN;
	read_sims(m->cfg.sims, &s);
	rc = remember(m, &s);
	if (rc < 0)
		return rc;
	m->info.sim_changed = false;
	ld_modem_judge(m);
	return 0;
}

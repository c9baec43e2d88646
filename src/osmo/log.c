/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/osmo/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <osmocom/core/application.h>
#include <osmocom/core/utils.h>

#include "laido/base/err.h"

static const struct log_info_cat categories[] = {
#define LD_LOG_CAT_(id, cat, about) \
	[id] = { .name = cat, .description = about, .enabled = 1, .loglevel = LOGL_NOTICE },
	LD_LOG_CATEGORIES(LD_LOG_CAT_)
#undef LD_LOG_CAT_
};

static const struct log_info info = {
	.cat = categories,
	.num_cat = LD_N_LOG_CATEGORIES,
};

static const struct {
	const char *name;
	uint8_t level;
} levels[] = {
	{ "debug", LOGL_DEBUG }, { "info", LOGL_INFO },   { "notice", LOGL_NOTICE },
	{ "error", LOGL_ERROR }, { "fatal", LOGL_FATAL },
};

/* The log target is the one mutable global that is allowed. */
static struct log_target *target;
static struct ld_log_cfg clock_cfg;

static size_t put_stamp(char *buf, size_t size)
{
	struct tm tm;
	int64_t ms;
	time_t sec;
	int n;

	if (!clock_cfg.utc_ms)
		return 0;
	ms = clock_cfg.utc_ms(clock_cfg.arg);
	sec = (time_t)(ms / 1000);
	gmtime_r(&sec, &tm);
	n = snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ", tm.tm_year + 1900,
		     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* One write a line: lines of several threads and processes on one stderr stay whole. libosmocore
 * calls us under its log mutex. */
static void put_line(struct log_target *t, unsigned int level, const char *line)
{
	char buf[4096];
	size_t at = put_stamp(buf, sizeof(buf));
	size_t len = strnlen(line, sizeof(buf) - at - 1);

	(void)t;
	(void)level;
	memcpy(buf + at, line, len);
	if (len > 0 && line[len - 1] != '\n')
		buf[at + len++] = '\n';
	if (write(STDERR_FILENO, buf, at + len) < 0)
		return; /* there is nowhere left to say it */
}

int ld_log_init(void *ctx, const struct ld_log_cfg *cfg)
{
	if (cfg)
		clock_cfg = *cfg;
	if (log_init(&info, ctx) < 0)
		return LD_E_NOMEM;
	log_enable_multithread();
	target = log_target_create();
	if (!target)
		return LD_E_NOMEM;
	target->output = put_line;
	log_set_all_filter(target, 1);
	log_set_use_color(target, 0);
	log_set_print_timestamp(target, 0);
	log_set_print_extended_timestamp(target, 0);
	log_set_print_category_hex(target, 0);
	log_set_print_category(target, 1);
	log_set_print_level(target, 1);
	log_set_print_filename2(target, LOG_FILENAME_BASENAME);
	log_add_target(target);
	/* What libraries find worth a notice, such as each attempt to connect, our rooms say too. */
	for (unsigned i = LD_N_LOG_CATEGORIES; i < osmo_log_info->num_cat; i++)
		target->categories[i].loglevel = LOGL_ERROR;
	return 0;
}

static int level_of(const char *name)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(levels); i++)
		if (strcasecmp(levels[i].name, name) == 0)
			return levels[i].level;
	return -1;
}

int ld_log_level(const char *category, const char *level)
{
	int value = level_of(level);
	int found = 0;

	if (!target || value < 0)
		return LD_E_UNKNOWN;
	for (unsigned i = 0; i < osmo_log_info->num_cat; i++) {
		if (category ? strcasecmp(osmo_log_info->cat[i].name, category) != 0
			     : i >= LD_N_LOG_CATEGORIES)
			continue;
		target->categories[i].enabled = 1;
		target->categories[i].loglevel = (uint8_t)value;
		found = 1;
	}
	return found ? 0 : LD_E_UNKNOWN;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule/check: what ld_content_check() finds, and what only calendars know: days that never come,
 * rules nobody understands, reminders whose words are missing. */
#ifndef LAIDO_SCHEDULE_CHECK_H
#define LAIDO_SCHEDULE_CHECK_H

#include "laido/content/check.h"

/* Findings go to cb, file by file. Returns the number of errors among them. */
unsigned ld_schedule_check(const struct ld_content *c, ld_finding_cb cb, void *arg);

#endif

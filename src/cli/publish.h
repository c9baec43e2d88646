/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: what laido publish is made of. */
#ifndef CLI_PUBLISH_H
#define CLI_PUBLISH_H

#include "cli.h"

/* ---- diff.c ---- */

struct tally_diff {
	unsigned added, changed, removed;
};

/* What people would notice, a line each: "+ lesson DVC 9 ...". old: NULL for nothing at all. Files
 * whose contents are no screens, messages or lessons are named as a whole. */
void diff_content(const struct ld_content *c, const struct ld_folder *files,
		  const struct ld_content *old, const struct ld_folder *old_files,
		  struct tally_diff *ret);

#endif

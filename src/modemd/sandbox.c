/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include <errno.h>
#include <seccomp.h>

/* What is left to a program that only talks over descriptors it has: the C library's needs, reading
 * and writing, waiting, the terminal. Everything else fails with EPERM rather than kills, because
 * a diagnostic path of some library must not take the modem down. */
static const char *const allowed[] = {
	"read", "readv", "write", "writev", "pread64", "lseek", "close", "fstat", "newfstatat",
	"fsync", "fdatasync", "ftruncate", "flock", "ioctl", "fcntl", "dup",
	"sendto", "sendmsg", "recvfrom", "recvmsg",
	"poll", "ppoll", "select", "pselect6", "nanosleep", "clock_nanosleep",
	"clock_gettime", "clock_getres", "gettimeofday", "time", "adjtimex", "getrandom",
	"mmap", "munmap", "mremap", "mprotect", "madvise", "brk",
	"futex", "sched_yield", "sched_getaffinity", "rseq", "set_robust_list", "membarrier",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
	"getpid", "gettid", "tgkill", "exit", "exit_group",
};

int ld_sandbox(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx ? 0 : -ENOMEM;

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	for (size_t i = 0; rc == 0 && i < LD_ARRAY_SIZE(allowed); i++) {
		int nr = seccomp_syscall_resolve_name(allowed[i]);

		if (nr != __NR_SCMP_ERROR)      /* not every architecture has them all */
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
		if (rc == -EEXIST || (rc < 0 && nr < 0))
			rc = 0;
	}
	if (rc == 0)
		rc = seccomp_load(ctx);         /* sets no_new_privs too */
	seccomp_release(ctx);
	return rc;
}

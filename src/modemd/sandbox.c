/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

/* What is left to a program that only talks over descriptors it has: the C library's needs, reading
 * and writing, waiting, the terminal. */
static const char *const allowed[] = {
	"read", "readv", "write", "writev", "pread64", "lseek", "close", "fstat", "newfstatat",
	"fsync", "fdatasync", "ftruncate", "flock", "fcntl", "dup",
	"sendto", "sendmsg", "recvfrom", "recvmsg",
	"poll", "ppoll", "select", "pselect6", "nanosleep", "clock_nanosleep",
	"clock_gettime", "clock_getres", "gettimeofday", "time", "adjtimex", "getrandom",
	"munmap", "mremap", "madvise", "brk",
	"futex", "sched_yield", "sched_getaffinity", "rseq", "set_robust_list", "membarrier",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
	"getpid", "gettid", "exit", "exit_group",
};

/* Until tty, pty and journal are open, and the thread runs. */
static const char *const opening[] = {
	"openat", "open", "readlink", "readlinkat", "getdents64", "eventfd2",
	"prlimit64", "seccomp", "prctl", "getuid", "geteuid", "getgid", "getegid", "statfs",
	"fstatfs", "stat", "lstat", "fchmod", "rename", "renameat", "renameat2", "unlink",
	"unlinkat", "access", "faccessat", "faccessat2", "set_tid_address", "uname",
};

/* What only somebody who has taken the worker over would do. */
static const char *const deadly[] = {
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "execve",
	"execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
	"pidfd_open", "pidfd_getfd", "kill", "tkill", "mount", "umount2", "chroot", "pivot_root",
	"setuid", "setgid", "setresuid", "setresgid", "setgroups", "capset", "unshare", "setns",
	"bpf", "perf_event_open", "io_uring_setup", "userfaultfd", "keyctl", "add_key",
	"request_key", "init_module", "finit_module", "delete_module", "kexec_load", "reboot",
	"personality", "memfd_create", "sendmmsg",
};

/* Of terminals. */
static const unsigned long ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, TCFLSH, TCSBRK, TIOCMGET, TIOCMSET, TIOCMBIS, TIOCMBIC,
	TIOCGWINSZ, FIONREAD, FIONBIO, TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER, TIOCEXCL, TIOCNXCL,
};

static int rule(scmp_filter_ctx ctx, uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);
	int rc = nr == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, action, nr, 0);

	/* not every architecture has them all */
	return rc == -EEXIST || (rc < 0 && nr < 0) ? 0 : rc;
}

static int rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = rule(ctx, action, names[i]);
	return rc;
}

/* Memory is never run that was written; signals go to ourselves. */
static int arguments(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp not_run[] = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) };
	const struct scmp_arg_cmp run[] = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC) };
	const struct scmp_arg_cmp own[] = { SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()) };
	static const char *const memory[] = { "mmap", "mmap2", "mprotect" };
	int rc = 0;

	for (size_t i = 0; i < LD_ARRAY_SIZE(memory) && rc == 0; i++) {
		int nr = seccomp_syscall_resolve_name(memory[i]);

		if (nr < 0)
			continue;               /* not on this architecture */
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, not_run);
		if (rc == 0)
			rc = seccomp_rule_add_array(ctx, SCMP_ACT_KILL_PROCESS, nr, 1, run);
	}
	if (rc == 0)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, own);
	for (size_t i = 0; i < LD_ARRAY_SIZE(ioctls) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				      SCMP_A1(SCMP_CMP_EQ, ioctls[i]));
	return rc;
}

/* Threads, but no processes. clone3() hides what it makes: without it the C library takes clone(). */
static int threads(scmp_filter_ctx ctx, enum ld_sandbox how)
{
	const struct scmp_arg_cmp thread[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
						       CLONE_THREAD) };
	const struct scmp_arg_cmp process[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0) };
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (rc == 0)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, process);
	if (rc == 0 && how == LD_SANDBOX_OPENING)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, thread);
	return rc;
}

int ld_sandbox(enum ld_sandbox how)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx ? 0 : -ENOMEM;

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = rules(ctx, SCMP_ACT_ALLOW, allowed, LD_ARRAY_SIZE(allowed));
	if (rc == 0 && how == LD_SANDBOX_OPENING)
		rc = rules(ctx, SCMP_ACT_ALLOW, opening, LD_ARRAY_SIZE(opening));
	if (rc == 0)
		rc = rules(ctx, SCMP_ACT_KILL_PROCESS, deadly, LD_ARRAY_SIZE(deadly));
	if (rc == 0)
		rc = arguments(ctx);
	if (rc == 0)
		rc = threads(ctx, how);
	if (rc == 0)
		rc = seccomp_load(ctx);         /* sets no_new_privs too */
	seccomp_release(ctx);
	return rc;
}

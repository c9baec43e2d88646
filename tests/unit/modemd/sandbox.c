/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's cage, by trying to get out of it: each attempt in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"

enum { FINE = 0, REFUSED = 7, WRONG = 8 };

static int outcome(int rc)
{
	return rc >= 0 ? FINE : errno == EPERM ? REFUSED : WRONG;
}

static int a_socket(void) { return outcome(socket(AF_INET, SOCK_STREAM, 0)); }
static int a_unix_socket(void) { return outcome(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int a_shell(void)
{
	char *argv[] = { (char []){ "sh" }, NULL };

	return outcome(execv("/bin/sh", argv));
}
static int a_child(void) { return outcome(fork()); }
static int a_signal(void) { return outcome(kill(getppid(), 0)); }
static int code(void)
{
	return outcome(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
}
static int code_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? WRONG : outcome(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}
static int a_file(void) { return outcome(open("/etc/passwd", O_RDONLY)); }
static int a_folder(void) { return outcome(mkdir("/tmp/never", 0700)); }
static int a_rename(void) { return outcome(rename("/tmp/never", "/tmp/never2")); }
static int a_foreign_ioctl(void) { return outcome(ioctl(0, TIOCSTI, "x")); }

static void *nothing(void *arg) { return arg; }
static int a_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) == 0 ? FINE : WRONG;
}
static int memory(void)
{
	char *p = malloc(8 << 20);

	if (!p)
		return WRONG;
	memset(p, 1, 8 << 20);
	free(p);
	return FINE;
}
static int a_terminal(void)
{
	struct termios t;

	return tcgetattr(0, &t) == 0 || errno == ENOTTY || errno == ENOTSUP || errno == EIO ?
	       FINE : WRONG;
}
static int a_line(void) { return write(1, "", 0) == 0 ? FINE : WRONG; }

static const struct {
	const char *what;
	int (*attempt)(void);
	int opening, closed;            /* FINE, REFUSED, or minus a signal */
} attempts[] = {
	{ "a network socket", a_socket, -SIGSYS, -SIGSYS },
	{ "a Unix socket", a_unix_socket, -SIGSYS, -SIGSYS },
	{ "a shell", a_shell, -SIGSYS, -SIGSYS },
	{ "a child", a_child, -SIGSYS, -SIGSYS },
	{ "a signal to another process", a_signal, -SIGSYS, -SIGSYS },
	{ "memory to write and run", code, -SIGSYS, -SIGSYS },
	{ "memory to run later", code_later, -SIGSYS, -SIGSYS },
	{ "a file", a_file, FINE, REFUSED },
	{ "a folder", a_folder, REFUSED, REFUSED },
	{ "a new name", a_rename, WRONG, REFUSED },     /* there is no such file */
	{ "typing into a terminal", a_foreign_ioctl, REFUSED, REFUSED },
	{ "a thread", a_thread, FINE, WRONG },
	{ "memory", memory, FINE, FINE },
	{ "a terminal's settings", a_terminal, FINE, FINE },
	{ "writing", a_line, FINE, FINE },
};

/* What became of it: an exit status, or minus the signal that ended it. */
static int try(enum ld_sandbox how, int (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ld_sandbox(LD_SANDBOX_OPENING) < 0 ||
		    (how == LD_SANDBOX_CLOSED && ld_sandbox(how) < 0))
			_exit(99);
		_exit(attempt());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_opening(void **state)
{
	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(attempts); i++)
		if (try(LD_SANDBOX_OPENING, attempts[i].attempt) != attempts[i].opening)
			fail_msg("%s: %d", attempts[i].what,
				 try(LD_SANDBOX_OPENING, attempts[i].attempt));
}

static void test_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(attempts); i++)
		if (try(LD_SANDBOX_CLOSED, attempts[i].attempt) != attempts[i].closed)
			fail_msg("%s: %d", attempts[i].what,
				 try(LD_SANDBOX_CLOSED, attempts[i].attempt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening), cmocka_unit_test(test_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

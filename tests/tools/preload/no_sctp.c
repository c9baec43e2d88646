/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LD_PRELOAD for osmo-msc on a kernel without SCTP. It listens for MMEs (SGs) by SCTP and ends when
 * it cannot, and nothing switches that off. No MME and no BSC is in the tests, so sockets that
 * nobody will ever speak to may as well be TCP; SMPP is left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");

	return real(domain, type, protocol == IPPROTO_SCTP ? IPPROTO_TCP : protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");

	return level == IPPROTO_SCTP ? 0 : real(fd, level, name, value, len);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/link/https/hello.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

enum {
	EVERY_MS = 10 * 1000,
	FIRST_MS = 300,
	A_SECOND = 20, /* signatures looked at in a second: a flood costs 2 ms of it */
	A_TURN = 64,   /* datagrams read before the loop goes on */
	SIGNED_LEN = LD_HELLO_LEN - 64,
	KNOWN_MAX = 128,
};

static const char magic[8] = "LDHELLO1", group[] = "ff12::6c64:6f31";

struct ld_hellos {
	struct ld_hellos_cfg cfg;
	struct osmo_fd ofd;
	struct osmo_timer_list timer;
	struct in6_addr group;
	uint64_t start, count;
	int64_t second; /* of the clock; so many were looked at in it */
	unsigned looked;
	struct ld_hello_stats stats;
	struct known {
		uint8_t pk[32];
		uint64_t start, count;
	} known[KNOWN_MAX];
	unsigned n_known;
};

/* ---- octets ---- */

static void put(uint8_t **p, const void *data, size_t len)
{
	memcpy(*p, data, len);
	*p += len;
}

static void put_be(uint8_t **p, uint64_t v, int len)
{
	for (int i = len - 1; i >= 0; i--)
		*(*p)++ = (uint8_t)(v >> (8 * i));
}

static uint64_t get_be(const uint8_t **p, int len)
{
	uint64_t v = 0;

	while (len-- > 0)
		v = v << 8 | *(*p)++;
	return v;
}

void ld_hello_sign(uint8_t ret[LD_HELLO_LEN], const struct ld_hello *h, const struct ld_keypair *key)
{
	uint8_t *p = ret;

	put(&p, magic, sizeof(magic));
	put(&p, h->pk, sizeof(h->pk));
	put(&p, h->ward.b, sizeof(h->ward.b));
	put_be(&p, h->start, 8);
	put_be(&p, h->count, 8);
	put_be(&p, h->port, 2);
	ld_sign(p, key, ret, SIGNED_LEN);
}

/* What it says, without a look at the signature. */
static int parse(struct ld_hello *ret, const uint8_t *data, size_t len)
{
	const uint8_t *p = data + sizeof(magic);

	if (len != LD_HELLO_LEN || memcmp(data, magic, sizeof(magic)) != 0)
		return LD_E_CORRUPT;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->pk, p, sizeof(ret->pk));
	p += sizeof(ret->pk);
	memcpy(ret->ward.b, p, sizeof(ret->ward.b));
	p += sizeof(ret->ward.b);
	ret->start = get_be(&p, 8);
	ret->count = get_be(&p, 8);
	ret->port = (uint16_t)get_be(&p, 2);
	return 0;
}

int ld_hello_read(struct ld_hello *ret, const uint8_t *data, size_t len)
{
	int rc = parse(ret, data, len);

	if (rc == 0 && !ld_verify(data + SIGNED_LEN, ret->pk, data, SIGNED_LEN))
		rc = LD_E_FORGED;
	return rc;
}

/* ---- hearing ---- */

/* Is it newer than what was heard of that key? A new start cannot be told from an old one: that is
 * why a HELLO never moves a link that works. */
static bool is_new(struct ld_hellos *s, const struct ld_hello *h)
{
	struct known *k = NULL;

	for (unsigned i = 0; i < s->n_known && !k; i++)
		if (memcmp(s->known[i].pk, h->pk, sizeof(h->pk)) == 0)
			k = &s->known[i];
	if (k && k->start == h->start && h->count <= k->count)
		return false;
	if (!k)
		k = &s->known[s->n_known < KNOWN_MAX
				      ? s->n_known++
				      : ld_random_below(s->cfg.random, KNOWN_MAX)];
	memcpy(k->pk, h->pk, sizeof(k->pk));
	k->start = h->start;
	k->count = h->count;
	return true;
}

static bool may_look(struct ld_hellos *s)
{
	int64_t second = ld_clock_monotonic_ms(s->cfg.clock) / 1000;

	if (second != s->second)
		s->looked = 0;
	s->second = second;
	return s->looked++ < A_SECOND;
}

static void hear(struct ld_hellos *s, const uint8_t *data, size_t len,
		 const struct sockaddr_in6 *from)
{
	char host[LD_HELLO_HOST_MAX], addr[INET6_ADDRSTRLEN], iface[IF_NAMESIZE];
	struct ld_hello h;

	if (parse(&h, data, len) < 0 || h.port == 0 ||
	    (memcmp(&h.ward, &s->cfg.ward, sizeof(h.ward)) != 0 &&
	     memcmp(&h.ward, &s->cfg.also, sizeof(h.ward)) != 0)) {
		s->stats.bad++;
		return;
	}
	if (memcmp(h.pk, s->cfg.key->pk, sizeof(h.pk)) == 0)
		return; /* ourselves */
	if (!may_look(s)) {
		s->stats.crowded++;
		return;
	}
	if (ld_hello_read(&h, data, len) < 0) {
		s->stats.forged++;
		return;
	}
	if (!is_new(s, &h)) {
		s->stats.again++;
		return;
	}
	s->stats.heard++;
	inet_ntop(AF_INET6, &from->sin6_addr, addr, sizeof(addr));
	if (IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr) && if_indextoname(from->sin6_scope_id, iface))
		snprintf(host, sizeof(host), "%s%%%s", addr, iface);
	else
		snprintf(host, sizeof(host), "%s", addr);
	s->cfg.heard(s->cfg.arg, &h, host);
}

static int readable(struct osmo_fd *ofd, unsigned what)
{
	struct ld_hellos *s = ofd->data;
	uint8_t data[LD_HELLO_LEN + 1];
	struct sockaddr_in6 from;

	(void)what;
	for (unsigned i = 0; i < A_TURN; i++) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(ofd->fd, data, sizeof(data), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0)
			break;
		hear(s, data, (size_t)n, &from);
	}
	return 0;
}

/* ---- saying ---- */

static void say_on(struct ld_hellos *s, unsigned iface)
{
	struct ipv6_mreq join = {.ipv6mr_multiaddr = s->group, .ipv6mr_interface = iface};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
				  .sin6_addr = s->group,
				  .sin6_port = htons(s->cfg.udp_port),
				  .sin6_scope_id = iface};
	struct ld_hello h = {.ward = s->cfg.ward,
			     .start = s->start,
			     .count = ++s->count,
			     .port = s->cfg.tcp_port};
	uint8_t data[LD_HELLO_LEN];

	/* An interface may have come since the last time; the others are joined already. */
	setsockopt(s->ofd.fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &join, sizeof(join));
	if (s->cfg.tcp_port == 0)
		return;
	memcpy(h.pk, s->cfg.key->pk, sizeof(h.pk));
	ld_hello_sign(data, &h, s->cfg.key);
	if (sendto(s->ofd.fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&to,
		   sizeof(to)) == sizeof(data))
		s->stats.sent++;
}

static void due(void *arg)
{
	struct ld_hellos *s = arg;
	uint32_t wait = EVERY_MS * 3 / 4 + ld_random_below(s->cfg.random, EVERY_MS / 2);
	struct ifaddrs *all;

	osmo_timer_schedule(&s->timer, (int)(wait / 1000), (int)(wait % 1000 * 1000));
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		unsigned need = IFF_UP | IFF_MULTICAST;

		if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6 &&
		    (a->ifa_flags & need) == need &&
		    IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr))
			say_on(s, if_nametoindex(a->ifa_name));
	}
	freeifaddrs(all);
}

/* ---- life ---- */

static int open_socket(uint16_t port, struct ld_errmsg *err)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int on = 1, off = 0, fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ld_fail(err, -errno, "HELLO: %s; is IPv6 switched off? mesh.hello = false "
			       "does without", strerror(errno));
	/* Several boards of one machine, in a trial, share the port. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		int rc = -errno;

		close(fd);
		return ld_fail(err, rc, "HELLO: UDP port %u: %s", port, strerror(-rc));
	}
	return fd;
}

int ld_hellos_start(struct ld_hellos **ret, const struct ld_hellos_cfg *cfg, struct ld_errmsg *err)
{
	struct ld_hellos *s = calloc(1, sizeof(*s));
	int fd;

	if (!s)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	fd = open_socket(cfg->udp_port, err);
	if (fd < 0) {
		free(s);
		return fd;
	}
	s->cfg = *cfg;
	s->start = ld_random_u64(cfg->random);
	inet_pton(AF_INET6, group, &s->group);
	osmo_fd_setup(&s->ofd, fd, OSMO_FD_READ, readable, s, 0);
	osmo_fd_register(&s->ofd);
	osmo_timer_setup(&s->timer, due, s);
	osmo_timer_schedule(&s->timer, 0, FIRST_MS * 1000);
	*ret = s;
	return 0;
}

void ld_hellos_stats(const struct ld_hellos *s, struct ld_hello_stats *ret)
{
	*ret = s->stats;
}

void ld_hellos_stop(struct ld_hellos *s)
{
	if (!s)
		return;
	osmo_timer_del(&s->timer);
	osmo_fd_unregister(&s->ofd);
	close(s->ofd.fd);
	free(s);
}

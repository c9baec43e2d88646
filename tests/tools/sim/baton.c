/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baton.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "laido/base/err.h"

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __real_pthread_join(pthread_t, void **);
int __real_poll(struct pollfd *, nfds_t, int);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_join(pthread_t, void **);
int __wrap_poll(struct pollfd *, nfds_t, int);

struct baton {
	struct baton *next;
	pthread_t thread;
	sem_t go, back;
	void *(*run)(void *);
	void *arg;
	bool idle, over;
	bool asleep;            /* until it is given work: time alone changes nothing */
};

static struct baton *batons;
static __thread struct baton *mine;

static void *carry(void *arg)
{
	mine = arg;
	sem_wait(&mine->go);
	mine->run(mine->arg);
	mine->over = true;
	mine->idle = true;
	sem_post(&mine->back);
	return NULL;
}

int __wrap_pthread_create(pthread_t *ret, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	struct baton *b = calloc(1, sizeof(*b));
	int rc;

	ld_assert(b);
	sem_init(&b->go, 0, 0);
	sem_init(&b->back, 0, 0);
	b->run = run;
	b->arg = arg;
	rc = __real_pthread_create(ret, attr, carry, b);
	ld_assert(rc == 0);
	b->thread = *ret;
	b->next = batons;
	batons = b;
	return 0;
}

int __wrap_pthread_join(pthread_t thread, void **ret)
{
	struct baton **at = &batons, *b;
	int rc;

	while (*at && !pthread_equal((*at)->thread, thread))
		at = &(*at)->next;
	b = *at;
	ld_assert(b);
	while (!b->over)
		baton_run(b);
	rc = __real_pthread_join(thread, ret);
	*at = b->next;
	sem_destroy(&b->go);
	sem_destroy(&b->back);
	free(b);
	return rc;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (!mine)
		return __real_poll(fds, n, timeout_ms);
	mine->idle = n > 0;
	mine->asleep = n > 0 && timeout_ms < 0;
	sem_post(&mine->back);
	sem_wait(&mine->go);
	return n > 0 ? __real_poll(fds, n, 0) : 0;
}

struct baton *baton_latest(void)
{
	return batons;
}

bool baton_asleep(const struct baton *b)
{
	return b->asleep || b->over;
}

bool baton_run(struct baton *b)
{
	if (b->over)
		return false;
	sem_post(&b->go);
	sem_wait(&b->back);
	return b->idle;
}

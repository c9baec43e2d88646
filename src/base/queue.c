/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/base/queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "laido/base/err.h"

struct ld_queue {
	pthread_mutex_t lock;
	int fd;
	unsigned head;
	struct ld_queue_stats stats;
	void *items[];
};

struct ld_queue *ld_queue_new_quiet(unsigned capacity)
{
	struct ld_queue *q = calloc(1, sizeof(*q) + capacity * sizeof(void *));

	if (!q)
		return NULL;
	q->fd = -1;
	pthread_mutex_init(&q->lock, NULL);
	q->stats.capacity = capacity;
	return q;
}

struct ld_queue *ld_queue_new(unsigned capacity)
{
	struct ld_queue *q = ld_queue_new_quiet(capacity);

	if (q && (q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		ld_queue_free(q);
		return NULL;
	}
	return q;
}

void ld_queue_free(struct ld_queue *q)
{
	if (!q)
		return;
	if (q->fd >= 0)
		close(q->fd);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

int ld_queue_push(struct ld_queue *q, void *item)
{
	int rc = 0;

	pthread_mutex_lock(&q->lock);
	if (q->stats.length == q->stats.capacity) {
		q->stats.refused++;
		rc = LD_E_BUSY;
	} else {
		q->items[(q->head + q->stats.length) % q->stats.capacity] = item;
		q->stats.length++;
		q->stats.pushed++;
		if (q->stats.length > q->stats.high_water)
			q->stats.high_water = q->stats.length;
		if (q->stats.length == 1 && q->fd >= 0)
			eventfd_write(q->fd, 1);
	}
	pthread_mutex_unlock(&q->lock);
	return rc;
}

static void *take(struct ld_queue *q)
{
	void *item = NULL;

	pthread_mutex_lock(&q->lock);
	if (q->stats.length > 0) {
		item = q->items[q->head];
		q->head = (q->head + 1) % q->stats.capacity;
		q->stats.length--;
		if (q->stats.length == 0 && q->fd >= 0) {
			eventfd_t n;
			eventfd_read(q->fd, &n);
		}
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

void *ld_queue_pop(struct ld_queue *q, int timeout_ms)
{
	void *item = take(q);

	ld_assert(timeout_ms == 0 || q->fd >= 0);
	if (!item && timeout_ms != 0) {
		struct pollfd p = { .fd = q->fd, .events = POLLIN };
		int rc;

		do
			rc = poll(&p, 1, timeout_ms);
		while (rc < 0 && errno == EINTR);
		item = take(q);
	}
	return item;
}

int ld_queue_fd(const struct ld_queue *q)
{
	return q->fd;
}

void ld_queue_stats(struct ld_queue *q, struct ld_queue_stats *ret_stats)
{
	pthread_mutex_lock(&q->lock);
	*ret_stats = q->stats;
	pthread_mutex_unlock(&q->lock);
}

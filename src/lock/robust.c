#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/futex.h"
#include "lock/robust.h"

static uint32_t own_id(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static uint32_t look(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* On failure *seen is what it holds. */
static bool replace(uint32_t *word, uint32_t *seen, uint32_t with)
{
	return __atomic_compare_exchange_n(word, seen, with, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

void robust_begin(struct robust *robust, long distance)
{
	*robust = (struct robust){.list = {&robust->list}, .distance = distance};
	syscall(SYS_set_robust_list, robust, sizeof *robust);
}

uint32_t robust_owner(const uint32_t *word)
{
	return look(word) & ROBUST_OWNER;
}

static struct robust_node *node_of(const struct robust *robust, uint32_t *word)
{
	return (struct robust_node *)(void *)((char *)word - robust->distance);
}

/*
 * From here on the kernel looks at this word too as the thread ends: it frees it where it
 * is ours, and where it is nobody's hands on a wake that we may have swallowed.
 */
static void announce(struct robust *robust, struct robust_node *node)
{
	robust->pending = node;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void announce_nothing(struct robust *robust)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	robust->pending = NULL;
}

static void link_node(struct robust *robust, struct robust_node *node)
{
	node->next = robust->list.next;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	robust->list.next = node;
}

static void unlink_node(struct robust *robust, struct robust_node *node)
{
	struct robust_node *before = &robust->list;
	while (before->next != node)
		before = before->next;
	before->next = node->next;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	node->next = NULL;
}

/* Take it where it is free; *seen is what it held. */
static bool take_now(struct robust *robust, uint32_t *word, uint32_t mark, uint32_t *seen)
{
	*seen = look(word);
	while ((*seen & ROBUST_OWNER) == 0)
		if (replace(word, seen, own_id() | (*seen & ROBUST_WAITERS) | mark)) {
			link_node(robust, node_of(robust, word));
			return true;
		}
	return false;
}

/* While it is somebody's, as it was seen: 0 to look again. */
static int sleep_on(uint32_t *word, uint32_t seen, const struct deadline *deadline)
{
	if (deadline->patience.kind == NOT_AT_ALL) {
		errno = EAGAIN;
		return -1;
	}
	if (!(seen & ROBUST_WAITERS) && !replace(word, &seen, seen | ROBUST_WAITERS))
		return 0;
	return deadline_futex(deadline, word, seen | ROBUST_WAITERS, ~UINT32_C(0));
}

bool robust_try(struct robust *robust, uint32_t *word, bool *died)
{
	uint32_t seen;
	announce(robust, node_of(robust, word));
	bool taken = take_now(robust, word, 0, &seen);
	announce_nothing(robust);
	*died = taken && (seen & ROBUST_DIED);
	return taken;
}

int robust_take(struct robust *robust, uint32_t *word, const struct deadline *deadline,
                bool *died)
{
	uint32_t seen, mark = 0;
	int result = 0, error = 0;
	bool taken;
	announce(robust, node_of(robust, word));
	while (!(taken = take_now(robust, word, mark, &seen)) && result == 0) {
		result = sleep_on(word, seen, deadline);
		error = errno;
		/* who has slept does not know whether others still do */
		mark = ROBUST_WAITERS;
	}
	announce_nothing(robust);
	*died = taken && (seen & ROBUST_DIED);
	errno = error;
	return taken ? 0 : -1;
}

int robust_wait(struct robust *robust, uint32_t *word, const struct deadline *deadline)
{
	uint32_t seen;
	bool slept = false;
	int result = 0;
	announce(robust, node_of(robust, word));
	while (result == 0 && ((seen = look(word)) & ROBUST_OWNER) != 0) {
		result = sleep_on(word, seen, deadline);
		slept = true;
	}
	/* the kernel wakes one when an owner dies */
	if (slept && result == 0)
		futex_wake(word, INT_MAX);
	announce_nothing(robust);
	return result;
}

void robust_give(struct robust *robust, uint32_t *word, int sleepers, bool died)
{
	struct robust_node *node = node_of(robust, word);
	announce(robust, node);
	unlink_node(robust, node);
	uint32_t before =
	    __atomic_exchange_n(word, died ? ROBUST_DIED : 0, __ATOMIC_SEQ_CST);
	if (before & ROBUST_WAITERS)
		futex_wake(word, sleepers);
	announce_nothing(robust);
}

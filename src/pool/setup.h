/*
 * A pool: what pool_run() has while it runs, and how that is made and released.
 */
#ifndef POOL_SETUP_H
#define POOL_SETUP_H

#include "base/deadline.h"
#include "pool/pool.h"
#include "pool/retry.h"
#include "pool/workers.h"
#include "queue/queue.h"

struct pool {
	const struct pool_options *options;
	struct name name;
	struct queue queue; /* the messages come from */
	struct workers workers;
	struct retry retry;
	struct deadline timeout;
	int64_t received, run; /* numbers of messages, of commands */
	bool stopping;         /* no more messages are received */
};

/*
 * Open the queues, find the command and allocate the workers; no command runs yet. A
 * failure is reported, its status is one of a failure before a command
 * (status_before_command()), or 126 or 127. pool_release() is called in any case.
 */
enum status pool_setup(struct pool *pool, const struct pool_options *options,
                       const char *queue, char **command);
void pool_release(struct pool *pool);

#endif

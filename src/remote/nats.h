/* SPDX-License-Identifier: MIT */
/*
 * NATS JetStream by its C client (libnats), as an engine of remote/engine.h.
 *
 * The library reads, connects again and calls back in threads of its own, which block all
 * signals; its callbacks only record what happened and make a descriptor readable, and
 * step() takes it from there.
 *
 * A priority is the header "Ipctool-Priority", an id is "Nats-Msg-Id", by which a stream
 * recognizes what it has stored already.
 */
#ifndef REMOTE_NATS_H
#define REMOTE_NATS_H

#include <nats/nats.h>
#include <pthread.h>

#include "base/deadline.h"
#include "base/timeout.h"
#include "remote/engine.h"
#include "remote/url.h"

enum { NATS_TEXT_MAX = 256, NATS_SERVERS_MAX = 16, NATS_DONE_MAX = 1 << 16 };

/* The options of every subcommand. */
struct nats_login {
	const char *user, *password_file, *token_file, *credentials;
	const char *authority, *certificate, *key, *tls_name;
	struct timeout timeout; /* to connect for the first time */
};

/* The rows of every subcommand, for a member that is a struct nats_login. */
#define NATS_LOGIN_OPTIONS(s, member)                                                    \
	STRING(0, "user", s, member.user, 0, "NAME", "the user, in place of the URL's"), \
	    STRING(0, "password-file", s, member.password_file, 0, "FILE",               \
	           "the first line of FILE is the password", .value = OPERAND_FILE),     \
	    STRING(0, "token-file", s, member.token_file, 0, "FILE",                     \
	           "the first line of FILE is the token", .value = OPERAND_FILE,         \
	           EXCLUDES("user password-file")),                                      \
	    STRING(0, "creds", s, member.credentials, 0, "FILE",                         \
	           "the credentials file of the user", .value = OPERAND_FILE),           \
	    STRING(0, "tls-ca", s, member.authority, 0, "FILE",                          \
	           "encrypt, and trust the certificates in FILE",                        \
	           .value = OPERAND_FILE),                                               \
	    STRING(0, "tls-cert", s, member.certificate, 0, "FILE",                      \
	           "encrypt, and show this certificate", .value = OPERAND_FILE),         \
	    STRING(0, "tls-key", s, member.key, 0, "FILE",                               \
	           "the key of that certificate", .value = OPERAND_FILE,                 \
	           REQUIRES("tls-cert")),                                                \
	    STRING(0, "tls-name", s, member.tls_name, 0, "HOST",                         \
	           "the name in the server's certificate")

/* The result of a message that was published; `text` why it was not stored, or "". */
struct nats_ack {
	natsMsg *message;
	natsStatus status;
	jsErrCode code;
	char text[NATS_TEXT_MAX];
};

/* Recorded by the threads of the library, under `lock`. */
struct nats_events {
	struct nats_ack *acks;
	size_t ack_count, ack_room;
	natsMsg **arrivals;
	size_t arrival_count, arrival_room;
	unsigned disconnected, reconnected;
	bool closed;
	char reason[NATS_TEXT_MAX]; /* of that */
};

/* A message that was published and has no result. */
struct nats_sent {
	natsMsg *message; /* NULL: it has one */
	uint64_t number; /* of engine->publish(); of a dead letter: that of its natsMsg */
	natsMsg *dead;   /* the message that was delivered, of a dead letter */
};

/* A message's place in its stream: if that is made anew, the time differs. */
struct nats_place {
	uint64_t sequence;
	int64_t time;
};

struct nats_session {
	struct engine_session session;
	natsOptions *options;
	natsConnection *connection;
	jsCtx *js;
	char shown[NATS_TEXT_MAX]; /* the servers, for messages */

	pthread_mutex_t lock;
	int event_fd;
	bool is_awake; /* event_fd is readable, or will be */
	struct nats_events events;
	struct nats_events taken; /* those that step() is looking at */

	/* publishing: messages without a result, in the order in which they were sent */
	const char *subject;
	char nonce[17]; /* of ids that this process makes */
	struct nats_sent *sent;
	size_t sent_begin, sent_end, sent_room;
	int64_t
	    progress; /* time of the last result, or of the first message after none */
	struct engine_result *results;
	size_t result_begin, result_end, result_room;
	bool has_reported; /* why messages are not taken */

	/* consuming */
	const char *stream, *consumer, *dead_subject;
	natsSubscription *subscription;
	natsInbox *inbox;
	char request_subject[NATS_TEXT_MAX];
	size_t requested;   /* messages of the request that is not over */
	int64_t request_at; /* time of the next one, or when this one is over */
	unsigned overdue;   /* requests that were over without a word */
	size_t most;        /* the largest number that was wanted */
	size_t unsettled;
	size_t letters; /* dead letters without a result */
	/* the last ones that were acknowledged, each at its sequence modulo NATS_DONE_MAX
	 */
	struct nats_place *done;
	int done_fd; /* the same in a file; -1: none */
	natsMsg **deliveries;
	size_t delivery_begin, delivery_end, delivery_room;
};

extern const struct engine nats_engine;

/*
 * Connect to the servers of `urls`, which are separated by commas, and whose passwords
 * are overwritten; wait for one as long as login->timeout says. The status is that of a
 * failure, which is reported; nats_close() is due in any case.
 */
enum status nats_open(struct nats_session *session, char *urls,
                      const struct nats_login *login);
void nats_close(struct engine_session *session);

/*
 * Report `status` of a call of the library that was about `subject`: STATUS_FAILED, or
 * STATUS_NOT_FOUND for a stream or consumer that does not exist.
 */
enum status nats_report(const struct nats_session *session, natsStatus status,
                        const char *subject);

/* While the library starts threads: they inherit that all signals are blocked. */
uint64_t nats_block_signals(void);
void nats_unblock_signals(uint64_t mask);

/* For the callbacks: lock, record something, unlock and wake up step(). */
struct nats_events *nats_lock_events(struct nats_session *session);
void nats_unlock_events(struct nats_session *session);

/* ------------------------------------------------ nats_publish.c, for step() */

/* For the context of JetStream: records the result. `closure` is the session. */
void nats_record_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error,
                     void *closure);
enum status nats_handle_acks(struct nats_session *session);

/* Nothing that was sent has a result any more; it may have been stored. */
void nats_forget_sent(struct nats_session *session);

bool nats_publish(struct engine_session *session, uint64_t number,
                  const struct engine_message *message);
bool nats_result(struct engine_session *session, struct engine_result *result);

/* A copy of a message that was delivered, to the dead-letter subject: false: not sent. */
bool nats_publish_letter(struct nats_session *session, natsMsg *dead, int status);

/* ------------------------------------------------ nats_consume.c, for step() */

/*
 * Begin to receive. `remember`, if not NULL, is the file that keeps what was acknowledged
 * for the next process; it is created with mode 0600.
 */
enum status nats_consume_begin(struct nats_session *session, const char *remember);
enum status nats_handle_arrivals(struct nats_session *session);
/* The request is over, by itself or by a new connection. */
void nats_end_request(struct nats_session *session);
/* At the end: what was delivered and not taken goes back. */
void nats_release_deliveries(struct nats_session *session);
/* The dead letter of a message is stored or not. */
void nats_settle_letter(struct nats_session *session, natsMsg *dead, bool is_stored);

void nats_want(struct engine_session *session, size_t most);
bool nats_delivery(struct engine_session *session, struct engine_message *message);
void nats_settle(struct engine_session *session, const struct engine_message *message,
                 const struct engine_settlement *settlement);
void nats_keep(struct engine_session *session, const struct engine_message *message);

/* ----------------------------------------------------------- nats_status.c */

/* A line for the stream and each of its consumers; NULL: of all streams. */
enum status nats_print_status(struct nats_session *session, const char *stream,
                              bool json);

#endif

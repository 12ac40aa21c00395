/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "remote/nats.h"

static const int64_t millisecond = 1000000;

uint64_t nats_block_signals(void)
{
	return ksig_procmask(SIG_BLOCK, ~UINT64_C(0));
}

void nats_unblock_signals(uint64_t mask)
{
	ksig_procmask(SIG_SETMASK, mask);
}

enum status nats_report(const struct nats_session *session, natsStatus status,
                        const char *subject)
{
	const char *text = nats_GetLastError(NULL);
	/* "(conn.c:2050): Authorization Violation" */
	const char *place = text != NULL && *text == '(' ? strstr(text, "): ") : NULL;
	if (place != NULL)
		text = place + 3;
	if (text == NULL || *text == '\0')
		text = natsStatus_GetText(status);
	return error_as(status == NATS_NOT_FOUND ? STATUS_NOT_FOUND : STATUS_FAILED,
	                "%s: %s: %s", session->shown, subject, text);
}

/* ----------------------------------------------------------------- callbacks */

struct nats_events *nats_lock_events(struct nats_session *session)
{
	pthread_mutex_lock(&session->lock);
	return &session->events;
}

void nats_unlock_events(struct nats_session *session)
{
	bool wakes = !session->is_awake;
	session->is_awake = true;
	pthread_mutex_unlock(&session->lock);
	uint64_t one = 1;
	if (wakes && write(session->event_fd, &one, sizeof one) < 0)
		return; /* it is readable already */
}

static void copy_text(char text[NATS_TEXT_MAX], const char *from)
{
	snprintf(text, NATS_TEXT_MAX, "%s", from != NULL ? from : "");
}

static void record_disconnect(natsConnection *connection, void *closure)
{
	(void)connection;
	nats_lock_events(closure)->disconnected++;
	nats_unlock_events(closure);
}

static void record_reconnect(natsConnection *connection, void *closure)
{
	(void)connection;
	nats_lock_events(closure)->reconnected++;
	nats_unlock_events(closure);
}

static void record_close(natsConnection *connection, void *closure)
{
	const char *reason = NULL;
	natsConnection_GetLastError(connection, &reason);
	struct nats_events *events = nats_lock_events(closure);
	events->closed = true;
	copy_text(events->reason, reason);
	nats_unlock_events(closure);
}

/* An error of the library that is about no call: calls fail because of it, or retry. */
static void ignore_error(natsConnection *connection, natsSubscription *subscription,
                         natsStatus status, void *closure)
{
	(void)connection;
	(void)subscription;
	(void)status;
	(void)closure;
}

/* ------------------------------------------------------------------- options */

struct server_list {
	const char *urls[NATS_SERVERS_MAX];
	char texts[NATS_SERVERS_MAX][REMOTE_URL_TEXT_MAX + 16];
	int count;
	/* of the first one that has any */
	char user[REMOTE_URL_SECRET_MAX + 1], password[REMOTE_URL_SECRET_MAX + 1];
	char token[REMOTE_URL_SECRET_MAX + 1];
	bool is_tls;
};

/* As the library wants it: without what is secret, with a port. */
static const char *add_server(struct server_list *list, char *text)
{
	struct remote_url url;
	const char *wrong = remote_url_parse(&url, text, "nats tls");
	if (wrong != NULL)
		return wrong;
	if (url.path[0] != '\0')
		return "has a path";
	if (list->count == NATS_SERVERS_MAX)
		return "is one of more than 16";
	bool brackets = strchr(url.host, ':') != NULL;
	snprintf(list->texts[list->count], sizeof list->texts[0], "%s://%s%s%s:%s",
	         url.scheme, brackets ? "[" : "",
	         url.host[0] != '\0' ? url.host : "localhost", brackets ? "]" : "",
	         url.port[0] != '\0' ? url.port : "4222");
	list->urls[list->count] = list->texts[list->count];
	list->count++;
	list->is_tls |= strcmp(url.scheme, "tls") == 0;
	/* nats://TOKEN@HOST */
	if (url.has_user && !url.has_password && list->token[0] == '\0')
		strcpy(list->token, url.user);
	if (url.has_password && list->password[0] == '\0') {
		strcpy(list->user, url.user);
		strcpy(list->password, url.password);
	}
	return NULL;
}

/* "nats://a:4222,nats://b:4222" */
static enum status parse_servers(struct nats_session *session, struct server_list *list,
                                 char *urls)
{
	const char *wrong = NULL;
	size_t used = 0;
	while (urls != NULL) {
		/* a comma may be part of a password only if it is encoded */
		char *next = strchr(urls, ',');
		if (next != NULL)
			*next++ = '\0';
		const char *why = add_server(list, urls);
		wrong = wrong != NULL ? wrong : why;
		urls = next;
	}
	if (wrong != NULL)
		return error_usage("the URL %s", wrong);
	for (int i = 0; i < list->count && used < sizeof session->shown; i++)
		used +=
		    (size_t)snprintf(session->shown + used, sizeof session->shown - used,
		                     "%s%s", i > 0 ? "," : "", list->urls[i]);
	return STATUS_OK;
}

/* A file's first line comes before a variable's value, and that before the URL's. */
static enum status read_secrets(struct server_list *list, const struct nats_login *login)
{
	enum status status = STATUS_OK;
	remote_url_take_variable(list->user, "NATS_USER");
	remote_url_take_variable(list->password, "NATS_PASSWORD");
	remote_url_take_variable(list->token, "NATS_TOKEN");
	if (login->user != NULL && snprintf(list->user, sizeof list->user, "%s",
	                                    login->user) >= (int)sizeof list->user)
		return error_usage("the name of the user is too long");
	if (login->password_file != NULL)
		status = remote_url_read_secret(list->password, login->password_file);
	if (status == STATUS_OK && login->token_file != NULL)
		status = remote_url_read_secret(list->token, login->token_file);
	return status;
}

static const char *option_or_variable(const char *option, const char *variable)
{
	const char *value = option != NULL ? option : frontend_get_variable(variable);
	return value != NULL && *value != '\0' ? value : NULL;
}

/* The files of a login, which the library reads. */
static natsStatus set_files(natsOptions *options, const struct nats_login *login,
                            bool is_tls, const char **file)
{
	const char *credentials = option_or_variable(login->credentials, "NATS_CREDS");
	const char *authority = option_or_variable(login->authority, "NATS_CA");
	const char *certificate = option_or_variable(login->certificate, "NATS_CERT");
	const char *key = option_or_variable(login->key, "NATS_KEY");
	natsStatus status = NATS_OK;
	const char *files[] = {credentials, authority, certificate, key};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		*file = files[i];
		if (*file != NULL && access(*file, R_OK) < 0)
			return NATS_NOT_FOUND; /* with errno */
	}
	if (credentials != NULL) {
		*file = credentials;
		status =
		    natsOptions_SetUserCredentialsFromFiles(options, credentials, NULL);
	}
	if (status == NATS_OK && (is_tls || authority != NULL || certificate != NULL)) {
		*file = "TLS";
		status = natsOptions_SetSecure(options, true);
	}
	if (status == NATS_OK && authority != NULL) {
		*file = authority;
		status = natsOptions_LoadCATrustedCertificates(options, authority);
	}
	if (status == NATS_OK && certificate != NULL) {
		*file = certificate;
		status = natsOptions_LoadCertificatesChain(
		    options, certificate, key != NULL ? key : certificate);
	}
	if (status == NATS_OK && login->tls_name != NULL) {
		*file = login->tls_name;
		status = natsOptions_SetExpectedHostname(options, login->tls_name);
	}
	return status;
}

static natsStatus set_options(struct nats_session *session, struct server_list *list)
{
	enum { RECONNECT_MS = 250, CONNECT_MS = 2000, WRITE_MS = 5000, PING_MS = 10000 };
	natsOptions *options = session->options;
	natsStatus status = natsOptions_SetServers(options, list->urls, list->count);
	if (status == NATS_OK && list->user[0] != '\0')
		status = natsOptions_SetUserInfo(options, list->user, list->password);
	else if (status == NATS_OK && list->token[0] != '\0')
		status = natsOptions_SetToken(options, list->token);
	natsOptions_SetName(options, "ipctool-nats");
	natsOptions_SetTimeout(options, CONNECT_MS);
	natsOptions_SetMaxReconnect(options, -1);
	natsOptions_SetReconnectWait(options, RECONNECT_MS);
	natsOptions_SetReconnectJitter(options, RECONNECT_MS, RECONNECT_MS);
	natsOptions_SetWriteDeadline(options, WRITE_MS);
	natsOptions_SetPingInterval(options, PING_MS);
	natsOptions_SetDisconnectedCB(options, record_disconnect, session);
	natsOptions_SetReconnectedCB(options, record_reconnect, session);
	natsOptions_SetClosedCB(options, record_close, session);
	natsOptions_SetErrorHandler(options, ignore_error, session);
	return status;
}

/* ------------------------------------------------------------------- opening */

static bool may_try_again(natsStatus status)
{
	return status == NATS_NO_SERVER || status == NATS_TIMEOUT ||
	       status == NATS_IO_ERROR || status == NATS_CONNECTION_CLOSED ||
	       status == NATS_CONNECTION_DISCONNECTED || status == NATS_STALE_CONNECTION;
}

static enum status connect_to_server(struct nats_session *session,
                                     const struct timeout *timeout)
{
	const int64_t pause = 250 * millisecond;
	struct deadline deadline = deadline_start(*timeout);
	for (bool reported = false;; reported = true) {
		uint64_t mask = nats_block_signals();
		natsStatus status =
		    natsConnection_Connect(&session->connection, session->options);
		nats_unblock_signals(mask);
		if (status == NATS_OK)
			return STATUS_OK;
		int64_t left = deadline_left(&deadline);
		if (!may_try_again(status))
			return nats_report(session, status, "cannot connect");
		if (left == 0)
			return error_as(timeout->kind == TIMEOUT_ZERO ? STATUS_WOULD_BLOCK
			                                              : STATUS_TIMED_OUT,
			                "%s: cannot connect: %s", session->shown,
			                natsStatus_GetText(status));
		if (!reported)
			error_as(STATUS_OK, "%s: cannot connect: %s; trying again",
			         session->shown, natsStatus_GetText(status));
		if (deadline_sleep(pause < left ? pause : left) < 0)
			return error_errno("%s", session->shown);
	}
}

static enum status begin_jetstream(struct nats_session *session)
{
	enum { PENDING = 1 << 20 };
	jsOptions options;
	jsOptions_Init(&options);
	options.PublishAsync.MaxPending = PENDING;
	options.PublishAsync.AckHandler = nats_record_ack;
	options.PublishAsync.AckHandlerClosure = session;
	natsStatus status =
	    natsConnection_JetStream(&session->js, session->connection, &options);
	return status == NATS_OK ? STATUS_OK : nats_report(session, status, "JetStream");
}

static enum status open_connection(struct nats_session *session, struct server_list *list,
                                   const struct nats_login *login)
{
	const char *about = "options";
	uint64_t mask = nats_block_signals();
	natsStatus done = nats_Open(-1);
	if (done == NATS_OK)
		done = natsOptions_Create(&session->options);
	nats_unblock_signals(mask);
	if (done == NATS_OK)
		done = set_options(session, list);
	if (done == NATS_OK)
		done = set_files(session->options, login, list->is_tls, &about);
	int error = errno;
	explicit_bzero(list, sizeof *list);
	errno = error;
	if (done == NATS_NOT_FOUND)
		return error_errno("%s", about);
	if (done != NATS_OK)
		return nats_report(session, done, about);
	enum status status = connect_to_server(session, &login->timeout);
	if (status == STATUS_OK)
		status = begin_jetstream(session);
	session->session.is_connected = status == STATUS_OK;
	return status;
}

enum status nats_open(struct nats_session *session, char *urls,
                      const struct nats_login *login)
{
	static const struct server_list empty;
	struct server_list list = empty;
	uint64_t nonce = 0;
	*session = (struct nats_session){.session = {.engine = &nats_engine},
	                                 .lock = PTHREAD_MUTEX_INITIALIZER,
	                                 .event_fd = -1,
	                                 .done_fd = -1};
	enum status status = parse_servers(session, &list, urls);
	if (status == STATUS_OK)
		status = read_secrets(&list, login);
	if (status != STATUS_OK)
		return status;
	session->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (session->event_fd < 0)
		return error_errno("eventfd");
	if (getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
		return error_errno("getrandom");
	snprintf(session->nonce, sizeof session->nonce, "%016llx",
	         (unsigned long long)nonce);
	return open_connection(session, &list, login);
}

/* ------------------------------------------------------------------ stepping */

static void discard_messages(struct nats_events *events)
{
	for (size_t i = 0; i < events->ack_count; i++)
		natsMsg_Destroy(events->acks[i].message);
	for (size_t i = 0; i < events->arrival_count; i++)
		natsMsg_Destroy(events->arrivals[i]);
	events->ack_count = events->arrival_count = 0;
}

static void free_events(struct nats_events *events)
{
	free(events->acks);
	free(events->arrivals);
	*events = (struct nats_events){0};
}

/*
 * Exchange the two sets of events: what is taken is empty again. The descriptor is read
 * before, so that a callback that comes after the exchange makes it readable again.
 */
static void take_events(struct nats_session *session)
{
	uint64_t number;
	struct nats_events empty = session->taken;
	empty.ack_count = empty.arrival_count = 0;
	empty.disconnected = empty.reconnected = 0;
	empty.closed = false;
	if (read(session->event_fd, &number, sizeof number) < 0)
		number = 0;
	pthread_mutex_lock(&session->lock);
	session->is_awake = false;
	session->taken = session->events;
	session->events = empty;
	pthread_mutex_unlock(&session->lock);
}

static void handle_connection(struct nats_session *session)
{
	const struct nats_events *taken = &session->taken;
	if (taken->disconnected > 0 && session->session.is_connected)
		error_as(STATUS_OK, "%s: the connection is lost; trying again",
		         session->shown);
	if (taken->disconnected > 0)
		session->session.is_connected = false;
	if (taken->reconnected > 0)
		session->session.is_connected = true;
}

/* A result that does not come although there is a connection. */
static bool is_overdue(const struct nats_session *session)
{
	const int64_t most = 10000 * millisecond;
	return session->session.is_connected && session->sent_begin < session->sent_end &&
	       deadline_clock() - session->progress > most;
}

static enum status nats_step(struct engine_session *engine_session)
{
	struct nats_session *session = (struct nats_session *)engine_session;
	take_events(session);
	handle_connection(session);
	enum status status = nats_handle_acks(session);
	if (status == STATUS_OK)
		status = nats_handle_arrivals(session);
	if (session->taken.closed)
		return error_as(STATUS_FAILED, "%s: the connection is closed: %s",
		                session->shown, session->taken.reason);
	if (session->taken.reconnected > 0 || is_overdue(session)) {
		nats_forget_sent(session);
		nats_end_request(session);
		engine_session->connections++;
	}
	return status;
}

static void nats_fd(struct engine_session *engine_session, struct pollfd *fd,
                    int64_t *nanoseconds)
{
	const int64_t now_and_then = 1000 * millisecond;
	struct nats_session *session = (struct nats_session *)engine_session;
	*fd = (struct pollfd){.fd = session->event_fd, .events = POLLIN};
	*nanoseconds = session->sent_begin < session->sent_end ? now_and_then : INT64_MAX;
	if (session->subscription == NULL)
		return;
	int64_t left = session->request_at - deadline_clock();
	left = left > millisecond ? left : millisecond;
	*nanoseconds = left < *nanoseconds ? left : *nanoseconds;
}

static bool nats_is_settled(struct engine_session *engine_session)
{
	const struct nats_session *session = (struct nats_session *)engine_session;
	return session->letters == 0;
}

void nats_close(struct engine_session *engine_session)
{
	enum { FLUSH_MS = 2000, CLOSE_MS = 2000 };
	struct nats_session *session = (struct nats_session *)engine_session;
	nats_forget_sent(session);
	nats_release_deliveries(session);
	if (session->connection != NULL && engine_session->is_connected)
		natsConnection_FlushTimeout(session->connection, FLUSH_MS);
	natsSubscription_Destroy(session->subscription);
	natsInbox_Destroy(session->inbox);
	natsConnection_Close(session->connection);
	/* a message can be destroyed only as long as the library is open */
	discard_messages(nats_lock_events(session));
	nats_unlock_events(session);
	jsCtx_Destroy(session->js);
	natsConnection_Destroy(session->connection);
	natsOptions_Destroy(session->options);
	/* no callback is called after this */
	if (session->options != NULL)
		nats_CloseAndWait(CLOSE_MS);
	free_events(&session->events);
	free_events(&session->taken);
	free(session->sent);
	free(session->results);
	free(session->deliveries);
	free(session->done);
	fd_close_keep_errno(session->done_fd);
	if (session->event_fd >= 0)
		close(session->event_fd);
	session->event_fd = -1;
}

const struct engine nats_engine = {
    .name = "nats",
    .fd = nats_fd,
    .step = nats_step,
    .publish = nats_publish,
    .result = nats_result,
    .want = nats_want,
    .delivery = nats_delivery,
    .settle = nats_settle,
    .keep = nats_keep,
    .is_settled = nats_is_settled,
    .close = nats_close,
};

/* SPDX-License-Identifier: MIT */
/*
 * The URL of an engine: SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH], RFC 3986, and the
 * secrets that come from files and the environment.
 *
 * A password or token in an argument can be seen by every user of the machine until it is
 * overwritten, which remote_url_parse() does. It is never part of a message.
 */
#ifndef REMOTE_URL_H
#define REMOTE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

enum {
	REMOTE_URL_SECRET_MAX = 1023, /* bytes of a user, a password, a token */
	REMOTE_URL_TEXT_MAX = 1023,   /* bytes of the other parts together */
};

struct remote_url {
	char scheme[16]; /* lower case */
	/* decoded; false and empty: the URL has none */
	bool has_user, has_password;
	char user[REMOTE_URL_SECRET_MAX + 1], password[REMOTE_URL_SECRET_MAX + 1];
	char host[256]; /* a name or an address, IPv6 without its brackets */
	char port[6];   /* "" if the URL has none */
	char path[REMOTE_URL_TEXT_MAX + 1]; /* decoded, without its first slash */
	/* for messages: SCHEME://HOST[:PORT][/PATH] */
	char shown[REMOTE_URL_TEXT_MAX + 1];
};

/*
 * `schemes` are those that are valid, with blanks between them. NULL, or the reason for a
 * refusal, to follow "the URL " ("has no host"). Every byte of the password in `text`, or
 * of a user without a password, is replaced by an 'x', also if it is refused.
 */
const char *remote_url_parse(struct remote_url *url, char *text, const char *schemes);

/*
 * The first line of a file that holds a password or a token, without its newline, into
 * `secret`, which has room for REMOTE_URL_SECRET_MAX bytes and a NUL. A failure is
 * reported, also that it is empty.
 */
enum status remote_url_read_secret(char *secret, const char *file);

/*
 * A variable of the environment that holds a secret, into `secret` as above, and removed
 * from the environment, so that no COMMAND inherits it. False: it is not set, or empty,
 * or too long.
 */
bool remote_url_take_variable(char *secret, const char *variable);

#endif

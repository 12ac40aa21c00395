/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/value.h"
#include "io/error.h"
#include "remote/url.h"

/* Decode %XX: false if one is not valid, is a NUL, or the result does not fit. */
static bool decode_part(char *to, size_t room, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)from[i];
		if (from[i] == '%') {
			unsigned high =
			    i + 2 < length ? value_hex_digit(from[i + 1]) : 16;
			unsigned low = high < 16 ? value_hex_digit(from[i + 2]) : 16;
			byte = low < 16 ? (int)(high * 16 + low) : 0;
			i += 2;
		}
		if (byte == 0 || room <= 1)
			return false;
		*to++ = (char)byte;
		room--;
	}
	*to = '\0';
	return true;
}

static bool copy_part(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

static bool is_one_of(const char *word, const char *words)
{
	size_t length = strlen(word);
	for (const char *at = words; length > 0 && (at = strstr(at, word)) != NULL;
	     at += length)
		if ((at == words || at[-1] == ' ') &&
		    (at[length] == '\0' || at[length] == ' '))
			return true;
	return false;
}

/*
 * "USER", "USER:PASSWORD", ":PASSWORD". The password is overwritten, and a user without
 * one, which is the token of some engines.
 */
static const char *parse_user(struct remote_url *url, char *text, size_t length)
{
	char *colon = memchr(text, ':', length);
	size_t user = colon != NULL ? (size_t)(colon - text) : length;
	bool fits = decode_part(url->user, sizeof url->user, text, user);
	url->has_user = user > 0;
	if (colon != NULL) {
		size_t password = length - user - 1;
		fits = decode_part(url->password, sizeof url->password, colon + 1,
		                   password) &&
		       fits;
		url->has_password = password > 0;
		memset(colon + 1, 'x', password);
	} else {
		memset(text, 'x', length);
	}
	return fits ? NULL : "has a user or a password that is not valid";
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
static const char *parse_host(struct remote_url *url, const char *text, size_t length)
{
	const char *end = text + length, *host = text, *rest;
	if (length > 0 && *text == '[') {
		host++;
		rest = memchr(host, ']', length - 1);
		if (rest == NULL)
			return "has a '[' without a ']'";
	} else {
		rest = memchr(host, ':', length);
		if (rest == NULL)
			rest = end;
	}
	if (!copy_part(url->host, sizeof url->host, host, (size_t)(rest - host)))
		return "has a host that is too long";
	rest += rest < end && *rest == ']';
	if (rest == end)
		return NULL;
	int64_t port;
	struct value_error reason;
	if (*rest != ':' ||
	    !copy_part(url->port, sizeof url->port, rest + 1, (size_t)(end - rest - 1)) ||
	    value_number(url->port, 1, 65535, &port, &reason) != NULL ||
	    !value_is_digit(url->port[0]))
		return "has a port that is not a number from 1 to 65535";
	return NULL;
}

/* All but the user. An IPv6 address has its brackets again. */
static const char *describe_url(struct remote_url *url)
{
	bool brackets = strchr(url->host, ':') != NULL;
	int length = snprintf(url->shown, sizeof url->shown, "%s://%s%s%s%s%s%s%s",
	                      url->scheme, brackets ? "[" : "", url->host,
	                      brackets ? "]" : "", url->port[0] != '\0' ? ":" : "",
	                      url->port, url->path[0] != '\0' ? "/" : "", url->path);
	return length < (int)sizeof url->shown ? NULL : "is too long";
}

const char *remote_url_parse(struct remote_url *url, char *text, const char *schemes)
{
	*url = (struct remote_url){.host = ""};
	char *after = strstr(text, "://");
	char *authority = after != NULL ? after + 3 : text;
	size_t length = strcspn(authority, "/?#");
	/* an unencoded '/' in a password: it is overwritten all the same */
	char *at = strrchr(authority, '@');
	const char *wrong = NULL;
	if (at != NULL) {
		wrong = parse_user(url, authority, (size_t)(at - authority));
		authority = at + 1;
		length = strcspn(authority, "/?#");
	}
	if (after == NULL)
		return "does not begin with a scheme and ://";
	if (!copy_part(url->scheme, sizeof url->scheme, text, (size_t)(after - text)) ||
	    !is_one_of(url->scheme, schemes))
		return "has a scheme that is not known";
	if (wrong == NULL)
		wrong = parse_host(url, authority, length);
	const char *path = authority + length;
	if (wrong == NULL && *path != '\0' && *path != '/')
		wrong = "has a query or a fragment";
	if (wrong == NULL && *path == '/' &&
	    !decode_part(url->path, sizeof url->path, path + 1, strlen(path + 1)))
		wrong = "has a path that is not valid";
	return wrong != NULL ? wrong : describe_url(url);
}

enum status remote_url_read_secret(char *secret, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno("%s", file);
	size_t length = 0;
	ssize_t got = 1;
	while (length <= REMOTE_URL_SECRET_MAX && got > 0) {
		got = read(fd, secret + length, REMOTE_URL_SECRET_MAX + 1 - length);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			length += (size_t)got;
	}
	enum status status = got < 0 ? error_errno("%s", file) : STATUS_OK;
	close(fd);
	if (status != STATUS_OK)
		return status;
	char *newline = memchr(secret, '\n', length);
	if (newline == NULL && length > REMOTE_URL_SECRET_MAX)
		return error_as(STATUS_FAILED,
		                "%s: its first line is longer than %d bytes", file,
		                REMOTE_URL_SECRET_MAX);
	secret[newline != NULL ? (size_t)(newline - secret) : length] = '\0';
	if (secret[0] == '\0')
		return error_as(STATUS_FAILED, "%s: its first line is empty", file);
	return STATUS_OK;
}

bool remote_url_take_variable(char *secret, const char *variable)
{
	const char *value = getenv(variable);
	bool taken = value != NULL && *value != '\0' &&
	             copy_part(secret, REMOTE_URL_SECRET_MAX + 1, value, strlen(value));
	unsetenv(variable);
	return taken;
}

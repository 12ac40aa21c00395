/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "remote/url.h"

/* Parse a copy: `text` is what remains of it. */
static const char *parse_copy(struct remote_url *url, char *text, const char *from)
{
	strcpy(text, from);
	return remote_url_parse(url, text, "nats tls");
}

TEST(a_url_has_a_user_a_password_a_host_a_port_and_a_path)
{
	struct remote_url url;
	char text[200];
	CHECK_EQUAL(parse_copy(&url, text, "nats://me:se%40cret@h.org:4223/a%20b"), NULL);
	CHECK_EQUAL(url.scheme, "nats");
	CHECK_EQUAL(url.user, "me");
	CHECK_EQUAL(url.password, "se@cret");
	CHECK_EQUAL(url.host, "h.org");
	CHECK_EQUAL(url.port, "4223");
	CHECK_EQUAL(url.path, "a b");
	CHECK_EQUAL(url.shown, "nats://h.org:4223/a b");
	CHECK(url.has_user && url.has_password);
}

TEST(the_password_in_the_argument_is_overwritten_even_if_the_url_is_refused)
{
	static const struct {
		const char *from, *left;
	} rows[] = {
	    {"nats://me:secret@h", "nats://me:xxxxxx@h"},
	    {"nats://me:s/c?et@h", "nats://me:xxxxxx@h"},
	    {"nats://me:s@c:et@h", "nats://me:xxxxxx@h"},
	    {"http://me:secret@h", "http://me:xxxxxx@h"},
	    {"nats://me:s%zzet@h", "nats://me:xxxxxx@h"},
	    {"nats://me:secret@h:0", "nats://me:xxxxxx@h:0"},
	    {"me:secret@h", "me:xxxxxx@h"},
	    {"nats://:secret@h", "nats://:xxxxxx@h"},
	    /* a token */
	    {"nats://secret@h", "nats://xxxxxx@h"},
	    {"nats://s%zzet@h", "nats://xxxxxx@h"},
	    {"nats://secret@h/%", "nats://xxxxxx@h/%"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct remote_url url;
		char text[200];
		check_about("%s", rows[i].from);
		parse_copy(&url, text, rows[i].from);
		CHECK_EQUAL(text, rows[i].left);
		CHECK_EQUAL(strstr(url.shown, "ecre"), NULL);
	}
}

TEST(parts_of_a_url_may_be_missing)
{
	struct remote_url url;
	char text[200];
	CHECK_EQUAL(parse_copy(&url, text, "tls://h"), NULL);
	CHECK(!url.has_user && !url.has_password);
	CHECK_EQUAL(url.port, "");
	CHECK_EQUAL(url.path, "");
	CHECK_EQUAL(url.shown, "tls://h");
	CHECK_EQUAL(parse_copy(&url, text, "nats://token@h/"), NULL);
	CHECK(url.has_user && !url.has_password);
	CHECK_EQUAL(url.user, "token");
	CHECK_EQUAL(parse_copy(&url, text, "nats://:pass@h"), NULL);
	CHECK(!url.has_user && url.has_password);
	CHECK_EQUAL(url.password, "pass");
	CHECK_EQUAL(parse_copy(&url, text, "nats://[::1]:99"), NULL);
	CHECK_EQUAL(url.host, "::1");
	CHECK_EQUAL(url.port, "99");
	CHECK_EQUAL(url.shown, "nats://[::1]:99");
}

TEST(a_url_that_is_not_valid_is_refused_with_the_reason)
{
	static const struct {
		const char *from, *reason;
	} rows[] = {
	    {"", "does not begin with a scheme and ://"},
	    {"h:4222", "does not begin with a scheme and ://"},
	    {"http://h", "has a scheme that is not known"},
	    {"nat://h", "has a scheme that is not known"},
	    {"://h", "has a scheme that is not known"},
	    {"nats://h:0", "has a port that is not a number from 1 to 65535"},
	    {"nats://h:65536", "has a port that is not a number from 1 to 65535"},
	    {"nats://h:+1", "has a port that is not a number from 1 to 65535"},
	    {"nats://h:", "has a port that is not a number from 1 to 65535"},
	    {"nats://[::1", "has a '[' without a ']'"},
	    {"nats://[::1]4222", "has a port that is not a number from 1 to 65535"},
	    {"nats://h?x", "has a query or a fragment"},
	    {"nats://h/%00", "has a path that is not valid"},
	    {"nats://h/%4", "has a path that is not valid"},
	    {"nats://h/%", "has a path that is not valid"},
	    {"nats://u%00@h", "has a user or a password that is not valid"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct remote_url url;
		char text[200];
		check_about("%s", rows[i].from);
		CHECK_EQUAL(parse_copy(&url, text, rows[i].from), rows[i].reason);
	}
}

TEST(parts_of_a_url_that_are_too_long_are_refused)
{
	enum { LONG = 2000 };
	struct remote_url url;
	char text[LONG + 100], many[LONG + 1];
	memset(many, 'a', LONG);
	many[LONG] = '\0';
	snprintf(text, sizeof text, "nats://u:%s@h", many);
	CHECK_EQUAL(remote_url_parse(&url, text, "nats"),
	            "has a user or a password that is not valid");
	CHECK_EQUAL(strchr(text + 9, 'a'), NULL);
	snprintf(text, sizeof text, "nats://%s", many);
	CHECK_EQUAL(remote_url_parse(&url, text, "nats"), "has a host that is too long");
	snprintf(text, sizeof text, "nats://h/%s", many);
	CHECK_EQUAL(remote_url_parse(&url, text, "nats"), "has a path that is not valid");
	snprintf(text, sizeof text, "nats://h/%.*s", REMOTE_URL_TEXT_MAX, many);
	CHECK_EQUAL(remote_url_parse(&url, text, "nats"), "is too long");
}

TEST(a_secret_is_the_first_line_of_a_file)
{
	char file[] = "/tmp/ipctool-unit-XXXXXX", secret[REMOTE_URL_SECRET_MAX + 1];
	int fd = mkstemp(file);
	CHECK(fd >= 0);
	CHECK(write(fd, "pass word\nmore\n", 15) == 15);
	CHECK_EQUAL(remote_url_read_secret(secret, file), STATUS_OK);
	CHECK_EQUAL(secret, "pass word");
	CHECK(ftruncate(fd, 4) == 0);
	CHECK_EQUAL(remote_url_read_secret(secret, file), STATUS_OK);
	CHECK_EQUAL(secret, "pass");
	unlink(file);
	close(fd);
}

TEST(a_secret_of_the_environment_is_not_inherited)
{
	char secret[REMOTE_URL_SECRET_MAX + 1] = "before";
	setenv("IPCTOOL_UNIT_SECRET", "pass", 1);
	CHECK(remote_url_take_variable(secret, "IPCTOOL_UNIT_SECRET"));
	CHECK_EQUAL(secret, "pass");
	CHECK_EQUAL(getenv("IPCTOOL_UNIT_SECRET"), NULL);
	CHECK(!remote_url_take_variable(secret, "IPCTOOL_UNIT_SECRET"));
	CHECK_EQUAL(secret, "pass");
}

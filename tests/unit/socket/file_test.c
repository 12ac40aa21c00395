/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"
#include "socket/file.h"
#include "socket/stale.h"

struct bound {
	char directory[32], path[64];
	struct socket_address address;
	struct socket_endpoint endpoint;
};

/* In a directory of its own: the current one. */
static void make_directory(struct bound *bound)
{
	snprintf(bound->directory, sizeof bound->directory, "/tmp/unit.XXXXXX");
	CHECK(mkdtemp(bound->directory) != NULL);
	CHECK(chdir(bound->directory) == 0);
}

static void begin_bound(struct bound *bound, mode_t mode)
{
	make_directory(bound);
	CHECK(mkdir("d", 0700) == 0);
	CHECK_EQUAL(socket_address_parse(&bound->address, "d/s"), STATUS_OK);
	bound->endpoint = (struct socket_endpoint){.address = &bound->address};
	CHECK_EQUAL(socket_create(&bound->endpoint, SOCKET_STREAM, false), 0);
	CHECK_EQUAL(socket_file_bind(bound->endpoint.fd, &bound->address, mode), 0);
	CHECK_EQUAL(socket_file_record(&bound->endpoint), STATUS_OK);
}

static void end_bound(struct bound *bound)
{
	char command[64];
	socket_close(&bound->endpoint);
	snprintf(command, sizeof command, "rm -rf %s", bound->directory);
	CHECK_EQUAL(system(command), 0);
}

TEST(a_socket_file_has_exactly_its_mode_whatever_the_umask)
{
	static const struct {
		mode_t umask, mode;
	} rows[] = {{022, 0600}, {0, 0666}, {077, 0640}, {077, 0777}, {0, 0}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bound bound;
		struct stat st;
		check_about("umask %o, mode %o", rows[i].umask, rows[i].mode);
		umask(rows[i].umask);
		begin_bound(&bound, rows[i].mode);
		CHECK_EQUAL(umask(022), rows[i].umask);
		CHECK_EQUAL(lstat("d/s", &st), 0);
		CHECK_EQUAL(st.st_mode, S_IFSOCK | rows[i].mode);
		end_bound(&bound);
	}
}

TEST(a_socket_file_is_removed_once)
{
	struct bound bound;
	begin_bound(&bound, 0600);
	CHECK_EQUAL(socket_close(&bound.endpoint), STATUS_OK);
	CHECK(access("d/s", F_OK) < 0);
	CHECK_EQUAL(socket_close(&bound.endpoint), STATUS_OK);
	end_bound(&bound);
}

/* A socket is bound to d/s, the command runs, and the socket closed without failure. */
static void close_after(const char *command, bool leaves_a_file)
{
	struct bound bound;
	check_about("%s", command);
	begin_bound(&bound, 0600);
	CHECK_EQUAL(system(command), 0);
	CHECK_EQUAL(socket_close(&bound.endpoint), STATUS_OK);
	if (leaves_a_file)
		CHECK_EQUAL(access("d/s", F_OK), 0);
	end_bound(&bound);
}

TEST(what_has_taken_the_place_of_a_socket_file_is_not_removed)
{
	close_after("rm d/s; echo mine >d/s", true);
	close_after("rm d/s; mkdir d/s", true);
	close_after("rm d/s; mkfifo d/s", true);
	close_after("mv d e; mkdir d; echo mine >d/s", true);
	close_after("mv d e; mkdir f; echo mine >f/s; ln -s f d", true);
}

TEST(the_socket_file_of_another_socket_is_not_removed)
{
	struct bound bound;
	begin_bound(&bound, 0600);
	int other = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQUAL(rename("d/s", "d/own"), 0);
	CHECK_EQUAL(socket_file_bind(other, &bound.address, 0600), 0);
	CHECK_EQUAL(socket_close(&bound.endpoint), STATUS_OK);
	CHECK_EQUAL(access("d/s", F_OK), 0);
	close(other);
	end_bound(&bound);
}

TEST(a_socket_file_that_is_gone_is_no_failure)
{
	close_after("rm d/s", false);
	close_after("rm -r d", false);
	close_after("rm -r d; echo file >d", false);
}

TEST(a_socket_file_is_stale_when_its_socket_is_closed)
{
	struct bound bound;
	begin_bound(&bound, 0600);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_NO);
	CHECK_EQUAL(listen(bound.endpoint.fd, 0), 0);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_NO);
	close(bound.endpoint.fd);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_YES);
	bound.endpoint.fd = -1;
	CHECK_EQUAL(system("rm d/s; echo mine >d/s"), 0);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_NO);
	CHECK_EQUAL(system("rm d/s"), 0);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_UNKNOWN);
	end_bound(&bound);
}

TEST(only_a_stale_socket_file_is_replaced)
{
	struct bound bound;
	const char *obstacle;
	begin_bound(&bound, 0600);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_EQUAL(socket_stale_replace(fd, &bound.address, 0600, &obstacle), -1);
	close(bound.endpoint.fd);
	CHECK_EQUAL(socket_stale_replace(fd, &bound.address, 0640, &obstacle), 0);
	CHECK_EQUAL(socket_stale_check(&bound.address), SOCKET_STALE_NO);
	CHECK_EQUAL(socket_stale_replace(other, &bound.address, 0600, &obstacle), -1);
	CHECK_EQUAL(system("test \"$(stat -c %a d/s) $(ls -A d)\" = '640 s'"), 0);
	bound.endpoint.fd = -1;
	CHECK_EQUAL(system("rm d/s; echo mine >d/s"), 0);
	CHECK_EQUAL(socket_stale_replace(other, &bound.address, 0600, &obstacle), -1);
	CHECK_EQUAL(system("test \"$(cat d/s) $(ls -A d)\" = 'mine s'"), 0);
	end_bound(&bound);
}

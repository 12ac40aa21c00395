#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"
#include "socket/address.h"

static const char hint[] = "\nTry 'ipctool --help' for more information.\n";

static void check_address(struct socket_address *address, const char *text)
{
	check_about("'%s'", text);
	CHECK_EQUAL(socket_address_parse(address, text), STATUS_OK);
	CHECK_EQUAL(address->sockaddr.sun_family, AF_UNIX);
	CHECK_EQUAL(address->text, text);
}

static void check_refused(const char *text, const char *why)
{
	struct socket_address address;
	char expected[512];
	check_about("'%s'", text);
	snprintf(expected, sizeof expected, "ipctool: '%s': %s%s", text, why, hint);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(socket_address_parse(&address, text), STATUS_USAGE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
}

TEST(a_pathname_ends_with_a_nul_which_its_length_counts)
{
	static const char *const texts[] = {"s", "/run/s", "./@s", "a/b", " ", "a@b"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct socket_address address;
		check_address(&address, texts[i]);
		CHECK(!address.is_abstract);
		CHECK_BYTES(address.sockaddr.sun_path,
		            address.length - offsetof(struct sockaddr_un, sun_path),
		            texts[i], strlen(texts[i]) + 1);
	}
}

TEST(an_abstract_name_begins_with_a_nul_and_ends_without)
{
	static const char *const texts[] = {"@s", "@@", "@/run/s", "@a/", "@ "};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct socket_address address;
		check_address(&address, texts[i]);
		CHECK(address.is_abstract);
		CHECK_EQUAL(address.sockaddr.sun_path[0], '\0');
		CHECK_BYTES(address.sockaddr.sun_path + 1,
		            address.length - offsetof(struct sockaddr_un, sun_path) - 1,
		            texts[i] + 1, strlen(texts[i]) - 1);
	}
}

TEST(an_address_is_as_long_as_sockaddr_un_has_room)
{
	static const struct {
		const char *before, *kind;
	} rows[] = {{"", "path"}, {"@", "name"}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct socket_address address;
		char text[128], why[128];
		snprintf(text, sizeof text, "%s%0107d", rows[i].before, 0);
		check_address(&address, text);
		CHECK_EQUAL(address.length, sizeof address.sockaddr);
		snprintf(text, sizeof text, "%s%0108d", rows[i].before, 0);
		snprintf(why, sizeof why,
		         "the %s of a socket must not be longer than 107 bytes, this one "
		         "has 108",
		         rows[i].kind);
		check_refused(text, why);
	}
}

TEST(a_text_that_is_empty_or_a_directory_is_not_an_address)
{
	check_refused("", "the address of a socket must not be empty");
	check_refused("@", "a name must follow the '@'");
	check_refused("/", "is a directory, not a socket address");
	check_refused("run/", "is a directory, not a socket address");
}

TEST(a_mode_is_for_an_address_that_has_a_file)
{
	struct socket_address path, name;
	struct value_mode mode = {.bits = 0600};
	char expected[128];
	check_address(&path, "s");
	check_address(&name, "@s");
	CHECK_EQUAL(socket_address_check_mode(&path, &mode), STATUS_OK);
	CHECK_EQUAL(socket_address_check_mode(&name, &mode), STATUS_OK);
	mode.given = true;
	CHECK_EQUAL(socket_address_check_mode(&path, &mode), STATUS_OK);
	snprintf(expected, sizeof expected,
	         "ipctool: --mode cannot be used with '@s', which has no file%s", hint);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(socket_address_check_mode(&name, &mode), STATUS_USAGE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
}

TEST(a_socket_file_is_one_through_a_symbolic_link_too_and_no_other_file_is)
{
	static const struct {
		const char *file;
		bool is_socket;
	} rows[] = {{"socket", true},
	            {"link", true},
	            {"fifo", false},
	            {".", false},
	            {"nonesuch", false}};
	struct socket_address address;
	char folder[] = "/tmp/ipctool.unit.XXXXXX";
	CHECK(mkdtemp(folder) != NULL);
	CHECK_EQUAL(chdir(folder), 0);
	CHECK_EQUAL(mknod("socket", S_IFSOCK | 0600, 0), 0);
	CHECK_EQUAL(symlink("socket", "link"), 0);
	CHECK_EQUAL(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_address(&address, rows[i].file);
		CHECK_EQUAL(socket_address_is_socket_file(&address), rows[i].is_socket);
	}
	unlink("socket");
	unlink("link");
	unlink("fifo");
	CHECK_EQUAL(rmdir(folder), 0);
}

/* SPDX-License-Identifier: MIT */
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
	static const char *const prefixes[] = {"", "@", "abns@"};
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct socket_address address;
		char text[128];
		snprintf(text, sizeof text, "%s%0107d", prefixes[i], 0);
		check_address(&address, text);
		CHECK_EQUAL(address.length, sizeof address.sockaddr);
	}
	char text[128];
	snprintf(text, sizeof text, "@%0108d", 0);
	check_refused(text, "the name of a socket must not be longer than 107 bytes, "
	                    "this one has 108");
}

TEST(a_longer_path_has_no_sockaddr_and_a_short_last_component)
{
	struct socket_address address;
	char text[256];
	snprintf(text, sizeof text, "%0100d/%082d", 0, 0);
	check_address(&address, text);
	CHECK_EQUAL(address.length, 0);
	snprintf(text, sizeof text, "%0100d/%083d", 0, 0);
	check_refused(text, "in a path of more than 107 bytes the last component must "
	                    "not be longer than 82 bytes, this one has 83");
}

TEST(a_padded_abstract_name_is_as_long_as_a_sockaddr_can_be)
{
	struct socket_address address;
	check_address(&address, "abns@s");
	CHECK(address.is_abstract);
	CHECK_EQUAL(address.length, sizeof address.sockaddr);
	CHECK_BYTES(address.sockaddr.sun_path, 4, "\0s\0", 4);
}

TEST(a_host_and_a_port_are_split_at_the_last_colon)
{
	static const struct {
		const char *text, *host;
		enum socket_family family;
		unsigned port;
	} rows[] = {{"tcp:80", "", SOCKET_TCP, 80},
	            {"tcp::0", "", SOCKET_TCP, 0},
	            {"udp:a.b:65535", "a.b", SOCKET_UDP, 65535},
	            {"tcp:[::1]:8", "::1", SOCKET_TCP, 8},
	            {"tcp:[fe80::1%eth0]:8", "fe80::1%eth0", SOCKET_TCP, 8}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct socket_address address;
		check_about("%s", rows[i].text);
		CHECK_EQUAL(socket_address_parse(&address, rows[i].text), STATUS_OK);
		CHECK_EQUAL(address.family, rows[i].family);
		CHECK_EQUAL(address.host, rows[i].host);
		CHECK_EQUAL(address.port, rows[i].port);
		CHECK(!socket_address_has_file(&address));
	}
	check_refused("tcp:::1:8", "an IPv6 address must be in brackets: [::1]:80");
	check_refused("tcp:h:+8", "the port '+8' is not a number from 0 to 65535");
	check_refused("udp:h", "the port 'h' is not a number from 0 to 65535");
}

TEST(a_cid_is_a_number_or_a_name)
{
	static const struct {
		const char *text;
		uint32_t cid, port;
	} rows[] = {{"vsock:7", 1, 7},
	            {"vsock::7", 1, 7},
	            {"vsock:local:7", 1, 7},
	            {"vsock:host:4294967294", 2, 4294967294},
	            {"vsock:any:7", UINT32_MAX, 7},
	            {"vsock:42:7", 42, 7}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct socket_address address;
		check_about("%s", rows[i].text);
		CHECK_EQUAL(socket_address_parse(&address, rows[i].text), STATUS_OK);
		CHECK_EQUAL(address.family, SOCKET_VSOCK);
		CHECK_EQUAL(address.cid, rows[i].cid);
		CHECK_EQUAL(address.port, rows[i].port);
	}
	check_refused("vsock:-1:7", "the CID must be local, host, any or a number from 0 "
	                            "to 4294967294");
	check_refused("vsock:00000000000000000001:7",
	              "the CID must be local, host, any or a number from 0 to "
	              "4294967294");
}

TEST(an_inherited_socket_has_a_number_or_a_name)
{
	struct socket_address address;
	CHECK_EQUAL(socket_address_parse(&address, "fd:3"), STATUS_OK);
	CHECK_EQUAL(address.family, SOCKET_INHERITED);
	CHECK_EQUAL(address.fd, 3);
	CHECK_EQUAL(socket_address_parse(&address, "fd:web"), STATUS_OK);
	CHECK_EQUAL(address.fd, -1);
	CHECK_EQUAL(address.host, "web");
	check_refused("fd:", "a number or a name must follow");
}

TEST(tcp_is_a_stream_and_udp_sends_datagrams)
{
	struct socket_address address;
	enum socket_type type = SOCKET_ANY;
	CHECK_EQUAL(socket_address_parse(&address, "udp:9"), STATUS_OK);
	CHECK_EQUAL(socket_address_choose_type(&address, &type), STATUS_OK);
	CHECK_EQUAL(type, SOCKET_DGRAM);
	CHECK_EQUAL(socket_address_parse(&address, "tcp:9"), STATUS_OK);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(socket_address_choose_type(&address, &type), STATUS_USAGE);
	CHECK(strstr(check_captured(STDERR_FILENO),
	             "--dgram cannot be used with 'tcp:9'") != NULL);
	type = SOCKET_SEQPACKET;
	CHECK_EQUAL(socket_address_parse(&address, "s"), STATUS_OK);
	CHECK_EQUAL(socket_address_choose_type(&address, &type), STATUS_OK);
	CHECK_EQUAL(type, SOCKET_SEQPACKET);
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

/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "socket/host.h"

/* As getaddrinfo(3) with AI_NUMERICHOST reads it: 0 if it does not. */
static socklen_t reference(struct sockaddr_storage *address, const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	socklen_t length;
	*address = (struct sockaddr_storage){0};
	if (getaddrinfo(text, NULL, &hints, &list) != 0)
		return 0;
	length = list->ai_addrlen;
	memcpy(address, list->ai_addr, length);
	freeaddrinfo(list);
	return length;
}

TEST(numeric_addresses_are_those_of_getaddrinfo)
{
	static const char *const texts[] = {
	    "127.0.0.1",
	    "10.1",
	    "1",
	    "0x0a000001",
	    "012.1",
	    "1.2.3",
	    "1.2.3.4.5",
	    "256.1",
	    "1.256.1",
	    "1.2.256",
	    "1.2.65535",
	    "1.2.65536",
	    "4294967295",
	    "4294967296",
	    "1.",
	    ".1",
	    "1..2",
	    "",
	    "a",
	    "0x",
	    "09",
	    "1.2.3.4x",
	    "::",
	    "::1",
	    "1::2::3",
	    "fe80::1%lo",
	    "fe80::1%nonesuch",
	    "fe80::1%1",
	    "fe80::1%",
	    "::ffff:1.2.3.4",
	    "1:2:3:4:5:6:7:8",
	    "1:2:3:4:5:6:7",
	    "g::",
	    "localhost",
	    "-1",
	    "+1",
	    "1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		check_about("'%s'", texts[i]);
		struct sockaddr_storage ours, theirs;
		socklen_t expected = reference(&theirs, texts[i]);
		CHECK_EQUAL(socket_host_parse(&ours, texts[i]), expected);
		CHECK(expected == 0 || memcmp(&ours, &theirs, expected) == 0);
	}
}

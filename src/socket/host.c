/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "socket/host.h"

/* The value of a digit, or more than any base. */
static unsigned digit_of(char byte)
{
	if (byte >= '0' && byte <= '9')
		return (unsigned)(byte - '0');
	byte |= 32;
	return byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a' + 10) : 99;
}

/* "10.0.0.1", "10.1", "0x0a000001", "012.1": the last number fills what is left. */
static bool parse_ipv4(unsigned char bytes[4], const char *text)
{
	for (int part = 0; part < 4; part++) {
		uint64_t value = 0;
		unsigned base = *text != '0' ? 10 : (text[1] | 32) != 'x' ? 8 : 16;
		text += base == 16 ? 2 : 0;
		const char *first = text;
		for (; digit_of(*text) < base && value <= UINT32_MAX; text++)
			value = value * base + digit_of(*text);
		if (text == first)
			return false;
		if (*text == '\0') {
			for (int i = 3; i >= part; i--, value >>= 8)
				bytes[i] = (unsigned char)value;
			return value == 0;
		}
		if (*text++ != '.' || value > 255)
			return false;
		bytes[part] = (unsigned char)value;
	}
	return false;
}

static bool parse_ipv6(struct sockaddr_in6 *address, const char *text)
{
	char digits[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (inet_pton(AF_INET6, digits, &address->sin6_addr) != 1)
		return false;
	if (text[length] == '\0')
		return true;
	const char *scope = text + length + 1;
	for (; digit_of(*scope) < 10 && address->sin6_scope_id <= UINT32_MAX / 16;
	     scope++)
		address->sin6_scope_id = 10 * address->sin6_scope_id + digit_of(*scope);
	if (*scope != '\0')
		address->sin6_scope_id = if_nametoindex(text + length + 1);
	return address->sin6_scope_id != 0;
}

socklen_t socket_host_parse(struct sockaddr_storage *address, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	unsigned char bytes[4];
	*address = (struct sockaddr_storage){0};
	if (parse_ipv4(bytes, text)) {
		memcpy(&v4.sin_addr, bytes, sizeof bytes);
		memcpy(address, &v4, sizeof v4);
		return sizeof v4;
	}
	if (!parse_ipv6(&v6, text))
		return 0;
	memcpy(address, &v6, sizeof v6);
	return sizeof v6;
}

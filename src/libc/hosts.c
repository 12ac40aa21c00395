#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libc/hosts.h"
#include "libc/lines.h"

void hosts_add(struct host_list *list, const struct host_address *address)
{
	if (list->count < HOSTS_MAX)
		list->addresses[list->count++] = *address;
}

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

static bool parse_ipv6(struct host_address *address, const char *text)
{
	char digits[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (inet_pton(AF_INET6, digits, address->bytes) != 1)
		return false;
	if (text[length] == '\0')
		return true;
	const char *scope = text + length + 1;
	for (; digit_of(*scope) < 10 && address->scope <= UINT32_MAX / 16; scope++)
		address->scope = 10 * address->scope + digit_of(*scope);
	if (*scope != '\0')
		address->scope = if_nametoindex(text + length + 1);
	return address->scope != 0;
}

bool hosts_parse(struct host_address *address, const char *text)
{
	*address = (struct host_address){.family = AF_INET};
	if (parse_ipv4(address->bytes, text))
		return true;
	*address = (struct host_address){.family = AF_INET6};
	return parse_ipv6(address, text);
}

void hosts_find(struct host_list *list, const char *name)
{
	struct lines lines = {.fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC)};
	struct host_address address;
	char *rest, *word;
	while ((rest = lines_next(&lines)) != NULL) {
		word = lines_word(&rest);
		if (word == NULL || !hosts_parse(&address, word))
			continue;
		while ((word = lines_word(&rest)) != NULL)
			if (strcasecmp(word, name) == 0) {
				hosts_add(list, &address);
				break;
			}
	}
	close(lines.fd);
}

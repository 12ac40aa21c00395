/*
 * All name servers are asked at the same time over UDP, for addresses of both families.
 * Each has a socket that is connected to it: so the kernel drops what others send. As
 * with musl 1.2.3 what a truncated answer holds is enough.
 */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libc/dns.h"
#include "libc/lines.h"

enum {
	SERVERS_MAX = 3,
	HEADER = 12,
	LONGEST = 253,
	QUESTION_MAX = HEADER + LONGEST + 2 + 4,
	PACKET_MAX = 1500,
	TYPE_A = 1,
	TYPE_AAAA = 28,
	NO_SUCH_NAME = 3,
};

struct dns {
	unsigned dots, seconds, attempts; /* the options of resolv.conf(5) */
	struct host_list servers;
	struct pollfd sockets[SERVERS_MAX];
	char search[256];
};

struct dns_question {
	bool is_answered;
	size_t length;
	unsigned char bytes[QUESTION_MAX];
};

/* ------------------------------------------------------------------- settings */

static void read_option(struct dns *dns, const char *option)
{
	static const char names[3][10] = {"ndots:", "timeout:", "attempts:"};
	unsigned *const values[] = {&dns->dots, &dns->seconds, &dns->attempts};
	static const unsigned char most[] = {15, 60, 10};
	for (int i = 0; i < 3; i++) {
		size_t length = strlen(names[i]);
		if (strncmp(option, names[i], length) != 0)
			continue;
		unsigned value = 0;
		for (const char *digit = option + length;
		     *digit >= '0' && *digit <= '9' && value < 100; digit++)
			value = 10 * value + (unsigned)(*digit - '0');
		*values[i] = value < most[i] ? value : most[i];
	}
}

static void read_settings(struct dns *dns)
{
	struct lines lines = {.fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC)};
	struct host_address address;
	char *rest;
	while ((rest = lines_next(&lines)) != NULL) {
		const char *key = lines_word(&rest);
		if (key == NULL)
			continue;
		if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0) {
			strncpy(dns->search, rest, sizeof dns->search - 1);
			continue;
		}
		bool is_server = strcmp(key, "nameserver") == 0;
		if (!is_server && strcmp(key, "options") != 0)
			continue;
		const char *word;
		while ((word = lines_word(&rest)) != NULL)
			if (!is_server)
				read_option(dns, word);
			else if (dns->servers.count < SERVERS_MAX &&
			         hosts_parse(&address, word))
				hosts_add(&dns->servers, &address);
	}
	close(lines.fd);
	if (dns->servers.count == 0 && hosts_parse(&address, "127.0.0.1"))
		hosts_add(&dns->servers, &address);
}

/* -------------------------------------------------------------------- packets */

/* False: it cannot be the name of a host. */
static bool write_question(struct dns_question *question, const char *name, int type)
{
	size_t length = strlen(name), label = HEADER;
	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == 0 || length > LONGEST)
		return false;
	*question = (struct dns_question){.length = HEADER + length + 2 + 4};
	unsigned char *bytes = question->bytes;
	if (getrandom(bytes, 2, GRND_NONBLOCK) < 0)
		return false;
	bytes[2] = 1; /* recursion desired */
	bytes[5] = 1; /* one question */
	/* each label after its length, which stands in place of the dot before it */
	memcpy(bytes + HEADER + 1, name, length);
	for (size_t at = HEADER + 1; at <= HEADER + 1 + length; at++) {
		if (at < HEADER + 1 + length && bytes[at] != '.')
			continue;
		size_t size = at - label - 1;
		if (size == 0 || size > 63)
			return false;
		bytes[label] = (unsigned char)size;
		label = at;
	}
	bytes[label] = 0;
	bytes[label + 2] = (unsigned char)type;
	bytes[label + 4] = 1; /* Internet */
	return true;
}

static size_t number_at(const unsigned char *bytes)
{
	return (size_t)bytes[0] << 8 | bytes[1];
}

/* After the name at `at`; the result may be past the end. */
static size_t skip_name(const unsigned char *packet, size_t length, size_t at)
{
	for (; at < length; at += packet[at] + 1U) {
		if (packet[at] == 0)
			return at + 1;
		if (packet[at] >= 0xc0) /* the rest stands elsewhere */
			return at + 2;
	}
	return at;
}

static void read_addresses(struct host_list *list, const unsigned char *packet,
                           size_t length)
{
	size_t at = HEADER;
	for (size_t left = number_at(packet + 4); left > 0; left--)
		at = skip_name(packet, length, at) + 4;
	for (size_t left = number_at(packet + 6); left > 0; left--) {
		at = skip_name(packet, length, at);
		if (at + 10 > length)
			return;
		size_t type = number_at(packet + at), size = number_at(packet + at + 8);
		at += 10;
		if (at + size > length)
			return;
		struct host_address address = {.family =
		                                   type == TYPE_A ? AF_INET : AF_INET6};
		if ((type == TYPE_A && size == 4) || (type == TYPE_AAAA && size == 16)) {
			memcpy(address.bytes, packet + at, size);
			hosts_add(list, &address);
		}
		at += size;
	}
}

/* ------------------------------------------------------------------- exchange */

static void open_sockets(struct dns *dns)
{
	for (int i = 0; i < dns->servers.count; i++) {
		const struct host_address *server = &dns->servers.addresses[i];
		struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
		                          .sin6_port = htons(53),
		                          .sin6_scope_id = server->scope};
		memcpy(&v4.sin_addr, server->bytes, sizeof v4.sin_addr);
		memcpy(&v6.sin6_addr, server->bytes, sizeof v6.sin6_addr);
		bool is_v4 = server->family == AF_INET;
		int fd =
		    socket(server->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		const struct sockaddr *address =
		    is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
		if (connect(fd, address, is_v4 ? sizeof v4 : sizeof v6) < 0 && fd >= 0) {
			close(fd);
			fd = -1;
		}
		dns->sockets[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: the server cannot answer. */
static bool read_answer(struct host_list *list, struct dns_question questions[2], int fd)
{
	unsigned char packet[PACKET_MAX];
	ssize_t length = recv(fd, packet, sizeof packet, 0);
	if (length < HEADER)
		return false;
	for (int i = 0; i < 2; i++) {
		if (memcmp(packet, questions[i].bytes, 2) != 0 || packet[2] < 0x80 ||
		    questions[i].is_answered)
			continue;
		int code = packet[3] & 15;
		if (code != 0 && code != NO_SUCH_NAME)
			return false;
		read_addresses(list, packet, (size_t)length);
		questions[i].is_answered = true;
	}
	return true;
}

static bool send_questions(const struct dns_question questions[2], int fd)
{
	for (int i = 0; i < 2; i++)
		if (!questions[i].is_answered &&
		    send(fd, questions[i].bytes, questions[i].length, MSG_NOSIGNAL) < 0)
			return false;
	return true;
}

/* Until both are answered: true; until no server is left or the time is up: false. */
static bool exchange(struct dns *dns, struct host_list *list,
                     struct dns_question questions[2])
{
	int64_t end = now_ms() + dns->seconds * 1000 / dns->attempts;
	bool has_failed[SERVERS_MAX] = {false};
	int left = 0;
	for (int i = 0; i < dns->servers.count; i++) {
		has_failed[i] = !send_questions(questions, dns->sockets[i].fd);
		left += !has_failed[i];
	}
	while (!questions[0].is_answered || !questions[1].is_answered) {
		int64_t wait = end - now_ms();
		if (left == 0 || wait <= 0 ||
		    poll(dns->sockets, (nfds_t)dns->servers.count, (int)wait) <= 0)
			return false;
		for (int i = 0; i < dns->servers.count; i++) {
			if (dns->sockets[i].revents == 0 ||
			    read_answer(list, questions, dns->sockets[i].fd) ||
			    has_failed[i])
				continue;
			has_failed[i] = true;
			left--;
		}
	}
	return true;
}

static int ask(struct dns *dns, struct host_list *list, const char *name)
{
	struct dns_question questions[2];
	bool is_answered = false;
	if (!write_question(&questions[0], name, TYPE_A) ||
	    !write_question(&questions[1], name, TYPE_AAAA))
		return EAI_NONAME;
	questions[1].bytes[1] = questions[0].bytes[1] ^ 1; /* not the same number */
	open_sockets(dns);
	for (unsigned i = 0; i < dns->attempts && !is_answered; i++)
		is_answered = exchange(dns, list, questions);
	for (int i = 0; i < dns->servers.count; i++)
		if (dns->sockets[i].fd >= 0)
			close(dns->sockets[i].fd);
	if (!is_answered)
		return EAI_AGAIN;
	return list->count > 0 ? 0 : EAI_NONAME;
}

int dns_find(struct host_list *list, const char *name)
{
	struct dns dns = {.dots = 1, .seconds = 5, .attempts = 2};
	char longer[2 * LONGEST + 8];
	read_settings(&dns);
	if (dns.attempts == 0)
		dns.attempts = 1;
	unsigned dots = 0;
	for (const char *at = name; *at != '\0'; at++)
		dots += *at == '.';
	size_t length = strlen(name);
	bool is_whole = dots >= dns.dots || length > LONGEST || name[length - 1] == '.';
	char *rest = dns.search;
	const char *domain;
	while (!is_whole && (domain = lines_word(&rest)) != NULL) {
		memcpy(longer, name, length);
		longer[length] = '.';
		strcpy(longer + length + 1, domain);
		int result = ask(&dns, list, longer);
		if (result != EAI_NONAME)
			return result;
	}
	return ask(&dns, list, name);
}

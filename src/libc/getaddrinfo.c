/*
 * getaddrinfo(3) for the static program, with a host and hints, and a port as a number:
 * numeric addresses, /etc/hosts, then name servers.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libc/dns.h"
#include "libc/hosts.h"

/* All of a result are one block, which begins with the first info. */
struct entry {
	struct addrinfo info;
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
};

static void set_entry(struct entry *entry, const struct host_address *address,
                      const struct addrinfo *hints, in_port_t port)
{
	bool is_v4 = address->family == AF_INET;
	entry->info = (struct addrinfo){.ai_family = address->family,
	                                .ai_socktype = hints->ai_socktype,
	                                .ai_addr = (struct sockaddr *)&entry->address,
	                                .ai_addrlen = is_v4 ? sizeof entry->address.v4
	                                                    : sizeof entry->address.v6};
	if (is_v4) {
		entry->address.v4 =
		    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
		memcpy(&entry->address.v4.sin_addr, address->bytes, 4);
	} else {
		entry->address.v6 =
		    (struct sockaddr_in6){.sin6_family = AF_INET6,
		                          .sin6_port = port,
		                          .sin6_scope_id = address->scope};
		memcpy(&entry->address.v6.sin6_addr, address->bytes, 16);
	}
}

/*
 * 0 is the best: IPv6, IPv4, what cannot be reached from here, as RFC 6724 orders most
 * addresses. From fc00::/7 and fe80::/10 other addresses are reached by chance at most.
 */
static int rank_entry(const struct entry *entry)
{
	struct sockaddr_in6 own = {0};
	socklen_t length = sizeof own;
	const struct addrinfo *info = &entry->info;
	int fd = socket(info->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_reached = connect(fd, info->ai_addr, info->ai_addrlen) == 0 &&
	                  getsockname(fd, (struct sockaddr *)&own, &length) == 0;
	close(fd);
	if (!is_reached)
		return 2;
	if (info->ai_family == AF_INET)
		return 1;
	bool is_local = own.sin6_addr.s6_addr[0] >= 0xfc;
	return is_local && entry->address.v6.sin6_addr.s6_addr[0] < 0xfc ? 2 : 0;
}

static int find_addresses(struct host_list *list, const char *host, int flags)
{
	struct host_address address;
	if (hosts_parse(&address, host)) {
		hosts_add(list, &address);
		return 0;
	}
	if ((flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	hosts_find(list, host);
	return list->count > 0 ? 0 : dns_find(list, host);
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	struct host_list list = {0};
	unsigned port = 0;
	int error = find_addresses(&list, host, hints->ai_flags);
	if (error != 0)
		return error;
	for (; *service >= '0' && *service <= '9'; service++)
		port = 10 * port + (unsigned)(*service - '0');
	struct entry *entries = calloc((size_t)list.count, sizeof *entries);
	if (entries == NULL)
		return EAI_MEMORY;
	int ranks[HOSTS_MAX] = {0}, used = 0;
	for (int i = 0; i < list.count && list.count > 1; i++) {
		set_entry(&entries[0], &list.addresses[i], hints, htons(1));
		ranks[i] = rank_entry(&entries[0]);
	}
	for (int rank = 0; rank <= 2; rank++)
		for (int i = 0; i < list.count; i++)
			if (ranks[i] == rank)
				set_entry(&entries[used++], &list.addresses[i], hints,
				          htons((in_port_t)port));
	for (int i = 1; i < used; i++)
		entries[i - 1].info.ai_next = &entries[i].info;
	*result = (struct addrinfo *)entries;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

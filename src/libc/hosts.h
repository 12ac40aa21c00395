/* Addresses of hosts, for getaddrinfo(3) of the static program. */
#ifndef LIBC_HOSTS_H
#define LIBC_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

enum { HOSTS_MAX = 16 };

struct host_address {
	int family;     /* AF_INET or AF_INET6 */
	uint32_t scope; /* of a link-local one: "fe80::1%eth0" */
	unsigned char bytes[16];
};

struct host_list {
	int count;
	struct host_address addresses[HOSTS_MAX];
};

/* Left out if it does not fit. */
void hosts_add(struct host_list *list, const struct host_address *address);

/* A numeric address, of IPv4 in all forms of inet_aton(3). */
bool hosts_parse(struct host_address *address, const char *text);

/* Those that /etc/hosts has for a name. */
void hosts_find(struct host_list *list, const char *name);

#endif

/* The addresses that name servers have for a name. See resolv.conf(5). */
#ifndef LIBC_DNS_H
#define LIBC_DNS_H

#include "libc/hosts.h"

/* 0, or EAI_*. */
int dns_find(struct host_list *list, const char *name);

#endif

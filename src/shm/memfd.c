/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/termsig.h"
#include "io/error.h"
#include "shm/memfd.h"

/* <linux/memfd.h>, which a tool chain may lack or have in an older version. */
#ifndef MFD_NOEXEC_SEAL
enum { MFD_NOEXEC_SEAL = 8 };
#endif

enum status memfd_parse_seals(const char *list, int *seals)
{
	static const struct {
		const char *name;
		int seal;
	} names[] = {
	    {"shrink", F_SEAL_SHRINK},
	    {"grow", F_SEAL_GROW},
	    {"write", F_SEAL_WRITE},
	    {"seal", F_SEAL_SEAL},
	};
	enum { COUNT = sizeof names / sizeof *names };
	*seals = 0;
	for (const char *word = list;; word++) {
		size_t length = strcspn(word, ","), i = 0;
		while (i < COUNT && (strlen(names[i].name) != length ||
		                     strncmp(names[i].name, word, length) != 0))
			i++;
		if (i == COUNT)
			return error_usage("'%.*s' is not a seal: shrink, grow, write or "
			                   "seal",
			                   (int)length, word);
		*seals |= names[i].seal;
		word += length;
		if (*word == '\0')
			return STATUS_OK;
	}
}

/* MFD_ALLOW_SEALING: MFD_NOEXEC_SEAL implies it, an older kernel needs it. */
static int create_unsealed(const char *name)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
	return fd < 0 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

static int memfd_allocate(int fd, int64_t size)
{
	int result;
	do
		result = fallocate(fd, 0, 0, size);
	while (result < 0 && errno == EINTR && termsig_pending() == 0);
	return result;
}

enum status memfd_create_sealed(int *fd, const struct memfd_attributes *attributes,
                                int from)
{
	const char *name = attributes->name != NULL ? attributes->name : "ipctool";
	int made = create_unsealed(name);
	if (made < 0)
		return error_errno("memory");
	int moved = fd_move_above(made, from);
	if (moved < 0) {
		fd_close_keep_errno(made);
		return error_errno("memory");
	}
	bool reserve = attributes->reserve && attributes->size > 0;
	if (ftruncate(moved, attributes->size) < 0 ||
	    (reserve && memfd_allocate(moved, attributes->size) < 0) ||
	    (attributes->seals != 0 &&
	     fcntl(moved, F_ADD_SEALS, attributes->seals) < 0)) {
		fd_close_keep_errno(moved);
		return error_errno("%lld bytes", (long long)attributes->size);
	}
	*fd = moved;
	return STATUS_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * Only in a static-pie (make HARDENED=1): what the start of the program has relocated is
 * made read-only, as a dynamic loader does for PT_GNU_RELRO; see elf(5). Neither the
 * kernel nor musl does that for a static program.
 */
#include "base/status.h"

#ifdef IPCTOOL_STATIC_PIE

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* The first byte of the file in memory, which a static-pie is linked to be at 0. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static int protect_segment(const ElfW(Phdr) * header)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)__ehdr_start + header->p_vaddr;
	uintptr_t end = (begin + header->p_memsz) & -page;
	begin &= -page;
	return mprotect((void *)begin, end - begin, PROT_READ);
}

__attribute__((constructor)) static void protect_relocated(void)
{
	static const char message[] = "ipctool: relocated data cannot be protected\n";
	const ElfW(Phdr) *headers =
	    (const void *)(__ehdr_start + ((const ElfW(Ehdr) *)__ehdr_start)->e_phoff);
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
		if (headers[i].p_type != PT_GNU_RELRO ||
		    protect_segment(&headers[i]) == 0)
			continue;
		(void)!write(STDERR_FILENO, message, sizeof message - 1);
		_exit(STATUS_FAILED);
	}
}

#endif

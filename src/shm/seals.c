/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "io/error.h"
#include "shm/seals.h"

enum status seals_report(const struct name *name, const char *subject)
{
	static const struct {
		int seal;
		const char *name;
	} seals[] = {
	    {F_SEAL_SHRINK, " shrink"}, {F_SEAL_GROW, " grow"}, {F_SEAL_WRITE, " write"}};
	char text[64] = "";
	int set = fcntl(name->number, F_GET_SEALS);
	for (size_t i = 0; i < sizeof seals / sizeof *seals && set > 0; i++)
		if (set & seals[i].seal)
			strcat(text, seals[i].name);
	if (*text == '\0')
		return error_as(STATUS_FAILED, "%s: %s: %s", name->text, subject,
		                error_text(EPERM));
	return error_as(STATUS_FAILED, "%s: %s: not permitted (seals:%s)", name->text,
	                subject, text);
}

/* SPDX-License-Identifier: MIT */
/* peak OUTPUT COMMAND...: run COMMAND, and append to OUTPUT how many KiB of memory it had
 * at most. Its status is COMMAND's. */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
	struct rusage used;
	pid_t child;
	int how;
	if (argc < 3 || posix_spawn(&child, argv[2], NULL, NULL, argv + 2, environ) != 0)
		return 2;
	if (wait4(child, &how, 0, &used) < 0)
		return 1;
	FILE *output = fopen(argv[1], "a");
	if (output == NULL)
		return 1;
	fprintf(output, "%ld\n", used.ru_maxrss);
	return fclose(output) != 0 || !WIFEXITED(how) ? 1 : WEXITSTATUS(how);
}

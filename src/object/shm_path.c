#include <string.h>

#include "object/shm_path.h"

const char *shm_path_of(struct shm_path *path, const struct name *memory)
{
	strcpy(path->text, SHM_PATH_DIRECTORY);
	strcat(path->text, memory->text);
	return path->text;
}

/*
 * A semaphore on standard output.
 */
#ifndef SEMAPHORE_PRINT_H
#define SEMAPHORE_PRINT_H

#include <stdbool.h>

#include "semaphore/semaphore.h"

/* Print its value, or a JSON object of its facts. A failure is reported. */
enum status semaphore_print(const struct semaphore *semaphore, bool json);

#endif

/*
 * What ipcbench found, as bars of text on standard output: how long a message is under
 * way, and how many go through in a second.
 */
#ifndef BARS_H
#define BARS_H

#include "plot.h"

/* A failure is reported, as output.h does. */
enum status bars_print(const struct measurement *measurements, int count);

#endif

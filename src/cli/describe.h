/* SPDX-License-Identifier: MIT */
/*
 * The option table for programs: see "Descriptions" in ipctool(1).
 */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "applet.h"

/* The table of an applet as tab separated lines on standard output. */
enum status describe_print(const struct applet *applet);

#endif

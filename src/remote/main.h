/* SPDX-License-Identifier: MIT */
/*
 * The main function of the program of an engine, by its option table: its subcommands,
 * help, --describe and --complete WORD... as those of ipctool.
 */
#ifndef REMOTE_MAIN_H
#define REMOTE_MAIN_H

#include "applet.h"

int remote_main(const struct applet *program, int argc, char **argv);

#endif

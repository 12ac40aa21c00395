/* SPDX-License-Identifier: MIT */
/*
 * The titles of the groups of applets.
 */
#ifndef CLI_APPLET_GROUP_H
#define CLI_APPLET_GROUP_H

#include "applet.h"

/* "shared memory"; "" if the number is not one of them. */
const char *applet_group_title(enum applet_group group);

#endif

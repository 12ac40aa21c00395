/* SPDX-License-Identifier: MIT */
/*
 * Applets that do nothing but keep what they were called with.
 */
#ifndef PROBE_H
#define PROBE_H

#include "applet.h"

enum color { COLOR_NONE, COLOR_RED, COLOR_GREEN };

struct probe {
	bool json, verbose, force;
	enum color color;
	int64_t count, size, interval;
	uint64_t value;
	struct timeout timeout, delay;
	struct value_mode mode;
	const char *text, *offset, *length;
	struct string_list words;
	unsigned api;
	enum value_when progress;
};

/* What the last call of one of them was given. */
struct probe_call {
	int calls; /* 0: it was not called */
	const char *form;
	struct probe options;
	int argc;
	char **argv;
};

extern struct probe_call probe_call;

/* An applet of one form; of verbs; of a form that the option --exec selects. */
extern const struct applet applet_probe, applet_verbs, applet_selector;
/* With -SIGNAL; with a command after operands that may be repeated. */
extern const struct applet applet_signals, applet_repeats;

#endif

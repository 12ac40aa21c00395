/* SPDX-License-Identifier: MIT */
/*
 * A terminal as a table of cells: text is put into a frame, and what differs from the
 * frame before is written.
 *
 *     struct screen screen;
 *     termsig_begin(&termsig);
 *     status = screen_begin(&screen);
 *     while (status == STATUS_OK) {
 *             screen_clear(&screen);
 *             screen_put(&screen, row, column, width, SCREEN_BOLD, text);
 *             status = screen_show(&screen);
 *             key = screen_wait_key(&screen, &deadline);
 *     }
 *     screen_end(&screen);
 *     return termsig_end(&termsig, status);
 *
 * Texts are those of others: they are escaped, see io/escape.h. Only the sequences of
 * ECMA-48 are used, and the alternate screen of xterm, so that no database is needed.
 */
#ifndef INSPECT_SCREEN_H
#define INSPECT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "inspect/screen_guard.h"

enum screen_style {
	SCREEN_BOLD = 1 << 0,
	SCREEN_REVERSE = 1 << 1,
	SCREEN_RED = 1 << 2, /* colours only if the terminal has them */
	SCREEN_GREEN = 1 << 3,
	SCREEN_ESCAPED = 1 << 4, /* a backslash is shown as it is: the text is escaped */
};

/* Other keys are their byte: 'q', '\n', 27 for Escape, a byte of UTF-8. */
enum screen_key {
	SCREEN_NO_KEY,
	SCREEN_KEY_SUSPEND = 26,
	SCREEN_KEY_ESCAPE = 27,
	SCREEN_KEY_BACKSPACE = 127,
	SCREEN_KEY_UP = 256,
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_DELETE,
	SCREEN_DEADLINE, /* no key until then */
	SCREEN_RESIZED,  /* or continued after a stop: draw it again */
	SCREEN_CLOSED,   /* the terminal was closed, or a termination signal arrived */
};

struct screen_cell {
	char text[4]; /* one character of UTF-8, filled up with NUL */
	unsigned char style;
};

struct screen {
	struct screen_guard guard;
	int rows, columns;
	int signals; /* signalfd(2): WINCH, CONT */
	uint64_t mask;
	bool has_color, redraw;
	struct screen_cell *cells, *shown; /* rows * columns of each */
	size_t key_count;
	char keys[32];
};

/*
 * Fails, reported, unless standard input and output are a terminal. To be called between
 * termsig_begin() and termsig_end(); WINCH and CONT are blocked until screen_end(), which
 * must be called in any case.
 */
enum status screen_begin(struct screen *screen);
void screen_end(struct screen *screen);

/* An empty frame. */
void screen_clear(struct screen *screen);

/*
 * Put a text at a place of the frame, cut off and filled up with spaces to `width`
 * columns; negative: aligned to the right. Outside the frame nothing is put.
 */
void screen_put(struct screen *screen, int row, int column, int width, unsigned style,
                const char *text);

/* Write what has changed. A failure is reported after screen_end(): see io/output.h. */
enum status screen_show(struct screen *screen);

/* The next key or event until the deadline. */
int screen_wait_key(struct screen *screen, const struct deadline *deadline);

/* Stop the process group as the character of TSTP does, and draw again afterwards. */
void screen_suspend(struct screen *screen);

/*
 * The key at the beginning of these bytes, and how many of them it has: SCREEN_NO_KEY for
 * a sequence that is not a key here; *used is 0 if the sequence is not complete.
 */
int screen_parse_key(const char *bytes, size_t length, size_t *used);

#endif

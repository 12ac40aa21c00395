/* SPDX-License-Identifier: MIT */
#include "inspect/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "io/terminal.h"

enum {
	/* of a larger terminal only a part is used */
	ROWS_MAX = 300,
	COLUMNS_MAX = 500,
	/* a sequence that has not been completed after this time is the key Escape */
	ESCAPE_DELAY = 50000000,
	/* a character with its style and the position after it */
	CELL_BYTES_MAX = 48,
	BYTES_MAX = 4096,
};

static size_t count_cells(const struct screen *screen)
{
	return (size_t)screen->rows * (size_t)screen->columns;
}

static enum status screen_resize(struct screen *screen)
{
	struct winsize size;
	screen->rows = 24;
	screen->columns = TERMINAL_WIDTH_DEFAULT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0) {
		screen->rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
		screen->columns = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
	}
	free(screen->cells);
	screen->cells = calloc(count_cells(screen), 2 * sizeof *screen->cells);
	screen->redraw = true;
	if (screen->cells == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory");
	screen->shown = screen->cells + screen->rows * screen->columns;
	return STATUS_OK;
}

enum status screen_begin(struct screen *screen)
{
	uint64_t signals = ksig_bit(SIGWINCH) | ksig_bit(SIGCONT);
	const char *type = frontend_get_variable("TERM");
	*screen = (struct screen){.signals = -1};
	screen->mask = ksig_procmask(SIG_BLOCK, signals);
	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
		return error_as(STATUS_FAILED,
		                "standard input and output must be a terminal");
	if (type == NULL || *type == '\0' || strcmp(type, "dumb") == 0)
		return error_as(STATUS_FAILED,
		                "the terminal cannot be drawn over (TERM is %s)",
		                type == NULL || *type == '\0' ? "not set" : type);
	screen->has_color = terminal_has_color(STDOUT_FILENO);
	screen->signals = ksig_signalfd(signals);
	if (screen->signals < 0)
		return error_errno_as(STATUS_FAILED, "signalfd");
	enum status status = screen_resize(screen);
	if (status == STATUS_OK)
		status = screen_guard_begin(&screen->guard);
	if (status == STATUS_OK && screen_guard_enter(&screen->guard) < 0)
		status = error_errno_as(STATUS_FAILED, "standard input");
	return status;
}

void screen_end(struct screen *screen)
{
	struct signalfd_siginfo info;
	screen_guard_end(&screen->guard);
	/* a shell learns the size from the terminal: it misses no signal that is read */
	while (screen->signals >= 0 &&
	       read(screen->signals, &info, sizeof info) == sizeof info)
		;
	fd_close_keep_errno(screen->signals);
	free(screen->cells);
	ksig_procmask(SIG_SETMASK, screen->mask);
}

void screen_clear(struct screen *screen)
{
	memset(screen->cells, 0, count_cells(screen) * sizeof *screen->cells);
}

/* The next character as it is shown. */
static size_t next_character(char escaped[ESCAPE_CHARACTER_MAX], const char **text,
                             unsigned style)
{
	if ((style & SCREEN_ESCAPED) == 0 || **text != '\\')
		return escape_character(escaped, text);
	escaped[0] = *(*text)++;
	return 1;
}

/* The columns of a text: a character that is not ASCII takes one. */
static int text_columns(const char *text, int most, unsigned style)
{
	char escaped[ESCAPE_CHARACTER_MAX];
	int columns = 0;
	while (*text != '\0' && columns < most) {
		size_t length = next_character(escaped, &text, style);
		columns += (unsigned char)escaped[0] < 0x80 ? (int)length : 1;
	}
	return columns < most ? columns : most;
}

static struct screen_cell *put_cell(struct screen_cell *cell, const char *text,
                                    size_t length, unsigned style)
{
	memset(cell, 0, sizeof *cell);
	memcpy(cell->text, text, length < sizeof cell->text ? length : sizeof cell->text);
	cell->style = (unsigned char)(style & ~(unsigned)SCREEN_ESCAPED);
	return cell + 1;
}

void screen_put(struct screen *screen, int row, int column, int width, unsigned style,
                const char *text)
{
	char escaped[ESCAPE_CHARACTER_MAX];
	bool right = width < 0;
	width = abs(width);
	if (row < 0 || row >= screen->rows || column < 0 || column >= screen->columns)
		return;
	if (width > screen->columns - column)
		width = screen->columns - column;
	struct screen_cell *cell = screen->cells + row * screen->columns + column;
	struct screen_cell *end = cell + width;
	for (int i = right ? width - text_columns(text, width, style) : 0; i > 0; i--)
		cell = put_cell(cell, " ", 1, style);
	while (*text != '\0' && cell < end) {
		size_t length = next_character(escaped, &text, style);
		if ((unsigned char)escaped[0] >= 0x80)
			cell = put_cell(cell, escaped, length, style);
		else
			for (size_t i = 0; i < length && cell < end; i++)
				cell = put_cell(cell, escaped + i, 1, style);
	}
	while (cell < end)
		cell = put_cell(cell, " ", 1, style);
}

struct screen_bytes {
	enum status status;
	char *end;
	char text[BYTES_MAX];
};

static void bytes_flush(struct screen_bytes *bytes)
{
	if (bytes->status == STATUS_OK)
		bytes->status =
		    output_write(bytes->text, (size_t)(bytes->end - bytes->text));
	bytes->end = bytes->text;
}

static void bytes_append(struct screen_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* At most CELL_BYTES_MAX bytes. */
static void bytes_append(struct screen_bytes *bytes, const char *format, ...)
{
	va_list arguments;
	if (bytes->end > bytes->text + BYTES_MAX - CELL_BYTES_MAX)
		bytes_flush(bytes);
	va_start(arguments, format);
	bytes->end += vsprintf(bytes->end, format, arguments);
	va_end(arguments);
}

static void append_style(struct screen_bytes *bytes, unsigned style, bool has_color)
{
	static const char codes[][4] = {";1", ";7", ";31", ";32"};
	bytes_append(bytes, "\33[0");
	for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++)
		if ((style & 1U << i) != 0 && (has_color || 1U << i < SCREEN_RED))
			bytes_append(bytes, "%s", codes[i]);
	bytes_append(bytes, "m");
}

/* The cell after a character that is not ASCII is put in its place: it may be wide. */
static void write_row(struct screen *screen, struct screen_bytes *bytes, int row)
{
	const struct screen_cell *cells = screen->cells + row * screen->columns;
	int last = screen->columns;
	unsigned style = 0;
	while (last > 0 && cells[last - 1].style == 0 &&
	       (cells[last - 1].text[0] == '\0' || cells[last - 1].text[0] == ' '))
		last--;
	bytes_append(bytes, "\33[%d;1H\33[0m", row + 1);
	for (int i = 0; i < last; i++) {
		size_t length = strnlen(cells[i].text, sizeof cells[i].text);
		if (cells[i].style != style)
			append_style(bytes, style = cells[i].style, screen->has_color);
		bytes_append(bytes, " ");
		memcpy(bytes->end - 1, cells[i].text, length);
		bytes->end += length > 0 ? length - 1 : 0;
		if (length > 1)
			bytes_append(bytes, "\33[%dG", i + 2);
	}
	bytes_append(bytes, "\33[0m%s", last < screen->columns ? "\33[K" : "");
}

enum status screen_show(struct screen *screen)
{
	struct screen_bytes bytes;
	size_t row_size = (size_t)screen->columns * sizeof *screen->cells;
	bytes.status = STATUS_OK;
	bytes.end = bytes.text;
	if (screen->redraw)
		bytes_append(&bytes, "\33[0m\33[2J");
	for (int row = 0; row < screen->rows; row++) {
		struct screen_cell *shown = screen->shown + row * screen->columns;
		struct screen_cell *cells = screen->cells + row * screen->columns;
		if (screen->redraw || memcmp(shown, cells, row_size) != 0)
			write_row(screen, &bytes, row);
		memcpy(shown, cells, row_size);
	}
	bytes_flush(&bytes);
	screen->redraw = false;
	return bytes.status;
}

void screen_suspend(struct screen *screen)
{
	screen_guard_leave(&screen->guard);
	kill(0, SIGTSTP);
	screen_guard_enter(&screen->guard);
	screen->redraw = true;
}

static int screen_read_signals(struct screen *screen)
{
	struct signalfd_siginfo info;
	while (read(screen->signals, &info, sizeof info) == sizeof info)
		if (info.ssi_signo == SIGCONT && screen_guard_enter(&screen->guard) < 0)
			return SCREEN_CLOSED;
	return screen_resize(screen) == STATUS_OK ? SCREEN_RESIZED : SCREEN_CLOSED;
}

int screen_wait_key(struct screen *screen, const struct deadline *deadline)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
	                       {.fd = screen->signals, .events = POLLIN}};
	for (;;) {
		size_t used = 0, count = screen->key_count;
		struct deadline delay = deadline_in(ESCAPE_DELAY);
		int key = count > 0 ? screen_parse_key(screen->keys, count, &used)
		                    : SCREEN_NO_KEY;
		if (count > 0 && used == 0 && deadline_poll(&delay, fds, 1) < 0) {
			used = 1;
			key = SCREEN_KEY_ESCAPE;
		}
		screen->key_count -= used;
		memmove(screen->keys, screen->keys + used, screen->key_count);
		if (key != SCREEN_NO_KEY)
			return key;
		if (used > 0)
			continue;
		if (deadline_poll(deadline, fds, 2) < 0)
			return errno == EAGAIN || errno == ETIMEDOUT ? SCREEN_DEADLINE
			                                             : SCREEN_CLOSED;
		if (fds[1].revents != 0)
			return screen_read_signals(screen);
		ssize_t got =
		    read(STDIN_FILENO, screen->keys + count, sizeof screen->keys - count);
		if (got <= 0)
			return SCREEN_CLOSED;
		screen->key_count += (size_t)got;
	}
}

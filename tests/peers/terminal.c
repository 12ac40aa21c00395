/* SPDX-License-Identifier: MIT */
/*
 * A terminal for a command that draws over it: a pseudo-terminal, and the screen that it
 * would show.
 *
 *   terminal ROWS COLUMNS STEP... -- COMMAND...
 *
 * The command leads a session of its own. The steps are done one after the other; one
 * that waits gives up after 30 seconds, prints the screen, and the status is 1.
 *
 *     see:TEXT     wait until a row has TEXT; red:TEXT until it stands there in red
 *     lose:TEXT    wait until no row has it
 *     key:BYTES    type them
 *     size:ROWS,COLUMNS   change the size
 *     kill:NUMBER  send a signal to the command
 *     wait:raw     until keys arrive one by one and the alternate screen is shown
 *     wait:plain   until the terminal is as it was before
 *     wait:stopped until the command is stopped
 *     close        the terminal is closed
 *     end          wait until the command has ended: "status N" or "signal N"
 *     print        print the rows, without spaces at their ends
 *     draw:FILE    write them to FILE as a picture, SVG
 *     run:TEXT     run TEXT by sh(1); COMMAND_PID and TTY are in its environment
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_MAX = 100, COLUMNS_MAX = 300, SECONDS = 30 };

enum style { BOLD = 1, REVERSE = 2, RED = 4, GREEN = 8 };

struct cell {
	char text[5];
	int style;
};

static struct cell cells[ROWS_MAX][COLUMNS_MAX], primary[ROWS_MAX][COLUMNS_MAX];
static int rows, columns, row, column;
static bool alternate, hidden;
static int style;
static int master = -1, slave = -1;
static pid_t command;
static bool ended;
static int wait_status;
static struct termios before;

static int number_of(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static void print_screen(FILE *to)
{
	for (int i = 0; i < rows; i++) {
		int last = columns;
		while (last > 0 && strchr(" ", cells[i][last - 1].text[0]) != NULL)
			last--;
		for (int j = 0; j < last; j++)
			fputs(cells[i][j].text[0] ? cells[i][j].text : " ", to);
		fputc('\n', to);
	}
}

static void erase(int from_row, int from_column, int to_row)
{
	for (int i = from_row; i <= to_row && i < rows; i++)
		for (int j = i == from_row ? from_column : 0; j < columns; j++)
			cells[i][j] = (struct cell){{0}, 0};
}

static void switch_screen(bool to_alternate)
{
	if (to_alternate == alternate)
		return;
	alternate = to_alternate;
	memcpy(to_alternate ? primary : cells, to_alternate ? cells : primary,
	       sizeof cells);
	if (to_alternate)
		erase(0, 0, rows);
}

static void next_line(void)
{
	if (row < rows - 1) {
		row++;
		return;
	}
	memmove(cells[0], cells[1], sizeof cells - sizeof cells[0]);
	erase(rows - 1, 0, rows - 1);
}

static void set_style(const char *parameters)
{
	static const int styles[50] = {
	    [1] = BOLD, [7] = REVERSE, [31] = RED, [32] = GREEN};
	const char *code = parameters;
	while (code != NULL) {
		int number = number_of(code);
		style = number == 0 ? 0 : style | styles[number < 50 ? number : 0];
		code = strchr(code, ';');
		code += code != NULL;
	}
}

static void obey(const char *parameters, char final)
{
	int first = number_of(parameters), second = 1;
	const char *semicolon = strchr(parameters, ';');
	if (semicolon != NULL)
		second = number_of(semicolon + 1);
	if (final == 'H') {
		row = first > 0 ? first - 1 : 0;
		column = second > 0 ? second - 1 : 0;
	} else if (final == 'G') {
		column = first > 0 ? first - 1 : 0;
	} else if (final == 'K') {
		erase(row, column, row);
	} else if (final == 'J') {
		erase(first == 2 ? 0 : row, first == 2 ? 0 : column, rows);
	} else if (final == 'm') {
		set_style(parameters);
	} else if (final == 'h' || final == 'l') {
		if (strcmp(parameters, "?1049") == 0)
			switch_screen(final == 'h');
		if (strcmp(parameters, "?25") == 0)
			hidden = final == 'l';
	}
}

static void draw(const char *text, size_t length)
{
	if (row < rows && column < columns) {
		memset(&cells[row][column], 0, sizeof cells[row][column]);
		memcpy(cells[row][column].text, text, length);
		cells[row][column].style = style;
	}
	/* no wrap */
	if (column < columns - 1)
		column++;
}

/* Takes complete sequences and characters; what is left over stays for the next time. */
static size_t interpret(const char *bytes, size_t length)
{
	size_t at = 0;
	while (at < length) {
		unsigned char byte = (unsigned char)bytes[at];
		size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
		if (byte == 27) {
			size_t end = at + 2;
			char parameters[64] = "";
			while (end < length && bytes[end] < 0x40)
				end++;
			if (end >= length)
				break;
			if (end - at - 2 < sizeof parameters)
				memcpy(parameters, bytes + at + 2, end - at - 2);
			obey(parameters, bytes[end]);
			size = end + 1 - at;
		} else if (at + size > length) {
			break;
		} else if (byte == '\r') {
			column = 0;
		} else if (byte == '\n') {
			next_line();
		} else if (byte >= ' ') {
			draw(bytes + at, size);
		}
		at += size;
	}
	return at;
}

/* False if nothing came. */
static bool read_terminal(void)
{
	static char bytes[65536];
	static size_t left;
	struct pollfd fd = {.fd = master, .events = POLLIN};
	if (poll(&fd, 1, 50) <= 0 || (fd.revents & POLLIN) == 0)
		return false;
	ssize_t got = read(master, bytes + left, sizeof bytes - left);
	if (got <= 0)
		return false;
	left += (size_t)got;
	size_t used = interpret(bytes, left);
	left -= used;
	memmove(bytes, bytes + used, left);
	return true;
}

static bool has_text(int at, int cell)
{
	return strchr(" ", cells[at][cell].text[0]) == NULL;
}

/* A word for itself: how wide several blanks are depends on who draws the picture. */
static void draw_word(FILE *to, int at, int from, int end, const char *ink)
{
	fprintf(to, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>",
	        16 + from * 8, 27 + at * 18, (end - from) * 8, ink,
	        (cells[at][from].style & BOLD) != 0 ? " font-weight=\"bold\"" : "");
	for (int i = from; i < end; i++) {
		const char *cell = cells[at][i].text;
		if (cell[0] == '<' || cell[0] == '&')
			fprintf(to, "&#%d;", cell[0]);
		else
			fputs(cell, to);
	}
	fputs("</text>\n", to);
}

/* The cells from one to another of a row, which have the same style. */
static void draw_cells(FILE *to, int at, int from, int end)
{
	int look = cells[at][from].style;
	const char *ink = (look & RED) != 0 ? "#ff7b72" : "#e6edf3";
	if ((look & (RED | GREEN)) == GREEN)
		ink = "#7ee787";
	if ((look & REVERSE) != 0)
		fprintf(
		    to,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" fill=\"%s\"/>\n",
		    16 + from * 8, 14 + at * 18, (end - from) * 8, ink);
	for (int word = from, next; word < end; word = next) {
		next = word + 1;
		if (!has_text(at, word))
			continue;
		while (next < end && has_text(at, next))
			next++;
		draw_word(to, at, word, next, (look & REVERSE) != 0 ? "#0d1117" : ink);
	}
}

static bool is_blank(const struct cell *cell)
{
	return strchr(" ", cell->text[0]) != NULL && (cell->style & REVERSE) == 0;
}

static void draw_screen(const char *path)
{
	FILE *to = fopen(path, "w");
	if (to == NULL)
		die(path);
	fprintf(to,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	        "font-family=\"monospace\" font-size=\"13\" "
	        "role=\"img\">\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" "
	        "fill=\"#0d1117\"/>\n",
	        columns * 8 + 32, rows * 18 + 28);
	for (int i = 0; i < rows; i++) {
		int last = columns, end;
		while (last > 0 && is_blank(&cells[i][last - 1]))
			last--;
		for (int j = 0; j < last; j = end) {
			end = j + 1;
			while (end < last && cells[i][end].style == cells[i][j].style)
				end++;
			draw_cells(to, i, j, end);
		}
	}
	fputs("</svg>\n", to);
	fclose(to);
}

static bool is_on_screen(const char *text, bool in_red)
{
	char line[COLUMNS_MAX * 4 + 1];
	int starts[COLUMNS_MAX * 4 + 1];
	for (int i = 0; i < rows; i++) {
		size_t length = 0;
		for (int j = 0; j < columns; j++) {
			const char *cell = cells[i][j].text[0] ? cells[i][j].text : " ";
			for (size_t k = 0; cell[k] != '\0'; k++) {
				starts[length] = j;
				line[length++] = cell[k];
			}
		}
		line[length] = '\0';
		const char *found = strstr(line, text);
		if (found != NULL &&
		    (!in_red || (cells[i][starts[found - line]].style & RED) != 0))
			return true;
	}
	return false;
}

static bool has_modes_of(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static bool is_plain(void)
{
	struct termios now = {0};
	return tcgetattr(slave, &now) == 0 && has_modes_of(&now, &before) && !alternate &&
	       !hidden;
}

static bool is_raw(void)
{
	struct termios now = {0};
	return tcgetattr(slave, &now) == 0 && (now.c_lflag & (ICANON | ECHO)) == 0 &&
	       alternate && hidden;
}

static bool has_ended(void)
{
	if (!ended && waitpid(command, &wait_status, WNOHANG) == command)
		ended = true;
	return ended;
}

static bool is_stopped(void)
{
	return waitpid(command, &wait_status, WNOHANG | WUNTRACED) == command &&
	       WIFSTOPPED(wait_status);
}

static bool is_done(const char *step)
{
	if (strncmp(step, "see:", 4) == 0)
		return is_on_screen(step + 4, false);
	if (strncmp(step, "red:", 4) == 0)
		return is_on_screen(step + 4, true);
	if (strncmp(step, "lose:", 5) == 0)
		return !is_on_screen(step + 5, false);
	if (strcmp(step, "wait:plain") == 0)
		return is_plain();
	if (strcmp(step, "wait:raw") == 0)
		return is_raw();
	if (strcmp(step, "wait:stopped") == 0)
		return is_stopped();
	if (strcmp(step, "end") == 0)
		return has_ended();
	fprintf(stderr, "terminal: %s: no such step\n", step);
	exit(2);
}

static void wait_for(const char *step)
{
	time_t end = time(NULL) + SECONDS;
	while (!is_done(step)) {
		if (master >= 0)
			read_terminal();
		else
			poll(NULL, 0, 10);
		if (time(NULL) < end)
			continue;
		printf("not within %d s: %s\n", SECONDS, step);
		print_screen(stdout);
		exit(1);
	}
}

static void resize(int to_rows, int to_columns)
{
	struct winsize size = {.ws_row = (unsigned short)to_rows,
	                       .ws_col = (unsigned short)to_columns};
	rows = to_rows < ROWS_MAX ? to_rows : ROWS_MAX;
	columns = to_columns < COLUMNS_MAX ? to_columns : COLUMNS_MAX;
	if (ioctl(master, TIOCSWINSZ, &size) < 0)
		die("TIOCSWINSZ");
}

static void run(const char *text)
{
	char pid[16];
	snprintf(pid, sizeof pid, "%d", (int)command);
	setenv("COMMAND_PID", pid, 1);
	setenv("TTY", ptsname(master), 1);
	fflush(stdout);
	int result = 0;
	pid_t shell = fork();
	if (shell == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	if (shell < 0 || waitpid(shell, &result, 0) < 0 || result != 0) {
		printf("failed: %s\n", text);
		exit(1);
	}
}

static void do_step(const char *step)
{
	if (strncmp(step, "key:", 4) == 0) {
		if (write(master, step + 4, strlen(step + 4)) < 0)
			die("write");
	} else if (strncmp(step, "size:", 5) == 0) {
		const char *comma = strchr(step, ',');
		resize(number_of(step + 5), comma != NULL ? number_of(comma + 1) : 80);
	} else if (strncmp(step, "kill:", 5) == 0) {
		kill(command, number_of(step + 5));
	} else if (strncmp(step, "run:", 4) == 0) {
		run(step + 4);
	} else if (strcmp(step, "print") == 0 || strncmp(step, "draw:", 5) == 0) {
		/* what is being drawn is drawn completely */
		while (read_terminal())
			;
		if (step[0] == 'p')
			print_screen(stdout);
		else
			draw_screen(step + 5);
	} else if (strcmp(step, "close") == 0) {
		close(slave);
		close(master);
		master = slave = -1;
	} else {
		wait_for(step);
		if (strcmp(step, "end") == 0)
			printf("%s %d\n", WIFSIGNALED(wait_status) ? "signal" : "status",
			       WIFSIGNALED(wait_status) ? WTERMSIG(wait_status)
			                                : WEXITSTATUS(wait_status));
	}
}

static void start(char **argv)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		die("posix_openpt");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		die(ptsname(master));
	tcgetattr(slave, &before);
	resize(rows, columns);
	command = fork();
	if (command != 0)
		return;
	setsid();
	int terminal = open(ptsname(master), O_RDWR);
	if (terminal < 0)
		die(ptsname(master));
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	if (terminal > 2)
		close(terminal);
	setenv("TERM", "xterm", 0);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	int first = 3, dashes = first;
	while (dashes < argc && strcmp(argv[dashes], "--") != 0)
		dashes++;
	if (dashes + 1 >= argc) {
		fputs("usage: terminal ROWS COLUMNS STEP... -- COMMAND...\n", stderr);
		return 2;
	}
	rows = number_of(argv[1]);
	columns = number_of(argv[2]);
	start(argv + dashes + 1);
	for (int i = first; i < dashes; i++)
		do_step(argv[i]);
	if (!has_ended())
		kill(command, SIGKILL);
	return 0;
}

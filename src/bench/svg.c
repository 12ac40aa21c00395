/* SPDX-License-Identifier: MIT */
#include <sys/utsname.h>
#include <unistd.h>

#include "base/quantity.h"
#include "bench/svg.h"
#include "io/document.h"

/* In the plot's units, about a pixel each. */
enum {
	MARGIN = 24,
	LABELS = 150, /* of the rows, to the left of the scales */
	SCALE = 430,  /* of the time */
	GAP = 40,
	RATE = 240, /* the longest bar of messages per second */
	NUMBERS = 150,
	HEAD = 96,
	ROW = 40,
	FOOT = 44,
	WIDTH = MARGIN + LABELS + SCALE + GAP + RATE + NUMBERS + MARGIN,
};

struct svg_plot {
	struct document *document;
	double least, most; /* time, in powers of ten */
	double highest;     /* messages per second */
};

/* ln x = 2 artanh((x - 1) / (x + 1)); libm would be linked for nothing else. */
static double decimal_log(double x)
{
	const double ln_2 = 0.69314718055994531, ln_10 = 2.30258509299404568;
	double sum = 0;
	while (x >= 2) {
		x /= 2;
		sum += ln_2;
	}
	while (x > 0 && x < 1) {
		x *= 2;
		sum -= ln_2;
	}
	double ratio = (x - 1) / (x + 1), power = ratio;
	for (int n = 1; n < 30; n += 2) {
		sum += 2 * power / n;
		power *= ratio * ratio;
	}
	return sum / ln_10;
}

/* The horizontal position of a time. */
static double svg_time_position(const struct svg_plot *plot, double nanoseconds)
{
	double decade = decimal_log(nanoseconds > 1 ? nanoseconds : 1);
	return MARGIN + LABELS +
	       SCALE * (decade - plot->least) / (plot->most - plot->least);
}

static void svg_find_range(struct svg_plot *plot,
                           const struct bench_measurement *measurements, int count)
{
	double least = 1e18, most = 1;
	for (int i = 0; i < count; i++) {
		const struct bench_figures *figures = &measurements[i].figures;
		double low = (double)figures->one_way[0];
		double high = (double)figures->round_trip[BENCH_QUANTILES - 1];
		double other = (double)figures->one_way[BENCH_QUANTILES - 1];
		int64_t per_second = bench_messages_per_second(figures);
		least = low < least ? low : least;
		most = high > most ? high : most;
		most = other > most ? other : most;
		if ((double)per_second > plot->highest)
			plot->highest = (double)per_second;
	}
	double lowest = decimal_log(least > 1 ? least : 1), highest = decimal_log(most);
	plot->least = (double)(int)lowest;
	plot->most = (double)((int)highest + 1);
}

static const char *svg_decade_label(int decade)
{
	static const char *const words[] = {
	    "1 ns",  "10 ns",  "100 ns", "1 &#181;s", "10 &#181;s", "100 &#181;s", "1 ms",
	    "10 ms", "100 ms", "1 s",    "10 s",      "100 s",      "1000 s",
	};
	int count = (int)(sizeof words / sizeof *words);
	return decade >= 0 && decade < count ? words[decade] : "";
}

static void svg_draw_head(struct svg_plot *plot, int height)
{
	document_printf(
	    plot->document,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	    "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" "
	    "role=\"img\">\n"
	    "<title>Latency and rate of messages between two processes</title>\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
	    "<text x=\"%d\" y=\"34\" font-size=\"20\" font-weight=\"bold\" "
	    "fill=\"#1b2733\">Messages between two processes</text>\n",
	    WIDTH, height, WIDTH, height, MARGIN);
	document_printf(
	    plot->document,
	    "<rect x=\"%d\" y=\"49\" width=\"14\" height=\"9\" fill=\"#1f77b4\"/>"
	    "<text x=\"%d\" y=\"58\" fill=\"#444\">one way</text>\n"
	    "<rect x=\"%d\" y=\"49\" width=\"14\" height=\"9\" fill=\"#9db8cc\"/>"
	    "<text x=\"%d\" y=\"58\" fill=\"#444\">round trip</text>\n",
	    MARGIN + LABELS, MARGIN + LABELS + 20, MARGIN + LABELS + 90,
	    MARGIN + LABELS + 110);
	document_printf(
	    plot->document,
	    "<text x=\"%d\" y=\"58\" fill=\"#444\">messages and bytes per second, "
	    "one way</text>\n",
	    MARGIN + LABELS + SCALE + GAP);
}

static void svg_draw_scale(struct svg_plot *plot, int height)
{
	for (int decade = (int)plot->least; decade <= (int)plot->most; decade++) {
		double x = MARGIN + LABELS +
		           SCALE * (decade - plot->least) / (plot->most - plot->least);
		document_printf(plot->document,
		                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
		                "stroke=\"#d9dee3\"/>"
		                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" "
		                "fill=\"#666\" font-size=\"11\">%s</text>\n",
		                x, HEAD - 12, x, height - FOOT, x, HEAD - 18,
		                svg_decade_label(decade));
	}
}

/* A bar from the median to the 99th percentile, a line to the 99.9th. */
static void svg_draw_times(struct svg_plot *plot, const int64_t times[BENCH_QUANTILES],
                           double y, const char *colour)
{
	double from = svg_time_position(plot, (double)times[0]);
	double to = svg_time_position(plot, (double)times[1]);
	double end = svg_time_position(plot, (double)times[2]);
	document_printf(
	    plot->document,
	    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
	    "stroke-width=\"1.5\"/>"
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"9\" rx=\"2\" "
	    "fill=\"%s\"/>"
	    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>\n",
	    to, y, end, y, colour, from, y - 4.5, to > from ? to - from : 0.1, colour,
	    from, y, colour);
}

static void svg_draw_row(struct svg_plot *plot,
                         const struct bench_measurement *measurement, int row)
{
	const struct bench_figures *figures = &measurement->figures;
	double middle = HEAD + row * ROW + ROW / 2.0;
	int64_t per_second = bench_messages_per_second(figures);
	double rate = (double)per_second;
	double length = plot->highest > 0 ? RATE * rate / plot->highest : 0;
	int right = MARGIN + LABELS + SCALE + GAP;
	char size_text[QUANTITY_TEXT], count_text[QUANTITY_TEXT],
	    rate_text[QUANTITY_TEXT];
	quantity_bytes(size_text, (int64_t)measurement->size, false);
	if (row % 2 == 1)
		document_printf(plot->document,
		                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		                "fill=\"#f5f7f9\" fill-opacity=\"0.7\"/>\n",
		                MARGIN / 2, HEAD + row * ROW, WIDTH - MARGIN, ROW);
	document_printf(
	    plot->document,
	    "<text x=\"%d\" y=\"%.1f\" font-weight=\"bold\" fill=\"#1b2733\">%s</text>"
	    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#666\" "
	    "font-size=\"11\">%s</text>\n",
	    MARGIN, middle + 4.5, measurement->mechanism->name, MARGIN + LABELS - 14,
	    middle + 4.5, size_text);
	svg_draw_times(plot, figures->round_trip, middle + 7, "#9db8cc");
	svg_draw_times(plot, figures->one_way, middle - 6, "#1f77b4");
	document_printf(plot->document,
	                "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"18\" rx=\"2\" "
	                "fill=\"#2a9d6f\"/>"
	                "<text x=\"%.1f\" y=\"%.1f\" fill=\"#1b2733\">",
	                right, middle - 9, length > 1 ? length : 1, right + length + 8,
	                middle + 4.5);
	quantity_count(count_text, per_second);
	quantity_byte_rate(rate_text, bench_bytes_per_second(figures, measurement->size));
	document_printf(
	    plot->document,
	    "%s<tspan fill=\"#666\" font-size=\"11\"> &#183; %s</tspan></text>\n",
	    count_text, rate_text);
}

static void svg_draw_foot(struct svg_plot *plot, int height)
{
	struct utsname system;
	uname(&system);
	document_printf(
	    plot->document,
	    "<text x=\"%d\" y=\"%d\" fill=\"#666\" font-size=\"11\">Time, on a "
	    "logarithmic scale: dot: the median; bar: to the 99th percentile; line: to "
	    "the 99.9th. ipcbench %s, Linux %s on %s, %ld CPUs.</text>\n</svg>\n",
	    MARGIN, height - 16, IPCTOOL_VERSION, system.release, system.machine,
	    sysconf(_SC_NPROCESSORS_ONLN));
}

void bench_svg_write(struct document *document,
                     const struct bench_measurement *measurements, int count)
{
	struct svg_plot plot = {.document = document};
	int height = HEAD + count * ROW + FOOT;
	svg_find_range(&plot, measurements, count);
	svg_draw_head(&plot, height);
	svg_draw_scale(&plot, height);
	for (int i = 0; i < count; i++)
		svg_draw_row(&plot, &measurements[i], i);
	svg_draw_foot(&plot, height);
}

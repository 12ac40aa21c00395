/* SPDX-License-Identifier: MIT */
/*
 * vsnprintf(3) for the static program: what its messages need. Flags "-" and "0", width,
 * precision, the lengths hh h l ll j z t, the conversions d i u x X o c s p f and %%.
 * Anything else is printed as it stands; scripts/formats finds it in the sources.
 * musl's own is four times as large for the exact digits of any floating-point number;
 * here %f is exact below 2^63 / 10^precision, and above that "inf".
 */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct text {
	char *to;
	size_t room, length; /* the length may be more than the room */
};

struct conversion {
	bool left, zeros;
	int width, precision; /* -1: none */
	va_list arguments;
};

static void append(struct text *text, const char *bytes, size_t length)
{
	for (; length > 0; length--, text->length++)
		if (text->length < text->room)
			text->to[text->length] = *bytes++;
}

static void append_fill(struct text *text, char byte, int64_t count)
{
	for (; count > 0; count--)
		append(text, &byte, 1);
}

static void append_field(struct text *text, const struct conversion *conversion,
                         const char *sign, int64_t zeros, const char *bytes,
                         size_t length)
{
	int64_t blanks = conversion->width - (int64_t)(strlen(sign) + length);
	if (conversion->zeros && !conversion->left && zeros < blanks)
		zeros = blanks;
	zeros = zeros > 0 ? zeros : 0;
	if (!conversion->left)
		append_fill(text, ' ', blanks - zeros);
	append(text, sign, strlen(sign));
	append_fill(text, '0', zeros);
	append(text, bytes, length);
	if (conversion->left)
		append_fill(text, ' ', blanks - zeros);
}

/* The first of the digits before `end`; none for 0. */
static char *format_digits(char *end, uint64_t value, unsigned base, char letters)
{
	for (; value > 0; value /= base) {
		unsigned digit = (unsigned)(value % base);
		*--end = (char)(digit < 10 ? '0' + digit
		                           : (unsigned char)letters + digit - 10);
	}
	return end;
}

static void format_integer(struct text *text, struct conversion *conversion,
                           const char *sign, uint64_t value, unsigned base, char letters)
{
	char digits[24], *end = digits + sizeof digits;
	char *first = format_digits(end, value, base, letters);
	int least = conversion->precision;
	if (least < 0)
		least = 1;
	else
		conversion->zeros = false;
	append_field(text, conversion, sign, least - (end - first), first,
	             (size_t)(end - first));
}

static void format_double(struct text *text, const struct conversion *conversion,
                          double value)
{
	char digits[32], *end = digits + sizeof digits;
	int precision = conversion->precision < 0 ? 6 : conversion->precision;
	long double scaled =
	    __builtin_signbit(value) ? -(long double)value : (long double)value;
	const char *sign = __builtin_signbit(value) ? "-" : "";
	for (int i = 0; i < precision; i++)
		scaled *= 10;
	if (!(scaled < 0x1p63L)) {
		append_field(text, conversion, sign, 0, value != value ? "nan" : "inf",
		             3);
		return;
	}
	/* to the nearest, and of two the even one, as the bits of a double are exact here
	 */
	uint64_t rounded = (uint64_t)scaled;
	long double rest = scaled - (long double)rounded;
	if (rest > 0.5L || (rest == 0.5L && rounded % 2 != 0))
		rounded++;
	for (int i = 0; i < precision && i < 19; i++, rounded /= 10)
		*--end = (char)('0' + rounded % 10);
	if (precision > 0)
		*--end = '.';
	char *first = format_digits(end, rounded, 10, 'a');
	if (first == end)
		*--first = '0';
	append_field(text, conversion, sign, 0, first,
	             (size_t)(digits + sizeof digits - first));
}

/* An argument of `size` bytes, extended to 64 bits as its sign or its lack of one
 * demands. */
static uint64_t take_integer(struct conversion *conversion, int size, bool is_signed)
{
	uint64_t value = size > (int)sizeof(long)
	                     ? va_arg(conversion->arguments, unsigned long long)
	                     : va_arg(conversion->arguments, unsigned long);
	int unused = 64 - 8 * size;
	return is_signed ? (uint64_t)((int64_t)(value << unused) >> unused)
	                 : value << unused >> unused;
}

static int take_number(struct conversion *conversion, const char **format)
{
	int number = 0;
	if (**format == '*') {
		++*format;
		return (int)take_integer(conversion, sizeof(int), true);
	}
	while (**format >= '0' && **format <= '9')
		number = number * 10 + *(*format)++ - '0';
	return number;
}

static int take_size(const char **format)
{
	int size = sizeof(int);
	for (;; ++*format)
		switch (**format) {
		case 'h': size /= 2; break;
		case 'l':
			size = sizeof(long);
			if ((*format)[1] != 'l')
				break;
			size = sizeof(long long);
			++*format;
			break;
		case 'j': size = sizeof(intmax_t); break;
		case 'z':
		case 't': size = sizeof(size_t); break;
		default: return size;
		}
}

static void format_signed(struct text *text, struct conversion *conversion, int64_t value)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
	format_integer(text, conversion, value < 0 ? "-" : "", magnitude, 10, 'a');
}

static void format_string(struct text *text, struct conversion *conversion,
                          const char *string)
{
	size_t most =
	    conversion->precision < 0 ? SIZE_MAX : (size_t)conversion->precision;
	conversion->zeros = false;
	size_t length = 0;
	while (length < most && string[length] != '\0')
		length++;
	append_field(text, conversion, "", 0, string, length);
}

/* The conversion after a "%"; returns its last character. */
static const char *convert(struct text *text, struct conversion *conversion,
                           const char *format)
{
	const char *start = format;
	char byte;
	conversion->left = conversion->zeros = false;
	for (; *format == '-' || *format == '0'; format++)
		*(*format == '-' ? &conversion->left : &conversion->zeros) = true;
	conversion->width = take_number(conversion, &format);
	if (conversion->width < 0) {
		conversion->left = true;
		conversion->width = -conversion->width;
	}
	conversion->precision = -1;
	if (*format == '.') {
		format++;
		conversion->precision = take_number(conversion, &format);
	}
	int size = take_size(&format);
	unsigned base = 10;
	switch (*format) {
	case 'd':
	case 'i':
		format_signed(text, conversion,
		              (int64_t)take_integer(conversion, size, true));
		return format;
	case 'o': base = 8; break;
	case 'x':
	case 'X': base = 16; break;
	case 'u': break;
	case 'c':
		byte = (char)take_integer(conversion, sizeof(int), false);
		conversion->zeros = false;
		append_field(text, conversion, "", 0, &byte, 1);
		return format;
	case 's':
		format_string(text, conversion,
		              (const char *)(uintptr_t)take_integer(
		                  conversion, sizeof(char *), false));
		return format;
	case 'p':
		format_integer(text, conversion, "0x",
		               take_integer(conversion, sizeof(void *), false), 16, 'a');
		return format;
	case 'f':
		format_double(text, conversion, va_arg(conversion->arguments, double));
		return format;
	case '%': append(text, "%", 1); return format;
	default: append(text, "%", 1); return start - 1;
	}
	format_integer(text, conversion, "", take_integer(conversion, size, false), base,
	               *format == 'X' ? 'A' : 'a');
	return format;
}

int vsnprintf(char *restrict to, size_t room, const char *restrict format,
              va_list arguments)
{
	struct text text = {.to = to, .room = room > 0 ? room - 1 : 0};
	struct conversion conversion;
	va_copy(conversion.arguments, arguments);
	for (; *format != '\0'; format++)
		if (*format == '%')
			format = convert(&text, &conversion, format + 1);
		else
			append(&text, format, 1);
	va_end(conversion.arguments);
	if (room > 0)
		to[text.length < text.room ? text.length : text.room] = '\0';
	return (int)text.length;
}

int snprintf(char *restrict to, size_t room, const char *restrict format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(to, room, format, arguments);
	va_end(arguments);
	return length;
}

int sprintf(char *restrict to, const char *restrict format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(to, INT_MAX, format, arguments);
	va_end(arguments);
	return length;
}

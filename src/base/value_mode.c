/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <sys/stat.h>

#include "base/value.h"
#include "base/value_mode.h"

static const char not_a_mode[] = "not a mode";
static const char not_permission_bits[] = "outside the permission bits (0 to 0777)";

static const char *parse_octal_mode(const char *text, mode_t *bits)
{
	mode_t sum = 0;
	for (; *text >= '0' && *text <= '7'; text++) {
		if (sum > 0777)
			return not_permission_bits;
		sum = sum * 8 + (mode_t)(*text - '0');
	}
	if (*text != '\0')
		return not_a_mode;
	if (sum > 0777)
		return not_permission_bits;
	*bits = sum;
	return NULL;
}

static mode_t current_umask(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return mask;
}

/* u, g, o, a: the bits that the clause changes; 0 means all, less the umask. */
static mode_t parse_mode_who(const char **text)
{
	mode_t who = 0;
	for (;; ++*text) {
		switch (**text) {
		case 'u': who |= 0700; break;
		case 'g': who |= 0070; break;
		case 'o': who |= 0007; break;
		case 'a': who |= 0777; break;
		default: return who;
		}
	}
}

/* rwxX, or one of u, g, o, whose bits are copied. */
static void parse_mode_permissions(const char **text, mode_t bits, mode_t *permissions)
{
	switch (**text) {
	case 'u': *permissions = (bits >> 6 & 7) * 0111; break;
	case 'g': *permissions = (bits >> 3 & 7) * 0111; break;
	case 'o': *permissions = (bits & 7) * 0111; break;
	default:
		for (*permissions = 0;; ++*text) {
			switch (**text) {
			case 'r': *permissions |= 0444; break;
			case 'w': *permissions |= 0222; break;
			case 'x': *permissions |= 0111; break;
			case 'X': *permissions |= bits & 0111 ? 0111 : 0; break;
			default: return;
			}
		}
	}
	++*text;
}

static const char *parse_symbolic_mode(const char *text, mode_t *result)
{
	mode_t bits = *result;
	do {
		mode_t who = parse_mode_who(&text);
		mode_t mask = who != 0 ? who : 0777 & ~current_umask();
		if (*text != '+' && *text != '-' && *text != '=')
			return not_a_mode;
		while (*text == '+' || *text == '-' || *text == '=') {
			char action = *text++;
			mode_t permissions;
			parse_mode_permissions(&text, bits, &permissions);
			permissions &= mask;
			if (action == '=')
				bits = (bits & ~(who != 0 ? who : 0777)) | permissions;
			else if (action == '+')
				bits |= permissions;
			else
				bits &= ~permissions;
		}
		if (*text == 's' || *text == 't')
			return not_permission_bits;
	} while (*text++ == ',');
	if (text[-1] != '\0')
		return not_a_mode;
	*result = bits;
	return NULL;
}

const char *value_mode(const char *text, struct value_mode *mode)
{
	mode_t base = mode->given ? mode->base : mode->bits;
	mode_t bits = base;
	const char *wrong = value_is_digit(*text) ? parse_octal_mode(text, &bits)
	                                          : parse_symbolic_mode(text, &bits);
	if (wrong == NULL)
		*mode = (struct value_mode){.given = true, .bits = bits, .base = base};
	return wrong;
}

/* SPDX-License-Identifier: MIT */
/*
 * signal/signame.h, signal/target.h, signal/map.h: names of signals against
 * sigabbrev_np(3) and the rules for real-time signals, targets against sscanf(3), and
 * `sigwatch --map` against its pairs taken apart by strtok_r(3).
 *
 * Runs: 300000 of at most 96 bytes
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "signal/map.h"
#include "signal/signame.h"
#include "signal/signame_list.h"
#include "signal/target.h"

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* A number of digits only, up to max; -1. */
static int read_number(const char *text, int max)
{
	if (*text == '\0' || text[count_digits(text)] != '\0')
		return -1;
	long long number = strtoll(text, NULL, 10);
	return number <= max ? (int)number : -1;
}

/* -1 if there is no such signal. */
static int number_of(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} aliases[] = {{"IOT", SIGABRT},
	               {"CLD", SIGCHLD},
	               {"POLL", SIGIO},
	               {"UNUSED", SIGSYS},
	               {"IO", SIGIO}};
	if (*text >= '0' && *text <= '9')
		return read_number(text, 64);
	if (strlen(text) > 15)
		return -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (int number = 1; number < 32; number++)
		if (strcasecmp(text, sigabbrev_np(number)) == 0)
			return number;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcasecmp(text, aliases[i].name) == 0)
			return aliases[i].number;
	if (strcasecmp(text, "RTMIN") == 0)
		return 34;
	if (strcasecmp(text, "RTMAX") == 0)
		return 64;
	bool minimum = strncasecmp(text, "RTMIN+", 6) == 0,
	     maximum = strncasecmp(text, "RTMAX-", 6) == 0;
	if (!minimum && !maximum && strncasecmp(text, "RT", 2) != 0)
		return -1;
	int offset = read_number(text + (minimum || maximum ? 6 : 2), 30);
	return offset < 0 ? -1 : maximum ? 64 - offset : 34 + offset;
}

static bool is_catchable(int number)
{
	return number >= 1 && number != SIGKILL && number != SIGSTOP;
}

static void check_reported(const char *text, bool expected)
{
	size_t length;
	fuzz_written(2, &length);
	FUZZ_CHECK((length > 0) == expected, "'%s': is a failure reported?", text);
	fuzz_forget_written();
}

/* As bash prints them: the nearer end of the range, and the first one in the middle. */
static void check_realtime(int number, const char *text)
{
	char expected[32];
	const char *end = number < 50 ? "RTMIN" : "RTMAX";
	int offset = number < 50 ? number - 34 : 64 - number;
	if (number < 34)
		snprintf(expected, sizeof expected, "%d", number);
	else if (offset == 0)
		snprintf(expected, sizeof expected, "%s", end);
	else
		snprintf(expected, sizeof expected, "%s%c%d", end,
		         number < 50 ? '+' : '-', offset);
	FUZZ_CHECK(strcmp(text, expected) == 0, "%d: '%s'", number, text);
}

static void test_name(struct fuzz_input *input)
{
	char *text = fuzz_rest(input);
	int number = 0, expected = number_of(text), again;
	struct signame name;
	uint64_t set;
	bool valid = signame_parse(text, &number) == STATUS_OK;
	check_reported(text, !valid);
	FUZZ_CHECK(valid == (expected >= 0) && (!valid || number == expected),
	           "'%s': %d, not %d", text, number, expected);
	bool catchable = signame_parse_catchable(text, &again) == STATUS_OK;
	check_reported(text, !catchable);
	FUZZ_CHECK(catchable == is_catchable(expected), "'%s'", text);
	if (signame_parse_set(1, &text, &set) == STATUS_OK && expected > 0)
		FUZZ_CHECK(set == UINT64_C(1) << (expected - 1), "'%s'", text);
	fuzz_forget_written();
	if (!valid || number == 0)
		return;
	signame_format(number, &name);
	FUZZ_CHECK(signame_parse(name.text, &again) == STATUS_OK && again == number,
	           "'%s': %s", text, name.text);
	if (number >= 32)
		check_realtime(number, name.text);
}

/* killn -l: the number of a name, the name of a number or of a status. */
static void test_translation(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	size_t length;
	enum status status = signame_list_translation(text);
	const char *line = fuzz_written(1, &length);
	int number = number_of(text);
	if (*text >= '0' && *text <= '9') {
		int value = read_number(text, 255);
		if (number < 0 && value > 128)
			number = value - 128 <= 64 ? value - 128 : -1;
	}
	FUZZ_CHECK((status == STATUS_OK) == (number >= 0), "'%s': %d", text, status);
	if (status == STATUS_OK) {
		char *shown = fuzz_copy(line);
		FUZZ_CHECK(length > 1 && shown[length - 1] == '\n', "'%s'", text);
		shown[length - 1] = '\0';
		FUZZ_CHECK(number >= 0 && number_of(shown) == number, "'%s': '%s'", text,
		           shown);
	}
	check_reported(text, status != STATUS_OK);
}

/* "%d:%llu", of decimal digits only. */
static bool read_pid(const char *text, size_t length, int *pid)
{
	char digits[16] = "";
	if (length == 0 || length >= sizeof digits || count_digits(text) < length)
		return false;
	memcpy(digits, text, length);
	long long number = strtoll(digits, NULL, 10);
	*pid = (int)number;
	return number >= 1 && number <= INT_MAX;
}

static bool read_target(const char *text, struct signal_target *target)
{
	size_t length = count_digits(text);
	const char *rest = text + length;
	if (strcmp(text, "0") == 0 || strcmp(text, "-1") == 0) {
		target->kind = *text == '0' ? SIGNAL_TARGET_OWN_GROUP : SIGNAL_TARGET_ALL;
		return true;
	}
	if (*text == '-') {
		target->kind = SIGNAL_TARGET_GROUP;
		return read_pid(text + 1, strlen(text + 1), &target->pid);
	}
	if (!read_pid(text, length, &target->pid))
		return false;
	if (*rest == ':') {
		unsigned __int128 inode = 0;
		size_t digits = count_digits(++rest);
		target->kind = SIGNAL_TARGET_IDENTITY;
		for (size_t i = 0; i < digits && inode <= UINT64_MAX; i++)
			inode = 10 * inode + (unsigned)(rest[i] - '0');
		target->inode = (uint64_t)inode;
		return digits > 0 && rest[digits] == '\0' && inode <= UINT64_MAX;
	}
	target->kind = *rest == '/' ? SIGNAL_TARGET_THREAD : SIGNAL_TARGET_PROCESS;
	return *rest == '\0' ||
	       (*rest == '/' && read_pid(rest + 1, strlen(rest + 1), &target->thread));
}

static void test_target(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	struct signal_target target, expected = {0};
	bool valid = signal_target_parse(&target, text) == STATUS_OK;
	check_reported(text, !valid);
	FUZZ_CHECK(valid == read_target(text, &expected), "'%s' is %svalid", text,
	           valid ? "" : "not ");
	if (valid)
		FUZZ_CHECK(target.kind == expected.kind && target.pid == expected.pid &&
		               target.thread == expected.thread &&
		               target.inode == expected.inode && target.text == text,
		           "'%s'", text);
}

/* One FROM:TO; false if it is none. */
static bool read_pair(int to[65], char *pair)
{
	char *colon = strchr(pair, ':');
	if (strlen(pair) >= 32 || colon == NULL)
		return false;
	*colon = '\0';
	int from = number_of(pair), target = number_of(colon + 1);
	if (!is_catchable(from) || target < 0)
		return false;
	to[from] = target;
	return true;
}

static void test_map(struct fuzz_input *input)
{
	struct string_list texts = {0};
	int expected[65];
	bool valid = true;
	for (int i = 0; i < 65; i++)
		expected[i] = i;
	while (input->left > 0 && texts.count < STRING_LIST_MAX)
		texts.at[texts.count++] = fuzz_part(input);
	for (int i = 0; i < texts.count && valid; i++) {
		char *rest = fuzz_copy(texts.at[i]), *pair;
		while (valid && (pair = strsep(&rest, ",")) != NULL)
			valid = read_pair(expected, pair);
	}
	struct signal_map map;
	enum status status = signal_map_parse(&map, &texts);
	const char *text = texts.count > 0 ? texts.at[0] : "";
	check_reported(text, status != STATUS_OK);
	FUZZ_CHECK((status == STATUS_OK) == valid, "'%s': %d", text, status);
	if (!valid)
		return;
	uint64_t changed = signal_map_changed(&map);
	for (int i = 1; i < 65; i++)
		FUZZ_CHECK(map.to[i] == expected[i] &&
		               (changed >> (i - 1) & 1) == (expected[i] != i),
		           "'%s': %d to %d", text, i, map.to[i]);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {
	    test_name, test_translation, test_target, test_map};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}

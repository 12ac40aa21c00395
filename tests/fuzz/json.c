/* SPDX-License-Identifier: MIT */
/*
 * io/json.h, io/record.h and the JSON of stream/frame.h: what they write is read by
 * json-c, strictly, and gives the same bytes; what is UTF-8 is decided by the C library.
 *
 * Runs: 300000 of at most 200 bytes
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "io/json.h"
#include "io/record.h"
#include "stream/frame.h"

static struct json_object *load(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	/* a value that is no object or array may go on */
	if (error == json_tokener_continue) {
		value = json_tokener_parse_ex(tokener, "", -1);
		error = json_tokener_get_error(tokener);
	}
	FUZZ_CHECK(error == json_tokener_success, "'%.*s': %s", (int)length, text,
	           json_tokener_error_desc(error));
	json_tokener_free(tokener);
	return value;
}

static bool is_utf8(const char *bytes, size_t length)
{
	uint32_t code;
	for (size_t size; length > 0; bytes += size, length -= size)
		if ((size = fuzz_character(bytes, length, &code)) == 0)
			return false;
	return true;
}

/* No control character is written, not even DEL. */
static void check_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f, "0x%02x",
		           (unsigned char)text[i]);
}

static void check_base64(const char *text, const char *bytes, size_t length)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	FUZZ_CHECK(strlen(text) == (length + 2) / 3 * 4, "'%s' of %zu bytes", text,
	           length);
	unsigned bits = 0, have = 0;
	size_t count = 0;
	for (; *text != '\0' && *text != '='; text++) {
		const char *digit = strchr(alphabet, *text);
		FUZZ_CHECK(digit != NULL, "'%s'", text);
		bits = bits << 6 | (unsigned)(digit - alphabet);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		FUZZ_CHECK(count < length &&
		               (bits >> have & 0xff) == (unsigned char)bytes[count],
		           "byte %zu", count);
		count++;
	}
	FUZZ_CHECK(count == length && (bits & ((1U << have) - 1)) == 0, "%zu of %zu",
	           count, length);
	FUZZ_CHECK(text[strspn(text, "=")] == '\0', "'%s'", text);
}

static void check_string(struct json_object *value, const char *bytes, size_t length)
{
	FUZZ_CHECK(json_object_is_type(value, json_type_string), "no string");
	FUZZ_CHECK((size_t)json_object_get_string_len(value) == length &&
	               memcmp(json_object_get_string(value), bytes, length) == 0,
	           "%zu bytes, not %zu", (size_t)json_object_get_string_len(value),
	           length);
}

/* A string, or {"base64":"…"} for what is not UTF-8. */
static void check_text(struct json_object *value, const char *bytes, size_t length)
{
	if (is_utf8(bytes, length)) {
		check_string(value, bytes, length);
		return;
	}
	FUZZ_CHECK(json_object_is_type(value, json_type_object) &&
	               json_object_object_length(value) == 1,
	           "no object");
	check_base64(json_object_get_string(json_object_object_get(value, "base64")),
	             bytes, length);
}

static void test_text(struct fuzz_input *input)
{
	size_t length = input->left;
	const char *bytes = fuzz_bytes(input, &length);
	char *to = fuzz_memory(json_string_max(length));
	size_t size = json_string(to, bytes, length);
	FUZZ_CHECK((size > 0) == is_utf8(bytes, length), "%zu bytes", size);
	if (size > 0) {
		struct json_object *value = load(to, size);
		check_printable(to, size);
		check_string(value, bytes, length);
		json_object_put(value);
	}
	to = fuzz_memory(json_text_max(length));
	size = json_text(to, bytes, length);
	struct json_object *value = load(to, size);
	check_printable(to, size);
	check_text(value, bytes, length);
	json_object_put(value);
}

/* One line that is an object. */
static struct json_object *load_line(void)
{
	size_t length;
	const char *line = fuzz_written(1, &length);
	FUZZ_CHECK(length > 1 && line[length - 1] == '\n', "'%s'", line);
	check_printable(line, length - 1);
	struct json_object *object = load(line, length - 1);
	FUZZ_CHECK(json_object_is_type(object, json_type_object), "'%s'", line);
	return object;
}

static void test_record(struct fuzz_input *input)
{
	static const struct record_column columns[] = {
	    {"name", -20}, {"count", 6}, {"mask", 0},   {"mode", 0}, {"held", 0},
	    {"pid", 0},    {"user", 0},  {"other", -4}, {NULL, 0}};
	int64_t number = (int64_t)fuzz_word(input);
	uint64_t mask = fuzz_word(input);
	const char *name = fuzz_part(input), *other = fuzz_rest(input);
	for (int json = 0; json < 2; json++) {
		struct record record;
		record_begin(&record, columns, json != 0);
		record_text(&record, name);
		record_count(&record, number);
		record_unsigned(&record, mask);
		record_mode(&record, (unsigned)mask);
		record_boolean(&record, (mask & 1) != 0);
		record_pid(&record, (pid_t)(mask & 0xffff));
		record_number(&record, number);
		record_text(&record, other);
		fuzz_forget_written();
		FUZZ_CHECK(record_end(&record) == STATUS_OK, "'%s'", name);
		if (json == 0) {
			size_t length;
			const char *line = fuzz_written(1, &length);
			check_printable(line, length - 1);
			FUZZ_CHECK(line[length - 1] == '\n', "'%s'", line);
		}
	}
	struct json_object *object = load_line();
	check_text(json_object_object_get(object, "name"), name, strlen(name));
	check_text(json_object_object_get(object, "other"), other, strlen(other));
	struct json_object *count = json_object_object_get(object, "count");
	FUZZ_CHECK(number < 0 ? count == NULL : json_object_get_int64(count) == number,
	           "%lld", (long long)number);
	FUZZ_CHECK(json_object_get_int64(json_object_object_get(object, "user")) ==
	               number,
	           "%lld", (long long)number);
	FUZZ_CHECK(json_object_get_boolean(json_object_object_get(object, "held")) ==
	               ((mask & 1) != 0),
	           "%d", (int)(mask & 1));
	char mode[8];
	snprintf(mode, sizeof mode, "%04o", (unsigned)mask & 07777);
	check_string(json_object_object_get(object, "mode"), mode, 4);
	json_object_put(object);
}

static void test_frame(struct fuzz_input *input)
{
	struct frame_writer writer;
	int64_t priority = (int64_t)(fuzz_word(input) >> 1);
	const char *source = fuzz_part(input);
	size_t length = input->left, size = length;
	const char *bytes = fuzz_bytes(input, &length);
	FUZZ_CHECK(frame_writer_begin(&writer, FRAMING_JSON, true, source, length),
	           "out of memory");
	memcpy(writer.message, bytes, length);
	const char *text = frame_encode(&writer, &size, priority);
	FUZZ_CHECK(size > 1 && text[size - 1] == '\n', "%zu", size);
	check_printable(text, size - 1);
	struct json_object *object = load(text, size - 1);
	check_text(json_object_object_get(object, "queue"), source, strlen(source));
	FUZZ_CHECK(json_object_get_int64(json_object_object_get(object, "priority")) ==
	               priority,
	           "%lld", (long long)priority);
	FUZZ_CHECK((size_t)json_object_get_int64(
	               json_object_object_get(object, "size")) == length,
	           "%zu", length);
	if (is_utf8(bytes, length))
		check_string(json_object_object_get(object, "text"), bytes, length);
	else
		check_base64(
		    json_object_get_string(json_object_object_get(object, "base64")),
		    bytes, length);
	FUZZ_CHECK(json_object_object_length(object) == 4, "%d members",
	           json_object_object_length(object));
	json_object_put(object);
	frame_writer_end(&writer);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {test_text, test_record,
	                                                           test_frame};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}

/* SPDX-License-Identifier: MIT */
/*
 * Characters of UTF-8 (RFC 3629).
 */
#ifndef IO_UTF8_H
#define IO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at `bytes`, of which `left` (at least 1) can be read: its length, 1 to 4,
 * and its number in *code; 0 if the bytes are not UTF-8.
 */
size_t utf8_decode(const void *bytes, size_t left, uint32_t *code);

/*
 * Does the character control a terminal, or the direction of the text around it, instead
 * of being shown? C0 controls, DEL, C1 controls (U+009B is CSI); U+061C, U+200E, U+200F,
 * U+202A to U+202E, U+2066 to U+2069.
 */
bool utf8_is_control(uint32_t code);

#endif

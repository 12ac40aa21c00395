/* SPDX-License-Identifier: MIT */
/*
 * Messages about options that are wrong, with what may have been meant. All return
 * STATUS_USAGE.
 */
#ifndef CLI_OPTION_ERROR_H
#define CLI_OPTION_ERROR_H

#include "cli/option_parser.h"

/* An option that does not exist, or of a word of letters the one that does not. */
enum status option_error_unknown(const struct option_parser *parser, const char *word,
                                 char letter);

/* A long name of `length` bytes with which several begin. */
enum status option_error_ambiguous(const struct option_parser *parser, const char *name,
                                   size_t length);

/* A value that is not what the row wants, in `word` or the one after it. */
enum status option_error_value(const struct option_parser *parser,
                               const struct option_row *row, const char *word,
                               const char *value, const char *reason);

/* Two options that exclude each other; the second one is in `word`. */
enum status option_error_excluded(const struct option_row *given,
                                  const struct option_row *row, const char *word);

#endif

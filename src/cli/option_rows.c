#include "cli/option_rows.h"

const struct option_row option_common_rows[] = {
    {.letter = 'h', .name = "help", .help = "print this help and end"},
    {.letter = 'V', .name = "version", .help = "print the version and end"},
    END_OF_OPTIONS,
};

#include "cli/option_row.h"

const struct option_row option_row_common[] = {
    {.letter = 'h', .name = "help", .help = "print this help and end"},
    {.letter = 'V', .name = "version", .help = "print the version and end"},
    END_OF_OPTIONS,
};

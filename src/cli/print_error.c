// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cli/print_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A file's text may hold escape sequences; a terminal must not obey them.
static void put_plain(const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        fputc((byte < 32 && byte != '\n' && byte != '\t') || byte == 127 ? '?' : byte,
              stderr);
    }
}

void print_error(const struct error *e)
{
    const char *none = getenv("NO_COLOR");
    bool colour = isatty(STDERR_FILENO) && !(none && *none);
    fputs(colour ? "\033[1;31mheng:\033[0m " : "heng: ", stderr);
    if (e->where[0]) {
        put_plain(e->where);
        fputs(": ", stderr);
    }
    put_plain(e->text);
    fputc('\n', stderr);
    if (e->cure[0]) {
        fputs(colour ? "  \033[32mcure:\033[0m " : "  cure: ", stderr);
        put_plain(e->cure);
        fputc('\n', stderr);
    }
}

void print_error_in_chinese(const struct error *e)
{
    struct error_words words = error_words(e, true);
    if (words.text == e->text)
        return;
    fputs("  说明：", stderr);
    put_plain(words.text);
    fputc('\n', stderr);
    if (words.cure[0]) {
        fputs("  办法：", stderr);
        put_plain(words.cure);
        fputc('\n', stderr);
    }
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of table.h: any bytes at all are either refused with a text, or read to
// their end, with what must hold of every row. corpus.h says how it is run; its corpus is
// corpus/table.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/table.h"
#include "corpus.h"

static bool valid(struct str s)
{
    return encoding_valid_utf8(s) == s.n;
}

static void read_all(const char *path, const struct table_options *options, size_t n)
{
    struct table *t;
    struct error e = {0};
    enum err code = table_open(&t, path, options, &e);
    if (code) {
        must(t == NULL && e.code == code && e.key && e.text[0], "a refusal says why");
        return;
    }
    struct table_row row = {0};
    uint64_t number = 0, line = 0;
    for (;;) {
        code = table_read(t, &row, &e);
        if (code || row.end)
            break;
        must(row.number == ++number, "rows are counted");
        must(row.line >= line, "lines go on");
        line = row.line;
        must(number <= n + 1 || table_about(t)->format == TABLE_XLSX, "rows end");
        must(valid(row.raw), "the raw text is UTF-8");
        must(!row.problem.code || row.problem.text[0], "a problem says what it is");
        for (size_t i = 0; i < row.n; i++)
            must(valid(row.cells[i]) && row.cells[i].n <= options->max_field,
                 "cells are UTF-8 within the limit");
        double progress = table_progress(t);
        must(progress >= 0 && progress <= 1.001, "progress is a share");
    }
    must(!code || code == ERR_INPUT, "content alone makes no other error");
    table_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "memory file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct table_options wide = {.max_field = 1 << 20};
    struct table_options narrow = {.max_field = 8, .max_row = 20, .max_columns = 3};
    read_all(path, &wide, n);
    read_all(path, &narrow, n);
    close(fd);
    return 0;
}

const struct corpus corpus = {.changes = {"\"\0\xFF\n\x81", 5}, .positions = 40};

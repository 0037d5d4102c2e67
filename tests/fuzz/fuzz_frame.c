// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of frame.h, which all engines read their tables with (births, covariates,
// pairs of neighbours, places, areas): any bytes at all are refused with a text that says
// why, or become columns of which all must hold that the header says. corpus.h says how
// it is run; its corpus is corpus/frame.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/frame.h"
#include "corpus.h"

static void refused(enum err code, const struct error *e)
{
    must(e->code == code && e->key && e->text[0], "a refusal says why");
    must(code != ERR_INTERNAL && code != ERR_IO, "content alone makes no other error");
}

static void check_groups(const struct frame *f, const size_t *columns, size_t n)
{
    struct frame_groups groups;
    struct error e = {0};
    for (int sorted = 0; sorted < 2; sorted++) {
        enum err code = frame_groups(f, columns, n, &groups, &e);
        if (!code && sorted)
            code = frame_groups_sort(f, &groups, &e);
        must(!code, "texts always make groups");
        must(groups.n > 0 && groups.n <= f->n_rows, "as many groups as rows at most");
        for (size_t i = 0; i < f->n_rows; i++) {
            must(groups.of_row[i] < groups.n, "each row has a group");
            if (n == 1)
                must(str_equal(groups.names[groups.of_row[i]],
                               frame_cell(f, i, columns[0])),
                     "a group has the name of its rows");
        }
        for (uint32_t k = 0; n == 1 && k < groups.n; k++)
            must(frame_group(&groups, groups.names[k]) == k, "a name is of one group");
    }
}

static void check_column(const struct frame *f, size_t column)
{
    struct error e = {0};
    int64_t *counts;
    double *numbers;
    for (int empty = 0; empty < 2; empty++) {
        enum err code = frame_counts(f, column, empty, &counts, &e);
        if (code)
            refused(code, &e);
        for (size_t i = 0; !code && i < f->n_rows; i++)
            must(counts[i] >= 0 && counts[i] <= 1000000000000000, "a count is one");
        code = frame_numbers(f, column, empty, &numbers, &e);
        if (code)
            refused(code, &e);
        for (size_t i = 0; !code && i < f->n_rows; i++)
            must(isfinite(numbers[i]) || (empty && isnan(numbers[i])),
                 "a number is finite");
    }
    check_groups(f, &column, 1);
}

static void check(const struct frame *f)
{
    must(f->n_columns > 0 && f->n_rows > 0, "there are columns and rows");
    for (size_t i = 0; i < f->n_columns; i++) {
        size_t found;
        const char *name = str_c(f->arena, f->names[i]);
        struct error e = {0};
        if (strlen(name) == f->names[i].n)
            must(!frame_column(f, name, &found, &e) && found == i,
                 "a column is found by its name");
        check_column(f, i);
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        must(i == 0 || f->lines[i] >= f->lines[i - 1], "lines go on");
        for (size_t k = 0; k < f->n_columns; k++) {
            struct str cell = frame_cell(f, i, k);
            must(encoding_valid_utf8(cell) == cell.n, "cells are UTF-8");
            must(str_trim(cell).n == cell.n, "without space around them");
        }
    }
    size_t pair[] = {0, f->n_columns - 1};
    check_groups(f, pair, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "memory file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct arena a;
    struct frame f;
    struct error e = {0};
    arena_init(&a, (size_t)1 << 30);
    enum err code = frame_read(&f, path, &a, &e);
    if (code)
        refused(code, &e);
    else
        check(&f);
    arena_free(&a);
    close(fd);
    return 0;
}

const struct corpus corpus = {.changes = {"\",\n\0\xFF-e9", 8}, .positions = 60};

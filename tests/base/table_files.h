// SPDX-License-Identifier: AGPL-3.0-or-later
// Files for the tests of tables: written to a temporary name, opened, removed.
#ifndef TESTS_BASE_TABLE_FILES_H
#define TESTS_BASE_TABLE_FILES_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/table.h"

// A literal that may hold NUL bytes.
#define BYTES(literal) ((struct str){"" literal, sizeof(literal) - 1})

static inline void temporary_file(char path[64], struct str content)
{
    snprintf(path, 64, "/tmp/heng-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t done = 0; done < content.n;) {
        ssize_t k = write(fd, content.p + done, content.n - done);
        assert_true(k > 0);
        done += (size_t)k;
    }
    close(fd);
}

static inline enum err open_bytes(struct table **t, struct str content,
                                  const struct table_options *options, struct error *e)
{
    char path[64];
    temporary_file(path, content);
    enum err code = table_open(t, path, options, e);
    unlink(path);
    return code;
}

static inline struct table *opened(struct str content,
                                   const struct table_options *options)
{
    struct table *t = NULL;
    struct error e = {0};
    enum err code = open_bytes(&t, content, options, &e);
    if (code)
        print_error("%s: %s\n", e.where, e.text);
    assert_int_equal(code, ERR_OK);
    return t;
}

// The next row as text: cells parted by '|'; "!key" for a problem; "end".
static inline const char *next_row(struct table *t, char *text, size_t size,
                                   struct table_row *row)
{
    struct error e = {0};
    assert_int_equal(table_read(t, row, &e), ERR_OK);
    if (row->end)
        return "end";
    size_t n = 0;
    if (row->problem.code) {
        snprintf(text, size, "!%s", row->problem.key);
        return text;
    }
    text[0] = '\0';
    for (size_t i = 0; i < row->n; i++) {
        int k = snprintf(text + n, size - n, "%s%.*s", i ? "|" : "", (int)row->cells[i].n,
                         row->cells[i].p);
        assert_true(k >= 0 && (size_t)k < size - n);
        n += (size_t)k;
    }
    return text;
}

#define ASSERT_ROW(t, expected)                                                          \
    do {                                                                                 \
        char row_text[4096];                                                             \
        struct table_row one_row = {0};                                                  \
        assert_string_equal(next_row((t), row_text, sizeof row_text, &one_row),          \
                            expected);                                                   \
    } while (0)

#endif

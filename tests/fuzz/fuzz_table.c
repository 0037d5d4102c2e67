// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of table.h: any bytes at all are either refused with a text, or read to
// their end, with what must hold of every row. With clang:
//   clang -fsanitize=fuzzer,address,undefined -DHENG_FUZZER ... and the corpus folder.
// Without HENG_FUZZER it is a program that runs the files and folders it is given, each
// also cut off and with single bytes changed, so that the unit tests run it.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

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

#ifndef HENG_FUZZER
enum { MAX_FILE = 1 << 20 };
static int ran;

static void run_file(const char *path)
{
    static uint8_t bytes[MAX_FILE];
    FILE *f = fopen(path, "rb");
    must(f != NULL, path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, n);
    size_t step = n / 40 + 1;
    for (size_t cut = 0; cut < n; cut += step)
        LLVMFuzzerTestOneInput(bytes, cut);
    static const uint8_t changes[] = {'"', 0, 0xFF, '\n', 0x81};
    for (size_t at = 0; at < n; at += step) {
        uint8_t kept = bytes[at];
        bytes[at] = changes[(at / step) % sizeof changes];
        LLVMFuzzerTestOneInput(bytes, n);
        bytes[at] = kept;
    }
    ran++;
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) {
        DIR *folder = opendir(paths[i]);
        if (!folder) {
            run_file(paths[i]);
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", paths[i], entry->d_name);
            if (entry->d_name[0] != '.')
                run_file(path);
        }
        closedir(folder);
    }
    printf("%d files\n", ran);
    return ran > 0 ? 0 : 1;
}
#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct { // what is being run, for must()
    const char *path;
    size_t at;
    bool cut, changed;
} now;

void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    if (now.path)
        fprintf(stderr, "in %s%s%zu\n", now.path,
                now.cut       ? ", cut off at byte "
                : now.changed ? ", with another byte "
                              : ", whole, byte ",
                now.at);
    abort();
}

#ifndef HENG_FUZZER
enum { MAX_FILE = 1 << 20 };

static void run_file(const char *path)
{
    static uint8_t bytes[MAX_FILE];
    FILE *f = fopen(path, "rb");
    must(f != NULL, path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    now.path = path;
    LLVMFuzzerTestOneInput(bytes, n);
    size_t step = corpus.positions ? n / corpus.positions + 1 : 1;
    for (size_t at = 0; at < n; at += step) {
        uint8_t kept = bytes[at];
        now.at = at;
        now.cut = true;
        LLVMFuzzerTestOneInput(bytes, at);
        now.cut = false;
        now.changed = true;
        bytes[at] = (uint8_t)corpus.changes.p[at / step % corpus.changes.n];
        LLVMFuzzerTestOneInput(bytes, n);
        bytes[at] = kept;
    }
    now.path = NULL;
    now.changed = false;
    now.at = 0;
}

// How many files of the folder were run.
static int run_folder(DIR *folder, const char *name)
{
    int ran = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
        if (entry->d_name[0] == '.' ||
            (corpus.part && !strstr(entry->d_name, corpus.part)))
            continue;
        run_file(path);
        ran++;
    }
    return ran;
}

int main(int count, char **paths)
{
    int ran = 0;
    for (int i = 1; i < count; i++) {
        DIR *folder = opendir(paths[i]);
        if (folder) {
            ran += run_folder(folder, paths[i]);
            closedir(folder);
        } else {
            run_file(paths[i]);
            ran++;
        }
    }
    if (corpus.close)
        corpus.close();
    printf("%d files\n", ran);
    return ran > 0 ? 0 : 1;
}
#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of pack_compile: any bytes at all, laid over a good pack as one file,
// either compile or are refused with places and reasons. The first line may say which
// file it is
// (`# file: reports/x.yaml`). With clang:
//   clang -fsanitize=fuzzer,address,undefined -DHENG_FUZZER ... and tests/pack/bad.
// Without HENG_FUZZER it is a program that runs the files of the folders it is given,
// each also cut off and with bytes changed, so that the unit tests run it.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

// lengths of texts are filled in by lay_over
static const struct pack_file good[] = {
    {{"pack.yaml", 9},
     {"pack: x\nversion: 1\nlabel: {en: X, zh: 某}\n"
      "levels: {town: {label: {en: Town, zh: 镇}, digits: 6}}\n",
      0}},
    {{"registers/areas.yaml", 20},
     {"register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n", 0}},
    {{"registers/births.yaml", 21},
     {"register: births\npurpose: vital\nlabel: {en: B, zh: 某}\narea: place\n"
      "date: born_on\nfields:\n  place: {type: area, label: {en: P, zh: 某}}\n"
      "  born_on: {type: date, label: {en: B, zh: 某}}\n"
      "  sex: {type: code, label: {en: S, zh: 某}, codes: {m: {en: boy, zh: 男}}}\n",
      0}},
};

static size_t lay_over(struct pack_file *files, struct str text)
{
    static const struct str marker = {"# file: ", 8};
    struct str path = STR("registers/fuzz.yaml"), head, rest;
    size_t n = sizeof good / sizeof *good, i = 0;
    if (str_starts(text, marker) && str_split(text, '\n', &head, &rest))
        path = (struct str){head.p + marker.n, head.n - marker.n};
    memcpy(files, good, sizeof good);
    for (size_t k = 0; k < n; k++)
        files[k].text.n = strlen(files[k].text.p);
    while (i < n && !str_equal(files[i].path, path))
        i++;
    files[i] = (struct pack_file){path, text};
    return i == n ? n + 1 : n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct pack_file files[sizeof good / sizeof *good + 1];
    struct pack_problems problems;
    struct pack *p;
    struct error e = {0};
    struct arena a;
    size_t n_files = lay_over(files, (struct str){(const char *)bytes, n});
    arena_init(&a, 256 << 20);
    enum err code = pack_compile(&a, files, n_files, &p, &problems, &e);
    must(code == ERR_OK || code == ERR_INPUT, "compiled or refused");
    must((code == ERR_OK) == (p != NULL), "a pack or an error");
    must((code == ERR_OK) == (problems.n == 0), "problems when refused");
    for (size_t i = 0; i < problems.n; i++)
        must(problems.list[i].code == ERR_INPUT && problems.list[i].key &&
                 problems.list[i].where[0] && problems.list[i].text[0],
             "a refusal says where and why");
    arena_free(&a);
    return 0;
}

#ifndef HENG_FUZZER
enum { MAX_FILE = 1 << 16, POSITIONS = 25 };
static int ran;

static void run_file(const char *path)
{
    static uint8_t bytes[MAX_FILE];
    static const uint8_t changes[] = {'{', '}', ':',  '\n', ' ', '"',
                                      '-', ',', 0xE7, '[',  '#'};
    FILE *f = fopen(path, "rb");
    must(f != NULL, path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, n);
    size_t step = n / POSITIONS + 1, k = 0;
    for (size_t at = 0; at < n; at += step) {
        uint8_t kept = bytes[at];
        LLVMFuzzerTestOneInput(bytes, at);
        bytes[at] = changes[k++ % sizeof changes];
        LLVMFuzzerTestOneInput(bytes, n);
        bytes[at] = kept;
    }
    ran++;
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) {
        DIR *folder = opendir(paths[i]);
        must(folder != NULL, paths[i]);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", paths[i], entry->d_name);
            if (strstr(entry->d_name, ".yaml"))
                run_file(path);
        }
        closedir(folder);
    }
    printf("%d files\n", ran);
    return ran > 0 ? 0 : 1;
}
#endif

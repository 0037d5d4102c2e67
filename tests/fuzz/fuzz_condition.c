// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of condition.h: any text at all is either refused with a place and a
// reason, or makes a tree that prints as SQL which reads back to the same tree. With
// clang:
//   clang -fsanitize=fuzzer,address,undefined -DHENG_FUZZER ... and the corpus folder.
// Without HENG_FUZZER it is a program that runs the files of the folders it is given,
// each also cut off and with single bytes changed, so that the unit tests run it.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/condition_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void check_height(const struct condition *c)
{
    unsigned below = 0;
    for (unsigned i = 0; i < c->n; i++) {
        check_height(c->args[i]);
        if (c->args[i]->height > below)
            below = c->args[i]->height;
    }
    must(c->height > below && c->height <= CONDITION_MAX_HEIGHT, "heights");
}

static void run_tree(struct arena *a, struct condition *c)
{
    struct error e = {0};
    struct str *names;
    unsigned n_names;
    struct buf text = BUF_INIT(64 << 20);
    check_height(c);
    condition_print(c, &text);
    must(!text.failed && text.n > 0, "prints");
    if (text.n <= CONDITION_MAX_TEXT) {
        struct condition *again = NULL;
        enum err code = condition_parse(&again, a, buf_str(&text), "f", &e);
        if (code)
            fprintf(stderr, "%.*s\n%s\n", (int)text.n, text.p, e.text);
        must(!code, "what is printed can be read");
        must(condition_equal(c, again), "the same tree");
    }
    must(!condition_columns(c, a, &names, &n_names, &e), "columns");
    struct condition *one = condition_one_sided(a, c);
    must(one != NULL && !(condition_sides(one) & CONDITION_RIGHT), "one side");
    must((condition_sides(c) == 0) == (n_names == 0), "sides and columns");
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str sql = {(const char *)bytes, n};
    for (int spark = 0; spark < 2; spark++) {
        struct arena a;
        struct condition *c;
        struct error e = {0};
        arena_init(&a, 0);
        enum err code = condition_parse_dialect(
            &c, &a, sql, spark ? CONDITION_SPARK : CONDITION_DUCKDB, "f", &e);
        must((code == ERR_OK) == (c != NULL), "a tree or an error");
        if (code)
            must(code == ERR_INPUT && e.code == code && e.key && e.text[0] && e.cure[0] &&
                     e.where[0] == 'f',
                 "a refusal says where and why");
        else
            run_tree(&a, c);
        arena_free(&a);
    }
    return 0;
}

#ifndef HENG_FUZZER
enum { MAX_FILE = 1 << 16 };
static int ran;

static void run_file(const char *path)
{
    static uint8_t bytes[MAX_FILE];
    static const uint8_t changes[] = {'(', ')', '\'', '-', ' ', 'm', '1', ',', 0xE7, 0};
    FILE *f = fopen(path, "rb");
    must(f != NULL, path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, n);
    for (size_t at = 0; at < n; at++) {
        uint8_t kept = bytes[at];
        LLVMFuzzerTestOneInput(bytes, at);
        bytes[at] = changes[at % sizeof changes];
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
            if (entry->d_name[0] != '.')
                run_file(path);
        }
        closedir(folder);
    }
    printf("%d files\n", ran);
    return ran > 0 ? 0 : 1;
}
#endif

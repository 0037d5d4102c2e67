// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of settings.h: any text at all is either refused with a place and a reason,
// or makes a model that can be copied and written, and what is written is read as the
// same. With clang:
//   clang -fsanitize=fuzzer,address,undefined -DHENG_FUZZER ... and the corpus folder.
// Without HENG_FUZZER it is a program that runs the files of the folders it is given,
// each also cut off and with single bytes changed, so that the unit tests run it.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void run_model(const struct link_model *m)
{
    struct error e = {0};
    struct link_model *copy = NULL, *again = NULL;
    struct buf first = BUF_INIT(64 << 20), second = BUF_INIT(64 << 20);
    struct buf foreign = BUF_INIT(1 << 16);
    must(!link_model_copy(&copy, m, &e), "a copy");
    must(!link_settings_write(copy, &first, &foreign, &e), "is written");
    if (link_settings_read(&again, buf_str(&first), "again", &e)) {
        fprintf(stderr, "%.*s\n%s: %s\n", (int)first.n, first.p, e.where, e.text);
        must(false, "what is written can be read");
    }
    must(!link_settings_write(again, &second, NULL, &e), "is written again");
    must(str_equal(buf_str(&first), buf_str(&second)), "the same text");
    link_model_close(copy);
    link_model_close(again);
    buf_free(&first);
    buf_free(&second);
    buf_free(&foreign);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct link_model *m;
    struct error e = {0};
    struct str json = {(const char *)bytes, n};
    enum err code = link_settings_read(&m, json, "f", &e);
    must((code == ERR_OK) == (m != NULL), "a model or an error");
    if (code)
        must(code == ERR_INPUT && e.code == code && e.key && e.text[0] && e.cure[0] &&
                 e.where[0] == 'f',
             "a refusal says where and why");
    else
        run_model(m);
    link_model_close(m);
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

// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of settings.h: any text at all is either refused with a place and a reason,
// or makes a model that can be copied and written, and what is written is read as the
// same. corpus.h says how it is run; its corpus is corpus/settings.
#include <stdio.h>

#include "corpus.h"
#include "link/settings.h"

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

const struct corpus corpus = {.changes = {"()'- m1,\xE7\0", 10}};

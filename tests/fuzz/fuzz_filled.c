// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of a filled form (xform.h): any bytes are refused with a place and a
// reason, or are a form with its ids. corpus.h says how it is run; its corpus is
// corpus/filled.
#include "base/encoding.h"
#include "corpus.h"
#include "register/xform.h"

static bool valid(struct str s)
{
    return encoding_valid_utf8(s) == s.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena a;
    struct xform_filled f;
    struct error e = {0};
    arena_init(&a, 0);
    enum err code = xform_read((struct str){(const char *)bytes, n}, &a, &f, &e);
    must(!code || code == ERR_INPUT || code == ERR_LIMIT,
         "content alone, no other error");
    must(!code || (e.key && e.text[0]), "a refusal says why");
    for (size_t i = 0; !code && i < f.n_values; i++) {
        must(f.values[i].field.n && valid(f.values[i].text), "an answer is a text");
        for (size_t k = 0; k < i; k++)
            must(!str_equal(f.values[i].field, f.values[k].field), "given once");
    }
    for (size_t i = 0; !code && i < f.n_files; i++)
        must(f.files[i].name.n && f.files[i].item.n, "a file is of an item");
    must(code || (f.form.n && f.instance.n && f.instance.n <= XFORM_ID_MAX),
         "it has ids");
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {.changes = {"<>'/&;\xFF\0\"", 9}, .positions = 300};

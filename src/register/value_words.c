// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/value_words.h"

static struct str copy(struct arena *a, const char *text)
{
    struct str out = str_copy(a, str_of(text));
    return out.p ? out : STR("");
}

void value_words(const struct error *e, struct arena *a, struct label *text,
                 struct label *cure)
{
    struct error_words zh = error_words(e, true);
    *text = (struct label){copy(a, e->text), copy(a, zh.text)};
    *cure = (struct label){copy(a, e->cure), copy(a, zh.cure)};
}

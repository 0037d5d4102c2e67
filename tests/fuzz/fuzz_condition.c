// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of condition.h: any text at all is either refused with a place and a
// reason, or makes a tree that prints as SQL which reads back to the same tree. corpus.h
// says how it is run; its corpus is corpus/condition.
#include <stdio.h>

#include "corpus.h"
#include "link/condition_tree.h"

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

const struct corpus corpus = {.changes = {"()'- m1,\xE7\0", 10}};

// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of expr.h: any text at all is either refused with a place and a reason, or
// runs over columns, prints, and makes SQL that SQLite prepares and runs. corpus.h says
// how it is run; its corpus is corpus/expr.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pack/world.h"
#include "corpus.h"

static struct world world;
static struct expr_scratch *scratch;

static void open_once(void)
{
    if (scratch)
        return;
    const char *source = getenv("HENG_SOURCE");
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/pack/expression_vectors.json",
             source ? source : ".");
    must(world_open(&world, path, 20), "the vectors are there (HENG_SOURCE)");
    scratch = expr_scratch_open();
    must(scratch != NULL, "memory");
}

static void run_sql(struct buf *sql)
{
    sqlite3_stmt *s = NULL;
    if (!buf_c(sql) || sqlite3_prepare_v2(world.db, buf_c(sql), -1, &s, NULL)) {
        fprintf(stderr, "%s\n%s\n", sqlite3_errmsg(world.db), sql->p);
        must(false, "SQLite prepares what was checked");
    }
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        must(sqlite3_column_count(s) == 1, "one column");
    // abs() of the least int64 is the one sum that SQLite refuses
    must(code == SQLITE_DONE || strstr(sqlite3_errmsg(world.db), "overflow"), "runs");
    sqlite3_finalize(s);
    buf_clear(sql);
}

static void run_row(const struct expr *x, struct buf *sql)
{
    struct batch b = world_batch(&world);
    uint8_t keep[EXPR_BLOCK];
    must(expr_eval(x, &b, 0, b.n_rows, scratch) != NULL, "a value");
    if (expr_type(x) == TYPE_BOOL)
        expr_select(x, &b, 1, b.n_rows - 1, keep, scratch);
    buf_add_c(sql, "SELECT ");
    expr_sql(x, STR("t"), world.today, sql);
    buf_add_c(sql, " FROM r_visits t");
    run_sql(sql);
}

static void run_measure(const struct expr *x, struct buf *sql)
{
    double values[64] = {0};
    for (size_t i = 0; i < expr_aggregates(x); i++) {
        expr_aggregate_sql(expr_aggregate(x, i), 15000, 17000, world.today, sql);
        run_sql(sql);
    }
    if (expr_aggregates(x) <= 64)
        (void)expr_combine(x, values);
}

static void refused(const struct error *e, enum err code)
{
    must(code == ERR_INPUT && e->code == code && e->key && e->text[0] &&
             !strncmp(e->where, "f:", 2),
         "a refusal says where and why");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    open_once();
    struct str text = {(const char *)bytes, n};
    struct place at = {.file = {"f", 1}, .line = 1, .column = 1};
    struct buf sql = BUF_INIT(16 << 20);
    for (int measure = 0; measure < 2; measure++) {
        struct arena a;
        const struct expr *x;
        struct error e = {0};
        arena_init(&a, 256 << 20);
        enum err code = measure ? expr_parse_measure(&a, &world.pack, text, at, &x, &e)
                                : expr_parse_row(&a, &world.pack, &world.registers[0],
                                                 text, at, &x, &e);
        must((code == ERR_OK) == (x != NULL), "an expression or an error");
        if (code)
            refused(&e, code);
        else if (measure)
            run_measure(x, &sql);
        else
            run_row(x, &sql);
        for (int zh = 0; x && zh < 2; zh++) {
            expr_print(x, zh, &sql);
            must(sql.n > 0, "prints");
            buf_clear(&sql);
        }
        arena_free(&a);
    }
    buf_free(&sql);
    return 0;
}

static void close_all(void)
{
    world_close(&world);
    expr_scratch_close(scratch);
}

const struct corpus corpus = {.changes = {"()'- m1,\xE7\0", 10}, .close = close_all};

// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of files in long form by age (study/age_rows.h) and of the life tables made
// of them (study/lifetable_study.h): any bytes are refused with a place and a reason, or
// become tables of which all must hold that a life table is. corpus.h says how it is run;
// its corpus is corpus/lifetable.
#include <math.h>

#include "memory_file.h"
#include "study/lifetable_study.h"

enum { MOST_ROWS = 400 };

static void refused(enum err code, const struct error *e)
{
    must(code == ERR_INPUT || code == ERR_LIMIT || code == ERR_USAGE ||
             code == ERR_NOT_FOUND,
         "content alone makes no other error");
    must(e->code == code && e->key && e->text[0], "a refusal says why");
}

static void check_table(const struct lifetable_one *o)
{
    const struct lifetable *t = &o->t;
    must(t->n > 1 && t->age[0] == 0 && t->l[0] > 0, "a table from birth");
    for (size_t i = 0; i < t->n; i++) {
        must(t->q[i] >= 0 && t->q[i] <= 1 && t->m[i] >= 0, "who dies");
        must(t->l[i] >= 0 && t->d[i] >= 0 && t->L[i] >= 0, "who lives");
        must(isfinite(t->T[i]) && t->e[i] >= 0, "years");
        must(!i || (t->age[i] > t->age[i - 1] && t->l[i] <= t->l[i - 1]),
             "nobody comes back");
    }
    must(t->q[t->n - 1] == 1, "nobody lives for ever");
    must(!(o->e0.low > o->e0.high), "an interval");
    must(isnan(o->q5) || (o->q5 >= 0 && o->q5 <= 1), "5q0");
}

static void check_rows(const struct age_rows *r, const struct frame *f)
{
    size_t seen = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct age_block *b = &r->list[i];
        must(b->n > 0, "a block has rows");
        for (size_t k = 0; k < b->n; k++)
            must(b->row[k] < f->n_rows && (!k || b->age[k] > b->age[k - 1]),
                 "groups in order of age");
        seen += b->n;
    }
    must(seen == f->n_rows, "each row is in one block");
}

static void numbers(const struct frame *f, const char *names, const double **out,
                    size_t *column)
{
    struct error e = {0};
    double *values = NULL;
    *column = age_column_named(f, names);
    if (*column != SIZE_MAX && frame_numbers(f, *column, true, &values, &e))
        values = NULL;
    *out = values;
}

static void make(const struct frame *f, int way)
{
    struct lifetable_input in = {
        .f = f,
        .columns = {.area = {age_column_named(f, "|area|地区|")},
                    .year = age_column_named(f, "|year|年份|"),
                    .sex = age_column_named(f, "|sex|性别|"),
                    .age = age_column_named(f, "|age|x|年龄|"),
                    .only = LIFETABLE_BOTH},
        .years = 1,
        .ages = {.ragged = way == 1},
        .level = .95,
        .seed = 1,
        .close = way == 1 || way == 2,
        .law = way == 2 ? LIFETABLE_GOMPERTZ : LIFETABLE_KANNISTO,
        .single = way == 3,
        .smooth = way >= 4,
        .smoothing = way == 4 ? LIFETABLE_BRASS : LIFETABLE_TOPALS,
        .draws = way == 0 || way == 4 ? 20 : 0};
    struct lifetable_study s;
    struct age_rows rows;
    struct error e = {0};
    if (in.columns.age == SIZE_MAX)
        return;
    in.columns.n_areas = in.columns.area[0] != SIZE_MAX;
    enum err code = age_rows_read(f, &in.columns, &in.ages, &rows, &e);
    if (code)
        refused(code, &e);
    else
        check_rows(&rows, f);
    numbers(f, "|deaths|死亡数|", &in.deaths, &in.column_deaths);
    numbers(f, "|population|人口|", &in.population, &in.column_population);
    numbers(f, "|q|qx|", &in.q, &in.column_q);
    numbers(f, "|m|mx|", &in.m, &in.column_m);
    numbers(f, "|a|ax|", &in.a, &in.column_a);
    bool counts = in.deaths && in.population;
    if (counts || in.m)
        in.q = NULL;
    if (counts)
        in.m = NULL;
    if (!counts && !in.m && !in.q)
        return;
    if (in.q)
        in.deaths = in.population = NULL;
    code = lifetable_study_make(&s, &in, &e);
    if (code)
        refused(code, &e);
    for (size_t i = 0; !code && i < s.n; i++)
        check_table(&s.list[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { WAYS = 6 };
    struct memory_file file;
    struct error e = {0};
    struct arena a;
    struct frame f;
    arena_init(&a, 512 << 20);
    memory_file_open(&file, (struct str){(const char *)bytes, n});
    if (!frame_read(&f, file.path, &a, &e) && f.n_rows <= MOST_ROWS)
        for (int way = 0; way < WAYS; way++)
            make(&f, way);
    memory_file_close(&file);
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {.changes = {",\n09-\"e.+\xE5", 10}, .positions = 60};

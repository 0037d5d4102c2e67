// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of the report room share: a directory of their own, files, a doc with
// every kind of block.
#ifndef REPORT_TEST_H
#define REPORT_TEST_H

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "report/doc.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct place {
    struct arena a;
    char directory[64];
    char path[128];
};

static inline int place_open(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (!p)
        return -1;
    arena_init(&p->a, 0);
    snprintf(p->directory, sizeof p->directory, "/tmp/heng-report-XXXXXX");
    *state = p;
    return mkdtemp(p->directory) ? 0 : -1;
}

static inline size_t files_in(const struct place *p)
{
    size_t n = 0;
    DIR *d = opendir(p->directory);
    for (const struct dirent *entry; d && (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static inline const char *in_place(struct place *p, const char *name)
{
    snprintf(p->path, sizeof p->path, "%s/%s", p->directory, name);
    return p->path;
}

static inline int place_close(void **state)
{
    struct place *p = *state;
    DIR *d = opendir(p->directory);
    for (const struct dirent *entry; d && (entry = readdir(d));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", p->directory, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(p->directory);
    arena_free(&p->a);
    free(p);
    return 0;
}

static inline struct str read_whole(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct str out = STR("");
    if (!f)
        return out;
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *p = ARENA_ARRAY(a, char, n + 1);
    if (p && fread(p, 1, n, f) == n)
        out = (struct str){p, n};
    fclose(f);
    return out;
}

static inline bool contains(struct str s, const char *what)
{
    return s.n && memmem(s.p, s.n, what, strlen(what));
}

static inline size_t occurrences(struct str s, const char *what)
{
    size_t n = 0, length = strlen(what);
    for (const char *p = s.p; (p = memmem(p, s.n - (size_t)(p - s.p), what, length));
         p += length)
        n++;
    return n;
}

#define HOSTILE                                                                          \
    "<script>alert('x')</script> & \"quoted\" \x01\xFF\xE2\x80\xAE"                      \
    "end"
#define HOSTILE_ESCAPED                                                                  \
    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quoted&quot; "          \
    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"                                               \
    "end"

static inline struct doc_table sample_table(struct arena *a, bool zh, size_t n_rows)
{
    enum { COLUMNS = 6 };
    struct table_column *columns = ARENA_ARRAY(a, struct table_column, COLUMNS);
    struct cell *cells = ARENA_ARRAY(a, struct cell, n_rows * COLUMNS);
    int *level = ARENA_ARRAY(a, int, n_rows);
    assert_true(columns && cells && level);
    const struct table_column all[COLUMNS] = {
        {.title = zh ? STR("乡镇") : STR("Township")},
        {.title = zh ? STR("男") : STR("Boys"),
         .group = zh ? STR("活产数") : STR("Live births"),
         .align = ALIGN_RIGHT},
        {.title = zh ? STR("女") : STR("Girls"),
         .group = zh ? STR("活产数") : STR("Live births"),
         .align = ALIGN_RIGHT},
        {.title = zh ? STR("性别比") : STR("Sex ratio"),
         .unit = STR("per 100"),
         .align = ALIGN_RIGHT,
         .decimals = 1},
        {.title = STR("Last report"), .align = ALIGN_RIGHT},
        {.title = STR("Remark")},
    };
    memcpy(columns, all, sizeof all);
    for (size_t r = 0; r < n_rows; r++) {
        struct cell *row = cells + r * COLUMNS;
        bool total = r + 1 == n_rows;
        level[r] = total ? -1 : (int)(r % 3);
        row[0] =
            (struct cell){.kind = CELL_TEXT,
                          .text = str_format(a, "%s %zu", zh ? "水泉乡" : "Shuiquan", r)};
        row[1] = (struct cell){.kind = CELL_NUMBER, .value = 1234567 + (double)r};
        row[2] = (struct cell){.kind = r == 1 ? CELL_SUPPRESSED : CELL_NUMBER,
                               .value = r == 1 ? 3.1415926 : -4321.0};
        row[3] = (struct cell){.kind = r == 2 ? CELL_NOT_DEFINED : CELL_INTERVAL,
                               .value = 117.25,
                               .low = 102.5,
                               .high = 134.0,
                               .anchor = STR("indicator:srb"),
                               .tone = r == 3 ? TONE_BAD : TONE_NONE};
        row[4] = r == 0 ? (struct cell){.kind = CELL_MISSING}
                        : (struct cell){.kind = CELL_DATE, .value = 16256};
        row[5] = (struct cell){.kind = CELL_TEXT,
                               .text = r == 0   ? str_of(HOSTILE)
                                       : r == 1 ? STR("=1+1")
                                                : STR("ok")};
        if (r == 1)
            row[5].anchor = STR("#indicator:srb");
    }
    return (struct doc_table){.title =
                                  zh ? STR("各乡镇出生情况") : STR("Births by township"),
                              .columns = columns,
                              .n_columns = COLUMNS,
                              .cells = cells,
                              .n_rows = n_rows,
                              .row_level = level,
                              .note = str_of("A note. " HOSTILE),
                              .source = zh ? STR("出生登记册") : STR("Births register")};
}

static inline struct doc_chart sample_chart(struct arena *a, enum chart_form form,
                                            size_t n, size_t n_series)
{
    struct str *names = ARENA_ARRAY(a, struct str, n);
    struct series *series = ARENA_ARRAY(a, struct series, n_series);
    assert_true(names && series);
    for (size_t i = 0; i < n; i++)
        names[i] = str_format(a, "Area %zu", i);
    for (size_t k = 0; k < n_series; k++) {
        double *v = ARENA_ARRAY(a, double, n), *low = ARENA_ARRAY(a, double, n);
        double *high = ARENA_ARRAY(a, double, n), *size = ARENA_ARRAY(a, double, n);
        assert_true(v && low && high && size);
        for (size_t i = 0; i < n; i++) {
            v[i] = 100 + 7 * sin((double)(i * 3 + k)) + 3 * (double)k;
            low[i] = v[i] - 4;
            high[i] = v[i] + 5;
            size[i] = 60 + 37 * (double)(i % 29);
        }
        series[k] = (struct series){.label = str_format(a, "Series %zu", k),
                                    .value = v,
                                    .low = low,
                                    .high = high,
                                    .size = form == CHART_FORM_FUNNEL ? size : NULL};
    }
    return (struct doc_chart){.form = form,
                              .title = str_of("Chart <" HOSTILE ">"),
                              .value_label = STR("Boys per 100 girls"),
                              .size_label = STR("Births"),
                              .categories = names,
                              .n_categories = n,
                              .series = series,
                              .n_series = n_series,
                              .has_reference = true,
                              .reference = 106,
                              .reference_low = 105,
                              .reference_high = 107,
                              .reference_label = STR("Reference 106"),
                              .decimals = 1,
                              .ratio = true,
                              .note = STR("Chart note"),
                              .source = STR("Chart source")};
}

// rows: of the one long table.
static inline struct doc *sample_doc(struct arena *a, bool zh, size_t rows)
{
    static const enum chart_form forms[] = {CHART_FORM_BAR, CHART_FORM_LINE,
                                            CHART_FORM_INTERVAL, CHART_FORM_FUNNEL,
                                            CHART_FORM_PYRAMID};
    struct doc *d = doc_new(a, zh);
    assert_non_null(d);
    d->title = zh ? STR("半年报告") : STR("Half-year report");
    d->subtitle = zh ? STR("武乡县 2014 年上半年") : STR("Wuxiang, first half of 2014");
    d->made = STR("Made 2014-07-15 from 48,113 rows");
    d->footer = str_of("Office " HOSTILE);
    d->author = STR("The county office");
    assert_true(date_from_ymd(2014, 7, 15, &d->made_on));
    assert_true(doc_heading(d, 1, zh ? STR("出生") : STR("Births")));
    assert_true(
        doc_paragraph(d, str_of("Plain words. " HOSTILE "\n- first point\n- second")));
    struct doc_table t = sample_table(a, zh, rows);
    assert_true(doc_table(d, &t));
    assert_true(doc_heading(d, 2, STR("Charts")));
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct doc_chart c = sample_chart(a, forms[i], 12, 2);
        assert_true(doc_chart(d, &c));
    }
    assert_true(doc_break(d));
    assert_true(doc_heading(d, 3, STR("After the break")));
    assert_true(doc_paragraph(d, zh ? STR("结束。") : STR("The end.")));
    return d;
}

#endif

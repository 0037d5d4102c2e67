// SPDX-License-Identifier: AGPL-3.0-or-later
// Third-party data in the shape of the scan statistic, for its tests and its bench. What
// cannot be read ends as 0 rows; the caller skips.
#ifndef TESTS_STATS_SCAN_FILES_H
#define TESTS_STATS_SCAN_FILES_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stats/scan.h"

enum { FILE_COLUMNS = 12, FILE_ROWS = 2000 };

// Numbers of a file of columns; quoted and other text counts as what its digits give. A
// row whose first field does not begin with a digit or a sign is left out.
struct columns {
    uint32_t n;
    double at[FILE_COLUMNS][FILE_ROWS];
};

static inline void read_columns(struct columns *out, const char *name, const char *marks)
{
    char path[512], line[2048];
    const char *source = getenv("HENG_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/data/%s", source ? source : ".", name);
    out->n = 0;
    FILE *f = fopen(path, "r");
    while (f && out->n < FILE_ROWS && fgets(line, sizeof line, f)) {
        if (!strchr("-0123456789", line[0]))
            continue;
        const char *at = line;
        for (int k = 0; k < FILE_COLUMNS; k++) {
            out->at[k][out->n] = strtod(at, NULL);
            at += strcspn(at, marks);
            at += *at != 0;
        }
        out->n++;
    }
    if (f)
        fclose(f);
}

struct scan_file {
    struct scan_data data;
    int64_t *cases, *controls;
    double *expected, *x, *y;
    uint32_t n;
};

static inline bool make_file(struct scan_file *f, uint32_t n, uint32_t times,
                             struct arena *a)
{
    *f = (struct scan_file){.n = n,
                            .cases = ARENA_ARRAY(a, int64_t, (size_t)n * times),
                            .controls = ARENA_ARRAY(a, int64_t, (size_t)n * times),
                            .expected = ARENA_ARRAY(a, double, (size_t)n *times),
                            .x = ARENA_ARRAY(a, double, n),
                            .y = ARENA_ARRAY(a, double, n)};
    if (!f->cases || !f->controls || !f->expected || !f->x || !f->y)
        return false;
    f->data = (struct scan_data){.n_areas = n,
                                 .n_times = times,
                                 .n_categories = 1,
                                 .cases = f->cases,
                                 .controls = f->controls,
                                 .expected = f->expected,
                                 .x = f->x,
                                 .y = f->y};
    return n > 0;
}

// New York leukemia: SaTScan took latitude and longitude as the coordinates of a plane,
// in this order.
static inline bool read_new_york(struct scan_file *f, bool great_circle, struct arena *a)
{
    struct columns *c = ARENA_NEW(a, struct columns);
    read_columns(c, "scan/nydf.csv", ",");
    if (!make_file(f, c->n, 1, a))
        return false;
    for (uint32_t i = 0; i < c->n; i++) {
        f->cases[i] = (int64_t)floor(c->at[3][i]);
        f->expected[i] = c->at[2][i];
        f->x[i] = c->at[great_circle ? 0 : 1][i];
        f->y[i] = c->at[great_circle ? 1 : 0][i];
    }
    return true;
}

static inline bool read_humberside(struct scan_file *f, struct arena *a)
{
    struct columns *cases = ARENA_NEW(a, struct columns),
                   *controls = ARENA_NEW(a, struct columns),
                   *places = ARENA_NEW(a, struct columns);
    read_columns(cases, "scan/NHumberside.cas", " \t");
    read_columns(controls, "scan/NHumberside.ctl", " \t");
    read_columns(places, "scan/NHumberside.geo", " \t");
    if (!make_file(f, places->n, 1, a))
        return false;
    for (uint32_t i = 0; i < places->n; i++) {
        f->x[i] = places->at[1][i];
        f->y[i] = places->at[2][i];
    }
    for (uint32_t i = 0; i < cases->n; i++)
        f->cases[(uint32_t)cases->at[0][i] - 1] += (int64_t)cases->at[1][i];
    for (uint32_t i = 0; i < controls->n; i++)
        f->controls[(uint32_t)controls->at[0][i] - 1] += (int64_t)controls->at[1][i];
    return true;
}

// Boys as cases and girls as controls, or with sexes turned round.
static inline bool read_india(struct scan_file *f, struct arena *a)
{
    struct columns *c = ARENA_NEW(a, struct columns);
    read_columns(c, "srb/india2011_districts_scan_ready.csv", ",");
    if (!make_file(f, c->n, 1, a))
        return false;
    for (uint32_t i = 0; i < c->n; i++) {
        f->x[i] = c->at[4][i];
        f->y[i] = c->at[5][i];
        f->cases[i] = (int64_t)c->at[6][i];
        f->controls[i] = (int64_t)c->at[7][i];
    }
    return true;
}

// Fever in New York City, 24 days of November 2001.
static inline bool read_fever(struct scan_file *f, struct arena *a)
{
    struct columns *cases = ARENA_NEW(a, struct columns),
                   *places = ARENA_NEW(a, struct columns);
    read_columns(cases, "scan/NYCfever.cas", " \t/");
    read_columns(places, "scan/NYCfever.geo", " \t");
    if (!make_file(f, places->n, 24, a))
        return false;
    for (uint32_t i = 0; i < places->n; i++) {
        f->x[i] = places->at[2][i];
        f->y[i] = places->at[1][i];
    }
    for (uint32_t i = 0; i < cases->n; i++)
        for (uint32_t k = 0; k < places->n; k++)
            if (places->at[0][k] == cases->at[0][i])
                f->cases[k * 24 + (uint32_t)cases->at[4][i] - 1] +=
                    (int64_t)cases->at[1][i];
    return true;
}

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// The data files that a .prm names, made into a study.
#include "study/satscan_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- places ----

static const char *const place_columns[2][3] = {{"location", "x", "y"},
                                                {"location", "latitude", "longitude"}};

static enum err check_degrees(const struct satscan_reading *r, const struct frame *f,
                              size_t latitude, const double *lat, const double *lon,
                              struct error *e)
{
    for (size_t i = 0; r->great_circle && i < f->n_rows; i++) {
        bool bad_lat = fabs(lat[i]) > 90;
        if (bad_lat || fabs(lon[i]) > 180)
            return frame_error(f, i, latitude + !bad_lat,
                               "The order is latitude, then longitude, in degrees; "
                               "CoordinatesType=0 is for a plane.",
                               e, "%g is not a %s", bad_lat ? lat[i] : lon[i],
                               bad_lat ? "latitude" : "longitude");
    }
    return ERR_OK;
}

static enum err read_place_columns(const struct satscan_reading *r, const struct frame *f,
                                   size_t first, double **x, double **y, struct error *e)
{
    double *one, *two;
    if (f->n_columns > first + 2)
        return frame_error(f, 0, first + 2, "Leave two coordinates in each line.", e,
                           "places with more than two coordinates are not done");
    enum err code = frame_numbers(f, first, false, &one, e);
    if (!code)
        code = frame_numbers(f, first + 1, false, &two, e);
    if (!code)
        code = check_degrees(r, f, first, one, two, e);
    if (code)
        return code;
    *x = r->great_circle ? two : one;
    *y = r->great_circle ? one : two;
    return ERR_OK;
}

static enum err read_places(struct satscan_reading *r, struct error *e)
{
    struct frame f;
    double *x = NULL, *y = NULL;
    struct scan_study *s = r->s;
    enum err code = satscan_table(&f, &r->prm, "CoordinatesFile",
                                  place_columns[r->great_circle], 3, 3, e);
    if (!code)
        code = read_place_columns(r, &f, 1, &x, &y, e);
    if (code)
        return code;
    double *area_x = ARENA_ARRAY(s->arena, double, f.n_rows);
    double *area_y = ARENA_ARRAY(s->arena, double, f.n_rows);
    if (!area_x || !area_y)
        return error_memory(e);
    for (size_t i = 0; i < f.n_rows; i++) {
        uint32_t area, before = s->areas.n;
        if (!names_add(&s->areas, frame_cell(&f, i, 0), &area))
            return error_memory(e);
        if (area < before && (area_x[area] != x[i] || area_y[area] != y[i]))
            return frame_error(&f, i, 0, "Give each location one place.", e,
                               "\"" STR_FMT "\" has two places: (%.10g, %.10g) and "
                               "(%.10g, %.10g)",
                               STR_ARG(frame_cell(&f, i, 0)), area_x[area], area_y[area],
                               x[i], y[i]);
        area_x[area] = x[i];
        area_y[area] = y[i];
    }
    s->x = area_x;
    s->y = area_y;
    s->data.x = area_x;
    s->data.y = area_y;
    return ERR_OK;
}

static enum err read_grid(struct satscan_reading *r, struct error *e)
{
    struct frame f;
    double *x = NULL, *y = NULL;
    if (!satscan_yes(&r->prm, "UseGridFile"))
        return ERR_OK;
    enum err code = satscan_table(&f, &r->prm, "GridFile",
                                  place_columns[r->great_circle] + 1, 2, 2, e);
    if (!code)
        code = read_place_columns(r, &f, 0, &x, &y, e);
    if (code)
        return code;
    if (f.n_rows > UINT32_MAX)
        return error_set(e, ERR_LIMIT, "satscan.grid", f.path, "too many centres");
    r->s->data.n_centres = (uint32_t)f.n_rows;
    r->s->data.centre_x = x;
    r->s->data.centre_y = y;
    return ERR_OK;
}

// ---- rows ----

// The area of a row. *area is n where a relaxed check leaves the row out. In a purely
// temporal scan places do not matter.
static enum err row_area(struct satscan_reading *r, const struct frame *f, size_t row,
                         uint32_t *area, struct error *e)
{
    struct names *areas = &r->s->areas;
    struct str name = frame_cell(f, row, 0);
    if (r->analysis == SATSCAN_TEMPORAL)
        return names_add(areas, STR("all"), area) ? ERR_OK : error_memory(e);
    *area = names_find(areas, name);
    if (*area < areas->n)
        return ERR_OK;
    if (satscan_number(&r->prm, "GeographicalCoordinatesCheckType") == 1) {
        r->unplaced++;
        return ERR_OK;
    }
    return frame_error(f, row, 0,
                       "Add it to the coordinates file, correct the name, or set "
                       "GeographicalCoordinatesCheckType=1 to leave such rows out.",
                       e, "location \"" STR_FMT "\" is not in the coordinates file",
                       STR_ARG(name));
}

static enum err row_time(struct satscan_reading *r, const struct frame *f, size_t row,
                         size_t column, uint32_t *slice, struct error *e)
{
    struct satscan_time time;
    struct str text = frame_cell(f, row, column);
    *slice = 0;
    if (r->precision == SATSCAN_NONE)
        return ERR_OK;
    if (!satscan_time_read(text, r->generic, &time))
        return frame_error(f, row, column,
                           r->generic ? "Write a whole number."
                                      : "Write YYYY, YYYY/MM or YYYY/MM/DD.",
                           e, "\"" STR_FMT "\" is not a time", STR_ARG(text));
    if (time.got < r->precision)
        return frame_error(
            f, row, column, "Write it in full, or lower PrecisionCaseTimes.", e,
            "\"" STR_FMT "\" is less exact than PrecisionCaseTimes says", STR_ARG(text));
    *slice = satscan_slice(r, time.day);
    if (*slice < r->s->n_times)
        return ERR_OK;
    if (satscan_number(&r->prm, "StudyPeriodCheckType") == 1) {
        r->late++;
        return ERR_OK;
    }
    return frame_error(
        f, row, column,
        "Correct it, change StartDate and EndDate, or set "
        "StudyPeriodCheckType=1 to leave such rows out.",
        e, "\"" STR_FMT "\" is outside of the study period " STR_FMT " to " STR_FMT,
        STR_ARG(text), STR_ARG(r->s->first), STR_ARG(r->s->last));
}

// The covariates of a row from this column on, as one text.
static struct str stratum_name(const struct satscan_reading *r, const struct frame *f,
                               size_t row, size_t column)
{
    struct str name = STR("all");
    for (size_t c = column; c < f->n_columns && name.p; c++)
        name = str_format(r->prm.arena, STR_FMT "\x1f" STR_FMT, STR_ARG(name),
                          STR_ARG(frame_cell(f, row, c)));
    return name;
}

struct row { // of the case or control file, as read
    uint32_t area, slice, group;
    int64_t count;
};

static enum err group_of(struct satscan_reading *r, const struct frame *f, size_t row,
                         size_t column, struct names *groups, uint32_t *group,
                         struct error *e)
{
    struct str name = r->model == SATSCAN_ORDINAL ? frame_cell(f, row, column)
                                                  : stratum_name(r, f, row, column);
    double number;
    *group = 0;
    if (!groups)
        return ERR_OK;
    if (r->model == SATSCAN_ORDINAL && !str_to_double(name, &number))
        return frame_error(f, row, column, "Categories are numbers, in their order.", e,
                           "\"" STR_FMT "\" is not a category", STR_ARG(name));
    return name.p && names_add(groups, name, group) ? ERR_OK : error_memory(e);
}

static enum err read_rows(struct satscan_reading *r, const struct frame *f,
                          struct names *groups, struct row **rows, size_t *n,
                          struct error *e)
{
    int64_t *counts;
    size_t time = 2, group = r->precision == SATSCAN_NONE ? 2 : 3;
    enum err code = frame_counts(f, 1, false, &counts, e);
    struct row *list = code ? NULL : ARENA_ARRAY(r->prm.arena, struct row, f->n_rows);
    if (!code && !list)
        code = error_memory(e);
    *n = 0;
    for (size_t i = 0; i < f->n_rows && !code; i++) {
        struct row row = {.count = counts[i]};
        code = row_area(r, f, i, &row.area, e);
        if (!code && row.count)
            code = row_time(r, f, i, time, &row.slice, e);
        if (!code)
            code = group_of(r, f, i, group, groups, &row.group, e);
        if (!code && row.area < r->s->areas.n && row.slice < r->s->n_times && row.count)
            list[(*n)++] = row;
    }
    *rows = list;
    return code;
}

static enum err add_count(int64_t *cell, int64_t count, struct error *e)
{
    if (int_add(*cell, count, cell) && *cell <= (int64_t)1e15)
        return ERR_OK;
    (void)error_set(e, ERR_LIMIT, "satscan.count", NULL, "the counts pass 1e15");
    return error_cure(e, "Are these counts of cases?");
}

// rows as [area][time][group].
static enum err to_cells(const struct satscan_reading *r, const struct row *rows,
                         size_t n, uint32_t n_groups, int64_t **out, struct error *e)
{
    size_t cells;
    enum err code = scan_study_cells(r->s, n_groups, &cells, e);
    *out = code ? NULL : ARENA_ARRAY(r->s->arena, int64_t, cells);
    if (!code && !*out)
        code = error_memory(e);
    for (size_t i = 0; i < n && !code; i++)
        code = add_count(
            &(*out)[((size_t)rows[i].area * r->s->n_times + rows[i].slice) * n_groups +
                    rows[i].group],
            rows[i].count, e);
    return code;
}

static enum err check_some(const struct satscan_reading *r, const char *parameter,
                           size_t n, struct error *e)
{
    if (n)
        return ERR_OK;
    return satscan_error(&r->prm, parameter,
                         "Do its locations and times fit the other files?", e,
                         "no row of this file has a count that can be used");
}

// ---- persons ----

struct persons {
    struct frame f;
    double *counts;
    uint32_t *area, *stratum, *date;
    int64_t *dates; // sorted, each once
    uint32_t n_dates;
};

static int compare_days(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// A year stands for its middle, a month for its 15th.
static bool person_day(struct satscan_reading *r, struct str text, int64_t *day)
{
    struct satscan_time time;
    if (!satscan_time_read(text, r->generic, &time) &&
        !(r->generic && satscan_time_read(text, false, &time)))
        return false;
    *day = time.day;
    if (time.got == SATSCAN_YEAR)
        *day = date_add_months((int32_t)time.day, 6);
    if (time.got == SATSCAN_MONTH)
        *day = time.day + 14;
    return true;
}

static enum err read_person_dates(struct satscan_reading *r, struct persons *p,
                                  struct error *e)
{
    size_t n = p->f.n_rows;
    int64_t *days = ARENA_ARRAY(r->prm.arena, int64_t, n);
    p->dates = ARENA_ARRAY(r->prm.arena, int64_t, n);
    p->date = ARENA_ARRAY(r->prm.arena, uint32_t, n);
    if (!days || !p->dates || !p->date)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct str text = frame_cell(&p->f, i, 1);
        if (!person_day(r, text, &days[i]))
            return frame_error(&p->f, i, 1, "Write YYYY, YYYY/MM or YYYY/MM/DD.", e,
                               "\"" STR_FMT "\" is not a time", STR_ARG(text));
    }
    memcpy(p->dates, days, n * sizeof *days);
    qsort(p->dates, n, sizeof *p->dates, compare_days);
    for (size_t i = 0; i < n; i++)
        if (!i || p->dates[i] != p->dates[p->n_dates - 1])
            p->dates[p->n_dates++] = p->dates[i];
    for (size_t i = 0; i < n; i++) {
        const int64_t *at =
            bsearch(&days[i], p->dates, p->n_dates, sizeof *p->dates, compare_days);
        p->date[i] = (uint32_t)(at - p->dates);
    }
    return ERR_OK;
}

static enum err read_persons(struct satscan_reading *r, struct persons *p,
                             struct error *e)
{
    static const char *const columns[] = {"location", "time", "population"};
    enum err code = satscan_table(&p->f, &r->prm, "PopulationFile", columns, 3, 3, e);
    if (!code)
        code = frame_numbers(&p->f, 2, false, &p->counts, e);
    if (!code)
        code = read_person_dates(r, p, e);
    p->area = code ? NULL : ARENA_ARRAY(r->prm.arena, uint32_t, p->f.n_rows);
    p->stratum = code ? NULL : ARENA_ARRAY(r->prm.arena, uint32_t, p->f.n_rows);
    if (!code && (!p->area || !p->stratum))
        code = error_memory(e);
    for (size_t i = 0; i < p->f.n_rows && !code; i++) {
        struct str name = stratum_name(r, &p->f, i, 3);
        if (p->counts[i] < 0)
            code = frame_error(&p->f, i, 2, "Write 0 or more.", e, "%g is below zero",
                               p->counts[i]);
        else
            code = row_area(r, &p->f, i, &p->area[i], e);
        if (!code && (!name.p || !names_add(&r->strata, name, &p->stratum[i])))
            code = error_memory(e);
    }
    return code;
}

// How much of date k's count (persons, straight between dates, level outside of them) a
// slice has, in days.
static double weight_of(const struct persons *p, uint32_t k, double from, double to)
{
    double sum = 0;
    for (uint32_t i = 0; i <= p->n_dates; i++) { // between date i - 1 and date i
        double low = i ? (double)p->dates[i - 1] : -INFINITY;
        double high = i < p->n_dates ? (double)p->dates[i] : INFINITY;
        double a = fmax(low, from), b = fmin(high, to), middle = (a + b) / 2;
        if (!(b > a))
            continue;
        if (i == 0 || i == p->n_dates)
            sum += k == (i ? i - 1 : 0) ? b - a : 0;
        else if (k == i || k + 1 == i)
            sum += (b - a) * (k == i ? middle - low : high - middle) / (high - low);
    }
    return sum;
}

// A location without a row for one of the times counts as nobody then, as in SaTScan.
static enum err tell_gaps(struct satscan_reading *r, const struct persons *p,
                          struct error *e)
{
    uint32_t n = r->s->areas.n, gaps = 0, first = 0;
    size_t cells;
    if (!size_mul(n, p->n_dates, &cells))
        return error_memory(e);
    bool *has = ARENA_ARRAY(r->prm.arena, bool, cells);
    bool *any = ARENA_ARRAY(r->prm.arena, bool, n);
    if (!has || !any)
        return error_memory(e);
    for (size_t i = 0; i < p->f.n_rows; i++)
        if (p->area[i] < n)
            any[p->area[i]] = has[(size_t)p->area[i] * p->n_dates + p->date[i]] = true;
    for (size_t i = cells; i-- > 0;)
        if (!has[i] && any[i / p->n_dates]) {
            gaps++;
            first = (uint32_t)(i / p->n_dates);
        }
    if (gaps)
        scan_study_note(
            r->s,
            "%s: %u populations are missing (the first is of \"" STR_FMT
            "\"): locations have rows for some of the %u times only, and count as "
            "nobody at the others.",
            "%s：缺 %u 个人口数（第一个属于“" STR_FMT
            "”）：部分地点只有 %u 个时点中的一部分，其余按 0 计。",
            p->f.path, gaps, STR_ARG(r->s->areas.list[first]), p->n_dates);
    return ERR_OK;
}

static enum err spread_persons(struct satscan_reading *r, const struct persons *p,
                               const int64_t *cases, struct error *e)
{
    struct scan_study *s = r->s;
    size_t cells;
    enum err code = scan_study_cells(s, r->strata.n, &cells, e);
    if (!code)
        code = tell_gaps(r, p, e);
    double *at_risk = code ? NULL : ARENA_ARRAY(s->arena, double, cells);
    double *population = ARENA_ARRAY(s->arena, double, s->areas.n);
    double *weights =
        ARENA_ARRAY(s->arena, double, (size_t)s->n_times *(p->n_dates ? p->n_dates : 1));
    if (!code && (!at_risk || !population || !weights))
        code = error_memory(e);
    if (code)
        return code;
    double whole = (double)(r->bounds[s->n_times] - r->bounds[0]);
    for (uint32_t t = 0; t < s->n_times; t++)
        for (uint32_t k = 0; k < p->n_dates; k++)
            weights[(size_t)t * p->n_dates + k] =
                weight_of(p, k, (double)r->bounds[t], (double)r->bounds[t + 1]);
    for (size_t i = 0; i < p->f.n_rows; i++) {
        uint32_t area = p->area[i];
        if (area >= s->areas.n)
            continue;
        for (uint32_t t = 0; t < s->n_times; t++) {
            double days = p->counts[i] * weights[(size_t)t * p->n_dates + p->date[i]];
            at_risk[((size_t)area * s->n_times + t) * r->strata.n + p->stratum[i]] +=
                days;
            population[area] += days / whole;
        }
    }
    s->population = population;
    s->has_population = true;
    return scan_study_expect(s, cases, at_risk, r->strata.n, e);
}

// Without persons time alone can be scanned: as many are at risk at any time.
static enum err level_population(struct satscan_reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    double *expected = ARENA_ARRAY(s->arena, double, (size_t)s->areas.n * s->n_times);
    if (!expected)
        return error_memory(e);
    for (uint32_t t = 0; t < s->n_times; t++)
        expected[t] = (double)(r->bounds[t + 1] - r->bounds[t]);
    s->data.expected = expected;
    return ERR_OK;
}

// ---- the models ----

static enum err check_strata(const struct satscan_reading *r, const struct frame *cases,
                             const struct frame *persons, struct error *e)
{
    size_t first = r->precision == SATSCAN_NONE ? 2 : 3;
    if (cases->n_columns - first != persons->n_columns - 3)
        return frame_error(cases, 0, cases->n_columns - 1,
                           "Give both files the same covariates; set PrecisionCaseTimes "
                           "if the third column is a time.",
                           e, "the case file has %zu covariates, the population file %zu",
                           cases->n_columns - first, persons->n_columns - 3);
    for (size_t i = 0; i < cases->n_rows; i++) {
        struct str name = stratum_name(r, cases, i, first);
        if (!name.p)
            return error_memory(e);
        if (names_find(&r->strata, name) == r->strata.n)
            return frame_error(cases, i, first < cases->n_columns ? first : 0,
                               "Add it to the population file.", e,
                               "these covariates have no row in the population file");
    }
    return ERR_OK;
}

static enum err read_poisson(struct satscan_reading *r, const struct frame *f,
                             struct error *e)
{
    struct persons persons = {0};
    struct row *rows;
    size_t n;
    int64_t *by_stratum, *cases;
    bool has_persons = satscan_text(&r->prm, "PopulationFile").n > 0;
    enum err code = ERR_OK;
    if (has_persons || r->analysis != SATSCAN_TEMPORAL)
        code = read_persons(r, &persons, e);
    if (!code && has_persons)
        code = check_strata(r, f, &persons.f, e);
    if (!code)
        code = read_rows(r, f, &r->strata, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, r->strata.n, &by_stratum, e);
    for (size_t i = 0; !code && i < n; i++)
        rows[i].group = 0;
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    if (code)
        return code;
    r->s->data.cases = cases;
    return has_persons ? spread_persons(r, &persons, by_stratum, e)
                       : level_population(r, e);
}

static enum err sum_areas(struct scan_study *s, const int64_t *controls, struct error *e)
{
    double *population = ARENA_ARRAY(s->arena, double, s->areas.n);
    if (!population)
        return error_memory(e);
    for (uint32_t a = 0; a < s->areas.n; a++)
        for (uint32_t t = 0; t < s->n_times; t++) {
            size_t at = (size_t)a * s->n_times + t;
            population[a] += (double)(s->data.cases[at] + controls[at]);
        }
    s->population = population;
    return ERR_OK;
}

static enum err read_bernoulli(struct satscan_reading *r, const struct frame *f,
                               struct error *e)
{
    static const char *const columns[] = {"location", "controls", "time"};
    struct frame g;
    struct row *rows;
    size_t n, width = r->precision == SATSCAN_NONE ? 2 : 3;
    int64_t *cases, *controls;
    enum err code = satscan_table(&g, &r->prm, "ControlFile", columns, width, width, e);
    if (!code && (f->n_columns > width || g.n_columns > width))
        scan_study_note(r->s,
                        "%s: columns after the %zu of the Bernoulli model are not used.",
                        "%s：伯努利模型只用前 %zu 列，其余未用。",
                        f->n_columns > width ? f->path : g.path, width);
    if (!code)
        code = read_rows(r, f, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    if (!code)
        code = read_rows(r, &g, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "ControlFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &controls, e);
    if (code)
        return code;
    r->s->data.cases = cases;
    r->s->data.controls = controls;
    return sum_areas(r->s, controls, e);
}

static enum err read_permutation(struct satscan_reading *r, const struct frame *f,
                                 struct error *e)
{
    struct row *rows;
    size_t n;
    int64_t *cases;
    if (f->n_columns > 3)
        return frame_error(f, 0, 3, "Leave location, cases and time in each line.", e,
                           "covariates of the permutation model are not done");
    enum err code = read_rows(r, f, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    r->s->data.cases = code ? NULL : cases;
    return code;
}

static int compare_categories(const void *a, const void *b)
{
    double x = 0, y = 0;
    (void)str_to_double(*(const struct str *)a, &x);
    (void)str_to_double(*(const struct str *)b, &y);
    return (x > y) - (x < y);
}

static enum err read_ordinal(struct satscan_reading *r, const struct frame *f,
                             struct error *e)
{
    struct names categories = {.arena = r->prm.arena};
    struct row *rows;
    size_t n;
    int64_t *cases;
    enum err code = read_rows(r, f, &categories, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    uint32_t k = code ? 0 : categories.n;
    struct str *sorted = ARENA_ARRAY(r->prm.arena, struct str, k);
    uint32_t *place = ARENA_ARRAY(r->prm.arena, uint32_t, k);
    if (!code && (!sorted || !place))
        code = error_memory(e);
    if (code)
        return code;
    memcpy(sorted, categories.list, k * sizeof *sorted);
    qsort(sorted, k, sizeof *sorted, compare_categories);
    for (uint32_t i = 0; i < k; i++)
        place[names_find(&categories, sorted[i])] = i;
    for (size_t i = 0; i < n; i++)
        rows[i].group = place[rows[i].group];
    r->s->n_categories = k;
    r->s->categories = sorted;
    code = to_cells(r, rows, n, k, &cases, e);
    r->s->data.cases = code ? NULL : cases;
    return code;
}

static enum err read_counts(struct satscan_reading *r, struct error *e)
{
    static const char *const timed[] = {"location", "cases", "time", "category"};
    static const char *const untimed[] = {"location", "cases", "category"};
    bool has_time = r->precision != SATSCAN_NONE, ordinal = r->model == SATSCAN_ORDINAL;
    size_t width = 2 + (size_t)has_time + ordinal;
    struct frame f;
    enum err code = satscan_table(&f, &r->prm, "CaseFile", has_time ? timed : untimed,
                                  width, width, e);
    if (code)
        return code;
    r->s->source = str_of(f.path);
    switch (r->model) {
    case SATSCAN_POISSON:
        return read_poisson(r, &f, e);
    case SATSCAN_BERNOULLI:
        return read_bernoulli(r, &f, e);
    case SATSCAN_PERMUTATION:
        return read_permutation(r, &f, e);
    case SATSCAN_ORDINAL:
        return read_ordinal(r, &f, e);
    }
    return ERR_OK;
}

static enum err read_circle_sizes(struct satscan_reading *r, struct error *e)
{
    static const char *const columns[] = {"location", "population"};
    struct frame f;
    double *counts;
    if (!satscan_yes(&r->prm, "UseMaxCirclePopulationFileOption"))
        return ERR_OK;
    enum err code =
        satscan_table(&f, &r->prm, "MaxCirclePopulationFile", columns, 2, 2, e);
    if (!code)
        code = frame_numbers(&f, 1, false, &counts, e);
    double *sizes = code ? NULL : ARENA_ARRAY(r->s->arena, double, r->s->areas.n);
    if (!code && !sizes)
        code = error_memory(e);
    for (size_t i = 0; i < f.n_rows && !code; i++) {
        uint32_t area;
        code = row_area(r, &f, i, &area, e);
        if (!code && area < r->s->areas.n)
            sizes[area] += counts[i];
    }
    if (code)
        return code;
    r->s->data.population = sizes;
    scan_study_note(r->s,
                    "%s: windows are limited by the maximum circle size file alone.",
                    "%s：窗口大小只按最大圈人口文件限制。", r->prm.path);
    return ERR_OK;
}

// ---- all of it ----

static unsigned digits_of(uint32_t n)
{
    unsigned digits = 1;
    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

static void tell_left_out(const struct satscan_reading *r)
{
    if (r->late)
        scan_study_note(r->s, "%llu rows outside of the study period were left out.",
                        "研究时段之外的 %llu 行未计入。", (unsigned long long)r->late);
    if (r->unplaced)
        scan_study_note(r->s, "%llu rows of locations without coordinates were left out.",
                        "无坐标地点的 %llu 行未计入。", (unsigned long long)r->unplaced);
}

static enum err read_all(struct satscan_reading *r, const char *path, struct str text,
                         struct error *e)
{
    struct scan_study *s = r->s;
    enum err code = satscan_prm_read(&r->prm, path, text, s, e);
    if (!code)
        code = satscan_settings(r, e);
    if (!code && r->analysis != SATSCAN_TEMPORAL)
        code = read_places(r, e);
    if (!code && r->analysis != SATSCAN_TEMPORAL)
        code = read_grid(r, e);
    if (!code)
        code = read_counts(r, e);
    if (!code)
        code = read_circle_sizes(r, e);
    if (code)
        return code;
    s->cases_word = STR("cases");
    s->controls_word = STR("controls");
    r->out->outputs.replication_digits = digits_of(s->options.replications);
    tell_left_out(r);
    return ERR_OK;
}

static struct satscan_reading begin(struct satscan *out, struct arena *a)
{
    *out = (struct satscan){.threads = out->threads};
    out->study.arena = a;
    out->study.areas.arena = a;
    struct satscan_reading r = {.out = out, .s = &out->study};
    r.strata.arena = a;
    return r;
}

enum err satscan_read(struct satscan *out, const char *path, struct arena *a,
                      struct error *e)
{
    struct satscan_reading r = begin(out, a);
    struct str text;
    enum err code = satscan_slurp(path, a, &text, e);
    return code ? code : read_all(&r, path, text, e);
}

enum err satscan_read_memory(struct satscan *out, const struct satscan_memory *files,
                             size_t n, struct arena *a, struct error *e)
{
    struct satscan_reading r = begin(out, a);
    r.prm.files = files;
    r.prm.n_files = n;
    return read_all(&r, files[0].name, files[0].text, e);
}

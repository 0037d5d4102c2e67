// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/scan_csv.h"

#include "base/frame.h"
#include "base/period.h"
#include "study/scan_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 100000, GROUPS_MOST = 2 };

struct reading {
    struct scan_study *s;
    const struct scan_columns *columns;
    struct frame f;
    size_t area_column;
    uint32_t *area, *step, *group; // of each row
    uint32_t n_groups;             // strata, or categories
};

static enum err column_of(const struct frame *f, const char *name, size_t *column,
                          struct error *e)
{
    enum err code = frame_column(f, name, column, e);
    return code == ERR_NOT_FOUND ? (e ? e->code = ERR_INPUT : ERR_INPUT) : code;
}

// ---- areas and places ----

static enum err read_areas(struct reading *r, struct error *e)
{
    enum err code = column_of(&r->f, r->columns->area, &r->area_column, e);
    if (code)
        return code;
    r->area = ARENA_ARRAY(r->s->arena, uint32_t, r->f.n_rows);
    if (!r->area)
        return error_memory(e);
    for (size_t i = 0; i < r->f.n_rows; i++) {
        struct str name = frame_cell(&r->f, i, r->area_column);
        if (!name.n)
            return frame_error(&r->f, i, r->area_column, "Name the area.", e,
                               "the row has no area");
        if (!names_add(&r->s->areas, name, &r->area[i]))
            return error_memory(e);
    }
    return ERR_OK;
}

// The first name that a row gives for each area.
static enum err read_labels(struct reading *r, struct error *e)
{
    size_t column;
    if (!r->columns->name)
        return ERR_OK;
    enum err code = column_of(&r->f, r->columns->name, &column, e);
    if (code)
        return code;
    struct str *labels = ARENA_ARRAY(r->s->arena, struct str, r->s->areas.n);
    if (!labels)
        return error_memory(e);
    for (size_t i = r->f.n_rows; i-- > 0;)
        if (frame_cell(&r->f, i, column).n)
            labels[r->area[i]] = frame_cell(&r->f, i, column);
    r->s->labels = labels;
    return ERR_OK;
}

static enum err check_place(const struct reading *r, const struct frame *f, size_t row,
                            const size_t columns[2], const double place[2],
                            struct error *e)
{
    static const char *const names[2] = {"longitude", "latitude"};
    static const double most[2] = {180, 90};
    for (int k = 0; k < 2 && r->s->options.metric == SCAN_GREAT_CIRCLE; k++)
        if (fabs(place[k]) > most[k])
            return frame_error(f, row, columns[k],
                               "Give degrees; for a plane use --x and --y.", e,
                               "%g is not a %s", place[k], names[k]);
    return ERR_OK;
}

struct places {
    double *x, *y;
    uint64_t *line; // 0: not yet
};

static enum err take_place(struct places *p, const struct reading *r,
                           const struct frame *f, size_t row, uint32_t area,
                           const size_t columns[2], const double place[2],
                           struct error *e)
{
    enum err code = check_place(r, f, row, columns, place, e);
    if (code)
        return code;
    if (p->line[area] && (p->x[area] != place[0] || p->y[area] != place[1]))
        return frame_error(f, row, columns[0], "Give each area one place.", e,
                           "area \"" STR_FMT "\" is at (%.10g, %.10g), and in line %llu "
                           "at (%.10g, %.10g)",
                           STR_ARG(r->s->areas.list[area]), place[0], place[1],
                           (unsigned long long)p->line[area], p->x[area], p->y[area]);
    p->x[area] = place[0];
    p->y[area] = place[1];
    p->line[area] = f->lines[row];
    return ERR_OK;
}

// Coordinates of the rows of f, whose column `area` names the areas (SIZE_MAX: the rows
// are those of the data).
static enum err read_places_of(const struct reading *r, const struct frame *f,
                               size_t area_column, struct places *p, uint64_t *unknown,
                               struct error *e)
{
    size_t columns[2];
    double *x, *y;
    enum err code = column_of(f, r->columns->x, &columns[0], e);
    if (!code)
        code = column_of(f, r->columns->y, &columns[1], e);
    if (!code)
        code = frame_numbers(f, columns[0], true, &x, e);
    if (!code)
        code = frame_numbers(f, columns[1], true, &y, e);
    for (size_t i = 0; i < f->n_rows && !code; i++) {
        uint32_t area = area_column == SIZE_MAX
                            ? r->area[i]
                            : names_find(&r->s->areas, frame_cell(f, i, area_column));
        if (area == r->s->areas.n)
            ++*unknown;
        else if (isnan(x[i]) != isnan(y[i]))
            code = frame_error(f, i, columns[isnan(y[i])], "Give both coordinates.", e,
                               "one coordinate is missing");
        else if (!isnan(x[i]))
            code = take_place(p, r, f, i, area, columns, (double[2]){x[i], y[i]}, e);
    }
    return code;
}

static enum err read_place_file(const struct reading *r, struct places *p,
                                struct error *e)
{
    struct frame f;
    size_t column = 0;
    uint64_t unknown = 0;
    enum err code = frame_read(&f, r->columns->places, r->s->arena, e);
    // the areas are in a column of the same name as in the data, else in the first
    if (!code && frame_column(&f, r->columns->area, &column, NULL))
        column = 0;
    if (!code)
        code = read_places_of(r, &f, column, p, &unknown, e);
    if (code)
        return code;
    if (unknown == f.n_rows) {
        (void)error_set(e, ERR_INPUT, "scan.places", f.path,
                        "none of its areas is in %s (column \"" STR_FMT "\", the first "
                        "is \"" STR_FMT "\")",
                        r->columns->path, STR_ARG(f.names[column]),
                        STR_ARG(frame_cell(&f, 0, column)));
        return error_cure(e, "Both files must write the areas alike.");
    }
    if (unknown)
        scan_study_note(r->s, "%llu areas of %s have no cases here and were left out.",
                        "%llu 个地区（%s）没有数据，未计入。",
                        (unsigned long long)unknown, f.path);
    return ERR_OK;
}

static enum err read_places(struct reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    uint32_t n = s->areas.n;
    struct places p = {ARENA_ARRAY(s->arena, double, n), ARENA_ARRAY(s->arena, double, n),
                       ARENA_ARRAY(s->arena, uint64_t, n)};
    uint64_t unknown = 0;
    if (!p.x || !p.y || !p.line)
        return error_memory(e);
    enum err code = r->columns->places
                        ? read_place_file(r, &p, e)
                        : read_places_of(r, &r->f, SIZE_MAX, &p, &unknown, e);
    for (size_t i = 0; i < r->f.n_rows && !code; i++)
        if (!p.line[r->area[i]])
            code =
                frame_error(&r->f, i, r->area_column,
                            r->columns->places
                                ? "Add it to the file of places, or leave its rows out."
                                : "Fill in its coordinates, or leave its rows out.",
                            e, "area \"" STR_FMT "\" has no coordinates",
                            STR_ARG(s->areas.list[r->area[i]]));
    s->x = p.x;
    s->y = p.y;
    s->data.x = p.x;
    s->data.y = p.y;
    return code;
}

static enum err read_neighbours(struct reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    struct frame f;
    enum err code = frame_read(&f, r->columns->neighbours, s->arena, e);
    if (code)
        return code;
    if (f.n_columns < 2) {
        (void)error_set(e, ERR_INPUT, "scan.neighbours", f.path,
                        "the file has one column");
        return error_cure(e, "Each row names two areas that touch.");
    }
    uint32_t *pairs = ARENA_ARRAY(s->arena, uint32_t, 2 * f.n_rows);
    struct graph *graph = ARENA_NEW(s->arena, struct graph);
    if (!pairs || !graph)
        return error_memory(e);
    for (size_t i = 0; i < f.n_rows; i++)
        for (size_t k = 0; k < 2; k++) {
            struct str name = frame_cell(&f, i, k);
            pairs[2 * i + k] = names_find(&s->areas, name);
            if (pairs[2 * i + k] == s->areas.n)
                return frame_error(&f, i, k, "Write the areas as in the data.", e,
                                   "area \"" STR_FMT "\" is not in %s", STR_ARG(name),
                                   r->columns->path);
        }
    s->data.graph = graph;
    return graph_make(graph, s->areas.n, pairs, f.n_rows, s->arena, e);
}

// ---- times ----

struct times {
    int64_t *at; // of each row: a day, or a number
    bool number;
    enum period_kind kind; // of the steps
    bool weeks;
};

static bool is_whole(struct str text, int64_t *value)
{
    return str_to_int(text, value) && *value > -1000000000 && *value < 1000000000;
}

// What a column of times is, from its first row: numbers below 1000 are steps.
static enum err first_kind(const struct reading *r, size_t column, struct times *t,
                           struct error *e)
{
    struct str text = frame_cell(&r->f, 0, column);
    struct period period;
    int32_t day;
    int64_t number;
    if (date_parse(text, &day, NULL) == ERR_OK)
        t->kind = PERIOD_DAY;
    else if (is_whole(text, &number) && (number < 1000 || number > 9999) &&
             period_parse(text, &period, NULL) != ERR_OK)
        t->number = true;
    else if (period_parse(text, &period, NULL) == ERR_OK)
        t->kind = period.kind;
    else
        return frame_error(&r->f, 0, column,
                           "Write dates (2014-06-05), months (2014-06), quarters "
                           "(2014Q2), years or whole numbers.",
                           e, "\"" STR_FMT "\" is not a time", STR_ARG(text));
    return ERR_OK;
}

static enum err read_unit(struct times *t, const char *unit, struct error *e)
{
    enum period_kind kind;
    if (!unit)
        return ERR_OK;
    if (strcmp(unit, "number") == 0) {
        t->number = true;
        return ERR_OK;
    }
    if (t->number) {
        (void)error_set(e, ERR_USAGE, "scan.time_unit", "--time-unit",
                        "the times are whole numbers, not days");
        return error_cure(e, "Leave --time-unit out, or write dates.");
    }
    t->weeks = strcmp(unit, "week") == 0;
    if (!t->weeks && !period_kind_from_name(str_of(unit), &kind)) {
        (void)error_set(e, ERR_USAGE, "scan.time_unit", "--time-unit",
                        "\"%s\" is not a unit of time", unit);
        return error_cure(e, "Take day, week, month, quarter, half, year or number.");
    }
    if (t->weeks ? t->kind != PERIOD_DAY : kind < t->kind) {
        (void)error_set(e, ERR_USAGE, "scan.time_unit", "--time-unit",
                        "\"%s\" is finer than the times of the data, which are by %s",
                        unit, period_kind_name(t->kind));
        return error_cure(e, "Take a longer unit.");
    }
    if (!t->weeks)
        t->kind = kind;
    return ERR_OK;
}

static enum err read_time(const struct reading *r, size_t column, size_t row,
                          struct times *t, enum period_kind written, struct error *e)
{
    struct str text = frame_cell(&r->f, row, column);
    struct period period;
    struct error why = {0};
    int32_t day = 0;
    if (t->number) {
        if (is_whole(text, &t->at[row]))
            return ERR_OK;
        return frame_error(&r->f, row, column, "Write all times alike.", e,
                           "\"" STR_FMT "\" is not a whole number", STR_ARG(text));
    }
    if (written == PERIOD_DAY) {
        if (date_parse(text, &day, &why))
            return frame_error(&r->f, row, column, "Write all times alike.", e, "%s",
                               why.text);
        t->at[row] = day;
        return ERR_OK;
    }
    if (period_parse(text, &period, &why) || period.kind != written)
        return frame_error(&r->f, row, column, "Write all times alike.", e,
                           "\"" STR_FMT "\" is not a %s, as the first time is",
                           STR_ARG(text), period_kind_name(written));
    t->at[row] = period.first;
    return ERR_OK;
}

// Where each of the n steps begins; begins[n] is behind the last.
static void begin_steps(const struct times *t, int64_t low, int64_t high, size_t n,
                        int64_t *begins)
{
    struct period first = {0};
    bool periods = !t->number && !t->weeks && t->kind != PERIOD_DAY;
    if (periods)
        first = period_of(t->kind, (int32_t)low);
    for (size_t i = 0; i <= n; i++) {
        begins[i] = low + (int64_t)i;
        if (t->weeks) // weeks end with the last day there is
            begins[i] = high + 1 - 7 * ((int64_t)n - (int64_t)i);
        else if (periods) // the year 10000 does not come
            begins[i] = i < n ? period_step(first, (int)i).first
                              : period_step(first, (int)i - 1).last + (int64_t)1;
    }
}

static enum err name_steps(struct scan_study *s, const struct times *t,
                           const int64_t *begins, struct scan_slice *slices,
                           struct error *e)
{
    for (size_t i = 0; i < s->n_times; i++) {
        char day[DATE_TEXT_SIZE], end[DATE_TEXT_SIZE];
        if (t->number) {
            slices[i].first = str_format(s->arena, "%lld", (long long)begins[i]);
            slices[i].last = slices[i].first;
        } else if (t->weeks || t->kind == PERIOD_DAY) {
            date_format((int32_t)begins[i], day);
            date_format((int32_t)(begins[i + 1] - 1), end);
            slices[i].first = str_copy(s->arena, str_of(day));
            slices[i].last = str_copy(s->arena, str_of(end));
        } else {
            struct period p = period_of(t->kind, (int32_t)begins[i]);
            slices[i].first = str_copy(s->arena, str_of(p.id));
            slices[i].last = slices[i].first;
        }
        if (!slices[i].first.p || !slices[i].last.p)
            return error_memory(e);
    }
    s->slices = slices;
    s->first = slices[0].first;
    s->last = slices[s->n_times - 1].last;
    return ERR_OK;
}

// The number of steps from the first time to the last; ERR_LIMIT.
static enum err count_steps(const struct reading *r, const struct times *t, int64_t low,
                            int64_t high, size_t *n, struct error *e)
{
    uint64_t steps = (uint64_t)(high - low) + 1;
    if (t->weeks)
        steps = (uint64_t)(high - low) / 7 + 1;
    else if (!t->number && t->kind != PERIOD_DAY) {
        struct period first = period_of(t->kind, (int32_t)low);
        struct period last = period_of(t->kind, (int32_t)high);
        struct period all = {t->kind, first.first, last.last, ""};
        steps = period_count(all, t->kind);
    }
    *n = (size_t)steps;
    if (steps <= MOST_STEPS)
        return ERR_OK;
    (void)error_set(e, ERR_LIMIT, "scan.steps", r->columns->path,
                    "%llu steps of time are more than %d", (unsigned long long)steps,
                    MOST_STEPS);
    return error_cure(e, "Take a longer --time-unit.");
}

// The last step that begins no later.
static uint32_t step_of(const int64_t *begins, size_t n, int64_t at)
{
    uint32_t low = 0, high = (uint32_t)n - 1;
    while (low < high) {
        uint32_t middle = (low + high + 1) / 2;
        if (begins[middle] <= at)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static enum err make_steps(struct reading *r, const struct times *t, int64_t low,
                           int64_t high, struct error *e)
{
    static const double days[PERIOD_KINDS] = {1,         30.436875, 91.310625,
                                              182.62125, 365.2425,  365.2425};
    struct scan_study *s = r->s;
    size_t n;
    enum err code = count_steps(r, t, low, high, &n, e);
    if (code)
        return code;
    struct scan_slice *slices = ARENA_ARRAY(s->arena, struct scan_slice, n);
    int64_t *begins = ARENA_ARRAY(s->arena, int64_t, n + 1);
    if (!slices || !begins)
        return error_memory(e);
    begin_steps(t, low, high, n, begins);
    for (size_t i = 0; i < r->f.n_rows; i++)
        r->step[i] = step_of(begins, n, t->at[i]);
    s->n_times = (uint32_t)n;
    s->step = t->number  ? STR("time")
              : t->weeks ? STR("week")
                         : str_of(period_kind_name(t->kind));
    s->step_days = t->number ? 0 : t->weeks ? 7 : days[t->kind];
    s->days = t->number ? 0 : (double)(begins[n] - begins[0]);
    return name_steps(s, t, begins, slices, e);
}

static enum err read_times(struct reading *r, struct error *e)
{
    struct times t = {0};
    size_t column;
    r->step = ARENA_ARRAY(r->s->arena, uint32_t, r->f.n_rows);
    t.at = ARENA_ARRAY(r->s->arena, int64_t, r->f.n_rows);
    if (!r->step || !t.at)
        return error_memory(e);
    r->s->n_times = 1;
    if (!r->columns->time)
        return ERR_OK;
    enum err code = column_of(&r->f, r->columns->time, &column, e);
    if (!code)
        code = first_kind(r, column, &t, e);
    enum period_kind written = t.kind;
    if (!code)
        code = read_unit(&t, r->columns->time_unit, e);
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        code = read_time(r, column, i, &t, written, e);
        low = t.at[i] < low ? t.at[i] : low;
        high = t.at[i] > high ? t.at[i] : high;
    }
    if (!code)
        code = make_steps(r, &t, low, high, e);
    if (code || r->s->options.span != SCAN_SPATIAL)
        return code;
    // a scan of space alone takes all times together
    memset(r->step, 0, r->f.n_rows * sizeof *r->step);
    r->s->n_times = 1;
    struct scan_slice *whole = ARENA_NEW(r->s->arena, struct scan_slice);
    if (!whole)
        return error_memory(e);
    *whole = (struct scan_slice){r->s->first, r->s->last};
    r->s->slices = whole;
    return ERR_OK;
}

// ---- counts ----

static enum err read_groups(struct reading *r, struct error *e)
{
    const struct scan_columns *c = r->columns;
    bool ordinal = r->s->options.model == SCAN_ORDINAL;
    unsigned n = ordinal ? 1 : c->n_covariates;
    size_t *columns = ARENA_ARRAY(r->s->arena, size_t, n);
    struct frame_groups groups;
    r->n_groups = 1;
    r->group = ARENA_ARRAY(r->s->arena, uint32_t, r->f.n_rows);
    if (!columns || !r->group)
        return error_memory(e);
    if (!n)
        return ERR_OK;
    enum err code = ERR_OK;
    for (unsigned i = 0; i < n && !code; i++)
        code = column_of(&r->f, ordinal ? c->category : c->covariates[i], &columns[i], e);
    if (!code)
        code = frame_groups(&r->f, columns, n, &groups, e);
    if (!code && ordinal)
        code = frame_groups_sort(&r->f, &groups, e);
    if (code)
        return code;
    r->group = groups.of_row;
    r->n_groups = groups.n;
    if (ordinal) {
        r->s->n_categories = groups.n;
        r->s->categories = groups.names;
    }
    return ERR_OK;
}

static size_t cell_of(const struct reading *r, size_t row, uint32_t n_groups)
{
    size_t at = (size_t)r->area[row] * r->s->n_times + r->step[row];
    return at * n_groups + (n_groups > 1 ? r->group[row] : 0);
}

static enum err sum_counts(const struct reading *r, const char *name, uint32_t n_groups,
                           int64_t **out, struct error *e)
{
    size_t column, cells;
    int64_t *counts;
    enum err code = column_of(&r->f, name, &column, e);
    if (!code)
        code = frame_counts(&r->f, column, false, &counts, e);
    if (!code)
        code = scan_study_cells(r->s, n_groups, &cells, e);
    if (code)
        return code;
    *out = ARENA_ARRAY(r->s->arena, int64_t, cells);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; i < r->f.n_rows; i++) {
        int64_t *cell = &(*out)[cell_of(r, i, n_groups)];
        if (!int_add(*cell, counts[i], cell) || *cell > (int64_t)1e15)
            return frame_error(&r->f, i, column, "Are these counts of cases?", e,
                               "the counts pass 1e15");
    }
    return ERR_OK;
}

static enum err sum_numbers(const struct reading *r, const char *name, uint32_t n_groups,
                            double **out, struct error *e)
{
    size_t column, cells;
    double *numbers;
    enum err code = column_of(&r->f, name, &column, e);
    if (!code)
        code = frame_numbers(&r->f, column, false, &numbers, e);
    if (!code)
        code = scan_study_cells(r->s, n_groups, &cells, e);
    if (code)
        return code;
    *out = ARENA_ARRAY(r->s->arena, double, cells);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; i < r->f.n_rows; i++) {
        if (numbers[i] < 0)
            return frame_error(&r->f, i, column, "Write 0 or more.", e,
                               "%g is below zero", numbers[i]);
        (*out)[cell_of(r, i, n_groups)] += numbers[i];
    }
    return ERR_OK;
}

// Persons of each area: the mean over the steps of time.
static enum err mean_population(struct scan_study *s, const double *persons,
                                uint32_t n_groups, uint32_t n_steps, struct error *e)
{
    double *population = ARENA_ARRAY(s->arena, double, s->areas.n);
    if (!population)
        return error_memory(e);
    size_t each = (size_t)s->n_times * n_groups;
    for (uint32_t a = 0; a < s->areas.n; a++)
        for (size_t i = 0; i < each; i++)
            population[a] += persons[a * each + i] / n_steps;
    s->population = population;
    return ERR_OK;
}

// Where there is no row there is nobody: easily meant otherwise, so it is told.
static enum err tell_gaps(const struct reading *r, struct error *e)
{
    size_t cells = (size_t)r->s->areas.n * r->s->n_times, filled = 0;
    if (r->s->n_times == 1)
        return ERR_OK;
    bool *has = ARENA_ARRAY(r->s->arena, bool, cells);
    if (!has)
        return error_memory(e);
    for (size_t i = 0; i < r->f.n_rows; i++) {
        size_t at = cell_of(r, i, 1);
        filled += !has[at];
        has[at] = true;
    }
    if (filled < cells)
        scan_study_note(r->s,
                        "%zu of %zu pairs of area and time have no row: nobody counts as "
                        "at risk there. Give each a row, with 0 cases where there are "
                        "none.",
                        "%zu 个（共 %zu 个）地区与时间的组合没有行，按无人计。"
                        "没有病例时也应给出一行，病例写 0。",
                        cells - filled, cells);
    return ERR_OK;
}

static enum err read_poisson(struct reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    const struct scan_columns *c = r->columns;
    int64_t *cases, *by_stratum;
    double *persons, *expected;
    enum err code = sum_counts(r, c->cases, 1, &cases, e);
    if (code)
        return code;
    s->data.cases = cases;
    code = tell_gaps(r, e);
    if (code)
        return code;
    if (!c->population) {
        code = sum_numbers(r, c->expected, 1, &expected, e);
        s->data.expected = expected;
        return code;
    }
    code = sum_counts(r, c->cases, r->n_groups, &by_stratum, e);
    if (!code)
        code = sum_numbers(r, c->population, r->n_groups, &persons, e);
    s->has_population = true;
    if (!code)
        code = mean_population(s, persons, r->n_groups, s->n_times, e);
    return code ? code : scan_study_expect(s, by_stratum, persons, r->n_groups, e);
}

static enum err read_bernoulli(struct reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    int64_t *cases, *controls;
    enum err code = sum_counts(r, r->columns->cases, 1, &cases, e);
    if (!code)
        code = sum_counts(r, r->columns->controls, 1, &controls, e);
    double *population = code ? NULL : ARENA_ARRAY(s->arena, double, s->areas.n);
    if (!code && !population)
        code = error_memory(e);
    if (code)
        return code;
    for (size_t i = 0; i < (size_t)s->areas.n * s->n_times; i++)
        population[i / s->n_times] += (double)(cases[i] + controls[i]);
    s->population = population;
    s->data.cases = cases;
    s->data.controls = controls;
    return ERR_OK;
}

static enum err read_counts(struct reading *r, struct error *e)
{
    int64_t *cases;
    if (r->s->options.model == SCAN_POISSON)
        return read_poisson(r, e);
    if (r->s->options.model == SCAN_BERNOULLI)
        return read_bernoulli(r, e);
    uint32_t n = r->s->options.model == SCAN_ORDINAL ? r->n_groups : 1;
    enum err code = sum_counts(r, r->columns->cases, n, &cases, e);
    r->s->data.cases = code ? NULL : cases;
    return code;
}

// ---- all of it ----

// The word, or the word with an ending behind it: boys, boys_0_6.
static bool is_word(const char *text, const char *const *list)
{
    struct str s = str_of(text);
    for (; *list; list++) {
        struct str word = str_of(*list);
        if (s.n >= word.n && str_equal_fold((struct str){s.p, word.n}, word) &&
            (s.n == word.n || s.p[word.n] == '_' || s.p[word.n] == ' ' ||
             (s.p[word.n] >= '0' && s.p[word.n] <= '9')))
            return true;
    }
    return false;
}

static enum err usage(const char *where, const char *cure, struct error *e,
                      const char *text)
{
    (void)error_set(e, ERR_USAGE, "scan.columns", where, "%s", text);
    return error_cure(e, "%s", cure);
}

static enum err check_columns(const struct scan_columns *c, const struct scan_options *o,
                              struct error *e)
{
    bool timed = o->span != SCAN_SPATIAL, placed = o->span != SCAN_TEMPORAL;
    if (!c->area || !c->cases)
        return usage(c->area ? "--cases" : "--area", "Name the columns.", e,
                     "a scan needs the columns of areas and of cases");
    if (o->model == SCAN_BERNOULLI && !c->controls)
        return usage("--controls", "Name the column, such as --controls girls.", e,
                     "the Bernoulli model needs the column of controls");
    if (o->model == SCAN_POISSON && !c->population && !c->expected)
        return usage("--population",
                     "Name the column of persons, or of expected numbers (--expected).",
                     e, "the Poisson model needs the population");
    if (o->model == SCAN_ORDINAL && !c->category)
        return usage("--category", "Name the column.", e,
                     "the ordinal model needs the column of categories");
    if (o->model == SCAN_PERMUTATION && (!timed || !placed))
        return usage("--span", "Take --span space-time or --span prospective.", e,
                     "the permutation model scans space and time together");
    if (timed && !c->time)
        return usage("--time", "Name the column of times, or take --span spatial.", e,
                     "a scan in time needs the times");
    if (placed && o->shape == SCAN_FLEXIBLE && !c->neighbours && !c->map)
        return usage("--neighbours",
                     "Name a file of pairs of areas that touch, or a --map.", e,
                     "flexible windows need the areas' neighbours");
    if (placed && o->shape != SCAN_FLEXIBLE && (!c->x || !c->y) && !c->map)
        return usage("--lon, --lat",
                     "Name the columns, or --x and --y for a plane, or a --map.", e,
                     "a scan in space needs the areas' coordinates");
    if (c->n_covariates && (o->model != SCAN_POISSON || !c->population))
        return usage("--covariates", "Use --model poisson with --population.", e,
                     "covariates need the population they are standardised by");
    return ERR_OK;
}

static enum err check_ellipse(const struct scan_options *o, struct error *e)
{
    if (o->shape != SCAN_ELLIPSE || o->metric != SCAN_GREAT_CIRCLE ||
        o->span == SCAN_TEMPORAL)
        return ERR_OK;
    return usage("--shape", "Project them and name them with --x and --y.", e,
                 "ellipses need coordinates of a plane");
}

// Coordinates and neighbours, from the map where nothing else gives them.
static enum err read_where(struct reading *r, struct error *e)
{
    const struct scan_columns *c = r->columns;
    const struct scan_options *o = &r->s->options;
    enum err code = ERR_OK;
    if (c->x && c->y)
        code = read_places(r, e);
    else if (c->map && o->span != SCAN_TEMPORAL)
        code = scan_map_places(r->s, e);
    if (!code && c->neighbours)
        code = read_neighbours(r, e);
    else if (!code && c->map && o->shape == SCAN_FLEXIBLE)
        code = scan_map_neighbours(r->s, e);
    return code ? code : check_ellipse(o, e);
}

enum err scan_csv(struct scan_study *out, const struct scan_columns *columns,
                  struct arena *a, struct error *e)
{
    static const char *const boys[] = {"boys", "boy",  "male", "males", "m",
                                       "男",   "男婴", "男孩", "男性",  NULL};
    static const char *const girls[] = {"girls", "girl", "female", "females", "f",
                                        "女",    "女婴", "女孩",   "女性",    NULL};
    struct reading r = {.s = out, .columns = columns};
    out->arena = a;
    out->areas.arena = a;
    out->source = str_of(columns->path);
    enum err code = check_columns(columns, &out->options, e);
    if (!code)
        code = frame_read(&r.f, columns->path, a, e);
    if (!code)
        code = read_areas(&r, e);
    if (!code)
        code = read_labels(&r, e);
    if (!code && columns->map)
        code = scan_map_read(out, columns->map, columns->map_id, e);
    if (!code)
        code = read_where(&r, e);
    if (!code)
        code = read_times(&r, e);
    if (!code)
        code = read_groups(&r, e);
    if (!code)
        code = read_counts(&r, e);
    out->cases_word = str_of(columns->cases);
    out->controls_word = str_of(columns->controls);
    out->cases_are_boys =
        is_word(columns->cases, boys) && is_word(columns->controls, girls);
    return code;
}

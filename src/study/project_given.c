// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/project_given.h"

#include <math.h>
#include <string.h>

#include "study/project_files_private.h"

enum { COLUMNS = PROJECT_GIVEN_COLUMNS, MOST_TRAJECTORIES = 100000 };
enum { TRAJECTORY = COLUMNS, YEAR, AREA, ALL_COLUMNS, MOST_NAMES = 8 };

static const char *const names[ALL_COLUMNS][MOST_NAMES] = {
    {"tfr", "total_fertility", "总和生育率"},
    {"e0_female", "e0_women", "女性预期寿命"},
    {"e0_male", "e0_men", "男性预期寿命"},
    {"srb", "boys", "出生性别比"},
    {"migration", "net_migration", "net", "净迁移"},
    {"trajectory", "traj", "轨迹", "轨迹号"},
    {"year", "period", "年份", "年", "时期"},
    {"area", "area_code", "country_code", "code", "county", "地区", "地区代码"},
};

static int column_of(struct str name)
{
    for (int c = 0; c < ALL_COLUMNS; c++)
        for (int i = 0; i < MOST_NAMES && names[c][i]; i++)
            if (str_equal_fold(name, str_of(names[c][i])))
                return c;
    return -1;
}

static enum err bad_columns(const struct frame *f, struct error *e)
{
    return error_cure(e,
                      "columns of %.80s are trajectory, year, and of these the ones that "
                      "are given: area, tfr, e0_female and e0_male, srb, migration",
                      f->path);
}

static enum err read_columns(struct project_given *g, size_t at[ALL_COLUMNS],
                             struct error *e)
{
    bool any = false;
    for (int c = 0; c < ALL_COLUMNS; c++)
        at[c] = SIZE_MAX;
    for (size_t i = 0; i < g->f.n_columns; i++) {
        int c = column_of(g->f.names[i]);
        if (c < 0 || at[c] != SIZE_MAX) {
            error_set(e, ERR_INPUT, "project.given", g->f.path,
                      c < 0 ? "'" STR_FMT "' is no column of trajectories"
                            : "'" STR_FMT "' is there twice",
                      STR_ARG(g->f.names[i]));
            return bad_columns(&g->f, e);
        }
        at[c] = i;
        any |= c < COLUMNS;
    }
    const char *missing =
        at[TRAJECTORY] == SIZE_MAX ? "trajectory"
        : at[YEAR] == SIZE_MAX     ? "year"
        : !any                     ? "tfr (or another rate)"
        : at[PROJECT_GIVEN_WOMEN] == SIZE_MAX && at[PROJECT_GIVEN_MEN] != SIZE_MAX
            ? "e0_female (beside e0_male)"
        : at[PROJECT_GIVEN_MEN] == SIZE_MAX && at[PROJECT_GIVEN_WOMEN] != SIZE_MAX
            ? "e0_male (beside e0_female)"
            : NULL;
    if (!missing)
        return ERR_OK;
    error_set(e, ERR_INPUT, "project.given", g->f.path, "there is no column %s", missing);
    return bad_columns(&g->f, e);
}

static enum err read_values(struct project_given *g, const size_t at[ALL_COLUMNS],
                            struct error *e)
{
    static const struct {
        double low, high;
        const char *cure;
    } must[COLUMNS] = {
        {0, 15, "give children a woman, from 0 to 15"},
        {15, 115, "give years, from 15 to 115"},
        {15, 115, "give years, from 15 to 115"},
        {.5, 2, "give boys a girl, as 1.06, or to a hundred, as 106"},
        {-1e12, 1e12, "give net migrants of the step"},
    };
    for (int c = 0; c < COLUMNS; c++) {
        g->column[c] = at[c];
        if (at[c] == SIZE_MAX)
            continue;
        enum err err = frame_numbers(&g->f, at[c], false, &g->value[c], e);
        for (size_t i = 0; !err && i < g->f.n_rows; i++) {
            double *v = &g->value[c][i];
            if (c == PROJECT_GIVEN_BOYS && *v > 50)
                *v /= 100;
            if (!(*v >= must[c].low && *v <= must[c].high))
                err = frame_error(&g->f, i, at[c], must[c].cure, e, "%s of %g",
                                  names[c][0], *v);
        }
        if (err)
            return err;
    }
    g->has[PROJECT_TFR] = g->value[PROJECT_GIVEN_TFR];
    g->has[PROJECT_E0] = g->has[PROJECT_GAP] = g->value[PROJECT_GIVEN_WOMEN];
    g->has[PROJECT_BOYS] = g->value[PROJECT_GIVEN_BOYS];
    g->has[PROJECT_NET] = g->value[PROJECT_GIVEN_NET];
    return ERR_OK;
}

static enum err read_years(struct project_given *g, size_t column, struct error *e)
{
    g->year_column = column;
    for (size_t i = 0; i < g->f.n_rows; i++) {
        struct str s = frame_cell(&g->f, i, column);
        int32_t last;
        if (!project_read_years(s, &g->year[i], &last))
            return frame_error(&g->f, i, column,
                               "write the year as 2020, or the period as 2020-2025", e,
                               "'" STR_FMT "' is not a year", STR_ARG(s));
    }
    return ERR_OK;
}

enum err project_given_read(struct project_given *g, const char *path, struct arena *a,
                            struct error *e)
{
    size_t at[ALL_COLUMNS];
    struct frame_groups of;
    *g = (struct project_given){.trajectories = 0};
    enum err err = frame_read(&g->f, path, a, e);
    if (!err)
        err = read_columns(g, at, e);
    if (!err)
        err = frame_groups(&g->f, &at[TRAJECTORY], 1, &of, e);
    if (!err && at[AREA] != SIZE_MAX)
        err = frame_groups(&g->f, &at[AREA], 1, &g->areas, e);
    if (!err)
        err = read_values(g, at, e);
    if (err)
        return err;
    g->trajectories = of.n;
    g->names = of.names;
    g->trajectory = of.of_row;
    if (of.n > MOST_TRAJECTORIES)
        return error_set(e, ERR_LIMIT, "project.given", path,
                         "%u trajectories; %d at most", (unsigned)of.n,
                         MOST_TRAJECTORIES);
    size_t groups = g->areas.n ? g->areas.n : 1;
    g->year = ARENA_ARRAY(a, int32_t, g->f.n_rows);
    g->first = ARENA_ARRAY(a, uint32_t, groups);
    g->next = ARENA_ARRAY(a, uint32_t, g->f.n_rows);
    if (!g->year || !g->first || !g->next)
        return error_memory(e);
    for (size_t i = 0; i < groups; i++)
        g->first[i] = UINT32_MAX;
    for (size_t i = g->f.n_rows; i-- > 0;) {
        uint32_t area = g->areas.n ? g->areas.of_row[i] : 0;
        g->next[i] = g->first[area];
        g->first[area] = (uint32_t)i;
    }
    return read_years(g, at[YEAR], e);
}

// --- of an area

// Rows of the area by its code or name, else of those without one; UINT32_MAX: none.
static uint32_t rows_of(const struct project_given *g, const struct project_area *area)
{
    if (!g->areas.n)
        return g->first[0];
    const struct str is[] = {area->code, area->name, STR("")};
    for (int i = 0; i < 3; i++) {
        uint32_t group = is[i].n || i == 2 ? frame_group(&g->areas, is[i]) : g->areas.n;
        if (group < g->areas.n)
            return g->first[group];
    }
    return UINT32_MAX;
}

// The row of each step and trajectory.
static enum err place_rows(const struct project_given *g, const struct project_area *area,
                           uint32_t *place, struct error *e)
{
    const struct project_shape *s = &area->in.shape;
    for (uint32_t i = rows_of(g, area); i != UINT32_MAX; i = g->next[i]) {
        int32_t after = g->year[i] - s->year;
        if (after < 0 || (size_t)(after / s->width) >= s->steps)
            continue;
        if (after % s->width)
            return frame_error(
                &g->f, i, g->year_column, "give a row for the first year of each step", e,
                "%d is within a step; steps begin in %d and every %d years",
                (int)g->year[i], (int)s->year, (int)s->width);
        uint32_t *to =
            &place[(size_t)(after / s->width) * g->trajectories + g->trajectory[i]];
        if (*to != UINT32_MAX)
            return frame_error(
                &g->f, i, g->year_column, "leave one of the two rows out", e,
                "trajectory '" STR_FMT "' has this year twice (also in line %llu)",
                STR_ARG(g->names[g->trajectory[i]]), (unsigned long long)g->f.lines[*to]);
        *to = i;
    }
    for (size_t i = 0; i < s->steps * g->trajectories; i++) {
        if (place[i] != UINT32_MAX)
            continue;
        struct str name = area->code.n ? area->code : area->name;
        error_set(e, ERR_INPUT, "project.given", g->f.path,
                  "trajectory '" STR_FMT "' has no row of %d%s" STR_FMT,
                  STR_ARG(g->names[i % g->trajectories]),
                  (int)s->year + (int)(i / g->trajectories) * (int)s->width,
                  name.n ? " for area " : "", STR_ARG(name));
        return error_cure(e, "add it, or end the projection before it with --to");
    }
    return ERR_OK;
}

static double migrants_of(const struct project_input *in, size_t step)
{
    double all = 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; in->migration[sex] && a < in->shape.ages; a++)
            all += in->migration[sex][step * in->shape.ages + a];
    return all;
}

enum err project_given_of(const struct project_given *g, const struct project_area *area,
                          const double *given[PROJECT_SERIES], struct arena *a,
                          struct error *e)
{
    static const int from[PROJECT_SERIES] = {PROJECT_GIVEN_TFR, PROJECT_GIVEN_WOMEN,
                                             PROJECT_GIVEN_MEN, PROJECT_GIVEN_BOYS,
                                             PROJECT_GIVEN_NET};
    size_t n;
    if (!size_mul(area->in.shape.steps, g->trajectories, &n))
        return error_memory(e);
    uint32_t *place = ARENA_ARRAY(a, uint32_t, n);
    if (!place)
        return error_memory(e);
    memset(place, 0xff, n * sizeof *place);
    enum err err = place_rows(g, area, place, e);
    for (int s = 0; !err && s < PROJECT_SERIES; s++) {
        given[s] = NULL;
        if (!g->has[s])
            continue;
        double *to = ARENA_ARRAY(a, double, n);
        if (!to)
            return error_memory(e);
        for (size_t i = 0; i < n; i++) {
            to[i] = g->value[from[s]][place[i]];
            if (s == PROJECT_GAP)
                to[i] = g->value[PROJECT_GIVEN_WOMEN][place[i]] - to[i];
            if (s == PROJECT_NET)
                to[i] -= migrants_of(&area->in, i / g->trajectories);
        }
        given[s] = to;
    }
    return err;
}

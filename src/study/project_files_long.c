// SPDX-License-Identifier: AGPL-3.0-or-later
// Long tables: columns known by their names, cells to rows of a measure.
#include "study/project_files_long.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *long_name(enum long_measure m)
{
    static const char *const names[LONG_MEASURES] = {
        "population",   "people apart",    "death rates",         "survival",
        "fertility",    "total fertility", "shares of fertility", "sex ratio at birth",
        "net migration"};
    return names[m];
}

enum { MOST_NAMES = 16 };
static const char *const measure_names[LONG_MEASURES][MOST_NAMES] = {
    {"population", "pop", "people", "人口", "人口数", "pop_count", "Pop"},
    {"apart", "group_quarters", "gq", "集体户", "集体户人口"},
    {"mx", "nmx", "lt_nmx", "lt_mx", "death_rate", "mortality", "死亡率", "m"},
    {"sx", "lt_sx", "survival", "survival_ratio", "存活率", "存活比", "生存率"},
    {"asfr", "fx", "fertility", "fertility_rate", "生育率", "年龄别生育率"},
    {"tfr", "total_fertility", "total_fertility_rate", "总和生育率"},
    {"pasfr", "percentasfr", "share", "fertility_share", "生育模式"},
    {"srb", "sex_ratio", "sexratio", "sex_ratio_at_birth", "出生性别比", "性别比"},
    {"migration", "netmig", "net_migration", "mig", "migrants", "net_migrants", "净迁移",
     "迁移", "净迁入"},
};

enum role {
    ROLE_AREA,
    ROLE_YEAR,
    ROLE_SEX,
    ROLE_AGE,
    ROLE_INDICATOR,
    ROLE_VALUE,
    ROLE_FEMALE,
    ROLE_MALE,
    ROLE_PARENT,
    ROLES
};
static const char *const role_names[ROLES][MOST_NAMES] = {
    {"area", "area_code", "country_code", "code", "location", "county", "region", "地区",
     "区划代码", "地区代码", "县", "县区"},
    {"year", "time", "time_start", "period", "年份", "年", "年度", "时期"},
    {"sex", "gender", "性别"},
    {"age", "age_start", "age_group", "agegrp", "x", "年龄", "年龄组"},
    {"indicator", "measure", "variable", "指标"},
    {"value", "figure", "count", "n", "rate", "数值", "值"},
    {"female", "females", "women", "f", "女", "女性"},
    {"male", "males", "men", "m", "男", "男性"},
    {"parent", "parent_code", "within", "part_of", "上级", "上级地区", "上级代码",
     "上级区划", "所属", "所属地区"},
};

struct heads { // of one file; SIZE_MAX: no such column
    size_t role[ROLES], measure[LONG_MEASURES];
    size_t measures; // columns of measures
    int of_value;    // measure of value, female and male by the file's name; -1: none
};

static bool among(struct str s, const char *const *names)
{
    for (int i = 0; i < MOST_NAMES && names[i]; i++)
        if (str_equal_fold(s, str_of(names[i])))
            return true;
    return false;
}

static int measure_of(struct str s)
{
    for (int m = 0; m < LONG_MEASURES; m++)
        if (among(s, measure_names[m]))
            return m;
    return -1;
}

// What the file's name says that its values are.
static int measure_of_path(const char *path)
{
    static const struct {
        const char *part;
        enum long_measure is;
    } parts[] = {
        {"pasfr", LONG_SHARES},    {"asfr", LONG_FERTILITY},  {"fertil", LONG_FERTILITY},
        {"tfr", LONG_CHILDREN},    {"srb", LONG_BOYS},        {"sexratio", LONG_BOYS},
        {"sex_ratio", LONG_BOYS},  {"mig", LONG_MIGRATION},   {"mx", LONG_MORTALITY},
        {"mort", LONG_MORTALITY},  {"death", LONG_MORTALITY}, {"surviv", LONG_SURVIVAL},
        {"quarters", LONG_APART},  {"apart", LONG_APART},     {"pop", LONG_POPULATION},
        {"人口", LONG_POPULATION}, {"死亡", LONG_MORTALITY},  {"生育", LONG_FERTILITY},
        {"性别比", LONG_BOYS},     {"迁移", LONG_MIGRATION}};
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(name, parts[i].part))
            return (int)parts[i].is;
    return -1;
}

static enum err no_measure(const struct frame *f, struct error *e)
{
    error_set(e, ERR_INPUT, "project.measure", f->path,
              "no column says what its figures are (the first is '" STR_FMT "')",
              STR_ARG(f->names[0]));
    return error_cure(e,
                      "name a column population, mx, survival, asfr, tfr, pasfr, srb or "
                      "migration (人口、死亡率、生育率、出生性别比、净迁移), or a "
                      "column indicator beside value, or the file so");
}

static enum err read_heads(const struct frame *f, struct heads *h, struct error *e)
{
    for (int i = 0; i < ROLES; i++)
        h->role[i] = SIZE_MAX;
    for (int i = 0; i < LONG_MEASURES; i++)
        h->measure[i] = SIZE_MAX;
    h->measures = 0;
    h->of_value = measure_of_path(f->path);
    for (size_t c = 0; c < f->n_columns; c++) {
        int m = measure_of(f->names[c]), role = -1;
        for (int i = 0; i < ROLES && role < 0; i++)
            if (among(f->names[c], role_names[i]))
                role = i;
        if (role >= 0 && h->role[role] == SIZE_MAX)
            h->role[role] = c;
        else if (m >= 0 && h->measure[m] == SIZE_MAX)
            h->measure[m] = c, h->measures++;
    }
    bool by_sex = h->role[ROLE_FEMALE] != SIZE_MAX && h->role[ROLE_MALE] != SIZE_MAX;
    if (!by_sex && h->role[ROLE_MALE] != SIZE_MAX && h->of_value < 0 &&
        str_equal_fold(f->names[h->role[ROLE_MALE]], STR("m"))) // m(x)
        h->measure[LONG_MORTALITY] = h->role[ROLE_MALE], h->measures++;
    if (h->measures)
        return ERR_OK;
    if ((by_sex || h->role[ROLE_VALUE] != SIZE_MAX) &&
        (h->of_value >= 0 || h->role[ROLE_INDICATOR] != SIZE_MAX))
        return ERR_OK;
    return no_measure(f, e);
}

// --- rows

static enum err put(struct long_tables *t, enum long_measure m, struct long_row row,
                    struct error *e)
{
    struct long_rows *r = &t->of[m];
    if (r->n == r->capacity) {
        size_t room = r->capacity ? 2 * r->capacity : 1024;
        struct long_row *more = ARENA_ARRAY(t->arena, struct long_row, room);
        if (!more)
            return error_memory(e);
        if (r->n)
            memcpy(more, r->rows, r->n * sizeof *more);
        r->rows = more;
        r->capacity = room;
    }
    r->rows[r->n++] = row;
    return ERR_OK;
}

// The number of a place in all files.
static enum err area_number(struct long_tables *t, struct str name, uint32_t *out,
                            struct error *e)
{
    for (size_t i = 0; i < t->n_areas; i++)
        if (str_equal(t->areas[i], name)) {
            *out = (uint32_t)i;
            return ERR_OK;
        }
    if (t->n_areas == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct str *more = ARENA_ARRAY(t->arena, struct str, room);
        struct long_row *within = ARENA_ARRAY(t->arena, struct long_row, room);
        if (!more || !within)
            return error_memory(e);
        if (t->n_areas) {
            memcpy(more, t->areas, t->n_areas * sizeof *more);
            memcpy(within, t->within, t->n_areas * sizeof *within);
        }
        t->areas = more;
        t->within = within;
        t->room = room;
    }
    t->areas[t->n_areas] = name;
    *out = (uint32_t)t->n_areas++;
    return ERR_OK;
}

static bool read_sex(struct str s, int32_t *out)
{
    static const char *const names[3][MOST_NAMES] = {
        {"female", "f", "w", "women", "females", "女", "女性", "2", "女性人口"},
        {"male", "m", "men", "males", "男", "男性", "1", "男性人口"},
        {"both", "total", "b", "t", "all", "合计", "总计", "男女", "0", "both sexes"}};
    for (int i = 0; i < 3; i++)
        if (among(s, names[i])) {
            *out = i < 2 ? i : LONG_BOTH;
            return true;
        }
    return false;
}

// What the row is about, without its figures.
static enum err read_place(const struct frame *f, const struct heads *h, size_t i,
                           struct long_row *out, struct error *e)
{
    out->year = LONG_NO_YEAR;
    out->age = LONG_NO_AGE;
    out->sex = LONG_BOTH;
    if (h->role[ROLE_YEAR] != SIZE_MAX) {
        int32_t last;
        struct str s = frame_cell(f, i, h->role[ROLE_YEAR]);
        if (!project_read_years(s, &out->year, &last))
            return frame_error(f, i, h->role[ROLE_YEAR],
                               "write the year as 2020, or the period as 2020-2025", e,
                               "'" STR_FMT "' is not a year", STR_ARG(s));
        out->years = last - out->year;
    }
    if (h->role[ROLE_AGE] != SIZE_MAX) {
        struct str s = frame_cell(f, i, h->role[ROLE_AGE]);
        if (s.n && !project_read_age(s, &out->age, &out->width))
            return frame_error(f, i, h->role[ROLE_AGE],
                               "write the age as 17, 15-19 or 100+", e,
                               "'" STR_FMT "' is not an age", STR_ARG(s));
    }
    if (h->role[ROLE_SEX] != SIZE_MAX) {
        struct str s = frame_cell(f, i, h->role[ROLE_SEX]);
        if (s.n && !read_sex(s, &out->sex))
            return frame_error(f, i, h->role[ROLE_SEX], "write female or male (女, 男)",
                               e, "'" STR_FMT "' is not a sex", STR_ARG(s));
    }
    return ERR_OK;
}

// What a value of a measure must be, whatever comes of it.
static enum err check_value(const struct long_row *r, enum long_measure m,
                            struct error *e)
{
    static const struct {
        double low, high;
        const char *cure;
    } must[LONG_MEASURES] = {
        {0, INFINITY, "correct the count; an empty group is 0"},
        {0, INFINITY, "correct the count; an empty group is 0"},
        {0, 5,
         "give deaths a person and year, as 0.0123; from per mille divide by 1,000"},
        {0, 1, "survival is a share from 0 to 1; from per mille divide by 1,000"},
        {0, 1, "give births a woman and year, as 0.085; from per mille divide by 1,000"},
        {0, 20, "give children a woman, as 1.6"},
        {0, INFINITY, "give shares of 0 or more, in per cent or parts"},
        {0.5, 200, "give boys a girl, as 1.06, or to a hundred, as 106"},
        {-INFINITY, INFINITY, "give a number; who leaves is below 0"},
    };
    if (isfinite(r->value) && r->value >= must[m].low && r->value <= must[m].high)
        return ERR_OK;
    if (isinf(must[m].high))
        return frame_error(r->f, r->row, r->column, must[m].cure, e,
                           "%s of %g; a number not below %g is expected", long_name(m),
                           r->value, must[m].low);
    return frame_error(r->f, r->row, r->column, must[m].cure, e,
                       "%s of %g; a number from %g to %g is expected", long_name(m),
                       r->value, must[m].low, must[m].high);
}

static enum err read_figure(struct long_tables *t, enum long_measure m,
                            struct long_row row, size_t column, struct error *e)
{
    struct str s = frame_cell(row.f, row.row, column);
    row.column = column;
    if (!str_to_double(s, &row.value))
        return frame_error(row.f, row.row, column, "put the number in", e,
                           s.n ? "'" STR_FMT "' is not a number; %s is expected"
                               : "nothing stands here%.*s; %s is expected",
                           STR_ARG(s), long_name(m));
    if (m == LONG_BOYS && row.value > 2 && row.value <= 200)
        row.value /= 100;
    enum err err = check_value(&row, m, e);
    if (!err && m == LONG_FERTILITY && row.value > 0 && (row.age < 8 || row.age > 59))
        err = frame_error(row.f, row.row, column,
                          "fertility is of ages 8 to 59; leave the others out or 0", e,
                          "fertility of %g at age %d", row.value, row.age);
    return err ? err : put(t, m, row, e);
}

static enum err read_row(struct long_tables *t, const struct heads *h,
                         struct long_row row, struct error *e)
{
    enum err err = ERR_OK;
    const struct frame *f = row.f;
    for (int m = 0; !err && m < LONG_MEASURES; m++) {
        size_t c = h->measure[m];
        bool of_women = m == LONG_FERTILITY || m == LONG_SHARES || m == LONG_CHILDREN;
        if (c == SIZE_MAX || (of_women && row.sex == PROJECT_MALE) ||
            (h->measures > 1 && !frame_cell(f, row.row, c).n))
            continue;
        err = read_figure(t, (enum long_measure)m, row, c, e);
    }
    if (err || h->measures)
        return err;
    int m = h->of_value;
    if (h->role[ROLE_INDICATOR] != SIZE_MAX) {
        struct str s = frame_cell(f, row.row, h->role[ROLE_INDICATOR]);
        m = measure_of(s);
        if (m < 0)
            return frame_error(f, row.row, h->role[ROLE_INDICATOR],
                               "write population, mx, survival, asfr, tfr, pasfr, srb or "
                               "migration",
                               e, "'" STR_FMT "' is not a measure", STR_ARG(s));
    }
    if (h->role[ROLE_VALUE] != SIZE_MAX)
        return read_figure(t, (enum long_measure)m, row, h->role[ROLE_VALUE], e);
    for (int sex = 0; !err && sex < PROJECT_SEXES; sex++) {
        row.sex = sex;
        err = read_figure(t, (enum long_measure)m, row,
                          h->role[sex == PROJECT_FEMALE ? ROLE_FEMALE : ROLE_MALE], e);
    }
    return err;
}

// The area that this row's is a part of, the same in all rows.
static enum err read_within(struct long_tables *t, const struct heads *h,
                            struct long_row row, struct error *e)
{
    row.column = h->role[ROLE_PARENT];
    struct str name = frame_cell(row.f, row.row, row.column);
    struct long_row *known = &t->within[row.area];
    if (!name.n)
        return ERR_OK;
    if (!known->f) {
        *known = row;
        return ERR_OK;
    }
    struct str before = frame_cell(known->f, known->row, known->column);
    if (str_equal(before, name))
        return ERR_OK;
    return frame_error(row.f, row.row, row.column, "give an area one parent", e,
                       "area '" STR_FMT "' is within '" STR_FMT
                       "' here and within '" STR_FMT "' in line %llu",
                       STR_ARG(t->areas[row.area]), STR_ARG(name), STR_ARG(before),
                       (unsigned long long)known->f->lines[known->row]);
}

static enum err read_file(struct long_tables *t, const char *path, struct error *e)
{
    struct frame *f = ARENA_NEW(t->arena, struct frame);
    struct heads h;
    struct frame_groups groups = {0};
    uint32_t *areas = NULL, all = 0;
    if (!f)
        return error_memory(e);
    enum err err = frame_read(f, path, t->arena, e);
    if (!err)
        err = read_heads(f, &h, e);
    if (err)
        return err;
    if (h.role[ROLE_AREA] != SIZE_MAX) {
        err = frame_groups(f, &h.role[ROLE_AREA], 1, &groups, e);
        areas = ARENA_ARRAY(t->arena, uint32_t, (size_t)groups.n + 1);
        if (!err && !areas)
            err = error_memory(e);
        for (uint32_t g = 0; !err && g < groups.n; g++)
            err = area_number(t, groups.names[g], &areas[g], e);
    } else {
        err = area_number(t, STR(""), &all, e);
    }
    for (size_t i = 0; !err && i < f->n_rows; i++) {
        struct long_row row = {
            .f = f, .row = i, .area = areas ? areas[groups.of_row[i]] : all};
        err = read_place(f, &h, i, &row, e);
        if (!err && areas && h.role[ROLE_PARENT] != SIZE_MAX)
            err = read_within(t, &h, row, e);
        // totals of both sexes say nothing that the sexes do not
        bool total = h.role[ROLE_SEX] != SIZE_MAX && row.sex == LONG_BOTH &&
                     frame_cell(f, i, h.role[ROLE_SEX]).n && !h.measures &&
                     (h.of_value == LONG_POPULATION || h.of_value == LONG_MORTALITY);
        if (!err && !total)
            err = read_row(t, &h, row, e);
    }
    return err;
}

// --- order

static int compare_place(const struct long_row *a, uint32_t area, int32_t year,
                         int32_t sex)
{
    if (a->area != area)
        return a->area < area ? -1 : 1;
    if (a->year != year)
        return a->year < year ? -1 : 1;
    return a->sex < sex ? -1 : a->sex > sex;
}

static int compare(const void *x, const void *y)
{
    const struct long_row *a = x, *b = y;
    int c = compare_place(a, b->area, b->year, b->sex);
    if (c)
        return c;
    if (a->age != b->age)
        return a->age < b->age ? -1 : 1;
    if (a->f != b->f)
        return a->f < b->f ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static enum err check_duplicates(const struct long_rows *r, enum long_measure m,
                                 struct error *e)
{
    for (size_t i = 1; i < r->n; i++) {
        const struct long_row *a = &r->rows[i - 1], *b = &r->rows[i];
        if (compare_place(a, b->area, b->year, b->sex) || a->age != b->age)
            continue;
        return frame_error(b->f, b->row, b->column, "leave one of the two rows out", e,
                           "%s of the same area, year, sex and age stands here twice "
                           "(also in %.80s line %llu)",
                           long_name(m), a->f->path,
                           (unsigned long long)a->f->lines[a->row]);
    }
    return ERR_OK;
}

const struct long_row *long_find(const struct long_rows *r, uint32_t area, int32_t year,
                                 int32_t sex, size_t *n)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_place(&r->rows[middle], area, year, sex) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *n = 0;
    while (low + *n < r->n && compare_place(&r->rows[low + *n], area, year, sex) == 0)
        ++*n;
    return *n ? &r->rows[low] : NULL;
}

enum err long_read(struct long_tables *t, const char *const *paths, size_t n,
                   struct error *e)
{
    enum err err = ERR_OK;
    for (size_t i = 0; !err && i < n; i++)
        err = read_file(t, paths[i], e);
    for (int m = 0; !err && m < LONG_MEASURES; m++) {
        if (t->of[m].n)
            qsort(t->of[m].rows, t->of[m].n, sizeof *t->of[m].rows, compare);
        err = check_duplicates(&t->of[m], (enum long_measure)m, e);
    }
    return err;
}

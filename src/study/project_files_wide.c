// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables in the UN's wide form: a row an area (and age), a column a year or period.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "study/project_files_private.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct str take_number(struct str s, int32_t *out)
{
    size_t n = 0;
    int64_t v = 0;
    while (n < s.n && n < 9 && digit(s.p[n]))
        v = v * 10 + (s.p[n++] - '0');
    *out = n ? (int32_t)v : -1;
    return (struct str){s.p + n, s.n - n};
}

static bool contains(struct str s, const char *part)
{
    return s.n && memmem(s.p, s.n, part, strlen(part));
}

// Passes over what stands between two numbers: "-", "–", "~", "至", "to", spaces.
static struct str pass_dash(struct str s)
{
    while (s.n && !digit(*s.p) && *s.p != '+')
        s.p++, s.n--;
    return s;
}

bool project_read_age(struct str text, int32_t *first, int32_t *width)
{
    struct str s = str_trim(text);
    bool bracket = s.n && *s.p == '[';
    bool open = contains(s, "+") || contains(s, "over") || contains(s, "older") ||
                contains(s, "以上") || contains(s, "inf");
    if (bracket)
        s.p++, s.n--;
    s = take_number(s, first);
    if (*first < 0 || *first > 150)
        return false;
    *width = open ? 0 : -1;
    if (open || !s.n)
        return true;
    s = pass_dash(s);
    int32_t last = -1;
    s = take_number(s, &last);
    if (last < 0) // "5岁"
        return true;
    *width = last - *first + (bracket && contains(s, ")") ? 0 : 1);
    return *width >= 1;
}

bool project_read_years(struct str text, int32_t *first, int32_t *last)
{
    struct str s = str_trim(text);
    if (s.n && (*s.p == 'X' || *s.p == 'x') && s.n > 1) // R's data frames: X1950.1955
        s.p++, s.n--;
    s = take_number(s, first);
    *last = *first;
    if (*first < 1500 || *first > 2500)
        return false;
    if (!s.n)
        return true;
    s = pass_dash(s);
    if (!s.n)
        return true; // "1950年"
    s = take_number(s, last);
    return *last > *first && *last <= 2500;
}

static bool name_is(struct str s, const char *const *names)
{
    for (; *names; names++)
        if (str_equal_fold(s, str_of(*names)))
            return true;
    return false;
}

static enum err read_columns(struct wide_file *w, struct error *e)
{
    static const char *const codes[] = {"country_code", "LocID", "code",
                                        "区划代码",     "代码",  NULL};
    static const char *const areas[] = {"name", "country", "Location", "area",
                                        "地区", "名称",    NULL};
    static const char *const ages[] = {"age", "AgeGrp", "年龄", "年龄组", NULL};
    w->columns = ARENA_ARRAY(w->f.arena, struct wide_column, w->f.n_columns + 1);
    if (!w->columns)
        return error_memory(e);
    w->code = w->name = w->age = SIZE_MAX;
    for (size_t c = 0; c < w->f.n_columns; c++) {
        struct wide_column found = {.column = c};
        if (name_is(w->f.names[c], codes))
            w->code = c;
        else if (name_is(w->f.names[c], areas))
            w->name = c;
        else if (name_is(w->f.names[c], ages))
            w->age = c;
        else if (project_read_years(w->f.names[c], &found.first, &found.last))
            w->columns[w->n_columns++] = found;
    }
    if (w->code == SIZE_MAX || !w->n_columns) {
        error_set(e, ERR_INPUT, "project.wide", w->f.path,
                  w->code == SIZE_MAX ? "no column country_code was found"
                                      : "no column of a year or period was found");
        return error_cure(e, "a wide table has country_code, name, age (where it is by "
                             "age), then columns such as 1950 or 1950-1955");
    }
    return ERR_OK;
}

enum err wide_open(struct wide_folder *d, const char *name, const struct wide_file **out,
                   struct error *e)
{
    static const char *const ends[] = {"csv", "txt", "tsv", "xlsx"};
    *out = NULL;
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->names[i], name) == 0) {
            *out = d->files[i].absent ? NULL : &d->files[i];
            return ERR_OK;
        }
    if (!d->files) {
        d->files = ARENA_ARRAY(d->arena, struct wide_file, WIDE_MOST_FILES);
        d->names = ARENA_ARRAY(d->arena, const char *, WIDE_MOST_FILES);
    }
    if (!d->files || !d->names)
        return error_memory(e);
    if (d->n == WIDE_MOST_FILES)
        return error_set(e, ERR_LIMIT, "project.folder", d->path, "more than %d files",
                         WIDE_MOST_FILES);
    struct wide_file *w = &d->files[d->n];
    const char *path = NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && !path; i++) {
        struct str s = str_format(d->arena, "%s/%s.%s", d->path, name, ends[i]);
        if (!s.p)
            return error_memory(e);
        path = access(s.p, R_OK) == 0 ? s.p : NULL;
    }
    w->absent = !path;
    if (path) {
        enum err err = frame_read(&w->f, path, d->arena, e);
        if (!err)
            err = read_columns(w, e);
        if (err)
            return err;
        *out = w;
    }
    d->names[d->n++] = name;
    return ERR_OK;
}

const struct wide_column *wide_period(const struct wide_file *w, int32_t first,
                                      int32_t last)
{
    for (size_t i = 0; w && i < w->n_columns; i++)
        if (w->columns[i].first == first && w->columns[i].last == last)
            return &w->columns[i];
    return NULL;
}

bool wide_has_area(const struct wide_file *w, struct str code)
{
    for (size_t row = 0; w && row < w->f.n_rows; row++)
        if (str_equal(frame_cell(&w->f, row, w->code), code))
            return true;
    return false;
}

enum err wide_row(const struct wide_file *w, struct str code, int32_t age, size_t *row,
                  struct error *e)
{
    bool found = false;
    for (size_t i = 0; i < w->f.n_rows; i++) {
        int32_t first = -1, width;
        if (!str_equal(frame_cell(&w->f, i, w->code), code))
            continue;
        if (age >= 0 && w->age != SIZE_MAX) {
            struct str text = frame_cell(&w->f, i, w->age);
            if (!project_read_age(text, &first, &width))
                return frame_error(&w->f, i, w->age, "write an age as 0-4, 17 or 100+", e,
                                   "'" STR_FMT "' is not an age", STR_ARG(text));
            if (first != age)
                continue;
        }
        if (found)
            return frame_error(&w->f, i, w->age != SIZE_MAX ? w->age : w->code,
                               "leave one of the two rows out", e,
                               "area " STR_FMT " has this row twice (also in line %llu)",
                               STR_ARG(code), (unsigned long long)w->f.lines[*row]);
        found = true;
        *row = i;
    }
    if (found)
        return ERR_OK;
    char text[32] = "";
    if (age >= 0)
        snprintf(text, sizeof text, " of age %d", age);
    error_set(e, ERR_INPUT, "project.wide_row", w->f.path,
              "area " STR_FMT " has no row%s; every age of both sexes is expected",
              STR_ARG(code), text);
    return error_cure(e, "see whether the file is whole, and add what is missing");
}

enum err wide_number(const struct wide_file *w, size_t row,
                     const struct wide_column *column, double *out, struct error *e)
{
    struct str text = frame_cell(&w->f, row, column->column);
    if (str_to_double(text, out))
        return ERR_OK;
    return frame_error(&w->f, row, column->column,
                       "put the number in, or leave the "
                       "period out of what is asked for",
                       e,
                       text.n ? "'" STR_FMT "' is not a number"
                              : "nothing stands here%.*s; a number is expected",
                       STR_ARG(text));
}

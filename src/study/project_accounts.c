// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/project_accounts.h"

#include <math.h>

#include "study/project_files_private.h"

enum { BIRTHS, DEATHS, MIGRANTS, CHANGE, TOTAL, SERIES };
enum { FIRST_YEAR = 1900, LAST_YEAR = 2150, YEARS = LAST_YEAR - FIRST_YEAR + 1 };

struct account {
    const struct wide_file *files[SERIES][2], *by_age[PROJECT_SEXES];
    double of[SERIES][YEARS]; // of one area, NaN where there is none
    struct result *out;
    struct error *e;
};

static enum err open_series(struct wide_folder *d, struct account *k)
{
    static const char *const names[SERIES][2] = {{"births", "birthsprojMed"},
                                                 {"deaths", "deathsprojMed"},
                                                 {"migration", "migrationprojMed"},
                                                 {"PopChange", "PopChangeprojMed"},
                                                 {"pop", "popprojMed"}};
    static const char *const by_age[PROJECT_SEXES] = {"migrationF5", "migrationM5"};
    for (int s = 0; s < SERIES; s++)
        for (int i = 0; i < 2; i++) {
            enum err err = wide_open(d, names[s][i], &k->files[s][i], k->e);
            if (err)
                return err;
        }
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        enum err err = wide_open(d, by_age[sex], &k->by_age[sex], k->e);
        if (err)
            return err;
    }
    return ERR_OK;
}

static enum err read_series(struct account *k, struct str code)
{
    for (int s = 0; s < SERIES; s++) {
        for (int y = 0; y < YEARS; y++)
            k->of[s][y] = NAN;
        for (int i = 0; i < 2; i++) {
            const struct wide_file *w = k->files[s][i];
            size_t row;
            if (!wide_has_area(w, code))
                continue;
            enum err err = wide_row(w, code, -1, &row, k->e);
            for (size_t c = 0; !err && c < w->n_columns; c++) {
                const struct wide_column *at = &w->columns[c];
                if (at->first == at->last && at->first >= FIRST_YEAR &&
                    at->first <= LAST_YEAR)
                    err =
                        wide_number(w, row, at, &k->of[s][at->first - FIRST_YEAR], k->e);
            }
            if (err)
                return err;
        }
    }
    return ERR_OK;
}

static void add_row(struct account *k, struct str area, const char *account, int32_t year,
                    double published, double added)
{
    if (isnan(published) || isnan(added))
        return;
    struct result_cell *c = result_row(k->out);
    c[0].text = area;
    c[1].text = str_of(account);
    c[2].text = str_format(k->out->arena, "%d", year);
    c[3].value = published;
    c[4].value = added;
    c[5].value = added - published;
}

// Net migrants of a period by sex and age, added up, beside those of the years.
static enum err add_migrants(struct account *k, struct str code, struct str area)
{
    const struct wide_file *w = k->by_age[0];
    for (size_t c = 0; w && k->by_age[1] && c < w->n_columns; c++) {
        const struct wide_column *at = &w->columns[c];
        double sum = 0, years = 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t row = 0; row < k->by_age[sex]->f.n_rows; row++) {
                double v;
                const struct wide_file *f = k->by_age[sex];
                const struct wide_column *its = wide_period(f, at->first, at->last);
                if (!its || !str_equal(frame_cell(&f->f, row, f->code), code))
                    continue;
                enum err err = wide_number(f, row, its, &v, k->e);
                if (err)
                    return err;
                sum += v;
            }
        for (int32_t y = at->first; y <= at->last; y++)
            years += (y == at->first || y == at->last ? 0.5 : 1) *
                     (y >= FIRST_YEAR && y <= LAST_YEAR ? k->of[MIGRANTS][y - FIRST_YEAR]
                                                        : NAN);
        add_row(k, area, "migrants", at->first, years, sum);
    }
    return ERR_OK;
}

static enum err add_area(struct account *k, struct str code, struct str area)
{
    enum err err = read_series(k, code);
    for (int y = 0; !err && y < YEARS; y++) {
        add_row(k, area, "change", FIRST_YEAR + y, k->of[CHANGE][y],
                k->of[BIRTHS][y] - k->of[DEATHS][y] + k->of[MIGRANTS][y]);
        if (y > 0)
            add_row(k, area, "total", FIRST_YEAR + y, k->of[TOTAL][y],
                    k->of[TOTAL][y - 1] + k->of[CHANGE][y]);
    }
    return err ? err : add_migrants(k, code, area);
}

static bool chosen(const struct project_choice *c, struct str code, struct str name)
{
    for (size_t i = 0; i < c->n_areas; i++)
        if (str_equal(c->areas[i], code) || str_equal_fold(c->areas[i], name))
            return true;
    return c->n_areas == 0;
}

enum err project_accounts(const char *folder, const struct project_choice *choice,
                          bool zh, struct arena *a, struct result *out, bool *found,
                          struct error *e)
{
    static const struct result_column en[] = {
        {"area", "area", RESULT_TEXT, 0, NULL},
        {"account", "account", RESULT_TEXT, 0, NULL},
        {"year", "year", RESULT_TEXT, 0, NULL},
        {"published", "published", RESULT_NUMBER, 3, NULL},
        {"added_up", "added up", RESULT_NUMBER, 3, NULL},
        {"difference", "difference", RESULT_NUMBER, 3, NULL},
    };
    static const struct result_column cn[] = {
        {"area", "地区", RESULT_TEXT, 0, NULL},
        {"account", "核对", RESULT_TEXT, 0, NULL},
        {"year", "年份", RESULT_TEXT, 0, NULL},
        {"published", "公布", RESULT_NUMBER, 3, NULL},
        {"added_up", "相加", RESULT_NUMBER, 3, NULL},
        {"difference", "相差", RESULT_NUMBER, 3, NULL},
    };
    struct wide_folder d = {.path = folder, .arena = a};
    struct account *k = ARENA_NEW(a, struct account);
    if (!k)
        return error_memory(e);
    k->e = e;
    k->out = out;
    enum err err = open_series(&d, k);
    const struct wide_file *w =
        k->files[CHANGE][1] ? k->files[CHANGE][1] : k->files[CHANGE][0];
    *found = !err && w;
    if (err || !w)
        return err;
    *out = result_new(a, "accounts",
                      zh ? STR("公布数字相互核对")
                         : STR("Published figures against each other"),
                      zh ? cn : en, sizeof en / sizeof *en);
    for (size_t row = 0; !err && row < w->f.n_rows; row++) {
        struct str code = frame_cell(&w->f, row, w->code);
        struct str name = w->name == SIZE_MAX ? code : frame_cell(&w->f, row, w->name);
        if (chosen(choice, code, name))
            err = add_area(k, code, name);
    }
    if (!err && !result_ok(out))
        err = error_memory(e);
    return err;
}

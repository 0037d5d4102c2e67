// SPDX-License-Identifier: AGPL-3.0-or-later
// A folder of World Population Prospects as areas ready to project. Rates are laid out
// from the first counted population to the last step; the projection is a window of them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/project_files_wpp.h"

enum { MOST_GROUPS = 131 };

// The first of these names that the folder has.
static enum err open_any(struct reading *r, struct wide_folder *folder,
                         const char *const *names, const struct wide_file **out)
{
    *out = NULL;
    for (; *names && !*out; names++) {
        enum err err = wide_open(folder, *names, out, r->e);
        if (err)
            return err;
    }
    return ERR_OK;
}

struct wanted {
    const struct wide_file **to;
    const char *names[4];
};

static enum err open_all(struct reading *r)
{
    static const char *const projected[PROJECT_VARIANTS][2] = {
        {"popFprojMed", "popMprojMed"},
        {"popFprojHigh", "popMprojHigh"},
        {"popFprojLow", "popMprojLow"}};
    static const char *const projected5[PROJECT_VARIANTS][2] = {
        {"popFprojMed5", "popMprojMed5"},
        {"popFprojHigh5", "popMprojHigh5"},
        {"popFprojLow5", "popMprojLow5"}};
    static const char *const children[PROJECT_VARIANTS][2] = {
        {"tfrprojMed", "tfrprojMed5"},
        {"tfrprojHigh", "tfrprojHigh5"},
        {"tfrprojLow", "tfrprojLow5"}};
    static const char *const totals[PROJECT_VARIANTS] = {"popproj", "popprojHigh",
                                                         "popprojLow"};
    enum project_variant v = r->choice->variant;
    struct sources *s = &r->s;
    const struct wanted list[] = {
        {&s->population[0], {"popF", "popF5"}},
        {&s->population[1], {"popM", "popM5"}},
        {&s->projected[0], {projected[v][0], projected5[v][0]}},
        {&s->projected[1], {projected[v][1], projected5[v][1]}},
        {&s->mortality[0], {"mxF", "mxF5"}},
        {&s->mortality[1], {"mxM", "mxM5"}},
        {&s->children[0], {"tfr"}},
        {&s->children[1], {children[v][0]}},
        {&s->children[2], {"tfr5"}},
        {&s->children[3], {children[v][1]}},
        {&s->shares[0], {"percentASFR"}},
        {&s->shares[1], {"percentASFR5"}},
        {&s->shares[2], {"percentASFR55"}},
        {&s->boys[0], {"sexRatio"}},
        {&s->boys[1], {"sexRatio5"}},
        {&s->migration[0], {"migration"}},
        {&s->migration[1], {"migrationprojMed"}},
        {&s->migrants[0], {"migrationF", "migrationF5"}},
        {&s->migrants[1], {"migrationM", "migrationM5"}},
        {&s->total[0], {totals[v], v == PROJECT_MEDIUM ? "popprojMed" : NULL}},
        {&s->total[1], {"pop"}},
        {&s->births[0], {"births"}},
        {&s->births[1], {"birthsprojMed"}},
        {&s->change[0], {"PopChange"}},
        {&s->change[1], {"PopChangeprojMed"}},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        enum err err = open_any(r, &r->folder, list[i].names, list[i].to);
        if (err)
            return err;
    }
    if (!r->choice->base || s->population[0] || s->population[1])
        return ERR_OK;
    r->base = (struct wide_folder){.path = r->choice->base, .arena = r->arena};
    enum err err = open_any(r, &r->base, list[0].names, list[0].to);
    return err ? err : open_any(r, &r->base, list[1].names, list[1].to);
}

static enum err absent(struct reading *r, const char *file, const char *what,
                       const char *cure)
{
    char where[200];
    snprintf(where, sizeof where, "%.150s/%s", r->folder.path, file);
    error_set(r->e, ERR_INPUT, "project.absent", where, "the folder has no %s (%s)", what,
              file);
    return error_cure(r->e, "%s", cure);
}

static enum err need_files(struct reading *r)
{
    struct sources *s = &r->s;
    if (!s->population[0] || !s->population[1])
        return absent(
            r, s->population[0] ? "popM" : "popF",
            s->population[0] || s->population[1] ? "population of one sex"
                                                 : "population by age to begin with",
            "add popF and popM, or name an edition that has them with --base: it "
            "is carried on with births and deaths of this one; without "
            "either, --check shows how far its totals agree with each other");
    if (!s->mortality[0] || !s->mortality[1])
        return absent(r, s->mortality[0] ? "mxM" : "mxF", "death rates of one sex",
                      "add mxF and mxM");
    if (!s->children[0] && !s->children[1] && !s->children[2] && !s->children[3])
        return absent(r, "tfrprojMed", "total fertility", "add tfr and tfrprojMed");
    if (!s->shares[0] && !s->shares[1] && !s->shares[2])
        return absent(r, "percentASFR", "shares of fertility by age", "add percentASFR");
    if (!s->boys[0] && !s->boys[1])
        return absent(r, "sexRatio", "sex ratio at birth", "add sexRatio");
    return ERR_OK;
}

// --- what an area has

// Groups of the population of an area: their width and number.
static enum err read_groups(struct reading *r, struct str code, struct project_shape *s)
{
    const struct wide_file *w = r->s.population[PROJECT_FEMALE];
    int32_t oldest = 0;
    s->width = 0;
    for (size_t i = 0; i < w->f.n_rows; i++) {
        int32_t first, width;
        if (!str_equal(frame_cell(&w->f, i, w->code), code))
            continue;
        struct str text =
            w->age == SIZE_MAX ? (struct str){0} : frame_cell(&w->f, i, w->age);
        if (!text.n || !project_read_age(text, &first, &width))
            return frame_error(&w->f, i, w->age == SIZE_MAX ? w->code : w->age,
                               "write ages as 0-4 ... 100+, or 0 ... 100+", r->e,
                               "'" STR_FMT "' is not an age", STR_ARG(text));
        if (first == 0)
            s->width = width == -1 ? 1 : width;
        if (first > oldest)
            oldest = first;
    }
    if ((s->width != 1 && s->width != 5) || oldest % s->width) {
        error_set(r->e, ERR_INPUT, "project.groups", w->f.path,
                  "area " STR_FMT
                  " has groups of age that are not of 1 or 5 years from 0",
                  STR_ARG(code));
        return error_cure(r->e, "give ages 0-4, 5-9 ... 100+, or 0, 1 ... 100+");
    }
    s->ages = (size_t)(oldest / s->width) + 1;
    return ERR_OK;
}

// The moments with counted populations, one after the other.
static enum err read_moments(struct reading *r, struct span *p)
{
    const struct wide_file *w = r->s.population[PROJECT_FEMALE];
    int32_t first = INT32_MAX, width = p->shape.width;
    for (size_t i = 0; i < w->n_columns; i++)
        if (w->columns[i].first == w->columns[i].last && w->columns[i].first < first)
            first = w->columns[i].first;
    // rates may begin later than the counts
    while (wide_period(w, first, first) &&
           !wide_period(r->s.mortality[0], first, width == 1 ? first : first + width))
        first += width;
    p->shape.year = first;
    while (wide_period(w, first, first))
        first += width, p->counted++;
    int32_t last = first - width, from = r->choice->from ? r->choice->from : last;
    if (!p->counted || from < p->shape.year || from > last ||
        (from - p->shape.year) % width) {
        error_set(r->e, ERR_INPUT, "project.from", w->f.path,
                  "no population of %d to begin with; there are %d to %d, every %d years",
                  from, p->shape.year, last, width);
        return error_cure(r->e, "give --from one of these years");
    }
    p->window = (size_t)((from - p->shape.year) / width);
    int32_t end = from;
    while (wide_period(r->s.mortality[0], end, width == 1 ? end : end + width) &&
           !(r->choice->to && end >= r->choice->to))
        end += width;
    if (end == from || (r->choice->to && end != r->choice->to)) {
        error_set(
            r->e, ERR_INPUT, "project.to", r->s.mortality[0]->f.path,
            "death rates go from %d to %d by steps of %d years, and %d is asked for",
            from, end, width, r->choice->to ? r->choice->to : from + width);
        return error_cure(r->e, "give --to a year within it");
    }
    p->shape.steps = (size_t)((end - p->shape.year) / width);
    return ERR_OK;
}

static enum err allocate(struct reading *r, struct span *p)
{
    size_t ages = p->shape.ages, steps = p->shape.steps;
    struct arena *a = r->arena;
    bool ok = true;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        ok &= (p->population[sex] = ARENA_ARRAY(a, double, (steps + 1) * ages)) != NULL;
        ok &= (p->mortality[sex] = ARENA_ARRAY(a, double, steps *MOST_GROUPS)) != NULL;
        ok &= (p->survival[sex] = ARENA_ARRAY(a, double, steps *(ages + 1))) != NULL;
        ok &= (p->e0[sex] = ARENA_ARRAY(a, double, steps)) != NULL;
        ok &= (p->migrants[sex] = ARENA_ARRAY(a, double, steps *ages)) != NULL;
    }
    ok &= (p->fertility = ARENA_ARRAY(a, double, steps *ages)) != NULL;
    ok &= (p->children = ARENA_ARRAY(a, double, steps)) != NULL;
    ok &= (p->boys = ARENA_ARRAY(a, double, steps)) != NULL;
    ok &= (p->totals = ARENA_ARRAY(a, double, steps)) != NULL;
    ok &= (p->mortality_age = ARENA_ARRAY(a, int32_t, MOST_GROUPS)) != NULL;
    return ok ? ERR_OK : error_memory(r->e);
}

static int32_t year_of(const struct span *p, size_t step)
{
    return p->shape.year + (int32_t)step * p->shape.width;
}

static const struct wide_column *step_column(const struct wide_file *w,
                                             const struct span *p, size_t step)
{
    int32_t year = year_of(p, step);
    return wide_period(w, year, p->shape.width == 1 ? year : year + p->shape.width);
}

static enum err no_period(struct reading *r, const struct span *p, size_t step,
                          const char *what, const char *file)
{
    char where[200];
    snprintf(where, sizeof where, "%.150s/%s", r->folder.path, file);
    int32_t year = year_of(p, step);
    error_set(r->e, ERR_INPUT, "project.period", where, "no %s of %d-%d", what, year,
              year + p->shape.width);
    return error_cure(r->e,
                      "add the column of the period to %s, or end the projection "
                      "before it with --to %d",
                      file, year);
}

static enum err read_populations(struct reading *r, struct span *p, struct str code)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        const struct wide_file *w = r->s.population[sex];
        for (size_t a = 0; a < p->shape.ages; a++) {
            size_t row;
            enum err err = wide_row(w, code, (int32_t)a * p->shape.width, &row, r->e);
            for (size_t t = 0; !err && t < p->counted && t <= p->shape.steps; t++) {
                int32_t year = year_of(p, t);
                const struct wide_column *c = wide_period(w, year, year);
                double *to = &p->population[sex][t * p->shape.ages + a];
                if (!c) {
                    error_set(r->e, ERR_INPUT, "project.moment", w->f.path,
                              "no population of %d; the other sex has it", year);
                    return error_cure(r->e, "add the column %d", year);
                }
                err = wide_number(w, row, c, to, r->e);
                if (!err && *to < 0)
                    err = frame_error(&w->f, row, c->column, "correct the count", r->e,
                                      "a population of %g", *to);
            }
            if (err)
                return err;
        }
    }
    return ERR_OK;
}

// Which ages the death rates have: those of the file's rows of the area.
static enum err read_mortality_ages(struct reading *r, struct span *p, struct str code)
{
    const struct wide_file *w = r->s.mortality[0];
    for (size_t i = 0; i < w->f.n_rows && w->age != SIZE_MAX; i++) {
        int32_t first, width;
        if (!str_equal(frame_cell(&w->f, i, w->code), code) ||
            !project_read_age(frame_cell(&w->f, i, w->age), &first, &width))
            continue;
        if (p->n_mortality == MOST_GROUPS)
            return error_set(r->e, ERR_LIMIT, "project.ages", w->f.path,
                             "more than %d ages of area " STR_FMT, MOST_GROUPS,
                             STR_ARG(code));
        size_t at = p->n_mortality++;
        while (at > 0 && p->mortality_age[at - 1] > first) {
            p->mortality_age[at] = p->mortality_age[at - 1];
            at--;
        }
        p->mortality_age[at] = first;
    }
    static const int32_t abridged[] = {0, 1, 5};
    bool single = p->n_mortality > 2 && p->mortality_age[2] == 2;
    for (size_t i = 0; i < p->n_mortality; i++) {
        int32_t expected = single  ? (int32_t)i
                           : i < 3 ? abridged[i]
                                   : 5 * ((int32_t)i - 1);
        if (p->mortality_age[i] == expected)
            continue;
        error_set(r->e, ERR_INPUT, "project.ages", w->f.path,
                  "area " STR_FMT " has death rates of age %d where %d is expected",
                  STR_ARG(code), p->mortality_age[i], expected);
        return error_cure(r->e, "give ages 0, 1, 5, 10 ... or 0, 1, 2 ..., each once");
    }
    if (p->n_mortality < 3) {
        error_set(r->e, ERR_INPUT, "project.ages", w->f.path,
                  "area " STR_FMT " has death rates of %zu ages", STR_ARG(code),
                  p->n_mortality);
        return error_cure(r->e, "give ages 0, 1, 5, 10 ... or 0, 1, 2 ...");
    }
    return ERR_OK;
}

static enum err read_mortality(struct reading *r, struct span *p, struct str code)
{
    enum err err = read_mortality_ages(r, p, code);
    for (int sex = 0; !err && sex < PROJECT_SEXES; sex++) {
        const struct wide_file *w = r->s.mortality[sex];
        for (size_t i = 0; !err && i < p->n_mortality; i++) {
            size_t row;
            err = wide_row(w, code, p->mortality_age[i], &row, r->e);
            for (size_t t = 0; !err && t < p->shape.steps; t++) {
                const struct wide_column *c = step_column(w, p, t);
                double *to = &p->mortality[sex][t * p->n_mortality + i];
                if (!c)
                    return no_period(r, p, t, "death rates", sex ? "mxM" : "mxF");
                err = wide_number(w, row, c, to, r->e);
                if (!err && *to < 0)
                    err = frame_error(&w->f, row, c->column, "correct the rate", r->e,
                                      "a death rate of %g", *to);
            }
        }
    }
    return err;
}

// The number of an area in the first of these files that has the period; false: none has.
static enum err read_one(struct reading *r, const struct span *p, size_t step,
                         const struct wide_file *const *files, size_t n, struct str code,
                         double *out, bool *found)
{
    *found = false;
    for (size_t i = 0; i < n && !*found; i++) {
        const struct wide_column *c = step_column(files[i], p, step);
        if (!c || !wide_has_area(files[i], code))
            continue;
        size_t row;
        enum err err = wide_row(files[i], code, -1, &row, r->e);
        if (!err)
            err = wide_number(files[i], row, c, out, r->e);
        if (err)
            return err;
        *found = true;
    }
    return ERR_OK;
}

static enum err read_shares(struct reading *r, struct span *p, struct str code,
                            size_t step, double *share)
{
    const struct wide_file *w = NULL;
    const struct wide_column *c = NULL;
    for (int i = 0; i < 3 && !c; i++)
        if ((c = step_column(r->s.shares[i], p, step)))
            w = r->s.shares[i];
    if (!c)
        return no_period(r, p, step, "shares of fertility by age", "percentASFR");
    for (size_t row = 0; row < w->f.n_rows; row++) {
        int32_t first, width;
        if (!str_equal(frame_cell(&w->f, row, w->code), code))
            continue;
        struct str text = frame_cell(&w->f, row, w->age == SIZE_MAX ? w->code : w->age);
        if (!project_read_age(text, &first, &width) || first % p->shape.width ||
            (size_t)(first / p->shape.width) + 1 >= p->shape.ages ||
            (width > 0 && width != p->shape.width))
            return frame_error(&w->f, row, w->age == SIZE_MAX ? w->code : w->age,
                               "give the groups that the population has, 15-19 ... 45-49",
                               r->e, "fertility of age '" STR_FMT "'", STR_ARG(text));
        double *to = &share[first / p->shape.width];
        if (*to > 0)
            return frame_error(&w->f, row, w->age, "leave one of the two rows out", r->e,
                               "age '" STR_FMT "' stands here twice", STR_ARG(text));
        enum err err = wide_number(w, row, c, to, r->e);
        if (err)
            return err;
        if (*to < 0)
            return frame_error(&w->f, row, c->column, "correct the share", r->e,
                               "a share of %g", *to);
    }
    return ERR_OK;
}

static enum err read_births(struct reading *r, struct span *p, struct str code)
{
    double share[PROJECT_MAX_AGES];
    for (size_t t = 0; t < p->shape.steps; t++) {
        bool found;
        memset(share, 0, sizeof share);
        enum err err = read_one(r, p, t, r->s.children, 4, code, &p->children[t], &found);
        if (!err && !found)
            err = no_period(r, p, t, "total fertility", "tfr, tfrproj");
        if (!err)
            err = read_one(r, p, t, r->s.boys, 2, code, &p->boys[t], &found);
        if (!err && !found)
            err = no_period(r, p, t, "sex ratio at birth", "sexRatio");
        if (!err)
            err = read_shares(r, p, code, t, share);
        if (err)
            return err;
        project_fertility(&p->shape, p->children[t], share,
                          p->fertility + t * p->shape.ages);
    }
    if (p->shape.steps + 1 > p->counted) { // those not observed
        size_t from = p->counted - 1;
        project_unround_ratio(p->boys + from, p->shape.steps - from, 3);
    }
    return ERR_OK;
}

// --- migrants

struct project_input wpp_step(const struct reading *r, const struct span *p, size_t step,
                              enum project_timing timing)
{
    size_t ages = p->shape.ages;
    struct project_input in = {
        .shape = {year_of(p, step), p->shape.width, ages, 1},
        .fertility = p->fertility + step * ages,
        .boys = p->boys + step,
        .timing = timing,
        .mothers = r->choice->mothers < 0 ? PROJECT_ALL_WOMEN
                                          : (enum project_mothers)r->choice->mothers,
    };
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        in.population[sex] = p->population[sex] + step * ages;
        in.survival[sex] = p->survival[sex] + step * (ages + 1);
    }
    return in;
}

// Migrants of the counted steps, by what their populations leave. Returns how far their
// sums are from the published totals.
static double infer(const struct reading *r, struct span *p, enum project_timing timing)
{
    size_t ages = p->shape.ages;
    double apart = 0;
    for (size_t t = 0; t + 1 < p->counted && t < p->shape.steps; t++) {
        struct project_input in = wpp_step(r, p, t, timing);
        const double *const end[PROJECT_SEXES] = {p->population[0] + (t + 1) * ages,
                                                  p->population[1] + (t + 1) * ages};
        double *const to[PROJECT_SEXES] = {p->migrants[0] + t * ages,
                                           p->migrants[1] + t * ages};
        project_infer(&in, end, to);
        double sum = 0;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; a < ages; a++)
                sum += to[sex][a];
        apart += fabs(sum - p->totals[t]);
    }
    return apart;
}

static enum err read_migrants_by_age(struct reading *r, struct span *p, struct str code)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t a = 0; a < p->shape.ages; a++) {
            const struct wide_file *w = r->s.migrants[sex];
            size_t row;
            enum err err = wide_row(w, code, (int32_t)a * p->shape.width, &row, r->e);
            for (size_t t = p->window; !err && t < p->shape.steps; t++) {
                const struct wide_column *c = step_column(w, p, t);
                if (c)
                    err = wide_number(w, row, c, &p->migrants[sex][t * p->shape.ages + a],
                                      r->e);
            }
            if (err)
                return err;
        }
    return ERR_OK;
}

// Totals of the steps after those whose migrants are known.
static enum err spread_totals(const struct span *p, struct project_area *area,
                              size_t known)
{
    size_t ages = p->shape.ages;
    if (known > p->shape.steps)
        known = p->shape.steps;
    area->n_inferred = known > p->window ? known - p->window : 0;
    area->migrants = known ? PROJECT_MIGRANTS_PAST : PROJECT_MIGRANTS_GENERAL;
    const double *const past[PROJECT_SEXES] = {p->migrants[0], p->migrants[1]};
    for (size_t t = known; t < p->shape.steps; t++) {
        double *const to[PROJECT_SEXES] = {p->migrants[0] + t * ages,
                                           p->migrants[1] + t * ages};
        project_migrants_spread(&p->shape, p->totals[t], past, known, to);
    }
    return ERR_OK;
}

static enum err read_migration(struct reading *r, struct span *p, struct str code,
                               struct project_area *area)
{
    bool found = false;
    p->has_totals = true;
    for (size_t t = 0; t < p->shape.steps && p->has_totals; t++) {
        enum err err = read_one(r, p, t, r->s.migration, 2, code, &p->totals[t], &found);
        if (err)
            return err;
        p->has_totals = found;
        if (!found && t > 0 && !r->s.migrants[0])
            return no_period(r, p, t, "net migration", "migration");
    }
    p->migrants_by_age = r->s.migrants[0] && r->s.migrants[1] &&
                         step_column(r->s.migrants[0], p, p->window);
    enum project_timing timing = PROJECT_SPREAD;
    if (p->has_totals &&
        !area->reconstructed) { // the way that gives the published totals back
        timing = infer(r, p, PROJECT_AT_END) < infer(r, p, PROJECT_SPREAD)
                     ? PROJECT_AT_END
                     : PROJECT_SPREAD;
    }
    if (r->choice->timing >= 0)
        timing = (enum project_timing)r->choice->timing;
    area->in.timing = timing;
    area->migrants = PROJECT_MIGRANTS_NONE;
    if (p->migrants_by_age) {
        area->migrants = PROJECT_MIGRANTS_GIVEN;
        return read_migrants_by_age(r, p, code);
    }
    if (!p->has_totals)
        return ERR_OK;
    if (area->reconstructed) // the past was made with the general pattern already
        return spread_totals(p, area, 0);
    infer(r, p, timing);
    return spread_totals(p, area, p->counted - 1);
}

// --- an area

static enum err survive(struct reading *r, struct span *p)
{
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        struct project_mortality m = {p->n_mortality, p->mortality_age,
                                      p->mortality[sex]};
        enum err err =
            project_survival(&p->shape, (enum project_sex)sex, &m, r->choice->rule,
                             p->survival[sex], p->e0[sex], r->e);
        if (err)
            return err;
    }
    return ERR_OK;
}

static enum err shock(struct reading *r, struct span *p)
{
    size_t w = p->window, ages = p->shape.ages;
    struct project_rates rates = {
        .shape = {year_of(p, w), p->shape.width, ages, p->shape.steps - w},
        .n_mortality = p->n_mortality,
        .mortality_age = p->mortality_age,
        .fertility = p->fertility + w * ages,
    };
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        rates.mortality[sex] = p->mortality[sex] + w * p->n_mortality;
        rates.migrants[sex] = p->migrants[sex] + w * ages;
    }
    project_rates_shock(r->choice, &rates);
    for (size_t t = w; t < p->shape.steps; t++)
        p->children[t] = project_children(&p->shape, p->fertility + t * ages);
    return survive(r, p);
}

// What was published of the moments of the projection.
static enum err read_published(struct reading *r, const struct span *p, struct str code,
                               struct project_area *area)
{
    size_t ages = p->shape.ages, moments = p->shape.steps - p->window + 1;
    area->published_total = ARENA_ARRAY(r->arena, double, moments);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        area->published[sex] = ARENA_ARRAY(r->arena, double, moments *ages);
    if (!area->published_total || !area->published[0] || !area->published[1])
        return error_memory(r->e);
    for (size_t m = 0; m < moments; m++) {
        int32_t year = year_of(p, p->window + m);
        area->published_total[m] = NAN;
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; a < ages; a++) {
                double *to = &area->published[sex][m * ages + a];
                const struct wide_file *w = r->s.population[sex];
                const struct wide_column *c = wide_period(w, year, year);
                *to = NAN;
                if (!c || area->reconstructed)
                    c = wide_period(w = r->s.projected[sex], year, year);
                if (!c || !wide_has_area(w, code))
                    continue;
                size_t row;
                enum err err = wide_row(w, code, (int32_t)a * p->shape.width, &row, r->e);
                if (!err)
                    err = wide_number(w, row, c, to, r->e);
                if (err)
                    return err;
            }
        if (wpp_is_annual(r) && p->shape.width > 1) {
            enum err err = wpp_middle_total(r, code, year, &area->published_total[m]);
            if (err)
                return err;
            continue;
        }
        for (int i = 0; i < 2; i++) {
            const struct wide_column *c = wide_period(r->s.total[i], year, year);
            size_t row;
            if (!c || !wide_has_area(r->s.total[i], code))
                continue;
            enum err err = wide_row(r->s.total[i], code, -1, &row, r->e);
            if (!err)
                err = wide_number(r->s.total[i], row, c, &area->published_total[m], r->e);
            if (err)
                return err;
        }
    }
    return ERR_OK;
}

static void set_window(const struct reading *r, const struct span *p,
                       struct project_area *area)
{
    size_t ages = p->shape.ages, w = p->window;
    struct project_input *in = &area->in;
    enum project_timing timing = in->timing;
    *in = wpp_step(r, p, w, timing);
    in->shape.steps = p->shape.steps - w;
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        if (area->migrants != PROJECT_MIGRANTS_NONE)
            in->migration[sex] = p->migrants[sex] + w * ages;
        area->e0[sex] = p->e0[sex] + w;
        area->past[sex] = p->population[sex];
    }
    area->children = p->children + w;
    area->n_past = w;
}

static enum err read_area(struct reading *r, struct project_area *area)
{
    struct span p = {0};
    struct str code = area->code;
    enum err err = read_groups(r, code, &p.shape);
    if (!err)
        err = read_moments(r, &p);
    if (!err)
        err = allocate(r, &p);
    if (!err)
        err = read_populations(r, &p, code);
    if (!err)
        err = read_mortality(r, &p, code);
    if (!err)
        err = survive(r, &p);
    if (!err)
        err = read_births(r, &p, code);
    area->reconstructed = r->base.path != NULL;
    if (!err && area->reconstructed)
        err = wpp_reconstruct(r, &p, code);
    if (!err)
        err = read_migration(r, &p, code, area);
    if (!err && r->choice->n_shocks)
        err = shock(r, &p);
    if (!err)
        err = read_published(r, &p, code, area);
    if (!err)
        set_window(r, &p, area);
    return err;
}

// The areas that are asked for, by code or name; or all, in the order of the file.
static enum err choose(struct reading *r, struct project_files *out)
{
    const struct wide_file *w = r->s.population[PROJECT_FEMALE];
    const struct project_choice *c = r->choice;
    out->areas = ARENA_ARRAY(r->arena, struct project_area, w->f.n_rows);
    if (!out->areas)
        return error_memory(r->e);
    for (size_t k = 0; k < (c->n_areas ? c->n_areas : 1); k++) {
        size_t before = out->n_areas;
        for (size_t row = 0; row < w->f.n_rows; row++) {
            struct str code = frame_cell(&w->f, row, w->code);
            struct str name =
                w->name == SIZE_MAX ? code : frame_cell(&w->f, row, w->name);
            if (c->n_areas && !str_equal(code, c->areas[k]) &&
                !str_equal_fold(name, c->areas[k]))
                continue;
            bool there = !c->n_areas && r->base.path && // only the other edition has it
                         !wide_has_area(r->s.mortality[0], code);
            for (size_t i = out->n_areas; i > 0 && !there; i--)
                there = str_equal(out->areas[i - 1].code, code);
            if (there && c->n_areas)
                before = SIZE_MAX;
            if (!there)
                out->areas[out->n_areas++] =
                    (struct project_area){.code = code, .name = name};
        }
        if (out->n_areas == before && c->n_areas) {
            error_set(r->e, ERR_NOT_FOUND, "project.area", w->f.path,
                      "no area '" STR_FMT "'", STR_ARG(c->areas[k]));
            return error_cure(
                r->e, "give a country_code or name of this file, such as " STR_FMT,
                STR_ARG(frame_cell(&w->f, 0, w->code)));
        }
    }
    return ERR_OK;
}

enum err project_files_wpp(struct project_files *out, const char *folder,
                           const struct project_choice *choice, struct arena *a,
                           struct error *e)
{
    struct reading r = {
        .folder = {.path = folder, .arena = a}, .choice = choice, .arena = a, .e = e};
    *out = (struct project_files){.thousands = true, .wpp = true};
    enum err err = open_all(&r);
    if (!err)
        err = need_files(&r);
    if (!err)
        err = choose(&r, out);
    for (size_t i = 0; !err && i < out->n_areas; i++)
        err = read_area(&r, &out->areas[i]);
    return err;
}

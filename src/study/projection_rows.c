// SPDX-License-Identifier: AGPL-3.0-or-later
// What a county's registers say of people, births and deaths.
#include "study/projection_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    OLDEST_HOLE = 79, // an age over it may be without a row: nobody is that old
    BESIDE = 2,       // ages on either side that say whether a missing row is a hole
    FEW = 5,          // fewer people at the ages beside: nobody may be there
    EARLY_MONTH = 2,  // a register that begins later in a year has no whole year in it
    LATE_MONTH = 11,  // and one that ends before
    MONTH = 31,
    HALF_YEAR = 183,
};

struct reader {
    const struct measure *m;
    struct arena *a;
    const struct projection_plan *plan;
    struct projection_rows *rows;
    struct error *e;
    int32_t root;
    int level; // of the areas that count people
    // people
    int32_t days[PROJECTION_COUNTS];
    size_t n_days;
    int oldest;
    bool *there;      // [count][area]
    double *of_areas; // [area][sex][age] of the base; NaN: no row
    // births and deaths
    int32_t begins[2], ends[2]; // days of the first and the last; INT32_MAX, MIN: none
    int32_t first, last;        // years that are kept
    double between[2];          // of the area, after the earlier count, up to the base
    const struct field *sex;
    int code[PROJECT_SEXES];
};

typedef void take_row(struct reader *r, const struct column *c, size_t row, int32_t day,
                      int32_t area);

int32_t projection_year_end(int32_t year)
{
    int32_t day = 0;
    (void)date_from_ymd(year, 12, 31, &day);
    return day;
}

static int year_of(int32_t day, int *month)
{
    int year, day_of_month;
    date_to_ymd(day, &year, month, &day_of_month);
    return year;
}

// The year at whose end a count stands: the nearest one.
static int32_t stands_for(int32_t day)
{
    int month;
    return year_of(day + HALF_YEAR, &month) - 1;
}

static bool inside(const struct reader *r, int32_t area)
{
    return r->root < 0 ||
           (area >= 0 && places_within(r->m->county->places, area, r->root));
}

static int sex_of(const struct reader *r, const struct column *c, size_t row)
{
    int64_t code = cube_int(&c[r->sex->index], row);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        if (code == r->code[sex])
            return sex;
    return -1;
}

static void set_sex(struct reader *r, const struct field *f)
{
    r->sex = f;
    r->code[PROJECT_FEMALE] = field_code(f, STR("f"));
    r->code[PROJECT_MALE] = field_code(f, STR("m"));
}

// Current rows of a register up to today, those of `where`.
static enum err visit(struct reader *r, const struct reg *reg, const struct expr *where,
                      take_row *take)
{
    struct cube_view v;
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code =
        scratch ? cube_view_begin(r->m->cube, reg, &v, r->e) : error_memory(r->e);
    for (size_t from = 0; !code && from < v.batch.n_rows; from += EXPR_BLOCK) {
        uint8_t keep[EXPR_BLOCK];
        size_t n = v.batch.n_rows - from;
        n = n < EXPR_BLOCK ? n : EXPR_BLOCK;
        memset(keep, 1, sizeof keep);
        if (where)
            expr_select(where, &v.batch, from, n, keep, scratch);
        for (size_t i = 0; i < n; i++) {
            const struct column *c = v.batch.columns;
            int64_t day = cube_int(&c[FIELD_DATE], from + i),
                    area = cube_int(&c[FIELD_AREA], from + i);
            if (keep[i] && cube_int(&c[FIELD_STATE], from + i) == 0 && day != INT64_MIN &&
                day <= r->m->today)
                take(r, c, from + i, (int32_t)day, area < 0 ? -1 : (int32_t)area);
        }
    }
    if (!code)
        cube_view_end(r->m->cube, reg);
    expr_scratch_close(scratch);
    return code;
}

static struct str root_name(const struct reader *r)
{
    return measure_root_name(r->m, r->root, false);
}

// --- counts of people ------------------------------------------------------------------

static size_t place_of_day(const struct reader *r, int32_t day)
{
    size_t low = 0, high = r->n_days;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take_day(struct reader *r, const struct column *c, size_t row, int32_t day,
                     int32_t area)
{
    (void)area;
    int64_t age = cube_int(&c[r->plan->people.age->index], row);
    if (age > r->oldest)
        r->oldest = age < PROJECTION_AGES ? (int)age : PROJECTION_AGES - 1;
    size_t at = place_of_day(r, day);
    if (at < r->n_days && r->days[at] == day)
        return;
    if (r->n_days == PROJECTION_COUNTS) { // the oldest one gives way
        if (at == 0)
            return;
        memmove(r->days, r->days + 1, (r->n_days-- - 1) * sizeof *r->days);
        at--;
    }
    memmove(r->days + at + 1, r->days + at, (r->n_days++ - at) * sizeof *r->days);
    r->days[at] = day;
}

// The area that counts people in which a row's area is; -1: none.
static int32_t unit_of(const struct reader *r, int32_t area)
{
    return area < 0 ? -1 : places_at_level(r->m->county->places, area, r->level);
}

static void take_people(struct reader *r, const struct column *c, size_t row, int32_t day,
                        int32_t area)
{
    int64_t age = cube_int(&c[r->plan->people.age->index], row),
            people = cube_int(&c[r->plan->people.people->index], row);
    int sex = sex_of(r, c, row);
    int32_t unit = unit_of(r, area);
    size_t at = place_of_day(r, day), last = r->rows->ages - 1;
    if (at == r->n_days || r->days[at] != day || unit < 0 || sex < 0 || age < 0 ||
        people < 0)
        return;
    struct projection_count *count = &r->rows->counts[at];
    size_t x = (size_t)age < last ? (size_t)age : last;
    r->there[at * r->m->county->places->n_areas + (size_t)unit] = true;
    count->people[PROJECTION_WHOLE][sex][x] += (double)people;
    if (inside(r, area))
        count->people[PROJECTION_AREA][sex][x] += (double)people;
}

// The first area of the level that must be in a count and is not; -1: none. *n: those
// that must be.
static int32_t missing_unit(const struct reader *r, size_t at,
                            enum projection_scope scope, size_t *n)
{
    const struct places *p = r->m->county->places;
    int32_t missing = -1;
    *n = 0;
    for (size_t i = 0; i < p->n_areas; i++) {
        if (p->areas[i].level != r->level || !area_valid_on(&p->areas[i], r->days[at]) ||
            (scope == PROJECTION_AREA && !inside(r, (int32_t)i)))
            continue;
        ++*n;
        if (missing < 0 && !r->there[at * p->n_areas + i])
            missing = (int32_t)i;
    }
    return missing;
}

static enum err no_count(const struct reader *r, const char *text, int32_t day)
{
    char on[DATE_TEXT_SIZE] = "";
    if (day != DATE_NONE)
        date_format(day, on);
    struct str name = root_name(r);
    const struct reg *reg = r->plan->people.reg;
    error_set(r->e, ERR_NOT_FOUND, "projection.count", NULL,
              "register '" STR_FMT "' has no count of " STR_FMT "%s%s",
              STR_ARG(reg->name), STR_ARG(name), text, on);
    return error_cure(r->e,
                      "Import rows of one day into '" STR_FMT "': " STR_FMT ", " STR_FMT
                      ", single years of " STR_FMT " and " STR_FMT ", of every " STR_FMT
                      " of the area.",
                      STR_ARG(reg->name), STR_ARG(reg->date->name),
                      STR_ARG(r->plan->people.sex->name),
                      STR_ARG(r->plan->people.age->name),
                      STR_ARG(r->plan->people.people->name), STR_ARG(reg->area->level));
}

// An area below those that count people, or one in which there is none of them.
static enum err no_units(const struct reader *r)
{
    const struct places *p = r->m->county->places;
    struct str name = root_name(r);
    int32_t above = r->root < 0 ? -1 : places_at_level(p, r->root, r->level);
    error_set(r->e, ERR_NOT_FOUND, "projection.level", NULL,
              "people are counted by " STR_FMT ", and " STR_FMT " has none of them",
              STR_ARG(r->plan->people.reg->area->level), STR_ARG(name));
    if (above < 0)
        return error_cure(r->e, "Ask for a larger area.");
    struct str larger = area_name(&p->areas[above], false);
    return error_cure(r->e, "Ask for " STR_FMT ", in which it lies.", STR_ARG(larger));
}

static enum err choose_base(struct reader *r, const struct projection_choice *choice)
{
    struct projection_rows *rows = r->rows;
    rows->base = rows->earlier = SIZE_MAX;
    size_t latest = SIZE_MAX; // of any day, with rows of the area
    for (size_t i = 0; i < r->n_days; i++) {
        if (!rows->counts[i].whole[PROJECTION_AREA] ||
            (choice->from && stands_for(r->days[i]) > choice->from))
            continue;
        rows->earlier = rows->base;
        rows->base = i;
    }
    for (size_t i = 0; i < r->n_days && !choice->from; i++)
        for (size_t k = 0; k < r->m->county->places->n_areas; k++)
            if (r->there[i * r->m->county->places->n_areas + k] && inside(r, (int32_t)k))
                latest = i;
    if (rows->base != SIZE_MAX &&
        (!choice->from || stands_for(r->days[rows->base]) == choice->from)) {
        rows->year = stands_for(r->days[rows->base]);
        return ERR_OK;
    }
    if (choice->from) {
        char year[40];
        snprintf(year, sizeof year, " at the end of %d", choice->from);
        return no_count(r, year, DATE_NONE);
    }
    if (latest == SIZE_MAX)
        return no_count(r, "", DATE_NONE);
    size_t n;
    int32_t missing = missing_unit(r, latest, PROJECTION_AREA, &n);
    struct str lacks =
        missing < 0 ? STR("") : area_name(&r->m->county->places->areas[missing], false);
    struct str text = str_format(r->a, " that is whole: " STR_FMT " is not in that of ",
                                 STR_ARG(lacks));
    return text.p ? no_count(r, text.p, r->days[latest]) : error_memory(r->e);
}

static void take_base(struct reader *r, const struct column *c, size_t row, int32_t day,
                      int32_t area)
{
    int64_t age = cube_int(&c[r->plan->people.age->index], row),
            people = cube_int(&c[r->plan->people.people->index], row);
    int sex = sex_of(r, c, row);
    int32_t unit = unit_of(r, area);
    size_t last = r->rows->ages - 1;
    if (day != r->days[r->rows->base] || unit < 0 || sex < 0 || age < 0 || people < 0 ||
        !inside(r, area))
        return;
    size_t x = (size_t)age < last ? (size_t)age : last;
    double *to =
        &r->of_areas[((size_t)unit * PROJECT_SEXES + (size_t)sex) * PROJECTION_AGES + x];
    *to = (isnan(*to) ? 0 : *to) + (double)people;
}

static enum err hole(const struct reader *r, int32_t unit, int sex, int from, int to)
{
    char day[DATE_TEXT_SIZE], ages[40] = "";
    struct str name = area_name(&r->m->county->places->areas[unit], false);
    date_format(r->days[r->rows->base], day);
    if (from >= 0)
        snprintf(ages, sizeof ages, from == to ? " of age %d" : " of ages %d to %d", from,
                 to);
    error_set(r->e, ERR_INPUT, "projection.hole", NULL,
              "the count of %s has no %s%s in " STR_FMT, day,
              sex == PROJECT_FEMALE ? "women" : "men", ages, STR_ARG(name));
    return error_cure(r->e, "Import the rows that are missing into '" STR_FMT "'.",
                      STR_ARG(r->plan->people.reg->name));
}

// Without a row at an age, and people at the ages beside it.
static bool is_hole(const double *people, int age, int last)
{
    double beside = 0;
    int n = 0;
    for (int x = age - BESIDE; x <= age + BESIDE; x++)
        if (x >= 0 && x <= last && !isnan(people[x])) {
            beside += people[x];
            n++;
        }
    return isnan(people[age]) && n > 0 && beside >= FEW * n;
}

static enum err look_for_holes(struct reader *r)
{
    const struct places *p = r->m->county->places;
    int last = (int)r->rows->ages - 1, end = last - 1;
    end = end < OLDEST_HOLE ? end : OLDEST_HOLE;
    for (size_t i = 0; i < p->n_areas; i++) {
        if (p->areas[i].level != r->level || !inside(r, (int32_t)i) ||
            !r->there[r->rows->base * p->n_areas + i])
            continue;
        for (int sex = 0; sex < PROJECT_SEXES; sex++) {
            const double *people =
                &r->of_areas[(i * PROJECT_SEXES + (size_t)sex) * PROJECTION_AGES];
            int any = 0, x = 0;
            for (int k = 0; k <= last; k++)
                any |= !isnan(people[k]);
            if (!any)
                return hole(r, (int32_t)i, sex, -1, -1);
            while (x <= end && !is_hole(people, x, last))
                x++;
            int until = x;
            while (until < end && isnan(people[until + 1]))
                until++;
            if (x <= end)
                return hole(r, (int32_t)i, sex, x, until);
        }
    }
    return ERR_OK;
}

static enum err make_counts(struct reader *r)
{
    size_t areas = r->m->county->places->n_areas;
    struct projection_rows *rows = r->rows;
    typedef double by_age[PROJECTION_AGES];
    rows->ages = (size_t)r->oldest + 1;
    rows->n_counts = r->n_days;
    rows->counts = ARENA_ARRAY(r->a, struct projection_count, r->n_days + 1);
    r->there = ARENA_ARRAY(r->a, bool, areas * r->n_days + 1);
    r->of_areas = ARENA_ARRAY(r->a, double, areas *PROJECT_SEXES *PROJECTION_AGES + 1);
    if (!rows->counts || !r->there || !r->of_areas)
        return error_memory(r->e);
    for (size_t i = 0; i < areas * PROJECT_SEXES * PROJECTION_AGES; i++)
        r->of_areas[i] = NAN;
    for (size_t i = 0; i < r->n_days; i++) {
        rows->counts[i].day = r->days[i];
        for (int s = 0; s < PROJECTION_SCOPES; s++) {
            rows->counts[i].people[s] = ARENA_ARRAY(r->a, by_age, PROJECT_SEXES);
            if (!rows->counts[i].people[s])
                return error_memory(r->e);
        }
    }
    return ERR_OK;
}

static enum err count_people(struct reader *r, const struct projection_choice *choice)
{
    const struct reg *reg = r->plan->people.reg;
    size_t n = 0;
    enum err code = visit(r, reg, NULL, take_day);
    if (!code && !r->n_days)
        return no_count(r, "", DATE_NONE);
    if (!code && r->oldest < PROJECTION_LEAST_TOP) {
        error_set(r->e, ERR_INPUT, "projection.oldest", NULL,
                  "the oldest age in register '" STR_FMT "' is %d; %d or more is "
                  "expected",
                  STR_ARG(reg->name), r->oldest, PROJECTION_LEAST_TOP);
        return error_cure(r->e, "Count single years of age up to 100 and over.");
    }
    if (!code)
        code = make_counts(r);
    if (!code)
        code = visit(r, reg, NULL, take_people);
    for (size_t i = 0; !code && i < r->n_days; i++)
        for (int s = 0; s < PROJECTION_SCOPES; s++) {
            int32_t missing = missing_unit(r, i, (enum projection_scope)s, &n);
            r->rows->counts[i].whole[s] = n > 0 && missing < 0;
            if (s == PROJECTION_AREA && !n && i + 1 == r->n_days)
                return no_units(r);
        }
    if (!code)
        code = choose_base(r, choice);
    if (!code)
        code = visit(r, reg, NULL, take_base);
    return code ? code : look_for_holes(r);
}

// --- births and deaths -----------------------------------------------------------------

enum { BIRTH, DEATH };

// What a row of a day is counted in: the years of the scopes it is in.
static size_t years_of(struct reader *r, int which, int32_t day, int32_t area,
                       struct projection_year *to[PROJECTION_SCOPES])
{
    int month, year = year_of(day, &month);
    const struct projection_rows *rows = r->rows;
    size_t n = 0;
    if (day < r->begins[which])
        r->begins[which] = day;
    if (day > r->ends[which])
        r->ends[which] = day;
    if (rows->earlier != SIZE_MAX && day > r->days[rows->earlier] &&
        day <= r->days[rows->base] && inside(r, area))
        r->between[which]++;
    if (year < r->first || year > r->last)
        return 0;
    to[n++] = &rows->years[PROJECTION_WHOLE][year - r->first];
    if (inside(r, area))
        to[n++] = &rows->years[PROJECTION_AREA][year - r->first];
    return n;
}

static void take_birth(struct reader *r, const struct column *c, size_t row, int32_t day,
                       int32_t area)
{
    struct projection_year *to[PROJECTION_SCOPES];
    size_t n = years_of(r, BIRTH, day, area, to);
    if (!n)
        return;
    int month, year = year_of(day, &month), sex = sex_of(r, c, row);
    int64_t born = cube_int(&c[r->plan->births.mother_birth_year->index], row);
    int64_t age = born == INT64_MIN ? -1 : year - born; // reached in this year
    bool known = age >= 1 && age < PROJECTION_AGES;
    int32_t new_year = projection_year_end(year - 1);
    double over = (day - new_year - .5) / (projection_year_end(year) - new_year);
    for (size_t i = 0; i < n; i++) {
        to[i]->births++;
        if (sex >= 0)
            to[i]->born[sex]++;
        if (known) {
            to[i]->mothers[age] += over;
            to[i]->mothers[age - 1] += 1 - over;
        }
        to[i]->unknown_births += sex < 0 || !known;
    }
}

static void take_death(struct reader *r, const struct column *c, size_t row, int32_t day,
                       int32_t area)
{
    struct projection_year *to[PROJECTION_SCOPES];
    size_t n = years_of(r, DEATH, day, area, to);
    int sex = sex_of(r, c, row);
    int64_t born = cube_int(&c[r->plan->deaths.born->index], row);
    bool known = sex >= 0 && born != INT64_MIN && born <= day;
    int age = known ? date_age_years((int32_t)born, day) : 0;
    int last = (int)r->rows->ages - 1;
    for (size_t i = 0; i < n; i++)
        if (known)
            to[i]->deaths[sex][age < last ? age : last]++;
        else
            to[i]->unknown_deaths++;
}

static enum err no_years(const struct reader *r)
{
    char text[4][DATE_TEXT_SIZE], counted[DATE_TEXT_SIZE];
    const struct reg *const regs[] = {r->plan->births.reg, r->plan->deaths.reg};
    const struct str where[] = {r->plan->births.where_text, r->plan->deaths.where_text};
    for (int i = 0; i < 2; i++)
        if (r->begins[i] == INT32_MAX) {
            error_set(r->e, ERR_INPUT, "projection.empty", NULL,
                      "register '" STR_FMT "' has no rows%s" STR_FMT,
                      STR_ARG(regs[i]->name), where[i].n ? " where " : "",
                      STR_ARG(where[i]));
            return error_cure(r->e, "Import the %s of the years before the count.",
                              i == BIRTH ? "births" : "deaths");
        }
    date_format(r->days[r->rows->base], counted);
    for (int i = 0; i < 2; i++) {
        date_format(r->begins[i], text[i]);
        date_format(r->ends[i], text[i + 2]);
    }
    error_set(r->e, ERR_INPUT, "projection.years", NULL,
              "no whole year of births and deaths is before the count of %s: births are "
              "of %s to %s, deaths of %s to %s",
              counted, text[0], text[2], text[1], text[3]);
    return error_cure(r->e, "Import the births and deaths of the years before the count, "
                            "or begin with a later count.");
}

// The years that both registers cover, of those read.
static enum err keep_whole_years(struct reader *r)
{
    struct projection_rows *rows = r->rows;
    rows->first = r->first, rows->last = r->last;
    for (int i = 0; i < 2; i++) {
        int month;
        if (r->begins[i] == INT32_MAX)
            return no_years(r);
        int year = year_of(r->begins[i], &month);
        int32_t first = month <= EARLY_MONTH ? year : year + 1;
        rows->first = rows->first > first ? rows->first : first;
        year = year_of(r->ends[i], &month);
        int32_t last = month >= LATE_MONTH ? year : year - 1;
        rows->last = rows->last < last ? rows->last : last;
    }
    if (rows->first > rows->last)
        return no_years(r);
    for (int s = 0; s < PROJECTION_SCOPES; s++)
        rows->years[s] += rows->first - r->first;
    return ERR_OK;
}

static double sum_people(const struct projection_count *c)
{
    double all = 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t x = 0; x < PROJECTION_AGES; x++)
            all += c->people[PROJECTION_AREA][sex][x];
    return all;
}

static void set_left_over(struct reader *r)
{
    struct projection_rows *rows = r->rows;
    rows->left_over = NAN;
    if (rows->earlier == SIZE_MAX)
        return;
    const struct projection_count *now = &rows->counts[rows->base],
                                  *then = &rows->counts[rows->earlier];
    for (int i = 0; i < 2; i++)
        if (r->begins[i] > then->day + MONTH || r->ends[i] < now->day - MONTH)
            return;
    rows->left_over =
        (sum_people(now) - sum_people(then) - r->between[BIRTH] + r->between[DEATH]) /
        ((now->day - then->day) / 365.25);
}

static enum err count_events(struct reader *r)
{
    const struct projection_plan *plan = r->plan;
    r->last = r->rows->year;
    while (projection_year_end(r->last) > r->m->today)
        r->last--;
    r->first = r->last - plan->look_back + 1;
    for (int s = 0; s < PROJECTION_SCOPES; s++)
        if (!(r->rows->years[s] =
                  ARENA_ARRAY(r->a, struct projection_year, (size_t)plan->look_back)))
            return error_memory(r->e);
    set_sex(r, plan->births.sex);
    enum err code = visit(r, plan->births.reg, plan->births.where, take_birth);
    set_sex(r, plan->deaths.sex);
    if (!code)
        code = visit(r, plan->deaths.reg, plan->deaths.where, take_death);
    if (!code)
        code = keep_whole_years(r);
    if (!code)
        set_left_over(r);
    return code;
}

enum err projection_read(const struct measure *m, struct arena *a,
                         const struct projection_plan *plan,
                         const struct projection_choice *choice,
                         struct projection_rows *out, struct error *e)
{
    struct cube_view v;
    struct reader r = {.m = m,
                       .a = a,
                       .plan = plan,
                       .rows = out,
                       .e = e,
                       .root = choice->root,
                       .level =
                           pack_level(m->county->pack, plan->people.reg->area->level),
                       .begins = {INT32_MAX, INT32_MAX},
                       .ends = {INT32_MIN, INT32_MIN}};
    *out = (struct projection_rows){0};
    set_sex(&r, plan->people.sex);
    // held over all passes, so that they see the same rows
    enum err code = cube_view_begin(m->cube, plan->people.reg, &v, e);
    if (code)
        return code;
    code = count_people(&r, choice);
    cube_view_end(m->cube, plan->people.reg);
    return code ? code : count_events(&r);
}

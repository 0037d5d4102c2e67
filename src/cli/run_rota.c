// SPDX-License-Identifier: AGPL-3.0-or-later
// rota: which team is at which facility on which day of an inspection round.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/frame.h"
#include "cli/session.h"
#include "report/rota_doc.h"
#include "study/rota_county.h"

struct run {
    struct cli *c;
    struct error *e;
    struct frame f;
    struct rota_input in;
    struct rota_page page;
};

static enum err wrong(const char *option, const char *found, const char *expected,
                      struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "rota.option", where, "'%.80s' is not %s", found, expected);
    return error_cure(e, "See 'heng help rota'.");
}

static enum err read_count(const struct run *r, const char *option, int64_t otherwise,
                           int64_t most, int64_t *out)
{
    const char *text = cli_option(r->c, option);
    *out = otherwise;
    if (text && (!str_to_int(str_of(text), out) || *out < 1 || *out > most))
        return wrong(option, text, "a whole number from 1", r->e);
    return ERR_OK;
}

static enum err read_round(struct run *r)
{
    int64_t teams = 0, days = 0, per_day = 0, most = 0, next = 0, seed = 0;
    const char *text = cli_option(r->c, "seed");
    enum err code = read_count(r, "teams", 2, ROTA_MOST_TEAMS, &teams);
    if (!code)
        code = read_count(r, "days", 3, ROTA_MOST_DAYS, &days);
    if (!code)
        code = read_count(r, "per-day", 6, 1000, &per_day);
    if (!code)
        code = read_count(r, "within", 365, 36500, &most);
    if (!code)
        code = read_count(r, "next", 90, 36500, &next);
    if (!code && (!str_to_int(str_of(text), &seed) || seed < 0))
        code = wrong("seed", text, "a whole number from 0", r->e);
    r->page.start = date_today();
    text = cli_option(r->c, "start");
    if (!code && text)
        code = date_parse(str_of(text), &r->page.start, r->e);
    r->in.teams = (uint32_t)teams;
    r->in.days = (uint32_t)days;
    r->in.per_day = (uint32_t)per_day;
    r->in.most_days = (int32_t)most;
    r->in.next_days = (int32_t)next;
    r->in.seed = (uint64_t)seed;
    return code;
}

// The column that an option names, or the one of the option's own name; false in *there
// where there is none.
static enum err column_of(struct run *r, const char *option, const char *otherwise,
                          size_t *column, bool *there)
{
    const char *name = cli_option(r->c, option);
    *there = name != NULL;
    if (name)
        return frame_column(&r->f, name, column, r->e);
    for (size_t i = 0; i < r->f.n_columns && !*there; i++)
        if (str_equal_fold(r->f.names[i], str_of(otherwise))) {
            *column = i;
            *there = true;
        }
    return ERR_OK;
}

static enum err read_names(struct run *r)
{
    size_t column = 0;
    bool there;
    struct str *names = ARENA_ARRAY(&r->c->arena, struct str, r->f.n_rows);
    if (!names)
        return error_memory(r->e);
    enum err code = column_of(r, "facility", "facility", &column, &there);
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        names[i] = frame_cell(&r->f, i, there ? column : 0);
        if (!names[i].n)
            code = frame_error(&r->f, i, there ? column : 0,
                               "Write the facility's name or code.", r->e,
                               "the facility is not named");
    }
    r->page.names = names;
    return code;
}

static enum err read_areas(struct run *r, struct rota_facility *list)
{
    size_t column = 0;
    bool there;
    struct frame_groups groups;
    enum err code = column_of(r, "area", "area", &column, &there);
    if (code || !there)
        return code;
    struct str *areas = ARENA_ARRAY(&r->c->arena, struct str, r->f.n_rows);
    if (!areas)
        return error_memory(r->e);
    code = frame_groups(&r->f, &column, 1, &groups, r->e);
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        areas[i] = frame_cell(&r->f, i, column);
        list[i].area = areas[i].n ? (int32_t)groups.of_row[i] : -1;
    }
    r->page.areas = areas;
    return code;
}

static enum err read_risks(struct run *r, struct rota_facility *list)
{
    size_t column = 0;
    bool there;
    double *risks = NULL;
    enum err code = column_of(r, "risk", "risk", &column, &there);
    if (code || !there)
        return code;
    code = frame_numbers(&r->f, column, true, &risks, r->e);
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        list[i].risk = isnan(risks[i]) ? 0 : risks[i];
        if (list[i].risk < 0)
            code = frame_error(&r->f, i, column, "0 is ordinary, 1 counts twice.", r->e,
                               "a risk of %g is below 0", risks[i]);
    }
    return code;
}

static enum err read_visits(struct run *r, struct rota_facility *list)
{
    size_t column = 0;
    bool there;
    enum err code = column_of(r, "last", "last_visit", &column, &there);
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        struct str cell = there ? frame_cell(&r->f, i, column) : STR("");
        struct error why;
        int32_t day;
        list[i].since = -1;
        if (!cell.n)
            continue;
        if (date_parse(cell, &day, &why))
            code = frame_error(&r->f, i, column, "Write a date such as 2014-06-05.", r->e,
                               "%s", why.text);
        else if (day > r->page.start)
            code = frame_error(&r->f, i, column,
                               "Correct the date, or begin later (--start).", r->e,
                               "the last visit is after the round begins");
        else
            list[i].since = r->page.start - day;
    }
    return code;
}

// Numbers of teams from 1, apart by commas or semicolons.
static enum err read_teams(struct run *r, size_t row, size_t column, uint64_t *teams)
{
    struct str cell = frame_cell(&r->f, row, column);
    *teams = 0;
    for (size_t at = 0; at < cell.n;) {
        size_t end = at;
        int64_t team;
        while (end < cell.n && cell.p[end] != ',' && cell.p[end] != ';')
            end++;
        if (!str_to_int((struct str){cell.p + at, end - at}, &team) || team < 1 ||
            team > r->in.teams)
            return frame_error(&r->f, row, column, "Teams are numbered from 1: 1 or 1;2.",
                               r->e, "'%.*s' is not a team of this round",
                               (int)(end - at), cell.p + at);
        *teams |= UINT64_C(1) << (team - 1);
        at = end + 1;
    }
    return ERR_OK;
}

static enum err read_bars(struct run *r, struct rota_facility *list)
{
    size_t last = 0, members = 0, n = 0;
    bool has_last, has_members;
    uint64_t teams;
    enum err code = column_of(r, "last-team", "last_team", &last, &has_last);
    if (!code)
        code = column_of(r, "conflict", "conflict", &members, &has_members);
    if (code)
        return code;
    struct rota_conflict *conflicts = ARENA_ARRAY(
        &r->c->arena, struct rota_conflict, has_members ? r->f.n_rows * r->in.teams : 1);
    if (!conflicts)
        return error_memory(r->e);
    for (size_t i = 0; i < r->f.n_rows && !code; i++) {
        list[i].last_team = -1;
        if (has_last) {
            code = read_teams(r, i, last, &teams);
            if (!code && teams)
                list[i].last_team = __builtin_ctzll(teams);
        }
        if (!code && has_members) {
            code = read_teams(r, i, members, &teams);
            for (uint32_t t = 0; t < r->in.teams && !code; t++)
                if (teams >> t & 1)
                    conflicts[n++] = (struct rota_conflict){t, (uint32_t)i};
        }
    }
    r->in.conflicts = conflicts;
    r->in.n_conflicts = n;
    return code;
}

static enum err from_file(struct run *r)
{
    enum err code = frame_read(&r->f, cli_option(r->c, "facilities"), &r->c->arena, r->e);
    if (code)
        return code;
    struct rota_facility *list =
        ARENA_ARRAY(&r->c->arena, struct rota_facility, r->f.n_rows);
    if (!list)
        return error_memory(r->e);
    for (size_t i = 0; i < r->f.n_rows; i++)
        list[i].area = -1;
    r->in.facilities = list;
    r->in.n = r->f.n_rows;
    code = read_names(r);
    if (!code)
        code = read_areas(r, list);
    if (!code)
        code = read_risks(r, list);
    if (!code)
        code = read_visits(r, list);
    return code ? code : read_bars(r, list);
}

// ---- a county's own facilities ----

// What the risk of each is made of is said beside its area, as the page has no more room.
static enum err from_county(struct run *r, struct session *s)
{
    struct rota_county *county = ARENA_NEW(&r->c->arena, struct rota_county);
    const char *const *kinds = NULL;
    unsigned n_kinds = 0;
    int32_t root = -1;
    if (!county)
        return error_memory(r->e);
    enum err code = session_open(r->c, STORE_READ, s, r->e);
    // no cube: nothing is counted here
    s->measure =
        (struct measure){.county = s->county, .who = &s->who, .today = date_today()};
    if (!code)
        code = session_area(r->c, s, &root, r->e);
    if (!code)
        code = session_names(r->c, "kind", &kinds, &n_kinds, r->e);
    struct str *wanted = ARENA_ARRAY(&r->c->arena, struct str, (size_t)n_kinds + 1);
    if (!code && !wanted)
        code = error_memory(r->e);
    for (unsigned i = 0; i < n_kinds && !code; i++)
        wanted[i] = str_of(kinds[i]);
    if (!code)
        code = rota_county_read(&s->measure, root, r->page.start, wanted, n_kinds,
                                &r->c->arena, county, r->e);
    if (code)
        return code;
    struct str *names = ARENA_ARRAY(&r->c->arena, struct str, 2 * county->n);
    if (!names)
        return error_memory(r->e);
    const struct places *p = s->county->places;
    for (size_t i = 0; i < county->n; i++) {
        const struct facility *f = &p->facilities[county->places[i]];
        struct str risk =
            rota_county_risk(&county->causes[i], r->page.start, &r->c->arena, r->c->zh);
        names[i] = facility_name(f, r->c->zh);
        names[county->n + i] =
            f->area < 0 ? STR("") : area_name(&p->areas[f->area], r->c->zh);
        if (risk.n)
            names[i] = str_format(&r->c->arena, STR_FMT " (" STR_FMT ")",
                                  STR_ARG(names[i]), STR_ARG(risk));
        if (!risk.p || !names[i].p)
            return error_memory(r->e);
    }
    r->in.facilities = county->facilities;
    r->in.n = county->n;
    r->page.names = names;
    r->page.areas = names + county->n;
    return ERR_OK;
}

static enum err check_source(const struct cli *c, struct error *e)
{
    if ((cli_argument(c, "DB") != NULL) != (cli_option(c, "facilities") != NULL))
        return ERR_OK;
    error_set(e, ERR_USAGE, "rota.source", "--facilities",
              "one of them is needed: a county's file, or --facilities");
    return error_cure(e, "heng rota county.db --seed 7, or heng rota --facilities F.csv "
                         "--seed 7");
}

enum err run_rota(struct cli *c, struct error *e)
{
    struct run *r = ARENA_NEW(&c->arena, struct run);
    struct rota rota;
    struct rota_doc d;
    struct session s = {0};
    if (!r)
        return error_memory(e);
    r->c = c;
    r->e = e;
    enum err code = check_source(c, e);
    if (!code)
        code = session_outputs(c, e);
    if (!code)
        code = read_round(r);
    if (!code)
        code = cli_argument(c, "DB") ? from_county(r, &s) : from_file(r);
    if (!code)
        code = rota_plan(&r->in, &c->arena, &rota, e);
    r->page.in = &r->in;
    r->page.rota = &rota;
    if (!code)
        code = rota_doc_make(&d, &r->page, &c->arena, c->zh, e);
    if (!code) {
        const struct result *list[] = {&d.results[0], &d.results[1], &d.results[2]};
        code = session_results(c, d.doc, list, d.n_results, e);
    }
    session_close(&s);
    return code;
}

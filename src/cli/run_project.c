// SPDX-License-Identifier: AGPL-3.0-or-later
// project: a population by sex and age, years ahead.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/xlsx_write.h"
#include "cli/run_project.h"
#include "cli/session.h"
#include "report/result_table.h"
#include "study/project_accounts.h"
#include "study/project_study.h"

static enum err wrong(const char *option, const char *found, const char *expected,
                      struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "project.option", where, "'%.80s' is not %s", found,
              expected);
    return error_cure(e, "See 'heng help project'.");
}

static enum err read_year(const struct cli *c, const char *option, int32_t *out,
                          struct error *e)
{
    const char *text = cli_option(c, option);
    int64_t v = 0;
    if (!text)
        return ERR_OK;
    if (!str_to_int(str_of(text), &v) || v < 1500 || v > 3000)
        return wrong(option, text, "a year", e);
    *out = (int32_t)v;
    return ERR_OK;
}

static enum err read_word(const struct cli *c, const char *option,
                          const char *const *words, int *out, struct error *e)
{
    const char *text = cli_option(c, option);
    char expected[160] = "one of";
    if (!text)
        return ERR_OK;
    for (int i = 0; words[i]; i++) {
        size_t n = strlen(expected);
        snprintf(expected + n, sizeof expected - n, "%s %s", i ? "," : "", words[i]);
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return ERR_OK;
        }
    }
    return wrong(option, text, expected, e);
}

static enum err read_number(const struct cli *c, const char *option, double low,
                            double high, double *out, struct error *e)
{
    const char *text = cli_option(c, option);
    char expected[80];
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    if (text && (!str_to_double(str_of(text), out) || !(*out >= low) || !(*out <= high)))
        return wrong(option, text, expected, e);
    return ERR_OK;
}

// --- shocks: deaths,year=2027,times=1.3,sex=male,ages=60-120,first-half=0.8

static bool shock_part(struct project_shock *k, struct str name, struct str value)
{
    double v = 0;
    int64_t year = 0;
    if (str_equal_c(name, "ages")) {
        struct str first, last;
        int64_t from = 0, to = 0;
        bool open = value.n && value.p[value.n - 1] == '+';
        if (open)
            value.n--;
        if (!str_split(value, '-', &first, &last))
            last = first = value;
        if (!str_to_int(first, &from) || !str_to_int(last, &to) || from < 0 ||
            to < from || to > 150)
            return false;
        k->from = (int32_t)from, k->to = open ? 150 : (int32_t)to;
        return true;
    }
    if (str_equal_c(name, "sex")) {
        k->sex = str_equal_c(value, "female") ? PROJECT_FEMALE : PROJECT_MALE;
        return str_equal_c(value, "female") || str_equal_c(value, "male");
    }
    if (str_equal_c(name, "year")) {
        k->year =
            str_to_int(value, &year) && year > 1500 && year < 3000 ? (int32_t)year : 0;
        return k->year != 0;
    }
    if (!str_to_double(value, &v))
        return false;
    if (str_equal_c(name, "times"))
        k->factor = v;
    else if (str_equal_c(name, "add"))
        k->more = v;
    else if (str_equal_c(name, "first-half") && v >= 0 && v <= 1)
        k->first_half = v;
    else
        return false;
    return k->factor >= 0;
}

static bool read_shock(struct str text, struct project_shock *k)
{
    static const char *const kinds[] = {"deaths", "births", "migrants"};
    struct str part, rest = text;
    *k = (struct project_shock){.first_half = 0.5, .sex = -1, .to = 150, .factor = 1};
    bool more = str_split(rest, ',', &part, &rest), known = false;
    for (int i = 0; i < 3; i++)
        if (more && str_equal_c(part, kinds[i]))
            k->kind = (enum project_shock_kind)i, known = true;
    while (known && more) {
        struct str name, value;
        struct str all = rest;
        more = str_split(all, ',', &part, &rest);
        if (!str_split(more ? part : all, '=', &name, &value) ||
            !shock_part(k, str_trim(name), str_trim(value)))
            return false;
    }
    return known;
}

static enum err read_shocks(struct cli *c, struct project_choice *choice, struct error *e)
{
    const char *const *values;
    enum err err = cli_options(c, "shock", &values, &choice->n_shocks, e);
    if (err || !choice->n_shocks)
        return err;
    struct project_shock *list =
        ARENA_ARRAY(&c->arena, struct project_shock, choice->n_shocks);
    if (!list)
        return error_memory(e);
    for (size_t i = 0; i < choice->n_shocks; i++)
        if (!read_shock(str_of(values[i]), &list[i]))
            return wrong("shock", values[i],
                         "a shock such as deaths,year=2027,times=1.3,ages=60+,"
                         "first-half=0.8",
                         e);
    choice->shocks = list;
    return ERR_OK;
}

// --- what is asked for

static enum err read_choice(struct cli *c, struct project_choice *choice, struct error *e)
{
    static const char *const variants[] = {"medium", "high", "low", NULL};
    static const char *const timings[] = {"spread", "end", NULL};
    static const char *const mothers[] = {"all", "exposed", NULL};
    static const char *const infants[] = {"west", "north", "east", "south", NULL};
    const char *const *areas = NULL;
    unsigned n = 0;
    int variant = 0, family = 0;
    *choice = (struct project_choice){.timing = -1, .mothers = -1};
    enum err err = session_names(c, "country", &areas, &n, e);
    if (!err)
        err = read_year(c, "from", &choice->from, e);
    if (!err)
        err = read_year(c, "to", &choice->to, e);
    if (!err)
        err = read_word(c, "variant", variants, &variant, e);
    if (!err)
        err = read_word(c, "timing", timings, &choice->timing, e);
    if (!err)
        err = read_word(c, "mothers", mothers, &choice->mothers, e);
    if (!err)
        err = read_word(c, "infants", infants, &family, e);
    if (!err)
        err = read_number(c, "srb", 0.5, 200, &choice->boys, e);
    if (!err)
        err = read_number(c, "begins", 0, 1, &choice->begins, e);
    if (!err)
        err = read_shocks(c, choice, e);
    if (err)
        return err;
    if (choice->boys > 2) // 106 boys to 100 girls
        choice->boys /= 100;
    choice->variant = (enum project_variant)variant;
    choice->base = cli_option(c, "base");
    choice->hold = cli_switch(c, "hold");
    const char *width = cli_option(c, "width");
    if (width && strcmp(width, "1") != 0 && strcmp(width, "5") != 0)
        return wrong("width", width, "1 or 5", e);
    choice->width = width ? width[0] - '0' : 0;
    choice->rule.family = (enum lifetable_family)family;
    struct str *list = ARENA_ARRAY(&c->arena, struct str, n + 1);
    if (!list)
        return error_memory(e);
    for (unsigned i = 0; i < n; i++)
        list[i] = str_of(areas[i]);
    choice->areas = list;
    choice->n_areas = n;
    return ERR_OK;
}

static enum err read_files(struct cli *c, const struct project_choice *choice,
                           struct project_files *out, struct project_county *county,
                           struct error *e)
{
    const char *folder = cli_option(c, "wpp");
    if (project_of_county(c))
        return project_county(c, choice, out, county, e);
    enum err err = project_no_county(c, e);
    if (err)
        return err;
    if (folder && c->n_arguments) {
        error_set(e, ERR_USAGE, "project.inputs", "--wpp",
                  "files were given beside the folder");
        return error_cure(e, "Give a folder with --wpp, or files.");
    }
    if (folder)
        return project_files_wpp(out, folder, choice, &c->arena, e);
    if (!c->n_arguments) {
        error_set(e, ERR_USAGE, "project.inputs", NULL, "no inputs were given");
        return error_cure(e, "heng project --wpp FOLDER --country 156, heng project "
                             "population.csv mortality.csv fertility.csv, or heng "
                             "project county.db");
    }
    return project_files_long(out, c->arguments, c->n_arguments, choice, &c->arena, e);
}

// --- what is told

static struct str method(const struct cli *c, struct arena *a,
                         const struct project_area *area)
{
    static const char *const en[] = {
        "Nobody comes or goes.", "Net migrants by age are as given.",
        "Net migrants are the given totals by the ages that past populations show.",
        "Net migrants are the given totals by a general age pattern."};
    static const char *const zh[] = {"无迁移。", "净迁移按给定年龄。",
                                     "净迁移总数按以往人口显示的年龄分布分摊。",
                                     "净迁移总数按一般年龄模式分摊。"};
    bool none = area->migrants == PROJECT_MIGRANTS_NONE;
    const char *timing =
        none ? ""
        : area->in.timing == PROJECT_AT_END
            ? cli_say(c, " They come at the end of a step.", "均计在每一步之末。")
            : cli_say(c, " They come evenly over a step.", "在每一步内均匀发生。");
    const struct str name = area->name.n ? area->name : area->code;
    struct str inferred = {"", 0};
    if (area->n_inferred)
        inferred = str_format(
            a,
            cli_say(c,
                    " Up to %d they are what the published populations leave, so that "
                    "these agree by construction.",
                    "%d年以前的净迁移由已公布人口反推，因此该段与公布数必然一致。"),
            area->in.shape.year + (int)area->n_inferred * area->in.shape.width);
    const char *made =
        area->reconstructed
            ? cli_say(c,
                      " The population it begins with is another edition's, carried on "
                      "with this one's births, deaths and totals.",
                      "起始人口取自另一版本，按本版的出生、死亡和总数推算。")
            : "";
    return str_format(a, STR_FMT "%s%s%s" STR_FMT "%s", STR_ARG(name),
                      name.n ? cli_say(c, ": ", "：") : "",
                      none && project_ahead_wanted(c) // trajectories may have migrants
                          ? cli_say(c, "In the projection itself nobody comes or goes.",
                                    "预测本身不计迁移。")
                          : (c->zh ? zh : en)[area->migrants],
                      timing, STR_ARG(inferred), made);
}

enum { MOST_AREAS_TOLD = 12 };

static enum err make_doc(struct cli *c, const struct project_files *files,
                         const struct project_county *county,
                         const struct result *results, size_t n, struct doc **out,
                         struct error *e)
{
    struct doc *d = *out = doc_new(&c->arena, c->zh);
    if (!d)
        return error_memory(e);
    d->title = str_of(cli_say(c, "Population projection", "人口预测"));
    if (!files->n_areas) // accounts alone
        return result_table_doc(d, &results[0], 400, (struct str){"", 0})
                   ? ERR_OK
                   : error_memory(e);
    const struct project_shape *s = &files->areas[0].in.shape;
    d->subtitle = str_format(
        &c->arena, cli_say(c, "%d to %d, steps of %d years", "%d年至%d年，每步%d年"),
        s->year, s->year + (int)s->steps * s->width, s->width);
    bool ok = doc_paragraph(
        d,
        str_of(files->thousands
                   ? cli_say(c, "Cohort components, two sexes. Counts are thousands.",
                             "分性别队列要素法。人数以千计。")
                   : cli_say(c, "Cohort components, two sexes.", "分性别队列要素法。")));
    for (size_t i = 0; i < county->n && i < 3 * MOST_AREAS_TOLD; i++)
        ok &= doc_paragraph(d, county->text[i]);
    for (size_t i = 0; i < files->n_areas && i < MOST_AREAS_TOLD; i++) {
        struct str text = method(c, &c->arena, &files->areas[i]);
        ok &= text.p && doc_paragraph(d, text);
    }
    if (files->nested)
        ok &= doc_paragraph(
            d, str_of(cli_say(
                   c,
                   "Parts add up to the area they are within: people, births and deaths, "
                   "by sex and age at each step, are multiplied by one factor for each "
                   "group. Their migrants are what people, births and deaths leave.",
                   "下级地区各步分性别、年龄的人口、出生和死亡均按同一倍数调整，使合计与"
                   "上级一致；其净迁移由人口、出生和死亡推算。")));
    for (size_t i = 1; i < n; i++)
        ok &= result_table_doc(d, &results[i], 400, (struct str){"", 0});
    return ok ? ERR_OK : error_memory(e);
}

// A sheet for each table.
static enum err write_xlsx(const char *path, const struct result *const *results,
                           size_t n, struct error *e)
{
    struct xlsx_writer *w = NULL;
    enum err err = xlsx_writer_open(&w, path, "Population projection", 0, e);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        const struct result *r = results[i];
        struct str titles[RESULT_MAX_COLUMNS];
        xlsx_sheet(w, str_of(r->name));
        for (size_t k = 0; k < r->n_columns; k++)
            titles[k] = str_of(r->columns[k].name);
        xlsx_header(w, 0, titles, r->n_columns);
        for (size_t row = 0; row < r->n_rows; row++)
            for (size_t k = 0; k < r->n_columns; k++) {
                const struct result_cell *cell = &r->cells[row * r->n_columns + k];
                if (r->columns[k].kind == RESULT_TEXT)
                    xlsx_text(w, (unsigned)row + 1, (unsigned)k, cell->text, XLSX_PLAIN);
                else if (strcmp(r->columns[k].name, "year") == 0)
                    xlsx_year(w, (unsigned)row + 1, (unsigned)k, cell->value, XLSX_PLAIN);
                else
                    xlsx_double(w, (unsigned)row + 1, (unsigned)k, cell->value,
                                (unsigned)r->columns[k].decimals, XLSX_PLAIN);
            }
    }
    return xlsx_writer_close(w, e);
}

struct told { // tables of a run, in the order in which they are given
    struct result results[PROJECT_STUDY_RESULTS + 1];
    size_t n;
};

// A folder without a population, of which the accounts are asked for: nothing else.
static enum err only_accounts(struct cli *c, const struct project_choice *choice,
                              struct told *t, bool *only, struct error *e)
{
    const char *folder = cli_option(c, "wpp");
    bool found = false;
    *only = false;
    if (!folder || !cli_switch(c, "check"))
        return ERR_OK;
    enum err err =
        project_accounts(folder, choice, c->zh, &c->arena, &t->results[0], &found, e);
    t->n = found;
    *only = found && !choice->base;
    return err;
}

// The tables, and what lies ahead of them where it is asked for.
static enum err give(struct cli *c, const struct project_files *files,
                     const struct project_county *county, struct told *t, struct error *e)
{
    struct result *ahead = NULL;
    size_t n_ahead = 0;
    struct doc *d;
    for (size_t i = 0; i < t->n; i++)
        if (!result_ok(&t->results[i]))
            return error_memory(e);
    enum err err = make_doc(c, files, county, t->results, t->n, &d, e);
    if (!err && project_ahead_wanted(c))
        err = project_ahead(c, files, d, &ahead, &n_ahead, e);
    const struct result **given =
        err ? NULL : ARENA_ARRAY(&c->arena, const struct result *, t->n + n_ahead);
    if (!err && !given)
        err = error_memory(e);
    for (size_t i = 0; !err && i < t->n + n_ahead; i++)
        given[i] = i < t->n ? &t->results[i] : &ahead[i - t->n];
    const char *pdf = cli_option(c, "pdf");
    if (!err && pdf)
        err = doc_write_pdf(d, pdf, e);
    if (!err && pdf)
        session_written(c, pdf);
    const char *book = cli_option(c, "xlsx");
    if (!err && book)
        err = write_xlsx(book, given, t->n + n_ahead, e);
    if (!err && book)
        session_written(c, book);
    return err ? err : session_results(c, d, given, t->n + n_ahead, e);
}

enum err run_project(struct cli *c, struct error *e)
{
    struct project_choice choice;
    struct project_files files = {0};
    struct project_county county = {0};
    struct project_projection *list;
    struct told t = {.n = 0};
    bool only = false;
    enum err err = session_outputs(c, e);
    if (!err)
        err = read_choice(c, &choice, e);
    if (!err)
        err = only_accounts(c, &choice, &t, &only, e);
    if (!err && !only)
        err = read_files(c, &choice, &files, &county, e);
    if (!err && !only)
        err = project_study_run(&files, cli_switch(c, "round"), &list, &c->arena, e);
    if (!err && !only)
        err = project_study_keep(&files, list, &choice, &c->arena, e);
    if (err)
        return err;
    if (!only) {
        struct result accounts = t.results[0];
        size_t n = project_study_results(&files, list, cli_switch(c, "check"), c->zh,
                                         &c->arena, t.results);
        if (t.n)
            t.results[n] = accounts;
        t.n += n;
    }
    return give(c, &files, &county, &t, e);
}

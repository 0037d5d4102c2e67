// SPDX-License-Identifier: AGPL-3.0-or-later
// scan: its options made into a question to the kernel.
#include "cli/run_scan.h"
#include "cli/session.h"

#include <stdio.h>
#include <string.h>

static const char *const models[] = {
    [SCAN_BERNOULLI] = "bernoulli",
    [SCAN_POISSON] = "poisson",
    [SCAN_PERMUTATION] = "permutation",
    [SCAN_ORDINAL] = "ordinal",
    NULL,
};
static const char *const spans[] = {"spatial", "temporal", "space-time", "prospective",
                                    NULL};
static const char *const shapes[] = {"circle", "ellipse", "flexible", NULL};
static const char *const rates[] = {"high", "low", "both", NULL};
static const char *const penalties[] = {"none", "medium", "strong", NULL};
static const char *const reports[] = {"no-overlap", "no-centre", "gini", "every-centre",
                                      NULL};

static enum err wrong(const char *option, struct error *e, const char *format, ...)
    PRINTF_LIKE(3, 4);
static enum err wrong(const char *option, struct error *e, const char *format, ...)
{
    char where[64], text[300];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    snprintf(where, sizeof where, "--%s", option);
    return error_set(e, ERR_USAGE, "scan.option", where, "%s", text);
}

// One of the words; *out stays where the option is not given.
static enum err read_word(const struct cli *c, const char *option,
                          const char *const *words, unsigned *out, struct error *e)
{
    const char *text = cli_option(c, option);
    char list[200];
    size_t n = 0;
    if (!text)
        return ERR_OK;
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return ERR_OK;
        }
    for (unsigned i = 0; words[i] && n < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", words[i]);
    (void)wrong(option, e, "\"%s\" is not known", text);
    return error_cure(e, "Take one of: %s.", list);
}

static enum err read_number(const struct cli *c, const char *option, double least,
                            double most, double *out, struct error *e)
{
    const char *text = cli_option(c, option);
    if (!text || (str_to_double(str_of(text), out) && *out >= least && *out <= most))
        return ERR_OK;
    (void)wrong(option, e, "\"%s\" is not a number from %g to %g", text, least, most);
    return error_cure(e, "Write a number in these bounds.");
}

enum err scan_option_count(const struct cli *c, const char *option, double least,
                           double most, uint64_t *out, struct error *e)
{
    int64_t value = 0;
    const char *text = cli_option(c, option);
    if (!text)
        return ERR_OK;
    if (str_to_int(str_of(text), &value) && (double)value >= least &&
        (double)value <= most) {
        *out = (uint64_t)value;
        return ERR_OK;
    }
    (void)wrong(option, e, "\"%s\" is not a whole number from %.0f to %.0f", text, least,
                most);
    return error_cure(e, "Write a whole number in these bounds.");
}

// "50%" of the study period, or "7" steps of time.
static enum err read_most_time(const struct cli *c, struct scan_options *o,
                               struct error *e)
{
    const char *text = cli_option(c, "max-time");
    double value;
    o->most_time_share = 0.5;
    if (!text)
        return ERR_OK;
    struct str s = str_of(text);
    bool share = s.n && s.p[s.n - 1] == '%';
    if (share)
        s.n--;
    if (str_to_double(s, &value) && value > 0 && (share ? value <= 90 : value <= 1e6)) {
        o->most_time_share = share ? value / 100 : 0;
        o->most_times = share ? 0 : (uint32_t)value;
        if (share || o->most_times)
            return ERR_OK;
    }
    (void)wrong("max-time", e, "\"%s\" is not a length of time", text);
    return error_cure(e, "Write steps of time, such as 7, or a share up to 90%%.");
}

static enum err read_limits(const struct cli *c, struct scan_options *o, struct error *e)
{
    double population = 50;
    uint64_t areas = o->shape == SCAN_FLEXIBLE ? 10 : 0, cases = 2, looks = 0;
    uint64_t replications = 999, stop = 0, seed = 1;
    enum err code = read_number(c, "max-population", 0.001, 50, &population, e);
    if (!code)
        code = read_number(c, "max-distance", 1e-9, 1e12, &o->most_distance, e);
    if (!code)
        code = scan_option_count(c, "max-areas", 1, 30, &areas, e);
    if (!code)
        code = read_most_time(c, o, e);
    if (!code)
        code = scan_option_count(c, "min-cases", 1, 1e9, &cases, e);
    if (!code)
        code = scan_option_count(c, "earlier-looks", 0, 1e6, &looks, e);
    if (!code)
        code = scan_option_count(c, "replications", 0, 1e8, &replications, e);
    if (!code)
        code = scan_option_count(c, "stop-after", 1, 1e8, &stop, e);
    if (!code)
        code = scan_option_count(c, "seed", 0, 9e15, &seed, e);
    o->most_population = population / 100;
    o->most_areas = (uint32_t)areas;
    o->least_cases = (uint32_t)cases;
    o->earlier_looks = (uint32_t)looks;
    o->replications = (uint32_t)replications;
    o->stop_after = (uint32_t)stop;
    o->seed = seed;
    return code;
}

static enum err read_kinds(const struct cli *c, struct scan_options *o, struct error *e)
{
    unsigned model = SCAN_BERNOULLI, span = SCAN_SPATIAL, shape = SCAN_CIRCLE;
    unsigned rate = SCAN_HIGH, penalty = SCAN_PENALTY_MEDIUM, report = SCAN_NO_OVERLAP;
    if (!cli_option(c, "model")) {
        (void)wrong("model", e, "the model is not given");
        return error_cure(e, "Take --model bernoulli for cases and controls (boys and "
                             "girls), poisson for cases of a population, permutation for "
                             "cases in space and time, ordinal for categories.");
    }
    enum err code = read_word(c, "model", models, &model, e);
    if (!code && model == SCAN_PERMUTATION)
        span = SCAN_SPACE_TIME;
    if (!code)
        code = read_word(c, "span", spans, &span, e);
    if (!code)
        code = read_word(c, "shape", shapes, &shape, e);
    if (!code)
        code = read_word(c, "rates", rates, &rate, e);
    if (!code)
        code = read_word(c, "penalty", penalties, &penalty, e);
    if (!code)
        code = read_word(c, "report", reports, &report, e);
    o->model = (enum scan_model)model;
    o->span = (enum scan_span)span;
    o->shape = (enum scan_shape)shape;
    o->rates = (enum scan_rates)rate;
    o->penalty = (enum scan_penalty)penalty;
    o->report = (enum scan_report)report;
    return code;
}

// An option that the others make idle is said to be so, not passed over.
static enum err check_idle(const struct cli *c, const struct scan_options *o,
                           struct error *e)
{
    const struct {
        const char *option;
        bool idle;
        const char *why;
    } rules[] = {
        {"penalty", o->shape != SCAN_ELLIPSE, "it is for --shape ellipse"},
        {"max-areas", o->shape != SCAN_FLEXIBLE, "it is for --shape flexible"},
        {"neighbours", o->shape != SCAN_FLEXIBLE, "it is for --shape flexible"},
        {"max-time", o->span == SCAN_SPATIAL, "a scan of space has no times"},
        {"time-unit", o->span == SCAN_SPATIAL, "a scan of space has no times"},
        {"earlier-looks", o->span != SCAN_PROSPECTIVE, "it is for --span prospective"},
        {"controls", o->model != SCAN_BERNOULLI, "it is for --model bernoulli"},
        {"population", o->model != SCAN_POISSON, "it is for --model poisson"},
        {"expected", o->model != SCAN_POISSON, "it is for --model poisson"},
        {"expected", cli_option(c, "population") != NULL,
         "--population gives expected numbers too"},
        {"category", o->model != SCAN_ORDINAL, "it is for --model ordinal"},
        {"map-id", !cli_option(c, "map"), "there is no --map"},
        {"stop-after", o->replications == 0, "there are no replications"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].idle && cli_option(c, rules[i].option)) {
            (void)wrong(rules[i].option, e, "%s", rules[i].why);
            return error_cure(e, "Leave it out.");
        }
    return ERR_OK;
}

static enum err read_columns(struct cli *c, struct scan_columns *columns,
                             struct scan_options *o, struct error *e)
{
    const char *lon = cli_option(c, "lon"), *lat = cli_option(c, "lat");
    const char *x = cli_option(c, "x"), *y = cli_option(c, "y");
    if ((lon || lat) && (x || y)) {
        (void)wrong(x ? "x" : "y", e, "coordinates are given twice");
        return error_cure(e, "Take --lon and --lat for degrees, or --x and --y for a "
                             "plane.");
    }
    if (!lon != !lat || !x != !y) {
        (void)wrong(lon || lat ? (lon ? "lat" : "lon") : (x ? "y" : "x"), e,
                    "one coordinate is missing");
        return error_cure(e, "Name the columns of both.");
    }
    *columns = (struct scan_columns){
        .path = cli_argument(c, "FILE"),
        .area = cli_option(c, "area"),
        .name = cli_option(c, "name"),
        .cases = cli_option(c, "cases"),
        .controls = cli_option(c, "controls"),
        .population = cli_option(c, "population"),
        .expected = cli_option(c, "expected"),
        .x = lon ? lon : x,
        .y = lat ? lat : y,
        .time = cli_option(c, "time"),
        .time_unit = cli_option(c, "time-unit"),
        .category = cli_option(c, "category"),
        .map = cli_option(c, "map"),
        .map_id = cli_option(c, "map-id"),
        .places = cli_option(c, "places"),
        .neighbours = cli_option(c, "neighbours"),
    };
    o->metric = lon ? SCAN_GREAT_CIRCLE : SCAN_CARTESIAN;
    if (columns->places && !columns->x) {
        (void)wrong("places", e, "the columns of its coordinates are not named");
        return error_cure(e, "Add --lon and --lat, or --x and --y.");
    }
    return session_names(c, "covariates", &columns->covariates, &columns->n_covariates,
                         e);
}

enum err scan_options_read(struct cli *c, struct scan_columns *columns,
                           struct scan_options *o, struct error *e)
{
    *o = (struct scan_options){0};
    enum err code = read_kinds(c, o, e);
    if (!code)
        code = read_columns(c, columns, o, e);
    if (!code)
        code = read_limits(c, o, e);
    return code ? code : check_idle(c, o, e);
}

enum err scan_options_for_prm(const struct cli *c, struct error *e)
{
    static const char *const passed[] = {"model",
                                         "name",
                                         "area",
                                         "cases",
                                         "controls",
                                         "population",
                                         "expected",
                                         "lon",
                                         "lat",
                                         "x",
                                         "y",
                                         "places",
                                         "time",
                                         "time-unit",
                                         "category",
                                         "covariates",
                                         "neighbours",
                                         "span",
                                         "shape",
                                         "penalty",
                                         "rates",
                                         "report",
                                         "max-population",
                                         "max-distance",
                                         "max-areas",
                                         "max-time",
                                         "min-cases",
                                         "earlier-looks",
                                         "stop-after"};
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (cli_option(c, passed[i])) {
            (void)wrong(passed[i], e, "the .prm file says this itself");
            return error_cure(e, "Leave the option out, or change the .prm.");
        }
    return ERR_OK;
}

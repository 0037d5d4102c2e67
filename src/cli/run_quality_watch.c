// SPDX-License-Identifier: AGPL-3.0-or-later
// quality watch: counts by period and area, watched by EARS, Farrington or CUSUM.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/period.h"
#include "cli/session.h"
#include "report/quality_doc.h"

enum { STEP_OTHER = PERIOD_KINDS, STEP_WEEK, STEP_NUMBER };
enum { MOST_PERIODS = 20000, MOST_CELLS = 20000000 };

// How a file's periods follow each other.
struct steps {
    int kind; // a period_kind, STEP_WEEK or STEP_NUMBER
    int32_t first, last;
    unsigned season;
    size_t n;
    int32_t *of_row; // first day of each row's period, or its number
};

// ---- options ----

static enum err number_option(const struct cli *c, const char *name, double low,
                              double high, double *out, struct error *e)
{
    const char *text = cli_option(c, name);
    double value;
    if (!text)
        return ERR_OK;
    if (str_to_double(str_of(text), &value) && value >= low && value <= high) {
        *out = value;
        return ERR_OK;
    }
    error_set(e, ERR_USAGE, "quality.number", NULL,
              "--%s %s is not a number from %g to %g", name, text, low, high);
    return error_cure(e, "'heng help quality watch' says what it means");
}

static const struct {
    const char *name;
    enum surveillance_method method;
} methods[] = {{"ears-c1", SURVEILLANCE_EARS_C1},
               {"ears-c2", SURVEILLANCE_EARS_C2},
               {"ears-c3", SURVEILLANCE_EARS_C3},
               {"farrington", SURVEILLANCE_FARRINGTON},
               {"farrington-flexible", SURVEILLANCE_FLEXIBLE},
               {"cusum", SURVEILLANCE_CUSUM}};

static enum err method_option(const struct cli *c, enum surveillance_method *out,
                              struct error *e)
{
    const char *name = cli_option(c, "method");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(name, methods[i].name) == 0) {
            *out = methods[i].method;
            return ERR_OK;
        }
    error_set(e, ERR_USAGE, "quality.method", NULL, "there is no method \"%s\"", name);
    return error_cure(
        e, "ears-c1, ears-c2, ears-c3, farrington, farrington-flexible, cusum");
}

// ---- periods ----

// "2014W05", "2014-W5": the Monday of the ISO week.
static bool iso_week(struct str cell, int32_t *monday)
{
    char text[16];
    int year, week;
    int32_t fourth;
    if (cell.n >= sizeof text)
        return false;
    memcpy(text, cell.p, cell.n);
    text[cell.n] = 0;
    if ((sscanf(text, "%4dW%2d", &year, &week) != 2 &&
         sscanf(text, "%4d-W%2d", &year, &week) != 2) ||
        week < 1 || week > 53 || !date_from_ymd(year, 1, 4, &fourth))
        return false;
    *monday = fourth - (fourth + 3) % 7 + 7 * (week - 1); // 4 January is in week 1
    return true;
}

static int32_t monday_of(int32_t day)
{
    int32_t into = (day + 3) % 7;
    return day - (into < 0 ? into + 7 : into);
}

static int32_t step_by(const struct steps *s, int32_t from, int32_t by)
{
    if (s->kind == STEP_NUMBER)
        return from + by;
    if (s->kind == STEP_WEEK)
        return from + 7 * by;
    return period_step(period_of((enum period_kind)s->kind, from), by).first;
}

static enum err read_period(const struct frame *f, size_t row, size_t column,
                            struct steps *s, int *kind, struct error *e)
{
    struct str cell = frame_cell(f, row, column);
    struct period period;
    struct error why;
    int64_t number;
    int32_t day;
    // short ones are running numbers, and so are all that follow one
    if ((cell.n < 4 || *kind == STEP_NUMBER) && str_to_int(cell, &number) &&
        number >= -1000000 && number <= 1000000) {
        *kind = STEP_NUMBER;
        s->of_row[row] = (int32_t)number;
    } else if (iso_week(cell, &day)) {
        *kind = STEP_WEEK;
        s->of_row[row] = day;
    } else if (!date_parse(cell, &day, &why)) {
        *kind = PERIOD_DAY;
        s->of_row[row] = day;
    } else if (!period_parse(cell, &period, &why)) {
        *kind = (int)period.kind;
        s->of_row[row] = period.first;
    } else
        return frame_error(f, row, column,
                           "Write 201406, 2014Q2, 2014, 2014W23, a date, or a running "
                           "number.",
                           e, "\"" STR_FMT "\" is not a period", STR_ARG(cell));
    return ERR_OK;
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

// Days that are always 7 apart are weeks; always the first of a month, months.
static enum err find_step(const struct frame *f, struct steps *s, struct error *e)
{
    int32_t *sorted = ARENA_ARRAY(f->arena, int32_t, f->n_rows);
    if (!sorted)
        return error_memory(e);
    memcpy(sorted, s->of_row, f->n_rows * sizeof *sorted);
    qsort(sorted, f->n_rows, sizeof *sorted, ascending);
    s->first = sorted[0];
    s->last = sorted[f->n_rows - 1];
    if (s->kind != PERIOD_DAY)
        return ERR_OK;
    bool weeks = true, months = true;
    for (size_t i = 0; i < f->n_rows; i++) {
        int year, month, day;
        date_to_ymd(sorted[i], &year, &month, &day);
        weeks &= (sorted[i] - sorted[0]) % 7 == 0;
        months &= day == 1;
    }
    if (s->first != s->last && weeks)
        s->kind = STEP_WEEK;
    else if (s->first != s->last && months)
        s->kind = PERIOD_MONTH;
    return ERR_OK;
}

static unsigned season_of(int kind)
{
    switch (kind) {
    case PERIOD_DAY:
        return 365;
    case STEP_WEEK:
        return 52;
    case PERIOD_MONTH:
        return 12;
    case PERIOD_QUARTER:
        return 4;
    case PERIOD_HALF:
        return 2;
    default:
        return 1;
    }
}

// --by: dates of single events are brought to their week, month ...
static enum err bring_together(const struct cli *c, const struct frame *f,
                               struct steps *s, struct error *e)
{
    const char *by = cli_option(c, "by");
    enum period_kind kind;
    if (!by)
        return ERR_OK;
    if (strcmp(by, "week") == 0)
        s->kind = STEP_WEEK;
    else if (period_kind_from_name(str_of(by), &kind))
        s->kind = (int)kind;
    else {
        error_set(e, ERR_USAGE, "quality.by", NULL, "--by %s is not a kind of period",
                  by);
        return error_cure(e, "day, week, month, quarter, half or year");
    }
    for (size_t i = 0; i < f->n_rows; i++)
        s->of_row[i] = s->kind == STEP_WEEK
                           ? monday_of(s->of_row[i])
                           : period_of((enum period_kind)s->kind, s->of_row[i]).first;
    return ERR_OK;
}

static enum err read_steps(const struct cli *c, const struct frame *f, struct steps *s,
                           struct error *e)
{
    size_t column;
    int kind = -1, own = -1;
    enum err code = frame_column(f, cli_option(c, "period"), &column, e);
    s->of_row = ARENA_ARRAY(f->arena, int32_t, f->n_rows);
    if (!code && !s->of_row)
        code = error_memory(e);
    for (size_t i = 0; i < f->n_rows && !code; i++) {
        own = kind;
        code = read_period(f, i, column, s, &own, e);
        if (!code && kind >= 0 && own != kind)
            return frame_error(f, i, column, "Give all rows periods of one kind.", e,
                               "this is another kind of period than in the rows above");
        kind = own;
    }
    s->kind = kind;
    if (!code && cli_option(c, "by") && kind != PERIOD_DAY) {
        error_set(e, ERR_USAGE, "quality.by", NULL, "--by needs a column of dates");
        return error_cure(e, "leave it out: the periods of the file are used");
    }
    if (!code)
        code = bring_together(c, f, s, e);
    if (!code && !cli_option(c, "by"))
        code = find_step(f, s, e);
    else if (!code) {
        s->first = s->last = s->of_row[0];
        for (size_t i = 0; i < f->n_rows; i++) {
            s->first = s->of_row[i] < s->first ? s->of_row[i] : s->first;
            s->last = s->of_row[i] > s->last ? s->of_row[i] : s->last;
        }
    }
    double season = 0;
    if (!code)
        code = number_option(c, "season", 1, 366, &season, e);
    s->season = season >= 1 ? (unsigned)season : season_of(s->kind);
    if (!code && s->kind == STEP_NUMBER && season < 1) {
        error_set(e, ERR_USAGE, "quality.season", f->path,
                  "the periods are running numbers: how many make a year is not known");
        return error_cure(e, "say it with --season, such as --season 52");
    }
    return code;
}

// The place of each row's period among all periods from the first to the last, gaps too.
static enum err lay_out(const struct frame *f, struct steps *s, struct quality_series *q,
                        uint32_t *place, struct error *e)
{
    int32_t *days = ARENA_ARRAY(f->arena, int32_t, MOST_PERIODS);
    if (!days)
        return error_memory(e);
    for (int32_t at = s->first; at <= s->last && s->n < MOST_PERIODS;
         at = step_by(s, at, 1))
        days[s->n++] = at;
    if (s->n == MOST_PERIODS || s->n < 2) {
        error_set(e, s->n < 2 ? ERR_INPUT : ERR_LIMIT, "quality.periods", f->path,
                  s->n < 2
                      ? "all rows are of one period: there is no past"
                      : "there are more than 20,000 periods from the first to the last");
        return error_cure(e, s->n < 2 ? "name the column of the periods with --period"
                                      : "look for a period of the wrong century");
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        const int32_t *found =
            bsearch(&s->of_row[i], days, s->n, sizeof *days, ascending);
        place[i] = found ? (uint32_t)(found - days) : UINT32_MAX;
    }
    struct str *names = ARENA_ARRAY(f->arena, struct str, s->n);
    if (!names)
        return error_memory(e);
    for (size_t i = 0; i < s->n; i++) {
        char text[DATE_TEXT_SIZE];
        if (s->kind == STEP_NUMBER)
            names[i] = str_format(f->arena, "%d", (int)days[i]);
        else if (s->kind == STEP_WEEK || s->kind == PERIOD_DAY) {
            date_format(days[i], text);
            names[i] = str_copy(f->arena, str_of(text));
        } else
            names[i] = str_copy(f->arena,
                                str_of(period_of((enum period_kind)s->kind, days[i]).id));
        if (!names[i].p)
            return error_memory(e);
    }
    q->periods = names;
    q->n_periods = (uint32_t)s->n;
    // months are not evenly long, but the year before has the same first days
    q->days = s->kind == STEP_WEEK || s->kind == PERIOD_DAY ? days : NULL;
    q->season = s->season;
    return ERR_OK;
}

// ---- counts ----

static enum err column_of_counts(const struct cli *c, const struct frame *f,
                                 const char *option, int64_t **out, struct error *e)
{
    size_t column;
    const char *name = cli_option(c, option);
    if (!name)
        return ERR_OK;
    enum err code = frame_column(f, name, &column, e);
    return code ? code : frame_counts(f, column, true, out, e);
}

// Adds the rows up by area and period. A cell without rows is 0 where rows are events,
// else a gap.
static enum err add_up(const struct cli *c, const struct frame *f,
                       const struct frame_groups *areas, const uint32_t *place,
                       struct quality_series *q, struct error *e)
{
    int64_t *count = NULL, *of = NULL, *boys = NULL, *girls = NULL;
    enum err code = column_of_counts(c, f, "count", &count, e);
    if (!code)
        code = column_of_counts(c, f, "of", &of, e);
    if (!code)
        code = column_of_counts(c, f, "boys", &boys, e);
    if (!code)
        code = column_of_counts(c, f, "girls", &girls, e);
    if (code)
        return code;
    size_t cells = 0;
    if (!size_mul(areas->n, q->n_periods, &cells) || cells > MOST_CELLS) {
        error_set(e, ERR_LIMIT, "quality.cells", f->path,
                  "%u areas x %u periods are too many", areas->n, q->n_periods);
        return error_cure(e, "watch fewer areas, or longer periods");
    }
    double *counts = ARENA_ARRAY(f->arena, double, cells);
    double *ofs = of || girls ? ARENA_ARRAY(f->arena, double, cells) : NULL;
    if (!counts || ((of || girls) && !ofs))
        return error_memory(e);
    bool zero = cli_switch(c, "missing-is-zero") || (!count && !boys);
    for (size_t i = 0; i < cells && !zero; i++)
        counts[i] = NAN;
    for (size_t i = 0; i < f->n_rows; i++) {
        if (place[i] == UINT32_MAX)
            continue;
        size_t at = (size_t)areas->of_row[i] * q->n_periods + place[i];
        int64_t n = boys ? boys[i] : count ? count[i] : 1;
        counts[at] = (isnan(counts[at]) ? 0 : counts[at]) + (double)n;
        if (ofs)
            ofs[at] += (double)(girls ? n + girls[i] : of[i]);
        if (ofs && counts[at] > ofs[at] && of)
            return frame_error(f, i, 0,
                               "A part cannot be larger than what it is part of.", e,
                               "there are more cases (%.0f) than what they are of (%.0f)",
                               counts[at], ofs[at]);
    }
    q->counts = counts;
    q->ofs = ofs;
    const char *name = cli_option(c, boys ? "boys" : "count");
    q->count = str_of(name ? name : cli_say(c, "rows", "行数"));
    return ERR_OK;
}

static enum err read_areas(const struct cli *c, const struct frame *f,
                           struct frame_groups *out, struct error *e)
{
    const char *name = cli_option(c, "area");
    size_t column;
    if (name) {
        enum err code = frame_column(f, name, &column, e);
        return code ? code : frame_groups(f, &column, 1, out, e);
    }
    out->n = 1;
    out->of_row = ARENA_ARRAY(f->arena, uint32_t, f->n_rows);
    out->names = ARENA_ARRAY(f->arena, struct str, 1);
    if (!out->of_row || !out->names)
        return error_memory(e);
    out->names[0] = str_of(cli_say(c, "all", "全部"));
    return ERR_OK;
}

// ---- what is watched for ----

// Boys per 100 girls, or a share of --of: what is usual, and what is to be found.
static enum err cusum_options(const struct cli *c, struct quality_series *q,
                              struct error *e)
{
    bool ratio = cli_option(c, "girls") != NULL;
    double reference = ratio ? 106.3 : NAN, detect = ratio ? 115 : NAN;
    double low = ratio ? 1 : 1e-9, high = ratio ? 10000 : 1 - 1e-9;
    if (!q->ofs) {
        error_set(e, ERR_USAGE, "quality.of", NULL,
                  "cusum watches a share: what the count is a part of is not named");
        return error_cure(e, "name it with --of, or give --boys and --girls");
    }
    enum err code = number_option(c, "reference", low, high, &reference, e);
    if (!code)
        code = number_option(c, "detect", low, high, &detect, e);
    q->false_alarms = 1;
    if (!code)
        code = number_option(c, "false-alarms", 1e-6, 1e6, &q->false_alarms, e);
    if (code)
        return code;
    double cases = 0, all = 0;
    for (size_t i = 0; i < (size_t)q->n_areas * q->n_periods; i++)
        if (!isnan(q->counts[i])) {
            cases += q->counts[i];
            all += q->ofs[i];
        }
    double share = ratio ? reference / (100 + reference) : reference;
    if (isnan(share))
        share = all > 0 ? cases / all : NAN;
    double odds = 1.5 * share / (1 - share);
    double out = ratio           ? detect / (100 + detect)
                 : isnan(detect) ? odds / (1 + odds)
                                 : detect;
    if (!(share > 0 && share < 1 && out > 0 && out < 1 && share != out)) {
        error_set(e, ERR_INPUT, "quality.share", NULL,
                  "a share of %g cannot be told from one of %g", out, share);
        return error_cure(e, "give --reference and --detect two different values");
    }
    q->options.share = share;
    q->options.share_out = out;
    return ERR_OK;
}

static enum err series_options(const struct cli *c, struct quality_series *q,
                               struct error *e)
{
    enum surveillance_method method = SURVEILLANCE_CUSUM;
    enum err code = method_option(c, &method, e);
    if (code)
        return code;
    q->options = surveillance_defaults(method);
    double years = q->options.years, window = q->season >= 52 ? 3 : 1;
    double baseline = q->options.baseline, seed = 1,
           last = q->season < 12 ? 12 : q->season;
    code = number_option(c, "alpha", 1e-9, 0.5, &q->options.alpha, e);
    if (!code)
        code = number_option(c, "years", 1, 30, &years, e);
    if (!code)
        code = number_option(c, "window", 0, 26, &window, e);
    if (!code)
        code = number_option(c, "baseline", 3, 1000, &baseline, e);
    if (!code)
        code = number_option(c, "seed", 0, 1e15, &seed, e);
    if (!code)
        code = number_option(c, "last", 1, MOST_PERIODS, &last, e);
    if (code)
        return code;
    q->options.years = (unsigned)years;
    q->options.half_window = (unsigned)window;
    q->options.baseline = (unsigned)baseline;
    q->options.as_published = cli_switch(c, "as-published");
    q->seed = (uint64_t)seed;
    if (q->season <
        52) { // as much of a year as weekly data leave out, and no more blocks
        q->options.leave_out =
            method == SURVEILLANCE_FLEXIBLE ? (q->season + 1) / 2 : (unsigned)window;
        unsigned between = q->season > 2 * q->options.half_window + 1
                               ? q->season - 2 * q->options.half_window - 1
                               : 0;
        if (q->options.blocks > between + 1)
            q->options.blocks = between + 1;
    }
    q->from = method == SURVEILLANCE_CUSUM || last >= q->n_periods
                  ? 0
                  : q->n_periods - (size_t)last;
    return method == SURVEILLANCE_CUSUM ? cusum_options(c, q, e) : ERR_OK;
}

enum err run_quality_watch(struct cli *c, struct error *e)
{
    struct frame f;
    struct steps steps = {0};
    struct frame_groups areas = {0};
    struct quality_series q = {0};
    struct quality_page page = {0};
    struct pool *pool = NULL;
    double threads = 0;
    enum err code = session_outputs(c, e);
    if (!code)
        code = frame_read(&f, cli_argument(c, "FILE"), &c->arena, e);
    if (!code)
        code = read_steps(c, &f, &steps, e);
    uint32_t *place = code ? NULL : ARENA_ARRAY(&c->arena, uint32_t, f.n_rows);
    if (!code && !place)
        code = error_memory(e);
    if (!code)
        code = lay_out(&f, &steps, &q, place, e);
    if (!code)
        code = read_areas(c, &f, &areas, e);
    if (code)
        return code;
    const char *slash = strrchr(f.path, '/');
    q.file = str_of(slash ? slash + 1 : f.path);
    q.ratio = cli_option(c, "girls") != NULL;
    q.n_areas = areas.n;
    q.areas = areas.names;
    code = add_up(c, &f, &areas, place, &q, e);
    if (!code)
        code = series_options(c, &q, e);
    if (!code)
        code = number_option(c, "threads", 1, 256, &threads, e);
    if (!code)
        code = pool_open(&pool, (unsigned)threads, e);
    if (!code)
        code = quality_doc_series(&q, pool, &c->arena, c->zh, &page, e);
    pool_close(pool);
    if (!code)
        code = session_results(c, page.doc, page.results, page.n_results, e);
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// srb: sex ratios at birth of a file, with their doubt.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/geojson.h"
#include "cli/run_srb_smooth.h"
#include "cli/session.h"
#include "report/srb_doc.h"
#include "stats/reference.h"

struct run {
    struct cli *c;
    struct error *e;
    struct frame f;
    struct srb_input in;
    struct frame_groups areas[SRB_MAX_LEVELS], orders, periods;
    size_t area_columns[SRB_MAX_LEVELS];
    struct srb_study study;
    struct srb_page page;
    struct geo map;
};

// Options -----------------------------------------------------------------------------

static enum err bad_option(struct run *r, const char *name, const char *found,
                           const char *expected, const char *cure)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", name);
    error_set(r->e, ERR_USAGE, "srb.option", where, "'%.80s' is not %s", found, expected);
    return error_cure(r->e, "%s", cure);
}

static enum err share_option(struct run *r, const char *name, double *out)
{
    const char *text = cli_option(r->c, name);
    double value;
    if (!text)
        return ERR_OK;
    if (!str_to_double(str_of(text), &value) || !(value > 0.01) || !(value < 0.9999))
        return bad_option(r, name, text, "a share between 0.01 and 0.9999",
                          "Write for instance 0.95.");
    *out = value;
    return ERR_OK;
}

// "115,105"
static bool two_numbers(const char *text, double out[2])
{
    struct str head, rest;
    return str_split(str_of(text), ',', &head, &rest) &&
           str_to_double(str_trim(head), &out[0]) &&
           str_to_double(str_trim(rest), &out[1]);
}

static bool is_ratio(double value)
{
    return value >= 1 && value <= 10000;
}

static enum err own_reference(struct run *r, const char *text)
{
    const char *interval = cli_option(r->c, "reference-interval");
    struct srb_reference *reference = &r->in.reference;
    double ends[2];
    if (!str_to_double(str_of(text), &reference->ratio) || !is_ratio(reference->ratio))
        return bad_option(r, "reference", text, "a ratio of boys for 100 girls",
                          "Write for instance --reference 106 (not 1.06).");
    if (reference->ratio < 20)
        return bad_option(r, "reference", text, "a ratio of boys for 100 girls",
                          "Write boys for 100 girls: 106 and not 1.06.");
    reference->log_sd = 0;
    if (!interval)
        return ERR_OK;
    if (!two_numbers(interval, ends) || !is_ratio(ends[0]) || !is_ratio(ends[1]) ||
        !(ends[0] <= reference->ratio) || !(reference->ratio <= ends[1]))
        return bad_option(r, "reference-interval", interval,
                          "two ratios with the reference between them",
                          "Write for instance --reference 106 --reference-interval "
                          "105,107.");
    reference->log_sd = reference_log_sd(ends[0], ends[1]);
    r->page.reference_low = ends[0];
    r->page.reference_high = ends[1];
    return ERR_OK;
}

static enum err no_region(struct run *r, const char *name)
{
    struct buf list = BUF_INIT(4096);
    for (size_t i = 0; i < reference_count(); i++)
        buf_printf(&list, "%s%s", i ? "; " : "",
                   r->c->zh ? reference_at(i)->name_zh : reference_at(i)->name);
    error_set(r->e, ERR_NOT_FOUND, "srb.region", "--region",
              "'%.60s' is no region with a known reference", name);
    error_cure(r->e, "Choose one of: " STR_FMT "; or give --reference.",
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

static enum err read_reference(struct run *r)
{
    const char *own = cli_option(r->c, "reference"), *name = cli_option(r->c, "region");
    r->page.reference_low = r->page.reference_high = NAN;
    if (own && name) {
        error_set(r->e, ERR_USAGE, "srb.reference", "--reference",
                  "--reference and --region are both given");
        return error_cure(r->e, "Keep one of them.");
    }
    if (own)
        return own_reference(r, own);
    if (cli_option(r->c, "reference-interval")) {
        error_set(r->e, ERR_USAGE, "srb.reference", "--reference-interval",
                  "an interval is given without its reference");
        return error_cure(r->e, "Add --reference.");
    }
    const struct reference *found = reference_find(str_of(name ? name : "Eastern Asia"));
    if (!found)
        return no_region(r, name);
    r->in.reference =
        (struct srb_reference){found->ratio, reference_log_sd(found->low, found->high)};
    r->page.reference_name = str_of(r->c->zh ? found->name_zh : found->name);
    r->page.reference_low = found->low;
    r->page.reference_high = found->high;
    r->page.reference_is_default = !name;
    return ERR_OK;
}

static enum err read_compare(struct run *r)
{
    const char *text = cli_option(r->c, "compare");
    if (!text)
        return ERR_OK;
    if (!str_split(str_of(text), ':', &r->in.compare_a, &r->in.compare_b) ||
        !str_trim(r->in.compare_a).n || !str_trim(r->in.compare_b).n)
        return bad_option(r, "compare", text, "two names with a colon between them",
                          "Write for instance --compare 2014:2010.");
    r->in.compare_a = str_trim(r->in.compare_a);
    r->in.compare_b = str_trim(r->in.compare_b);
    if (str_equal(r->in.compare_a, r->in.compare_b))
        return bad_option(r, "compare", text, "two different names",
                          "Write for instance --compare 2014:2010.");
    return ERR_OK;
}

// Counts ------------------------------------------------------------------------------

static enum err column_of(struct run *r, const char *option, size_t *column)
{
    return frame_column(&r->f, cli_option(r->c, option), column, r->e);
}

enum sex { SEX_BOY, SEX_GIRL, SEX_UNKNOWN, SEX_WRONG };

static enum sex sex_of(struct str text)
{
    static const char *const words[][16] = {
        {"m", "male", "boy", "boys", "males", "1", "男", "男性", "男孩", "男婴", "b"},
        {"f", "female", "girl", "girls", "females", "2", "女", "女性", "女孩", "女婴",
         "g"},
        {"", "u", "unknown", "0", "9", "?", "na", "未知", "不详", "未说明", "性别不明",
         "3", "i", "other"}};
    for (size_t sex = 0; sex < 3; sex++)
        for (size_t i = 0; i < 16 && words[sex][i]; i++)
            if (str_equal_fold(text, str_of(words[sex][i])))
                return (enum sex)sex;
    return SEX_WRONG;
}

static enum err counts_by_sex(struct run *r)
{
    struct frame *f = &r->f;
    size_t sex_column, count_column;
    int64_t *births = NULL;
    enum err code = column_of(r, "sex", &sex_column);
    if (!code && cli_option(r->c, "count")) {
        code = column_of(r, "count", &count_column);
        if (!code)
            code = frame_counts(f, count_column, true, &births, r->e);
    }
    if (code)
        return code;
    int64_t *boys = ARENA_ARRAY(f->arena, int64_t, f->n_rows + 1);
    int64_t *girls = ARENA_ARRAY(f->arena, int64_t, f->n_rows + 1);
    if (!boys || !girls)
        return error_memory(r->e);
    for (size_t i = 0; i < f->n_rows; i++) {
        struct str text = frame_cell(f, i, sex_column);
        int64_t n = births ? births[i] : 1;
        switch (sex_of(text)) {
        case SEX_BOY:
            boys[i] = n;
            break;
        case SEX_GIRL:
            girls[i] = n;
            break;
        case SEX_UNKNOWN:
            r->page.unknown_sex += (uint64_t)n;
            break;
        case SEX_WRONG:
            return frame_error(f, i, sex_column,
                               "Write m and f, 1 and 2 or 男 and 女; leave what is "
                               "not known empty.",
                               r->e, "'%.*s' is no sex that is known here",
                               text.n > 60 ? 60 : (int)text.n, text.p);
        }
    }
    r->in.boys = boys;
    r->in.girls = girls;
    return ERR_OK;
}

static enum err read_counts(struct run *r)
{
    bool boys = cli_option(r->c, "boys"), girls = cli_option(r->c, "girls"),
         sex = cli_option(r->c, "sex");
    size_t column, boys_column = 0;
    int64_t *out;
    if (sex && !boys && !girls)
        return counts_by_sex(r);
    if (sex || !boys || !girls) {
        error_set(r->e, ERR_USAGE, "srb.counts", NULL,
                  sex ? "--sex is given together with --boys or --girls"
                      : "which columns count the births is not said");
        return error_cure(r->e, "Give --boys COL and --girls COL, or --sex COL (and "
                                "--count COL where a row is more than one birth).");
    }
    enum err code = column_of(r, "boys", &column);
    if (!code)
        code = frame_counts(&r->f, column, true, &out, r->e);
    if (!code) {
        r->in.boys = out;
        boys_column = column;
        code = column_of(r, "girls", &column);
    }
    if (!code && column == boys_column) {
        error_set(r->e, ERR_USAGE, "srb.counts", "--girls",
                  "--boys and --girls name the same column");
        code = error_cure(r->e, "Name a column for each.");
    }
    if (!code)
        code = frame_counts(&r->f, column, true, &out, r->e);
    if (!code)
        r->in.girls = out;
    return code;
}

// Groups ------------------------------------------------------------------------------

static enum err one_group(struct run *r, const char *option, struct frame_groups *groups,
                          const struct frame_groups **out)
{
    size_t column;
    if (!cli_option(r->c, option))
        return ERR_OK;
    enum err code = column_of(r, option, &column);
    if (!code)
        code = frame_groups(&r->f, &column, 1, groups, r->e);
    if (!code)
        code = frame_groups_sort(&r->f, groups, r->e);
    *out = groups;
    return code;
}

static enum err read_groups(struct run *r)
{
    const char *const *names;
    unsigned n;
    enum err code = session_names(r->c, "area", &names, &n, r->e);
    if (code)
        return code;
    if (n > SRB_MAX_LEVELS) {
        error_set(r->e, ERR_USAGE, "srb.levels", "--area",
                  "%u levels of areas are given, and at most %d are expected", n,
                  (int)SRB_MAX_LEVELS);
        return error_cure(r->e, "Leave out some of them.");
    }
    for (unsigned i = 0; i < n; i++) {
        code = frame_column(&r->f, names[i], &r->area_columns[i], r->e);
        for (unsigned k = 0; !code && k < i; k++)
            if (r->area_columns[k] == r->area_columns[i]) {
                error_set(r->e, ERR_USAGE, "srb.levels", "--area",
                          "the column \"%.80s\" is named twice", names[i]);
                code = error_cure(r->e, "Name each level once, the outermost first.");
            }
        if (!code)
            code = frame_groups(&r->f, r->area_columns, i + 1, &r->areas[i], r->e);
        if (code)
            return code;
        r->in.areas[i] = &r->areas[i];
        r->in.area_columns[i] = r->f.names[r->area_columns[i]];
    }
    r->in.n_levels = n;
    code = one_group(r, "order", &r->orders, &r->in.orders);
    return code ? code : one_group(r, "period", &r->periods, &r->in.periods);
}

// Map ---------------------------------------------------------------------------------

// The level (from the innermost) of which the map knows most areas, by the texts of its
// own column.
static enum err match_map(struct run *r)
{
    struct frame *f = &r->f;
    size_t best = 0;
    for (size_t level = r->in.n_levels; level-- > 0;) {
        struct frame_groups own; // by the last column alone
        enum err code = frame_groups(f, &r->area_columns[level], 1, &own, r->e);
        uint32_t *shape = ARENA_ARRAY(f->arena, uint32_t, (size_t)own.n + 1);
        uint32_t *group = ARENA_ARRAY(f->arena, uint32_t, (size_t)r->map.n + 1);
        if (!code && (!shape || !group))
            code = error_memory(r->e);
        if (!code)
            code = geojson_match(&r->map, own.names, own.n, shape, f->arena, r->e);
        if (code)
            return code;
        for (uint32_t i = 0; i < r->map.n; i++)
            group[i] = UINT32_MAX;
        // two areas of one name: which of them the shape is, cannot be known
        enum { MANY = UINT32_MAX - 1 };
        size_t found = 0;
        for (size_t i = 0; i < f->n_rows; i++) {
            uint32_t at = shape[own.of_row[i]], mine = r->areas[level].of_row[i];
            if (at != UINT32_MAX && group[at] != mine)
                group[at] = group[at] == UINT32_MAX ? mine : MANY;
        }
        for (uint32_t i = 0; i < r->map.n; i++) {
            group[i] = group[i] == MANY ? UINT32_MAX : group[i];
            found += group[i] != UINT32_MAX;
        }
        if (found > best) {
            best = found;
            r->page.map = &r->map;
            r->page.map_group = group;
            r->page.map_level = level;
        }
    }
    if (best)
        return ERR_OK;
    error_set(r->e, ERR_NOT_FOUND, "srb.map", cli_option(r->c, "map"),
              "none of the file's areas is in the map, whose first area is '" STR_FMT "'",
              STR_ARG(r->map.ids[0]));
    return error_cure(r->e, "Name the property that holds the areas' names or codes "
                            "(--map-id), and the same column with --area.");
}

static enum err read_map(struct run *r)
{
    const char *path = cli_option(r->c, "map");
    if (!path)
        return ERR_OK;
    if (!r->in.n_levels) {
        error_set(r->e, ERR_USAGE, "srb.map_area", "--map",
                  "a map needs the column of areas");
        return error_cure(r->e, "Add --area COL.");
    }
    struct frame_groups own;
    enum err code =
        frame_groups(&r->f, &r->area_columns[r->in.n_levels - 1], 1, &own, r->e);
    struct geojson_options options = {.id = cli_option(r->c, "map-id")};
    if (!code) {
        options.known = own.names;
        options.n_known = own.n;
        code = geojson_read(&r->map, path, &options, r->f.arena, r->e);
    }
    return code ? code : match_map(r);
}

// --tell ------------------------------------------------------------------------------

static enum err tell(struct run *r)
{
    const char *text = cli_option(r->c, "tell");
    double ratios[2], power = 0.8;
    enum err code = share_option(r, "power", &power);
    if (!code && (!two_numbers(text, ratios) || !is_ratio(ratios[0]) ||
                  !is_ratio(ratios[1]) || ratios[0] == ratios[1]))
        code = bad_option(r, "tell", text, "two different ratios of boys for 100 girls",
                          "Write for instance --tell 115,105.");
    if (code)
        return code;
    double one = srb_sample(ratios[0], ratios[1], r->in.level, power);
    double each = srb_sample_each(ratios[0], ratios[1], r->in.level, power);
    buf_printf(
        &r->c->out,
        cli_say(r->c,
                "%.0f births tell a ratio of %g from a reference of %g (two-sided, "
                "level %g, power %g).\n%.0f births in each tell two groups with "
                "these ratios apart.\n",
                "%.0f 例出生可把性别比 %g 与参考值 %g 区分开（双侧，置信水平 "
                "%g，功效 %g）。\n每组各 %.0f 例可把这样的两组区分开。\n"),
        one, ratios[0], ratios[1], r->in.level, power, each);
    return ERR_OK;
}

static enum err write_out(struct run *r)
{
    struct result results[SRB_DOC_RESULTS];
    const struct result *list[SRB_DOC_RESULTS];
    struct doc *d = srb_doc_make(&r->c->arena, &r->page);
    size_t n = srb_doc_results(&r->c->arena, &r->page, results);
    if (!d)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++)
        list[i] = &results[i];
    return session_results(r->c, d, list, n, r->e);
}

static enum err study(struct run *r, const char *path)
{
    enum err code = read_reference(r);
    if (!code)
        code = read_compare(r);
    if (!code)
        code = frame_read(&r->f, path, &r->c->arena, r->e);
    if (!code)
        code = read_counts(r);
    if (!code)
        code = read_groups(r);
    r->in.n = r->f.n_rows;
    if (!code)
        code = srb_study_make(&r->study, &r->in, &r->c->arena, r->e);
    if (!code)
        code = read_map(r);
    if (code)
        return code;
    const char *base = strrchr(path, '/');
    r->page.study = &r->study;
    r->page.file = str_of(base ? base + 1 : path);
    r->page.rows = r->f.n_rows;
    r->page.zh = r->c->zh;
    if (cli_switch(r->c, "smooth")) {
        size_t inner = r->in.n_levels ? r->in.n_levels - 1 : 0;
        return run_srb_smooth(
            r->c,
            &(struct srb_smooth_task){&r->in, &r->page, &r->f, r->area_columns[inner]},
            r->e);
    }
    return write_out(r);
}

// Options that go together -----------------------------------------------------------

static bool named(const char *name, const char *const *list)
{
    while (*list && strcmp(name, *list) != 0)
        list++;
    return *list;
}

// An option that would be passed over is an error: who gave it believes that it acts.
static enum err together(const struct cli *c, struct error *e)
{
    static const char *const smooth[] = {"neighbours", "time",   "interaction",
                                         "covariate",  "spread", NULL};
    static const char *const ccm[] = {
        "model",    "ratio",  "log-ratio", "sd",     "source",   "registered", "births",
        "areas",    "prior",  "ar1",       "always", "earliest", "until",      "begins",
        "validate", "chains", "draws",     "thin",   "table",    NULL};
    static const char *const neither_of_ccm[] = {"sex", "count",  "order", "compare",
                                                 "map", "map-id", NULL};
    bool is_smooth = cli_switch(c, "smooth"), is_ccm = cli_switch(c, "ccm");
    for (size_t i = 0; i < c->n_given; i++) {
        const char *name = c->given[i].option->name, *needs = NULL;
        char where[48];
        snprintf(where, sizeof where, "--%s", name);
        if (is_ccm && (strcmp(name, "smooth") == 0 || strcmp(name, "tell") == 0 ||
                       named(name, smooth) || named(name, neither_of_ccm))) {
            error_set(e, ERR_USAGE, "srb.together", where, "it does not go with --ccm");
            return error_cure(e, "Leave out one of them.");
        }
        if (!is_smooth && named(name, smooth))
            needs = "--smooth";
        else if (!is_ccm && named(name, ccm))
            needs = "--ccm";
        else if (strcmp(name, "power") == 0 && !cli_option(c, "tell"))
            needs = "--tell";
        if (needs) {
            error_set(e, ERR_USAGE, "srb.together", where, "it has no effect without %s",
                      needs);
            return error_cure(e, "Add %s, or leave it out.", needs);
        }
        if (cli_option(c, "tell") && strcmp(name, "tell") != 0 &&
            strcmp(name, "power") != 0 && strcmp(name, "level") != 0 &&
            strcmp(name, "lang") != 0) {
            error_set(e, ERR_USAGE, "srb.together", where, "it does not go with --tell");
            return error_cure(e, "--tell reads no file and writes none; it takes --power "
                                 "and --level.");
        }
    }
    if (cli_option(c, "tell") && cli_argument(c, "FILE")) {
        error_set(e, ERR_USAGE, "srb.together", "--tell", "it reads no file");
        return error_cure(e, "Leave out the file, or --tell.");
    }
    return session_outputs(c, e);
}

enum err run_srb(struct cli *c, struct error *e)
{
    enum err code = together(c, e);
    if (code)
        return code;
    if (cli_switch(c, "ccm"))
        return run_srb_ccm(c, e);
    struct run *r = ARENA_NEW(&c->arena, struct run);
    if (!r)
        return error_memory(e);
    r->c = c;
    r->e = e;
    r->in.level = 0.95;
    r->in.found_below = 0.05;
    code = share_option(r, "level", &r->in.level);
    if (code)
        return code;
    const char *path = cli_argument(c, "FILE");
    if (cli_option(c, "tell"))
        return tell(r);
    if (!path) {
        error_set(e, ERR_USAGE, "srb.file", NULL, "no file is given");
        return error_cure(e, "heng srb births.csv --area COL --boys COL --girls COL");
    }
    return study(r, path);
}

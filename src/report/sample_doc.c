// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/sample_doc.h"

#include <math.h>

#include "report/result_table.h"

struct page {
    struct sample_doc *out;
    const struct sample_page *in;
    struct doc *doc;
    struct arena *a;
    bool zh, no_memory;
};

__attribute__((format_arg(2), format_arg(3))) static const char *
say(const struct page *p, const char *en, const char *zh)
{
    return p->zh ? zh : en;
}

static void paragraph(struct page *p, struct str text)
{
    p->no_memory |= !text.p || !doc_paragraph(p->doc, text);
}

// A new table of figures, its columns copied so that they outlive the caller.
static struct result *figures(struct page *p, const char *name, struct str title,
                              const struct result_column *columns, size_t n)
{
    struct result_column *kept = ARENA_ARRAY(p->a, struct result_column, n);
    struct result *r = &p->out->results[p->out->n_results++];
    for (size_t i = 0; kept && i < n; i++)
        kept[i] = columns[i];
    *r = result_new(p->a, name, title, kept ? kept : columns, kept ? n : 0);
    p->no_memory |= !kept || !title.p;
    return r;
}

static enum err begin(struct page *p, struct sample_doc *out,
                      const struct sample_page *page, struct arena *a, bool zh,
                      struct error *e)
{
    *out = (struct sample_doc){.doc = doc_new(a, zh)};
    *p = (struct page){.out = out, .in = page, .doc = out->doc, .a = a, .zh = zh};
    return out->doc ? ERR_OK : error_memory(e);
}

static enum err end(const struct page *p, struct error *e)
{
    bool ok = !p->no_memory;
    for (size_t i = 0; i < p->out->n_results; i++)
        ok &= result_ok(&p->out->results[i]);
    return ok ? ERR_OK : error_memory(e);
}

// ---- the plan and its curve ----

static struct str plan_in_words(struct page *p)
{
    const struct sample_page *in = p->in;
    struct str lot =
        in->size ? str_format(p->a, say(p, "From %lld records", "从 %lld 份记录中"),
                              (long long)in->size)
                 : str_of(say(p, "From a lot without end", "从数量不限的记录中"));
    return str_format(
        p->a,
        say(p,
            STR_FMT " draw %lld at random. With at most %lld wrong the register is "
                    "accepted, with %lld or more it is refused. A register of which %g "
                    "%% is wrong is refused by chance in %.1f of 100 audits (alpha); one "
                    "of which %g %% is wrong is accepted in %.1f of 100 (beta).",
            STR_FMT "随机抽取 %lld 份。不合格不超过 %lld 份的，判为通过；达到 %lld "
                    "份的，判为不通过。不合格率为 %g%% 的登记册，每 100 次抽查约有 %.1f "
                    "次被误判为不通过（α）；不合格率为 %g%% 的，约有 %.1f "
                    "次被误判为通过（β）。"),
        STR_ARG(lot), (long long)in->plan.n, (long long)in->plan.d,
        (long long)in->plan.d + 1, 100 * in->p0, 100 * in->plan.alpha, 100 * in->p1,
        100 * in->plan.beta);
}

static void add_plan(struct page *p)
{
    const struct sample_page *in = p->in;
    const struct result_column columns[] = {
        {"size", say(p, "records", "记录数"), RESULT_COUNT, 0, NULL},
        {"p0", say(p, "good", "可接受"), RESULT_NUMBER, 3,
         say(p, "share wrong", "不合格率")},
        {"p1", say(p, "bad", "不可接受"), RESULT_NUMBER, 3,
         say(p, "share wrong", "不合格率")},
        {"alpha_most", NULL, RESULT_NUMBER, 4, NULL},
        {"beta_most", NULL, RESULT_NUMBER, 4, NULL},
        {"n", say(p, "draw (n)", "抽取 (n)"), RESULT_COUNT, 0, NULL},
        {"d", say(p, "accept to (d)", "通过上限 (d)"), RESULT_COUNT, 0, NULL},
        {"alpha", say(p, "alpha", "α"), RESULT_NUMBER, 4, say(p, "errors", "误判概率")},
        {"beta", say(p, "beta", "β"), RESULT_NUMBER, 4, say(p, "errors", "误判概率")},
    };
    struct result *r = figures(p, "plan", str_of(say(p, "The plan", "抽查方案")), columns,
                               sizeof columns / sizeof *columns);
    const double values[] = {in->size ? (double)in->size : NAN,
                             in->p0,
                             in->p1,
                             in->alpha,
                             in->beta,
                             (double)in->plan.n,
                             (double)in->plan.d,
                             in->plan.alpha,
                             in->plan.beta};
    struct result_cell *row = result_row(r);
    for (size_t i = 0; i < r->n_columns; i++)
        row[i].value = values[i];
    p->no_memory |= !result_table_doc(p->doc, r, 0, STR(""));
}

static void add_curve(struct page *p)
{
    const struct sample_page *in = p->in;
    const struct result_column columns[] = {
        {"share", NULL, RESULT_NUMBER, 4, NULL},
        {"percent", say(p, "wrong, %", "不合格率 %"), RESULT_NUMBER, 2, NULL},
        {"wrong", in->size ? say(p, "records wrong", "不合格数") : NULL, RESULT_COUNT, 0,
         NULL},
        {"accepts", say(p, "chance to be accepted", "通过的概率"), RESULT_NUMBER, 4,
         NULL},
    };
    struct str title = str_of(say(p, "Chance to be accepted, by the share that is wrong",
                                  "不同不合格率下通过的概率（操作特征曲线）"));
    struct result *r =
        figures(p, "curve", title, columns, sizeof columns / sizeof *columns);
    double shares[SAMPLE_CURVE_MOST];
    size_t n = sample_curve(in->size, in->p0, in->p1, shares);
    struct str *labels = ARENA_ARRAY(p->a, struct str, n);
    double *accepts = ARENA_ARRAY(p->a, double, n);
    if (!labels || !accepts) {
        p->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        accepts[i] = sample_accepts(in->size, shares[i], in->plan.n, in->plan.d);
        labels[i] = str_format(p->a, "%g %%", round(1e4 * shares[i]) / 100);
        p->no_memory |= !labels[i].p;
        struct result_cell *row = result_row(r);
        row[0].value = shares[i];
        row[1].value = 100 * shares[i];
        row[2].value = in->size ? (double)sample_wrong_in(in->size, shares[i]) : NAN;
        row[3].value = accepts[i];
        accepts[i] *= 100;
    }
    struct series line = {.label = str_of(say(p, "accepted", "通过")), .value = accepts};
    struct doc_chart chart = {.form = CHART_FORM_LINE,
                              .title = title,
                              .value_label = str_of(say(p, "accepted, %", "通过，%")),
                              .categories = labels,
                              .n_categories = n,
                              .series = &line,
                              .n_series = 1,
                              .decimals = 1,
                              .percent = true,
                              .bare = true};
    p->no_memory |=
        !doc_chart(p->doc, &chart) || !result_table_doc(p->doc, r, 0, STR(""));
}

// ---- the verdict ----

static void add_verdict(struct page *p)
{
    const struct sample_page *in = p->in;
    const struct sample_verdict *v = &in->verdict;
    const struct result_column columns[] = {
        {"looked_at", say(p, "looked at", "抽查数"), RESULT_COUNT, 0, NULL},
        {"wrong", say(p, "wrong", "不合格数"), RESULT_COUNT, 0, NULL},
        {"accepted", say(p, "accepted", "通过"), RESULT_YES_NO, 0, NULL},
        {"low", say(p, "from", "下限"), RESULT_NUMBER, 4,
         say(p, "share wrong, 95 %", "不合格率，95%")},
        {"high", say(p, "to", "上限"), RESULT_NUMBER, 4,
         say(p, "share wrong, 95 %", "不合格率，95%")},
        {"error", say(p, "chance of this error", "误判概率"), RESULT_NUMBER, 4, NULL},
    };
    struct result *r = figures(p, "verdict", str_of(say(p, "The verdict", "结论")),
                               columns, sizeof columns / sizeof *columns);
    const double values[] = {
        (double)in->looked_at, (double)in->wrong, v->accepted, v->low, v->high, v->error};
    struct result_cell *row = result_row(r);
    for (size_t i = 0; i < r->n_columns; i++)
        row[i].value = values[i];
    long long wrong = in->wrong, of = in->looked_at;
    double low = 100 * v->low, high = 100 * v->high, error = 100 * v->error;
    paragraph(
        p,
        v->accepted
            ? str_format(
                  p->a,
                  say(p,
                      "%lld of %lld are wrong: accepted. In the whole register %.1f to "
                      "%.1f %% are wrong (95 %%, exact). A register of which %g %% is "
                      "wrong would be accepted in %.1f of 100 audits like this.",
                      "%lld 份不合格（共抽查 %lld 份）：通过。全册不合格率在 %.1f%% 至 "
                      "%.1f%% 之间（95%%，精确法）。不合格率为 %g%% 的登记册，每 100 "
                      "次这样的抽查约有 %.1f 次也会通过。"),
                  wrong, of, low, high, 100 * in->p1, error)
            : str_format(
                  p->a,
                  say(p,
                      "%lld of %lld are wrong: not accepted. In the whole register %.1f "
                      "to %.1f %% are wrong (95 %%, exact). A register of which only %g "
                      "%% is wrong would be refused in %.1f of 100 audits like this.",
                      "%lld 份不合格（共抽查 %lld 份）：不通过。全册不合格率在 %.1f%% 至 "
                      "%.1f%% 之间（95%%，精确法）。不合格率仅为 %g%% 的登记册，每 100 "
                      "次这样的抽查约有 %.1f 次也会不通过。"),
                  wrong, of, low, high, 100 * in->p0, error));
    p->no_memory |= !result_table_doc(p->doc, r, 0, STR(""));
}

// ---- what is drawn ----

static enum err add_lines(struct page *p, struct error *e)
{
    const struct sample_page *in = p->in;
    const struct frame *f = in->rows;
    size_t n = 1 + (f ? f->n_columns : 0);
    struct result_column columns[RESULT_MAX_COLUMNS] = {
        {f ? "row" : "line", f ? say(p, "row", "行") : say(p, "line", "行号"),
         RESULT_COUNT, 0, NULL}};
    if (n > RESULT_MAX_COLUMNS) {
        error_set(e, ERR_LIMIT, "sample.columns", f->path,
                  "%zu columns are more than the %d that can be written", f->n_columns,
                  RESULT_MAX_COLUMNS - 1);
        return error_cure(e, "Leave out columns that the audit does not need.");
    }
    for (size_t i = 1; i < n; i++) {
        struct str name = str_format(p->a, STR_FMT, STR_ARG(f->names[i - 1]));
        p->no_memory |= !name.p;
        columns[i] = (struct result_column){name.p ? name.p : "", name.p ? name.p : "",
                                            RESULT_TEXT, 0, NULL};
    }
    struct result *r = figures(p, f ? "rows" : "lines",
                               str_of(say(p, "Drawn", "抽中的记录")), columns, n);
    for (size_t i = 0; i < in->n_lines && !p->no_memory; i++) {
        struct result_cell *row = result_row(r);
        row[0].value = (double)in->lines[i] + 1;
        for (size_t k = 1; k < n; k++)
            row[k].text = frame_cell(f, (size_t)in->lines[i], k - 1);
    }
    paragraph(
        p,
        str_format(p->a,
                   say(p,
                       "%zu of %lld drawn with seed %llu: generator %s, algorithm %s. "
                       "The same seed draws the same ones anywhere (docs/sampling.md).",
                       "%zu 份（共 %lld 份），随机种子 %llu，发生器 %s，抽样算法 "
                       "%s。同一种子在任何机器上抽中同样的记录（见 docs/sampling.md）。"),
                   in->n_lines, (long long)in->size, (unsigned long long)in->seed,
                   SAMPLE_GENERATOR, SAMPLE_ALGORITHM));
    p->no_memory |= !result_table_doc(p->doc, r, 0, STR(""));
    return ERR_OK;
}

static void add_seed(struct page *p)
{
    static const struct result_column columns[] = {
        {"seed", NULL, RESULT_TEXT, 0, NULL},
        {"generator", NULL, RESULT_TEXT, 0, NULL},
        {"algorithm", NULL, RESULT_TEXT, 0, NULL},
        {"of", NULL, RESULT_COUNT, 0, NULL},
        {"n", NULL, RESULT_COUNT, 0, NULL}};
    struct result *r = figures(p, "draw", STR("draw"), columns, 5);
    struct result_cell *row = result_row(r);
    // a seed may have more digits than a number of JSON keeps
    row[0].text = str_format(p->a, "%llu", (unsigned long long)p->in->seed);
    row[1].text = STR(SAMPLE_GENERATOR);
    row[2].text = STR(SAMPLE_ALGORITHM);
    row[3].value = (double)p->in->size;
    row[4].value = (double)p->in->n_lines;
    p->no_memory |= !row[0].text.p;
}

enum err sample_doc_plan(struct sample_doc *out, const struct sample_page *page,
                         struct arena *a, bool zh, struct error *e)
{
    struct page p;
    enum err code = begin(&p, out, page, a, zh, e);
    if (code)
        return code;
    p.doc->title = str_of(say(&p, "Audit of a register by sample", "登记册抽查"));
    p.doc->subtitle = str_of(say(&p, "Lot quality assurance, hypergeometric law",
                                 "批质量保证抽样（LQAS），超几何分布"));
    if (page->judged)
        add_verdict(&p);
    paragraph(&p, plan_in_words(&p));
    if (page->lines)
        code = add_lines(&p, e);
    if (code)
        return code;
    add_plan(&p);
    if (page->lines)
        add_seed(&p);
    else
        add_curve(&p);
    return end(&p, e);
}

enum err sample_doc_draw(struct sample_doc *out, const struct sample_page *page,
                         struct arena *a, bool zh, struct error *e)
{
    struct page p;
    enum err code = begin(&p, out, page, a, zh, e);
    if (code)
        return code;
    p.doc->title = str_of(say(&p, "Drawn at random", "随机抽取"));
    code = add_lines(&p, e);
    if (code)
        return code;
    add_seed(&p);
    return end(&p, e);
}

enum err sample_doc_thresholds(struct sample_doc *out, int64_t n, double gap,
                               struct arena *a, bool zh, struct error *e)
{
    struct page p;
    enum err code = begin(&p, out, NULL, a, zh, e);
    if (code)
        return code;
    const struct result_column columns[] = {
        {"coverage", say(&p, "coverage, %", "覆盖率 %"), RESULT_NUMBER, 0, NULL},
        {"lower", say(&p, "against, %", "对照 %"), RESULT_NUMBER, 0, NULL},
        {"threshold", say(&p, "good at least", "合格至少"), RESULT_COUNT, 0, NULL},
        {"alpha", say(&p, "alpha", "α"), RESULT_NUMBER, 4, say(&p, "errors", "误判概率")},
        {"beta", say(&p, "beta", "β"), RESULT_NUMBER, 4, say(&p, "errors", "误判概率")},
    };
    p.doc->title = str_format(
        a, say(&p, "Thresholds of coverage, %lld drawn", "覆盖率判定值，抽取 %lld 份"),
        (long long)n);
    struct result *r =
        figures(&p, "thresholds",
                str_of(say(&p, "Least number found good that accepts a coverage",
                           "判定达到某覆盖率所需的最少合格数")),
                columns, sizeof columns / sizeof *columns);
    for (int percent = 20; percent <= 95; percent += 5) {
        double alpha, beta, upper = percent / 100.0;
        int64_t threshold = sample_threshold(n, upper, gap, &alpha, &beta);
        struct result_cell *row = result_row(r);
        row[0].value = percent;
        row[1].value = fmax(round(1e4 * (upper - gap)) / 100, 0);
        row[2].value = (double)threshold;
        row[3].value = alpha;
        row[4].value = beta;
    }
    struct str note = str_of(
        say(&p,
            "The threshold minimises alpha + beta; where the lower end would be under 5 "
            "%, it is the middle between the ends.",
            "判定值使 α + β 最小；下端低于 5% 时取两端的中点。"));
    p.no_memory |= !result_table_doc(p.doc, r, 0, note);
    return end(&p, e);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// link evaluate: how right a linkage is, on the terminal or as JSON.
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/progress.h"
#include "cli/session.h"
#include "link/judge.h"

// --- as tables

static struct cell number_cell(double value)
{
    if (isnan(value))
        return (struct cell){.kind = CELL_NOT_DEFINED};
    return (struct cell){.kind = CELL_NUMBER, .value = value};
}

static struct cell count_cell(uint64_t n)
{
    return number_cell((double)n);
}

static struct cell text_cell(struct str text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text};
}

static struct str threshold_text(struct cli *c, double value)
{
    struct str text = str_format(&c->arena, "%.6g", value);
    return text.p ? text : STR("?");
}

static void share_cells(struct cell *cell, double precision, double recall, double f1)
{
    cell[0] = number_cell(precision);
    cell[1] = number_cell(recall);
    cell[2] = number_cell(f1);
}

enum { COLUMNS = 7 };

static void head(struct cli *c, struct table_column *columns, size_t n,
                 const char *const titles[][2], const int *decimals)
{
    for (size_t i = 0; i < n; i++)
        columns[i] = (struct table_column){.title = str_of(titles[i][c->zh]),
                                           .align = i ? ALIGN_RIGHT : ALIGN_LEFT,
                                           .decimals = decimals[i]};
}

// Of a table of verdicts, with what its rows are in the first column.
static void verdict_head(struct cli *c, struct table_column columns[COLUMNS],
                         const char *first)
{
    static const char *const titles[COLUMNS][2] = {
        {"", ""},          {"True", "真实"},        {"Found", "找到"},
        {"Right", "正确"}, {"Precision", "精确率"}, {"Recall", "召回率"},
        {"F1", "F1"}};
    static const int decimals[COLUMNS] = {0, 0, 0, 0, 4, 4, 4};
    head(c, columns, COLUMNS, titles, decimals);
    columns[0].title = str_of(first);
}

static void verdict_cells(struct cell row[COLUMNS], struct str name,
                          const struct link_verdict *v)
{
    row[0] = text_cell(name);
    row[1] = count_cell(v->true_pairs);
    row[2] = count_cell(v->found_pairs);
    row[3] = count_cell(v->right_pairs);
    share_cells(row + 4, v->precision, v->recall, v->f1);
}

static bool add_clusters(struct cli *c, const struct judgement *j, struct doc *d)
{
    const struct cluster_verdict *v = &j->clusters;
    struct table_column columns[COLUMNS];
    struct cell cells[3 * COLUMNS];
    verdict_head(c, columns, cli_say(c, "Counted", "计数单位"));
    struct cell *row = cells;
    verdict_cells(row, str_of(cli_say(c, "pairs", "记录对")), &v->pairs);
    row += COLUMNS;
    row[0] = text_cell(str_of(cli_say(c, "whole clusters", "完整的簇")));
    row[1] = count_cell(v->entities);
    row[2] = count_cell(v->clusters);
    row[3] = count_cell(v->exact);
    share_cells(row + 4, v->precision, v->recall, v->f1);
    row += COLUMNS;
    row[0] = text_cell(str_of(cli_say(c, "records (B-cubed)", "记录（B-cubed）")));
    row[1] = row[2] = row[3] = (struct cell){.kind = CELL_EMPTY};
    share_cells(row + 4, v->b3_precision, v->b3_recall, v->b3_f1);
    struct doc_table table = {
        .title = str_of(cli_say(c, "Clusters against the truth", "聚类结果与真值比较")),
        .columns = columns,
        .n_columns = COLUMNS,
        .cells = cells,
        .n_rows = j->is_labelled ? 1 : 3};
    return doc_table(d, &table);
}

static bool add_thresholds(struct cli *c, const struct judgement *j, struct doc *d)
{
    struct table_column columns[COLUMNS];
    struct cell cells[(JUDGE_THRESHOLDS + 1) * COLUMNS];
    int level[JUDGE_THRESHOLDS + 1] = {0};
    verdict_head(c, columns, cli_say(c, "Probability", "概率"));
    for (size_t i = 0; i <= JUDGE_THRESHOLDS; i++) {
        bool best = i == JUDGE_THRESHOLDS;
        const struct threshold_verdict *t = best ? &j->best : &j->at[i];
        struct str text = threshold_text(c, t->threshold);
        if (best) {
            text = str_format(&c->arena, cli_say(c, "best: " STR_FMT, "最佳：" STR_FMT),
                              STR_ARG(text));
            level[i] = -1;
        }
        if (!text.p)
            return false;
        verdict_cells(cells + i * COLUMNS, text, &t->pairs);
    }
    struct str note = str_format(
        &c->arena,
        cli_say(c,
                "Pairs of this probability and more are found. The file holds none "
                "under %.6g.",
                "概率不低于该值的记录对视为找到。文件中的最低概率为 %.6g。"),
        j->lowest);
    if (!note.p)
        return false;
    struct doc_table table = {
        .title = str_of(cli_say(c, "Pairs by threshold", "各阈值下的记录对")),
        .columns = columns,
        .n_columns = COLUMNS,
        .cells = cells,
        .row_level = level,
        .n_rows = isnan(j->best.threshold) ? JUDGE_THRESHOLDS : JUDGE_THRESHOLDS + 1,
        .note = isnan(j->lowest) ? STR("") : note};
    return doc_table(d, &table);
}

static bool add_calibration(struct cli *c, const struct judgement *j, struct doc *d)
{
    enum { CALIBRATION_COLUMNS = 4 };
    static const char *const titles[CALIBRATION_COLUMNS][2] = {{"Probability", "概率"},
                                                               {"Pairs", "记录对"},
                                                               {"Said", "平均概率"},
                                                               {"True", "实际占比"}};
    static const int decimals[CALIBRATION_COLUMNS] = {0, 0, 4, 4};
    struct table_column columns[CALIBRATION_COLUMNS];
    struct cell cells[JUDGE_BINS * CALIBRATION_COLUMNS];
    head(c, columns, CALIBRATION_COLUMNS, titles, decimals);
    for (size_t i = 0; i < JUDGE_BINS; i++) {
        const struct calibration_bin *b = &j->bins[i];
        struct cell *row = cells + i * CALIBRATION_COLUMNS;
        struct str range = str_format(&c->arena, "%.1f–%.1f", b->from, b->to);
        if (!range.p)
            return false;
        row[0] = text_cell(range);
        row[1] = count_cell(b->pairs);
        row[2] = number_cell(b->said);
        row[3] = number_cell(b->found);
    }
    struct str note =
        str_format(&c->arena,
                   cli_say(c, "What was said is off by %.4f on average over the pairs.",
                           "按记录对平均，概率与实际占比相差 %.4f。"),
                   j->calibration_error);
    if (!note.p)
        return false;
    struct doc_table table = {
        .title = str_of(cli_say(c, "Are the probabilities right?", "概率是否准确")),
        .columns = columns,
        .n_columns = CALIBRATION_COLUMNS,
        .cells = cells,
        .n_rows = JUDGE_BINS,
        .note = note};
    return isnan(j->calibration_error) || doc_table(d, &table);
}

// What was read, and what of it counts.
static struct str summary(struct cli *c, const struct judgement *j)
{
    struct buf text = BUF_INIT(2000);
    buf_printf(&text,
               j->is_pairs ? cli_say(c, "%lld pairs", "%lld 对记录")
                           : cli_say(c, "%lld records in clusters", "簇中记录 %lld 条"),
               (long long)j->rows);
    if (j->is_labelled)
        buf_printf(&text,
                   cli_say(c, "; %lld labelled pairs: others do not count",
                           "；已标注 %lld 对，其余不计"),
                   (long long)j->labels);
    else
        buf_printf(&text,
                   cli_say(c, "; %lld records, the truth is known of %lld",
                           "；共 %lld 条记录，其中 %lld 条已知真值"),
                   (long long)j->records, (long long)j->known);
    if (j->singletons)
        buf_printf(&text,
                   cli_say(c, "; %lld of them in no cluster: each counts as alone",
                           "；其中 %lld 条不在任何簇中，各按单独一簇计"),
                   (long long)j->singletons);
    if (j->unknown && !j->is_labelled)
        buf_printf(&text,
                   j->is_pairs
                       ? cli_say(c, "; %lld pairs do not count: their truth is not known",
                                 "；%lld 对真值不明，不计")
                       : cli_say(c,
                                 "; %lld records do not count: their truth is not known",
                                 "；%lld 条真值不明，不计"),
                   (long long)j->unknown);
    if (j->across_sources)
        buf_add_c(&text, cli_say(c, "; only pairs between different sources count",
                                 "；只计不同来源之间的记录对"));
    buf_add_c(&text, cli_say(c, ".", "。"));
    struct str out = str_copy(&c->arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static enum err show(struct cli *c, const struct judgement *j, struct error *e)
{
    struct doc *d = doc_new(&c->arena, c->zh);
    struct str text = summary(c, j);
    if (!d || !text.p)
        return error_memory(e);
    d->title = str_of(cli_say(c, "How right the linkage is", "关联结果的准确性"));
    d->subtitle =
        str_format(&c->arena, "%s · %s", cli_argument(c, "FILE"), cli_option(c, "truth"));
    if (!d->subtitle.p || !doc_paragraph(d, text))
        return error_memory(e);
    bool done = j->is_pairs ? add_thresholds(c, j, d) && add_calibration(c, j, d)
                            : add_clusters(c, j, d);
    return done ? session_show(c, d, e) : error_memory(e);
}

// --- as JSON

static void put_count(struct json_writer *w, const char *key, uint64_t n)
{
    json_put_key(w, str_of(key));
    json_put_int(w, (int64_t)n);
}

static void put_number(struct json_writer *w, const char *key, double value)
{
    json_put_key(w, str_of(key));
    json_put_double(w, value);
}

static void put_shares(struct json_writer *w, double precision, double recall, double f1)
{
    put_number(w, "precision", precision);
    put_number(w, "recall", recall);
    put_number(w, "f1", f1);
}

static void put_verdict(struct json_writer *w, const struct link_verdict *v)
{
    put_count(w, "true_pairs", v->true_pairs);
    put_count(w, "found_pairs", v->found_pairs);
    put_count(w, "right_pairs", v->right_pairs);
    put_shares(w, v->precision, v->recall, v->f1);
}

static void put_clusters(struct json_writer *w, const struct judgement *j)
{
    const struct cluster_verdict *v = &j->clusters;
    json_put_key(w, STR("pairs"));
    json_put_object(w);
    put_verdict(w, &v->pairs);
    json_put_object_end(w);
    if (j->is_labelled)
        return;
    json_put_key(w, STR("clusters"));
    json_put_object(w);
    put_count(w, "entities", v->entities);
    put_count(w, "clusters", v->clusters);
    put_count(w, "exact", v->exact);
    put_shares(w, v->precision, v->recall, v->f1);
    json_put_object_end(w);
    json_put_key(w, STR("b_cubed"));
    json_put_object(w);
    put_shares(w, v->b3_precision, v->b3_recall, v->b3_f1);
    json_put_object_end(w);
}

static void put_threshold(struct json_writer *w, const struct threshold_verdict *t)
{
    json_put_object(w);
    put_number(w, "threshold", t->threshold);
    put_verdict(w, &t->pairs);
    json_put_object_end(w);
}

static void put_pairs(struct json_writer *w, const struct judgement *j)
{
    put_number(w, "lowest_probability", j->lowest);
    json_put_key(w, STR("thresholds"));
    json_put_array(w);
    for (size_t i = 0; i < JUDGE_THRESHOLDS; i++)
        put_threshold(w, &j->at[i]);
    json_put_array_end(w);
    json_put_key(w, STR("best"));
    put_threshold(w, &j->best);
    json_put_key(w, STR("calibration"));
    json_put_array(w);
    for (size_t i = 0; i < JUDGE_BINS; i++) {
        json_put_object(w);
        put_number(w, "from", j->bins[i].from);
        put_number(w, "to", j->bins[i].to);
        put_count(w, "pairs", j->bins[i].pairs);
        put_number(w, "said", j->bins[i].said);
        put_number(w, "true", j->bins[i].found);
        json_put_object_end(w);
    }
    json_put_array_end(w);
    put_number(w, "calibration_error", j->calibration_error);
}

static void put_judgement(struct cli *c, const struct judgement *j)
{
    struct json_writer w = json_on(&c->out);
    json_put_object(&w);
    json_put_key(&w, STR("judged"));
    json_put_string(&w, j->is_pairs ? STR("pairs") : STR("clusters"));
    json_put_key(&w, STR("across_sources"));
    json_put_bool(&w, j->across_sources);
    put_count(&w, "rows", j->rows);
    if (j->is_labelled)
        put_count(&w, "labels", j->labels);
    else
        put_count(&w, "records", j->records);
    if (!j->is_labelled)
        put_count(&w, "known", j->known);
    put_count(&w, "singletons", j->singletons);
    put_count(&w, "unknown", j->unknown);
    if (j->is_pairs)
        put_pairs(&w, j);
    else
        put_clusters(&w, j);
    json_put_object_end(&w);
    buf_add_char(&c->out, '\n');
}

// --- reading

struct progress_view {
    struct progress line;
    const char *path; // of the file that is read now; NULL: none
};

static void end_progress(struct progress_view *w)
{
    if (w->path)
        progress_end(&w->line);
    w->path = NULL;
}

static void show_progress(void *argument, const char *path, double share)
{
    struct progress_view *w = argument;
    if (w->path != path) {
        end_progress(w);
        w->path = path;
        progress_begin(&w->line, str_of(path), 100);
    }
    progress_at(&w->line, (uint64_t)(share * 100));
}

enum err run_link_evaluate(struct cli *c, struct error *e)
{
    struct judgement j;
    struct progress_view watch = {0};
    struct judge_options o = {.path = cli_argument(c, "FILE"),
                              .truth = cli_option(c, "truth"),
                              .within_sources = cli_switch(c, "within-sources"),
                              .progress = show_progress,
                              .argument = &watch};
    const char *const *records;
    size_t n_records, n_more = c->n_arguments - 1;
    enum err code = cli_options(c, "records", &records, &n_records, e);
    if (!code)
        code = session_names(c, "id", &o.id, &o.n_id, e);
    if (code)
        return code;
    // --records a.csv b.csv: the second is an argument
    const char **all = ARENA_ARRAY(&c->arena, const char *, n_records + n_more + 1);
    if (!all)
        return error_memory(e);
    for (size_t i = 0; i < n_records + n_more; i++)
        all[i] = i < n_records ? records[i] : c->arguments[1 + i - n_records];
    o.records = all;
    o.n_records = (unsigned)(n_records + n_more);
    code = link_judge(&j, &o, e);
    end_progress(&watch);
    if (code)
        return code;
    if (!cli_switch(c, "json"))
        return show(c, &j, e);
    put_judgement(c, &j);
    return ERR_OK;
}

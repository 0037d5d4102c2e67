// SPDX-License-Identifier: AGPL-3.0-or-later
// link, link find, link report: who is the same, from CSV files and without a county's
// file.
#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/session.h"
#include "link/run.h"
#include "link/settings.h"
#include "report/link_page.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

// Set by Ctrl-C: the run ends with what it has. A signal can reach nothing but a static.
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

struct progress_view { // what is shown while it runs
    struct cli *c;
    struct progress line;
    enum link_stage stage;
    bool begun;
};

static bool show_progress(void *argument, enum link_stage stage, double share)
{
    static const char *const labels[][2] = {{"reading", "读取"},
                                            {"learning the model", "学习模型"},
                                            {"comparing", "比对"},
                                            {"clustering", "归并"}};
    struct progress_view *w = argument;
    if (!w->begun || w->stage != stage) {
        if (w->begun)
            progress_end(&w->line);
        progress_begin(&w->line, str_of(labels[stage][w->c->zh]), 100);
        w->stage = stage;
        w->begun = true;
    }
    progress_at(&w->line, (uint64_t)(share * 100));
    return !interrupted;
}

static enum err read_number(const struct cli *c, const char *option, double least,
                            double most, double *out, struct error *e)
{
    const char *text = cli_option(c, option);
    if (!text)
        return ERR_OK;
    double value;
    if (str_to_double(str_of(text), &value) && value >= least && value <= most) {
        *out = value;
        return ERR_OK;
    }
    char where[64];
    snprintf(where, sizeof where, "--%s", option);
    return error_set(e, ERR_USAGE, "cli.number", where,
                     "\"%s\" is not a number from %g to %g", text, least, most);
}

// "500M", "2G", "1048576".
static enum err read_memory(const struct cli *c, size_t *out, struct error *e)
{
    const char *text = cli_option(c, "memory");
    if (!text)
        return ERR_OK;
    struct str s = str_of(text);
    double unit = 1, value;
    switch (s.n ? s.p[s.n - 1] : 0) {
    case 'k':
    case 'K':
        unit = 1 << 10;
        break;
    case 'm':
    case 'M':
        unit = 1 << 20;
        break;
    case 'g':
    case 'G':
        unit = 1 << 30;
        break;
    }
    if (unit > 1)
        s.n--;
    if (str_to_double(s, &value) && value * unit >= 1 && value * unit < 1e15) {
        *out = (size_t)(value * unit);
        return ERR_OK;
    }
    error_set(e, ERR_USAGE, "cli.memory", "--memory", "\"%s\" is not a size", text);
    return error_cure(e, "Write a number with K, M or G behind it, such as 2G.");
}

static enum err read_rules(struct cli *c, const char *option, const char *const **out,
                           unsigned *n, struct error *e)
{
    size_t count;
    enum err code = cli_options(c, option, out, &count, e);
    *n = (unsigned)count;
    return code;
}

static enum err read_options(struct cli *c, struct link_options *o, struct error *e)
{
    double threads = 0, seed = 1;
    o->threshold = o->prior_recall = NAN;
    o->train = cli_switch(c, "train");
    o->one_to_one = cli_switch(c, "one-to-one");
    o->sources_without_duplicates = cli_switch(c, "sources-without-duplicates");
    enum err code = session_names(c, "id", &o->id, &o->n_id, e);
    if (!code)
        code = session_names(c, "ignore", &o->ignore, &o->n_ignore, e);
    if (!code)
        code = session_names(c, "keep", &o->keep, &o->n_keep, e);
    if (!code)
        code = read_rules(c, "train-by", &o->train_by, &o->n_train_by, e);
    if (!code)
        code = read_rules(c, "prior-by", &o->prior_by, &o->n_prior_by, e);
    if (!code)
        code = read_number(c, "prior-recall", 0.01, 1, &o->prior_recall, e);
    if (!code)
        code = read_number(c, "threshold", 0, 1, &o->threshold, e);
    if (!code)
        code = read_number(c, "threads", 1, POOL_MAX_THREADS, &threads, e);
    if (!code)
        code = read_number(c, "seed", 0, 9e15, &seed, e);
    if (!code)
        code = read_memory(c, &o->memory, e);
    o->threads = (unsigned)threads;
    o->seed = (uint64_t)seed;
    return code;
}

// --- what is printed

static void row_of(struct cli *c, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void row_of(struct cli *c, const char *name, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    text_pad(&c->out, str_of(name), 26, false);
    buf_printf(&c->out, "%s\n", text);
}

static const char *number(double value, int decimals, char out[TEXT_NUMBER_SIZE])
{
    struct str s = text_number(value, decimals, out);
    (void)s;
    return out;
}

// Text of a file on a line of its own making: no line breaks, and no escape sequences,
// which a terminal would obey.
static struct str plain(struct cli *c, struct str text)
{
    char *copy = ARENA_ARRAY(&c->arena, char, text.n + 1);
    for (size_t i = 0; copy && i < text.n; i++) {
        unsigned char byte = (unsigned char)text.p[i];
        copy[i] = byte < 32 || byte == 127 ? ' ' : text.p[i];
    }
    return copy ? (struct str){copy, text.n} : STR("");
}

static void print_columns(struct cli *c, const struct account *a)
{
    for (unsigned i = 0; i < a->n_columns; i++) {
        const struct account_column *t = &a->columns[i];
        buf_add_c(&c->out, "  ");
        text_pad(&c->out, plain(c, t->name), 24, false);
        text_pad(&c->out, link_page_known(str_of(link_kind_name(t->kind)), c->zh), 10,
                 false);
        buf_add(&c->out, link_page_known(str_of(t->why), c->zh));
        buf_add_c(&c->out, "\n");
    }
}

static const struct account_threshold *expected_at(const struct account *a)
{
    double weight = log2(a->model->threshold / (1 - a->model->threshold));
    const struct account_threshold *best = NULL;
    for (unsigned i = 0; i < a->n_thresholds; i++)
        if (!best ||
            fabs(a->thresholds[i].threshold - weight) < fabs(best->threshold - weight))
            best = &a->thresholds[i];
    return best;
}

static void print_found(struct cli *c, const struct account_found *f)
{
    char x[TEXT_NUMBER_SIZE];
    row_of(c, cli_say(c, "new records", "新记录"), "%s", number(f->records, 0, x));
    row_of(c, cli_say(c, "  of people known", "  属已知人员"), "%s",
           number(f->joined, 0, x));
    row_of(c, cli_say(c, "  new people", "  新增人员"), "%s", number(f->people, 0, x));
    row_of(c, cli_say(c, "  clusters merged", "  合并的类"), "%s",
           number((double)f->merged, 0, x));
}

static void print_account(struct cli *c, const struct account *a)
{
    char x[TEXT_NUMBER_SIZE], y[TEXT_NUMBER_SIZE];
    const struct account_threshold *t = expected_at(a);
    if (a->stopped)
        buf_add_c(&c->out,
                  cli_say(c, "Stopped early: what follows is of the pairs seen.\n",
                          "已中途停止：以下只计已比对的记录对。\n"));
    buf_add_c(&c->out, cli_say(c, "Columns\n", "各列\n"));
    print_columns(c, a);
    row_of(c, cli_say(c, "records", "记录"), "%s", number(a->n, 0, x));
    row_of(c, cli_say(c, "pairs compared", "比对的记录对"),
           cli_say(c, "%s of %s", "%s（共 %s 对）"),
           number((double)a->compared_pairs, 0, x), number(a->all_pairs, 0, y));
    if (!isnan(a->blocking_recall))
        row_of(c, cli_say(c, "  of all true pairs", "  占全部真实对"), "%.2f %%",
               100 * a->blocking_recall);
    row_of(c, cli_say(c, "true pairs, expected", "预计真实对"), "%s",
           number(a->expected_matches, 0, x));
    row_of(c, cli_say(c, "links", "关联"),
           cli_say(c, "%s at a probability of %.4g", "%s（概率不低于 %.4g）"),
           number((double)a->links, 0, x), a->model->threshold);
    if (t && a->links)
        row_of(c, cli_say(c, "  expected", "  预计"),
               cli_say(c, "precision %.2f %%, recall %.2f %%",
                       "精确率 %.2f %%，召回率 %.2f %%"),
               100 * t->precision, 100 * t->recall);
    row_of(c, cli_say(c, "clusters of two and more", "两条及以上的类"),
           cli_say(c, "%s, %s records in them", "%s 个，含记录 %s 条"),
           number((double)a->clusters, 0, x), number((double)a->in_clusters, 0, y));
    if (a->found.records)
        print_found(c, &a->found);
    row_of(c, cli_say(c, "time", "用时"),
           cli_say(c, "read %.2f s, learn %.2f s, compare %.2f s, cluster %.2f s",
                   "读取 %.2f 秒，学习 %.2f 秒，比对 %.2f 秒，归并 %.2f 秒"),
           a->seconds_load, a->seconds_train, a->seconds_score, a->seconds_cluster);
    for (unsigned i = 0; i < a->n_warnings; i++)
        buf_printf(&c->out, "%s " STR_FMT "\n", cli_say(c, "note:", "注意："),
                   STR_ARG(plain(c, c->zh ? a->warnings_zh[i] : a->warnings[i])));
}

// --- outputs

struct outputs {
    const char *pairs, *clusters, *report, *model;
};

static const char *beside(struct cli *c, const char *path, const char *behind)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(name, '.');
    int n = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    struct str s = str_format(&c->arena, "%.*s%s", n, name, behind);
    return s.p;
}

// Without a word about outputs, all of them, in the working directory.
static enum err choose_outputs(struct cli *c, const struct link_options *o,
                               struct outputs *out, struct error *e)
{
    *out = (struct outputs){cli_option(c, "pairs"), cli_option(c, "clusters"),
                            cli_option(c, "report"), cli_option(c, "save-model")};
    if (out->pairs || out->clusters || out->report || out->model)
        return ERR_OK;
    const char *path = o->paths[o->first_new]; // of new records, the first of these
    path = strcmp(path, "-") == 0 ? "link" : path;
    *out =
        (struct outputs){beside(c, path, "-pairs.csv"), beside(c, path, "-clusters.csv"),
                         beside(c, path, "-report.html"), beside(c, path, "-model.json")};
    return out->pairs && out->clusters && out->report && out->model ? ERR_OK
                                                                    : error_memory(e);
}

static bool is_standard(const char *path)
{
    return path && (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0);
}

static enum err save(const char *path, struct str text, struct error *e)
{
    if (!is_standard(path))
        return session_save(path, text, e);
    if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout))
        return error_errno(e, errno, path, "write");
    return ERR_OK;
}

static enum err write_model(const struct link_run *r, const char *path, struct error *e)
{
    struct buf json = BUF_INIT(64 << 20);
    enum err code = link_settings_write(link_run_account(r)->model, &json, NULL, e);
    if (!code)
        code = save(path, buf_str(&json), e);
    buf_free(&json);
    return code;
}

static enum err write_page(const struct cli *c, const struct link_run *r,
                           const char *path, struct error *e)
{
    struct buf page = BUF_INIT(64 << 20);
    enum err code = link_page(link_run_account(r), c->zh, &page, e);
    if (!code)
        code = save(path, buf_str(&page), e);
    buf_free(&page);
    return code;
}

static enum err write_outputs(struct cli *c, const struct link_run *r,
                              const struct outputs *out, struct error *e)
{
    enum err code = ERR_OK;
    if (out->pairs)
        code = link_run_write_pairs(r, out->pairs, cli_switch(c, "explain"), e);
    if (!code && out->clusters)
        code = link_run_write_clusters(r, out->clusters, e);
    if (!code && out->model)
        code = write_model(r, out->model, e);
    if (!code && out->report)
        code = write_page(c, r, out->report, e);
    const char *const names[] = {out->pairs, out->clusters, out->model, out->report};
    const char *label = cli_say(c, "written", "已写入");
    for (size_t i = 0; i < 4 && !code; i++)
        if (names[i] && !is_standard(names[i])) {
            row_of(c, label, "%s", names[i]);
            label = "";
        }
    return code;
}

// Where an output goes to standard output, nothing else may.
static void keep_apart(struct cli *c, const struct outputs *out)
{
    if (!is_standard(out->pairs) && !is_standard(out->clusters) &&
        !is_standard(out->report) && !is_standard(out->model))
        return;
    struct str text = buf_str(&c->out);
    fwrite(text.p, 1, text.n, stderr);
    buf_clear(&c->out);
}

// Memory that a step gives back is the next step's, and need not be asked for anew: the
// process ends with the run.
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

static enum err run_with(struct cli *c, const struct link_options *given,
                         const struct outputs *out, struct error *e)
{
    struct progress_view watch = {.c = c};
    struct link_options o = *given;
    struct link_run *r;
    struct sigaction act = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &act, NULL);
    keep_memory();
    o.progress = show_progress;
    o.argument = &watch;
    o.no_examples = !out->report;
    enum err code = link_run_open(&r, &o, e);
    if (watch.begun)
        progress_end(&watch.line);
    if (!code) {
        print_account(c, link_run_account(r));
        code = write_outputs(c, r, out, e);
        keep_apart(c, out);
    }
    link_run_close(r);
    return code;
}

static enum err with_model(struct cli *c, struct link_options *o,
                           const struct outputs *out, struct error *e)
{
    struct link_model *model = NULL;
    const char *path = cli_option(c, "model");
    enum err code = path ? link_settings_load(&model, path, e) : ERR_OK;
    o->model = model;
    if (!code)
        code = run_with(c, o, out, e);
    link_model_close(model);
    return code;
}

// What says how a given model is trained is not passed over where there is none.
static enum err check_training(const struct cli *c, const struct link_options *o,
                               struct error *e)
{
    const char *option = o->n_train_by             ? "--train-by"
                         : o->n_prior_by           ? "--prior-by"
                         : !isnan(o->prior_recall) ? "--prior-recall"
                         : o->train                ? "--train"
                                                   : NULL;
    if (!option || cli_option(c, "model"))
        return ERR_OK;
    error_set(e, ERR_USAGE, "link.no_model", option,
              "says how the comparisons of a model are learned, and no model is given");
    return error_cure(e,
                      "Give --model too, or leave %s out: then both are found from the "
                      "data.",
                      option);
}

// A file that is given twice would find itself.
static enum err check_different(const char *const *paths, unsigned n, unsigned first_new,
                                struct error *e)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = i + 1; k < n; k++) {
            if (strcmp(paths[i], paths[k]) != 0 && !file_is_same(paths[i], paths[k]))
                continue;
            bool both = i < first_new && k >= first_new;
            (void)error_set(e, ERR_USAGE, "link.same_file", paths[k], "%s",
                            both ? "the file is given both as new and with --against"
                                 : "the file is given twice");
            return error_cure(e, both ? "Give the records that are known with --against, "
                                        "and those to find in a file of their own."
                                      : "Leave it out once.");
        }
    return ERR_OK;
}

enum err run_link(struct cli *c, struct error *e)
{
    struct link_options o = {.paths = c->arguments, .n_paths = (unsigned)c->n_arguments};
    struct outputs out;
    enum err code = read_options(c, &o, e);
    if (!code)
        code = check_training(c, &o, e);
    if (!code && o.one_to_one && o.n_paths < 2) {
        error_set(e, ERR_USAGE, "link.one_file", "--one-to-one",
                  "there is only one file, and links go between files");
        return error_cure(e, "Give two files, or leave --one-to-one out.");
    }
    if (!code)
        code = check_different(o.paths, o.n_paths, o.n_paths, e);
    if (!code)
        code = choose_outputs(c, &o, &out, e);
    return code ? code : with_model(c, &o, &out, e);
}

enum err run_link_report(struct cli *c, struct error *e)
{
    struct link_options o = {.paths = c->arguments, .n_paths = (unsigned)c->n_arguments};
    struct outputs out = {.report = cli_option(c, "out")};
    enum err code = read_options(c, &o, e);
    if (!out.report)
        out.report = beside(c, o.paths[0], "-report.html");
    if (!out.report)
        return error_memory(e);
    return code ? code : with_model(c, &o, &out, e);
}

enum err run_link_find(struct cli *c, struct error *e)
{
    const char *const *against;
    size_t n_against;
    enum err code = cli_options(c, "against", &against, &n_against, e);
    if (code)
        return code;
    const char **paths = ARENA_ARRAY(&c->arena, const char *, n_against + c->n_arguments);
    if (!paths)
        return error_memory(e);
    memcpy(paths, against, n_against * sizeof *paths);
    memcpy(paths + n_against, c->arguments, c->n_arguments * sizeof *paths);
    struct link_options o = {.paths = paths,
                             .n_paths = (unsigned)(n_against + c->n_arguments),
                             .first_new = (uint32_t)n_against};
    struct outputs out;
    code = check_different(paths, o.n_paths, o.first_new, e);
    if (!code)
        code = read_options(c, &o, e);
    o.known = cli_option(c, "known");
    if (!code)
        code = choose_outputs(c, &o, &out, e);
    out.model = NULL; // it has not changed
    return code ? code : with_model(c, &o, &out, e);
}

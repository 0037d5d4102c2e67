// SPDX-License-Identifier: AGPL-3.0-or-later
// lqas: how many records of a register to look at, which, and what follows from them.
#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "report/sample_doc.h"

static enum err wrong(const char *option, const char *found, const char *expected,
                      struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "sample.option", where, "'%.80s' is not %s", found, expected);
    return error_cure(e, "See 'heng help lqas'.");
}

static enum err read_share(const struct cli *c, const char *option, double *out,
                           struct error *e)
{
    const char *text = cli_option(c, option);
    if (text && (!str_to_double(str_of(text), out) || !(*out >= 0) || !(*out <= 1)))
        return wrong(option, text, "a share from 0 to 1, such as 0.05", e);
    return ERR_OK;
}

static enum err read_count(const struct cli *c, const char *option, int64_t least,
                           int64_t most, int64_t *out, struct error *e)
{
    const char *text = cli_option(c, option);
    if (text && (!str_to_int(str_of(text), out) || *out < least || *out > most))
        return wrong(option, text, "a whole number in its range", e);
    return ERR_OK;
}

static enum err read_judged(const struct cli *c, struct sample_page *page,
                            struct error *e)
{
    const char *text = cli_option(c, "judge");
    if (!text)
        return ERR_OK;
    const char *comma = strchr(text, ',');
    if (!comma ||
        !str_to_int((struct str){text, (size_t)(comma - text)}, &page->looked_at) ||
        !str_to_int(str_of(comma + 1), &page->wrong))
        return wrong("judge", text, "LOOKED-AT,WRONG such as 31,4", e);
    page->judged = true;
    return ERR_OK;
}

// An option that would be passed over is an error: who gave it believes that it acts.
static enum err together(const struct cli *c, struct error *e)
{
    static const char *const with_table[] = {"table", "gap",  "csv",
                                             "json",  "html", "lang"};
    bool table = cli_option(c, "table"), draw = cli_switch(c, "draw");
    for (size_t i = 0; i < c->n_given; i++) {
        const char *name = c->given[i].option->name, *needs = NULL;
        char where[48];
        bool fits = !table;
        snprintf(where, sizeof where, "--%s", name);
        for (size_t k = 0; k < sizeof with_table / sizeof *with_table; k++)
            fits |= strcmp(name, with_table[k]) == 0;
        if (!fits || (strcmp(name, "judge") == 0 && draw)) {
            error_set(e, ERR_USAGE, "sample.together", where, "it does not go with --%s",
                      table ? "table" : "draw");
            return error_cure(e, "Leave out one of them.");
        }
        if (strcmp(name, "gap") == 0 && !table)
            needs = "--table";
        if (!draw && (strcmp(name, "seed") == 0 || strcmp(name, "from") == 0 ||
                      strcmp(name, "n") == 0))
            needs = "--draw";
        if (needs) {
            error_set(e, ERR_USAGE, "sample.together", where,
                      "it has no effect without %s", needs);
            return error_cure(e, "Add %s, or leave it out.", needs);
        }
    }
    if (draw && !cli_option(c, "seed")) {
        error_set(e, ERR_USAGE, "sample.seed", "--seed", "--draw needs a seed");
        return error_cure(e, "Give a number that nobody chose to suit himself (dice, a "
                             "date agreed before); note it down, and anyone can check.");
    }
    if (!table && !cli_option(c, "size") && !cli_option(c, "from")) {
        error_set(e, ERR_USAGE, "sample.size", "--size",
                  "how many records the register has is not given");
        return error_cure(e, "heng lqas --size 200; 0 is a lot without end.");
    }
    return session_outputs(c, e);
}

static enum err give(struct cli *c, const struct sample_doc *d, struct error *e)
{
    const struct result *list[SAMPLE_DOC_RESULTS];
    for (size_t i = 0; i < d->n_results; i++)
        list[i] = &d->results[i];
    return session_results(c, d->doc, list, d->n_results, e);
}

static enum err thresholds(struct cli *c, struct error *e)
{
    struct sample_doc d;
    int64_t n = 0;
    double gap = 0.30;
    enum err code = read_count(c, "table", 1, 100000, &n, e);
    if (!code)
        code = read_share(c, "gap", &gap, e);
    if (!code)
        code = sample_doc_thresholds(&d, n, gap, &c->arena, c->zh, e);
    return code ? code : give(c, &d, e);
}

static enum err read_rows(struct cli *c, struct sample_page *page, struct error *e)
{
    const char *path = cli_option(c, "from");
    struct frame *f = ARENA_NEW(&c->arena, struct frame);
    if (!f)
        return error_memory(e);
    enum err code = frame_read(f, path, &c->arena, e);
    if (code)
        return code;
    if (cli_option(c, "size") && page->size != (int64_t)f->n_rows) {
        error_set(e, ERR_INPUT, "sample.rows", path,
                  "the file has %zu rows, and --size says %lld", f->n_rows,
                  (long long)page->size);
        return error_cure(e, "Leave out --size, or draw from the whole file.");
    }
    page->size = (int64_t)f->n_rows;
    page->rows = f;
    return ERR_OK;
}

static enum err draw(struct cli *c, struct sample_page *page, int64_t n, struct error *e)
{
    if (!page->size || n > page->size) {
        error_set(e, ERR_USAGE, "sample.draw", "--draw",
                  "%lld cannot be drawn of %lld records", (long long)n,
                  (long long)page->size);
        return error_cure(e, "Give the --size of the register, or the file --from.");
    }
    int64_t *lines = ARENA_ARRAY(&c->arena, int64_t, (size_t)n + 1);
    if (!lines)
        return error_memory(e);
    struct rng rng = rng_seed(page->seed);
    sample_draw(&rng, page->size, n, lines);
    page->lines = lines;
    page->n_lines = (size_t)n;
    fprintf(stderr, cli_say(c, "seed %llu, %s, %s\n", "种子 %llu，%s，%s\n"),
            (unsigned long long)page->seed, SAMPLE_GENERATOR, SAMPLE_ALGORITHM);
    return ERR_OK;
}

static enum err read_options(struct cli *c, struct sample_page *page, int64_t *n,
                             struct error *e)
{
    int64_t seed = 0;
    enum err code = read_count(c, "size", 0, SAMPLE_MOST, &page->size, e);
    if (!code)
        code = read_share(c, "p0", &page->p0, e);
    if (!code)
        code = read_share(c, "p1", &page->p1, e);
    if (!code)
        code = read_share(c, "alpha", &page->alpha, e);
    if (!code)
        code = read_share(c, "beta", &page->beta, e);
    if (!code)
        code = read_count(c, "seed", 0, INT64_MAX, &seed, e);
    if (!code)
        code = read_count(c, "n", 1, 1000000, n, e);
    if (!code)
        code = read_judged(c, page, e);
    page->seed = (uint64_t)seed;
    return !code && cli_option(c, "from") ? read_rows(c, page, e) : code;
}

enum err run_lqas(struct cli *c, struct error *e)
{
    struct sample_page page = {.p0 = 0.05, .p1 = 0.20, .alpha = 0.10, .beta = 0.10};
    struct sample_doc d;
    int64_t n = 0;
    enum err code = together(c, e);
    if (code || cli_option(c, "table"))
        return code ? code : thresholds(c, e);
    code = read_options(c, &page, &n, e);
    if (code)
        return code;
    if (!n) {
        code = sample_plan(page.size, page.p0, page.p1, page.alpha, page.beta, &page.plan,
                           e);
        if (!code && page.judged)
            code = sample_judge(page.size, page.looked_at, page.wrong, &page.plan,
                                page.p0, page.p1, &page.verdict, e);
    }
    if (!code && cli_switch(c, "draw"))
        code = draw(c, &page, n ? n : page.plan.n, e);
    if (!code)
        code = n ? sample_doc_draw(&d, &page, &c->arena, c->zh, e)
                 : sample_doc_plan(&d, &page, &c->arena, c->zh, e);
    return code ? code : give(c, &d, e);
}

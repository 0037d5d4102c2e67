// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about a linkage: its head, what was done in sentences, and the order of what
// follows.
#include "report/link_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/link_page_private.h"

enum { MAX_PAGE = 64 << 20, MAX_NAMES = 8, MAX_WARNINGS = 50 };

static const struct {
    const char *id;
    enum page_text title;
} sections[] = {{"columns", TEXT_S_COLUMNS},
                {"weights", TEXT_S_WEIGHTS},
                {"m-u", TEXT_S_MU},
                {"pairs", TEXT_S_PAIRS},
                {"histogram", TEXT_S_HISTOGRAM},
                {"thresholds", TEXT_S_THRESHOLDS},
                {"terms", TEXT_S_TERMS},
                {"unlinkable", TEXT_S_UNLINKABLE},
                {"clusters", TEXT_S_CLUSTERS},
                {"blocking", TEXT_S_BLOCKING},
                {"training", TEXT_S_TRAINING},
                {"dependence", TEXT_S_DEPENDENCE},
                {"definitions", TEXT_S_TERMS_USED}};

enum { N_SECTIONS = sizeof sections / sizeof *sections };

const struct account_threshold *page_threshold_at(const struct page *p, double weight)
{
    const struct account *a = p->a;
    const struct account_threshold *best = NULL;
    for (unsigned i = 0; i < a->n_thresholds; i++) {
        const struct account_threshold *t = &a->thresholds[i];
        if (!best || fabs(t->threshold - weight) < fabs(best->threshold - weight))
            best = t;
    }
    return isnan(weight) ? NULL : best;
}

double page_f1(const struct account_threshold *t)
{
    double sum = t->precision + t->recall;
    return sum > 0 ? 2 * t->precision * t->recall / sum : 0;
}

double page_wrong(const struct account_threshold *t)
{
    return t->links * (1 - t->precision);
}

double page_missed(const struct account_threshold *t)
{
    double right = t->links * t->precision;
    return t->recall > 0 ? right / t->recall - right : NAN;
}

// Pairs about which the model is not sure; NaN when the thresholds do not reach so far.
static double doubtful(const struct page *p)
{
    double low = score_weight(0.1), high = score_weight(0.9);
    const struct account_threshold *from = page_threshold_at(p, low);
    const struct account_threshold *to = page_threshold_at(p, high);
    if (!from || fabs(from->threshold - low) > 1 || fabs(to->threshold - high) > 1)
        return NAN;
    return round(from->links - to->links);
}

unsigned page_step(unsigned n)
{
    return n <= PAGE_MAX_POINTS ? 1 : (n + PAGE_MAX_POINTS - 1) / PAGE_MAX_POINTS;
}

static void style(struct page *p)
{
    page_raw(p, "<style>\n");
    draw_style(p->out);
    page_raw(p, link_page_css);
    page_raw(p, "</style>");
}

static void front(struct page *p)
{
    const char *language = p->zh ? "zh-CN" : "en";
    buf_printf(p->out,
               "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" "
               "lang=\"%s\" xml:lang=\"%s\">\n<head><meta charset=\"utf-8\"/>\n"
               "<meta name=\"viewport\" content=\"width=device-width, "
               "initial-scale=1\"/>\n<meta name=\"generator\" content=\"Heng\"/>\n"
               "<meta name=\"robots\" content=\"noindex\"/>\n"
               "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
               // nothing can be loaded from, or sent to, anywhere
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
               "&#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src "
               "&#39;%s&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\"/>\n"
               "<title>",
               language, language, link_page_js_hash);
    page_say(p, TEXT_TITLE);
    page_raw(p, "</title>\n");
    style(p);
    page_raw(p, "</head>\n<body><main>\n");
}

// "births (24,613), deaths (512)"
static struct str source_names(struct page *p)
{
    const struct link_records *r = p->a->records;
    struct str all = STR("");
    for (unsigned s = 0; s < r->n_sources && s <= MAX_NAMES; s++) {
        const struct link_source *source = &r->sources[s];
        struct str name =
            s == MAX_NAMES ? STR("\xE2\x80\xA6")
                           : page_words(p, TEXT_DONE_SOURCE, page_clean(p, source->name),
                                        page_count(p, source->end - source->begin));
        struct str between = page_words(p, TEXT_SUBTITLE_SEPARATOR);
        all = str_format(&p->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(all),
                         STR_ARG(s ? between : STR("")), STR_ARG(name));
        p->no_memory |= !all.p;
    }
    return all;
}

static void warnings(struct page *p)
{
    const struct account *a = p->a;
    page_raw(p, "<div class=\"box\" role=\"note\"><p><b>");
    page_say(p, TEXT_PERSONAL_TITLE);
    page_raw(p, "</b>");
    page_say(p, TEXT_PERSONAL);
    page_raw(p, "</p></div>\n");
    if (!a->n_warnings && !a->stopped)
        return;
    page_raw(p, "<div class=\"box alarm\" role=\"note\"><b>");
    page_say(p, TEXT_WARNINGS);
    page_raw(p, "</b><ul>\n");
    if (a->stopped) {
        page_raw(p, "<li>");
        page_say(p, TEXT_STOPPED);
        page_raw(p, "</li>\n");
    }
    for (unsigned i = 0; i < a->n_warnings && i < MAX_WARNINGS; i++) {
        page_raw(p, "<li>");
        page_put(p, doc_clean(&p->arena, p->zh && a->warnings_zh ? a->warnings_zh[i]
                                                                 : a->warnings[i]));
        page_raw(p, "</li>\n");
    }
    page_raw(p, "</ul></div>\n");
}

static void figure(struct page *p, enum page_text name, struct str value)
{
    page_raw(p, "<div><dt>");
    page_say(p, name);
    page_raw(p, "</dt><dd>");
    page_put(p, value);
    page_raw(p, "</dd></div>\n");
}

static void figures(struct page *p)
{
    const struct account *a = p->a;
    const struct account_threshold *t = page_threshold_at(p, p->cut);
    page_raw(p, "<dl class=\"figures\">\n");
    figure(p, TEXT_FIGURE_RECORDS, page_count(p, a->n));
    figure(p, TEXT_FIGURE_COMPARED, page_count(p, (double)a->compared_pairs));
    figure(p, TEXT_FIGURE_LINKS, page_count(p, (double)a->links));
    figure(p, TEXT_FIGURE_CLUSTERS, page_count(p, (double)a->clusters));
    figure(p, TEXT_FIGURE_PRECISION, page_share(p, t ? t->precision : NAN));
    figure(p, TEXT_FIGURE_RECALL, page_share(p, t ? t->recall : NAN));
    page_raw(p, "</dl>\n");
}

static void sentences(struct page *p)
{
    const struct account *a = p->a;
    enum page_text done = p->model->type == LINK_DEDUPE_ONLY ? TEXT_DONE_DEDUPE
                          : p->model->type == LINK_LINK_ONLY ? TEXT_DONE_LINK
                                                             : TEXT_DONE_BOTH;
    page_raw(p, "<p>");
    page_say(p, done, page_count(p, a->n), source_names(p));
    page_gap(p);
    enum page_text blocking = (double)a->compared_pairs >= a->all_pairs ? TEXT_DONE_ALL
                              : isnan(a->blocking_recall) ? TEXT_DONE_COMPARED
                                                          : TEXT_DONE_BLOCKING;
    page_say(p, blocking, page_count(p, a->all_pairs),
             page_count(p, (double)a->compared_pairs),
             page_share(p, (double)a->compared_pairs / a->all_pairs),
             page_share(p, a->blocking_recall));
    page_gap(p);
    page_say(p, a->model_was_given ? TEXT_DONE_MODEL_GIVEN : TEXT_DONE_MODEL_LEARNED);
    page_raw(p, "</p>\n<p>");
    page_say(p, TEXT_DONE_LINKS, page_count(p, round(a->expected_matches)),
             page_count(p, (double)a->links),
             page_probability(p, score_probability(p->cut)), page_number(p, p->cut, 2));
    page_gap(p);
    page_say(p, TEXT_DONE_CLUSTERS, page_count(p, (double)a->clusters),
             page_count(p, (double)a->in_clusters));
    if (a->n_split) {
        page_gap(p);
        page_say(p, TEXT_DONE_SPLIT, page_count(p, (double)a->n_split));
    }
    page_raw(p, "</p>\n<p>");
    const struct account_threshold *t = page_threshold_at(p, p->cut);
    if (t)
        page_say(p, TEXT_DONE_SURE, page_share(p, t->precision), page_share(p, t->recall),
                 page_count(p, round(page_wrong(t))),
                 page_count(p, round(page_missed(t))));
    else
        page_say(p, TEXT_DONE_NOT_SURE);
    if (doubtful(p) > 0) {
        page_gap(p);
        page_say(p, TEXT_DONE_DOUBT, page_count(p, doubtful(p)));
    }
    page_raw(p, "</p>\n<p class=\"hint\">");
    double seconds =
        a->seconds_load + a->seconds_train + a->seconds_score + a->seconds_cluster;
    page_say(p, TEXT_DONE_COST, page_number(p, seconds, 1), page_count(p, a->threads),
             page_count(p, ceil((double)a->memory / 1e6)),
             page_number(p, a->seconds_load, 1), page_number(p, a->seconds_train, 1),
             page_number(p, a->seconds_score, 1), page_number(p, a->seconds_cluster, 1));
    page_raw(p, "</p>\n");
}

static void contents(struct page *p)
{
    page_raw(p, "<nav><b>");
    page_say(p, TEXT_CONTENTS);
    page_raw(p, "</b><ol>\n");
    for (unsigned i = 0; i < N_SECTIONS; i++) {
        buf_printf(p->out, "<li><a href=\"#%s\">", sections[i].id);
        page_say(p, sections[i].title);
        page_raw(p, "</a></li>\n");
    }
    page_raw(p, "</ol></nav>\n");
}

static void head(struct page *p)
{
    page_raw(p, "<header><h1>");
    page_say(p, TEXT_TITLE);
    page_raw(p, "</h1>\n<p class=\"subtitle\">");
    page_put(p, source_names(p));
    page_raw(p, "</p>\n");
    warnings(p);
    figures(p);
    sentences(p);
    contents(p);
    page_raw(p, "</header>\n");
}

// The columns of the files that were compared and are still held.
static void choose_fields(struct page *p)
{
    const struct account *a = p->a;
    const struct link_records *r = a->records;
    p->fields = ARENA_ARRAY(&p->arena, const struct link_column *, PAGE_MAX_FIELDS);
    p->no_memory |= !p->fields;
    for (unsigned i = 0; p->fields && i < a->n_columns; i++)
        for (unsigned c = 0; c < r->n_columns && p->n_fields < PAGE_MAX_FIELDS; c++)
            if (r->columns[c].value &&
                str_equal(r->columns[c].name, a->columns[i].name)) {
                p->fields[p->n_fields++] = &r->columns[c];
                break;
            }
}

struct chosen_pattern {
    uint64_t index, pairs, rank;
    double bit; // of match weight
};

static int by_bit(const void *a, const void *b)
{
    const struct chosen_pattern *x = a, *y = b;
    if (x->bit != y->bit)
        return x->bit < y->bit ? -1 : 1;
    if (x->pairs != y->pairs)
        return x->pairs < y->pairs ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_rank(const void *a, const void *b)
{
    const struct chosen_pattern *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return by_bit(a, b);
}

static int by_index(const void *a, const void *b)
{
    const struct chosen_pattern *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

// The most frequent patterns of each bit of match weight by turns, in the account's
// order: those of true pairs are few beside those of others.
static enum err choose_patterns(struct page *p, struct error *e)
{
    uint64_t n = p->a->n_patterns;
    struct chosen_pattern *all = mem_alloc(n, sizeof *all);
    if (!all)
        return error_memory(e);
    for (uint64_t i = 0; i < n; i++)
        all[i] = (struct chosen_pattern){.index = i,
                                         .pairs = p->a->patterns[i].pairs,
                                         .bit = floor(p->a->patterns[i].weight)};
    qsort(all, n, sizeof *all, by_bit);
    for (uint64_t i = 1; i < n; i++)
        all[i].rank = all[i].bit == all[i - 1].bit ? all[i - 1].rank + 1 : 0;
    qsort(all, n, sizeof *all, by_rank);
    p->n_patterns = n > PAGE_MAX_PATTERNS ? PAGE_MAX_PATTERNS : (unsigned)n;
    qsort(all, p->n_patterns, sizeof *all, by_index);
    p->patterns = ARENA_ARRAY(&p->arena, uint64_t, p->n_patterns);
    p->no_memory |= !p->patterns;
    for (unsigned i = 0; p->patterns && i < p->n_patterns; i++)
        p->patterns[i] = all[i].index;
    mem_free(all);
    return p->no_memory ? error_memory(e) : ERR_OK;
}

struct chosen_pair {
    double weight;
    unsigned index;
};

static int by_weight(const void *a, const void *b)
{
    const struct chosen_pair *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

// By weight, highest first; of too many, spread over the whole range.
static enum err choose_pairs(struct page *p, struct error *e)
{
    unsigned n = p->a->n_pairs;
    struct chosen_pair *all = mem_alloc(n, sizeof *all);
    if (!all)
        return error_memory(e);
    for (unsigned i = 0; i < n; i++)
        all[i] = (struct chosen_pair){p->a->pairs[i].weight, i};
    qsort(all, n, sizeof *all, by_weight);
    p->n_pairs = n > PAGE_MAX_PAIRS ? PAGE_MAX_PAIRS : n;
    p->pairs = ARENA_ARRAY(&p->arena, unsigned, p->n_pairs);
    p->no_memory |= !p->pairs;
    for (unsigned i = 0; p->pairs && i < p->n_pairs; i++)
        p->pairs[i] = all[(uint64_t)i * n / p->n_pairs].index;
    mem_free(all);
    return p->no_memory ? error_memory(e) : ERR_OK;
}

static enum err body(struct page *p, struct error *e)
{
    page_columns(p);
    page_weights(p);
    page_m_and_u(p);
    page_pairs(p);
    enum err code = page_histogram(p, e);
    if (!code)
        code = page_thresholds(p, e);
    page_terms(p);
    if (!code)
        code = page_unlinkable(p, e);
    if (!code)
        code = page_clusters(p, e);
    page_blocking(p);
    if (!code)
        code = page_training(p, e);
    page_dependence(p);
    page_definitions(p);
    return code;
}

static void back(struct page *p)
{
    page_raw(p, "<footer>");
    page_say(p, TEXT_FOOTER);
    page_raw(p, "</footer>\n</main>\n<script type=\"application/json\" id=\"data\">");
    page_data(p);
    page_raw(p, "</script>\n<script>");
    page_raw(p, link_page_js);
    page_raw(p, "</script>\n</body></html>\n");
}

// A threshold of 0 or 1 has no place on an axis.
static double threshold_weight(const struct link_model *m)
{
    double weight = score_weight(m->threshold);
    return isfinite(weight) ? weight : NAN;
}

enum err link_page(const struct account *account, bool zh, struct buf *out,
                   struct error *e)
{
    struct page p = {.a = account, .model = account->model, .zh = zh, .out = out};
    size_t begin = out->n, most = out->max;
    arena_init(&p.arena, 0);
    p.cut = threshold_weight(p.model);
    if (most - begin > MAX_PAGE)
        out->max = begin + MAX_PAGE;
    choose_fields(&p);
    enum err code = p.no_memory ? error_memory(e) : choose_patterns(&p, e);
    if (!code)
        code = choose_pairs(&p, e);
    if (!code)
        code = typeset_open(&p.type, zh, e);
    if (code)
        goto out;
    front(&p);
    head(&p);
    code = body(&p, e);
    if (!code)
        back(&p);
    if (!code)
        code = p.no_memory ? error_memory(e) : buf_check(out, e);
out:
    if (code)
        out->n = begin;
    out->max = most;
    typeset_close(p.type);
    arena_free(&p.arena);
    return code;
}

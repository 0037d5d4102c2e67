// SPDX-License-Identifier: AGPL-3.0-or-later
// The outputs of a run as CSV. Each is written beside its place and renamed into it when
// it is whole: a half file that looks like a whole one would be worse than none.
#include "base/file.h"
#include "base/table.h"
#include "link/run_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXTS_OF_ROW = 3 << 20 }; // an id has at most 1 MiB

struct sheet { // a CSV file being written
    FILE *file;
    const char *path;
    struct buf part; // where it is written; empty: at the path itself
    struct buf row;
    struct str *cells;
    size_t n;
    struct buf texts; // numbers of the row
};

static enum err open_file(struct sheet *s, struct error *e)
{
    bool direct;
    if (strcmp(s->path, "-") == 0 || strcmp(s->path, "/dev/stdout") == 0) {
        s->file = stdout;
        return ERR_OK;
    }
    enum err code = file_target(s->path, &direct, e);
    if (code)
        return code;
    const char *path = s->path;
    if (!direct) {
        buf_printf(&s->part, "%s.part.%ld", s->path, (long)getpid());
        path = buf_c(&s->part);
        if (!path)
            return error_memory(e);
    }
    s->file = fopen(path, "w");
    return s->file ? ERR_OK : error_errno(e, errno, s->path, "write the file");
}

static enum err sheet_open(struct sheet *s, const char *path, size_t columns,
                           struct error *e)
{
    *s = (struct sheet){.path = path,
                        .part = BUF_INIT(8192),
                        .row = BUF_INIT(1 << 26),
                        .texts = BUF_INIT(TEXTS_OF_ROW),
                        .cells = mem_alloc(columns, sizeof *s->cells)};
    // Cells point into texts: it must not move while a row is put together.
    if (!s->cells || !buf_reserve(&s->texts, TEXTS_OF_ROW))
        return error_memory(e);
    return open_file(s, e);
}

static void put(struct sheet *s, struct str text)
{
    s->cells[s->n++] = text;
}

static void put_number(struct sheet *s, double value, int decimals)
{
    size_t at = s->texts.n;
    if (!isnan(value))
        buf_printf(&s->texts, "%.*f", decimals, value);
    s->cells[s->n++] = (struct str){s->texts.p + at, s->texts.n - at};
}

static enum err end_row(struct sheet *s, struct error *e)
{
    csv_write_row(&s->row, s->cells, s->n, true);
    s->n = 0;
    enum err code = buf_check(&s->row, e);
    if (!code && fwrite(s->row.p, 1, s->row.n, s->file) != s->row.n)
        code = error_errno(e, errno, s->path, "write the file");
    buf_clear(&s->row);
    buf_clear(&s->texts);
    return code;
}

static enum err sheet_close(struct sheet *s, enum err code, struct error *e)
{
    static const char action[] = "write the file";
    if (s->file && s->file != stdout) {
        if (!code && (fflush(s->file) || (s->part.n && fsync(fileno(s->file)))))
            code = error_errno(e, errno, s->path, action);
        if (fclose(s->file) && !code)
            code = error_errno(e, errno, s->path, action);
        if (!code && s->part.n && rename(s->part.p, s->path))
            code = error_errno(e, errno, s->path, action);
        if (code && s->part.n)
            unlink(s->part.p);
    } else if (s->file && fflush(s->file) && !code) {
        code = error_errno(e, errno, s->path, action);
    }
    buf_free(&s->part);
    buf_free(&s->row);
    buf_free(&s->texts);
    mem_free(s->cells);
    return code;
}

static struct str source_name(const struct link_run *r, uint32_t record)
{
    return r->records->sources[r->view->source[record]].name;
}

static void put_record(struct sheet *s, const struct link_run *r, uint32_t record)
{
    put(s, link_texts_at(&r->records->ids, record));
    if (r->records->n_sources > 1)
        put(s, source_name(r, record));
}

static struct str kept_text(const struct link_run *r, unsigned i, uint32_t record)
{
    const struct link_column *c = &r->records->columns[r->keep[i]];
    return link_text(c, c->value[record]);
}

// --- pairs

struct pair_writer {
    struct sheet sheet;
    const struct link_run *run;
    struct arena arena;
    struct link_scratch *scratch;
    bool explain;
    double *parts, *tf_parts;
};

static struct str with(struct arena *a, struct str name, const char *behind)
{
    return str_format(a, STR_FMT "%s", STR_ARG(name), behind);
}

static enum err pairs_heading(struct pair_writer *w, struct error *e)
{
    const struct link_run *r = w->run;
    struct sheet *s = &w->sheet;
    bool several = r->records->n_sources > 1;
    put(s, STR("id_a"));
    if (several)
        put(s, STR("source_a"));
    put(s, STR("id_b"));
    if (several)
        put(s, STR("source_b"));
    put(s, STR("probability"));
    put(s, STR("match_weight"));
    for (unsigned i = 0; i < r->options.n_keep; i++) {
        put(s, with(&w->arena, r->records->columns[r->keep[i]].name, "_a"));
        put(s, with(&w->arena, r->records->columns[r->keep[i]].name, "_b"));
    }
    for (unsigned c = 0; w->explain && c < r->model->n_comparisons; c++) {
        put(s, with(&w->arena, r->model->comparisons[c].name, "_level"));
        put(s, with(&w->arena, r->model->comparisons[c].name, "_weight"));
    }
    if (w->explain) {
        put(s, STR("prior_weight"));
        put(s, STR("dependence_weight"));
    }
    for (size_t i = 0; i < s->n; i++)
        if (!s->cells[i].p)
            return error_memory(e);
    return end_row(s, e);
}

static void put_parts(struct pair_writer *w, const struct link_edge *edge)
{
    const struct link_run *r = w->run;
    struct candidate c = {
        edge->left, edge->right,
        link_view_pattern(r->view, w->scratch, edge->left, edge->right)};
    score_parts(r->score, &c, w->parts, w->tf_parts);
    unsigned n = r->model->n_comparisons;
    for (unsigned i = 0; i < n; i++) {
        unsigned level = link_pattern_level(&r->view->comparisons[i], c.pattern);
        put(&w->sheet, r->model->comparisons[i].levels[level].label);
        put_number(&w->sheet, w->parts[i + 1] + w->tf_parts[i], 3);
    }
    put_number(&w->sheet, w->parts[0], 3);
    put_number(&w->sheet, w->parts[n + 1], 3);
}

static enum err write_pair(struct pair_writer *w, const struct link_edge *edge,
                           struct error *e)
{
    const struct link_run *r = w->run;
    put_record(&w->sheet, r, edge->left);
    put_record(&w->sheet, r, edge->right);
    put_number(&w->sheet, score_probability((double)edge->weight), 6);
    put_number(&w->sheet, (double)edge->weight, 4);
    for (unsigned i = 0; i < r->options.n_keep; i++) {
        put(&w->sheet, kept_text(r, i, edge->left));
        put(&w->sheet, kept_text(r, i, edge->right));
    }
    if (w->explain)
        put_parts(w, edge);
    return end_row(&w->sheet, e);
}

static int by_weight_then_records(const void *left, const void *right)
{
    const struct link_edge *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    return (a->right > b->right) - (a->right < b->right);
}

static enum err write_pairs(struct pair_writer *w, struct error *e)
{
    const struct link_run *r = w->run;
    enum err code = pairs_heading(w, e);
    struct link_edge *links = NULL;
    uint64_t n = 0;
    if (!code) {
        links = mem_alloc(r->account.links ? r->account.links : 1, sizeof *links);
        code = links ? ERR_OK : error_memory(e);
    }
    for (uint64_t i = 0; i < r->n_edges && !code; i++)
        if (r->linked[i])
            links[n++] = r->edges[i];
    if (!code)
        qsort(links, n, sizeof *links, by_weight_then_records);
    for (uint64_t i = 0; i < n && !code; i++)
        code = write_pair(w, &links[i], e);
    mem_free(links);
    return code;
}

enum err link_run_write_pairs(const struct link_run *r, const char *path, bool explain,
                              struct error *e)
{
    struct pair_writer w = {.run = r, .explain = explain};
    unsigned n = r->model->n_comparisons;
    arena_init(&w.arena, 0);
    w.parts = ARENA_ARRAY(&w.arena, double, n + 2);
    w.tf_parts = ARENA_ARRAY(&w.arena, double, n + 1);
    enum err code = w.parts && w.tf_parts ? ERR_OK : error_memory(e);
    if (!code)
        code = link_scratch_open(&w.scratch, r->view, 0, e);
    if (!code)
        code = sheet_open(&w.sheet, path, 10 + 2 * (size_t)(r->options.n_keep + n), e);
    if (!code)
        code = write_pairs(&w, e);
    code = sheet_close(&w.sheet, code, e);
    link_scratch_close(w.scratch);
    arena_free(&w.arena);
    return code;
}

// --- clusters

// Ids may come again in another file: there the file's name goes before them.
static void put_cluster(struct sheet *s, const struct link_run *r, uint32_t record)
{
    if (r->known) {
        put(s, link_known_name(r->known, record));
        return;
    }
    struct str id = link_texts_at(&r->records->ids, record);
    if (r->records->n_sources == 1) {
        put(s, id);
        return;
    }
    size_t at = s->texts.n;
    buf_add(&s->texts, source_name(r, record));
    buf_add_char(&s->texts, ':');
    buf_add(&s->texts, id);
    put(s, (struct str){s->texts.p + at, s->texts.n - at});
}

// Puts the records of a source in the order of its file.
static enum err order_by_row(const struct link_run *r, unsigned source, uint32_t *out,
                             struct error *e)
{
    const struct link_source *s = &r->records->sources[source];
    const uint32_t *row = r->records->row;
    uint32_t last = 0, n = 0;
    for (uint32_t i = s->begin; i < s->end; i++)
        last = row[i] > last ? row[i] : last;
    uint32_t *at = mem_alloc((size_t)last + 1, sizeof *at); // record + 1 by row
    if (!at)
        return error_memory(e);
    for (uint32_t i = s->begin; i < s->end; i++)
        at[row[i]] = i + 1;
    for (uint64_t k = 0; k <= last; k++)
        if (at[k])
            out[n++] = at[k] - 1;
    mem_free(at);
    return ERR_OK;
}

// Records stand in another order than rows: what the next rows need is fetched before.
static void fetch_record(const struct link_run *r, const uint32_t *by_row, uint32_t k)
{
    enum { AHEAD = 12 };
    const struct link_texts *ids = &r->records->ids;
    if (r->view->n - k <= 2 * AHEAD)
        return;
    uint32_t far = by_row[k + 2 * AHEAD], near = by_row[k + AHEAD];
    __builtin_prefetch(&ids->offset[far]);
    __builtin_prefetch(&r->cluster[far]);
    __builtin_prefetch(ids->bytes + ids->offset[near]);
    __builtin_prefetch(&ids->offset[r->cluster[near]]);
}

static enum err write_clusters(struct sheet *s, const struct link_run *r, struct error *e)
{
    bool several = r->records->n_sources > 1;
    put(s, STR("id"));
    if (several)
        put(s, STR("source"));
    put(s, STR("cluster"));
    for (unsigned i = 0; i < r->options.n_keep; i++)
        put(s, r->records->columns[r->keep[i]].name);
    enum err code = end_row(s, e);
    uint32_t *by_row = mem_alloc(r->view->n, sizeof *by_row);
    if (!by_row)
        return code ? code : error_memory(e);
    for (unsigned k = 0; k < r->records->n_sources && !code; k++)
        code = order_by_row(r, k, by_row + r->records->sources[k].begin, e);
    for (uint32_t k = 0; k < r->view->n && !code; k++) {
        uint32_t i = by_row[k];
        fetch_record(r, by_row, k);
        put_record(s, r, i);
        put_cluster(s, r, r->cluster[i]);
        for (unsigned q = 0; q < r->options.n_keep; q++)
            put(s, kept_text(r, q, i));
        code = end_row(s, e);
    }
    mem_free(by_row);
    return code;
}

enum err link_run_write_clusters(const struct link_run *r, const char *path,
                                 struct error *e)
{
    struct sheet s;
    enum err code = sheet_open(&s, path, 4 + r->options.n_keep, e);
    if (!code)
        code = write_clusters(&s, r, e);
    return sheet_close(&s, code, e);
}

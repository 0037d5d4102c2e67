// SPDX-License-Identifier: AGPL-3.0-or-later
// The outputs of a run as CSV. Each is written beside its place and renamed into it when
// it is whole: a half file that looks like a whole one would be worse than none.
#include "base/file.h"
#include "base/table.h"
#include "link/run_private.h"
#include "link/sort_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Rows are put together by several threads, a page each, while one of them writes the
// pages before in their order.
enum {
    TEXTS_OF_ROW = 3 << 20, // an id has at most 1 MiB
    ROWS_OF_PAGE = 4096,
    PAGES_OF_THREAD = 4,
    FULL_PAGE = 8 << 20, // bytes after which a page is written and begun again
    UNDER_WAY = 4 << 20, // bytes after which the system is asked to begin storing them
    AHEAD = 12           // rows for which memory is fetched ahead
};

static const char write_action[] = "write the file";

struct maker { // of one thread
    const struct link_run *run;
    struct str *cells;
    size_t n;
    struct buf texts; // numbers of the row
    struct link_scratch *scratch;
    double *parts, *tf_parts;
};

struct page {
    struct buf text;
    size_t at, end; // rows to come
};

struct sheet { // a CSV file being written
    const struct link_run *run;
    FILE *file;
    const char *path;
    struct buf part; // where it is written; empty: at the path itself
    struct maker *makers;
    unsigned n_makers;
    struct page *pages, *written; // [n_pages] being put together; being written
    size_t n_pages, n_written;
    struct error problem;     // of writing
    uint64_t begun, n_stored; // bytes that are being stored; and all that were written
    size_t rows;
    void (*row)(struct maker *m, const struct sheet *s, size_t i);
    const struct link_edge *links; // of pairs
    const uint32_t *order;         // of clusters: records in the order of the files
    bool explain;
};

static enum err maker_open(struct maker *m, const struct link_run *r, size_t columns,
                           bool explain, struct error *e)
{
    size_t n = r->model->n_comparisons;
    *m = (struct maker){.run = r,
                        .cells = mem_alloc(columns, sizeof *m->cells),
                        .parts = mem_alloc(n + 2, sizeof *m->parts),
                        .tf_parts = mem_alloc(n + 1, sizeof *m->tf_parts),
                        .texts = BUF_INIT(TEXTS_OF_ROW)};
    // Cells point into texts: it must not move while a row is put together.
    if (!m->cells || !m->parts || !m->tf_parts || !buf_reserve(&m->texts, TEXTS_OF_ROW))
        return error_memory(e);
    return explain ? link_scratch_open(&m->scratch, r->view, 0, e) : ERR_OK;
}

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
    return s->file ? ERR_OK : error_errno(e, errno, s->path, write_action);
}

static enum err sheet_open(struct sheet *s, const struct link_run *r, const char *path,
                           size_t columns, struct error *e)
{
    unsigned threads = pool_threads(r->pool);
    s->run = r;
    s->path = path;
    s->part = BUF_INIT(8192);
    s->n_pages = (size_t)threads * PAGES_OF_THREAD;
    s->makers = mem_alloc(threads, sizeof *s->makers);
    s->pages = mem_alloc(s->n_pages, sizeof *s->pages);
    s->written = mem_alloc(s->n_pages, sizeof *s->written);
    if (!s->makers || !s->pages || !s->written)
        return error_memory(e);
    for (size_t i = 0; i < s->n_pages; i++)
        s->pages[i].text = s->written[i].text = BUF_INIT(1 << 28);
    for (; s->n_makers < threads; s->n_makers++) {
        enum err code = maker_open(&s->makers[s->n_makers], r, columns, s->explain, e);
        if (code) {
            s->n_makers++; // to be closed
            return code;
        }
    }
    return open_file(s, e);
}

static void put(struct maker *m, struct str text)
{
    m->cells[m->n++] = text;
}

// As "%.*f" prints it. Only where the next digits are close to a half could the product
// have been rounded to the other side: that is left to printf.
static void put_number(struct maker *m, double value, int decimals)
{
    static const double powers[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
    char digits[32];
    size_t at = m->texts.n, n = sizeof digits;
    double scaled = fabs(value) * powers[decimals];
    double left = scaled - floor(scaled);
    if (scaled < 1e12 && fabs(left - 0.5) > 1e-3) {
        uint64_t number = (uint64_t)scaled + (left > 0.5);
        for (int i = 0; i < decimals || number || i == decimals; i++) {
            if (i == decimals)
                digits[--n] = '.';
            digits[--n] = (char)('0' + number % 10);
            number /= 10;
        }
        if (signbit(value))
            digits[--n] = '-';
        buf_add(&m->texts, (struct str){digits + n, sizeof digits - n});
    } else if (!isnan(value)) {
        buf_printf(&m->texts, "%.*f", decimals, value);
    }
    put(m, (struct str){m->texts.p + at, m->texts.n - at});
}

static void end_row(struct maker *m, struct buf *out)
{
    csv_write_row(out, m->cells, m->n, true);
    m->n = 0;
    buf_clear(&m->texts);
}

// Lets the disk begin with what is written, so that little is left for fsync to wait for.
static void begin_storing(struct sheet *s)
{
#ifdef SYNC_FILE_RANGE_WRITE
    if (!s->part.n || s->n_stored - s->begun < UNDER_WAY)
        return;
    (void)sync_file_range(fileno(s->file), (off_t)s->begun,
                          (off_t)(s->n_stored - s->begun), SYNC_FILE_RANGE_WRITE);
    s->begun = s->n_stored;
#endif
}

static enum err write_text(struct sheet *s, struct buf *text, struct error *e)
{
    enum err code = buf_check(text, e);
    if (!code && fwrite(text->p, 1, text->n, s->file) != text->n)
        code = error_errno(e, errno, s->path, write_action);
    s->n_stored += text->n;
    buf_clear(text);
    if (!code)
        begin_storing(s);
    return code;
}

static void fill_page(struct sheet *s, struct page *p, struct maker *m)
{
    while (p->at < p->end && p->text.n < FULL_PAGE && !p->text.failed) {
        s->row(m, s, p->at++);
        end_row(m, &p->text);
    }
}

static enum err write_pages(struct sheet *s, struct maker *m, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; i < s->n_written && !code; i++) {
        struct page *p = &s->written[i];
        code = write_text(s, &p->text, e);
        while (!code && p->at < p->end) { // it was full before its rows were done
            fill_page(s, p, m);
            code = write_text(s, &p->text, e);
        }
    }
    return code;
}

static void page_task(void *sheet, size_t task, unsigned thread)
{
    struct sheet *s = sheet;
    struct maker *m = &s->makers[thread];
    if (task)
        fill_page(s, &s->pages[task - 1], m);
    else
        s->problem.code = write_pages(s, m, &s->problem);
}

static enum err write_rows(struct sheet *s, struct error *e)
{
    for (size_t at = 0; at < s->rows || s->n_written;) {
        size_t n = 0;
        for (; n < s->n_pages && at < s->rows; n++) {
            size_t rows = s->rows - at < ROWS_OF_PAGE ? s->rows - at : ROWS_OF_PAGE;
            s->pages[n].at = at;
            s->pages[n].end = at += rows;
        }
        pool_run(s->run->pool, n + 1, page_task, s);
        if (s->problem.code) {
            if (e)
                *e = s->problem;
            return s->problem.code;
        }
        struct page *pages = s->written;
        s->written = s->pages;
        s->n_written = n;
        s->pages = pages;
    }
    return ERR_OK;
}

static enum err sheet_close(struct sheet *s, enum err code, struct error *e)
{
    if (s->file && s->file != stdout) {
        if (!code && (fflush(s->file) || (s->part.n && fsync(fileno(s->file)))))
            code = error_errno(e, errno, s->path, write_action);
        if (fclose(s->file) && !code)
            code = error_errno(e, errno, s->path, write_action);
        if (!code && s->part.n && rename(s->part.p, s->path))
            code = error_errno(e, errno, s->path, write_action);
        if (code && s->part.n)
            unlink(s->part.p);
    } else if (s->file && fflush(s->file) && !code) {
        code = error_errno(e, errno, s->path, write_action);
    }
    buf_free(&s->part);
    for (size_t i = 0; s->pages && s->written && i < s->n_pages; i++) {
        buf_free(&s->pages[i].text);
        buf_free(&s->written[i].text);
    }
    for (unsigned i = 0; i < s->n_makers; i++) {
        buf_free(&s->makers[i].texts);
        mem_free(s->makers[i].cells);
        mem_free(s->makers[i].parts);
        mem_free(s->makers[i].tf_parts);
        link_scratch_close(s->makers[i].scratch);
    }
    mem_free(s->makers);
    mem_free(s->pages);
    mem_free(s->written);
    return code;
}

static struct str source_name(const struct link_run *r, uint32_t record)
{
    return r->records->sources[r->view->source[record]].name;
}

static void put_record(struct maker *m, const struct link_run *r, uint32_t record)
{
    put(m, link_record_id(r->records, record));
    if (r->records->n_sources > 1)
        put(m, source_name(r, record));
}

static struct str kept_text(const struct link_run *r, unsigned i, uint32_t record)
{
    const struct link_column *c = &r->records->columns[r->keep[i]];
    return link_text(c, c->value[record]);
}

// Records lie in the order of a hash: nearly every look at one is a miss of the caches.
static void fetch_number(const struct link_run *r, uint32_t record)
{
    __builtin_prefetch(&r->records->id[record]);
}

static void fetch_offset(const struct link_run *r, uint32_t record)
{
    __builtin_prefetch(&r->records->ids.offset[r->records->id[record]]);
}

static void fetch_text(const struct link_run *r, uint32_t record)
{
    const struct link_texts *ids = &r->records->ids;
    __builtin_prefetch(ids->bytes + ids->offset[r->records->id[record]]);
}

// --- pairs

static struct str with(struct arena *a, struct str name, const char *behind)
{
    return str_format(a, STR_FMT "%s", STR_ARG(name), behind);
}

static enum err pairs_heading(struct sheet *s, struct arena *a, struct error *e)
{
    const struct link_run *r = s->run;
    struct maker *m = &s->makers[0];
    bool several = r->records->n_sources > 1;
    put(m, STR("id_a"));
    if (several)
        put(m, STR("source_a"));
    put(m, STR("id_b"));
    if (several)
        put(m, STR("source_b"));
    put(m, STR("probability"));
    put(m, STR("match_weight"));
    for (unsigned i = 0; i < r->options.n_keep; i++) {
        put(m, with(a, r->records->columns[r->keep[i]].name, "_a"));
        put(m, with(a, r->records->columns[r->keep[i]].name, "_b"));
    }
    for (unsigned c = 0; s->explain && c < r->model->n_comparisons; c++) {
        put(m, with(a, r->model->comparisons[c].name, "_level"));
        put(m, with(a, r->model->comparisons[c].name, "_weight"));
    }
    if (s->explain) {
        put(m, STR("prior_weight"));
        put(m, STR("dependence_weight"));
    }
    for (size_t i = 0; i < m->n; i++)
        if (!m->cells[i].p)
            return error_memory(e);
    end_row(m, &s->pages[0].text);
    return write_text(s, &s->pages[0].text, e);
}

static void put_parts(struct maker *m, const struct link_edge *edge)
{
    const struct link_run *r = m->run;
    struct candidate c = {
        edge->left, edge->right,
        link_view_pattern(r->view, m->scratch, edge->left, edge->right)};
    score_parts(r->score, &c, m->parts, m->tf_parts);
    unsigned n = r->model->n_comparisons;
    for (unsigned i = 0; i < n; i++) {
        unsigned level = link_pattern_level(&r->view->comparisons[i], c.pattern);
        put(m, r->model->comparisons[i].levels[level].label);
        put_number(m, m->parts[i + 1] + m->tf_parts[i], 3);
    }
    put_number(m, m->parts[0], 3);
    put_number(m, m->parts[n + 1], 3);
}

static void put_pair(struct maker *m, const struct sheet *s, size_t i)
{
    const struct link_run *r = m->run;
    const struct link_edge *edge = &s->links[i];
    if (i + 3 * AHEAD < s->rows) {
        fetch_number(r, edge[3 * AHEAD].left);
        fetch_number(r, edge[3 * AHEAD].right);
        fetch_offset(r, edge[2 * AHEAD].left);
        fetch_offset(r, edge[2 * AHEAD].right);
        fetch_text(r, edge[AHEAD].left);
        fetch_text(r, edge[AHEAD].right);
    }
    put_record(m, r, edge->left);
    put_record(m, r, edge->right);
    put_number(m, score_probability((double)edge->weight), 6);
    put_number(m, (double)edge->weight, 4);
    for (unsigned k = 0; k < r->options.n_keep; k++) {
        put(m, kept_text(r, k, edge->left));
        put(m, kept_text(r, k, edge->right));
    }
    if (s->explain)
        put_parts(m, edge);
}

// The links that stand, by weight, highest first, then by records (as edges are).
static enum err sort_links(const struct link_run *r, struct link_edge **out, size_t *n,
                           struct error *e)
{
    size_t links = r->account.links;
    struct link_keyed *keys = mem_resize(NULL, links, 2 * sizeof *keys);
    *out = mem_resize(NULL, links, sizeof **out);
    if (!keys || !*out) {
        mem_free(keys);
        return error_memory(e);
    }
    *n = 0;
    for (uint64_t i = 0; i < r->n_edges && *n < links; i++)
        if (r->linked[i])
            keys[(*n)++] = (struct link_keyed){~link_float_key(r->edges[i].weight), i};
    link_sort_keys(keys, keys + links, *n);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = r->edges[keys[i].value];
    mem_free(keys);
    return ERR_OK;
}

enum err link_run_write_pairs(const struct link_run *r, const char *path, bool explain,
                              struct error *e)
{
    struct sheet s = {.row = put_pair, .explain = explain};
    struct link_edge *links = NULL;
    struct arena a;
    arena_init(&a, 0);
    enum err code = sheet_open(
        &s, r, path, 10 + 2 * (size_t)(r->options.n_keep + r->model->n_comparisons), e);
    if (!code)
        code = pairs_heading(&s, &a, e);
    if (!code)
        code = sort_links(r, &links, &s.rows, e);
    s.links = links;
    if (!code)
        code = write_rows(&s, e);
    code = sheet_close(&s, code, e);
    mem_free(links);
    arena_free(&a);
    return code;
}

// --- clusters

// Ids may come again in another file: there the file's name goes before them.
static void put_cluster(struct maker *m, const struct link_run *r, uint32_t record)
{
    if (r->known) {
        put(m, link_known_name(r->known, record));
        return;
    }
    struct str id = link_record_id(r->records, record);
    if (r->records->n_sources == 1) {
        put(m, id);
        return;
    }
    size_t at = m->texts.n;
    buf_add(&m->texts, source_name(r, record));
    buf_add_char(&m->texts, ':');
    buf_add(&m->texts, id);
    put(m, (struct str){m->texts.p + at, m->texts.n - at});
}

static void put_member(struct maker *m, const struct sheet *s, size_t i)
{
    const struct link_run *r = m->run;
    const uint32_t *record = &s->order[i];
    if (i + 4 * AHEAD < s->rows) { // the ids themselves lie in the order of the files
        __builtin_prefetch(&r->cluster[record[4 * AHEAD]]);
        fetch_number(r, record[4 * AHEAD]);
        fetch_number(r, r->cluster[record[3 * AHEAD]]);
        fetch_offset(r, r->cluster[record[2 * AHEAD]]);
        fetch_text(r, r->cluster[record[AHEAD]]);
    }
    put_record(m, r, *record);
    put_cluster(m, r, r->cluster[*record]);
    for (unsigned k = 0; k < r->options.n_keep; k++)
        put(m, kept_text(r, k, *record));
}

// Records in the order of the files and their rows: each is put at the place of its row,
// and the places of rows that hold no record are closed up.
static enum err order_by_row(const struct link_run *r, uint32_t **out, struct error *e)
{
    const uint32_t *row = r->records->row;
    size_t rows[LINK_MAX_SOURCES], all = 0;
    for (unsigned k = 0; k < r->records->n_sources; k++) {
        const struct link_source *s = &r->records->sources[k];
        rows[k] = 0;
        for (uint32_t i = s->begin; i < s->end; i++)
            rows[k] = row[i] >= rows[k] ? (size_t)row[i] + 1 : rows[k];
        all += rows[k];
    }
    uint32_t *place = *out = mem_alloc(all, sizeof *place);
    if (!place)
        return error_memory(e);
    size_t from = 0, to = 0;
    for (unsigned k = 0; k < r->records->n_sources; k++) {
        const struct link_source *s = &r->records->sources[k];
        for (uint32_t i = s->begin; i < s->end; i++)
            place[from + row[i]] = i + 1;
        for (size_t i = from; i < from + rows[k]; i++)
            if (place[i])
                place[to++] = place[i] - 1;
        from += rows[k];
    }
    return ERR_OK;
}

static enum err write_clusters(struct sheet *s, struct error *e)
{
    const struct link_run *r = s->run;
    struct maker *m = &s->makers[0];
    put(m, STR("id"));
    if (r->records->n_sources > 1)
        put(m, STR("source"));
    put(m, STR("cluster"));
    for (unsigned i = 0; i < r->options.n_keep; i++)
        put(m, r->records->columns[r->keep[i]].name);
    end_row(m, &s->pages[0].text);
    enum err code = write_text(s, &s->pages[0].text, e);
    uint32_t *order = NULL;
    if (!code)
        code = order_by_row(r, &order, e);
    s->order = order;
    s->rows = r->view->n;
    if (!code)
        code = write_rows(s, e);
    mem_free(order);
    return code;
}

enum err link_run_write_clusters(const struct link_run *r, const char *path,
                                 struct error *e)
{
    struct sheet s = {.row = put_member};
    enum err code = sheet_open(&s, r, path, 4 + r->options.n_keep, e);
    if (!code)
        code = write_clusters(&s, e);
    return sheet_close(&s, code, e);
}

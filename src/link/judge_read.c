// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/judge_private.h"

#include <inttypes.h>
#include <stdio.h>

// --- a table with headings

enum err judge_sheet_open(struct judge_sheet *s, const char *path, struct arena *a,
                          struct error *e)
{
    *s = (struct judge_sheet){.path = path};
    bool more;
    enum err code = table_open(&s->table, path, NULL, e);
    if (!code)
        code = judge_sheet_next(s, &more, e);
    if (!code && !more) {
        (void)error_set(e, ERR_INPUT, "judge.no_rows", path, "the file has no rows");
        code = error_cure(e, "a heading is expected, and a row for each record or pair");
    }
    if (!code) {
        s->headings = ARENA_ARRAY(a, struct str, s->row.n);
        for (size_t i = 0; s->headings && i < s->row.n; i++) {
            s->headings[i] = str_copy(a, str_trim(s->row.cells[i]));
            if (!s->headings[i].p)
                s->headings = NULL;
        }
        s->n = (int)s->row.n;
        code = s->headings ? ERR_OK : error_memory(e);
    }
    if (code)
        judge_sheet_close(s);
    return code;
}

void judge_sheet_close(struct judge_sheet *s)
{
    table_close(s->table);
    s->table = NULL;
}

enum err judge_sheet_next(struct judge_sheet *s, bool *more, struct error *e)
{
    do {
        enum err code = table_read(s->table, &s->row, e);
        if (code)
            return code;
        if (s->row.problem.code) {
            if (e)
                *e = s->row.problem;
            return s->row.problem.code;
        }
    } while (s->row.blank && !s->row.end);
    *more = !s->row.end;
    enum { ROWS_TOLD = 4096 };
    if (s->told && s->told->progress && s->row.number % ROWS_TOLD == 0)
        s->told->progress(s->told->argument, s->path, table_progress(s->table));
    return ERR_OK;
}

int judge_sheet_column_named(const struct judge_sheet *s, struct str name)
{
    for (int i = 0; i < s->n; i++)
        if (str_equal_fold(s->headings[i], str_trim(name)))
            return i;
    return JUDGE_NONE;
}

int judge_sheet_column(const struct judge_sheet *s, const char *const *names)
{
    for (; *names; names++) {
        int column = judge_sheet_column_named(s, str_of(*names));
        if (column != JUDGE_NONE)
            return column;
    }
    return JUDGE_NONE;
}

struct str judge_sheet_cell(const struct judge_sheet *s, int column)
{
    if (column < 0 || (size_t)column >= s->row.n)
        return STR("");
    return str_trim(s->row.cells[column]);
}

void judge_sheet_list_headings(const struct judge_sheet *s, struct buf *out)
{
    for (int i = 0; i < s->n && out->n < 300; i++)
        buf_printf(out, "%s" STR_FMT, i ? ", " : "", STR_ARG(s->headings[i]));
}

const char *judge_sheet_where(const struct judge_sheet *s, int column, char where[256])
{
    struct str heading = column < 0 ? STR("") : s->headings[column];
    snprintf(where, 256, "%s:%" PRIu64 " " STR_FMT, s->path, s->row.line,
             STR_ARG(heading));
    return where;
}

// --- a world of records

enum err judge_world_open(struct judge_world *w, struct error *e)
{
    *w = (struct judge_world){.key = BUF_INIT((size_t)4 << 20)};
    enum err code = dictionary_open(&w->ids, e);
    if (!code)
        code = dictionary_open(&w->sources, e);
    if (!code)
        code = dictionary_open(&w->entities, e);
    if (!code)
        code = dictionary_open(&w->clusters, e);
    return code;
}

void judge_world_close(struct judge_world *w)
{
    dictionary_close(&w->ids);
    dictionary_close(&w->sources);
    dictionary_close(&w->entities);
    dictionary_close(&w->clusters);
    buf_free(&w->key);
    mem_free(w->truth);
    mem_free(w->cluster);
    mem_free(w->source);
}

enum err judge_world_number(struct dictionary *d, struct str text, uint32_t *number,
                            struct error *e)
{
    enum err code = dictionary_add(d, &text, 1, number, e);
    --*number; // an empty text, 0, is not known: UINT32_MAX
    return code;
}

static bool grow(struct judge_world *w)
{
    if (w->n < w->capacity)
        return true;
    size_t capacity = w->capacity ? (size_t)w->capacity * 2 : 1024;
    capacity = capacity < UINT32_MAX ? capacity : UINT32_MAX;
    uint32_t *truth = mem_resize(w->truth, capacity, sizeof *truth);
    w->truth = truth ? truth : w->truth;
    uint32_t *cluster = mem_resize(w->cluster, capacity, sizeof *cluster);
    w->cluster = cluster ? cluster : w->cluster;
    uint8_t *source = mem_resize(w->source, capacity, sizeof *source);
    w->source = source ? source : w->source;
    if (!truth || !cluster || !source)
        return false;
    w->capacity = (uint32_t)capacity;
    return true;
}

enum err judge_world_record(struct judge_world *w, struct str source, struct str id,
                            uint32_t *record, struct error *e)
{
    struct str key = id;
    if (w->by_source) {
        buf_clear(&w->key);
        buf_add(&w->key, source);
        buf_add_char(&w->key, '\x1f');
        buf_add(&w->key, id);
        enum err code = buf_check(&w->key, e);
        if (code)
            return code;
        key = buf_str(&w->key);
    }
    uint32_t number;
    if (w->is_closed) {
        *record = dictionary_find(&w->ids, key) - 1; // UINT32_MAX when it is not there
        return ERR_OK;
    }
    enum err code = dictionary_add(&w->ids, &key, 1, &number, e);
    if (code)
        return code;
    *record = number - 1;
    if (*record < w->n)
        return ERR_OK;
    if (!grow(w))
        return error_memory(e);
    w->n++;
    w->truth[*record] = w->cluster[*record] = UINT32_MAX;
    w->source[*record] = JUDGE_NO_SOURCE;
    return ERR_OK;
}

enum err judge_world_set_source(struct judge_world *w, uint32_t record, struct str source,
                                struct error *e)
{
    if (!source.n || w->source[record] != JUDGE_NO_SOURCE)
        return ERR_OK;
    uint32_t number;
    enum err code = judge_world_number(&w->sources, source, &number, e);
    if (!code && number >= JUDGE_MOST_SOURCES) {
        (void)error_set(e, ERR_LIMIT, "judge.sources", NULL,
                        "there are more than %d sources", JUDGE_MOST_SOURCES);
        code = error_cure(e, "check that the column of sources names files");
    }
    if (!code)
        w->source[record] = (uint8_t)number;
    return code;
}

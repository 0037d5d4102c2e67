// SPDX-License-Identifier: AGPL-3.0-or-later
// Which stretches of a file are read next, and whether they follow upon each other.
#include "link/records_read.h"

enum {
    LEAST_PART = 1 << 14, // bytes
    MOST_PART = 1 << 20,
    ROWS_A_PART = 4096,
    FEW_MISSES = 8,
    PARTS_A_MISS = 8 // more misses than one in this many: the parts are given up
};

// The next stretch for each of n batches, up to the file's end. Only the first begins at
// a place that is known.
static enum err plan_parts(struct read_file *f, struct read_batch *batches, unsigned n,
                           unsigned *used, struct error *e)
{
    uint64_t bytes = table_about(f->table)->bytes, from = f->next.byte;
    for (*used = 0; *used < n;) {
        struct read_batch *b = &batches[(*used)++];
        enum err code = b->cells ? ERR_OK : read_batch_open(b, f->width, e);
        if (!code && !b->part)
            code = table_open_part(&b->part, f->table, e);
        if (code)
            return code;
        b->is_part = true;
        b->guess = *used > 1;
        b->begin = f->next;
        b->begin.byte = from;
        from += f->part_bytes;
        b->until = from < bytes ? from : 0;
        if (!b->until)
            break;
    }
    return ERR_OK;
}

enum err read_plan(struct read_file *f, struct read_batch *batches, unsigned n,
                   unsigned *used, struct error *e)
{
    *used = f->end ? 0 : 1;
    if (f->end)
        return ERR_OK;
    bool begun = f->in_parts || (f->n_rows && f->at == f->n_seen);
    if (begun && n > 1 && !f->alone && table_has_parts(f->table)) {
        f->in_parts = true;
        return plan_parts(f, batches, n, used, e);
    }
    batches[0].is_part = false;
    batches[0].until = 0;
    return ERR_OK;
}

// Rows of a part are numbered from where the first part of its round began.
static void number_rows(const struct read_file *f, struct read_batch *b)
{
    uint32_t more = (uint32_t)(f->next.number - b->begin.number);
    for (uint32_t i = 0; i < b->n_rows && more; i++)
        b->row[i] += more;
    b->reached.number += f->next.number - b->begin.number;
    b->reached.line += f->next.line - b->begin.line;
}

// Whether the part holds just what a reader that comes from the part before would give.
static bool is_right(const struct read_file *f, const struct read_batch *b)
{
    return !b->code && b->found && b->n_bad == 0 && b->begin.byte == f->next.byte &&
           b->reached.number - b->begin.number + f->next.number - f->heading_row <
               UINT32_MAX;
}

static void settle_part(struct read_file *f, struct read_batch *b, bool whole_before)
{
    f->parts++;
    if (!b->guess || is_right(f, b)) {
        number_rows(f, b);
    } else {
        f->misses += whole_before;
        b->guess = false;
        b->begin = f->next;
        read_fill(f, b);
    }
    f->next = b->reached;
}

static void count(struct read_file *f, const struct read_batch *b)
{
    if (f->n_bad == 0 && b->n_bad)
        f->first_bad = b->first_bad;
    f->n_bad += b->n_bad;
    f->n_ragged += b->n_ragged;
    f->n_rows += b->n_rows;
    f->end = b->end;
}

// As many bytes as the usual rows of a part take, judged by those read last.
static void size_parts(struct read_file *f, uint64_t bytes, uint64_t rows)
{
    uint64_t size = bytes / (rows ? rows : 1) * ROWS_A_PART;
    if (!f->part_fixed)
        f->part_bytes = size < LEAST_PART  ? LEAST_PART
                        : size > MOST_PART ? MOST_PART
                                           : size;
}

static void tell_share(struct read_file *f)
{
    uint64_t bytes = table_about(f->table)->bytes;
    if (f->end)
        f->share = 1;
    else if (!f->in_parts)
        f->share = table_progress(f->table);
    else
        f->share = (double)f->next.byte / (double)(bytes ? bytes : 1);
}

enum err read_settle(struct read_file *f, struct read_batch *batches, unsigned n,
                     struct error *e)
{
    uint64_t from = f->next.byte, rows = f->n_rows;
    bool whole_before = true;
    for (unsigned i = 0; i < n; i++) {
        struct read_batch *b = &batches[i];
        if (b->is_part)
            settle_part(f, b, whole_before);
        whole_before = b->until && b->reached.byte >= b->until;
        count(f, b);
        if (b->code) {
            if (e)
                *e = b->problem;
            return b->code;
        }
    }
    tell_share(f);
    if (!f->in_parts && table_has_parts(f->table))
        f->next = table_spot(f->table);
    size_parts(f, f->next.byte - from, f->n_rows - rows);
    if (!f->in_parts || f->misses <= FEW_MISSES || f->misses * PARTS_A_MISS <= f->parts)
        return ERR_OK;
    f->in_parts = false;
    f->alone = true;
    return table_part_go(f->table, f->next, 0, e);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/doc.h"

#include <string.h>

#include "report/doc_text.h"

struct doc *doc_new(struct arena *a, bool zh)
{
    struct doc *d = ARENA_NEW(a, struct doc);
    if (!d)
        return NULL;
    d->arena = a;
    d->zh = zh;
    d->made_on = DATE_NONE;
    return d;
}

// A copy that can be trusted; `ok` turns false, and stays so, when memory is out.
static struct str keep(struct arena *a, struct str s, bool *ok)
{
    struct str copy = doc_clean(a, s);
    if (!copy.p)
        *ok = false;
    return copy;
}

static void *keep_array(struct arena *a, const void *from, size_t n, size_t size,
                        bool *ok)
{
    if (!from || n == 0)
        return NULL;
    void *to = arena_alloc(a, n, size);
    if (to)
        memcpy(to, from, n * size);
    else
        *ok = false;
    return to;
}

static bool append(struct doc *d, struct block *block)
{
    if (d->last)
        d->last->next = block;
    else
        d->first = block;
    d->last = block;
    return true;
}

static struct block *new_block(struct doc *d, enum block_kind kind)
{
    struct block *block = ARENA_NEW(d->arena, struct block);
    if (!block)
        return NULL;
    block->kind = kind;
    if (kind == BLOCK_TABLE || kind == BLOCK_CHART)
        for (const struct block *b = d->first; b; b = b->next)
            if (b->kind == kind)
                block->number = b->number;
    block->number++;
    return block;
}

static bool add_text(struct doc *d, enum block_kind kind, int level, struct str text,
                     struct str anchor)
{
    bool ok = true;
    struct block *block = new_block(d, kind);
    if (!block)
        return false;
    block->level = level < 1 ? 1 : level > 3 ? 3 : level;
    block->text = keep(d->arena, text, &ok);
    block->anchor = keep(d->arena, anchor, &ok);
    return ok && append(d, block);
}

bool doc_heading(struct doc *d, int level, struct str text)
{
    return add_text(d, BLOCK_HEADING, level, text, STR(""));
}

bool doc_heading_named(struct doc *d, int level, struct str text, struct str anchor)
{
    return add_text(d, BLOCK_HEADING, level, text, anchor);
}

bool doc_paragraph(struct doc *d, struct str text)
{
    return add_text(d, BLOCK_PARAGRAPH, 1, text, STR(""));
}

bool doc_picture(struct doc *d, const struct doc_picture *picture)
{
    bool ok = true;
    struct block *block = new_block(d, BLOCK_PICTURE);
    if (!block)
        return false;
    block->picture = (struct doc_picture){.title = keep(d->arena, picture->title, &ok),
                                          .anchor = keep(d->arena, picture->anchor, &ok),
                                          .bytes = picture->bytes,
                                          .note = keep(d->arena, picture->note, &ok)};
    return ok && append(d, block);
}

bool doc_break(struct doc *d)
{
    struct block *block = new_block(d, BLOCK_BREAK);
    return block && append(d, block);
}

bool doc_table(struct doc *d, const struct doc_table *table)
{
    struct arena *a = d->arena;
    bool ok = true;
    size_t n = 0;
    struct block *block = new_block(d, BLOCK_TABLE);
    if (!block || !size_mul(table->n_rows, table->n_columns, &n))
        return false;
    struct doc_table *t = &block->table;
    *t = *table;
    t->title = keep(a, table->title, &ok);
    t->note = keep(a, table->note, &ok);
    t->source = keep(a, table->source, &ok);
    struct table_column *columns =
        keep_array(a, table->columns, t->n_columns, sizeof *columns, &ok);
    struct cell *cells = keep_array(a, table->cells, n, sizeof *cells, &ok);
    t->row_level =
        keep_array(a, table->row_level, t->n_rows, sizeof *table->row_level, &ok);
    for (size_t c = 0; ok && c < t->n_columns; c++) {
        columns[c].title = keep(a, columns[c].title, &ok);
        columns[c].group = keep(a, columns[c].group, &ok);
        columns[c].unit = keep(a, columns[c].unit, &ok);
    }
    for (size_t i = 0; ok && i < n; i++) {
        struct cell *cell = &cells[i];
        if (cell->text.n)
            cell->text = keep(a, cell->text, &ok);
        if (cell->anchor.n)
            cell->anchor = keep(a, cell->anchor, &ok);
        if (cell->kind == CELL_SUPPRESSED) // whatever the caller left there
            cell->value = cell->low = cell->high = 0;
    }
    t->columns = columns;
    t->cells = cells;
    return ok && append(d, block);
}

static const struct doc_map *keep_map(struct arena *a, const struct doc_map *from,
                                      bool *ok)
{
    struct doc_map *map = keep_array(a, from, 1, sizeof *map, ok);
    if (!map)
        return NULL;
    map->category =
        keep_array(a, from->category, from->shapes->n, sizeof *from->category, ok);
    struct map_outline *outlines =
        keep_array(a, from->outlines, from->n_outlines, sizeof *outlines, ok);
    for (size_t i = 0; *ok && i < from->n_outlines; i++) {
        struct map_outline *o = &outlines[i];
        o->label = keep(a, o->label, ok);
        o->areas = keep_array(a, o->areas, o->n_areas, sizeof *o->areas, ok);
        o->xy = keep_array(a, o->xy, 2 * o->n_points, sizeof *o->xy, ok);
    }
    map->outlines = outlines;
    return map;
}

static const struct series *keep_series(struct arena *a, const struct series *from,
                                        size_t n, size_t n_categories, bool *ok)
{
    struct series *series = keep_array(a, from, n, sizeof *series, ok);
    for (size_t i = 0; *ok && i < n; i++) {
        struct series *s = &series[i];
        s->label = keep(a, s->label, ok);
        s->value = keep_array(a, s->value, n_categories, sizeof(double), ok);
        s->low = keep_array(a, s->low, n_categories, sizeof(double), ok);
        s->high = keep_array(a, s->high, n_categories, sizeof(double), ok);
        s->size = keep_array(a, s->size, n_categories, sizeof(double), ok);
    }
    return series;
}

static const struct doc_frame *keep_frames(struct arena *a, const struct doc_chart *chart,
                                           bool *ok)
{
    struct doc_frame *frames =
        keep_array(a, chart->frames, chart->n_frames, sizeof *frames, ok);
    for (size_t i = 0; *ok && i < chart->n_frames; i++) {
        frames[i].label = keep(a, frames[i].label, ok);
        frames[i].series =
            keep_series(a, frames[i].series, chart->n_series, chart->n_categories, ok);
    }
    return frames;
}

bool doc_chart(struct doc *d, const struct doc_chart *chart)
{
    struct arena *a = d->arena;
    bool ok = true;
    struct block *block = new_block(d, BLOCK_CHART);
    if (!block)
        return false;
    struct doc_chart *c = &block->chart;
    *c = *chart;
    c->title = keep(a, chart->title, &ok);
    c->note = keep(a, chart->note, &ok);
    c->source = keep(a, chart->source, &ok);
    c->value_label = keep(a, chart->value_label, &ok);
    c->size_label = keep(a, chart->size_label, &ok);
    c->reference_label = keep(a, chart->reference_label, &ok);
    struct str *categories =
        keep_array(a, chart->categories, c->n_categories, sizeof *categories, &ok);
    for (size_t i = 0; ok && i < c->n_categories; i++)
        categories[i] = keep(a, categories[i], &ok);
    c->categories = categories;
    c->series = keep_series(a, chart->series, c->n_series, c->n_categories, &ok);
    if (c->n_frames)
        c->frames = keep_frames(a, chart, &ok);
    if (c->map)
        c->map = keep_map(a, c->map, &ok);
    return ok && append(d, block);
}

enum err doc_write(const struct doc *d, const char *path, struct error *e)
{
    static const struct {
        const char *ending;
        enum err (*write)(const struct doc *d, const char *path, struct error *e);
    } forms[] = {
        {".pdf", doc_write_pdf},
        {".html", doc_write_html},
        {".htm", doc_write_html},
        {".xlsx", doc_write_xlsx},
    };
    struct str name = str_of(path);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct str ending = str_of(forms[i].ending);
        if (name.n > ending.n &&
            str_equal_fold((struct str){name.p + name.n - ending.n, ending.n}, ending))
            return forms[i].write(d, path, e);
    }
    error_set(e, ERR_USAGE, "report.ending", path,
              "the name of a report ends in .pdf, .html or .xlsx; this one does not");
    error_cure(e, "Write for instance report.pdf.");
    return ERR_USAGE;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/result_table.h"

#include <math.h>

static struct cell cell_of(const struct result_column *column,
                           const struct result_cell *cell, bool zh)
{
    if (column->kind == RESULT_TEXT)
        return (struct cell){.kind = cell->text.n ? CELL_TEXT : CELL_EMPTY,
                             .text = cell->text};
    if (!isfinite(cell->value))
        return (struct cell){.kind = CELL_MISSING};
    if (column->kind == RESULT_YES_NO)
        return (struct cell){.kind = CELL_TEXT,
                             .text = cell->value != 0 ? (zh ? STR("是") : STR("yes"))
                                                      : (zh ? STR("否") : STR("no"))};
    return (struct cell){.kind = CELL_NUMBER, .value = cell->value};
}

bool result_table_doc(struct doc *d, const struct result *r, size_t most, struct str note)
{
    size_t n = 0, rows = most && r->n_rows > most ? most : r->n_rows, size;
    struct table_column columns[RESULT_MAX_COLUMNS] = {0};
    size_t from[RESULT_MAX_COLUMNS];
    for (size_t i = 0; i < r->n_columns; i++) {
        const struct result_column *c = &r->columns[i];
        if (!c->label)
            continue;
        columns[n] = (struct table_column){
            .title = str_of(c->label),
            .group = str_of(c->group),
            .align = c->kind == RESULT_TEXT ? ALIGN_LEFT : ALIGN_RIGHT,
            .decimals = c->kind == RESULT_NUMBER ? c->decimals : 0};
        from[n++] = i;
    }
    if (!result_ok(r) || !size_mul(rows, n, &size))
        return false;
    struct cell *cells = ARENA_ARRAY(d->arena, struct cell, size);
    if (!cells)
        return false;
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < n; i++)
            cells[row * n + i] = cell_of(&r->columns[from[i]],
                                         &r->cells[row * r->n_columns + from[i]], d->zh);
    if (rows < r->n_rows) {
        note = str_format(d->arena,
                          d->zh ? STR_FMT "%s另有 %zu 行未列出。"
                                : STR_FMT "%s%zu more rows are not shown here.",
                          STR_ARG(note), note.n && !d->zh ? " " : "", r->n_rows - rows);
        if (!note.p)
            return false;
    }
    struct doc_table t = {.title = r->title,
                          .columns = columns,
                          .n_columns = n,
                          .cells = cells,
                          .n_rows = rows,
                          .note = note};
    return doc_table(d, &t);
}

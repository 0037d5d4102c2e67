// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/result.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/table.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 16 };

struct result result_new(struct arena *a, const char *name, struct str title,
                         const struct result_column *columns, size_t n_columns)
{
    assert(n_columns > 0 && n_columns <= RESULT_MAX_COLUMNS);
    return (struct result){.name = name,
                           .title = title,
                           .columns = columns,
                           .n_columns = n_columns,
                           .arena = a};
}

static bool grow(struct result *r)
{
    size_t room = r->capacity ? 2 * r->capacity : FIRST_ROWS, n;
    struct result_cell *cells = NULL;
    if (size_mul(room, r->n_columns, &n))
        cells = ARENA_ARRAY(r->arena, struct result_cell, n);
    if (!cells)
        return false;
    if (r->n_rows)
        memcpy(cells, r->cells, r->n_rows * r->n_columns * sizeof *cells);
    r->cells = cells;
    r->capacity = room;
    return true;
}

struct result_cell *result_row(struct result *r)
{
    struct result_cell *row = r->spare;
    if (r->n_rows < r->capacity || grow(r))
        row = r->cells + r->n_rows++ * r->n_columns;
    else
        r->no_memory = true;
    for (size_t i = 0; i < r->n_columns; i++)
        row[i] = (struct result_cell){.value = NAN};
    return row;
}

bool result_ok(const struct result *r)
{
    return !r->no_memory;
}

enum { NUMBER_SIZE = 32 };

// Empty for what is no number.
static struct str number_text(enum result_kind kind, double value, char out[NUMBER_SIZE])
{
    const int digits = kind == RESULT_COUNT ? 15 : 12;
    int n = isfinite(value) ? snprintf(out, NUMBER_SIZE, "%.*g", digits, value) : 0;
    return (struct str){out, (size_t)n};
}

void result_csv(const struct result *r, struct buf *out)
{
    struct str cells[RESULT_MAX_COLUMNS];
    char numbers[RESULT_MAX_COLUMNS][NUMBER_SIZE];
    for (size_t i = 0; i < r->n_columns; i++)
        cells[i] = str_of(r->columns[i].name);
    csv_write_row(out, cells, r->n_columns, false);
    for (size_t row = 0; row < r->n_rows; row++) {
        const struct result_cell *cell = r->cells + row * r->n_columns;
        for (size_t i = 0; i < r->n_columns; i++) {
            enum result_kind kind = r->columns[i].kind;
            if (kind == RESULT_TEXT)
                cells[i] = cell[i].text;
            else if (kind == RESULT_YES_NO && !isnan(cell[i].value))
                cells[i] = cell[i].value != 0 ? STR("yes") : STR("no");
            else
                cells[i] = number_text(kind, cell[i].value, numbers[i]);
        }
        csv_write_row(out, cells, r->n_columns, true);
    }
}

static void put_cell(struct json_writer *j, enum result_kind kind,
                     const struct result_cell *cell)
{
    char text[NUMBER_SIZE];
    if (kind == RESULT_TEXT)
        json_put_string(j, cell->text);
    else if (!isfinite(cell->value))
        json_put_null(j);
    else if (kind == RESULT_YES_NO)
        json_put_bool(j, cell->value != 0);
    else if (kind == RESULT_COUNT && fabs(cell->value) < 1e15)
        json_put_int(j, (int64_t)cell->value);
    else {
        number_text(kind, cell->value, text);
        json_put_double(j, strtod(text, NULL));
    }
}

void result_json(const struct result *const *results, size_t n, struct buf *out)
{
    struct json_writer j = json_on(out);
    json_put_object(&j);
    for (size_t k = 0; k < n; k++) {
        const struct result *r = results[k];
        json_put_key(&j, str_of(r->name));
        json_put_array(&j);
        for (size_t row = 0; row < r->n_rows; row++) {
            json_put_object(&j);
            for (size_t i = 0; i < r->n_columns; i++) {
                json_put_key(&j, str_of(r->columns[i].name));
                put_cell(&j, r->columns[i].kind, &r->cells[row * r->n_columns + i]);
            }
            json_put_object_end(&j);
        }
        json_put_array_end(&j);
    }
    json_put_object_end(&j);
    buf_add_char(out, '\n');
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// A doc as a workbook: contents first, then one sheet a table or chart, with real numbers
// and dates; an interval is three columns. Nothing is ever a formula.
#include <math.h>

#include "base/text.h"
#include "base/xlsx_write.h"
#include "report/doc_text.h"

struct book {
    const struct doc *d;
    struct arena *a;
    struct xlsx_writer *w;
};

// Columns of the sheet that one column of the table takes.
struct sheet_column {
    unsigned at;
    bool interval;
    double width;
};

enum { WIDEST = 60, NARROWEST = 8, LONGEST_CELL = 32000 };

static struct str sheet_name(struct book *b, const struct block *block)
{
    return doc_block_label(b->a, b->d->zh, block);
}

static bool has_intervals(const struct doc_table *t, size_t c)
{
    for (size_t r = 0; r < t->n_rows; r++)
        if (t->cells[r * t->n_columns + c].kind == CELL_INTERVAL)
            return true;
    return false;
}

// Groups have no row of their own: a sheet is sorted and filtered by one row of headings.
static struct str heading(struct book *b, const struct table_column *column, bool first)
{
    struct str unit = first ? column->unit : STR("");
    return str_format(b->a, STR_FMT "%s" STR_FMT "%s" STR_FMT "%s",
                      STR_ARG(column->group), column->group.n ? " \xC2\xB7 " : "",
                      STR_ARG(column->title), unit.n ? " (" : "", STR_ARG(unit),
                      unit.n ? ")" : "");
}

static unsigned look_of(const struct doc_table *t, size_t row)
{
    bool total = t->row_level && t->row_level[row] < 0;
    return total ? XLSX_BOLD | XLSX_SHADED : XLSX_PLAIN;
}

// The first column shows its level by leading spaces (three a level), as text.
static struct str indented(struct book *b, const struct doc_table *t, size_t row,
                           size_t column, struct str text)
{
    int level = column == 0 && t->row_level ? t->row_level[row] : 0;
    if (level <= 0)
        return text;
    return str_format(b->a, "%*s" STR_FMT, 3 * (level > 8 ? 8 : level), "",
                      STR_ARG(text));
}

// A sheet's cell takes 32,767 characters.
static struct str cut(struct book *b, struct str text)
{
    if (text.n <= LONGEST_CELL)
        return text;
    text.n = LONGEST_CELL;
    while (text.n && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
        text.n--;
    struct buf whole = BUF_INIT(LONGEST_CELL + 4);
    buf_add(&whole, text);
    buf_add_c(&whole, "\xE2\x80\xA6");
    struct str out = str_copy(b->a, buf_str(&whole));
    buf_free(&whole);
    return out;
}

static void write_cell(struct book *b, const struct doc_table *t, size_t r, size_t c,
                       const struct sheet_column *to, unsigned row)
{
    const struct table_column *column = &t->columns[c];
    const struct cell *cell = &t->cells[r * t->n_columns + c];
    unsigned look = look_of(t, r);
    switch (cell->kind) {
    case CELL_EMPTY:
    case CELL_PAGE:
        if (look)
            xlsx_text(b->w, row, to->at, STR(""), look);
        break;
    case CELL_NUMBER:
    case CELL_INTERVAL:
        xlsx_double(b->w, row, to->at, cell->value, (unsigned)doc_decimals(column, cell),
                    look);
        if (cell->kind == CELL_INTERVAL) {
            xlsx_double(b->w, row, to->at + 1, cell->low,
                        (unsigned)doc_decimals(column, cell), look);
            xlsx_double(b->w, row, to->at + 2, cell->high,
                        (unsigned)doc_decimals(column, cell), look);
        }
        break;
    case CELL_DATE:
        xlsx_date(b->w, row, to->at,
                  cell->value >= -719162 && cell->value <= 2932896 ? (int32_t)cell->value
                                                                   : DATE_NONE,
                  look);
        break;
    case CELL_TEXT:
        xlsx_text(b->w, row, to->at, indented(b, t, r, c, cut(b, cell->text)),
                  look | (to->width >= WIDEST ? XLSX_WRAP : 0u) |
                      (column->align == ALIGN_RIGHT ? XLSX_RIGHT : 0u));
        break;
    case CELL_MISSING:
    case CELL_SUPPRESSED:
    case CELL_NOT_DEFINED:
        xlsx_text(b->w, row, to->at, doc_cell_text(b->a, b->d->zh, column, cell),
                  look | XLSX_RIGHT);
        break;
    }
}

static struct sheet_column column_at(struct book *b, const struct doc_table *t, size_t c,
                                     unsigned at)
{
    struct sheet_column column = {.at = at, .interval = has_intervals(t, c)};
    // headings wrap: the longer half is enough
    double width = (double)text_width(heading(b, &t->columns[c], true)) / 2 + 2;
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct cell *cell = &t->cells[r * t->n_columns + c];
        struct str text = doc_cell_text(b->a, b->d->zh, &t->columns[c], cell);
        int level = c == 0 && t->row_level ? t->row_level[r] : 0;
        double own = (double)text_width(text) + 2 + 3 * fmax(0, fmin(level, 8));
        width = fmax(width, own);
    }
    column.width = fmin(fmax(width, NARROWEST), WIDEST);
    return column;
}

static enum err columns_of(struct book *b, const struct doc_table *t,
                           struct sheet_column **columns, struct str **titles, size_t *n,
                           struct error *e)
{
    bool zh = b->d->zh;
    *n = 0;
    *columns = ARENA_ARRAY(b->a, struct sheet_column, t->n_columns);
    *titles = ARENA_ARRAY(b->a, struct str, 3 * t->n_columns);
    if (!*columns || !*titles)
        return error_memory(e);
    for (size_t c = 0; c < t->n_columns; c++) {
        struct sheet_column *column = &(*columns)[c];
        *column = column_at(b, t, c, (unsigned)*n);
        (*titles)[(*n)++] = heading(b, &t->columns[c], true);
        for (int bound = 0; column->interval && bound < 2; bound++) {
            struct str title = heading(b, &t->columns[c], false);
            struct str word = doc_word(zh, bound ? WORD_HIGH : WORD_LOW);
            (*titles)[(*n)++] = str_format(b->a, STR_FMT "%s" STR_FMT, STR_ARG(title),
                                           zh ? "，" : ", ", STR_ARG(word));
        }
    }
    for (size_t i = 0; i < *n; i++)
        if (!(*titles)[i].p)
            return error_memory(e);
    return ERR_OK;
}

static void notes(struct book *b, unsigned row, const struct doc_table *t)
{
    bool zh = b->d->zh;
    const struct str parts[3][2] = {{STR(""), doc_signs(b->a, zh, t)},
                                    {doc_word(zh, WORD_NOTE), t->note},
                                    {doc_word(zh, WORD_SOURCE), t->source}};
    for (size_t i = 0; i < 3; i++) {
        if (!parts[i][1].n)
            continue;
        struct buf text = BUF_INIT(1 << 20);
        buf_add(&text, parts[i][0]);
        buf_add(&text, parts[i][1]);
        xlsx_text(b->w, row++, 0, cut(b, buf_str(&text)), XLSX_NOTE);
        buf_free(&text);
    }
}

static enum err write_sheet(struct book *b, const struct block *block,
                            const struct doc_table *t, struct error *e)
{
    struct sheet_column *columns;
    struct str *titles;
    size_t n;
    enum err code = columns_of(b, t, &columns, &titles, &n, e);
    if (code)
        return code;
    struct str name = sheet_name(b, block);
    struct str title =
        str_format(b->a, STR_FMT "  " STR_FMT, STR_ARG(name), STR_ARG(t->title));
    if (!name.p || !title.p)
        return error_memory(e);
    xlsx_sheet(b->w, name);
    for (size_t c = 0; c < t->n_columns; c++)
        for (unsigned i = 0; i < (columns[c].interval ? 3 : 1); i++)
            xlsx_column_width(b->w, columns[c].at + i, i ? 12 : columns[c].width);
    xlsx_text(b->w, 0, 0, title, XLSX_BOLD);
    xlsx_header(b->w, 2, titles, n);
    for (size_t r = 0; r < t->n_rows; r++)
        for (size_t c = 0; c < t->n_columns; c++)
            write_cell(b, t, r, c, &columns[c], (unsigned)r + 3);
    notes(b, (unsigned)t->n_rows + 4, t);
    return ERR_OK;
}

static void contents(struct book *b)
{
    const struct doc *d = b->d;
    bool zh = d->zh;
    unsigned row = 0;
    xlsx_sheet(b->w, doc_word(zh, WORD_CONTENTS));
    xlsx_column_width(b->w, 0, 14);
    xlsx_column_width(b->w, 1, 80);
    xlsx_column_width(b->w, 2, 10);
    xlsx_text(b->w, row++, 0, d->title, XLSX_BOLD);
    const struct str lines[] = {d->subtitle, d->author, d->made};
    for (size_t i = 0; i < 3; i++)
        if (lines[i].n)
            xlsx_text(b->w, row++, 0, lines[i], i == 2 ? XLSX_NOTE : XLSX_PLAIN);
    row++;
    const struct str titles[] = {doc_word(zh, WORD_SHEET), doc_word(zh, WORD_TITLE),
                                 doc_word(zh, WORD_ROWS)};
    xlsx_header(b->w, row++, titles, 3);
    for (const struct block *block = d->first; block; block = block->next) {
        bool table = block->kind == BLOCK_TABLE;
        if (!table && (block->kind != BLOCK_CHART || block->chart.bare))
            continue;
        xlsx_link(b->w, row, 0, sheet_name(b, block));
        xlsx_text(b->w, row, 1, table ? block->table.title : block->chart.title,
                  XLSX_WRAP);
        xlsx_int(b->w, row, 2,
                 (int64_t)(table ? block->table.n_rows : block->chart.n_categories),
                 XLSX_PLAIN);
        row++;
    }
}

static enum err sheets(struct book *b, struct error *e)
{
    enum err code = ERR_OK;
    for (const struct block *block = b->d->first; block && !code; block = block->next) {
        struct doc_table data;
        if (block->kind == BLOCK_TABLE) {
            code = write_sheet(b, block, &block->table, e);
        } else if (block->kind == BLOCK_CHART && !block->chart.bare) {
            if (!doc_chart_table(b->a, b->d->zh, &block->chart, &data))
                return error_memory(e);
            code = write_sheet(b, block, &data, e);
        }
    }
    return code;
}

enum err doc_write_xlsx(const struct doc *given, const char *path, struct error *e)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct doc d;
    struct book b = {.d = &d, .a = &scratch};
    enum err code = doc_front(given, &scratch, &d, e);
    if (code)
        goto out;
    const char *title = str_c(&scratch, d.title);
    int64_t created = d.made_on == DATE_NONE ? 0 : (int64_t)d.made_on * 86400;
    code = title ? xlsx_writer_open(&b.w, path, title, created, e) : error_memory(e);
    if (code)
        goto out;
    contents(&b);
    code = sheets(&b, e);
    if (code)
        xlsx_writer_abandon(b.w);
    else
        code = xlsx_writer_close(b.w, e);
out:
    arena_free(&scratch);
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/xlsx_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/xlsx_book.h"

enum { PARSE_BLOCK = 1 << 16, SHEET_COLUMNS = 16384 };

enum cell_type {
    CELL_NUMBER,
    CELL_SHARED,
    CELL_TEXT,
    CELL_BOOLEAN,
    CELL_ERROR,
    CELL_DATE
};

struct cell {
    size_t at, n; // in the row's text, or in the shared strings
    bool shared;
};

struct xlsx {
    XML_Parser parser; // first, see xlsx_parser
    const char *name;
    struct table_options options;
    struct xlsx_zip *zip;
    struct xlsx_book book;
    bool suspended, part_end, done;

    // the row being built
    bool in_row, row_ready, in_cell, in_value, in_inline, in_phonetic, has_formula;
    uint64_t sheet_row, number;
    size_t column; // of the current cell, from 0
    unsigned style;
    enum cell_type type;
    size_t cell_at;
    bool has_value;
    struct cell *cells;
    size_t n_cells, cells_capacity;
    struct buf text;
    const char *problem; // key of the row's first problem
    size_t problem_column;
    char problem_value[64];
    bool limited; // a maximum was passed: the cells are not whole
    bool failed;  // memory
    size_t header_cells;

    struct str *out; // what a table_row points to
    size_t out_capacity;
    struct buf raw;
};

static void stop(struct xlsx *x)
{
    x->failed = true;
    XML_StopParser(x->parser, XML_FALSE);
}

static void note_problem(struct xlsx *x, const char *key, struct str value)
{
    x->limited |= strstr(key, "_limit") != NULL;
    if (x->problem)
        return;
    x->problem = key;
    x->problem_column = x->column;
    snprintf(x->problem_value, sizeof x->problem_value, "%.*s",
             (int)(value.n < 40 ? value.n : 40), value.n ? value.p : "");
}

// "BC17" to column 54; false when there is no column in it.
static bool column_of(const char *reference, size_t *out)
{
    size_t column = 0;
    const char *p = reference;
    for (; *p >= 'A' && *p <= 'Z' && column <= SHEET_COLUMNS; p++)
        column = column * 26 + (size_t)(*p - 'A') + 1;
    if (column == 0 || column > SHEET_COLUMNS)
        return false;
    *out = column - 1;
    return true;
}

static void begin_row(struct xlsx *x, const char *const *attributes)
{
    const char *r = xlsx_attribute(attributes, "r");
    int64_t number;
    x->sheet_row = r && str_to_int(str_of(r), &number) && number > 0 ? (uint64_t)number
                                                                     : x->sheet_row + 1;
    x->in_row = true;
    x->column = SIZE_MAX;
    x->n_cells = 0;
    x->problem = NULL;
    x->limited = false;
    buf_clear(&x->text);
}

static void begin_cell(struct xlsx *x, const char *const *attributes)
{
    const char *r = NULL, *type = NULL, *style = NULL;
    for (size_t i = 0; attributes[i]; i += 2) {
        if (attributes[i][0] == 'r' && !attributes[i][1])
            r = attributes[i + 1];
        else if (attributes[i][0] == 't' && !attributes[i][1])
            type = attributes[i + 1];
        else if (attributes[i][0] == 's' && !attributes[i][1])
            style = attributes[i + 1];
    }
    if (!r || !column_of(r, &x->column))
        x->column++;
    x->in_cell = true;
    x->has_value = x->has_formula = false;
    x->cell_at = x->text.n;
    int64_t number = 0;
    x->style =
        style && str_to_int(str_of(style), &number) && number >= 0 && number <= UINT16_MAX
            ? (unsigned)number
            : 0;
    x->type = CELL_NUMBER;
    if (!type)
        return;
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"s", CELL_SHARED},  {"str", CELL_TEXT}, {"inlineStr", CELL_TEXT},
                 {"b", CELL_BOOLEAN}, {"e", CELL_ERROR},  {"d", CELL_DATE}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].name) == 0)
            x->type = types[i].type;
}

static void sheet_element(void *user, const char *name, const char **attributes)
{
    struct xlsx *x = user;
    name = xlsx_local_name(name);
    if (strcmp(name, "c") == 0 && x->in_row)
        begin_cell(x, attributes);
    else if (strcmp(name, "v") == 0)
        x->in_value = x->in_cell;
    else if (strcmp(name, "f") == 0)
        x->has_formula = x->in_cell;
    else if (strcmp(name, "row") == 0)
        begin_row(x, attributes);
    else if (strcmp(name, "is") == 0)
        x->in_inline = x->in_cell;
    else if (strcmp(name, "t") == 0)
        x->in_value = x->in_inline && !x->in_phonetic;
    else if (strcmp(name, "rPh") == 0)
        x->in_phonetic = true;
}

static void sheet_text(void *user, const char *p, int n)
{
    struct xlsx *x = user;
    if (!x->in_value)
        return;
    x->has_value = true;
    if (x->text.n + (size_t)n > x->options.max_row)
        note_problem(x, "xlsx.row_limit", (struct str){p, (size_t)n});
    else if (x->text.n - x->cell_at + (size_t)n > x->options.max_field)
        note_problem(x, "xlsx.field_limit", (struct str){p, (size_t)n});
    else
        buf_add(&x->text, (struct str){p, (size_t)n});
    if (x->text.failed)
        stop(x);
}

// The shortest decimals that read back as the same number. Whole numbers of up to 15
// digits stand without an exponent; a spreadsheet has lost the digits beyond (of an
// identity number), so a longer one keeps its exponent and cannot pass for exact.
static void number_text(double value, char out[40])
{
    if (value == floor(value) && fabs(value) >= 1e15) {
        snprintf(out, 40, "%.15G", value);
        return;
    }
    if (value == floor(value)) {
        snprintf(out, 40, "%.0f", value == 0 ? 0.0 : value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        snprintf(out, 40, "%.*g", digits, value);
        if (str_to_double(str_of(out), &back) && back == value)
            return;
    }
}

// A serial as the sheet shows it: the day, the time of day, or both.
static bool serial_text(const struct xlsx *x, double value, enum xlsx_kind kind,
                        char out[40])
{
    double day = floor(value);
    int64_t second = llround((value - day) * 86400);
    if (second == 86400) {
        day++;
        second = 0;
    }
    char time[16];
    snprintf(time, sizeof time, "%02d:%02d:%02d", (int)(second / 3600),
             (int)(second / 60 % 60), (int)(second % 60));
    if (kind == XLSX_TIME && day == 0) {
        snprintf(out, 40, "%s", time);
        return true;
    }
    int32_t date;
    if (!date_from_excel(day, x->book.epoch_1904, &date))
        return false;
    char text[DATE_TEXT_SIZE];
    date_format(date, text);
    snprintf(out, 40, "%s%s%s", text, second ? " " : "", second ? time : "");
    return true;
}

static bool put_cell(struct xlsx *x, struct cell cell)
{
    if (x->column >= x->options.max_columns) {
        note_problem(x, "xlsx.column_limit", (struct str){"", 0});
        return true;
    }
    if (x->column >= x->cells_capacity) {
        size_t capacity = x->cells_capacity ? x->cells_capacity : 32;
        while (capacity <= x->column)
            capacity *= 2;
        struct cell *cells = mem_resize(x->cells, capacity, sizeof *cells);
        if (!cells)
            return false;
        x->cells = cells;
        x->cells_capacity = capacity;
    }
    while (x->n_cells <= x->column)
        x->cells[x->n_cells++] = (struct cell){0};
    x->cells[x->column] = cell;
    return true;
}

static void replace_text(struct xlsx *x, const char *text)
{
    x->text.n = x->cell_at;
    buf_add_c(&x->text, text);
}

static void end_cell(struct xlsx *x)
{
    x->in_cell = x->in_inline = x->in_value = false;
    // a formula whose result is an empty text says so (t="str"); without a type and a
    // value it was written by a program that does not calculate
    if (!x->has_value && x->has_formula && x->type == CELL_NUMBER) {
        note_problem(x, "xlsx.formula", (struct str){"", 0});
        buf_add_c(&x->text, "#N/A"); // so that its cell in the rejects is not just empty
        x->type = CELL_TEXT;
        x->has_value = true;
    }
    if (!x->has_value)
        return;
    struct str value = {x->text.p + x->cell_at, x->text.n - x->cell_at};
    struct cell cell = {0};
    enum xlsx_kind kind = x->style < x->book.n_kinds
                              ? (enum xlsx_kind)x->book.kinds[x->style]
                              : XLSX_NUMBER;
    char out[40];
    double number;
    int64_t index;
    switch (x->type) {
    case CELL_NUMBER:
        if (!str_to_double(str_trim(value), &number))
            break; // not a number after all: its text is kept
        if (kind == XLSX_NUMBER || !serial_text(x, number, kind, out))
            number_text(number, out);
        replace_text(x, out);
        break;
    case CELL_SHARED:
        if (str_to_int(value, &index) && index >= 0 &&
            (uint64_t)index < x->book.n_strings) {
            size_t at = index ? x->book.ends[index - 1] : 0;
            cell = (struct cell){at, x->book.ends[index] - at, true};
            x->text.n = x->cell_at;
        } else {
            note_problem(x, "xlsx.shared_string", value);
        }
        break;
    case CELL_TEXT:
        if (value.n)
            x->text.n = x->cell_at + xlsx_unescape(x->text.p + x->cell_at, value.n);
        break;
    case CELL_BOOLEAN:
        replace_text(x, str_equal(value, STR("1")) || str_equal(value, STR("true"))
                            ? "TRUE"
                            : "FALSE");
        break;
    case CELL_ERROR:
        note_problem(x, "xlsx.error_value", value);
        break;
    case CELL_DATE:
        if (value.n >= 19 && value.p[10] == 'T' &&
            memcmp(value.p + 11, "00:00:00", 8) == 0)
            x->text.n = x->cell_at + 10;
        else if (value.n > 10 && value.p[10] == 'T')
            x->text.p[x->cell_at + 10] = ' ';
        break;
    }
    if (!cell.shared)
        cell = (struct cell){x->cell_at, x->text.n - x->cell_at, false};
    if (cell.n > x->options.max_field)
        note_problem(x, "xlsx.field_limit", (struct str){"", 0});
    if (x->text.failed || !put_cell(x, cell))
        stop(x);
}

static void sheet_end(void *user, const char *name)
{
    struct xlsx *x = user;
    name = xlsx_local_name(name);
    if (strcmp(name, "c") == 0 && x->in_cell) {
        end_cell(x);
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        x->in_value = false;
    } else if (strcmp(name, "rPh") == 0) {
        x->in_phonetic = false;
    } else if (strcmp(name, "row") == 0 && x->in_row) {
        x->in_row = false;
        x->row_ready = true;
        XML_StopParser(x->parser, XML_TRUE); // until the next row is asked for
    }
}

enum err xlsx_open(struct xlsx **out, int fd, const char *name,
                   const struct table_options *options, struct error *e)
{
    *out = NULL;
    struct xlsx *x = mem_alloc(1, sizeof *x);
    if (!x)
        return error_memory(e);
    x->name = name;
    x->options = *options;
    size_t most =
        SIZE_MAX / 16 < options->max_row ? options->max_row : options->max_row + 64;
    x->text = BUF_INIT(most + 4096);
    x->raw = BUF_INIT(SIZE_MAX / 4);
    enum err code = xlsx_zip_open(&x->zip, fd, name, e);
    if (!code)
        code = xlsx_book_read(&x->book, x->zip, name, options->sheet, e);
    if (!code)
        code = xlsx_part_open(x->zip, x->book.sheet_path, e);
    if (!code) {
        x->parser = xlsx_parser(x, sheet_element, sheet_end, sheet_text);
        if (!x->parser)
            code = error_memory(e);
    }
    if (code) {
        xlsx_close(x);
        return code;
    }
    *out = x;
    return ERR_OK;
}

// Feeds the parser until a row is whole or the sheet ends.
static enum err advance(struct xlsx *x, struct error *e)
{
    x->row_ready = false;
    while (!x->row_ready && !x->done) {
        enum XML_Status status;
        if (x->suspended) {
            x->suspended = false;
            status = XML_ResumeParser(x->parser);
        } else if (x->part_end) {
            x->done = true;
            break;
        } else {
            void *block = XML_GetBuffer(x->parser, PARSE_BLOCK);
            if (!block)
                return error_memory(e);
            size_t got;
            enum err code = xlsx_part_read(x->zip, block, PARSE_BLOCK, &got, e);
            if (code)
                return code;
            x->part_end = got == 0;
            status = XML_ParseBuffer(x->parser, (int)got, got == 0);
        }
        if (x->failed)
            return error_memory(e);
        if (status == XML_STATUS_ERROR)
            return xlsx_parse_error(x->zip, x->parser, e);
        x->suspended = status == XML_STATUS_SUSPENDED;
    }
    return ERR_OK;
}

static void describe_problem(struct xlsx *x, struct table_row *row)
{
    char where[256], column[8];
    size_t n = sizeof column - 1;
    column[n] = '\0';
    for (size_t k = x->problem_column + 1; k > 0; k = (k - 1) / 26)
        column[--n] = (char)('A' + (k - 1) % 26);
    snprintf(where, sizeof where, "%.180s:%s%" PRIu64, x->name, column + n, x->sheet_row);
    static const struct {
        const char *key, *text, *cure;
    } problems[] = {
        {"xlsx.error_value", "the cell shows an error",
         "Correct the formula or the value."},
        {"xlsx.formula", "the cell has a formula and no result",
         "Open the file in a spreadsheet and save it, so that the result is in it."},
        {"xlsx.column_limit", "the row has too many columns",
         "Delete what is not the table."},
        {"xlsx.field_limit", "the cell's text is too long", "Shorten it."},
        {"xlsx.row_limit", "the row's text is too long", "Shorten it."},
        {"xlsx.shared_string", "the cell points to a text that is not in the file",
         "Open the file in a spreadsheet, let it repair it, and save it."},
    };
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (strcmp(problems[i].key, x->problem) == 0) {
            (void)error_set(&row->problem, ERR_INPUT, problems[i].key, where,
                            "cell %s%" PRIu64 ": %s%s%s", column + n, x->sheet_row,
                            problems[i].text, x->problem_value[0] ? ": " : "",
                            x->problem_value);
            (void)error_cure(&row->problem, "%s", problems[i].cure);
        }
    row->blank = false;
    if (x->limited) {
        row->cells = NULL;
        row->n = 0;
    }
}

enum err xlsx_read(struct xlsx *x, struct table_row *row, struct error *e)
{
    row->end = row->cut = false;
    row->blank = true;
    row->problem.code = ERR_OK;
    row->cells = NULL;
    row->n = 0;
    row->raw = (struct str){"", 0};
    enum err code = advance(x, e);
    if (code)
        return code;
    if (x->done) {
        row->end = true;
        row->blank = false;
        return ERR_OK;
    }
    row->number = ++x->number;
    row->line = x->sheet_row;
    if (row->number == 1)
        x->header_cells = x->n_cells;
    // empty cells at a row's end are left out of the file; give the row the first row's
    // width
    size_t n = x->n_cells > x->header_cells ? x->n_cells : x->header_cells;
    if (n > x->out_capacity) {
        struct str *cells = mem_resize(x->out, n, sizeof *cells);
        if (!cells)
            return error_memory(e);
        x->out = cells;
        x->out_capacity = n;
    }
    for (size_t i = 0; i < n; i++) {
        struct cell cell = i < x->n_cells ? x->cells[i] : (struct cell){0};
        const char *base = cell.shared ? x->book.text.p : x->text.p;
        x->out[i] = (struct str){cell.n ? base + cell.at : "", cell.n};
        row->blank = row->blank && str_trim(x->out[i]).n == 0;
    }
    buf_clear(&x->raw);
    csv_write_row(&x->raw, x->out, n, false);
    if (x->raw.failed)
        return error_memory(e);
    row->raw = (struct str){x->raw.p, x->raw.n - 2};
    row->cells = x->out;
    row->n = n;
    if (x->problem)
        describe_problem(x, row);
    return ERR_OK;
}

struct str xlsx_sheets(const struct xlsx *xlsx, struct str *read)
{
    *read = str_of(xlsx->book.sheet_name);
    return xlsx->book.sheets.failed ? *read : buf_str(&xlsx->book.sheets);
}

double xlsx_progress(const struct xlsx *x)
{
    return x->done ? 1 : xlsx_part_progress(x->zip);
}

void xlsx_close(struct xlsx *x)
{
    if (!x)
        return;
    if (x->parser)
        XML_ParserFree(x->parser);
    xlsx_zip_close(x->zip);
    xlsx_book_free(&x->book);
    mem_free(x->cells);
    mem_free(x->out);
    buf_free(&x->text);
    buf_free(&x->raw);
    mem_free(x);
}

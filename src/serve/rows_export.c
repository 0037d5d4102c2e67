// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows of a list as a file: CSV as it is read, a page of rows at a time, or a
// workbook. The headings and codes are in the reader's language, places by code with
// their names beside; an import reads both.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/audit.h"
#include "base/xlsx_write.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

enum { PAGE = 1000, XLSX_MOST = 50000 };

struct export
{
    struct request *q;
    const struct reg *reg;
    struct row_query query;
    struct arena arena; // of a page
    struct xlsx_writer *book;
    unsigned row; // of the sheet
    uint64_t rows;
};

// --- cells

static bool is_place(const struct field *f)
{
    return f->type == TYPE_AREA || f->type == TYPE_FACILITY;
}

static struct str shown(const struct export *x, const struct field *f,
                        const struct row_value *v)
{
    if (!v->text.p || f->type != TYPE_CODE)
        return v->text.p ? v->text : STR("");
    int code = field_code(f, v->text);
    return code >= 0 ? label_in(f->codes[code].label, x->q->zh) : v->text;
}

static struct str place_name(const struct export *x, const struct field *f,
                             const struct row_value *v)
{
    const struct places *p = x->q->county->places;
    if (v->place < 0)
        return STR("");
    return f->type == TYPE_AREA ? area_name(&p->areas[v->place], x->q->zh)
                                : facility_name(&p->facilities[v->place], x->q->zh);
}

static struct str heading(const struct export *x, const struct field *f)
{
    return label_in(f->label, x->q->zh);
}

static struct str name_heading(struct export *x, const struct field *f)
{
    struct str text =
        str_format(&x->arena, x->q->zh ? STR_FMT "（名称）" : STR_FMT " (name)",
                   STR_ARG(heading(x, f)));
    return text.p ? text : STR("");
}

// What a spreadsheet would take for a formula gets the mark that an import takes off.
static void add_csv(struct buf *out, struct str text, bool first)
{
    bool formula = text.n && strchr("=+-@\t", text.p[0]) && text.p[0];
    double number;
    if (formula && str_to_double(text, &number))
        formula = false;
    bool quotes = formula;
    for (size_t i = 0; i < text.n && !quotes; i++)
        quotes = strchr(",\"\r\n", text.p[i]) && text.p[i];
    buf_add_c(out, first ? "" : ",");
    if (!quotes) {
        buf_add(out, text);
        return;
    }
    buf_add_c(out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text.p[i]);
    }
    buf_add_char(out, '"');
}

// --- rows

struct sink { // one line of either kind of file
    struct export *x;
    struct buf *csv;
    unsigned column;
};

static void put_cell(struct sink *s, struct str text)
{
    if (s->csv)
        add_csv(s->csv, text, s->column == 0);
    else
        xlsx_text(s->x->book, s->x->row, s->column, text, XLSX_PLAIN);
    s->column++;
}

static void put_value(struct sink *s, const struct field *f, const struct row_value *v)
{
    int64_t whole;
    double number;
    int32_t day;
    struct xlsx_writer *book = s->x->book;
    if (s->csv || !v->text.n) {
        put_cell(s, shown(s->x, f, v));
        return;
    }
    if (f->type == TYPE_INT && str_to_int(v->text, &whole))
        xlsx_int(book, s->x->row, s->column++, whole, XLSX_PLAIN);
    else if (f->type == TYPE_DECIMAL && str_to_double(v->text, &number))
        xlsx_double(book, s->x->row, s->column++, number, 2, XLSX_PLAIN);
    else if (f->type == TYPE_DATE && !date_parse(v->text, &day, NULL))
        xlsx_date(book, s->x->row, s->column++, day, XLSX_PLAIN);
    else
        put_cell(s, shown(s->x, f, v));
}

static void end_line(struct sink *s)
{
    if (s->csv)
        buf_add_c(s->csv, "\r\n");
    s->column = 0;
    s->x->row++;
}

static void put_headings(struct sink *s, const struct row_list *list)
{
    struct export *x = s->x;
    if (x->reg->n_sources)
        put_cell(s, label_in(x->reg->fields[FIELD_SOURCE].label, x->q->zh));
    for (size_t i = 0; i < list->n_columns; i++) {
        put_cell(s, heading(x, list->columns[i]));
        if (is_place(list->columns[i]))
            put_cell(s, name_heading(x, list->columns[i]));
    }
    end_line(s);
}

static struct str source_label(const struct export *x, struct str source)
{
    for (size_t i = 0; source.p && i < x->reg->n_sources; i++)
        if (str_equal(x->reg->sources[i].value, source))
            return label_in(x->reg->sources[i].label, x->q->zh);
    return source.p ? source : STR("");
}

static void put_line(struct sink *s, const struct row_list *list,
                     const struct row_listed *row)
{
    struct export *x = s->x;
    if (x->reg->n_sources)
        put_cell(s, source_label(x, row->source));
    for (size_t i = 0; i < list->n_columns; i++) {
        put_value(s, list->columns[i], &row->values[i]);
        if (is_place(list->columns[i]))
            put_cell(s, place_name(x, list->columns[i], &row->values[i]));
    }
    end_line(s);
}

static enum err too_many(const struct export *x, struct error *e)
{
    error_set(e, ERR_LIMIT, "export.rows", x->reg->name.p,
              "a workbook takes %d rows here, and these are more", XLSX_MOST);
    return error_cure(e, "take them as CSV, or choose an area or a period");
}

// All pages; each page's memory is given back before the next. The cursor is kept beside.
static enum err put_rows(struct export *x, struct sink *s, struct error *e)
{
    char cursor[8192];
    enum err code = ERR_OK;
    for (bool first = true; !code; first = false) {
        struct row_list list;
        arena_reset(&x->arena);
        code = row_list(x->q->county, &x->q->who, x->reg, &x->query, &x->arena, &list, e);
        if (!code && first)
            put_headings(s, &list);
        for (size_t i = 0; !code && i < list.n; i++, x->rows++)
            put_line(s, &list, &list.rows[i]);
        if (!code && x->book && x->rows > XLSX_MOST)
            code = too_many(x, e);
        if (!code && s->csv)
            code = answer_flush(x->q, e);
        if (code || !list.next.p || list.next.n > sizeof cursor)
            break;
        memcpy(cursor, list.next.p, list.next.n);
        x->query.after = (struct str){cursor, list.next.n};
    }
    return code;
}

// --- the two files

static struct str file_name(struct export *x, const char *ending)
{
    char day[DATE_TEXT_SIZE];
    date_format(date_today(), day);
    struct str name =
        str_format(x->q->arena, STR_FMT "-%s.%s", STR_ARG(x->reg->name), day, ending);
    return name.p ? name : STR("rows");
}

static enum err export_csv(struct export *x, struct error *e)
{
    struct str name = file_name(x, "csv");
    struct str header =
        str_format(x->q->arena, "attachment; filename=\"" STR_FMT "\"", STR_ARG(name));
    if (!header.p)
        return error_memory(e);
    answer_header(x->q, "Content-Disposition", header);
    struct sink s = {.x = x, .csv = answer_text(x->q, "text/csv; charset=utf-8")};
    buf_add_c(s.csv, "\xEF\xBB\xBF"); // so that a spreadsheet reads it as UTF-8
    return put_rows(x, &s, e);
}

static enum err export_xlsx(struct export *x, struct error *e)
{
    struct str path =
        str_format(x->q->arena, "%s/export-XXXXXX.xlsx", server_folder(x->q->server));
    char *writable = (char *)path.p;
    int file = writable ? mkstemps(writable, 5) : -1;
    if (file < 0)
        return writable ? error_errno(e, errno, NULL, "write the workbook")
                        : error_memory(e);
    close(file);
    struct str title = label_in(x->reg->label, x->q->zh);
    enum err code =
        xlsx_writer_open(&x->book, writable, title.p, date_now_ms() / 1000, e);
    if (!code) {
        struct sink s = {.x = x};
        xlsx_sheet(x->book, title);
        code = put_rows(x, &s, e);
        if (code)
            xlsx_writer_abandon(x->book);
        else
            code = xlsx_writer_close(x->book, e);
    }
    if (code) {
        unlink(writable);
        return code;
    }
    return answer_file(
        x->q, writable,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        file_name(x, "xlsx"), true, e);
}

// What left the house is in the audit before it leaves.
static enum err note_export(const struct export *x, struct str format, struct error *e)
{
    struct buf text = BUF_INIT(4000);
    buf_add(&text, format);
    for (size_t i = 0; i < x->query.n_filters && text.n < 1500; i++) {
        const struct row_filter *f = &x->query.filters[i];
        const struct field *field = reg_field(x->reg, f->field);
        // a value that names a person is not noted
        bool told = field && !field->identifies && field->type != TYPE_NAME;
        buf_printf(&text, " " STR_FMT "=" STR_FMT, STR_ARG(f->field),
                   STR_ARG(told ? f->text : STR("...")));
    }
    enum err code =
        audit_write(x->q->county->store,
                    &(struct audit_entry){.kind = AUDIT_EXPORT,
                                          .who = x->q->who.user,
                                          .subject = x->reg->name,
                                          .text = text.failed ? format : buf_str(&text),
                                          .at = date_now_ms()},
                    e);
    buf_free(&text);
    return code;
}

enum err rows_export(struct request *q, struct error *e)
{
    struct export x = {.q = q, .reg = request_register(q)};
    struct str format = request_query(q, "format");
    bool xlsx = str_equal_c(format, "xlsx");
    if (format.n && !xlsx && !str_equal_c(format, "csv")) {
        error_set(e, ERR_INPUT, "export.format", "format", "'" STR_FMT "' is no format",
                  STR_ARG(format));
        return error_cure(e, "ask for csv or xlsx");
    }
    enum err code = rows_query(q, &x.query, e);
    if (code)
        return code;
    x.query.limit = PAGE;
    x.query.count = false;
    x.query.after = STR("");
    if (!x.query.sort.n)
        x.query.sort = STR("id");
    code = note_export(&x, xlsx ? STR("xlsx") : STR("csv"), e);
    arena_init(&x.arena, 0);
    if (!code)
        code = xlsx ? export_xlsx(&x, e) : export_csv(&x, e);
    arena_free(&x.arena);
    return code;
}

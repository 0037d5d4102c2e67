// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/sheet.h"

#include "base/xlsx_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ucnv.h>

enum { FLUSH_AT = 1 << 16, PATH_SIZE = 4096 };

struct sheet {
    char path[PATH_SIZE];
    enum sheet_dialect dialect;
    char separator;
    FILE *file;
    struct buf pending; // whole rows and the row begun, UTF-8
    UConverter *converter;
    struct xlsx_writer *workbook;
    uint32_t row; // from 1
    unsigned column;
    bool failed;
    struct error problem;
};

static void sheet_fail(struct sheet *s, const struct error *e)
{
    if (!s->failed)
        s->problem = *e;
    s->failed = true;
}

static void sheet_free(struct sheet *s)
{
    if (s->file)
        fclose(s->file);
    if (s->converter)
        ucnv_close(s->converter);
    buf_free(&s->pending);
    mem_free(s);
}

static enum err open_workbook(struct sheet *s, struct error *e)
{
    // A fixed day of making: two runs must give the same bytes.
    enum err result = xlsx_writer_open(&s->workbook, s->path, NULL, 1420070400, e);
    if (!result)
        xlsx_sheet(s->workbook, STR("Sheet1"));
    return result;
}

static enum err open_text(struct sheet *s, struct error *e)
{
    s->file = fopen(s->path, "wb");
    if (!s->file)
        return error_errno(e, errno, s->path, "write");
    if (s->dialect == SHEET_GB18030) {
        UErrorCode status = U_ZERO_ERROR;
        s->converter = ucnv_open("GB18030", &status);
        if (U_FAILURE(status))
            return error_set(e, ERR_INTERNAL, "demo.gb18030", s->path,
                             "the converter to GB18030 is not available: %s",
                             u_errorName(status));
    }
    if (s->dialect == SHEET_UTF8_BOM)
        buf_add_c(&s->pending, "\xEF\xBB\xBF");
    return ERR_OK;
}

enum err sheet_open(struct sheet **out, const char *folder, const char *file,
                    enum sheet_dialect dialect, const char *const *headings,
                    struct error *e)
{
    *out = NULL;
    struct sheet *s = mem_alloc(1, sizeof *s);
    if (!s)
        return error_memory(e);
    s->dialect = dialect;
    s->separator = dialect == SHEET_SEMICOLON ? ';' : ',';
    s->pending = BUF_INIT(64u << 20);
    s->row = 1;
    int n = snprintf(s->path, sizeof s->path, "%s/%s", folder, file);
    enum err result;
    if (n < 0 || (size_t)n >= sizeof s->path)
        result = error_set(e, ERR_LIMIT, "demo.path", NULL,
                           "the folder's path is longer "
                           "than %d bytes",
                           PATH_SIZE - 64);
    else
        result = dialect == SHEET_XLSX ? open_workbook(s, e) : open_text(s, e);
    if (result) {
        sheet_abandon(s);
        return result;
    }
    for (size_t i = 0; headings && headings[i]; i++)
        sheet_text(s, headings[i]);
    if (headings)
        sheet_end_row(s);
    *out = s;
    return ERR_OK;
}

static void write_bytes(struct sheet *s, const char *p, size_t n)
{
    struct error e;
    if (n && fwrite(p, 1, n, s->file) != n) {
        (void)error_errno(&e, errno, s->path, "write");
        sheet_fail(s, &e);
    }
}

static void flush(struct sheet *s)
{
    struct error e;
    if (buf_check(&s->pending, &e))
        sheet_fail(s, &e);
    if (s->failed || !s->pending.n)
        return;
    if (!s->converter) {
        write_bytes(s, s->pending.p, s->pending.n);
    } else {
        // Four bytes of GB18030 at most for a character, of which UTF-8 has at least one.
        size_t capacity = s->pending.n * 4;
        char *bytes = mem_alloc(capacity, 1);
        UErrorCode status = U_ZERO_ERROR;
        int32_t n = !bytes ? 0
                           : ucnv_fromAlgorithmic(s->converter, UCNV_UTF8, bytes,
                                                  (int32_t)capacity, s->pending.p,
                                                  (int32_t)s->pending.n, &status);
        if (!bytes || U_FAILURE(status)) {
            (void)error_memory(&e);
            sheet_fail(s, &e);
        } else {
            write_bytes(s, bytes, (size_t)n);
        }
        mem_free(bytes);
    }
    buf_clear(&s->pending);
}

static void next_cell(struct sheet *s)
{
    if (s->column++ && !s->workbook)
        buf_add_char(&s->pending, s->separator);
}

void sheet_text(struct sheet *s, const char *text)
{
    next_cell(s);
    if (s->workbook) {
        if (*text)
            xlsx_text(s->workbook, s->row - 1, s->column - 1, str_of(text), XLSX_PLAIN);
        return;
    }
    if (!strpbrk(text, ",;\"\r\n")) {
        buf_add_c(&s->pending, text);
        return;
    }
    buf_add_char(&s->pending, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            buf_add_char(&s->pending, '"');
        buf_add_char(&s->pending, *p);
    }
    buf_add_char(&s->pending, '"');
}

void sheet_int(struct sheet *s, int64_t value)
{
    next_cell(s);
    if (s->workbook)
        xlsx_int(s->workbook, s->row - 1, s->column - 1, value, XLSX_PLAIN);
    else
        buf_printf(&s->pending, "%lld", (long long)value);
}

void date_in_form(int32_t day, enum date_form form, char out[32])
{
    int year, month, date;
    out[0] = '\0';
    if (day == DATE_NONE)
        return;
    date_to_ymd(day, &year, &month, &date);
    switch (form) {
    case FORM_ISO:
        snprintf(out, 32, "%04d-%02d-%02d", year, month, date);
        break;
    case FORM_SLASH:
        snprintf(out, 32, "%d/%d/%d", year, month, date);
        break;
    case FORM_CHINESE:
        snprintf(out, 32, "%d年%d月%d日", year, month, date);
        break;
    case FORM_COMPACT:
        snprintf(out, 32, "%04d%02d%02d", year, month, date);
        break;
    case FORM_DOT:
        snprintf(out, 32, "%d.%d.%d", year, month, date);
        break;
    }
}

void sheet_date(struct sheet *s, int32_t day, enum date_form form)
{
    if (!s->workbook || day == DATE_NONE) {
        char text[32];
        date_in_form(day, form, text);
        sheet_text(s, text);
        return;
    }
    next_cell(s);
    xlsx_date(s->workbook, s->row - 1, s->column - 1, day, XLSX_PLAIN);
}

void sheet_end_row(struct sheet *s)
{
    s->row++;
    s->column = 0;
    if (s->workbook)
        return;
    buf_add_c(&s->pending, s->dialect == SHEET_SEMICOLON ? "\n" : "\r\n");
    if (s->pending.n >= FLUSH_AT)
        flush(s);
}

uint32_t sheet_row(const struct sheet *s)
{
    return s->row;
}

enum err sheet_close(struct sheet *s, struct error *e)
{
    if (!s)
        return ERR_OK;
    struct error problem;
    if (s->workbook) {
        if (xlsx_writer_close(s->workbook, &problem))
            sheet_fail(s, &problem);
        s->workbook = NULL;
    } else if (s->file) {
        flush(s);
        if (fclose(s->file)) {
            (void)error_errno(&problem, errno, s->path, "write");
            sheet_fail(s, &problem);
        }
        s->file = NULL;
    }
    enum err result = ERR_OK;
    if (s->failed) {
        if (e)
            *e = s->problem;
        result = s->problem.code;
    }
    sheet_free(s);
    return result;
}

void sheet_abandon(struct sheet *s)
{
    if (!s)
        return;
    if (s->workbook)
        xlsx_writer_abandon(s->workbook);
    s->workbook = NULL;
    sheet_free(s);
}

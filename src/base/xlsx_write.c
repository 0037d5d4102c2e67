// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/xlsx_write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/date.h"
#include "base/encoding.h"

enum kind { TEXT, WHOLE, DECIMAL, PERCENT, CALENDAR_YEAR, DAY, HEADER, KINDS };
enum { DECIMALS = 10, NAME_LENGTH = 31, PATH_SIZE = 4096 };

struct xlsx_writer {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *formats[KINDS][DECIMALS][XLSX_LOOKS];
    char path[PATH_SIZE],
        written[PATH_SIZE]; // written is renamed to path when it is whole
    struct buf scratch;
    struct error problem;
};

enum err xlsx_writer_open(struct xlsx_writer **out, const char *path, const char *title,
                          int64_t created, struct error *e)
{
    *out = NULL;
    struct xlsx_writer *w = mem_alloc(1, sizeof *w);
    if (!w)
        return error_memory(e);
    struct stat about;
    bool device = stat(path, &about) == 0 && !S_ISREG(about.st_mode);
    int n = snprintf(w->path, sizeof w->path, "%s", path);
    int k = snprintf(w->written, sizeof w->written, "%s%s", path, device ? "" : ".part");
    if (n < 0 || k < 0 || k >= PATH_SIZE) {
        mem_free(w);
        return error_set(e, ERR_INPUT, "xlsx.path", path, "the file's name is too long");
    }
    w->scratch = BUF_INIT(1 << 20);
    // the library opens its file only when it is closed; a folder that is not there or
    // not ours is better told now
    FILE *f = fopen(w->written, "wb");
    if (!f) {
        enum err code = error_errno(e, errno, path, "write");
        mem_free(w);
        return code;
    }
    fclose(f);
    w->book = workbook_new(w->written);
    if (!w->book) {
        xlsx_writer_abandon(w);
        return error_memory(e);
    }
    char text[256];
    snprintf(text, sizeof text, "%s", title ? title : "");
    lxw_doc_properties properties = {.title = text, .created = (time_t)created};
    (void)workbook_set_properties(w->book, &properties);
    *out = w;
    return ERR_OK;
}

// The first failure is kept; see the header.
static void keep(struct xlsx_writer *w, lxw_error code)
{
    if (code == LXW_NO_ERROR || w->problem.code)
        return;
    if (code == LXW_ERROR_MEMORY_MALLOC_FAILED)
        (void)error_memory(&w->problem);
    else
        (void)error_set(&w->problem, ERR_LIMIT, "xlsx.sheet_limit", w->path,
                        "a cell does not fit into a sheet: %s", lxw_strerror(code));
}

static bool ready(struct xlsx_writer *w)
{
    if (w->problem.code)
        return false;
    if (!w->sheet)
        xlsx_sheet(w, STR("Sheet1"));
    return w->sheet != NULL;
}

// A C string that is valid UTF-8; NULL when memory is out or it is longer than any cell.
static const char *c_text(struct xlsx_writer *w, struct str text)
{
    buf_clear(&w->scratch);
    encoding_repair(&w->scratch, text, false);
    const char *p = buf_c(&w->scratch);
    if (!p && !w->problem.code)
        w->problem.code = buf_check(&w->scratch, &w->problem);
    return p;
}

static lxw_format *format(struct xlsx_writer *w, enum kind kind, unsigned decimals,
                          unsigned look)
{
    decimals = decimals < DECIMALS ? decimals : DECIMALS - 1;
    look %= XLSX_LOOKS;
    lxw_format **kept = &w->formats[kind][decimals][look];
    if (*kept)
        return *kept;
    lxw_format *f = workbook_add_format(w->book);
    if (!f) {
        keep(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    char number[32];
    if (kind == DECIMAL || kind == PERCENT) {
        snprintf(number, sizeof number, "%s0%s%.*s%s", kind == DECIMAL ? "#,##" : "",
                 decimals ? "." : "", (int)decimals, "000000000",
                 kind == PERCENT ? "%" : "");
        format_set_num_format(f, number);
    } else if (kind == WHOLE) {
        format_set_num_format(f, "#,##0");
    } else if (kind == CALENDAR_YEAR) {
        format_set_num_format(f, "0");
    } else if (kind == DAY) {
        format_set_num_format(f, "yyyy-mm-dd");
        format_set_align(f, LXW_ALIGN_LEFT);
    } else if (kind == HEADER) {
        format_set_bottom(f, LXW_BORDER_THIN);
        format_set_text_wrap(f);
        format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
    }
    if (look & XLSX_BOLD)
        format_set_bold(f);
    if (look & XLSX_SHADED)
        format_set_bg_color(f, 0xEEEEEE);
    if (look & XLSX_RIGHT)
        format_set_align(f, LXW_ALIGN_RIGHT);
    if (look & XLSX_WRAP)
        format_set_text_wrap(f);
    if (look & XLSX_NOTE) {
        format_set_italic(f);
        format_set_font_size(f, 9);
        format_set_font_color(f, 0x666666);
    }
    *kept = f;
    return f;
}

// Bytes of text that make up at most `most` UTF-16 units.
static size_t name_prefix(const char *text, size_t most)
{
    size_t i = 0, units = 0;
    while (text[i]) {
        unsigned char c = (unsigned char)text[i];
        size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        units += length == 4 ? 2 : 1;
        if (units > most)
            break;
        i += length;
    }
    return i;
}

void xlsx_sheet(struct xlsx_writer *w, struct str name)
{
    if (w->problem.code)
        return;
    const char *text = c_text(w, str_trim(name));
    if (!text)
        return;
    char clean[NAME_LENGTH * 4 + 1], unique[sizeof clean + 16];
    size_t n = name_prefix(text, NAME_LENGTH);
    for (size_t i = 0; i < n; i++)
        clean[i] =
            strchr("[]:*?/\\", text[i]) || (unsigned char)text[i] < ' ' ? '-' : text[i];
    clean[n] = '\0';
    if (n && clean[0] == '\'')
        clean[0] = '-';
    if (n && clean[n - 1] == '\'')
        clean[n - 1] = '-';
    if (n == 0)
        snprintf(clean, sizeof clean, "Sheet");
    snprintf(unique, sizeof unique, "%s", clean);
    for (int k = 2; k < 10000 && workbook_validate_sheet_name(w->book, unique); k++) {
        char suffix[16];
        int length = snprintf(suffix, sizeof suffix, " (%d)", k);
        int kept = (int)name_prefix(clean, NAME_LENGTH - (size_t)length);
        snprintf(unique, sizeof unique, "%.*s%s", kept, clean, suffix);
    }
    w->sheet = workbook_add_worksheet(w->book, unique);
    if (!w->sheet)
        keep(w, LXW_ERROR_SHEETNAME_ALREADY_USED);
}

void xlsx_column_width(struct xlsx_writer *w, unsigned column, double width)
{
    if (!ready(w))
        return;
    keep(w, column < LXW_COL_MAX ? worksheet_set_column(w->sheet, (lxw_col_t)column,
                                                        (lxw_col_t)column, width, NULL)
                                 : LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE);
}

static bool in_sheet(struct xlsx_writer *w, unsigned row, unsigned column)
{
    if (!ready(w))
        return false;
    if (row < LXW_ROW_MAX && column < LXW_COL_MAX)
        return true;
    keep(w, LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE);
    return false;
}

static void write_text(struct xlsx_writer *w, unsigned row, unsigned column,
                       struct str text, lxw_format *f)
{
    const char *p = in_sheet(w, row, column) ? c_text(w, text) : NULL;
    if (!p)
        return;
    keep(w, *p ? worksheet_write_string(w->sheet, row, (lxw_col_t)column, p, f)
               : worksheet_write_blank(w->sheet, row, (lxw_col_t)column, f));
}

void xlsx_header(struct xlsx_writer *w, unsigned row, const struct str *titles, size_t n)
{
    lxw_format *f = format(w, HEADER, 0, XLSX_BOLD | XLSX_SHADED);
    for (size_t i = 0; i < n; i++)
        write_text(w, row, (unsigned)i, titles[i], f);
    if (in_sheet(w, row + 1, 0))
        worksheet_freeze_panes(w->sheet, row + 1, 0);
}

void xlsx_merged(struct xlsx_writer *w, unsigned row, unsigned first, unsigned last,
                 struct str text, unsigned look)
{
    lxw_format *f = format(w, TEXT, 0, look);
    if (last <= first) {
        write_text(w, row, first, text, f);
        return;
    }
    const char *p =
        in_sheet(w, row, first) && in_sheet(w, row, last) ? c_text(w, text) : NULL;
    if (p)
        keep(w, worksheet_merge_range(w->sheet, row, (lxw_col_t)first, row,
                                      (lxw_col_t)last, p, f));
}

void xlsx_text(struct xlsx_writer *w, unsigned row, unsigned column, struct str text,
               unsigned look)
{
    write_text(w, row, column, text, format(w, TEXT, 0, look));
}

void xlsx_link(struct xlsx_writer *w, unsigned row, unsigned column, struct str sheet)
{
    char target[256];
    int n = snprintf(target, sizeof target, "internal:'" STR_FMT "'!A1", STR_ARG(sheet));
    if (n < 0 || (size_t)n >= sizeof target || !in_sheet(w, row, column)) {
        xlsx_text(w, row, column, sheet, XLSX_PLAIN);
        return;
    }
    const char *text = c_text(w, sheet);
    if (text)
        keep(w, worksheet_write_url_opt(w->sheet, row, (lxw_col_t)column, target, NULL,
                                        text, NULL));
}

static void write_number(struct xlsx_writer *w, unsigned row, unsigned column,
                         double value, lxw_format *f)
{
    if (!in_sheet(w, row, column))
        return;
    keep(w, isfinite(value)
                ? worksheet_write_number(w->sheet, row, (lxw_col_t)column, value, f)
                : worksheet_write_blank(w->sheet, row, (lxw_col_t)column, f));
}

void xlsx_int(struct xlsx_writer *w, unsigned row, unsigned column, int64_t value,
              unsigned look)
{
    static const int64_t exact = (int64_t)1 << 53;
    if (value >= -exact && value <= exact) {
        write_number(w, row, column, (double)value, format(w, WHOLE, 0, look));
    } else {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)value);
        xlsx_text(w, row, column, str_of(text), look | XLSX_RIGHT);
    }
}

void xlsx_double(struct xlsx_writer *w, unsigned row, unsigned column, double value,
                 unsigned decimals, unsigned look)
{
    write_number(w, row, column, value, format(w, DECIMAL, decimals, look));
}

void xlsx_year(struct xlsx_writer *w, unsigned row, unsigned column, double year,
               unsigned look)
{
    write_number(w, row, column, year, format(w, CALENDAR_YEAR, 0, look));
}

void xlsx_percent(struct xlsx_writer *w, unsigned row, unsigned column, double share,
                  unsigned decimals, unsigned look)
{
    write_number(w, row, column, share, format(w, PERCENT, decimals, look));
}

// Day 0 of Excel's calendar is 1899-12-30 for every day from 1900-03-01 on. Earlier days,
// where its false leap day stands in the way, are written as text.
void xlsx_date(struct xlsx_writer *w, unsigned row, unsigned column, int32_t date,
               unsigned look)
{
    enum { EPOCH = 25569, FIRST_SAFE = 61 };
    lxw_format *f = format(w, DAY, 0, look);
    if (date == DATE_NONE) {
        write_number(w, row, column, NAN, f);
    } else if ((int64_t)date + EPOCH >= FIRST_SAFE) {
        write_number(w, row, column, (double)date + EPOCH, f);
    } else {
        char text[DATE_TEXT_SIZE];
        date_format(date, text);
        xlsx_text(w, row, column, str_of(text), look);
    }
}

static void remove_unfinished(const struct xlsx_writer *w)
{
    if (strcmp(w->path, w->written) != 0) // never a device
        unlink(w->written);
}

void xlsx_writer_abandon(struct xlsx_writer *w)
{
    if (!w)
        return;
    if (w->book)
        lxw_workbook_free(w->book);
    remove_unfinished(w);
    buf_free(&w->scratch);
    mem_free(w);
}

enum err xlsx_writer_close(struct xlsx_writer *w, struct error *e)
{
    if (!w)
        return ERR_OK;
    if (w->problem.code) {
        enum err code = w->problem.code;
        if (e)
            *e = w->problem;
        xlsx_writer_abandon(w);
        return code;
    }
    errno = 0;
    lxw_error failure = workbook_close(w->book); // frees the book
    int reason = errno;
    w->book = NULL;
    enum err code = ERR_OK;
    if (failure == LXW_ERROR_MEMORY_MALLOC_FAILED)
        code = error_memory(e);
    else if (failure) {
        code = error_errno(e, reason ? reason : EIO, w->path, "write");
        (void)error_cure(e,
                         "Make room on the disk, or write to another folder (temporary "
                         "files go to /tmp).");
    } else if (strcmp(w->path, w->written) != 0 && rename(w->written, w->path) != 0)
        code = error_errno(e, errno, w->path, "rename the finished file to");
    if (code)
        remove_unfinished(w);
    buf_free(&w->scratch);
    mem_free(w);
    return code;
}

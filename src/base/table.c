// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/table.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/encoding.h"
#include "base/init.h"
#include "base/xlsx_read.h"

enum { LOOK_BLOCK = 1 << 18 };

struct table {
    struct table_about about;
    struct table_options options;
    int fd;
    char name[256];
    struct csv *csv;
    struct xlsx *xlsx;
    bool is_part; // the file is another's
};

// Files that are not tables, known by their first bytes.
static const struct {
    struct str start;
    const char *what, *cure;
} strangers[] = {
    {{"%PDF", 4}, "a PDF document", "Ask for the table as CSV or XLSX."},
    {{"\x89PNG", 4}, "a picture (PNG)", "Ask for the table as CSV or XLSX."},
    {{"\xFF\xD8\xFF", 3}, "a picture (JPEG)", "Ask for the table as CSV or XLSX."},
    {{"GIF8", 4}, "a picture (GIF)", "Ask for the table as CSV or XLSX."},
    {{"II*\0", 4}, "a picture (TIFF)", "Ask for the table as CSV or XLSX."},
    {{"MM\0*", 4}, "a picture (TIFF)", "Ask for the table as CSV or XLSX."},
    {{"\x1F\x8B", 2}, "a gzip archive", "Unpack it first (gunzip)."},
    {{"7z\xBC\xAF\x27\x1C", 6}, "a 7z archive", "Unpack it first."},
    {{"Rar!\x1A", 5}, "a RAR archive", "Unpack it first."},
    {{"SQLite format 3\0", 16}, "an SQLite database", "Export the table as CSV first."},
    {{"\x7F"
      "ELF",
      4},
     "a program",
     "Name the file that holds the table."},
    {{"{\"", 2}, "JSON", "Write its records out as CSV or XLSX."},
    {{"{\n", 2}, "JSON", "Write its records out as CSV or XLSX."},
    {{"{\r\n", 3}, "JSON", "Write its records out as CSV or XLSX."},
    {{"[{", 2}, "JSON", "Write its records out as CSV or XLSX."},
    {{"[\n", 2}, "JSON", "Write its records out as CSV or XLSX."},
    {{"<!DOCTYPE", 9}, "a web page", "Open it in a spreadsheet and save it as .xlsx."},
    {{"<html", 5}, "a web page", "Open it in a spreadsheet and save it as .xlsx."},
    {{"<HTML", 5}, "a web page", "Open it in a spreadsheet and save it as .xlsx."},
    {{"<?xml", 5}, "XML", "Open it in a spreadsheet and save it as .xlsx."},
    {{"{\\rtf", 5}, "a text document (RTF)", "Ask for the table as CSV or XLSX."},
};

static enum err refuse(struct table *t, struct error *e, const char *what,
                       const char *cure)
{
    (void)error_set(e, ERR_INPUT, "table.binary", t->name,
                    "the file is %s; a CSV or XLSX file is expected", what);
    return error_cure(e, "%s", cure);
}

static ssize_t read_at(int fd, char *to, size_t n, uint64_t offset)
{
    ssize_t k;
    do
        k = pread(fd, to, n, (off_t)offset);
    while (k < 0 && errno == EINTR);
    return k;
}

// An OLE file is a legacy .xls, or an XLSX with a password: then one of its streams is
// called EncryptedPackage.
static enum err refuse_ole(struct table *t, char *block, struct error *e)
{
    static const char stream[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    bool encrypted = false;
    size_t step = LOOK_BLOCK - sizeof stream;
    for (uint64_t at = 0; !encrypted; at += step) {
        ssize_t k = read_at(t->fd, block, LOOK_BLOCK, at);
        if (k <= 0)
            break;
        encrypted = memmem(block, (size_t)k, stream, sizeof stream) != NULL;
    }
    return encrypted
               ? refuse(t, e, "an XLSX workbook protected by a password",
                        "Open it, remove the password (File > Info > Protect), "
                        "and save it again.")
               : refuse(t, e, "a legacy Excel workbook (.xls) or another Office 97 file",
                        "Open it in a spreadsheet and save it as .xlsx or CSV.");
}

static bool looks_like_markup(struct str head)
{
    head = str_trim(head);
    static const char *const starts[] = {"<!doctype", "<html", "<table", "<?xml",
                                         "<head"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t n = strlen(starts[i]);
        if (head.n >= n && str_equal_fold((struct str){head.p, n}, str_of(starts[i])))
            return true;
    }
    return false;
}

// Control bytes that no text has, as a share of the first block.
static bool looks_binary(struct str head, bool *mostly_nul)
{
    size_t controls = 0, nul = 0;
    for (size_t i = 0; i < head.n; i++) {
        unsigned char c = (unsigned char)head.p[i];
        nul += c == 0;
        controls += c < 9 || (c > 13 && c < 32 && c != 26 && c != 27);
    }
    *mostly_nul = nul * 10 >= head.n * 3;
    return controls * 4 > head.n || (controls >= 16 && controls * 20 > head.n);
}

static enum err refuse_strangers(struct table *t, char *block, size_t n, bool mark,
                                 struct error *e)
{
    struct str head = {block, n};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        if (str_starts(head, strangers[i].start))
            return refuse(t, e, strangers[i].what, strangers[i].cure);
    if (str_starts(head, (struct str){"RIFF", 4}) && n >= 12 &&
        memcmp(block + 8, "WEBP", 4) == 0)
        return refuse(t, e, "a picture (WebP)", "Ask for the table as CSV or XLSX.");
    if (str_starts(head, (struct str){"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8}))
        return refuse_ole(t, block, e);
    if (looks_like_markup(head))
        return refuse(t, e, "a web page or XML (some systems name it .xls)",
                      "Open it in a spreadsheet and save it as .xlsx or CSV.");
    bool mostly_nul;
    if (!mark && looks_binary(head, &mostly_nul))
        return mostly_nul
                   ? refuse(t, e, "binary, or UTF-16 text without a byte order mark",
                            "Save it again as UTF-8.")
                   : refuse(t, e, "binary, no text",
                            "Name the file that holds the table.");
    return ERR_OK;
}

// Standard input, a pipe or a device is copied to a file without a name, because a table
// is looked at as a whole before it is read.
static enum err spool(struct table *t, struct error *e)
{
    char path[4096];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/heng-XXXXXX", folder && *folder ? folder : "/tmp");
    char *block = mem_alloc(LOOK_BLOCK, 1);
    if (!block)
        return error_memory(e);
    enum err code = ERR_OK;
    int to = mkostemp(path, O_CLOEXEC);
    if (to < 0) {
        code = error_errno(e, errno, path, "make a temporary file");
        goto out;
    }
    unlink(path);
    for (;;) {
        ssize_t k = read(t->fd, block, LOOK_BLOCK);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            code = error_errno(e, errno, t->name, "read");
        if (k <= 0)
            break;
        for (ssize_t done = 0; done < k && !code;) {
            ssize_t w = write(to, block + done, (size_t)(k - done));
            if (w < 0 && errno != EINTR)
                code = error_errno(e, errno, path, "write a temporary file");
            done += w > 0 ? w : 0;
        }
        if (code)
            break;
    }
    if (code) {
        close(to);
    } else {
        if (t->fd != STDIN_FILENO)
            close(t->fd);
        t->fd = to;
    }
out:
    mem_free(block);
    return code;
}

static enum err open_file(struct table *t, const char *path, struct error *e)
{
    bool input = strcmp(path, "-") == 0;
    snprintf(t->name, sizeof t->name, "%s", input ? "standard input" : path);
    t->fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (t->fd < 0)
        return error_errno(e, errno, t->name, "open");
    struct stat about;
    if (fstat(t->fd, &about) != 0)
        return error_errno(e, errno, t->name, "look at");
    if (S_ISDIR(about.st_mode)) {
        (void)error_set(e, ERR_INPUT, "table.folder", t->name, "this is a folder");
        return error_cure(e, "Name a CSV or XLSX file.");
    }
    // standard input is always copied: its position may not be the start
    if (input || !S_ISREG(about.st_mode))
        return spool(t, e);
    return ERR_OK;
}

typedef void scan_function(struct encoding_scan *, const char *, size_t);

// Reads the whole file: its size, with `hash` that too, with `scan` its invalid
// sequences.
static enum err look(struct table *t, char *block, bool hash, scan_function *scan,
                     struct encoding_scan *found, struct error *e)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof t->about.hash);
    uint64_t at = 0;
    for (;;) {
        ssize_t k = read_at(t->fd, block, LOOK_BLOCK, at);
        if (k < 0)
            return error_errno(e, errno, t->name, "read");
        if (k == 0)
            break;
        if (hash)
            crypto_generichash_update(&state, (const unsigned char *)block,
                                      (unsigned long long)k);
        if (scan)
            scan(found, block, (size_t)k);
        at += (uint64_t)k;
    }
    if (scan)
        encoding_scan_end(found);
    if (hash)
        crypto_generichash_final(&state, t->about.hash, sizeof t->about.hash);
    t->about.bytes = at;
    return ERR_OK;
}

static enum err open_csv(struct table *t, char *block, enum encoding encoding,
                         size_t mark, struct error *e)
{
    struct encoding_scan utf8 = {0}, gb18030 = {0};
    enum err code =
        look(t, block, !t->options.no_hash, mark ? NULL : encoding_scan_utf8, &utf8, e);
    if (code)
        return code;
    if (!mark && !encoding_is_clear(&utf8)) {
        code = look(t, block, false, encoding_scan_gb18030, &gb18030, e);
        if (code)
            return code;
        encoding = encoding_decide(&utf8, &gb18030);
    }
    t->about.format = TABLE_CSV;
    t->about.had_bom = mark > 0;
    snprintf(t->about.encoding, sizeof t->about.encoding, "%s", encoding_name(encoding));
    struct csv_source source = {t->fd, t->name, encoding, mark, t->about.bytes};
    code = csv_open(&t->csv, &source, &t->options, e);
    if (!code)
        t->about.separator = csv_separator(t->csv);
    return code;
}

static enum err open_xlsx(struct table *t, char *block, struct error *e)
{
    enum err code = look(t, block, !t->options.no_hash, NULL, NULL, e);
    if (code)
        return code;
    t->about.format = TABLE_XLSX;
    return xlsx_open(&t->xlsx, t->fd, t->name, &t->options, e);
}

static enum err open_content(struct table *t, struct error *e)
{
    char *block = mem_alloc(LOOK_BLOCK, 1);
    if (!block)
        return error_memory(e);
    enum err code;
    ssize_t k = read_at(t->fd, block, LOOK_BLOCK, 0);
    size_t n = k < 0 ? 0 : (size_t)k;
    enum encoding encoding = ENCODING_UTF8;
    size_t mark = encoding_mark((struct str){block, n}, &encoding);
    if (k < 0)
        code = error_errno(e, errno, t->name, "read");
    else if (n == mark) {
        code = error_set(e, ERR_INPUT, "table.empty", t->name, "the file is empty");
        (void)error_cure(e, "Export it again, and look whether the disk was full.");
    } else if (str_starts((struct str){block, n}, (struct str){"PK\x03\x04", 4}) ||
               str_starts((struct str){block, n}, (struct str){"PK\x05\x06", 4}))
        code = open_xlsx(t, block, e);
    else if (!(code = refuse_strangers(t, block, n, mark > 0, e)))
        code = open_csv(t, block, encoding, mark, e);
    mem_free(block);
    return code;
}

enum err table_open(struct table **out, const char *path,
                    const struct table_options *options, struct error *e)
{
    *out = NULL;
    enum err code = base_init(e); // the hash is libsodium's
    if (code)
        return code;
    struct table *t = mem_alloc(1, sizeof *t);
    if (!t)
        return error_memory(e);
    t->fd = -1;
    if (options)
        t->options = *options;
    if (!t->options.max_field)
        t->options.max_field = 1 << 20;
    if (!t->options.max_row)
        t->options.max_row = 4 << 20;
    if (!t->options.max_columns)
        t->options.max_columns = 4096;
    code = open_file(t, path, e);
    if (!code)
        code = open_content(t, e);
    if (code) {
        table_close(t);
        return code;
    }
    *out = t;
    return ERR_OK;
}

const struct table_about *table_about(const struct table *t)
{
    return &t->about;
}

enum err table_read(struct table *t, struct table_row *row, struct error *e)
{
    return t->csv ? csv_read(t->csv, row, e) : xlsx_read(t->xlsx, row, e);
}

void table_set_width(struct table *t, size_t cells)
{
    if (t->csv)
        csv_set_width(t->csv, cells);
}

struct str table_sheets(const struct table *t, struct str *read)
{
    *read = (struct str){"", 0};
    return t->xlsx ? xlsx_sheets(t->xlsx, read) : *read;
}

double table_progress(const struct table *t)
{
    return t->csv ? csv_progress(t->csv) : xlsx_progress(t->xlsx);
}

void table_close(struct table *t)
{
    if (!t)
        return;
    csv_close(t->csv);
    xlsx_close(t->xlsx);
    if (t->fd >= 0 && t->fd != STDIN_FILENO && !t->is_part)
        close(t->fd);
    mem_free(t);
}

bool table_has_parts(const struct table *t)
{
    return t->csv && strcmp(t->about.encoding, encoding_name(ENCODING_UTF8)) == 0;
}

struct table_spot table_spot(const struct table *t)
{
    return csv_spot(t->csv);
}

enum err table_open_part(struct table **part, const struct table *whole, struct error *e)
{
    struct table *t = *part = mem_alloc(1, sizeof *t);
    if (!t)
        return error_memory(e);
    *t = *whole;
    t->is_part = true;
    enum err code = csv_open_part(&t->csv, whole->csv, e);
    if (code) {
        table_close(t);
        *part = NULL;
    }
    return code;
}

enum err table_part_go(struct table *part, struct table_spot place, uint64_t until,
                       struct error *e)
{
    return csv_go(part->csv, place, until, e);
}

enum err table_part_go_near(struct table *part, struct table_spot place, uint64_t until,
                            bool *found, struct error *e)
{
    return csv_go_near(part->csv, place, until, found, e);
}

static bool starts_formula(struct str cell)
{
    double number;
    return cell.n && memchr("=+-@\t\r", cell.p[0], 6) && !str_to_double(cell, &number);
}

// Appends the cell as it is, unless it has something in it that needs quotes.
static bool add_plain(struct buf *out, struct str cell)
{
    static const bool special[256] = {
        [','] = true, ['"'] = true,  ['\r'] = true, ['\n'] = true,
        [';'] = true, ['\t'] = true, ['|'] = true};
    if (cell.n == 0)
        return true;
    if (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' ')
        return false;
    if (out->capacity - out->n < cell.n && !buf_reserve(out, cell.n))
        return true; // and marked as failed
    bool found = false;
    char *to = out->p + out->n;
    for (size_t i = 0; i < cell.n; i++) {
        to[i] = cell.p[i];
        found |= special[(unsigned char)cell.p[i]];
    }
    out->n += found ? 0 : cell.n;
    return !found;
}

static void add_quoted(struct buf *out, struct str cell, bool formula)
{
    buf_add_char(out, '"');
    if (formula)
        buf_add_char(out, '\'');
    for (struct str head; str_split(cell, '"', &head, &cell);) {
        buf_add(out, head);
        buf_add(out, STR("\"\""));
    }
    buf_add(out, cell);
    buf_add_char(out, '"');
}

void csv_write_row(struct buf *out, const struct str *cells, size_t n, bool guard)
{
    for (size_t i = 0; i < n; i++) {
        struct str cell = cells[i];
        bool formula = guard && starts_formula(cell);
        if (i)
            buf_add_char(out, ',');
        size_t at = out->n;
        if (formula)
            buf_add_char(out, '\'');
        // a row of one empty cell would be an empty line, which has no cell at all
        if ((n == 1 && cell.n == 0) || !add_plain(out, cell)) {
            out->n = at;
            add_quoted(out, cell, formula);
        }
    }
    buf_add(out, STR("\r\n"));
}

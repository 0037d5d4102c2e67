// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/xlsx_book.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_FORMATS = 4096, MAX_STYLES = 1 << 16, PATH_SIZE = 512 };
static const size_t max_strings_text = (size_t)1 << 30;

// One structure for the four small parts; its parser comes first (see xlsx_parser).
struct reader {
    XML_Parser parser;
    struct xlsx_book *book;
    bool failed; // memory or a limit
    // relations
    const char *wanted_type, *wanted_id; // either may be NULL
    char target[PATH_SIZE];
    // workbook
    const char *wanted_sheet;
    char sheet_id[64];
    struct buf sheets; // names, for the message
    // styles
    bool in_cell_styles;
    struct {
        unsigned id;
        enum xlsx_kind kind;
    } * formats;
    size_t n_formats;
    // shared strings
    bool in_text, in_phonetic;
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

static void no_text(void *user, const char *p, int n)
{
    (void)user;
    (void)p;
    (void)n;
}

static void no_end(void *user, const char *name)
{
    (void)user;
    (void)name;
}

static enum err run(struct reader *r, struct xlsx_zip *zip, const char *path,
                    XML_StartElementHandler start, XML_EndElementHandler end,
                    XML_CharacterDataHandler text, struct error *e)
{
    r->failed = false;
    r->parser = xlsx_parser(r, start, end, text);
    if (!r->parser)
        return error_memory(e);
    enum err code = xlsx_part_parse(zip, path, r->parser, e);
    if (r->failed)
        code = error_memory(e);
    XML_ParserFree(r->parser);
    r->parser = NULL;
    return code;
}

static void relation(void *user, const char *name, const char **attributes)
{
    struct reader *r = user;
    if (strcmp(xlsx_local_name(name), "Relationship") != 0 || r->target[0])
        return;
    const char *type = xlsx_attribute(attributes, "Type");
    const char *id = xlsx_attribute(attributes, "Id");
    const char *target = xlsx_attribute(attributes, "Target");
    if (!type || !id || !target || strlen(target) >= PATH_SIZE)
        return;
    if (r->wanted_type ? ends_with(type, r->wanted_type) : strcmp(id, r->wanted_id) == 0)
        snprintf(r->target, sizeof r->target, "%s", target);
}

// A target is relative to the folder of the part that names it.
static void resolve(const char *from, const char *target, char out[PATH_SIZE])
{
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", target[0] == '/' ? "" : from);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    else
        folder[0] = '\0';
    target += target[0] == '/';
    for (; strncmp(target, "../", 3) == 0; target += 3) {
        size_t n = strlen(folder);
        if (n)
            folder[n - 1] = '\0';
        slash = strrchr(folder, '/');
        if (slash)
            slash[1] = '\0';
        else
            folder[0] = '\0';
    }
    if (snprintf(out, PATH_SIZE, "%s%s", folder, target) >= PATH_SIZE)
        out[0] = '\0';
}

// The part that `from` names by type or id; out is empty when there is none.
static enum err related(struct reader *r, struct xlsx_zip *zip, const char *from,
                        const char *type, const char *id, char out[PATH_SIZE],
                        struct error *e)
{
    char path[PATH_SIZE + 16];
    const char *slash = strrchr(from, '/');
    int folder = slash ? (int)(slash - from) + 1 : 0;
    snprintf(path, sizeof path, "%.*s_rels/%s.rels", folder, from, from + folder);
    out[0] = '\0';
    r->target[0] = '\0';
    r->wanted_type = type;
    r->wanted_id = id;
    if (!xlsx_zip_has(zip, path))
        return ERR_OK;
    enum err code = run(r, zip, path, relation, no_end, no_text, e);
    if (!code && r->target[0])
        resolve(from, r->target, out);
    return code;
}

static void workbook_element(void *user, const char *name, const char **attributes)
{
    struct reader *r = user;
    name = xlsx_local_name(name);
    if (strcmp(name, "workbookPr") == 0) {
        const char *epoch = xlsx_attribute(attributes, "date1904");
        r->book->epoch_1904 =
            epoch && (strcmp(epoch, "1") == 0 || strcmp(epoch, "true") == 0);
    } else if (strcmp(name, "sheet") == 0) {
        const char *title = xlsx_attribute(attributes, "name");
        const char *state = xlsx_attribute(attributes, "state");
        const char *id = NULL;
        for (size_t i = 0; attributes[i]; i += 2) // r:id, never sheetId
            if (strcmp(xlsx_local_name(attributes[i]), "id") == 0)
                id = attributes[i + 1];
        if (!title || !id)
            return;
        if (r->sheets.n < 300) {
            buf_add_c(&r->sheets, r->sheets.n ? ", " : "");
            buf_add_c(&r->sheets, title);
        }
        if (!state || strcmp(state, "visible") == 0) {
            buf_add_char(&r->book->sheets, '\n');
            buf_add_c(&r->book->sheets, title);
        }
        bool fits = r->wanted_sheet ? strcmp(title, r->wanted_sheet) == 0
                                    : !state || strcmp(state, "visible") == 0;
        if (fits && !r->sheet_id[0]) {
            snprintf(r->sheet_id, sizeof r->sheet_id, "%s", id);
            snprintf(r->book->sheet_name, sizeof r->book->sheet_name, "%s", title);
        }
    }
}

enum xlsx_kind xlsx_format_kind(const char *format)
{
    bool day = false, month = false, hour = false, digit = false;
    if (strcasecmp(format, "General") == 0)
        return XLSX_NUMBER;
    for (const char *p = format; *p && *p != ';'; p++) {
        if (*p == '"' || *p == '[') {
            const char *close = strchr(p + 1, *p == '"' ? '"' : ']');
            if (*p == '[' && p[1] && strchr("hHmMsS", p[1]))
                return XLSX_NUMBER; // elapsed time is a quantity, not a time of day
            if (!close)
                break;
            p = close;
        } else if (*p == '\\' || *p == '_' || *p == '*') {
            if (!p[1])
                break;
            p++;
        } else {
            int c = tolower((unsigned char)*p);
            day |= c == 'y' || c == 'd';
            month |= c == 'm';
            hour |= c == 'h' || c == 's';
            digit |= c == '0' || c == '#';
        }
    }
    if (day || (month && !hour && !digit))
        return XLSX_DATE;
    return hour ? XLSX_TIME : XLSX_NUMBER;
}

// Number formats that need no definition, with those of the Chinese edition (27 to 58).
static enum xlsx_kind builtin_kind(unsigned id)
{
    if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
        (id >= 50 && id <= 54) || id == 57 || id == 58)
        return XLSX_DATE;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 ||
        id == 55 || id == 56)
        return XLSX_TIME;
    return XLSX_NUMBER;
}

static void style_element(void *user, const char *name, const char **attributes)
{
    struct reader *r = user;
    name = xlsx_local_name(name);
    const char *id = xlsx_attribute(attributes, "numFmtId");
    int64_t number = 0;
    if (id && (!str_to_int(str_of(id), &number) || number < 0 || number > UINT16_MAX))
        number = 0;
    if (strcmp(name, "cellXfs") == 0) {
        r->in_cell_styles = true;
    } else if (strcmp(name, "numFmt") == 0 && id) {
        const char *format = xlsx_attribute(attributes, "formatCode");
        if (!format || r->n_formats == MAX_FORMATS)
            return;
        r->formats[r->n_formats].id = (unsigned)number;
        r->formats[r->n_formats++].kind = xlsx_format_kind(format);
    } else if (strcmp(name, "xf") == 0 && r->in_cell_styles) {
        struct xlsx_book *book = r->book;
        if (book->n_kinds == MAX_STYLES)
            return;
        enum xlsx_kind kind = builtin_kind((unsigned)number);
        for (size_t i = 0; i < r->n_formats; i++)
            if (r->formats[i].id == (unsigned)number)
                kind = r->formats[i].kind;
        book->kinds[book->n_kinds++] = (unsigned char)kind;
    }
}

static void style_end(void *user, const char *name)
{
    struct reader *r = user;
    if (strcmp(xlsx_local_name(name), "cellXfs") == 0)
        r->in_cell_styles = false;
}

static enum err read_styles(struct reader *r, struct xlsx_zip *zip, const char *path,
                            struct error *e)
{
    r->formats = mem_alloc(MAX_FORMATS, sizeof *r->formats);
    r->book->kinds = mem_alloc(MAX_STYLES, 1);
    enum err code = r->formats && r->book->kinds
                        ? run(r, zip, path, style_element, style_end, no_text, e)
                        : error_memory(e);
    mem_free(r->formats);
    r->formats = NULL;
    return code;
}

static void string_element(void *user, const char *name, const char **attributes)
{
    struct reader *r = user;
    (void)attributes;
    name = xlsx_local_name(name);
    if (strcmp(name, "rPh") == 0)
        r->in_phonetic = true;
    else if (strcmp(name, "t") == 0)
        r->in_text = !r->in_phonetic;
}

static void string_text(void *user, const char *p, int n)
{
    struct reader *r = user;
    if (r->in_text)
        buf_add(&r->book->text, (struct str){p, (size_t)n});
}

static void string_end(void *user, const char *name)
{
    struct reader *r = user;
    struct xlsx_book *book = r->book;
    name = xlsx_local_name(name);
    if (strcmp(name, "t") == 0)
        r->in_text = false;
    else if (strcmp(name, "rPh") == 0)
        r->in_phonetic = false;
    else if (strcmp(name, "si") == 0) {
        if (book->n_strings == book->strings_capacity) {
            size_t capacity = book->strings_capacity ? book->strings_capacity * 2 : 1024;
            size_t *ends = mem_resize(book->ends, capacity, sizeof *ends);
            if (!ends) {
                r->failed = true;
                XML_StopParser(r->parser, XML_FALSE);
                return;
            }
            book->ends = ends;
            book->strings_capacity = capacity;
        }
        size_t begin = book->n_strings ? book->ends[book->n_strings - 1] : 0;
        if (book->text.p)
            book->text.n =
                begin + xlsx_unescape(book->text.p + begin, book->text.n - begin);
        book->ends[book->n_strings++] = book->text.n;
        if (book->text.failed) {
            r->failed = true;
            XML_StopParser(r->parser, XML_FALSE);
        }
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

size_t xlsx_unescape(char *text, size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n;) {
        int value = -1;
        if (text[i] == '_' && n - i >= 7 && text[i + 1] == 'x' && text[i + 6] == '_') {
            value = 0;
            for (size_t k = 2; k < 6 && value >= 0; k++) {
                int digit = hex_digit(text[i + k]);
                value = digit < 0 ? -1 : value * 16 + digit;
            }
        }
        if (value > 0 && value < 0x80) { // only what XML itself cannot hold is written so
            text[to++] = (char)value;
            i += 7;
        } else {
            text[to++] = text[i++];
        }
    }
    return to;
}

// A ZIP archive that is no XLSX: what is it?
static enum err no_workbook(struct xlsx_zip *zip, const char *name, struct error *e)
{
    static const struct {
        const char *part, *what, *cure;
    } known[] = {
        {"xl/workbook.bin", "a binary workbook (.xlsb)", "Save it as .xlsx or CSV."},
        {"word/document.xml", "a text document (.docx)",
         "Copy the table into a spreadsheet."},
        {"ppt/presentation.xml", "a presentation (.pptx)", "Ask for the table itself."},
        {"content.xml", "an OpenDocument file (.ods or .odt)",
         "Save it as .xlsx or CSV."},
    };
    const char *what = "a ZIP archive",
               *cure = "Unpack it first and name the table in it.";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (xlsx_zip_has(zip, known[i].part)) {
            what = known[i].what;
            cure = known[i].cure;
            break;
        }
    (void)error_set(e, ERR_INPUT, "table.binary", name,
                    "the file is %s; a CSV or XLSX file is expected", what);
    return error_cure(e, "%s", cure);
}

static enum err read_parts(struct reader *r, struct xlsx_zip *zip, const char *name,
                           struct error *e)
{
    char workbook[PATH_SIZE], part[PATH_SIZE];
    enum err code = related(r, zip, "", "/officeDocument", NULL, workbook, e);
    if (code)
        return code;
    size_t n = strlen(workbook);
    if (!n || !xlsx_zip_has(zip, workbook) || strncmp(workbook, "word/", 5) == 0 ||
        strncmp(workbook, "ppt/", 4) == 0 ||
        (n > 4 && strcmp(workbook + n - 4, ".bin") == 0))
        return no_workbook(zip, name, e);
    code = run(r, zip, workbook, workbook_element, no_end, no_text, e);
    if (code)
        return code;
    if (!r->sheet_id[0]) {
        const char *sheets = buf_c(&r->sheets);
        (void)error_set(e, ERR_NOT_FOUND, "xlsx.sheet", name,
                        "there is no %s%s; the sheets are: %s",
                        r->wanted_sheet ? "sheet " : "visible sheet",
                        r->wanted_sheet ? r->wanted_sheet : "", sheets ? sheets : "");
        return error_cure(e, "Name one of these sheets.");
    }
    code = related(r, zip, workbook, NULL, r->sheet_id, r->book->sheet_path, e);
    if (!code && !r->book->sheet_path[0])
        code = xlsx_damaged(name, e, "the sheet's part is not named");
    if (!code)
        code = related(r, zip, workbook, "/styles", NULL, part, e);
    if (!code && part[0])
        code = read_styles(r, zip, part, e);
    if (!code)
        code = related(r, zip, workbook, "/sharedStrings", NULL, part, e);
    if (!code && part[0])
        code = run(r, zip, part, string_element, string_end, string_text, e);
    return code;
}

enum err xlsx_book_read(struct xlsx_book *book, struct xlsx_zip *zip, const char *name,
                        const char *wanted, struct error *e)
{
    *book = (struct xlsx_book){.text = BUF_INIT(max_strings_text),
                               .sheets = BUF_INIT(1 << 16)};
    struct reader r = {.book = book, .wanted_sheet = wanted, .sheets = BUF_INIT(512)};
    enum err code = read_parts(&r, zip, name, e);
    buf_free(&r.sheets);
    return code;
}

void xlsx_book_free(struct xlsx_book *book)
{
    mem_free(book->kinds);
    mem_free(book->ends);
    buf_free(&book->text);
    buf_free(&book->sheets);
}

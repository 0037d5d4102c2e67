// SPDX-License-Identifier: AGPL-3.0-or-later
// SaTScan's data files as columns, and its dates.
#include "study/satscan_private.h"

#include "base/encoding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CELLS = 40, MOST_FILE = 1 << 30 };

// ---- whole files ----

static enum err to_utf8(struct str raw, struct arena *a, struct str *text,
                        struct error *e)
{
    enum encoding from = ENCODING_UTF8;
    size_t mark = encoding_mark(raw, &from);
    raw = (struct str){raw.p + mark, raw.n - mark};
    if (!mark && encoding_valid_utf8(raw) < raw.n && encoding_is_gb18030(raw))
        from = ENCODING_GB18030;
    *text = raw;
    if (from == ENCODING_UTF8)
        return ERR_OK;
    struct encoding_decoder *decoder = NULL;
    enum err code = encoding_decoder_open(&decoder, from, e);
    size_t room = 3 * raw.n + 16, n = 0;
    char *out = code ? NULL : ARENA_ARRAY(a, char, room);
    if (!code && !out)
        code = error_memory(e);
    if (!code) {
        while (encoding_decode(decoder, &raw, true, out, &n, room) && n + 8 < room)
            continue;
        *text = (struct str){out, n};
    }
    encoding_decoder_close(decoder);
    return code;
}

enum err satscan_slurp(const char *path, struct arena *a, struct str *text,
                       struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path, "open the file");
    struct buf bytes = BUF_INIT(MOST_FILE);
    char block[1 << 15];
    size_t n;
    while ((n = fread(block, 1, sizeof block, f)) > 0 && !bytes.failed)
        buf_add(&bytes, (struct str){block, n});
    enum err code =
        ferror(f) ? error_errno(e, errno, path, "read the file") : buf_check(&bytes, e);
    fclose(f);
    if (!code) {
        struct str copy = str_copy(a, buf_str(&bytes));
        code = copy.p ? to_utf8(copy, a, text, e) : error_memory(e);
    }
    buf_free(&bytes);
    return code;
}

// ---- cells ----

struct layout {
    char delimiter; // 0: spaces and tabs
    char quote;
    size_t skip;            // lines at the top, the heading among them
    size_t map[MOST_CELLS]; // column of each cell, from 1; 0: the count 1
    size_t n_map;           // 0: as they come
};

// One cell from *rest; false at the end of the line. `open`: a quote is not closed.
static bool next_cell(struct str *rest, const struct layout *l, bool first,
                      struct str *cell, bool *open)
{
    struct str s = *rest;
    if (!l->delimiter)
        while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
            s = (struct str){s.p + 1, s.n - 1};
    if (!s.n && (!l->delimiter || !first))
        return false;
    if (!first && l->delimiter) // the delimiter that ended the cell before
        s = (struct str){s.p + 1, s.n - 1};
    size_t n = 0;
    if (s.n && s.p[0] == l->quote) {
        const char *end = memchr(s.p + 1, l->quote, s.n - 1);
        *open = !end;
        n = end ? (size_t)(end - s.p) + 1 : s.n;
        *cell = (struct str){s.p + 1, end ? n - 2 : n - 1};
    } else {
        while (n < s.n &&
               (l->delimiter ? s.p[n] != l->delimiter : s.p[n] != ' ' && s.p[n] != '\t'))
            n++;
        *cell = str_trim((struct str){s.p, n});
    }
    *rest = (struct str){s.p + n, s.n - n};
    if (l->delimiter) // what stands between a closing quote and the delimiter
        while (rest->n && rest->p[0] != l->delimiter)
            *rest = (struct str){rest->p + 1, rest->n - 1};
    return true;
}

static enum err row_error(const char *path, size_t line, const char *cure,
                          struct error *e, const char *format, ...) PRINTF_LIKE(5, 6);
static enum err row_error(const char *path, size_t line, const char *cure,
                          struct error *e, const char *format, ...)
{
    char where[256], text[400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    snprintf(where, sizeof where, "%s:%zu", path, line);
    (void)error_set(e, ERR_INPUT, "satscan.row", where, "%s", text);
    return error_cure(e, "%s", cure);
}

static enum err read_cells(struct str line, const struct layout *l, const char *path,
                           size_t number, struct str *cells, size_t *n, struct error *e)
{
    struct str given[MOST_CELLS], rest = line;
    size_t n_given = 0;
    bool open = false;
    while (n_given < MOST_CELLS && !open &&
           next_cell(&rest, l, n_given == 0, &given[n_given], &open))
        n_given++;
    if (open || memchr(line.p, 0, line.n))
        return row_error(path, number,
                         "Correct the line; was the file cut off or damaged?", e,
                         open ? "a quote is opened and not closed"
                              : "there is a zero byte in the line");
    if (n_given == MOST_CELLS)
        return row_error(path, number, "Is this the right file?", e,
                         "the line has %d cells and more", MOST_CELLS);
    *n = l->n_map ? l->n_map : n_given;
    for (size_t i = 0; i < *n; i++) {
        size_t from = l->n_map ? l->map[i] : i + 1;
        if (from > n_given)
            return row_error(path, number, "Correct the line, or the SourceFieldMap.", e,
                             "the line has %zu cells; cell %zu is asked for", n_given,
                             from);
        cells[i] = from ? given[from - 1] : STR("1");
    }
    return ERR_OK;
}

// ---- the frame ----

static enum err name_columns(struct frame *f, const char *const *names, size_t n_names,
                             size_t n, struct error *e)
{
    f->n_columns = n;
    f->names = ARENA_ARRAY(f->arena, struct str, n);
    if (!f->names)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        f->names[i] = i < n_names
                          ? str_of(names[i])
                          : str_format(f->arena, "covariate %zu", i - n_names + 1);
        if (!f->names[i].p)
            return error_memory(e);
    }
    return ERR_OK;
}

struct filling {
    struct frame *f;
    const struct layout *layout;
    const char *const *names;
    size_t n_names, least;
};

static enum err take_line(struct filling *w, struct str line, size_t number,
                          struct error *e)
{
    struct frame *f = w->f;
    struct str cells[MOST_CELLS];
    size_t n = 0;
    enum err code = read_cells(line, w->layout, f->path, number, cells, &n, e);
    if (code)
        return code;
    if (!f->n_columns) {
        if (n < w->least)
            return row_error(f->path, number, "Is this the right file?", e,
                             "the line has %zu cells; %zu are needed (%s, %s, ...)", n,
                             w->least, w->names[0], w->n_names > 1 ? w->names[1] : "");
        code = name_columns(f, w->names, w->n_names, n, e);
        if (code)
            return code;
        size_t all;
        // f->n_rows holds how many lines there are at most
        if (!size_mul(f->n_rows, n, &all))
            return error_memory(e);
        f->cells = ARENA_ARRAY(f->arena, struct str, all);
        f->lines = ARENA_ARRAY(f->arena, uint64_t, f->n_rows);
        f->n_rows = 0;
        if (!f->cells || !f->lines)
            return error_memory(e);
    }
    if (n != f->n_columns)
        return row_error(f->path, number,
                         "Correct the line; was the file cut off? A name with a space "
                         "in it stands in double quotes.",
                         e, "the line has %zu cells, the first one has %zu", n,
                         f->n_columns);
    for (size_t i = 0; i < n; i++)
        f->cells[f->n_rows * n + i] = cells[i];
    f->lines[f->n_rows++] = number;
    return ERR_OK;
}

static enum err fill(struct frame *out, const char *path, struct str text,
                     const struct layout *l, const char *const *names, size_t n_names,
                     size_t least, struct arena *a, struct error *e)
{
    *out = (struct frame){.path = path, .arena = a, .n_rows = 1};
    struct filling w = {out, l, names, n_names, least};
    for (size_t i = 0; i < text.n; i++)
        out->n_rows += text.p[i] == '\n' || text.p[i] == '\r';
    struct str head, rest = text;
    char end = memchr(text.p ? text.p : "", '\n', text.n) ? '\n' : '\r';
    size_t number = 0;
    for (bool more = true; more;) {
        more = str_split(rest, end, &head, &rest);
        struct str line = more ? head : rest;
        number++;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (number <= l->skip || !str_trim(line).n)
            continue;
        enum err code = take_line(&w, line, number, e);
        if (code)
            return code;
    }
    if (out->n_columns)
        return ERR_OK;
    (void)error_set(e, ERR_INPUT, "satscan.no_rows", path, "the file has no rows");
    return error_cure(e, "Is this the right file?");
}

// ---- layout ----

static enum err read_map(const struct satscan_prm *p, const char *name, struct layout *l,
                         struct error *e)
{
    struct str rest = satscan_text(p, name), head;
    for (bool more = rest.n > 0; more;) {
        more = str_split(rest, ',', &head, &rest);
        struct str item = str_trim(more ? head : rest);
        int64_t column = 0;
        bool one = str_equal_fold(item, STR("oneCount"));
        if (l->n_map == MOST_CELLS ||
            (!one && (!str_to_int(item, &column) || column < 1 || column > MOST_CELLS)))
            return satscan_error(p, name,
                                 "Save the data as a file with SaTScan's own columns.", e,
                                 "\"" STR_FMT "\" is not a column's number or oneCount; "
                                 "other sources are not read",
                                 STR_ARG(item));
        l->map[l->n_map++] = (size_t)column;
    }
    return ERR_OK;
}

static enum err read_layout(const struct satscan_prm *p, const char *parameter,
                            struct layout *l, struct error *e)
{
    char name[96];
    *l = (struct layout){.quote = '"'};
    snprintf(name, sizeof name, "%s-SourceType", parameter);
    struct str type = satscan_text(p, name);
    if (type.n && !str_equal_c(type, "0"))
        return satscan_error(p, name, "Save it as text (CSV) in SaTScan's import.", e,
                             "source type " STR_FMT " (dBase, shapefile, Excel) is not "
                             "read",
                             STR_ARG(type));
    snprintf(name, sizeof name, "%s-SourceDelimiter", parameter);
    struct str delimiter = satscan_text(p, name);
    l->delimiter = delimiter.n ? delimiter.p[0] : 0;
    snprintf(name, sizeof name, "%s-SourceGrouper", parameter);
    struct str quote = satscan_text(p, name);
    l->quote = quote.n ? quote.p[0] : '"';
    snprintf(name, sizeof name, "%s-SourceSkip", parameter);
    int64_t skip = satscan_number(p, name);
    l->skip = skip > 0 ? (size_t)skip : 0;
    snprintf(name, sizeof name, "%s-SourceFirstRowHeader", parameter);
    l->skip += satscan_yes(p, name);
    snprintf(name, sizeof name, "%s-SourceFieldMap", parameter);
    return read_map(p, name, l, e);
}

static enum err read_text(const struct satscan_prm *p, const char *parameter,
                          const char *path, struct str *text, struct error *e)
{
    char where[200];
    enum err code = ERR_NOT_FOUND;
    for (size_t i = 0; i < p->n_files; i++)
        if (str_equal_c(satscan_text(p, parameter), p->files[i].name)) {
            *text = p->files[i].text;
            return ERR_OK;
        }
    if (!p->files)
        code = satscan_slurp(path, p->arena, text, e);
    else
        (void)error_set(e, ERR_NOT_FOUND, "satscan.file", path, "there is no such file");
    if (code != ERR_NOT_FOUND)
        return code;
    satscan_where(p, parameter, where, sizeof where);
    return error_cure(
        e, "It is named in %s; relative names are looked for beside the .prm.", where);
}

enum err satscan_table(struct frame *out, const struct satscan_prm *p,
                       const char *parameter, const char *const *names, size_t n_names,
                       size_t least, struct error *e)
{
    struct layout l;
    const char *path;
    struct str text;
    enum err code = satscan_file_path(p, parameter, &path, e);
    if (!code && !path)
        code = satscan_error(p, parameter, "Name the file there.", e,
                             "the scan needs this file, and none is named");
    if (!code)
        code = read_layout(p, parameter, &l, e);
    if (!code)
        code = read_text(p, parameter, path, &text, e);
    return code ? code : fill(out, path, text, &l, names, n_names, least, p->arena, e);
}

// ---- times ----

bool satscan_time_read(struct str text, bool generic, struct satscan_time *out)
{
    if (generic) {
        out->got = SATSCAN_GENERIC;
        return str_to_int(text, &out->day) && out->day > INT32_MIN &&
               out->day < INT32_MAX;
    }
    int64_t parts[3] = {0, 1, 1};
    size_t n = 0, digits[3] = {0};
    char mark = memchr(text.p ? text.p : "", '-', text.n) ? '-' : '/';
    struct str head, rest = text;
    for (bool more = true; more; n++) {
        more = n < 3 && str_split(rest, mark, &head, &rest);
        struct str part = more ? head : rest;
        if (n == 3 || !part.n || part.p[0] == '+' || part.p[0] == '-' ||
            !str_to_int(part, &parts[n]))
            return false;
        digits[n] = part.n;
        if (part.n > 4)
            return false;
    }
    if (n > 1 && digits[0] < 3 && digits[n - 1] == 4) { // M/D/Y, M/Y
        int64_t year = parts[n - 1];
        parts[2] = n == 3 ? parts[1] : 1;
        parts[1] = parts[0];
        parts[0] = year;
    } else if (digits[0] != 4)
        return false;
    int32_t day;
    if (parts[1] > 12 || parts[2] > 31 ||
        !date_from_ymd((int)parts[0], (int)parts[1], (int)parts[2], &day))
        return false;
    out->day = day;
    out->got = n == 1 ? SATSCAN_YEAR : n == 2 ? SATSCAN_MONTH : SATSCAN_DAY;
    return true;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BLOCK = 64,             // bytes looked at together
    FIRST_BUFFER = 1 << 18, // grows up to max_row
    RAW_BUFFER = 1 << 16,   // bytes of another encoding waiting to be turned into UTF-8
    BEHIND = 4096,          // bytes read past the end of a part, where its last row ends
    SNIFFED_ROWS = 50
};

struct csv {
    struct csv_source source;
    struct table_options options;
    struct encoding_decoder *decoder; // NULL for UTF-8
    char *raw;
    size_t raw_at, raw_n;
    uint64_t taken; // bytes read from the file
    bool file_end;  // the buffer's end is the file's end

    char *p; // the buffer: UTF-8, BLOCK bytes longer than its capacity
    size_t n, capacity;
    size_t at;    // where the next row begins
    size_t block; // start of the block that `special` is about
    uint64_t special;

    struct str *cells;
    size_t n_cells, cells_capacity;
    struct buf unquoted; // fields that had doubled quotes
    struct buf repaired; // raw text of a row with invalid bytes
    uint64_t number, line;
    size_t header_cells; // cells of row 1
    bool skipping;       // the rest of a line that is too long is still to be passed
    uint64_t until;      // rows that begin here or behind are not read; 0: to the end
    char separator;
};

// What one attempt at a row found. Offsets are in the buffer.
struct attempt {
    size_t end, next; // of the row's text; of the next row
    size_t quote;     // the quote opened last
    uint64_t lines;
    bool nul, no_line_end;
    size_t columns;
};

enum outcome { ROW, MORE, BAD_QUOTE };

// One bit for every byte that may matter: separator, quote, and all below 14 (NUL, CR,
// LF; the others are passed over when met).
static inline uint64_t special_bytes(const char *p, char separator)
{
    uint64_t mask = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), low = _mm_set1_epi8(13);
    const __m128i parting = _mm_set1_epi8(separator);
    for (int i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        __m128i hit = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, parting)),
            _mm_cmpeq_epi8(_mm_min_epu8(v, low), v));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * i);
    }
#else
    for (int i = 0; i < BLOCK; i++) {
        unsigned char c = (unsigned char)p[i];
        mask |= (uint64_t)(c == '"' || c == (unsigned char)separator || c <= 13) << i;
    }
#endif
    return mask;
}

static inline void seek_special(struct csv *c, size_t at)
{
    c->block = at & ~(size_t)(BLOCK - 1);
    c->special = special_bytes(c->p + c->block, c->separator);
    c->special &= ~0ULL << (at & (BLOCK - 1));
}

// The next special byte, each once; at or past c->n when there is none in the buffer.
static inline size_t next_special(struct csv *c)
{
    while (!c->special) {
        if (c->block + BLOCK >= c->n)
            return c->n;
        c->block += BLOCK;
        c->special = special_bytes(c->p + c->block, c->separator);
    }
    size_t at = c->block + (size_t)__builtin_ctzll(c->special);
    c->special &= c->special - 1;
    return at;
}

static enum err read_block(struct csv *c, char *to, size_t room, size_t *got,
                           struct error *e)
{
    ssize_t k;
    do
        k = pread(c->source.fd, to, room, (off_t)c->taken);
    while (k < 0 && errno == EINTR);
    if (k < 0)
        return error_errno(e, errno, c->source.name, "read");
    *got = (size_t)k;
    c->taken += (uint64_t)k;
    return ERR_OK;
}

static enum err fill_decoded(struct csv *c, struct error *e)
{
    while (c->capacity - c->n >= BLOCK) {
        bool final = false;
        if (c->raw_at == c->raw_n) {
            size_t got = 0;
            enum err code = read_block(c, c->raw, RAW_BUFFER, &got, e);
            if (code)
                return code;
            c->raw_at = 0;
            c->raw_n = got;
            final = got == 0;
        }
        struct str in = {c->raw + c->raw_at, c->raw_n - c->raw_at};
        bool full = encoding_decode(c->decoder, &in, final, c->p, &c->n, c->capacity);
        c->raw_at = c->raw_n - in.n;
        if (full)
            return ERR_OK;
        if (final) {
            c->file_end = true;
            return ERR_OK;
        }
    }
    return ERR_OK;
}

static size_t largest_buffer(size_t max_row)
{
    return (max_row > FIRST_BUFFER ? max_row : FIRST_BUFFER) + 2 * BLOCK;
}

static enum err grow(struct csv *c, struct error *e)
{
    size_t most = largest_buffer(c->options.max_row);
    size_t capacity = c->capacity ? c->capacity * 2 : FIRST_BUFFER;
    if (capacity > most)
        capacity = most;
    if (capacity <= c->capacity)
        return ERR_OK;
    char *p = mem_resize(c->p, capacity + BLOCK, 1);
    if (!p)
        return error_memory(e);
    c->p = p;
    c->capacity = capacity;
    return ERR_OK;
}

// How full the buffer is made. A part is not read far beyond its end.
static size_t wanted_fill(const struct csv *c)
{
    uint64_t left = c->until > c->taken ? c->until - c->taken : 0;
    if (!c->until || left + BEHIND > c->capacity - c->n)
        return c->capacity;
    return c->n + (size_t)left + BEHIND;
}

// Moves what is left to the buffer's start and reads on behind it.
static enum err fill(struct csv *c, struct error *e)
{
    if (c->at) {
        c->n -= c->at;
        memmove(c->p, c->p + c->at, c->n);
        c->at = 0;
    }
    if (c->capacity - c->n < 2 * BLOCK) {
        enum err code = grow(c, e);
        if (code)
            return code;
    }
    enum err code = ERR_OK;
    size_t full = wanted_fill(c);
    if (c->decoder)
        code = fill_decoded(c, e);
    else
        while (c->n < full && !c->file_end && !code) {
            size_t got = 0;
            code = read_block(c, c->p + c->n, full - c->n, &got, e);
            if (!code) {
                c->n += got;
                c->file_end = got == 0;
            }
        }
    memset(c->p + c->n, 0, BLOCK);
    seek_special(c, c->at);
    return code;
}

static bool add_cell(struct csv *c, struct attempt *a, const char *p, size_t n)
{
    a->columns++;
    if (c->n_cells == c->cells_capacity) {
        if (c->n_cells == c->options.max_columns)
            return true; // counted, and reported when the row's end is known
        size_t capacity = c->cells_capacity ? c->cells_capacity * 2 : 32;
        if (capacity > c->options.max_columns)
            capacity = c->options.max_columns;
        struct str *cells = mem_resize(c->cells, capacity, sizeof *cells);
        if (!cells)
            return false;
        c->cells = cells;
        c->cells_capacity = capacity;
    }
    c->cells[c->n_cells++] = (struct str){p, n};
    return true;
}

// A field whose quote opens at a->quote. On ROW *close is its closing quote.
static enum outcome parse_quoted(struct csv *c, struct attempt *a, size_t *close,
                                 bool *doubled)
{
    for (;;) {
        size_t at = next_special(c);
        if (at >= c->n)
            return c->file_end ? BAD_QUOTE : MORE;
        char ch = c->p[at];
        bool last = at + 1 == c->n;
        if (last && !c->file_end)
            return MORE;
        if (ch == '"') {
            if (last || c->p[at + 1] != '"') {
                *close = at;
                break;
            }
            *doubled = true;
            next_special(c);
        } else if (ch == '\n' || (ch == '\r' && (last || c->p[at + 1] != '\n'))) {
            a->lines++;
        } else if (ch == 0) {
            a->nul = true;
        }
    }
    if (*close + 1 == c->n)
        return ROW;
    char after = c->p[*close + 1];
    return after == c->separator || after == '\n' || after == '\r' ? ROW : BAD_QUOTE;
}

// The text of a quoted field, its doubled quotes made single, in c->unquoted, which has
// room for the whole row and so does not move.
static bool undouble(struct csv *c, const char *p, size_t n, struct str *out)
{
    if (c->unquoted.n == 0 && !buf_reserve(&c->unquoted, c->n - c->at))
        return false;
    size_t begin = c->unquoted.n;
    while (n) {
        const char *quote = memchr(p, '"', n);
        size_t k = quote ? (size_t)(quote - p) + 1 : n;
        buf_add(&c->unquoted, (struct str){p, k});
        size_t step = quote ? k + 1 : k;
        p += step;
        n -= step;
    }
    *out = (struct str){c->unquoted.p + begin, c->unquoted.n - begin};
    return !c->unquoted.failed;
}

// Parses the row at c->at as far as the buffer goes. False: memory is out.
static bool parse_row(struct csv *c, struct attempt *a, enum outcome *outcome)
{
    *a = (struct attempt){0};
    *outcome = MORE;
    c->n_cells = 0;
    buf_clear(&c->unquoted);
    size_t field = c->at;
    for (;;) {
        if (field >= c->n && !c->file_end)
            return true;
        size_t at;
        if (field < c->n && c->p[field] == '"') {
            bool doubled = false;
            size_t close = 0;
            a->quote = field;
            next_special(c); // the opening quote itself
            *outcome = parse_quoted(c, a, &close, &doubled);
            if (*outcome != ROW)
                return true;
            struct str cell = {c->p + field + 1, close - field - 1};
            if ((doubled && !undouble(c, cell.p, cell.n, &cell)) ||
                !add_cell(c, a, cell.p, cell.n))
                return false;
            *outcome = MORE;
            at = next_special(c); // what follows the closing quote, or the buffer's end
        } else {
            for (;;) {
                at = next_special(c);
                if (at >= c->n || c->p[at] == c->separator || c->p[at] == '\n' ||
                    c->p[at] == '\r')
                    break;
                a->nul |= c->p[at] == 0;
            }
            if (at > c->n)
                at = c->n;
            if (at == c->n && !c->file_end)
                return true;
            if (!add_cell(c, a, c->p + field, at - field))
                return false;
        }
        if (at < c->n && c->p[at] == c->separator) {
            field = at + 1;
            continue;
        }
        if (at >= c->n && !c->file_end)
            return true;
        a->end = at < c->n ? at : c->n;
        a->no_line_end = at >= c->n;
        a->next = a->no_line_end ? c->n : at + 1;
        if (!a->no_line_end && c->p[at] == '\r') {
            if (at + 1 == c->n && !c->file_end)
                return true;
            if (at + 1 < c->n && c->p[at + 1] == '\n') {
                a->next++;
                next_special(c);
            }
        }
        a->lines++;
        *outcome = ROW;
        return true;
    }
}

// The first line end at or after `from`: its offset, or c->n.
static size_t line_end(const struct csv *c, size_t from)
{
    size_t n = c->n - from;
    const char *lf = memchr(c->p + from, '\n', n);
    if (lf)
        n = (size_t)(lf - (c->p + from));
    const char *cr = n ? memchr(c->p + from, '\r', n) : NULL;
    return cr ? (size_t)(cr - c->p) : from + n;
}

static enum err problem(struct csv *c, struct table_row *row, const char *key,
                        const char *format, ...) PRINTF_LIKE(4, 5);
static enum err problem(struct csv *c, struct table_row *row, const char *key,
                        const char *format, ...)
{
    char where[256];
    snprintf(where, sizeof where, "%.220s:%" PRIu64, c->source.name, row->line);
    va_list arguments;
    va_start(arguments, format);
    enum err code =
        error_set_list(&row->problem, ERR_INPUT, key, where, format, arguments);
    va_end(arguments);
    row->cells = NULL;
    row->n = 0;
    row->blank = false;
    return code;
}

static void encoding_problem(struct csv *c, struct table_row *row, size_t good)
{
    const char *bad = row->raw.p + good;
    size_t left = row->raw.n - good;
    bool marked = c->decoder && left >= 3 && (unsigned char)*bad == 0xFF;
    unsigned byte = marked ? encoding_marked_byte(bad) : (unsigned char)*bad;
    bool mixed = !c->decoder && encoding_is_gb18030(row->raw);
    (void)problem(c, row, "csv.encoding",
                  "byte 0x%02X at place %zu of the row is no %s text", byte, good + 1,
                  encoding_name(c->source.encoding));
    if (mixed)
        (void)error_cure(&row->problem,
                         "The row would be valid GB18030: the file mixes two "
                         "encodings. Save it again as UTF-8.");
    else
        (void)error_cure(&row->problem, "Type the row again, or save the file as UTF-8.");
}

// A row that could not be parsed, ending at `end`, the first line end after the quote
// that was never closed (c->n: the file ends first). The lines behind it are read again
// as rows of their own.
static void unclosed_quote(struct csv *c, struct table_row *row, size_t quote, size_t end)
{
    bool found = end < c->n;
    row->raw = (struct str){c->p + c->at, end - c->at};
    row->cut = !found;
    uint64_t lines = 1;
    for (size_t i = c->at; i < quote; i++)
        lines += c->p[i] == '\n' || (c->p[i] == '\r' && c->p[i + 1] != '\n');
    (void)problem(c, row, "csv.quote",
                  "a quote opened at place %zu of the row is not closed, or text follows "
                  "the quote that closes it",
                  quote - c->at + 1);
    (void)error_cure(&row->problem, "Put a quote at the field's end; a quote inside a "
                                    "quoted field is written twice.");
    if (found && c->p[end] == '\r' && end + 1 < c->n && c->p[end + 1] == '\n')
        end++;
    c->at = found ? end + 1 : c->n;
    c->line += lines;
    seek_special(c, c->at);
}

// A line longer than a row may be. Its start is delivered; the rest is passed over when
// the next row is asked for, because the start is still in use until then.
static void too_long(struct csv *c, struct table_row *row)
{
    size_t n = c->options.max_row < c->n - c->at ? c->options.max_row : c->n - c->at;
    while (n && ((unsigned char)c->p[c->at + n] & 0xC0) == 0x80)
        n--;
    row->raw = (struct str){c->p + c->at, n};
    (void)problem(c, row, "csv.row_limit",
                  "the row is longer than %zu bytes; the text kept is its start",
                  c->options.max_row);
    (void)error_cure(
        &row->problem,
        "Look for missing line ends or a wrong file; raise the maximum if the "
        "row is right.");
    c->at += n;
    c->skipping = true;
}

static enum err skip_line(struct csv *c, struct error *e)
{
    for (;;) {
        size_t end = line_end(c, c->at);
        bool found = end < c->n;
        if (found && (c->file_end || c->p[end] == '\n' || end + 1 < c->n)) {
            bool pair = c->p[end] == '\r' && end + 1 < c->n && c->p[end + 1] == '\n';
            c->at = end + (pair ? 2 : 1);
            break;
        }
        c->at = end;
        if (c->file_end)
            break;
        enum err code = fill(c, e);
        if (code)
            return code;
    }
    c->line++;
    c->skipping = false;
    seek_special(c, c->at);
    return ERR_OK;
}

static bool is_blank(const struct table_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        struct str cell = row->cells[i];
        if (cell.n && (unsigned char)cell.p[0] > ' ' && (unsigned char)cell.p[0] < 0x80)
            return false;
        if (cell.n && str_trim(cell).n)
            return false;
    }
    return true;
}

// The row is whole and its quotes are right; is the rest?
static void judge(struct csv *c, struct table_row *row, const struct attempt *a)
{
    row->raw = (struct str){c->p + c->at, a->end - c->at};
    row->cells = c->cells;
    row->n = c->n_cells;
    row->blank = is_blank(row);
    if (row->number == 1)
        c->header_cells = row->n;
    row->cut = a->no_line_end && row->n < c->header_cells;

    size_t good = encoding_valid_utf8(row->raw);
    if (good < row->raw.n) {
        encoding_problem(c, row, good);
    } else if (a->nul) {
        (void)problem(c, row, "csv.nul", "the row holds a NUL byte, which no text has");
        (void)error_cure(&row->problem, "The file may be damaged: export it again.");
    } else if (a->columns > c->options.max_columns) {
        (void)problem(c, row, "csv.column_limit",
                      "the row has %zu columns, at most %zu are "
                      "taken",
                      a->columns, c->options.max_columns);
    } else if (row->raw.n > c->options.max_field) {
        for (size_t i = 0; i < row->n; i++)
            if (row->cells[i].n > c->options.max_field) {
                size_t n = row->cells[i].n;
                (void)problem(c, row, "csv.field_limit",
                              "column %zu holds %zu bytes, at most %zu are taken", i + 1,
                              n, c->options.max_field);
                (void)error_cure(&row->problem, "Shorten the text, or look for a missing "
                                                "quote or separator.");
                break;
            }
    }
}

// The next row, or false when more of the file must be in the buffer.
static bool take_row(struct csv *c, struct table_row *row, const struct attempt *a,
                     enum outcome outcome)
{
    size_t limit = c->options.max_row;
    if (outcome == ROW && a->end - c->at <= limit) {
        judge(c, row, a);
        c->at = a->next;
        c->line += a->lines;
        return true;
    }
    bool past_limit = outcome == ROW || c->n - c->at > limit;
    bool one_line = a->lines == 0 || (outcome == ROW && a->lines == 1);
    if (outcome == BAD_QUOTE || (past_limit && !one_line)) {
        // the last quote is blamed even when an earlier one may be at fault: blaming that
        // one would let a hostile file have every line looked at thousands of times
        size_t quote = a->quote;
        size_t end = line_end(c, quote);
        bool whole = c->file_end || (end < c->n && c->p[end] == '\n') || end + 1 < c->n;
        if (whole && end - c->at <= limit) {
            unclosed_quote(c, row, quote, end);
            return true;
        }
        past_limit = c->n - c->at > limit;
    }
    if (past_limit)
        too_long(c, row);
    return past_limit;
}

// The raw text of a row with a problem is valid UTF-8 too: U+FFFD stands for bad bytes.
static enum err repair_raw(struct csv *c, struct table_row *row, struct error *e)
{
    if (encoding_valid_utf8(row->raw) == row->raw.n)
        return ERR_OK;
    buf_clear(&c->repaired);
    encoding_repair(&c->repaired, row->raw, c->decoder != NULL);
    row->raw = buf_str(&c->repaired);
    return buf_check(&c->repaired, e);
}

struct table_spot csv_spot(const struct csv *c)
{
    return (struct table_spot){c->taken - (c->n - c->at), c->number, c->line};
}

enum err csv_read(struct csv *c, struct table_row *row, struct error *e)
{
    row->end = row->blank = row->cut = false;
    row->problem.code = ERR_OK;
    row->cells = NULL;
    row->n = 0;
    row->raw = (struct str){"", 0};
    enum err code;
    if (c->skipping && (code = skip_line(c, e)) != ERR_OK)
        return code;
    row->line = c->line;
    row->number = c->number + 1;
    for (;;) {
        if ((c->at == c->n && c->file_end) ||
            (c->until && csv_spot(c).byte >= c->until)) {
            row->end = true;
            return ERR_OK;
        }
        struct attempt a;
        enum outcome outcome;
        if (!parse_row(c, &a, &outcome))
            return error_memory(e);
        if (take_row(c, row, &a, outcome))
            break;
        code = fill(c, e);
        if (code)
            return code;
    }
    c->number++;
    return row->problem.code ? repair_raw(c, row, e) : ERR_OK;
}

// How often each row of the first buffer parts at a candidate, quotes respected. The
// winner parts most rows into the same number of cells; then the one with more cells.
static char find_separator(const struct csv *c)
{
    static const char candidates[] = {',', '\t', ';', '|'};
    enum { CANDIDATES = sizeof candidates };
    uint32_t counts[CANDIDATES][SNIFFED_ROWS] = {{0}};
    size_t rows = 0;
    bool quoted = false, begun = false;
    char before = '\n';
    for (size_t i = c->at; i < c->n && rows < SNIFFED_ROWS; before = c->p[i++]) {
        char ch = c->p[i];
        if (quoted) {
            quoted = ch != '"'; // a doubled quote closes and opens again
            continue;
        }
        if (ch == '\n' || ch == '\r') {
            rows += begun;
            begun = false;
            continue;
        }
        begun = true;
        bool parting = before == '\n' || before == '\r' || before == '"';
        for (size_t k = 0; k < CANDIDATES; k++) {
            counts[k][rows] += ch == candidates[k];
            parting |= before == candidates[k];
        }
        quoted = ch == '"' && parting;
    }
    if (begun && rows < SNIFFED_ROWS && (c->file_end || rows == 0))
        rows++;
    size_t best = 0;
    uint64_t best_score = 0;
    for (size_t k = 0; k < CANDIDATES; k++)
        for (size_t i = 0; i < rows; i++) {
            uint64_t same = 0;
            if (counts[k][i])
                for (size_t j = 0; j < rows; j++)
                    same += counts[k][j] == counts[k][i];
            uint64_t score = same << 32 | (same ? counts[k][i] : 0);
            if (score > best_score) {
                best_score = score;
                best = k;
            }
        }
    return candidates[best];
}

enum err csv_open(struct csv **out, const struct csv_source *source,
                  const struct table_options *options, struct error *e)
{
    *out = NULL;
    struct csv *c = mem_alloc(1, sizeof *c);
    if (!c)
        return error_memory(e);
    c->source = *source;
    c->options = *options;
    c->taken = source->mark;
    c->line = 1;
    c->separator = ',';
    c->unquoted = BUF_INIT(largest_buffer(options->max_row));
    c->repaired = BUF_INIT(3 * largest_buffer(options->max_row));
    enum err code = ERR_OK;
    if (source->encoding != ENCODING_UTF8) {
        c->raw = mem_alloc(RAW_BUFFER, 1);
        code = c->raw ? encoding_decoder_open(&c->decoder, source->encoding, e)
                      : error_memory(e);
    }
    if (!code)
        code = grow(c, e);
    if (!code)
        code = fill(c, e);
    if (code) {
        csv_close(c);
        return code;
    }
    c->separator = find_separator(c);
    seek_special(c, c->at);
    *out = c;
    return ERR_OK;
}

enum err csv_open_part(struct csv **out, const struct csv *whole, struct error *e)
{
    struct csv *c = *out = mem_alloc(1, sizeof *c);
    if (!c)
        return error_memory(e);
    c->source = whole->source;
    c->options = whole->options;
    c->separator = whole->separator;
    c->header_cells = whole->header_cells;
    c->unquoted = BUF_INIT(whole->unquoted.max);
    c->repaired = BUF_INIT(whole->repaired.max);
    enum err code = grow(c, e);
    if (code) {
        csv_close(c);
        *out = NULL;
    }
    return code;
}

enum err csv_go(struct csv *c, struct table_spot place, uint64_t until, struct error *e)
{
    c->taken = place.byte;
    c->number = place.number;
    c->line = place.line;
    c->until = until;
    c->n = c->at = 0;
    c->file_end = c->skipping = false;
    return fill(c, e);
}

enum err csv_go_near(struct csv *c, struct table_spot place, uint64_t until, bool *found,
                     struct error *e)
{
    place.byte--; // may be the line end just before
    enum err code = csv_go(c, place, until, e);
    const char *end = code || !c->n ? NULL : memchr(c->p, '\n', c->n);
    *found = end != NULL;
    if (end) {
        c->at = (size_t)(end - c->p) + 1;
        seek_special(c, c->at);
    }
    return code;
}

char csv_separator(const struct csv *c)
{
    return c->separator;
}

void csv_set_width(struct csv *c, size_t cells)
{
    c->header_cells = cells;
}

double csv_progress(const struct csv *c)
{
    if (c->file_end && c->at == c->n)
        return 1;
    uint64_t waiting = (c->n - c->at) + (c->raw_n - c->raw_at);
    uint64_t done = c->taken > waiting ? c->taken - waiting : 0;
    return c->source.bytes ? (double)done / (double)c->source.bytes : 1;
}

void csv_close(struct csv *c)
{
    if (!c)
        return;
    encoding_decoder_close(c->decoder);
    mem_free(c->raw);
    mem_free(c->p);
    mem_free(c->cells);
    buf_free(&c->unquoted);
    buf_free(&c->repaired);
    mem_free(c);
}

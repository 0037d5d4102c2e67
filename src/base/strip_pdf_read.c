// SPDX-License-Identifier: AGPL-3.0-or-later
// Words, values, the cross-reference and the objects of a PDF.
#include <string.h>

#include "base/strip_pdf.h"

enum {
    MOST_SECTIONS = 256, // saved that many times
    MOST_PACKS = 1 << 14,
    MOST_IN_PACK = 1 << 14,
    MOST_NESTED = 8,
    TAIL = 2048 // where the end is looked for
};

enum err pdf_damaged(struct error *e, const char *what)
{
    return strip_damaged(e, "PDF", what);
}

enum err pdf_refuse(struct error *e, const char *what)
{
    error_set(e, ERR_INPUT, "strip.part", NULL, "this PDF holds %s", what);
    return error_cure(e,
                      "print it to a new PDF and send that, or send screenshots of its "
                      "pages");
}

// --- words

bool pdf_is_space(unsigned c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_delimiter(unsigned c)
{
    return c && strchr("()<>[]{}/%", (int)c);
}

static void skip_space(struct pdf_lexer *l)
{
    for (; l->at < l->s.n; l->at++) {
        unsigned c = strip_byte(l->s, l->at);
        if (c == '%')
            while (l->at + 1 < l->s.n && strip_byte(l->s, l->at + 1) != '\n' &&
                   strip_byte(l->s, l->at + 1) != '\r')
                l->at++;
        else if (!pdf_is_space(c))
            return;
    }
}

static enum pdf_token string_token(struct pdf_lexer *l)
{
    size_t depth = 0;
    for (; l->at < l->s.n; l->at++) {
        unsigned c = strip_byte(l->s, l->at);
        if (c == '\\' && l->at + 1 < l->s.n)
            l->at++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0) {
            l->at++;
            return PDF_STRING;
        }
    }
    return PDF_OTHER;
}

static enum pdf_token hex_token(struct pdf_lexer *l)
{
    for (l->at++; l->at < l->s.n; l->at++) {
        unsigned c = strip_byte(l->s, l->at);
        bool hex = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
        if (c == '>') {
            l->at++;
            return PDF_STRING;
        }
        if (!hex && !pdf_is_space(c))
            break;
    }
    return PDF_OTHER;
}

static enum pdf_token take_token(struct pdf_lexer *l)
{
    unsigned c = strip_byte(l->s, l->at);
    unsigned next = l->at + 1 < l->s.n ? strip_byte(l->s, l->at + 1) : 0;
    if (c == '(')
        return string_token(l);
    if (c == '<' && next != '<')
        return hex_token(l);
    if ((c == '<' || c == '>') && next == c) {
        l->at += 2;
        return c == '<' ? PDF_DICT : PDF_DICT_END;
    }
    l->at++;
    if (c == '[' || c == ']')
        return c == '[' ? PDF_ARRAY : PDF_ARRAY_END;
    if (c != '/' && is_delimiter(c))
        return PDF_OTHER;
    while (l->at < l->s.n && !pdf_is_space(strip_byte(l->s, l->at)) &&
           !is_delimiter(strip_byte(l->s, l->at)))
        l->at++;
    if (c == '/')
        return PDF_NAME;
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' ? PDF_NUMBER
                                                                      : PDF_WORD;
}

enum pdf_token pdf_next(struct pdf_lexer *l, struct str *raw)
{
    skip_space(l);
    *raw = (struct str){0};
    if (l->at >= l->s.n)
        return PDF_END;
    size_t begin = l->at;
    enum pdf_token t = take_token(l);
    *raw = strip_part(l->s, begin, l->at - begin);
    return t;
}

// --- values

static unsigned hex_digit(unsigned c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static bool is_hex(unsigned c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static enum err read_name(struct str raw, struct arena *a, struct pdf_value *out,
                          struct error *e)
{
    char *p = arena_alloc(a, raw.n + 1, 1);
    size_t n = 0;
    if (!p)
        return error_memory(e);
    for (size_t i = 1; i < raw.n; i++) {
        if (raw.p[i] == '#' && i + 2 < raw.n && is_hex(strip_byte(raw, i + 1)) &&
            is_hex(strip_byte(raw, i + 2))) {
            p[n++] = (char)(hex_digit(strip_byte(raw, i + 1)) << 4 |
                            hex_digit(strip_byte(raw, i + 2)));
            i += 2;
        } else {
            p[n++] = raw.p[i];
        }
    }
    *out = (struct pdf_value){.kind = PDF_IS_NAME, .text = {p, n}};
    return ERR_OK;
}

static bool whole_number(struct str raw, uint32_t most, uint32_t *out)
{
    uint64_t v = 0;
    if (!raw.n || raw.n > 10)
        return false;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] < '0' || raw.p[i] > '9')
            return false;
        v = 10 * v + (uint64_t)(raw.p[i] - '0');
    }
    *out = (uint32_t)v;
    return v <= most;
}

static enum err read_value(struct pdf *p, struct pdf_lexer *l, enum pdf_token t,
                           struct str raw, int depth, struct arena *a,
                           struct pdf_value *out, struct error *e);

static enum err read_items(struct pdf *p, struct pdf_lexer *l, enum pdf_token end,
                           int depth, struct arena *a, struct pdf_value *out,
                           struct error *e)
{
    size_t room = 0;
    for (;;) {
        struct str raw;
        enum pdf_token t = pdf_next(l, &raw);
        if (t == end)
            break;
        if (out->n == room) {
            room = room ? 2 * room : 8;
            struct pdf_value *more = ARENA_ARRAY(a, struct pdf_value, room);
            if (!more)
                return error_memory(e);
            if (out->n)
                memcpy(more, out->items, out->n * sizeof *more);
            out->items = more;
        }
        enum err code = read_value(p, l, t, raw, depth + 1, a, &out->items[out->n], e);
        if (code)
            return code;
        if (end == PDF_DICT_END && out->n % 2 == 0 &&
            out->items[out->n].kind != PDF_IS_NAME)
            return pdf_damaged(e, "a list of names and values has no name");
        out->n++;
    }
    if (end == PDF_DICT_END && out->n % 2)
        return pdf_damaged(e, "a name has no value");
    return ERR_OK;
}

// A number, or the reference that begins with it.
static void read_number(struct pdf_lexer *l, struct str raw, struct pdf_value *out)
{
    struct pdf_lexer ahead = *l;
    struct str generation, word;
    uint32_t number, ignored;
    *out = (struct pdf_value){.kind = PDF_IS_RAW, .text = raw};
    if (whole_number(raw, UINT32_MAX, &number) &&
        pdf_next(&ahead, &generation) == PDF_NUMBER &&
        whole_number(generation, 65535, &ignored) &&
        pdf_next(&ahead, &word) == PDF_WORD && str_equal_c(word, "R")) {
        *out = (struct pdf_value){.kind = PDF_IS_REFERENCE, .number = number};
        *l = ahead;
    }
}

static enum err read_value(struct pdf *p, struct pdf_lexer *l, enum pdf_token t,
                           struct str raw, int depth, struct arena *a,
                           struct pdf_value *out, struct error *e)
{
    *out = (struct pdf_value){0};
    if (depth > PDF_MOST_DEPTH || ++p->values > PDF_MOST_VALUES)
        return pdf_damaged(e, "an object in it has no end");
    switch (t) {
    case PDF_NUMBER:
        read_number(l, raw, out);
        return ERR_OK;
    case PDF_STRING:
        *out = (struct pdf_value){.kind = PDF_IS_STRING, .text = raw};
        return ERR_OK;
    case PDF_NAME:
        return read_name(raw, a, out, e);
    case PDF_ARRAY:
        out->kind = PDF_IS_ARRAY;
        return read_items(p, l, PDF_ARRAY_END, depth, a, out, e);
    case PDF_DICT:
        out->kind = PDF_IS_DICT;
        return read_items(p, l, PDF_DICT_END, depth, a, out, e);
    case PDF_WORD:
        if (str_equal_c(raw, "true") || str_equal_c(raw, "false")) {
            *out = (struct pdf_value){.kind = PDF_IS_RAW, .text = raw};
            return ERR_OK;
        }
        if (str_equal_c(raw, "null"))
            return ERR_OK;
        break;
    default:
        break;
    }
    return pdf_damaged(e, "an object in it is cut off");
}

static enum err next_value(struct pdf *p, struct pdf_lexer *l, struct arena *a,
                           struct pdf_value *out, struct error *e)
{
    struct str raw;
    enum pdf_token t = pdf_next(l, &raw);
    p->values = 0;
    return read_value(p, l, t, raw, 0, a, out, e);
}

const struct pdf_value *pdf_get(const struct pdf_value *dict, const char *key)
{
    if (dict->kind == PDF_IS_DICT)
        for (size_t i = 0; i < dict->n; i += 2)
            if (str_equal_c(dict->items[i].text, key))
                return &dict->items[i + 1];
    return NULL;
}

bool pdf_is_name(const struct pdf_value *v, const char *name)
{
    return v && v->kind == PDF_IS_NAME && str_equal_c(v->text, name);
}

bool pdf_integer(const struct pdf_value *v, int64_t *out)
{
    return v && v->kind == PDF_IS_RAW && str_to_int(v->text, out);
}

// --- objects

static enum err stream_bytes(struct pdf *p, struct pdf_lexer *l, struct arena *a,
                             struct pdf_object *o, struct error *e)
{
    struct pdf_object length;
    struct str raw;
    int64_t n;
    size_t at = l->at;
    if (at < l->s.n && strip_byte(l->s, at) == '\r')
        at++;
    if (at < l->s.n && strip_byte(l->s, at) == '\n')
        at++;
    enum err code = pdf_get_resolved(p, &o->value, "Length", a, &length, e);
    if (code)
        return code;
    if (!pdf_integer(&length.value, &n) || n < 0 || (uint64_t)n > l->s.n - at)
        return pdf_damaged(e, "a stream is longer than the file");
    o->bytes = strip_part(l->s, at, (size_t)n);
    o->is_stream = true;
    l->at = at + (size_t)n;
    return pdf_next(l, &raw) == PDF_WORD && str_equal_c(raw, "endstream")
               ? ERR_OK
               : pdf_damaged(e, "a stream does not end where it says");
}

// The object "number 0 obj" at a place of the file; number 0: any.
static enum err object_at(struct pdf *p, size_t at, uint32_t number, struct arena *a,
                          struct pdf_object *out, struct error *e)
{
    struct pdf_lexer l = {p->s, at};
    struct str raw;
    uint32_t found, generation;
    *out = (struct pdf_object){0};
    if (pdf_next(&l, &raw) != PDF_NUMBER || !whole_number(raw, UINT32_MAX, &found) ||
        (number && found != number) || pdf_next(&l, &raw) != PDF_NUMBER ||
        !whole_number(raw, 65535, &generation) || pdf_next(&l, &raw) != PDF_WORD ||
        !str_equal_c(raw, "obj"))
        return pdf_damaged(e, "its cross-reference leads astray");
    enum err code = next_value(p, &l, a, &out->value, e);
    if (code)
        return code;
    struct pdf_lexer ahead = l;
    if (out->value.kind == PDF_IS_DICT && pdf_next(&ahead, &raw) == PDF_WORD &&
        str_equal_c(raw, "stream"))
        return stream_bytes(p, &ahead, a, out, e);
    return ERR_OK;
}

// Numbers and places of the objects in an object stream.
static enum err index_pack(struct pdf_pack *k, const struct pdf_value *dict,
                           struct arena *a, struct error *e)
{
    int64_t n, first;
    struct pdf_lexer l = {k->bytes, 0};
    if (!pdf_integer(pdf_get(dict, "N"), &n) || n < 0 || n > MOST_IN_PACK ||
        !pdf_integer(pdf_get(dict, "First"), &first) || first < 0 ||
        (uint64_t)first > k->bytes.n)
        return pdf_damaged(e, "a stream of objects has no proper head");
    uint32_t *numbers = ARENA_ARRAY(a, uint32_t, (size_t)n),
             *offsets = ARENA_ARRAY(a, uint32_t, (size_t)n);
    if (!numbers || !offsets)
        return error_memory(e);
    for (size_t i = 0; i < (size_t)n; i++) {
        struct str number, offset;
        if (pdf_next(&l, &number) != PDF_NUMBER || pdf_next(&l, &offset) != PDF_NUMBER ||
            !whole_number(number, PDF_MOST_OBJECTS, &numbers[i]) ||
            !whole_number(offset, (uint32_t)(k->bytes.n - (size_t)first), &offsets[i]))
            return pdf_damaged(e, "a stream of objects has no proper head");
        offsets[i] += (uint32_t)first;
    }
    k->n = (uint32_t)n;
    k->numbers = numbers;
    k->offsets = offsets;
    return ERR_OK;
}

static enum err open_pack(struct pdf *p, uint32_t number, struct pdf_pack **out,
                          struct error *e)
{
    for (size_t i = p->n_packs; i-- > 0;)
        if (p->packs[i].number == number) {
            *out = &p->packs[i];
            return ERR_OK;
        }
    struct pdf_object o;
    struct buf plain = STRIP_BUF(PDF_MOST_STREAM);
    enum pdf_rest rest;
    if (p->n_packs == MOST_PACKS || number >= PDF_MOST_OBJECTS ||
        p->entries[number].state != 2)
        return pdf_damaged(e, "a stream of objects is missing");
    enum err code = object_at(p, p->entries[number].where, number, &p->arena, &o, e);
    if (!code && (!o.is_stream || !pdf_is_name(pdf_get(&o.value, "Type"), "ObjStm")))
        code = pdf_damaged(e, "a stream of objects is missing");
    if (!code)
        code = pdf_unpack(p, &o, false, &p->arena, &plain, &rest, NULL, e);
    struct pdf_pack *k = &p->packs[p->n_packs];
    if (!code) {
        *k = (struct pdf_pack){.number = number,
                               .bytes = str_copy(&p->arena, buf_str(&plain))};
        code = k->bytes.p ? index_pack(k, &o.value, &p->arena, e) : error_memory(e);
    }
    buf_free(&plain);
    if (code)
        return code;
    p->n_packs++;
    *out = k;
    return ERR_OK;
}

static enum err packed_object(struct pdf *p, uint32_t number, struct arena *a,
                              struct pdf_object *out, struct error *e)
{
    struct pdf_pack *k = NULL;
    const struct pdf_entry *x = &p->entries[number];
    *out = (struct pdf_object){0};
    enum err code = open_pack(p, x->where, &k, e);
    if (code)
        return code;
    if (x->index >= k->n || k->numbers[x->index] != number)
        return pdf_damaged(e, "its cross-reference leads astray");
    struct pdf_lexer l = {k->bytes, k->offsets[x->index]};
    return next_value(p, &l, a, &out->value, e);
}

enum err pdf_fetch(struct pdf *p, uint32_t number, struct arena *a,
                   struct pdf_object *out, struct error *e)
{
    *out = (struct pdf_object){0};
    const struct pdf_entry *x = number < PDF_MOST_OBJECTS ? &p->entries[number] : NULL;
    if (!x || x->state < 2)
        return ERR_OK;
    if (p->nested >= MOST_NESTED)
        return pdf_damaged(e, "objects in it lead in a circle");
    p->nested++;
    enum err code = x->state == 2 ? object_at(p, x->where, number, a, out, e)
                                  : packed_object(p, number, a, out, e);
    p->nested--;
    return code;
}

enum err pdf_resolve(struct pdf *p, const struct pdf_value *v, struct arena *a,
                     struct pdf_object *out, struct error *e)
{
    *out = (struct pdf_object){0};
    if (!v)
        return ERR_OK;
    out->value = *v;
    for (int i = 0; out->value.kind == PDF_IS_REFERENCE; i++) {
        if (i == MOST_NESTED)
            return pdf_damaged(e, "objects in it lead in a circle");
        enum err code = pdf_fetch(p, out->value.number, a, out, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

enum err pdf_get_resolved(struct pdf *p, const struct pdf_value *dict, const char *key,
                          struct arena *a, struct pdf_object *out, struct error *e)
{
    return pdf_resolve(p, pdf_get(dict, key), a, out, e);
}

// --- the cross-reference: newest first, and what is known is not changed by older ones

static enum err set_entry(struct pdf *p, uint64_t number, struct pdf_entry x,
                          struct error *e)
{
    if (number >= PDF_MOST_OBJECTS)
        return pdf_damaged(e, "it has more objects than a document has");
    if (!p->entries[number].state)
        p->entries[number] = x;
    return ERR_OK;
}

static enum err read_table(struct pdf *p, struct pdf_lexer *l, struct pdf_value *trailer,
                           struct error *e)
{
    struct str raw, second, kind;
    uint32_t first, n, where, generation;
    enum err code = ERR_OK;
    for (;;) {
        enum pdf_token t = pdf_next(l, &raw);
        if (t == PDF_WORD && str_equal_c(raw, "trailer"))
            break;
        if (t != PDF_NUMBER || !whole_number(raw, PDF_MOST_OBJECTS, &first) ||
            pdf_next(l, &second) != PDF_NUMBER ||
            !whole_number(second, PDF_MOST_OBJECTS, &n))
            return pdf_damaged(e, "its cross-reference is not readable");
        for (uint32_t i = 0; !code && i < n; i++) {
            if (pdf_next(l, &raw) != PDF_NUMBER ||
                !whole_number(raw, UINT32_MAX, &where) ||
                pdf_next(l, &second) != PDF_NUMBER ||
                !whole_number(second, 65535, &generation) ||
                pdf_next(l, &kind) != PDF_WORD)
                return pdf_damaged(e, "its cross-reference is not readable");
            bool used = str_equal_c(kind, "n") && where;
            code = set_entry(p, (uint64_t)first + i,
                             (struct pdf_entry){used ? 2 : 1, where, 0}, e);
        }
        if (code)
            return code;
    }
    return next_value(p, l, &p->arena, trailer, e);
}

static uint64_t field(struct str s, size_t at, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | strip_byte(s, at + i);
    return v;
}

static enum err stream_entries(struct pdf *p, const struct pdf_value *dict,
                               struct str bytes, struct error *e)
{
    const struct pdf_value *w = pdf_get(dict, "W"), *index = pdf_get(dict, "Index");
    int64_t width[3], size, first = 0, n;
    bool good = w && w->kind == PDF_IS_ARRAY && w->n == 3 &&
                pdf_integer(pdf_get(dict, "Size"), &size);
    for (size_t i = 0; good && i < 3; i++)
        good = pdf_integer(&w->items[i], &width[i]) && width[i] >= 0 && width[i] <= 8;
    if (!good || (index && index->kind != PDF_IS_ARRAY))
        return pdf_damaged(e, "its cross-reference is not readable");
    size_t row = (size_t)(width[0] + width[1] + width[2]), at = 0;
    for (size_t k = 0; k < (index ? index->n / 2 : 1); k++) {
        n = size;
        if (index && (!pdf_integer(&index->items[2 * k], &first) ||
                      !pdf_integer(&index->items[2 * k + 1], &n)))
            return pdf_damaged(e, "its cross-reference is not readable");
        for (int64_t i = 0; i < n && row && bytes.n - at >= row; i++, at += row) {
            uint64_t kind = width[0] ? field(bytes, at, (size_t)width[0]) : 1,
                     where = field(bytes, at + (size_t)width[0], (size_t)width[1]),
                     last = field(bytes, at + (size_t)(width[0] + width[1]),
                                  (size_t)width[2]);
            struct pdf_entry x = {.state = 1};
            if (kind == 1 || kind == 2)
                x = (struct pdf_entry){kind == 1 ? 2 : 3,
                                       where > UINT32_MAX ? UINT32_MAX : (uint32_t)where,
                                       last > UINT32_MAX ? UINT32_MAX : (uint32_t)last};
            enum err code = first < 0 ? pdf_damaged(e, "its cross-reference is wrong")
                                      : set_entry(p, (uint64_t)first + (uint64_t)i, x, e);
            if (code)
                return code;
        }
    }
    return ERR_OK;
}

static enum err read_stream_section(struct pdf *p, size_t at, struct pdf_value *trailer,
                                    struct error *e)
{
    struct pdf_object o;
    struct buf plain = STRIP_BUF(PDF_MOST_STREAM);
    enum pdf_rest rest;
    enum err code = object_at(p, at, 0, &p->arena, &o, e);
    if (!code && (!o.is_stream || !pdf_is_name(pdf_get(&o.value, "Type"), "XRef")))
        code = pdf_damaged(e, "its cross-reference is not where it says");
    if (!code)
        code = pdf_unpack(p, &o, false, &p->arena, &plain, &rest, NULL, e);
    if (!code)
        code = stream_entries(p, &o.value, buf_str(&plain), e);
    *trailer = o.value;
    buf_free(&plain);
    return code;
}

static enum err read_section(struct pdf *p, size_t at, struct pdf_value *trailer,
                             struct error *e)
{
    struct pdf_lexer l = {p->s, at};
    struct str raw;
    if (pdf_next(&l, &raw) == PDF_WORD && str_equal_c(raw, "xref"))
        return read_table(p, &l, trailer, e);
    return read_stream_section(p, at, trailer, e);
}

static enum err read_sections(struct pdf *p, int64_t at, struct error *e)
{
    int64_t seen[MOST_SECTIONS];
    for (size_t n = 0;; n++) {
        struct pdf_value trailer, ignored;
        int64_t hybrid;
        bool again = n == MOST_SECTIONS;
        for (size_t i = 0; i < n && !again; i++)
            again = seen[i] == at;
        if (again || at < 0 || (uint64_t)at >= p->s.n)
            return pdf_damaged(e, "its cross-reference has no end");
        seen[n] = at;
        enum err code = read_section(p, (size_t)at, &trailer, e);
        if (!code && pdf_integer(pdf_get(&trailer, "XRefStm"), &hybrid))
            code = hybrid < 0 || (uint64_t)hybrid >= p->s.n
                       ? pdf_damaged(e, "its cross-reference leads astray")
                       : read_stream_section(p, (size_t)hybrid, &ignored, e);
        if (code)
            return code;
        if (pdf_get(&trailer, "Encrypt"))
            return pdf_refuse(e, "a lock (a password, or rights that were taken away)");
        if (!n)
            p->trailer = trailer;
        if (!pdf_get(&trailer, "Prev"))
            return ERR_OK;
        if (!pdf_integer(pdf_get(&trailer, "Prev"), &at))
            return pdf_damaged(e, "its cross-reference is not readable");
    }
}

enum err pdf_open(struct pdf *p, struct str bytes, struct error *e)
{
    struct str raw, tail = bytes;
    uint32_t at;
    *p = (struct pdf){.s = bytes};
    arena_init(&p->arena, 128 << 20);
    p->entries = ARENA_ARRAY(&p->arena, struct pdf_entry, PDF_MOST_OBJECTS);
    p->packs = ARENA_ARRAY(&p->arena, struct pdf_pack, MOST_PACKS);
    if (!p->entries || !p->packs)
        return error_memory(e);
    if (tail.n > TAIL)
        tail = strip_part(bytes, bytes.n - TAIL, TAIL);
    const char *last = NULL;
    for (size_t i = 0; i + 9 < tail.n; i++)
        if (memcmp(tail.p + i, "startxref", 9) == 0)
            last = tail.p + i;
    struct pdf_lexer l = {bytes, last ? (size_t)(last - bytes.p) + 9 : bytes.n};
    if (pdf_next(&l, &raw) != PDF_NUMBER || !whole_number(raw, UINT32_MAX, &at))
        return pdf_damaged(e, "its end is missing");
    return read_sections(p, at, e);
}

void pdf_close(struct pdf *p)
{
    arena_free_wiped(&p->arena);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// Streams of a PDF: filters taken off, content and fonts cleaned, packed again.
#include <string.h>
#include <zlib.h>

#include "base/strip_pdf.h"

enum { BLOCK = 1 << 15, MOST_FILTERS = 8, MOST_COLUMNS = 1 << 16 };
// What pictures may unpack to while they are only looked at: time, not memory.
static const size_t most_looked_at = (size_t)512 << 20;

static enum err too_large(struct error *e)
{
    error_set(e, ERR_LIMIT, "strip.size", NULL, "this PDF unpacks to more than %d MiB",
              PDF_MOST_UNPACKED >> 20);
    return error_cure(e, "send the pages that matter, or screenshots of them");
}

static enum err count_unpacked(struct pdf *p, size_t n, struct error *e)
{
    p->unpacked += n;
    return p->unpacked > PDF_MOST_UNPACKED ? too_large(e) : ERR_OK;
}

// --- filters

// out NULL: only finds the end. *used: bytes of the input that belong to it.
static enum err inflate_all(struct pdf *p, struct str s, struct buf *out, size_t *used,
                            struct error *e)
{
    unsigned char block[BLOCK];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)s.p, .avail_in = (uInt)s.n};
    enum err code = ERR_OK;
    int state = Z_OK;
    if (inflateInit(&z) != Z_OK)
        return error_memory(e);
    while (!code && state == Z_OK) {
        z.next_out = block;
        z.avail_out = BLOCK;
        state = inflate(&z, Z_NO_FLUSH);
        size_t n = BLOCK - z.avail_out;
        if (out)
            buf_add(out, (struct str){(const char *)block, n});
        if (out)
            code = count_unpacked(p, n, e);
        else if ((p->looked_at += n) > most_looked_at)
            code = too_large(e);
    }
    *used = s.n - z.avail_in;
    inflateEnd(&z);
    explicit_bzero(block, sizeof block);
    if (code)
        return code;
    if (state == Z_MEM_ERROR)
        return error_memory(e);
    if (state != Z_STREAM_END)
        return pdf_damaged(e, "a stream cannot be unpacked");
    return out ? buf_check(out, e) : ERR_OK;
}

static int hex_value(unsigned c)
{
    return c >= '0' && c <= '9'                 ? (int)c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)(c | 32) - 'a' + 10
                                                : -1;
}

static enum err from_hex(struct str s, struct buf *out, struct error *e)
{
    int high = -1;
    for (size_t i = 0; i < s.n && s.p[i] != '>'; i++) {
        int v = hex_value(strip_byte(s, i));
        if (v < 0 && !pdf_is_space(strip_byte(s, i)))
            return pdf_damaged(e, "a stream cannot be unpacked");
        if (v < 0)
            continue;
        if (high >= 0)
            buf_add_char(out, (char)(high << 4 | v));
        high = high >= 0 ? -1 : v;
    }
    if (high >= 0)
        buf_add_char(out, (char)(high << 4));
    return ERR_OK;
}

static enum err from_base85(struct str s, struct buf *out, struct error *e)
{
    uint64_t v = 0;
    int n = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '~'; i++) {
        unsigned c = strip_byte(s, i);
        if (pdf_is_space(c))
            continue;
        if (c == 'z' && n == 0) {
            buf_add(out, (struct str){"\0\0\0\0", 4});
            continue;
        }
        if (c < '!' || c > 'u')
            return pdf_damaged(e, "a stream cannot be unpacked");
        v = 85 * v + (c - '!');
        if (++n < 5)
            continue;
        for (int k = 3; k >= 0; k--)
            buf_add_char(out, (char)(v >> (8 * k)));
        v = 0;
        n = 0;
    }
    for (int k = n; n && k < 5; k++)
        v = 85 * v + 84;
    for (int k = 3; k > 4 - n; k--)
        buf_add_char(out, (char)(v >> (8 * k)));
    return ERR_OK;
}

static enum err from_runs(struct str s, struct buf *out, struct error *e)
{
    for (size_t i = 0; i < s.n;) {
        unsigned n = strip_byte(s, i++);
        if (n == 128)
            break;
        size_t take = n < 128 ? n + 1 : 1;
        if (take > s.n - i)
            return pdf_damaged(e, "a stream cannot be unpacked");
        for (size_t k = 0; k < (n < 128 ? 1 : 257 - n); k++)
            buf_add(out, strip_part(s, i, take));
        i += take;
    }
    return ERR_OK;
}

static unsigned paeth(unsigned a, unsigned b, unsigned c)
{
    int p = (int)a + (int)b - (int)c;
    int pa = p > (int)a ? p - (int)a : (int)a - p,
        pb = p > (int)b ? p - (int)b : (int)b - p,
        pc = p > (int)c ? p - (int)c : (int)c - p;
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// One row of PNG's predictors, in place; above is the row before, or NULL.
static bool unpredict(unsigned kind, unsigned char *row, const unsigned char *above,
                      size_t n, size_t pixel)
{
    for (size_t i = 0; i < n; i++) {
        unsigned left = i >= pixel ? row[i - pixel] : 0, up = above ? above[i] : 0,
                 corner = above && i >= pixel ? above[i - pixel] : 0;
        unsigned add = kind == 0   ? 0
                       : kind == 1 ? left
                       : kind == 2 ? up
                       : kind == 3 ? (left + up) / 2
                                   : paeth(left, up, corner);
        row[i] = (unsigned char)(row[i] + add);
    }
    return kind <= 4;
}

static int64_t number_or(const struct pdf_value *dict, const char *key, int64_t other)
{
    int64_t v;
    return pdf_integer(pdf_get(dict, key), &v) ? v : other;
}

static enum err undo_predictor(const struct pdf_value *parameters, struct buf *b,
                               struct error *e)
{
    int64_t kind = number_or(parameters, "Predictor", 1),
            colours = number_or(parameters, "Colors", 1),
            bits = number_or(parameters, "BitsPerComponent", 8),
            columns = number_or(parameters, "Columns", 1);
    if (kind < 2)
        return ERR_OK;
    if (kind < 10 || colours < 1 || colours > 32 || bits < 1 || bits > 16 ||
        columns < 1 || columns > MOST_COLUMNS)
        return pdf_refuse(e, "a stream that is packed in a way that is not read");
    size_t pixel = (size_t)((colours * bits + 7) / 8),
           n = (size_t)((colours * bits * columns + 7) / 8);
    unsigned char *p = (unsigned char *)b->p, *above = NULL, *to = p;
    for (size_t at = 0; at + 1 < b->n; at += n + 1) {
        size_t have = b->n - at - 1 < n ? b->n - at - 1 : n;
        unsigned how = p[at];
        memmove(to, p + at + 1, have);
        if (!unpredict(how, to, above, have, pixel))
            return pdf_damaged(e, "a stream cannot be unpacked");
        above = to;
        to += have;
        if (have < n)
            break;
    }
    if (p)
        b->n = (size_t)(to - p);
    return ERR_OK;
}

struct filters {
    size_t n;
    struct pdf_value name[MOST_FILTERS], parameters[MOST_FILTERS];
};

static enum err list_filters(struct pdf *p, const struct pdf_value *dict, struct arena *a,
                             struct filters *f, struct error *e)
{
    struct pdf_object names, parameters, one;
    *f = (struct filters){0};
    enum err code = pdf_get_resolved(p, dict, "Filter", a, &names, e);
    if (!code)
        code = pdf_get_resolved(p, dict, "DecodeParms", a, &parameters, e);
    if (code)
        return code;
    if (pdf_get(dict, "F") || pdf_get(dict, "FFilter"))
        return pdf_refuse(e, "a stream that lies in another file");
    bool many = names.value.kind == PDF_IS_ARRAY,
         lists = parameters.value.kind == PDF_IS_ARRAY;
    size_t n = many ? names.value.n : names.value.kind == PDF_IS_NAME;
    if (n > MOST_FILTERS)
        return pdf_damaged(e, "a stream has too many filters");
    for (size_t i = 0; !code && i < n; i++) {
        code = pdf_resolve(p, many ? &names.value.items[i] : &names.value, a, &one, e);
        f->name[i] = one.value;
        const struct pdf_value *x = !lists                   ? &parameters.value
                                    : i < parameters.value.n ? &parameters.value.items[i]
                                                             : NULL;
        if (!code)
            code = pdf_resolve(p, x, a, &one, e);
        f->parameters[i] = one.value;
    }
    f->n = n;
    return code;
}

static bool is_filter(const struct pdf_value *v, const char *name, const char *brief)
{
    return pdf_is_name(v, name) || pdf_is_name(v, brief);
}

// One filter from s onto out.
static enum err take_off(struct pdf *p, const struct pdf_value *name,
                         const struct pdf_value *parameters, struct str s,
                         struct buf *out, struct error *e)
{
    size_t used;
    enum err code;
    if (is_filter(name, "FlateDecode", "Fl")) {
        code = inflate_all(p, s, out, &used, e);
        return code ? code : undo_predictor(parameters, out, e);
    }
    if (is_filter(name, "ASCIIHexDecode", "AHx"))
        code = from_hex(s, out, e);
    else if (is_filter(name, "ASCII85Decode", "A85"))
        code = from_base85(s, out, e);
    else if (is_filter(name, "RunLengthDecode", "RL"))
        code = from_runs(s, out, e);
    else
        return pdf_refuse(e, "a stream that is packed in a way that is not read");
    if (!code)
        code = buf_check(out, e);
    return code ? code : count_unpacked(p, out->n, e);
}

// A picture's own way to be packed, where it is left as it is.
static bool stays(const struct pdf_value *name, enum pdf_rest *rest)
{
    *rest = is_filter(name, "FlateDecode", "Fl")       ? PDF_FLATE
            : is_filter(name, "DCTDecode", "DCT")      ? PDF_DCT
            : is_filter(name, "CCITTFaxDecode", "CCF") ? PDF_CCITT
            : is_filter(name, "LZWDecode", "LZW")      ? PDF_LZW
                                                       : PDF_PLAIN;
    return *rest != PDF_PLAIN;
}

enum err pdf_unpack(struct pdf *p, const struct pdf_object *o, bool keep, struct arena *a,
                    struct buf *out, enum pdf_rest *rest, struct pdf_value *parameters,
                    struct error *e)
{
    struct filters f;
    struct buf next = STRIP_BUF(out->max);
    size_t used = o->bytes.n, i;
    enum err code = list_filters(p, &o->value, a, &f, e);
    *rest = PDF_PLAIN;
    buf_clear(out);
    if (code)
        return code;
    struct str s = o->bytes;
    for (i = 0; !code && i < f.n; i++) {
        if (keep && i + 1 == f.n && stays(&f.name[i], rest)) {
            if (parameters)
                *parameters = f.parameters[i];
            if (*rest == PDF_FLATE) {
                code = inflate_all(p, s, NULL, &used, e);
                s.n = code ? 0 : used;
            }
            break;
        }
        buf_clear(&next);
        code = take_off(p, &f.name[i], &f.parameters[i], s, &next, e);
        struct buf kept = *out;
        *out = next;
        next = kept;
        s = buf_str(out);
    }
    if (!code && s.p != out->p) {
        buf_clear(out);
        buf_add(out, s);
        code = buf_check(out, e);
    } else if (!code) {
        out->n = s.n;
    }
    buf_free(&next);
    return code;
}

enum err pdf_pack_bytes(struct str bytes, struct buf *out, struct error *e)
{
    uLong room = compressBound((uLong)bytes.n);
    if (!buf_reserve(out, room))
        return buf_check(out, e);
    int state = compress2((Bytef *)out->p + out->n, &room, (const Bytef *)bytes.p,
                          (uLong)bytes.n, 6);
    if (state != Z_OK)
        return error_memory(e);
    out->n += room;
    return ERR_OK;
}

// --- content

// The end of the bytes of a picture within content: EI between spaces, and behind it what
// looks like content.
static size_t picture_end(struct str s, size_t at)
{
    for (; at + 3 <= s.n; at++) {
        if (!pdf_is_space(strip_byte(s, at)) || s.p[at + 1] != 'E' ||
            s.p[at + 2] != 'I' || (at + 3 < s.n && !pdf_is_space(strip_byte(s, at + 3))))
            continue;
        size_t end = at + 3 + 16 < s.n ? at + 3 + 16 : s.n;
        bool text = true;
        for (size_t i = at + 3; i < end && text; i++) {
            unsigned c = strip_byte(s, i);
            text = pdf_is_space(c) ? c != 0 : c >= 0x20 && c < 0x7F;
        }
        if (text)
            return at;
    }
    return s.n;
}

// What stands before an operator.
struct operands {
    size_t n, first_end; // where the first ends in what is written
    struct str actual;   // the text that a run of shapes stands for
    bool is_actual;      // the next one is
};

static void note_operand(struct operands *x, enum pdf_token t, struct str raw,
                         const struct buf *out)
{
    if (x->n++ == 0)
        x->first_end = out->n;
    if (x->is_actual && t == PDF_STRING)
        x->actual = raw;
    x->is_actual = t == PDF_NAME && str_equal_c(raw, "/ActualText");
}

// BDC and DP: the tag stays, and of its properties the text that the shapes stand for.
static void put_marked(struct operands *x, bool begins, struct buf *out)
{
    out->n = out->failed ? out->n : x->first_end;
    if (x->actual.n) {
        buf_add_c(out, " <</ActualText ");
        buf_add(out, x->actual);
        buf_add_c(out, begins ? ">> BDC\n" : ">> DP\n");
    } else {
        buf_add_c(out, begins ? " BMC\n" : " MP\n");
    }
}

static enum err put_inline_picture(struct pdf_lexer *l, struct buf *out, struct error *e)
{
    size_t begin = l->at + 1, end = picture_end(l->s, l->at);
    if (end == l->s.n)
        return pdf_damaged(e, "a picture on a page has no end");
    buf_add_c(out, "ID ");
    if (end > begin)
        buf_add(out, strip_part(l->s, begin, end - begin));
    buf_add_char(out, '\n');
    l->at = end;
    return ERR_OK;
}

enum err pdf_clean_content(struct str s, struct buf *out, struct error *e)
{
    struct pdf_lexer l = {s, 0};
    struct operands x = {0};
    struct str raw;
    bool picture = false; // between BI and ID
    for (enum pdf_token t; (t = pdf_next(&l, &raw)) != PDF_END;) {
        bool word = t == PDF_WORD && !str_equal_c(raw, "true") &&
                    !str_equal_c(raw, "false") && !str_equal_c(raw, "null");
        if (!word) {
            buf_add(out, raw);
            note_operand(&x, t, raw, out);
            buf_add_char(out, ' ');
            continue;
        }
        bool begins = str_equal_c(raw, "BDC");
        if (x.n && (begins || str_equal_c(raw, "DP"))) {
            put_marked(&x, begins, out);
        } else if (picture && str_equal_c(raw, "ID")) {
            enum err code = put_inline_picture(&l, out, e);
            if (code)
                return code;
        } else {
            buf_add(out, raw);
            buf_add_char(out, '\n');
        }
        picture = str_equal_c(raw, "BI") || (picture && !str_equal_c(raw, "ID"));
        x = (struct operands){0};
    }
    return buf_check(out, e);
}

// --- fonts

static bool font_keeps(struct str tag)
{
    static const char *const kept[] = {"head", "hhea", "maxp", "hmtx", "cvt ", "fpgm",
                                       "prep", "glyf", "loca", "cmap", "CFF ", "VORG",
                                       "vhea", "vmtx", "OS/2", "post"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (memcmp(tag.p, kept[i], 4) == 0)
            return true;
    return false;
}

static void put_big(struct buf *out, uint32_t v, int n)
{
    while (n-- > 0)
        buf_add_char(out, (char)(v >> (8 * n)));
}

enum err pdf_clean_font(struct str s, struct buf *out, struct error *e)
{
    enum { HEAD = 12, ROW = 16, MOST_TABLES = 64 };
    uint32_t version = s.n >= HEAD ? strip_big(s, 0, 4) : 0;
    if (version != 0x00010000 && version != 0x74727565 && version != 0x4F54544F) {
        buf_add(out, s);
        return buf_check(out, e);
    }
    size_t n = strip_big(s, 4, 2), kept = 0;
    if (n > MOST_TABLES || HEAD + ROW * n > s.n)
        return pdf_damaged(e, "a font in it is cut off");
    for (size_t i = 0; i < n; i++)
        kept += font_keeps(strip_part(s, HEAD + ROW * i, 4));
    uint32_t power = 1, exponent = 0;
    for (; 2 * power <= kept; power *= 2)
        exponent++;
    put_big(out, version, 4);
    put_big(out, (uint32_t)kept, 2);
    put_big(out, 16 * power, 2);
    put_big(out, exponent, 2);
    put_big(out, (uint32_t)kept * 16 - 16 * power, 2);
    uint32_t at = (uint32_t)(HEAD + ROW * kept);
    for (size_t i = 0; i < n; i++) {
        size_t row = HEAD + ROW * i;
        uint32_t from = strip_big(s, row + 8, 4), length = strip_big(s, row + 12, 4);
        if (!font_keeps(strip_part(s, row, 4)))
            continue;
        if (from > s.n || length > s.n - from)
            return pdf_damaged(e, "a font in it is cut off");
        buf_add(out, strip_part(s, row, 8));
        put_big(out, at, 4);
        put_big(out, length, 4);
        at += (length + 3) & ~3u;
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = HEAD + ROW * i;
        uint32_t from = strip_big(s, row + 8, 4), length = strip_big(s, row + 12, 4);
        if (!font_keeps(strip_part(s, row, 4)))
            continue;
        buf_add(out, strip_part(s, from, length));
        for (uint32_t pad = length; pad & 3; pad++)
            buf_add_char(out, '\0');
    }
    return buf_check(out, e);
}

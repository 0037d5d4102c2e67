// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/encoding.h"

#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

static const char *const names[ENCODING_COUNT] = {"UTF-8", "GB18030", "UTF-16LE",
                                                  "UTF-16BE"};

const char *encoding_name(enum encoding encoding)
{
    return encoding < ENCODING_COUNT ? names[encoding] : "unknown";
}

size_t encoding_mark(struct str head, enum encoding *encoding)
{
    static const struct {
        struct str mark;
        enum encoding encoding;
    } marks[] = {
        {{"\xEF\xBB\xBF", 3}, ENCODING_UTF8},
        {{"\xFF\xFE", 2}, ENCODING_UTF16LE},
        {{"\xFE\xFF", 2}, ENCODING_UTF16BE},
        {{"\x84\x31\x95\x33", 4}, ENCODING_GB18030},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (str_starts(head, marks[i].mark)) {
            *encoding = marks[i].encoding;
            return marks[i].mark.n;
        }
    return 0;
}

// Bytes from the start that are ASCII.
static size_t ascii_run(const unsigned char *p, size_t n)
{
    static const uint64_t high = 0x8080808080808080ULL;
    size_t i = 0;
    uint64_t word[4];
    for (; i + 32 <= n; i += 32) {
        memcpy(word, p + i, 32);
        if ((word[0] | word[1] | word[2] | word[3]) & high)
            break;
    }
    for (; i + 8 <= n; i += 8) {
        memcpy(word, p + i, 8);
        if (word[0] & high)
            break;
    }
    while (i < n && p[i] < 0x80)
        i++;
    return i;
}

// What stands at p: length of a valid sequence, 0 when the bytes end within one that may
// still become valid, or -k for an invalid sequence of k bytes (k >= 1).
static int utf8_sequence(const unsigned char *p, size_t n)
{
    unsigned char lead = p[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return -1;
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= n)
            return 0;
        if (p[i] < low || p[i] > high)
            return -i;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

static int gb18030_sequence(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] == 0x80 || p[0] == 0xFF)
        return -1;
    if (n < 2)
        return 0;
    if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF)
        return 2;
    if (p[1] < 0x30 || p[1] > 0x39)
        return -1;
    if (n < 3)
        return 0;
    if (p[2] < 0x81 || p[2] > 0xFE)
        return -1;
    if (n < 4)
        return 0;
    if (p[3] < 0x30 || p[3] > 0x39)
        return -1;
    unsigned value =
        (((p[0] - 0x81U) * 10 + (p[1] - 0x30U)) * 126 + (p[2] - 0x81U)) * 10 +
        (p[3] - 0x30U);
    return value <= 39419 || (value >= 189000 && value <= 1237575) ? 4 : -1;
}

typedef int sequence_function(const unsigned char *, size_t);

static bool ends_in_letter(const unsigned char *p, int length)
{
    unsigned char c = length == 2 ? p[1] | 0x20 : 0;
    return c >= 'a' && c <= 'z';
}

static inline void scan_block(struct encoding_scan *scan, const unsigned char *p,
                              size_t n, sequence_function *sequence)
{
    size_t i = 0;
    while (scan->held) { // a sequence begun in the block before: one byte more at a time
        if (i == n)
            return;
        scan->bytes[scan->held++] = p[i++];
        int length = sequence(scan->bytes, scan->held);
        if (length == 0)
            continue;
        do { // what follows an invalid start may hold further sequences
            unsigned used = (unsigned)(length > 0 ? length : -length);
            scan->invalid += length < 0;
            scan->wide += length > 1;
            scan->lettered += ends_in_letter(scan->bytes, length);
            scan->held -= used;
            memmove(scan->bytes, scan->bytes + used, scan->held);
        } while (scan->held && (length = sequence(scan->bytes, scan->held)) != 0);
    }
    while (i < n) {
        if (p[i] < 0x80) {
            i += ascii_run(p + i, n - i);
            continue;
        }
        int length = sequence(p + i, n - i);
        if (length == 0) {
            scan->held = (unsigned)(n - i);
            memcpy(scan->bytes, p + i, scan->held);
            return;
        }
        scan->invalid += length < 0;
        scan->wide += length > 1;
        scan->lettered += ends_in_letter(p + i, length);
        i += (size_t)(length > 0 ? length : -length);
    }
}

void encoding_scan_utf8(struct encoding_scan *scan, const char *p, size_t n)
{
    scan_block(scan, (const unsigned char *)p, n, utf8_sequence);
}

void encoding_scan_gb18030(struct encoding_scan *scan, const char *p, size_t n)
{
    scan_block(scan, (const unsigned char *)p, n, gb18030_sequence);
}

void encoding_scan_end(struct encoding_scan *scan)
{
    scan->invalid += scan->held > 0;
    scan->held = 0;
}

bool encoding_is_clear(const struct encoding_scan *utf8)
{
    return utf8->invalid == 0 || utf8->wide / 2 >= utf8->invalid;
}

enum encoding encoding_decide(const struct encoding_scan *utf8,
                              const struct encoding_scan *gb18030)
{
    bool western = gb18030->lettered * 2 > gb18030->wide;
    return encoding_is_clear(utf8) || western || utf8->invalid <= gb18030->invalid
               ? ENCODING_UTF8
               : ENCODING_GB18030;
}

size_t encoding_valid_utf8(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t i = 0;
    while (i < text.n) {
        if (p[i] < 0x80) {
            i += ascii_run(p + i, text.n - i);
            continue;
        }
        int length = utf8_sequence(p + i, text.n - i);
        if (length <= 0)
            return i;
        i += (size_t)length;
    }
    return i;
}

bool encoding_is_gb18030(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    bool beyond_ascii = false;
    for (size_t i = 0; i < text.n;) {
        int length = gb18030_sequence(p + i, text.n - i);
        if (length <= 0)
            return false;
        beyond_ascii |= length > 1;
        i += (size_t)length;
    }
    return beyond_ascii;
}

enum { PIVOT = 8192 };

struct encoding_decoder {
    UConverter *converter;
    size_t at, n; // what of the pivot is not written yet
    UChar pivot[PIVOT];
};

// An invalid byte b goes through the pivot as the lone low surrogate DC00 + b; nothing
// else can make one, because the converters never put out a lone surrogate themselves.
static void mark_invalid(const void *context, UConverterToUnicodeArgs *arguments,
                         const char *bytes, int32_t length,
                         UConverterCallbackReason reason, UErrorCode *status)
{
    (void)context;
    if (reason > UCNV_IRREGULAR)
        return;
    *status = U_ZERO_ERROR;
    for (int32_t i = 0; i < length; i++) {
        UChar unit = (UChar)(0xDC00 + (unsigned char)bytes[i]);
        ucnv_cbToUWriteUChars(arguments, &unit, 1, 0, status);
    }
}

enum err encoding_decoder_open(struct encoding_decoder **out, enum encoding from,
                               struct error *e)
{
    *out = NULL;
    struct encoding_decoder *d = mem_alloc(1, sizeof *d);
    if (!d)
        return error_memory(e);
    UErrorCode status = U_ZERO_ERROR;
    d->converter = ucnv_open(encoding_name(from), &status);
    if (U_SUCCESS(status))
        ucnv_setToUCallBack(d->converter, mark_invalid, NULL, NULL, NULL, &status);
    if (U_FAILURE(status)) {
        encoding_decoder_close(d);
        return error_set(e, ERR_INTERNAL, "base.icu", NULL,
                         "the converter from %s cannot be opened: %s",
                         encoding_name(from), u_errorName(status));
    }
    *out = d;
    return ERR_OK;
}

void encoding_decoder_close(struct encoding_decoder *d)
{
    if (!d)
        return;
    if (d->converter)
        ucnv_close(d->converter);
    mem_free(d);
}

static size_t put_utf8(char *out, uint32_t c)
{
    unsigned char *p = (unsigned char *)out;
    if (c < 0x80) {
        p[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (unsigned char)(0xC0 | c >> 6);
        p[1] = (unsigned char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (unsigned char)(0xE0 | c >> 12);
        p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        p[2] = (unsigned char)(0x80 | (c & 0x3F));
        return 3;
    }
    p[0] = (unsigned char)(0xF0 | c >> 18);
    p[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
    p[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    p[3] = (unsigned char)(0x80 | (c & 0x3F));
    return 4;
}

// True when all of the pivot was written. A high surrogate at the pivot's end waits for
// its other half.
static bool drain(struct encoding_decoder *d, bool final, char *out, size_t *n,
                  size_t capacity)
{
    while (d->at < d->n) {
        if (capacity - *n < 4)
            return false;
        UChar c = d->pivot[d->at];
        if (U16_IS_LEAD(c)) {
            if (d->at + 1 == d->n && !final)
                break;
            if (d->at + 1 < d->n && U16_IS_TRAIL(d->pivot[d->at + 1])) {
                *n += put_utf8(out + *n,
                               (uint32_t)U16_GET_SUPPLEMENTARY(c, d->pivot[d->at + 1]));
                d->at += 2;
                continue;
            }
        }
        d->at++;
        if (U16_IS_SURROGATE(c)) {
            out[(*n)++] = (char)0xFF;
            out[(*n)++] = (char)(0x80 | (c >> 4 & 0xF));
            out[(*n)++] = (char)(0x80 | (c & 0xF));
        } else {
            *n += put_utf8(out + *n, c);
        }
    }
    d->n -= d->at;
    memmove(d->pivot, d->pivot + d->at, d->n * sizeof d->pivot[0]);
    d->at = 0;
    return true;
}

bool encoding_decode(struct encoding_decoder *d, struct str *in, bool final, char *out,
                     size_t *n, size_t capacity)
{
    for (;;) {
        if (!drain(d, false, out, n, capacity))
            return true;
        if (capacity - *n < 8)
            return true;
        UErrorCode status = U_ZERO_ERROR;
        UChar *to = d->pivot + d->n;
        const char *from = in->p ? in->p : "";
        const char *begin = from;
        ucnv_toUnicode(d->converter, &to, d->pivot + PIVOT, &from, from + in->n, NULL,
                       final, &status);
        size_t taken = (size_t)(from - begin), got = (size_t)(to - d->pivot) - d->n;
        *in = (struct str){begin + taken, in->n - taken};
        d->n += got;
        if (status == U_BUFFER_OVERFLOW_ERROR)
            continue;
        return !drain(d, final, out, n, capacity);
    }
}

unsigned char encoding_marked_byte(const char *p)
{
    return (unsigned char)((p[1] & 0xF) << 4 | (p[2] & 0xF));
}

void encoding_repair(struct buf *out, struct str text, bool marks)
{
    while (text.n) {
        size_t good = encoding_valid_utf8(text);
        buf_add(out, (struct str){text.p, good});
        text = (struct str){text.p + good, text.n - good};
        if (text.n) {
            size_t skip =
                marks && text.n >= 3 && (unsigned char)text.p[0] == 0xFF ? 3 : 1;
            buf_add(out, STR("\xEF\xBF\xBD"));
            text = (struct str){text.p + skip, text.n - skip};
        }
    }
}

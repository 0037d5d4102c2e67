// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/text.h"

#include <math.h>

#include <stdio.h>

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"

enum { MAX_TEXT = 16 << 20 };

static enum err icu_error(UErrorCode status, struct error *e)
{
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return error_memory(e);
    return error_set(e, ERR_INTERNAL, "base.icu", NULL, "a text cannot be normalised: %s",
                     u_errorName(status));
}

// In place: all of these stand in one UTF-16 unit.
static int32_t drop_zero_width(UChar *p, int32_t n)
{
    int32_t length = 0;
    for (int32_t i = 0; i < n; i++)
        if (p[i] != 0xFEFF && p[i] != 0x2060 && (p[i] < 0x200B || p[i] > 0x200D))
            p[length++] = p[i];
    return length;
}

// In place: white space trimmed, and runs of it made one space.
static int32_t collapse(UChar *p, int32_t n)
{
    int32_t length = 0;
    bool space = false;
    for (int32_t i = 0; i < n; i++) {
        if (u_isUWhiteSpace(p[i])) {
            space = length > 0;
            continue;
        }
        if (space)
            p[length++] = ' ';
        space = false;
        p[length++] = p[i];
    }
    return length;
}

enum err text_normalise(struct arena *a, struct str text, struct str *out,
                        struct error *e)
{
    if (text.n > MAX_TEXT)
        return error_set(e, ERR_LIMIT, "text.limit", NULL,
                         "a text of %zu bytes is too long", text.n);
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    if (U_FAILURE(status))
        return icu_error(status, e);
    // lower case can undo the normal form, so that is made twice
    UChar *form[2] = {NULL, NULL};
    int32_t n = 0, room = (int32_t)text.n + 1;
    form[0] = ARENA_ARRAY(a, UChar, (size_t)room);
    if (!form[0])
        return error_memory(e);
    u_strFromUTF8WithSub(form[0], room, &n, text.n ? text.p : "", (int32_t)text.n, 0xFFFD,
                         NULL, &status);
    n = U_SUCCESS(status) ? drop_zero_width(form[0], n) : 0;
    for (int step = 0; step < 3 && U_SUCCESS(status); step++) {
        UChar *from = form[step & 1];
        for (room = n * 2 + 32;;) {
            UChar *to = ARENA_ARRAY(a, UChar, (size_t)room);
            if (!to)
                return error_memory(e);
            form[(step + 1) & 1] = to;
            int32_t got = step == 1 ? u_strToLower(to, room, from, n, "", &status)
                                    : unorm2_normalize(nfkc, from, n, to, room, &status);
            if (status != U_BUFFER_OVERFLOW_ERROR) {
                n = got;
                break;
            }
            status = U_ZERO_ERROR;
            room = got + 1;
        }
    }
    if (U_FAILURE(status))
        return icu_error(status, e);
    n = collapse(form[1], n);
    char *utf8 = ARENA_ARRAY(a, char, (size_t)n * 3 + 1);
    if (!utf8)
        return error_memory(e);
    int32_t bytes = 0;
    u_strToUTF8(utf8, n * 3 + 1, &bytes, form[1], n, &status);
    if (U_FAILURE(status))
        return icu_error(status, e);
    *out = (struct str){utf8, (size_t)bytes};
    return ERR_OK;
}

static size_t next_width(struct str text, size_t *at)
{
    int32_t c = utf8_next(text, at);
    return (size_t)utf8_columns(c < 0 ? 0xFFFD : c);
}

struct str text_cut(struct str text, size_t width)
{
    size_t used = 0;
    for (size_t at = 0; at < text.n;) {
        size_t begin = at;
        used += next_width(text, &at);
        if (used > width)
            return (struct str){text.p, begin};
    }
    return text;
}

size_t text_width(struct str text)
{
    size_t used = 0;
    for (size_t at = 0; at < text.n;)
        used += next_width(text, &at);
    return used;
}

void text_pad(struct buf *out, struct str text, size_t width, bool right)
{
    size_t used = text_width(text);
    bool cut = used > width;
    if (cut) {
        text = text_cut(text, width ? width - 1 : 0);
        used = text_width(text) + (width > 0);
    }
    for (size_t i = used; right && i < width; i++)
        buf_add_char(out, ' ');
    buf_add(out, text);
    if (cut && width)
        buf_add(out, STR("…"));
    for (size_t i = used; !right && i < width; i++)
        buf_add_char(out, ' ');
}

struct str text_number(double value, int decimals, char out[TEXT_NUMBER_SIZE])
{
    static const char en_dash[] = "–", minus[] = "−"; // U+2013, U+2212
    if (!isfinite(value)) {
        memcpy(out, en_dash, sizeof en_dash);
        return (struct str){out, sizeof en_dash - 1};
    }
    if (decimals < 0)
        decimals = 0;
    if (decimals > 9)
        decimals = 9;
    char digits[64];
    bool plain = fabs(value) < 1e15;
    int n =
        snprintf(digits, sizeof digits, plain ? "%.*f" : "%.*e", decimals, fabs(value));
    bool zero = strspn(digits, "0.") == (size_t)n;
    size_t whole = plain ? strcspn(digits, ".") : 0, at = 0;
    if (value < 0 && !zero) {
        memcpy(out, minus, 3);
        at = 3;
    }
    for (size_t i = 0; i < (size_t)n; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return (struct str){out, at};
}

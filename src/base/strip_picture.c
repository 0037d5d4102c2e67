// SPDX-License-Identifier: AGPL-3.0-or-later
// JPEG (ITU-T T.81, EXIF 2.3), PNG (W3C, third edition), WebP (RFC 9649), GIF (version
// 89a): taken apart by their markers, chunks and blocks, and put together from those that
// make the picture.
#include <string.h>
#include <zlib.h>

#include "base/strip_private.h"

// --- JPEG ------------------------------------------------------------------------------

enum { JPEG_LARGEST_IFD = 200 };

static enum err bad_jpeg(struct error *e, const char *what)
{
    return strip_damaged(e, "JPEG picture", what);
}

// The orientation of an EXIF block; 0: not said.
static unsigned orientation_of(struct str exif)
{
    if (exif.n < 14 || memcmp(exif.p, "Exif\0\0", 6) != 0)
        return 0;
    struct str t = strip_part(exif, 6, exif.n - 6);
    bool little = t.p[0] == 'I';
    uint32_t (*number)(struct str, size_t, size_t) = little ? strip_little : strip_big;
    size_t at = number(t, 4, 4);
    if (at > t.n || t.n - at < 2)
        return 0;
    size_t n = number(t, at, 2);
    for (size_t i = 0; i < n && i < JPEG_LARGEST_IFD; i++) {
        size_t entry = at + 2 + 12 * i;
        if (entry + 12 > t.n)
            return 0;
        if (number(t, entry, 2) != 0x0112)
            continue;
        uint32_t value = number(t, entry + 8, 2);
        return number(t, entry + 2, 2) == 3 && value >= 1 && value <= 8 ? value : 0;
    }
    return 0;
}

static void put_orientation(struct buf *out, unsigned orientation)
{
    static const char head[] = "\xFF\xE1\x00\x22"
                               "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    if (orientation < 2) // as it is
        return;
    buf_add(out, (struct str){head, sizeof head - 1});
    buf_add_char(out, (char)orientation);
    buf_add(out, (struct str){"\0\0\0\0\0\0", 6});
}

static bool makes_the_picture(unsigned marker)
{
    // SOF0-15, DHT (C4), DAC (CC); DQT, DNL, DRI, DHP, EXP
    return (marker >= 0xC0 && marker <= 0xCF && marker != 0xC8) ||
           (marker >= 0xDB && marker <= 0xDF);
}

// JFIF without its thumbnail; Adobe's mark of the colour transform.
static void put_application(struct buf *out, unsigned marker, struct str body)
{
    if (marker == 0xE0 && body.n >= 14 && memcmp(body.p, "JFIF", 5) == 0) {
        buf_add(out, (struct str){"\xFF\xE0\0\x10", 4});
        buf_add(out, strip_part(body, 0, 12));
        buf_add(out, (struct str){"\0\0", 2});
    } else if (marker == 0xEE && body.n >= 12 && memcmp(body.p, "Adobe", 5) == 0) {
        buf_add(out, (struct str){"\xFF\xEE\0\x0E", 4});
        buf_add(out, strip_part(body, 0, 12));
    }
}

// From behind the head of a scan to the next marker that is none of its own.
static size_t scan_end(struct str s, size_t at)
{
    for (; at + 1 < s.n; at++) {
        if (strip_byte(s, at) != 0xFF)
            continue;
        unsigned next = strip_byte(s, at + 1);
        if (next != 0 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7))
            return at;
    }
    return s.n;
}

struct jpeg {
    bool frame, scan, end, orientation;
};

static enum err jpeg_segment(struct str s, size_t *at, struct jpeg *j, struct buf *out,
                             struct error *e)
{
    while (*at < s.n && strip_byte(s, *at) == 0xFF)
        ++*at; // fill
    if (*at >= s.n)
        return bad_jpeg(e, "it ends too early");
    unsigned marker = strip_byte(s, (*at)++);
    if (marker == 0xD9) {
        buf_add(out, (struct str){"\xFF\xD9", 2});
        j->end = true;
        return ERR_OK;
    }
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
        return ERR_OK; // without a body, and none of them belongs here
    if (marker < 0xC0 || marker == 0xD8)
        return bad_jpeg(e, "it has a marker that is none");
    size_t n = *at + 2 <= s.n ? strip_big(s, *at, 2) : 0;
    if (n < 2 || n > s.n - *at)
        return bad_jpeg(e, "a part is longer than the file");
    struct str body = strip_part(s, *at + 2, n - 2);
    bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
                 marker != 0xCC;
    j->frame |= frame;
    if (marker == 0xE1 && !j->orientation && !j->frame && orientation_of(body)) {
        put_orientation(out, orientation_of(body));
        j->orientation = true;
    }
    put_application(out, marker, body);
    if (makes_the_picture(marker) || marker == 0xDA) {
        buf_add(out, (struct str){"\xFF", 1});
        buf_add(out, strip_part(s, *at - 1, n + 1));
    }
    *at += n;
    if (marker != 0xDA)
        return ERR_OK;
    if (!j->frame)
        return bad_jpeg(e, "the picture begins before its size is said");
    size_t end = scan_end(s, *at);
    buf_add(out, strip_part(s, *at, end - *at));
    *at = end;
    j->scan = true;
    return ERR_OK;
}

enum err strip_jpeg(struct str s, struct buf *out, struct error *e)
{
    struct jpeg j = {0};
    size_t at = 2;
    enum err code = ERR_OK;
    buf_add(out, strip_part(s, 0, 2));
    while (!code && !j.end) {
        if (at >= s.n || strip_byte(s, at) != 0xFF)
            return bad_jpeg(e, "it ends too early, or has bytes between its parts");
        code = jpeg_segment(s, &at, &j, out, e);
    }
    if (!code && !j.scan)
        code = bad_jpeg(e, "there is no picture in it");
    return code;
}

// --- PNG -------------------------------------------------------------------------------

static enum err bad_png(struct error *e, const char *what)
{
    return strip_damaged(e, "PNG picture", what);
}

static bool png_keeps(struct str type)
{
    static const char *const kept[] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS",
                                       "gAMA", "sRGB", "sBIT", "bKGD"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (memcmp(type.p, kept[i], 4) == 0)
            return true;
    return false;
}

enum err strip_png(struct str s, struct buf *out, struct error *e)
{
    bool picture = false;
    buf_add(out, strip_part(s, 0, 8));
    for (size_t at = 8, first = at;;) {
        if (s.n - at < 12)
            return bad_png(e, "it ends too early");
        size_t n = strip_big(s, at, 4);
        if (n > s.n - at - 12)
            return bad_png(e, "a part is longer than the file");
        struct str type = strip_part(s, at + 4, 4);
        uLong sum = crc32(0, (const Bytef *)type.p, (uInt)(n + 4));
        if (sum != strip_big(s, at + 8 + n, 4))
            return bad_png(e, "a checksum is wrong");
        if ((memcmp(type.p, "IHDR", 4) == 0) != (at == first) || (at == first && n != 13))
            return bad_png(e, "it does not begin with its size");
        picture |= memcmp(type.p, "IDAT", 4) == 0 && n > 0;
        if (png_keeps(type))
            buf_add(out, strip_part(s, at, n + 12));
        else if (!(type.p[0] & 0x20))
            return bad_png(e, "it has a part that is needed and not known");
        at += n + 12;
        if (memcmp(type.p, "IEND", 4) == 0)
            return picture ? ERR_OK : bad_png(e, "there is no picture in it");
    }
}

// --- WebP ------------------------------------------------------------------------------

static enum err bad_webp(struct error *e, const char *what)
{
    return strip_damaged(e, "WebP picture", what);
}

static void put_size(struct buf *out, size_t at, size_t n)
{
    if (!out->failed)
        for (size_t i = 0; i < 4; i++)
            out->p[at + i] = (char)(n >> (8 * i));
}

static bool is(struct str type, const char *name)
{
    return memcmp(type.p, name, 4) == 0;
}

// Chunks from `at` to `end`; those of a frame of an animation within it.
static enum err webp_chunks(struct str s, size_t at, size_t end, bool frame,
                            bool *picture, struct buf *out, struct error *e)
{
    while (at < end) {
        if (end - at < 8)
            return bad_webp(e, "it ends too early");
        struct str type = strip_part(s, at, 4);
        size_t n = strip_little(s, at + 4, 4), whole = n + (n & 1);
        if (n > end - at - 8 || whole > end - at - 8)
            return bad_webp(e, "a part is longer than the file");
        bool image = is(type, "VP8 ") || is(type, "VP8L");
        bool head = !frame && (is(type, "VP8X") || is(type, "ANIM"));
        if (image || is(type, "ALPH") || head) {
            size_t begin = out->n;
            buf_add(out, strip_part(s, at, 8 + whole));
            if (is(type, "VP8X") && n != 10)
                return bad_webp(e, "its head is not as it must be");
            if (is(type, "VP8X") && !out->failed) // no ICC, EXIF, XMP
                out->p[begin + 8] = (char)(out->p[begin + 8] & 0x12);
            *picture |= image;
        } else if (!frame && is(type, "ANMF")) {
            if (n < 16)
                return bad_webp(e, "a frame is too short");
            size_t begin = out->n;
            buf_add(out, strip_part(s, at, 24));
            enum err code = webp_chunks(s, at + 24, at + 8 + n, true, picture, out, e);
            if (code)
                return code;
            put_size(out, begin + 4, out->n - begin - 8);
        }
        at += 8 + whole;
    }
    return ERR_OK;
}

enum err strip_webp(struct str s, struct buf *out, struct error *e)
{
    bool picture = false;
    size_t n = strip_little(s, 4, 4);
    if (s.n < 12 || n < 4 || n > s.n - 8)
        return bad_webp(e, "it ends too early");
    size_t begin = out->n;
    buf_add(out, strip_part(s, 0, 12));
    enum err code = webp_chunks(s, 12, 8 + n, false, &picture, out, e);
    if (!code && !picture)
        code = bad_webp(e, "there is no picture in it");
    put_size(out, begin + 4, out->n - begin - 8);
    return code;
}

// --- GIF -------------------------------------------------------------------------------

static enum err bad_gif(struct error *e, const char *what)
{
    return strip_damaged(e, "GIF picture", what);
}

// Where a palette ends whose size these flags say; past the end: it is cut off.
static size_t gif_palette(unsigned flags, size_t at)
{
    return at + (flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0);
}

// Behind the sub-blocks that begin here; 0: they do not end.
static size_t gif_blocks(struct str s, size_t at)
{
    while (at < s.n && strip_byte(s, at))
        at += 1 + strip_byte(s, at);
    return at < s.n ? at + 1 : 0;
}

// How often an animation goes round is all that is known of applications: 19 bytes.
static bool gif_is_loop(struct str s, size_t at, size_t end)
{
    return end - at == 19 && memcmp(s.p + at + 2, "\x0BNETSCAPE2.0\x03\x01", 14) == 0;
}

enum err strip_gif(struct str s, struct buf *out, struct error *e)
{
    struct str control = {0}; // of the image that follows it, and of nothing else
    bool picture = false;
    size_t at = s.n < 13 ? s.n : gif_palette(strip_byte(s, 10), 13);
    if (at >= s.n)
        return bad_gif(e, "it ends too early");
    buf_add(out, strip_part(s, 0, at));
    for (;;) {
        if (s.n - at < 2 && strip_byte(s, at) != 0x3B)
            return bad_gif(e, "it ends too early");
        unsigned kind = strip_byte(s, at);
        if (kind == 0x3B) {
            buf_add_char(out, 0x3B);
            return picture ? ERR_OK : bad_gif(e, "there is no picture in it");
        }
        if (kind != 0x21 && kind != 0x2C)
            return bad_gif(e, "it has a part that is none");
        if (kind == 0x2C && s.n - at < 10)
            return bad_gif(e, "it ends too early");
        // in front of an image's sub-blocks: ten bytes, a palette, the size of its codes
        size_t data =
            kind == 0x21 ? at + 2 : gif_palette(strip_byte(s, at + 9), at + 10) + 1;
        size_t end = gif_blocks(s, data);
        if (!end || end >= s.n)
            return bad_gif(e, "it ends too early");
        struct str whole = strip_part(s, at, end - at);
        if (kind == 0x2C) {
            buf_add(out, control);
            buf_add(out, whole);
            control = (struct str){0};
            picture = true;
        } else if (strip_byte(s, at + 1) == 0xF9) {
            control = whole.n == 8 ? whole : (struct str){0};
        } else if (strip_byte(s, at + 1) == 0xFF && gif_is_loop(s, at, end)) {
            buf_add(out, whole);
        } else if (strip_byte(s, at + 1) == 0x01) {
            control = (struct str){0}; // it was of a text that no program draws
        }
        at = end;
    }
}

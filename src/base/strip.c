// SPDX-License-Identifier: AGPL-3.0-or-later
// Which kind a file is, and what is said of those that are not taken.
#include <string.h>

#include "base/strip_private.h"
#include "base/utf8.h"

#define OPEN_XML "application/vnd.openxmlformats-officedocument."
#define OPEN_DOCUMENT "application/vnd.oasis.opendocument."

static const struct {
    const char *type, *ending;
} kinds[STRIP_KINDS] = {
    [STRIP_JPEG] = {"image/jpeg", ".jpg"},
    [STRIP_PNG] = {"image/png", ".png"},
    [STRIP_WEBP] = {"image/webp", ".webp"},
    [STRIP_TEXT] = {"text/plain; charset=utf-8", ".txt"},
    [STRIP_DOCX] = {OPEN_XML "wordprocessingml.document", ".docx"},
    [STRIP_XLSX] = {OPEN_XML "spreadsheetml.sheet", ".xlsx"},
    [STRIP_PPTX] = {OPEN_XML "presentationml.presentation", ".pptx"},
    [STRIP_ODT] = {OPEN_DOCUMENT "text", ".odt"},
    [STRIP_ODS] = {OPEN_DOCUMENT "spreadsheet", ".ods"},
    [STRIP_PDF] = {"application/pdf", ".pdf"},
    [STRIP_ODP] = {OPEN_DOCUMENT "presentation", ".odp"},
    [STRIP_GIF] = {"image/gif", ".gif"},
};

const char *strip_type(enum strip_kind k)
{
    return k < STRIP_KINDS ? kinds[k].type : "application/octet-stream";
}

const char *strip_ending(enum strip_kind k)
{
    return k < STRIP_KINDS ? kinds[k].ending : ".bin";
}

enum err strip_damaged(struct error *e, const char *kind, const char *what)
{
    error_set(e, ERR_INPUT, "strip.damaged", NULL, "this is no whole %s: %s", kind, what);
    return error_cure(e, "save it again, or send a screenshot of it");
}

static bool has(struct str s, size_t at, const char *mark, size_t n)
{
    return s.n >= at + n && memcmp(s.p + at, mark, n) == 0;
}

// What people send most and is not taken, with what to do.
static enum err refuse(struct str s, struct error *e)
{
    const char *what = "a file of an unknown kind",
               *cure = "send a picture (JPEG, PNG, WebP, GIF) or plain text";
    if (has(s, 4, "ftypheic", 8) || has(s, 4, "ftypheix", 8) ||
        has(s, 4, "ftypmif1", 8) || has(s, 4, "ftypavif", 8)) {
        what = "a HEIC or AVIF picture";
        cure = "send a screenshot of it, or set the camera to JPEG (Most Compatible)";
    } else if (has(s, 4, "ftyp", 4) || has(s, 0, "\x1A\x45\xDF\xA3", 4) ||
               has(s, 0, "ID3", 3) || has(s, 0, "OggS", 4) || has(s, 0, "RIFF", 4)) {
        what = "a video or a sound";
        cure = "describe it in words, and send screenshots";
    } else if (has(s, 0, "\xD0\xCF\x11\xE0", 4)) {
        what = "an old Office file or one with a password";
        cure =
            "save it as DOCX, XLSX or PPTX without a password, or send screenshots of it";
    } else if (has(s, 0, "II*\0", 4) || has(s, 0, "MM\0*", 4) || has(s, 0, "BM", 2)) {
        what = "a picture of another kind";
        cure = "save it as PNG or JPEG";
    } else if (has(s, 0, "PK", 2) || has(s, 0, "Rar!", 4) || has(s, 0, "7z\xBC\xAF", 4) ||
               has(s, 0, "\x1F\x8B", 2)) {
        what = "an archive";
        cure = "send the files in it one by one";
    }
    error_set(e, ERR_INPUT, "strip.kind", NULL, "this is %s; it is not taken", what);
    return error_cure(e, "%s", cure);
}

static bool is_text(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        int32_t c = utf8_next(s, &at);
        if (c < 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F)
            return false;
    }
    return s.n > 0;
}

static enum err take_text(struct str s, struct buf *out)
{
    if (has(s, 0, "\xEF\xBB\xBF", 3))
        s = strip_part(s, 3, s.n - 3);
    buf_add(out, s);
    return ERR_OK;
}

enum strip_kind strip_picture_kind(struct str s)
{
    return has(s, 0, "\xFF\xD8\xFF", 3)                       ? STRIP_JPEG
           : has(s, 0, "\x89PNG\r\n\x1A\n", 8)                ? STRIP_PNG
           : has(s, 0, "RIFF", 4) && has(s, 8, "WEBP", 4)     ? STRIP_WEBP
           : has(s, 0, "GIF87a", 6) || has(s, 0, "GIF89a", 6) ? STRIP_GIF
                                                              : STRIP_KINDS;
}

enum err strip_picture(enum strip_kind kind, struct str s, struct buf *out,
                       struct error *e)
{
    switch (kind) {
    case STRIP_JPEG:
        return strip_jpeg(s, out, e);
    case STRIP_PNG:
        return strip_png(s, out, e);
    case STRIP_WEBP:
        return strip_webp(s, out, e);
    default:
        return strip_gif(s, out, e);
    }
}

enum err strip_file(struct str bytes, struct arena *a, struct strip_result *out,
                    struct error *e)
{
    struct buf made = STRIP_BUF(STRIP_MOST + (1 << 20));
    enum err code;
    *out = (struct strip_result){.kind = STRIP_TEXT};
    if (bytes.n > STRIP_MOST) {
        error_set(e, ERR_LIMIT, "strip.size", NULL, "a file has at most %d MiB",
                  STRIP_MOST >> 20);
        return error_cure(e, "send a smaller picture");
    }
    out->kind = strip_picture_kind(bytes);
    if (out->kind != STRIP_KINDS) {
        code = strip_picture(out->kind, bytes, &made, e);
    } else if (has(bytes, 0, "PK\3\4", 4)) {
        code = strip_office(bytes, &out->kind, &made, e);
    } else if (has(bytes, 0, "%PDF-", 5)) {
        out->kind = STRIP_PDF;
        code = strip_pdf(bytes, &made, e);
    } else if (!has(bytes, 0, "%PDF", 4) && is_text(bytes)) {
        out->kind = STRIP_TEXT;
        code = take_text(bytes, &made);
    } else {
        code = refuse(bytes, e);
    }
    if (!code)
        code = buf_check(&made, e);
    if (!code) {
        out->bytes = str_copy(a, buf_str(&made));
        code = out->bytes.p ? ERR_OK : error_memory(e);
    }
    buf_free(&made);
    return code;
}

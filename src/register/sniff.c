// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/sniff.h"

#include <string.h>

#include "base/utf8.h"

const char *sniff_type(enum sniff_kind kind)
{
    static const char *const types[] = {
        [SNIFF_JPEG] = "image/jpeg",
        [SNIFF_PNG] = "image/png",
        [SNIFF_PDF] = "application/pdf",
        [SNIFF_XLSX] =
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [SNIFF_DOCX] =
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        [SNIFF_ZIP] = "application/zip",
        [SNIFF_CSV] = "text/csv",
        [SNIFF_TEXT] = "text/plain",
        [SNIFF_BYTES] = "application/octet-stream",
        [SNIFF_ACTIVE] = "application/octet-stream",
        [SNIFF_DAMAGED] = "application/octet-stream",
    };
    return types[kind];
}

static bool begins(struct str s, const char *with, size_t n)
{
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static unsigned number(struct str s, size_t at, int bytes)
{
    unsigned v = 0;
    for (int i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)s.p[at + (size_t)i];
    return v;
}

// --- by name

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool ends_in(struct str name, const char *end)
{
    size_t n = strlen(end);
    if (name.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(name.p[name.n - n + i]) != end[i])
            return false;
    return true;
}

// What a desktop runs by its name alone, whatever is in it. Spaces and dots at the end
// fall away where it is saved.
static bool acts_by_name(struct str name)
{
    static const char *const ends[] = {
        ".exe",   ".com",     ".bat",   ".cmd",   ".ps1",  ".vbs",    ".vbe",  ".js",
        ".jse",   ".mjs",     ".wsf",   ".wsh",   ".hta",  ".msi",    ".msp",  ".scr",
        ".pif",   ".lnk",     ".url",   ".jar",   ".reg",  ".cpl",    ".dll",  ".inf",
        ".scf",   ".sh",      ".app",   ".apk",   ".dmg",  ".iso",    ".htm",  ".html",
        ".xhtml", ".mht",     ".mhtml", ".shtml", ".svg",  ".svgz",   ".xml",  ".xsl",
        ".xslt",  ".swf",     ".docm",  ".xlsm",  ".xlsb", ".pptm",   ".dotm", ".xltm",
        ".xlam",  ".desktop", ".php",   ".py",    ".chm",  ".command"};
    while (name.n && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == ' '))
        name.n--;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_in(name, ends[i]))
            return true;
    return false;
}

// --- programs

static const char *program(struct str s)
{
    static const struct {
        const char *begin;
        size_t n;
        const char *what;
    } signs[] = {
        {"MZ", 2, "a program for Windows"},
        {"\x7F"
         "ELF",
         4, "a program for Linux"},
        {"\xCF\xFA\xED\xFE", 4, "a program for macOS"},
        {"\xCE\xFA\xED\xFE", 4, "a program for macOS"},
        {"\xFE\xED\xFA\xCF", 4, "a program for macOS"},
        {"\xFE\xED\xFA\xCE", 4, "a program for macOS"},
        {"\xCA\xFE\xBA\xBE", 4, "a program for Java"},
        {"L\0\0\0\x01\x14\x02\0", 8, "a link to a program"},
        {"#!", 2, "a script"},
        {"dex\n", 4, "a program for Android"},
        {"FWS", 3, "a Flash film"},
        {"CWS", 3, "a Flash film"},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (begins(s, signs[i].begin, signs[i].n))
            return signs[i].what;
    return NULL;
}

// --- marked-up text

// Among the first bytes, where a browser would look; letters of either case, and zero
// bytes passed over, for UTF-16.
static bool holds(struct str s, const char *word)
{
    size_t n = strlen(word), most = s.n < 65536 ? s.n : 65536;
    for (size_t i = 0; i < most; i++) {
        size_t k = 0, at = i;
        while (k < n && at < most) {
            if (!s.p[at]) {
                at++;
                continue;
            }
            if (lower(s.p[at]) != word[k])
                break;
            at++;
            k++;
        }
        if (k == n)
            return true;
    }
    return false;
}

static const char *markup(struct str s)
{
    static const char *const words[] = {"<html",   "<!doctype", "<script", "<body",
                                        "<iframe", "<object",   "<embed",  "<style",
                                        "<img",    "<form",     "<meta",   "<link"};
    if (holds(s, "<svg"))
        return "a drawing that can hold scripts (SVG)";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (holds(s, words[i]))
            return "a web page (HTML)";
    return holds(s, "<?xml") || holds(s, "<?php") ? "marked-up text (XML)" : NULL;
}

// --- text

// UTF-8, or bytes that could be GB18030, without controls.
static bool is_text(struct str s)
{
    if (begins(s, "\xFF\xFE", 2) || begins(s, "\xFE\xFF", 2))
        return s.n % 2 == 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 127)
            return false;
    }
    bool utf8 = true, gb = true;
    for (size_t at = 0; utf8 && at < s.n;)
        utf8 = utf8_next(s, &at) >= 0;
    for (size_t i = 0; !utf8 && gb && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x80)
            continue;
        if (c == 0x80 || c == 0xFF || i + 1 == s.n)
            gb = false;
        i++;
    }
    return utf8 || gb;
}

// --- ZIP

enum { END_SIZE = 22, ENTRY_SIZE = 46 };

// The end of the central directory; s.n: there is none.
static size_t directory_end(struct str s)
{
    if (s.n < END_SIZE)
        return s.n;
    size_t least = s.n > END_SIZE + 65535 ? s.n - END_SIZE - 65535 : 0;
    for (size_t at = s.n - END_SIZE + 1; at-- > least;)
        if (memcmp(s.p + at, "PK\5\6", 4) == 0)
            return at;
    return s.n;
}

struct zip_parts {
    bool book, document, macros, types;
    size_t n;
};

static bool read_directory(struct str s, struct zip_parts *out)
{
    size_t end = directory_end(s);
    if (end == s.n)
        return false;
    size_t count = number(s, end + 10, 2), at = number(s, end + 16, 4);
    *out = (struct zip_parts){.n = count};
    for (size_t i = 0; i < count; i++) {
        if (at > end || end - at < ENTRY_SIZE || memcmp(s.p + at, "PK\1\2", 4) != 0)
            return false;
        size_t name = number(s, at + 28, 2),
               more = number(s, at + 30, 2) + number(s, at + 32, 2);
        if (end - at - ENTRY_SIZE < name)
            return false;
        struct str is = {s.p + at + ENTRY_SIZE, name};
        out->book |= str_equal_c(is, "xl/workbook.xml");
        out->document |= str_equal_c(is, "word/document.xml");
        out->types |= str_equal_c(is, "[Content_Types].xml");
        out->macros |= ends_in(is, "vbaproject.bin") || ends_in(is, ".xlsb") ||
                       str_equal_c(is, "xl/workbook.bin");
        at += ENTRY_SIZE + name + more;
    }
    return at <= end;
}

static enum sniff_kind zip(struct str s, const char **what)
{
    struct zip_parts parts;
    if (!read_directory(s, &parts)) {
        *what = "a damaged ZIP, XLSX or DOCX file";
        return SNIFF_DAMAGED;
    }
    if (parts.macros) {
        *what = "a document with macros";
        return SNIFF_ACTIVE;
    }
    if (parts.types && parts.book)
        return SNIFF_XLSX;
    return parts.types && parts.document ? SNIFF_DOCX : SNIFF_ZIP;
}

// --- pictures and pages

static bool whole_jpeg(struct str s)
{
    for (size_t i = s.n; i-- > 3;) // some cameras write behind the end
        if ((unsigned char)s.p[i] == 0xD9 && (unsigned char)s.p[i - 1] == 0xFF)
            return true;
    return false;
}

static bool whole_png(struct str s)
{
    return s.n >= 45 && memcmp(s.p + 12, "IHDR", 4) == 0 &&
           memcmp(s.p + s.n - 8, "IEND", 4) == 0;
}

static bool whole_pdf(struct str s)
{
    size_t from = s.n > 2048 ? s.n - 2048 : 0;
    for (size_t i = s.n - 5 + 1; i-- > from;)
        if (memcmp(s.p + i, "%%EOF", 5) == 0)
            return true;
    return false;
}

static enum sniff_kind whole(bool is, enum sniff_kind kind, const char *damaged,
                             const char **what)
{
    if (is)
        return kind;
    *what = damaged;
    return SNIFF_DAMAGED;
}

enum sniff_kind sniff(struct str bytes, struct str name, const char **what)
{
    *what = program(bytes);
    if (!*what && acts_by_name(name))
        *what = "a file that a desktop opens as a program or a page, by its name";
    if (*what)
        return SNIFF_ACTIVE;
    if (begins(bytes, "\xFF\xD8\xFF", 3))
        return whole(whole_jpeg(bytes), SNIFF_JPEG, "a JPEG picture that is cut off",
                     what);
    if (begins(bytes, "\x89PNG\r\n\x1A\n", 8))
        return whole(whole_png(bytes), SNIFF_PNG, "a PNG picture that is cut off", what);
    if (begins(bytes, "%PDF-", 5))
        return whole(whole_pdf(bytes), SNIFF_PDF, "a PDF that is cut off", what);
    if (begins(bytes, "PK\3\4", 4) || begins(bytes, "PK\5\6", 4))
        return zip(bytes, what);
    *what = markup(bytes);
    if (*what)
        return SNIFF_ACTIVE;
    if (!is_text(bytes))
        return SNIFF_BYTES;
    return ends_in(name, ".csv") || ends_in(name, ".tsv") ? SNIFF_CSV : SNIFF_TEXT;
}

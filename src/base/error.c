// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int exit_status, http_status;
} codes[ERR_COUNT] = {
    [ERR_OK] = {"ok", 0, 200},
    [ERR_USAGE] = {"usage", 64, 400},
    [ERR_INPUT] = {"input", 65, 422},
    [ERR_NOT_FOUND] = {"not found", 66, 404},
    [ERR_CONFLICT] = {"conflict", 73, 409},
    [ERR_FORBIDDEN] = {"forbidden", 77, 403},
    [ERR_LIMIT] = {"limit", 69, 413},
    [ERR_IO] = {"i/o", 74, 500},
    [ERR_FULL] = {"no space", 74, 507},
    [ERR_CORRUPT] = {"corrupt", 76, 500},
    [ERR_BUSY] = {"busy", 75, 503},
    [ERR_MEMORY] = {"memory", 71, 503},
    [ERR_INTERNAL] = {"internal", 70, 500},
};

// A text that was cut to its space loses the character that was cut through.
static void end_whole(char *text, size_t size, int wanted)
{
    if (wanted < 0 || (size_t)wanted < size)
        return;
    size_t n = size - 1, begin = n;
    while (begin && ((unsigned char)text[begin - 1] & 0xC0) == 0x80)
        begin--;
    unsigned char lead = begin ? (unsigned char)text[begin - 1] : 0;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length > n - begin + 1)
        text[begin - 1] = '\0';
}

// The arguments stay as they are, to be taken once more.
static void print_list(char *out, size_t size, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    end_whole(out, size, vsnprintf(out, size, format, again));
    va_end(again);
}

// --- the same in Chinese

enum { PIECES_MAX = 9 };

// What the conversions of a format printed, one after the other in one space.
struct pieces {
    char space[1200];
    const char *is[PIECES_MAX];
    size_t n;
};

// The arguments of a format, taken from first to last.
struct taking {
    va_list arguments;
};

static void print_piece(char *out, size_t size, const char *spec, ...)
{
    va_list arguments;
    va_start(arguments, spec);
    print_list(out, size, spec, arguments);
    va_end(arguments);
}

// Reads the conversion behind a %; `spec` gets it with its stars filled in. NULL: not one
// that is known here.
static const char *read_spec(const char *f, struct taking *t, char *spec, size_t size)
{
    size_t n = 0;
    spec[n++] = '%';
    for (; *f && strchr("-+ #0123456789.*hlzjt", *f); f++) {
        char number[16] = {*f, '\0'};
        if (*f == '*')
            print_piece(number, sizeof number, "%d", va_arg(t->arguments, int));
        if (n + strlen(number) + 2 > size)
            return NULL;
        memcpy(spec + n, number, strlen(number));
        n += strlen(number);
    }
    if (!*f || !strchr("diuxXocsfge", *f))
        return NULL;
    spec[n++] = *f;
    spec[n] = '\0';
    return f + 1;
}

static void take_piece(struct taking *t, const char *spec, char *out, size_t size)
{
    char kind = spec[strlen(spec) - 1];
    if (kind == 's')
        print_piece(out, size, spec, va_arg(t->arguments, const char *));
    else if (strchr("fge", kind))
        print_piece(out, size, spec, va_arg(t->arguments, double));
    else if (strstr(spec, "ll"))
        print_piece(out, size, spec, va_arg(t->arguments, long long));
    else if (strchr(spec, 'l'))
        print_piece(out, size, spec, va_arg(t->arguments, long));
    else if (strchr(spec, 'z'))
        print_piece(out, size, spec, va_arg(t->arguments, size_t));
    else if (strchr(spec, 'j'))
        print_piece(out, size, spec, va_arg(t->arguments, intmax_t));
    else if (strchr(spec, 't'))
        print_piece(out, size, spec, va_arg(t->arguments, ptrdiff_t));
    else
        print_piece(out, size, spec, va_arg(t->arguments, int));
}

static bool read_pieces(struct pieces *p, const char *format, struct taking *t)
{
    size_t used = 0;
    p->n = 0;
    for (const char *f = format; *f; f++) {
        char spec[48];
        bool quoted = f > format && strchr("'\"`", f[-1]);
        if (*f != '%' || f[1] == '%') {
            f += *f == '%';
            continue;
        }
        f = read_spec(f + 1, t, spec, sizeof spec);
        if (!f || p->n == PIECES_MAX)
            return false;
        f--;
        const char *piece = p->space + used;
        char none[2]; // of what is far behind the end of the text
        bool room = used + sizeof none < sizeof p->space;
        take_piece(t, spec, room ? p->space + used : none,
                   room ? sizeof p->space - used : sizeof none);
        if (!room)
            piece = "";
        const char *chinese = *f == 's' && !quoted ? error_chinese(piece) : NULL;
        p->is[p->n++] = chinese ? chinese : piece;
        used += room ? strlen(piece) + 1 : 0;
    }
    return true;
}

// Room for as much of the text as fits, whole characters only.
static void add_whole(char *out, size_t size, size_t *n, const char *text, size_t length)
{
    size_t room = size - 1 - *n, take = length < room ? length : room;
    while (take < length && take && ((unsigned char)text[take] & 0xC0) == 0x80)
        take--;
    memcpy(out + *n, text, take);
    *n += take;
    out[*n] = '\0';
}

static void say_chinese(char *out, size_t size, const char *format, va_list arguments)
{
    const char *chinese = error_chinese(format);
    struct pieces p;
    struct taking t;
    size_t n = 0;
    out[0] = '\0';
    // a sentence that was made before
    bool whole = strcmp(format, "%s") == 0 || strcmp(format, "%.*s") == 0;
    if (!chinese && !whole)
        return;
    va_copy(t.arguments, arguments);
    bool good = read_pieces(&p, format, &t);
    va_end(t.arguments);
    if (!good || (whole && p.is[0] == p.space))
        return;
    for (const char *c = whole ? "{1}" : chinese; *c && n + 1 < size;) {
        if (c[0] == '{' && c[1] >= '1' && c[1] <= '9' && c[2] == '}') {
            size_t i = (size_t)(c[1] - '1');
            if (i < p.n)
                add_whole(out, size, &n, p.is[i], strlen(p.is[i]));
            c += 3;
            continue;
        }
        size_t length = 1 + strcspn(c + 1, "{");
        add_whole(out, size, &n, c, length);
        c += length;
    }
}

// --- setting

enum err error_set_list(struct error *e, enum err code, const char *key,
                        const char *where, const char *format, va_list arguments)
{
    if (!e)
        return code;
    char place[sizeof e->where]; // where may be that of *e itself
    int n = snprintf(place, sizeof place, "%s", where ? where : "");
    end_whole(place, sizeof place, n);
    e->code = code;
    e->key = key;
    e->cure[0] = e->cure_zh[0] = '\0';
    print_list(e->text, sizeof e->text, format, arguments);
    say_chinese(e->text_zh, sizeof e->text_zh, format, arguments);
    memcpy(e->where, place, sizeof place);
    return code;
}

enum err error_set(struct error *e, enum err code, const char *key, const char *where,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(e, code, key, where, format, arguments);
    va_end(arguments);
    return code;
}

enum err error_cure_list(struct error *e, const char *format, va_list arguments)
{
    if (!e)
        return ERR_INTERNAL;
    print_list(e->cure, sizeof e->cure, format, arguments);
    say_chinese(e->cure_zh, sizeof e->cure_zh, format, arguments);
    return e->code;
}

enum err error_cure(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum err code = error_cure_list(e, format, arguments);
    va_end(arguments);
    return code;
}

void error_set_zh(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (e)
        print_list(e->text_zh, sizeof e->text_zh, format, arguments);
    va_end(arguments);
}

void error_cure_zh(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (e)
        print_list(e->cure_zh, sizeof e->cure_zh, format, arguments);
    va_end(arguments);
}

void error_where(struct error *e, const char *where)
{
    if (!e)
        return;
    int n = snprintf(e->where, sizeof e->where, "%s", where);
    end_whole(e->where, sizeof e->where, n);
}

static void put_before(char *text, size_t size, const char *words)
{
    char all[sizeof((struct error *)NULL)->text];
    size_t n = 0;
    add_whole(all, size, &n, words, strlen(words));
    add_whole(all, size, &n, text, strlen(text));
    memcpy(text, all, n + 1);
}

enum err error_before(struct error *e, const char *format, ...)
{
    if (!e)
        return ERR_INTERNAL;
    char english[200], chinese[200];
    va_list arguments;
    va_start(arguments, format);
    print_list(english, sizeof english, format, arguments);
    say_chinese(chinese, sizeof chinese, format, arguments);
    va_end(arguments);
    put_before(e->text, sizeof e->text, english);
    if (e->text_zh[0])
        put_before(e->text_zh, sizeof e->text_zh, chinese[0] ? chinese : english);
    return e->code;
}

enum err error_memory(struct error *e)
{
    return error_set(e, ERR_MEMORY, "base.memory", NULL, "not enough memory");
}

enum err error_errno(struct error *e, int errno_value, const char *where,
                     const char *what)
{
    enum err code = ERR_IO;
    if (errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG)
        code = ERR_FULL;
    else if (errno_value == ENOENT)
        code = ERR_NOT_FOUND;
    else if (errno_value == ENOMEM)
        code = ERR_MEMORY;
    else if (errno_value == EACCES || errno_value == EPERM)
        code = ERR_FORBIDDEN;
    char reason[128];
    const char *text = strerror_r(errno_value, reason, sizeof reason);
    error_set(e, code, "base.errno", where, "cannot %s: %s", what, text);
    switch (code) {
    case ERR_FULL:
        error_cure(e, "free some space on the disk (or raise the quota), then try "
                      "again");
        break;
    case ERR_NOT_FOUND:
        error_cure(e, "check the name, and the folder it is in");
        break;
    case ERR_FORBIDDEN:
        error_cure(e, "ask for the right to this file or folder, or name another");
        break;
    default:
        break;
    }
    return code;
}

int error_exit_status(enum err code)
{
    return code < ERR_COUNT ? codes[code].exit_status : 70;
}

int error_http_status(enum err code)
{
    return code < ERR_COUNT ? codes[code].http_status : 500;
}

const char *error_name(enum err code)
{
    return code < ERR_COUNT ? codes[code].name : "unknown";
}

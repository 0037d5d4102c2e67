// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/error.h"

#include <errno.h>
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

enum err error_set(struct error *e, enum err code, const char *key, const char *where,
                   const char *format, ...)
{
    if (!e)
        return code;
    e->code = code;
    e->key = key;
    e->cure[0] = '\0';
    int n = snprintf(e->where, sizeof e->where, "%s", where ? where : "");
    end_whole(e->where, sizeof e->where, n);
    va_list arguments;
    va_start(arguments, format);
    n = vsnprintf(e->text, sizeof e->text, format, arguments);
    va_end(arguments);
    end_whole(e->text, sizeof e->text, n);
    return code;
}

enum err error_cure(struct error *e, const char *format, ...)
{
    if (!e)
        return ERR_INTERNAL;
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(e->cure, sizeof e->cure, format, arguments);
    va_end(arguments);
    end_whole(e->cure, sizeof e->cure, n);
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

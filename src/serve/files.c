// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "register/rights.h"

enum { NAME_MAX_BYTES = 200 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode(struct str s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = i + 2 < s.n && s.p[i] == '%' ? hex(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex(s.p[i + 2]) : -1;
        buf_add_char(out, low >= 0 ? (char)(high * 16 + low) : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
}

enum err files_name(const struct request *q, struct str *out, struct error *e)
{
    struct buf all = BUF_INIT(16384), name = BUF_INIT(NAME_MAX_BYTES + 8);
    decode(request_header(q, "X-File-Name"), &all);
    struct str s = all.failed ? STR("") : buf_str(&all);
    for (size_t i = s.n; i-- > 0;)
        if (s.p[i] == '/' || s.p[i] == '\\') {
            s = (struct str){s.p + i + 1, s.n - i - 1};
            break;
        }
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        int32_t c = utf8_next(s, &at);
        if (c < 32 || c == 127 || (c >= 0x80 && c < 0xA0))
            continue;
        if (name.n + at - from > NAME_MAX_BYTES)
            break;
        buf_add(&name, (struct str){s.p + from, at - from});
    }
    struct str is = str_trim(buf_str(&name));
    bool dots = str_equal_c(is, ".") || str_equal_c(is, "..");
    *out = str_copy(q->arena, is.n && !dots ? is : STR("file"));
    buf_free(&all);
    buf_free(&name);
    return out->p ? ERR_OK : error_memory(e);
}

// --- JSON

void files_value(struct json_writer *j, const json_t *value)
{
    const char *key;
    json_t *one;
    size_t i;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_put_object(j);
        json_object_foreach((json_t *)value, key, one)
        {
            json_put_key(j, str_of(key));
            files_value(j, one);
        }
        json_put_object_end(j);
        return;
    case JSON_ARRAY:
        json_put_array(j);
        for (i = 0; i < json_array_size(value); i++)
            files_value(j, json_array_get(value, i));
        json_put_array_end(j);
        return;
    case JSON_STRING:
        json_put_string(
            j, (struct str){json_string_value(value), json_string_length(value)});
        return;
    case JSON_INTEGER:
        json_put_int(j, json_integer_value(value));
        return;
    case JSON_REAL:
        json_put_double(j, json_real_value(value));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        json_put_bool(j, json_is_true(value));
        return;
    case JSON_NULL:
        break;
    }
    json_put_null(j);
}

struct str files_disposition(struct arena *a, struct str name)
{
    struct buf text = BUF_INIT(4000);
    buf_add_c(&text, "attachment; filename*=UTF-8''");
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                     c == '.' || c == '-' || c == '_';
        if (plain)
            buf_add_char(&text, c);
        else
            buf_printf(&text, "%%%02X", (unsigned char)c);
    }
    struct str out = text.failed ? STR("attachment") : str_copy(a, buf_str(&text));
    buf_free(&text);
    return out.p ? out : STR("attachment");
}

// --- kept

enum err files_keep(const char *path, struct str text, struct error *e)
{
    char beside[4096];
    int n = snprintf(beside, sizeof beside, "%s.%ld.tmp", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof beside)
        return error_set(e, ERR_LIMIT, "files.path", NULL,
                         "the folder's name is too long");
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool failed = fd < 0;
    for (size_t at = 0; !failed && at < text.n;) {
        ssize_t put = write(fd, text.p + at, text.n - at);
        failed = put < 0 && errno != EINTR;
        at += put > 0 ? (size_t)put : 0;
    }
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    if (!failed && rename(beside, path) != 0) {
        failed = true;
        reason = errno;
    }
    if (!failed)
        return ERR_OK;
    unlink(beside);
    return error_errno(e, reason, NULL, "write in the server's folder");
}

void files_read(const char *path, json_t **out)
{
    *out = path ? json_load_file(path, 0, NULL) : NULL;
}

// --- asked for

enum err files_reason(struct request *q, struct str *out, struct error *e)
{
    json_t *body;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "reason", true, 500, out, e);
    if (code)
        return code;
    *out = str_trim(*out);
    if (out->n)
        return ERR_OK;
    error_set(e, ERR_INPUT, "row.reason", "reason", "a change needs a reason");
    return error_cure(e, "say why in a few words; it stays in the history");
}

enum err files_everywhere(const struct request *q, enum access_function f,
                          struct error *e)
{
    if (rights_function(q->county->places, &q->who, f, -1))
        return ERR_OK;
    error_set(e, ERR_FORBIDDEN, "access.everywhere", NULL,
              STR_FMT " may do this for a part of the county only", STR_ARG(q->who.name));
    return error_cure(e, "ask an administrator of the whole county");
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/multipart.h"

#include <string.h>

#include "base/encoding.h"

enum { MAX_BOUNDARY = 200, MAX_HEADERS = 4096 };

static enum err bad(struct error *e, const char *text)
{
    error_set(e, ERR_INPUT, "multipart", NULL, "%s", text);
    return error_cure(e, "send multipart/form-data, whole");
}

// --- parameters of a header: name=token, name="quoted \" text"

static struct str unquoted(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1, 1);
    size_t n = 0;
    if (!p)
        return (struct str){NULL, 0};
    for (size_t i = 0; i < s.n; i++) {
        struct str rest = {s.p + i, s.n - i};
        if (s.p[i] == '\\' && i + 1 < s.n)
            p[n++] = s.p[++i];
        else if (str_starts(rest, STR("%22"))) { // as browsers write a quotation mark
            p[n++] = '"';
            i += 2;
        } else
            p[n++] = s.p[i];
    }
    p[n] = '\0';
    return (struct str){p, n};
}

// The value of a parameter behind the first ';'; .p NULL: it is not there.
static struct str parameter(struct arena *a, struct str header, const char *wanted)
{
    size_t at = 0;
    while (at < header.n && header.p[at] != ';')
        at++;
    while (at < header.n) {
        while (at < header.n && strchr("; \t", header.p[at]))
            at++;
        size_t begin = at;
        while (at < header.n && header.p[at] != '=' && header.p[at] != ';')
            at++;
        struct str name = str_trim((struct str){header.p + begin, at - begin}), value;
        if (at == header.n || header.p[at] != '=')
            continue;
        at++;
        begin = at;
        bool quoted = at < header.n && header.p[at] == '"';
        if (quoted) {
            begin = ++at;
            while (at < header.n && header.p[at] != '"')
                at += header.p[at] == '\\' && at + 1 < header.n ? 2 : 1;
            value = (struct str){header.p + begin, at - begin};
            at++;
        } else {
            while (at < header.n && header.p[at] != ';')
                at++;
            value = str_trim((struct str){header.p + begin, at - begin});
        }
        if (str_equal_fold(name, str_of(wanted)))
            return quoted ? unquoted(a, value) : value;
    }
    return (struct str){NULL, 0};
}

// --- parts

static bool read_headers(struct arena *a, struct str headers, struct multipart_part *out)
{
    bool named = false;
    while (headers.n) {
        const char *end = memmem(headers.p, headers.n, "\r\n", 2);
        size_t n = end ? (size_t)(end - headers.p) : headers.n;
        struct str line = {headers.p, n}, name, value;
        size_t next = end ? n + 2 : n;
        headers = (struct str){headers.p + next, headers.n - next};
        if (!str_split(line, ':', &name, &value))
            continue;
        if (str_equal_fold(str_trim(name), STR("Content-Type"))) {
            out->type = str_trim(value);
        } else if (str_equal_fold(str_trim(name), STR("Content-Disposition"))) {
            out->name = parameter(a, value, "name");
            out->filename = parameter(a, value, "filename");
            named = out->name.p != NULL;
        }
    }
    return named && encoding_valid_utf8(out->name) == out->name.n &&
           (!out->filename.p || encoding_valid_utf8(out->filename) == out->filename.n);
}

struct reading {
    struct str body;
    size_t at; // behind the last boundary's text
    struct str boundary;
};

// Behind a boundary stands "--" (the last) or the end of the line.
static bool next_part(struct reading *r, bool *last)
{
    struct str rest = {r->body.p + r->at, r->body.n - r->at};
    *last = str_starts(rest, STR("--"));
    while (r->at < r->body.n && (r->body.p[r->at] == ' ' || r->body.p[r->at] == '\t'))
        r->at++;
    rest = (struct str){r->body.p + r->at, r->body.n - r->at};
    if (!*last && !str_starts(rest, STR("\r\n")))
        return false;
    if (!*last)
        r->at += 2;
    return true;
}

static enum err read_part(struct arena *a, struct reading *r, struct multipart_part *out,
                          struct error *e)
{
    *out = (struct multipart_part){.type = STR("")};
    struct str rest = {r->body.p + r->at, r->body.n - r->at};
    const char *blank =
        memmem(rest.p, rest.n < MAX_HEADERS ? rest.n : MAX_HEADERS, "\r\n\r\n", 4);
    if (!blank)
        return bad(e, "a part of the body has no end of its headers");
    if (!read_headers(a, (struct str){rest.p, (size_t)(blank - rest.p)}, out))
        return bad(e, "a part of the body has no name");
    const char *begin = blank + 4;
    size_t left = (size_t)(rest.p + rest.n - begin);
    const char *end = memmem(begin, left, r->boundary.p, r->boundary.n);
    if (!end)
        return bad(e, "the body ends in the middle of a part");
    out->bytes = (struct str){begin, (size_t)(end - begin)};
    r->at = (size_t)(end - r->body.p) + r->boundary.n;
    return ERR_OK;
}

enum err multipart_read(struct arena *a, struct str content_type, struct str body,
                        struct multipart_part **out, size_t *n, struct error *e)
{
    struct str kind, rest;
    *n = 0;
    if (!str_split(content_type, ';', &kind, &rest) ||
        !str_equal_fold(str_trim(kind), STR("multipart/form-data")))
        return bad(e, "the body is not multipart/form-data");
    struct str boundary = parameter(a, content_type, "boundary");
    if (!boundary.n || boundary.n > MAX_BOUNDARY)
        return bad(e, "the header Content-Type names no boundary");
    struct str mark = str_format(a, "\r\n--" STR_FMT, STR_ARG(boundary));
    *out = ARENA_ARRAY(a, struct multipart_part, MULTIPART_MAX_PARTS);
    if (!mark.p || !*out)
        return error_memory(e);
    struct reading r = {.body = body, .boundary = mark};
    struct str first = {mark.p + 2, mark.n - 2};
    const char *begin =
        str_starts(body, first) ? body.p : memmem(body.p, body.n, mark.p, mark.n);
    if (!begin)
        return bad(e, "the body does not have the boundary that its header names");
    r.at = (size_t)(begin - body.p) +
           (begin == body.p && str_starts(body, first) ? first.n : mark.n);
    for (bool last;;) {
        if (!next_part(&r, &last))
            return bad(e, "the body ends in the middle of a boundary");
        if (last)
            return ERR_OK;
        if (*n == MULTIPART_MAX_PARTS)
            return error_set(e, ERR_LIMIT, "multipart.parts", NULL,
                             "the body has more than %d parts", MULTIPART_MAX_PARTS);
        enum err code = read_part(a, &r, &(*out)[*n], e);
        if (code)
            return code;
        (*n)++;
    }
}

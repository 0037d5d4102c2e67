// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/form.h"

#include <string.h>

#include "base/utf8.h"
#include "serve/path.h"

static enum err bad(struct error *e, const char *what)
{
    error_set(e, ERR_INPUT, "form.body", NULL, "the form that came %s", what);
    return error_cure(e, "load the page anew and send it again");
}

static bool is_utf8(struct str s)
{
    for (size_t at = 0; at < s.n;)
        if (s.p[at] == '\0' || utf8_next(s, &at) < 0)
            return false;
    return true;
}

static enum err add(struct form *f, struct form_field field, struct error *e)
{
    if (f->n == FORM_MAX_FIELDS)
        return bad(e, "has too many fields");
    if (!is_utf8(field.name) || (!field.file && !is_utf8(field.value)))
        return bad(e, "is not UTF-8");
    f->fields[f->n++] = field;
    return ERR_OK;
}

// --- urlencoded

static enum err read_pairs(struct str body, struct arena *a, struct form *out,
                           struct error *e)
{
    struct path_pair *pairs;
    size_t n;
    enum err code = path_query(a, body, &pairs, &n, e);
    for (size_t i = 0; !code && i < n; i++)
        code = add(out, (struct form_field){pairs[i].name, pairs[i].value, false}, e);
    return code;
}

// --- multipart

// The value of a parameter (name="...") of a header; .p NULL: none.
static struct str parameter(struct str header, const char *name)
{
    struct str head, rest = header;
    for (bool more = true; more;) {
        more = str_split(rest, ';', &head, &rest);
        struct str one = str_trim(more ? head : rest), key, value;
        if (!str_split(one, '=', &key, &value) || !str_equal_fold(key, str_of(name)))
            continue;
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = (struct str){value.p + 1, value.n - 2};
        return value;
    }
    return (struct str){NULL, 0};
}

// The line up to CRLF; false: there is none.
static bool take_line(struct str *rest, struct str *line)
{
    const char *end = memmem(rest->p, rest->n, "\r\n", 2);
    if (!end)
        return false;
    *line = (struct str){rest->p, (size_t)(end - rest->p)};
    *rest = (struct str){end + 2, rest->n - line->n - 2};
    return true;
}

static enum err read_head(struct str *rest, struct form_field *field, struct error *e)
{
    struct str line, name, value;
    for (;;) {
        if (!take_line(rest, &line))
            return bad(e, "is not whole");
        if (!line.n)
            break;
        if (!str_split(line, ':', &name, &value) ||
            !str_equal_fold(str_trim(name), STR("Content-Disposition")))
            continue;
        field->name = parameter(value, "name");
        field->file = memmem(value.p, value.n, "filename", 8) != NULL;
    }
    return field->name.p ? ERR_OK : bad(e, "has a field without a name");
}

static enum err read_parts(struct str boundary, struct str body, struct arena *a,
                           struct form *out, struct error *e)
{
    struct str mark = str_format(a, "\r\n--" STR_FMT, STR_ARG(boundary));
    if (!mark.p)
        return error_memory(e);
    // the first one has no line end before it
    if (body.n < mark.n || memcmp(body.p, mark.p + 2, mark.n - 2) != 0)
        return bad(e, "does not begin as it said");
    struct str rest = {body.p + mark.n - 2, body.n - mark.n + 2}, line;
    while (!(rest.n >= 2 && memcmp(rest.p, "--", 2) == 0)) {
        struct form_field field = {0};
        if (!take_line(&rest, &line) || str_trim(line).n)
            return bad(e, "is not whole");
        enum err code = read_head(&rest, &field, e);
        if (code)
            return code;
        const char *end = memmem(rest.p, rest.n, mark.p, mark.n);
        if (!end)
            return bad(e, "is not whole");
        field.value = (struct str){rest.p, (size_t)(end - rest.p)};
        rest = (struct str){end + mark.n, rest.n - field.value.n - mark.n};
        code = add(out, field, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

enum err form_read(struct str content_type, struct str body, struct arena *a,
                   struct form *out, struct error *e)
{
    struct str type = content_type, rest;
    *out = (struct form){.n = 0};
    if (str_split(content_type, ';', &type, &rest))
        type = str_trim(type);
    if (str_equal_fold(type, STR("application/x-www-form-urlencoded")))
        return read_pairs(body, a, out, e);
    struct str boundary = parameter(content_type, "boundary");
    if (!str_equal_fold(type, STR("multipart/form-data")) || !boundary.n ||
        boundary.n > 70)
        return bad(e, "is of no kind that is known");
    return read_parts(boundary, body, a, out, e);
}

struct str form_text(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (!f->fields[i].file && str_equal_c(f->fields[i].name, name))
            return str_trim(f->fields[i].value);
    return STR("");
}

size_t form_files(const struct form *f, const char *name, struct str *list, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n && n < most; i++)
        if (f->fields[i].file && f->fields[i].value.n &&
            str_equal_c(f->fields[i].name, name))
            list[n++] = f->fields[i].value;
    return n;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/form.h"

#include <string.h>

#include "base/utf8.h"
#include "serve/multipart.h"
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

static enum err read_parts(struct str content_type, struct str body, struct arena *a,
                           struct form *out, struct error *e)
{
    struct multipart_part *parts;
    size_t n;
    enum err code = multipart_read(a, content_type, body, &parts, &n, e);
    for (size_t i = 0; !code && i < n; i++)
        code = add(out,
                   (struct form_field){parts[i].name, parts[i].bytes,
                                       parts[i].filename.p != NULL},
                   e);
    return code;
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
    if (!str_equal_fold(type, STR("multipart/form-data")))
        return bad(e, "is of no kind that is known");
    return read_parts(content_type, body, a, out, e);
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

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/path.h"

#include <string.h>

#include "base/utf8.h"

static enum err refuse(struct error *e, const char *what)
{
    error_set(e, ERR_INPUT, "serve.address", NULL, "the address %s", what);
    return error_cure(e, "encode each part of the address as UTF-8 with %%XX");
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err decode(struct arena *a, struct str raw, bool plus, struct str *out,
                       struct error *e)
{
    char *p = ARENA_ARRAY(a, char, raw.n + 1);
    if (!p)
        return error_memory(e);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            int high = i + 2 < raw.n ? hex(raw.p[i + 1]) : -1;
            int low = high >= 0 ? hex(raw.p[i + 2]) : -1;
            if (low < 0)
                return refuse(e, "has a percent sign without two hexadecimal digits");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return refuse(e, "has a zero byte");
        p[n++] = c;
    }
    *out = (struct str){p, n};
    for (size_t at = 0; at < n;)
        if (utf8_next(*out, &at) < 0)
            return refuse(e, "has bytes that are no UTF-8");
    return ERR_OK;
}

static enum err check_segment(struct str s, bool last, struct error *e)
{
    if (s.n == 0 && !last)
        return refuse(e, "has an empty part");
    if (str_equal(s, STR(".")) || str_equal(s, STR("..")))
        return refuse(e, "has a part '.' or '..'");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '/' || c == '\\')
            return refuse(e, "has an encoded slash or a backslash");
        if (c < 0x20 || c == 0x7F)
            return refuse(e, "has a control character");
    }
    return ERR_OK;
}

enum err path_read(struct arena *a, struct str raw, struct path *out, struct error *e)
{
    out->n = 0;
    if (!raw.n || raw.p[0] != '/')
        return refuse(e, "does not begin with a slash");
    if (raw.n == 1)
        return ERR_OK;
    struct str rest = {raw.p + 1, raw.n - 1}, head;
    for (bool more = true; more;) {
        more = str_split(rest, '/', &head, &rest);
        if (out->n == PATH_MAX_SEGMENTS)
            return refuse(e, "has too many parts");
        struct str *s = &out->segments[out->n++];
        enum err code = decode(a, more ? head : rest, false, s, e);
        if (!code)
            code = check_segment(*s, !more, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

enum err path_query(struct arena *a, struct str raw, struct path_pair **out, size_t *n,
                    struct error *e)
{
    *n = 0;
    *out = NULL;
    if (!raw.n)
        return ERR_OK;
    size_t most = 1;
    for (size_t i = 0; i < raw.n; i++)
        most += raw.p[i] == '&';
    if (most > PATH_MAX_QUERY)
        return refuse(e, "has more than 100 parameters");
    struct path_pair *list = ARENA_ARRAY(a, struct path_pair, most);
    if (!list)
        return error_memory(e);
    struct str rest = raw, head;
    for (bool more = true; more;) {
        more = str_split(rest, '&', &head, &rest);
        struct str one = more ? head : rest, name = one, value = {"", 0};
        if (!one.n)
            continue;
        if (str_split(one, '=', &head, &value))
            name = head;
        enum err code = decode(a, name, true, &list[*n].name, e);
        if (!code)
            code = decode(a, value, true, &list[*n].value, e);
        if (code)
            return code;
        (*n)++;
    }
    *out = list;
    return ERR_OK;
}

// --- routes

// The next part of a pattern that begins behind a slash; false at its end.
static bool next_part(const char **at, struct str *part)
{
    if (**at != '/')
        return false;
    const char *begin = *at + 1;
    size_t n = strcspn(begin, "/");
    *part = (struct str){begin, n};
    *at = begin + n;
    return true;
}

static bool is_name(struct str part)
{
    return part.n > 2 && part.p[0] == '{' && part.p[part.n - 1] == '}';
}

// Literal parts as bits, the first part highest; -1: no match.
static int32_t match(const char *pattern, const struct path *p)
{
    int32_t literal = 0;
    struct str part;
    size_t i = 0;
    for (; next_part(&pattern, &part); i++) {
        if (i == p->n)
            return -1;
        literal <<= 1;
        if (is_name(part)) {
            if (!p->segments[i].n)
                return -1;
        } else if (str_equal(part, p->segments[i])) {
            literal |= 1;
        } else {
            return -1;
        }
    }
    return i == p->n ? literal : -1;
}

struct str path_value(const char *pattern, const struct path *p, const char *name)
{
    struct str part;
    for (size_t i = 0; i < p->n && next_part(&pattern, &part); i++)
        if (is_name(part) && str_equal_c((struct str){part.p + 1, part.n - 2}, name))
            return p->segments[i];
    return (struct str){NULL, 0};
}

const struct route *path_route(const struct route *list, size_t n, enum method method,
                               const struct path *p, unsigned *allowed)
{
    const struct route *best = NULL;
    int32_t best_literal = -1;
    *allowed = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t literal = match(list[i].path, p);
        if (literal < 0)
            continue;
        *allowed |= 1u << list[i].method;
        if (list[i].method == method && literal > best_literal) {
            best = &list[i];
            best_literal = literal;
        }
    }
    return best;
}

// --- language

// q=0.8 as thousandths; 1000 where there is none.
static int quality(struct str parameters)
{
    struct str head, rest = parameters;
    for (bool more = true; more;) {
        more = str_split(rest, ';', &head, &rest);
        struct str one = str_trim(more ? head : rest);
        double q;
        if (one.n > 2 && (one.p[0] | 0x20) == 'q' && one.p[1] == '=' &&
            str_to_double((struct str){one.p + 2, one.n - 2}, &q))
            return q < 0 ? 0 : q > 1 ? 1000 : (int)(q * 1000);
    }
    return 1000;
}

int path_language(struct str accept_language)
{
    int chinese = 0, english = 0, left = 50;
    struct str head, rest = accept_language;
    for (bool more = rest.n > 0; more && left--;) {
        more = str_split(rest, ',', &head, &rest);
        struct str one = str_trim(more ? head : rest), tag, parameters = {"", 0};
        if (!str_split(one, ';', &tag, &parameters))
            tag = one;
        tag = str_trim(tag);
        int q = quality(parameters);
        bool two = tag.n == 2 || (tag.n > 2 && tag.p[2] == '-');
        struct str begin = {tag.p, 2};
        // of two alike the one that stands first
        if (two && str_equal_fold(begin, STR("zh")) && q > chinese && q > english)
            chinese = q;
        else if (two && str_equal_fold(begin, STR("en")) && q > english && q > chinese)
            english = q;
    }
    if (!chinese && !english)
        return -1;
    return chinese > english;
}

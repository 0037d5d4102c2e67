// SPDX-License-Identifier: AGPL-3.0-or-later
// Functions on texts, dates and lists, for the evaluator. What DuckDB does with ends of
// texts, negative places and missing parts is done here too.
#include "link/view_private.h"

#include <math.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "link/compare.h"

struct view_pattern { // a regular expression of a node, compiled
    const struct condition *node;
    URegularExpression *regex;
};

void view_evaluator_free(struct view_evaluator *ev)
{
    for (unsigned i = 0; i < ev->n_patterns; i++)
        uregex_close(ev->patterns[i].regex);
    mem_free(ev->patterns);
    view_names_close(ev);
    arena_free(&ev->arena);
}

void view_fail(struct view_evaluator *ev, const struct error *e)
{
    if (!ev->failed)
        ev->error = *e;
    ev->failed = true;
}

// ---- characters ----

static size_t characters(struct str s)
{
    size_t n = 0, at = 0;
    for (; at < s.n; n++)
        (void)utf8_next(s, &at);
    return n;
}

// Characters from `from` to `to` (of as many as there are).
static struct str part(struct str s, double from, double to)
{
    size_t at = 0, begin = s.n;
    double i = 0;
    for (; at < s.n && i < to; i++) {
        if (i >= from && begin == s.n)
            begin = at;
        (void)utf8_next(s, &at);
    }
    return begin < at ? (struct str){s.p + begin, at - begin} : (struct str){s.p, 0};
}

// From character `start` (1 is the first, negative counts from the end).
static struct str substring(struct str s, double start, double length)
{
    double n = (double)characters(s);
    double from = start > 0 ? start - 1 : start < 0 ? n + start : -1, to = from + length;
    if (length < 0) {
        to = from;
        from += length;
    }
    return part(s, fmax(from, 0), fmin(to, n));
}

struct view_value view_new_text(struct view_evaluator *ev, struct str s)
{
    char *copy = view_memory(ev, s.n + 1, 1);
    if (!copy)
        return view_null();
    if (s.n)
        memcpy(copy, s.p, s.n);
    return view_text((struct str){copy, s.n});
}

static size_t put_character(char *out, int32_t c)
{
    uint32_t u = c < 0 ? 0xFFFD : (uint32_t)c;
    size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, u >>= 6)
        out[i] = (char)(0x80 | (u & 0x3F));
    out[0] = (char)(first[n] | u);
    return n;
}

enum turn { TURN_LOWER, TURN_UPPER, TURN_REVERSE, TURN_DIGITS };

static struct view_value turned(struct view_evaluator *ev, struct str s, enum turn how)
{
    char *out = view_memory(ev, 4 * s.n + 4, 1);
    if (!out)
        return view_null();
    size_t n = 0, end = 4 * s.n;
    for (size_t at = 0; at < s.n;) {
        size_t begin = at;
        int32_t c = utf8_next(s, &at);
        if (how == TURN_REVERSE) {
            end -= at - begin;
            memcpy(out + end, s.p + begin, at - begin);
        } else if (how != TURN_DIGITS) {
            n += put_character(out + n, how == TURN_LOWER ? u_tolower(c) : u_toupper(c));
        } else if (c >= '0' && c <= '9') {
            out[n++] = (char)c;
        }
    }
    if (how == TURN_REVERSE)
        return view_text((struct str){out + end, 4 * s.n - end});
    return view_text((struct str){out, n});
}

static bool holds_character(struct str set, int32_t c)
{
    for (size_t at = 0; at < set.n;)
        if (utf8_next(set, &at) == c)
            return true;
    return false;
}

static struct str trimmed(struct str s, struct str set, bool left, bool right)
{
    size_t begin = 0, end = 0, at = 0;
    bool inside = !left;
    if (!right)
        end = s.n;
    while (at < s.n) {
        size_t before = at;
        bool blank = holds_character(set, utf8_next(s, &at));
        if (!inside && !blank) {
            inside = true;
            begin = before;
        }
        if (right && !blank)
            end = at;
    }
    if (!inside || end < begin)
        return (struct str){s.p, 0};
    return (struct str){s.p + begin, end - begin};
}

// Where `what` begins in s from `at` on; s.n when nowhere.
static size_t find(struct str s, struct str what, size_t at)
{
    const char *p = at < s.n ? memmem(s.p + at, s.n - at, what.p, what.n) : NULL;
    return p ? (size_t)(p - s.p) : s.n;
}

static struct view_value replaced(struct view_evaluator *ev, struct str s,
                                  struct str from, struct str to)
{
    if (!from.n)
        return view_text(s);
    size_t times = 0, n = 0, at = 0, next;
    for (; (next = find(s, from, at)) < s.n; at = next + from.n)
        times++;
    char *out = view_memory(ev, s.n + times * to.n + 1, 1);
    if (!out)
        return view_null();
    for (at = 0; at < s.n; at = next + from.n) {
        next = find(s, from, at);
        memcpy(out + n, s.p + at, next - at);
        n += next - at;
        if (next == s.n)
            break;
        if (to.n)
            memcpy(out + n, to.p, to.n);
        n += to.n;
    }
    return view_text((struct str){out, n});
}

// ---- parts ----

// Parts of s between separators (each character when it is empty); blank: the empty parts
// are left out.
static struct view_value parts(struct view_evaluator *ev, struct str s,
                               struct str separator, bool blank)
{
    struct view_value list = {.kind = VALUE_LIST};
    struct view_value *items = view_memory(ev, s.n + 1, sizeof *items);
    if (!items)
        return view_null();
    for (size_t at = 0; at <= s.n;) {
        size_t end = s.n;
        struct str item;
        if (separator.n) {
            end = find(s, separator, at);
            item = (struct str){s.p + at, end - at};
            at = end + separator.n;
        } else {
            end = at;
            if (end < s.n)
                (void)utf8_next(s, &end);
            item = (struct str){s.p + at, end - at};
            at = end >= s.n ? s.n + 1 : end;
        }
        if (item.n || !blank)
            items[list.n++] = view_text(item);
        if (end == s.n)
            break;
    }
    list.items = items;
    return list;
}

// From 1, or from the end when negative; empty when there is none.
static struct str part_at(const struct view_value *list, double place)
{
    double i = place < 0 ? (double)list->n + place : place == 0 ? 0 : place - 1;
    if (!(i >= 0 && i < (double)list->n))
        return STR("");
    return list->items[(size_t)i].text;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(((const struct view_value *)a)->text,
                       ((const struct view_value *)b)->text);
}

static struct view_value sorted_tokens(struct view_evaluator *ev, struct str s)
{
    struct view_value list = parts(ev, s, STR(" "), true);
    char *out = view_memory(ev, s.n + 2, 1);
    struct view_value *items = view_memory(ev, list.n + 1, sizeof *items);
    if (!out || !items || list.kind == VALUE_NULL)
        return view_null();
    if (list.n)
        memcpy(items, list.items, list.n * sizeof *items);
    qsort(items, list.n, sizeof *items, by_text);
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++) {
        if (i)
            out[n++] = ' ';
        memcpy(out + n, items[i].text.p, items[i].text.n);
        n += items[i].text.n;
    }
    return view_text((struct str){out, n});
}

// An element of a list in text: what stands before the next comma, quotes taken off.
static struct str list_item(struct view_evaluator *ev, struct str s, size_t *at)
{
    while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == '\t'))
        ++*at;
    char quote = *at < s.n ? s.p[*at] : 0;
    if (quote != '"' && quote != '\'') {
        size_t end = find(s, STR(","), *at);
        struct str item = str_trim((struct str){s.p + *at, end - *at});
        *at = end + 1;
        return item;
    }
    char *out = view_memory(ev, s.n - *at, 1);
    size_t n = 0;
    if (!out)
        *at = s.n;
    for (++*at; *at < s.n && s.p[*at] != quote; ++*at) {
        if (s.p[*at] == '\\' && *at + 1 < s.n)
            ++*at;
        out[n++] = s.p[*at];
    }
    *at = find(s, STR(","), *at) + 1;
    return (struct str){out, n};
}

// Lists come as JSON, as [a, b], or as text between | or ; as compare_common reads them.
struct view_value view_as_list(struct view_evaluator *ev, const struct view_value *v)
{
    if (v->kind == VALUE_LIST || v->kind == VALUE_NULL)
        return *v;
    struct str s = str_trim(view_as_text(ev, v));
    if (s.n < 2 || s.p[0] != '[' || s.p[s.n - 1] != ']')
        return parts(ev, s, find(s, STR("|"), 0) < s.n ? STR("|") : STR(";"), true);
    s = str_trim((struct str){s.p + 1, s.n - 2});
    struct view_value list = {.kind = VALUE_LIST};
    struct view_value *items = view_memory(ev, s.n + 1, sizeof *items);
    if (!items)
        return view_null();
    for (size_t at = 0; at < s.n;)
        items[list.n++] = view_text(list_item(ev, s, &at));
    list.items = items;
    return list;
}

static struct view_value intersection(struct view_evaluator *ev,
                                      const struct view_value *a,
                                      const struct view_value *b)
{
    struct view_value x = view_as_list(ev, a), y = view_as_list(ev, b),
                      list = {.kind = VALUE_LIST};
    struct view_value *items = view_memory(ev, x.n + 1, sizeof *items);
    if (!items)
        return view_null();
    for (size_t i = 0; i < x.n; i++) {
        bool there = false, seen = false;
        for (size_t k = 0; k < y.n && !there; k++)
            there = str_equal(x.items[i].text, y.items[k].text);
        for (size_t k = 0; k < list.n && !seen; k++)
            seen = str_equal(x.items[i].text, items[k].text);
        if (there && !seen)
            items[list.n++] = x.items[i];
    }
    list.items = items;
    return list;
}

// ---- regular expressions ----

static UChar *wide(struct view_evaluator *ev, struct str s, int32_t *n)
{
    UErrorCode status = U_ZERO_ERROR;
    size_t room = s.n + 1;
    UChar *out = room > INT32_MAX ? NULL : view_memory(ev, room, sizeof *out);
    if (out)
        u_strFromUTF8WithSub(out, (int32_t)room, n, s.p, (int32_t)s.n, 0xFFFD, NULL,
                             &status);
    return U_FAILURE(status) ? NULL : out;
}

static struct view_value narrow(struct view_evaluator *ev, const UChar *s, int32_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    size_t room = 3 * (size_t)n + 1;
    char *out = room > INT32_MAX ? NULL : view_memory(ev, room, 1);
    int32_t length = 0;
    if (out)
        u_strToUTF8(out, (int32_t)room, &length, s, n, &status);
    if (!out || U_FAILURE(status))
        return view_null();
    return view_text((struct str){out, (size_t)length});
}

// The pattern of a node, compiled at its first use when it is a constant.
static URegularExpression *pattern_of(struct view_evaluator *ev,
                                      const struct condition *c, struct str pattern)
{
    for (unsigned i = 0; i < ev->n_patterns; i++)
        if (ev->patterns[i].node == c && c->args[1]->kind == CONDITION_TEXT)
            return ev->patterns[i].regex;
    struct error e = {0};
    int32_t n;
    UErrorCode status = U_ZERO_ERROR;
    UChar *text = wide(ev, pattern, &n);
    struct view_pattern *more =
        mem_resize(ev->patterns, ev->n_patterns + 1, sizeof *more);
    if (more)
        ev->patterns = more;
    if (!more || !text) {
        (void)error_memory(&e);
        view_fail(ev, &e);
        return NULL;
    }
    URegularExpression *regex = uregex_open(text, n, 0, NULL, &status);
    if (U_FAILURE(status))
        return NULL;
    uregex_setTimeLimit(regex, 1000, &status);
    ev->patterns[ev->n_patterns++] = (struct view_pattern){c, regex};
    return regex;
}

static enum err check_pattern(struct str pattern, const char *where, struct error *e)
{
    struct view_evaluator ev;
    UErrorCode status = U_ZERO_ERROR;
    UParseError at = {0};
    int32_t n;
    enum err code = ERR_OK;
    view_evaluator_init(&ev);
    UChar *text = wide(&ev, pattern, &n);
    URegularExpression *regex = text ? uregex_open(text, n, 0, &at, &status) : NULL;
    if (!text)
        code = error_memory(e);
    else if (U_FAILURE(status))
        code = error_set(e, ERR_INPUT, "link.view.pattern", where,
                         "the regular expression '" STR_FMT
                         "' cannot be read from character %d on",
                         STR_ARG(pattern), at.offset + 1);
    uregex_close(regex);
    view_evaluator_free(&ev);
    return code;
}

enum err view_check(const struct condition *tree, const char *where, struct error *e)
{
    enum err code = ERR_OK;
    for (unsigned i = 0; i < tree->n && !code; i++)
        code = view_check(tree->args[i], where, e);
    if (code || tree->kind != CONDITION_CALL || tree->n < 2)
        return code;
    bool text = tree->args[1]->kind == CONDITION_TEXT;
    if (text && (tree->function == FUNCTION_REGEXP_EXTRACT ||
                 tree->function == FUNCTION_REGEXP_REPLACE))
        return check_pattern(tree->args[1]->text, where, e);
    if (tree->function != FUNCTION_STRPTIME && tree->function != FUNCTION_STRFTIME)
        return ERR_OK;
    char fault = text ? view_format_fault(tree->args[1]->text) : 0;
    if (!fault)
        return ERR_OK;
    error_set(e, ERR_INPUT, "link.view.format", where,
              "%%%c in the date format '" STR_FMT "' is not understood", fault,
              STR_ARG(tree->args[1]->text));
    return error_cure(e, "Use %%Y %%y %%m %%d %%b %%B %%H %%M %%S %%z.");
}

static struct view_value regexp_extract(struct view_evaluator *ev,
                                        const struct condition *c,
                                        const struct view_value *args)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n;
    double group = c->n > 2 ? view_as_number(&args[2]) : 0;
    UChar *text = wide(ev, view_as_text(ev, &args[0]), &n);
    URegularExpression *regex = pattern_of(ev, c, view_as_text(ev, &args[1]));
    if (!regex || !text || !(group >= 0 && group < 100))
        return view_null();
    uregex_setText(regex, text, n, &status);
    if (!uregex_find(regex, 0, &status) || U_FAILURE(status))
        return view_text(STR(""));
    int32_t from = uregex_start(regex, (int32_t)group, &status),
            to = uregex_end(regex, (int32_t)group, &status);
    if (U_FAILURE(status) || from < 0)
        return view_text(STR(""));
    return narrow(ev, text + from, to - from);
}

// \1 of SQL is $1 of ICU, whose own signs lose their meaning.
static struct str replacement(struct view_evaluator *ev, struct str s)
{
    char *out = view_memory(ev, 2 * s.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; out && i < s.n; i++) {
        bool reference =
            s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9';
        if (reference) {
            out[n++] = '$';
            out[n++] = s.p[++i];
        } else {
            if (s.p[i] == '$' || s.p[i] == '\\')
                out[n++] = '\\';
            out[n++] = s.p[i];
        }
    }
    return (struct str){out, n};
}

static struct view_value regexp_replace(struct view_evaluator *ev,
                                        const struct condition *c,
                                        const struct view_value *args)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n, n_by;
    UChar *text = wide(ev, view_as_text(ev, &args[0]), &n);
    UChar *by = wide(ev, replacement(ev, view_as_text(ev, &args[2])), &n_by);
    URegularExpression *regex = pattern_of(ev, c, view_as_text(ev, &args[1]));
    if (!regex || !text || !by)
        return view_null();
    bool all = c->n > 3 && find(view_as_text(ev, &args[3]), STR("g"), 0) <
                               view_as_text(ev, &args[3]).n;
    uregex_setText(regex, text, n, &status);
    int32_t room = 0;
    for (int round = 0; round < 2; round++) { // the first tells the length
        UChar *out = view_memory(ev, (size_t)room + 1, sizeof *out);
        if (!out)
            return view_null();
        status = U_ZERO_ERROR;
        int32_t length =
            all ? uregex_replaceAll(regex, by, n_by, out, room + 1, &status)
                : uregex_replaceFirst(regex, by, n_by, out, room + 1, &status);
        if (U_SUCCESS(status) && length <= room)
            return narrow(ev, out, length);
        if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status))
            return view_null();
        room = length;
    }
    return view_null();
}

// ---- of two texts ----

bool view_calls_texts(enum condition_function f)
{
    switch (f) {
    case FUNCTION_LEVENSHTEIN:
    case FUNCTION_DAMERAU:
    case FUNCTION_OSA:
    case FUNCTION_JARO:
    case FUNCTION_JARO_WINKLER:
    case FUNCTION_JACCARD:
    case FUNCTION_QGRAM:
    case FUNCTION_TOKENS:
    case FUNCTION_COSINE:
    case FUNCTION_SHAPE:
    case FUNCTION_DAYS:
    case FUNCTION_DATES_SWAPPED:
    case FUNCTION_LIST_INTERSECT: // how many
        return true;
    default:
        return false;
    }
}

// The next number of a list as text, [0.5, 1]; false at its end.
static bool next_number(struct str s, size_t *at, double *out)
{
    while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == ',' || s.p[*at] == '['))
        ++*at;
    size_t begin = *at;
    while (*at < s.n && s.p[*at] != ',' && s.p[*at] != ']' && s.p[*at] != ' ')
        ++*at;
    return str_to_double((struct str){s.p + begin, *at - begin}, out);
}

// Of two lists of numbers, or of texts by their bigrams.
static double cosine(struct str a, struct str b)
{
    if (!a.n || !b.n || a.p[0] != '[' || b.p[0] != '[')
        return compare_cosine(a, b);
    double x, y, xy = 0, xx = 0, yy = 0;
    size_t i = 0, k = 0;
    for (;;) {
        bool more = next_number(a, &i, &x);
        if (more != next_number(b, &k, &y))
            return NAN;
        if (!more)
            break;
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    return xx > 0 && yy > 0 ? fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy)))) : (double)NAN;
}

double view_call_texts(enum condition_function f, struct str a, struct str b,
                       uint32_t most, double parameter)
{
    int32_t days;
    switch (f) {
    case FUNCTION_LEVENSHTEIN:
        return compare_levenshtein(a, b, most);
    case FUNCTION_DAMERAU:
        return compare_damerau(a, b, most);
    case FUNCTION_OSA:
        return compare_osa(a, b, most);
    case FUNCTION_JARO:
        return compare_jaro(a, b);
    case FUNCTION_JARO_WINKLER:
        return compare_jaro_winkler(a, b);
    case FUNCTION_JACCARD:
        return compare_jaccard(a, b);
    case FUNCTION_QGRAM:
        return parameter >= 1 && parameter <= 8 ? compare_qgram(a, b, (unsigned)parameter)
                                                : (double)NAN;
    case FUNCTION_TOKENS:
        return compare_tokens(a, b, parameter);
    case FUNCTION_COSINE:
        return cosine(a, b);
    case FUNCTION_SHAPE:
        return view_shape(a, b);
    case FUNCTION_DAYS:
        days = compare_days(a, b);
        return days == INT32_MAX ? (double)NAN : days;
    case FUNCTION_DATES_SWAPPED:
        return compare_dates_swapped(a, b);
    default:
        return compare_common(a, b);
    }
}

// ---- calls ----

static struct view_value of_numbers(const struct condition *c,
                                    const struct view_value *args)
{
    double x = c->n ? view_as_number(&args[0]) : 0,
           y = c->n > 1 ? view_as_number(&args[1]) : 0;
    return view_number(view_call_numbers(c->function, c->n, x, y));
}

bool view_calls_numbers(enum condition_function f)
{
    switch (f) {
    case FUNCTION_ABS:
    case FUNCTION_ROUND:
    case FUNCTION_SQRT:
    case FUNCTION_SIN:
    case FUNCTION_COS:
    case FUNCTION_ASIN:
    case FUNCTION_ACOS:
    case FUNCTION_RADIANS:
    case FUNCTION_PI:
    case FUNCTION_POW:
        return true;
    default:
        return false;
    }
}

double view_call_numbers(enum condition_function f, unsigned n, double x, double y)
{
    double scale;
    switch (f) {
    case FUNCTION_ABS:
        return fabs(x);
    case FUNCTION_ROUND:
        scale = n > 1 ? pow(10, y) : 1;
        return round(x * scale) / scale;
    case FUNCTION_SQRT:
        return sqrt(x);
    case FUNCTION_SIN:
        return sin(x);
    case FUNCTION_COS:
        return cos(x);
    case FUNCTION_ASIN:
        return asin(x);
    case FUNCTION_ACOS:
        return acos(x);
    case FUNCTION_RADIANS:
        return x * (M_PI / 180);
    case FUNCTION_PI:
        return M_PI;
    case FUNCTION_POW:
        return pow(x, y);
    case FUNCTION_LEAST: // of those that are not null
        return isnan(x) ? y : isnan(y) ? x : fmin(x, y);
    case FUNCTION_GREATEST:
        return isnan(x) ? y : isnan(y) ? x : fmax(x, y);
    default:
        return NAN;
    }
}

static struct view_value two_texts(struct view_evaluator *ev, const struct condition *c,
                                   const struct view_value *args)
{
    double parameter = c->n > 2 ? view_as_number(&args[2]) : 0;
    double x = view_call_texts(c->function, view_as_text(ev, &args[0]),
                               view_as_text(ev, &args[1]), UINT32_MAX - 1, parameter);
    return c->function == FUNCTION_DATES_SWAPPED ? view_truth(x != 0) : view_number(x);
}

static struct view_value on_lists(struct view_evaluator *ev, const struct condition *c,
                                  const struct view_value *args)
{
    struct str s = view_as_text(ev, &args[0]), text;
    struct view_value list;
    switch (c->function) {
    case FUNCTION_STR_SPLIT:
        return parts(ev, s, view_as_text(ev, &args[1]), false);
    case FUNCTION_SPLIT_PART:
        list = parts(ev, s, view_as_text(ev, &args[1]), false);
        return view_text(part_at(&list, view_as_number(&args[2])));
    case FUNCTION_TOKEN:
        list = parts(ev, s, STR(" "), true);
        text = part_at(&list, view_as_number(&args[1]));
        return text.n ? view_text(text) : view_null();
    case FUNCTION_SORT_TOKENS:
        return sorted_tokens(ev, s);
    case FUNCTION_LIST_INTERSECT:
        return intersection(ev, &args[0], &args[1]);
    default: // FUNCTION_LIST_LENGTH
        list = view_as_list(ev, &args[0]);
        return view_number((double)list.n);
    }
}

static struct view_value on_text(struct view_evaluator *ev, const struct condition *c,
                                 const struct view_value *args)
{
    struct str s = view_as_text(ev, &args[0]);
    double x = c->n > 1 ? view_as_number(&args[1]) : 0,
           y = c->n > 2 ? view_as_number(&args[2]) : (double)INFINITY;
    struct str set = c->n > 1 ? view_as_text(ev, &args[1]) : STR(" ");
    char code[5];
    switch (c->function) {
    case FUNCTION_LOWER:
        return turned(ev, s, TURN_LOWER);
    case FUNCTION_UPPER:
        return turned(ev, s, TURN_UPPER);
    case FUNCTION_REVERSE:
        return turned(ev, s, TURN_REVERSE);
    case FUNCTION_DIGITS: {
        struct view_value v = turned(ev, s, TURN_DIGITS);
        return v.text.n ? v : view_null();
    }
    case FUNCTION_TRIM:
    case FUNCTION_LTRIM:
    case FUNCTION_RTRIM:
        return view_text(trimmed(s, set, c->function != FUNCTION_RTRIM,
                                 c->function != FUNCTION_LTRIM));
    case FUNCTION_SUBSTR:
        return isnan(x) || isnan(y) ? view_null() : view_text(substring(s, x, y));
    case FUNCTION_LEFT:
        return view_text(part(s, 0, x < 0 ? (double)characters(s) + x : x));
    case FUNCTION_RIGHT: {
        double n = (double)characters(s);
        return view_text(part(s, x < 0 ? -x : fmax(0, n - x), n));
    }
    case FUNCTION_LENGTH:
        return view_number(args[0].kind == VALUE_LIST ? (double)args[0].n
                                                      : (double)characters(s));
    case FUNCTION_REPLACE:
        return replaced(ev, s, view_as_text(ev, &args[1]), view_as_text(ev, &args[2]));
    case FUNCTION_SOUNDEX:
        compare_soundex(s, code);
        return view_new_text(ev, str_of(code));
    default:
        return view_null();
    }
}

struct view_value view_call(struct view_evaluator *ev, const struct condition *c,
                            const struct view_value *args)
{
    bool format_first;
    switch (c->function) {
    case FUNCTION_REGEXP_EXTRACT:
        return regexp_extract(ev, c, args);
    case FUNCTION_REGEXP_REPLACE:
        return regexp_replace(ev, c, args);
    case FUNCTION_STRPTIME: {
        if (args[0].kind == VALUE_DATE || args[0].kind == VALUE_TIME)
            return args[0];
        struct view_value v =
            view_strptime(view_as_text(ev, &args[0]), view_as_text(ev, &args[1]));
        if (v.kind != VALUE_NULL)
            v.kind = VALUE_TIME;
        return v;
    }
    case FUNCTION_STRFTIME: // SQLite has the format first
        format_first = args[0].kind == VALUE_TEXT &&
                       find(args[0].text, STR("%"), 0) < args[0].text.n;
        return view_strftime(ev, &args[format_first],
                             view_as_text(ev, &args[!format_first]));
    case FUNCTION_EPOCH:
    case FUNCTION_YEAR:
    case FUNCTION_MONTH:
    case FUNCTION_DAY:
        return view_date_part(&args[0], c->function);
    case FUNCTION_DATE_DIFF:
        return view_date_diff(ev, args);
    case FUNCTION_STR_SPLIT:
    case FUNCTION_SPLIT_PART:
    case FUNCTION_TOKEN:
    case FUNCTION_SORT_TOKENS:
    case FUNCTION_LIST_INTERSECT:
    case FUNCTION_LIST_LENGTH:
        return on_lists(ev, c, args);
    case FUNCTION_PINYIN:
    case FUNCTION_PINYIN_TONES:
    case FUNCTION_INITIALS:
    case FUNCTION_SOUND:
    case FUNCTION_SURNAME:
    case FUNCTION_GIVEN:
    case FUNCTION_SORTED:
    case FUNCTION_IDENTITY_BIRTH:
    case FUNCTION_IDENTITY_SEX:
    case FUNCTION_IDENTITY_REGION:
        return view_call_name(ev, c->function, view_as_text(ev, &args[0]));
    case FUNCTION_KM:
        return view_number(compare_km(view_as_number(&args[0]), view_as_number(&args[1]),
                                      view_as_number(&args[2]),
                                      view_as_number(&args[3])));
    default:
        if (view_calls_numbers(c->function))
            return of_numbers(c, args);
        return view_calls_texts(c->function) ? two_texts(ev, c, args)
                                             : on_text(ev, c, args);
    }
}

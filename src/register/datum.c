// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/datum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

// --- canonical text

static struct str double_text(double d, char space[DATUM_TEXT_SIZE])
{
    if (fabs(d) < 9007199254740992.0 && d == nearbyint(d))
        return str_of_int((int64_t)d, space);
    int n = snprintf(space, DATUM_TEXT_SIZE, "%.15g", d);
    if (strtod(space, NULL) != d)
        n = snprintf(space, DATUM_TEXT_SIZE, "%.17g", d);
    return (struct str){space, (size_t)n};
}

struct str datum_text(const struct field *f, const struct datum *v,
                      const struct places *p, char space[DATUM_TEXT_SIZE])
{
    if (v->null)
        return (struct str){NULL, 0};
    switch (f->type) {
    case TYPE_DATE:
        date_format((int32_t)v->i, space);
        return str_of(space);
    case TYPE_CODE:
        return f->codes[v->i].value;
    case TYPE_AREA:
        return str_of_int(p->areas[v->i].id, space);
    case TYPE_FACILITY:
        return str_of_int(p->facilities[v->i].id, space);
    case TYPE_DECIMAL:
        return double_text(v->d, space);
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        return v->s;
    case TYPE_NONE:
    case TYPE_BOOL:
    case TYPE_INT:
        break;
    }
    return str_of_int(v->i, space);
}

struct str datum_value_text(const struct sql_value *v, char space[DATUM_TEXT_SIZE])
{
    switch (v->kind) {
    case STMT_INT:
        return str_of_int(v->i, space);
    case STMT_DOUBLE:
        return double_text(v->d, space);
    case STMT_TEXT:
    case STMT_BLOB:
        return v->s;
    case STMT_NULL:
        break;
    }
    return (struct str){NULL, 0};
}

struct str datum_stored_text(struct stmt *s, int column, char space[DATUM_TEXT_SIZE])
{
    struct sql_value v = stmt_value(s, column);
    return datum_value_text(&v, space);
}

void datum_bind(struct stmt *s, int n, const struct field *f, const struct datum *v,
                const struct places *p, char space[DATUM_TEXT_SIZE])
{
    if (v->null) {
        stmt_bind_null(s, n);
        return;
    }
    switch (f->type) {
    case TYPE_NONE:
    case TYPE_BOOL:
    case TYPE_INT:
        stmt_bind_int(s, n, v->i);
        return;
    case TYPE_DECIMAL:
        stmt_bind_double(s, n, v->d);
        return;
    case TYPE_AREA:
        stmt_bind_int(s, n, p->areas[v->i].id);
        return;
    case TYPE_FACILITY:
        stmt_bind_int(s, n, p->facilities[v->i].id);
        return;
    case TYPE_DATE:
    case TYPE_CODE:
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        break;
    }
    stmt_bind_text(s, n, datum_text(f, v, p, space));
}

struct datum datum_read(struct stmt *s, int column, const struct field *f,
                        const struct places *p)
{
    struct datum v = {0};
    if (stmt_kind(s, column) == STMT_NULL)
        return DATUM_NULL;
    int32_t day;
    switch (f->type) {
    case TYPE_NONE:
    case TYPE_BOOL:
    case TYPE_INT:
        v.i = stmt_int(s, column);
        break;
    case TYPE_DECIMAL:
        v.d = stmt_double(s, column);
        break;
    case TYPE_DATE:
        v.null = date_parse(stmt_text(s, column), &day, NULL) != ERR_OK;
        v.i = v.null ? 0 : day;
        break;
    case TYPE_CODE:
        v.i = field_code(f, stmt_text(s, column));
        v.null = v.i < 0;
        break;
    case TYPE_AREA:
        v.i = places_area_index(p, stmt_int(s, column));
        v.null = v.i < 0;
        break;
    case TYPE_FACILITY:
        v.i = places_facility_index(p, stmt_int(s, column));
        v.null = v.i < 0;
        break;
    case TYPE_TEXT:
    case TYPE_NAME:
    case TYPE_PERIOD:
        v.s = stmt_text(s, column);
        break;
    }
    return v;
}

struct str datum_show(struct arena *a, const struct field *f, const struct datum *v,
                      const struct places *p, bool zh)
{
    if (v->null)
        return STR("");
    char space[DATUM_TEXT_SIZE];
    if (f->type == TYPE_CODE)
        return label_in(f->codes[v->i].label, zh);
    if (f->type == TYPE_AREA)
        return area_name(&p->areas[v->i], zh);
    if (f->type == TYPE_FACILITY)
        return facility_name(&p->facilities[v->i], zh);
    if (f->type == TYPE_DATE)
        return date_text(a, (int32_t)v->i, zh);
    return str_copy(a, datum_text(f, v, p, space));
}

// --- from a cell

struct spelling {
    struct str text; // normal form
    int code;
};

struct reader {
    const struct field *field;
    struct spelling *spellings;
    size_t n_spellings;
    struct str unit_en, unit_zh; // a number may carry its unit
};

static enum err add_spelling(struct arena *a, struct reader *r, struct str text, int code,
                             struct error *e)
{
    struct str normal;
    enum err failed = text_normalise(a, text, &normal, e);
    if (failed)
        return failed;
    r->spellings[r->n_spellings++] = (struct spelling){normal, code};
    return ERR_OK;
}

enum err reader_open(struct arena *a, const struct field *f, struct reader **out,
                     struct error *e)
{
    struct reader *r = ARENA_NEW(a, struct reader);
    if (!r)
        return error_memory(e);
    r->field = f;
    r->unit_en = f->unit.en;
    r->unit_zh = f->unit.zh;
    size_t n = 0;
    for (size_t i = 0; i < f->n_codes; i++)
        n += 3 + f->codes[i].n_also;
    r->spellings = ARENA_ARRAY(a, struct spelling, n + 1);
    if (!r->spellings)
        return error_memory(e);
    for (size_t i = 0; i < f->n_codes; i++) {
        const struct code *code = &f->codes[i];
        enum err failed = add_spelling(a, r, code->value, (int)i, e);
        if (!failed)
            failed = add_spelling(a, r, code->label.en, (int)i, e);
        if (!failed)
            failed = add_spelling(a, r, code->label.zh, (int)i, e);
        for (size_t k = 0; !failed && k < code->n_also; k++)
            failed = add_spelling(a, r, code->also[k], (int)i, e);
        if (failed)
            return failed;
    }
    *out = r;
    return ERR_OK;
}

static enum err bad(struct error *e, const char *key, struct str cell,
                    const char *expected)
{
    return error_set(e, ERR_INPUT, key, NULL, "'" STR_FMT "' is not %s",
                     STR_ARG(text_cut(cell, 60)), expected);
}

static int find_spelling(const struct reader *r, struct str text)
{
    for (size_t i = 0; i < r->n_spellings; i++)
        if (str_equal(r->spellings[i].text, text))
            return r->spellings[i].code;
    return -1;
}

static enum err read_code(const struct reader *r, struct str cell, struct arena *rows,
                          struct datum *out, struct error *e)
{
    int code = find_spelling(r, cell);
    if (code < 0) {
        struct str normal;
        enum err failed = text_normalise(rows, cell, &normal, e);
        if (failed)
            return failed;
        code = find_spelling(r, normal);
    }
    out->i = code;
    if (code >= 0)
        return ERR_OK;
    bad(e, "value.code", cell, "one of the codes of this field");
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < r->field->n_codes && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT " (" STR_FMT ")", i ? ", " : "",
                   STR_ARG(r->field->codes[i].value),
                   STR_ARG(r->field->codes[i].label.zh));
    error_cure(e, "write one of: " STR_FMT, STR_ARG(buf_str(&list)));
    buf_clear(&list);
    for (size_t i = 0; i < r->field->n_codes && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? "、" : "",
                   STR_ARG(r->field->codes[i].label.zh));
    error_cure_zh(e, "请填写以下之一：" STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

static bool find_bool(struct str cell, struct datum *out)
{
    static const char *const yes[] = {"1", "true", "yes", "y", "是", "有"};
    static const char *const no[] = {"0", "false", "no", "n", "否", "无"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        bool is = str_equal_c(cell, yes[i]);
        if (is || str_equal_c(cell, no[i])) {
            out->i = is;
            return true;
        }
    }
    return false;
}

static enum err read_bool(struct str cell, struct arena *rows, struct datum *out,
                          struct error *e)
{
    struct str normal;
    if (find_bool(cell, out))
        return ERR_OK;
    enum err failed = text_normalise(rows, cell, &normal, e);
    if (failed)
        return failed;
    if (find_bool(normal, out))
        return ERR_OK;
    bad(e, "value.bool", cell, "yes or no");
    return error_cure(e, "write 1 or 0, yes or no, 是 or 否");
}

static bool ends_with(struct str s, struct str end)
{
    return end.n && s.n > end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0;
}

// "3,200 g", "３２００", "12.0": to plain digits. False when the thousands marks stand
// oddly.
static bool plain_number(const struct reader *r, struct str cell, struct arena *rows,
                         char out[64])
{
    if (ends_with(cell, r->unit_en))
        cell.n -= r->unit_en.n;
    else if (ends_with(cell, r->unit_zh))
        cell.n -= r->unit_zh.n;
    struct str s;
    size_t n = 0;
    // full width to plain
    bool good = cell.n < 200 &&
                text_normalise(rows, str_trim(cell), &s, NULL) == ERR_OK && s.n < 64;
    if (!good)
        return false;
    size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    bool grouped = false, point = false;
    for (size_t i = 0; good && i < s.n; i++) {
        point |= s.p[i] == '.';
        if (s.p[i] != ',') {
            out[n++] = s.p[i];
            continue;
        }
        // 1234,567 and 1.234,5 are decimals of another country
        good = !point && i > sign && (grouped || i <= sign + 3) && i + 3 < s.n &&
               (i + 4 == s.n || s.p[i + 4] == ',' || s.p[i + 4] == '.');
        grouped = true;
    }
    out[n] = '\0';
    return good;
}

static enum err no_number(const struct reader *r, const char *key, struct str cell,
                          struct error *e)
{
    bool whole = r->field->type == TYPE_INT;
    bad(e, key, cell, whole ? "a whole number" : "a number");
    return error_cure(e, "write digits%s, as 3200 or 3,200%s" STR_FMT,
                      whole ? " only" : " and a point for decimals",
                      r->unit_en.n ? ", in " : "", STR_ARG(r->unit_en));
}

static enum err read_number(const struct reader *r, struct str cell, struct arena *rows,
                            struct datum *out, struct error *e)
{
    const struct field *f = r->field;
    bool whole = f->type == TYPE_INT;
    char text[64];
    double d = 0;
    if (whole ? str_to_int(cell, &out->i) : str_to_double(cell, &d)) {
        d = whole ? (double)out->i : d;
    } else {
        if (!plain_number(r, cell, rows, text) || !str_to_double(str_of(text), &d))
            return no_number(r, "value.number", cell, e);
        if (whole && (d != nearbyint(d) || fabs(d) > 9e15))
            return no_number(r, "value.whole", cell, e);
        if (whole)
            out->i = (int64_t)d;
    }
    out->d = d;
    if ((f->has_min && d < f->min) || (f->has_max && d > f->max)) {
        struct str found = text_cut(cell, 60);
        if (f->has_min && f->has_max)
            error_set(e, ERR_INPUT, "value.range", NULL,
                      "'" STR_FMT "' is not between %.15g and %.15g", STR_ARG(found),
                      f->min, f->max);
        else if (f->has_min)
            error_set(e, ERR_INPUT, "value.range", NULL,
                      "'" STR_FMT "' is not at least %.15g", STR_ARG(found), f->min);
        else
            error_set(e, ERR_INPUT, "value.range", NULL,
                      "'" STR_FMT "' is not at most %.15g", STR_ARG(found), f->max);
        return error_cure(
            e, "look it up in the source; leave the cell empty if it is not known");
    }
    return ERR_OK;
}

// "3.40221E+17": what a spreadsheet makes of a long number, with its last digits lost.
static bool is_shortened_number(struct str cell)
{
    size_t i = 1;
    if (cell.n < 4 || cell.p[0] < '1' || cell.p[0] > '9')
        return false;
    if (cell.p[i] == '.')
        for (i++; i < cell.n && cell.p[i] >= '0' && cell.p[i] <= '9';)
            i++;
    if (i + 2 >= cell.n || (cell.p[i] | 32) != 'e' || cell.p[i + 1] != '+')
        return false;
    for (i += 2; i < cell.n && cell.p[i] >= '0' && cell.p[i] <= '9';)
        i++;
    return i == cell.n;
}

static bool is_formula_error(struct str cell)
{
    static const char *const errors[] = {"#N/A",   "#REF!", "#VALUE!", "#DIV/0!",
                                         "#NAME?", "#NUM!", "#NULL!"};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (str_equal_c(cell, errors[i]))
            return true;
    return false;
}

static enum err read_text(const struct reader *r, struct str cell, struct arena *rows,
                          struct datum *out, struct error *e)
{
    size_t max = r->field->max_length ? r->field->max_length : 500, characters = 0;
    for (size_t i = 0; i < cell.n; i++)
        characters += ((unsigned char)cell.p[i] & 0xC0) != 0x80;
    if (cell.p[0] == '#' && is_formula_error(cell)) {
        bad(e, "value.formula_error", cell, "a value: a spreadsheet's formula failed");
        return error_cure(e, "correct the formula or write the value in its place");
    }
    if (is_shortened_number(cell)) {
        error_set(e, ERR_INPUT, "value.shortened", NULL,
                  "'" STR_FMT "' is a long number that a spreadsheet has shortened; its "
                  "last digits are lost",
                  STR_ARG(text_cut(cell, 60)));
        return error_cure(e, "take the number from the source again, into a column with "
                             "the format Text");
    }
    if (characters > max) {
        error_set(e, ERR_INPUT, "value.length", NULL,
                  "the text '" STR_FMT
                  "...' has %zu characters, and this field takes %zu",
                  STR_ARG(text_cut(cell, 40)), characters, max);
        return error_cure(e, "shorten it, or look whether it belongs to another column");
    }
    out->s = str_copy(rows, cell);
    return out->s.p ? ERR_OK : error_memory(e);
}

static bool says_nothing(struct str cell)
{
    static const char *const words[] = {"-",   "—",  "–",   "--",   "——",  "/",
                                        "N/A", "NA", "n/a", "null", "NULL"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (cell.p[0] == words[i][0] && str_equal_c(cell, words[i]))
            return true;
    return false;
}

static const char *period_example(enum period_kind kind)
{
    static const char *const examples[PERIOD_KINDS] = {
        [PERIOD_DAY] = "20140605",
        [PERIOD_MONTH] = "201406 or 2014年6月",
        [PERIOD_QUARTER] = "2014Q2 or 2014年第2季度",
        [PERIOD_HALF] = "2014S1 or 2014年上半年",
        [PERIOD_YEAR] = "2014",
        [PERIOD_OCTOBER_YEAR] = "2014Oct"};
    return examples[kind];
}

// ="001" and '001: how programs keep a spreadsheet from reading a text as a number or a
// formula.
static struct str without_guard(struct str cell)
{
    if (cell.n >= 3 && cell.p[0] == '=' && cell.p[1] == '"' && cell.p[cell.n - 1] == '"')
        return str_trim((struct str){cell.p + 2, cell.n - 3});
    if (cell.n >= 2 && cell.p[0] == '\'' && cell.p[1] &&
        strchr("0123456789=+-@", cell.p[1]))
        return (struct str){cell.p + 1, cell.n - 1};
    return cell;
}

enum err reader_read(const struct reader *r, struct str cell, const struct places *p,
                     int32_t on, int32_t near, struct arena *rows, struct datum *out,
                     struct error *e)
{
    const struct field *f = r->field;
    bool is_text = f->type == TYPE_TEXT || f->type == TYPE_NAME;
    cell = str_trim(cell);
    if (cell.n && (cell.p[0] == '=' || cell.p[0] == '\''))
        cell = without_guard(cell);
    *out = DATUM_NULL;
    if (!cell.n || (!is_text && cell.n <= 6 && says_nothing(cell))) {
        if (!f->required)
            return ERR_OK;
        error_set(e, ERR_INPUT, "value.required", NULL, "the cell is empty");
        return error_cure(e, "this field is required: look the value up in the source");
    }
    out->null = false;
    enum err code = ERR_OK;
    int32_t index;
    struct period period;
    switch (f->type) {
    case TYPE_BOOL:
        code = read_bool(cell, rows, out, e);
        break;
    case TYPE_INT:
    case TYPE_DECIMAL:
        code = read_number(r, cell, rows, out, e);
        break;
    case TYPE_DATE:
        code = date_parse(cell, &index, e);
        out->i = index;
        break;
    case TYPE_TEXT:
    case TYPE_NAME:
        code = read_text(r, cell, rows, out, e);
        break;
    case TYPE_CODE:
        code = read_code(r, cell, rows, out, e);
        break;
    case TYPE_PERIOD:
        code = period_parse(cell, &period, e);
        if (!code && period.kind != f->period_kind) {
            error_set(e, ERR_INPUT, "value.period", NULL, "'" STR_FMT "' is not a %s",
                      STR_ARG(text_cut(cell, 60)), period_kind_name(f->period_kind));
            code = error_cure(e, "write it as %s", period_example(f->period_kind));
        }
        if (!code) {
            out->s = str_copy(rows, str_of(period.id));
            out->i = period.first;
            code = out->s.p ? ERR_OK : error_memory(e);
        }
        break;
    case TYPE_AREA: {
        int level = f->level.n ? pack_level(p->pack, f->level) : -1;
        code = places_find_area(p, cell, level, on, &index, e);
        out->i = index;
        break;
    }
    case TYPE_FACILITY:
        code = places_find_facility(p, cell, near, on, &index, e);
        out->i = index;
        break;
    case TYPE_NONE:
        code = error_set(e, ERR_INTERNAL, "value.type", NULL, "a field without a type");
        break;
    }
    if (code)
        *out = DATUM_NULL;
    return code;
}

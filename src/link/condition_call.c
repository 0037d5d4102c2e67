// SPDX-License-Identifier: AGPL-3.0-or-later
// Types, parts of dates and calls. What two dialects write differently becomes one tree
// here.
#include "link/condition_parser.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- types and dates
static const struct {
    const char *name, *meaning;
} types[] = {
    {"varchar", "varchar"},    {"text", "varchar"},
    {"string", "varchar"},     {"char", "varchar"},
    {"nvarchar", "varchar"},   {"bpchar", "varchar"},
    {"double", "double"},      {"float", "double"},
    {"real", "double"},        {"decimal", "double"},
    {"numeric", "double"},     {"float4", "double"},
    {"float8", "double"},      {"int", "int"},
    {"integer", "int"},        {"bigint", "int"},
    {"smallint", "int"},       {"tinyint", "int"},
    {"hugeint", "int"},        {"int4", "int"},
    {"int8", "int"},           {"long", "int"},
    {"date", "date"},          {"timestamp", "timestamp"},
    {"datetime", "timestamp"}, {"timestamptz", "timestamp"},
    {"boolean", "boolean"},    {"bool", "boolean"},
};

node *sql_parse_type(struct sql_parser *p, node *of, size_t at, int op)
{
    const char *meaning = NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types && !meaning; i++)
        if (sql_at_word(p, types[i].name))
            meaning = types[i].meaning;
    if (!meaning)
        return sql_refuse(p, "is no type that is understood",
                          "Use varchar, double, int, date, timestamp or boolean.");
    bool precision = sql_at_word(p, "double");
    if (!of || !sql_next(p))
        return NULL;
    if (precision && sql_at_word(p, "precision") && !sql_next(p))
        return NULL;
    if (sql_at_sign(p, "(")) { // varchar(20), decimal(9, 6)
        do {
            if (!sql_next(p))
                return NULL;
            if (p->token.kind != TOKEN_NUMBER)
                return sql_refuse(p, "stands where a length is expected",
                                  "Write the type without its length.");
            if (!sql_next(p))
                return NULL;
        } while (sql_at_sign(p, ","));
        if (!sql_need_sign(p, ")"))
            return NULL;
    }
    node *c = sql_make_of(p, CONDITION_CAST, at, of, NULL);
    if (c) {
        c->text = str_of(meaning);
        c->op = op;
    }
    return c;
}

node *sql_parse_cast(struct sql_parser *p, size_t at, int op)
{
    if (!sql_need_sign(p, "("))
        return NULL;
    node *of = sql_parse(p);
    if (!of || !sql_need_word(p, "as"))
        return NULL;
    node *c = sql_parse_type(p, of, at, op);
    return c && sql_need_sign(p, ")") ? c : NULL;
}

node *sql_make_cast(struct sql_parser *p, size_t at, node *of, const char *type)
{
    node *c = of ? sql_make_of(p, CONDITION_CAST, at, of, NULL) : NULL;
    if (c)
        c->text = str_of(type);
    return c;
}

// yyyy-MM-dd of Spark and YYYY-MM-DD of PostgreSQL as %Y-%m-%d. A format with % in it is
// one already.
static node *make_format(struct sql_parser *p, const node *format)
{
    static const struct {
        const char *from, *to;
    } parts[] = {{"yyyy", "%Y"},
                 {"YYYY", "%Y"},
                 {"HH24", "%H"},
                 {"MI", "%M"},
                 {"SS", "%S"},
                 {"MM", "%m"},
                 {"dd", "%d"},
                 {"DD", "%d"},
                 {"HH", "%H"},
                 {"mm", "%M"},
                 {"ss", "%S"},
                 {"X"
                  "XX",
                  "%z"},
                 {"yy", "%y"},
                 {"YY", "%y"}};
    struct str s = format->text;
    if (memchr(s.n ? s.p : "", '%', s.n))
        return sql_make_text(p, format->at, s);
    struct buf made = BUF_INIT(4096);
    for (size_t i = 0; i < s.n;) {
        size_t k = 0;
        struct str rest = {s.p + i, s.n - i};
        while (k < sizeof parts / sizeof *parts &&
               !str_starts(rest, str_of(parts[k].from)))
            k++;
        if (k < sizeof parts / sizeof *parts) {
            buf_add_c(&made, parts[k].to);
            i += strlen(parts[k].from);
        } else {
            if (s.p[i] != '\'' && s.p[i] != '"') // marks of words, as 'T'
                buf_add_char(&made, s.p[i]);
            i++;
        }
    }
    p->code = buf_check(&made, p->e);
    node *c = p->code ? NULL : sql_make_text(p, format->at, buf_str(&made));
    buf_free(&made);
    return c;
}

static node *make_part_of_date(struct sql_parser *p, size_t at, struct str part, node *of)
{
    static const struct {
        const char *name;
        enum condition_function function;
    } parts[] = {{"year", FUNCTION_YEAR},
                 {"month", FUNCTION_MONTH},
                 {"day", FUNCTION_DAY},
                 {"epoch", FUNCTION_EPOCH}};
    struct sql_list args = {0};
    if (!sql_list_add(p, &args, of))
        return NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_equal_fold(part, str_of(parts[i].name)))
            return sql_make_call(p, parts[i].function, at, args);
    return sql_refuse_at(p, at, "condition.part", part, "is no part of a date here",
                         "Use year, month, day or epoch.");
}

// EXTRACT(year FROM x)
node *sql_parse_extract(struct sql_parser *p, size_t at)
{
    if (!sql_need_sign(p, "("))
        return NULL;
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_TEXT)
        return sql_refuse(p, "stands where a part of a date is expected",
                          "Use year, month, day or epoch.");
    struct str part = p->token.text;
    if (!sql_next(p) || !sql_need_word(p, "from"))
        return NULL;
    node *c = make_part_of_date(p, at, part, sql_parse(p));
    return c && sql_need_sign(p, ")") ? c : NULL;
}

// ---- calls
// Arguments up to the closing bracket, the opening one has been read.
bool sql_parse_arguments(struct sql_parser *p, struct sql_list *args)
{
    if (sql_at_sign(p, ")"))
        return sql_next(p);
    for (;;) {
        if (!sql_list_add(p, args, sql_parse(p)))
            return false;
        if (!sql_at_sign(p, ","))
            return sql_need_sign(p, ")");
        if (!sql_next(p))
            return false;
    }
}

static bool known_unit(const struct sql_parser *p)
{
    static const char *const units[] = {"second", "minute", "hour", "day",
                                        "week",   "month",  "year"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (sql_at_word(p, units[i]))
            return true;
    return false;
}

// date_diff('day', from, to); Spark's datediff(DAY, from, to) and datediff(to, from).
static node *parse_date_diff(struct sql_parser *p, size_t at)
{
    struct sql_list args = {0};
    if (known_unit(p)) {
        node *unit = sql_make_text(p, p->token.at, p->token.text);
        if (!sql_list_add(p, &args, unit) || !sql_next(p) || !sql_need_sign(p, ","))
            return NULL;
    }
    if (!sql_parse_arguments(p, &args))
        return NULL;
    if (args.n == 2 && args.p[0]->kind != CONDITION_TEXT) {
        node *to = args.p[0], *from = args.p[1];
        args = (struct sql_list){0};
        if (!sql_list_add(p, &args, sql_make_text(p, at, STR("day"))) ||
            !sql_list_add(p, &args, from) || !sql_list_add(p, &args, to))
            return NULL;
    }
    if (args.n != 3 || args.p[0]->kind != CONDITION_TEXT)
        return sql_refuse_at(p, at, "condition.unit", STR("date_diff"), "needs a unit",
                             "Write date_diff('day', a, b).");
    char *unit = (char *)arena_alloc(p->arena, args.p[0]->text.n + 1, 1);
    if (!unit)
        return sql_out_of_memory(p);
    for (size_t i = 0; i < args.p[0]->text.n; i++) {
        char c = args.p[0]->text.p[i];
        unit[i] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
    }
    args.p[0]->text.p = unit;
    return sql_make_call(p, FUNCTION_DATE_DIFF, at, args);
}

// PostgreSQL's substring(x from 1 for 4) and substring(x from 'pattern').
static node *parse_substring(struct sql_parser *p, size_t at)
{
    struct sql_list args = {0};
    if (!sql_list_add(p, &args, sql_parse(p)))
        return NULL;
    if (!sql_take_word(p, "from")) {
        if (p->code || (!sql_at_sign(p, ")") && !sql_need_sign(p, ",")))
            return NULL;
        return sql_parse_arguments(p, &args) ? sql_make_call(p, FUNCTION_SUBSTR, at, args)
                                             : NULL;
    }
    node *from = sql_parse(p);
    if (!sql_list_add(p, &args, from))
        return NULL;
    enum condition_function f = FUNCTION_SUBSTR;
    if (from->kind == CONDITION_TEXT) { // the first group, or the whole match
        bool group = memchr(from->text.n ? from->text.p : "", '(', from->text.n) != NULL;
        f = FUNCTION_REGEXP_EXTRACT;
        if (!sql_list_add(p, &args, sql_make_number(p, at, group)))
            return NULL;
    } else if (sql_take_word(p, "for")) {
        if (!sql_list_add(p, &args, sql_parse(p)))
            return NULL;
    }
    return !p->code && sql_need_sign(p, ")") ? sql_make_call(p, f, at, args) : NULL;
}

static const struct condition_names *find_function(struct str name)
{
    const struct condition_names *all = condition_functions();
    for (unsigned i = 0; i < CONDITION_FUNCTIONS; i++)
        for (unsigned k = 0; k < 8 && all[i].names[k]; k++)
            if (str_equal_fold(name, str_of(all[i].names[k])))
                return &all[i];
    return NULL;
}

static bool take_any(struct sql_parser *p, const char *a, const char *b)
{
    if (sql_at_word(p, a) || sql_at_word(p, b))
        return sql_next(p);
    sql_refuse(
        p, "is not understood in a function over all pairs of elements",
        "Only the form that Splink's PairwiseStringDistanceFunctionLevel writes is "
        "understood.");
    return false;
}

// x -> , the name of the variable in *name
static bool take_lambda(struct sql_parser *p, struct str *name)
{
    if (sql_at_word(p, "lambda")) { // DuckDB's other way: lambda x: ...
        if (!sql_next(p))
            return false;
        *name = p->token.text;
        return p->token.kind == TOKEN_WORD && sql_next(p) && sql_need_sign(p, ":");
    }
    *name = p->token.text;
    if (p->token.kind != TOKEN_WORD)
        return sql_need_sign(p, "x ->");
    return sql_next(p) && sql_need_sign(p, "->");
}

static bool take_name(struct sql_parser *p, struct str name)
{
    if (p->token.kind == TOKEN_WORD && str_equal(p->token.text, name))
        return sql_next(p);
    sql_refuse(
        p, "stands where the variable of the function is expected",
        "Only the form that Splink's PairwiseStringDistanceFunctionLevel writes is "
        "understood.");
    return false;
}

// pair[1]; Spark counts from 0
static bool take_element(struct sql_parser *p, struct str pair, double *number)
{
    if (!take_name(p, pair) || !sql_need_sign(p, "["))
        return false;
    *number = p->token.kind == TOKEN_NUMBER ? p->token.number : -1;
    return sql_next(p) && sql_need_sign(p, "]");
}

// list_max(list_transform(flatten(list_transform(a, x -> list_transform(b, y -> [x, y])))
// , pair -> f(pair[1], pair[2]))), whose first two words have been read.
static node *parse_pairwise(struct sql_parser *p, size_t at, int op)
{
    struct str x, y, pair;
    double first = -1, second = -1;
    if (!take_any(p, "list_transform", "transform") || !sql_need_sign(p, "(") ||
        !take_any(p, "flatten", "flatten") || !sql_need_sign(p, "(") ||
        !take_any(p, "list_transform", "transform") || !sql_need_sign(p, "("))
        return NULL;
    node *a = sql_parse(p);
    if (!a || !sql_need_sign(p, ",") || !take_lambda(p, &x) ||
        !take_any(p, "list_transform", "transform") || !sql_need_sign(p, "("))
        return NULL;
    node *b = sql_parse(p);
    if (!b || !sql_need_sign(p, ",") || !take_lambda(p, &y) || !sql_need_sign(p, "[") ||
        !take_name(p, x) || !sql_need_sign(p, ",") || !take_name(p, y) ||
        !sql_need_sign(p, "]") || !sql_need_sign(p, ")") || !sql_need_sign(p, ")") ||
        !sql_need_sign(p, ")") || !sql_need_sign(p, ",") || !take_lambda(p, &pair))
        return NULL;
    const struct condition_names *f = find_function(p->token.text);
    if (!f || f->least != 2 || f->most != 2)
        return sql_refuse(p, "is no function of two texts that is understood",
                          "Use levenshtein, damerau_levenshtein, jaro_similarity or "
                          "jaro_winkler_similarity.");
    if (!sql_next(p) || !sql_need_sign(p, "(") || !take_element(p, pair, &first) ||
        !sql_need_sign(p, ",") || !take_element(p, pair, &second) ||
        !sql_need_sign(p, ")") || !sql_need_sign(p, ")") || !sql_need_sign(p, ")"))
        return NULL;
    if (second - first < 1 || second - first > 1 || first < 0 || first > 1)
        return sql_refuse_at(p, at, "condition.pair", STR("pair"),
                             "is not used as pair[1], pair[2]",
                             "Write the function as Splink does.");
    node *c = sql_make_of(p, CONDITION_PAIRWISE, at, a, b);
    if (c) {
        c->function = f->function;
        c->op = op;
    }
    return c;
}

// a && b, list_has_any(a, b): how many they share is over 0
node *sql_make_overlap(struct sql_parser *p, size_t at, struct sql_list args)
{
    struct sql_list common = {0};
    node *both = sql_make_call(p, FUNCTION_LIST_INTERSECT, at, args);
    if (!both || !sql_list_add(p, &common, both))
        return NULL;
    return sql_make_compare(p, OP_MORE, at,
                            sql_make_call(p, FUNCTION_LIST_LENGTH, at, common),
                            sql_make_number(p, at, 0));
}

// list, and number of the element
node *sql_make_index(struct sql_parser *p, size_t at, struct sql_list args)
{
    const node *element = args.p[1];
    if (element->kind == CONDITION_TEXT)
        return sql_refuse_at(p, at, "condition.field", element->text,
                             "asks for a field of a column, which is not understood",
                             "Make the field a column of its own.");
    if (element->kind == CONDITION_NUMBER && element->number > -1 && element->number < 1)
        return sql_refuse_at(p, at, "condition.index", STR("[0]"),
                             "is no element: they are counted from 1",
                             "Write [1] for the first, [-1] for the last.");
    return sql_make_over(p, CONDITION_INDEX, at, args);
}

static node *parse_one_list(struct sql_parser *p, const char *name)
{
    if (!sql_need_word(p, name) || !sql_need_sign(p, "("))
        return NULL;
    node *c = sql_parse(p);
    return c && sql_need_sign(p, ")") ? c : NULL;
}

// How Splink 3 counts what two lists share, whose first word has been read:
// list_unique(a) + list_unique(b) - list_unique(list_concat(a, b))
static node *parse_unique(struct sql_parser *p, size_t at)
{
    struct sql_list args = {0}, both = {0}, length = {0};
    if (!sql_list_add(p, &args, sql_parse(p)) || !sql_need_sign(p, ")") ||
        !sql_need_sign(p, "+") ||
        !sql_list_add(p, &args, parse_one_list(p, "list_unique")) ||
        !sql_need_sign(p, "-") || !sql_need_word(p, "list_unique") ||
        !sql_need_sign(p, "(") || !sql_need_word(p, "list_concat") ||
        !sql_need_sign(p, "(") || !sql_parse_arguments(p, &both) ||
        !sql_need_sign(p, ")"))
        return NULL;
    if (both.n != 2 || !condition_equal(args.p[0], both.p[0]) ||
        !condition_equal(args.p[1], both.p[1]))
        return sql_refuse_at(p, at, "condition.function", STR("list_unique"),
                             "is understood as Splink 3 writes it only",
                             "Write array_length(list_intersect(a, b)).");
    node *common = sql_make_call(p, FUNCTION_LIST_INTERSECT, at, args);
    return sql_list_add(p, &length, common)
               ? sql_make_call(p, FUNCTION_LIST_LENGTH, at, length)
               : NULL;
}

enum special {
    SPECIAL_DATE,
    SPECIAL_TIMESTAMP,
    SPECIAL_TRY,
    SPECIAL_PART,
    SPECIAL_ELEMENT,
    SPECIAL_OVERLAP,
    SPECIAL_FLOOR
};

// Functions that become something else than a call. least and most arguments.
static const struct {
    const char *name;
    enum special special;
    unsigned least, most;
} specials[] = {
    {"date", SPECIAL_DATE, 1, 1},
    {"to_date", SPECIAL_DATE, 1, 2},
    {"try_to_date", SPECIAL_DATE, 1, 2},
    {"try_cast_date", SPECIAL_DATE, 2, 2},
    {"to_timestamp", SPECIAL_TIMESTAMP, 2, 2},
    {"try_to_timestamp", SPECIAL_TIMESTAMP, 2, 2},
    {"try_cast_timestamp", SPECIAL_TIMESTAMP, 2, 2},
    {"date_parse", SPECIAL_TIMESTAMP, 2, 2},
    {"try", SPECIAL_TRY, 1, 1},
    {"date_part", SPECIAL_PART, 2, 2},
    {"datepart", SPECIAL_PART, 2, 2},
    {"element_at", SPECIAL_ELEMENT, 2, 2},
    {"list_element", SPECIAL_ELEMENT, 2, 2},
    {"list_extract", SPECIAL_ELEMENT, 2, 2},
    {"list_has_any", SPECIAL_OVERLAP, 2, 2},
    {"array_has_any", SPECIAL_OVERLAP, 2, 2},
    {"arrays_overlap", SPECIAL_OVERLAP, 2, 2},
    {"floor", SPECIAL_FLOOR, 1, 1},
};

static node *make_parsed_date(struct sql_parser *p, size_t at, struct sql_list args)
{
    if (args.p[1]->kind != CONDITION_TEXT)
        return sql_refuse_at(p, at, "condition.format", STR("a date's format"),
                             "must be a text here", "Write it as '%Y-%m-%d'.");
    struct sql_list made = {0};
    if (!sql_list_add(p, &made, args.p[0]) ||
        !sql_list_add(p, &made, make_format(p, args.p[1])))
        return NULL;
    return sql_make_call(p, FUNCTION_STRPTIME, at, made);
}

static node *make_special(struct sql_parser *p, enum special special, size_t at,
                          struct sql_list args)
{
    node *a = args.p[0];
    switch (special) {
    case SPECIAL_DATE:
        return sql_make_cast(p, at, args.n == 2 ? make_parsed_date(p, at, args) : a,
                             "date");
    case SPECIAL_TIMESTAMP:
        return make_parsed_date(p, at, args);
    case SPECIAL_TRY: // what cannot be read is null here anyway
        return a;
    case SPECIAL_PART:
        return make_part_of_date(p, at, a->text, args.p[1]);
    case SPECIAL_ELEMENT:
        return sql_make_index(p, at, args);
    case SPECIAL_OVERLAP:
        return sql_make_overlap(p, at, args);
    case SPECIAL_FLOOR: // Splink writes floor(seconds / 86400) for Spark
        if (a->kind == CONDITION_ARITHMETIC && a->op == '/' &&
            a->args[0]->kind == CONDITION_NUMBER &&
            a->args[1]->kind == CONDITION_NUMBER && a->args[1]->number >= 1)
            return sql_make_number(p, at, floor(a->args[0]->number / a->args[1]->number));
        break;
    default:
        break;
    }
    return sql_refuse_at(p, at, "condition.function", STR("floor"),
                         "is understood of two numbers only: floor(a / b)",
                         "Write the number itself.");
}

static node *wrong_number(struct sql_parser *p, size_t at, struct str name,
                          unsigned least, unsigned most, unsigned found)
{
    char why[96];
    if (least == most)
        snprintf(why, sizeof why, "takes %u argument%s; %u found", least,
                 least == 1 ? "" : "s", found);
    else
        snprintf(why, sizeof why, "takes %u to %u arguments; %u found", least, most,
                 found);
    return sql_refuse_at(p, at, "condition.arguments", name, why,
                         "See DuckDB's documentation of the function.");
}

static node *parse_special(struct sql_parser *p, size_t at, struct str name, bool *is)
{
    size_t i = 0, n = sizeof specials / sizeof *specials;
    while (i < n && !str_equal_fold(name, str_of(specials[i].name)))
        i++;
    *is = i < n;
    if (i == n)
        return NULL;
    struct sql_list args = {0};
    if (!sql_parse_arguments(p, &args))
        return NULL;
    if (args.n < specials[i].least || args.n > specials[i].most)
        return wrong_number(p, at, name, specials[i].least, specials[i].most, args.n);
    return make_special(p, specials[i].special, at, args);
}

// The name and the opening bracket have been read.
node *sql_parse_call(struct sql_parser *p, size_t at, struct str name)
{
    bool most =
        str_equal_fold(name, STR("list_max")) || str_equal_fold(name, STR("array_max"));
    if (most || str_equal_fold(name, STR("list_min")) ||
        str_equal_fold(name, STR("array_min")))
        return parse_pairwise(p, at, most ? '>' : '<');
    if (str_equal_fold(name, STR("list_unique")))
        return parse_unique(p, at);
    bool is_special;
    node *special = parse_special(p, at, name, &is_special);
    if (is_special)
        return special;
    const struct condition_names *f = find_function(name);
    if (!f)
        return sql_refuse_at(p, at, "condition.function", name,
                             "is no function that is understood",
                             "Use a comparator of Splink's library (levenshtein, "
                             "damerau_levenshtein, jaro_similarity, "
                             "jaro_winkler_similarity, jaccard, ...) or make a column of "
                             "its own from it before linking.");
    if (f->function == FUNCTION_DATE_DIFF)
        return parse_date_diff(p, at);
    if (f->function == FUNCTION_SUBSTR && !sql_at_sign(p, ")"))
        return parse_substring(p, at);
    struct sql_list args = {0};
    if (!sql_parse_arguments(p, &args))
        return NULL;
    if (f->function == FUNCTION_LIST_LENGTH && args.n == 2)
        args.n = 1; // PostgreSQL's array_length(x, 1): of its first dimension
    if (args.n < f->least || args.n > f->most)
        return wrong_number(p, at, name, f->least, f->most, args.n);
    return sql_make_call(p, f->function, at, args);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// A recursive descent over the words of condition_lex.c. A function that fails has set
// the error and gives NULL. What two dialects write differently becomes one tree here.
#include "link/condition_lex.h"
#include "link/condition_tree.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct parser {
    struct condition_lexer lexer;
    struct condition_token token; // the next one
    struct arena *arena;
    struct error *e;
    enum err code;
    unsigned depth; // of what is being read now
};

typedef struct condition node;

// A printed tree has two brackets at most for each of its nodes.
enum { MAX_DEPTH = 3 * CONDITION_MAX_HEIGHT };

static node *parse_or(struct parser *p);
static node *parse_join(struct parser *p);

// ---- errors and words -----------------------------------------------------------------

static node *out_of_memory(struct parser *p)
{
    p->code = error_memory(p->e);
    return NULL;
}

static node *refuse_at(struct parser *p, size_t at, const char *key, struct str what,
                       const char *why, const char *cure)
{
    char place[200];
    snprintf(place, sizeof place, "%s, character %zu",
             p->lexer.where ? p->lexer.where : "condition",
             condition_lex_character(p->lexer.sql, at));
    if (what.n > 60)
        what.n = 60;
    p->code =
        error_set(p->e, ERR_INPUT, key, place, "'" STR_FMT "' %s", STR_ARG(what), why);
    (void)error_cure(p->e, "%s", cure);
    return NULL;
}

static node *refuse(struct parser *p, const char *why, const char *cure)
{
    if (p->token.kind == TOKEN_END)
        return refuse_at(p, p->token.at, "condition.end", STR("the end"), why, cure);
    return refuse_at(p, p->token.at, "condition.syntax", p->token.text, why, cure);
}

static bool next(struct parser *p)
{
    p->code = condition_lex(&p->lexer, &p->token, p->e);
    return p->code == ERR_OK;
}

static bool at_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_SIGN && str_equal_c(p->token.text, sign);
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_WORD && str_equal_fold(p->token.text, str_of(word));
}

// False also when the next word cannot be read; p->code tells.
static bool take_sign(struct parser *p, const char *sign)
{
    return at_sign(p, sign) && next(p);
}

static bool take_word(struct parser *p, const char *word)
{
    return at_word(p, word) && next(p);
}

static bool need_sign(struct parser *p, const char *sign)
{
    if (at_sign(p, sign))
        return next(p);
    char why[64];
    snprintf(why, sizeof why, "stands where %s is expected", sign);
    refuse(p, why, "See whether a bracket, a comma or an operator is missing.");
    return false;
}

static bool need_word(struct parser *p, const char *word)
{
    if (at_word(p, word))
        return next(p);
    char why[64];
    snprintf(why, sizeof why, "stands where %s is expected", word);
    refuse(p, why, "See how SQL writes this, or put what stands before in parentheses.");
    return false;
}

// ---- nodes ----------------------------------------------------------------------------

struct list {
    node **p;
    unsigned n, capacity;
};

static bool list_add(struct parser *p, struct list *l, node *c)
{
    if (!c)
        return false;
    if (l->n == l->capacity) {
        unsigned capacity = l->capacity ? l->capacity * 2 : 4;
        node **more = ARENA_ARRAY(p->arena, node *, capacity);
        if (!more)
            return out_of_memory(p);
        if (l->n)
            memcpy(more, l->p, l->n * sizeof *more);
        l->p = more;
        l->capacity = capacity;
    }
    l->p[l->n++] = c;
    return true;
}

static node *make(struct parser *p, enum condition_kind kind, size_t at)
{
    node *c = ARENA_NEW(p->arena, node);
    if (!c)
        return out_of_memory(p);
    c->kind = kind;
    c->at = (uint32_t)at;
    c->height = 1;
    return c;
}

static node *make_over(struct parser *p, enum condition_kind kind, size_t at,
                       struct list args)
{
    node *c = make(p, kind, at);
    if (!c)
        return NULL;
    c->args = args.p;
    c->n = args.n;
    for (unsigned i = 0; i < args.n; i++)
        if (args.p[i]->height >= c->height)
            c->height = args.p[i]->height + 1;
    if (c->height > CONDITION_MAX_HEIGHT)
        return refuse_at(p, at, "condition.deep", STR("this"), "is nested too deeply",
                         "Write it shorter, or as several levels.");
    return c;
}

static node *make_of(struct parser *p, enum condition_kind kind, size_t at, node *a,
                     node *b)
{
    struct list args = {0};
    if (!list_add(p, &args, a) || (b && !list_add(p, &args, b)))
        return NULL;
    return make_over(p, kind, at, args);
}

static node *make_number(struct parser *p, size_t at, double number)
{
    node *c = make(p, CONDITION_NUMBER, at);
    if (c)
        c->number = number;
    return c;
}

static node *make_text(struct parser *p, size_t at, struct str text)
{
    node *c = make(p, CONDITION_TEXT, at);
    if (c) {
        c->text = str_copy(p->arena, text);
        if (!c->text.p)
            return out_of_memory(p);
    }
    return c;
}

static node *make_call(struct parser *p, enum condition_function f, size_t at,
                       struct list args)
{
    node *c = make_over(p, CONDITION_CALL, at, args);
    if (c)
        c->function = f;
    return c;
}

static node *make_compare(struct parser *p, int op, size_t at, node *a, node *b)
{
    if (!a || !b)
        return NULL;
    node *c = make_of(p, CONDITION_COMPARE, at, a, b);
    if (c)
        c->op = op;
    return c;
}

// A part that comes to stand in the tree twice must be small, or trees could grow
// without end.
static unsigned size_up_to(const node *c, unsigned most)
{
    unsigned n = 1;
    for (unsigned i = 0; i < c->n && n <= most; i++)
        n += size_up_to(c->args[i], most - n);
    return n;
}

static bool small(struct parser *p, const node *c)
{
    if (!c)
        return false;
    if (size_up_to(c, 64) <= 64)
        return true;
    refuse_at(p, c->at, "condition.long", STR("this"), "is too long here",
              "Write IS DISTINCT FROM and CASE x WHEN with short expressions, or use "
              "CASE WHEN.");
    return false;
}

// ---- columns --------------------------------------------------------------------------

static node *make_column(struct parser *p, size_t at, struct str name,
                         enum condition_side side, int op)
{
    if (!name.n)
        return refuse_at(p, at, "condition.name", STR("this column"), "has no name",
                         "Write the heading of the column between the quotes.");
    node *c = make(p, CONDITION_COLUMN, at);
    if (!c)
        return NULL;
    c->text = str_copy(p->arena, name);
    if (!c->text.p)
        return out_of_memory(p);
    c->side = side;
    c->op = op;
    return c;
}

// l. or r. has been read.
static node *parse_after_table(struct parser *p, size_t at, enum condition_side side)
{
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_NAME)
        return refuse(p, "stands where the name of a column is expected",
                      "Write l.\"name\" = r.\"name\".");
    struct str name = p->token.text;
    if (!next(p))
        return NULL;
    if (at_sign(p, "."))
        return refuse(p, "asks for a field of a column, which is not understood",
                      "Make the field a column of its own.");
    return make_column(p, at, name, side, '.');
}

static node *parse_name(struct parser *p, size_t at, struct str name)
{
    if (at_sign(p, ".")) {
        bool left = str_equal_fold(name, STR("l"));
        if (!left && !str_equal_fold(name, STR("r")))
            return refuse_at(p, at, "condition.table", name, "is no record of the pair",
                             "Write l.name for the left record and r.name for the right "
                             "one.");
        if (!next(p))
            return NULL;
        return parse_after_table(p, at, left ? CONDITION_LEFT : CONDITION_RIGHT);
    }
    char last = name.n >= 2 && name.p[name.n - 2] == '_' ? name.p[name.n - 1] : 0;
    if (last != 'l' && last != 'r' && last != 'L' && last != 'R')
        return refuse_at(p, at, "condition.side", name,
                         "does not say whether the left or the right record is meant",
                         "Write \"name_l\" and \"name_r\", or l.\"name\" and "
                         "r.\"name\".");
    name.n -= 2;
    return make_column(p, at, name,
                       last == 'l' || last == 'L' ? CONDITION_LEFT : CONDITION_RIGHT, 0);
}

// ---- types and dates ------------------------------------------------------------------

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

static node *parse_type(struct parser *p, node *of, size_t at, int op)
{
    const char *meaning = NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types && !meaning; i++)
        if (at_word(p, types[i].name))
            meaning = types[i].meaning;
    if (!meaning)
        return refuse(p, "is no type that is understood",
                      "Use varchar, double, int, date, timestamp or boolean.");
    bool precision = at_word(p, "double");
    if (!of || !next(p))
        return NULL;
    if (precision && at_word(p, "precision") && !next(p))
        return NULL;
    if (at_sign(p, "(")) { // varchar(20), decimal(9, 6)
        do {
            if (!next(p))
                return NULL;
            if (p->token.kind != TOKEN_NUMBER)
                return refuse(p, "stands where a length is expected",
                              "Write the type without its length.");
            if (!next(p))
                return NULL;
        } while (at_sign(p, ","));
        if (!need_sign(p, ")"))
            return NULL;
    }
    node *c = make_of(p, CONDITION_CAST, at, of, NULL);
    if (c) {
        c->text = str_of(meaning);
        c->op = op;
    }
    return c;
}

static node *parse_cast(struct parser *p, size_t at, int op)
{
    if (!need_sign(p, "("))
        return NULL;
    node *of = parse_or(p);
    if (!of || !need_word(p, "as"))
        return NULL;
    node *c = parse_type(p, of, at, op);
    return c && need_sign(p, ")") ? c : NULL;
}

static node *make_cast(struct parser *p, size_t at, node *of, const char *type)
{
    node *c = of ? make_of(p, CONDITION_CAST, at, of, NULL) : NULL;
    if (c)
        c->text = str_of(type);
    return c;
}

// yyyy-MM-dd of Spark and YYYY-MM-DD of PostgreSQL as %Y-%m-%d. A format with % in it is
// one already.
static node *make_format(struct parser *p, const node *format)
{
    static const struct {
        const char *from, *to;
    } parts[] = {{"yyyy", "%Y"}, {"YYYY", "%Y"}, {"HH24", "%H"}, {"MI", "%M"},
                 {"SS", "%S"},   {"MM", "%m"},   {"dd", "%d"},   {"DD", "%d"},
                 {"HH", "%H"},   {"mm", "%M"},   {"ss", "%S"},   {"XXX", "%z"},
                 {"yy", "%y"},   {"YY", "%y"}};
    struct str s = format->text;
    if (memchr(s.n ? s.p : "", '%', s.n))
        return make_text(p, format->at, s);
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
    node *c = p->code ? NULL : make_text(p, format->at, buf_str(&made));
    buf_free(&made);
    return c;
}

static node *make_part_of_date(struct parser *p, size_t at, struct str part, node *of)
{
    static const struct {
        const char *name;
        enum condition_function function;
    } parts[] = {{"year", FUNCTION_YEAR},
                 {"month", FUNCTION_MONTH},
                 {"day", FUNCTION_DAY},
                 {"epoch", FUNCTION_EPOCH}};
    struct list args = {0};
    if (!list_add(p, &args, of))
        return NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_equal_fold(part, str_of(parts[i].name)))
            return make_call(p, parts[i].function, at, args);
    return refuse_at(p, at, "condition.part", part, "is no part of a date here",
                     "Use year, month, day or epoch.");
}

// EXTRACT(year FROM x)
static node *parse_extract(struct parser *p, size_t at)
{
    if (!need_sign(p, "("))
        return NULL;
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_TEXT)
        return refuse(p, "stands where a part of a date is expected",
                      "Use year, month, day or epoch.");
    struct str part = p->token.text;
    if (!next(p) || !need_word(p, "from"))
        return NULL;
    node *c = make_part_of_date(p, at, part, parse_or(p));
    return c && need_sign(p, ")") ? c : NULL;
}

// ---- calls ----------------------------------------------------------------------------

// Arguments up to the closing bracket, the opening one has been read.
static bool parse_arguments(struct parser *p, struct list *args)
{
    if (at_sign(p, ")"))
        return next(p);
    for (;;) {
        if (!list_add(p, args, parse_or(p)))
            return false;
        if (!at_sign(p, ","))
            return need_sign(p, ")");
        if (!next(p))
            return false;
    }
}

static bool known_unit(const struct parser *p)
{
    static const char *const units[] = {"second", "minute", "hour", "day",
                                        "week",   "month",  "year"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (at_word(p, units[i]))
            return true;
    return false;
}

// date_diff('day', from, to); Spark's datediff(DAY, from, to) and datediff(to, from).
static node *parse_date_diff(struct parser *p, size_t at)
{
    struct list args = {0};
    if (known_unit(p)) {
        node *unit = make_text(p, p->token.at, p->token.text);
        if (!list_add(p, &args, unit) || !next(p) || !need_sign(p, ","))
            return NULL;
    }
    if (!parse_arguments(p, &args))
        return NULL;
    if (args.n == 2 && args.p[0]->kind != CONDITION_TEXT) {
        node *to = args.p[0], *from = args.p[1];
        args = (struct list){0};
        if (!list_add(p, &args, make_text(p, at, STR("day"))) ||
            !list_add(p, &args, from) || !list_add(p, &args, to))
            return NULL;
    }
    if (args.n != 3 || args.p[0]->kind != CONDITION_TEXT)
        return refuse_at(p, at, "condition.unit", STR("date_diff"), "needs a unit",
                         "Write date_diff('day', a, b).");
    char *unit = (char *)arena_alloc(p->arena, args.p[0]->text.n + 1, 1);
    if (!unit)
        return out_of_memory(p);
    for (size_t i = 0; i < args.p[0]->text.n; i++) {
        char c = args.p[0]->text.p[i];
        unit[i] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
    }
    args.p[0]->text.p = unit;
    return make_call(p, FUNCTION_DATE_DIFF, at, args);
}

// PostgreSQL's substring(x from 1 for 4) and substring(x from 'pattern').
static node *parse_substring(struct parser *p, size_t at)
{
    struct list args = {0};
    if (!list_add(p, &args, parse_or(p)))
        return NULL;
    if (!take_word(p, "from")) {
        if (p->code || (!at_sign(p, ")") && !need_sign(p, ",")))
            return NULL;
        return parse_arguments(p, &args) ? make_call(p, FUNCTION_SUBSTR, at, args) : NULL;
    }
    node *from = parse_or(p);
    if (!list_add(p, &args, from))
        return NULL;
    enum condition_function f = FUNCTION_SUBSTR;
    if (from->kind == CONDITION_TEXT) { // the first group, or the whole match
        bool group = memchr(from->text.n ? from->text.p : "", '(', from->text.n) != NULL;
        f = FUNCTION_REGEXP_EXTRACT;
        if (!list_add(p, &args, make_number(p, at, group)))
            return NULL;
    } else if (take_word(p, "for")) {
        if (!list_add(p, &args, parse_or(p)))
            return NULL;
    }
    return !p->code && need_sign(p, ")") ? make_call(p, f, at, args) : NULL;
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

static bool take_any(struct parser *p, const char *a, const char *b)
{
    if (at_word(p, a) || at_word(p, b))
        return next(p);
    refuse(p, "is not understood in a function over all pairs of elements",
           "Only the form that Splink's PairwiseStringDistanceFunctionLevel writes is "
           "understood.");
    return false;
}

// x -> , the name of the variable in *name
static bool take_lambda(struct parser *p, struct str *name)
{
    if (at_word(p, "lambda")) { // DuckDB's other way: lambda x: ...
        if (!next(p))
            return false;
        *name = p->token.text;
        return p->token.kind == TOKEN_WORD && next(p) && need_sign(p, ":");
    }
    *name = p->token.text;
    if (p->token.kind != TOKEN_WORD)
        return need_sign(p, "x ->");
    return next(p) && need_sign(p, "->");
}

static bool take_name(struct parser *p, struct str name)
{
    if (p->token.kind == TOKEN_WORD && str_equal(p->token.text, name))
        return next(p);
    refuse(p, "stands where the variable of the function is expected",
           "Only the form that Splink's PairwiseStringDistanceFunctionLevel writes is "
           "understood.");
    return false;
}

// pair[1]; Spark counts from 0
static bool take_element(struct parser *p, struct str pair, double *number)
{
    if (!take_name(p, pair) || !need_sign(p, "["))
        return false;
    *number = p->token.kind == TOKEN_NUMBER ? p->token.number : -1;
    return next(p) && need_sign(p, "]");
}

// list_max(list_transform(flatten(list_transform(a, x -> list_transform(b, y -> [x, y])))
// , pair -> f(pair[1], pair[2]))), whose first two words have been read.
static node *parse_pairwise(struct parser *p, size_t at, int op)
{
    struct str x, y, pair;
    double first = -1, second = -1;
    if (!take_any(p, "list_transform", "transform") || !need_sign(p, "(") ||
        !take_any(p, "flatten", "flatten") || !need_sign(p, "(") ||
        !take_any(p, "list_transform", "transform") || !need_sign(p, "("))
        return NULL;
    node *a = parse_or(p);
    if (!a || !need_sign(p, ",") || !take_lambda(p, &x) ||
        !take_any(p, "list_transform", "transform") || !need_sign(p, "("))
        return NULL;
    node *b = parse_or(p);
    if (!b || !need_sign(p, ",") || !take_lambda(p, &y) || !need_sign(p, "[") ||
        !take_name(p, x) || !need_sign(p, ",") || !take_name(p, y) ||
        !need_sign(p, "]") || !need_sign(p, ")") || !need_sign(p, ")") ||
        !need_sign(p, ")") || !need_sign(p, ",") || !take_lambda(p, &pair))
        return NULL;
    const struct condition_names *f = find_function(p->token.text);
    if (!f || f->least != 2 || f->most != 2)
        return refuse(p, "is no function of two texts that is understood",
                      "Use levenshtein, damerau_levenshtein, jaro_similarity or "
                      "jaro_winkler_similarity.");
    if (!next(p) || !need_sign(p, "(") || !take_element(p, pair, &first) ||
        !need_sign(p, ",") || !take_element(p, pair, &second) || !need_sign(p, ")") ||
        !need_sign(p, ")") || !need_sign(p, ")"))
        return NULL;
    if (second - first < 1 || second - first > 1 || first < 0 || first > 1)
        return refuse_at(p, at, "condition.pair", STR("pair"),
                         "is not used as pair[1], pair[2]",
                         "Write the function as Splink does.");
    node *c = make_of(p, CONDITION_PAIRWISE, at, a, b);
    if (c) {
        c->function = f->function;
        c->op = op;
    }
    return c;
}

// a && b, list_has_any(a, b): how many they share is over 0
static node *make_overlap(struct parser *p, size_t at, struct list args)
{
    struct list common = {0};
    node *both = make_call(p, FUNCTION_LIST_INTERSECT, at, args);
    if (!both || !list_add(p, &common, both))
        return NULL;
    return make_compare(p, OP_MORE, at, make_call(p, FUNCTION_LIST_LENGTH, at, common),
                        make_number(p, at, 0));
}

// list, and number of the element
static node *make_index(struct parser *p, size_t at, struct list args)
{
    const node *element = args.p[1];
    if (element->kind == CONDITION_TEXT)
        return refuse_at(p, at, "condition.field", element->text,
                         "asks for a field of a column, which is not understood",
                         "Make the field a column of its own.");
    if (element->kind == CONDITION_NUMBER && element->number > -1 && element->number < 1)
        return refuse_at(p, at, "condition.index", STR("[0]"),
                         "is no element: they are counted from 1",
                         "Write [1] for the first, [-1] for the last.");
    return make_over(p, CONDITION_INDEX, at, args);
}

enum special {
    SPECIAL_DATE,
    SPECIAL_TIMESTAMP,
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

static node *make_parsed_date(struct parser *p, size_t at, struct list args)
{
    if (args.p[1]->kind != CONDITION_TEXT)
        return refuse_at(p, at, "condition.format", STR("a date's format"),
                         "must be a text here", "Write it as '%Y-%m-%d'.");
    struct list made = {0};
    if (!list_add(p, &made, args.p[0]) || !list_add(p, &made, make_format(p, args.p[1])))
        return NULL;
    return make_call(p, FUNCTION_STRPTIME, at, made);
}

static node *make_special(struct parser *p, enum special special, size_t at,
                          struct list args)
{
    node *a = args.p[0];
    switch (special) {
    case SPECIAL_DATE:
        return make_cast(p, at, args.n == 2 ? make_parsed_date(p, at, args) : a, "date");
    case SPECIAL_TIMESTAMP:
        return make_parsed_date(p, at, args);
    case SPECIAL_PART:
        return make_part_of_date(p, at, a->text, args.p[1]);
    case SPECIAL_ELEMENT:
        return make_index(p, at, args);
    case SPECIAL_OVERLAP:
        return make_overlap(p, at, args);
    case SPECIAL_FLOOR: // Splink writes floor(seconds / 86400) for Spark
        if (a->kind == CONDITION_ARITHMETIC && a->op == '/' &&
            a->args[0]->kind == CONDITION_NUMBER &&
            a->args[1]->kind == CONDITION_NUMBER && a->args[1]->number >= 1)
            return make_number(p, at, floor(a->args[0]->number / a->args[1]->number));
        break;
    default:
        break;
    }
    return refuse_at(p, at, "condition.function", STR("floor"),
                     "is understood of two numbers only: floor(a / b)",
                     "Write the number itself.");
}

static node *wrong_number(struct parser *p, size_t at, struct str name, unsigned least,
                          unsigned most, unsigned found)
{
    char why[96];
    if (least == most)
        snprintf(why, sizeof why, "takes %u argument%s; %u found", least,
                 least == 1 ? "" : "s", found);
    else
        snprintf(why, sizeof why, "takes %u to %u arguments; %u found", least, most,
                 found);
    return refuse_at(p, at, "condition.arguments", name, why,
                     "See DuckDB's documentation of the function.");
}

static node *parse_special(struct parser *p, size_t at, struct str name, bool *is)
{
    size_t i = 0, n = sizeof specials / sizeof *specials;
    while (i < n && !str_equal_fold(name, str_of(specials[i].name)))
        i++;
    *is = i < n;
    if (i == n)
        return NULL;
    struct list args = {0};
    if (!parse_arguments(p, &args))
        return NULL;
    if (args.n < specials[i].least || args.n > specials[i].most)
        return wrong_number(p, at, name, specials[i].least, specials[i].most, args.n);
    return make_special(p, specials[i].special, at, args);
}

// The name and the opening bracket have been read.
static node *parse_call(struct parser *p, size_t at, struct str name)
{
    bool most =
        str_equal_fold(name, STR("list_max")) || str_equal_fold(name, STR("array_max"));
    if (most || str_equal_fold(name, STR("list_min")) ||
        str_equal_fold(name, STR("array_min")))
        return parse_pairwise(p, at, most ? '>' : '<');
    bool is_special;
    node *special = parse_special(p, at, name, &is_special);
    if (is_special)
        return special;
    const struct condition_names *f = find_function(name);
    if (!f)
        return refuse_at(p, at, "condition.function", name,
                         "is no function that is understood",
                         "Use a comparator of Splink's library (levenshtein, "
                         "damerau_levenshtein, jaro_similarity, "
                         "jaro_winkler_similarity, jaccard, ...) or make a column of "
                         "its own from it before linking.");
    if (f->function == FUNCTION_DATE_DIFF)
        return parse_date_diff(p, at);
    if (f->function == FUNCTION_SUBSTR && !at_sign(p, ")"))
        return parse_substring(p, at);
    struct list args = {0};
    if (!parse_arguments(p, &args))
        return NULL;
    if (f->function == FUNCTION_LIST_LENGTH && args.n == 2)
        args.n = 1; // PostgreSQL's array_length(x, 1): of its first dimension
    if (args.n < f->least || args.n > f->most)
        return wrong_number(p, at, name, f->least, f->most, args.n);
    return make_call(p, f->function, at, args);
}

// ---- the grammar ----------------------------------------------------------------------

// CASE WHEN a THEN b ... END, and CASE x WHEN v THEN b ... END as x = v.
static node *parse_case(struct parser *p, size_t at)
{
    struct list args = {0};
    node *of = NULL;
    if (!at_word(p, "when") && (!(of = parse_or(p)) || !small(p, of)))
        return NULL;
    if (!at_word(p, "when"))
        return refuse(p, "stands where WHEN is expected",
                      "Write CASE WHEN a THEN b END.");
    while (at_word(p, "when")) {
        size_t when = p->token.at;
        node *test = next(p) ? parse_or(p) : NULL;
        if (of)
            test = make_compare(p, OP_EQUAL, when, of, test);
        if (!list_add(p, &args, test) || !need_word(p, "then") ||
            !list_add(p, &args, parse_or(p)))
            return NULL;
    }
    if (at_word(p, "else") && (!next(p) || !list_add(p, &args, parse_or(p))))
        return NULL;
    return need_word(p, "end") ? make_over(p, CONDITION_CASE, at, args) : NULL;
}

static node *parse_word(struct parser *p)
{
    struct str word = p->token.text;
    size_t at = p->token.at;
    if (!next(p))
        return NULL;
    static const struct {
        const char *word;
        enum condition_kind kind;
    } constants[] = {
        {"true", CONDITION_TRUE}, {"false", CONDITION_FALSE}, {"null", CONDITION_NULL}};
    for (size_t i = 0; i < 3; i++)
        if (str_equal_fold(word, str_of(constants[i].word)))
            return make(p, constants[i].kind, at);
    if (str_equal_fold(word, STR("else")))
        return refuse_at(p, at, "condition.else", word, "stands alone in its level",
                         "Write the condition ELSE, and nothing else.");
    if (str_equal_fold(word, STR("case")))
        return parse_case(p, at);
    if (str_equal_fold(word, STR("cast")))
        return parse_cast(p, at, 0);
    if (str_equal_fold(word, STR("try_cast")))
        return parse_cast(p, at, 't');
    if (str_equal_fold(word, STR("extract")))
        return parse_extract(p, at);
    if (p->token.kind == TOKEN_TEXT &&
        (str_equal_fold(word, STR("date")) || str_equal_fold(word, STR("timestamp")))) {
        node *text = make_text(p, p->token.at, p->token.text);
        bool date = word.n == 4;
        return text && next(p) ? make_cast(p, at, text, date ? "date" : "timestamp")
                               : NULL;
    }
    if (at_sign(p, "("))
        return next(p) ? parse_call(p, at, word) : NULL;
    return parse_name(p, at, word);
}

static node *parse_primary(struct parser *p)
{
    struct condition_token t = p->token;
    switch (t.kind) {
    case TOKEN_TEXT:
        return next(p) ? make_text(p, t.at, t.text) : NULL;
    case TOKEN_NUMBER:
        return next(p) ? make_number(p, t.at, t.number) : NULL;
    case TOKEN_NAME:
        return next(p) ? parse_name(p, t.at, t.text) : NULL;
    case TOKEN_WORD:
        return parse_word(p);
    default:
        break;
    }
    if (!at_sign(p, "("))
        return refuse(p,
                      "stands where a column, a number, a text or a function is "
                      "expected",
                      "See the forms that Splink's comparison library writes.");
    if (!next(p))
        return NULL;
    node *c = parse_or(p);
    return c && need_sign(p, ")") ? c : NULL;
}

// x[2]; and of texts x[1:4] and x[:4], which become substr.
static node *parse_index(struct parser *p, size_t at, node *of)
{
    node *from = at_sign(p, ":") ? make_number(p, at, 1) : parse_join(p);
    struct list args = {0};
    if (!list_add(p, &args, of) || !list_add(p, &args, from))
        return NULL;
    if (!take_sign(p, ":")) {
        if (p->code || !need_sign(p, "]"))
            return NULL;
        return make_index(p, at, args);
    }
    if (!at_sign(p, "]")) {
        node *to = parse_join(p);
        if (!to)
            return NULL;
        if (from->kind != CONDITION_NUMBER || to->kind != CONDITION_NUMBER ||
            from->number < 1 || to->number < from->number)
            return refuse_at(p, at, "condition.slice", STR("[from:to]"),
                             "is understood with two numbers from 1 only",
                             "Use substr(x, from, length).");
        if (!list_add(p, &args, make_number(p, at, to->number - from->number + 1)))
            return NULL;
    }
    return need_sign(p, "]") ? make_call(p, FUNCTION_SUBSTR, at, args) : NULL;
}

static node *parse_postfix(struct parser *p)
{
    node *c = parse_primary(p);
    while (c) {
        size_t at = p->token.at;
        if (take_sign(p, "["))
            c = parse_index(p, at, c);
        else if (!p->code && take_sign(p, "::"))
            c = parse_type(p, c, at, 0);
        else
            break;
    }
    return p->code ? NULL : c;
}

static node *parse_minus(struct parser *p)
{
    size_t at = p->token.at;
    if (!at_sign(p, "-"))
        return parse_postfix(p);
    if (++p->depth > MAX_DEPTH)
        return refuse(p, "is nested too deeply", "Take signs away.");
    node *c = next(p) ? parse_minus(p) : NULL;
    p->depth--;
    if (!c)
        return NULL;
    if (c->kind == CONDITION_NUMBER) {
        c->number = -c->number;
        return c;
    }
    c = make_of(p, CONDITION_ARITHMETIC, at, c, NULL);
    if (c)
        c->op = '-';
    return c;
}

// a op b op c ..., from the left, with either of two operators.
static node *parse_left(struct parser *p, node *(*part)(struct parser *),
                        const char *first, const char *second)
{
    node *c = part(p);
    while (c && (at_sign(p, first) || at_sign(p, second))) {
        size_t at = p->token.at;
        char op = p->token.text.p[0];
        node *right = next(p) ? part(p) : NULL;
        if (!right)
            return NULL;
        if (op == '&') {
            struct list args = {0};
            if (!list_add(p, &args, c) || !list_add(p, &args, right))
                return NULL;
            c = make_overlap(p, at, args);
            continue;
        }
        c = make_of(p, CONDITION_ARITHMETIC, at, c, right);
        if (c)
            c->op = op;
    }
    return c;
}

static node *parse_product(struct parser *p)
{
    return parse_left(p, parse_minus, "*", "/");
}

static node *parse_sum(struct parser *p)
{
    return parse_left(p, parse_product, "+", "-");
}

static node *parse_join(struct parser *p)
{
    return parse_left(p, parse_sum, "||", "&&");
}

static node *make_not(struct parser *p, size_t at, node *c)
{
    return c ? make_of(p, CONDITION_NOT, at, c, NULL) : NULL;
}

// a IS [NOT] DISTINCT FROM b, which is never null, with what there is.
static node *make_distinct(struct parser *p, size_t at, node *a, node *b, bool distinct)
{
    if (!small(p, a) || !small(p, b))
        return NULL;
    struct list args = {0};
    node *other =
        make_of(p, distinct ? CONDITION_IS_NOT_NULL : CONDITION_IS_NULL, at, b, NULL);
    node *one = make(p, distinct ? CONDITION_TRUE : CONDITION_FALSE, at);
    if (!list_add(p, &args, make_of(p, CONDITION_IS_NULL, at, a, NULL)) ||
        !list_add(p, &args, other) ||
        !list_add(p, &args, make_of(p, CONDITION_IS_NULL, at, b, NULL)) ||
        !list_add(p, &args, one) ||
        !list_add(p, &args,
                  make_compare(p, distinct ? OP_NOT_EQUAL : OP_EQUAL, at, a, b)))
        return NULL;
    return make_over(p, CONDITION_CASE, at, args);
}

static node *parse_is(struct parser *p, size_t at, node *c)
{
    bool not = take_word(p, "not");
    if (p->code)
        return NULL;
    if (take_word(p, "null"))
        return make_of(p, not ? CONDITION_IS_NOT_NULL : CONDITION_IS_NULL, at, c, NULL);
    if (!p->code && take_word(p, "distinct")) {
        node *other = need_word(p, "from") ? parse_join(p) : NULL;
        return other ? make_distinct(p, at, c, other, !not ) : NULL;
    }
    if (p->code)
        return NULL;
    return refuse(p, "stands where NULL is expected",
                  "Write x IS NULL or x IS NOT NULL.");
}

static node *parse_in(struct parser *p, size_t at, node *c)
{
    struct list args = {0};
    if (!need_sign(p, "(") || !list_add(p, &args, c) || !parse_arguments(p, &args))
        return NULL;
    if (args.n < 2)
        return refuse_at(p, at, "condition.in", STR("IN ()"), "has nothing in it",
                         "Write at least one value between the brackets.");
    return make_over(p, CONDITION_IN, at, args);
}

static node *parse_between(struct parser *p, size_t at, node *c)
{
    struct list args = {0};
    if (!list_add(p, &args, c) || !list_add(p, &args, parse_join(p)) ||
        !need_word(p, "and") || !list_add(p, &args, parse_join(p)))
        return NULL;
    return make_over(p, CONDITION_BETWEEN, at, args);
}

static bool take_comparison(struct parser *p, int *op)
{
    static const struct {
        const char *sign;
        enum condition_op op;
    } signs[] = {{"=", OP_EQUAL},      {"==", OP_EQUAL},     {"<>", OP_NOT_EQUAL},
                 {"!=", OP_NOT_EQUAL}, {"<", OP_LESS},       {"<=", OP_LESS_EQUAL},
                 {">", OP_MORE},       {">=", OP_MORE_EQUAL}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!at_sign(p, signs[i].sign))
            continue;
        *op = (int)signs[i].op;
        return next(p);
    }
    return false;
}

static node *parse_test(struct parser *p)
{
    node *c = parse_join(p);
    size_t at = p->token.at;
    int op;
    if (c && take_comparison(p, &op))
        c = make_compare(p, op, at, c, parse_join(p));
    while (c && !p->code) {
        at = p->token.at;
        if (take_word(p, "is")) {
            c = parse_is(p, at, c);
            continue;
        }
        bool not = !p->code && take_word(p, "not");
        node *test = NULL;
        if (!p->code && take_word(p, "in"))
            test = parse_in(p, at, c);
        else if (!p->code && take_word(p, "between"))
            test = parse_between(p, at, c);
        else if (!p->code && (at_word(p, "like") || at_word(p, "ilike")))
            return refuse(p, "is not understood",
                          "Use regexp_extract(x, 'pattern') <> '', left(x, n) or "
                          "right(x, n).");
        else if (!p->code && not )
            return refuse(p, "stands where IN or BETWEEN is expected",
                          "Write NOT before the whole comparison.");
        else
            break;
        c = not ? make_not(p, at, test) : test;
    }
    return p->code ? NULL : c;
}

static node *parse_not(struct parser *p)
{
    size_t at = p->token.at;
    if (++p->depth > MAX_DEPTH)
        return refuse(p, "is nested too deeply",
                      "Write it shorter, or as several levels.");
    node *c;
    if (at_word(p, "not"))
        c = next(p) ? make_not(p, at, parse_not(p)) : NULL;
    else
        c = parse_test(p);
    p->depth--;
    return c;
}

// AND within AND, and OR within OR, become one.
static bool add_flat(struct parser *p, struct list *l, enum condition_kind kind, node *c)
{
    if (!c || c->kind != kind)
        return list_add(p, l, c);
    for (unsigned i = 0; i < c->n; i++)
        if (!list_add(p, l, c->args[i]))
            return false;
    return true;
}

static node *parse_chain(struct parser *p, enum condition_kind kind, const char *word,
                         node *(*part)(struct parser *))
{
    size_t at = p->token.at;
    node *c = part(p);
    if (!c || !at_word(p, word))
        return c;
    struct list args = {0};
    if (!add_flat(p, &args, kind, c))
        return NULL;
    while (at_word(p, word))
        if (!next(p) || !add_flat(p, &args, kind, part(p)))
            return NULL;
    return make_over(p, kind, at, args);
}

static node *parse_and(struct parser *p)
{
    return parse_chain(p, CONDITION_AND, "and", parse_not);
}

static node *parse_or(struct parser *p)
{
    return parse_chain(p, CONDITION_OR, "or", parse_and);
}

enum err condition_parse(struct condition **out, struct arena *a, struct str sql,
                         const char *where, struct error *e)
{
    struct parser p = {
        .lexer = {.arena = a, .sql = sql, .where = where}, .arena = a, .e = e};
    *out = NULL;
    if (sql.n > CONDITION_MAX_TEXT) {
        error_set(e, ERR_INPUT, "condition.text", where,
                  "the condition has %zu bytes; at most %d are read", sql.n,
                  CONDITION_MAX_TEXT);
        return error_cure(e, "Write it shorter, or as several levels.");
    }
    if (str_equal_fold(str_trim(sql), STR("else"))) {
        *out = make(&p, CONDITION_ELSE, 0);
        return *out ? ERR_OK : p.code;
    }
    node *c = next(&p) ? parse_or(&p) : NULL;
    if (c && p.token.kind != TOKEN_END)
        c = refuse(&p, "is not understood here",
                   "See whether an operator, a comma or a bracket is missing.");
    *out = c;
    return c ? ERR_OK : p.code;
}

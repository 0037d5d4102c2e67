// SPDX-License-Identifier: AGPL-3.0-or-later
// The expression language of packs: a subset of SQL expressions with named helpers.
// Parsed once with positions, type-checked against the pack, then run over columns in
// memory (the cube, and the rows of an import) or as SQL, with equal results
// (tests/pack/expression_vectors.json; the browser is to be the third).
//
// A row expression speaks of one register's row:
//   born_on <= today() and (weight is null or weight between 300 and 7000)
//   sex = m                      a bare word beside a code field is one of its codes
//   source in (hospital, household)   days(registered_on - born_on) > 30   'text'   12.5
//   true   null
//   + - * /   = != <> < <= > >=   and or not   in (..)   between   is null   is not null
//   case when c then a [when ..] else b end
//   today() days(n) age_months(dob, on) age_years(dob, on) year(d) month(d) coalesce(a,
//   b, ..) abs(x) least(a, b) greatest(a, b) within_days(a, b, n) length(t)
//   lookup(facility, kind) lookup(area, level)
// Dates: date - date is days, date + int is a date, date '2014-06-05' is a literal.
// Division is decimal; by zero gives null. Null follows SQL: comparisons with null are
// null, and/or are three-valued; `x = null` is refused (is null). least and greatest are
// null when any argument is. within_days(a, b, n): at most n days apart, either way. A
// date outside the years 1 to 9999 is null. A whole number that leaves int64 is null in
// memory and turns decimal in SQL: the one place where they differ.
// Codes, areas, facilities, periods and conditions have no order: only = <> in, is null.
// A word that is a code of the field beside it is the code, in any list of in (..), case
// and coalesce too; 'm' is the code for sure, births.m the field for sure. A period is
// compared with its id in quotes. The list of in (..) is of constants.
//
// A measure expression speaks of whole registers and is a number for each group (area,
// period, codes):
//   count(births where outcome = live)      rows
//   sum(immunisation_report.doses_given)    a number summed over rows
//   last(report.managed where ..)           the same, over each reporter's latest row in
//                                           the period
//   as_of(residents.people where age >= 65) the same, latest row at or before its end
//   mean(births.weight)  min(..)  max(..)   and + - * / of these and numbers
// A reporter is the row's facility where it has one, else its area (rows with neither are
// one reporter); all its rows of the latest day count, and `where` looks only at those.
// Rows with state struck never count. No rows: count is 0, the others are null. A measure
// may not use texts, names, periods, what identifies a person, nor id, version, saved_by,
// saved_at and fingerprint: the cube does not hold them.
//
// Limits: 64 KiB of text, 200 operators in a chain, 40 brackets in each other, and fewer
// where SQLite's parser would overflow. All refused with ERR_INPUT.
#ifndef PACK_EXPR_H
#define PACK_EXPR_H

#include "pack/model.h"

struct expr;

enum aggregate_function {
    AGGREGATE_COUNT,
    AGGREGATE_SUM,
    AGGREGATE_LAST,
    AGGREGATE_AS_OF,
    AGGREGATE_MEAN,
    AGGREGATE_MIN,
    AGGREGATE_MAX
};

struct aggregate {
    enum aggregate_function function;
    const struct reg *reg;
    const struct expr *value; // row expression, numeric; NULL for count
    const struct expr *where; // row expression, boolean; NULL: all
};

// Parse and check. `at` is where text begins (its file, line and column go into errors,
// as file:line:column of the very token). row: identifiers are fields of r. ERR_INPUT
// says what was found and what was expected, and offers the nearest name for a misspelt
// one.
enum err expr_parse_row(struct arena *a, const struct pack *p, const struct reg *r,
                        struct str text, struct place at, const struct expr **out,
                        struct error *e) WARN_UNUSED;
enum err expr_parse_measure(struct arena *a, const struct pack *p, struct str text,
                            struct place at, const struct expr **out,
                            struct error *e) WARN_UNUSED;

enum type expr_type(const struct expr *x);
// Sets used[i] for every field index of the register that a row expression reads. used
// has n_fields.
void expr_fields(const struct expr *x, bool *used);
// The same for the fields of the areas and facilities registers that lookup() reads: the
// columns that struct batch must have in `areas` and `facilities`. Either may be NULL.
void expr_lookups(const struct expr *x, bool *areas, bool *facilities);

// --- measure

size_t expr_aggregates(const struct expr *x); // how many, in order of appearance
const struct aggregate *expr_aggregate(const struct expr *x, size_t i);
// The expression's value given its aggregates' values (NaN is null). NaN when null.
double expr_combine(const struct expr *x, const double *aggregates);

// --- over columns

// A
// column of one field: contiguous values, with one value of the storage meaning null.
enum column_storage {
    COLUMN_ABSENT, // not loaded
    COLUMN_U8,     // null UINT8_MAX   codes (index), booleans, small counts
    COLUMN_U16,    // null UINT16_MAX
    COLUMN_I32,    // null INT32_MIN   dates (day), ints, areas and facilities (index in
                   // their tree)
    COLUMN_I64,    // null INT64_MIN
    COLUMN_F64,    // null NaN
    COLUMN_STR     // struct str, null .p == NULL
};

struct column {
    enum column_storage storage;
    const void *data;
};

struct batch {
    const struct column *columns; // by field->index, reg->n_fields of them
    size_t n_rows;
    int32_t today;
    // columns of the areas / facilities register in the order of the indices that area
    // and facility columns hold; for lookup(). NULL where not loaded.
    const struct column *areas, *facilities;
};

enum { EXPR_BLOCK = 1024 }; // rows evaluated at a time

struct expr_vector {             // result for up to EXPR_BLOCK rows
    enum column_storage storage; // COLUMN_I64 (bool 0/1, int, date, code index, area
                                 // index), COLUMN_F64 or COLUMN_STR
    union {
        int64_t i[EXPR_BLOCK];
        double f[EXPR_BLOCK];
        struct str s[EXPR_BLOCK];
    };
};

// Scratch for evaluating: one per thread, reused. NULL when memory is out.
struct expr_scratch;
struct expr_scratch *expr_scratch_open(void);
void expr_scratch_close(struct expr_scratch *s);

// Rows from .. from+n-1 (n <= EXPR_BLOCK) of the batch. *out is valid until the scratch's
// next use. Every field that expr_fields and expr_lookups name must be loaded (asserted).
// O(nodes x n), no allocation.
const struct expr_vector *expr_eval(const struct expr *x, const struct batch *b,
                                    size_t from, size_t n, struct expr_scratch *s);
// Boolean expressions: keep[i] is 1 where the value is true (null is not true).
void expr_select(const struct expr *x, const struct batch *b, size_t from, size_t n,
                 uint8_t *keep, struct expr_scratch *s);

// --- as SQL

// Appends the row expression as SQL over its register's table under the alias given
// ("t"). Made only from the checked tree; text literals are quoted by the writer of this
// module. Dates are ISO text. The dialect is SQLite's (julianday, min and max of
// several).
void expr_sql(const struct expr *x, struct str alias, int32_t today, struct buf *out);
// The whole SELECT of one aggregate over all rows between two days (inclusive), one row,
// one column: used to check the cube by another way. last/as_of use window functions.
void expr_aggregate_sql(const struct aggregate *g, int32_t first, int32_t last,
                        int32_t today, struct buf *out);

// --- as filters of a list of rows

struct expr_filter { // what a field's value must be, as register/row_list.h reads it
    const struct field *field;
    struct str text; // "hospital", "first,second", "2500..", "null"
};

// The terms of a row expression (joined by `and`) that are filters, one a field; *whole:
// there is no other term, so that the filters mean the same as the expression. x NULL: no
// terms. At most `most`. ERR_MEMORY.
enum err expr_filters(const struct expr *x, struct arena *a, struct expr_filter *list,
                      size_t most, size_t *n, bool *whole, struct error *e) WARN_UNUSED;

// The expression as the page prints it, rebuilt from the tree (for formulas in reports).
void expr_print(const struct expr *x, bool zh, struct buf *out);

// Appends a row expression as a tree of JSON for evaluating it elsewhere (in a browser):
// [operation, ...arguments], see Expr in web/src/api/types.ts. A chain of one operation
// (a and b and c, a - b - c) is one list, from left to right. Nesting deeper than
// JSON_DEPTH fails the buffer.
void expr_json(const struct expr *x, struct buf *out);

// --- as a condition of an ODK form

// Where a field's value is in the form ("/data/row/weight", "." for the question
// itself); an empty text: the form does not have it.
typedef struct str expr_xpath_path(void *argument, const struct field *f);

// Appends an XPath 1.0 condition (with the functions of ODK XForms) that holds exactly
// where the boolean row expression is certainly true (wanted) or certainly false; null is
// neither. Empty answers are null, codes and places their codes, booleans '1' and '0'.
// False, and nothing appended: it needs what XPath or the form does not have (lookup,
// ages, case, a field that is not there), and the server's own check must do.
bool expr_xpath(const struct expr *x, bool wanted, expr_xpath_path *path, void *argument,
                struct buf *out);

#endif

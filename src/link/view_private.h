// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the view share: values and their evaluator (view_term.c,
// view_text.c), tests on pairs (view_test.c), and how they are made (view_compile.c).
#ifndef LINK_VIEW_PRIVATE_H
#define LINK_VIEW_PRIVATE_H

#include "link/compare_outline.h"
#include "link/condition_tree.h"
#include "link/view.h"

// ---- values ----

enum view_kind {
    VALUE_NULL,
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_TRUTH,
    VALUE_DATE,
    VALUE_TIME,
    VALUE_LIST
};

struct view_value {
    enum view_kind kind;
    double number; // truth: 0 or 1; date and time: seconds since 1970
    struct str text;
    const struct view_value *items;
    size_t n;
};

// Evaluates trees of conditions; of one thread. Memory of values lives until the next
// evaluation begins.
struct view_evaluator {
    struct arena arena;
    struct chinese *chinese; // opened when first needed
    struct view_pattern *patterns;
    unsigned n_patterns;
    bool failed; // a value was lost (memory, or ICU): `error` says why
    struct error error;
};

// Texts of the columns that a tree names; an empty text is null.
struct view_cells {
    unsigned n;
    const struct str *names;
    const struct str *left, *right;
};

void view_evaluator_init(struct view_evaluator *ev);
void view_evaluator_free(struct view_evaluator *ev);
// The value of a tree; null, and ev->failed, when memory is out.
struct view_value view_evaluate(struct view_evaluator *ev, const struct condition *c,
                                const struct view_cells *cells);
// The kind of a tree's values as far as it can be told; VALUE_TEXT where they are texts
// or may be anything, VALUE_NULL for null itself.
enum view_kind view_kind_of(const struct condition *c);

struct view_value view_null(void);
struct view_value view_number(double x); // not finite, not null: NaN is null
struct view_value view_truth(int truth); // negative: null
struct view_value view_text(struct str s);
double view_as_number(const struct view_value *v);          // NaN when it is none
int view_as_truth(const struct view_value *v);              // -1: null
struct view_value view_as_time(const struct view_value *v); // null when it is none
struct str view_as_text(struct view_evaluator *ev, const struct view_value *v);
struct view_value view_as_list(struct view_evaluator *ev, const struct view_value *v);
int view_compare(struct view_evaluator *ev, int op, const struct view_value *a,
                 const struct view_value *b);
// Memory of the evaluation; NULL, and ev->failed, when it is out.
void *view_memory(struct view_evaluator *ev, size_t count, size_t size);
// Functions on texts, dates and lists; arguments are not null.
struct view_value view_call(struct view_evaluator *ev, const struct condition *c,
                            const struct view_value *args);
// Regular expressions and date formats of a tree that stand there as constants.
enum err view_check(const struct condition *tree, const char *where,
                    struct error *e) WARN_UNUSED;
char view_format_fault(struct str format); // the letter that is not understood, or 0
// A function of two texts as a number; NaN: null.
double view_call_texts(enum condition_function f, struct str a, struct str b,
                       uint32_t most, double parameter);
// Whether a function is one of those.
bool view_calls_texts(enum condition_function f);
// A function of one or two numbers (n arguments); NaN: null.
double view_call_numbers(enum condition_function f, unsigned n, double x, double y);
// Whether a function is one of those, and of nothing but numbers (so not LEAST,
// GREATEST).
bool view_calls_numbers(enum condition_function f);
struct view_value view_new_text(struct view_evaluator *ev, struct str s); // a copy
struct view_value view_strptime(struct str text, struct str format);
struct view_value view_strftime(struct view_evaluator *ev, const struct view_value *v,
                                struct str format);
struct view_value view_date_diff(struct view_evaluator *ev,
                                 const struct view_value *args); // unit, from, to
// epoch, year, month, day
struct view_value view_date_part(const struct view_value *v, enum condition_function f);
// Of Chinese names and identity numbers.
struct view_value view_call_name(struct view_evaluator *ev, enum condition_function f,
                                 struct str s);
double view_shape(struct str a, struct str b);
void view_names_close(struct view_evaluator *ev);
void view_fail(struct view_evaluator *ev, const struct error *e); // keeps the first

// In a derived column an empty text that is not null.
#define VIEW_EMPTY "\xe2\x88\x85"
void view_print(struct view_evaluator *ev, const struct view_value *v, struct buf *out);
static inline struct str view_term_text(const struct link_texts *t, uint32_t value)
{
    struct str s = link_texts_at(t, value);
    if (s.n == 3 && s.p[0] == VIEW_EMPTY[0] && s.p[1] == VIEW_EMPTY[1] &&
        s.p[2] == VIEW_EMPTY[2])
        return (struct str){s.p, 0};
    return s;
}

// ---- tests on pairs ----

enum view_op {     // those from NUMBER_CONSTANT on give a number
    TEST_CONSTANT, // number: 0, 1 or negative for null
    TEST_AND,
    TEST_OR,
    TEST_NOT,
    TEST_CASE,      // truths
    TEST_IS_NULL,   // column a
    TEST_SAME,      // columns a and b are one dictionary
    TEST_MAPPED,    // map[value of a] == value of b
    TEST_COMPARE,   // relation of two numbers
    TEST_TRUTH,     // column a is a truth by its numbers
    TEST_NONZERO,   // number as truth
    TEST_NO_NUMBER, // number is null
    TEST_EVALUATE,  // tree, any kind, as truth
    NUMBER_CONSTANT,
    NUMBER_COLUMN,     // numbers[value of a]
    NUMBER_ARITHMETIC, // relation is the character
    NUMBER_FUNCTION,   // of numbers
    NUMBER_WHOLE,      // rounded
    NUMBER_TEXTS,      // function of the texts of a and b
    NUMBER_CASE,
    NUMBER_EVALUATE
};

struct view_test {
    enum view_op op;
    int relation; // enum condition_op, or a character
    enum condition_function function;
    bool a_right, b_right;
    bool same;     // equal values of a and b, not null, give `number`
    int slot;      // -1: computed anew each time
    int memory;    // of a call on texts: which memory of the scratch; -1: none
    unsigned a, b; // columns: of the records, then of the view
    uint32_t most; // of a distance: cut off beyond
    double number;
    double parameter; // third argument of a function of texts
    const uint32_t *map;
    const double *numbers;
    const struct link_texts *texts_a, *texts_b;
    const struct condition *tree;
    struct view_leaves *leaves; // of an evaluated tree
    struct view_test **args;
    unsigned n;
};

struct view_leaves { // columns of an evaluated tree
    unsigned n;
    struct str *names;
    unsigned *columns;
    const struct link_texts **texts;
};

enum { VIEW_SLOTS = 64 };

struct view_pair {
    const uint32_t *left, *right; // rows
    struct link_scratch *scratch;
};

int view_test_truth(const struct view_test *t, const struct view_pair *p); // -1: null
double view_test_number(const struct view_test *t, const struct view_pair *p);
int view_relation(int op, double x, double y); // of enum condition_op; -1: null

// What a test says of any pair whose values of the column `feature` are not null, and are
// the same or are not: 1, 0, -1 for null, and 2 when that is not enough to tell.
int view_test_beforehand(const struct view_test *t, unsigned feature, bool same);

// ---- the view ----

enum { VIEW_READS = 8 };

struct view_memory {  // of a comparison with a feature
    uint32_t values;  // of the feature, null too; 0: none
    int same_level;   // when both values are equal and not null; -1: depends
    unsigned first;   // level that may be true when they are not equal and not null
    unsigned n_texts; // texts that its tests are likely to read
    struct view_reads {
        const struct link_texts *texts;
        unsigned column;
        bool right;
    } texts[VIEW_READS];
    // When unequal values that are not null make a ladder: its number, and what tells
    // beforehand that a pair is below a step (by value).
    const struct view_test *ladder;
    const struct compare_outline *outline;
    bool brief; // short texts: comparing them takes less than remembering the level
};

// One to one on 64 bits.
static inline uint64_t view_mixed(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    return h * 0xd6e8feb86659fd93u;
}

struct view_whole {
    struct link_view v;
    struct arena arena;
    struct view_memory *memory;         // [n_comparisons]
    const struct view_test **near_test; // [n_rules]; NULL: not within one edit
    const uint32_t **near_position;     // [n_rules] of records; NULL: not in sorted order
    struct link_texts *texts;           // [width] of the columns of the view
    void **blocks;                      // heap memory that goes with the view
    unsigned n_blocks, capacity;
    unsigned most_leaves; // of an evaluated tree
};

static inline struct view_whole *view_whole_of(const struct link_view *v)
{
    return (struct view_whole *)(uintptr_t)v; // its first member
}

struct link_scratch {
    const struct link_view *v;
    double slot[VIEW_SLOTS];
    uint64_t computed; // bit i: slot i holds this pair's number
    unsigned log2_slots;
    uint8_t **table;   // [n_comparisons] level + 1 of every pair of values, or NULL
    uint64_t **direct; // [n_comparisons] direct-mapped, or NULL
    struct str *cells; // [2 * most_leaves]
    struct view_evaluator evaluator;
    uint64_t calls, hits;
};

// ---- making it ----

// Columns are wanted in this order, so that what every pair needs lies together.
enum view_use { USE_RULE, USE_FEATURE, USE_TEST, VIEW_USES };

struct view_slot {
    const struct condition *tree;
    struct view_test *test;
};

struct view_term { // a part of one record and its column
    const struct condition *tree;
    unsigned column;
};

struct view_compiler {
    struct view_whole *w;
    struct arena *arena;
    struct link_records *records;
    struct pool *pool;
    struct error *e;
    const char *where;               // what is compiled now, for messages
    unsigned n_given;                // columns of the files
    struct view_evaluator evaluator; // of constants
    struct view_test **tests;        // all, to be settled at the end
    unsigned n_tests, capacity;
    struct view_slot slots[VIEW_SLOTS]; // of what is compiled now
    unsigned n_slots;
    struct view_term *terms;
    unsigned n_terms, terms_capacity;
    bool *used; // [LINK_MAX_COLUMNS] columns that the comparison's tests use
    unsigned *wanted[VIEW_USES], n_wanted[VIEW_USES];
};

void view_want(struct view_compiler *c, enum view_use use, unsigned column);
// A test or number; *out is kept by the compiler.
enum err view_compile_truth(struct view_compiler *c, const struct condition *tree,
                            struct view_test **out) WARN_UNUSED;
enum err view_new_test(struct view_compiler *c, enum view_op op, unsigned n,
                       struct view_test **out) WARN_UNUSED;
enum err view_compile_rule(struct view_compiler *c, struct view_rule *rule,
                           unsigned number, const struct condition *tree) WARN_UNUSED;
// The column of the records of this name, or of a tree of one side.
enum err view_find_column(struct view_compiler *c, struct str name,
                          unsigned *column) WARN_UNUSED;
enum err view_term_column(struct view_compiler *c, const struct condition *tree,
                          unsigned *column) WARN_UNUSED;
// The column that stands for several together; UINT_MAX when there would be too many
// different combinations to be of use.
enum err view_combined(struct view_compiler *c, const unsigned *from, unsigned n,
                       unsigned *column) WARN_UNUSED;
// rank[value]: place of its text among those of the column, in the order of bytes.
enum err view_ranks(const struct link_column *column, uint32_t *rank,
                    struct error *e) WARN_UNUSED;
// near_position of the rules of sorted neighbours; the rows are there.
enum err view_positions(struct view_whole *w, struct error *e) WARN_UNUSED;
// view_ladder.c: whether a comparison is a ladder; outlines of the texts of those that
// are.
void view_find_ladder(struct view_whole *w, unsigned comparison);
enum err view_outline(struct view_whole *w, struct pool *pool,
                      struct error *e) WARN_UNUSED;
// What tells that the texts of two values, different and not null, are below the lowest
// step of the first `told` levels; whether it does; and the level of two values.
struct view_end {
    bool distance;
    double most; // edits
    struct compare_outline_limit limit;
};
struct view_end view_ladder_end(const struct view_comparison *c,
                                const struct view_memory *m, unsigned told);
static inline bool view_ladder_beyond(const struct view_memory *m,
                                      const struct view_end *end, uint32_t a, uint32_t b)
{
    const struct compare_outline *x = &m->outline[a], *y = &m->outline[b];
    return end->distance ? compare_outline_edits(x, y) > end->most
                         : compare_outline_below(x, y, &end->limit);
}
unsigned view_ladder_level(const struct view_comparison *c, const struct view_memory *m,
                           uint32_t a, uint32_t b);
// Gives the columns their places in the view, and the tests what they read.
enum err view_settle(struct view_compiler *c) WARN_UNUSED;
// Heap memory that lives as long as the view.
enum err view_block(struct view_whole *w, size_t count, size_t size, void *out,
                    struct error *e) WARN_UNUSED;
// Everything of the view but cells and source.
enum err view_compile(struct view_whole *w, struct link_records *records,
                      const struct link_model *model, struct pool *pool,
                      struct error *e) WARN_UNUSED;

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// Columns of a view: those that the files have, those made from terms, and what tests
// read instead of texts (numbers, maps between dictionaries, ranks).
#include "link/view_private.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "link/records_private.h"

enum { MAX_FROM = 32, CHUNK = 1 << 14 };

enum err view_block(struct view_whole *w, size_t count, size_t size, void *out,
                    struct error *e)
{
    void *block = NULL;
    if (w->n_blocks == w->capacity) {
        unsigned capacity = w->capacity ? 2 * w->capacity : 16;
        void **more = mem_resize(w->blocks, capacity, sizeof *more);
        if (!more)
            return error_memory(e);
        w->blocks = more;
        w->capacity = capacity;
    }
    block = mem_alloc(count, size);
    if (!block)
        return error_memory(e);
    w->blocks[w->n_blocks++] = block;
    memcpy(out, &block, sizeof block);
    return ERR_OK;
}

void view_want(struct view_compiler *c, enum view_use use, unsigned column)
{
    for (unsigned i = 0; i < c->n_wanted[use]; i++)
        if (c->wanted[use][i] == column)
            return;
    assert(c->n_wanted[use] < LINK_MAX_COLUMNS);
    c->wanted[use][c->n_wanted[use]++] = column;
}

// ---- finding ----

static enum err no_column(const struct view_compiler *c, struct str name)
{
    struct buf b = BUF_INIT(600);
    for (unsigned i = 0; i < c->n_given; i++) {
        const struct link_column *column = &c->records->columns[i];
        if (column->value && b.n < 400)
            buf_printf(&b, "%s" STR_FMT, b.n ? ", " : "", STR_ARG(column->name));
        else if (column->value && b.n < 410)
            buf_add_c(&b, ", ...                    ");
    }
    struct str there = str_trim(buf_str(&b));
    error_set(c->e, ERR_INPUT, "link.view.column", c->where,
              "no column \"" STR_FMT "\" can be compared; the files have: " STR_FMT,
              STR_ARG(name), STR_ARG(there));
    buf_free(&b);
    return error_cure(c->e, "Write the model for these files, or give the column of the "
                            "files this name.");
}

enum err view_find_column(struct view_compiler *c, struct str name, unsigned *column)
{
    const struct link_column *found = link_records_column(c->records, name);
    if (!found || !found->value)
        return no_column(c, name);
    *column = (unsigned)(found - c->records->columns);
    return ERR_OK;
}

// ---- terms ----

// Makes the texts of a term. Evaluators are lent to whichever thread asks.
struct maker {
    const struct condition *tree;
    const struct str *names;
    unsigned n;
    pthread_mutex_t lock;
    struct view_evaluator *idle[POOL_MAX_THREADS];
    unsigned n_idle;
};

static struct view_evaluator *take(struct maker *m)
{
    struct view_evaluator *ev = NULL;
    pthread_mutex_lock(&m->lock);
    if (m->n_idle)
        ev = m->idle[--m->n_idle];
    pthread_mutex_unlock(&m->lock);
    if (!ev) {
        ev = mem_alloc(1, sizeof *ev);
        if (ev)
            view_evaluator_init(ev);
    }
    return ev;
}

static void give_back(struct maker *m, struct view_evaluator *ev)
{
    pthread_mutex_lock(&m->lock);
    assert(m->n_idle < POOL_MAX_THREADS);
    m->idle[m->n_idle++] = ev;
    pthread_mutex_unlock(&m->lock);
}

static enum err make_term(void *argument, const struct link_column *const *from,
                          const uint32_t *values, struct buf *out, struct error *e)
{
    struct maker *m = argument;
    struct str texts[MAX_FROM];
    struct view_evaluator *ev = take(m);
    if (!ev)
        return error_memory(e);
    for (unsigned i = 0; i < m->n; i++)
        texts[i] = link_text(from[i], values[i]);
    struct view_cells cells = {m->n, m->names, texts, texts};
    struct view_value v = view_evaluate(ev, m->tree, &cells);
    view_print(ev, &v, out);
    enum err code = ERR_OK;
    if (ev->failed) {
        *e = ev->error;
        code = ev->error.code;
    }
    give_back(m, ev);
    return code;
}

static enum err derive_term(struct view_compiler *c, struct str name,
                            const struct condition *tree)
{
    struct str *names;
    unsigned n, from[MAX_FROM];
    enum err code = condition_columns(tree, c->arena, &names, &n, c->e);
    if (code)
        return code;
    if (n > MAX_FROM)
        return error_set(c->e, ERR_LIMIT, "link.view.term", c->where,
                         "a part of one record uses %u columns; at most %d", n, MAX_FROM);
    for (unsigned i = 0; i < n && !code; i++)
        code = view_find_column(c, names[i], &from[i]);
    if (code)
        return code;
    struct maker *m = mem_alloc(1, sizeof *m);
    if (!m)
        return error_memory(c->e);
    m->tree = tree;
    m->names = names;
    m->n = n;
    pthread_mutex_init(&m->lock, NULL);
    code = link_records_derive(c->records, name, from, n, make_term, m, c->pool, c->e);
    while (m->n_idle) {
        struct view_evaluator *ev = m->idle[--m->n_idle];
        view_evaluator_free(ev);
        mem_free(ev);
    }
    pthread_mutex_destroy(&m->lock);
    mem_free(m);
    return code;
}

// A name that no other column has, or the column that was made under it before. Names of
// columns are compared without case, those of terms ('[a-z]' and '[A-Z]') must not be.
static enum err term_name(struct view_compiler *c, struct str *name, unsigned *column)
{
    struct str plain = *name;
    for (unsigned i = 2;; i++) {
        const struct link_column *found = link_records_column(c->records, *name);
        *column = found ? (unsigned)(found - c->records->columns) : UINT_MAX;
        if (!found || (found->value && str_equal(found->name, *name)))
            return ERR_OK;
        *name = str_format(c->arena, STR_FMT " #%u", STR_ARG(plain), i);
        if (!name->p)
            return error_memory(c->e);
    }
}

static enum err remember(struct view_compiler *c, const struct condition *tree,
                         unsigned column)
{
    if (c->n_terms == c->terms_capacity) {
        unsigned capacity = c->terms_capacity ? 2 * c->terms_capacity : 16;
        struct view_term *more = mem_resize(c->terms, capacity, sizeof *more);
        if (!more)
            return error_memory(c->e);
        c->terms = more;
        c->terms_capacity = capacity;
    }
    c->terms[c->n_terms++] = (struct view_term){tree, column};
    return ERR_OK;
}

// Writes columns in one way: name as in the files, suffix instead of a dot.
static enum err plain_columns(struct view_compiler *c, struct condition *tree)
{
    enum err code = ERR_OK;
    unsigned column;
    if (tree->kind == CONDITION_COLUMN) {
        code = view_find_column(c, tree->text, &column);
        if (!code)
            tree->text = str_copy(c->arena, c->records->columns[column].name);
        tree->op = 0;
        return code || tree->text.p ? code : error_memory(c->e);
    }
    for (unsigned i = 0; i < tree->n && !code; i++)
        code = plain_columns(c, tree->args[i]);
    return code;
}

enum err view_term_column(struct view_compiler *c, const struct condition *tree,
                          unsigned *column)
{
    if (tree->kind == CONDITION_COLUMN)
        return view_find_column(c, tree->text, column);
    struct condition *term = condition_one_sided(c->arena, tree);
    if (!term)
        return error_memory(c->e);
    enum err code = plain_columns(c, term);
    if (code)
        return code;
    for (unsigned i = 0; i < c->n_terms; i++)
        if (condition_equal(c->terms[i].tree, term)) {
            *column = c->terms[i].column;
            return ERR_OK;
        }
    struct buf b = BUF_INIT(1 << 20);
    condition_print(term, &b);
    code = buf_check(&b, c->e);
    struct str name = code ? STR("") : str_copy(c->arena, buf_str(&b));
    buf_free(&b);
    if (!code && !name.p)
        code = error_memory(c->e);
    if (!code)
        code = term_name(c, &name, column);
    if (!code && *column == UINT_MAX) {
        code = derive_term(c, name, term);
        *column = c->records->n_columns - 1;
    }
    return code ? code : remember(c, term, *column);
}

// ---- several columns as one ----

// About how many different combinations there are: linear counting (Whang, Vander-Zanden
// and Taylor, ACM TODS 15(2), 1990).
static enum err combinations(const struct view_compiler *c, const unsigned *from,
                             unsigned n, double *count)
{
    uint32_t n_records = c->records->n;
    uint64_t bits = 1 << 12;
    while (bits < 4ull * n_records)
        bits *= 2;
    uint64_t *map = mem_alloc(bits / 64, sizeof *map), set = 0;
    if (!map)
        return error_memory(c->e);
    for (uint32_t r = 0; r < n_records; r++) {
        uint64_t h = 0;
        for (unsigned i = 0; i < n; i++) {
            h = (h ^ c->records->columns[from[i]].value[r]) * 0x9e3779b97f4a7c15u;
            h ^= h >> 32;
        }
        h = h * 0xd6e8feb86659fd93u >> 20 & (bits - 1);
        map[h / 64] |= (uint64_t)1 << h % 64;
    }
    for (uint64_t i = 0; i < bits / 64; i++)
        set += (uint64_t)__builtin_popcountll(map[i]);
    mem_free(map);
    *count = -(double)bits * log1p(-(double)set / (double)bits);
    return ERR_OK;
}

static enum err make_combined(void *argument, const struct link_column *const *from,
                              const uint32_t *values, struct buf *out, struct error *e)
{
    const unsigned *n = argument;
    bool null = true;
    (void)e;
    for (unsigned i = 0; i < *n; i++)
        null = null && values[i] == LINK_NULL;
    for (unsigned i = 0; i < *n && !null; i++) {
        if (i)
            buf_add_char(out, '\x1f');
        buf_add(out, link_text(from[i], values[i]));
    }
    return ERR_OK;
}

enum err view_combined(struct view_compiler *c, const unsigned *from, unsigned n,
                       unsigned *column)
{
    double count = 0;
    *column = UINT_MAX;
    if (n > MAX_FROM)
        return ERR_OK;
    enum err code = combinations(c, from, n, &count);
    if (code || count * 4 > c->records->n)
        return code;
    struct buf b = BUF_INIT(1 << 20);
    buf_add_char(&b, '(');
    for (unsigned i = 0; i < n; i++)
        buf_printf(&b, "%s" STR_FMT, i ? ", " : "",
                   STR_ARG(c->records->columns[from[i]].name));
    buf_add_char(&b, ')');
    code = buf_check(&b, c->e);
    struct str name = code ? STR("") : str_copy(c->arena, buf_str(&b));
    buf_free(&b);
    if (!code && !name.p)
        code = error_memory(c->e);
    if (!code)
        code = term_name(c, &name, column);
    if (!code && *column == UINT_MAX) {
        code = link_records_derive(c->records, name, from, n, make_combined, &n, c->pool,
                                   c->e);
        *column = c->records->n_columns - 1;
    }
    return code;
}

// ---- what tests read ----

struct numbers {
    const struct link_texts *texts;
    double *out;
    uint32_t n;
    bool truth;
};

static void read_numbers(void *argument, size_t task, unsigned thread)
{
    struct numbers *job = argument;
    (void)thread;
    uint32_t begin = (uint32_t)(task * CHUNK),
             end = job->n - begin < CHUNK ? job->n : begin + CHUNK;
    for (uint32_t i = begin; i < end; i++) {
        struct view_value v = view_text(view_term_text(job->texts, i));
        int truth = job->truth ? view_as_truth(&v) : -1;
        job->out[i] = i == LINK_NULL ? (double)NAN
                      : !job->truth  ? view_as_number(&v)
                      : truth < 0    ? (double)NAN
                                     : truth;
    }
}

// Text of value i of a to the value of b with the same text; 0 where there is none.
static enum err make_map(const struct link_texts *a, const struct link_texts *b,
                         uint32_t *map, struct error *e)
{
    size_t size = 16;
    while (size < 2 * b->n)
        size *= 2;
    uint32_t *place = mem_alloc(size, sizeof *place);
    if (!place)
        return error_memory(e);
    for (uint32_t i = 1; i < b->n; i++) {
        size_t h = str_hash(link_texts_at(b, i), 0) & (size - 1);
        while (place[h])
            h = (h + 1) & (size - 1);
        place[h] = i;
    }
    for (uint32_t i = 1; i < a->n; i++) {
        struct str s = link_texts_at(a, i);
        size_t h = str_hash(s, 0) & (size - 1);
        while (place[h] && !str_equal(link_texts_at(b, place[h]), s))
            h = (h + 1) & (size - 1);
        map[i] = place[h];
    }
    mem_free(place);
    return ERR_OK;
}

static int by_text(const void *a, const void *b, void *argument)
{
    const struct link_texts *texts = argument;
    return str_compare(link_texts_at(texts, *(const uint32_t *)a),
                       link_texts_at(texts, *(const uint32_t *)b));
}

enum err view_ranks(const struct link_column *column, uint32_t *rank, struct error *e)
{
    uint32_t *order = mem_alloc(column->n_values, sizeof *order), n = 0, next = 0;
    if (!order)
        return error_memory(e);
    for (uint32_t i = 1; i <= column->n_values; i++)
        order[n++] = i;
    qsort_r(order, n, sizeof *order, by_text, (void *)(uintptr_t)&column->texts);
    for (uint32_t i = 0; i < n; i++) {
        rank[order[i]] = next;
        next += column->count[order[i]] > 0;
    }
    mem_free(order);
    return ERR_OK;
}

static enum err give_numbers(struct view_compiler *c, struct view_test *t)
{
    const struct link_texts *texts = &c->w->texts[t->a];
    struct numbers job = {texts, NULL, (uint32_t)texts->n, t->op == TEST_TRUTH};
    enum err code = view_block(c->w, texts->n, sizeof *job.out, &job.out, c->e);
    if (code)
        return code;
    records_run(c->pool, (job.n + CHUNK - 1) / CHUNK, read_numbers, &job);
    t->numbers = job.out;
    return ERR_OK;
}

static enum err give_map(struct view_compiler *c, struct view_test *t)
{
    uint32_t *map;
    enum err code = view_block(c->w, c->w->texts[t->a].n, sizeof *map, &map, c->e);
    if (code)
        return code;
    t->map = map;
    return make_map(&c->w->texts[t->a], &c->w->texts[t->b], map, c->e);
}

// Whether a test reads columns a and b.
static bool reads_a(enum view_op op)
{
    return op == TEST_IS_NULL || op == TEST_SAME || op == TEST_MAPPED ||
           op == TEST_TRUTH || op == NUMBER_COLUMN || op == NUMBER_TEXTS;
}

static bool reads_b(enum view_op op)
{
    return op == TEST_SAME || op == TEST_MAPPED || op == NUMBER_TEXTS;
}

// Numbers or a map: what an earlier test of the same kind reads already, or new ones.
static enum err give_reading(struct view_compiler *c, unsigned at, struct view_test *t)
{
    for (unsigned i = 0; i < at; i++) {
        const struct view_test *other = c->tests[i];
        if (other->op == t->op && other->a == t->a &&
            (!reads_b(t->op) || other->b == t->b)) {
            t->numbers = other->numbers;
            t->map = other->map;
            return ERR_OK;
        }
    }
    return t->op == TEST_MAPPED ? give_map(c, t) : give_numbers(c, t);
}

static enum err settle_test(struct view_compiler *c, unsigned at, const unsigned *place)
{
    struct view_test *t = c->tests[at];
    if (reads_a(t->op)) {
        t->a = place[t->a];
        t->texts_a = &c->w->texts[t->a];
    }
    if (reads_b(t->op)) {
        t->b = place[t->b];
        t->texts_b = &c->w->texts[t->b];
    }
    for (unsigned i = 0; t->leaves && i < t->leaves->n; i++) {
        t->leaves->columns[i] = place[t->leaves->columns[i]];
        t->leaves->texts[i] = &c->w->texts[t->leaves->columns[i]];
    }
    bool reading = t->op == NUMBER_COLUMN || t->op == TEST_TRUTH || t->op == TEST_MAPPED;
    return reading ? give_reading(c, at, t) : ERR_OK;
}

enum err view_settle(struct view_compiler *c)
{
    struct link_view *v = &c->w->v;
    unsigned *place = ARENA_ARRAY(c->arena, unsigned, LINK_MAX_COLUMNS);
    unsigned *column = ARENA_ARRAY(c->arena, unsigned, LINK_MAX_COLUMNS);
    if (!place || !column)
        return error_memory(c->e);
    for (unsigned i = 0; i < LINK_MAX_COLUMNS; i++)
        place[i] = UINT_MAX;
    for (unsigned use = 0; use < VIEW_USES; use++)
        for (unsigned i = 0; i < c->n_wanted[use]; i++) {
            unsigned from = c->wanted[use][i];
            if (place[from] != UINT_MAX)
                continue;
            place[from] = v->width;
            column[v->width++] = from;
        }
    v->column = column;
    c->w->texts = ARENA_ARRAY(c->arena, struct link_texts, v->width);
    if (!c->w->texts)
        return error_memory(c->e);
    for (unsigned i = 0; i < v->width; i++)
        c->w->texts[i] = c->records->columns[column[i]].texts;
    enum err code = ERR_OK;
    for (unsigned i = 0; i < c->n_tests && !code; i++)
        code = settle_test(c, i, place);
    for (unsigned i = 0; i < v->n_comparisons; i++) {
        struct view_comparison *one = (struct view_comparison *)&v->comparisons[i];
        unsigned *tf = (unsigned *)(uintptr_t)one->tf_column;
        if (one->feature != UINT_MAX)
            one->feature = place[one->feature];
        for (unsigned l = 0; l < one->n_levels; l++)
            if (tf[l] != UINT_MAX)
                tf[l] = place[tf[l]];
    }
    for (unsigned i = 0; i < v->n_rules; i++) {
        struct view_rule *rule = (struct view_rule *)&v->rules[i];
        for (unsigned k = 0; k < rule->n_equal; k++)
            rule->equal[k] = place[rule->equal[k]];
        if (rule->near != LINK_NEAR_NONE)
            rule->near_column = place[rule->near_column];
    }
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists whose rows and counts come from memory against those of the file, page after
// page, for random queries of callers of all kinds; and what is left to the file.
#include "cube_test.h"

#include "register/row_scope.h"
#include "register/search.h"

enum { QUERIES = 700, MOST_FILTERS = 4 };

// --- what is in memory, and how often it was asked

struct spy {
    struct row_memory memory;
    size_t newest, first, counts; // answered
};

static enum err spy_newest(void *context, const struct row_question *q, int64_t below,
                           size_t most, size_t effort, int64_t *out, size_t *n,
                           bool *known, struct error *e)
{
    struct spy *s = context;
    enum err code =
        s->memory.newest(s->memory.context, q, below, most, effort, out, n, known, e);
    s->newest += *known;
    return code;
}

static enum err spy_first(void *context, const struct row_question *q,
                          const struct row_order *order, size_t most,
                          struct row_found *out, size_t *n, bool *known, struct error *e)
{
    struct spy *s = context;
    enum err code = s->memory.first(s->memory.context, q, order, most, out, n, known, e);
    s->first += *known;
    return code;
}

static enum err spy_count(void *context, const struct row_question *q,
                          struct row_counts *out, bool *known, struct error *e)
{
    struct spy *s = context;
    enum err code = s->memory.count(s->memory.context, q, out, known, e);
    s->counts += *known;
    return code;
}

static struct row_memory spied(struct spy *s)
{
    return (struct row_memory){
        .context = s, .newest = spy_newest, .first = spy_first, .count = spy_count};
}

struct caller {
    struct access access;
    struct access_grant grants[2];
    const struct reg *one[1];
};

// Everywhere, an area, two areas, a facility, an area and a facility, nothing.
static void make_caller(struct rng *rng, const struct world *w, const struct reg *r,
                        struct caller *out)
{
    const struct places *p = w->county->places;
    *out = (struct caller){.access = {.user = 1, .suppress_below = 5}, .one = {r}};
    uint64_t kind = rng_below(rng, 6);
    for (size_t i = 0; i < 2; i++) {
        struct access_grant *g = &out->grants[i];
        g->reads_rows = ~0U;
        bool facility = kind == 3 || (kind == 4 && i);
        if (facility) {
            g->facility = p->facilities[rng_below(rng, p->n_facilities)].id;
            g->registers = out->one;
            g->n_registers = 1;
        } else if (kind) {
            g->area = p->areas[rng_below(rng, p->n_areas)].id;
        }
    }
    out->access.grants = out->grants;
    out->access.n_grants = kind == 5 ? 0 : kind == 2 || kind == 4 ? 2 : 1;
}

static struct row_filter filter_of(struct arena *a, const char *field, struct str text)
{
    return (struct row_filter){str_of(field), str_copy(a, text)};
}

static struct row_filter random_filter(struct rng *rng, const struct world *w,
                                       struct arena *a)
{
    static const char *const sexes[] = {"m", "f", "u", "f,m", "m,u,f"};
    static const char *const sources[] = {"hospital", "household", "hospital,household"};
    static const char *const visits[] = {"3", "2..5", "..4", "9..", "5..2"};
    static const char *const days[] = {"2013-08-01..2014-03-31", "2014-02-14",
                                       "..2013-12-31", "2014-05-01.."};
    static const char *const states[] = {"0", "1", "true", "0,1"};
    const struct places *p = w->county->places;
    const struct area *area = &p->areas[rng_below(rng, p->n_areas)],
                      *other = &p->areas[rng_below(rng, p->n_areas)];
    const struct facility *facility = &p->facilities[rng_below(rng, p->n_facilities)];
    switch (rng_below(rng, 9)) {
    case 0:
        return filter_of(a, "sex", str_of(sexes[rng_below(rng, 5)]));
    case 1:
        return filter_of(a, "source", str_of(sources[rng_below(rng, 3)]));
    case 2:
        return filter_of(a, "visits", str_of(visits[rng_below(rng, 5)]));
    case 3:
        return filter_of(a, "born_on", str_of(days[rng_below(rng, 4)]));
    case 4:
        return filter_of(a, "registered_on", str_of(days[rng_below(rng, 4)]));
    case 5:
        return filter_of(a, "alive", str_of(states[rng_below(rng, 4)]));
    case 6:
        return filter_of(a, "facility", facility->code);
    case 7:
        return filter_of(a, "residence",
                         str_format(a, STR_FMT "," STR_FMT, STR_ARG(area->code),
                                    STR_ARG(other->code)));
    default:
        return filter_of(a, "residence", area->code);
    }
}

static void same_page(const struct row_list *a, const struct row_list *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_int_equal(a->rows[i].id, b->rows[i].id);
    assert_int_equal(a->shown, b->shown);
    assert_int_equal(a->all, b->all);
    assert_int_equal(a->hidden, b->hidden);
    assert_true(a->next.p ? str_equal(a->next, b->next) : !b->next.p);
}

// Both ways, to the third page.
static void compare(struct world *w, struct arena *a, const struct access *who,
                    struct row_query *q, const struct row_memory *memory)
{
    const struct reg *r = world_register(w, "births");
    struct error e = {0};
    q->after = (struct str){NULL, 0};
    for (int page = 0; page < 3; page++) {
        struct row_list with, without;
        q->memory = NULL;
        enum err code = row_list(w->county, who, r, q, a, &without, &e);
        q->memory = memory;
        assert_int_equal(row_list(w->county, who, r, q, a, &with, &e), code);
        if (code == ERR_FORBIDDEN)
            return;
        assert_ok(code);
        same_page(&with, &without);
        q->after = with.next;
        if (!q->after.p)
            return;
    }
}

static void compare_many(struct world *w, const struct row_memory *memory, uint64_t seed)
{
    const struct reg *r = world_register(w, "births");
    struct rng rng = rng_seed(seed);
    for (int i = 0; i < QUERIES; i++) {
        struct arena a = {.limit = ARENA_DEFAULT_LIMIT};
        struct caller caller;
        struct row_filter filters[MOST_FILTERS];
        struct row_query q = {.filters = filters,
                              .state = (enum row_state)rng_below(&rng, 3),
                              .limit = 1 + rng_below(&rng, 40),
                              .count = rng_chance(&rng, 0.5)};
        static const char *const sorts[] = {"visits",         "-visits", "registered_on",
                                            "-registered_on", "born_on", "sex",
                                            "-length",        "id"};
        if (rng_chance(&rng, 0.4))
            q.sort = str_of(sorts[rng_below(&rng, 8)]);
        make_caller(&rng, w, r, &caller);
        q.n_filters = rng_below(&rng, MOST_FILTERS);
        for (size_t k = 0; k < q.n_filters; k++)
            filters[k] = random_filter(&rng, w, &a);
        if (rng_chance(&rng, 0.2))
            q.search = STR("x"); // what all are called
        else if (rng_chance(&rng, 0.05))
            q.search = STR("nobody");
        compare(w, &a, &caller.access, &q, memory);
        arena_free(&a);
    }
}

static void load(struct world *w, struct cube *cube)
{
    struct cube_view v;
    struct error e = {0};
    const struct reg *r = world_register(w, "births");
    assert_ok(cube_view_begin(cube, r, &v, &e));
    cube_view_end(cube, r);
}

// Places that never were.
static void mend_places(struct world *w)
{
    world_sql(w, "UPDATE r_births SET area = NULL WHERE area = 424242;"
                 "UPDATE r_births SET facility = NULL WHERE facility = 64;");
}

static void lists_are_those_of_the_file(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 20261123), 0);
    world_add(&w, "births", 3000);
    mend_places(&w);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    load(&w, cube);
    struct spy spy = {.memory = cube_memory(cube)};
    const struct row_memory memory = spied(&spy);
    compare_many(&w, &memory, 7);
    assert_in_range(spy.newest, QUERIES / 2, 3 * QUERIES);
    assert_in_range(spy.first, QUERIES / 8, 3 * QUERIES);
    assert_in_range(spy.counts, QUERIES / 2, 3 * QUERIES);
    // rows that are not in the order of their ids
    for (int i = 0; i < 3; i++) {
        world_change(&w, "births", 60);
        mend_places(&w);
        load(&w, cube); // as it is now, for what was mended has no entry in the log
        compare_many(&w, &memory, 70 + (uint64_t)i);
    }
    cube_close(cube);
    world_close(&w);
}

static bool is_known(struct world *w, struct cube *cube, const char *field,
                     const char *text)
{
    struct arena a = {.limit = ARENA_DEFAULT_LIMIT};
    struct error e = {0};
    struct spy spy = {.memory = cube_memory(cube)};
    const struct row_memory memory = spied(&spy);
    struct row_filter f = {str_of(field), str_of(text)};
    struct row_query q = {
        .filters = &f, .n_filters = 1, .limit = 1, .count = true, .memory = &memory};
    struct access_grant everywhere = {.reads_rows = ~0U};
    struct access who = {.user = 1, .grants = &everywhere, .n_grants = 1};
    struct row_list list;
    enum err code =
        row_list(w->county, &who, world_register(w, "births"), &q, &a, &list, &e);
    arena_free(&a);
    assert_int_equal(spy.newest, spy.counts);
    assert_true(!code || !spy.newest);
    return spy.newest == 1;
}

static void the_rest_is_left_to_the_file(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 3), 0);
    world_add(&w, "births", 2000);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    assert_false(is_known(&w, cube, "sex", "f")); // not read for this
    load(&w, cube);
    assert_true(is_known(&w, cube, "sex", "f"));
    static const char *const left[][2] = {
        {"name", "x"},      {"note", "~y"},           {"sex", "null"},
        {"sex", "notnull"}, {"length", "1.."},        {"saved_at", "2014-01-01.."},
        {"id", "5"},        {"weight", "2000.."}, // wider than 32 bits here
        {"sex", "q"},       {"residence", "999"},     {"visits", "many"},
        {"visits", "1,2"},  {"born_on", "yesterday"}, {"nothing", "1"},
        {"sex", ""},
    };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (is_known(&w, cube, left[i][0], left[i][1]))
            fail_msg("%s=%s was asked of memory", left[i][0], left[i][1]);
    // in memory a row of a struck area has none: it would be placed by its facility
    assert_true(is_known(&w, cube, "residence", "110000001"));
    world_sql(&w, "UPDATE r_areas SET state = 'struck' WHERE code = '110000002002'");
    assert_false(is_known(&w, cube, "residence", "110000001"));
    assert_true(is_known(&w, cube, "sex", "f"));
    cube_close(cube);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_those_of_the_file),
        cmocka_unit_test(the_rest_is_left_to_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack_test.h"

#include "base/rng.h"

struct fixture {
    char folder[64];
    struct store *store;
    struct arena arena;
};

static int fixture_open(void **state)
{
    static struct fixture f;
    struct error e = {0};
    char path[128];
    f = (struct fixture){.folder = "/tmp/heng-plan-XXXXXX"};
    if (base_init(&e) || !mkdtemp(f.folder))
        return -1;
    arena_init(&f.arena, 0);
    snprintf(path, sizeof path, "%s/county.heng", f.folder);
    *state = &f;
    return store_open(&f.store, path, STORE_CREATE, &e) ? -1 : 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    arena_free(&f->arena);
    remove_folder(f->folder);
    return 0;
}

// --- helpers ---------------------------------------------------------------------------

struct job {
    struct arena *arena;
    const struct pack *pack;
    struct pack_file files[3];
    struct plan *plan;
    const char *sql;
    bool failing; // the job's allocations fail after fail_after
    int64_t fail_after;
};

static enum err apply_job(struct conn *c, void *argument, struct error *e)
{
    struct job *j = argument;
    if (j->failing)
        mem_fail_after(j->fail_after);
    enum err code = pack_apply(c, j->pack, j->files, 3, j->plan, e);
    mem_fail_after(-1);
    return code;
}

static enum err sql_job(struct conn *c, void *argument, struct error *e)
{
    return conn_run(c, ((struct job *)argument)->sql, e);
}

static void run_sql(struct fixture *f, const char *sql)
{
    struct job j = {.sql = sql};
    struct error e = {0};
    assert_ok(store_write(f->store, sql_job, &j, &e));
}

static struct str ask(struct fixture *f, const char *sql)
{
    struct error e = {0};
    struct conn *c;
    struct stmt *s;
    bool row = false;
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_ok(conn_prepare(c, str_of(sql), &s, &e));
    assert_ok(stmt_step(s, &row, &e));
    struct str text = row ? stmt_text(s, 0) : (struct str){NULL, 0};
    if (text.p)
        text = str_copy(&f->arena, text);
    stmt_finish(s);
    store_read_end(c);
    return text;
}

// Compiles, plans and, unless the plan is refused, applies.
static struct plan *evolve(struct fixture *f, const char *births)
{
    struct error e = {0};
    struct pack_problems problems;
    struct job j = {.arena = &f->arena,
                    .files = {{STR("pack.yaml"), str_of(standard_pack)},
                              {STR("registers/areas.yaml"), str_of(standard_areas)},
                              {STR("registers/births.yaml"), str_of(births)}}};
    struct pack *p = NULL;
    if (pack_compile(&f->arena, j.files, 3, &p, &problems, &e)) {
        print_problems(&problems);
        fail_msg("%s: %s", e.where, e.text);
    }
    j.pack = p;
    j.plan = ARENA_NEW(&f->arena, struct plan);
    struct conn *c;
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_ok(pack_plan(&f->arena, c, p, j.plan, &e));
    store_read_end(c);
    if (j.plan->refused)
        assert_int_equal(store_write(f->store, apply_job, &j, &e), ERR_CONFLICT);
    else
        assert_ok(store_write(f->store, apply_job, &j, &e));
    return j.plan;
}

static const struct change *change_of(const struct plan *plan, const char *field)
{
    for (size_t i = 0; i < plan->n; i++)
        if (str_equal_c(plan->changes[i].reg, "births") &&
            str_equal_c(plan->changes[i].field, field))
            return &plan->changes[i];
    fail_msg("no change of %s", field);
    return NULL;
}

#define HEAD                                                                               \
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\narea: residence\n" \
    "date: born_on\n"
#define PLACED                                                                           \
    "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"                 \
    "  born_on: {type: date, label: {en: Born on, zh: 出生日期}}\n"
#define SEX                                                                                \
    "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {m: {en: boy, zh: 男}, f: " \
    "{en: girl, zh: 女}}}\n"
#define WEIGHT(type) "  weight: {type: " type ", label: {en: Weight, zh: 体重}}\n"
#define ROW                                                                              \
    "INSERT INTO r_areas (id, state, version, saved_by, saved_at, fingerprint, code, "   \
    "name) VALUES (7, 'current', 1, 0, 0, 1, '110000001', '东村');"                    \
    "INSERT INTO r_births (id, area, date, state, version, saved_by, saved_at, "         \
    "fingerprint, sex, weight) VALUES (1, 7, '2014-06-05', 'current', 1, 0, 0, 5, 'f', " \
    "3100)"

// --- tests -----------------------------------------------------------------------------

static void a_first_pack_makes_tables_and_views(void **state)
{
    struct fixture *f = *state;
    struct plan *plan = evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    assert_int_equal(plan->n, 2);
    assert_int_equal(plan->changes[0].kind, CHANGE_ADD_REGISTER);
    run_sql(f, ROW);
    assert_true(str_equal(ask(f, "SELECT residence || ' ' || residence_name || ' ' || "
                                 "born_on || ' ' || sex || ' ' || weight FROM births"),
                          STR("110000001 东村 2014-06-05 f 3100")));
    assert_true(str_equal(
        ask(f,
            "SELECT group_concat(name || ':' || column_name || ':' || slot, ' ') FROM "
            "(SELECT * FROM heng_columns WHERE register = 'births' AND (slot BETWEEN 1 "
            "AND 3 OR slot > 9) ORDER BY slot)"),
        STR("residence:area:1 facility:facility:2 born_on:date:3 sex:sex:10 "
            "weight:weight:11")));
    assert_true(str_equal(ask(f, "SELECT codes FROM heng_columns WHERE name = 'sex'"),
                          STR("[\"m\",\"f\"]")));
    // nothing to do the second time
    assert_int_equal(evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"))->n, 0);
}

static void indexes_follow_what_is_named(void **state)
{
    struct fixture *f = *state;
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    static const char sql[] = "SELECT group_concat(name, ' ') FROM (SELECT name FROM "
                              "sqlite_schema WHERE type = 'index' AND tbl_name = "
                              "'r_births' ORDER BY name)";
    const struct str wanted = STR("r_births_area r_births_date r_births_fingerprint "
                                  "r_births_in_area r_births_struck");
    assert_true(str_equal(ask(f, sql), wanted));
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("text"));
    assert_true(str_equal(ask(f, sql), wanted));
}

static void fields_come_widen_and_retire(void **state)
{
    struct fixture *f = *state;
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    run_sql(f, ROW);
    struct plan *plan =
        evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT(
                      "decimal") "  place: {type: text, label: {en: Place, zh: 地点}}\n");
    assert_int_equal(plan->n, 2);
    assert_int_equal(change_of(plan, "weight")->kind, CHANGE_WIDEN_FIELD);
    assert_int_equal(change_of(plan, "place")->kind, CHANGE_ADD_FIELD);
    assert_true(str_equal(ask(f, "SELECT typeof(weight) || weight FROM births"),
                          STR("real3100.0")));
    assert_true(str_equal(ask(f, "SELECT group_concat(register || slot || type) FROM "
                                 "heng_column_types"),
                          STR("births11int")));
    plan = evolve(f, HEAD "fields:\n" PLACED SEX);
    assert_int_equal(change_of(plan, "weight")->kind, CHANGE_RETIRE_FIELD);
    assert_true(
        str_equal(ask(f, "SELECT CAST(weight AS TEXT) FROM r_births"), STR("3100.0")));
    // its slot is not used again, and it comes back with its data
    plan =
        evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT(
                      "decimal") "  other: {type: int, label: {en: Other, zh: 其他}}\n");
    assert_int_equal(change_of(plan, "weight")->kind, CHANGE_ADD_FIELD);
    assert_int_equal(change_of(plan, "weight")->n_sql, 0);
    assert_true(
        str_equal(ask(f, "SELECT CAST(weight AS TEXT) FROM births"), STR("3100.0")));
    assert_true(str_equal(ask(f, "SELECT CAST(slot AS TEXT) FROM heng_columns WHERE name "
                                 "= 'other'"),
                          STR("13")));
}

static void a_table_is_written_again_only_once(void **state)
{
    struct fixture *f = *state;
#define HEIGHT(type) "  height: {type: " type ", label: {en: Height, zh: 身长}}\n"
#define ALIVE(type) "  alive: {type: " type ", label: {en: Alive, zh: 存活}}\n"
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int") HEIGHT("decimal") ALIVE("bool"));
    run_sql(f, ROW);
    run_sql(f, "UPDATE r_births SET height = 0.1, alive = 1");
    struct plan *plan = evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("decimal")
                                      HEIGHT("text") ALIVE("text"));
    size_t rebuilds = 0;
    assert_int_equal(plan->n, 3);
    for (size_t i = 0; i < plan->n; i++) {
        assert_int_equal(plan->changes[i].kind, CHANGE_WIDEN_FIELD);
        for (size_t k = 0; k < plan->changes[i].n_sql; k++)
            rebuilds += strncmp(plan->changes[i].sql[k], "DROP TABLE", 10) == 0;
    }
    assert_int_equal(rebuilds, 1);
    assert_true(
        str_equal(ask(f, "SELECT weight || ' ' || height || ' ' || alive FROM births"),
                  STR("3100.0 0.1 true")));
}

static void renames_keep_the_data(void **state)
{
    struct fixture *f = *state;
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    run_sql(f, ROW);
    struct plan *plan = evolve(
        f,
        HEAD "fields:\n" PLACED SEX
             "  birth_weight: {type: int, was: weight, label: {en: Weight, zh: 体重}}\n");
    assert_int_equal(plan->n, 1);
    assert_int_equal(plan->changes[0].kind, CHANGE_RENAME_FIELD);
    assert_true(
        str_equal(ask(f, "SELECT CAST(birth_weight AS TEXT) FROM births"), STR("3100")));
    // two versions later, was: may still say the first name; rename and widen together
    plan = evolve(f, HEAD
                  "fields:\n" PLACED SEX
                  "  grams: {type: text, was: weight, label: {en: Weight, zh: 体重}}\n");
    assert_int_equal(plan->n, 2);
    assert_true(str_equal(ask(f, "SELECT grams FROM births"), STR("3100")));
    assert_true(str_equal(ask(f, "SELECT group_concat(name, ' ') FROM (SELECT name FROM "
                                 "heng_column_names ORDER BY name)"),
                          STR("birth_weight weight")));
    // the field that places a row: only its name changes
    plan = evolve(f, "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
                     "area: home\ndate: born_on\nfields:\n"
                     "  home: {type: area, was: residence, label: {en: Home, zh: 家}}\n"
                     "  born_on: {type: date, label: {en: Born on, zh: 出生日期}}\n" SEX
                     "  grams: {type: text, label: {en: Weight, zh: 体重}}\n");
    assert_int_equal(plan->n, 1);
    assert_int_equal(plan->changes[0].kind, CHANGE_RENAME_FIELD);
    assert_true(str_equal(ask(f, "SELECT home FROM births"), STR("110000001")));
}

static void what_would_lose_meaning_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[][2] = {
        {"weight", HEAD "fields:\n" PLACED SEX WEIGHT("bool")},
        {"weight", HEAD "fields:\n" PLACED SEX WEIGHT("date")},
        {"sex",
         HEAD "fields:\n" PLACED WEIGHT("int") "  sex: {type: code, label: {en: Sex, zh: "
                                               "性别}, codes: {m: {en: boy, "
                                               "zh: 男}}}\n"},
        {"residence",
         "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
         "area: birthplace\ndate: born_on\nfields:\n" PLACED SEX WEIGHT(
             "int") "  birthplace: {type: area, label: {en: Place, zh: 地}}\n"},
        {"born_on", "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
                    "area: residence\nfields:\n" PLACED SEX WEIGHT("int")},
        {"", HEAD "key: [sex, born_on]\nfields:\n" PLACED SEX WEIGHT("int")},
    };
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    run_sql(f, ROW);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct plan *plan = evolve(f, bad[i][1]);
        assert_true(plan->refused);
        assert_int_equal(change_of(plan, bad[i][0])->kind, CHANGE_REFUSED);
    }
    // nothing was changed by what was refused
    assert_int_equal(evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"))->n, 0);
    // a code that no row has may leave
    struct plan *plan = evolve(
        f, HEAD "fields:\n" PLACED WEIGHT(
               "int") "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {f: {en: "
                      "girl, zh: 女}, x: {en: other, zh: 其他}}}\n");
    assert_false(plan->refused);
    assert_int_equal(change_of(plan, "sex")->kind, CHANGE_WIDEN_FIELD);
    assert_int_equal(change_of(plan, "sex")->n_sql, 0);
}

static void large_numbers_are_not_rounded(void **state)
{
    struct fixture *f = *state;
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    run_sql(f, ROW);
    run_sql(f, "UPDATE r_births SET weight = 9007199254740993");
    assert_true(evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("decimal"))->refused);
    assert_false(evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("text"))->refused);
    assert_true(str_equal(ask(f, "SELECT weight FROM births"), STR("9007199254740993")));
}

static void a_plan_of_yesterday_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct pack *p;
    struct conn *c;
    struct plan plan;
    struct job j = {
        .plan = &plan,
        .files = {{STR("pack.yaml"), str_of(standard_pack)},
                  {STR("registers/areas.yaml"), str_of(standard_areas)},
                  {STR("registers/births.yaml"), str_of(HEAD "fields:\n" PLACED SEX)}}};
    assert_ok(pack_compile(&f->arena, j.files, 3, &p, NULL, &e));
    j.pack = p;
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_ok(pack_plan(&f->arena, c, p, &plan, &e));
    store_read_end(c);
    evolve(f, HEAD "fields:\n" PLACED WEIGHT("int"));
    assert_int_equal(store_write(f->store, apply_job, &j, &e), ERR_CONFLICT);
    assert_string_equal(e.key, "pack.plan_old");
    assert_true(
        str_equal(ask(f, "SELECT CAST(count(*) AS TEXT) FROM heng_pack"), STR("1")));
}

static void files_come_back_as_they_went_in(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct conn *c;
    struct pack_file *files;
    size_t n;
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_int_equal(pack_files_from_store(&f->arena, c, &files, &n, &e), ERR_NOT_FOUND);
    store_read_end(c);
    evolve(f, HEAD "fields:\n" PLACED SEX);
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_ok(pack_files_from_store(&f->arena, c, &files, &n, &e));
    store_read_end(c);
    assert_int_equal(n, 3);
    assert_true(str_equal(files[0].path, STR("pack.yaml")));
    assert_true(str_equal_c(files[0].text, standard_pack));
    assert_true(str_equal_c(files[2].text, HEAD "fields:\n" PLACED SEX));
}

// Every allocation of a plan and of its appliance may fail: then nothing has changed.
static void no_memory_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct pack *p;
    struct conn *c;
    struct plan plan;
    struct job j = {.plan = &plan,
                    .files = {{STR("pack.yaml"), str_of(standard_pack)},
                              {STR("registers/areas.yaml"), str_of(standard_areas)},
                              {STR("registers/births.yaml"),
                               str_of(HEAD "fields:\n" PLACED SEX WEIGHT("text"))}}};
    evolve(f, HEAD "fields:\n" PLACED SEX WEIGHT("int"));
    run_sql(f, ROW);
    assert_ok(pack_compile(&f->arena, j.files, 3, &p, NULL, &e));
    j.pack = p;
    int64_t fails = 0;
    for (;; fails++) {
        struct arena a;
        arena_init(&a, 0);
        assert_ok(store_read_begin(f->store, &c, &e));
        mem_fail_after(fails);
        enum err code = pack_plan(&a, c, p, &plan, &e);
        mem_fail_after(-1);
        store_read_end(c);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(fails < 1000);
    }
    assert_true(fails > 0);
    assert_ok(store_read_begin(f->store, &c, &e));
    assert_ok(pack_plan(&f->arena, c, p, &plan, &e));
    store_read_end(c);
    assert_int_equal(plan.n, 1);
    for (fails = 0;; fails++) {
        j.fail_after = fails;
        j.failing = true;
        enum err code = store_write(f->store, apply_job, &j, &e);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(fails < 1000);
        assert_true(
            str_equal(ask(f, "SELECT typeof(weight) FROM births"), STR("integer")));
    }
    assert_true(fails > 0);
    assert_true(str_equal(ask(f, "SELECT typeof(weight) FROM births"), STR("text")));
}

// --- any evolution keeps every value ---------------------------------------------------

enum { MODEL_FIELDS = 6, ROWS = 5 };

struct model_field {
    char name[32], was[32];
    enum model_type { INT, DECIMAL, CODE, BOOLEAN, TEXT, MODEL_TYPES } type;
    bool live;
    char values[ROWS][40]; // as text; "" is null
};

static const char *const model_types[] = {"int", "decimal", "code", "bool", "text"};

static void value_text(struct rng *r, struct model_field *m, int row)
{
    char *out = m->values[row];
    switch (m->type) {
    case INT:
        snprintf(out, 40, "%d", (int)rng_below(r, 100000) - 50000);
        break;
    case DECIMAL:
        snprintf(out, 40, "%d.%d", (int)rng_below(r, 1000), (int)rng_below(r, 9) + 1);
        break;
    case CODE:
        snprintf(out, 40, "%s", rng_below(r, 2) ? "a" : "b");
        break;
    case BOOLEAN:
        snprintf(out, 40, "%d", (int)rng_below(r, 2));
        break;
    default:
        snprintf(out, 40, "t%d", (int)rng_below(r, 1000));
        break;
    }
}

static void model_yaml(const struct model_field *fields, size_t n, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s", HEAD "fields:\n" PLACED);
    for (size_t i = 0; i < n; i++) {
        const struct model_field *m = &fields[i];
        if (!m->live)
            continue;
        used += (size_t)snprintf(
            out + used, size - used, "  %s: {type: %s, label: {en: F, zh: 字段}%s%s%s}\n",
            m->name, model_types[m->type],
            m->type == CODE ? ", codes: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}" : "",
            m->was[0] ? ", was: " : "", m->was);
    }
}

static void step(struct rng *r, struct model_field *fields, size_t *n, int number)
{
    struct model_field *m = *n ? &fields[rng_below(r, (uint32_t)*n)] : NULL;
    for (size_t i = 0; i < *n; i++)
        fields[i].was[0] = '\0';
    switch (rng_below(r, 4)) {
    case 0: // a new field
        if (*n < MODEL_FIELDS) {
            m = &fields[(*n)++];
            *m = (struct model_field){.live = true};
            snprintf(m->name, sizeof m->name, "f%d", number);
            m->type = (enum model_type)rng_below(r, MODEL_TYPES);
        }
        break;
    case 1: // wider
        if (m && m->live && m->type != TEXT) {
            bool was_bool = m->type == BOOLEAN, was_int = m->type == INT;
            m->type = was_int && rng_below(r, 2) ? DECIMAL : TEXT;
            for (int row = 0; row < ROWS; row++) {
                char *v = m->values[row];
                if (was_bool && v[0])
                    snprintf(v, 40, "%s", v[0] == '1' ? "true" : "false");
                else if (was_int && m->type == DECIMAL && v[0])
                    snprintf(v + strlen(v), 40 - strlen(v), ".0");
            }
        }
        break;
    case 2: // another name
        if (m && m->live) {
            snprintf(m->was, sizeof m->was, "%s", m->name);
            snprintf(m->name, sizeof m->name, "n%d", number);
        }
        break;
    default: // away, or back
        if (m)
            m->live = !m->live;
        break;
    }
}

static void any_evolution_keeps_every_value(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 20140605;
    struct rng r = rng_seed(seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct model_field fields[MODEL_FIELDS] = {0};
    size_t n = 0;
    char yaml[4000], sql[400];
    evolve(f, HEAD "fields:\n" PLACED);
    for (int row = 0; row < ROWS; row++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO r_births (id, state, version, saved_by, saved_at, "
                 "fingerprint) VALUES (%d, 'current', 1, 0, 0, 0)",
                 row);
        run_sql(f, sql);
    }
    for (int number = 0; number < 80; number++) {
        step(&r, fields, &n, number);
        model_yaml(fields, n, yaml, sizeof yaml);
        struct plan *plan = evolve(f, yaml);
        if (plan->refused)
            fail_msg("step %d: " STR_FMT, number, STR_ARG(plan->changes[0].text.en));
        for (size_t i = 0; i < n; i++) {
            for (int row = 0; row < ROWS; row++) {
                snprintf(sql, sizeof sql,
                         "SELECT CAST(\"%s\" AS TEXT) FROM r_births WHERE id = %d",
                         fields[i].name, row);
                struct str found = ask(f, sql);
                if (!str_equal_c(found, fields[i].values[row]))
                    fail_msg("step %d, %s row %d: '%s' became '" STR_FMT "'", number,
                             fields[i].name, row, fields[i].values[row], STR_ARG(found));
            }
            if (!fields[i].live || rng_below(&r, 3))
                continue;
            int row = (int)rng_below(&r, ROWS);
            value_text(&r, &fields[i], row);
            snprintf(sql, sizeof sql, "UPDATE r_births SET \"%s\" = '%s' WHERE id = %d",
                     fields[i].name, fields[i].values[row], row);
            run_sql(f, sql);
        }
    }
}

int main(void)
{
#define WITH_STORE(test)                                                                 \
    cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_first_pack_makes_tables_and_views),
        WITH_STORE(indexes_follow_what_is_named),
        WITH_STORE(fields_come_widen_and_retire),
        WITH_STORE(a_table_is_written_again_only_once),
        WITH_STORE(renames_keep_the_data),
        WITH_STORE(what_would_lose_meaning_is_refused),
        WITH_STORE(large_numbers_are_not_rounded),
        WITH_STORE(a_plan_of_yesterday_is_refused),
        WITH_STORE(files_come_back_as_they_went_in),
        WITH_STORE(no_memory_changes_nothing),
        WITH_STORE(any_evolution_keeps_every_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

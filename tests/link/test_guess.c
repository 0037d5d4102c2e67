// SPDX-License-Identifier: AGPL-3.0-or-later
#include "run_files.h"

#include <limits.h>

#include "base/pool.h"
#include "link/candidates.h"
#include "link/guess.h"

enum { COLUMNS = 8, ROWS = 60, TEXTS = 8 };

// --- kinds of columns

// A column of a made-up file: its texts are taken in turn, with # replaced by the number
// of the row in three digits.
struct kind_case {
    const char *heading;
    enum link_kind expected;
    const char *texts[TEXTS];
};

static const struct kind_case kind_cases[] = {
    {"surname", LINK_NAME, {"smith", "jones", "o'hara", "de la cruz", "lee"}},
    {"Given Name", LINK_NAME, {"Anna", "Peter", "Maria", "", "John"}},
    {"fname", LINK_NAME, {"anna", "peter", "maria", "john"}},
    {"pername1", LINK_NAME, {"ANNA", "PETER", "MARIA", "JOHN"}},
    {"firstName", LINK_NAME, {"anna", "peter", "maria", "john"}},
    {"mother's maiden name", LINK_NAME, {"smith", "jones", "lee"}},
    {"姓名", LINK_NAME, {"张伟", "王芳", "李娜", "欧阳修"}},
    {"患者姓名", LINK_NAME, {"张伟", "王芳", "李娜"}},
    {"x1", LINK_NAME, {"anna", "peter", "maria", "john"}}, // by the texts alone
    {"dob", LINK_DATE, {"1980-02-29", "1971-12-30", "1990-01-05", "2001-07-09"}},
    {"date_of_birth", LINK_DATE, {"19800229", "19711230", "19081209", "20010709"}},
    {"BirthDate", LINK_DATE, {"29/02/1980", "30/12/1971", "9/12/1908"}},
    {"出生日期", LINK_DATE, {"1980-02-29", "1971年12月30日", "1990-01-05"}},
    {"x2", LINK_DATE, {"1980-02-28", "1971-12-30", "1990-01-05", "2001-07-09"}},
    {"dob_day", LINK_CODE, {"1", "12", "31", "7"}},
    {"birth_year", LINK_CODE, {"1980", "1971", "1990", "2001"}},
    {"sex", LINK_SEX, {"m", "f"}},
    {"Gender", LINK_SEX, {"male", "female", "", "unknown"}},
    {"性别", LINK_SEX, {"男", "女"}},
    {"phone", LINK_PHONE, {"0171 234 5#", "+44 20 7946 0#", "(030) 123 4#"}},
    {"mobile_no", LINK_PHONE, {"13800138#", "13900139#", "15012345#"}},
    {"联系电话", LINK_PHONE, {"13800138#", "13900139#", "15012345#"}},
    {"email", LINK_EMAIL, {"a#@x.org", "b#@y.org"}},
    {"contact", LINK_EMAIL, {"a#@x.org", "b#@y.org"}}, // the texts win
    {"电子邮箱", LINK_EMAIL, {"a#@x.org", "b#@y.org"}},
    {"postcode", LINK_CODE, {"4011", "4814", "2#", "3#"}},
    {"ZIP", LINK_CODE, {"90210", "10#", "60614"}},
    {"邮编", LINK_CODE, {"100#", "200#"}},
    {"street_number", LINK_CODE, {"6", "69", "#", "12a"}},
    {"address_1", LINK_PLACE, {"# tullaroop street", "giblin street", "main road #"}},
    {"suburb", LINK_PLACE, {"st james", "bittern", "mount #"}},
    {"住址", LINK_PLACE, {"人民路#号", "解放路#号"}},
    {"籍贯", LINK_PLACE, {"湖南长沙", "北京", "上海"}},
    {"soc_sec_id", LINK_IDENTITY, {"6988#", "7364#", "1804#"}},
    {"ssn", LINK_IDENTITY, {"078-05-1#", "219-09-9#"}},
    {"NHS number", LINK_IDENTITY, {"943476#", "943477#"}},
    {"national_id", LINK_IDENTITY, {"8001#", "7112#"}},
    {"身份证号", LINK_IDENTITY, {"11010519491231002X", "440524188001010014"}},
    // numbers of citizens are compared even under a heading that says id
    {"id", LINK_IDENTITY, {"11010519491231002X", "440524188001010014"}},
    {"id", LINK_ID, {"1#", "2#", "3#"}},
    {"rec_id", LINK_ID, {"rec-#-org", "rec-#-dup-0"}},
    {"unique_id", LINK_ID, {"#"}},
    {"cluster", LINK_ID, {"1", "2", "3"}},
    {"person_id", LINK_ID, {"P#"}},
    {"cis_id", LINK_ID, {"CIS#"}},
    {"编号", LINK_ID, {"A#"}},
    {"source_dataset", LINK_IGNORED, {"a", "b"}},
    {"来源", LINK_IGNORED, {"甲", "乙"}},
    {"town", LINK_IGNORED, {"lund"}}, // says nothing
    {"suburb", LINK_IGNORED, {""}},   // empty
    {"weight", LINK_NUMBER, {"70.5", "81.25", "64.0", "9#"}},
    {"体重", LINK_NUMBER, {"70.5", "81.25", "64.0"}},
    {"x3", LINK_NUMBER, {"70.5", "81.25", "64.75", "9.#"}},
    {"x4", LINK_CODE, {"AB#", "CD#", "EF#"}},
    {"年龄", LINK_NUMBER, {"34", "56", "7", "81"}},
    {"母亲姓名", LINK_NAME, {"张伟", "王芳", "李娜"}},
    {"户籍地址", LINK_PLACE, {"人民路#号", "解放路#号"}},
    {"证件号码", LINK_IDENTITY, {"G1234#", "E8765#"}},
    {"手机号", LINK_PHONE, {"13800138#", "13900139#", "15012345#"}},
    {"登记日期", LINK_DATE, {"2014-02-28", "2014/12/30", "2013-01-05"}},
    {"notes", LINK_TEXT, {"came back in may #", "never seen again", "ask her sister #"}},
};

static struct str expand(struct arena *a, const char *text, unsigned row)
{
    struct buf b = BUF_INIT(1000);
    for (; *text; text++)
        if (*text == '#')
            buf_printf(&b, "%03u", row);
        else
            buf_add_char(&b, *text);
    struct str s = str_copy(a, buf_str(&b));
    buf_free(&b);
    return s;
}

struct file {
    struct arena arena;
    struct link_records *records;
    enum link_kind kinds[COLUMNS + 2];
    const char *why[COLUMNS + 2];
    unsigned id;
};

static void open_file(struct file *f, const struct kind_case *columns, unsigned n)
{
    struct error e = {0};
    struct str cells[ROWS * COLUMNS];
    const char *names[COLUMNS];
    arena_init(&f->arena, 0);
    for (unsigned c = 0; c < n; c++) {
        unsigned texts = 0;
        names[c] = columns[c].heading;
        for (unsigned k = 0; k < TEXTS; k++)
            if (columns[c].texts[k])
                texts = k + 1;
        for (unsigned i = 0; i < ROWS; i++)
            cells[i * n + c] =
                texts ? expand(&f->arena, columns[c].texts[i % texts], i) : STR("");
    }
    assert_ok(link_records_of(&f->records, names, n, cells, ROWS, &e));
}

static void close_file(struct file *f)
{
    link_records_close(f->records);
    arena_free(&f->arena);
}

static const struct kind_case people = {"second_name", LINK_NAME, {"ann", "bo", "cy"}};

static void kinds(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof kind_cases / sizeof *kind_cases; i++) {
        struct kind_case columns[2] = {kind_cases[i], people};
        struct error e = {0};
        struct file f;
        struct guess_names none = {0};
        open_file(&f, columns, 2);
        assert_ok(guess_kinds(f.records, &none, f.kinds, f.why, &f.id, &e));
        bool right = f.kinds[0] == columns[0].expected && f.why[0] && f.why[0][0];
        if (!right)
            print_error("%s (%s ...) is %s, expected %s (%s)\n", columns[0].heading,
                        columns[0].texts[0], link_kind_name(f.kinds[0]),
                        link_kind_name(columns[0].expected), f.why[0]);
        wrong += !right;
        assert_int_equal(f.kinds[1], LINK_NAME);
        enum link_kind alone;
        assert_ok(guess_kind(f.records, &f.records->columns[0], &alone, &e));
        assert_int_equal(alone, f.kinds[0]);
        close_file(&f);
    }
    assert_int_equal(wrong, 0);
}

static void names_that_are_told(void **state)
{
    (void)state;
    const struct kind_case columns[] = {{"rec_id", LINK_ID, {"r#"}},
                                        {"name", LINK_NAME, {"anna", "peter", "maria"}},
                                        {"town", LINK_PLACE, {"lund", "malmo", "visby"}},
                                        {"sex", LINK_SEX, {"m", "f"}}};
    struct error e = {0};
    struct file f;
    const char *const ignore[] = {"Town"}, *const keep[] = {"sex"},
                      *const bad[] = {"shoe"};
    struct guess_names names = {ignore, 1, keep, 1};
    open_file(&f, columns, 4);
    assert_ok(guess_kinds(f.records, &names, f.kinds, f.why, &f.id, &e));
    assert_int_equal(f.kinds[1], LINK_NAME);
    assert_int_equal(f.kinds[2], LINK_IGNORED);
    assert_int_equal(f.kinds[3], LINK_IGNORED);
    assert_int_equal(f.id, 0);
    names = (struct guess_names){bad, 1, NULL, 0};
    assert_int_equal(guess_kinds(f.records, &names, f.kinds, f.why, &f.id, &e),
                     ERR_INPUT);
    assert_non_null(strstr(e.text, "shoe"));
    assert_non_null(strstr(e.text, "rec_id, name, town, sex"));
    assert_true(e.cure[0]);
    const char *const all[] = {"name", "town", "sex"};
    names = (struct guess_names){all, 3, NULL, 0};
    assert_int_equal(guess_kinds(f.records, &names, f.kinds, f.why, &f.id, &e),
                     ERR_INPUT);
    assert_true(e.cure[0]);
    close_file(&f);
}

// Ids name records when they are there and differ in every row of a file; a cluster's
// number is not one, and in two files the same number may stand in both.
static void ids(void **state)
{
    (void)state;
    struct guess_names none = {0};
    struct error e = {0};
    struct kind_case columns[] = {{"cluster", LINK_ID, {"1", "2", "3"}},
                                  {"rec_id", LINK_ID, {"r#"}},
                                  {"name", LINK_NAME, {"anna", "peter", "maria"}}};
    struct file f;
    open_file(&f, columns, 3);
    assert_ok(guess_kinds(f.records, &none, f.kinds, f.why, &f.id, &e));
    assert_int_equal(f.id, 1);
    close_file(&f);
    columns[1].texts[1] = ""; // missing here and there
    open_file(&f, columns, 3);
    assert_ok(guess_kinds(f.records, &none, f.kinds, f.why, &f.id, &e));
    assert_int_equal(f.id, UINT_MAX);
    close_file(&f);

    struct folder folder;
    char left[PATH_SIZE], right[PATH_SIZE];
    struct link_records *r;
    struct pool *pool;
    struct buf b = BUF_INIT(1 << 16);
    folder_open(&folder);
    buf_add_c(&b, "person_id,name,cis_id\n");
    for (unsigned i = 0; i < 30; i++)
        buf_printf(&b, "P%u,n%u,C%u\n", i, i % 7, i);
    write_file(folder_path(&folder, "left.csv", left), buf_str(&b));
    buf_clear(&b);
    buf_add_c(&b, "person_id,name,prd_id\n");
    for (unsigned i = 10; i < 40; i++)
        buf_printf(&b, "P%u,n%u,D%u\n", i, i % 7, i);
    write_file(folder_path(&folder, "right.csv", right), buf_str(&b));
    buf_free(&b);
    const char *paths[] = {left, right};
    struct link_load load = {.paths = paths, .n_paths = 2};
    assert_ok(pool_open(&pool, 1, &e));
    assert_ok(link_records_load(&r, &load, pool, &e));
    enum link_kind found[4];
    const char *why[4];
    unsigned id;
    assert_ok(guess_kinds(r, &none, found, why, &id, &e));
    assert_true(id < 4 && str_equal_c(r->columns[id].name, "person_id"));
    assert_int_equal(found[id], LINK_ID);
    link_records_close(r);
    pool_close(pool);
    folder_close(&folder);
}

// --- comparisons

struct guessed {
    struct pool *pool;
    struct file file;
    struct link_model *model;
};

static void open_guessed(struct guessed *g, const struct kind_case *columns, unsigned n)
{
    struct error e = {0};
    struct guess_names none = {0};
    open_file(&g->file, columns, n);
    assert_ok(pool_open(&g->pool, 1, &e));
    assert_ok(
        guess_kinds(g->file.records, &none, g->file.kinds, g->file.why, &g->file.id, &e));
    assert_ok(link_records_clean(g->file.records, g->file.kinds, g->pool, &e));
    assert_ok(link_model_open(&g->model, &e));
    assert_ok(guess_comparisons(g->model, g->file.records, &e));
}

static void close_guessed(struct guessed *g)
{
    link_model_close(g->model);
    close_file(&g->file);
    pool_close(g->pool);
}

static const struct link_comparison *comparison_of(const struct link_model *m,
                                                   const char *name)
{
    for (unsigned i = 0; i < m->n_comparisons; i++)
        if (str_equal_c(m->comparisons[i].name, name))
            return &m->comparisons[i];
    return NULL;
}

static bool has_level(const struct link_comparison *c, const char *part)
{
    for (unsigned k = 0; c && k < c->n_levels; k++)
        if (memmem(c->levels[k].condition.p, c->levels[k].condition.n, part,
                   strlen(part)))
            return true;
    return false;
}

static void comparisons(void **state)
{
    (void)state;
    static const struct {
        struct kind_case column;
        const char *level; // part of a condition; NULL: null, exact and else alone
    } cases[] = {
        {{"surname", 0, {"smith", "jones", "baker", "taylor", "carter", "#miller"}},
         "jaro_winkler"},
        {{"full_name", 0, {"anna smith #", "peter jones", "maria o'hara"}},
         "heng_tokens"},
        {{"姓名", 0, {"张伟", "王芳", "李娜", "欧阳修"}}, "heng_pinyin"},
        {{"dob", 0, {"1980-02-28", "1971-12-30", "1990-01-05"}}, "heng_dates_swapped"},
        {{"sex", 0, {"m", "f"}}, NULL},
        {{"phone", 0, {"01712345#", "0301234#"}}, "right("},
        {{"email", 0, {"a#@x.org", "b#@y.org"}}, "split_part"},
        {{"ssn", 0, {"07805#", "21909#"}}, "damerau_levenshtein"},
        {{"postcode", 0, {"40#", "48#"}}, "damerau_levenshtein"},
        {{"weight", 0, {"70.5", "81.25", "64.0"}}, "CAST"},
        {{"house", 0, {"1", "2", "3"}}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kind_case columns[] = {cases[i].column, people};
        struct guessed g;
        open_guessed(&g, columns, 2);
        const struct link_comparison *c = comparison_of(g.model, cases[i].column.heading);
        assert_non_null(c);
        assert_true(c->levels[0].is_null);
        assert_true(str_equal_c(c->levels[c->n_levels - 1].condition, "ELSE"));
        assert_true(has_level(c, "\" = \""));
        for (unsigned k = 0; k < c->n_levels; k++)
            assert_true(isnan(c->levels[k].m) && isnan(c->levels[k].u));
        if (cases[i].level ? !has_level(c, cases[i].level) : c->n_levels != 3)
            fail_msg("%s: %u levels, without %s", cases[i].column.heading, c->n_levels,
                     cases[i].level ? cases[i].level : "more");
        close_guessed(&g);
    }
}

static void swapped_and_put_together(void **state)
{
    (void)state;
    struct kind_case columns[] = {
        {"given_name", 0, {"anna", "peter", "maria", "smith", "jones"}},
        {"surname", 0, {"smith", "jones", "baker", "anna", "peter"}},
        {"full_name",
         0,
         {"anna smith", "peter jones", "maria baker", "smith anna", "jones peter"}},
        {"sex", 0, {"m", "f"}}};
    struct guessed g;
    open_guessed(&g, columns, 4);
    assert_null(comparison_of(g.model, "full_name")); // says nothing new
    const struct link_comparison *c = comparison_of(g.model, "given_name");
    assert_true(has_level(c, "\"given_name_l\" = \"surname_r\" AND \"surname_l\" = "
                             "\"given_name_r\""));
    assert_false(has_level(comparison_of(g.model, "surname"), "given_name"));
    close_guessed(&g);
    columns[2] = people; // no third name, and no name in the other's place
    columns[1] = (struct kind_case){"surname", 0, {"smith", "jones", "baker"}};
    columns[0] = (struct kind_case){"given_name", 0, {"anna", "peter", "maria"}};
    open_guessed(&g, columns, 4);
    assert_false(has_level(comparison_of(g.model, "given_name"), "surname"));
    close_guessed(&g);
    // A heading with a quote in it is quoted.
    columns[0].heading = "given\"name";
    open_guessed(&g, columns, 4);
    assert_true(has_level(comparison_of(g.model, "given\"name"), "\"given\"\"name_l\""));
    close_guessed(&g);
}

// --- rules

enum { CROWD = 4000, TWICE = 1200, FIELDS = 4 };

static void set_cells(struct str *cells, struct arena *a, const struct person *p)
{
    const char *const texts[FIELDS] = {p->given, p->family, p->born, p->code};
    for (unsigned i = 0; i < FIELDS; i++)
        cells[i] = str_copy(a, str_of(texts[i]));
}

// What the choice of rules expects to find is what they find.
static void rules(void **state)
{
    (void)state;
    static const char *const names[FIELDS] = {"given_name", "family_name",
                                              "date_of_birth", "postcode"};
    struct arena a;
    struct error e = {0};
    struct rng r = rng_seed(21);
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
    struct link_scratch *scratch;
    enum link_kind found[FIELDS];
    const char *why[FIELDS];
    unsigned id;
    struct guess_names none = {0};
    arena_init(&a, 0);
    struct str *cells = ARENA_ARRAY(&a, struct str, (size_t)CROWD * FIELDS);
    struct person *crowd = ARENA_ARRAY(&a, struct person, CROWD);
    assert_true(cells && crowd);
    for (unsigned i = 0; i < CROWD; i++) {
        unsigned first = i - (CROWD - TWICE);
        crowd[i] =
            i < CROWD - TWICE ? draw_person(&r, i) : copy_person(&r, &crowd[first]);
        set_cells(&cells[(size_t)i * FIELDS], &a, &crowd[i]);
    }
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(link_records_of(&records, names, FIELDS, cells, CROWD, &e));
    assert_ok(guess_kinds(records, &none, found, why, &id, &e));
    assert_ok(link_records_clean(records, found, pool, &e));
    assert_ok(link_model_open(&model, &e));
    assert_ok(guess_comparisons(model, records, &e));
    assert_int_equal(model->n_comparisons, FIELDS);
    double recall = NAN;
    assert_ok(
        guess_rules(model, records, &(struct guess_set){.pool = pool}, &recall, &e));
    assert_true(model->n_rules >= 2);
    assert_ok(link_view_open(&view, records, model, pool, &e));
    assert_ok(link_scratch_open(&scratch, view, 0, &e));
    uint32_t *place = ARENA_ARRAY(&a, uint32_t, CROWD + 1);
    assert_non_null(place);
    for (uint32_t i = 0; i < CROWD; i++)
        place[records->row[i] - 1] = i;
    unsigned covered = 0;
    for (unsigned i = 0; i < TWICE; i++) {
        bool any = false;
        for (unsigned q = 0; q < model->n_rules; q++)
            any |= link_view_rule(view, scratch, q, place[i], place[CROWD - TWICE + i]);
        covered += any;
    }
    double truly = (double)covered / TWICE;
    print_message("rules: %u, expected to find %.4f, found %.4f\n", model->n_rules,
                  recall, truly);
    assert_true(recall > 0.95 && recall <= 1);
    assert_true(truly > 0.98);
    assert_true(fabs(recall - truly) < 0.04);
    struct candidates_set set = {0};
    struct candidates *c;
    struct pattern_table t;
    assert_ok(candidates_open(&c, view, &set, pool, &e));
    assert_ok(pattern_table_of(&t, c, false, &e));
    // far fewer pairs than all of 8 million
    assert_true((double)candidates_pairs(c) < 0.15 * link_all_pairs(view));
    pattern_table_free(&t);
    candidates_close(c);
    link_scratch_close(scratch);
    link_view_close(view);
    // the same choice again
    struct str before[LINK_MAX_RULES];
    unsigned n = model->n_rules;
    for (unsigned i = 0; i < n; i++)
        before[i] = model->rules[i].condition;
    double again;
    assert_ok(guess_rules(model, records, &(struct guess_set){.pool = pool}, &again, &e));
    assert_true(model->n_rules == n && again == recall);
    for (unsigned i = 0; i < n; i++)
        assert_true(str_equal(before[i], model->rules[i].condition));
    link_model_close(model);
    link_records_close(records);
    pool_close(pool);
    arena_free(&a);
}

static void few_records_need_no_rules(void **state)
{
    (void)state;
    const struct kind_case columns[] = {{"name", 0, {"anna", "peter", "maria"}},
                                        {"sex", 0, {"m", "f"}}};
    struct error e = {0};
    struct guessed g;
    double recall;
    open_guessed(&g, columns, 2);
    assert_ok(guess_rules(g.model, g.file.records, &(struct guess_set){.pool = g.pool},
                          &recall, &e));
    assert_int_equal(g.model->n_rules, 1);
    assert_true(str_equal_c(g.model->rules[0].condition, "1=1") && recall == 1);
    close_guessed(&g);
}

static void out_of_memory(void **state)
{
    (void)state;
    const struct kind_case columns[] = {
        {"given_name", 0, {"anna", "peter", "maria", "smith", "jones"}},
        {"surname", 0, {"smith", "jones", "baker", "anna", "peter"}},
        {"dob", 0, {"1980-02-28", "1971-12-30", "1990-01-05"}}};
    unsigned failures = 0;
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        struct error e = {0};
        struct guess_names none = {0};
        struct guessed g;
        open_guessed(&g, columns, 3);
        struct link_model *m;
        struct file f;
        double recall;
        open_file(&f, columns, 3);
        assert_ok(link_model_open(&m, &e));
        mem_fail_after(n);
        enum err code = guess_kinds(f.records, &none, f.kinds, f.why, &f.id, &e);
        if (!code)
            code = guess_comparisons(m, g.file.records, &e);
        if (!code)
            code = guess_rules(m, g.file.records, &(struct guess_set){.pool = g.pool},
                               &recall, &e);
        mem_fail_after(-1);
        if (!code) { // nothing was left out for want of memory
            assert_int_equal(m->n_comparisons, g.model->n_comparisons);
            for (unsigned i = 0; i < m->n_comparisons; i++)
                assert_int_equal(m->comparisons[i].n_levels,
                                 g.model->comparisons[i].n_levels);
        } else {
            assert_int_equal(code, ERR_MEMORY);
        }
        failures += code != ERR_OK;
        done = !code;
        link_model_close(m);
        close_file(&f);
        close_guessed(&g);
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(names_that_are_told),
        cmocka_unit_test(ids),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(swapped_and_put_together),
        cmocka_unit_test(rules),
        cmocka_unit_test(few_records_need_no_rules),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

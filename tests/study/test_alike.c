// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that are alike, on an invented register: the same birth typed again with slips is
// found, strangers are not shown, nobody sees rows that are not theirs.
#include "../register/county_test.h"

#include "base/rng.h"
#include "register/search.h"
#include "study/alike.h"

static const char pack_file[] =
    "pack: rows\nversion: \"1\"\nlabel: {en: Rows, zh: 个案}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\ndate: born_on\nkey: [source, number]\n"
    "sources:\n  hospital: {en: Hospital, zh: 医院}\n  school: {en: School, zh: 学校}\n"
    "fields:\n"
    "  number: {type: text, identifies: true, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, required: true, label: {en: Residence, zh: 居住地}}\n"
    "  born_on: {type: date, required: true, label: {en: Born, zh: 出生}}\n"
    "  child: {type: name, identifies: true, label: {en: Child, zh: 姓名}}\n"
    "  mother: {type: name, identifies: true, label: {en: Mother, zh: 母亲}}\n"
    "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {m: {en: boy, zh: 男},"
    " f: {en: girl, zh: 女}}}\n"
    "  weight: {type: int, label: {en: Weight, zh: 体重}}\n";

enum { ROWS = 4000, TOWNSHIPS = 12 };
static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄",
                                       "赵", "周", "吴", "徐", "孙", "马", "朱"};
static const char *const given[] = {"子", "雨", "梓", "宇", "欣", "浩", "佳", "思",
                                    "俊", "晨", "怡", "博", "涵", "文", "明", "慧",
                                    "伟", "芳", "丽", "强", "红", "军", "艳", "杰"};

struct birth {
    char number[16], area[16], day[16], child[32], mother[32], weight[8];
    bool girl;
};
static struct birth births_of[ROWS];
static const struct reg *births;

static void draw_name(struct rng *r, char out[32])
{
    snprintf(out, 32, "%s%s%s", surnames[rng_below(r, 14)], given[rng_below(r, 24)],
             rng_chance(r, 0.7) ? given[rng_below(r, 24)] : "");
}

static struct birth draw(struct rng *r, int i)
{
    struct birth b = {.girl = rng_chance(r, 0.48)};
    int32_t first;
    assert_true(date_from_ymd(2010, 1, 1, &first));
    snprintf(b.number, sizeof b.number, "O%09d", i * 7919 % 1000000);
    snprintf(b.area, sizeof b.area, "340221%03d", 100 + (int)rng_below(r, TOWNSHIPS));
    date_format(first + (int32_t)rng_below(r, 1400), b.day);
    draw_name(r, b.child);
    draw_name(r, b.mother);
    snprintf(b.weight, sizeof b.weight, "%d", 2500 + 10 * (int)rng_below(r, 150));
    return b;
}

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    make_own_county();
    FILE *f = fopen("areas.csv", "wb");
    assert_non_null(f);
    fprintf(f, "code,name,level,parent\n340221,县,county,\n");
    for (int i = 0; i < TOWNSHIPS; i++)
        fprintf(f, "340221%03d,镇%d,township,340221\n", 100 + i, i);
    assert_int_equal(fclose(f), 0);
    import_ok("areas", "areas.csv", "");
    struct rng r = rng_seed(3);
    f = fopen("births.csv", "wb");
    assert_non_null(f);
    fprintf(f, "number,residence,born_on,child,mother,sex,weight\n");
    for (int i = 0; i < ROWS; i++) {
        births_of[i] = draw(&r, i);
        const struct birth *b = &births_of[i];
        fprintf(f, "%s,%s,%s,%s,%s,%s,%s\n", b->number, b->area, b->day, b->child,
                b->mother, b->girl ? "f" : "m", b->weight);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(import_ok("births", "births.csv", "hospital").inserted, ROWS);
    assert_ok(county_register(county, STR("births"), &births, &error));
    double done = 0;
    while (done < 1)
        assert_ok(search_follow(county, 5000, &done, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static struct alike ask_alike(const struct access *as, const struct birth *b,
                              const char *source, struct arena *a)
{
    struct row_change *v = ARENA_ARRAY(a, struct row_change, 8);
    assert_non_null(v);
    v[0] = (struct row_change){STR("number"), str_of(b->number)};
    v[1] = (struct row_change){STR("residence"), str_of(b->area)};
    v[2] = (struct row_change){STR("born_on"), str_of(b->day)};
    v[3] = (struct row_change){STR("child"), str_of(b->child)};
    v[4] = (struct row_change){STR("mother"), str_of(b->mother)};
    v[5] = (struct row_change){STR("sex"), b->girl ? STR("f") : STR("m")};
    v[6] = (struct row_change){STR("weight"), str_of(b->weight)};
    struct row_new row = {.values = v, .n = 7, .source = str_of(source)};
    struct alike out;
    assert_ok(alike_find(county, as, births, &row, 0, a, &out, &error));
    return out;
}

static struct str number_of(const struct alike *x, size_t i)
{
    for (size_t k = 0; k < x->list.n_columns; k++)
        if (str_equal_c(x->list.columns[k]->name, "number"))
            return x->rows[i].row->values[k].text;
    fail_msg("the list has no numbers");
    return STR("");
}

static bool holds(const struct alike *x, const char *number)
{
    for (size_t i = 0; i < x->n; i++)
        if (str_equal_c(number_of(x, i), number))
            return true;
    return false;
}

// What a second clerk makes of the same birth.
static struct birth with_slips(struct rng *r, const struct birth *b)
{
    struct birth x = *b;
    snprintf(x.number, sizeof x.number, "%s",
             rng_chance(r, 0.5) ? "" : "P000000000"); // another number, or none
    size_t kind = rng_below(r, 5);
    if (kind == 0)
        memcpy(x.child + 3, given[rng_below(r, 24)], 3); // a character
    if (kind == 1)
        x.day[9] = x.day[9] == '9' ? '8' : (char)(x.day[9] + 1); // a digit
    if (kind == 2)
        snprintf(x.mother, sizeof x.mother, "%s", "");
    if (kind == 3)
        snprintf(x.area, sizeof x.area, "340221%03d", 100 + (int)rng_below(r, TOWNSHIPS));
    if (kind == 4)
        memcpy(x.mother + 3, given[rng_below(r, 24)], 3);
    return x;
}

static void the_same_birth_again(void **state)
{
    (void)state;
    struct rng r = rng_seed(4);
    int found = 0, first = 0, n = 200;
    for (int i = 0; i < n; i++) {
        struct arena a;
        arena_init(&a, 0);
        const struct birth *b = &births_of[rng_below(&r, ROWS)];
        struct birth typed = with_slips(&r, b);
        struct alike x = ask_alike(&who, &typed, "hospital", &a);
        bool is = holds(&x, b->number);
        found += is;
        first += is && str_equal_c(number_of(&x, 0), b->number);
        arena_free(&a);
    }
    print_message("# %d of %d found, %d of them first\n", found, n, first);
    assert_true(found >= n * 95 / 100);
    assert_true(first >= found * 97 / 100);
}

static void strangers(void **state)
{
    (void)state;
    struct rng r = rng_seed(5);
    int shown = 0, n = 300;
    for (int i = 0; i < n; i++) {
        struct arena a;
        arena_init(&a, 0);
        struct birth b = draw(&r, ROWS + i);
        struct alike x = ask_alike(&who, &b, "hospital", &a);
        shown += x.n > 0;
        for (size_t k = 0; k < x.n; k++)
            assert_true(x.rows[k].probability >= ALIKE_BAR && x.rows[k].probability < 1 &&
                        (!k || x.rows[k].probability <= x.rows[k - 1].probability));
        arena_free(&a);
    }
    print_message("# of %d strangers %d are shown somebody\n", n, shown);
    assert_true(shown <= n * 3 / 100);
}

static void same_and_different_fields(void **state)
{
    (void)state;
    struct birth b = births_of[17];
    b.number[0] = '\0';
    snprintf(b.weight, sizeof b.weight, "%d", 4000);
    struct alike x = ask_alike(&who, &b, "hospital", &arena);
    assert_true(holds(&x, births_of[17].number));
    assert_int_equal(x.rows[0].n_differs, 1);
    assert_true(str_equal_c(x.rows[0].differs[0], "weight"));
    assert_int_equal(x.rows[0].n_same, 5); // the number was not typed
    // another source's row of the same birth is no mistake
    x = ask_alike(&who, &b, "school", &arena);
    assert_int_equal(x.n, 0);
    // nothing of a person typed yet: nobody is shown
    b.child[0] = b.mother[0] = '\0';
    x = ask_alike(&who, &b, "hospital", &arena);
    assert_int_equal(x.n, 0);
    // the row itself is not alike to itself
    struct row_change v[] = {{STR("child"), str_of(births_of[17].child)},
                             {STR("mother"), str_of(births_of[17].mother)},
                             {STR("born_on"), str_of(births_of[17].day)}};
    struct row_new row = {.values = v, .n = 3};
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT id FROM r_births WHERE number = '%s'",
             births_of[17].number);
    assert_ok(alike_find(county, &who, births, &row, ask(sql), &arena, &x, &error));
    assert_false(holds(&x, births_of[17].number));
}

static void rights(void **state)
{
    (void)state;
    struct access clerk = with_own_grant(&who);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT id FROM r_areas WHERE code = '%s'",
             strcmp(births_of[9].area, "340221100") ? "340221100" : "340221101");
    own_grant.area = ask(sql);
    assert_true(ask_alike(&who, &births_of[9], "hospital", &arena).n > 0);
    struct alike x = ask_alike(&clerk, &births_of[9], "hospital", &arena);
    assert_false(holds(&x, births_of[9].number));
    own_grant.area = 0;
    own_grant.reads_rows = 0; // may enter and not see
    assert_int_equal(ask_alike(&clerk, &births_of[9], "hospital", &arena).n, 0);
}

static void no_memory(void **state)
{
    (void)state;
    struct row_change v[] = {{STR("child"), str_of(births_of[3].child)},
                             {STR("born_on"), str_of(births_of[3].day)},
                             {STR("residence"), str_of(births_of[3].area)}};
    struct row_new row = {.values = v, .n = 3};
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct alike x;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = alike_find(county, &who, births, &row, 0, &a, &x, &error);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 3000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_birth_again),
        cmocka_unit_test(strangers),
        cmocka_unit_test(same_and_different_fields),
        cmocka_unit_test(rights),
        cmocka_unit_test(no_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}

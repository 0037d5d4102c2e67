// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists of rows against a naive scan of the same rows held in memory: random filters,
// sorts, page sizes and callers; cursors while rows come in; what is refused.
#include "county_test.h"

#include "base/rng.h"
#include "register/row_list.h"

static const char pack_file[] =
    "pack: rows\nversion: \"1\"\nlabel: {en: Rows, zh: 个案}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n"
    "  village: {label: {en: Village, zh: 村}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char facilities_file[] =
    "register: facilities\nkind: facilities\narea: area\nkey: [code]\n"
    "label: {en: Facilities, zh: 机构}\nfields:\n"
    "  code: {type: text, required: true, label: {en: Code, zh: 代码}}\n"
    "  name: {type: text, required: true, label: {en: Name, zh: 名称}}\n"
    "  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {h: {en: h, zh: 院}}}\n"
    "  area: {type: area, label: {en: Area, zh: 地区}}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\nfacility: hospital\ndate: born_on\nfields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"
    "  hospital: {type: facility, label: {en: Hospital, zh: 医院}}\n"
    "  born_on: {type: date, label: {en: Born, zh: 出生}}\n"
    "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {m: {en: boy, zh: 男},"
    " f: {en: girl, zh: 女}}}\n"
    "  weight: {type: int, label: {en: Weight, zh: 体重}}\n"
    "  share: {type: decimal, label: {en: Share, zh: 比例}}\n"
    "  name: {type: name, label: {en: Name, zh: 姓名}}\n";

enum { VILLAGES = 12, FACILITIES = 4, ROWS = 1500, NONE = -1 };

struct item { // a row as the test knows it
    int64_t id;
    int village, facility, day, sex, weight, share, name;
    bool struck;
};
static struct item items[ROWS];
static const struct reg *births;
static const char *const names[] = {"王小明", "王芳", "李明", "Anna", "anna b", "赵敏"};
static uint64_t seed = 20140720;

static void village_code(int village, char out[16])
{
    snprintf(out, 16, "340221%03d%03d", 100 + village / 3, 200 + village % 3);
}

static int township_of_facility(int facility)
{
    return facility; // one in each township
}

static void write_places(void)
{
    FILE *f = fopen("areas.csv", "wb");
    assert_non_null(f);
    fprintf(f, "code,name,level,parent\n340221,县,county,\n");
    for (int i = 0; i < 4; i++)
        fprintf(f, "340221%03d,镇%d,township,340221\n", 100 + i, i);
    for (int i = 0; i < VILLAGES; i++) {
        char code[16];
        village_code(i, code);
        fprintf(f, "%s,村%d,village,340221%03d\n", code, i, 100 + i / 3);
    }
    assert_int_equal(fclose(f), 0);
    import_ok("areas", "areas.csv", "");
    f = fopen("facilities.csv", "wb");
    assert_non_null(f);
    fprintf(f, "code,name,kind,area\n");
    for (int i = 0; i < FACILITIES; i++)
        fprintf(f, "H%d,医院%d,h,340221%03d\n", i, i, 100 + township_of_facility(i));
    assert_int_equal(fclose(f), 0);
    import_ok("facilities", "facilities.csv", "");
}

static void day_text(int day, char out[DATE_TEXT_SIZE])
{
    int32_t first;
    assert_true(date_from_ymd(2013, 1, 1, &first));
    date_format(day == NONE ? DATE_NONE : first + day, out);
}

static void print_item(FILE *f, const struct item *x, int number)
{
    char code[16] = "", day[DATE_TEXT_SIZE], facility[8] = "", weight[16] = "",
         share[16] = "";
    if (x->village != NONE)
        village_code(x->village, code);
    if (x->facility != NONE)
        snprintf(facility, sizeof facility, "H%d", x->facility);
    if (x->weight != NONE)
        snprintf(weight, sizeof weight, "%d", x->weight);
    if (x->share != NONE)
        snprintf(share, sizeof share, "%d.5", x->share);
    day_text(x->day, day);
    fprintf(f, "N%d,%s,%s,%s,%s,%s,%s,%s\n", number, code, facility, day,
            x->sex == NONE ? ""
            : x->sex       ? "f"
                           : "m",
            weight, share, x->name == NONE ? "" : names[x->name]);
}

static int some(struct rng *r, int n, double none)
{
    return rng_chance(r, none) ? NONE : (int)rng_below(r, (uint64_t)n);
}

static bool all_placed; // the register requires an area

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    static char file[sizeof births_file + 40];
    const char *area = strstr(births_file, "residence: {type: area,");
    snprintf(file, sizeof file, "%.*sresidence: {type: area,%s%s",
             (int)(area - births_file), births_file, all_placed ? " required: true," : "",
             area + strlen("residence: {type: area,"));
    write_pack(pack_file, areas_file, facilities_file, "births", file);
    make_own_county();
    write_places();
    struct rng r = rng_seed(seed);
    FILE *f = fopen("births.csv", "wb");
    assert_non_null(f);
    fprintf(f, "number,residence,hospital,born_on,sex,weight,share,name\n");
    for (int i = 0; i < ROWS; i++) {
        struct item *x = &items[i];
        *x = (struct item){.village = some(&r, VILLAGES, all_placed ? 0 : 0.05),
                           .facility = some(&r, FACILITIES, 0.3),
                           .day = some(&r, 200, 0.1),
                           .sex = some(&r, 2, 0.1),
                           .weight = some(&r, 50, 0.2),
                           .share = some(&r, 9, 0.2),
                           .name = some(&r, 6, 0.2)};
        print_item(f, x, i);
    }
    assert_int_equal(fclose(f), 0);
    struct import_result in = import_ok("births", "births.csv", "");
    assert_int_equal(in.inserted, ROWS);
    assert_ok(county_register(county, STR("births"), &births, &error));
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT id, number FROM r_births", -1, &s, NULL),
        SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW)
        items[strtol((const char *)sqlite3_column_text(s, 1) + 1, NULL, 10)].id =
            sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    for (int i = 0; i < ROWS; i += 37) {
        assert_ok(row_strike(county, &who, births, items[i].id, STR("test"), &error));
        items[i].struck = true;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

// --- a naive list

enum what {
    BY_VALUE,
    BY_SEVERAL,
    BY_RANGE,
    BY_PART,
    BY_NULL,
    BY_NOT_NULL,
    BY_AREA,
    BY_FACILITY,
    WAYS
};

struct wish { // one filter, in words and as numbers
    enum what what;
    int field; // 0 weight, 1 day, 2 sex, 3 name, 4 share
    int a, b;
    char text[80];
};

static int value_of_item(const struct item *x, int field)
{
    const int values[] = {x->weight, x->day, x->sex, x->name, x->share};
    return values[field];
}

static int township_of(const struct item *x)
{
    return x->village != NONE    ? x->village / 3
           : x->facility != NONE ? township_of_facility(x->facility)
                                 : NONE;
}

static const char *const field_names[] = {"weight", "born_on", "sex", "name", "share"};

static void write_value(int field, int v, char *out, size_t size)
{
    char day[DATE_TEXT_SIZE];
    day_text(field == 1 ? v : 0, day);
    if (field == 0)
        snprintf(out, size, "%d", v);
    else if (field == 4)
        snprintf(out, size, "%d.5", v);
    else
        snprintf(out, size, "%s",
                 field == 1   ? day
                 : field == 2 ? (v ? "f" : "m")
                              : names[v]);
}

static struct wish draw_wish(struct rng *r)
{
    static const int limits[] = {50, 200, 2, 6, 9};
    struct wish w = {.what = (enum what)rng_below(r, WAYS)};
    w.field = (int)rng_below(r, 5);
    if (w.what == BY_PART)
        w.field = 3;
    if (w.what == BY_RANGE && (w.field == 2 || w.field == 3))
        w.field = 1; // days are asked for most
    w.a = (int)rng_below(r, (uint64_t)limits[w.field]);
    w.b = (int)rng_below(r, (uint64_t)limits[w.field]);
    if (w.what == BY_RANGE && w.a > w.b) {
        int t = w.a;
        w.a = w.b;
        w.b = t;
    }
    char a[24], b[24];
    write_value(w.field, w.a, a, sizeof a);
    write_value(w.field, w.b, b, sizeof b);
    if (w.what == BY_VALUE)
        snprintf(w.text, sizeof w.text, "%s", a);
    else if (w.what == BY_SEVERAL)
        snprintf(w.text, sizeof w.text, "%s,%s", a, b);
    else if (w.what == BY_RANGE)
        snprintf(w.text, sizeof w.text, "%s..%s", a, b);
    else if (w.what == BY_PART)
        snprintf(w.text, sizeof w.text, "~%s", w.a % 2 ? "AN" : "明");
    else if (w.what == BY_AREA) {
        w.a %= 5; // a township, or the county
        snprintf(w.text, sizeof w.text, w.a < 4 ? "340221%03d" : "340221", 100 + w.a);
    } else if (w.what == BY_FACILITY) {
        w.a %= FACILITIES;
        snprintf(w.text, sizeof w.text, "H%d", w.a);
    } else
        snprintf(w.text, sizeof w.text, "%s", w.what == BY_NULL ? "null" : "notnull");
    return w;
}

static bool has_part(int name, bool latin)
{
    return name != NONE && (latin ? name == 3 || name == 4 : name == 0 || name == 2);
}

static bool passes(const struct item *x, const struct wish *w)
{
    int v = value_of_item(x, w->field);
    switch (w->what) {
    case BY_VALUE:
        return v == w->a;
    case BY_SEVERAL:
        return v != NONE && (v == w->a || v == w->b);
    case BY_RANGE:
        return v != NONE && v >= w->a && v <= w->b;
    case BY_PART:
        return has_part(x->name, w->a % 2);
    case BY_NULL:
        return v == NONE;
    case BY_NOT_NULL:
        return v != NONE;
    case BY_AREA:
        return w->a == 4 ? township_of(x) != NONE : township_of(x) == w->a;
    case BY_FACILITY:
        return x->facility == w->a;
    case WAYS:
        break;
    }
    return false;
}

static int sort_field; // 5: id, 6: residence, 7: hospital
static bool sort_down;

static int compare_places(const struct item *x, const struct item *y)
{
    int a = sort_field == 6 ? x->village : x->facility,
        b = sort_field == 6 ? y->village : y->facility;
    return a == NONE || b == NONE ? (a == NONE) - (b == NONE)
                                  : (sort_down ? b - a : a - b);
}

static int compare_items(const void *p, const void *q)
{
    const struct item *x = *(const struct item *const *)p,
                      *y = *(const struct item *const *)q;
    int order = 0;
    if (sort_field >= 6) {
        order = compare_places(x, y);
    } else if (sort_field < 5) {
        int a = value_of_item(x, sort_field), b = value_of_item(y, sort_field);
        if (a == NONE || b == NONE)
            order = (a == NONE) - (b == NONE);
        else if (sort_field == 2 && a != b) // f before m
            order = sort_down ? a - b : b - a;
        else if (sort_field == 3)
            order = sort_down ? strcmp(names[b], names[a]) : strcmp(names[a], names[b]);
        else
            order = sort_down ? b - a : a - b;
    }
    if (!order)
        order = (x->id > y->id) - (x->id < y->id), order = sort_down ? -order : order;
    return order;
}

static bool may_see(const struct item *x, int township)
{
    return township == NONE || township_of(x) == township;
}

static size_t naive(const struct wish *w, size_t n_wishes, int township,
                    enum row_state state, const struct item **out)
{
    size_t n = 0;
    for (int i = 0; i < ROWS; i++) {
        const struct item *x = &items[i];
        bool good = may_see(x, township) &&
                    (state == ROW_ALL || x->struck == (state == ROW_STRUCK));
        for (size_t k = 0; good && k < n_wishes; k++)
            good = passes(x, &w[k]);
        if (good)
            out[n++] = x;
    }
    qsort(out, n, sizeof *out, compare_items);
    return n;
}

static const char *const sorts[] = {"weight", "born_on", "sex",       "name",
                                    "share",  "id",      "residence", "hospital"};

// What is listed as a row's is that row's.
static void has_values_of(const struct row_listed *row, const struct item *x)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)x->id);
    assert_true(str_equal_c(row->values[0].text, id));
    assert_true(x->name == NONE ? !row->values[1].text.p
                                : str_equal_c(row->values[1].text, names[x->name]));
    assert_int_equal(row->struck, x->struck);
}

static void one_trial(uint64_t trial)
{
    struct rng r = rng_stream(seed, trial);
    struct wish wishes[4];
    struct row_filter filters[4];
    size_t n = rng_below(&r, 4);
    for (size_t i = 0; i < n; i++) {
        wishes[i] = draw_wish(&r);
        const char *field = wishes[i].what == BY_AREA ? "residence"
                            : wishes[i].what == BY_FACILITY
                                ? "hospital"
                                : field_names[wishes[i].field];
        filters[i] = (struct row_filter){str_of(field), str_of(wishes[i].text)};
    }
    char sort[24];
    sort_field = (int)rng_below(&r, 8);
    sort_down = rng_chance(&r, 0.5);
    snprintf(sort, sizeof sort, "%s%s", sort_down ? "-" : "", sorts[sort_field]);
    int township = rng_chance(&r, 0.5) ? NONE : (int)rng_below(&r, 4);
    struct access caller = with_own_grant(&who);
    if (township != NONE) {
        char sql[80];
        snprintf(sql, sizeof sql, "SELECT id FROM r_areas WHERE code = '340221%03d'",
                 100 + township);
        own_grant.area = ask(sql);
    }
    const struct str columns[] = {STR("id"), STR("name")};
    struct row_query q = {.filters = filters,
                          .n_filters = n,
                          .columns = columns,
                          .n_columns = 2,
                          .state = (enum row_state)rng_below(&r, 3),
                          .sort = str_of(sort),
                          .limit = 1 + rng_below(&r, 120),
                          .count = true};
    static const struct item *want[ROWS];
    size_t wanted = naive(wishes, n, township, q.state, want), at = 0;
    struct arena a;
    arena_init(&a, 0);
    for (struct row_list list;; q.after = list.next) {
        assert_ok(row_list(county, &caller, births, &q, &a, &list, &error));
        for (size_t i = 0; i < list.n; i++, at++)
            if (at >= wanted || list.rows[i].id != want[at]->id)
                fail_msg("trial %d of seed %d: sort %s, row %zu of %zu is another",
                         (int)trial, (int)seed, sort, at, wanted);
            else
                has_values_of(&list.rows[i], want[at]);
        if ((size_t)list.shown != wanted)
            fail_msg("trial %d of seed %d: %d rows counted, %zu are", (int)trial,
                     (int)seed, (int)list.shown, wanted);
        static const struct item *all[ROWS];
        assert_int_equal(list.all, naive(NULL, 0, township, q.state, all));
        assert_int_equal(list.all + list.hidden, naive(NULL, 0, NONE, q.state, all));
        if (!list.next.p)
            break;
        assert_int_equal(list.n, q.limit);
    }
    if (at != wanted)
        fail_msg("trial %d of seed %d: sort %s, %zu rows of %zu", (int)trial, (int)seed,
                 sort, at, wanted);
    arena_free(&a);
}

static void as_a_naive_scan(void **state)
{
    (void)state;
    print_message("# seed %d\n", (int)seed);
    for (uint64_t trial = 0; trial < 300; trial++)
        one_trial(trial);
}

// Rows that come in while someone turns pages move nothing and double nothing.
static void cursors_stand_still(void **state)
{
    (void)state;
    struct row_query q = {.sort = STR("-born_on"), .limit = 40};
    struct row_list list;
    static int64_t seen[ROWS + 200];
    size_t n = 0, added = 0;
    do {
        assert_ok(row_list(county, &who, births, &q, &arena, &list, &error));
        for (size_t i = 0; i < list.n; i++)
            seen[n++] = list.rows[i].id;
        struct row_change values[] = {{STR("born_on"), STR("2013-03-01")},
                                      {STR("number"), STR("new")},
                                      {STR("residence"), STR("340221100")}};
        struct row_saved saved;
        struct row_new row = {.values = values, .n = 3};
        assert_ok(row_create(county, &who, births, &row, &arena, &saved, &error));
        added++;
        q.after = list.next;
    } while (list.next.p);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    size_t old = 0;
    for (int i = 0; i < ROWS; i++)
        for (size_t k = 0; k < n; k++)
            old += seen[k] == items[i].id;
    assert_int_equal(old, ask("SELECT count(*) FROM r_births WHERE state = 'current' AND"
                              " number <> 'new'"));
    assert_true(added > 20);
    tamper("CREATE TABLE scratch AS SELECT 1"); // another process writes, too
    tamper("DROP TABLE scratch");
}

static void refused(const char *field, const char *text, const char *where)
{
    struct row_filter f = {str_of(field), str_of(text)};
    struct row_query q = {.filters = &f, .n_filters = 1, .limit = 10};
    struct row_list list;
    assert_int_equal(row_list(county, &who, births, &q, &arena, &list, &error),
                     ERR_INPUT);
    assert_string_equal(error.where, where);
    assert_true(error.cure[0]);
}

static void what_is_refused(void **state)
{
    (void)state;
    refused("colour", "red", "f.colour");
    refused("fingerprint", "1", "f.fingerprint");
    refused("weight", "heavy", "f.weight");
    refused("weight", "", "f.weight");
    refused("weight", "~3", "f.weight");
    refused("sex", "x", "f.sex");
    refused("sex", "m..f", "f.sex");
    refused("born_on", "2014-02-31", "f.born_on");
    refused("residence", "99", "f.residence");
    refused("hospital", "H9", "f.hospital");
    refused("weight", "1,2,x", "f.weight");
    refused("name\"; DROP TABLE r_births; --", "x", "f.name\"; DROP TABLE r_births; --");
    struct row_list list;
    struct row_query q = {.limit = 0};
    assert_int_equal(row_list(county, &who, births, &q, &arena, &list, &error),
                     ERR_INPUT);
    q = (struct row_query){.limit = 10, .sort = STR("-nothing")};
    assert_int_equal(row_list(county, &who, births, &q, &arena, &list, &error),
                     ERR_INPUT);
    q = (struct row_query){.limit = 10, .after = STR("AAAA")};
    assert_int_equal(row_list(county, &who, births, &q, &arena, &list, &error),
                     ERR_INPUT);
    // a cursor of another sort
    q = (struct row_query){.limit = 10, .sort = STR("weight")};
    assert_ok(row_list(county, &who, births, &q, &arena, &list, &error));
    q.after = list.next;
    q.sort = STR("-weight");
    assert_int_equal(row_list(county, &who, births, &q, &arena, &list, &error),
                     ERR_INPUT);
}

static void columns_and_names(void **state)
{
    (void)state;
    const struct str columns[] = {STR("hospital"), STR("born_on"), STR("saved_at")};
    struct row_query q = {
        .limit = 5, .columns = columns, .n_columns = 3, .sort = STR("born_on")};
    struct row_list list;
    assert_ok(row_list(county, &who, births, &q, &arena, &list, &error));
    assert_int_equal(list.n_columns, 3);
    assert_true(str_equal_c(list.columns[1]->name, "born_on"));
    assert_true(str_equal_c(list.rows[0].values[1].text, "2013-01-01"));
    assert_true(str_equal(list.rows[0].saved_by, who.name));
    for (size_t i = 0; i < list.n; i++)
        if (list.rows[i].values[0].text.p)
            assert_true(list.rows[i].values[0].text.p[0] == 'H' &&
                        list.rows[i].values[0].place >= 0);
    struct row_list one;
    assert_ok(row_list_one(county, &who, births, list.rows[0].id, &arena, &one, &error));
    assert_int_equal(one.n, 1);
    assert_int_equal(one.rows[0].id, list.rows[0].id);
    assert_null(one.next.p);
    assert_int_equal(row_list_one(county, &who, births, 77, &arena, &one, &error),
                     ERR_NOT_FOUND);
    struct access none = with_own_grant(&who);
    own_grant.reads_rows = 0;
    assert_int_equal(row_list(county, &none, births, &q, &arena, &list, &error),
                     ERR_FORBIDDEN);
}

static void no_memory(void **state)
{
    (void)state;
    struct row_filter f = {STR("weight"), STR("1..9")};
    struct row_query q = {.limit = 10,
                          .filters = &f,
                          .n_filters = 1,
                          .sort = STR("-born_on"),
                          .count = true};
    struct row_list list;
    for (int64_t n = 0;; n++) {
        struct arena a;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = row_list(county, &who, births, &q, &a, &list, &error);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 1000);
    }
}

// Of a register that requires an area: other ways to the same rows.
static void where_all_rows_have_areas(void **state)
{
    teardown(state);
    all_placed = true;
    assert_int_equal(setup(state), 0);
    for (uint64_t trial = 300; trial < 600; trial++)
        one_trial(trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_naive_scan),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(columns_and_names),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(cursors_stand_still),
        cmocka_unit_test(where_all_rows_have_areas),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}

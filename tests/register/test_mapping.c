// SPDX-License-Identifier: AGPL-3.0-or-later
// Which column is which field: by name, label and other headings, as given, as last time.
#include "county_test.h"

static const char pack_file[] =
    "pack: columns\nversion: \"1\"\nlabel: {en: Columns, zh: 列}\nlevels:\n"
    "  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3, also: [所属乡镇]}\n"
    "  village: {label: {en: Village, zh: 村}, digits: 3, also: [行政村]}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\ndate: born_on\nleave_out: [序号]\n"
    "sources: {hospital: {en: Hospital, zh: 医院}, school: {en: School, zh: 学校}}\n"
    "fields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}, also: [证号, No.]}\n"
    "  residence: {type: area, label: {en: Residence, zh: 居住地}}\n"
    "  born_on: {type: date, required: true, label: {en: Date of birth, zh: 出生日期}}\n"
    "  sex: {type: code, required: true, label: {en: Sex, zh: 性别},"
    " codes: {m: {en: boy, zh: 男}, f: {en: girl, zh: 女}}}\n";

static const struct reg *births;
static struct mapping map;

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    make_own_county();
    assert_ok(county_register(county, STR("births"), &births, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

// headings and given: texts separated by bars; "" is none.
static size_t parts(const char *text, struct str *out)
{
    size_t n = 0;
    struct str rest = str_of(text), head;
    while (rest.n && n < 16) {
        if (!str_split(rest, '|', &head, &rest)) {
            head = rest;
            rest.n = 0;
        }
        out[n++] = head;
    }
    return n;
}

static enum err make_of(const struct reg *r, const char *headings, const char *given,
                        const char *source)
{
    struct str heads[16], maps[16];
    const char *texts[16];
    size_t n = parts(headings, heads), n_given = parts(given, maps);
    struct conn *c;
    for (size_t i = 0; i < n_given; i++)
        texts[i] = str_c(&arena, maps[i]);
    error = (struct error){0};
    struct error e = {0};
    assert_ok(store_read_begin(county->store, &c, &error));
    enum err code = mapping_make(&arena, county, c, r, str_of(source), heads, n, texts,
                                 n_given, &map, &e);
    store_read_end(c);
    error = e;
    return code;
}

static void maps(const char *headings, const char *given)
{
    if (make_of(births, headings, given, "hospital"))
        fail_msg("%s: %s (%s)", headings, error.text, error.cure);
}

static void refuses(const char *headings, const char *given, const char *said,
                    const char *cure)
{
    if (!make_of(births, headings, given, "hospital"))
        fail_msg("%s %s: taken", headings, given);
    if (!strstr(error.text, said) || !strstr(error.cure, cure))
        fail_msg("%s: %s (%s)", headings, error.text, error.cure);
}

static void column(size_t i, const char *field, enum mapped_by by)
{
    assert_true(i < map.n);
    if (map.columns[i].by != by)
        fail_msg("column %zu is %s", i, mapped_by_name(map.columns[i].by));
    if (field)
        assert_string_equal(map.columns[i].field->name.p, field);
    else
        assert_null(map.columns[i].field);
}

static void guessed_from_headings(void **state)
{
    (void)state;
    maps("number|sex|born_on|residence", "");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(map.columns[i].by, MAPPED_NAME);
    maps("编号|Sex |DATE OF BIRTH|居住地", "");
    column(0, "number", MAPPED_LABEL);
    column(1, "sex", MAPPED_NAME);
    column(2, "born_on", MAPPED_LABEL);
    column(3, "residence", MAPPED_LABEL);
    maps(" 证号　|　性别|Ｄａｔｅ　ｏｆ  birth|序号||heng_row|heng_error", "");
    column(0, "number", MAPPED_ALSO);
    column(1, "sex", MAPPED_LABEL);
    column(2, "born_on", MAPPED_LABEL);
    column(3, NULL, MAPPED_LEFT_OUT);
    column(4, NULL, MAPPED_NOT);
    column(5, NULL, MAPPED_OWN);
    column(6, NULL, MAPPED_OWN);
    maps("ｎｏ．|SEX|Born_On", "");
    column(0, "number", MAPPED_ALSO);
}

static void levels_make_up_the_area(void **state)
{
    (void)state;
    maps("sex|born_on|所属乡镇|行政村", "");
    column(2, "residence", MAPPED_LEVEL);
    column(3, "residence", MAPPED_LEVEL);
    assert_int_equal(map.columns[2].level, 1);
    assert_int_equal(map.columns[3].level, 2);
    // beside a column of its own
    maps("sex|born_on|乡镇|居住地", "");
    column(2, "residence", MAPPED_LEVEL);
    column(3, "residence", MAPPED_LABEL);
}

static void what_is_wrong_is_named_in_whole(void **state)
{
    (void)state;
    refuses("sex|born_on|colour|shape|重量", "",
            "'colour' (column 3), 'shape' (column 4), '重量' (column 5)",
            "--map 'colour=FIELD'");
    assert_non_null(strstr(error.cure, "free: residence, number"));
    assert_null(strstr(error.cure, "sex")); // it has its column
    refuses("number|residence", "", "born_on (出生日期), sex (性别)",
            "first rows must hold the headings");
    refuses("sex|性别|born_on", "",
            "two columns are 'sex': '性别' (column 2) is the second", "--map 'heading='");
    refuses("sex|born_on", "sex", "not of the form", "heading=field");
    refuses("sex|born_on|x", "x=colour", "no field 'colour'", "");
    refuses("sex|born_on|x", "x=version", "no field 'version'", "");
    refuses("sex|born_on|x", "y=number", "no column 'y'", "'sex', 'born_on', 'x'");
    refuses("sex|born_on|x", "x=sex", "two columns are 'sex'", "");
    assert_int_equal(make_of(births, "sex|born_on|x", "y=number", "hospital"), ERR_USAGE);
}

static void given_maps(void **state)
{
    (void)state;
    maps("a|b|c|d", "a=sex|b=born_on|c=|d=number");
    column(0, "sex", MAPPED_GIVEN);
    column(1, "born_on", MAPPED_GIVEN);
    column(2, NULL, MAPPED_NOT);
    column(3, "number", MAPPED_GIVEN);
    // what is given goes before what would be guessed
    maps("sex|born_on|number|证号", "number=");
    column(2, NULL, MAPPED_NOT);
    column(3, "number", MAPPED_ALSO);
    maps("sex|born_on|x|y", "*=");
    column(2, NULL, MAPPED_NOT);
    column(3, NULL, MAPPED_NOT);
    // typed as it looks, not byte by byte
    maps("sex|born_on|Ｃｏｄｅ", "code=number");
    column(2, "number", MAPPED_GIVEN);
}

static enum err keep(struct conn *c, void *source, struct error *e)
{
    return mapping_keep(c, births, str_of(source), &map, e);
}

static void kept_maps(void **state)
{
    (void)state;
    char hospital[] = "hospital";
    maps("a|b|c|编号", "a=sex|b=born_on|c=");
    assert_ok(store_write(county->store, keep, hospital, &error));
    maps("a|b|c|编号", "");
    column(0, "sex", MAPPED_KEPT);
    column(1, "born_on", MAPPED_KEPT);
    column(2, NULL, MAPPED_NOT);
    column(3, "number", MAPPED_LABEL); // what is guessed is guessed again
    maps("a|b|c|d", "c=number|d=");
    column(2, "number", MAPPED_GIVEN); // and what is given goes before what was kept
    // another source keeps its own
    assert_int_equal(make_of(births, "a|b|c|编号", "", "school"), ERR_INPUT);
    assert_non_null(strstr(error.text, "'a' (column 1), 'b' (column 2)"));
}

static void a_list_of_areas_by_level(void **state)
{
    (void)state;
    const struct reg *areas;
    assert_ok(county_register(county, STR("areas"), &areas, &error));
    assert_ok(make_of(areas, "code|县|乡镇|村", "", ""));
    assert_true(map.areas_by_level);
    assert_int_equal(map.code_column, 0);
    assert_int_equal(map.columns[1].level, 0);
    assert_int_equal(map.columns[3].level, 2);
    assert_ok(make_of(areas, "code|name|level|parent", "", ""));
    assert_false(map.areas_by_level);
    struct import_result r = import_ok(
        "areas",
        write_text("list.csv", "code,县,乡镇,村\n340221100201,芜湖县,湾沚镇,新村\n"
                               "340221100202,芜湖县,湾沚镇,桥头\n"
                               "340221101201,芜湖县,六郎镇,新村\n"),
        "");
    assert_int_equal(r.rejected, 0);
    assert_int_equal(r.inserted, 6); // a county, two townships, three villages
    assert_int_equal(county->places->n_areas, 6);
    r = import_ok(
        "births",
        write_text("b.csv", "性别,出生日期,乡镇,村\n男,2014-01-02,六郎镇,新村\n"),
        "hospital");
    assert_int_equal(r.inserted, 1);
    assert_int_equal(ask("SELECT count(*) FROM r_births b JOIN r_areas a ON a.id = b.area"
                         " WHERE a.code = '340221101201'"),
                     1);
    assert_sound();
}

static void a_refused_area_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(8192);
    buf_add_c(&b, "code,县,乡镇,村\n340221100201,芜湖县,湾沚镇,");
    for (int i = 0; i < 600; i++)
        buf_add_c(&b, "村");
    buf_add_c(&b, "\n340221100202,芜湖县,湾沚镇,桥头\n");
    struct import_result r = import_ok("areas", write_text("list.csv", buf_c(&b)), "");
    buf_free(&b);
    assert_int_equal(r.rejected, 1);
    assert_int_equal(r.inserted, 3);
    char *rejects = read_text("list.csv.rejects.csv");
    assert_non_null(strstr(rejects, "code,县,乡镇,村,heng_row,heng_error"));
    assert_non_null(strstr(rejects, "\n340221100201,芜湖县,湾沚镇,村村"));
    // corrected, it goes in: a shorter name, and no cell beyond the headings
    char *name = strstr(rejects, "村村"), *end = strchr(name, ',');
    memmove(name + strlen("村"), end, strlen(end) + 1);
    r = import_ok("areas", write_text("again.csv", rejects), "");
    assert_int_equal(r.rejected, 0);
    assert_int_equal(r.inserted, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(guessed_from_headings, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_make_up_the_area, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named_in_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(given_maps, setup, teardown),
        cmocka_unit_test_setup_teardown(kept_maps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_of_areas_by_level, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_area_comes_back_as_it_was_sent, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

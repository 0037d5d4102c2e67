// SPDX-License-Identifier: AGPL-3.0-or-later
// XLSForms to checklists: a form of one's own with all that is taken, each thing that is
// not, translated conditions, and the forms of others (tests/pack/forms/NAME.txt has what
// is said of each; HENG_GOLDEN=write makes them anew).
#include "pack/xlsform.h"

#include <dirent.h>
#include <xlsxwriter.h>

#include "base/rng.h"
#include "pack/engines.h"
#include "pack_test.h"

static char folder[64], path[160];

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-form-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/form.xlsx", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

// Rows of cells with | between them.
static void write_sheet(lxw_workbook *book, const char *name, const char *const *rows)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book, name);
    assert_non_null(sheet);
    for (lxw_row_t r = 0; rows[r]; r++) {
        const char *p = rows[r];
        for (lxw_col_t c = 0;; c++) {
            size_t n = strcspn(p, "|");
            char text[300];
            assert_true(n < sizeof text);
            memcpy(text, p, n);
            text[n] = '\0';
            if (n)
                worksheet_write_string(sheet, r, c, text, NULL);
            if (!p[n])
                break;
            p += n + 1;
        }
    }
}

static void write_form(const char *const *survey, const char *const *choices,
                       const char *const *settings)
{
    lxw_workbook *book = workbook_new(path);
    assert_non_null(book);
    write_sheet(book, "survey", survey);
    if (choices)
        write_sheet(book, "choices", choices);
    if (settings)
        write_sheet(book, "settings", settings);
    assert_int_equal(workbook_close(book), LXW_NO_ERROR);
}

static struct xlsform read_form(struct arena *a)
{
    struct xlsform form;
    struct error e = {0};
    assert_ok(xlsform_read(a, path, &form, &e));
    return form;
}

static void print_notes(const struct xlsform *form)
{
    for (size_t i = 0; i < form->n_notes; i++)
        print_message("# %s row %llu " STR_FMT ": " STR_FMT "\n",
                      form->notes[i].refused ? "refused" : "note",
                      (unsigned long long)form->notes[i].row,
                      STR_ARG(form->notes[i].column), STR_ARG(form->notes[i].text));
}

static const char *const choices[] = {
    "list_name|name|label|label::Chinese (zh)|points|fails|not_applicable",
    "yes_no|yes|Yes|是",
    "yes_no|no|No|否",
    "how|all|All|全部|10",
    "how|2|Some|部分|4",
    "how|none|None|没有|0|yes",
    "how|na|n/a|不适用|||yes",
    "what|a|Apples|苹果",
    "what|b|Pears|梨",
    NULL};

static void a_form_becomes_a_checklist(void **state)
{
    (void)state;
    static const char *const survey[] = {
        "type|name|label::English (en)|label::Chinese "
        "(zh)|hint|required|relevant|constraint|"
        "constraint_message|calculation|points|critical|appearance",
        "start|start",
        "text|Team Name|Team|队名||yes",
        "begin group|notices|Notices|公示",
        "note|n1|Look at the door|请看门口",
        "select_one yes_no|shown|Notice shown|张贴告示||yes|||||10|yes",
        "image|photo_of|Photo of it|照片|||${shown} = 'yes'",
        "end group",
        "begin group|records|Records|记录|||${shown} = 'yes'",
        "select_one how|signed|Signed|签字||true()",
        "integer|machines|Machines|设备||yes||. >= 0 and . < 50|From 0 to 49||||minimal",
        "calculate|twice||||||||${machines} * 2",
        "select_one yes_no|known|All known|均已登记||yes|${twice} > 1 and ${signed} != "
        "'none'",
        "select_multiple what|kinds|Kinds|种类|||||||",
        "text|why|Why|原因|||selected(${kinds}, 'b') or ${signed} = '2'",
        "date|on_day|Day|日期|||not(${known} = 'no')|. <= today()",
        "end group",
        NULL};
    static const char *const settings[] = {"form_title|form_id|version",
                                           "Rounds|Rounds-1|7", NULL};
    static const char wanted[] =
        "checklist: rounds_1\n"
        "edition: \"7\"\n"
        "label: {en: \"Rounds\", zh: \"Rounds\"}\n"
        "sections:\n"
        "  general_1:\n"
        "    label: {en: \"Rounds\", zh: \"Rounds\"}\n"
        "    items:\n"
        "      team_name: {type: text, label: {en: \"Team\", zh: \"队名\"}}\n"
        "  notices_2:\n"
        "    label: {en: \"Notices\", zh: \"公示\"}\n"
        "    items:\n"
        "      shown: {label: {en: \"Notice shown\", zh: \"张贴告示\"}, hint: {en: "
        "\"Look at "
        "the door\", zh: \"请看门口\"}, points: 10, critical: true}\n"
        "      photo_of: {label: {en: \"Photo of it\", zh: \"照片\"}, photo: true, "
        "required: "
        "false, ask: \"shown\"}\n"
        "  records_3:\n"
        "    label: {en: \"Records\", zh: \"记录\"}\n"
        "    items:\n"
        "      signed: {type: code, label: {en: \"Signed\", zh: \"签字\"}, codes: {all_: "
        "{en: "
        "\"All\", zh: \"全部\", also: [\"all\"], points: 10}, c2: {en: \"Some\", zh: "
        "\"部分\", "
        "also: [\"2\"], points: 4}, none: {en: \"None\", zh: \"没有\", points: 0, fails: "
        "true}, na: {en: \"n/a\", zh: \"不适用\", not_applicable: true}}, ask: "
        "\"shown\"}\n"
        "      machines: {type: int, label: {en: \"Machines\", zh: \"设备\"}, check: "
        "\"machines >= 0 and machines < 50\", check_label: {en: \"From 0 to 49\", zh: "
        "\"From 0 "
        "to 49\"}, ask: \"shown\"}\n"
        "      known: {label: {en: \"All known\", zh: \"均已登记\"}, ask: \"(shown) and "
        "(machines * 2 > 1 and not coalesce(signed = none, false))\"}\n"
        "      kinds_a: {label: {en: \"Kinds: Apples\", zh: \"种类：苹果\"}, required: "
        "false, "
        "ask: \"shown\"}\n"
        "      kinds_b: {label: {en: \"Kinds: Pears\", zh: \"种类：梨\"}, required: "
        "false, ask: "
        "\"shown\"}\n"
        "      why: {type: text, label: {en: \"Why\", zh: \"原因\"}, required: false, "
        "ask: "
        "\"(shown) and (kinds_b or signed = c2)\"}\n"
        "      on_day: {type: date, label: {en: \"Day\", zh: \"日期\"}, required: false, "
        "check: "
        "\"on_day <= today()\", ask: \"(shown) and (not coalesce(not known, false))\"}\n";
    struct arena a;
    arena_init(&a, 0);
    write_form(survey, choices, settings);
    struct xlsform form = read_form(&a);
    if (form.refused)
        print_notes(&form);
    assert_false(form.refused);
    if (!str_equal(form.yaml, str_of(wanted)))
        fail_msg("made:\n" STR_FMT, STR_ARG(form.yaml));
    assert_int_equal(form.n_items, 10);
    assert_int_equal(form.n_sections, 3);
    arena_free(&a);
}

struct bad {
    const char *row;    // of the sheet survey
    const char *column; // where the reason stands
    const char *text;   // a part of it
    bool refused;
};

static void what_is_not_taken_is_named(void **state)
{
    (void)state;
    static const struct bad list[] = {
        {"geopoint|x|X", "type", "two numbers", false},
        {"time|x|X", "type", "as a text", false},
        {"audio|x|X", "type", "attach the recording", false},
        {"geotrace|x|X", "type", "line on the map", true},
        {"select_one_from_file towns.csv|x|X", "type", "list in a file", true},
        {"begin repeat|x|X", "type", "repeats", true},
        {"datetime|x|X", "type", "a day, and a text", false},
        {"rank what|x|X", "type", "an item for each place", false},
        {"stranger|x|X", "type", "not known", true},
        {"select_one nothing|x|X", "type", "no list of this name", true},
        {"select_one what|x|X||a=b", "choice_filter", "every choice is taken", false},
        {"select_one what|x|X||name != ${first}", "choice_filter", "is refused", false},
        {"text||X", "name", "no name", true},
        {"text|first|X", "name", "already stands in row 2", true},
        {"end group", "type", "no group is open", true},
        {"text|x|X|${gone} = 1", "relevant", "there is no question 'gone'", true},
        {"text|x|X|regex(${first}, 'a')", "relevant", "the function 'regex'", true},
        {"text|x|X|${kinds} = 'a'", "relevant", "write selected()", true},
        {"text|x|X|${first} mod 2 = 1", "relevant", "counterpart of 'mod'", true},
        {"text|x|X|(${first} = 'a'", "relevant", ") is missing", true},
        {"text|x|X|||regex(., 'a')", "constraint", "more answers are taken", false},
        {"deviceid|x", "type", "no device is kept", false},
        {"barcode|x|X", "type", "taken as a text", false},
        {"text|Select|X", "name", "called 'select_item'", false},
        {"text|score|X", "name", "called 'score_item'", false},
        {"calculate|x||||||because of it", "calculation", "not understood: 'because'",
         false},
        {"text|x|X|round(${first} div 2) = 3", "relevant", "rounding", true},
        {"text|x|X|${first} = concat('a', 'b')", "relevant", "function 'concat'", true},
        {"text|x|Birth quota of the village", "", "the Charter says", true},
        {"text|x|X|${later} = 'a'", "relevant", "no question 'later'", true},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const char *survey[] = {
            "type|name|label|relevant|choice_filter|constraint|required|calculation",
            "text|first|First", "select_multiple what|kinds|Kinds", list[i].row, NULL};
        struct arena a;
        arena_init(&a, 0);
        write_form(survey, choices, NULL);
        struct xlsform form = read_form(&a);
        bool found = !list[i].text[0];
        for (size_t k = 0; k < form.n_notes; k++)
            found |= form.notes[k].row == 4 &&
                     str_equal_c(form.notes[k].column, list[i].column) &&
                     form.notes[k].refused == list[i].refused &&
                     memmem(form.notes[k].text.p, form.notes[k].text.n, list[i].text,
                            strlen(list[i].text));
        if (!found)
            print_notes(&form);
        if (!found)
            fail_msg("%s: not said: %s", list[i].row, list[i].text);
        assert_int_equal(form.yaml.n == 0, form.refused);
        arena_free(&a);
    }
}

static void no_workbook_at_all(void **state)
{
    (void)state;
    struct arena a;
    struct xlsform form;
    struct error e = {0};
    char other[200];
    arena_init(&a, 0);
    snprintf(other, sizeof other, "%s/form.xml", folder);
    FILE *f = fopen(other, "wb");
    assert_non_null(f);
    fputs("<?xml version=\"1.0\"?><html/>\n", f);
    fclose(f);
    assert_int_equal(xlsform_read(&a, other, &form, &e), ERR_INPUT);
    assert_string_equal(e.key, "xlsform.xml");
    f = fopen(other, "wb");
    assert_non_null(f);
    fputs("a,b\n1,2\n", f);
    fclose(f);
    assert_int_equal(xlsform_read(&a, other, &form, &e), ERR_INPUT);
    assert_string_equal(e.key, "xlsform.format");
    static const char *const rows[] = {"a|b", "1|2", NULL};
    lxw_workbook *book = workbook_new(path);
    write_sheet(book, "Sheet1", rows);
    assert_int_equal(workbook_close(book), LXW_NO_ERROR);
    assert_int_equal(xlsform_read(&a, path, &form, &e), ERR_INPUT);
    assert_string_equal(e.key, "xlsform.survey");
    assert_int_equal(xlsform_read(&a, "/nowhere/form.xlsx", &form, &e), ERR_NOT_FOUND);
    arena_free(&a);
}

// Conditions that a form says with texts become conditions.
static void conditions_are_said_plainly(void **state)
{
    (void)state;
    static const char *const survey[] = {
        "type|name|label|relevant|choice_filter|constraint|required|calculation",
        "select_one how|grade|Grade",
        "select_multiple what|kinds|Kinds|||not(selected(., 'a') and count-selected(.) > "
        "1)",
        "integer|days|Days",
        "calculate|young||||||if(${days} < 28, '1', '0')",
        "calculate|other||||||if(${grade} = 'all', ${young}, '0')",
        "calculate|months||||||int(${days} div 30)",
        "text|a|A|${young} = '1'",
        "text|b|B|selected(${other}, '1')",
        "text|c|C|${young} != '1'",
        "text|d|D|${months} > 2 and ${months} <= 5",
        "text|e|E|string-length(${days}) > 0 and ${days} != 'NaN'",
        "text|f|F|${grade} = 2 or selected(${grade}, 'gone')",
        "text|g|G|count-selected(${kinds}) >= 1",
        "dateTime|seen|Seen",
        "geopoint|where|Where",
        "rank what|order|Order",
        NULL};
    static const char *const wanted[] = {
        "check: \"not coalesce(kinds_a and (case when kinds_a then 1 else 0 end + case "
        "when kinds_b then 1 else 0 end) > 1, false)\"",
        "a: {type: text, label: {en: \"A\", zh: \"A\"}, required: false, ask: \"days < "
        "28\"}",
        "ask: \"grade = all_ and days < 28\"",
        "ask: \"not coalesce(days < 28, false)\"",
        "ask: \"days / 30 >= 3 and days / 30 < 6\"",
        "ask: \"days is not null and days is not null\"",
        "ask: \"grade = c2\"",
        "else 0 end) >= 1\"",
        "seen: {type: date",
        "seen_time: {type: text",
        "where_item_latitude: {type: decimal",
        "min: -180, max: 180",
        "order_item_1: {type: code",
        "check: \"order_item_2 <> order_item_1\""};
    struct arena a;
    arena_init(&a, 0);
    write_form(survey, choices, NULL);
    struct xlsform form = read_form(&a);
    if (form.refused)
        print_notes(&form);
    assert_false(form.refused);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!memmem(form.yaml.p, form.yaml.n, wanted[i], strlen(wanted[i])))
            fail_msg("not there: %s\nmade:\n" STR_FMT, wanted[i], STR_ARG(form.yaml));
    arena_free(&a);
}

// A county of a state: all are offered, one of another state is refused.
static void a_cascade_is_a_check(void **state)
{
    (void)state;
    static const char *const survey[] = {
        "type|name|label|choice_filter", "select_one states|region|Region",
        "select_one counties|district|District|state = ${region}", NULL};
    static const char *const lists[] = {
        "list_name|name|label|state",  "states|tx|Texas",
        "states|wa|Washington",        "counties|king|King (Texas)|tx",
        "counties|cameron|Cameron|tx", "counties|king|King (Washington)|wa",
        "counties|pierce|Pierce|wa",   NULL};
    struct arena a;
    arena_init(&a, 0);
    write_form(survey, lists, NULL);
    struct xlsform form = read_form(&a);
    if (form.refused)
        print_notes(&form);
    assert_false(form.refused);
    static const char *const wanted[] = {
        "king: {en: \"King (Texas) / King (Washington)\"",
        "check: \"(district in (king) and ((region = tx) or (region = wa))) or (district "
        "in "
        "(cameron) and ((region = tx))) or (district in (pierce) and ((region = wa)))\""};
    for (size_t i = 0; i < 2; i++)
        if (!memmem(form.yaml.p, form.yaml.n, wanted[i], strlen(wanted[i])))
            fail_msg("not there: %s\nmade:\n" STR_FMT, wanted[i], STR_ARG(form.yaml));
    arena_free(&a);
}

static const char xform[] =
    "<?xml version=\"1.0\"?>\n"
    "<h:html xmlns=\"http://www.w3.org/2002/xforms\" "
    "xmlns:h=\"http://www.w3.org/1999/xhtml\""
    " xmlns:jr=\"http://openrosa.org/javarosa\" "
    "xmlns:orx=\"http://openrosa.org/xforms\">\n"
    "<h:head><h:title>Rounds</h:title><model><itext>\n"
    "<translation lang=\"English (en)\"><text id=\"shown\"><value>Notice "
    "shown</value></text>"
    "<text id=\"town-0\"><value>Wanzhi</value></text></translation>\n"
    "<translation lang=\"Chinese (zh)\"><text id=\"shown\"><value>张贴告示</value></text>"
    "<text id=\"town-0\"><value>湾沚</value></text></translation></itext>\n"
    "<instance><data id=\"rounds\" "
    "version=\"7\"><shown/><records><machines/><twice/><note/>"
    "<town/><shown/></records><orx:meta><orx:instanceID/></orx:meta></data></instance>\n"
    "<instance "
    "id=\"towns\"><root><item><name>w</name><itextId>town-0</itextId><big>yes</big>"
    "</item><item><name>l</name><itextId>town-1</itextId><big>no</big></item></root></"
    "instance>\n"
    "<bind nodeset=\"/data/shown\" type=\"string\" required=\"true()\"/>\n"
    "<bind nodeset=\"/data/records\" relevant=\" /data/shown ='yes'\"/>\n"
    "<bind nodeset=\"/data/records/machines\" type=\"int\" constraint=\". &gt;= 0 and . "
    "&lt; 50\""
    " jr:constraintMsg=\"From 0 to 49\"/>\n"
    "<bind nodeset=\"/data/records/twice\" type=\"int\" calculate=\"../machines * 2\"/>\n"
    "<bind nodeset=\"/data/records/note\" readonly=\"true()\"/>\n"
    "<bind nodeset=\"/data/records/town\" relevant=\" ../twice  &gt; 2\"/>\n"
    "<bind nodeset=\"/data/records/shown\" type=\"binary\" required=\"true()\"/>\n"
    "<bind nodeset=\"/data/orx:meta/orx:instanceID\" "
    "jr:preload=\"uid\"/></model></h:head>\n"
    "<h:body><select1 ref=\"/data/shown\"><label ref=\"jr:itext('shown')\"/>"
    "<item><label>Yes</label><value>yes</value></item>"
    "<item><label>No</label><value>no</value></item></select1>\n"
    "<group ref=\"/data/records\"><label>Records</label>\n"
    "<input ref=\"/data/records/note\"><label>Look   at\n the door</label></input>\n"
    "<input ref=\"/data/records/machines\"><label>Machines</label></input>\n"
    "<select1 ref=\"/data/records/town\"><label>Town</label><itemset"
    " nodeset=\"instance('towns')/root/item[big =  /data/shown ]\"><value ref=\"name\"/>"
    "<label ref=\"jr:itext(itextId)\"/></itemset></select1>\n"
    "<upload ref=\"/data/records/shown\" "
    "mediatype=\"image/*\"><label>Photo</label></upload>\n"
    "</group></h:body></h:html>\n";

static struct xlsform read_xml(struct arena *a, struct str text, enum err *code)
{
    char other[200];
    struct xlsform form = {0};
    struct error e = {0};
    snprintf(other, sizeof other, "%s/form.xml", folder);
    FILE *f = fopen(other, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    fclose(f);
    *code = xlsform_read(a, other, &form, &e);
    assert_true(!*code || e.text[0]);
    return form;
}

static void an_xform_is_read_as_its_sheets(void **state)
{
    (void)state;
    static const char wanted[] =
        "checklist: rounds\n"
        "edition: \"7\"\n"
        "label: {en: \"Rounds\", zh: \"Rounds\"}\n"
        "sections:\n"
        "  general_1:\n"
        "    label: {en: \"Rounds\", zh: \"Rounds\"}\n"
        "    items:\n"
        "      shown: {label: {en: \"Notice shown\", zh: \"张贴告示\"}}\n"
        "  records_2:\n"
        "    label: {en: \"Records\", zh: \"Records\"}\n"
        "    items:\n"
        "      machines: {type: int, label: {en: \"Machines\", zh: \"Machines\"}, hint: "
        "{en: "
        "\"Look at the door\", zh: \"Look at the door\"}, required: false, check: "
        "\"machines >= 0 and machines < 50\", check_label: {en: \"From 0 to 49\", zh: "
        "\"From 0 to 49\"}, ask: \"shown\"}\n"
        "      town: {type: code, label: {en: \"Town\", zh: \"Town\"}, codes: {w: {en: "
        "\"Wanzhi\", zh: \"湾沚\"}, l: {en: \"l\", zh: \"l\"}}, required: false, check: "
        "\"(town in (w) and ((shown))) or (town in (l) and ((not shown)))\", "
        "check_label: "
        "{en: \"Choose one that belongs to the answer above\", zh: "
        "\"请选择与上面的回答相符的选项\"}, ask: \"(shown) and (machines * 2 > 2)\"}\n"
        "      shown_2: {label: {en: \"Photo\", zh: \"Photo\"}, photo: true, ask: "
        "\"shown\"}\n";
    struct arena a;
    enum err code;
    arena_init(&a, 0);
    struct xlsform form = read_xml(&a, str_of(xform), &code);
    assert_int_equal(code, ERR_OK);
    if (form.refused)
        print_notes(&form);
    assert_true(form.xml && !form.refused);
    if (!str_equal(form.yaml, str_of(wanted)))
        fail_msg("made:\n" STR_FMT, STR_ARG(form.yaml));
    arena_free(&a);
}

// Cut anywhere, or with bytes changed: read, or refused in words.
static void a_damaged_xform(void **state)
{
    (void)state;
    enum { SEED = 20140720, ROUNDS = 400 };
    print_message("# seed %d\n", SEED);
    struct rng r = rng_seed(SEED);
    size_t n = sizeof xform - 1;
    static char copy[sizeof xform];
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena a;
        enum err code;
        size_t size = i % 2 ? rng_below(&r, n) : n;
        memcpy(copy, xform, n);
        for (size_t k = 0; k < 1 + i % 5; k++)
            copy[rng_below(&r, n)] = "<>/&'\"[]x0 "[rng_below(&r, 11)];
        arena_init(&a, 0);
        read_xml(&a, (struct str){copy, size}, &code);
        assert_true(!code || code == ERR_INPUT || code == ERR_LIMIT);
        arena_free(&a);
    }
}

static void what_an_xform_has_besides(void **state)
{
    (void)state;
    static const char *const changes[][3] = {
        // what is replaced, by what, a part of what is said
        {"<h:body>", "<h:body><group><repeat nodeset=\"/data/records\"/></group>",
         "repeats"},
        {"ref=\"/data/shown\"", "ref=\"/data/gone\"", "leads to nothing"},
        {"[big =  /data/shown ]", "[position() = 1]", "every choice is taken"},
        {"<instance id=\"towns\">", "<instance id=\"towns\" src=\"jr://file/t.csv\">",
         "list in a file"},
        {"../twice  &gt; 2", "/data/records[1]/machines = 2", "not understood"},
        {"image/*", "audio/*", "recording"},
        {"<upload ", "<secret ", "mismatched"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        static char text[sizeof xform + 400];
        const char *at = strstr(xform, changes[i][0]);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - xform), xform, changes[i][1],
                 at + strlen(changes[i][0]));
        struct arena a;
        struct error e = {0};
        struct xlsform form = {0};
        char other[200];
        arena_init(&a, 0);
        snprintf(other, sizeof other, "%s/form.xml", folder);
        FILE *f = fopen(other, "wb");
        fputs(text, f);
        fclose(f);
        enum err code = xlsform_read(&a, other, &form, &e);
        bool found = code && strstr(e.text, changes[i][2]);
        for (size_t k = 0; k < form.n_notes; k++)
            found |= form.notes[k].row > 0 &&
                     memmem(form.notes[k].text.p, form.notes[k].text.n, changes[i][2],
                            strlen(changes[i][2]));
        if (!found)
            print_notes(&form);
        if (!found)
            fail_msg("not said: %s (%s)", changes[i][2], e.text);
        arena_free(&a);
    }
}

static void every_allocation_of_an_xform_may_fail(void **state)
{
    (void)state;
    char other[200];
    enum err code;
    struct arena first;
    arena_init(&first, 0);
    read_xml(&first, str_of(xform), &code);
    arena_free(&first);
    snprintf(other, sizeof other, "%s/form.xml", folder);
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct xlsform form;
        struct error e = {0};
        arena_init(&a, 0);
        mem_fail_after(n);
        code = xlsform_read(&a, other, &form, &e);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 2000);
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char *const survey[] = {"type|name|label|relevant", "select_one how|a|A",
                                         "text|b|B|${a} = 'all'", "geotrace|c|C", NULL};
    write_form(survey, choices, NULL);
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct xlsform form;
        struct error e = {0};
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = xlsform_read(&a, path, &form, &e);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 2000);
    }
}

// --- the forms of others

static void describe(const struct xlsform *form, enum err code, const struct error *e,
                     struct buf *out)
{
    if (code) {
        buf_printf(out, "no form: %s\n    %s\n", e->text, e->cure);
        return;
    }
    if (form->refused)
        buf_add_c(out, "refused\n");
    else
        buf_printf(out, "%zu items in %zu sections\n", form->n_items, form->n_sections);
    for (size_t i = 0; i < form->n_notes; i++) {
        const struct xlsform_note *n = &form->notes[i];
        buf_printf(out,
                   STR_FMT ":%llu"
                           "%s" STR_FMT " [%s] " STR_FMT "\n",
                   STR_ARG(n->sheet), (unsigned long long)n->row, n->column.n ? ":" : "",
                   STR_ARG(n->column), n->refused ? "refused" : "note", STR_ARG(n->text));
    }
}

static void compare_golden(const char *name, struct str said)
{
    char file[600];
    char golden[160];
    snprintf(golden, sizeof golden, "tests/pack/forms/%s.txt", name);
    source_path(file, sizeof file, golden);
    const char *mode = getenv("HENG_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *f = fopen(file, "wb");
        assert_non_null(f);
        fwrite(said.p, 1, said.n, f);
        fclose(f);
        return;
    }
    static char text[1 << 16];
    FILE *f = fopen(file, "rb");
    if (!f)
        fail_msg("there is no %s", file);
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    if (!str_equal((struct str){text, n}, said))
        fail_msg("%s, now:\n" STR_FMT, name, STR_ARG(said));
}

static void forms_of_others(void **state)
{
    (void)state;
    char where[600];
    struct dirent **list;
    source_path(where, sizeof where, "../shared/data/forms");
    int n = scandir(where, &list, NULL, alphasort), loaded = 0, refused = 0;
    if (n < 0)
        skip();
    for (int i = 0; i < n; i++) {
        char file[900];
        struct arena a;
        struct xlsform form = {0};
        struct error e = {0};
        snprintf(file, sizeof file, "%s/%s", where, list[i]->d_name);
        if (list[i]->d_name[0] != '.') {
            struct buf out = BUF_INIT(1 << 16);
            arena_init(&a, 0);
            enum err code = xlsform_read(&a, file, &form, &e);
            assert_true(code == ERR_OK || code == ERR_INPUT);
            describe(&form, code, &e, &out);
            compare_golden(list[i]->d_name, buf_str(&out));
            // what is meant to be refused is
            if (strncmp(list[i]->d_name, "bad_", 4) == 0)
                assert_true(code || form.refused);
            loaded += !code && !form.refused;
            refused += code || form.refused;
            buf_free(&out);
            arena_free(&a);
        }
        free(list[i]);
    }
    free(list);
    print_message("# %d loaded, %d refused\n", loaded, refused);
    assert_true(loaded >= 4 && refused >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_becomes_a_checklist),
        cmocka_unit_test(what_is_not_taken_is_named),
        cmocka_unit_test(no_workbook_at_all),
        cmocka_unit_test(conditions_are_said_plainly),
        cmocka_unit_test(a_cascade_is_a_check),
        cmocka_unit_test(an_xform_is_read_as_its_sheets),
        cmocka_unit_test(a_damaged_xform),
        cmocka_unit_test(what_an_xform_has_besides),
        cmocka_unit_test(every_allocation_of_an_xform_may_fail),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(forms_of_others),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}

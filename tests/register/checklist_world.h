// SPDX-License-Identifier: AGPL-3.0-or-later
// A county with three facilities and a checklist, for the tests of checklists.
#ifndef TESTS_CHECKLIST_WORLD_H
#define TESTS_CHECKLIST_WORLD_H

#include "county_test.h"
#include "register/checklist.h"

static const char pack_file[] =
    "pack: rounds\nversion: \"1\"\nlabel: {en: Rounds, zh: 检查}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char facilities_file[] =
    "register: facilities\nkind: facilities\nlabel: {en: Facilities, zh: 机构}\n"
    "fields:\n  kind: {type: code, codes: {hospital: {en: hospital, zh: 医院},"
    " clinic: {en: clinic, zh: 诊所}}, label: {en: Kind, zh: 类别}}\n";

// edition, points of the second answer of double_signature
static const char checklist_text[] =
    "checklist: sex_control\n"
    "edition: \"%s\"\n"
    "label: {en: Fetal sex control, zh: 两非检查}\n"
    "pass: 80\n"
    "sections:\n"
    "  notices:\n"
    "    label: {en: Notices, zh: 公示}\n"
    "    items:\n"
    "      notice_shown: {label: {en: Notice shown, zh: 张贴告示}, points: 10,"
    " critical: true, photo: true, hint: {en: At the door, zh: 门口}}\n"
    "      unlicensed: {label: {en: Unlicensed staff seen, zh: 有无证人员}, met: false,"
    " points: 5}\n"
    "  records:\n"
    "    label: {en: Records, zh: 记录}\n"
    "    items:\n"
    "      double_signature: {type: code, label: {en: Double signature, zh: 双签名},"
    " codes: {every: {en: every record, zh: 全部, points: 10},"
    " partly: {en: partly, zh: 部分, points: %d},"
    " none: {en: none, zh: 没有, points: 0, fails: true},"
    " na: {en: not applicable, zh: 不适用, not_applicable: true}}}\n"
    "      machines: {type: int, min: 0, label: {en: Machines, zh: 设备数}}\n"
    "      machine_registered: {ask: machines > 0, points: 5, critical: true,"
    " label: {en: All registered, zh: 全部登记}}\n"
    "      remarks: {type: text, required: false, label: {en: Remarks, zh: 备注}}\n";

static const struct reg *rounds;
static const struct checklist *checklist;

static inline void write_checklist(const char *edition, int some)
{
    static char text[4000];
    snprintf(text, sizeof text, checklist_text, edition, some);
    assert_true(mkdir("pack/checklists", 0755) == 0 ||
                access("pack/checklists", F_OK) == 0);
    write_text("pack/checklists/sex_control.yaml", text);
}

static inline void find_checklist(void)
{
    assert_ok(county_register(county, STR("sex_control"), &rounds, &error));
    checklist = pack_checklist(county->pack, STR("sex_control"));
    assert_non_null(checklist);
    assert_ptr_equal(pack_checklist_of(county->pack, rounds), checklist);
}

static inline void make_rounds(void)
{
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "facilities", facilities_file);
    write_checklist("2014-1", 4);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    import_ok("facilities",
              write_text("facilities.csv", "code,name,kind,area\n"
                                           "F1,县医院,hospital,340221100\n"
                                           "F2,湾沚诊所,clinic,340221100\n"
                                           "F3,六郎诊所,clinic,340221101\n"),
              "");
    find_checklist();
}

enum { MOST = 16 };

// "field=text;field=text"
static inline struct row_new typed(const char *text, struct row_change out[MOST])
{
    struct row_new row = {.values = out};
    struct str rest = str_copy(&arena, str_of(text)), part;
    while (rest.n) {
        if (!str_split(rest, ';', &part, &rest)) {
            part = rest;
            rest.n = 0;
        }
        assert_true(row.n < MOST);
        assert_true(str_split(part, '=', &out[row.n].field, &out[row.n].text));
        row.n++;
    }
    return row;
}

static inline struct row_saved create_ok(const char *text)
{
    struct row_change values[MOST];
    struct row_new row = typed(text, values);
    struct row_saved saved;
    assert_ok(row_create(county, &who, rounds, &row, &arena, &saved, &error));
    return saved;
}

#endif

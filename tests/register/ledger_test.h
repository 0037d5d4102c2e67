// SPDX-License-Identifier: AGPL-3.0-or-later
// The county of the ledgers' tests: three facilities in two townships, four goods, a
// ledger of goods with lots and one of money.
#ifndef TESTS_LEDGER_TEST_H
#define TESTS_LEDGER_TEST_H

#include "county_test.h"

#include <math.h>

#include "register/history.h"
#include "register/ledger_private.h"

static const char ledger_pack[] =
    "pack: ledgers\nversion: \"1\"\nlabel: {en: L, zh: 账}\nlevels:\n"
    "  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char ledger_areas[] =
    "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n";
static const char ledger_facilities[] =
    "register: facilities\nkind: facilities\npurpose: supervision\nlabel: {en: F, zh: "
    "机构}\narea: area\nkey: [code]\nfields:\n"
    "  code: {type: text, required: true, label: {en: Code, zh: 代码}}\n"
    "  name: {type: text, required: true, label: {en: Name, zh: 名称}}\n"
    "  kind: {type: code, codes: {h: {en: H, zh: 院}}, label: {en: Kind, zh: 类别}}\n"
    "  area: {type: area, required: true, label: {en: Area, zh: 地区}}\n";
static const char ledger_goods[] =
    "register: goods\npurpose: supervision\nlabel: {en: Goods, zh: 物品}\narea: "
    "kept_by\nkey: "
    "[code]\nfields:\n"
    "  code: {type: text, required: true, label: {en: Code, zh: 代码}}\n"
    "  unit: {type: code, codes: {ampoule: {en: ampoules, zh: 支}, dose: {en: doses, zh: "
    "剂}}, label: {en: Unit, zh: 单位}}\n"
    "  kept_by: {type: area, label: {en: Kept by, zh: 管理地区}}\n"
    "  low: {type: decimal, label: {en: From, zh: 下限}}\n"
    "  high: {type: decimal, label: {en: To, zh: 上限}}\n";
static const char ledger_medicines[] =
    "ledger: medicines\nlabel: {en: Medicines, zh: 药品}\nkind: goods\npurpose: "
    "supervision\nlots: true\n"
    "items: {register: goods, unit: unit, cold_low: low, cold_high: high}\n"
    "accounts:\n"
    "  supplier: {label: {en: Suppliers, zh: 供货商}, negative: true}\n"
    "  patients: {label: {en: Used, zh: 使用}}\n"
    "  waste: {label: {en: Destroyed, zh: 销毁}}\n"
    "  difference: {label: {en: Differences, zh: 盘点差异}, negative: true}\n"
    "movements:\n"
    "  receive: {label: {en: Receipt, zh: 入库}, from: supplier, to: place}\n"
    "  deliver: {label: {en: Delivery, zh: 配送}, from: supplier, to: place, confirm: "
    "true}\n"
    "  transfer: {label: {en: Transfer, zh: 调拨}, from: place, to: place, confirm: "
    "true}\n"
    "  move: {label: {en: Move, zh: 移库}, from: place, to: place}\n"
    "  use: {label: {en: Use, zh: 使用}, from: place, to: patients}\n"
    "  destroy: {label: {en: Destruction, zh: 销毁}, from: place, to: waste, expired: "
    "true}\n"
    "  count: {label: {en: Count, zh: 盘点}, count: true, account: difference}\n";
static const char ledger_fund[] =
    "ledger: fund\nlabel: {en: Fund, zh: 资金}\nkind: money\npurpose: supervision\n"
    "unit: {en: yuan, zh: 元}\naccounts:\n"
    "  treasury: {label: {en: Treasury, zh: 财政}, negative: true}\n"
    "  people: {label: {en: Paid, zh: 已付}}\n"
    "movements:\n"
    "  grant: {label: {en: Grant, zh: 拨款}, from: treasury, to: place}\n"
    "  pay: {label: {en: Payment, zh: 支付}, from: place, to: people}\n";

static const struct ledger *medicines, *fund;
static int64_t places[3]; // A and B in one township, C in the other

static inline const struct ledger_movement *movement(const char *name)
{
    const struct ledger *const both[] = {medicines, fund};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < both[i]->n_movements; k++)
            if (str_equal_c(both[i]->movements[k].name, name))
                return &both[i]->movements[k];
    fail_msg("no movement %s", name);
    return NULL;
}

static inline void find_ledgers(void)
{
    medicines = pack_ledger(county->pack, STR("medicines"));
    fund = pack_ledger(county->pack, STR("fund"));
    assert_non_null(medicines);
    assert_non_null(fund);
}

static inline int setup_ledgers(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(ledger_pack, ledger_areas, ledger_facilities, "goods", ledger_goods);
    assert_int_equal(mkdir("pack/ledgers", 0755), 0);
    write_text("pack/ledgers/medicines.yaml", ledger_medicines);
    write_text("pack/ledgers/fund.yaml", ledger_fund);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    import_ok("facilities",
              write_text("f.csv", "code,name,kind,area\nA,湾沚医院,h,湾沚镇\nB,湾沚卫生院"
                                  ",h,湾沚镇\nC,六郎卫生院,h,六郎镇\n"),
              "");
    import_ok("goods",
              write_text("g.csv", "code,unit,low,high\noxytocin,ampoule,,\nmisoprostol,"
                                  "dose,,\nbcg,dose,2,8\nfolic,dose,,\n"),
              "");
    for (int i = 0; i < 3; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT id FROM r_facilities WHERE code = '%c'",
                 'A' + i);
        places[i] = ask(sql);
    }
    find_ledgers();
    return 0;
}

static inline int teardown_ledgers(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static inline int32_t day_at(const char *text)
{
    int32_t day;
    assert_int_equal(date_parse(str_of(text), &day, &error), ERR_OK);
    return day;
}

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// A pack for the tests of the measures: births (vital), visits (care), and a monthly
// report of townships and one of facilities.
#ifndef TESTS_MEASURE_TEST_PACK_H
#define TESTS_MEASURE_TEST_PACK_H

#include "measure_test.h"

#define LABEL(word) "label: {en: " word ", zh: " word "}"

static const char pack_yaml[] = "pack: test\nversion: \"1\"\n" LABEL(
    "Test") "\n"
            "levels:\n"
            "  county:   {" LABEL(
                "County") ", digits: 6}\n"
                          "  township: {" LABEL(
                              "Township") ", digits: 3}\n"
                                          "  village:  {" LABEL(
                                              "Village") ", digits: 3}\n";

static const char areas_yaml[] =
    "register: areas\nkind: areas\npurpose: statistics\n" LABEL("Areas") "\n";

static const char facilities_yaml[] =
    "register: facilities\nkind: facilities\npurpose: supervision\narea: area\n" LABEL(
        "Facilities") "\nkey: [code]\nfields:\n"
                      "  code: {type: text, required: true, max_length: 22, " LABEL(
                          "Code") "}\n"
                                  "  name: {type: text, required: true, " LABEL(
                                      "Name") "}\n"
                                              "  name_en: {type: text, " LABEL(
                                                  "English") "}\n"
                                                             "  kind: {type: code, "
                                                             "required: true, " LABEL(
                                                                 "Kind") ", codes: {"
                                                                         "hospital: {en: "
                                                                         "hospital, zh: "
                                                                         "医院}, clinic: "
                                                                         "{en: clinic, "
                                                                         "zh: 诊所}}}\n"
                                                                         "  area: {type: "
                                                                         "area, "
                                                                         "required: "
                                                                         "true, " LABEL(
                                                                             "Area") "}\n"
                                                                                     "  "
                                                                                     "lic"
                                                                                     "enc"
                                                                                     "e_"
                                                                                     "unt"
                                                                                     "il:"
                                                                                     " {"
                                                                                     "typ"
                                                                                     "e: "
                                                                                     "dat"
                                                                                     "e,"
                                                                                     " " LABEL(
                                                                                         "Licence") "}\n"
                                                                                                    "  valid_from: {type: date, " LABEL(
                                                                                                        "From") "}\n"
                                                                                                                "  valid_to: {type: date, " LABEL(
                                                                                                                    "To") "}\n"
                                                                                                                          "checks:\n  licence_expired: {when: licence_until < today(), severity: warning, " LABEL(
                                                                                                                              "Expired") "}\n";

#define SEX                                                                              \
    "  sex: {type: code, " LABEL(                                                        \
        "Sex") ", codes: {m: {en: boy, zh: 男}, f: {en: girl, zh: 女}}}\n"

static const char births_yaml[] =
    "register: births\npurpose: vital\narea: residence\nfacility: facility\n"
    "date: born_on\nsources: {hospital: {en: hospital, zh: 医院}, household: {en: "
    "household, zh: 户籍}}\nkey: [number, source]\n" LABEL(
        "Births") "\nfields:\n"
                  "  number: {type: text, required: true, " LABEL(
                      "Number") "}\n"
                                "  born_on: {type: date, required: true, " LABEL("Born") "}\n" SEX "  weight: {type: int, min: 300, max: 7000, warn: weight > 6000, " LABEL(
                                    "Weight") "}\n"
                                              "  mother: {type: name, identifies: "
                                              "true, " LABEL(
                                                  "Mother") "}\n"
                                                            "  residence: {type: area, "
                                                            "required: true, " LABEL(
                                                                "Residence") "}\n"
                                                                             "  "
                                                                             "facility: "
                                                                             "{type: "
                                                                             "facility,"
                                                                             " " LABEL(
                                                                                 "Facilit"
                                                                                 "y") "}"
                                                                                      "\n"
                                                                                      "ch"
                                                                                      "ec"
                                                                                      "ks"
                                                                                      ":"
                                                                                      "\n"
                                                                                      "  "
                                                                                      "ti"
                                                                                      "ny"
                                                                                      ": "
                                                                                      "{w"
                                                                                      "he"
                                                                                      "n:"
                                                                                      " w"
                                                                                      "ei"
                                                                                      "gh"
                                                                                      "t "
                                                                                      "< "
                                                                                      "50"
                                                                                      "0,"
                                                                                      " s"
                                                                                      "ev"
                                                                                      "er"
                                                                                      "it"
                                                                                      "y:"
                                                                                      " n"
                                                                                      "ot"
                                                                                      "e,"
                                                                                      " " LABEL(
                                                                                          "Tiny") "}\n";

static const char visits_yaml[] =
    "register: visits\npurpose: care\narea: village\nfacility: clinic\ndate: seen_on\n"
    "key: [number]\n" LABEL(
        "Visits") "\nfields:\n"
                  "  number: {type: text, required: true, " LABEL(
                      "Number") "}\n"
                                "  seen_on: {type: date, required: true, " LABEL(
                                    "Seen") "}\n" SEX
                                            "  flag: {type: int, min: 0, max: 9, " LABEL(
                                                "Flag") "}\n"
                                                        "  village: {type: area, "
                                                        "required: true, " LABEL(
                                                            "Village") "}\n"
                                                                       "  clinic: {type: "
                                                                       "facility, " LABEL(
                                                                           "Clinic") "}\n"
                                                                                     "che"
                                                                                     "cks"
                                                                                     ":\n"
                                                                                     "  "
                                                                                     "fla"
                                                                                     "gge"
                                                                                     "d_"
                                                                                     "vis"
                                                                                     "it:"
                                                                                     " {"
                                                                                     "whe"
                                                                                     "n: "
                                                                                     "fla"
                                                                                     "g "
                                                                                     "= "
                                                                                     "1, "
                                                                                     "sev"
                                                                                     "eri"
                                                                                     "ty:"
                                                                                     " er"
                                                                                     "ror"
                                                                                     ","
                                                                                     " " LABEL(
                                                                                         "FlaggedRow") "}\n";

static const char report_yaml[] =
    "register: report\npurpose: statistics\narea: township\ndate: month\n"
    "key: [month, township, part]\n" LABEL(
        "Report") "\n"
                  "due: {every: month, by_day: 5, level: township, received: "
                  "received_on}\nfields:\n"
                  "  month: {type: period, every: month, required: true, " LABEL(
                      "Month") "}\n"
                               "  township: {type: area, level: township, required: "
                               "true, " LABEL(
                                   "Township") "}\n"
                                               "  part: {type: text, " LABEL(
                                                   "Part") "}\n"
                                                           "  received_on: {type: "
                                                           "date, " LABEL(
                                                               "Received") "}\n"
                                                                           "  "
                                                                           "people: "
                                                                           "{type: "
                                                                           "int, "
                                                                           "min: "
                                                                           "0,"
                                                                           " " LABEL(
                                                                               "Peopl"
                                                                               "e") "}\n"
                                                                                    "  "
                                                                                    "cont"
                                                                                    "ract"
                                                                                    "ed: "
                                                                                    "{typ"
                                                                                    "e: "
                                                                                    "int,"
                                                                                    " min"
                                                                                    ": "
                                                                                    "0,"
                                                                                    " " LABEL(
                                                                                        "Contracted") "}\n"
                                                                                                      "  total: {type: int, min: 0, " LABEL(
                                                                                                          "Total") "}\n";

static const char log_yaml[] =
    "register: deliveries\npurpose: statistics\nfacility: facility\ndate: month\n"
    "key: [month, facility, part]\n" LABEL(
        "Deliveries") "\n"
                      "due: {every: month, by_day: 28, facilities: [hospital], received: "
                      "received_on}\nfields:\n"
                      "  month: {type: period, every: month, required: true, " LABEL(
                          "Month") "}\n"
                                   "  facility: {type: facility, required: true, " LABEL(
                                       "Facility") "}\n"
                                                   "  part: {type: text, " LABEL(
                                                       "Part") "}\n"
                                                               "  received_on: {type: "
                                                               "date, " LABEL(
                                                                   "Received") "}\n"
                                                                               "  total: "
                                                                               "{type: "
                                                                               "int, "
                                                                               "min: "
                                                                               "0,"
                                                                               " " LABEL(
                                                                                   "Tota"
                                                                                   "l") "}\n";

static const char indicators_yaml[] = "group: test\n" LABEL(
    "Test") "\nindicators:\n"
            "  births: {" LABEL(
                "Births") ", numerator: count(births)}\n"
                          "  light: {" LABEL(
                              "Light") ", numerator: count(births where weight < 2500), "
                                       "denominator: count(births), per: 100, interval: "
                                       "proportion, better: low, target: 10}\n"
                                       "  light_high: {" LABEL(
                                           "LightHigh") ", numerator: count(births where "
                                                        "weight < 2500),"
                                                        " denominator: count(births), "
                                                        "per: 100, interval: proportion, "
                                                        "better: high, "
                                                        "target: 10}\n"
                                                        "  srb: {" LABEL("SRB") ", "
                                                                                "numerato"
                                                                                "r: "
                                                                                "count("
                                                                                "births "
                                                                                "where "
                                                                                "sex = "
                                                                                "m), "
                                                                                "denomina"
                                                                                "tor: "
                                                                                "count("
                                                                                "births "
                                                                                "where "
                                                                                "sex = "
                                                                                "f), "
                                                                                "per: "
                                                                                "100, "
                                                                                "decimals"
                                                                                ": 1, "
                                                                                "interval"
                                                                                ": "
                                                                                "ratio}\n"
                                                                                "  "
                                                                                "contract"
                                                                                ": "
                                                                                "{" LABEL(
                                                                                    "Cont"
                                                                                    "rac"
                                                                                    "t") ", numerator: last(report.contracted), denominator: "
                                                                                         "last(report.people), per: 100, interval: proportion, inside: true, better: high, "
                                                                                         "target: 30}\n"
                                                                                         "  edition:\n"
                                                                                         "    - {edition: second, to: 2013-12-31, " LABEL("Old") ", numerator: count(births), "
                                                                                                                                                 "per: 1000}\n"
                                                                                                                                                 "    - {edition: third, from: 2014-01-01, " LABEL("New") ", numerator: count(births), "
                                                                                                                                                                                                          "per: 7}\n"
                                                                                                                                                                                                          "  visits: {" LABEL(
                                                                                                                                                                                                              "AllVisits") ", numerator: count(visits)}\n"
                                                                                                                                                                                                                           "  flagged: {" LABEL("Flagged") ", numerator: count(visits where flag = 1)}\n"
                                                                                                                                                                                                                                                           "  unflagged: {" LABEL("Unflagged") ", numerator: count(visits where flag = 0)}\n"
                                                                                                                                                                                                                                                                                               "  flag_sum: {" LABEL(
                                                                                                                                                                                                                                                                                                   "FlagSum") ", numerator: sum(visits.flag)}\n"
                                                                                                                                                                                                                                                                                                              "  flag_mean: {" LABEL(
                                                                                                                                                                                                                                                                                                                  "FlagMean") ", numerator: mean(visits.flag)}\n"
                                                                                                                                                                                                                                                                                                                              "  difference: {" LABEL("Difference") ", numerator: \"count(visits) - count(visits "
                                                                                                                                                                                                                                                                                                                                                                    "where sex = m)\"}\n"
                                                                                                                                                                                                                                                                                                                                                                    "  flag_rate: {" LABEL(
                                                                                                                                                                                                                                                                                                                                                                        "FlagRate") ", numerator: count(visits where flag = 1), "
                                                                                                                                                                                                                                                                                                                                                                                    "denominator: count(visits), per: 100, interval: proportion}\n"
                                                                                                                                                                                                                                                                                                                                                                                    "  done_rate: {" LABEL("DoneRate") ", numerator: count(visits where flag = 0), "
                                                                                                                                                                                                                                                                                                                                                                                                                       "denominator: count(visits), per: 100, interval: proportion}\n"
                                                                                                                                                                                                                                                                                                                                                                                                                       "  visit_rate: {" LABEL(
                                                                                                                                                                                                                                                                                                                                                                                                                           "VisitRate") ", numerator: count(visits), denominator: "
                                                                                                                                                                                                                                                                                                                                                                                                                                        "sum(report.people), per: 100000, decimals: 3}\n";

static const char checks_yaml[] =
    "checks:\n"
    "  totals_agree: {kind: compare, " LABEL(
        "TotalsAgree") ", severity: warning, left: "
                       "sum(report.total), right: count(births where source = hospital), "
                       "relation: equal, "
                       "tolerance: {percent: 10, count: 2}, by: township, every: month}\n"
                       "  at_most: {kind: compare, " LABEL(
                           "AtMost") ", severity: warning, left: "
                                     "sum(report.total), right: count(births where "
                                     "source = hospital), relation: at_most, "
                                     "by: township, every: half}\n"
                                     "  at_least: {kind: compare, " LABEL(
                                         "AtLeast") ", severity: warning, left: "
                                                    "sum(report.total), right: "
                                                    "count(births where source = "
                                                    "hospital), relation: "
                                                    "at_least, by: township, every: "
                                                    "half}\n"
                                                    "  no_light: {kind: count, " LABEL(
                                                        "NoLight") ", severity: error, "
                                                                   "value: "
                                                                   "count(births where "
                                                                   "weight < 400), by: "
                                                                   "township, every: "
                                                                   "half}\n"
                                                                   "  unusual: {kind: "
                                                                   "outlier, " LABEL(
                                                                       "Unusual") ", "
                                                                                  "severi"
                                                                                  "ty: "
                                                                                  "warnin"
                                                                                  "g, "
                                                                                  "value:"
                                                                                  " "
                                                                                  "sum("
                                                                                  "report"
                                                                                  ".total"
                                                                                  "), "
                                                                                  "by: "
                                                                                  "townsh"
                                                                                  "ip, "
                                                                                  "every:"
                                                                                  " month"
                                                                                  ", "
                                                                                  "limit:"
                                                                                  " 3.5}"
                                                                                  "\n"
                                                                                  "  "
                                                                                  "twice:"
                                                                                  " {"
                                                                                  "kind: "
                                                                                  "duplic"
                                                                                  "ate,"
                                                                                  " " LABEL(
                                                                                      "Tw"
                                                                                      "ic"
                                                                                      "e") ", severity: warning, register: births, "
                                                                                           "same: [born_on, sex, mother], across_sources: false}\n"
                                                                                           "  twice_anywhere: {kind: duplicate, " LABEL(
                                                                                               "TwiceAnywhere") ", severity: note, "
                                                                                                                "register: births, same: [born_on, sex, mother], across_sources: true}\n"
                                                                                                                "  care_count: {kind: count, " LABEL(
                                                                                                                    "CareCount") ", severity: error, value: "
                                                                                                                                 "count(visits where flag = 1), by: township, every: half}\n"
                                                                                                                                 "  care_compare: {kind: compare, " LABEL(
                                                                                                                                     "CareCompare") ", severity: error, left: "
                                                                                                                                                    "count(visits), right: sum(report.people), relation: equal, by: township, every: "
                                                                                                                                                    "half}\n"
                                                                                                                                                    "  care_unusual: {kind: outlier, " LABEL(
                                                                                                                                                        "CareUnusual") ", severity: warning, value: "
                                                                                                                                                                       "count(visits), by: township, every: month}\n"
                                                                                                                                                                       "  care_twice: {kind: duplicate, " LABEL(
                                                                                                                                                                           "CareTwice") ", severity: warning, register: "
                                                                                                                                                                                        "visits, same: [seen_on, sex, village]}\n";

static const char reports_yaml[] = "report: half-year\nevery: half\n" LABEL(
    "HalfYear") "\nvalues:\n"
                "  all: {indicator: visits}\n  few: {indicator: flagged}\n"
                "  before: {indicator: visits, before: true}\n  rate: {indicator: "
                "flag_rate}\n"
                "  edition: {indicator: edition}\n"
                "sections:\n"
                "  - text: {en: \"all {all} few {few} before {before} rate "
                "{rate:interval} edition "
                "{edition}\", zh: \"{all}{few}{before}\"}\n"
                "  - {table: indicators, title: {en: Care, zh: Care}, indicators: "
                "[visits, flagged, "
                "unflagged, flag_sum, flag_mean, difference, flag_rate, done_rate, "
                "visit_rate]}\n"
                "  - {table: indicators, title: {en: Plain, zh: Plain}, indicators: "
                "[contract, "
                "edition]}\n"
                "  - {table: areas, title: {en: Areas, zh: Areas}, by: township, "
                "indicators: "
                "[visits, visit_rate]}\n"
                "  - {table: areas, title: {en: Contracts, zh: Contracts}, by: township, "
                "indicators: "
                "[contract]}\n"
                "  - {table: cross, title: {en: Cross, zh: Cross}, measure: "
                "count(visits), " LABEL(
                    "CrossVisits") ", rows: flag, columns: sex}\n"
                                   "  - {chart: bar, title: {en: Bar, zh: Bar}, "
                                   "indicators: [visits], by: township}\n"
                                   "  - {chart: bar, title: {en: Rates, zh: Rates}, "
                                   "indicators: [visit_rate], by: "
                                   "township}\n"
                                   "  - {chart: line, title: {en: Line, zh: Line}, "
                                   "measure: count(visits), " LABEL(
                                       "LineVisits") ", by: month}\n"
                                                     "  - {chart: pyramid, title: {en: "
                                                     "Pyramid, zh: Pyramid}, measure: "
                                                     "count(visits), "
                                                     "rows: flag, columns: sex}\n"
                                                     "  - findings: {limit: 50}\n"
                                                     "  - definitions: true\n";

static const struct pack_text test_pack[] = {
    {"pack.yaml", pack_yaml},
    {"registers/areas.yaml", areas_yaml},
    {"registers/facilities.yaml", facilities_yaml},
    {"registers/births.yaml", births_yaml},
    {"registers/visits.yaml", visits_yaml},
    {"registers/report.yaml", report_yaml},
    {"registers/deliveries.yaml", log_yaml},
    {"indicators/test.yaml", indicators_yaml},
    {"checks/test.yaml", checks_yaml},
    {"reports/half-year.yaml", reports_yaml},
};

static const char areas_csv[] = "code,name,name_en,level,parent,valid_from,valid_to\n"
                                "340221,县,County,county,,,\n"
                                "340221100,甲,T1,township,340221,,\n"
                                "340221100001,甲一,V11,village,340221100,,\n"
                                "340221100002,甲二,V12,village,340221100,,\n"
                                "340221101,乙,T2,township,340221,,\n"
                                "340221101001,乙一,V21,village,340221101,,\n"
                                "340221101002,乙二,V22,village,340221101,,\n"
                                "340221102,丙,T3,township,340221,,\n"
                                "340221102001,丙一,V31,village,340221102,,\n"
                                "340221102002,丙二,V32,village,340221102,,\n"
                                "340221103,丁,T4,township,340221,,\n";

static const char facilities_csv[] =
    "Code,Name,Kind,Area,Licence,From,To\n"
    "H1,Hospital One,hospital,340221100,2030-01-01,,\n"
    "H2,Hospital Two,hospital,340221101,2014-01-01,2014-03-10,\n"
    "H3,Hospital Three,hospital,340221102,,,2014-02-20\n"
    "C1,Clinic One,clinic,340221100,,,\n";

#define T1 "340221100"
#define T2 "340221101"
#define T3 "340221102"
#define T4 "340221103"

static inline void make_test_county(void)
{
    make_county_of(test_pack, sizeof test_pack / sizeof *test_pack);
    add("areas", areas_csv);
    add("facilities", facilities_csv);
}

#endif

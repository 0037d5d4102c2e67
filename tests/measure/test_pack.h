// SPDX-License-Identifier: AGPL-3.0-or-later
// A county of the pack beside this file (births are vital, visits are care; a monthly
// report of townships and one of hospitals): four townships, four facilities.
#ifndef TESTS_MEASURE_TEST_PACK_H
#define TESTS_MEASURE_TEST_PACK_H

#include "measure_test.h"

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
    make_county("../tests/measure/pack");
    begin_measures();
    add("areas", areas_csv);
    add("facilities", facilities_csv);
}

#endif

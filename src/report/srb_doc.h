// SPDX-License-Identifier: AGPL-3.0-or-later
// A study of sex ratios (srb_study.h) as a page of plain sentences, charts and tables,
// and as tables of figures. In English and in Chinese. Everything lives in the doc's
// arena but the shapes of the map, which must live as long as the doc.
#ifndef REPORT_SRB_DOC_H
#define REPORT_SRB_DOC_H

#include "base/result.h"
#include "report/doc.h"
#include "study/srb_study.h"

struct srb_page {
    const struct srb_study *study;
    struct str file;                      // as the page names it
    struct str reference_name;            // region; empty: a number that was given
    bool reference_is_default;            // nobody chose it: the page says so
    double reference_low, reference_high; // as published or given; NaN: none
    uint64_t rows, unknown_sex; // of the file; births of unknown sex are not counted
    const struct geo *map;      // NULL: no map
    const uint32_t *map_group;  // of each shape: the group of map_level; UINT32_MAX: none
    size_t map_level;
    bool zh;
};

// The page. NULL when memory is out.
struct doc *srb_doc_make(struct arena *a, const struct srb_page *page);

enum { SRB_DOC_RESULTS = 8 };
// areas (where there are levels), total, orders, areas by order, periods, comparison,
// levels, settings: those there are, in this order; the areas stand as on the page, level
// by level. Returns their number.
size_t srb_doc_results(struct arena *a, const struct srb_page *page,
                       struct result out[SRB_DOC_RESULTS]);

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the quality page share: the page that grows, and one measure of it.
#ifndef REPORT_QUALITY_PRIVATE_H
#define REPORT_QUALITY_PRIVATE_H

#include "report/quality_doc.h"
#include "report/result_table.h"
#include "stats/interval.h"

// How a measure reads. Marks stand beside words, never alone.
enum quality_reading { READING_NONE, READING_GOOD, READING_LOOK };

struct quality_measure {
    const char *part, *name; // of CSV and JSON
    struct str label, shown; // shown: the value with its unit
    double value, low, high, p, n;
    struct str scale, text; // what the value could be; what it says
    enum quality_reading reading;
};

struct page {
    const struct quality *q;
    struct arena *a;
    bool zh, no_memory;
    struct doc *doc;
    struct quality_measure *list;
    size_t n, capacity, section; // section: where the measures of this section begin
    struct result *results[QUALITY_MOST_RESULTS];
    size_t n_results;
};

struct quality_heading { // a column of a result
    const char *name, *en, *zh;
    enum result_kind kind;
    int decimals;
};

const char *quality_say(const struct page *p, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));
// Text in the arena; empty, and no_memory set, when memory is out.
struct str quality_text(struct page *p, const char *format, ...) PRINTF_LIKE(2, 3);
struct str quality_figure(struct page *p, double value, int decimals); // "1,234.5"
struct str quality_percent(struct page *p, double share, int decimals);
struct str quality_chance(struct page *p, double value); // "p 0.03", "p < 0.001"
void quality_heading(struct page *p, const char *en, const char *zh);
void quality_paragraph(struct page *p, struct str text);
void quality_add(struct page *p, struct quality_measure m);
// The measures since the section began, as a table.
void quality_table(struct page *p, const char *en, const char *zh, struct str note);
void quality_chart(struct page *p, struct doc_chart chart);
// A result of the page. headings are static.
struct result *quality_result(struct page *p, const char *name, const char *en,
                              const char *zh, const struct quality_heading *headings,
                              size_t n);
// Shares found beside those expected, as bars or lines.
void quality_bars(struct page *p, enum chart_form form, struct str title,
                  const struct str *labels, const double *found, const double *expected,
                  size_t n, struct str note);

enum err quality_ages(struct page *p, struct error *e) WARN_UNUSED;
void quality_weights(struct page *p);
enum err quality_dates(struct page *p, struct error *e) WARN_UNUSED;
enum err quality_timeliness(struct page *p, struct error *e) WARN_UNUSED;
void quality_parts(struct page *p);
enum err quality_numbers(struct page *p, struct error *e) WARN_UNUSED;
enum err quality_facilities(struct page *p, struct error *e) WARN_UNUSED;

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of the page about a linkage share. All text that comes from outside is
// cleaned (valid UTF-8, no controls) and escaped by these functions; only page_raw writes
// markup. Failures of memory are kept in the page and told at its end.
#ifndef REPORT_LINK_PAGE_PRIVATE_H
#define REPORT_LINK_PAGE_PRIVATE_H

#include "base/utf8.h"
#include "link/score.h"
#include "report/axis.h"
#include "report/draw.h"
#include "report/link_page.h"

// Made at build time from link_page.css and link_page.js.
extern const char link_page_css[], link_page_js[], link_page_js_hash[];

enum page_text {
#define TEXT(name, english, chinese) TEXT_##name,
#include "report/link_page_text.def"
#undef TEXT
    TEXT_COUNT
};

enum { // the page stays small whatever the linkage was
    PAGE_MAX_PAIRS = 120,
    PAGE_MAX_PATTERNS = 400,
    PAGE_MAX_LOOKS = 40,
    PAGE_MAX_MEMBERS = 24,
    PAGE_MAX_FIELDS = 40,
    PAGE_MAX_POINTS = 240,
    PAGE_MAX_CHARACTERS = 160 // of a value
};

struct page {
    const struct account *a;
    const struct link_model *model;
    bool zh, no_memory;
    struct buf *out;
    struct arena arena; // of the page
    struct typeset *type;
    double cut;                        // match weight of the threshold; NaN: not known
    const struct link_column **fields; // of the files, that are compared
    unsigned n_fields;
    unsigned *pairs, n_pairs; // shown, heaviest first
    uint64_t *patterns;
    unsigned n_patterns; // shown
};

// Text.
struct str page_text_of(struct page *p, enum page_text id, const struct str *values,
                        size_t n);
#define page_words(p, id, ...)                                                           \
    page_text_of((p), (id), (const struct str[]){STR(""), __VA_ARGS__},                  \
                 sizeof((const struct str[]){STR(""), __VA_ARGS__}) /                    \
                     sizeof(struct str))
#define page_say(p, id, ...) page_put((p), page_words(p, id, __VA_ARGS__))
void page_raw(struct page *p, const char *markup);
void page_gap(struct page *p);                          // between two sentences
void page_put(struct page *p, struct str text);         // escaped
struct str page_clean(struct page *p, struct str text); // of outside; cut when long
// The same; what the link room itself says, in the page's language.
struct str page_known(struct page *p, struct str text);
struct str page_number(struct page *p, double value, int decimals);
struct str page_count(struct page *p, double value);
struct str page_small(struct page *p, double value);       // 0.00012: one or two digits
struct str page_weight(struct page *p, double value);      // "+7.3", with its sign
struct str page_probability(struct page *p, double value); // never 0 or 1
struct str page_share(struct page *p, double value);       // 0.123 as "12.3 %"
struct str page_percent(struct page *p, double value);     // "25 %": ticks of an axis
struct str page_source_name(struct page *p, uint32_t record);
double page_level_weight(const struct link_level *level); // 0 for null, NaN: not known

// Elements.
void page_section(struct page *p, const char *id, enum page_text title);
void page_paragraph(struct page *p, struct str text);
struct page_head {
    enum page_text text;
    bool figure;
    const char *css_class; // more of it; may be NULL
};
// class: of the table; scroll: more of the box around it; either may be "".
void page_table(struct page *p, struct str label, const char *css_class,
                const char *scroll, const struct page_head *heads, unsigned n);
void page_table_head(struct page *p, const struct page_head *head);
void page_table_end(struct page *p);
void page_cell(struct page *p, const char *open,
               struct str text); // open: "<td class=\"n\">"
void page_details(struct page *p, enum page_text summary);
void page_details_end(struct page *p);

// Bars in cells of a table, on one axis.
struct page_bars {
    double low, high, step, zero;
    int decimals;
};
struct page_bars page_bars_over(double low, double high);
void page_bars_style(struct page *p, const struct page_bars *b); // attribute of a table
void page_bars_axis(struct page *p, const struct page_bars *b, bool share,
                    const char *css_class);
// A whole cell with one bar; css_class of the bar; tick: a mark, or NaN.
void page_bar(struct page *p, const struct page_bars *b, double from, double to,
              const char *css_class, double tick);
double page_bars_at(const struct page_bars *b, double value); // per cent

// Sections.
void page_columns(struct page *p);
void page_weights(struct page *p);
void page_m_and_u(struct page *p);
void page_pairs(struct page *p);
void page_terms(struct page *p);
enum err page_histogram(struct page *p, struct error *e) WARN_UNUSED;
enum err page_thresholds(struct page *p, struct error *e) WARN_UNUSED;
enum err page_unlinkable(struct page *p, struct error *e) WARN_UNUSED;
enum err page_training(struct page *p, struct error *e) WARN_UNUSED;
enum err page_clusters(struct page *p, struct error *e) WARN_UNUSED;
void page_blocking(struct page *p);
void page_dependence(struct page *p);
void page_definitions(struct page *p);

// Expected values at the threshold nearest to a weight; NULL when there are none.
const struct account_threshold *page_threshold_at(const struct page *p, double weight);
double page_f1(const struct account_threshold *t);
double page_wrong(const struct account_threshold *t);  // expected number of wrong links
double page_missed(const struct account_threshold *t); // and of pairs not found
double page_unlinkable_at(const struct page *p, double weight);
unsigned page_step(unsigned n); // takes at most PAGE_MAX_POINTS of n

// Two texts as alternating pieces: same, different, same, ... of each side.
struct page_pieces {
    struct str left[PAGE_MAX_CHARACTERS + 2], right[PAGE_MAX_CHARACTERS + 2];
    unsigned n_left, n_right;
};
void page_compare(struct str left, struct str right, struct page_pieces *out);
struct str page_field(struct page *p, unsigned field, uint32_t record);
void page_pattern_levels(const struct page *p, uint64_t pattern, unsigned *levels);
void page_data(struct page *p); // the JSON that the script reads

#endif

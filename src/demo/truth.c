// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/truth.h"
#include "demo/sheet.h"

#include <stdio.h>

enum truth_file { ROWS, DUPLICATES, MISSED, BAD, REPORTS, TRUTH_FILES };

struct truth {
    struct sheet *sheets[TRUTH_FILES];
};

static const struct {
    const char *file;
    const char *headings[8];
} files[TRUTH_FILES] = {
    [ROWS] = {"truth/rows.csv", {"file", "row", "person", "birth", "variant"}},
    [DUPLICATES] = {"truth/duplicates.csv",
                    {"file", "row", "first_row", "birth", "kind"}},
    [MISSED] = {"truth/missed.csv", {"birth", "file", "reason"}},
    [BAD] = {"truth/bad-rows.csv", {"file", "row", "field", "found", "expected", "why"}},
    [REPORTS] = {"truth/reports.csv",
                 {"register", "period", "unit", "status", "received_on"}},
};

enum err truth_open(struct county *c, struct error *e)
{
    c->truth = mem_alloc(1, sizeof *c->truth);
    if (!c->truth)
        return error_memory(e);
    for (int i = 0; i < TRUTH_FILES; i++) {
        enum err result = sheet_open(&c->truth->sheets[i], c->options.folder,
                                     files[i].file, SHEET_UTF8, files[i].headings, e);
        if (result)
            return result;
    }
    return ERR_OK;
}

void truth_row(struct county *c, const char *file, uint32_t row, uint32_t person,
               uint32_t birth, enum variant variant)
{
    struct sheet *s = c->truth->sheets[ROWS];
    sheet_text(s, file);
    sheet_int(s, row);
    sheet_int(s, person);
    sheet_int(s, birth);
    sheet_text(s, variant_name(variant));
    sheet_end_row(s);
}

void truth_duplicate(struct county *c, const char *file, uint32_t row, uint32_t first_row,
                     uint32_t birth, const char *kind)
{
    struct sheet *s = c->truth->sheets[DUPLICATES];
    sheet_text(s, file);
    sheet_int(s, row);
    sheet_int(s, first_row);
    sheet_int(s, birth);
    sheet_text(s, kind);
    sheet_end_row(s);
}

void truth_missed(struct county *c, uint32_t birth, const char *file, const char *reason)
{
    struct sheet *s = c->truth->sheets[MISSED];
    sheet_int(s, birth);
    sheet_text(s, file);
    sheet_text(s, reason);
    sheet_end_row(s);
}

void truth_bad(struct county *c, const char *file, uint32_t row, const char *field,
               const char *found, const char *expected, const char *why)
{
    struct sheet *s = c->truth->sheets[BAD];
    sheet_text(s, file);
    sheet_int(s, row);
    sheet_text(s, field);
    sheet_text(s, found);
    sheet_text(s, expected);
    sheet_text(s, why);
    sheet_end_row(s);
}

void truth_report(struct county *c, const char *register_name, const char *period,
                  const char *unit, const char *status, int32_t received)
{
    struct sheet *s = c->truth->sheets[REPORTS];
    sheet_text(s, register_name);
    sheet_text(s, period);
    sheet_text(s, unit);
    sheet_text(s, status);
    sheet_date(s, received, FORM_ISO);
    sheet_end_row(s);
}

static enum err births_truth(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "birth", "child",        "mother",           "born_on",       "sex",
        "order", "weight",       "township",         "village",       "facility",
        "twin",  "hospital_row", "immunisation_row", "household_row", "school_row",
        NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "truth/births.csv", SHEET_UTF8, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        const struct area *v = county_village(c, b->village);
        sheet_int(s, (int64_t)i + 1);
        sheet_int(s, b->child);
        sheet_int(s, b->mother);
        sheet_date(s, b->day, FORM_ISO);
        sheet_text(s, b->girl ? "f" : "m");
        sheet_int(s, b->order);
        sheet_int(s, b->weight);
        sheet_text(s, county_township(c, v->township)->code);
        sheet_text(s, county_village(c, village_on(c, b->village, b->day))->code);
        sheet_text(s, b->facility == HOME        ? "home"
                      : b->facility == ELSEWHERE ? "elsewhere"
                                                 : c->facilities[b->facility].code);
        bool twin = b->second_twin ||
                    (i + 1 < c->n_births && b[1].second_twin && b[1].mother == b->mother);
        sheet_int(s, twin);
        for (int k = 0; k < SOURCES; k++) {
            if (b->row[k])
                sheet_int(s, b->row[k]);
            else
                sheet_text(s, "");
        }
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err townships_truth(struct county *c, struct error *e)
{
    static const char *const headings[] = {"township", "name",  "births",     "boys",
                                           "girls",    "third", "third_boys", "true_srb",
                                           "planted",  NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "truth/townships.csv", SHEET_UTF8, headings, e);
    if (result)
        return result;
    for (int t = 0; t < TOWNSHIPS; t++) {
        int64_t births = 0, boys = 0, third = 0, third_boys = 0;
        for (size_t i = 0; i < c->n_births; i++) {
            const struct birth *b = &c->births[i];
            if (county_village(c, b->village)->township != t)
                continue;
            births++;
            boys += !b->girl;
            third += b->order >= 3;
            third_boys += b->order >= 3 && !b->girl;
        }
        bool first = t == c->raised[0], second = t == c->raised[1];
        sheet_text(s, county_township(c, t)->code);
        sheet_text(s, county_township(c, t)->name);
        sheet_int(s, births);
        sheet_int(s, boys);
        sheet_int(s, births - boys);
        sheet_int(s, third);
        sheet_int(s, third_boys);
        sheet_text(s, first ? "125" : second ? "120" : "106");
        sheet_text(s, first || second              ? "raised sex ratio"
                      : t == c->girls_hidden       ? "girls missing in household"
                      : t == c->falsifier_township ? "falsifying facility"
                      : t == c->contract_error ? "contracted over 100 %; villages merged"
                                               : "");
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err facts_truth(struct county *c, struct error *e)
{
    static const char *const headings[] = {"fact", "value", "note", NULL};
    struct sheet *s;
    enum err result =
        sheet_open(&s, c->options.folder, "truth/facts.csv", SHEET_UTF8, headings, e);
    if (result)
        return result;
    const struct {
        const char *fact, *value, *note;
    } facts[] = {
        {"falsifying_facility", c->facilities[c->falsifier].code,
         "weights 3300, dates on round days, monthly report constant and inflated"},
        {"raised_srb_125", county_township(c, c->raised[0])->code, "whole township"},
        {"raised_srb_120", county_township(c, c->raised[1])->code, "whole township"},
        {"third_order_srb", "140", "birth order 3 and over, everywhere"},
        {"other_srb", "106", "birth orders 1 and 2 outside the raised townships"},
        {"girls_hidden", county_township(c, c->girls_hidden)->code,
         "a quarter of the girls is not in births-household.csv"},
        {"contract_error", county_township(c, c->contract_error)->code,
         "hypertension: 1435 contracted of 1275"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        sheet_text(s, facts[i].fact);
        sheet_text(s, facts[i].value);
        sheet_text(s, facts[i].note);
        sheet_end_row(s);
    }
    for (size_t i = 0; i < c->n_villages; i++) {
        const struct area *v = county_village(c, (int)i);
        if (v->successor < 0)
            continue;
        sheet_text(s, "merged_village");
        sheet_text(s, v->code);
        sheet_text(s, county_village(c, v->successor)->code);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

enum err truth_close(struct county *c, struct error *e)
{
    enum err result = births_truth(c, e);
    if (!result)
        result = townships_truth(c, e);
    if (!result)
        result = facts_truth(c, e);
    for (int i = 0; i < TRUTH_FILES && !result; i++) {
        result = sheet_close(c->truth->sheets[i], e);
        c->truth->sheets[i] = NULL;
    }
    return result;
}

void truth_abandon(struct county *c)
{
    for (int i = 0; c->truth && i < TRUTH_FILES; i++)
        sheet_abandon(c->truth->sheets[i]);
    mem_free(c->truth);
    c->truth = NULL;
}

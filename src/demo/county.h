// SPDX-License-Identifier: AGPL-3.0-or-later
// Private to src/demo: the county in memory. Everything hangs on struct county and is
// freed by county_close. Indexes: areas 0 province, 1 prefecture, 2 county, then
// townships, then villages; `village` and `township` are counted from 0 within their
// level.
#ifndef DEMO_COUNTY_H
#define DEMO_COUNTY_H

#include "base/date.h"
#include "demo/demo.h"
#include "demo/draw.h"

enum {
    TOWNSHIPS = 16,
    AGES = 101, // single years, the last is 100 and over
    NAME_SIZE = 64,
    HOME = -1,      // born at home
    ELSEWHERE = -2, // born in a facility outside the county
};

struct area {
    char code[13], parent[13];
    char name[32], name_en[40];
    const char *level;            // as the office writes it: 省 市 县 乡镇 村
    int32_t valid_from, valid_to; // valid_to DATE_NONE: still there
    int successor;                // village index, or -1
    uint32_t weight;              // share of the people
    int township;                 // of a village
    bool shared_name; // another village has the same name: only the code is safe
};

struct facility {
    char code[16];
    char name[96], name_en[128];
    const char *kind;
    int area; // index into areas
    bool delivers, clinic;
};

struct person {
    int32_t born, died; // died DATE_NONE: alive
    int32_t last_birth; // DATE_NONE: none in these years
    uint16_t village;
    uint8_t female, parity;
};

struct birth {
    uint32_t child, mother; // indexes into people
    int32_t day;
    uint16_t village;
    int16_t facility; // index, HOME or ELSEWHERE
    uint16_t weight;  // grams
    uint8_t order;    // true birth order
    bool girl, second_twin;
    uint32_t certificate;
    uint32_t row[4]; // row of the file of each source; 0: not in it
};

struct stillbirth {
    uint32_t mother;
    int32_t day;
    uint16_t village;
    int16_t facility;
    uint16_t weight;
    uint8_t weeks;
    bool girl;
};

enum source { HOSPITAL, IMMUNISATION, HOUSEHOLD, SCHOOL, SOURCES };

struct truth; // truth.h

struct county {
    struct demo_options options;
    int32_t start, end; // first and last day
    int merged_year;    // year in which two villages end
    struct area *areas;
    size_t n_areas, n_villages, first_village;
    struct facility *facilities;
    size_t n_facilities;
    int raised[2], girls_hidden, falsifier_township, contract_error; // townships
    int falsifier;                                                   // facility
    struct person *people;
    size_t n_people, people_capacity;
    struct birth *births;
    size_t n_births, births_capacity;
    struct stillbirth *stillbirths;
    size_t n_stillbirths, stillbirths_capacity;
    // [year-end 0..years][township][female][age]; year-end 0 is the eve of the start
    uint32_t *residents;
    struct truth *truth;
};

// places.c
enum err places_make(struct county *c, struct error *e) WARN_UNUSED;
struct area *county_township(const struct county *c, int township);
struct area *county_village(const struct county *c, int village);
int village_on(const struct county *c, int village, int32_t day); // follows a merger

// population.c
enum err population_make(struct county *c, struct error *e) WARN_UNUSED;
uint32_t residents_of(const struct county *c, int year_end, int township, int female,
                      int from_age, int to_age);

// names.c: text is UTF-8 with a zero; size NAME_SIZE. `family` names the surname's key,
// so that children share the father's.
void name_person(const struct county *c, uint32_t person, bool female, uint64_t family,
                 char out[NAME_SIZE]);
void name_mother(const struct county *c, uint32_t mother, char out[NAME_SIZE]);
void name_child(const struct county *c, uint32_t child, uint32_t mother, bool female,
                char out[NAME_SIZE]);

enum variant {
    VARIANT_NONE,
    VARIANT_HOMOPHONE,   // another character of the same sound
    VARIANT_TRADITIONAL, // 劉 for 刘
    VARIANT_SPACE,       // 刘 芳
    VARIANT_ORDER,       // given name first
    VARIANT_PLACEHOLDER, // 刘某之女
    VARIANT_DATE,        // the name is right, the date a few days off
    VARIANTS
};
const char *variant_name(enum variant v);
// Changes name in place; says what was done (NONE when the name gives no occasion).
enum variant name_vary(char name[NAME_SIZE], enum variant wish, uint64_t x);
// 刘芳之女, or 刘某之女 when short_form.
void name_placeholder(const char *mother, bool female, bool short_form,
                      char out[NAME_SIZE]);

// The offices: each writes its files and fills the truth.
enum err offices_places(struct county *c, struct error *e) WARN_UNUSED;    // offices.c
enum err offices_births(struct county *c, struct error *e) WARN_UNUSED;    // births.c
enum err offices_events(struct county *c, struct error *e) WARN_UNUSED;    // events.c
enum err offices_residents(struct county *c, struct error *e) WARN_UNUSED; // events.c
enum err offices_reports(struct county *c, struct error *e) WARN_UNUSED;   // reports.c
// The n-th monthly report (from 0) of a year (from 0), in the order of importing; false
// past the last.
bool report_file(const struct county *c, size_t n, int year, const char **register_name,
                 char file[64]);
enum err map_write(struct county *c, struct error *e) WARN_UNUSED;    // map.c
enum err readme_write(struct county *c, struct error *e) WARN_UNUSED; // readme.c
// Writes a text as a file of the folder (readme.c).
enum err demo_save(const struct county *c, const char *file, struct buf *text,
                   struct error *e) WARN_UNUSED;

#endif

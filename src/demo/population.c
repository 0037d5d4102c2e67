// SPDX-License-Identifier: AGPL-3.0-or-later
// People one by one: who lives at the start, who gives birth, who dies. The rates are
// those of an inland county about 2010, given as whole numbers so that no machine rounds
// them differently.
#include "demo/county.h"

#include <stdlib.h>
#include <string.h>

enum {
    GROUPS = 20, // of five years
    FERTILE = 7, // groups from 15
    NORMAL_SRB = 106,
    THIRD_SRB = 140,
    FACILITY_KINDS = 6,
};

static const uint16_t people_weights[GROUPS] = {620, 600, 630, 750, 900, 760, 730,
                                                880, 930, 790, 590, 610, 440, 310,
                                                250, 180, 100, 40,  15,  5};
static const uint16_t men_per_1000[GROUPS] = {522, 521, 520, 515, 508, 505, 505,
                                              506, 507, 508, 509, 508, 505, 498,
                                              485, 465, 440, 400, 350, 300};
// A year's deaths of 100,000 men; of women about seven tenths.
static const uint32_t deaths_per_100000[GROUPS] = {
    80,  35,  30,   45,   60,   70,   95,   140,   210,   320,
    500, 760, 1250, 2050, 3500, 5800, 9500, 15500, 24000, 36000};
// Relative chance to give birth in a year, by age and children so far (0, 1, 2 and over).
static const uint16_t fertility[3][FERTILE] = {{30, 190, 220, 130, 50, 14, 2},
                                               {12, 70, 110, 90, 40, 10, 1},
                                               {9, 34, 42, 30, 15, 4, 0}};
// Children so far at the start: 0, 1, 2, 3 of 100 women.
static const uint16_t parity_at_start[FERTILE][4] = {
    {98, 2, 0, 0},   {62, 33, 5, 0},  {22, 54, 22, 2}, {8, 49, 36, 7},
    {5, 42, 42, 11}, {4, 37, 45, 14}, {3, 32, 48, 17}};
static const uint16_t month_weights[12] = {82, 78, 79, 76, 77, 78,
                                           81, 88, 93, 95, 89, 84};

enum {
    HOSPITALS = 3, // the first facilities
    WEIGHT_CENTRE = 110,
    WEIGHT_CENTRE_FALSIFIER = 700,
    WEIGHT_HOME = 26,
    WEIGHT_ELSEWHERE = 30,
};

// Deliveries: the county hospital, the mother and child hospital, that of traditional
// medicine.
static const uint16_t hospital_weights[HOSPITALS] = {420, 300, 80};

static uint64_t seed_of(const struct county *c)
{
    return c->options.seed;
}

static int group_of(int age)
{
    return age < 0 ? 0 : age / 5 < GROUPS ? age / 5 : GROUPS - 1;
}

static struct person *add_person(struct county *c, struct error *e)
{
    if (c->n_people == c->people_capacity) {
        size_t more = c->people_capacity + c->people_capacity / 8 + 1024;
        struct person *grown = mem_resize(c->people, more, sizeof *grown);
        if (!grown) {
            (void)error_memory(e);
            return NULL;
        }
        c->people = grown;
        c->people_capacity = more;
    }
    struct person *p = &c->people[c->n_people++];
    *p = (struct person){.died = DATE_NONE, .last_birth = DATE_NONE};
    return p;
}

static enum err settle(struct county *c, struct error *e)
{
    uint32_t total = 0;
    for (size_t i = 0; i < c->n_villages; i++)
        total += county_village(c, (int)i)->weight;
    uint32_t wanted = (uint32_t)c->options.people, village = 0;
    uint64_t below = county_village(c, 0)->weight;
    for (uint32_t i = 0; i < wanted; i++) {
        // Villages in proportion: the i-th person lives where i/wanted of the weight
        // lies.
        while (village + 1 < c->n_villages &&
               (uint64_t)i * total >= below * (uint64_t)wanted)
            below += county_village(c, (int)++village)->weight;
        struct person *p = add_person(c, e);
        if (!p)
            return ERR_MEMORY;
        uint64_t x = draw(seed_of(c), TOPIC_PERSON, i);
        uint32_t group = draw_weighted(x, people_weights, GROUPS);
        p->village = (uint16_t)village;
        p->born =
            c->start - 1 - (int32_t)(draw_below(draw_next(x, 0), 1826) + group * 1826u);
        p->female = draw_below(draw_next(x, 1), 1000) >= men_per_1000[group];
        int fertile = (int)group - 3;
        if (p->female && fertile >= 0)
            p->parity = (uint8_t)draw_weighted(
                draw_next(x, 2),
                parity_at_start[fertile < FERTILE ? fertile : FERTILE - 1], 4);
    }
    return ERR_OK;
}

static uint32_t fertility_of(const struct person *p, int32_t new_year)
{
    if (!p->female || p->died != DATE_NONE || p->born > new_year)
        return 0;
    int group = group_of(date_age_years(p->born, new_year)) - 3;
    if (group < 0 || group >= FERTILE ||
        (p->last_birth != DATE_NONE && p->last_birth > new_year - 330))
        return 0;
    return fertility[p->parity < 2 ? p->parity : 2][group];
}

static int16_t facility_for(const struct county *c, int township, uint64_t x)
{
    uint16_t weights[FACILITY_KINDS];
    for (int i = 0; i < HOSPITALS; i++)
        weights[i] = hospital_weights[i];
    weights[3] =
        township == c->falsifier_township ? WEIGHT_CENTRE_FALSIFIER : WEIGHT_CENTRE;
    weights[4] = WEIGHT_HOME;
    weights[5] = WEIGHT_ELSEWHERE;
    uint32_t chosen = draw_weighted(x, weights, FACILITY_KINDS);
    if (chosen < HOSPITALS)
        return (int16_t)chosen;
    return chosen == 3 ? (int16_t)(HOSPITALS + township) : chosen == 4 ? HOME : ELSEWHERE;
}

// The sum of four draws is near enough to a bell; standard deviation about 430 g.
static uint16_t weight_for(uint64_t x, bool twin)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 4; i++)
        sum += draw_below(draw_next(x, 20 + i), 745);
    uint32_t grams = 1780 + sum - (twin ? 700 : 0);
    if (draw_chance(draw_next(x, 24), 12000))
        grams -= 900;
    return (uint16_t)(grams / 10 * 10);
}

// Room for one more; NULL (and *block as it was) when memory is out.
static void *room_for(void *block, size_t n, size_t *capacity, size_t size,
                      struct error *e)
{
    if (n < *capacity)
        return block;
    size_t more = *capacity * 2 + 1024;
    void *grown = mem_resize(block, more, size);
    if (!grown)
        (void)error_memory(e);
    else
        *capacity = more;
    return grown;
}

static enum err add_birth(struct county *c, uint32_t mother, int32_t day, bool twin,
                          struct error *e)
{
    struct person *child = add_person(c, e);
    struct birth *births =
        room_for(c->births, c->n_births, &c->births_capacity, sizeof *births, e);
    if (!child || !births)
        return ERR_MEMORY;
    c->births = births;
    struct person *m = &c->people[mother];
    uint32_t index = (uint32_t)(c->n_people - 1);
    uint64_t x = draw(seed_of(c), TOPIC_BIRTH, index);
    if (m->parity < 12)
        m->parity++;
    m->last_birth = day;
    child->born = day;
    child->village = m->village;
    struct birth *b = &c->births[c->n_births++];
    *b = (struct birth){.child = index,
                        .mother = mother,
                        .day = day,
                        .village = m->village,
                        .order = m->parity,
                        .second_twin = twin,
                        .weight = weight_for(x, twin)};
    // Twins come in one place.
    b->facility =
        twin ? b[-1].facility
             : facility_for(c, county_village(c, m->village)->township, draw_next(x, 0));
    if (draw_chance(draw_next(x, 1), twin ? 40000 : 9000)) {
        uint64_t y = draw_next(x, 2);
        int32_t lived =
            (int32_t)(draw_chance(y, 550000) ? draw_below(draw_next(y, 0), 28)
                                             : 28 + draw_below(draw_next(y, 0), 337));
        if (day + lived <= c->end)
            child->died = day + lived;
    }
    return ERR_OK;
}

static enum err add_stillbirth(struct county *c, uint32_t mother, int32_t day, uint64_t x,
                               struct error *e)
{
    struct stillbirth *all = room_for(c->stillbirths, c->n_stillbirths,
                                      &c->stillbirths_capacity, sizeof *all, e);
    if (!all)
        return ERR_MEMORY;
    c->stillbirths = all;
    struct person *m = &c->people[mother];
    uint8_t weeks = (uint8_t)(28 + draw_below(draw_next(x, 3), 13));
    m->last_birth = day;
    c->stillbirths[c->n_stillbirths++] =
        (struct stillbirth){.mother = mother,
                            .day = day,
                            .village = m->village,
                            .weeks = weeks,
                            .weight = (uint16_t)(1000u + (weeks - 28u) * 170u +
                                                 draw_below(draw_next(x, 4), 50) * 10),
                            .girl = draw_chance(draw_next(x, 5), 485000),
                            .facility = (int16_t)draw_below(draw_next(x, 6), HOSPITALS)};
    return ERR_OK;
}

static enum err give_birth(struct county *c, uint32_t mother, int year, uint64_t x,
                           struct error *e)
{
    int month = 1 + (int)draw_weighted(draw_next(x, 0), month_weights, 12);
    int length = date_month_length(year, month);
    int32_t day;
    (void)date_from_ymd(year, month,
                        1 + (int)draw_below(draw_next(x, 1), (uint32_t)length), &day);
    int32_t before = c->people[mother].last_birth;
    if (before != DATE_NONE && day - before < 330)
        return ERR_OK;
    if (draw_chance(draw_next(x, 2), 6000))
        return add_stillbirth(c, mother, day, x, e);
    enum err result = add_birth(c, mother, day, false, e);
    if (!result && draw_chance(draw_next(x, 7), 9000))
        result = add_birth(c, mother, day, true, e);
    if (!result && draw_chance(draw_next(x, 8), 300)) {
        int32_t died = day + (int32_t)draw_below(draw_next(x, 9), 42);
        if (died <= c->end)
            c->people[mother].died = died;
    }
    return result;
}

static enum err year_of_births(struct county *c, int k, int32_t new_year, struct error *e)
{
    uint64_t sum = 0, alive = 0;
    size_t n = c->n_people;
    for (size_t i = 0; i < n; i++) {
        sum += fertility_of(&c->people[i], new_year);
        alive += c->people[i].died == DATE_NONE;
    }
    // 12.6 births of 1,000 people, falling by 0.3 a year.
    uint64_t rate = k < 18 ? 126u - 3u * (unsigned)k : 72u;
    if (!sum)
        return ERR_OK;
    uint64_t unit = (alive * rate * 429497u) / sum; // of one weight, in 2^32
    for (uint32_t i = 0; i < n; i++) {
        uint32_t w = fertility_of(&c->people[i], new_year);
        if (!w)
            continue;
        uint64_t x = draw(seed_of(c), TOPIC_CONCEPTION, (uint64_t)i * 32u + (unsigned)k);
        if ((x >> 32) >= w * unit)
            continue;
        enum err result = give_birth(c, i, c->options.first_year + k, x, e);
        if (result)
            return result;
    }
    return ERR_OK;
}

static void year_of_deaths(struct county *c, int k, int32_t new_year, int32_t next_year)
{
    for (size_t i = 0; i < c->n_people; i++) {
        struct person *p = &c->people[i];
        if (p->died != DATE_NONE || p->born >= new_year)
            continue; // the newborn have drawn their first year already
        int age = date_age_years(p->born, new_year);
        uint32_t risk = deaths_per_100000[group_of(age)] * 10;
        if (age == 0)
            risk = p->born >= c->start ? 0 : 4000;
        if (p->female)
            risk = risk * 7 / 10;
        uint64_t x = draw(seed_of(c), TOPIC_DEATH, (uint64_t)i * 32u + (unsigned)k);
        if (!draw_chance(x, risk))
            continue;
        int32_t day = new_year + (int32_t)draw_below(draw_next(x, 0),
                                                     (uint32_t)(next_year - new_year));
        if (p->last_birth == DATE_NONE || p->last_birth < day)
            p->died = day;
    }
}

static int by_day(const void *left, const void *right)
{
    const struct birth *a = left, *b = right;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->child < b->child ? -1 : a->child > b->child;
}

// Girls and boys come last, when each township's births are counted: so the two raised
// townships have their ratio exactly, whatever the share of third children.
static void draw_sexes(struct county *c)
{
    static const uint64_t raised_srb[2] = {125, 120};
    uint64_t births[TOWNSHIPS] = {0}, third[TOWNSHIPS] = {0}, share[TOWNSHIPS];
    const uint64_t one = (uint64_t)1 << 32;
    const uint64_t share_third = one * THIRD_SRB / (100 + THIRD_SRB);
    for (size_t i = 0; i < c->n_births; i++) {
        int t = county_village(c, c->births[i].village)->township;
        births[t]++;
        third[t] += c->births[i].order >= 3;
    }
    for (int t = 0; t < TOWNSHIPS; t++) {
        share[t] = one * NORMAL_SRB / (100 + NORMAL_SRB);
        for (int k = 0; k < 2; k++) {
            uint64_t all = births[t] * (one * raised_srb[k] / (100 + raised_srb[k]));
            if (c->raised[k] == t && births[t] > third[t] && all > third[t] * share_third)
                share[t] = (all - third[t] * share_third) / (births[t] - third[t]);
        }
    }
    for (size_t i = 0; i < c->n_births; i++) {
        struct birth *b = &c->births[i];
        int t = county_village(c, b->village)->township;
        uint64_t x = draw(seed_of(c), TOPIC_SEX, b->child) >> 32;
        b->girl = x >= (b->order >= 3 ? share_third : share[t]);
        c->people[b->child].female = b->girl;
        if (b->girl && b->weight > 700)
            b->weight = (uint16_t)(b->weight - 100);
    }
}

// The last year is lived to its end, so that the days before do not hang on where it is
// cut.
static void forget_the_future(struct county *c)
{
    size_t births = 0, stillbirths = 0;
    for (size_t i = 0; i < c->n_births; i++)
        if (c->births[i].day <= c->end)
            c->births[births++] = c->births[i];
    for (size_t i = 0; i < c->n_stillbirths; i++)
        if (c->stillbirths[i].day <= c->end)
            c->stillbirths[stillbirths++] = c->stillbirths[i];
    c->n_births = births;
    c->n_stillbirths = stillbirths;
    for (size_t i = 0; i < c->n_people; i++)
        if (c->people[i].died != DATE_NONE && c->people[i].died > c->end)
            c->people[i].died = DATE_NONE;
}

static void count_residents(struct county *c)
{
    for (int k = 0; k <= c->options.years; k++) {
        int32_t day;
        (void)date_from_ymd(c->options.first_year - 1 + k, 12, 31, &day);
        for (size_t i = 0; i < c->n_people; i++) {
            const struct person *p = &c->people[i];
            if (p->born > day || (p->died != DATE_NONE && p->died <= day))
                continue;
            int age = date_age_years(p->born, day);
            int t = county_village(c, p->village)->township;
            size_t at = ((size_t)(k * TOWNSHIPS + t) * 2 + p->female) * AGES +
                        (size_t)(age < AGES ? age : AGES - 1);
            c->residents[at]++;
        }
    }
}

uint32_t residents_of(const struct county *c, int year_end, int township, int female,
                      int from_age, int to_age)
{
    uint32_t sum = 0;
    const uint32_t *ages =
        &c->residents[((size_t)(year_end * TOWNSHIPS + township) * 2 + (size_t)female) *
                      AGES];
    for (int age = from_age; age <= to_age && age < AGES; age++)
        sum += ages[age];
    return sum;
}

enum err population_make(struct county *c, struct error *e)
{
    c->people_capacity =
        (size_t)c->options.people +
        (size_t)(c->options.people * c->options.years / 75); // and room for births
    c->people = mem_alloc(c->people_capacity, sizeof *c->people);
    c->residents = mem_alloc((size_t)(c->options.years + 1) * TOWNSHIPS * 2 * AGES,
                             sizeof *c->residents);
    if (!c->people || !c->residents)
        return error_memory(e);
    enum err result = settle(c, e);
    for (int k = 0; k < c->options.years && !result; k++) {
        int32_t new_year, next_year;
        (void)date_from_ymd(c->options.first_year + k, 1, 1, &new_year);
        (void)date_from_ymd(c->options.first_year + k + 1, 1, 1, &next_year);
        result = year_of_births(c, k, new_year, e);
        if (!result)
            year_of_deaths(c, k, new_year, next_year);
    }
    if (result)
        return result;
    forget_the_future(c);
    if (c->n_births)
        qsort(c->births, c->n_births, sizeof *c->births, by_day);
    draw_sexes(c);
    for (size_t i = 0; i < c->n_births; i++)
        c->births[i].certificate = (uint32_t)i + 1;
    count_residents(c);
    return ERR_OK;
}

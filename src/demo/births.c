// SPDX-License-Identifier: AGPL-3.0-or-later
// The same births as four offices saw them. Each office has entries (which births it has,
// when it wrote them down, which it wrote twice), then a row for each.
#include "demo/county.h"
#include "demo/sheet.h"
#include "demo/truth.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const files[SOURCES] = {
    [HOSPITAL] = "births-hospital.csv",
    [IMMUNISATION] = "births-immunisation.xlsx",
    [HOUSEHOLD] = "births-household.csv",
    [SCHOOL] = "births-school.csv",
};

enum copy { ORIGINAL, EXACT, CHANGED };

struct entry {
    uint32_t birth;  // index; past n_births: an older child, by index into people
    int32_t written; // day on which the office wrote it down
    int32_t place;   // where it stands in the file: by this, then birth, then copy
    uint8_t copy;    // enum copy
    bool copied;     // the original of a copy
};

// What an office is about to write; texts win over numbers.
struct line {
    char certificate[16], child[NAME_SIZE], mother[NAME_SIZE];
    char residence[64];
    bool girl, sex_unknown;
    char bad_date[32]; // instead of born
    int32_t born, written;
    int order, weight, mother_year;
    enum variant variant;
};

enum bad {
    BAD_DAY,
    BAD_FUTURE,
    BAD_VILLAGE,
    BAD_SEX,
    BAD_MOTHER, // the rest need columns that not every office has
    BAD_WEIGHT,
    BAD_KINDS,
};

struct office {
    struct county *c;
    enum source source;
    enum topic topic;
    struct sheet *sheet;
    enum date_form form;
    struct entry *entries;
    size_t n, capacity;
    unsigned bad_made;
};

static uint64_t office_draw(const struct office *o, uint32_t birth)
{
    return draw(o->c->options.seed, o->topic, birth);
}

static enum err add_entry(struct office *o, uint32_t birth, int32_t written,
                          int32_t place, enum copy copy, struct error *e)
{
    if (o->n == o->capacity) {
        size_t more = o->capacity * 2 + 1024;
        struct entry *grown = mem_resize(o->entries, more, sizeof *grown);
        if (!grown)
            return error_memory(e);
        o->entries = grown;
        o->capacity = more;
    }
    o->entries[o->n++] = (struct entry){
        .birth = birth, .written = written, .place = place, .copy = (uint8_t)copy};
    return ERR_OK;
}

// Adds the birth and, for some, a second writing of it some days later.
static enum err add_with_copies(struct office *o, uint32_t birth, int32_t written,
                                uint32_t copies_share, struct error *e)
{
    uint64_t x = draw_next(office_draw(o, birth), 40);
    enum err result = add_entry(o, birth, written, written, ORIGINAL, e);
    if (!result && draw_chance(x, copies_share)) {
        enum copy copy = draw_chance(draw_next(x, 0), 250000) ? EXACT : CHANGED;
        o->entries[o->n - 1].copied = true;
        int32_t later = written + 1 + (int32_t)draw_below(draw_next(x, 1), 30);
        if (later <= o->c->options.until)
            result = add_entry(o, birth, copy == EXACT ? written : later, later, copy, e);
        else
            o->entries[o->n - 1].copied = false;
    }
    return result;
}

static int by_place(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->birth != b->birth)
        return a->birth < b->birth ? -1 : 1;
    return (int)a->copy - (int)b->copy;
}

static void certificate_text(int32_t day, uint32_t number, char out[16])
{
    int year, month, date;
    date_to_ymd(day, &year, &month, &date);
    snprintf(out, 16, "%c%02d%07u", 'P', year % 100, number % 10000000u);
}

// The village by its name; the clinics write the code or the township too, each as often.
static void residence_text(struct office *o, struct line *line, int village, int32_t day,
                           uint64_t x)
{
    const struct area *v = county_village(o->c, village_on(o->c, village, day));
    const struct area *t = county_township(o->c, v->township);
    uint32_t form = o->source == IMMUNISATION ? draw_below(x, 3) : 0;
    if (form == 2)
        snprintf(line->residence, sizeof line->residence, "%s%s", t->name, v->name);
    else
        snprintf(line->residence, sizeof line->residence, "%s",
                 form == 1 || v->shared_name ? v->code : v->name);
}

// The names as this office has them: most right, some in another writing.
static void vary(struct office *o, struct line *line, uint64_t x)
{
    static const uint16_t weights[VARIANTS] = {900, 30, 22, 14, 6, 0, 18};
    enum variant wish = (enum variant)draw_weighted(x, weights, VARIANTS);
    if (o->source == HOSPITAL && wish == VARIANT_DATE)
        wish = VARIANT_NONE; // the certificate's date is the measure of the others
    if (wish == VARIANT_DATE) {
        static const int shifts[] = {-2, -1, 1, 2, 10, -30}; // -30: the lunar date
        line->born += shifts[draw_below(draw_next(x, 0), 6)];
        if (line->born > line->written)
            line->born = line->written;
        line->variant = wish;
    } else {
        line->variant = name_vary(line->mother, wish, draw_next(x, 1));
    }
}

static void line_of(struct office *o, const struct entry *en, struct line *line)
{
    struct county *c = o->c;
    const struct birth *b = &c->births[en->birth];
    uint64_t x = office_draw(o, en->birth);
    int year, month, day;
    *line = (struct line){.girl = b->girl,
                          .born = b->day,
                          .written = en->written,
                          .order = b->order,
                          .weight = b->weight};
    date_to_ymd(c->people[b->mother].born, &year, &month, &day);
    line->mother_year = year;
    name_mother(c, b->mother, line->mother);
    name_child(c, b->child, b->mother, b->girl, line->child);
    certificate_text(b->day, b->certificate, line->certificate);
    residence_text(o, line, b->village, en->written, draw_next(x, 2));
    vary(o, line, draw_next(x, 3));
    if (en->copy != CHANGED)
        return;
    // Written again: without a number, or with the number of a second certificate.
    if (draw_chance(draw_next(x, 4), 500000))
        line->certificate[0] = '\0';
    else
        certificate_text(b->day, 5000000u + b->certificate, line->certificate);
    if (line->variant == VARIANT_NONE && draw_chance(draw_next(x, 5), 500000))
        line->variant = name_vary(line->mother, VARIANT_HOMOPHONE, x);
}

// Two thirds of the newborn have no name yet when the hospital writes the certificate.
static void hospital_line(struct office *o, const struct entry *en, struct line *line)
{
    const struct birth *b = &o->c->births[en->birth];
    uint64_t x = draw_next(office_draw(o, en->birth), 10);
    if (draw_chance(x, 660000)) {
        bool short_form = draw_chance(draw_next(x, 0), 250000);
        name_placeholder(line->mother, b->girl, short_form, line->child);
        if (line->variant == VARIANT_NONE)
            line->variant = VARIANT_PLACEHOLDER;
    }
    if (b->facility != o->c->falsifier)
        return;
    // Entered at the end of the month by guess: round days, one weight.
    static const int round_days[] = {1, 5, 10, 15, 20, 25};
    int year, month, day;
    date_to_ymd(b->day, &year, &month, &day);
    int nearest = 0;
    for (int i = 1; i < 6; i++)
        if (abs(round_days[i] - day) < abs(round_days[nearest] - day))
            nearest = i;
    (void)date_from_ymd(year, month, round_days[nearest], &line->born);
    line->weight = 3300;
    if (line->written < line->born)
        line->written = line->born;
}

static void spoil(struct office *o, struct line *line)
{
    bool has_mother_year = o->source == HOSPITAL || o->source == IMMUNISATION;
    unsigned kinds = has_mother_year ? BAD_KINDS : BAD_MOTHER;
    const char *file = files[o->source];
    uint32_t row = sheet_row(o->sheet);
    char found[32];
    int year, month, day;
    date_to_ymd(line->born, &year, &month, &day);
    switch ((enum bad)(o->bad_made++ % kinds)) {
    case BAD_DAY:
        snprintf(line->bad_date, sizeof line->bad_date,
                 o->form == FORM_CHINESE   ? "%d年2月31日"
                 : o->form == FORM_COMPACT ? "%d0231"
                 : o->form == FORM_SLASH   ? "%d/2/31"
                                           : "%d-02-31",
                 year);
        truth_bad(o->c, file, row, "born_on", line->bad_date, "reject", "no such day");
        break;
    case BAD_FUTURE:
        (void)date_from_ymd(year + 90, month, day > 28 ? 28 : day, &line->born);
        date_in_form(line->born, o->form, found);
        truth_bad(o->c, file, row, "born_on", found, "reject", "a birth in the future");
        break;
    case BAD_VILLAGE:
        snprintf(line->residence, sizeof line->residence, "月亮岛村");
        truth_bad(o->c, file, row, "residence", line->residence, "reject",
                  "no such village");
        break;
    case BAD_SEX:
        line->sex_unknown = true;
        truth_bad(o->c, file, row, "sex", "未知", "keep", "sex not recorded");
        break;
    case BAD_MOTHER:
        line->mother_year = year - 9;
        snprintf(found, sizeof found, "%d", line->mother_year);
        truth_bad(o->c, file, row, "mother_birth_year", found, "reject",
                  "a mother aged 9");
        break;
    default:
        line->weight = 35000;
        truth_bad(o->c, file, row, "weight", "35000", "reject", "weight above 7000 g");
        break;
    }
}

// Clerks who go on writing the village that has joined another.
static bool old_village(struct office *o, const struct entry *en, struct line *line)
{
    const struct birth *b = &o->c->births[en->birth];
    const struct area *v = county_village(o->c, b->village);
    if (village_on(o->c, b->village, line->born) == b->village ||
        !draw_chance(draw_next(office_draw(o, en->birth), 6), 250000))
        return false;
    snprintf(line->residence, sizeof line->residence, "%s", v->name);
    truth_bad(o->c, files[o->source], sheet_row(o->sheet), "residence", v->name, "reject",
              "the village had joined another before the birth");
    return true;
}

static void write_date(struct office *o, const struct line *line)
{
    if (line->bad_date[0])
        sheet_text(o->sheet, line->bad_date);
    else
        sheet_date(o->sheet, line->born, o->form);
}

static void write_number(struct sheet *s, int value)
{
    if (value)
        sheet_int(s, value);
    else
        sheet_text(s, "");
}

static const char *const hospital_headings[] = {
    "出生医学证明编号", "新生儿姓名", "新生儿性别", "出生日期", "胎次",
    "出生体重（克）",   "分娩地点",   "接生机构",   "产妇姓名", "产妇出生年",
    "产妇现住址",       "签发日期",   NULL};

static void write_hospital(struct office *o, const struct entry *en, const struct line *l)
{
    struct sheet *s = o->sheet;
    const struct birth *b = &o->c->births[en->birth];
    sheet_text(s, l->certificate);
    sheet_text(s, l->child);
    sheet_text(s, l->sex_unknown ? "未知" : l->girl ? "女" : "男");
    write_date(o, l);
    sheet_int(s, l->order);
    write_number(s, l->weight);
    sheet_text(s, "医院");
    sheet_text(s, o->c->facilities[b->facility].name);
    sheet_text(s, l->mother);
    write_number(s, l->mother_year);
    sheet_text(s, l->residence);
    sheet_date(s, l->written, o->form);
}

static const char *const immunisation_headings[] = {
    "Child",  "Gender",     "DOB",    "出生证号", "Order", "体重",
    "Mother", "母亲出生年", "居住村", "建证日期", NULL};

static void write_immunisation(struct office *o, const struct entry *en,
                               const struct line *l)
{
    struct sheet *s = o->sheet;
    uint64_t x = draw_next(office_draw(o, en->birth), 11);
    sheet_text(s, l->child);
    sheet_text(s, l->sex_unknown ? "未知" : l->girl ? "F" : "M");
    write_date(o, l);
    sheet_text(s, draw_chance(x, 720000) ? l->certificate : "");
    sheet_int(s, l->order);
    write_number(s, draw_chance(draw_next(x, 0), 800000) || l->weight > 7000 ? l->weight
                                                                             : 0);
    sheet_text(s, l->mother);
    write_number(s, l->mother_year);
    sheet_text(s, l->residence);
    sheet_date(s, l->written, o->form);
}

static const char *const household_headings[] = {
    "姓名", "性别", "出生日期", "出生证编号", "母亲姓名", "户籍所在村", "落户日期", NULL};

static void write_household(struct office *o, const struct entry *en,
                            const struct line *l)
{
    struct sheet *s = o->sheet;
    uint64_t x = draw_next(office_draw(o, en->birth), 12);
    sheet_text(s, l->child);
    sheet_text(s, l->sex_unknown ? "未知" : l->girl ? "2" : "1");
    write_date(o, l);
    sheet_text(s, draw_chance(x, 640000) ? l->certificate : "");
    sheet_text(s, l->mother);
    sheet_text(s, l->residence);
    sheet_date(s, l->written, o->form);
}

static const char *const school_headings[] = {
    "学生姓名", "性别", "出生年月日", "母亲姓名", "居住村", "报到日期", NULL};

static void write_school(struct office *o, const struct entry *en, const struct line *l)
{
    struct sheet *s = o->sheet;
    (void)en;
    sheet_text(s, l->child);
    sheet_text(s, l->sex_unknown ? "未知" : l->girl ? "女" : "男");
    write_date(o, l);
    sheet_text(s, l->mother);
    sheet_text(s, l->residence);
    sheet_date(s, l->written, o->form);
}

// A child born before the first year: only the school has it.
static void older_line(struct office *o, const struct entry *en, struct line *line)
{
    uint32_t child = en->birth - (uint32_t)o->c->n_births;
    const struct person *p = &o->c->people[child];
    *line = (struct line){.girl = p->female, .born = p->born, .written = en->written};
    // The mother is nobody's row; a key past all people keeps her apart.
    uint32_t mother = UINT32_MAX / 8 + child;
    name_mother(o->c, mother, line->mother);
    name_child(o->c, child, mother, p->female, line->child);
    residence_text(o, line, p->village, en->written, 0);
}

static void write_entry(struct office *o, const struct entry *en)
{
    struct line line;
    bool older = en->birth >= o->c->n_births;
    uint32_t number = older ? 0 : en->birth + 1, row = sheet_row(o->sheet);
    if (older) {
        older_line(o, en, &line);
    } else {
        struct birth *b = &o->c->births[en->birth];
        line_of(o, en, &line);
        if (o->source == HOSPITAL)
            hospital_line(o, en, &line);
        if (en->copy == ORIGINAL) {
            b->row[o->source] = row;
            // A row that is written twice stays whole: its copy would repeat the fault.
            if (!en->copied && !old_village(o, en, &line) &&
                draw_chance(draw_next(office_draw(o, en->birth), 7), 4000))
                spoil(o, &line);
        } else {
            truth_duplicate(o->c, files[o->source], row, b->row[o->source], number,
                            en->copy == EXACT ? "exact" : "changed");
        }
    }
    uint32_t child =
        older ? en->birth - (uint32_t)o->c->n_births : o->c->births[en->birth].child;
    truth_row(o->c, files[o->source], row, child, number, line.variant);
    switch (o->source) {
    case HOSPITAL:
        write_hospital(o, en, &line);
        break;
    case IMMUNISATION:
        write_immunisation(o, en, &line);
        break;
    case HOUSEHOLD:
        write_household(o, en, &line);
        break;
    default:
        write_school(o, en, &line);
        break;
    }
    sheet_end_row(o->sheet);
}

static void miss(struct office *o, uint32_t birth, const char *reason)
{
    truth_missed(o->c, birth + 1, files[o->source], reason);
}

static enum err hospital_entries(struct office *o, struct error *e)
{
    struct county *c = o->c;
    for (uint32_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        uint64_t x = draw_next(office_draw(o, i), 30);
        if (b->facility < 0 || draw_chance(x, 4000)) {
            miss(o, i,
                 b->facility == HOME        ? "born at home"
                 : b->facility == ELSEWHERE ? "born outside the county"
                                            : "certificate lost");
            continue;
        }
        int32_t written = b->day + (int32_t)draw_below(draw_next(x, 0), 6);
        if (written > c->options.until) {
            miss(o, i, "not yet");
            continue;
        }
        enum err result = add_with_copies(o, i, written, 6000, e);
        if (result)
            return result;
    }
    return ERR_OK;
}

static enum err immunisation_entries(struct office *o, struct error *e)
{
    struct county *c = o->c;
    for (uint32_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        uint64_t x = draw_next(office_draw(o, i), 30);
        int32_t written = b->day + 3 + (int32_t)draw_below(draw_next(x, 0), 45);
        int32_t died = c->people[b->child].died;
        const char *reason = NULL;
        if (died != DATE_NONE && died <= written)
            reason = "died before";
        else if (draw_chance(x, b->facility == HOME ? 180000 : 33000))
            reason = "not brought";
        else if (written > c->end)
            reason = "not yet";
        if (reason) {
            miss(o, i, reason);
            continue;
        }
        enum err result = add_with_copies(o, i, written, 9000, e);
        if (result)
            return result;
    }
    return ERR_OK;
}

static int32_t household_delay(uint64_t x, bool third)
{
    uint32_t kind = draw_below(x, 100);
    if (kind < (third ? 40u : 62u))
        return (int32_t)draw_below(draw_next(x, 0), 30);
    if (kind < 92)
        return 30 + (int32_t)draw_below(draw_next(x, 0), 330);
    return 360 + (int32_t)draw_below(draw_next(x, 0), 900);
}

static enum err household_entries(struct office *o, struct error *e)
{
    struct county *c = o->c;
    for (uint32_t i = 0; i < c->n_births; i++) {
        const struct birth *b = &c->births[i];
        uint64_t x = draw_next(office_draw(o, i), 30);
        int32_t written = b->day + household_delay(draw_next(x, 0), b->order >= 3);
        int32_t died = c->people[b->child].died;
        bool hidden =
            county_village(c, b->village)->township == c->girls_hidden && b->girl;
        const char *reason = NULL;
        if (died != DATE_NONE && died <= written)
            reason = "died before";
        else if (hidden && draw_chance(draw_next(x, 1), 250000))
            reason = "girl not reported";
        else if (draw_chance(x, 25000))
            reason = "not registered";
        else if (written > c->end)
            reason = "not yet";
        if (reason) {
            miss(o, i, reason);
            continue;
        }
        enum err result = add_with_copies(o, i, written, 5000, e);
        if (result)
            return result;
    }
    return ERR_OK;
}

// True when a child born then enters kindergarten (at 3) in one of the last two years, or
// school (at 6) in the last; *written is the day of enrolment.
static bool enrolled(const struct county *c, int32_t born, uint64_t x, int32_t *written)
{
    int last = c->options.first_year + c->options.years - 1;
    static const struct {
        int before, age;
    } cohorts[] = {{1, 3}, {0, 3}, {0, 6}};
    for (size_t i = 0; i < sizeof cohorts / sizeof *cohorts; i++) {
        int year = last - cohorts[i].before;
        int32_t from, to;
        (void)date_from_ymd(year - cohorts[i].age - 1, 9, 1, &from);
        (void)date_from_ymd(year - cohorts[i].age, 8, 31, &to);
        if (born < from || born > to)
            continue;
        (void)date_from_ymd(year, 9, 1 + (int)draw_below(x, 12), written);
        return true;
    }
    return false;
}

static enum err school_entries(struct office *o, struct error *e)
{
    struct county *c = o->c;
    int32_t written;
    enum err result = ERR_OK;
    for (uint32_t i = 0; i < c->n_births && !result; i++) {
        const struct birth *b = &c->births[i];
        uint64_t x = draw_next(office_draw(o, i), 30);
        if (!enrolled(c, b->day, draw_next(x, 0), &written) || written > c->options.until)
            continue;
        int32_t died = c->people[b->child].died;
        if ((died != DATE_NONE && died <= written) || draw_chance(x, 110000))
            miss(o, i, died != DATE_NONE ? "died before" : "not enrolled");
        else
            result = add_with_copies(o, i, written, 3000, e);
    }
    for (uint32_t i = 0; i < (uint32_t)c->options.people && !result; i++) {
        const struct person *p = &c->people[i];
        uint64_t x = draw(c->options.seed, TOPIC_SCHOOL, ((uint64_t)1 << 40) + i);
        if (p->died == DATE_NONE && enrolled(c, p->born, draw_next(x, 0), &written) &&
            written <= c->options.until && !draw_chance(x, 60000))
            result =
                add_entry(o, (uint32_t)c->n_births + i, written, written, ORIGINAL, e);
    }
    return result;
}

static enum err run_office(struct county *c, enum source source, struct error *e)
{
    static const struct {
        enum topic topic;
        enum sheet_dialect dialect;
        enum date_form form;
        const char *const *headings;
        enum err (*entries)(struct office *o, struct error *e);
    } offices[SOURCES] = {
        [HOSPITAL] = {TOPIC_HOSPITAL, SHEET_GB18030, FORM_CHINESE, hospital_headings,
                      hospital_entries},
        [IMMUNISATION] = {TOPIC_IMMUNISATION, SHEET_XLSX, FORM_ISO, immunisation_headings,
                          immunisation_entries},
        [HOUSEHOLD] = {TOPIC_HOUSEHOLD, SHEET_UTF8_BOM, FORM_SLASH, household_headings,
                       household_entries},
        [SCHOOL] = {TOPIC_SCHOOL, SHEET_SEMICOLON, FORM_COMPACT, school_headings,
                    school_entries},
    };
    struct office o = {.c = c,
                       .source = source,
                       .topic = offices[source].topic,
                       .form = offices[source].form};
    enum err result = offices[source].entries(&o, e);
    if (!result && o.n)
        qsort(o.entries, o.n, sizeof *o.entries, by_place);
    if (!result)
        result = sheet_open(&o.sheet, c->options.folder, files[source],
                            offices[source].dialect, offices[source].headings, e);
    if (!result) {
        for (size_t i = 0; i < o.n; i++)
            write_entry(&o, &o.entries[i]);
        result = sheet_close(o.sheet, e);
    }
    mem_free(o.entries);
    return result;
}

enum err offices_births(struct county *c, struct error *e)
{
    enum err result = ERR_OK;
    for (int source = 0; source < SOURCES && !result; source++)
        result = run_office(c, (enum source)source, e);
    return result;
}

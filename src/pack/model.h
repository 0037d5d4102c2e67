// SPDX-License-Identifier: AGPL-3.0-or-later
// What a pack says, as plain data: made by pack.h, never changed afterwards, shared by
// all threads. All memory belongs to the struct pack's arena. Pointers between the parts
// are set and valid; names and labels are zero-terminated.
#ifndef PACK_MODEL_H
#define PACK_MODEL_H

#include "base/period.h"

struct expr;     // expr.h
struct workflow; // engines.h, as the next six
struct schedule;
struct ledger;
struct checklist;
struct channel;
struct campaign_shape;
struct case_shape;

struct label {
    struct str en, zh; // both always set in a pack that has passed its check
};

struct place { // where in the pack something was said, for errors
    struct str file;
    int line, column; // from 1
};

enum type {
    TYPE_NONE,
    TYPE_BOOL,    // INTEGER 0/1
    TYPE_INT,     // INTEGER
    TYPE_DECIMAL, // REAL
    TYPE_DATE,    // TEXT, ISO
    TYPE_TEXT,    // TEXT
    TYPE_NAME,    // TEXT, a person's or place's name; linkage and pinyin know it
    TYPE_CODE,    // TEXT, one of field->codes
    TYPE_PERIOD,  // TEXT, a period id
    TYPE_AREA,    // INTEGER, id of a row of the areas register
    TYPE_FACILITY // INTEGER, id of a row of the facilities register
};
const char *type_name(enum type t); // "int", as written in a pack

enum purpose {
    PURPOSE_CARE,
    PURPOSE_VITAL,
    PURPOSE_SUPERVISION,
    PURPOSE_BENEFIT,
    PURPOSE_STATISTICS,
    PURPOSE_COUNT
};
const char *purpose_name(enum purpose p);

struct code {
    struct str value; // what is stored: "m"
    struct label label;
    const struct str *also; // other spellings that an import accepts ("1", "男性")
    size_t n_also;
};

struct rule { // field check and warn, register checks
    struct str name;
    struct label label;
    const struct expr *when; // row expression; true means the finding is there
    struct str text;         // the expression as written
    enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR } severity;
    struct label cure; // may be empty
    struct place place;
};

struct reg;

// The system columns that every register has come first in reg->fields, in this order.
// `area`, `facility` and `date` stand for the fields that the register names for them:
// when such a field is declared (`area: residence`), the field *is* the system column: it
// takes its place here, under its own name, with column "area". Where none is named, the
// system field has the name of its column and stays null. A period-typed date field keeps
// a column of its own, and `date` is its first day.
enum system_field {
    FIELD_ID,
    FIELD_AREA,
    FIELD_FACILITY,
    FIELD_DATE,
    FIELD_SOURCE, // code list: the register's sources
    FIELD_STATE,  // code list: current, struck
    FIELD_VERSION,
    FIELD_SAVED_BY,
    FIELD_SAVED_AT,    // UTC milliseconds
    FIELD_FINGERPRINT, // 64-bit hash of key or content, for re-import
    SYSTEM_FIELDS
};

struct field {
    struct str name;   // in expressions and import
    struct str column; // in SQL
    struct str was;    // earlier name, or empty
    size_t index;      // in reg->fields
    enum type type;
    bool system; // set by Heng, not imported (id, state, version, ...)
    bool required;
    bool identifies; // names a person; never in the cube, masked outside its purpose
    struct label label, unit, help;
    const struct str *also; // other headings that an import recognises
    size_t n_also;
    bool has_min, has_max;
    double min, max;
    size_t max_length; // characters of text; 0: 500
    const struct code *codes;
    size_t n_codes;
    struct str level;         // TYPE_AREA: must be of this level (or empty)
    const struct reg *refers; // TYPE_TEXT: the key of a row of this register (whose key
                              // is one text field), or NULL
    enum period_kind period_kind; // TYPE_PERIOD
    const struct rule
        *rules; // check: (must hold: stored negated, severity error) and warn:
    size_t n_rules;
    struct place place;
};

enum reg_kind { REG_ROWS, REG_AREAS, REG_FACILITIES };

struct due { // who owes a row for every period, and until when
    bool set;
    enum period_kind every;
    int by_day;       // day of the month that follows the period's end
    struct str level; // every area of this level owes one ...
    const struct str
        *kinds; // ... or every facility whose field `kind` has one of these codes
    size_t n_kinds;
    const struct field *received; // date on which it came in
};

struct reg {                // one register
    struct str name, table; // births, r_births
    enum reg_kind kind;
    enum purpose purpose;
    struct label label;
    const struct field
        *fields; // system fields first, then those of the pack, in the pack's order
    size_t n_fields;
    const struct field *area, *facility, *date; // named by the pack, or NULL
    const struct code *sources;
    size_t n_sources;
    const struct str *leave_out; // headings of columns that offices send and this
                                 // register does not keep
    size_t n_leave_out;
    const struct field **key; // empty: a row is known by its whole content
    size_t n_key;
    const struct rule *checks;
    size_t n_checks;
    struct due due;
    const struct workflow *workflow; // NULL: none
    struct place place;
};

struct level {
    struct str name;
    struct label label;
    const struct str *also; // other headings of a column with this level's areas
    size_t n_also;
    int code_length; // digits that this level adds to the official code; 0: not checked
};

enum interval_kind {
    INTERVAL_NONE,
    INTERVAL_PROPORTION, // numerator inside denominator: Wilson
    INTERVAL_RATIO       // two disjoint counts, boys : girls
};

struct indicator {
    struct str name, group;
    struct label label, definition, group_label;
    struct str edition;           // may be empty
    int32_t valid_from, valid_to; // DATE_NONE: open
    const struct expr *numerator,
        *denominator; // measure expressions; denominator may be NULL
    struct str numerator_text, denominator_text;
    double per; // 100; 1 for a plain count
    int decimals;
    struct label unit; // "%", "boys per 100 girls"
    enum interval_kind interval;
    bool inside; // the numerator must lie inside the denominator; anything else is a data
                 // error
    int better;  // +1 higher is better, -1 lower, 0 neither
    bool has_target, has_reference;
    double target; // met when value >= (better>0) or <= (better<0)
    double reference, reference_low, reference_high; // e.g. 106.3 [105.5-107.2]
    const struct field *
        *by; // disaggregations offered (fields of the numerator's register)
    size_t n_by;
    struct place place;
};

enum check_kind {
    CHECK_COMPARE,   // left and right measures, per area and period
    CHECK_OUTLIER,   // a measure against its own history: median and MAD, with season
    CHECK_DUPLICATE, // rows of one register that agree in `same`
    CHECK_COUNT // left is a measure that must be zero (e.g. deaths of the unborn), per
                // area and period
};

struct check {
    struct str name;
    enum check_kind kind;
    struct label label, cure;
    enum severity severity;
    const struct expr *left, *right; // measure expressions
    struct str left_text, right_text;
    struct label left_label, right_label; // what is compared, in words; may be empty
    enum compare_relation { COMPARE_EQUAL, COMPARE_AT_MOST, COMPARE_AT_LEAST } relation;
    double tolerance_percent, tolerance_count; // a difference inside either is no finding
    double limit;                              // CHECK_OUTLIER: robust z, default 3.5
    struct str by;                             // level name, or "facility"
    enum period_kind every;
    const struct reg *reg; // CHECK_DUPLICATE
    const struct field **same;
    size_t n_same;
    bool across_sources; // CHECK_DUPLICATE: false counts only rows of one source
    struct place place;
};

// What is looked at for a signal (study/watch.h): each look is a family of tests with the
// chance of a false alarm that the pack accepts in it, in one run.
enum look_kind {
    LOOK_STRATA,   // the ratio in each stratum, of the whole
    LOOK_AREA,     // the ratio in each area of a level, beyond what its strata explain
    LOOK_FACILITY, // the ratio in each facility, beyond what strata and area explain
    LOOK_CONTRAST, // two counts against two others, in each area of a level
    LOOK_ROUND,    // values of a field that are too round, by facility
    LOOK_EVEN,     // a measure that is the same too often, by facility
    // Facts, not tests: what is there at all opens a review.
    LOOK_FOUND, // a count that should be 0, by facility
    LOOK_LEDGER // goods that do not add up, by facility
};

struct look {
    struct str name;
    enum look_kind kind;
    struct label label, cure; // what a signal of it is called; what to do then
    double alarm;             // chance of any false alarm in a run, (0, 0.5]; facts: 0
    struct str level;         // LOOK_AREA, LOOK_CONTRAST
    const struct expr *of[2], *against[2]; // LOOK_CONTRAST: of[0] is too many
    const struct reg *reg;                 // LOOK_ROUND
    const struct field *field;             // int, or date: then days of the month
    const struct expr *where;              // row expression, may be NULL
    int64_t round_to;                      // multiples of this; a date: days like 5, 10
    const struct expr *value;              // LOOK_EVEN, LOOK_FOUND
    const struct ledger *ledger;           // LOOK_LEDGER
    double
        more_than; // of it: a counted difference of more per cent of what should be there
    int wait;      // and what was sent and not confirmed for so many days
    enum period_kind every;
    struct place place;
};

struct watch {
    struct str name;
    struct label label;
    const struct indicator *ratio; // of two counts of one register, with a reference;
                                   // NULL where no look is at a ratio
    const struct field *strata;    // a code of that register, or NULL
    const int *look_back_years;    // rising; the period itself is always looked at
    size_t n_look_back;
    const struct reg *keep; // the register that signals are kept in
    const struct look *looks;
    size_t n_looks;
    struct place place;
};

// A report is a list of sections, each one block of the page. What a section needs is in
// the fields that its kind names; the others are empty.
enum section_kind {
    SECTION_HEADING,    // title
    SECTION_TEXT,       // text, with {name} places
    SECTION_INDICATORS, // table: a row an indicator of `indicators`; previous year beside
                        // it
    SECTION_AREAS,      // table: a row an area of level `by`; a column group an indicator
    SECTION_CROSS,      // table: measure by `rows` and `columns` fields
    SECTION_CHART,      // chart_kind over `by` (level, field or period kind) of
                        // indicators/measure
    SECTION_FINDINGS,   // what the checks found; `limit` rows
    SECTION_LATE,       // who is late or missing, for registers
    SECTION_DEFINITIONS // annex: every indicator used, its formula, edition; suppression;
                        // data quality
};

enum chart_kind { CHART_BAR, CHART_LINE, CHART_INTERVAL, CHART_FUNNEL, CHART_PYRAMID };

struct value { // a number with a name, for sentences
    struct str name;
    const struct expr *measure;        // or
    const struct indicator *indicator; // this
    int decimals;
    bool before; // of the same months a year earlier
};

struct section {
    enum section_kind kind;
    struct label title, text, note;
    const struct indicator **indicators;
    size_t n_indicators;
    const struct expr *measure;
    struct label measure_label;
    struct str by; // level name, field name, period kind
    const struct field *rows,
        *columns; // SECTION_CROSS; CHART_PYRAMID: age field, sex field
    enum chart_kind chart;
    const struct reg **registers; // SECTION_LATE
    size_t n_registers;
    int limit;
    struct place place;
};

struct report {
    struct str name;
    struct label label;
    enum period_kind every;
    const struct value *values;
    size_t n_values;
    const struct section *sections;
    size_t n_sections;
    struct place place;
};

// What stands on the page Overview. Where pack.yaml says nothing it is made from what the
// pack has, so it is always filled in.
enum card_kind {
    CARD_INDICATOR,
    CARD_TIMELINESS, // reports that came on time, of those owed
    CARD_COVERAGE,   // indicators of `coverage` that met their target, of all of them
    CARD_FINDINGS    // what the checks found and nobody has explained
};

struct overview_card {
    enum card_kind kind;
    const struct indicator *indicator; // CARD_INDICATOR
};

enum { OVERVIEW_MAX_CARDS = 6, OVERVIEW_MAX_COVERAGE = 40 };

struct pack_overview {
    struct overview_card cards[OVERVIEW_MAX_CARDS];
    size_t n_cards;
    const struct indicator *births; // the first card that is a plain count, or NULL
    const struct indicator *ratio;  // the first card that is a ratio with a reference, or
                                    // NULL
    const struct field *by; // births and the ratio are taken apart by: a code of the
                            // ratio's register, or NULL
    const struct indicator *coverage[OVERVIEW_MAX_COVERAGE]; // rates with a target
    size_t n_coverage;
};

struct pack {
    struct arena *arena;
    struct str name, version;
    struct label label;
    const struct level *levels; // top first
    size_t n_levels;
    int suppress_below; // counts of care registers under this are not shown; default 5
    const struct reg *registers;
    size_t n_registers;
    const struct reg *areas, *facilities; // facilities may be NULL
    const struct indicator *indicators;
    size_t n_indicators;
    const struct check *checks;
    size_t n_checks;
    const struct watch *watches;
    size_t n_watches;
    const struct projection_plan *projections;
    size_t n_projections;
    const struct report *reports;
    size_t n_reports;
    struct pack_overview overview;
    const struct workflow *workflows;
    size_t n_workflows;
    const struct schedule *schedules;
    size_t n_schedules;
    const struct ledger *ledgers;
    size_t n_ledgers;
    const struct checklist *checklists;
    size_t n_checklists;
    const struct channel *channels;
    size_t n_channels;
    const struct campaign_shape *campaigns;
    size_t n_campaigns;
    const struct case_shape *cases;
    size_t n_cases;
    unsigned char hash[32]; // of the pack's files: tells editions of a pack apart
};

// NULL when there is none. Linear; packs are small.
const struct reg *pack_register(const struct pack *p, struct str name);
const struct field *reg_field(const struct reg *r, struct str name);
const struct indicator *pack_indicator(const struct pack *p, struct str name,
                                       int32_t on); // valid on that day
const struct report *pack_report(const struct pack *p, struct str name);
const struct watch *pack_watch(const struct pack *p, struct str name);
int pack_level(const struct pack *p, struct str name); // index, or -1
int field_code(const struct field *f,
               struct str value); // index into codes by value, or -1
struct str label_in(struct label l, bool zh);

#endif

// SPDX-License-Identifier: AGPL-3.0-or-later
// What a pack says of the engines that work on registers: workflows, schedules, ledgers,
// checklists and sealed channels. Plain data, as model.h: made by the compiler, never
// changed, shared by all threads, in the pack's arena. docs/packs.md is the reference of
// the keys; each part is read from a folder of its name.
#ifndef PACK_ENGINES_H
#define PACK_ENGINES_H

#include "pack/model.h"

// A span of time: whole months and days ("6 months", "-60 days").
struct span {
    int months, days;
};

// Rows of another register that belong to a row: their field `by` (a text that `refers`
// to this row's register) has this row's key.
struct related {
    const struct reg *reg;
    const struct field *by;
    const struct expr *where; // row expression of reg; NULL: all
    struct str where_text;
};

// --- workflows/*.yaml: the stages of a row and the moves between them.
//
// A register with `workflow: NAME` gets, after its own fields, three that only moves set:
//   stage (code: the workflow's stages, required), stage_on (date: since when),
//   stage_due (date: until when it must be left, null: no deadline)
// A new row begins in the first stage. Several registers may share a workflow:
// reg->workflow is then the register's own reading of it (its fields, its expressions),
// and the pack's list has that of the first one. Of a row that was there before its
// register had the workflow all three are null: it stands in the first stage.

struct stage {
    struct str name;
    struct label label;
    bool final;             // nothing is owed any more
    struct span within;     // the deadline, from the day the stage began
    const struct field *by; // or from this date field (0 0: that day); NULL and 0 0: none
    int otherwise;          // index of the move that Heng makes when the deadline has
                            // passed; -1: it is only late
};

struct move_gate {             // what must hold of related rows before a move
    struct related none, some; // .reg NULL: not asked. No such row may be / one must be
    struct label text;         // what is still to do, for the one who is refused
};

struct move {
    struct str name;
    struct label label;
    uint64_t from;        // bits: stages
    int to;               // index
    const struct str *by; // names of roles; n 0: whoever may write the row
    size_t n_by;
    const struct field **needs; // must be filled in, by the move or before
    size_t n_needs;
    bool needs_file, needs_reason; // an attachment added since the stage began; a text
    const struct field **sets;     // may be filled in with the move
    size_t n_sets;
    const int *others; // moves (index) whose maker may not make this one (two people)
    size_t n_others;
    const struct expr *when; // row expression over the row as it will be; NULL: always
    struct str when_text;
    struct label when_label; // what is wrong when it does not hold
    const struct move_gate *gates;
    size_t n_gates;
    struct place place;
};

struct workflow {
    struct str name;
    struct label label;
    const struct stage *stages; // the first is where rows begin; at most 64
    size_t n_stages;
    const struct move *moves;
    size_t n_moves;
    struct place place;
};

// --- schedules/*.yaml: what rows owe when.

struct schedule_point {
    struct str name;
    struct label label;
    struct span at; // from the row's date; may be before it
};

struct schedule {
    struct str name;
    struct label label;
    const struct reg *reg;               // whose rows owe
    const struct expr *where;            // row expression, NULL: all current rows
    const struct field *from;            // date
    const struct schedule_point *points; // visits at 1, 3, 6, 8, 12 months: five
    size_t n_points;
    struct span opens; // this long before the day it is shown as due
    struct span grace; // this long after the day it is late
    // done when this row says so, or a related row is dated from `opens` before the point
    // until the next point opens; of several the nearest, those before it is late first
    const struct expr *done; // row expression; NULL with done_on: when that is not null
    const struct field *done_on; // date of the row on which it was done; NULL: not known
    struct related by; // .by refers to reg, or is a text of reg itself: rows of the same
                       // value. Neither done nor done_on nor .reg: never done; the date
                       // that it is counted from moves on (a licence that is renewed)
    struct label cure; // what to do, may be empty
    struct place place;
};

// --- ledgers/*.yaml: goods and money in double entry.

struct ledger_account { // outside the places: supplier, patients, waste, difference
    struct str name;
    struct label label;
    bool negative; // its balance may be under zero
};

enum ledger_end { LEDGER_AT_PLACE, LEDGER_AT_ACCOUNT };

struct ledger_movement {
    struct str name;
    struct label label;
    enum ledger_end from, to;
    int from_account, to_account; // LEDGER_AT_ACCOUNT
    bool
        confirm; // the receiver says what came; the seller's and the buyer's are compared
    bool count;  // a stock count: the difference is posted, from or to the account
    bool expired; // takes expired lots out of a place, for an account
    struct place place;
};

enum { LEDGER_ACCOUNTS_MAX = 50, LEDGER_MOVEMENTS_MAX = 50 };
// What was sent by a movement with `confirm` lies in this account until the receiver has
// said what came. Heng's own, behind the pack's; its balance may be under zero.
#define LEDGER_ON_THE_WAY "on_the_way"

struct ledger {
    struct str name;
    struct label label, unit; // unit: of money; goods have each their own
    bool goods;               // with items; else money alone, in units of 0.01
    enum purpose purpose;
    bool lots;               // entries name a lot with an expiry day
    bool cold;               // items may have limits of temperature
    const struct reg *items; // register of the goods: key field = code
    const struct field *item_unit, *cold_low, *cold_high; // of it; may be NULL
    bool places_negative; // balances of places may be under zero (money only)
    const struct ledger_account *accounts;
    size_t n_accounts;
    const struct ledger_movement *movements;
    size_t n_movements;
    int on_the_way; // index of that account; -1: nothing is to be confirmed
    struct place place;
};

// --- checklists/*.yaml: questions about a facility, scored.
//
// Each makes a register of its own name (purpose supervision) with a field an item, and:
//   facility (required), checked_on (date), kind (code: self, inspection, follow_up),
//   planned (code: planned, unannounced), team (text), inspector (text, names of the
//   team), inspection (text), edition (text: of the checklist, set by Heng), score
//   (decimal, percent), critical (int: critical items not met); the last three are set by
//   Heng on each save. A new edition of the file is a migration as any other.

struct item_score { // of a code of the item
    int code;       // index into field->codes
    double points;
    bool not_applicable; // then its points do not count in the total
    bool failed;         // opens a finding
};

struct checklist_item {
    const struct field *field;
    struct label hint;
    const struct expr *ask; // shown and required only when this holds; NULL: always
    struct str ask_text;    // as written
    bool required;          // when asked; only `required: false` in the file lifts it
    double points;          // the most that it gives; 0: not scored
    const struct item_score *scores; // code and bool items (0 no, 1 yes)
    size_t n_scores;
    bool critical, photo; // photo: evidence is asked for
};

struct checklist_section {
    struct str name;
    struct label label;
    const struct checklist_item *items;
    size_t n_items;
};

struct checklist {
    struct str name, edition;
    struct label label;
    const struct reg *reg;
    const struct checklist_section *sections;
    size_t n_sections;
    double pass; // percent at which it is passed; 0: not said
    struct place place;
};

// --- channels/*.yaml: what is sealed to its readers (access/seal.h).

struct channel_question {
    struct str name;
    struct label label, help;
    enum type type; // TYPE_TEXT, TYPE_CODE, TYPE_FACILITY, TYPE_DATE
    const struct code *codes;
    size_t n_codes;
    bool required;
    size_t max_length;
};

struct channel {
    struct str name;
    struct label label, intro, promise; // promise: what happens and what is not protected
    bool public_; // anyone, without signing in: the tip line; else those of `writers`
    const struct str *writers, *readers; // names of roles
    size_t n_writers, n_readers;
    const struct channel_question *questions;
    size_t n_questions;
    struct span answer_within, keep; // keep: after this it is removed
    int per_hour;                    // of the whole channel: more must wait
    struct place place;
};

// --- campaigns/*.yaml: in which registers campaigns and what belongs to them stand.
//
// The phases of a campaign are the stages of its register's workflow, their last days the
// deadlines of these stages. Study/campaign.h puts the rows together.

struct campaign_shape {
    struct label label;
    const struct reg *reg;              // a campaign is a row; its key is one text field
    const struct field *begins, *until; // dates of reg
    const struct field *planned; // int: how many facilities are to be seen; may be NULL
    // what is due: rows with a workflow, done in a final stage
    struct related tasks;
    const struct field *task_phase; // code whose values are stages of reg's workflow
    const struct field *task_body;  // who owes; a text that refers to a register; or NULL
    const struct field *task_item;  // code: what
    // visits to facilities
    struct related visits;
    const struct expr *visit_made; // row expression: the visit was made
    const struct field
        *visit_team; // who makes it; a text that refers to a register; or NULL
    const struct field *visit_facility;
    struct related findings;             // rows with a workflow; .reg NULL: none
    const struct field *severity;        // code of findings, or NULL
    const struct checklist **checklists; // answered on these visits
    size_t n_checklists;
    const struct indicator *
        *targets; // shown with their targets, over the campaign's days
    size_t n_targets;
    struct place place;
};

// --- cases/*.yaml: which papers the file of a case must have.

struct case_paper {
    int item;                // index into item->codes
    uint64_t origins;        // bits: codes of by that need it
    const struct expr *when; // row expression of the cases, or NULL
};

struct case_shape {
    struct label label;
    const struct reg *reg; // a case is a row; its key is one text field
    struct related papers;
    const struct field *item; // code of papers: which paper it is
    const struct field *by;   // code of reg: where the case came from; may be NULL
    const struct case_paper *required; // in the order of the codes of item
    size_t n_required;
    struct place place;
};
// "30 days", "6 months and 3 days"; "30 天". Size 64.
void pack_span_words(struct span s, bool zh, char out[64]);

const struct workflow *pack_workflow(const struct pack *p, struct str name);
const struct schedule *pack_schedule(const struct pack *p, struct str name);
const struct ledger *pack_ledger(const struct pack *p, struct str name);
const struct projection_plan *pack_projection(const struct pack *p, struct str name);
const struct checklist *pack_checklist(const struct pack *p, struct str name);
const struct channel *pack_channel(const struct pack *p, struct str name);
// Those of a register; NULL.
const struct campaign_shape *pack_campaign_of(const struct pack *p, const struct reg *r);
const struct case_shape *pack_case_of(const struct pack *p, const struct reg *r);
// The checklist that made the register; NULL.
const struct checklist *pack_checklist_of(const struct pack *p, const struct reg *r);

// --- projections/*.yaml: where the years ahead of an area come from
// (study/projection.h).

struct projection_plan {
    struct str name;
    struct label label;
    int look_back; // births and deaths of so many whole years before the count
    // A count of people: rows by area (the register's, of one level), date, sex and
    // single years of age. No register here is one of care; all fields are in the cube.
    struct {
        const struct reg *reg;
        const struct field *sex, *age,
            *people; // codes m and f; int, the last is open; int
    } people;
    struct {
        const struct reg *reg;
        const struct field *sex, *mother_birth_year; // codes m and f; int
        const struct expr *where; // row expression of fields of the cube; NULL: all
        struct str where_text;
    } births;
    struct {
        const struct reg *reg;
        const struct field *sex, *born; // codes m and f; date
        const struct expr *where;
        struct str where_text;
    } deaths;
    struct place place;
};

#endif

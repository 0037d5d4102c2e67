// SPDX-License-Identifier: AGPL-3.0-or-later
// The Charter, as far as a pack can break it: words that name what Heng has no place for
// (charter_words.c), and shapes that would let a person's row out of the care it belongs
// to. The threshold of suppression is checked where it is read (load.c), and that no
// measure reads what names a person where measures are parsed (expr_type.c).
#include "pack/charter_words.h"
#include "pack/engines.h"
#include "pack/load.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

// --- one spelling for all --------------------------------------------------------------

enum { TEXT_MAX = 2000 };

struct charter {
    struct loader *loader;
    UTransliterator *simplified; // traditional characters to simplified ones
    const UNormalizer2 *folding; // NFKC and case
};

// Lower case, compatibility forms and traditional characters folded. Cut at TEXT_MAX.
// False when ICU has no memory.
static bool fold(const struct charter *c, struct str text, char *out, size_t size)
{
    UChar raw[TEXT_MAX], folded[2 * TEXT_MAX];
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = 0;
    struct str part = {text.p, text.n > TEXT_MAX ? TEXT_MAX : text.n};
    u_strFromUTF8WithSub(raw, TEXT_MAX, &n, part.p, (int32_t)part.n, ' ', NULL, &status);
    n = unorm2_normalize(c->folding, raw, n, folded, TEXT_MAX, &status);
    int32_t limit = n;
    utrans_transUChars(c->simplified, folded, &n, 2 * TEXT_MAX, 0, &limit, &status);
    int32_t bytes = 0;
    u_strToUTF8WithSub(out, (int32_t)size - 1, &bytes, folded, n, ' ', NULL, &status);
    if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR)
        return false;
    out[bytes < (int32_t)size ? bytes : (int32_t)size - 1] = '\0';
    return true;
}

// One sentence in two forms: `words` has single spaces between ASCII words and at both
// ends; `packed` has no spaces and no ASCII punctuation.
struct sentence {
    char words[3 * TEXT_MAX], packed[3 * TEXT_MAX];
};

static void put_sentence(const char *from, size_t n, struct sentence *s)
{
    size_t w = 0, k = 0;
    s->words[w++] = ' ';
    for (size_t i = 0; i < n && w + 3 < sizeof s->words; i++) {
        char c = from[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        if (letter) {
            s->words[w++] = c;
            s->packed[k++] = c;
        } else if (s->words[w - 1] != ' ' && c != '\'') {
            s->words[w++] = ' ';
        }
    }
    if (s->words[w - 1] != ' ')
        s->words[w++] = ' ';
    s->words[w] = s->packed[k] = '\0';
}

// The bytes up to the end of a sentence, and how many the mark itself has.
static size_t sentence_end(const char *p, size_t *mark)
{
    static const char *const marks[] = {". ", ";", "!", "?", "\n", "。"};
    for (size_t i = 0; p[i]; i++) {
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
            size_t n = strlen(marks[k]);
            if (strncmp(p + i, marks[k], n) == 0) {
                *mark = n;
                return i;
            }
        }
    }
    *mark = 0;
    return strlen(p);
}

// --- words -----------------------------------------------------------------------------

// Whether the sentence holds one of the alternatives; the one found in *word.
static bool holds(const struct sentence *s, const char *alternatives, struct str *word)
{
    struct str rest = str_of(alternatives), head;
    for (bool more = true; more;) {
        char search[128];
        more = str_split(rest, '|', &head, &rest);
        if (!more)
            head = rest;
        assert(head.n < sizeof search - 1);
        if (!head.n)
            continue;
        search[0] = ' '; // by hand: this runs for every word and text at every start
        memcpy(search + 1, head.p, head.n);
        search[head.n + 1] = '\0';
        bool ascii = (unsigned char)head.p[0] < 0x80;
        if (ascii ? strstr(s->words, search) : strstr(s->packed, search + 1)) {
            *word = head;
            return true;
        }
    }
    return false;
}

static bool against(const struct charter_words *rule, const struct sentence *s,
                    struct str *word)
{
    struct str ignored;
    for (size_t g = 0; g < CHARTER_GROUPS && rule->groups[g]; g++)
        if (!holds(s, rule->groups[g], g == 0 ? word : &ignored))
            return false;
    return !rule->unless || !holds(s, rule->unless, &ignored);
}

static void check_text(const struct charter *c, struct str text, struct place at,
                       const char *what, int purpose)
{
    char folded[3 * TEXT_MAX];
    struct sentence s;
    if (text.n == 0)
        return;
    if (!fold(c, text, folded, sizeof folded)) {
        c->loader->problems.no_memory = true;
        return;
    }
    const char *p = folded;
    while (*p) {
        size_t mark, n = sentence_end(p, &mark);
        put_sentence(p, n, &s);
        for (const struct charter_words *rule = charter_words(); rule->key; rule++) {
            struct str word;
            if ((purpose >= 0 && (rule->allowed_purposes >> purpose & 1u)) ||
                !against(rule, &s, &word))
                continue;
            struct error *e = problem_add(
                &c->loader->problems, at, rule->key,
                "%s says '" STR_FMT "'; the Charter says: Heng has no register, field, "
                "state, indicator, score or report for %s",
                what, (int)(text.n > 120 ? 120 : text.n), text.p, rule->principle);
            error_cure(e,
                       "Leave it out. If '" STR_FMT "' means something else here, say "
                       "it in other words.",
                       STR_ARG(word));
            return;
        }
        p += n + mark;
    }
}

static void check_name_and_label(const struct charter *c, struct str name,
                                 struct label label, struct place at, const char *kind,
                                 int purpose)
{
    char what[128];
    WHAT(what, "%s '" STR_FMT "'", kind, STR_ARG(name));
    size_t before = c->loader->problems.n + c->loader->problems.left_out;
    const struct str texts[] = {name, label.en, label.zh};
    // one problem for one thing is enough
    for (size_t i = 0;
         i < 3 && c->loader->problems.n + c->loader->problems.left_out == before; i++)
        check_text(c, texts[i], at, what, purpose);
}

static void check_rule_words(const struct charter *c, const struct rule *rule,
                             int purpose)
{
    check_name_and_label(c, rule->name, rule->label, rule->place, "check", purpose);
    check_name_and_label(c, rule->name, rule->cure, rule->place, "the cure of check",
                         purpose);
}

static void check_codes_words(const struct charter *c, const struct code *codes, size_t n,
                              struct place at, const char *kind, int purpose)
{
    for (size_t i = 0; i < n; i++)
        check_name_and_label(c, codes[i].value, codes[i].label, at, kind, purpose);
}

static void check_register_words(const struct charter *c, const struct reg *r)
{
    int purpose = (int)r->purpose;
    check_name_and_label(c, r->name, r->label, r->place, "register", purpose);
    check_codes_words(c, r->sources, r->n_sources, r->place, "source", purpose);
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (f->system)
            continue;
        check_name_and_label(c, f->name, f->label, f->place, "field", purpose);
        check_name_and_label(c, f->name, f->help, f->place, "the help of field", purpose);
        check_codes_words(c, f->codes, f->n_codes, f->place, "code", purpose);
        for (size_t k = 0; k < f->n_rules; k++)
            check_rule_words(c, &f->rules[k], purpose);
    }
    for (size_t i = 0; i < r->n_checks; i++)
        check_rule_words(c, &r->checks[i], purpose);
}

static void check_workflow_words(const struct charter *c, const struct workflow *w)
{
    check_name_and_label(c, w->name, w->label, w->place, "workflow", -1);
    for (size_t i = 0; i < w->n_stages; i++)
        check_name_and_label(c, w->stages[i].name, w->stages[i].label, w->place, "stage",
                             -1);
    for (size_t i = 0; i < w->n_moves; i++) {
        const struct move *m = &w->moves[i];
        check_name_and_label(c, m->name, m->label, m->place, "move", -1);
        check_name_and_label(c, m->name, m->when_label, m->place, "the condition of move",
                             -1);
        for (size_t k = 0; k < m->n_gates; k++)
            check_name_and_label(c, m->name, m->gates[k].text, m->place, "a gate of move",
                                 -1);
    }
}

static void check_ledger_words(const struct charter *c)
{
    for (size_t i = 0; i < c->loader->pack->n_ledgers; i++) {
        const struct ledger *x = &c->loader->pack->ledgers[i];
        int purpose = (int)x->purpose;
        check_name_and_label(c, x->name, x->label, x->place, "ledger", purpose);
        for (size_t k = 0; k < x->n_accounts; k++)
            check_name_and_label(c, x->accounts[k].name, x->accounts[k].label, x->place,
                                 "account", purpose);
        for (size_t k = 0; k < x->n_movements; k++)
            check_name_and_label(c, x->movements[k].name, x->movements[k].label,
                                 x->movements[k].place, "movement", purpose);
    }
}

static void check_channel_words(const struct charter *c, const struct channel *ch)
{
    const struct label said[] = {ch->label, ch->intro, ch->promise};
    for (size_t i = 0; i < 3; i++)
        check_name_and_label(c, ch->name, said[i], ch->place, "channel", -1);
    for (size_t i = 0; i < ch->n_questions; i++) {
        const struct channel_question *q = &ch->questions[i];
        check_name_and_label(c, q->name, q->label, ch->place, "question", -1);
        check_name_and_label(c, q->name, q->help, ch->place, "the help of question", -1);
        check_codes_words(c, q->codes, q->n_codes, ch->place, "code", -1);
    }
}

static void check_all_words(const struct charter *c)
{
    const struct pack *p = c->loader->pack;
    for (size_t i = 0; i < p->n_registers; i++)
        check_register_words(c, &p->registers[i]);
    for (size_t i = 0; i < p->n_indicators; i++) {
        const struct indicator *x = &p->indicators[i];
        check_name_and_label(c, x->name, x->label, x->place, "indicator", -1);
        check_name_and_label(c, x->name, x->definition, x->place,
                             "the definition of indicator", -1);
    }
    for (size_t i = 0; i < p->n_checks; i++) {
        const struct check *x = &p->checks[i];
        check_name_and_label(c, x->name, x->label, x->place, "check", -1);
        check_name_and_label(c, x->name, x->cure, x->place, "the cure of check", -1);
    }
    for (size_t i = 0; i < p->n_watches; i++) {
        const struct watch *x = &p->watches[i];
        check_name_and_label(c, x->name, x->label, x->place, "watch", -1);
        for (size_t k = 0; k < x->n_looks; k++) {
            const struct look *y = &x->looks[k];
            check_name_and_label(c, y->name, y->label, y->place, "look", -1);
            check_name_and_label(c, y->name, y->cure, y->place, "the cure of look", -1);
        }
    }
    for (size_t i = 0; i < p->n_projections; i++)
        check_name_and_label(c, p->projections[i].name, p->projections[i].label,
                             p->projections[i].place, "projection", -1);
    for (size_t i = 0; i < p->n_workflows; i++)
        check_workflow_words(c, &p->workflows[i]);
    // items, hints and answers of a checklist are fields of its register
    for (size_t i = 0; i < p->n_checklists; i++) {
        const struct checklist *x = &p->checklists[i];
        for (size_t k = 0; k < x->n_sections; k++)
            check_name_and_label(c, x->sections[k].name, x->sections[k].label, x->place,
                                 "section", (int)x->reg->purpose);
    }
    for (size_t i = 0; i < p->n_schedules; i++) {
        const struct schedule *x = &p->schedules[i];
        int purpose = x->reg ? (int)x->reg->purpose : -1;
        check_name_and_label(c, x->name, x->label, x->place, "schedule", purpose);
        check_name_and_label(c, x->name, x->cure, x->place, "the cure of schedule",
                             purpose);
        for (size_t k = 0; k < x->n_points; k++)
            check_name_and_label(c, x->points[k].name, x->points[k].label, x->place,
                                 "point", purpose);
    }
    check_ledger_words(c);
    for (size_t i = 0; i < p->n_channels; i++)
        check_channel_words(c, &p->channels[i]);
    for (size_t i = 0; i < p->n_reports; i++) {
        const struct report *r = &p->reports[i];
        check_name_and_label(c, r->name, r->label, r->place, "report", -1);
        for (size_t k = 0; k < r->n_values; k++)
            check_text(c, r->values[k].name, r->place, "a value of the report", -1);
        for (size_t k = 0; k < r->n_sections; k++) {
            const struct section *s = &r->sections[k];
            const struct label said[] = {s->title, s->text, s->note, s->measure_label};
            for (size_t m = 0; m < 4; m++)
                check_name_and_label(c, r->name, said[m], s->place, "a section of report",
                                     -1);
        }
    }
}

// --- shapes ----------------------------------------------------------------------------

// A supervision subject is a licensed facility, a provider, a body or an area.
static void check_supervision(struct loader *l, const struct reg *r)
{
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (!f->identifies)
            continue;
        struct error *e = problem_add(
            &l->problems, f->place, "charter.subject",
            "field '" STR_FMT
            "' identifies a person in the supervision register '" STR_FMT
            "'; the Charter says: a supervision subject is a licensed facility, a "
            "provider, a body or an area, never a patient",
            STR_ARG(f->name), STR_ARG(r->name));
        error_cure(e, "Leave the field out; for the name of a provider or a body write "
                      "identifies: false.");
    }
}

// Following a pregnancy is for care; births and deaths (vital) may say its length.
static void check_pregnancy_fields(const struct charter *c, const struct reg *r)
{
    static const struct charter_words about = {
        "charter.pregnancy", "", {"pregnan|gestation|antenatal|孕|妊娠|产前"}, NULL, 0};
    char folded[3 * TEXT_MAX];
    struct sentence s;
    const struct field *person = NULL;
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields && !person; i++)
        person = r->fields[i].identifies ? &r->fields[i] : NULL;
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields && person; i++) {
        const struct field *f = &r->fields[i];
        const struct str texts[] = {f->name, f->label.en, f->label.zh};
        bool found = false;
        for (size_t k = 0; k < 3 && !found; k++) {
            struct str word;
            if (texts[k].n == 0 || !fold(c, texts[k], folded, sizeof folded))
                continue;
            put_sentence(folded, strlen(folded), &s);
            found = against(&about, &s, &word);
        }
        if (!found)
            continue;
        struct error *e = problem_add(
            &c->loader->problems, f->place, "charter.pregnancy",
            "field '" STR_FMT "' speaks of a pregnancy in a register of purpose %s that "
            "names the person ('" STR_FMT
            "'); the Charter says: Heng has no register for "
            "following a person's pregnancy for any purpose but that person's own care",
            STR_ARG(f->name), purpose_name(r->purpose), STR_ARG(person->name));
        error_cure(e, "Give the register purpose: care, or leave the field out.");
    }
}

void charter_check(struct loader *l)
{
    static const UChar id[] = u"Traditional-Simplified";
    UErrorCode status = U_ZERO_ERROR;
    struct charter c = {.loader = l};
    c.folding = unorm2_getNFKCCasefoldInstance(&status);
    c.simplified = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    if (U_FAILURE(status)) {
        // no Charter, no pack: it is not optional
        struct error *e =
            problem_add(&l->problems, (struct place){STR("pack.yaml"), 0, 0},
                        "charter.icu", "ICU cannot fold text (%s)", u_errorName(status));
        error_cure(e, "Install the full ICU data of the distribution.");
        return;
    }
    check_all_words(&c);
    for (size_t i = 0; i < l->pack->n_registers; i++) {
        const struct reg *r = &l->pack->registers[i];
        if (r->purpose == PURPOSE_SUPERVISION)
            check_supervision(l, r);
        if (r->kind == REG_ROWS && r->purpose != PURPOSE_CARE &&
            r->purpose != PURPOSE_VITAL)
            check_pregnancy_fields(&c, r);
    }
    utrans_close(c.simplified);
}

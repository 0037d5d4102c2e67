// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of the parts of a pack that are engines: workflows, schedules, ledgers,
// checklists, channels, campaigns, cases, projections and watches. Any bytes at all, laid
// over a good pack (engines_pack.h), are refused with places and reasons, or make a model
// of which all holds that pack/engines.h and pack/model.h say.
//
// Lines `# file: PATH` begin the files of the pack that the input replaces or adds; a
// text that begins otherwise is tried as the file of each engine in turn. corpus.h says
// how it is run; its corpora are corpus/engines and tests/pack/bad.
#include <string.h>

#include "corpus.h"
#include "engines_pack.h"
#include "pack/engines.h"
#include "pack/pack.h"

enum { MOST_FILES = ENGINES_PACK_FILES + 40 };

static const char *const folders[] = {"workflows",  "schedules",   "ledgers",
                                      "checklists", "channels",    "campaigns",
                                      "cases",      "projections", "watch"};

// --- what must hold of a pack that compiled

static bool has_field(const struct reg *r, const struct field *f)
{
    return f >= r->fields && f < r->fields + r->n_fields;
}

static void field_of(const struct reg *r, const struct field *f, enum type type)
{
    must(!f || (r && has_field(r, f) && f->type == type), "a field of its register");
}

static void labelled(const struct label *l)
{
    must(l->en.n && l->zh.n, "a label in both languages");
}

static void check_related(const struct related *x, const struct reg *to)
{
    must(!x->reg || (x->by && has_field(x->reg, x->by) && x->by->refers == to),
         "related rows refer to the row");
}

static void check_workflow(const struct workflow *w, const struct reg *r)
{
    uint64_t stages = w->n_stages == 64 ? UINT64_MAX : ((uint64_t)1 << w->n_stages) - 1;
    must(w->n_stages > 0 && w->n_stages <= 64, "from 1 to 64 stages");
    for (size_t i = 0; i < w->n_stages; i++) {
        labelled(&w->stages[i].label);
        must(w->stages[i].otherwise >= -1 && w->stages[i].otherwise < (int)w->n_moves,
             "a move that is there");
        field_of(r, w->stages[i].by, TYPE_DATE);
    }
    for (size_t i = 0; i < w->n_moves; i++) {
        const struct move *m = &w->moves[i];
        labelled(&m->label);
        must(m->from && !(m->from & ~stages), "from stages that are there");
        must(m->to >= 0 && m->to < (int)w->n_stages, "to a stage that is there");
        for (size_t k = 0; k < m->n_needs; k++)
            must(has_field(r, m->needs[k]), "needs a field of the register");
        for (size_t k = 0; k < m->n_sets; k++)
            must(has_field(r, m->sets[k]), "sets a field of the register");
        for (size_t k = 0; k < m->n_others; k++)
            must(m->others[k] >= 0 && m->others[k] < (int)w->n_moves, "not a move");
        for (size_t k = 0; k < m->n_gates; k++) {
            must(m->gates[k].none.reg || m->gates[k].some.reg, "a gate looks at rows");
            labelled(&m->gates[k].text);
            check_related(&m->gates[k].none, r);
            check_related(&m->gates[k].some, r);
        }
    }
}

static void check_schedule(const struct schedule *s)
{
    labelled(&s->label);
    must(s->reg && s->from && s->n_points > 0, "what, from when, how often");
    field_of(s->reg, s->from, TYPE_DATE);
    field_of(s->reg, s->done_on, TYPE_DATE);
    if (s->by.reg)
        field_of(s->by.reg, s->by.by, TYPE_TEXT);
    for (size_t i = 0; i < s->n_points; i++)
        labelled(&s->points[i].label);
    must(s->opens.days >= 0 && s->opens.months >= 0 && s->grace.days >= 0 &&
             s->grace.months >= 0,
         "lengths are not under zero");
}

static void check_ledger(const struct ledger *g)
{
    labelled(&g->label);
    must(g->goods ? g->items && g->items->n_key == 1 : g->unit.en.n > 0,
         "goods have items, money a unit");
    must(g->n_accounts <= LEDGER_ACCOUNTS_MAX + 1 && g->n_movements > 0, "its parts");
    must(g->on_the_way >= -1 && g->on_the_way < (int)g->n_accounts, "on the way");
    for (size_t i = 0; i < g->n_accounts; i++)
        labelled(&g->accounts[i].label);
    for (size_t i = 0; i < g->n_movements; i++) {
        const struct ledger_movement *m = &g->movements[i];
        labelled(&m->label);
        must(m->from == LEDGER_AT_PLACE ||
                 (m->from_account >= 0 && m->from_account < (int)g->n_accounts),
             "from an account that is there");
        must(m->to == LEDGER_AT_PLACE ||
                 (m->to_account >= 0 && m->to_account < (int)g->n_accounts),
             "to an account that is there");
        must(!m->confirm || (m->to == LEDGER_AT_PLACE && g->on_the_way >= 0),
             "what is confirmed goes to a place");
    }
}

static void check_checklist(const struct checklist *c)
{
    labelled(&c->label);
    must(c->edition.n && c->pass >= 0 && c->pass <= 100, "an edition and a pass");
    for (size_t s = 0; s < c->n_sections; s++)
        for (size_t i = 0; i < c->sections[s].n_items; i++) {
            const struct checklist_item *item = &c->sections[s].items[i];
            must(item->field && has_field(c->reg, item->field), "an item is a field");
            size_t most = item->field->type == TYPE_BOOL ? 2 : item->field->n_codes;
            must(item->n_scores <= most, "a score for an answer");
            for (size_t k = 0; k < item->n_scores; k++)
                must(item->scores[k].code >= 0 && item->scores[k].code < (int)most &&
                         item->scores[k].points >= 0 &&
                         item->scores[k].points <= item->points,
                     "no answer gives more than the item");
        }
}

static void check_channel(const struct channel *ch)
{
    labelled(&ch->label);
    labelled(&ch->intro);
    labelled(&ch->promise);
    must(ch->n_readers > 0 && (ch->public_ || ch->n_writers > 0), "who reads and writes");
    must(ch->n_questions > 0 && ch->per_hour > 0, "questions");
    must(ch->keep.days + ch->keep.months > 0, "an end");
    for (size_t i = 0; i < ch->n_questions; i++) {
        labelled(&ch->questions[i].label);
        must(ch->questions[i].type != TYPE_CODE || ch->questions[i].n_codes > 1,
             "a choice has two answers");
        must(ch->questions[i].max_length > 0, "a length");
    }
}

static void check_campaign(const struct campaign_shape *c)
{
    must(c->reg && c->reg->workflow && c->begins && c->until, "a campaign has its days");
    must(c->tasks.reg && c->task_phase && c->task_item && c->tasks.reg->workflow,
         "tasks");
    must(c->visits.reg && c->visit_made && c->visit_facility, "visits");
    must(!c->findings.reg || c->findings.reg->workflow, "findings");
    field_of(c->reg, c->begins, TYPE_DATE);
    field_of(c->reg, c->until, TYPE_DATE);
    field_of(c->reg, c->planned, TYPE_INT);
    field_of(c->tasks.reg, c->task_phase, TYPE_CODE);
    field_of(c->tasks.reg, c->task_item, TYPE_CODE);
    field_of(c->tasks.reg, c->task_body, TYPE_TEXT);
    field_of(c->visits.reg, c->visit_team, TYPE_TEXT);
    field_of(c->findings.reg, c->severity, TYPE_CODE);
    check_related(&c->tasks, c->reg);
    check_related(&c->visits, c->reg);
    check_related(&c->findings, c->reg);
}

static void check_case(const struct case_shape *c)
{
    labelled(&c->label);
    must(c->papers.reg && c->item && c->n_required == c->item->n_codes, "its papers");
    check_related(&c->papers, c->reg);
    field_of(c->papers.reg, c->item, TYPE_CODE);
    field_of(c->reg, c->by, TYPE_CODE);
    for (size_t i = 0; i < c->n_required; i++)
        must(c->required[i].item == (int)i &&
                 (!c->required[i].origins || (c->by && !c->required[i].when)),
             "a paper is required in one way");
}

static void check_projection(const struct projection_plan *p)
{
    labelled(&p->label);
    must(p->look_back > 0 && p->look_back <= 20, "some years");
    must(p->people.reg && p->people.sex && p->people.age && p->people.people, "people");
    must(p->births.reg && p->births.sex && p->births.mother_birth_year, "births");
    must(p->deaths.reg && p->deaths.sex && p->deaths.born, "deaths");
    field_of(p->people.reg, p->people.sex, TYPE_CODE);
    field_of(p->people.reg, p->people.age, TYPE_INT);
    field_of(p->people.reg, p->people.people, TYPE_INT);
    field_of(p->births.reg, p->births.sex, TYPE_CODE);
    field_of(p->births.reg, p->births.mother_birth_year, TYPE_INT);
    field_of(p->deaths.reg, p->deaths.sex, TYPE_CODE);
    field_of(p->deaths.reg, p->deaths.born, TYPE_DATE);
}

static void check_look(const struct watch *w, const struct look *x)
{
    bool two = x->of[0] && x->of[1] && x->against[0] && x->against[1];
    labelled(&x->label);
    must(x->kind >= LOOK_FOUND || (x->alarm > 0 && x->alarm <= 0.5), "an alarm");
    must(x->kind > LOOK_FACILITY || w->ratio, "a ratio");
    must(x->kind != LOOK_STRATA || w->strata, "strata");
    must((x->kind != LOOK_AREA && x->kind != LOOK_CONTRAST) || x->level.n, "a level");
    must(x->kind != LOOK_CONTRAST || two, "four counts");
    must(x->kind != LOOK_ROUND || (x->reg && x->field && x->reg->facility &&
                                   has_field(x->reg, x->field) && x->round_to > 1),
         "a field that is rounded");
    must((x->kind != LOOK_EVEN && x->kind != LOOK_FOUND) || x->value, "a value");
    must(x->kind != LOOK_LEDGER ||
             (x->ledger && x->wait > 0 && x->more_than >= 0 && x->more_than < 100),
         "a ledger");
}

static void check_model(const struct pack *p)
{
    for (size_t i = 0; i < p->n_registers; i++)
        if (p->registers[i].workflow)
            check_workflow(p->registers[i].workflow, &p->registers[i]);
    for (size_t i = 0; i < p->n_schedules; i++)
        check_schedule(&p->schedules[i]);
    for (size_t i = 0; i < p->n_ledgers; i++)
        check_ledger(&p->ledgers[i]);
    for (size_t i = 0; i < p->n_checklists; i++)
        check_checklist(&p->checklists[i]);
    for (size_t i = 0; i < p->n_channels; i++)
        check_channel(&p->channels[i]);
    for (size_t i = 0; i < p->n_campaigns; i++)
        check_campaign(&p->campaigns[i]);
    for (size_t i = 0; i < p->n_cases; i++)
        check_case(&p->cases[i]);
    for (size_t i = 0; i < p->n_projections; i++)
        check_projection(&p->projections[i]);
    for (size_t i = 0; i < p->n_watches; i++) {
        const struct watch *w = &p->watches[i];
        must(w->keep != NULL, "signals are kept");
        for (size_t k = 1; k < w->n_look_back; k++)
            must(w->look_back_years[k] > w->look_back_years[k - 1], "years rise");
        for (size_t k = 0; k < w->n_looks; k++)
            check_look(w, &w->looks[k]);
    }
}

// --- laying over

struct files {
    struct pack_file list[MOST_FILES];
    size_t n;
};

static void begin(struct files *f)
{
    f->n = ENGINES_PACK_FILES;
    for (size_t i = 0; i < f->n; i++)
        f->list[i] = (struct pack_file){str_of(engines_pack[i].path),
                                        str_of(engines_pack[i].text)};
}

// No folder gives a file of another path than such.
static bool is_path(struct str path)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] <= ' ' || path.p[i] == 0x7f)
            return false;
    return path.n > 0;
}

static void lay_over(struct files *f, struct str path, struct str text)
{
    size_t i = 0;
    while (i < f->n && !str_equal(f->list[i].path, path))
        i++;
    if (i == MOST_FILES || !is_path(path))
        return;
    f->list[i] = (struct pack_file){path, text};
    f->n += i == f->n;
}

static enum err compile(const struct files *f)
{
    struct pack_problems problems;
    struct pack *p;
    struct error e = {0};
    struct arena a;
    arena_init(&a, 256 << 20);
    enum err code = pack_compile(&a, f->list, f->n, &p, &problems, &e);
    must(code == ERR_OK || code == ERR_INPUT, "compiled or refused");
    must((code == ERR_OK) == (p != NULL), "a pack or an error");
    must((code == ERR_OK) == (problems.n == 0), "problems when refused");
    for (size_t i = 0; i < problems.n; i++)
        must(problems.list[i].code == ERR_INPUT && problems.list[i].key &&
                 problems.list[i].where[0] && problems.list[i].text[0],
             "a refusal says where and why");
    if (p)
        check_model(p);
    arena_free(&a);
    return code;
}

static const struct str marker = {"# file: ", 8};

static void lay_over_all(struct files *f, struct str text)
{
    struct str line, rest = text, path = {0}, part = {0};
    for (bool more = true; more;) {
        const char *at = rest.p;
        more = str_split(rest, '\n', &line, &rest);
        if (!more)
            line = rest;
        if (str_starts(line, marker)) {
            part.n = part.p ? (size_t)(at - part.p) : 0;
            if (path.p)
                lay_over(f, path, part);
            path = str_trim((struct str){line.p + marker.n, line.n - marker.n});
            part = (struct str){more ? rest.p : line.p + line.n, 0};
        }
    }
    part.n = (size_t)(text.p + text.n - part.p);
    lay_over(f, path, part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static bool tried;
    struct str text = {(const char *)bytes, n};
    struct files f;
    begin(&f);
    if (!tried)
        must(!compile(&f), "the pack that is laid over is good");
    tried = true;
    if (str_starts(text, marker)) {
        lay_over_all(&f, text);
        compile(&f);
        return 0;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t k = 0, length = strlen(folders[i]);
        begin(&f);
        while (k < f.n && strncmp(engines_pack[k].path, folders[i], length) != 0)
            k++;
        lay_over(&f, f.list[k].path, text);
        compile(&f);
    }
    return 0;
}

const struct corpus corpus = {
    .changes = {"{}:\n \"-,\xE7[#0", 12}, .positions = 12, .part = ".yaml"};

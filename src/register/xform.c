// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes the form: texts in two languages, instance, bindings, questions.
#include "register/xform.h"

#include <string.h>

#include "base/md5.h"
#include "register/checklist.h"
#include "register/xform_private.h"

enum { MAX_FORM = 8 << 20, SHORT_LIST = 20, PERIODS = 24 };

struct question {
    const struct field *field;
    const struct checklist_item *item; // of a checklist, or NULL
    size_t section;                    // 0: of none
    struct buf constraint, message[2]; // en, zh
};

struct writer {
    const struct xform *x;
    struct arena *arena;
    struct buf *out;
    const struct checklist *checklist; // NULL: a plain register
    struct question *questions;
    size_t n;
    struct xform_places places[XFORM_LISTS];
    bool has_places[XFORM_LISTS];
    size_t at; // the question whose constraint is written
};

// --- what is asked

bool xform_is_set_by_heng(const struct pack *p, const struct reg *r, struct str name)
{
    static const char *const of_workflow[] = {"stage", "stage_on", "stage_due"};
    static const char *const of_checklist[] = {"edition", "score", "critical"};
    bool checklist = p->n_checklists && pack_checklist_of(p, r);
    for (int i = 0; i < 3; i++)
        if ((r->workflow && str_equal_c(name, of_workflow[i])) ||
            (checklist && str_equal_c(name, of_checklist[i])))
            return true;
    return false;
}

bool xform_asks(const struct pack *p, const struct reg *r, const struct field *f)
{
    return !f->system && !xform_is_set_by_heng(p, r, f->name);
}

bool xform_suits(const struct reg *r)
{
    bool any = false;
    for (size_t i = 0; i < r->n_fields; i++)
        any |= !r->fields[i].system;
    return r->kind == REG_ROWS && any;
}

static void add_question(struct writer *w, const struct field *f,
                         const struct checklist_item *item, size_t section)
{
    w->questions[w->n++] =
        (struct question){.field = f,
                          .item = item,
                          .section = section,
                          .constraint = BUF_INIT(64 << 10),
                          .message = {BUF_INIT(8 << 10), BUF_INIT(8 << 10)}};
}

static bool is_item(const struct checklist *c, const struct field *f)
{
    for (size_t i = 0; c && i < c->n_sections; i++)
        for (size_t k = 0; k < c->sections[i].n_items; k++)
            if (c->sections[i].items[k].field == f)
                return true;
    return false;
}

// The fields that are named for the area, the facility and the date have their place
// among the system's; a form begins with them all the same, for the rest is about them.
static enum err list_questions(struct writer *w, struct error *e)
{
    const struct reg *r = w->x->reg;
    w->questions = ARENA_ARRAY(w->arena, struct question, r->n_fields + 1);
    if (!w->questions)
        return error_memory(e);
    for (size_t i = 0; i < r->n_fields; i++)
        if (xform_asks(w->x->pack, r, &r->fields[i]) &&
            !is_item(w->checklist, &r->fields[i]))
            add_question(w, &r->fields[i], NULL, 0);
    for (size_t i = 0; w->checklist && i < w->checklist->n_sections; i++) {
        const struct checklist_section *s = &w->checklist->sections[i];
        for (size_t k = 0; k < s->n_items; k++)
            add_question(w, s->items[k].field, &s->items[k], i + 1);
    }
    return ERR_OK;
}

static bool is_place(const struct field *f)
{
    return f->type == TYPE_AREA || f->type == TYPE_FACILITY;
}

// Whether a township is asked for before this place: where the list is long, and the
// place lies below.
static bool has_township(const struct writer *w, const struct field *f)
{
    if (!is_place(f) || !xform_is_long(&w->places[xform_list_of(w->x, f)]))
        return false;
    int group = xform_group_level(w->x->pack);
    return !f->level.n || pack_level(w->x->pack, f->level) > group;
}

// --- constraints

static struct str path_of(void *argument, const struct field *f)
{
    const struct writer *w = argument;
    if (f == w->questions[w->at].field)
        return STR(".");
    if (f->system && f->index == FIELD_SOURCE && w->x->reg->n_sources)
        return STR("/data/source");
    for (size_t i = 0; i < w->n; i++)
        if (w->questions[i].field == f)
            return str_format(w->arena, "/data/row/" STR_FMT, STR_ARG(f->name));
    return STR("");
}

static void add_message(struct question *q, struct label text)
{
    const struct str parts[2] = {text.en, text.zh};
    for (int i = 0; i < 2; i++) {
        if (q->message[i].n)
            buf_add_c(&q->message[i], i ? "；" : "; ");
        buf_add(&q->message[i], parts[i]);
    }
}

static void and_then(struct question *q)
{
    if (q->constraint.n)
        buf_add_c(&q->constraint, " and ");
}

static void add_range(struct writer *w, struct question *q)
{
    const struct field *f = q->field;
    struct label text;
    if (f->has_min || f->has_max) {
        and_then(q);
        if (f->has_min)
            buf_printf(&q->constraint, ". >= %.10g%s", f->min, f->has_max ? " and " : "");
        if (f->has_max)
            buf_printf(&q->constraint, ". <= %.10g", f->max);
        if (f->has_min && f->has_max) {
            text.en = str_format(w->arena, "between %.10g and %.10g", f->min, f->max);
            text.zh = str_format(w->arena, "应在 %.10g 与 %.10g 之间", f->min, f->max);
        } else {
            double limit = f->has_min ? f->min : f->max;
            text.en =
                str_format(w->arena, "at %s %.10g", f->has_min ? "least" : "most", limit);
            text.zh =
                str_format(w->arena, "%s %.10g", f->has_min ? "至少" : "至多", limit);
        }
        add_message(q, text);
    }
    if (f->type != TYPE_TEXT && f->type != TYPE_NAME)
        return;
    size_t most = f->max_length ? f->max_length : 500;
    and_then(q);
    buf_printf(&q->constraint, "string-length(.) <= %zu", most);
    add_message(q, (struct label){str_format(w->arena, "at most %zu characters", most),
                                  str_format(w->arena, "最多 %zu 个字符", most)});
}

static void add_rule(struct writer *w, struct question *q, const struct rule *rule)
{
    struct buf text = BUF_INIT(64 << 10);
    if (rule->severity != SEVERITY_ERROR)
        return;
    w->at = (size_t)(q - w->questions);
    buf_add_c(&text, "not(");
    if (expr_xpath(rule->when, true, path_of, w, &text)) {
        buf_add_c(&text, ")");
        and_then(q);
        buf_add(&q->constraint, buf_str(&text));
        if (text.failed)
            q->constraint.failed = true;
        add_message(q, rule->label);
    }
    buf_free(&text);
}

// A rule of the whole row is asked at the last question that it speaks of.
static enum err add_row_rules(struct writer *w, struct error *e)
{
    const struct reg *r = w->x->reg;
    bool *used = ARENA_ARRAY(w->arena, bool, r->n_fields);
    if (!used)
        return error_memory(e);
    for (size_t i = 0; i < r->n_checks; i++) {
        struct question *last = NULL;
        memset(used, 0, r->n_fields * sizeof *used);
        expr_fields(r->checks[i].when, used);
        for (size_t k = 0; k < w->n; k++)
            if (used[w->questions[k].field->index])
                last = &w->questions[k];
        if (last)
            add_rule(w, last, &r->checks[i]);
    }
    return ERR_OK;
}

static const char *period_pattern(enum period_kind kind)
{
    switch (kind) {
    case PERIOD_DAY:
        return "^[0-9]{8}$";
    case PERIOD_MONTH:
        return "^[0-9]{4}(0[1-9]|1[0-2])$";
    case PERIOD_QUARTER:
        return "^[0-9]{4}Q[1-4]$";
    case PERIOD_HALF:
        return "^[0-9]{4}S[12]$";
    case PERIOD_OCTOBER_YEAR:
        return "^[0-9]{4}Oct$";
    default:
        return "^[0-9]{4}$";
    }
}

static void add_period(struct writer *w, struct question *q)
{
    if (q->field->type != TYPE_PERIOD)
        return;
    struct period now = period_of(q->field->period_kind, w->x->today);
    and_then(q);
    buf_printf(&q->constraint, "regex(., '%s')", period_pattern(q->field->period_kind));
    add_message(q, (struct label){str_format(w->arena, "written as %s", now.id),
                                  str_format(w->arena, "写法如 %s", now.id)});
}

static enum err add_constraints(struct writer *w, struct error *e)
{
    for (size_t i = 0; i < w->n; i++) {
        struct question *q = &w->questions[i];
        add_range(w, q);
        add_period(w, q);
        for (size_t k = 0; k < q->field->n_rules; k++)
            add_rule(w, q, &q->field->rules[k]);
    }
    return add_row_rules(w, e);
}

// --- texts

static void put_text(struct writer *w, const char *kind, struct str of, const char *code,
                     struct str text)
{
    buf_printf(w->out, "<text id=\"%s." STR_FMT "%s%s\"><value>", kind, STR_ARG(of),
               code ? "." : "", code ? code : "");
    buf_add_markup(w->out, text);
    buf_add_c(w->out, "</value></text>\n");
}

static bool has_hint(const struct question *q)
{
    return q->field->help.en.n || (q->item && q->item->hint.en.n);
}

static void put_texts_of(struct writer *w, const struct question *q, bool zh)
{
    const struct field *f = q->field;
    struct str unit = label_in(f->unit, zh), label = label_in(f->label, zh);
    if (unit.n)
        label = str_format(w->arena,
                           zh ? STR_FMT "（" STR_FMT "）" : STR_FMT " (" STR_FMT ")",
                           STR_ARG(label), STR_ARG(unit));
    put_text(w, "f", f->name, NULL, label);
    if (has_hint(q))
        put_text(w, "h", f->name, NULL,
                 label_in(q->item && q->item->hint.en.n ? q->item->hint : f->help, zh));
    if (q->message[zh].n)
        put_text(w, "m", f->name, NULL, buf_str(&q->message[zh]));
    if (has_township(w, f)) {
        const struct level *l = &w->x->pack->levels[xform_group_level(w->x->pack)];
        struct str of = label_in(f->label, zh), name = label_in(l->label, zh);
        put_text(w, "t", f->name, NULL,
                 str_format(w->arena, zh ? STR_FMT "：" STR_FMT : STR_FMT ": " STR_FMT,
                            STR_ARG(of), STR_ARG(name)));
    }
    if (q->item && q->item->photo)
        put_text(w, "p", f->name, NULL,
                 str_format(w->arena, zh ? STR_FMT "：照片" : STR_FMT ": photograph",
                            STR_ARG(label_in(f->label, zh))));
    for (size_t i = 0; i < f->n_codes; i++)
        put_text(w, "c", f->name, f->codes[i].value.p, label_in(f->codes[i].label, zh));
}

static void put_translation(struct writer *w, bool zh)
{
    const struct reg *r = w->x->reg;
    buf_printf(w->out, "<translation lang=\"%s\"%s>\n", zh ? "中文 (zh)" : "English (en)",
               zh == w->x->zh ? " default=\"true()\"" : "");
    put_text(w, "heng", STR("source"), NULL, zh ? STR("来源") : STR("Source"));
    put_text(w, "heng", STR("yes"), NULL, zh ? STR("是") : STR("yes"));
    put_text(w, "heng", STR("no"), NULL, zh ? STR("否") : STR("no"));
    if (w->checklist && checklist_has_photos(w->checklist)) {
        struct label text = checklist_photo_words(), cure = checklist_photo_cure(false);
        put_text(w, "heng", STR("photo"), NULL,
                 str_format(w->arena, zh ? STR_FMT "：" STR_FMT : STR_FMT ": " STR_FMT,
                            STR_ARG(label_in(text, zh)), STR_ARG(label_in(cure, zh))));
    }
    for (size_t i = 0; i < r->n_sources; i++)
        put_text(w, "s", r->sources[i].value, NULL, label_in(r->sources[i].label, zh));
    for (size_t i = 0; w->checklist && i < w->checklist->n_sections; i++)
        put_text(w, "g", w->checklist->sections[i].name, NULL,
                 label_in(w->checklist->sections[i].label, zh));
    for (size_t i = 0; i < w->n; i++)
        put_texts_of(w, &w->questions[i], zh);
    buf_add_c(w->out, "</translation>\n");
}

// --- the model

static void put_instance(struct writer *w)
{
    const struct reg *r = w->x->reg;
    buf_printf(w->out,
               "<instance>\n<data xmlns=\"\" id=\"" STR_FMT "\" version=\"@\">\n"
               "<source>",
               STR_ARG(r->name));
    if (r->n_sources == 1)
        buf_add_markup(w->out, r->sources[0].value);
    buf_add_c(w->out, "</source>\n<choose>");
    for (size_t i = 0; i < w->n; i++)
        if (has_township(w, w->questions[i].field))
            buf_printf(w->out, "<" STR_FMT "/>", STR_ARG(w->questions[i].field->name));
    buf_add_c(w->out, "</choose>\n<row>");
    for (size_t i = 0; i < w->n; i++)
        buf_printf(w->out, "<" STR_FMT "/>", STR_ARG(w->questions[i].field->name));
    buf_add_c(w->out, "</row>\n<photo>");
    for (size_t i = 0; i < w->n; i++)
        if (w->questions[i].item && w->questions[i].item->photo)
            buf_printf(w->out, "<" STR_FMT "/>", STR_ARG(w->questions[i].field->name));
    buf_add_c(w->out, "</photo>\n<orx:meta><orx:instanceID/></orx:meta>\n</data>\n"
                      "</instance>\n");
}

static void put_list(struct writer *w, enum xform_list which)
{
    const struct xform_places *p = &w->places[which];
    const char *name = xform_list_name(which);
    if (p->n > XFORM_INLINE) {
        buf_printf(w->out, "<instance id=\"%s\" src=\"jr://file-csv/%s.csv\"/>\n", name,
                   name);
        return;
    }
    buf_printf(w->out, "<instance id=\"%s\"><root xmlns=\"\">\n", name);
    for (size_t i = 0; i < p->n; i++) {
        const struct xform_place *one = &p->list[i];
        buf_add_c(w->out, "<item><name>");
        buf_add_markup(w->out, one->code);
        buf_add_c(w->out, "</name><label>");
        buf_add_markup(w->out, one->name);
        buf_add_c(w->out, "</label><within>");
        buf_add_markup(w->out, one->within);
        buf_add_c(w->out, "</within><level>");
        buf_add_markup(w->out, one->level);
        buf_add_c(w->out, "</level></item>\n");
    }
    buf_add_c(w->out, "</root></instance>\n");
}

static const char *bind_type(const struct field *f)
{
    switch (f->type) {
    case TYPE_INT:
        return "int";
    case TYPE_DECIMAL:
        return "decimal";
    case TYPE_DATE:
        return "date";
    default:
        return "string";
    }
}

// The condition of a checklist's item, "" where it is always asked. *said is false where
// XPath cannot say it: then it is shown, and not required.
static struct str relevance(struct writer *w, const struct question *q, bool *said)
{
    struct buf text = BUF_INIT(64 << 10);
    struct str out = STR("");
    *said = true;
    if (!q->item || !q->item->ask)
        return out;
    w->at = w->n; // no question is "."
    *said = expr_xpath(q->item->ask, true, path_of, w, &text);
    if (*said)
        out = str_copy(w->arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static void put_attribute(struct writer *w, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_printf(w->out, " %s=\"", name);
    buf_add_markup(w->out, value);
    buf_add_c(w->out, "\"");
}

// The photograph is asked for once the item is answered, and not where it does not apply.
static void put_photo_bind(struct writer *w, const struct question *q,
                           struct str relevant, bool said)
{
    const struct checklist_item *item = q->item;
    const struct field *f = q->field;
    struct buf when = BUF_INIT(128 << 10);
    if (relevant.n)
        buf_printf(&when, "(" STR_FMT ") and ", STR_ARG(relevant));
    buf_printf(&when, "/data/row/" STR_FMT " != ''", STR_ARG(f->name));
    for (size_t i = 0; f->type == TYPE_CODE && i < item->n_scores; i++)
        if (item->scores[i].not_applicable)
            buf_printf(&when, " and /data/row/" STR_FMT " != '" STR_FMT "'",
                       STR_ARG(f->name), STR_ARG(f->codes[item->scores[i].code].value));
    buf_printf(w->out, "<bind nodeset=\"/data/photo/" STR_FMT "\" type=\"binary\"",
               STR_ARG(f->name));
    if (said && item->required)
        buf_printf(w->out,
                   " required=\"true()\" jr:requiredMsg=\"jr:itext('heng.photo')\"");
    put_attribute(w, "relevant", buf_str(&when));
    buf_add_c(w->out, "/>\n");
    w->out->failed |= when.failed;
    w->out->no_memory |= when.no_memory;
    buf_free(&when);
}

static void put_bind(struct writer *w, const struct question *q)
{
    const struct field *f = q->field;
    bool said;
    struct str relevant = relevance(w, q, &said);
    if (has_township(w, f))
        buf_printf(w->out,
                   "<bind nodeset=\"/data/choose/" STR_FMT "\" type=\"string\"/>\n",
                   STR_ARG(f->name));
    buf_printf(w->out, "<bind nodeset=\"/data/row/" STR_FMT "\" type=\"%s\"",
               STR_ARG(f->name), bind_type(f));
    if (said && (q->item ? q->item->required : f->required))
        buf_add_c(w->out, " required=\"true()\"");
    put_attribute(w, "relevant", relevant);
    put_attribute(w, "constraint", buf_str(&q->constraint));
    if (q->message[0].n)
        buf_printf(w->out, " jr:constraintMsg=\"jr:itext('m." STR_FMT "')\"",
                   STR_ARG(f->name));
    buf_add_c(w->out, "/>\n");
    if (!q->item || !q->item->photo)
        return;
    put_photo_bind(w, q, relevant, said);
}

static void put_model(struct writer *w)
{
    buf_add_c(w->out, "<model odk:xforms-version=\"1.0.0\">\n<itext>\n");
    put_translation(w, w->x->zh);
    put_translation(w, !w->x->zh);
    buf_add_c(w->out, "</itext>\n");
    put_instance(w);
    for (int i = 0; i < XFORM_LISTS; i++)
        if (w->has_places[i])
            put_list(w, (enum xform_list)i);
    buf_printf(w->out, "<bind nodeset=\"/data/source\" type=\"string\"%s/>\n",
               w->x->reg->n_sources ? " required=\"true()\"" : "");
    for (size_t i = 0; i < w->n; i++)
        put_bind(w, &w->questions[i]);
    buf_add_c(w->out, "<bind nodeset=\"/data/orx:meta/orx:instanceID\" type=\"string\""
                      " readonly=\"true()\" jr:preload=\"uid\"/>\n</model>\n");
}

// --- the questions

static void put_label_ref(struct writer *w, const char *kind, struct str name)
{
    buf_printf(w->out, "<label ref=\"jr:itext('%s." STR_FMT "')\"/>", kind,
               STR_ARG(name));
}

static void put_item(struct writer *w, const char *id, struct str value)
{
    buf_printf(w->out, "<item><label ref=\"jr:itext('%s')\"/><value>", id);
    buf_add_markup(w->out, value);
    buf_add_c(w->out, "</value></item>\n");
}

// Choices from a list of places, by level and township where those are said.
static void put_itemset(struct writer *w, enum xform_list which, struct str level,
                        struct str township)
{
    buf_printf(w->out,
               "<itemset nodeset=\"instance('%s')/root"
               "/item",
               xform_list_name(which));
    if (level.n)
        buf_printf(w->out, "[level = '" STR_FMT "']", STR_ARG(level));
    if (township.n)
        buf_printf(w->out,
                   "[/data/choose/" STR_FMT " = '' or within = /data/choose/" STR_FMT "]",
                   STR_ARG(township), STR_ARG(township));
    buf_add_c(w->out, "\"><value ref=\"name\"/><label ref=\"label\"/></itemset>\n");
}

static void put_place(struct writer *w, const struct field *f)
{
    enum xform_list which = xform_list_of(w->x, f);
    put_itemset(w, which, f->type == TYPE_AREA ? f->level : STR(""),
                has_township(w, f) ? f->name : STR(""));
}

// Townships come from the list of areas that has them.
static void put_township(struct writer *w, const struct field *f)
{
    enum xform_list which = xform_list_of(w->x, f);
    if (which == XFORM_OWN_FACILITIES)
        which = XFORM_OWN_AREAS;
    else if (which == XFORM_ALL_FACILITIES)
        which = XFORM_ALL_AREAS;
    const struct level *l = &w->x->pack->levels[xform_group_level(w->x->pack)];
    buf_printf(w->out,
               "<select1 ref=\"/data/choose/" STR_FMT "\" appearance=\"minimal\">",
               STR_ARG(f->name));
    put_label_ref(w, "t", f->name);
    put_itemset(w, which, l->name, STR(""));
    buf_add_c(w->out, "</select1>\n");
}

static void put_choices(struct writer *w, const struct field *f)
{
    if (is_place(f)) {
        put_place(w, f);
    } else if (f->type == TYPE_BOOL) {
        put_item(w, "heng.yes", STR("1"));
        put_item(w, "heng.no", STR("0"));
    }
    for (size_t i = 0; i < f->n_codes; i++) {
        const char *id =
            str_c(w->arena, str_format(w->arena, "c." STR_FMT "." STR_FMT,
                                       STR_ARG(f->name), STR_ARG(f->codes[i].value)));
        put_item(w, id ? id : "", f->codes[i].value);
    }
}

static void put_photo(struct writer *w, const struct field *f)
{
    buf_printf(w->out, "<upload ref=\"/data/photo/" STR_FMT "\" mediatype=\"image/*\">",
               STR_ARG(f->name));
    put_label_ref(w, "p", f->name);
    buf_add_c(w->out, "</upload>\n");
}

static void put_question(struct writer *w, const struct question *q)
{
    const struct field *f = q->field;
    bool chooses = is_place(f) || f->type == TYPE_BOOL || f->type == TYPE_CODE;
    bool long_list = (is_place(f) && w->places[xform_list_of(w->x, f)].n > SHORT_LIST) ||
                     f->n_codes > SHORT_LIST;
    if (has_township(w, f))
        put_township(w, f);
    buf_printf(w->out, "<%s ref=\"/data/row/" STR_FMT "\"%s>",
               chooses ? "select1" : "input", STR_ARG(f->name),
               long_list ? " appearance=\"minimal autocomplete\"" : "");
    put_label_ref(w, "f", f->name);
    if (has_hint(q))
        buf_printf(w->out, "<hint ref=\"jr:itext('h." STR_FMT "')\"/>", STR_ARG(f->name));
    buf_add_c(w->out, "\n");
    if (chooses)
        put_choices(w, f);
    buf_printf(w->out, "</%s>\n", chooses ? "select1" : "input");
    if (q->item && q->item->photo)
        put_photo(w, f);
}

static void put_body(struct writer *w)
{
    const struct reg *r = w->x->reg;
    size_t section = 0;
    buf_add_c(w->out, "<h:body>\n");
    if (r->n_sources > 1) {
        buf_add_c(w->out, "<select1 ref=\"/data/source\">");
        put_label_ref(w, "heng", STR("source"));
        for (size_t i = 0; i < r->n_sources; i++) {
            const char *id = str_c(w->arena, str_format(w->arena, "s." STR_FMT,
                                                        STR_ARG(r->sources[i].value)));
            put_item(w, id ? id : "", r->sources[i].value);
        }
        buf_add_c(w->out, "</select1>\n");
    }
    for (size_t i = 0; i < w->n; i++) {
        if (w->questions[i].section != section) {
            buf_add_c(w->out, section ? "</group>\n" : "");
            section = w->questions[i].section;
            buf_add_c(w->out, "<group>");
            put_label_ref(w, "g", w->checklist->sections[section - 1].name);
            buf_add_c(w->out, "\n");
        }
        put_question(w, &w->questions[i]);
    }
    buf_add_c(w->out, section ? "</group>\n</h:body>\n" : "</h:body>\n");
}

static void put_form(struct writer *w)
{
    buf_add_c(w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<h:html xmlns=\"http://www.w3.org/2002/xforms\""
                      " xmlns:h=\"http://www.w3.org/1999/xhtml\""
                      " xmlns:jr=\"http://openrosa.org/javarosa\""
                      " xmlns:odk=\"http://www.opendatakit.org/xforms\""
                      " xmlns:orx=\"http://openrosa.org/xforms\">\n<h:head>\n<h:title>");
    buf_add_markup(w->out, label_in(w->x->reg->label, w->x->zh));
    buf_add_c(w->out, "</h:title>\n");
    put_model(w);
    buf_add_c(w->out, "</h:head>\n");
    put_body(w);
    buf_add_c(w->out, "</h:html>\n");
}

// --- the whole

// The version is made from the form as it is without one, and put in its place.
static enum err finish(struct writer *w, struct xform_text *out, struct error *e)
{
    char hash[MD5_HEX];
    enum err code = buf_check(w->out, e);
    if (code)
        return code;
    struct str whole = buf_str(w->out), mark = STR("version=\"@\"");
    md5_hex(whole, hash);
    out->version =
        str_format(w->arena, STR_FMT "-%.8s", STR_ARG(w->x->pack->version), hash);
    const char *at = memmem(whole.p, whole.n, mark.p, mark.n);
    size_t before = (size_t)(at - whole.p) + 9;
    struct buf xml = BUF_INIT(MAX_FORM);
    buf_add(&xml, (struct str){whole.p, before});
    buf_add_markup(&xml, out->version);
    buf_add(&xml, (struct str){whole.p + before + 1, whole.n - before - 1});
    out->xml = str_copy(w->arena, buf_str(&xml));
    code = buf_check(&xml, e);
    buf_free(&xml);
    if (!code && (!out->xml.p || !out->version.p))
        code = error_memory(e);
    if (!code)
        md5_hex(out->xml, out->hash);
    return code;
}

enum err xform_write(const struct xform *x, struct arena *a, struct xform_text *out,
                     struct error *e)
{
    struct buf text = BUF_INIT(MAX_FORM);
    struct writer w = {.x = x, .arena = a, .out = &text};
    enum err code = access_write_some(x->who, x->reg, e);
    if (code)
        return code;
    if (!xform_suits(x->reg))
        return error_set(e, ERR_NOT_FOUND, "xform.none", x->reg->name.p,
                         "this register is no form");
    if (x->pack->n_checklists)
        w.checklist = pack_checklist_of(x->pack, x->reg);
    code = list_questions(&w, e);
    if (!code)
        code = xform_all_places(x, a, w.places, w.has_places, e);
    if (!code)
        code = add_constraints(&w, e);
    if (!code)
        put_form(&w);
    if (!code)
        code = finish(&w, out, e);
    for (size_t i = 0; i < w.n; i++) {
        struct question *q = &w.questions[i];
        if (!code)
            code = buf_check(&q->constraint, e);
        buf_free(&q->constraint);
        buf_free(&q->message[0]);
        buf_free(&q->message[1]);
    }
    buf_free(&text);
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/campaign_doc.h"

#include <math.h>
#include <stdio.h>

enum { MOST_SHOWN = 60, MOST_NAMED = 6 };

struct teller {
    const struct measure *m;
    struct arena *a;
    const struct campaign *c;
    struct campaign_page *page;
    struct doc *d;
    bool zh, no_memory;
};

static const char *say(const struct teller *t, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));

static const char *say(const struct teller *t, const char *en, const char *zh)
{
    return t->zh ? zh : en;
}

static struct str words(const struct teller *t, struct label l)
{
    return label_in(l, t->zh);
}

static void head(struct teller *t, const char *en, const char *zh)
{
    t->no_memory |= !doc_heading(t->d, 1, str_of(say(t, en, zh)));
}

static void tell(struct teller *t, struct buf *text)
{
    t->no_memory |= text->no_memory || (text->n && !doc_paragraph(t->d, buf_str(text)));
    buf_free(text);
}

static struct str day(struct teller *t, int32_t on)
{
    if (on == DATE_NONE)
        return STR("");
    struct str s = date_text(t->a, on, t->zh);
    t->no_memory |= !s.p;
    return s;
}

// A label of a column in the language of the page.
struct heading {
    const char *name, *en, *zh;
    enum result_kind kind;
    int decimals;
};

static struct result *begin(struct teller *t, const char *name, const char *en,
                            const char *zh, const struct heading *headings, size_t n)
{
    struct result_column *columns = ARENA_ARRAY(t->a, struct result_column, n);
    if (!columns) {
        t->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        columns[i] =
            (struct result_column){.name = headings[i].name,
                                   .label = say(t, headings[i].en, headings[i].zh),
                                   .kind = headings[i].kind,
                                   .decimals = headings[i].decimals};
    struct result *r = &t->page->results[t->page->n_results++];
    *r = result_new(t->a, name, str_of(say(t, en, zh)), columns, n);
    return r;
}

#define BEGIN(t, name, en, zh, headings)                                                 \
    begin(t, name, en, zh, headings, sizeof(headings) / sizeof *(headings))

static void end(struct teller *t, struct result *r, struct str note)
{
    t->no_memory |= !result_ok(r);
    if (!r->n_rows)
        t->page->n_results--;
    else
        t->no_memory |= !result_table_doc(t->d, r, MOST_SHOWN, note);
}

// --- phases and bodies

static void tell_standing(struct teller *t)
{
    const struct campaign *c = t->c;
    const struct campaign_phase *now = &c->phases[c->stage];
    struct str phase = words(t, now->stage->label), until = day(t, now->until);
    struct buf text = BUF_INIT(8192);
    if (t->zh)
        buf_printf(&text, "专项行动自" STR_FMT "启动，现处于“" STR_FMT "”阶段",
                   STR_ARG(day(t, c->begins)), STR_ARG(phase));
    else
        buf_printf(&text,
                   "The campaign began on " STR_FMT " and is in the phase '" STR_FMT "'",
                   STR_ARG(day(t, c->begins)), STR_ARG(phase));
    if (until.n && !now->stage->final)
        buf_printf(&text,
                   now->late ? say(t, ", which was to end on " STR_FMT " and is late",
                                   "，应于" STR_FMT "结束，已逾期")
                             : say(t, " until " STR_FMT, "，至" STR_FMT "止"),
                   STR_ARG(until));
    buf_add_c(&text, say(t, ". ", "。"));
    if (c->tasks.owed)
        buf_printf(&text,
                   say(t,
                       "Of %zu papers that are due in it, %zu are accepted, %zu handed "
                       "in and not yet accepted, and %zu late.",
                       "应报事项共%zu项，已审核通过%zu项，已报待审%zu项，逾期%zu项。"),
                   c->tasks.owed, c->tasks.done, c->tasks.begun, c->tasks.late);
    tell(t, &text);
}

static void put_count(struct result_cell *cells, const struct campaign_count *count)
{
    cells[0].value = (double)count->owed;
    cells[1].value = (double)count->begun;
    cells[2].value = (double)count->done;
    cells[3].value = (double)count->late;
}

#define COUNT_HEADINGS                                                                   \
    {"owed", "owed", "应报", RESULT_COUNT, 0},                                           \
        {"handed_in", "handed in", "已报待审", RESULT_COUNT, 0},                         \
        {"accepted", "accepted", "审核通过", RESULT_COUNT, 0},                           \
    {                                                                                    \
        "late", "late", "逾期", RESULT_COUNT, 0                                          \
    }

static void tell_phases(struct teller *t)
{
    static const struct heading headings[] = {
        {"phase", "phase", "阶段", RESULT_TEXT, 0},
        {"until", "until", "截止日期", RESULT_TEXT, 0},
        {"standing", "standing", "进展", RESULT_TEXT, 0},
        COUNT_HEADINGS};
    static const char *const times[][2] = {[CAMPAIGN_PAST] = {"over", "已完成"},
                                           [CAMPAIGN_NOW] = {"now", "进行中"},
                                           [CAMPAIGN_AHEAD] = {"to come", "未开始"}};
    struct result *r = BEGIN(t, "phases", "Phases", "各阶段进展", headings);
    for (size_t i = 0; r && i < t->c->n_phases; i++) {
        const struct campaign_phase *p = &t->c->phases[i];
        struct result_cell *cells = result_row(r);
        cells[0].text = words(t, p->stage->label);
        cells[1].text = day(t, p->until);
        cells[2].text = str_of(p->late ? say(t, "late", "逾期") : times[p->time][t->zh]);
        put_count(cells + 3, &p->count);
    }
    if (r)
        end(t, r, STR(""));
}

static void tell_bodies(struct teller *t)
{
    static const struct heading headings[] = {
        {"body", "body", "责任单位", RESULT_TEXT, 0}, COUNT_HEADINGS};
    struct result *r = BEGIN(t, "bodies", "What bodies owe and have done",
                             "各责任单位应报与完成情况", headings);
    for (size_t i = 0; r && i < t->c->n_bodies; i++) {
        struct result_cell *cells = result_row(r);
        cells[0].text = words(t, t->c->bodies[i].label);
        put_count(cells + 1, &t->c->bodies[i].all);
    }
    if (r)
        end(t, r, STR(""));
}

// --- gates

static void tell_gates(struct teller *t)
{
    static const struct heading headings[] = {
        {"move", "step", "下一步", RESULT_TEXT, 0},
        {"asks", "what must be done", "条件", RESULT_TEXT, 0},
        {"rows", "still to do", "未完成数", RESULT_COUNT, 0},
        {"open", "may go on", "可否进入", RESULT_YES_NO, 0}};
    struct result *r = BEGIN(t, "gates", "What the next phase waits for",
                             "进入下一阶段的条件", headings);
    for (size_t i = 0; r && i < t->c->n_gates; i++) {
        const struct campaign_gate *g = &t->c->gates[i];
        if (!g->when)
            continue;
        struct result_cell *cells = result_row(r);
        cells[0].text = words(t, g->move->label);
        cells[1].text = g->gate ? words(t, g->gate->text) : STR("");
        cells[2].value = g->open ? 0 : g->rows ? (double)g->rows : 1;
        cells[3].value = g->open;
    }
    if (r)
        end(t, r, STR(""));
}

// --- visits and findings

static void tell_visits(struct teller *t)
{
    const struct campaign_visits *v = &t->c->visits;
    struct buf text = BUF_INIT(8192);
    buf_printf(&text,
               say(t, "%zu visits are planned and %zu were made, at %zu facilities",
                   "安排检查%zu次，已实施%zu次，检查机构%zu家"),
               v->planned, v->made, v->facilities);
    if (v->wanted >= 0)
        buf_printf(&text, say(t, " of %lld that are to be seen", "（应检%lld家）"),
                   (long long)v->wanted);
    buf_add_c(&text, say(t, ". ", "。"));
    if (v->late)
        buf_printf(
            &text,
            say(t, "%zu visits should have been made by now.", "逾期未检查%zu次。"),
            v->late);
    tell(t, &text);
    static const struct heading headings[] = {{"stage", "visits", "检查", RESULT_TEXT, 0},
                                              {"n", "number", "次数", RESULT_COUNT, 0}};
    struct result *r =
        v->stages ? BEGIN(t, "visits", "Visits", "检查安排与实施", headings) : NULL;
    for (size_t i = 0; r && i < v->reg->workflow->n_stages; i++) {
        struct result_cell *cells = result_row(r);
        cells[0].text = words(t, v->reg->workflow->stages[i].label);
        cells[1].value = (double)v->stages[i];
    }
    if (r)
        end(t, r, STR(""));
}

static size_t findings_in(const struct campaign_findings *f, size_t severity, bool final)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_stages; i++)
        if (f->reg->workflow->stages[i].final == final)
            n += f->counts[severity * f->n_stages + i];
    return n;
}

static struct str severity_words(const struct teller *t, size_t severity)
{
    const struct campaign_findings *f = &t->c->findings;
    return f->severity && severity < f->severity->n_codes
               ? words(t, f->severity->codes[severity].label)
               : str_of(say(t, "not recorded", "未记录"));
}

static void findings_table(struct teller *t)
{
    const struct campaign_findings *f = &t->c->findings;
    struct heading *headings = ARENA_ARRAY(t->a, struct heading, f->n_stages + 2);
    if (!headings || f->n_stages + 2 > RESULT_MAX_COLUMNS) {
        t->no_memory |= !headings;
        return;
    }
    headings[0] = (struct heading){"severity", "severity", "严重程度", RESULT_TEXT, 0};
    for (size_t i = 0; i < f->n_stages; i++) {
        const struct stage *s = &f->reg->workflow->stages[i];
        headings[i + 1] =
            (struct heading){s->name.p, s->label.en.p, s->label.zh.p, RESULT_COUNT, 0};
    }
    headings[f->n_stages + 1] =
        (struct heading){"total", "total", "合计", RESULT_COUNT, 0};
    struct result *r = begin(t, "findings", "Findings by severity and stage",
                             "问题分严重程度与整改进度", headings, f->n_stages + 2);
    for (size_t k = 0; r && k < f->n_severities; k++) {
        size_t total = 0;
        for (size_t i = 0; i < f->n_stages; i++)
            total += f->counts[k * f->n_stages + i];
        if (!total && k + 1 == f->n_severities)
            continue; // all have a severity
        struct result_cell *cells = result_row(r);
        cells[0].text = severity_words(t, k);
        for (size_t i = 0; i < f->n_stages; i++)
            cells[i + 1].value = (double)f->counts[k * f->n_stages + i];
        cells[f->n_stages + 1].value = (double)total;
    }
    if (r)
        end(t, r, STR(""));
}

static void tell_findings(struct teller *t)
{
    const struct campaign_findings *f = &t->c->findings;
    if (!f->reg)
        return;
    struct buf text = BUF_INIT(8192);
    size_t done = 0;
    for (size_t k = 0; k < f->n_severities; k++)
        done += findings_in(f, k, true);
    buf_printf(&text,
               say(t,
                   "%zu findings were recorded. %zu of them are closed or handed to a "
                   "case, %zu are not, and %zu of these are past their day.",
                   "登记问题%zu项，其中已销号或转立案%zu项，未办结%zu项（逾期%zu项）。"),
               f->n, done, f->n - done, f->late);
    tell(t, &text);
    findings_table(t);
}

// --- what facilities said of themselves

static void tell_answers_of(struct teller *t, const struct campaign_answers *x)
{
    struct buf text = BUF_INIT(8192);
    struct str name = words(t, x->checklist->label);
    buf_printf(&text,
               say(t,
                   STR_FMT ": %zu facilities checked themselves and %zu were inspected.",
                   STR_FMT "：%zu家机构报送自查表，监督检查%zu家。"),
               STR_ARG(name), x->n_self, x->n_inspected);
    if (x->checklist->pass > 0 && x->n_inspected)
        buf_printf(&text,
                   say(t, " %zu passed (%g %% or more, and every critical item met).",
                       "合格%zu家（得分不低于%g%%且关键项全部符合）。"),
                   x->passed, x->checklist->pass);
    const struct compare_counts *all = &x->found.all;
    if (all->n && t->zh)
        buf_printf(
            &text,
            "自查与检查均作答%lld项次，答案一致率%.0f%%；自查平均%.1f分，检查平均%.1f"
            "分。",
            (long long)all->n, 100.0 * (double)all->same / (double)all->n,
            x->found.mean_self, x->found.mean_inspection);
    else if (all->n)
        buf_printf(&text,
                   " Where both answered (%lld answers), they agree in %.0f %%; the mean "
                   "score is %.1f by themselves and %.1f by inspectors.",
                   (long long)all->n, 100.0 * (double)all->same / (double)all->n,
                   x->found.mean_self, x->found.mean_inspection);
    tell(t, &text);
}

static void answers_table(struct teller *t, const struct campaign_answers *x)
{
    static const struct heading headings[] = {
        {"code", NULL, NULL, RESULT_TEXT, 0},
        {"facility", "facility", "机构", RESULT_TEXT, 0},
        {"self", "its own score", "自查得分", RESULT_NUMBER, 1},
        {"inspection", "inspection", "检查得分", RESULT_NUMBER, 1},
        {"difference", "difference", "相差", RESULT_NUMBER, 1},
        {"critical", "critical items not met", "关键项不符合数", RESULT_COUNT, 0},
        {"agree", "answers that agree, %", "答案一致率（%）", RESULT_NUMBER, 0}};
    struct result *r = BEGIN(t, "facilities", "Self-check and inspection",
                             "机构自查与监督检查对照", headings);
    const struct places *p = t->m->county->places;
    for (size_t i = 0; r && i < x->found.n_facilities; i++) {
        const struct compare_facility *f = &x->found.facilities[i];
        const struct checklist_visit *seen = f->inspection;
        struct result_cell *cells = result_row(r);
        cells[0].text = p->facilities[f->facility].code;
        cells[1].text = facility_name(&p->facilities[f->facility], t->zh);
        cells[2].value = f->self ? checklist_visit_score(f->self) : NAN;
        cells[3].value = seen ? checklist_visit_score(seen) : NAN;
        cells[4].value = cells[2].value - cells[3].value;
        cells[5].value = seen ? (double)checklist_visit_critical(seen) : NAN;
        cells[6].value =
            f->counts.n ? 100.0 * (double)f->counts.same / (double)f->counts.n : NAN;
    }
    if (r)
        end(t, r,
            str_of(say(t,
                       "A facility that gave itself far more than its inspectors did is "
                       "to be looked at again, not ranked.",
                       "自查得分明显高于检查得分的机构应重点复查，不作排名。")));
}

// --- targets

static void tell_targets(struct teller *t)
{
    static const struct heading headings[] = {
        {"indicator", "target", "指标", RESULT_TEXT, 0},
        {"value", "value", "实际", RESULT_NUMBER, 1},
        {"low", "from", "区间下限", RESULT_NUMBER, 1},
        {"high", "to", "区间上限", RESULT_NUMBER, 1},
        {"wanted", "wanted", "目标", RESULT_NUMBER, 1},
        {"met", "met", "达标", RESULT_TEXT, 0}};
    struct result *r = BEGIN(t, "targets", "Targets", "目标完成情况", headings);
    for (size_t i = 0; r && i < t->c->n_targets; i++) {
        const struct campaign_target *x = &t->c->targets[i];
        bool shown = x->figure.state == FIGURE_OK;
        struct result_cell *cells = result_row(r);
        cells[0].text = words(t, x->indicator->label);
        cells[1].value = shown ? x->figure.value : NAN;
        cells[2].value = shown ? x->figure.low : NAN;
        cells[3].value = shown ? x->figure.high : NAN;
        cells[4].value = x->indicator->has_target ? x->indicator->target : NAN;
        cells[5].text = !shown || !x->figure.target ? STR("")
                        : x->figure.target > 0      ? str_of(say(t, "yes", "是"))
                                                    : str_of(say(t, "not yet", "尚未"));
    }
    if (r)
        end(t, r,
            str_of(say(t, "From and to: the 95 % interval.", "区间为95%置信区间。")));
}

// --- what comes next

static void tell_next(struct teller *t)
{
    const struct campaign *c = t->c;
    struct buf text = BUF_INIT(16384);
    size_t n = 0;
    head(t, "Next steps", "下一步工作");
    for (size_t i = 0; i < c->n_gates; i++)
        if (c->gates[i].when && !c->gates[i].open && c->gates[i].gate) {
            struct str asks = words(t, c->gates[i].gate->text);
            buf_printf(&text, t->zh ? "%zu. " STR_FMT : "%zu. " STR_FMT, ++n,
                       STR_ARG(asks));
            if (c->gates[i].rows)
                buf_printf(&text, say(t, ": %lld.\n", "：%lld项。\n"),
                           (long long)c->gates[i].rows);
            else
                buf_add_c(&text, say(t, ".\n", "。\n"));
        }
    size_t named = 0, late = 0;
    for (size_t i = 0; i < c->n_bodies; i++)
        late += c->bodies[i].all.late > 0;
    for (size_t i = 0; i < c->n_bodies && named < MOST_NAMED; i++) {
        if (!c->bodies[i].all.late)
            continue;
        if (!named)
            buf_printf(&text,
                       say(t, "%zu. Ask for what is late: ", "%zu. 催报逾期事项："), ++n);
        buf_printf(&text, "%s" STR_FMT " (%zu)", named ? say(t, ", ", "、") : "",
                   STR_ARG(words(t, c->bodies[i].label)), c->bodies[i].all.late);
        named++;
    }
    if (late > named)
        buf_printf(&text, say(t, " and %zu more", "等另%zu个单位"), late - named);
    if (named)
        buf_add_c(&text, say(t, ".\n", "。\n"));
    if (c->findings.late)
        buf_printf(&text,
                   say(t, "%zu. Follow up %zu findings that are past their day.\n",
                       "%zu. 督办逾期未办结问题%zu项。\n"),
                   n + 1, c->findings.late);
    if (!text.n)
        buf_add_c(&text, say(t, "Nothing stands in the way of the next phase.",
                             "进入下一阶段的条件已具备。"));
    tell(t, &text);
}

// --- the page

static void title(struct teller *t)
{
    const struct campaign *c = t->c;
    const struct places *p = t->m->county->places;
    struct str area = c->area >= 0 ? area_name(&p->areas[c->area], t->zh) : STR("");
    t->d->title = words(t, c->label);
    t->d->subtitle =
        str_format(t->a, STR_FMT "%s" STR_FMT "%s" STR_FMT " – " STR_FMT, STR_ARG(area),
                   area.n ? " · " : "", STR_ARG(c->number), " · ",
                   STR_ARG(day(t, c->begins)), STR_ARG(day(t, c->until)));
    t->d->made = str_format(t->a,
                            say(t, "Drafted on " STR_FMT " from the rows of the file",
                                STR_FMT "根据库中记录自动起草"),
                            STR_ARG(day(t, t->m->today)));
    t->d->made_on = t->m->today;
    t->no_memory |= !t->d->subtitle.p || !t->d->made.p;
}

enum err campaign_doc_make(const struct measure *m, struct arena *a,
                           const struct campaign *c, bool zh, struct campaign_page *out,
                           struct error *e)
{
    *out = (struct campaign_page){.doc = doc_new(a, zh)};
    struct teller t = {m, a, c, out, out->doc, zh, false};
    if (!out->doc)
        return error_memory(e);
    title(&t);
    head(&t, "Where it stands", "总体进展");
    tell_standing(&t);
    tell_phases(&t);
    tell_bodies(&t);
    tell_gates(&t);
    head(&t, "Inspections", "监督检查");
    tell_visits(&t);
    for (size_t i = 0; i < c->n_answers; i++)
        tell_answers_of(&t, &c->answers[i]);
    for (size_t i = 0; i < c->n_answers; i++)
        if (c->answers[i].found.n_facilities && out->n_results + 2 < CAMPAIGN_DOC_RESULTS)
            answers_table(&t, &c->answers[i]);
    head(&t, "Findings", "发现问题与整改");
    tell_findings(&t);
    head(&t, "Targets", "目标完成情况");
    tell_targets(&t);
    tell_next(&t);
    return t.no_memory ? error_memory(e) : ERR_OK;
}

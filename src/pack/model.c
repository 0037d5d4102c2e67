// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/model.h"
#include "pack/engines.h"

#include <stdio.h>

const char *type_name(enum type t)
{
    static const char *const names[] = {
        [TYPE_NONE] = "null",         [TYPE_BOOL] = "bool",
        [TYPE_INT] = "int",           [TYPE_DECIMAL] = "decimal",
        [TYPE_DATE] = "date",         [TYPE_TEXT] = "text",
        [TYPE_NAME] = "name",         [TYPE_CODE] = "code",
        [TYPE_PERIOD] = "period",     [TYPE_AREA] = "area",
        [TYPE_FACILITY] = "facility",
    };
    return (size_t)t < sizeof names / sizeof names[0] ? names[t] : "unknown";
}

const char *purpose_name(enum purpose p)
{
    static const char *const names[PURPOSE_COUNT] = {
        [PURPOSE_CARE] = "care",
        [PURPOSE_VITAL] = "vital",
        [PURPOSE_SUPERVISION] = "supervision",
        [PURPOSE_BENEFIT] = "benefit",
        [PURPOSE_STATISTICS] = "statistics",
    };
    return p < PURPOSE_COUNT ? names[p] : "unknown";
}

const struct reg *pack_register(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_registers; i++)
        if (str_equal(p->registers[i].name, name))
            return &p->registers[i];
    return NULL;
}

const struct field *reg_field(const struct reg *r, struct str name)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (str_equal(r->fields[i].name, name))
            return &r->fields[i];
    return NULL;
}

const struct indicator *pack_indicator(const struct pack *p, struct str name, int32_t on)
{
    for (size_t i = 0; i < p->n_indicators; i++) {
        const struct indicator *d = &p->indicators[i];
        if (str_equal(d->name, name) &&
            (d->valid_from == DATE_NONE || d->valid_from <= on) &&
            (d->valid_to == DATE_NONE || on <= d->valid_to))
            return d;
    }
    return NULL;
}

const struct report *pack_report(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_reports; i++)
        if (str_equal(p->reports[i].name, name))
            return &p->reports[i];
    return NULL;
}

const struct watch *pack_watch(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_watches; i++)
        if (str_equal(p->watches[i].name, name))
            return &p->watches[i];
    return NULL;
}

int pack_level(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_levels; i++)
        if (str_equal(p->levels[i].name, name))
            return (int)i;
    return -1;
}

int field_code(const struct field *f, struct str value)
{
    for (size_t i = 0; i < f->n_codes; i++)
        if (str_equal(f->codes[i].value, value))
            return (int)i;
    return -1;
}

struct str label_in(struct label l, bool zh)
{
    struct str wanted = zh ? l.zh : l.en, other = zh ? l.en : l.zh;
    return wanted.n ? wanted : other;
}

const struct workflow *pack_workflow(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_workflows; i++)
        if (str_equal(p->workflows[i].name, name))
            return &p->workflows[i];
    return NULL;
}

const struct schedule *pack_schedule(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_schedules; i++)
        if (str_equal(p->schedules[i].name, name))
            return &p->schedules[i];
    return NULL;
}

const struct ledger *pack_ledger(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_ledgers; i++)
        if (str_equal(p->ledgers[i].name, name))
            return &p->ledgers[i];
    return NULL;
}

const struct projection_plan *pack_projection(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_projections; i++)
        if (str_equal(p->projections[i].name, name))
            return &p->projections[i];
    return NULL;
}

const struct checklist *pack_checklist(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_checklists; i++)
        if (str_equal(p->checklists[i].name, name))
            return &p->checklists[i];
    return NULL;
}

const struct channel *pack_channel(const struct pack *p, struct str name)
{
    for (size_t i = 0; i < p->n_channels; i++)
        if (str_equal(p->channels[i].name, name))
            return &p->channels[i];
    return NULL;
}

const struct checklist *pack_checklist_of(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_checklists; i++)
        if (p->checklists[i].reg == r)
            return &p->checklists[i];
    return NULL;
}

const struct campaign_shape *pack_campaign_of(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_campaigns; i++)
        if (p->campaigns[i].reg == r)
            return &p->campaigns[i];
    return NULL;
}

const struct case_shape *pack_case_of(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_cases; i++)
        if (p->cases[i].reg == r)
            return &p->cases[i];
    return NULL;
}

static int add_unit(char *out, size_t used, int n, const char *one, const char *many,
                    const char *zh)
{
    const char *before = zh ? "" : used ? " and " : "";
    int k = zh ? snprintf(out + used, 64 - used, "%s%d%s", before, n, zh)
               : snprintf(out + used, 64 - used, "%s%d %s", before, n,
                          n == 1 || n == -1 ? one : many);
    return k > 0 && (size_t)k < 64 - used ? k : 0;
}

void pack_span_words(struct span s, bool zh, char out[64])
{
    size_t used = 0;
    out[0] = '\0';
    if (s.months && s.months % 12 == 0)
        used +=
            (size_t)add_unit(out, used, s.months / 12, "year", "years", zh ? "年" : NULL);
    else if (s.months)
        used +=
            (size_t)add_unit(out, used, s.months, "month", "months", zh ? "个月" : NULL);
    if (s.days || !used)
        (void)add_unit(out, used, s.days, "day", "days", zh ? "天" : NULL);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/facility_file.h"

#include "register/rights.h"

static enum err unknown(struct str code, struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "facility.unknown", "code",
              "there is no facility '" STR_FMT "'", STR_ARG(code));
    return error_cure(e, "look up its code in the register of facilities");
}

static int32_t find(const struct places *p, struct str code)
{
    for (size_t i = 0; i < p->n_facilities; i++)
        if (str_equal(p->facilities[i].code, code))
            return (int32_t)i;
    return -1;
}

static bool may_read(const struct measure *m, const struct reg *r, int32_t facility)
{
    const struct places *p = m->county->places;
    return rights_of_row(p, m->who, r, ACCESS_READ, 0, p->facilities[facility].area,
                         facility);
}

// --- the registers

static bool is_asked(const struct reg *r)
{
    return r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION;
}

static void count_row(const struct measure *m, const struct reg *r,
                      const struct row_about *row, struct facility_standing *to)
{
    const struct workflow *w = r->workflow;
    const struct field *until = rows_about_last_day(r);
    const bool final = w && w->stages[rows_about_stage(r, row)].final;
    to->n++;
    to->open += w && !final;
    to->late += rows_about_late(r, row, m->today);
    if (!until || final || row->values[until->index].null)
        return;
    const int64_t last = row->values[until->index].i;
    to->over += last < m->today;
    to->running_out += last >= m->today && last <= m->today + FACILITY_SOON;
}

static void add_part(const struct measure *m, struct facility_file *f,
                     const struct row_group *group)
{
    struct facility_part *part = &f->parts[f->n_parts++];
    *part = (struct facility_part){.group = *group};
    for (size_t i = 0; i < group->n; i++) {
        count_row(m, group->reg, &group->rows[i], &part->is);
        count_row(m, group->reg, &group->rows[i], &f->all);
    }
}

static enum err add_parts(const struct measure *m, struct arena *a,
                          struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    const int64_t id = m->county->places->facilities[out->facility].id;
    struct row_group *placed = ARENA_ARRAY(a, struct row_group, p->n_registers + 1);
    out->parts = ARENA_ARRAY(a, struct facility_part, p->n_registers + 1);
    enum err code = placed && out->parts ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct rows_about q = {.of = {.reg = &p->registers[i]}, .facility = id};
        if (is_asked(q.of.reg) && q.of.reg->facility)
            code = rows_about(m, a, &q, &placed[i], e);
    }
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        struct row_group found = placed[i];
        if (!is_asked(r))
            continue;
        if (!r->facility)
            code = rows_about_belonging(m, a, r, placed, p->n_registers, &found, e);
        if (!code && (found.n || (r->facility && may_read(m, r, out->facility))))
            add_part(m, out, &found);
    }
    return code;
}

static const struct row_group *rows_of(const struct facility_file *f, const struct reg *r)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i].group.reg == r && f->parts[i].group.n)
            return &f->parts[i].group;
    return NULL;
}

// --- what else is known

static enum err add_checks(const struct measure *m, struct arena *a,
                           struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    const int32_t area = m->county->places->facilities[out->facility].area;
    out->checks = ARENA_ARRAY(a, struct facility_check, p->n_checklists + 1);
    if (!out->checks)
        return error_memory(e);
    for (size_t i = 0; i < p->n_checklists; i++) {
        struct checklist_comparison x;
        const struct row_group *rows = rows_of(out, p->checklists[i].reg);
        if (!rows || rows->rows[0].date == DATE_NONE) // nothing of it is the caller's
            continue;
        enum err code =
            checklist_compare(m->county, m->who, &p->checklists[i], rows->rows[0].date,
                              rows->rows[rows->n - 1].date, area, a, &x, e);
        if (code)
            return code;
        for (size_t k = 0; k < x.n_facilities; k++)
            if (x.facilities[k].facility == out->facility)
                out->checks[out->n_checks++] =
                    (struct facility_check){&p->checklists[i], &x.facilities[k]};
    }
    return ERR_OK;
}

static enum err add_stocks(const struct measure *m, struct arena *a,
                           struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    const int64_t id = m->county->places->facilities[out->facility].id;
    out->stocks = ARENA_ARRAY(a, struct facility_stock, p->n_ledgers + 1);
    if (!out->stocks)
        return error_memory(e);
    for (size_t i = 0; i < p->n_ledgers; i++) {
        struct facility_stock *s = &out->stocks[out->n_stocks];
        struct error refused;
        enum err code = ledger_balances(m->county, m->who, &p->ledgers[i], id, m->today,
                                        a, &s->list, &s->n, &refused);
        s->ledger = &p->ledgers[i];
        out->n_stocks += !code;
        if (code && code != ERR_FORBIDDEN && code != ERR_NOT_FOUND) {
            *e = refused;
            return code;
        }
    }
    return ERR_OK;
}

enum err facility_file_read(const struct measure *m, struct arena *a, struct str code,
                            struct facility_file *out, struct error *e)
{
    struct row_group row;
    *out = (struct facility_file){.facility = find(m->county->places, code)};
    if (out->facility < 0)
        return unknown(code, e);
    const struct rows_about own = rows_about_key(m->county->pack->facilities, &code);
    enum err failed = rows_about(m, a, &own, &row, e);
    if (!failed && row.n)
        out->row = row.rows[0];
    if (!failed)
        failed = add_parts(m, a, out, e);
    if (!failed && !out->row.values && !out->n_parts)
        failed = unknown(code, e);
    if (!failed)
        failed = add_checks(m, a, out, e);
    return failed ? failed : add_stocks(m, a, out, e);
}

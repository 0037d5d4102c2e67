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

static const struct related_rows *rows_of(const struct related_file *f,
                                          const struct reg *r)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].reg == r)
            return &f->list[i];
    return NULL;
}

static enum err add_parts(const struct measure *m, struct arena *a, int32_t facility,
                          struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    out->parts = ARENA_ARRAY(a, struct facility_part, p->n_registers + 1);
    if (!out->parts)
        return error_memory(e);
    for (size_t i = 0; i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        const struct related_rows *rows = rows_of(&out->related, r);
        const bool is = r->kind == REG_ROWS && r->purpose == PURPOSE_SUPERVISION &&
                        r->facility && may_read(m, r, facility);
        if (rows || is)
            out->parts[out->n_parts++] = (struct facility_part){r, rows};
    }
    return ERR_OK;
}

static enum err add_checks(const struct measure *m, struct arena *a, int32_t area,
                           struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    out->checks = ARENA_ARRAY(a, struct facility_check, p->n_checklists + 1);
    if (!out->checks)
        return error_memory(e);
    for (size_t i = 0; i < p->n_checklists; i++) {
        struct checklist_comparison x;
        const struct related_rows *rows = rows_of(&out->related, p->checklists[i].reg);
        if (!rows || rows->rows[0].date == DATE_NONE) // nothing of it is the caller's
            continue;
        enum err code =
            checklist_compare(m->county, m->who, &p->checklists[i], rows->rows[0].date,
                              rows->rows[rows->n - 1].date, area, a, &x, e);
        if (code)
            return code;
        for (size_t k = 0; k < x.n_facilities; k++)
            if (x.facilities[k].facility == out->related.facility)
                out->checks[out->n_checks++] =
                    (struct facility_check){&p->checklists[i], &x.facilities[k]};
    }
    return ERR_OK;
}

static enum err add_stocks(const struct measure *m, struct arena *a,
                           struct facility_file *out, struct error *e)
{
    const struct pack *p = m->county->pack;
    out->stocks = ARENA_ARRAY(a, struct facility_stock, p->n_ledgers + 1);
    if (!out->stocks)
        return error_memory(e);
    for (size_t i = 0; i < p->n_ledgers; i++) {
        struct facility_stock *s = &out->stocks[out->n_stocks];
        struct error refused;
        enum err code =
            ledger_balances(m->county, m->who, &p->ledgers[i], out->related.id, m->today,
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
    const struct places *p = m->county->places;
    const int32_t facility = find(p, code);
    *out = (struct facility_file){.n_parts = 0};
    if (facility < 0)
        return unknown(code, e);
    const int32_t area = p->facilities[facility].area;
    enum err failed = related_facility(m, a, facility, &out->related, e);
    if (!failed)
        failed = add_parts(m, a, facility, out, e);
    if (!failed && !out->related.row.values && !out->n_parts)
        failed = unknown(code, e);
    if (!failed)
        failed = add_checks(m, a, area, out, e);
    return failed ? failed : add_stocks(m, a, out, e);
}

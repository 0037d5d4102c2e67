// SPDX-License-Identifier: AGPL-3.0-or-later
// The rota of a campaign: its visits by day and team.
#include "study/campaign_private.h"

#include <stdlib.h>

static struct str team_of(const struct making *x, const struct row_about *row)
{
    const struct field *f = x->c->shape->visit_team;
    return f && !row->values[f->index].null ? row->values[f->index].s : STR("");
}

static int by_day(const void *a, const void *b)
{
    const struct campaign_round *x = a, *y = b;
    if (x->on != y->on)
        return x->on < y->on ? -1 : 1;
    return str_compare(x->team, y->team);
}

static enum err label_round(struct making *x, struct campaign_round *round, size_t before,
                            struct error *e)
{
    const struct field *f = x->c->shape->visit_team;
    const struct campaign_round *known = x->c->visits.rounds;
    for (size_t i = 0; i < before; i++)
        if (str_equal(known[i].team, round->team)) {
            round->label = known[i].label;
            return ERR_OK;
        }
    round->label = (struct label){round->team, round->team};
    return f && f->refers && round->team.n
               ? rows_about_label(x->m, x->arena, f->refers, round->team, &round->label,
                                  e)
               : ERR_OK;
}

enum err campaign_rounds(struct making *x, const struct row_group *visits,
                         const bool *waits, struct error *e)
{
    struct campaign_visits *v = &x->c->visits;
    enum err code = ERR_OK;
    v->rounds = ARENA_ARRAY(x->arena, struct campaign_round, visits->n + 1);
    if (!v->rounds)
        return error_memory(e);
    for (size_t i = 0; !code && i < visits->n; i++) {
        const struct row_about *row = &visits->rows[i];
        const struct campaign_round key = {.team = team_of(x, row), .on = row->date};
        enum campaign_visit is = campaign_visit_of(x, row, waits[i]);
        size_t k = 0;
        while (k < v->n_rounds && by_day(&v->rounds[k], &key))
            k++;
        struct campaign_round *round = &v->rounds[k];
        if (k == v->n_rounds) {
            *round = key;
            code = label_round(x, round, v->n_rounds++, e);
        }
        round->planned++;
        round->made += is == CAMPAIGN_VISIT_MADE;
        round->waiting += is == CAMPAIGN_VISIT_WAITS;
        round->late +=
            is == CAMPAIGN_VISIT_OPEN && rows_about_late(v->reg, row, x->m->today);
    }
    if (v->n_rounds)
        qsort(v->rounds, v->n_rounds, sizeof *v->rounds, by_day);
    return code;
}

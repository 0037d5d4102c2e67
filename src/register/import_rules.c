// SPDX-License-Identifier: AGPL-3.0-or-later
// The pack's rules, over a whole batch of rows at once.
#include <string.h>

#include "register/checklist.h"
#include "register/import_private.h"
#include "register/rule_check.h"
#include "register/rule_text.h"

static void problem_of_rule(struct import_reader *r, const struct rule *rule,
                            const struct field *field, const struct datum *values)
{
    struct import_row_problem *p = import_problem_add(r, field);
    if (!p)
        return;
    p->warning = rule->severity != SEVERITY_ERROR;
    p->rule = rule;
    p->values = values;
    rule_text(r->m->reg, rule, field, values, r->m->county->places, &p->error);
}

// What a checklist finds in a row; whether the row is refused.
static bool answers_refused(struct import_reader *r,
                            const struct checklist_findings *found, size_t row)
{
    bool refused = false;
    for (size_t k = 0; found->n && k < found->n[row]; k++) {
        const struct checklist_problem *said = &found->list[row][k];
        struct import_row_problem *p = import_problem_add(r, said->item->field);
        refused |= !said->warning;
        if (!p)
            continue;
        p->warning = said->warning;
        p->said = said;
        checklist_error(said, &p->error);
    }
    return refused;
}

// Photographs are no part of a file: the row is kept and is incomplete until they are
// attached. That is no fault of the file.
static void note_photos(struct import_reader *r, const struct checklist_findings *found,
                        size_t row)
{
    struct import_row_problem p = {.warning = true, .note = true};
    if (!found->n || !found->photos[row])
        return;
    (void)error_set(
        &p.error, ERR_INPUT, "checklist.photo", NULL,
        "a file has no photographs, and the answers of this row ask for some");
    (void)error_cure(&p.error,
                     "attach them to the row when it is saved; until then it is "
                     "incomplete");
    import_problem_note(r, r->batch->row_numbers[row], &p);
}

enum err import_apply_rules(struct import_reader *r, struct error *e)
{
    const struct reg *reg = r->m->reg;
    size_t n = r->batch->n;
    struct rule_findings found;
    struct checklist_findings answers;
    enum err code = rule_check(&r->batch->arena, r->m->county, reg, r->batch->values, n,
                               r->scratch, &found, e);
    if (!code)
        code = checklist_check(&r->batch->arena, r->m->county, reg, r->batch->values, n,
                               r->scratch, &answers, e);
    if (code)
        return code;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool refused = false;
        r->n_problems = 0;
        for (size_t k = 0; k < found.n[i]; k++) {
            const struct rule_broken *b = &found.broken[i][k];
            problem_of_rule(r, b->rule, b->field, import_row_values(r, i));
            refused |= b->rule->severity == SEVERITY_ERROR;
        }
        refused |= answers_refused(r, &answers, i);
        if (refused) {
            code =
                import_reject(r, r->batch->row_numbers[i], r->cells[i], r->n_cells[i], e);
            if (code)
                return code;
            continue;
        }
        r->batch->warned[i] = r->n_problems > 0;
        for (size_t k = 0; k < r->n_problems; k++)
            import_problem_note(r, r->batch->row_numbers[i], &r->problems[k]);
        note_photos(r, &answers, i);
        if (kept != i) {
            memcpy(import_row_values(r, kept), import_row_values(r, i),
                   reg->n_fields * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
            r->batch->warned[kept] = r->batch->warned[i];
            r->cells[kept] = r->cells[i];
            r->n_cells[kept] = r->n_cells[i];
        }
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}

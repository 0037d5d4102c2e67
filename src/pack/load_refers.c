// SPDX-License-Identifier: AGPL-3.0-or-later
// refers: of text fields, when all registers are known.
#include "pack/load.h"

static void load_one(struct loader *l, const struct reg *r, struct field *f,
                     const struct yaml_node *node)
{
    struct problems *p = &l->problems;
    const struct reg *to = load_register_named(l, node, "refers");
    if (!to || load_is_broken(l, to))
        return;
    if (to->n_key != 1 || to->key[0]->type != TYPE_TEXT) {
        struct error *e =
            problem_add(p, node->place, "pack.refers",
                        "register '" STR_FMT "' cannot be referred to: its key is not "
                        "one field of type text",
                        STR_ARG(to->name));
        error_cure(e, "Give it key: [FIELD], a text field that numbers its rows.");
        return;
    }
    if (!load_may_ask(r->purpose, to)) {
        struct error *e = problem_add(
            p, node->place, "charter.refers",
            "a register of purpose %s cannot refer to '" STR_FMT
            "' of purpose %s; the Charter says: rows are read for their own purpose only",
            purpose_name(r->purpose), STR_ARG(to->name), purpose_name(to->purpose));
        error_cure(e, "Leave refers: out.");
        return;
    }
    f->refers = to;
}

void load_refers(struct loader *l)
{
    for (size_t i = 0; i < l->pack->n_registers; i++) {
        struct reg *r = &l->registers[i];
        const struct register_source *source = &l->sources[i];
        for (size_t k = 0; k < r->n_fields && !source->broken; k++) {
            const struct yaml_node *node = yaml_get(source->field_nodes[k], "refers");
            if (node && r->fields[k].type == TYPE_TEXT)
                load_one(l, r, (struct field *)&r->fields[k], node);
        }
    }
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of a pack about engines share: spans of time, related rows, roles,
// conditions.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

// --- spans -----------------------------------------------------------------------------

static bool span_unit(struct str word, int n, struct span *out)
{
    static const struct {
        const char *one, *many;
        int months, days;
    } units[] = {{"day", "days", 0, 1},
                 {"week", "weeks", 0, 7},
                 {"month", "months", 1, 0},
                 {"year", "years", 12, 0}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_equal_c(word, units[i].one) && !str_equal_c(word, units[i].many))
            continue;
        *out = (struct span){n * units[i].months, n * units[i].days};
        return true;
    }
    return false;
}

static bool read_span(struct str text, struct span *out)
{
    enum { MOST = 36525 };
    struct str number = text, unit = STR("");
    if (!str_split(text, ' ', &number, &unit))
        return false;
    bool minus = number.n && number.p[0] == '-';
    int n = 0;
    for (size_t i = minus; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9' || n > MOST)
            return false;
        n = n * 10 + (number.p[i] - '0');
    }
    return number.n > (size_t)minus && n <= MOST &&
           span_unit(str_trim(unit), minus ? -n : n, out) && out->months >= -1200 &&
           out->months <= 1200;
}

bool load_span(struct loader *l, const struct yaml_node *node, const char *what,
               struct span *out)
{
    struct str text;
    if (!yaml_text(&l->problems, node, what, &text))
        return false;
    if (read_span(text, out))
        return true;
    struct error *e =
        problem_add(&l->problems, node->place, "pack.span",
                    "%s: '" STR_FMT "' is no span of time", what, STR_ARG(text));
    error_cure(e, "Write a whole number and a unit: 30 days, 2 weeks, 6 months, 1 year; "
                  "at most 100 years.");
    return false;
}

// --- registers, conditions -------------------------------------------------------------

const struct reg *load_register_named(struct loader *l, const struct yaml_node *node,
                                      const char *what)
{
    struct str name, names[64];
    size_t n = 0;
    if (!yaml_text(&l->problems, node, what, &name))
        return NULL;
    const struct reg *found = pack_register(l->pack, name);
    if (found)
        return found;
    for (; n < l->pack->n_registers && n < 64; n++)
        names[n] = l->registers[n].name;
    load_unknown(l, name, node->place, "pack.register", "register", names, n);
    return NULL;
}

bool load_is_broken(const struct loader *l, const struct reg *r)
{
    return l->sources[r - l->registers].broken;
}

static bool condition(struct loader *l, const struct reg *r, struct str text,
                      struct place at, const char *what, const struct expr **out)
{
    struct problems *p = &l->problems;
    struct error e = {0};
    if (expr_parse_row(p->arena, l->pack, r, text, at, out, &e)) {
        *out = NULL;
        problem_take(p, at, &e);
        return false;
    }
    if (expr_type(*out) == TYPE_BOOL)
        return true;
    struct error *said = problem_add(
        p, at, "pack.not_boolean",
        "%s must be true or false for each row, but '" STR_FMT "' is of type %s", what,
        STR_ARG(text), type_name(expr_type(*out)));
    error_cure(said, "Write a comparison, for example: stage = open.");
    return false;
}

bool load_condition(struct loader *l, const struct reg *r, const struct yaml_node *node,
                    const char *what, const struct expr **out, struct str *text)
{
    struct str said;
    if (!yaml_text(&l->problems, node, what, &said) || load_is_broken(l, r) ||
        !condition(l, r, said, node->place, what, out))
        return false;
    if (text)
        *text = said;
    return true;
}

bool load_may_ask(enum purpose from, const struct reg *of)
{
    const unsigned people = 1u << PURPOSE_CARE | 1u << PURPOSE_VITAL; // of one who cares
    if ((people & 1u << from) && (people & 1u << of->purpose))
        return true;
    return of->kind != REG_ROWS || of->purpose == from ||
           of->purpose == PURPOSE_SUPERVISION || of->purpose == PURPOSE_STATISTICS;
}

// --- related rows ----------------------------------------------------------------------

static const struct reg *related_register(struct loader *l, const struct yaml_node *node,
                                          struct str name)
{
    struct yaml_node part = *node;
    part.text = name;
    return load_register_named(l, &part, "the register");
}

static const struct field *related_field(struct loader *l, const struct yaml_node *node,
                                         const struct reg *r, struct str name,
                                         const struct reg *to)
{
    struct yaml_node part = *node;
    part.text = name;
    part.place.column += (int)(name.p - node->text.p);
    const struct field *f = load_field(l, r, &part, "the field");
    if (!f || f->refers == to)
        return f;
    struct error *e =
        problem_add(&l->problems, part.place, "pack.related",
                    "'" STR_FMT "." STR_FMT "' does not refer to register '" STR_FMT "'",
                    STR_ARG(r->name), STR_ARG(f->name), STR_ARG(to->name));
    error_cure(e, "Name a text field of '" STR_FMT "' that has refers: " STR_FMT ".",
               STR_ARG(r->name), STR_ARG(to->name));
    return NULL;
}

bool load_related(struct loader *l, const struct yaml_node *node, const char *what,
                  const struct reg *to, struct related *out)
{
    struct str text, name, rest, field, where = STR("");
    *out = (struct related){0};
    if (!yaml_text(&l->problems, node, what, &text))
        return false;
    bool dotted = str_split(text, '.', &name, &rest);
    field = rest;
    if (dotted && str_split(rest, ' ', &field, &where)) {
        struct str word, condition_text;
        where = str_trim(where);
        if (!str_split(where, ' ', &word, &condition_text) || !str_equal_c(word, "where"))
            dotted = false;
        else
            where = str_trim(condition_text);
    }
    if (!dotted) {
        struct error *e =
            problem_add(&l->problems, node->place, "pack.related",
                        "%s: '" STR_FMT "' names no related rows", what, STR_ARG(text));
        error_cure(e,
                   "Write REGISTER.FIELD, or REGISTER.FIELD where CONDITION; FIELD is "
                   "the field of REGISTER that refers to '" STR_FMT "'.",
                   STR_ARG(to->name));
        return false;
    }
    const struct reg *r = related_register(l, node, name);
    if (!r || load_is_broken(l, r) || load_is_broken(l, to))
        return false;
    out->by = related_field(l, node, r, field, to);
    if (!out->by)
        return false;
    if (!load_may_ask(to->purpose, r)) {
        struct error *e = problem_add(
            &l->problems, node->place, "charter.refers",
            "rows of '" STR_FMT "' (%s) cannot hold up a row of purpose %s; the Charter "
            "says: rows are read for their own purpose only",
            STR_ARG(r->name), purpose_name(r->purpose), purpose_name(to->purpose));
        error_cure(e, "Leave it out.");
        return false;
    }
    out->reg = r;
    out->where_text = where;
    if (!where.n)
        return true;
    struct place at = node->place;
    at.column += (int)(where.p - node->text.p);
    return condition(l, r, where, at, what, &out->where);
}

// --- roles -----------------------------------------------------------------------------

bool load_roles(struct loader *l, const struct yaml_node *node, const char *what,
                const struct str **out, size_t *n)
{
    if (!yaml_words(&l->problems, node, what, out, n))
        return false;
    bool good = true;
    for (size_t i = 0; i < *n; i++)
        good &= load_name(l, (*out)[i], node->place, "a role", false);
    return good;
}

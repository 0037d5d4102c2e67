// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/rule_text.h"

enum { MOST_FIELDS = 512, VALUES_MAX = 240, VALUE_MAX = 60 };

// "born_on 2015-02-01, weight empty": what the rule read.
static void add_values(struct buf *out, const struct reg *r, const struct rule *rule,
                       const struct datum *values, const struct places *p)
{
    bool used[MOST_FIELDS] = {false};
    char space[DATUM_TEXT_SIZE];
    if (!values || r->n_fields > MOST_FIELDS)
        return;
    expr_fields(rule->when, used);
    for (size_t i = 0; i < r->n_fields && out->n < VALUES_MAX; i++) {
        if (!used[i])
            continue;
        const struct field *f = &r->fields[i];
        struct str text = datum_text(f, &values[i], p, space);
        if (!values[i].null && f->type == TYPE_AREA)
            text = p->areas[values[i].i].name;
        if (!values[i].null && f->type == TYPE_FACILITY)
            text = p->facilities[values[i].i].name;
        size_t n = text.n < VALUE_MAX ? text.n : VALUE_MAX;
        while (n < text.n && n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
            n--;
        buf_printf(out, "%s" STR_FMT " ", out->n ? ", " : "", STR_ARG(f->name));
        if (text.p)
            buf_printf(out, "'%.*s'%s", (int)n, text.p, n < text.n ? "..." : "");
        else
            buf_add_c(out, "empty");
    }
}

void rule_text(const struct reg *r, const struct rule *rule, const struct field *field,
               const struct datum *values, const struct places *p, struct error *e)
{
    bool warning = rule->severity != SEVERITY_ERROR;
    struct str name = rule->text.n ? rule->text : field ? field->name : rule->name;
    struct buf read = BUF_INIT(4 * VALUES_MAX);
    add_values(&read, r, rule, values, p);
    struct str is = buf_str(&read);
    error_set(e, ERR_INPUT, warning ? "rule.warning" : "rule.broken", NULL,
              STR_FMT " / " STR_FMT "%s" STR_FMT " [" STR_FMT "]",
              STR_ARG(rule->label.en), STR_ARG(rule->label.zh), is.n ? ": " : "",
              STR_ARG(is), STR_ARG(name));
    buf_free(&read);
    if (rule->cure.en.n)
        error_cure(e, STR_FMT " / " STR_FMT, STR_ARG(rule->cure.en),
                   STR_ARG(rule->cure.zh));
    else if (!warning)
        error_cure(e,
                   "look it up in the source and correct the row / 请核对原始记录后更正");
}

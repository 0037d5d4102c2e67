// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/rule_text.h"

enum { MOST_FIELDS = 512, VALUES_MAX = 240, VALUE_MAX = 60 };

// "born_on '2015-02-01', weight empty": what the rule read; zh: by labels, in Chinese.
static void add_values(struct buf *out, const struct reg *r, const struct rule *rule,
                       const struct datum *values, const struct places *p, bool zh)
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
        if (zh && f->type == TYPE_CODE && !values[i].null)
            text = f->codes[values[i].i].label.zh, n = text.n;
        buf_printf(out, zh ? "%s" STR_FMT : "%s" STR_FMT " ",
                   !out->n ? ""
                   : zh    ? "，"
                           : ", ",
                   STR_ARG(zh ? f->label.zh : f->name));
        if (text.p)
            buf_printf(out, zh ? "“%.*s”%s" : "'%.*s'%s", (int)n, text.p,
                       n < text.n ? "..." : "");
        else
            buf_add_c(out, zh ? "未填" : "empty");
    }
}

void rule_text(const struct reg *r, const struct rule *rule, const struct field *field,
               const struct datum *values, const struct places *p, struct error *e)
{
    bool warning = rule->severity != SEVERITY_ERROR;
    struct str name = rule->text.n ? rule->text : field ? field->name : rule->name;
    struct buf read = BUF_INIT(4 * VALUES_MAX);
    add_values(&read, r, rule, values, p, false);
    struct str is = buf_str(&read);
    error_set(e, ERR_INPUT, warning ? "rule.warning" : "rule.broken", NULL,
              STR_FMT " / " STR_FMT "%s" STR_FMT " [" STR_FMT "]",
              STR_ARG(rule->label.en), STR_ARG(rule->label.zh), is.n ? ": " : "",
              STR_ARG(is), STR_ARG(name));
    buf_clear(&read);
    add_values(&read, r, rule, values, p, true);
    is = buf_str(&read);
    error_set_zh(e, STR_FMT "%s" STR_FMT, STR_ARG(rule->label.zh), is.n ? "：" : "",
                 STR_ARG(is));
    buf_free(&read);
    if (rule->cure.en.n) {
        error_cure(e, STR_FMT " / " STR_FMT, STR_ARG(rule->cure.en),
                   STR_ARG(rule->cure.zh));
        error_cure_zh(e, STR_FMT, STR_ARG(rule->cure.zh));
    } else if (!warning)
        error_cure(e,
                   "look it up in the source and correct the row / 请核对原始记录后更正");
}

void rule_words(const struct reg *r, const struct rule *rule, const struct datum *values,
                const struct places *p, struct arena *a, struct label *text,
                struct label *cure)
{
    struct buf en = BUF_INIT(4 * VALUES_MAX), zh = BUF_INIT(4 * VALUES_MAX);
    add_values(&en, r, rule, values, p, false);
    add_values(&zh, r, rule, values, p, true);
    *text = (struct label){str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(rule->label.en),
                                      en.n ? ": " : "", STR_ARG(buf_str(&en))),
                           str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(rule->label.zh),
                                      zh.n ? "：" : "", STR_ARG(buf_str(&zh)))};
    buf_free(&en);
    buf_free(&zh);
    if (!text->en.p || !text->zh.p)
        *text = rule->label;
    *cure = rule->cure;
    if (!cure->en.n && rule->severity == SEVERITY_ERROR)
        *cure = (struct label){STR("look it up in the source and correct the row"),
                               STR("请核对原始记录后更正")};
}

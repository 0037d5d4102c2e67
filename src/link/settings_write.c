// SPDX-License-Identifier: AGPL-3.0-or-later
// Splink's own layout: one key a line, four spaces a depth.
#include "base/json.h"
#include "base/utf8.h"
#include "link/condition_tree.h"
#include "link/settings.h"

#include <math.h>
#include <string.h>

struct writer {
    struct buf *out;
    unsigned depth;
    bool has_items; // of what is open now
};

// ---- JSON -----------------------------------------------------------------------------

static void new_line(struct writer *w)
{
    buf_add_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        buf_add_c(w->out, "    ");
}

// Before each element of what is open.
static void item(struct writer *w)
{
    if (w->has_items)
        buf_add_char(w->out, ',');
    w->has_items = true;
    new_line(w);
}

static void put_open(struct writer *w, char bracket)
{
    buf_add_char(w->out, bracket);
    w->depth++;
    w->has_items = false;
}

static void put_close(struct writer *w, char bracket)
{
    w->depth--;
    if (w->has_items)
        new_line(w);
    buf_add_char(w->out, bracket);
    w->has_items = true;
}

// base/json.h writes < as an escape, for pages; conditions are to be read by people.
static void put_text(struct writer *w, struct str s)
{
    buf_add_char(w->out, '"');
    for (size_t at = 0; at < s.n;) {
        size_t begin = at;
        int32_t c = utf8_next(s, &at);
        if (c < 0)
            buf_add_c(w->out, "\xEF\xBF\xBD");
        else if (c == '\n')
            buf_add_c(w->out, "\\n");
        else if (c < 0x20)
            buf_printf(w->out, "\\u%04x", (unsigned)c);
        else if (c == '"' || c == '\\')
            buf_printf(w->out, "\\%c", (char)c);
        else
            buf_add(w->out, (struct str){s.p + begin, at - begin});
    }
    buf_add_char(w->out, '"');
}

static void put_number(struct writer *w, double number)
{
    struct json_writer json = json_on(w->out);
    json_put_double(&json, number);
}

static void put_key(struct writer *w, const char *key)
{
    item(w);
    put_text(w, str_of(key));
    buf_add_c(w->out, ": ");
}

static void put_text_at(struct writer *w, const char *key, struct str s)
{
    put_key(w, key);
    put_text(w, s);
}

static void put_number_at(struct writer *w, const char *key, double number)
{
    put_key(w, key);
    put_number(w, number);
}

static void put_flag_at(struct writer *w, const char *key, bool flag)
{
    put_key(w, key);
    buf_add_c(w->out, flag ? "true" : "false");
}

// What was kept from a settings file: texts, truths and lists of texts.
static void put_value(struct writer *w, const json_t *v)
{
    if (json_is_array(v)) {
        size_t i;
        json_t *part;
        put_open(w, '[');
        json_array_foreach(v, i, part)
        {
            item(w);
            put_value(w, part);
        }
        put_close(w, ']');
    } else if (json_is_string(v)) {
        put_text(w, (struct str){json_string_value(v), json_string_length(v)});
    } else {
        buf_add_c(w->out, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}

// ---- the model ------------------------------------------------------------------------

// m and u: what is not known is left out; 0 becomes the least that Splink 5 takes.
static void put_probability(struct writer *w, const char *key, double p)
{
    if (!isnan(p))
        put_number_at(w, key, p > 1e-300 ? p : 1e-300);
}

static void put_level(struct writer *w, const struct link_level *l)
{
    item(w);
    put_open(w, '{');
    put_text_at(w, "sql_condition", l->condition);
    if (l->label.n)
        put_text_at(w, "label_for_charts", l->label);
    put_probability(w, "m_probability", l->m);
    put_probability(w, "u_probability", l->u);
    if (l->fix_m)
        put_flag_at(w, "fix_m_probability", true);
    if (l->fix_u)
        put_flag_at(w, "fix_u_probability", true);
    if (l->tf_column.n)
        put_text_at(w, "tf_adjustment_column", l->tf_column);
    if (l->tf_column.n || l->tf_weight < 1)
        put_number_at(w, "tf_adjustment_weight", l->tf_weight);
    if (l->tf_minimum_u > 0)
        put_number_at(w, "tf_minimum_u_value", l->tf_minimum_u);
    if (l->is_null)
        put_flag_at(w, "is_null_level", true);
    if (l->tf_as_exact)
        put_flag_at(w, "disable_tf_exact_match_detection", true);
    put_close(w, '}');
}

static void put_comparison(struct writer *w, const struct link_comparison *c)
{
    item(w);
    put_open(w, '{');
    put_text_at(w, "output_column_name", c->name);
    if (c->description.n)
        put_text_at(w, "comparison_description", c->description);
    put_key(w, "comparison_levels");
    put_open(w, '[');
    for (unsigned i = 0; i < c->n_levels; i++)
        put_level(w, &c->levels[i]);
    put_close(w, ']');
    put_close(w, '}');
}

static void put_rules(struct writer *w, const struct link_model *m)
{
    put_key(w, "blocking_rules_to_generate_predictions");
    put_open(w, '[');
    for (unsigned i = 0; i < m->n_rules; i++) {
        item(w);
        put_open(w, '{');
        put_text_at(w, "blocking_rule", m->rules[i].condition);
        put_text_at(w, "sql_dialect", STR("duckdb"));
        put_close(w, '}');
    }
    put_close(w, ']');
}

static void put_dependence(struct writer *w, const struct link_model *m)
{
    put_key(w, "dependence");
    put_open(w, '[');
    for (unsigned i = 0; i < m->n_dependence; i++) {
        const struct link_dependence *d = &m->dependence[i];
        const struct link_comparison *a = &m->comparisons[d->a],
                                     *b = &m->comparisons[d->b];
        item(w);
        put_open(w, '{');
        put_text_at(w, "a", a->name);
        put_text_at(w, "b", b->name);
        put_key(w, "log2");
        buf_add_char(w->out, '[');
        for (unsigned k = 0; k < a->n_levels * b->n_levels; k++) {
            if (k)
                buf_add_c(w->out, k % b->n_levels ? ", " : ",  ");
            put_number(w, d->log2[k]);
        }
        buf_add_char(w->out, ']');
        put_close(w, '}');
    }
    put_close(w, ']');
}

static void put_alike(struct writer *w, const struct link_model *m)
{
    put_key(w, "alike");
    put_open(w, '{');
    put_number_at(w, "prior", m->alike_prior);
    put_key(w, "levels");
    buf_add_char(w->out, '[');
    for (unsigned c = 0; c < m->n_comparisons; c++)
        for (unsigned k = 0; k < m->comparisons[c].n_levels; k++) {
            if (c || k)
                buf_add_c(w->out, k ? ", " : ",  ");
            put_number(w, m->comparisons[c].levels[k].alike);
        }
    buf_add_char(w->out, ']');
    put_close(w, '}');
}

static void put_kinds(struct writer *w, const struct link_model *m)
{
    put_key(w, "kinds");
    put_open(w, '[');
    for (unsigned i = 0; i < m->n_kinds; i++) {
        item(w);
        put_open(w, '{');
        put_text_at(w, "column", m->kinds[i].name);
        put_text_at(w, "kind", str_of(link_kind_name(m->kinds[i].kind)));
        put_close(w, '}');
    }
    put_close(w, ']');
}

static bool differs(double a, double b)
{
    return a < b || a > b;
}

static bool has_own(const struct link_model *m)
{
    return m->n_kinds || m->n_dependence || m->alike_prior > 0 ||
           differs(m->calibration_slope, 1) || differs(m->calibration_shift, 0) ||
           !isnan(m->threshold) || m->sources_without_duplicates;
}

static void put_own(struct writer *w, const struct link_model *m)
{
    put_key(w, "heng");
    put_open(w, '{');
    if (m->n_kinds)
        put_kinds(w, m);
    if (m->n_dependence)
        put_dependence(w, m);
    if (m->alike_prior > 0)
        put_alike(w, m);
    if (differs(m->calibration_slope, 1))
        put_number_at(w, "calibration_slope", m->calibration_slope);
    if (differs(m->calibration_shift, 0))
        put_number_at(w, "calibration_shift", m->calibration_shift);
    if (!isnan(m->threshold))
        put_number_at(w, "threshold", m->threshold);
    if (m->sources_without_duplicates)
        put_flag_at(w, "sources_without_duplicates", true);
    put_close(w, '}');
}

static void put_model(struct writer *w, const struct link_model *m)
{
    static const char *const types[] = {[LINK_DEDUPE_ONLY] = "dedupe_only",
                                        [LINK_LINK_ONLY] = "link_only",
                                        [LINK_LINK_AND_DEDUPE] = "link_and_dedupe"};
    put_open(w, '{');
    put_text_at(w, "link_type", str_of(types[m->type]));
    put_number_at(w, "probability_two_random_records_match", m->prior);
    put_number_at(w, "em_convergence", m->em_convergence);
    put_number_at(w, "max_iterations", m->max_iterations);
    put_text_at(w, "unique_id_column_name", m->id_column);
    put_text_at(w, "source_dataset_column_name", m->source_column);
    const char *key;
    json_t *v;
    json_object_foreach(m->rest, key, v)
    {
        put_key(w, key);
        put_value(w, v);
    }
    put_key(w, "sql_dialect");
    if (has_own(m)) {
        put_open(w, '{');
        put_text_at(w, "name", STR("duckdb"));
        put_own(w, m);
        put_close(w, '}');
    } else {
        put_text(w, STR("duckdb"));
    }
    put_rules(w, m);
    put_key(w, "comparisons");
    put_open(w, '[');
    for (unsigned i = 0; i < m->n_comparisons; i++)
        put_comparison(w, &m->comparisons[i]);
    put_close(w, ']');
    put_close(w, '}');
    buf_add_char(w->out, '\n');
}

// ---- what Splink does not know --------------------------------------------------------

static void mark_functions(const struct condition *c, bool *used)
{
    if (c->kind == CONDITION_CALL || c->kind == CONDITION_PAIRWISE)
        used[c->function] = true;
    for (unsigned i = 0; i < c->n; i++)
        mark_functions(c->args[i], used);
}

static enum err mark_condition(struct arena *scratch, struct str sql, bool *used,
                               struct error *e)
{
    struct condition *c;
    enum err code = condition_parse(&c, scratch, sql, "model", e);
    if (!code)
        mark_functions(c, used);
    return code;
}

static enum err name_foreign(const struct link_model *m, struct buf *foreign,
                             struct error *e)
{
    bool used[CONDITION_FUNCTIONS] = {0};
    struct arena scratch;
    arena_init(&scratch, 0);
    enum err code = ERR_OK;
    for (unsigned i = 0; !code && i < m->n_rules; i++)
        code = mark_condition(&scratch, m->rules[i].condition, used, e);
    for (unsigned i = 0; i < m->n_comparisons; i++)
        for (unsigned k = 0; !code && k < m->comparisons[i].n_levels; k++)
            code =
                mark_condition(&scratch, m->comparisons[i].levels[k].condition, used, e);
    bool first = true;
    for (unsigned f = 0; !code && f < CONDITION_FUNCTIONS; f++) {
        const char *name = condition_functions()[f].names[0];
        if (!used[f] || strncmp(name, "heng_", 5) != 0)
            continue;
        buf_add_c(foreign, first ? "" : ", ");
        buf_add_c(foreign, name);
        first = false;
    }
    arena_free(&scratch);
    return code ? code : buf_check(foreign, e);
}

enum err link_settings_write(const struct link_model *m, struct buf *out,
                             struct buf *foreign, struct error *e)
{
    struct writer w = {.out = out};
    put_model(&w, m);
    enum err code = buf_check(out, e);
    return !code && foreign ? name_foreign(m, foreign, e) : code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// srb --ccm: the ratio over time with the model of Chao et al.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "cli/srb_ccm.h"
#include "stats/reference.h"

enum { ARENA_GIGABYTES = 8 };

static enum err bad(struct ccm_run *r, const char *option, const char *found,
                    const char *expected, const char *cure)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(r->e, ERR_USAGE, "ccm.option", where, "'%.80s' is not %s", found, expected);
    return error_cure(r->e, "%s", cure);
}

// --- options that are numbers

static enum err number_option(struct ccm_run *r, const char *name, double low,
                              double high, double *out)
{
    const char *text = cli_option(r->c, name);
    double value;
    char expected[80];
    if (!text)
        return ERR_OK;
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    if (!str_to_double(str_of(text), &value) || !(value >= low) || !(value <= high))
        return bad(r, name, text, expected, "See heng help srb.");
    *out = value;
    return ERR_OK;
}

static enum err count_option(struct ccm_run *r, const char *name, double low, double high,
                             size_t *out)
{
    double value = (double)*out;
    enum err code = number_option(r, name, low, high, &value);
    if (!code && value != floor(value))
        return bad(r, name, cli_option(r->c, name), "a whole number",
                   "Leave the point out.");
    *out = (size_t)value;
    return code;
}

static enum err year_option(struct ccm_run *r, const char *name, int32_t *out)
{
    double value = *out;
    enum err code = number_option(r, name, -9999, 9999, &value);
    if (!code && value != floor(value) && cli_option(r->c, name))
        return bad(r, name, cli_option(r->c, name), "a whole year",
                   "Write for instance 2030.");
    *out = (int32_t)value;
    return code;
}

// --- the model

// "rise:10.1:1"
static enum err one_prior(struct ccm_run *r, const char *text)
{
    static const char *const names[] = {"start", "height", "rise", "stay", "fall"};
    struct ccm_model *m = &r->in.model;
    struct str name, rest, mean, sd;
    double value[2];
    if (!str_split(str_of(text), ':', &name, &rest) ||
        !str_split(rest, ':', &mean, &sd) || !str_to_double(mean, &value[0]) ||
        !str_to_double(sd, &value[1]) || !(value[1] > 0))
        return bad(
            r, "prior", text, "a name, a mean and a deviation above 0",
            "Write for instance --prior rise:10.1:1; names are start, height, rise, "
            "stay, fall.");
    for (int k = 0; k < 5; k++) {
        if (!str_equal_c(name, names[k]))
            continue;
        struct ccm_normal n = {value[0], value[1]};
        if (k == 0) {
            m->start = n.mean;
            m->start_scale = n.sd;
        } else if (k == 1) {
            m->height = n;
        } else {
            m->length[k - 2] = n;
        }
        return ERR_OK;
    }
    return bad(r, "prior", text, "start, height, rise, stay or fall",
               "Height is of the ratio of boys to girls: 0.07 is 7 boys for 100 girls.");
}

static enum err read_model(struct ccm_run *r)
{
    const char *name = cli_option(r->c, "model");
    struct ccm_model *m = &r->in.model;
    r->page.model = str_of(name ? name : "viet-nam");
    if (!name || !strcmp(name, "viet-nam"))
        *m = ccm_model_viet_nam();
    else if (!strcmp(name, "nepal"))
        *m = ccm_model_nepal();
    else if (!strcmp(name, "india"))
        *m = ccm_model_india();
    else if (!strcmp(name, "national"))
        *m = ccm_model_national();
    else
        return bad(r, "model", name, "a model",
                   "Choose viet-nam, nepal (both for regions of a country), india "
                   "(fluctuation about own levels) or national.");
    const char *const *priors;
    size_t n;
    enum err code = cli_options(r->c, "prior", &priors, &n, r->e);
    for (size_t i = 0; i < n && !code; i++)
        code = one_prior(r, priors[i]);
    const char *ar1 = cli_option(r->c, "ar1");
    struct str rho, sigma;
    if (!code && ar1 &&
        (!str_split(str_of(ar1), ',', &rho, &sigma) || !str_to_double(rho, &m->rho) ||
         !str_to_double(sigma, &m->sigma)))
        code = bad(r, "ar1", ar1, "two numbers", "Write for instance --ar1 0.9,0.004.");
    m->always = cli_switch(r->c, "always");
    if (!code)
        code = number_option(r, "earliest", -9999, 9999, &m->earliest);
    return code;
}

// The usual level: of a region, or a number of boys for 100 girls.
static enum err read_baseline(struct ccm_run *r)
{
    const char *own = cli_option(r->c, "reference"), *name = cli_option(r->c, "region");
    double level;
    r->page.baseline_is_default = !own && !name && r->in.model.form != CCM_NATIONAL;
    if (own && name)
        return bad(r, "reference", own, "needed beside --region", "Keep one of them.");
    if (own) {
        if (!str_to_double(str_of(own), &level) || !(level > 20) || !(level < 500))
            return bad(r, "reference", own, "a ratio of boys for 100 girls",
                       "Write boys for 100 girls: 106 and not 1.06.");
        r->in.model.baseline = level / 100;
    }
    if (name) {
        const struct reference *found = reference_find(str_of(name));
        if (!found)
            return bad(r, "region", name, "a region with a known reference",
                       "heng srb names them; or give --reference.");
        r->in.model.baseline = found->ratio / 100;
        r->page.reference = str_of(r->c->zh ? found->name_zh : found->name);
    }
    return ERR_OK;
}

static enum err read_settings(struct ccm_run *r)
{
    struct ccm_settings *s = &r->in.settings;
    size_t seed = 1;
    *s = ccm_settings_default();
    s->n_draws = 1000;
    if (r->in.model.form == CCM_NATIONAL)
        s->thin = 5; // what areas have in common moves slowly
    enum err code = count_option(r, "chains", 1, CCM_MAX_CHAINS, &s->n_chains);
    if (!code)
        code = count_option(r, "draws", 10, 1e6, &s->n_draws);
    if (!code)
        code = count_option(r, "thin", 1, 1000, &s->thin);
    if (!code)
        code = count_option(r, "seed", 0, 1e15, &seed);
    s->seed = seed;
    r->in.level = 0.95;
    if (!code)
        code = number_option(r, "level", 0.01, 0.9999, &r->in.level);
    r->in.begins = NAN;
    if (!code)
        code = number_option(r, "begins", -9999, 9999, &r->in.begins);
    if (!code)
        code = year_option(r, "until", &s->last_year);
    r->in.years_ahead = 10;
    return code;
}

static enum err read_validation(struct ccm_run *r)
{
    const char *text = cli_option(r->c, "validate");
    double year;
    r->in.leave_share = 0.2;
    if (!text)
        return ERR_OK;
    if (!strcmp(text, "last")) {
        r->in.leave = CCM_LEAVE_LAST;
    } else if (!strcmp(text, "random")) {
        r->in.leave = CCM_LEAVE_RANDOM;
    } else if (str_to_double(str_of(text), &year) && year > -9999 && year < 9999) {
        r->in.leave = CCM_LEAVE_FROM;
        r->in.leave_from = (int32_t)year;
    } else {
        return bad(r, "validate", text, "last, random or a year",
                   "'last' leaves out the last fifth of the data, 'random' any fifth, a "
                   "year all from it on.");
    }
    return ERR_OK;
}

// --- out

static enum err write_out(struct ccm_run *r)
{
    struct result results[CCM_DOC_RESULTS];
    const struct result *list[CCM_DOC_RESULTS];
    const char *first = cli_option(r->c, "table");
    struct doc *d = ccm_doc_make(&r->arena, &r->page);
    size_t n = ccm_doc_results(&r->arena, &r->page, results), at = 0;
    if (!d)
        return error_memory(r->e);
    for (size_t i = 0; i < n; i++) {
        list[i] = &results[i];
        if (first && !strcmp(first, results[i].name))
            at = i;
    }
    if (first && strcmp(first, results[at].name) != 0)
        return bad(r, "table", first, "a table",
                   "Choose areas, years, common, checks or run.");
    list[at] = list[0];
    list[0] = &results[at];
    return session_results(r->c, d, list, n, r->e);
}

static enum err work(struct ccm_run *r)
{
    struct ccm_study study;
    struct pool *pool = NULL;
    enum err code = read_model(r);
    if (!code)
        code = read_baseline(r);
    if (!code)
        code = read_settings(r);
    if (!code)
        code = read_validation(r);
    if (!code)
        code = ccm_run_read(r);
    if (!code)
        code = pool_open(&pool, 0, r->e);
    if (!code)
        code = ccm_study_make(&study, &r->in, pool, &r->arena, r->e);
    pool_close(pool);
    if (code)
        return ccm_run_place(r, code);
    r->page.study = &study;
    r->page.zh = r->c->zh;
    return write_out(r);
}

enum err run_srb_ccm(struct cli *c, struct error *e)
{
    struct ccm_run *r = ARENA_NEW(&c->arena, struct ccm_run);
    if (!r)
        return error_memory(e);
    r->c = c;
    r->e = e;
    // draws are many: not in the arena of the command, which is small
    arena_init(&r->arena, (size_t)ARENA_GIGABYTES << 30);
    enum err code = work(r);
    arena_free(&r->arena);
    return code;
}

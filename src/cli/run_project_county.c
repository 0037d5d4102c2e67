// SPDX-License-Identifier: AGPL-3.0-or-later
// project: the years ahead from a county's own rows.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/run_project.h"
#include "cli/session.h"
#include "study/projection.h"

bool project_of_county(const struct cli *c)
{
    return c->n_arguments == 1 && file_is_database(c->arguments[0]);
}

// --- what is asked for -----------------------------------------------------------------

static const char *const supposed[] = {"tfr", "e0f", "e0m", "boys", "migrants", "by"};

enum err project_no_county(const struct cli *c, struct error *e)
{
    for (size_t i = 0; i < sizeof supposed / sizeof *supposed; i++)
        if (cli_option(c, supposed[i]) || cli_option(c, "projection")) {
            char where[48];
            snprintf(where, sizeof where, "--%s",
                     cli_option(c, supposed[i]) ? supposed[i] : "projection");
            error_set(e, ERR_USAGE, "project.option", where,
                      "files say themselves what is supposed of the years ahead");
            return error_cure(e, "Give the file of a county (county.db), or leave it "
                                 "out.");
        }
    return ERR_OK;
}

static enum err no_use(const char *option, struct error *e)
{
    char where[48];
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "project.option", where,
              "it is of files, and the inputs are a county's own rows");
    return error_cure(e, "Leave it out; --tfr, --e0f, --e0m, --boys and --migrants say "
                         "what is supposed.");
}

static enum err number(const struct cli *c, const char *option, double *out,
                       struct error *e)
{
    const char *text = cli_option(c, option);
    char where[48];
    *out = NAN;
    if (!text || (str_to_double(str_of(text), out) && isfinite(*out)))
        return ERR_OK;
    snprintf(where, sizeof where, "--%s", option);
    error_set(e, ERR_USAGE, "project.option", where, "'%.80s' is not a number", text);
    return error_cure(e, "See 'heng help project'.");
}

static enum err read_supposed(const struct cli *c, const struct project_choice *from,
                              struct projection_choice *out, struct error *e)
{
    static const char *const of_files[] = {"wpp",  "base",  "variant", "srb",
                                           "hold", "check", "begins"};
    double by = NAN;
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++)
        for (size_t k = 0; k < c->n_given; k++)
            if (strcmp(c->given[k].option->name, of_files[i]) == 0)
                return no_use(of_files[i], e);
    *out = (struct projection_choice){
        .from = from->from, .to = from->to, .width = from->width, .more = from};
    enum err code = number(c, "tfr", &out->children, e);
    if (!code)
        code = number(c, "e0f", &out->e0[PROJECT_FEMALE], e);
    if (!code)
        code = number(c, "e0m", &out->e0[PROJECT_MALE], e);
    if (!code)
        code = number(c, "boys", &out->boys, e);
    if (!code)
        code = number(c, "migrants", &out->migrants, e);
    if (!code)
        code = number(c, "by", &by, e);
    if (code)
        return code;
    if (out->boys > 2) // 106 boys to 100 girls
        out->boys /= 100;
    out->by = isnan(by) ? 0 : by > 1500 && by < 3000 ? (int32_t)by : 1;
    return ERR_OK;
}

static enum err find_plan(const struct cli *c, const struct pack *p,
                          const struct projection_plan **out, struct error *e)
{
    const char *name = cli_option(c, "projection");
    *out = name               ? pack_projection(p, str_of(name))
           : p->n_projections ? &p->projections[0]
                              : NULL;
    if (*out)
        return ERR_OK;
    if (!p->n_projections) {
        error_set(e, ERR_NOT_FOUND, "projection.none", NULL,
                  "the pack " STR_FMT " does not say where the years ahead come from",
                  STR_ARG(p->name));
        return error_cure(e, "Add projections/NAME.yaml to the pack (docs/packs.md), "
                             "then 'heng pack apply'.");
    }
    error_set(e, ERR_NOT_FOUND, "projection.name", "--projection",
              "the pack " STR_FMT " has no projection '%.80s'", STR_ARG(p->name), name);
    return error_cure(e, "There is " STR_FMT ".", STR_ARG(p->projections[0].name));
}

// --- what is told ----------------------------------------------------------------------

static struct str count(struct cli *c, double n)
{
    return session_count(c, (int64_t)llround(n));
}

static struct str counted(struct cli *c, struct str name,
                          const struct projection_basis *b)
{
    struct str women = count(c, b->people[PROJECT_FEMALE]),
               men = count(c, b->people[PROJECT_MALE]),
               births = count(c, b->births[0] + b->births[1]),
               deaths = count(c, b->deaths[0] + b->deaths[1]),
               left = count(c, b->left_out),
               day = date_text(&c->arena, b->counted_on, c->zh);
    return str_format(
        &c->arena,
        cli_say(c,
                STR_FMT ": " STR_FMT " women and " STR_FMT " men were counted on " STR_FMT
                        ". Rates are of %d to %d: " STR_FMT " births, " STR_FMT
                        " deaths (" STR_FMT " more without sex or age).",
                STR_FMT "：女" STR_FMT "人，男" STR_FMT "人，统计时点" STR_FMT
                        "。比率按%d年至%d年计算：出生" STR_FMT "人，死亡" STR_FMT
                        "人（另有" STR_FMT "条缺性别或年龄）。"),
        STR_ARG(name), STR_ARG(women), STR_ARG(men), STR_ARG(day), b->first, b->last,
        STR_ARG(births), STR_ARG(deaths), STR_ARG(left));
}

static struct str rates(struct cli *c, const struct projection_basis *b)
{
    return str_format(
        &c->arena,
        cli_say(c,
                "Children a woman: %.2f (95 %% interval %.2f-%.2f). Life expectancy at "
                "birth: women %.1f (%.1f-%.1f), men %.1f (%.1f-%.1f). Boys to 100 girls "
                "at birth: %.1f (%.1f-%.1f). Since few events are mostly chance, the "
                "projection begins with a life expectancy of %.1f and %.1f and with %.1f "
                "boys.",
                "总和生育率：%.2f（95%%区间%.2f-%.2f）。出生时预期寿命：女%.1f岁"
                "（%.1f-%.1f），男%.1f岁（%.1f-%.1f）。出生性别比：%.1f（%.1f-%.1f）。"
                "事件数少时多出于偶然，故预测以预期寿命女%.1f岁、男%.1f岁和出生性别比"
                "%.1f为起点。"),
        b->children, b->children_low, b->children_high, b->e0[PROJECT_FEMALE],
        b->e0_low[PROJECT_FEMALE], b->e0_high[PROJECT_FEMALE], b->e0[PROJECT_MALE],
        b->e0_low[PROJECT_MALE], b->e0_high[PROJECT_MALE], 100 * b->boys,
        100 * b->boys_low, 100 * b->boys_high, b->e0_begin[PROJECT_FEMALE],
        b->e0_begin[PROJECT_MALE], 100 * b->boys_begin);
}

static struct str found(struct cli *c, const struct projection_basis *b)
{
    if (isnan(b->births_found))
        return STR("");
    return str_format(
        &c->arena,
        cli_say(c,
                " To 100 children counted of those years the register has %.0f births: "
                "under 100, births are missing from it and fertility is as much too low, "
                "or children came.",
                "这些年份出生的儿童，每100名在统计中有%.0f条出生登记：低于100表示出生漏登"
                "（总和生育率相应偏低）或有儿童迁入。"),
        100 * b->births_found);
}

static struct str left_over(struct cli *c, const struct projection_basis *b)
{
    if (isnan(b->left_over))
        return str_of(cli_say(c,
                              "One count alone has births and deaths: nothing says how "
                              "many come and go.",
                              "只有一次统计可用，无法推断迁移。"));
    struct str day = date_text(&c->arena, b->earlier_on, c->zh),
               n = count(c, fabs(b->left_over));
    return str_format(
        &c->arena,
        b->left_over < 0
            ? cli_say(c,
                      "Since the count of " STR_FMT ", " STR_FMT
                      " people a year are fewer than births and deaths say: who came and "
                      "went, and births and deaths that are not in the registers.",
                      "自" STR_FMT "的统计以来，每年比按出生和死亡登记推算少" STR_FMT
                      "人：含迁移以及漏登的出生和死亡。")
            : cli_say(c,
                      "Since the count of " STR_FMT ", " STR_FMT
                      " people a year are more than births and deaths say: who came and "
                      "went, and births and deaths that are not in the registers.",
                      "自" STR_FMT "的统计以来，每年比按出生和死亡登记推算多" STR_FMT
                      "人：含迁移以及漏登的出生和死亡。"),
        STR_ARG(day), STR_ARG(n));
}

static enum err one_area(struct cli *c, const struct session *s,
                         const struct projection_plan *plan, const char *text,
                         struct projection_choice *choice, struct project_files *files,
                         struct project_county *told, struct error *e)
{
    struct projection_basis basis;
    struct project_files one;
    enum err code =
        measure_root(&s->measure, text ? str_of(text) : STR(""), &choice->root, e);
    if (code && e && !e->where[0])
        snprintf(e->where, sizeof e->where, "--country");
    if (!code)
        code = projection_make(&s->measure, &c->arena, plan, choice, &basis, &one, e);
    if (code)
        return code;
    struct str name =
        str_copy(&c->arena, measure_root_name(&s->measure, choice->root, c->zh));
    one.areas[0].name = name;
    one.areas[0].code = str_copy(&c->arena, one.areas[0].code);
    files->areas[files->n_areas++] = one.areas[0];
    struct str *to = &told->text[told->n];
    to[0] = counted(c, name, &basis);
    struct str about_births = found(c, &basis);
    to[1] = rates(c, &basis);
    if (to[1].p)
        to[1] =
            str_format(&c->arena, STR_FMT STR_FMT, STR_ARG(to[1]), STR_ARG(about_births));
    to[2] = left_over(c, &basis);
    told->n += 3;
    return name.p && about_births.p && to[0].p && to[1].p && to[2].p ? ERR_OK
                                                                     : error_memory(e);
}

enum err project_county(struct cli *c, const struct project_choice *from,
                        struct project_files *out, struct project_county *told,
                        struct error *e)
{
    struct session s = {0};
    struct projection_choice choice;
    const struct projection_plan *plan = NULL;
    const char *const *areas = NULL;
    unsigned n = 0;
    enum err code = read_supposed(c, from, &choice, e);
    if (!code)
        code = session_names(c, "country", &areas, &n, e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = find_plan(c, s.county->pack, &plan, e);
    *out = (struct project_files){.areas =
                                      ARENA_ARRAY(&c->arena, struct project_area, n + 1)};
    told->n = 0;
    told->text = ARENA_ARRAY(&c->arena, struct str, 3 * (size_t)n + 3);
    if (!code && (!out->areas || !told->text))
        code = error_memory(e);
    for (unsigned i = 0; !code && i < (n ? n : 1); i++)
        code = one_area(c, &s, plan, n ? areas[i] : NULL, &choice, out, told, e);
    session_close(&s);
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include "grammar.h"

uint64_t grammar_choice(struct grammar *g, uint64_t n) // xorshift64*, Marsaglia 2003
{
    g->seed ^= g->seed >> 12;
    g->seed ^= g->seed << 25;
    g->seed ^= g->seed >> 27;
    return (g->seed * 2685821657736338717ULL >> 33) % n;
}

#define PICK(g, list) pick(g, list, sizeof(list) / sizeof(list)[0])

static void pick(struct grammar *g, const char *const *list, size_t n)
{
    buf_add_c(g->out, list[grammar_choice(g, n)]);
}

static void say(struct grammar *g, const char *text)
{
    buf_add_c(g->out, text);
}

static void bracket(struct grammar *g, enum type t, int depth)
{
    say(g, "(");
    grammar_write(g, t, depth);
    say(g, ")");
}

// Whole numbers small enough that no sum of products leaves int64, nor a date its years.
static const char *const small_ints[] = {"m", "birth_order", "3",    "-2",
                                         "0", "17",          "-(m)", "400"};
static const char *const relations[] = {
    " = ", " <> ", " < ", " <= ", " > ", " >= ", " != "};
static const char *const equals[] = {" = ", " <> "};

static void write_case(struct grammar *g, enum type t, int depth)
{
    say(g, "case");
    for (uint64_t n = 1 + grammar_choice(g, 2); n-- > 0;) {
        say(g, " when ");
        grammar_write(g, TYPE_BOOL, depth);
        say(g, " then ");
        grammar_write(g, t, depth);
    }
    if (grammar_choice(g, 2)) {
        say(g, " else ");
        grammar_write(g, t, depth);
    }
    say(g, " end");
}

// What every type has; false when the choice fell on the type's own forms.
static bool write_common(struct grammar *g, enum type t, int depth)
{
    switch (grammar_choice(g, 9)) {
    case 0:
        write_case(g, t, depth - 1);
        return true;
    case 1:
        say(g, "coalesce(");
        grammar_write(g, t, depth - 1);
        say(g, grammar_choice(g, 5) ? ", " : ", null, ");
        grammar_write(g, t, depth - 1);
        say(g, ")");
        return true;
    case 2:
        bracket(g, t, depth - 1);
        return true;
    default:
        return false;
    }
}

static void write_in(struct grammar *g)
{
    static const char *const lists[] = {"sex in (m, u)",
                                        "weight in (0, 3200, 2.5)",
                                        "birth_order not in (1, 2, 900)",
                                        "height in (0, 12.5)",
                                        "source in (hospital)",
                                        "outcome_again in (live, 'still')",
                                        "m in (-3, 3)",
                                        "born_on in (date '2014-02-28')",
                                        "note in ('ok', '男孩')",
                                        "month not in ('201401')"};
    size_t n = sizeof lists / sizeof lists[0];
    buf_add_c(g->out, lists[grammar_choice(g, g->cube ? n - 2 : n)]);
}

static void write_code_test(struct grammar *g, int depth)
{
    static const char *const tests[] = {"sex = m",
                                        "sex <> 'f'",
                                        "outcome = outcome_again",
                                        "u = sex",
                                        "outcome <> visits.still",
                                        "lookup(clinic, kind) = hospital",
                                        "state = current",
                                        "lookup(residence, level) <> village",
                                        "residence = moved_to",
                                        "residence <> lookup(clinic, place)"};
    if (depth > 1 && grammar_choice(g, 2)) {
        grammar_write(g, TYPE_CODE, depth - 1);
        PICK(g, equals);
        say(g, grammar_choice(g, 2) ? "'f'" : "sex");
    } else {
        PICK(g, tests);
    }
}

static void write_bool(struct grammar *g, int depth)
{
    static const enum type compared[] = {TYPE_INT, TYPE_DECIMAL, TYPE_DATE, TYPE_TEXT};
    static const enum type any[] = {TYPE_INT,  TYPE_DECIMAL, TYPE_DATE, TYPE_BOOL,
                                    TYPE_CODE, TYPE_AREA,    TYPE_TEXT};
    enum type t = compared[grammar_choice(g, g->cube ? 3 : 4)];
    switch (depth > 0 ? grammar_choice(g, 9) : 8) {
    case 0:
    case 1:
        bracket(g, TYPE_BOOL, depth - 1);
        say(g, grammar_choice(g, 2) ? " and " : " or ");
        bracket(g, TYPE_BOOL, depth - 1);
        break;
    case 2:
        say(g, "not (");
        grammar_write(g, TYPE_BOOL, depth - 1);
        say(g, ")");
        break;
    case 3:
    case 4:
        bracket(g, t, depth - 1);
        PICK(g, relations);
        bracket(g, t, depth - 1);
        break;
    case 5:
        bracket(g, t, depth - 1);
        say(g, grammar_choice(g, 2) ? " between " : " not between ");
        bracket(g, t, depth - 1);
        say(g, " and ");
        bracket(g, t, depth - 1);
        break;
    case 6:
        bracket(g, any[grammar_choice(g, g->cube ? 6 : 7)], depth - 1);
        say(g, grammar_choice(g, 2) ? " is null" : " is not null");
        break;
    case 7:
        say(g, "within_days(");
        grammar_write(g, TYPE_DATE, depth - 1);
        say(g, ", ");
        grammar_write(g, TYPE_DATE, depth - 1);
        say(g, ", ");
        PICK(g, small_ints);
        say(g, ")");
        break;
    default:
        if (grammar_choice(g, 2))
            write_code_test(g, depth);
        else if (grammar_choice(g, 2))
            write_in(g);
        else
            say(g, grammar_choice(g, 8) ? "urgent" : "true");
    }
}

static void write_number(struct grammar *g, enum type t, int depth)
{
    static const char *const signs[] = {" + ", " - "};
    static const char *const ints[] = {"weight",
                                       "money",
                                       "m",
                                       "birth_order",
                                       "-1",
                                       "4294967296",
                                       "year(born_on)",
                                       "month(today())",
                                       "lookup(residence, people)"};
    static const char *const decimals[] = {
        "height",    "0.5", "-12.25", "lookup(residence, share)", "weight / birth_order",
        "height * 3"};
    switch (depth > 0 ? grammar_choice(g, 7) : 6) {
    case 0:
        bracket(g, t, depth - 1);
        PICK(g, signs);
        bracket(g, t == TYPE_DECIMAL && grammar_choice(g, 2) ? TYPE_INT : t, depth - 1);
        break;
    case 1:
        say(g, "abs(");
        grammar_write(g, t, depth - 1);
        say(g, ")");
        break;
    case 2:
        say(g, grammar_choice(g, 2) ? "least(" : "greatest(");
        grammar_write(g, t, depth - 1);
        say(g, ", ");
        grammar_write(g, t, depth - 1);
        say(g, ")");
        break;
    case 3:
        say(g, "-");
        bracket(g, t, depth - 1);
        break;
    case 4:
        if (t == TYPE_DECIMAL) {
            bracket(g, grammar_choice(g, 2) ? TYPE_INT : t, depth - 1);
            say(g, " / ");
            bracket(g, grammar_choice(g, 2) ? TYPE_INT : t, depth - 1);
        } else {
            bracket(g, TYPE_DATE, depth - 1);
            say(g, " - ");
            bracket(g, TYPE_DATE, depth - 1);
        }
        break;
    case 5:
        if (t == TYPE_DECIMAL) {
            PICK(g, decimals);
            say(g, " * ");
            PICK(g, small_ints);
        } else {
            say(g, grammar_choice(g, 2) ? "age_months(" : "age_years(");
            grammar_write(g, TYPE_DATE, depth - 1);
            say(g, ", ");
            grammar_write(g, TYPE_DATE, depth - 1);
            say(g, ")");
        }
        break;
    default:
        if (t == TYPE_DECIMAL)
            PICK(g, decimals);
        else if (!g->cube && !grammar_choice(g, 8))
            say(g, "length(note)");
        else
            PICK(g, ints);
    }
}

static void write_date(struct grammar *g, int depth)
{
    static const char *const dates[] = {"born_on", "registered_on", "today()",
                                        "date '2014-02-28'",
                                        "lookup(residence, founded)"};
    switch (depth > 0 ? grammar_choice(g, 4) : 3) {
    case 0:
        bracket(g, TYPE_DATE, depth - 1);
        say(g, grammar_choice(g, 2) ? " + " : " - ");
        PICK(g, small_ints);
        break;
    case 1:
        say(g, grammar_choice(g, 2) ? "least(" : "greatest(");
        grammar_write(g, TYPE_DATE, depth - 1);
        say(g, ", ");
        grammar_write(g, TYPE_DATE, depth - 1);
        say(g, ")");
        break;
    default:
        PICK(g, dates);
    }
}

void grammar_write(struct grammar *g, enum type t, int depth)
{
    static const char *const texts[] = {"note", "child_name", "'it''s'",
                                        "''",   "'男孩'",     "lookup(residence, code)"};
    if (depth > 1 && write_common(g, t, depth))
        return;
    switch (t) {
    case TYPE_BOOL:
        write_bool(g, depth);
        break;
    case TYPE_INT:
    case TYPE_DECIMAL:
        write_number(g, t, depth);
        break;
    case TYPE_DATE:
        write_date(g, depth);
        break;
    case TYPE_TEXT:
        PICK(g, texts);
        break;
    case TYPE_CODE:
        say(g, "sex");
        break;
    default:
        say(g, grammar_choice(g, 2) ? "residence" : "moved_to");
    }
}

void grammar_rows(struct grammar *g, struct world *w, size_t n)
{
    static const char *const texts[] = {"ok", "OK", "", "it's", "男孩", "张伟", "a_b%"};
    static const char *const months[] = {"201401", "201402", "201312"};
    const struct reg *r = &w->registers[0];
    for (size_t row = 0; row < n; row++)
        for (size_t i = 0; i < r->n_fields; i++) {
            const struct field *f = &r->fields[i];
            struct cell v = {.null = grammar_choice(g, 5) == 0};
            switch (f->type) {
            case TYPE_BOOL:
                v.i = (int64_t)grammar_choice(g, 2);
                break;
            case TYPE_CODE:
                v.i = (int64_t)grammar_choice(g, f->n_codes);
                break;
            case TYPE_AREA:
            case TYPE_FACILITY:
                v.i = (int64_t)grammar_choice(g, 3);
                break;
            case TYPE_DATE: // 1989 to 2032, thick around the leap day of 2012
                v.i = grammar_choice(g, 2) ? 15390 + (int64_t)grammar_choice(g, 60)
                                           : 7000 + (int64_t)grammar_choice(g, 16000);
                break;
            case TYPE_DECIMAL:
                v.f = ((double)grammar_choice(g, 801) - 400) / 8;
                break;
            case TYPE_TEXT:
            case TYPE_NAME:
                v.s = str_of(texts[grammar_choice(g, 7)]);
                break;
            case TYPE_PERIOD:
                v.s = str_of(months[grammar_choice(g, 3)]);
                break;
            default:
                v.i = (int64_t)grammar_choice(g, 200);
                if (w->columns[0][i].storage >= COLUMN_I32)
                    v.i -= 100;
            }
            if (i == FIELD_ID)
                v = (struct cell){.i = WORLD_ID + (int64_t)row};
            world_set(w, 0, f, row, v);
        }
    w->n_rows[0] = n;
}

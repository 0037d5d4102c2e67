// SPDX-License-Identifier: AGPL-3.0-or-later
// Signals into their register, by the way that all rows come in: an import. So they are
// validated, one transaction, with their history, and a second run corrects the first.
#include "study/watch_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "register/import.h"

enum { KEPT = 19 };

struct kept_row {
    struct str cells[KEPT];
    size_t n;
};

static void add(struct kept_row *r, struct str s)
{
    r->cells[r->n++] = s;
}

static void add_number(struct kept_row *r, struct arena *a, double value, int decimals)
{
    add(r, isfinite(value) ? str_format(a, "%.*f", decimals, value) : STR(""));
}

static void add_day(struct kept_row *r, struct arena *a, int32_t day)
{
    char text[DATE_TEXT_SIZE];
    date_format(day, text);
    add(r, str_copy(a, str_of(text)));
}

static struct kept_row headings(const struct reg *r)
{
    struct kept_row h = {0};
    static const char *const names[] = {"look",     "period", "stratum",   "subject",
                                        "since",    "until",  "counted",   "of_all",
                                        "expected", "ratio",  "ratio_low", "ratio_high",
                                        "p_value",  "review", "text_en",   "text_zh"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add(&h, str_of(names[i]));
    add(&h, r->area->name);
    add(&h, r->facility->name);
    return h;
}

static struct str stratum_name(const struct watch *w, int32_t stratum)
{
    if (stratum < 0 || !w->strata)
        return STR("all");
    return (size_t)stratum < w->strata->n_codes ? w->strata->codes[stratum].value
                                                : STR("not-recorded");
}

static struct kept_row row_of(const struct measure *m, const struct watch_run *run,
                              const struct watch_signal *s, struct arena *a)
{
    const struct places *p = m->county->places;
    const struct area *area = s->area >= 0 ? &p->areas[s->area] : NULL;
    const struct facility *facility =
        s->facility >= 0 ? &p->facilities[s->facility] : NULL;
    int32_t last = s->last;
    if (area && area->valid_to != DATE_NONE && area->valid_to < last)
        last = area->valid_to; // a place is named on a day on which it was there
    if (facility && facility->valid_to != DATE_NONE && facility->valid_to < last)
        last = facility->valid_to;
    struct kept_row r = {0};
    add(&r, s->look->name);
    add(&r, str_copy(a, str_of(run->period.id)));
    add(&r, stratum_name(run->watch, s->stratum));
    add(&r, facility ? facility->code : area ? area->code : STR("all"));
    add_day(&r, a, s->first);
    add_day(&r, a, last);
    add_number(&r, a, s->counted, 0);
    add_number(&r, a, s->of_all, 0);
    add_number(&r, a, s->expected, 2);
    add_number(&r, a, s->value, 3);
    add_number(&r, a, s->low, 3);
    add_number(&r, a, s->high, 3);
    add_number(&r, a, s->look->kind < LOOK_FOUND ? s->p : NAN, 5);
    add(&r, s->review ? STR("true") : STR("false"));
    add(&r, s->text.en);
    add(&r, s->text.zh);
    add(&r, area ? area->code : STR(""));
    add(&r, facility ? facility->code : STR(""));
    return r;
}

static enum err write_file(const char *path, struct str text, struct error *e)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return error_errno(e, errno, path, "write the signals");
    bool bad = fwrite(text.p, 1, text.n, f) != text.n;
    int why = errno;
    if (fclose(f) != 0 && !bad) {
        bad = true;
        why = errno;
    }
    return bad ? error_errno(e, why, path, "write the signals") : ERR_OK;
}

// What a person has struck stays struck, though its figures are others now.
static uint64_t count_struck(const struct import_result *result)
{
    for (size_t i = 0; i < result->n_problems; i++)
        if (str_starts(result->problems[i].key, STR("import.struck")))
            return result->problems[i].count;
    return 0;
}

static enum err import_file(const struct measure *m, const struct watch_run *run,
                            const char *path, struct arena *a, struct watch_kept *out,
                            struct error *e)
{
    struct import_options options = {.path = path, .rejects = "/dev/null"};
    struct import_result result;
    const struct reg *r = run->watch->keep;
    if (r->n_sources)
        options.source = r->sources[0].value;
    enum err code = import_run(m->county, m->who, r, &options, a, &result, e);
    if (code)
        return code;
    uint64_t struck = count_struck(&result);
    *out =
        (struct watch_kept){result.inserted, result.corrected, result.unchanged + struck};
    if (result.rejected == struck)
        return ERR_OK;
    return error_set(
        e, ERR_INPUT, "watch.kept", r->name.p,
        "%llu of the signals do not fit the register: " STR_FMT,
        (unsigned long long)result.rejected,
        STR_ARG(result.n_problems ? result.problems[0].example.en : STR("")));
}

enum err watch_keep(const struct measure *m, const struct watch_run *run, struct arena *a,
                    struct watch_kept *out, struct error *e)
{
    *out = (struct watch_kept){0};
    if (!run->n_signals)
        return ERR_OK;
    struct buf csv = BUF_INIT(64 << 20);
    struct kept_row head = headings(run->watch->keep);
    csv_write_row(&csv, head.cells, head.n, false);
    for (size_t i = 0; i < run->n_signals; i++) {
        struct kept_row row = row_of(m, run, &run->signals[i], a);
        csv_write_row(&csv, row.cells, row.n, false);
    }
    const char *temporary = getenv("TMPDIR");
    struct str folder = str_format(a, "%s/heng-watch-XXXXXX",
                                   temporary && *temporary ? temporary : "/tmp");
    enum err code = folder.p ? buf_check(&csv, e) : error_memory(e);
    if (!code && !mkdtemp((char *)folder.p))
        code = error_errno(e, errno, folder.p, "make a temporary folder");
    if (!code) {
        struct str path =
            str_format(a, STR_FMT "/watch-" STR_FMT "-%s.csv", STR_ARG(folder),
                       STR_ARG(run->watch->name), run->period.id);
        code = path.p ? write_file(path.p, buf_str(&csv), e) : error_memory(e);
        if (!code)
            code = import_file(m, run, path.p, a, out, e);
        if (path.p)
            unlink(path.p);
        rmdir(folder.p);
    }
    buf_free(&csv);
    return code;
}

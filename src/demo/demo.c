// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/county.h"
#include "demo/supervision.h"
#include "demo/truth.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err check_options(struct demo_options *o, struct error *e)
{
    if (!o->people)
        o->people = 320000;
    if (!o->first_year)
        o->first_year = 2010;
    if (!o->years)
        o->years = 5;
    if (!o->seed)
        o->seed = 2014;
    if (!o->folder || !o->folder[0])
        return error_set(e, ERR_USAGE, "demo.folder", NULL,
                         "no folder was given for the demo county");
    if (o->people < 1000 || o->people > 5000000)
        return error_set(e, ERR_USAGE, "demo.people", NULL,
                         "%lld people were asked for; 1000 to 5000000 can be made",
                         (long long)o->people);
    if (o->first_year < 1990 || o->first_year > 2100)
        return error_set(e, ERR_USAGE, "demo.first_year", NULL,
                         "the first year was %d; it must be 1990 to 2100", o->first_year);
    if (o->years < 1 || o->years > 20)
        return error_set(e, ERR_USAGE, "demo.years", NULL,
                         "%d years were asked for; 1 to 20 can be made", o->years);
    int32_t first_until;
    (void)date_from_ymd(o->first_year + o->years - 1, 1, 31, &first_until);
    if (!o->until)
        o->until = INT32_MAX;
    if (o->until < first_until) {
        char text[DATE_TEXT_SIZE], least[DATE_TEXT_SIZE];
        date_format(o->until, text);
        date_format(first_until, least);
        (void)error_set(e, ERR_USAGE, "demo.until", NULL,
                        "the files cannot be of %s: the last year of the county is %d",
                        text, o->first_year + o->years - 1);
        return error_cure(e, "ask for fewer or earlier years, or for a day from %s on",
                          least);
    }
    return ERR_OK;
}

static enum err make_folder(const char *folder, const char *inside, struct error *e)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s%s", folder, inside);
    if (n < 0 || (size_t)n >= sizeof path - 64)
        return error_set(e, ERR_LIMIT, "demo.path", NULL,
                         "the folder's path is too long");
    if (mkdir(path, 0777) && errno != EEXIST)
        return error_errno(e, errno, path, "make the folder");
    return ERR_OK;
}

static enum err make_folders(const struct demo_options *o, struct error *e)
{
    char order[4096];
    enum err result = make_folder(o->folder, "", e);
    if (!result)
        result = make_folder(o->folder, "/reports", e);
    if (!result)
        result = make_folder(o->folder, "/truth", e);
    if (!result)
        result = make_folder(o->folder, "/supervision", e);
    if (result)
        return result;
    // Without its list the folder is not whole until the new one is written.
    snprintf(order, sizeof order, "%s/import.txt", o->folder);
    if (unlink(order) && errno != ENOENT)
        return error_errno(e, errno, order, "replace");
    return ERR_OK;
}

static void county_free(struct county *c)
{
    truth_abandon(c);
    mem_free(c->areas);
    mem_free(c->facilities);
    mem_free(c->people);
    mem_free(c->births);
    mem_free(c->stillbirths);
    mem_free(c->residents);
}

enum err demo_write(const struct demo_options *options, struct error *e)
{
    static enum err (*const steps[])(struct county *, struct error *) = {
        places_make,         population_make, truth_open,     offices_places,
        offices_residents,   offices_births,  offices_events, offices_reports,
        offices_supervision, truth_close,     map_write,      readme_write,
    };
    static const unsigned char done[] = {1, 15, 16, 17, 25, 75, 85, 97, 97, 98, 99, 100};
    struct county c = {.options = *options};
    struct error unheard;
    e = e ? e : &unheard;
    enum err result = check_options(&c.options, e);
    if (!result)
        result = make_folders(&c.options, e);
    if (result)
        return result;
    (void)date_from_ymd(c.options.first_year, 1, 1, &c.start);
    (void)date_from_ymd(c.options.first_year + c.options.years - 1, 12, 31, &c.end);
    if (c.end > c.options.until)
        c.end = c.options.until;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !result; i++) {
        result = steps[i](&c, e);
        if (!result && c.options.progress)
            c.options.progress(c.options.argument, done[i] / 100.0);
    }
    county_free(&c);
    return result;
}

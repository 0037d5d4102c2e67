// SPDX-License-Identifier: AGPL-3.0-or-later
// The lists of places that forms choose from.
#include <string.h>

#include "base/md5.h"
#include "base/table.h"
#include "register/rights.h"
#include "register/xform_private.h"

enum { MAX_LIST = 64 << 20 };

const char *xform_list_name(enum xform_list l)
{
    static const char *const names[] = {"areas", "all_areas", "facilities",
                                        "all_facilities"};
    return names[l];
}

// The row is placed by its area, else by its facility: that one must be the person's to
// write. Others (where a child of this township was born) may be anywhere.
enum xform_list xform_list_of(const struct xform *x, const struct field *f)
{
    const struct reg *r = x->reg;
    int32_t own[ACCESS_MAX_GRANTS];
    // of one who writes for a facility, the facility alone says whose a row is
    if (access_write_rows(x->who, r, NULL) &&
        rights_facilities(x->places, x->who, r, ACCESS_WRITE, own))
        return f == r->facility       ? XFORM_OWN_FACILITIES
               : f->type == TYPE_AREA ? XFORM_ALL_AREAS
                                      : XFORM_ALL_FACILITIES;
    if (f->type == TYPE_AREA)
        return f == r->area ? XFORM_OWN_AREAS : XFORM_ALL_AREAS;
    return f == r->facility && !r->area ? XFORM_OWN_FACILITIES : XFORM_ALL_FACILITIES;
}

int xform_group_level(const struct pack *p)
{
    return p->n_levels >= 2 ? (int)p->n_levels - 2 : -1;
}

static struct str group_code(const struct xform *x, int32_t area)
{
    int level = xform_group_level(x->pack);
    int32_t group = area < 0 || level < 0 ? -1 : places_at_level(x->places, area, level);
    return group < 0 ? STR("") : x->places->areas[group].code;
}

static bool in_force(int32_t from, int32_t to, int32_t day)
{
    return (from == DATE_NONE || from <= day) && (to == DATE_NONE || to >= day);
}

static void add_areas(const struct xform *x, bool own, struct xform_places *out)
{
    const struct places *p = x->places;
    for (int32_t i = 0; i < (int32_t)p->n_areas; i++) {
        const struct area *a = &p->areas[i];
        if (!area_valid_on(a, x->today) ||
            (own && !rights_row(p, x->who, x->reg, ACCESS_WRITE, i)))
            continue;
        out->list[out->n++] =
            (struct xform_place){.code = a->code,
                                 .name = area_name(a, x->zh),
                                 .level = x->pack->levels[a->level].name,
                                 .within = group_code(x, i)};
    }
}

static enum err add_facilities(const struct xform *x, bool own, struct arena *a,
                               struct xform_places *out, struct error *e)
{
    const struct places *p = x->places;
    for (size_t i = 0; i < p->n_facilities; i++) {
        const struct facility *f = &p->facilities[i];
        if (!in_force(f->valid_from, f->valid_to, x->today) ||
            (own && !rights_of_row(p, x->who, x->reg, ACCESS_WRITE, 0, -1, (int32_t)i)))
            continue;
        int level = xform_group_level(x->pack);
        int32_t group =
            f->area < 0 || level < 0 ? -1 : places_at_level(p, f->area, level);
        struct str name = facility_name(f, x->zh);
        if (group >= 0) { // many are called "health centre"
            struct str where = area_name(&p->areas[group], x->zh);
            name = str_format(a, STR_FMT " · " STR_FMT, STR_ARG(name), STR_ARG(where));
            if (!name.p)
                return error_memory(e);
        }
        out->list[out->n++] = (struct xform_place){
            .code = f->code, .name = name, .within = group_code(x, f->area)};
    }
    return ERR_OK;
}

// Areas of a group stand together, for the list is in the order of the tree.
static size_t count_groups(const struct xform_places *p)
{
    size_t n = 0;
    struct str last = STR("");
    for (size_t i = 0; i < p->n; i++) {
        if (!p->list[i].within.n || str_equal(p->list[i].within, last))
            continue;
        last = p->list[i].within;
        n++;
    }
    return n;
}

// --- lists that many forms share

struct xform_kept {
    struct xform_kept *next;
    enum xform_list which;
    // By area, one more for none, then by facility: the person may write rows there;
    // NULL: it does not matter.
    const bool *may;
    struct xform_places places;
    struct xform_media media; // .name.p NULL: not made yet
};

static const bool *may_write(const struct xform *x, struct arena *a)
{
    const struct places *p = x->places;
    bool *may = ARENA_ARRAY(a, bool, p->n_areas + 1 + p->n_facilities);
    int32_t facilities[ACCESS_MAX_GRANTS];
    size_t n = rights_facilities(p, x->who, x->reg, ACCESS_WRITE, facilities);
    for (int32_t i = 0; may && i <= (int32_t)p->n_areas; i++) // the last: of no area
        may[i] =
            rights_row(p, x->who, x->reg, ACCESS_WRITE, i < (int32_t)p->n_areas ? i : -1);
    for (size_t i = 0; may && i < n; i++)
        may[p->n_areas + 1 + (size_t)facilities[i]] = true;
    return may;
}

static struct xform_kept *find_kept(const struct xform *x, enum xform_list which,
                                    const bool *may)
{
    for (struct xform_kept *k = x->shared->first; k; k = k->next)
        if (k->which == which && !k->may == !may &&
            (!may || memcmp(k->may, may,
                            (x->places->n_areas + 1 + x->places->n_facilities) *
                                sizeof *may) == 0))
            return k;
    return NULL;
}

static enum err make_places(const struct xform *x, enum xform_list which, struct arena *a,
                            struct xform_places *out, struct error *e);

// *out NULL: nothing is shared.
static enum err share(const struct xform *x, enum xform_list which, struct arena *a,
                      struct xform_kept **out, struct error *e)
{
    bool own = which == XFORM_OWN_AREAS || which == XFORM_OWN_FACILITIES;
    const bool *may = NULL;
    *out = NULL;
    if (!x->shared)
        return ERR_OK;
    if (own && !(may = may_write(x, a)))
        return error_memory(e);
    *out = find_kept(x, which, may);
    if (*out)
        return ERR_OK;
    struct xform_kept *k = ARENA_NEW(a, struct xform_kept);
    if (!k)
        return error_memory(e);
    *k = (struct xform_kept){.next = x->shared->first, .which = which, .may = may};
    enum err code = make_places(x, which, a, &k->places, e);
    if (!code)
        *out = x->shared->first = k;
    return code;
}

enum err xform_places(const struct xform *x, enum xform_list which, struct arena *a,
                      struct xform_places *out, struct error *e)
{
    struct xform_kept *kept;
    enum err code = share(x, which, a, &kept, e);
    if (code || !kept)
        return code ? code : make_places(x, which, a, out, e);
    *out = kept->places;
    return ERR_OK;
}

static enum err make_places(const struct xform *x, enum xform_list which, struct arena *a,
                            struct xform_places *out, struct error *e)
{
    bool areas = which == XFORM_OWN_AREAS || which == XFORM_ALL_AREAS;
    bool own = which == XFORM_OWN_AREAS || which == XFORM_OWN_FACILITIES;
    size_t most = areas ? x->places->n_areas : x->places->n_facilities;
    enum err code = ERR_OK;
    *out = (struct xform_places){.list = ARENA_ARRAY(a, struct xform_place, most + 1)};
    if (!out->list)
        return error_memory(e);
    if (areas)
        add_areas(x, own, out);
    else
        code = add_facilities(x, own, a, out, e);
    out->groups = count_groups(out);
    return code;
}

bool xform_is_long(const struct xform_places *p)
{
    return p->groups > 1 && p->n > 20;
}

// --- as files

static enum err write_csv(enum xform_list which, const struct xform_places *p,
                          struct arena *a, struct xform_media *out, struct error *e)
{
    struct buf csv = BUF_INIT(MAX_LIST);
    bool areas = which == XFORM_OWN_AREAS || which == XFORM_ALL_AREAS;
    const struct str head[] = {STR("name"), STR("label"), STR("within"), STR("level")};
    size_t columns = areas ? 4 : 3;
    csv_write_row(&csv, head, columns, false);
    for (size_t i = 0; i < p->n; i++) {
        const struct xform_place *one = &p->list[i];
        const struct str cells[] = {one->code, one->name, one->within, one->level};
        csv_write_row(&csv, cells, columns, false);
    }
    out->name = str_format(a, "%s.csv", xform_list_name(which));
    out->csv = str_copy(a, buf_str(&csv));
    enum err code = buf_check(&csv, e);
    if (!code && (!out->name.p || !out->csv.p))
        code = error_memory(e);
    if (!code)
        md5_hex(out->csv, out->hash);
    buf_free(&csv);
    return code;
}

static enum err make_csv(const struct xform *x, enum xform_list which,
                         const struct xform_places *p, struct arena *a,
                         struct xform_media *out, struct error *e)
{
    struct xform_kept *kept;
    enum err code = share(x, which, a, &kept, e);
    if (code)
        return code;
    if (!kept)
        return write_csv(which, p, a, out, e);
    if (!kept->media.name.p)
        code = write_csv(which, p, a, &kept->media, e);
    *out = kept->media;
    return code;
}

// A facility is looked for by its township, which is one of the areas.
static enum xform_list townships_of(enum xform_list which)
{
    return which == XFORM_OWN_FACILITIES   ? XFORM_OWN_AREAS
           : which == XFORM_ALL_FACILITIES ? XFORM_ALL_AREAS
                                           : which;
}

enum err xform_all_places(const struct xform *x, struct arena *a,
                          struct xform_places out[XFORM_LISTS], bool has[XFORM_LISTS],
                          struct error *e)
{
    const struct reg *r = x->reg;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if ((f->type != TYPE_AREA && f->type != TYPE_FACILITY) ||
            !xform_asks(x->pack, r, f))
            continue;
        enum xform_list which = xform_list_of(x, f), areas = townships_of(which);
        if (!has[which])
            code = xform_places(x, which, a, &out[which], e);
        has[which] = true;
        if (code || has[areas] || !xform_is_long(&out[which]))
            continue;
        code = xform_places(x, areas, a, &out[areas], e);
        has[areas] = true;
    }
    return code;
}

enum err xform_media(const struct xform *x, struct arena *a,
                     struct xform_media out[XFORM_LISTS], size_t *n, struct error *e)
{
    struct xform_places places[XFORM_LISTS];
    bool has[XFORM_LISTS] = {false};
    *n = 0;
    enum err code = access_write_some(x->who, x->reg, e);
    if (!code)
        code = xform_all_places(x, a, places, has, e);
    for (int i = 0; !code && i < XFORM_LISTS; i++)
        if (has[i] && places[i].n > XFORM_INLINE)
            code = make_csv(x, (enum xform_list)i, &places[i], a, &out[(*n)++], e);
    return code;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas that a file gives with a column for each level: as a place of a row, and as the
// list of areas itself.
#include "register/import_private.h"

struct str import_level_cell(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own)
{
    const struct mapping *map = &r->m->out->mapping;
    struct buf b = BUF_INIT(4096);
    for (int level = 0; level < (int)r->m->county->pack->n_levels; level++) {
        for (size_t i = 0; i < map->n && i < n; i++) {
            if (map->columns[i].by != MAPPED_LEVEL || map->columns[i].level != level)
                continue;
            struct str cell = str_trim(cells[i]);
            if (cell.n && b.n)
                buf_add_char(&b, '/');
            buf_add(&b, cell);
        }
    }
    if (b.n && own.n)
        buf_add_char(&b, '/');
    buf_add(&b, own);
    struct str out =
        b.no_memory ? (struct str){NULL, 0} : str_copy(&r->batch->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

struct str import_named_area(struct import_reader *r, const struct str *cells, size_t n,
                             struct str own, const struct datum *values)
{
    const struct places *p = r->m->county->places;
    const struct field *f = r->m->reg->area;
    int level = f->level.n ? pack_level(p->pack, f->level) : -1;
    int32_t on = values[FIELD_DATE].null ? DATE_NONE : (int32_t)values[FIELD_DATE].i,
            index;
    if (!own.n)
        return own;
    struct str whole = import_level_cell(r, cells, n, own);
    return places_find_area(p, whole, level, on, &index, NULL) == ERR_OK ? whole : own;
}

enum err import_take_area_list(struct import_reader *r, const struct table_row *row,
                               struct error *e)
{
    const struct importer *m = r->m;
    const struct pack *pack = m->county->pack;
    const struct mapping *map = &m->out->mapping;
    struct str code = str_trim(row->cells[map->code_column]), parent = STR("");
    size_t digits = 0, begin = r->n_headings;
    for (size_t level = 0; level < pack->n_levels; level++) {
        digits += (size_t)pack->levels[level].code_length;
        struct str name = {NULL, 0};
        for (size_t i = 0; i < map->n && i < row->n; i++)
            if (map->columns[i].by == MAPPED_LEVEL && map->columns[i].level == (int)level)
                name = str_trim(row->cells[i]);
        if (!name.n || digits > code.n || !digits)
            continue;
        struct str own = {code.p, digits};
        enum import_seen_as as = import_seen_add(&r->area_codes, str_hash(own, level), 0);
        if (as == SEEN_NO_MEMORY)
            return error_memory(e);
        if (as == SEEN_NEW) {
            m->out->rows++;
            struct str *cells = ARENA_ARRAY(&r->batch->arena, struct str, begin + 4);
            if (!cells)
                return error_memory(e);
            for (size_t i = 0; i < begin && i < row->n; i++)
                cells[i] = row->cells[i]; // for the rejects
            cells[begin] = own;
            cells[begin + 1] = name;
            cells[begin + 2] = pack->levels[level].name;
            cells[begin + 3] = parent;
            enum err failed = import_take_cells(r, row->number, cells, begin + 4, e);
            if (failed)
                return failed;
        }
        parent = own;
    }
    return ERR_OK;
}

enum err import_add_area_columns(struct import_reader *r, struct error *e)
{
    static const char *const names[] = {"code", "name", "level", "parent"};
    struct importer *m = r->m;
    struct mapping *map = &m->out->mapping;
    struct mapped_column *columns =
        ARENA_ARRAY(m->arena, struct mapped_column, map->n + 4);
    if (!columns)
        return error_memory(e);
    for (size_t i = 0; i < map->n; i++)
        columns[i] = map->columns[i];
    for (size_t i = 0; i < 4; i++)
        columns[map->n + i] =
            (struct mapped_column){.heading = str_of(names[i]),
                                   .field = reg_field(m->reg, str_of(names[i])),
                                   .by = MAPPED_NAME};
    map->columns = columns;
    return ERR_OK;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "link/dictionary.h"
#include "link/records_private.h"
#include "link/records_read.h"

enum { BATCHES_A_THREAD = 2, MOST_BATCHES = 16 };

struct round { // batches that are read together
    struct read_batch *batches;
    unsigned used;
};

struct growth {  // of a dictionary
    double rate; // new values a row, in an early round; 0: not known yet
    uint32_t at; // rows before it
    bool expected;
};

struct loading {
    struct link_records *r;
    const struct link_load *load;
    struct pool *pool;
    struct dictionary *dictionaries; // [n_columns]
    struct growth *growth;           // [n_columns]
    struct error *problems;          // [n_columns + 1]; the last: of the ids
    uint32_t *cell;      // [n_columns] column in the file, or RECORDS_NO_COLUMN
    uint32_t n_prepared; // columns that have all of these
    uint32_t capacity;   // records that there is room for
    uint32_t id_column[LINK_MAX_SOURCES];
    uint32_t id_cell; // column of the ids in the file, or RECORDS_NO_COLUMN
    struct text_room id_room;
    struct read_file file;
    unsigned n_batches; // of a round
    struct round rounds[2], *reading, *adding;
    // for of(): cells of rows in memory, instead of a round
    const struct str *rows;
    unsigned n_names;
    uint32_t n_added;     // the rows that are being added
    double before, whole; // bytes of files before this one, of all files
    double share;         // of all, that the records added so far are
    bool stopped;
};

// ---- columns and room ----

static bool is_wanted(const struct link_load *load, struct str name)
{
    return !load || !load->wanted || load->wanted(load->argument, name);
}

// Makes the parts of columns that were added, null for all records so far.
static enum err prepare_columns(struct loading *l, struct error *e)
{
    struct link_records *r = l->r;
    size_t n = r->n_columns;
    struct dictionary *dictionaries =
        mem_resize(l->dictionaries, n, sizeof *l->dictionaries);
    l->dictionaries = dictionaries ? dictionaries : l->dictionaries;
    struct growth *growth = mem_resize(l->growth, n, sizeof *l->growth);
    l->growth = growth ? growth : l->growth;
    struct error *problems = mem_resize(l->problems, n + 1, sizeof *l->problems);
    l->problems = problems ? problems : l->problems;
    uint32_t *cell = mem_resize(l->cell, n, sizeof *l->cell);
    l->cell = cell ? cell : l->cell;
    if (!dictionaries || !growth || !problems || !cell)
        return error_memory(e);
    for (; l->n_prepared < n; l->n_prepared++) {
        enum err code = dictionary_open(&l->dictionaries[l->n_prepared], e);
        if (code)
            return code;
        l->growth[l->n_prepared] = (struct growth){0};
        struct link_column *c = &r->columns[l->n_prepared];
        if (!is_wanted(l->load, c->name)) {
            c->kind = LINK_IGNORED;
            continue;
        }
        c->value = mem_alloc(l->capacity, sizeof *c->value);
        if (!c->value) {
            dictionary_close(&l->dictionaries[l->n_prepared]);
            return error_memory(e);
        }
    }
    return ERR_OK;
}

// Matches the headings of one source with the columns.
static enum err match_columns(struct loading *l, const struct str *headings,
                              unsigned width, unsigned source, struct error *e)
{
    struct link_records *r = l->r;
    for (unsigned i = 0; i < width; i++)
        if (!link_records_column(r, headings[i])) {
            enum err code = records_add_column(r, headings[i], e);
            if (code)
                return code;
        }
    enum err code = prepare_columns(l, e);
    if (code)
        return code;
    for (unsigned k = 0; k < r->n_columns; k++)
        l->cell[k] = RECORDS_NO_COLUMN;
    for (unsigned i = 0; i < width; i++) {
        struct link_column *c = link_records_column(r, headings[i]);
        c->sources |= (uint64_t)1 << source;
        l->cell[c - r->columns] = i;
        if (l->file.skipped)
            l->file.skipped[i] = !c->value;
    }
    return ERR_OK;
}

static enum err make_room(struct loading *l, uint32_t more, struct error *e)
{
    struct link_records *r = l->r;
    if (more > UINT32_MAX - 1 - r->n)
        return error_set(e, ERR_LIMIT, "records.rows", NULL,
                         "there are more than %" PRIu32 " records", UINT32_MAX - 1);
    if (r->n + more <= l->capacity)
        return ERR_OK;
    uint64_t capacity = (uint64_t)l->capacity + l->capacity / 2;
    if (capacity < r->n + more)
        capacity = r->n + more;
    if (capacity > UINT32_MAX - 1)
        capacity = UINT32_MAX - 1;
    uint32_t *row = mem_resize(r->row, capacity, sizeof *row);
    bool grown = row != NULL;
    r->row = row ? row : r->row;
    for (unsigned k = 0; k < r->n_columns && grown; k++) {
        if (!r->columns[k].value)
            continue;
        uint32_t *value = mem_resize(r->columns[k].value, capacity, sizeof *value);
        grown = value != NULL;
        r->columns[k].value = value ? value : r->columns[k].value;
    }
    if (!grown)
        return error_memory(e);
    l->capacity = (uint32_t)capacity;
    return ERR_OK;
}

// ---- adding rows ----

// Cell `row` of a batch, or of the rows in memory.
static struct str cell_text(const struct loading *l, const struct read_batch *b,
                            uint32_t cell, uint32_t row)
{
    if (b)
        return read_text(b, cell, row);
    return str_trim(l->rows[(size_t)row * l->n_names + cell]);
}

static enum err add_cells(struct loading *l, size_t k, const struct read_batch *b,
                          uint32_t n_rows, uint32_t *value, struct error *e)
{
    enum { TOGETHER = 256 };
    struct str texts[TOGETHER];
    for (uint32_t first = 0; first < n_rows; first += TOGETHER) {
        uint32_t n = n_rows - first < TOGETHER ? n_rows - first : TOGETHER;
        for (uint32_t i = 0; i < n; i++)
            texts[i] = cell_text(l, b, l->cell[k], first + i);
        enum err code = dictionary_add(&l->dictionaries[k], texts, n, value + first, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

// Once a sixteenth is read, room is made for all values of a column that has many: as
// many more as new ones come now, fewer the faster their rate has fallen so far. `fresh`
// came in this round. Not under a limit of memory, for it is a guess.
static enum err expect(struct loading *l, size_t k, uint32_t fresh, struct error *e)
{
    enum { MANY_ROWS = 1 << 15, SIXTEENTH = 16 };
    struct growth *g = &l->growth[k];
    double n = l->r->n, rate = (double)fresh / l->n_added;
    if (l->r->n == 0 || l->load->memory || g->expected)
        return ERR_OK;
    if (g->rate <= 0) {
        g->rate = rate;
        g->at = l->r->n;
    }
    if (l->r->n < MANY_ROWS || l->share * SIXTEENTH < 1)
        return ERR_OK;
    g->expected = true;
    double left = n / l->share - n;
    double fall = rate > 0 ? log(g->rate / rate) / (n - g->at) : 0; // e-fold, by row
    double more = rate * (fall * left > 1e-6 ? -expm1(-fall * left) / fall : left);
    double all = dictionary_size(&l->dictionaries[k]) + more;
    // where it would grow little, it may do so in its own time
    if (more < n || all > UINT32_MAX / 2)
        return ERR_OK;
    return dictionary_expect(&l->dictionaries[k], (uint64_t)all, e);
}

static enum err add_column(struct loading *l, size_t k, struct error *e)
{
    uint32_t *value = l->r->columns[k].value;
    if (!value)
        return ERR_OK;
    value += l->r->n;
    if (l->cell[k] == RECORDS_NO_COLUMN) {
        memset(value, 0, (size_t)l->n_added * sizeof *value);
        return ERR_OK;
    }
    if (!l->adding)
        return add_cells(l, k, NULL, l->n_added, value, e);
    uint32_t before = dictionary_size(&l->dictionaries[k]);
    enum err code = ERR_OK;
    for (unsigned i = 0; i < l->adding->used && !code; i++) {
        const struct read_batch *b = &l->adding->batches[i];
        code = add_cells(l, k, b, b->n_rows, value, e);
        value += b->n_rows;
    }
    return code ? code : expect(l, k, dictionary_size(&l->dictionaries[k]) - before, e);
}

static enum err add_ids_of(struct loading *l, const struct read_batch *b, uint32_t n_rows,
                           struct error *e)
{
    struct link_texts *ids = &l->r->ids;
    for (uint32_t i = 0; i < n_rows; i++)
        if (l->id_cell == RECORDS_NO_COLUMN
                ? !records_add_number(ids, &l->id_room, b ? b->row[i] : i + 1)
                : !link_texts_add(ids, &l->id_room, read_text(b, l->id_cell, i)))
            return error_memory(e);
    return ERR_OK;
}

static enum err add_ids(struct loading *l, struct error *e)
{
    if (!l->adding)
        return add_ids_of(l, NULL, l->n_added, e);
    enum err code = ERR_OK;
    for (unsigned i = 0; i < l->adding->used && !code; i++)
        code = add_ids_of(l, &l->adding->batches[i], l->adding->batches[i].n_rows, e);
    return code;
}

// Some threads read the next rows while others add the last ones, a column each.
static void load_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct loading *l = argument;
    size_t columns = l->r->n_columns, adding = l->n_added ? columns + 1 : 0;
    if (task >= adding)
        read_fill(&l->file, &l->reading->batches[task - adding]);
    else if (task < columns)
        l->problems[task].code = add_column(l, task, &l->problems[task]);
    else
        l->problems[task].code = add_ids(l, &l->problems[task]);
}

static void add_row_numbers(struct loading *l)
{
    uint32_t *row = l->r->row + l->r->n;
    for (uint32_t i = 0; !l->adding && i < l->n_added; i++)
        row[i] = i + 1;
    for (unsigned k = 0; l->adding && k < l->adding->used; k++) {
        const struct read_batch *b = &l->adding->batches[k];
        memcpy(row, b->row, b->n_rows * sizeof *row);
        row += b->n_rows;
    }
}

// Adds the rows of l->adding (or of l->rows) and reads into l->reading.
static enum err add_and_read(struct loading *l, struct error *e)
{
    struct link_records *r = l->r;
    enum err code = make_room(l, l->n_added, e);
    if (code)
        return code;
    if (l->n_added)
        add_row_numbers(l);
    records_run(l->pool,
                (l->n_added ? r->n_columns + 1 : 0) + (l->reading ? l->reading->used : 0),
                load_task, l);
    for (unsigned k = 0; l->n_added && k <= r->n_columns; k++)
        if (l->problems[k].code) {
            if (e)
                *e = l->problems[k];
            return l->problems[k].code;
        }
    r->n += l->n_added;
    return ERR_OK;
}

// ---- limits and progress ----

// What ordering takes beside what is held: an order, hashes of values, moved columns.
static size_t ordering_memory(const struct loading *l)
{
    return (size_t)l->r->n * 32;
}

static size_t batch_memory(const struct loading *l)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < 2 * l->n_batches; i++) {
        const struct read_batch *b = &l->rounds[i % 2].batches[i / 2];
        bytes += b->bytes.capacity +
                 (size_t)b->max_rows * l->file.width * sizeof(struct read_cell);
    }
    return bytes;
}

static size_t loading_memory(const struct loading *l)
{
    const struct link_records *r = l->r;
    size_t numbers = 2, bytes = 0; // of each record
    bytes += r->ids.n ? r->ids.offset[r->ids.n] + r->ids.n * sizeof *r->ids.offset : 0;
    for (unsigned k = 0; k < r->n_columns; k++) {
        numbers += r->columns[k].value != NULL;
        bytes += dictionary_memory(&l->dictionaries[k]);
    }
    bytes += numbers * r->n * sizeof(uint32_t);
    return bytes + ordering_memory(l);
}

static enum err check_memory(const struct loading *l, struct error *e)
{
    enum { MEBIBYTE = 1 << 20 };
    size_t batches = batch_memory(l), held = loading_memory(l);
    if (!l->load->memory || held + batches <= l->load->memory)
        return ERR_OK;
    (void)error_set(e, ERR_LIMIT, "records.memory", l->file.path,
                    "the records do not fit into the %zu MiB allowed: %" PRIu32
                    " of them, %.0f %% of the files, are already too many",
                    l->load->memory / MEBIBYTE, l->r->n, l->share * 100);
    // the index of a dictionary may just have doubled, or be about to
    double whole = (double)held / (l->share > 0.001 ? l->share : 0.001) * 1.15;
    return error_cure(e,
                      "Allow about %.0f MiB, or leave out columns that are not needed.",
                      (whole + (double)batches) / MEBIBYTE + 1);
}

static double file_bytes(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0
               ? (double)about.st_size
               : 1;
}

// The share of all files that is read, told; false: stop.
static bool go_on(struct loading *l, double *share)
{
    *share = (l->before + l->file.share * file_bytes(l->file.path)) / l->whole;
    return !l->load->progress || l->load->progress(l->load->argument, *share);
}

// ---- files ----

static const char *id_heading(const struct link_load *load, unsigned source)
{
    if (!load->id || !load->n_id)
        return NULL;
    return load->id[load->n_id == 1 ? 0 : source];
}

static enum err find_id(struct loading *l, unsigned source, struct error *e)
{
    const char *heading = id_heading(l->load, source);
    l->id_column[source] = l->id_cell = RECORDS_NO_COLUMN;
    if (!heading)
        return ERR_OK;
    struct link_column *c = link_records_column(l->r, str_of(heading));
    if (c && c->sources >> source & 1) {
        l->id_column[source] = (uint32_t)(c - l->r->columns);
        l->id_cell = l->cell[c - l->r->columns];
        l->file.skipped[l->id_cell] = false;
        return ERR_OK;
    }
    struct buf names = BUF_INIT(480);
    for (unsigned i = 0; i < l->file.width; i++) {
        buf_add_c(&names, i ? ", " : "");
        buf_add(&names, l->file.headings[i]);
    }
    (void)error_set(e, ERR_INPUT, "records.id", l->file.path,
                    "there is no column \"%.100s\" for the ids; there are: " STR_FMT "%s",
                    heading, STR_ARG(buf_str(&names)), names.failed ? " ..." : "");
    buf_free(&names);
    return error_cure(e, "Name one of these, or none: rows are numbered then.");
}

// The file's name without folder and ending; a number behind it makes it different.
static enum err name_source(struct link_records *r, struct link_source *s,
                            const char *path, struct error *e)
{
    const char *slash = strrchr(path, '/');
    struct str base = str_of(strcmp(path, "-") == 0 ? "input" : slash ? slash + 1 : path);
    for (size_t i = base.n; i-- > 1;)
        if (base.p[i] == '.') {
            base.n = i;
            break;
        }
    s->name = str_copy(&r->arena, base);
    for (unsigned number = 2; s->name.p; number++) {
        bool same = false;
        for (const struct link_source *o = r->sources; o < s; o++)
            same = same || str_equal(o->name, s->name);
        if (!same)
            return ERR_OK;
        s->name = str_format(&r->arena, STR_FMT "-%u", STR_ARG(base), number);
    }
    return error_memory(e);
}

static enum err check_rows(const struct read_file *f, struct error *e)
{
    if (f->n_rows)
        return ERR_OK;
    if (f->n_bad == 0) {
        (void)error_set(e, ERR_INPUT, "records.no_rows", f->path,
                        "the file has a heading and no row under it");
        return error_cure(e, "Export it again; rows of people are expected.");
    }
    (void)error_set(e, ERR_INPUT, "records.no_rows", f->path,
                    "none of the %" PRIu64 " rows can be read; the first (%s): %s",
                    f->n_bad, f->first_bad.where, f->first_bad.text);
    return error_cure(e, "%s", f->first_bad.cure);
}

static enum err read_rows(struct loading *l, struct error *e)
{
    l->adding = &l->rounds[1];
    l->reading = &l->rounds[0];
    l->n_added = l->adding->used = 0; // the first round only reads
    double share = l->share;
    for (;;) {
        struct round *reading = l->reading;
        enum err code = ERR_OK;
        reading->used = 0;
        if (!l->stopped)
            code = read_plan(&l->file, reading->batches, l->n_batches, &reading->used, e);
        if (!code)
            code = add_and_read(l, e);
        l->share = share;
        if (!code && l->n_added)
            code = check_memory(l, e);
        if (!code)
            code = read_settle(&l->file, reading->batches, reading->used, e);
        if (code || !reading->used)
            return code;
        l->stopped = !go_on(l, &share);
        l->reading = l->adding;
        l->adding = reading;
        l->n_added = 0;
        for (unsigned i = 0; i < reading->used; i++)
            l->n_added += reading->batches[i].n_rows;
    }
}

// Room for the first batch; read_plan opens the others when there are parts to read.
static enum err open_rounds(struct loading *l, struct error *e)
{
    unsigned threads = records_threads(l->pool);
    l->n_batches = threads == 1 ? 1 : threads * BATCHES_A_THREAD;
    if (l->n_batches > MOST_BATCHES)
        l->n_batches = MOST_BATCHES;
    for (int i = 0; i < 2; i++) {
        struct read_batch *batches = mem_alloc(l->n_batches, sizeof *batches);
        if (!batches)
            return error_memory(e);
        l->rounds[i].batches = batches;
        enum err code = read_batch_open(batches, l->file.width, e);
        if (code)
            return code;
    }
    return ERR_OK;
}

static void close_rounds(struct loading *l)
{
    for (int i = 0; i < 2; i++) {
        for (unsigned k = 0; l->rounds[i].batches && k < l->n_batches; k++)
            read_batch_close(&l->rounds[i].batches[k]);
        mem_free(l->rounds[i].batches);
        l->rounds[i] = (struct round){0};
    }
}

static enum err load_file(struct loading *l, unsigned source, struct error *e)
{
    const char *path = l->load->paths[source];
    struct link_source *s = &l->r->sources[source];
    enum err code = name_source(l->r, s, path, e);
    s->begin = s->end = l->r->n;
    l->id_column[source] = RECORDS_NO_COLUMN;
    if (code || l->stopped)
        return code;
    if ((code = read_open(&l->file, path, e)) == ERR_OK &&
        (code = match_columns(l, l->file.headings, l->file.width, source, e)) == ERR_OK &&
        (code = find_id(l, source, e)) == ERR_OK && (code = open_rounds(l, e)) == ERR_OK)
        code = read_rows(l, e);
    if (!code)
        code = check_rows(&l->file, e);
    s->end = l->r->n;
    s->n_bad = l->file.n_bad;
    s->n_ragged = l->file.n_ragged;
    s->first_bad = l->file.first_bad;
    s->heading_row = l->file.heading_row;
    s->n_titles = l->file.n_titles;
    s->title = str_copy(&l->r->arena, l->file.title);
    s->odd_heading = str_copy(&l->r->arena, l->file.odd_heading);
    if (!code && (!s->title.p || !s->odd_heading.p))
        code = error_memory(e);
    close_rounds(l); // parts before the file they belong to
    read_close(&l->file);
    l->before += file_bytes(path);
    return code;
}

// ---- beginning and end ----

static enum err begin(struct loading *l, unsigned n_sources, struct error *e)
{
    struct link_records *r = mem_alloc(1, sizeof *r);
    if (!r)
        return error_memory(e);
    l->r = r;
    arena_init(&r->arena, 0);
    r->n_sources = n_sources;
    r->sources = mem_alloc(n_sources, sizeof *r->sources);
    return r->sources ? ERR_OK : error_memory(e);
}

// The dictionaries become the columns' texts; then ids and the order.
static enum err finish(struct loading *l, struct error *e)
{
    struct link_records *r = l->r;
    for (unsigned k = 0; k < r->n_columns; k++) {
        struct link_column *c = &r->columns[k];
        if (c->kind == LINK_IGNORED) {
            enum err code = records_drop_column(c, r->n, e);
            if (code)
                return code;
            continue;
        }
        c->n_values = dictionary_size(&l->dictionaries[k]);
        c->texts = dictionary_finish(&l->dictionaries[k]);
    }
    r->unordered = l->load && l->load->unordered;
    return records_take_ids(r, l->id_column, l->pool, e);
}

static enum err end(struct loading *l, enum err code, struct link_records **out)
{
    for (unsigned k = 0; k < l->n_prepared; k++)
        dictionary_close(&l->dictionaries[k]);
    mem_free(l->dictionaries);
    mem_free(l->growth);
    mem_free(l->problems);
    mem_free(l->cell);
    if (code)
        link_records_close(l->r);
    *out = code ? NULL : l->r;
    return code;
}

enum err link_records_load(struct link_records **out, const struct link_load *load,
                           struct pool *pool, struct error *e)
{
    *out = NULL;
    if (load->n_paths == 0 || load->n_paths > LINK_MAX_SOURCES)
        return error_set(e, ERR_USAGE, "records.sources", NULL,
                         "%u files are given, 1 to %d are expected", load->n_paths,
                         LINK_MAX_SOURCES);
    if (load->id && load->n_id > 1 && load->n_id != load->n_paths)
        return error_set(e, ERR_USAGE, "records.ids", NULL,
                         "%u headings of ids are given for %u files; one is expected, or "
                         "one for each",
                         load->n_id, load->n_paths);
    struct loading l = {.load = load, .pool = pool};
    for (unsigned s = 0; s < load->n_paths; s++)
        l.whole += file_bytes(load->paths[s]);
    enum err code = begin(&l, load->n_paths, e);
    for (unsigned s = 0; s < load->n_paths && !code; s++)
        code = load_file(&l, s, e);
    if (load->stopped)
        *load->stopped = l.stopped;
    if (!code)
        code = finish(&l, e);
    return end(&l, code, out);
}

enum err link_records_of(struct link_records **out, const char *const *names,
                         unsigned n_columns, const struct str *cells, uint32_t n_rows,
                         struct error *e)
{
    struct loading l = {
        .rows = cells, .n_names = n_columns, .id_cell = RECORDS_NO_COLUMN};
    struct str headings[LINK_MAX_COLUMNS];
    *out = NULL;
    if (n_columns > LINK_MAX_COLUMNS)
        return error_set(e, ERR_LIMIT, "records.columns", NULL,
                         "%u columns are given, at most %d are taken", n_columns,
                         LINK_MAX_COLUMNS);
    for (unsigned i = 0; i < n_columns; i++)
        headings[i] = str_trim(str_of(names[i]));
    enum err code = begin(&l, 1, e);
    if (!code)
        code = match_columns(&l, headings, n_columns, 0, e);
    if (!code && l.r->n_columns < n_columns)
        code = error_set(e, ERR_INPUT, "records.heading_twice", NULL,
                         "a heading is given twice");
    l.n_added = n_rows;
    if (!code)
        code = add_and_read(&l, e);
    if (!code) {
        l.r->sources[0] = (struct link_source){.name = STR("records"), .end = n_rows};
        l.id_column[0] = RECORDS_NO_COLUMN;
        code = finish(&l, e);
    }
    return end(&l, code, out);
}

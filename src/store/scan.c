// SPDX-License-Identifier: AGPL-3.0-or-later
// Whole tables, row by row, from the pages of the file.
//
// SQLite counts the rows of a table by walking over the leaves of its tree and looking
// into none of the rows. A conn that scans has it read the file through functions of our
// own, which see each leaf as it goes by and take the values out of it: a fifth of what
// it costs to step from row to row. The pages are those of the conn's snapshot, from the
// file or its log, since SQLite itself fetches them.
//
// That no row was missed is proven, not hoped for: SQLite's count must be ours, and ids
// must rise. Where they do not, and where a table is not plain, rows come by SELECT.
//
// The format: https://sqlite.org/fileformat2.html, 1.6 (pages of trees), 2.1 (records).
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "store/store_internal.h"

enum { LEAF = 0x0d, INNER = 0x05, LEAF_HEAD = 8, MOST_COLUMNS = 2000 };

struct scan {
    struct conn *conn;
    const struct table_scan *of;
    struct sql_value *values;
    int16_t *wanted; // by column of the table: which of the values, or -1
    size_t n_wanted; // columns up to the last that is wanted
    bool *decimal;   // by value: whole numbers are kept short in such columns
    int64_t *spread; // ids of rows whose values go on in other pages
    size_t n_spread, spread_capacity;
    size_t rows, leaves;
    double leaves_expected;
    int64_t last;
    bool strange; // not as it should be: SELECT will say
    enum err code;
    struct error *e;
};

// --- one record

static inline size_t two_bytes(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

// NULL where it goes past the end.
static inline const uint8_t *read_varint(const uint8_t *p, const uint8_t *end,
                                         uint64_t *out)
{
    if (p < end && *p < 0x80) {
        *out = *p;
        return p + 1;
    }
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) {
        if (p >= end)
            return NULL;
        v = v << 7 | (*p & 0x7f);
        if (*p++ < 0x80) {
            *out = v;
            return p;
        }
    }
    if (p >= end)
        return NULL;
    *out = v << 8 | *p;
    return p + 1;
}

static inline uint64_t size_of(uint64_t type)
{
    static const uint8_t sizes[12] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? sizes[type] : (type - 12) / 2;
}

// Eight bytes that end where the number of n bytes does lie in the page, which begins
// with a head of eight.
static inline int64_t number_of(const uint8_t *p, uint64_t n)
{
    uint64_t v;
    memcpy(&v, p + n - sizeof v, sizeof v);
    unsigned shift = 64 - 8 * (unsigned)n;
    return (int64_t)(be64toh(v) << shift) >> shift;
}

static inline void read_value(uint64_t type, const uint8_t *p, bool decimal,
                              struct sql_value *v)
{
    if (type >= 12) {
        v->kind = type & 1 ? STMT_TEXT : STMT_BLOB;
        v->s = (struct str){(const char *)p, (size_t)(type - 12) / 2};
        return;
    }
    if (type == 0) {
        v->kind = STMT_NULL;
        return;
    }
    v->kind = STMT_INT;
    if (type >= 8)
        v->i = type == 9;
    else
        v->i = number_of(p, size_of(type));
    if (type == 7 || decimal) {
        v->kind = STMT_DOUBLE;
        if (type == 7)
            memcpy(&v->d, &v->i, sizeof v->d);
        else
            v->d = (double)v->i;
    }
}

enum record { RECORD_TAKEN, RECORD_ENDS, RECORD_WRONG };

// The wanted values of a record, as far as it lies here. RECORD_ENDS: not far enough.
static enum record read_record(struct scan *x, const uint8_t *p, const uint8_t *end)
{
    uint64_t n;
    const uint8_t *at = read_varint(p, end, &n);
    if (!at || n < (uint64_t)(at - p))
        return at ? RECORD_WRONG : RECORD_ENDS;
    if (n > (uint64_t)(end - p))
        return RECORD_ENDS;
    const uint8_t *head_end = p + n, *body = head_end;
    size_t column = 0;
    for (; column < x->n_wanted && at < head_end; column++) {
        uint64_t type;
        at = read_varint(at, head_end, &type);
        if (!at || type == 10 || type == 11)
            return RECORD_WRONG;
        uint64_t size = size_of(type);
        if (size > (uint64_t)(end - body))
            return RECORD_ENDS;
        int value = x->wanted[column];
        if (value >= 0)
            read_value(type, body, x->decimal[value], &x->values[value]);
        body += size;
    }
    for (; column < x->n_wanted; column++) // it is older than these columns
        if (x->wanted[column] >= 0)
            x->values[x->wanted[column]].kind = STMT_NULL;
    return RECORD_TAKEN;
}

// --- one leaf

static enum err remember(struct scan *x, int64_t id)
{
    if (x->n_spread == x->spread_capacity) {
        size_t capacity = x->spread_capacity ? x->spread_capacity * 2 : 64;
        int64_t *ids = mem_resize(x->spread, capacity, sizeof *ids);
        if (!ids)
            return error_memory(x->e);
        x->spread = ids;
        x->spread_capacity = capacity;
    }
    x->spread[x->n_spread++] = id;
    return ERR_OK;
}

// How much of a record of n bytes lies in its leaf, of a page of size bytes.
static uint64_t bytes_here(uint64_t n, size_t size)
{
    uint64_t most = size - 35, least = (size - 12) * 32 / 255 - 23;
    if (n <= most)
        return n;
    uint64_t here = least + (n - least) % (size - 4);
    return here <= most ? here : least;
}

static bool read_cell(struct scan *x, const uint8_t *page, size_t size, const uint8_t *at)
{
    uint64_t n, id;
    at = read_varint(at, page + size, &n);
    at = at ? read_varint(at, page + size, &id) : NULL;
    if (!at || ((int64_t)id <= x->last && x->rows))
        return false;
    uint64_t here = bytes_here(n, size);
    if (here > (uint64_t)(page + size - at))
        return false;
    x->last = (int64_t)id;
    x->rows++;
    enum record found = read_record(x, at, at + here);
    if (found == RECORD_WRONG || (found == RECORD_ENDS && here == n))
        return false;
    bool taken = found == RECORD_TAKEN;
    if (!taken)
        x->code = remember(x, x->last);
    if (!x->code)
        x->code = x->of->take(x->of->argument, x->last, taken ? x->values : NULL, x->e);
    return true;
}

static bool read_leaf(struct scan *x, const uint8_t *page, size_t size)
{
    size_t n = two_bytes(page + 3);
    if (LEAF_HEAD + 2 * n > size)
        return false;
    for (size_t i = 0; i < n && !x->code; i++) {
        size_t at = two_bytes(page + LEAF_HEAD + 2 * i);
        if (at < LEAF_HEAD || at >= size || !read_cell(x, page, size, page + at))
            return false;
    }
    x->leaves++;
    if (x->of->done)
        atomic_store_explicit(x->of->done,
                              (double)x->leaves >= x->leaves_expected
                                  ? 1000
                                  : (int)((double)x->leaves * 1000 / x->leaves_expected),
                              memory_order_relaxed);
    return true;
}

// False: the walk need not go on.
static bool see_page(struct scan *x, const uint8_t *page, size_t size)
{
    if (!x->code)
        x->code = store_cancelled(x->conn->store, x->e);
    if (x->code)
        return false;
    if (page[0] == INNER && !x->leaves)
        x->leaves_expected *= (double)(two_bytes(page + 3) + 1);
    x->strange = page[0] == LEAF && !read_leaf(x, page, size);
    return !x->code && !x->strange;
}

// --- the functions by which SQLite reads the file: the system's own but for one

struct scan_file {
    sqlite3_file as_sqlite;
    sqlite3_file *own; // behind this struct
};

// Of this thread, while it walks.
static _Thread_local struct scan *walking;
static sqlite3_vfs *system_vfs, scan_vfs;

static sqlite3_file *own(sqlite3_file *f)
{
    return ((struct scan_file *)f)->own;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    int rc = own(f)->pMethods->xRead(own(f), to, n, at);
    if (rc == SQLITE_OK && walking && n == STORE_PAGE_SIZE &&
        !see_page(walking, to, (size_t)n))
        return SQLITE_IOERR_READ;
    return rc;
}

static int file_close(sqlite3_file *f)
{
    return own(f)->pMethods->xClose(own(f));
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    return own(f)->pMethods->xWrite(own(f), from, n, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return own(f)->pMethods->xTruncate(own(f), size);
}

static int file_sync(sqlite3_file *f, int flags)
{
    return own(f)->pMethods->xSync(own(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return own(f)->pMethods->xFileSize(own(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return own(f)->pMethods->xLock(own(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return own(f)->pMethods->xUnlock(own(f), level);
}

static int file_is_reserved(sqlite3_file *f, int *out)
{
    return own(f)->pMethods->xCheckReservedLock(own(f), out);
}

static int file_control(sqlite3_file *f, int what, void *argument)
{
    return own(f)->pMethods->xFileControl(own(f), what, argument);
}

static int file_sector(sqlite3_file *f)
{
    return own(f)->pMethods->xSectorSize(own(f));
}

static int file_character(sqlite3_file *f)
{
    return own(f)->pMethods->xDeviceCharacteristics(own(f));
}

static int file_shared_map(sqlite3_file *f, int page, int size, int extend,
                           void volatile **out)
{
    return own(f)->pMethods->xShmMap(own(f), page, size, extend, out);
}

static int file_shared_lock(sqlite3_file *f, int first, int n, int flags)
{
    return own(f)->pMethods->xShmLock(own(f), first, n, flags);
}

static void file_shared_barrier(sqlite3_file *f)
{
    own(f)->pMethods->xShmBarrier(own(f));
}

static int file_shared_unmap(sqlite3_file *f, int and_delete)
{
    return own(f)->pMethods->xShmUnmap(own(f), and_delete);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2, // without mapping pages into memory: those would not be seen
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_character,
    .xShmMap = file_shared_map,
    .xShmLock = file_shared_lock,
    .xShmBarrier = file_shared_barrier,
    .xShmUnmap = file_shared_unmap,
};

static int file_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                     int *out_flags)
{
    (void)vfs;
    struct scan_file *file = (struct scan_file *)f;
    file->own = (sqlite3_file *)(file + 1);
    memset(file->own, 0, (size_t)system_vfs->szOsFile);
    int rc = system_vfs->xOpen(system_vfs, name, file->own, flags, out_flags);
    f->pMethods = file->own->pMethods ? &file_methods : NULL; // NULL: nothing to close
    return rc;
}

static void make_vfs(void)
{
    system_vfs = sqlite3_vfs_find(NULL);
    if (!system_vfs)
        return;
    scan_vfs = *system_vfs;
    scan_vfs.pNext = NULL;
    scan_vfs.zName = "heng-scan";
    scan_vfs.szOsFile += (int)sizeof(struct scan_file);
    scan_vfs.xOpen = file_open;
    if (sqlite3_vfs_register(&scan_vfs, 0) != SQLITE_OK)
        system_vfs = NULL;
}

const char *store_scan_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_vfs);
    return system_vfs ? scan_vfs.zName : NULL; // NULL: scans are SELECTs
}

// --- a table

// Which columns of the table the values are. *plain false: rows must come by SELECT.
static enum err find_columns(struct scan *x, bool *plain, struct error *e)
{
    struct stmt *s;
    bool row;
    size_t found = 0;
    enum err code =
        conn_stmt(x->conn, "store.columns",
                  "SELECT cid, name, type = 'REAL', dflt_value IS NULL AND hidden = 0"
                  " FROM pragma_table_xinfo(?) ORDER BY cid",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->of->table);
    *plain = true;
    while (!(code = stmt_step(s, &row, e)) && row) {
        size_t at = (size_t)stmt_int(s, 0);
        if (at >= MOST_COLUMNS) {
            *plain = false;
            break;
        }
        x->wanted[at] = -1;
        for (size_t i = 0; i < x->of->n_columns; i++)
            if (str_equal(stmt_text(s, 1), x->of->columns[i])) {
                x->wanted[at] = (int16_t)i;
                x->decimal[i] = stmt_int(s, 2) != 0;
                x->n_wanted = at + 1;
                *plain &= stmt_int(s, 3) != 0;
                found++;
            }
    }
    stmt_finish(s);
    *plain &= found == x->of->n_columns; // else SELECT says which is not there
    return code;
}

static enum err begin_select(struct scan *x, const char *where, struct stmt **out,
                             struct error *e)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "SELECT id");
    for (size_t i = 0; i < x->of->n_columns; i++)
        buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(x->of->columns[i]));
    buf_printf(&b, " FROM \"" STR_FMT "\" %s", STR_ARG(x->of->table), where);
    enum err code = buf_check(&b, e);
    if (!code)
        code = conn_prepare(x->conn, buf_str(&b), out, e);
    buf_free(&b);
    return code;
}

static enum err take_row(struct scan *x, struct stmt *s, struct error *e)
{
    int64_t id = stmt_int(s, 0);
    for (size_t i = 0; i < x->of->n_columns; i++)
        x->values[i] = stmt_value(s, (int)i + 1);
    return x->of->take(x->of->argument, id, x->values, e);
}

static enum err select_all(struct scan *x, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = begin_select(x, "ORDER BY id", &s, e);
    for (x->rows = 0; !code && !(code = stmt_step(s, &row, e)) && row; x->rows++) {
        if (x->rows && stmt_int(s, 0) <= x->last) // a damaged tree can have any order
            code = store_fault(e, SQLITE_CORRUPT, NULL, x->conn->store->path, "read");
        else
            code = take_row(x, s, e);
        x->last = stmt_int(s, 0);
    }
    stmt_finish(s);
    return code;
}

static enum err select_spread(struct scan *x, struct error *e)
{
    struct stmt *s = NULL;
    bool row;
    enum err code = x->n_spread ? begin_select(x, "WHERE id = ?", &s, e) : ERR_OK;
    for (size_t i = 0; i < x->n_spread && !code; i++) {
        stmt_bind_int(s, 1, x->spread[i]);
        code = stmt_step(s, &row, e);
        if (!code && row)
            code = take_row(x, s, e);
        stmt_reset(s);
    }
    stmt_finish(s);
    return code;
}

// *whole: all rows were seen, and none twice.
static enum err walk(struct scan *x, bool *whole, struct error *e)
{
    struct stmt *s;
    bool row = false;
    struct buf b = BUF_INIT(1 << 10);
    buf_printf(&b, "SELECT count(*) FROM \"" STR_FMT "\" NOT INDEXED",
               STR_ARG(x->of->table));
    enum err code = buf_check(&b, e);
    if (!code)
        code = conn_prepare(x->conn, buf_str(&b), &s, e);
    buf_free(&b);
    if (code)
        return code;
    struct error own_error = {0}; // why SQLite's reading was broken off
    x->e = &own_error;
    x->leaves_expected = 1;
    walking = x;
    code = stmt_step(s, &row, e);
    walking = NULL;
    *whole = !code && row && (uint64_t)stmt_int(s, 0) == x->rows;
    stmt_finish(s);
    if (x->code && e)
        *e = own_error;
    return x->code ? x->code : x->strange ? ERR_OK : code;
}

enum err conn_scan(struct conn *c, const struct table_scan *of, struct error *e)
{
    struct scan x = {.conn = c, .of = of};
    int reserved = -1; // bytes of each page that are not SQLite's
    bool plain = false, whole = false;
    assert(c->scans);
    x.values = mem_alloc(of->n_columns, sizeof *x.values);
    x.decimal = mem_alloc(of->n_columns, sizeof *x.decimal);
    x.wanted = mem_alloc(MOST_COLUMNS, sizeof *x.wanted);
    enum err code = x.values && x.decimal && x.wanted ? ERR_OK : error_memory(e);
    if (!code)
        code = find_columns(&x, &plain, e);
    if (!code && plain && store_scan_vfs() &&
        sqlite3_file_control(c->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) ==
            SQLITE_OK &&
        reserved == 0) {
        code = walk(&x, &whole, e);
        if (!code && whole)
            code = select_spread(&x, e);
        else if (!code)
            of->anew(of->argument);
    }
    if (!code && !whole)
        code = select_all(&x, e);
    mem_free(x.spread);
    mem_free(x.wanted);
    mem_free(x.decimal);
    mem_free(x.values);
    return code;
}

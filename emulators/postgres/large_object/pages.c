#include "emulators/postgres/large_object/pages.h"

#include "emulators/postgres/large_object/large_object.h"
#include "emulators/sql/catalog/change.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/session.h"

enum { COLUMN_OBJECT, COLUMN_NUMBER, COLUMN_DATA, COLUMN_COUNT };

/* ---- the table */

/* Where the pages are: an object of the class that has no other. numbers: storages of table, index. */
static const struct sql_other *find_place(struct sql_session *session)
{
    return (const void *)sql_find_object(session, PG_LARGE_OBJECT_PLACE, PG_LARGE_OBJECT_PLACE);
}

static bool make_place(struct sql_env *env)
{
    struct sql_database *database = env->session->database;
    uint32_t storages[2];
    struct sql_other place = {
        .object = {.class_id = PG_LARGE_OBJECT_PLACE,
                   .id = PG_LARGE_OBJECT_PLACE,
                   .owner = env->session->dialect->default_owner,
                   .name = slice_str("pages")},
        .numbers = storages,
        .number_count = 2,
    };
    if (!sql_lock_relation(env, PG_LARGE_OBJECT_CLASS, SQL_EXCLUSIVE, SQL_WAIT_BLOCK))
        return false;
    return find_place(env->session) || (sql_table_create(env, database, &storages[0]) &&
                                        sql_btree_create(env, database, &storages[1]) &&
                                        sql_catalog_create(env, &place.object));
}

static void store_be32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void encode_key(uint8_t out[8], uint32_t object, int32_t number)
{
    store_be32(out, object);
    store_be32(out + 4, (uint32_t)number);
}

static bool key_of_row(struct sql_index_use *use, struct sql_env *env, const struct sql_row *row,
                       struct slice *out_key, bool *out_skip)
{
    struct pg_pages *pages = use->ctx;
    const struct sql_row_layout *layout = pages->layout;
    (void)env;
    encode_key(pages->key, (uint32_t)sql_row_get(row, layout, COLUMN_OBJECT).u,
               (int32_t)sql_row_get(row, layout, COLUMN_NUMBER).i);
    *out_key = slice_of(pages->key, sizeof(pages->key));
    *out_skip = false;
    return true;
}

/* Built-in relations have none: they have no rows of their own but these. */
static bool make_layout(struct pg_pages *pages)
{
    struct sql_env *env = pages->env;
    const struct sql_type *types[COLUMN_COUNT];
    void *block = arena_alloc(env->arena, sql_row_layout_size(COLUMN_COUNT));
    if (!block)
        return sql_fail_memory(env->error);
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        types[i] = sql_find_type_id(env->session, pages->relation->columns[i].type);
    pages->layout = sql_row_layout_init(block, pages->relation->columns, types, COLUMN_COUNT);
    return true;
}

/* The built-in relation as it is in this database. */
static bool open_storages(struct pg_pages *pages, const struct sql_other *place)
{
    struct sql_env *env = pages->env;
    struct sql_relation table = *pages->relation, index = *pages->relation;
    table.storage = place->numbers[0];
    index.storage = place->numbers[1];
    pages->use.key = key_of_row;
    pages->use.table = sql_table_open(env, env->session->database, &table);
    pages->use.tree = pages->use.table ? sql_btree_open(env, env->session->database, &index) : NULL;
    return pages->use.tree != NULL;
}

bool pg_pages_open(struct sql_env *env, const struct sql_snapshot *snapshot, bool make,
                   struct pg_pages *out)
{
    *out = (struct pg_pages){.env = env, .snapshot = snapshot};
    out->relation = sql_find_relation_id(env->session, PG_LARGE_OBJECT_CLASS);
    const struct sql_other *place = find_place(env->session);
    if (!place && make) {
        if (!make_place(env))
            return false;
        place = find_place(env->session);
    }
    out->absent = !place;
    if (out->absent)
        return true;
    out->use.ctx = out;
    if (!make_layout(out) || !open_storages(out, place))
        return false;
    if (!snapshot && !sql_snapshot_take_latest(env, &out->own_snapshot))
        return false;
    if (!snapshot)
        out->snapshot = out->own_snapshot;
    return true;
}

void pg_pages_close(struct pg_pages *pages)
{
    if (pages->own_snapshot)
        sql_snapshot_release(pages->own_snapshot);
    pages->own_snapshot = NULL;
}

/* ---- finding */

static void read_row(const struct pg_pages *pages, const struct sql_row *row, uint64_t row_id,
                     struct pg_page *out)
{
    const struct sql_row_layout *layout = pages->layout;
    *out = (struct pg_page){
        .object = (uint32_t)sql_row_get(row, layout, COLUMN_OBJECT).u,
        .number = (int32_t)sql_row_get(row, layout, COLUMN_NUMBER).i,
        .data = datum_slice(sql_row_get(row, layout, COLUMN_DATA)),
        .row_id = row_id,
        .row = row,
    };
}

/* row NULL: there is no such page. */
static bool find_page(struct pg_pages *pages, uint32_t object, int32_t number, struct pg_page *out)
{
    uint8_t key[8];
    const struct sql_row *row;
    uint64_t row_id;
    encode_key(key, object, number);
    if (!sql_index_find(pages->env, &pages->use, slice_of(key, sizeof(key)), pages->snapshot, &row,
                        &row_id))
        return false;
    *out = (struct pg_page){.object = object, .number = number};
    if (row)
        read_row(pages, row, row_id, out);
    return true;
}

bool pg_page_scan_begin(struct pg_page_scan *scan, struct pg_pages *pages, uint32_t object,
                        bool backward)
{
    struct sql_key_range range = {0};
    scan->pages = pages;
    store_be32(scan->bound, object);
    if (object)
        range.low = range.high = slice_of(scan->bound, sizeof(scan->bound));
    return pages->absent ||
           sql_index_scan_begin(&scan->scan, pages->env, &pages->use, pages->env->arena, &range,
                                pages->snapshot, backward);
}

bool pg_page_scan_next(struct pg_page_scan *scan, struct pg_page *out, bool *done)
{
    const struct sql_row *row = NULL;
    if (!scan->pages->absent && !sql_index_scan_next(&scan->scan, scan->pages->env, &row))
        return false;
    *done = row == NULL;
    if (row)
        read_row(scan->pages, row, scan->scan.row_id, out);
    return true;
}

bool pg_pages_size(struct pg_pages *pages, uint32_t object, uint64_t *out)
{
    struct pg_page_scan scan;
    struct pg_page last;
    bool none;
    *out = 0;
    if (!pg_page_scan_begin(&scan, pages, object, true) || !pg_page_scan_next(&scan, &last, &none))
        return false;
    if (!none)
        *out = (uint64_t)last.number * PG_PAGE_BYTES + last.data.len;
    return true;
}

/* ---- reading */

static void add_zeroes(struct sql_bytes *out, uint64_t count)
{
    static const uint8_t zeroes[PG_PAGE_BYTES];
    for (; count && !out->failed; count -= count < PG_PAGE_BYTES ? count : PG_PAGE_BYTES)
        sql_bytes_add(out, zeroes, count < PG_PAGE_BYTES ? count : PG_PAGE_BYTES);
}

bool pg_pages_read(struct pg_pages *pages, uint32_t object, uint64_t at, uint64_t len,
                   struct sql_bytes *out)
{
    uint64_t size, end;
    if (!pg_pages_size(pages, object, &size))
        return false;
    end = at < size && len < size - at ? at + len : size;
    while (at < end) {
        struct pg_page page;
        uint64_t skip = at % PG_PAGE_BYTES, wanted = PG_PAGE_BYTES - skip;
        if (wanted > end - at)
            wanted = end - at;
        if (!find_page(pages, object, (int32_t)(at / PG_PAGE_BYTES), &page))
            return false;
        uint64_t there = page.data.len > skip ? page.data.len - skip : 0;
        if (there > wanted)
            there = wanted;
        if (there)
            sql_bytes_add(out, page.data.ptr + skip, there);
        add_zeroes(out, wanted - there);
        at += wanted;
        if (out->failed)
            return sql_fail_memory(pages->env->error);
    }
    return true;
}

/* ---- changing */

static bool add_page(struct pg_pages *pages, const struct pg_page *page, const struct datum *values)
{
    struct sql_env *env = pages->env;
    uint8_t key[8];
    uint64_t row_id, conflict;
    struct sql_row *row = sql_row_create(env, env->session->instance->heap, pages->layout, values);
    if (!row)
        return false;
    if (!sql_table_insert(env, pages->use.table, row, &row_id)) {
        sql_row_release(env->session->instance->heap, row);
        return false;
    }
    encode_key(key, page->object, page->number);
    if (!sql_index_insert(env, &pages->use, slice_of(key, sizeof(key)), row_id, SQL_UNIQUE_NOW,
                          &conflict))
        return false;
    return !conflict || sql_fail(env->error, "23505",
                                 "duplicate key value violates unique constraint "
                                 "\"pg_largeobject_loid_pn_index\"");
}

/* Somebody else's change of the same page is not waited for twice. */
static bool changed(struct pg_pages *pages, enum sql_change change)
{
    return change == SQL_CHANGE_DONE ||
           (change != SQL_CHANGE_FAILED &&
            sql_fail(pages->env->error, "XX000", "tuple concurrently %s",
                     change == SQL_CHANGE_DELETED ? "deleted" : "updated"));
}

static struct sql_change_options change_of(const struct pg_pages *pages, const struct pg_page *page)
{
    return (struct sql_change_options){.row_id = page->row_id,
                                       .seen = page->row,
                                       .snapshot = pages->snapshot,
                                       .wait = SQL_WAIT_BLOCK};
}

/* The page gets these bytes; it is made when its row is NULL. */
static bool put_page(struct pg_pages *pages, const struct pg_page *page, struct slice data)
{
    struct sql_env *env = pages->env;
    const struct datum values[COLUMN_COUNT] = {
        {.u = page->object}, datum_int(page->number), datum_bytes(data)};
    if (!page->row)
        return add_page(pages, page, values);
    struct heap *heap = env->session->instance->heap;
    struct sql_row *row = sql_row_create_linked(env, heap, pages->layout, values);
    const struct sql_change_options options = change_of(pages, page);
    if (!row)
        return false;
    enum sql_change change = sql_table_update(env, pages->use.table, &options, row);
    if (change != SQL_CHANGE_DONE)
        sql_row_release(heap, row);
    return changed(pages, change);
}

static bool remove_page(struct pg_pages *pages, const struct pg_page *page)
{
    const struct sql_change_options options = change_of(pages, page);
    return changed(pages, sql_table_delete(pages->env, pages->use.table, &options));
}

bool pg_pages_write(struct pg_pages *pages, uint32_t object, uint64_t at, struct slice bytes)
{
    uint8_t data[PG_PAGE_BYTES];
    while (bytes.len) {
        struct pg_page page;
        size_t skip = (size_t)(at % PG_PAGE_BYTES), count = PG_PAGE_BYTES - skip;
        if (count > bytes.len)
            count = bytes.len;
        if (!find_page(pages, object, (int32_t)(at / PG_PAGE_BYTES), &page))
            return false;
        memset(data, 0, sizeof(data));
        if (page.data.len)
            memcpy(data, page.data.ptr, page.data.len);
        memcpy(data + skip, bytes.ptr, count);
        size_t len = skip + count > page.data.len ? skip + count : page.data.len;
        if (!put_page(pages, &page, slice_of(data, len)))
            return false;
        at += count;
        bytes = slice_from(bytes, count);
    }
    return true;
}

/* Pages from that number on go. */
static bool remove_from(struct pg_pages *pages, uint32_t object, uint64_t number)
{
    struct pg_page_scan scan;
    struct pg_page page;
    bool done;
    if (!pg_page_scan_begin(&scan, pages, object, true))
        return false;
    for (;;) {
        if (!pg_page_scan_next(&scan, &page, &done))
            return false;
        if (done || (uint64_t)page.number < number)
            return true;
        if (!remove_page(pages, &page))
            return false;
    }
}

bool pg_pages_truncate(struct pg_pages *pages, uint32_t object, uint64_t size)
{
    uint8_t data[PG_PAGE_BYTES] = {0};
    struct pg_page page;
    uint64_t number = size / PG_PAGE_BYTES;
    size_t len = (size_t)(size % PG_PAGE_BYTES);
    if (!remove_from(pages, object, number + 1) ||
        !find_page(pages, object, (int32_t)number, &page))
        return false;
    /* The page at the end is kept, or made, though it may be empty: it says where the end is. */
    size_t kept = page.data.len < len ? page.data.len : len;
    if (kept)
        memcpy(data, page.data.ptr, kept);
    return put_page(pages, &page, slice_of(data, len));
}

bool pg_pages_remove(struct pg_pages *pages, uint32_t object)
{
    return pages->absent || remove_from(pages, object, 0);
}

/* pg_largeobject, pg_largeobject_metadata. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/postgres/large_object/large_object.h"
#include "emulators/postgres/large_object/pages.h"

static enum pg_made metadata(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_id(row, object->owner);
    pg_object_acl(row, object);
    return PG_ROW_LAST;
}

const struct pg_source pg_largeobject_metadata = {
    .core = PG_SOURCE_CORE(2995, 1),
    .stored = metadata,
    .class_id = PG_LARGE_OBJECT_CLASS,
    .keyed = true,
};

/* ---- pages. They are copied when the scan begins, since nothing tells when it is over. */

struct copied {
    uint32_t object;
    int32_t number;
    struct slice data;
    struct copied *next;
};

static bool copy_pages(struct sql_env *env, struct pg_pages *pages, uint32_t object,
                       struct copied **list)
{
    struct pg_page_scan scan;
    struct pg_page page;
    bool done;
    if (!pg_page_scan_begin(&scan, pages, object, false))
        return false;
    for (;;) {
        if (!pg_page_scan_next(&scan, &page, &done))
            return false;
        if (done)
            return true;
        struct copied *copy = arena_zalloc(env->arena, sizeof(*copy));
        if (!copy)
            return sql_fail_memory(env->error);
        *copy = (struct copied){page.object, page.number, arena_dup(env->arena, page.data), NULL};
        *list = copy;
        list = &copy->next;
    }
}

static bool open_pages(struct sql_system_scan *scan)
{
    struct sql_snapshot *snapshot;
    struct pg_pages pages;
    struct copied *list = NULL;
    uint32_t object = scan->key_column ? (uint32_t)scan->key.u : 0;
    if (!sql_snapshot_take(scan->env, &snapshot))
        return false;
    bool ok = pg_pages_open(scan->env, snapshot, false, &pages) &&
              copy_pages(scan->env, &pages, object, &list);
    pg_pages_close(&pages);
    sql_snapshot_release(snapshot);
    scan->state = list;
    return ok;
}

static bool next_page(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                      bool *done)
{
    const struct copied *page = scan->state;
    (void)arena;
    *done = !page;
    if (*done)
        return true;
    scan->state = page->next;
    values[0] = (struct datum){.u = page->object};
    values[1] = datum_int(page->number);
    values[2] = datum_bytes(page->data);
    return true;
}

const struct pg_source pg_largeobject = {
    .core = {.id = PG_LARGE_OBJECT_CLASS, .keys = {1}, .open = open_pages, .next = next_page},
};

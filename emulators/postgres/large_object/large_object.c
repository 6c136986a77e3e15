#include "emulators/postgres/large_object/large_object.h"

#include "emulators/postgres/large_object/pages.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/change.h"
#include "emulators/sql/catalog/find.h"

static const struct sql_object *find(struct sql_env *env, uint32_t id)
{
    return sql_find_object(env->session, PG_LARGE_OBJECT_CLASS, id);
}

static bool fail_absent(struct sql_env *env, uint32_t id)
{
    return sql_fail(env->error, "42704", "large object %u does not exist", id);
}

static bool fail_taken(struct sql_env *env, uint32_t id)
{
    sql_fail(env->error, "23505",
             "duplicate key value violates unique constraint "
             "\"pg_largeobject_metadata_oid_index\"");
    env->error->schema = slice_str("pg_catalog");
    env->error->table = slice_str("pg_largeobject_metadata");
    env->error->constraint = slice_str("pg_largeobject_metadata_oid_index");
    return sql_detail(env->error, "Key (oid)=(%u) already exists.", id);
}

bool pg_large_object_create(struct sql_env *env, uint32_t id, uint32_t *out)
{
    struct sql_session *session = env->session;
    if (!id)
        id = sql_database_next_id(session->database);
    struct sql_other object = {
        .object = {.class_id = PG_LARGE_OBJECT_CLASS,
                   .id = id,
                   .owner = session->role,
                   .name = arena_printf(env->arena, "%u", id),
                   .acl_default = true},
    };
    if (!object.object.name.ptr)
        return sql_fail_memory(env->error);
    if (!sql_object_await(env, session->database, PG_LARGE_OBJECT_CLASS, id))
        return false;
    if (find(env, id))
        return fail_taken(env, id);
    *out = id;
    return sql_catalog_create(env, &object.object);
}

bool pg_large_object_remove_pages(struct sql_env *env, uint32_t id)
{
    struct pg_pages pages;
    bool ok = pg_pages_open(env, NULL, false, &pages) && pg_pages_remove(&pages, id);
    pg_pages_close(&pages);
    return ok;
}

static bool old_privileges(const struct sql_env *env)
{
    return pg_settings_number(&pg_session_of(env->session)->settings, "lo_compat_privileges") != 0;
}

static void close_all_of(struct pg_session *session, uint32_t id)
{
    for (uint32_t i = 0; i < session->descriptors.count; i++)
        if (session->descriptors.items[i].object == id)
            pg_large_object_close(&session->descriptors.items[i]);
}

bool pg_large_object_unlink(struct pg_session *session, struct sql_env *env, uint32_t id)
{
    const struct sql_object *object = find(env, id);
    if (object && !old_privileges(env) && !sql_is_owner(env->session, env->session->role, object))
        return sql_fail(env->error, "42501", "must be owner of large object %u", id);
    close_all_of(session, id);
    if (!object)
        return fail_absent(env, id);
    if (!pg_large_object_remove_pages(env, id) || !sql_catalog_drop(env, PG_LARGE_OBJECT_CLASS, id))
        return false;
    sql_txn_next_command(env->session->txn);
    return true;
}

/* ---- open ones */

static bool may_use(struct sql_env *env, const struct sql_object *object, uint32_t privilege)
{
    return old_privileges(env) ||
           sql_has_privileges(env->session, env->session->role, object, privilege) ||
           sql_fail(env->error, "42501", "permission denied for large object %u", object->id);
}

bool pg_large_object_open(struct sql_env *env, uint32_t id, int32_t flags,
                          struct pg_descriptor *out)
{
    bool writes = flags & PG_LARGE_OBJECT_WRITE, reads = writes || flags & PG_LARGE_OBJECT_READ;
    if (!reads)
        return sql_fail(env->error, "22023", "invalid flags for opening a large object: %d", flags);
    const struct sql_object *object = find(env, id);
    if (!object)
        return fail_absent(env, id);
    if (!may_use(env, object, SQL_PRIV_SELECT) ||
        (writes && !may_use(env, object, SQL_PRIV_UPDATE)))
        return false;
    *out = (struct pg_descriptor){.open = true,
                                  .reads = reads,
                                  .writes = writes,
                                  .object = id,
                                  .depth = env->session->txn->depth};
    return writes || sql_snapshot_take(env, &out->snapshot);
}

void pg_large_object_close(struct pg_descriptor *descriptor)
{
    if (descriptor->snapshot)
        sql_snapshot_release(descriptor->snapshot);
    *descriptor = (struct pg_descriptor){0};
}

bool pg_descriptor_read(struct sql_env *env, struct pg_descriptor *descriptor, uint64_t len,
                        struct sql_bytes *out)
{
    struct pg_pages pages;
    size_t before = out->len;
    bool ok = pg_pages_open(env, descriptor->snapshot, false, &pages) &&
              (pages.absent || pg_pages_read(&pages, descriptor->object, descriptor->at, len, out));
    pg_pages_close(&pages);
    descriptor->at += out->len - before;
    return ok;
}

/* What was changed is seen by what the same statement does next. */
static bool changed(struct sql_env *env, struct pg_pages *pages, bool ok)
{
    pg_pages_close(pages);
    if (ok)
        sql_txn_next_command(env->session->txn);
    return ok;
}

bool pg_descriptor_write(struct sql_env *env, struct pg_descriptor *descriptor, struct slice bytes)
{
    struct pg_pages pages;
    if (!bytes.len)
        return true;
    if (bytes.len > PG_LARGE_OBJECT_MAX - descriptor->at)
        return sql_fail(env->error, "22023", "invalid large object write request size: %d",
                        (int)bytes.len);
    bool ok = pg_pages_open(env, NULL, true, &pages) &&
              pg_pages_write(&pages, descriptor->object, descriptor->at, bytes);
    descriptor->at += bytes.len;
    return changed(env, &pages, ok);
}

bool pg_descriptor_truncate(struct sql_env *env, struct pg_descriptor *descriptor, int64_t size)
{
    struct pg_pages pages;
    if (size < 0 || (uint64_t)size > PG_LARGE_OBJECT_MAX)
        return sql_fail(env->error, "22023", "invalid large object truncation target: %lld",
                        (long long)size);
    bool ok = pg_pages_open(env, NULL, true, &pages) &&
              pg_pages_truncate(&pages, descriptor->object, (uint64_t)size);
    return changed(env, &pages, ok);
}

static bool size_of(struct sql_env *env, const struct pg_descriptor *descriptor, uint64_t *out)
{
    struct pg_pages pages;
    *out = 0;
    bool ok = pg_pages_open(env, descriptor->snapshot, false, &pages) &&
              (pages.absent || pg_pages_size(&pages, descriptor->object, out));
    pg_pages_close(&pages);
    return ok;
}

bool pg_descriptor_seek(struct sql_env *env, struct pg_descriptor *descriptor, int64_t offset,
                        int32_t whence)
{
    enum { FROM_START, FROM_HERE, FROM_END };
    uint64_t from = whence == FROM_HERE ? descriptor->at : 0;
    int64_t target;
    if (whence < FROM_START || whence > FROM_END)
        return sql_fail(env->error, "22023", "invalid whence setting: %d", whence);
    if (whence == FROM_END && !size_of(env, descriptor, &from))
        return false;
    bool fits = !__builtin_add_overflow((int64_t)from, offset, &target);
    if (!fits || target < 0 || (uint64_t)target > PG_LARGE_OBJECT_MAX)
        return sql_fail(env->error, "22023", "invalid large object seek target: %lld",
                        (long long)target);
    descriptor->at = (uint64_t)target;
    return true;
}

/* ---- numbers */

static bool make_room(struct pg_session *session, struct sql_env *env, uint32_t *out)
{
    struct pg_descriptors *all = &session->descriptors;
    for (*out = 0; *out < all->count; ++*out)
        if (!all->items[*out].open)
            return true;
    uint32_t count = all->count ? all->count * 2 : 8;
    struct heap *heap = session->pg->host.heap;
    struct pg_descriptor *items = heap_zalloc(heap, count * sizeof(*items));
    if (!items)
        return sql_fail_memory(env->error);
    if (all->count)
        memcpy(items, all->items, all->count * sizeof(*items));
    if (all->items)
        heap_free(heap, all->items, all->count * sizeof(*items));
    *all = (struct pg_descriptors){items, count};
    return true;
}

bool pg_descriptors_add(struct pg_session *session, struct sql_env *env,
                        const struct pg_descriptor *descriptor, int32_t *out_number)
{
    uint32_t number;
    if (!make_room(session, env, &number))
        return false;
    session->descriptors.items[number] = *descriptor;
    *out_number = (int32_t)number;
    return true;
}

bool pg_descriptors_find(struct pg_session *session, struct sql_env *env, int32_t number,
                         struct pg_descriptor **out)
{
    const struct pg_descriptors *all = &session->descriptors;
    if (number < 0 || (uint32_t)number >= all->count || !all->items[number].open)
        return sql_fail(env->error, "42704", "invalid large-object descriptor: %d", number);
    *out = &all->items[number];
    return true;
}

void pg_descriptors_end(struct pg_session *session, uint32_t depth)
{
    struct pg_descriptors *all = &session->descriptors;
    bool any = false;
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->items[i].open && all->items[i].depth >= depth)
            pg_large_object_close(&all->items[i]);
        any |= all->items[i].open;
    }
    if (any || !all->items)
        return;
    heap_free(session->pg->host.heap, all->items, all->count * sizeof(*all->items));
    *all = (struct pg_descriptors){NULL, 0};
}

void pg_descriptors_release(struct pg_session *session, uint32_t depth)
{
    for (uint32_t i = 0; i < session->descriptors.count; i++)
        if (session->descriptors.items[i].open && session->descriptors.items[i].depth >= depth)
            session->descriptors.items[i].depth = depth - 1;
}

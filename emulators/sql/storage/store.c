#include "emulators/sql/storage/store.h"

#include "common/assert.h"
#include "emulators/sql/txn/txn_internal.h"

/* ---- kinds of storages */

struct stored_kind {
    size_t size, handle_size;
    /* Makes a copy of the struct share what it points at; gives it up. NULL: it points at nothing. */
    void (*share)(struct sql_stored *stored);
    void (*clear)(struct sql_stored *stored, struct heap *heap);
};

static void table_share(struct sql_stored *stored)
{
    (void)sql_slots_share(&((struct sql_table_state *)stored)->slots);
}

static void table_clear(struct sql_stored *stored, struct heap *heap)
{
    sql_slots_clear(&((struct sql_table_state *)stored)->slots, heap);
}

static void btree_stored_share(struct sql_stored *stored)
{
    (void)btree_share(&((struct sql_btree_state *)stored)->entries);
}

static void btree_stored_clear(struct sql_stored *stored, struct heap *heap)
{
    btree_clear(&((struct sql_btree_state *)stored)->entries, &sql_entries_type, heap);
}

static const struct stored_kind stored_kinds[] = {
    [SQL_STORED_TABLE] = {sizeof(struct sql_table_state),     sizeof(struct sql_table_rows),
                          table_share,                                                             table_clear       },
    [SQL_STORED_BTREE] = {sizeof(struct sql_btree_state),     sizeof(struct sql_btree),
                          btree_stored_share,                                                      btree_stored_clear},
    [SQL_STORED_SEQUENCE] = {sizeof(struct sql_sequence_stored), sizeof(struct sql_handle),     NULL,
                          NULL                                                                                       },
};

static uint64_t stored_hash(const void *item)
{
    return sql_store_hash(((const struct sql_stored *)item)->storage);
}

static bool stored_equal(const void *item, struct slice key)
{
    return memcmp(&((const struct sql_stored *)item)->storage, key.ptr, sizeof(uint32_t)) == 0;
}

static void stored_release(struct heap *heap, void *item)
{
    struct sql_stored *stored = item;
    const struct stored_kind *kind = &stored_kinds[stored->kind];
    if (kind->clear)
        kind->clear(stored, heap);
    heap_free(heap, stored, kind->size);
}

const struct trie_type sql_stored_type = {stored_hash, stored_equal, stored_release};

/* ---- databases */

static uint64_t database_hash(const void *item)
{
    return sql_store_hash(((const struct sql_database_state *)item)->id);
}

static bool database_equal(const void *item, struct slice key)
{
    return memcmp(&((const struct sql_database_state *)item)->id, key.ptr, sizeof(uint32_t)) == 0;
}

static void database_release(struct heap *heap, void *item)
{
    struct sql_database_state *state = item;
    btree_clear(&state->objects, &sql_objects_type, heap);
    trie_clear(&state->names, &sql_names_type, heap);
    trie_clear(&state->stored, &sql_stored_type, heap);
    heap_free(heap, state, sizeof *state);
}

const struct trie_type sql_database_type = {database_hash, database_equal, database_release};

static struct slice id_key(const uint32_t *id)
{
    return slice_of(id, sizeof *id);
}

struct sql_database_state *sql_database_state_copy(const struct sql_database_state *state,
                                                   struct heap *heap)
{
    struct sql_database_state *copy = heap_alloc(heap, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *state;
    copy->refs = 1;
    (void)btree_share(&state->objects);
    (void)trie_share(&state->names);
    (void)trie_share(&state->stored);
    return copy;
}

bool sql_database_own(struct sql_database *database)
{
    struct sql_instance *instance = database->instance;
    struct sql_instance_private *own = instance->own;
    if (database->generation == own->generation)
        return true;
    bool absent;
    void **slot = trie_slot(&own->databases, &sql_database_type, instance->heap,
                            sql_store_hash(database->id), id_key(&database->id), &absent);
    if (!slot)
        return false;
    struct sql_database_state *state = *slot;
    if (state->refs > 1) {
        struct sql_database_state *copy = sql_database_state_copy(state, instance->heap);
        if (!copy)
            return false;
        state->refs--;
        *slot = state = copy;
    }
    database->state = state;
    database->generation = own->generation;
    return true;
}

/* ---- owning a storage */

static struct sql_stored *stored_copy(const struct sql_stored *stored, struct heap *heap)
{
    const struct stored_kind *kind = &stored_kinds[stored->kind];
    struct sql_stored *copy = heap_alloc(heap, kind->size);
    if (!copy)
        return NULL;
    memcpy(copy, stored, kind->size);
    copy->refs = 1;
    if (kind->share)
        kind->share(copy);
    return copy;
}

bool sql_store_own_slow(struct sql_handle *handle)
{
    struct sql_database *database = handle->database;
    struct heap *heap = database->instance->heap;
    bool absent;
    if (!sql_database_own(database))
        return false;
    void **slot = trie_slot(&database->state->stored, &sql_stored_type, heap,
                            sql_store_hash(handle->storage), id_key(&handle->storage), &absent);
    if (!slot)
        return false;
    struct sql_stored *stored = *slot;
    if (stored->refs > 1) {
        struct sql_stored *copy = stored_copy(stored, heap);
        if (!copy)
            return false;
        stored->refs--;
        *slot = stored = copy;
    }
    handle->stored = stored;
    handle->generation = database->instance->own->generation;
    return true;
}

/* ---- handles */

static struct sql_handle **find_place(struct sql_store_handles *handles, uint32_t storage)
{
    struct sql_handle **at =
        &handles->buckets[sql_store_hash(storage) & (handles->bucket_count - 1)];
    while (*at && (*at)->storage != storage)
        at = &(*at)->next;
    return at;
}

/* Doubles the number of buckets when they are full; without memory the chains are longer. */
static void grow_buckets(struct sql_store_handles *handles, struct heap *heap)
{
    size_t count = handles->bucket_count ? handles->bucket_count * 2 : 16;
    if (handles->count < handles->bucket_count)
        return;
    struct sql_handle **buckets = heap_zalloc(heap, count * sizeof(struct sql_handle *));
    if (!buckets)
        return;
    for (size_t i = 0; i < handles->bucket_count; i++) {
        for (struct sql_handle *handle = handles->buckets[i], *next; handle; handle = next) {
            struct sql_handle **head = &buckets[sql_store_hash(handle->storage) & (count - 1)];
            next = handle->next;
            handle->next = *head;
            *head = handle;
        }
    }
    if (handles->buckets)
        heap_free(heap, handles->buckets, handles->bucket_count * sizeof(struct sql_handle *));
    handles->buckets = buckets;
    handles->bucket_count = count;
}

static struct sql_handle *add_handle(struct sql_database *database, const struct sql_stored *stored)
{
    struct heap *heap = database->instance->heap;
    struct sql_store_handles *handles = database->handles;
    struct sql_handle *handle = NULL;
    grow_buckets(handles, heap);
    if (handles->bucket_count)
        handle = heap_zalloc(heap, stored_kinds[stored->kind].handle_size);
    if (!handle)
        return NULL;
    *handle =
        (struct sql_handle){.database = database, .storage = stored->storage, .kind = stored->kind};
    *find_place(handles, stored->storage) = handle;
    handles->count++;
    return handle;
}

static void free_handle(struct sql_instance *instance, void *ptr)
{
    struct sql_handle *handle = ptr;
    heap_free(instance->heap, handle, stored_kinds[handle->kind].handle_size);
}

/* Takes the handle out; it is freed when nobody can hold it any more. */
static void drop_handle(struct sql_database *database, uint32_t storage)
{
    struct sql_store_handles *handles = database->handles;
    struct sql_handle **at = handles->bucket_count ? find_place(handles, storage) : NULL;
    struct sql_handle *handle = at ? *at : NULL;
    if (!handle)
        return;
    *at = handle->next;
    handles->count--;
    handle->stored = NULL;
    handle->generation = 0;
    sql_txn_retire(database->instance->txns, free_handle, handle);
}

struct sql_handle *sql_store_open(struct sql_database *database, uint32_t storage,
                                  enum sql_stored_kind kind)
{
    const struct sql_instance_private *own = database->instance->own;
    struct sql_store_handles *handles = database->handles;
    struct sql_handle *handle = handles->bucket_count ? *find_place(handles, storage) : NULL;
    if (handle && handle->epoch == own->epoch && handle->stored)
        return handle->kind == kind ? handle : NULL;
    struct sql_stored *stored = trie_find(&database->state->stored, &sql_stored_type,
                                          sql_store_hash(storage), id_key(&storage));
    if (!stored || stored->kind != kind)
        return NULL;
    if (handle && handle->kind != kind) {
        /* A rewind took that storage away, and its number was given again. */
        drop_handle(database, storage);
        handle = NULL;
    }
    if (!handle && !(handle = add_handle(database, stored)))
        return NULL;
    handle->stored = stored;
    handle->epoch = own->epoch;
    handle->generation = 0;
    return handle;
}

struct sql_handle *sql_store_require(struct sql_env *env, struct sql_database *database,
                                     const struct sql_relation *relation, enum sql_stored_kind kind)
{
    struct heap *heap = database->instance->heap;
    (void)heap_take_failure(heap);
    struct sql_handle *handle = sql_store_open(database, relation->storage, kind);
    if (handle) {
        handle->relation = relation->object.id;
        return handle;
    }
    if (heap_take_failure(heap))
        sql_fail_memory(env->error);
    else
        sql_fail(env->error, "XX000", "could not open relation with OID %u", relation->object.id);
    return NULL;
}

void sql_store_handles_retire(struct sql_database *database)
{
    struct sql_store_handles *handles = database->handles;
    struct sql_instance *instance = database->instance;
    for (size_t i = 0; i < handles->bucket_count; i++) {
        for (struct sql_handle *handle = handles->buckets[i], *next; handle; handle = next) {
            next = handle->next;
            handle->stored = NULL;
            sql_txn_retire(instance->txns, free_handle, handle);
        }
    }
    if (handles->buckets)
        heap_free(instance->heap, handles->buckets,
                  handles->bucket_count * sizeof(struct sql_handle *));
    *handles = (struct sql_store_handles){0};
}

/* ---- making and dropping storages */

struct storage_change {
    uint32_t database, storage;
    uint64_t unused; /* hooks that are kept have 16 bytes */
};

static void drop_changed(const struct sql_txn *txn, const struct storage_change *change)
{
    struct sql_database *database = sql_database_find(txn->manager->instance, change->database);
    if (database)
        sql_store_remove(database, change->storage);
}

static void drop_when_rolled_back(struct sql_txn *txn, void *ctx, bool committed)
{
    const struct storage_change *change = ctx;
    if (!committed && txn->state != SQL_TXN_LOST)
        drop_changed(txn, change);
}

static void drop_when_committed(struct sql_txn *txn, void *ctx, bool committed)
{
    const struct storage_change *change = ctx;
    if (committed)
        drop_changed(txn, change);
}

static const struct sql_txn_hook created_hook = {.end = drop_when_rolled_back, .keeps = true};
static const struct sql_txn_hook dropped_hook = {.end = drop_when_committed, .keeps = true};

static bool note_change(struct sql_env *env, struct sql_database *database, uint32_t storage,
                        const struct sql_txn_hook *hook)
{
    struct sql_txn *txn = env->session->txn;
    struct storage_change *change = arena_alloc(&txn->arena, sizeof *change);
    if (!change)
        return sql_fail_memory(env->error);
    *change = (struct storage_change){database->id, storage, 0};
    return sql_txn_on_end(txn, hook, change, env->error);
}

struct sql_stored *sql_store_create(struct sql_env *env, struct sql_database *database,
                                    enum sql_stored_kind kind)
{
    struct heap *heap = database->instance->heap;
    if (!sql_txn_begin_change(env))
        return NULL;
    struct sql_stored *stored =
        sql_database_own(database) ? heap_zalloc(heap, stored_kinds[kind].size) : NULL;
    if (!stored) {
        sql_fail_memory(env->error);
        return NULL;
    }
    uint32_t storage = database->state->next_storage;
    *stored = (struct sql_stored){.refs = 1, .storage = storage, .kind = kind};
    if (!trie_insert(&database->state->stored, &sql_stored_type, heap, sql_store_hash(storage),
                     stored)) {
        heap_free(heap, stored, stored_kinds[kind].size);
        sql_fail_memory(env->error);
        return NULL;
    }
    database->state->next_storage++;
    if (note_change(env, database, storage, &created_hook))
        return stored;
    sql_store_remove(database, storage);
    return NULL;
}

bool sql_storage_drop(struct sql_env *env, struct sql_database *database, uint32_t storage)
{
    return sql_txn_begin_change(env) && note_change(env, database, storage, &dropped_hook);
}

void sql_store_remove(struct sql_database *database, uint32_t storage)
{
    struct sql_instance *instance = database->instance;
    drop_handle(database, storage);
    bool absent;
    struct sql_stored *stored =
        sql_database_own(database)
            ? trie_remove(&database->state->stored, &sql_stored_type, instance->heap,
                          sql_store_hash(storage), id_key(&storage), &absent)
            : NULL;
    if (stored) /* without memory for the path it stays, and nobody finds it */
        trie_item_release(&sql_stored_type, instance->heap, stored);
}

#include "emulators/sql/instance.h"

#include "common/assert.h"
#include "emulators/sql/catalog/row_shape.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/partition_bounds.h"
#include "emulators/sql/storage/store.h"
#include "emulators/sql/txn/txn_internal.h"

struct sql_instance_checkpoint {
    struct heap *heap;
    struct trie databases;
    struct sql_txn_mark txns;
};

/* A state that a rewind replaced while transactions were open that may still look at it. */
struct limbo {
    struct limbo *next;
    struct trie databases;
};

/* ---- handles of databases */

static struct slice id_key(const uint32_t *id)
{
    return slice_of(id, sizeof *id);
}

static struct sql_database *add_handle(struct sql_instance *instance,
                                       struct sql_database_state *state)
{
    struct sql_database *database = heap_zalloc(instance->heap, sizeof *database);
    struct sql_store_handles *handles = heap_zalloc(instance->heap, sizeof *handles);
    if (!database || !handles) {
        heap_free(instance->heap, database, sizeof *database);
        heap_free(instance->heap, handles, sizeof *handles);
        return NULL;
    }
    *database = (struct sql_database){.instance = instance,
                                      .id = state->id,
                                      .state = state,
                                      .handles = handles,
                                      .next = instance->own->handles};
    instance->own->handles = database;
    return database;
}

static void free_handle(struct sql_database *database)
{
    struct heap *heap = database->instance->heap;
    sql_store_handles_retire(database);
    heap_free(heap, database->handles, sizeof *database->handles);
    heap_free(heap, database, sizeof *database);
}

static struct sql_database **place_of(struct sql_instance *instance, uint32_t id)
{
    struct sql_database **at = &instance->own->handles;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

static struct sql_database_state *find_state(const struct sql_instance *instance, uint32_t id)
{
    return trie_find(&instance->own->databases, &sql_database_type, sql_store_hash(id),
                     id_key(&id));
}

struct sql_database *sql_database_find(struct sql_instance *instance, uint32_t id)
{
    struct sql_database *database = *place_of(instance, id);
    return database && database->state ? database : NULL;
}

static struct sql_database *create_database(struct sql_instance *instance, uint32_t id,
                                            const struct sql_database_state *from)
{
    struct heap *heap = instance->heap;
    struct sql_database_state *state =
        from ? sql_database_state_copy(from, heap) : heap_zalloc(heap, sizeof *state);
    if (!state)
        return NULL;
    state->refs = 1;
    state->id = id;
    if (!from) {
        state->next_id = instance->options->first_id;
        state->next_storage = 1;
    }
    struct sql_database **place = place_of(instance, id);
    struct sql_database *database = *place ? *place : add_handle(instance, state);
    if (!database || !trie_insert(&instance->own->databases, &sql_database_type, heap,
                                  sql_store_hash(id), state)) {
        sql_database_type.release(heap, state);
        if (database)
            database->state = NULL;
        return NULL;
    }
    database->state = state;
    database->generation = 0;
    /* The template's trees are shared now. */
    instance->own->generation++;
    return database;
}

struct sql_database *sql_database_create(struct sql_instance *instance, uint32_t id,
                                         const struct sql_database *from)
{
    ASSERT(!find_state(instance, id));
    return create_database(instance, id, from ? from->state : NULL);
}

bool sql_database_drop(struct sql_instance *instance, uint32_t id)
{
    bool absent;
    struct sql_database_state *state =
        trie_remove(&instance->own->databases, &sql_database_type, instance->heap,
                    sql_store_hash(id), id_key(&id), &absent);
    if (!state)
        return false;
    trie_item_release(&sql_database_type, instance->heap, state);
    struct sql_database **place = place_of(instance, id), *database = *place;
    *place = database->next;
    free_handle(database);
    return true;
}

uint32_t sql_database_next_id(struct sql_database *database)
{
    return sql_database_own(database) ? database->state->next_id++ : 0;
}

uint64_t sql_database_bytes(const struct sql_database *database)
{
    struct trie_iter iter;
    const struct sql_stored *stored;
    uint64_t bytes = 0;
    trie_iter_init(&iter, &database->state->stored);
    while ((stored = trie_iter_next(&iter))) {
        const struct sql_table_state *table = (const struct sql_table_state *)stored;
        const struct sql_btree_state *tree = (const struct sql_btree_state *)stored;
        if (stored->kind == SQL_STORED_TABLE)
            bytes += table->bytes + table->live * sizeof(uintptr_t);
        else if (stored->kind == SQL_STORED_BTREE)
            bytes += tree->key_bytes + tree->entries.count * sql_entries_type.item_size;
    }
    return bytes;
}

/* ---- making and destroying */

static struct sql_instance *create_empty(const struct emulator_host *host,
                                         const struct sql_instance_options *options,
                                         uint32_t next_xid)
{
    struct heap *heap = host->heap;
    struct sql_instance *instance = heap_zalloc(heap, sizeof *instance);
    if (!instance)
        return NULL;
    *instance = (struct sql_instance){
        .host = host, .options = options, .heap = heap, .run_idle = {.run = sql_instance_run_some}};
    instance->ready_end = &instance->ready;
    instance->own = heap_zalloc(heap, sizeof *instance->own);
    if (instance->own)
        *instance->own = (struct sql_instance_private){
            .generation = 1, .epoch = 1, .versions = 1, .committed = 1};
    instance->txns = instance->own ? sql_txn_manager_create(instance, next_xid) : NULL;
    if (!instance->txns || !sql_row_locks_init(instance->txns) ||
        !sql_lock_manager_init(instance)) {
        sql_instance_destroy(instance);
        return NULL;
    }
    return instance;
}

struct sql_instance *sql_instance_create(const struct emulator_host *host,
                                         const struct sql_instance_options *options)
{
    struct sql_instance *instance = create_empty(host, options, options->first_xid);
    if (!instance)
        return NULL;
    instance->shared = create_database(instance, 0, NULL);
    if (instance->shared)
        return instance;
    sql_instance_destroy(instance);
    return NULL;
}

static void free_limbo(struct sql_instance *instance)
{
    while (instance->own->limbo) {
        struct limbo *limbo = instance->own->limbo;
        instance->own->limbo = limbo->next;
        trie_clear(&limbo->databases, &sql_database_type, instance->heap);
        heap_free(instance->heap, limbo, sizeof *limbo);
    }
}

void sql_instance_leave_limbo(struct sql_instance *instance)
{
    if (!instance->own->limbo)
        return;
    for (const struct sql_txn *txn = instance->txns->oldest; txn; txn = sql_txn_own(txn)->newer)
        if (txn->state == SQL_TXN_LOST)
            return;
    free_limbo(instance);
}

void sql_instance_destroy(struct sql_instance *instance)
{
    if (!instance)
        return;
    struct heap *heap = instance->heap;
    ASSERT(!instance->sessions);
    sql_builtins_destroy(instance->builtins);
    sql_row_shapes_destroy(instance->row_shapes, heap);
    sql_bounds_cache_destroy(instance->bounds, instance);
    if (instance->host->reactor)
        reactor_idle_stop(instance->host->reactor, &instance->run_idle);
    if (instance->txns)
        sql_txn_mark_restore(instance->txns, &(struct sql_txn_mark){0});
    if (instance->own) {
        while (instance->own->handles) {
            struct sql_database *database = instance->own->handles;
            instance->own->handles = database->next;
            free_handle(database);
        }
        trie_clear(&instance->own->databases, &sql_database_type, heap);
        free_limbo(instance);
    }
    sql_txn_manager_destroy(instance->txns);
    sql_lock_manager_done(instance);
    heap_free(heap, instance->own, sizeof *instance->own);
    heap_free(heap, instance, sizeof *instance);
}

/* ---- undo */

struct sql_instance_checkpoint *sql_instance_checkpoint(struct sql_instance *instance)
{
    struct sql_instance_checkpoint *checkpoint = heap_alloc(instance->heap, sizeof *checkpoint);
    if (!checkpoint)
        return NULL;
    *checkpoint = (struct sql_instance_checkpoint){.heap = instance->heap};
    if (!sql_txn_mark_take(instance->txns, &checkpoint->txns)) {
        heap_free(instance->heap, checkpoint, sizeof *checkpoint);
        return NULL;
    }
    checkpoint->databases = trie_share(&instance->own->databases);
    instance->own->generation++;
    return checkpoint;
}

void sql_instance_release(struct sql_instance *instance, struct sql_instance_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    (void)instance;
    trie_clear(&checkpoint->databases, &sql_database_type, checkpoint->heap);
    sql_txn_mark_release(checkpoint->heap, &checkpoint->txns);
    heap_free(checkpoint->heap, checkpoint, sizeof *checkpoint);
}

/* Handles find the states of now, or none. Databases that came back get a handle when there is memory
 * for it, else when they are looked for. */
static void bind_handles(struct sql_instance *instance)
{
    struct trie_iter iter;
    struct sql_database_state *state;
    for (struct sql_database *at = instance->own->handles; at; at = at->next) {
        at->state = find_state(instance, at->id);
        at->generation = 0;
    }
    trie_iter_init(&iter, &instance->own->databases);
    while ((state = trie_iter_next(&iter)))
        if (!*place_of(instance, state->id))
            (void)add_handle(instance, state);
}

/* Sessions learn that their transaction is gone. */
static void tell_sessions(struct sql_instance *instance)
{
    for (struct sql_session *session = instance->sessions, *next; session; session = next) {
        next = session->next;
        if (!session->txn)
            continue;
        if (session->fiber)
            sql_session_interrupt(session, SQL_ROLLED_BACK);
        else if (session->owner && session->owner->rolled_back)
            session->owner->rolled_back(session);
        else
            sql_txn_rollback(session);
    }
}

/* Makes these roots, a reference to which is taken, the instance's state. */
static bool replace_state(struct sql_instance *instance, struct trie databases,
                          const struct sql_txn_mark *txns)
{
    struct sql_instance_private *own = instance->own;
    struct limbo *limbo = heap_alloc(instance->heap, sizeof *limbo);
    if (!limbo) {
        trie_clear(&databases, &sql_database_type, instance->heap);
        return false;
    }
    *limbo = (struct limbo){.next = own->limbo, .databases = own->databases};
    own->limbo = limbo;
    own->databases = databases;
    own->generation++;
    own->epoch++;
    own->committed = ++own->versions;
    bind_handles(instance);
    sql_txn_mark_restore(instance->txns, txns);
    bool restored = sql_prepared_restore(instance, txns->prepared);
    tell_sessions(instance);
    sql_instance_leave_limbo(instance);
    return restored;
}

bool sql_instance_rewind(struct sql_instance *instance,
                         const struct sql_instance_checkpoint *checkpoint)
{
    return replace_state(instance, trie_share(&checkpoint->databases), &checkpoint->txns);
}

bool sql_instance_reset(struct sql_instance *instance)
{
    struct sql_txn_mark mark = {.next_xid = instance->options->first_xid};
    struct trie databases = {0};
    struct sql_database_state *state = heap_zalloc(instance->heap, sizeof *state);
    if (!state)
        return false;
    *state = (struct sql_database_state){
        .refs = 1, .next_id = instance->options->first_id, .next_storage = 1};
    if (!trie_insert(&databases, &sql_database_type, instance->heap, sql_store_hash(0), state)) {
        sql_database_type.release(instance->heap, state);
        return false;
    }
    return replace_state(instance, databases, &mark);
}

struct sql_instance *sql_instance_fork(const struct sql_instance_checkpoint *from,
                                       const struct emulator_host *host,
                                       const struct sql_instance_options *options)
{
    struct sql_instance *instance = create_empty(host, options, options->first_xid);
    if (!instance)
        return NULL;
    instance->own->databases = trie_share(&from->databases);
    sql_txn_mark_restore(instance->txns, &from->txns);
    bind_handles(instance);
    instance->shared = sql_database_find(instance, 0);
    if (instance->shared && sql_prepared_restore(instance, from->txns.prepared))
        return instance;
    sql_instance_destroy(instance);
    return NULL;
}

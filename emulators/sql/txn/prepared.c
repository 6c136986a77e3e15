/* Two-phase commit.
 *
 * A prepared transaction is a transaction without a session. Checkpoints keep it: so what is needed to
 * finish it later is also kept in a counted, immutable record, in ids instead of pointers, from which a
 * rewind or a fork makes the transaction anew. */
#include "emulators/sql/txn/lock_internal.h"
#include "emulators/sql/txn/txn_internal.h"

struct kept_undo {
    uint32_t database, storage; /* storage 0: the catalog */
    uint64_t id;
    uint32_t count;
    enum sql_undo_kind kind;
};

struct kept_row_lock {
    uint32_t database, storage;
    uint64_t row_id;
    enum sql_lock_strength strength;
};

struct kept_lock {
    struct sql_lock_tag tag;
    enum sql_lock_mode mode;
};

struct kept_hook {
    const struct sql_txn_hook *hook;
    uint64_t ctx[2];
};

struct sql_prepared_record {
    uint32_t refs;
    struct sql_prepared prepared;
    struct kept_undo *undo;
    struct kept_row_lock *row_locks;
    struct kept_lock *locks;
    struct kept_hook *hooks;
    size_t undo_count, row_lock_count, lock_count, hook_count;
    bool changed_objects;
    uint8_t *gid;
};

struct sql_prepared_txn {
    struct sql_prepared_txn *next;
    struct sql_txn *txn;
    struct sql_prepared_record *record;
};

/* ---- records */

static void free_array(struct heap *heap, void *items, size_t count, size_t size)
{
    if (items)
        heap_free(heap, items, count * size);
}

static void record_release(struct heap *heap, struct sql_prepared_record *record)
{
    if (!record || --record->refs > 0)
        return;
    free_array(heap, record->undo, record->undo_count, sizeof *record->undo);
    free_array(heap, record->row_locks, record->row_lock_count, sizeof *record->row_locks);
    free_array(heap, record->locks, record->lock_count, sizeof *record->locks);
    free_array(heap, record->hooks, record->hook_count, sizeof *record->hooks);
    free_array(heap, record->gid, record->prepared.gid.len + 1, 1);
    heap_free(heap, record, sizeof *record);
}

/* An array of that many items; *out NULL for none. */
static bool make_array(struct heap *heap, size_t count, size_t size, void *out)
{
    void *items = count ? heap_zalloc(heap, count * size) : NULL;
    memcpy(out, &items, sizeof items);
    return count == 0 || items;
}

static bool keep_undo(struct heap *heap, const struct sql_txn_private *own,
                      struct sql_prepared_record *record)
{
    if (!make_array(heap, own->undo.count, sizeof *record->undo, &record->undo))
        return false;
    record->undo_count = own->undo.count;
    for (size_t i = 0; i < own->undo.count; i++) {
        const struct sql_undo *item = &own->undo.items[i];
        const struct sql_table_rows *table = item->owner;
        const struct sql_database *database = item->owner;
        bool object = item->kind == SQL_UNDO_OBJECT;
        record->undo[i] =
            (struct kept_undo){.database = object ? database->id : table->handle.database->id,
                               .storage = object ? 0 : table->handle.storage,
                               .id = item->id,
                               .count = item->count,
                               .kind = item->kind};
    }
    return true;
}

static bool keep_hooks(struct heap *heap, const struct sql_txn_private *own,
                       struct sql_prepared_record *record)
{
    size_t count = 0;
    for (uint32_t i = 0; i < own->hook_count; i++)
        count += own->hooks[i].hook->keeps;
    if (!make_array(heap, count, sizeof *record->hooks, &record->hooks))
        return false;
    record->hook_count = count;
    count = 0;
    for (uint32_t i = 0; i < own->hook_count; i++) {
        if (!own->hooks[i].hook->keeps)
            continue;
        record->hooks[count].hook = own->hooks[i].hook;
        memcpy(record->hooks[count++].ctx, own->hooks[i].ctx, sizeof record->hooks->ctx);
    }
    return true;
}

struct lock_keeper {
    struct sql_prepared_record *record;
    size_t count;
};

static void keep_row_lock(void *ctx, const struct sql_table_rows *table, uint64_t row_id,
                          enum sql_lock_strength strength)
{
    struct lock_keeper *keeper = ctx;
    keeper->record->row_locks[keeper->count++] =
        (struct kept_row_lock){table->handle.database->id, table->handle.storage, row_id, strength};
}

static void keep_lock(void *ctx, const struct sql_lock_tag *tag, enum sql_lock_mode mode)
{
    struct lock_keeper *keeper = ctx;
    if (keeper->record->locks)
        keeper->record->locks[keeper->count] = (struct kept_lock){*tag, mode};
    keeper->count++;
}

static bool keep_locks(struct heap *heap, const struct sql_txn *txn,
                       struct sql_prepared_record *record)
{
    struct lock_keeper keeper = {.record = record};
    size_t rows = (size_t)sql_txn_own(txn)->row_lock_count;
    if (!make_array(heap, rows, sizeof *record->row_locks, &record->row_locks))
        return false;
    record->row_lock_count = rows;
    sql_row_locks_each(txn, keep_row_lock, &keeper);
    keeper.count = 0;
    sql_locks_each(txn, keep_lock, &keeper);
    if (!make_array(heap, keeper.count, sizeof *record->locks, &record->locks))
        return false;
    record->lock_count = keeper.count;
    keeper.count = 0;
    if (record->lock_count)
        sql_locks_each(txn, keep_lock, &keeper);
    return true;
}

static struct sql_prepared_record *make_record(struct sql_env *env, struct slice gid)
{
    const struct sql_session *session = env->session;
    const struct sql_txn *txn = session->txn;
    struct heap *heap = txn->manager->heap;
    struct sql_prepared_record *record = heap_zalloc(heap, sizeof *record);
    if (!record)
        return NULL;
    record->refs = 1;
    record->prepared = (struct sql_prepared){
        .gid = {NULL, gid.len},
        .xid = txn->xid,
        .owner = session->role,
        .database = session->database ? session->database->id : 0,
        .prepared_us = env->statement_time
    };
    record->changed_objects =
        sql_txn_own(txn)->object_version != 0 || sql_txn_own(txn)->changed_unplanned;
    if (!make_array(heap, gid.len + 1, 1, &record->gid) ||
        !keep_undo(heap, sql_txn_own(txn), record) || !keep_hooks(heap, sql_txn_own(txn), record) ||
        !keep_locks(heap, txn, record)) {
        record_release(heap, record);
        return NULL;
    }
    if (gid.len)
        memcpy(record->gid, gid.ptr, gid.len);
    record->prepared.gid.ptr = record->gid;
    return record;
}

/* ---- preparing */

static struct sql_prepared_txn **find(struct sql_txn_manager *manager, struct slice gid)
{
    struct sql_prepared_txn **at = &manager->prepared;
    while (*at && !slice_eq((*at)->record->prepared.gid, gid))
        at = &(*at)->next;
    return at;
}

static bool hooks_allow(struct sql_env *env)
{
    const struct sql_txn_private *own = sql_txn_own(env->session->txn);
    for (uint32_t i = 0; i < own->hook_count; i++)
        if (own->hooks[i].hook->prepare && !own->hooks[i].hook->prepare(env, own->hooks[i].ctx))
            return false;
    return true;
}

/* A lock is the session's or the transaction's: of one that both hold, neither could keep its part. */
static bool refuse_shared_locks(struct sql_env *env)
{
    const struct sql_lock_owner *mine = sql_txn_own(env->session->txn)->lock_owner;
    const struct sql_lock_owner *sessions = env->session->lock_owner;
    for (const struct sql_lock_hold *hold = mine ? mine->holds : NULL; hold; hold = hold->next_mine)
        for (const struct sql_lock_hold *other = sessions ? sessions->holds : NULL; other;
             other = other->next_mine)
            if (hold->lock == other->lock)
                return sql_fail(env->error, "0A000",
                                "cannot PREPARE while holding both session-level and "
                                "transaction-level locks on the same object");
    return true;
}

static bool park(struct sql_env *env, struct slice gid)
{
    struct sql_session *session = env->session;
    struct sql_txn *txn = session->txn;
    struct sql_txn_manager *manager = txn->manager;
    struct sql_prepared_txn **place = find(manager, gid);
    if (*place)
        return sql_fail(env->error, "42710", "transaction identifier \"%.*s\" is already in use",
                        SLICE_ARG(gid));
    if (!sql_txn_assign(env) || !sql_txn_run_before(env) || !hooks_allow(env) ||
        !refuse_shared_locks(env) || !sql_ssi_before_commit(env))
        return false;
    struct sql_prepared_txn *prepared = heap_alloc(manager->heap, sizeof *prepared);
    struct sql_prepared_record *record = make_record(env, gid);
    if (!prepared || !record) {
        heap_free(manager->heap, prepared, sizeof *prepared);
        record_release(manager->heap, record);
        return sql_fail_memory(env->error);
    }
    *prepared = (struct sql_prepared_txn){.txn = txn, .record = record};
    *place = prepared;
    txn->depth = 0;
    txn->session = NULL;
    session->txn = NULL;
    sql_locks_part(txn);
    sql_snapshot_release(sql_txn_own(txn)->held);
    sql_txn_own(txn)->held = NULL;
    return true;
}

bool sql_txn_prepare(struct sql_env *env, struct slice gid)
{
    bool ok = env->session->txn->state == SQL_TXN_ACTIVE
                  ? park(env, gid)
                  : sql_fail(env->error, "40000", "transaction was rolled back by the server");
    if (!ok)
        sql_txn_rollback(env->session);
    return ok;
}

/* ---- finishing */

static bool may_finish(struct sql_env *env, const struct sql_prepared *prepared)
{
    struct sql_session *session = env->session;
    const struct sql_role *role =
        session->dialect ? sql_find_role_id(session, session->role) : NULL;
    if (session->role != prepared->owner && !(role && role->superuser)) {
        sql_fail(env->error, "42501", "permission denied to finish prepared transaction");
        return sql_hint(env->error, "Must be superuser or the user that prepared the transaction.");
    }
    if (session->database && session->database->id != prepared->database) {
        sql_fail(env->error, "0A000", "prepared transaction belongs to another database");
        return sql_hint(env->error, "Connect to the database where the transaction was prepared "
                                    "to finish it.");
    }
    return true;
}

bool sql_txn_finish_prepared(struct sql_env *env, struct slice gid, bool commit)
{
    struct sql_txn_manager *manager = env->session->instance->txns;
    struct sql_prepared_txn **place = find(manager, gid), *prepared = *place;
    if (!prepared)
        return sql_fail(env->error, "42704",
                        "prepared transaction with identifier \"%.*s\" does not exist",
                        SLICE_ARG(gid));
    if (!may_finish(env, &prepared->record->prepared))
        return false;
    *place = prepared->next;
    sql_txn_end(prepared->txn, commit);
    record_release(manager->heap, prepared->record);
    heap_free(manager->heap, prepared, sizeof *prepared);
    return true;
}

void sql_txn_each_prepared(const struct sql_txn_manager *manager,
                           void (*visit)(void *ctx, const struct sql_prepared *prepared), void *ctx)
{
    for (const struct sql_prepared_txn *at = manager->prepared; at; at = at->next)
        visit(ctx, &at->record->prepared);
}

bool sql_txn_is_prepared(const struct sql_txn *txn)
{
    return txn->session == NULL;
}

/* ---- checkpoints */

struct sql_prepared_mark {
    size_t count;
    struct sql_prepared_record *records[];
};

bool sql_prepared_mark_take(const struct sql_txn_manager *manager, struct sql_prepared_mark **out)
{
    size_t count = 0;
    for (const struct sql_prepared_txn *at = manager->prepared; at; at = at->next)
        count++;
    *out = NULL;
    if (count == 0)
        return true;
    *out = heap_alloc(manager->heap, sizeof **out + count * sizeof(*out)->records[0]);
    if (!*out)
        return false;
    (*out)->count = 0;
    for (const struct sql_prepared_txn *at = manager->prepared; at; at = at->next) {
        at->record->refs++;
        (*out)->records[(*out)->count++] = at->record;
    }
    return true;
}

void sql_prepared_mark_release(struct heap *heap, struct sql_prepared_mark *mark)
{
    if (!mark)
        return;
    for (size_t i = 0; i < mark->count; i++)
        record_release(heap, mark->records[i]);
    heap_free(heap, mark, sizeof *mark + mark->count * sizeof mark->records[0]);
}

void sql_prepared_drop_all(struct sql_txn_manager *manager)
{
    while (manager->prepared) {
        struct sql_prepared_txn *prepared = manager->prepared;
        manager->prepared = prepared->next;
        sql_txn_end(prepared->txn, false);
        record_release(manager->heap, prepared->record);
        heap_free(manager->heap, prepared, sizeof *prepared);
    }
}

/* ---- making one anew */

static bool restore_undo(struct sql_instance *instance, const struct sql_prepared_record *record,
                         struct sql_txn_private *own)
{
    if (!make_array(instance->heap, record->undo_count, sizeof *own->undo.items, &own->undo.items))
        return false;
    own->undo.room = record->undo_count;
    for (size_t i = 0; i < record->undo_count; i++) {
        const struct kept_undo *kept = &record->undo[i];
        struct sql_database *database = sql_database_find(instance, kept->database);
        void *owner = database;
        if (database && kept->storage)
            owner = sql_store_open(database, kept->storage, SQL_STORED_TABLE);
        if (owner)
            own->undo.items[own->undo.count++] =
                (struct sql_undo){owner, kept->id, kept->count, kept->kind};
    }
    return true;
}

static bool restore_hooks(const struct sql_prepared_record *record, struct sql_txn *txn,
                          struct sql_error *error)
{
    for (size_t i = 0; i < record->hook_count; i++) {
        void *ctx = arena_alloc(&txn->arena, sizeof record->hooks[i].ctx);
        if (!ctx)
            return false;
        memcpy(ctx, record->hooks[i].ctx, sizeof record->hooks[i].ctx);
        if (!sql_txn_on_end(txn, record->hooks[i].hook, ctx, error))
            return false;
    }
    return true;
}

static bool restore_locks(struct sql_env *env, const struct sql_prepared_record *record)
{
    struct sql_instance *instance = env->session->instance;
    bool got;
    for (size_t i = 0; i < record->row_lock_count; i++) {
        const struct kept_row_lock *kept = &record->row_locks[i];
        struct sql_database *database = sql_database_find(instance, kept->database);
        struct sql_handle *handle =
            database ? sql_store_open(database, kept->storage, SQL_STORED_TABLE) : NULL;
        if (handle &&
            !sql_row_lock_add(env, (struct sql_table_rows *)handle, kept->row_id, kept->strength))
            return false;
    }
    for (size_t i = 0; i < record->lock_count; i++)
        if (!sql_lock(env, &record->locks[i].tag, record->locks[i].mode, SQL_WAIT_SKIP, &got))
            return false;
    return true;
}

/* The transaction of a record, begun on a session that nobody sees and parked again. */
static bool restore(struct sql_instance *instance, struct sql_prepared_record *record)
{
    struct sql_txn_manager *manager = instance->txns;
    struct sql_txn_options options = {.isolation = SQL_READ_COMMITTED};
    struct arena arena = {0};
    struct sql_error error;
    struct sql_session session = {.instance = instance};
    struct sql_env env = {.arena = &arena, .error = &error, .session = &session};
    sql_error_begin(&error, &arena);
    struct sql_prepared_txn *prepared = heap_alloc(manager->heap, sizeof *prepared);
    if (!prepared || !sql_txn_begin(&session, &options, &error)) {
        heap_free(manager->heap, prepared, sizeof *prepared);
        return false;
    }
    struct sql_txn *txn = session.txn;
    txn->xid = record->prepared.xid;
    sql_txn_activate(manager, txn);
    sql_txn_own(txn)->object_version = record->changed_objects ? ++instance->own->versions : 0;
    bool ok = restore_undo(instance, record, sql_txn_own(txn)) &&
              restore_hooks(record, txn, &error) && restore_locks(&env, record);
    sql_locks_part(txn);
    txn->session = NULL;
    record->refs++;
    *prepared = (struct sql_prepared_txn){manager->prepared, txn, record};
    manager->prepared = prepared;
    arena_done(&arena);
    return ok;
}

bool sql_prepared_restore(struct sql_instance *instance, const struct sql_prepared_mark *mark)
{
    bool ok = true;
    for (size_t i = mark ? mark->count : 0; i-- > 0;)
        ok = restore(instance, mark->records[i]) && ok;
    return ok;
}

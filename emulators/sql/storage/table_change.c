/* Changing tables.
 *
 * Each change takes the memory that it needs first; then it puts the new version on top of the row's
 * chain, the redirection to it at the table's end, and notes both in the transaction's undo log. Undo
 * is by meaning: it takes the transaction's versions of the commands in question off the top. So a row
 * is noted once for each savepoint, however often it is changed. */
#include "emulators/sql/storage/table_internal.h"
#include "emulators/sql/value/tid.h"

static struct sql_txn_manager *manager_of(const struct sql_table_rows *table)
{
    return table->handle.database->instance->txns;
}

static struct heap *heap_of(const struct sql_table_rows *table)
{
    return table->handle.database->instance->heap;
}

struct slice sql_table_doing(struct sql_env *env, const struct sql_table_rows *table,
                             const struct sql_row *row, uint64_t row_id, const char *doing)
{
    const struct sql_relation *relation =
        env->session->dialect ? sql_find_relation_id(env->session, table->handle.relation) : NULL;
    uint64_t position = sql_table_position(row, row_id);
    if (!relation)
        return slice_of(NULL, 0);
    return arena_printf(env->arena, "while %s tuple (%u,%u) in relation \"%.*s\"", doing,
                        sql_position_block(position), sql_position_offset(position),
                        SLICE_ARG(relation->object.name));
}

/* ---- chains */

/* Takes the redirection to a version out, if it has one of its own. */
static void drop_position(struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id)
{
    struct sql_table_state *state = sql_table_state(table);
    uint64_t position = sql_table_position(row, row_id);
    if (position == row_id || row->flags & SQL_ROW_DELETED)
        return;
    if (sql_slots_get(&state->slots, position) != (row_id << 1 | 1))
        return;
    /* Without memory the redirection stays: a scan finds that the version is not there. */
    (void)sql_slots_take(&state->slots, heap_of(table), position);
}

/* Gives up a chain of versions that nobody needs. */
static void free_chain(struct sql_table_rows *table, struct sql_row *chain, uint64_t row_id)
{
    struct sql_table_state *state = sql_table_state(table);
    for (const struct sql_row *row = chain; row; row = sql_row_previous(row)) {
        drop_position(table, row, row_id);
        state->bytes -= sql_row_size(row);
        if (row->refs > 1)
            break; /* what is below is still that one's */
    }
    sql_row_release(heap_of(table), chain);
}

/* Takes the version off the top of its chain, at `slot`; there is one below it. */
static void pop(struct sql_table_rows *table, uintptr_t *slot, uint64_t row_id)
{
    struct sql_table_state *state = sql_table_state(table);
    struct sql_row *top = (struct sql_row *)*slot, *below = sql_row_previous(top);
    below->refs++;
    /* Its entries are in the indexes still: whoever meets them must look at the key again. */
    below->flags |= top->flags & SQL_ROW_REKEYED;
    *slot = (uintptr_t)below;
    if (top->flags & SQL_ROW_DELETED)
        state->live++;
    state->bytes -= sql_row_size(top);
    drop_position(table, top, row_id);
    sql_row_release(heap_of(table), top);
}

/* Takes versions off the top as long as `gone` says so; false: out of memory. */
static bool pop_while(struct sql_table_rows *table, uint64_t row_id,
                      bool (*gone)(const struct sql_txn_manager *manager, const struct sql_row *row,
                                   const void *ctx),
                      const void *ctx)
{
    const struct sql_txn_manager *manager = manager_of(table);
    const struct sql_row *newest = sql_table_newest(table, row_id);
    if (!newest || !gone(manager, newest, ctx))
        return true;
    if (!sql_store_own(&table->handle))
        return false;
    struct sql_slots *slots = &sql_table_state(table)->slots;
    uintptr_t *slot = sql_slots_edit(slots, heap_of(table), row_id);
    if (!slot)
        return false;
    while (*slot && gone(manager, (const struct sql_row *)*slot, ctx)) {
        uintptr_t word = *slot;
        struct sql_row *below = sql_row_previous((struct sql_row *)word);
        if (below) {
            pop(table, slot, row_id);
            /* Dropping the redirection may have freed nodes, never the one that holds this row. */
            continue;
        }
        sql_table_state(table)->live--;
        sql_table_state(table)->bytes -= sql_row_size((struct sql_row *)word);
        (void)sql_slots_take(slots, heap_of(table), row_id);
        sql_row_release(heap_of(table), (struct sql_row *)word);
        break;
    }
    return true;
}

static bool is_cut_off(const struct sql_txn_manager *manager, const struct sql_row *row,
                       const void *ctx)
{
    (void)ctx;
    return sql_txn_is_cut_off(manager, row->xid);
}

struct undo_scope {
    uint32_t xid, command;
};

static bool is_undone(const struct sql_txn_manager *manager, const struct sql_row *row,
                      const void *ctx)
{
    const struct undo_scope *scope = ctx;
    (void)manager;
    return row->xid == scope->xid && row->command >= scope->command;
}

bool sql_table_undo(struct sql_table_rows *table, const struct sql_txn *txn, uint64_t row_id,
                    uint64_t count, uint32_t command)
{
    struct undo_scope scope = {txn->xid, command};
    if (!table->handle.stored)
        return true;
    for (uint64_t i = count; i-- > 0;)
        if (!pop_while(table, row_id + i, is_undone, &scope))
            return false;
    return true;
}

/* Cuts off what is below the first version that everybody sees. */
static void cut_chain(struct sql_table_rows *table, struct sql_row *row, uint64_t row_id)
{
    const struct sql_txn_manager *manager = manager_of(table);
    uint32_t horizon = sql_txn_horizon(manager);
    while (row && row->refs == 1) {
        struct sql_row *previous = sql_row_previous(row);
        if (!previous)
            return;
        if (row->xid < horizon && !sql_txn_is_cut_off(manager, row->xid)) {
            sql_row_link(row)->previous = NULL;
            free_chain(table, previous, row_id);
            return;
        }
        row = previous;
    }
}

void sql_table_prune(struct sql_table_rows *table, uint64_t row_id)
{
    const struct sql_txn_manager *manager = manager_of(table);
    const struct sql_row *newest = sql_table_newest(table, row_id);
    if (!newest || !(newest->flags & SQL_ROW_LINKED))
        return;
    bool dead = newest->flags & SQL_ROW_DELETED && newest->xid < sql_txn_horizon(manager) &&
                !sql_txn_is_cut_off(manager, newest->xid);
    if ((!dead && !sql_row_previous(newest)) || !sql_store_own(&table->handle))
        return;
    struct sql_slots *slots = &sql_table_state(table)->slots;
    uintptr_t *slot = sql_slots_edit(slots, heap_of(table), row_id);
    if (!slot)
        return;
    struct sql_row *row = (struct sql_row *)*slot;
    cut_chain(table, row, row_id);
    if (!dead || !sql_slots_take(slots, heap_of(table), row_id))
        return;
    sql_table_state(table)->ended++;
    free_chain(table, row, row_id);
}

/* ---- insert */

bool sql_table_insert(struct sql_env *env, struct sql_table_rows *table, struct sql_row *row,
                      uint64_t *out_row_id)
{
    struct sql_txn *txn = env->session->txn;
    if (!sql_txn_begin_change(env) || !sql_ssi_write_row(env, table, 0, 0))
        return false;
    if (!sql_store_own(&table->handle))
        return sql_fail_memory(env->error);
    struct sql_table_state *state = sql_table_state(table);
    uint64_t row_id = state->next_id;
    if (!sql_slots_put(&state->slots, heap_of(table), row_id, (uintptr_t)row))
        return sql_fail_memory(env->error);
    row->xid = txn->xid;
    row->command = txn->command;
    if (row->flags & SQL_ROW_LINKED)
        *sql_row_link(row) = (struct sql_row_link){.position = row_id};
    state->next_id++;
    state->live++;
    state->bytes += sql_row_size(row);
    sql_undo_note(txn, SQL_UNDO_INSERT, table, row_id);
    *out_row_id = row_id;
    return true;
}

/* ---- who else is at the row */

/* Does a change by another transaction exclude this lock? */
static bool change_excludes(const struct sql_row *change, enum sql_lock_strength strength)
{
    return strength != SQL_LOCK_KEY_SHARE || change->flags & (SQL_ROW_KEY_LOCK | SQL_ROW_DELETED);
}

/* Who has to end before this transaction may come at the row with that strength; 0: nobody. *out_base
 * is the version that counts when nobody has to. */
static uint32_t find_blocker(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id,
                             enum sql_lock_strength strength, const struct sql_row **out_base)
{
    const struct sql_txn *txn = env->session->txn;
    const struct sql_row *row = sql_table_newest(table, row_id);
    while (row && row->xid != txn->xid && sql_txn_active(txn->manager, row->xid)) {
        if (change_excludes(row, strength))
            return row->xid;
        row = sql_row_previous(row);
    }
    *out_base = row;
    const struct sql_txn *holder = sql_row_lock_conflict(txn, table, row_id, strength);
    return holder ? holder->xid : 0;
}

static enum sql_change fail_nowait(struct sql_env *env, const struct sql_table_rows *table)
{
    const struct sql_relation *relation =
        env->session->dialect ? sql_find_relation_id(env->session, table->handle.relation) : NULL;
    struct slice name = relation ? relation->object.name : slice_of("", 0);
    sql_fail(env->error, "55P03", "could not obtain lock on row in relation \"%.*s\"",
             SLICE_ARG(name));
    return SQL_CHANGE_FAILED;
}

/* Has no version since the one seen changed a key? Then it is as good for FOR KEY SHARE. */
static bool has_same_key(const struct sql_row *row, const struct sql_row *seen)
{
    while (row && row != seen && !(row->flags & (SQL_ROW_KEY_LOCK | SQL_ROW_DELETED)))
        row = sql_row_previous(row);
    return row && row == seen;
}

/* What the row's last version, which is nobody else's work in progress, means for a change of `seen`. */
static enum sql_change judge(const struct sql_txn *txn, const struct sql_change_options *options,
                             enum sql_lock_strength strength, const struct sql_row *base)
{
    if (strength == SQL_LOCK_KEY_SHARE && has_same_key(base, options->seen))
        return SQL_CHANGE_DONE;
    if (!base)
        return SQL_CHANGE_DELETED;
    if (base == options->seen)
        return SQL_CHANGE_DONE;
    if (base->xid == txn->xid) {
        if (!options->snapshot || base->command == options->snapshot->command)
            return SQL_CHANGE_SELF_MODIFIED;
        if (base->command > options->snapshot->command)
            return SQL_CHANGE_SELF_LATER;
    }
    if (!(base->flags & SQL_ROW_DELETED))
        return SQL_CHANGE_UPDATED;
    return base->flags & SQL_ROW_MOVED ? SQL_CHANGE_MOVED : SQL_CHANGE_DELETED;
}

/* The version seen is kept meanwhile, so that no other can come to stand at its address. */
static bool wait_for_row(struct sql_env *env, struct sql_table_rows *table,
                         const struct sql_change_options *options, struct sql_waiter *waiter,
                         uint32_t xid, const char *doing)
{
    struct sql_row *seen = (struct sql_row *)(uintptr_t)options->seen;
    seen->refs++;
    bool ok = sql_row_wait(env, waiter, table, options->row_id, xid);
    struct slice line =
        ok ? slice_of(NULL, 0) : sql_table_doing(env, table, seen, options->row_id, doing);
    if (line.len)
        (void)sql_context_line(env->error, SLICE_FMT, SLICE_ARG(line));
    sql_row_release(heap_of(table), seen);
    return ok;
}

/* Comes at the row: waits for whoever is in the way. SQL_CHANGE_DONE: it may be changed now. */
static enum sql_change approach(struct sql_env *env, struct sql_table_rows *table,
                                const struct sql_change_options *options,
                                enum sql_lock_strength strength, const char *doing)
{
    uint32_t xid;
    struct sql_waiter waiter = {0};
    const struct sql_row *base = NULL;
    if (!pop_while(table, options->row_id, is_cut_off, NULL)) {
        sql_fail_memory(env->error);
        return SQL_CHANGE_FAILED;
    }
    while ((xid = find_blocker(env, table, options->row_id, strength, &base))) {
        if (options->wait == SQL_WAIT_SKIP)
            return SQL_CHANGE_WOULD_WAIT;
        if (options->wait == SQL_WAIT_ERROR)
            return fail_nowait(env, table);
        if (!wait_for_row(env, table, options, &waiter, xid, doing))
            return SQL_CHANGE_FAILED;
    }
    sql_row_wait_done(env, &waiter);
    return judge(env->session->txn, options, strength, base);
}

/* ---- update and delete */

/* Versions of the transaction's own that none of its snapshots and savepoints needs any more: what
 * stands between two versions that they do need. */
static void cut_own(struct sql_table_rows *table, const struct sql_txn *txn, struct sql_row *row,
                    uint64_t row_id)
{
    struct sql_row *middle = sql_row_previous(row);
    if (row->refs > 1 || row->xid != txn->xid || !middle || middle->xid != txn->xid ||
        middle->command < sql_undo_since(txn))
        return;
    for (const struct sql_snapshot *s = sql_txn_own(txn)->snapshots; s; s = s->next_own)
        if (middle->command < s->command && s->command <= row->command)
            return;
    struct sql_row *below = sql_row_previous(middle);
    if (below)
        below->refs++;
    sql_row_link(row)->previous = below;
    drop_position(table, middle, row_id);
    sql_table_state(table)->bytes -= sql_row_size(middle);
    sql_row_release(heap_of(table), middle);
}

/* The statement's number, whatever it has called since it began: so its own changes are told from those
 * of triggers and functions. Numbers ascend in a chain. */
static uint32_t command_of(const struct sql_txn *txn, const struct sql_change_options *options,
                           const struct sql_row *below)
{
    uint32_t command = options->snapshot ? options->snapshot->command : txn->command;
    return below->xid == txn->xid && below->command > command ? below->command : command;
}

/* Puts the version on top of the row's chain; all that can fail comes first. */
static enum sql_change put_on_top(struct sql_env *env, struct sql_table_rows *table,
                                  const struct sql_change_options *options, struct sql_row *row)
{
    struct sql_txn *txn = env->session->txn;
    struct heap *heap = heap_of(table);
    bool deleted = row->flags & SQL_ROW_DELETED;
    uint64_t row_id = options->row_id;
    if (!sql_txn_begin_change(env) ||
        !sql_ssi_write_row(env, table, row_id, sql_table_newest(table, row_id)->xid))
        return SQL_CHANGE_FAILED;
    bool owned = sql_store_own(&table->handle);
    struct sql_table_state *state = sql_table_state(table);
    uint64_t position = state->next_id;
    if (!owned || !sql_slots_edit(&state->slots, heap, row_id) ||
        (!deleted && !sql_slots_put(&state->slots, heap, position, row_id << 1 | 1))) {
        sql_fail_memory(env->error);
        return SQL_CHANGE_FAILED;
    }
    uintptr_t *slot = sql_slots_edit(&state->slots, heap, row_id);
    struct sql_row *old = (struct sql_row *)*slot;
    *sql_row_link(row) =
        (struct sql_row_link){.previous = old, .position = deleted ? row_id : position};
    row->xid = txn->xid;
    row->command = command_of(txn, options, old);
    *slot = (uintptr_t)row;
    state->next_id += !deleted;
    state->live -= deleted;
    state->bytes += sql_row_size(row);
    /* A row that the transaction inserted is noted again, as one that has old versions. */
    if (old->xid != txn->xid || old->command < sql_undo_since(txn) ||
        !(old->flags & SQL_ROW_LINKED))
        sql_undo_note(txn, SQL_UNDO_CHANGE, table, row_id);
    cut_own(table, txn, old, row_id);
    cut_chain(table, row, row_id);
    return SQL_CHANGE_DONE;
}

static unsigned change_flags(const struct sql_txn *txn, const struct sql_table_rows *table,
                             const struct sql_change_options *options)
{
    const struct sql_row *old = options->seen;
    unsigned flags = old->flags & SQL_ROW_REKEYED;
    flags |= options->keys_changed ? SQL_ROW_REKEYED : 0;
    flags |= options->key_lock ? SQL_ROW_KEY_LOCK : 0;
    if (sql_row_lock_held(txn, table, options->row_id) > SQL_LOCK_NONE)
        flags |= SQL_ROW_SELF_LOCK;
    return flags;
}

enum sql_change sql_table_update(struct sql_env *env, struct sql_table_rows *table,
                                 const struct sql_change_options *options, struct sql_row *row)
{
    ASSERT(row->flags & SQL_ROW_LINKED);
    enum sql_change change =
        approach(env, table, options, options->key_lock ? SQL_LOCK_UPDATE : SQL_LOCK_NO_KEY_UPDATE,
                 "updating");
    if (change != SQL_CHANGE_DONE)
        return change;
    row->flags |= change_flags(env->session->txn, table, options) & 0xff;
    return put_on_top(env, table, options, row);
}

enum sql_change sql_table_delete(struct sql_env *env, struct sql_table_rows *table,
                                 const struct sql_change_options *options)
{
    enum sql_change change = approach(env, table, options, SQL_LOCK_UPDATE, "deleting");
    if (change != SQL_CHANGE_DONE)
        return change;
    struct sql_row *row = sql_row_create_tombstone(heap_of(table));
    if (!row) {
        sql_fail_memory(env->error);
        return SQL_CHANGE_FAILED;
    }
    row->flags |= options->seen->flags & SQL_ROW_REKEYED;
    row->flags |= options->moves ? SQL_ROW_MOVED : 0;
    change = put_on_top(env, table, options, row);
    if (change != SQL_CHANGE_DONE)
        sql_row_release(heap_of(table), row);
    return change;
}

enum sql_change sql_table_lock(struct sql_env *env, struct sql_table_rows *table,
                               const struct sql_change_options *options,
                               enum sql_lock_strength strength)
{
    if (!sql_txn_assign(env))
        return SQL_CHANGE_FAILED;
    enum sql_change change = approach(env, table, options, strength, "locking");
    if (change != SQL_CHANGE_DONE)
        return change;
    return sql_row_lock_add(env, table, options->row_id, strength) ? SQL_CHANGE_DONE
                                                                   : SQL_CHANGE_FAILED;
}

bool sql_change_fail(struct sql_env *env, enum sql_change change)
{
    return sql_fail(env->error, "40001", "could not serialize access due to concurrent %s",
                    change == SQL_CHANGE_DELETED ? "delete" : "update");
}

bool sql_table_check_seen(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id)
{
    const struct sql_txn *txn = env->session->txn;
    struct sql_snapshot *snapshot;
    if (txn->isolation <= SQL_READ_COMMITTED)
        return true;
    const struct sql_row *latest = sql_table_latest(table, txn, row_id);
    if (!latest || latest->xid == txn->xid)
        return true;
    if (!sql_snapshot_take(env, &snapshot))
        return false;
    bool seen = sql_table_fetch(table, snapshot, row_id) != NULL;
    sql_snapshot_release(snapshot);
    return seen || sql_change_fail(env, SQL_CHANGE_UPDATED);
}

bool sql_change_fail_moved(struct sql_env *env, const char *what)
{
    return sql_fail(env->error, "40001",
                    "tuple to be %s was already moved to another partition due to concurrent "
                    "update",
                    what);
}

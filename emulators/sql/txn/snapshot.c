#include <stdio.h>

#include "emulators/sql/txn/txn_internal.h"

/* ---- data */

static void data_release(struct heap *heap, struct sql_snapshot_data *data)
{
    if (--data->refs == 0)
        heap_free(heap, data, sizeof *data + data->count * sizeof(uint32_t));
}

/* What is over now, a reference; NULL: out of memory. */
static struct sql_snapshot_data *current_data(struct sql_txn_manager *manager)
{
    struct sql_snapshot_data *data = manager->current;
    if (!data) {
        uint32_t count = manager->active_count;
        data = heap_alloc(manager->heap, sizeof *data + count * sizeof(uint32_t));
        if (!data)
            return NULL;
        *data = (struct sql_snapshot_data){.refs = 1, .xmax = manager->next_xid, .count = count};
        for (uint32_t i = 0; i < count; i++)
            data->xids[i] = manager->active[i]->xid;
        data->xmin = count ? data->xids[0] : data->xmax;
        manager->current = data;
    }
    data->refs++;
    return data;
}

bool sql_snapshot_has(const struct sql_snapshot *snapshot, uint32_t xid)
{
    uint32_t low = 0, high = snapshot->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (snapshot->xids[middle] < xid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < snapshot->count && snapshot->xids[low] == xid;
}

bool sql_snapshot_sees(const struct sql_snapshot *snapshot, uint32_t xid)
{
    return sql_snapshot_visible(snapshot, xid, UINT32_MAX);
}

/* ---- snapshots */

/* Puts it into the manager's list behind `older` (NULL: at the newest end): the first of the list has
 * the smallest xmin. */
static void link_snapshot(struct sql_txn_manager *manager, struct sql_snapshot *snapshot,
                          struct sql_snapshot *older)
{
    if (!older)
        older = manager->newest_snapshot;
    snapshot->linked = true;
    snapshot->older = older;
    snapshot->newer = older ? older->newer : NULL;
    *(older ? &older->newer : &manager->oldest_snapshot) = snapshot;
    *(snapshot->newer ? &snapshot->newer->older : &manager->newest_snapshot) = snapshot;
}

/* Takes the reference to data, also when it fails. */
static struct sql_snapshot *create(struct sql_txn *txn, struct sql_snapshot_data *data,
                                   struct sql_snapshot *older)
{
    struct sql_txn_manager *manager = txn->manager;
    struct sql_snapshot *snapshot = heap_alloc(manager->heap, sizeof *snapshot);
    if (!snapshot) {
        data_release(manager->heap, data);
        return NULL;
    }
    *snapshot = (struct sql_snapshot){.refs = 1,
                                      .xmin = data->xmin,
                                      .xmax = data->xmax,
                                      .command = txn->command,
                                      .count = data->count,
                                      .xids = data->xids,
                                      .txn = txn,
                                      .data = data,
                                      .next_own = sql_txn_own(txn)->snapshots};
    sql_txn_own(txn)->snapshots = snapshot;
    link_snapshot(manager, snapshot, older);
    txn->has_snapshot = true;
    return snapshot;
}

static struct sql_snapshot *create_now(struct sql_txn *txn)
{
    struct sql_snapshot_data *data = current_data(txn->manager);
    return data ? create(txn, data, NULL) : NULL;
}

static bool give(struct sql_env *env, struct sql_snapshot *snapshot, struct sql_snapshot **out)
{
    if (!snapshot)
        return sql_fail_memory(env->error);
    *out = snapshot;
    return true;
}

struct sql_snapshot *sql_snapshot_hold(struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    if (!own->held)
        own->held = create_now(txn);
    if (own->held && txn->isolation == SQL_SERIALIZABLE && !own->ssi &&
        !sql_ssi_begin(txn, own->held->xmin))
        return NULL;
    return own->held;
}

/* SERIALIZABLE READ ONLY DEFERRABLE: a snapshot that no writer is concurrent with needs no watching. */
static bool wait_until_safe(struct sql_env *env)
{
    const struct sql_txn *txn = env->session->txn;
    struct sql_txn *other;
    if (txn->isolation != SQL_SERIALIZABLE || !txn->read_only || !txn->deferrable ||
        sql_txn_own(txn)->held)
        return true;
    while ((other = sql_ssi_writer(txn->manager, txn))) {
        if (!sql_txn_give_id(other))
            return sql_fail_memory(env->error);
        if (!sql_txn_wait(env, other->xid))
            return false;
    }
    return true;
}

bool sql_snapshot_take(struct sql_env *env, struct sql_snapshot **out)
{
    struct sql_txn *txn = env->session->txn;
    if (txn->isolation < SQL_REPEATABLE_READ)
        return give(env, create_now(txn), out);
    if (!wait_until_safe(env))
        return false;
    struct sql_snapshot *held = sql_snapshot_hold(txn);
    if (!held)
        return sql_fail_memory(env->error);
    held->data->refs++;
    return give(env, create(txn, held->data, held), out);
}

bool sql_snapshot_begin(struct sql_env *env)
{
    struct sql_txn *txn = env->session->txn;
    if (txn->isolation < SQL_REPEATABLE_READ)
        txn->has_snapshot = true;
    else
        return wait_until_safe(env) && (sql_snapshot_hold(txn) || sql_fail_memory(env->error));
    return true;
}

bool sql_snapshot_take_latest(struct sql_env *env, struct sql_snapshot **out)
{
    return give(env, create_now(env->session->txn), out);
}

struct sql_snapshot *sql_snapshot_share(struct sql_snapshot *snapshot)
{
    snapshot->refs++;
    return snapshot;
}

void sql_snapshot_release(struct sql_snapshot *snapshot)
{
    if (!snapshot || --snapshot->refs > 0)
        return;
    struct sql_txn_manager *manager = snapshot->txn->manager;
    struct sql_snapshot **at = &sql_txn_own(snapshot->txn)->snapshots;
    while (*at != snapshot)
        at = &(*at)->next_own;
    *at = snapshot->next_own;
    if (snapshot->linked) {
        *(snapshot->older ? &snapshot->older->newer : &manager->oldest_snapshot) = snapshot->newer;
        *(snapshot->newer ? &snapshot->newer->older : &manager->newest_snapshot) = snapshot->older;
    }
    data_release(manager->heap, snapshot->data);
    heap_free(manager->heap, snapshot, sizeof *snapshot);
}

/* ---- exporting: the name says which transaction, and which of its snapshots */

bool sql_snapshot_export(struct sql_env *env, struct slice *out_name)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_txn_private *own = sql_txn_own(txn);
    if (txn->depth > 0)
        return sql_fail(env->error, "25001", "cannot export a snapshot from a subtransaction");
    if (!own->held && !(own->held = create_now(txn)))
        return sql_fail_memory(env->error);
    *out_name = arena_printf(env->arena, "%08X-%08X-%u", (unsigned)(txn->serial >> 32),
                             (unsigned)txn->serial, ++own->exports);
    return out_name->ptr || sql_fail_memory(env->error);
}

static struct sql_txn *find_exporter(const struct sql_txn_manager *manager, struct slice name)
{
    char text[40];
    for (struct sql_txn *txn = manager->oldest; txn; txn = sql_txn_own(txn)->newer) {
        for (uint32_t i = 1; i <= sql_txn_own(txn)->exports; i++) {
            (void)snprintf(text, sizeof text, "%08X-%08X-%u", (unsigned)(txn->serial >> 32),
                           (unsigned)txn->serial, i);
            if (slice_eq_str(name, text))
                return txn;
        }
    }
    return NULL;
}

bool sql_snapshot_import(struct sql_env *env, struct slice name)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_txn_private *own = sql_txn_own(txn);
    if (txn->isolation < SQL_REPEATABLE_READ)
        return sql_fail(env->error, "0A000",
                        "a snapshot-importing transaction must have isolation level SERIALIZABLE "
                        "or REPEATABLE READ");
    if (own->held)
        return sql_fail(env->error, "25001",
                        "SET TRANSACTION SNAPSHOT must be called before any query");
    struct sql_txn *exporter = find_exporter(txn->manager, name);
    if (!exporter || exporter == txn)
        return sql_fail(env->error, "22023", "invalid snapshot identifier: \"%.*s\"",
                        SLICE_ARG(name));
    struct sql_snapshot *held = sql_txn_own(exporter)->held;
    held->data->refs++;
    own->held = create(txn, held->data, held);
    return own->held || sql_fail_memory(env->error);
}

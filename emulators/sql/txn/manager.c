/* Which transactions there are, and what is thrown away after them. */
#include "emulators/sql/txn/txn_internal.h"

#define COLLECT_AT_LEAST 64

/* ---- ids */

static uint32_t first_not_below(struct sql_txn *const *active, uint32_t count, uint32_t xid)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (active[middle]->xid < xid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct sql_txn *sql_txn_active(const struct sql_txn_manager *manager, uint32_t xid)
{
    uint32_t at = first_not_below(manager->active, manager->active_count, xid);
    return at < manager->active_count && manager->active[at]->xid == xid ? manager->active[at]
                                                                         : NULL;
}

static void forget_current(struct sql_txn_manager *manager)
{
    struct sql_snapshot_data *data = manager->current;
    manager->current = NULL;
    if (data && --data->refs == 0)
        heap_free(manager->heap, data, sizeof *data + data->count * sizeof(uint32_t));
}

void sql_txn_activate(struct sql_txn_manager *manager, struct sql_txn *txn)
{
    uint32_t at = first_not_below(manager->active, manager->active_count, txn->xid);
    ASSERT(manager->active_count < manager->active_room);
    memmove(manager->active + at + 1, manager->active + at,
            (manager->active_count - at) * sizeof *manager->active);
    manager->active[at] = txn;
    manager->active_count++;
    forget_current(manager);
}

void sql_txn_deactivate(struct sql_txn_manager *manager, const struct sql_txn *txn)
{
    uint32_t at = first_not_below(manager->active, manager->active_count, txn->xid);
    if (at == manager->active_count || manager->active[at] != txn)
        return;
    manager->active_count--;
    memmove(manager->active + at, manager->active + at + 1,
            (manager->active_count - at) * sizeof *manager->active);
    forget_current(manager);
}

enum sql_xid_status sql_txn_status(const struct sql_txn_manager *manager, uint32_t xid)
{
    if (xid >= manager->next_xid)
        return SQL_XID_UNKNOWN;
    if (sql_txn_active(manager, xid))
        return SQL_XID_IN_PROGRESS;
    if (sql_txn_is_cut_off(manager, xid))
        return SQL_XID_ABORTED;
    for (unsigned i = 0; i < SQL_ABORTED_KEPT; i++)
        if (manager->aborted[i] == xid)
            return SQL_XID_ABORTED;
    return SQL_XID_COMMITTED;
}

uint32_t sql_txn_next_xid(const struct sql_txn_manager *manager)
{
    return manager->next_xid;
}

uint32_t sql_txn_horizon(const struct sql_txn_manager *manager)
{
    if (manager->oldest_snapshot)
        return manager->oldest_snapshot->xmin;
    return manager->active_count ? manager->active[0]->xid : manager->next_xid;
}

void sql_txn_each(const struct sql_txn_manager *manager,
                  void (*visit)(void *ctx, const struct sql_txn *txn), void *ctx)
{
    for (const struct sql_txn *txn = manager->oldest; txn; txn = sql_txn_own(txn)->newer)
        visit(ctx, txn);
}

/* ---- ids that are cut off */

static size_t cut_off_size(uint32_t room)
{
    return sizeof(struct sql_cut_off) + room * sizeof(uint32_t);
}

static struct sql_cut_off *cut_off_create(struct heap *heap, uint32_t room)
{
    struct sql_cut_off *cut_off = heap_alloc(heap, cut_off_size(room));
    if (cut_off)
        *cut_off = (struct sql_cut_off){.refs = 1, .room = room};
    return cut_off;
}

static void cut_off_release(struct heap *heap, struct sql_cut_off *cut_off)
{
    if (cut_off && --cut_off->refs == 0)
        heap_free(heap, cut_off, cut_off_size(cut_off->room));
}

static uint32_t cut_off_place(const struct sql_cut_off *cut_off, uint32_t xid)
{
    uint32_t low = 0, high = cut_off->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (cut_off->xids[middle] < xid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool sql_cut_off_has(const struct sql_cut_off *cut_off, uint32_t xid)
{
    uint32_t at = cut_off_place(cut_off, xid);
    return at < cut_off->count && cut_off->xids[at] == xid;
}

static void cut_off_add(struct sql_cut_off *cut_off, uint32_t xid)
{
    uint32_t at = cut_off_place(cut_off, xid);
    if (at < cut_off->count && cut_off->xids[at] == xid)
        return;
    ASSERT(cut_off->count < cut_off->room);
    memmove(cut_off->xids + at + 1, cut_off->xids + at, (cut_off->count - at) * sizeof(uint32_t));
    cut_off->xids[at] = xid;
    cut_off->count++;
}

static void cut_off_copy(struct sql_cut_off *to, const struct sql_cut_off *from)
{
    if (from)
        memcpy(to->xids, from->xids, from->count * sizeof(uint32_t));
    to->count = from ? from->count : 0;
}

/* The spare block is large enough: whoever needs it was under way at the last checkpoint. */
void sql_txn_cut_off(struct sql_txn_manager *manager, uint32_t xid)
{
    struct sql_cut_off *cut_off = manager->cut_off;
    if (!cut_off || cut_off->refs > 1 || cut_off->count == cut_off->room) {
        struct sql_cut_off *spare = manager->spare_cut_off;
        ASSERT(spare);
        cut_off_copy(spare, cut_off);
        cut_off_release(manager->heap, cut_off);
        manager->cut_off = cut_off = spare;
        manager->spare_cut_off = NULL;
    }
    cut_off_add(cut_off, xid);
}

/* ---- checkpoints */

bool sql_txn_mark_take(struct sql_txn_manager *manager, struct sql_txn_mark *out)
{
    uint32_t room = manager->active_count + (manager->cut_off ? manager->cut_off->count : 0);
    struct sql_cut_off *cut_off = NULL, *spare = NULL;
    struct sql_prepared_mark *prepared;
    if (!sql_prepared_mark_take(manager, &prepared))
        return false;
    if (manager->active_count > 0) {
        cut_off = cut_off_create(manager->heap, room);
        spare = cut_off_create(manager->heap, room);
        if (!cut_off || !spare) {
            cut_off_release(manager->heap, cut_off);
            cut_off_release(manager->heap, spare);
            sql_prepared_mark_release(manager->heap, prepared);
            return false;
        }
        cut_off_copy(cut_off, manager->cut_off);
        for (uint32_t i = 0; i < manager->active_count; i++)
            if (!sql_txn_is_prepared(manager->active[i]))
                cut_off_add(cut_off, manager->active[i]->xid);
        cut_off_release(manager->heap, manager->spare_cut_off);
        manager->spare_cut_off = spare;
    } else if (manager->cut_off) {
        cut_off = manager->cut_off;
        cut_off->refs++;
    }
    *out = (struct sql_txn_mark){
        .next_xid = manager->next_xid, .cut_off = cut_off, .prepared = prepared};
    return true;
}

/* Everything that runs is lost: it gives up what others might wait for, and its snapshots, whose ids are
 * those of another time, hold nothing back. */
static void lose_all(struct sql_txn_manager *manager)
{
    sql_ssi_clear(manager);
    for (struct sql_txn *txn = manager->oldest; txn; txn = sql_txn_own(txn)->newer) {
        txn->state = SQL_TXN_LOST;
        sql_row_locks_release(txn, 0);
        sql_locks_release_since(txn, 0);
    }
    for (struct sql_snapshot *snapshot = manager->oldest_snapshot; snapshot;
         snapshot = snapshot->newer)
        snapshot->linked = false;
    manager->oldest_snapshot = manager->newest_snapshot = NULL;
    manager->active_count = 0;
    forget_current(manager);
}

void sql_txn_mark_restore(struct sql_txn_manager *manager, const struct sql_txn_mark *mark)
{
    lose_all(manager);
    while (manager->garbage) {
        struct sql_garbage *garbage = manager->garbage;
        manager->garbage = garbage->next;
        heap_free(manager->heap, garbage->log.items, garbage->log.room * sizeof(struct sql_undo));
        heap_free(manager->heap, garbage, sizeof *garbage);
    }
    manager->garbage_end = &manager->garbage;
    manager->garbage_count = 0;
    cut_off_release(manager->heap, manager->cut_off);
    manager->cut_off = mark->cut_off;
    if (mark->cut_off)
        mark->cut_off->refs++;
    manager->next_xid = mark->next_xid;
    sql_prepared_drop_all(manager);
    memset(manager->aborted, 0, sizeof manager->aborted);
}

void sql_txn_mark_release(struct heap *heap, struct sql_txn_mark *mark)
{
    cut_off_release(heap, mark->cut_off);
    sql_prepared_mark_release(heap, mark->prepared);
    *mark = (struct sql_txn_mark){0};
}

/* ---- what is thrown away later */

void sql_txn_discard(struct sql_txn_manager *manager, uint32_t xid, struct sql_undo_log *log)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++)
        if (log->items[i].kind == SQL_UNDO_CHANGE)
            log->items[kept++] = log->items[i];
    log->count = kept;
    /* Without memory for the note, the versions go when their rows are touched. */
    struct sql_garbage *garbage = kept ? heap_alloc(manager->heap, sizeof *garbage) : NULL;
    if (garbage) {
        *garbage = (struct sql_garbage){.xid = xid, .log = *log};
        *manager->garbage_end = garbage;
        manager->garbage_end = &garbage->next;
        manager->garbage_count += kept;
    } else if (log->items) {
        heap_free(manager->heap, log->items, log->room * sizeof *log->items);
    }
    *log = (struct sql_undo_log){0};
}

/* Prunes rows of the oldest transaction that is over for everybody; false: there is none. */
static bool collect_some(struct sql_txn_manager *manager, size_t *budget)
{
    struct sql_garbage *garbage = manager->garbage;
    if (!garbage || garbage->xid >= sql_txn_horizon(manager) || *budget == 0)
        return false;
    for (; garbage->done<garbage->log.count && * budget> 0; --*budget) {
        const struct sql_undo *item = &garbage->log.items[garbage->done++];
        struct sql_table_rows *table = item->owner;
        manager->garbage_count--;
        if (table->handle.stored)
            sql_table_prune(table, item->id);
    }
    if (garbage->done < garbage->log.count)
        return false;
    manager->garbage = garbage->next;
    if (!manager->garbage)
        manager->garbage_end = &manager->garbage;
    heap_free(manager->heap, garbage->log.items, garbage->log.room * sizeof(struct sql_undo));
    heap_free(manager->heap, garbage, sizeof *garbage);
    return true;
}

static void free_retired(struct sql_txn_manager *manager)
{
    struct sql_retired *retired;
    /* Garbage names handles of tables that may be among these. */
    while ((retired = manager->retired) && !manager->garbage &&
           (!manager->oldest || manager->oldest->serial > retired->serial)) {
        manager->retired = retired->next;
        if (!manager->retired)
            manager->retired_end = &manager->retired;
        retired->free(manager->instance, retired->ptr);
        heap_free(manager->heap, retired, sizeof *retired);
    }
}

void sql_txn_collect(struct sql_txn_manager *manager)
{
    size_t budget = COLLECT_AT_LEAST + manager->garbage_count / 8;
    while (collect_some(manager, &budget))
        ;
    if (manager->retired)
        free_retired(manager);
}

void sql_txn_retire(struct sql_txn_manager *manager,
                    void (*free_it)(struct sql_instance *instance, void *ptr), void *ptr)
{
    struct sql_retired *retired = heap_alloc(manager->heap, sizeof *retired);
    if (!retired)
        return;
    *retired = (struct sql_retired){.serial = manager->serial, .free = free_it, .ptr = ptr};
    *manager->retired_end = retired;
    manager->retired_end = &retired->next;
}

/* ---- the manager */

struct sql_txn_manager *sql_txn_manager_create(struct sql_instance *instance, uint32_t next_xid)
{
    struct heap *heap = instance->heap;
    struct sql_txn_manager *manager = heap_zalloc(heap, sizeof *manager);
    if (!manager)
        return NULL;
    manager->instance = instance;
    manager->heap = heap;
    manager->next_xid = next_xid;
    manager->garbage_end = &manager->garbage;
    manager->retired_end = &manager->retired;
    return manager;
}

void sql_txn_manager_destroy(struct sql_txn_manager *manager)
{
    if (!manager)
        return;
    struct heap *heap = manager->heap;
    sql_txn_mark_restore(manager, &(struct sql_txn_mark){0});
    ASSERT(!manager->oldest);
    free_retired(manager);
    cut_off_release(heap, manager->spare_cut_off);
    sql_row_locks_done(manager);
    if (manager->active)
        heap_free(heap, manager->active, manager->active_room * sizeof *manager->active);
    heap_free(heap, manager, sizeof *manager);
}

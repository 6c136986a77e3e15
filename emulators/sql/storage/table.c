/* Reading tables. Changes are in table_change.c. */
#include "emulators/sql/storage/table.h"

#include "emulators/sql/storage/table_internal.h"

bool sql_table_create(struct sql_env *env, struct sql_database *database, uint32_t *out_storage)
{
    struct sql_stored *stored = sql_store_create(env, database, SQL_STORED_TABLE);
    if (!stored)
        return false;
    ((struct sql_table_state *)stored)->next_id = 1;
    *out_storage = stored->storage;
    return true;
}

struct sql_table_rows *sql_table_open(struct sql_env *env, struct sql_database *database,
                                      const struct sql_relation *relation)
{
    return (struct sql_table_rows *)sql_store_require(env, database, relation, SQL_STORED_TABLE);
}

uint64_t sql_table_count(const struct sql_table_rows *table)
{
    return sql_table_state(table)->live;
}

uint64_t sql_table_bytes(const struct sql_table_rows *table)
{
    const struct sql_table_state *state = sql_table_state(table);
    return state->bytes + state->live * sizeof(uintptr_t);
}

uint64_t sql_table_position(const struct sql_row *row, uint64_t row_id)
{
    return row->flags & SQL_ROW_LINKED ? sql_row_link(row)->position : row_id;
}

/* ---- one row */

/* The version in the chain that the snapshot sees; a tombstone too. */
static const struct sql_row *visible(const struct sql_snapshot *snapshot,
                                     const struct sql_row *newest)
{
    while (newest && !sql_snapshot_visible(snapshot, newest->xid, newest->command)) {
        if (sql_txn_own(snapshot->txn)->ssi)
            sql_ssi_pass_over(&sql_txn_own(snapshot->txn)->txn, newest->xid);
        newest = sql_row_previous(newest);
    }
    return newest;
}

static const struct sql_row *visible_row(const struct sql_snapshot *snapshot,
                                         const struct sql_row *newest)
{
    const struct sql_row *row = visible(snapshot, newest);
    return row && !(row->flags & SQL_ROW_DELETED) ? row : NULL;
}

/* The newest version of a row, NULL: no row has that id. */
static const struct sql_row *newest_of(const struct sql_table_rows *table, uint64_t row_id)
{
    uintptr_t word = sql_slots_get(&sql_table_state(table)->slots, row_id);
    return word & 1 ? NULL : (const struct sql_row *)word;
}

const struct sql_row *sql_table_newest(const struct sql_table_rows *table, uint64_t row_id)
{
    return newest_of(table, row_id);
}

const struct sql_row *sql_table_fetch(struct sql_table_rows *table,
                                      const struct sql_snapshot *snapshot, uint64_t row_id)
{
    const struct sql_row *row = visible_row(snapshot, newest_of(table, row_id));
    if (row && sql_txn_own(snapshot->txn)->ssi)
        sql_ssi_read_row(&sql_txn_own(snapshot->txn)->txn, table, row_id);
    return row;
}

const struct sql_row *sql_table_fetch_position(struct sql_table_rows *table,
                                               const struct sql_snapshot *snapshot,
                                               uint64_t position, uint64_t *out_row_id)
{
    uintptr_t word = sql_slots_get(&sql_table_state(table)->slots, position);
    uint64_t row_id = word & 1 ? word >> 1 : position;
    const struct sql_row *row = visible_row(snapshot, newest_of(table, row_id));
    if (!row || sql_table_position(row, row_id) != position)
        return NULL;
    *out_row_id = row_id;
    if (sql_txn_own(snapshot->txn)->ssi)
        sql_ssi_read_row(&sql_txn_own(snapshot->txn)->txn, table, row_id);
    return row;
}

const struct sql_row *sql_table_latest(struct sql_table_rows *table, const struct sql_txn *txn,
                                       uint64_t row_id)
{
    const struct sql_txn_manager *manager = table->handle.database->instance->txns;
    const struct sql_row *row = newest_of(table, row_id);
    while (row && row->xid != txn->xid &&
           (sql_txn_active(manager, row->xid) || sql_txn_is_cut_off(manager, row->xid)))
        row = sql_row_previous(row);
    return row && !(row->flags & SQL_ROW_DELETED) ? row : NULL;
}

uint32_t sql_table_xmax(struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id,
                        uint32_t *out_command)
{
    const struct sql_row *newer = NULL, *at = newest_of(table, row_id);
    for (; at && at != row; at = sql_row_previous(at))
        newer = at;
    *out_command = at && newer ? newer->command : row->command;
    if (at && newer)
        return newer->xid;
    if (row->flags & SQL_ROW_SELF_LOCK)
        return row->xid;
    return sql_row_lock_holder(table->handle.database->instance->txns, table, row_id);
}

/* ---- scans */

bool sql_table_scan_range(struct sql_table_scan *scan, struct sql_env *env,
                          struct sql_table_rows *table, const struct sql_snapshot *snapshot,
                          uint64_t first, uint64_t end)
{
    sql_ssi_read_table(env->session->txn, table);
    *scan = (struct sql_table_scan){.table = table, .snapshot = snapshot, .at = first, .end = end};
    return true;
}

bool sql_table_scan_begin(struct sql_table_scan *scan, struct sql_env *env,
                          struct sql_table_rows *table, const struct sql_snapshot *snapshot,
                          bool backward)
{
    uint64_t next_id = sql_table_state(table)->next_id;
    if (!sql_table_scan_range(scan, env, table, snapshot, 1, next_id))
        return false;
    scan->backward = backward;
    if (backward)
        scan->at = next_id - 1;
    return true;
}

void sql_table_scan_turn(struct sql_table_scan *scan)
{
    /* `at` is beyond the position given last, or at the end: one step back is that position. */
    scan->at += scan->backward ? 1 : (uint64_t)-1;
    scan->backward = !scan->backward;
    scan->done = false;
}

/* The version of another row whose place is `position`. What the snapshot sees of a row stays the same, so
 * the chain is not walked for each of its versions. */
static const struct sql_row *redirected_row(struct sql_table_scan *scan, uint64_t position,
                                            uint64_t row_id)
{
    struct sql_scan_seen *seen = &scan->seen[row_id % SQL_SCAN_SEEN];
    if (seen->row_id == row_id && seen->position != position)
        return NULL;
    const struct sql_row *row = visible_row(scan->snapshot, newest_of(scan->table, row_id));
    seen->row_id = row_id;
    seen->position = row ? sql_table_position(row, row_id) : 0;
    return seen->position == position ? row : NULL;
}

/* The version whose place is `position`, where `word` stands. */
static const struct sql_row *row_at(struct sql_table_scan *scan, uint64_t position, uintptr_t word,
                                    uint64_t *out_row_id)
{
    *out_row_id = word & 1 ? word >> 1 : position;
    if (word & 1)
        return redirected_row(scan, position, *out_row_id);
    const struct sql_row *row = visible_row(scan->snapshot, (const struct sql_row *)word);
    return row && sql_table_position(row, position) == position ? row : NULL;
}

uint32_t sql_table_scan_next(struct sql_table_scan *scan, const struct sql_row **rows,
                             uint64_t *row_ids, uint32_t max)
{
    const struct sql_slots *slots = &sql_table_state(scan->table)->slots;
    uint32_t count = 0;
    while (count < max && !scan->done) {
        uint64_t at = scan->at;
        uintptr_t word = scan->backward ? (at ? sql_slots_previous(slots, &at) : 0)
                                        : (at < scan->end ? sql_slots_next(slots, &at) : 0);
        if (!word || at >= scan->end) {
            scan->at = scan->backward ? 0 : scan->end;
            scan->done = true;
            break;
        }
        scan->at = scan->backward ? at - 1 : at + 1;
        rows[count] = row_at(scan, at, word, &row_ids[count]);
        if (rows[count])
            count++;
    }
    return count;
}

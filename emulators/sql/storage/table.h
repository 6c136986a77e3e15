/* Tables: row versions by row id, read under snapshots, changed under transactions.
 *
 * A row keeps its id from INSERT to DELETE, whatever versions it has; index entries and row locks name
 * the id. Ids ascend and are never used again. Each version also has a position, where scans meet it:
 * the row's id for the first one, a new place at the table's end for one made by UPDATE. So a scan
 * meets rows in the order in which a heap would hold them, and the position is what ctid shows.
 *
 * Old versions go when no snapshot can see them: when the row is touched next, or soon after the
 * transaction that replaced them has ended.
 *
 * Ownership: struct sql_table_rows is a handle that belongs to its database and stays until the storage is
 * dropped, whatever checkpoints come. Rows given out are borrowed as row.h says.
 *
 * Errors: functions that take env may wait, and fail with env->error filled. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_TABLE_H
#define PARLEL_EMULATORS_SQL_STORAGE_TABLE_H

#include "emulators/sql/storage/row.h"
#include "emulators/sql/txn/lock.h"

struct sql_database;
struct sql_relation;
struct sql_snapshot;
struct sql_table_rows;

/* ---- storages: what sql_relation.storage names (tables, indexes, sequences alike) */

/* A new, empty table under the running transaction: dropped when that rolls back. */
bool sql_table_create(struct sql_env *env, struct sql_database *database, uint32_t *out_storage);
/* Drops a storage of any kind when the transaction commits. */
bool sql_storage_drop(struct sql_env *env, struct sql_database *database, uint32_t storage);
/* The table's handle; relation: id and name for messages and locks. NULL: there is no such table
 * (53200 or XX000 in the error). */
struct sql_table_rows *sql_table_open(struct sql_env *env, struct sql_database *database,
                                      const struct sql_relation *relation);

/* Live rows, as far as is known: O(1), counts what uncommitted transactions did. */
uint64_t sql_table_count(const struct sql_table_rows *table);
/* Bytes of the versions and the structure, estimated: O(1). */
uint64_t sql_table_bytes(const struct sql_table_rows *table);

/* ---- reading */

/* The version of the row that the snapshot sees, NULL: none. */
const struct sql_row *sql_table_fetch(struct sql_table_rows *table,
                                      const struct sql_snapshot *snapshot, uint64_t row_id);
/* The same by the version's position: ctid = ...; *out_row_id is the row's id. */
const struct sql_row *sql_table_fetch_position(struct sql_table_rows *table,
                                               const struct sql_snapshot *snapshot,
                                               uint64_t position, uint64_t *out_row_id);
/* The last version that is committed or the transaction's own, tombstones as NULL: for rechecks after
 * SQL_CHANGE_UPDATED. No snapshot keeps it: lock it (sql_table_lock with it as `seen`) at once. */
const struct sql_row *sql_table_latest(struct sql_table_rows *table, const struct sql_txn *txn,
                                       uint64_t row_id);

/* Where the version stands that a scan's snapshot sees of a row; position 0: it sees none. */
struct sql_scan_seen {
    uint64_t row_id, position;
};

/* Rows that a scan remembers: it meets each version of a row that was updated often. */
#define SQL_SCAN_SEEN 16

struct sql_table_scan {
    struct sql_table_rows *table;
    const struct sql_snapshot *snapshot;
    uint64_t at;  /* the next position to look at */
    uint64_t end; /* forward: stop before it */
    bool backward, done;
    struct sql_scan_seen seen[SQL_SCAN_SEEN]; /* by row id */
};
/* From the first position, or the last one when backward. Records a read of the whole table for
 * serializable transactions. Nothing needs closing. */
bool sql_table_scan_begin(struct sql_table_scan *scan, struct sql_env *env,
                          struct sql_table_rows *table, const struct sql_snapshot *snapshot,
                          bool backward);
/* The same over positions from `first` on, before `end` (ctid ranges, samples). */
bool sql_table_scan_range(struct sql_table_scan *scan, struct sql_env *env,
                          struct sql_table_rows *table, const struct sql_snapshot *snapshot,
                          uint64_t first, uint64_t end);
/* The next rows, at most max; 0: at the end. The table may be changed between two calls. */
uint32_t sql_table_scan_next(struct sql_table_scan *scan, const struct sql_row **rows,
                             uint64_t *row_ids, uint32_t max);
/* Walks the other way from where it stands. */
void sql_table_scan_turn(struct sql_table_scan *scan);

/* ---- system columns; row is a version of that table's row */

uint64_t sql_table_position(const struct sql_row *row, uint64_t row_id);
/* xmax and cmax: who deleted, replaced or locked it, 0: nobody. */
uint32_t sql_table_xmax(struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id,
                        uint32_t *out_command);

/* ---- changing */

enum sql_change {
    SQL_CHANGE_DONE,
    SQL_CHANGE_SELF_MODIFIED, /* this command has changed or deleted it */
    SQL_CHANGE_SELF_LATER,    /* what this command called has: a trigger, a function */
    SQL_CHANGE_UPDATED,       /* another transaction has committed a newer version */
    SQL_CHANGE_DELETED,       /* another transaction has committed its deletion */
    SQL_CHANGE_MOVED,         /* another transaction has moved it to another partition */
    SQL_CHANGE_WOULD_WAIT, /* locked by another, and the caller does not want to wait: SKIP LOCKED;
                                 with NOWAIT it is SQL_CHANGE_FAILED, 55P03 */
    SQL_CHANGE_FAILED,     /* the error is filled */
};

/* Takes the row (refs 1, in no table) when it succeeds. */
bool sql_table_insert(struct sql_env *env, struct sql_table_rows *table, struct sql_row *row,
                      uint64_t *out_row_id);

/* How UPDATE and DELETE come at a row. */
struct sql_change_options {
    uint64_t row_id;
    /* What the statement saw. A newer committed version is SQL_CHANGE_UPDATED; to go on after a
     * recheck pass what sql_table_latest gave. */
    const struct sql_row *seen;
    const struct sql_snapshot *snapshot;
    bool keys_changed; /* index entries will be added: some indexed column has another value */
    bool key_lock;     /* a column that a foreign key may refer to has another value */
    bool moves;        /* what is deleted here is inserted into another partition */
    enum sql_lock_wait wait;
};
/* Puts `row` (made by sql_row_create_linked) in the place of the version seen; takes it on success. */
enum sql_change sql_table_update(struct sql_env *env, struct sql_table_rows *table,
                                 const struct sql_change_options *options, struct sql_row *row);
enum sql_change sql_table_delete(struct sql_env *env, struct sql_table_rows *table,
                                 const struct sql_change_options *options);

/* Locks a row until the transaction (or the savepoint) ends. */
enum sql_change sql_table_lock(struct sql_env *env, struct sql_table_rows *table,
                               const struct sql_change_options *options,
                               enum sql_lock_strength strength);

/* Fails with 40001 and the text for SQL_CHANGE_UPDATED, _DELETED or _MOVED (isolation levels that do not
 * look again). */
bool sql_change_fail(struct sql_env *env, enum sql_change change);
/* Fails with 40001 when the isolation level does not look again and the transaction's snapshot does not
 * see the row, unless the transaction has made its last version itself. */
bool sql_table_check_seen(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id);
/* Fails with 40001 because whoever looks again would have to look into another partition. */
bool sql_change_fail_moved(struct sql_env *env, const char *what);

#endif

/* Serializable transactions: who read what others wrote. Internal to txn/ and storage/.
 *
 * Every serializable transaction notes what it reads: whole tables, rows, keys and ranges of indexes.
 * A read of something that a concurrent transaction changes is a dependency "reader before writer".
 * A transaction with a dependency in and one out, whose latter end commits first, is a pivot: one of
 * the three is rolled back with 40001 (Cahill, Roehm, Fekete: Serializable Isolation for Snapshot
 * Databases; Ports, Grittner: Serializable Snapshot Isolation in PostgreSQL). What a transaction read
 * is kept after its commit as long as one runs that was concurrent with it.
 *
 * Errors: reads fail nowhere; a transaction that must not commit is doomed, and fails at its next
 * change, at sql_txn_check and at commit. Without memory for a note the note says more than was read,
 * or the transaction is doomed. */
#ifndef PARLEL_EMULATORS_SQL_TXN_SSI_H
#define PARLEL_EMULATORS_SQL_TXN_SSI_H

#include "emulators/sql/storage/index.h"

struct sql_txn_manager;

/* For a transaction that takes its snapshot; false: out of memory. */
bool sql_ssi_begin(struct sql_txn *txn, uint32_t snapshot_xmin);

/* Reads; txn is serializable. */
void sql_ssi_read_table(struct sql_txn *txn, const void *table);
void sql_ssi_read_row(struct sql_txn *txn, const void *table, uint64_t row_id);
void sql_ssi_read_range(struct sql_txn *txn, const void *tree, const struct sql_key_range *range);
/* A version was passed over because the snapshot does not see its maker. */
void sql_ssi_pass_over(struct sql_txn *txn, uint32_t xid);

/* Changes, before they are made; any transaction. row_id 0: a new row. maker: of the version that is
 * replaced; whoever could not see that one depends on its maker, not on this transaction. False: 40001. */
bool sql_ssi_write_row(struct sql_env *env, const void *table, uint64_t row_id, uint32_t maker);
bool sql_ssi_write_key(struct sql_env *env, const void *tree, struct slice key);

/* Before commit or prepare. False: 40001. */
bool sql_ssi_before_commit(struct sql_env *env);
/* The transaction is over (its id is no longer active). */
void sql_ssi_end(struct sql_txn *txn, bool committed);
/* Forgets all. */
void sql_ssi_clear(struct sql_txn_manager *manager);
/* A serializable transaction that runs and may write, NULL: there is none. */
struct sql_txn *sql_ssi_writer(const struct sql_txn_manager *manager, const struct sql_txn *except);

#endif

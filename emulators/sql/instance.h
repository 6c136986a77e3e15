/* One emulator's whole state: databases, transactions, locks, sessions.
 *
 * What a checkpoint covers (databases with their catalogs, tables, indexes, sequences; counters;
 * prepared transactions) hangs on persistent trees: taking a checkpoint is sharing their roots, the
 * first change of a tree afterwards copies its path. Sessions, their transactions and locks are not
 * part of it: sql_instance_rewind rolls every open transaction back (session->txn becomes
 * SQL_TXN_LOST, a statement that runs is interrupted with SQL_ROLLED_BACK and must be ended by its
 * session), and a fork has none.
 *
 * Ownership: the instance owns databases; struct sql_database is a handle that stays until the
 * database is dropped. Sessions belong to the dialect, which registers them.
 *
 * Errors: NULL or false when out of memory; the state is as before then. */
#ifndef PARLEL_EMULATORS_SQL_INSTANCE_H
#define PARLEL_EMULATORS_SQL_INSTANCE_H

#include "common/reactor.h"
#include "common/trie.h"
#include "emulators/sql/storage/object_store.h"
#include "emulators/sql/txn/lock.h"

struct sql_database_state;
struct sql_bounds_cache;
struct sql_row_shapes;
struct sql_instance_checkpoint;

/* What the dialect brings. */
struct sql_instance_options {
    /* Frees an object of the catalog whose last reference is gone. */
    void (*release_object)(struct heap *heap, struct sql_object *object);
    uint32_t first_xid; /* of a new instance */
    uint32_t first_id;  /* of user objects: 16384 */
};

struct sql_instance {
    const struct emulator_host *host;
    const struct sql_instance_options *options;
    struct heap *heap; /* host->heap */
    struct sql_txn_manager *txns;
    struct sql_lock_manager *locks;
    struct sql_database *shared;  /* database 0: roles, databases, tablespaces */
    struct sql_session *sessions; /* newest first, by sql_session.next */
    struct sql_session *ready;    /* sessions whose fibers may go on, oldest first */
    struct sql_session **ready_end;
    uint32_t last_session; /* number of the last one that was attached */
    struct reactor_idle run_idle;
    struct sql_builtins *builtins; /* long forms of what the dialect has built in; made when first
                                    * asked for, freed by sql_instance_destroy (dialect.h) */
    struct sql_row_shapes *row_shapes; /* catalog/row_shape.h */
    struct sql_bounds_cache *bounds;   /* exec/partition_bounds.h */
    struct sql_instance_private *own;
};

struct sql_database {
    struct sql_instance *instance;
    uint32_t id;
    uint32_t sessions;   /* connected ones, kept by whoever connects */
    uint64_t generation; /* see storage/store.h */
    struct sql_database_state *state;
    struct sql_store_handles *handles;
    struct sql_database *next;
};

/* options are borrowed. */
struct sql_instance *sql_instance_create(const struct emulator_host *host,
                                         const struct sql_instance_options *options);
void sql_instance_destroy(struct sql_instance *instance);
/* As new: only the empty shared database is there. Open transactions as for a rewind. */
bool sql_instance_reset(struct sql_instance *instance);

/* ---- undo (emulators/emulator.h) */
struct sql_instance_checkpoint *sql_instance_checkpoint(struct sql_instance *instance);
bool sql_instance_rewind(struct sql_instance *instance,
                         const struct sql_instance_checkpoint *checkpoint);
void sql_instance_release(struct sql_instance *instance,
                          struct sql_instance_checkpoint *checkpoint);
/* host has the same heap. */
struct sql_instance *sql_instance_fork(const struct sql_instance_checkpoint *from,
                                       const struct emulator_host *host,
                                       const struct sql_instance_options *options);

/* ---- databases */

/* At once and for all; the caller undoes it by dropping when its transaction rolls back. from: the
 * template, shared in O(1) (it must have no open transactions that changed it); NULL: empty. */
struct sql_database *sql_database_create(struct sql_instance *instance, uint32_t id,
                                         const struct sql_database *from);
/* No session may be connected. */
bool sql_database_drop(struct sql_instance *instance, uint32_t id);
struct sql_database *sql_database_find(struct sql_instance *instance, uint32_t id);
/* The next id for an object of that database (never below options->first_id, never given twice); 0: out
 * of memory. */
uint32_t sql_database_next_id(struct sql_database *database);
/* All rows' and indexes' bytes, estimated. */
uint64_t sql_database_bytes(const struct sql_database *database);

/* ---- sessions */

/* Fills in instance and id (a number that no other session has) and links it; nothing to free. */
void sql_session_attach(struct sql_session *session, struct sql_instance *instance);
/* Rolls back its transaction, gives up its locks, unlinks it. Its statement must have ended. */
void sql_session_detach(struct sql_session *session);
struct sql_session *sql_session_find(struct sql_instance *instance, uint32_t id);

/* Has the statement of a session end with that reason: sets session->interrupt and wakes it. */
void sql_session_interrupt(struct sql_session *session, enum sql_interrupt why);

/* Lets every fiber that is ready run, in order, until none is: what the reactor does each turn (and
 * tests by hand). */
void sql_instance_run(struct sql_instance *instance);
/* The same for the reactor, in pieces, after what a turn brought is answered: however many long
 * statements there are, they run for about a millisecond, then others are looked after. */
bool sql_instance_run_some(struct reactor_idle *idle);

#endif

/* What a database keeps, as a checkpoint sees it: internal to storage/, txn/ and instance.c.
 *
 * Everything that is checkpointed is a counted state (struct sql_stored and struct sql_database_state)
 * in a persistent trie. Live code holds handles. Before a change the handle's state is made one that
 * no checkpoint sees: sql_store_own(). That costs a comparison while no checkpoint came in between,
 * because the instance's generation moves with each checkpoint. Rewinding moves the epoch, too: states
 * found before it are looked up anew when the handle is opened.
 *
 * Errors: NULL or false when out of memory; nothing has changed then. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_STORE_H
#define PARLEL_EMULATORS_SQL_STORAGE_STORE_H

#include "common/btree.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/storage/entry.h"
#include "emulators/sql/storage/index.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/storage/slots.h"

enum sql_stored_kind { SQL_STORED_TABLE, SQL_STORED_BTREE, SQL_STORED_SEQUENCE };

/* What each storage's state begins with. */
struct sql_stored {
    uint32_t refs;
    uint32_t storage;
    enum sql_stored_kind kind;
};

struct sql_table_state {
    struct sql_stored stored;
    struct sql_slots slots;
    uint64_t next_id; /* the next row id and position */
    uint64_t live;    /* rows */
    uint64_t bytes;   /* of versions */
    uint64_t ended;   /* rows that have gone since the table was made: for sweeps of its indexes */
};

struct sql_btree_state {
    struct sql_stored stored;
    struct btree entries;
    uint64_t key_bytes; /* of keys that do not fit their entries */
    uint64_t swept;     /* table's `ended` when the last sweep began */
};

struct sql_sequence_stored {
    struct sql_stored stored;
    struct sql_sequence_state state;
};

struct sql_database_state {
    uint32_t refs;
    uint32_t id;
    uint32_t next_id;
    uint32_t next_storage;
    struct btree objects; /* struct object_item: storage/object_store.c */
    struct trie names;
    struct trie stored;
};

/* What struct sql_table_rows and struct sql_btree begin with. */
struct sql_handle {
    struct sql_database *database;
    struct sql_stored *stored; /* NULL: gone */
    uint64_t generation, epoch;
    uint32_t storage;
    uint32_t relation; /* as the one who opened it last called it */
    enum sql_stored_kind kind;
    struct sql_handle *next; /* in its bucket */
};

struct sql_table_rows {
    struct sql_handle handle;
};

struct sql_btree {
    struct sql_handle handle;
    uint64_t changes;  /* moves whenever an entry may have moved */
    uint64_t sweep_at; /* position of the entry where the sweep goes on, 0: none is under way */
};

struct sql_store_handles {
    struct sql_handle **buckets;
    size_t count, bucket_count; /* a power of two */
};

struct sql_instance_private {
    struct trie databases; /* of struct sql_database_state */
    struct sql_database *handles;
    struct limbo *limbo;
    uint64_t generation; /* moves with every checkpoint and rewind */
    uint64_t epoch;      /* moves with every rewind */
    uint64_t versions;   /* numbers of sql_object_version: the last one given */
    uint64_t committed;  /* the one of what is committed */
};

static inline uint64_t sql_store_hash(uint32_t id)
{
    uint64_t hash = (id + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 29;
}

/* Makes the handle's state one that no checkpoint sees. */
bool sql_store_own_slow(struct sql_handle *handle);
static inline bool sql_store_own(struct sql_handle *handle)
{
    return handle->generation == handle->database->instance->own->generation ||
           sql_store_own_slow(handle);
}
bool sql_database_own(struct sql_database *database);
/* A second state of the same contents; NULL: out of memory. */
struct sql_database_state *sql_database_state_copy(const struct sql_database_state *state,
                                                   struct heap *heap);

static inline struct sql_table_state *sql_table_state(const struct sql_table_rows *table)
{
    return (struct sql_table_state *)table->handle.stored;
}
static inline struct sql_btree_state *sql_btree_state(const struct sql_btree *tree)
{
    return (struct sql_btree_state *)tree->handle.stored;
}

/* The handle of a storage, its state looked up; NULL: there is no such storage of that kind, or no
 * memory. */
struct sql_handle *sql_store_open(struct sql_database *database, uint32_t storage,
                                  enum sql_stored_kind kind);
/* The same for statements: fills the error. */
struct sql_handle *sql_store_require(struct sql_env *env, struct sql_database *database,
                                     const struct sql_relation *relation,
                                     enum sql_stored_kind kind);
/* A new storage; gone when the transaction rolls back. */
struct sql_stored *sql_store_create(struct sql_env *env, struct sql_database *database,
                                    enum sql_stored_kind kind);
/* Takes the storage out of the database at once. */
void sql_store_remove(struct sql_database *database, uint32_t storage);

/* Gives up all handles (of a database that goes). */
void sql_store_handles_retire(struct sql_database *database);

extern const struct trie_type sql_stored_type;
extern const struct trie_type sql_database_type;

/* storage/object_store.c */
extern const struct btree_type sql_objects_type;
extern const struct trie_type sql_names_type;
/* False: out of memory, some of it may be undone. */
bool sql_objects_undo(struct sql_database *database, struct sql_txn *txn, uint32_t class_id,
                      uint32_t id, uint32_t command);
void sql_objects_commit(struct sql_database *database, struct sql_txn *txn, uint32_t class_id,
                        uint32_t id);

/* storage/table.c: takes back what the transaction's commands from `command` on did to these rows. */
bool sql_table_undo(struct sql_table_rows *table, const struct sql_txn *txn, uint64_t row_id,
                    uint64_t count, uint32_t command);
/* Frees versions of the row that nobody can see. */
void sql_table_prune(struct sql_table_rows *table, uint64_t row_id);

#endif

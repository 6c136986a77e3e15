/* Indexes: ordered sets of (key, row id); keys are bytes in memcmp order.
 *
 * An entry is added when a version with a new key comes, and stays as long as any snapshot may see a
 * version with that key. So an entry says only that the row may have that key: sql_index_scan_next
 * looks at the visible version and has its key made anew where the row's keys ever changed. Entries
 * of rows that are gone are taken out when a scan or an insertion meets them, and by
 * sql_index_sweep().
 *
 * Keys of up to 16 bytes stand in the entry itself (24 bytes with the row id); longer ones are blocks
 * that copies of the tree share.
 *
 * Ownership: struct sql_btree is a handle that belongs to its database, as struct sql_table_rows. Errors:
 * functions that take env may wait, and fail with env->error filled. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_INDEX_H
#define PARLEL_EMULATORS_SQL_STORAGE_INDEX_H

#include "common/btree.h"
#include "emulators/sql/storage/table.h"

struct sql_btree;

#define SQL_KEY_MAX ((size_t)1 << 28)

bool sql_btree_create(struct sql_env *env, struct sql_database *database, uint32_t *out_storage);
struct sql_btree *sql_btree_open(struct sql_env *env, struct sql_database *database,
                                 const struct sql_relation *relation);
/* Entries, stale ones too. */
uint64_t sql_btree_count(const struct sql_btree *tree);
uint64_t sql_btree_bytes(const struct sql_btree *tree);

/* An index as a statement uses it: the tree, the table that it is on, and what makes a version's key. */
struct sql_index_use {
    struct sql_btree *tree;
    struct sql_table_rows *table;
    /* The key of a version, made where it lasts until the next call. (Keys given to sql_index_insert,
     * check and find may stand in the same place; bounds of ranges may not.) *out_skip: the version has none
     * (partial index). False: the error is filled. */
    bool (*key)(struct sql_index_use *use, struct sql_env *env, const struct sql_row *row,
                struct slice *out_key, bool *out_skip);
    void *ctx;
};

enum sql_unique {
    SQL_UNIQUE_NO,       /* or: the key has a NULL, and NULLs are distinct */
    SQL_UNIQUE_NOW,      /* waits for others' uncommitted entries of the key */
    SQL_UNIQUE_DEFERRED, /* does not wait: *out_conflict says that sql_index_check must follow */
};
/* Adds an entry. True with *out_conflict != 0: the key is taken by that row, and nothing was added
 * (SQL_UNIQUE_NOW), or it was and must be checked later (SQL_UNIQUE_DEFERRED). */
bool sql_index_insert(struct sql_env *env, struct sql_index_use *use, struct slice key,
                      uint64_t row_id, enum sql_unique unique, uint64_t *out_conflict);
/* Is there another live row (than row_id; 0: any) with that key? Waits for uncommitted ones.
 * *out_conflict: its row id, 0: none. For ON CONFLICT and deferred constraints. */
bool sql_index_check(struct sql_env *env, struct sql_index_use *use, struct slice key,
                     uint64_t row_id, uint64_t *out_conflict);

/* Bounds of a range. A bound that is the beginning of keys stands for all of them: included, all keys
 * that begin with it are in the range. ptr NULL: unbounded. Equality: both the same, included. */
struct sql_key_range {
    struct slice low, high;
    bool low_excluded, high_excluded;
};

struct sql_index_scan {
    struct sql_index_use *use;
    const struct sql_snapshot *snapshot;
    struct sql_key_range range; /* the bounds' bytes are the caller's, until the scan's end */
    bool backward, started, done, turned;
    uint64_t row_id;     /* of the entry given last */
    struct slice key;    /* of the entry given last; borrowed until the next call */
    struct arena *arena; /* of the scan */
    struct btree_iter place;
    uint64_t changes; /* the tree's, when the place was found */
    uint8_t *bytes;   /* the key's; in arena */
    size_t room;
};
/* Records a read of the range for serializable transactions. arena lasts as long as the scan. */
bool sql_index_scan_begin(struct sql_index_scan *scan, struct sql_env *env,
                          struct sql_index_use *use, struct arena *arena,
                          const struct sql_key_range *range, const struct sql_snapshot *snapshot,
                          bool backward);
/* The next row that the snapshot sees and whose key is the entry's; *out_row NULL: at the end. The
 * index may be changed between two calls. scan->row_id and scan->key say which entry it was. */
bool sql_index_scan_next(struct sql_index_scan *scan, struct sql_env *env,
                         const struct sql_row **out_row);
/* Walks the other way from where it stands: the entry given last comes first. */
void sql_index_scan_turn(struct sql_index_scan *scan);

/* The only row with that key under the snapshot (unique indexes): a scan in one call. *out_row NULL:
 * none. */
bool sql_index_find(struct sql_env *env, struct sql_index_use *use, struct slice key,
                    const struct sql_snapshot *snapshot, const struct sql_row **out_row,
                    uint64_t *out_row_id);

/* Entries in the range, stale ones too, exact: two descents. For the planner. */
uint64_t sql_index_count(const struct sql_btree *tree, const struct sql_key_range *range);

/* Are there so many stale entries that a sweep pays? Then whoever can make keys calls
 * sql_index_sweep after a statement: it goes on where the last one stopped and looks at most at
 * `budget` entries. */
bool sql_index_wants_sweep(const struct sql_index_use *use);
bool sql_index_sweep(struct sql_env *env, struct sql_index_use *use, uint32_t budget);

/* Building from a full table: entries in any order, without uniqueness; then sql_index_build_finish
 * sorts them in. Between the two the index is empty. Quicker than inserting. Others have their turn
 * meanwhile: env outlives the build. */
struct sql_index_build;
struct sql_index_build *sql_index_build_begin(struct sql_env *env, struct sql_btree *tree);
/* unique: no other entry may have the same key (false: or it has a NULL, and NULLs are distinct). */
bool sql_index_build_add(struct sql_index_build *build, struct slice key, uint64_t row_id,
                         bool unique);
/* Frees the build, also when it fails. *out_duplicate and *out_other are two rows of one key that may
 * be there once (the index is empty then), 0: none. */
bool sql_index_build_finish(struct sql_index_build *build, uint64_t *out_duplicate,
                            uint64_t *out_other);
void sql_index_build_abandon(struct sql_index_build *build);

#endif

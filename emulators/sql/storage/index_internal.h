/* What index.c and index_scan.c share. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_INDEX_INTERNAL_H
#define PARLEL_EMULATORS_SQL_STORAGE_INDEX_INTERNAL_H

#include "emulators/sql/storage/entry.h"
#include "emulators/sql/storage/table_internal.h"

/* Fewer stale entries than this are left alone. */
#define SQL_SWEEP_FROM 256

/* Copies a key that is looked for, into `room` (of SQL_KEY_ROOM bytes) when it is short: making the key
 * of a version may overwrite it. */
#define SQL_KEY_ROOM 128
bool sql_index_copy_key(struct sql_env *env, struct slice *key, uint8_t *room);

/* Puts the entry in and takes its reference; false: no memory, or the tree is gone. */
bool sql_btree_add(struct sql_btree *tree, const struct sql_entry *entry);
/* Takes the entry out; without memory it stays. */
void sql_btree_remove(struct sql_btree *tree, const struct sql_entry *entry);

/* Does that version of the row, whose newest version is given, have the key? False: the error is
 * filled. */
bool sql_index_matches(struct sql_index_use *use, struct sql_env *env, const struct sql_row *newest,
                       const struct sql_row *row, struct slice key, bool *out);
/* Has the row one version alone (or none), which everybody sees? Then an entry that it does not match is
 * of no use any more. */
bool sql_index_is_stale(const struct sql_index_use *use, const struct sql_row *newest);

#endif

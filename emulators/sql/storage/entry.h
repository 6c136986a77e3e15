/* Entries of indexes: a key and a row id in 24 bytes.
 *
 * Keys of up to 16 bytes stand in head and tail, padded with zeroes; of longer ones head has the first
 * 8 bytes and the rest is a counted block. No key is the beginning of another one, so padding does not
 * make two keys equal. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_ENTRY_H
#define PARLEL_EMULATORS_SQL_STORAGE_ENTRY_H

#include "common/btree.h"

#define SQL_ENTRY_INLINE 16
#define SQL_ENTRY_HEAD   8

enum {
    SQL_ENTRY_LEN = 0x1f,     /* of `row`: length of a key that stands in the entry */
    SQL_ENTRY_LONG = 0x20,    /* tail is a struct sql_key_rest * */
    SQL_ENTRY_MANY = 0x40,    /* while building: others may have the same key */
    SQL_ENTRY_ROW_SHIFT = 16, /* above: the row id */
};

struct sql_key_rest {
    uint32_t refs;
    uint32_t len;
    uint8_t bytes[];
};

struct sql_entry {
    uint64_t head, tail; /* big-endian bytes as numbers */
    uint64_t row;
};

/* A key to look for, its first bytes as numbers. */
struct sql_key_probe {
    uint64_t head, tail;
    uint64_t row_id;
    struct slice key;
};

static inline uint64_t sql_entry_row_id(const struct sql_entry *entry)
{
    return entry->row >> SQL_ENTRY_ROW_SHIFT;
}

static inline const struct sql_key_rest *sql_entry_rest(const struct sql_entry *entry)
{
    return entry->row & SQL_ENTRY_LONG ? (const struct sql_key_rest *)(uintptr_t)entry->tail : NULL;
}

extern const struct btree_type sql_entries_type;

size_t sql_entry_key_len(const struct sql_entry *entry);
/* Writes the key's bytes, as many as that says. */
void sql_entry_key(const struct sql_entry *entry, uint8_t *out);
/* Makes an entry; its block (if it needs one) is the caller's reference. False: out of memory. */
bool sql_entry_make(struct heap *heap, struct slice key, uint64_t row_id, struct sql_entry *out);
void sql_entry_release(struct heap *heap, const struct sql_entry *entry);
/* By key, then by row id. */
int sql_entry_compare(const void *a, const void *b);
int sql_entry_compare_keys(const struct sql_entry *a, const struct sql_entry *b);

void sql_key_probe_init(struct sql_key_probe *probe, struct slice key, uint64_t row_id);
/* Does the entry stand before (key, row id)? */
bool sql_entry_before(const void *entry, const void *probe);
/* The first entry that does not; NULL: there is none. As btree_iter_seek, but quicker. */
const struct sql_entry *sql_entries_seek(struct btree_iter *iter, const struct btree *entries,
                                         const struct sql_key_probe *probe);
/* Does it stand before (key, row id), or is it that one? */
bool sql_entry_up_to(const void *entry, const void *probe);
/* Does its key stand before all keys that begin with the probe's? */
bool sql_entry_before_prefix(const void *entry, const void *probe);
/* Does its key stand before them, or is it one of them? */
bool sql_entry_up_to_prefix(const void *entry, const void *probe);
bool sql_entry_has_key(const struct sql_entry *entry, const struct sql_key_probe *probe);

#endif

/* A hash of rows by their keys, in the order in which they came: groups, distinct rows, IN lists. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_ROW_SET_H
#define PARLEL_EMULATORS_SQL_EXEC_ROW_SET_H

#include "emulators/sql/exec/key.h"

struct sql_row_entry {
    struct sql_row_entry *next; /* of the bucket */
    struct sql_row_entry *next_added;
    uint64_t hash;
    uint64_t key_int;
    const uint8_t *key; /* NULL: a single number that is not NULL */
    uint32_t key_len;
};
_Static_assert(sizeof(struct sql_row_entry) == 48, "what follows stays aligned");

/* Zeroed memory is an empty set. */
struct sql_row_set {
    struct arena arena, scratch;
    struct sql_row_entry **buckets;
    uint64_t bucket_count, count;
    struct sql_row_entry *first, *last;
};

static inline void *sql_row_payload(struct sql_row_entry *entry)
{
    return entry + 1;
}

/* The entry of the registers' key, made with `payload` zeroed bytes when there is none (*fresh). */
bool sql_row_set_add(struct sql_row_set *set, struct sql_run *run, const struct sql_keys *keys,
                     size_t payload, struct sql_row_entry **out, bool *fresh);
/* NULL in *out: there is none. */
bool sql_row_set_find(struct sql_row_set *set, struct sql_run *run, const struct sql_keys *keys,
                      struct sql_row_entry **out);
void sql_row_set_reset(struct sql_row_set *set);
void sql_row_set_done(struct sql_row_set *set);

#endif

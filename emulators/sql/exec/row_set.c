#include "emulators/sql/exec/row_set.h"

#include <stdlib.h>

#include "common/hash.h"

#define BUCKETS_FIRST 64

struct row_key {
    uint64_t hash, number;
    struct slice bytes; /* ptr NULL: the number */
};

static uint64_t hash_number(uint64_t value)
{
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

static bool key_of(struct sql_row_set *set, struct sql_run *run, const struct sql_keys *keys,
                   struct row_key *out)
{
    if (keys->count == 1 && keys->items[0].codec == SQL_KEY_INT &&
        !run->regs[keys->items[0].reg].null) {
        out->number = (uint64_t)run->regs[keys->items[0].reg].i;
        out->bytes = slice_of(NULL, 0);
        out->hash = hash_number(out->number);
        return true;
    }
    struct sql_bytes bytes;
    if (set->scratch.chunks)
        arena_reset(&set->scratch);
    sql_bytes_init(&bytes, &set->scratch);
    /* Never empty, so that it is told from a number; rows without columns are all equal. */
    sql_bytes_add_char(&bytes, 1);
    if (!sql_key_encode(run, keys, &set->scratch, &bytes))
        return false;
    out->bytes = sql_bytes_slice(&bytes);
    out->number = 0;
    out->hash = hash_bytes(out->bytes);
    return true;
}

static struct sql_row_entry *find(const struct sql_row_set *set, const struct row_key *key)
{
    if (!set->bucket_count)
        return NULL;
    struct sql_row_entry *entry = set->buckets[key->hash & (set->bucket_count - 1)];
    for (; entry; entry = entry->next) {
        if (entry->hash != key->hash)
            continue;
        if (key->bytes.ptr
                ? entry->key && slice_eq(slice_of(entry->key, entry->key_len), key->bytes)
                : !entry->key && entry->key_int == key->number)
            return entry;
    }
    return NULL;
}

static bool grow(struct sql_row_set *set, struct sql_run *run)
{
    uint64_t count = set->bucket_count ? set->bucket_count * 4 : BUCKETS_FIRST;
    struct sql_row_entry **buckets = calloc(count, sizeof(struct sql_row_entry *));
    if (!buckets)
        return sql_fail_memory(run->env->error);
    for (struct sql_row_entry *entry = set->first; entry; entry = entry->next_added) {
        if (!sql_run_check(run)) {
            free(buckets);
            return false;
        }
        entry->next = buckets[entry->hash & (count - 1)];
        buckets[entry->hash & (count - 1)] = entry;
    }
    free(set->buckets);
    set->buckets = buckets;
    set->bucket_count = count;
    return true;
}

static bool insert(struct sql_row_set *set, struct sql_run *run, const struct row_key *key,
                   size_t payload, struct sql_row_entry **out)
{
    if (set->count >= set->bucket_count && !grow(set, run))
        return false;
    struct sql_row_entry *entry = arena_zalloc(&set->arena, sizeof(*entry) + payload);
    if (!entry)
        return sql_fail_memory(run->env->error);
    if (key->bytes.ptr) {
        struct slice copy = arena_dup(&set->arena, key->bytes);
        if (!copy.ptr)
            return sql_fail_memory(run->env->error);
        entry->key = copy.ptr;
        entry->key_len = (uint32_t)copy.len;
    }
    entry->hash = key->hash;
    entry->key_int = key->number;
    entry->next = set->buckets[key->hash & (set->bucket_count - 1)];
    set->buckets[key->hash & (set->bucket_count - 1)] = entry;
    if (set->last)
        set->last->next_added = entry;
    else
        set->first = entry;
    set->last = entry;
    set->count++;
    *out = entry;
    return true;
}

bool sql_row_set_add(struct sql_row_set *set, struct sql_run *run, const struct sql_keys *keys,
                     size_t payload, struct sql_row_entry **out, bool *fresh)
{
    struct row_key key;
    if (!key_of(set, run, keys, &key))
        return false;
    *out = find(set, &key);
    *fresh = *out == NULL;
    return *out || insert(set, run, &key, payload, out);
}

bool sql_row_set_find(struct sql_row_set *set, struct sql_run *run, const struct sql_keys *keys,
                      struct sql_row_entry **out)
{
    struct row_key key;
    if (!key_of(set, run, keys, &key))
        return false;
    *out = find(set, &key);
    return true;
}

void sql_row_set_reset(struct sql_row_set *set)
{
    arena_reset(&set->arena);
    if (set->buckets)
        memset(set->buckets, 0, set->bucket_count * sizeof(struct sql_row_entry *));
    set->first = set->last = NULL;
    set->count = 0;
}

void sql_row_set_done(struct sql_row_set *set)
{
    arena_done(&set->arena);
    arena_done(&set->scratch);
    free(set->buckets);
    *set = (struct sql_row_set){0};
}

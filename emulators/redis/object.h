/* Keys and values: what the keyspace holds.
 *
 * An ENTRY is one key with its metadata and value, one block of memory: header, optional expiry,
 * the key's bytes and, for short strings, the value's bytes. Integers sit in the header. Everything
 * else is a VALUE: a counted object whose first members are struct redis_value, with one table of
 * functions per type.
 *
 * Sharing: entries and values count references, because a checkpoint or fork shares them. Something
 * with refs > 1 is never changed: the writer clones it first (an entry's clone takes one more
 * reference to its value; a value's clone shares the structure below it, copying nothing that is
 * large). The functions of db.h that give something "for writing" have done all of this.
 *
 * Times are int64_t milliseconds since the epoch on the sandbox's clock. Functions that allocate
 * return NULL when out of memory and have changed nothing. */
#ifndef PARLEL_EMULATORS_REDIS_OBJECT_H
#define PARLEL_EMULATORS_REDIS_OBJECT_H

#include "common/heap.h"
#include "common/text.h"
#include "common/trie.h"

enum redis_type {
    REDIS_STRING,
    REDIS_LIST,
    REDIS_SET,
    REDIS_ZSET,
    REDIS_HASH,
    REDIS_STREAM,
    REDIS_TYPE_COUNT,
    REDIS_ANY = REDIS_TYPE_COUNT /* no type is asked for */
};

enum redis_string_encoding { REDIS_STRING_INT, REDIS_STRING_EMBSTR, REDIS_STRING_RAW };

/* Longest string kept within its entry; also the bound of Redis's "embstr". */
#define REDIS_EMBSTR_MAX 44

/* The common head of all values. */
struct redis_value {
    uint32_t refs;
    uint8_t type;     /* enum redis_type */
    uint8_t encoding; /* the type's own enum */
};

/* What each type implements; redis_types[] is indexed by enum redis_type. Strings live partly in
 * their entry, so theirs concern RAW values alone. */
struct redis_type_ops {
    const char *name; /* what TYPE answers */
    /* The last reference is gone: gives up everything below and the object itself. */
    void (*release)(struct heap *heap, struct redis_value *value);
    /* A copy with refs 1 that shares structure with the original; cheap at any size. */
    struct redis_value *(*clone)(struct heap *heap, const struct redis_value *value);
    /* What OBJECT ENCODING answers. */
    const char *(*encoding)(const struct redis_value *value);
    /* Number of elements; an aggregate of 0 elements does not exist (streams may be empty). */
    uint64_t (*length)(const struct redis_value *value);
    /* Bytes of memory below the value, estimated from `samples` elements (0: all of them). */
    size_t (*memory)(const struct redis_value *value, uint64_t samples);
};
extern const struct redis_type_ops *const redis_types[REDIS_TYPE_COUNT];

/* A string too long for its entry, or one that was changed in place. */
struct redis_raw {
    struct redis_value base;
    size_t len, room; /* room: bytes allocated behind the header */
    uint8_t bytes[];
};

#define REDIS_ENTRY_EXPIRES 1u

struct redis_entry {
    uint32_t refs;
    uint8_t type;      /* enum redis_type */
    uint8_t encoding;  /* strings: enum redis_string_encoding; others: 0, see the value */
    uint8_t flags;     /* REDIS_ENTRY_* */
    uint8_t frequency; /* LFU: logarithmic counter */
    uint32_t access;   /* LRU: seconds; LFU: minutes of the last decay; see evict.h */
    uint32_t key_len;
    union {
        int64_t integer;            /* string, INT */
        uint64_t embedded_len;      /* string, EMBSTR */
        struct redis_value *object; /* string, RAW, and every other type: one reference */
    } value;
    /* int64_t expire_ms when REDIS_ENTRY_EXPIRES; key bytes; EMBSTR value bytes */
};

/* ---- entries */

/* An entry with refs 1. expire_ms < 0: none. */
struct redis_entry *redis_entry_of_int(struct heap *heap, struct slice key, int64_t value,
                                       int64_t expire_ms);
/* value.len <= REDIS_EMBSTR_MAX */
struct redis_entry *redis_entry_of_embstr(struct heap *heap, struct slice key, struct slice value,
                                          int64_t expire_ms);
/* Takes the caller's reference to the value (only when it succeeds). */
struct redis_entry *redis_entry_of_value(struct heap *heap, struct slice key,
                                         struct redis_value *value, int64_t expire_ms);
/* The entry of a string in the encoding that Redis's SET would choose. */
struct redis_entry *redis_entry_of_string(struct heap *heap, struct slice key, struct slice value,
                                          int64_t expire_ms);
/* The same contents under another name and expiry (RENAME, COPY of a shareable value, EXPIRE): a new
 * entry with refs 1 and one more reference to the value; access and frequency are kept. */
struct redis_entry *redis_entry_copy(struct heap *heap, const struct redis_entry *entry,
                                     struct slice key, int64_t expire_ms);
/* Gives up one reference. */
void redis_entry_release(struct heap *heap, struct redis_entry *entry);
/* Bytes of the entry's own block. */
size_t redis_entry_size(const struct redis_entry *entry);

static inline const uint8_t *redis_entry_tail(const struct redis_entry *entry)
{
    return (const uint8_t *)(entry + 1) + (entry->flags & REDIS_ENTRY_EXPIRES ? 8 : 0);
}

static inline struct slice redis_entry_key(const struct redis_entry *entry)
{
    return slice_of(redis_entry_tail(entry), entry->key_len);
}

/* Milliseconds since the epoch, or -1 for a key that does not expire. */
static inline int64_t redis_entry_expire(const struct redis_entry *entry)
{
    int64_t at = -1;
    if (entry->flags & REDIS_ENTRY_EXPIRES)
        memcpy(&at, entry + 1, sizeof(at));
    return at;
}

/* A string's bytes, borrowed from the entry, its value or, for an integer, from scratch. */
static inline struct slice redis_entry_string(const struct redis_entry *entry,
                                              char scratch[TEXT_INT_MAX])
{
    if (entry->encoding == REDIS_STRING_EMBSTR)
        return slice_of(redis_entry_tail(entry) + entry->key_len, entry->value.embedded_len);
    if (entry->encoding == REDIS_STRING_INT)
        return slice_of(scratch, text_from_i64(scratch, entry->value.integer));
    const struct redis_raw *raw = (const struct redis_raw *)entry->value.object;
    return slice_of(raw->bytes, raw->len);
}

/* What OBJECT ENCODING answers for the entry. */
const char *redis_entry_encoding(const struct redis_entry *entry);
/* What MEMORY USAGE answers: the entry's block and everything below its value. */
size_t redis_entry_memory(const struct redis_entry *entry, uint64_t samples);

extern const struct trie_type redis_entry_trie_type;

/* ---- values */

static inline void redis_value_init(struct redis_value *value, enum redis_type type,
                                    uint8_t encoding)
{
    *value = (struct redis_value){1, (uint8_t)type, encoding};
}

/* Gives up one reference. NULL is accepted. */
void redis_value_release(struct heap *heap, struct redis_value *value);

/* A raw string of len bytes, uninitialised, with room for `room` >= len. */
struct redis_raw *redis_raw_create(struct heap *heap, size_t len, size_t room);

#endif

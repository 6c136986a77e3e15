#include "emulators/redis/command_info.h"

#include "common/assert.h"
#include "emulators/redis/command_table.h"

/* The hash is made at build time too: bytes are read in one order everywhere. */
static uint64_t little_endian(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(value);
#else
    return value;
#endif
}

static uint64_t load64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return little_endian(value);
}

static uint64_t load32(const uint8_t *at)
{
    uint64_t value = 0;
    memcpy(&value, at, sizeof(uint32_t));
    return little_endian(value);
}

/* The 'A'..'Z' among eight bytes become 'a'..'z'. */
static uint64_t lower8(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t low = bytes & each * 0x7f;
    uint64_t from_a = low + each * (0x80 - 'A');
    uint64_t above_z = low + each * (0x7f - 'Z');
    uint64_t upper = (from_a ^ above_z) & ~bytes & each * 0x80;
    return bytes | upper >> 2;
}

/* Both ends of a name and its middle, in lower case; they overlap when it is short, and are all of
 * it up to WORDS_LEN_MAX bytes. */
struct words {
    uint64_t head, middle, tail;
};
#define WORDS_LEN_MAX 24

static struct words words_of(struct slice name)
{
    const uint8_t *end = name.ptr + name.len;
    if (name.len >= 8)
        return (struct words){lower8(load64(name.ptr)), lower8(load64(name.ptr + name.len / 2 - 4)),
                              lower8(load64(end - 8))};
    if (name.len >= 4)
        return (struct words){lower8(load32(name.ptr)), 0, lower8(load32(end - 4))};
    uint64_t rest = name.ptr[name.len / 2] | (uint64_t)end[-1] << 8;
    return (struct words){lower8(name.ptr[0]), 0, lower8(rest)};
}

static uint64_t hash_words(struct words words, size_t len)
{
    uint64_t hash = (words.head ^ len) * redis_command_hash_seed;
    hash = (hash ^ hash >> 32 ^ words.tail) * redis_command_hash_seed;
    hash = (hash ^ hash >> 32 ^ words.middle) * redis_command_hash_seed;
    return hash ^ hash >> 29;
}

static bool is_name(struct words words, struct slice name, struct slice known)
{
    if (name.len != known.len)
        return false;
    struct words other = words_of(known);
    return words.head == other.head && words.middle == other.middle && words.tail == other.tail &&
           (name.len <= WORDS_LEN_MAX || slice_eq_nocase(name, known));
}

const struct redis_command_info *redis_command_find_full(struct slice full_name)
{
    if (full_name.len == 0 || full_name.len > REDIS_COMMAND_NAME_MAX)
        return NULL;
    struct words words = words_of(full_name);
    uint64_t hash = hash_words(words, full_name.len);
    uint16_t shift = redis_command_shifts[hash % REDIS_COMMAND_SHIFTS];
    uint16_t slot = redis_command_slot_table[((hash >> 32) + shift) % REDIS_COMMAND_SLOTS];
    if (!slot)
        return NULL;
    const struct redis_command_info *info = &redis_command_table[slot - 1];
    struct slice known = slice_of(info->full_name, info->full_name_len);
    return is_name(words, full_name, known) ? info : NULL;
}

const struct redis_command_info *redis_command_find(struct slice name)
{
    const struct redis_command_info *info = redis_command_find_full(name);
    return info && !info->parent ? info : NULL;
}

const struct redis_command_info *redis_command_find_sub(const struct redis_command_info *parent,
                                                        struct slice name)
{
    uint8_t full_name[REDIS_COMMAND_NAME_MAX];
    size_t at = parent->full_name_len;
    if (!parent->has_subcommands || name.len == 0 || at + 1 + name.len > sizeof(full_name))
        return NULL;
    memcpy(full_name, parent->full_name, at);
    full_name[at] = '|';
    memcpy(full_name + at + 1, name.ptr, name.len);
    return redis_command_find_full(slice_of(full_name, at + 1 + name.len));
}

uint32_t redis_command_count(void)
{
    return redis_command_table_count;
}

uint32_t redis_command_top_count(void)
{
    return redis_command_table_top_count;
}

const struct redis_command_info *redis_command_at(uint32_t index)
{
    ASSERT(index < redis_command_table_count);
    return &redis_command_table[index];
}

const char *redis_category_name(enum redis_category category)
{
    static const char *const names[] = {
        [REDIS_CATEGORY_KEYSPACE] = "keyspace",
        [REDIS_CATEGORY_READ] = "read",
        [REDIS_CATEGORY_WRITE] = "write",
        [REDIS_CATEGORY_SET] = "set",
        [REDIS_CATEGORY_SORTEDSET] = "sortedset",
        [REDIS_CATEGORY_LIST] = "list",
        [REDIS_CATEGORY_HASH] = "hash",
        [REDIS_CATEGORY_STRING] = "string",
        [REDIS_CATEGORY_BITMAP] = "bitmap",
        [REDIS_CATEGORY_HYPERLOGLOG] = "hyperloglog",
        [REDIS_CATEGORY_GEO] = "geo",
        [REDIS_CATEGORY_STREAM] = "stream",
        [REDIS_CATEGORY_PUBSUB] = "pubsub",
        [REDIS_CATEGORY_ADMIN] = "admin",
        [REDIS_CATEGORY_FAST] = "fast",
        [REDIS_CATEGORY_SLOW] = "slow",
        [REDIS_CATEGORY_BLOCKING] = "blocking",
        [REDIS_CATEGORY_DANGEROUS] = "dangerous",
        [REDIS_CATEGORY_CONNECTION] = "connection",
        [REDIS_CATEGORY_TRANSACTION] = "transaction",
        [REDIS_CATEGORY_SCRIPTING] = "scripting",
    };
    ASSERT(category < REDIS_CATEGORY_COUNT);
    return names[category];
}

/* Sets: an intset (sorted integers in one block) while small and all integers, else a map.
 *
 * Functions that change a set need one that nobody else sees and return false when out of memory,
 * with nothing changed. Slices borrow from the set until it is changed, or from the caller's
 * scratch where a member is an integer. */
#ifndef PARLEL_EMULATORS_REDIS_SET_H
#define PARLEL_EMULATORS_REDIS_SET_H

#include "common/random.h"
#include "emulators/redis/object.h"

enum redis_set_encoding { REDIS_SET_INTSET, REDIS_SET_HASHTABLE };

/* A member of a map: also used by whoever needs a counted string in a map. */
struct redis_member {
    uint32_t refs;
    uint32_t len;
    uint8_t bytes[];
};
extern const struct trie_type redis_member_trie_type;
struct redis_member *redis_member_create(struct heap *heap, struct slice bytes);
static inline struct slice redis_member_slice(const void *member)
{
    const struct redis_member *m = member;
    return slice_of(m->bytes, m->len);
}

struct redis_set {
    struct redis_value base;
    uint32_t int_count, int_room; /* INTSET */
    int64_t *ints;                /* INTSET, ascending */
    struct trie members;          /* HASHTABLE */
};

struct redis_set *redis_set_create(struct heap *heap);
uint64_t redis_set_size(const struct redis_set *set);

/* int_max: set-max-intset-entries. */
bool redis_set_add(struct heap *heap, struct redis_set *set, int64_t int_max, struct slice member,
                   bool *added);
bool redis_set_remove(struct heap *heap, struct redis_set *set, struct slice member, bool *removed);
bool redis_set_has(const struct redis_set *set, struct slice member);
/* A member chosen evenly; the set is not empty. */
struct slice redis_set_random(const struct redis_set *set, struct random *random,
                              char scratch[TEXT_INT_MAX]);

struct redis_set_iter {
    const struct redis_set *set;
    uint32_t at;
    struct trie_iter iter;
    char scratch[TEXT_INT_MAX];
};
void redis_set_iter_init(struct redis_set_iter *iter, const struct redis_set *set);
bool redis_set_iter_next(struct redis_set_iter *iter, struct slice *out);

/* One step of SSCAN: see trie_scan; an intset comes whole. */
uint64_t redis_set_scan(const struct redis_set *set, uint64_t cursor,
                        void (*visit)(void *ctx, struct slice member), void *ctx);

#endif

/* Sorted sets: members with scores, in order of score and then of bytes.
 *
 * Small ones (zset-max-listpack-entries, zset-max-listpack-value) are packed in order; large ones
 * are a map from member to score and a counted B+tree in order, so ranks and ranges cost O(log n).
 * Functions that change a sorted set need one that nobody else sees and return false when out of
 * memory. Slices borrow from the set until it is changed. Scores are never NaN. */
#ifndef PARLEL_EMULATORS_REDIS_ZSET_H
#define PARLEL_EMULATORS_REDIS_ZSET_H

#include "common/btree.h"
#include "common/random.h"
#include "emulators/redis/config.h"
#include "emulators/redis/object.h"
#include "emulators/redis/packed.h"

enum redis_zset_encoding { REDIS_ZSET_LISTPACK, REDIS_ZSET_SKIPLIST };

struct redis_zset {
    struct redis_value base;
    struct packed *packed; /* LISTPACK: member, 8 bytes of score, ... */
    struct trie members;   /* SKIPLIST */
    struct btree order;    /* SKIPLIST */
};

struct redis_zitem {
    struct slice member;
    double score;
};

/* An interval of scores; a bound is exclusive or inclusive. */
struct redis_score_range {
    double min, max;
    bool min_exclusive, max_exclusive;
};

/* A bound of an interval of members: "-", "+", "[x" or "(x". */
struct redis_lex_bound {
    enum { REDIS_LEX_MIN, REDIS_LEX_MAX, REDIS_LEX_INCLUSIVE, REDIS_LEX_EXCLUSIVE } kind;
    struct slice bytes;
};
struct redis_lex_range {
    struct redis_lex_bound min, max;
};

struct redis_zset *redis_zset_create(struct heap *heap);
uint64_t redis_zset_size(const struct redis_zset *zset);
bool redis_zset_score(const struct redis_zset *zset, struct slice member, double *out);

/* Adds the member or moves it to another score. */
bool redis_zset_put(struct heap *heap, struct redis_zset *zset, const struct redis_config *config,
                    struct slice member, double score, bool *added);
/* Leaves the packed form for good, as SORT makes redis-server do. */
bool redis_zset_to_skiplist(struct heap *heap, struct redis_zset *zset);
bool redis_zset_remove(struct heap *heap, struct redis_zset *zset, struct slice member,
                       bool *removed);
bool redis_zset_remove_range(struct heap *heap, struct redis_zset *zset, uint64_t rank,
                             uint64_t count);

/* The 0-based rank of a member that is there with this score. */
uint64_t redis_zset_rank(const struct redis_zset *zset, struct slice member, double score);

/* Ranks [*rank, *rank + return value) are what lies within the interval. Lexicographic intervals
 * suppose that all scores are equal, as redis-server does. */
uint64_t redis_zset_score_span(const struct redis_zset *zset, const struct redis_score_range *range,
                               uint64_t *rank);
uint64_t redis_zset_lex_span(const struct redis_zset *zset, const struct redis_lex_range *range,
                             uint64_t *rank);

/* Walks from a rank, upwards or downwards; next returns false at the end. */
struct redis_zset_iter {
    const struct redis_zset *zset;
    const uint8_t *at;
    struct btree_iter iter;
    const void *item;
    bool backwards;
};
void redis_zset_iter_init(struct redis_zset_iter *iter, const struct redis_zset *zset,
                          uint64_t rank, bool backwards);
bool redis_zset_iter_next(struct redis_zset_iter *iter, struct redis_zitem *out);

/* An element chosen evenly; the set is not empty. */
void redis_zset_random(const struct redis_zset *zset, struct random *random,
                       struct redis_zitem *out);
uint64_t redis_zset_scan(const struct redis_zset *zset, uint64_t cursor,
                         void (*visit)(void *ctx, const struct redis_zitem *item), void *ctx);

#endif

/* Buckets: the sets by key that direct and headers exchanges find their bindings in.
 *
 * A map of buckets is persistent, and so is each bucket's set of members: who changes one of a map
 * that is shared copies the paths to it. The type of the members is the caller's and the same for
 * all buckets of a map. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ROUTE_BUCKET_H
#define PARLEL_EMULATORS_RABBITMQ_ROUTE_BUCKET_H

#include "common/btree.h"
#include "common/trie.h"

/* The members of a bucket; NULL when there are none. */
const struct btree *rabbit_bucket_find(const struct trie *buckets, struct slice key);

/* The same for changing, in a map that no other sees; an empty set when there was no such bucket.
 * NULL when out of memory. */
struct btree *rabbit_bucket_edit(struct trie *buckets, struct heap *heap, struct slice key,
                                 const struct btree_type *members);

/* Takes a bucket out that has been given by rabbit_bucket_edit, if it is empty. */
void rabbit_bucket_prune(struct trie *buckets, struct heap *heap, struct slice key);

void rabbit_buckets_clear(struct trie *buckets, struct heap *heap);

#endif

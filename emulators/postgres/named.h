/* What a session has by name: prepared statements, portals. Found by hash, listed from the newest to the
 * oldest; the one without a name is apart from the others' hash.
 *
 * Ownership: the owner of a thing embeds struct pg_named FIRST, and frees it after taking it out. */
#ifndef PARLEL_EMULATORS_POSTGRES_NAMED_H
#define PARLEL_EMULATORS_POSTGRES_NAMED_H

#include "common/trie.h"

struct pg_named {
    uint32_t refs; /* FIRST: trie.h */
    bool listed;
    struct slice name; /* the owner's */
    struct pg_named *next, *previous;
};

/* Zeroed memory is an empty one. */
struct pg_names {
    struct trie by_name;
    struct pg_named *unnamed; /* NULL: there is none */
    struct pg_named *newest;
};

/* NULL: there is none. */
struct pg_named *pg_named_find(const struct pg_names *names, struct slice name);
/* Its name is not in use. False: out of memory. */
bool pg_named_add(struct pg_names *names, struct heap *heap, struct pg_named *named);
/* Nothing happens to what was not added. */
void pg_named_remove(struct pg_names *names, struct heap *heap, struct pg_named *named);

#endif

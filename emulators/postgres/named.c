#include "emulators/postgres/named.h"

#include "common/hash.h"

static uint64_t hash_of(const void *item)
{
    return hash_bytes(((const struct pg_named *)item)->name);
}

static bool has_name(const void *item, struct slice name)
{
    return slice_eq(((const struct pg_named *)item)->name, name);
}

/* Whoever took it out frees it. */
static void let_go(struct heap *heap, void *item)
{
    (void)heap, (void)item;
}

static const struct trie_type type = {hash_of, has_name, let_go};

struct pg_named *pg_named_find(const struct pg_names *names, struct slice name)
{
    return name.len ? trie_find(&names->by_name, &type, hash_bytes(name), name) : names->unnamed;
}

bool pg_named_add(struct pg_names *names, struct heap *heap, struct pg_named *named)
{
    named->refs = 1;
    if (named->name.len == 0)
        names->unnamed = named;
    else if (!trie_insert(&names->by_name, &type, heap, hash_of(named), named))
        return false;
    named->listed = true;
    named->next = names->newest;
    if (named->next)
        named->next->previous = named;
    names->newest = named;
    return true;
}

void pg_named_remove(struct pg_names *names, struct heap *heap, struct pg_named *named)
{
    bool absent;
    if (!named->listed)
        return;
    if (named == names->unnamed)
        names->unnamed = NULL;
    else
        trie_remove(&names->by_name, &type, heap, hash_of(named), named->name, &absent);
    *(named->previous ? &named->previous->next : &names->newest) = named->next;
    if (named->next)
        named->next->previous = named->previous;
    named->listed = false;
}

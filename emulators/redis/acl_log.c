#include "emulators/redis/acl_log.h"

/* So many of the newest entries are looked at for one to join, and so far apart they may be. */
#define JOIN_ENTRIES_MAX 10
#define JOIN_MS_MAX      60000

static void drop(struct redis_acl_log *log, struct heap *heap, struct redis_acl_log_entry **link)
{
    struct redis_acl_log_entry *entry = *link;
    *link = entry->next;
    log->count--;
    heap_free(heap, entry, entry->size);
}

static bool same_denial(const struct redis_acl_log_entry *a, const struct redis_acl_log_entry *b)
{
    int64_t apart_ms = a->at_ms < b->at_ms ? b->at_ms - a->at_ms : a->at_ms - b->at_ms;
    return strcmp(a->reason, b->reason) == 0 && strcmp(a->context, b->context) == 0 &&
           apart_ms <= JOIN_MS_MAX && slice_eq(a->object, b->object) && slice_eq(a->user, b->user);
}

static struct redis_acl_log_entry **find_same(struct redis_acl_log *log,
                                              const struct redis_acl_log_entry *denial)
{
    struct redis_acl_log_entry **link = &log->newest;
    for (int i = 0; i < JOIN_ENTRIES_MAX && *link; i++, link = &(*link)->next)
        if (same_denial(*link, denial))
            return link;
    return NULL;
}

static struct slice copy(uint8_t **at, struct slice bytes)
{
    struct slice to = slice_of(*at, bytes.len);
    if (bytes.len)
        memcpy(*at, bytes.ptr, bytes.len);
    *at += bytes.len;
    return to;
}

void redis_acl_log_put(struct redis_acl_log *log, struct heap *heap,
                       const struct redis_acl_log_entry *denial, uint64_t max)
{
    size_t size = sizeof(*denial) + denial->object.len + denial->user.len + denial->client.len;
    struct redis_acl_log_entry *entry = heap_alloc(heap, size);
    if (!entry)
        return;
    struct redis_acl_log_entry **same = find_same(log, denial);
    uint8_t *at = (uint8_t *)(entry + 1);
    *entry = *denial;
    entry->size = size;
    entry->count = same ? (*same)->count + 1 : 1;
    entry->object = copy(&at, denial->object);
    entry->user = copy(&at, denial->user);
    entry->client = copy(&at, denial->client);
    if (same)
        drop(log, heap, same);
    entry->next = log->newest;
    log->newest = entry;
    log->count++;
    if (same || log->count <= max)
        return;
    struct redis_acl_log_entry **link = &log->newest;
    for (uint64_t i = 0; i < max; i++)
        link = &(*link)->next;
    while (*link)
        drop(log, heap, link);
}

void redis_acl_log_clear(struct redis_acl_log *log, struct heap *heap)
{
    while (log->newest)
        drop(log, heap, &log->newest);
}

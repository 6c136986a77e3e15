/* ACL LOG: what was denied, newest first; the same denial again within a minute is one entry.
 * Entries come from the heap and are the log's own. Not part of the state that checkpoints keep. */
#ifndef PARLEL_EMULATORS_REDIS_ACL_LOG_H
#define PARLEL_EMULATORS_REDIS_ACL_LOG_H

#include "common/heap.h"

struct redis_acl_log_entry {
    struct redis_acl_log_entry *next; /* the one before in time */
    size_t size;
    uint64_t count;
    const char *reason;  /* "command", "key", "channel", "auth" */
    const char *context; /* "toplevel", "multi", "lua" */
    struct slice object, user, client;
    int64_t at_ms;
};

struct redis_acl_log {
    struct redis_acl_log_entry *newest;
    uint64_t count;
};

/* Writes a denial down (its strings are copied, reason and context are not) and drops the oldest
 * entries beyond `max`. Without memory the log stays as it is. */
void redis_acl_log_put(struct redis_acl_log *log, struct heap *heap,
                       const struct redis_acl_log_entry *denial, uint64_t max);
void redis_acl_log_clear(struct redis_acl_log *log, struct heap *heap);

#endif

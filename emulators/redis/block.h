/* Clients that wait for keys: BLPOP and its kin.
 *
 * A handler that finds nothing calls redis_block_on_keys and returns without a reply. When a key it
 * waits for becomes ready (comes into being with the right type, or a stream gets an entry), the
 * command is tried again after the command that made it ready is over, with REDIS_CALL_RETRY set,
 * oldest waiter of the key first. If it finds nothing again it calls redis_block_on_keys again and
 * keeps its place and its deadline. */
#ifndef PARLEL_EMULATORS_REDIS_BLOCK_H
#define PARLEL_EMULATORS_REDIS_BLOCK_H

#include "emulators/redis/session.h"

struct redis_block_options {
    const struct slice *keys; /* borrowed */
    uint32_t count;
    enum redis_type type; /* of value that makes a key ready */
    int64_t timeout_ms;   /* 0: for ever */
    /* Puts the reply when the time is over (also at once where blocking is not allowed: in MULTI,
     * in scripts). */
    void (*on_timeout)(struct redis_call *call);
};

void redis_block_on_keys(struct redis_call *call, const struct redis_block_options *options);

/* Waits for nothing but its deadline (WAIT). */
void redis_block_until(struct redis_call *call, int64_t timeout_ms,
                       void (*on_timeout)(struct redis_call *call));

/* May the command be served from this key? At its first try from any; when it is tried again only
 * from the key that became ready, as redis-server 7.0 does it. */
bool redis_block_may_serve(const struct redis_call *call, struct slice key);

/* True where commands may not block: in MULTI, in scripts. */
bool redis_block_denied(const struct redis_call *call);

/* Parses a timeout argument in seconds (fraction allowed); false with the error replied. */
bool redis_block_timeout(struct redis_call *call, struct slice arg, int64_t *out_ms);

/* A key may serve waiting clients now. Cheap when nobody waits. */
void redis_key_ready(struct redis *redis, struct redis_db *db, struct slice key);

/* The database's data was exchanged or emptied: every key that someone waits for is tried again; who
 * waits for a stream's group is told when the key is gone. */
void redis_block_scan_ready(struct redis *redis, struct redis_db *db);

/* Tries the commands of the clients whose keys became ready; called when no command is under way. */
void redis_serve_ready(struct redis *redis);

/* Ends a wait: as if its time were over (CLIENT UNBLOCK ... TIMEOUT), or with an error text. */
void redis_unblock_timeout(struct redis_session *session);
void redis_unblock_error(struct redis_session *session, const char *error);

/* Forgets the wait without a reply (the client goes). */
void redis_block_cancel(struct redis_session *session);

#endif

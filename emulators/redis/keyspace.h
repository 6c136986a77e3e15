/* The keyspace as commands see it: lazy expiry, statistics, access times, WATCH, tracking and
 * keyspace events on top of db.h.
 *
 * The usual shape of a command that changes an aggregate:
 *
 *     struct redis_value *value;
 *     if (!redis_value_for_write(call, key, REDIS_SET, &value))
 *         return;                              // WRONGTYPE or OOM is replied already
 *     if (!value) ... redis_add_value(call, key, set) ...
 *     change it
 *     redis_changed(call, key, REDIS_NOTIFY_SET, "sadd");
 *     if (empty) redis_delete_emptied(call, key);
 *
 * Borrowed pointers stay valid until the key, or the map of keys, is changed. */
#ifndef PARLEL_EMULATORS_REDIS_KEYSPACE_H
#define PARLEL_EMULATORS_REDIS_KEYSPACE_H

#include "emulators/redis/call.h"
#include "emulators/redis/db.h"

/* Classes of keyspace events, the letters of notify-keyspace-events. */
enum redis_notify {
    REDIS_NOTIFY_KEYSPACE = 1 << 0, /* K */
    REDIS_NOTIFY_KEYEVENT = 1 << 1, /* E */
    REDIS_NOTIFY_GENERIC = 1 << 2,  /* g */
    REDIS_NOTIFY_STRING = 1 << 3,   /* $ */
    REDIS_NOTIFY_LIST = 1 << 4,     /* l */
    REDIS_NOTIFY_SET = 1 << 5,      /* s */
    REDIS_NOTIFY_HASH = 1 << 6,     /* h */
    REDIS_NOTIFY_ZSET = 1 << 7,     /* z */
    REDIS_NOTIFY_EXPIRED = 1 << 8,  /* x */
    REDIS_NOTIFY_EVICTED = 1 << 9,  /* e */
    REDIS_NOTIFY_STREAM = 1 << 10,  /* t */
    REDIS_NOTIFY_MISS = 1 << 11,    /* m */
    REDIS_NOTIFY_MODULE = 1 << 12,  /* d */
    REDIS_NOTIFY_NEW = 1 << 13,     /* n */
    REDIS_NOTIFY_ALL = REDIS_NOTIFY_GENERIC | REDIS_NOTIFY_STRING | REDIS_NOTIFY_LIST |
                       REDIS_NOTIFY_SET | REDIS_NOTIFY_HASH | REDIS_NOTIFY_ZSET |
                       REDIS_NOTIFY_EXPIRED | REDIS_NOTIFY_EVICTED | REDIS_NOTIFY_STREAM |
                       REDIS_NOTIFY_MODULE /* A */
};

/* ---- looking */

/* The entry for reading, or NULL: an expired key is deleted (unless a script or paused client must
 * see none of it go), hits and misses are counted, the access time is brought up to date. */
struct redis_entry *redis_lookup(struct redis_call *call, struct slice key);
/* The same without touching the access time (EXISTS, TYPE, TTL). */
struct redis_entry *redis_look(struct redis_call *call, struct slice key);
/* The same without touching access time, statistics or events (OBJECT). */
struct redis_entry *redis_peek(struct redis_call *call, struct slice key);
/* The entry for changing (see redis_db_edit); NULL when absent. On out of memory *failed is set and
 * the error replied. */
struct redis_entry *redis_lookup_edit(struct redis_call *call, struct slice key, bool *failed);

/* The key's value if it is an aggregate of the type: *out is the value or NULL for an absent key.
 * False: it is of another type, and WRONGTYPE is replied. */
bool redis_value_for_read(struct redis_call *call, struct slice key, enum redis_type type,
                          const struct redis_value **out);
/* The same for changing: nobody else sees the value. False: WRONGTYPE or OOM is replied. */
bool redis_value_for_write(struct redis_call *call, struct slice key, enum redis_type type,
                           struct redis_value **out);
/* False, with WRONGTYPE replied, when the key exists with another type. */
bool redis_check_type(struct redis_call *call, struct slice key, enum redis_type type);

/* ---- changing */

/* Puts a value under a key that does not exist yet, without expiry; clients that wait for the key
 * will be served. Takes the value always: when out of memory it is released, the error replied and
 * false returned. */
bool redis_add_value(struct redis_call *call, struct slice key, struct redis_value *value);
/* Puts a value in place of whatever is under the key; its expiry goes. Takes the value likewise. */
bool redis_put_value(struct redis_call *call, struct slice key, struct redis_value *value);
/* Puts a whole entry (its own key and expiry) in place of whatever is there. Takes it likewise. */
bool redis_put_entry(struct redis_call *call, struct redis_entry *entry);
/* Stores a string as SET does, in the right encoding. keep_ttl keeps an existing expiry, otherwise
 * expire_ms (-1: none) is its expiry. False: OOM replied. No event, no redis_changed. */
bool redis_put_string(struct redis_call *call, struct slice key, struct slice value, bool keep_ttl,
                      int64_t expire_ms);
/* A string's bytes for changing in place (APPEND, SETRANGE, SETBIT, PFADD): the value becomes RAW,
 * exactly len bytes long, new bytes zero; an absent key is created. The key must be absent or a
 * string. NULL: OOM replied. */
struct redis_raw *redis_edit_string(struct redis_call *call, struct slice key, size_t len);

/* Takes the key away if it is there; true if it was (and had not expired). lazily: large values are
 * freed in idle moments (UNLINK). No event, no redis_changed. */
bool redis_delete(struct redis_call *call, struct slice key, bool lazily);
/* No element could be put in for want of memory: a key that was made for it goes again. */
void redis_delete_unused(struct redis_call *call, struct slice key);
/* After the last element went: deletes the key and sends its "del" event. */
void redis_delete_emptied(struct redis_call *call, struct slice key);
/* Sets (or with -1 removes) an existing key's expiry. False: OOM replied. */
bool redis_set_expire(struct redis_call *call, struct slice key, int64_t at_ms);

/* A key was changed: counts it (rdb_changes_since_last_save), breaks WATCH, invalidates tracking
 * clients, sends the event. class 0: no event. */
void redis_changed(struct redis_call *call, struct slice key, unsigned class, const char *event);
/* Only the event. */
void redis_notify(struct redis_call *call, unsigned class, const char *event, struct slice key);
/* Only WATCH and tracking, and the change count. */
void redis_touched(struct redis_call *call, struct slice key);

/* Deletes a key because its time has come, with its event and statistics. */
void redis_expire_now(struct redis *redis, struct redis_db *db, struct slice key);

#endif

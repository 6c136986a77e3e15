#include "emulators/redis/tracking.h"

#include <stdlib.h>

#include "common/hash.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/client.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/fault.h"

/* Who may have a key cached: ids of sessions, since a session may have gone meanwhile. */
struct tracked_key {
    uint32_t refs;
    uint32_t key_len;
    uint32_t count, room;
    uint64_t *ids;
    uint8_t key[];
};

/* A prefix with the sessions that want to hear of every key under it (BCAST). */
struct prefix {
    struct prefix *next;
    struct redis_session *session;
    struct trie changed; /* of struct changed_key: not yet told */
    uint32_t len;
    uint8_t bytes[];
};

/* A key that changed in this loop turn, and by whom: broadcasts go out together at its end. */
struct changed_key {
    uint32_t refs;
    uint32_t len;
    uint64_t by; /* 0: the server itself */
    uint8_t key[];
};

/* An invalidation that the running command has caused: sent when it is over, so that it never
 * comes in the midst of the command's own reply. */
struct pending {
    struct pending *next;
    uint64_t session_id;
    uint32_t len;
    bool all; /* everything: null instead of a key */
    uint8_t key[];
};

struct redis_tracking {
    struct redis *redis;
    struct heap *heap;
    struct trie keys; /* of struct tracked_key */
    uint64_t ids;     /* in all keys together */
    struct prefix *prefixes;
    struct reactor_task broadcast;
    unsigned clients, broadcast_clients;
    struct pending *first, *last;
};

enum {
    TRACK_BCAST = 1,
    TRACK_OPTIN = 2,
    TRACK_OPTOUT = 4,
    TRACK_NOLOOP = 8,
    TRACK_CACHING = 16,        /* CLIENT CACHING YES/NO holds for the next command */
    TRACK_BROKEN_REDIRECT = 32 /* the client it redirects to is gone */
};

struct redis_tracker {
    unsigned flags;
    uint64_t redirect;   /* 0: to itself */
    uint64_t caching_at; /* session->commands when CACHING was said */
};

static struct slice tracked_name(const void *item)
{
    const struct tracked_key *key = item;
    return slice_of(key->key, key->key_len);
}

static uint64_t tracked_hash(const void *item)
{
    return hash_bytes(tracked_name(item));
}

static bool tracked_equal(const void *item, struct slice name)
{
    return slice_eq(tracked_name(item), name);
}

static void tracked_release(struct heap *heap, void *item)
{
    struct tracked_key *key = item;
    heap_free(heap, key->ids, key->room * sizeof(*key->ids));
    heap_free(heap, key, sizeof(*key) + key->key_len);
}

static const struct trie_type tracked_type = {tracked_hash, tracked_equal, tracked_release};

static struct slice changed_name(const void *item)
{
    const struct changed_key *key = item;
    return slice_of(key->key, key->len);
}

static uint64_t changed_hash(const void *item)
{
    return hash_bytes(changed_name(item));
}

static bool changed_equal(const void *item, struct slice name)
{
    return slice_eq(changed_name(item), name);
}

static void changed_release(struct heap *heap, void *item)
{
    heap_free(heap, item, sizeof(struct changed_key) + ((struct changed_key *)item)->len);
}

static const struct trie_type changed_type = {changed_hash, changed_equal, changed_release};

static void broadcast(struct reactor_task *task);

struct redis_tracking *redis_tracking_create(struct redis *redis)
{
    struct redis_tracking *tracking = heap_zalloc(redis->host.heap, sizeof(*tracking));
    if (tracking) {
        tracking->redis = redis;
        tracking->heap = redis->host.heap;
        tracking->broadcast.run = broadcast;
    }
    return tracking;
}

static void drop_pending(struct redis_tracking *tracking)
{
    struct pending *pending = tracking->first;
    tracking->first = pending->next;
    if (!tracking->first)
        tracking->last = NULL;
    heap_free(tracking->heap, pending, sizeof(*pending) + pending->len);
}

void redis_tracking_destroy(struct redis_tracking *tracking)
{
    if (!tracking)
        return;
    if (tracking->redis->host.reactor)
        reactor_cancel(tracking->redis->host.reactor, &tracking->broadcast);
    while (tracking->first)
        drop_pending(tracking);
    trie_clear(&tracking->keys, &tracked_type, tracking->heap);
    heap_free(tracking->heap, tracking, sizeof(*tracking));
}

/* ---- telling */

/* The session that gets the messages: itself or the one it redirects to; NULL when that has gone,
 * of which a RESP3 client is told once. */
static struct redis_session *recipient(struct redis_session *session)
{
    struct redis_tracker *tracker = session->tracker;
    if (!tracker->redirect)
        return session;
    struct redis_session *to = redis_session_find(session->redis, tracker->redirect);
    if (to)
        return to;
    tracker->flags |= TRACK_BROKEN_REDIRECT;
    if (session->reply.resp >= 3) {
        struct redis_reply push = {.out = redis_fault_out(session, &session->transport->out),
                                   .resp = 3};
        redis_reply_push(&push, 2);
        redis_reply_bulk_str(&push, "tracking-redir-broken");
        redis_reply_int(&push, (int64_t)tracker->redirect);
        redis_session_wake(session);
    }
    return NULL;
}

/* RESP3 clients get a push, RESP2 ones a message on the channel that they must subscribe to. */
static void send_invalidation(struct redis_session *session, const struct slice *keys,
                              uint32_t count)
{
    struct redis_session *to = recipient(session);
    if (!to || !to->transport)
        return;
    struct redis_reply push = {.out = redis_fault_out(to, &to->transport->out),
                               .resp = to->reply.resp};
    if (push.resp >= 3) {
        redis_reply_push(&push, 2);
        redis_reply_bulk_str(&push, "invalidate");
    } else if (session->tracker->redirect && to->flags & REDIS_SESSION_PUBSUB) {
        redis_reply_array(&push, 3);
        redis_reply_bulk_str(&push, "message");
        redis_reply_bulk_str(&push, "__redis__:invalidate");
    } else {
        return;
    }
    if (!keys)
        redis_reply_null_array(&push);
    else
        redis_reply_array(&push, count);
    for (uint32_t i = 0; keys && i < count; i++)
        redis_reply_bulk(&push, keys[i]);
    redis_session_wake(to);
}

static void queue_invalidation(struct redis_tracking *tracking, uint64_t session_id,
                               const struct slice *key)
{
    uint32_t len = key ? (uint32_t)key->len : 0;
    struct pending *pending = heap_alloc(tracking->heap, sizeof(*pending) + len);
    if (!pending)
        return;
    *pending = (struct pending){.session_id = session_id, .len = len, .all = !key};
    if (len)
        memcpy(pending->key, key->ptr, len);
    if (tracking->last)
        tracking->last->next = pending;
    else
        tracking->first = pending;
    tracking->last = pending;
    tracking->redis->tracking_pending = true;
}

void redis_tracking_settle(struct redis *redis)
{
    struct redis_tracking *tracking = redis->tracking;
    while (tracking->first) {
        struct pending *pending = tracking->first;
        struct redis_session *session = redis_session_find(redis, pending->session_id);
        struct slice key = slice_of(pending->key, pending->len);
        if (session && session->tracker)
            send_invalidation(session, pending->all ? NULL : &key, 1);
        drop_pending(tracking);
    }
    redis->tracking_pending = false;
}

static void tell(struct redis *redis, struct redis_session *session, struct slice key)
{
    queue_invalidation(redis->tracking, session->id, &key);
    if (redis->nesting == 0)
        redis_tracking_settle(redis);
}

static bool wants(const struct redis_session *session, const struct redis_session *by)
{
    return session != by || !(session->tracker->flags & TRACK_NOLOOP);
}

/* ---- broadcasts */

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* One message with all keys of a prefix that changed, but those that the client with NOLOOP changed
 * itself. */
static void send_changed(struct prefix *prefix)
{
    struct arena arena = {0};
    struct trie_iter iter;
    struct changed_key *changed;
    struct slice *keys = arena_array(&arena, prefix->changed.count, sizeof(*keys));
    bool noloop = prefix->session->tracker->flags & TRACK_NOLOOP;
    uint32_t count = 0;
    trie_iter_init(&iter, &prefix->changed);
    while (keys && (changed = trie_iter_next(&iter)))
        if (!noloop || changed->by != prefix->session->id)
            keys[count++] = changed_name(changed);
    if (count) {
        qsort(keys, count, sizeof(*keys), by_bytes);
        send_invalidation(prefix->session, keys, count);
    }
    arena_done(&arena);
}

static void broadcast(struct reactor_task *task)
{
    struct redis_tracking *tracking =
        (struct redis_tracking *)((char *)task - offsetof(struct redis_tracking, broadcast));
    for (struct prefix *prefix = tracking->prefixes; prefix; prefix = prefix->next)
        if (prefix->changed.count) {
            send_changed(prefix);
            trie_clear(&prefix->changed, &changed_type, tracking->heap);
        }
}

static void remember_change(struct redis_tracking *tracking, struct prefix *prefix, uint64_t by,
                            struct slice name)
{
    uint64_t hash = hash_bytes(name);
    if (trie_find(&prefix->changed, &changed_type, hash, name))
        return;
    struct changed_key *key = heap_alloc(tracking->heap, sizeof(*key) + name.len);
    if (!key)
        return;
    *key = (struct changed_key){1, (uint32_t)name.len, by};
    if (name.len)
        memcpy(key->key, name.ptr, name.len);
    if (!trie_insert(&prefix->changed, &changed_type, tracking->heap, hash, key))
        changed_release(tracking->heap, key);
}

static void tell_prefixes(struct redis *redis, struct redis_session *by, struct slice key)
{
    struct redis_tracking *tracking = redis->tracking;
    for (struct prefix *prefix = tracking->prefixes; prefix; prefix = prefix->next)
        if (prefix->len <= key.len && memcmp(prefix->bytes, key.ptr, prefix->len) == 0)
            remember_change(tracking, prefix, by ? by->id : 0, key);
    if (redis->host.reactor)
        reactor_defer(redis->host.reactor, &tracking->broadcast);
    else
        broadcast(&tracking->broadcast);
}

void redis_tracking_key(struct redis *redis, struct redis_session *by, struct slice key)
{
    struct redis_tracking *tracking = redis->tracking;
    bool absent;
    if (tracking->prefixes)
        tell_prefixes(redis, by, key);
    struct tracked_key *tracked =
        trie_remove(&tracking->keys, &tracked_type, tracking->heap, hash_bytes(key), key, &absent);
    if (!tracked)
        return;
    tracking->ids -= tracked->count;
    for (uint32_t i = 0; i < tracked->count; i++) {
        struct redis_session *session = redis_session_find(redis, tracked->ids[i]);
        if (session && session->tracker && !(session->tracker->flags & TRACK_BCAST) &&
            wants(session, by))
            tell(redis, session, key);
    }
    trie_item_release(&tracked_type, tracking->heap, tracked);
}

void redis_tracking_flushed(struct redis *redis)
{
    struct redis_tracking *tracking = redis->tracking;
    for (struct redis_session *s = redis->first_session; s && tracking->clients; s = s->next)
        if (s->tracker)
            queue_invalidation(tracking, s->id, NULL);
    /* Also what clients have left behind that track no more. */
    trie_clear(&tracking->keys, &tracked_type, tracking->heap);
    tracking->ids = 0;
    redis->tracking_active = tracking->clients > 0;
    if (redis->nesting == 0)
        redis_tracking_settle(redis);
}

/* ---- remembering */

void redis_tracking_limit(struct redis *redis)
{
    struct redis_tracking *tracking = redis->tracking;
    int64_t max = redis->config.tracking_table_max_keys;
    while (max && tracking->keys.count > (uint64_t)max) {
        struct tracked_key *key = trie_random(&tracking->keys, random_u64(redis->host.random));
        redis_tracking_changed(redis, NULL, tracked_name(key));
    }
}

static struct tracked_key *track_key(struct redis_tracking *tracking, struct slice name)
{
    uint64_t hash = hash_bytes(name);
    struct tracked_key *key = trie_find(&tracking->keys, &tracked_type, hash, name);
    if (key)
        return key;
    key = heap_zalloc(tracking->heap, sizeof(*key) + name.len);
    if (!key)
        return NULL;
    key->refs = 1;
    key->key_len = (uint32_t)name.len;
    if (name.len)
        memcpy(key->key, name.ptr, name.len);
    if (trie_insert(&tracking->keys, &tracked_type, tracking->heap, hash, key))
        return key;
    tracked_release(tracking->heap, key);
    return NULL;
}

static void remember(struct redis_tracking *tracking, uint64_t id, struct slice name)
{
    struct tracked_key *key = track_key(tracking, name);
    if (!key)
        return;
    for (uint32_t i = 0; i < key->count; i++)
        if (key->ids[i] == id)
            return;
    if (key->count == key->room) {
        uint32_t room = key->room ? key->room * 2 : 2;
        uint64_t *ids =
            heap_realloc(tracking->heap, key->ids, key->room * sizeof(*ids), room * sizeof(*ids));
        if (!ids)
            return;
        key->ids = ids;
        key->room = room;
    }
    key->ids[key->count++] = id;
    tracking->ids++;
}

/* CLIENT CACHING speaks of the one command after it (a transaction counts as one). */
static bool caching_holds(const struct redis_session *session)
{
    const struct redis_tracker *tracker = session->tracker;
    return tracker->flags & TRACK_CACHING &&
           (session->flags & REDIS_SESSION_MULTI || session->commands == tracker->caching_at + 1);
}

void redis_tracking_read(struct redis_call *call)
{
    struct redis_session *session = call->session;
    struct redis_tracker *tracker = session->tracker;
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    bool said = caching_holds(session);
    if (tracker->flags & TRACK_BCAST || (tracker->flags & TRACK_OPTIN && !said) ||
        (tracker->flags & TRACK_OPTOUT && said))
        return;
    /* What a script reads is what it declared. */
    const struct redis_call *named =
        call->flags & REDIS_CALL_SCRIPT && call->redis->current ? call->redis->current : call;
    uint32_t count = redis_command_keys(named->info, named->argv, named->argc, ranges);
    for (uint32_t r = 0; r < count; r++)
        for (uint32_t i = ranges[r].first; i <= ranges[r].last; i += ranges[r].step)
            remember(call->redis->tracking, session->id, named->argv[i]);
}

/* ---- on and off */

static void drop_prefixes(struct redis_tracking *tracking, struct redis_session *session)
{
    struct prefix **link = &tracking->prefixes;
    while (*link) {
        struct prefix *prefix = *link;
        if (prefix->session != session) {
            link = &prefix->next;
            continue;
        }
        *link = prefix->next;
        redis_client_drops(session, sizeof(*prefix) + prefix->len);
        trie_clear(&prefix->changed, &changed_type, tracking->heap);
        heap_free(tracking->heap, prefix, sizeof(*prefix) + prefix->len);
    }
}

void redis_tracking_stop(struct redis_session *session)
{
    struct redis_tracking *tracking = session->redis->tracking;
    if (!session->tracker)
        return;
    if (session->tracker->flags & TRACK_BCAST)
        drop_prefixes(tracking, session);
    tracking->clients--;
    session->redis->tracking_active = tracking->clients || tracking->keys.count;
    heap_free(tracking->heap, session->tracker, sizeof(*session->tracker));
    session->tracker = NULL;
    session->flags &= ~(unsigned)REDIS_SESSION_TRACKING;
}

int64_t redis_tracking_redirect(const struct redis_session *session)
{
    return session->tracker ? (int64_t)session->tracker->redirect : -1;
}

uint64_t redis_tracking_key_count(const struct redis *redis)
{
    return redis->tracking->keys.count;
}

uint64_t redis_tracking_item_count(const struct redis *redis)
{
    return redis->tracking->ids;
}

uint64_t redis_tracking_prefix_count(const struct redis *redis)
{
    uint64_t count = 0;
    for (struct prefix *prefix = redis->tracking->prefixes; prefix; prefix = prefix->next)
        count++;
    return count;
}

struct tracking_options {
    unsigned flags;
    uint64_t redirect;
    struct slice *prefixes;
    uint32_t prefix_count;
};

static bool parse_options(struct redis_call *call, struct tracking_options *out)
{
    static const struct {
        const char *name;
        unsigned flag;
    } words[] = {
        {"BCAST",  TRACK_BCAST },
        {"OPTIN",  TRACK_OPTIN },
        {"OPTOUT", TRACK_OPTOUT},
        {"NOLOOP", TRACK_NOLOOP},
    };
    *out = (struct tracking_options){0};
    out->prefixes = arena_array(call->arena, call->argc, sizeof(*out->prefixes));
    for (uint32_t i = 3; i < call->argc; i++) {
        bool more = i + 1 < call->argc;
        int64_t id;
        size_t w = 0;
        if (more && slice_is(call->argv[i], "REDIRECT")) {
            if (out->redirect) {
                redis_reply_error(call->reply,
                                  "ERR A client can only redirect to a single other client");
                return false;
            }
            if (!redis_arg_int(call, ++i, &id))
                return false;
            out->redirect = (uint64_t)id;
            if (!redis_session_find(call->redis, out->redirect)) {
                redis_reply_error(call->reply,
                                  "ERR The client ID you want redirect to does not exist");
                return false;
            }
            continue;
        }
        if (more && slice_is(call->argv[i], "PREFIX")) {
            out->prefixes[out->prefix_count++] = call->argv[++i];
            continue;
        }
        while (w < 4 && !slice_is(call->argv[i], words[w].name))
            w++;
        if (w == 4) {
            redis_reply_syntax(call->reply);
            return false;
        }
        out->flags |= words[w].flag;
    }
    return true;
}

static bool starts_with(struct slice text, struct slice start)
{
    return start.len <= text.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

/* Prefixes of one client may not overlap: it would hear of a key twice. */
static bool check_overlap(struct redis_call *call, const struct tracking_options *options)
{
    static const char text[] =
        "ERR Prefix '%.*s' overlaps with an existing prefix '%.*s'. Prefixes "
        "for a single client must not overlap.";
    static const char text_new[] =
        "ERR Prefix '%.*s' overlaps with another provided prefix '%.*s'. "
        "Prefixes for a single client must not overlap.";
    for (uint32_t i = 0; i < options->prefix_count; i++) {
        struct slice a = options->prefixes[i];
        for (struct prefix *p = call->redis->tracking->prefixes; p; p = p->next) {
            struct slice b = slice_of(p->bytes, p->len);
            if (p->session == call->session && (starts_with(a, b) || starts_with(b, a))) {
                redis_reply_errorf(call->reply, text, SLICE_ARG(a), SLICE_ARG(b));
                return false;
            }
        }
        for (uint32_t k = i + 1; k < options->prefix_count; k++) {
            struct slice b = options->prefixes[k];
            if (starts_with(a, b) || starts_with(b, a)) {
                redis_reply_errorf(call->reply, text_new, SLICE_ARG(a), SLICE_ARG(b));
                return false;
            }
        }
    }
    return true;
}

static bool check_options(struct redis_call *call, const struct tracking_options *options)
{
    const struct redis_tracker *tracker = call->session->tracker;
    unsigned flags = options->flags, both = TRACK_OPTIN | TRACK_OPTOUT;
    const char *error = NULL;
    if (options->prefix_count && !(flags & TRACK_BCAST))
        error = "ERR PREFIX option requires BCAST mode to be enabled";
    else if (tracker && (tracker->flags & TRACK_BCAST) != (flags & TRACK_BCAST))
        error = "ERR You can't switch BCAST mode on/off before disabling tracking for this "
                "client, and then re-enabling it with a different mode.";
    else if (flags & TRACK_BCAST && flags & both)
        error = "ERR OPTIN and OPTOUT are not compatible with BCAST";
    else if ((flags & both) == both)
        error = "ERR You can't specify both OPTIN mode and OPTOUT mode";
    else if (tracker && ((flags & TRACK_OPTIN && tracker->flags & TRACK_OPTOUT) ||
                         (flags & TRACK_OPTOUT && tracker->flags & TRACK_OPTIN)))
        error = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this "
                "client, and then re-enabling it with a different mode.";
    if (error) {
        redis_reply_error(call->reply, error);
        return false;
    }
    return !(flags & TRACK_BCAST) || check_overlap(call, options);
}

static bool add_prefix(struct redis_session *session, struct slice bytes)
{
    struct redis_tracking *tracking = session->redis->tracking;
    struct prefix *prefix = heap_alloc(tracking->heap, sizeof(*prefix) + bytes.len);
    if (!prefix)
        return false;
    *prefix =
        (struct prefix){.next = tracking->prefixes, .session = session, .len = (uint32_t)bytes.len};
    if (bytes.len)
        memcpy(prefix->bytes, bytes.ptr, bytes.len);
    tracking->prefixes = prefix;
    redis_client_holds(session, sizeof(*prefix) + bytes.len);
    return true;
}

static bool has_prefix(const struct redis_session *session)
{
    for (struct prefix *p = session->redis->tracking->prefixes; p; p = p->next)
        if (p->session == session)
            return true;
    return false;
}

static bool start(struct redis_session *session, const struct tracking_options *options)
{
    struct redis_tracking *tracking = session->redis->tracking;
    bool ok = true;
    if (!session->tracker) {
        session->tracker = heap_zalloc(tracking->heap, sizeof(*session->tracker));
        if (!session->tracker)
            return false;
        tracking->clients++;
        session->redis->tracking_active = true;
        session->flags |= REDIS_SESSION_TRACKING;
    }
    session->tracker->flags = options->flags;
    session->tracker->redirect = options->redirect;
    for (uint32_t i = 0; ok && i < options->prefix_count; i++)
        ok = add_prefix(session, options->prefixes[i]);
    if (ok && options->flags & TRACK_BCAST && !has_prefix(session))
        ok = add_prefix(session, slice_of("", 0));
    return ok;
}

/* ---- commands */

static void client_tracking(struct redis_call *call)
{
    struct tracking_options options;
    if (!parse_options(call, &options))
        return;
    if (slice_is(call->argv[2], "off")) {
        redis_tracking_stop(call->session);
    } else if (!slice_is(call->argv[2], "on")) {
        redis_reply_syntax(call->reply);
        return;
    } else if (!check_options(call, &options)) {
        return;
    } else if (!start(call->session, &options)) {
        redis_reply_oom(call->reply);
        return;
    }
    redis_reply_ok(call->reply);
}

static void client_caching(struct redis_call *call)
{
    struct redis_tracker *tracker = call->session->tracker;
    bool yes = slice_is(call->argv[2], "yes");
    const char *error = NULL;
    if (!tracker)
        error = "ERR CLIENT CACHING can be called only when the client is in tracking mode with "
                "OPTIN or OPTOUT mode enabled";
    else if (yes && !(tracker->flags & TRACK_OPTIN))
        error = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
    else if (!yes && !slice_is(call->argv[2], "no"))
        error = "ERR syntax error";
    else if (!yes && !(tracker->flags & TRACK_OPTOUT))
        error = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
    if (error) {
        redis_reply_error(call->reply, error);
        return;
    }
    tracker->flags |= TRACK_CACHING;
    tracker->caching_at = call->session->commands;
    redis_reply_ok(call->reply);
}

static void client_getredir(struct redis_call *call)
{
    redis_reply_int(call->reply, redis_tracking_redirect(call->session));
}

static uint64_t reply_flags(struct redis_call *call)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        {TRACK_BCAST,           "bcast"          },
        {TRACK_OPTIN,           "optin"          },
        {TRACK_OPTOUT,          "optout"         },
        {TRACK_NOLOOP,          "noloop"         },
        {TRACK_BROKEN_REDIRECT, "broken_redirect"},
    };
    const struct redis_tracker *tracker = call->session->tracker;
    uint64_t count = 1;
    redis_reply_bulk_str(call->reply, tracker ? "on" : "off");
    for (size_t i = 0; tracker && i < sizeof(names) / sizeof(names[0]); i++) {
        if (tracker->flags & names[i].flag) {
            redis_reply_bulk_str(call->reply, names[i].name);
            count++;
        }
        if (names[i].flag == TRACK_OPTOUT && tracker->flags & TRACK_CACHING &&
            tracker->caching_at + 1 == call->session->commands) {
            redis_reply_bulk_str(call->reply,
                                 tracker->flags & TRACK_OPTIN ? "caching-yes" : "caching-no");
            count++;
        }
    }
    return count;
}

static void client_trackinginfo(struct redis_call *call)
{
    uint64_t count = 0;
    redis_reply_map(call->reply, 3);
    redis_reply_bulk_str(call->reply, "flags");
    struct outq_mark mark = redis_reply_later(call->reply);
    redis_reply_set_at(call->reply, mark, reply_flags(call));
    redis_reply_bulk_str(call->reply, "redirect");
    redis_reply_int(call->reply, redis_tracking_redirect(call->session));
    redis_reply_bulk_str(call->reply, "prefixes");
    mark = redis_reply_later(call->reply);
    for (struct prefix *p = call->redis->tracking->prefixes; p; p = p->next)
        if (p->session == call->session) {
            redis_reply_bulk(call->reply, slice_of(p->bytes, p->len));
            count++;
        }
    redis_reply_array_at(call->reply, mark, count);
}

const struct redis_command redis_tracking_commands[] = {
    {"client|tracking",     client_tracking    },
    {"client|caching",      client_caching     },
    {"client|getredir",     client_getredir    },
    {"client|trackinginfo", client_trackinginfo},
    {NULL,                  NULL               },
};

#include "emulators/redis/block.h"

#include <math.h>

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/record.h"
#include "emulators/redis/stats.h"

/* A key with those who wait for it, oldest first; an item of db->waiting. */
struct redis_key_waiters {
    uint32_t refs;
    uint32_t key_len;
    struct redis_waiter *first, *last;
    uint8_t key[];
};

/* One session's place in one key's queue. */
struct redis_waiter {
    struct redis_waiter *next_of_session;
    struct redis_waiter *prev, *next; /* of the key */
    struct redis_session *session;
    struct redis_db *db;
    struct redis_key_waiters *key;
};

struct redis_ready_key {
    struct redis_ready_key *next;
    struct redis_db *db;
    uint32_t key_len;
    uint8_t key[];
};

static struct slice waited_key(const void *item)
{
    const struct redis_key_waiters *waiters = item;
    return slice_of(waiters->key, waiters->key_len);
}

static uint64_t waited_hash(const void *item)
{
    return hash_bytes(waited_key(item));
}

static bool waited_equal(const void *item, struct slice key)
{
    return slice_eq(waited_key(item), key);
}

static void waited_release(struct heap *heap, void *item)
{
    struct redis_key_waiters *waiters = item;
    heap_free(heap, waiters, sizeof(*waiters) + waiters->key_len);
}

static const struct trie_type waited_type = {waited_hash, waited_equal, waited_release};

static struct redis_key_waiters *waiters_find(const struct redis_db *db, struct slice key)
{
    return trie_find(&db->waiting, &waited_type, hash_bytes(key), key);
}

static struct redis_key_waiters *waiters_add(struct redis_db *db, struct slice key)
{
    struct redis_key_waiters *waiters = heap_alloc(db->heap, sizeof(*waiters) + key.len);
    if (!waiters)
        return NULL;
    *waiters = (struct redis_key_waiters){.refs = 1, .key_len = (uint32_t)key.len};
    if (key.len)
        memcpy(waiters->key, key.ptr, key.len);
    if (!trie_insert(&db->waiting, &waited_type, db->heap, hash_bytes(key), waiters)) {
        waited_release(db->heap, waiters);
        return NULL;
    }
    return waiters;
}

static void waiters_drop_if_empty(struct redis_db *db, struct redis_key_waiters *waiters)
{
    bool absent;
    struct slice key = waited_key(waiters);
    if (waiters->first)
        return;
    if (trie_remove(&db->waiting, &waited_type, db->heap, hash_bytes(key), key, &absent))
        trie_item_release(&waited_type, db->heap, waiters);
}

/* ---- joining and leaving queues */

static bool waits_already(const struct redis_session *session, const struct redis_db *db,
                          struct slice key)
{
    for (struct redis_waiter *waiter = session->block.waiters; waiter;
         waiter = waiter->next_of_session)
        if (waiter->db == db && slice_eq(waited_key(waiter->key), key))
            return true;
    return false;
}

static bool wait_for_key(struct redis_session *session, struct redis_db *db, struct slice key)
{
    if (waits_already(session, db, key))
        return true;
    struct redis_key_waiters *waiters = waiters_find(db, key);
    if (!waiters && !(waiters = waiters_add(db, key)))
        return false;
    struct redis_waiter *waiter = heap_alloc(db->heap, sizeof(*waiter));
    if (!waiter) {
        waiters_drop_if_empty(db, waiters);
        return false;
    }
    *waiter = (struct redis_waiter){
        .next_of_session = session->block.waiters,
        .prev = waiters->last,
        .session = session,
        .db = db,
        .key = waiters,
    };
    if (waiters->last)
        waiters->last->next = waiter;
    else
        waiters->first = waiter;
    waiters->last = waiter;
    session->block.waiters = waiter;
    return true;
}

static void leave_queues(struct redis_session *session)
{
    while (session->block.waiters) {
        struct redis_waiter *waiter = session->block.waiters;
        session->block.waiters = waiter->next_of_session;
        *(waiter->prev ? &waiter->prev->next : &waiter->key->first) = waiter->next;
        *(waiter->next ? &waiter->next->prev : &waiter->key->last) = waiter->prev;
        waiters_drop_if_empty(waiter->db, waiter->key);
        heap_free(waiter->db->heap, waiter, sizeof(*waiter));
    }
}

void redis_block_cancel(struct redis_session *session)
{
    struct redis *redis = session->redis;
    if (!(session->flags & REDIS_SESSION_BLOCKED))
        return;
    session->flags &= ~(unsigned)REDIS_SESSION_BLOCKED;
    redis->blocked_count--;
    leave_queues(session);
    clock_timer_stop(redis->host.clock, &session->block.timer);
    redis_queued_destroy(redis->host.heap, session->block.command);
    session->block.command = NULL;
}

/* ---- ending a wait */

static void call_of_block(struct redis_session *session, struct redis_call *call)
{
    struct redis_queued *command = session->block.command;
    *call = (struct redis_call){
        .redis = session->redis,
        .session = session,
        .db = &session->redis->dbs[session->db],
        .reply = &session->reply,
        .argv = command->argv,
        .argc = command->argc,
        .flags = REDIS_CALL_RETRY,
        .info = command->info,
        .arena = &session->arena,
        .now_ms = redis_now_ms(session->redis),
    };
}

static void end_wait(struct redis_session *session)
{
    redis_block_cancel(session);
    redis_session_served(session);
}

void redis_unblock_timeout(struct redis_session *session)
{
    struct redis_call call;
    struct outq_place began = outq_place(session->reply.out);
    uint32_t errors = session->reply.errors;
    call_of_block(session, &call);
    session->block.on_timeout(&call);
    redis_record(&call, began, 0, session->reply.errors != errors);
    end_wait(session);
}

void redis_unblock_error(struct redis_session *session, const char *error)
{
    struct redis *redis = session->redis;
    struct redis_command_stats *stats = &redis->command_stats[session->block.command->info->index];
    stats->calls++;
    stats->failed++;
    struct redis_call call;
    struct outq_place began = outq_place(session->reply.out);
    call_of_block(session, &call);
    redis_reply_error(&session->reply, error);
    redis_count_error(redis, session->reply.error_code);
    redis_record(&call, began, 0, true);
    end_wait(session);
}

static void wait_is_over(struct clock_timer *timer)
{
    struct redis_session *session =
        (struct redis_session *)((char *)timer - offsetof(struct redis_session, block.timer));
    redis_unblock_timeout(session);
}

/* ---- beginning a wait */

/* The clock's time at which the wait is over; beyond its range means its end. */
static int64_t due_us(int64_t now_ms, int64_t timeout_ms)
{
    int64_t max_ms = INT64_MAX / 1000;
    return (timeout_ms < max_ms - now_ms ? now_ms + timeout_ms : max_ms) * 1000;
}

static bool start_wait(struct redis_call *call, int64_t timeout_ms,
                       void (*on_timeout)(struct redis_call *))
{
    struct redis_session *session = call->session;
    struct redis *redis = call->redis;
    session->block.command =
        redis_queued_create(redis->host.heap, call->info, call->argv, call->argc);
    if (!session->block.command)
        return false;
    session->block.on_timeout = on_timeout;
    session->block.timer.fire = wait_is_over;
    if (timeout_ms > 0 && !clock_timer_start(redis->host.clock, &session->block.timer,
                                             due_us(call->now_ms, timeout_ms))) {
        redis_queued_destroy(redis->host.heap, session->block.command);
        session->block.command = NULL;
        return false;
    }
    session->flags |= REDIS_SESSION_BLOCKED;
    redis->blocked_count++;
    return true;
}

bool redis_block_denied(const struct redis_call *call)
{
    return call->flags & (REDIS_CALL_MULTI | REDIS_CALL_SCRIPT | REDIS_CALL_NO_BLOCK);
}

void redis_block_until(struct redis_call *call, int64_t timeout_ms,
                       void (*on_timeout)(struct redis_call *call))
{
    if (redis_block_denied(call))
        on_timeout(call);
    else if (!start_wait(call, timeout_ms, on_timeout))
        redis_reply_oom(call->reply);
}

void redis_block_on_keys(struct redis_call *call, const struct redis_block_options *options)
{
    if (redis_block_denied(call)) {
        options->on_timeout(call);
        return;
    }
    if (call->flags & REDIS_CALL_RETRY)
        return; /* still waiting: place and deadline are kept */
    call->session->block.type = options->type;
    bool ok = start_wait(call, options->timeout_ms, options->on_timeout);
    for (uint32_t i = 0; ok && i < options->count; i++)
        ok = wait_for_key(call->session, call->db, options->keys[i]);
    if (!ok) {
        redis_block_cancel(call->session);
        redis_reply_oom(call->reply);
    }
}

bool redis_block_timeout(struct redis_call *call, struct slice arg, int64_t *out_ms)
{
    long double seconds;
    if (!text_to_long_double(arg, &seconds) || isnan(seconds)) {
        redis_reply_error(call->reply, "ERR timeout is not a float or out of range");
        return false;
    }
    /* redis-server's conversion of what is too large overflows into the negative. */
    long double ms = ceill(seconds * 1000);
    if (ms < 0 || ms > (long double)INT64_MAX) {
        redis_reply_error(call->reply, "ERR timeout is negative");
        return false;
    }
    if (ms > (long double)(INT64_MAX - call->now_ms)) {
        redis_reply_error(call->reply, "ERR timeout is out of range");
        return false;
    }
    *out_ms = (int64_t)ms;
    return true;
}

bool redis_block_may_serve(const struct redis_call *call, struct slice key)
{
    return !(call->flags & REDIS_CALL_RETRY) || slice_eq(call->ready_key, key);
}

/* ---- keys that become ready */

void redis_key_ready(struct redis *redis, struct redis_db *db, struct slice key)
{
    if (!redis->blocked_count || !waiters_find(db, key))
        return;
    for (struct redis_ready_key *ready = redis->first_ready; ready; ready = ready->next)
        if (ready->db == db && slice_eq(slice_of(ready->key, ready->key_len), key))
            return;
    struct redis_ready_key *ready = heap_alloc(db->heap, sizeof(*ready) + key.len);
    if (!ready)
        return;
    *ready = (struct redis_ready_key){.db = db, .key_len = (uint32_t)key.len};
    if (key.len)
        memcpy(ready->key, key.ptr, key.len);
    if (redis->last_ready)
        redis->last_ready->next = ready;
    else
        redis->first_ready = ready;
    redis->last_ready = ready;
}

void redis_block_scan_ready(struct redis *redis, struct redis_db *db)
{
    struct trie_iter iter;
    struct redis_key_waiters *waiters;
    trie_iter_init(&iter, &db->waiting);
    while ((waiters = trie_iter_next(&iter)))
        redis_key_ready(redis, db, waited_key(waiters));
}

/* Tries a blocked session's command again; it leaves its queues when it has replied. */
static void retry(struct redis_session *session, struct slice key)
{
    struct redis_call call;
    size_t before = outq_len(session->reply.out);
    uint32_t errors = session->reply.errors;
    call_of_block(session, &call);
    call.ready_key = key;
    redis_execute(&call);
    arena_reset(&session->arena);
    if (outq_len(session->reply.out) != before || session->reply.errors != errors)
        end_wait(session);
}

/* The sessions that wait for the key now, oldest first: serving one may change the queue, so each
 * is looked up again by id. */
static void serve_key(struct redis *redis, struct redis_db *db, struct slice key)
{
    struct redis_key_waiters *waiters = waiters_find(db, key);
    size_t count = 0;
    if (!waiters)
        return;
    for (struct redis_waiter *waiter = waiters->first; waiter; waiter = waiter->next)
        count++;
    size_t size = count * sizeof(struct redis_session *);
    struct redis_session **sessions = heap_alloc(redis->host.heap, size);
    if (!sessions)
        return;
    size_t at = 0;
    for (struct redis_waiter *waiter = waiters->first; waiter; waiter = waiter->next)
        sessions[at++] = waiter->session;
    for (at = 0; at < count; at++) {
        struct redis_entry *entry = redis_db_find(db, key);
        bool matches = entry && entry->type == sessions[at]->block.type;
        bool stream_waiter = sessions[at]->block.type == REDIS_STREAM;
        if (sessions[at]->flags & REDIS_SESSION_BLOCKED && (matches || stream_waiter))
            retry(sessions[at], key);
    }
    heap_free(redis->host.heap, sessions, size);
}

void redis_serve_ready(struct redis *redis)
{
    if (redis->serving_ready)
        return;
    redis->serving_ready = true;
    while (redis->first_ready) {
        struct redis_ready_key *ready = redis->first_ready;
        redis->first_ready = ready->next;
        if (!ready->next)
            redis->last_ready = NULL;
        serve_key(redis, ready->db, slice_of(ready->key, ready->key_len));
        heap_free(redis->host.heap, ready, sizeof(*ready) + ready->key_len);
    }
    redis->serving_ready = false;
}

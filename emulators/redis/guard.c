#include "emulators/redis/guard.h"

#include "emulators/redis/session.h"

/* What an argument may take beside its own bytes: an entry, its places in nodes that split. */
#define ARGUMENT_BYTES 256
/* Memory is short below this many times what a command may need. */
#define SHORT_FACTOR 8
/* What a command that takes away may have to copy of shared data, as a part of the reserve. */
#define COPIES_PART 4

static size_t bytes_of_arguments(const struct redis_call *call)
{
    size_t bytes = 0;
    for (uint32_t i = 1; i < call->argc; i++)
        bytes += call->argv[i].len + ARGUMENT_BYTES;
    return bytes;
}

static bool is_shared(const struct redis *redis)
{
    return redis->checkpoint_count || redis->forked;
}

/* Bytes without which the command does not begin. A heap without a reserve is left to fail. */
static size_t needed(const struct redis_call *call)
{
    size_t reserve = heap_reserve(call->redis->host.heap);
    if (!reserve)
        return 0;
    if (call->info->flags & REDIS_COMMAND_DENYOOM)
        return reserve + bytes_of_arguments(call);
    return is_shared(call->redis) ? reserve / COPIES_PART : 0;
}

static bool may_fail(const struct redis_call *call, size_t room)
{
    if (!(call->info->flags & REDIS_COMMAND_DENYOOM) && !is_shared(call->redis))
        return false;
    size_t much = heap_reserve(call->redis->host.heap) + bytes_of_arguments(call);
    return room / SHORT_FACTOR < much;
}

/* False: not even the list of databases fits into memory. */
static bool save(struct redis_guard *guard, struct redis_call *call)
{
    struct redis *redis = call->redis;
    guard->reply = outq_mark(call->reply->out, 0);
    guard->errors = call->reply->errors;
    guard->saved = arena_array(call->arena, (size_t)redis->db_count, sizeof(*guard->saved));
    for (int i = 0; guard->saved && i < redis->db_count; i++)
        guard->saved[i] = redis_data_share(&redis->dbs[i].data);
    (void)heap_take_failure(redis->host.heap);
    return guard->saved != NULL;
}

bool redis_guard_begin(struct redis_guard *guard, struct redis_call *call)
{
    struct heap *heap = call->redis->host.heap;
    size_t room = heap_room(heap);
    *guard = (struct redis_guard){0};
    if (__builtin_expect(room == SIZE_MAX, 1) || !(call->info->flags & REDIS_COMMAND_WRITE))
        return true;
    if (room < needed(call) || (may_fail(call, room) && !save(guard, call))) {
        redis_reply_oom(call->reply);
        return false;
    }
    guard->drawing = true;
    heap_draw_reserve(heap, true);
    return true;
}

static void put_back(struct redis_guard *guard, struct redis_call *call)
{
    struct redis *redis = call->redis;
    for (int i = 0; i < redis->db_count; i++) {
        struct redis_data spoilt = redis->dbs[i].data;
        redis->dbs[i].data = guard->saved[i];
        redis_data_clear(&spoilt, redis->host.heap);
        int64_t next_ms = redis_db_next_expiry(&redis->dbs[i]);
        if (next_ms >= 0)
            redis_expiry_arm(redis, next_ms);
    }
    outq_truncate(call->reply->out, guard->reply);
    call->reply->errors = guard->errors;
    redis_reply_oom(call->reply);
}

void redis_guard_end(struct redis_guard *guard, struct redis_call *call)
{
    struct redis *redis = call->redis;
    if (guard->drawing)
        heap_draw_reserve(redis->host.heap, false);
    if (!guard->saved)
        return;
    bool waits = call->session->flags & REDIS_SESSION_BLOCKED;
    if (heap_take_failure(redis->host.heap) && !waits) {
        put_back(guard, call);
        return;
    }
    for (int i = 0; i < redis->db_count; i++)
        redis_data_clear(&guard->saved[i], redis->host.heap);
}

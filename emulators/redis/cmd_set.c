/* Sets. Source: the Redis command reference, group "set". */
#include <stdlib.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/scan.h"
#include "emulators/redis/set.h"

static bool set_for_read(struct redis_call *call, struct slice key, const struct redis_set **out)
{
    const struct redis_value *value;
    if (!redis_value_for_read(call, key, REDIS_SET, &value))
        return false;
    *out = (const struct redis_set *)value;
    return true;
}

static bool set_for_write(struct redis_call *call, struct slice key, struct redis_set **out)
{
    struct redis_value *value;
    if (!redis_value_for_write(call, key, REDIS_SET, &value))
        return false;
    *out = (struct redis_set *)value;
    return true;
}

static bool add_member(struct redis_call *call, struct redis_set *set, struct slice member,
                       bool *added)
{
    if (redis_set_add(call->db->heap, set, call->redis->config.set_max_intset_entries, member,
                      added))
        return true;
    redis_reply_oom(call->reply);
    return false;
}

static struct redis_set *new_set(struct redis_call *call)
{
    struct redis_set *set = redis_set_create(call->db->heap);
    if (!set)
        redis_reply_oom(call->reply);
    return set;
}

static bool set_or_new(struct redis_call *call, struct slice key, struct redis_set **out)
{
    if (!set_for_write(call, key, out))
        return false;
    if (*out)
        return true;
    *out = new_set(call);
    return *out && redis_add_value(call, key, &(*out)->base);
}

static void sadd(struct redis_call *call)
{
    struct redis_set *set;
    int64_t total = 0;
    bool added;
    if (!set_or_new(call, call->argv[1], &set))
        return;
    for (uint32_t i = 2; i < call->argc; i++) {
        if (!add_member(call, set, call->argv[i], &added)) {
            redis_delete_unused(call, call->argv[1]);
            return;
        }
        total += added;
    }
    if (total)
        redis_changed(call, call->argv[1], REDIS_NOTIFY_SET, "sadd");
    redis_reply_int(call->reply, total);
}

static void drop_if_empty(struct redis_call *call, struct slice key, const struct redis_set *set)
{
    if (redis_set_size(set) == 0)
        redis_delete_emptied(call, key);
}

static void srem(struct redis_call *call)
{
    struct redis_set *set;
    int64_t total = 0;
    bool removed;
    if (!set_for_write(call, call->argv[1], &set))
        return;
    for (uint32_t i = 2; set && i < call->argc; i++) {
        redis_set_remove(call->db->heap, set, call->argv[i], &removed);
        total += removed;
    }
    if (total) {
        redis_changed(call, call->argv[1], REDIS_NOTIFY_SET, "srem");
        drop_if_empty(call, call->argv[1], set);
    }
    redis_reply_int(call->reply, total);
}

static void smove(struct redis_call *call)
{
    struct redis_set *from, *to;
    bool added, removed;
    struct slice source = call->argv[1], target = call->argv[2], member = call->argv[3];
    if (!set_for_write(call, source, &from))
        return;
    if (!from) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!redis_check_type(call, target, REDIS_SET))
        return;
    if (slice_eq(source, target)) {
        redis_reply_int(call->reply, redis_set_has(from, member));
        return;
    }
    if (!redis_set_has(from, member)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!set_or_new(call, target, &to))
        return;
    if (!add_member(call, to, member, &added)) {
        redis_delete_unused(call, target);
        return;
    }
    redis_set_remove(call->db->heap, from, member, &removed);
    redis_notify(call, REDIS_NOTIFY_SET, "srem", source);
    drop_if_empty(call, source, from);
    redis_touched(call, source);
    if (added)
        redis_changed(call, target, REDIS_NOTIFY_SET, "sadd");
    redis_reply_int(call->reply, 1);
}

static void scard(struct redis_call *call)
{
    const struct redis_set *set;
    if (set_for_read(call, call->argv[1], &set))
        redis_reply_int(call->reply, set ? (int64_t)redis_set_size(set) : 0);
}

static void sismember(struct redis_call *call)
{
    const struct redis_set *set;
    if (set_for_read(call, call->argv[1], &set))
        redis_reply_int(call->reply, set && redis_set_has(set, call->argv[2]));
}

static void smismember(struct redis_call *call)
{
    const struct redis_set *set;
    if (!set_for_read(call, call->argv[1], &set))
        return;
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++)
        redis_reply_int(call->reply, set && redis_set_has(set, call->argv[i]));
}

static void reply_members(struct redis_call *call, const struct redis_set *set)
{
    struct redis_set_iter iter;
    struct slice member;
    redis_reply_set(call->reply, redis_set_size(set));
    redis_set_iter_init(&iter, set);
    while (redis_set_iter_next(&iter, &member))
        redis_reply_bulk(call->reply, member);
}

/* ---- SPOP and SRANDMEMBER */

static void spop_all(struct redis_call *call, struct slice key, const struct redis_set *set)
{
    reply_members(call, set);
    redis_notify(call, REDIS_NOTIFY_SET, "spop", key);
    redis_delete(call, key, false);
    redis_changed(call, key, REDIS_NOTIFY_GENERIC, "del");
}

static void spop_count(struct redis_call *call, struct slice key, struct redis_set *set,
                       uint64_t count)
{
    char scratch[TEXT_INT_MAX];
    bool removed;
    redis_reply_set(call->reply, count);
    while (count--) {
        struct slice member = redis_set_random(set, call->redis->host.random, scratch);
        redis_reply_bulk(call->reply, member);
        /* The member's bytes go with it: a copy names it meanwhile. */
        struct slice name = arena_dup(call->arena, member);
        redis_set_remove(call->db->heap, set, name, &removed);
    }
    redis_changed(call, key, REDIS_NOTIFY_SET, "spop");
}

static void spop(struct redis_call *call)
{
    struct slice key = call->argv[1];
    struct redis_set *set;
    char scratch[TEXT_INT_MAX];
    bool removed;
    int64_t count = 1;
    if (call->argc > 3) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (call->argc == 3 && !redis_arg_int_in(call, 2, 0, INT64_MAX,
                                             "ERR value is out of range, must be positive", &count))
        return;
    if (!set_for_write(call, key, &set))
        return;
    if (!set || count == 0) {
        if (call->argc == 3)
            redis_reply_set(call->reply, 0);
        else
            redis_reply_null(call->reply);
    } else if (call->argc == 3 && (uint64_t)count >= redis_set_size(set)) {
        spop_all(call, key, set);
    } else if (call->argc == 3) {
        spop_count(call, key, set, (uint64_t)count);
    } else {
        struct slice member =
            arena_dup(call->arena, redis_set_random(set, call->redis->host.random, scratch));
        redis_set_remove(call->db->heap, set, member, &removed);
        redis_notify(call, REDIS_NOTIFY_SET, "spop", key);
        redis_reply_bulk(call->reply, member);
        drop_if_empty(call, key, set);
        redis_touched(call, key);
    }
}

static void random_with_repeats(struct redis_call *call, const struct redis_set *set,
                                uint64_t count)
{
    char scratch[TEXT_INT_MAX];
    redis_reply_array(call->reply, count);
    while (count--)
        redis_reply_bulk(call->reply, redis_set_random(set, call->redis->host.random, scratch));
}

/* Distinct members by selection sampling over one walk. */
static void random_distinct(struct redis_call *call, const struct redis_set *set, uint64_t count)
{
    struct redis_set_iter iter;
    struct slice member;
    uint64_t left = redis_set_size(set);
    count = count < left ? count : left;
    redis_reply_array(call->reply, count);
    redis_set_iter_init(&iter, set);
    for (; count && redis_set_iter_next(&iter, &member); left--)
        if (random_below(call->redis->host.random, left) < count) {
            redis_reply_bulk(call->reply, member);
            count--;
        }
}

static void srandmember(struct redis_call *call)
{
    const struct redis_set *set;
    char scratch[TEXT_INT_MAX];
    int64_t count = 1;
    if (call->argc > 3) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (call->argc == 3 && !redis_arg_count(call, 2, &count))
        return;
    if (!set_for_read(call, call->argv[1], &set))
        return;
    if (call->argc == 2) {
        if (set)
            redis_reply_bulk(call->reply, redis_set_random(set, call->redis->host.random, scratch));
        else
            redis_reply_null(call->reply);
    } else if (!set || count == 0) {
        redis_reply_array(call->reply, 0);
    } else if (count < 0) {
        random_with_repeats(call, set, (uint64_t)-count);
    } else {
        random_distinct(call, set, (uint64_t)count);
    }
}

/* ---- set algebra */

struct operands {
    const struct redis_set **sets; /* NULL: absent */
    uint32_t count;
};

/* The sets argv[first..first+count); false: WRONGTYPE replied. */
static bool read_operands(struct redis_call *call, uint32_t first, uint32_t count,
                          struct operands *out)
{
    out->sets = arena_array(call->arena, count, sizeof(*out->sets));
    out->count = count;
    if (!out->sets) {
        redis_reply_oom(call->reply);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!set_for_read(call, call->argv[first + i], &out->sets[i]))
            return false;
    return true;
}

static uint64_t size_of(const struct redis_set *set)
{
    return set ? redis_set_size(set) : 0;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = size_of(*(const struct redis_set *const *)a);
    uint64_t y = size_of(*(const struct redis_set *const *)b);
    return (x > y) - (x < y);
}

/* Each result is given to `emit`, which returns false to stop. */
typedef bool emit_fn(void *ctx, struct slice member);

static bool in_all(const struct operands *operands, uint32_t from, struct slice member)
{
    for (uint32_t i = from; i < operands->count; i++)
        if (!redis_set_has(operands->sets[i], member))
            return false;
    return true;
}

static bool in_any(const struct operands *operands, uint32_t from, uint32_t to, struct slice member)
{
    for (uint32_t i = from; i < to; i++)
        if (operands->sets[i] && redis_set_has(operands->sets[i], member))
            return true;
    return false;
}

/* Walks the smallest set and looks in the others. */
static void intersect(struct operands *operands, emit_fn *emit, void *ctx)
{
    struct redis_set_iter iter;
    struct slice member;
    qsort(operands->sets, operands->count, sizeof(*operands->sets), by_size);
    if (!operands->sets[0])
        return;
    redis_set_iter_init(&iter, operands->sets[0]);
    while (redis_set_iter_next(&iter, &member))
        if (in_all(operands, 1, member) && !emit(ctx, member))
            return;
}

static void unite(struct operands *operands, emit_fn *emit, void *ctx)
{
    for (uint32_t i = 0; i < operands->count; i++) {
        struct redis_set_iter iter;
        struct slice member;
        if (!operands->sets[i])
            continue;
        redis_set_iter_init(&iter, operands->sets[i]);
        while (redis_set_iter_next(&iter, &member))
            if (!in_any(operands, 0, i, member) && !emit(ctx, member))
                return;
    }
}

static void subtract(struct operands *operands, emit_fn *emit, void *ctx)
{
    struct redis_set_iter iter;
    struct slice member;
    if (!operands->sets[0])
        return;
    redis_set_iter_init(&iter, operands->sets[0]);
    while (redis_set_iter_next(&iter, &member))
        if (!in_any(operands, 1, operands->count, member) && !emit(ctx, member))
            return;
}

typedef void algebra_fn(struct operands *operands, emit_fn *emit, void *ctx);

struct to_reply {
    struct redis_reply *reply;
    uint64_t count;
};

static bool emit_reply(void *context, struct slice member)
{
    struct to_reply *to = context;
    redis_reply_bulk(to->reply, member);
    to->count++;
    return true;
}

static void reply_algebra(struct redis_call *call, algebra_fn *algebra)
{
    struct operands operands;
    struct to_reply to = {call->reply, 0};
    if (!read_operands(call, 1, call->argc - 1, &operands))
        return;
    struct outq_mark mark = redis_reply_later(call->reply);
    algebra(&operands, emit_reply, &to);
    redis_reply_set_at(call->reply, mark, to.count);
}

struct to_set {
    struct redis_call *call;
    struct redis_set *set;
    bool failed;
};

static bool emit_set(void *context, struct slice member)
{
    struct to_set *to = context;
    bool added;
    to->failed = !add_member(to->call, to->set, member, &added);
    return !to->failed;
}

static void store_algebra(struct redis_call *call, algebra_fn *algebra, const char *event)
{
    struct slice target = call->argv[1];
    struct operands operands;
    if (!read_operands(call, 2, call->argc - 2, &operands))
        return;
    struct to_set to = {call, new_set(call), false};
    if (!to.set)
        return;
    algebra(&operands, emit_set, &to);
    uint64_t size = redis_set_size(to.set);
    if (to.failed || size == 0) {
        redis_value_release(call->db->heap, &to.set->base);
        if (to.failed)
            return;
        if (redis_delete(call, target, false))
            redis_changed(call, target, REDIS_NOTIFY_GENERIC, "del");
    } else if (redis_put_value(call, target, &to.set->base)) {
        redis_changed(call, target, REDIS_NOTIFY_SET, event);
    } else {
        return;
    }
    redis_reply_int(call->reply, (int64_t)size);
}

static void sinter(struct redis_call *call)
{
    reply_algebra(call, intersect);
}

static void sunion(struct redis_call *call)
{
    reply_algebra(call, unite);
}

static void sdiff(struct redis_call *call)
{
    reply_algebra(call, subtract);
}

static void sinterstore(struct redis_call *call)
{
    store_algebra(call, intersect, "sinterstore");
}

static void sunionstore(struct redis_call *call)
{
    store_algebra(call, unite, "sunionstore");
}

static void sdiffstore(struct redis_call *call)
{
    store_algebra(call, subtract, "sdiffstore");
}

struct to_count {
    uint64_t count, limit; /* limit 0: none */
};

static bool emit_count(void *context, struct slice member)
{
    struct to_count *to = context;
    (void)member;
    return ++to->count != to->limit;
}

static void sintercard(struct redis_call *call)
{
    struct operands operands;
    int64_t keys, limit = 0;
    if (!redis_arg_int_in(call, 1, 1, INT64_MAX, "ERR numkeys should be greater than 0", &keys))
        return;
    if (keys > (int64_t)call->argc - 2) {
        redis_reply_error(call->reply, "ERR Number of keys can't be greater than number of args");
        return;
    }
    for (uint32_t i = 2 + (uint32_t)keys; i < call->argc; i += 2) {
        if (!slice_is(call->argv[i], "LIMIT") || i + 1 >= call->argc) {
            redis_reply_syntax(call->reply);
            return;
        }
        if (!redis_arg_int_in(call, i + 1, 0, INT64_MAX, "ERR LIMIT can't be negative", &limit))
            return;
    }
    if (!read_operands(call, 2, (uint32_t)keys, &operands))
        return;
    struct to_count to = {0, (uint64_t)limit};
    intersect(&operands, emit_count, &to);
    redis_reply_int(call->reply, (int64_t)to.count);
}

/* ---- SSCAN */

static void scan_member(void *context, struct slice member)
{
    redis_scan_element(context, member);
}

static void sscan(struct redis_call *call)
{
    struct redis_scan scan;
    const struct redis_set *set;
    if (!redis_scan_begin(call, 2, &scan) || !set_for_read(call, call->argv[1], &set) ||
        (set && !redis_scan_options(call, 3, false, &scan)))
        return;
    if (set)
        while (redis_scan_wants_more(&scan))
            redis_scan_step(&scan, redis_set_scan(set, scan.cursor, scan_member, &scan));
    redis_scan_end(&scan, set == NULL);
}

const struct redis_command redis_set_commands[] = {
    {"sadd",        sadd       },
    {"srem",        srem       },
    {"smove",       smove      },
    {"scard",       scard      },
    {"sismember",   sismember  },
    {"smismember",  smismember },
    {"smembers",    sinter     },
    {"spop",        spop       },
    {"srandmember", srandmember},
    {"sinter",      sinter     },
    {"sunion",      sunion     },
    {"sdiff",       sdiff      },
    {"sinterstore", sinterstore},
    {"sunionstore", sunionstore},
    {"sdiffstore",  sdiffstore },
    {"sintercard",  sintercard },
    {"sscan",       sscan      },
    {NULL,          NULL       },
};

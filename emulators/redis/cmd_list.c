/* Lists, blocking and not. Source: the Redis command reference, group "list". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/list.h"

static struct redis_list *list_of(struct redis_value *value)
{
    return (struct redis_list *)value;
}

static bool list_for_write(struct redis_call *call, struct slice key, struct redis_list **out)
{
    struct redis_value *value;
    if (!redis_value_for_write(call, key, REDIS_LIST, &value))
        return false;
    *out = list_of(value);
    return true;
}

static bool list_for_read(struct redis_call *call, struct slice key, const struct redis_list **out)
{
    const struct redis_value *value;
    if (!redis_value_for_read(call, key, REDIS_LIST, &value))
        return false;
    *out = (const struct redis_list *)value;
    return true;
}

/* A new list under an absent key; NULL: OOM replied. */
static struct redis_list *add_list(struct redis_call *call, struct slice key)
{
    struct redis_list *list =
        redis_list_create(call->db->heap, call->redis->config.list_max_listpack_size);
    if (!list) {
        redis_reply_oom(call->reply);
        return NULL;
    }
    return redis_add_value(call, key, &list->base) ? list : NULL;
}

static const char *const push_events[] = {"lpush", "rpush"};
static const char *const pop_events[] = {"lpop", "rpop"};

/* ---- pushing */

static void push(struct redis_call *call, enum redis_list_end end, bool must_exist)
{
    struct slice key = call->argv[1];
    struct redis_list *list;
    if (!list_for_write(call, key, &list))
        return;
    if (!list && must_exist) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!list && !(list = add_list(call, key)))
        return;
    for (uint32_t i = 2; i < call->argc; i++)
        if (!redis_list_push(call->db->heap, list, end, call->argv[i])) {
            redis_reply_oom(call->reply);
            redis_delete_unused(call, key);
            return;
        }
    redis_reply_int(call->reply, (int64_t)redis_list_length(list));
    redis_changed(call, key, REDIS_NOTIFY_LIST, push_events[end]);
}

static void lpush(struct redis_call *call)
{
    push(call, REDIS_LIST_HEAD, false);
}

static void rpush(struct redis_call *call)
{
    push(call, REDIS_LIST_TAIL, false);
}

static void lpushx(struct redis_call *call)
{
    push(call, REDIS_LIST_HEAD, true);
}

static void rpushx(struct redis_call *call)
{
    push(call, REDIS_LIST_TAIL, true);
}

/* ---- popping */

/* Index of the first of `count` elements at an end. */
static uint64_t end_index(const struct redis_list *list, enum redis_list_end end, uint64_t count)
{
    return end == REDIS_LIST_HEAD ? 0 : redis_list_length(list) - count;
}

static void reply_elements(struct redis_call *call, const struct redis_list *list, uint64_t index,
                           uint64_t count, bool backwards)
{
    struct redis_list_iter iter;
    struct slice element;
    redis_reply_array(call->reply, count);
    redis_list_iter_init(&iter, list, index, backwards);
    while (count-- && redis_list_iter_next(&iter, &element))
        redis_reply_bulk(call->reply, element);
}

/* Takes count elements off an end, tells, and deletes the list when it is empty. */
static void drop(struct redis_call *call, struct slice key, struct redis_list *list,
                 enum redis_list_end end, uint64_t count)
{
    redis_list_erase(call->db->heap, list, end_index(list, end, count), count);
    redis_changed(call, key, REDIS_NOTIFY_LIST, pop_events[end]);
    if (redis_list_length(list) == 0)
        redis_delete_emptied(call, key);
}

static void pop_count(struct redis_call *call, struct slice key, struct redis_list *list,
                      enum redis_list_end end, uint64_t count)
{
    uint64_t len = redis_list_length(list);
    count = count < len ? count : len;
    reply_elements(call, list, end == REDIS_LIST_HEAD ? 0 : len - 1, count, end == REDIS_LIST_TAIL);
    drop(call, key, list, end, count);
}

static void pop(struct redis_call *call, enum redis_list_end end)
{
    struct slice key = call->argv[1];
    struct redis_list *list;
    int64_t count = 1;
    if (call->argc > 3) {
        redis_reply_arity(call);
        return;
    }
    bool has_count = call->argc == 3;
    if (has_count && !redis_arg_int_in(call, 2, 0, INT64_MAX,
                                       "ERR value is out of range, must be positive", &count))
        return;
    if (!list_for_write(call, key, &list))
        return;
    if (!list) {
        if (has_count)
            redis_reply_null_array(call->reply);
        else
            redis_reply_null(call->reply);
    } else if (has_count && count == 0) {
        redis_reply_array(call->reply, 0);
    } else if (has_count) {
        pop_count(call, key, list, end, (uint64_t)count);
    } else {
        redis_reply_bulk(call->reply, redis_list_get(list, end_index(list, end, 1)));
        drop(call, key, list, end, 1);
    }
}

static void lpop(struct redis_call *call)
{
    pop(call, REDIS_LIST_HEAD);
}

static void rpop(struct redis_call *call)
{
    pop(call, REDIS_LIST_TAIL);
}

/* ---- reading */

static void llen(struct redis_call *call)
{
    const struct redis_list *list;
    if (list_for_read(call, call->argv[1], &list))
        redis_reply_int(call->reply, list ? (int64_t)redis_list_length(list) : 0);
}

/* A negative index counts from the end; false when it is outside. */
static bool resolve_index(const struct redis_list *list, int64_t index, uint64_t *out)
{
    int64_t len = (int64_t)redis_list_length(list);
    if (index < 0)
        index += len;
    *out = (uint64_t)index;
    return index >= 0 && index < len;
}

static void lindex(struct redis_call *call)
{
    const struct redis_list *list;
    int64_t index;
    uint64_t at;
    if (!list_for_read(call, call->argv[1], &list))
        return;
    if (!list) {
        redis_reply_null(call->reply);
        return;
    }
    if (!redis_arg_int(call, 2, &index))
        return;
    if (resolve_index(list, index, &at))
        redis_reply_bulk(call->reply, redis_list_get(list, at));
    else
        redis_reply_null(call->reply);
}

/* Clamps [start, end] as LRANGE and LTRIM mean it; false when nothing is left. */
static bool clamp_range(int64_t len, int64_t *start, int64_t *end)
{
    if (*start < 0)
        *start += len;
    if (*end < 0)
        *end += len;
    if (*start < 0)
        *start = 0;
    if (*end >= len)
        *end = len - 1;
    return *start <= *end && *start < len;
}

static void lrange(struct redis_call *call)
{
    const struct redis_list *list;
    int64_t start, end;
    if (!redis_arg_int(call, 2, &start) || !redis_arg_int(call, 3, &end) ||
        !list_for_read(call, call->argv[1], &list))
        return;
    if (!list || !clamp_range((int64_t)redis_list_length(list), &start, &end))
        redis_reply_array(call->reply, 0);
    else
        reply_elements(call, list, (uint64_t)start, (uint64_t)(end - start + 1), false);
}

struct lpos_options {
    int64_t rank, count, max_len;
    bool has_count;
};

static bool parse_lpos(struct redis_call *call, struct lpos_options *out)
{
    *out = (struct lpos_options){1, 1, 0, false};
    for (uint32_t i = 3; i < call->argc; i += 2) {
        bool more = i + 1 < call->argc;
        if (more && slice_is(call->argv[i], "RANK")) {
            if (!redis_arg_int(call, i + 1, &out->rank))
                return false;
            if (out->rank == 0) {
                redis_reply_error(call->reply,
                                  "ERR RANK can't be zero: use 1 to start from the first match, 2 "
                                  "from the second ... or use negative to start from the end of "
                                  "the list");
                return false;
            }
        } else if (more && slice_is(call->argv[i], "COUNT")) {
            if (!redis_arg_int_in(call, i + 1, 0, INT64_MAX, "ERR COUNT can't be negative",
                                  &out->count))
                return false;
            out->has_count = true;
        } else if (more && slice_is(call->argv[i], "MAXLEN")) {
            if (!redis_arg_int_in(call, i + 1, 0, INT64_MAX, "ERR MAXLEN can't be negative",
                                  &out->max_len))
                return false;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

/* Replies the matching indexes; returns how many. */
static uint64_t reply_matches(struct redis_call *call, const struct redis_list *list,
                              const struct lpos_options *options)
{
    struct redis_list_iter iter;
    struct slice element;
    int64_t len = (int64_t)redis_list_length(list);
    bool backwards = options->rank < 0;
    /* The rank that has no positive counterpart skips nothing, as in redis-server. */
    int64_t skip = options->rank == INT64_MIN ? 0
                   : backwards                ? -options->rank - 1
                                              : options->rank - 1;
    int64_t step = backwards ? -1 : 1, index = backwards ? len - 1 : 0;
    uint64_t found = 0;
    redis_list_iter_init(&iter, list, (uint64_t)index, backwards);
    for (int64_t seen = 0;
         (!options->max_len || seen < options->max_len) && redis_list_iter_next(&iter, &element);
         seen++, index += step) {
        if (!slice_eq(element, call->argv[2]) || skip-- > 0)
            continue;
        redis_reply_int(call->reply, index);
        found++;
        if (options->count && found == (uint64_t)options->count)
            break;
    }
    return found;
}

static void lpos(struct redis_call *call)
{
    struct lpos_options options;
    const struct redis_list *list;
    if (!parse_lpos(call, &options) || !list_for_read(call, call->argv[1], &list))
        return;
    if (options.has_count) {
        struct outq_mark mark = redis_reply_later(call->reply);
        redis_reply_array_at(call->reply, mark, list ? reply_matches(call, list, &options) : 0);
    } else if (!list || !reply_matches(call, list, &options)) {
        redis_reply_null(call->reply);
    }
}

/* ---- changing in the middle */

static void lset(struct redis_call *call)
{
    struct redis_list *list;
    int64_t index;
    uint64_t at;
    if (!list_for_write(call, call->argv[1], &list))
        return;
    if (!list) {
        redis_reply_no_key(call->reply);
        return;
    }
    if (!redis_arg_int(call, 2, &index))
        return;
    if (!resolve_index(list, index, &at)) {
        redis_reply_error(call->reply, "ERR index out of range");
    } else if (!redis_list_set(call->db->heap, list, at, call->argv[3])) {
        redis_reply_oom(call->reply);
    } else {
        redis_reply_ok(call->reply);
        redis_changed(call, call->argv[1], REDIS_NOTIFY_LIST, "lset");
    }
}

/* Index of the first element equal to bytes; false if there is none. */
static bool find_element(const struct redis_list *list, struct slice bytes, uint64_t *out)
{
    struct redis_list_iter iter;
    struct slice element;
    redis_list_iter_init(&iter, list, 0, false);
    for (uint64_t index = 0; redis_list_iter_next(&iter, &element); index++)
        if (slice_eq(element, bytes)) {
            *out = index;
            return true;
        }
    return false;
}

static void linsert(struct redis_call *call)
{
    struct redis_list *list;
    uint64_t at;
    bool after = slice_is(call->argv[2], "AFTER");
    if (!after && !slice_is(call->argv[2], "BEFORE")) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (!list_for_write(call, call->argv[1], &list))
        return;
    if (!list) {
        redis_reply_int(call->reply, 0);
    } else if (!find_element(list, call->argv[3], &at)) {
        redis_reply_int(call->reply, -1);
    } else if (!redis_list_insert(call->db->heap, list, at + after, call->argv[4])) {
        redis_reply_oom(call->reply);
    } else {
        redis_reply_int(call->reply, (int64_t)redis_list_length(list));
        redis_changed(call, call->argv[1], REDIS_NOTIFY_LIST, "linsert");
    }
}

/* Removes matches from one end on; a pass collects their indexes before anything is changed. */
static uint64_t remove_matches(struct redis_call *call, struct redis_list *list, uint64_t max,
                               bool backwards)
{
    struct redis_list_iter iter;
    struct slice element;
    uint64_t len = redis_list_length(list), room = max < len ? max : len, found = 0;
    uint64_t *matches = arena_array(call->arena, room, sizeof(*matches));
    if (!matches)
        return 0;
    redis_list_iter_init(&iter, list, backwards ? len - 1 : 0, backwards);
    for (uint64_t seen = 0; found < room && redis_list_iter_next(&iter, &element); seen++)
        if (slice_eq(element, call->argv[3]))
            matches[found++] = backwards ? len - 1 - seen : seen;
    for (uint64_t i = 0; i < found; i++) {
        uint64_t at = backwards ? matches[i] : matches[found - 1 - i];
        redis_list_erase(call->db->heap, list, at, 1);
    }
    return found;
}

static void lrem(struct redis_call *call)
{
    struct redis_list *list;
    int64_t count;
    if (!redis_arg_int(call, 2, &count) || !list_for_write(call, call->argv[1], &list))
        return;
    if (!list) {
        redis_reply_int(call->reply, 0);
        return;
    }
    uint64_t max = count == 0  ? UINT64_MAX
                   : count > 0 ? (uint64_t)count
                               : (uint64_t)(-(count + 1)) + 1;
    uint64_t removed = remove_matches(call, list, max, count < 0);
    redis_reply_int(call->reply, (int64_t)removed);
    if (!removed)
        return;
    redis_changed(call, call->argv[1], REDIS_NOTIFY_LIST, "lrem");
    if (redis_list_length(list) == 0)
        redis_delete_emptied(call, call->argv[1]);
}

static void ltrim(struct redis_call *call)
{
    struct redis_list *list;
    int64_t start, end;
    if (!redis_arg_int(call, 2, &start) || !redis_arg_int(call, 3, &end) ||
        !list_for_write(call, call->argv[1], &list))
        return;
    if (list) {
        uint64_t len = redis_list_length(list);
        struct heap *heap = call->db->heap;
        if (!clamp_range((int64_t)len, &start, &end)) {
            redis_list_erase(heap, list, 0, len);
        } else {
            redis_list_erase(heap, list, (uint64_t)end + 1, len - (uint64_t)end - 1);
            redis_list_erase(heap, list, 0, (uint64_t)start);
        }
        redis_changed(call, call->argv[1], REDIS_NOTIFY_LIST, "ltrim");
        if (redis_list_length(list) == 0)
            redis_delete_emptied(call, call->argv[1]);
    }
    redis_reply_ok(call->reply);
}

/* ---- moving between lists */

static bool parse_end(struct redis_call *call, struct slice word, enum redis_list_end *out)
{
    if (slice_is(word, "LEFT"))
        *out = REDIS_LIST_HEAD;
    else if (slice_is(word, "RIGHT"))
        *out = REDIS_LIST_TAIL;
    else {
        redis_reply_syntax(call->reply);
        return false;
    }
    return true;
}

/* Moves one element; false when the source is absent and nothing was replied. */
static bool move(struct redis_call *call, enum redis_list_end from, enum redis_list_end to)
{
    struct slice source_key = call->argv[1], target_key = call->argv[2];
    struct redis_list *source, *target;
    if (!list_for_write(call, source_key, &source))
        return true;
    if (!source)
        return false;
    if (!list_for_write(call, target_key, &target))
        return true;
    struct slice element =
        arena_dup(call->arena, redis_list_get(source, end_index(source, from, 1)));
    if (!element.ptr || (!target && !(target = add_list(call, target_key)))) {
        if (!element.ptr)
            redis_reply_oom(call->reply);
        return true;
    }
    /* Adding a key may have moved the map's nodes, not the values: source is still good. */
    if (!redis_list_push(call->db->heap, target, to, element)) {
        redis_reply_oom(call->reply);
        redis_delete_unused(call, target_key);
        return true;
    }
    uint64_t at = end_index(source, from, 1);
    if (source == target && from == to)
        at = from == REDIS_LIST_HEAD ? 1 : at - 1;
    if (!redis_list_erase(call->db->heap, source, at, 1)) {
        redis_reply_oom(call->reply);
        redis_list_erase(call->db->heap, target, end_index(target, to, 1), 1);
        redis_delete_unused(call, target_key);
        return true;
    }
    redis_reply_bulk(call->reply, element);
    redis_changed(call, target_key, REDIS_NOTIFY_LIST, push_events[to]);
    redis_changed(call, source_key, REDIS_NOTIFY_LIST, pop_events[from]);
    if (redis_list_length(source) == 0)
        redis_delete_emptied(call, source_key);
    return true;
}

static void lmove(struct redis_call *call)
{
    enum redis_list_end from, to;
    if (parse_end(call, call->argv[3], &from) && parse_end(call, call->argv[4], &to) &&
        !move(call, from, to))
        redis_reply_null(call->reply);
}

static void rpoplpush(struct redis_call *call)
{
    if (!move(call, REDIS_LIST_TAIL, REDIS_LIST_HEAD))
        redis_reply_null(call->reply);
}

/* ---- blocking */

static void time_over(struct redis_call *call)
{
    redis_reply_null_array(call->reply);
}

static void block_on(struct redis_call *call, uint32_t first, uint32_t count, int64_t timeout_ms)
{
    struct redis_block_options options = {&call->argv[first], count, REDIS_LIST, timeout_ms,
                                          time_over};
    redis_block_on_keys(call, &options);
}

static void bpop(struct redis_call *call, enum redis_list_end end)
{
    int64_t timeout_ms;
    uint32_t last = call->argc - 1;
    if (!redis_block_timeout(call, call->argv[last], &timeout_ms))
        return;
    for (uint32_t i = 1; i < last; i++) {
        struct redis_list *list;
        if (!redis_block_may_serve(call, call->argv[i]))
            continue;
        if (!list_for_write(call, call->argv[i], &list))
            return;
        if (!list)
            continue;
        redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, call->argv[i]);
        redis_reply_bulk(call->reply, redis_list_get(list, end_index(list, end, 1)));
        drop(call, call->argv[i], list, end, 1);
        return;
    }
    block_on(call, 1, last - 1, timeout_ms);
}

static void blpop(struct redis_call *call)
{
    bpop(call, REDIS_LIST_HEAD);
}

static void brpop(struct redis_call *call)
{
    bpop(call, REDIS_LIST_TAIL);
}

static void bmove(struct redis_call *call, enum redis_list_end from, enum redis_list_end to,
                  uint32_t timeout_at)
{
    int64_t timeout_ms;
    if (!redis_block_timeout(call, call->argv[timeout_at], &timeout_ms) || move(call, from, to))
        return;
    if (redis_block_denied(call))
        redis_reply_null(call->reply);
    else
        block_on(call, 1, 1, timeout_ms);
}

static void blmove(struct redis_call *call)
{
    enum redis_list_end from, to;
    if (parse_end(call, call->argv[3], &from) && parse_end(call, call->argv[4], &to))
        bmove(call, from, to, 5);
}

static void brpoplpush(struct redis_call *call)
{
    bmove(call, REDIS_LIST_TAIL, REDIS_LIST_HEAD, 3);
}

/* ---- LMPOP */

static const char *const ends[] = {"LEFT", "RIGHT"};

/* Pops from the first list that exists; false when none does. */
static bool mpop(struct redis_call *call, const struct redis_mpop *options)
{
    for (uint32_t i = options->first; i < options->first + options->keys; i++) {
        struct redis_list *list;
        if (!redis_block_may_serve(call, call->argv[i]))
            continue;
        if (!list_for_write(call, call->argv[i], &list))
            return true;
        if (!list)
            continue;
        redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, call->argv[i]);
        pop_count(call, call->argv[i], list,
                  options->second_end ? REDIS_LIST_TAIL : REDIS_LIST_HEAD,
                  (uint64_t)options->count);
        return true;
    }
    return false;
}

static void lmpop(struct redis_call *call)
{
    struct redis_mpop options;
    if (redis_arg_mpop(call, 1, ends, &options) && !mpop(call, &options))
        redis_reply_null_array(call->reply);
}

static void blmpop(struct redis_call *call)
{
    struct redis_mpop options;
    int64_t timeout_ms;
    if (redis_arg_mpop(call, 2, ends, &options) &&
        redis_block_timeout(call, call->argv[1], &timeout_ms) && !mpop(call, &options))
        block_on(call, options.first, options.keys, timeout_ms);
}

const struct redis_command redis_list_commands[] = {
    {"lpush",      lpush     },
    {"rpush",      rpush     },
    {"lpushx",     lpushx    },
    {"rpushx",     rpushx    },
    {"lpop",       lpop      },
    {"rpop",       rpop      },
    {"llen",       llen      },
    {"lindex",     lindex    },
    {"lrange",     lrange    },
    {"lpos",       lpos      },
    {"lset",       lset      },
    {"linsert",    linsert   },
    {"lrem",       lrem      },
    {"ltrim",      ltrim     },
    {"lmove",      lmove     },
    {"rpoplpush",  rpoplpush },
    {"blpop",      blpop     },
    {"brpop",      brpop     },
    {"blmove",     blmove    },
    {"brpoplpush", brpoplpush},
    {"lmpop",      lmpop     },
    {"blmpop",     blmpop    },
    {NULL,         NULL      },
};

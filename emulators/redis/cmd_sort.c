/* SORT and SORT_RO. Source: the Redis command reference, group "generic". */
#include <math.h>
#include <stdlib.h>

#include "emulators/redis/acl.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/hash_value.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/list.h"
#include "emulators/redis/set.h"
#include "emulators/redis/zset.h"

struct sort {
    struct redis_call *call;
    const struct slice *store, *by;
    struct slice *gets;
    uint32_t get_count;
    bool descending, alpha, keep_order;
    int64_t offset, limit;
    struct item *items;
    uint64_t count;
    uint64_t first, end; /* of the items, those within LIMIT */
};

struct item {
    struct slice element;
    struct slice weight; /* what ALPHA BY compares; ptr NULL: there is none */
    double score;
    uint64_t index; /* equal ones keep their order */
};

/* ---- patterns */

/* The value that a pattern names for an element: a string, or with "->" a field of a hash. ptr NULL
 * when there is none. */
static struct slice resolve(struct redis_call *call, struct slice pattern, struct slice element)
{
    const struct slice none = {NULL, 0};
    if (slice_eq_str(pattern, "#"))
        return element;
    const uint8_t *star = pattern.len ? memchr(pattern.ptr, '*', pattern.len) : NULL;
    if (!star)
        return none;
    struct slice before = slice_of(pattern.ptr, (size_t)(star - pattern.ptr));
    struct slice behind = slice_from(pattern, before.len + 1), field = none;
    for (size_t i = 0; i + 2 < behind.len && !field.ptr; i++)
        if (behind.ptr[i] == '-' && behind.ptr[i + 1] == '>') {
            field = slice_from(behind, i + 2);
            behind.len = i;
        }
    struct slice key = arena_concat(call->arena, before, element, behind);
    struct redis_entry *entry = key.ptr ? redis_lookup(call, key) : NULL;
    struct redis_field found;
    if (!entry)
        return none;
    if (field.ptr)
        return entry->type == REDIS_HASH &&
                       redis_hash_get((struct redis_hash *)entry->value.object, field, &found)
                   ? found.value
                   : none;
    char *scratch = arena_alloc(call->arena, TEXT_INT_MAX);
    return entry->type == REDIS_STRING && scratch ? redis_entry_string(entry, scratch) : none;
}

/* ---- parsing */

/* BY and GET read keys that the command does not name. */
static bool may_look_up(struct redis_call *call, const char *option)
{
    const char *reason = NULL;
    if (call->redis->config.cluster_enabled)
        reason = "in cluster mode.";
    else if (!redis_acl_reads_all_keys(call))
        reason = "due to insufficient ACL permissions.";
    if (reason)
        redis_reply_errorf(call->reply, "ERR %s option of SORT denied %s", option, reason);
    return !reason;
}

static bool parse_by(struct sort *s, const struct slice *pattern)
{
    s->by = pattern;
    s->keep_order = !pattern->len || !memchr(pattern->ptr, '*', pattern->len);
    return s->keep_order || may_look_up(s->call, "BY");
}

static bool parse_sort(struct sort *s, bool read_only)
{
    struct redis_call *call = s->call;
    s->limit = -1;
    s->gets = arena_array(call->arena, call->argc, sizeof(*s->gets));
    for (uint32_t i = 2; s->gets && i < call->argc; i++) {
        struct slice word = call->argv[i];
        uint32_t left = call->argc - 1 - i;
        if (slice_is(word, "ASC") || slice_is(word, "DESC")) {
            s->descending = slice_is(word, "DESC");
        } else if (slice_is(word, "ALPHA")) {
            s->alpha = true;
        } else if (slice_is(word, "LIMIT") && left >= 2) {
            if (!redis_arg_int(call, i + 1, &s->offset) || !redis_arg_int(call, i + 2, &s->limit))
                return false;
            i += 2;
        } else if (!read_only && slice_is(word, "STORE") && left >= 1) {
            s->store = &call->argv[++i];
        } else if (slice_is(word, "BY") && left >= 1) {
            if (!parse_by(s, &call->argv[++i]))
                return false;
        } else if (slice_is(word, "GET") && left >= 1) {
            if (!slice_eq_str(call->argv[++i], "#") && !may_look_up(call, "GET"))
                return false;
            s->gets[s->get_count++] = call->argv[i];
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

/* ---- loading */

/* redis-server sorts a skiplist, so that is what a sorted set is from then on. */
static bool unpack_zset(struct redis_call *call, struct redis_entry **entry)
{
    bool absent;
    if ((*entry)->value.object->encoding == REDIS_ZSET_SKIPLIST)
        return true;
    *entry = redis_db_edit(call->db, call->argv[1], &absent);
    if (*entry &&
        redis_zset_to_skiplist(call->db->heap, (struct redis_zset *)(*entry)->value.object))
        return true;
    redis_reply_oom(call->reply);
    return false;
}

static bool find_source(struct sort *s, struct redis_entry **out)
{
    *out = redis_lookup(s->call, s->call->argv[1]);
    if (!*out || (*out)->type == REDIS_LIST || (*out)->type == REDIS_SET)
        return true;
    if ((*out)->type == REDIS_ZSET)
        return unpack_zset(s->call, out);
    redis_reply_wrongtype(s->call->reply);
    return false;
}

static void add_item(struct sort *s, struct slice element)
{
    s->items[s->count] = (struct item){.element = element, .index = s->count};
    s->count++;
}

static void load_list(struct sort *s, const struct redis_list *list)
{
    struct redis_list_iter iter;
    struct slice element;
    redis_list_iter_init(&iter, list, 0, false);
    while (redis_list_iter_next(&iter, &element))
        add_item(s, element);
}

static void load_set(struct sort *s, const struct redis_set *set)
{
    struct redis_set_iter iter;
    struct slice member;
    redis_set_iter_init(&iter, set);
    while (redis_set_iter_next(&iter, &member))
        add_item(s, set->base.encoding == REDIS_SET_INTSET ? arena_dup(s->call->arena, member)
                                                           : member);
}

/* In its own order a sorted set may come from its upper end. */
static void load_zset(struct sort *s, const struct redis_zset *zset)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    bool backwards = s->keep_order && s->descending;
    redis_zset_iter_init(&iter, zset, backwards ? redis_zset_size(zset) - 1 : 0, backwards);
    while (redis_zset_iter_next(&iter, &item))
        add_item(s, item.member);
}

static bool load(struct sort *s, const struct redis_entry *entry)
{
    uint64_t count = entry ? redis_types[entry->type]->length(entry->value.object) : 0;
    s->items = arena_array(s->call->arena, count, sizeof(*s->items));
    if (!s->items) {
        redis_reply_oom(s->call->reply);
        return false;
    }
    if (!entry)
        return true;
    /* A set has no order to keep: what is stored or seen by a script must not depend on it. */
    if (entry->type == REDIS_SET && s->keep_order &&
        (s->store || s->call->flags & REDIS_CALL_SCRIPT)) {
        s->keep_order = false;
        s->alpha = true;
        s->by = NULL;
    }
    const struct redis_value *value = entry->value.object;
    if (entry->type == REDIS_LIST)
        load_list(s, (const struct redis_list *)value);
    else if (entry->type == REDIS_SET)
        load_set(s, (const struct redis_set *)value);
    else
        load_zset(s, (const struct redis_zset *)value);
    return true;
}

static void apply_limit(struct sort *s)
{
    s->first = s->offset < 0 ? 0 : (uint64_t)s->offset;
    if (s->first > s->count)
        s->first = s->count;
    uint64_t left = s->count - s->first;
    s->end = s->first + (s->limit < 0 || (uint64_t)s->limit > left ? left : (uint64_t)s->limit);
}

/* ---- sorting */

static bool to_score(struct slice text, double *out)
{
    bool out_of_range;
    return text_to_double_loosely(text, out, &out_of_range) && !out_of_range && !isnan(*out);
}

static bool weigh(struct sort *s)
{
    for (uint64_t i = 0; i < s->count; i++) {
        struct item *item = &s->items[i];
        item->weight = s->by ? resolve(s->call, *s->by, item->element) : item->element;
        if (!s->alpha && item->weight.ptr && !to_score(item->weight, &item->score)) {
            redis_reply_error(s->call->reply,
                              "ERR One or more scores can't be converted into double");
            return false;
        }
    }
    return true;
}

static int by_index(const struct item *a, const struct item *b)
{
    return a->index < b->index ? -1 : 1;
}

static int by_score(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    int order = slice_compare(a->element, b->element);
    return order ? order : by_index(a, b);
}

static int by_weight(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    if (!a->weight.ptr || !b->weight.ptr)
        return !a->weight.ptr && !b->weight.ptr ? by_index(a, b) : a->weight.ptr ? 1 : -1;
    int order = slice_compare(a->weight, b->weight);
    return order ? order : by_index(a, b);
}

static int by_score_down(const void *a, const void *b)
{
    return by_score(b, a);
}

static int by_weight_down(const void *a, const void *b)
{
    return by_weight(b, a);
}

static bool sort_items(struct sort *s)
{
    if (s->keep_order)
        return true;
    if (!weigh(s))
        return false;
    if (s->alpha)
        qsort(s->items, s->count, sizeof(*s->items), s->descending ? by_weight_down : by_weight);
    else
        qsort(s->items, s->count, sizeof(*s->items), s->descending ? by_score_down : by_score);
    return true;
}

/* ---- results */

/* Visits each value of the result in order; ptr NULL: a pattern found nothing. */
static bool each_result(struct sort *s, bool (*visit)(void *ctx, struct slice value), void *ctx)
{
    for (uint64_t i = s->first; i < s->end; i++) {
        struct slice element = s->items[i].element;
        if (!s->get_count && !visit(ctx, element))
            return false;
        for (uint32_t g = 0; g < s->get_count; g++)
            if (!visit(ctx, resolve(s->call, s->gets[g], element)))
                return false;
    }
    return true;
}

static bool reply_value(void *ctx, struct slice value)
{
    if (value.ptr)
        redis_reply_bulk(ctx, value);
    else
        redis_reply_null(ctx);
    return true;
}

struct to_list {
    struct heap *heap;
    struct redis_list *list;
};

static bool push_value(void *ctx, struct slice value)
{
    struct to_list *to = ctx;
    return redis_list_push(to->heap, to->list, REDIS_LIST_TAIL, value);
}

static void store(struct sort *s, uint64_t count)
{
    struct redis_call *call = s->call;
    if (count == 0) {
        if (redis_delete(call, *s->store, false))
            redis_changed(call, *s->store, REDIS_NOTIFY_GENERIC, "del");
        redis_reply_int(call->reply, 0);
        return;
    }
    struct to_list to = {
        call->db->heap,
        redis_list_create(call->db->heap, call->redis->config.list_max_listpack_size)};
    if (!to.list || !each_result(s, push_value, &to)) {
        if (to.list)
            redis_value_release(call->db->heap, &to.list->base);
        redis_reply_oom(call->reply);
        return;
    }
    if (!redis_put_value(call, *s->store, &to.list->base))
        return;
    redis_changed(call, *s->store, REDIS_NOTIFY_LIST, "sortstore");
    redis_reply_int(call->reply, (int64_t)count);
}

static void sort_generic(struct redis_call *call, bool read_only)
{
    struct sort s = {.call = call};
    struct redis_entry *entry;
    if (!parse_sort(&s, read_only) || !find_source(&s, &entry) || !load(&s, entry) ||
        !sort_items(&s))
        return;
    apply_limit(&s);
    uint64_t count = (s.end - s.first) * (s.get_count ? s.get_count : 1);
    if (s.store) {
        store(&s, count);
        return;
    }
    redis_reply_array(call->reply, count);
    each_result(&s, reply_value, call->reply);
}

static void sort(struct redis_call *call)
{
    sort_generic(call, false);
}

static void sort_ro(struct redis_call *call)
{
    sort_generic(call, true);
}

const struct redis_command redis_sort_commands[] = {
    {"sort",    sort   },
    {"sort_ro", sort_ro},
    {NULL,      NULL   },
};

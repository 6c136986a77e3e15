#include "emulators/sql/exec/sorter.h"

#include <stdlib.h>

_Static_assert(sizeof(struct sql_sort_head) == 16, "tuples stay aligned behind their heads");

#define SMALL_RUN 12 /* shorter runs are sorted by insertion */

static struct sql_sort_head *head_of(const struct sql_sort_item *item)
{
    return (struct sql_sort_head *)(void *)item->tuple - 1;
}

static int compare_keys(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    const struct sql_sort_head *x = head_of(a), *y = head_of(b);
    if (!x->key || !y->key)
        return 0;
    uint32_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, len);
    return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static int compare(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    int order = compare_keys(a, b);
    if (order)
        return order;
    return head_of(a)->order < head_of(b)->order ? -1 : 1;
}

bool sql_sort_equal(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    return compare_keys(a, b) == 0;
}

bool sql_sort_less(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    return compare_keys(a, b) < 0;
}

void sql_sorter_begin(struct sql_sorter *sorter, uint64_t limit)
{
    arena_reset(&sorter->arena);
    sorter->count = sorter->added = 0;
    sorter->wasted = 0;
    sorter->limit = limit;
    sorter->heap = false;
}

/* A key of one number that is not NULL fits the prefix, but for its last bit: order is kept, and ties
 * are settled by the whole key. */
static uint64_t prefix_of(struct slice key)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < key.len ? key.ptr[i] : 0);
    return prefix;
}

static void sift_down(struct sql_sort_item *items, uint64_t count, uint64_t at)
{
    struct sql_sort_item item = items[at];
    for (;;) {
        uint64_t child = at * 2 + 1;
        if (child >= count)
            break;
        if (child + 1 < count && compare(&items[child], &items[child + 1]) < 0)
            child++;
        if (compare(&item, &items[child]) >= 0)
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = item;
}

static bool make_room(struct sql_sorter *sorter)
{
    if (sorter->count < sorter->room)
        return true;
    uint64_t room = sorter->room ? sorter->room * 2 : 256;
    struct sql_sort_item *items = realloc(sorter->items, room * sizeof(*items));
    if (!items)
        return false;
    sorter->items = items;
    sorter->room = room;
    return true;
}

/* Would this key fall out of a full limited sort at once? */
static bool falls_out(const struct sql_sorter *sorter, struct slice key, uint64_t prefix)
{
    const struct sql_sort_item *last = &sorter->items[0];
    if (prefix != last->prefix)
        return prefix > last->prefix;
    const struct sql_sort_head *head = head_of(last);
    return slice_compare(key, slice_of(head->key, head->key_len)) >= 0;
}

static bool item_of(struct sql_sorter *sorter, struct sql_run *run, const struct sql_saves *saves,
                    struct slice key, struct sql_sort_item *out)
{
    out->tuple = sql_tuple_save(&sorter->arena, run->regs, saves, sizeof(struct sql_sort_head));
    if (!out->tuple)
        return false;
    struct sql_sort_head *head = head_of(out);
    *head = (struct sql_sort_head){.order = (uint32_t)sorter->added++};
    struct slice copy = arena_dup(&sorter->arena, key);
    if (!copy.ptr)
        return false;
    head->key = (uint8_t *)(uintptr_t)copy.ptr;
    head->key_len = (uint32_t)copy.len;
    return true;
}

/* Tuples that fell out of the heap are left in the arena: once they are most of it, the rest moves. */
static bool compact(struct sql_sorter *sorter, const struct sql_saves *saves)
{
    struct arena fresh = {0};
    for (uint64_t i = 0; i < sorter->count; i++) {
        struct sql_sort_item *item = &sorter->items[i];
        struct sql_sort_head *old = head_of(item);
        size_t bytes = sizeof(*old) + saves->count * sizeof(struct datum);
        for (uint32_t c = 0; c < saves->count; c++)
            if (!saves->items[c].by_value && !item->tuple[c].null)
                bytes += item->tuple[c].len;
        struct sql_sort_head *head = arena_alloc(&fresh, bytes);
        struct slice key = arena_dup(&fresh, slice_of(old->key, old->key_len));
        if (!head || !key.ptr) {
            arena_done(&fresh);
            return false;
        }
        memcpy(head, old, sizeof(*old) + saves->count * sizeof(struct datum));
        head->key = (uint8_t *)(uintptr_t)key.ptr;
        item->tuple = (struct datum *)(void *)(head + 1);
        uint8_t *at = (uint8_t *)(item->tuple + saves->count);
        for (uint32_t c = 0; c < saves->count; c++) {
            struct datum *value = &item->tuple[c];
            if (saves->items[c].by_value || value->null || value->len == 0)
                continue;
            memcpy(at, value->ptr, value->len);
            value->ptr = at;
            at += value->len;
        }
    }
    arena_done(&sorter->arena);
    sorter->arena = fresh;
    sorter->wasted = 0;
    return true;
}

static bool add_limited(struct sql_sorter *sorter, struct sql_run *run,
                        const struct sql_saves *saves, struct slice key, uint64_t prefix)
{
    if (!sorter->heap) {
        for (uint64_t i = sorter->count / 2; i-- > 0;)
            sift_down(sorter->items, sorter->count, i);
        sorter->heap = true;
    }
    if (falls_out(sorter, key, prefix)) {
        sorter->added++;
        return true;
    }
    sorter->wasted++;
    struct sql_sort_item item = {.prefix = prefix};
    if (!item_of(sorter, run, saves, key, &item))
        return false;
    sorter->items[0] = item;
    sift_down(sorter->items, sorter->count, 0);
    return sorter->wasted < 2 * sorter->count + 1000 || compact(sorter, saves);
}

/* The most common key, one number, is made without a buffer that grows. */
static bool number_key(const struct sql_run *run, const struct sql_keys *keys, uint8_t out[9])
{
    const struct sql_key *key = &keys->items[0];
    const struct datum *value = &run->regs[key->reg];
    if (keys->count != 1 || value->null ||
        (key->codec != SQL_KEY_INT && key->codec != SQL_KEY_FLOAT))
        return false;
    uint64_t bits =
        key->codec == SQL_KEY_INT ? sql_key_of_int(value->i) : sql_key_of_float(value->d);
    if (key->descending)
        bits = ~bits;
    out[0] = 1;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)(bits >> (56 - 8 * i));
    return true;
}

bool sql_sorter_add(struct sql_sorter *sorter, struct sql_run *run, const struct sql_keys *keys,
                    const struct sql_saves *saves)
{
    uint8_t number[9];
    struct slice key = {number, sizeof(number)};
    if (keys->count == 0 || !number_key(run, keys, number)) {
        struct sql_bytes bytes;
        if (sorter->scratch.chunks)
            arena_reset(&sorter->scratch);
        sql_bytes_init(&bytes, &sorter->scratch);
        if (!sql_key_encode(run, keys, &sorter->scratch, &bytes))
            return false;
        key = sql_bytes_slice(&bytes);
    }
    uint64_t prefix = prefix_of(key);
    if (sorter->limit && sorter->count == sorter->limit)
        return add_limited(sorter, run, saves, key, prefix) || sql_fail_memory(run->env->error);
    if (!make_room(sorter))
        return sql_fail_memory(run->env->error);
    struct sql_sort_item *item = &sorter->items[sorter->count];
    item->prefix = prefix;
    if (!item_of(sorter, run, saves, key, item))
        return sql_fail_memory(run->env->error);
    sorter->count++;
    return true;
}

/* ---- merge sort */

static void insertion_sort(struct sql_sort_item *items, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        struct sql_sort_item item = items[i];
        uint64_t at = i;
        for (; at > 0 && compare(&item, &items[at - 1]) < 0; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static void merge(const struct sql_sort_item *from, uint64_t left, uint64_t middle, uint64_t right,
                  struct sql_sort_item *to)
{
    uint64_t a = left, b = middle;
    if (a < b && b < right && compare(&from[b - 1], &from[b]) < 0) {
        memcpy(to + left, from + left, (right - left) * sizeof(*to));
        return;
    }
    for (uint64_t at = left; at < right; at++) {
        bool take_left = b >= right || (a < middle && compare(&from[a], &from[b]) < 0);
        to[at] = from[take_left ? a++ : b++];
    }
}

bool sql_sorter_finish(struct sql_sorter *sorter, struct sql_run *run)
{
    uint64_t count = sorter->count;
    for (uint64_t at = 0; at < count; at += SMALL_RUN)
        insertion_sort(sorter->items + at, count - at < SMALL_RUN ? count - at : SMALL_RUN);
    if (count <= SMALL_RUN)
        return true;
    struct sql_sort_item *other = malloc(count * sizeof(*other));
    if (!other)
        return sql_fail_memory(run->env->error);
    struct sql_sort_item *from = sorter->items, *to = other;
    for (uint64_t width = SMALL_RUN; width < count; width *= 2) {
        for (uint64_t left = 0; left < count; left += 2 * width) {
            uint64_t middle = left + width < count ? left + width : count;
            uint64_t right = left + 2 * width < count ? left + 2 * width : count;
            merge(from, left, middle, right, to);
        }
        struct sql_sort_item *swap = from;
        from = to;
        to = swap;
        if (!sql_run_check_slow(run)) {
            sorter->items = from;
            sorter->room = count;
            free(to);
            return false;
        }
    }
    sorter->items = from;
    sorter->room = count;
    free(to);
    return true;
}

void sql_sorter_done(struct sql_sorter *sorter)
{
    arena_done(&sorter->arena);
    arena_done(&sorter->scratch);
    free(sorter->items);
    *sorter = (struct sql_sorter){0};
}

#include "emulators/sql/exec/sorter.h"

#include <stdlib.h>

#include "emulators/sql/value/float.h"

_Static_assert(sizeof(struct sql_sort_head) == 16, "tuples stay aligned behind their heads");

#define SMALL_RUN 7  /* shorter runs are sorted by insertion */
#define LARGE_RUN 40 /* longer ones choose their pivot among nine items */

/* A prefix has this bit unless it says all of its key. */
#define PREFIX_PARTIAL ((uint64_t)1)

/* Integers this far from zero stand in a prefix as they are. */
#define PREFIX_INT_MAX ((uint64_t)1 << 61)
#define PREFIX_INT_LOW ((uint64_t)1 << 32) /* the prefix of the least of these */

static struct sql_sort_head *head_of(const struct sql_sort_item *item)
{
    return (struct sql_sort_head *)(void *)item->tuple - 1;
}

static int compare(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    if (!(a->prefix & PREFIX_PARTIAL))
        return 0;
    const struct sql_sort_head *x = head_of(a), *y = head_of(b);
    uint32_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, len);
    return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

bool sql_sort_equal(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    return compare(a, b) == 0;
}

bool sql_sort_less(const struct sql_sort_item *a, const struct sql_sort_item *b)
{
    return compare(a, b) < 0;
}

void sql_sorter_begin(struct sql_sorter *sorter, uint64_t limit)
{
    arena_reset(&sorter->arena);
    sorter->count = 0;
    sorter->wasted = 0;
    sorter->limit = limit;
    sorter->heap = false;
}

static uint64_t first_bytes(struct slice key)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < 8; i++)
        bytes = bytes << 8 | (i < key.len ? key.ptr[i] : 0);
    return bytes;
}

/* Keeps the keys' order; ties are settled by the whole key. */
static uint64_t prefix_of(const struct sql_keys *keys, struct slice key)
{
    enum sql_key_codec codec = keys->count ? keys->items[0].codec : SQL_KEY_ENCODED;
    if (codec != SQL_KEY_INT && codec != SQL_KEY_FLOAT)
        return first_bytes(key) | PREFIX_PARTIAL;
    if (key.ptr[0] != 1) /* NULL */
        return key.ptr[0] == 0 ? PREFIX_PARTIAL : UINT64_MAX;
    uint64_t number = first_bytes(slice_from(key, 1));
    if (codec == SQL_KEY_FLOAT)
        return number >> 1 | PREFIX_PARTIAL;
    uint64_t from_least = number - (((uint64_t)1 << 63) - PREFIX_INT_MAX);
    if (from_least < 2 * PREFIX_INT_MAX)
        return (PREFIX_INT_LOW + 2 * from_least) | (keys->count == 1 ? 0 : PREFIX_PARTIAL);
    return number < (uint64_t)1 << 63 ? PREFIX_INT_LOW - 1 : UINT64_MAX - 2;
}

/* ---- the heap of a limited sort: the last of the first rows on top */

static void sift_down(struct sql_sort_item *items, uint64_t count, struct sql_sort_item item)
{
    uint64_t at = 0;
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

static void sift_up(struct sql_sort_item *items, uint64_t at)
{
    struct sql_sort_item item = items[at];
    while (at > 0) {
        uint64_t parent = (at - 1) / 2;
        if (compare(&item, &items[parent]) <= 0)
            break;
        items[at] = items[parent];
        at = parent;
    }
    items[at] = item;
}

/* Keeps the first `limit` of the items gathered so far. */
static bool make_heap(struct sql_sorter *sorter, struct sql_run *run)
{
    struct sql_sort_item *items = sorter->items;
    for (uint64_t i = 0; i < sorter->count; i++) {
        if (!sql_run_check(run))
            return false;
        if (i < sorter->limit)
            sift_up(items, i);
        else if (compare(&items[i], &items[0]) < 0)
            sift_down(items, sorter->limit, items[i]);
    }
    sorter->wasted = sorter->count - sorter->limit;
    sorter->count = sorter->limit;
    sorter->heap = true;
    return true;
}

static bool empty_heap(struct sql_sorter *sorter, struct sql_run *run)
{
    for (uint64_t left = sorter->count; left > 1; left--) {
        if (!sql_run_check(run))
            return false;
        struct sql_sort_item last = sorter->items[0];
        sift_down(sorter->items, left - 1, sorter->items[left - 1]);
        sorter->items[left - 1] = last;
    }
    return true;
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
    struct slice copy = arena_dup(&sorter->arena, key);
    if (!copy.ptr)
        return false;
    *head = (struct sql_sort_head){(uint8_t *)(uintptr_t)copy.ptr, (uint32_t)copy.len};
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
    if (falls_out(sorter, key, prefix))
        return true;
    sorter->wasted++;
    struct sql_sort_item item = {.prefix = prefix};
    if (!item_of(sorter, run, saves, key, &item))
        return false;
    sift_down(sorter->items, sorter->count, item);
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
    uint64_t bits = key->codec == SQL_KEY_INT ? sql_key_of_int(value->i) : sql_float_key(value->d);
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
    uint64_t prefix = prefix_of(keys, key);
    if (sorter->heap)
        return add_limited(sorter, run, saves, key, prefix) || sql_fail_memory(run->env->error);
    if (!make_room(sorter))
        return sql_fail_memory(run->env->error);
    struct sql_sort_item *item = &sorter->items[sorter->count];
    item->prefix = prefix;
    if (!item_of(sorter, run, saves, key, item))
        return sql_fail_memory(run->env->error);
    sorter->count++;
    return !sorter->limit || sorter->count <= 2 * sorter->limit || make_heap(sorter, run);
}

/* ---- quicksort, as in Bentley and McIlroy: Engineering a Sort Function (1993) */

static void swap(struct sql_sort_item *a, struct sql_sort_item *b)
{
    struct sql_sort_item kept = *a;
    *a = *b;
    *b = kept;
}

static void swap_ranges(struct sql_sort_item *a, struct sql_sort_item *b, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        swap(a + i, b + i);
}

static void insertion_sort(struct sql_sort_item *items, ptrdiff_t count)
{
    for (ptrdiff_t i = 1; i < count; i++) {
        struct sql_sort_item item = items[i];
        ptrdiff_t at = i;
        for (; at > 0 && compare(&items[at - 1], &item) > 0; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* False also when the statement shall end. */
static bool is_sorted(const struct sql_sort_item *items, ptrdiff_t count, struct sql_run *run)
{
    for (ptrdiff_t i = 1; i < count; i++)
        if (compare(&items[i - 1], &items[i]) > 0 || !sql_run_check(run))
            return false;
    return true;
}

static struct sql_sort_item *median(struct sql_sort_item *a, struct sql_sort_item *b,
                                    struct sql_sort_item *c)
{
    if (compare(a, b) < 0)
        return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
    return compare(b, c) > 0 ? b : compare(a, c) < 0 ? a : c;
}

static struct sql_sort_item *choose_pivot(struct sql_sort_item *items, ptrdiff_t count)
{
    struct sql_sort_item *first = items, *middle = items + count / 2, *last = items + count - 1;
    ptrdiff_t step = count / 8;
    if (count == SMALL_RUN)
        return middle;
    if (count > LARGE_RUN) {
        first = median(first, first + step, first + 2 * step);
        middle = median(middle - step, middle, middle + step);
        last = median(last - 2 * step, last - step, last);
    }
    return median(first, middle, last);
}

/* Splits items around the first of them: those below it in front, as many as returned in *below;
 * those above it, *above, at the end; its equals between them. */
static bool split(struct sql_sort_item *items, ptrdiff_t count, struct sql_run *run,
                  ptrdiff_t *below, ptrdiff_t *above)
{
    /* On the way: equals | below | not seen | above | equals. */
    struct sql_sort_item *left_equal = items + 1, *left = items + 1, *end = items + count;
    struct sql_sort_item *right = end - 1, *right_equal = end - 1;
    for (;;) {
        int order;
        for (; left <= right && (order = compare(left, items)) <= 0; left++) {
            if (order == 0)
                swap(left_equal++, left);
            if (!sql_run_check(run))
                return false;
        }
        for (; left <= right && (order = compare(right, items)) >= 0; right--) {
            if (order == 0)
                swap(right, right_equal--);
            if (!sql_run_check(run))
                return false;
        }
        if (left > right)
            break;
        swap(left++, right--);
    }
    ptrdiff_t equal = left_equal - items, beyond = end - right_equal - 1;
    *below = left - left_equal;
    *above = right_equal - right;
    equal = equal < *below ? equal : *below;
    swap_ranges(items, left - equal, equal);
    beyond = beyond < *above ? beyond : *above;
    swap_ranges(left, end - beyond, beyond);
    return true;
}

/* The order among equal keys follows from the algorithm alone. It is the one of PostgreSQL, so that
 * results which depend on it (row_number() over ties, an incomplete ORDER BY) are the same there. */
static bool quicksort(struct sql_sort_item *items, ptrdiff_t count, struct sql_run *run)
{
    while (count >= SMALL_RUN) {
        ptrdiff_t below, above;
        if (is_sorted(items, count, run))
            return true;
        swap(items, choose_pivot(items, count));
        if (!split(items, count, run, &below, &above))
            return false;
        struct sql_sort_item *upper = items + count - above;
        bool smaller_first = below <= above;
        if (!quicksort(smaller_first ? items : upper, smaller_first ? below : above, run))
            return false;
        items = smaller_first ? upper : items;
        count = smaller_first ? above : below;
    }
    insertion_sort(items, count);
    return true;
}

bool sql_sorter_finish(struct sql_sorter *sorter, struct sql_run *run)
{
    return sorter->heap ? empty_heap(sorter, run)
                        : quicksort(sorter->items, (ptrdiff_t)sorter->count, run);
}

void sql_sorter_done(struct sql_sorter *sorter)
{
    arena_done(&sorter->arena);
    arena_done(&sorter->scratch);
    free(sorter->items);
    *sorter = (struct sql_sorter){0};
}

#include "common/random.h"
#include "common/unit_test.h"
#include "emulators/redis/stream.h"
#include "emulators/redis/stream_group.h"
#include "emulators/redis/stream_node.h"
#include "emulators/redis/types.h"

#define MODEL_MAX    2000
#define VERSIONS_MAX 4

static const struct redis_stream_limits limits = {100, 4096};

static struct redis_stream_id id_of(uint64_t ms, uint64_t seq)
{
    return (struct redis_stream_id){ms, seq};
}

static bool same_id(struct redis_stream_id a, struct redis_stream_id b)
{
    return redis_stream_id_compare(a, b) == 0;
}

/* An entry of one pair whose value is the id's milliseconds. */
static bool append(struct heap *heap, struct redis_stream *stream, uint64_t ms)
{
    char text[TEXT_INT_MAX];
    struct slice pair[2] = {SLICE_LITERAL("n"), slice_of(text, text_from_u64(text, ms))};
    return redis_stream_append(heap, stream, &limits, id_of(ms, 0), pair, 1);
}

static struct redis_stream *stream_of(struct heap *heap, uint64_t count)
{
    struct redis_stream *stream = redis_stream_create(heap);
    for (uint64_t ms = 1; ms <= count; ms++)
        assert_true(append(heap, stream, ms));
    return stream;
}

static struct redis_stream *clone(struct heap *heap, const struct redis_stream *stream)
{
    return (struct redis_stream *)redis_stream_ops.clone(heap, &stream->base);
}

static void release(struct heap *heap, struct redis_stream *stream)
{
    redis_stream_ops.release(heap, &stream->base);
}

static void ids_step_over_their_halves(void **state)
{
    (void)state;
    struct redis_stream_id id = id_of(7, UINT64_MAX);
    assert_true(redis_stream_id_increment(&id));
    assert_true(same_id(id, id_of(8, 0)));
    assert_true(redis_stream_id_decrement(&id));
    assert_true(same_id(id, id_of(7, UINT64_MAX)));
    id = REDIS_STREAM_ID_MAX;
    assert_false(redis_stream_id_increment(&id));
    assert_true(same_id(id, REDIS_STREAM_ID_MIN));
    assert_false(redis_stream_id_decrement(&id));
    assert_true(same_id(id, REDIS_STREAM_ID_MAX));
}

static void strings_of_any_length_come_back(void **state)
{
    (void)state;
    static uint8_t long_bytes[70000];
    static const size_t lens[] = {0, 1, 254, 255, 256, 70000};
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = redis_stream_create(heap);
    struct slice strings[12];
    for (size_t i = 0; i < 12; i++)
        strings[i] = slice_of(long_bytes, lens[i % 6]);
    assert_true(redis_stream_append(heap, stream, &limits, id_of(1, 1), strings, 6));
    const struct redis_stream_entry *entry = redis_stream_find(stream, id_of(1, 1))->entry;
    const uint8_t *at = entry->bytes;
    assert_int_equal(entry->fields, 6);
    for (size_t i = 0; i < 12; i++)
        assert_true(slice_eq(redis_stream_read_string(&at), strings[i]));
    assert_ptr_equal(at, entry->bytes + entry->size);
    release(heap, stream);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static uint64_t trimmed(struct heap *heap, struct redis_stream *stream,
                        struct redis_stream_trim trim)
{
    uint64_t removed;
    assert_true(redis_stream_trim(heap, stream, &trim, &removed));
    return removed;
}

static void approximate_trimming_takes_whole_nodes(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 1000);
    struct redis_stream_trim by_len = {
        REDIS_TRIM_MAXLEN, true, 0, 555, {0, 0}
    };
    struct redis_stream_trim by_id = {
        REDIS_TRIM_MINID, true, 0, 0, {701, 0}
    };
    assert_int_equal(stream->nodes.count, 10);
    assert_int_equal(trimmed(heap, stream, by_len), 400);
    by_id.limit = 150;
    assert_int_equal(trimmed(heap, stream, by_id), 100);
    by_id.limit = 0;
    assert_int_equal(trimmed(heap, stream, by_id), 200);
    assert_true(same_id(redis_stream_first_id(stream), id_of(701, 0)));
    by_len.approximate = false;
    by_len.max_len = 10;
    assert_int_equal(trimmed(heap, stream, by_len), 290);
    assert_int_equal(stream->nodes.count, 1);
    assert_int_equal(stream->entries_added, 1000);
    release(heap, stream);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void tombstones_fill_a_node(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 100);
    bool deleted;
    for (uint64_t ms = 2; ms <= 100; ms++)
        assert_true(redis_stream_delete(heap, stream, id_of(ms, 0), &deleted) && deleted);
    assert_true(redis_stream_delete(heap, stream, id_of(50, 0), &deleted));
    assert_false(deleted);
    assert_true(append(heap, stream, 101));
    assert_int_equal(stream->nodes.count, 2);
    assert_true(redis_stream_delete(heap, stream, id_of(1, 0), &deleted) && deleted);
    assert_int_equal(stream->nodes.count, 1);
    assert_true(same_id(stream->max_deleted_id, id_of(100, 0)));
    release(heap, stream);
    heap_destroy(heap);
}

/* What redis-server 7.0.15 reports as radix-tree-nodes. */
static void radix_nodes_are_counted_as_in_the_real_tree(void **state)
{
    (void)state;
    static const uint64_t ids[][2] = {
        {1,        0},
        {1,        1},
        {256,      7},
        {257,      0},
        {1u << 20, 0}
    };
    static const uint64_t nodes[] = {2, 4, 8, 11, 14};
    static const struct redis_stream_limits one = {1, 4096};
    static const struct slice pair[2] = {SLICE_LITERAL("a"), SLICE_LITERAL("b")};
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = redis_stream_create(heap);
    assert_int_equal(redis_stream_radix_nodes(stream), 1);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_true(redis_stream_append(heap, stream, &one, id_of(ids[i][0], ids[i][1]), pair, 1));
        assert_int_equal(redis_stream_radix_nodes(stream), nodes[i]);
    }
    release(heap, stream);
    heap_destroy(heap);
}

/* ---- random changes against a plain array, with earlier versions that must not change */

struct model {
    uint64_t ms[MODEL_MAX];
    size_t count;
};

struct version {
    struct redis_stream *stream;
    struct model model;
};

static void check(const struct version *v)
{
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    size_t at = 0, live = 0;
    redis_stream_iter_init(&iter, v->stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    while ((item = redis_stream_iter_next(&iter))) {
        const uint8_t *bytes = item->entry->bytes;
        uint64_t value;
        redis_stream_read_string(&bytes);
        assert_true(text_to_u64(redis_stream_read_string(&bytes), &value));
        assert_true(value == item->id.ms && value == v->model.ms[at++]);
    }
    assert_int_equal(at, v->model.count);
    for (uint64_t i = 0; i < v->stream->nodes.count; i++) {
        const struct stream_node_item *node = btree_at(&v->stream->nodes, &stream_nodes_type, i);
        live += node->node->live;
    }
    assert_int_equal(live, at);
}

static void drop_front(struct model *model, size_t count)
{
    model->count -= count;
    memmove(model->ms, model->ms + count, model->count * sizeof(model->ms[0]));
}

static void change(struct heap *heap, struct version *v, struct random *random, uint64_t *next)
{
    bool deleted;
    uint64_t removed, dice = random_below(random, 100);
    if (v->model.count == MODEL_MAX || dice == 0) {
        struct redis_stream_trim trim = {
            REDIS_TRIM_MAXLEN,
            random_below(random, 2),
            0,
            random_below(random, v->model.count + 1),
            {0, 0}
        };
        assert_true(redis_stream_trim(heap, v->stream, &trim, &removed));
        assert_true(trim.approximate || v->model.count - removed == trim.max_len);
        drop_front(&v->model, removed);
    } else if (dice < 20 && v->model.count) {
        size_t at = random_below(random, v->model.count);
        assert_true(redis_stream_delete(heap, v->stream, id_of(v->model.ms[at], 0), &deleted));
        assert_true(deleted);
        v->model.count--;
        memmove(&v->model.ms[at], &v->model.ms[at + 1],
                (v->model.count - at) * sizeof(v->model.ms[0]));
    } else {
        assert_true(append(heap, v->stream, *next));
        v->model.ms[v->model.count++] = *next;
        *next += 1 + random_below(random, 3);
    }
}

static void clones_do_not_see_changes(void **state)
{
    (void)state;
    static struct version versions[VERSIONS_MAX], now;
    struct heap *heap = heap_create(0);
    struct random random;
    uint64_t next = 1;
    random_seed(&random, 42);
    now.stream = redis_stream_create(heap);
    for (int round = 0; round < 20000; round++) {
        change(heap, &now, &random, &next);
        if (round % 500 != 0)
            continue;
        struct version *old = &versions[random_below(&random, VERSIONS_MAX)];
        if (old->stream)
            release(heap, old->stream);
        old->model = now.model;
        old->stream = clone(heap, now.stream);
        for (int i = 0; i < VERSIONS_MAX; i++)
            if (versions[i].stream)
                check(&versions[i]);
        check(&now);
    }
    for (int i = 0; i < VERSIONS_MAX; i++)
        if (versions[i].stream)
            release(heap, versions[i].stream);
    release(heap, now.stream);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void a_change_after_sharing_copies_little(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 100000);
    size_t before = heap_used(heap);
    struct redis_stream *copy = clone(heap, stream);
    assert_true(append(heap, stream, 100001));
    assert_true(heap_used(heap) - before < 16384);
    release(heap, copy);
    release(heap, stream);
    heap_destroy(heap);
}

static void out_of_memory_changes_nothing(void **state)
{
    (void)state;
    struct heap *heap = heap_create(60000);
    struct redis_stream *stream = redis_stream_create(heap);
    static struct version v;
    while (append(heap, stream, v.model.count + 1)) {
        v.model.ms[v.model.count] = v.model.count + 1;
        v.model.count++;
    }
    v.stream = stream;
    check(&v);
    assert_int_equal(stream->entries_added, v.model.count);
    release(heap, stream);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void ranges_run_both_ways(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = redis_stream_create(heap);
    struct redis_stream_iter iter;
    for (uint64_t ms = 10; ms <= 1000; ms += 10)
        assert_true(append(heap, stream, ms));
    redis_stream_iter_init(&iter, stream, id_of(15, 0), id_of(40, 0), false);
    for (uint64_t ms = 20; ms <= 40; ms += 10)
        assert_int_equal(redis_stream_iter_next(&iter)->id.ms, ms);
    assert_null(redis_stream_iter_next(&iter));
    redis_stream_iter_init(&iter, stream, id_of(980, 0), REDIS_STREAM_ID_MAX, true);
    for (uint64_t ms = 1000; ms >= 980; ms -= 10)
        assert_int_equal(redis_stream_iter_next(&iter)->id.ms, ms);
    assert_null(redis_stream_iter_next(&iter));
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, id_of(9, 0), true);
    assert_null(redis_stream_iter_next(&iter));
    release(heap, stream);
    heap_destroy(heap);
}

/* ---- groups */

static struct redis_stream_group *make_group(struct heap *heap, struct redis_stream *stream,
                                             const char *name)
{
    return redis_stream_group_create(heap, stream, slice_str(name), REDIS_STREAM_ID_MIN,
                                     REDIS_STREAM_READ_UNKNOWN);
}

static struct redis_stream_consumer *make_consumer(struct heap *heap,
                                                   struct redis_stream_group *group,
                                                   const char *name)
{
    return redis_stream_consumer_create(heap, group, slice_str(name), 5);
}

static void pending_entries_change_hands(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 10);
    struct redis_stream_group *group = make_group(heap, stream, "g");
    struct redis_stream_consumer *a = make_consumer(heap, group, "alice");
    struct redis_stream_consumer *b = make_consumer(heap, group, "bob");
    bool found;
    for (uint64_t ms = 1; ms <= 10; ms++)
        assert_true(redis_stream_deliver(heap, group, a, id_of(ms, 0), 100, 1));
    assert_true(redis_stream_deliver(heap, group, b, id_of(3, 0), 200, 2));
    assert_int_equal(a->pel.count, 9);
    assert_int_equal(b->pel.count, 1);
    const struct redis_stream_nack *nack = redis_stream_nack_find(group, id_of(3, 0));
    assert_ptr_equal(nack->consumer, b->base.name);
    assert_int_equal(nack->count, 2);
    assert_true(redis_stream_acknowledge(heap, group, id_of(3, 0), &found) && found);
    assert_true(redis_stream_acknowledge(heap, group, id_of(3, 0), &found) && !found);
    assert_int_equal(b->pel.count, 0);
    assert_true(redis_stream_consumer_destroy(heap, group, slice_str("alice")));
    assert_int_equal(group->pel.count, 0);
    assert_null(redis_stream_consumer_find(group, slice_str("alice")));
    assert_true(redis_stream_group_destroy(heap, stream, slice_str("g")));
    assert_null(redis_stream_group_find(stream, slice_str("g")));
    release(heap, stream);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void clones_keep_their_groups(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 1000);
    char name[8] = "g00";
    bool absent, found;
    for (int i = 0; i < 100; i++) {
        name[1] = (char)('0' + i / 10);
        name[2] = (char)('0' + i % 10);
        struct redis_stream_group *group = make_group(heap, stream, name);
        struct redis_stream_consumer *consumer = make_consumer(heap, group, "c");
        for (uint64_t ms = 1; ms <= 100; ms++)
            assert_true(redis_stream_deliver(heap, group, consumer, id_of(ms, 0), 1, 1));
    }
    struct redis_stream *copy = clone(heap, stream);
    struct redis_stream_group *group =
        redis_stream_group_edit(heap, stream, slice_str("g42"), &absent);
    assert_true(redis_stream_acknowledge(heap, group, id_of(7, 0), &found) && found);
    make_consumer(heap, group, "new");
    assert_true(redis_stream_group_destroy(heap, stream, slice_str("g00")));
    const struct redis_stream_group *old = redis_stream_group_find(copy, slice_str("g42"));
    assert_int_equal(old->pel.count, 100);
    assert_non_null(redis_stream_nack_find(old, id_of(7, 0)));
    assert_int_equal(redis_stream_consumer_find(old, slice_str("c"))->pel.count, 100);
    assert_null(redis_stream_consumer_find(old, slice_str("new")));
    assert_non_null(redis_stream_group_find(copy, slice_str("g00")));
    assert_int_equal(redis_stream_consumer_find(group, slice_str("c"))->pel.count, 99);
    assert_true(btree_check(&stream->groups, &redis_stream_groups_type));
    assert_true(btree_check(&copy->groups, &redis_stream_groups_type));
    assert_true(btree_check(&group->pel, &redis_stream_nacks_type));
    release(heap, stream);
    release(heap, copy);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

/* -1: not known. */
static int64_t lag(const struct redis_stream *stream, const struct redis_stream_group *group)
{
    int64_t entries;
    return redis_stream_group_lag(stream, group, &entries) ? entries : -1;
}

static void lag_is_known_unless_entries_were_deleted_ahead(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_stream *stream = stream_of(heap, 5);
    struct redis_stream_group *group = make_group(heap, stream, "g");
    bool deleted;
    assert_int_equal(lag(stream, group), 5);
    redis_stream_group_advance(stream, group, id_of(1, 0));
    redis_stream_group_advance(stream, group, id_of(2, 0));
    assert_int_equal(group->entries_read, 2);
    assert_int_equal(lag(stream, group), 3);
    assert_true(redis_stream_delete(heap, stream, id_of(4, 0), &deleted));
    assert_int_equal(lag(stream, group), -1);
    redis_stream_group_advance(stream, group, id_of(3, 0));
    assert_int_equal(group->entries_read, REDIS_STREAM_READ_UNKNOWN);
    redis_stream_group_advance(stream, group, id_of(5, 0));
    assert_int_equal(lag(stream, group), 0);
    release(heap, stream);
    heap_destroy(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_step_over_their_halves),
        cmocka_unit_test(strings_of_any_length_come_back),
        cmocka_unit_test(approximate_trimming_takes_whole_nodes),
        cmocka_unit_test(tombstones_fill_a_node),
        cmocka_unit_test(radix_nodes_are_counted_as_in_the_real_tree),
        cmocka_unit_test(clones_do_not_see_changes),
        cmocka_unit_test(a_change_after_sharing_copies_little),
        cmocka_unit_test(out_of_memory_changes_nothing),
        cmocka_unit_test(ranges_run_both_ways),
        cmocka_unit_test(pending_entries_change_hands),
        cmocka_unit_test(clones_keep_their_groups),
        cmocka_unit_test(lag_is_known_unless_entries_were_deleted_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

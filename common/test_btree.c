#include <stdlib.h>

#include "common/btree.h"
#include "common/btree_node.h"
#include "common/unit_test.h"

#define MODEL_MAX    12000
#define VERSIONS_MAX 4
#define BALLAST_MAX  16384

/* A counted object that items refer to, so that lost and double references show. */
struct object {
    uint32_t refs;
};

/* Items of 16 bytes, ordered by key; items of 32 bytes use what follows, too, and have no order. */
struct item {
    uint64_t key;
    struct object *object;
    uint64_t weight;
    uint64_t more;
};

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = ((const struct item *)a)->key, y = ((const struct item *)b)->key;
    return (x > y) - (x < y);
}

static void retain_object(void *item)
{
    ((struct item *)item)->object->refs++;
}

static void release_object(struct heap *heap, void *item)
{
    struct object *object = ((struct item *)item)->object;
    assert_true(object->refs > 0);
    if (--object->refs == 0)
        heap_free(heap, object, sizeof *object);
}

static uint64_t weight_of(const void *item)
{
    return ((const struct item *)item)->weight;
}

static const struct btree_type ordered = {16, compare_keys, retain_object, release_object, NULL};
static const struct btree_type placed = {32, NULL, retain_object, release_object, weight_of};

struct model {
    struct item *items;
    size_t count;
};

/* A tree, what it must hold, and earlier versions of both that must not change. */
struct world {
    const struct btree_type *type;
    struct heap *heap;
    struct btree tree;
    struct model model;
    struct btree old_tree[VERSIONS_MAX];
    struct model old_model[VERSIONS_MAX];
    uint64_t random;
};

static uint64_t next_random(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random * 0x2545f4914f6cdd1du >> 16;
}

static uint64_t below(struct world *w, uint64_t bound)
{
    return next_random(w) % bound;
}

/* ---- the model */

static void model_insert(struct model *model, size_t at, const struct item *item)
{
    assert_true(model->count < MODEL_MAX);
    memmove(&model->items[at + 1], &model->items[at], (model->count - at) * sizeof *item);
    model->items[at] = *item;
    model->count++;
}

static void model_remove(struct model *model, size_t at, size_t count)
{
    memmove(&model->items[at], &model->items[at + count],
            (model->count - at - count) * sizeof *model->items);
    model->count -= count;
}

static size_t model_search(const struct model *model, uint64_t key)
{
    size_t low = 0, high = model->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (model->items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct model model_create(void)
{
    struct model model = {calloc(MODEL_MAX, sizeof *model.items), 0};
    assert_non_null(model.items);
    return model;
}

static struct model model_copy(const struct model *model)
{
    struct model copy = model_create();
    copy.count = model->count;
    memcpy(copy.items, model->items, model->count * sizeof *copy.items);
    return copy;
}

/* ---- comparing */

static void assert_same(const struct btree *tree, const struct btree_type *type,
                        const struct model *model)
{
    struct btree_iter iter;
    uint64_t weight = 0;
    assert_int_equal(tree->count, model->count);
    const void *item = btree_iter_at(&iter, tree, type, 0);
    for (size_t i = 0; i < model->count; i++, item = btree_iter_next(&iter, type)) {
        assert_non_null(item);
        assert_memory_equal(item, &model->items[i], type->item_size);
        weight += type->weight ? model->items[i].weight : 1;
    }
    assert_null(item);
    assert_int_equal(tree->weight, weight);
    item = model->count ? btree_iter_at(&iter, tree, type, model->count - 1) : NULL;
    for (size_t i = model->count; i-- > 0; item = btree_iter_prev(&iter, type))
        assert_memory_equal(item, &model->items[i], type->item_size);
    assert_null(item);
    assert_null(btree_at(tree, type, model->count));
}

static bool key_before(const void *item, const void *ctx)
{
    return ((const struct item *)item)->key < *(const uint64_t *)ctx;
}

static void assert_found(struct world *w)
{
    uint64_t key = below(w, 1u << 16);
    size_t at = model_search(&w->model, key);
    bool there = at < w->model.count && w->model.items[at].key == key;
    const struct item *found = btree_find(&w->tree, w->type, &key);
    assert_int_equal(found != NULL, there);
    assert_true(!found || found->key == key);
    assert_int_equal(btree_rank(&w->tree, w->type, key_before, &key), at);
}

static void assert_weighed(struct world *w)
{
    if (w->tree.weight == 0)
        return;
    uint64_t offset = below(w, w->tree.weight), rest = offset, into;
    size_t at = 0;
    for (; rest >= w->model.items[at].weight; at++)
        rest -= w->model.items[at].weight;
    assert_int_equal(btree_seek_weight(&w->tree, w->type, offset, &into), at);
    assert_int_equal(into, rest);
}

/* ---- one random change, in tree and model */

static bool new_item(struct world *w, struct item *out_item)
{
    struct object *object = heap_alloc(w->heap, sizeof *object);
    if (!object)
        return false;
    object->refs = 1;
    *out_item = (struct item){below(w, 1u << 16), object, below(w, 4), 0};
    return true;
}

/* Half of the inserts go to the ends, as in lists and time series. */
static size_t random_place(struct world *w)
{
    switch (below(w, 4)) {
    case 0: return 0;
    case 1: return w->model.count;
    default: return below(w, w->model.count + 1);
    }
}

static bool insert_some(struct world *w)
{
    struct item item;
    size_t at = random_place(w);
    bool done;
    if (!new_item(w, &item))
        return false;
    if (w->type->compare) {
        at = model_search(&w->model, item.key);
        if (at < w->model.count && w->model.items[at].key == item.key) {
            release_object(w->heap, &item);
            return true;
        }
        done = btree_insert(&w->tree, w->type, w->heap, &item);
    } else {
        done = btree_insert_at(&w->tree, w->type, w->heap, at, &item);
    }
    if (done)
        model_insert(&w->model, at, &item);
    else
        release_object(w->heap, &item);
    return done;
}

static bool remove_by_key(struct world *w)
{
    uint64_t key = below(w, 1u << 16);
    size_t at = model_search(&w->model, key);
    bool absent;
    if (below(w, 4) && at < w->model.count)
        key = w->model.items[at].key;
    bool there = at < w->model.count && w->model.items[at].key == key;
    if (!btree_remove(&w->tree, w->type, w->heap, &key, NULL, &absent))
        return false;
    assert_int_equal(absent, !there);
    if (there)
        model_remove(&w->model, at, 1);
    return true;
}

static bool remove_by_place(struct world *w)
{
    struct item out;
    size_t at = random_place(w);
    if (at == w->model.count)
        at--;
    if (!btree_remove_at(&w->tree, w->type, w->heap, at, &out))
        return false;
    assert_memory_equal(&out, &w->model.items[at], w->type->item_size);
    release_object(w->heap, &out);
    model_remove(&w->model, at, 1);
    return true;
}

static bool remove_range(struct world *w)
{
    size_t at = random_place(w);
    size_t most = w->model.count - at, count = below(w, 16) ? below(w, 40) : below(w, most + 1);
    if (count > most)
        count = most;
    if (!btree_remove_range(&w->tree, w->type, w->heap, at, count))
        return false;
    model_remove(&w->model, at, count);
    return true;
}

static bool edit(struct world *w)
{
    size_t at = below(w, w->model.count);
    struct item *item = btree_edit(&w->tree, w->type, w->heap, at);
    if (!item)
        return false;
    assert_memory_equal(item, &w->model.items[at], w->type->item_size);
    if (w->type == &placed) {
        item->weight = w->model.items[at].weight = below(w, 10);
        item->key = w->model.items[at].key = next_random(w);
        btree_edited(&w->tree, w->type, at);
    }
    return true;
}

static bool change(struct world *w, bool growing)
{
    uint64_t choice = below(w, 100);
    if (choice < (growing ? 70u : 25u) || w->model.count == 0)
        return w->model.count + 1 < MODEL_MAX ? insert_some(w) : true;
    if (choice < 80)
        return w->type->compare ? remove_by_key(w) : remove_by_place(w);
    if (choice < 90)
        return remove_by_place(w);
    return choice < 91 ? remove_range(w) : edit(w);
}

/* ---- worlds */

static void start(struct world *w, const struct btree_type *type, size_t limit)
{
    *w = (struct world){.type = type, .random = 88172645463325252u};
    w->heap = heap_create(limit);
    assert_non_null(w->heap);
    w->model = model_create();
}

static void drop_version(struct world *w, size_t i)
{
    if (!w->old_model[i].items)
        return;
    assert_true(btree_check_but_fill(&w->old_tree[i], w->type));
    assert_same(&w->old_tree[i], w->type, &w->old_model[i]);
    if (i % 2)
        btree_clear(&w->old_tree[i], w->type, w->heap);
    else
        while (btree_release_some(&w->old_tree[i], w->type, w->heap, 50))
            ;
    free(w->old_model[i].items);
    w->old_model[i].items = NULL;
}

/* Keeps the present as a version, or goes back to one, as a rewind does. */
static void branch_off(struct world *w)
{
    size_t i = below(w, VERSIONS_MAX);
    if (w->old_model[i].items && below(w, 4) == 0) {
        btree_clear(&w->tree, w->type, w->heap);
        free(w->model.items);
        w->tree = btree_share(&w->old_tree[i]);
        w->model = model_copy(&w->old_model[i]);
    }
    drop_version(w, i);
    w->old_tree[i] = btree_share(&w->tree);
    w->old_model[i] = model_copy(&w->model);
}

static void finish(struct world *w)
{
    assert_same(&w->tree, w->type, &w->model);
    btree_clear(&w->tree, w->type, w->heap);
    assert_null(w->tree.root);
    for (size_t i = 0; i < VERSIONS_MAX; i++)
        drop_version(w, i);
    assert_int_equal(heap_used(w->heap), 0);
    free(w->model.items);
    heap_destroy(w->heap);
}

/* ---- tests */

static void random_changes(const struct btree_type *type, bool versions)
{
    struct world w;
    start(&w, type, 0);
    for (int step = 0; step < 80000; step++) {
        assert_true(change(&w, step / 20000 % 2 == 0));
        if (type->compare)
            assert_found(&w);
        else if (step % 16 == 0)
            assert_weighed(&w);
        if (step % 101 == 0 && !btree_check(&w.tree, type))
            fail_msg("broken after step %d", step);
        if (versions && below(&w, 500) == 0)
            branch_off(&w);
        if (step % 1999 == 0)
            assert_same(&w.tree, type, &w.model);
    }
    finish(&w);
}

static void an_ordered_tree_agrees_with_an_array(void **state)
{
    (void)state;
    random_changes(&ordered, false);
}

static void a_tree_by_position_agrees_with_an_array(void **state)
{
    (void)state;
    random_changes(&placed, false);
}

static void versions_of_an_ordered_tree_stay(void **state)
{
    (void)state;
    random_changes(&ordered, true);
}

static void versions_of_a_tree_by_position_stay(void **state)
{
    (void)state;
    random_changes(&placed, true);
}

/* Blocks that take what the heap's limit leaves. */
struct ballast {
    void *blocks[BALLAST_MAX];
    size_t size[BALLAST_MAX];
    size_t count;
};

static void squeeze(struct ballast *ballast, struct heap *heap)
{
    for (size_t size = 1u << 20; size >= 16; size /= 2) {
        void *block;
        while ((block = heap_alloc(heap, size)) != NULL) {
            assert_true(ballast->count < BALLAST_MAX);
            ballast->blocks[ballast->count] = block;
            ballast->size[ballast->count++] = size;
        }
    }
}

static void let_go(struct ballast *ballast, struct heap *heap, size_t blocks)
{
    for (; blocks > 0 && ballast->count > 0; blocks--) {
        ballast->count--;
        heap_free(heap, ballast->blocks[ballast->count], ballast->size[ballast->count]);
    }
}

/* With memory for a few blocks only, a change either happens or leaves everything as it was. */
static void changes_without_memory(const struct btree_type *type)
{
    struct ballast *ballast = calloc(1, sizeof *ballast);
    struct world w;
    unsigned failed = 0, done = 0;
    assert_non_null(ballast);
    start(&w, type, 2u << 20);
    for (int step = 0; step < 8000; step++) {
        bool growing = step / 2000 % 2 == 0;
        if (step % 2 == 0) {
            assert_true(change(&w, growing));
            continue;
        }
        if (below(&w, 8) == 0)
            branch_off(&w);
        squeeze(ballast, w.heap);
        let_go(ballast, w.heap, below(&w, 12));
        bool changed = change(&w, growing);
        done += changed;
        failed += !changed;
        assert_true(btree_check_but_fill(&w.tree, type));
        if (step % 64 == 1)
            assert_same(&w.tree, type, &w.model);
        let_go(ballast, w.heap, SIZE_MAX);
    }
    assert_true(failed > 300);
    assert_true(done > 300);
    free(ballast);
    finish(&w);
}

static void an_ordered_tree_survives_lack_of_memory(void **state)
{
    (void)state;
    changes_without_memory(&ordered);
}

static void a_tree_by_position_survives_lack_of_memory(void **state)
{
    (void)state;
    changes_without_memory(&placed);
}

static void removing_needs_no_memory(void **state)
{
    struct ballast *ballast = calloc(1, sizeof *ballast);
    struct world w;
    (void)state;
    assert_non_null(ballast);
    start(&w, &ordered, 2u << 20);
    while (w.model.count < 5000)
        assert_true(insert_some(&w));
    while (w.model.count > 0) {
        squeeze(ballast, w.heap);
        assert_true(remove_by_key(&w));
        if (w.model.count % 64 == 0)
            assert_true(btree_check_but_fill(&w.tree, w.type));
    }
    let_go(ballast, w.heap, SIZE_MAX);
    free(ballast);
    finish(&w);
}

/* ---- plain numbers: sizes and costs */

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static const struct btree_type numbers = {8, compare_numbers, NULL, NULL, NULL};

static struct btree numbers_up_to(struct heap *heap, uint64_t count)
{
    struct btree tree = {0};
    for (uint64_t i = 0; i < count; i++)
        assert_true(btree_insert(&tree, &numbers, heap, &i));
    return tree;
}

static void a_change_after_sharing_a_million_copies_a_path(void **state)
{
    struct heap *heap = heap_create(0);
    struct btree tree = numbers_up_to(heap, 1000000);
    uint64_t probe = 500000;
    bool absent;
    (void)state;
    size_t path = (tree.root->level + 2u) * BTREE_BRANCH_BYTES;
    size_t before = heap_used(heap);
    struct btree old = btree_share(&tree);
    assert_int_equal(heap_used(heap), before);
    assert_true(btree_remove(&tree, &numbers, heap, &probe, NULL, &absent));
    assert_false(absent);
    assert_true(heap_used(heap) - before <= path);
    assert_null(btree_find(&tree, &numbers, &probe));
    assert_non_null(btree_find(&old, &numbers, &probe));
    assert_true(btree_remove_range(&tree, &numbers, heap, 1000, 900000));
    assert_true(heap_used(heap) - before <= 4 * path);
    assert_true(btree_check(&tree, &numbers));
    assert_true(btree_check(&old, &numbers));
    btree_clear(&tree, &numbers, heap);
    assert_int_equal(heap_used(heap), before);
    size_t calls = 1;
    while (btree_release_some(&old, &numbers, heap, 1000))
        calls++;
    assert_in_range(calls, 900, 1100);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void growth_at_an_end_leaves_full_nodes(void **state)
{
    struct heap *heap = heap_create(0);
    struct btree up = numbers_up_to(heap, 100000), down = {0};
    (void)state;
    size_t used = heap_used(heap);
    assert_true(used < 100000 * 9);
    for (uint64_t i = 100000; i-- > 0;)
        assert_true(btree_insert(&down, &numbers, heap, &i));
    assert_true(heap_used(heap) - used < 100000 * 9);
    assert_true(btree_check(&up, &numbers));
    assert_true(btree_check(&down, &numbers));
    btree_clear(&up, &numbers, heap);
    btree_clear(&down, &numbers, heap);
    heap_destroy(heap);
}

static void a_queue_stays_small(void **state)
{
    struct heap *heap = heap_create(0);
    struct btree queue = numbers_up_to(heap, 100);
    (void)state;
    for (uint64_t i = 100; i < 200000; i++) {
        uint64_t out;
        assert_true(btree_insert(&queue, &numbers, heap, &i));
        assert_true(btree_remove_at(&queue, &numbers, heap, 0, &out));
        assert_int_equal(out, i - 100);
        assert_true(heap_used(heap) < 4096);
    }
    assert_true(btree_check(&queue, &numbers));
    btree_clear(&queue, &numbers, heap);
    heap_destroy(heap);
}

static void a_small_tree_is_small(void **state)
{
    struct heap *heap = heap_create(0);
    struct btree tree = numbers_up_to(heap, 1);
    (void)state;
    assert_true(heap_used(heap) <= 32);
    btree_clear(&tree, &numbers, heap);
    tree = numbers_up_to(heap, 60);
    assert_true(btree_remove_range(&tree, &numbers, heap, 1, 59));
    assert_true(heap_used(heap) <= 64);
    btree_clear(&tree, &numbers, heap);
    heap_destroy(heap);
}

static void an_empty_tree_answers(void **state)
{
    struct heap *heap = heap_create(0);
    struct btree tree = {0}, other = btree_share(&tree);
    struct btree_iter iter;
    uint64_t probe = 1;
    bool absent = false;
    (void)state;
    assert_null(btree_find(&tree, &numbers, &probe));
    assert_null(btree_iter_at(&iter, &tree, &numbers, 0));
    assert_null(btree_iter_next(&iter, &numbers));
    assert_null(btree_iter_prev(&iter, &numbers));
    assert_int_equal(btree_rank(&tree, &numbers, key_before, &probe), 0);
    assert_true(btree_remove(&tree, &numbers, heap, &probe, NULL, &absent));
    assert_true(absent);
    assert_true(btree_remove_range(&tree, &numbers, heap, 0, 0));
    assert_true(btree_check(&other, &numbers));
    assert_false(btree_release_some(&tree, &numbers, heap, 1));
    heap_destroy(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tree_answers),
        cmocka_unit_test(an_ordered_tree_agrees_with_an_array),
        cmocka_unit_test(a_tree_by_position_agrees_with_an_array),
        cmocka_unit_test(versions_of_an_ordered_tree_stay),
        cmocka_unit_test(versions_of_a_tree_by_position_stay),
        cmocka_unit_test(an_ordered_tree_survives_lack_of_memory),
        cmocka_unit_test(a_tree_by_position_survives_lack_of_memory),
        cmocka_unit_test(removing_needs_no_memory),
        cmocka_unit_test(a_change_after_sharing_a_million_copies_a_path),
        cmocka_unit_test(growth_at_an_end_leaves_full_nodes),
        cmocka_unit_test(a_queue_stays_small),
        cmocka_unit_test(a_small_tree_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

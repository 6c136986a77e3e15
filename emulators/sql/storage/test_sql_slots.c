#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/sql/storage/slots.h"

#define MODEL 5000

static uint64_t state = 88172645463325252u;

static uint64_t draw(uint64_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % bound;
}

static void compare(const struct sql_slots *slots, const uintptr_t *model)
{
    uint64_t at = 0;
    for (uint64_t i = 0; i < MODEL; i++) {
        assert_int_equal(sql_slots_get(slots, i), model[i]);
        if (!model[i])
            continue;
        assert_int_equal(sql_slots_next(slots, &at), model[i]);
        assert_int_equal(at, i);
        at++;
    }
    assert_int_equal(sql_slots_next(slots, &at), 0);
    at = UINT64_MAX >> 8;
    for (uint64_t i = MODEL; i-- > 0;) {
        if (!model[i])
            continue;
        assert_int_equal(sql_slots_previous(slots, &at), model[i]);
        assert_int_equal(at, i);
        at--;
    }
}

/* Puts, changes and takes at random places, with shared copies that must not change. */
static void slots_agree_with_an_array(void **unused)
{
    struct heap *heap = heap_create(0);
    static uintptr_t model[MODEL], old_model[MODEL];
    struct sql_slots slots = {0}, old = {0};
    (void)unused;
    for (int round = 0; round < 60000; round++) {
        uint64_t i = draw(2) ? draw(MODEL) : draw(100) * 50;
        if (!model[i]) {
            model[i] = draw(1000000) << 1 | 1;
            assert_true(sql_slots_put(&slots, heap, i, model[i]));
        } else if (draw(3) == 0) {
            model[i] = draw(1000000) << 1 | 1;
            *sql_slots_edit(&slots, heap, i) = model[i];
        } else {
            model[i] = 0;
            assert_true(sql_slots_take(&slots, heap, i));
        }
        if (round % 6000 == 0) {
            compare(&slots, model);
            compare(&old, old_model);
            sql_slots_clear(&old, heap);
            old = sql_slots_share(&slots);
            memcpy(old_model, model, sizeof model);
        }
    }
    sql_slots_clear(&old, heap);
    for (uint64_t i = 0; i < MODEL; i++)
        if (model[i])
            assert_true(sql_slots_take(&slots, heap, i));
    assert_null(slots.root);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void a_failed_put_changes_nothing(void **unused)
{
    struct heap *heap = heap_create(0);
    struct sql_slots slots = {0};
    (void)unused;
    assert_true(sql_slots_put(&slots, heap, 3, 7));
    for (uint64_t at = 100; at < UINT64_C(1) << 40; at *= 9) {
        size_t used = heap_used(heap);
        heap_set_limit(heap, used + sizeof(struct sql_slots_node));
        if (sql_slots_put(&slots, heap, at, 9))
            assert_true(sql_slots_take(&slots, heap, at));
        heap_set_limit(heap, 0);
        assert_int_equal(sql_slots_get(&slots, 3), 7);
        assert_int_equal(sql_slots_get(&slots, at), 0);
    }
    sql_slots_clear(&slots, heap);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_agree_with_an_array),
        cmocka_unit_test(a_failed_put_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

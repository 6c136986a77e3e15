/* Sets of keys among bounds of partitions, beside what each key of a small world says of itself. */
#include <stdlib.h>

#include "common/random.h"
#include "common/unit_test.h"
#include "emulators/sql/exec/partition_bounds.h"

enum { VALUES = 9, COLUMNS = 3, ENDS_MAX = 12, ROUNDS = 3000 };

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call;
    (void)type;
    return (a.i > b.i) - (a.i < b.i);
}

static const struct sql_type_ops number_ops = {.compare = compare};
static const struct sql_type number = {.len = 8, .by_value = true, .ops = &number_ops};

/* Ranges over some columns, or a list; keys of values from 0 to VALUES - 1. */
struct world {
    struct arena arena;
    struct sql_error error;
    struct sql_env env;
    uint32_t collations[COLUMNS];
    struct sql_partition_key key;
    struct sql_partition_terms terms;
    struct sql_partition_bounds bounds;
    struct datum values[ENDS_MAX * COLUMNS];
    int8_t kinds[ENDS_MAX * COLUMNS];
    int32_t slots[ENDS_MAX + 1];
    struct random random;
};

static uint32_t dice(struct world *world, uint32_t sides)
{
    return (uint32_t)random_below(&world->random, sides);
}

/* How two ends of ranges compare. */
static int compare_ends(const struct world *world, uint32_t a, uint32_t b)
{
    uint32_t keys = world->bounds.key_count;
    for (uint32_t i = 0; i < keys; i++) {
        int x = world->kinds[a * keys + i], y = world->kinds[b * keys + i];
        if (x || y)
            return x - y;
        int order = compare(NULL, NULL, world->values[a * keys + i], world->values[b * keys + i]);
        if (order)
            return order;
    }
    return 0;
}

/* Another end; false: it is not above the one before it. */
static bool add_end(struct world *world, uint32_t at)
{
    uint32_t keys = world->bounds.key_count;
    int8_t rest = 0;
    for (uint32_t i = 0; i < keys; i++) {
        if (!rest && dice(world, 6) == 0)
            rest = dice(world, 2) ? 1 : -1;
        world->kinds[at * keys + i] = rest;
        world->values[at * keys + i] = datum_int(dice(world, VALUES));
    }
    return at == 0 || compare_ends(world, at - 1, at) < 0;
}

static void make_ranges(struct world *world)
{
    uint32_t count = 0;
    for (uint32_t tries = 0; tries < 40 && count < ENDS_MAX; tries++)
        count += add_end(world, count);
    world->bounds.bound_count = count;
    world->bounds.slot_count = count + 1;
    for (uint32_t i = 0; i <= count; i++)
        world->slots[i] =
            i == 0 || i == count || dice(world, 4) == 0 ? SQL_SLOT_OTHERS : (int32_t)i;
    if (count && world->kinds[0] < 0)
        world->slots[0] = SQL_SLOT_NEVER;
    if (count && world->kinds[(count - 1) * world->bounds.key_count] > 0)
        world->slots[count] = SQL_SLOT_NEVER;
}

static void make_list(struct world *world)
{
    uint32_t count = 0;
    for (int64_t value = 0; value < VALUES; value++)
        if (dice(world, 2)) {
            world->values[count] = datum_int(value);
            world->slots[count++] = (int32_t)dice(world, 3);
        }
    world->bounds.bound_count = world->bounds.slot_count = count;
}

static void make_bounds(struct world *world, char strategy)
{
    uint32_t keys = strategy == 'l' ? 1 : 1 + dice(world, COLUMNS);
    arena_reset(&world->arena);
    world->key = (struct sql_partition_key){
        .strategy = strategy, .count = (uint16_t)keys, .collations = world->collations};
    world->terms = (struct sql_partition_terms){
        .env = &world->env, .arena = &world->arena, .key = &world->key};
    for (uint32_t i = 0; i < keys; i++)
        world->terms.types[i] = &number;
    world->bounds = (struct sql_partition_bounds){.strategy = strategy,
                                                  .key_count = keys,
                                                  .otherwise = ENDS_MAX + 1,
                                                  .nulls = -1,
                                                  .values = world->values,
                                                  .kinds = world->kinds,
                                                  .slots = world->slots};
    if (strategy == 'r')
        make_ranges(world);
    else
        make_list(world);
}

/* The slot of a key without NULLs, found one by one; -1: none, as of values that no list has. */
static int32_t slot_of(const struct world *world, const struct datum *key)
{
    const struct sql_partition_bounds *bounds = &world->bounds;
    uint32_t at = 0;
    for (; at < bounds->bound_count; at++) {
        int order = 0;
        for (uint32_t i = 0; i < bounds->key_count && order == 0; i++) {
            size_t end = (size_t)at * bounds->key_count + i;
            order = bounds->strategy == 'r' && bounds->kinds[end]
                        ? bounds->kinds[end]
                        : compare(NULL, NULL, bounds->values[end], key[i]);
        }
        if (bounds->strategy == 'l' && order == 0)
            return (int32_t)at;
        if (bounds->strategy == 'r' && order > 0)
            return (int32_t)at;
    }
    return bounds->strategy == 'r' ? (int32_t)at : -1;
}

static bool holds(enum sql_compare op, int order)
{
    switch (op) {
    case SQL_LT: return order < 0;
    case SQL_LE: return order <= 0;
    case SQL_EQ: return order == 0;
    case SQL_GE: return order >= 0;
    case SQL_GT: return order > 0;
    default: return order != 0;
    }
}

static bool satisfies(const struct datum *key, const struct sql_partition_probe *values,
                      uint32_t count, enum sql_compare op)
{
    for (uint32_t i = 0; i + 1 < count; i++)
        if (key[i].i != values[i].value.i)
            return false;
    return holds(op, compare(NULL, NULL, key[count - 1], values[count - 1].value));
}

static bool has(const struct sql_partition_set *set, int32_t slot)
{
    return slot < 0 ? set->others : set->words[slot / 64] >> slot % 64 & 1;
}

static bool next_key(struct datum *key, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (++key[i].i < VALUES)
            return true;
        key[i].i = 0;
    }
    return false;
}

/* No key is lost; and of a comparison of the whole key nothing is kept that no key asks for. */
static void check(struct world *world, enum sql_compare op,
                  const struct sql_partition_probe *values, uint32_t count)
{
    struct datum key[COLUMNS] = {{{0}}};
    struct sql_partition_set set;
    uint64_t wanted = 0;
    assert_true(sql_partition_set_make(&world->env, &world->arena, &world->bounds, false, &set));
    assert_true(sql_partition_set_add(&world->terms, &world->bounds, op, values, count, &set));
    do {
        int32_t slot = slot_of(world, key);
        if (!satisfies(key, values, count, op))
            continue;
        assert_true(has(&set, slot));
        wanted |= slot < 0 ? 0 : UINT64_C(1) << slot;
    } while (next_key(key, world->bounds.key_count));
    if (op == SQL_EQ && count == world->bounds.key_count && set.count)
        assert_int_equal(set.words[0], wanted);
}

static void check_find(struct world *world)
{
    struct datum key[COLUMNS] = {{{0}}};
    do {
        struct sql_partition_probe probes[COLUMNS] = {
            {{{0}}, NULL, NULL, NULL}
        };
        int32_t slot = slot_of(world, key), found;
        for (uint32_t i = 0; i < world->bounds.key_count; i++)
            probes[i].value = key[i];
        assert_true(sql_partition_find(&world->terms, &world->bounds, probes, &found));
        int32_t wanted = slot < 0 ? SQL_SLOT_OTHERS : world->slots[slot];
        assert_int_not_equal(wanted, SQL_SLOT_NEVER);
        assert_int_equal(found, wanted < 0 ? world->bounds.otherwise : wanted);
    } while (next_key(key, world->bounds.key_count));
}

static void check_all(char strategy)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    random_seed(&world->random, (uint64_t)strategy);
    sql_error_begin(&world->error, &world->arena);
    world->env = (struct sql_env){.arena = &world->arena, .error = &world->error};
    for (int round = 0; round < ROUNDS; round++) {
        struct sql_partition_probe values[COLUMNS] = {
            {{{0}}, NULL, NULL, NULL}
        };
        make_bounds(world, strategy);
        for (uint32_t i = 0; i < COLUMNS; i++)
            values[i].value = datum_int(dice(world, VALUES));
        for (uint32_t count = 1; count <= world->bounds.key_count; count++)
            for (int op = SQL_LT; op <= SQL_NE; op++)
                check(world, (enum sql_compare)op, values, count);
        check_find(world);
    }
    arena_done(&world->arena);
    free(world);
}

static void test_ranges(void **state)
{
    (void)state;
    check_all('r');
}

static void test_lists(void **state)
{
    (void)state;
    check_all('l');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

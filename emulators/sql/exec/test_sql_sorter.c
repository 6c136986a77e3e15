#include "common/random.h"
#include "common/unit_test.h"
#include "emulators/sql/exec/row_set.h"
#include "emulators/sql/exec/sorter.h"
#include "emulators/sql/value/float.h"

/* A run without a plan: registers 1 (the key) and 2 (a number of the row). */
struct bench {
    struct arena arena;
    struct sql_error error;
    struct sql_env env;
    struct sql_run run;
    struct datum regs[3];
    struct sql_key key;
    struct sql_keys keys;
    struct sql_saved saved[2];
    struct sql_saves saves;
};

static void bench_init(struct bench *bench)
{
    *bench = (struct bench){
        .key = {.reg = 1,  .codec = SQL_KEY_INT},
          .saved = {{1, true}, {2, true}           }
    };
    sql_error_begin(&bench->error, &bench->arena);
    bench->env.error = &bench->error;
    bench->run.env = &bench->env;
    bench->run.regs = bench->regs;
    bench->keys = (struct sql_keys){&bench->key, 1};
    bench->saves = (struct sql_saves){bench->saved, 2};
}

static void add(struct bench *bench, struct sql_sorter *sorter, struct datum key, int64_t number)
{
    bench->regs[1] = key;
    bench->regs[2] = datum_int(number);
    assert_true(sql_sorter_add(sorter, &bench->run, &bench->keys, &bench->saves));
}

/* Every row comes once, in the order of the keys, whatever the number of rows. */
static void check_order(const struct sql_sorter *sorter)
{
    bool seen[4097] = {false};
    for (uint64_t i = 0; i < sorter->count; i++) {
        const struct datum *row = sorter->items[i].tuple;
        assert_false(seen[row[1].i]);
        seen[row[1].i] = true;
        assert_true(i == 0 || sorter->items[i - 1].tuple[0].i <= row[0].i);
    }
}

static void test_sorts(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 2, 6, 7, 8, 24, 40, 41, 100, 1000, 4097};
    struct bench bench;
    struct random dice;
    bench_init(&bench);
    random_seed(&dice, 7);
    for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct sql_sorter sorter = {0};
        sql_sorter_begin(&sorter, 0);
        for (unsigned i = 0; i < sizes[s]; i++)
            add(&bench, &sorter, datum_int((int64_t)random_below(&dice, 50) - 25), i);
        assert_true(sql_sorter_finish(&sorter, &bench.run));
        assert_int_equal(sorter.count, sizes[s]);
        check_order(&sorter);
        sql_sorter_done(&sorter);
    }
    arena_done(&bench.arena);
}

/* What PostgreSQL 15 gives for: select i from generate_series(0, 59) i order by i * 37 % 11 [limit 12] */
static void test_ties_come_as_in_postgres(void **state)
{
    (void)state;
    static const uint8_t whole[] = {11, 55, 33, 44, 0,  22, 36, 58, 14, 47, 25, 3,  17, 50, 39,
                                    6,  28, 20, 31, 42, 9,  53, 34, 23, 45, 56, 12, 1,  59, 4,
                                    15, 26, 37, 48, 7,  18, 29, 51, 40, 21, 43, 10, 32, 54, 35,
                                    24, 57, 46, 2,  13, 16, 27, 5,  38, 49, 8,  52, 19, 41, 30};
    static const uint8_t limited[] = {33, 0, 11, 22, 55, 44, 47, 14, 3, 25, 36, 58};
    static const struct {
        const uint8_t *rows;
        uint64_t limit, count;
    } cases[] = {
        {whole,   0,  60},
        {limited, 12, 12}
    };
    struct bench bench;
    bench_init(&bench);
    for (unsigned c = 0; c < 2; c++) {
        struct sql_sorter sorter = {0};
        sql_sorter_begin(&sorter, cases[c].limit);
        for (int64_t i = 0; i < 60; i++)
            add(&bench, &sorter, datum_int(i * 37 % 11), i);
        assert_true(sql_sorter_finish(&sorter, &bench.run));
        assert_int_equal(sorter.count, cases[c].count);
        for (uint64_t i = 0; i < sorter.count; i++)
            assert_int_equal(sorter.items[i].tuple[1].i, cases[c].rows[i]);
        sql_sorter_done(&sorter);
    }
    arena_done(&bench.arena);
}

/* A limited sort gives the beginning of the whole one. */
static void test_limit_gives_the_first_rows(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench);
    struct sql_sorter sorter = {0};
    sql_sorter_begin(&sorter, 10);
    for (int64_t i = 0; i < 5000; i++)
        add(&bench, &sorter, datum_int((i * 7919) % 5000), i);
    assert_true(sql_sorter_finish(&sorter, &bench.run));
    assert_int_equal(sorter.count, 10);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(sorter.items[i].tuple[0].i, i);
    sql_sorter_done(&sorter);
    arena_done(&bench.arena);
}

static void test_descending_and_nulls(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench);
    bench.key.descending = true;
    bench.key.nulls_first = true;
    struct sql_sorter sorter = {0};
    sql_sorter_begin(&sorter, 0);
    add(&bench, &sorter, datum_int(-1), 0);
    add(&bench, &sorter, datum_null(), 1);
    add(&bench, &sorter, datum_int(5), 2);
    assert_true(sql_sorter_finish(&sorter, &bench.run));
    assert_true(sorter.items[0].tuple[0].null);
    assert_int_equal(sorter.items[1].tuple[0].i, 5);
    assert_int_equal(sorter.items[2].tuple[0].i, -1);
    sql_sorter_done(&sorter);
    arena_done(&bench.arena);
}

static void test_floats_in_order(void **state)
{
    (void)state;
    static const double values[] = {-1e300, -1.5, -0.0, 1e-300, 2, 1e300};
    for (unsigned i = 1; i < sizeof(values) / sizeof(values[0]); i++)
        assert_true(sql_float_key(values[i - 1]) < sql_float_key(values[i]));
    assert_true(sql_float_key(0.0) == sql_float_key(-0.0));
}

/* Equal keys are one entry, NULL is one of its own; entries stay in the order of their coming. */
static void test_row_set(void **state)
{
    (void)state;
    struct bench bench;
    struct sql_row_set set = {0};
    bench_init(&bench);
    for (int64_t i = 0; i < 3000; i++) {
        struct sql_row_entry *entry;
        bool fresh;
        bench.regs[1] = i % 1000 == 999 ? datum_null() : datum_int(i % 1000);
        assert_true(sql_row_set_add(&set, &bench.run, &bench.keys, 16, &entry, &fresh));
        assert_true(fresh == (i < 1000));
    }
    assert_int_equal(set.count, 1000);
    uint64_t at = 0;
    for (const struct sql_row_entry *entry = set.first; entry; entry = entry->next_added, at++)
        if (entry->key == NULL)
            assert_int_equal(entry->key_int, at);
    assert_int_equal(at, 1000);
    sql_row_set_done(&set);
    arena_done(&bench.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorts),
        cmocka_unit_test(test_ties_come_as_in_postgres),
        cmocka_unit_test(test_limit_gives_the_first_rows),
        cmocka_unit_test(test_descending_and_nulls),
        cmocka_unit_test(test_floats_in_order),
        cmocka_unit_test(test_row_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

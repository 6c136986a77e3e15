#include <stdio.h>

#include "common/unit_test.h"
#include "emulators/postgres/catalog/dialect.h"
#include "emulators/sql/value/builtins.h"

static struct slice word(const char *text)
{
    return slice_str(text);
}

static void test_types_by_id_and_name(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < pg_dialect.types_count; i++) {
        const struct sql_type *type = &pg_dialect.types[i];
        assert_ptr_equal(sql_builtin_type_id(&pg_dialect, type->id), type);
        assert_ptr_equal(sql_builtin_type_named(&pg_dialect, type->schema, type->name), type);
    }
    assert_null(sql_builtin_type_id(&pg_dialect, 15));
    assert_null(sql_builtin_type_named(&pg_dialect, 11, word("int")));
    const struct sql_type *array = sql_builtin_type_id(&pg_dialect, pg_dialect.types_of.text_array);
    assert_int_equal(array->element, pg_dialect.types_of.text);
    assert_int_equal(pg_dialect.types_of.text, 25);
    assert_int_equal(sql_builtin_type_named(&pg_dialect, 11, word("int4range"))->base, 23);
}

static void test_operators_by_name(void **state)
{
    (void)state;
    uint32_t first, count = sql_builtin_operators_named(&pg_dialect, word("||"), &first);
    assert_int_equal(count, 11);
    for (uint32_t i = first; i < first + count; i++)
        assert_true(
            slice_eq_str(pg_dialect.operators[pg_dialect.operators_by_name[i]].object.name, "||"));
    assert_int_equal(sql_builtin_operators_named(&pg_dialect, word("no such"), &first), 0);
    assert_int_equal(sql_builtin_operator_id(&pg_dialect, 96)->btree, SQL_EQ);
    assert_int_equal(sql_builtin_operator_id(&pg_dialect, 518)->btree, SQL_NE);
}

static void test_orders_and_classes(void **state)
{
    (void)state;
    struct sql_type_order order = sql_builtin_type_order(&pg_dialect, pg_dialect.types_of.int4);
    assert_int_equal(order.lt, 97);
    assert_int_equal(order.eq, 96);
    assert_int_equal(order.gt, 521);
    assert_true(order.hashable);
    order = sql_builtin_type_order(&pg_dialect, pg_dialect.types_of.varchar);
    assert_int_equal(order.eq, 98);
    assert_int_equal(sql_builtin_type_order(&pg_dialect, pg_dialect.types_of.json).eq, 0);
    assert_int_equal(sql_builtin_type_order(&pg_dialect, pg_dialect.types_of.xid).lt, 0);
    assert_int_equal(sql_builtin_type_order(&pg_dialect, pg_dialect.types_of.xid).eq, 352);
    const struct sql_operator_class *found = sql_builtin_class_default(
        &pg_dialect, pg_dialect.btree_method, pg_dialect.types_of.varchar);
    assert_true(slice_eq_str(found->name, "text_ops"));
    found = sql_builtin_class_default(&pg_dialect, pg_dialect.btree_method,
                                      pg_dialect.types_of.int4_array);
    assert_true(slice_eq_str(found->name, "array_ops"));
}

static void test_casts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < pg_dialect.casts_count; i++)
        assert_ptr_equal(
            sql_builtin_cast(&pg_dialect, pg_dialect.casts[i].source, pg_dialect.casts[i].target),
            &pg_dialect.casts[i]);
    assert_null(sql_builtin_cast(&pg_dialect, 16, 17));
}

static void test_routines(void **state)
{
    (void)state;
    struct sql_builtins *builtins = sql_builtins_create(&pg_dialect);
    uint32_t first, count = sql_builtin_routines_named(&pg_dialect, word("jsonb_set"), &first);
    assert_int_equal(count, 1);
    const struct sql_routine *routine =
        sql_builtins_routine(builtins, pg_dialect.routines_by_name[first]);
    assert_int_equal(routine->arg_count, 4);
    assert_true(slice_eq_str(routine->names[3], "create_if_missing"));
    assert_int_equal(routine->arg_types[1], pg_dialect.types_of.text_array);
    routine = sql_builtins_routine(builtins, (uint32_t)sql_builtin_routine_id(&pg_dialect, 2108));
    assert_true(slice_eq_str(routine->object.name, "sum"));
    assert_int_equal(routine->aggregate->transition, 1841);
    sql_builtins_destroy(builtins);
}

static void test_relations(void **state)
{
    (void)state;
    struct sql_builtins *builtins = sql_builtins_create(&pg_dialect);
    int at = sql_builtin_relation_named(&pg_dialect, 11, word("pg_class"));
    assert_int_equal(at, sql_builtin_relation_id(&pg_dialect, 1259));
    const struct sql_relation *relation = sql_builtins_relation(builtins, (uint32_t)at);
    assert_true(slice_eq_str(relation->columns[1].name, "relname"));
    assert_int_equal(sql_builtin_relation_named(&pg_dialect, 2200, word("pg_class")), -1);
    sql_builtins_destroy(builtins);
}

/* The gap between what the catalog names and what the program can do, as numbers. */
static void test_gap(void **state)
{
    (void)state;
    unsigned routines = 0, types = 0;
    for (uint32_t i = 0; i < pg_dialect.routines_count; i++) {
        const struct sql_builtin_routine *row = &pg_dialect.routines[i];
        const char *source = pg_dialect.text + row->source;
        if (!row->aggregate && !sql_builtin_find(word(source)))
            routines++;
    }
    for (uint32_t i = 0; i < pg_dialect.types_count; i++)
        types += !pg_dialect.types[i].ops;
    printf("routines without a function: %u of %u\n", routines, pg_dialect.routines_count);
    printf("types without operations: %u of %u\n", types, pg_dialect.types_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_by_id_and_name),
        cmocka_unit_test(test_operators_by_name),
        cmocka_unit_test(test_orders_and_classes),
        cmocka_unit_test(test_casts),
        cmocka_unit_test(test_routines),
        cmocka_unit_test(test_relations),
        cmocka_unit_test(test_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

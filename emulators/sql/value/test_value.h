/* For tests of values: an environment with a few types, and calls of builtins by text. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TEST_VALUE_H
#define PARLEL_EMULATORS_SQL_VALUE_TEST_VALUE_H

#include "common/random.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bit.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/enum.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/geometry.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/money.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/record.h"
#include "emulators/sql/value/text.h"

struct test_value {
    struct arena arena;
    struct sql_error error;
    struct sql_format format;
    struct random random;
    struct sql_env env;
    struct sql_call call;
};

enum { TEST_ENUM = 90001, TEST_ENUM_ARRAY, TEST_ROW, TEST_ROW_ARRAY };

static const struct sql_enum_label test_labels[] = {
    {101, 1,    SLICE_LITERAL("red"),   0},
    {103, 1.5f, SLICE_LITERAL("green"), 0},
    {102, 2,    SLICE_LITERAL("blue"),  0},
};
static const struct sql_enum test_enum = {.count = 3, .labels = test_labels};
static const struct sql_row_column test_columns[] = {
    {SLICE_LITERAL("a"), 23, -1},
    {SLICE_LITERAL("b"), 25, -1},
};
static const struct sql_row_type test_row = {2, test_columns};

#define TEST_TYPE(id, name, shown, by_value, element, array, ops) \
    {                                                             \
        {id,       SLICE_LITERAL(name),                           \
         0,        -1,                                            \
         by_value, element ? SQL_TYPE_BASE : SQL_TYPE_BASE,       \
         'U',      false,                                         \
         ',',      element,                                       \
         array,    0,                                             \
         0,        -1,                                            \
         0,        ops,                                           \
         NULL},                                                   \
            shown                                                 \
    }
#define TEST_BOTH(id, name, shown, by_value, array, ops) \
    TEST_TYPE(id, name, shown, by_value, 0, array, ops), \
        TEST_TYPE(array, name "[]", shown "[]", false, id, 0, &sql_array_ops)

static const struct {
    struct sql_type type;
    const char *shown;
} test_types[] = {
    TEST_BOTH(16, "bool", "boolean", true, 1000, &sql_bool_ops),
    TEST_BOTH(17, "bytea", "bytea", false, 1001, &sql_bytea_ops),
    TEST_BOTH(18, "\"char\"", "\"char\"", true, 1002, &sql_char_ops),
    TEST_BOTH(19, "name", "name", false, 1003, &sql_name_ops),
    TEST_BOTH(20, "int8", "bigint", true, 1016, &sql_int8_ops),
    TEST_BOTH(21, "int2", "smallint", true, 1005, &sql_int2_ops),
    TEST_TYPE(22, "int2vector", "int2vector", false, 21, 0, &sql_int2vector_ops),
    TEST_BOTH(23, "int4", "integer", true, 1007, &sql_int4_ops),
    TEST_BOTH(25, "text", "text", false, 1009, &sql_text_ops),
    TEST_BOTH(26, "oid", "oid", true, 1028, &sql_oid_ops),
    TEST_TYPE(30, "oidvector", "oidvector", false, 26, 0, &sql_oidvector_ops),
    TEST_BOTH(600, "point", "point", false, 1017, &sql_point_ops),
    TEST_BOTH(601, "lseg", "lseg", false, 1018, &sql_lseg_ops),
    TEST_BOTH(602, "path", "path", false, 1019, &sql_path_ops),
    TEST_BOTH(603, "box", "box", false, 1020, &sql_box_ops),
    TEST_BOTH(604, "polygon", "polygon", false, 1027, &sql_polygon_ops),
    TEST_BOTH(628, "line", "line", false, 629, &sql_line_ops),
    TEST_BOTH(718, "circle", "circle", false, 719, &sql_circle_ops),
    TEST_BOTH(700, "float4", "real", true, 1021, &sql_float4_ops),
    TEST_BOTH(790, "money", "money", true, 791, &sql_money_ops),
    TEST_BOTH(1082, "date", "date", true, 1182, &sql_date_ops),
    TEST_BOTH(1083, "time", "time without time zone", true, 1183, &sql_time_ops),
    TEST_BOTH(1114, "timestamp", "timestamp without time zone", true, 1115, &sql_timestamp_ops),
    TEST_BOTH(1184, "timestamptz", "timestamp with time zone", true, 1185, &sql_timestamptz_ops),
    TEST_BOTH(1186, "interval", "interval", false, 1187, &sql_interval_ops),
    TEST_BOTH(1266, "timetz", "time with time zone", false, 1270, &sql_timetz_ops),
    TEST_BOTH(1700, "numeric", "numeric", false, 1231, &sql_numeric_ops),
    TEST_BOTH(701, "float8", "double precision", true, 1022, &sql_float8_ops),
    TEST_BOTH(1042, "bpchar", "character", false, 1014, &sql_bpchar_ops),
    TEST_BOTH(1043, "varchar", "character varying", false, 1015, &sql_varchar_ops),
    TEST_BOTH(1560, "bit", "\"bit\"", false, 1561, &sql_bit_ops),
    TEST_BOTH(1562, "varbit", "bit varying", false, 1563, &sql_varbit_ops),
    TEST_BOTH(2950, "uuid", "uuid", false, 2951, &sql_uuid_ops),
    TEST_BOTH(2275, "cstring", "cstring", false, 1263, &sql_cstring_ops),
    {{TEST_ENUM, SLICE_LITERAL("colour"), 0, 4, true, SQL_TYPE_ENUM, 'E', false, ',', 0,
      TEST_ENUM_ARRAY, 0, 0, -1, 0, &sql_enum_ops, &test_enum},
                                                                 "colour"},
    TEST_TYPE(TEST_ENUM_ARRAY, "colour[]", "colour[]", false, TEST_ENUM, 0, &sql_array_ops),
    {{TEST_ROW, SLICE_LITERAL("pair"), 0, -1, false, SQL_TYPE_COMPOSITE, 'C', false, ',', 0,
      TEST_ROW_ARRAY, 1, 0, -1, 0, &sql_record_ops, &test_row},
                                                                 "pair"  },
    TEST_TYPE(TEST_ROW_ARRAY, "pair[]", "pair[]", false, TEST_ROW, 0, &sql_array_ops),
};

static inline const struct sql_type *test_find_type(struct sql_env *env, uint32_t id)
{
    (void)env;
    for (size_t i = 0; i < sizeof(test_types) / sizeof(*test_types); i++)
        if (test_types[i].type.id == id)
            return &test_types[i].type;
    return NULL;
}

/* By either of its names. */
static inline const struct sql_type *test_type_named(struct slice name)
{
    for (size_t i = 0; i < sizeof(test_types) / sizeof(*test_types); i++)
        if (slice_eq_str(name, test_types[i].shown) || slice_eq(name, test_types[i].type.name))
            return &test_types[i].type;
    return NULL;
}

static inline struct slice test_show_type(struct sql_env *env, const struct sql_type *type)
{
    (void)env;
    for (size_t i = 0; i < sizeof(test_types) / sizeof(*test_types); i++)
        if (&test_types[i].type == type)
            return slice_str(test_types[i].shown);
    return type->name;
}

static inline void test_value_init(struct test_value *t)
{
    *t = (struct test_value){.env.find_type = test_find_type, .env.show_type = test_show_type};
    arena_init(&t->arena);
    random_seed(&t->random, 1);
    t->env.arena = &t->arena;
    t->env.error = &t->error;
    t->env.format = &t->format;
    t->format.extra_float_digits = 1;
    t->env.random = &t->random;
    t->call = (struct sql_call){.env = &t->env, .arena = &t->arena, .set_arena = &t->arena};
    sql_error_begin(&t->error, &t->arena);
}

static inline void test_value_done(struct test_value *t)
{
    arena_done(&t->arena);
}

#endif

#include "emulators/sql/analyze/shape.h"

#define AT(type, member)      (uint16_t) offsetof(struct type, member)
#define SIZE(type, member)    (uint16_t)sizeof(((struct type *)0)->member)
#define ELEMENT(type, member) (uint16_t)sizeof(*((struct type *)0)->member)

#define EXPR(type, member)                            \
    {                                                 \
        SQL_MEMBER_EXPR, 0, AT(type, member), 0, 0, 0 \
    }
#define EXPRS(type, member)                            \
    {                                                  \
        SQL_MEMBER_EXPRS, 0, AT(type, member), 0, 0, 0 \
    }
#define QUERY(type, member)                            \
    {                                                  \
        SQL_MEMBER_QUERY, 0, AT(type, member), 0, 0, 0 \
    }
#define STRUCT(type, member, what)                                  \
    {                                                               \
        SQL_MEMBER_STRUCT, 0, AT(type, member), 0, 0, &shape_##what \
    }
#define STRUCTS(type, member, counter, what)                                         \
    {                                                                                \
        SQL_MEMBER_STRUCTS, 0, AT(type, member), AT(type, counter), 0, &shape_##what \
    }
#define POINTERS(type, member, counter, what)                                         \
    {                                                                                 \
        SQL_MEMBER_POINTERS, 0, AT(type, member), AT(type, counter), 0, &shape_##what \
    }
#define RAW(type, member)                                             \
    {                                                                 \
        SQL_MEMBER_RAW, 0, AT(type, member), 0, SIZE(type, member), 0 \
    }
#define RAWS(type, member, counter)                                                       \
    {                                                                                     \
        SQL_MEMBER_RAWS, 0, AT(type, member), AT(type, counter), ELEMENT(type, member), 0 \
    }
#define SLICE(type, member)                            \
    {                                                  \
        SQL_MEMBER_SLICE, 0, AT(type, member), 0, 0, 0 \
    }
#define SLICES(type, member, counter)                                   \
    {                                                                   \
        SQL_MEMBER_SLICES, 0, AT(type, member), AT(type, counter), 0, 0 \
    }
#define DATUM(type, member)                            \
    {                                                  \
        SQL_MEMBER_DATUM, 0, AT(type, member), 0, 0, 0 \
    }
#define SHAPE(type, ...)                                                  \
    {                                                                     \
        (uint16_t)sizeof(struct type),                                    \
            (uint16_t)(sizeof((const struct sql_member[]){__VA_ARGS__}) / \
                       sizeof(struct sql_member)),                        \
            (const struct sql_member[])                                   \
        {                                                                 \
            __VA_ARGS__                                                   \
        }                                                                 \
    }

#define FORGET(type, member)                            \
    {                                                   \
        SQL_MEMBER_FORGET, 0, AT(type, member), 0, 0, 0 \
    }
#define LIST_OF(...)            \
    (const struct sql_member[]) \
    {                           \
        __VA_ARGS__             \
    }
#define COUNT_OF(...) (uint16_t)(sizeof(LIST_OF(__VA_ARGS__)) / sizeof(struct sql_member))
/* A shape with what only lasting copies care for: both lists in parentheses. */
#define SHAPE_KEPT(type, members, kept)                                                  \
    {                                                                                    \
        (uint16_t)sizeof(struct type), COUNT_OF members, LIST_OF members, COUNT_OF kept, \
            LIST_OF kept                                                                 \
    }

/* clang-format off */
static const struct sql_shape shape_sort_key =
    SHAPE(sql_sort_key, RAW(sql_sort_key, target), RAW(sql_sort_key, eq_op), RAW(sql_sort_key, sort_op),
        RAW(sql_sort_key, descending), RAW(sql_sort_key, nulls_first));

static const struct sql_shape shape_json_scan =
    SHAPE(sql_json_path_scan, EXPR(sql_json_path_scan, path), SLICE(sql_json_path_scan, name),
        RAW(sql_json_path_scan, parent), RAW(sql_json_path_scan, first_column),
        RAW(sql_json_path_scan, column_count));

static const struct sql_shape shape_when =
    SHAPE(sql_case_when, EXPR(sql_case_when, condition), EXPR(sql_case_when, result));

static const struct sql_shape shape_target =
    SHAPE(sql_target, EXPR(sql_target, expr), SLICE(sql_target, name), RAW(sql_target, column),
        RAW(sql_target, sort_group), RAW(sql_target, hidden));

static const struct sql_shape shape_exprs =
    {sizeof(struct sql_exprs), 1, (const struct sql_member[]){{SQL_MEMBER_EXPRS, 0, 0, 0, 0, 0}}};

static const struct sql_shape expr_shapes[SQL_EXPR_KIND_COUNT] = {
    [SQL_EXPR_COLUMN] = SHAPE(sql_expr_column, RAW(sql_expr_column, table), RAW(sql_expr_column, column), RAW(sql_expr_column, up)),
    [SQL_EXPR_CONST] = SHAPE(sql_expr_const, DATUM(sql_expr_const, value)),
    [SQL_EXPR_PARAM] = SHAPE(sql_expr_param, RAW(sql_expr_param, param_kind), RAW(sql_expr_param, number)),
#define CALL SHAPE(sql_expr_call, EXPRS(sql_expr_call, args), RAW(sql_expr_call, function), \
        RAW(sql_expr_call, variadic), RAW(sql_expr_call, any), \
        RAW(sql_expr_call, input_collation))
    [SQL_EXPR_FUNCTION] = CALL,
    [SQL_EXPR_DISTINCT] = CALL,
    [SQL_EXPR_NULLIF] = CALL,
    [SQL_EXPR_SCALAR_ARRAY] = CALL,
    [SQL_EXPR_AGGREGATE] = SHAPE(sql_expr_aggregate, EXPRS(sql_expr_aggregate, direct), EXPRS(sql_expr_aggregate, args),
        STRUCTS(sql_expr_aggregate, order, order_count, sort_key),
        EXPR(sql_expr_aggregate, filter), RAW(sql_expr_aggregate, function),
        RAW(sql_expr_aggregate, input_collation), RAW(sql_expr_aggregate, arg_count),
        RAW(sql_expr_aggregate, distinct), RAW(sql_expr_aggregate, star),
        RAW(sql_expr_aggregate, variadic), RAW(sql_expr_aggregate, within_group),
        RAW(sql_expr_aggregate, up)),
    [SQL_EXPR_GROUPING] = SHAPE_KEPT(sql_expr_grouping, (EXPRS(sql_expr_grouping, args), RAW(sql_expr_grouping, up)), (RAWS(sql_expr_grouping, groups, args.count))),
    [SQL_EXPR_WINDOW] = SHAPE(sql_expr_window, EXPRS(sql_expr_window, args), EXPR(sql_expr_window, filter),
        RAW(sql_expr_window, function), RAW(sql_expr_window, input_collation),
        RAW(sql_expr_window, window), RAW(sql_expr_window, star)),
    [SQL_EXPR_BOOL] = SHAPE(sql_expr_bool, EXPRS(sql_expr_bool, args), RAW(sql_expr_bool, op)),
    [SQL_EXPR_SUBLINK] = SHAPE_KEPT(sql_expr_sublink, (EXPR(sql_expr_sublink, test), QUERY(sql_expr_sublink, query),
        RAW(sql_expr_sublink, sublink_kind), RAW(sql_expr_sublink, number),
        RAW(sql_expr_sublink, column)),
        (SLICE(sql_expr_sublink, op_name))),
    [SQL_EXPR_FIELD] = SHAPE(sql_expr_field, EXPR(sql_expr_field, arg), RAW(sql_expr_field, column)),
    [SQL_EXPR_FIELD_STORE] = SHAPE(sql_expr_field_store, EXPR(sql_expr_field_store, arg), EXPRS(sql_expr_field_store, values),
        RAWS(sql_expr_field_store, columns, values.count)),
    [SQL_EXPR_SUBSCRIPT] = SHAPE(sql_expr_subscript, EXPR(sql_expr_subscript, arg), EXPRS(sql_expr_subscript, upper),
        EXPRS(sql_expr_subscript, lower), EXPR(sql_expr_subscript, assign),
        RAW(sql_expr_subscript, container_type), RAW(sql_expr_subscript, element_type)),
#define CONVERT SHAPE(sql_expr_convert, EXPR(sql_expr_convert, arg), RAW(sql_expr_convert, collate))
    [SQL_EXPR_RELABEL] = CONVERT,
    [SQL_EXPR_CONVERT_IO] = CONVERT,
    [SQL_EXPR_CONVERT_ROW] = CONVERT,
    [SQL_EXPR_TO_DOMAIN] = CONVERT,
    [SQL_EXPR_COLLATE] = CONVERT,
    [SQL_EXPR_CONVERT_ARRAY] = SHAPE(sql_expr_convert_array, EXPR(sql_expr_convert_array, arg), EXPR(sql_expr_convert_array, element)),
    [SQL_EXPR_CASE] = SHAPE(sql_expr_case, EXPR(sql_expr_case, arg), STRUCTS(sql_expr_case, whens, count, when),
        EXPR(sql_expr_case, otherwise)),
    [SQL_EXPR_CASE_TEST] = {sizeof(struct sql_expr), 0, NULL},
    [SQL_EXPR_ARRAY] = SHAPE(sql_expr_array, EXPRS(sql_expr_array, elements), RAW(sql_expr_array, element_type),
        RAW(sql_expr_array, nested)),
    [SQL_EXPR_ROW] = SHAPE_KEPT(sql_expr_row, (EXPRS(sql_expr_row, args)),
        (SLICES(sql_expr_row, names, args.count))),
    [SQL_EXPR_ROW_COMPARE] = SHAPE_KEPT(sql_expr_row_compare, (EXPRS(sql_expr_row_compare, left), EXPRS(sql_expr_row_compare, right),
        RAW(sql_expr_row_compare, op), RAWS(sql_expr_row_compare, ops, left.count)),
        (RAWS(sql_expr_row_compare, functions, left.count))),
#define LIST SHAPE(sql_expr_list, EXPRS(sql_expr_list, args), RAW(sql_expr_list, least), \
        RAW(sql_expr_list, input_collation))
    [SQL_EXPR_COALESCE] = LIST,
    [SQL_EXPR_MIN_MAX] = LIST,
    [SQL_EXPR_SESSION_VALUE] = SHAPE(sql_expr_session_value, RAW(sql_expr_session_value, value)),
#define TEST SHAPE(sql_expr_test, EXPR(sql_expr_test, arg), RAW(sql_expr_test, negated), RAW(sql_expr_test, test), \
        RAW(sql_expr_test, row))
    [SQL_EXPR_NULL_TEST] = TEST,
    [SQL_EXPR_BOOL_TEST] = TEST,
#define SPECIAL SHAPE(sql_expr_special, EXPRS(sql_expr_special, named), EXPRS(sql_expr_special, args), \
        EXPR(sql_expr_special, on_empty), EXPR(sql_expr_special, on_error), \
        EXPRS(sql_expr_special, paths), EXPRS(sql_expr_special, defaults), \
        RAW(sql_expr_special, op), RAW(sql_expr_special, options), \
        SLICE(sql_expr_special, name), SLICES(sql_expr_special, names, named.count), \
        RAW(sql_expr_special, target_type), RAW(sql_expr_special, target_typmod), \
        RAWS(sql_expr_special, not_null, column_count), RAW(sql_expr_special, ordinality))
    [SQL_EXPR_XML] = SPECIAL,
    [SQL_EXPR_JSON] = SPECIAL,
#define JSON_QUERY SHAPE(sql_expr_json_query, EXPR(sql_expr_json_query, document), EXPR(sql_expr_json_query, path), \
        EXPRS(sql_expr_json_query, passing), EXPR(sql_expr_json_query, empty_value), \
        EXPR(sql_expr_json_query, error_value), EXPRS(sql_expr_json_query, columns), \
        STRUCTS(sql_expr_json_query, scans, scan_count, json_scan), \
        RAW(sql_expr_json_query, of), RAW(sql_expr_json_query, wrapper), RAW(sql_expr_json_query, unquoted), \
        RAW(sql_expr_json_query, format), SLICE(sql_expr_json_query, column), \
        SLICES(sql_expr_json_query, names, passing.count), RAW(sql_expr_json_query, on_empty), \
        RAW(sql_expr_json_query, on_error), RAW(sql_expr_json_query, empty_converted), \
        RAW(sql_expr_json_query, error_converted))
    [SQL_EXPR_JSON_QUERY] = JSON_QUERY,
    [SQL_EXPR_DEFAULT] = {sizeof(struct sql_expr), 0, NULL},
    [SQL_EXPR_CURRENT_OF] = SHAPE(sql_expr_current_of, RAW(sql_expr_current_of, table), SLICE(sql_expr_current_of, cursor),
        RAW(sql_expr_current_of, param)),
    [SQL_EXPR_NEXT_VALUE] = SHAPE(sql_expr_next_value, RAW(sql_expr_next_value, sequence)),
};

static const struct sql_shape shape_special = SPECIAL;
static const struct sql_shape shape_json_query = JSON_QUERY;

static const struct sql_shape shape_function =
    SHAPE(sql_table_function, EXPR(sql_table_function, expr), RAW(sql_table_function, column_count),
        RAW(sql_table_function, columns_given));

const struct sql_shape sql_shape_table =
    SHAPE_KEPT(sql_table, (EXPR(sql_table, sample_percent), EXPR(sql_table, sample_seed),
        QUERY(sql_table, query), EXPRS(sql_table, join_columns),
        STRUCTS(sql_table, functions, function_count, function),
        STRUCTS(sql_table, rows, row_count, exprs), STRUCT(sql_table, special, special),
        STRUCT(sql_table, json, json_query),
        EXPR(sql_table, security), RAW(sql_table, kind), SLICE(sql_table, name),
        SLICES(sql_table, columns, column_count), RAWS(sql_table, types, column_count),
        RAW(sql_table, lateral), RAW(sql_table, inherits), RAW(sql_table, relation),
        RAW(sql_table, sample_method), RAW(sql_table, join), RAW(sql_table, using_count),
        RAW(sql_table, ordinality), SLICE(sql_table, cte), RAW(sql_table, cte_up),
        RAW(sql_table, self)),
          (SLICE(sql_table, alias), RAWS(sql_table, typmods, column_count),
        RAWS(sql_table, collations, column_count), RAWS(sql_table, dropped, column_count),
        SLICE(sql_table, using_alias), SLICES(sql_table, using_names, using_count),
        FORGET(sql_table, special_ast), FORGET(sql_table, selected_columns),
        FORGET(sql_table, inserted_columns), FORGET(sql_table, updated_columns)));
#define shape_table sql_shape_table

/* A join's sides are joins again, so this shape refers to itself. */
static const struct sql_shape shape_from;
static const struct sql_member from_members[] = {
    STRUCT(sql_from, left, from), STRUCT(sql_from, right, from), EXPR(sql_from, on),
        RAW(sql_from, kind), RAW(sql_from, table), RAW(sql_from, join),
};
static const struct sql_shape shape_from = {sizeof(struct sql_from), 6, from_members};

const struct sql_shape sql_shape_cte =
    SHAPE_KEPT(sql_cte, (QUERY(sql_cte, query), SLICE(sql_cte, name), SLICES(sql_cte, columns, column_count),
        RAW(sql_cte, recursive), RAW(sql_cte, materialize)),
          (RAWS(sql_cte, types, column_count), RAWS(sql_cte, typmods, column_count),
        RAWS(sql_cte, collations, column_count), FORGET(sql_cte, search),
        FORGET(sql_cte, cycle)));
#define shape_cte sql_shape_cte

static const struct sql_shape shape_set_op;
static const struct sql_member set_op_members[] = {
    STRUCT(sql_set_op, left, set_op), STRUCT(sql_set_op, right, set_op),
        RAW(sql_set_op, kind), RAW(sql_set_op, table), RAW(sql_set_op, all),
        RAWS(sql_set_op, types, column_count),
};
static const struct sql_shape shape_set_op = {
    sizeof(struct sql_set_op), 6, set_op_members, 3,
    LIST_OF(STRUCTS(sql_set_op, keys, column_count, sort_key),
        RAWS(sql_set_op, typmods, column_count), RAWS(sql_set_op, collations, column_count))};

static const struct sql_shape shape_grouping_set;
static const struct sql_member grouping_set_members[] = {
    POINTERS(sql_grouping_set, sets, set_count, grouping_set),
        RAW(sql_grouping_set, kind), RAWS(sql_grouping_set, groups, group_count),
};
static const struct sql_shape shape_grouping_set = {sizeof(struct sql_grouping_set), 3,
                                                    grouping_set_members};

static const struct sql_shape shape_window =
    SHAPE_KEPT(sql_window, (STRUCTS(sql_window, partition, partition_count, sort_key),
        STRUCTS(sql_window, order, order_count, sort_key), EXPR(sql_window, start_offset),
        EXPR(sql_window, end_offset), SLICE(sql_window, name), RAW(sql_window, frame),
        RAW(sql_window, start), RAW(sql_window, end), RAW(sql_window, exclude)),
          (SLICE(sql_window, base)));

static const struct sql_shape shape_row_mark =
    SHAPE(sql_row_mark, RAW(sql_row_mark, table), RAW(sql_row_mark, strength), RAW(sql_row_mark, wait),
        RAW(sql_row_mark, pushed_down));

static const struct sql_shape shape_on_conflict =
    SHAPE(sql_on_conflict, EXPRS(sql_on_conflict, arbiter), EXPR(sql_on_conflict, arbiter_where),
        STRUCTS(sql_on_conflict, set, set_count, target), EXPR(sql_on_conflict, where),
        RAW(sql_on_conflict, update), RAW(sql_on_conflict, constraint),
        RAWS(sql_on_conflict, indexes, index_count), RAWS(sql_on_conflict, needs, need_count),
        RAW(sql_on_conflict, excluded));

static const struct sql_shape shape_merge_action =
    SHAPE(sql_merge_action, EXPR(sql_merge_action, condition),
        STRUCTS(sql_merge_action, targets, target_count, target),
        RAW(sql_merge_action, match), RAW(sql_merge_action, command));

static const struct sql_shape shape_with_check =
    SHAPE(sql_with_check, EXPR(sql_with_check, expr), RAW(sql_with_check, kind),
        SLICE(sql_with_check, relation), SLICE(sql_with_check, policy));

const struct sql_shape sql_shape_query =
    SHAPE_KEPT(sql_query, (POINTERS(sql_query, ctes, cte_count, cte),
        POINTERS(sql_query, tables, table_count, table),
        POINTERS(sql_query, from, from_count, from), EXPR(sql_query, where),
        STRUCTS(sql_query, targets, target_count, target),
        STRUCTS(sql_query, group, group_count, sort_key),
        POINTERS(sql_query, grouping_sets, grouping_set_count, grouping_set),
        EXPR(sql_query, having), STRUCTS(sql_query, windows, window_count, window),
        STRUCTS(sql_query, distinct, distinct_count, sort_key),
        STRUCTS(sql_query, order, order_count, sort_key), EXPR(sql_query, limit),
        EXPR(sql_query, offset), STRUCT(sql_query, set_op, set_op),
        STRUCTS(sql_query, row_marks, row_mark_count, row_mark),
        STRUCT(sql_query, on_conflict, on_conflict),
        STRUCTS(sql_query, returning, returning_count, target),
        STRUCTS(sql_query, merge, merge_count, merge_action), EXPR(sql_query, merge_on),
        STRUCTS(sql_query, with_check, with_check_count, with_check),
        RAW(sql_query, command), RAW(sql_query, merge_marker), RAW(sql_query, group_distinct),
        RAW(sql_query, distinct_on),
        RAW(sql_query, with_ties), RAW(sql_query, result_table), RAW(sql_query, override)),
          (FORGET(sql_query, utility), FORGET(sql_query, utility_query)));
/* clang-format on */

const struct sql_shape *sql_shape_of(enum sql_expr_kind kind)
{
    return &expr_shapes[kind];
}

#include <stdio.h>

#include "common/unit_test.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/syntax/ast_table.h"

/* A tree as text: kind(children), with names, constants and operators in their own spelling. */
struct dump {
    char *out;
    size_t size, len;
    bool first;
};

static void put(struct dump *d, struct slice text)
{
    for (size_t i = 0; i < text.len && d->len + 1 < d->size; i++)
        d->out[d->len++] = (char)text.ptr[i];
    d->out[d->len] = '\0';
}

static void put_names(struct dump *d, struct ast_names names)
{
    for (uint32_t i = 0; i < names.count; i++) {
        put(d, slice_str(i ? "." : ":"));
        put(d, names.items[i]);
    }
}

static void put_const(struct dump *d, const struct ast_const *node)
{
    char text[32];
    switch (node->type) {
    case AST_CONST_NULL: put(d, slice_str("null")); return;
    case AST_CONST_BOOLEAN: put(d, slice_str(node->boolean ? "true" : "false")); return;
    case AST_CONST_INTEGER:
        snprintf(text, sizeof(text), "%d", node->integer);
        put(d, slice_str(text));
        return;
    default:
        put(d, slice_str("'"));
        put(d, node->text);
        put(d, slice_str("'"));
    }
}

/* What a node is besides its children. */
static void put_own(struct dump *d, const struct ast_node *node)
{
    static const char *const bools[] = {":and", ":or", ":not"};
    switch (node->kind) {
    case AST_CONST: put_const(d, AST_AS(const, node)); return;
    case AST_NAME: put_names(d, AST_AS(name, node)->names); return;
    case AST_OPERATOR: put_names(d, AST_AS(operator, node)->name); return;
    case AST_BOOL_EXPR: put(d, slice_str(bools[AST_AS(bool_expr, node)->type])); return;
    case AST_FUNC_CALL: put_names(d, AST_AS(func_call, node)->name); return;
    case AST_TYPE_NAME: put_names(d, AST_AS(type_name, node)->names); return;
    case AST_TARGET:
        put(d, slice_str(":"));
        put(d, AST_AS(target, node)->name);
        return;
    case AST_RELATION:
        put(d, slice_str(":"));
        put(d, AST_AS(relation, node)->name);
        return;
    default: return;
    }
}

static bool put_node(struct ast_node *node, void *context)
{
    struct dump *d = context;
    if (!d->first)
        put(d, slice_str(" "));
    if (node->kind != AST_CONST && node->kind != AST_NAME)
        put(d, slice_str(ast_kind_name(node->kind)));
    put_own(d, node);
    put(d, slice_str("("));
    size_t before = d->len;
    d->first = true;
    ast_walk(node, put_node, d);
    d->first = false;
    if (d->len == before)
        d->out[--d->len] = '\0';
    else
        put(d, slice_str(")"));
    return true;
}

static struct ast_node *parse_one(struct arena *arena, const char *sql)
{
    struct ast_list list = {0};
    struct sql_error error;
    sql_error_begin(&error, arena);
    if (!pg_parse(arena, slice_str(sql), &pg_parse_options_default, &list, &error))
        fail_msg("%s: " SLICE_FMT, sql, SLICE_ARG(error.message));
    assert_int_equal(list.count, 1);
    return AST_AS(raw_statement, list.items[0])->statement;
}

static void assert_tree(const char *sql, const char *expected)
{
    struct arena arena = {0};
    char text[4096] = "";
    struct dump d = {.out = text, .size = sizeof(text), .first = true};
    put_node(parse_one(&arena, sql), &d);
    assert_string_equal(text, expected);
    arena_done(&arena);
}

/* An expression, as the only target of a SELECT. */
static void assert_expr(const char *expr, const char *expected)
{
    char sql[512], tree[1024];
    snprintf(sql, sizeof(sql), "SELECT %s", expr);
    snprintf(tree, sizeof(tree), "select(target:(%s))", expected);
    assert_tree(sql, tree);
}

static void operators_bind_as_the_manual_lists_them(void **state)
{
    (void)state;
    assert_expr("1 + 2 * 3", "operator:+(1 operator:*(2 3))");
    assert_expr("1 - 2 - 3", "operator:-(operator:-(1 2) 3)");
    assert_expr("- 2 ^ 2", "operator:^(-2 2)");
    assert_expr("-1::int2", "operator:-(type_cast(1 type_name:int2))");
    assert_expr("NOT 1 = 2 AND 3 = 4",
                "bool_expr:and(bool_expr:not(operator:=(1 2)) operator:=(3 4))");
    assert_expr("1 = 2 IS NULL", "null_test(operator:=(1 2))");
    assert_expr("1 || 2 + 3 @@ 4", "operator:@@(operator:||(1 operator:+(2 3)) 4)");
    assert_expr("1 OR 2 OR 3 AND 4", "bool_expr:or(1 2 bool_expr:and(3 4))");
    assert_expr("1 BETWEEN 2 AND 3 AND 4", "bool_expr:and(operator:BETWEEN(1 list_node(2 3)) 4)");
    assert_expr("1 = NOT 2 < 3", "operator:=(1 bool_expr:not(operator:<(2 3)))");
    assert_expr("1 IN (2, 3)", "operator:=(1 list_node(2 3))");
    assert_expr("1 NOT IN (SELECT 2)", "bool_expr:not(sublink(1 select(target:(2))))");
    assert_expr("'a' LIKE 'b' ESCAPE 'c'",
                "operator:~~('a' func_call:pg_catalog.like_escape('b' 'c'))");
    assert_expr("1 = ANY (ARRAY[2])", "operator:=(1 array(2))");
    assert_expr("a.b[1].c", "indirection(column_ref(:a :b) indices(1) :c)");
    assert_expr("(a).b.*", "indirection(column_ref(:a) :b star)");
    assert_expr(
        "a COLLATE \"C\" < b AT TIME ZONE 'x'",
        "operator:<(collate(column_ref(:a)) func_call:pg_catalog.timezone('x' column_ref(:b)))");
}

static void parentheses_hold_queries_expressions_and_rows(void **state)
{
    (void)state;
    assert_expr("((1))", "1");
    assert_expr("((1), 2)", "row(1 2)");
    assert_expr("((SELECT 1))", "sublink(select(target:(1)))");
    assert_expr("((SELECT 1) + 1)", "operator:+(sublink(select(target:(1))) 1)");
    assert_expr("((SELECT 1) UNION SELECT 2)",
                "sublink(select(select(target:(1)) select(target:(2))))");
    assert_expr("(1, 2) OVERLAPS (3, 4)", "func_call:pg_catalog.overlaps(1 2 3 4)");
    assert_expr("1 IN ((2), (3))", "operator:=(1 list_node(2 3))");
    assert_tree("SELECT FROM ((SELECT 1) a CROSS JOIN b)",
                "select(join(from_subquery(select(target:(1)) alias) relation:b))");
    assert_tree("SELECT FROM ((SELECT 1) UNION SELECT 2) a",
                "select(from_subquery(select(select(target:(1)) select(target:(2))) alias))");
}

static void calls_with_words_are_calls(void **state)
{
    (void)state;
    assert_expr("extract(year FROM a)", "func_call:pg_catalog.extract('year' column_ref(:a))");
    assert_expr("substring(a FROM 1 FOR 2)", "func_call:pg_catalog.substring(column_ref(:a) 1 2)");
    assert_expr(
        "substring(a FOR 2)",
        "func_call:pg_catalog.substring(column_ref(:a) 1 type_cast(2 type_name:pg_catalog.int4))");
    assert_expr("trim(LEADING 'x' FROM a)", "func_call:pg_catalog.ltrim(column_ref(:a) 'x')");
    assert_expr("position('b' IN a)", "func_call:pg_catalog.position(column_ref(:a) 'b')");
    assert_expr("count(*) FILTER (WHERE a) OVER w", "func_call:count(column_ref(:a) window)");
    assert_expr("f(a, b => 2, VARIADIC c)",
                "func_call:f(column_ref(:a) named_arg(2) column_ref(:c))");
    assert_expr("CAST(a AS numeric(5,2)[])",
                "type_cast(column_ref(:a) type_name:pg_catalog.numeric(5 2))");
    assert_expr("date '2020-01-01'", "type_cast('2020-01-01' type_name:date)");
    assert_expr("interval '1' day to second(3)",
                "type_cast('1' type_name:pg_catalog.interval(7176 3))");
}

static void joins_and_set_operations_nest_as_they_should(void **state)
{
    (void)state;
    assert_tree("SELECT FROM a JOIN b JOIN c ON 1 ON 2",
                "select(join(relation:a join(relation:b relation:c 1) 2))");
    assert_tree("SELECT FROM a NATURAL JOIN b CROSS JOIN c",
                "select(join(join(relation:a relation:b) relation:c))");
    assert_tree("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
                "select(select(target:(1)) select(select(target:(2)) select(target:(3))))");
    assert_tree("SELECT 1 EXCEPT SELECT 2 UNION SELECT 3 LIMIT 4",
                "select(4 select(select(target:(1)) select(target:(2))) select(target:(3)))");
    assert_tree(
        "WITH x AS (INSERT INTO a DEFAULT VALUES RETURNING b) TABLE x",
        "select(with(cte(insert(relation:a target:(column_ref(:b))))) target:(column_ref(star)) relation:x)");
}

static void changes_and_definitions_have_their_parts(void **state)
{
    (void)state;
    assert_tree(
        "INSERT INTO a (b, c[1]) VALUES (1, DEFAULT) ON CONFLICT (b) DO UPDATE SET c = 2",
        "insert(relation:a target:b target:c(indices(1)) select(list_node(1 set_to_default)) on_conflict(infer(index_element) target:c(2)))");
    assert_tree(
        "UPDATE a SET (b, c) = (1, 2) WHERE CURRENT OF d",
        "update(relation:a target:b(multi_assign(row(1 2))) target:c(multi_assign(row(1 2))) current_of)");
    assert_tree(
        "MERGE INTO a USING b ON 1 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING",
        "merge(relation:a relation:b 1 merge_when merge_when)");
    assert_tree(
        "CREATE TABLE a (b int PRIMARY KEY DEFAULT 1 REFERENCES c, CHECK (b > 0))",
        "create_table(relation:a column_def(type_name:pg_catalog.int4 constraint constraint(1) constraint(relation:c)) constraint(operator:>(column_ref(:b) 0)))");
    assert_tree("CREATE TABLE a (b, c) AS SELECT 1, 2",
                "create_table_as(into(relation:a) select(target:(1) target:(2)))");
    assert_tree(
        "ALTER TABLE a ADD b text, ALTER COLUMN c TYPE int USING d",
        "alter_table(relation:a alter_table_command(column_def(type_name:text)) alter_table_command(column_def(type_name:pg_catalog.int4 constraint(column_ref(:d)))))");
    assert_tree(
        "DROP FUNCTION f(int, OUT text), g CASCADE",
        "drop(object(func_ref(type_name:pg_catalog.int4 func_parameter(type_name:pg_catalog.int4) func_parameter(type_name:text))) object(func_ref))");
    assert_tree("COMMENT ON COLUMN a.b.c IS 'd'", "comment(object)");
}

static void locations_are_bytes_of_the_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct ast_list list = {0};
    struct sql_error error;
    sql_error_begin(&error, &arena);
    assert_true(pg_parse(&arena, slice_str("; SELECT a + 1 ; COMMIT"), &pg_parse_options_default,
                         &list, &error));
    assert_int_equal(list.count, 2);
    struct ast_raw_statement *first = AST_AS(raw_statement, list.items[0]);
    assert_int_equal(first->start, 1);
    assert_int_equal(first->len, 14);
    struct ast_select *select = AST_AS(select, first->statement);
    assert_int_equal(select->node.location, 2);
    struct ast_node *value = AST_AS(target, select->targets.items[0])->value;
    assert_int_equal(value->location, 11);
    assert_int_equal(ast_location(value), 9);
    struct ast_raw_statement *second = AST_AS(raw_statement, list.items[1]);
    assert_int_equal(second->statement->kind, AST_TRANSACTION);
    assert_int_equal(second->len, 0);
    arena_done(&arena);
}

static const struct {
    const char *sql, *sqlstate, *message;
    uint32_t position;
} refused[] = {
    {"SELEC 1",                                       "42601", "syntax error at or near \"SELEC\"",                        1 },
    {"SELECT 1 FROM",                                 "42601", "syntax error at end of input",                             14},
    {"SELECT 1 = 2 = 3",                              "42601", "syntax error at or near \"=\"",                            14},
    {"SELECT a FROM b WHERE c = 'it",                 "42601", "unterminated quoted string at or near \"'it\"",            27},
    {"(SELECT 1 LIMIT 1) LIMIT 2",                    "42601", "multiple LIMIT clauses not allowed",                       26},
    {"SELECT 1 LIMIT 1, 2",                           "42601", "LIMIT #,# syntax is not supported",                        10},
    {"SELECT 1 FETCH FIRST 1 ROW WITH TIES",          "42601",
     "WITH TIES cannot be specified without ORDER BY clause",                                                              0 },
    {"SELECT a.*.b",                                  "42601", "improper use of \"*\" at end of input",                    13},
    {"SELECT FROM a.b.c.d",                           "42601", "improper qualified name (too many dotted names): a.b.c.d",
     13                                                                                                                      },
    {"CREATE TABLE a (b int CHECK (1) NOT VALID)",    "42601", "syntax error at or near \"VALID\"",
     37                                                                                                                      },
    {"CREATE TABLE a (b int, UNIQUE (b) NOT VALID)",  "0A000",
     "UNIQUE constraints cannot be marked NOT VALID",                                                                      0 },
    {"SELECT sum(a) OVER (ROWS UNBOUNDED FOLLOWING)", "42P20",
     "frame start cannot be UNBOUNDED FOLLOWING",                                                                          26},
    {"SELECT a::float(60)",                           "22023", "precision for type float must be less than 54 bits",       17},
    {"SELECT U&'\\00zz'",                             "42601", "invalid Unicode escape",                                   11},
    {"SELECT U&'x' UESCAPE 'ab'",                     "42601", "invalid Unicode escape character at or near \"'ab'\"",
     22                                                                                                                      },
    {"SELECT 1; SELECT 'a",                           "42601", "unterminated quoted string at or near \"'a\"",             18},
    {"SELECT * * FROM 'a",                            "42601", "syntax error at or near \"*\"",                            10},
};

static void refusals_are_the_server_s(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        struct arena arena = {0};
        struct ast_list list = {0};
        struct sql_error error;
        sql_error_begin(&error, &arena);
        assert_false(
            pg_parse(&arena, slice_str(refused[i].sql), &pg_parse_options_default, &list, &error));
        assert_string_equal((const char *)error.message.ptr, refused[i].message);
        assert_string_equal(error.sqlstate, refused[i].sqlstate);
        assert_int_equal(error.position, refused[i].position);
        assert_int_equal(list.count, 0);
        arena_done(&arena);
    }
}

/* `count` times the opening, then the middle, then the closing. */
static char *nested(struct arena *arena, const char *opening, const char *middle,
                    const char *closing, size_t count)
{
    size_t open = strlen(opening), close = strlen(closing), mid = strlen(middle);
    char *text = arena_alloc(arena, (open + close) * count + mid + 1), *at = text;
    for (size_t i = 0; i < count; i++, at += open)
        memcpy(at, opening, open);
    memcpy(at, middle, mid);
    at += mid;
    for (size_t i = 0; i < count; i++, at += close)
        memcpy(at, closing, close);
    *at = '\0';
    return text;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *opening, *middle, *closing;
    } shapes[] = {
        {"SELECT (",          "1",        ")"          },
        {"SELECT (((",        "1",        ")))"        },
        {"SELECT - NOT ",     "1",        ""           },
        {"(",                 "SELECT 1", ")"          },
        {"SELECT ARRAY[",     "1",        "]"          },
        {"SELECT CASE WHEN ", "1",        " THEN 1 END"},
        {"WITH a AS (",       "SELECT 1", ") SELECT 1" },
        {"SELECT FROM (",     "a",        ")"          },
        {"EXPLAIN ",          "SELECT 1", ""           },
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct arena arena = {0};
        struct ast_list list = {0};
        struct sql_error error;
        sql_error_begin(&error, &arena);
        char *text = nested(&arena, shapes[i].opening, shapes[i].middle, shapes[i].closing, 20000);
        assert_false(pg_parse(&arena, slice_str(text), &pg_parse_options_default, &list, &error));
        assert_true(strcmp(error.sqlstate, "54001") == 0 || strcmp(error.sqlstate, "42601") == 0);
        arena_done(&arena);
    }
}

static void routines_have_entries_of_their_own(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct sql_error error;
    struct ast_node *expression;
    struct ast_type_name *type;
    struct ast_assignment *assignment;
    const struct pg_parse_options *options = &pg_parse_options_default;
    sql_error_begin(&error, &arena);
    assert_true(
        pg_parse_expression(&arena, slice_str("a + 1 FROM b"), options, &expression, &error));
    assert_int_equal(AST_AS(select, expression)->from.count, 1);
    assert_true(pg_parse_type_name(&arena, slice_str("SETOF a.b[]"), options, &type, &error));
    assert_true(type->setof);
    assert_int_equal(type->array_dimensions, 1);
    assert_false(pg_parse_type_name(&arena, slice_str("int x"), options, &type, &error));
    assert_true(
        pg_parse_assignment(&arena, slice_str("a.b[1] := 2"), 1, options, &assignment, &error));
    assert_int_equal(assignment->indirection.count, 2);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_the_manual_lists_them),
        cmocka_unit_test(parentheses_hold_queries_expressions_and_rows),
        cmocka_unit_test(calls_with_words_are_calls),
        cmocka_unit_test(joins_and_set_operations_nest_as_they_should),
        cmocka_unit_test(changes_and_definitions_have_their_parts),
        cmocka_unit_test(locations_are_bytes_of_the_text),
        cmocka_unit_test(refusals_are_the_server_s),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(routines_have_entries_of_their_own),
    };
    return cmocka_run_group_tests_name("pg_parse", tests, NULL, NULL);
}

/* Expressions of the syntax tree: a_expr, b_expr, c_expr and what they are made of. See ast.h. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_EXPR_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_EXPR_H

#include "emulators/sql/syntax/ast.h"

enum ast_const_type {
    AST_CONST_NULL,
    AST_CONST_INTEGER, /* fits an int32_t */
    AST_CONST_FLOAT,   /* any other number, as text */
    AST_CONST_STRING,
    AST_CONST_BIT_STRING, /* text begins with b or x */
    AST_CONST_BOOLEAN,
};

/* AexprConst. TYPE 'text' is an ast_type_cast of a string. */
struct ast_const {
    struct ast_node node;
    enum ast_const_type type;
    int32_t integer;
    bool boolean;
    struct slice text; /* FLOAT, STRING, BIT_STRING */
};

/* $1. */
struct ast_param {
    struct ast_node node;
    int32_t number;
};

/* columnref: each field is an ast_name of one part or, last, an ast_star. Subscripts behind a
 * column are an ast_indirection around this. */
struct ast_column_ref {
    struct ast_node node;
    struct ast_list fields;
};

/* The * of a.* or SELECT *. */
struct ast_star {
    struct ast_node node;
};

/* [index] or [lower:upper]. */
struct ast_indices {
    struct ast_node node;
    bool slice;
    struct ast_node *lower; /* slices only */
    struct ast_node *upper; /* the index itself when it is no slice */
};

/* indirection: (arg).field[1].*; steps are ast_name (one part), ast_indices or ast_star. */
struct ast_indirection {
    struct ast_node node;
    struct ast_node *arg;
    struct ast_list steps;
};

enum ast_operator_type {
    AST_OP,     /* left name right; left NULL: prefix */
    AST_OP_ANY, /* left name ANY (array) */
    AST_OP_ALL,
    AST_OP_DISTINCT,     /* IS DISTINCT FROM, name "=" */
    AST_OP_NOT_DISTINCT, /* IS NOT DISTINCT FROM, name "=" */
    AST_OP_NULLIF,       /* name "=" */
    AST_OP_IN,           /* right: ast_list_node; name "=" or, NOT IN, "<>" */
    AST_OP_LIKE,         /* name "~~" or "!~~" */
    AST_OP_ILIKE,        /* name "~~*" or "!~~*" */
    AST_OP_SIMILAR,      /* name "~" or "!~" */
    AST_OP_BETWEEN,      /* right: ast_list_node of the two bounds */
    AST_OP_NOT_BETWEEN,
    AST_OP_BETWEEN_SYMMETRIC,
    AST_OP_NOT_BETWEEN_SYMMETRIC,
};

/* The operators of a_expr; the location is the operator's. */
struct ast_operator {
    struct ast_node node;
    enum ast_operator_type type;
    struct ast_names name; /* OPERATOR(schema.+) has its schema */
    struct ast_node *left, *right;
};

enum ast_bool_type {
    AST_BOOL_AND,
    AST_BOOL_OR,
    AST_BOOL_NOT,
};

/* AND, OR (chains of them are one node), NOT. */
struct ast_bool_expr {
    struct ast_node node;
    enum ast_bool_type type;
    struct ast_list args;
};

/* IS [NOT] NULL. */
struct ast_null_test {
    struct ast_node node;
    struct ast_node *arg;
    bool negated;
};

enum ast_truth {
    AST_IS_TRUE,
    AST_IS_NOT_TRUE,
    AST_IS_FALSE,
    AST_IS_NOT_FALSE,
    AST_IS_UNKNOWN,
    AST_IS_NOT_UNKNOWN,
};

struct ast_boolean_test {
    struct ast_node node;
    struct ast_node *arg;
    enum ast_truth test;
};

/* CAST(arg AS type), arg::type, type 'text'. The location is that of "::", of CAST or of the type. */
struct ast_type_cast {
    struct ast_node node;
    struct ast_node *arg;
    struct ast_type_name *type;
};

/* arg COLLATE name. */
struct ast_collate {
    struct ast_node node;
    struct ast_node *arg;
    struct ast_names name;
};

/* func_expr; also the calls that have a syntax of their own (EXTRACT, SUBSTRING .. FROM, TRIM, AT
 * TIME ZONE, OVERLAPS, LIKE .. ESCAPE): those name the dialect's function and set sql_syntax. */
struct ast_func_call {
    struct ast_node node;
    struct ast_names name;
    struct ast_list args;     /* expressions and ast_named_arg */
    struct ast_list order_by; /* ast_sort_by, of the arguments or of WITHIN GROUP */
    struct ast_node *filter;
    struct ast_window *over;
    bool within_group;
    bool star; /* count(*) */
    bool distinct;
    bool variadic; /* the last argument came as VARIADIC */
    bool sql_syntax;
};

/* name => arg, name := arg. */
struct ast_named_arg {
    struct ast_node node;
    struct slice name;
    struct ast_node *arg;
};

enum ast_frame_mode {
    AST_FRAME_RANGE,
    AST_FRAME_ROWS,
    AST_FRAME_GROUPS,
};

enum ast_frame_bound {
    AST_UNBOUNDED_PRECEDING,
    AST_OFFSET_PRECEDING,
    AST_CURRENT_ROW,
    AST_OFFSET_FOLLOWING,
    AST_UNBOUNDED_FOLLOWING,
};

enum ast_frame_exclude {
    AST_EXCLUDE_NOTHING,
    AST_EXCLUDE_CURRENT_ROW,
    AST_EXCLUDE_GROUP,
    AST_EXCLUDE_TIES,
};

/* window_definition, over_clause. OVER name has only `reference_only` and name; OVER (base ...) has
 * base. Without a frame_clause has_frame is false, and the rest says the default: RANGE BETWEEN
 * UNBOUNDED PRECEDING AND CURRENT ROW. */
struct ast_window {
    struct ast_node node;
    struct slice name; /* WINDOW name AS (...), or that of OVER name */
    struct slice base;
    bool reference_only;
    bool has_frame, frame_between; /* BETWEEN was written */
    enum ast_frame_mode mode;
    enum ast_frame_bound start, end;
    enum ast_frame_exclude exclude;
    struct ast_list partition_by, order_by;
    struct ast_node *start_offset, *end_offset;
};

enum ast_sort_direction {
    AST_SORT_DEFAULT,
    AST_SORT_ASC,
    AST_SORT_DESC,
    AST_SORT_USING,
};

enum ast_nulls_order {
    AST_NULLS_DEFAULT,
    AST_NULLS_FIRST,
    AST_NULLS_LAST,
};

/* sortby. The location is that of the operator of USING, else -1. */
struct ast_sort_by {
    struct ast_node node;
    struct ast_node *arg;
    enum ast_sort_direction direction;
    enum ast_nulls_order nulls;
    struct ast_names operator; /* USING */
};

enum ast_sublink_type {
    AST_SUBLINK_EXISTS,
    AST_SUBLINK_ALL, /* test operator ALL (query) */
    AST_SUBLINK_ANY, /* test operator ANY (query); IN has no operator name */
    AST_SUBLINK_EXPR,
    AST_SUBLINK_ARRAY,
};

/* A query within an expression. NOT IN is an ast_bool_expr NOT around. */
struct ast_sublink {
    struct ast_node node;
    enum ast_sublink_type type;
    struct ast_node *test;
    struct ast_names operator;
    struct ast_node *query; /* ast_select */
};

/* case_expr. */
struct ast_case {
    struct ast_node node;
    struct ast_node *arg; /* CASE arg WHEN ... */
    struct ast_list whens;
    struct ast_node *otherwise;
};

struct ast_case_when {
    struct ast_node node;
    struct ast_node *condition, *result;
};

/* ROW(...), explicit_row, or (a, b), implicit_row. */
struct ast_row {
    struct ast_node node;
    struct ast_list args;
    bool implicit;
};

/* ARRAY[...]: elements may be arrays without the word. */
struct ast_array {
    struct ast_node node;
    struct ast_list elements;
};

struct ast_coalesce {
    struct ast_node node;
    struct ast_list args;
};

/* GREATEST, LEAST. */
struct ast_min_max {
    struct ast_node node;
    bool least;
    struct ast_list args;
};

enum ast_value_function_type {
    AST_VALUE_CURRENT_DATE,
    AST_VALUE_CURRENT_TIME,
    AST_VALUE_CURRENT_TIMESTAMP,
    AST_VALUE_LOCALTIME,
    AST_VALUE_LOCALTIMESTAMP,
    AST_VALUE_CURRENT_ROLE,
    AST_VALUE_CURRENT_USER,
    AST_VALUE_USER,
    AST_VALUE_SESSION_USER,
    AST_VALUE_CURRENT_CATALOG,
    AST_VALUE_CURRENT_SCHEMA,
    AST_VALUE_SYSTEM_USER,
    AST_VALUE_MERGE_ACTION, /* MERGE_ACTION(): what MERGE did to the row it returns */
};

/* The functions that are called without parentheses. */
struct ast_value_function {
    struct ast_node node;
    enum ast_value_function_type type;
    int32_t precision; /* CURRENT_TIME(3); -1: none */
};

/* GROUPING(...). */
struct ast_grouping_call {
    struct ast_node node;
    struct ast_list args;
};

/* DEFAULT as a value. */
struct ast_set_to_default {
    struct ast_node node;
};

/* WHERE CURRENT OF name. */
struct ast_current_of {
    struct ast_node node;
    struct slice cursor;
};

enum ast_xml_type {
    AST_XML_CONCAT,
    AST_XML_ELEMENT,
    AST_XML_FOREST,
    AST_XML_PARSE, /* args: text, then an ast_const boolean: preserve whitespace */
    AST_XML_PI,
    AST_XML_ROOT, /* args: xml, version (or ast_const NULL), ast_const integer: enum
                     ast_xml_standalone */
    AST_XML_IS_DOCUMENT,
};

enum ast_xml_standalone {
    AST_XML_STANDALONE_YES,
    AST_XML_STANDALONE_NO,
    AST_XML_STANDALONE_NO_VALUE,
    AST_XML_STANDALONE_OMITTED,
};

struct ast_xml_expr {
    struct ast_node node;
    enum ast_xml_type type;
    struct slice name;          /* ELEMENT, PI */
    struct ast_list attributes; /* ast_target: ELEMENT; FOREST's elements, too */
    struct ast_list args;
    bool document; /* PARSE: DOCUMENT rather than CONTENT */
};

struct ast_xml_serialize {
    struct ast_node node;
    bool document;
    struct ast_node *arg;
    struct ast_type_name *type;
};

/* FORMAT JSON [ENCODING name]. */
struct ast_json_format {
    struct ast_node node;
    struct slice encoding;
};

/* RETURNING type [FORMAT JSON]. */
struct ast_json_returning {
    struct ast_node node;
    struct ast_type_name *type;
    struct ast_json_format *format;
};

/* value [FORMAT JSON]. */
struct ast_json_value {
    struct ast_node node;
    struct ast_node *arg;
    struct ast_json_format *format;
};

/* key VALUE value, key : value. */
struct ast_json_key_value {
    struct ast_node node;
    struct ast_node *key;
    struct ast_json_value *value;
};

enum ast_json_constructor_type {
    AST_JSON_OBJECT,      /* args: ast_json_key_value */
    AST_JSON_ARRAY,       /* args: ast_json_value */
    AST_JSON_ARRAY_QUERY, /* query: SELECT JSON_ARRAYAGG(q.a) FROM (...) q(a) */
    AST_JSON_PARSE,       /* JSON(value) */
    AST_JSON_SCALAR,
    AST_JSON_SERIALIZE,
};

struct ast_json_constructor {
    struct ast_node node;
    enum ast_json_constructor_type type;
    struct ast_list args;
    struct ast_node *query;
    struct ast_json_format *format; /* of the query */
    struct ast_json_returning *returning;
    bool absent_on_null, unique;
};

/* JSON_OBJECTAGG, JSON_ARRAYAGG. */
struct ast_json_aggregate {
    struct ast_node node;
    bool array;
    struct ast_node *arg; /* ast_json_key_value or ast_json_value */
    struct ast_list order_by;
    struct ast_node *filter;
    struct ast_window *over;
    struct ast_json_returning *returning;
    bool absent_on_null, unique;
};

enum ast_json_predicate_type {
    AST_JSON_IS_ANY,
    AST_JSON_IS_OBJECT,
    AST_JSON_IS_ARRAY,
    AST_JSON_IS_SCALAR,
};

/* arg IS JSON ...; IS NOT JSON is an ast_bool_expr NOT around. */
struct ast_json_predicate {
    struct ast_node node;
    struct ast_node *arg;
    struct ast_json_format *format;
    enum ast_json_predicate_type type;
    bool unique;
};

enum ast_json_behavior_type {
    AST_JSON_BEHAVIOR_ERROR,
    AST_JSON_BEHAVIOR_NULL,
    AST_JSON_BEHAVIOR_TRUE,
    AST_JSON_BEHAVIOR_FALSE,
    AST_JSON_BEHAVIOR_UNKNOWN,
    AST_JSON_BEHAVIOR_EMPTY_ARRAY,
    AST_JSON_BEHAVIOR_EMPTY_OBJECT,
    AST_JSON_BEHAVIOR_DEFAULT,
};

/* ... ON ERROR, ... ON EMPTY. */
struct ast_json_behavior {
    struct ast_node node;
    enum ast_json_behavior_type type;
    struct ast_node *value; /* DEFAULT value */
};

enum ast_json_query_type {
    AST_JSON_QUERY_EXISTS,
    AST_JSON_QUERY_VALUE,
    AST_JSON_QUERY_QUERY,
};

enum ast_json_wrapper {
    AST_JSON_WRAPPER_UNSPECIFIED,
    AST_JSON_WRAPPER_NONE,
    AST_JSON_WRAPPER_CONDITIONAL,
    AST_JSON_WRAPPER_UNCONDITIONAL,
};

enum ast_json_quotes {
    AST_JSON_QUOTES_UNSPECIFIED,
    AST_JSON_QUOTES_KEEP,
    AST_JSON_QUOTES_OMIT,
};

/* JSON_EXISTS, JSON_VALUE, JSON_QUERY. */
struct ast_json_query {
    struct ast_node node;
    enum ast_json_query_type type;
    struct ast_json_value *context;
    struct ast_node *path;
    struct ast_list passing; /* ast_target: named values */
    struct ast_json_returning *returning;
    enum ast_json_wrapper wrapper;
    enum ast_json_quotes quotes;
    struct ast_json_behavior *on_empty, *on_error;
};

#endif

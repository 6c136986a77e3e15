/* Analysed statements: what the analyzer makes of an AST, what views are kept as, what the planner
 * plans and what is printed back as SQL.
 *
 * Every name is resolved (relations by id, columns by number, functions and operators by id), every
 * expression has a type, coercions are explicit, `*` is expanded. Nothing here knows a dialect's
 * syntax. A query is immutable once analysed: whoever rewrites it (planner, rules) copies what it
 * changes. All of it lives in one arena; `location` is a byte offset in the statement's text or -1.
 *
 * A query's tables stand in its range table, numbered from 1. A column reference names one of them
 * and a column number from 1 (0: the whole row; below 0: a system column), and how many queries
 * further out that range table is (`up`). */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_QUERY_H
#define PARLEL_EMULATORS_SQL_ANALYZE_QUERY_H

#include "emulators/sql/value/type.h"

struct ast_node;
struct sql_query;

/* ---- expressions */

enum sql_expr_kind {
    SQL_EXPR_COLUMN,
    SQL_EXPR_CONST,
    SQL_EXPR_PARAM,
    SQL_EXPR_FUNCTION,     /* function call; also operators, which are functions with a sign */
    SQL_EXPR_DISTINCT,     /* IS DISTINCT FROM: a sql_expr_call whose function is equality */
    SQL_EXPR_NULLIF,       /* likewise */
    SQL_EXPR_SCALAR_ARRAY, /* x op ANY/ALL (array) */
    SQL_EXPR_AGGREGATE,
    SQL_EXPR_GROUPING,
    SQL_EXPR_WINDOW,
    SQL_EXPR_BOOL, /* AND, OR, NOT */
    SQL_EXPR_SUBLINK,
    SQL_EXPR_FIELD,       /* (row).column */
    SQL_EXPR_FIELD_STORE, /* assignment to columns of a composite column */
    SQL_EXPR_SUBSCRIPT,   /* array element or slice; with `assign`, its assignment */
    SQL_EXPR_RELABEL,     /* another type with the same bytes */
    SQL_EXPR_CONVERT_IO,  /* through text */
    SQL_EXPR_CONVERT_ARRAY,
    SQL_EXPR_CONVERT_ROW,
    SQL_EXPR_TO_DOMAIN, /* checks the domain's constraints */
    SQL_EXPR_CASE,
    SQL_EXPR_CASE_TEST, /* the value of CASE x, inside its WHENs; element inside CONVERT_ARRAY; */
                        /* value under check in a domain's constraint */
    SQL_EXPR_ARRAY,
    SQL_EXPR_ROW,
    SQL_EXPR_ROW_COMPARE,
    SQL_EXPR_COALESCE,
    SQL_EXPR_MIN_MAX,
    SQL_EXPR_SESSION_VALUE, /* CURRENT_DATE, CURRENT_USER, ... */
    SQL_EXPR_NULL_TEST,
    SQL_EXPR_BOOL_TEST,
    SQL_EXPR_XML,
    SQL_EXPR_JSON,       /* SQL/JSON constructors, IS JSON */
    SQL_EXPR_JSON_QUERY, /* JSON_EXISTS, JSON_VALUE, JSON_QUERY; the document of JSON_TABLE */
    SQL_EXPR_DEFAULT,    /* DEFAULT in VALUES or SET, before it is replaced */
    SQL_EXPR_CURRENT_OF, /* WHERE CURRENT OF cursor */
    SQL_EXPR_NEXT_VALUE, /* identity columns' default */
    SQL_EXPR_COLLATE,    /* explicit COLLATE; evaluation ignores it */
    SQL_EXPR_KIND_COUNT
};

/* How a call was written, for printing it back. */
enum sql_call_form {
    SQL_FORM_FUNCTION,
    SQL_FORM_OPERATOR,
    SQL_FORM_CAST_EXPLICIT,
    SQL_FORM_CAST_IMPLICIT,
    SQL_FORM_SYNTAX, /* EXTRACT(... FROM ...), AT TIME ZONE and others with words of their own */
};

struct sql_expr {
    enum sql_expr_kind kind;
    uint32_t type;
    int32_t typmod;
    uint32_t collation;
    int32_t location;
};

struct sql_exprs {
    struct sql_expr **items;
    uint32_t count;
};

struct sql_expr_column {
    struct sql_expr expr;
    uint32_t table; /* 1-based number in the range table */
    int32_t column; /* 1-based; 0 whole row; < 0 system columns (catalog.h) */
    uint32_t up;    /* 0: this query's range table */
};

struct sql_expr_const {
    struct sql_expr expr;
    struct datum value;
};

enum sql_param_kind {
    SQL_PARAM_EXTERNAL, /* $1 of the statement */
    SQL_PARAM_EXEC,     /* given by the plan: outer rows of a nested loop, results of subplans */
    SQL_PARAM_ROUTINE,  /* a variable of stored code, by number */
};

struct sql_expr_param {
    struct sql_expr expr;
    enum sql_param_kind param_kind;
    uint32_t number; /* $n from 1; others from 0 */
};

/* FUNCTION, DISTINCT, NULLIF, SCALAR_ARRAY. */
struct sql_expr_call {
    struct sql_expr expr;
    uint32_t function; /* id in the catalog */
    uint32_t op;       /* operator's id; 0 when it was no operator */
    enum sql_call_form form;
    bool returns_set;
    bool variadic; /* VARIADIC was written: the last argument is the array itself */
    bool any;      /* SCALAR_ARRAY: ANY rather than ALL */
    uint32_t input_collation;
    struct sql_exprs args;
};

struct sql_expr_aggregate {
    struct sql_expr expr;
    uint32_t function;
    uint32_t input_collation;
    struct sql_exprs direct;    /* ordered-set aggregates: arguments before WITHIN GROUP */
    struct sql_exprs args;      /* aggregated arguments; those of ORDER BY alone at the end */
    uint32_t arg_count;         /* of args, how many are arguments */
    struct sql_sort_key *order; /* over indexes of args */
    uint32_t order_count;
    bool distinct, star, variadic, within_group;
    struct sql_expr *filter;
    uint32_t up;     /* the query that it aggregates, counted outwards */
    uint32_t number; /* filled by the planner */
};

struct sql_expr_grouping { /* GROUPING(...) */
    struct sql_expr expr;
    struct sql_exprs args;
    uint32_t *groups; /* indexes (sort_group of targets) of the args */
    uint32_t up;
};

struct sql_expr_window {
    struct sql_expr expr;
    uint32_t function;
    uint32_t input_collation;
    struct sql_exprs args;
    struct sql_expr *filter;
    uint32_t window; /* index in query->windows */
    bool star, aggregate;
};

enum sql_bool_op { SQL_AND, SQL_OR, SQL_NOT };

struct sql_expr_bool {
    struct sql_expr expr;
    enum sql_bool_op op;
    struct sql_exprs args;
};

enum sql_sublink_kind {
    SQL_SUBLINK_EXISTS,
    SQL_SUBLINK_ANY, /* also IN */
    SQL_SUBLINK_ALL,
    SQL_SUBLINK_ROW_COMPARE,
    SQL_SUBLINK_SCALAR,
    SQL_SUBLINK_ARRAY, /* ARRAY(SELECT ...) */
    SQL_SUBLINK_MULTI, /* (a, b) = (SELECT ...) in UPDATE SET */
};

struct sql_expr_sublink {
    struct sql_expr expr;
    enum sql_sublink_kind sublink_kind;
    uint32_t number; /* MULTI: shared by the columns that are set from it; else 0 */
    uint32_t column; /* MULTI: which column of its row this is, from 1 */
    struct sql_query *query;
    /* ANY, ALL, ROW_COMPARE: the comparison, in which PARAM_EXEC number n stands for column n of the
     * subquery (before planning); an AND or OR of calls, or a ROW_COMPARE. */
    struct sql_expr *test;
    struct slice op_name; /* as written, for printing back */
};

struct sql_expr_field {
    struct sql_expr expr;
    struct sql_expr *arg;
    uint32_t column; /* from 1 */
};

struct sql_expr_field_store {
    struct sql_expr expr;
    struct sql_expr *arg; /* the old row */
    struct sql_exprs values;
    uint32_t *columns;
};

struct sql_expr_subscript {
    struct sql_expr expr;
    uint32_t container_type, element_type;
    struct sql_expr *arg;
    struct sql_exprs upper, lower; /* lower.count > 0: a slice; items may be NULL ([:3]) */
    struct sql_expr *assign;       /* the new element or slice; NULL: a fetch */
};

/* RELABEL, CONVERT_IO, CONVERT_ROW, TO_DOMAIN, COLLATE. */
struct sql_expr_convert {
    struct sql_expr expr;
    struct sql_expr *arg;
    enum sql_call_form form;
    uint32_t collate; /* COLLATE: the collation asked for */
};

struct sql_expr_convert_array {
    struct sql_expr expr;
    struct sql_expr *arg;
    struct sql_expr *element; /* applied to each element, which is CASE_TEST inside it */
    enum sql_call_form form;
};

struct sql_case_when {
    struct sql_expr *condition, *result;
};

struct sql_expr_case {
    struct sql_expr expr;
    struct sql_expr *arg; /* CASE arg WHEN ...: conditions compare CASE_TEST */
    struct sql_case_when *whens;
    uint32_t count;
    struct sql_expr *otherwise; /* never NULL: a NULL constant without ELSE */
};

struct sql_expr_array {
    struct sql_expr expr;
    uint32_t element_type;
    bool nested; /* the elements are arrays: one more dimension */
    struct sql_exprs elements;
};

struct sql_expr_row {
    struct sql_expr expr; /* type: a composite, or the anonymous record */
    struct sql_exprs args;
    struct slice *names; /* of the columns; NULL: f1, f2 ... */
    bool implicit;       /* (a, b) rather than ROW(a, b) */
    bool by_number;      /* made into a composite: args[i] is its column i + 1, be it dropped */
};

enum sql_compare { SQL_LT = 1, SQL_LE, SQL_EQ, SQL_GE, SQL_GT, SQL_NE };

struct sql_expr_row_compare {
    struct sql_expr expr;
    enum sql_compare op;
    uint32_t *functions, *ops; /* the comparison (<, <=, ...) of each pair */
    struct sql_exprs left, right;
};

struct sql_expr_list { /* COALESCE, MIN_MAX */
    struct sql_expr expr;
    bool least; /* MIN_MAX: LEAST rather than GREATEST */
    uint32_t input_collation;
    struct sql_exprs args;
};

enum sql_session_value {
    SQL_CURRENT_DATE,
    SQL_CURRENT_TIME,
    SQL_CURRENT_TIMESTAMP,
    SQL_LOCALTIME,
    SQL_LOCALTIMESTAMP,
    SQL_CURRENT_ROLE,
    SQL_CURRENT_USER,
    SQL_USER,
    SQL_SESSION_USER,
    SQL_CURRENT_CATALOG,
    SQL_CURRENT_SCHEMA,
    SQL_SYSTEM_USER,
    SQL_MERGE_ACTION,
};

struct sql_expr_session_value {
    struct sql_expr expr; /* typmod: the precision asked for */
    enum sql_session_value value;
};

struct sql_expr_test { /* NULL_TEST, BOOL_TEST */
    struct sql_expr expr;
    struct sql_expr *arg;
    bool negated; /* IS NOT */
    enum { SQL_IS_NULL, SQL_IS_TRUE, SQL_IS_FALSE, SQL_IS_UNKNOWN } test;
    bool row; /* NULL_TEST of a composite: true of all columns */
};

/* XML and JSON: an operation with words of its own; names and options as its own table says
 * (value/xml/xml.h). */
struct sql_expr_special {
    struct sql_expr expr;
    uint32_t op;
    uint32_t options;
    struct slice name;
    struct sql_exprs named;
    struct slice *names;
    struct sql_exprs args;
    struct sql_expr *on_empty, *on_error;
    uint32_t target_type; /* XMLSERIALIZE's, for printing it back */
    int32_t target_typmod;
    /* Of a table, column by column: */
    struct sql_exprs paths, defaults; /* NULL: none */
    bool *not_null;
    uint32_t column_count, ordinality; /* the column that counts rows, from 1 */
};

/* One path of JSON_TABLE and its columns, which stand next to each other. */
struct sql_json_path_scan {
    struct sql_expr *path; /* a constant */
    struct slice name;
    uint32_t parent; /* whose rows it looks into: index of an earlier one; of the first: 0 */
    uint32_t first_column, column_count;
};

/* JSON_QUERY. of: an enum sql_json_query_op of value/json_query.h, as are wrapper and behaviors. */
struct sql_expr_json_query {
    struct sql_expr expr; /* type and typmod are those of RETURNING */
    uint32_t of, wrapper;
    bool unquoted; /* OMIT QUOTES */
    bool
        format; /* FORMAT JSON was written of what is jsonb (RETURNING), or of what is read (columns) */
    struct slice column; /* JSON_TABLE's, for messages; ptr NULL: none */
    struct sql_expr *document, *path;
    struct sql_exprs passing;
    struct slice *names;
    uint32_t on_empty, on_error;
    struct sql_expr *empty_value, *error_value; /* NULL: NULL, or an error */
    bool empty_converted, error_converted;      /* jsonb, or NULL, yet to be made of the type */
    /* Of JSON_TABLE, whose columns are expressions over CASE_TEST; NULL: it counts rows. */
    struct sql_json_path_scan *scans;
    uint32_t scan_count;
    struct sql_exprs columns;
};

struct sql_expr_current_of {
    struct sql_expr expr;
    uint32_t table;
    struct slice cursor;
    uint32_t param; /* > 0: the name is in a routine's variable */
};

struct sql_expr_next_value {
    struct sql_expr expr;
    uint32_t sequence;
};

/* ---- targets, sort and group */

struct sql_target {
    struct sql_expr *expr;
    struct slice name;
    uint32_t column;       /* INSERT and UPDATE: the table's column that it is for, from 1 */
    uint32_t sort_group;   /* > 0: number by which sort keys and groups mean this target */
    bool hidden;           /* for ORDER BY, GROUP BY alone; no column of the result ("junk") */
    uint32_t origin_table; /* relation id and column of a plain column, for RowDescription */
    int32_t origin_column;
};

struct sql_sort_key {
    uint32_t target;  /* the targets' sort_group; in aggregates: index into args */
    uint32_t eq_op;   /* operator ids by which it is compared */
    uint32_t sort_op; /* 0: grouping only */
    bool descending, nulls_first;
    bool hashable;
};

enum sql_grouping_kind {
    SQL_GROUPING_EMPTY,
    SQL_GROUPING_SIMPLE,
    SQL_GROUPING_ROLLUP,
    SQL_GROUPING_CUBE,
    SQL_GROUPING_SETS,
};

struct sql_grouping_set {
    enum sql_grouping_kind kind;
    uint32_t *groups; /* SIMPLE: sort_group numbers */
    uint32_t group_count;
    struct sql_grouping_set **sets; /* ROLLUP, CUBE, SETS */
    uint32_t set_count;
    int32_t location;
};

enum sql_frame_bound {
    SQL_UNBOUNDED_PRECEDING,
    SQL_OFFSET_PRECEDING,
    SQL_CURRENT_ROW,
    SQL_OFFSET_FOLLOWING,
    SQL_UNBOUNDED_FOLLOWING,
};

struct sql_window {
    struct slice name; /* empty: inline */
    struct slice base; /* the window that it was made from */
    struct sql_sort_key *partition;
    uint32_t partition_count;
    struct sql_sort_key *order;
    uint32_t order_count;
    enum { SQL_FRAME_RANGE, SQL_FRAME_ROWS, SQL_FRAME_GROUPS } frame;
    enum sql_frame_bound start, end;
    struct sql_expr *start_offset, *end_offset;
    uint32_t start_in_range, end_in_range; /* RANGE with offsets: the in_range function */
    enum { SQL_EXCLUDE_NONE, SQL_EXCLUDE_CURRENT, SQL_EXCLUDE_GROUP, SQL_EXCLUDE_TIES } exclude;
    bool frame_given;
    bool order_copied, partition_copied; /* from the base */
};

/* ---- range table and joins */

enum sql_table_kind {
    SQL_TABLE_RELATION,
    SQL_TABLE_SUBQUERY,
    SQL_TABLE_JOIN,
    SQL_TABLE_FUNCTION,
    SQL_TABLE_VALUES,
    SQL_TABLE_CTE,
    SQL_TABLE_XMLJSON,    /* XMLTABLE, JSON_TABLE */
    SQL_TABLE_TRANSITION, /* transition tables of triggers, by name */
    SQL_TABLE_RESULT,     /* no table: one row without columns */
};

enum sql_join_kind { SQL_JOIN_INNER, SQL_JOIN_LEFT, SQL_JOIN_RIGHT, SQL_JOIN_FULL };

struct sql_table_function {
    struct sql_expr *expr; /* mostly a call */
    uint32_t column_count; /* how many columns of the table are its */
    bool columns_given;    /* AS t(a int, ...) */
};

struct sql_table {
    enum sql_table_kind kind;
    struct slice name;     /* as it is referred to */
    struct slice alias;    /* as written; ptr NULL: none */
    struct slice *columns; /* names, after the alias' list; "" with dropped[] for dropped ones */
    uint32_t column_count;
    uint32_t aliased_columns; /* how many names the alias' list gave */
    /* Types of the columns (all kinds but RELATION, too): parallel to columns. */
    uint32_t *types;
    int32_t *typmods;
    uint32_t *collations;
    bool *dropped; /* NULL: none */
    bool lateral, inherits /* not ONLY */, in_from, security_barrier;
    int32_t location;

    uint32_t relation; /* RELATION: id */
    char relation_kind;
    uint32_t
        grouping_key; /* constraint by which ungrouped columns follow from grouped ones; 0: none */
    struct sql_expr *sample_percent, *sample_seed; /* TABLESAMPLE */
    uint32_t sample_method;                        /* function id; 0: none */

    struct sql_query *query; /* SUBQUERY */

    enum sql_join_kind join;       /* JOIN */
    struct sql_exprs join_columns; /* what each of its columns is, in terms of the two sides */
    uint32_t using_count;          /* merged columns come first */
    struct slice using_alias;
    struct slice *using_names;

    struct sql_table_function *functions; /* FUNCTION: ROWS FROM */
    uint32_t function_count;
    bool ordinality;

    struct sql_exprs *rows; /* VALUES */
    uint32_t row_count;

    struct slice cte; /* CTE: name; */
    uint32_t cte_up;  /* queries outwards where the WITH is */
    bool self;        /* the recursive reference */

    struct sql_expr_special *special; /* XMLJSON: XMLTABLE */
    struct sql_expr_json_query *json; /* XMLJSON: JSON_TABLE */
    const struct ast_node *special_ast;

    /* Row security: the table has only those rows for which this holds. Tested before any condition
     * of the query whose functions might tell what they saw. NULL: all rows. */
    struct sql_expr *security;

    /* What the user must be allowed, checked when execution begins. */
    uint32_t check_as;   /* role; 0: the current one */
    uint32_t privileges; /* CATALOG_PRIVILEGE_* of catalog.h */
    /* Bit sets over column + 8; NULL: none. */
    uint64_t *selected_columns, *inserted_columns, *updated_columns;
};

enum sql_from_kind { SQL_FROM_TABLE, SQL_FROM_JOIN };

/* The shape of FROM: leaves are tables, inner nodes joins. */
struct sql_from {
    enum sql_from_kind kind;
    uint32_t table; /* leaf's, or the join's own (0: none, made by the planner) */
    enum sql_join_kind join;
    bool natural;
    struct sql_from *left, *right;
    struct sql_expr *on;
};

struct sql_cte {
    struct slice name;
    struct slice *columns;
    uint32_t column_count;
    uint32_t *types;
    int32_t *typmods;
    uint32_t *collations;
    bool recursive;
    enum { SQL_CTE_DEFAULT, SQL_CTE_MATERIALIZED, SQL_CTE_INLINED } materialize;
    struct sql_query *query;
    uint32_t references;                   /* how often it is used */
    const struct ast_node *search, *cycle; /* already rewritten into query; kept for printing */
    int32_t location;
};

/* UNION, INTERSECT, EXCEPT: leaves name subqueries in the range table. */
enum sql_set_op_kind { SQL_SET_LEAF, SQL_UNION, SQL_INTERSECT, SQL_EXCEPT };

struct sql_set_op {
    enum sql_set_op_kind kind;
    uint32_t table; /* LEAF */
    bool all;
    struct sql_set_op *left, *right;
    uint32_t column_count;
    uint32_t *types;
    int32_t *typmods;
    uint32_t *collations;
    struct sql_sort_key *keys; /* how rows are compared when not ALL, one a column */
};

enum sql_lock_strength {
    SQL_LOCK_NONE,
    SQL_LOCK_KEY_SHARE,
    SQL_LOCK_SHARE,
    SQL_LOCK_NO_KEY_UPDATE,
    SQL_LOCK_UPDATE,
};

enum sql_lock_wait { SQL_WAIT_BLOCK, SQL_WAIT_SKIP, SQL_WAIT_ERROR };

struct sql_row_mark {
    uint32_t table;
    enum sql_lock_strength strength;
    enum sql_lock_wait wait;
    bool pushed_down; /* by a lock on a subquery */
};

/* ---- statements */

enum sql_command {
    SQL_SELECT,
    SQL_INSERT,
    SQL_UPDATE,
    SQL_DELETE,
    SQL_MERGE,
    SQL_UTILITY, /* everything else: `utility` is the AST */
};

/* An index decides only where a parameter has that value: its predicate says so, and the clause says
 * the same of the parameter. */
struct sql_arbiter_need {
    uint32_t index; /* of the clause's, from 0 */
    uint32_t param; /* from 1 */
    bool by_value;
    struct datum value;
};

#define SQL_NO_ARBITER \
    "there is no unique or exclusion constraint matching the ON CONFLICT specification"

struct sql_on_conflict {
    bool update;              /* DO UPDATE rather than DO NOTHING */
    struct sql_exprs arbiter; /* inferred: columns and expressions; */
    struct sql_expr *arbiter_where;
    uint32_t constraint; /* ON CONSTRAINT: its id */
    uint32_t *indexes;   /* ids of the unique indexes that decide */
    uint32_t index_count;
    struct sql_arbiter_need *needs;
    uint32_t need_count;
    struct sql_target *set; /* column: the table's */
    uint32_t set_count;
    struct sql_expr *where;
    uint32_t excluded; /* number of the table EXCLUDED */
};

struct sql_merge_action {
    enum { SQL_MERGE_MATCHED, SQL_MERGE_NOT_MATCHED, SQL_MERGE_NOT_MATCHED_BY_SOURCE } match;
    enum sql_command command; /* SELECT: DO NOTHING */
    struct sql_expr *condition;
    struct sql_target *targets;
    uint32_t target_count;
    uint8_t override;
};

/* A condition over new rows of the result table (its columns are those of table result_table). */
struct sql_with_check {
    enum {
        SQL_CHECK_VIEW,     /* WITH CHECK OPTION of the view `relation`: 44000 */
        SQL_CHECK_POLICY,   /* row security of the table `relation`: 42501 */
        SQL_CHECK_CONFLICT, /* the same of the existing row that ON CONFLICT DO UPDATE found */
        SQL_CHECK_TARGET,   /* the same of the existing row that MERGE updates or deletes */
    } kind;
    bool on_insert, on_update, on_delete; /* for which rows: MERGE and ON CONFLICT have several */
    bool cascaded;
    struct sql_expr *expr;         /* NULL: only marks that views below must check, too */
    struct slice relation, policy; /* policy.ptr NULL: no single one */
};

struct sql_query {
    enum sql_command command;
    const struct ast_node *utility;
    const struct sql_query
        *utility_query; /* the query inside EXPLAIN, DECLARE, CREATE TABLE AS ... */

    struct sql_cte **ctes;
    uint32_t cte_count;
    bool recursive;

    struct sql_table **tables; /* range table; [0] is table 1 */
    uint32_t table_count;
    struct sql_from **from; /* comma list */
    uint32_t from_count;
    struct sql_expr *where;

    struct sql_target *targets;
    uint32_t target_count;

    struct sql_sort_key *group; /* GROUP BY */
    uint32_t group_count;
    struct sql_grouping_set **grouping_sets;
    uint32_t grouping_set_count;
    bool group_distinct;
    struct sql_expr *having;
    struct sql_window *windows;
    uint32_t window_count;
    struct sql_sort_key *distinct; /* DISTINCT, DISTINCT ON */
    uint32_t distinct_count;
    bool distinct_on;
    struct sql_sort_key *order;
    uint32_t order_count;
    struct sql_expr *limit, *offset; /* bigint */
    bool with_ties;
    struct sql_set_op *set_op; /* then tables are its leaves and targets are columns of the first */
    struct sql_row_mark *row_marks;
    uint32_t row_mark_count;

    bool has_aggregates, has_windows, has_sets /* in targets */, has_sublinks, has_modifying_cte;
    bool has_row_security;
    bool ignores_rules;   /* of an INSERT */
    uint32_t of_relation; /* while it is rewritten: whose view or policy it comes from */

    /* INSERT, UPDATE, DELETE, MERGE */
    uint32_t result_table; /* number in tables */
    enum { SQL_OVERRIDE_NONE, SQL_OVERRIDE_USER, SQL_OVERRIDE_SYSTEM } override;
    struct sql_on_conflict *on_conflict;
    struct sql_target *returning;
    uint32_t returning_count;
    struct sql_merge_action *merge;
    uint32_t merge_count;
    struct sql_expr *merge_on;
    bool merge_left_join; /* MERGE: source LEFT JOIN target is needed */
    /* MERGE with NOT MATCHED BY SOURCE: the table whose one column is true where a row of the source
     * is there (source RIGHT or FULL JOIN target); 0: there is none. */
    uint32_t merge_marker;
    struct sql_with_check *with_check; /* what new rows of the result table must satisfy */
    uint32_t with_check_count;

    int32_t location, length; /* in the text; length 0: to its end */
};

/* Parameters of a statement: types known, or 0 while they are to be found. */
struct sql_params {
    uint32_t *types;
    uint32_t count;
    bool variable; /* types and count may be found by the analysis */
};

/* Visits an expression's direct subexpressions; stops when visit returns true and says so. Queries
 * inside it (sublinks) are visited by the _queries form alone. */
bool sql_expr_walk(struct sql_expr *expr, bool (*visit)(struct sql_expr *child, void *ctx),
                   void *ctx);
bool sql_expr_walk_queries(struct sql_expr *expr, bool (*visit)(struct sql_expr *child, void *ctx),
                           bool (*visit_query)(struct sql_query *sub, void *ctx), void *ctx);
/* Does it call a set-returning function, outside of aggregates? */
bool sql_expr_returns_set(struct sql_expr *expr);
/* The values of the columns that the row's type has now; made in env->arena. */
bool sql_row_columns(struct sql_env *env, const struct sql_expr_row *row, struct sql_exprs *out);
/* The outermost expressions of a query; visit_query (NULL: not wanted) gets the queries of its
 * range table and WITH. Both recurse themselves. */
bool sql_query_walk(struct sql_query *query, bool (*visit)(struct sql_expr *expr, void *ctx),
                    bool (*visit_query)(struct sql_query *sub, void *ctx), void *ctx);
/* A copy in which change() replaced what it wanted: it returns NULL for "copy and go on below". */
struct sql_expr *sql_expr_copy(struct arena *arena, const struct sql_expr *expr,
                               struct sql_expr *(*change)(const struct sql_expr *expr, void *ctx),
                               void *ctx);
struct sql_query *sql_query_copy(struct arena *arena, const struct sql_query *query);
/* The same, telling how many queries deep inside the copied thing an expression stands: a column
 * belongs to the thing's own surroundings when its `up` is at least depth. */
typedef struct sql_expr *sql_expr_changer(const struct sql_expr *expr, uint32_t depth, void *ctx);
struct sql_expr *sql_expr_change(struct arena *arena, const struct sql_expr *expr,
                                 sql_expr_changer *change, void *ctx);
struct sql_query *sql_query_change(struct arena *arena, const struct sql_query *query,
                                   sql_expr_changer *change, void *ctx);
/* Are two expressions the same but for locations? */
bool sql_expr_equal(const struct sql_expr *a, const struct sql_expr *b);

#endif

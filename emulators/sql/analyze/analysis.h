/* The state of an analysis, shared by the files of this folder and by nobody else.
 *
 * One struct analysis a query level; what all levels of a statement share stands in the struct that
 * `shared` points to. Functions that fail have filled env->error: they return false or NULL.
 * Everything is made in env->arena. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_ANALYSIS_H
#define PARLEL_EMULATORS_SQL_ANALYZE_ANALYSIS_H

#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/analyze/rules.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/txn/lock.h"

/* Where an expression stands, for what is allowed there and the texts that refuse it. */
enum analysis_place {
    PLACE_NONE,
    PLACE_OTHER,
    PLACE_JOIN_ON,
    PLACE_JOIN_USING,
    PLACE_FROM_SUBQUERY,
    PLACE_FROM_FUNCTION,
    PLACE_WHERE,
    PLACE_HAVING,
    PLACE_FILTER,
    PLACE_WINDOW_PARTITION,
    PLACE_WINDOW_ORDER,
    PLACE_WINDOW_FRAME_RANGE,
    PLACE_WINDOW_FRAME_ROWS,
    PLACE_WINDOW_FRAME_GROUPS,
    PLACE_SELECT_TARGET,
    PLACE_INSERT_TARGET,
    PLACE_UPDATE_SOURCE,
    PLACE_UPDATE_TARGET,
    PLACE_MERGE_WHEN,
    PLACE_GROUP_BY,
    PLACE_ORDER_BY,
    PLACE_DISTINCT_ON,
    PLACE_LIMIT,
    PLACE_OFFSET,
    PLACE_RETURNING,
    PLACE_VALUES,
    PLACE_CHECK,
    PLACE_DOMAIN_CHECK,
    PLACE_DEFAULT,
    PLACE_ROUTINE_DEFAULT,
    PLACE_INDEX_EXPRESSION,
    PLACE_INDEX_PREDICATE,
    PLACE_ALTER_USING,
    PLACE_EXECUTE_PARAMETER,
    PLACE_TRIGGER_WHEN,
    PLACE_POLICY,
    PLACE_PARTITION_BOUND,
    PLACE_PARTITION_KEY,
    PLACE_CALL_ARGUMENT,
    PLACE_COPY_WHERE,
    PLACE_GENERATED,
    PLACE_CYCLE_MARK,
    PLACE_COUNT
};

enum coercion_context {
    COERCE_IMPLICIT,
    COERCE_ASSIGNMENT,
    COERCE_ROUTINE, /* assignments of stored code: anything through text */
    COERCE_EXPLICIT,
};

/* What a column of a name's table really is: for joins, a column of one of their sides. */
struct name_column {
    uint32_t table; /* 0: dropped */
    int32_t column;
    uint32_t type;
    int32_t typmod;
    uint32_t collation;
};

/* A table in sight. */
struct name_item {
    struct slice name; /* ptr NULL: only its columns are in sight */
    struct sql_table *table;
    uint32_t number;
    struct slice *column_names; /* parallel to columns */
    uint32_t column_count;
    struct name_column *columns; /* NULL: column i of the table itself */
    bool name_visible, columns_visible;
    bool lateral_only, lateral_ok; /* in sight of LATERAL items alone; and those may use it */
    uint32_t unexpanded;           /* so many of its last columns are not meant by * */
    struct slice schema;           /* of a relation without alias, for qualified names */
};

struct name_list {
    struct name_item **items;
    uint32_t count;
};

/* A query of WITH in sight. */
struct cte_scope {
    struct sql_cte *cte;
    const struct ast_cte *ast;
    struct cte_scope *next; /* further out in the same WITH */
};

struct analysis_shared {
    struct sql_params *params;
    uint32_t param_room;
    const struct sql_scope *scope;
    uint32_t multi_count; /* sublinks of UPDATE SET (a, b) = (...) so far */
};

struct recursion; /* cte.c */

/* OLD and NEW, tables 1 and 2 of a rule's actions (rule.c). */
struct rule_tables {
    const struct sql_relation *relation;
    bool old_seen, new_seen; /* can the event use it? */
};

struct analysis {
    struct sql_env *env;
    struct sql_session *session;
    const struct sql_analysis_rules *rules;
    const struct sql_type_ids *known;
    struct analysis_shared *shared;
    struct analysis *outer;
    struct sql_query *query;
    struct name_list names;
    bool lateral_active;
    enum analysis_place place;
    struct sql_targets *targets; /* being made: ORDER BY, GROUP BY add to them */

    struct cte_scope *ctes;              /* of this level's WITH, those in sight */
    const struct ast_with *with;         /* for hints about later ones */
    struct sql_cte *parent_cte;          /* this level is its query */
    const struct ast_list *locking;      /* FOR UPDATE ... of this SELECT */
    bool locked_from_outside;            /* by a FOR UPDATE of the query around */
    bool keep_unknown;                   /* literals of the targets stay unknown (set operations) */
    struct name_item *result;            /* INSERT, UPDATE ...: the table changed, */
    const struct sql_relation *relation; /* and what it is */
    bool values_single; /* the VALUES being read has one row: sets may stand there */
    /* The WINDOW clause and OVER (...) so far. */
    struct ast_window **windows;
    uint32_t window_count;
    struct multi_source *multi;     /* UPDATE SET (a, b) = ...: sources seen */
    struct sql_expr *domain_value;  /* SQL_PLACE_DOMAIN_CHECK: what VALUE means */
    const struct rule_tables *rule; /* this level begins with OLD and NEW; NULL: it does not */
};

/* Targets in the making. */
struct sql_targets {
    struct sql_target *items;
    uint32_t count;
};

/* ---- rules (rule.c) */

/* Puts OLD and NEW at the beginning of a->query's tables, when it is a rule's. columns: their columns
 * can be named without them. */
bool add_rule_tables(struct analysis *a, bool columns);

/* The column is read: notes that it must be allowed. (names.c) */
void mark_selected(struct analysis *a, struct sql_table *table, int32_t column);

/* ---- small things (make.c) */

void *analysis_alloc(struct analysis *a, size_t size); /* zeroed; NULL: failed */
/* Room for one more at the end of an array of `count`; the array may move. */
bool analysis_grow(struct analysis *a, void *items_pointer, uint32_t count, size_t size);
struct analysis analysis_of(struct sql_env *env, struct analysis_shared *shared);
/* A level inside another. */
struct analysis analysis_inside(struct analysis *outer);
bool analysis_stack_ok(struct analysis *a, int32_t location);
bool fail_at(struct analysis *a, int32_t location, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A type as messages show it. */
struct slice type_text(struct analysis *a, uint32_t type);
const char *place_name(enum analysis_place place);
/* In the words of refusals: "check constraints". */
const char *place_words(enum analysis_place place);
struct slice system_column_name(int32_t number);

const struct sql_type *type_of(struct analysis *a, uint32_t id); /* NULL: no such type */
uint32_t base_type(struct analysis *a, uint32_t type);
uint32_t base_type_typmod(struct analysis *a, uint32_t type, int32_t *typmod);
uint32_t element_type(struct analysis *a, uint32_t type); /* of a true array; 0: it is none */
uint32_t array_type(struct analysis *a, uint32_t type);
bool is_composite(struct analysis *a, uint32_t type); /* a row type, or a domain over one */
bool is_polymorphic(struct analysis *a, uint32_t type);
uint32_t multirange_of(struct analysis *a, uint32_t range);
/* The relation whose columns a composite type has; NULL: none. */
const struct sql_relation *row_relation(struct analysis *a, uint32_t type);

struct sql_expr *make_expr(struct analysis *a, enum sql_expr_kind kind, size_t size, uint32_t type,
                           int32_t location);
struct sql_expr *make_const(struct analysis *a, uint32_t type, int32_t typmod, struct datum value,
                            int32_t location);
struct sql_expr *make_text_const(struct analysis *a, struct slice text, int32_t location);
struct sql_expr *make_column(struct analysis *a, const struct name_item *item, uint32_t index,
                             int32_t location);
struct sql_expr *make_bool(struct analysis *a, enum sql_bool_op op, struct sql_expr **args,
                           uint32_t count, int32_t location);
struct sql_expr *make_call(struct analysis *a, uint32_t function, uint32_t result,
                           struct sql_expr **args, uint32_t count, enum sql_call_form form,
                           int32_t location);
struct sql_expr *make_relabel(struct analysis *a, struct sql_expr *arg, uint32_t type,
                              int32_t typmod, uint32_t collation, enum sql_call_form form,
                              int32_t location);
/* Leftmost place that belongs to an expression. */
int32_t expr_location(const struct sql_expr *expr);
/* A set-returning function or operator was called: may one stand here? */
bool note_set(struct analysis *a, int32_t location);

/* ---- coercion (coerce.c, coerce_common.c, polymorphic.c) */

enum coercion_path {
    PATH_NONE,
    PATH_FUNCTION,
    PATH_RELABEL,
    PATH_ARRAY,
    PATH_TEXT,
};

enum coercion_path find_coercion(struct analysis *a, uint32_t target, uint32_t source,
                                 enum coercion_context context, uint32_t *out_function);
/* The value of a literal; errors of the type's input stand where the literal does. */
bool read_literal(struct analysis *a, const struct sql_type *type, struct slice text,
                  int32_t typmod, int32_t location, struct datum *out);
bool can_coerce(struct analysis *a, uint32_t count, const uint32_t *sources,
                const uint32_t *targets, enum coercion_context context);
/* What can_coerce allowed. */
struct sql_expr *coerce_type(struct analysis *a, struct sql_expr *expr, uint32_t target,
                             int32_t typmod, enum coercion_context context, enum sql_call_form form,
                             int32_t location);
/* With its typmod. *out NULL: it cannot be coerced. */
bool coerce_to_target(struct analysis *a, struct sql_expr *expr, uint32_t target, int32_t typmod,
                      enum coercion_context context, enum sql_call_form form, int32_t location,
                      struct sql_expr **out);
bool coerce_to_boolean(struct analysis *a, struct sql_expr **expr, const char *construct);
bool coerce_to_specific(struct analysis *a, struct sql_expr **expr, uint32_t type, int32_t typmod,
                        const char *construct);
/* The type for all of them (UNION, CASE, ...). context NULL: 0 instead of failing. */
bool common_type(struct analysis *a, struct sql_expr **exprs, uint32_t count, const char *context,
                 uint32_t *out, struct sql_expr **which);
int32_t common_typmod(struct analysis *a, struct sql_expr **exprs, uint32_t count, uint32_t type);
bool coerce_to_common(struct analysis *a, struct sql_expr **expr, uint32_t type,
                      const char *context);
bool polymorphic_fits(struct analysis *a, const uint32_t *actual, const uint32_t *declared,
                      uint32_t count);
/* Replaces polymorphic declared types by what they mean and gives the result's. */
bool polymorphic_resolve(struct analysis *a, const uint32_t *actual, uint32_t *declared,
                         uint32_t count, uint32_t result, bool allow_poly, uint32_t *out);

/* ---- calls (resolve.c, call.c, operator.c) */

struct candidate {
    const struct sql_routine *routine; /* or */
    const struct sql_operator *op;
    uint32_t count;
    uint32_t *types;
    uint32_t *positions; /* named arguments: where each given one goes; NULL: in order */
    uint32_t variadic;   /* how many arguments became the variadic array */
    uint32_t defaults;   /* how many arguments come from defaults */
    uint32_t rank;       /* of its schema in the path */
};

struct candidate *candidate_select(struct analysis *a, const uint32_t *inputs, uint32_t nargs,
                                   struct candidate **candidates, uint32_t count);
uint32_t candidates_match(struct analysis *a, const uint32_t *inputs, uint32_t nargs,
                          struct candidate **candidates, uint32_t count);

struct sql_expr *make_operator(struct analysis *a, const struct ast_names *name,
                               struct sql_expr *left, struct sql_expr *right, int32_t location);
struct sql_expr *make_operator_named(struct analysis *a, const char *name, struct sql_expr *left,
                                     struct sql_expr *right, int32_t location);
struct sql_expr *make_scalar_array(struct analysis *a, const struct ast_names *name, bool any,
                                   struct sql_expr *left, struct sql_expr *right, int32_t location);
/* Finds a binary operator by its arguments' types. quiet: NULL without an error. */
const struct sql_operator *find_operator(struct analysis *a, const struct ast_names *name,
                                         uint32_t left, uint32_t right, bool quiet,
                                         int32_t location);
/* f(args), or column(row). first: what stands before the point. */
struct sql_expr *analyze_call(struct analysis *a, const struct ast_func_call *call);
/* The same of arguments that were analyzed already, in place of the call's own. */
struct sql_expr *analyze_call_of(struct analysis *a, const struct ast_func_call *call,
                                 const struct sql_exprs *args);
/* row.name: a column of a composite, or a function of one argument; *out NULL: neither. */
bool analyze_field(struct analysis *a, struct sql_expr *row, struct slice name, int32_t location,
                   bool quiet, struct sql_expr **out);
/* CALL's procedure and its arguments. */
struct sql_expr *analyze_procedure_call(struct analysis *a, const struct ast_func_call *call);

/* ---- expressions (expr.c and others) */

struct sql_expr *analyze_node(struct analysis *a, const struct ast_node *node,
                              enum analysis_place place);
struct sql_expr *analyze_here(struct analysis *a, const struct ast_node *node); /* same place */
bool analyze_list(struct analysis *a, const struct ast_list *list, enum analysis_place place,
                  struct sql_exprs *out);
/* The same in the current place, with t.* and (row).* replaced by their columns. */
bool expand_list(struct analysis *a, const struct ast_list *list, struct sql_exprs *out);
struct sql_expr *analyze_column_ref(struct analysis *a, const struct ast_column_ref *ref);
struct sql_expr *analyze_indirection(struct analysis *a, const struct ast_indirection *ind);
struct sql_expr *analyze_subscripts(struct analysis *a, struct sql_expr *container,
                                    uint32_t container_type, int32_t container_typmod,
                                    struct ast_node *const *indices, uint32_t count);
struct sql_expr *analyze_sublink(struct analysis *a, const struct ast_sublink *link);
struct sql_expr *analyze_case(struct analysis *a, const struct ast_case *node);
struct sql_expr *analyze_array(struct analysis *a, const struct ast_array *node,
                               uint32_t array_type_wanted, uint32_t element, int32_t typmod);
struct sql_expr *analyze_row(struct analysis *a, const struct ast_row *node);
struct sql_expr *analyze_cast(struct analysis *a, const struct ast_type_cast *cast);
struct sql_expr *analyze_operator(struct analysis *a, const struct ast_operator *op);
struct sql_expr *analyze_grouping_call(struct analysis *a, const struct ast_grouping_call *call);
struct sql_expr *analyze_xml(struct analysis *a, const struct ast_node *node);
struct sql_expr *analyze_xml_serialize(struct analysis *a, const struct ast_node *node);
struct sql_expr *analyze_json_constructor(struct analysis *a, const struct ast_node *node);
struct sql_expr *analyze_json_aggregate(struct analysis *a, const struct ast_node *node);
struct sql_expr *analyze_json_query(struct analysis *a, const struct ast_node *node);
struct sql_expr *analyze_json_predicate(struct analysis *a, const struct ast_node *node);
struct sql_expr *make_row_compare(struct analysis *a, const struct ast_names *name,
                                  struct sql_exprs left, struct sql_exprs right, int32_t location);
struct sql_expr *make_distinct(struct analysis *a, const struct ast_names *name,
                               struct sql_expr *left, struct sql_expr *right, int32_t location);
bool analyze_type(struct analysis *a, const struct ast_type_name *name, uint32_t *out_type,
                  int32_t *out_typmod);
bool analyze_collation(struct analysis *a, const struct ast_names *names, int32_t location,
                       uint32_t *out);

/* ---- names (names.c) */

/* The column that an unqualified name means; *out NULL: none, the caller says so. */
bool find_column(struct analysis *a, struct slice name, int32_t location, struct sql_expr **out);
/* The table that a name means; levels up. */
bool find_table(struct analysis *a, struct slice schema, struct slice name, int32_t location,
                struct name_item **out, uint32_t *up);
struct sql_expr *whole_row(struct analysis *a, struct name_item *item, uint32_t up,
                           int32_t location);
/* A column of one table by its name; *out NULL: it has none of that name. */
bool column_of(struct analysis *a, struct name_item *item, uint32_t up, struct slice name,
               int32_t location, struct sql_expr **out);
bool fail_missing_column(struct analysis *a, struct slice table, struct slice column,
                         int32_t location);
bool fail_missing_table(struct analysis *a, struct slice schema, struct slice name,
                        int32_t location);
bool add_names(struct analysis *a, struct name_item *item, bool name_visible, bool columns_visible);

/* ---- range table and FROM (range.c, from.c, join.c) */

struct name_item *add_relation(struct analysis *a, const struct sql_relation *relation,
                               const struct ast_alias *alias, bool inherits, int32_t location);
struct name_item *add_subquery(struct analysis *a, struct sql_query *query,
                               const struct ast_alias *alias, struct slice name, bool lateral);
struct name_item *add_table(struct analysis *a, struct sql_table *table,
                            const struct ast_alias *alias, const char *kind);
bool analyze_from(struct analysis *a, const struct ast_list *from);
const struct sql_relation *open_relation(struct analysis *a, const struct ast_relation *name,
                                         enum sql_lock_mode mode);
/* A query of WITH gets its columns from these targets. */
bool set_cte_columns(struct analysis *a, struct sql_cte *cte, const struct sql_target *targets,
                     uint32_t count);
bool find_cte(struct analysis *a, struct slice name, struct sql_cte **out, uint32_t *up);
struct name_item *add_cte(struct analysis *a, struct sql_cte *cte, uint32_t up,
                          const struct ast_relation *name);
/* Arrays for so many columns. */
bool table_room(struct analysis *a, struct sql_table *table, uint32_t count);
/* A column of a table in sight by its index, noted as read. */
bool expand_column(struct analysis *a, struct name_item *item, uint32_t up, uint32_t index,
                   int32_t location, struct sql_expr **out);
bool expand_item(struct analysis *a, struct name_item *item, uint32_t up, int32_t location,
                 struct sql_exprs *out, struct slice **names);

/* ---- clauses (target.c, clause.c, group.c, window.c, aggregate.c) */

bool analyze_targets(struct analysis *a, const struct ast_list *list, enum analysis_place place,
                     struct sql_targets *out);
bool resolve_unknown_targets(struct analysis *a, struct sql_targets *targets);
void mark_origins(struct analysis *a, struct sql_target *targets, uint32_t count);
bool analyze_where(struct analysis *a, const struct ast_node *node, enum analysis_place place,
                   const char *construct, struct sql_expr **out);
bool analyze_limit(struct analysis *a, const struct ast_node *node, enum analysis_place place,
                   const char *construct, enum ast_limit_option option, struct sql_expr **out);
/* Which target a key means: by position or name (old_rules), or by its expression, added hidden. */
bool find_target(struct analysis *a, struct sql_targets *targets, const struct ast_node *node,
                 enum analysis_place place, bool old_rules, uint32_t *out);
bool analyze_sort(struct analysis *a, const struct ast_list *list, struct sql_targets *targets,
                  enum analysis_place place, bool old_rules, struct sql_sort_key **out,
                  uint32_t *count);
bool analyze_group(struct analysis *a, const struct ast_select *select,
                   struct sql_targets *targets);
bool analyze_distinct(struct analysis *a, const struct ast_select *select,
                      struct sql_targets *targets);
/* The number of the window that OVER means. */
bool window_of(struct analysis *a, const struct ast_window *over, uint32_t *out);
/* The WINDOW clause's definitions, before any OVER is met. */
bool start_windows(struct analysis *a, const struct ast_list *clause);
bool analyze_windows(struct analysis *a, struct sql_targets *targets);
bool add_sort_key(struct analysis *a, struct sql_targets *targets, uint32_t index,
                  const struct ast_sort_by *by, struct sql_sort_key **keys, uint32_t *count);
bool add_group_key(struct analysis *a, struct sql_targets *targets, uint32_t index,
                   int32_t location, struct sql_sort_key **keys, uint32_t *count);
/* Number by which keys mean a target. */
uint32_t sort_group_of(struct sql_targets *targets, uint32_t index);
bool sort_operators(struct analysis *a, uint32_t type, bool descending, int32_t location,
                    bool need_order, struct sql_type_order *out);

struct sql_expr *finish_aggregate(struct analysis *a, struct sql_expr_aggregate *agg,
                                  const struct ast_func_call *call, struct sql_exprs args);
struct sql_expr *finish_window(struct analysis *a, struct sql_expr_window *fn,
                               const struct ast_func_call *call);
bool check_aggregates(struct analysis *a);
bool aggregate_level(struct analysis *a, struct sql_exprs *args, struct sql_exprs *direct,
                     struct sql_expr *filter, int32_t location, bool grouping, uint32_t *out);
bool contains_aggregate(struct sql_expr *expr, uint32_t up, int32_t *location);
bool contains_window(struct sql_expr *expr, int32_t *location);
/* Columns of this level (up) or, with any, of any level used in an expression. */
bool contains_columns(struct sql_expr *expr, uint32_t up);

/* The name of a collation. */
struct slice collation_text(struct analysis *a, uint32_t collation);
bool assign_collations(struct analysis *a, struct sql_query *query);
bool assign_expr_collations(struct analysis *a, struct sql_expr *expr);
bool assign_list_collations(struct analysis *a, struct sql_expr **exprs, uint32_t count,
                            bool none_ok, uint32_t *out);

/* ---- statements (select.c, setop.c, cte.c, change.c, merge.c, utility.c) */

struct sql_query *analyze_statement(struct analysis *a, const struct ast_node *node);
struct sql_query *analyze_select(struct analysis *a, const struct ast_select *select);
struct sql_query *analyze_subquery(struct analysis *outer, const struct ast_node *node,
                                   struct sql_cte *cte, bool locked, bool keep_unknown);
struct sql_query *analyze_values(struct analysis *a, const struct ast_select *select);
bool analyze_values_lists(struct analysis *a, const struct ast_list *lists,
                          enum analysis_place place, struct sql_exprs **rows);
/* The rows as a table; common: each column's values get one type. */
struct name_item *add_values(struct analysis *a, struct sql_exprs *rows, uint32_t row_count,
                             bool common);
bool add_from_table(struct analysis *a, struct name_item *item);
struct sql_query *analyze_set_op(struct analysis *a, const struct ast_select *select);
struct sql_query *analyze_insert(struct analysis *a, const struct ast_insert *insert);
struct sql_query *analyze_update(struct analysis *a, const struct ast_update *update);
struct sql_query *analyze_delete(struct analysis *a, const struct ast_delete *del);
struct sql_query *analyze_merge(struct analysis *a, const struct ast_merge *merge);
struct sql_query *analyze_utility(struct analysis *a, const struct ast_node *node);
bool analyze_with(struct analysis *a, const struct ast_with *with);
bool analyze_locking(struct analysis *a, const struct ast_locking *locking, bool pushed_down);
/* A mark on a view: rows of the tables below are locked, which must be allowed there, too. */
bool analyze_lock_view(struct analysis *a, struct sql_query *query,
                       const struct sql_row_mark *mark);
bool set_result_table(struct analysis *a, const struct ast_relation *name, bool also_source,
                      uint32_t privileges);
bool analyze_returning(struct analysis *a, const struct ast_list *list);
bool analyze_update_targets(struct analysis *a, const struct ast_list *list,
                            struct sql_target **out, uint32_t *out_count);
struct sql_expr *analyze_param(struct analysis *a, const struct ast_param *param);
/* A parameter whose type was not known becomes one of this type. */
struct sql_expr *coerce_param(struct analysis *a, struct sql_expr_param *param, uint32_t type,
                              int32_t location);
bool check_params(struct analysis *a, struct sql_query *query);

#endif

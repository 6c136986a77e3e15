/* From an AST to a query: names, types, coercions, aggregates, windows.
 *
 * The dialect's rules come from session->dialect (dialect.h). A utility statement comes out as a
 * query of command SQL_UTILITY, with the queries inside it (EXPLAIN, DECLARE, CREATE VIEW ...)
 * analysed in utility_query. Views are expanded and row security is applied by sql_query_rewrite, which planning
 * needs and which storing a view does not want.
 *
 * Errors have the position of what they are about. Everything is made in env->arena. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_ANALYZE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_ANALYZE_H

#include "emulators/sql/analyze/query.h"
#include "emulators/sql/catalog/catalog.h"

struct ast_node;

/* Names that stored code brings into scope: its variables and parameters. */
struct sql_scope {
    /* The expression that `names` (1 to 3 parts) means, NULL when it is no variable; *ambiguous when
     * it clashes with a column (called after columns failed, or before when `first`). */
    struct sql_expr *(*resolve)(const struct sql_scope *scope, struct sql_env *env,
                                const struct slice *names, unsigned count, int32_t location);
    struct sql_expr *(*param)(const struct sql_scope *scope, struct sql_env *env, uint32_t number,
                              int32_t location); /* $n; NULL: the statement's own */
    bool first;                                  /* variables win over columns */
    bool error_on_ambiguous;                     /* neither: the reference is ambiguous */
    const void *ctx;
    /* Transition tables of a trigger, found by name before relations. */
    const struct sql_relation *(*table)(const struct sql_scope *scope, struct slice name);
};

/* Analyses one statement. params: types of $n that are known; found ones are added when variable. */
bool sql_analyze(struct sql_env *env, const struct ast_node *statement, struct sql_params *params,
                 const struct sql_scope *scope, struct sql_query **out);

/* Expands views and rules, applies row security and generated columns: a list, since rules may make
 * several queries of one, or none. can_set_tag: index of the one whose tag counts, -1: none. */
bool sql_query_rewrite(struct sql_env *env, struct sql_query *query, struct sql_query ***out,
                       uint32_t *out_count, int *can_set_tag);

/* One expression over one relation as table 1 (CHECK, DEFAULT, index expressions, policies), or over
 * none (relation NULL). what: for the errors of what is not allowed there. */
enum sql_expr_place {
    SQL_PLACE_CHECK,
    SQL_PLACE_DOMAIN_CHECK,
    SQL_PLACE_DEFAULT,
    SQL_PLACE_GENERATED,
    SQL_PLACE_INDEX_EXPRESSION,
    SQL_PLACE_INDEX_PREDICATE,
    SQL_PLACE_PARTITION_KEY,
    SQL_PLACE_PARTITION_BOUND,
    SQL_PLACE_POLICY,
    SQL_PLACE_TRIGGER_WHEN,
    SQL_PLACE_ALTER_USING,
    SQL_PLACE_COPY_WHERE,
    SQL_PLACE_CALL_ARGUMENT,
    SQL_PLACE_EXECUTE_PARAMETER,
    SQL_PLACE_ROUTINE_DEFAULT,
    SQL_PLACE_PUBLICATION,
    SQL_PLACE_OTHER,
};
bool sql_analyze_expr(struct sql_env *env, const struct ast_node *expr,
                      const struct sql_relation *relation, struct slice relation_alias,
                      enum sql_expr_place place, const struct sql_scope *scope,
                      struct sql_expr **out);

struct ast_create_rule;
/* The condition and the actions of a rule: OLD and NEW are tables 1 and 2 of each of them, and of the
 * query whose rows an action INSERT inserts. relation is theirs. Fills where, actions, action_count. */
bool sql_analyze_rule(struct sql_env *env, const struct ast_create_rule *ast,
                      const struct sql_relation *relation, struct sql_rule *out);

/* What a column of a new row gets that is given none: its default or its domain's, the NULL that its
 * domain has to allow; *out NULL: a plain NULL, or it is generated. */
bool sql_column_default(struct sql_env *env, const struct sql_column *column,
                        struct sql_expr **out);

/* What a polymorphic *type of a routine means for a call with `actual` arguments; another one stays.
 * declared: the argument types of the routine, as many; they are changed. */
bool sql_resolve_polymorphic(struct sql_env *env, const uint32_t *actual, uint32_t *declared,
                             uint32_t count, uint32_t *type);
/* The function that values of these types (polymorphic ones among them) would be passed to. */
struct sql_support_function {
    const struct sql_routine *routine; /* NULL: there is none, or which one is not clear */
    const uint32_t *types;             /* what it takes, polymorphic types resolved */
    uint32_t result;                   /* likewise; polymorphic when the values are */
};
/* Finds it by name; schema.ptr NULL: along the search path. A variadic array stays one. */
bool sql_find_support_function(struct sql_env *env, struct slice schema, struct slice name,
                               const uint32_t *types, uint32_t count,
                               struct sql_support_function *out);
/* What a value is coerced for, which the words of a refusal follow. name: the column, "$1". */
enum sql_assign_as {
    SQL_ASSIGN_VALUE,
    SQL_ASSIGN_DEFAULT,
    SQL_ASSIGN_BOUND, /* of a partition */
    SQL_ASSIGN_PARAMETER,
};
/* Coerces to a type as an assignment does; fails with 42804. */
bool sql_coerce_assign(struct sql_env *env, struct sql_expr **expr, uint32_t type, int32_t typmod,
                       enum sql_assign_as as, struct slice name);
/* Resolves a type name of the AST; 42704 for what there is no more of than a name (a shell). */
bool sql_analyze_type_name(struct sql_env *env, const struct ast_node *type_name,
                           uint32_t *out_type, int32_t *out_typmod);
/* The same where shells will do. */
bool sql_analyze_type_or_shell(struct sql_env *env, const struct ast_node *type_name,
                               uint32_t *out_type, int32_t *out_typmod);

#endif

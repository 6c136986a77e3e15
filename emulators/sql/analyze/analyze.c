#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/analyze/function.h"
#include "emulators/sql/analyze/rewrite.h"
#include "emulators/sql/syntax/ast_table.h"
#include "emulators/sql/syntax/ast_utility.h"

struct sql_query *analyze_statement(struct analysis *a, const struct ast_node *node)
{
    if (!analysis_stack_ok(a, node->location))
        return NULL;
    switch (node->kind) {
    case AST_SELECT: return analyze_select(a, (const struct ast_select *)node);
    case AST_INSERT: return analyze_insert(a, (const struct ast_insert *)node);
    case AST_UPDATE: return analyze_update(a, (const struct ast_update *)node);
    case AST_DELETE: return analyze_delete(a, (const struct ast_delete *)node);
    case AST_MERGE: return analyze_merge(a, (const struct ast_merge *)node);
    default: return analyze_utility(a, node);
    }
}

/* ---- SELECT ... INTO is CREATE TABLE AS */

static const struct ast_select *select_with_into(const struct ast_select *select)
{
    while (select->operation != AST_SET_NONE)
        select = select->left;
    return select->into ? select : NULL;
}

/* A copy of the leftmost branch without INTO. */
static struct ast_select *without_into(struct analysis *a, const struct ast_select *select)
{
    struct ast_select *copy = analysis_alloc(a, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *select;
    copy->into = NULL;
    if (select->operation != AST_SET_NONE && !(copy->left = without_into(a, select->left)))
        return NULL;
    return copy;
}

static struct sql_query *analyze_top(struct analysis *a, const struct ast_node *node)
{
    const struct ast_select *into =
        node->kind == AST_SELECT ? select_with_into((const struct ast_select *)node) : NULL;
    if (!into)
        return analyze_statement(a, node);
    struct ast_create_table_as *create = analysis_alloc(a, sizeof *create);
    struct ast_select *query = without_into(a, (const struct ast_select *)node);
    if (!create || !query)
        return NULL;
    *create = (struct ast_create_table_as){
        .node = {AST_CREATE_TABLE_AS, node->location},
          .into = into->into, .query = &query->node
    };
    return analyze_utility(a, &create->node);
}

/* ---- statements that are no queries */

static const struct ast_node *inner_statement(const struct ast_node *node)
{
    switch (node->kind) {
    case AST_EXPLAIN: return ((const struct ast_explain *)node)->query;
    case AST_DECLARE_CURSOR: return ((const struct ast_declare_cursor *)node)->query;
    case AST_CREATE_TABLE_AS: return ((const struct ast_create_table_as *)node)->query;
    case AST_CREATE_VIEW: return ((const struct ast_create_view *)node)->query;
    case AST_COPY: return ((const struct ast_copy *)node)->query;
    default: return NULL;
    }
}

static bool check_cursor(struct analysis *a, const struct ast_declare_cursor *node,
                         const struct sql_query *query)
{
    bool hold = node->options & AST_CURSOR_HOLD, scroll = node->options & AST_CURSOR_SCROLL;
    bool insensitive = node->options & AST_CURSOR_INSENSITIVE;
    if (query->command != SQL_SELECT)
        return sql_fail(a->env->error, "XX000", "unexpected non-SELECT command in DECLARE CURSOR");
    if (query->has_modifying_cte)
        return fail_at(a, -1, "0A000",
                       "DECLARE CURSOR must not contain data-modifying statements "
                       "in WITH");
    static const char *const locks[] = {"", "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE",
                                        "FOR UPDATE"};
    if (query->row_mark_count == 0 || (!hold && !scroll && !insensitive))
        return true;
    fail_at(a, -1, "0A000", "DECLARE %s ... %s %s not supported",
            hold     ? "CURSOR WITH HOLD"
            : scroll ? "SCROLL CURSOR"
                     : "INSENSITIVE CURSOR",
            locks[query->row_marks[0].strength], hold || scroll ? "is" : "is");
    return sql_detail(a->env->error, "%s",
                      hold     ? "Holdable cursors must be READ ONLY."
                      : scroll ? "Scrollable cursors must be READ ONLY."
                               : "Insensitive cursors must be READ ONLY.");
}

/* CALL: a query with the call as its only target. */
static struct sql_query *analyze_call_statement(struct analysis *a, const struct ast_call *node)
{
    struct analysis own = analysis_of(a->env, a->shared);
    struct sql_query *query = analysis_alloc(a, sizeof *query);
    struct sql_target *target = analysis_alloc(a, sizeof *target);
    own.query = query;
    own.place = PLACE_CALL_ARGUMENT;
    if (!query || !target)
        return NULL;
    target->expr = analyze_procedure_call(&own, node->call);
    if (!target->expr || !assign_expr_collations(&own, target->expr))
        return NULL;
    *query = (struct sql_query){.command = SQL_SELECT, .targets = target, .target_count = 1};
    return query;
}

struct sql_query *analyze_utility(struct analysis *a, const struct ast_node *node)
{
    struct sql_query *query = analysis_alloc(a, sizeof *query);
    const struct ast_node *inner = inner_statement(node);
    if (!query)
        return NULL;
    query->command = SQL_UTILITY;
    query->utility = node;
    query->location = node->location;
    if (node->kind == AST_CALL) {
        query->utility_query = analyze_call_statement(a, (const struct ast_call *)node);
        return query->utility_query ? query : NULL;
    }
    if (!inner)
        return query;
    if (node->kind == AST_DECLARE_CURSOR) {
        uint32_t options = ((const struct ast_declare_cursor *)node)->options;
        if ((options & AST_CURSOR_SCROLL) && (options & AST_CURSOR_NO_SCROLL)) {
            fail_at(a, -1, "42P11", "cannot specify both %s and %s", "SCROLL", "NO SCROLL");
            return NULL;
        }
        if ((options & AST_CURSOR_ASENSITIVE) && (options & AST_CURSOR_INSENSITIVE)) {
            fail_at(a, -1, "42P11", "cannot specify both %s and %s", "ASENSITIVE", "INSENSITIVE");
            return NULL;
        }
    }
    struct analysis own = analysis_of(a->env, a->shared);
    struct sql_query *analysed = analyze_top(&own, inner);
    if (!analysed || (node->kind == AST_DECLARE_CURSOR &&
                      !check_cursor(a, (const struct ast_declare_cursor *)node, analysed)))
        return NULL;
    query->utility_query = analysed;
    return query;
}

/* ---- entries */

static bool check_all_found(struct analysis *a)
{
    const struct sql_params *params = a->shared->params;
    for (uint32_t i = 0; params && params->variable && i < params->count; i++)
        if (!params->types[i] || params->types[i] == a->known->unknown)
            return fail_at(a, -1, "42P18", "could not determine data type of parameter $%u",
                           (unsigned)i + 1);
    return true;
}

bool sql_analyze(struct sql_env *env, const struct ast_node *statement, struct sql_params *params,
                 const struct sql_scope *scope, struct sql_query **out)
{
    struct analysis_shared shared = {
        .params = params, .scope = scope, .param_room = params ? params->count : 0};
    struct analysis a = analysis_of(env, &shared);
    const struct ast_raw_statement *raw = NULL;
    if (statement->kind == AST_RAW_STATEMENT) {
        raw = (const struct ast_raw_statement *)statement;
        statement = raw->statement;
    }
    struct sql_query *query = analyze_top(&a, statement);
    if (!query || !check_params(&a, query) || !check_all_found(&a))
        return false;
    if (raw) {
        query->location = raw->start;
        query->length = raw->len;
    }
    *out = query;
    return true;
}

static enum analysis_place place_of(enum sql_expr_place place)
{
    static const uint8_t places[] = {
        [SQL_PLACE_CHECK] = PLACE_CHECK,
        [SQL_PLACE_DOMAIN_CHECK] = PLACE_DOMAIN_CHECK,
        [SQL_PLACE_DEFAULT] = PLACE_DEFAULT,
        [SQL_PLACE_GENERATED] = PLACE_GENERATED,
        [SQL_PLACE_INDEX_EXPRESSION] = PLACE_INDEX_EXPRESSION,
        [SQL_PLACE_INDEX_PREDICATE] = PLACE_INDEX_PREDICATE,
        [SQL_PLACE_PARTITION_KEY] = PLACE_PARTITION_KEY,
        [SQL_PLACE_PARTITION_BOUND] = PLACE_PARTITION_BOUND,
        [SQL_PLACE_POLICY] = PLACE_POLICY,
        [SQL_PLACE_TRIGGER_WHEN] = PLACE_TRIGGER_WHEN,
        [SQL_PLACE_ALTER_USING] = PLACE_ALTER_USING,
        [SQL_PLACE_COPY_WHERE] = PLACE_COPY_WHERE,
        [SQL_PLACE_CALL_ARGUMENT] = PLACE_CALL_ARGUMENT,
        [SQL_PLACE_EXECUTE_PARAMETER] = PLACE_EXECUTE_PARAMETER,
        [SQL_PLACE_ROUTINE_DEFAULT] = PLACE_ROUTINE_DEFAULT,
        [SQL_PLACE_PUBLICATION] = PLACE_WHERE,
        [SQL_PLACE_OTHER] = PLACE_OTHER,
    };
    return (enum analysis_place)places[place];
}

/* OLD and NEW of a trigger's WHEN are tables 1 and 2. */
static bool trigger_tables(struct analysis *a, const struct sql_relation *relation)
{
    static const char *const names[] = {"old", "new"};
    for (int i = 0; i < 2; i++) {
        struct ast_alias alias = {
            .node = {AST_ALIAS, -1},
              .name = slice_str(names[i])
        };
        struct name_item *item = add_relation(a, relation, &alias, false, -1);
        if (!item || !add_names(a, item, true, true))
            return false;
    }
    return true;
}

static bool one_table(struct analysis *a, const struct sql_relation *relation, struct slice alias)
{
    struct ast_alias named = {
        .node = {AST_ALIAS, -1},
          .name = alias
    };
    struct name_item *item = add_relation(a, relation, alias.ptr ? &named : NULL, false, -1);
    return item && add_names(a, item, true, true);
}

/* What messages call a condition in that place; NULL: any type will do there. */
static const char *condition_word(enum sql_expr_place place)
{
    switch (place) {
    case SQL_PLACE_CHECK:
    case SQL_PLACE_DOMAIN_CHECK: return "CHECK";
    case SQL_PLACE_INDEX_PREDICATE:
    case SQL_PLACE_COPY_WHERE: return "WHERE";
    case SQL_PLACE_POLICY: return "POLICY";
    case SQL_PLACE_TRIGGER_WHEN: return "WHEN";
    case SQL_PLACE_PUBLICATION: return "PUBLICATION WHERE";
    default: return NULL;
    }
}

bool sql_analyze_expr(struct sql_env *env, const struct ast_node *expr,
                      const struct sql_relation *relation, struct slice relation_alias,
                      enum sql_expr_place place, const struct sql_scope *scope,
                      struct sql_expr **out)
{
    struct analysis_shared shared = {.scope = scope};
    struct analysis a = analysis_of(env, &shared);
    a.query = analysis_alloc(&a, sizeof *a.query);
    if (!a.query)
        return false;
    if (relation && place == SQL_PLACE_TRIGGER_WHEN) {
        if (!trigger_tables(&a, relation))
            return false;
    } else if (relation && !one_table(&a, relation, relation_alias)) {
        return false;
    }
    struct sql_expr *result = analyze_node(&a, expr, place_of(place));
    const char *condition = condition_word(place);
    if (!result || (condition && !coerce_to_boolean(&a, &result, condition)) ||
        !assign_expr_collations(&a, result))
        return false;
    *out = result;
    return true;
}

bool sql_column_default(struct sql_env *env, const struct sql_column *column, struct sql_expr **out)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    return rewrite_column_default(&a, column, out) && (!*out || assign_expr_collations(&a, *out));
}

bool sql_resolve_polymorphic(struct sql_env *env, const uint32_t *actual, uint32_t *declared,
                             uint32_t count, uint32_t *type)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    return !is_polymorphic(&a, *type) ||
           polymorphic_resolve(&a, actual, declared, count, *type, false, type);
}

bool sql_find_support_function(struct sql_env *env, struct slice schema, struct slice name,
                               const uint32_t *types, uint32_t count,
                               struct sql_support_function *out)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    struct function_args args = {.count = count, .types = types, .variadic = true};
    struct function_found found;
    *out = (struct sql_support_function){0};
    if (!find_function(&a, schema, name, &args, &found))
        return false;
    if (found.kind != FUNCTION_FOUND)
        return true;
    out->routine = found.candidate->routine;
    out->types = found.candidate->types;
    return polymorphic_resolve(&a, types, found.candidate->types, count, out->routine->result_type,
                               true, &out->result);
}

static bool fail_assign(struct analysis *a, const struct sql_expr *expr, uint32_t type,
                        enum sql_assign_as as, struct slice name)
{
    struct slice wanted = type_text(a, type), given = type_text(a, expr->type);
    switch (as) {
    case SQL_ASSIGN_BOUND:
        return fail_at(a, expr_location(expr), "42804",
                       "specified value cannot be cast to type " SLICE_FMT
                       " for column \"" SLICE_FMT "\"",
                       SLICE_ARG(wanted), SLICE_ARG(name));
    case SQL_ASSIGN_PARAMETER:
        fail_at(a, expr_location(expr), "42804",
                "parameter " SLICE_FMT " of type " SLICE_FMT
                " cannot be coerced to the expected type " SLICE_FMT,
                SLICE_ARG(name), SLICE_ARG(given), SLICE_ARG(wanted));
        break;
    default:
        fail_at(a, -1, "42804",
                "column \"" SLICE_FMT "\" is of type " SLICE_FMT
                " but %sexpression is of type " SLICE_FMT,
                SLICE_ARG(name), SLICE_ARG(wanted), as == SQL_ASSIGN_DEFAULT ? "default " : "",
                SLICE_ARG(given));
        break;
    }
    return sql_hint(a->env->error, "You will need to rewrite or cast the expression.");
}

bool sql_coerce_assign(struct sql_env *env, struct sql_expr **expr, uint32_t type, int32_t typmod,
                       enum sql_assign_as as, struct slice name)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    struct sql_expr *result;
    if (!coerce_to_target(&a, *expr, type, typmod, COERCE_ASSIGNMENT, SQL_FORM_CAST_IMPLICIT, -1,
                          &result))
        return false;
    if (!result)
        return fail_assign(&a, *expr, type, as, name);
    *expr = result;
    return assign_expr_collations(&a, result);
}

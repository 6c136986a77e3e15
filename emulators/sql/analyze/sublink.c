/* Queries within expressions. */
#include "emulators/sql/analyze/analysis.h"

static const char *forbidden_in(enum analysis_place place)
{
    static const char *const words[PLACE_COUNT] = {
        [PLACE_CHECK] = "check constraint",
        [PLACE_DOMAIN_CHECK] = "check constraint",
        [PLACE_DEFAULT] = "DEFAULT expression",
        [PLACE_ROUTINE_DEFAULT] = "DEFAULT expression",
        [PLACE_INDEX_EXPRESSION] = "index expression",
        [PLACE_INDEX_PREDICATE] = "index predicate",
        [PLACE_ALTER_USING] = "transform expression",
        [PLACE_EXECUTE_PARAMETER] = "EXECUTE parameter",
        [PLACE_TRIGGER_WHEN] = "trigger WHEN condition",
        [PLACE_PARTITION_BOUND] = "partition bound",
        [PLACE_PARTITION_KEY] = "partition key expression",
        [PLACE_CALL_ARGUMENT] = "CALL argument",
        [PLACE_COPY_WHERE] = "COPY FROM WHERE condition",
        [PLACE_GENERATED] = "column generation expression",
    };
    return words[place];
}

static uint32_t visible_targets(const struct sql_query *query)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->target_count; i++)
        count += !query->targets[i].hidden;
    return count;
}

static bool scalar(struct analysis *a, struct sql_expr_sublink *link, int32_t location)
{
    if (visible_targets(link->query) != 1)
        return fail_at(a, location, "42601", "subquery must return only one column");
    const struct sql_expr *column = link->query->targets[0].expr;
    link->expr.type = column->type;
    link->expr.typmod = column->typmod;
    link->expr.collation = column->collation;
    if (link->sublink_kind != SQL_SUBLINK_ARRAY)
        return true;
    /* An array of arrays is one array with a dimension more; vectors have array types of their own. */
    uint32_t array = array_type(a, column->type);
    if (!array && element_type(a, column->type))
        array = column->type;
    if (!array)
        return fail_at(a, location, "42704", "could not find array type for data type " SLICE_FMT,
                       SLICE_ARG(type_text(a, column->type)));
    link->expr.type = array;
    return true;
}

/* The subquery's columns, as the parameters that stand for them in the comparison. */
static bool column_params(struct analysis *a, const struct sql_query *query, struct sql_exprs *out)
{
    *out = (struct sql_exprs){analysis_alloc(a, sizeof(void *) * (query->target_count + 1)), 0};
    if (!out->items)
        return false;
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (query->targets[i].hidden)
            continue;
        const struct sql_expr *column = query->targets[i].expr;
        struct sql_expr_param *param =
            (void *)make_expr(a, SQL_EXPR_PARAM, sizeof *param, column->type, -1);
        if (!param)
            return false;
        param->expr.typmod = column->typmod;
        param->expr.collation = column->collation;
        param->param_kind = SQL_PARAM_EXEC;
        param->number = out->count;
        out->items[out->count++] = &param->expr;
    }
    return true;
}

static bool compared(struct analysis *a, const struct ast_sublink *node,
                     struct sql_expr_sublink *link)
{
    struct slice equals = SLICE_LITERAL("=");
    struct ast_names op = node->operator;
    if (op.count == 0)
        op = (struct ast_names){&equals, 1};
    struct sql_expr *test = analyze_here(a, node->test);
    struct sql_exprs left = {0}, right;
    if (!test || !column_params(a, link->query, &right))
        return false;
    if (test->kind == SQL_EXPR_ROW) {
        left = ((struct sql_expr_row *)test)->args;
    } else {
        left.items = analysis_alloc(a, sizeof(void *));
        if (!left.items)
            return false;
        left.items[left.count++] = test;
    }
    if (left.count != right.count)
        return fail_at(a, node->node.location, "42601", "subquery has too %s columns",
                       left.count < right.count ? "many" : "few");
    link->op_name = op.items[op.count - 1];
    link->expr.type = a->known->boolean;
    link->test = make_row_compare(a, &op, left, right, node->node.location);
    return link->test != NULL;
}

struct sql_expr *analyze_sublink(struct analysis *a, const struct ast_sublink *node)
{
    static const enum sql_sublink_kind kinds[] = {
        [AST_SUBLINK_EXISTS] = SQL_SUBLINK_EXISTS, [AST_SUBLINK_ALL] = SQL_SUBLINK_ALL,
        [AST_SUBLINK_ANY] = SQL_SUBLINK_ANY,       [AST_SUBLINK_EXPR] = SQL_SUBLINK_SCALAR,
        [AST_SUBLINK_ARRAY] = SQL_SUBLINK_ARRAY,
    };
    const char *forbidden = forbidden_in(a->place);
    if (forbidden) {
        fail_at(a, node->node.location, "0A000", "cannot use subquery in %s", forbidden);
        return NULL;
    }
    struct sql_expr_sublink *link = (void *)make_expr(a, SQL_EXPR_SUBLINK, sizeof *link,
                                                      a->known->boolean, node->node.location);
    if (!link)
        return NULL;
    if (a->query)
        a->query->has_sublinks = true;
    link->sublink_kind = kinds[node->type];
    link->query = analyze_subquery(a, node->query, NULL, false, false);
    if (!link->query)
        return NULL;
    bool done = true;
    if (link->sublink_kind == SQL_SUBLINK_SCALAR && node->test) {
        link->sublink_kind = SQL_SUBLINK_ROW_COMPARE;
        done = compared(a, node, link);
    } else if (link->sublink_kind == SQL_SUBLINK_SCALAR ||
               link->sublink_kind == SQL_SUBLINK_ARRAY) {
        done = scalar(a, link, node->node.location);
    } else if (link->sublink_kind != SQL_SUBLINK_EXISTS) {
        done = compared(a, node, link);
    }
    return done ? &link->expr : NULL;
}

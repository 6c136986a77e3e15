/* Dependencies and comments: small objects that are found by what they are about. */
#include "emulators/sql/analyze/shape.h"
#include "emulators/sql/catalog/change.h"
#include "emulators/sql/catalog/find.h"

/* By which edges are found from the object that is needed, and comments from what they are on. */
struct object_key {
    uint32_t class_id, id;
};

static struct slice key_slice(const struct object_key *key)
{
    return slice_of(key, sizeof *key);
}

static const struct sql_class_ids *classes(const struct sql_env *env)
{
    return &env->session->dialect->classes_of;
}

/* ---- edges */

static bool is_pinned(const struct sql_env *env, struct sql_reference on)
{
    const struct sql_dialect *dialect = env->session->dialect;
    return on.id < dialect->first_free_id && on.id != dialect->public_schema;
}

static const struct sql_edges *edges_object(struct sql_session *session, uint32_t id)
{
    return (const void *)sql_find_object(session, session->dialect->classes_of.dependencies, id);
}

static const struct sql_edge *edge_by_id(struct sql_session *session, uint32_t id)
{
    return (const void *)sql_find_object(session, session->dialect->classes_of.dependency, id);
}

static bool same_edge(const struct sql_edge *edge, struct sql_reference of, struct sql_reference on)
{
    return edge->of_class == of.class_id && edge->of_part == of.part &&
           edge->on_class == on.class_id && edge->on_id == on.id && edge->on_part == on.part;
}

/* Puts the edge's id into the list of its object. */
static bool list_edge(struct sql_env *env, const struct sql_edges *have, struct sql_reference of,
                      uint32_t edge)
{
    uint16_t count = have ? have->edge_count : 0;
    uint32_t *ids = arena_array(env->arena, count + 1u, sizeof *ids);
    if (!ids)
        return sql_fail_memory(env->error);
    if (count)
        memcpy(ids, have->edges, count * sizeof *ids);
    ids[count] = edge;
    struct sql_edges list = {
        .object = {.class_id = classes(env)->dependencies, .id = of.id, .schema = of.class_id},
        .edges = ids,
        .edge_count = (uint16_t)(count + 1),
    };
    return have ? sql_catalog_replace(env, &list.object) : sql_catalog_create(env, &list.object);
}

bool sql_depend(struct sql_env *env, struct sql_reference of, struct sql_reference on, char kind)
{
    if (is_pinned(env, on) || (of.class_id == on.class_id && of.id == on.id && of.part == on.part))
        return true;
    const struct sql_edges *have = edges_object(env->session, of.id);
    for (uint16_t i = 0; have && i < have->edge_count; i++) {
        const struct sql_edge *edge = edge_by_id(env->session, have->edges[i]);
        if (same_edge(edge, of, on) && edge->kind == kind)
            return true;
    }
    struct object_key key = {on.class_id, on.id};
    struct sql_edge edge = {
        .object = {.class_id = classes(env)->dependency, .name = key_slice(&key)},
        .of_class = of.class_id,
        .of_id = of.id,
        .on_class = on.class_id,
        .on_id = on.id,
        .of_part = of.part,
        .on_part = on.part,
        .kind = kind,
    };
    return sql_catalog_create(env, &edge.object) && list_edge(env, have, of, edge.object.id);
}

/* on_class, on_id 0: any. */
static bool drop_edges(struct sql_env *env, struct sql_reference of, uint32_t on_class,
                       uint32_t on_id)
{
    const struct sql_edges *have = edges_object(env->session, of.id);
    if (!have || have->object.schema != of.class_id)
        return true;
    uint32_t *kept = arena_array(env->arena, have->edge_count, sizeof *kept);
    if (!kept)
        return sql_fail_memory(env->error);
    uint16_t kept_count = 0;
    struct sql_edges list = *have;
    for (uint16_t i = 0; i < list.edge_count; i++) {
        const struct sql_edge *edge = edge_by_id(env->session, list.edges[i]);
        bool goes = (!on_class || edge->on_class == on_class) && (!on_id || edge->on_id == on_id) &&
                    (!of.part || edge->of_part == of.part);
        if (!goes)
            kept[kept_count++] = list.edges[i];
        else if (!sql_object_drop(env, env->session->database, classes(env)->dependency,
                                  list.edges[i]))
            return false;
    }
    if (!kept_count)
        return sql_object_drop(env, env->session->database, classes(env)->dependencies, of.id);
    list.edges = kept;
    list.edge_count = kept_count;
    return sql_catalog_replace(env, &list.object);
}

bool sql_depend_clear(struct sql_env *env, struct sql_reference of, uint32_t on_class)
{
    return drop_edges(env, of, on_class, 0);
}

bool sql_depend_cut(struct sql_env *env, struct sql_reference of, struct sql_reference on)
{
    return drop_edges(env, of, on.class_id, on.id);
}

const struct sql_edge **sql_edges_of(struct sql_env *env, uint32_t class_id, uint32_t id,
                                     uint32_t *out_count)
{
    const struct sql_edges *have = edges_object(env->session, id);
    *out_count = 0;
    if (!have || have->object.schema != class_id)
        return NULL;
    const struct sql_edge **edges = arena_array(env->arena, have->edge_count, sizeof *edges);
    for (uint16_t i = 0; edges && i < have->edge_count; i++)
        edges[(*out_count)++] = edge_by_id(env->session, have->edges[i]);
    return edges;
}

const struct sql_edge **sql_edges_on(struct sql_env *env, uint32_t class_id, uint32_t id,
                                     uint32_t *out_count)
{
    struct object_key key = {class_id, id};
    struct sql_object_names names;
    uint32_t count = 0;
    const struct sql_edge **edges = NULL;
    for (int pass = 0; pass < 2; pass++) {
        sql_object_names_begin(&names, env->session->database, env->session->txn,
                               classes(env)->dependency, 0, key_slice(&key));
        const struct sql_object *next;
        for (count = 0; (next = sql_object_names_next(&names)); count++)
            if (edges)
                edges[count] = (const void *)next;
        if (pass == 0)
            edges = arena_array(env->arena, count, sizeof *edges);
    }
    *out_count = edges ? count : 0;
    for (uint32_t i = 1; i < *out_count; i++) /* they come in no order */
        for (uint32_t at = i; at > 0 && edges[at - 1]->object.id > edges[at]->object.id; at--) {
            const struct sql_edge *swap = edges[at];
            edges[at] = edges[at - 1];
            edges[at - 1] = swap;
        }
    return edges;
}

/* ---- edges of expressions */

struct finder {
    struct sql_env *env;
    struct sql_reference of;
    uint32_t relation;
    char kind, self;
    const struct sql_query *queries[64]; /* innermost last */
    uint32_t depth;
    bool failed;
};

static bool need(struct finder *finder, uint32_t class_id, uint32_t id, int32_t part)
{
    struct sql_reference on = {class_id, id, part};
    if (id && !finder->failed && !sql_depend(finder->env, finder->of, on, finder->kind))
        finder->failed = true;
    return finder->failed;
}

/* The column of what a function returns: of its row type, if it is a relation's. */
static void need_function_column(struct finder *finder, const struct sql_table *table,
                                 int32_t column)
{
    uint32_t first = 0, i = 0;
    while (i < table->function_count &&
           column > (int32_t)(first + table->functions[i].column_count))
        first += table->functions[i++].column_count;
    if (column <= 0 || i == table->function_count)
        return;
    const struct sql_type *type =
        sql_find_type_id(finder->env->session, table->functions[i].expr->type);
    if (type && type->relation)
        need(finder, classes(finder->env)->relation, type->relation, column - (int32_t)first);
}

/* The column of a table in a range table: on the relation's column, if it is one. */
static void need_column(struct finder *finder, const struct sql_expr_column *column)
{
    uint32_t class_id = classes(finder->env)->relation;
    if (finder->depth == 0) {
        struct sql_reference on = {class_id, finder->relation, column->column};
        char kind = finder->self;
        if (finder->relation && kind && !sql_depend(finder->env, finder->of, on, kind))
            finder->failed = true;
        return;
    }
    if (column->up >= finder->depth)
        return;
    const struct sql_query *query = finder->queries[finder->depth - 1 - column->up];
    if (column->table == 0 || column->table > query->table_count)
        return;
    const struct sql_table *table = query->tables[column->table - 1];
    if (table->kind == SQL_TABLE_RELATION)
        need(finder, class_id, table->relation, column->column > 0 ? column->column : 0);
    else if (table->kind == SQL_TABLE_FUNCTION)
        need_function_column(finder, table, column->column);
    else if (table->kind == SQL_TABLE_JOIN && column->column > 0 &&
             (uint32_t)column->column <= table->join_columns.count) {
        const struct sql_expr *side = table->join_columns.items[column->column - 1];
        if (side && side->kind == SQL_EXPR_COLUMN) {
            struct sql_expr_column inner = *(const struct sql_expr_column *)(const void *)side;
            inner.up += column->up;
            need_column(finder, &inner);
        }
    }
}

static void need_call(struct finder *finder, const struct sql_expr_call *call)
{
    const struct sql_class_ids *ids = classes(finder->env);
    if (call->op)
        need(finder, ids->operator_, call->op, 0);
    else
        need(finder, ids->routine, call->function, 0);
}

static void need_constant(struct finder *finder, const struct sql_expr_const *constant)
{
    const struct sql_dialect *dialect = finder->env->session->dialect;
    need(finder, dialect->classes_of.type, constant->expr.type, 0);
    if (!constant->value.null && constant->expr.type == dialect->types_of.regclass)
        need(finder, dialect->classes_of.relation, (uint32_t)constant->value.u, 0);
}

static void need_field(struct finder *finder, const struct sql_expr_field *field)
{
    struct sql_session *session = finder->env->session;
    const struct sql_type *type = sql_find_type_id(session, field->arg->type);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    if (type && type->relation)
        need(finder, classes(finder->env)->relation, type->relation, (int32_t)field->column);
}

static bool find_in_query(struct sql_query *query, void *ctx);

static bool find_in_expr(struct sql_expr *expr, void *ctx)
{
    struct finder *finder = ctx;
    const struct sql_class_ids *ids = classes(finder->env);
    const void *any = expr;
    switch (expr->kind) {
    case SQL_EXPR_COLUMN: need_column(finder, any); break;
    case SQL_EXPR_CONST: need_constant(finder, any); break;
    case SQL_EXPR_FIELD: need_field(finder, any); break;
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SCALAR_ARRAY: need_call(finder, any); break;
    case SQL_EXPR_AGGREGATE:
        need(finder, ids->routine, ((const struct sql_expr_aggregate *)any)->function, 0);
        break;
    case SQL_EXPR_WINDOW:
        need(finder, ids->routine, ((const struct sql_expr_window *)any)->function, 0);
        break;
    case SQL_EXPR_NEXT_VALUE:
        need(finder, ids->relation, ((const struct sql_expr_next_value *)any)->sequence, 0);
        break;
    case SQL_EXPR_COLLATE:
        need(finder, ids->collation, ((const struct sql_expr_convert *)any)->collate, 0);
        break;
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_CONVERT_ARRAY:
    case SQL_EXPR_CONVERT_ROW:
    case SQL_EXPR_TO_DOMAIN:
    case SQL_EXPR_JSON_QUERY:
    case SQL_EXPR_ROW: need(finder, ids->type, expr->type, 0); break;
    case SQL_EXPR_SUBLINK: {
        const struct sql_expr_sublink *link = any;
        if (link->test)
            find_in_expr(link->test, ctx);
        find_in_query(link->query, ctx);
        return finder->failed;
    }
    default: break;
    }
    return finder->failed || sql_expr_walk(expr, find_in_expr, ctx);
}

/* Called for a query: its tables, then its expressions and the queries inside. */
static bool find_in_query(struct sql_query *query, void *ctx)
{
    struct finder *finder = ctx;
    if (finder->depth == sizeof finder->queries / sizeof *finder->queries)
        return false;
    finder->queries[finder->depth++] = query;
    for (uint32_t i = 0; i < query->table_count; i++) {
        if (query->tables[i]->kind == SQL_TABLE_RELATION)
            need(finder, classes(finder->env)->relation, query->tables[i]->relation, 0);
        need(finder, classes(finder->env)->constraint, query->tables[i]->grouping_key, 0);
    }
    sql_query_walk(query, find_in_expr, find_in_query, ctx);
    finder->depth--;
    return finder->failed;
}

bool sql_depend_on_expr(struct sql_env *env, struct sql_reference of, const struct sql_expr *expr,
                        uint32_t relation, char kind, char self)
{
    struct finder finder = {.env = env, .of = of, .relation = relation, .kind = kind, .self = self};
    if (expr)
        find_in_expr((struct sql_expr *)(uintptr_t)expr, &finder);
    return !finder.failed;
}

bool sql_depend_on_query(struct sql_env *env, struct sql_reference of,
                         const struct sql_query *query, char kind)
{
    struct finder finder = {.env = env, .of = of, .kind = kind};
    if (query)
        find_in_query((struct sql_query *)(uintptr_t)query, &finder);
    return !finder.failed;
}

/* ---- comments */

static uint32_t comment_class(struct sql_session *session, uint32_t on_class)
{
    return sql_home_of(session, on_class) == session->instance->shared
               ? session->dialect->classes_of.shared_comment
               : session->dialect->classes_of.comment;
}

static const struct sql_comment *find_comment(struct sql_session *session, struct sql_reference on,
                                              bool any_part)
{
    struct object_key key = {on.class_id, on.id};
    uint32_t class_id = comment_class(session, on.class_id);
    struct sql_object_names names;
    sql_object_names_begin(&names, sql_home_of(session, class_id), session->txn, class_id, 0,
                           key_slice(&key));
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names))) {
        const struct sql_comment *comment = (const void *)next;
        if (any_part || comment->of_part == on.part)
            return comment;
    }
    return NULL;
}

bool sql_comment_set(struct sql_env *env, struct sql_reference on, struct slice text)
{
    const struct sql_comment *old = find_comment(env->session, on, false);
    uint32_t class_id = comment_class(env->session, on.class_id);
    if (!text.ptr)
        return !old ||
               sql_object_drop(env, sql_home_of(env->session, class_id), class_id, old->object.id);
    struct object_key key = {on.class_id, on.id};
    struct sql_comment comment = {
        .object = {.class_id = class_id, .name = key_slice(&key)},
        .of_class = on.class_id,
        .of_id = on.id,
        .of_part = on.part,
        .text = text,
    };
    if (!old)
        return sql_catalog_create(env, &comment.object);
    comment.object.id = old->object.id;
    return sql_catalog_replace(env, &comment.object);
}

bool sql_comments_drop(struct sql_env *env, uint32_t class_id, uint32_t id)
{
    struct sql_reference on = {class_id, id, 0};
    uint32_t comments = comment_class(env->session, class_id);
    const struct sql_comment *next;
    while ((next = find_comment(env->session, on, true)))
        if (!sql_object_drop(env, sql_home_of(env->session, comments), comments, next->object.id))
            return false;
    return true;
}

struct slice sql_comment_of(struct sql_session *session, struct sql_reference on)
{
    const struct sql_comment *found = find_comment(session, on, false);
    return found ? found->text : slice_of(NULL, 0);
}

#include "emulators/sql/analyze/from.h"

bool list_names(struct analysis *a, struct name_list *list, struct name_item *item)
{
    if (!analysis_grow(a, &list->items, list->count, sizeof *list->items))
        return false;
    list->items[list->count++] = item;
    return true;
}

void set_lateral(const struct name_list *list, bool only, bool ok)
{
    for (uint32_t i = 0; i < list->count; i++) {
        list->items[i]->lateral_only = only;
        list->items[i]->lateral_ok = ok;
    }
}

static bool conflict(const struct name_item *x, const struct name_item *y)
{
    if (!x->name_visible || !y->name_visible || !x->name.ptr || !slice_eq(x->name, y->name))
        return false;
    /* Two relations of one name in two schemas are told apart by them. */
    bool plain = x->schema.ptr && y->schema.ptr;
    return !(plain && x->table->relation != y->table->relation);
}

bool check_name_conflicts(struct analysis *a, const struct name_list *left,
                          const struct name_list *right)
{
    for (uint32_t i = 0; i < left->count; i++)
        for (uint32_t j = 0; j < right->count; j++)
            if (conflict(left->items[i], right->items[j]))
                return fail_at(a, -1, "42712",
                               "table name \"" SLICE_FMT "\" specified more than once",
                               SLICE_ARG(left->items[i]->name));
    return true;
}

bool from_leaf(struct analysis *a, struct name_item *item, struct from_result *out)
{
    out->from = analysis_alloc(a, sizeof *out->from);
    if (!out->from)
        return false;
    out->from->kind = SQL_FROM_TABLE;
    out->from->table = item->number;
    out->item = item;
    item->name_visible = item->name.ptr != NULL;
    item->columns_visible = true;
    return list_names(a, &out->names, item);
}

/* ---- tables */

static const char *refused_kind(const struct sql_relation *relation)
{
    switch (relation->kind) {
    case SQL_RELATION_INDEX:
    case SQL_RELATION_PARTITIONED_INDEX: return "an index";
    case SQL_RELATION_COMPOSITE: return "a composite type";
    default: return NULL;
    }
}

static bool named_in_locking(const struct analysis *a, const struct ast_relation *name)
{
    for (uint32_t i = 0; a->locking && i < a->locking->count; i++)
        if (((const struct ast_locking *)a->locking->items[i])->relations.count == 0)
            return true;
    (void)name;
    return a->locked_from_outside;
}

static bool from_relation(struct analysis *a, const struct ast_relation *name,
                          struct from_result *out)
{
    struct sql_cte *cte = NULL;
    uint32_t up = 0;
    if (!name->schema.ptr && !find_cte(a, name->name, &cte, &up))
        return false;
    if (cte) {
        struct name_item *item = add_cte(a, cte, up, name);
        return item && from_leaf(a, item, out);
    }
    const struct sql_scope *scope = a->shared->scope;
    const struct sql_relation *relation =
        scope && scope->table && !name->schema.ptr ? scope->table(scope, name->name) : NULL;
    bool transition = relation != NULL;
    if (!relation)
        relation =
            open_relation(a, name, named_in_locking(a, name) ? SQL_ROW_SHARE : SQL_ACCESS_SHARE);
    if (!relation)
        return false;
    const char *refused = refused_kind(relation);
    if (refused)
        return fail_at(a, name->node.location, "42809", "\"" SLICE_FMT "\" is %s",
                       SLICE_ARG(relation->object.name), refused);
    struct name_item *item =
        add_relation(a, relation, name->alias, !name->only, name->node.location);
    if (!item)
        return false;
    if (transition) {
        item->table->kind = SQL_TABLE_TRANSITION;
        item->table->privileges = 0;
        if (!name->alias)
            item->table->name = item->name = name->name;
    }
    if (named_in_locking(a, name))
        item->table->privileges |= SQL_PRIV_UPDATE;
    return from_leaf(a, item, out);
}

static bool from_subquery(struct analysis *a, const struct ast_from_subquery *node,
                          struct from_result *out)
{
    enum analysis_place place = a->place;
    bool lateral = a->lateral_active;
    a->place = PLACE_FROM_SUBQUERY;
    a->lateral_active = node->lateral;
    bool locked = a->locked_from_outside;
    for (uint32_t i = 0; a->locking && i < a->locking->count; i++)
        locked |= ((const struct ast_locking *)a->locking->items[i])->relations.count == 0;
    struct sql_query *query = analyze_subquery(a, node->query, NULL, locked, false);
    a->lateral_active = lateral;
    a->place = place;
    if (!query)
        return false;
    if (query->command != SQL_SELECT)
        return sql_fail(a->env->error, "XX000",
                        "unexpected non-SELECT command in subquery in FROM");
    /* Without an alias nobody can name it, but it is shown with a name. */
    bool values = ((const struct ast_select *)(const void *)node->query)->values_lists.count > 0;
    struct slice shown = slice_str(values ? "*VALUES*" : "unnamed_subquery");
    struct name_item *item =
        add_subquery(a, query, node->alias, node->alias ? (struct slice){0} : shown, node->lateral);
    if (item && !node->alias)
        item->name = (struct slice){0};
    return item && from_leaf(a, item, out);
}

/* ---- TABLESAMPLE */

static const struct sql_routine *sample_method(struct analysis *a,
                                               const struct ast_from_sample *node)
{
    struct slice name = node->method.items[node->method.count - 1];
    struct slice schema =
        node->method.count > 1 ? node->method.items[node->method.count - 2] : (struct slice){0};
    struct sql_routines found = sql_find_routines(a->session, a->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == 1 && found.items[i]->arg_types[0] == a->known->internal)
            return found.items[i];
    fail_at(a, node->node.location, "42704", "tablesample method " SLICE_FMT " does not exist",
            SLICE_ARG(name));
    return NULL;
}

static bool sample_argument(struct analysis *a, const struct ast_node *node, uint32_t type,
                            const char *construct, struct sql_expr **out)
{
    *out = analyze_node(a, node, PLACE_FROM_FUNCTION);
    return *out && coerce_to_specific(a, out, type, -1, construct);
}

static bool from_sample(struct analysis *a, const struct ast_from_sample *node,
                        struct from_result *out)
{
    if (!analyze_from_item(a, node->relation, out))
        return false;
    struct sql_table *table = out->item->table;
    if (table->kind != SQL_TABLE_RELATION || (table->relation_kind != SQL_RELATION_TABLE &&
                                              table->relation_kind != SQL_RELATION_MATVIEW &&
                                              table->relation_kind != SQL_RELATION_PARTITIONED))
        return fail_at(a, ast_location(node->relation), "42809",
                       "TABLESAMPLE clause can only be applied to tables and materialized views");
    const struct sql_routine *method = sample_method(a, node);
    if (!method)
        return false;
    table->sample_method = method->object.id;
    if (node->args.count != 1)
        return fail_at(a, node->node.location, "2202H",
                       "tablesample method " SLICE_FMT " requires 1 argument, not %u",
                       SLICE_ARG(method->object.name), (unsigned)node->args.count);
    return sample_argument(a, node->args.items[0], a->known->float4, "TABLESAMPLE",
                           &table->sample_percent) &&
           (!node->repeatable || sample_argument(a, node->repeatable, a->known->float8,
                                                 "REPEATABLE", &table->sample_seed));
}

/* ---- */

bool analyze_from_item(struct analysis *a, const struct ast_node *node, struct from_result *out)
{
    *out = (struct from_result){0};
    if (!analysis_stack_ok(a, node->location))
        return false;
    switch (node->kind) {
    case AST_RELATION: return from_relation(a, (const struct ast_relation *)node, out);
    case AST_FROM_SUBQUERY: return from_subquery(a, (const struct ast_from_subquery *)node, out);
    case AST_FROM_FUNCTION:
        return analyze_from_function(a, (const struct ast_from_function *)node, out);
    case AST_FROM_XML_TABLE:
        return analyze_xml_table(a, (const struct ast_from_xml_table *)node, out);
    case AST_FROM_JSON_TABLE:
        return analyze_json_table(a, (const struct ast_from_json_table *)node, out);
    case AST_FROM_SAMPLE: return from_sample(a, (const struct ast_from_sample *)node, out);
    case AST_JOIN: return analyze_join(a, (const struct ast_join *)node, out);
    default: return fail_at(a, node->location, "0A000", "this kind of FROM item is not supported");
    }
}

bool analyze_from(struct analysis *a, const struct ast_list *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        struct from_result result;
        if (!analyze_from_item(a, from->items[i], &result) ||
            !check_name_conflicts(a, &a->names, &result.names))
            return false;
        set_lateral(&result.names, true, true);
        for (uint32_t n = 0; n < result.names.count; n++)
            if (!list_names(a, &a->names, result.names.items[n]))
                return false;
        if (!analysis_grow(a, &a->query->from, a->query->from_count, sizeof *a->query->from))
            return false;
        a->query->from[a->query->from_count++] = result.from;
    }
    set_lateral(&a->names, false, true);
    return true;
}

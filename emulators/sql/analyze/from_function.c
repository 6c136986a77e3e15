/* Functions in FROM: f(...), ROWS FROM (...), WITH ORDINALITY, column definition lists. */
#include "emulators/sql/analyze/from.h"
#include "emulators/sql/analyze/rowshape.h"
#include "emulators/sql/syntax/ast_table.h"

/* One function's part of the table. */
struct part {
    struct sql_expr *expr;
    struct slice name;
    const struct ast_list *defs;
    const struct sql_routine *routine; /* NULL: no call */
    struct row_shape shape;
};

static const struct sql_routine *routine_of(struct analysis *a, const struct sql_expr *expr)
{
    return expr->kind == SQL_EXPR_FUNCTION
               ? sql_find_routine_id(a->session, ((const struct sql_expr_call *)expr)->function)
               : NULL;
}

static bool defined_part(struct analysis *a, struct part *part)
{
    if (!row_shape_room(a, &part->shape, part->defs->count))
        return false;
    for (uint32_t i = 0; i < part->defs->count; i++) {
        const struct ast_column_def *def = (const struct ast_column_def *)part->defs->items[i];
        uint32_t type;
        int32_t typmod;
        if (!analyze_type(a, def->type, &type, &typmod))
            return false;
        if (def->type->setof)
            return fail_at(a, def->node.location, "42P16",
                           "column \"" SLICE_FMT "\" cannot be declared SETOF",
                           SLICE_ARG(def->name));
        for (uint32_t k = 0; k < i; k++)
            if (slice_eq(part->shape.names[k], def->name))
                return fail_at(a, -1, "42701",
                               "column name \"" SLICE_FMT "\" specified more than once",
                               SLICE_ARG(def->name));
        const struct sql_type *t = type_of(a, type);
        if (t && t->kind == SQL_TYPE_PSEUDO)
            return fail_at(a, -1, "42P16", "column \"" SLICE_FMT "\" has pseudo-type " SLICE_FMT,
                           SLICE_ARG(def->name), SLICE_ARG(type_text(a, type)));
        row_shape_add(a, &part->shape, def->name, type, typmod);
        if (def->collate && !analyze_collation(a, &def->collate->name, def->collate->node.location,
                                               &part->shape.collations[i]))
            return false;
    }
    return true;
}

static bool check_defs(struct analysis *a, const struct part *part, bool record)
{
    int32_t location = part->defs->count ? part->defs->items[0]->location : -1;
    if (record)
        return part->defs->count > 0 ||
               fail_at(a, expr_location(part->expr), "42601",
                       "a column definition list is required for functions returning \"record\"");
    if (part->defs->count == 0)
        return true;
    if (part->expr->type == a->known->record)
        return fail_at(a, location, "42601",
                       "a column definition list is redundant for a function with OUT parameters");
    if (is_composite(a, part->expr->type))
        return fail_at(a, location, "42601",
                       "a column definition list is redundant for a function returning a named "
                       "composite type");
    return fail_at(a, location, "42601",
                   "a column definition list is only allowed for functions returning \"record\"");
}

/* A scalar's column is called like the only OUT parameter, the alias, or the function. */
static struct slice scalar_name(const struct part *part, const struct ast_alias *alias, bool only)
{
    struct slice out = routine_only_out_name(part->routine);
    return out.ptr ? out : alias && only ? alias->name : part->name;
}

static bool resolve_part(struct analysis *a, struct part *part, const struct ast_alias *alias,
                         bool only)
{
    uint32_t type = part->expr->type;
    part->routine = routine_of(a, part->expr);
    bool is_record = type == a->known->record;
    bool with_out = is_record && routine_out_count(part->routine) > 1;
    if (!check_defs(a, part, is_record && !with_out))
        return false;
    if (part->defs->count)
        return defined_part(a, part);
    if (with_out)
        return row_shape_out(a, (const struct sql_expr_call *)part->expr, part->routine,
                             &part->shape);
    if (is_composite(a, type))
        return row_shape_composite(a, type, &part->shape);
    const struct sql_type *t = type_of(a, type);
    if (t && t->kind == SQL_TYPE_PSEUDO && type != a->known->cstring && type != a->known->void_)
        return fail_at(a, expr_location(part->expr), "42804",
                       "function \"" SLICE_FMT "\" in FROM has unsupported return type " SLICE_FMT,
                       SLICE_ARG(part->name), SLICE_ARG(type_text(a, type)));
    if (!row_shape_room(a, &part->shape, 1))
        return false;
    row_shape_add(a, &part->shape, scalar_name(part, alias, only), type, part->expr->typmod);
    part->shape.collations[0] = part->expr->collation;
    return true;
}

/* ---- the items as written */

struct parts {
    struct part *items;
    uint32_t count;
};

static bool refuse_set(struct sql_expr *expr, void *ctx)
{
    const struct sql_expr_call *call = (const void *)expr;
    if (expr->kind != SQL_EXPR_FUNCTION || !call->returns_set)
        return sql_expr_walk(expr, refuse_set, ctx);
    fail_at(ctx, expr->location, "0A000",
            "set-returning functions must appear at top level of FROM");
    return true;
}

static bool add_part(struct analysis *a, struct parts *parts, const struct ast_node *call,
                     const struct ast_list *defs)
{
    if (!analysis_grow(a, &parts->items, parts->count, sizeof *parts->items))
        return false;
    struct part *part = &parts->items[parts->count++];
    *part = (struct part){.defs = defs, .name = a->rules->column_name(call)};
    part->expr = analyze_node(a, call, PLACE_FROM_FUNCTION);
    if (!part->expr)
        return false;
    return part->expr->kind == SQL_EXPR_FUNCTION ? !sql_expr_walk(part->expr, refuse_set, a)
                                                 : !refuse_set(part->expr, a);
}

/* unnest(a, b) is ROWS FROM (unnest(a), unnest(b)). */
static bool is_multi_unnest(const struct ast_node *node)
{
    const struct ast_func_call *call = (const struct ast_func_call *)node;
    return node->kind == AST_FUNC_CALL && call->name.count == 1 && call->args.count > 1 &&
           slice_eq_str(call->name.items[0], "unnest") && !call->order_by.count && !call->filter &&
           !call->over && !call->variadic && !call->distinct && !call->star;
}

static bool add_unnests(struct analysis *a, struct parts *parts, const struct ast_func_call *call,
                        const struct ast_list *defs)
{
    if (defs->count) {
        fail_at(a, defs->items[0]->location, "42601",
                "UNNEST() with multiple arguments cannot have a column definition list");
        return sql_hint(a->env->error,
                        "Use separate UNNEST() calls inside ROWS FROM(), and attach a column "
                        "definition list to each one.");
    }
    for (uint32_t i = 0; i < call->args.count; i++) {
        struct ast_func_call *one = analysis_alloc(a, sizeof *one);
        struct slice *names = analysis_alloc(a, 2 * sizeof *names);
        if (!one || !names)
            return false;
        names[0] = a->rules->system_schema;
        names[1] = call->name.items[0];
        *one = (struct ast_func_call){
            .node = call->node, .name = {names, 2}
        };
        one->args = (struct ast_list){&call->args.items[i], 1};
        if (!add_part(a, parts, &one->node, defs))
            return false;
    }
    return true;
}

static bool analyze_parts(struct analysis *a, const struct ast_from_function *node,
                          struct parts *parts)
{
    for (uint32_t i = 0; i < node->functions.count; i++) {
        const struct ast_from_function_item *item =
            (const struct ast_from_function_item *)node->functions.items[i];
        bool done = is_multi_unnest(item->call)
                        ? add_unnests(a, parts, (const struct ast_func_call *)item->call,
                                      &item->column_defs)
                        : add_part(a, parts, item->call, &item->column_defs);
        if (!done)
            return false;
    }
    if (node->column_defs.count == 0)
        return true;
    int32_t location = node->column_defs.items[0]->location;
    if (parts->count > 1 && node->rows_from) {
        fail_at(a, location, "42601",
                "ROWS FROM() with multiple functions cannot have a column definition list");
        return sql_hint(a->env->error, "Put a separate column definition list for each function "
                                       "inside ROWS FROM().");
    }
    if (parts->count > 1) {
        fail_at(a, location, "42601",
                "UNNEST() with multiple arguments cannot have a column definition list");
        return sql_hint(a->env->error,
                        "Use separate UNNEST() calls inside ROWS FROM(), and attach a column "
                        "definition list to each one.");
    }
    if (node->ordinality) {
        fail_at(a, location, "42601",
                "WITH ORDINALITY cannot be used with a column definition list");
        return sql_hint(a->env->error, "Put the column definition list inside ROWS FROM().");
    }
    parts->items[0].defs = &node->column_defs;
    return true;
}

/* ---- the table */

static bool append_part(struct analysis *a, struct sql_table *table, const struct part *part)
{
    for (uint32_t i = 0; i < part->shape.count; i++) {
        uint32_t at = table->column_count++;
        table->columns[at] =
            part->shape.dropped[i] ? (struct slice)SLICE_LITERAL("") : part->shape.names[i];
        table->types[at] = part->shape.types[i];
        table->typmods[at] = part->shape.typmods[i];
        table->collations[at] = part->shape.collations[i];
        if (part->shape.dropped[i] && table->dropped)
            table->dropped[at] = true;
    }
    (void)a;
    return true;
}

static bool any_dropped(const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->count; i++)
        for (uint32_t c = 0; c < parts->items[i].shape.count; c++)
            if (parts->items[i].shape.dropped[c])
                return true;
    return false;
}

static bool fill_table(struct analysis *a, struct sql_table *table, const struct parts *parts,
                       bool ordinality)
{
    uint32_t total = ordinality;
    for (uint32_t i = 0; i < parts->count; i++)
        total += parts->items[i].shape.count;
    table->functions = analysis_alloc(a, sizeof *table->functions * parts->count);
    if (!table->functions || !table_room(a, table, total))
        return false;
    if (any_dropped(parts) && !(table->dropped = analysis_alloc(a, total)))
        return false;
    table->column_count = 0;
    for (uint32_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        table->functions[i] = (struct sql_table_function){.expr = part->expr,
                                                          .column_count = part->shape.count,
                                                          .columns_given = part->defs->count > 0};
        append_part(a, table, part);
    }
    table->function_count = parts->count;
    if (ordinality) {
        uint32_t at = table->column_count++;
        table->columns[at] = (struct slice)SLICE_LITERAL("ordinality");
        table->types[at] = a->known->int8;
        table->typmods[at] = -1;
        table->collations[at] = 0;
    }
    return true;
}

bool analyze_from_function(struct analysis *a, const struct ast_from_function *node,
                           struct from_result *out)
{
    struct parts parts = {0};
    bool lateral = a->lateral_active;
    a->lateral_active = true; /* functions in FROM are lateral without the word */
    bool done = analyze_parts(a, node, &parts);
    a->lateral_active = lateral;
    if (!done)
        return false;
    for (uint32_t i = 0; i < parts.count; i++)
        if (!assign_expr_collations(a, parts.items[i].expr) ||
            !resolve_part(a, &parts.items[i], node->alias, parts.count == 1))
            return false;
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table || !fill_table(a, table, &parts, node->ordinality))
        return false;
    table->kind = SQL_TABLE_FUNCTION;
    table->name = parts.items[0].name;
    table->ordinality = node->ordinality;
    table->lateral = node->lateral;
    for (uint32_t i = 0; i < parts.count; i++)
        table->lateral |= contains_columns(parts.items[i].expr, 0);
    table->in_from = true;
    table->location = node->node.location;
    struct name_item *item = add_table(a, table, node->alias, "function");
    return item && from_leaf(a, item, out);
}

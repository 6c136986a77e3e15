/* JSON_TABLE: a table whose columns are queries of what a path finds, and of what further paths find
 * inside of that. */
#include "emulators/sql/analyze/from.h"
#include "emulators/sql/analyze/json_query.h"
#include "emulators/sql/value/json_text.h"

/* A table under construction. */
struct making {
    struct analysis *a;
    const struct ast_from_json_table *node;
    struct sql_table *table;
    struct sql_expr_json_query *json;
    struct slice *names; /* of paths and columns */
    uint32_t name_count;
    uint32_t made_names; /* of paths that have none of their own */
    uint32_t column_count;
};

/* ---- names */

static bool add_name(struct making *m, struct slice name, int32_t location)
{
    for (uint32_t i = 0; i < m->name_count; i++)
        if (slice_eq(m->names[i], name))
            return fail_at(m->a, location, "42712",
                           "duplicate JSON_TABLE column or path name: " SLICE_FMT, SLICE_ARG(name));
    if (!analysis_grow(m->a, &m->names, m->name_count, sizeof *m->names))
        return false;
    m->names[m->name_count++] = name;
    return true;
}

/* All names that are given must differ; counts the columns. */
static bool check_names(struct making *m, const struct ast_list *columns)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct ast_json_table_column *column = (const void *)columns->items[i];
        if (column->type != AST_JSON_COLUMN_NESTED) {
            m->column_count++;
            if (!add_name(m, column->name, column->node.location))
                return false;
            continue;
        }
        if (column->path_name.ptr && !add_name(m, column->path_name, column->path_name_location))
            return false;
        if (!check_names(m, &column->columns))
            return false;
    }
    return true;
}

static bool make_path_name(struct making *m, struct slice given, struct slice *out)
{
    *out = given;
    if (!given.ptr)
        *out = arena_printf(m->a->env->arena, "json_table_path_%u", (unsigned)m->made_names++);
    return out->ptr || sql_fail_memory(m->a->env->error);
}

/* ---- columns */

/* Types whose values are more than a scalar: columns of them are queried rather than taken. */
static bool is_container(struct analysis *a, uint32_t type)
{
    uint32_t base = base_type(a, type);
    return base == a->known->json || base == a->known->jsonb || base == a->known->record ||
           element_type(a, base) || is_composite(a, base);
}

static bool column_kind(struct analysis *a, const struct ast_json_table_column *column,
                        enum ast_json_query_type *out)
{
    uint32_t type;
    int32_t typmod;
    *out = AST_JSON_QUERY_QUERY;
    if (column->type == AST_JSON_COLUMN_EXISTS)
        *out = AST_JSON_QUERY_EXISTS;
    if (column->type != AST_JSON_COLUMN_REGULAR)
        return true;
    if (!analyze_type(a, column->type_name, &type, &typmod))
        return false;
    if (!is_container(a, type) && column->quotes == AST_JSON_QUOTES_UNSPECIFIED &&
        column->wrapper == AST_JSON_WRAPPER_UNSPECIFIED)
        *out = AST_JSON_QUERY_VALUE;
    return true;
}

/* The path as written, or the member of the column's name. */
static bool column_path(struct analysis *a, const struct ast_json_table_column *column,
                        struct slice *out)
{
    struct sql_bytes text = {.arena = a->env->arena};
    *out = column->path;
    if (column->path.ptr)
        return true;
    sql_bytes_add_str(&text, "$.");
    sql_json_escape(&text, column->name);
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(a->env->error);
}

/* The column as the query that its words stand for. */
static struct sql_expr *analyze_column(struct making *m, const struct ast_json_table_column *column)
{
    struct analysis *a = m->a;
    int32_t location = column->node.location;
    struct ast_const path = {
        .node = {AST_CONST, -1},
          .type = AST_CONST_STRING
    };
    struct ast_json_returning returning = {
        .node = {AST_JSON_RETURNING, location},
        .type = column->type_name,
        .format = column->format
    };
    struct ast_json_query node = {
        .node = {AST_JSON_QUERY, location},
        .path = &path.node,
        .passing = m->node->passing,
        .returning = &returning,
        .wrapper = column->wrapper,
        .quotes = column->quotes,
        .on_empty = column->on_empty,
        .on_error = column->on_error,
    };
    struct sql_expr *item =
        make_expr(a, SQL_EXPR_CASE_TEST, sizeof *item, a->known->jsonb, location);
    if (!item || !column_kind(a, column, &node.type) || !column_path(a, column, &path.text))
        return NULL;
    struct sql_expr *made = make_json_query(a, &node, column->name, item);
    return made && assign_expr_collations(a, made) ? made : NULL;
}

static bool add_column(struct making *m, const struct ast_json_table_column *column,
                       bool *ordinality)
{
    struct sql_table *table = m->table;
    uint32_t at = m->json->columns.count;
    struct sql_expr *expr = NULL;
    if (column->type == AST_JSON_COLUMN_ORDINALITY) {
        if (*ordinality)
            return fail_at(m->a, column->node.location, "42601",
                           "only one FOR ORDINALITY column is allowed");
        *ordinality = true;
    } else if (!(expr = analyze_column(m, column))) {
        return false;
    }
    table->columns[at] = column->name;
    table->types[at] = expr ? expr->type : m->a->known->int4;
    table->typmods[at] = expr ? expr->typmod : -1;
    table->collations[at] = expr ? expr->collation : 0;
    m->json->columns.items[at] = expr;
    m->json->columns.count++;
    return true;
}

/* ---- paths */

static bool add_scan(struct making *m, struct slice path, struct slice name, uint32_t parent,
                     const struct ast_list *columns);

/* Paths inside of one, behind its own columns. */
static bool add_nested(struct making *m, const struct ast_list *columns, uint32_t parent)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct ast_json_table_column *column = (const void *)columns->items[i];
        struct slice name;
        if (column->type != AST_JSON_COLUMN_NESTED)
            continue;
        if (!make_path_name(m, column->path_name, &name) ||
            !add_scan(m, column->path, name, parent, &column->columns))
            return false;
    }
    return true;
}

static bool add_scan(struct making *m, struct slice path, struct slice name, uint32_t parent,
                     const struct ast_list *columns)
{
    struct analysis *a = m->a;
    struct sql_expr_json_query *json = m->json;
    uint32_t number = json->scan_count;
    bool ordinality = false;
    struct datum value;
    if (!analysis_grow(a, &json->scans, number, sizeof *json->scans) ||
        !read_literal(a, type_of(a, a->known->jsonpath), path, -1, -1, &value))
        return false;
    json->scans[json->scan_count++] =
        (struct sql_json_path_scan){.path = make_const(a, a->known->jsonpath, -1, value, -1),
                                    .name = name,
                                    .parent = parent,
                                    .first_column = json->columns.count};
    if (!json->scans[number].path)
        return false;
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct ast_json_table_column *column = (const void *)columns->items[i];
        if (column->type != AST_JSON_COLUMN_NESTED && !add_column(m, column, &ordinality))
            return false;
    }
    json->scans[number].column_count = json->columns.count - json->scans[number].first_column;
    return add_nested(m, columns, number);
}

/* ---- the table */

static bool check_on_error(struct analysis *a, const struct ast_json_behavior *behavior)
{
    if (!behavior || behavior->type == AST_JSON_BEHAVIOR_ERROR ||
        behavior->type == AST_JSON_BEHAVIOR_EMPTY_ARRAY)
        return true;
    fail_at(a, behavior->node.location, "42601", "invalid %s behavior", "ON ERROR");
    return sql_detail(a->env->error,
                      "Only EMPTY [ ARRAY ] or ERROR is allowed in the top-level ON ERROR clause.");
}

static bool analyze_parts(struct making *m)
{
    struct analysis *a = m->a;
    const struct ast_from_json_table *node = m->node;
    struct slice name, path = ((const struct ast_const *)(const void *)node->path)->text;
    const struct ast_json_query query = {
        .node = {AST_JSON_QUERY, node->node.location},
        .context = node->context,
        .path = node->path,
        .passing = node->passing,
        .on_error = node->on_error,
    };
    if (!check_on_error(a, node->on_error) || !make_path_name(m, node->path_name, &name) ||
        !add_name(m, name, -1) || !check_names(m, &node->columns))
        return false;
    a->place = PLACE_FROM_FUNCTION;
    m->json = make_json_table_query(a, &query);
    if (!m->json || !table_room(a, m->table, m->column_count))
        return false;
    m->json->columns.items = analysis_alloc(a, sizeof(void *) * (m->column_count + 1));
    return m->json->columns.items && add_scan(m, path, name, 0, &node->columns) &&
           assign_expr_collations(a, &m->json->expr);
}

static bool reads_columns(struct sql_expr *expr, void *context)
{
    return contains_columns(expr, 0) || sql_expr_walk(expr, reads_columns, context);
}

bool analyze_json_table(struct analysis *a, const struct ast_from_json_table *node,
                        struct from_result *out)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    struct making m = {.a = a, .node = node, .table = table};
    bool lateral = a->lateral_active;
    enum analysis_place place = a->place;
    if (!table)
        return false;
    a->lateral_active = true; /* it may read its neighbours without the word */
    bool done = analyze_parts(&m);
    a->lateral_active = lateral;
    a->place = place;
    if (!done)
        return false;
    table->kind = SQL_TABLE_XMLJSON;
    table->json = m.json;
    table->name = slice_str("json_table");
    table->lateral = node->lateral || sql_expr_walk(&m.json->expr, reads_columns, NULL);
    table->in_from = true;
    table->location = node->node.location;
    if (node->alias && node->alias->columns.count > table->column_count)
        return fail_at(a, -1, "42P10",
                       "JSON_TABLE function has %u columns available but %u columns specified",
                       (unsigned)table->column_count, (unsigned)node->alias->columns.count);
    struct name_item *item = add_table(a, table, node->alias, "function");
    return item && from_leaf(a, item, out);
}

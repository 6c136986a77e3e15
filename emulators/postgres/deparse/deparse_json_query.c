/* JSON_EXISTS, JSON_VALUE, JSON_QUERY and JSON_TABLE, printed back. */
#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/value/json_query.h"

enum { INDENT = 4 };

static bool put_path(struct pg_deparse *d, const struct sql_expr *path, bool show_implicit)
{
    return path->kind == SQL_EXPR_CONST
               ? pg_put_const(d, (const struct sql_expr_const *)(const void *)path, -1)
               : pg_put_expr(d, path, show_implicit);
}

static bool put_behavior(struct pg_deparse *d, enum sql_json_behavior behavior,
                         const struct sql_expr *value, const char *clause)
{
    pg_put_char(d, ' ');
    pg_put(d, sql_json_behavior_words(behavior));
    if (behavior == SQL_JSON_BEHAVIOR_DEFAULT) {
        pg_put_char(d, ' ');
        if (!pg_put_expr(d, value, false))
            return false;
    }
    pg_put(d, clause);
    return true;
}

/* Wrapper and quotes, always; ON EMPTY and ON ERROR where they are not what goes without saying. */
static bool put_options(struct pg_deparse *d, const struct sql_expr_json_query *json)
{
    static const char *const wrappers[] = {
        [SQL_JSON_WRAPPER_NONE] = " WITHOUT WRAPPER",
        [SQL_JSON_WRAPPER_CONDITIONAL] = " WITH CONDITIONAL WRAPPER",
        [SQL_JSON_WRAPPER_UNCONDITIONAL] = " WITH UNCONDITIONAL WRAPPER",
    };
    enum sql_json_behavior usual =
        json->of == SQL_JSON_QUERY_EXISTS ? SQL_JSON_BEHAVIOR_FALSE : SQL_JSON_BEHAVIOR_NULL;
    if (json->of == SQL_JSON_QUERY_QUERY) {
        pg_put(d, wrappers[json->wrapper]);
        pg_put(d, json->unquoted ? " OMIT QUOTES" : " KEEP QUOTES");
    }
    if (json->on_empty != usual && !put_behavior(d, json->on_empty, json->empty_value, " ON EMPTY"))
        return false;
    return json->on_error == usual ||
           put_behavior(d, json->on_error, json->error_value, " ON ERROR");
}

static bool put_passed(struct pg_deparse *d, const struct sql_expr_json_query *json, uint32_t at,
                       bool show_implicit)
{
    if (!pg_put_expr(d, json->passing.items[at], show_implicit))
        return false;
    pg_put(d, " AS ");
    pg_put_name(d, json->names[at]);
    return true;
}

bool pg_put_json_query(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    static const char *const words[] = {
        [SQL_JSON_QUERY_EXISTS] = "JSON_EXISTS(",
        [SQL_JSON_QUERY_VALUE] = "JSON_VALUE(",
        [SQL_JSON_QUERY_QUERY] = "JSON_QUERY(",
    };
    const struct sql_expr_json_query *json = (const void *)expr;
    pg_put(d, words[json->of]);
    if (!pg_put_expr(d, json->document, show_implicit))
        return false;
    pg_put(d, ", ");
    if (!put_path(d, json->path, show_implicit))
        return false;
    for (uint32_t i = 0; i < json->passing.count; i++) {
        pg_put(d, i ? ", " : " PASSING ");
        if (!put_passed(d, json, i, show_implicit))
            return false;
    }
    if (json->of != SQL_JSON_QUERY_EXISTS) {
        pg_put(d, " RETURNING ");
        if (!pg_put_type(d, expr->type, expr->typmod))
            return false;
        pg_put(d, json->format ? " FORMAT JSON" : "");
    }
    if (!put_options(d, json))
        return false;
    pg_put_char(d, ')');
    return true;
}

/* ---- JSON_TABLE */

static bool put_columns(struct pg_deparse *d, const struct sql_expr_json_query *json,
                        const struct slice *names, uint32_t number);

static bool put_column(struct pg_deparse *d, const struct sql_expr_json_query *json,
                       struct slice name, uint32_t at)
{
    const struct sql_expr_json_query *column = (const void *)json->columns.items[at];
    pg_put_keyword(d, "", 0, 0, 0);
    pg_put_name(d, name);
    pg_put_char(d, ' ');
    if (!column) {
        pg_put(d, "FOR ORDINALITY");
        return true;
    }
    if (!pg_put_type(d, column->expr.type, column->expr.typmod))
        return false;
    const struct sql_type *type = sql_find_type_id(d->env->session, column->expr.type);
    if (column->of == SQL_JSON_QUERY_EXISTS)
        pg_put(d, " EXISTS");
    else if (column->of == SQL_JSON_QUERY_QUERY && type && type->category == 'S')
        pg_put(d, " FORMAT JSON");
    pg_put(d, " PATH ");
    return put_path(d, column->path, true) && put_options(d, column);
}

static bool put_nested(struct pg_deparse *d, const struct sql_expr_json_query *json,
                       const struct slice *names, uint32_t number, bool comma)
{
    for (uint32_t i = number + 1; i < json->scan_count; i++) {
        if (json->scans[i].parent != number)
            continue;
        pg_put(d, comma ? ", " : " ");
        pg_put_keyword(d, "NESTED PATH ", 0, 0, 0);
        if (!put_path(d, json->scans[i].path, true))
            return false;
        pg_put(d, " AS ");
        pg_put_name(d, json->scans[i].name);
        if (!put_columns(d, json, names, i))
            return false;
        comma = true;
    }
    return true;
}

static bool put_columns(struct pg_deparse *d, const struct sql_expr_json_query *json,
                        const struct slice *names, uint32_t number)
{
    const struct sql_json_path_scan *scan = &json->scans[number];
    pg_put_char(d, ' ');
    pg_put_keyword(d, "COLUMNS (", 0, INDENT, 0);
    for (uint32_t i = 0; i < scan->column_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!put_column(d, json, names[scan->first_column + i], scan->first_column + i))
            return false;
    }
    if (!put_nested(d, json, names, number, scan->column_count > 0))
        return false;
    pg_put_keyword(d, ")", -INDENT, 0, 0);
    return true;
}

static bool put_table_passing(struct pg_deparse *d, const struct sql_expr_json_query *json)
{
    if (!json->passing.count)
        return true;
    pg_put_char(d, ' ');
    pg_put_keyword(d, "PASSING ", 0, INDENT, 0);
    for (uint32_t i = 0; i < json->passing.count; i++) {
        pg_put(d, i ? ", " : "");
        pg_put_keyword(d, "", 0, 0, 0);
        if (!put_passed(d, json, i, false))
            return false;
    }
    d->indent -= pg_pretty_indent(d) ? INDENT : 0;
    return true;
}

bool pg_put_json_table(struct pg_deparse *d, const struct sql_expr_json_query *json,
                       const struct slice *columns)
{
    pg_put(d, "JSON_TABLE(");
    d->indent += pg_pretty_indent(d) ? INDENT : 0;
    pg_put_keyword(d, "", 0, 0, 0);
    if (!pg_put_expr(d, json->document, true))
        return false;
    pg_put(d, ", ");
    if (!put_path(d, json->scans[0].path, true))
        return false;
    pg_put(d, " AS ");
    pg_put_name(d, json->scans[0].name);
    if (!put_table_passing(d, json) || !put_columns(d, json, columns, 0))
        return false;
    if (json->on_error != SQL_JSON_BEHAVIOR_EMPTY_ARRAY &&
        !put_behavior(d, json->on_error, NULL, " ON ERROR"))
        return false;
    pg_put_keyword(d, ")", -INDENT, 0, 0);
    return true;
}

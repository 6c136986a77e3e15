#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

static void put_column_list(struct pg_deparse *d, const struct pg_table_names *names,
                            uint32_t count)
{
    const char *gap = "(";
    for (uint32_t c = 0; c < count; c++) {
        if (names->columns[c].len == 0)
            continue;
        pg_put(d, gap);
        pg_put_name(d, names->columns[c]);
        gap = ", ";
    }
    if (gap[0] == ',')
        pg_put_char(d, ')');
}

/* AS t(a integer, b text): what a function's records consist of. */
static bool put_column_definitions(struct pg_deparse *d, const struct sql_table *table,
                                   const struct pg_table_names *names)
{
    pg_put_char(d, '(');
    for (uint32_t c = 0; c < table->column_count; c++) {
        pg_put(d, c ? ", " : "");
        pg_put_name(d, names->columns[c]);
        pg_put_char(d, ' ');
        if (!pg_put_type(d, table->types[c], table->typmods[c]))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}

bool pg_put_function_table_call(struct pg_deparse *d, const struct sql_expr *expr)
{
    return pg_put_expr(d, expr, true);
}

static bool has_definitions(const struct sql_table *table)
{
    return table->function_count == 1 && table->functions[0].columns_given;
}

static bool put_functions(struct pg_deparse *d, const struct sql_table *table)
{
    bool single = table->function_count == 1 && !(has_definitions(table) && table->ordinality);
    if (!single)
        pg_put(d, "ROWS FROM(");
    for (uint32_t f = 0; f < table->function_count; f++) {
        pg_put(d, f ? ", " : "");
        if (!pg_put_function_table_call(d, table->functions[f].expr))
            return false;
    }
    if (!single)
        pg_put_char(d, ')');
    if (table->ordinality)
        pg_put(d, " WITH ORDINALITY");
    return true;
}

static bool put_sample(struct pg_deparse *d, const struct sql_table *table)
{
    if (!table->sample_percent)
        return true;
    const struct sql_routine *method = sql_find_routine_id(d->env->session, table->sample_method);
    pg_put(d, " TABLESAMPLE ");
    if (method)
        pg_put_name(d, method->object.name);
    pg_put(d, " (");
    if (!pg_put_expr(d, table->sample_percent, false))
        return false;
    pg_put_char(d, ')');
    if (!table->sample_seed)
        return true;
    pg_put(d, " REPEATABLE (");
    if (!pg_put_expr(d, table->sample_seed, false))
        return false;
    pg_put_char(d, ')');
    return true;
}

static bool put_table_itself(struct pg_deparse *d, const struct sql_table *table)
{
    switch (table->kind) {
    case SQL_TABLE_RELATION:
        pg_put(d, table->inherits ? "" : "ONLY ");
        return pg_deparse_relation_name(d->env, table->relation, d->out);
    case SQL_TABLE_SUBQUERY:
        pg_put_char(d, '(');
        if (!pg_put_query(d, table->query, true))
            return false;
        pg_put_char(d, ')');
        return true;
    case SQL_TABLE_FUNCTION: return put_functions(d, table);
    case SQL_TABLE_XMLJSON:
        return table->json ? pg_put_json_table(d, table->json, table->columns)
                           : pg_put_xml_table(d, table);
    case SQL_TABLE_VALUES:
        pg_put_char(d, '(');
        if (!pg_put_values(d, table))
            return false;
        pg_put_char(d, ')');
        return true;
    case SQL_TABLE_CTE: pg_put_name(d, table->cte); return true;
    default:
        return sql_fail(d->env->error, "0A000", "printing this kind of table is not supported");
    }
}

/* Must the name be said because the table is not called so by itself? */
static bool needs_alias(struct pg_deparse *d, const struct sql_table *table, struct slice name)
{
    if (table->alias.ptr)
        return true;
    if (table->kind == SQL_TABLE_RELATION) {
        const struct sql_relation *relation =
            sql_find_relation_id(d->env->session, table->relation);
        return relation && !slice_eq(relation->object.name, name);
    }
    if (table->kind == SQL_TABLE_XMLJSON)
        return !slice_eq(table->name, name);
    if (table->kind == SQL_TABLE_CTE)
        return !slice_eq(table->cte, name);
    return true;
}

bool pg_put_table(struct pg_deparse *d, uint32_t number, bool use_as)
{
    const struct sql_table *table = d->scope->tables[number - 1];
    const struct pg_table_names *names = &d->scope->names[number - 1];
    pg_put(d, table->lateral && table->kind != SQL_TABLE_RELATION ? "LATERAL " : "");
    if (!put_table_itself(d, table))
        return false;
    bool definitions = has_definitions(table);
    if (needs_alias(d, table, names->name)) {
        pg_put(d, use_as || definitions ? " AS " : " ");
        pg_put_name(d, names->name);
    }
    if (definitions) {
        if (!put_column_definitions(d, table, names))
            return false;
    } else if (names->print_columns) {
        put_column_list(d, names, table->column_count);
    }
    return put_sample(d, table);
}

/* ---- joins */

static bool put_item(struct pg_deparse *d, const struct sql_from *from);

static bool put_join_condition(struct pg_deparse *d, const struct sql_from *join,
                               const struct sql_table *table)
{
    if (table && table->using_count) {
        pg_put(d, " USING (");
        for (uint32_t i = 0; i < table->using_count; i++) {
            pg_put(d, i ? ", " : "");
            pg_put_name(d, table->using_names ? table->using_names[i] : table->columns[i]);
        }
        pg_put_char(d, ')');
        if (table->using_alias.len) {
            pg_put(d, " AS ");
            pg_put_name(d, table->using_alias);
        }
        return true;
    }
    if (join->on) {
        pg_put(d, pg_pretty_paren(d) ? " ON " : " ON (");
        if (!pg_put_expr(d, join->on, false))
            return false;
        pg_put(d, pg_pretty_paren(d) ? "" : ")");
        return true;
    }
    if (join->join != SQL_JOIN_INNER)
        pg_put(d, " ON TRUE");
    return true;
}

static bool put_join(struct pg_deparse *d, const struct sql_from *join)
{
    static const char *const words[] = {[SQL_JOIN_INNER] = " JOIN ",
                                        [SQL_JOIN_LEFT] = " LEFT JOIN ",
                                        [SQL_JOIN_RIGHT] = " RIGHT JOIN ",
                                        [SQL_JOIN_FULL] = " FULL JOIN "};
    const struct sql_table *table = join->table ? d->scope->tables[join->table - 1] : NULL;
    const struct pg_table_names *names = join->table ? &d->scope->names[join->table - 1] : NULL;
    bool alias = table && table->alias.ptr;
    bool conditioned = join->on || (table && table->using_count);
    bool paren = !pg_pretty_paren(d) || alias;
    bool paren_right = pg_pretty_paren(d) && join->right->kind == SQL_FROM_JOIN;
    pg_put(d, paren ? "(" : "");
    if (!put_item(d, join->left))
        return false;
    bool cross = join->join == SQL_JOIN_INNER && !conditioned;
    pg_put_keyword(d, cross ? " CROSS JOIN " : words[join->join], -PG_INDENT_STD, PG_INDENT_STD,
                   PG_INDENT_JOIN);
    pg_put(d, paren_right ? "(" : "");
    if (!put_item(d, join->right))
        return false;
    pg_put(d, paren_right ? ")" : "");
    if (!put_join_condition(d, join, table))
        return false;
    pg_put(d, paren ? ")" : "");
    if (alias) {
        pg_put_char(d, ' ');
        pg_put_name(d, names->name);
        if (names->print_columns)
            put_column_list(d, names, table->column_count);
    }
    return true;
}

static bool put_item(struct pg_deparse *d, const struct sql_from *from)
{
    return from->kind == SQL_FROM_JOIN ? put_join(d, from) : pg_put_table(d, from->table, false);
}

bool pg_put_from(struct pg_deparse *d, const struct sql_query *query, const char *keyword)
{
    bool first = true;
    for (uint32_t i = 0; i < query->from_count; i++) {
        const struct sql_from *item = query->from[i];
        /* What a statement changes is named elsewhere. */
        if (item->kind == SQL_FROM_TABLE && !query->tables[item->table - 1]->in_from)
            continue;
        if (first) {
            pg_put_keyword(d, keyword, -PG_INDENT_STD, PG_INDENT_STD, 2);
        } else {
            pg_put(d, ", ");
            if (pg_pretty_indent(d))
                pg_put_keyword(d, "", -PG_INDENT_STD, PG_INDENT_STD, PG_INDENT_VAR);
        }
        first = false;
        if (!put_item(d, item))
            return false;
    }
    return true;
}

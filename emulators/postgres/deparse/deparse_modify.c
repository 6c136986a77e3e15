#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

/* ---- WITH */

bool pg_put_with(struct pg_deparse *d, const struct sql_query *query)
{
    if (query->cte_count == 0)
        return true;
    if (pg_pretty_indent(d)) {
        d->indent += PG_INDENT_STD;
        pg_put_char(d, ' ');
    }
    pg_put(d, query->recursive ? "WITH RECURSIVE " : "WITH ");
    for (uint32_t i = 0; i < query->cte_count; i++) {
        const struct sql_cte *cte = query->ctes[i];
        static const char *const kept[] = {[SQL_CTE_DEFAULT] = "",
                                           [SQL_CTE_MATERIALIZED] = "MATERIALIZED ",
                                           [SQL_CTE_INLINED] = "NOT MATERIALIZED "};
        pg_put(d, i ? ", " : "");
        pg_put_name(d, cte->name);
        for (uint32_t c = 0; c < cte->column_count && cte->columns; c++) {
            pg_put(d, c ? ", " : "(");
            pg_put_name(d, cte->columns[c]);
        }
        pg_put(d, cte->column_count && cte->columns ? ") AS " : " AS ");
        pg_put(d, kept[cte->materialize]);
        pg_put_char(d, '(');
        if (pg_pretty_indent(d))
            pg_put_keyword(d, "", 0, 0, 0);
        if (!pg_put_query(d, cte->query, true))
            return false;
        if (pg_pretty_indent(d))
            pg_put_keyword(d, "", 0, 0, 0);
        pg_put_char(d, ')');
    }
    if (pg_pretty_indent(d)) {
        d->indent -= PG_INDENT_STD;
        pg_put_keyword(d, "", 0, 0, 0);
    } else {
        pg_put_char(d, ' ');
    }
    return true;
}

/* ---- INSERT, UPDATE, DELETE */

static bool put_result_table(struct pg_deparse *d, const struct sql_query *query, const char *word)
{
    const struct sql_table *table = query->tables[query->result_table - 1];
    if (pg_pretty_indent(d)) {
        pg_put_char(d, ' ');
        d->indent += PG_INDENT_STD;
    }
    pg_put(d, word);
    if (query->command != SQL_INSERT && !table->inherits)
        pg_put(d, "ONLY ");
    if (!pg_deparse_relation_name(d->env, table->relation, d->out))
        return false;
    if (table->alias.ptr) {
        pg_put(d, query->command == SQL_INSERT ? " AS " : " ");
        pg_put_name(d, table->alias);
    }
    return true;
}

static struct slice column_name(struct pg_deparse *d, const struct sql_query *query,
                                uint32_t column)
{
    const struct sql_relation *relation =
        sql_find_relation_id(d->env->session, query->tables[query->result_table - 1]->relation);
    if (!relation || column == 0 || column > relation->column_count)
        return slice_str("?");
    return relation->columns[column - 1].name;
}

/* The places below a column that an assignment goes to: a.b[1]; *value is what is assigned. */
static bool put_indirection(struct pg_deparse *d, const struct sql_expr **value)
{
    for (;;) {
        const struct sql_expr *expr = *value;
        if (expr->kind == SQL_EXPR_SUBSCRIPT && ((const struct sql_expr_subscript *)expr)->assign) {
            const struct sql_expr_subscript *at = (const struct sql_expr_subscript *)expr;
            for (uint32_t i = 0; i < at->upper.count; i++) {
                pg_put_char(d, '[');
                if (at->lower.count && at->lower.items[i] &&
                    !pg_put_expr(d, at->lower.items[i], false))
                    return false;
                pg_put(d, at->lower.count ? ":" : "");
                if (at->upper.items[i] && !pg_put_expr(d, at->upper.items[i], false))
                    return false;
                pg_put_char(d, ']');
            }
            *value = at->assign;
        } else if (expr->kind == SQL_EXPR_FIELD_STORE) {
            const struct sql_expr_field_store *store = (const struct sql_expr_field_store *)expr;
            const struct sql_type *type = d->env->find_type(d->env, expr->type);
            const struct sql_relation *relation =
                type ? sql_find_relation_id(d->env->session, type->relation) : NULL;
            pg_put_char(d, '.');
            if (relation)
                pg_put_name(d, relation->columns[store->columns[0] - 1].name);
            *value = store->values.items[0];
        } else {
            return true;
        }
    }
}

static bool put_set(struct pg_deparse *d, const struct sql_query *query,
                    const struct sql_target *targets, uint32_t count)
{
    bool first = true;
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        pg_put(d, first ? "" : ", ");
        first = false;
        const struct sql_expr *value = targets[i].expr;
        pg_put_name(d, column_name(d, query, targets[i].column));
        if (!put_indirection(d, &value))
            return false;
        pg_put(d, " = ");
        if (!pg_put_expr(d, value, false))
            return false;
    }
    return true;
}

static bool put_returning(struct pg_deparse *d, const struct sql_query *query)
{
    if (query->returning_count == 0)
        return true;
    pg_put_keyword(d, " RETURNING", -PG_INDENT_STD, PG_INDENT_STD, 1);
    return pg_put_targets(d, query->returning, query->returning_count);
}

static bool put_where(struct pg_deparse *d, const struct sql_expr *where)
{
    if (!where)
        return true;
    pg_put_keyword(d, " WHERE ", -PG_INDENT_STD, PG_INDENT_STD, 1);
    return pg_put_expr(d, where, false);
}

static bool put_arbiter(struct pg_deparse *d, const struct sql_on_conflict *conflict)
{
    if (conflict->constraint) {
        const struct sql_constraint *constraint =
            sql_find_constraint(d->env->session, conflict->constraint);
        pg_put(d, " ON CONSTRAINT ");
        pg_put_name(d, constraint ? constraint->object.name : slice_str("?"));
        return true;
    }
    if (conflict->arbiter.count == 0)
        return true;
    pg_put_char(d, '(');
    bool prefix = d->prefix;
    d->prefix = false;
    bool ok = pg_put_exprs(d, &conflict->arbiter, false);
    if (ok)
        pg_put_char(d, ')');
    if (ok && conflict->arbiter_where) {
        pg_put_keyword(d, " WHERE ", -PG_INDENT_STD, PG_INDENT_STD, 1);
        ok = pg_put_expr(d, conflict->arbiter_where, false);
    }
    d->prefix = prefix;
    return ok;
}

static bool put_on_conflict(struct pg_deparse *d, const struct sql_query *query)
{
    const struct sql_on_conflict *conflict = query->on_conflict;
    if (!conflict)
        return true;
    pg_put(d, " ON CONFLICT");
    if (!put_arbiter(d, conflict))
        return false;
    if (!conflict->update) {
        pg_put(d, " DO NOTHING");
        return true;
    }
    pg_put(d, " DO UPDATE SET ");
    return put_set(d, query, conflict->set, conflict->set_count) && put_where(d, conflict->where);
}

/* Where the rows of an INSERT come from: a VALUES list, a subquery, or its own targets. */
static const struct sql_table *insert_source(const struct sql_query *query)
{
    for (uint32_t i = 0; i < query->table_count; i++) {
        const struct sql_table *table = query->tables[i];
        if (i + 1 != query->result_table && (table->kind == SQL_TABLE_SUBQUERY ||
                                             (table->kind == SQL_TABLE_VALUES && table->in_from)))
            return table;
    }
    return NULL;
}

static bool put_insert_values(struct pg_deparse *d, const struct sql_query *query)
{
    const struct sql_table *source = insert_source(query);
    if (source && source->kind == SQL_TABLE_SUBQUERY)
        return pg_put_query(d, source->query, false);
    if (source) {
        pg_put_keyword(d, "", -PG_INDENT_STD, PG_INDENT_STD, 2);
        return pg_put_values(d, source);
    }
    if (query->target_count == 0) {
        pg_put(d, "DEFAULT VALUES");
        return true;
    }
    pg_put_keyword(d, "VALUES (", -PG_INDENT_STD, PG_INDENT_STD, 2);
    bool first = true;
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (query->targets[i].hidden)
            continue;
        const struct sql_expr *value = query->targets[i].expr;
        pg_put(d, first ? "" : ", ");
        first = false;
        struct sql_bytes *out = d->out, ignored;
        sql_bytes_init(&ignored, out->arena);
        d->out = &ignored;
        bool ok = put_indirection(d, &value);
        d->out = out;
        if (!ok || !pg_put_expr(d, value, false))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}

static bool put_insert(struct pg_deparse *d, const struct sql_query *query)
{
    if (!put_result_table(d, query, "INSERT INTO "))
        return false;
    pg_put_char(d, ' ');
    const char *gap = "(";
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (query->targets[i].hidden)
            continue;
        const struct sql_expr *value = query->targets[i].expr;
        pg_put(d, gap);
        pg_put_name(d, column_name(d, query, query->targets[i].column));
        if (!put_indirection(d, &value))
            return false;
        gap = ", ";
    }
    pg_put(d, gap[0] == ',' ? ") " : "");
    if (query->override)
        pg_put(d, query->override == SQL_OVERRIDE_SYSTEM ? "OVERRIDING SYSTEM VALUE "
                                                         : "OVERRIDING USER VALUE ");
    return put_insert_values(d, query) && put_on_conflict(d, query) && put_returning(d, query);
}

static bool put_update(struct pg_deparse *d, const struct sql_query *query)
{
    if (!put_result_table(d, query, "UPDATE "))
        return false;
    pg_put(d, " SET ");
    return put_set(d, query, query->targets, query->target_count) &&
           pg_put_from(d, query, " FROM ") && put_where(d, query->where) && put_returning(d, query);
}

static bool put_delete(struct pg_deparse *d, const struct sql_query *query)
{
    return put_result_table(d, query, "DELETE FROM ") && pg_put_from(d, query, " USING ") &&
           put_where(d, query->where) && put_returning(d, query);
}

bool pg_put_modify(struct pg_deparse *d, const struct sql_query *query)
{
    if (query->command == SQL_UTILITY) {
        pg_put_keyword(d, "NOTHING", 0, 0, 0);
        return true;
    }
    if (!pg_put_with(d, query))
        return false;
    switch (query->command) {
    case SQL_INSERT: return put_insert(d, query);
    case SQL_UPDATE: return put_update(d, query);
    case SQL_DELETE: return put_delete(d, query);
    default: return sql_fail(d->env->error, "0A000", "printing this statement is not supported");
    }
}

#include "emulators/postgres/deparse/deparse_context.h"

void pg_put(struct pg_deparse *d, const char *text)
{
    sql_bytes_add_str(d->out, text);
}

void pg_put_char(struct pg_deparse *d, char c)
{
    sql_bytes_add_char(d->out, c);
}

void pg_put_name(struct pg_deparse *d, struct slice name)
{
    pg_quote_name(d->out, name);
}

bool pg_put_type(struct pg_deparse *d, uint32_t type, int32_t typmod)
{
    pg_format_type(d->env->session, d->out, type, typmod, 0);
    return true;
}

static void trim_spaces(struct sql_bytes *out)
{
    while (out->len && out->ptr[out->len - 1] == ' ')
        out->len--;
}

void pg_put_keyword(struct pg_deparse *d, const char *text, int before, int after, int plus)
{
    if (!pg_pretty_indent(d)) {
        pg_put(d, text);
        return;
    }
    d->indent += before;
    trim_spaces(d->out);
    pg_put_char(d, '\n');
    int depth = d->indent > 0 ? d->indent : 0;
    if (depth >= PG_INDENT_LIMIT)
        depth = PG_INDENT_LIMIT + (depth - PG_INDENT_LIMIT) / (PG_INDENT_STD / 2) % PG_INDENT_LIMIT;
    for (int i = 0; i < depth + plus; i++)
        pg_put_char(d, ' ');
    pg_put(d, text);
    d->indent += after;
    if (d->indent < 0)
        d->indent = 0;
}

/* An expression's range table: the relations given, under their own or the given names. */
static bool put_over(struct sql_env *env, const struct sql_expr *expr,
                     const struct sql_relation *relation, const char *const *aliases,
                     uint32_t table_count, unsigned flags, struct sql_bytes *out)
{
    struct pg_table_names names[2] = {
        {{NULL, 0}, NULL, false},
        {{NULL, 0}, NULL, false}
    };
    struct sql_table tables[2] = {{.kind = SQL_TABLE_RELATION}, {.kind = SQL_TABLE_RELATION}};
    struct sql_table *pointers[2] = {&tables[0], &tables[1]};
    uint16_t count = relation ? relation->column_count : 0;
    struct slice *columns = arena_array(out->arena, count + 1u, sizeof(struct slice));
    if (!columns)
        return sql_fail_memory(env->error);
    for (uint16_t c = 0; c < count; c++)
        columns[c] = relation->columns[c].name;
    for (uint32_t t = 0; t < table_count; t++) {
        names[t].name = aliases ? slice_str(aliases[t]) : relation->object.name;
        names[t].columns = columns;
        tables[t].column_count = count;
        tables[t].relation = relation->object.id;
    }
    const struct pg_scope scope = {.tables = pointers, .names = names, .count = table_count};
    struct pg_deparse d = {.env = env,
                           .out = out,
                           .scope = &scope,
                           .flags = flags,
                           .prefix = (flags & PG_DEPARSE_PREFIX) || table_count > 1};
    return pg_put_expr(&d, expr, false) && (!out->failed || sql_fail_memory(env->error));
}

bool pg_deparse_expr(struct sql_env *env, const struct sql_expr *expr,
                     const struct sql_relation *relation, unsigned flags, struct sql_bytes *out)
{
    return put_over(env, expr, relation, NULL, relation ? 1 : 0, flags, out);
}

bool pg_deparse_trigger_when(struct sql_env *env, const struct sql_expr *expr,
                             const struct sql_relation *relation, unsigned flags,
                             struct sql_bytes *out)
{
    static const char *const aliases[] = {"old", "new"};
    return put_over(env, expr, relation, aliases, 2, flags, out);
}

bool pg_deparse_query(struct sql_env *env, const struct sql_query *query, unsigned flags,
                      struct sql_bytes *out)
{
    struct pg_deparse d = {.env = env,
                           .out = out,
                           .flags = flags,
                           .prefix = (flags & PG_DEPARSE_PREFIX) || query->table_count != 1};
    return pg_put_query(&d, query, true) && (!out->failed || sql_fail_memory(env->error));
}

bool pg_deparse_routine_query(struct sql_env *env, const struct sql_routine *routine,
                              const struct sql_query *query, struct sql_bytes *out)
{
    struct pg_deparse d = {.env = env,
                           .out = out,
                           .routine = routine,
                           .flags = PG_DEPARSE_INDENT | PG_DEPARSE_PREFIX,
                           .indent = 1};
    return pg_put_query(&d, query, false) && (!out->failed || sql_fail_memory(env->error));
}

bool pg_deparse_routine_expr(struct sql_env *env, const struct sql_routine *routine,
                             const struct sql_expr *expr, struct sql_bytes *out)
{
    struct pg_deparse d = {.env = env, .out = out, .routine = routine};
    return pg_put_expr(&d, expr, false) && (!out->failed || sql_fail_memory(env->error));
}

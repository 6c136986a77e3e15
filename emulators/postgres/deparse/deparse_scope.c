#include <stdio.h>

#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

static bool name_is_taken(const struct pg_scope *scope, uint32_t count, struct slice name)
{
    for (uint32_t i = 0; i < count; i++)
        if (scope->names[i].name.ptr && slice_eq(scope->names[i].name, name))
            return true;
    for (const struct pg_scope *outer = scope->outer; outer; outer = outer->outer)
        for (uint32_t i = 0; i < outer->count; i++)
            if (outer->names[i].name.ptr && slice_eq(outer->names[i].name, name))
                return true;
    return false;
}

/* The name itself or, where another table has it already, name_1, name_2 ... within 63 bytes. */
static struct slice unique_name(struct pg_deparse *d, const struct pg_scope *scope, uint32_t count,
                                struct slice name)
{
    struct slice candidate = name;
    for (unsigned n = 1; name_is_taken(scope, count, candidate); n++) {
        struct slice kept = name;
        char suffix[16];
        size_t room = 63 - (size_t)snprintf(suffix, sizeof(suffix), "_%u", n);
        while (kept.len > room ||
               (kept.len && kept.len < name.len && (kept.ptr[kept.len] & 0xc0) == 0x80))
            kept.len--;
        candidate = arena_printf(d->out->arena, SLICE_FMT "_%u", SLICE_ARG(kept), n);
        if (!candidate.ptr)
            return name;
    }
    return candidate;
}

/* What the table would be called when nobody gave it an alias. */
static struct slice table_name(struct pg_deparse *d, const struct sql_table *table)
{
    if (table->alias.ptr)
        return table->alias;
    if (table->kind == SQL_TABLE_RELATION) {
        const struct sql_relation *relation =
            sql_find_relation_id(d->env->session, table->relation);
        return relation ? relation->object.name : table->name;
    }
    if (table->kind == SQL_TABLE_JOIN)
        return slice_of(NULL, 0);
    return table->name;
}

/* A relation's columns are called as they are called now, unless the alias renamed them. */
static bool relation_columns(struct pg_deparse *d, const struct sql_table *table,
                             struct pg_table_names *names)
{
    const struct sql_relation *relation = sql_find_relation_id(d->env->session, table->relation);
    if (!relation)
        return true;
    for (uint32_t c = 0; c < table->column_count && c < relation->column_count; c++) {
        struct slice now =
            relation->columns[c].dropped ? slice_of("", 0) : relation->columns[c].name;
        if (c < table->aliased_columns && now.len) {
            names->print_columns |= !slice_eq(now, names->columns[c]);
            continue;
        }
        names->columns[c] = now;
    }
    return true;
}

static bool name_columns(struct pg_deparse *d, const struct sql_table *table,
                         struct pg_table_names *names)
{
    names->columns = arena_array(d->out->arena, table->column_count ? table->column_count : 1,
                                 sizeof(struct slice));
    if (!names->columns)
        return sql_fail_memory(d->env->error);
    for (uint32_t c = 0; c < table->column_count; c++)
        names->columns[c] =
            table->dropped && table->dropped[c] ? slice_of("", 0) : table->columns[c];
    if (table->kind == SQL_TABLE_RELATION)
        return relation_columns(d, table, names);
    names->print_columns = table->kind == SQL_TABLE_FUNCTION || table->aliased_columns > 0;
    return true;
}

bool pg_scope_of_query(struct pg_deparse *d, const struct sql_query *query, struct pg_scope *out)
{
    *out = (struct pg_scope){.outer = d->scope, .query = query, .tables = query->tables};
    out->names =
        arena_zalloc(d->out->arena, (query->table_count + 1) * sizeof(struct pg_table_names));
    if (!out->names)
        return sql_fail_memory(d->env->error);
    for (uint32_t i = 0; i < query->table_count; i++) {
        struct slice name = table_name(d, query->tables[i]);
        out->count = i;
        if (name.ptr)
            name = unique_name(d, out, i, name);
        out->names[i].name = name;
        if (!name_columns(d, query->tables[i], &out->names[i]))
            return false;
    }
    out->count = query->table_count;
    return true;
}

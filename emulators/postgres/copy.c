#include "emulators/postgres/copy.h"

#include "emulators/postgres/encoding.h"
#include "emulators/postgres/name_list.h"

static bool fail_no_column(struct sql_error *error, const struct sql_relation *relation,
                           struct slice name)
{
    return sql_fail(error, "42703",
                    "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

const struct sql_relation *pg_copy_relation(struct pg_utility_call *call)
{
    const struct ast_relation *name = AST_AS(copy, call->tree)->relation;
    const struct sql_relation *relation =
        sql_find_relation(&call->session->core, name->schema, name->name);
    if (relation)
        return relation;
    if (name->schema.ptr)
        sql_fail(call->env->error, "42P01",
                 "relation \"" SLICE_FMT "." SLICE_FMT "\" does not exist", SLICE_ARG(name->schema),
                 SLICE_ARG(name->name));
    else
        sql_fail(call->env->error, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name->name));
    return NULL;
}

static const struct sql_column *find_column(const struct sql_relation *relation, struct slice name)
{
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name))
            return &relation->columns[i];
    return NULL;
}

static bool add_named(struct sql_error *error, const struct sql_relation *relation,
                      struct slice name, const struct sql_column **columns, uint32_t *count)
{
    const struct sql_column *column = find_column(relation, name);
    if (!column)
        return fail_no_column(error, relation, name);
    if (column->generated) {
        sql_fail(error, "42P10", "column \"" SLICE_FMT "\" is a generated column", SLICE_ARG(name));
        return sql_detail(error, "Generated columns cannot be used in COPY.");
    }
    for (uint32_t i = 0; i < *count; i++)
        if (columns[i] == column)
            return sql_fail(error, "42701", "column \"" SLICE_FMT "\" specified more than once",
                            SLICE_ARG(name));
    columns[(*count)++] = column;
    return true;
}

bool pg_copy_columns(struct pg_utility_call *call, const struct sql_relation *relation,
                     const struct sql_column ***out, uint32_t *count)
{
    const struct ast_names *names = &AST_AS(copy, call->tree)->columns;
    const struct sql_column **columns =
        arena_array(call->env->arena, relation->column_count + 1u, sizeof(struct sql_column *));
    if (!columns)
        return sql_fail_memory(call->env->error);
    *out = columns;
    *count = 0;
    for (uint32_t i = 0; i < names->count; i++)
        if (!add_named(call->env->error, relation, names->items[i], columns, count))
            return false;
    for (uint16_t i = 0; !names->count && i < relation->column_count; i++)
        if (!relation->columns[i].dropped && !relation->columns[i].generated)
            columns[(*count)++] = &relation->columns[i];
    return true;
}

bool pg_copy_add_table(struct pg_utility_call *call, const struct sql_relation *relation,
                       struct sql_bytes *out)
{
    const struct sql_schema *schema =
        sql_find_schema_id(&call->session->core, relation->object.schema);
    if (!schema)
        return sql_fail(call->env->error, "XX000", "cache lookup failed for namespace %u",
                        relation->object.schema);
    sql_bytes_add_slice(out, pg_name_quote_always(out->arena, schema->object.name));
    sql_bytes_add_char(out, '.');
    sql_bytes_add_slice(out, pg_name_quote_always(out->arena, relation->object.name));
    return true;
}

void pg_copy_add_columns(const struct sql_column *const *columns, uint32_t count,
                         struct sql_bytes *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            sql_bytes_add_str(out, ", ");
        sql_bytes_add_slice(out, pg_name_quote_always(out->arena, columns[i]->name));
    }
}

/* Files and programs of the server are for superusers, and roles that are for just that. */
static bool check_place(struct pg_utility_call *call, const struct ast_copy *copy)
{
    enum { READ_FILES = 4569, WRITE_FILES = 4570, EXECUTE_PROGRAM = 4571 };
    struct sql_session *session = call->env->session;
    uint32_t role = copy->program ? EXECUTE_PROGRAM : copy->from ? READ_FILES : WRITE_FILES;
    if ((!copy->program && !copy->file.ptr) || sql_role_acts_for(session, session->role, role))
        return true;
    const struct sql_role *needed = sql_find_role_id(session, role);
    sql_fail(call->env->error, "42501",
             "must be superuser or have privileges of the " SLICE_FMT " role to COPY %s",
             SLICE_ARG(needed->object.name),
             copy->program ? "to or from an external program"
             : copy->from  ? "from a file"
                           : "to a file");
    return sql_hint(call->env->error, "Anyone can COPY to stdout or from stdin. psql's \\copy "
                                      "command also works for anyone.");
}

static bool choose_encoding(struct pg_utility_call *call, const struct ast_copy *copy,
                            struct pg_copy_options *options)
{
    if (options->encoding < 0)
        options->encoding = call->session->settings.now.client_encoding;
    if (pg_encoding_is_known(options->encoding))
        return true;
    const char *name = pg_encoding_name(options->encoding);
    return sql_fail(call->env->error, "42883",
                    "default conversion function for encoding \"%s\" to \"%s\" does not exist",
                    copy->from ? name : "UTF8", copy->from ? "UTF8" : name);
}

bool pg_run_copy(struct pg_utility_call *call)
{
    const struct ast_copy *copy = AST_AS(copy, call->tree);
    struct pg_copy_options options;
    uint64_t rows = 0;
    if (!check_place(call, copy))
        return false;
    if (copy->program)
        return sql_fail(call->env->error, "0A000",
                        "COPY to or from an external program is not supported");
    if (!pg_copy_read_options(copy, &options, call->env->error) ||
        !choose_encoding(call, copy, &options))
        return false;
    if (copy->from ? !pg_copy_from(call, &options, &rows) : !pg_copy_to(call, &options, &rows))
        return false;
    call->tag = arena_printf(call->env->arena, "COPY %llu", (unsigned long long)rows);
    return true;
}

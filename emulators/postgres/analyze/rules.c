#include "emulators/postgres/analyze/rules.h"

#include "emulators/postgres/analyze/column_name.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bytes.h"

#define C_COLLATION 950

static struct slice type_name(struct sql_env *env, uint32_t type, int32_t typmod)
{
    struct sql_bytes text;
    sql_bytes_init(&text, env->arena);
    pg_format_type(env->session, &text, type, typmod, typmod < 0 ? PG_TYPE_NO_TYPMOD : 0);
    return sql_bytes_slice(&text);
}

/* Calls the type's own input function of modifiers. */
static bool typmod(struct sql_env *env, const struct sql_type *type, const struct slice *args,
                   uint32_t count, int32_t *out)
{
    const struct sql_dialect *dialect = env->session->dialect;
    const struct sql_type *builtin = sql_builtin_type_id(dialect, type->id);
    const struct sql_type_object *stored = sql_find_type_object(env->session, type->id);
    uint32_t input = builtin  ? dialect->type_details[builtin - dialect->types].modifier_in
                     : stored ? stored->modifier_in
                              : 0;
    const struct sql_routine *routine = input ? sql_find_routine_id(env->session, input) : NULL;
    if (!routine)
        return sql_fail(env->error, "42601", "type modifier is not allowed for type \"%.*s\"",
                        SLICE_ARG(type->name));
    if (!routine->call)
        return sql_fail(env->error, "0A000", "modifiers of type \"%.*s\" are not supported",
                        SLICE_ARG(type->name));
    const struct sql_type *cstring = sql_find_type_id(env->session, dialect->types_of.cstring);
    struct datum *texts = arena_array(env->arena, count, sizeof *texts), list, value;
    struct sql_array_shape shape = {.dims = 1, .length = {(int32_t)count}, .lower = {1}};
    struct sql_call call = {.env = env, .arena = env->arena, .argc = 1};
    if (!texts)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++)
        texts[i] = datum_bytes(args[i]);
    if (!sql_array_make(&call, cstring, &shape, texts, &list) ||
        !routine->call(&call, &list, &value))
        return false;
    *out = (int32_t)value.i;
    return true;
}

static struct slice database_name(struct sql_env *env)
{
    const struct sql_routine *routine;
    struct sql_routines found =
        sql_find_routines(env->session, env, (struct slice)SLICE_LITERAL("pg_catalog"),
                          (struct slice)SLICE_LITERAL("current_database"));
    struct sql_call call = {.env = env, .arena = env->arena};
    struct datum name;
    routine = found.count ? found.items[0] : NULL;
    if (!routine || !routine->call || !routine->call(&call, NULL, &name))
        return (struct slice){0};
    return datum_slice(name);
}

const struct sql_analysis_rules pg_analysis_rules = {
    .c_collation = C_COLLATION,
    .string_category = 'S',
    .unknown_category = 'X',
    .targets_max = 1664,
    .args_max = 100,
    .name_max = 63,
    .system_schema = SLICE_LITERAL("pg_catalog"),
    .variable_words = "PL/pgSQL variable",
    .json_of_any = "to_jsonb",
    .json_object_aggregates = {{{"json_object_agg", "json_object_agg_strict"},
                                {"json_object_agg_unique", "json_object_agg_unique_strict"}},
                               {{"jsonb_object_agg", "jsonb_object_agg_strict"},
                                {"jsonb_object_agg_unique", "jsonb_object_agg_unique_strict"}}                                                                },
    .json_array_aggregates = {{"json_agg", "json_agg_strict"},                                                              {"jsonb_agg", "jsonb_agg_strict"}},
    .column_name = pg_column_name,
    .type_name = type_name,
    .database_name = database_name,
    .typmod = typmod,
};

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/session.h"

static const struct slice no_schema = {NULL, 0};

bool pg_deparse_relation_name(struct sql_env *env, uint32_t relation, struct sql_bytes *out)
{
    const struct sql_relation *found = sql_find_relation_id(env->session, relation);
    if (!found)
        return sql_fail(env->error, "XX000", "cache lookup failed for relation %u", relation);
    pg_quote_relation(env->session, out, found);
    return true;
}

static bool same_arguments(const struct sql_routine *a, const struct sql_routine *b)
{
    if (a->arg_count != b->arg_count)
        return false;
    for (unsigned i = 0; i < a->arg_count; i++)
        if (a->arg_types[i] != b->arg_types[i])
            return false;
    return true;
}

/* Found by its name along the path with these arguments? */
static bool routine_is_visible(struct sql_env *env, const struct sql_routine *routine)
{
    struct sql_routines all = sql_find_routines(env->session, env, no_schema, routine->object.name);
    for (uint32_t i = 0; i < all.count; i++)
        if (same_arguments(all.items[i], routine))
            return all.items[i]->object.id == routine->object.id;
    return false;
}

bool pg_deparse_routine_name(struct sql_env *env, const struct sql_routine *routine,
                             struct sql_bytes *out)
{
    bool visible = routine_is_visible(env, routine);
    pg_quote_qualified(env->session, out, visible ? 0 : routine->object.schema,
                       routine->object.name);
    return true;
}

bool pg_deparse_operator_name(struct sql_env *env, uint32_t op, struct sql_bytes *out)
{
    const struct sql_operator *found = sql_find_operator_id(env->session, op);
    if (!found)
        return sql_fail(env->error, "XX000", "cache lookup failed for operator %u", op);
    if (pg_operator_is_visible(env->session, found)) {
        sql_bytes_add_slice(out, found->object.name);
        return true;
    }
    const struct sql_schema *schema = sql_find_schema_id(env->session, found->object.schema);
    sql_bytes_add_str(out, "OPERATOR(");
    if (schema) {
        pg_quote_name(out, schema->object.name);
        sql_bytes_add_char(out, '.');
    }
    sql_bytes_add_slice(out, found->object.name);
    sql_bytes_add_char(out, ')');
    return true;
}

bool pg_deparse_collation_name(struct sql_env *env, uint32_t collation, struct sql_bytes *out)
{
    uint32_t schema;
    struct slice name = pg_collation_name(env->session, collation, &schema);
    if (!name.ptr)
        return sql_fail(env->error, "XX000", "cache lookup failed for collation %u", collation);
    bool visible = sql_find_collation(env->session, no_schema, name) == collation;
    pg_quote_qualified(env->session, out, visible ? 0 : schema, name);
    return true;
}

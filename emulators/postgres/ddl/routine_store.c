/* Routines are stored: in the place of another, with what they need. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

const struct sql_routine *pg_routine_find(struct pg_ddl *ddl, uint32_t schema, struct slice name,
                                          const uint32_t *types, uint32_t count)
{
    const struct sql_schema *in = sql_find_schema_id(ddl->session, schema);
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, in->object.name, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == count &&
            (count == 0 || !memcmp(found.items[i]->arg_types, types, count * sizeof *types)))
            return found.items[i];
    return NULL;
}

/* ---- CREATE OR REPLACE */

static struct slice signature(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    struct sql_bytes out;
    sql_bytes_init(&out, ddl->arena);
    pg_quote_signature(ddl->session, ddl->env, &out, routine);
    return sql_bytes_slice(&out);
}

static bool hint_drop(struct pg_ddl *ddl, const struct sql_routine *old)
{
    return sql_hint(ddl->env->error, "Use DROP %s " SLICE_FMT " first.",
                    old->kind == SQL_ROUTINE_PROCEDURE   ? "PROCEDURE"
                    : old->kind == SQL_ROUTINE_AGGREGATE ? "AGGREGATE"
                                                         : "FUNCTION",
                    SLICE_ARG(signature(ddl, old)));
}

static bool check_kind(struct pg_ddl *ddl, const struct sql_routine *routine,
                       const struct sql_routine *old)
{
    if (routine->kind == old->kind)
        return true;
    sql_fail(ddl->env->error, "42809", "cannot change routine kind");
    return sql_detail(ddl->env->error, "\"" SLICE_FMT "\" is %s.", SLICE_ARG(old->object.name),
                      old->kind == SQL_ROUTINE_AGGREGATE   ? "an aggregate function"
                      : old->kind == SQL_ROUTINE_PROCEDURE ? "a procedure"
                      : old->kind == SQL_ROUTINE_WINDOW    ? "a window function"
                                                           : "a function");
}

static bool is_output(const struct sql_routine *routine, uint16_t i)
{
    return routine->modes[i] != 'i' && routine->modes[i] != 'v';
}

static uint16_t next_output(const struct sql_routine *routine, uint16_t i)
{
    while (i < routine->all_count && !is_output(routine, i))
        i++;
    return i;
}

/* Do the OUT parameters of both make the same row? */
static bool same_outputs(const struct sql_routine *a, const struct sql_routine *b)
{
    uint16_t i = next_output(a, 0), j = next_output(b, 0);
    while (i < a->all_count && j < b->all_count) {
        bool same = a->all_types[i] == b->all_types[j];
        struct slice left = a->names ? a->names[i] : slice_of("", 0);
        struct slice right = b->names ? b->names[j] : slice_of("", 0);
        if (!same || !slice_eq(left, right))
            return false;
        i = next_output(a, (uint16_t)(i + 1));
        j = next_output(b, (uint16_t)(j + 1));
    }
    return i >= a->all_count && j >= b->all_count;
}

static bool check_result(struct pg_ddl *ddl, const struct sql_routine *routine,
                         const struct sql_routine *old)
{
    struct sql_error *error = ddl->env->error;
    if (routine->result_type != old->result_type || routine->returns_set != old->returns_set) {
        sql_fail(error, "42P13",
                 old->kind == SQL_ROUTINE_PROCEDURE
                     ? "cannot change whether a procedure has output parameters"
                     : "cannot change return type of existing function");
        return hint_drop(ddl, old);
    }
    if (routine->result_type != ddl->session->dialect->types_of.record ||
        same_outputs(routine, old))
        return true;
    sql_fail(error, "42P13", "cannot change return type of existing function");
    sql_detail(error, "Row type defined by OUT parameters is different.");
    return hint_drop(ddl, old);
}

/* The name of input argument n (from 0), empty: it has none. */
static struct slice input_name(const struct sql_routine *routine, uint16_t n)
{
    uint16_t count = routine->all_count ? routine->all_count : routine->arg_count;
    for (uint16_t i = 0, input = 0; routine->names && i < count && i < routine->name_count; i++) {
        char mode = routine->all_count ? routine->modes[i] : 'i';
        if (mode != 'o' && mode != 't' && input++ == n)
            return routine->names[i];
    }
    return slice_of("", 0);
}

static bool check_names(struct pg_ddl *ddl, const struct sql_routine *routine,
                        const struct sql_routine *old)
{
    for (uint16_t i = 0; i < old->arg_count; i++) {
        struct slice was = input_name(old, i);
        if (!was.len || slice_eq(was, input_name(routine, i)))
            continue;
        sql_fail(ddl->env->error, "42P13",
                 "cannot change name of input parameter \"" SLICE_FMT "\"", SLICE_ARG(was));
        return hint_drop(ddl, old);
    }
    return true;
}

static bool check_defaults(struct pg_ddl *ddl, const struct sql_routine *routine,
                           const struct sql_routine *old)
{
    if (routine->default_count < old->default_count) {
        sql_fail(ddl->env->error, "42P13",
                 "cannot remove parameter defaults from existing function");
        return hint_drop(ddl, old);
    }
    uint32_t skip = routine->defaults.count - old->defaults.count;
    for (uint32_t i = 0; i < old->defaults.count; i++) {
        if (old->defaults.items[i]->type == routine->defaults.items[i + skip]->type)
            continue;
        sql_fail(ddl->env->error, "42P13",
                 "cannot change data type of existing parameter default value");
        return hint_drop(ddl, old);
    }
    return true;
}

bool pg_routine_check_replace(struct pg_ddl *ddl, const struct sql_routine *routine,
                              const struct sql_routine *old)
{
    return pg_name_must_own(ddl, &old->object) && check_kind(ddl, routine, old) &&
           check_result(ddl, routine, old) && check_names(ddl, routine, old) &&
           check_defaults(ddl, routine, old);
}

/* ---- storing */

static bool depend(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_env *env = ddl->env;
    struct sql_reference of = pg_whole(ids->routine, routine->object.id);
    uint16_t count = routine->all_count ? routine->all_count : routine->arg_count;
    const uint32_t *types = routine->all_count ? routine->all_types : routine->arg_types;
    if (!sql_depend(env, of, pg_whole(ids->schema, routine->object.schema), 'n') ||
        !sql_depend(env, of, pg_whole(ids->language, routine->language), 'n') ||
        !sql_depend(env, of, pg_whole(ids->type, routine->result_type), 'n'))
        return false;
    for (uint16_t i = 0; i < count; i++)
        if (!sql_depend(env, of, pg_whole(ids->type, types[i]), 'n'))
            return false;
    for (uint32_t i = 0; i < routine->defaults.count; i++)
        if (!sql_depend_on_expr(env, of, routine->defaults.items[i], 0, 'n', 0))
            return false;
    for (uint16_t i = 0; i < routine->body_count; i++)
        if (!sql_depend_on_query(env, of, routine->body[i], 'n'))
            return false;
    return !routine->support || sql_depend(env, of, pg_whole(ids->routine, routine->support), 'n');
}

bool pg_routine_store(struct pg_ddl *ddl, struct sql_routine *routine,
                      const struct sql_routine *old)
{
    if (!old)
        return sql_catalog_create(ddl->env, &routine->object) && depend(ddl, routine);
    struct sql_object object = routine->object;
    routine->object = old->object;
    routine->object.name = object.name;
    return sql_depend_clear(ddl->env, pg_whole(object.class_id, old->object.id), 0) &&
           sql_catalog_replace(ddl->env, &routine->object) && depend(ddl, routine);
}

/* CREATE AGGREGATE. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

/* An aggregate that is being defined. */
struct defining {
    struct pg_ddl *ddl;
    const struct ast_define *ast;
    struct sql_routine routine;
    struct sql_aggregate aggregate;
};

/* ---- its functions */

static bool find_support(struct defining *d, const char *option, const uint32_t *types,
                         uint32_t count, uint32_t *out, uint32_t *out_result)
{
    const struct ast_option *found = pg_define_option(d->ast, option);
    const struct sql_routine *routine;
    *out = 0;
    if (!found)
        return true;
    if (!pg_define_routine(d->ddl, found, types, count, &routine))
        return false;
    *out = routine->object.id;
    if (out_result)
        *out_result = routine->result_type;
    return true;
}

static bool is_pseudo(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, id);
    return type && type->kind == SQL_TYPE_PSEUDO;
}

static bool set_transition(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    uint16_t argc = d->routine.arg_count;
    uint16_t first = d->aggregate.direct_count;
    uint32_t *types = arena_array(ddl->arena, argc + 1u, sizeof *types), result = 0;
    if (!types)
        return sql_fail_memory(ddl->env->error);
    types[0] = d->aggregate.state_type;
    for (uint16_t i = first; i < argc; i++)
        types[i - first + 1] = d->routine.arg_types[i];
    if (!find_support(d, "sfunc", types, argc - first + 1u, &d->aggregate.transition, &result))
        return false;
    if (result != d->aggregate.state_type && !is_pseudo(ddl, result))
        return sql_fail(ddl->env->error, "42804",
                        "return type of transition function " SLICE_FMT " is not " SLICE_FMT,
                        SLICE_ARG(pg_define_text(ddl, pg_define_option(d->ast, "sfunc"))),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, d->aggregate.state_type)));
    uint32_t two[] = {d->aggregate.state_type, d->aggregate.state_type};
    return find_support(d, "combinefunc", two, 2, &d->aggregate.combine, NULL);
}

static bool set_final(struct defining *d)
{
    uint16_t argc = d->routine.arg_count;
    bool extra = pg_define_flag(d->ddl, pg_define_option(d->ast, "finalfunc_extra"));
    uint32_t *types = arena_array(d->ddl->arena, argc + 1u, sizeof *types);
    uint32_t count = 1, result = d->aggregate.state_type;
    if (!types)
        return sql_fail_memory(d->ddl->env->error);
    types[0] = d->aggregate.state_type;
    uint16_t limit = extra ? argc : d->aggregate.direct_count;
    for (uint16_t i = 0; i < limit; i++)
        types[count++] = d->routine.arg_types[i];
    if (!find_support(d, "finalfunc", types, count, &d->aggregate.final, &result))
        return false;
    d->aggregate.final_extra = extra;
    d->routine.result_type = result;
    return true;
}

/* The moving form, for windows that slide. */
static bool set_moving(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    const struct ast_option *state = pg_define_option(d->ast, "mstype");
    uint16_t argc = d->routine.arg_count;
    uint32_t *types = arena_array(ddl->arena, argc + 1u, sizeof *types);
    if (!types)
        return sql_fail_memory(ddl->env->error);
    if (!state)
        return true;
    if (!pg_define_type(ddl, state, &d->aggregate.moving_state_type))
        return false;
    types[0] = d->aggregate.moving_state_type;
    for (uint16_t i = 0; i < argc; i++)
        types[i + 1] = d->routine.arg_types[i];
    const struct ast_option *initial = pg_define_option(d->ast, "minitcond");
    if (initial)
        d->aggregate.moving_initial = pg_define_text(ddl, initial);
    return find_support(d, "msfunc", types, argc + 1u, &d->aggregate.moving_transition, NULL) &&
           find_support(d, "minvfunc", types, argc + 1u, &d->aggregate.inverse, NULL) &&
           find_support(d, "mfinalfunc", types, 1, &d->aggregate.moving_final, NULL);
}

/* ---- the statement */

static bool set_state(struct defining *d)
{
    struct sql_error *error = d->ddl->env->error;
    const struct ast_option *state = pg_define_option(d->ast, "stype");
    const struct ast_option *initial = pg_define_option(d->ast, "initcond");
    if (!state)
        return sql_fail(error, "42P13", "aggregate stype must be specified");
    if (!pg_define_option(d->ast, "sfunc"))
        return sql_fail(error, "42P13", "aggregate sfunc must be specified");
    if (!pg_define_type(d->ddl, state, &d->aggregate.state_type))
        return false;
    if (initial)
        d->aggregate.initial = pg_define_text(d->ddl, initial);
    return true;
}

/* Old style: basetype says the only argument. */
static bool set_arguments(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    uint32_t ignored, *types;
    if (!d->ast->old_style)
        return pg_routine_parameters(ddl, &d->ast->args, "aggregate", &d->routine, &ignored);
    const struct ast_option *base = pg_define_option(d->ast, "basetype");
    if (!base)
        return sql_fail(ddl->env->error, "42P13", "aggregate input type must be specified");
    if (slice_eq_str(pg_define_text(ddl, base), "any"))
        return true;
    types = arena_array(ddl->arena, 1, sizeof *types);
    if (!types)
        return sql_fail_memory(ddl->env->error);
    d->routine.arg_types = types;
    d->routine.arg_count = 1;
    return pg_define_type(ddl, base, &types[0]);
}

static bool depend(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->routine, d->routine.object.id);
    const uint32_t functions[] = {d->aggregate.transition, d->aggregate.final,
                                  d->aggregate.combine,    d->aggregate.moving_transition,
                                  d->aggregate.inverse,    d->aggregate.moving_final};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i] && !sql_depend(ddl->env, of, pg_whole(ids->routine, functions[i]), 'n'))
            return false;
    return true;
}

bool pg_create_aggregate(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct defining d = {
        .ddl = ddl,
        .ast = ast,
        .routine = {.object = {.class_id = pg_classes(ddl)->routine,
                               .owner = ddl->session->role,
                               .acl_default = true},
                    .kind = SQL_ROUTINE_AGGREGATE,
                    .volatility = 'i',
                    .parallel = 'u',
                    .language = PG_LANGUAGE_INTERNAL,
                    .cost = 1,
                    .source = slice_str("aggregate_dummy")},
        .aggregate = {.kind = 'n',                    .final_modify = 'r',                     .moving_final_modify = 'r'},
    };
    struct sql_object *object = &d.routine.object;
    if (ast->direct_args >= 0) {
        bool hypothetical = pg_define_flag(ddl, pg_define_option(ast, "hypothetical"));
        d.aggregate.kind = hypothetical ? 'h' : 'o';
        d.aggregate.direct_count = (uint16_t)ast->direct_args;
        d.aggregate.final_modify = d.aggregate.moving_final_modify = 'w';
    }
    if (!pg_name_qualified(ddl, &ast->name, &object->schema, &object->name) || !set_arguments(&d) ||
        !set_state(&d) || !set_transition(&d) || !set_final(&d) || !set_moving(&d))
        return false;
    d.routine.aggregate = &d.aggregate;
    const struct sql_routine *old = pg_routine_find(ddl, object->schema, object->name,
                                                    d.routine.arg_types, d.routine.arg_count);
    if (old && !ast->replace)
        return sql_fail(ddl->env->error, "42723",
                        "function \"" SLICE_FMT "\" already exists with same argument types",
                        SLICE_ARG(object->name));
    return (!old || pg_routine_check_replace(ddl, &d.routine, old)) &&
           pg_routine_check_result(ddl, &d.routine) && pg_routine_store(ddl, &d.routine, old) &&
           depend(&d);
}

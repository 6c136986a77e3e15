/* The constraints of a domain as one check. */
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/planner.h"

static bool add_check(struct sql_planner *planner, const struct sql_constraint *constraint,
                      uint32_t test, struct sql_vector *checks)
{
    struct sql_compiler compiler;
    const struct sql_program *program;
    struct sql_plan_query *none;
    uint32_t result;
    struct sql_query *empty = arena_zalloc(planner->arena, sizeof(*empty));
    struct sql_domain_check *check = sql_vector_add(planner->arena, checks, sizeof(*check));
    if (!check || !empty)
        return sql_fail_memory(planner->env->error);
    sql_compiler_begin(&compiler, planner);
    compiler.case_test = test;
    if (!sql_plan_query_create(planner, NULL, empty, &none) ||
        !sql_compile(&compiler, none, constraint->check, SQL_NO_REGISTER, &result) ||
        !sql_compiler_end(&compiler, result, &program))
        return false;
    check->program = *program;
    check->name = constraint->object.name;
    return true;
}

/* By name, as the server looks at them. */
static void sort_checks(struct sql_domain_check *checks, uint32_t from, uint32_t count)
{
    for (uint32_t i = from + 1; i < count; i++) {
        struct sql_domain_check check = checks[i];
        uint32_t at = i;
        for (; at > from && slice_compare(check.name, checks[at - 1].name) < 0; at--)
            checks[at] = checks[at - 1];
        checks[at] = check;
    }
}

static bool add_domain(struct sql_planner *planner, const struct sql_type *type,
                       struct sql_general_domain *out, struct sql_vector *checks)
{
    const struct sql_type *base = sql_plan_type(planner, type->base);
    if (base && base->kind == SQL_TYPE_DOMAIN && !add_domain(planner, base, out, checks))
        return false;
    const struct sql_type_object *object = sql_find_type_object(planner->session, type->id);
    if (!object)
        return true;
    out->not_null |= object->not_null;
    uint32_t first = checks->count;
    for (uint32_t i = 0; i < object->constraint_count; i++) {
        const struct sql_constraint *constraint =
            sql_find_constraint(planner->session, object->constraints[i]);
        if (constraint && constraint->check && !add_check(planner, constraint, out->test, checks))
            return false;
    }
    sort_checks(checks->items, first, checks->count);
    return true;
}

bool sql_plan_domain(struct sql_planner *planner, const struct sql_type *type,
                     struct sql_general_domain *out)
{
    struct sql_vector checks = {0};
    out->general.evaluate = sql_eval_domain;
    out->type = type;
    if (!sql_plan_register(planner, sql_plan_type(planner, type->base), &out->test) ||
        !add_domain(planner, type, out, &checks))
        return false;
    out->checks = checks.items;
    out->count = checks.count;
    return true;
}

/* JSON expressions. */
#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/value/json_expr.h"

static bool compile_construct(struct sql_compiler *compiler, struct sql_plan_query *query,
                              const struct sql_expr_special *json, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr *expr = &json->expr;
    uint32_t count = json->args.count, base;
    struct sql_general_json *body = arena_zalloc(planner->arena, sizeof *body);
    const struct sql_type **types = arena_array(planner->arena, count + 1u, sizeof(*types));
    struct sql_call_site *site;
    if (!body || !types)
        return sql_fail_memory(planner->env->error);
    for (uint32_t i = 0; i < count; i++)
        types[i] = sql_plan_type(planner, json->args.items[i]->type);
    if (!sql_compile_args(compiler, query, &json->args, &base) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    body->general.evaluate = sql_eval_json;
    body->site = site;
    body->operation =
        (struct sql_json_operation){.op = json->op,
                                    .options = json->options,
                                    .binary = expr->type == planner->dialect->types_of.jsonb,
                                    .types = types,
                                    .count = count};
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, count, want, out);
}

bool sql_compile_json(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_special *json = (const void *)expr;
    return json->op <= SQL_JSON_OP_IS
               ? compile_construct(compiler, query, json, want, out)
               : sql_compile(compiler, query, json->args.items[0], want, out);
}

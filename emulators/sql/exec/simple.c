#include "emulators/sql/exec/simple.h"

#include "emulators/sql/exec/privilege.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/txn/txn.h"

/* What functions keep for their call sites is forgotten when it is more than that. */
#define KEPT_BYTES_MAX ((size_t)256 << 10)

struct sql_simple {
    struct sql_run *run;
    struct sql_env env;   /* of the evaluation; its arena is `kept` */
    struct arena kept;    /* memos of call sites */
    const void *measured; /* its newest chunk when it was measured last */
};

bool sql_plan_is_simple(const struct sql_plan *plan)
{
    const struct sql_node *root = plan->root;
    if (!root || root->kind != SQL_NODE_RESULT || root->input_count || root->filter)
        return false;
    const struct sql_node_result *result = (const void *)root;
    bool computes = !result->once && !result->with_count && plan->column_count == 1;
    bool alone = !plan->spool_count && !plan->subplan_count && !plan->auxiliary_count;
    return computes && alone && !plan->modifies && !plan->reads_tables && !plan->lock_count;
}

bool sql_simple_open(struct sql_env *env, struct arena *arena, const struct sql_plan *plan,
                     const struct datum *params, uint32_t param_count, struct sql_simple **out)
{
    struct sql_run_options options = {.params = params, .param_count = param_count};
    struct sql_simple *simple = arena_zalloc(arena, sizeof(*simple));
    if (!simple)
        return sql_fail_memory(env->error);
    arena_init(&simple->kept);
    simple->env = *env;
    simple->env.arena = &simple->kept;
    if (!sql_run_open(&simple->env, arena, plan, &options, &simple->run))
        return false;
    *out = simple;
    return true;
}

static void forget_memos(struct sql_simple *simple)
{
    for (uint32_t i = 0; i < simple->run->plan->site_count; i++)
        simple->run->calls[i].memo = NULL;
    arena_reset(&simple->kept);
}

static void limit_kept(struct sql_simple *simple)
{
    if (simple->kept.chunks == simple->measured)
        return;
    if (arena_size(&simple->kept) > KEPT_BYTES_MAX)
        forget_memos(simple);
    simple->measured = simple->kept.chunks;
}

bool sql_simple_evaluate(struct sql_simple *simple, struct sql_env *env, struct arena *arena,
                         struct datum *out)
{
    struct sql_run *run = simple->run;
    const struct sql_plan *plan = run->plan;
    const struct sql_program *program = plan->root->project;
    limit_kept(simple);
    simple->env = *env;
    simple->env.arena = &simple->kept;
    if (!sql_check_privileges(&simple->env, plan))
        return false;
    for (uint32_t i = 0; i < plan->param_count; i++)
        run->regs[plan->params[i].reg] = run->options.params[plan->params[i].number];
    if (program && !sql_program_run(run, program, arena))
        return false;
    *out = run->regs[plan->outputs[0]];
    return true;
}

void sql_simple_close(struct sql_simple *simple)
{
    if (!simple)
        return;
    sql_run_close(simple->run);
    arena_done(&simple->kept);
}

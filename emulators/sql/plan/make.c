/* Plans of statements and of bare expressions. */
#include "emulators/sql/exec/run.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/session.h"

static bool planner_begin(struct sql_env *env, struct arena *arena, struct sql_planner **out)
{
    struct sql_planner *planner = arena_zalloc(arena, sizeof(*planner));
    struct sql_plan *plan = arena_zalloc(arena, sizeof(*plan));
    uint32_t none;
    if (!planner || !plan)
        return sql_fail_memory(env->error);
    planner->env = env;
    planner->session = env->session;
    planner->dialect = env->session ? env->session->dialect : NULL;
    planner->arena = plan->arena = arena;
    planner->plan = plan;
    plan->catalog_version = env->session ? sql_catalog_version(env->session) : 0;
    *out = planner;
    return sql_plan_register(planner, NULL, &none); /* register 0 is nobody's */
}

/* ---- statements */

static bool result_columns(struct sql_planner *planner, const struct sql_plan_query *root)
{
    struct sql_plan *plan = planner->plan;
    const struct sql_query *query = root->query;
    bool select = query->command == SQL_SELECT;
    const struct sql_target *targets = select ? query->targets : query->returning;
    uint32_t count = select ? query->target_count : query->returning_count;
    if (!select && count == 0)
        return true;
    plan->columns = arena_zalloc(planner->arena, (count + 1) * sizeof(*plan->columns));
    plan->outputs = arena_array(planner->arena, count, sizeof(*plan->outputs));
    if (!plan->columns || !plan->outputs)
        return sql_fail_memory(planner->env->error);
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        plan->columns[plan->column_count] =
            (struct sql_result_column){.name = targets[i].name,
                                       .type = targets[i].expr->type,
                                       .typmod = targets[i].expr->typmod,
                                       .origin_table = targets[i].origin_table,
                                       .origin_column = (int16_t)targets[i].origin_column};
        plan->outputs[plan->column_count++] = root->target_registers[i];
    }
    return true;
}

static const char *command_name(const struct sql_query *query)
{
    switch (query->command) {
    case SQL_INSERT: return "INSERT";
    case SQL_UPDATE: return "UPDATE";
    case SQL_DELETE: return "DELETE";
    case SQL_MERGE: return "MERGE";
    default: return "SELECT";
    }
}

/* WITH queries deep inside modify as well; FOR UPDATE writes locks. */
static bool modifies(const struct sql_query *query, const char **command)
{
    *command = command_name(query);
    if (query->command != SQL_SELECT)
        return true;
    if (query->row_mark_count) {
        *command = "SELECT FOR UPDATE";
        for (uint32_t i = 0; i < query->row_mark_count; i++)
            *command = query->row_marks[i].strength == SQL_LOCK_UPDATE ? "SELECT FOR UPDATE"
                       : query->row_marks[i].strength == SQL_LOCK_NO_KEY_UPDATE
                           ? "SELECT FOR NO KEY UPDATE"
                       : query->row_marks[i].strength == SQL_LOCK_SHARE ? "SELECT FOR SHARE"
                                                                        : "SELECT FOR KEY SHARE";
        return true;
    }
    for (uint32_t i = 0; i < query->cte_count; i++)
        if (query->ctes[i]->query->command != SQL_SELECT)
            return modifies(query->ctes[i]->query, command);
    return false;
}

static bool make(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                 const struct sql_params *params, bool for_cursor, struct sql_plan **out)
{
    struct sql_planner *planner;
    struct sql_plan_query *root;
    if (!planner_begin(env, arena, &planner))
        return false;
    planner->params = params;
    planner->for_cursor = for_cursor;
    planner->plan->query = query;
    planner->plan->modifies = modifies(query, &planner->plan->command);
    planner->plan->modifies_root = query->command != SQL_SELECT;
    return sql_plan_query_create(planner, NULL, query, &root) &&
           sql_plan_query_build(root, false, &planner->plan->root) &&
           result_columns(planner, root) && sql_plan_seal(planner, out) &&
           (!for_cursor || sql_plan_find_places(planner));
}

/* Who waited for the lock of a table may have seen another shape of it before. */
static bool make_current(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                         const struct sql_params *params, bool for_cursor, struct sql_plan **out)
{
    do {
        if (!make(env, arena, query, params, for_cursor, out))
            return false;
    } while (env->session && (*out)->catalog_version != sql_catalog_version(env->session));
    return true;
}

bool sql_plan_make(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                   const struct sql_params *params, struct sql_plan **out)
{
    return make_current(env, arena, query, params, false, out);
}

bool sql_plan_make_cursor(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                          const struct sql_params *params, struct sql_plan **out)
{
    return make_current(env, arena, query, params, true, out);
}

bool sql_plan_lock(struct sql_env *env, const struct sql_plan *plan)
{
    return sql_lock_relations(env, plan->locks, plan->lock_count);
}

bool sql_plan_reads(const struct sql_plan *plan, uint32_t relation)
{
    for (uint32_t i = 0; i < plan->lock_count; i++)
        if (plan->locks[i].relation == relation)
            return true;
    return false;
}

/* ---- expressions */

bool sql_plan_relation_query(struct sql_env *env, struct arena *arena,
                             const struct sql_relation *relation, struct sql_plan_query **out)
{
    struct sql_planner *planner;
    struct sql_query *query = arena_zalloc(arena, sizeof(*query));
    if (!query)
        return sql_fail_memory(env->error);
    if (!planner_begin(env, arena, &planner))
        return false;
    if (relation) {
        struct sql_table **tables = arena_alloc(arena, sizeof(*tables));
        if (!tables || !sql_plan_relation_table(env, arena, relation, &tables[0]))
            return sql_fail_memory(env->error);
        query->tables = tables;
        query->table_count = 1;
    }
    planner->plan->query = query;
    if (!sql_plan_query_create(planner, NULL, query, out))
        return false;
    if (relation) {
        (*out)->tables[0].state = SQL_PLAN_TABLE_LOADED;
        (*out)->tables[0].row_in_place = true;
    }
    return true;
}

bool sql_plan_relation_table(struct sql_env *env, struct arena *arena,
                             const struct sql_relation *relation, struct sql_table **out)
{
    struct sql_table *table = arena_zalloc(arena, sizeof(*table));
    uint32_t count = relation->column_count;
    (void)env;
    if (!table || !(table->columns = arena_zalloc(arena, count * sizeof(*table->columns))) ||
        !(table->types = arena_zalloc(arena, count * sizeof(uint32_t))) ||
        !(table->typmods = arena_zalloc(arena, count * sizeof(int32_t))) ||
        !(table->collations = arena_zalloc(arena, count * sizeof(uint32_t))) ||
        !(table->dropped = arena_zalloc(arena, count + 1)))
        return false;
    table->kind = SQL_TABLE_RELATION;
    table->relation = relation->object.id;
    table->name = relation->object.name;
    table->column_count = count;
    for (uint32_t i = 0; i < count; i++) {
        table->columns[i] = relation->columns[i].name;
        table->types[i] = relation->columns[i].type;
        table->typmods[i] = relation->columns[i].typmod;
        table->collations[i] = relation->columns[i].collation;
        table->dropped[i] = relation->columns[i].dropped;
    }
    *out = table;
    return true;
}

bool sql_plan_add_relation(struct sql_plan_query *query, const struct sql_relation *relation)
{
    struct sql_planner *planner = query->planner;
    struct sql_query *source = arena_alloc(planner->arena, sizeof(*source));
    struct sql_plan_query *made;
    if (!source)
        return sql_fail_memory(planner->env->error);
    *source = *query->query;
    source->tables =
        arena_array(planner->arena, query->query->table_count + 1, sizeof(*source->tables));
    if (!source->tables)
        return sql_fail_memory(planner->env->error);
    if (query->query->table_count)
        memcpy(source->tables, query->query->tables,
               query->query->table_count * sizeof(*source->tables));
    if (!sql_plan_relation_table(planner->env, planner->arena, relation,
                                 &source->tables[source->table_count++]))
        return sql_fail_memory(planner->env->error);
    if (!sql_plan_query_create(planner, NULL, source, &made))
        return false;
    for (uint32_t i = 0; i < source->table_count; i++) {
        made->tables[i].state = SQL_PLAN_TABLE_LOADED;
        made->tables[i].row_in_place = true;
    }
    *query = *made;
    return true;
}

/* A whole row that was asked for must be put together by whoever loads the columns. */
bool sql_plan_table_loads(struct sql_plan_query *query, uint32_t number,
                          struct sql_scan_column **out, uint32_t *out_count)
{
    const struct sql_plan_table *table = &query->tables[number - 1];
    uint32_t count = table->table->column_count;
    *out_count = 0;
    *out = arena_array(query->planner->arena, count + 8, sizeof(**out));
    if (!*out)
        return sql_fail_memory(query->planner->env->error);
    for (uint32_t i = 0; i < count; i++)
        if (table->registers[i] != SQL_NO_REGISTER)
            (*out)[(*out_count)++] = (struct sql_scan_column){(int32_t)i + 1, table->registers[i]};
    for (int32_t i = 0; i < 8; i++)
        if (table->system[i] != SQL_NO_REGISTER)
            (*out)[(*out_count)++] = (struct sql_scan_column){-i - 1, table->system[i]};
    return true;
}

bool sql_plan_query_loads(struct sql_plan_query *query, struct sql_scan_column **out,
                          uint32_t *out_count)
{
    *out_count = 0;
    return query->query->table_count == 0 || sql_plan_table_loads(query, 1, out, out_count);
}

bool sql_evaluate(struct sql_env *env, const struct sql_expr *expr, const struct datum *params,
                  uint32_t param_count, struct datum *out)
{
    struct sql_plan_query *query;
    const struct sql_program *program;
    struct sql_plan *plan;
    struct sql_run *run;
    struct sql_run_options options = {.params = params, .param_count = param_count};
    if (!sql_plan_relation_query(env, env->arena, NULL, &query) ||
        !sql_compile_expr(query, expr, &program) || !sql_plan_seal(query->planner, &plan) ||
        !sql_run_open(env, env->arena, plan, &options, &run))
        return false;
    bool good = sql_program_run(run, program, env->arena);
    if (good)
        *out = run->regs[program->result];
    sql_run_close(run);
    return good;
}

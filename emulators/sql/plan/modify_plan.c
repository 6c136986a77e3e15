/* Planning changes: which rows, what of them, what comes back. */
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/plan/modify.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/plan/register_set.h"
#include "emulators/sql/storage/sequence.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- new values */

static bool plan_set(struct sql_plan_query *query, const struct sql_target *targets, uint32_t count,
                     struct sql_modify_set *out)
{
    struct sql_planner *planner = query->planner;
    struct sql_compiler compiler;
    out->columns = arena_array(planner->arena, count, sizeof(*out->columns));
    out->registers = arena_array(planner->arena, count, sizeof(*out->registers));
    if (!out->columns || !out->registers)
        return no_memory(planner);
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden || targets[i].column == 0)
            continue;
        out->columns[out->count] = targets[i].column;
        if (!sql_compile(&compiler, query, targets[i].expr, SQL_NO_REGISTER,
                         &out->registers[out->count]))
            return false;
        out->count++;
    }
    return sql_compiler_end(&compiler, 0, &out->program);
}

/* ---- which tables */

static bool plan_members(struct sql_plan_query *query, struct sql_node_modify *node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_plan_table *table = &query->tables[query->query->result_table - 1];
    uint32_t count = table->family_count ? table->family_count : 1;
    node->members = arena_zalloc(planner->arena, count * sizeof(*node->members));
    if (!node->members)
        return no_memory(planner);
    node->member_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct sql_modify_member *member = &node->members[i];
        struct sql_writer_plan *writer;
        member->relation = table->family_count ? table->family[i].relation : node->relation;
        member->map = table->family_count ? table->family[i].map : NULL;
        if (member->relation->kind != SQL_RELATION_TABLE)
            continue;
        if (!sql_writer_plan_make(planner->env, planner->arena, member->relation, &writer))
            return false;
        member->writer = writer;
    }
    return true;
}

/* The query's terms with registers of their own for the result table: the row after the change. */
static bool after_terms(struct sql_plan_query *query, struct sql_plan_query **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_query *copy = arena_alloc(planner->arena, sizeof(*copy));
    uint32_t count = query->query->table_count, number = query->query->result_table;
    if (!copy)
        return no_memory(planner);
    *copy = *query;
    copy->tables = arena_array(planner->arena, count, sizeof(*copy->tables));
    if (!copy->tables)
        return no_memory(planner);
    memcpy(copy->tables, query->tables, count * sizeof(*copy->tables));
    *out = copy;
    return sql_plan_table_reset(planner, &copy->tables[number - 1]);
}

static bool plan_returning(struct sql_plan_query *query, struct sql_plan_query *after,
                           struct sql_node_modify *node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_compiler compiler;
    query->target_registers =
        arena_array(planner->arena, source->returning_count, sizeof(uint32_t));
    if (!query->target_registers)
        return no_memory(planner);
    node->returns = source->returning_count > 0;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < source->returning_count; i++) {
        uint32_t reg;
        const struct sql_expr *expr = source->returning[i].expr;
        if (!sql_plan_register(planner, sql_plan_type(planner, expr->type),
                               &query->target_registers[i]) ||
            !sql_compile(&compiler, after, expr, query->target_registers[i], &reg))
            return false;
    }
    return sql_compiler_end(&compiler, 0, &node->returning);
}

static bool plan_checks(struct sql_plan_query *query, struct sql_plan_query *after,
                        struct sql_node_modify *node)
{
    struct sql_planner *planner = after->planner;
    const struct sql_query *source = after->query;
    node->checks =
        arena_zalloc(planner->arena, (source->with_check_count + 1) * sizeof(*node->checks));
    if (!node->checks)
        return no_memory(planner);
    node->check_count = source->with_check_count;
    for (uint32_t i = 0; i < source->with_check_count; i++) {
        const struct sql_with_check *check = &source->with_check[i];
        node->checks[i].source = check;
        node->has_policies |= check->kind == SQL_CHECK_POLICY;
        struct sql_plan_query *terms =
            check->kind == SQL_CHECK_CONFLICT || check->kind == SQL_CHECK_TARGET ? query : after;
        if (check->expr && !sql_compile_expr(terms, check->expr, &node->checks[i].program))
            return false;
    }
    return true;
}

static bool plan_conflict(struct sql_plan_query *query, struct sql_node_modify *node)
{
    const struct sql_on_conflict *conflict = query->query->on_conflict;
    if (!conflict)
        return true;
    node->on_conflict = true;
    node->conflict_update = conflict->update;
    node->arbiters = conflict->index_count ? conflict->indexes : NULL;
    node->arbiter_count = conflict->index_count;
    if (!conflict->update)
        return true;
    query->tables[query->query->result_table - 1].state = SQL_PLAN_TABLE_LOADED;
    if (conflict->excluded)
        query->tables[conflict->excluded - 1].state = SQL_PLAN_TABLE_LOADED;
    return plan_set(query, conflict->set, conflict->set_count, &node->conflict_set) &&
           (!conflict->where || sql_compile_expr(query, conflict->where, &node->conflict_where));
}

static bool plan_marker(struct sql_plan_query *query, struct sql_node_modify *node)
{
    struct sql_planner *planner = query->planner;
    struct sql_expr_column *column = arena_zalloc(planner->arena, sizeof(*column));
    if (!column)
        return no_memory(planner);
    *column = (struct sql_expr_column){
        .expr = {.kind = SQL_EXPR_COLUMN, .type = planner->dialect->types_of.boolean, .typmod = -1},
        .table = query->query->merge_marker,
        .column = 1
    };
    return sql_compile_expr(query, &column->expr, &node->has_source);
}

static bool plan_actions(struct sql_plan_query *query, struct sql_node_modify *node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    node->actions =
        arena_zalloc(planner->arena, (source->merge_count + 1) * sizeof(*node->actions));
    if (!node->actions)
        return no_memory(planner);
    node->action_count = source->merge_count;
    if (source->merge_marker && !plan_marker(query, node))
        return false;
    for (uint32_t i = 0; i < source->merge_count; i++) {
        const struct sql_merge_action *from = &source->merge[i];
        struct sql_modify_action *action = &node->actions[i];
        action->match = (int)from->match;
        action->command = from->command;
        if ((from->condition && !sql_compile_expr(query, from->condition, &action->condition)) ||
            !plan_set(query, from->targets, from->target_count, &action->set))
            return false;
    }
    return true;
}

/* ---- the rows */

static bool plan_input(struct sql_plan_query *query, struct sql_node_modify *node)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_problem *problem;
    struct sql_plan_table *table = &query->tables[query->query->result_table - 1];
    node->view_registers = table->table->kind == SQL_TABLE_SUBQUERY ? table->registers : NULL;
    if (query->query->command != SQL_INSERT && !node->view_registers) {
        if (!sql_plan_registers(planner, SQL_HANDLE_COUNT, &table->row_reg))
            return false;
        node->row_reg = table->row_reg;
    }
    return sql_problem_make(query, &problem) && sql_problem_plan(problem, &node->node.inputs[0]) &&
           sql_plan_sets(query, SQL_PLAN_SETS_EARLY, &node->node.inputs[0]);
}

/* A row that another transaction changed meanwhile is looked at anew: row security, WHERE and the
 * conditions of inner joins, over the other tables' rows as they were. */
static bool add_conditions(struct sql_plan_query *query, const struct sql_from *from,
                           struct sql_vector *quals)
{
    if (from->kind != SQL_FROM_JOIN || from->join != SQL_JOIN_INNER)
        return true;
    if (from->on && !sql_plan_add_condition(query, from->on, quals))
        return false;
    return add_conditions(query, from->left, quals) && add_conditions(query, from->right, quals);
}

static bool plan_recheck(struct sql_plan_query *query, const struct sql_program **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    const struct sql_expr *security =
        source->result_table ? source->tables[source->result_table - 1]->security : NULL;
    struct sql_vector quals = {0};
    if (security && !sql_plan_add_condition(query, security, &quals))
        return false;
    if (source->where && !sql_plan_add_condition(query, source->where, &quals))
        return false;
    for (uint32_t i = 0; i < source->from_count; i++)
        if (!add_conditions(query, source->from[i], &quals))
            return false;
    if (source->merge_on && !sql_plan_add_condition(query, source->merge_on, &quals))
        return false;
    return quals.count == 0 || sql_plan_quals_program(planner, quals.items, quals.count, out);
}

bool sql_plan_add_condition(struct sql_plan_query *query, const struct sql_expr *expr,
                            struct sql_vector *quals)
{
    struct sql_plan_qual *qual = arena_zalloc(query->planner->arena, sizeof(*qual));
    struct sql_plan_qual **item = sql_vector_add(query->planner->arena, quals, sizeof(*item));
    if (!qual || !item)
        return no_memory(query->planner);
    qual->expr = expr;
    qual->query = query;
    *item = qual;
    return true;
}

bool sql_plan_modification(struct sql_plan_query *query, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_plan_table *table = &query->tables[source->result_table - 1];
    struct sql_plan_query *after;
    double rows;
    struct sql_node_modify *node = sql_plan_node(planner, SQL_NODE_MODIFY, sizeof(*node), 1);
    if (!node)
        return false;
    node->command = source->command;
    node->query = source;
    node->table = table->table;
    node->row_reg = SQL_NO_REGISTER;
    planner->plan->reads_tables = true;
    *out = &node->node;
    if (source->command == SQL_INSERT && !sql_plan_table_open(query, source->result_table, &rows))
        return false;
    if (!plan_input(query, node))
        return false;
    node->relation = node->view_registers
                         ? sql_find_relation_id(planner->session, table->table->relation)
                         : table->relation;
    node->node.rows = node->node.inputs[0]->rows;
    node->node.cost = node->node.inputs[0]->cost + node->node.rows;
    if (!after_terms(query, &after) || !plan_members(query, node) ||
        !plan_set(query, source->targets, source->target_count, &node->set) ||
        !plan_conflict(query, node) || !plan_actions(query, node) ||
        !plan_returning(query, after, node) || !plan_checks(query, after, node) ||
        (source->command != SQL_INSERT && !plan_recheck(query, &node->recheck)))
        return false;
    if (source->command != SQL_SELECT && source->on_conflict && source->on_conflict->excluded &&
        !sql_plan_table_loads(query, source->on_conflict->excluded, &node->excluded,
                              &node->excluded_count))
        return false;
    node->after = after;
    node->before = query;
    return true;
}

/* ---- registers. Which columns of the old and the new row are asked for is known only at the end. */

static void add_reads(struct sql_register_set *set, const struct sql_program *program)
{
    for (uint32_t i = 0; program && i < program->read_count; i++)
        sql_register_set_add(set, program->reads[i]);
}

static void add_set_reads(struct sql_register_set *set, const struct sql_modify_set *from)
{
    add_reads(set, from->program);
}

void sql_modify_reads(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_modify *node = (const void *)base;
    add_set_reads(set, &node->set);
    add_set_reads(set, &node->conflict_set);
    add_reads(set, node->conflict_where);
    add_reads(set, node->recheck);
    add_reads(set, node->returning);
    add_reads(set, node->has_source);
    for (uint32_t i = 0; i < node->check_count; i++)
        add_reads(set, node->checks[i].program);
    for (uint32_t i = 0; i < node->action_count; i++) {
        add_reads(set, node->actions[i].condition);
        add_set_reads(set, &node->actions[i].set);
    }
    for (uint32_t i = 0; node->view_registers && i < node->relation->column_count; i++)
        sql_register_set_add(set, node->view_registers[i]);
    for (uint32_t i = 0; node->row_reg != SQL_NO_REGISTER && i < SQL_HANDLE_COUNT; i++)
        sql_register_set_add(set, node->row_reg + i);
}

static void add_table(const struct sql_plan_table *table, struct sql_register_set *set)
{
    for (uint32_t i = 0; i < table->table->column_count; i++)
        sql_register_set_add(set, table->registers[i]);
    for (int i = 0; i < 8; i++)
        sql_register_set_add(set, table->system[i]);
    sql_register_set_add(set, table->whole_row);
}

void sql_modify_defines(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_modify *node = (const void *)base;
    for (uint32_t i = 0; node->returning && i < node->returning->count; i++)
        sql_register_set_add(set, node->returning->ops[i].dst);
    if (!node->after)
        return;
    add_table(&node->after->tables[node->query->result_table - 1], set);
    if (node->on_conflict && node->query->on_conflict->update) {
        add_table(&node->before->tables[node->query->result_table - 1], set);
        if (node->query->on_conflict->excluded)
            add_table(&node->before->tables[node->query->on_conflict->excluded - 1], set);
    }
}

bool sql_plan_modify_rows(struct sql_planner *planner, struct sql_node *base)
{
    struct sql_node_modify *node = (void *)base;
    struct sql_plan_table *table = &node->after->tables[node->query->result_table - 1];
    if (node->on_conflict && node->conflict_update) {
        const uint32_t numbers[2] = {node->query->result_table, node->query->on_conflict->excluded};
        for (int i = 0; i < 2; i++) {
            struct sql_plan_table *side = numbers[i] ? &node->before->tables[numbers[i] - 1] : NULL;
            if (side && side->whole_row != SQL_NO_REGISTER &&
                !sql_plan_whole_row(planner, node->before, side, &node->conflict_rows[i]))
                return false;
        }
    }
    return table->whole_row == SQL_NO_REGISTER ||
           sql_plan_whole_row(planner, node->after, table, &node->new_row);
}

bool sql_plan_modify_columns(struct sql_planner *planner, struct sql_node *base)
{
    struct sql_node_modify *node = (void *)base;
    uint32_t number = node->query->result_table;
    (void)planner;
    return sql_plan_table_loads(node->after, number, &node->new_columns, &node->new_count) &&
           sql_plan_table_loads(node->before, number, &node->old_columns, &node->old_count) &&
           (!node->excluded ||
            sql_plan_table_loads(node->before, node->query->on_conflict->excluded, &node->excluded,
                                 &node->excluded_count));
}

/* ---- row locks */

bool sql_plan_marks(struct sql_plan_query *query)
{
    for (uint32_t i = 0; i < query->query->row_mark_count; i++) {
        struct sql_plan_table *table = &query->tables[query->query->row_marks[i].table - 1];
        if (table->table->kind == SQL_TABLE_RELATION &&
            !sql_plan_registers(query->planner, SQL_HANDLE_COUNT, &table->row_reg))
            return false;
    }
    return true;
}

bool sql_plan_lock_rows(struct sql_plan_query *query, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_node_lock_rows *node = sql_plan_node(planner, SQL_NODE_LOCK_ROWS, sizeof(*node), 1);
    if (!node || !(node->marks =
                       arena_zalloc(planner->arena, source->row_mark_count * sizeof(*node->marks))))
        return no_memory(planner);
    node->node.inputs[0] = *out;
    node->node.rows = (*out)->rows;
    node->node.cost = (*out)->cost + (*out)->rows;
    node->query = query;
    for (uint32_t i = 0; i < source->row_mark_count; i++) {
        const struct sql_row_mark *mark = &source->row_marks[i];
        struct sql_plan_table *table = &query->tables[mark->table - 1];
        if (table->table->kind != SQL_TABLE_RELATION || table->row_reg == SQL_NO_REGISTER ||
            (table->relation && sql_generated_rows(table->relation)))
            continue;
        node->marks[node->mark_count++] = (struct sql_lock_mark){.relation = table->relation,
                                                                 .table = mark->table,
                                                                 .strength = mark->strength,
                                                                 .wait = mark->wait,
                                                                 .row_reg = table->row_reg};
    }
    *out = &node->node;
    struct sql_compiler compiler;
    const struct sql_program *targets;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < source->target_count; i++) {
        uint32_t reg;
        if (source->targets[i].expr->kind == SQL_EXPR_COLUMN ||
            sql_plan_info(planner, query->target_registers[i])->constant)
            continue;
        if (!sql_compile(&compiler, query, source->targets[i].expr, query->target_registers[i],
                         &reg))
            return false;
    }
    if (!sql_compiler_end(&compiler, 0, &targets))
        return false;
    node->targets = targets;
    return plan_recheck(query, &node->recheck);
}

bool sql_plan_lock_columns(struct sql_planner *planner, struct sql_node *base)
{
    struct sql_node_lock_rows *node = (void *)base;
    (void)planner;
    for (uint32_t i = 0; i < node->mark_count; i++) {
        struct sql_lock_mark *mark = &node->marks[i];
        struct sql_plan_table *table = &node->query->tables[mark->table - 1];
        mark->family = table->family;
        mark->family_count = table->family_count;
        if (!sql_plan_table_loads(node->query, mark->table, &mark->columns, &mark->column_count))
            return false;
    }
    return true;
}

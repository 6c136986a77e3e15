/* What stands in a range table: relations with those below them, and leaves with plans of their own. */
#include <math.h>

#include "emulators/sql/catalog/system.h"
#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/prune.h"
#include "emulators/sql/session.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/storage/store.h"

#define SYSTEM_ROWS   200.0
#define FUNCTION_ROWS 1000.0

#define OUTGROWN_FROM  1000.0
#define OUTGROWN_TIMES 4.0

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

static bool init_table(struct sql_planner *planner, const struct sql_table *table,
                       struct sql_plan_table *out)
{
    *out = (struct sql_plan_table){.table = table,
                                   .leaf = UINT32_MAX,
                                   .whole_row = SQL_NO_REGISTER,
                                   .row_reg = SQL_NO_REGISTER};
    out->registers = arena_array(planner->arena, table->column_count, sizeof(uint32_t));
    if (!out->registers)
        return no_memory(planner);
    for (uint32_t i = 0; i < table->column_count; i++)
        out->registers[i] = SQL_NO_REGISTER;
    for (int i = 0; i < 8; i++)
        out->system[i] = SQL_NO_REGISTER;
    return true;
}

bool sql_plan_table_reset(struct sql_planner *planner, struct sql_plan_table *table)
{
    const struct sql_relation *relation = table->relation;
    if (!init_table(planner, table->table, table))
        return false;
    table->relation = relation;
    table->state = SQL_PLAN_TABLE_LOADED;
    return true;
}

bool sql_plan_query_create(struct sql_planner *planner, struct sql_plan_query *parent,
                           const struct sql_query *query, struct sql_plan_query **out)
{
    struct sql_plan_query *made = arena_zalloc(planner->arena, sizeof(*made));
    if (!made)
        return no_memory(planner);
    made->planner = planner;
    made->parent = parent;
    made->query = query;
    made->tables = arena_array(planner->arena, query->table_count, sizeof(*made->tables));
    if (!made->tables)
        return no_memory(planner);
    for (uint32_t i = 0; i < query->table_count; i++) {
        if (!init_table(planner, query->tables[i], &made->tables[i]))
            return false;
        if (query->tables[i]->privileges) {
            const struct sql_table **check =
                sql_vector_add(planner->arena, &planner->checks, sizeof(*check));
            if (!check)
                return no_memory(planner);
            *check = query->tables[i];
        }
    }
    *out = made;
    return sql_plan_ctes(made);
}

bool sql_plan_key(struct sql_planner *planner, uint32_t reg, const struct sql_type *type,
                  uint32_t collation, struct sql_key *out)
{
    struct sql_call_site *site;
    *out = (struct sql_key){.reg = reg, .type = type, .collation = collation};
    while (out->type && out->type->kind == SQL_TYPE_DOMAIN)
        out->type = sql_plan_type(planner, out->type->base);
    if (!sql_plan_type_site(planner, out->type, collation, &site))
        return false;
    out->site = site->index;
    return sql_key_codec_of(planner->session, out->type, &out->codec);
}

/* ---- relations */

bool sql_plan_relation_rows(struct sql_planner *planner, const struct sql_relation *relation,
                            double *out)
{
    *out = relation->system && relation->system->rows ? relation->system->rows : SYSTEM_ROWS;
    if (sql_generated_rows(relation) || !relation->storage)
        return true;
    struct sql_table_rows *table =
        sql_table_open(planner->env, planner->session->database, relation);
    if (!table)
        return false;
    *out = (double)sql_table_count(table);
    struct sql_plan_size *size =
        sql_vector_add(planner->arena, &planner->sizes, sizeof(struct sql_plan_size));
    if (!size)
        return no_memory(planner);
    *size = (struct sql_plan_size){relation, *out};
    return true;
}

/* A table that has grown that much since may want another plan. */
static bool has_outgrown(double rows, double planned)
{
    return rows > OUTGROWN_FROM && rows > planned * OUTGROWN_TIMES;
}

bool sql_plan_is_outgrown(struct sql_env *env, const struct sql_plan *plan)
{
    for (uint32_t i = 0; i < plan->size_count; i++) {
        const struct sql_plan_size *size = &plan->sizes[i];
        struct sql_handle *handle =
            sql_store_open(env->session->database, size->relation->storage, SQL_STORED_TABLE);
        if (handle && has_outgrown((double)sql_table_count((struct sql_table_rows *)(void *)handle),
                                   size->rows))
            return true;
    }
    return false;
}

/* A child's column of each of the parent's names. */
static bool map_columns(struct sql_planner *planner, const struct sql_relation *parent,
                        const struct sql_relation *child, const int32_t **out)
{
    int32_t *map = arena_zalloc(planner->arena, parent->column_count * sizeof(*map));
    if (!map)
        return no_memory(planner);
    for (uint32_t i = 0; i < parent->column_count; i++)
        for (uint32_t c = 0; !parent->columns[i].dropped && c < child->column_count; c++)
            if (!child->columns[c].dropped &&
                slice_eq(child->columns[c].name, parent->columns[i].name))
                map[i] = (int32_t)c + 1;
    *out = map;
    return true;
}

/* What the query does to the table. */
static enum sql_lock_mode lock_mode(const struct sql_query *query, uint32_t number)
{
    if (query->command != SQL_SELECT && query->result_table == number)
        return SQL_ROW_EXCLUSIVE;
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].table == number)
            return SQL_ROW_SHARE;
    return SQL_ACCESS_SHARE;
}

/* Locks the relation, now and before each run. */
static bool add_lock(struct sql_planner *planner, uint32_t relation, enum sql_lock_mode mode)
{
    if (!planner->session || !planner->session->txn)
        return true;
    struct sql_relation_lock *lock = sql_vector_add(planner->arena, &planner->locks, sizeof(*lock));
    if (!lock)
        return no_memory(planner);
    *lock = (struct sql_relation_lock){relation, mode};
    return sql_lock_relation(planner->env, relation, mode, SQL_WAIT_BLOCK);
}

/* Temporary children of other sessions are theirs alone. */
static bool is_foreign_temporary(const struct sql_session *session,
                                 const struct sql_relation *relation)
{
    return relation->persistence == 't' && relation->object.schema != session->temp_schema;
}

static bool refuse_foreign(struct sql_planner *planner)
{
    return sql_fail(planner->env->error, "0A000", "foreign tables are not supported");
}

/* The tables below one, being gathered. */
struct gathering {
    struct sql_plan_problem *problem;
    const struct sql_plan_rel *rel;
    const struct sql_relation *top;
    enum sql_lock_mode mode;
    struct sql_vector family; /* struct sql_plan_member */
};

static bool is_gathered(const struct gathering *gathering, const struct sql_relation *relation)
{
    const struct sql_plan_member *members = gathering->family.items;
    for (uint32_t i = 0; relation->parent_count > 1 && i < gathering->family.count; i++)
        if (members[i].relation == relation)
            return true;
    return false;
}

/* The children whose rows are asked for; of partitions, those that constants leave. */
static bool wanted_children(const struct gathering *gathering, const struct sql_relation *relation,
                            const int32_t *map, const uint32_t **out, uint32_t *count)
{
    uint32_t *left;
    *out = relation->children;
    *count = relation->child_count;
    if (relation->kind != SQL_RELATION_PARTITIONED)
        return true;
    if (!sql_plan_prune_planned(gathering->problem, gathering->rel, relation, map, &left, count))
        return false;
    *out = left;
    return true;
}

static bool add_family(struct gathering *gathering, const struct sql_relation *relation)
{
    struct sql_planner *planner = gathering->problem->planner;
    const int32_t *map = NULL;
    const uint32_t *children;
    uint32_t count;
    if (is_gathered(gathering, relation))
        return true;
    struct sql_plan_member *member =
        sql_vector_add(planner->arena, &gathering->family, sizeof(*member));
    if (!member)
        return no_memory(planner);
    member->relation = relation;
    if (relation->kind == SQL_RELATION_FOREIGN)
        return refuse_foreign(planner);
    if (relation != gathering->top && !map_columns(planner, gathering->top, relation, &map))
        return false;
    member->map = map;
    if (!wanted_children(gathering, relation, map, &children, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!add_lock(planner, children[i], gathering->mode))
            return false;
        const struct sql_relation *child = sql_find_relation_id(planner->session, children[i]);
        if (child && !is_foreign_temporary(planner->session, child) &&
            !add_family(gathering, child))
            return false;
    }
    return true;
}

bool sql_plan_table_open(struct sql_plan_query *query, uint32_t number, double *out_rows)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_table *table = &query->tables[number - 1];
    enum sql_lock_mode mode = lock_mode(query->query, number);
    if (!add_lock(planner, table->table->relation, mode))
        return false;
    table->relation = sql_find_relation_id(planner->session, table->table->relation);
    if (!table->relation)
        return sql_fail(planner->env->error, "XX000", "could not open relation with OID %u",
                        table->table->relation);
    planner->plan->reads_tables = true;
    if (planner->for_cursor && table->row_reg == SQL_NO_REGISTER &&
        !sql_plan_registers(planner, SQL_HANDLE_COUNT, &table->row_reg))
        return false;
    if (!table->table->inherits || table->relation->child_count == 0) {
        if (table->relation->kind == SQL_RELATION_PARTITIONED) {
            /* Without partitions, or ONLY: no rows at all. */
            *out_rows = 0;
            table->family_count = 1;
            table->family = arena_zalloc(planner->arena, sizeof(*table->family));
            if (!table->family)
                return no_memory(planner);
            table->family->relation = table->relation;
            return true;
        }
        if (table->relation->kind == SQL_RELATION_FOREIGN)
            return refuse_foreign(planner);
        return sql_plan_relation_rows(planner, table->relation, out_rows);
    }
    table->has_family = true;
    *out_rows = 0;
    return true;
}

static bool open_family(struct sql_plan_problem *problem, struct sql_plan_rel *rel)
{
    struct sql_planner *planner = problem->planner;
    struct sql_plan_table *table = &rel->query->tables[rel->table - 1];
    struct gathering gathering = {.problem = problem,
                                  .rel = rel,
                                  .top = table->relation,
                                  .mode = lock_mode(rel->query->query, rel->table)};
    if (!add_family(&gathering, table->relation))
        return false;
    table->has_family = false;
    table->family = gathering.family.items;
    table->family_count = gathering.family.count;
    rel->rows = 0;
    for (uint32_t i = 0; i < table->family_count; i++) {
        double rows = 0;
        if (table->family[i].relation->kind != SQL_RELATION_PARTITIONED &&
            !sql_plan_relation_rows(planner, table->family[i].relation, &rows))
            return false;
        rel->rows += rows;
    }
    return true;
}

bool sql_plan_families_open(struct sql_plan_problem *problem)
{
    struct sql_plan_rel *rels = problem->rels.items;
    for (uint32_t i = 0; i < problem->rels.count; i++)
        if (rels[i].kind == SQL_PLAN_REL_TABLE &&
            rels[i].query->tables[rels[i].table - 1].has_family && !open_family(problem, &rels[i]))
            return false;
    return true;
}

/* ---- leaves */

static bool all_columns(struct sql_plan_query *query, uint32_t number)
{
    const struct sql_plan_table *table = &query->tables[number - 1];
    uint32_t reg;
    for (uint32_t i = 0; i < table->table->column_count; i++)
        if (!sql_plan_column(query, number, (int32_t)i + 1, &reg))
            return false;
    return true;
}

static bool plan_values(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_table *table = query->tables[number - 1].table;
    struct sql_node_values_scan *scan =
        sql_plan_node(planner, SQL_NODE_VALUES_SCAN, sizeof(*scan), 0);
    if (!scan || !all_columns(query, number))
        return false;
    scan->rows = arena_array(planner->arena, table->row_count, sizeof(*scan->rows));
    if (!scan->rows)
        return no_memory(planner);
    scan->row_count = table->row_count;
    scan->table = table;
    for (uint32_t r = 0; r < table->row_count; r++) {
        struct sql_compiler compiler;
        sql_compiler_begin(&compiler, planner);
        for (uint32_t i = 0; i < table->rows[r].count; i++) {
            uint32_t reg;
            if (!sql_compile(&compiler, query, table->rows[r].items[i],
                             query->tables[number - 1].registers[i], &reg))
                return false;
        }
        if (!sql_compiler_end(&compiler, 0, &scan->rows[r]))
            return false;
    }
    scan->node.rows = table->row_count;
    scan->node.cost = table->row_count * 0.1;
    *out = &scan->node;
    return true;
}

/* Does a function's value have to be taken apart into columns? */
static bool is_row_type(struct sql_planner *planner, uint32_t id)
{
    const struct sql_type *type = sql_plan_type(planner, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_plan_type(planner, type->base);
    return type && (type->kind == SQL_TYPE_COMPOSITE || id == planner->dialect->types_of.record);
}

static bool plan_function(struct sql_plan_query *query, const struct sql_table_function *function,
                          struct sql_scan_function *out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_expr_call *call = (const void *)function->expr;
    *out = (struct sql_scan_function){.column_count = function->column_count};
    out->composite = is_row_type(planner, function->expr->type);
    const struct sql_routine *routine = function->expr->kind == SQL_EXPR_FUNCTION
                                            ? sql_find_routine_id(planner->session, call->function)
                                            : NULL;
    if (!routine || (!call->returns_set && !out->composite))
        return sql_compile_expr(query, function->expr, &out->value);
    struct sql_compiler compiler;
    struct sql_call_site *site;
    const struct sql_type **types = arena_array(planner->arena, call->args.count, sizeof(*types));
    if (!types)
        return no_memory(planner);
    for (uint32_t i = 0; i < call->args.count; i++)
        types[i] = sql_plan_type(planner, call->args.items[i]->type);
    sql_compiler_begin(&compiler, planner);
    if (!sql_compile_args(&compiler, query, &call->args, &out->arg_base) ||
        !sql_compiler_end(&compiler, 0, &out->args) ||
        !sql_plan_site(planner, call->function, call->input_collation, types, call->args.count,
                       sql_plan_type(planner, function->expr->type), &site))
        return false;
    site->variadic = call->variadic;
    out->site = site;
    out->set = call->returns_set;
    return true;
}

/* Rows have no columns that were dropped: those of the table, from `first` on, are left out, by what
 * the row type is now. */
static bool skip_dropped(struct sql_plan_query *query, const struct sql_plan_table *from,
                         uint32_t first, struct sql_scan_function *scan, uint32_t row_type)
{
    struct sql_planner *planner = query->planner;
    const struct sql_relation *relation = sql_plan_composite(planner, row_type);
    uint32_t count = scan->column_count, used = 0;
    uint32_t *columns = arena_array(planner->arena, count + 1, sizeof(*columns));
    struct slice *names = arena_array(planner->arena, count + 1, sizeof(*names));
    uint32_t *types = arena_array(planner->arena, count + 1, sizeof(*types));
    int32_t *typmods = arena_array(planner->arena, count + 1, sizeof(*typmods));
    if (!columns || !names || !types || !typmods)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        if (relation && i < relation->column_count && relation->columns[i].dropped)
            continue;
        columns[used] = from->registers[first + i];
        names[used] = from->table->columns[first + i];
        types[used] = from->table->types[first + i];
        typmods[used++] = from->table->typmods[first + i];
    }
    scan->columns = columns;
    scan->names = names;
    scan->type_ids = types;
    scan->typmods = typmods;
    scan->column_count = used;
    return true;
}

static bool plan_functions(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_plan_table *table = &query->tables[number - 1];
    struct sql_node_function_scan *scan =
        sql_plan_node(planner, SQL_NODE_FUNCTION_SCAN, sizeof(*scan), 0);
    if (!scan || !all_columns(query, number))
        return false;
    uint32_t count = table->table->function_count, column = 0;
    scan->functions = arena_array(planner->arena, count, sizeof(*scan->functions));
    if (!scan->functions)
        return no_memory(planner);
    scan->function_count = count;
    scan->table = table->table;
    scan->node.rows = 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_table_function *function = &table->table->functions[i];
        if (!plan_function(query, function, &scan->functions[i]) ||
            !skip_dropped(query, table, column, &scan->functions[i], function->expr->type))
            return false;
        column += table->table->functions[i].column_count;
        if (scan->functions[i].set)
            scan->node.rows = FUNCTION_ROWS;
    }
    scan->ordinality = table->table->ordinality ? table->registers[column] : SQL_NO_REGISTER;
    scan->node.cost = scan->node.rows;
    *out = &scan->node;
    return true;
}

static bool plan_subquery(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_table *table = &query->tables[number - 1];
    const struct sql_query *inner = table->table->query;
    uint32_t column = 0;
    if (!sql_plan_query_create(planner, query, inner, &table->planned) ||
        !sql_plan_query_build(table->planned, true, out))
        return false;
    for (uint32_t i = 0; i < inner->target_count; i++)
        if (!inner->targets[i].hidden)
            table->registers[column++] = table->planned->target_registers[i];
    return true;
}

/* One row without columns. */
static bool plan_result(struct sql_plan_query *query, struct sql_node **out)
{
    *out = sql_plan_node(query->planner, SQL_NODE_RESULT, sizeof(struct sql_node_result), 0);
    return *out != NULL;
}

static bool plan_transition(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_node_spool_scan *scan =
        sql_plan_node(query->planner, SQL_NODE_SPOOL_SCAN, sizeof(*scan), 0);
    if (!scan || !all_columns(query, number))
        return false;
    scan->transition = true;
    scan->table = query->tables[number - 1].table;
    scan->columns = query->tables[number - 1].registers;
    scan->column_count = scan->table->column_count;
    *out = &scan->node;
    return true;
}

static bool plan_leaf(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    switch (query->tables[number - 1].table->kind) {
    case SQL_TABLE_SUBQUERY: return plan_subquery(query, number, out);
    case SQL_TABLE_VALUES: return plan_values(query, number, out);
    case SQL_TABLE_FUNCTION: return plan_functions(query, number, out);
    case SQL_TABLE_XMLJSON:
        if (!all_columns(query, number))
            return false;
        return query->tables[number - 1].table->json ? sql_plan_json_table(query, number, out)
                                                     : sql_plan_xml_table(query, number, out);
    case SQL_TABLE_CTE: return sql_plan_cte_scan(query, number, out);
    case SQL_TABLE_TRANSITION: return plan_transition(query, number, out);
    case SQL_TABLE_RESULT: return plan_result(query, out);
    default:
        return sql_fail(query->planner->env->error, "0A000",
                        "this kind of table is not supported in FROM");
    }
}

bool sql_plan_leaf(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    if (!plan_leaf(query, number, out))
        return false;
    (*out)->whole_query = query;
    (*out)->whole = &query->tables[number - 1];
    return true;
}

/* ---- costly expressions */

struct cost {
    struct sql_planner *planner;
    bool *is_volatile;
};

static bool visit_cost(struct sql_expr *expr, void *ctx)
{
    const struct cost *cost = ctx;
    if (expr->kind == SQL_EXPR_SUBLINK)
        return true;
    if (expr->kind == SQL_EXPR_NEXT_VALUE)
        *cost->is_volatile = true;
    if (expr->kind == SQL_EXPR_FUNCTION) {
        const struct sql_routine *routine = sql_find_routine_id(
            cost->planner->session, ((const struct sql_expr_call *)(const void *)expr)->function);
        if (routine && routine->volatility == 'v')
            *cost->is_volatile = true;
    }
    return sql_expr_walk(expr, visit_cost, ctx);
}

bool sql_plan_is_costly(struct sql_planner *planner, const struct sql_expr *expr, bool *is_volatile)
{
    struct cost cost = {planner, is_volatile};
    return visit_cost((struct sql_expr *)(uintptr_t)expr, &cost);
}

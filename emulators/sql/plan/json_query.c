/* JSON_EXISTS, JSON_VALUE, JSON_QUERY, and JSON_TABLE in FROM. */
#include "emulators/sql/exec/json_query.h"

#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/problem.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- expressions */

/* A domain that has constraints: they speak of NULL, too. */
static bool is_constrained(struct sql_planner *planner, const struct sql_type *type, bool *out)
{
    struct sql_general_domain *domain = arena_zalloc(planner->arena, sizeof *domain);
    *out = false;
    if (type->kind != SQL_TYPE_DOMAIN)
        return true;
    if (!domain)
        return no_memory(planner);
    if (!sql_plan_domain(planner, type, domain))
        return false;
    *out = domain->not_null || domain->count;
    return true;
}

/* The types of what is passed, and its names. */
static bool plan_passing(struct sql_planner *planner, const struct sql_expr_json_query *json,
                         const struct sql_type ***out)
{
    *out = arena_array(planner->arena, json->passing.count + 1u, sizeof(**out));
    if (!*out)
        return no_memory(planner);
    for (uint32_t i = 0; i < json->passing.count; i++)
        (*out)[i] = sql_plan_type(planner, json->passing.items[i]->type);
    return true;
}

/* The program runs only when it is needed, so it is one of its own. */
static bool plan_otherwise(struct sql_compiler *compiler, struct sql_plan_query *query,
                           const struct sql_expr *value, struct sql_json_otherwise *out)
{
    struct sql_compiler inner;
    const struct sql_program *program;
    uint32_t result;
    out->caught =
        out->converted ||
        (value && (value->kind == SQL_EXPR_CONVERT_IO || value->kind == SQL_EXPR_TO_DOMAIN));
    if (!value)
        return true;
    sql_compiler_begin(&inner, compiler->planner);
    inner.sub_columns = compiler->sub_columns;
    inner.sub_column_count = compiler->sub_column_count;
    if (!sql_compile(&inner, query, value, SQL_NO_REGISTER, &result) ||
        !sql_compiler_end(&inner, result, &program))
        return false;
    for (uint32_t i = 0; i < program->read_count; i++)
        if (!sql_compiler_reads(compiler, program->reads[i]))
            return false;
    out->given = true;
    out->program = *program;
    return true;
}

static bool plan_body(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr_json_query *json, struct sql_general_json_query *body)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_type *type = sql_plan_type(planner, json->expr.type), **passed;
    struct sql_call_site *path_site, *type_site;
    if (!sql_plan_type_site(planner, sql_plan_type(planner, json->path->type), 0, &path_site) ||
        !sql_plan_type_site(planner, type, json->expr.collation, &type_site) ||
        !plan_passing(planner, json, &passed))
        return false;
    body->general.evaluate = sql_eval_json_query;
    body->path_site = path_site;
    body->type_site = type_site;
    body->query = (struct sql_json_query){
        .op = json->of,
        .wrapper = json->wrapper,
        .unquoted = json->unquoted,
        .strict = json->on_error == SQL_JSON_BEHAVIOR_ERROR,
        .column = json->column,
        .passing = {json->names, passed, json->passing.count},
        .type = type,
        .typmod = json->expr.typmod
    };
    body->on_empty.behavior = json->on_empty;
    body->on_empty.converted = json->empty_converted;
    body->on_error.behavior = json->on_error;
    body->on_error.converted = json->error_converted;
    return is_constrained(planner, type, &body->query.constrained) &&
           plan_otherwise(compiler, query, json->empty_value, &body->on_empty) &&
           plan_otherwise(compiler, query, json->error_value, &body->on_error);
}

bool sql_compile_json_query(struct sql_compiler *compiler, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_json_query *json = (const void *)expr;
    struct sql_general_json_query *body = arena_zalloc(planner->arena, sizeof *body);
    uint32_t count = json->passing.count + 2, base, reg, jumps[2];
    if (!body)
        return no_memory(planner);
    if (!plan_body(compiler, query, json, body) || !sql_plan_registers(planner, count, &base))
        return false;
    /* Nothing further is computed of a NULL document or for a NULL path. */
    for (uint32_t i = 0; i < 2; i++) {
        if (!sql_compile(compiler, query, i ? json->path : json->document, base + i, &reg))
            return false;
        jumps[i] = sql_code_here(compiler);
        if (!sql_emit(compiler, (struct sql_op){.code = SQL_OP_IF_NULL, .a = base + i}))
            return false;
    }
    for (uint32_t i = 0; i < json->passing.count; i++)
        if (!sql_compile(compiler, query, json->passing.items[i], base + 2 + i, &reg))
            return false;
    for (uint32_t i = 0; i < 2; i++)
        sql_code_patch(compiler, jumps[i]);
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, count, want, out);
}

/* ---- JSON_TABLE */

/* What the whole table is about: the document, and what is passed. */
static bool plan_values(struct sql_plan_query *query, const struct sql_expr_json_query *json,
                        struct sql_node_json_table *scan)
{
    struct sql_planner *planner = query->planner;
    struct sql_compiler compiler;
    uint32_t reg;
    if (!sql_plan_registers(planner, json->passing.count + 1, &scan->base))
        return false;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i <= json->passing.count; i++)
        if (!sql_compile(&compiler, query, i ? json->passing.items[i - 1] : json->document,
                         scan->base + i, &reg))
            return false;
    return sql_compiler_end(&compiler, 0, &scan->values);
}

/* Each column is a query of its scan's item. */
static bool plan_columns(struct sql_plan_query *query, const struct sql_expr_json_query *json,
                         struct sql_node_json_table *scan)
{
    struct sql_planner *planner = query->planner;
    scan->programs = arena_array(planner->arena, json->columns.count + 1u, sizeof(*scan->programs));
    if (!scan->programs)
        return no_memory(planner);
    if (!sql_plan_registers(planner, json->scan_count, &scan->items))
        return false;
    for (uint32_t s = 0; s < json->scan_count; s++) {
        const struct sql_json_path_scan *part = &json->scans[s];
        for (uint32_t i = part->first_column; i < part->first_column + part->column_count; i++) {
            struct sql_compiler compiler;
            uint32_t reg;
            scan->programs[i] = NULL;
            if (!json->columns.items[i])
                continue;
            sql_compiler_begin(&compiler, planner);
            compiler.case_test = scan->items + s;
            if (!sql_compile(&compiler, query, json->columns.items[i], scan->columns[i], &reg) ||
                !sql_compiler_end(&compiler, reg, &scan->programs[i]))
                return false;
        }
    }
    return true;
}

enum { JSON_TABLE_ROWS = 100 };

bool sql_plan_json_table(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_plan_table *table = &query->tables[number - 1];
    const struct sql_expr_json_query *json = table->table->json;
    struct sql_node_json_table *scan =
        sql_plan_node(planner, SQL_NODE_JSON_TABLE, sizeof(*scan), 0);
    struct sql_call_site *site;
    if (!scan)
        return false;
    scan->table = table->table;
    scan->columns = table->registers;
    if (!plan_values(query, json, scan) || !plan_passing(planner, json, &scan->passed) ||
        !plan_columns(query, json, scan) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, json->scans[0].path->type), 0, &site))
        return false;
    scan->site = site;
    scan->node.rows = JSON_TABLE_ROWS;
    scan->node.cost = JSON_TABLE_ROWS;
    *out = &scan->node;
    return true;
}

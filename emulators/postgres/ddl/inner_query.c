#include "emulators/postgres/ddl/inner_query.h"

#include "emulators/sql/catalog/find.h"

static void *make(struct pg_ddl *ddl, size_t size)
{
    void *block = arena_zalloc(ddl->arena, size);
    if (!block)
        sql_fail_memory(ddl->env->error);
    return block;
}

/* ---- queries */

static struct sql_table *make_table(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    uint16_t count = relation->column_count;
    struct sql_table *table = make(ddl, sizeof *table);
    if (!table)
        return NULL;
    *table = (struct sql_table){
        .kind = SQL_TABLE_RELATION,
        .name = relation->object.name,
        .columns = make(ddl, (count + 1u) * sizeof *table->columns),
        .column_count = count,
        .types = make(ddl, (count + 1u) * sizeof *table->types),
        .typmods = make(ddl, (count + 1u) * sizeof *table->typmods),
        .collations = make(ddl, (count + 1u) * sizeof *table->collations),
        .dropped = make(ddl, count + 1u),
        .in_from = true,
        .location = -1,
        .relation = relation->object.id,
        .relation_kind = (char)relation->kind,
        .check_as = relation->object.owner,
    };
    if (!table->columns || !table->types || !table->typmods || !table->collations ||
        !table->dropped)
        return NULL;
    for (uint16_t i = 0; i < count; i++) {
        table->columns[i] = relation->columns[i].name;
        table->types[i] = relation->columns[i].type;
        table->typmods[i] = relation->columns[i].typmod;
        table->collations[i] = relation->columns[i].collation;
        table->dropped[i] = relation->columns[i].dropped;
    }
    return table;
}

struct sql_query *pg_inner_query(struct pg_ddl *ddl, const struct sql_relation *relation,
                                 struct sql_expr **targets, uint32_t count,
                                 struct sql_expr *condition)
{
    struct sql_query *query = make(ddl, sizeof *query);
    struct sql_table **tables = make(ddl, sizeof *tables);
    struct sql_from **from = make(ddl, sizeof *from);
    struct sql_from *leaf = make(ddl, sizeof *leaf);
    struct sql_target *list = make(ddl, (count + 1u) * sizeof *list);
    if (!query || !tables || !from || !leaf || !list || !(tables[0] = make_table(ddl, relation)))
        return NULL;
    *leaf = (struct sql_from){.kind = SQL_FROM_TABLE, .table = 1};
    from[0] = leaf;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct sql_target){.expr = targets[i], .name = slice_str("?column?")};
    *query = (struct sql_query){
        .command = SQL_SELECT,
        .tables = tables,
        .table_count = 1,
        .from = from,
        .from_count = 1,
        .where = condition,
        .targets = list,
        .target_count = count,
    };
    return query;
}

bool pg_inner_run(struct pg_ddl *ddl, const struct sql_query *query, struct sql_sink *sink,
                  uint64_t max, uint64_t *out_count)
{
    struct sql_params params = {0};
    struct sql_run_options options = {0};
    struct sql_snapshot *snapshot;
    struct sql_plan *plan;
    struct sql_run *run;
    bool done;
    /* What the transaction did so far counts, earlier commands of this statement too. */
    sql_txn_next_command(ddl->session->txn);
    if (!sql_snapshot_take_latest(ddl->env, &snapshot))
        return false;
    options.snapshot = snapshot;
    bool fine = sql_plan_make(ddl->env, ddl->arena, query, &params, &plan) &&
                sql_run_open(ddl->env, ddl->arena, plan, &options, &run);
    if (fine) {
        fine = sql_run_rows(run, ddl->env, sink, max, &done);
        *out_count = sql_run_count(run);
        sql_run_close(run);
    }
    sql_snapshot_release(snapshot);
    return fine;
}

/* ---- expressions */

struct sql_expr *pg_inner_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                                 int16_t number, uint32_t up)
{
    const struct sql_column *column = &relation->columns[number - 1];
    struct sql_expr_column *expr = make(ddl, sizeof *expr);
    if (!expr)
        return NULL;
    *expr = (struct sql_expr_column){
        .expr = {SQL_EXPR_COLUMN, column->type, column->typmod, column->collation, -1},
        .table = 1,
        .column = number,
        .up = up,
    };
    return &expr->expr;
}

bool pg_inner_columns(struct pg_ddl *ddl, const struct sql_relation *relation,
                      struct sql_expr **values)
{
    for (uint16_t i = 0; i < relation->column_count; i++) {
        bool dropped = relation->columns[i].dropped;
        values[i] = dropped ? NULL : pg_inner_column(ddl, relation, (int16_t)(i + 1), 0);
        if (!values[i] && !dropped)
            return false;
    }
    return true;
}

struct sql_expr *pg_inner_null_test(struct pg_ddl *ddl, struct sql_expr *arg, bool negated)
{
    struct sql_expr_test *test = make(ddl, sizeof *test);
    if (!test || !arg)
        return NULL;
    *test = (struct sql_expr_test){
        .expr = {SQL_EXPR_NULL_TEST, ddl->session->dialect->types_of.boolean, -1, 0, -1},
        .arg = arg,
        .negated = negated,
    };
    return &test->expr;
}

struct sql_expr *pg_inner_bool(struct pg_ddl *ddl, enum sql_bool_op op, struct sql_expr **args,
                               uint32_t count)
{
    struct sql_expr_bool *expr = make(ddl, sizeof *expr);
    struct sql_expr **items = arena_array(ddl->arena, count, sizeof(*items));
    if (!expr || !items)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = args[i];
        if (!args[i])
            return NULL;
    }
    if (count == 1 && op != SQL_NOT)
        return args[0];
    *expr = (struct sql_expr_bool){
        .expr = {SQL_EXPR_BOOL, ddl->session->dialect->types_of.boolean, -1, 0, -1},
        .op = op,
        .args = {items,            count                                                },
    };
    return &expr->expr;
}

/* The argument as the operator's type takes it: the bytes are the same, or a cast makes them so. */
static struct sql_expr *as_argument(struct pg_ddl *ddl, struct sql_expr *arg, uint32_t type)
{
    const struct sql_type *wanted = sql_find_type_id(ddl->session, type);
    if (!arg || arg->type == type || !wanted || wanted->kind == SQL_TYPE_PSEUDO)
        return arg;
    const struct sql_type *have = sql_find_type_id(ddl->session, arg->type);
    while (have && have->kind == SQL_TYPE_DOMAIN)
        have = sql_find_type_id(ddl->session, have->base);
    const struct sql_cast *cast =
        have && have->id != type ? sql_find_cast(ddl->session, have->id, type) : NULL;
    if (cast && cast->method == 'f') {
        struct sql_expr_call *call = make(ddl, sizeof *call);
        struct sql_expr **args = make(ddl, sizeof *args);
        if (!call || !args)
            return NULL;
        args[0] = arg;
        *call = (struct sql_expr_call){
            .expr = {SQL_EXPR_FUNCTION, type, -1, arg->collation, -1},
            .function = cast->function,
            .form = SQL_FORM_CAST_IMPLICIT,
            .args = {args,   1    }
        };
        return &call->expr;
    }
    struct sql_expr_convert *relabel = make(ddl, sizeof *relabel);
    if (!relabel)
        return NULL;
    *relabel = (struct sql_expr_convert){
        .expr = {SQL_EXPR_RELABEL, type, -1, arg->collation, -1},
        .arg = arg,
        .form = SQL_FORM_CAST_IMPLICIT
    };
    return &relabel->expr;
}

struct sql_expr *pg_inner_operator(struct pg_ddl *ddl, uint32_t op_id, struct sql_expr *left,
                                   struct sql_expr *right, uint32_t collation)
{
    const struct sql_operator *op = sql_find_operator_id(ddl->session, op_id);
    struct sql_expr_call *call = make(ddl, sizeof *call);
    struct sql_expr **args = make(ddl, 2 * sizeof *args);
    if (!call || !args || !left || !right)
        return NULL;
    args[0] = as_argument(ddl, left, op->left);
    args[1] = as_argument(ddl, right, op->right);
    if (!args[0] || !args[1])
        return NULL;
    *call = (struct sql_expr_call){
        .expr = {SQL_EXPR_FUNCTION, op->result, -1, 0, -1},
        .function = op->function,
        .op = op_id,
        .form = SQL_FORM_OPERATOR,
        .input_collation = collation,
        .args = {args,                2                       },
    };
    return &call->expr;
}

struct sql_expr *pg_inner_exists(struct pg_ddl *ddl, struct sql_query *query)
{
    struct sql_expr_sublink *link = make(ddl, sizeof *link);
    if (!link || !query)
        return NULL;
    *link = (struct sql_expr_sublink){
        .expr = {SQL_EXPR_SUBLINK, ddl->session->dialect->types_of.boolean, -1, 0, -1},
        .sublink_kind = SQL_SUBLINK_EXISTS,
        .query = query,
    };
    return &link->expr;
}

struct sql_expr *pg_inner_true(struct pg_ddl *ddl)
{
    struct sql_expr_const *expr = make(ddl, sizeof *expr);
    if (!expr)
        return NULL;
    *expr = (struct sql_expr_const){
        .expr = {SQL_EXPR_CONST, ddl->session->dialect->types_of.boolean, -1, 0, -1},
        .value = datum_bool(true),
    };
    return &expr->expr;
}

#include "emulators/sql/analyze/rowshape.h"

bool row_shape_room(struct analysis *a, struct row_shape *shape, uint32_t count)
{
    *shape = (struct row_shape){
        .types = analysis_alloc(a, sizeof *shape->types * (count + 1)),
        .typmods = analysis_alloc(a, sizeof *shape->typmods * (count + 1)),
        .collations = analysis_alloc(a, sizeof *shape->collations * (count + 1)),
        .names = analysis_alloc(a, sizeof *shape->names * (count + 1)),
        .dropped = analysis_alloc(a, count + 1),
    };
    return shape->types && shape->typmods && shape->collations && shape->names && shape->dropped;
}

void row_shape_add(struct analysis *a, struct row_shape *shape, struct slice name, uint32_t type,
                   int32_t typmod)
{
    const struct sql_type *t = type_of(a, type);
    shape->names[shape->count] = name;
    shape->types[shape->count] = type;
    shape->typmods[shape->count] = typmod;
    shape->collations[shape->count++] = t ? t->collation : 0;
}

static bool is_out(char mode)
{
    return mode == 'o' || mode == 'b' || mode == 't';
}

uint32_t routine_out_count(const struct sql_routine *routine)
{
    uint32_t count = 0;
    for (uint16_t i = 0; routine && routine->modes && i < routine->all_count; i++)
        count += is_out(routine->modes[i]);
    return count;
}

struct slice routine_only_out_name(const struct sql_routine *routine)
{
    if (!routine || !routine->names || routine_out_count(routine) != 1)
        return (struct slice){0};
    for (uint16_t i = 0; i < routine->all_count; i++)
        if (is_out(routine->modes[i]) && routine->names[i].len)
            return routine->names[i];
    return (struct slice){0};
}

bool row_shape_composite(struct analysis *a, uint32_t type, struct row_shape *out)
{
    const struct sql_relation *relation = row_relation(a, type);
    if (!relation)
        return sql_fail(a->env->error, "XX000", "type has no columns");
    if (!row_shape_room(a, out, relation->column_count))
        return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        row_shape_add(a, out, column->name, column->type, column->typmod);
        out->collations[i] = column->collation;
        out->dropped[i] = column->dropped;
    }
    return true;
}

/* The types of polymorphic OUT parameters follow from the arguments of the call. */
static bool out_type(struct analysis *a, const struct sql_routine *routine,
                     const struct sql_expr_call *call, uint32_t declared_type, uint32_t *out)
{
    uint32_t n = call->args.count;
    *out = declared_type;
    if (!is_polymorphic(a, declared_type))
        return true;
    uint32_t *actual = arena_array(a->env->arena, n + 1, sizeof *actual);
    uint32_t *declared = arena_array(a->env->arena, n + 1, sizeof *declared);
    if (!actual || !declared)
        return sql_fail_memory(a->env->error);
    for (uint32_t k = 0; k < n; k++) {
        actual[k] = call->args.items[k]->type;
        declared[k] = k < routine->arg_count ? routine->arg_types[k] : actual[k];
    }
    return polymorphic_resolve(a, actual, declared, n, declared_type, false, out);
}

bool row_shape_out(struct analysis *a, const struct sql_expr_call *call,
                   const struct sql_routine *routine, struct row_shape *out)
{
    if (!row_shape_room(a, out, routine_out_count(routine)))
        return false;
    for (uint16_t i = 0; i < routine->all_count; i++) {
        if (!is_out(routine->modes[i]))
            continue;
        struct slice name = routine->names ? routine->names[i] : (struct slice){0};
        if (name.len == 0)
            name = arena_printf(a->env->arena, "column%u", (unsigned)out->count + 1);
        uint32_t type;
        if (!out_type(a, routine, call, routine->all_types[i], &type))
            return false;
        row_shape_add(a, out, name, type, -1);
    }
    return true;
}

static bool shape_of_row(struct analysis *a, const struct sql_expr_row *row, struct row_shape *out)
{
    if (!row_shape_room(a, out, row->args.count))
        return false;
    for (uint32_t i = 0; i < row->args.count; i++) {
        const struct sql_expr *arg = row->args.items[i];
        struct slice name =
            row->names ? row->names[i] : arena_printf(a->env->arena, "f%u", (unsigned)i + 1);
        row_shape_add(a, out, name, arg->type, arg->typmod);
        out->collations[i] = arg->collation;
    }
    return true;
}

static bool shape_of_table(struct analysis *a, const struct sql_table *table, struct row_shape *out)
{
    if (!row_shape_room(a, out, table->column_count))
        return false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        row_shape_add(a, out, table->columns[i], table->types[i], table->typmods[i]);
        out->collations[i] = table->collations[i];
        out->dropped[i] = table->dropped && table->dropped[i];
    }
    return true;
}

static const struct sql_query *query_behind(struct analysis *a, struct analysis *level,
                                            const struct sql_table *table)
{
    if (table->kind == SQL_TABLE_SUBQUERY)
        return table->query;
    struct sql_cte *cte;
    uint32_t up;
    if (table->kind == SQL_TABLE_CTE && !table->self && find_cte(level, table->cte, &cte, &up))
        return cte ? cte->query : NULL;
    (void)a;
    return NULL;
}

/* A record column of a subquery is what the subquery's target is. Only plain rows are followed:
 * what stands there may refer to tables that are out of sight here. */
static bool shape_of_column(struct analysis *a, const struct sql_expr_column *column,
                            struct row_shape *out)
{
    struct analysis *level = a;
    for (uint32_t up = column->up; up && level; up--)
        level = level->outer;
    if (!level)
        return true;
    const struct sql_table *table = level->query->tables[column->table - 1];
    if (column->column == 0)
        return shape_of_table(a, table, out);
    const struct sql_query *query = query_behind(a, level, table);
    if (!query || column->column < 0)
        return true;
    const struct sql_target *targets =
        query->command == SQL_SELECT ? query->targets : query->returning;
    uint32_t count = query->command == SQL_SELECT ? query->target_count : query->returning_count;
    for (uint32_t i = 0, n = 0; i < count; i++) {
        if (targets[i].hidden || ++n != (uint32_t)column->column)
            continue;
        struct sql_expr *expr = targets[i].expr;
        if (expr->kind != SQL_EXPR_COLUMN)
            return row_shape_of(a, expr, out);
        struct analysis inner = analysis_inside(level);
        struct sql_query copy = *query;
        inner.query = &copy;
        return row_shape_of(&inner, expr, out);
    }
    return true;
}

bool row_shape_of(struct analysis *a, struct sql_expr *expr, struct row_shape *out)
{
    *out = (struct row_shape){0};
    if (is_composite(a, expr->type))
        return row_shape_composite(a, expr->type, out);
    if (expr->type != a->known->record)
        return true;
    if (expr->kind == SQL_EXPR_ROW)
        return shape_of_row(a, (struct sql_expr_row *)expr, out);
    if (expr->kind == SQL_EXPR_COLUMN)
        return shape_of_column(a, (struct sql_expr_column *)expr, out);
    if (expr->kind != SQL_EXPR_FUNCTION)
        return true;
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    const struct sql_routine *routine = sql_find_routine_id(a->session, call->function);
    return !routine || routine_out_count(routine) < 2 || row_shape_out(a, call, routine, out);
}

/* Of a column that the type got after the row was written. */
static struct sql_expr *null_of(struct arena *arena, const struct sql_column *column)
{
    struct sql_expr_const *null = arena_zalloc(arena, sizeof *null);
    if (!null)
        return NULL;
    null->expr =
        (struct sql_expr){SQL_EXPR_CONST, column->type, column->typmod, column->collation, -1};
    null->value = datum_null();
    return &null->expr;
}

bool sql_row_columns(struct sql_env *env, const struct sql_expr_row *row, struct sql_exprs *out)
{
    const struct sql_type *type =
        row->by_number ? sql_find_type_id(env->session, row->expr.type) : NULL;
    const struct sql_relation *relation =
        type ? sql_find_relation_id(env->session, type->relation) : NULL;
    *out = row->args;
    if (!relation)
        return true;
    out->count = 0;
    out->items = arena_array(env->arena, relation->column_count + 1u, sizeof *out->items);
    for (uint32_t i = 0; out->items && i < relation->column_count; i++) {
        if (relation->columns[i].dropped)
            continue;
        struct sql_expr *value =
            i < row->args.count ? row->args.items[i] : null_of(env->arena, &relation->columns[i]);
        if (!value)
            return sql_fail_memory(env->error);
        out->items[out->count++] = value;
    }
    return out->items || sql_fail_memory(env->error);
}

#include <stdarg.h>
#include <stdio.h>

#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/dialect.h"

/* Deeper nesting of expressions is refused while so many bytes of stack are left. */
#define STACK_RESERVE (24 * 1024)

void *analysis_alloc(struct analysis *a, size_t size)
{
    void *memory = arena_zalloc(a->env->arena, size);
    if (!memory)
        sql_fail_memory(a->env->error);
    return memory;
}

bool analysis_grow(struct analysis *a, void *items_pointer, uint32_t count, size_t size)
{
    if (count & (count - 1) || count == 1)
        return true;
    void *items;
    memcpy(&items, items_pointer, sizeof items);
    uint8_t *grown = arena_array(a->env->arena, count ? (size_t)count * 2 : 2, size);
    if (!grown)
        return sql_fail_memory(a->env->error);
    if (count)
        memcpy(grown, items, count * size);
    memset(grown + count * size, 0, (count ? count : 2) * size);
    memcpy(items_pointer, &grown, sizeof grown);
    return true;
}

struct analysis analysis_of(struct sql_env *env, struct analysis_shared *shared)
{
    return (struct analysis){.env = env,
                             .session = env->session,
                             .rules = env->session->dialect->analysis,
                             .known = &env->session->dialect->types_of,
                             .shared = shared};
}

struct analysis analysis_inside(struct analysis *outer)
{
    struct analysis inner = analysis_of(outer->env, outer->shared);
    inner.outer = outer;
    inner.domain_value = outer->domain_value;
    return inner;
}

bool analysis_stack_ok(struct analysis *a, int32_t location)
{
    (void)location;
    if (fiber_stack_left() > STACK_RESERVE)
        return true;
    sql_fail(a->env->error, "54001", "stack depth limit exceeded");
    return sql_hint(a->env->error,
                    "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), "
                    "after ensuring the platform's stack depth limit is adequate.");
}

bool fail_at(struct analysis *a, int32_t location, const char *sqlstate, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= (int)sizeof text)
        len = (int)sizeof text - 1;
    return sql_fail_at(a->env->error, location, sqlstate, "%.*s", len, text);
}

struct slice type_text(struct analysis *a, uint32_t type)
{
    return a->rules->type_name(a->env, type, -1);
}

const char *place_name(enum analysis_place place)
{
    static const char *const names[PLACE_COUNT] = {
        [PLACE_NONE] = "invalid",
        [PLACE_OTHER] = "extension expression",
        [PLACE_JOIN_ON] = "JOIN/ON",
        [PLACE_JOIN_USING] = "JOIN/USING",
        [PLACE_FROM_SUBQUERY] = "sub-SELECT in FROM",
        [PLACE_FROM_FUNCTION] = "function in FROM",
        [PLACE_WHERE] = "WHERE",
        [PLACE_HAVING] = "HAVING",
        [PLACE_FILTER] = "FILTER",
        [PLACE_WINDOW_PARTITION] = "window PARTITION BY",
        [PLACE_WINDOW_ORDER] = "window ORDER BY",
        [PLACE_WINDOW_FRAME_RANGE] = "window RANGE",
        [PLACE_WINDOW_FRAME_ROWS] = "window ROWS",
        [PLACE_WINDOW_FRAME_GROUPS] = "window GROUPS",
        [PLACE_SELECT_TARGET] = "SELECT",
        [PLACE_INSERT_TARGET] = "INSERT",
        [PLACE_UPDATE_SOURCE] = "UPDATE",
        [PLACE_UPDATE_TARGET] = "UPDATE",
        [PLACE_MERGE_WHEN] = "MERGE WHEN",
        [PLACE_GROUP_BY] = "GROUP BY",
        [PLACE_ORDER_BY] = "ORDER BY",
        [PLACE_DISTINCT_ON] = "DISTINCT ON",
        [PLACE_LIMIT] = "LIMIT",
        [PLACE_OFFSET] = "OFFSET",
        [PLACE_RETURNING] = "RETURNING",
        [PLACE_VALUES] = "VALUES",
        [PLACE_CHECK] = "CHECK",
        [PLACE_DOMAIN_CHECK] = "CHECK",
        [PLACE_DEFAULT] = "DEFAULT",
        [PLACE_ROUTINE_DEFAULT] = "DEFAULT",
        [PLACE_INDEX_EXPRESSION] = "index expression",
        [PLACE_INDEX_PREDICATE] = "index predicate",
        [PLACE_ALTER_USING] = "USING",
        [PLACE_EXECUTE_PARAMETER] = "EXECUTE",
        [PLACE_TRIGGER_WHEN] = "WHEN",
        [PLACE_POLICY] = "POLICY",
        [PLACE_PARTITION_BOUND] = "partition bound",
        [PLACE_PARTITION_KEY] = "PARTITION BY",
        [PLACE_CALL_ARGUMENT] = "CALL",
        [PLACE_COPY_WHERE] = "WHERE",
        [PLACE_GENERATED] = "GENERATED AS",
        [PLACE_CYCLE_MARK] = "CYCLE",
    };
    return names[place];
}

/* ---- types */

const struct sql_type *type_of(struct analysis *a, uint32_t id)
{
    return id ? sql_find_type_id(a->session, id) : NULL;
}

uint32_t base_type_typmod(struct analysis *a, uint32_t type, int32_t *typmod)
{
    for (;;) {
        const struct sql_type *t = type_of(a, type);
        if (!t || t->kind != SQL_TYPE_DOMAIN)
            return type;
        type = t->base;
        *typmod = t->base_typmod;
    }
}

uint32_t base_type(struct analysis *a, uint32_t type)
{
    int32_t typmod = -1;
    return base_type_typmod(a, type, &typmod);
}

uint32_t element_type(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t && t->len == -1 ? t->element : 0;
}

uint32_t array_type(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t ? t->array : 0;
}

bool is_composite(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, base_type(a, type));
    return t && t->kind == SQL_TYPE_COMPOSITE;
}

const struct sql_relation *row_relation(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, base_type(a, type));
    return t && t->relation ? sql_find_relation_id(a->session, t->relation) : NULL;
}

/* ---- expressions */

struct sql_expr *make_expr(struct analysis *a, enum sql_expr_kind kind, size_t size, uint32_t type,
                           int32_t location)
{
    struct sql_expr *expr = analysis_alloc(a, size);
    if (!expr)
        return NULL;
    expr->kind = kind;
    expr->type = type;
    expr->typmod = -1;
    expr->location = location;
    return expr;
}

static uint32_t type_collation(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t ? t->collation : 0;
}

struct sql_expr *make_const(struct analysis *a, uint32_t type, int32_t typmod, struct datum value,
                            int32_t location)
{
    static const uint8_t nothing[1];
    struct sql_expr_const *constant =
        (void *)make_expr(a, SQL_EXPR_CONST, sizeof *constant, type, location);
    if (!constant)
        return NULL;
    const struct sql_type *t = type_of(a, type);
    constant->expr.typmod = typmod;
    constant->expr.collation = t ? t->collation : 0;
    constant->value = value;
    /* Equal values are recognised by their bits: empty ones must have one address. */
    if (t && !t->by_value && !value.null && value.len == 0)
        constant->value.ptr = nothing;
    if (value.null)
        constant->value = datum_null();
    return &constant->expr;
}

struct sql_expr *make_text_const(struct analysis *a, struct slice text, int32_t location)
{
    return make_const(a, a->known->unknown, -1, datum_bytes(text), location);
}

struct sql_expr *make_column(struct analysis *a, const struct name_item *item, uint32_t index,
                             int32_t location)
{
    struct sql_expr_column *column =
        (void *)make_expr(a, SQL_EXPR_COLUMN, sizeof *column, 0, location);
    if (!column)
        return NULL;
    if (item->columns) {
        const struct name_column *from = &item->columns[index];
        column->table = from->table;
        column->column = from->column;
        column->expr.type = from->type;
        column->expr.typmod = from->typmod;
        column->expr.collation = from->collation;
    } else {
        column->table = item->number;
        column->column = (int32_t)index + 1;
        column->expr.type = item->table->types[index];
        column->expr.typmod = item->table->typmods[index];
        column->expr.collation = item->table->collations[index];
    }
    return &column->expr;
}

struct sql_expr *make_bool(struct analysis *a, enum sql_bool_op op, struct sql_expr **args,
                           uint32_t count, int32_t location)
{
    struct sql_expr_bool *result =
        (void *)make_expr(a, SQL_EXPR_BOOL, sizeof *result, a->known->boolean, location);
    if (!result)
        return NULL;
    result->op = op;
    result->args = (struct sql_exprs){args, count};
    return &result->expr;
}

struct sql_expr *make_call(struct analysis *a, uint32_t function, uint32_t result,
                           struct sql_expr **args, uint32_t count, enum sql_call_form form,
                           int32_t location)
{
    struct sql_expr_call *call =
        (void *)make_expr(a, SQL_EXPR_FUNCTION, sizeof *call, result, location);
    if (!call)
        return NULL;
    call->function = function;
    call->form = form;
    call->args = (struct sql_exprs){args, count};
    return &call->expr;
}

struct sql_expr *make_relabel(struct analysis *a, struct sql_expr *arg, uint32_t type,
                              int32_t typmod, uint32_t collation, enum sql_call_form form,
                              int32_t location)
{
    if (arg->kind == SQL_EXPR_CONST) {
        struct sql_expr *copy =
            make_const(a, type, typmod, ((struct sql_expr_const *)arg)->value, arg->location);
        if (copy)
            copy->collation = collation;
        return copy;
    }
    if (arg->kind == SQL_EXPR_RELABEL) {
        struct sql_expr_convert *inner = (struct sql_expr_convert *)arg;
        arg = inner->arg;
    }
    struct sql_expr_convert *relabel =
        (void *)make_expr(a, SQL_EXPR_RELABEL, sizeof *relabel, type, location);
    if (!relabel)
        return NULL;
    relabel->expr.typmod = typmod;
    relabel->expr.collation = collation ? collation : type_collation(a, type);
    relabel->arg = arg;
    relabel->form = form;
    return &relabel->expr;
}

/* ---- places */

static int32_t leftmost(int32_t a, int32_t b)
{
    if (a < 0)
        return b;
    return b < 0 || a < b ? a : b;
}

static int32_t list_location(const struct sql_exprs *exprs)
{
    for (uint32_t i = 0; i < exprs->count; i++) {
        int32_t location = exprs->items[i] ? expr_location(exprs->items[i]) : -1;
        if (location >= 0)
            return location;
    }
    return -1;
}

int32_t expr_location(const struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SCALAR_ARRAY:
        return leftmost(expr->location, list_location(&((const struct sql_expr_call *)expr)->args));
    case SQL_EXPR_BOOL:
        return leftmost(expr->location, list_location(&((const struct sql_expr_bool *)expr)->args));
    case SQL_EXPR_ROW_COMPARE:
        return list_location(&((const struct sql_expr_row_compare *)expr)->left);
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_CONVERT_ROW:
    case SQL_EXPR_TO_DOMAIN:
    case SQL_EXPR_COLLATE:
        return leftmost(expr->location,
                        expr_location(((const struct sql_expr_convert *)expr)->arg));
    case SQL_EXPR_CONVERT_ARRAY:
        return leftmost(expr->location,
                        expr_location(((const struct sql_expr_convert_array *)expr)->arg));
    case SQL_EXPR_NULL_TEST:
    case SQL_EXPR_BOOL_TEST:
        return leftmost(expr->location, expr_location(((const struct sql_expr_test *)expr)->arg));
    case SQL_EXPR_FIELD: return expr_location(((const struct sql_expr_field *)expr)->arg);
    case SQL_EXPR_SUBSCRIPT: return expr_location(((const struct sql_expr_subscript *)expr)->arg);
    case SQL_EXPR_SUBLINK: {
        const struct sql_expr_sublink *link = (const struct sql_expr_sublink *)expr;
        return leftmost(expr->location, link->test ? expr_location(link->test) : -1);
    }
    default: return expr->location;
    }
}

/* ---- sets */

static bool visit_set(struct sql_expr *expr, void *ctx)
{
    (void)ctx;
    return sql_expr_returns_set(expr);
}

bool sql_expr_returns_set(struct sql_expr *expr)
{
    if (expr->kind == SQL_EXPR_FUNCTION && ((struct sql_expr_call *)expr)->returns_set)
        return true;
    if (expr->kind == SQL_EXPR_AGGREGATE || expr->kind == SQL_EXPR_WINDOW ||
        expr->kind == SQL_EXPR_GROUPING)
        return false;
    return sql_expr_walk(expr, visit_set, NULL);
}

#include "emulators/sql/analyze/shape.h"

/* How a copy is made. depth: how many queries the place is inside of what is copied. */
struct copier {
    struct arena *arena;
    sql_expr_changer *change;
    void *ctx;
    uint32_t depth;
    bool failed;
};

static bool copy_members(struct copier *copier, const struct sql_shape *shape, uint8_t *at);

static void *pointer_at(const uint8_t *at)
{
    void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static void *copy_bytes(struct copier *copier, const void *from, size_t size)
{
    void *copy = arena_alloc(copier->arena, size);
    if (copy)
        memcpy(copy, from, size);
    else
        copier->failed = true;
    return copy;
}

static struct sql_expr *copy_expr(struct copier *copier, const struct sql_expr *expr)
{
    if (!expr)
        return NULL;
    struct sql_expr *changed =
        copier->change ? copier->change(expr, copier->depth, copier->ctx) : NULL;
    if (changed)
        return changed;
    const struct sql_shape *shape = sql_shape_of(expr->kind);
    struct sql_expr *copy = copy_bytes(copier, expr, shape->size);
    if (!copy || !copy_members(copier, shape, (uint8_t *)copy))
        return NULL;
    return copy;
}

static void *copy_struct(struct copier *copier, const struct sql_shape *shape, const void *from)
{
    uint8_t *copy = copy_bytes(copier, from, shape->size);
    return copy && copy_members(copier, shape, copy) ? copy : NULL;
}

static void copy_exprs(struct copier *copier, struct sql_exprs *exprs)
{
    if (exprs->count == 0)
        return;
    exprs->items = copy_bytes(copier, exprs->items, exprs->count * sizeof(struct sql_expr *));
    for (uint32_t i = 0; exprs->items && i < exprs->count; i++)
        exprs->items[i] = copy_expr(copier, exprs->items[i]);
}

static void copy_array(struct copier *copier, const struct sql_member *member, uint8_t *at)
{
    uint32_t count;
    memcpy(&count, at + member->count_at, sizeof count);
    void *items = pointer_at(at + member->at);
    if (count == 0 || !items)
        return;
    bool pointers = member->kind == SQL_MEMBER_POINTERS;
    size_t size = pointers ? sizeof(void *) : member->shape->size;
    uint8_t *copy = copy_bytes(copier, items, count * size);
    if (!copy)
        return;
    memcpy(at + member->at, &copy, sizeof copy);
    for (uint32_t i = 0; i < count; i++) {
        if (!pointers) {
            copy_members(copier, member->shape, copy + i * size);
            continue;
        }
        void *item = copy_struct(copier, member->shape, pointer_at(copy + i * size));
        memcpy(copy + i * size, &item, sizeof item);
    }
}

static void copy_member(struct copier *copier, const struct sql_member *member, uint8_t *at)
{
    void *pointer;
    switch (member->kind) {
    case SQL_MEMBER_EXPR: pointer = copy_expr(copier, pointer_at(at + member->at)); break;
    case SQL_MEMBER_EXPRS:
        copy_exprs(copier, (struct sql_exprs *)(void *)(at + member->at));
        return;
    case SQL_MEMBER_QUERY:
        pointer = pointer_at(at + member->at);
        if (!pointer)
            return;
        copier->depth++;
        pointer = copy_struct(copier, &sql_shape_query, pointer);
        copier->depth--;
        break;
    case SQL_MEMBER_STRUCT:
        pointer = pointer_at(at + member->at);
        if (!pointer)
            return;
        pointer = copy_struct(copier, member->shape, pointer);
        break;
    case SQL_MEMBER_STRUCTS:
    case SQL_MEMBER_POINTERS: copy_array(copier, member, at); return;
    default: return; /* never changed after analysis, so shared */
    }
    memcpy(at + member->at, &pointer, sizeof pointer);
}

static bool copy_members(struct copier *copier, const struct sql_shape *shape, uint8_t *at)
{
    for (uint16_t i = 0; i < shape->count; i++)
        copy_member(copier, &shape->members[i], at);
    return !copier->failed;
}

struct sql_expr *sql_expr_change(struct arena *arena, const struct sql_expr *expr,
                                 sql_expr_changer *change, void *ctx)
{
    struct copier copier = {.arena = arena, .change = change, .ctx = ctx};
    struct sql_expr *copy = copy_expr(&copier, expr);
    return copier.failed ? NULL : copy;
}

struct sql_query *sql_query_change(struct arena *arena, const struct sql_query *query,
                                   sql_expr_changer *change, void *ctx)
{
    struct copier copier = {.arena = arena, .change = change, .ctx = ctx};
    struct sql_query *copy = copy_struct(&copier, &sql_shape_query, query);
    return copier.failed ? NULL : copy;
}

/* sql_expr_copy's callers do not ask for the depth. */
struct plain_change {
    struct sql_expr *(*change)(const struct sql_expr *expr, void *ctx);
    void *ctx;
};

static struct sql_expr *change_plainly(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    (void)depth;
    struct plain_change *plain = ctx;
    return plain->change(expr, plain->ctx);
}

struct sql_expr *sql_expr_copy(struct arena *arena, const struct sql_expr *expr,
                               struct sql_expr *(*change)(const struct sql_expr *expr, void *ctx),
                               void *ctx)
{
    struct plain_change plain = {change, ctx};
    return sql_expr_change(arena, expr, change ? change_plainly : NULL, &plain);
}

struct sql_query *sql_query_copy(struct arena *arena, const struct sql_query *query)
{
    return sql_query_change(arena, query, NULL, NULL);
}

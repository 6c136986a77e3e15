#include "emulators/sql/analyze/query.h"

#include "emulators/sql/analyze/shape.h"

/* ---- walking */

struct walk {
    bool (*visit)(struct sql_expr *expr, void *ctx);
    bool (*visit_query)(struct sql_query *query, void *ctx);
    void *ctx;
};

static bool walk_members(const struct walk *walk, const struct sql_shape *shape, uint8_t *at);

static void *pointer_at(const uint8_t *at)
{
    void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static uint32_t count_of(const uint8_t *at, const struct sql_member *member)
{
    uint32_t count;
    memcpy(&count, at + member->count_at, sizeof count);
    return count;
}

static bool walk_exprs(const struct walk *walk, const struct sql_exprs *exprs)
{
    for (uint32_t i = 0; i < exprs->count; i++)
        if (exprs->items[i] && walk->visit(exprs->items[i], walk->ctx))
            return true;
    return false;
}

static bool walk_structs(const struct walk *walk, const struct sql_member *member, uint8_t *at)
{
    uint8_t *items = pointer_at(at + member->at);
    uint32_t count = count_of(at, member);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *item = member->kind == SQL_MEMBER_POINTERS
                            ? pointer_at(items + i * sizeof(void *))
                            : items + (size_t)i * member->shape->size;
        if (walk_members(walk, member->shape, item))
            return true;
    }
    return false;
}

static bool walk_member(const struct walk *walk, const struct sql_member *member, uint8_t *at)
{
    void *pointer;
    switch (member->kind) {
    case SQL_MEMBER_EXPR:
        pointer = pointer_at(at + member->at);
        return pointer && walk->visit(pointer, walk->ctx);
    case SQL_MEMBER_EXPRS: return walk_exprs(walk, (struct sql_exprs *)(void *)(at + member->at));
    case SQL_MEMBER_QUERY:
        pointer = pointer_at(at + member->at);
        return pointer && walk->visit_query && walk->visit_query(pointer, walk->ctx);
    case SQL_MEMBER_STRUCT:
        pointer = pointer_at(at + member->at);
        return pointer && walk_members(walk, member->shape, pointer);
    case SQL_MEMBER_STRUCTS:
    case SQL_MEMBER_POINTERS: return walk_structs(walk, member, at);
    default: return false;
    }
}

static bool walk_members(const struct walk *walk, const struct sql_shape *shape, uint8_t *at)
{
    for (uint16_t i = 0; i < shape->count && shape->members[i].kind < SQL_MEMBER_RAW; i++)
        if (walk_member(walk, &shape->members[i], at))
            return true;
    return false;
}

bool sql_expr_walk(struct sql_expr *expr, bool (*visit)(struct sql_expr *child, void *ctx),
                   void *ctx)
{
    struct walk walk = {visit, NULL, ctx};
    return walk_members(&walk, sql_shape_of(expr->kind), (uint8_t *)expr);
}

bool sql_expr_walk_queries(struct sql_expr *expr, bool (*visit)(struct sql_expr *child, void *ctx),
                           bool (*visit_query)(struct sql_query *sub, void *ctx), void *ctx)
{
    struct walk walk = {visit, visit_query, ctx};
    return walk_members(&walk, sql_shape_of(expr->kind), (uint8_t *)expr);
}

bool sql_query_walk(struct sql_query *query, bool (*visit)(struct sql_expr *expr, void *ctx),
                    bool (*visit_query)(struct sql_query *sub, void *ctx), void *ctx)
{
    struct walk walk = {visit, visit_query, ctx};
    return walk_members(&walk, &sql_shape_query, (uint8_t *)query);
}

/* ---- comparing */

static bool equal_members(const struct sql_shape *shape, const uint8_t *a, const uint8_t *b);

static bool equal_exprs(const struct sql_exprs *a, const struct sql_exprs *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!sql_expr_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool equal_datums(const struct datum *a, const struct datum *b)
{
    if (a->null || b->null)
        return a->null && b->null;
    if (a->len != b->len)
        return false;
    return a->u == b->u || (a->len && memcmp(a->ptr, b->ptr, a->len) == 0);
}

static bool equal_item(const struct sql_member *member, const uint8_t *a, const uint8_t *b,
                       uint32_t i)
{
    switch (member->kind) {
    case SQL_MEMBER_POINTERS:
        return equal_members(member->shape, pointer_at(a + i * sizeof(void *)),
                             pointer_at(b + i * sizeof(void *)));
    case SQL_MEMBER_STRUCTS:
        return equal_members(member->shape, a + (size_t)i * member->shape->size,
                             b + (size_t)i * member->shape->size);
    case SQL_MEMBER_SLICES:
        return slice_eq(((const struct slice *)(const void *)a)[i],
                        ((const struct slice *)(const void *)b)[i]);
    default:
        return memcmp(a + (size_t)i * member->size, b + (size_t)i * member->size, member->size) ==
               0;
    }
}

static bool equal_arrays(const struct sql_member *member, const uint8_t *a, const uint8_t *b)
{
    const uint8_t *items_a = pointer_at(a + member->at), *items_b = pointer_at(b + member->at);
    uint32_t count = count_of(a, member);
    if (count != count_of(b, member))
        return false;
    if (items_a == items_b)
        return true;
    if (!items_a || !items_b)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!equal_item(member, items_a, items_b, i))
            return false;
    return true;
}

static bool equal_structs(const struct sql_shape *shape, const uint8_t *a, const uint8_t *b)
{
    return a == b || (a && b && equal_members(shape, a, b));
}

static bool equal_member(const struct sql_member *member, const uint8_t *a, const uint8_t *b)
{
    const uint8_t *x = a + member->at, *y = b + member->at;
    switch (member->kind) {
    case SQL_MEMBER_EXPR: return sql_expr_equal(pointer_at(x), pointer_at(y));
    case SQL_MEMBER_EXPRS:
        return equal_exprs((const struct sql_exprs *)(const void *)x,
                           (const struct sql_exprs *)(const void *)y);
    case SQL_MEMBER_QUERY: return equal_structs(&sql_shape_query, pointer_at(x), pointer_at(y));
    case SQL_MEMBER_STRUCT: return equal_structs(member->shape, pointer_at(x), pointer_at(y));
    case SQL_MEMBER_RAW: return memcmp(x, y, member->size) == 0;
    case SQL_MEMBER_SLICE:
        return slice_eq(*(const struct slice *)(const void *)x,
                        *(const struct slice *)(const void *)y);
    case SQL_MEMBER_DATUM:
        return equal_datums((const struct datum *)(const void *)x,
                            (const struct datum *)(const void *)y);
    default: return equal_arrays(member, a, b);
    }
}

static bool equal_members(const struct sql_shape *shape, const uint8_t *a, const uint8_t *b)
{
    for (uint16_t i = 0; i < shape->count; i++)
        if (!equal_member(&shape->members[i], a, b))
            return false;
    return true;
}

bool sql_expr_equal(const struct sql_expr *a, const struct sql_expr *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->kind != b->kind || a->type != b->type || a->typmod != b->typmod ||
        a->collation != b->collation)
        return false;
    return equal_members(sql_shape_of(a->kind), (const uint8_t *)a, (const uint8_t *)b);
}

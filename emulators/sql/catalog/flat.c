#include "emulators/sql/catalog/flat.h"

#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/storage/row.h"

#define FLAT_ALIGN 16

/* Every flat block begins with its size, so that it can be freed. */
struct flat_head {
    size_t size;
    uint64_t pad;
};

/* A copy under way, made twice: measuring (block NULL) counts bytes, then they are filled. */
struct flat {
    struct sql_env *env;
    uint8_t *block;
    size_t used;
};

static void flat_members(struct flat *flat, const struct sql_shape *shape, const uint8_t *from,
                         uint8_t *to);

/* Room for a copy of the bytes, filled; NULL while measuring. */
static void *flat_copy(struct flat *flat, const void *from, size_t size)
{
    size_t at = flat->used;
    flat->used += (size + FLAT_ALIGN - 1) & ~(size_t)(FLAT_ALIGN - 1);
    if (!flat->block)
        return NULL;
    if (size)
        memcpy(flat->block + at, from, size);
    return flat->block + at;
}

static void *pointer_at(const uint8_t *at)
{
    void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static void set_pointer(uint8_t *to, uint16_t at, const void *pointer)
{
    if (to)
        memcpy(to + at, &pointer, sizeof pointer);
}

static size_t count_of(const struct sql_member *member, const uint8_t *from)
{
    uint16_t narrow;
    uint32_t wide;
    if (member->count_size == sizeof narrow) {
        memcpy(&narrow, from + member->count_at, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, from + member->count_at, sizeof wide);
    return wide;
}

static void flat_slice(struct flat *flat, const uint8_t *from, uint8_t *to)
{
    struct slice slice;
    memcpy(&slice, from, sizeof slice);
    if (!slice.ptr)
        return;
    void *copy = flat_copy(flat, slice.ptr, slice.len);
    set_pointer(to, offsetof(struct slice, ptr), copy);
}

static void flat_slices(struct flat *flat, const struct sql_member *member, const uint8_t *from,
                        uint8_t *to)
{
    const uint8_t *items = pointer_at(from + member->at);
    size_t count = items ? count_of(member, from) : 0;
    uint8_t *copy = count ? flat_copy(flat, items, count * sizeof(struct slice)) : NULL;
    set_pointer(to, member->at, copy);
    for (size_t i = 0; i < count; i++)
        flat_slice(flat, items + i * sizeof(struct slice),
                   copy ? copy + i * sizeof(struct slice) : NULL);
}

static void flat_datum(struct flat *flat, const struct sql_member *member, const uint8_t *from,
                       uint8_t *to)
{
    struct datum value;
    uint32_t type_id;
    memcpy(&value, from + member->at, sizeof value);
    memcpy(&type_id, from + (member->count_at ? member->count_at : offsetof(struct sql_expr, type)),
           sizeof type_id);
    const struct sql_type *type = value.null ? NULL : flat->env->find_type(flat->env, type_id);
    if (!type || type->by_value)
        return;
    void *copy = flat_copy(flat, value.ptr, value.len);
    set_pointer(to, (uint16_t)(member->at + offsetof(struct datum, ptr)), copy);
}

static const void *flat_struct(struct flat *flat, const struct sql_shape *shape, const void *from)
{
    if (!from)
        return NULL;
    void *copy = flat_copy(flat, from, shape->size);
    flat_members(flat, shape, from, copy);
    return copy;
}

static const void *flat_expr(struct flat *flat, const struct sql_expr *expr)
{
    return expr ? flat_struct(flat, sql_shape_of(expr->kind), expr) : NULL;
}

static void flat_exprs(struct flat *flat, const uint8_t *from, uint8_t *to)
{
    struct sql_exprs exprs;
    memcpy(&exprs, from, sizeof exprs);
    if (exprs.count == 0 || !exprs.items) {
        set_pointer(to, offsetof(struct sql_exprs, items), NULL);
        return;
    }
    uint8_t *copy = flat_copy(flat, exprs.items, exprs.count * sizeof *exprs.items);
    set_pointer(to, offsetof(struct sql_exprs, items), copy);
    for (uint32_t i = 0; i < exprs.count; i++) {
        const void *item = flat_expr(flat, exprs.items[i]);
        set_pointer(copy ? copy + i * sizeof item : NULL, 0, item);
    }
}

static void flat_array(struct flat *flat, const struct sql_member *member, const uint8_t *from,
                       uint8_t *to)
{
    bool pointers = member->kind == SQL_MEMBER_POINTERS;
    size_t size = member->kind == SQL_MEMBER_RAWS ? member->size
                  : pointers                      ? sizeof(void *)
                                                  : member->shape->size;
    const uint8_t *items = pointer_at(from + member->at);
    size_t count = items ? count_of(member, from) : 0;
    uint8_t *copy = count ? flat_copy(flat, items, count * size) : NULL;
    set_pointer(to, member->at, copy);
    for (size_t i = 0; i < count && member->kind != SQL_MEMBER_RAWS; i++) {
        uint8_t *item = copy ? copy + i * size : NULL;
        if (pointers)
            set_pointer(item, 0, flat_struct(flat, member->shape, pointer_at(items + i * size)));
        else
            flat_members(flat, member->shape, items + i * size, item);
    }
}

static void flat_member(struct flat *flat, const struct sql_member *member, const uint8_t *from,
                        uint8_t *to)
{
    uint8_t *there = to ? to + member->at : NULL;
    switch ((enum sql_member_kind)member->kind) {
    case SQL_MEMBER_RAW: return;
    case SQL_MEMBER_FORGET: set_pointer(to, member->at, NULL); return;
    case SQL_MEMBER_EXPR:
        set_pointer(to, member->at, flat_expr(flat, pointer_at(from + member->at)));
        return;
    case SQL_MEMBER_QUERY:
        set_pointer(to, member->at,
                    flat_struct(flat, &sql_shape_query, pointer_at(from + member->at)));
        return;
    case SQL_MEMBER_STRUCT:
        set_pointer(to, member->at,
                    flat_struct(flat, member->shape, pointer_at(from + member->at)));
        return;
    case SQL_MEMBER_EXPRS: flat_exprs(flat, from + member->at, there); return;
    case SQL_MEMBER_SLICE: flat_slice(flat, from + member->at, there); return;
    case SQL_MEMBER_SLICES: flat_slices(flat, member, from, to); return;
    case SQL_MEMBER_DATUM: flat_datum(flat, member, from, to); return;
    case SQL_MEMBER_STRUCTS:
    case SQL_MEMBER_POINTERS:
    case SQL_MEMBER_RAWS: flat_array(flat, member, from, to); return;
    }
}

static void flat_members(struct flat *flat, const struct sql_shape *shape, const uint8_t *from,
                         uint8_t *to)
{
    for (uint16_t i = 0; i < shape->count; i++)
        flat_member(flat, &shape->members[i], from, to);
    for (uint16_t i = 0; i < shape->kept_count; i++)
        flat_member(flat, &shape->kept[i], from, to);
}

/* What objects have made of the rest of them: a relation its rows' layout (behind all else), a type
 * its operations' own. */
static bool has_layout(const struct sql_dialect *dialect, const struct sql_object *object)
{
    return object->class_id == dialect->classes_of.relation;
}

static bool make_layout(struct sql_env *env, struct sql_relation *relation, void *block)
{
    uint32_t count = relation->column_count;
    const struct sql_type **types = arena_array(env->arena, count, sizeof(struct sql_type *));
    if (!types)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++) {
        /* Dropped columns are kept as what they were; their type may be gone. */
        types[i] = env->find_type(env, relation->columns[i].type);
        if (!types[i])
            types[i] =
                sql_builtin_type_id(env->session->dialect, env->session->dialect->types_of.text);
    }
    relation->layout = sql_row_layout_init(block, relation->columns, types, count);
    return true;
}

static void link_type(struct sql_type_object *object)
{
    switch (object->type.kind) {
    case SQL_TYPE_ENUM: object->type.extra = &object->labels; return;
    case SQL_TYPE_COMPOSITE: object->type.extra = &object->row; return;
    case SQL_TYPE_RANGE:
    case SQL_TYPE_MULTIRANGE: object->type.extra = &object->range; return;
    default: return;
    }
}

struct sql_object *sql_object_flatten(struct sql_env *env, struct heap *heap,
                                      const struct sql_object *object)
{
    const struct sql_dialect *dialect = env->session->dialect;
    const struct sql_shape *shape = sql_object_shape(sql_object_kind_of(dialect, object->class_id));
    struct flat flat = {.env = env, .used = sizeof(struct flat_head)};
    flat_struct(&flat, shape, object);
    size_t layout =
        has_layout(dialect, object)
            ? sql_row_layout_size(((const struct sql_relation *)(const void *)object)->column_count)
            : 0;
    size_t size = flat.used + layout;
    uint8_t *block = heap_alloc(heap, size);
    if (!block) {
        sql_fail_memory(env->error);
        return NULL;
    }
    memcpy(block, &(struct flat_head){.size = size}, sizeof(struct flat_head));
    flat = (struct flat){.env = env, .block = block, .used = sizeof(struct flat_head)};
    flat_struct(&flat, shape, object);
    struct sql_object *copy = (struct sql_object *)(void *)(block + sizeof(struct flat_head));
    copy->refs = 1;
    if (object->class_id == dialect->classes_of.type)
        link_type((struct sql_type_object *)(void *)copy);
    if (layout && !make_layout(env, (struct sql_relation *)(void *)copy, block + flat.used)) {
        heap_free(heap, block, size);
        return NULL;
    }
    return copy;
}

void sql_object_release(struct heap *heap, struct sql_object *object)
{
    struct flat_head *head = (struct flat_head *)(void *)object - 1;
    heap_free(heap, head, head->size);
}

struct sql_expr *sql_expr_keep(struct sql_env *env, struct arena *arena,
                               const struct sql_expr *expr)
{
    struct flat flat = {.env = env};
    flat_expr(&flat, expr);
    uint8_t *block = arena_alloc(arena, flat.used);
    if (!block) {
        sql_fail_memory(env->error);
        return NULL;
    }
    flat = (struct flat){.env = env, .block = block};
    flat_expr(&flat, expr);
    return (struct sql_expr *)(void *)block;
}

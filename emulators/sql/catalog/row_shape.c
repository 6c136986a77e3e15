#include "emulators/sql/catalog/row_shape.h"

#include "common/hash.h"
#include "common/heap.h"

enum { BUCKETS = 256 };

struct row_shape {
    struct row_shape *next; /* of the bucket */
    struct sql_type type;
    struct sql_row_type row;
    uint64_t hash;
    size_t size; /* bytes of the block */
    struct sql_row_column columns[];
};

struct sql_row_shapes {
    struct row_shape *buckets[BUCKETS];
    struct row_shape *all[SQL_ROW_SHAPES_MAX];
    uint32_t count;
};

static uint64_t hash_of(const struct sql_row_column *columns, uint32_t count)
{
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t parts[] = {hash, hash_bytes(columns[i].name), columns[i].type,
                                  (uint32_t)columns[i].typmod};
        hash = hash_bytes(slice_of(parts, sizeof(parts)));
    }
    return hash;
}

static bool is_same(const struct row_shape *shape, const struct sql_row_column *columns,
                    uint32_t count)
{
    if (shape->row.count != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (shape->columns[i].type != columns[i].type ||
            shape->columns[i].typmod != columns[i].typmod ||
            !slice_eq(shape->columns[i].name, columns[i].name))
            return false;
    return true;
}

/* A copy, names behind the columns. */
static struct row_shape *make_shape(struct heap *heap, const struct sql_row_column *columns,
                                    uint32_t count)
{
    size_t size = sizeof(struct row_shape) + count * sizeof(*columns), at = size;
    for (uint32_t i = 0; i < count; i++)
        size += columns[i].name.len;
    struct row_shape *shape = heap_zalloc(heap, size);
    if (!shape)
        return NULL;
    shape->size = size;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *name = (uint8_t *)shape + at;
        if (columns[i].name.len)
            memcpy(name, columns[i].name.ptr, columns[i].name.len);
        shape->columns[i] = columns[i];
        shape->columns[i].name = slice_of(name, columns[i].name.len);
        at += columns[i].name.len;
    }
    shape->row = (struct sql_row_type){count, shape->columns};
    return shape;
}

static uint32_t add_shape(struct sql_row_shapes *shapes, struct row_shape *shape, uint64_t hash)
{
    shape->hash = hash;
    shape->next = shapes->buckets[hash % BUCKETS];
    shape->type = (struct sql_type){
        .id = SQL_ROW_SHAPE_FIRST + shapes->count,
        .name = slice_str("record"),
        .len = -1,
        .kind = SQL_TYPE_COMPOSITE,
        .category = 'C',
        .delimiter = ',',
        .base_typmod = -1,
        .ops = &sql_record_ops,
        .extra = &shape->row,
    };
    shapes->buckets[hash % BUCKETS] = shape;
    shapes->all[shapes->count++] = shape;
    return shape->type.id;
}

uint32_t sql_row_shape_intern(struct sql_row_shapes **shapes, struct heap *heap,
                              const struct sql_row_column *columns, uint32_t count)
{
    uint64_t hash = hash_of(columns, count);
    if (!*shapes)
        *shapes = heap_zalloc(heap, sizeof(**shapes));
    if (!*shapes)
        return 0;
    for (struct row_shape *shape = (*shapes)->buckets[hash % BUCKETS]; shape; shape = shape->next)
        if (shape->hash == hash && is_same(shape, columns, count))
            return shape->type.id;
    if ((*shapes)->count == SQL_ROW_SHAPES_MAX)
        return 0;
    struct row_shape *shape = make_shape(heap, columns, count);
    return shape ? add_shape(*shapes, shape, hash) : 0;
}

const struct sql_type *sql_row_shape_type(const struct sql_row_shapes *shapes, uint32_t id)
{
    bool known = shapes && sql_is_row_shape(id) && id - SQL_ROW_SHAPE_FIRST < shapes->count;
    return known ? &shapes->all[id - SQL_ROW_SHAPE_FIRST]->type : NULL;
}

void sql_row_shapes_destroy(struct sql_row_shapes *shapes, struct heap *heap)
{
    if (!shapes)
        return;
    for (uint32_t i = 0; i < shapes->count; i++)
        heap_free(heap, shapes->all[i], shapes->all[i]->size);
    heap_free(heap, shapes, sizeof(*shapes));
}

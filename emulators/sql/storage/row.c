#include "emulators/sql/storage/row.h"

#include "common/assert.h"
#include "emulators/sql/catalog/catalog.h"

/* What stands behind the header, in this order, each where the flags say so: the link, the size, the
 * null bitmap (a bit is set for NULL), the fixed columns, the end offsets, the bytes. */

#define UNITS_MAX ((1u << 13) - 1)

_Static_assert(sizeof(struct sql_row) == 16, "a million rows fit into what a heap of pages takes");

size_t sql_row_layout_size(uint32_t count)
{
    return sizeof(struct sql_row_layout) + count * sizeof(struct sql_row_place) +
           (count + 1) * (sizeof(uint32_t) + sizeof(uint16_t));
}

uint8_t sql_row_width(const struct sql_type *type)
{
    if (!type->by_value)
        return 0;
    return type->ops && type->ops->row_form == SQL_ROW_FORM_WHOLE ? 8 : (uint8_t)type->len;
}

struct sql_row_layout *sql_row_layout_init(void *block, const struct sql_column *columns,
                                           const struct sql_type *const *types, uint32_t count)
{
    struct sql_row_layout *layout = block;
    struct sql_row_place *places = (struct sql_row_place *)(layout + 1);
    uint32_t *fixed_bytes = (uint32_t *)(places + count);
    uint16_t *byte_count = (uint16_t *)(fixed_bytes + count + 1);
    fixed_bytes[0] = byte_count[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t width = sql_row_width(types[i]);
        places[i] = (struct sql_row_place){
            .at = width ? fixed_bytes[i] : byte_count[i],
            .width = width,
            .form = types[i]->ops ? (uint8_t)types[i]->ops->row_form : 0,
            .has_missing = columns && columns[i].has_missing,
            .missing = columns && columns[i].has_missing ? columns[i].missing : datum_null(),
        };
        fixed_bytes[i + 1] = fixed_bytes[i] + width;
        byte_count[i + 1] = (uint16_t)(byte_count[i] + (width == 0));
    }
    *layout = (struct sql_row_layout){
        .count = count, .places = places, .fixed_bytes = fixed_bytes, .byte_count = byte_count};
    return layout;
}

/* ---- writing */

static void write_fixed(uint8_t *at, const struct sql_row_place *place, struct datum value)
{
    uint8_t u8 = (uint8_t)value.u;
    uint16_t u16 = (uint16_t)value.u;
    uint32_t u32 = (uint32_t)value.u;
    float f = 0;
    switch (place->width) {
    case 1: memcpy(at, &u8, 1); return;
    case 2: memcpy(at, &u16, 2); return;
    case 4:
        if (place->form != SQL_ROW_FORM_FLOAT) {
            memcpy(at, &u32, 4);
            return;
        }
        f = (float)value.d;
        memcpy(at, &f, 4);
        return;
    default: memcpy(at, &value.u, 8);
    }
}

struct row_plan {
    size_t size;  /* of the block */
    size_t bytes; /* of the columns that are not fixed */
    unsigned flags;
};

static bool plan_row(const struct sql_row_layout *layout, const struct datum *values,
                     unsigned flags, struct row_plan *out)
{
    struct row_plan plan = {.flags = flags};
    uint32_t count = layout->count;
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].null)
            plan.flags |= SQL_ROW_NULLS;
        else if (!layout->places[i].width)
            plan.bytes += values[i].len;
    }
    if (plan.bytes > UINT16_MAX)
        plan.flags |= SQL_ROW_WIDE;
    plan.size = sizeof(struct sql_row) + layout->fixed_bytes[count] + plan.bytes +
                layout->byte_count[count] * (plan.flags & SQL_ROW_WIDE ? 4u : 2u);
    plan.size += plan.flags & SQL_ROW_LINKED ? sizeof(struct sql_row_link) : 0;
    plan.size += plan.flags & SQL_ROW_NULLS ? (count + 7) / 8 : 0;
    if ((plan.size + 7) / 8 > UNITS_MAX) {
        plan.flags |= SQL_ROW_LARGE;
        plan.size += sizeof(uint64_t);
    }
    *out = plan;
    return plan.size <= SQL_ROW_BYTES_MAX;
}

static void write_end(uint8_t *ends, unsigned at, bool wide, uint32_t end)
{
    uint16_t narrow = (uint16_t)end;
    if (wide)
        memcpy(ends + at * 4u, &end, 4);
    else
        memcpy(ends + at * 2u, &narrow, 2);
}

static void write_columns(uint8_t *at, const struct sql_row_layout *layout,
                          const struct datum *values, unsigned flags)
{
    uint32_t count = layout->count, end = 0;
    bool wide = flags & SQL_ROW_WIDE;
    uint8_t *nulls = at;
    if (flags & SQL_ROW_NULLS) {
        memset(nulls, 0, (count + 7) / 8);
        at += (count + 7) / 8;
    }
    uint8_t *ends = at + layout->fixed_bytes[count];
    uint8_t *bytes = ends + layout->byte_count[count] * (wide ? 4u : 2u);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_row_place *place = &layout->places[i];
        if (values[i].null)
            nulls[i / 8] |= (uint8_t)(1u << (i % 8));
        if (place->width) {
            write_fixed(at + place->at, place, values[i].null ? datum_int(0) : values[i]);
            continue;
        }
        if (!values[i].null && values[i].len) {
            memcpy(bytes + end, values[i].ptr, values[i].len);
            end += values[i].len;
        }
        write_end(ends, place->at, wide, end);
    }
}

static struct sql_row *create(struct sql_env *env, struct heap *heap,
                              const struct sql_row_layout *layout, const struct datum *values,
                              unsigned flags)
{
    struct row_plan plan;
    if (!plan_row(layout, values, flags, &plan)) {
        sql_fail(env->error, "54000", "row is too big");
        return NULL;
    }
    plan.size = (plan.size + 7) / 8 * 8; /* what sql_row_size will say */
    struct sql_row *row = heap_alloc_packed(heap, plan.size);
    if (!row) {
        sql_fail_memory(env->error);
        return NULL;
    }
    bool large = plan.flags & SQL_ROW_LARGE;
    *row = (struct sql_row){.refs = 1,
                            .count = layout->count & SQL_ROW_COLUMN_MAX,
                            .units = large ? 0 : (unsigned)((plan.size + 7) / 8) & UNITS_MAX,
                            .flags = plan.flags & 0xff};
    uint8_t *at = (uint8_t *)(row + 1);
    if (plan.flags & SQL_ROW_LINKED) {
        *sql_row_link(row) = (struct sql_row_link){0};
        at += sizeof(struct sql_row_link);
    }
    if (large) {
        uint64_t size = plan.size;
        memcpy(at, &size, sizeof size);
        at += sizeof size;
    }
    write_columns(at, layout, values, plan.flags);
    return row;
}

struct sql_row *sql_row_create(struct sql_env *env, struct heap *heap,
                               const struct sql_row_layout *layout, const struct datum *values)
{
    return create(env, heap, layout, values, 0);
}

struct sql_row *sql_row_create_linked(struct sql_env *env, struct heap *heap,
                                      const struct sql_row_layout *layout,
                                      const struct datum *values)
{
    return create(env, heap, layout, values, SQL_ROW_LINKED);
}

struct sql_row *sql_row_create_tombstone(struct heap *heap)
{
    size_t size = sizeof(struct sql_row) + sizeof(struct sql_row_link);
    struct sql_row *row = heap_alloc_packed(heap, size);
    if (!row)
        return NULL;
    *row = (struct sql_row){.refs = 1,
                            .units = (unsigned)(size / 8) & UNITS_MAX,
                            .flags = SQL_ROW_LINKED | SQL_ROW_DELETED};
    *sql_row_link(row) = (struct sql_row_link){0};
    return row;
}

size_t sql_row_size(const struct sql_row *row)
{
    if (row->units)
        return (size_t)row->units * 8;
    uint64_t size;
    const uint8_t *at = (const uint8_t *)(row + 1);
    memcpy(&size, at + (row->flags & SQL_ROW_LINKED ? sizeof(struct sql_row_link) : 0),
           sizeof size);
    return (size_t)size;
}

void sql_row_release(struct heap *heap, struct sql_row *row)
{
    while (row && --row->refs == 0) {
        struct sql_row *previous = sql_row_previous(row);
        heap_free_packed(heap, row, sql_row_size(row));
        row = previous;
    }
}

/* ---- reading */

struct row_parts {
    const uint8_t *nulls; /* NULL: none is */
    const uint8_t *fixed, *ends, *bytes;
    bool wide;
};

static inline struct row_parts parts_of(const struct sql_row *row,
                                        const struct sql_row_layout *layout)
{
    const uint8_t *at = (const uint8_t *)(row + 1);
    struct row_parts parts = {.wide = row->flags & SQL_ROW_WIDE};
    if (row->flags & SQL_ROW_LINKED)
        at += sizeof(struct sql_row_link);
    if (row->flags & SQL_ROW_LARGE)
        at += sizeof(uint64_t);
    if (row->flags & SQL_ROW_NULLS) {
        parts.nulls = at;
        at += (row->count + 7u) / 8;
    }
    parts.fixed = at;
    parts.ends = at + layout->fixed_bytes[row->count];
    parts.bytes = parts.ends + layout->byte_count[row->count] * (parts.wide ? 4u : 2u);
    return parts;
}

static inline struct datum read_fixed(const uint8_t *at, const struct sql_row_place *place)
{
    struct datum value = {0};
    bool is_signed = place->form == SQL_ROW_FORM_SIGNED;
    uint16_t u16;
    uint32_t u32;
    float f;
    switch (place->width) {
    case 1: value.i = is_signed ? (int8_t)*at : *at; break;
    case 2:
        memcpy(&u16, at, 2);
        value.i = is_signed ? (int16_t)u16 : u16;
        break;
    case 4:
        memcpy(&u32, at, 4);
        value.i = is_signed ? (int64_t)(int32_t)u32 : (int64_t)u32;
        if (place->form == SQL_ROW_FORM_FLOAT) {
            memcpy(&f, at, 4);
            value.d = (double)f;
        }
        break;
    default: memcpy(&value.u, at, 8);
    }
    return value;
}

static inline uint32_t end_at(const struct row_parts *parts, unsigned at)
{
    uint32_t wide;
    uint16_t narrow;
    if (parts->wide) {
        memcpy(&wide, parts->ends + at * 4u, 4);
        return wide;
    }
    memcpy(&narrow, parts->ends + at * 2u, 2);
    return narrow;
}

static inline struct datum read_column(const struct row_parts *parts,
                                       const struct sql_row_place *place, uint32_t index)
{
    if (parts->nulls && parts->nulls[index / 8] >> (index % 8) & 1)
        return datum_null();
    if (place->width)
        return read_fixed(parts->fixed + place->at, place);
    uint32_t start = place->at ? end_at(parts, place->at - 1) : 0;
    return datum_bytes(slice_of(parts->bytes + start, end_at(parts, place->at) - start));
}

struct datum sql_row_get(const struct sql_row *row, const struct sql_row_layout *layout,
                         uint32_t index)
{
    const struct sql_row_place *place = &layout->places[index];
    if (index >= row->count)
        return place->missing;
    struct row_parts parts = parts_of(row, layout);
    return read_column(&parts, place, index);
}

void sql_row_read(const struct sql_row *row, const struct sql_row_layout *layout, uint32_t count,
                  struct datum *out)
{
    struct row_parts parts = parts_of(row, layout);
    uint32_t present = count < row->count ? count : row->count;
    ASSERT(count <= layout->count);
    for (uint32_t i = 0; i < present; i++)
        out[i] = read_column(&parts, &layout->places[i], i);
    for (uint32_t i = present; i < count; i++)
        out[i] = layout->places[i].missing;
}

#include "emulators/sql/value/jsonb.h"

static const uint32_t offset_mask = 0x0fffffff;
static const unsigned kind_shift = 28;

/* What entries say that bytes are. */
enum { ENTRY_STRING, ENTRY_NUMBER, ENTRY_FALSE, ENTRY_TRUE, ENTRY_NULL, ENTRY_CONTAINER };

static uint32_t load(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static uint32_t head_of(const struct sql_jsonb *container)
{
    return load(container->bytes.ptr);
}

uint32_t sql_jsonb_count(const struct sql_jsonb *container)
{
    return head_of(container) & SQL_JSONB_COUNT_MAX;
}

static struct sql_jsonb container_of(struct slice bytes)
{
    bool object = load(bytes.ptr) & SQL_JSONB_OBJECT;
    return (struct sql_jsonb){object ? SQL_JSONB_KIND_OBJECT : SQL_JSONB_KIND_ARRAY, bytes};
}

/* The value of entry `index` of `entries`. */
static struct sql_jsonb entry(const struct sql_jsonb *container, uint32_t entries, uint32_t index)
{
    static const enum sql_jsonb_kind kinds[] = {
        [ENTRY_STRING] = SQL_JSONB_KIND_STRING, [ENTRY_NUMBER] = SQL_JSONB_KIND_NUMBER,
        [ENTRY_FALSE] = SQL_JSONB_KIND_FALSE,   [ENTRY_TRUE] = SQL_JSONB_KIND_TRUE,
        [ENTRY_NULL] = SQL_JSONB_KIND_NULL,
    };
    const uint8_t *table = container->bytes.ptr + 4;
    const uint8_t *data = table + (size_t)entries * 4;
    uint32_t word = load(table + (size_t)index * 4);
    uint32_t start = index ? load(table + (size_t)(index - 1) * 4) & offset_mask : 0;
    struct slice bytes = slice_of(data + start, (word & offset_mask) - start);
    uint32_t kind = word >> kind_shift;
    if (kind == ENTRY_CONTAINER)
        return container_of(bytes);
    return (struct sql_jsonb){kinds[kind], bytes};
}

struct sql_jsonb sql_jsonb_open(struct datum value)
{
    struct sql_jsonb top = container_of(datum_slice(value));
    return head_of(&top) & SQL_JSONB_SCALAR ? entry(&top, 1, 0) : top;
}

struct sql_jsonb sql_jsonb_element(const struct sql_jsonb *array, uint32_t index)
{
    return entry(array, sql_jsonb_count(array), index);
}

struct slice sql_jsonb_key(const struct sql_jsonb *object, uint32_t index)
{
    return entry(object, sql_jsonb_count(object) * 2, index).bytes;
}

struct sql_jsonb sql_jsonb_member(const struct sql_jsonb *object, uint32_t index)
{
    uint32_t count = sql_jsonb_count(object);
    return entry(object, count * 2, count + index);
}

static int compare_keys(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

bool sql_jsonb_find(const struct sql_jsonb *object, struct slice key, struct sql_jsonb *out,
                    uint32_t *out_index)
{
    uint32_t low = 0, high = sql_jsonb_count(object);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_keys(sql_jsonb_key(object, middle), key);
        if (order == 0) {
            if (out)
                *out = sql_jsonb_member(object, middle);
            if (out_index)
                *out_index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool sql_jsonb_at(const struct sql_jsonb *array, int64_t index, struct sql_jsonb *out)
{
    int64_t count = sql_jsonb_count(array);
    if (index < 0)
        index += count;
    if (index < 0 || index >= count)
        return false;
    *out = sql_jsonb_element(array, (uint32_t)index);
    return true;
}

/* ---- making */

void sql_jsonb_build(struct sql_jsonb_builder *builder, struct sql_call *call, struct arena *arena)
{
    *builder = (struct sql_jsonb_builder){.call = call, .arena = arena};
}

static bool fail_memory(struct sql_jsonb_builder *builder)
{
    return sql_fail_memory(builder->call->env->error);
}

bool sql_jsonb_begin(struct sql_jsonb_builder *builder, bool object)
{
    if (builder->depth == builder->room) {
        uint32_t room = builder->room ? builder->room * 2 : 8;
        struct sql_jsonb_level *levels =
            arena_array(builder->arena, room, sizeof(struct sql_jsonb_level));
        if (!levels)
            return fail_memory(builder);
        if (builder->depth)
            memcpy(levels, builder->levels, builder->depth * sizeof(*levels));
        builder->levels = levels;
        builder->room = room;
    }
    builder->levels[builder->depth++] = (struct sql_jsonb_level){.object = object};
    return true;
}

void sql_jsonb_add_key(struct sql_jsonb_builder *builder, struct slice key)
{
    builder->levels[builder->depth - 1].key = key;
}

bool sql_jsonb_add(struct sql_jsonb_builder *builder, struct sql_jsonb value)
{
    if (builder->depth == 0) {
        builder->top = value;
        return true;
    }
    struct sql_jsonb_level *level = &builder->levels[builder->depth - 1];
    if (level->count == level->room) {
        uint32_t room = level->room ? level->room * 2 : 8;
        struct sql_jsonb_pair *pairs =
            arena_array(builder->arena, room, sizeof(struct sql_jsonb_pair));
        if (!pairs || room > SQL_JSONB_COUNT_MAX)
            return fail_memory(builder);
        if (level->count)
            memcpy(pairs, level->pairs, level->count * sizeof(*pairs));
        level->pairs = pairs;
        level->room = room;
    }
    level->pairs[level->count++] = (struct sql_jsonb_pair){level->key, value};
    return true;
}

bool sql_jsonb_add_member(struct sql_jsonb_builder *builder, struct slice key,
                          struct sql_jsonb value)
{
    sql_jsonb_add_key(builder, key);
    return sql_jsonb_add(builder, value);
}

/* Merge sort by key: stable, so that the last of equal ones can be kept. */
static void sort_pairs(struct sql_jsonb_pair *pairs, struct sql_jsonb_pair *aside, uint32_t count)
{
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t middle = start + width < count ? start + width : count;
            uint32_t end = middle + width < count ? middle + width : count;
            uint32_t a = start, b = middle;
            for (uint32_t i = start; i < end; i++) {
                bool first =
                    a < middle && (b >= end || compare_keys(pairs[a].key, pairs[b].key) <= 0);
                aside[i] = pairs[first ? a++ : b++];
            }
        }
        memcpy(pairs, aside, count * sizeof(*pairs));
    }
}

static bool order_pairs(struct sql_jsonb_builder *builder, struct sql_jsonb_level *level)
{
    bool ordered = true;
    for (uint32_t i = 1; i < level->count && ordered; i++)
        ordered = compare_keys(level->pairs[i - 1].key, level->pairs[i].key) < 0;
    if (ordered)
        return true;
    struct sql_jsonb_pair *aside =
        arena_array(builder->arena, level->count, sizeof(struct sql_jsonb_pair));
    if (!aside)
        return fail_memory(builder);
    sort_pairs(level->pairs, aside, level->count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < level->count; i++) {
        bool again =
            i + 1 < level->count && compare_keys(level->pairs[i].key, level->pairs[i + 1].key) == 0;
        if (!again)
            level->pairs[kept++] = level->pairs[i];
    }
    level->count = kept;
    return true;
}

static uint32_t entry_kind(enum sql_jsonb_kind kind)
{
    static const uint32_t kinds[] = {
        [SQL_JSONB_KIND_NULL] = ENTRY_NULL,        [SQL_JSONB_KIND_STRING] = ENTRY_STRING,
        [SQL_JSONB_KIND_NUMBER] = ENTRY_NUMBER,    [SQL_JSONB_KIND_FALSE] = ENTRY_FALSE,
        [SQL_JSONB_KIND_TRUE] = ENTRY_TRUE,        [SQL_JSONB_KIND_ARRAY] = ENTRY_CONTAINER,
        [SQL_JSONB_KIND_OBJECT] = ENTRY_CONTAINER,
    };
    return kinds[kind];
}

static void put(uint8_t **table, uint8_t *data, size_t *used, struct slice bytes, uint32_t kind)
{
    if (bytes.len)
        memcpy(data + *used, bytes.ptr, bytes.len);
    *used += bytes.len;
    uint32_t word = (uint32_t)*used | kind << kind_shift;
    memcpy(*table, &word, sizeof(word));
    *table += 4;
}

static bool fail_size(struct sql_jsonb_builder *builder, bool object)
{
    return sql_fail(builder->call->env->error, "54000",
                    "total size of jsonb %s elements exceeds the maximum of %u bytes",
                    object ? "object" : "array", offset_mask);
}

/* The level's pairs as one container. */
static bool make_container(struct sql_jsonb_builder *builder, const struct sql_jsonb_level *level,
                           uint32_t flags, struct slice *out)
{
    size_t len = 0;
    for (uint32_t i = 0; i < level->count; i++)
        len += level->pairs[i].value.bytes.len + (level->object ? level->pairs[i].key.len : 0);
    if (len > offset_mask)
        return fail_size(builder, level->object);
    size_t entries = (size_t)level->count * (level->object ? 2 : 1);
    uint8_t *bytes = arena_alloc(builder->arena, 4 + entries * 4 + len);
    if (!bytes)
        return fail_memory(builder);
    uint32_t head = level->count | flags | (level->object ? SQL_JSONB_OBJECT : 0);
    memcpy(bytes, &head, sizeof(head));
    uint8_t *table = bytes + 4, *data = table + entries * 4;
    size_t used = 0;
    for (uint32_t i = 0; i < level->count && level->object; i++)
        put(&table, data, &used, level->pairs[i].key, ENTRY_STRING);
    for (uint32_t i = 0; i < level->count; i++)
        put(&table, data, &used, level->pairs[i].value.bytes,
            entry_kind(level->pairs[i].value.kind));
    *out = slice_of(bytes, 4 + entries * 4 + len);
    return true;
}

bool sql_jsonb_end(struct sql_jsonb_builder *builder)
{
    struct sql_jsonb_level *level = &builder->levels[builder->depth - 1];
    struct slice bytes;
    if ((level->object && !order_pairs(builder, level)) ||
        !make_container(builder, level, 0, &bytes))
        return false;
    builder->depth--;
    return sql_jsonb_add(builder, container_of(bytes));
}

bool sql_jsonb_finish(struct sql_jsonb_builder *builder, struct datum *out)
{
    if (sql_jsonb_is_container(&builder->top)) {
        *out = datum_bytes(builder->top.bytes);
        return true;
    }
    struct sql_jsonb_pair pair = {.value = builder->top};
    const struct sql_jsonb_level level = {.pairs = &pair, .count = 1};
    struct slice bytes;
    if (!make_container(builder, &level, SQL_JSONB_SCALAR, &bytes))
        return false;
    *out = datum_bytes(bytes);
    return true;
}

bool sql_jsonb_make(struct sql_call *call, struct sql_jsonb value, struct datum *out)
{
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    builder.top = value;
    return sql_jsonb_finish(&builder, out);
}

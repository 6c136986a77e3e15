#include "emulators/sql/exec/partition_bounds.h"

#include "common/assert.h"
#include "common/heap.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/session.h"

enum { BUCKETS = 256, TABLES_MAX = 2048 };

struct cached {
    struct cached *next; /* of the bucket */
    const struct sql_database *database;
    uint32_t table;
    size_t size; /* bytes of the block */
    struct sql_partition_bounds bounds;
};

struct sql_bounds_cache {
    struct cached *buckets[BUCKETS];
    uint32_t count;
};

/* ---- terms */

bool sql_partition_terms(struct sql_env *env, const struct sql_relation *table,
                         struct sql_partition_terms *out)
{
    const struct sql_partition_key *key = table->partition_key;
    uint32_t expression = 0;
    ASSERT(key->count <= SQL_PARTITION_KEYS_MAX);
    out->env = env;
    out->arena = env->arena;
    out->key = key;
    for (uint32_t i = 0; i < key->count; i++) {
        uint32_t type = key->columns[i] ? table->columns[key->columns[i] - 1].type
                                        : key->expressions.items[expression++]->type;
        out->types[i] = sql_find_type_id(env->session, type);
        while (out->types[i] && out->types[i]->kind == SQL_TYPE_DOMAIN)
            out->types[i] = sql_find_type_id(env->session, out->types[i]->base);
        if (!out->types[i])
            return sql_fail(env->error, "XX000", "a partition key has no type");
    }
    return true;
}

/* ---- the partitions in the order of their bounds */

/* A partition, or one of the values in its list. */
struct item {
    const struct sql_partition_bound *bound;
    struct datum value;
    uint32_t member;
};

/* A partition, and its place among the children once it has one. */
struct member {
    uint32_t id;
    int32_t place;
};

struct builder {
    const struct sql_partition_terms *terms;
    struct sql_env *env;
    struct item *items;
    struct member *members;
    uint32_t count, member_count;
    struct member *otherwise, *nulls; /* NULL: none */
};

static struct datum value_of(const struct sql_expr *expr)
{
    ASSERT(expr->kind == SQL_EXPR_CONST);
    return ((const struct sql_expr_const *)(const void *)expr)->value;
}

static int compare_values(const struct sql_partition_terms *terms, uint32_t at, struct datum a,
                          struct datum b)
{
    struct sql_call call = {.env = terms->env,
                            .arena = terms->arena,
                            .result_type = terms->types[at],
                            .collation = terms->key->collations[at]};
    return terms->types[at]->ops->compare(&call, terms->types[at], a, b);
}

static int compare_ends(const struct sql_partition_terms *terms, const struct sql_exprs *a,
                        const int8_t *a_kinds, const struct sql_exprs *b, const int8_t *b_kinds)
{
    int order = 0;
    for (uint32_t i = 0; i < a->count && order == 0; i++) {
        if (a_kinds[i] || b_kinds[i])
            return a_kinds[i] - b_kinds[i];
        order = compare_values(terms, i, value_of(a->items[i]), value_of(b->items[i]));
    }
    return order;
}

static int compare_items(const struct sql_partition_terms *terms, const struct item *a,
                         const struct item *b)
{
    const struct sql_partition_bound *x = a->bound, *y = b->bound;
    switch (terms->key->strategy) {
    case 'l': return compare_values(terms, 0, a->value, b->value);
    case 'r': return compare_ends(terms, &x->from, x->from_kinds, &y->from, y->from_kinds);
    default:
        return x->modulus != y->modulus
                   ? (x->modulus > y->modulus) - (x->modulus < y->modulus)
                   : (x->remainder > y->remainder) - (x->remainder < y->remainder);
    }
}

/* Puts an item where it belongs; most come in order. */
static void add_item(struct builder *builder, struct item item)
{
    uint32_t low = 0, high = builder->count;
    if (high && compare_items(builder->terms, &builder->items[high - 1], &item) <= 0)
        low = high;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (compare_items(builder->terms, &builder->items[middle], &item) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&builder->items[low + 1], &builder->items[low], (builder->count - low) * sizeof(item));
    builder->items[low] = item;
    builder->count++;
}

static void add_child(struct builder *builder, const struct sql_relation *child)
{
    const struct sql_partition_bound *bound = child->partition_bound;
    uint32_t number = builder->member_count++;
    builder->members[number].id = child->object.id;
    if (bound->is_default) {
        builder->otherwise = &builder->members[number];
        return;
    }
    if (builder->terms->key->strategy != 'l')
        add_item(builder, (struct item){bound, datum_null(), number});
    for (uint32_t i = 0; i < bound->values.count; i++) {
        struct datum value = value_of(bound->values.items[i]);
        if (value.null)
            builder->nulls = &builder->members[number];
        else
            add_item(builder, (struct item){bound, value, number});
    }
}

static bool gather(struct builder *builder, const struct sql_relation *table)
{
    struct sql_session *session = builder->env->session;
    struct arena *arena = builder->env->arena;
    uint32_t room = 0;
    builder->members = arena_array(arena, table->child_count, sizeof(*builder->members));
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            builder->items = arena_array(arena, room, sizeof(*builder->items));
        if (!builder->members || (pass == 1 && !builder->items))
            return sql_fail_memory(builder->env->error);
        for (uint32_t i = 0; i < table->child_count; i++) {
            const struct sql_relation *child = sql_find_relation_id(session, table->children[i]);
            if (!child || !child->partition_bound)
                continue;
            room += 1 + child->partition_bound->values.count;
            if (pass == 1)
                add_child(builder, child);
        }
    }
    return true;
}

/* ---- what is kept */

/* Where a block's parts are put; the first pass counts bytes alone. */
struct block {
    uint8_t *at;
    size_t used;
};

static void *carve(struct block *block, size_t count, size_t size)
{
    void *at = block->at ? block->at + block->used : NULL;
    block->used += (count * size + 7) & ~(size_t)7;
    return at;
}

/* The value with its bytes in the block. */
static struct datum keep(struct block *block, const struct sql_type *type, struct datum value)
{
    if (type->by_value || value.null)
        return value;
    uint8_t *bytes = carve(block, value.len, 1);
    if (bytes) {
        memcpy(bytes, value.ptr, value.len);
        value.ptr = bytes;
    }
    return value;
}

/* The place of a partition among the children, which it gets when it has none yet. */
static int32_t place_child(struct sql_partition_bounds *bounds, uint32_t *children,
                           struct member *member)
{
    if (member->place >= 0)
        return member->place;
    if (children)
        children[bounds->child_count] = member->id;
    member->place = (int32_t)bounds->child_count++;
    return member->place;
}

struct parts {
    struct datum *values;
    int8_t *kinds;
    int32_t *slots;
    uint32_t *moduli, *remainders, *functions, *children;
};

/* Another end of a range, unless it is where the last range ended. Slots behind it lead nowhere so far. */
static void add_end(const struct builder *builder, struct sql_partition_bounds *bounds,
                    const struct parts *parts, struct block *block, const struct sql_exprs *end,
                    const int8_t *kinds)
{
    uint32_t keys = bounds->key_count, at = bounds->bound_count * keys;
    for (uint32_t i = 0; i < keys; i++) {
        struct datum value = kinds[i]
                                 ? datum_null()
                                 : keep(block, builder->terms->types[i], value_of(end->items[i]));
        if (parts->values) {
            parts->values[at + i] = value;
            parts->kinds[at + i] = kinds[i];
        }
    }
    bounds->bound_count++;
    if (parts->slots)
        parts->slots[bounds->bound_count] = SQL_SLOT_OTHERS;
}

static void place_ranges(const struct builder *builder, struct sql_partition_bounds *bounds,
                         const struct parts *parts, struct block *block)
{
    const struct sql_partition_bound *last = NULL;
    if (parts->slots)
        parts->slots[0] = SQL_SLOT_OTHERS;
    for (uint32_t i = 0; i < builder->count; i++) {
        const struct sql_partition_bound *bound = builder->items[i].bound;
        if (!last || compare_ends(builder->terms, &last->to, last->to_kinds, &bound->from,
                                  bound->from_kinds) != 0)
            add_end(builder, bounds, parts, block, &bound->from, bound->from_kinds);
        int32_t child =
            place_child(bounds, parts->children, &builder->members[builder->items[i].member]);
        if (parts->slots)
            parts->slots[bounds->bound_count] = child;
        add_end(builder, bounds, parts, block, &bound->to, bound->to_kinds);
        last = bound;
    }
    bounds->slot_count = bounds->bound_count + 1;
    if (!parts->slots || bounds->bound_count == 0)
        return;
    if (parts->kinds[0] < 0)
        parts->slots[0] = SQL_SLOT_NEVER;
    if (parts->kinds[(bounds->bound_count - 1) * bounds->key_count] > 0)
        parts->slots[bounds->bound_count] = SQL_SLOT_NEVER;
}

static void place_lists(const struct builder *builder, struct sql_partition_bounds *bounds,
                        const struct parts *parts, struct block *block)
{
    for (uint32_t i = 0; i < builder->count; i++) {
        struct datum value = keep(block, builder->terms->types[0], builder->items[i].value);
        int32_t child =
            place_child(bounds, parts->children, &builder->members[builder->items[i].member]);
        if (parts->values) {
            parts->values[i] = value;
            parts->slots[i] = child;
        }
    }
    bounds->bound_count = bounds->slot_count = builder->count;
    if (builder->nulls)
        bounds->nulls = place_child(bounds, parts->children, builder->nulls);
}

/* The function by which a column of the key is hashed; 0: none that is known. */
static uint32_t hash_function(const struct sql_partition_terms *terms, uint32_t at)
{
    struct sql_session *session = terms->env->session;
    const struct sql_dialect *dialect = session->dialect;
    const struct sql_operator_class *class =
        sql_builtin_class_id(dialect, terms->key->opclasses[at]);
    const struct sql_class_object *made =
        class ? NULL
              : (const void *)sql_find_object(session, dialect->classes_of.operator_class,
                                              terms->key->opclasses[at]);
    if (class)
        return sql_builtin_family_function(dialect, class->family, class->input, class->input, 2);
    return made ? sql_find_family_function(session, made->info.family, made->info.input,
                                           made->info.input, 2)
                : 0;
}

static void place_hashes(const struct builder *builder, struct sql_partition_bounds *bounds,
                         const struct parts *parts)
{
    for (uint32_t i = 0; i < builder->count; i++) {
        int32_t child =
            place_child(bounds, parts->children, &builder->members[builder->items[i].member]);
        if (!parts->slots)
            continue;
        parts->slots[i] = child;
        parts->moduli[i] = builder->items[i].bound->modulus;
        parts->remainders[i] = builder->items[i].bound->remainder;
    }
    bounds->slot_count = builder->count;
    for (uint32_t i = 0; parts->functions && i < bounds->key_count; i++)
        parts->functions[i] = hash_function(builder->terms, i);
}

/* Without a block it is measured alone. */
static void place(const struct builder *builder, const struct sql_relation *table,
                  struct sql_partition_bounds *bounds, struct block *block)
{
    char strategy = table->partition_key->strategy;
    uint32_t keys = table->partition_key->count;
    size_t ends = strategy == 'r' ? builder->count * (size_t)2 : builder->count;
    *bounds = (struct sql_partition_bounds){
        .relation = table, .strategy = strategy, .key_count = keys, .otherwise = -1, .nulls = -1};
    for (uint32_t i = 0; i < builder->member_count; i++)
        builder->members[i].place = -1;
    struct parts parts = {.slots = carve(block, ends + 1, sizeof(int32_t)),
                          .children = carve(block, builder->count + 2u, sizeof(uint32_t))};
    if (strategy == 'h') {
        parts.moduli = carve(block, builder->count, sizeof(uint32_t));
        parts.remainders = carve(block, builder->count, sizeof(uint32_t));
        parts.functions = carve(block, keys, sizeof(uint32_t));
        place_hashes(builder, bounds, &parts);
    } else {
        parts.values = carve(block, ends * keys, sizeof(struct datum));
        parts.kinds = carve(block, ends * keys, 1);
        if (strategy == 'r')
            place_ranges(builder, bounds, &parts, block);
        else
            place_lists(builder, bounds, &parts, block);
    }
    if (builder->otherwise)
        bounds->otherwise = place_child(bounds, parts.children, builder->otherwise);
    bounds->children = parts.children;
    bounds->values = parts.values;
    bounds->kinds = parts.kinds;
    bounds->slots = parts.slots;
    bounds->moduli = parts.moduli;
    bounds->remainders = parts.remainders;
    bounds->functions = parts.functions;
}

static struct cached *make(struct heap *heap, const struct builder *builder,
                           const struct sql_relation *table)
{
    struct sql_partition_bounds measured;
    struct block block = {NULL, sizeof(struct cached)};
    place(builder, table, &measured, &block);
    size_t size = block.used;
    struct cached *made = heap_zalloc(heap, size);
    if (!made)
        return NULL;
    made->size = size;
    block = (struct block){(uint8_t *)made, sizeof(*made)};
    place(builder, table, &made->bounds, &block);
    ASSERT(block.used == size);
    return made;
}

/* ---- the instance's */

static void release(const struct sql_instance *instance, struct cached *cached)
{
    struct sql_object *object = (struct sql_object *)(uintptr_t)&cached->bounds.relation->object;
    if (--object->refs == 0)
        instance->options->release_object(instance->heap, object);
    heap_free(instance->heap, cached, cached->size);
}

static void clear(struct sql_bounds_cache *cache, const struct sql_instance *instance)
{
    for (uint32_t i = 0; i < BUCKETS; i++)
        while (cache->buckets[i]) {
            struct cached *cached = cache->buckets[i];
            cache->buckets[i] = cached->next;
            release(instance, cached);
        }
    cache->count = 0;
}

void sql_bounds_cache_destroy(struct sql_bounds_cache *cache, const struct sql_instance *instance)
{
    if (!cache)
        return;
    clear(cache, instance);
    heap_free(instance->heap, cache, sizeof(*cache));
}

/* Where the table's bounds are; *link NULL: they are not. */
static struct cached **find(struct sql_bounds_cache *cache, const struct sql_database *database,
                            uint32_t table)
{
    struct cached **link = &cache->buckets[table % BUCKETS];
    while (*link && ((*link)->table != table || (*link)->database != database))
        link = &(*link)->next;
    return link;
}

static bool build(struct sql_env *env, struct sql_bounds_cache *cache,
                  const struct sql_relation *table, struct cached **out)
{
    struct sql_instance *instance = env->session->instance;
    struct sql_partition_terms terms;
    struct builder builder = {.terms = &terms, .env = env};
    if (!sql_partition_terms(env, table, &terms) || !gather(&builder, table))
        return false;
    struct cached *made = make(instance->heap, &builder, table);
    if (!made)
        return sql_fail_memory(env->error);
    if (cache->count == TABLES_MAX)
        clear(cache, instance);
    made->database = env->session->database;
    made->table = table->object.id;
    made->next = cache->buckets[table->object.id % BUCKETS];
    cache->buckets[table->object.id % BUCKETS] = made;
    cache->count++;
    ((struct sql_object *)(uintptr_t)&table->object)->refs++;
    *out = made;
    return true;
}

bool sql_partition_bounds(struct sql_env *env, const struct sql_relation *table,
                          const struct sql_partition_bounds **out)
{
    struct sql_instance *instance = env->session->instance;
    if (!instance->bounds)
        instance->bounds = heap_zalloc(instance->heap, sizeof(*instance->bounds));
    if (!instance->bounds)
        return sql_fail_memory(env->error);
    struct cached **link = find(instance->bounds, env->session->database, table->object.id);
    struct cached *cached = *link;
    if (cached && cached->bounds.relation != table) {
        *link = cached->next;
        instance->bounds->count--;
        release(instance, cached);
        cached = NULL;
    }
    if (!cached && !build(env, instance->bounds, table, &cached))
        return false;
    *out = &cached->bounds;
    return true;
}

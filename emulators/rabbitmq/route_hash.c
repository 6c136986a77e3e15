/* Exchanges of type x-consistent-hash: each message goes to one destination, and to the same as the
 * others of the same routing key, or header (argument hash-header) or property (hash-property).
 *
 * As RabbitMQ's plugin has it: a binding's key is the weight of its destination, which is in the ring
 * once, by the first of its bindings, and leaves it with whichever binding goes first. The ring is
 * index.every, in the order of coming, and index.keys knows each destination's place. A ring of n
 * buckets is looked up by "A Fast, Minimal Memory, Consistent Hash Algorithm" (Lamping and Veach),
 * which moves few messages when a destination comes. */
#include "common/text.h"
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/erlang_term.h"
#include "emulators/rabbitmq/route_bucket.h"
#include "emulators/rabbitmq/route_types.h"
#include "protocols/amqp/amqp_table.h"

/* ---- arguments */

static const struct slice hash_header = SLICE_LITERAL("hash-header");
static const struct slice hash_property = SLICE_LITERAL("hash-property");

static struct slice message_id(const struct rabbit_routing *routing)
{
    return routing->message_id;
}

static struct slice correlation_id(const struct rabbit_routing *routing)
{
    return routing->correlation_id;
}

static struct slice timestamp(const struct rabbit_routing *routing)
{
    return slice_of(&routing->timestamp, routing->timestamp ? sizeof(routing->timestamp) : 0);
}

static const struct property {
    const char *name;
    struct slice (*of)(const struct rabbit_routing *routing);
} properties[] = {
    {"message_id",     message_id    },
    {"correlation_id", correlation_id},
    {"timestamp",      timestamp     },
};

static const struct property *property_find(struct slice name)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (slice_eq_str(name, properties[i].name))
            return &properties[i];
    return NULL;
}

static bool check_text(const struct amqp_value *value, struct slice name,
                       struct rabbit_error *error)
{
    if (value->type == 0 || value->type == 'S')
        return true;
    return rabbit_fail(error, RABBIT_INTERNAL_ERROR, SLICE_FMT " is no longstr", SLICE_ARG(name));
}

static bool check(struct slice arguments, struct rabbit_error *error)
{
    struct amqp_value header, property;
    amqp_table_get(arguments, hash_header, &header);
    amqp_table_get(arguments, hash_property, &property);
    if (header.type && property.type)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "hash-header and hash-property are mutually exclusive");
    if (!check_text(&header, hash_header, error) || !check_text(&property, hash_property, error))
        return false;
    if (property.type && !property_find(property.bytes))
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "Unsupported property: " SLICE_FMT,
                           SLICE_ARG(property.bytes));
    return true;
}

/* A binding's key as a number, which may have a sign and zeros in front. */
static bool read_weight(struct slice key, int64_t *out)
{
    bool negative = key.len > 0 && key.ptr[0] == '-';
    struct slice digits = slice_from(key, key.len > 0 && (negative || key.ptr[0] == '+'));
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = slice_from(digits, 1);
    if (digits.len == 0 || digits.ptr[0] < '0' || !text_to_i64(digits, out))
        return false;
    *out = negative ? -*out : *out;
    return true;
}

static bool check_binding(const struct rabbit_exchange_state *exchange, struct slice routing_key,
                          struct slice arguments, struct rabbit_error *error)
{
    char text[256];
    int64_t weight;
    (void)exchange, (void)arguments;
    if (!read_weight(routing_key, &weight))
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "The binding key must be an integer: %s",
                           rabbit_erlang_binary(routing_key, text, sizeof(text)));
    if (weight <= 0)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "The binding key must be greater than 0");
    if (weight > UINT32_MAX)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "The binding key must be at most %u",
                           UINT32_MAX);
    return true;
}

/* ---- the ring */

struct place {
    uint64_t order; /* the binding's id */
    uint32_t destination;
    uint32_t weight;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->order > right->order) - (left->order < right->order);
}

static uint64_t weight_of(const void *item)
{
    return ((const struct place *)item)->weight;
}

static const struct btree_type place_type = {
    .item_size = sizeof(struct place),
    .compare = compare_places,
    .weight = weight_of,
};

static bool index_add(struct rabbit_index *index, struct heap *heap, struct rabbit_binding *binding)
{
    struct slice key = slice_of(&binding->destination, sizeof(binding->destination));
    struct btree *known = rabbit_bucket_edit(&index->keys, heap, key, &place_type);
    int64_t weight = 0;
    if (!known)
        return false;
    if (known->count > 0)
        return true;
    read_weight(binding->routing_key, &weight);
    struct place place = {binding->id, binding->destination, (uint32_t)weight};
    return btree_insert(known, &place_type, heap, &place) &&
           btree_insert(&index->every, &place_type, heap, &place);
}

static bool index_remove(struct rabbit_index *index, struct heap *heap,
                         struct rabbit_binding *binding)
{
    struct slice key = slice_of(&binding->destination, sizeof(binding->destination));
    struct place place;
    bool absent;
    if (!rabbit_bucket_find(&index->keys, key))
        return true; /* another of its bindings went before */
    struct btree *known = rabbit_bucket_edit(&index->keys, heap, key, &place_type);
    if (!known || !btree_remove_at(known, &place_type, heap, 0, &place))
        return false;
    rabbit_bucket_prune(&index->keys, heap, key);
    return btree_remove(&index->every, &place_type, heap, &place, NULL, &absent);
}

static bool add(struct rabbit_exchange_state *exchange, struct heap *heap,
                struct rabbit_binding *binding)
{
    return rabbit_index_change(exchange, heap, binding, index_add);
}

static bool remove_binding(struct rabbit_exchange_state *exchange, struct heap *heap,
                           struct rabbit_binding *binding)
{
    return rabbit_index_change(exchange, heap, binding, index_remove);
}

static void clear(struct rabbit_index *index, struct heap *heap)
{
    rabbit_buckets_clear(&index->keys, heap);
    btree_clear(&index->every, &place_type, heap);
}

/* ---- routing */

/* What of a message decides; empty when it has no such thing. */
static struct slice deciding(const struct rabbit_exchange_state *exchange,
                             const struct rabbit_routing *routing)
{
    struct amqp_value argument, header;
    if (amqp_table_get(exchange->arguments, hash_property, &argument))
        return property_find(argument.bytes)->of(routing);
    if (!amqp_table_get(exchange->arguments, hash_header, &argument))
        return routing->routing_key;
    return amqp_table_get(routing->headers, argument.bytes, &header) ? header.raw
                                                                     : slice_of(NULL, 0);
}

/* FNV-1a, the same in every run. */
static uint64_t digest(struct slice bytes)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.ptr[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

static uint64_t jump(uint64_t key, uint64_t buckets)
{
    uint64_t at = 0, next = 0;
    while (next < buckets) {
        at = next;
        key = key * UINT64_C(2862933555777941757) + 1;
        next = (uint64_t)((double)(at + 1) * (0x1p31 / (double)((key >> 33) + 1)));
    }
    return at;
}

static void route(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    const struct btree *ring = &exchange->index.every;
    uint64_t into;
    if (ring->count == 0)
        return;
    uint64_t bucket = jump(digest(deciding(exchange, routing)), ring->weight);
    uint64_t at = btree_seek_weight(ring, &place_type, bucket, &into);
    const struct place *place = btree_at(ring, &place_type, at);
    sink->put(sink, place->destination);
}

const struct rabbit_exchange_type rabbit_hash_type = {
    .name = "x-consistent-hash",
    .check = check,
    .check_binding = check_binding,
    .add = add,
    .remove = remove_binding,
    .route = route,
    .clear = clear,
};

/* Exchanges of type headers: a message goes where its headers agree with a binding's arguments.
 *
 * x-match says whether all of a binding's arguments have to be among the headers (all, the usual) or
 * one is enough (any). Names that begin with "x-" do not count, except with all-with-x and any-with-x.
 * Values are the same when Erlang's == says so: numbers by their value whatever their types, binaries
 * and texts by their bytes. A void argument asks for a header of the name alone.
 *
 * A bucket for a name and value holds the bindings that may match a message with that header: of
 * a binding for all, one of its arguments is enough, and that with the smallest bucket is
 * taken; a binding for any is in as many buckets as it has arguments. Bindings that ask for nothing are
 * in index.every. What a bucket offers is compared in full. */
#include "common/assert.h"
#include "common/hash.h"
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/erlang_term.h"
#include "emulators/rabbitmq/route_bucket.h"
#include "emulators/rabbitmq/route_types.h"
#include "protocols/amqp/amqp_table.h"

/* ---- x-match */

static const struct mode {
    const char *name;
    bool any, with_x;
} modes[] = {
    {"all",        false, false},
    {"any",        true,  false},
    {"all-with-x", false, true },
    {"any-with-x", true,  true },
};

static const struct slice x_match = SLICE_LITERAL("x-match");

/* The mode of a binding; NULL: its x-match is none. */
static const struct mode *mode_of(struct slice arguments)
{
    struct amqp_value value;
    if (!amqp_table_get(arguments, x_match, &value))
        return &modes[0];
    for (size_t i = 0; value.type == 'S' && i < sizeof(modes) / sizeof(modes[0]); i++)
        if (slice_eq_str(value.bytes, modes[i].name))
            return &modes[i];
    return NULL;
}

static bool check_binding(const struct rabbit_exchange_state *exchange, struct slice routing_key,
                          struct slice arguments, struct rabbit_error *error)
{
    char text[256];
    struct amqp_value value;
    (void)exchange, (void)routing_key;
    if (mode_of(arguments))
        return true;
    amqp_table_get(arguments, x_match, &value);
    rabbit_erlang_value(&value, text, sizeof(text));
    if (value.type == 'S')
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "Invalid x-match field value %s; expected all, any, all-with-x, or "
                           "any-with-x",
                           text);
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "Invalid x-match field type %s (value %s); expected longstr",
                       amqp_type_name(value.type), text);
}

static bool counts(const struct mode *mode, struct slice name)
{
    bool is_x = name.len >= 2 && memcmp(name.ptr, "x-", 2) == 0;
    return !is_x || (mode->with_x && !slice_eq(name, x_match));
}

/* The next argument that counts. */
static bool next_argument(struct amqp_table_iter *iter, const struct mode *mode,
                          struct slice *out_name, struct amqp_value *out_value)
{
    while (amqp_table_next(iter, out_name, out_value))
        if (counts(mode, *out_name))
            return true;
    return false;
}

/* ---- values: equal ones have the same term */

struct term {
    char kind;          /* what of Erlang's it is */
    uint64_t number;    /* or so much of it; of bytes, how many */
    struct slice bytes; /* the rest */
};

static struct term real_term(double value)
{
    struct term term = {.kind = 'd'};
    if (value >= -0x1p63 && value < 0x1p63 && (double)(int64_t)value == value)
        return (struct term){.kind = 'i', .number = (uint64_t)(int64_t)value};
    if (value >= 0x1p63 && value < 0x1p64)
        return (struct term){.kind = 'u', .number = (uint64_t)value};
    memcpy(&term.number, &value, sizeof(value));
    return term;
}

static struct term bytes_term(char kind, struct slice bytes)
{
    return (struct term){kind, bytes.len, bytes};
}

static struct term term_of(const struct amqp_value *value)
{
    switch (value->type) {
    case 'f':
    case 'd': return real_term(value->real);
    case 'T':
        return (struct term){.kind = value->timestamp > INT64_MAX ? 'u' : 'i',
                             .number = value->timestamp};
    case 't': return (struct term){.kind = 't', .number = value->boolean};
    case 'D':
        return (struct term){
            .kind = 'D', .number = (uint64_t)value->decimal.scale << 32 | value->decimal.digits};
    case 'S':
    case 'x': return bytes_term('x', value->bytes);
    case 'A':
    case 'F': return bytes_term(value->bytes.len ? (char)value->type : 'A', value->bytes);
    case 'V': return (struct term){.kind = 'V'};
    default: return (struct term){.kind = 'i', .number = (uint64_t)value->integer};
    }
}

static bool is_equal(const struct term *a, const struct term *b)
{
    return a->kind == b->kind && a->number == b->number && slice_eq(a->bytes, b->bytes);
}

/* ---- matching */

/* Does the header satisfy the argument of that name? */
static bool satisfies(const struct amqp_value *argument, struct slice name, struct slice headers)
{
    struct amqp_value header;
    if (!amqp_table_get(headers, name, &header))
        return false;
    struct term asked = term_of(argument), given = term_of(&header);
    return argument->type == 'V' || is_equal(&asked, &given);
}

static bool matches(const struct rabbit_binding *binding, struct slice headers)
{
    const struct mode *mode = mode_of(binding->arguments);
    struct amqp_table_iter iter = amqp_table_begin(binding->arguments);
    struct slice name;
    struct amqp_value value;
    while (next_argument(&iter, mode, &name, &value))
        if (satisfies(&value, name, headers) == mode->any)
            return mode->any;
    return !mode->any;
}

/* ---- the index */

/* What a bucket is found by: a header's name and so much of its value that few others have it. */
struct bucket_key {
    uint8_t bytes[1 + UINT8_MAX + 2 * sizeof(uint64_t)];
    size_t len;
};

static struct slice key_slice(const struct bucket_key *key)
{
    return slice_of(key->bytes, key->len);
}

/* The kind V stands for every value of the name. */
static void make_key(struct bucket_key *out, struct slice name, const struct term *term)
{
    uint64_t digest = term->bytes.len ? hash_bytes(term->bytes) : 0;
    uint8_t *at = out->bytes;
    ASSERT(name.len <= UINT8_MAX);
    *at++ = (uint8_t)term->kind;
    memcpy(at, &term->number, sizeof(term->number));
    at += sizeof(term->number);
    memcpy(at, &digest, sizeof(digest));
    at += sizeof(digest);
    if (name.len)
        memcpy(at, name.ptr, name.len);
    out->len = (size_t)(at - out->bytes) + name.len;
}

static bool put_into(struct trie *buckets, struct heap *heap, const struct bucket_key *key,
                     struct rabbit_binding *binding)
{
    struct btree *members =
        rabbit_bucket_edit(buckets, heap, key_slice(key), &rabbit_binding_ref_type);
    if (!members)
        return false;
    if (btree_find(members, &rabbit_binding_ref_type, &binding))
        return true; /* a name that comes twice */
    if (!btree_insert(members, &rabbit_binding_ref_type, heap, &binding)) {
        rabbit_bucket_prune(buckets, heap, key_slice(key));
        return false;
    }
    binding->refs++;
    return true;
}

/* False when out of memory; a bucket without it is fine. */
static bool take_out(struct trie *buckets, struct heap *heap, const struct bucket_key *key,
                     struct rabbit_binding *binding)
{
    const struct btree *there = rabbit_bucket_find(buckets, key_slice(key));
    bool absent;
    if (!there || !btree_find(there, &rabbit_binding_ref_type, &binding))
        return true;
    struct btree *members =
        rabbit_bucket_edit(buckets, heap, key_slice(key), &rabbit_binding_ref_type);
    if (!members || !btree_remove(members, &rabbit_binding_ref_type, heap, &binding, NULL, &absent))
        return false;
    rabbit_bucket_prune(buckets, heap, key_slice(key));
    return true;
}

/* Calls `change` for the key of each argument that counts. False as soon as that is. */
static bool each_key(struct trie *buckets, struct heap *heap, struct rabbit_binding *binding,
                     bool (*change)(struct trie *buckets, struct heap *heap,
                                    const struct bucket_key *key, struct rabbit_binding *binding))
{
    struct amqp_table_iter iter = amqp_table_begin(binding->arguments);
    const struct mode *mode = mode_of(binding->arguments);
    struct slice name;
    struct amqp_value value;
    struct bucket_key key;
    while (next_argument(&iter, mode, &name, &value)) {
        struct term term = term_of(&value);
        make_key(&key, name, &term);
        if (!change(buckets, heap, &key, binding))
            return false;
    }
    return true;
}

/* The argument with the smallest bucket. False: none counts. */
static bool choose_key(const struct trie *buckets, const struct rabbit_binding *binding,
                       struct bucket_key *out)
{
    struct amqp_table_iter iter = amqp_table_begin(binding->arguments);
    const struct mode *mode = mode_of(binding->arguments);
    struct slice name;
    struct amqp_value value;
    uint64_t smallest = UINT64_MAX;
    while (next_argument(&iter, mode, &name, &value)) {
        struct bucket_key key;
        struct term term = term_of(&value);
        make_key(&key, name, &term);
        const struct btree *members = rabbit_bucket_find(buckets, key_slice(&key));
        if ((members ? members->count : 0) >= smallest)
            continue;
        smallest = members ? members->count : 0;
        *out = key;
    }
    return smallest != UINT64_MAX;
}

static bool put_every(struct rabbit_index *index, struct heap *heap, struct rabbit_binding *binding)
{
    if (!btree_insert(&index->every, &rabbit_binding_ref_type, heap, &binding))
        return false;
    binding->refs++;
    return true;
}

static bool index_add(struct rabbit_index *index, struct heap *heap, struct rabbit_binding *binding)
{
    struct bucket_key key;
    if (mode_of(binding->arguments)->any)
        return each_key(&index->keys, heap, binding, put_into);
    if (choose_key(&index->keys, binding, &key))
        return put_into(&index->keys, heap, &key, binding);
    return put_every(index, heap, binding);
}

static bool index_remove(struct rabbit_index *index, struct heap *heap,
                         struct rabbit_binding *binding)
{
    bool absent;
    return each_key(&index->keys, heap, binding, take_out) &&
           btree_remove(&index->every, &rabbit_binding_ref_type, heap, &binding, NULL, &absent);
}

static void clear(struct rabbit_index *index, struct heap *heap)
{
    rabbit_buckets_clear(&index->keys, heap);
    btree_clear(&index->every, &rabbit_binding_ref_type, heap);
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

/* ---- routing */

static void put_matches(const struct btree *members, struct slice headers,
                        struct rabbit_route_sink *sink)
{
    struct btree_iter iter;
    struct rabbit_binding *const *item = btree_iter_at(&iter, members, &rabbit_binding_ref_type, 0);
    for (; item; item = btree_iter_next(&iter, &rabbit_binding_ref_type))
        if (matches(*item, headers))
            sink->put(sink, (*item)->destination);
}

static void look_up(const struct trie *buckets, struct slice name, const struct term *term,
                    const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    struct bucket_key key;
    make_key(&key, name, term);
    const struct btree *members = rabbit_bucket_find(buckets, key_slice(&key));
    if (members)
        put_matches(members, routing->headers, sink);
}

static void route(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    const struct trie *buckets = &exchange->index.keys;
    const struct term any = {.kind = 'V'};
    struct slice name;
    struct amqp_value value;
    put_matches(&exchange->index.every, routing->headers, sink);
    if (buckets->count == 0)
        return;
    struct amqp_table_iter iter = amqp_table_begin(routing->headers);
    while (amqp_table_next(&iter, &name, &value)) {
        struct term term = term_of(&value);
        if (term.kind != any.kind)
            look_up(buckets, name, &term, routing, sink);
        look_up(buckets, name, &any, routing, sink);
    }
}

const struct rabbit_exchange_type rabbit_headers_type = {
    .name = "headers",
    .check_binding = check_binding,
    .add = add,
    .remove = remove_binding,
    .route = route,
    .clear = clear,
};

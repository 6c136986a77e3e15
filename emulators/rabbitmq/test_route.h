/* An exchange's index by itself, for the tests of the types: bindings go in and out, keys and headers
 * are routed, and two versions of the index are kept apart as a checkpoint keeps them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TEST_ROUTE_H
#define PARLEL_EMULATORS_RABBITMQ_TEST_ROUTE_H

#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/rabbitmq/data.h"

#define TEST_DESTINATIONS 256

struct test_exchange {
    struct heap *heap;
    struct rabbit_exchange_state state;
    uint64_t last_binding;
};

static inline void test_exchange_init(struct test_exchange *x, const char *type)
{
    *x = (struct test_exchange){.heap = heap_create(0)};
    x->state.type = rabbit_exchange_type_find(slice_str(type));
    assert_non_null(x->state.type);
    x->state.index.type = x->state.type;
}

/* Everything is given back. */
static inline void test_exchange_done(struct test_exchange *x)
{
    rabbit_index_clear(&x->state.index, x->heap);
    assert_int_equal(heap_used(x->heap), 0);
    heap_destroy(x->heap);
}

/* A binding of one reference, the caller's. */
static inline struct rabbit_binding *test_binding(struct test_exchange *x, uint32_t destination,
                                                  struct slice key, struct slice arguments)
{
    size_t size = sizeof(struct rabbit_binding) + key.len + arguments.len;
    struct rabbit_binding *binding = heap_zalloc(x->heap, size);
    binding->refs = 1;
    binding->size = size;
    binding->id = ++x->last_binding;
    binding->destination = destination;
    binding->routing_key = slice_of(binding->bytes, key.len);
    binding->arguments = slice_of(binding->bytes + key.len, arguments.len);
    if (key.len)
        memcpy(binding->bytes, key.ptr, key.len);
    if (arguments.len)
        memcpy(binding->bytes + key.len, arguments.ptr, arguments.len);
    return binding;
}

static inline void test_binding_free(struct test_exchange *x, struct rabbit_binding *binding)
{
    trie_item_release(&rabbit_binding_type, x->heap, binding);
}

static inline void test_add(struct test_exchange *x, struct rabbit_binding *binding)
{
    assert_true(x->state.index.type->add(&x->state, x->heap, binding));
}

static inline void test_remove(struct test_exchange *x, struct rabbit_binding *binding)
{
    assert_true(x->state.index.type->remove(&x->state, x->heap, binding));
}

/* What a routing found: how often each destination. */
struct test_found {
    struct rabbit_route_sink sink; /* FIRST */
    unsigned count[TEST_DESTINATIONS];
};

static inline void test_put(struct rabbit_route_sink *sink, uint32_t id)
{
    assert_true(id < TEST_DESTINATIONS);
    ((struct test_found *)(void *)sink)->count[id]++;
}

static inline struct test_found test_route(const struct test_exchange *x,
                                           const struct rabbit_routing *routing)
{
    struct test_found found = {.sink = {test_put}};
    x->state.index.type->route(&x->state, routing, &found.sink);
    return found;
}

static inline struct test_found test_route_key(const struct test_exchange *x, struct slice key)
{
    return test_route(x, &(struct rabbit_routing){.routing_key = key});
}

#endif

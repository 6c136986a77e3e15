/* What a queue's arguments and its policy say together. */
#include "common/arena.h"
#include "emulators/rabbitmq/policy.h"
#include "emulators/rabbitmq/queue_arguments.h"
#include "protocols/amqp/amqp_table.h"

/* Both texts in one block, the limits' slices in it. */
static bool keep_texts(struct heap *heap, struct rabbit_queue_limits *limits, struct slice *out)
{
    struct slice exchange = limits->dead_letter_exchange, key = limits->dead_letter_routing_key;
    *out = slice_of(NULL, 0);
    if (!exchange.ptr && !key.ptr)
        return true;
    uint8_t *block = heap_alloc(heap, exchange.len + key.len + 1);
    if (!block)
        return false;
    if (exchange.len)
        memcpy(block, exchange.ptr, exchange.len);
    if (key.len)
        memcpy(block + exchange.len, key.ptr, key.len);
    if (exchange.ptr)
        limits->dead_letter_exchange = slice_of(block, exchange.len);
    if (key.ptr)
        limits->dead_letter_routing_key = slice_of(block + exchange.len, key.len);
    *out = slice_of(block, exchange.len + key.len + 1);
    return true;
}

bool rabbit_queue_apply_policy(struct rabbit_queue *queue, struct rabbit_error *error)
{
    struct heap *heap = queue->vhost->rabbit->host.heap;
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct rabbit_queue_limits limits;
    struct amqp_value overflow;
    struct slice texts, name;
    struct arena arena;
    bool ok = true;
    if (!state)
        return rabbit_fail_memory(error);
    const struct rabbit_policy *policy =
        rabbit_policy_of_queue(queue->vhost, state->name, state->type);
    arena_init(&arena);
    rabbit_queue_arguments_read(state->arguments, &limits);
    if (policy)
        rabbit_policy_limits(policy, &arena, &limits,
                             amqp_table_get(state->arguments, slice_str("x-overflow"), &overflow));
    name = rabbit_slice_dup(heap, policy ? policy->name : slice_of(NULL, 0), &ok);
    ok = ok && keep_texts(heap, &limits, &texts);
    arena_done(&arena);
    if (!ok) {
        rabbit_slice_free(heap, name);
        return rabbit_fail_memory(error);
    }
    rabbit_slice_free(heap, state->policy);
    rabbit_slice_free(heap, state->limit_texts);
    state->policy = name;
    state->limit_texts = texts;
    state->limits = limits;
    rabbit_queue_arm(queue);
    return true;
}

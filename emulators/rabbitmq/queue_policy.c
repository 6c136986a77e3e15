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

/* The arguments, the policy, and what operators allow at most. */
static void read_limits(const struct rabbit_queue_state *state,
                        const struct rabbit_policy *policies[2], struct arena *arena,
                        struct rabbit_queue_limits *out)
{
    struct amqp_value overflow;
    bool has_overflow = amqp_table_get(state->arguments, slice_str("x-overflow"), &overflow);
    rabbit_queue_arguments_read(state->arguments, out);
    for (size_t i = 0; i < 2; i++)
        if (policies[i])
            rabbit_policy_limits(policies[i], arena, out, has_overflow);
}

static struct slice name_of(struct heap *heap, const struct rabbit_policy *policy, bool *ok)
{
    return rabbit_slice_dup(heap, policy ? policy->name : slice_of(NULL, 0), ok);
}

bool rabbit_queue_apply_policy(struct rabbit_queue *queue, struct rabbit_error *error)
{
    struct heap *heap = queue->vhost->rabbit->host.heap;
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct rabbit_queue_limits limits;
    struct slice texts;
    struct arena arena;
    bool ok = true;
    if (!state)
        return rabbit_fail_memory(error);
    const struct rabbit_policy *policies[] = {
        rabbit_policy_of_queue(queue->vhost, state->name, state->type),
        rabbit_operator_policy_of_queue(queue->vhost, state->name, state->type),
    };
    arena_init(&arena);
    read_limits(state, policies, &arena, &limits);
    struct slice name = name_of(heap, policies[0], &ok);
    struct slice operator_name = name_of(heap, policies[1], &ok);
    ok = ok && keep_texts(heap, &limits, &texts);
    arena_done(&arena);
    if (!ok) {
        rabbit_slice_free(heap, name);
        rabbit_slice_free(heap, operator_name);
        return rabbit_fail_memory(error);
    }
    rabbit_slice_free(heap, state->policy);
    rabbit_slice_free(heap, state->operator_policy);
    rabbit_slice_free(heap, state->limit_texts);
    state->policy = name;
    state->operator_policy = operator_name;
    state->limit_texts = texts;
    state->limits = limits;
    rabbit_queue_arm(queue);
    return true;
}

#include "common/arena.h"
#include "common/hash.h"
#include "emulators/rabbitmq/argument_text.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/policy.h"
#include "emulators/rabbitmq/route_types.h"

static const struct slice alternate_exchange = SLICE_LITERAL("alternate-exchange");

/* ---- is the one that exists as asked for? */

static bool agree(const struct rabbit_exchange *exchange, const char *property, const char *asked,
                  const char *current, struct rabbit_error *error)
{
    return strcmp(asked, current) == 0 ||
           rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "inequivalent arg '%s' for exchange '" SLICE_FMT "' in vhost '" SLICE_FMT
                       "': received '%s' but current is '%s'",
                       property, SLICE_ARG(exchange->state->name),
                       SLICE_ARG(rabbit_vhost_name(exchange->vhost)), asked, current);
}

static const char *text_of(bool value)
{
    return value ? "true" : "false";
}

static bool is_as_asked(const struct rabbit_exchange *exchange,
                        const struct rabbit_exchange_type *type,
                        const struct rabbit_exchange_options *options, struct rabbit_error *error)
{
    const struct rabbit_exchange_state *state = exchange->state;
    const struct rabbit_argument_owner owner = {"exchange", state->name,
                                                rabbit_vhost_name(exchange->vhost)};
    return agree(exchange, "type", type->name, state->type->name, error) &&
           agree(exchange, "durable", text_of(options->durable), text_of(state->durable), error) &&
           agree(exchange, "auto_delete", text_of(options->auto_delete),
                 text_of(state->auto_delete), error) &&
           agree(exchange, "internal", text_of(options->internal), text_of(state->internal),
                 error) &&
           rabbit_argument_agrees(&owner, "alternate-exchange", options->arguments,
                                  state->arguments, error);
}

/* ---- may one of that name and with these arguments be? */

static bool check_new(const struct rabbit_vhost *vhost, const struct rabbit_exchange_type *type,
                      const struct rabbit_exchange_options *options, struct rabbit_error *error)
{
    struct amqp_value alternate;
    struct slice name = options->name;
    if (rabbit_is_reserved_name(name))
        return rabbit_fail(error, RABBIT_ACCESS_REFUSED,
                           "exchange name '" SLICE_FMT "' contains reserved prefix 'amq.*'",
                           SLICE_ARG(name));
    if (amqp_table_get(options->arguments, alternate_exchange, &alternate) && alternate.type != 'S')
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "invalid type '%s' for arg 'alternate-exchange' in exchange '" SLICE_FMT
                           "' in vhost '" SLICE_FMT "'",
                           amqp_type_name(alternate.type), SLICE_ARG(name),
                           SLICE_ARG(rabbit_vhost_name(vhost)));
    return !type->check || type->check(options->arguments, error);
}

bool rabbit_exchange_declare(struct rabbit_vhost *vhost,
                             const struct rabbit_exchange_options *options,
                             struct rabbit_error *error)
{
    const struct rabbit_exchange_type *type = rabbit_exchange_type_find(options->type);
    if (!type)
        return rabbit_fail(error, RABBIT_COMMAND_INVALID, "unknown exchange type '" SLICE_FMT "'",
                           SLICE_ARG(options->type));
    if (options->name.len == 0)
        return rabbit_exchange_refuse_default(error);
    const struct rabbit_exchange *exchange = rabbit_exchange_find(vhost, options->name);
    if (exchange)
        return is_as_asked(exchange, type, options, error);
    return check_new(vhost, type, options, error) && rabbit_exchange_create(vhost, options, error);
}

/* ---- creating */

static struct rabbit_exchange_state *create_state(struct rabbit *rabbit,
                                                  const struct rabbit_exchange_options *options)
{
    struct heap *heap = rabbit->host.heap;
    struct rabbit_exchange_state *state = heap_zalloc(heap, sizeof(*state));
    bool ok = true;
    if (!state)
        return NULL;
    *state = (struct rabbit_exchange_state){
        .refs = 1,
        .id = rabbit->data.last_entity + 1,
        .name = rabbit_slice_dup(heap, options->name, &ok),
        .type = rabbit_exchange_type_find(options->type),
        .durable = options->durable,
        .auto_delete = options->auto_delete,
        .internal = options->internal,
        .arguments = rabbit_slice_dup(heap, options->arguments, &ok),
        .user = rabbit_slice_dup(heap, options->user, &ok),
    };
    state->index.type = rabbit_exchange_type_indexing(state->type, options->arguments);
    if (!ok) {
        trie_item_release(&rabbit_exchange_state_type, heap, state);
        return NULL;
    }
    rabbit->data.last_entity++;
    return state;
}

struct rabbit_exchange *rabbit_exchange_create(struct rabbit_vhost *vhost,
                                               const struct rabbit_exchange_options *options,
                                               struct rabbit_error *error)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_vhost_state *to = rabbit_vhost_edit(vhost);
    struct rabbit_exchange_state *state = to ? create_state(rabbit, options) : NULL;
    struct rabbit_exchange *exchange = state ? rabbit_exchange_attach(vhost, state) : NULL;
    if (exchange) {
        exchange->entity.epoch = rabbit->epoch;
        if (rabbit_exchange_apply_policy(exchange, error) &&
            trie_insert(&to->exchanges, &rabbit_exchange_state_type, heap,
                        hash_bytes(options->name), state))
            return exchange;
        rabbit_exchange_detach(exchange);
    }
    if (state)
        trie_item_release(&rabbit_exchange_state_type, heap, state);
    rabbit_fail_memory(error);
    return NULL;
}

/* ---- alternate exchange */

/* The argument goes before the policy. */
static struct slice alternate_of(const struct rabbit_exchange_state *state,
                                 const struct rabbit_policy *policy, struct arena *arena)
{
    struct amqp_value argument;
    if (amqp_table_get(state->arguments, alternate_exchange, &argument))
        return argument.bytes;
    return policy ? rabbit_policy_alternate(policy, arena) : slice_of(NULL, 0);
}

bool rabbit_exchange_apply_policy(struct rabbit_exchange *exchange, struct rabbit_error *error)
{
    struct heap *heap = exchange->vhost->rabbit->host.heap;
    struct rabbit_exchange_state *state = rabbit_exchange_edit(exchange);
    struct arena arena = {0};
    bool ok = true;
    if (!state)
        return rabbit_fail_memory(error);
    const struct rabbit_policy *policy = rabbit_policy_of_exchange(exchange->vhost, state->name);
    struct slice alternate = rabbit_slice_dup(heap, alternate_of(state, policy, &arena), &ok);
    struct slice name = rabbit_slice_dup(heap, policy ? policy->name : slice_of(NULL, 0), &ok);
    arena_done(&arena);
    rabbit_slice_free(heap, ok ? state->alternate : alternate);
    if (!ok)
        return rabbit_fail_memory(error);
    rabbit_slice_free(heap, state->policy);
    state->alternate = alternate;
    state->policy = name;
    return true;
}

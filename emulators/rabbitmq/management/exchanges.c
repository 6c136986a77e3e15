/* Exchanges: listed, looked at, declared, deleted. */
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"

/* The members of an exchange's object. */
static void put_exchange(struct management_call *call, const struct rabbit_vhost *vhost,
                         const struct rabbit_exchange_state *state, struct json_writer *out)
{
    const struct management_count counts[] = {
        {"publish_in",  state->published},
        {"publish_out", state->routed   },
    };
    json_key_str(out, "arguments");
    management_put_table(call, state->arguments, out);
    management_put_bool(out, "auto_delete", state->auto_delete);
    management_put_bool(out, "durable", state->durable);
    management_put_bool(out, "internal", state->internal);
    if (!management_query_is_true(call, "disable_stats"))
        management_put_message_stats(out, counts, sizeof(counts) / sizeof(counts[0]));
    management_put_string(out, "name", state->name);
    if (state->policy.ptr)
        management_put_string(out, "policy", state->policy);
    management_put_str(out, "type", state->type->name);
    management_put_string(out, "user_who_performed_action",
                          state->user.ptr ? state->user : slice_str("rmq-internal"));
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
}

static struct rabbit_exchange *find(struct management_call *call)
{
    struct rabbit_exchange *exchange =
        rabbit_exchange_find(call->vhost, management_exchange_name(call, "exchange"));
    if (!exchange)
        management_not_found(call);
    return exchange;
}

void management_get_exchange(struct management_call *call)
{
    static const char *const rates[] = {"incoming",
                                        "outgoing"}; /* by channel and queue: not counted */
    const struct rabbit_exchange *exchange = find(call);
    if (!exchange)
        return;
    json_object(&call->out);
    put_exchange(call, call->vhost, exchange->state, &call->out);
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        json_key_str(&call->out, rates[i]);
        json_array(&call->out);
        json_array_end(&call->out);
    }
    json_object_end(&call->out);
    management_reply(call);
}

static void add_exchanges(void *ctx, struct rabbit_vhost *vhost)
{
    struct management_list *list = ctx;
    const struct rabbit_exchange_state *state;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((state = trie_iter_next(&iter))) {
        struct json_writer *out = management_list_item(list);
        json_object(out);
        put_exchange(list->call, vhost, state, out);
        json_object_end(out);
        management_list_end_item(list);
    }
}

void management_get_exchanges(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    management_each_vhost(call, add_exchanges, &list);
    management_reply_pages(&list);
}

/* ---- changes */

void management_put_exchange(struct management_call *call)
{
    struct rabbit_exchange_options options = {
        .name = management_exchange_name(call, "exchange"),
        .user = call->user->name,
    };
    struct rabbit_error error;
    struct slice body;
    if (!management_body(call, &body) ||
        !management_flag(call, body, "durable", &options.durable) ||
        !management_flag(call, body, "auto_delete", &options.auto_delete) ||
        !management_flag(call, body, "internal", &options.internal) ||
        !management_table(call, body, "arguments", &options.arguments))
        return;
    struct management_value type = management_member(call, body, "type");
    options.type = type.kind == JSON_STRING ? type.text : slice_str("direct");
    bool is_new = !rabbit_exchange_find(call->vhost, options.name);
    struct rabbit_forward unrouted = {"exchange", options.name, options.arguments,
                                      "alternate-exchange"};
    if (!management_may(call, RABBIT_CONFIGURE, "exchange", options.name) ||
        (is_new && !management_may_forward(call, &unrouted)))
        return;
    if (rabbit_exchange_declare(call->vhost, &options, &error))
        management_reply_put(call, is_new);
    else
        management_fail_engine(call, &error);
}

void management_delete_exchange(struct management_call *call)
{
    struct slice name = management_exchange_name(call, "exchange");
    struct rabbit_error error;
    if (!find(call) || !management_may(call, RABBIT_CONFIGURE, "exchange", name))
        return;
    if (rabbit_exchange_delete(call->vhost, name, management_query_is_true(call, "if-unused"),
                               &error))
        management_reply_done(call);
    else
        management_fail_engine(call, &error);
}

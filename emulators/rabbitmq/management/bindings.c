/* Bindings: listed by either end, made, taken out.
 *
 * A binding is named by its key and arguments: the routing key as a form has it, "~" for an empty one, and
 * behind a "~" a hash of the arguments when there are any. Every queue is bound to the default exchange
 * by its name, which nobody can change. */
#include "common/hash.h"
#include "common/text.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/queue.h"

/* One binding as it is shown. */
struct shown {
    struct slice vhost, source, destination, routing_key, arguments;
    bool to_exchange;
};

/* ---- names */

#define HASH_LEN 6 /* base64 of four bytes, without padding */

static void put_hash(struct slice arguments, char out[HASH_LEN])
{
    char base64[TEXT_BASE64_LEN(4)];
    uint64_t hash = hash_bytes(arguments);
    text_to_base64(base64, (const uint8_t *)&hash, 4);
    for (size_t i = 0; i < HASH_LEN; i++)
        out[i] = base64[i] == '+' ? '-' : base64[i] == '/' ? '_' : base64[i];
}

/* As forms escape texts, and the tilde too. */
static size_t put_escaped(struct slice text, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') ||
                        (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-' ||
                        c == '_';
        if (is_plain || c == ' ') {
            out[len++] = is_plain ? (char)c : '+';
            continue;
        }
        out[len++] = '%';
        out[len++] = digits[c >> 4];
        out[len++] = digits[c & 15];
    }
    return len;
}

/* In the arena; ptr NULL when out of memory. */
static struct slice properties_key(struct arena *arena, struct slice routing_key,
                                   struct slice arguments)
{
    char *text = arena_alloc(arena, 3 * routing_key.len + 1 + HASH_LEN);
    if (!text)
        return slice_of(NULL, 0);
    size_t len = put_escaped(routing_key, text);
    if (len == 0 || arguments.len)
        text[len++] = '~';
    if (arguments.len) {
        put_hash(arguments, text + len);
        len += HASH_LEN;
    }
    return slice_of(text, len);
}

/* ---- showing */

static void put_shown(struct management_call *call, const struct shown *shown,
                      struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "source", shown->source);
    management_put_string(out, "vhost", shown->vhost);
    management_put_string(out, "destination", shown->destination);
    management_put_str(out, "destination_type", shown->to_exchange ? "exchange" : "queue");
    management_put_string(out, "routing_key", shown->routing_key);
    json_key_str(out, "arguments");
    management_put_table(call, shown->arguments, out);
    management_put_string(out, "properties_key",
                          properties_key(call->arena, shown->routing_key, shown->arguments));
    json_object_end(out);
}

static struct slice name_of(const struct rabbit *rabbit, uint32_t id, bool is_exchange)
{
    struct rabbit_entity *entity = rabbit_registry_get(&rabbit->entities, id);
    if (!entity)
        return slice_str("");
    return is_exchange ? rabbit_exchange_of(entity)->state->name
                       : rabbit_queue_of(entity)->state->name;
}

static struct shown shown_of(const struct rabbit_vhost *vhost, const struct rabbit_binding *binding)
{
    return (struct shown){
        .vhost = rabbit_vhost_name(vhost),
        .source = name_of(vhost->rabbit, binding->source, true),
        .destination = name_of(vhost->rabbit, binding->destination, binding->to_exchange),
        .routing_key = binding->routing_key,
        .arguments = binding->arguments,
        .to_exchange = binding->to_exchange,
    };
}

static void add(struct management_list *list, const struct shown *shown)
{
    put_shown(list->call, shown, management_list_item(list));
    management_list_end_item(list);
}

static void add_default(struct management_list *list, const struct rabbit_vhost *vhost,
                        struct slice queue)
{
    const struct shown shown = {.vhost = rabbit_vhost_name(vhost),
                                .source = slice_str(""),
                                .destination = queue,
                                .routing_key = queue};
    add(list, &shown);
}

/* All that leave an exchange. */
static void add_source(struct management_list *list, const struct rabbit_vhost *vhost,
                       const struct rabbit_exchange_state *source)
{
    const struct rabbit_binding *binding;
    const struct rabbit_queue_state *queue;
    struct trie_iter iter;
    trie_iter_init(&iter, source->name.len ? &source->bindings : &vhost->state->queues);
    if (source->name.len == 0) {
        while ((queue = trie_iter_next(&iter)))
            add_default(list, vhost, queue->name);
        return;
    }
    while ((binding = trie_iter_next(&iter))) {
        struct shown shown = shown_of(vhost, binding);
        add(list, &shown);
    }
}

static void add_destination(struct management_list *list, const struct rabbit_vhost *vhost,
                            const struct btree *bindings)
{
    struct btree_iter iter;
    struct rabbit_binding *const *at = btree_iter_at(&iter, bindings, &rabbit_binding_ref_type, 0);
    for (; at; at = btree_iter_next(&iter, &rabbit_binding_ref_type)) {
        struct shown shown = shown_of(vhost, *at);
        add(list, &shown);
    }
}

static struct management_list begin_list(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "source");
    list.order[2] = "destination";
    list.order[3] = "routing_key";
    list.order[4] = "properties_key";
    return list;
}

/* ---- lists */

static void add_vhost(void *ctx, struct rabbit_vhost *vhost)
{
    const struct rabbit_exchange_state *state;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((state = trie_iter_next(&iter)))
        add_source(ctx, vhost, state);
}

void management_get_bindings(struct management_call *call)
{
    struct management_list list = begin_list(call);
    management_each_vhost(call, add_vhost, &list);
    management_reply_list(&list);
}

/* Of an exchange that is missing there are none. */
static const struct rabbit_exchange *find_exchange(struct management_call *call)
{
    return rabbit_exchange_find(call->vhost, management_exchange_name(call, "exchange"));
}

void management_get_source_bindings(struct management_call *call)
{
    const struct rabbit_exchange *exchange = find_exchange(call);
    struct management_list list = begin_list(call);
    if (exchange)
        add_source(&list, call->vhost, exchange->state);
    management_reply_list(&list);
}

void management_get_destination_bindings(struct management_call *call)
{
    const struct rabbit_exchange *exchange = find_exchange(call);
    struct management_list list = begin_list(call);
    if (exchange)
        add_destination(&list, call->vhost, &exchange->state->targeted);
    management_reply_list(&list);
}

/* A queue that is missing has the binding to the default exchange all the same. */
void management_get_queue_bindings(struct management_call *call)
{
    struct slice name = management_parameter(call, "queue");
    const struct rabbit_queue *queue = rabbit_queue_find(call->vhost, name);
    struct management_list list = begin_list(call);
    add_default(&list, call->vhost, name);
    if (queue)
        add_destination(&list, call->vhost, &queue->state->bindings);
    management_reply_list(&list);
}

/* ---- between two */

/* The ends that a path names. */
struct ends {
    const struct rabbit_exchange *source;
    struct slice destination;
    const struct btree *bindings; /* the destination's; NULL: there is no such destination */
    bool to_exchange;
};

/* False: one is missing. */
static bool find_ends(struct management_call *call, struct ends *out)
{
    struct slice queue = management_parameter(call, "queue");
    *out = (struct ends){
        .source = rabbit_exchange_find(call->vhost, management_exchange_name(call, "source")),
        .to_exchange = !queue.ptr,
    };
    out->destination = queue.ptr ? queue : management_exchange_name(call, "exchange");
    struct rabbit_queue *to_queue = queue.ptr ? rabbit_queue_find(call->vhost, queue) : NULL;
    struct rabbit_exchange *to =
        queue.ptr ? NULL : rabbit_exchange_find(call->vhost, out->destination);
    if (to_queue)
        out->bindings = &to_queue->state->bindings;
    else if (to)
        out->bindings = &to->state->targeted;
    return out->source && out->bindings;
}

static bool need_ends(struct management_call *call, struct ends *out)
{
    if (find_ends(call, out))
        return true;
    management_not_found(call);
    return false;
}

static bool is_default(const struct ends *ends)
{
    return ends->source->state->name.len == 0;
}

void management_get_bindings_between(struct management_call *call)
{
    struct management_list list = begin_list(call);
    struct btree_iter iter;
    struct ends ends;
    if (!find_ends(call, &ends)) { /* nothing is between them */
        management_reply_list(&list);
        return;
    }
    if (is_default(&ends) && !ends.to_exchange)
        add_default(&list, call->vhost, ends.destination);
    struct rabbit_binding *const *at =
        btree_iter_at(&iter, ends.bindings, &rabbit_binding_ref_type, 0);
    for (; at; at = btree_iter_next(&iter, &rabbit_binding_ref_type))
        if ((*at)->source == ends.source->state->id) {
            struct shown shown = shown_of(call->vhost, *at);
            add(&list, &shown);
        }
    management_reply_list(&list);
}

/* The binding between the ends that the path's {props} names. */
static const struct rabbit_binding *find_binding(struct management_call *call,
                                                 const struct ends *ends)
{
    struct slice wanted = management_parameter(call, "props");
    struct btree_iter iter;
    struct rabbit_binding *const *at =
        btree_iter_at(&iter, ends->bindings, &rabbit_binding_ref_type, 0);
    for (; at; at = btree_iter_next(&iter, &rabbit_binding_ref_type))
        if ((*at)->source == ends->source->state->id &&
            slice_eq(properties_key(call->arena, (*at)->routing_key, (*at)->arguments), wanted))
            return *at;
    return NULL;
}

static bool is_default_binding(struct management_call *call, const struct ends *ends)
{
    return is_default(ends) && !ends->to_exchange &&
           slice_eq(properties_key(call->arena, ends->destination, slice_str("")),
                    management_parameter(call, "props"));
}

void management_get_binding(struct management_call *call)
{
    struct ends ends;
    if (!need_ends(call, &ends))
        return;
    const struct rabbit_binding *binding = find_binding(call, &ends);
    struct shown shown = {.vhost = rabbit_vhost_name(call->vhost),
                          .source = slice_str(""),
                          .destination = ends.destination,
                          .routing_key = ends.destination};
    if (!binding && !is_default_binding(call, &ends)) {
        management_not_found(call);
        return;
    }
    if (binding)
        shown = shown_of(call->vhost, binding);
    put_shown(call, &shown, &call->out);
    management_reply(call);
}

/* ---- changes */

/* To read from the source is to be allowed, and to write to the destination. */
static bool may_bind(struct management_call *call, const struct rabbit_binding_options *options)
{
    if (options->source.len == 0 || (options->to_exchange && options->destination.len == 0)) {
        management_refuse(call, "Access refused.");
        return false;
    }
    return management_may(call, RABBIT_WRITE, options->to_exchange ? "exchange" : "queue",
                          options->destination) &&
           management_may(call, RABBIT_READ, "exchange", options->source) &&
           management_may_bind(call, options->source, options->routing_key);
}

/* Relative to where it was posted to, escaped once more, being a name in a path. */
static void add_location(struct management_call *call, const struct rabbit_binding_options *made)
{
    struct slice key = properties_key(call->arena, made->routing_key, made->arguments);
    char *location = arena_alloc(call->arena, 3 * (made->destination.len + key.len) + 1);
    if (!key.ptr || !location)
        return;
    size_t len = put_escaped(made->destination, location);
    location[len++] = '/';
    for (size_t i = 0; i < key.len; i++)
        len += key.ptr[i] == '~' ? (location[len] = '~', 1)
                                 : put_escaped(slice_of(key.ptr + i, 1), location + len);
    http_add_field(call->x, "Location", slice_of(location, len));
}

void management_post_binding(struct management_call *call)
{
    struct slice queue = management_parameter(call, "queue"), body;
    struct rabbit_binding_options options = {
        .source = management_exchange_name(call, "source"),
        .destination = queue.ptr ? queue : management_exchange_name(call, "exchange"),
        .to_exchange = !queue.ptr,
    };
    struct rabbit_error error;
    if (!management_body(call, &body) ||
        !management_table(call, body, "arguments", &options.arguments))
        return;
    struct management_value key = management_member(call, body, "routing_key");
    options.routing_key = key.kind == JSON_STRING ? key.text : slice_str("");
    if (options.routing_key.len > UINT8_MAX) {
        management_bad_value(call, "not_string", slice_str("routing_key"));
        return;
    }
    if (!may_bind(call, &options))
        return;
    if (!rabbit_bind(call->vhost, &options, &error)) {
        management_fail_engine(call, &error);
        return;
    }
    add_location(call, &options);
    management_reply_put(call, true);
}

void management_delete_binding(struct management_call *call)
{
    struct rabbit_error error;
    struct ends ends;
    if (!need_ends(call, &ends))
        return;
    const struct rabbit_binding *binding = find_binding(call, &ends);
    if (!binding && !is_default_binding(call, &ends)) {
        management_not_found(call);
        return;
    }
    struct rabbit_binding_options options = {
        .source = ends.source->state->name,
        .destination = ends.destination,
        .to_exchange = ends.to_exchange,
        .routing_key = binding ? arena_dup(call->arena, binding->routing_key) : slice_str(""),
        .arguments = binding ? arena_dup(call->arena, binding->arguments) : slice_str(""),
    };
    if (!may_bind(call, &options))
        return;
    options.source = management_exchange_name(call, "source");
    if (rabbit_unbind(call->vhost, &options, &error))
        management_reply_done(call);
    else
        management_fail_engine(call, &error);
}

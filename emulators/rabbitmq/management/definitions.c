/* Definitions: everything but messages as one object, of the broker or of one virtual host; and back. */
#include "emulators/rabbitmq/management/definitions.h"

#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/limits.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/parameters.h"
#include "emulators/rabbitmq/management/permissions.h"
#include "emulators/rabbitmq/management/policies.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/management/users.h"
#include "emulators/rabbitmq/management/vhosts.h"
#include "emulators/rabbitmq/queue.h"
#include "protocols/amqp/amqp_table.h"

#define OPERATOR_POLICY "operator_policy"

/* ---- export */

/* The members `vhost` are left out where the definitions are one virtual host's. */
struct exporter {
    struct management_call *call;
    struct management_list *list;
};

static void put_vhost_name(const struct exporter *exporter, const struct rabbit_vhost *vhost,
                           struct json_writer *out)
{
    if (!exporter->call->vhost)
        management_put_string(out, "vhost", rabbit_vhost_name(vhost));
}

static void export_queues(void *ctx, struct rabbit_vhost *vhost)
{
    const struct exporter *exporter = ctx;
    const struct rabbit_queue_state *state;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->queues);
    while ((state = trie_iter_next(&iter))) {
        if (state->exclusive)
            continue;
        struct json_writer *out = management_list_item(exporter->list);
        json_object(out);
        management_put_string(out, "name", state->name);
        put_vhost_name(exporter, vhost, out);
        management_put_bool(out, "durable", state->durable);
        management_put_bool(out, "auto_delete", state->auto_delete);
        json_key_str(out, "arguments");
        management_put_table(exporter->call, state->arguments, out);
        json_object_end(out);
        management_list_end_item(exporter->list);
    }
}

/* Those that are always there are not defined. */
static bool is_standard(struct slice name)
{
    return name.len == 0 || rabbit_is_reserved_name(name);
}

static void export_exchanges(void *ctx, struct rabbit_vhost *vhost)
{
    const struct exporter *exporter = ctx;
    const struct rabbit_exchange_state *state;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((state = trie_iter_next(&iter))) {
        if (is_standard(state->name))
            continue;
        struct json_writer *out = management_list_item(exporter->list);
        json_object(out);
        management_put_string(out, "name", state->name);
        put_vhost_name(exporter, vhost, out);
        management_put_str(out, "type", state->type->name);
        management_put_bool(out, "durable", state->durable);
        management_put_bool(out, "auto_delete", state->auto_delete);
        management_put_bool(out, "internal", state->internal);
        json_key_str(out, "arguments");
        management_put_table(exporter->call, state->arguments, out);
        json_object_end(out);
        management_list_end_item(exporter->list);
    }
}

static void export_binding(const struct exporter *exporter, struct rabbit_vhost *vhost,
                           struct slice source, const struct rabbit_binding *binding)
{
    struct rabbit_entity *entity =
        rabbit_registry_get(&vhost->rabbit->entities, binding->destination);
    if (!entity || (!binding->to_exchange && rabbit_queue_of(entity)->state->exclusive))
        return;
    struct json_writer *out = management_list_item(exporter->list);
    json_object(out);
    management_put_string(out, "source", source);
    put_vhost_name(exporter, vhost, out);
    management_put_string(out, "destination",
                          binding->to_exchange ? rabbit_exchange_of(entity)->state->name
                                               : rabbit_queue_of(entity)->state->name);
    management_put_str(out, "destination_type", binding->to_exchange ? "exchange" : "queue");
    management_put_string(out, "routing_key", binding->routing_key);
    json_key_str(out, "arguments");
    management_put_table(exporter->call, binding->arguments, out);
    json_object_end(out);
    management_list_end_item(exporter->list);
}

static void export_bindings(void *ctx, struct rabbit_vhost *vhost)
{
    const struct rabbit_exchange_state *source;
    const struct rabbit_binding *binding;
    struct trie_iter sources, bindings;
    trie_iter_init(&sources, &vhost->state->exchanges);
    while ((source = trie_iter_next(&sources))) {
        trie_iter_init(&bindings, &source->bindings);
        while ((binding = trie_iter_next(&bindings)))
            export_binding(ctx, vhost, source->name, binding);
    }
}

static void export_vhosts(void *ctx, struct rabbit_vhost *vhost)
{
    const struct exporter *exporter = ctx;
    struct json_writer *out = management_list_item(exporter->list);
    json_object(out);
    management_put_string(out, "name", rabbit_vhost_name(vhost));
    json_key_str(out, "metadata");
    management_put_vhost_metadata(vhost, out);
    json_object_end(out);
    management_list_end_item(exporter->list);
}

static void export_policies(void *ctx, struct rabbit_vhost *vhost)
{
    const struct exporter *exporter = ctx;
    const struct rabbit_policy *policy;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->policies);
    while ((policy = trie_iter_next(&iter))) {
        struct json_writer *out = management_list_item(exporter->list);
        json_object(out);
        management_put_string(out, "vhost", rabbit_vhost_name(vhost));
        management_put_string(out, "name", policy->name);
        management_put_policy_members(policy, out);
        json_object_end(out);
        management_list_end_item(exporter->list);
    }
}

/* Operators' policies and virtual hosts' limits are parameters to definitions. */
static void export_parameters(void *ctx, struct rabbit_vhost *vhost)
{
    const struct exporter *exporter = ctx;
    const struct rabbit_policy *policy;
    struct json_writer *out;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->operator_policies);
    while ((policy = trie_iter_next(&iter))) {
        out = management_list_item(exporter->list);
        json_object(out);
        json_key_str(out, "value");
        json_object(out);
        management_put_policy_members(policy, out);
        json_object_end(out);
        put_vhost_name(exporter, vhost, out);
        management_put_str(out, "component", OPERATOR_POLICY);
        management_put_string(out, "name", policy->name);
        json_object_end(out);
        management_list_end_item(exporter->list);
    }
    if (!management_has_vhost_limits(vhost))
        return;
    out = management_list_item(exporter->list);
    json_object(out);
    json_key_str(out, "value");
    management_put_vhost_limits_object(vhost, out);
    put_vhost_name(exporter, vhost, out);
    management_put_str(out, "component", "vhost-limits");
    management_put_str(out, "name", "limits");
    json_object_end(out);
    management_list_end_item(exporter->list);
}

static void export_users(struct management_list *list)
{
    const struct rabbit_user *user;
    struct trie_iter iter;
    trie_iter_init(&iter, &list->call->rabbit->data.users);
    while ((user = trie_iter_next(&iter))) {
        management_put_user_object(list->call->rabbit, user, management_list_item(list));
        management_list_end_item(list);
    }
}

static void export_permissions(struct management_list *list)
{
    management_list_permissions(list, slice_of(NULL, 0));
}

static void export_topic_permissions(struct management_list *list)
{
    management_list_topic_permissions(list, slice_of(NULL, 0));
}

/* A row fills its list by one of the two. */
static const struct section {
    const char *name;
    bool is_global; /* not in the definitions of one virtual host */
    void (*visit)(void *ctx, struct rabbit_vhost *vhost);
    void (*list)(struct management_list *list);
    const char *order;
} sections[] = {
    {"users",             true,  NULL,              export_users,                      "name" },
    {"vhosts",            true,  export_vhosts,     NULL,                              "name" },
    {"permissions",       true,  NULL,              export_permissions,                "vhost"},
    {"topic_permissions", true,  NULL,              export_topic_permissions,          "vhost"},
    {"parameters",        false, export_parameters, NULL,                              "vhost"},
    {"global_parameters", true,  NULL,              management_list_global_parameters, "name" },
    {"policies",          false, export_policies,   NULL,                              "vhost"},
    {"queues",            false, export_queues,     NULL,                              "vhost"},
    {"exchanges",         false, export_exchanges,  NULL,                              "vhost"},
    {"bindings",          false, export_bindings,   NULL,                              "vhost"},
};

/* Lists are written in the call's body one after the other, so the object is put together aside. */
static bool put_section(struct management_call *call, const struct section *section,
                        struct json_writer *out)
{
    struct management_list list = management_list_of(call, section->order, "name");
    struct exporter exporter = {call, &list};
    if (section->visit)
        management_each_vhost(call, section->visit, &exporter);
    else
        section->list(&list);
    json_key_str(out, section->name);
    if (!list.failed)
        management_put_list(&list, out);
    return !list.failed;
}

/* The path may name a virtual host. False: there is none of that name, the call is answered. */
static bool enter_vhost(struct management_call *call)
{
    struct slice name = management_parameter(call, "name");
    if (!name.ptr)
        return true;
    call->vhost = rabbit_vhost_find(call->rabbit, name);
    if (!call->vhost)
        management_bad_request(call, "vhost_not_found");
    return call->vhost != NULL;
}

bool management_put_definitions(struct management_call *call, struct json_writer *out)
{
    bool ok = true;
    management_put_str(out, "rabbit_version", RABBIT_VERSION);
    if (!call->vhost) {
        management_put_str(out, "rabbitmq_version", RABBIT_VERSION);
        management_put_str(out, "product_name", "RabbitMQ");
        management_put_str(out, "product_version", RABBIT_VERSION);
    }
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && ok; i++)
        if (!call->vhost || !sections[i].is_global)
            ok = put_section(call, &sections[i], out);
    return ok;
}

void management_get_definitions(struct management_call *call)
{
    struct outq text;
    if (!enter_vhost(call))
        return;
    outq_init(&text);
    struct json_writer out = json_writer_of(&text);
    json_object(&out);
    bool ok = management_put_definitions(call, &out);
    json_object_end(&out);
    outq_done(&call->body);
    outq_append(&call->body, &text);
    outq_done(&text);
    if (ok)
        management_reply(call);
    else
        management_fail_memory(call);
}

/* ---- import */

/* The virtual host of a definition: the path's, or that of the member. NULL: the call is answered. */
static struct rabbit_vhost *vhost_of(struct management_call *call, struct slice object)
{
    struct slice name;
    if (call->vhost)
        return call->vhost;
    if (!management_need_text(call, object, "vhost", &name))
        return NULL;
    struct rabbit_vhost *vhost = rabbit_vhost_find(call->rabbit, name);
    if (!vhost)
        management_bad_value(call, "no_such_vhost", name);
    return vhost;
}

static bool import_user(struct management_call *call, struct slice object)
{
    struct slice name;
    struct management_value limits = management_member(call, object, "limits");
    return management_need_text(call, object, "name", &name) &&
           management_declare_user(call, name, object) &&
           (limits.kind != JSON_OBJECT || management_set_user_limits(call, name, limits.json));
}

static bool import_vhost(struct management_call *call, struct slice object)
{
    struct management_value metadata = management_member(call, object, "metadata");
    struct management_value limits = management_member(call, object, "limits");
    struct slice name;
    bool is_new;
    return management_need_text(call, object, "name", &name) &&
           management_declare_vhost(
               call, name, metadata.kind == JSON_OBJECT ? metadata.json : object, &is_new) &&
           (limits.kind != JSON_OBJECT ||
            management_set_vhost_limits(call, rabbit_vhost_find(call->rabbit, name), limits.json));
}

static bool import_permission(struct management_call *call, struct slice object)
{
    struct slice user, vhost;
    return management_need_text(call, object, "user", &user) &&
           management_need_text(call, object, "vhost", &vhost) &&
           management_set_permission(call, vhost, user, object);
}

static bool import_topic_permission(struct management_call *call, struct slice object)
{
    struct slice user, vhost;
    return management_need_text(call, object, "user", &user) &&
           management_need_text(call, object, "vhost", &vhost) &&
           management_set_topic_permission(call, vhost, user, object);
}

static bool import_parameter(struct management_call *call, struct slice object)
{
    struct rabbit_vhost *vhost = vhost_of(call, object);
    struct slice component, name;
    struct management_value value;
    if (!vhost || !management_need_text(call, object, "component", &component) ||
        !management_need_text(call, object, "name", &name) ||
        !management_need(call, object, "value", &value))
        return false;
    return slice_eq_str(component, OPERATOR_POLICY)
               ? management_set_policy(call, vhost, name, true, value.json)
               : management_set_parameter(call, vhost, component, name, value.json);
}

static bool import_global_parameter(struct management_call *call, struct slice object)
{
    struct management_value value;
    struct slice name;
    return management_need_text(call, object, "name", &name) &&
           management_need(call, object, "value", &value) &&
           management_set_global_parameter(call, name, value.json);
}

static bool import_policy(struct management_call *call, struct slice object)
{
    struct rabbit_vhost *vhost = vhost_of(call, object);
    struct slice name;
    return vhost && management_need_text(call, object, "name", &name) &&
           management_set_policy(call, vhost, name, false, object);
}

static bool fail_engine(struct management_call *call, const struct rabbit_error *error)
{
    management_fail_engine(call, error);
    return false;
}

/* What `rabbitmqctl export_definitions` says beside the arguments: a fixture may say it in their place. */
static bool read_type(struct management_call *call, struct slice object, struct slice *arguments)
{
    const struct slice name = slice_str("x-queue-type");
    struct management_value type = management_member(call, object, "type");
    struct amqp_table_writer writer;
    struct amqp_value given;
    struct outq table;
    if (call->x || type.kind != JSON_STRING || slice_eq_str(type.text, "classic") ||
        amqp_table_get(*arguments, name, &given))
        return true;
    outq_init(&table);
    amqp_table_writer_init(&writer, &table);
    outq_put_slice(&table, *arguments);
    amqp_table_put_bytes(&writer, name, 'S', type.text);
    struct slice bytes = outq_flatten(&table);
    *arguments = bytes.ptr ? arena_dup(call->arena, bytes) : bytes;
    outq_done(&table);
    return arguments->ptr || management_fail_memory(call);
}

/* A queue or exchange that exists stays as it is; a fixture has to say it as it is. */
static bool import_queue(struct management_call *call, struct slice object)
{
    struct rabbit_vhost *vhost = vhost_of(call, object);
    struct rabbit_queue_options options = {0};
    struct rabbit_error error;
    if (!vhost || !management_need_text(call, object, "name", &options.name) ||
        !management_flag(call, object, "durable", &options.durable) ||
        !management_flag(call, object, "auto_delete", &options.auto_delete) ||
        !management_table(call, object, "arguments", &options.arguments) ||
        !read_type(call, object, &options.arguments))
        return false;
    return (call->x && rabbit_queue_find(vhost, options.name)) ||
           rabbit_queue_declare(vhost, &options, &error) || fail_engine(call, &error);
}

static bool import_exchange(struct management_call *call, struct slice object)
{
    struct rabbit_vhost *vhost = vhost_of(call, object);
    struct rabbit_exchange_options options = {0};
    struct rabbit_error error;
    if (!vhost || !management_need_text(call, object, "name", &options.name) ||
        !management_need_text(call, object, "type", &options.type) ||
        !management_flag(call, object, "durable", &options.durable) ||
        !management_flag(call, object, "auto_delete", &options.auto_delete) ||
        !management_flag(call, object, "internal", &options.internal) ||
        !management_table(call, object, "arguments", &options.arguments))
        return false;
    return (call->x && rabbit_exchange_find(vhost, options.name)) ||
           rabbit_exchange_declare(vhost, &options, &error) || fail_engine(call, &error);
}

static bool import_binding(struct management_call *call, struct slice object)
{
    struct rabbit_vhost *vhost = vhost_of(call, object);
    struct rabbit_binding_options options = {0};
    struct rabbit_error error;
    struct slice type;
    if (!vhost || !management_need_text(call, object, "source", &options.source) ||
        !management_need_text(call, object, "destination", &options.destination) ||
        !management_need_text(call, object, "destination_type", &type) ||
        !management_need_text(call, object, "routing_key", &options.routing_key) ||
        !management_table(call, object, "arguments", &options.arguments))
        return false;
    options.to_exchange = slice_eq_str(type, "exchange");
    if (!options.to_exchange && !slice_eq_str(type, "queue")) {
        management_bad_value(call, "no_such_destination_type", type);
        return false;
    }
    return rabbit_bind(vhost, &options, &error) || fail_engine(call, &error);
}

/* In the order in which one needs the other. */
static const struct importer {
    const char *name;
    bool is_global;
    bool (*import)(struct management_call *call, struct slice object);
} importers[] = {
    {"users",             true,  import_user            },
    {"vhosts",            true,  import_vhost           },
    {"permissions",       true,  import_permission      },
    {"topic_permissions", true,  import_topic_permission},
    {"parameters",        false, import_parameter       },
    {"global_parameters", true,  import_global_parameter},
    {"policies",          false, import_policy          },
    {"queues",            false, import_queue           },
    {"exchanges",         false, import_exchange        },
    {"bindings",          false, import_binding         },
};

static bool import_section(struct management_call *call, struct slice body,
                           const struct importer *importer)
{
    struct management_value section = management_member(call, body, importer->name), item;
    struct json_reader reader;
    bool ok = true;
    if (section.kind != JSON_ARRAY)
        return true;
    management_begin(call, section.json, &reader);
    while (ok && management_next(&reader, &item))
        ok = importer->import(call, item.json);
    return ok;
}

bool management_import_definition(struct management_call *call, const char *section,
                                  struct slice object)
{
    for (size_t i = 0; i < sizeof(importers) / sizeof(importers[0]); i++)
        if (strcmp(importers[i].name, section) == 0)
            return importers[i].import(call, object);
    management_bad_value(call, "no_such_section", slice_str(section));
    return false;
}

void management_post_definitions(struct management_call *call)
{
    struct slice body;
    bool ok = enter_vhost(call) && management_body(call, &body);
    for (size_t i = 0; i < sizeof(importers) / sizeof(importers[0]) && ok; i++)
        if (!call->vhost || !importers[i].is_global)
            ok = import_section(call, body, &importers[i]);
    if (ok)
        management_reply_done(call);
}

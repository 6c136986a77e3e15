/* Parameters of virtual hosts, which are their limits: other components come with plugins that there are none
 * of; and global ones, which nobody asks for. */
#include "emulators/rabbitmq/management/parameters.h"

#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/limits.h"
#include "emulators/rabbitmq/management/policies.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/parameter.h"

#define VHOST_LIMITS "vhost-limits"
#define LIMITS_NAME  "limits"

/* ---- of virtual hosts */

static bool is_limits(struct slice component, struct slice name)
{
    return slice_eq_str(component, VHOST_LIMITS) && slice_eq_str(name, LIMITS_NAME);
}

static void put_limits(const struct rabbit_vhost *vhost, struct json_writer *out)
{
    json_object(out);
    json_key_str(out, "value");
    management_put_vhost_limits_object(vhost, out);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_put_str(out, "component", VHOST_LIMITS);
    management_put_str(out, "name", LIMITS_NAME);
    json_object_end(out);
}

static void add_limits(void *ctx, struct rabbit_vhost *vhost)
{
    struct management_list *list = ctx;
    if (!management_has_vhost_limits(vhost))
        return;
    put_limits(vhost, management_list_item(list));
    management_list_end_item(list);
}

void management_list_parameters(struct management_list *list, struct slice component)
{
    if (!component.ptr || slice_eq_str(component, VHOST_LIMITS))
        management_each_vhost(list->call, add_limits, list);
}

/* Policies are parameters, too; users' ones only where they are asked for. */
static void list_policies(struct management_list *list, struct slice component)
{
    if (component.ptr && slice_eq_str(component, MANAGEMENT_POLICY))
        management_list_policy_parameters(list, false);
    if (!component.ptr || slice_eq_str(component, MANAGEMENT_OPERATOR_POLICY))
        management_list_policy_parameters(list, true);
}

void management_get_parameters(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "component");
    management_list_parameters(&list, management_parameter(call, "component"));
    list_policies(&list, management_parameter(call, "component"));
    management_reply_list(&list);
}

static bool find(struct management_call *call)
{
    if (is_limits(management_parameter(call, "component"),
                  management_parameter(call, "parameter")) &&
        management_has_vhost_limits(call->vhost))
        return true;
    management_not_found(call);
    return false;
}

void management_get_parameter(struct management_call *call)
{
    if (!find(call))
        return;
    put_limits(call->vhost, &call->out);
    management_reply(call);
}

bool management_set_parameter(struct management_call *call, struct rabbit_vhost *vhost,
                              struct slice component, struct slice name, struct slice value)
{
    if (is_limits(component, name))
        return management_set_vhost_limits(call, vhost, value);
    if (slice_eq_str(component, VHOST_LIMITS))
        management_bad_request(
            call, "Validation failed\n\nlimits name should be 'limits', was '" SLICE_FMT "'\n",
            SLICE_ARG(name));
    else
        management_bad_request(call, "Validation failed\n\ncomponent " SLICE_FMT " not found\n",
                               SLICE_ARG(component));
    return false;
}

void management_put_parameter(struct management_call *call)
{
    struct management_value value;
    struct slice body;
    bool is_new = !management_has_vhost_limits(call->vhost);
    if (management_body(call, &body) && management_need(call, body, "value", &value) &&
        management_set_parameter(call, call->vhost, management_parameter(call, "component"),
                                 management_parameter(call, "parameter"), value.json))
        management_reply_put(call, is_new);
}

void management_delete_parameter(struct management_call *call)
{
    if (find(call) && management_clear_vhost_limits(call, call->vhost))
        management_reply_done(call);
}

/* ---- global ones */

static const struct rabbit_parameter *find_global(const struct rabbit *rabbit, struct slice name)
{
    return rabbit_parameter_find(&rabbit->data.parameters, slice_str(RABBIT_GLOBAL), name);
}

static void put_global(const struct rabbit_parameter *parameter, struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "name", parameter->name);
    json_key_str(out, "value");
    json_raw(out, parameter->value);
    json_object_end(out);
}

void management_list_global_parameters(struct management_list *list)
{
    const struct rabbit_parameter *parameter;
    struct trie_iter iter;
    trie_iter_init(&iter, &list->call->rabbit->data.parameters);
    while ((parameter = trie_iter_next(&iter)))
        if (slice_eq_str(parameter->component, RABBIT_GLOBAL)) {
            put_global(parameter, management_list_item(list));
            management_list_end_item(list);
        }
}

void management_get_global_parameters(struct management_call *call)
{
    struct management_list list = management_list_of(call, "name", NULL);
    management_list_global_parameters(&list);
    management_reply_list(&list);
}

void management_get_global_parameter(struct management_call *call)
{
    const struct rabbit_parameter *parameter =
        find_global(call->rabbit, management_parameter(call, "parameter"));
    if (!parameter) {
        management_not_found(call);
        return;
    }
    put_global(parameter, &call->out);
    management_reply(call);
}

bool management_set_global_parameter(struct management_call *call, struct slice name,
                                     struct slice value)
{
    return rabbit_parameter_put(&call->rabbit->data.parameters, call->rabbit->host.heap,
                                slice_str(RABBIT_GLOBAL), name, value) ||
           management_fail_memory(call);
}

void management_put_global_parameter(struct management_call *call)
{
    struct slice name = management_parameter(call, "parameter"), body;
    struct management_value value;
    bool is_new = !find_global(call->rabbit, name);
    if (management_body(call, &body) && management_need(call, body, "value", &value) &&
        management_set_global_parameter(call, name, value.json))
        management_reply_put(call, is_new);
}

void management_delete_global_parameter(struct management_call *call)
{
    if (rabbit_parameter_delete(&call->rabbit->data.parameters, call->rabbit->host.heap,
                                slice_str(RABBIT_GLOBAL), management_parameter(call, "parameter")))
        management_reply_done(call);
    else
        management_not_found(call);
}

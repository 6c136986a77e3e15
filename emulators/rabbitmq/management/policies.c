#include "emulators/rabbitmq/management/policies.h"

#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"

/* ---- showing */

void management_put_policy_members(const struct rabbit_policy *policy, struct json_writer *out)
{
    management_put_string(out, "pattern", policy->pattern);
    management_put_str(out, "apply-to", rabbit_policy_target_name(policy->apply_to));
    json_key_str(out, "definition");
    json_raw(out, policy->definition);
    json_key_str(out, "priority");
    json_int(out, policy->priority);
}

static void put_policy(const struct rabbit_vhost *vhost, const struct rabbit_policy *policy,
                       struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_put_string(out, "name", policy->name);
    management_put_policy_members(policy, out);
    json_object_end(out);
}

static void put_parameter(const struct rabbit_vhost *vhost, const struct rabbit_policy *policy,
                          bool is_operator, struct json_writer *out)
{
    json_object(out);
    json_key_str(out, "value");
    json_object(out);
    management_put_policy_members(policy, out);
    json_object_end(out);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_put_str(out, "component",
                       is_operator ? MANAGEMENT_OPERATOR_POLICY : MANAGEMENT_POLICY);
    management_put_string(out, "name", policy->name);
    json_object_end(out);
}

struct wanted {
    struct management_list *list;
    bool is_operator, as_parameters;
};

static void add_policies(void *ctx, struct rabbit_vhost *vhost)
{
    const struct wanted *wanted = ctx;
    const struct rabbit_vhost_state *state = vhost->state;
    const struct rabbit_policy *policy;
    struct trie_iter iter;
    trie_iter_init(&iter, wanted->is_operator ? &state->operator_policies : &state->policies);
    while ((policy = trie_iter_next(&iter))) {
        struct json_writer *out = management_list_item(wanted->list);
        if (wanted->as_parameters)
            put_parameter(vhost, policy, wanted->is_operator, out);
        else
            put_policy(vhost, policy, out);
        management_list_end_item(wanted->list);
    }
}

void management_list_policies(struct management_list *list, bool is_operator)
{
    struct wanted wanted = {list, is_operator, false};
    management_each_vhost(list->call, add_policies, &wanted);
}

void management_list_policy_parameters(struct management_list *list, bool is_operator)
{
    struct wanted wanted = {list, is_operator, true};
    management_each_vhost(list->call, add_policies, &wanted);
}

static void reply_policies(struct management_call *call, bool is_operator)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    management_list_policies(&list, is_operator);
    management_reply_list(&list);
}

static void reply_policy(struct management_call *call, bool is_operator)
{
    const struct rabbit_policy *policy =
        rabbit_policy_find(call->vhost, management_parameter(call, "policy"), is_operator);
    if (!policy) {
        management_not_found(call);
        return;
    }
    put_policy(call->vhost, policy, &call->out);
    management_reply(call);
}

/* ---- setting */

/* Of users' policies RabbitMQ escapes the reason for HTML, of operators' it does not. */
static struct slice escaped(struct arena *arena, const char *text)
{
    char *out = arena_alloc(arena, 5 * strlen(text) + 1);
    size_t len = 0;
    if (!out)
        return slice_of(NULL, 0);
    for (; *text; text++) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                                            : NULL;
        size_t width = entity ? strlen(entity) : 1;
        memcpy(out + len, entity ? entity : text, width);
        len += width;
    }
    return slice_of(out, len);
}

static bool refuse(struct management_call *call, bool is_operator, const char *reason)
{
    struct slice text = is_operator ? slice_str(reason) : escaped(call->arena, reason);
    management_bad_request(call, SLICE_FMT, SLICE_ARG(text));
    return false;
}

static bool refuse_value(struct management_call *call, bool is_operator, const char *problem,
                         const struct management_value *value)
{
    bool is_text = value->kind == JSON_STRING;
    struct slice reason =
        arena_printf(call->arena, "Validation failed\n\n%s %s" SLICE_FMT "%s\n", problem,
                     is_text ? "<<\"" : "", SLICE_ARG(value->text), is_text ? "\">>" : "");
    return refuse(call, is_operator, reason.ptr ? (const char *)reason.ptr : problem);
}

static bool read_target(struct management_call *call, struct slice object,
                        struct rabbit_policy *policy)
{
    struct management_value target = management_member(call, object, "apply-to");
    policy->apply_to = RABBIT_APPLY_ALL;
    if (target.kind == JSON_END || rabbit_policy_target_of(target.text, &policy->apply_to))
        return true;
    struct slice reason = arena_printf(call->arena,
                                       "Validation failed\n\napply-to '" SLICE_FMT
                                       "' unrecognised; should be 'queues', 'exchanges' or 'all'\n",
                                       SLICE_ARG(target.text));
    return refuse(call, policy->is_operator,
                  reason.ptr ? (const char *)reason.ptr : "apply-to unrecognised");
}

static bool read_priority(struct management_call *call, struct slice object,
                          struct rabbit_policy *policy)
{
    struct management_value priority = management_member(call, object, "priority");
    policy->priority = 0;
    if (priority.kind == JSON_STRING)
        return refuse_value(call, policy->is_operator, "priority should be a number, actually was",
                            &priority);
    return management_integer(call, object, "priority", &policy->priority);
}

bool management_set_policy(struct management_call *call, struct rabbit_vhost *vhost,
                           struct slice name, bool is_operator, struct slice object)
{
    struct rabbit_policy policy = {.name = name, .is_operator = is_operator};
    struct management_value pattern, definition;
    struct rabbit_error error;
    static const char *const members[] = {"pattern", "definition", NULL};
    if (!management_need_all(call, object, members) ||
        !management_need(call, object, "pattern", &pattern) ||
        !management_need(call, object, "definition", &definition))
        return false;
    if (pattern.kind != JSON_STRING)
        return refuse_value(call, is_operator, "pattern should be a binary but was", &pattern);
    if (!read_target(call, object, &policy) || !read_priority(call, object, &policy))
        return false;
    policy.pattern = pattern.text;
    policy.definition = definition.json;
    if (rabbit_policy_put(vhost, &policy, &error))
        return true;
    return error.code == RABBIT_INTERNAL_ERROR
               ? management_fail_memory(call)
               : refuse(call, is_operator, management_detail(&error));
}

static void put_policy_of(struct management_call *call, bool is_operator)
{
    struct slice name = management_parameter(call, "policy"), body;
    bool is_new = !rabbit_policy_find(call->vhost, name, is_operator);
    if (management_body(call, &body) &&
        management_set_policy(call, call->vhost, name, is_operator, body))
        management_reply_put(call, is_new);
}

static void delete_policy_of(struct management_call *call, bool is_operator)
{
    struct rabbit_error error;
    if (rabbit_policy_delete(call->vhost, management_parameter(call, "policy"), is_operator,
                             &error))
        management_reply_done(call);
    else if (error.code == RABBIT_NOT_FOUND)
        management_not_found(call);
    else
        management_fail_engine(call, &error);
}

/* ---- routes */

void management_get_policies(struct management_call *call)
{
    reply_policies(call, false);
}

void management_get_policy(struct management_call *call)
{
    reply_policy(call, false);
}

void management_put_policy(struct management_call *call)
{
    put_policy_of(call, false);
}

void management_delete_policy(struct management_call *call)
{
    delete_policy_of(call, false);
}

void management_get_operator_policies(struct management_call *call)
{
    reply_policies(call, true);
}

void management_get_operator_policy(struct management_call *call)
{
    reply_policy(call, true);
}

void management_put_operator_policy(struct management_call *call)
{
    put_policy_of(call, true);
}

void management_delete_operator_policy(struct management_call *call)
{
    delete_policy_of(call, true);
}

#include "emulators/rabbitmq/management/limits.h"

#include "common/text.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/parameter.h"
#include "emulators/rabbitmq/user_limit.h"

/* ---- virtual hosts */

/* The place of a limit; NULL: there is no such limit. */
static int64_t *vhost_limit(struct rabbit_vhost_state *state, struct slice name)
{
    return slice_eq_str(name, "max-connections") ? &state->max_connections
           : slice_eq_str(name, "max-queues")    ? &state->max_queues
                                                 : NULL;
}

bool management_has_vhost_limits(const struct rabbit_vhost *vhost)
{
    return vhost->state->max_connections >= 0 || vhost->state->max_queues >= 0;
}

void management_put_vhost_limits_object(const struct rabbit_vhost *vhost, struct json_writer *out)
{
    const struct rabbit_vhost_state *state = vhost->state;
    json_object(out);
    if (state->max_queues >= 0)
        management_put_uint(out, "max-queues", (uint64_t)state->max_queues);
    if (state->max_connections >= 0)
        management_put_uint(out, "max-connections", (uint64_t)state->max_connections);
    json_object_end(out);
}

static void add_limits(void *ctx, struct rabbit_vhost *vhost)
{
    struct management_list *list = ctx;
    if (!management_has_vhost_limits(vhost))
        return;
    struct json_writer *out = management_list_item(list);
    json_object(out);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    json_key_str(out, "value");
    management_put_vhost_limits_object(vhost, out);
    json_object_end(out);
    management_list_end_item(list);
}

void management_get_vhost_limits(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", NULL);
    management_each_vhost(call, add_limits, &list);
    management_reply_list(&list);
}

/* A negative value takes the limit away. */
static bool set_vhost_limit(struct management_call *call, struct rabbit_vhost *vhost,
                            struct slice name, const struct management_value *value)
{
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    int64_t number;
    if (!state)
        return management_fail_memory(call);
    int64_t *limit = vhost_limit(state, name);
    if (limit && value->kind == JSON_NUMBER && text_to_i64(value->text, &number)) {
        *limit = number < 0 ? -1 : number;
        return true;
    }
    if (limit)
        management_bad_request(call,
                               "Validation failed\n\n" SLICE_FMT
                               " should be a number, actually was <<\"" SLICE_FMT "\">>\n",
                               SLICE_ARG(name), SLICE_ARG(value->text));
    else
        management_bad_request(call,
                               "Validation failed\n\nUnrecognised terms [{<<\"" SLICE_FMT
                               "\">>," SLICE_FMT "}] in limits\n",
                               SLICE_ARG(name), SLICE_ARG(value->json));
    return false;
}

void management_put_vhost_limit(struct management_call *call)
{
    struct management_value value;
    struct slice body;
    if (management_body(call, &body) && management_need(call, body, "value", &value) &&
        set_vhost_limit(call, call->vhost, management_parameter(call, "limit"), &value))
        management_reply_done(call);
}

void management_delete_vhost_limit(struct management_call *call)
{
    const struct management_value none = {JSON_NUMBER, slice_str("-1"), slice_str("-1")};
    if (set_vhost_limit(call, call->vhost, management_parameter(call, "limit"), &none))
        management_reply_done(call);
}

bool management_clear_vhost_limits(struct management_call *call, struct rabbit_vhost *vhost)
{
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    if (!state)
        return management_fail_memory(call);
    state->max_connections = state->max_queues = -1;
    return true;
}

bool management_set_vhost_limits(struct management_call *call, struct rabbit_vhost *vhost,
                                 struct slice object)
{
    struct json_reader reader;
    struct management_value value;
    struct slice name;
    bool ok = management_clear_vhost_limits(call, vhost);
    management_begin(call, object, &reader);
    while (ok && management_next_member(&reader, &name, &value))
        ok = set_vhost_limit(call, vhost, name, &value);
    return ok;
}

/* ---- users */

struct slice management_user_limits(const struct rabbit *rabbit, struct slice user)
{
    const struct rabbit_parameter *limits =
        rabbit_parameter_find(&rabbit->data.parameters, slice_str(RABBIT_USER_LIMITS), user);
    return limits ? limits->value : slice_str("{}");
}

void management_forget_user_limits(struct rabbit *rabbit, struct slice user)
{
    rabbit_parameter_delete(&rabbit->data.parameters, rabbit->host.heap,
                            slice_str(RABBIT_USER_LIMITS), user);
}

static void add_user_limits(struct management_list *list, const struct rabbit_parameter *limits)
{
    struct json_writer *out = management_list_item(list);
    json_object(out);
    management_put_string(out, "user", limits->name);
    json_key_str(out, "value");
    json_raw(out, limits->value);
    json_object_end(out);
    management_list_end_item(list);
}

void management_get_user_limits(struct management_call *call)
{
    struct management_list list = management_list_of(call, "user", NULL);
    struct slice user = management_parameter(call, "user");
    const struct rabbit_parameter *parameter;
    struct trie_iter iter;
    if (user.ptr && !rabbit_user_find(call->rabbit, user)) {
        management_not_found(call);
        return;
    }
    trie_iter_init(&iter, &call->rabbit->data.parameters);
    while ((parameter = trie_iter_next(&iter)))
        if (slice_eq_str(parameter->component, RABBIT_USER_LIMITS) &&
            (!user.ptr || slice_eq(parameter->name, user)))
            add_user_limits(&list, parameter);
    management_reply_list(&list);
}

/* Writes the limits with one of them changed; value NULL: without it. Returns how many there are. */
static unsigned put_changed(struct management_call *call, struct slice limits, struct slice name,
                            const struct management_value *value, struct json_writer *out)
{
    struct json_reader reader;
    struct management_value old;
    struct slice key;
    unsigned count = 0;
    json_object(out);
    management_begin(call, limits, &reader);
    while (management_next_member(&reader, &key, &old))
        if (!slice_eq(key, name)) {
            json_key(out, key);
            json_raw(out, old.json);
            count++;
        }
    if (value) {
        json_key(out, name);
        json_raw(out, value->json);
        count++;
    }
    json_object_end(out);
    return count;
}

static bool change_user_limit(struct management_call *call, struct slice user, struct slice name,
                              const struct management_value *value)
{
    struct rabbit *rabbit = call->rabbit;
    struct outq text;
    outq_init(&text);
    struct json_writer writer = json_writer_of(&text);
    unsigned count = put_changed(call, management_user_limits(rabbit, user), name, value, &writer);
    struct slice json = outq_flatten(&text);
    bool ok = true;
    if (count == 0)
        management_forget_user_limits(rabbit, user);
    else
        ok = json.ptr && rabbit_parameter_put(&rabbit->data.parameters, rabbit->host.heap,
                                              slice_str(RABBIT_USER_LIMITS), user, json);
    outq_done(&text);
    return ok || management_fail_memory(call);
}

static bool check_user_limit(struct management_call *call, struct slice name,
                             const struct management_value *value)
{
    int64_t number;
    bool is_known = slice_eq_str(name, "max-connections") || slice_eq_str(name, "max-channels");
    if (is_known && value->kind == JSON_NUMBER && text_to_i64(value->text, &number))
        return true;
    if (is_known)
        management_bad_request(call, SLICE_FMT " should be a number", SLICE_ARG(name));
    else
        management_bad_request(
            call, "Unrecognised terms [{<<\"" SLICE_FMT "\">>," SLICE_FMT "}] in user-limits",
            SLICE_ARG(name), SLICE_ARG(value->json));
    return false;
}

bool management_set_user_limits(struct management_call *call, struct slice user,
                                struct slice object)
{
    struct json_reader reader;
    struct management_value value;
    struct slice name;
    bool ok = true;
    management_begin(call, object, &reader);
    while (ok && management_next_member(&reader, &name, &value))
        ok = check_user_limit(call, name, &value) && change_user_limit(call, user, name, &value);
    return ok;
}

static bool need_user(struct management_call *call)
{
    struct slice user = management_parameter(call, "user");
    if (rabbit_user_find(call->rabbit, user))
        return true;
    management_bad_value(call, "no_such_user", user);
    return false;
}

void management_put_user_limit(struct management_call *call)
{
    struct slice name = management_parameter(call, "limit"), body;
    struct management_value value;
    if (need_user(call) && management_body(call, &body) &&
        management_need(call, body, "value", &value) && check_user_limit(call, name, &value) &&
        change_user_limit(call, management_parameter(call, "user"), name, &value))
        management_reply_done(call);
}

void management_delete_user_limit(struct management_call *call)
{
    if (need_user(call) && change_user_limit(call, management_parameter(call, "user"),
                                             management_parameter(call, "limit"), NULL))
        management_reply_done(call);
}

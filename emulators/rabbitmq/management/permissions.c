#include "emulators/rabbitmq/management/permissions.h"

#include "common/regex.h"
#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/parameter.h"

/* Their parameter's name is the user's, a NUL, and the exchange's. */
#define TOPIC_PERMISSIONS "topic-permissions"

/* ---- patterns */

/* Erlang's text: a list of numbers. */
static void put_codes(struct json_writer *out, struct slice text)
{
    json_array(out);
    for (size_t i = 0; i < text.len; i++)
        json_uint(out, text.ptr[i]);
    json_array_end(out);
}

static bool check_pattern(struct management_call *call, struct slice pattern)
{
    char problem[REGEX_PROBLEM_MAX];
    size_t at;
    if (regex_check(pattern, problem, &at))
        return true;
    struct json_writer *out = &call->out;
    json_object(out);
    management_put_str(out, "error", "bad_request");
    json_key_str(out, "reason");
    json_array(out);
    json_str(out, "invalid_regexp");
    put_codes(out, pattern);
    json_array(out);
    put_codes(out, slice_str(problem));
    json_uint(out, at);
    json_array_end(out);
    json_array_end(out);
    json_object_end(out);
    management_reply_status(call, HTTP_BAD_REQUEST);
    return false;
}

static struct rabbit_vhost *need_both(struct management_call *call, struct slice vhost,
                                      struct slice user)
{
    struct rabbit_vhost *found = rabbit_vhost_find(call->rabbit, vhost);
    if (found && rabbit_user_find(call->rabbit, user))
        return found;
    management_bad_request(call, "vhost_or_user_not_found");
    return NULL;
}

/* ---- permissions */

static void put_permission(const struct rabbit_vhost *vhost,
                           const struct rabbit_permission *permission, struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "user", permission->user);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_put_string(out, "configure", permission->configure);
    management_put_string(out, "write", permission->write);
    management_put_string(out, "read", permission->read);
    json_object_end(out);
}

struct wanted {
    struct management_list *list;
    struct slice user; /* ptr NULL: all */
};

static void add_permissions(void *ctx, struct rabbit_vhost *vhost)
{
    const struct wanted *wanted = ctx;
    const struct rabbit_permission *permission;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->permissions);
    while ((permission = trie_iter_next(&iter)))
        if (!wanted->user.ptr || slice_eq(permission->user, wanted->user)) {
            put_permission(vhost, permission, management_list_item(wanted->list));
            management_list_end_item(wanted->list);
        }
}

void management_list_permissions(struct management_list *list, struct slice user)
{
    struct wanted wanted = {list, user};
    management_each_vhost(list->call, add_permissions, &wanted);
}

/* The path's user, if there is one in it, exists. */
static bool check_user(struct management_call *call)
{
    struct slice user = management_parameter(call, "user");
    if (!user.ptr || rabbit_user_find(call->rabbit, user))
        return true;
    management_not_found(call);
    return false;
}

void management_get_permissions(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "user");
    if (!check_user(call))
        return;
    management_list_permissions(&list, management_parameter(call, "user"));
    management_reply_list(&list);
}

static const struct rabbit_permission *find(struct management_call *call)
{
    const struct rabbit_permission *permission =
        rabbit_permission_find(call->vhost, management_parameter(call, "user"));
    if (!permission)
        management_not_found(call);
    return permission;
}

void management_get_permission(struct management_call *call)
{
    const struct rabbit_permission *permission = find(call);
    if (!permission)
        return;
    put_permission(call->vhost, permission, &call->out);
    management_reply(call);
}

bool management_set_permission(struct management_call *call, struct slice vhost, struct slice user,
                               struct slice object)
{
    struct slice configure, write, read;
    if (!management_need_text(call, object, "configure", &configure) ||
        !management_need_text(call, object, "write", &write) ||
        !management_need_text(call, object, "read", &read))
        return false;
    struct rabbit_vhost *found = need_both(call, vhost, user);
    if (!found || !check_pattern(call, configure) || !check_pattern(call, write) ||
        !check_pattern(call, read))
        return false;
    return rabbit_permission_put(found, user, configure, write, read) ||
           management_fail_memory(call);
}

void management_put_permission(struct management_call *call)
{
    struct slice vhost = management_parameter(call, "name"), body;
    struct slice user = management_parameter(call, "user");
    const struct rabbit_vhost *found = rabbit_vhost_find(call->rabbit, vhost);
    bool is_new = !found || !rabbit_permission_find(found, user);
    if (management_body(call, &body) && management_set_permission(call, vhost, user, body))
        management_reply_put(call, is_new);
}

void management_delete_permission(struct management_call *call)
{
    if (!find(call))
        return;
    if (rabbit_permission_delete(call->vhost, management_parameter(call, "user")))
        management_reply_done(call);
    else
        management_fail_memory(call);
}

/* ---- topic permissions */

static struct slice user_of(const struct rabbit_parameter *parameter)
{
    const uint8_t *end = memchr(parameter->name.ptr, '\0', parameter->name.len);
    return slice_of(parameter->name.ptr,
                    end ? (size_t)(end - parameter->name.ptr) : parameter->name.len);
}

static bool is_topic_permission(const struct rabbit_parameter *parameter, struct slice user)
{
    return slice_eq_str(parameter->component, TOPIC_PERMISSIONS) &&
           (!user.ptr || slice_eq(user_of(parameter), user));
}

/* The parameter's value has all but user and virtual host. */
static void put_topic_permission(struct management_call *call, const struct rabbit_vhost *vhost,
                                 const struct rabbit_parameter *parameter, struct json_writer *out)
{
    struct json_reader reader;
    struct management_value value;
    struct slice name;
    json_object(out);
    management_put_string(out, "user", user_of(parameter));
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_begin(call, parameter->value, &reader);
    while (management_next_member(&reader, &name, &value)) {
        json_key(out, name);
        json_raw(out, value.json);
    }
    json_object_end(out);
}

static void add_topic_permissions(void *ctx, struct rabbit_vhost *vhost)
{
    const struct wanted *wanted = ctx;
    struct management_list *list = wanted->list;
    const struct rabbit_parameter *parameter;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->parameters);
    while ((parameter = trie_iter_next(&iter)))
        if (is_topic_permission(parameter, wanted->user)) {
            put_topic_permission(list->call, vhost, parameter, management_list_item(list));
            management_list_end_item(list);
        }
}

void management_list_topic_permissions(struct management_list *list, struct slice user)
{
    struct wanted wanted = {list, user};
    list->order[2] = "exchange";
    management_each_vhost(list->call, add_topic_permissions, &wanted);
}

void management_get_topic_permissions(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "user");
    if (!check_user(call))
        return;
    management_list_topic_permissions(&list, management_parameter(call, "user"));
    management_reply_list(&list);
}

/* Those of one user in one virtual host: a list that is not empty. */
void management_get_topic_permission(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "user");
    management_list_topic_permissions(&list, management_parameter(call, "user"));
    if (list.count)
        management_reply_list(&list);
    else
        management_not_found(call);
}

static struct slice topic_value(struct management_call *call, struct slice exchange,
                                struct slice write, struct slice read)
{
    struct outq text;
    outq_init(&text);
    struct json_writer out = json_writer_of(&text);
    json_object(&out);
    management_put_string(&out, "exchange", exchange);
    management_put_string(&out, "write", write);
    management_put_string(&out, "read", read);
    json_object_end(&out);
    struct slice json = outq_flatten(&text);
    json = json.ptr ? arena_dup(call->arena, json) : json;
    outq_done(&text);
    return json;
}

bool management_set_topic_permission(struct management_call *call, struct slice vhost,
                                     struct slice user, struct slice object)
{
    struct slice exchange, write, read;
    if (!management_need_text(call, object, "exchange", &exchange) ||
        !management_need_text(call, object, "write", &write) ||
        !management_need_text(call, object, "read", &read))
        return false;
    struct rabbit_vhost *found = need_both(call, vhost, user);
    if (!found || !check_pattern(call, write) || !check_pattern(call, read))
        return false;
    struct slice name = arena_concat(call->arena, user, slice_of("", 1), exchange);
    struct slice value = topic_value(call, exchange, write, read);
    struct rabbit_vhost_state *state = rabbit_vhost_edit(found);
    return (state && name.ptr && value.ptr &&
            rabbit_parameter_put(&state->parameters, call->rabbit->host.heap,
                                 slice_str(TOPIC_PERMISSIONS), name, value)) ||
           management_fail_memory(call);
}

/* Does the user have any in the virtual host? */
static const struct rabbit_parameter *first_of(const struct rabbit_vhost *vhost, struct slice user)
{
    const struct rabbit_parameter *parameter;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->parameters);
    while ((parameter = trie_iter_next(&iter)))
        if (is_topic_permission(parameter, user))
            return parameter;
    return NULL;
}

void management_put_topic_permission(struct management_call *call)
{
    struct slice vhost = management_parameter(call, "name"), body;
    struct slice user = management_parameter(call, "user");
    const struct rabbit_vhost *found = rabbit_vhost_find(call->rabbit, vhost);
    bool is_new = !found || !first_of(found, user);
    if (management_body(call, &body) && management_set_topic_permission(call, vhost, user, body))
        management_reply_put(call, is_new);
}

static bool forget(struct rabbit_vhost *vhost, struct slice name)
{
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    return state && rabbit_parameter_delete(&state->parameters, vhost->rabbit->host.heap,
                                            slice_str(TOPIC_PERMISSIONS), name);
}

static bool forget_all(struct rabbit_vhost *vhost, struct slice user)
{
    const struct rabbit_parameter *parameter;
    bool any = false;
    while ((parameter = first_of(vhost, user)) && forget(vhost, parameter->name))
        any = true;
    return any;
}

void management_forget_topic_permissions(struct rabbit *rabbit, struct slice user)
{
    struct ring *all = &rabbit->vhosts;
    for (struct ring *at = all->next; at != all; at = at->next)
        forget_all(RING_OWNER(at, struct rabbit_vhost, link), user);
}

void management_delete_topic_permission(struct management_call *call)
{
    struct slice user = management_parameter(call, "user");
    struct slice exchange = management_parameter(call, "exchange");
    struct slice name = arena_concat(call->arena, user, slice_of("", 1), exchange);
    bool done =
        exchange.ptr ? name.ptr && forget(call->vhost, name) : forget_all(call->vhost, user);
    if (done)
        management_reply_done(call);
    else
        management_not_found(call);
}

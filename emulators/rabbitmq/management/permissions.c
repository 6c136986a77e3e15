#include "emulators/rabbitmq/management/permissions.h"

#include "common/regex.h"
#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/topic_permission.h"

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
    static const char *const members[] = {"configure", "write", "read", NULL};
    if (!management_need_all(call, object, members) ||
        !management_need_text(call, object, "configure", &configure) ||
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

static void put_topic_permission(const struct rabbit_vhost *vhost,
                                 const struct rabbit_topic_permission *permission,
                                 struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "user", permission->user);
    management_put_string(out, "vhost", rabbit_vhost_name(vhost));
    management_put_string(out, "exchange", permission->exchange);
    management_put_string(out, "write", permission->write);
    management_put_string(out, "read", permission->read);
    json_object_end(out);
}

static void add_topic_permissions(void *ctx, struct rabbit_vhost *vhost)
{
    const struct wanted *wanted = ctx;
    struct management_list *list = wanted->list;
    const struct rabbit_topic_permission *permission;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->topic_permissions);
    while ((permission = trie_iter_next(&iter)))
        if (!wanted->user.ptr || slice_eq(permission->user, wanted->user)) {
            put_topic_permission(vhost, permission, management_list_item(list));
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

bool management_set_topic_permission(struct management_call *call, struct slice vhost,
                                     struct slice user, struct slice object)
{
    struct rabbit_topic_permission made = {.user = user};
    static const char *const members[] = {"exchange", "write", "read", NULL};
    if (!management_need_all(call, object, members) ||
        !management_need_text(call, object, "exchange", &made.exchange) ||
        !management_need_text(call, object, "write", &made.write) ||
        !management_need_text(call, object, "read", &made.read))
        return false;
    struct rabbit_vhost *found = need_both(call, vhost, user);
    if (!found || !check_pattern(call, made.write) || !check_pattern(call, made.read))
        return false;
    return rabbit_topic_permission_put(found, &made) || management_fail_memory(call);
}

void management_put_topic_permission(struct management_call *call)
{
    struct slice vhost = management_parameter(call, "name"), body;
    struct slice user = management_parameter(call, "user");
    const struct rabbit_vhost *found = rabbit_vhost_find(call->rabbit, vhost);
    bool is_new = !found || !rabbit_topic_permission_exists(found, user);
    if (management_body(call, &body) && management_set_topic_permission(call, vhost, user, body))
        management_reply_put(call, is_new);
}

/* As long as the user has any, that which was named may be missing. */
void management_delete_topic_permission(struct management_call *call)
{
    struct slice user = management_parameter(call, "user");
    if (!rabbit_topic_permission_exists(call->vhost, user)) {
        management_not_found(call);
        return;
    }
    rabbit_topic_permission_delete(call->vhost, user, management_parameter(call, "exchange"));
    management_reply_done(call);
}

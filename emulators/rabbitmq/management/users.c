/* Users: listed, made, deleted. */
#include "emulators/rabbitmq/management/users.h"

#include "common/text.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/limits.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/permissions.h"
#include "emulators/rabbitmq/management/resources.h"

/* ---- showing */

void management_put_user_object(const struct rabbit *rabbit, const struct rabbit_user *user,
                                struct json_writer *out)
{
    json_object(out);
    management_put_string(out, "name", user->name);
    management_put_string(out, "password_hash", user->password_hash);
    management_put_string(out, "hashing_algorithm", user->hashing);
    management_put_words(out, "tags", user->tags);
    json_key_str(out, "limits");
    json_raw(out, management_user_limits(rabbit, user->name));
    json_object_end(out);
}

static void add(struct management_list *list, const struct rabbit_user *user)
{
    management_put_user_object(list->call->rabbit, user, management_list_item(list));
    management_list_end_item(list);
}

static void reply_users(struct management_call *call,
                        bool (*is_wanted)(struct rabbit *rabbit, struct slice user))
{
    struct management_list list = management_list_of(call, "name", NULL);
    const struct rabbit_user *user;
    struct trie_iter iter;
    trie_iter_init(&iter, &call->rabbit->data.users);
    while ((user = trie_iter_next(&iter)))
        if (!is_wanted || is_wanted(call->rabbit, user->name))
            add(&list, user);
    management_reply_list(&list);
}

void management_get_users(struct management_call *call)
{
    reply_users(call, NULL);
}

static bool has_no_permission(struct rabbit *rabbit, struct slice user)
{
    struct ring *all = &rabbit->vhosts;
    for (struct ring *at = all->next; at != all; at = at->next)
        if (rabbit_permission_find(RING_OWNER(at, struct rabbit_vhost, link), user))
            return false;
    return true;
}

void management_get_users_without_permissions(struct management_call *call)
{
    reply_users(call, has_no_permission);
}

static const struct rabbit_user *find(struct management_call *call)
{
    const struct rabbit_user *user =
        rabbit_user_find(call->rabbit, management_parameter(call, "user"));
    if (!user)
        management_not_found(call);
    return user;
}

void management_get_user(struct management_call *call)
{
    const struct rabbit_user *user = find(call);
    if (!user)
        return;
    management_put_user_object(call->rabbit, user, &call->out);
    management_reply(call);
}

/* ---- changes */

static bool is_base64(struct management_call *call, struct slice text)
{
    size_t len;
    uint8_t *bytes = arena_alloc(call->arena, text.len + 1);
    return bytes && text_from_base64(text, bytes, &len);
}

static struct slice text_of(const struct management_value *value)
{
    return value->kind == JSON_STRING ? value->text : slice_of(NULL, 0);
}

bool management_declare_user(struct management_call *call, struct slice name, struct slice object)
{
    struct management_value password = management_member(call, object, "password");
    struct management_value hash = management_member(call, object, "password_hash");
    struct management_value hashing = management_member(call, object, "hashing_algorithm");
    struct rabbit_user_options options = {
        .name = name,
        .password = text_of(&password),
        .password_hash = text_of(&hash),
        .hashing = text_of(&hashing),
    };
    if (!management_words(call, object, "tags", &options.tags))
        return false;
    if (!options.tags.ptr) {
        management_bad_request(call, "tags_not_present");
        return false;
    }
    if (options.password_hash.len && !is_base64(call, options.password_hash)) {
        management_bad_value(call, "not_base64", options.password_hash);
        return false;
    }
    if (!options.password.ptr && !options.password_hash.ptr) /* nobody can log in */
        options.password_hash = slice_str("");
    return rabbit_user_put(call->rabbit, &options) || management_fail_memory(call);
}

void management_put_user(struct management_call *call)
{
    struct slice name = management_parameter(call, "user"), body;
    bool is_new = !rabbit_user_find(call->rabbit, name);
    if (management_body(call, &body) && management_declare_user(call, name, body))
        management_reply_put(call, is_new);
}

/* Its connections are closed, and what is known of it goes. */
static bool delete_user(struct management_call *call, struct slice name)
{
    struct ring *all = &call->rabbit->connections;
    struct slice why =
        arena_printf(call->arena, "user '" SLICE_FMT "' is deleted", SLICE_ARG(name));
    if (!why.ptr || !rabbit_user_delete(call->rabbit, name))
        return management_fail_memory(call);
    management_forget_user_limits(call->rabbit, name);
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        if (!slice_eq(connection->user, name))
            continue;
        rabbit_connection_force(connection, (const char *)why.ptr);
        transport_wake(connection->transport);
    }
    return true;
}

void management_delete_user(struct management_call *call)
{
    if (find(call) && delete_user(call, management_parameter(call, "user")))
        management_reply_done(call);
}

void management_delete_users(struct management_call *call)
{
    struct management_value users, user;
    struct json_reader reader;
    struct slice body;
    if (!management_body(call, &body) || !management_need(call, body, "users", &users))
        return;
    management_begin(call, users.json, &reader);
    while (management_next(&reader, &user)) {
        if (!rabbit_user_find(call->rabbit, user.text)) {
            management_bad_value(call, "no_such_user", user.text);
            return;
        }
        if (!delete_user(call, user.text))
            return;
    }
    management_reply_done(call);
}

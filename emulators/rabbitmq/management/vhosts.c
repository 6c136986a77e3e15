/* Virtual hosts: listed, made, described, deleted. */
#include "emulators/rabbitmq/management/vhosts.h"

#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"

/* ---- showing */

static void put_metadata(const struct rabbit_vhost_state *state, struct json_writer *out)
{
    management_put_string(out, "description", state->description);
    management_put_words(out, "tags", state->tags);
    if (state->default_queue_type.len)
        management_put_string(out, "default_queue_type", state->default_queue_type);
}

void management_put_vhost_metadata(const struct rabbit_vhost *vhost, struct json_writer *out)
{
    json_object(out);
    put_metadata(vhost->state, out);
    json_object_end(out);
}

static void put_vhost(const struct rabbit_vhost *vhost, struct json_writer *out)
{
    const struct rabbit_vhost_state *state = vhost->state;
    struct management_totals totals = {0};
    management_add_vhost(&totals, vhost);
    json_object(out);
    json_key_str(out, "cluster_state");
    json_object(out);
    management_put_str(out, MANAGEMENT_NODE, "running");
    json_object_end(out);
    management_put_string(out, "name", state->name);
    management_put_string(out, "description", state->description);
    management_put_words(out, "tags", state->tags);
    management_put_string(out, "default_queue_type",
                          state->default_queue_type.len ? state->default_queue_type
                                                        : slice_str("undefined"));
    json_key_str(out, "metadata");
    management_put_vhost_metadata(vhost, out);
    management_put_bool(out, "tracing", state->tracing);
    management_put_messages(out, &totals);
    totals.publish = totals.publish_in;
    management_put_delivery_stats(out, &totals);
    json_object_end(out);
}

static void add_vhost(void *ctx, struct rabbit_vhost *vhost)
{
    struct management_list *list = ctx;
    if (!management_sees(list->call, vhost) && !management_is_monitor(list->call))
        return;
    put_vhost(vhost, management_list_item(list));
    management_list_end_item(list);
}

void management_get_vhosts(struct management_call *call)
{
    struct management_list list = management_list_of(call, "name", NULL);
    struct ring *all = &call->rabbit->vhosts;
    for (struct ring *at = all->next; at != all; at = at->next)
        add_vhost(&list, RING_OWNER(at, struct rabbit_vhost, link));
    management_reply_pages(&list);
}

void management_get_vhost(struct management_call *call)
{
    put_vhost(call->vhost, &call->out);
    management_reply(call);
}

/* ---- changes */

/* Puts a text in place of another; false when out of memory. */
static bool replace(struct heap *heap, struct slice *text, struct slice by)
{
    bool ok = true;
    struct slice copy = rabbit_slice_dup(heap, by, &ok);
    if (!ok)
        return false;
    rabbit_slice_free(heap, *text);
    *text = copy;
    return true;
}

static bool describe(struct management_call *call, struct rabbit_vhost *vhost, struct slice body)
{
    struct heap *heap = call->rabbit->host.heap;
    struct management_value description = management_member(call, body, "description");
    struct management_value type = management_member(call, body, "default_queue_type");
    struct slice tags;
    if (type.kind == JSON_END)
        type = management_member(call, body, "defaultqueuetype");
    if (!management_words(call, body, "tags", &tags))
        return false;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    if (!state || !replace(heap, &state->tags, tags) ||
        !replace(heap, &state->description, description.text) ||
        (type.kind == JSON_STRING && !slice_eq_str(type.text, "undefined") &&
         !replace(heap, &state->default_queue_type, type.text)))
        return management_fail_memory(call);
    return management_flag(call, body, "tracing", &state->tracing);
}

/* Who makes a virtual host may do everything in it. Those that parlel makes are for the users that are there
 * from the beginning. */
static bool let_in(struct management_call *call, struct rabbit_vhost *vhost)
{
    const struct slice beginners[] = {slice_str("guest"), slice_str("parlel")};
    struct slice all = slice_str(".*");
    bool ok = true;
    if (call->x)
        return rabbit_permission_put(vhost, call->user->name, all, all, all);
    for (size_t i = 0; i < sizeof(beginners) / sizeof(beginners[0]) && ok; i++)
        if (rabbit_user_find(call->rabbit, beginners[i]))
            ok = rabbit_permission_put(vhost, beginners[i], all, all, all);
    return ok;
}

bool management_declare_vhost(struct management_call *call, struct slice name, struct slice body,
                              bool *out_new)
{
    struct rabbit_vhost *vhost = rabbit_vhost_find(call->rabbit, name);
    struct rabbit_error error;
    *out_new = !vhost;
    if (!vhost) {
        vhost = rabbit_vhost_create(call->rabbit, name, &error);
        if (!vhost || !let_in(call, vhost))
            return management_fail_memory(call);
    }
    return describe(call, vhost, body);
}

void management_put_vhost(struct management_call *call)
{
    struct slice body;
    bool is_new;
    if (management_body(call, &body) &&
        management_declare_vhost(call, management_parameter(call, "name"), body, &is_new))
        management_reply_put(call, is_new);
}

void management_delete_vhost(struct management_call *call)
{
    struct rabbit_error error;
    if (rabbit_vhost_delete(call->vhost, &error))
        management_reply_done(call);
    else
        management_fail_engine(call, &error);
}

/* It runs already. */
void management_start_vhost(struct management_call *call)
{
    management_reply_done(call);
}

#include "emulators/rabbitmq/topic_permission.h"

#include "common/hash.h"
#include "common/outq.h"
#include "common/regex.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/route_types.h"

/* ---- items of the map */

/* What items are found by; a slice of its bytes is the key. */
struct key {
    struct slice user, exchange;
};

static uint64_t hash_of(struct slice user, struct slice exchange)
{
    return hash_bytes(user) * 31 + hash_bytes(exchange);
}

static uint64_t item_hash(const void *item)
{
    const struct rabbit_topic_permission *permission = item;
    return hash_of(permission->user, permission->exchange);
}

static bool item_equal(const void *item, struct slice bytes)
{
    const struct rabbit_topic_permission *permission = item;
    const struct key *key = (const void *)bytes.ptr;
    return slice_eq(permission->user, key->user) && slice_eq(permission->exchange, key->exchange);
}

static void item_release(struct heap *heap, void *item)
{
    struct rabbit_topic_permission *permission = item;
    rabbit_slice_free(heap, permission->user);
    rabbit_slice_free(heap, permission->exchange);
    rabbit_slice_free(heap, permission->write);
    rabbit_slice_free(heap, permission->read);
    heap_free(heap, permission, sizeof(*permission));
}

const struct trie_type rabbit_topic_permission_type = {item_hash, item_equal, item_release};

/* ---- given and taken back */

bool rabbit_topic_permission_put(struct rabbit_vhost *vhost,
                                 const struct rabbit_topic_permission *options)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    struct rabbit_topic_permission *made = state ? heap_zalloc(heap, sizeof(*made)) : NULL;
    bool ok = true;
    if (!made)
        return false;
    made->refs = 1;
    made->user = rabbit_slice_dup(heap, options->user, &ok);
    made->exchange = rabbit_slice_dup(heap, options->exchange, &ok);
    made->write = rabbit_slice_dup(heap, options->write, &ok);
    made->read = rabbit_slice_dup(heap, options->read, &ok);
    if (!ok) {
        item_release(heap, made);
        return false;
    }
    struct key key = {options->user, options->exchange};
    return rabbit_map_replace(&state->topic_permissions, &rabbit_topic_permission_type, heap,
                              slice_of(&key, sizeof(key)), made);
}

static const struct rabbit_topic_permission *first_of(const struct rabbit_vhost *vhost,
                                                      struct slice user)
{
    const struct rabbit_topic_permission *permission;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->topic_permissions);
    while ((permission = trie_iter_next(&iter)))
        if (slice_eq(permission->user, user))
            return permission;
    return NULL;
}

bool rabbit_topic_permission_exists(const struct rabbit_vhost *vhost, struct slice user)
{
    return first_of(vhost, user) != NULL;
}

static bool delete_one(struct rabbit_vhost *vhost, struct slice user, struct slice exchange)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    struct key key = {user, exchange};
    bool absent;
    void *old = state ? trie_remove(&state->topic_permissions, &rabbit_topic_permission_type, heap,
                                    hash_of(user, exchange), slice_of(&key, sizeof(key)), &absent)
                      : NULL;
    if (old)
        trie_item_release(&rabbit_topic_permission_type, heap, old);
    return old != NULL;
}

bool rabbit_topic_permission_delete(struct rabbit_vhost *vhost, struct slice user,
                                    struct slice exchange)
{
    const struct rabbit_topic_permission *permission;
    bool any = false;
    if (exchange.ptr)
        return delete_one(vhost, user, exchange);
    while ((permission = first_of(vhost, user)) &&
           delete_one(vhost, permission->user, permission->exchange))
        any = true;
    return any;
}

/* ---- asked */

static const struct rabbit_topic_permission *find(const struct rabbit_vhost *vhost,
                                                  const struct rabbit_topic_access *wanted)
{
    struct key key = {wanted->user, wanted->exchange};
    return trie_find(&vhost->state->topic_permissions, &rabbit_topic_permission_type,
                     hash_of(key.user, key.exchange), slice_of(&key, sizeof(key)));
}

static bool begins_with(struct slice text, struct slice start)
{
    return text.len >= start.len && slice_eq(slice_of(text.ptr, start.len), start);
}

/* Puts the pattern with the names that its variables stand for. */
static void expand(struct outq *out, struct slice pattern, struct slice user, struct slice vhost)
{
    const struct {
        const char *name;
        struct slice value;
    } variables[] = {
        {"{username}", user },
        {"{vhost}",    vhost},
    };
    while (pattern.len) {
        size_t step = 0;
        for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && !step; i++)
            if (begins_with(pattern, slice_str(variables[i].name))) {
                outq_put_slice(out, variables[i].value);
                step = strlen(variables[i].name);
            }
        if (!step)
            outq_put(out, pattern.ptr, 1);
        pattern = slice_from(pattern, step ? step : 1);
    }
}

static bool matches(const struct rabbit_vhost *vhost, const struct rabbit_topic_access *wanted,
                    const struct rabbit_topic_permission *permission)
{
    struct outq text;
    outq_init(&text);
    expand(&text, wanted->access == RABBIT_WRITE ? permission->write : permission->read,
           wanted->user, rabbit_vhost_name(vhost));
    struct slice pattern = outq_flatten(&text);
    /* An empty pattern matches no key but the empty one, as in permissions on resources. */
    bool ok = pattern.len ? regex_matches(pattern, wanted->routing_key)
                          : pattern.ptr && !wanted->routing_key.len;
    outq_done(&text);
    return ok;
}

bool rabbit_user_may_topic(struct rabbit_vhost *vhost, const struct rabbit_topic_access *wanted,
                           struct rabbit_error *error)
{
    if (!vhost->state->topic_permissions.count)
        return true;
    const struct rabbit_topic_permission *permission = find(vhost, wanted);
    const struct rabbit_exchange *exchange =
        permission ? rabbit_exchange_find(vhost, wanted->exchange) : NULL;
    if (!exchange || exchange->state->type != &rabbit_topic_type ||
        matches(vhost, wanted, permission))
        return true;
    return rabbit_fail(error, RABBIT_ACCESS_REFUSED,
                       "access to topic '" SLICE_FMT "' in exchange '" SLICE_FMT
                       "' in vhost '" SLICE_FMT "' refused for user '" SLICE_FMT "'",
                       SLICE_ARG(wanted->routing_key), SLICE_ARG(wanted->exchange),
                       SLICE_ARG(rabbit_vhost_name(vhost)), SLICE_ARG(wanted->user));
}

#include "emulators/rabbitmq/user.h"

#include "common/hash.h"
#include "common/regex.h"
#include "emulators/rabbitmq/password.h"
#include "emulators/rabbitmq/topic_permission.h"
#include "protocols/amqp/amqp_table.h"

/* ---- items of the maps */

static uint64_t user_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_user *)item)->name);
}

static bool user_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_user *)item)->name, key);
}

static void user_release(struct heap *heap, void *item)
{
    struct rabbit_user *user = item;
    rabbit_slice_free(heap, user->name);
    rabbit_slice_free(heap, user->tags);
    rabbit_slice_free(heap, user->password_hash);
    rabbit_slice_free(heap, user->hashing);
    heap_free(heap, user, sizeof(*user));
}

const struct trie_type rabbit_user_type = {user_hash, user_equal, user_release};

static uint64_t permission_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_permission *)item)->user);
}

static bool permission_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_permission *)item)->user, key);
}

static void permission_release(struct heap *heap, void *item)
{
    struct rabbit_permission *permission = item;
    rabbit_slice_free(heap, permission->user);
    rabbit_slice_free(heap, permission->configure);
    rabbit_slice_free(heap, permission->write);
    rabbit_slice_free(heap, permission->read);
    heap_free(heap, permission, sizeof(*permission));
}

const struct trie_type rabbit_permission_type = {permission_hash, permission_equal,
                                                 permission_release};

/* ---- users */

const struct rabbit_user *rabbit_user_find(const struct rabbit *rabbit, struct slice name)
{
    return trie_find(&rabbit->data.users, &rabbit_user_type, hash_bytes(name), name);
}

bool rabbit_user_login(struct rabbit *rabbit, struct slice name, struct slice password)
{
    const struct rabbit_user *user = rabbit_user_find(rabbit, name);
    if (rabbit->config.any_credentials)
        return true;
    return user && user->password_hash.len &&
           rabbit_password_matches(user->hashing, user->password_hash, password);
}

static bool set_password(struct rabbit *rabbit, struct rabbit_user *user,
                         const struct rabbit_user_options *options)
{
    struct heap *heap = rabbit->host.heap;
    char hash[RABBIT_PASSWORD_HASH_MAX];
    bool ok = true;
    struct slice given = options->password_hash;
    if (options->password.ptr)
        given = rabbit_password_hash(rabbit->host.random, options->password, hash);
    user->password_hash = rabbit_slice_dup(heap, given, &ok);
    user->hashing = rabbit_slice_dup(
        heap, options->hashing.ptr ? options->hashing : slice_str(RABBIT_PASSWORD_SHA256), &ok);
    return ok;
}

bool rabbit_user_put(struct rabbit *rabbit, const struct rabbit_user_options *options)
{
    struct heap *heap = rabbit->host.heap;
    struct rabbit_user *user = heap_zalloc(heap, sizeof(*user));
    bool ok = true;
    if (!user)
        return false;
    user->refs = 1;
    user->name = rabbit_slice_dup(heap, options->name, &ok);
    user->tags = rabbit_slice_dup(heap, options->tags, &ok);
    if (!set_password(rabbit, user, options) || !ok) {
        user_release(heap, user);
        return false;
    }
    return rabbit_map_replace(&rabbit->data.users, &rabbit_user_type, heap, options->name, user);
}

bool rabbit_user_delete(struct rabbit *rabbit, struct slice name)
{
    bool absent;
    struct rabbit_user *user = trie_remove(&rabbit->data.users, &rabbit_user_type,
                                           rabbit->host.heap, hash_bytes(name), name, &absent);
    if (!user)
        return false;
    for (struct ring *at = rabbit->vhosts.next; at != &rabbit->vhosts; at = at->next) {
        struct rabbit_vhost *vhost = RING_OWNER(at, struct rabbit_vhost, link);
        rabbit_permission_delete(vhost, user->name);
        rabbit_topic_permission_delete(vhost, user->name, slice_of(NULL, 0));
    }
    trie_item_release(&rabbit_user_type, rabbit->host.heap, user);
    return true;
}

bool rabbit_user_has_tag(const struct rabbit_user *user, const char *tag)
{
    struct slice rest = user->tags;
    while (rest.len) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.ptr) : rest.len;
        if (slice_eq_str(slice_of(rest.ptr, len), tag))
            return true;
        rest = slice_from(rest, len + (comma != NULL));
    }
    return false;
}

/* ---- permissions */

const struct rabbit_permission *rabbit_permission_find(const struct rabbit_vhost *vhost,
                                                       struct slice user)
{
    return trie_find(&vhost->state->permissions, &rabbit_permission_type, hash_bytes(user), user);
}

bool rabbit_permission_put(struct rabbit_vhost *vhost, struct slice user, struct slice configure,
                           struct slice write, struct slice read)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    struct rabbit_permission *permission = state ? heap_zalloc(heap, sizeof(*permission)) : NULL;
    bool ok = true;
    if (!permission)
        return false;
    permission->refs = 1;
    permission->user = rabbit_slice_dup(heap, user, &ok);
    permission->configure = rabbit_slice_dup(heap, configure, &ok);
    permission->write = rabbit_slice_dup(heap, write, &ok);
    permission->read = rabbit_slice_dup(heap, read, &ok);
    if (!ok) {
        permission_release(heap, permission);
        return false;
    }
    return rabbit_map_replace(&state->permissions, &rabbit_permission_type, heap, user, permission);
}

bool rabbit_permission_delete(struct rabbit_vhost *vhost, struct slice user)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    bool absent;
    void *old = state ? trie_remove(&state->permissions, &rabbit_permission_type, heap,
                                    hash_bytes(user), user, &absent)
                      : NULL;
    if (old)
        trie_item_release(&rabbit_permission_type, heap, old);
    return old != NULL;
}

static struct slice pattern_of(const struct rabbit_permission *permission,
                               enum rabbit_access access)
{
    switch (access) {
    case RABBIT_CONFIGURE: return permission->configure;
    case RABBIT_WRITE: return permission->write;
    case RABBIT_READ: break;
    }
    return permission->read;
}

bool rabbit_user_may(struct rabbit_vhost *vhost, struct slice user, enum rabbit_access access,
                     const char *kind, struct slice name, struct rabbit_error *error)
{
    const struct rabbit_permission *permission = rabbit_permission_find(vhost, user);
    if (!permission && vhost->rabbit->config.any_credentials &&
        !rabbit_user_find(vhost->rabbit, user))
        return true;
    struct slice pattern = permission ? pattern_of(permission, access) : slice_of(NULL, 0);
    struct slice target = name.len ? name : slice_str("amq.default");
    /* An empty pattern stands for one that matches nothing but the empty name, which no resource has. */
    if (pattern.len && regex_matches(pattern, target))
        return true;
    return rabbit_fail(
        error, RABBIT_ACCESS_REFUSED,
        "access to %s '" SLICE_FMT "' in vhost '" SLICE_FMT "' refused for user '" SLICE_FMT "'",
        kind, SLICE_ARG(target), SLICE_ARG(rabbit_vhost_name(vhost)), SLICE_ARG(user));
}

bool rabbit_user_may_forward(struct rabbit_vhost *vhost, struct slice user,
                             const struct rabbit_forward *forward, struct rabbit_error *error)
{
    struct amqp_value to;
    return !amqp_table_get(forward->arguments, slice_str(forward->argument), &to) ||
           to.type != 'S' ||
           (rabbit_user_may(vhost, user, RABBIT_READ, forward->kind, forward->name, error) &&
            rabbit_user_may(vhost, user, RABBIT_WRITE, "exchange", to.bytes, error));
}

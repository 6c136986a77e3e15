#include "emulators/redis/acl_clients.h"

#include "common/text.h"
#include "emulators/redis/pubsub.h"

static bool hears_all(const struct redis_user *user)
{
    for (uint32_t i = 0; i < user->selector_count; i++)
        if (user->selectors[i].flags & REDIS_SELECTOR_ALL_CHANNELS)
            return true;
    return false;
}

/* The channel patterns of all selectors together. */
static bool gather(const struct redis_user *user, struct arena *arena, struct redis_acl_items *out)
{
    for (uint32_t i = 0; i < user->selector_count; i++)
        for (uint32_t c = 0; c < user->selectors[i].channels.count; c++)
            if (!redis_acl_items_add(out, arena, user->selectors[i].channels.at[c].text, 0))
                return false;
    return true;
}

static bool still_has_all(const struct redis_user *before, const struct redis_acl_items *allowed)
{
    if (hears_all(before))
        return false;
    for (uint32_t i = 0; i < before->selector_count; i++)
        for (uint32_t c = 0; c < before->selectors[i].channels.count; c++)
            if (!redis_acl_items_find(allowed, before->selectors[i].channels.at[c].text, 0, 0))
                return false;
    return true;
}

static bool may_listen(void *ctx, struct slice name, bool pattern)
{
    const struct redis_acl_items *allowed = ctx;
    if (pattern)
        return redis_acl_items_find(allowed, name, 0, 0) != NULL;
    for (uint32_t i = 0; i < allowed->count; i++)
        if (text_glob(allowed->at[i].text, name, false))
            return true;
    return false;
}

/* Whoever is executing a command gets its reply first. */
static void disconnect(struct redis_session *session)
{
    const struct redis_call *current = session->redis->current;
    redis_session_kill(session, current && current->session == session);
}

bool redis_acl_drop_subscribers(struct redis *redis, struct arena *arena,
                                const struct redis_user *before, const struct redis_user *after)
{
    struct redis_acl_items allowed = {0};
    if (hears_all(after))
        return true;
    if (!gather(after, arena, &allowed))
        return false;
    if (still_has_all(before, &allowed))
        return true;
    for (struct redis_session *s = redis->first_session; s; s = s->next)
        if (s->user == before && s->flags & REDIS_SESSION_PUBSUB &&
            !redis_each_subscription(s, may_listen, &allowed))
            disconnect(s);
    return true;
}

void redis_acl_drop_clients(struct redis *redis, const struct redis_user *user,
                            struct redis_user *heir)
{
    for (struct redis_session *s = redis->first_session; s; s = s->next)
        if (s->user == user) {
            s->user = heir;
            s->flags &= ~(unsigned)REDIS_SESSION_AUTHENTICATED;
            disconnect(s);
        }
}

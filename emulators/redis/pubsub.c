#include "emulators/redis/pubsub.h"

#include "common/hash.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/fault.h"

/* A channel (or pattern, or shard channel) with its subscribers in order of subscription. */
struct topic {
    uint32_t refs;
    uint32_t len;
    struct subscription *first, *last;
    uint64_t count;
    uint8_t name[];
};

enum kind { CHANNEL, PATTERN, SHARD, KINDS };

struct subscription {
    struct subscription *prev, *next;         /* of the topic */
    struct subscription *prev_own, *next_own; /* of the session */
    struct redis_session *session;
    struct topic *topic;
    enum kind kind;
};

struct redis_pubsub {
    struct heap *heap;
    struct trie topics[KINDS];
};

/* A session's subscriptions, oldest first. */
struct redis_subscriptions {
    struct subscription *first[KINDS], *last[KINDS];
    unsigned count[KINDS];
};

static struct slice topic_name(const void *item)
{
    const struct topic *topic = item;
    return slice_of(topic->name, topic->len);
}

static uint64_t topic_hash(const void *item)
{
    return hash_bytes(topic_name(item));
}

static bool topic_equal(const void *item, struct slice name)
{
    return slice_eq(topic_name(item), name);
}

static void topic_release(struct heap *heap, void *item)
{
    heap_free(heap, item, sizeof(struct topic) + ((struct topic *)item)->len);
}

static const struct trie_type topic_type = {topic_hash, topic_equal, topic_release};

struct redis_pubsub *redis_pubsub_create(struct redis *redis)
{
    struct redis_pubsub *pubsub = heap_zalloc(redis->host.heap, sizeof(*pubsub));
    if (pubsub)
        pubsub->heap = redis->host.heap;
    return pubsub;
}

void redis_pubsub_destroy(struct redis_pubsub *pubsub)
{
    if (!pubsub)
        return;
    for (int kind = 0; kind < KINDS; kind++)
        trie_clear(&pubsub->topics[kind], &topic_type, pubsub->heap);
    heap_free(pubsub->heap, pubsub, sizeof(*pubsub));
}

uint64_t redis_pubsub_channel_count(const struct redis *redis)
{
    return redis->pubsub->topics[CHANNEL].count;
}

uint64_t redis_pubsub_pattern_count(const struct redis *redis)
{
    return redis->pubsub->topics[PATTERN].count;
}

uint64_t redis_pubsub_shard_count(const struct redis *redis)
{
    return redis->pubsub->topics[SHARD].count;
}

static struct topic *topic_find(struct redis_pubsub *pubsub, enum kind kind, struct slice name)
{
    return trie_find(&pubsub->topics[kind], &topic_type, hash_bytes(name), name);
}

static struct topic *topic_add(struct redis_pubsub *pubsub, enum kind kind, struct slice name)
{
    struct topic *topic = heap_alloc(pubsub->heap, sizeof(*topic) + name.len);
    if (!topic)
        return NULL;
    *topic = (struct topic){.refs = 1, .len = (uint32_t)name.len};
    if (name.len)
        memcpy(topic->name, name.ptr, name.len);
    if (!trie_insert(&pubsub->topics[kind], &topic_type, pubsub->heap, hash_bytes(name), topic)) {
        topic_release(pubsub->heap, topic);
        return NULL;
    }
    return topic;
}

static void topic_drop_if_unused(struct redis_pubsub *pubsub, enum kind kind, struct topic *topic)
{
    bool absent;
    struct slice name = topic_name(topic);
    if (topic->count == 0 && trie_remove(&pubsub->topics[kind], &topic_type, pubsub->heap,
                                         hash_bytes(name), name, &absent))
        trie_item_release(&topic_type, pubsub->heap, topic);
}

/* ---- joining and leaving */

static struct redis_subscriptions *subscriptions_of(struct redis_session *session)
{
    if (!session->subscriptions)
        session->subscriptions =
            heap_zalloc(session->redis->host.heap, sizeof(*session->subscriptions));
    return session->subscriptions;
}

static struct subscription *find_own(const struct redis_session *session, enum kind kind,
                                     const struct topic *topic)
{
    const struct redis_subscriptions *own = session->subscriptions;
    struct subscription *subscription = own ? own->first[kind] : NULL;
    while (subscription && subscription->topic != topic)
        subscription = subscription->next_own;
    return subscription;
}

/* The shorter of the two lists that a subscription would be in is searched. */
static struct subscription *find(const struct redis_session *session, enum kind kind,
                                 const struct topic *topic)
{
    const struct redis_subscriptions *own = session->subscriptions;
    if (!own || own->count[kind] <= topic->count)
        return find_own(session, kind, topic);
    struct subscription *subscription = topic->first;
    while (subscription && subscription->session != session)
        subscription = subscription->next;
    return subscription;
}

/* What a subscription takes, with the topic's name as if there were no other subscribers. */
static size_t subscription_size(const struct subscription *subscription)
{
    return sizeof(*subscription) + sizeof(*subscription->topic) + subscription->topic->len;
}

static void set_pubsub_flag(struct redis_session *session)
{
    const struct redis_subscriptions *own = session->subscriptions;
    if (own && (own->count[CHANNEL] || own->count[PATTERN] || own->count[SHARD]))
        session->flags |= REDIS_SESSION_PUBSUB;
    else
        session->flags &= ~(unsigned)REDIS_SESSION_PUBSUB;
    redis_client_set_high_water(session);
}

/* False: out of memory. */
static bool join(struct redis_session *session, enum kind kind, struct slice name)
{
    struct redis_pubsub *pubsub = session->redis->pubsub;
    struct redis_subscriptions *own = subscriptions_of(session);
    struct topic *topic = topic_find(pubsub, kind, name);
    if (!own || (!topic && !(topic = topic_add(pubsub, kind, name))))
        return false;
    if (find(session, kind, topic))
        return true;
    struct subscription *subscription = heap_alloc(pubsub->heap, sizeof(*subscription));
    if (!subscription) {
        topic_drop_if_unused(pubsub, kind, topic);
        return false;
    }
    *subscription = (struct subscription){.prev = topic->last,
                                          .prev_own = own->last[kind],
                                          .session = session,
                                          .topic = topic,
                                          .kind = kind};
    *(topic->last ? &topic->last->next : &topic->first) = subscription;
    topic->last = subscription;
    topic->count++;
    *(own->last[kind] ? &own->last[kind]->next_own : &own->first[kind]) = subscription;
    own->last[kind] = subscription;
    own->count[kind]++;
    redis_client_holds(session, subscription_size(subscription));
    set_pubsub_flag(session);
    return true;
}

static void leave(struct subscription *subscription)
{
    struct redis_session *session = subscription->session;
    struct redis_subscriptions *own = session->subscriptions;
    struct topic *topic = subscription->topic;
    enum kind kind = subscription->kind;
    *(subscription->prev ? &subscription->prev->next : &topic->first) = subscription->next;
    *(subscription->next ? &subscription->next->prev : &topic->last) = subscription->prev;
    *(subscription->prev_own ? &subscription->prev_own->next_own : &own->first[kind]) =
        subscription->next_own;
    *(subscription->next_own ? &subscription->next_own->prev_own : &own->last[kind]) =
        subscription->prev_own;
    topic->count--;
    own->count[kind]--;
    redis_client_drops(session, subscription_size(subscription));
    topic_drop_if_unused(session->redis->pubsub, kind, topic);
    heap_free(session->redis->host.heap, subscription, sizeof(*subscription));
    set_pubsub_flag(session);
}

void redis_unsubscribe_all(struct redis_session *session)
{
    struct redis_subscriptions *own = session->subscriptions;
    if (!own)
        return;
    for (int kind = 0; kind < KINDS; kind++)
        while (own->first[kind])
            leave(own->first[kind]);
    heap_free(session->redis->host.heap, own, sizeof(*own));
    session->subscriptions = NULL;
    set_pubsub_flag(session);
}

unsigned redis_subscription_count(const struct redis_session *session)
{
    const struct redis_subscriptions *own = session->subscriptions;
    return own ? own->count[CHANNEL] + own->count[PATTERN] : 0;
}

unsigned redis_pattern_count(const struct redis_session *session)
{
    return session->subscriptions ? session->subscriptions->count[PATTERN] : 0;
}

unsigned redis_shard_count(const struct redis_session *session)
{
    return session->subscriptions ? session->subscriptions->count[SHARD] : 0;
}

bool redis_each_subscription(const struct redis_session *session,
                             bool (*visit)(void *ctx, struct slice name, bool pattern), void *ctx)
{
    const struct redis_subscriptions *own = session->subscriptions;
    for (int kind = 0; own && kind < KINDS; kind++)
        for (struct subscription *s = own->first[kind]; s; s = s->next_own)
            if (!visit(ctx, topic_name(s->topic), kind == PATTERN))
                return false;
    return true;
}

/* ---- delivering */

/* Pushes go out even when CLIENT REPLY has silenced replies. */
static struct redis_reply direct_reply(struct redis_session *to)
{
    struct outq *out = to->transport ? &to->transport->out : to->reply.out;
    return (struct redis_reply){.out = redis_fault_out(to, out), .resp = to->reply.resp};
}

static void push_message(struct redis_session *to, const char *kind, const struct topic *pattern,
                         struct slice channel, struct slice message)
{
    struct redis_reply direct = direct_reply(to);
    redis_reply_push(&direct, pattern ? 4 : 3);
    redis_reply_bulk_str(&direct, kind);
    if (pattern)
        redis_reply_bulk(&direct, topic_name(pattern));
    redis_reply_bulk(&direct, channel);
    redis_reply_bulk(&direct, message);
    redis_session_wake(to);
}

static uint64_t deliver(const struct topic *topic, const char *kind, bool pattern,
                        struct slice channel, struct slice message)
{
    uint64_t count = 0;
    for (struct subscription *s = topic ? topic->first : NULL; s; s = s->next, count++)
        push_message(s->session, kind, pattern ? topic : NULL, channel, message);
    return count;
}

uint64_t redis_publish(struct redis *redis, struct slice channel, struct slice message)
{
    struct redis_pubsub *pubsub = redis->pubsub;
    struct trie_iter iter;
    const struct topic *pattern;
    uint64_t count =
        deliver(topic_find(pubsub, CHANNEL, channel), "message", false, channel, message);
    if (!pubsub->topics[PATTERN].count)
        return count;
    trie_iter_init(&iter, &pubsub->topics[PATTERN]);
    while ((pattern = trie_iter_next(&iter)))
        if (text_glob(topic_name(pattern), channel, false))
            count += deliver(pattern, "pmessage", true, channel, message);
    return count;
}

uint64_t redis_publish_shard(struct redis *redis, struct slice channel, struct slice message)
{
    return deliver(topic_find(redis->pubsub, SHARD, channel), "smessage", false, channel, message);
}

/* ---- commands */

static const char *const join_words[KINDS] = {"subscribe", "psubscribe", "ssubscribe"};
static const char *const leave_words[KINDS] = {"unsubscribe", "punsubscribe", "sunsubscribe"};

static int64_t shown_count(const struct redis_session *session, enum kind kind)
{
    return kind == SHARD ? redis_shard_count(session) : redis_subscription_count(session);
}

static void confirm(struct redis_call *call, const char *word, enum kind kind,
                    const struct slice *name)
{
    struct redis_reply reply = direct_reply(call->session);
    redis_reply_push(&reply, 3);
    redis_reply_bulk_str(&reply, word);
    if (name)
        redis_reply_bulk(&reply, *name);
    else
        redis_reply_null(&reply);
    redis_reply_int(&reply, shown_count(call->session, kind));
}

static void subscribe_generic(struct redis_call *call, enum kind kind)
{
    for (uint32_t i = 1; i < call->argc; i++) {
        if (!join(call->session, kind, call->argv[i])) {
            redis_reply_oom(call->reply);
            return;
        }
        confirm(call, join_words[kind], kind, &call->argv[i]);
    }
}

static void unsubscribe_from_all(struct redis_call *call, enum kind kind)
{
    struct redis_subscriptions *own = call->session->subscriptions;
    if (!own || !own->first[kind]) {
        confirm(call, leave_words[kind], kind, NULL);
        return;
    }
    while (own->first[kind]) {
        struct slice name = arena_dup(call->arena, topic_name(own->first[kind]->topic));
        leave(own->first[kind]);
        confirm(call, leave_words[kind], kind, &name);
    }
}

static void unsubscribe_generic(struct redis_call *call, enum kind kind)
{
    if (call->argc == 1) {
        unsubscribe_from_all(call, kind);
        return;
    }
    for (uint32_t i = 1; i < call->argc; i++) {
        struct topic *topic = topic_find(call->redis->pubsub, kind, call->argv[i]);
        struct subscription *subscription = topic ? find(call->session, kind, topic) : NULL;
        if (subscription)
            leave(subscription);
        confirm(call, leave_words[kind], kind, &call->argv[i]);
    }
}

static void subscribe(struct redis_call *call)
{
    subscribe_generic(call, CHANNEL);
}

static void psubscribe(struct redis_call *call)
{
    subscribe_generic(call, PATTERN);
}

static void ssubscribe(struct redis_call *call)
{
    subscribe_generic(call, SHARD);
}

static void unsubscribe(struct redis_call *call)
{
    unsubscribe_generic(call, CHANNEL);
}

static void punsubscribe(struct redis_call *call)
{
    unsubscribe_generic(call, PATTERN);
}

static void sunsubscribe(struct redis_call *call)
{
    unsubscribe_generic(call, SHARD);
}

static void publish(struct redis_call *call)
{
    redis_reply_int(call->reply, (int64_t)redis_publish(call->redis, call->argv[1], call->argv[2]));
}

static void spublish(struct redis_call *call)
{
    redis_reply_int(call->reply,
                    (int64_t)redis_publish_shard(call->redis, call->argv[1], call->argv[2]));
}

static void reply_topics(struct redis_call *call, enum kind kind)
{
    struct trie_iter iter;
    const struct topic *topic;
    uint64_t count = 0;
    struct outq_mark mark = redis_reply_later(call->reply);
    trie_iter_init(&iter, &call->redis->pubsub->topics[kind]);
    while ((topic = trie_iter_next(&iter)))
        if (call->argc == 2 || text_glob(call->argv[2], topic_name(topic), false)) {
            redis_reply_bulk(call->reply, topic_name(topic));
            count++;
        }
    redis_reply_array_at(call->reply, mark, count);
}

static void reply_counts(struct redis_call *call, enum kind kind)
{
    redis_reply_array(call->reply, (uint64_t)(call->argc - 2) * 2);
    for (uint32_t i = 2; i < call->argc; i++) {
        struct topic *topic = topic_find(call->redis->pubsub, kind, call->argv[i]);
        redis_reply_bulk(call->reply, call->argv[i]);
        redis_reply_int(call->reply, topic ? (int64_t)topic->count : 0);
    }
}

static void pubsub_channels(struct redis_call *call)
{
    reply_topics(call, CHANNEL);
}

static void pubsub_shardchannels(struct redis_call *call)
{
    reply_topics(call, SHARD);
}

static void pubsub_numsub(struct redis_call *call)
{
    reply_counts(call, CHANNEL);
}

static void pubsub_shardnumsub(struct redis_call *call)
{
    reply_counts(call, SHARD);
}

static void pubsub_numpat(struct redis_call *call)
{
    redis_reply_int(call->reply, (int64_t)call->redis->pubsub->topics[PATTERN].count);
}

static void pubsub_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_pubsub_commands[] = {
    {"subscribe",            subscribe           },
    {"psubscribe",           psubscribe          },
    {"ssubscribe",           ssubscribe          },
    {"unsubscribe",          unsubscribe         },
    {"punsubscribe",         punsubscribe        },
    {"sunsubscribe",         sunsubscribe        },
    {"publish",              publish             },
    {"spublish",             spublish            },
    {"pubsub|channels",      pubsub_channels     },
    {"pubsub|numsub",        pubsub_numsub       },
    {"pubsub|numpat",        pubsub_numpat       },
    {"pubsub|shardchannels", pubsub_shardchannels},
    {"pubsub|shardnumsub",   pubsub_shardnumsub  },
    {"pubsub|help",          pubsub_help         },
    {NULL,                   NULL                },
};

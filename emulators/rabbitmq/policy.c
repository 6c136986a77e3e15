#include "emulators/rabbitmq/policy.h"

#include "common/arena.h"
#include "common/hash.h"
#include "common/json.h"
#include "common/regex.h"
#include "common/text.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/policy_definition.h"
#include "emulators/rabbitmq/queue_arguments.h"
#include "emulators/rabbitmq/stream.h"

static uint64_t policy_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_policy *)item)->name);
}

static bool policy_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_policy *)item)->name, key);
}

static void policy_release(struct heap *heap, void *item)
{
    struct rabbit_policy *policy = item;
    rabbit_slice_free(heap, policy->name);
    rabbit_slice_free(heap, policy->pattern);
    rabbit_slice_free(heap, policy->definition);
    heap_free(heap, policy, sizeof(*policy));
}

const struct trie_type rabbit_policy_type = {policy_hash, policy_equal, policy_release};

/* ---- which one applies */

static const struct policy_target {
    const char *name;
    unsigned queues; /* 1 << enum rabbit_queue_type */
    bool exchanges;
} targets[] = {
    [RABBIT_APPLY_ALL] = {"all",            ~0u,                  true },
    [RABBIT_APPLY_QUEUES] = {"queues",         ~0u,                  false},
    [RABBIT_APPLY_EXCHANGES] = {"exchanges",      0,                    true },
    [RABBIT_APPLY_CLASSIC_QUEUES] = {"classic_queues", 1u << RABBIT_CLASSIC, false},
    [RABBIT_APPLY_QUORUM_QUEUES] = {"quorum_queues",  1u << RABBIT_QUORUM,  false},
    [RABBIT_APPLY_STREAMS] = {"streams",        1u << RABBIT_STREAM,  false},
};

const char *rabbit_policy_target_name(enum rabbit_apply_to apply_to)
{
    return targets[apply_to].name;
}

bool rabbit_policy_target_of(struct slice name, enum rabbit_apply_to *out)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        if (slice_eq_str(name, targets[i].name)) {
            *out = (enum rabbit_apply_to)i;
            return true;
        }
    return false;
}

static const struct rabbit_policy *best(const struct trie *policies, struct slice name,
                                        unsigned queues, bool exchanges)
{
    const struct rabbit_policy *found = NULL, *policy;
    struct trie_iter iter;
    if (!policies->count)
        return NULL;
    trie_iter_init(&iter, policies);
    while ((policy = trie_iter_next(&iter))) {
        const struct policy_target *target = &targets[policy->apply_to];
        if ((target->queues & queues || (exchanges && target->exchanges)) &&
            (!found || policy->priority > found->priority) && regex_matches(policy->pattern, name))
            found = policy;
    }
    return found;
}

const struct rabbit_policy *rabbit_policy_of_queue(const struct rabbit_vhost *vhost,
                                                   struct slice name, enum rabbit_queue_type type)
{
    return best(&vhost->state->policies, name, 1u << type, false);
}

const struct rabbit_policy *rabbit_operator_policy_of_queue(const struct rabbit_vhost *vhost,
                                                            struct slice name,
                                                            enum rabbit_queue_type type)
{
    return best(&vhost->state->operator_policies, name, 1u << type, false);
}

const struct rabbit_policy *rabbit_policy_of_exchange(const struct rabbit_vhost *vhost,
                                                      struct slice name)
{
    return best(&vhost->state->policies, name, 0, true);
}

/* ---- what it says */

/* A member of the definition; false when there is none. */
static bool get(const struct rabbit_policy *policy, struct arena *arena, const char *name,
                struct json_token *out)
{
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, policy->definition, arena);
    if (!json_next(&reader, &token) || token.kind != JSON_OBJECT)
        return false;
    while (json_next(&reader, &token) && token.kind == JSON_KEY) {
        if (slice_eq_str(token.text, name))
            return json_next(&reader, out);
        json_skip(&reader, &token);
    }
    return false;
}

static int64_t get_integer(const struct rabbit_policy *policy, struct arena *arena,
                           const char *name)
{
    struct json_token token;
    int64_t value;
    return get(policy, arena, name, &token) && token.kind == JSON_NUMBER &&
                   text_to_i64(token.text, &value)
               ? value
               : -1;
}

static struct slice get_text(const struct rabbit_policy *policy, struct arena *arena,
                             const char *name)
{
    struct json_token token;
    return get(policy, arena, name, &token) && token.kind == JSON_STRING ? token.text
                                                                         : slice_of(NULL, 0);
}

/* Of an argument and a policy the smaller counts. */
static void lower(int64_t *limit, int64_t by)
{
    if (by >= 0 && (*limit < 0 || by < *limit))
        *limit = by;
}

void rabbit_policy_limits(const struct rabbit_policy *policy, struct arena *arena,
                          struct rabbit_queue_limits *limits, bool has_overflow)
{
    lower(&limits->message_ttl_ms, get_integer(policy, arena, "message-ttl"));
    lower(&limits->expires_ms, get_integer(policy, arena, "expires"));
    lower(&limits->max_length, get_integer(policy, arena, "max-length"));
    lower(&limits->max_bytes, get_integer(policy, arena, "max-length-bytes"));
    lower(&limits->delivery_limit, get_integer(policy, arena, "delivery-limit"));
    int64_t age_ms;
    if (rabbit_stream_interval(get_text(policy, arena, "max-age"), &age_ms))
        lower(&limits->max_age_ms, age_ms);
    struct slice overflow = get_text(policy, arena, "overflow");
    if (overflow.ptr && !has_overflow)
        limits->overflow = rabbit_overflow_of(overflow);
    if (!limits->dead_letter_exchange.ptr)
        limits->dead_letter_exchange = get_text(policy, arena, "dead-letter-exchange");
    if (!limits->dead_letter_routing_key.ptr)
        limits->dead_letter_routing_key = get_text(policy, arena, "dead-letter-routing-key");
}

struct slice rabbit_policy_alternate(const struct rabbit_policy *policy, struct arena *arena)
{
    return get_text(policy, arena, "alternate-exchange");
}

/* ---- setting */

/* In PCRE's words, as an Erlang tuple. */
static bool check_pattern(struct slice pattern, struct rabbit_error *error)
{
    char problem[REGEX_PROBLEM_MAX];
    size_t at;
    return regex_check(pattern, problem, &at) ||
           rabbit_policy_fail(error,
                              "pattern should be regular expression but is invalid: {\"%s\",%zu}",
                              problem, at);
}

/* ---- applying: whatever exists is looked at */

struct apply {
    const struct rabbit_vhost *vhost;
    struct rabbit_error *error;
    bool ok;
};

static void apply_to(void *ctx, struct rabbit_entity *entity)
{
    struct apply *apply = ctx;
    if (entity->kind == RABBIT_QUEUE && rabbit_queue_of(entity)->vhost == apply->vhost)
        apply->ok = rabbit_queue_apply_policy(rabbit_queue_of(entity), apply->error) && apply->ok;
    else if (entity->kind == RABBIT_EXCHANGE && rabbit_exchange_of(entity)->vhost == apply->vhost)
        apply->ok =
            rabbit_exchange_apply_policy(rabbit_exchange_of(entity), apply->error) && apply->ok;
}

static bool apply_all(struct rabbit_vhost *vhost, struct rabbit_error *error)
{
    struct apply apply = {vhost, error, true};
    rabbit_registry_each(&vhost->rabbit->entities, apply_to, &apply);
    return apply.ok;
}

static struct rabbit_policy *copy(struct heap *heap, const struct rabbit_policy *from)
{
    struct rabbit_policy *policy = heap_alloc(heap, sizeof(*policy));
    bool ok = true;
    if (!policy)
        return NULL;
    *policy = *from;
    policy->refs = 1;
    policy->name = rabbit_slice_dup(heap, from->name, &ok);
    policy->pattern = rabbit_slice_dup(heap, from->pattern, &ok);
    policy->definition = rabbit_slice_dup(heap, from->definition, &ok);
    if (ok)
        return policy;
    policy_release(heap, policy);
    return NULL;
}

static struct trie *policies_of(struct rabbit_vhost_state *state, bool is_operator)
{
    return is_operator ? &state->operator_policies : &state->policies;
}

const struct rabbit_policy *rabbit_policy_find(const struct rabbit_vhost *vhost, struct slice name,
                                               bool is_operator)
{
    return trie_find(policies_of(vhost->state, is_operator), &rabbit_policy_type, hash_bytes(name),
                     name);
}

bool rabbit_policy_put(struct rabbit_vhost *vhost, const struct rabbit_policy *policy,
                       struct rabbit_error *error)
{
    struct heap *heap = vhost->rabbit->host.heap;
    if (!check_pattern(policy->pattern, error) ||
        !rabbit_policy_definition_check(policy->definition, policy->is_operator, error))
        return false;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    struct rabbit_policy *item = state ? copy(heap, policy) : NULL;
    if (!item || !rabbit_map_replace(policies_of(state, policy->is_operator), &rabbit_policy_type,
                                     heap, policy->name, item))
        return rabbit_fail_memory(error);
    return apply_all(vhost, error);
}

bool rabbit_policy_delete(struct rabbit_vhost *vhost, struct slice name, bool is_operator,
                          struct rabbit_error *error)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_vhost_state *state = rabbit_vhost_edit(vhost);
    bool absent = false;
    void *old = state ? trie_remove(policies_of(state, is_operator), &rabbit_policy_type, heap,
                                    hash_bytes(name), name, &absent)
                      : NULL;
    if (!old)
        return absent ? rabbit_fail(error, RABBIT_NOT_FOUND, "no policy '" SLICE_FMT "'",
                                    SLICE_ARG(name))
                      : rabbit_fail_memory(error);
    trie_item_release(&rabbit_policy_type, heap, old);
    return apply_all(vhost, error);
}

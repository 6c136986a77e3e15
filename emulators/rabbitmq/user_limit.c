#include "emulators/rabbitmq/user_limit.h"

#include "common/json.h"
#include "common/text.h"
#include "emulators/rabbitmq/parameter.h"

/* A number of the object; -1: it has none. */
static int64_t read_limit(struct slice object, const char *name)
{
    struct json_reader reader;
    struct json_token key, value;
    struct arena arena;
    int64_t limit = -1;
    arena_init(&arena);
    json_reader_init(&reader, object, &arena);
    json_next(&reader, &key);
    while (json_next(&reader, &key) && key.kind == JSON_KEY && json_next(&reader, &value))
        if (slice_eq_str(key.text, name) && !text_to_i64(value.text, &limit))
            limit = -1;
    arena_done(&arena);
    return limit;
}

/* -1: there is no limit. */
static int64_t limit_of(const struct rabbit_connection *connection, const char *name)
{
    const struct rabbit_parameter *limits = rabbit_parameter_find(
        &connection->rabbit->data.parameters, slice_str(RABBIT_USER_LIMITS), connection->user);
    return limits ? read_limit(limits->value, name) : -1;
}

struct held {
    uint64_t connections, channels;
};

/* What the user has in all virtual hosts. */
static struct held count_held(const struct rabbit_connection *of)
{
    struct held held = {0, 0};
    struct ring *all = &of->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        const struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        if (!connection->peer.vhost || !slice_eq(connection->user, of->user))
            continue;
        held.connections++;
        held.channels += connection->channel_count;
    }
    return held;
}

bool rabbit_user_limit_connection(const struct rabbit_connection *connection,
                                  struct rabbit_error *error)
{
    int64_t most = limit_of(connection, "max-connections");
    return most < 0 || count_held(connection).connections < (uint64_t)most ||
           rabbit_fail(error, RABBIT_NOT_ALLOWED,
                       "connection refused for user '" SLICE_FMT
                       "': user connection limit (%lld) is reached",
                       SLICE_ARG(connection->user), (long long)most);
}

bool rabbit_user_limit_channel(const struct rabbit_connection *connection,
                               struct rabbit_error *error)
{
    int64_t most = limit_of(connection, "max-channels");
    return most < 0 || count_held(connection).channels < (uint64_t)most ||
           rabbit_fail(error, RABBIT_NOT_ALLOWED,
                       "number of channels opened for user '" SLICE_FMT
                       "' has reached the maximum allowed user limit of (%lld)",
                       SLICE_ARG(connection->user), (long long)most);
}

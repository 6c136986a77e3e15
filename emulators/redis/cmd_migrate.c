/* MIGRATE. Nothing here connects to another server: what a Redis answers when it cannot reach the
 * target is the answer whenever there is something to move. Source: the Redis command reference. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

struct migrate {
    uint32_t first_key, key_count; /* of argv */
};

/* Options behind the timeout; passwords are kept out of the slow log. */
static bool parse_migrate(struct redis_call *call, struct migrate *out)
{
    *out = (struct migrate){3, 1};
    for (uint32_t i = 6; i < call->argc; i++) {
        uint32_t left = call->argc - 1 - i;
        struct slice word = call->argv[i];
        if (slice_is(word, "COPY") || slice_is(word, "REPLACE"))
            continue;
        if (slice_is(word, "AUTH") && left >= 1) {
            redis_arg_redact(call, ++i);
        } else if (slice_is(word, "AUTH2") && left >= 2) {
            redis_arg_redact(call, ++i);
            redis_arg_redact(call, ++i);
        } else if (slice_is(word, "KEYS")) {
            if (call->argv[3].len) {
                redis_reply_error(call->reply, "ERR When using MIGRATE KEYS option, the key "
                                               "argument must be set to the empty string");
                return false;
            }
            *out = (struct migrate){i + 1, left};
            return true;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static void migrate(struct redis_call *call)
{
    struct migrate migrate;
    int64_t timeout, db;
    bool any = false;
    if (!parse_migrate(call, &migrate) || !redis_arg_int(call, 5, &timeout) ||
        !redis_arg_int(call, 4, &db))
        return;
    for (uint32_t i = 0; i < migrate.key_count && !any; i++)
        any = redis_lookup(call, call->argv[migrate.first_key + i]) != NULL;
    if (any)
        redis_reply_error(call->reply, "IOERR error or timeout connecting to the client");
    else
        redis_reply_simple(call->reply, "NOKEY");
}

const struct redis_command redis_migrate_commands[] = {
    {"migrate", migrate},
    {NULL,      NULL   }
};

/* SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE. Source: the Redis command reference, group "server". */
#include "emulators/redis/commands.h"
#include "emulators/redis/persistence.h"

void redis_saved(struct redis *redis)
{
    redis->stats.dirty = 0;
    redis->last_save_ms = redis_now_ms(redis);
    redis->saves++;
}

static void save(struct redis_call *call)
{
    redis_saved(call->redis);
    redis_reply_ok(call->reply);
}

/* There is no moment between the start of a background save and its end. */
static void bgsave(struct redis_call *call)
{
    if (call->argc > 2 || (call->argc == 2 && !slice_is(call->argv[1], "schedule"))) {
        redis_reply_syntax(call->reply);
        return;
    }
    redis_saved(call->redis);
    redis_reply_simple(call->reply, "Background saving started");
}

static void bgrewriteaof(struct redis_call *call)
{
    call->redis->rewrites++;
    redis_reply_simple(call->reply, "Background append only file rewriting started");
}

static void lastsave(struct redis_call *call)
{
    redis_reply_int(call->reply, call->redis->last_save_ms / 1000);
}

const struct redis_command redis_persistence_commands[] = {
    {"save",         save        },
    {"bgsave",       bgsave      },
    {"bgrewriteaof", bgrewriteaof},
    {"lastsave",     lastsave    },
    {NULL,           NULL        },
};

/* One command being executed: what every handler gets.
 *
 * A handler reads argv (borrowed for the call), changes the keyspace through keyspace.h, and puts
 * exactly one reply (reply.h), except when it blocks the client (block.h) or the command is one of
 * those that answer with pushes (SUBSCRIBE and its kin). It allocates from call->arena and frees
 * nothing. Arity, ACL, memory limits and the MULTI queue were dealt with by dispatch.c before. */
#ifndef PARLEL_EMULATORS_REDIS_CALL_H
#define PARLEL_EMULATORS_REDIS_CALL_H

#include "common/arena.h"
#include "common/slice.h"
#include "emulators/redis/command_info.h"
#include "emulators/redis/reply.h"

struct redis;
struct redis_db;
struct redis_session;

enum redis_call_flags {
    REDIS_CALL_MULTI = 1,   /* within EXEC */
    REDIS_CALL_SCRIPT = 2,  /* from redis.call of a script or function */
    REDIS_CALL_RETRY = 4,   /* a blocked client's command tried again: a key has become ready */
    REDIS_CALL_NO_BLOCK = 8 /* blocking commands behave as if their timeout were over at once */
};

struct redis_call {
    struct redis *redis;
    struct redis_session *session; /* the client; for scripts the client that runs the script */
    struct redis_db *db;           /* the selected database */
    struct redis_reply *reply;
    struct slice *argv; /* argv[0] is the command's name as sent */
    uint32_t argc;
    unsigned flags; /* enum redis_call_flags */
    const struct redis_command_info *info;
    struct arena *arena;
    int64_t now_ms;
    struct slice ready_key; /* with REDIS_CALL_RETRY: the key that has become ready */
};

typedef void redis_handler(struct redis_call *call);

/* A row of a command file's table: the command's full name in lower case ("client|kill") and what
 * executes it. The facts about the command (arity, flags, keys) are in the table of commands. */
struct redis_command {
    const char *name;
    redis_handler *handler;
};

#endif

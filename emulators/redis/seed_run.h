/* The parts of the fixtures' reader for each other: reading with errors, and running commands.
 *
 * A fixture becomes the commands that a client would have sent, one by one as it is read, so a file
 * of any size takes no memory beside the state. Commands of fixtures pass by rights, pauses and
 * memory limits. All functions return false once *error is filled. */
#ifndef PARLEL_EMULATORS_REDIS_SEED_RUN_H
#define PARLEL_EMULATORS_REDIS_SEED_RUN_H

#include "common/yaml.h"
#include "emulators/redis/session.h"

struct redis_seed {
    struct redis *redis;
    struct yaml_reader *reader;
    struct emulator_error *error;
    struct redis_session *session; /* that runs the commands; its db is the one being filled */
    struct slice key;              /* being filled; ptr NULL: none */
    bool base64;                   /* its name and its strings are base64 */
    int64_t expire_ms;             /* -1: never */
    struct arena key_arena;        /* until the key is complete */
    struct arena arena;            /* until the next command has run */
};

/* The next event, or the reader's error. */
bool redis_seed_next(struct redis_seed *seed, struct yaml_event *out);

/* "key 'k': expected WHAT, got a mapping". */
bool redis_seed_unexpected(struct redis_seed *seed, const struct yaml_event *got, const char *what);
/* An error in the words given, after the key's name. */
bool redis_seed_fail(struct redis_seed *seed, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The bytes of a scalar that is a string or can be one (a number, true): as written, or base64
 * decoded into the arena. */
bool redis_seed_string(struct redis_seed *seed, const struct yaml_event *event, const char *what,
                       struct slice *out);
/* The scalar that comes next, whatever is meant by `what`. */
bool redis_seed_next_string(struct redis_seed *seed, const char *what, struct slice *out);
/* A duration from now, or an instant, in milliseconds since the epoch. */
bool redis_seed_ttl(struct redis_seed *seed, int64_t *out_ms);
bool redis_seed_expire_at(struct redis_seed *seed, int64_t *out_ms);

/* Reads the value behind a key of a mapping. */
typedef bool redis_seed_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx);
/* Reads a mapping, `what` in messages; or the rest of one whose first event was read. */
bool redis_seed_mapping(struct redis_seed *seed, const char *what, redis_seed_member *member,
                        void *ctx);
bool redis_seed_members(struct redis_seed *seed, redis_seed_member *member, void *ctx);

/* Executes a command; its error reply is the fixture's error. */
bool redis_seed_run(struct redis_seed *seed, struct slice *argv, uint32_t argc);
/* One key: its name was just read (seed_key.c). */
bool redis_seed_key(struct redis_seed *seed, struct slice name);

#endif

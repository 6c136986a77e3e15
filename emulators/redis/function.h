/* Function libraries: FUNCTION LOAD's code and the functions that it registers.
 *
 * Libraries are data: checkpoints keep them. A library is a counted object that never changes once
 * it is loaded, found through two persistent maps, one of the libraries and one of the functions'
 * names, so that sharing all of them is O(1). What Lua made of a library stays in the Lua state of
 * one instance; another one (a fork, or this one after a rewind) runs the code again when a function
 * is called for the first time.
 *
 * Source: the Redis manual, "Redis functions". */
#ifndef PARLEL_EMULATORS_REDIS_FUNCTION_H
#define PARLEL_EMULATORS_REDIS_FUNCTION_H

#include "common/arena.h"
#include "emulators/redis/instance.h"

struct redis_library;

/* Belongs to its library, in whose list it stands in the order of registration. */
struct redis_function {
    struct redis_function *next;
    struct redis_library *library;
    struct slice name, description; /* heap; description.ptr NULL: none */
    unsigned flags;                 /* enum redis_script_flag */
};

struct redis_library {
    uint32_t refs;
    uint32_t function_count;
    struct redis_function *first, *last;
    struct slice name, code; /* heap */
    size_t code_at;          /* where the shebang line ends */
};

struct redis_function_data {
    struct trie libraries; /* name -> struct redis_library */
    struct trie names;     /* of the functions, whatever their case */
};

struct redis_functions *redis_functions_create(struct redis *redis);
/* Gives up redis->functions. */
void redis_functions_destroy(struct redis *redis);

/* The libraries of now, shared; what is given to _replace and _release. */
struct redis_function_data redis_functions_share(const struct redis *redis);
/* Puts other libraries in place of those of now; data stays the caller's. */
void redis_functions_replace(struct redis *redis, const struct redis_function_data *data);
void redis_functions_release(struct redis *redis, struct redis_function_data *data);

void redis_functions_flush(struct redis *redis);
const struct redis_function_data *redis_functions_data(const struct redis *redis);
/* INFO: the memory of the Lua state, and of the libraries themselves. */
size_t redis_functions_lua_memory(const struct redis *redis);
size_t redis_functions_memory(const struct redis *redis);

const struct redis_function *redis_function_find(struct redis *redis, struct slice name);
const struct redis_library *redis_library_find(struct redis *redis, struct slice name);

/* Loads a library into data, which is then to replace that of now. timeout_ms 0: none. NULL: *error
 * is the text without its code, in the arena. */
const struct redis_library *redis_library_load(struct redis *redis,
                                               struct redis_function_data *data, struct slice code,
                                               bool replace, int64_t timeout_ms,
                                               struct arena *arena, struct slice *error);
/* Takes a library out of data; false: it is not there, or memory ran out. */
bool redis_library_unlink(struct redis *redis, struct redis_function_data *data, struct slice name);
/* Adds every library of `from` to `to`: FUNCTION RESTORE's APPEND and REPLACE. On failure `to` is
 * half changed. */
bool redis_libraries_join(struct redis *redis, struct redis_function_data *to,
                          const struct redis_function_data *from, bool replace, struct arena *arena,
                          struct slice *error);

/* Calls a function: FCALL's work once its arguments are checked; puts the reply. */
void redis_function_call(struct redis_call *call, const struct redis_function *function,
                         uint32_t keys, bool read_only);

#endif

/* The Lua side of scripts: states with the redis table, compiling, running.
 *
 * What was compiled is kept in the state under the address of what it was compiled from (a struct
 * redis_script or redis_function), which must stay where it is until redis_lua_forget. Everything
 * that may allocate runs in Lua's protected mode, so memory that runs out is an error of the script,
 * never the end of the process. */
#ifndef PARLEL_EMULATORS_REDIS_SCRIPT_LUA_H
#define PARLEL_EMULATORS_REDIS_SCRIPT_LUA_H

#include "emulators/redis/script_run.h"

enum redis_lua_kind { REDIS_LUA_EVAL, REDIS_LUA_FUNCTIONS };

/* NULL: out of memory. */
lua_State *redis_lua_create(struct redis_scripts *scripts, enum redis_lua_kind kind);
/* NULL is accepted. */
void redis_lua_close(lua_State *lua);
size_t redis_lua_memory(lua_State *lua);

/* Compiles code; chunk is Lua's name for it. False: *error is Lua's message, in the arena. */
bool redis_lua_compile(lua_State *lua, const void *key, struct slice code, const char *chunk,
                       struct arena *arena, struct slice *error);
bool redis_lua_has(lua_State *lua, const void *key);
void redis_lua_forget(lua_State *lua, const void *key);

/* Calls what was compiled for run->code, with KEYS and ARGV, and puts the reply. */
void redis_lua_run(lua_State *lua, struct redis_script_run *run);

/* ---- for C functions called from Lua */

/* The table of what was compiled, on the stack. */
void redis_lua_push_compiled(lua_State *lua);
/* An error as scripts see it: a table whose field err is the text. With has_code the text begins
 * with an error code, otherwise that is ERR. */
void redis_lua_push_error(lua_State *lua, struct slice text, bool has_code);
/* Raises it: return redis_lua_raise(...). */
int redis_lua_raise(lua_State *lua, const char *text);

/* What an error value on the top of the stack says. Strings are borrowed from it. */
struct redis_lua_error {
    struct slice text, source, line; /* ptr NULL: absent */
    bool counted;                    /* in the statistics of errors already */
};
void redis_lua_read_error(lua_State *lua, struct redis_lua_error *out, struct arena *arena);

/* script_api.c: makes the table redis. */
void redis_lua_add_api(lua_State *lua, enum redis_lua_kind kind);
/* The functions redis.log, LOG_* and REDIS_VERSION* into the table at the top. */
void redis_lua_add_log(lua_State *lua);

#endif

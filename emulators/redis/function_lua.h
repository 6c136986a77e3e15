/* The Lua side of function libraries: running their code, redis.register_function. */
#ifndef PARLEL_EMULATORS_REDIS_FUNCTION_LUA_H
#define PARLEL_EMULATORS_REDIS_FUNCTION_LUA_H

#include "emulators/redis/function.h"
#include "emulators/redis/script_lua.h"

/* A Lua state for libraries, or NULL. */
lua_State *redis_function_lua_create(struct redis_scripts *scripts);

/* Runs a library's code. A library without functions gets those that the code registers; one that
 * has them already gets its callbacks back. False: *error says why, in the arena. */
bool redis_function_lua_load(lua_State *lua, struct redis_library *library, int64_t timeout_ms,
                             struct arena *arena, struct slice *error);

/* Adds a function to a library that is being loaded, with copies of the strings; NULL: *error says
 * why. */
struct redis_function *redis_library_add(struct heap *heap, struct redis_library *library,
                                         const struct redis_function *like, const char **error);
/* One of a library's own functions, by its name exactly. */
struct redis_function *redis_library_function(const struct redis_library *library,
                                              struct slice name);

#endif

/* The Lua 5.1 that scripts and functions run in: libraries, read-only globals, no way out.
 *
 * Redis's Lua can make a table read-only; the library that parlel links cannot. Here scripts get a
 * view in its place: an empty table that reads from the original and refuses to be written, and the
 * few functions that look at a table directly (next, rawget, getmetatable, ...) know views. A script
 * sees what it would see of Redis, errors included.
 *
 * The state's memory is what the given allocator says; when it says no, Lua raises its memory error
 * ("not enough memory"). All functions but redis_lua_open raise errors as Lua's own do, so they are
 * to be called within a protected call (lua_cpcall or lua_pcall). */
#ifndef PARLEL_EMULATORS_REDIS_LUA_STATE_H
#define PARLEL_EMULATORS_REDIS_LUA_STATE_H

#include <lua.h>

#include "common/slice.h"

/* A state with the libraries that scripts may use (base, coroutine, table, string, math, cjson,
 * struct, cmsgpack, bit) and read-only globals; NULL when out of memory. End it with lua_close. */
lua_State *redis_lua_open(lua_Alloc alloc, void *context);

/* Makes the table on top of the stack read-only: a view replaces it. */
void redis_lua_protect(lua_State *L);

/* Pops a value and makes it a global, which scripts themselves cannot do. */
void redis_lua_set_global(lua_State *L, const char *name);

/* Gives the table on top of the stack a metatable by which reading an absent field is the error
 * "Script attempted to access nonexistent global variable". */
void redis_lua_refuse_absent(lua_State *L);

/* Compiles a chunk and pushes its function, or its error message: lua_load's result. Byte code is
 * no valid chunk. */
int redis_lua_load(lua_State *L, struct slice code, const char *chunk_name);

/* Pushes the function that makes of an error the table {err, source, line}: pcall's error handler
 * for what a script raises. source is the chunk's name ("@user_script"). */
void redis_lua_push_error_handler(lua_State *L);

#endif

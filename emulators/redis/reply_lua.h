/* Replies and Lua values: what redis.call's reply is to a script, and what a script's value is to
 * its client. Source: the Redis manual, "Lua API reference", "Data type conversion". */
#ifndef PARLEL_EMULATORS_REDIS_REPLY_LUA_H
#define PARLEL_EMULATORS_REDIS_REPLY_LUA_H

#include <lua.h>

#include "common/arena.h"
#include "emulators/redis/reply.h"

/* Puts the value at the top of the stack and pops it. resp: the protocol that the script chose. */
void redis_lua_put_reply(lua_State *lua, struct redis_reply *reply, int resp, struct arena *arena);

/* Pushes the one whole reply. Raises an error when the Lua stack is full. */
void redis_lua_push_reply(lua_State *lua, struct slice reply);

#endif

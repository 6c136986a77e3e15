/* The Lua library "cmsgpack": values to MessagePack and back. Source: the MessagePack specification,
 * and what Redis's own library makes of Lua's values (tables with the keys 1..n are arrays, others
 * maps; whole numbers integers; deeper than 16 tables it is nil). Errors are Lua's. */
#ifndef PARLEL_EMULATORS_REDIS_LUA_CMSGPACK_H
#define PARLEL_EMULATORS_REDIS_LUA_CMSGPACK_H

struct lua_State;

/* Pushes the library's table: a lua_CFunction. */
int redis_lua_open_cmsgpack(struct lua_State *L);

#endif

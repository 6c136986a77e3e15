/* The Lua library "struct": packs and unpacks values as C lays them out on a 64-bit Unix.
 *
 * Formats: '<' '>' endianness, '![n]' alignment, 'x' padding, 'b' 'h' 'l' 'i[n]' integers and their
 * unsigned capitals, 'T' size_t, 'f' 'd' floats, 's' zero-terminated string, 'c[n]' bytes, where c0
 * is the whole string or, unpacking, as many as the number before says. Errors are Lua's, with the
 * texts that Redis's own library has. */
#ifndef PARLEL_EMULATORS_REDIS_LUA_STRUCT_H
#define PARLEL_EMULATORS_REDIS_LUA_STRUCT_H

struct lua_State;

/* Pushes the library's table: a lua_CFunction. */
int redis_lua_open_struct(struct lua_State *L);

#endif

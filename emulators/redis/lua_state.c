#include "emulators/redis/lua_state.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>

#include "emulators/redis/lua_cmsgpack.h"
#include "emulators/redis/lua_struct.h"

int luaopen_cjson(lua_State *L); /* lua-cjson has no header */
int luaopen_bit(lua_State *L);   /* nor has lua-bitop */

/* Keys of the registry; that of originals is in the metatable of each view too. */
static const char originals_key, globals_key, random_key;

/* Pushes a key that no script can make. */
static void push_key(lua_State *L, const char *key)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)key);
}

static void registry_get(lua_State *L, const char *key)
{
    push_key(L, key);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

/* Pops the value. */
static void registry_set(lua_State *L, const char *key)
{
    push_key(L, key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

/* ---- views */

#define READONLY_TEXT "Attempt to modify a readonly table"

/* Told with the place in the script, as for an assignment. */
static int refuse_assignment(lua_State *L)
{
    return luaL_error(L, READONLY_TEXT);
}

/* Told without a place, as by a function that Redis's Lua stops in its course. */
static int refuse(lua_State *L)
{
    lua_pushliteral(L, READONLY_TEXT);
    return lua_error(L);
}

/* Pushes the original of the view at index and returns true, or pushes nothing. */
static bool push_original(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
        return false;
    push_key(L, &originals_key);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

/* The view at index gives way to its original. */
static void unwrap(lua_State *L, int index)
{
    if (push_original(L, index))
        lua_replace(L, index);
}

void redis_lua_protect(lua_State *L)
{
    luaL_checkstack(L, 4, "read-only table");
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    push_key(L, &originals_key);
    lua_pushvalue(L, -4);
    lua_rawset(L, -3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_assignment);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_replace(L, -2);
}

/* ---- the functions that look at tables directly */

/* Calls the Lua library's own function, which is the running function's upvalue, in its stead:
 * errors name it as they always do. */
static int call_original_function(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* For functions that only read their first argument. */
static int reading(lua_State *L)
{
    unwrap(L, 1);
    return call_original_function(L);
}

/* For functions that write to their first argument, which is complained about after the others. */
static int base_rawset(lua_State *L)
{
    bool is_view = push_original(L, 1);
    if (!is_view)
        return call_original_function(L);
    lua_pop(L, 1);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    return refuse(L);
}

static int base_setmetatable(lua_State *L)
{
    bool is_view = push_original(L, 1);
    if (!is_view)
        return call_original_function(L);
    lua_pop(L, 1);
    luaL_argcheck(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table expected");
    return refuse(L);
}

/* table.insert */
static int table_insert(lua_State *L)
{
    bool is_view = push_original(L, 1);
    if (!is_view)
        return call_original_function(L);
    lua_pop(L, 1);
    int count = lua_gettop(L);
    if (count != 2 && count != 3)
        return luaL_error(L, "wrong number of arguments to 'insert'");
    if (count == 3)
        luaL_checkint(L, 2);
    return refuse(L);
}

/* A metatable that scripts must not change is reached as a view of itself. */
static int base_getmetatable(lua_State *L)
{
    luaL_checkany(L, 1);
    unwrap(L, 1);
    return call_original_function(L);
}

/* The loop's state is the table itself, which may be a view: next knows it. */
static int base_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* What fails within gives its message, also when that stands in a table's field err. */
static int base_pcall(lua_State *L)
{
    int count = lua_gettop(L);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    if (count == 0) {
        lua_pushboolean(L, 1); /* called for want of a function: the error that Redis has */
        count = 1;
    }
    if (lua_pcall(L, count - 1, LUA_MULTRET, 0)) {
        if (lua_istable(L, -1)) {
            lua_getfield(L, -1, "err");
            if (lua_isstring(L, -1))
                lua_replace(L, -2);
        }
        lua_pushboolean(L, 0);
        lua_replace(L, 1);
    }
    return lua_gettop(L);
}

/* ---- loading */

/* A chunk in pieces. Byte code is told by the very first byte: a blank before it makes it text, and
 * bad text at that. */
struct chunk {
    struct slice code;
    bool started;
    bool blank_put;
};

static const char *next_piece(struct chunk *chunk, struct slice piece, size_t *out_len)
{
    static const char blank[] = " ";
    if (!chunk->started && piece.len && piece.ptr[0] == LUA_SIGNATURE[0] && !chunk->blank_put) {
        chunk->blank_put = true;
        chunk->code = piece;
        *out_len = 1;
        return blank;
    }
    chunk->started = true;
    chunk->code.len = 0;
    *out_len = piece.len;
    return piece.len ? (const char *)piece.ptr : NULL;
}

static const char *read_slice(lua_State *L, void *context, size_t *out_len)
{
    struct chunk *chunk = context;
    (void)L;
    return next_piece(chunk, chunk->code, out_len);
}

int redis_lua_load(lua_State *L, struct slice code, const char *chunk_name)
{
    struct chunk chunk = {.code = code};
    return lua_load(L, read_slice, &chunk, chunk_name);
}

/* The function, or nil and the message. */
static int loaded(lua_State *L, int status)
{
    if (status == 0)
        return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

static int base_loadstring(lua_State *L)
{
    size_t len;
    const char *code = luaL_checklstring(L, 1, &len);
    const char *name = luaL_optstring(L, 2, code);
    return loaded(L, redis_lua_load(L, slice_of(code, len), name));
}

/* Pieces come from the function at 1; the one in use is kept at 3. */
static const char *read_function(lua_State *L, void *context, size_t *out_len)
{
    struct chunk *chunk = context;
    if (chunk->code.len)
        return next_piece(chunk, chunk->code, out_len);
    luaL_checkstack(L, 2, "too many nested functions");
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    *out_len = 0;
    if (lua_isnil(L, -1))
        return NULL;
    if (!lua_isstring(L, -1))
        luaL_error(L, "reader function must return a string");
    lua_replace(L, 3);
    size_t len;
    const char *piece = lua_tolstring(L, 3, &len);
    return next_piece(chunk, slice_of(piece, len), out_len);
}

static int base_load(lua_State *L)
{
    const char *name = luaL_optstring(L, 2, "=(load)");
    struct chunk chunk = {0};
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 3);
    return loaded(L, lua_load(L, read_function, &chunk, name));
}

/* ---- random numbers */

/* The 48 bits of the linear congruential generator that POSIX calls lrand48. Nothing but a script's
 * math.randomseed ever seeds it, in Redis neither. */
struct random48 {
    uint64_t bits;
};
#define RANDOM48_START 0x1234abcd330eu

static struct random48 *random_state(lua_State *L)
{
    registry_get(L, &random_key);
    struct random48 *random = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return random;
}

/* At least 0 and below 1. */
static lua_Number next_random(lua_State *L)
{
    struct random48 *random = random_state(L);
    random->bits = (random->bits * 0x5deece66d + 0xb) & 0xffffffffffff;
    return (lua_Number)((random->bits >> 17) % INT32_MAX) / (lua_Number)INT32_MAX;
}

static int math_random(lua_State *L)
{
    lua_Number random = next_random(L);
    int count = lua_gettop(L), low = 1;
    if (count > 2)
        return luaL_error(L, "wrong number of arguments");
    if (count == 0) {
        lua_pushnumber(L, random);
        return 1;
    }
    if (count == 2)
        low = luaL_checkint(L, 1);
    int high = luaL_checkint(L, count);
    luaL_argcheck(L, low <= high, count, "interval is empty");
    lua_pushnumber(L, floor(random * ((lua_Number)high - low + 1)) + low);
    return 1;
}

static int math_randomseed(lua_State *L)
{
    random_state(L)->bits = (uint64_t)(uint32_t)luaL_checkint(L, 1) << 16 | 0x330e;
    return 0;
}

/* ---- errors */

static bool describe(lua_State *L, int level, lua_Debug *out)
{
    return lua_getstack(L, level, out) && lua_getinfo(L, "Sl", out);
}

/* Where the error arose: the function that raised it or, when that is C's, the one that called it. */
static bool find_origin(lua_State *L, lua_Debug *out)
{
    return describe(L, 1, out) && (out->what[0] != 'C' || describe(L, 2, out));
}

/* tostring(), which a metatable may have something to say about. */
static void push_text(lua_State *L, int index)
{
    if (luaL_callmeta(L, index, "__tostring"))
        return;
    if (lua_isstring(L, index))
        lua_pushvalue(L, index);
    else if (lua_isboolean(L, index))
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
    else if (lua_isnil(L, index))
        lua_pushliteral(L, "nil");
    else
        lua_pushfstring(L, "%s: %p", luaL_typename(L, index), lua_topointer(L, index));
}

static int handle_error(lua_State *L)
{
    lua_Debug origin;
    lua_settop(L, 1);
    bool found = find_origin(L, &origin);
    if (!lua_istable(L, 1)) {
        lua_createtable(L, 0, 3);
        lua_pushliteral(L, "ERR ");
        push_text(L, 1);
        lua_concat(L, 2);
        lua_setfield(L, 2, "err");
        lua_replace(L, 1);
    }
    if (found) {
        lua_pushstring(L, origin.source);
        lua_setfield(L, 1, "source");
        lua_pushinteger(L, origin.currentline);
        lua_setfield(L, 1, "line");
    }
    return 1;
}

void redis_lua_push_error_handler(lua_State *L)
{
    lua_pushcfunction(L, handle_error);
}

/* ---- globals */

/* The names in these texts are those of functions of redis-server. */
static int refuse_absent(lua_State *L)
{
    if (lua_gettop(L) != 2)
        return luaL_error(L, "Wrong number of arguments to luaProtectedTableError");
    if (!lua_isstring(L, 2))
        return luaL_error(L,
                          "Second argument to luaProtectedTableError must be a string or number");
    return luaL_error(L, "Script attempted to access nonexistent global variable '%s'",
                      lua_tostring(L, 2));
}

/* __metatable is what scripts get for the metatable: a view, in which it does not stand itself. */
void redis_lua_refuse_absent(lua_State *L)
{
    luaL_checkstack(L, 6, "protected table");
    for (int i = 0; i < 2; i++) {
        lua_createtable(L, 0, 2);
        lua_pushcfunction(L, refuse_absent);
        lua_setfield(L, -2, "__index");
    }
    redis_lua_protect(L);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void redis_lua_set_global(lua_State *L, const char *name)
{
    registry_get(L, &globals_key);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* ---- opening */

static const luaL_Reg libraries[] = {
    {"",         luaopen_base           },
    {"table",    luaopen_table          },
    {"string",   luaopen_string         },
    {"math",     luaopen_math           },
    {"cjson",    luaopen_cjson          },
    {"struct",   redis_lua_open_struct  },
    {"cmsgpack", redis_lua_open_cmsgpack},
    {"bit",      luaopen_bit            },
};

static const char *const removed_globals[] = {"print",   "dofile",  "loadfile",
                                              "getfenv", "setfenv", "newproxy"};

/* library "": a global function; the replaced one is the new one's upvalue. */
static const struct replacement {
    const char *library, *name;
    lua_CFunction function;
} replacements[] = {
    {"",      "next",         reading          },
    {"",      "rawget",       reading          },
    {"",      "rawset",       base_rawset      },
    {"",      "setmetatable", base_setmetatable},
    {"",      "getmetatable", base_getmetatable},
    {"",      "pcall",        base_pcall       },
    {"",      "load",         base_load        },
    {"",      "loadstring",   base_loadstring  },
    {"table", "insert",       table_insert     },
    {"table", "foreach",      reading          },
    {"math",  "random",       math_random      },
    {"math",  "randomseed",   math_randomseed  },
};

static void open_libraries(lua_State *L)
{
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        lua_pushcfunction(L, libraries[i].func);
        lua_pushstring(L, libraries[i].name);
        lua_call(L, 1, 1);
        if (libraries[i].name[0])
            lua_setglobal(L, libraries[i].name);
        else
            lua_pop(L, 1);
    }
}

static void replace_functions(lua_State *L)
{
    for (size_t i = 0; i < sizeof(removed_globals) / sizeof(removed_globals[0]); i++) {
        lua_pushnil(L);
        lua_setglobal(L, removed_globals[i]);
    }
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
        const struct replacement *replacement = &replacements[i];
        if (replacement->library[0])
            lua_getglobal(L, replacement->library);
        else
            lua_pushvalue(L, LUA_GLOBALSINDEX);
        lua_getfield(L, -1, replacement->name);
        lua_pushcclosure(L, replacement->function, 1);
        lua_setfield(L, -2, replacement->name);
        lua_pop(L, 1);
    }
    lua_getglobal(L, "next");
    lua_pushcclosure(L, base_pairs, 1);
    lua_setglobal(L, "pairs");
}

/* The libraries' tables become views; the metatable of strings keeps the original, which is faster,
 * and shows the view. */
static void protect_libraries(lua_State *L)
{
    static const char *const names[] = {"table",  "string",   "math", "cjson",
                                        "struct", "cmsgpack", "bit",  "coroutine"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        lua_getglobal(L, names[i]);
        redis_lua_protect(L);
        lua_setglobal(L, names[i]);
    }
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_createtable(L, 0, 1);
    lua_getglobal(L, "string");
    lua_setfield(L, -2, "__index");
    redis_lua_protect(L);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

/* The globals that chunks get are a view of the true ones. */
static void protect_globals(lua_State *L)
{
    lua_pushvalue(L, LUA_GLOBALSINDEX);
    redis_lua_refuse_absent(L);
    lua_pushvalue(L, -1);
    registry_set(L, &globals_key);
    redis_lua_protect(L);
    lua_pushvalue(L, -1);
    redis_lua_set_global(L, "_G");
    lua_replace(L, LUA_GLOBALSINDEX);
}

static int open_state(lua_State *L)
{
    struct random48 *random = lua_newuserdata(L, sizeof(*random));
    random->bits = RANDOM48_START;
    registry_set(L, &random_key);
    open_libraries(L);
    replace_functions(L);
    protect_libraries(L);
    protect_globals(L);
    return 0;
}

lua_State *redis_lua_open(lua_Alloc alloc, void *context)
{
    lua_State *L = lua_newstate(alloc, context);
    if (L && lua_cpcall(L, open_state, NULL)) {
        lua_close(L);
        return NULL;
    }
    return L;
}

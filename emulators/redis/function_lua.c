#include "emulators/redis/function_lua.h"

#include <lauxlib.h>

#include "emulators/redis/lua_state.h"

#define HOOK_INSTRUCTIONS 100000
/* In the registry, beside script_lua.c's: the globals of libraries, and those while they load. */
#define ENVIRONMENT_INDEX  (-2)
#define LOAD_GLOBALS_INDEX (-3)

/* ---- redis.register_function */

static struct slice text_at(lua_State *lua, int index)
{
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);
    return slice_of(text, text ? len : 0);
}

/* The table of flags at the top; false: there is something else in it. */
static bool read_flags(lua_State *lua, unsigned *flags)
{
    for (int i = 1;; i++) {
        lua_rawgeti(lua, -1, i);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            return true;
        }
        unsigned flag = lua_isstring(lua, -1) ? redis_script_flag(text_at(lua, -1), true) : 0;
        lua_pop(lua, 1);
        if (!flag)
            return false;
        *flags |= flag;
    }
}

/* One pair of a table of named arguments, value at the top, key below. The callback goes to index 2
 * of the stack. NULL: fine, else what is wrong. */
static const char *read_named(lua_State *lua, struct redis_function *function)
{
    if (!lua_isstring(lua, -2))
        return "named argument key given to redis.register_function is not a string";
    const char *key = lua_tostring(lua, -2);
    if (slice_is(slice_str(key), "function_name")) {
        if (!lua_isstring(lua, -1))
            return "function_name argument given to redis.register_function must be a string";
        function->name = text_at(lua, -1);
    } else if (slice_is(slice_str(key), "description")) {
        if (!lua_isstring(lua, -1))
            return "description argument given to redis.register_function must be a string";
        function->description = text_at(lua, -1);
    } else if (slice_is(slice_str(key), "callback")) {
        if (!lua_isfunction(lua, -1))
            return "callback argument given to redis.register_function must be a function";
        lua_pushvalue(lua, -1);
        lua_replace(lua, 2);
    } else if (slice_is(slice_str(key), "flags")) {
        if (!lua_istable(lua, -1))
            return "flags argument to redis.register_function must be a table representing "
                   "function flags";
        if (!read_flags(lua, &function->flags))
            return "unknown flag given";
    } else {
        return "unknown argument given to redis.register_function";
    }
    return NULL;
}

static const char *read_table(lua_State *lua, struct redis_function *function)
{
    if (!lua_istable(lua, 1))
        return "calling redis.register_function with a single argument is only applicable to Lua "
               "table (representing named arguments).";
    lua_pushnil(lua); /* 2: the callback */
    lua_pushnil(lua); /* 3: the key */
    while (lua_next(lua, 1)) {
        const char *error = read_named(lua, function);
        if (error)
            return error;
        lua_pop(lua, 1);
    }
    if (!function->name.ptr)
        return "redis.register_function must get a function name argument";
    return lua_isnil(lua, 2) ? "redis.register_function must get a callback argument" : NULL;
}

static const char *read_arguments(lua_State *lua, struct redis_function *function)
{
    int count = lua_gettop(lua);
    if (count < 1 || count > 2)
        return "wrong number of arguments to redis.register_function";
    if (count == 1)
        return read_table(lua, function);
    if (!lua_isstring(lua, 1))
        return "first argument to redis.register_function must be a string";
    if (!lua_isfunction(lua, 2))
        return "second argument to redis.register_function must be a function";
    function->name = text_at(lua, 1);
    return NULL;
}

/* A library that is run again has the function already; what changes its mind is not heard. */
static int register_function(lua_State *lua)
{
    struct redis_scripts *scripts = redis_scripts_of(lua);
    struct redis_library *library = scripts->loading;
    struct redis_function like = {0}, *function;
    if (!library)
        return redis_lua_raise(
            lua, "redis.register_function can only be called on FUNCTION LOAD command");
    const char *error = read_arguments(lua, &like);
    if (error)
        return redis_lua_raise(lua, error);
    if (scripts->reloading)
        function = redis_library_function(library, like.name);
    else
        function = redis_library_add(scripts->redis->host.heap, library, &like, &error);
    if (error)
        return redis_lua_raise(lua, error);
    if (!function)
        return 0;
    redis_lua_push_compiled(lua);
    lua_pushlightuserdata(lua, function);
    lua_pushvalue(lua, 2);
    lua_rawset(lua, -3);
    return 0;
}

/* ---- environments */

static int add_environment(lua_State *lua)
{
    lua_newtable(lua); /* the globals while a library loads: nothing but redis */
    lua_newtable(lua);
    lua_pushcfunction(lua, register_function);
    lua_setfield(lua, -2, "register_function");
    redis_lua_add_log(lua);
    redis_lua_refuse_absent(lua);
    redis_lua_protect(lua);
    lua_setfield(lua, -2, "redis");
    redis_lua_refuse_absent(lua);
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, LUA_REGISTRYINDEX, LOAD_GLOBALS_INDEX);
    redis_lua_protect(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, ENVIRONMENT_INDEX);
    return 0;
}

lua_State *redis_function_lua_create(struct redis_scripts *scripts)
{
    lua_State *lua = redis_lua_create(scripts, REDIS_LUA_FUNCTIONS);
    if (lua && lua_cpcall(lua, add_environment, NULL) != 0) {
        lua_close(lua);
        return NULL;
    }
    return lua;
}

/* What the globals of libraries are read from: the table at the top, which is popped. */
static void set_globals(lua_State *lua)
{
    lua_rawgeti(lua, LUA_REGISTRYINDEX, ENVIRONMENT_INDEX);
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 3);
}

/* ---- loading */

static void load_hook(lua_State *lua, lua_Debug *at)
{
    int64_t deadline_us = redis_scripts_of(lua)->load_deadline_us;
    (void)at;
    if (deadline_us == 0 || reactor_monotonic_us() < deadline_us)
        return;
    lua_sethook(lua, load_hook, LUA_MASKLINE, 0);
    redis_lua_raise(lua, "FUNCTION LOAD timeout");
}

struct load {
    struct redis_library *library;
    struct arena *arena;
    struct slice *error;
    bool ok;
};

static void put_message(struct load *load, const char *format, struct slice text)
{
    struct slice copy = arena_dup(load->arena, text);
    *load->error =
        arena_printf(load->arena, "%s%s", format, copy.ptr ? (const char *)copy.ptr : "");
}

static int run_library(lua_State *lua)
{
    struct load *load = lua_touserdata(lua, 1);
    struct redis_lua_error error;
    struct slice code = slice_from(load->library->code, load->library->code_at);
    if (redis_lua_load(lua, code, "@user_function") != 0) {
        put_message(load, "Error compiling function: ", text_at(lua, -1));
        return 0;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, LOAD_GLOBALS_INDEX);
    set_globals(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, ENVIRONMENT_INDEX);
    lua_setfenv(lua, -2);
    lua_sethook(lua, load_hook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    load->ok = lua_pcall(lua, 0, 0, 0) == 0;
    lua_sethook(lua, NULL, 0, 0);
    if (!load->ok) {
        redis_lua_read_error(lua, &error, load->arena);
        put_message(load, "Error registering functions: ", error.text);
    }
    return 0;
}

bool redis_function_lua_load(lua_State *lua, struct redis_library *library, int64_t timeout_ms,
                             struct arena *arena, struct slice *error)
{
    struct redis_scripts *scripts = redis_scripts_of(lua);
    struct load load = {library, arena, error, false};
    *error = slice_str("not enough memory");
    scripts->loading = library;
    scripts->reloading = library->first != NULL;
    scripts->load_deadline_us = timeout_ms ? reactor_monotonic_us() + timeout_ms * 1000 : 0;
    if (lua_cpcall(lua, run_library, &load) != 0) {
        lua_sethook(lua, NULL, 0, 0);
        lua_settop(lua, 0);
        load.ok = false;
    }
    scripts->loading = NULL;
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    set_globals(lua);
    return load.ok;
}

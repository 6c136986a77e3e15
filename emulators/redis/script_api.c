/* The table redis as scripts see it. */
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

#include "common/log.h"
#include "common/text.h"
#include "emulators/redis/lua_state.h"
#include "emulators/redis/reply_lua.h"
#include "emulators/redis/script_lua.h"
#include "emulators/redis/version.h"

enum { REPL_NONE = 0, REPL_AOF = 1, REPL_REPLICA = 2, REPL_ALL = 3 };

static int raise_in(lua_State *lua, const char *function)
{
    lua_pushfstring(lua, "%s can only be called inside a script invocation", function);
    return redis_lua_raise(lua, lua_tostring(lua, -1));
}

/* ---- redis.call */

/* Numbers go in the form that reads back the same; text is room for it. */
static struct slice number_argument(double number, struct arena *arena)
{
    char text[32];
    int len;
    if (number > -1e15 && number < 1e15 && number == floor(number) &&
        !(number == 0 && signbit(number)))
        len = (int)text_from_i64(text, (int64_t)number);
    else
        len = snprintf(text, sizeof(text), "%.17g", number);
    return arena_dup(arena, slice_of(text, (size_t)len));
}

/* The stack's values as a command's arguments, taken off it: there may be no room beside them for
 * the reply. Nothing is collected before Lua allocates again, so they stay until then. NULL: they
 * are no arguments, and an error is pushed. */
static struct slice *arguments(lua_State *lua, uint32_t *argc)
{
    struct arena *arena = &redis_scripts_of(lua)->arena;
    int count = lua_gettop(lua);
    *argc = (uint32_t)count;
    if (count == 0) {
        redis_lua_push_error(
            lua, slice_str("Please specify at least one argument for this redis lib call"), false);
        return NULL;
    }
    struct slice *argv = arena_array(arena, (size_t)count, sizeof(*argv));
    for (int i = 0; argv && i < count; i++) {
        size_t len;
        const char *text = NULL;
        if (lua_type(lua, i + 1) == LUA_TNUMBER)
            argv[i] = number_argument(lua_tonumber(lua, i + 1), arena);
        else if ((text = lua_tolstring(lua, i + 1, &len)))
            argv[i] = slice_of(text, len);
        if (lua_type(lua, i + 1) != LUA_TNUMBER && !text) {
            lua_settop(lua, 0);
            redis_lua_push_error(
                lua, slice_str("Lua redis lib command arguments must be strings or integers"),
                false);
            return NULL;
        }
    }
    lua_settop(lua, 0);
    if (!argv)
        redis_lua_push_error(lua, slice_str("not enough memory"), false);
    return argv;
}

static void push_refusal(lua_State *lua, struct slice error)
{
    redis_lua_push_error(lua, error, true);
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, "ignore_error_stats_update");
}

/* Executes the command on the stack and pushes its reply or error; true: it is an error. */
static bool call_command(lua_State *lua, struct redis_script_run *run)
{
    struct redis_scripts *scripts = redis_scripts_of(lua);
    struct slice error;
    uint32_t argc;
    struct slice *argv = arguments(lua, &argc);
    if (!argv)
        return true;
    if (!redis_script_command(run, argv, argc, &error)) {
        push_refusal(lua, error);
        return true;
    }
    struct slice reply = outq_flatten(&scripts->reply);
    bool failed = reply.len && reply.ptr[0] == '-';
    redis_lua_push_reply(lua, reply);
    return failed;
}

static int call_or_pcall(lua_State *lua, bool raises)
{
    struct redis_scripts *scripts = redis_scripts_of(lua);
    if (!scripts->run)
        return raise_in(lua, "redis.call/pcall");
    outq_take(&scripts->reply, outq_len(&scripts->reply));
    bool failed = call_command(lua, scripts->run);
    outq_take(&scripts->reply, outq_len(&scripts->reply));
    arena_reset(&scripts->arena);
    return failed && raises ? lua_error(lua) : 1;
}

static int api_call(lua_State *lua)
{
    return call_or_pcall(lua, true);
}

static int api_pcall(lua_State *lua)
{
    return call_or_pcall(lua, false);
}

static int api_acl_check_cmd(lua_State *lua)
{
    struct redis_scripts *scripts = redis_scripts_of(lua);
    uint32_t argc;
    if (!scripts->run)
        return raise_in(lua, "redis.acl_check_cmd");
    struct slice *argv = arguments(lua, &argc);
    if (!argv)
        return lua_error(lua);
    int allowed = redis_script_acl_check(scripts->run, argv, argc);
    arena_reset(&scripts->arena);
    if (allowed < 0)
        return redis_lua_raise(lua, "Invalid command passed to redis.acl_check_cmd()");
    lua_pushboolean(lua, allowed);
    return 1;
}

/* ---- replies */

static bool is_one_string(lua_State *lua)
{
    if (lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING)
        return true;
    redis_lua_push_error(lua, slice_str("wrong number or type of arguments"), false);
    return false;
}

static int api_error_reply(lua_State *lua)
{
    if (is_one_string(lua)) {
        const char *text = lua_tostring(lua, 1);
        redis_lua_push_error(lua, slice_str(*text == '-' ? text + 1 : text), true);
    }
    return 1;
}

static int api_status_reply(lua_State *lua)
{
    if (is_one_string(lua)) {
        lua_newtable(lua);
        lua_pushvalue(lua, 1);
        lua_setfield(lua, -2, "ok");
    }
    return 1;
}

/* ---- settings of the run */

static int api_setresp(lua_State *lua)
{
    struct redis_script_run *run = redis_scripts_of(lua)->run;
    if (!run)
        return raise_in(lua, "redis.setresp");
    if (lua_gettop(lua) != 1)
        return redis_lua_raise(lua, "redis.setresp() requires one argument.");
    int resp = (int)lua_tonumber(lua, 1);
    if (resp != 2 && resp != 3)
        return redis_lua_raise(lua, "RESP version must be 2 or 3.");
    run->resp = resp;
    return 0;
}

/* There are no replicas and no append-only file: what would go to them changes nothing here. */
static int api_set_repl(lua_State *lua)
{
    if (!redis_scripts_of(lua)->run)
        return raise_in(lua, "redis.set_repl");
    if (lua_gettop(lua) != 1)
        return redis_lua_raise(lua, "redis.set_repl() requires two arguments.");
    if ((int)lua_tonumber(lua, 1) & ~REPL_ALL)
        return redis_lua_raise(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, "
                                    "REPL_ALL or REPL_NONE.");
    return 0;
}

static int api_replicate_commands(lua_State *lua)
{
    lua_pushboolean(lua, 1);
    return 1;
}

/* Without a debugging session these two do nothing. */
static int api_debug(lua_State *lua)
{
    (void)lua;
    return 0;
}

static int api_breakpoint(lua_State *lua)
{
    lua_pushboolean(lua, 0);
    return 1;
}

/* ---- the rest */

static int api_sha1hex(lua_State *lua)
{
    size_t len = 0;
    char digits[REDIS_SHA_LEN + 1];
    if (lua_gettop(lua) != 1)
        return redis_lua_raise(lua, "wrong number of arguments");
    const char *text = lua_tolstring(lua, 1, &len);
    redis_sha1_hex(slice_of(text, text ? len : 0), digits);
    lua_pushstring(lua, digits);
    return 1;
}

static int api_log(lua_State *lua)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_DEBUG, LOG_INFO, LOG_WARNING};
    int count = lua_gettop(lua);
    luaL_Buffer text;
    if (count < 2)
        return redis_lua_raise(lua, "redis.log() requires two arguments or more.");
    if (!lua_isnumber(lua, 1))
        return redis_lua_raise(lua, "First argument must be a number (log level).");
    int level = (int)lua_tonumber(lua, 1);
    if (level < 0 || level > 3)
        return redis_lua_raise(lua, "Invalid debug level.");
    luaL_buffinit(lua, &text);
    for (int i = 2; i <= count; i++) {
        size_t len;
        const char *word = lua_tolstring(lua, i, &len);
        if (word && i > 2)
            luaL_addchar(&text, ' ');
        if (word)
            luaL_addlstring(&text, word, len);
    }
    luaL_pushresult(&text);
    log_message(levels[level], "redis: script: %s", lua_tostring(lua, -1));
    return 0;
}

/* ---- the tables */

struct constant {
    const char *name;
    int value;
};

static void set_constants(lua_State *lua, const struct constant *constants)
{
    for (; constants->name; constants++) {
        lua_pushinteger(lua, constants->value);
        lua_setfield(lua, -2, constants->name);
    }
}

void redis_lua_add_log(lua_State *lua)
{
    static const struct constant constants[] = {
        {"LOG_DEBUG",         0                },
        {"LOG_VERBOSE",       1                },
        {"LOG_NOTICE",        2                },
        {"LOG_WARNING",       3                },
        {"REDIS_VERSION_NUM", REDIS_VERSION_NUM},
        {NULL,                0                },
    };
    set_constants(lua, constants);
    lua_pushliteral(lua, REDIS_VERSION);
    lua_setfield(lua, -2, "REDIS_VERSION");
    lua_pushcfunction(lua, api_log);
    lua_setfield(lua, -2, "log");
}

static void set_functions(lua_State *lua, const luaL_Reg *functions)
{
    for (; functions->name; functions++) {
        lua_pushcfunction(lua, functions->func);
        lua_setfield(lua, -2, functions->name);
    }
}

void redis_lua_add_api(lua_State *lua, enum redis_lua_kind kind)
{
    static const luaL_Reg functions[] = {
        {"call",          api_call         },
        {"pcall",         api_pcall        },
        {"setresp",       api_setresp      },
        {"sha1hex",       api_sha1hex      },
        {"error_reply",   api_error_reply  },
        {"status_reply",  api_status_reply },
        {"set_repl",      api_set_repl     },
        {"acl_check_cmd", api_acl_check_cmd},
        {NULL,            NULL             },
    };
    static const luaL_Reg eval_functions[] = {
        {"breakpoint",         api_breakpoint        },
        {"debug",              api_debug             },
        {"replicate_commands", api_replicate_commands},
        {NULL,                 NULL                  },
    };
    static const struct constant constants[] = {
        {"REPL_NONE",    REPL_NONE   },
        {"REPL_AOF",     REPL_AOF    },
        {"REPL_SLAVE",   REPL_REPLICA},
        {"REPL_REPLICA", REPL_REPLICA},
        {"REPL_ALL",     REPL_ALL    },
        {NULL,           0           },
    };
    lua_newtable(lua);
    set_functions(lua, functions);
    set_constants(lua, constants);
    redis_lua_add_log(lua);
    if (kind == REDIS_LUA_EVAL)
        set_functions(lua, eval_functions);
    redis_lua_protect(lua);
    redis_lua_set_global(lua, "redis");
    if (kind == REDIS_LUA_EVAL) {
        redis_lua_push_error_handler(lua);
        redis_lua_set_global(lua, "__redis__err__handler");
    }
}

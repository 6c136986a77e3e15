#include "emulators/redis/script_lua.h"

#include <lauxlib.h>

#include "emulators/redis/lua_state.h"
#include "emulators/redis/reply_lua.h"

/* Instructions between two looks at the time. */
#define HOOK_INSTRUCTIONS 100000
/* In the registry; luaL_ref's own indices are positive. */
#define COMPILED_INDEX (-1)

struct redis_scripts *redis_scripts_of(lua_State *lua)
{
    void *scripts;
    lua_getallocf(lua, &scripts);
    return scripts;
}

static void *allocate(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    struct heap *heap = ((struct redis_scripts *)ud)->redis->host.heap;
    if (new_size > 0)
        return heap_realloc(heap, ptr, ptr ? old_size : 0, new_size);
    heap_free(heap, ptr, old_size);
    return NULL;
}

/* ---- states */

static int add_api(lua_State *lua)
{
    const enum redis_lua_kind *kind = lua_touserdata(lua, 1);
    lua_newtable(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, COMPILED_INDEX);
    redis_lua_add_api(lua, *kind);
    return 0;
}

lua_State *redis_lua_create(struct redis_scripts *scripts, enum redis_lua_kind kind)
{
    lua_State *lua = redis_lua_open(allocate, scripts);
    if (lua && lua_cpcall(lua, add_api, &kind) != 0) {
        lua_close(lua);
        return NULL;
    }
    return lua;
}

void redis_lua_close(lua_State *lua)
{
    if (lua)
        lua_close(lua);
}

size_t redis_lua_memory(lua_State *lua)
{
    if (!lua)
        return 0;
    return (size_t)lua_gc(lua, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(lua, LUA_GCCOUNTB, 0);
}

/* ---- compiling */

void redis_lua_push_compiled(lua_State *lua)
{
    lua_rawgeti(lua, LUA_REGISTRYINDEX, COMPILED_INDEX);
}

static void push_key(lua_State *lua, const void *key)
{
    lua_pushlightuserdata(lua, (void *)(uintptr_t)key);
}

struct compilation {
    const void *key;
    struct slice code;
    const char *chunk;
    struct arena *arena;
    struct slice *error;
    bool ok;
};

static struct slice string_at(lua_State *lua, int index)
{
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);
    return slice_of(text, text ? len : 0);
}

static int compile(lua_State *lua)
{
    struct compilation *compilation = lua_touserdata(lua, 1);
    redis_lua_push_compiled(lua);
    push_key(lua, compilation->key);
    compilation->ok = redis_lua_load(lua, compilation->code, compilation->chunk) == 0;
    if (compilation->ok)
        lua_rawset(lua, -3);
    else
        *compilation->error = arena_dup(compilation->arena, string_at(lua, -1));
    return 0;
}

bool redis_lua_compile(lua_State *lua, const void *key, struct slice code, const char *chunk,
                       struct arena *arena, struct slice *error)
{
    struct compilation compilation = {key, code, chunk, arena, error, false};
    *error = slice_str("not enough memory");
    return lua_cpcall(lua, compile, &compilation) == 0 && compilation.ok;
}

bool redis_lua_has(lua_State *lua, const void *key)
{
    redis_lua_push_compiled(lua);
    push_key(lua, key);
    lua_rawget(lua, -2);
    bool has = !lua_isnil(lua, -1);
    lua_pop(lua, 2);
    return has;
}

void redis_lua_forget(lua_State *lua, const void *key)
{
    if (!lua || !redis_lua_has(lua, key))
        return;
    redis_lua_push_compiled(lua);
    push_key(lua, key);
    lua_pushnil(lua);
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
}

/* ---- errors */

static struct slice until_nul(struct slice text)
{
    const uint8_t *nul = text.len ? memchr(text.ptr, 0, text.len) : NULL;
    return nul ? slice_of(text.ptr, (size_t)(nul - text.ptr)) : text;
}

static struct slice trim_line_ends(struct slice text)
{
    while (text.len && (text.ptr[0] == '\r' || text.ptr[0] == '\n'))
        text = slice_from(text, 1);
    while (text.len && (text.ptr[text.len - 1] == '\r' || text.ptr[text.len - 1] == '\n'))
        text.len--;
    return text;
}

/* A text of one word has no code. */
void redis_lua_push_error(lua_State *lua, struct slice text, bool has_code)
{
    text = until_nul(text);
    struct slice code = slice_str("ERR");
    const uint8_t *blank = has_code && text.len ? memchr(text.ptr, ' ', text.len) : NULL;
    if (blank) {
        code = slice_of(text.ptr, (size_t)(blank - text.ptr));
        text = slice_from(text, code.len + 1);
    }
    text = trim_line_ends(text);
    lua_newtable(lua);
    lua_pushlstring(lua, (const char *)code.ptr, code.len);
    lua_pushlstring(lua, " ", 1);
    lua_pushlstring(lua, (const char *)text.ptr, text.len);
    lua_concat(lua, 3);
    lua_setfield(lua, -2, "err");
}

int redis_lua_raise(lua_State *lua, const char *text)
{
    redis_lua_push_error(lua, slice_str(text), false);
    return lua_error(lua);
}

/* A field as text, or nothing when it is neither a string nor a number. */
static struct slice text_field(lua_State *lua, const char *name, struct arena *arena)
{
    struct slice text = {0};
    lua_getfield(lua, -1, name);
    if (lua_isstring(lua, -1))
        text = arena_dup(arena, until_nul(string_at(lua, -1)));
    lua_pop(lua, 1);
    return text;
}

void redis_lua_read_error(lua_State *lua, struct redis_lua_error *out, struct arena *arena)
{
    *out = (struct redis_lua_error){0};
    if (!lua_istable(lua, -1)) {
        struct slice text = until_nul(string_at(lua, -1));
        out->text = arena_printf(arena, "ERR " SLICE_FMT, SLICE_ARG(text));
        return;
    }
    out->text = text_field(lua, "err", arena);
    out->source = text_field(lua, "source", arena);
    out->line = text_field(lua, "line", arena);
    lua_getfield(lua, -1, "ignore_error_stats_update");
    out->counted = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
}

/* ---- running */

static void count_hook(lua_State *lua, lua_Debug *at)
{
    struct redis_script_run *run = redis_scripts_of(lua)->run;
    (void)at;
    if (!redis_script_interrupt(run))
        return;
    /* From now on at every line, so that a script which catches the error ends all the same. */
    lua_sethook(lua, count_hook, LUA_MASKLINE, 0);
    redis_lua_raise(lua, "Script killed by user with SCRIPT KILL...");
}

static void push_strings(lua_State *lua, const struct slice *strings, uint32_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushlstring(lua, (const char *)strings[i].ptr, strings[i].len);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

/* Scripts have their keys and arguments as globals, functions as parameters. Returns how many. */
static int push_arguments(lua_State *lua, const struct redis_script_run *run)
{
    const struct redis_call *call = run->call;
    bool eval = run->flags & REDIS_RUN_EVAL;
    push_strings(lua, call->argv + 3, run->keys);
    if (eval)
        redis_lua_set_global(lua, "KEYS");
    push_strings(lua, call->argv + 3 + run->keys, call->argc - 3 - run->keys);
    if (eval)
        redis_lua_set_global(lua, "ARGV");
    return eval ? 0 : 2;
}

static void put_error(lua_State *lua, struct redis_script_run *run)
{
    struct redis_lua_error error;
    struct redis_reply *reply = run->call->reply;
    struct arena *arena = &run->redis->scripts->arena;
    if (!lua_istable(lua, -1)) {
        const char *text = lua_tostring(lua, -1);
        redis_reply_errorf(reply, "ERR Error running script %s, %.100s", run->name,
                           text ? text : "execution failure");
        return;
    }
    redis_lua_read_error(lua, &error, arena);
    if (!error.text.ptr)
        error.text = slice_str("ERR unknown error");
    if (error.source.ptr && error.line.ptr)
        error.text = arena_printf(arena, SLICE_FMT " script: %s, on " SLICE_FMT ":" SLICE_FMT ".",
                                  SLICE_ARG(error.text), run->name, SLICE_ARG(error.source),
                                  SLICE_ARG(error.line));
    if (error.counted)
        redis_reply_error_counted(reply, error.text);
    else
        redis_reply_error_slice(reply, error.text);
}

/* What was put of a reply when memory ran out is taken back. */
struct execution {
    struct redis_script_run *run;
    struct outq_mark mark;
    bool replying;
};

static int execute(lua_State *lua)
{
    struct execution *execution = lua_touserdata(lua, 1);
    struct redis_script_run *run = execution->run;
    lua_settop(lua, 0);
    redis_lua_push_error_handler(lua);
    redis_lua_push_compiled(lua);
    push_key(lua, run->code);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    int arguments = push_arguments(lua, run);
    int failed = lua_pcall(lua, arguments, 1, 1);
    lua_sethook(lua, NULL, 0, 0);
    execution->mark = outq_mark(run->call->reply->out, 0);
    execution->replying = true;
    if (failed)
        put_error(lua, run);
    else
        redis_lua_put_reply(lua, run->call->reply, run->resp, &run->redis->scripts->arena);
    return 0;
}

void redis_lua_run(lua_State *lua, struct redis_script_run *run)
{
    struct execution execution = {.run = run};
    struct redis_reply *reply = run->call->reply;
    if (run->redis->config.busy_reply_threshold_ms > 0)
        lua_sethook(lua, count_hook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    if (lua_cpcall(lua, execute, &execution) != 0) {
        lua_sethook(lua, NULL, 0, 0);
        lua_settop(lua, 0);
        if (execution.replying)
            outq_truncate(reply->out, execution.mark);
        redis_reply_errorf(reply, "ERR Error running script %s, not enough memory", run->name);
    }
}

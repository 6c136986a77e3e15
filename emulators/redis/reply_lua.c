#include "emulators/redis/reply_lua.h"

#include <lauxlib.h>

#include "emulators/redis/script_lua.h"
#include "protocols/resp/resp_reply.h"

/* ---- from a script to its client */

struct writer {
    lua_State *lua;
    struct redis_reply *reply;
    int resp;
    struct arena *arena;
};

static void put_value(struct writer *writer);

/* Puts the field at the top and pops it when it is of its form; false leaves the stack. */
typedef bool put_form(struct writer *writer);

static struct slice top_string(lua_State *lua)
{
    size_t len;
    const char *text = lua_tolstring(lua, -1, &len);
    return slice_of(text, text ? len : 0);
}

/* Line ends would end the reply: they become blanks. */
static struct slice one_line(struct writer *writer, struct slice text)
{
    struct slice copy = arena_dup(writer->arena, text);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.ptr;
    for (size_t i = 0; bytes && i < copy.len; i++)
        if (bytes[i] == '\r' || bytes[i] == '\n')
            bytes[i] = ' ';
    return copy;
}

static bool put_error(struct writer *writer)
{
    struct redis_lua_error error;
    if (lua_type(writer->lua, -1) != LUA_TSTRING)
        return false;
    lua_pop(writer->lua, 1);
    redis_lua_read_error(writer->lua, &error, writer->arena);
    lua_pushnil(writer->lua); /* in place of the field */
    while (error.text.len && strchr("\r\n", error.text.ptr[error.text.len - 1]))
        error.text.len--;
    if (error.counted)
        redis_reply_error_counted(writer->reply, error.text);
    else
        redis_reply_error_slice(writer->reply, error.text);
    return true;
}

static bool put_status(struct writer *writer)
{
    if (lua_type(writer->lua, -1) != LUA_TSTRING)
        return false;
    struct slice text = one_line(writer, slice_str(lua_tostring(writer->lua, -1)));
    redis_reply_simple(writer->reply, text.ptr ? (const char *)text.ptr : "");
    return true;
}

static bool put_double(struct writer *writer)
{
    if (lua_type(writer->lua, -1) != LUA_TNUMBER)
        return false;
    redis_reply_double(writer->reply, lua_tonumber(writer->lua, -1));
    return true;
}

static bool put_big_number(struct writer *writer)
{
    if (lua_type(writer->lua, -1) != LUA_TSTRING)
        return false;
    redis_reply_big_number(writer->reply, one_line(writer, top_string(writer->lua)));
    return true;
}

static bool put_verbatim(struct writer *writer)
{
    lua_State *lua = writer->lua;
    char format[3] = {' ', ' ', ' '};
    if (lua_type(lua, -1) != LUA_TTABLE)
        return false;
    lua_pushliteral(lua, "format");
    lua_rawget(lua, -2);
    lua_pushliteral(lua, "string");
    lua_rawget(lua, -3);
    bool whole = lua_type(lua, -1) == LUA_TSTRING && lua_type(lua, -2) == LUA_TSTRING;
    if (whole) {
        const char *given = lua_tostring(lua, -2);
        memcpy(format, given, strlen(given) < sizeof(format) ? strlen(given) : sizeof(format));
        redis_reply_verbatim(writer->reply, format, top_string(lua));
    }
    lua_pop(lua, 2);
    return whole;
}

static bool put_map(struct writer *writer)
{
    lua_State *lua = writer->lua;
    uint64_t pairs = 0;
    if (lua_type(lua, -1) != LUA_TTABLE)
        return false;
    struct outq_mark mark = redis_reply_later(writer->reply);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pushvalue(lua, -2);
        put_value(writer);
        put_value(writer);
        pairs++;
    }
    redis_reply_map_at(writer->reply, mark, pairs);
    return true;
}

static bool put_set(struct writer *writer)
{
    lua_State *lua = writer->lua;
    uint64_t count = 0;
    if (lua_type(lua, -1) != LUA_TTABLE)
        return false;
    struct outq_mark mark = redis_reply_later(writer->reply);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        put_value(writer);
        count++;
    }
    redis_reply_set_at(writer->reply, mark, count);
    return true;
}

/* Up to the first nil, as lists are. */
static void put_array(struct writer *writer)
{
    lua_State *lua = writer->lua;
    struct outq_mark mark = redis_reply_later(writer->reply);
    int count = 0;
    for (;;) {
        lua_rawgeti(lua, -1, count + 1);
        if (lua_isnil(lua, -1))
            break;
        put_value(writer);
        count++;
    }
    lua_pop(lua, 1);
    redis_reply_array_at(writer->reply, mark, (uint64_t)count);
}

static void put_table(struct writer *writer)
{
    static const struct {
        const char *field;
        put_form *put;
    } forms[] = {
        {"err",             put_error     },
        {"ok",              put_status    },
        {"double",          put_double    },
        {"big_number",      put_big_number},
        {"verbatim_string", put_verbatim  },
        {"map",             put_map       },
        {"set",             put_set       },
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        lua_pushstring(writer->lua, forms[i].field);
        lua_rawget(writer->lua, -2);
        bool done = !lua_isnil(writer->lua, -1) && forms[i].put(writer);
        lua_pop(writer->lua, 1);
        if (done)
            return;
    }
    put_array(writer);
}

/* Truncates as the machine does; what does not fit is the smallest integer, as on x86-64. */
static int64_t integer_of(lua_Number number)
{
    return number > -9223372036854775808.0 && number < 9223372036854775808.0 ? (int64_t)number
                                                                             : INT64_MIN;
}

static void put_bool(struct writer *writer)
{
    bool value = lua_toboolean(writer->lua, -1);
    if (writer->resp >= 3)
        redis_reply_bool(writer->reply, value);
    else if (value)
        redis_reply_int(writer->reply, 1);
    else
        redis_reply_null(writer->reply);
}

static void put_value(struct writer *writer)
{
    lua_State *lua = writer->lua;
    if (!lua_checkstack(lua, 4)) {
        redis_reply_error(writer->reply, "ERR reached lua stack limit");
        lua_pop(lua, 1);
        return;
    }
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: redis_reply_bulk(writer->reply, top_string(lua)); break;
    case LUA_TBOOLEAN: put_bool(writer); break;
    case LUA_TNUMBER: redis_reply_int(writer->reply, integer_of(lua_tonumber(lua, -1))); break;
    case LUA_TTABLE: put_table(writer); break;
    default: redis_reply_null(writer->reply);
    }
    lua_pop(lua, 1);
}

void redis_lua_put_reply(lua_State *lua, struct redis_reply *reply, int resp, struct arena *arena)
{
    struct writer writer = {lua, reply, resp, arena};
    put_value(&writer);
}

/* ---- from redis.call to a script */

static void push_item(lua_State *lua, struct resp_reader *reader, const struct resp_item *item);

static void push_next(lua_State *lua, struct resp_reader *reader)
{
    struct resp_item item;
    if (resp_read(reader, &item) == RESP_REPLY_ITEM)
        push_item(lua, reader, &item);
    else
        lua_pushnil(lua);
}

static void push_string(lua_State *lua, struct slice bytes)
{
    lua_pushlstring(lua, (const char *)bytes.ptr, bytes.len);
}

static void push_string_field(lua_State *lua, const char *field, struct slice bytes)
{
    lua_createtable(lua, 0, 1);
    push_string(lua, bytes);
    lua_setfield(lua, -2, field);
}

static void push_double(lua_State *lua, struct slice text)
{
    double value = 0;
    text_to_double(text, &value);
    lua_createtable(lua, 0, 1);
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, "double");
}

/* The payload of a verbatim string begins with its format and a colon. */
static void push_verbatim(lua_State *lua, struct slice bytes)
{
    struct slice format = slice_of(bytes.ptr, bytes.len < 3 ? bytes.len : 3);
    lua_createtable(lua, 0, 1);
    push_string_field(lua, "format", format);
    push_string(lua, slice_from(bytes, 4));
    lua_setfield(lua, -2, "string");
    lua_setfield(lua, -2, "verbatim_string");
}

static void push_array(lua_State *lua, struct resp_reader *reader, int64_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (int i = 1; i <= count; i++) {
        push_next(lua, reader);
        lua_rawseti(lua, -2, i);
    }
}

/* {map = {...}} and {set = {member = true, ...}} */
static void push_mapping(lua_State *lua, struct resp_reader *reader, const struct resp_item *item)
{
    bool map = item->kind == RESP_MAP;
    lua_createtable(lua, 0, 1);
    lua_newtable(lua);
    for (int64_t i = 0; i < (map ? item->number / 2 : item->number); i++) {
        push_next(lua, reader);
        if (map)
            push_next(lua, reader);
        else
            lua_pushboolean(lua, 1);
        lua_rawset(lua, -3);
    }
    lua_setfield(lua, -2, map ? "map" : "set");
}

/* An error of a command was counted when the command failed. */
static void push_error(lua_State *lua, struct slice text)
{
    redis_lua_push_error(lua, text, true);
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, "ignore_error_stats_update");
}

/* Attributes are read over; the value that they belong to follows. */
static void push_attributed(lua_State *lua, struct resp_reader *reader, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        push_next(lua, reader);
        lua_pop(lua, 1);
    }
    push_next(lua, reader);
}

static void push_item(lua_State *lua, struct resp_reader *reader, const struct resp_item *item)
{
    luaL_checkstack(lua, 6, "reply nests too deep");
    switch (item->kind) {
    case RESP_NULL: lua_pushnil(lua); return;
    case RESP_SIMPLE: push_string_field(lua, "ok", item->bytes); return;
    case RESP_ERROR:
    case RESP_BULK_ERROR: push_error(lua, item->bytes); return;
    case RESP_INT: lua_pushnumber(lua, (lua_Number)item->number); return;
    case RESP_BOOL: lua_pushboolean(lua, item->number != 0); return;
    case RESP_DOUBLE: push_double(lua, item->bytes); return;
    case RESP_BIG_NUMBER: push_string_field(lua, "big_number", item->bytes); return;
    case RESP_VERBATIM: push_verbatim(lua, item->bytes); return;
    case RESP_MAP:
    case RESP_SET: push_mapping(lua, reader, item); return;
    case RESP_ATTRIBUTE: push_attributed(lua, reader, item->number); return;
    case RESP_BULK:
        if (!item->null) {
            push_string(lua, item->bytes);
            return;
        }
        break;
    case RESP_ARRAY:
    case RESP_PUSH:
        if (!item->null) {
            push_array(lua, reader, item->number);
            return;
        }
        break;
    }
    lua_pushboolean(lua, 0);
}

void redis_lua_push_reply(lua_State *lua, struct slice reply)
{
    struct resp_reader reader = resp_reader_of(reply);
    push_next(lua, &reader);
}

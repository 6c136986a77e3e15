#include "emulators/redis/lua_cmsgpack.h"

#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <math.h>

#include "common/slice.h"

#define NESTING_MAX 16

/* The first bytes of MessagePack's formats. */
enum format {
    FIX_MAP = 0x80,
    FIX_ARRAY = 0x90,
    FIX_STRING = 0xa0,
    NIL = 0xc0,
    FALSE = 0xc2,
    TRUE = 0xc3,
    FLOAT_32 = 0xca,
    FLOAT_64 = 0xcb,
    UINT_8 = 0xcc, /* and 16, 32, 64 after it */
    UINT_64 = 0xcf,
    INT_8 = 0xd0, /* likewise */
    INT_32 = 0xd2,
    INT_64 = 0xd3,
    STRING_8 = 0xd9, /* and 16, 32 */
    STRING_32 = 0xdb,
    ARRAY_16 = 0xdc,
    ARRAY_32 = 0xdd,
    MAP_16 = 0xde,
    MAP_32 = 0xdf,
    NEGATIVE_FIX = 0xe0
};

/* ---- packing */

/* The packed bytes, in a userdata at a fixed place of the stack: an error leaves nothing behind. */
struct packer {
    lua_State *L;
    int index;
    uint8_t *bytes;
    size_t len, room;
};

static void put(struct packer *packer, const void *bytes, size_t len)
{
    if (packer->room - packer->len < len) {
        size_t room = (packer->len + len) * 2;
        uint8_t *grown = lua_newuserdata(packer->L, room);
        memcpy(grown, packer->bytes, packer->len);
        lua_replace(packer->L, packer->index);
        packer->bytes = grown;
        packer->room = room;
    }
    memcpy(packer->bytes + packer->len, bytes, len);
    packer->len += len;
}

/* A first byte and a number of 1, 2, 4 or 8 bytes, or of none. */
static void put_head(struct packer *packer, unsigned first, uint64_t value, unsigned size)
{
    uint8_t bytes[9] = {(uint8_t)first};
    for (unsigned i = 0; i < size; i++)
        bytes[1 + i] = (uint8_t)(value >> 8 * (size - 1 - i));
    put(packer, bytes, 1 + size);
}

static void put_unsigned(struct packer *packer, uint64_t value)
{
    if (value <= 0x7f)
        put_head(packer, (unsigned)value, 0, 0);
    else if (value <= UINT8_MAX)
        put_head(packer, UINT_8, value, 1);
    else if (value <= UINT16_MAX)
        put_head(packer, UINT_8 + 1, value, 2);
    else if (value <= UINT32_MAX)
        put_head(packer, UINT_8 + 2, value, 4);
    else
        put_head(packer, UINT_64, value, 8);
}

static void put_integer(struct packer *packer, int64_t value)
{
    if (value >= 0)
        put_unsigned(packer, (uint64_t)value);
    else if (value >= -32)
        put_head(packer, (uint8_t)value, 0, 0);
    else if (value >= INT8_MIN)
        put_head(packer, INT_8, (uint64_t)value, 1);
    else if (value >= INT16_MIN)
        put_head(packer, INT_8 + 1, (uint64_t)value, 2);
    else if (value >= INT32_MIN)
        put_head(packer, INT_32, (uint64_t)value, 4);
    else
        put_head(packer, INT_64, (uint64_t)value, 8);
}

static void put_number(struct packer *packer, lua_Number number)
{
    if (number >= -0x1p63 && number < 0x1p63 && number == trunc(number)) {
        put_integer(packer, (int64_t)number);
        return;
    }
    float narrow = (float)number;
    if ((lua_Number)narrow == number) {
        uint32_t bits;
        memcpy(&bits, &narrow, sizeof(bits));
        put_head(packer, FLOAT_32, bits, 4);
    } else {
        uint64_t bits;
        memcpy(&bits, &number, sizeof(bits));
        put_head(packer, FLOAT_64, bits, 8);
    }
}

static void put_string(struct packer *packer, struct slice s)
{
    if (s.len < 32)
        put_head(packer, FIX_STRING | (unsigned)s.len, 0, 0);
    else if (s.len <= UINT8_MAX)
        put_head(packer, STRING_8, s.len, 1);
    else if (s.len <= UINT16_MAX)
        put_head(packer, STRING_8 + 1, s.len, 2);
    else
        put_head(packer, STRING_32, s.len, 4);
    put(packer, s.ptr, s.len);
}

/* fix and wide: the formats of up to 15 and up to 65535 elements; after the latter the widest. */
static void put_count(struct packer *packer, unsigned fix, unsigned wide, size_t count)
{
    if (count <= 15)
        put_head(packer, fix | (unsigned)count, 0, 0);
    else if (count <= UINT16_MAX)
        put_head(packer, wide, count, 2);
    else
        put_head(packer, wide + 1, count, 4);
}

static void pack_value(struct packer *packer, int level);

/* Are the keys of the table on top 1..n, with n their number? Counts the entries too. */
static bool is_array(lua_State *L, size_t *out_count)
{
    lua_Number highest = 0;
    bool array = true;
    size_t count = 0;
    lua_pushnil(L);
    for (; lua_next(L, -2); count++) {
        lua_pop(L, 1);
        lua_Number key = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
        if (key <= 0 || key > INT_MAX || key != trunc(key))
            array = false;
        else if (key > highest)
            highest = key;
    }
    *out_count = count;
    return array && highest == (lua_Number)count;
}

static void pack_table(struct packer *packer, int level)
{
    lua_State *L = packer->L;
    size_t count;
    /* key, value, the key again, and the packer growing */
    luaL_checkstack(L, 4, "in function mp_encode_lua_table_as_map");
    if (is_array(L, &count)) {
        put_count(packer, FIX_ARRAY, ARRAY_16, count);
        for (size_t i = 1; i <= count; i++) {
            lua_pushnumber(L, (lua_Number)i);
            lua_gettable(L, -2);
            pack_value(packer, level + 1);
        }
        return;
    }
    put_count(packer, FIX_MAP, MAP_16, count);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        pack_value(packer, level + 1);
        pack_value(packer, level + 1);
    }
}

/* Packs the value on top of the stack and pops it. */
static void pack_value(struct packer *packer, int level)
{
    lua_State *L = packer->L;
    int type = lua_type(L, -1);
    if (type == LUA_TSTRING) {
        size_t len;
        const char *bytes = lua_tolstring(L, -1, &len);
        put_string(packer, slice_of(bytes, len));
    } else if (type == LUA_TBOOLEAN) {
        put_head(packer, lua_toboolean(L, -1) ? TRUE : FALSE, 0, 0);
    } else if (type == LUA_TNUMBER) {
        put_number(packer, lua_tonumber(L, -1));
    } else if (type == LUA_TTABLE && level < NESTING_MAX) {
        pack_table(packer, level);
    } else {
        put_head(packer, NIL, 0, 0);
    }
    lua_pop(L, 1);
}

static int pack(lua_State *L)
{
    int count = lua_gettop(L);
    if (count == 0)
        return luaL_argerror(L, 0, "MessagePack pack needs input.");
    if (!lua_checkstack(L, count + 3))
        return luaL_argerror(L, 0, "Too many arguments for MessagePack pack.");
    struct packer packer = {.L = L, .index = count + 1, .room = 64};
    packer.bytes = lua_newuserdata(L, packer.room);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, i);
        pack_value(&packer, 0);
    }
    lua_pushlstring(L, (const char *)packer.bytes, packer.len);
    return 1;
}

/* ---- unpacking */

struct unpacker {
    lua_State *L;
    const uint8_t *at, *end;
};

/* The next len bytes. */
static const uint8_t *take(struct unpacker *unpacker, size_t len)
{
    if ((size_t)(unpacker->end - unpacker->at) < len)
        luaL_error(unpacker->L, "Missing bytes in input.");
    unpacker->at += len;
    return unpacker->at - len;
}

static uint64_t take_number(struct unpacker *unpacker, unsigned size)
{
    const uint8_t *bytes = take(unpacker, size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void unpack_value(struct unpacker *unpacker);

static void unpack_array(struct unpacker *unpacker, size_t count)
{
    lua_State *L = unpacker->L;
    lua_newtable(L);
    luaL_checkstack(L, 1, "in function mp_decode_to_lua_array");
    for (size_t i = 1; i <= count; i++) {
        lua_pushnumber(L, (lua_Number)i);
        unpack_value(unpacker);
        lua_settable(L, -3);
    }
}

static void unpack_map(struct unpacker *unpacker, size_t count)
{
    lua_newtable(unpacker->L);
    for (size_t i = 0; i < count; i++) {
        unpack_value(unpacker);
        unpack_value(unpacker);
        lua_settable(unpacker->L, -3);
    }
}

static void unpack_string(struct unpacker *unpacker, size_t len)
{
    const uint8_t *bytes = take(unpacker, len);
    lua_pushlstring(unpacker->L, (const char *)bytes, len);
}

static void unpack_float(struct unpacker *unpacker, unsigned first)
{
    if (first == FLOAT_32) {
        uint32_t bits = (uint32_t)take_number(unpacker, 4);
        float value;
        memcpy(&value, &bits, sizeof(value));
        lua_pushnumber(unpacker->L, value);
    } else {
        uint64_t bits = take_number(unpacker, 8);
        lua_Number value;
        memcpy(&value, &bits, sizeof(value));
        lua_pushnumber(unpacker->L, value);
    }
}

/* Numbers from 2^63 on become negative, as they do in the library that this stands for. */
static void unpack_integer(struct unpacker *unpacker, unsigned first)
{
    unsigned size = 1u << (first & 3);
    uint64_t value = take_number(unpacker, size);
    uint64_t sign = first >= INT_8 ? (uint64_t)1 << (size * 8 - 1) : 0;
    lua_pushinteger(unpacker->L, (lua_Integer)((value ^ sign) - sign));
}

/* The formats whose first byte holds the value or the length too. */
static void unpack_fixed(struct unpacker *unpacker, unsigned first)
{
    if (first < FIX_MAP)
        lua_pushinteger(unpacker->L, (lua_Integer)first);
    else if (first >= NEGATIVE_FIX)
        lua_pushinteger(unpacker->L, (int8_t)first);
    else if (first < FIX_ARRAY)
        unpack_map(unpacker, first & 15);
    else if (first < FIX_STRING)
        unpack_array(unpacker, first & 15);
    else if (first < NIL)
        unpack_string(unpacker, first & 31);
    else
        luaL_error(unpacker->L, "Bad data format in input.");
}

/* Pushes the next value. */
static void unpack_value(struct unpacker *unpacker)
{
    unsigned first = *take(unpacker, 1);
    luaL_checkstack(unpacker->L, 1,
                    "too many return values at once; use unpack_one or unpack_limit instead.");
    if (first == NIL)
        lua_pushnil(unpacker->L);
    else if (first == TRUE || first == FALSE)
        lua_pushboolean(unpacker->L, first == TRUE);
    else if (first == FLOAT_32 || first == FLOAT_64)
        unpack_float(unpacker, first);
    else if (first >= UINT_8 && first <= INT_64)
        unpack_integer(unpacker, first);
    else if (first >= STRING_8 && first <= STRING_32)
        unpack_string(unpacker, take_number(unpacker, 1u << (first - STRING_8)));
    else if (first == ARRAY_16 || first == ARRAY_32)
        unpack_array(unpacker, take_number(unpacker, first == ARRAY_16 ? 2 : 4));
    else if (first == MAP_16 || first == MAP_32)
        unpack_map(unpacker, take_number(unpacker, first == MAP_16 ? 2 : 4));
    else
        unpack_fixed(unpacker, first);
}

/* Results of unpacking up to limit values from offset; neither given means all, and no position. */
static int unpack_some(lua_State *L, lua_Integer limit, lua_Integer offset)
{
    size_t len;
    const uint8_t *bytes = (const uint8_t *)luaL_checklstring(L, 1, &len);
    bool all = !limit && !offset;
    int count = 0;
    if (offset < 0 || limit < 0) /* it is the input's length that is told for the limit */
        return luaL_error(L, "Invalid request to unpack with offset of %d and limit of %d.",
                          (int)offset, (int)len);
    if ((size_t)offset > len)
        return luaL_error(L, "Start offset %d greater than input length %d.", (int)offset,
                          (int)len);
    struct unpacker unpacker = {L, bytes + offset, bytes + len};
    for (; unpacker.at < unpacker.end && (all || count < limit); count++)
        unpack_value(&unpacker);
    if (all)
        return count;
    luaL_checkstack(L, 1, "in function mp_unpack_full");
    lua_pushinteger(L, unpacker.at == unpacker.end ? -1 : unpacker.at - bytes);
    lua_insert(L, 2);
    return count + 1;
}

static int unpack(lua_State *L)
{
    return unpack_some(L, 0, 0);
}

static int unpack_one(lua_State *L)
{
    lua_Integer offset = luaL_optinteger(L, 2, 0);
    if (lua_gettop(L) > 1)
        lua_settop(L, 1);
    return unpack_some(L, 1, offset);
}

static int unpack_limit(lua_State *L)
{
    lua_Integer limit = luaL_checkinteger(L, 2);
    lua_Integer offset = luaL_optinteger(L, 3, 0);
    lua_settop(L, 1);
    return unpack_some(L, limit, offset);
}

/* What scripts find in the library that this one stands for. */
static const struct {
    const char *name, *value;
} constants[] = {
    {"_NAME",        "cmsgpack"                                },
    {"_VERSION",     "lua-cmsgpack 0.4.0"                      },
    {"_COPYRIGHT",   "Copyright (C) 2012, Salvatore Sanfilippo"},
    {"_DESCRIPTION", "MessagePack C implementation for Lua"    },
};

int redis_lua_open_cmsgpack(struct lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"pack",       pack},
        {"unpack",            unpack},
        {"unpack_one",unpack_one},
        {"unpack_limit", unpack_limit},
        {0           }
    };
    lua_newtable(L);
    luaL_register(L, NULL, functions);
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        lua_pushstring(L, constants[i].value);
        lua_setfield(L, -2, constants[i].name);
    }
    return 1;
}

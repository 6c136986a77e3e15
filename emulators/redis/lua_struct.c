#include "emulators/redis/lua_struct.h"

#include <lauxlib.h>
#include <lua.h>

#include "common/slice.h"

#define INTEGER_SIZE_MAX  32
#define ALIGNMENT_DEFAULT 8 /* of '!' without a number */

/* A position in a format, and what the options so far have set. */
struct format {
    lua_State *L;
    const char *at;
    bool big_endian;
    size_t alignment; /* items are aligned to their size, but no more than to this */
};

/* One option of a format; controls have size 0 and no padding. */
struct item {
    char option;
    size_t size;
    size_t padding;
};

static struct format format_of(lua_State *L)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return (struct format){L, luaL_checkstring(L, 1), .big_endian = !first, .alignment = 1};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number in the format here, or the given one when there is none. */
static int read_number(struct format *format, int absent)
{
    if (!is_digit(*format->at))
        return absent;
    int64_t number = 0;
    for (; is_digit(*format->at); format->at++) {
        number = number * 10 + (*format->at - '0');
        if (number > INT32_MAX)
            luaL_error(format->L, "integral size overflow");
    }
    return (int)number;
}

static size_t item_size(struct format *format, char option)
{
    switch (option) {
    case 'b':
    case 'B':
    case 'x': return 1;
    case 'h':
    case 'H': return 2;
    case 'f': return 4;
    case 'l':
    case 'L':
    case 'T':
    case 'd': return 8;
    case 'c': return (size_t)read_number(format, 1);
    case 'i':
    case 'I': {
        int size = read_number(format, 4);
        if (size > INTEGER_SIZE_MAX)
            luaL_error(format->L, "integral size %d is larger than limit of %d", size,
                       INTEGER_SIZE_MAX);
        return (size_t)size;
    }
    default: return 0;
    }
}

/* Reads the next option; position is where in the data its item would begin. */
static struct item next_item(struct format *format, size_t position)
{
    struct item item = {.option = *format->at++};
    item.size = item_size(format, item.option);
    if (item.size && item.option != 'c') {
        /* Odd sizes are aligned by the same formula, whatever that means for them. */
        size_t unit = item.size < format->alignment ? item.size : format->alignment;
        item.padding = (unit - (position & (unit - 1))) & (unit - 1);
    }
    return item;
}

/* An option that is no item: blank, endianness, alignment, or none at all. */
static void control(struct format *format, char option)
{
    lua_State *L = format->L;
    switch (option) {
    case ' ': return;
    case '>': format->big_endian = true; return;
    case '<': format->big_endian = false; return;
    case '!': {
        int alignment = read_number(format, ALIGNMENT_DEFAULT);
        if (alignment <= 0 || alignment & (alignment - 1))
            luaL_error(L, "alignment %d is not a power of 2", alignment);
        format->alignment = (size_t)alignment;
        return;
    }
    default: luaL_argerror(L, 1, lua_pushfstring(L, "invalid format option '%c'", option));
    }
}

/* A number as an integer of 64 bits, out of range as an x86-64 processor makes it. */
static uint64_t integer_of(lua_Number number)
{
    if (number >= 0x1p64)
        return 0;
    if (number >= 0x1p63)
        return (uint64_t)(number - 0x1p63) | (uint64_t)1 << 63;
    if (number >= -0x1p63)
        return (uint64_t)(int64_t)number;
    return (uint64_t)1 << 63;
}

/* ---- pack */

static void put_integer(const struct format *format, luaL_Buffer *out, uint64_t value, size_t size)
{
    char bytes[INTEGER_SIZE_MAX];
    for (size_t i = 0; i < size; i++) {
        size_t at = format->big_endian ? size - 1 - i : i;
        bytes[at] = (char)(i < 8 ? value >> 8 * i & 0xff : 0);
    }
    luaL_addlstring(out, bytes, size);
}

static void put_float(const struct format *format, luaL_Buffer *out, lua_Number number, size_t size)
{
    uint64_t bits = 0;
    if (size == sizeof(float)) {
        float value = (float)number;
        uint32_t bits32;
        memcpy(&bits32, &value, sizeof(bits32));
        bits = bits32;
    } else {
        memcpy(&bits, &number, sizeof(bits));
    }
    put_integer(format, out, bits, size);
}

/* Returns how many bytes were put. */
static size_t put_string(lua_State *L, luaL_Buffer *out, struct item item, int arg)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, arg, &len);
    size_t size = item.size ? item.size : len;
    luaL_argcheck(L, len >= size, arg + 1, "string too short");
    luaL_addlstring(out, bytes, size);
    if (item.option == 's')
        luaL_addchar(out, '\0');
    return size + (item.option == 's');
}

static int pack(lua_State *L)
{
    struct format format = format_of(L);
    luaL_Buffer out;
    size_t len = 0;
    int arg = 2;
    lua_pushnil(L); /* an argument that is missing must not be the buffer's */
    luaL_buffinit(L, &out);
    while (*format.at) {
        struct item item = next_item(&format, len);
        for (size_t i = 0; i < item.padding; i++)
            luaL_addchar(&out, '\0');
        switch (item.option) {
        case 'b':
        case 'B':
        case 'h':
        case 'H':
        case 'l':
        case 'L':
        case 'T':
        case 'i':
        case 'I':
            put_integer(&format, &out, integer_of(luaL_checknumber(L, arg)), item.size);
            arg++;
            break;
        case 'x': luaL_addchar(&out, '\0'); break;
        case 'f':
        case 'd':
            put_float(&format, &out, luaL_checknumber(L, arg), item.size);
            arg++;
            break;
        case 'c':
        case 's': item.size = put_string(L, &out, item, arg++); break;
        default: control(&format, item.option);
        }
        len += item.padding + item.size;
    }
    luaL_pushresult(&out);
    return 1;
}

/* ---- unpack */

static uint64_t get_integer(const struct format *format, const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[format->big_endian ? i : size - 1 - i];
    return value;
}

static void push_integer(const struct format *format, struct item item, const uint8_t *bytes)
{
    uint64_t value = get_integer(format, bytes, item.size);
    if (item.option >= 'a') {
        /* Beyond 8 bytes the sign is looked for where the processor's shift wraps to. */
        uint64_t sign = UINT64_MAX << ((item.size * 8 - 1) & 63);
        if (value & sign)
            value |= sign;
        lua_pushnumber(format->L, (lua_Number)(int64_t)value);
    } else {
        lua_pushnumber(format->L, (lua_Number)value);
    }
}

static void push_float(const struct format *format, struct item item, const uint8_t *bytes)
{
    uint64_t bits = get_integer(format, bytes, item.size);
    if (item.size == sizeof(float)) {
        uint32_t bits32 = (uint32_t)bits;
        float value;
        memcpy(&value, &bits32, sizeof(value));
        lua_pushnumber(format->L, value);
    } else {
        lua_Number value;
        memcpy(&value, &bits, sizeof(value));
        lua_pushnumber(format->L, value);
    }
}

static void check_rest(lua_State *L, struct slice data, size_t position, size_t size)
{
    luaL_argcheck(L, size <= data.len && position <= data.len - size, 2, "data string too short");
}

/* The length of a c0 is the number that was unpacked before it, which it replaces. */
static size_t take_length(lua_State *L, struct slice data, size_t position, int *results)
{
    if (*results == 0 || !lua_isnumber(L, -1))
        luaL_error(L, "format 'c0' needs a previous size");
    size_t size = integer_of(lua_tonumber(L, -1));
    lua_pop(L, 1);
    --*results;
    check_rest(L, data, position, size);
    return size;
}

/* Returns the length with the zero at the end. */
static size_t push_terminated(lua_State *L, struct slice data, size_t position)
{
    struct slice rest = slice_from(data, position);
    const uint8_t *end = rest.len ? memchr(rest.ptr, 0, rest.len) : NULL;
    if (!end)
        luaL_error(L, "unfinished string in data");
    size_t len = (size_t)(end - rest.ptr);
    lua_pushlstring(L, (const char *)rest.ptr, len);
    return len + 1;
}

static int unpack(lua_State *L)
{
    struct format format = format_of(L);
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    struct slice data = slice_of(bytes, len);
    size_t position = (size_t)luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, position > 0, 3, "offset must be 1 or greater");
    position--;
    int results = 0;
    while (*format.at) {
        struct item item = next_item(&format, position);
        position += item.padding;
        check_rest(L, data, position, item.size);
        luaL_checkstack(L, 2, "too many results");
        switch (item.option) {
        case 'b':
        case 'B':
        case 'h':
        case 'H':
        case 'l':
        case 'L':
        case 'T':
        case 'i':
        case 'I':
            push_integer(&format, item, data.ptr + position);
            results++;
            break;
        case 'f':
        case 'd':
            push_float(&format, item, data.ptr + position);
            results++;
            break;
        case 'c':
            if (item.size == 0)
                item.size = take_length(L, data, position, &results);
            lua_pushlstring(L, (const char *)data.ptr + position, item.size);
            results++;
            break;
        case 's':
            item.size = push_terminated(L, data, position);
            results++;
            break;
        case 'x': break;
        default: control(&format, item.option);
        }
        position += item.size;
    }
    lua_pushinteger(L, (lua_Integer)position + 1);
    return results + 1;
}

/* ---- */

static int size(lua_State *L)
{
    struct format format = format_of(L);
    size_t position = 0;
    while (*format.at) {
        struct item item = next_item(&format, position);
        if (item.option == 's')
            luaL_argerror(L, 1, "option 's' has no fixed size");
        if (item.option == 'c' && item.size == 0)
            luaL_argerror(L, 1, "option 'c0' has no fixed size");
        /* Here, and only here, an unknown letter or digit is passed over. */
        bool is_letter = (item.option | 0x20) >= 'a' && (item.option | 0x20) <= 'z';
        if (!is_letter && !is_digit(item.option))
            control(&format, item.option);
        position += item.padding + item.size;
    }
    lua_pushinteger(L, (lua_Integer)position);
    return 1;
}

int redis_lua_open_struct(struct lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"pack",  pack},
        {"unpack",       unpack},
        {"size",size},
        {0 }
    };
    lua_newtable(L);
    luaL_register(L, NULL, functions);
    return 1;
}

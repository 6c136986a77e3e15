#include "emulators/sql/value/bytes.h"

#include <stdarg.h>
#include <stdio.h>

uint8_t *sql_bytes_reserve(struct sql_bytes *bytes, size_t more)
{
    if (bytes->failed || more > SQL_BYTES_MAX - bytes->len) {
        bytes->failed = true;
        return NULL;
    }
    size_t need = bytes->len + more;
    if (bytes->ptr && need <= bytes->room) // a first reservation may be of nothing
        return bytes->ptr + bytes->len;
    size_t room = bytes->room ? bytes->room * 2 : 64;
    while (room < need)
        room *= 2;
    uint8_t *moved = arena_alloc(bytes->arena, room);
    if (!moved) {
        bytes->failed = true;
        return NULL;
    }
    if (bytes->len)
        memcpy(moved, bytes->ptr, bytes->len);
    bytes->ptr = moved;
    bytes->room = room;
    return moved + bytes->len;
}

void sql_bytes_add(struct sql_bytes *bytes, const void *ptr, size_t len)
{
    uint8_t *at = sql_bytes_reserve(bytes, len);
    if (!at || len == 0)
        return;
    memcpy(at, ptr, len);
    bytes->len += len;
}

void sql_bytes_add_slice(struct sql_bytes *bytes, struct slice slice)
{
    sql_bytes_add(bytes, slice.ptr, slice.len);
}

void sql_bytes_add_str(struct sql_bytes *bytes, const char *text)
{
    sql_bytes_add(bytes, text, strlen(text));
}

void sql_bytes_add_char(struct sql_bytes *bytes, char c)
{
    sql_bytes_add(bytes, &c, 1);
}

void sql_bytes_printf(struct sql_bytes *bytes, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    uint8_t *at = len < 0 ? NULL : sql_bytes_reserve(bytes, (size_t)len + 1);
    if (at) {
        vsnprintf((char *)at, (size_t)len + 1, format, again);
        bytes->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void sql_bytes_add_u16(struct sql_bytes *bytes, uint16_t value)
{
    const uint8_t be[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    sql_bytes_add(bytes, be, sizeof(be));
}

void sql_bytes_add_u32(struct sql_bytes *bytes, uint32_t value)
{
    uint8_t be[4];
    for (unsigned i = 0; i < sizeof(be); i++)
        be[i] = (uint8_t)(value >> (24 - 8 * i));
    sql_bytes_add(bytes, be, sizeof(be));
}

void sql_bytes_add_u64(struct sql_bytes *bytes, uint64_t value)
{
    uint8_t be[8];
    for (unsigned i = 0; i < sizeof(be); i++)
        be[i] = (uint8_t)(value >> (56 - 8 * i));
    sql_bytes_add(bytes, be, sizeof(be));
}

#include "emulators/postgres/name_list.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_blanks(struct slice text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

/* A quoted name from the quote at `at` on; returns where it ends, 0: it does not. */
static size_t take_quoted(struct slice text, size_t at, uint8_t *out, size_t *len)
{
    for (at++; at < text.len; at++) {
        if (text.ptr[at] == '"') {
            if (at + 1 == text.len || text.ptr[at + 1] != '"')
                return at + 1;
            at++;
        }
        out[(*len)++] = text.ptr[at];
    }
    return 0;
}

static size_t take_plain(struct slice text, size_t at, uint8_t *out, size_t *len)
{
    while (at < text.len && text.ptr[at] != ',' && !is_blank(text.ptr[at]))
        out[(*len)++] = ascii_lower(text.ptr[at++]);
    return at;
}

int pg_name_list_split(struct slice text, struct arena *arena, struct slice *out, int max)
{
    uint8_t *room = arena_alloc(arena, text.len + 1);
    size_t at = skip_blanks(text, 0);
    int count = 0;
    if (!room)
        return -2;
    if (at == text.len)
        return 0;
    for (;;) {
        size_t len = 0;
        bool quoted = at < text.len && text.ptr[at] == '"';
        at = quoted ? take_quoted(text, at, room, &len) : take_plain(text, at, room, &len);
        if (at == 0 || (!quoted && len == 0))
            return -1;
        if (count < max)
            out[count] = slice_of(room, len);
        count++;
        room += len;
        at = skip_blanks(text, at);
        if (at == text.len)
            return count;
        if (text.ptr[at] != ',')
            return -1;
        at = skip_blanks(text, at + 1);
    }
}

static bool is_plain(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.len > 0;
}

struct slice pg_name_quote(struct arena *arena, struct slice name)
{
    return is_plain(name) ? arena_dup(arena, name) : pg_name_quote_always(arena, name);
}

struct slice pg_name_quote_always(struct arena *arena, struct slice name)
{
    uint8_t *to = arena_alloc(arena, name.len * 2 + 2);
    size_t len = 0;
    if (!to)
        return slice_of(NULL, 0);
    to[len++] = '"';
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            to[len++] = '"';
        to[len++] = name.ptr[i];
    }
    to[len++] = '"';
    return slice_of(to, len);
}

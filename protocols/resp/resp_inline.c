#include "protocols/resp/resp_inline.h"

#include <stdlib.h>

#include "common/text.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Vertical tab and form feed are blank before an argument, but do not end one. */
static bool ends_argument(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint8_t escaped(uint8_t c)
{
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
    }
}

bool resp_make_room(struct resp_decoder *d)
{
    if (d->argc < d->room)
        return true;
    uint32_t room = d->room ? d->room * 2 : 4;
    struct resp_mark *mark = realloc(d->mark, room * sizeof(*mark));
    if (mark)
        d->mark = mark;
    struct slice *argv = mark ? realloc(d->argv, room * sizeof(*argv)) : NULL;
    if (!argv)
        return false;
    d->argv = argv;
    d->room = room;
    return true;
}

/* One character of a "..." argument at *at, unescaped. */
static uint8_t next_in_double_quotes(struct slice line, size_t *at)
{
    const uint8_t *c = line.ptr + *at;
    uint8_t byte;
    size_t left = line.len - *at;
    if (c[0] != '\\' || left < 2) {
        *at += 1;
        return c[0];
    }
    if (c[1] == 'x' && left >= 4 && text_from_hex(slice_of(c + 2, 2), &byte)) {
        *at += 4;
        return byte;
    }
    *at += 2;
    return escaped(c[1]);
}

static uint8_t next_in_single_quotes(struct slice line, size_t *at)
{
    bool quote = line.ptr[*at] == '\\' && *at + 1 < line.len && line.ptr[*at + 1] == '\'';
    *at += quote ? 2 : 1;
    return quote ? '\'' : line.ptr[*at - 1];
}

/* Copies one argument from *at on; false when its quotes do not close, or close before more text. */
static bool take_argument(struct slice line, size_t *at, uint8_t *to, size_t *len)
{
    uint8_t quote = 0;
    *len = 0;
    while (*at < line.len) {
        uint8_t c = line.ptr[*at];
        if (!quote && ends_argument(c))
            return true;
        if (!quote && (c == '"' || c == '\'')) {
            quote = c;
            ++*at;
        } else if (quote && c == quote) {
            ++*at;
            return *at == line.len || is_blank(line.ptr[*at]);
        } else if (quote == '"') {
            to[(*len)++] = next_in_double_quotes(line, at);
        } else if (quote) {
            to[(*len)++] = next_in_single_quotes(line, at);
        } else {
            to[(*len)++] = c;
            ++*at;
        }
    }
    return !quote;
}

static bool add_argument(struct resp_decoder *d, struct slice argument)
{
    if (!resp_make_room(d))
        return false;
    d->argv[d->argc++] = argument;
    return true;
}

enum resp_inline resp_split_inline(struct resp_decoder *d, struct slice line)
{
    /* Unquoting never makes an argument longer. */
    uint8_t *scratch = realloc(d->scratch, line.len + 1);
    if (!scratch)
        return RESP_INLINE_NO_MEMORY;
    d->scratch = scratch;
    d->argc = 0;
    for (size_t at = 0;;) {
        size_t len;
        while (at < line.len && is_blank(line.ptr[at]))
            at++;
        if (at == line.len)
            return RESP_INLINE_OK;
        if (!take_argument(line, &at, scratch, &len))
            return RESP_INLINE_UNBALANCED;
        if (!add_argument(d, slice_of(scratch, len)))
            return RESP_INLINE_NO_MEMORY;
        scratch += len;
    }
}

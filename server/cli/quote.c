#include "server/cli/quote.h"

#include <stdio.h>

#include "common/outq.h"

static bool needs_quotes(struct slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] <= ' ' || word.ptr[i] == 0x7f || strchr("\"'\\", word.ptr[i]))
            return true;
    return word.len == 0;
}

static void put_quoted(struct outq *out, struct slice word)
{
    outq_put(out, "\"", 1);
    for (size_t i = 0; i < word.len; i++) {
        char piece[8];
        uint8_t c = word.ptr[i];
        int len = c < ' ' || c == 0x7f        ? snprintf(piece, sizeof(piece), "\\x%02x", c)
                  : strchr("\"\\", c) != NULL ? snprintf(piece, sizeof(piece), "\\%c", c)
                                              : snprintf(piece, sizeof(piece), "%c", c);
        outq_put(out, piece, (size_t)len);
    }
    outq_put(out, "\"", 1);
}

struct slice quote_command(struct arena *arena, const char *const *words, size_t count)
{
    struct outq out;
    if (count == 1)
        return arena_dup(arena, slice_str(words[0]));
    outq_init(&out);
    for (size_t i = 0; i < count; i++) {
        struct slice word = slice_str(words[i]);
        if (i > 0)
            outq_put(&out, " ", 1);
        if (needs_quotes(word))
            put_quoted(&out, word);
        else
            outq_put_slice(&out, word);
    }
    struct slice line = outq_flatten(&out);
    if (line.ptr)
        line = arena_dup(arena, line);
    outq_done(&out);
    return line;
}

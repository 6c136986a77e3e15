#include "common/words.h"

#include "common/text.h"

/* What is left of the line, and where the bytes of words go. */
struct splitter {
    struct slice rest;
    uint8_t *out;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t take(struct splitter *s)
{
    uint8_t c = s->rest.ptr[0];
    s->rest = slice_from(s->rest, 1);
    return c;
}

/* The byte that a backslash and what follows it stand for. */
static uint8_t take_escape(struct splitter *s)
{
    static const char letters[] = "nrtba", bytes[] = "\n\r\t\b\a";
    uint8_t byte;
    if (s->rest.len >= 3 && s->rest.ptr[0] == 'x' &&
        text_from_hex(slice_of(s->rest.ptr + 1, 2), &byte)) {
        s->rest = slice_from(s->rest, 3);
        return byte;
    }
    uint8_t c = take(s);
    const char *letter = c ? strchr(letters, c) : NULL;
    return letter ? (uint8_t)bytes[letter - letters] : c;
}

/* Up to the closing quote; false: there is none, or a word goes on after it. */
static bool take_quoted(struct splitter *s, uint8_t quote)
{
    while (s->rest.len) {
        uint8_t c = take(s);
        if (c == quote)
            return !s->rest.len || is_blank(s->rest.ptr[0]);
        if (c == '\\' && s->rest.len && quote == '"')
            c = take_escape(s);
        else if (c == '\\' && s->rest.len && s->rest.ptr[0] == '\'')
            c = take(s);
        *s->out++ = c;
    }
    return false;
}

static bool take_word(struct splitter *s)
{
    while (s->rest.len && !strchr(" \n\r\t", s->rest.ptr[0])) {
        uint8_t c = take(s);
        if (c == '"' || c == '\'')
            return take_quoted(s, c);
        *s->out++ = c;
    }
    return true;
}

enum words_result words_split(struct arena *arena, struct slice line, struct slice **out_words,
                              uint32_t *out_count)
{
    const uint8_t *nul = line.len ? memchr(line.ptr, 0, line.len) : NULL;
    struct splitter s = {.rest = slice_of(line.ptr, nul ? (size_t)(nul - line.ptr) : line.len)};
    struct slice *words = arena_array(arena, s.rest.len / 2 + 1, sizeof(*words));
    uint32_t count = 0;
    s.out = arena_alloc(arena, s.rest.len);
    if (!words || !s.out)
        return WORDS_OOM;
    for (;;) {
        while (s.rest.len && is_blank(s.rest.ptr[0]))
            take(&s);
        if (!s.rest.len)
            break;
        const uint8_t *start = s.out;
        if (!take_word(&s))
            return WORDS_UNBALANCED;
        words[count++] = slice_of(start, (size_t)(s.out - start));
    }
    *out_words = words;
    *out_count = count;
    return WORDS_OK;
}

#include "emulators/postgres/startup_options.h"

bool pg_option_add(struct pg_option ***end, struct arena *arena, struct slice name,
                   struct slice value)
{
    struct pg_option *option = arena_zalloc(arena, sizeof(*option));
    if (!option)
        return false;
    option->name = arena_dup(arena, name);
    option->value = arena_dup(arena, value);
    if (!option->name.ptr || !option->value.ptr)
        return false;
    **end = option;
    *end = &option->next;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word from *at on, its backslashes taken out; false: there is none. */
static bool next_word(struct slice text, size_t *at, uint8_t *room, struct slice *out)
{
    size_t len = 0;
    while (*at < text.len && is_blank(text.ptr[*at]))
        ++*at;
    if (*at == text.len)
        return false;
    for (; *at < text.len && !is_blank(text.ptr[*at]); ++*at) {
        if (text.ptr[*at] == '\\' && *at + 1 < text.len)
            ++*at;
        room[len++] = text.ptr[*at];
    }
    *out = slice_of(room, len);
    return true;
}

static bool add_assignment(struct slice word, struct arena *arena, struct pg_option ***end,
                           struct sql_error *error)
{
    const uint8_t *equals = word.len ? memchr(word.ptr, '=', word.len) : NULL;
    if (!equals)
        return sql_fail(error, "42601", "-c " SLICE_FMT " requires a value", SLICE_ARG(word));
    size_t name_len = (size_t)(equals - word.ptr);
    struct slice name = arena_dup(arena, slice_of(word.ptr, name_len));
    uint8_t *letters = (uint8_t *)(uintptr_t)name.ptr;
    for (size_t i = 0; letters && i < name_len; i++)
        if (letters[i] == '-')
            letters[i] = '_';
    return (letters && pg_option_add(end, arena, name, slice_from(word, name_len + 1))) ||
           sql_fail_memory(error);
}

bool pg_options_split(struct slice text, struct arena *arena, struct pg_option ***end,
                      struct sql_error *error)
{
    uint8_t *room = arena_alloc(arena, text.len + 1);
    size_t at = 0;
    struct slice word;
    if (!room)
        return sql_fail_memory(error);
    while (next_word(text, &at, room, &word)) {
        if (word.len == 2 && memcmp(word.ptr, "-c", 2) == 0) {
            if (!next_word(text, &at, room, &word))
                return true;
        } else if (word.len > 2 &&
                   (memcmp(word.ptr, "-c", 2) == 0 || memcmp(word.ptr, "--", 2) == 0)) {
            word = slice_from(word, 2);
        } else {
            return sql_fail(error, "42601",
                            "invalid command-line argument for server process: " SLICE_FMT,
                            SLICE_ARG(word));
        }
        if (!add_assignment(word, arena, end, error))
            return false;
    }
    return true;
}

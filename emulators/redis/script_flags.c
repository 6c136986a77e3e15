#include "emulators/redis/script_flags.h"

#include "protocols/resp/resp_inline.h"

const char *const redis_script_flag_names[] = {
    "no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys", NULL,
};

unsigned redis_script_flag(struct slice name, bool nocase)
{
    for (unsigned i = 0; redis_script_flag_names[i]; i++)
        if (nocase ? slice_is(name, redis_script_flag_names[i])
                   : slice_eq_str(name, redis_script_flag_names[i]))
            return 1u << i;
    return 0;
}

static bool fail(struct slice *error, struct slice text)
{
    *error = text;
    return false;
}

static bool starts_with(struct slice text, const char *prefix, bool nocase)
{
    size_t len = strlen(prefix);
    struct slice head = slice_of(text.ptr, len);
    return text.len >= len && (nocase ? slice_is(head, prefix) : slice_eq_str(head, prefix));
}

/* The body's first line, without its line feed, split as a command line is. False: there is no
 * line feed (*whole false) or the line cannot be split. */
static bool split_line(struct slice body, struct resp_decoder *words, size_t *out_len, bool *whole)
{
    const uint8_t *end = memchr(body.ptr, '\n', body.len);
    *whole = end != NULL;
    if (!end)
        return false;
    *out_len = (size_t)(end - body.ptr);
    return resp_split_inline(words, slice_of(body.ptr, *out_len)) == RESP_INLINE_OK &&
           words->argc > 0;
}

static bool read_flags(struct slice list, struct arena *arena, unsigned *flags, struct slice *error)
{
    while (list.len) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        struct slice name = slice_of(list.ptr, comma ? (size_t)(comma - list.ptr) : list.len);
        unsigned flag = redis_script_flag(name, false);
        if (!flag)
            return fail(error, arena_printf(arena, "Unexpected flag in script shebang: " SLICE_FMT,
                                            SLICE_ARG(name)));
        *flags |= flag;
        if (!comma)
            break;
        list = slice_from(list, name.len + 1);
        if (!list.len)
            return fail(error, slice_str("Unexpected flag in script shebang: "));
    }
    return true;
}

static bool read_script_words(const struct resp_decoder *words, struct arena *arena,
                              unsigned *flags, struct slice *error)
{
    if (!slice_eq_str(words->argv[0], "#!lua"))
        return fail(error, arena_printf(arena, "Unexpected engine in script shebang: " SLICE_FMT,
                                        SLICE_ARG(words->argv[0])));
    *flags = 0;
    for (uint32_t i = 1; i < words->argc; i++) {
        if (!starts_with(words->argv[i], "flags=", false))
            return fail(error, arena_printf(arena, "Unknown lua shebang option: " SLICE_FMT,
                                            SLICE_ARG(words->argv[i])));
        if (!read_flags(slice_from(words->argv[i], 6), arena, flags, error))
            return false;
    }
    return true;
}

bool redis_shebang_of_script(struct slice body, struct arena *arena, struct redis_shebang *out,
                             struct slice *error)
{
    struct resp_decoder words;
    bool whole, ok;
    *out = (struct redis_shebang){.flags = REDIS_SCRIPT_COMPATIBLE};
    if (!starts_with(body, "#!", false))
        return true;
    resp_decoder_init(&words);
    if (split_line(body, &words, &out->len, &whole))
        ok = read_script_words(&words, arena, &out->flags, error);
    else
        ok = fail(error,
                  slice_str(whole ? "Invalid engine in script shebang" : "Invalid script shebang"));
    resp_decoder_done(&words);
    return ok;
}

static bool read_library_words(const struct resp_decoder *words, struct arena *arena,
                               struct redis_shebang *out, struct slice *error)
{
    bool named = false;
    out->engine = arena_dup(arena, slice_from(words->argv[0], 2));
    for (uint32_t i = 1; i < words->argc; i++) {
        if (!starts_with(words->argv[i], "name=", true))
            return fail(error, arena_printf(arena, "Invalid metadata value given: " SLICE_FMT,
                                            SLICE_ARG(words->argv[i])));
        if (named)
            return fail(error, slice_str("Invalid metadata value, name argument was given "
                                         "multiple times"));
        out->name = arena_dup(arena, slice_from(words->argv[i], 5));
        named = true;
    }
    return named || fail(error, slice_str("Library name was not given"));
}

bool redis_shebang_of_library(struct slice body, struct arena *arena, struct redis_shebang *out,
                              struct slice *error)
{
    struct resp_decoder words;
    bool whole, ok;
    *out = (struct redis_shebang){0};
    if (!starts_with(body, "#!", false))
        return fail(error, slice_str("Missing library metadata"));
    resp_decoder_init(&words);
    if (split_line(body, &words, &out->len, &whole))
        ok = read_library_words(&words, arena, out, error);
    else
        ok = fail(error, slice_str("Invalid library metadata"));
    resp_decoder_done(&words);
    return ok;
}

#include "emulators/redis/execute.h"

#include <stdio.h>

#include "common/words.h"
#include "emulators/redis/reply_json.h"
#include "emulators/redis/session.h"

/* "WRONGTYPE Operation against ...": the code is the first word. */
static bool fail_with(struct emulator_error *error, struct slice text)
{
    const uint8_t *blank = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
    size_t code_len = blank ? (size_t)(blank - text.ptr) : text.len;
    char code[sizeof(error->code)];
    snprintf(code, sizeof(code), "%.*s", (int)(code_len < 64 ? code_len : 64),
             (const char *)text.ptr);
    struct slice message = blank ? slice_from(text, code_len + 1) : text;
    size_t len = message.len < sizeof(error->message) ? message.len : sizeof(error->message);
    return emulator_fail(error, code, "%.*s", (int)len, (const char *)message.ptr);
}

static bool write_reply(struct redis_session *session, struct json_writer *out,
                        struct emulator_error *error)
{
    struct slice reply = outq_flatten(&session->discarded), text;
    if (session->discarded.failed || (!reply.ptr && outq_len(&session->discarded)))
        return emulator_fail(error, "OOM", "out of memory");
    if (redis_reply_is_error(reply, &text))
        return fail_with(error, text);
    redis_replies_to_json(reply, out);
    return true;
}

static bool run_words(struct redis *redis, struct slice *words, uint32_t count,
                      struct json_writer *out, struct emulator_error *error)
{
    struct redis_session *session = redis_session_create(redis, NULL);
    if (!session)
        return emulator_fail(error, "OOM", "out of memory");
    session->reply.resp = 3;
    redis->measured_us = 0; /* not in a batch of a client's input */
    redis_dispatch(session, words, count);
    bool ok = write_reply(session, out, error);
    redis_session_destroy(session);
    return ok;
}

bool redis_execute_text(struct emulator *emulator, struct slice command, struct json_writer *out,
                        struct emulator_error *error)
{
    struct arena arena;
    struct slice *words;
    uint32_t count;
    bool ok = false;
    arena_init(&arena);
    switch (words_split(&arena, command, &words, &count)) {
    case WORDS_OOM: emulator_fail(error, "OOM", "out of memory"); break;
    case WORDS_UNBALANCED: emulator_fail(error, "ERR", "unbalanced quotes in the command"); break;
    case WORDS_OK:
        if (count)
            ok = run_words(redis_of(emulator), words, count, out, error);
        else
            emulator_fail(error, "ERR", "expected a command such as GET key");
        break;
    }
    arena_done(&arena);
    return ok;
}

/* One key of a dump. */
#ifndef PARLEL_EMULATORS_REDIS_STATE_DUMP_KEY_H
#define PARLEL_EMULATORS_REDIS_STATE_DUMP_KEY_H

#include "common/arena.h"
#include "common/json.h"
#include "emulators/redis/object.h"

/* A dump being written. */
struct redis_dump {
    struct json_writer *out;
    struct arena arena; /* until the key is complete */
    bool base64;        /* the strings of the key are binary */
};

/* Writes the key as a member: its name and its long form. */
void redis_dump_key(struct redis_dump *dump, const struct redis_entry *entry);

/* A string, or a member's name, in the encoding of the key. */
void redis_dump_string(struct redis_dump *dump, struct slice bytes);
void redis_dump_name(struct redis_dump *dump, struct slice bytes);
/* A member with an instant. */
void redis_dump_time(struct redis_dump *dump, const char *name, int64_t ms);
bool redis_is_text(struct slice bytes);

/* ---- streams (state_dump_stream.c): the elements of the value; the other members of the long form;
 * whether all strings of a stream are text. */
struct redis_stream;
void redis_dump_stream_entries(struct redis_dump *dump, const struct redis_stream *stream);
void redis_dump_stream_members(struct redis_dump *dump, const struct redis_stream *stream);
bool redis_stream_is_text(const struct redis_stream *stream);

/* Puts slices into the order of their bytes. */
void redis_sort_slices(struct slice *slices, size_t count);

#endif

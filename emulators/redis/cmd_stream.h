/* What the files of stream commands share: streams by key, ids as arguments, entries as replies. */
#ifndef PARLEL_EMULATORS_REDIS_CMD_STREAM_H
#define PARLEL_EMULATORS_REDIS_CMD_STREAM_H

#include "emulators/redis/call.h"
#include "emulators/redis/stream_group.h"

/* ---- by key */

/* The key's stream, NULL when absent; false: WRONGTYPE (or, for writing, OOM) is replied. */
bool redis_stream_for_read(struct redis_call *call, struct slice key,
                           const struct redis_stream **out);
bool redis_stream_for_write(struct redis_call *call, struct slice key, struct redis_stream **out);
/* A new stream under an absent key; NULL: OOM replied. */
struct redis_stream *redis_stream_add(struct redis_call *call, struct slice key);

/* The key's stream and one of its groups for changing; *group is NULL when there is none. False:
 * WRONGTYPE or OOM is replied. */
bool redis_stream_group_for_write(struct redis_call *call, struct slice key, struct slice name,
                                  struct redis_stream **out, struct redis_stream_group **out_group);

/* NOGROUP replied, in the two wordings that redis-server has; returns false. `where` ends the first. */
bool redis_stream_no_group(struct redis_call *call, struct slice key, struct slice group,
                           const char *where);
bool redis_stream_no_group_of_key(struct redis_call *call, struct slice key, struct slice group);

/* The consumer for changing, seen now; made, with its event, when there is none of that name. NULL:
 * out of memory, nothing replied. */
struct redis_stream_consumer *redis_stream_consumer_seen(struct redis_call *call,
                                                         struct redis_stream_group *group,
                                                         struct slice key, struct slice name);

/* A change that neither breaks WATCH nor concerns tracking clients, as redis-server has it for what
 * happens to a group: it is counted and, with an event, told. */
void redis_stream_group_changed(struct redis_call *call, struct slice key, const char *event);

/* ---- ids as arguments; false: the error is replied */

/* "ms" or "ms-seq"; a missing sequence number becomes missing_seq. */
bool redis_stream_arg_id(struct redis_call *call, struct slice arg, uint64_t missing_seq,
                         struct redis_stream_id *out);
/* The same, or "-" or "+" for the ends of the range. */
bool redis_stream_arg_any_id(struct redis_call *call, struct slice arg, uint64_t missing_seq,
                             struct redis_stream_id *out);
/* As redis_stream_arg_id, but "ms-*" too: *seq_given is false then. */
bool redis_stream_arg_new_id(struct redis_call *call, struct slice arg, struct redis_stream_id *out,
                             bool *seq_given);
/* The start or the end of an interval: any id, or "(" and an id that is not part of it. */
bool redis_stream_arg_start(struct redis_call *call, struct slice arg, struct redis_stream_id *out);
bool redis_stream_arg_end(struct redis_call *call, struct slice arg, struct redis_stream_id *out);
/* argv[at] .. argv[argc - 1] as ids, in the arena; NULL: the error is replied. */
struct redis_stream_id *redis_stream_arg_ids(struct redis_call *call, uint32_t at);
/* An id without an error; false: it is none. */
bool redis_stream_read_id(struct slice arg, struct redis_stream_id *out);

/* ---- replies */

void redis_stream_reply_id(struct redis_reply *reply, struct redis_stream_id id);
/* [id, [field, value, ...]] */
void redis_stream_reply_entry(struct redis_reply *reply, const struct redis_stream_item *item);
/* An array of at most `count` entries (0: all); returns how many. */
uint64_t redis_stream_reply_range(struct redis_reply *reply, struct redis_stream_iter *iter,
                                  uint64_t count);

#endif

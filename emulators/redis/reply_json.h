/* Replies as JSON: what `execute` answers. Strings, integers, doubles, booleans and null are
 * themselves; a verbatim string is its text, a big number a string of its digits; a map is an
 * object, a set and a push are arrays; an error within an aggregate is {"error": TEXT}. */
#ifndef PARLEL_EMULATORS_REDIS_REPLY_JSON_H
#define PARLEL_EMULATORS_REDIS_REPLY_JSON_H

#include "common/json.h"

/* Writes the replies (RESP2 or RESP3, whole ones) as one value: that of the only one, null for none,
 * an array of several. */
void redis_replies_to_json(struct slice replies, struct json_writer *out);

/* The text of the reply, "CODE message", when it is an error. */
bool redis_reply_is_error(struct slice reply, struct slice *out_text);

#endif

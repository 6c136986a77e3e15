/* The journal's records as JSON, picked by a pattern. */
#ifndef PARLEL_SERVER_CONTROL_RECORDS_H
#define PARLEL_SERVER_CONTROL_RECORDS_H

#include "common/json.h"

#include "server/sandbox.h"

/* Whether a readable record matches. */
bool records_match(struct sandbox *sandbox, uint64_t seq, const struct match *match);

/* Writes a readable record as an object. */
void records_write(struct sandbox *sandbox, uint64_t seq, struct json_writer *out);

/* The first matching record after `since`; 0: there is none yet. */
uint64_t records_next(struct sandbox *sandbox, const struct match *match, uint64_t since);
/* Where the newest `limit` matching records begin: the number before the first of them. */
uint64_t records_since_newest(struct sandbox *sandbox, const struct match *match, uint64_t limit);

#endif

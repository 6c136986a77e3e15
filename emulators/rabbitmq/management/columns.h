/* Values of JSON texts by the dotted names that clients give: ?columns=name,message_stats.publish. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_COLUMNS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_COLUMNS_H

#include "emulators/rabbitmq/management/call.h"

/* Writes a value with those members alone that the query's `columns` names; all without it. */
void management_choose_columns(const struct management_call *call, struct slice json,
                               struct json_writer *out);

/* What is at a dotted name in an object; kind JSON_END: nothing. */
struct json_token management_column(struct arena *arena, struct slice json, struct slice path);

/* Erlang's order of such values: numbers, then what is neither, then texts. */
int management_compare_columns(const struct json_token *a, const struct json_token *b);

#endif

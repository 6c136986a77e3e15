/* Requests' bodies: members of a JSON object, checked one at a time.
 *
 * Those that must be there or must be of a kind answer the call with RabbitMQ's text otherwise. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_BODY_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_BODY_H

#include "emulators/rabbitmq/management/call.h"

struct management_value {
    enum json_kind kind; /* of its first token; JSON_END: there is none */
    struct slice text;   /* of a string: unescaped; of others: as written */
    struct slice json;   /* all of it, as written */
};

/* The request's body as an object; an empty one stands for {}. False: the call is answered. */
bool management_body(struct management_call *call, struct slice *out);

/* A member of an object. */
struct management_value management_member(struct management_call *call, struct slice object,
                                          const char *name);
/* Has the object all these members (NULL ends the names)? Otherwise the call is answered by 400, with all that are
 * missing. */
bool management_need_all(struct management_call *call, struct slice object,
                         const char *const *names);
/* The same; false when it is missing: the call is answered. */
bool management_need(struct management_call *call, struct slice object, const char *name,
                     struct management_value *out);
/* A text that has to be there. */
bool management_need_text(struct management_call *call, struct slice object, const char *name,
                          struct slice *out);
/* A member that is true or false, or texts for them; *out stays as it is without it. */
bool management_flag(struct management_call *call, struct slice object, const char *name,
                     bool *out);
/* A whole number, or a text with one; *out stays as it is without it. */
bool management_integer(struct management_call *call, struct slice object, const char *name,
                        int64_t *out);

/* A list of words as tags are: a text with commas, or an array of texts; *out is the text, without blanks
 * around words. ptr NULL without the member. */
bool management_words(struct management_call *call, struct slice object, const char *name,
                      struct slice *out);

/* The values of an array one by one: for (management_begin(...); management_next(...);). */
void management_begin(struct management_call *call, struct slice array, struct json_reader *out);
bool management_next(struct json_reader *reader, struct management_value *out);
/* The members of an object, likewise. */
bool management_next_member(struct json_reader *reader, struct slice *out_name,
                            struct management_value *out);

#endif

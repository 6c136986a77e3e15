/* One request of the management API: who asks for what, and the answers there are.
 *
 * parlel makes calls of its own, too: fixtures, dumps and commands say things with the same objects. They
 * come over no connection, so that what they are answered with stays in the body.
 *
 * An answer is a status and what is in the body then; it is sent when its handler is through. A handler
 * answers its call once, by one of the management_reply..., _fail... functions; those that
 * look something up answer themselves when it is not there, and return NULL or false.
 *
 * Ownership: all slices of a call lie in its arena, which goes when it is answered, or are the
 * engine's. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_CALL_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_CALL_H

#include "common/json.h"
#include "emulators/http/http_route.h"
#include "emulators/rabbitmq/instance.h"
#include "emulators/rabbitmq/user.h"

struct management_call {
    struct rabbit *rabbit;
    struct http_exchange *x; /* NULL: a call of parlel's own */
    struct arena *arena;
    const struct http_match *match;
    struct uri_form query;
    const struct rabbit_user *user; /* who asks */
    struct rabbit_vhost *vhost;     /* the path's, of a route with MANAGEMENT_VHOST */
    struct outq body;               /* of the answer, which `out` writes */
    struct json_writer out;
    int status;               /* answered with; 0: not yet */
    const char *content_type; /* NULL: JSON */
};

/* Whom a route is for, by tags; an administrator is everything. */
enum management_access {
    MANAGEMENT_ANYBODY = 1, /* with one of the four tags */
    MANAGEMENT_MONITOR,     /* monitoring */
    MANAGEMENT_POLICYMAKER, /* policymaker */
    MANAGEMENT_ADMIN,
    MANAGEMENT_ACCESS = 7, /* the mask of the above */

    MANAGEMENT_VHOST = 8,    /* {vhost} exists, and the user sees it */
    MANAGEMENT_ENTER = 16,   /* and may work in it, as a connection would */
    MANAGEMENT_CONNECT = 32, /* the same, and one that is missing is refused as to a connection */
};

/* A segment of the path; ptr NULL: the pattern has none of that name. */
struct slice management_parameter(const struct management_call *call, const char *name);
/* The same for an exchange: amq.default stands for the default one's empty name. */
struct slice management_exchange_name(const struct management_call *call, const char *name);
/* A value of the query string; ptr NULL without it. */
struct slice management_query(const struct management_call *call, const char *name);
/* Is it given as true? */
bool management_query_is_true(const struct management_call *call, const char *name);

/* Sends the answer that was given. Nothing of the call is valid afterwards. */
void management_send(struct management_call *call);

/* Answers with the object or value in the call's body, only the columns asked for. */
void management_reply(struct management_call *call);
/* The same as it is, with a status of its own. */
void management_reply_status(struct management_call *call, int status);
/* A status without a body. */
void management_reply_empty(struct management_call *call, int status);
/* 201 when it is new, 204 otherwise; neither has a body. */
void management_reply_put(struct management_call *call, bool is_new);
/* 204 */
void management_reply_done(struct management_call *call);

/* {"error": error, "reason": text} */
void management_fail(struct management_call *call, int status, const char *error,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* 400 with error bad_request */
void management_bad_request(struct management_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* 400 with the reason ["what", "value"], as RabbitMQ shows Erlang's tuples. */
void management_bad_value(struct management_call *call, const char *what, struct slice value);
/* The same of a value that is JSON. */
void management_bad_json(struct management_call *call, const char *what, struct slice json);
/* 404 */
void management_not_found(struct management_call *call);
/* 401 "Access refused." and the like */
void management_refuse(struct management_call *call, const char *reason);
/* What the engine refuses as a declaration would: 404, 401, 400, by its code. */
void management_fail_engine(struct management_call *call, const struct rabbit_error *error);
/* The engine's text without the name of its code. */
const char *management_detail(const struct rabbit_error *error);

/* A call of parlel's own, which may do everything, and its end. The arena is the caller's. */
void management_call_init(struct management_call *call, struct rabbit *rabbit, struct arena *arena);
void management_call_done(struct management_call *call);
/* Begins such a call anew: its answer is forgotten. */
void management_call_reset(struct management_call *call);
/* Why such a call was refused, in words; in its arena. */
struct slice management_reason(struct management_call *call);

/* 500 when out of memory. Returns false. */
bool management_fail_memory(struct management_call *call);

#endif

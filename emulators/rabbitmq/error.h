/* How an operation of the broker fails: with one of AMQP's reply codes and RabbitMQ's text for it.
 *
 * The code says what ends: 311, 313 and 403 to 406 close the channel, the others the connection
 * (AMQP 0-9-1, 1.2 reply codes). The text has the form "NAME - detail" and at most 255 bytes, being a
 * short string on the wire. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ERROR_H
#define PARLEL_EMULATORS_RABBITMQ_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum rabbit_reply_code {
    RABBIT_CONTENT_TOO_LARGE = 311,
    RABBIT_NO_ROUTE = 312,
    RABBIT_NO_CONSUMERS = 313,
    RABBIT_CONNECTION_FORCED = 320,
    RABBIT_INVALID_PATH = 402,
    RABBIT_ACCESS_REFUSED = 403,
    RABBIT_NOT_FOUND = 404,
    RABBIT_RESOURCE_LOCKED = 405,
    RABBIT_PRECONDITION_FAILED = 406,
    RABBIT_FRAME_ERROR = 501,
    RABBIT_SYNTAX_ERROR = 502,
    RABBIT_COMMAND_INVALID = 503,
    RABBIT_CHANNEL_ERROR = 504,
    RABBIT_UNEXPECTED_FRAME = 505,
    RABBIT_RESOURCE_ERROR = 506,
    RABBIT_NOT_ALLOWED = 530,
    RABBIT_NOT_IMPLEMENTED = 540,
    RABBIT_INTERNAL_ERROR = 541
};

struct rabbit_error {
    uint16_t code;  /* enum rabbit_reply_code */
    char text[256]; /* NUL-terminated, cut to what a short string holds, "..." at the end then */
};

/* Fills *error with the code's name, " - " and the detail; returns false, so that failing and
 * reporting are one line. */
bool rabbit_fail(struct rabbit_error *error, enum rabbit_reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory: 541 INTERNAL_ERROR, with nothing changed. Returns false. */
bool rabbit_fail_memory(struct rabbit_error *error);

/* "NOT_FOUND"; NULL for a number that is no reply code. */
const char *rabbit_reply_name(unsigned code);

/* Does the code close the connection rather than the channel? */
bool rabbit_reply_is_hard(unsigned code);

#endif

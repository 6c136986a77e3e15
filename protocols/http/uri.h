/* Request targets, percent-encoding and forms: the parts of RFC 3986 that a server of HTTP meets,
 * and application/x-www-form-urlencoded (WHATWG URL 5.1), which query strings are and AWS Query
 * bodies too.
 *
 * Strict: a percent sign without two hexadecimal digits behind it is an error. What is decoded is
 * bytes, NUL among them; a segment may come to contain a slash. Dots in a path mean nothing here.
 *
 * Ownership: split parts borrow from the text; decoded ones lie where the caller says. */
#ifndef PARLEL_PROTOCOLS_HTTP_URI_H
#define PARLEL_PROTOCOLS_HTTP_URI_H

#include "common/arena.h"

/* More pairs than these are refused. */
#define URI_PAIRS_MAX 10000

/* A target's parts as they were sent. */
struct uri {
    struct slice authority; /* "host:port" of an absolute target; ptr NULL without one */
    struct slice path;      /* begins with '/' */
    struct slice query;     /* behind the '?'; ptr NULL without one */
};

/* Splits "/path?query" or "http://host:port/path?query"; false for anything else. */
bool uri_split(struct slice target, struct uri *out);

/* Takes the next segment off a path: "/a//b" has "a", "" and "b", "/" has "". False at the end. */
bool uri_next_segment(struct slice *path, struct slice *out);

/* Writes the bytes that the text stands for, at most text.len of them. False for a bad escape. */
bool uri_decode(struct slice text, uint8_t *out, size_t *out_len);

/* Writes the text with everything but RFC 3986's unreserved characters escaped, at most three times
 * text.len bytes; returns how many. */
size_t uri_encode(struct slice text, char *out);

struct uri_pair {
    struct slice name, value;
};

/* The pairs in the order they were sent. */
struct uri_form {
    const struct uri_pair *pairs;
    size_t count;
};

enum uri_status {
    URI_OK,
    URI_MALFORMED, /* a bad escape */
    URI_TOO_MANY,  /* more than URI_PAIRS_MAX pairs */
    URI_NO_MEMORY
};

/* Decodes "a=1&b=x+y": '+' is a blank, a name without '=' has an empty value, empty pairs are passed
 * over. *out lies in the arena. */
enum uri_status uri_parse_form(struct arena *arena, struct slice text, struct uri_form *out);

/* The value of the first pair of that name, compared exactly; ptr NULL when there is none. */
struct slice uri_form_find(const struct uri_form *form, const char *name);

#endif

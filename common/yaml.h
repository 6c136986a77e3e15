/* Fixtures and settings: a pull reader over YAML 1.2 (or JSON) text. The one user of libfyaml.
 *
 * The reader gives one document as events. Scalars are typed by the core schema (YAML 1.2.2, 10.3):
 * plain ones by their form, quoted and block ones are strings, !!str !!int !!float !!bool !!null
 * say otherwise, !!binary is base64. Aliases are expanded; merge keys (<<) and other tags are
 * refused, and so are duplicate keys. A name that ends in ".json" is read as JSON, strictly.
 *
 * Memory: the text once, and what is anchored. Limits: YAML_DEPTH_MAX containers inside each other,
 * YAML_EXPANDED_MAX events from aliases.
 *
 * Errors: yaml_next returns false from the first error on; yaml_message says what was expected and
 * yaml_position where. Callers report their own errors by yaml_error, at the event just read. */
#ifndef PARLEL_COMMON_YAML_H
#define PARLEL_COMMON_YAML_H

#include "common/slice.h"

#define YAML_DEPTH_MAX    128
#define YAML_EXPANDED_MAX 1000000

struct yaml_reader;

enum yaml_type {
    YAML_END, /* of the document; again and again */
    YAML_MAPPING,
    YAML_MAPPING_END,
    YAML_SEQUENCE,
    YAML_SEQUENCE_END,
    YAML_SCALAR
};

enum yaml_kind { YAML_STRING, YAML_NULL, YAML_BOOL, YAML_INT, YAML_FLOAT };

struct yaml_event {
    enum yaml_type type;
    enum yaml_kind kind;   /* of a scalar */
    bool is_key;           /* a scalar that names the value after it */
    struct slice text;     /* as written, without quotes; bytes of !!binary */
    uint32_t line, column; /* from 1; columns count characters */
};

/* The file is read at once. One that cannot be read fails at the first yaml_next. NULL when out of
 * memory. */
struct yaml_reader *yaml_open_file(const char *path);
/* Borrows bytes until yaml_close; name is for messages. */
struct yaml_reader *yaml_open_bytes(const char *name, struct slice bytes);
void yaml_close(struct yaml_reader *r);

/* The next event. A key's text is valid until the next key of the same mapping, or the mapping's
 * end, is read; other texts until the next call. */
bool yaml_next(struct yaml_reader *r, struct yaml_event *out);

/* The next event, which must be a scalar, a mapping or a sequence as `type` says. `what` names it in
 * the message: "expected WHAT, got ...". */
bool yaml_expect(struct yaml_reader *r, enum yaml_type type, const char *what,
                 struct yaml_event *out);

/* Skips the rest of the value whose first event was just read; after a key the key's value. */
bool yaml_skip(struct yaml_reader *r, const struct yaml_event *first);

/* A scalar's value; false when it is of another kind or out of range. Integers are doubles too. */
bool yaml_to_i64(const struct yaml_event *event, int64_t *out);
bool yaml_to_double(const struct yaml_event *event, double *out);
bool yaml_to_bool(const struct yaml_event *event, bool *out);

/* "a string", "a mapping", ...: for messages. */
const char *yaml_describe(const struct yaml_event *event);

/* Fails the reader at the event just read, unless it has failed before; returns false. */
bool yaml_error(struct yaml_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same at an event that was read before: what it is wrong with may show later. */
bool yaml_error_at(struct yaml_reader *r, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The error's text without its place; NULL when nothing failed. */
const char *yaml_message(const struct yaml_reader *r);

/* Where the error is or, without one, the event just read. line 0: the file as a whole. */
struct yaml_position {
    const char *name;
    uint32_t line, column;
};
struct yaml_position yaml_position(const struct yaml_reader *r);

/* Writes "name:line:column: message" (the reader's own message when NULL is given). */
void yaml_report(const struct yaml_reader *r, const char *message, char *out, size_t room);

#endif

/* Parameters: what CONFIG GET and CONFIG SET know. Each has a text, its current value in the form
 * that CONFIG GET shows; those that have an effect also have a field of struct redis_config. */
#ifndef PARLEL_EMULATORS_REDIS_PARAMETERS_H
#define PARLEL_EMULATORS_REDIS_PARAMETERS_H

#include "common/arena.h"
#include "emulators/redis/instance.h"

enum redis_parameter_kind {
    PARAMETER_BOOL,
    PARAMETER_INT,
    PARAMETER_MEMORY,
    PARAMETER_OCTAL,
    PARAMETER_ENUM,
    PARAMETER_STRING,
    PARAMETER_SPECIAL /* a parser of its own, see parameters_special.c */
};

enum redis_parameter_flags {
    PARAMETER_IMMUTABLE = 1, /* only at the start: --set */
    PARAMETER_PROTECTED = 2,
    PARAMETER_SENSITIVE = 4,
    PARAMETER_HIDDEN = 8, /* shown only when asked for by its whole name */
    PARAMETER_MULTI = 16, /* several words in one text */
    PARAMETER_UNSIGNED = 32,
    PARAMETER_PERCENT = 64
};

struct redis_parameter {
    const char *name, *alias;
    enum redis_parameter_kind kind;
    unsigned flags;
    int64_t min, max;
    const char *initial;
    const char *const *words; /* of an enum; the field is the index */
    size_t offset, size;      /* of the field; size 0: none */
};
extern const struct redis_parameter redis_parameters[];
extern const size_t redis_parameter_count;

/* The text of each parameter that was changed; ptr NULL: as it is initially. */
struct redis_parameter_texts *redis_parameters_create(struct redis *redis);
void redis_parameters_destroy(struct redis *redis);
/* A fork's texts are those of where it comes from. False: out of memory. */
bool redis_parameters_inherit(struct redis *fork, const struct redis *from);

/* By name or alias, whatever the case; NULL: there is none. */
const struct redis_parameter *redis_parameter_find(struct slice name);
/* What CONFIG GET shows; borrowed, or printed into scratch. */
struct slice redis_parameter_get(struct redis *redis, const struct redis_parameter *parameter,
                                 char scratch[256]);
/* Sets it and does what follows from it. False: *error says why not (a text after "... - ", in the
 * arena), and nothing has changed. */
bool redis_parameter_set(struct redis *redis, struct arena *arena,
                         const struct redis_parameter *parameter, struct slice value,
                         const char **error);

/* A number of bytes with a unit: 100mb, 1k, 5. */
bool redis_parse_memory(struct slice text, uint64_t *out);

/* ---- parameters_special.c */

/* Checks a special parameter's words and gives the text to keep; ptr NULL with *error set when they
 * are refused. */
struct slice redis_parameter_special(struct redis *redis, struct arena *arena,
                                     const struct redis_parameter *parameter, struct slice value,
                                     const char **error);
/* What follows when a parameter has changed (eviction, passwords); false: refused with *error. */
bool redis_parameter_apply(struct redis *redis, const struct redis_parameter *parameter,
                           struct slice value, const char **error);

#endif

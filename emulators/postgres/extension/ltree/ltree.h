/* ltree: paths of labels, "Top.Science.Astronomy", and the patterns that look for them.
 *
 * All three types are kept as their text in its canonical form, which is what they print. A label has
 * letters, digits and underscores, all of which come behind the dot: so paths are in the order of
 * their bytes. Patterns are parsed where they are used. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_LTREE_LTREE_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_LTREE_LTREE_H

#include "emulators/postgres/extension/functions.h"

#define LTREE_LABEL_MAX  255 /* characters */
#define LTREE_LEVELS_MAX 65535

/* A path's labels. */
struct ltree {
    struct slice text;
    uint32_t count;
    const struct slice *labels;
};

/* False: memory ran out. */
bool ltree_open(struct sql_call *call, struct datum value, struct ltree *out);
bool ltree_is_label(uint8_t c);
/* Checks the text of a path. */
bool ltree_check(struct sql_call *call, struct slice text);
/* 42622 for a label longer than allowed, which ends before byte `end`. */
bool ltree_check_label(struct sql_call *call, size_t len, size_t end);

/* ---- a word of a pattern, with what stands behind it */

struct ltree_word {
    struct slice text;
    bool prefix, any_case, parts; /* * @ % */
};

/* Takes a modifier; false: the character is none. */
bool ltree_word_modifier(struct ltree_word *word, uint8_t c);
bool ltree_word_matches(const struct ltree_word *word, struct slice label);
void ltree_word_print(struct sql_bytes *out, const struct ltree_word *word);

/* ---- patterns */

bool lquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out);
bool ltxtquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                     int32_t typmod, struct datum *out);
/* Does the path match? False: the error is filled. */
typedef bool ltree_matcher(struct sql_call *call, struct datum path, struct datum pattern,
                           bool *out);
ltree_matcher lquery_matches, ltxtquery_matches;

extern const struct sql_type_ops ltree_ops;

#endif

/* Names that resemble a misspelt column's, for the hint "Perhaps you meant ...". */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_SIMILAR_H
#define PARLEL_EMULATORS_SQL_ANALYZE_SIMILAR_H

#include "emulators/sql/error.h"

struct similar_name {
    struct slice table, column;
    const void *owner;
};

struct similar {
    struct slice table, column;
    struct similar_name first, second;
    unsigned distance; /* of the best so far */
    bool crowded;      /* more than two are equally near */
};

/* table.ptr NULL: none was written. */
void similar_begin(struct similar *similar, struct slice table, struct slice column);
/* Considers one column; true when it is the very name that was written. */
bool similar_consider(struct similar *similar, struct slice table, struct slice column,
                      const void *owner);
/* Adds the hint when there is something to say; returns false. */
bool similar_hint(const struct similar *similar, struct sql_error *error);
/* How many characters must be changed to make one of the other; limit + 1 when more than limit. */
unsigned similar_distance(struct slice a, struct slice b, unsigned limit);

#endif

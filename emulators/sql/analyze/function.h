/* Finding the routine that a call means (function.c), for call.c and DDL that names routines. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_FUNCTION_H
#define PARLEL_EMULATORS_SQL_ANALYZE_FUNCTION_H

#include "emulators/sql/analyze/analysis.h"

/* The arguments as written: the last name_count of them have names. */
struct function_args {
    uint32_t count;
    const uint32_t *types;
    const struct slice *names;
    uint32_t name_count;
    bool variadic;    /* VARIADIC was written */
    bool may_be_cast; /* type(x) is looked for, too */
    bool procedure;   /* CALL: OUT parameters of procedures have arguments, too */
};

struct function_found {
    enum { FUNCTION_NONE, FUNCTION_AMBIGUOUS, FUNCTION_FOUND, FUNCTION_CAST } kind;
    struct candidate *candidate; /* FOUND */
    uint32_t cast_type;          /* CAST */
};

/* false: failed. Not to find any is no failure. */
bool find_function(struct analysis *a, struct slice schema, struct slice name,
                   const struct function_args *args, struct function_found *out);
/* Which input argument has this name, UINT32_MAX: none. */
uint32_t routine_argument_named(const struct sql_routine *routine, struct slice name);

#endif

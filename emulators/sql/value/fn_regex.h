/* Functions of regular expressions. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_REGEX_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_REGEX_H

#include "emulators/sql/value/regex/regex.h"

/* The expression compiled, from those that the call site keeps. */
bool sql_regex_of(struct sql_call *call, struct slice pattern, unsigned flags,
                  struct sql_regex **out);

/* Options as letters: those of expressions, and g. */
struct sql_regex_options {
    unsigned flags;
    bool global;
};

/* 22023 for a letter that is none. */
bool sql_regex_read_options(struct sql_call *call, struct slice text,
                            struct sql_regex_options *out);

extern const struct sql_builtin sql_regex_builtins[];
extern const struct sql_builtin sql_regex_match_builtins[];

#endif

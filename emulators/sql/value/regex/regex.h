/* Regular expressions of SQL servers: advanced ones (escapes, non-greedy quantifiers, back
 * references, look-around), extended and basic ones of POSIX.
 *
 * The leftmost match counts; of those that begin there the longest, or the shortest if the
 * expression as a whole prefers that: a branch prefers what its first quantifier with a preference
 * does, alternatives prefer long. What groups match is decided from left to right within the whole.
 *
 * A compiled expression belongs to the arena given and may be used again and again, but not by two
 * searches at a time: it holds their working memory. Without back references time is linear in the
 * text. Invalid expressions are 2201B. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_H
#define PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_H

#include "emulators/sql/value/type.h"

enum sql_regex_flag {
    SQL_REGEX_NOCASE = 1,
    SQL_REGEX_EXPANDED = 2,       /* blanks and comments do not count */
    SQL_REGEX_NEWLINE_STOPS = 4,  /* . and [^x] do not match a newline */
    SQL_REGEX_NEWLINE_ANCHOR = 8, /* ^ and $ match at newlines, too */
    SQL_REGEX_LITERAL = 16,
    SQL_REGEX_BASIC = 32,
    SQL_REGEX_EXTENDED = 64, /* without what advanced ones have more */
};

#define SQL_REGEX_NEWLINE (SQL_REGEX_NEWLINE_STOPS | SQL_REGEX_NEWLINE_ANCHOR)

/* Changes the flags as an option's letter says, which is that of (?xyz) and of functions' flags. False: it is none. */
bool sql_regex_set_option(unsigned *flags, char letter);

struct sql_regex;

/* Bytes start .. end of the text; SIZE_MAX: the group took no part. */
struct sql_regex_span {
    size_t start, end;
};

bool sql_regex_compile(struct sql_env *env, struct arena *arena, struct slice pattern,
                       unsigned flags, struct sql_regex **out);
/* Number of capturing parentheses. */
unsigned sql_regex_groups(const struct sql_regex *regex);
/* Looks for the first match that begins at byte `from` or later. spans[0] is the match, the others
 * are the groups, as many as fit. */
bool sql_regex_search(struct sql_call *call, struct sql_regex *regex, struct slice text,
                      size_t from, struct sql_regex_span *spans, unsigned span_count, bool *found);

#endif

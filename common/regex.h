/* Regular expressions of Perl's kind, for what other servers take them for from operators: policies,
 * permissions. The one user of PCRE2.
 *
 * (SQL's are another language with other matches: emulators/sql/value/regex.) */
#ifndef PARLEL_COMMON_REGEX_H
#define PARLEL_COMMON_REGEX_H

#include "common/slice.h"

#define REGEX_PROBLEM_MAX 128

/* Can the pattern be read? *out_at is the offset of what cannot. */
bool regex_check(struct slice pattern, char out_problem[REGEX_PROBLEM_MAX], size_t *out_at);

/* Does the pattern match anywhere in the text? A wrong one matches nothing, and neither does one that
 * takes too many steps or memory. */
bool regex_matches(struct slice pattern, struct slice text);

#endif

/* Lists of identifiers in one text: search_path, DateStyle, arguments of some functions. */
#ifndef PARLEL_EMULATORS_POSTGRES_NAME_LIST_H
#define PARLEL_EMULATORS_POSTGRES_NAME_LIST_H

#include "common/arena.h"

/* Splits at commas; plain names are folded to lower case, quoted ones taken as they are. Returns how
 * many there are, of which the first `max` are in out (arena); -1: the syntax is wrong, -2: out of memory. */
int pg_name_list_split(struct slice text, struct arena *arena, struct slice *out, int max);

/* The name as SQL has to write it: in quotes unless it is plain and no reserved word. ptr NULL: out
 * of memory. */
struct slice pg_name_quote(struct arena *arena, struct slice name);

/* In quotes in any case. */
struct slice pg_name_quote_always(struct arena *arena, struct slice name);

#endif

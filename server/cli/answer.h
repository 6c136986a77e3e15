/* Answers of the control API, JSON, as text for people.
 *
 * What is not as expected is shown as nothing: the API is this program's own. */
#ifndef PARLEL_SERVER_CLI_ANSWER_H
#define PARLEL_SERVER_CLI_ANSWER_H

#include <stdio.h>

#include "common/json.h"

#include "server/cli/table.h"

/* A member of an object: a string's text, otherwise its JSON. ptr NULL: there is none. The text lies in
 * the answer or in the arena. */
struct slice answer_member(struct arena *arena, struct slice object, const char *name);
/* Its JSON, of a string too. */
struct slice answer_value(struct arena *arena, struct slice object, const char *name);

/* How a member of an object is shown in a table. */
struct answer_column {
    const char *member;
    const char *before, *after; /* put around a value that is there; NULL: nothing */
    bool joined;                /* it stands in the cell of the column before */
    const char *unless;         /* it is left out when this member is there; NULL: never */
};

/* One row for an object. columns end with member NULL; what is absent, null, false or empty leaves its
 * cell empty, true is shown as the member's name, an array as its elements with blanks between. */
void answer_row(struct table *table, const struct answer_column *columns, struct slice object);
/* How many cells a row has. */
size_t answer_cells(const struct answer_column *columns);

/* Prints a row for each object of a list. */
void answer_print_list(const struct answer_column *columns, struct slice list, FILE *out);
/* The same with one object. */
void answer_print_object(const struct answer_column *columns, struct slice object, FILE *out);

/* Prints the JSON of each element on a line of its own. */
void answer_print_elements(struct slice list, FILE *out);

/* Prints a value with indentation. */
void answer_print_json(struct slice value, FILE *out);

/* Prints the result of a command: a text as it is, a list of plain values one a line, what has "columns"
 * and "rows" as a table, everything else as JSON. */
void answer_print_result(struct slice value, FILE *out);

#endif

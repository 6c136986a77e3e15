/* The words that CommandComplete, the journal, event triggers and errors call a statement by. */
#ifndef PARLEL_EMULATORS_POSTGRES_COMMAND_TAG_H
#define PARLEL_EMULATORS_POSTGRES_COMMAND_TAG_H

#include "emulators/sql/syntax/ast_object.h"

/* "CREATE TABLE", "SELECT": without the numbers that some tags end with. */
const char *pg_command_tag(const struct ast_node *tree);

/* The kind of object in those words: "TABLE", "FOREIGN DATA WRAPPER". */
const char *pg_object_words(enum ast_object_type type);

#endif

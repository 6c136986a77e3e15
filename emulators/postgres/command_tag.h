/* The words that CommandComplete, the journal, event triggers and errors call a statement by. */
#ifndef PARLEL_EMULATORS_POSTGRES_COMMAND_TAG_H
#define PARLEL_EMULATORS_POSTGRES_COMMAND_TAG_H

#include "emulators/sql/syntax/ast.h"

/* "CREATE TABLE", "SELECT": without the numbers that some tags end with. */
const char *pg_command_tag(const struct ast_node *tree);

#endif

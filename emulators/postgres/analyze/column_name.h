/* The names that PostgreSQL gives to columns of results that have none. */
#ifndef PARLEL_EMULATORS_POSTGRES_ANALYZE_COLUMN_NAME_H
#define PARLEL_EMULATORS_POSTGRES_ANALYZE_COLUMN_NAME_H

#include "emulators/sql/syntax/ast_query.h"

/* "?column?" when nothing better is found. */
struct slice pg_column_name(const struct ast_node *expr);

#endif

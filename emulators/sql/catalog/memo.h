/* What look-ups found out at some cost and may want again; one an instance, with its built-in
 * objects' long forms. An entry holds as long as its key says the same. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_MEMO_H
#define PARLEL_EMULATORS_SQL_CATALOG_MEMO_H

#include "emulators/sql/value/type.h"

struct sql_builtins;
struct sql_dialect;

/* Which operator some argument types meant (analyze/operator.c). */
struct sql_operator_memo {
    uint64_t name, version; /* up to 8 bytes of the name; the catalog's version */
    uint32_t left, right;
    uint32_t path; /* the database and its search path, as one number */
    uint32_t op;   /* 0: the entry is empty */
};
#define SQL_OPERATOR_MEMOS 64

/* SQL_OPERATOR_MEMOS of them. */
struct sql_operator_memo *sql_builtins_operator_memos(struct sql_builtins *builtins);
/* The function that a symbol means in a dialect: its own, or the core's; NULL: there is none. */
sql_function *sql_dialect_function(const struct sql_dialect *dialect, struct slice symbol);

#endif

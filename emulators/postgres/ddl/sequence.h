/* Sequences: CREATE, ALTER, and those of serial and identity columns. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_SEQUENCE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_SEQUENCE_H

#include "emulators/postgres/ddl/name.h"

/* A sequence that is to be made. */
struct pg_sequence_def {
    struct slice name;
    uint32_t schema, owner;
    char persistence;
    const struct ast_list *options; /* ast_option */
    uint32_t type;                  /* 0: AS, or bigint */
    bool for_identity;
    uint32_t id; /* made */
};

/* table_column_seq; the option sequence_name says another one. */
bool pg_sequence_choose_name(struct pg_ddl *ddl, struct pg_sequence_def *def, struct slice table,
                             struct slice column);
/* Stores the sequence; def->id is set. */
bool pg_sequence_make(struct pg_ddl *ddl, struct pg_sequence_def *def);
/* The sequence goes with the column: kind a (serial, OWNED BY) or i (identity). Column 0: with nothing. */
bool pg_sequence_own(struct pg_ddl *ddl, uint32_t sequence, uint32_t table, int32_t column,
                     char kind);
/* Changes a sequence as ALTER SEQUENCE (or an identity column's SET) says. */
bool pg_sequence_change(struct pg_ddl *ddl, const struct sql_relation *sequence,
                        const struct ast_list *options, bool for_identity);
/* The sequence that a column owns, 0: none. */
uint32_t pg_sequence_of_column(struct sql_env *env, uint32_t table, int32_t column, char kind);

#endif

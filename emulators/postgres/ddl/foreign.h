/* OPTIONS (name 'value', ...) of foreign data's objects, as texts "name=value". */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_FOREIGN_H
#define PARLEL_EMULATORS_POSTGRES_DDL_FOREIGN_H

#include "emulators/postgres/ddl/ddl.h"

/* The class of what is kept beside a foreign table's relation (ddl/foreign_table.c). */
enum { PG_CLASS_FOREIGN_TABLE = 3118 };

struct pg_foreign_options {
    const struct slice *texts;
    uint16_t count;
};

/* Applies ADD (or nothing), SET and DROP to `options`, and shows the result to the wrapper's validator.
 * of_class: the class of the object that has them. */
bool pg_foreign_options_change(struct pg_ddl *ddl, const struct ast_list *changes,
                               uint32_t validator, uint32_t of_class,
                               struct pg_foreign_options *options);

#endif

/* Which changes a relation takes. Out of memory it seems to take none. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_UPDATABLE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_UPDATABLE_H

#include "emulators/sql/catalog/catalog.h"

/* Bits by the numbers that rules have of events. */
enum {
    SQL_TAKES_UPDATE = 1 << 2,
    SQL_TAKES_INSERT = 1 << 3,
    SQL_TAKES_DELETE = 1 << 4,
    SQL_TAKES_ALL = SQL_TAKES_UPDATE | SQL_TAKES_INSERT | SQL_TAKES_DELETE,
};

/* triggers: those INSTEAD OF a change count, too. */
uint32_t sql_relation_takes(struct sql_env *env, const struct sql_relation *relation,
                            bool triggers);
/* The same, as far as it is about one column. */
uint32_t sql_column_takes(struct sql_env *env, const struct sql_relation *relation, int column,
                          bool triggers);

#endif

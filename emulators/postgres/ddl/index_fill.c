/* Entries of a new index for the rows that are there. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/storage/index.h"

bool pg_index_fill(struct pg_ddl *ddl, uint32_t index_id)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, index_id);
    const struct sql_relation *table = sql_find_relation_id(ddl->session, index->index->table);
    struct sql_table_rows *rows = sql_table_open(ddl->env, ddl->session->database, table);
    if (!rows)
        return false;
    return sql_table_count(rows) == 0 ||
           sql_fail(ddl->env->error, "0A000", "indexes of tables with rows are not supported");
}

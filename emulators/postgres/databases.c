#include "emulators/postgres/databases.h"

#include "emulators/postgres/catalog/dialect.h"

/* What every new server has. */
static const struct first {
    const char *name;
    uint32_t id;
} firsts[] = {
    {"template1", 1},
    {"template0", 4},
    {"postgres",  5},
};

struct sql_database *pg_database_find(struct pg *pg, struct slice name)
{
    const struct sql_object *object =
        sql_object_find_name(pg->sql->shared, NULL, pg_dialect.classes_of.database, 0, name);
    if (object)
        return sql_database_find(pg->sql, object->id);
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if (slice_eq_str(name, firsts[i].name))
            return sql_database_find(pg->sql, firsts[i].id);
    return NULL;
}

bool pg_databases_create(struct pg *pg)
{
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if (!sql_database_create(pg->sql, firsts[i].id, NULL))
            return false;
    return true;
}

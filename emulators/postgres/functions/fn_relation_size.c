/* How much room tables, indexes and databases take: in pages, as the server's files would. What it
 * keeps beside the rows for a table with long values (an empty index) counts, too. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/storage/index.h"

/* A new database begins with that many pages of catalogs. */
enum { CATALOG_PAGES = 920 };

enum { PAGE = 8192, PAGE_ROOM = PAGE - 32, ROW_MAX = 2032, CHARACTER_MAX = 4 };

static int64_t pages(uint64_t bytes)
{
    return (int64_t)((bytes + PAGE_ROOM - 1) / PAGE_ROOM * PAGE);
}

/* Bytes of the relation itself; false: the error is filled. */
static bool main_size(struct sql_env *env, const struct sql_relation *relation, int64_t *out)
{
    struct sql_database *database = env->session->database;
    *out = 0;
    if (relation->kind == SQL_RELATION_SEQUENCE)
        *out = PAGE;
    if (!relation->storage)
        return true;
    if (relation->kind == SQL_RELATION_INDEX) {
        const struct sql_btree *tree = sql_btree_open(env, database, relation);
        *out = tree ? PAGE + pages(sql_btree_bytes(tree)) : 0; /* the first tells about the rest */
        return tree != NULL;
    }
    if (relation->kind != SQL_RELATION_TABLE && relation->kind != SQL_RELATION_MATVIEW)
        return true;
    const struct sql_table_rows *rows = sql_table_open(env, database, relation);
    *out = rows ? pages(sql_table_bytes(rows)) : 0;
    return rows != NULL;
}

/* The most bytes that the column's values take; 0: there is no limit. */
static uint64_t column_max(struct sql_session *session, const struct sql_column *column)
{
    const struct sql_type *type = sql_find_type_id(session, column->type);
    if (column->dropped || !type)
        return 1;
    if (type->len > 0)
        return (uint64_t)type->len;
    if (column->typmod < 0)
        return column->storage == 'p';
    bool characters = type->category == 'S';
    return characters ? (uint64_t)column->typmod * CHARACTER_MAX : (uint64_t)column->typmod >> 16;
}

/* May rows be longer than what is kept in one piece? */
static bool has_long_rows(struct sql_session *session, const struct sql_relation *relation)
{
    uint64_t sum = 0;
    if (relation->kind != SQL_RELATION_TABLE && relation->kind != SQL_RELATION_MATVIEW)
        return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        uint64_t most = column_max(session, &relation->columns[i]);
        if (!most)
            return true;
        sum += most;
    }
    return sum > ROW_MAX;
}

static bool table_size(struct sql_env *env, const struct sql_relation *relation, int64_t *out)
{
    bool ok = main_size(env, relation, out);
    *out += has_long_rows(env->session, relation) ? PAGE : 0;
    return ok;
}

static bool indexes_size(struct sql_env *env, const struct sql_relation *relation, int64_t *out)
{
    int64_t size;
    *out = 0;
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(env->session, relation->indexes[i]);
        if (!index || !main_size(env, index, &size))
            return index != NULL;
        *out += size;
    }
    return true;
}

static bool total_size(struct sql_env *env, const struct sql_relation *relation, int64_t *out)
{
    int64_t indexes;
    bool ok = table_size(env, relation, out) && indexes_size(env, relation, &indexes);
    *out += ok ? indexes : 0;
    return ok;
}

/* ---- functions */

/* NULL for what is no relation: it may have been dropped since its id was read. */
static bool give_size(struct sql_call *call, struct datum relation_id,
                      bool (*measure)(struct sql_env *, const struct sql_relation *, int64_t *),
                      struct datum *out)
{
    const struct sql_relation *relation =
        sql_find_relation_id(call->env->session, (uint32_t)relation_id.u);
    *out = relation ? datum_int(0) : datum_null();
    return !relation || measure(call->env, relation, &out->i);
}

static bool relation_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const char *const forks[] = {"main", "fsm", "vm", "init"};
    struct slice fork = datum_slice(args[1]);
    size_t i = 0;
    while (i < sizeof forks / sizeof *forks && !slice_eq_str(fork, forks[i]))
        i++;
    if (i == sizeof forks / sizeof *forks) {
        sql_fail(call->env->error, "22023", "invalid fork name");
        return sql_hint(call->env->error,
                        "Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
    }
    if (i == 0)
        return give_size(call, args[0], main_size, out);
    *out = datum_int(0);
    return true;
}

static bool relation_table_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_size(call, args[0], table_size, out);
}

static bool relation_indexes_size(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    return give_size(call, args[0], indexes_size, out);
}

static bool relation_total_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_size(call, args[0], total_size, out);
}

static bool database_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_database *database =
        sql_database_find(call->env->session->instance, (uint32_t)args[0].u);
    *out = database ? datum_int(CATALOG_PAGES * PAGE + pages(sql_database_bytes(database)))
                    : datum_null();
    return true;
}

static bool database_size_name(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    struct slice name = datum_slice(args[0]);
    const struct sql_object *found =
        sql_find_object_name(session, session->dialect->classes_of.database, 0, name);
    if (!found)
        return sql_fail(call->env->error, "3D000", "database \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    struct datum id = datum_int(found->id);
    return database_size(call, &id, out);
}

const struct sql_builtin pg_relation_size_functions[] = {
    {"pg_relation_size",       relation_size        },
    {"pg_table_size",          relation_table_size  },
    {"pg_indexes_size",        relation_indexes_size},
    {"pg_total_relation_size", relation_total_size  },
    {"pg_database_size_oid",   database_size        },
    {"pg_database_size_name",  database_size_name   },
    {NULL,                     NULL                 },
};

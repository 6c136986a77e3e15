#include "emulators/postgres/catalog/size.h"

#include "emulators/postgres/databases.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/change.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/index.h"
#include "emulators/sql/value/call.h"

/* ---- one relation */

/* Pages of an index without entries, by its access method. */
static int64_t first_pages(uint32_t method)
{
    static const struct {
        uint32_t method, pages;
    } methods[] = {
        {403,  1}, /* btree */
        {405,  4}, /* hash */
        {783,  1}, /* gist */
        {2742, 2}, /* gin */
        {3580, 3}, /* brin */
        {4000, 3}, /* spgist */
    };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i].method == method)
            return methods[i].pages;
    return 0;
}

static int64_t pages_of(uint64_t bytes)
{
    return (int64_t)((bytes + PG_PAGE_BYTES - 1) / PG_PAGE_BYTES);
}

static struct pg_size size_of_index(struct sql_env *env, const struct sql_relation *relation)
{
    struct sql_btree *tree = sql_btree_open(env, env->session->database, relation);
    struct pg_size size = {first_pages(relation->method), 0};
    if (tree && sql_btree_count(tree) > 0) {
        size.pages += pages_of(sql_btree_bytes(tree));
        size.rows = (double)sql_btree_count(tree);
    }
    return size;
}

static struct pg_size size_of_table(struct sql_env *env, const struct sql_relation *relation)
{
    struct sql_table_rows *table = sql_table_open(env, env->session->database, relation);
    struct pg_size size = {0, -1};
    if (table && sql_table_count(table) > 0) {
        size.pages = pages_of(sql_table_bytes(table));
        size.rows = (double)sql_table_count(table);
    }
    return size;
}

struct pg_size pg_size_of(struct sql_session *session, const struct sql_relation *relation)
{
    struct arena arena;
    struct sql_error ignored;
    struct sql_env env = {.session = session, .arena = &arena, .error = &ignored};
    struct pg_size size = {0, 0};
    arena_init(&arena);
    sql_error_begin(&ignored, &arena);
    switch (relation->kind) {
    case SQL_RELATION_TABLE:
    case SQL_RELATION_MATVIEW:
        size = relation->storage ? size_of_table(&env, relation) : (struct pg_size){1, -1};
        break;
    case SQL_RELATION_INDEX:
        if (relation->storage)
            size = size_of_index(&env, relation);
        break;
    case SQL_RELATION_SEQUENCE: size = (struct pg_size){1, 1}; break;
    case SQL_RELATION_PARTITIONED: size.rows = -1; break;
    default: break;
    }
    arena_done(&arena);
    return size;
}

/* ---- what an UPDATE of pg_class said */

#define TOLD_CLASS \
    2619 /* the class id of pg_statistic, whose objects are told by the relation's id */

bool pg_size_tell(struct sql_env *env, uint32_t relation, struct pg_size size)
{
    float rows = (float)size.rows;
    uint32_t numbers[2] = {(uint32_t)size.pages};
    memcpy(&numbers[1], &rows, sizeof rows);
    const struct sql_other told = {
        .object = {.class_id = TOLD_CLASS, .id = relation, .acl_default = true},
        .numbers = numbers,
        .number_count = 2,
    };
    if (sql_find_object(env->session, TOLD_CLASS, relation))
        return sql_catalog_replace(env, &told.object);
    struct sql_other made = told;
    return sql_catalog_create(env, &made.object);
}

bool pg_size_forget(struct sql_env *env, uint32_t relation)
{
    return !sql_find_object(env->session, TOLD_CLASS, relation) ||
           sql_catalog_drop(env, TOLD_CLASS, relation);
}

struct pg_size pg_size_shown(struct sql_session *session, const struct sql_relation *relation)
{
    const struct sql_other *told =
        (const void *)sql_find_object(session, TOLD_CLASS, relation->object.id);
    if (!told)
        return pg_size_of(session, relation);
    float rows;
    memcpy(&rows, &told->numbers[1], sizeof rows);
    return (struct pg_size){(int32_t)told->numbers[0], rows};
}

/* ---- what a table keeps beside its rows: long values, at first the empty index of them */

enum { LONG_ROW = 2032, CHARACTER_BYTES = 4 };

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
    return characters ? (uint64_t)column->typmod * CHARACTER_BYTES : (uint64_t)column->typmod >> 16;
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
    return sum > LONG_ROW;
}

/* ---- functions */

static const struct sql_relation *find(struct sql_call *call, struct datum id)
{
    return sql_find_relation_id(call->env->session, (uint32_t)id.u);
}

static int64_t bytes_of(struct sql_call *call, const struct sql_relation *relation)
{
    return pg_size_of(call->env->session, relation).pages * PG_PAGE_BYTES;
}

static int64_t bytes_of_indexes(struct sql_call *call, const struct sql_relation *relation)
{
    int64_t bytes = 0;
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index =
            sql_find_relation_id(call->env->session, relation->indexes[i]);
        bytes += index ? bytes_of(call, index) : 0;
    }
    return bytes;
}

static bool relation_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation = find(call, args[0]);
    struct slice fork = datum_slice(args[1]);
    bool main = slice_eq_str(fork, "main");
    if (!main && !slice_eq_str(fork, "fsm") && !slice_eq_str(fork, "vm") &&
        !slice_eq_str(fork, "init")) {
        sql_fail(call->env->error, "22023", "invalid fork name");
        return sql_hint(call->env->error,
                        "Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
    }
    if (!relation)
        return sql_give_null(out);
    return sql_give_int(out, main ? bytes_of(call, relation) : 0);
}

static int64_t bytes_of_table(struct sql_call *call, const struct sql_relation *relation)
{
    bool beside = has_long_rows(call->env->session, relation);
    return bytes_of(call, relation) + (beside ? PG_PAGE_BYTES : 0);
}

static bool table_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation = find(call, args[0]);
    return relation ? sql_give_int(out, bytes_of_table(call, relation)) : sql_give_null(out);
}

static bool indexes_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation = find(call, args[0]);
    return relation ? sql_give_int(out, bytes_of_indexes(call, relation)) : sql_give_null(out);
}

static bool total_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation = find(call, args[0]);
    if (!relation)
        return sql_give_null(out);
    return sql_give_int(out, bytes_of_table(call, relation) + bytes_of_indexes(call, relation));
}

static bool give_database(struct sql_call *call, const struct sql_database *database,
                          struct datum *out)
{
    if (!database)
        return sql_give_null(out);
    int64_t catalog = call->env->session->dialect->relations_count;
    return sql_give_int(out, (catalog + pages_of(sql_database_bytes(database))) * PG_PAGE_BYTES);
}

static bool database_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_database(call, sql_database_find(call->env->session->instance, (uint32_t)args[0].u),
                         out);
}

static bool named_database_size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice name = datum_slice(args[0]);
    const struct sql_database *database = pg_database_find(pg_call_session(call)->pg, name);
    if (!database)
        return sql_fail(call->env->error, "3D000", "database \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    return give_database(call, database, out);
}

const struct sql_builtin pg_relation_size_functions[] = {
    {"pg_database_size_name",  named_database_size},
    {"pg_database_size_oid",   database_size      },
    {"pg_indexes_size",        indexes_size       },
    {"pg_relation_size",       relation_size      },
    {"pg_table_size",          table_size         },
    {"pg_total_relation_size", total_size         },
    {NULL,                     NULL               },
};

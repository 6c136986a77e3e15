#include "emulators/postgres/ddl/role_use.h"

#include <stdlib.h>

#include "emulators/postgres/catalog/describe.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

/* More are counted only. */
#define SHOWN_MAX 100

static int by_id(const void *left, const void *right)
{
    const struct sql_role_use *a = left, *b = right;
    if (a->object.id != b->object.id)
        return a->object.id < b->object.id ? -1 : 1;
    if (a->object.part != b->object.part)
        return a->object.part < b->object.part ? -1 : 1;
    return (a->kind < b->kind) - (a->kind > b->kind);
}

bool pg_role_uses(struct pg_ddl *ddl, uint32_t role, const struct sql_role_use **out,
                  uint32_t *out_count)
{
    struct sql_database *const databases[] = {ddl->session->database,
                                              ddl->session->instance->shared};
    struct sql_role_use *found = NULL;
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++) {
        struct sql_role_uses uses;
        const struct sql_role_use *use;
        sql_role_uses_begin(&uses, ddl->env, databases[i]);
        while ((use = sql_role_uses_next(&uses))) {
            if (use->role != role)
                continue;
            found = pg_ddl_grow(ddl, found, count, sizeof *found);
            if (!found)
                return false;
            found[count++] = *use;
        }
        if (uses.failed)
            return false;
    }
    if (count)
        qsort(found, count, sizeof *found, by_id);
    *out = found;
    *out_count = count;
    return true;
}

static void add_line(struct pg_ddl *ddl, struct sql_bytes *out, const struct sql_role_use *use)
{
    const char *what = use->kind == SQL_ROLE_OWNER   ? "owner of"
                       : use->kind == SQL_ROLE_GRANT ? "privileges for"
                                                     : "target of";
    if (out->len)
        sql_bytes_add_char(out, '\n');
    sql_bytes_printf(out, "%s ", what);
    sql_bytes_add_slice(out, pg_describe(ddl->session, ddl->arena, use->object));
}

static bool count_in(struct pg_ddl *ddl, struct sql_database *database, uint32_t role,
                     uint32_t *out_count)
{
    struct sql_role_uses uses;
    const struct sql_role_use *use;
    sql_role_uses_begin(&uses, ddl->env, database);
    *out_count = 0;
    while ((use = sql_role_uses_next(&uses)))
        *out_count += use->role == role;
    return !uses.failed;
}

/* "3 objects in database d", for each other one. */
static bool add_others(struct pg_ddl *ddl, struct sql_bytes *out, uint32_t role)
{
    uint32_t class_id = pg_classes(ddl)->database, count;
    const struct sql_object *at = sql_next_object(ddl->session, class_id, 0);
    for (; at; at = sql_next_object(ddl->session, class_id, at->id + 1)) {
        struct sql_database *database = sql_database_find(ddl->session->instance, at->id);
        if (!database || database == ddl->session->database)
            continue;
        if (!count_in(ddl, database, role, &count))
            return false;
        if (count)
            sql_bytes_printf(out, "%s%u object%s in database " SLICE_FMT, out->len ? "\n" : "",
                             count, count == 1 ? "" : "s", SLICE_ARG(at->name));
    }
    return true;
}

bool pg_role_is_unused(struct pg_ddl *ddl, const struct sql_role *role)
{
    const struct sql_role_use *uses;
    uint32_t count;
    struct sql_bytes detail;
    sql_bytes_init(&detail, ddl->arena);
    if (!pg_role_uses(ddl, role->object.id, &uses, &count))
        return false;
    for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++)
        add_line(ddl, &detail, &uses[i]);
    if (!add_others(ddl, &detail, role->object.id))
        return false;
    if (!detail.len)
        return true;
    sql_fail(ddl->env->error, "2BP01",
             "role \"" SLICE_FMT "\" cannot be dropped because some objects depend on it",
             SLICE_ARG(role->object.name));
    return sql_detail(ddl->env->error, SLICE_FMT, SLICE_ARG(sql_bytes_slice(&detail)));
}

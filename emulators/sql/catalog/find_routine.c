/* Look-ups of routines, operators and casts. Temporary schemas are not searched for these. */
#include "emulators/sql/catalog/find.h"

/* A growing array in an arena. */
struct found_list {
    struct arena *arena;
    const void **items;
    uint32_t count, room;
    bool failed;
};

static void found_add(struct found_list *list, const void *item)
{
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 8;
        const void **items = arena_array(list->arena, room, sizeof *items);
        if (!items) {
            list->failed = true;
            return;
        }
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

const struct sql_routine *sql_find_routine_id(struct sql_session *session, uint32_t id)
{
    if (id >= session->dialect->first_free_id)
        return (const struct sql_routine *)(const void *)sql_find_object(
            session, session->dialect->classes_of.routine, id);
    int at = sql_builtin_routine_id(session->dialect, id);
    struct sql_builtins *builtins = at < 0 ? NULL : sql_builtins_of(session);
    return builtins ? sql_builtins_routine(builtins, (uint32_t)at) : NULL;
}

static bool same_arguments(const struct sql_routine *a, const struct sql_routine *b)
{
    return a->arg_count == b->arg_count &&
           (a->arg_count == 0 ||
            memcmp(a->arg_types, b->arg_types, a->arg_count * sizeof *a->arg_types) == 0);
}

/* A routine further down the path is hidden by one with the same arguments. */
static void add_routine(struct found_list *list, const struct sql_routine *routine)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (same_arguments(list->items[i], routine))
            return;
    found_add(list, routine);
}

static void add_routines_of(struct found_list *list, struct sql_session *session, uint32_t schema,
                            struct slice name)
{
    const struct sql_dialect *dialect = session->dialect;
    if (sql_schema_is_builtin(dialect, schema)) {
        uint32_t first, count = sql_builtin_routines_named(dialect, name, &first);
        for (uint32_t i = first; i < first + count; i++) {
            uint16_t at = dialect->routines_by_name[i];
            struct sql_builtins *builtins =
                dialect->routines[at].schema == schema ? sql_builtins_of(session) : NULL;
            const struct sql_routine *routine =
                builtins ? sql_builtins_routine(builtins, at) : NULL;
            if (routine)
                add_routine(list, routine);
        }
    }
    struct sql_object_names names;
    sql_object_names_begin(&names, session->database, session->txn, dialect->classes_of.routine,
                           schema, name);
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names)))
        add_routine(list, (const void *)next);
}

struct sql_routines sql_find_routines(struct sql_session *session, struct sql_env *env,
                                      struct slice schema, struct slice name)
{
    struct found_list list = {.arena = env->arena};
    uint32_t only;
    struct sql_search search;
    if (sql_search_begin(session, schema, &only, &search))
        for (uint16_t i = 0; i < search.count; i++)
            if (schema.ptr || search.schemas[i] != session->temp_schema)
                add_routines_of(&list, session, search.schemas[i], name);
    return (struct sql_routines){(const struct sql_routine **)(void *)list.items, list.count};
}

/* ---- operators */

const struct sql_operator *sql_find_operator_id(struct sql_session *session, uint32_t id)
{
    return id < session->dialect->first_free_id
               ? sql_builtin_operator_id(session->dialect, id)
               : (const struct sql_operator *)(const void *)sql_find_object(
                     session, session->dialect->classes_of.operator_, id);
}

static void add_operator(struct found_list *list, const struct sql_operator *op, bool prefix)
{
    if ((op->left == 0) != prefix)
        return;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sql_operator *other = list->items[i];
        if (other->left == op->left && other->right == op->right)
            return;
    }
    found_add(list, op);
}

static void add_operators_of(struct found_list *list, struct sql_session *session, uint32_t schema,
                             struct slice name, bool prefix)
{
    const struct sql_dialect *dialect = session->dialect;
    if (schema == dialect->system_schema) {
        uint32_t first, count = sql_builtin_operators_named(dialect, name, &first);
        for (uint32_t i = first; i < first + count; i++)
            add_operator(list, &dialect->operators[dialect->operators_by_name[i]], prefix);
    }
    struct sql_object_names names;
    sql_object_names_begin(&names, session->database, session->txn, dialect->classes_of.operator_,
                           schema, name);
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names)))
        add_operator(list, (const void *)next, prefix);
}

struct sql_operators sql_find_operators(struct sql_session *session, struct sql_env *env,
                                        struct slice schema, struct slice name, bool prefix)
{
    struct found_list list = {.arena = env->arena};
    uint32_t only;
    struct sql_search search;
    if (sql_search_begin(session, schema, &only, &search))
        for (uint16_t i = 0; i < search.count; i++)
            if (schema.ptr || search.schemas[i] != session->temp_schema)
                add_operators_of(&list, session, search.schemas[i], name, prefix);
    return (struct sql_operators){(const struct sql_operator **)(void *)list.items, list.count};
}

static const struct sql_operator *builtin_operator(const struct sql_dialect *dialect,
                                                   struct slice name, uint32_t left, uint32_t right)
{
    uint32_t first, count = sql_builtin_operators_named(dialect, name, &first);
    for (uint32_t i = first; i < first + count; i++) {
        const struct sql_operator *here = &dialect->operators[dialect->operators_by_name[i]];
        if (here->left == left && here->right == right)
            return here;
    }
    return NULL;
}

const struct sql_operator *sql_find_operator(struct sql_session *session, struct slice name,
                                             uint32_t left, uint32_t right)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint16_t i = 0; i < session->path_count; i++) {
        uint32_t schema = session->path[i];
        const struct sql_operator *found =
            schema == dialect->system_schema ? builtin_operator(dialect, name, left, right) : NULL;
        struct sql_object_names names;
        sql_object_names_begin(&names, session->database, session->txn,
                               dialect->classes_of.operator_, schema, name);
        const struct sql_object *next;
        while (!found && (next = sql_object_names_next(&names))) {
            const struct sql_operator *here = (const void *)next;
            if (here->left == left && here->right == right)
                found = here;
        }
        if (found)
            return found;
    }
    return NULL;
}

/* ---- casts */

const struct sql_cast *sql_find_cast(struct sql_session *session, uint32_t source, uint32_t target)
{
    const struct sql_cast *builtin = sql_builtin_cast(session->dialect, source, target);
    if (builtin)
        return builtin;
    uint32_t key[2] = {source, target};
    const struct sql_cast_object *found = (const void *)sql_find_object_name(
        session, session->dialect->classes_of.cast, 0, slice_of(key, sizeof key));
    return found ? &found->cast : NULL;
}

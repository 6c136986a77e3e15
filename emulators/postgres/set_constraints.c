#include "emulators/postgres/set_constraints.h"

#include "emulators/postgres/block.h"
#include "emulators/postgres/reply.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/exec/after.h"
#include "emulators/sql/storage/object_store.h"
#include "emulators/sql/syntax/ast_utility.h"

/* Constraints that were named, with their parts on partitions. */
struct chosen {
    struct sql_env *env;
    uint32_t *ids;
    uint32_t count, room;
};

static bool choose(struct chosen *chosen, uint32_t id)
{
    if (chosen->count == chosen->room) {
        uint32_t room = chosen->room ? 2 * chosen->room : 8;
        uint32_t *ids = arena_array(chosen->env->arena, room, sizeof(*ids));
        if (!ids)
            return sql_fail_memory(chosen->env->error);
        if (chosen->count)
            memcpy(ids, chosen->ids, chosen->count * sizeof(*ids));
        chosen->ids = ids;
        chosen->room = room;
    }
    chosen->ids[chosen->count++] = id;
    return true;
}

/* Those of that name in the schema; *found: some of them is deferrable. */
static bool choose_in(struct chosen *chosen, uint32_t schema, struct slice name, bool *found)
{
    struct sql_session *session = chosen->env->session;
    struct sql_object_names names;
    const struct sql_object *next;
    sql_object_names_begin(&names, session->database, session->txn,
                           session->dialect->classes_of.constraint, schema, name);
    while ((next = sql_object_names_next(&names))) {
        const struct sql_constraint *constraint = (const void *)next;
        if (!constraint->deferrable)
            return sql_fail(chosen->env->error, "42809",
                            "constraint \"" SLICE_FMT "\" is not deferrable", SLICE_ARG(name));
        *found = true;
        if (!choose(chosen, next->id))
            return false;
    }
    return true;
}

static bool choose_named(struct chosen *chosen, const struct ast_relation *name)
{
    struct sql_search search;
    uint32_t only;
    bool found = false;
    if (!sql_search_begin(chosen->env->session, name->schema, &only, &search))
        return sql_fail(chosen->env->error, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name->schema));
    for (uint16_t i = 0; i < search.count && !found; i++)
        if (!choose_in(chosen, search.schemas[i], name->name, &found))
            return false;
    return found || sql_fail(chosen->env->error, "42704",
                             "constraint \"" SLICE_FMT "\" does not exist", SLICE_ARG(name->name));
}

static bool choose_parts(struct chosen *chosen)
{
    struct sql_session *session = chosen->env->session;
    uint32_t class_id = session->dialect->classes_of.constraint;
    for (uint32_t i = 0; i < chosen->count; i++) {
        const struct sql_object *next;
        for (uint32_t id = 0; (next = sql_next_object(session, class_id, id)); id = next->id + 1)
            if (((const struct sql_constraint *)(const void *)next)->parent == chosen->ids[i] &&
                !choose(chosen, next->id))
                return false;
    }
    return true;
}

bool pg_run_set_constraints(struct pg_utility_call *call)
{
    const struct ast_set_constraints *set = AST_AS(set_constraints, call->tree);
    struct chosen chosen = {.env = call->env};
    if (!call->nested && !pg_block_is_open(call->session))
        pg_reply_noticef(call->session, SQL_WARNING, "25P01",
                         "SET CONSTRAINTS can only be used in transaction blocks");
    for (uint32_t i = 0; i < set->constraints.count; i++)
        if (!choose_named(&chosen, AST_AS(relation, set->constraints.items[i])))
            return false;
    return choose_parts(&chosen) &&
           sql_set_constraints(call->env, chosen.ids, chosen.count, set->deferred);
}

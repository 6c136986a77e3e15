#include "emulators/postgres/cursor_row.h"

#include "emulators/sql/catalog/objects.h"

/* ---- noting */

static bool make_room(struct sql_env *env, struct pg_portal *portal, uint32_t each)
{
    if (portal->placed < portal->place_room)
        return true;
    uint64_t room = portal->place_room ? portal->place_room * 2 : 1;
    struct sql_result_place *places = arena_array(&portal->arena, room * each, sizeof(*places));
    if (!places)
        return sql_fail_memory(env->error);
    if (portal->placed)
        memcpy(places, portal->places, portal->placed * each * sizeof(*places));
    portal->places = places;
    portal->place_room = room;
    return true;
}

bool pg_cursor_note_row(struct sql_env *env, struct pg_portal *portal, bool kept)
{
    uint32_t each = portal->analysis->for_cursor ? sql_plan_places(portal->analysis->plans[0]) : 0;
    if (each == 0)
        return true;
    if (!kept)
        portal->placed = 0;
    if (!make_room(env, portal, each))
        return false;
    sql_run_places(portal->run, &portal->places[portal->placed++ * each]);
    return true;
}

/* ---- finding */

static bool is_select(const struct pg_portal *portal)
{
    const struct pg_analysis *analysis = portal->analysis;
    return analysis->query && analysis->query->command == SQL_SELECT &&
           !analysis->query->has_modifying_cte;
}

/* Its rows must be those of the table, one by one. */
static bool check_table(const struct pg_portal *portal, const struct sql_relation *relation,
                        struct sql_error *error)
{
    const struct sql_plan *plan = portal->analysis->plans ? portal->analysis->plans[0] : NULL;
    bool locked = false;
    uint32_t count = plan ? sql_plan_places_of(plan, relation->object.id, &locked) : 0;
    if (count == 1)
        return true;
    const char *format =
        !locked ? "cursor \"" SLICE_FMT "\" is not a simply updatable scan of table \"" SLICE_FMT
                  "\""
        : count ? "cursor \"" SLICE_FMT
                  "\" has multiple FOR UPDATE/SHARE references to table \"" SLICE_FMT "\""
                : "cursor \"" SLICE_FMT
                  "\" does not have a FOR UPDATE/SHARE reference to table \"" SLICE_FMT "\"";
    return sql_fail(error, "24000", format, SLICE_ARG(portal->named.name),
                    SLICE_ARG(relation->object.name));
}

static uint64_t row_at(const struct pg_portal *portal, uint32_t relation)
{
    uint32_t each = sql_plan_places(portal->analysis->plans[0]);
    uint64_t at = portal->store ? (uint64_t)portal->position - portal->passed : portal->placed;
    if (at == 0 || at > portal->placed)
        return 0;
    const struct sql_result_place *places = &portal->places[(at - 1) * each];
    for (uint32_t i = 0; i < each; i++)
        if (places[i].relation == relation)
            return places[i].row_id;
    return 0;
}

bool pg_cursor_row(struct sql_session *session, struct slice cursor,
                   const struct sql_relation *relation, uint64_t *row_id, struct sql_error *error)
{
    const struct pg_portal *portal = pg_portal_find(pg_session_of(session), cursor);
    if (!portal)
        return sql_fail(error, "34000", "cursor \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(cursor));
    if (!is_select(portal))
        return sql_fail(error, "24000", "cursor \"" SLICE_FMT "\" is not a SELECT query",
                        SLICE_ARG(cursor));
    if (portal->held)
        return sql_fail(error, "24000",
                        "cursor \"" SLICE_FMT "\" is held from a previous transaction",
                        SLICE_ARG(cursor));
    if (!check_table(portal, relation, error))
        return false;
    if (portal->position <= 0 || portal->at_end)
        return sql_fail(error, "24000", "cursor \"" SLICE_FMT "\" is not positioned on a row",
                        SLICE_ARG(cursor));
    *row_id = row_at(portal, relation->object.id);
    return true;
}

/* The rows of tables that a cursor stands on. */
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/plan/planner.h"

static uint32_t member_count(const struct sql_plan_place *place)
{
    return place->family_count ? place->family_count : 1;
}

static uint32_t member(const struct sql_plan_place *place, uint32_t number)
{
    const struct sql_relation *relation =
        place->family_count ? place->family[number].relation : place->relation;
    return relation->object.id;
}

uint32_t sql_plan_places(const struct sql_plan *plan)
{
    return plan->place_count;
}

uint32_t sql_plan_places_of(const struct sql_plan *plan, uint32_t relation, bool *locked)
{
    uint32_t count = 0;
    *locked = plan->places_locked;
    for (uint32_t i = 0; i < plan->place_count; i++)
        for (uint32_t m = 0; m < member_count(&plan->places[i]); m++)
            count += member(&plan->places[i], m) == relation;
    return count;
}

/* What another input of an Append left behind is not taken for the next row's. */
void sql_run_places(struct sql_run *run, struct sql_result_place *out)
{
    for (uint32_t i = 0; i < run->plan->place_count; i++) {
        const struct sql_plan_place *place = &run->plan->places[i];
        struct datum *handle = &run->regs[place->row_reg];
        uint32_t number = (uint32_t)handle[SQL_HANDLE_RELATION].i;
        out[i] = (struct sql_result_place){0, 0};
        if (!handle[SQL_HANDLE_ROW_ID].null && number < member_count(place))
            out[i] = (struct sql_result_place){member(place, number),
                                               (uint64_t)handle[SQL_HANDLE_ROW_ID].i};
        handle[SQL_HANDLE_ROW_ID] = datum_null();
    }
}

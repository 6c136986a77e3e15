#include "emulators/postgres/ddl/in_use.h"

#include "emulators/postgres/portal.h"
#include "emulators/postgres/statement.h"

static bool is_read_by(const struct pg_portal *portal, uint32_t relation)
{
    const struct pg_analysis *analysis = portal->analysis;
    if (!(portal->run || portal->in_use) || !analysis || !analysis->plans)
        return false;
    for (uint32_t i = 0; i < analysis->query_count; i++)
        if (analysis->plans[i] && sql_plan_reads(analysis->plans[i], relation))
            return true;
    return false;
}

bool pg_refuse_in_use(struct pg_ddl *ddl, const struct sql_relation *relation, const char *what)
{
    const struct pg_session *session = pg_session_of(ddl->session);
    for (const struct pg_portal *portal = pg_portal_newest(session); portal;
         portal = pg_portal_next(portal))
        if (is_read_by(portal, relation->object.id))
            return sql_fail(ddl->env->error, "55006",
                            "cannot %s \"" SLICE_FMT
                            "\" because it is being used by active queries in this session",
                            what, SLICE_ARG(relation->object.name));
    return true;
}

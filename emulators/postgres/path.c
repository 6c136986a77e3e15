#include "emulators/postgres/path.h"

#include "emulators/postgres/name_list.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/dialect.h"

#define PATH_MAX_NAMES 64

struct path {
    uint32_t ids[PATH_MAX_NAMES + 2];
    uint16_t count;
    uint32_t create;
    bool has_system, has_temp;
};

static void add(struct path *path, uint32_t id)
{
    for (uint16_t i = 0; i < path->count; i++)
        if (path->ids[i] == id)
            return;
    path->ids[path->count++] = id;
}

static struct slice role_name(struct pg_session *session)
{
    const struct sql_role *role = sql_find_role_id(&session->core, session->core.role);
    return role ? role->object.name : slice_of(NULL, 0);
}

static void add_name(struct pg_session *session, struct path *path, struct slice name)
{
    struct sql_session *core = &session->core;
    if (slice_eq_str(name, "$user"))
        name = role_name(session);
    if (slice_eq_str(name, "pg_temp")) {
        path->has_temp = true;
        if (core->temp_schema)
            add(path, core->temp_schema);
        if (!path->create && core->temp_schema)
            path->create = core->temp_schema;
        return;
    }
    const struct sql_schema *schema = name.ptr ? sql_find_schema(core, name) : NULL;
    if (!schema || !sql_has_privileges(core, core->role, &schema->object, SQL_PRIV_USAGE))
        return;
    path->has_system |= schema->object.id == core->dialect->system_schema;
    if (!path->create)
        path->create = schema->object.id;
    add(path, schema->object.id);
}

/* Temporary tables come first and the system's schema next, unless the setting puts them elsewhere. */
static void add_implicit(const struct sql_session *core, struct path *path, struct path *whole)
{
    if (!path->has_temp && core->temp_schema)
        add(whole, core->temp_schema);
    if (!path->has_system)
        add(whole, core->dialect->system_schema);
    for (uint16_t i = 0; i < path->count; i++)
        add(whole, path->ids[i]);
    whole->create = path->create;
}

static bool store(struct pg_session *session, const struct path *path)
{
    struct sql_session *core = &session->core;
    struct heap *heap = session->pg->host.heap;
    uint32_t *ids = heap_alloc(heap, (path->count + 1u) * sizeof(uint32_t));
    if (!ids)
        return false;
    memcpy(ids, path->ids, path->count * sizeof(uint32_t));
    heap_free(heap, core->path, (core->path_count + 1u) * sizeof(uint32_t));
    core->path = ids;
    core->path_count = path->count;
    core->create_schema = path->create;
    return true;
}

bool pg_path_refresh(struct pg_session *session)
{
    struct sql_session *core = &session->core;
    uint64_t version = session->settings.now.path_version;
    uint64_t catalog = sql_catalog_version(core);
    if (core->path && session->path_version == version && session->path_catalog == catalog &&
        session->path_role == core->role && session->path_temp == core->temp_schema)
        return true;
    struct slice names[PATH_MAX_NAMES];
    struct path path = {0}, whole = {0};
    int count = pg_name_list_split(pg_settings_text(&session->settings, "search_path"),
                                   &session->frame_arena, names, PATH_MAX_NAMES);
    for (int i = 0; i < count && i < PATH_MAX_NAMES; i++)
        add_name(session, &path, names[i]);
    add_implicit(core, &path, &whole);
    session->path_version = version;
    session->path_catalog = catalog;
    session->path_role = core->role;
    session->path_temp = core->temp_schema;
    return store(session, &whole);
}

void pg_path_done(struct pg_session *session)
{
    struct sql_session *core = &session->core;
    if (core->path)
        heap_free(session->pg->host.heap, core->path, (core->path_count + 1u) * sizeof(uint32_t));
    core->path = NULL;
}

/* pg_authid, pg_auth_members, pg_database, pg_tablespace, pg_db_role_setting, pg_default_acl. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/postgres/ddl/tablespace.h"

static enum pg_made role(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_role *role = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_bool(row, role->superuser);
    pg_bool(row, role->inherit);
    pg_bool(row, role->create_role);
    pg_bool(row, role->create_db);
    pg_bool(row, role->login);
    pg_bool(row, role->replication);
    pg_bool(row, role->bypass_rls);
    pg_int(row, role->connection_limit);
    pg_text(row, role->password);
    pg_cell(row, role->has_valid_until ? datum_int(role->valid_until) : datum_null());
    return PG_ROW_LAST;
}

static const struct pg_source pg_authid = {
    .core = PG_SOURCE_CORE(1260, 1),
    .stored = role,
    .class_at = PG_CLASS(role),
    .keyed = true,
};

static enum pg_made membership(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_membership *membership = (const void *)object;
    pg_id(row, membership->role);
    pg_id(row, membership->member);
    pg_id(row, membership->grantor);
    pg_bool(row, membership->admin);
    return PG_ROW_LAST;
}

static const struct pg_source pg_auth_members = {
    .core = PG_SOURCE_CORE(1261, 0),
    .stored = membership,
    .class_at = PG_CLASS(membership),
};

static enum pg_made database(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_database_object *database = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_int(row, database->encoding);
    pg_char(row, 'c');
    pg_bool(row, database->is_template);
    pg_bool(row, database->allows_connections);
    pg_int(row, database->connection_limit);
    pg_id(row, 716);
    pg_id(row, 1);
    pg_id(row, PG_TABLESPACE_DEFAULT);
    pg_text(row, database->collate);
    pg_text(row, database->ctype);
    pg_null(row);
    pg_null(row);
    pg_acl(row, object->acl, object->acl_count, object->acl_default);
    return PG_ROW_LAST;
}

static const struct pg_source pg_database = {
    .core = PG_SOURCE_CORE(1262, 1),
    .stored = database,
    .class_at = PG_CLASS(database),
    .keyed = true,
};

static uint32_t tablespace_count(const struct sql_dialect *dialect)
{
    (void)dialect;
    return 2;
}

static enum pg_made builtin_tablespace(struct pg_row *row, uint32_t index)
{
    pg_id(row, index ? PG_TABLESPACE_GLOBAL : PG_TABLESPACE_DEFAULT);
    pg_words(row, index ? "pg_global" : "pg_default");
    pg_id(row, row->dialect->default_owner);
    pg_builtin_acl(row, row->dialect->classes_of.tablespace,
                   index ? PG_TABLESPACE_GLOBAL : PG_TABLESPACE_DEFAULT);
    pg_null(row);
    return PG_ROW_LAST;
}

static enum pg_made stored_tablespace(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    const struct sql_other *space = (const void *)object;
    pg_acl(row, object->acl, object->acl_count, object->acl_default);
    pg_texts(row, space->fields + 1, (uint16_t)(space->field_count - 1));
    return PG_ROW_LAST;
}

static const struct pg_source pg_tablespace = {
    .core = PG_SOURCE_CORE(1213, 0),
    .builtin_count = tablespace_count,
    .builtin = builtin_tablespace,
    .stored = stored_tablespace,
    .class_at = PG_CLASS(tablespace),
};

static enum pg_made settings(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_settings_object *settings = (const void *)object;
    pg_id(row, settings->database);
    pg_id(row, settings->role);
    pg_texts(row, settings->settings, settings->setting_count);
    return PG_ROW_LAST;
}

static const struct pg_source pg_db_role_setting = {
    .core = PG_SOURCE_CORE(2964, 0),
    .stored = settings,
    .class_at = PG_CLASS(settings),
};

static enum pg_made default_acl(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_default_acl *acl = (const void *)object;
    pg_id(row, object->id);
    pg_id(row, acl->role);
    pg_id(row, acl->in_schema);
    pg_char(row, acl->kind);
    pg_acl(row, object->acl, object->acl_count, false);
    return PG_ROW_LAST;
}

static const struct pg_source pg_default_acl = {
    .core = PG_SOURCE_CORE(826, 0),
    .stored = default_acl,
    .class_at = PG_CLASS(default_acl),
};

const struct pg_source *const pg_role_sources[] = {
    &pg_authid,          &pg_auth_members, &pg_database, &pg_tablespace,
    &pg_db_role_setting, &pg_default_acl,  NULL,
};

/* pg_extension, pg_event_trigger, pg_statistic_ext, foreign data, publications, and relations that are
 * always empty. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/ddl/subscription.h"

static enum pg_made extension(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_extension *extension = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_id(row, extension->in_schema);
    pg_bool(row, extension->relocatable);
    pg_text(row, extension->version);
    pg_null(row);
    pg_null(row);
    return PG_ROW_LAST;
}

static const struct pg_source pg_extension = {
    .core = PG_SOURCE_CORE(3079, 0),
    .stored = extension,
    .class_at = PG_CLASS(extension),
};

static enum pg_made event_trigger(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_event_trigger *trigger = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_text(row, trigger->event);
    pg_id(row, object->owner);
    pg_id(row, trigger->function);
    pg_char(row, trigger->enabled);
    pg_texts(row, trigger->tags, trigger->tag_count);
    return PG_ROW_LAST;
}

static const struct pg_source pg_event_trigger = {
    .core = PG_SOURCE_CORE(3466, 0),
    .stored = event_trigger,
    .class_at = PG_CLASS(event_trigger),
};

static enum pg_made statistics(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_statistics_object *statistics = (const void *)object;
    pg_id(row, object->id);
    pg_id(row, statistics->relation);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_id(row, object->owner);
    pg_int(row, statistics->target);
    pg_number_vector(row, statistics->columns, statistics->column_count);
    pg_chars(row, (const char *)statistics->kind_text.ptr, (uint32_t)statistics->kind_text.len);
    pg_null(row);
    return PG_ROW_LAST;
}

static const struct pg_source pg_statistic_ext = {
    .core = PG_SOURCE_CORE(3381, 0),
    .stored = statistics,
    .class_at = PG_CLASS(statistics),
};

/* ---- foreign data (ddl/foreign.c says what is in struct sql_other) */

static enum pg_made foreign_wrapper(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *wrapper = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_id(row, wrapper->numbers[0]);
    pg_id(row, wrapper->numbers[1]);
    pg_acl(row, object->acl, object->acl_count, object->acl_default);
    pg_texts(row, wrapper->fields, wrapper->field_count);
    return PG_ROW_LAST;
}

static enum pg_made foreign_server(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *server = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_id(row, server->numbers[0]);
    pg_text(row, server->fields[0]);
    pg_text(row, server->fields[1]);
    pg_acl(row, object->acl, object->acl_count, object->acl_default);
    pg_texts(row, server->fields + 2, server->field_count - 2u);
    return PG_ROW_LAST;
}

static enum pg_made user_mapping(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *mapping = (const void *)object;
    pg_id(row, object->id);
    pg_id(row, mapping->numbers[0]);
    pg_id(row, mapping->numbers[1]);
    pg_texts(row, mapping->fields, mapping->field_count);
    return PG_ROW_LAST;
}

static enum pg_made foreign_table(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *table = (const void *)object;
    pg_id(row, table->numbers[0]);
    pg_id(row, table->numbers[1]);
    pg_texts(row, table->fields, table->field_count);
    return PG_ROW_LAST;
}

static const struct pg_source pg_foreign_table = {
    .core = PG_SOURCE_CORE(3118, 0),
    .stored = foreign_table,
    .class_id = 3118,
};

static const struct pg_source pg_foreign_data_wrapper = {
    .core = PG_SOURCE_CORE(2328, 1),
    .stored = foreign_wrapper,
    .class_at = PG_CLASS(foreign_wrapper),
    .keyed = true,
};

static const struct pg_source pg_foreign_server = {
    .core = PG_SOURCE_CORE(1417, 1),
    .stored = foreign_server,
    .class_at = PG_CLASS(foreign_server),
    .keyed = true,
};

static const struct pg_source pg_user_mapping = {
    .core = PG_SOURCE_CORE(1418, 1),
    .stored = user_mapping,
    .class_at = PG_CLASS(user_mapping),
    .keyed = true,
};

/* ---- publications (ddl/publication.h says what is in struct sql_other) */

static enum pg_made publication(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *publication = (const void *)object;
    uint32_t flags = publication->numbers[0];
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_bool(row, flags & PG_PUBLISH_ALL_TABLES);
    pg_bool(row, flags & PG_PUBLISH_INSERT);
    pg_bool(row, flags & PG_PUBLISH_UPDATE);
    pg_bool(row, flags & PG_PUBLISH_DELETE);
    pg_bool(row, flags & PG_PUBLISH_TRUNCATE);
    pg_bool(row, flags & PG_PUBLISH_VIA_ROOT);
    return PG_ROW_LAST;
}

static enum pg_made publication_table(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *member = (const void *)object;
    uint16_t count = (uint16_t)(member->number_count - 2);
    int16_t *columns = arena_array(row->arena, count + 1u, sizeof *columns);
    if (!columns) {
        row->failed = !sql_fail_memory(row->env->error);
        return PG_ROW_NONE;
    }
    for (uint16_t i = 0; i < count; i++)
        columns[i] = (int16_t)member->numbers[2 + i];
    pg_id(row, object->id);
    pg_id(row, member->numbers[0]);
    pg_id(row, member->numbers[1]);
    pg_expression(row, member->field_count, PG_EXPRESSION_FILTER, object->id, 0);
    if (count)
        pg_number_vector(row, columns, count);
    else
        pg_null(row);
    return PG_ROW_LAST;
}

static enum pg_made publication_schema(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *member = (const void *)object;
    pg_id(row, object->id);
    pg_id(row, member->numbers[0]);
    pg_id(row, member->numbers[1]);
    return PG_ROW_LAST;
}

static enum pg_made subscription(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *subscription = (const void *)object;
    const uint32_t *numbers = subscription->numbers;
    uint32_t flags = numbers[PG_SUBSCRIPTION_FLAGS];
    const struct slice *fields = subscription->fields;
    pg_id(row, object->id);
    pg_id(row, row->session->database->id);
    pg_cell(row, (struct datum){.u = (uint64_t)numbers[PG_SUBSCRIPTION_SKIP_HIGH] << 32 |
                                     numbers[PG_SUBSCRIPTION_SKIP_LOW]});
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_bool(row, flags & PG_SUBSCRIBE_ENABLED);
    pg_bool(row, flags & PG_SUBSCRIBE_BINARY);
    pg_bool(row, flags & PG_SUBSCRIBE_STREAMING);
    pg_char(row, flags & PG_SUBSCRIBE_TWO_PHASE ? 'p' : 'd');
    pg_bool(row, flags & PG_SUBSCRIBE_DISABLE_ON_ERROR);
    pg_text(row, fields[PG_SUBSCRIPTION_CONNECTION]);
    if (flags & PG_SUBSCRIBE_HAS_SLOT)
        pg_text(row, fields[PG_SUBSCRIPTION_SLOT]);
    else
        pg_null(row);
    pg_text(row, fields[PG_SUBSCRIPTION_COMMIT]);
    pg_texts(row, fields + PG_SUBSCRIPTION_PUBLICATIONS,
             subscription->field_count - (uint32_t)PG_SUBSCRIPTION_PUBLICATIONS);
    return PG_ROW_LAST;
}

static const struct pg_source pg_subscription = {
    .core = PG_SOURCE_CORE(6100, 1),
    .stored = subscription,
    .class_at = PG_CLASS(subscription),
    .keyed = true,
};

static const struct pg_source pg_publication = {
    .core = PG_SOURCE_CORE(6104, 1),
    .stored = publication,
    .class_at = PG_CLASS(publication),
    .keyed = true,
};

static const struct pg_source pg_publication_rel = {
    .core = PG_SOURCE_CORE(6106, 0),
    .stored = publication_table,
    .class_id = PG_CLASS_PUBLICATION_TABLE,
};

static const struct pg_source pg_publication_namespace = {
    .core = PG_SOURCE_CORE(6237, 0),
    .stored = publication_schema,
    .class_id = PG_CLASS_PUBLICATION_SCHEMA,
};

/* Of users alone (ddl/conversion.c says what is in struct sql_other). */
static enum pg_made conversion(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *from = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_id(row, object->owner);
    pg_int(row, (int32_t)from->numbers[0]);
    pg_int(row, (int32_t)from->numbers[1]);
    pg_id(row, from->numbers[2]);
    pg_bool(row, from->numbers[3] != 0);
    return PG_ROW_LAST;
}

static const struct pg_source pg_conversion = {
    .core = PG_SOURCE_CORE(2607, 0),
    .stored = conversion,
    .class_at = PG_CLASS(conversion),
};

/* Relations that never have rows here. */
static const struct pg_source empty_sources[] = {
    {.core = PG_SOURCE_CORE(3596, 0)}, /* pg_seclabel */
    {.core = PG_SOURCE_CORE(3592, 0)}, /* pg_shseclabel */
    {.core = PG_SOURCE_CORE(6102, 0)}, /* pg_subscription_rel */
    {.core = PG_SOURCE_CORE(6000, 0)}, /* pg_replication_origin */
    {.core = PG_SOURCE_CORE(3576, 0)}, /* pg_transform */
    {.core = PG_SOURCE_CORE(2619, 0)}, /* pg_statistic */
    {.core = PG_SOURCE_CORE(3429, 0)}, /* pg_statistic_ext_data */
};

const struct pg_source *const pg_other_sources[] = {
    &pg_extension,       &pg_event_trigger,
    &pg_statistic_ext,   &pg_foreign_data_wrapper,
    &pg_foreign_server,  &pg_user_mapping,
    &pg_foreign_table,   &pg_publication,
    &pg_publication_rel, &pg_publication_namespace,
    &pg_largeobject,     &pg_largeobject_metadata,
    &empty_sources[0],   &empty_sources[1],
    &empty_sources[2],   &empty_sources[3],
    &empty_sources[4],   &empty_sources[5],
    &empty_sources[6],   &pg_conversion,
    &pg_subscription,    NULL,
};

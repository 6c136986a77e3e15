/* pg_depend, pg_description, pg_shdescription. */
#include "emulators/postgres/catalog/system/rows.h"

static enum pg_made depend(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_edge *edge = (const void *)object;
    pg_id(row, edge->of_class);
    pg_id(row, edge->of_id);
    pg_int(row, edge->of_part);
    pg_id(row, edge->on_class);
    pg_id(row, edge->on_id);
    pg_int(row, edge->on_part);
    pg_char(row, edge->kind);
    return PG_ROW_LAST;
}

static const struct pg_source pg_depend = {
    .core = PG_SOURCE_ROWS(2608, 20, 0),
    .stored = depend,
    .class_at = PG_CLASS(dependency),
};

static enum pg_made description(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_comment *comment = (const void *)object;
    pg_id(row, comment->of_id);
    pg_id(row, comment->of_class);
    pg_int(row, comment->of_part);
    pg_text(row, comment->text);
    return PG_ROW_LAST;
}

static const struct pg_source pg_description = {
    .core = PG_SOURCE_CORE(2609, 0),
    .stored = description,
    .class_at = PG_CLASS(comment),
};

static enum pg_made shared_description(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_comment *comment = (const void *)object;
    pg_id(row, comment->of_id);
    pg_id(row, comment->of_class);
    pg_text(row, comment->text);
    return PG_ROW_LAST;
}

static const struct pg_source pg_shdescription = {
    .core = PG_SOURCE_CORE(2396, 0),
    .stored = shared_description,
    .class_at = PG_CLASS(shared_comment),
};

const struct pg_source *const pg_depend_sources[] = {
    &pg_depend,
    &pg_description,
    &pg_shdescription,
    NULL,
};

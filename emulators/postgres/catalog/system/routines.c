/* pg_proc, pg_aggregate, pg_language. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/sql/catalog/find.h"

/* ---- pg_proc */

static void routine_names(struct pg_row *row, const struct sql_routine *routine)
{
    bool any = false;
    for (uint16_t i = 0; routine->names && i < routine->name_count; i++)
        any = any || routine->names[i].len;
    pg_texts(row, any ? routine->names : NULL, routine->name_count);
}

static enum pg_made routine_row(struct pg_row *row, const struct sql_routine *routine)
{
    pg_id(row, routine->object.id);
    pg_text(row, routine->object.name);
    pg_id(row, routine->object.schema);
    pg_id(row, routine->object.owner);
    pg_id(row, routine->language);
    pg_float(row, (double)routine->cost);
    pg_float(row, (double)routine->rows);
    pg_id(row, routine->variadic_element);
    pg_id(row, routine->support);
    pg_char(row, (char)routine->kind);
    pg_bool(row, routine->security_definer);
    pg_bool(row, routine->leakproof);
    pg_bool(row, routine->strict);
    pg_bool(row, routine->returns_set);
    pg_char(row, routine->volatility);
    pg_char(row, routine->parallel);
    pg_int(row, routine->arg_count);
    pg_int(row, routine->default_count);
    pg_id(row, routine->result_type);
    pg_id_vector(row, routine->arg_types, routine->arg_count);
    pg_ids(row, routine->all_count ? routine->all_types : NULL, routine->all_count);
    pg_chars(row, routine->modes, routine->all_count);
    routine_names(row, routine);
    pg_expression(row, routine->default_count > 0, PG_EXPRESSION_ARGUMENTS, routine->object.id, 0);
    pg_null(row);
    pg_text(row, routine->body_count ? slice_of("", 0) : routine->source);
    pg_text(row, routine->binary);
    pg_expression(row, routine->body_count > 0, PG_EXPRESSION_BODY, routine->object.id, 0);
    pg_texts(row, routine->settings, routine->setting_count);
    pg_object_acl(row, &routine->object);
    return PG_ROW_LAST;
}

static uint32_t routine_count(const struct sql_dialect *dialect)
{
    return dialect->routines_count;
}

static enum pg_made builtin_routine(struct pg_row *row, uint32_t index)
{
    const struct sql_routine *found =
        sql_find_routine_id(row->session, row->dialect->routines[index].id);
    if (!found) {
        row->failed = !sql_fail_memory(row->env->error);
        return PG_ROW_NONE;
    }
    return routine_row(row, found);
}

static enum pg_made stored_routine(struct pg_row *row, const struct sql_object *object)
{
    return routine_row(row, (const void *)object);
}

static const struct pg_source pg_proc = {
    .core = PG_SOURCE_ROWS(1255, 3300, 1),
    .builtin_count = routine_count,
    .builtin = builtin_routine,
    .builtin_find = sql_builtin_routine_id,
    .stored = stored_routine,
    .class_at = PG_CLASS(routine),
    .keyed = true,
};

/* ---- pg_aggregate */

static enum pg_made aggregate_row(struct pg_row *row, const struct sql_aggregate *aggregate,
                                  uint32_t routine)
{
    pg_id(row, routine);
    pg_char(row, aggregate->kind);
    pg_int(row, aggregate->direct_count);
    pg_id(row, aggregate->transition);
    pg_id(row, aggregate->final);
    pg_id(row, aggregate->combine);
    pg_id(row, aggregate->serialize);
    pg_id(row, aggregate->deserialize);
    pg_id(row, aggregate->moving_transition);
    pg_id(row, aggregate->inverse);
    pg_id(row, aggregate->moving_final);
    pg_bool(row, aggregate->final_extra);
    pg_bool(row, aggregate->moving_final_extra);
    pg_char(row, aggregate->final_modify);
    pg_char(row, aggregate->moving_final_modify);
    pg_id(row, aggregate->sort_op);
    pg_id(row, aggregate->state_type);
    pg_int(row, aggregate->state_size);
    pg_id(row, aggregate->moving_state_type);
    pg_int(row, aggregate->moving_state_size);
    pg_text(row, aggregate->initial);
    pg_text(row, aggregate->moving_initial);
    return PG_ROW_LAST;
}

static uint32_t aggregate_count(const struct sql_dialect *dialect)
{
    return dialect->aggregates_count;
}

static enum pg_made builtin_aggregate(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_aggregate *from = &row->dialect->aggregates[index];
    return aggregate_row(row, &from->aggregate, from->routine);
}

static enum pg_made stored_aggregate(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_routine *routine = (const void *)object;
    return routine->aggregate ? aggregate_row(row, routine->aggregate, object->id) : PG_ROW_NONE;
}

static const struct pg_source pg_aggregate = {
    .core = PG_SOURCE_CORE(2600, 0),
    .builtin_count = aggregate_count,
    .builtin = builtin_aggregate,
    .stored = stored_aggregate,
    .class_at = PG_CLASS(routine),
};

/* ---- pg_language */

static uint32_t language_count(const struct sql_dialect *dialect)
{
    return dialect->languages_count;
}

static enum pg_made builtin_language(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_language *from = &row->dialect->languages[index];
    pg_id(row, from->id);
    pg_words(row, from->name);
    pg_id(row, row->dialect->default_owner);
    pg_bool(row, from->handler != 0);
    pg_bool(row, from->trusted);
    pg_id(row, from->handler);
    pg_id(row, from->inline_handler);
    pg_id(row, from->validator);
    pg_builtin_acl(row, row->dialect->classes_of.language, from->id);
    return PG_ROW_LAST;
}

static const struct pg_source pg_language = {
    .core = PG_SOURCE_CORE(2612, 0),
    .builtin_count = language_count,
    .builtin = builtin_language,
};

const struct pg_source *const pg_routine_sources[] = {
    &pg_proc,
    &pg_aggregate,
    &pg_language,
    NULL,
};

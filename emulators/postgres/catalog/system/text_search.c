/* pg_ts_config, pg_ts_config_map, pg_ts_dict, pg_ts_parser, pg_ts_template. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/postgres/text_search/configuration.h"

enum { PARSER = 3722 };

static uint32_t text_count(const struct sql_dialect *dialect)
{
    return dialect->text_objects_count;
}

static const struct sql_builtin_text_object *text_object(struct pg_row *row, uint32_t index,
                                                         char kind)
{
    const struct sql_builtin_text_object *object = &row->dialect->text_objects[index];
    return object->kind == kind ? object : NULL;
}

static void text_head(struct pg_row *row, const struct sql_builtin_text_object *object)
{
    pg_id(row, object->id);
    pg_words(row, object->name);
    pg_id(row, row->dialect->system_schema);
    pg_id(row, row->dialect->default_owner);
}

static void stored_head(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_id(row, object->owner);
}

static enum pg_made builtin_config(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_text_object *object = text_object(row, index, 'c');
    if (!object)
        return PG_ROW_NONE;
    text_head(row, object);
    pg_id(row, object->parser);
    return PG_ROW_LAST;
}

static enum pg_made stored_config(struct pg_row *row, const struct sql_object *object)
{
    stored_head(row, object);
    pg_id(row, ((const struct sql_other *)(const void *)object)->numbers[PG_CONFIGURATION_PARSER]);
    return PG_ROW_LAST;
}

static const struct pg_source pg_ts_config = {
    .core = PG_SOURCE_CORE(3602, 0),
    .builtin_count = text_count,
    .builtin = builtin_config,
    .stored = stored_config,
    .class_at = PG_CLASS(text_config),
};

/* ---- which dictionaries each type of token goes to: a row each */

static enum pg_made builtin_map(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_text_object *object = text_object(row, index, 'c');
    enum pg_ts_token type = (enum pg_ts_token)(row->part + 1);
    if (!object || type == PG_TS_TOKEN_COUNT)
        return PG_ROW_NONE;
    uint32_t dictionary = pg_configuration_builtin(row->dialect, object, type);
    if (!dictionary)
        return PG_ROW_SKIP;
    pg_id(row, object->id);
    pg_cell(row, datum_int(type));
    pg_cell(row, datum_int(1));
    pg_id(row, dictionary);
    return PG_ROW_MADE;
}

static enum pg_made stored_map(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *config = (const void *)object;
    uint32_t at = PG_CONFIGURATION_MAP + 2 * row->part, sequence = 1;
    if (at + 1 >= config->number_count)
        return PG_ROW_NONE;
    for (uint32_t i = PG_CONFIGURATION_MAP; i < at; i += 2)
        sequence += config->numbers[i] == config->numbers[at];
    pg_id(row, object->id);
    pg_cell(row, datum_int(config->numbers[at]));
    pg_cell(row, datum_int(sequence));
    pg_id(row, config->numbers[at + 1]);
    return PG_ROW_MADE;
}

static const struct pg_source pg_ts_config_map = {
    .core = PG_SOURCE_CORE(3603, 0),
    .builtin_count = text_count,
    .builtin = builtin_map,
    .stored = stored_map,
    .class_at = PG_CLASS(text_config),
};

/* ---- dictionaries and what they are made of */

static enum pg_made builtin_dictionary(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_text_object *object = text_object(row, index, 'd');
    if (!object)
        return PG_ROW_NONE;
    text_head(row, object);
    pg_id(row, object->template_);
    pg_text(row, object->options[0] ? slice_str(object->options) : slice_of(NULL, 0));
    return PG_ROW_LAST;
}

static enum pg_made stored_dictionary(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *dictionary = (const void *)object;
    const struct pg_dictionary_template *template = pg_dictionary_templates;
    while (template->name &&
           !slice_eq_str(dictionary->fields[PG_DICTIONARY_TEMPLATE], template->name))
        template ++;
    stored_head(row, object);
    pg_id(row, template->id);
    bool options = dictionary->field_count > PG_DICTIONARY_OPTIONS &&
                   dictionary->fields[PG_DICTIONARY_OPTIONS].len;
    pg_text(row, options ? dictionary->fields[PG_DICTIONARY_OPTIONS] : slice_of(NULL, 0));
    return PG_ROW_LAST;
}

static const struct pg_source pg_ts_dict = {
    .core = PG_SOURCE_CORE(3600, 0),
    .builtin_count = text_count,
    .builtin = builtin_dictionary,
    .stored = stored_dictionary,
    .class_at = PG_CLASS(text_dictionary),
};

static uint32_t one(const struct sql_dialect *dialect)
{
    (void)dialect;
    return 1;
}

static enum pg_made parser(struct pg_row *row, uint32_t index)
{
    (void)index;
    pg_id(row, PARSER);
    pg_words(row, "default");
    pg_id(row, row->dialect->system_schema);
    /* Its functions: start, token, end, headline, lextype. */
    for (uint32_t id = 3717; id <= 3721; id++)
        pg_id(row, id);
    return PG_ROW_LAST;
}

static const struct pg_source pg_ts_parser = {
    .core = PG_SOURCE_CORE(3601, 0),
    .builtin_count = one,
    .builtin = parser,
};

static uint32_t template_count(const struct sql_dialect *dialect)
{
    uint32_t count = 0;
    (void)dialect;
    while (pg_dictionary_templates[count].name)
        count++;
    return count;
}

static enum pg_made builtin_template(struct pg_row *row, uint32_t index)
{
    const struct pg_dictionary_template *template = &pg_dictionary_templates[index];
    pg_id(row, template->id);
    pg_words(row, template->name);
    pg_id(row, row->dialect->system_schema);
    pg_id(row, template->init);
    pg_id(row, template->lexize);
    return PG_ROW_LAST;
}

static const struct pg_source pg_ts_template = {
    .core = PG_SOURCE_CORE(3764, 0),
    .builtin_count = template_count,
    .builtin = builtin_template,
};

const struct pg_source *const pg_text_search_sources[] = {
    &pg_ts_config, &pg_ts_config_map, &pg_ts_dict, &pg_ts_parser, &pg_ts_template, NULL,
};

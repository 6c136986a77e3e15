#include "emulators/postgres/text_search/configuration.h"

#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/dialect.h"

static const struct sql_dialect *dialect_of(const struct sql_call *call)
{
    return call->env->session->dialect;
}

static const struct sql_builtin_text_object *named(const struct sql_dialect *dialect, char kind,
                                                   const char *name, const char *suffix)
{
    size_t len = strlen(name);
    for (uint32_t i = 0; i < dialect->text_objects_count; i++) {
        const struct sql_builtin_text_object *object = &dialect->text_objects[i];
        if (object->kind == kind && strncmp(object->name, name, len) == 0 &&
            strcmp(object->name + len, suffix) == 0)
            return object;
    }
    return NULL;
}

/* Languages written in other letters leave ASCII words to English. */
static bool is_other_script(const char *name)
{
    return strcmp(name, "russian") == 0 || strcmp(name, "hindi") == 0;
}

bool pg_configuration_open(struct sql_call *call, uint32_t id, struct pg_configuration *out)
{
    const struct sql_dialect *dialect = dialect_of(call);
    const struct sql_builtin_text_object *found = NULL;
    *out = (struct pg_configuration){0};
    for (uint32_t i = 0; i < dialect->text_objects_count; i++)
        if (dialect->text_objects[i].kind == 'c' && dialect->text_objects[i].id == id)
            found = &dialect->text_objects[i];
    if (!found)
        return sql_fail(call->env->error, "XX000",
                        "cache lookup failed for text search configuration %u", (unsigned)id);
    const struct sql_builtin_text_object *simple = named(dialect, 'd', "simple", "");
    const struct sql_builtin_text_object *words = named(dialect, 'd', found->name, "_stem");
    const struct sql_builtin_text_object *ascii =
        is_other_script(found->name) ? named(dialect, 'd', "english", "_stem") : words;
    out->simple = simple->id;
    out->words = words ? words->id : simple->id;
    out->ascii = ascii ? ascii->id : simple->id;
    return true;
}

void pg_configuration_close(struct pg_configuration *configuration)
{
    for (int i = 0; i < 3; i++)
        pg_dictionary_close(&configuration->open[i]);
}

bool pg_configuration_default(struct sql_call *call, uint32_t *out)
{
    struct slice name = pg_settings_text(&pg_session_of(call->env->session)->settings,
                                         "default_text_search_config");
    struct datum id;
    bool found;
    if (!pg_reg_find(call, "regconfig", name, &found, &id))
        return false;
    if (!found)
        return sql_fail(call->env->error, "42704",
                        "text search configuration \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    *out = (uint32_t)id.u;
    return true;
}

bool pg_configuration_dictionary(struct sql_call *call, struct pg_configuration *configuration,
                                 enum pg_ts_token type, struct pg_dictionary **out)
{
    uint32_t id = configuration->simple;
    *out = NULL;
    switch (type) {
    case PG_TS_BLANK:
    case PG_TS_TAG:
    case PG_TS_PROTOCOL:
    case PG_TS_ENTITY: return true;
    case PG_TS_ASCIIWORD:
    case PG_TS_ASCIIHWORD:
    case PG_TS_HWORD_ASCIIPART: id = configuration->ascii; break;
    case PG_TS_WORD:
    case PG_TS_HWORD:
    case PG_TS_HWORD_PART: id = configuration->words; break;
    default: break;
    }
    for (int i = 0; i < 3 && !*out; i++) {
        struct pg_dictionary *dictionary = &configuration->open[i];
        if (dictionary->id == 0 && !pg_dictionary_open(call, id, dictionary))
            return false;
        if (dictionary->id == id)
            *out = dictionary;
    }
    return true;
}

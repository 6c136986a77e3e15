#include "emulators/postgres/text_search/configuration.h"

#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/catalog/objects.h"
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

uint32_t pg_configuration_builtin(const struct sql_dialect *dialect,
                                  const struct sql_builtin_text_object *configuration,
                                  enum pg_ts_token type)
{
    const struct sql_builtin_text_object *found = NULL;
    switch (type) {
    case PG_TS_BLANK:
    case PG_TS_TAG:
    case PG_TS_PROTOCOL:
    case PG_TS_ENTITY: return 0;
    case PG_TS_ASCIIWORD:
    case PG_TS_ASCIIHWORD:
    case PG_TS_HWORD_ASCIIPART:
        found =
            named(dialect, 'd',
                  is_other_script(configuration->name) ? "english" : configuration->name, "_stem");
        break;
    case PG_TS_WORD:
    case PG_TS_HWORD:
    case PG_TS_HWORD_PART: found = named(dialect, 'd', configuration->name, "_stem"); break;
    default: break;
    }
    return found ? found->id : named(dialect, 'd', "simple", "")->id;
}

bool pg_configuration_open(struct sql_call *call, uint32_t id, struct pg_configuration *out)
{
    const struct sql_dialect *dialect = dialect_of(call);
    *out = (struct pg_configuration){.builtin = NULL};
    for (uint32_t i = 0; i < dialect->text_objects_count; i++)
        if (dialect->text_objects[i].kind == 'c' && dialect->text_objects[i].id == id)
            out->builtin = &dialect->text_objects[i];
    if (out->builtin)
        return true;
    const struct sql_other *stored =
        (const void *)sql_find_object(call->env->session, dialect->classes_of.text_config, id);
    if (!stored)
        return sql_fail(call->env->error, "XX000",
                        "cache lookup failed for text search configuration %u", (unsigned)id);
    out->map = stored->numbers + PG_CONFIGURATION_MAP;
    out->map_count = (uint32_t)(stored->number_count - PG_CONFIGURATION_MAP);
    return true;
}

void pg_configuration_close(struct pg_configuration *configuration)
{
    for (uint32_t i = 0; i < configuration->open_count; i++)
        pg_dictionary_close(&configuration->open[i]);
    configuration->open_count = 0;
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

static bool open_dictionary(struct sql_call *call, struct pg_configuration *configuration,
                            uint32_t id, const struct pg_dictionary **out)
{
    for (uint32_t i = 0; i < configuration->open_count; i++)
        if (configuration->open[i].id == id) {
            *out = &configuration->open[i];
            return true;
        }
    if (configuration->open_count == PG_CONFIGURATION_DICTIONARIES_MAX)
        return sql_fail(call->env->error, "54000",
                        "text search configuration has too many dictionaries");
    *out = &configuration->open[configuration->open_count];
    return pg_dictionary_open(call, id, &configuration->open[configuration->open_count++]);
}

/* The dictionary at `*at` or behind of that type of token; 0: there are no more. */
static uint32_t next_dictionary(const struct sql_call *call,
                                const struct pg_configuration *configuration, enum pg_ts_token type,
                                uint32_t *at)
{
    if (configuration->builtin)
        return (*at)++ ? 0
                       : pg_configuration_builtin(dialect_of(call), configuration->builtin, type);
    for (; *at + 1 < configuration->map_count; *at += 2)
        if (configuration->map[*at] == (uint32_t)type) {
            *at += 2;
            return configuration->map[*at - 1];
        }
    return 0;
}

bool pg_configuration_has(const struct sql_call *call, const struct pg_configuration *configuration,
                          enum pg_ts_token type)
{
    uint32_t at = 0;
    return next_dictionary(call, configuration, type, &at) != 0;
}

bool pg_configuration_lexize(struct sql_call *call, struct pg_configuration *configuration,
                             enum pg_ts_token type, struct slice token, struct slice *lexeme,
                             enum pg_lexized *result)
{
    const struct pg_dictionary *dictionary;
    uint32_t at = 0, id;
    *result = PG_LEXIZED_UNKNOWN;
    while ((id = next_dictionary(call, configuration, type, &at))) {
        if (!open_dictionary(call, configuration, id, &dictionary) ||
            !pg_dictionary_lexize(call, dictionary, token, lexeme, result))
            return false;
        if (*result == PG_LEXIZED_STOP || *result == PG_LEXIZED_FOUND)
            return true;
        if (*result == PG_LEXIZED_FILTERED)
            token = *lexeme;
        *result = PG_LEXIZED_UNKNOWN;
    }
    return true;
}

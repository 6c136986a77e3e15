/* CREATE and ALTER TEXT SEARCH CONFIGURATION, DICTIONARY. Dictionaries are those that need no files of
 * the machine: simple and Snowball's, with the stop words that are built in. */
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/text_search/configuration.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

#define FILES_FOLDER "/usr/share/postgresql/15/tsearch_data"

enum { DEFAULT_PARSER = 3722 };

/* ---- names */

/* The parts in quotes, as one text. */
static struct slice quoted(struct pg_ddl *ddl, const struct ast_names *names)
{
    struct sql_bytes text = {.arena = ddl->arena};
    for (uint32_t i = 0; i < names->count; i++) {
        sql_bytes_add_str(&text, i ? ".\"" : "\"");
        for (size_t at = 0; at < names->items[i].len; at++) {
            uint8_t c = names->items[i].ptr[at];
            sql_bytes_add(&text, c == '"' ? "\"\"" : (const char *)&c, c == '"' ? 2 : 1);
        }
        sql_bytes_add_char(&text, '"');
    }
    return sql_bytes_slice(&text);
}

/* A configuration ("regconfig") or dictionary ("regdictionary") by its name. */
static bool find_text_object(struct pg_ddl *ddl, const char *reg, const struct ast_names *names,
                             uint32_t *out)
{
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena};
    struct datum id;
    bool found;
    if (!pg_reg_find(&call, reg, quoted(ddl, names), &found, &id))
        return false;
    if (!found)
        return sql_fail(ddl->env->error, "42704", "text search %s \"" SLICE_FMT "\" does not exist",
                        reg[3] == 'c' ? "configuration" : "dictionary",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    *out = (uint32_t)id.u;
    return true;
}

static struct ast_names option_names(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (value && value->kind == AST_TYPE_NAME)
        return AST_AS(type_name, value)->names;
    if (value && value->kind == AST_NAME)
        return AST_AS(name, value)->names;
    return (struct ast_names){NULL, 0};
}

/* Only the catalog's index is against it. */
static bool fail_duplicate(struct pg_ddl *ddl, uint32_t schema, struct slice name, bool config)
{
    struct sql_error *error = ddl->env->error;
    const char *column = config ? "cfgname" : "dictname";
    const char *schema_column = config ? "cfgnamespace" : "dictnamespace";
    sql_fail(error, "23505", "duplicate key value violates unique constraint \"pg_ts_%s_%s_index\"",
             config ? "config" : "dict", column);
    return sql_detail(error, "Key (%s, %s)=(" SLICE_FMT ", %u) already exists.", column,
                      schema_column, SLICE_ARG(name), (unsigned)schema);
}

/* A new object of the class: named, in a schema where the role may create, unique there. */
static bool begin_object(struct pg_ddl *ddl, const struct ast_names *names, uint32_t class_id,
                         struct sql_object *out)
{
    bool config = class_id == pg_classes(ddl)->text_config;
    uint32_t schema;
    struct slice name;
    if (!pg_name_qualified(ddl, names, &schema, &name) ||
        !sql_catalog_await_name(ddl->env, class_id, schema, name))
        return false;
    if (sql_find_object_name(ddl->session, class_id, schema, name))
        return fail_duplicate(ddl, schema, name, config);
    *out = (struct sql_object){.class_id = class_id,
                               .schema = schema,
                               .owner = ddl->session->role,
                               .name = name,
                               .acl_default = true};
    return true;
}

/* The object that ALTER names, which the role must own. */
static const struct sql_other *find_own(struct pg_ddl *ddl, enum ast_object_type type,
                                        const struct ast_names *names)
{
    bool config = type == AST_OBJECT_TS_CONFIGURATION;
    uint32_t class_id = config ? pg_classes(ddl)->text_config : pg_classes(ddl)->text_dictionary;
    uint32_t id;
    if (!find_text_object(ddl, config ? "regconfig" : "regdictionary", names, &id))
        return NULL;
    const struct sql_object *found = sql_find_object(ddl->session, class_id, id);
    if (!found)
        sql_fail(ddl->env->error, "0A000", "text search objects of the system cannot be changed");
    return found && pg_name_must_own(ddl, found) ? (const void *)found : NULL;
}

/* ---- configurations */

/* Pairs of a token's type and a dictionary, by type. */
struct map {
    uint32_t *pairs;
    uint32_t count; /* numbers */
};

static bool map_insert(struct pg_ddl *ddl, struct map *map, uint32_t type, uint32_t dictionary)
{
    uint32_t at = 0;
    uint32_t *grown = arena_array(ddl->arena, map->count + 2u, sizeof *grown);
    if (!grown)
        return sql_fail_memory(ddl->env->error);
    while (at < map->count && map->pairs[at] <= type)
        at += 2;
    if (at)
        memcpy(grown, map->pairs, at * sizeof *grown);
    grown[at] = type;
    grown[at + 1] = dictionary;
    if (at < map->count)
        memcpy(grown + at + 2, map->pairs + at, (map->count - at) * sizeof *grown);
    *map = (struct map){grown, map->count + 2};
    return true;
}

/* Takes out all dictionaries of a type; false: there were none. */
static bool map_remove(struct map *map, uint32_t type)
{
    uint32_t kept = 0, before = map->count;
    for (uint32_t i = 0; i < map->count; i += 2)
        if (map->pairs[i] != type) {
            map->pairs[kept++] = map->pairs[i];
            map->pairs[kept++] = map->pairs[i + 1];
        }
    map->count = kept;
    return kept < before;
}

static bool has_type(const struct map *map, uint32_t type)
{
    for (uint32_t i = 0; i < map->count; i += 2)
        if (map->pairs[i] == type)
            return true;
    return false;
}

static bool set_map(struct pg_ddl *ddl, struct sql_other *config, uint32_t parser,
                    const struct map *map)
{
    uint32_t *numbers = arena_array(ddl->arena, map->count + 1u, sizeof *numbers);
    if (!numbers)
        return sql_fail_memory(ddl->env->error);
    numbers[PG_CONFIGURATION_PARSER] = parser;
    if (map->count)
        memcpy(numbers + PG_CONFIGURATION_MAP, map->pairs, map->count * sizeof *numbers);
    config->numbers = numbers;
    config->number_count = (uint16_t)(map->count + PG_CONFIGURATION_MAP);
    return true;
}

static bool depend_config(struct pg_ddl *ddl, const struct sql_other *config)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->text_config, config->object.id);
    if (!sql_depend(ddl->env, of, pg_whole(ids->schema, config->object.schema), 'n'))
        return false;
    for (uint32_t i = PG_CONFIGURATION_MAP + 1; i < config->number_count; i += 2)
        if (sql_find_object(ddl->session, ids->text_dictionary, config->numbers[i]) &&
            !sql_depend(ddl->env, of, pg_whole(ids->text_dictionary, config->numbers[i]), 'n'))
            return false;
    return true;
}

static bool copy_map(struct pg_ddl *ddl, uint32_t id, struct map *map)
{
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena};
    struct pg_configuration from;
    if (!pg_configuration_open(&call, id, &from))
        return false;
    for (uint32_t i = 0; i + 1 < from.map_count; i += 2)
        if (!map_insert(ddl, map, from.map[i], from.map[i + 1]))
            return false;
    for (uint32_t type = 1; from.builtin && type < PG_TS_TOKEN_COUNT; type++) {
        uint32_t dictionary =
            pg_configuration_builtin(ddl->session->dialect, from.builtin, (enum pg_ts_token)type);
        if (dictionary && !map_insert(ddl, map, type, dictionary))
            return false;
    }
    return true;
}

/* The default parser is the only one. */
static bool check_parser(struct pg_ddl *ddl, const struct ast_option *option)
{
    struct ast_names names = option_names(option);
    return (names.count && slice_eq_str(names.items[names.count - 1], "default")) ||
           sql_fail(ddl->env->error, "42704", "text search parser \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(pg_define_text(ddl, option)));
}

static bool read_source(struct pg_ddl *ddl, const struct ast_define *ast, struct map *map)
{
    const struct ast_option *parser = NULL, *copy = NULL;
    for (uint32_t i = 0; i < ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, ast->options.items[i]);
        if (slice_eq_str(option->name, "parser"))
            parser = option;
        else if (slice_eq_str(option->name, "copy"))
            copy = option;
        else
            return sql_fail(ddl->env->error, "42601",
                            "text search configuration parameter \"" SLICE_FMT "\" not recognized",
                            SLICE_ARG(option->name));
    }
    if (parser && copy)
        return sql_fail(ddl->env->error, "42601", "cannot specify both PARSER and COPY options");
    if (copy) {
        struct ast_names names = option_names(copy);
        uint32_t id;
        return find_text_object(ddl, "regconfig", &names, &id) && copy_map(ddl, id, map);
    }
    if (!parser)
        return sql_fail(ddl->env->error, "42P17", "text search parser is required");
    return check_parser(ddl, parser);
}

bool pg_create_ts_configuration(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct sql_other config = {.number_count = 0};
    struct map map = {NULL, 0};
    return begin_object(ddl, &ast->name, pg_classes(ddl)->text_config, &config.object) &&
           read_source(ddl, ast, &map) && set_map(ddl, &config, DEFAULT_PARSER, &map) &&
           sql_catalog_create(ddl->env, &config.object) && depend_config(ddl, &config);
}

/* ---- ALTER TEXT SEARCH CONFIGURATION */

static bool find_type(struct pg_ddl *ddl, struct slice name, uint32_t *out)
{
    for (*out = 1; *out < PG_TS_TOKEN_COUNT; ++*out)
        if (slice_eq_str(name, pg_ts_token_names[*out].alias))
            return true;
    return sql_fail(ddl->env->error, "22023", "token type \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

static bool add_mapping(struct pg_ddl *ddl, const struct ast_alter_ts_configuration *ast,
                        uint32_t type, struct map *map)
{
    if (ast->action == AST_TS_ALTER_MAPPING)
        map_remove(map, type);
    if (has_type(map, type))
        return sql_fail(ddl->env->error, "23505",
                        "duplicate key value violates unique constraint "
                        "\"pg_ts_config_map_index\"");
    for (uint32_t i = 0; i < ast->dictionaries.count; i++) {
        uint32_t id;
        if (!find_text_object(ddl, "regdictionary",
                              &AST_AS(name, ast->dictionaries.items[i])->names, &id) ||
            !map_insert(ddl, map, type, id))
            return false;
    }
    return true;
}

static bool drop_mapping(struct pg_ddl *ddl, const struct ast_alter_ts_configuration *ast,
                         struct slice name, uint32_t type, struct map *map)
{
    if (map_remove(map, type))
        return true;
    if (!ast->missing_ok)
        return sql_fail(ddl->env->error, "42704",
                        "mapping for token type \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
    pg_ddl_notice(ddl, "00000", "mapping for token type \"" SLICE_FMT "\" does not exist, skipping",
                  SLICE_ARG(name));
    return true;
}

/* type 0: of all types. */
static bool replace_dictionary(struct pg_ddl *ddl, const struct ast_alter_ts_configuration *ast,
                               uint32_t type, struct map *map)
{
    uint32_t ids[2];
    for (int i = 0; i < 2; i++)
        if (!find_text_object(ddl, "regdictionary",
                              &AST_AS(name, ast->dictionaries.items[i])->names, &ids[i]))
            return false;
    for (uint32_t i = 0; i < map->count; i += 2)
        if ((!type || map->pairs[i] == type) && map->pairs[i + 1] == ids[0])
            map->pairs[i + 1] = ids[1];
    return true;
}

/* A type that is named twice counts once. */
static bool is_repeated(const struct ast_names *names, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (slice_eq(names->items[i], names->items[at]))
            return true;
    return false;
}

static bool change_map(struct pg_ddl *ddl, const struct ast_alter_ts_configuration *ast,
                       struct map *map)
{
    if (ast->action == AST_TS_REPLACE_DICTIONARY)
        return replace_dictionary(ddl, ast, 0, map);
    for (uint32_t i = 0; i < ast->tokens.count; i++) {
        struct slice name = ast->tokens.items[i];
        uint32_t type;
        if (!find_type(ddl, name, &type))
            return false;
        if (is_repeated(&ast->tokens, i))
            continue;
        bool done = ast->action == AST_TS_DROP_MAPPING ? drop_mapping(ddl, ast, name, type, map)
                    : ast->action == AST_TS_REPLACE_DICTIONARY_FOR_TOKEN
                        ? replace_dictionary(ddl, ast, type, map)
                        : add_mapping(ddl, ast, type, map);
        if (!done)
            return false;
    }
    return true;
}

bool pg_alter_ts_configuration(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_ts_configuration *ast = AST_AS(alter_ts_configuration, node);
    const struct sql_other *old = find_own(ddl, AST_OBJECT_TS_CONFIGURATION, &ast->name);
    struct map map = {NULL, 0};
    if (!old)
        return false;
    struct sql_other changed = *old;
    for (uint32_t i = PG_CONFIGURATION_MAP; i + 1 < old->number_count; i += 2)
        if (!map_insert(ddl, &map, old->numbers[i], old->numbers[i + 1]))
            return false;
    return change_map(ddl, ast, &map) && set_map(ddl, &changed, DEFAULT_PARSER, &map) &&
           sql_depend_clear(ddl->env, pg_whole(old->object.class_id, old->object.id), 0) &&
           sql_catalog_replace(ddl->env, &changed.object) && depend_config(ddl, &changed);
}

/* ---- dictionaries */

/* What an option of a template is. */
enum option_kind { OPTION_STOP_WORDS, OPTION_LANGUAGE, OPTION_FLAG, OPTION_FILE, OPTION_NAME };

static const struct known_option {
    const char *template, *name, *shown;
    enum option_kind kind;
    const char *file, *suffix;
} known_options[] = {
    {"simple",    "stopwords",     "StopWords",     OPTION_STOP_WORDS, NULL,         NULL   },
    {"simple",    "accept",        "Accept",        OPTION_FLAG,       NULL,         NULL   },
    {"snowball",  "stopwords",     "StopWords",     OPTION_STOP_WORDS, NULL,         NULL   },
    {"snowball",  "language",      "Language",      OPTION_LANGUAGE,   NULL,         NULL   },
    {"synonym",   "synonyms",      "Synonyms",      OPTION_FILE,       "synonym",    "syn"  },
    {"synonym",   "casesensitive", "CaseSensitive", OPTION_FLAG,       NULL,         NULL   },
    {"ispell",    "dictfile",      "DictFile",      OPTION_FILE,       "dictionary", "dict" },
    {"ispell",    "afffile",       "AffFile",       OPTION_FILE,       "affix",      "affix"},
    {"ispell",    "stopwords",     "StopWords",     OPTION_STOP_WORDS, NULL,         NULL   },
    {"thesaurus", "dictfile",      "DictFile",      OPTION_FILE,       "thesaurus",  "ths"  },
    {"thesaurus", "dictionary",    "Dictionary",    OPTION_NAME,       NULL,         NULL   },
};

/* What a template cannot do without. */
static const struct {
    const char *template, *name, *shown;
} required[] = {
    {"snowball",  "language",   "Language"  },
    {"synonym",   "synonyms",   "Synonyms"  },
    {"thesaurus", "dictfile",   "DictFile"  },
    {"thesaurus", "dictionary", "Dictionary"},
    {"ispell",    "dictfile",   "DictFile"  },
    {"ispell",    "afffile",    "AffFile"   },
};

/* Options in the order in which they were given. */
struct settings {
    struct slice *names, *values;
    uint32_t count;
};

static bool no_file(struct pg_ddl *ddl, const char *what, struct slice name, const char *suffix)
{
    return sql_fail(ddl->env->error, "F0000",
                    "could not open %s file \"" FILES_FOLDER "/" SLICE_FMT
                    ".%s\": No such file or directory",
                    what, SLICE_ARG(name), suffix);
}

static bool check_value(struct pg_ddl *ddl, const struct known_option *option, struct slice value)
{
    static const char *const flags[] = {"true", "false", "on", "off", "1", "0"};
    struct slice text = arena_dup(ddl->arena, value);
    if (!text.ptr)
        return sql_fail_memory(ddl->env->error);
    switch (option->kind) {
    case OPTION_STOP_WORDS:
        return pg_stop_words_find((const char *)text.ptr) ||
               no_file(ddl, "stop-word", value, "stop");
    case OPTION_LANGUAGE:
        return pg_stemmer_exists((const char *)text.ptr) ||
               sql_fail(ddl->env->error, "42704",
                        "no Snowball stemmer available for language \"" SLICE_FMT
                        "\" and encoding \"UTF8\"",
                        SLICE_ARG(value));
    case OPTION_FILE: return no_file(ddl, option->file, value, option->suffix);
    case OPTION_FLAG:
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            if (slice_is(value, flags[i]))
                return true;
        return sql_fail(ddl->env->error, "42601", "%s requires a Boolean value", option->name);
    default: return true;
    }
}

static const struct known_option *find_option(struct slice template, struct slice name)
{
    for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++)
        if (slice_eq_str(template, known_options[i].template) &&
            slice_is(name, known_options[i].name))
            return &known_options[i];
    return NULL;
}

static const char *template_words(struct slice template)
{
    return slice_eq_str(template, "snowball")    ? "Snowball"
           : slice_eq_str(template, "ispell")    ? "Ispell"
           : slice_eq_str(template, "thesaurus") ? "Thesaurus"
           : slice_eq_str(template, "synonym")   ? "synonym"
                                                 : "simple dictionary";
}

static bool check_settings(struct pg_ddl *ddl, struct slice template,
                           const struct settings *settings)
{
    for (uint32_t i = 0; i < settings->count; i++) {
        const struct known_option *option = find_option(template, settings->names[i]);
        if (!option)
            return sql_fail(ddl->env->error, "22023",
                            "unrecognized %s parameter: \"" SLICE_FMT "\"",
                            template_words(template), SLICE_ARG(settings->names[i]));
        for (uint32_t k = 0; k < i; k++)
            if (slice_eq(settings->names[i], settings->names[k]))
                return sql_fail(ddl->env->error, "22023", "multiple %s parameters", option->shown);
        if (!check_value(ddl, option, settings->values[i]))
            return false;
    }
    for (size_t r = 0; r < sizeof required / sizeof *required; r++) {
        bool given = !slice_eq_str(template, required[r].template);
        for (uint32_t i = 0; i < settings->count; i++)
            given |= slice_is(settings->names[i], required[r].name);
        if (!given)
            return sql_fail(ddl->env->error, "22023", "missing %s parameter", required[r].shown);
    }
    return true;
}

/* name = 'value', ... */
static struct slice settings_text(struct pg_ddl *ddl, const struct settings *settings)
{
    struct sql_bytes text = {.arena = ddl->arena};
    sql_bytes_reserve(&text, 1);
    for (uint32_t i = 0; i < settings->count; i++) {
        sql_bytes_printf(&text, "%s" SLICE_FMT " = '", i ? ", " : "",
                         SLICE_ARG(settings->names[i]));
        for (size_t at = 0; at < settings->values[i].len; at++) {
            char c = (char)settings->values[i].ptr[at];
            sql_bytes_add_str(&text, c == '\'' ? "'" : "");
            sql_bytes_add_char(&text, c);
        }
        sql_bytes_add_char(&text, '\'');
    }
    return sql_bytes_slice(&text);
}

static bool find_template(struct pg_ddl *ddl, const struct ast_option *option, struct slice *out)
{
    struct ast_names names = option_names(option);
    for (const struct pg_dictionary_template *t = pg_dictionary_templates; t->name; t++)
        if (names.count && slice_eq_str(names.items[names.count - 1], t->name)) {
            *out = slice_str(t->name);
            return true;
        }
    return sql_fail(ddl->env->error, "42704",
                    "text search template \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(pg_define_text(ddl, option)));
}

static bool settings_room(struct pg_ddl *ddl, uint32_t count, struct settings *out)
{
    *out = (struct settings){arena_array(ddl->arena, count + 1u, sizeof *out->names),
                             arena_array(ddl->arena, count + 1u, sizeof *out->values), 0};
    return (out->names && out->values) || sql_fail_memory(ddl->env->error);
}

static bool set_fields(struct pg_ddl *ddl, struct sql_other *dictionary, struct slice template,
                       const struct settings *settings)
{
    struct slice *fields = arena_array(ddl->arena, PG_DICTIONARY_FIELDS, sizeof *fields);
    if (!fields)
        return sql_fail_memory(ddl->env->error);
    fields[PG_DICTIONARY_TEMPLATE] = template;
    fields[PG_DICTIONARY_OPTIONS] = settings_text(ddl, settings);
    dictionary->fields = fields;
    dictionary->field_count = PG_DICTIONARY_FIELDS;
    return true;
}

bool pg_create_ts_dictionary(struct pg_ddl *ddl, const struct ast_define *ast)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_other dictionary = {.field_count = 0};
    struct slice template = {NULL, 0};
    struct settings settings;
    if (!begin_object(ddl, &ast->name, ids->text_dictionary, &dictionary.object) ||
        !settings_room(ddl, ast->options.count, &settings))
        return false;
    for (uint32_t i = 0; i < ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, ast->options.items[i]);
        if (slice_eq_str(option->name, "template")) {
            if (!find_template(ddl, option, &template))
                return false;
            continue;
        }
        settings.names[settings.count] = option->name;
        settings.values[settings.count++] = pg_define_text(ddl, option);
    }
    if (!template.ptr)
        return sql_fail(ddl->env->error, "42P17", "text search template is required");
    if (!check_settings(ddl, template, &settings) ||
        !set_fields(ddl, &dictionary, template, &settings) ||
        !sql_catalog_create(ddl->env, &dictionary.object))
        return false;
    return sql_depend(ddl->env, pg_whole(ids->text_dictionary, dictionary.object.id),
                      pg_whole(ids->schema, dictionary.object.schema), 'n');
}

/* ---- ALTER TEXT SEARCH DICTIONARY */

/* The value that begins behind the quote at *at, which moves behind the closing one. */
static struct slice read_value(struct pg_ddl *ddl, struct slice text, size_t *at)
{
    struct sql_bytes value = {.arena = ddl->arena};
    sql_bytes_reserve(&value, 1);
    for (++*at; *at < text.len; ++*at) {
        bool quote = text.ptr[*at] == '\'';
        if (quote && (++*at == text.len || text.ptr[*at] != '\''))
            break;
        sql_bytes_add_char(&value, (char)text.ptr[*at]);
    }
    return sql_bytes_slice(&value);
}

/* The options of the catalog's text. */
static void read_settings(struct pg_ddl *ddl, struct slice text, struct settings *out)
{
    const size_t before = strlen(" = "), between = strlen(", ");
    for (size_t at = 0; at < text.len; at += between) {
        size_t start = at;
        while (at < text.len && text.ptr[at] != '\'')
            at++;
        out->names[out->count] = slice_of(text.ptr + start, at - start - before);
        out->values[out->count++] = read_value(ddl, text, &at);
    }
}

/* A new value takes the old one's place at the end; none takes it out. */
static void set_one(struct pg_ddl *ddl, const struct ast_option *option, struct settings *settings)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < settings->count; i++)
        if (!slice_eq(settings->names[i], option->name)) {
            settings->names[kept] = settings->names[i];
            settings->values[kept++] = settings->values[i];
        }
    settings->count = kept;
    if (!option->value)
        return;
    settings->names[settings->count] = option->name;
    settings->values[settings->count++] = pg_define_text(ddl, option);
}

bool pg_alter_ts_dictionary(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_ts_dictionary *ast = AST_AS(alter_ts_dictionary, node);
    const struct sql_other *old = find_own(ddl, AST_OBJECT_TS_DICTIONARY, &ast->name);
    struct settings settings;
    if (!old)
        return false;
    struct slice text = old->field_count > PG_DICTIONARY_OPTIONS
                            ? old->fields[PG_DICTIONARY_OPTIONS]
                            : slice_of("", 0);
    struct sql_other changed = *old;
    if (!settings_room(ddl, (uint32_t)text.len + ast->options.count, &settings))
        return false;
    read_settings(ddl, text, &settings);
    for (uint32_t i = 0; i < ast->options.count; i++)
        set_one(ddl, AST_AS(option, ast->options.items[i]), &settings);
    struct slice template = old->fields[PG_DICTIONARY_TEMPLATE];
    return check_settings(ddl, template, &settings) &&
           set_fields(ddl, &changed, template, &settings) &&
           sql_catalog_replace(ddl->env, &changed.object);
}

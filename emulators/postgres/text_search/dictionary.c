#include "emulators/postgres/text_search/dictionary.h"

#include <libstemmer.h>
#include <stdlib.h>

#include "emulators/postgres/extension/unaccent.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"

enum { STEMMED_MAX = 1000 /* bytes; longer words stay as they are */, NAME_MAX_LEN = 32 };

/* The value of an option in the catalog's text: name = 'value', ... */
static bool find_option(const char *options, const char *name, char out[NAME_MAX_LEN])
{
    const char *at = strstr(options, name);
    const char *start = at ? strchr(at, '\'') : NULL, *end = start ? strchr(start + 1, '\'') : NULL;
    if (!end || end - start > NAME_MAX_LEN)
        return false;
    size_t len = (size_t)(end - start - 1);
    memcpy(out, start + 1, len);
    out[len] = '\0';
    return true;
}

const struct pg_stop_words *pg_stop_words_find(const char *language)
{
    for (const struct pg_stop_words *list = pg_stop_words; list->language; list++)
        if (strcmp(list->language, language) == 0)
            return list;
    return NULL;
}

static const struct sql_builtin_text_object *find_object(struct sql_call *call, uint32_t id)
{
    const struct sql_dialect *dialect = call->env->session->dialect;
    for (uint32_t i = 0; i < dialect->text_objects_count; i++)
        if (dialect->text_objects[i].kind == 'd' && dialect->text_objects[i].id == id)
            return &dialect->text_objects[i];
    return NULL;
}

bool pg_stemmer_exists(const char *language)
{
    struct sb_stemmer *stemmer = sb_stemmer_new(language, "UTF_8");
    if (stemmer)
        sb_stemmer_delete(stemmer);
    return stemmer != NULL;
}

const struct pg_dictionary_template pg_dictionary_templates[] = {
    {"simple",    3727,  3725,  3726 },
    {"synonym",   3730,  3728,  3729 },
    {"ispell",    3733,  3731,  3732 },
    {"thesaurus", 3742,  3740,  3741 },
    {"snowball",  13150, 13148, 13149},
    {NULL,        0,     0,     0    },
};

/* The options of a dictionary, and whether it is one of the extension that takes accents off. */
static bool find_definition(struct sql_call *call, uint32_t id, const char **options,
                            bool *unaccents)
{
    const struct sql_builtin_text_object *object = find_object(call, id);
    *unaccents = false;
    if (object) {
        *options = object->options;
        return true;
    }
    const struct sql_other *stored = (const void *)sql_find_object(
        call->env->session, call->env->session->dialect->classes_of.text_dictionary, id);
    if (!stored)
        return sql_fail(call->env->error, "XX000",
                        "cache lookup failed for text search dictionary %u", (unsigned)id);
    *unaccents = slice_eq_str(stored->fields[PG_DICTIONARY_TEMPLATE], "unaccent");
    struct slice text = stored->field_count > PG_DICTIONARY_OPTIONS
                            ? arena_dup(call->arena, stored->fields[PG_DICTIONARY_OPTIONS])
                            : slice_str("");
    *options = (const char *)text.ptr;
    return text.ptr || sql_fail_memory(call->env->error);
}

static bool is_off(const char *flag)
{
    struct slice text = slice_str(flag);
    return slice_is(text, "false") || slice_is(text, "off") || slice_is(text, "0");
}

bool pg_dictionary_open(struct sql_call *call, uint32_t id, struct pg_dictionary *out)
{
    const char *options;
    char name[NAME_MAX_LEN];
    *out = (struct pg_dictionary){.id = id};
    if (!find_definition(call, id, &options, &out->unaccents))
        return false;
    if (find_option(options, "stopwords", name))
        out->stops = pg_stop_words_find(name);
    out->passes_on = find_option(options, "accept", name) && is_off(name);
    if (!find_option(options, "language", name))
        return true;
    out->stemmer = sb_stemmer_new(name, "UTF_8");
    return out->stemmer || sql_fail(call->env->error, "22023",
                                    "no Snowball stemmer available for language \"%s\" and "
                                    "encoding \"UTF8\"",
                                    name);
}

void pg_dictionary_close(struct pg_dictionary *dictionary)
{
    if (dictionary->stemmer)
        sb_stemmer_delete(dictionary->stemmer);
    dictionary->stemmer = NULL;
}

static int compare_stop(const void *key, const void *item)
{
    return slice_compare(*(const struct slice *)key, slice_str(*(const char *const *)item));
}

static bool is_stop(const struct pg_stop_words *stops, struct slice word)
{
    return stops && bsearch(&word, stops->words, stops->count, sizeof(*stops->words), compare_stop);
}

static bool unaccent(struct sql_call *call, struct slice token, struct slice *lexeme,
                     enum pg_lexized *result)
{
    struct sql_bytes plain = sql_bytes_begin(call);
    pg_unaccent_add(token, &plain);
    *lexeme = sql_bytes_slice(&plain);
    *result = slice_eq(token, *lexeme) ? PG_LEXIZED_UNKNOWN : PG_LEXIZED_FILTERED;
    return !plain.failed || sql_fail_memory(call->env->error);
}

bool pg_dictionary_lexize(struct sql_call *call, const struct pg_dictionary *dictionary,
                          struct slice token, struct slice *lexeme, enum pg_lexized *result)
{
    if (dictionary->unaccents)
        return unaccent(call, token, lexeme, result);
    uint8_t *lower = arena_alloc(call->arena, token.len + 1);
    if (!lower)
        return sql_fail_memory(call->env->error);
    for (size_t i = 0; i < token.len; i++)
        lower[i] = ascii_lower(token.ptr[i]);
    *lexeme = slice_of(lower, token.len);
    *result = token.len == 0 || is_stop(dictionary->stops, *lexeme) ? PG_LEXIZED_STOP
              : dictionary->passes_on                               ? PG_LEXIZED_UNKNOWN
                                                                    : PG_LEXIZED_FOUND;
    if (*result != PG_LEXIZED_FOUND || !dictionary->stemmer || token.len > STEMMED_MAX)
        return true;
    const sb_symbol *stem = sb_stemmer_stem(dictionary->stemmer, lower, (int)token.len);
    if (!stem)
        return sql_fail_memory(call->env->error);
    *lexeme =
        arena_dup(call->arena, slice_of(stem, (size_t)sb_stemmer_length(dictionary->stemmer)));
    return lexeme->ptr || sql_fail_memory(call->env->error);
}

#include "emulators/postgres/text_search/dictionary.h"

#include <libstemmer.h>
#include <stdlib.h>

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

static const struct pg_stop_words *find_stops(const char *language)
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

bool pg_dictionary_open(struct sql_call *call, uint32_t id, struct pg_dictionary *out)
{
    const struct sql_builtin_text_object *object = find_object(call, id);
    char name[NAME_MAX_LEN];
    *out = (struct pg_dictionary){.id = id};
    if (!object)
        return sql_fail(call->env->error, "XX000",
                        "cache lookup failed for text search dictionary %u", (unsigned)id);
    if (find_option(object->options, "stopwords", name))
        out->stops = find_stops(name);
    if (!find_option(object->options, "language", name))
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

bool pg_dictionary_lexize(struct sql_call *call, const struct pg_dictionary *dictionary,
                          struct slice token, struct slice *lexeme, bool *stop)
{
    uint8_t *lower = arena_alloc(call->arena, token.len + 1);
    if (!lower)
        return sql_fail_memory(call->env->error);
    for (size_t i = 0; i < token.len; i++)
        lower[i] = ascii_lower(token.ptr[i]);
    *lexeme = slice_of(lower, token.len);
    *stop = token.len == 0 || is_stop(dictionary->stops, *lexeme);
    if (*stop || !dictionary->stemmer || token.len > STEMMED_MAX)
        return true;
    const sb_symbol *stem = sb_stemmer_stem(dictionary->stemmer, lower, (int)token.len);
    if (!stem)
        return sql_fail_memory(call->env->error);
    *lexeme =
        arena_dup(call->arena, slice_of(stem, (size_t)sb_stemmer_length(dictionary->stemmer)));
    return lexeme->ptr || sql_fail_memory(call->env->error);
}

#include "emulators/postgres/statement_cache.h"

#include <ctype.h>

#include "common/hash.h"
#include "emulators/postgres/statement.h"
#include "emulators/postgres/statement_shape.h"
#include "emulators/sql/syntax/ast_expr.h"

#define TEXT_MAX 2048 /* longer ones are not kept */

/* ---- what may be kept */

static bool contains_word(struct slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t same = 0;
        while (same < len && tolower(text.ptr[at + same]) == word[same])
            same++;
        if (same == len)
            return true;
    }
    return false;
}

/* Literals that are read as another time each time. */
static bool is_steady(struct ast_node *node, void *context)
{
    static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};
    if (node->kind == AST_CONST && AST_AS(const, node)->text.len)
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (contains_word(AST_AS(const, node)->text, words[i]))
                return false;
    return ast_walk(node, is_steady, context);
}

static bool may_be_kept(const struct pg_statement *statement)
{
    const struct pg_analysis *analysis = statement->analysis;
    return analysis && analysis->query && !analysis->is_utility &&
           statement->text.len <= TEXT_MAX && ast_walk(statement->tree, is_steady, NULL);
}

/* ---- the entries */

static void drop(struct pg_cached_statement *entry)
{
    pg_statement_release(entry->statement);
    *entry = (struct pg_cached_statement){0};
}

static bool is_asked_for(const struct pg_cached_statement *entry, uint64_t hash, struct slice text,
                         const uint32_t *types, uint32_t type_count)
{
    const struct pg_statement *statement = entry->statement;
    return statement && entry->hash == hash && !entry->statement->shaping &&
           slice_eq(statement->text, text) && statement->given_count == type_count &&
           (type_count == 0 ||
            memcmp(statement->given_types, types, type_count * sizeof(*types)) == 0);
}

/* Takes a reference to what was found, unless it is not what it would be now. */
static struct pg_statement *use(struct pg_session *session, struct pg_cached_statement *entry)
{
    if (entry->settings != session->settings.changes || entry->role != session->core.role ||
        !pg_analysis_is_current(session, entry->statement->analysis)) {
        drop(entry);
        return NULL;
    }
    entry->used = ++session->cache.clock;
    entry->statement->refs++;
    return entry->statement;
}

struct pg_statement *pg_statement_cache_find(struct pg_session *session, struct slice text,
                                             const uint32_t *types, uint32_t type_count)
{
    if (text.len > TEXT_MAX)
        return NULL;
    uint64_t hash = hash_bytes(text);
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++) {
        struct pg_cached_statement *entry = &session->cache.entries[i];
        if (is_asked_for(entry, hash, text, types, type_count))
            return use(session, entry);
    }
    return NULL;
}

struct pg_statement *pg_statement_cache_find_shape(struct pg_session *session, struct slice text,
                                                   const struct pg_shape *shape)
{
    uint64_t hash = hash_bytes(shape->form);
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++) {
        struct pg_cached_statement *entry = &session->cache.entries[i];
        if (entry->hash != hash || !entry->statement || !entry->statement->shaping ||
            !pg_shape_fits(entry->statement->shaping, shape))
            continue;
        struct pg_statement *found = use(session, entry);
        if (found)
            pg_shape_fill(found->shaping, shape, text);
        return found;
    }
    return NULL;
}

/* The entry that the statement is to have: that of its equal, an empty one, or the one longest unused. */
static struct pg_cached_statement *place_for(struct pg_statement_cache *cache, uint64_t hash,
                                             const struct pg_statement *statement)
{
    const struct pg_shaping *shaping = statement->shaping;
    struct pg_cached_statement *place = &cache->entries[0];
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++) {
        struct pg_cached_statement *entry = &cache->entries[i];
        if (!shaping && is_asked_for(entry, hash, statement->text, statement->given_types,
                                     statement->given_count))
            return entry;
        if (entry->used < place->used)
            place = entry;
    }
    return place;
}

bool pg_statement_cache_put(struct pg_session *session, struct pg_statement *statement,
                            uint64_t notices)
{
    struct pg_statement_cache *cache = &session->cache;
    if (session->notices != notices || !may_be_kept(statement))
        return false;
    uint64_t hash =
        hash_bytes(statement->shaping ? statement->shaping->shape.form : statement->text);
    struct pg_cached_statement *place = place_for(cache, hash, statement);
    drop(place);
    statement->refs++;
    *place = (struct pg_cached_statement){
        .statement = statement,
        .hash = hash,
        .settings = session->settings.changes,
        .used = ++cache->clock,
        .role = session->core.role,
    };
    return true;
}

bool pg_statement_cache_wants(struct pg_session *session, struct slice text)
{
    uint64_t hash = text.len > TEXT_MAX ? 0 : hash_bytes(text);
    uint64_t *place = &session->cache.sightings[hash % PG_CACHED_SIGHTINGS];
    bool known = hash && *place == hash;
    *place = hash;
    return known && session->cache.refused[hash % PG_CACHED_SIGHTINGS] != hash;
}

void pg_statement_cache_refuse(struct pg_session *session, struct slice form)
{
    uint64_t hash = hash_bytes(form);
    session->cache.refused[hash % PG_CACHED_SIGHTINGS] = hash;
}

bool pg_statement_cache_refuses(const struct pg_session *session, struct slice form)
{
    uint64_t hash = hash_bytes(form);
    return session->cache.refused[hash % PG_CACHED_SIGHTINGS] == hash;
}

void pg_statement_cache_clear(struct pg_session *session)
{
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++)
        if (session->cache.entries[i].statement)
            drop(&session->cache.entries[i]);
}

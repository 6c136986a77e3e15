#include "emulators/postgres/statement_cache.h"

#include <ctype.h>

#include "common/hash.h"
#include "emulators/postgres/statement.h"
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
    return statement && entry->hash == hash && slice_eq(statement->text, text) &&
           statement->given_count == type_count &&
           (type_count == 0 ||
            memcmp(statement->given_types, types, type_count * sizeof(*types)) == 0);
}

struct pg_statement *pg_statement_cache_find(struct pg_session *session, struct slice text,
                                             const uint32_t *types, uint32_t type_count)
{
    struct pg_statement_cache *cache = &session->cache;
    if (text.len > TEXT_MAX)
        return NULL;
    uint64_t hash = hash_bytes(text);
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++) {
        struct pg_cached_statement *entry = &cache->entries[i];
        if (!is_asked_for(entry, hash, text, types, type_count))
            continue;
        if (entry->settings != session->settings.changes || entry->role != session->core.role ||
            !pg_analysis_is_current(session, entry->statement->analysis)) {
            drop(entry);
            return NULL;
        }
        entry->used = ++cache->clock;
        entry->statement->refs++;
        return entry->statement;
    }
    return NULL;
}

void pg_statement_cache_put(struct pg_session *session, struct pg_statement *statement,
                            uint64_t notices)
{
    struct pg_statement_cache *cache = &session->cache;
    if (session->notices != notices || !may_be_kept(statement))
        return;
    uint64_t hash = hash_bytes(statement->text);
    struct pg_cached_statement *place = &cache->entries[0];
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++) {
        struct pg_cached_statement *entry = &cache->entries[i];
        if (is_asked_for(entry, hash, statement->text, statement->given_types,
                         statement->given_count)) {
            place = entry;
            break;
        }
        if (entry->used < place->used)
            place = entry;
    }
    drop(place);
    statement->refs++;
    *place = (struct pg_cached_statement){
        .statement = statement,
        .hash = hash,
        .settings = session->settings.changes,
        .used = ++cache->clock,
        .role = session->core.role,
    };
}

bool pg_statement_cache_sighted(struct pg_session *session, struct slice text)
{
    uint64_t hash = text.len > TEXT_MAX ? 0 : hash_bytes(text);
    uint64_t *place = &session->cache.sightings[hash % PG_CACHED_SIGHTINGS];
    bool known = hash && *place == hash;
    *place = hash;
    return known;
}

void pg_statement_cache_clear(struct pg_session *session)
{
    for (unsigned i = 0; i < PG_CACHED_STATEMENTS; i++)
        if (session->cache.entries[i].statement)
            drop(&session->cache.entries[i]);
}

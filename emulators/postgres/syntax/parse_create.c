#include "emulators/postgres/syntax/parser.h"

/* OptTemp and UNLOGGED; what was taken says *given. */
static enum ast_persistence parse_persistence(struct pg_parser *p)
{
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    bool temp_next = next == PG_KW_TEMP || next == PG_KW_TEMPORARY;
    if ((kind == PG_KW_LOCAL || kind == PG_KW_GLOBAL) && temp_next) {
        pg_skip(p);
        kind = next;
    }
    if (kind == PG_KW_TEMP || kind == PG_KW_TEMPORARY) {
        pg_skip(p);
        return AST_TEMPORARY;
    }
    return pg_accept(p, PG_KW_UNLOGGED) ? AST_UNLOGGED : AST_PERMANENT;
}

/* What has a persistence: tables, sequences, views, materialized views; NULL: another word. */
static struct ast_node *parse_relation(struct pg_parser *p, bool replace)
{
    enum ast_persistence persistence = parse_persistence(p);
    uint16_t kind = pg_at(p);
    bool view = kind == PG_KW_VIEW || kind == PG_KW_RECURSIVE;
    if (view && persistence != AST_UNLOGGED)
        return pg_parse_create_view(p, persistence, replace);
    if (replace && persistence == AST_PERMANENT)
        return NULL;
    if (kind == PG_KW_TABLE && !replace)
        return pg_parse_create_table(p, persistence);
    if (kind == PG_KW_SEQUENCE && !replace)
        return pg_parse_create_sequence(p, persistence);
    if (kind == PG_KW_MATERIALIZED && !replace && persistence != AST_TEMPORARY)
        return pg_parse_create_materialized_view(p, persistence);
    if (persistence == AST_PERMANENT)
        return NULL;
    pg_unexpected(p);
    return pg_null(p, -1);
}

/* CREATE OR REPLACE may say these; NULL: another word. */
static struct ast_node *parse_replaceable(struct pg_parser *p, bool replace, int32_t at)
{
    switch (pg_at(p)) {
    case PG_KW_FUNCTION:
    case PG_KW_PROCEDURE: return pg_parse_create_function(p, replace);
    case PG_KW_AGGREGATE: return pg_parse_create_aggregate(p, replace);
    case PG_KW_TRIGGER:
    case PG_KW_CONSTRAINT: return pg_parse_create_trigger(p, replace, at);
    case PG_KW_RULE: return pg_parse_create_rule(p, replace);
    case PG_KW_TRANSFORM: return pg_parse_create_transform(p, replace);
    case PG_KW_TRUSTED:
    case PG_KW_PROCEDURAL:
    case PG_KW_LANGUAGE: return pg_parse_create_language(p, replace);
    default: return parse_relation(p, replace);
    }
}

/* CREATE FOREIGN TABLE, FOREIGN DATA WRAPPER. */
static struct ast_node *parse_create_foreign(struct pg_parser *p)
{
    pg_skip(p);
    return pg_at(p) == PG_KW_TABLE ? pg_parse_create_foreign_table(p) : pg_parse_create_fdw(p);
}

/* The others, by their first word. */
static const struct {
    uint16_t word;
    struct ast_node *(*parse)(struct pg_parser *p);
} creations[] = {
    {PG_KW_INDEX,        pg_parse_create_index        },
    {PG_KW_UNIQUE,       pg_parse_create_index        },
    {PG_KW_TYPE,         pg_parse_create_type         },
    {PG_KW_SCHEMA,       pg_parse_create_schema       },
    {PG_KW_ROLE,         pg_parse_create_role         },
    {PG_KW_USER,         pg_parse_create_role         },
    {PG_KW_GROUP,        pg_parse_create_role         },
    {PG_KW_DATABASE,     pg_parse_create_database     },
    {PG_KW_DOMAIN,       pg_parse_create_domain       },
    {PG_KW_EXTENSION,    pg_parse_create_extension    },
    {PG_KW_POLICY,       pg_parse_create_policy       },
    {PG_KW_STATISTICS,   pg_parse_create_statistics   },
    {PG_KW_OPERATOR,     pg_parse_create_operator     },
    {PG_KW_COLLATION,    pg_parse_create_collation    },
    {PG_KW_TEXT,         pg_parse_create_text_search  },
    {PG_KW_CAST,         pg_parse_create_cast         },
    {PG_KW_DEFAULT,      pg_parse_create_conversion   },
    {PG_KW_CONVERSION,   pg_parse_create_conversion   },
    {PG_KW_ACCESS,       pg_parse_create_access_method},
    {PG_KW_EVENT,        pg_parse_create_event_trigger},
    {PG_KW_FOREIGN,      parse_create_foreign         },
    {PG_KW_SERVER,       pg_parse_create_server       },
    {PG_KW_PUBLICATION,  pg_parse_create_publication  },
    {PG_KW_SUBSCRIPTION, pg_parse_create_subscription },
    {PG_KW_TABLESPACE,   pg_parse_create_tablespace   },
};

struct ast_node *pg_parse_create(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    bool replace = pg_accept(p, PG_KW_OR);
    if (replace)
        pg_expect(p, PG_KW_REPLACE);
    struct ast_node *node = parse_replaceable(p, replace, at);
    for (size_t i = 0; !node && !replace && i < sizeof(creations) / sizeof(*creations); i++)
        if (creations[i].word == pg_at(p))
            node = creations[i].parse(p);
    if (node)
        return node;
    pg_unexpected(p);
    return pg_null(p, at);
}

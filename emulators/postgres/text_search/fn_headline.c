/* ts_headline of texts, and of the strings inside JSON. */
#include "common/fiber.h"
#include "emulators/postgres/text_search/document.h"
#include "emulators/postgres/text_search/headline.h"
#include "emulators/sql/value/json_node.h"
#include "emulators/sql/value/json_text.h"

enum { STACK_NEEDED = 8 * 1024 };

struct job {
    struct sql_call *call;
    struct pg_configuration configuration;
    struct pg_headline_options options;
    struct pg_tsquery *query;
    struct sql_bytes out;
};

/* ---- JSON, written again without blanks */

static bool add_string(struct job *job, const struct sql_json_node *node)
{
    struct sql_bytes extract = sql_bytes_begin(job->call);
    struct slice text;
    if (!sql_json_node_plain(job->call, node, &text) ||
        !pg_headline_make(job->call, &job->configuration, text, job->query, &job->options,
                          &extract))
        return false;
    sql_json_escape(&job->out, sql_bytes_slice(&extract));
    return true;
}

static bool add_node(struct job *job, const struct sql_json_node *node)
{
    bool object = node->kind == SQL_JSON_NODE_OBJECT;
    struct sql_json_child *children = NULL;
    struct slice text;
    uint32_t count;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(job->call->env->error, "54001", "stack depth limit exceeded");
    if (node->kind == SQL_JSON_NODE_STRING)
        return add_string(job, node);
    if (!object && node->kind != SQL_JSON_NODE_ARRAY) {
        if (!sql_json_node_text(job->call, node, &text))
            return false;
        sql_bytes_add_slice(&job->out, text);
        return true;
    }
    if (!sql_json_node_children(job->call, node, &children, &count))
        return false;
    sql_bytes_add_char(&job->out, object ? '{' : '[');
    for (uint32_t i = 0; i < count; i++) {
        sql_bytes_add_str(&job->out, i ? "," : "");
        if (object) {
            sql_json_escape(&job->out, children[i].key);
            sql_bytes_add_char(&job->out, ':');
        }
        if (!add_node(job, &children[i].node))
            return false;
    }
    sql_bytes_add_char(&job->out, object ? '}' : ']');
    return true;
}

static bool add_document(struct job *job, struct datum document, bool binary)
{
    struct sql_json_node node;
    return sql_json_node_open(job->call, document, binary, &node) && add_node(job, &node);
}

/* ---- functions: (configuration)? document query (options)? */

enum kind { OF_TEXT, OF_JSON, OF_JSONB };

static bool headline(struct sql_call *call, const struct datum *args, bool given, bool options,
                     enum kind kind, struct datum *out)
{
    struct job job = {.call = call, .out = sql_bytes_begin(call)};
    const struct datum *rest;
    uint32_t id;
    if (!pg_document_configuration(call, args, given, &id, &rest) ||
        !pg_headline_options_read(call, options ? datum_slice(rest[2]) : slice_of(NULL, 0),
                                  &job.options) ||
        !pg_tsquery_open(call, rest[1], &job.query))
        return false;
    bool good = pg_configuration_open(call, id, &job.configuration) &&
                (kind == OF_TEXT ? pg_headline_make(call, &job.configuration, datum_slice(rest[0]),
                                                    job.query, &job.options, &job.out)
                                 : add_document(&job, rest[0], kind == OF_JSONB));
    pg_configuration_close(&job.configuration);
    if (!good || job.out.failed)
        return good ? sql_fail_memory(call->env->error) : false;
    return kind == OF_JSONB ? sql_jsonb_ops.input(call, NULL, sql_bytes_slice(&job.out), -1, out)
                            : sql_give_bytes(call, out, &job.out);
}

#define HEADLINE(symbol, kind)                                                                    \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out)        \
    {                                                                                             \
        return headline(call, args, false, false, kind, out);                                     \
    }                                                                                             \
    static bool symbol##_opt(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                             \
        return headline(call, args, false, true, kind, out);                                      \
    }                                                                                             \
    static bool symbol##_byid(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                             \
        return headline(call, args, true, false, kind, out);                                      \
    }                                                                                             \
    static bool symbol##_byid_opt(struct sql_call *call, const struct datum *args,                \
                                  struct datum *out)                                              \
    {                                                                                             \
        return headline(call, args, true, true, kind, out);                                       \
    }

HEADLINE(ts_headline, OF_TEXT)
HEADLINE(ts_headline_json, OF_JSON)
HEADLINE(ts_headline_jsonb, OF_JSONB)

const struct sql_builtin pg_headline_functions[] = {
    {"ts_headline",                ts_headline               },
    {"ts_headline_byid",           ts_headline_byid          },
    {"ts_headline_byid_opt",       ts_headline_byid_opt      },
    {"ts_headline_json",           ts_headline_json          },
    {"ts_headline_json_byid",      ts_headline_json_byid     },
    {"ts_headline_json_byid_opt",  ts_headline_json_byid_opt },
    {"ts_headline_json_opt",       ts_headline_json_opt      },
    {"ts_headline_jsonb",          ts_headline_jsonb         },
    {"ts_headline_jsonb_byid",     ts_headline_jsonb_byid    },
    {"ts_headline_jsonb_byid_opt", ts_headline_jsonb_byid_opt},
    {"ts_headline_jsonb_opt",      ts_headline_jsonb_opt     },
    {"ts_headline_opt",            ts_headline_opt           },
    {NULL,                         NULL                      },
};

/* JSON values as documents: their strings, or what a filter asks for. A gap stands between values, so
 * that no phrase goes across. */
#include "common/fiber.h"
#include "emulators/postgres/text_search/document.h"
#include "emulators/sql/value/json_node.h"

enum { STACK_NEEDED = 8 * 1024 };
enum { WANT_KEYS = 1, WANT_STRINGS = 2, WANT_NUMBERS = 4, WANT_BOOLEANS = 8, WANT_ALL = 15 };

struct walk {
    struct sql_call *call;
    struct pg_configuration configuration;
    struct pg_document document;
    unsigned wanted;
};

static bool add(struct walk *walk, struct slice text)
{
    uint32_t before = walk->document.words.count;
    if (!pg_document_add(walk->call, &walk->configuration, text, &walk->document))
        return false;
    walk->document.position += walk->document.words.count > before;
    return true;
}

static unsigned kind_of(const struct sql_json_node *node, struct slice text)
{
    if (node->kind == SQL_JSON_NODE_STRING)
        return WANT_STRINGS;
    if (node->kind != SQL_JSON_NODE_OTHER)
        return 0;
    return text.ptr[0] == 't' || text.ptr[0] == 'f' ? WANT_BOOLEANS : WANT_NUMBERS;
}

static bool walk_node(struct walk *walk, const struct sql_json_node *node)
{
    struct sql_json_child *children = NULL;
    struct slice text;
    uint32_t count;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(walk->call->env->error, "54001", "stack depth limit exceeded");
    if (node->kind != SQL_JSON_NODE_ARRAY && node->kind != SQL_JSON_NODE_OBJECT)
        return sql_json_node_plain(walk->call, node, &text) &&
               (!(kind_of(node, text) & walk->wanted) || add(walk, text));
    if (!sql_json_node_children(walk->call, node, &children, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool key = node->kind == SQL_JSON_NODE_OBJECT && walk->wanted & WANT_KEYS;
        if ((key && !add(walk, children[i].key)) || !walk_node(walk, &children[i].node))
            return false;
    }
    return true;
}

/* ---- filters: a string, or an array of strings */

static bool read_flag(struct sql_call *call, struct slice name, unsigned *wanted)
{
    static const struct {
        const char *name;
        unsigned wanted;
    } flags[] = {
        {"all",     WANT_ALL     },
        {"key",     WANT_KEYS    },
        {"string",  WANT_STRINGS },
        {"numeric", WANT_NUMBERS },
        {"boolean", WANT_BOOLEANS},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (slice_is(name, flags[i].name)) {
            *wanted |= flags[i].wanted;
            return true;
        }
    sql_fail(call->env->error, "22023", "wrong flag in flag array: \"" SLICE_FMT "\"",
             SLICE_ARG(name));
    return sql_hint(call->env->error, "Possible values are: \"string\", \"numeric\", \"boolean\", "
                                      "\"key\", and \"all\".");
}

static bool read_filter(struct sql_call *call, struct datum value, unsigned *wanted)
{
    struct sql_jsonb filter = sql_jsonb_open(value);
    *wanted = 0;
    if (filter.kind == SQL_JSONB_KIND_STRING)
        return read_flag(call, filter.bytes, wanted);
    if (filter.kind == SQL_JSONB_KIND_OBJECT)
        return sql_fail(call->env->error, "22023",
                        "wrong flag type, only arrays and scalars are allowed");
    for (uint32_t i = 0; filter.kind == SQL_JSONB_KIND_ARRAY && i < sql_jsonb_count(&filter); i++) {
        struct sql_jsonb flag = sql_jsonb_element(&filter, i);
        if (flag.kind != SQL_JSONB_KIND_STRING) {
            sql_fail(call->env->error, "22023", "flag array element is not a string");
            return sql_hint(call->env->error, "Possible values are: \"string\", \"numeric\", "
                                              "\"boolean\", \"key\", and \"all\".");
        }
        if (!read_flag(call, flag.bytes, wanted))
            return false;
    }
    if (filter.kind == SQL_JSONB_KIND_ARRAY)
        return true;
    sql_fail(call->env->error, "22023", "flag array element is not a string");
    return sql_hint(call->env->error, "Possible values are: \"string\", \"numeric\", \"boolean\", "
                                      "\"key\", and \"all\".");
}

/* ---- functions: (configuration)? document (filter)? */

static bool make(struct sql_call *call, const struct datum *args, bool given, bool binary,
                 bool filtered, struct datum *out)
{
    struct walk walk = {.call = call, .document.words.arena = call->arena, .wanted = WANT_STRINGS};
    const struct datum *document;
    struct sql_json_node node;
    uint32_t id;
    if (!pg_document_configuration(call, args, given, &id, &document) ||
        (filtered && !read_filter(call, document[1], &walk.wanted)))
        return false;
    bool good = pg_configuration_open(call, id, &walk.configuration) &&
                sql_json_node_open(call, *document, binary, &node) && walk_node(&walk, &node);
    pg_configuration_close(&walk.configuration);
    return good && pg_ts_words_finish(call, &walk.document.words, out);
}

#define JSON(symbol, given, binary, filtered)                                              \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        return make(call, args, given, binary, filtered, out);                             \
    }

JSON(json_string_to_tsvector, false, false, false)
JSON(json_string_to_tsvector_byid, true, false, false)
JSON(json_to_tsvector, false, false, true)
JSON(json_to_tsvector_byid, true, false, true)
JSON(jsonb_string_to_tsvector, false, true, false)
JSON(jsonb_string_to_tsvector_byid, true, true, false)
JSON(jsonb_to_tsvector, false, true, true)
JSON(jsonb_to_tsvector_byid, true, true, true)

const struct sql_builtin pg_document_json_functions[] = {
    {"json_string_to_tsvector",       json_string_to_tsvector      },
    {"json_string_to_tsvector_byid",  json_string_to_tsvector_byid },
    {"json_to_tsvector",              json_to_tsvector             },
    {"json_to_tsvector_byid",         json_to_tsvector_byid        },
    {"jsonb_string_to_tsvector",      jsonb_string_to_tsvector     },
    {"jsonb_string_to_tsvector_byid", jsonb_string_to_tsvector_byid},
    {"jsonb_to_tsvector",             jsonb_to_tsvector            },
    {"jsonb_to_tsvector_byid",        jsonb_to_tsvector_byid       },
    {NULL,                            NULL                         },
};

/* The type tsquery and its functions. */
#include <stdlib.h>

#include "common/hash.h"
#include "emulators/postgres/text_search/lexeme_text.h"
#include "emulators/postgres/text_search/tsquery.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/type_io.h"

/* ---- the type */

static bool make_word(struct pg_tsquery_maker *maker, struct sql_call *call, struct slice word,
                      uint8_t weights, bool prefix, struct pg_tsquery **out)
{
    (void)maker;
    if (word.len > PG_TS_WORD_MAX)
        return sql_fail(call->env->error, "54000", "word is too long in tsquery: \"" SLICE_FMT "\"",
                        SLICE_ARG(word));
    *out = pg_tsquery_word(call, word, weights, prefix);
    return *out;
}

static bool tsquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                          int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct pg_tsquery_maker maker = {make_word};
    struct pg_tsquery *query;
    return pg_tsquery_parse(call, text, PG_TSQUERY_STANDARD, &maker, &query) &&
           pg_tsquery_give(call, query, out);
}

static bool tsquery_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                           struct sql_bytes *out)
{
    (void)type;
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, value, &query))
        return false;
    pg_tsquery_print(query, out);
    return true;
}

enum { WIRE_WORD = 1, WIRE_OPERATOR = 2 };

static void send_node(const struct pg_tsquery *node, struct sql_bytes *out)
{
    if (node->kind == PG_TSQUERY_WORD) {
        const char head[3] = {WIRE_WORD, (char)node->weights, node->prefix};
        sql_bytes_add(out, head, sizeof(head));
        sql_bytes_add_slice(out, node->word);
        sql_bytes_add_char(out, '\0');
        return;
    }
    sql_bytes_add_char(out, WIRE_OPERATOR);
    sql_bytes_add_char(out, (char)node->kind);
    if (node->kind == PG_TSQUERY_PHRASE)
        sql_bytes_add_u16(out, node->distance);
    send_node(node->right, out);
    if (node->left)
        send_node(node->left, out);
}

static bool tsquery_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, value, &query))
        return false;
    sql_bytes_add_u32(out, pg_tsquery_count(query));
    if (query)
        send_node(query, out);
    return true;
}

static bool fail_wire(struct sql_call *call, const char *what)
{
    return sql_fail(call->env->error, "22P03", "invalid tsquery: %s", what);
}

static bool receive_word(struct sql_call *call, struct sql_receive *from, struct pg_tsquery **out)
{
    uint8_t weights = (uint8_t)sql_receive_uint(from, 1);
    bool prefix = sql_receive_uint(from, 1) != 0;
    const uint8_t *end = from->ok && from->at < from->end
                             ? memchr(from->at, 0, (size_t)(from->end - from->at))
                             : NULL;
    if (!end)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    struct slice word = slice_of(from->at, (size_t)(end - from->at));
    from->at = end + 1;
    if (!sql_text_check(call->env->error, word))
        return false;
    if (weights > 15)
        return fail_wire(call, "invalid weight bitmap");
    if (word.len > PG_TS_WORD_MAX)
        return fail_wire(call, "operand too long");
    *out = pg_tsquery_word(call, word, weights, prefix);
    return *out;
}

static bool receive_node(struct sql_call *call, struct sql_receive *from, int32_t *left,
                         struct pg_tsquery **out)
{
    struct pg_tsquery *operands[2] = {NULL, NULL};
    if (!pg_tsquery_check_depth(call))
        return false;
    if (--*left < 0)
        return fail_wire(call, "operand not found");
    uint8_t type = (uint8_t)sql_receive_uint(from, 1);
    if (type == WIRE_WORD)
        return receive_word(call, from, out);
    uint8_t kind = (uint8_t)sql_receive_uint(from, 1);
    uint16_t distance = 0;
    if (!from->ok)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    if (type != WIRE_OPERATOR || kind < PG_TSQUERY_NOT || kind > PG_TSQUERY_PHRASE)
        return sql_fail(call->env->error, "XX000", "unrecognized tsquery %s type: %d",
                        type == WIRE_OPERATOR ? "operator" : "node",
                        type == WIRE_OPERATOR ? kind : type);
    if (kind == PG_TSQUERY_PHRASE)
        distance = (uint16_t)sql_receive_uint(from, sizeof(distance));
    if (!receive_node(call, from, left, &operands[1]))
        return false;
    if (kind != PG_TSQUERY_NOT && !receive_node(call, from, left, &operands[0]))
        return false;
    *out = pg_tsquery_join(call, (enum pg_tsquery_kind)kind, distance, operands[0], operands[1]);
    return *out;
}

static bool tsquery_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                            int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    struct pg_tsquery *query = NULL;
    int32_t left = sql_receive_i32(&from);
    if (from.ok && left < 0)
        return sql_fail(call->env->error, "22P03", "invalid size of tsquery");
    if (from.ok && left > 0 && !receive_node(call, &from, &left, &query))
        return false;
    if (from.ok && left > 0)
        return sql_fail(call->env->error, "XX000", "malformed tsquery: extra nodes");
    return sql_receive_done(&from, call->env->error) && pg_tsquery_give(call, query, out);
}

static int tsquery_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                           struct datum b)
{
    (void)type;
    struct pg_tsquery *left, *right;
    if (!pg_tsquery_open(call, a, &left) || !pg_tsquery_open(call, b, &right))
        return 0;
    return pg_tsquery_compare(left, right);
}

static bool tsquery_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, value, &query))
        return false;
    pg_tsquery_add_key(query, out);
    return true;
}

const struct sql_type_ops pg_tsquery_ops = {
    .input = tsquery_input,
    .output = tsquery_output,
    .receive = tsquery_receive,
    .send = tsquery_send,
    .compare = tsquery_compare,
    .encode_key = tsquery_key,
};

/* ---- functions */

static bool open_two(struct sql_call *call, const struct datum *args, struct pg_tsquery *out[2])
{
    return pg_tsquery_open(call, args[0], &out[0]) && pg_tsquery_open(call, args[1], &out[1]);
}

static bool join(struct sql_call *call, const struct datum *args, enum pg_tsquery_kind kind,
                 uint16_t distance, struct datum *out)
{
    struct pg_tsquery *q[2];
    if (!open_two(call, args, q))
        return false;
    struct pg_tsquery *both = pg_tsquery_join(call, kind, distance, q[0], q[1]);
    return (both || (!q[0] && !q[1])) && pg_tsquery_give(call, both, out);
}

static bool tsquery_and(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return join(call, args, PG_TSQUERY_AND, 0, out);
}

static bool tsquery_or(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return join(call, args, PG_TSQUERY_OR, 0, out);
}

static bool tsquery_phrase(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return join(call, args, PG_TSQUERY_PHRASE, 1, out);
}

static bool tsquery_phrase_distance(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    if (args[2].i < 0 || args[2].i > PG_TS_POSITION_MAX + 1)
        return sql_fail(call->env->error, "22023",
                        "distance in phrase operator must be an integer value between zero and %d "
                        "inclusive",
                        PG_TS_POSITION_MAX + 1);
    return join(call, args, PG_TSQUERY_PHRASE, (uint16_t)args[2].i, out);
}

static bool tsquery_not(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, args[0], &query))
        return false;
    if (query)
        query = pg_tsquery_join(call, PG_TSQUERY_NOT, 0, NULL, query);
    return pg_tsquery_give(call, query, out);
}

static bool tsquery_numnode(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_tsquery *query;
    return pg_tsquery_open(call, args[0], &query) && sql_give_int(out, pg_tsquery_count(query));
}

static bool tsquerytree(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, args[0], &query))
        return false;
    struct pg_tsquery *positive = query ? pg_tsquery_without_not(query) : NULL;
    if (query && !positive)
        sql_bytes_add_char(&text, 'T');
    pg_tsquery_print(positive, &text);
    return sql_give_bytes(call, out, &text);
}

static bool match(struct sql_call *call, struct datum vector, struct datum query, struct datum *out)
{
    struct pg_tsvector document;
    struct pg_tsquery *opened;
    bool found;
    pg_tsvector_open(vector, &document);
    return pg_tsquery_open(call, query, &opened) &&
           pg_tsquery_match(call, &document, opened, &found) && sql_give_bool(out, found);
}

static bool ts_match_vq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return match(call, args[0], args[1], out);
}

static bool ts_match_qv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return match(call, args[1], args[0], out);
}

/* ---- containment: does the first query have all words of the second? */

static bool has_word(const struct pg_tsquery *query, struct slice word)
{
    for (; query; query = query->left)
        if ((query->kind == PG_TSQUERY_WORD && slice_eq(query->word, word)) ||
            has_word(query->right, word))
            return true;
    return false;
}

static bool has_words(const struct pg_tsquery *query, const struct pg_tsquery *of)
{
    for (; of; of = of->left)
        if ((of->kind == PG_TSQUERY_WORD && !has_word(query, of->word)) ||
            !has_words(query, of->right))
            return false;
    return true;
}

static bool tsq_mcontains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_tsquery *q[2];
    return open_two(call, args, q) && sql_give_bool(out, has_words(q[0], q[1]));
}

static bool tsq_mcontained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_tsquery *q[2];
    return open_two(call, args, q) && sql_give_bool(out, has_words(q[1], q[0]));
}

const struct sql_builtin pg_tsquery_functions[] = {
    {"tsqueryin",               sql_call_input         },
    {"tsqueryout",              sql_call_output        },
    {"tsqueryrecv",             sql_call_receive       },
    {"tsquerysend",             sql_call_send          },
    {"tsquery_lt",              sql_call_lt            },
    {"tsquery_le",              sql_call_le            },
    {"tsquery_eq",              sql_call_eq            },
    {"tsquery_ne",              sql_call_ne            },
    {"tsquery_ge",              sql_call_ge            },
    {"tsquery_gt",              sql_call_gt            },
    {"tsquery_cmp",             sql_call_cmp           },
    {"tsquery_and",             tsquery_and            },
    {"tsquery_or",              tsquery_or             },
    {"tsquery_not",             tsquery_not            },
    {"tsquery_phrase",          tsquery_phrase         },
    {"tsquery_phrase_distance", tsquery_phrase_distance},
    {"tsquery_numnode",         tsquery_numnode        },
    {"tsquerytree",             tsquerytree            },
    {"ts_match_vq",             ts_match_vq            },
    {"ts_match_qv",             ts_match_qv            },
    {"tsq_mcontains",           tsq_mcontains          },
    {"tsq_mcontained",          tsq_mcontained         },
    {NULL,                      NULL                   },
};

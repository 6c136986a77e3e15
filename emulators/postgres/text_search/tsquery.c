#include "emulators/postgres/text_search/tsquery.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/fiber.h"
#include "emulators/sql/session.h"

enum { STACK_NEEDED = 8 * 1024 };

bool pg_tsquery_check_depth(struct sql_call *call)
{
    return fiber_stack_left() >= STACK_NEEDED ||
           sql_fail(call->env->error, "54001", "stack depth limit exceeded");
}

void pg_ts_notice(struct sql_call *call, const char *format, ...)
{
    char text[1024];
    struct sql_error notice;
    va_list args;
    if (!call->env->session)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sql_error_begin(&notice, call->env->arena);
    sql_fail(&notice, "00000", "%s", text);
    notice.severity = SQL_NOTICE;
    call->env->session->owner->notice(call->env->session, &notice);
}

/* ---- nodes */

static struct pg_tsquery *make_node(struct sql_call *call, enum pg_tsquery_kind kind)
{
    struct pg_tsquery *node = arena_zalloc(call->arena, sizeof(*node));
    if (node)
        node->kind = kind;
    else
        sql_fail_memory(call->env->error);
    return node;
}

struct pg_tsquery *pg_tsquery_word(struct sql_call *call, struct slice word, uint8_t weights,
                                   bool prefix)
{
    struct pg_tsquery *node = make_node(call, PG_TSQUERY_WORD);
    if (node) {
        node->word = word;
        node->weights = weights;
        node->prefix = prefix;
    }
    return node;
}

struct pg_tsquery *pg_tsquery_stop(struct sql_call *call)
{
    return make_node(call, PG_TSQUERY_STOP);
}

struct pg_tsquery *pg_tsquery_join(struct sql_call *call, enum pg_tsquery_kind kind,
                                   uint16_t distance, struct pg_tsquery *left,
                                   struct pg_tsquery *right)
{
    if (kind != PG_TSQUERY_NOT && (!left || !right))
        return left ? left : right;
    struct pg_tsquery *node = make_node(call, kind);
    if (node) {
        node->distance = distance;
        node->left = left;
        node->right = right;
    }
    return node;
}

uint32_t pg_tsquery_count(const struct pg_tsquery *query)
{
    uint32_t count = 0;
    for (; query; query = query->left)
        count += 1 + pg_tsquery_count(query->right);
    return count;
}

/* ---- the flat form */

static void write_node(const struct pg_tsquery *node, struct sql_bytes *out)
{
    const uint8_t head[4] = {(uint8_t)node->kind, node->weights, node->prefix, 0};
    const uint16_t numbers[2] = {node->distance, (uint16_t)node->word.len};
    sql_bytes_add(out, head, sizeof(head));
    sql_bytes_add(out, numbers, sizeof(numbers));
    sql_bytes_add_slice(out, node->word);
    if (node->right)
        write_node(node->right, out);
    if (node->left)
        write_node(node->left, out);
}

bool pg_tsquery_give(struct sql_call *call, const struct pg_tsquery *query, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    uint32_t count = pg_tsquery_count(query);
    sql_bytes_add(&bytes, &count, sizeof(count));
    if (query)
        write_node(query, &bytes);
    return sql_give_bytes(call, out, &bytes);
}

static struct pg_tsquery *read_node(struct sql_call *call, const uint8_t **at)
{
    uint16_t numbers[2];
    const uint8_t *head = *at;
    struct pg_tsquery *node = make_node(call, (enum pg_tsquery_kind)head[0]);
    if (!node || !pg_tsquery_check_depth(call))
        return NULL;
    memcpy(numbers, head + 4, sizeof(numbers));
    node->weights = head[1];
    node->prefix = head[2];
    node->distance = numbers[0];
    node->word = slice_of(head + 8, numbers[1]);
    *at = head + 8 + numbers[1];
    if (node->kind == PG_TSQUERY_WORD)
        return node;
    node->right = read_node(call, at);
    if (!node->right || node->kind == PG_TSQUERY_NOT)
        return node->right ? node : NULL;
    node->left = read_node(call, at);
    return node->left ? node : NULL;
}

bool pg_tsquery_open(struct sql_call *call, struct datum value, struct pg_tsquery **out)
{
    const uint8_t *at = value.ptr + sizeof(uint32_t);
    uint32_t count;
    memcpy(&count, value.ptr, sizeof(count));
    *out = count ? read_node(call, &at) : NULL;
    return *out || count == 0;
}

/* ---- printing */

static int precedence(enum pg_tsquery_kind kind)
{
    static const int precedences[] = {
        [PG_TSQUERY_WORD] = 5, [PG_TSQUERY_NOT] = 4, [PG_TSQUERY_PHRASE] = 3,
        [PG_TSQUERY_AND] = 2,  [PG_TSQUERY_OR] = 1,  [PG_TSQUERY_STOP] = 5};
    return precedences[kind];
}

static void print_word(const struct pg_tsquery *word, struct sql_bytes *out)
{
    sql_bytes_add_char(out, '\'');
    for (size_t i = 0; i < word->word.len; i++) {
        char c = (char)word->word.ptr[i];
        if (c == '\'' || c == '\\')
            sql_bytes_add_char(out, c);
        sql_bytes_add_char(out, c);
    }
    sql_bytes_add_char(out, '\'');
    if (!word->weights && !word->prefix)
        return;
    sql_bytes_add_char(out, ':');
    if (word->prefix)
        sql_bytes_add_char(out, '*');
    for (int weight = 3; weight >= 0; weight--)
        if (word->weights & 1u << weight)
            sql_bytes_add_char(out, "DCBA"[weight]);
}

/* parent: precedence of the operator around; phrases on the right of one need parentheses. */
static void print_node(const struct pg_tsquery *node, int parent, bool right_of_phrase,
                       struct sql_bytes *out)
{
    int own = precedence(node->kind);
    if (node->kind == PG_TSQUERY_WORD) {
        print_word(node, out);
        return;
    }
    if (node->kind == PG_TSQUERY_NOT) {
        bool parentheses = own < parent;
        sql_bytes_add_str(out, parentheses ? "( !" : "!");
        print_node(node->right, own, false, out);
        sql_bytes_add_str(out, parentheses ? " )" : "");
        return;
    }
    bool parentheses = own < parent || (node->kind == PG_TSQUERY_PHRASE && right_of_phrase);
    sql_bytes_add_str(out, parentheses ? "( " : "");
    print_node(node->left, own, false, out);
    if (node->kind == PG_TSQUERY_PHRASE && node->distance != 1)
        sql_bytes_printf(out, " <%u> ", (unsigned)node->distance);
    else
        sql_bytes_add_str(out, node->kind == PG_TSQUERY_PHRASE ? " <-> "
                               : node->kind == PG_TSQUERY_AND  ? " & "
                                                               : " | ");
    print_node(node->right, own, node->kind == PG_TSQUERY_PHRASE, out);
    sql_bytes_add_str(out, parentheses ? " )" : "");
}

void pg_tsquery_print(const struct pg_tsquery *query, struct sql_bytes *out)
{
    if (query)
        print_node(query, -1, false, out);
}

/* ---- order: by count, by the size of the server's form, then node by node */

/* The sum by which words are told apart first: the CRC of old, of polynomial 0x04c11db7 mirrored,
 * with shifts in the other direction. */
static uint32_t checksum(struct slice word)
{
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < word.len; i++) {
        uint32_t index = ((sum >> 24) ^ word.ptr[i]) & 0xff;
        for (int bit = 0; bit < 8; bit++)
            index = index >> 1 ^ (index & 1 ? 0xedb88320u : 0);
        sum = index ^ sum << 8;
    }
    return ~sum;
}

static size_t words_size(const struct pg_tsquery *query)
{
    size_t size = 0;
    for (; query; query = query->left)
        size +=
            (query->kind == PG_TSQUERY_WORD ? query->word.len + 1 : 0) + words_size(query->right);
    return size;
}

static int down(int64_t a, int64_t b)
{
    return a == b ? 0 : a > b ? -1 : 1;
}

int pg_tsquery_compare_words(struct slice a, struct slice b)
{
    int order = down((int32_t)checksum(a), (int32_t)checksum(b));
    return order ? order : pg_ts_compare_words(a, b);
}

static int compare_nodes(const struct pg_tsquery *a, const struct pg_tsquery *b)
{
    bool word = a->kind == PG_TSQUERY_WORD;
    if (word != (b->kind == PG_TSQUERY_WORD))
        return word ? 1 : -1;
    if (word)
        return pg_tsquery_compare_words(a->word, b->word);
    if (a->kind != b->kind)
        return down(a->kind, b->kind);
    if (a->distance != b->distance)
        return down(a->distance, b->distance);
    int order = a->left ? compare_nodes(a->left, b->left) : 0;
    return order ? order : compare_nodes(a->right, b->right);
}

int pg_tsquery_compare(const struct pg_tsquery *a, const struct pg_tsquery *b)
{
    uint32_t count = pg_tsquery_count(a), other = pg_tsquery_count(b);
    if (count != other)
        return count < other ? -1 : 1;
    size_t size = words_size(a), other_size = words_size(b);
    if (size != other_size)
        return size < other_size ? -1 : 1;
    return count ? compare_nodes(a, b) : 0;
}

static void add_node_key(const struct pg_tsquery *node, struct sql_bytes *out)
{
    bool word = node->kind == PG_TSQUERY_WORD;
    sql_bytes_add_char(out, word);
    if (word) {
        sql_bytes_add_u32(out, ~(checksum(node->word) ^ 0x80000000u));
        sql_bytes_add_slice(out, node->word);
        sql_bytes_add_char(out, '\0');
        return;
    }
    sql_bytes_add_char(out, (char)(UINT8_MAX - node->kind));
    sql_bytes_add_u16(out, (uint16_t)~node->distance);
    if (node->left)
        add_node_key(node->left, out);
    add_node_key(node->right, out);
}

void pg_tsquery_add_key(const struct pg_tsquery *query, struct sql_bytes *out)
{
    sql_bytes_add_u32(out, pg_tsquery_count(query));
    sql_bytes_add_u32(out, (uint32_t)words_size(query));
    if (query)
        add_node_key(query, out);
}

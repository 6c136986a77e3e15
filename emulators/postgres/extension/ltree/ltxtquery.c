/* ltxtquery: words with & | ! and parentheses, which look at a path's labels wherever they stand. */
#include "common/fiber.h"
#include "emulators/postgres/extension/ltree/ltree.h"
#include "emulators/sql/value/text_scan.h"

enum { STACK_NEEDED = 16 * 1024, DEPTH_MAX = 400 };

struct node {
    char kind; /* w word, ! & | */
    struct ltree_word word;
    struct node *left, *right; /* !: left */
    uint32_t depth;
};

struct parse {
    struct sql_call *call;
    struct slice text;
    size_t at;
};

static bool fail(struct parse *parse, const char *what)
{
    return sql_fail(parse->call->env->error, "42601", "%s", what);
}

static uint8_t next(struct parse *parse)
{
    while (parse->at < parse->text.len && sql_is_blank(parse->text.ptr[parse->at]))
        parse->at++;
    return parse->at < parse->text.len ? parse->text.ptr[parse->at] : 0;
}

static struct node *make(struct parse *parse, char kind, struct node *left, struct node *right)
{
    struct node *node = arena_zalloc(parse->call->arena, sizeof *node);
    if (!node) {
        sql_fail_memory(parse->call->env->error);
        return NULL;
    }
    *node = (struct node){.kind = kind, .left = left, .right = right};
    uint32_t depth = right && right->depth > left->depth ? right->depth : left ? left->depth : 0;
    node->depth = depth + 1;
    if (depth < DEPTH_MAX)
        return node;
    sql_fail(parse->call->env->error, "54001", "stack depth limit exceeded");
    return NULL;
}

static struct node *parse_word(struct parse *parse)
{
    struct node *node = make(parse, 'w', NULL, NULL);
    size_t begin = parse->at;
    while (parse->at < parse->text.len && ltree_is_label(parse->text.ptr[parse->at]))
        parse->at++;
    if (!node || !ltree_check_label(parse->call, parse->at - begin, parse->at))
        return NULL;
    node->word.text = slice_of(parse->text.ptr + begin, parse->at - begin);
    while (parse->at < parse->text.len &&
           ltree_word_modifier(&node->word, parse->text.ptr[parse->at]))
        parse->at++;
    if (parse->at < parse->text.len && ltree_is_label(parse->text.ptr[parse->at])) {
        fail(parse, "modifiers syntax error");
        return NULL;
    }
    return node;
}

static struct node *parse_either(struct parse *parse);

static struct node *parse_operand(struct parse *parse)
{
    uint8_t c = next(parse);
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(parse->call->env->error, "54001", "stack depth limit exceeded");
        return NULL;
    }
    if (c == '!') {
        parse->at++;
        struct node *inner = parse_operand(parse);
        return inner ? make(parse, '!', inner, NULL) : NULL;
    }
    if (c == '(') {
        parse->at++;
        struct node *inner = parse_either(parse);
        if (!inner)
            return NULL;
        if (next(parse) != ')') {
            fail(parse, "syntax error");
            return NULL;
        }
        parse->at++;
        return inner;
    }
    if (ltree_is_label(c))
        return parse_word(parse);
    fail(parse, "operand syntax error");
    return NULL;
}

static struct node *parse_all(struct parse *parse)
{
    struct node *left = parse_operand(parse);
    while (left && next(parse) == '&') {
        parse->at++;
        struct node *right = parse_operand(parse);
        left = right ? make(parse, '&', left, right) : NULL;
    }
    return left;
}

static struct node *parse_either(struct parse *parse)
{
    struct node *left = parse_all(parse);
    while (left && next(parse) == '|') {
        parse->at++;
        struct node *right = parse_all(parse);
        left = right ? make(parse, '|', left, right) : NULL;
    }
    return left;
}

static struct node *parse_query(struct sql_call *call, struct slice text)
{
    struct parse parse = {call, text, 0};
    struct node *node = parse_either(&parse);
    if (!node || (next(&parse) == 0 && parse.at == text.len))
        return node;
    fail(&parse, "syntax error");
    return NULL;
}

static void print(struct sql_bytes *out, const struct node *node, bool first)
{
    bool parens = node->kind == '|' && !first;
    if (node->kind == 'w') {
        ltree_word_print(out, &node->word);
    } else if (node->kind == '!') {
        bool simple = node->left->kind == 'w';
        sql_bytes_add_str(out, simple ? "!" : "!( ");
        print(out, node->left, true);
        sql_bytes_add_str(out, simple ? "" : " )");
    } else {
        sql_bytes_add_str(out, parens ? "( " : "");
        print(out, node->left, false);
        sql_bytes_printf(out, " %c ", node->kind);
        print(out, node->right, false);
        sql_bytes_add_str(out, parens ? " )" : "");
    }
}

bool ltxtquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                     int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    const struct node *node = parse_query(call, text);
    struct sql_bytes printed = sql_bytes_begin(call);
    if (!node)
        return false;
    print(&printed, node, true);
    return sql_give_bytes(call, out, &printed);
}

static bool holds(const struct node *node, const struct ltree *path)
{
    bool found = false;
    switch (node->kind) {
    case '!': return !holds(node->left, path);
    case '&': return holds(node->left, path) && holds(node->right, path);
    case '|': return holds(node->left, path) || holds(node->right, path);
    default: break;
    }
    for (uint32_t i = 0; i < path->count && !found; i++)
        found = ltree_word_matches(&node->word, path->labels[i]);
    return found;
}

bool ltxtquery_matches(struct sql_call *call, struct datum path, struct datum pattern, bool *out)
{
    struct ltree tree;
    if (!ltree_open(call, path, &tree))
        return false;
    const struct node *node = parse_query(call, datum_slice(pattern));
    if (node)
        *out = holds(node, &tree);
    return node != NULL;
}

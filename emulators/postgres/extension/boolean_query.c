#include "emulators/postgres/extension/boolean_query.h"

#include "common/fiber.h"
#include "emulators/sql/value/text_scan.h"

enum { STACK_NEEDED = 16 * 1024, DEPTH_MAX = 400 };

bool pg_boolean_fail(struct pg_boolean_reader *reader, const char *what)
{
    return sql_fail(reader->call->env->error, "42601", "%s", what);
}

/* The next character that is no blank, 0 at the end. */
static uint8_t next(struct pg_boolean_reader *reader)
{
    while (reader->at < reader->text.len && sql_is_blank(reader->text.ptr[reader->at]))
        reader->at++;
    return reader->at < reader->text.len ? reader->text.ptr[reader->at] : 0;
}

static const struct pg_boolean_node *make(struct pg_boolean_reader *reader, char kind,
                                          const struct pg_boolean_node *left,
                                          const struct pg_boolean_node *right)
{
    struct pg_boolean_node *node = arena_zalloc(reader->call->arena, sizeof *node);
    uint32_t depth = right && right->depth > left->depth ? right->depth : left ? left->depth : 0;
    if (!node) {
        sql_fail_memory(reader->call->env->error);
        return NULL;
    }
    *node = (struct pg_boolean_node){kind, depth + 1, NULL, left, right};
    if (depth < DEPTH_MAX)
        return node;
    sql_fail(reader->call->env->error, "54001", "stack depth limit exceeded");
    return NULL;
}

static const struct pg_boolean_node *parse_either(struct pg_boolean_reader *reader);

static const struct pg_boolean_node *parse_operand(struct pg_boolean_reader *reader)
{
    uint8_t c = next(reader);
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(reader->call->env->error, "54001", "stack depth limit exceeded");
        return NULL;
    }
    if (c == '!' || c == '(') {
        reader->at++;
        const struct pg_boolean_node *inner =
            c == '!' ? parse_operand(reader) : parse_either(reader);
        if (!inner || c == '!')
            return inner ? make(reader, '!', inner, NULL) : NULL;
        if (next(reader) == ')') {
            reader->at++;
            return inner;
        }
        pg_boolean_fail(reader, "syntax error");
        return NULL;
    }
    if (!reader->kind->begins(c)) {
        pg_boolean_fail(reader, reader->kind->no_operand);
        return NULL;
    }
    const void *operand = reader->kind->read(reader);
    const struct pg_boolean_node *node = operand ? make(reader, 'o', NULL, NULL) : NULL;
    if (node)
        ((struct pg_boolean_node *)(uintptr_t)node)->operand = operand;
    return node;
}

static const struct pg_boolean_node *parse_all(struct pg_boolean_reader *reader)
{
    const struct pg_boolean_node *left = parse_operand(reader);
    while (left && next(reader) == '&') {
        reader->at++;
        const struct pg_boolean_node *right = parse_operand(reader);
        left = right ? make(reader, '&', left, right) : NULL;
    }
    return left;
}

static const struct pg_boolean_node *parse_either(struct pg_boolean_reader *reader)
{
    const struct pg_boolean_node *left = parse_all(reader);
    while (left && next(reader) == '|') {
        reader->at++;
        const struct pg_boolean_node *right = parse_all(reader);
        left = right ? make(reader, '|', left, right) : NULL;
    }
    return left;
}

const struct pg_boolean_node *pg_boolean_parse(struct sql_call *call, struct slice text,
                                               const struct pg_boolean_kind *kind)
{
    struct pg_boolean_reader reader = {call, text, 0, kind};
    const struct pg_boolean_node *node = parse_either(&reader);
    if (!node || (next(&reader) == 0 && reader.at == text.len))
        return node;
    pg_boolean_fail(&reader, "syntax error");
    return NULL;
}

static void print(struct sql_bytes *out, const struct pg_boolean_node *node,
                  const struct pg_boolean_kind *kind, bool first)
{
    bool parens = node->kind == '|' && !first;
    if (node->kind == 'o') {
        kind->print(out, node->operand);
    } else if (node->kind == '!') {
        bool simple = node->left->kind == 'o';
        sql_bytes_add_str(out, simple ? "!" : "!( ");
        print(out, node->left, kind, true);
        sql_bytes_add_str(out, simple ? "" : " )");
    } else {
        sql_bytes_add_str(out, parens ? "( " : "");
        print(out, node->left, kind, false);
        sql_bytes_printf(out, " %c ", node->kind);
        print(out, node->right, kind, false);
        sql_bytes_add_str(out, parens ? " )" : "");
    }
}

void pg_boolean_print(struct sql_bytes *out, const struct pg_boolean_node *node,
                      const struct pg_boolean_kind *kind)
{
    print(out, node, kind, true);
}

bool pg_boolean_holds(const struct pg_boolean_node *node, const struct pg_boolean_kind *kind,
                      const void *context)
{
    switch (node->kind) {
    case '!': return !pg_boolean_holds(node->left, kind, context);
    case '&':
        return pg_boolean_holds(node->left, kind, context) &&
               pg_boolean_holds(node->right, kind, context);
    case '|':
        return pg_boolean_holds(node->left, kind, context) ||
               pg_boolean_holds(node->right, kind, context);
    default: return kind->holds(context, node->operand);
    }
}

bool pg_boolean_input(struct sql_call *call, struct slice text, const struct pg_boolean_kind *kind,
                      struct datum *out)
{
    const struct pg_boolean_node *node = pg_boolean_parse(call, text, kind);
    struct sql_bytes printed = sql_bytes_begin(call);
    if (!node)
        return false;
    pg_boolean_print(&printed, node, kind);
    return sql_give_bytes(call, out, &printed);
}

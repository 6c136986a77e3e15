/* Any bytes: the parser gives trees that can be walked, or an error with a place in the text; the
 * same text gives the same again. */
#include "common/assert.h"
#include "emulators/postgres/syntax/parse.h"

static bool count(struct ast_node *node, void *context)
{
    ASSERT(node->kind < AST_KIND_COUNT);
    ++*(size_t *)context;
    return ast_walk(node, count, context);
}

/* Nodes of all statements, 0: refused. */
static size_t parse(struct slice text, const struct pg_parse_options *options)
{
    struct arena arena = {0};
    struct sql_error error;
    struct ast_list list = {0};
    size_t nodes = 1;
    sql_error_begin(&error, &arena);
    if (pg_parse(&arena, text, options, &list, &error)) {
        ASSERT(ast_walk_list(&list, count, &nodes));
    } else {
        nodes = 0;
        ASSERT(error.sqlstate[0] != '\0');
        ASSERT(error.message.len > 0);
        ASSERT(error.position <= text.len + 1);
    }
    arena_done(&arena);
    return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct pg_parse_options old = pg_parse_options_default;
    old.standard_conforming_strings = false;
    ASSERT(parse(text, &pg_parse_options_default) == parse(text, &pg_parse_options_default));
    parse(text, &old);
    return 0;
}

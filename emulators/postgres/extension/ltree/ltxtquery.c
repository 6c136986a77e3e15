/* ltxtquery: words with & | ! and parentheses, which look at a path's labels wherever they stand. */
#include "emulators/postgres/extension/boolean_query.h"
#include "emulators/postgres/extension/ltree/ltree.h"

static const void *read_word(struct pg_boolean_reader *reader)
{
    struct ltree_word *word = arena_zalloc(reader->call->arena, sizeof *word);
    size_t begin = reader->at;
    while (reader->at < reader->text.len && ltree_is_label(reader->text.ptr[reader->at]))
        reader->at++;
    if (!word) {
        sql_fail_memory(reader->call->env->error);
        return NULL;
    }
    if (!ltree_check_label(reader->call, reader->at - begin, reader->at))
        return NULL;
    word->text = slice_of(reader->text.ptr + begin, reader->at - begin);
    while (reader->at < reader->text.len && ltree_word_modifier(word, reader->text.ptr[reader->at]))
        reader->at++;
    if (reader->at < reader->text.len && ltree_is_label(reader->text.ptr[reader->at])) {
        pg_boolean_fail(reader, "modifiers syntax error");
        return NULL;
    }
    return word;
}

static void print_word(struct sql_bytes *out, const void *operand)
{
    ltree_word_print(out, operand);
}

/* Is it one of the path's labels? */
static bool word_holds(const void *context, const void *operand)
{
    const struct ltree *path = context;
    for (uint32_t i = 0; i < path->count; i++)
        if (ltree_word_matches(operand, path->labels[i]))
            return true;
    return false;
}

static const struct pg_boolean_kind words = {"operand syntax error", ltree_is_label, read_word,
                                             print_word, word_holds};

bool ltxtquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                     int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return pg_boolean_input(call, text, &words, out);
}

bool ltxtquery_matches(struct sql_call *call, struct datum path, struct datum pattern, bool *out)
{
    struct ltree tree;
    if (!ltree_open(call, path, &tree))
        return false;
    const struct pg_boolean_node *node = pg_boolean_parse(call, datum_slice(pattern), &words);
    if (node)
        *out = pg_boolean_holds(node, &words, &tree);
    return node != NULL;
}

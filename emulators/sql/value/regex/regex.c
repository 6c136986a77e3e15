#include "emulators/sql/value/regex/regex.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/regex/regex_node.h"

/* Does every match of the node begin at the text's start? */
static bool is_anchored(const struct regex_node *node)
{
    switch (node->kind) {
    case REGEX_ASSERT: return node->assert == REGEX_TEXT_START;
    case REGEX_GROUP: return is_anchored(node->child);
    case REGEX_CAT: return node->child && is_anchored(node->child);
    default: return false;
    }
}

bool sql_regex_compile(struct sql_env *env, struct arena *arena, struct slice pattern,
                       unsigned flags, struct sql_regex **out)
{
    struct sql_regex *regex = arena_zalloc(arena, sizeof(*regex));
    if (!regex)
        return sql_fail_memory(env->error);
    regex->arena = arena;
    regex->error = env->error;
    regex->flags = flags;
    if (!regex_parse(regex, pattern) || !regex_program(regex, regex->root, false))
        return false;
    regex->anchored = is_anchored(regex->root);
    *out = regex;
    return true;
}

unsigned sql_regex_groups(const struct sql_regex *regex)
{
    return regex->groups;
}

/* With back references what the programs find is only a candidate: ends are tried in the order of
 * preference, then later beginnings. */
static bool find_with_references(struct regex_run *run, size_t from, size_t *start, size_t *end)
{
    struct regex_node *root = run->regex->root;
    bool shorter = root->flags & REGEX_SHORTER;
    size_t len = run->text.len;
    for (;;) {
        size_t longest;
        if (!regex_find(run, from, start, &longest) || *start == SIZE_MAX)
            return *start == SIZE_MAX;
        uint8_t *ends = arena_alloc(run->call->arena, (len - *start) / 8 + 1);
        if (!ends)
            return sql_fail_memory(run->call->env->error);
        if (!regex_reach(run, root, *start, len, false, ends))
            return false;
        size_t count = len - *start + 1;
        for (size_t i = 0; i < count; i++) {
            size_t at = shorter ? i : count - 1 - i;
            bool ok;
            if (!(ends[at / 8] >> (at % 8) & 1))
                continue;
            for (unsigned g = 0; g <= run->regex->groups; g++)
                run->groups[g] = (struct sql_regex_span){SIZE_MAX, SIZE_MAX};
            if (!regex_dissect(run, root, *start, *start + at, &ok))
                return false;
            *end = *start + at;
            if (ok)
                return true;
        }
        from = *start;
        *start = SIZE_MAX;
        if (from == len)
            return true;
        do
            from++;
        while (from < len && (run->text.ptr[from] & 0xc0) == 0x80);
    }
}

bool sql_regex_search(struct sql_call *call, struct sql_regex *regex, struct slice text,
                      size_t from, struct sql_regex_span *spans, unsigned span_count, bool *found)
{
    struct regex_run run = {.call = call, .regex = regex, .text = text};
    bool references = regex->root->flags & REGEX_BACKREFS;
    size_t start, end = 0;
    bool ok = true;
    regex->error = call->env->error;
    run.groups = arena_array(call->arena, (size_t)regex->groups + 1, sizeof(*run.groups));
    if (!run.groups)
        return sql_fail_memory(call->env->error);
    for (unsigned g = 0; g <= regex->groups; g++)
        run.groups[g] = (struct sql_regex_span){SIZE_MAX, SIZE_MAX};
    if (references ? !find_with_references(&run, from, &start, &end)
                   : !regex_find(&run, from, &start, &end))
        return false;
    *found = start != SIZE_MAX;
    if (!*found)
        return true;
    if (!references && span_count > 1 && regex->groups > 0 &&
        !regex_dissect(&run, regex->root, start, end, &ok))
        return false;
    for (unsigned g = 1; g < span_count && g <= regex->groups; g++)
        spans[g] = run.groups[g];
    if (span_count > 0)
        spans[0] = (struct sql_regex_span){start, end};
    return true;
}

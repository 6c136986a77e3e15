/* Subtrees into programs: steps that a set of states runs through. A reversed program has the
 * elements of its branches in the opposite order and is run towards the text's start. */
#include "common/fiber.h"
#include "emulators/sql/value/regex/regex_node.h"

#define STEPS_MAX 400000  /* of all programs of an expression */
#define ARCS_MAX  1000000 /* ways from one character to the next, in a program */
#define STACK_MIN (16 * 1024)

struct compiler {
    struct sql_regex *regex;
    struct regex_program *program;
    bool reversed;
    bool bare; /* without assertions: what a back reference can match at most */
};

static bool emit_node(struct compiler *c, struct regex_node *node);

static bool fail_complex(struct compiler *c)
{
    return regex_fail(c->regex->error, "regular expression is too complex");
}

/* Appends a step that goes on to the one behind it. */
static bool emit(struct compiler *c, struct regex_step step)
{
    struct regex_program *p = c->program;
    if (p->count == p->room) {
        uint32_t room = p->room ? p->room * 2 : 16;
        struct regex_step *moved = arena_array(c->regex->arena, room, sizeof(*moved));
        if (!moved)
            return sql_fail_memory(c->regex->error);
        if (p->count)
            memcpy(moved, p->steps, p->count * sizeof(*moved));
        p->steps = moved;
        p->room = room;
    }
    if (++c->regex->steps > STEPS_MAX)
        return fail_complex(c);
    p->steps[p->count++] = step;
    return true;
}

static bool emit_op(struct compiler *c, enum regex_op op)
{
    return emit(c, (struct regex_step){.op = op});
}

/* `child` between min and max times. */
static bool emit_repeat(struct compiler *c, struct regex_node *child, int min, int max)
{
    struct regex_program *p = c->program;
    for (int i = 0; i < min; i++)
        if (!emit_node(c, child))
            return false;
    if (max == REGEX_INFINITE) {
        uint32_t loop = p->count;
        if (!emit_op(c, REGEX_OP_SPLIT) || !emit_node(c, child) ||
            !emit(c, (struct regex_step){.op = REGEX_OP_JUMP, .x = loop}))
            return false;
        p->steps[loop].x = loop + 1;
        p->steps[loop].y = p->count;
        return true;
    }
    uint32_t first = p->count;
    uint32_t last = UINT32_MAX; /* the splits are chained by y until the end is known */
    for (int i = min; i < max; i++) {
        uint32_t split = p->count;
        if (!emit(c, (struct regex_step){.op = REGEX_OP_SPLIT, .x = split + 1, .y = last}) ||
            !emit_node(c, child))
            return false;
        last = split;
    }
    while (last != UINT32_MAX && last >= first) {
        uint32_t before = p->steps[last].y;
        p->steps[last].y = p->count;
        last = before;
    }
    return true;
}

static bool emit_alternatives(struct compiler *c, const struct regex_node *node)
{
    struct regex_program *p = c->program;
    uint32_t last = UINT32_MAX; /* the jumps to the end are chained by x */
    for (struct regex_node *child = node->child; child; child = child->next) {
        uint32_t split = p->count;
        if (child->next && !emit_op(c, REGEX_OP_SPLIT))
            return false;
        if (!emit_node(c, child))
            return false;
        if (!child->next)
            break;
        uint32_t jump = p->count;
        if (!emit(c, (struct regex_step){.op = REGEX_OP_JUMP, .x = last}))
            return false;
        last = jump;
        p->steps[split].x = split + 1;
        p->steps[split].y = p->count;
    }
    while (last != UINT32_MAX) {
        uint32_t before = p->steps[last].x;
        p->steps[last].x = p->count;
        last = before;
    }
    return true;
}

static bool emit_reversed(struct compiler *c, struct regex_node *first)
{
    uint32_t count = 0, i = 0;
    for (struct regex_node *child = first; child; child = child->next)
        count++;
    struct regex_node **children = arena_array(c->regex->arena, count, sizeof(struct regex_node *));
    if (!children)
        return sql_fail_memory(c->regex->error);
    for (struct regex_node *child = first; child; child = child->next)
        children[i++] = child;
    while (i-- > 0)
        if (!emit_node(c, children[i]))
            return false;
    return true;
}

static bool emit_children(struct compiler *c, struct regex_node *node)
{
    if (c->reversed && node->child != node->last)
        return emit_reversed(c, node->child);
    for (struct regex_node *child = node->child; child; child = child->next)
        if (!emit_node(c, child))
            return false;
    return true;
}

/* What the group could match, as often as the reference stands there. */
static bool emit_backref(struct compiler *c, struct regex_node *node)
{
    bool bare = c->bare;
    c->bare = true;
    bool ok = emit_repeat(c, node->group->child, node->min, node->max);
    c->bare = bare;
    return ok;
}

static bool emit_node(struct compiler *c, struct regex_node *node)
{
    if (fiber_stack_left() < STACK_MIN)
        return fail_complex(c);
    switch (node->kind) {
    case REGEX_EMPTY: return true;
    case REGEX_CHAR: return emit(c, (struct regex_step){.op = REGEX_OP_CHAR, .x = node->code});
    case REGEX_SET: return emit(c, (struct regex_step){.op = REGEX_OP_SET, .set = node->set});
    case REGEX_CAT:
    case REGEX_GROUP: return emit_children(c, node);
    case REGEX_ALT: return emit_alternatives(c, node);
    case REGEX_REPEAT:
    case REGEX_ITERATE: return emit_repeat(c, node->child, node->min, node->max);
    case REGEX_BACKREF: return emit_backref(c, node);
    case REGEX_ASSERT:
        return c->bare || emit(c, (struct regex_step){.op = REGEX_OP_ASSERT, .node = node});
    case REGEX_LOOK:
        return c->bare || emit(c, (struct regex_step){.op = REGEX_OP_LOOK, .node = node});
    }
    return true;
}

static bool init_states(struct sql_regex *regex, struct regex_states *states, uint32_t count)
{
    states->dense = arena_array(regex->arena, count, sizeof(*states->dense));
    states->sparse = arena_zalloc(regex->arena, count * sizeof(*states->sparse));
    states->start = arena_array(regex->arena, count, sizeof(*states->start));
    return (states->dense && states->sparse && states->start) || sql_fail_memory(regex->error);
}

static void add_first(struct regex_program *p, const struct regex_step *step)
{
    if (step->op == REGEX_OP_CHAR && step->x < 128) {
        p->first[step->x] = 1;
        return;
    }
    for (uint32_t c = 0; c < 128 && step->op == REGEX_OP_SET; c++)
        p->first[c] |= regex_set_has(step->set, c);
    if (step->op == REGEX_OP_CHAR || step->set->range_count > 0)
        memset(p->first + 128, 1, 128);
}

/* All steps that are reached from one without a character, assertions taken as true, into
 * p->now. */
static void reach(struct regex_program *p, uint32_t from)
{
    uint32_t depth = 0;
    struct regex_states *seen = &p->now;
    seen->count = 0;
    p->stack[depth++] = from;
    while (depth > 0) {
        uint32_t at = p->stack[--depth];
        uint32_t slot = seen->sparse[at];
        if (slot < seen->count && seen->dense[slot] == at)
            continue;
        seen->sparse[at] = seen->count;
        seen->dense[seen->count++] = at;
        const struct regex_step *step = &p->steps[at];
        switch (step->op) {
        case REGEX_OP_CHAR:
        case REGEX_OP_SET:
        case REGEX_OP_MATCH: break;
        case REGEX_OP_SPLIT: p->stack[depth++] = step->y; /* fall through */
        case REGEX_OP_JUMP: p->stack[depth++] = step->x; break;
        default: p->stack[depth++] = at + 1; break;
        }
    }
}

/* Bytes that a match can begin with. */
static void find_first(struct regex_program *p)
{
    reach(p, 0);
    p->has_first = true;
    for (uint32_t i = 0; i < p->now.count; i++) {
        const struct regex_step *step = &p->steps[p->now.dense[i]];
        if (step->op == REGEX_OP_MATCH)
            p->has_first = false;
        if (step->op == REGEX_OP_CHAR || step->op == REGEX_OP_SET)
            add_first(p, step);
    }
}

/* What each character of a text costs is bounded. */
static bool check_arcs(struct sql_regex *regex, struct regex_program *p)
{
    uint64_t arcs = 0;
    for (uint32_t at = 0; at < p->count; at++) {
        if (p->steps[at].op != REGEX_OP_CHAR && p->steps[at].op != REGEX_OP_SET)
            continue;
        reach(p, at + 1);
        for (uint32_t i = 0; i < p->now.count; i++)
            arcs += p->steps[p->now.dense[i]].op <= REGEX_OP_SET;
        if (arcs > ARCS_MAX)
            return regex_fail(regex->error, "regular expression is too complex");
    }
    return true;
}

static struct regex_program *compile(struct sql_regex *regex, struct regex_node *node,
                                     bool reversed)
{
    struct regex_program *program = arena_zalloc(regex->arena, sizeof(*program));
    struct compiler c = {regex, program, reversed, false};
    if (!program) {
        sql_fail_memory(regex->error);
        return NULL;
    }
    if (!emit_node(&c, node) || !emit_op(&c, REGEX_OP_MATCH) ||
        !init_states(regex, &program->now, program->count) ||
        !init_states(regex, &program->next, program->count))
        return NULL;
    /* A step is pushed by one that was not seen before, and such a one pushes two at most. */
    program->stack =
        arena_array(regex->arena, (size_t)program->count * 2 + 2, sizeof(*program->stack));
    if (!program->stack) {
        sql_fail_memory(regex->error);
        return NULL;
    }
    if (!reversed)
        find_first(program);
    return check_arcs(regex, program) ? program : NULL;
}

struct regex_program *regex_program(struct sql_regex *regex, struct regex_node *node, bool reversed)
{
    struct regex_program **slot = reversed ? &node->backward : &node->forward;
    if (!*slot)
        *slot = compile(regex, node, reversed);
    return *slot;
}

/* Programs at work: all states at once, a character at a time. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/regex/regex_node.h"
#include "emulators/sql/value/text.h"

#define CHECK_TICKS 0xffff /* characters between two questions whether to go on */

size_t regex_step_back(struct slice text, size_t at)
{
    do
        at--;
    while (at > 0 && (text.ptr[at] & 0xc0) == 0x80);
    return at;
}

static uint32_t code_at(struct slice text, size_t at, size_t *width)
{
    if (text.ptr[at] < 0x80) {
        *width = 1;
        return text.ptr[at];
    }
    return sql_char_get(slice_from(text, at), width);
}

static bool word_at(struct slice text, size_t at)
{
    size_t width;
    return at < text.len && regex_is_word(code_at(text, at, &width));
}

static bool holds(struct slice text, enum regex_assert assert, size_t at)
{
    bool before = at > 0 && word_at(text, regex_step_back(text, at));
    bool after = word_at(text, at);
    switch (assert) {
    case REGEX_TEXT_START: return at == 0;
    case REGEX_TEXT_END: return at == text.len;
    case REGEX_LINE_START: return at == 0 || text.ptr[at - 1] == '\n';
    case REGEX_LINE_END: return at == text.len || text.ptr[at] == '\n';
    case REGEX_WORD_START: return !before && after;
    case REGEX_WORD_END: return before && !after;
    case REGEX_WORD_EDGE: return before != after;
    case REGEX_NO_WORD_EDGE: return before == after;
    }
    return false;
}

/* One simulation of a program. */
struct machine {
    struct regex_run *run;
    struct regex_program *program;
    size_t at; /* where in the text */
    bool matched;
    size_t matched_start;
};

static bool add_state(struct machine *m, struct regex_states *states, uint32_t at, size_t start)
{
    uint32_t slot = states->sparse[at];
    if (slot < states->count && states->dense[slot] == at)
        return false;
    states->sparse[at] = states->count;
    states->dense[states->count] = at;
    states->start[states->count++] = start;
    if (m->program->steps[at].op == REGEX_OP_MATCH && !m->matched) {
        m->matched = true;
        m->matched_start = start;
    }
    return true;
}

static bool assertion(struct machine *m, const struct regex_step *step, bool *out)
{
    struct regex_node *node = step->node;
    if (step->op == REGEX_OP_ASSERT) {
        *out = holds(m->run->text, node->assert, m->at);
        return true;
    }
    if (!regex_matches_at(m->run, node->child, m->at, node->behind, out))
        return false;
    *out = *out != node->negated;
    return true;
}

/* Adds a state and all that are reached from it without a character. */
static bool close(struct machine *m, struct regex_states *states, uint32_t from, size_t start)
{
    uint32_t depth = 0;
    uint32_t *stack = m->program->stack;
    stack[depth++] = from;
    while (depth > 0) {
        uint32_t at = stack[--depth];
        const struct regex_step *step = &m->program->steps[at];
        bool holding;
        if (!add_state(m, states, at, start))
            continue;
        switch (step->op) {
        case REGEX_OP_SPLIT: stack[depth++] = step->y; /* fall through */
        case REGEX_OP_JUMP: stack[depth++] = step->x; break;
        case REGEX_OP_ASSERT:
        case REGEX_OP_LOOK:
            if (!assertion(m, step, &holding))
                return false;
            if (holding)
                stack[depth++] = at + 1;
            break;
        default: break;
        }
    }
    return true;
}

static bool tick(struct regex_run *run)
{
    return (++run->ticks & CHECK_TICKS) != 0 || sql_call_check(run->call);
}

static bool takes(const struct regex_step *step, uint32_t code)
{
    if (step->op == REGEX_OP_CHAR)
        return step->x == code;
    return step->op == REGEX_OP_SET && regex_set_has(step->set, code);
}

/* All states take the character before (reversed) or at m->at, which moves over it. Those that
 * began behind `latest` are forgotten. */
static bool take_character(struct machine *m, bool reversed, size_t latest)
{
    struct regex_program *p = m->program;
    size_t width;
    size_t place = reversed ? regex_step_back(m->run->text, m->at) : m->at;
    uint32_t code = code_at(m->run->text, place, &width);
    m->at = reversed ? place : place + width;
    m->matched = false;
    p->next.count = 0;
    for (uint32_t i = 0; i < p->now.count && p->now.start[i] <= latest; i++)
        if (takes(&p->steps[p->now.dense[i]], code) &&
            !close(m, &p->next, p->now.dense[i] + 1, p->now.start[i]))
            return false;
    struct regex_states swap = p->now;
    p->now = p->next;
    p->next = swap;
    return tick(m->run);
}

bool regex_find(struct regex_run *run, size_t from, size_t *start, size_t *end)
{
    struct regex_program *p = regex_program(run->regex, run->regex->root, false);
    bool shorter = run->regex->root->flags & REGEX_SHORTER;
    struct machine m = {.run = run, .program = p, .at = from};
    *start = SIZE_MAX;
    if (!p)
        return false;
    p->now.count = 0;
    for (;;) {
        bool begin = *start == SIZE_MAX && (!run->regex->anchored || m.at == 0);
        if (begin && p->now.count == 0 && p->has_first)
            while (m.at < run->text.len && !p->first[run->text.ptr[m.at]])
                m.at++;
        /* Older states come first: what is added here does not hide them. */
        if (begin && !close(&m, &p->now, 0, m.at))
            return false;
        if (m.matched && (m.matched_start < *start || !shorter)) {
            *start = m.matched_start;
            *end = m.at;
        }
        if (m.at == run->text.len ||
            (p->now.count == 0 && (*start != SIZE_MAX || run->regex->anchored)))
            return true;
        /* Of those that began where the match does, only longer ones are wanted. */
        size_t latest = *start == SIZE_MAX || !shorter ? *start : *start - 1;
        if (shorter && *start == 0)
            return true;
        if (!take_character(&m, false, latest))
            return false;
    }
}

bool regex_reach(struct regex_run *run, struct regex_node *node, size_t low, size_t high,
                 bool reversed, uint8_t *bits)
{
    struct regex_program *p = regex_program(run->regex, node, reversed);
    struct machine m = {.run = run, .program = p, .at = reversed ? high : low};
    memset(bits, 0, (high - low) / 8 + 1);
    if (!p)
        return false;
    p->now.count = 0;
    if (!close(&m, &p->now, 0, 0))
        return false;
    for (;;) {
        if (m.matched)
            bits[(m.at - low) / 8] |= (uint8_t)(1u << ((m.at - low) % 8));
        if (p->now.count == 0 || m.at == (reversed ? low : high))
            return true;
        if (!take_character(&m, reversed, SIZE_MAX))
            return false;
    }
}

bool regex_matches_at(struct regex_run *run, struct regex_node *node, size_t at, bool reversed,
                      bool *out)
{
    struct regex_program *p = regex_program(run->regex, node, reversed);
    struct machine m = {.run = run, .program = p, .at = at};
    if (!p)
        return false;
    p->now.count = 0;
    if (!close(&m, &p->now, 0, 0))
        return false;
    while (!m.matched && p->now.count > 0 && m.at != (reversed ? 0 : run->text.len))
        if (!take_character(&m, reversed, SIZE_MAX))
            return false;
    *out = m.matched;
    return true;
}

/* Tokens into a tree. What has captures, back references, or parts that prefer differently is kept
 * apart in a branch, because the search for what groups match takes them one by one; all else is
 * joined into runs that are matched as a whole. */
#include "common/fiber.h"
#include "emulators/sql/value/regex/regex_lex.h"

#define DEPTH_MAX 1000        /* of parentheses */
#define STACK_MIN (32 * 1024) /* bytes that must be left on a fiber's stack */

struct parser {
    struct regex_lexer lexer;
    struct regex_token token;
    struct sql_regex *regex;
    const struct regex_node
        *groups[256];      /* those that are closed; further ones cannot be referred to */
    unsigned depth, looks; /* looks: look-arounds that are open */
};

/* Preferences of two parts behind one another: the first that has one counts. */
static unsigned hand_up(unsigned flags)
{
    unsigned up = flags & ~(unsigned)REGEX_PREFERENCE;
    return (flags & REGEX_PREFERENCE) == REGEX_PREFERENCE ? up | REGEX_MIXED : up;
}

static unsigned combine(unsigned first, unsigned second)
{
    unsigned preference =
        first & REGEX_PREFERENCE ? first & REGEX_PREFERENCE : second & REGEX_PREFERENCE;
    return hand_up(first | second) | preference;
}

static bool is_messy(unsigned flags)
{
    return flags & (REGEX_MIXED | REGEX_CAPTURES | REGEX_BACKREFS);
}

static struct regex_node *make_node(struct parser *p, enum regex_kind kind)
{
    struct regex_node *node = arena_zalloc(p->regex->arena, sizeof(*node));
    if (!node) {
        sql_fail_memory(p->regex->error);
        return NULL;
    }
    node->kind = kind;
    return node;
}

static void append(struct regex_node *parent, struct regex_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->child = child;
    parent->last = child;
}

static struct regex_node *wrap(struct parser *p, enum regex_kind kind, struct regex_node *child,
                               int min, int max)
{
    struct regex_node *node = make_node(p, kind);
    if (!node)
        return NULL;
    node->min = min;
    node->max = max;
    append(node, child);
    return node;
}

static bool next_token(struct parser *p)
{
    return regex_lex(&p->lexer, &p->token);
}

static bool fail(struct parser *p, const char *reason)
{
    return regex_fail(p->regex->error, reason);
}

static bool parse_alternatives(struct parser *p, bool inner, struct regex_node **out);

static bool set_of(struct parser *p, struct regex_node *node, uint32_t low, uint32_t high)
{
    struct regex_set *set = regex_set_create(p->regex);
    node->kind = REGEX_SET;
    node->set = set;
    return set && regex_set_add(p->regex, set, low, high) &&
           (!(p->regex->flags & SQL_REGEX_NOCASE) || regex_set_fold(p->regex, set));
}

static bool parse_any(struct parser *p, struct regex_node *node)
{
    if (!(p->regex->flags & SQL_REGEX_NEWLINE_STOPS))
        return set_of(p, node, 0, REGEX_CODE_MAX);
    struct regex_set *set = regex_set_create(p->regex);
    node->kind = REGEX_SET;
    node->set = set;
    return set && regex_set_add(p->regex, set, 0, '\n' - 1) &&
           regex_set_add(p->regex, set, '\n' + 1, REGEX_CODE_MAX);
}

static bool parse_class(struct parser *p, struct regex_node *node)
{
    static const char *const names[] = {"digit", "space", "word"};
    struct regex_set *set = regex_set_create(p->regex);
    char letter = (char)p->token.number;
    bool known;
    const char *name = names[ascii_lower((uint8_t)letter) == 'd'   ? 0
                             : ascii_lower((uint8_t)letter) == 's' ? 1
                                                                   : 2];
    node->kind = REGEX_SET;
    node->set = set;
    if (!set || !regex_set_add_class(p->regex, set, slice_str(name), &known))
        return false;
    return letter >= 'a' || regex_set_complement(p->regex, set);
}

/* What is in parentheses up to the closing one, both of which are read here. */
static bool parse_parenthesis(struct parser *p, struct regex_node **out)
{
    if (++p->depth > DEPTH_MAX || fiber_stack_left() < STACK_MIN)
        return fail(p, "regular expression is too complex");
    if (!next_token(p) || !parse_alternatives(p, true, out))
        return false;
    if (p->token.kind != REGEX_TOKEN_CLOSE)
        return fail(p, "parentheses () not balanced");
    p->depth--;
    return true;
}

static bool parse_group(struct parser *p, struct regex_node **out)
{
    struct regex_node *inner, *group;
    if (p->looks > 0)
        return parse_parenthesis(p, out);
    unsigned number = ++p->regex->groups;
    if (!parse_parenthesis(p, &inner))
        return false;
    group = wrap(p, REGEX_GROUP, inner, 1, 1);
    if (!group)
        return false;
    group->number = number;
    group->flags = inner->flags | REGEX_CAPTURES;
    if (number < sizeof(p->groups) / sizeof(*p->groups))
        p->groups[number] = group;
    *out = group;
    return true;
}

static bool parse_look(struct parser *p, struct regex_node **out)
{
    struct regex_node *inner;
    struct regex_token token = p->token;
    p->looks++;
    if (!parse_parenthesis(p, &inner))
        return false;
    p->looks--;
    *out = wrap(p, REGEX_LOOK, inner, 1, 1);
    if (!*out)
        return false;
    (*out)->behind = token.behind;
    (*out)->negated = token.negated;
    return true;
}

static bool parse_backref(struct parser *p, struct regex_node *node)
{
    unsigned number = p->token.number;
    if (p->looks > 0 || number >= sizeof(p->groups) / sizeof(*p->groups) || !p->groups[number])
        return fail(p, "invalid backreference number");
    node->kind = REGEX_BACKREF;
    node->number = number;
    node->group = p->groups[number];
    node->min = node->max = 1;
    node->flags = REGEX_BACKREFS;
    return true;
}

/* An atom or an assertion; its token is the current one, and the next is read. */
static bool parse_atom(struct parser *p, struct regex_node **out)
{
    struct regex_node *node = make_node(p, REGEX_CHAR);
    bool ok = true;
    if (!node)
        return false;
    *out = node;
    switch (p->token.kind) {
    case REGEX_TOKEN_CODE:
        node->code = p->token.code;
        if (p->regex->flags & SQL_REGEX_NOCASE)
            ok = set_of(p, node, p->token.code, p->token.code);
        break;
    case REGEX_TOKEN_ANY: ok = parse_any(p, node); break;
    case REGEX_TOKEN_BRACKET: ok = regex_parse_bracket(p->regex, &p->lexer.rest, node); break;
    case REGEX_TOKEN_CLASS: ok = parse_class(p, node); break;
    case REGEX_TOKEN_ASSERT:
        node->kind = REGEX_ASSERT;
        node->assert = p->token.assert;
        break;
    case REGEX_TOKEN_BACKREF: ok = parse_backref(p, node); break;
    case REGEX_TOKEN_GROUP: ok = parse_group(p, out); break;
    case REGEX_TOKEN_PLAIN: ok = parse_parenthesis(p, out); break;
    case REGEX_TOKEN_LOOK: ok = parse_look(p, out); break;
    case REGEX_TOKEN_CLOSE:
        if (!(p->regex->flags & SQL_REGEX_EXTENDED))
            return fail(p, "parentheses () not balanced");
        node->code = ')';
        break;
    default: return fail(p, "quantifier operand invalid");
    }
    return ok && next_token(p);
}

/* A branch in the making. */
struct branch {
    struct regex_node *node; /* the elements */
    struct regex_node *run;  /* the last of them as long as it may grow; NULL: begin another */
    unsigned run_flags, flags;
};

static bool add_to_run(struct parser *p, struct branch *branch, struct regex_node *element)
{
    if (!branch->run) {
        branch->run = make_node(p, REGEX_CAT);
        if (!branch->run)
            return false;
        append(branch->node, branch->run);
    }
    append(branch->run, element);
    return true;
}

static void end_run(struct branch *branch)
{
    if (branch->run)
        branch->run->flags = branch->run_flags;
    branch->flags = combine(branch->flags, branch->run_flags);
    branch->run = NULL;
    branch->run_flags = 0;
}

/* How an element that is kept apart is matched, given its quantifier. */
static struct regex_node *quantify(struct parser *p, struct regex_node *atom,
                                   const struct regex_token *q)
{
    unsigned flags = combine(q->preference, atom->flags);
    unsigned preference = atom->flags & REGEX_PREFERENCE;
    struct regex_node *node;
    if (atom->kind == REGEX_BACKREF) {
        atom->min = q->min;
        atom->max = q->max;
        atom->flags = flags;
        return atom;
    }
    if (q->min == 1 && q->max == 1 &&
        (q->preference == 0 || preference == 0 || preference == q->preference)) {
        if (atom->kind != REGEX_GROUP)
            atom->flags = flags;
        return atom;
    }
    if (!(atom->flags & (REGEX_CAPTURES | REGEX_BACKREFS))) {
        node = wrap(p, REGEX_REPEAT, atom, q->min, q->max);
        if (node)
            node->flags = flags & REGEX_PREFERENCE;
        return node;
    }
    if (q->min == 0 || (atom->flags & REGEX_BACKREFS)) {
        node = wrap(p, REGEX_ITERATE, atom, q->min, q->max);
        if (node)
            node->flags = flags;
        return node;
    }
    /* Only the last one's captures count: those before it are matched as a whole. */
    struct regex_node *before = make_node(p, REGEX_REPEAT);
    struct regex_node *last = make_node(p, REGEX_CAT);
    node = make_node(p, REGEX_CAT);
    if (!before || !last || !node)
        return NULL;
    before->min = q->min - 1;
    before->max = q->max == REGEX_INFINITE ? REGEX_INFINITE : q->max - 1;
    before->child = before->last = atom;
    before->flags = flags & REGEX_PREFERENCE;
    append(last, atom);
    last->flags = atom->flags;
    append(node, before);
    append(node, last);
    node->flags = flags;
    return node;
}

static bool add_atom(struct parser *p, struct branch *branch, struct regex_node *atom)
{
    struct regex_token q = {.min = 1, .max = 1};
    bool constraint = atom->kind == REGEX_ASSERT || atom->kind == REGEX_LOOK;
    if (p->token.kind == REGEX_TOKEN_QUANTIFIER) {
        if (constraint)
            return fail(p, "quantifier operand invalid");
        q = p->token;
        if (!next_token(p))
            return false;
        if (p->token.kind == REGEX_TOKEN_QUANTIFIER)
            return fail(p, "quantifier operand invalid");
    }
    if (q.max == 0)
        return true;
    unsigned flags = branch->run_flags | q.preference | atom->flags;
    bool single = q.min == 1 && q.max == 1;
    if (!is_messy(hand_up(flags))) {
        struct regex_node *element = single ? atom : wrap(p, REGEX_REPEAT, atom, q.min, q.max);
        branch->run_flags = flags;
        return element && add_to_run(p, branch, element);
    }
    end_run(branch);
    struct regex_node *element = quantify(p, atom, &q);
    if (!element)
        return false;
    branch->flags = combine(branch->flags, combine(q.preference, atom->flags));
    struct regex_node *holder = make_node(p, REGEX_CAT);
    if (!holder)
        return false;
    append(holder, element);
    holder->flags = element->flags;
    append(branch->node, holder);
    return true;
}

static bool parse_branch(struct parser *p, bool inner, struct regex_node **out)
{
    struct branch branch = {.node = make_node(p, REGEX_CAT)};
    if (!branch.node)
        return false;
    while (p->token.kind != REGEX_TOKEN_END && p->token.kind != REGEX_TOKEN_OR &&
           !(inner && p->token.kind == REGEX_TOKEN_CLOSE)) {
        struct regex_node *atom;
        if (!parse_atom(p, &atom) || !add_atom(p, &branch, atom))
            return false;
    }
    end_run(&branch);
    branch.node->flags = branch.flags;
    *out = branch.node;
    return true;
}

static bool parse_alternatives(struct parser *p, bool inner, struct regex_node **out)
{
    struct regex_node *branch, *all;
    if (!parse_branch(p, inner, &branch))
        return false;
    *out = branch;
    if (p->token.kind != REGEX_TOKEN_OR)
        return true;
    all = make_node(p, REGEX_ALT);
    if (!all)
        return false;
    all->flags = REGEX_LONGER | hand_up(branch->flags);
    append(all, branch);
    while (p->token.kind == REGEX_TOKEN_OR) {
        if (!next_token(p) || !parse_branch(p, inner, &branch))
            return false;
        all->flags |= hand_up(branch->flags);
        append(all, branch);
    }
    *out = all;
    return true;
}

bool regex_parse(struct sql_regex *regex, struct slice pattern)
{
    struct parser p = {.regex = regex};
    return regex_lex_begin(&p.lexer, regex, pattern) && next_token(&p) &&
           parse_alternatives(&p, false, &regex->root);
}

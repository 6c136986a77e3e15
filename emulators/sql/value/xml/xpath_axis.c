/* Location steps: axes, node tests, predicates (section 2). */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/xml/xpath_run.h"

typedef const struct sql_xml_node node;

/* ---- axes: the node behind `at` (NULL: the first) on the axis of `origin`, NULL at its end */

static node *next_child(node *origin, node *at)
{
    return at ? at->next : origin->first;
}

static node *next_attribute(node *origin, node *at)
{
    return at ? at->next : origin->attributes;
}

static node *next_self(node *origin, node *at)
{
    return at ? NULL : origin;
}

static node *next_parent(node *origin, node *at)
{
    return at ? NULL : origin->parent;
}

static node *next_ancestor(node *origin, node *at)
{
    return (at ? at : origin)->parent;
}

static node *next_ancestor_or_self(node *origin, node *at)
{
    return at ? at->parent : origin;
}

static node *next_descendant(node *origin, node *at)
{
    if (!at)
        return origin->first;
    if (at->first)
        return at->first;
    while (at != origin && !at->next)
        at = at->parent;
    return at == origin ? NULL : at->next;
}

static node *next_descendant_or_self(node *origin, node *at)
{
    return at ? next_descendant(origin, at) : origin;
}

static bool has_siblings(node *origin)
{
    return origin->kind != SQL_XML_ATTRIBUTE && origin->kind != SQL_XML_NAMESPACE;
}

static node *next_following_sibling(node *origin, node *at)
{
    return !has_siblings(origin) ? NULL : (at ? at : origin)->next;
}

static node *next_preceding_sibling(node *origin, node *at)
{
    return !has_siblings(origin) ? NULL : (at ? at : origin)->previous;
}

static node *next_following(node *origin, node *at)
{
    if (at && at->first)
        return at->first;
    if (!at)
        at = has_siblings(origin) ? origin : origin->parent;
    while (at && !at->next)
        at = at->parent;
    return at ? at->next : NULL;
}

static bool is_ancestor(node *candidate, node *of)
{
    for (node *at = of->parent; at; at = at->parent)
        if (at == candidate)
            return true;
    return false;
}

static node *next_preceding(node *origin, node *at)
{
    if (!at)
        at = has_siblings(origin) ? origin : origin->parent;
    while (at && !at->previous) {
        at = at->parent;
        if (at && !is_ancestor(at, origin))
            return at;
    }
    at = at ? at->previous : NULL;
    while (at && at->last)
        at = at->last;
    return at;
}

static const struct axis {
    node *(*next)(node *origin, node *at); /* NULL: namespaces are made for the occasion */
    enum sql_xml_kind principal;
} axes[] = {
    [XPATH_ANCESTOR] = {next_ancestor,           SQL_XML_ELEMENT  },
    [XPATH_ANCESTOR_OR_SELF] = {next_ancestor_or_self,   SQL_XML_ELEMENT  },
    [XPATH_ATTRIBUTE] = {next_attribute,          SQL_XML_ATTRIBUTE},
    [XPATH_CHILD] = {next_child,              SQL_XML_ELEMENT  },
    [XPATH_DESCENDANT] = {next_descendant,         SQL_XML_ELEMENT  },
    [XPATH_DESCENDANT_OR_SELF] = {next_descendant_or_self, SQL_XML_ELEMENT  },
    [XPATH_FOLLOWING] = {next_following,          SQL_XML_ELEMENT  },
    [XPATH_FOLLOWING_SIBLING] = {next_following_sibling,  SQL_XML_ELEMENT  },
    [XPATH_NAMESPACE] = {NULL,                    SQL_XML_NAMESPACE},
    [XPATH_PARENT] = {next_parent,             SQL_XML_ELEMENT  },
    [XPATH_PRECEDING] = {next_preceding,          SQL_XML_ELEMENT  },
    [XPATH_PRECEDING_SIBLING] = {next_preceding_sibling,  SQL_XML_ELEMENT  },
    [XPATH_SELF] = {next_self,               SQL_XML_ELEMENT  },
};

/* ---- node tests */

struct test {
    const struct xpath_step *step;
    enum sql_xml_kind principal;
    struct slice uri; /* of the prefix, when it has one */
};

static bool find_prefix(struct sql_xpath_context *x, struct slice prefix, struct slice *out)
{
    *out = slice_str(SQL_XML_NAMESPACE_URI);
    if (prefix.len == 0 || slice_eq_str(prefix, "xml"))
        return true;
    for (uint32_t i = 0; i < x->prefix_count; i++)
        if (slice_eq(x->prefixes[i].prefix, prefix)) {
            *out = x->prefixes[i].uri;
            return true;
        }
    return xpath_fail(x, "Undefined namespace prefix");
}

static bool name_fits(const struct test *test, node *n)
{
    const struct xpath_step *step = test->step;
    if (n->kind != test->principal)
        return false;
    if (step->test == XPATH_ANY_NAME)
        return true;
    if (n->kind == SQL_XML_NAMESPACE)
        return step->test == XPATH_NAME && !step->prefix.len && slice_eq(n->name, step->name);
    bool same = step->prefix.len ? n->uri.ptr && slice_eq(n->uri, test->uri) : n->uri.ptr == NULL;
    return same && (step->test == XPATH_NAMESPACED || slice_eq(n->local, step->name));
}

static bool fits(const struct test *test, node *n)
{
    switch (test->step->test) {
    case XPATH_ANY_NODE: return true;
    case XPATH_TEXT: return n->kind == SQL_XML_TEXT || n->kind == SQL_XML_CDATA;
    case XPATH_COMMENT: return n->kind == SQL_XML_COMMENT;
    case XPATH_PI:
        return n->kind == SQL_XML_PI &&
               (!test->step->name.ptr || slice_eq(test->step->name, n->name));
    default: return name_fits(test, n);
    }
}

/* ---- steps */

/* Namespaces in scope: xml's own, then those declared, the outermost first. */
static bool add_namespaces(struct sql_xpath_context *x, const struct test *test, node *element,
                           struct xpath_set *set)
{
    struct xpath_set found = {0};
    if (element->kind != SQL_XML_ELEMENT)
        return true;
    for (node *at = element; at; at = at->parent)
        for (node *n = at->declared; n; n = n->next) {
            bool shadowed = false;
            for (uint32_t i = 0; i < found.count && !shadowed; i++)
                shadowed = slice_eq(found.nodes[i]->name, n->name);
            if (!shadowed && !xpath_set_add(x, &found, n))
                return false;
        }
    for (uint32_t i = 0; i <= found.count; i++) {
        struct sql_xml_node *made = arena_zalloc(x->call->arena, sizeof *made);
        node *declared = i ? found.nodes[found.count - i] : NULL;
        if (!made)
            return xpath_fail_memory(x);
        *made = (struct sql_xml_node){.kind = SQL_XML_NAMESPACE, .order = element->order};
        made->suborder = i + 1;
        made->name = declared ? declared->name : slice_str("xml");
        made->value = declared ? declared->value : slice_str(SQL_XML_NAMESPACE_URI);
        made->parent = (struct sql_xml_node *)(uintptr_t)element;
        if (fits(test, made) && !xpath_set_add(x, set, made))
            return false;
    }
    return true;
}

static bool gather(struct sql_xpath_context *x, const struct test *test, node *origin,
                   struct xpath_set *set)
{
    const struct axis *axis = &axes[test->step->axis];
    if (!axis->next)
        return add_namespaces(x, test, origin, set);
    for (node *at = axis->next(origin, NULL); at; at = axis->next(origin, at))
        if (!sql_call_check(x->call) || (fits(test, at) && !xpath_set_add(x, set, at)))
            return false;
    return true;
}

static bool holds(struct sql_xpath_context *x, const struct sql_xpath *predicate,
                  const struct xpath_focus *focus, bool *out)
{
    struct sql_xpath_value value;
    if (!sql_call_check(x->call) || !xpath_eval(x, predicate, focus, &value))
        return false;
    *out =
        value.kind == SQL_XPATH_NUMBER ? value.number == focus->position : xpath_to_boolean(&value);
    return true;
}

/* Positions count in the order of the axis. */
static bool filter(struct sql_xpath_context *x, const struct xpath_step *step,
                   struct xpath_set *set)
{
    for (uint32_t p = 0; p < step->predicate_count; p++) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < set->count; i++) {
            struct xpath_focus focus = {set->nodes[i], i + 1, set->count};
            bool keep;
            if (!holds(x, step->predicates[p], &focus, &keep))
                return false;
            if (keep)
                set->nodes[kept++] = set->nodes[i];
        }
        set->count = kept;
    }
    return true;
}

static bool walk_step(struct sql_xpath_context *x, const struct xpath_step *step,
                      struct xpath_set *set)
{
    struct test test = {.step = step, .principal = axes[step->axis].principal};
    struct xpath_set all = {0};
    if (step->predicates_only)
        return filter(x, step, set);
    if (!find_prefix(x, step->prefix, &test.uri))
        return false;
    for (uint32_t i = 0; i < set->count; i++) {
        struct xpath_set some = {0};
        /* Without predicates, what one node gives need not be looked at alone. */
        struct xpath_set *into = step->predicate_count ? &some : &all;
        if (!gather(x, &test, set->nodes[i], into) || !filter(x, step, &some))
            return false;
        for (uint32_t n = 0; n < some.count; n++)
            if (!xpath_set_add(x, &all, some.nodes[n]))
                return false;
    }
    xpath_set_order(&all);
    *set = all;
    return true;
}

bool xpath_walk(struct sql_xpath_context *x, const struct xpath_step *steps, struct xpath_set *set)
{
    for (const struct xpath_step *step = steps; step; step = step->next)
        if (!walk_step(x, step, set))
            return false;
    return true;
}

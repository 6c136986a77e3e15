/* Queries without what cannot be searched for: stop words, negations. */
#include "emulators/postgres/text_search/tsquery.h"

/* What the stop words taken out below add to the distances of phrases around, on each side. */
struct gap {
    int left, right;
};

static struct pg_tsquery *without_stops(struct pg_tsquery *node, struct gap *gap)
{
    struct gap a, b;
    *gap = (struct gap){0, 0};
    if (node->kind == PG_TSQUERY_WORD)
        return node;
    if (node->kind == PG_TSQUERY_STOP)
        return NULL;
    if (node->kind == PG_TSQUERY_NOT) {
        node->right = without_stops(node->right, gap);
        return node->right ? node : NULL;
    }
    node->left = without_stops(node->left, &a);
    node->right = without_stops(node->right, &b);
    bool phrase = node->kind == PG_TSQUERY_PHRASE;
    int own = phrase ? node->distance : 0;
    if (!node->left && !node->right) {
        int width = phrase ? a.left + own + b.left : a.left > b.left ? a.left : b.left;
        *gap = (struct gap){width, width};
        return NULL;
    }
    if (!node->left) {
        *gap = (struct gap){phrase ? a.left + own + b.left : b.left, b.right};
        return node->right;
    }
    if (!node->right) {
        *gap = (struct gap){a.left, phrase ? a.right + own + b.right : a.right};
        return node->left;
    }
    if (phrase) {
        node->distance = (uint16_t)(node->distance + a.right + b.left);
        *gap = (struct gap){a.left, b.right};
    }
    return node;
}

void pg_tsquery_remove_stops(struct sql_call *call, struct pg_tsquery **query)
{
    struct gap gap;
    if (!*query)
        return;
    *query = without_stops(*query, &gap);
    if (!*query)
        pg_ts_notice(call, "text-search query contains only stop words or doesn't contain "
                           "lexemes, ignored");
}

/* NULL: everything matches. */
static struct pg_tsquery *positive(struct pg_tsquery *node)
{
    if (node->kind == PG_TSQUERY_WORD)
        return node;
    if (node->kind == PG_TSQUERY_NOT)
        return NULL;
    node->left = positive(node->left);
    node->right = positive(node->right);
    if (node->left && node->right)
        return node;
    if (node->kind == PG_TSQUERY_OR)
        return NULL;
    return node->left ? node->left : node->right;
}

struct pg_tsquery *pg_tsquery_without_not(struct pg_tsquery *query)
{
    return positive(query);
}

/* Exchanges of type topic: a binding's key is a pattern of words, in which "*" stands for one word and
 * "#" for any number of them.
 *
 * The patterns are a tree with a word on each edge; a binding's destination is where its pattern
 * ends. index.keys and index.every are the root's children and destinations. A message's key is
 * matched against all of them at once: the tree is walked down from the root with the set of positions
 * in the key at which each node can be reached, so a node is visited once at most, and only if
 * some beginning of the key leads there. The empty key has no words; else there is one more than
 * there are dots, and a word may be empty. */
#include "common/assert.h"
#include "common/hash.h"
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/route_types.h"

/* A key is a short string. */
#define WORDS_MAX 256

/* ---- the tree */

struct node {
    uint32_t refs;
    uint32_t word_len;
    uint64_t hash;
    struct trie children;
    struct btree destinations;
    uint8_t word[];
};

static struct slice word_of(const struct node *node)
{
    return slice_of(node->word, node->word_len);
}

static uint64_t node_hash(const void *item)
{
    return ((const struct node *)item)->hash;
}

static bool node_equal(const void *item, struct slice key)
{
    return slice_eq(word_of(item), key);
}

static void node_release(struct heap *heap, void *item);
static const struct trie_type node_type = {node_hash, node_equal, node_release};

/* As deep as a key has words. */
static void node_release(struct heap *heap, void *item)
{
    struct node *node = item;
    trie_clear(&node->children, &node_type, heap);
    btree_clear(&node->destinations, &rabbit_destination_type, heap);
    heap_free(heap, node, sizeof(*node) + node->word_len);
}

static struct node *create(struct heap *heap, struct slice word)
{
    struct node *node = heap_alloc(heap, sizeof(*node) + word.len);
    if (!node)
        return NULL;
    *node = (struct node){.refs = 1, .word_len = (uint32_t)word.len, .hash = hash_bytes(word)};
    if (word.len)
        memcpy(node->word, word.ptr, word.len);
    return node;
}

static void *clone(struct heap *heap, const void *item)
{
    const struct node *from = item;
    struct node *to = create(heap, word_of(from));
    if (!to)
        return NULL;
    to->children = trie_share(&from->children);
    to->destinations = btree_share(&from->destinations);
    return to;
}

/* Takes the first word off *rest; ptr NULL of what is left when it was the last. */
static struct slice take_word(struct slice *rest)
{
    const uint8_t *dot = memchr(rest->ptr, '.', rest->len);
    struct slice word = slice_of(rest->ptr, dot ? (size_t)(dot - rest->ptr) : rest->len);
    *rest = dot ? slice_of(dot + 1, rest->len - word.len - 1) : slice_of(NULL, 0);
    return word;
}

/* A key's words to be taken by take_word. */
static struct slice words_of(struct slice key)
{
    return key.len ? key : slice_of(NULL, 0);
}

/* ---- changing it */

/* Adds a destination below a node whose children and destinations these are, at the end of the
 * words. */
static bool add_at(struct trie *children, struct btree *destinations, struct heap *heap,
                   struct slice words, uint32_t id)
{
    if (!words.ptr)
        return rabbit_destinations_add(destinations, heap, id);
    struct slice word = take_word(&words);
    uint64_t hash = hash_bytes(word);
    if (trie_find(children, &node_type, hash, word)) {
        void **slot = rabbit_data_own(children, &node_type, heap, hash, word, clone);
        struct node *node = slot ? *slot : NULL;
        return node && add_at(&node->children, &node->destinations, heap, words, id);
    }
    struct node *node = create(heap, word);
    if (!node)
        return false;
    if (add_at(&node->children, &node->destinations, heap, words, id) &&
        trie_insert(children, &node_type, heap, hash, node))
        return true;
    node_release(heap, node);
    return false;
}

static bool remove_at(struct trie *children, struct btree *destinations, struct heap *heap,
                      struct slice words, uint32_t id)
{
    if (!words.ptr)
        return rabbit_destinations_remove(destinations, heap, id);
    struct slice word = take_word(&words);
    uint64_t hash = hash_bytes(word);
    void **slot = rabbit_data_own(children, &node_type, heap, hash, word, clone);
    struct node *node = slot ? *slot : NULL;
    if (!node || !remove_at(&node->children, &node->destinations, heap, words, id))
        return false;
    if (node->children.count == 0 && node->destinations.count == 0) {
        bool absent;
        void *taken = trie_remove(children, &node_type, heap, hash, word, &absent);
        ASSERT(taken == node);
        node_release(heap, node);
    }
    return true;
}

static bool add(struct rabbit_exchange_state *exchange, struct heap *heap,
                struct rabbit_binding *binding)
{
    return add_at(&exchange->index.keys, &exchange->index.every, heap,
                  words_of(binding->routing_key), binding->destination);
}

static bool remove_binding(struct rabbit_exchange_state *exchange, struct heap *heap,
                           struct rabbit_binding *binding)
{
    return remove_at(&exchange->index.keys, &exchange->index.every, heap,
                     words_of(binding->routing_key), binding->destination);
}

static void clear(struct rabbit_index *index, struct heap *heap)
{
    trie_clear(&index->keys, &node_type, heap);
    btree_clear(&index->every, &rabbit_destination_type, heap);
}

/* ---- sets of positions in a key: n is before its word n, the last one behind all */

#define SET_WORDS (WORDS_MAX / 64 + 1)

struct set {
    uint64_t bits[SET_WORDS];
};

static bool set_has(const struct set *set, unsigned at)
{
    return set->bits[at / 64] >> (at % 64) & 1;
}

static void set_add(struct set *set, unsigned at)
{
    set->bits[at / 64] |= UINT64_C(1) << (at % 64);
}

/* ---- matching */

struct word {
    struct slice text;
    uint64_t hash;
    unsigned next; /* where the same word comes again; 0: nowhere */
    bool again;    /* it came before */
};

struct match {
    unsigned count;  /* words */
    unsigned blocks; /* of a set that are in use */
    struct rabbit_route_sink *sink;
    struct word words[WORDS_MAX];
};

static void find_repeats(struct match *match)
{
    for (unsigned i = 0; i < match->count; i++)
        for (unsigned j = i + 1; j < match->count; j++)
            if (match->words[i].hash == match->words[j].hash &&
                slice_eq(match->words[i].text, match->words[j].text)) {
                match->words[i].next = j;
                match->words[j].again = true;
                break;
            }
}

static void split(struct match *match, struct slice key)
{
    struct slice words = words_of(key);
    for (match->count = 0; words.ptr; match->count++) {
        ASSERT(match->count < WORDS_MAX);
        struct slice word = take_word(&words);
        match->words[match->count] = (struct word){.text = word, .hash = hash_bytes(word)};
    }
    match->blocks = match->count / 64 + 1;
    find_repeats(match);
}

/* The positions behind one word more. */
static struct set behind_any_word(const struct match *match, const struct set *at)
{
    struct set behind = {{0}};
    uint64_t carry = 0;
    for (unsigned i = 0; i < match->blocks; i++) {
        behind.bits[i] = at->bits[i] << 1 | carry;
        carry = at->bits[i] >> 63;
    }
    unsigned past = match->count + 1; /* there is no word behind the last position */
    if (past / 64 < match->blocks)
        behind.bits[past / 64] &= ~(UINT64_C(1) << (past % 64));
    return behind;
}

/* The first position and all behind it. */
static struct set behind_any_words(const struct match *match, const struct set *at)
{
    struct set behind = {{0}};
    unsigned first = 0;
    while (!set_has(at, first))
        first++;
    for (unsigned i = first; i <= match->count; i++)
        set_add(&behind, i);
    return behind;
}

/* The positions behind that word, which occurs there or further on, where it is at one of `at`. */
static struct set behind_word(const struct match *match, const struct set *at, unsigned word,
                              bool *out_any)
{
    struct set behind = {{0}};
    *out_any = false;
    do {
        if (set_has(at, word)) {
            set_add(&behind, word + 1);
            *out_any = true;
        }
        word = match->words[word].next;
    } while (word);
    return behind;
}

static void match_node(const struct match *match, const struct trie *children,
                       const struct btree *destinations, const struct set *at);

static void match_child(const struct match *match, const struct node *node, const struct set *at)
{
    match_node(match, &node->children, &node->destinations, at);
}

/* Children by their words. "*" and "#" as words of the key are met by the patterns of that name. */
static void match_words(const struct match *match, const struct trie *children,
                        const struct set *at)
{
    for (unsigned i = 0; i < match->count; i++) {
        const struct word *word = &match->words[i];
        bool any;
        if (word->again || slice_eq_str(word->text, "*") || slice_eq_str(word->text, "#"))
            continue;
        struct set behind = behind_word(match, at, i, &any);
        const struct node *node =
            any ? trie_find(children, &node_type, word->hash, word->text) : NULL;
        if (node)
            match_child(match, node, &behind);
    }
}

static const struct node *child(const struct trie *children, const char *word)
{
    struct slice text = slice_str(word);
    return trie_find(children, &node_type, hash_bytes(text), text);
}

/* Puts the destinations of a node that is reached at the positions `at` (one at least), and of all
 * below it that the rest of the key leads to. */
static void match_node(const struct match *match, const struct trie *children,
                       const struct btree *destinations, const struct set *at)
{
    if (set_has(at, match->count))
        rabbit_destinations_put(destinations, match->sink);
    if (children->count == 0)
        return;
    const struct node *sharp = child(children, "#");
    if (sharp) {
        struct set behind = behind_any_words(match, at);
        match_child(match, sharp, &behind);
    }
    struct set behind = behind_any_word(match, at);
    bool more = false;
    for (unsigned i = 0; i < match->blocks; i++)
        more |= behind.bits[i] != 0;
    if (!more)
        return;
    const struct node *star = child(children, "*");
    if (star)
        match_child(match, star, &behind);
    match_words(match, children, at);
}

static void route(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    struct match match;
    struct set start = {{1}};
    match.sink = sink;
    split(&match, routing->routing_key);
    match_node(&match, &exchange->index.keys, &exchange->index.every, &start);
}

const struct rabbit_exchange_type rabbit_topic_type = {
    .name = "topic",
    .by_every_key = true,
    .add = add,
    .remove = remove_binding,
    .route = route,
    .clear = clear,
};

/* ts_stat: how often each word is in a query's documents. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/routine/select_text.h"
#include "emulators/postgres/text_search/tsvector.h"

struct word {
    struct slice text;
    uint32_t documents, entries;
};

struct statistics {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    unsigned weights; /* bits of those that count; 0: all places do */
    struct word *words;
    size_t count, room, next;
};

static int compare_words(const void *a, const void *b)
{
    return pg_ts_compare_words(((const struct word *)a)->text, ((const struct word *)b)->text);
}

/* Each word once, in order. */
static void merge(struct statistics *s)
{
    size_t kept = 0;
    if (s->count)
        qsort(s->words, s->count, sizeof *s->words, compare_words);
    for (size_t i = 0; i < s->count; i++) {
        if (kept && compare_words(&s->words[kept - 1], &s->words[i]) == 0) {
            s->words[kept - 1].documents += s->words[i].documents;
            s->words[kept - 1].entries += s->words[i].entries;
        } else {
            s->words[kept++] = s->words[i];
        }
    }
    s->count = kept;
}

static bool add_word(struct statistics *s, struct slice text, uint32_t entries)
{
    if (s->count == s->room)
        merge(s);
    if (s->count >= s->room / 2) {
        size_t room = s->room ? 2 * s->room : 256;
        struct word *words = arena_array(s->call->arena, room, sizeof *words);
        if (!words)
            return sql_fail_memory(s->call->env->error);
        if (s->count)
            memcpy(words, s->words, s->count * sizeof *words);
        s->words = words;
        s->room = room;
    }
    struct slice kept = arena_dup(s->call->arena, text);
    s->words[s->count++] = (struct word){kept, 1, entries};
    return kept.ptr || sql_fail_memory(s->call->env->error);
}

static uint32_t count_entries(const struct statistics *s, const struct pg_lexeme *lexeme)
{
    uint32_t count = 0;
    if (!s->weights)
        return lexeme->count ? lexeme->count : 1;
    for (uint32_t i = 0; i < lexeme->count; i++)
        count += s->weights >> pg_ts_weight(pg_lexeme_place(lexeme, i)) & 1;
    return count;
}

static bool begin(struct sql_sink *sink, const struct sql_result_column *columns, uint32_t count)
{
    struct statistics *s = (struct statistics *)(void *)sink;
    return (count == 1 && sql_call_find_type(s->call, columns[0].type)->ops == &pg_tsvector_ops) ||
           sql_fail(s->call->env->error, "22023", "ts_stat query must return one tsvector column");
}

static bool add_document(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                         uint32_t count)
{
    struct statistics *s = (struct statistics *)(void *)sink;
    struct pg_tsvector vector;
    (void)env, (void)count;
    if (values[0].null)
        return true;
    pg_tsvector_open(values[0], &vector);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        uint32_t entries = count_entries(s, &lexeme);
        if (entries && !add_word(s, lexeme.word, entries))
            return false;
    }
    return true;
}

static struct statistics *gather(struct sql_call *call, const struct datum *args)
{
    struct statistics *s = arena_zalloc(call->set_arena, sizeof *s);
    struct sql_call *lasting = arena_alloc(call->set_arena, sizeof *lasting);
    if (!s || !lasting) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    *lasting = *call;
    lasting->arena = call->set_arena;
    s->sink = (struct sql_sink){.begin = begin, .row = add_document};
    s->call = lasting;
    struct slice letters = call->argc > 1 ? datum_slice(args[1]) : slice_of("", 0);
    for (size_t i = 0; i < letters.len; i++) {
        int weight = pg_ts_weight_of((char)letters.ptr[i]);
        s->weights |= weight < 0 ? 0 : 1u << weight;
    }
    if (!pg_select_text(lasting, call->set_arena, datum_slice(args[0]), PG_SELECT_CURSOR, &s->sink))
        return NULL;
    merge(s);
    return s;
}

static bool ts_stat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct statistics *s = call->set_state;
    if (!s && !(s = gather(call, args)))
        return false;
    call->set_state = s;
    call->done = s->next == s->count;
    if (call->done)
        return true;
    const struct word *word = &s->words[s->next++];
    const struct datum values[3] = {datum_bytes(word->text), datum_int(word->documents),
                                    datum_int(word->entries)};
    return pg_call_give_row(call, values, 3, out);
}

const struct sql_builtin pg_ts_stat_functions[] = {
    {"ts_stat1", ts_stat},
    {"ts_stat2", ts_stat},
    {NULL,       NULL   },
};

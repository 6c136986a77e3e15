#include "emulators/rabbitmq/management/list.h"

#include <stdlib.h>

#include "common/regex.h"
#include "common/text.h"
#include "emulators/rabbitmq/management/columns.h"

#define PAGE_SIZE     100
#define PAGE_SIZE_MAX 500

struct management_item {
    struct slice json;
    struct json_token keys[MANAGEMENT_SORT_MAX];
};

struct management_list management_list_of(struct management_call *call, const char *first,
                                          const char *second)
{
    return (struct management_list){
        .call = call, .order = {first, second}
    };
}

struct json_writer *management_list_item(struct management_list *list)
{
    struct management_call *call = list->call;
    outq_done(&call->body);
    call->out = json_writer_of(&call->body);
    return &call->out;
}

static bool grow(struct management_list *list)
{
    if (list->count < list->room)
        return true;
    size_t room = list->room ? list->room * 2 : 32;
    struct management_item *items = arena_array(list->call->arena, room, sizeof(*items));
    if (!items)
        return false;
    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->room = room;
    return true;
}

void management_list_end_item(struct management_list *list)
{
    struct slice json = outq_flatten(&list->call->body);
    json = json.ptr ? arena_dup(list->call->arena, json) : json;
    list->failed = list->failed || !json.ptr || !grow(list);
    if (!list->failed)
        list->items[list->count++] = (struct management_item){.json = json};
}

/* ---- order */

static int compare(const void *a, const void *b)
{
    const struct management_item *left = a, *right = b;
    int order = 0;
    for (size_t i = 0; i < MANAGEMENT_SORT_MAX && order == 0; i++)
        order = management_compare_columns(&left->keys[i], &right->keys[i]);
    return order;
}

static void reverse(struct management_item *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct management_item item = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

/* By ?sort= first, by the defaults then. */
static void sort(struct management_list *list)
{
    struct management_call *call = list->call;
    struct slice paths[MANAGEMENT_SORT_MAX] = {management_query(call, "sort")};
    size_t count = paths[0].len > 0;
    for (size_t i = 0; i < MANAGEMENT_SORT_MAX && list->order[i] && count < MANAGEMENT_SORT_MAX;
         i++)
        paths[count++] = slice_str(list->order[i]);
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < MANAGEMENT_SORT_MAX; k++)
            list->items[i].keys[k] =
                k < count ? management_column(call->arena, list->items[i].json, paths[k])
                          : (struct json_token){.kind = JSON_END};
    if (list->count)
        qsort(list->items, list->count, sizeof(*list->items), compare);
    if (management_query_is_true(call, "sort_reverse"))
        reverse(list->items, list->count);
}

/* ---- pages */

struct page {
    uint64_t number, size;
    struct slice name; /* ptr NULL: every name */
    bool use_regex;
};

static bool contains(struct slice text, struct slice part)
{
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (slice_eq_nocase(slice_of(text.ptr + at, part.len), part))
            return true;
    return false;
}

static void filter(struct management_list *list, const struct page *page)
{
    struct arena *arena = list->call->arena;
    struct slice pattern = page->name;
    size_t kept = 0;
    if (!page->name.len)
        return;
    if (page->use_regex)
        pattern = arena_concat(arena, slice_str("(?i)"), page->name, slice_str(""));
    for (size_t i = 0; i < list->count; i++) {
        struct slice name = management_column(arena, list->items[i].json, slice_str("name")).text;
        if (page->use_regex ? regex_matches(pattern, name) : contains(name, pattern))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static bool check_page(struct management_call *call, const struct page *page)
{
    char problem[REGEX_PROBLEM_MAX];
    size_t at;
    if (page->number >= 1 && page->size >= 1 && page->size <= PAGE_SIZE_MAX) {
        if (!page->use_regex || regex_check(page->name, problem, &at))
            return true;
        management_bad_request(call, "Pagination parameters are invalid");
        return false;
    }
    struct slice size = management_query(call, "page_size");
    management_fail(call, HTTP_BAD_REQUEST, "invalid_pagination_parameters",
                    "Invalid pagination parameters: page number %llu, page size " SLICE_FMT,
                    (unsigned long long)page->number,
                    SLICE_ARG(size.ptr ? size : slice_str("undefined")));
    return false;
}

/* False: the call is answered. */
static bool read_page(struct management_call *call, struct page *out)
{
    struct slice number = management_query(call, "page");
    struct slice size = management_query(call, "page_size");
    *out = (struct page){
        .number = 1,
        .size = PAGE_SIZE,
        .name = management_query(call, "name"),
        .use_regex = management_query_is_true(call, "use_regex"),
    };
    if ((number.ptr && !text_to_u64(number, &out->number)) ||
        (size.ptr && !text_to_u64(size, &out->size))) {
        management_bad_request(call, "Pagination parameters are invalid");
        return false;
    }
    out->use_regex = out->use_regex && out->name.ptr;
    return check_page(call, out);
}

static void put_items(const struct management_list *list, size_t from, size_t to,
                      struct json_writer *out)
{
    json_array(out);
    for (size_t i = from; i < to; i++)
        management_choose_columns(list->call, list->items[i].json, out);
    json_array_end(out);
}

static void put_number(struct json_writer *out, const char *name, uint64_t value)
{
    json_key_str(out, name);
    json_uint(out, value);
}

static void put_page(struct management_list *list, const struct page *page, size_t total,
                     struct json_writer *out)
{
    size_t from = (page->number - 1) * page->size;
    size_t to = from + page->size < list->count ? from + page->size : list->count;
    json_object(out);
    put_number(out, "filtered_count", list->count);
    put_number(out, "item_count", to - from);
    json_key_str(out, "items");
    put_items(list, from, to, out);
    put_number(out, "page", page->number);
    put_number(out, "page_count", (list->count + page->size - 1) / page->size);
    put_number(out, "page_size", page->size);
    put_number(out, "total_count", total);
    json_object_end(out);
}

/* ---- answers */

/* Sorted and ready to be written into the call's body; false: the call is answered. */
static bool begin_reply(struct management_list *list)
{
    if (list->failed)
        return management_fail_memory(list->call);
    sort(list);
    management_list_item(list);
    return true;
}

void management_put_list(struct management_list *list, struct json_writer *out)
{
    sort(list);
    put_items(list, 0, list->count, out);
}

void management_reply_list(struct management_list *list)
{
    if (!begin_reply(list))
        return;
    put_items(list, 0, list->count, &list->call->out);
    management_reply_status(list->call, HTTP_OK);
}

void management_reply_pages(struct management_list *list)
{
    struct management_call *call = list->call;
    struct page page;
    size_t total = list->count;
    if (!management_query(call, "page").ptr) {
        management_reply_list(list);
        return;
    }
    if (!read_page(call, &page) || !begin_reply(list))
        return;
    filter(list, &page);
    if (page.number > 1 && page.number > (list->count + page.size - 1) / page.size) {
        management_fail(call, HTTP_BAD_REQUEST, "page_out_of_range",
                        "Page out of range, page: %llu page size: %llu, len: %zu",
                        (unsigned long long)page.number, (unsigned long long)page.size,
                        list->count);
        return;
    }
    put_page(list, &page, total, &call->out);
    management_reply_status(call, HTTP_OK);
}

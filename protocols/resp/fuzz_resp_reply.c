/* The reply reader: a reply's length is found where its last byte is and not before, and its items
 * lie within it. */
#include <stdlib.h>

#include "common/assert.h"
#include "protocols/resp/resp_reply.h"

static void read_items(struct slice reply)
{
    struct resp_reader reader = resp_reader_of(reply);
    struct resp_item item;
    while (reader.at < reader.end) {
        const uint8_t *before = reader.at;
        ASSERT(resp_read(&reader, &item) == RESP_REPLY_ITEM);
        ASSERT(reader.at > before && reader.at <= reader.end);
        ASSERT(item.bytes.ptr >= before && item.bytes.ptr + item.bytes.len <= reader.at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t whole = resp_reply_length(slice_of(data, size));
    ASSERT(whole >= -1 && whole <= (int64_t)size);
    if (whole > 0)
        read_items(slice_of(data, (size_t)whole));
    for (size_t len = 0; len < size; len++) {
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, data, len);
        int64_t part = resp_reply_length(slice_of(copy, len));
        free(copy);
        /* Parts may be incomplete; once they say more, the whole says the same. */
        ASSERT(part == 0 || part == whole);
        ASSERT(whole <= 0 || (part != 0) == (len >= (size_t)whole));
    }
    return 0;
}

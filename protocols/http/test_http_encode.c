#include "common/unit_test.h"
#include "protocols/http/http_decode.h"
#include "protocols/http/http_encode.h"

static void assert_queued(struct outq *out, const char *expected)
{
    struct slice got = outq_flatten(out);
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.ptr, expected, got.len);
    outq_done(out);
}

static void writes_heads(void **state)
{
    (void)state;
    struct outq out = {0};
    http_put_status(&out, HTTP_NOT_FOUND);
    http_put_date(&out, INT64_C(784111777999));
    http_put_field_str(&out, "Allow", "GET, HEAD");
    http_put_content_length(&out, 0);
    http_put_head_end(&out);
    assert_queued(&out, "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                        "Allow: GET, HEAD\r\nContent-Length: 0\r\n\r\n");
    http_put_status(&out, 299);
    http_put_request(&out, slice_str("GET"), slice_str("/x"));
    assert_queued(&out, "HTTP/1.1 299 \r\nGET /x HTTP/1.1\r\n");
}

static void texts_do_not_break_a_head(void **state)
{
    (void)state;
    struct outq out = {0};
    http_put_request(&out, slice_str("GET"), slice_str("/\r\nX: y"));
    http_put_field(&out, "A", slice_of("b\r\nC: d\0", 8));
    assert_queued(&out, "GET /  X: y HTTP/1.1\r\nA: b  C: d \r\n");
}

static void writes_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0,                      "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1,                     "Wed, 31 Dec 1969 23:59:59 GMT"},
        {INT64_C(951782400000),  "Tue, 29 Feb 2000 00:00:00 GMT"},
        {INT64_C(4102444799000), "Thu, 31 Dec 2099 23:59:59 GMT"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char date[HTTP_DATE_LEN];
        http_date(date, cases[i].ms);
        assert_memory_equal(date, cases[i].text, HTTP_DATE_LEN);
    }
}

static void writes_events(void **state)
{
    (void)state;
    struct outq out = {0};
    http_put_event(&out, &(struct http_sse_event){.data = slice_str("{}")});
    http_put_event(&out, &(struct http_sse_event){slice_str("a"), slice_str("7\n"),
                                                  slice_str("x\r\ny\n\rz\n")});
    assert_queued(&out,
                  "data: {}\n\nevent: a\nid: 7 \ndata: x\ndata: y\ndata: \ndata: z\ndata: \n\n");
}

/* What the decoder makes of chunks. */
static void assert_body(struct outq *chunks, const char *expected)
{
    struct outq out = {0}, body = {0};
    http_put_status(&out, HTTP_OK);
    http_put_field_str(&out, "Transfer-Encoding", "chunked");
    http_put_head_end(&out);
    outq_append(&out, chunks);
    struct slice in = outq_flatten(&out);
    struct http_decoder d;
    enum http_event event = HTTP_NEED_MORE;
    http_decoder_init(&d, false);
    for (size_t used; event != HTTP_END; in = slice_from(in, used)) {
        event = http_decode(&d, in, &used);
        assert_true(event != HTTP_ERROR && event != HTTP_NEED_MORE);
        if (event == HTTP_BODY)
            outq_put_slice(&body, d.body);
    }
    assert_int_equal(in.len, 0);
    assert_queued(&body, expected);
    outq_done(&out);
}

static void writes_chunks(void **state)
{
    (void)state;
    struct outq out = {0};
    http_put_chunk(&out, slice_str("hello, world, hello"));
    http_put_chunk(&out, slice_str(""));
    struct outq_mark mark = http_chunk_begin(&out);
    http_chunk_end(&out, mark);
    mark = http_chunk_begin(&out);
    http_put_event(&out, &(struct http_sse_event){.data = slice_str("x")});
    http_chunk_end(&out, mark);
    http_put_last_chunk(&out);
    assert_body(&out, "hello, world, hellodata: x\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_heads),  cmocka_unit_test(texts_do_not_break_a_head),
        cmocka_unit_test(writes_dates),  cmocka_unit_test(writes_events),
        cmocka_unit_test(writes_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

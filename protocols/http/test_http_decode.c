#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/http/http_decode.h"

/* ---- what was decoded, as text: "GET /x {Host=a} <body> end", "error 400: ..." */

#define LOG_MAX 8192

struct log {
    char text[LOG_MAX];
    size_t len;
    bool in_body;
};

struct options {
    bool is_response;
    bool bodiless;
    bool closes; /* the peer closes behind the input */
    struct http_limits limits;
};

static void add(struct log *log, struct slice bytes)
{
    assert_true(log->len + bytes.len < LOG_MAX);
    memcpy(log->text + log->len, bytes.ptr, bytes.len);
    log->len += bytes.len;
    log->text[log->len] = 0;
}

static void add_str(struct log *log, const char *text)
{
    add(log, slice_str(text));
}

static void add_head(struct log *log, const struct http_head *head, bool is_response)
{
    char line[64];
    if (is_response) {
        snprintf(line, sizeof(line), "1.%d %d ", head->minor, head->status);
        add_str(log, line);
        add(log, head->reason);
    } else {
        add(log, head->method);
        add_str(log, " ");
        add(log, head->target);
        snprintf(line, sizeof(line), " 1.%d", head->minor);
        add_str(log, line);
    }
    for (uint32_t i = 0; i < head->field_count; i++) {
        add_str(log, i ? ", " : " {");
        add(log, head->fields[i].name);
        add_str(log, "=");
        add(log, head->fields[i].value);
    }
    add_str(log, head->field_count ? "}" : "");
    add_str(log, head->keep_alive ? " keep" : " close");
    add_str(log, head->expects_continue ? " expects" : "");
}

static void add_error(struct log *log, const struct http_decoder *d)
{
    char text[192];
    snprintf(text, sizeof(text), "error %d: %s", d->error.status, d->error.text);
    add_str(log, text);
}

static void add_event(struct log *log, const struct http_decoder *d, enum http_event event)
{
    bool body = event == HTTP_BODY;
    if (body != log->in_body)
        add_str(log, body ? " <" : ">");
    log->in_body = body;
    switch (event) {
    case HTTP_HEAD: add_head(log, &d->head, !d->is_request); break;
    case HTTP_BODY: add(log, d->body); break;
    case HTTP_END: add_str(log, " end|"); break;
    case HTTP_ERROR: add_error(log, d); break;
    case HTTP_NEED_MORE: break;
    }
}

/* Decodes what `in` holds from *at on; false once it was malformed. */
static bool take_events(struct http_decoder *d, struct slice in, size_t *at, struct log *log)
{
    for (;;) {
        /* A copy of its own each time: a byte read too far is found, and so is a kept pointer. */
        size_t len = in.len - *at, used = SIZE_MAX;
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, in.ptr + *at, len);
        enum http_event event = http_decode(d, slice_of(copy, len), &used);
        if (event != HTTP_NEED_MORE)
            add_event(log, d, event);
        free(copy);
        if (event == HTTP_ERROR)
            return false;
        assert_true(used <= len);
        *at += used;
        if (event == HTTP_NEED_MORE)
            return true;
    }
}

/* Feeds `in` up to each of the cuts, then whole. */
static void decode_cut(const struct options *o, struct slice in, const size_t *cuts, size_t count,
                       struct log *log)
{
    struct http_decoder d;
    size_t at = 0;
    bool ok = true;
    *log = (struct log){0};
    http_decoder_init(&d, !o->is_response);
    if (o->limits.line_max)
        d.limits = o->limits;
    d.bodiless = o->bodiless;
    for (size_t i = 0; i <= count && ok; i++)
        ok = take_events(&d, slice_of(in.ptr, i < count ? cuts[i] : in.len), &at, log);
    if (ok && o->closes)
        add_event(log, &d, http_decode_close(&d));
}

/* However it is split. */
static void assert_decodes_with(const struct options *o, const char *bytes, const char *expected)
{
    struct slice in = slice_str(bytes);
    struct log log;
    decode_cut(o, in, NULL, 0, &log);
    assert_string_equal(log.text, expected);
    for (size_t first = 0; first <= in.len; first++) {
        for (size_t second = first; second <= in.len; second++) {
            decode_cut(o, in, (size_t[]){first, second}, 2, &log);
            if (strcmp(log.text, expected) != 0)
                print_error("cut at %zu and %zu of: %s\n", first, second, bytes);
            assert_string_equal(log.text, expected);
        }
    }
    size_t every[1024];
    assert_true(in.len < 1024);
    for (size_t at = 0; at < in.len; at++)
        every[at] = at;
    decode_cut(o, in, every, in.len, &log);
    assert_string_equal(log.text, expected);
}

static void assert_decodes(const char *bytes, const char *expected)
{
    assert_decodes_with(&(struct options){0}, bytes, expected);
}

/* ---- requests */

#define HOST "Host: a\r\n"

static void decodes_requests(void **state)
{
    (void)state;
    assert_decodes("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 {Host=a} keep end|");
    assert_decodes("\r\n\r\nGET /x?y=%20 HTTP/1.1\r\nhost:a:1 \t\r\nX-Empty:\r\nX-B: \t\r\n"
                   "X-C: b\t c \r\n\r\n",
                   "GET /x?y=%20 1.1 {host=a:1, X-Empty=, X-B=, X-C=b\t c} keep end|");
    assert_decodes("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                   "GET / 1.0 close end|GET / 1.0 {Connection=Keep-Alive} keep end|");
    assert_decodes("GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n",
                   "GET / 1.1 {Host=a, Connection=x, Close} close end|");
    assert_decodes("GET http://a/b HTTP/1.1\r\n" HOST "\r\nOPTIONS * HTTP/1.1\r\n" HOST "\r\n"
                   "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n",
                   "GET http://a/b 1.1 {Host=a} keep end|OPTIONS * 1.1 {Host=a} keep end|"
                   "CONNECT a:1 1.1 {Host=a} keep end|");
}

static void decodes_bodies(void **state)
{
    (void)state;
    assert_decodes("POST / HTTP/1.1\r\n" HOST
                   "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
                   "POST / 1.1 {Host=a, Content-Length=5} keep <hello> end|GET / 1.0 close end|");
    assert_decodes("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\ncontent-length: 00\r\n\r\n",
                   "POST / 1.1 {Host=a, Content-Length=0, content-length=00} keep end|");
    assert_decodes("POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
                   "POST / 1.1 {Host=a, Expect=100-Continue, Content-Length=1} keep expects <x> "
                   "end|");
    assert_decodes("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n",
                   "POST / 1.1 {Host=a, Expect=100-continue} keep end|");
}

#define CHUNKED      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
#define CHUNKED_HEAD "POST / 1.1 {Host=a, Transfer-Encoding=Chunked} keep"

static void decodes_chunks(void **state)
{
    (void)state;
    assert_decodes(CHUNKED "0\r\n\r\n", CHUNKED_HEAD " end|");
    assert_decodes(CHUNKED "5\r\nhello\r\n00B\r\n, world\r\nxyz\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
                   CHUNKED_HEAD
                   " <hello, world\r\nxy>error 400: malformed chunk size line at byte 0");
    assert_decodes(CHUNKED "5\r\nhello\r\n00A\r\n, world\r\nx\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
                   CHUNKED_HEAD " <hello, world\r\nx> end|GET / 1.0 close end|");
    assert_decodes(CHUNKED "1;a;b = \"q\\\"\\r;\" ; c=d \r\nx\r\n0 ;z\r\nA: b\r\nC:\r\n\r\n",
                   CHUNKED_HEAD " <x> end|");
}

static void assert_refused(const char *bytes, const char *expected)
{
    assert_decodes(bytes, expected);
}

static void refuses_what_is_malformed(void **state)
{
    (void)state;
    assert_refused("G(T / HTTP/1.1\r\n\r\n", "error 400: malformed request line at byte 1");
    assert_refused("GET  / HTTP/1.1\r\n\r\n", "error 400: malformed request line at byte 4");
    assert_refused("GET /\r\n\r\n", "error 400: malformed request line at byte 5");
    assert_refused("GET /\xc3 HTTP/1.1\r\n\r\n", "error 400: malformed request line at byte 5");
    assert_refused("GET / HTTP/1.1\nHost: a\n\n", "error 400: malformed request line at byte 14");
    assert_refused("GET / http/1.1\r\n\r\n", "error 400: malformed request line at byte 6");
    assert_refused("GET / HTTP/1.10\r\n\r\n", "error 400: malformed request line at byte 14");
    assert_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                   "error 505: only HTTP/1.0 and HTTP/1.1 are spoken here");
    assert_refused("GET x HTTP/1.0\r\n\r\n",
                   "error 400: the request target does not begin with '/'");
    assert_refused("GET * HTTP/1.0\r\n\r\n", "error 400: the request target * is for OPTIONS");
    assert_refused("GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                   "error 400: malformed header field at byte 20");
    assert_refused("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
                   "error 400: header field folded over lines at byte 26");
    assert_refused("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
                   "error 400: malformed header field at byte 24");
    assert_refused("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",
                   "error 400: malformed header field at byte 23");
    assert_refused("GET / HTTP/1.1\r\n\r\n", "error 400: HTTP/1.1 requires the field Host");
    assert_refused("GET / HTTP/1.1\r\n" HOST HOST "\r\n", "error 400: Host is given twice");
    assert_refused("GET / HTTP/1.1\r\n" HOST "Expect: more\r\n\r\n",
                   "error 417: the only expectation known here is 100-continue");
}

static void refuses_ambiguous_framing(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "", "-1", "+1", "1x", "1,1", "0x1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "POST / HTTP/1.0\r\nContent-Length: %s\r\n\r\n", lengths[i]);
        assert_refused(text, "error 400: Content-Length is not a number of bytes");
    }
    assert_refused("POST / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                   "error 400: Content-Length is given twice and differs");
    assert_refused("POST / HTTP/1.1\r\n" HOST
                   "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "error 400: both Content-Length and Transfer-Encoding are given");
    assert_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "error 400: HTTP/1.0 has no Transfer-Encoding");
    assert_refused("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
                   "error 501: the only transfer coding known here is chunked");
    assert_refused("POST / HTTP/1.1\r\n" HOST
                   "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "error 400: Transfer-Encoding is given twice");
    assert_refused(CHUNKED "\r\n", CHUNKED_HEAD "error 400: malformed chunk size line at byte 0");
    assert_refused(CHUNKED "1\nx", CHUNKED_HEAD "error 400: malformed chunk size line at byte 1");
    assert_refused(CHUNKED "1;\r\n", CHUNKED_HEAD "error 400: malformed chunk size line at byte 2");
    assert_refused(CHUNKED "fffffffffffffffff\r\n",
                   CHUNKED_HEAD "error 413: the body is larger than 16777216 bytes");
    assert_refused(CHUNKED "0\r\nA b\r\n\r\n",
                   CHUNKED_HEAD "error 400: malformed header field at byte 1");
}

static void keeps_to_the_limits(void **state)
{
    (void)state;
    struct options o = {
        .limits = {.line_max = 32, .head_max = 60, .fields_max = 2, .body_max = 4}
    };
    assert_decodes_with(&o, "GET /567890123456789 HTTP/1.0\r\n\r\n",
                        "GET /567890123456789 1.0 close end|");
    assert_decodes_with(&o, "GET /567890123456789012 HTTP/1.0\r\n\r\n",
                        "error 414: request line longer than 32 bytes");
    assert_decodes_with(&o, "GET / HTTP/1.0\r\nX: 45678901234567890123456789012\r\n\r\n",
                        "error 431: header field longer than 32 bytes");
    assert_decodes_with(&o,
                        "GET / HTTP/1.0\r\nX: 4567890123456789012\r\nX: 45678901234567890\r\n\r\n",
                        "error 431: the header is longer than 60 bytes");
    assert_decodes_with(&o, "GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\n\r\n",
                        "GET / 1.0 {A=1, B=2} close end|");
    assert_decodes_with(&o, "GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n",
                        "error 431: more than 2 header fields");
    assert_decodes_with(&o, "POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\n1234",
                        "POST / 1.0 {Content-Length=4} close <1234> end|");
    assert_decodes_with(&o, "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n12345",
                        "POST / 1.0 {Content-Length=5} closeerror 413: the body is larger than 4 "
                        "bytes");
    o.limits.head_max = 128;
    assert_decodes_with(&o, CHUNKED "2\r\n12\r\n2\r\n34\r\n0\r\n\r\n", CHUNKED_HEAD " <1234> end|");
    assert_decodes_with(&o, CHUNKED "2\r\n12\r\n3\r\n345\r\n0\r\n\r\n",
                        CHUNKED_HEAD " <12>error 413: the body is larger than 4 bytes");
    assert_decodes_with(&o, CHUNKED "2;45678901234567890123456789012\r\n12",
                        CHUNKED_HEAD "error 431: chunk size line longer than 32 bytes");
}

/* ---- responses */

static void decodes_responses(void **state)
{
    (void)state;
    struct options o = {.is_response = true};
    assert_decodes_with(&o,
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404 Not Found\r\n"
                        "Content-Length: 0\r\n\r\n",
                        "1.1 200 OK {Content-Length=2} keep <ok> end|"
                        "1.1 404 Not Found {Content-Length=0} keep end|");
    assert_decodes_with(&o,
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 \r\n\r\nHTTP/1.0 304\r\n"
                        "Content-Length: 9\r\n\r\n",
                        "1.1 100 Continue keep end|1.1 204  keep end|"
                        "1.0 304  {Content-Length=9} close end|");
    assert_decodes_with(&o,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                        "1.1 200 OK {Transfer-Encoding=chunked} keep <x> end|");
    assert_decodes_with(&o, "HTTP/1.1 2000 OK\r\n", "error 400: malformed status line at byte 12");
    o.bodiless = true;
    assert_decodes_with(&o, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                        "1.1 200 OK {Content-Length=9} keep end|");
}

static void a_close_ends_a_body_without_length(void **state)
{
    (void)state;
    struct options o = {.is_response = true, .closes = true};
    assert_decodes_with(&o, "HTTP/1.1 200 OK\r\n\r\nall of it",
                        "1.1 200 OK close <all of it> end|");
    assert_decodes_with(&o, "HTTP/1.1 200 OK\r\n\r\n", "1.1 200 OK close end|");
    assert_decodes_with(&o, "", "");
    assert_decodes_with(&o, "HTTP/1.1 2", "error 400: the connection was closed within a header");
    assert_decodes_with(
        &o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
        "1.1 200 OK {Content-Length=2} keep <o>error 400: the connection was closed "
        "within a body");
}

/* ---- the head */

static void a_copied_head_needs_no_input(void **state)
{
    (void)state;
    struct slice in = slice_str("GET /x HTTP/1.1\r\nHost: a\r\nAccept: b\r\nAccept: c\r\n\r\n");
    uint8_t *bytes = malloc(in.len);
    memcpy(bytes, in.ptr, in.len);
    struct http_decoder d;
    struct arena arena = {0};
    struct http_head head;
    size_t used;
    http_decoder_init(&d, true);
    assert_int_equal(http_decode(&d, slice_of(bytes, in.len), &used), HTTP_HEAD);
    assert_true(http_head_dup(&arena, &d.head, slice_of(bytes, used), &head));
    free(bytes);
    memset(&d, 0, sizeof(d));
    assert_true(slice_eq_str(head.method, "GET") && slice_eq_str(head.target, "/x"));
    assert_true(slice_eq_str(head.host, "a"));
    assert_true(slice_eq_str(http_head_field(&head, "ACCEPT"), "b"));
    assert_null(http_head_field(&head, "Accept-Language").ptr);
    assert_int_equal(head.reason.len, 0);
    arena_done(&arena);
}

static void a_body_is_handed_over_as_it_comes(void **state)
{
    (void)state;
    struct http_decoder d;
    size_t used;
    http_decoder_init(&d, true);
    struct slice head = slice_str("PUT / HTTP/1.0\r\nContent-Length: 9000000000\r\n\r\n");
    assert_int_equal(http_decode(&d, head, &used), HTTP_HEAD);
    assert_int_equal(used, head.len);
    d.limits.body_max = UINT64_MAX;
    assert_int_equal(http_decode(&d, slice_of(NULL, 0), &used), HTTP_NEED_MORE);
    uint8_t piece[1000] = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(http_decode(&d, slice_of(piece, sizeof(piece)), &used), HTTP_BODY);
        assert_ptr_equal(d.body.ptr, piece);
        assert_int_equal(used, sizeof(piece));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_requests),
        cmocka_unit_test(decodes_bodies),
        cmocka_unit_test(decodes_chunks),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(refuses_ambiguous_framing),
        cmocka_unit_test(keeps_to_the_limits),
        cmocka_unit_test(decodes_responses),
        cmocka_unit_test(a_close_ends_a_body_without_length),
        cmocka_unit_test(a_copied_head_needs_no_input),
        cmocka_unit_test(a_body_is_handed_over_as_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which of sixteen tags are equal to one: with SSE2 where there is, in two words elsewhere. */
#ifndef PARLEL_COMMON_TRIE_TAGS_H
#define PARLEL_COMMON_TRIE_TAGS_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#    include <emmintrin.h>
#endif

#define TRIE_TAGS 16

/* One bit for each of eight bytes that is zero. Exact: no carry runs from one byte to the next. */
static inline unsigned trie_zero_bytes(uint64_t bytes)
{
    const uint64_t low_bits = 0x7f7f7f7f7f7f7f7f;
    uint64_t zeros = ~(((bytes & low_bits) + low_bits) | bytes | low_bits);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    zeros = __builtin_bswap64(zeros);
#endif
    /* The bits 7, 15, ... 63 are gathered in the highest byte. */
    return (unsigned)(((zeros >> 7) * 0x0102040810204080) >> 56);
}

static inline unsigned trie_tags_match_words(const uint8_t tags[TRIE_TAGS], uint8_t tag)
{
    uint64_t words[2];
    memcpy(words, tags, sizeof words);
    uint64_t wanted = (uint64_t)tag * 0x0101010101010101;
    return trie_zero_bytes(words[0] ^ wanted) | trie_zero_bytes(words[1] ^ wanted) << 8;
}

/* Bit i of the result: tags[i] == tag. */
static inline unsigned trie_tags_match(const uint8_t tags[TRIE_TAGS], uint8_t tag)
{
#ifdef __SSE2__
    __m128i all = _mm_loadu_si128((const __m128i *)(const void *)tags);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8((char)tag)));
#else
    return trie_tags_match_words(tags, tag);
#endif
}

#endif

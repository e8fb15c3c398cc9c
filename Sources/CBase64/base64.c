// RFC 4648 base64, 32 characters at once with AVX2. The arithmetic is that of Wojciech Muła and
// Daniel Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions" (2018),
// https://arxiv.org/abs/1704.00605
#include "base64.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { block_bytes = 24, block_text = 32 };

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

__attribute__((target("avx2"))) static size_t encode_wide(
    const uint8_t *source, size_t count, uint8_t *target) {
  // Each group of three bytes becomes a word of four: b a c b.
  const __m256i spread = TWICE(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // Distance of a character from its value, by the value's range.
  const __m256i distance = TWICE(
      'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
      '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
  size_t done = 0;
  // Four bytes behind a block's are read along.
  while (count - done >= block_bytes + 4) {
    const __m128i low = _mm_loadu_si128((const __m128i *)(source + done));
    const __m128i high = _mm_loadu_si128((const __m128i *)(source + done + 12));
    const __m256i words = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    // Shifts by different widths are multiplications.
    const __m256i outer = _mm256_mulhi_epu16(
        _mm256_and_si256(words, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
    const __m256i inner = _mm256_mullo_epi16(
        _mm256_and_si256(words, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
    const __m256i values = _mm256_or_si256(outer, inner);
    // 0 for a…z, 1 to 12 for digits and signs, 13 for A…Z.
    const __m256i beyond = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
    const __m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i range =
        _mm256_or_si256(beyond, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
    const __m256i text = _mm256_add_epi8(values, _mm256_shuffle_epi8(distance, range));
    _mm256_storeu_si256((__m256i *)target, text);
    done += block_bytes;
    target += block_text;
  }
  return done;
}

__attribute__((target("avx2"))) static size_t decode_wide(
    const uint8_t *source, size_t count, uint8_t *target) {
  // A character is in the alphabet where the bits of its two halves have none in common.
  const __m256i by_low = TWICE(
      0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b,
      0x1a);
  const __m256i by_high = TWICE(
      0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
      0x10);
  const __m256i distance =
      TWICE(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i pack = TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
  const __m256i slash = _mm256_set1_epi8(0x2f);
  size_t done = 0;
  // A block's store writes eight bytes behind its own: three more groups have room for them.
  while (count - done >= block_text + 12) {
    const __m256i text = _mm256_loadu_si256((const __m256i *)(source + done));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
    const __m256i low = _mm256_and_si256(text, slash);
    if (!_mm256_testz_si256(
            _mm256_shuffle_epi8(by_low, low), _mm256_shuffle_epi8(by_high, high)))
      break;
    const __m256i range = _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high);
    const __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(distance, range));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, pack), join);
    _mm256_storeu_si256((__m256i *)target, bytes);
    done += block_text;
    target += block_bytes;
  }
  return done;
}

static int is_wide(void) { return __builtin_cpu_supports("avx2"); }

size_t leat_base64_encode(const uint8_t *source, size_t count, uint8_t *target) {
  return count >= 64 && is_wide() ? encode_wide(source, count, target) : 0;
}

size_t leat_base64_decode(const uint8_t *source, size_t count, uint8_t *target) {
  return count >= 64 && is_wide() ? decode_wide(source, count, target) : 0;
}

#else

size_t leat_base64_encode(const uint8_t *source, size_t count, uint8_t *target) {
  (void)source, (void)count, (void)target;
  return 0;
}

size_t leat_base64_decode(const uint8_t *source, size_t count, uint8_t *target) {
  (void)source, (void)count, (void)target;
  return 0;
}

#endif

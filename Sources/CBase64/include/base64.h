#ifndef LEAT_BASE64_H
#define LEAT_BASE64_H

#include <stddef.h>
#include <stdint.h>

/// Encodes as many whole groups of three bytes as the processor's wide registers take at once, and
/// tells how many bytes that were: a multiple of three, zero where the processor has no such
/// registers. `target` has room for the text of all of `source`.
size_t leat_base64_encode(const uint8_t *source, size_t count, uint8_t *target);

/// Decodes as many whole groups of four characters as go at once, and tells how many characters that
/// were: a multiple of four. It stops before the first block with a character outside of the
/// alphabet or with padding. `target` has room for three bytes a group of all of `source`.
size_t leat_base64_decode(const uint8_t *source, size_t count, uint8_t *target);

#endif

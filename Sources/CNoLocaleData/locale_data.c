// GRDB needs Foundation, Foundation needs ICU, and ICU brings 34 MB of tables about the world's
// languages, calendars and time zones: two fifths of the program. Leat asks for none of them: its
// code does not import Foundation (the tidy test sees to that), and formats dates, numbers and text
// by itself.
//
// ICU finds its tables by this name, and calls a program that wants to do without them to bring an
// empty package of that name ("stubdata"). What needs them then answers with an error. A Foundation
// with another major version of ICU looks for another name: the program works as before and is
// larger, which the table in bench/RESULTS.md shows.
//
// The form: https://unicode-org.github.io/icu/userguide/icu_data/
#include "CNoLocaleData.h"

#include <stdint.h>

struct data_info {
  uint16_t size, reserved;
  uint8_t is_big_endian, charset_family, char_bytes, reserved2;
  uint8_t format[4], format_version[4], data_version[4];
};

struct empty_package {
  uint16_t header_bytes;
  uint8_t magic1, magic2;
  struct data_info info;
  uint8_t padding[8];
  // The table of contents: no entry.
  uint32_t count, reserved;
};

extern const struct empty_package icudt76_dat;

const struct empty_package icudt76_dat = {
    .header_bytes = 32,
    .magic1 = 0xda,
    .magic2 = 0x27,
    .info =
        {
            .size = sizeof(struct data_info),
            .is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
            .char_bytes = 2,
            .format = {'C', 'm', 'n', 'D'},
            .format_version = {1},
        },
};

#ifndef LEAT_CCURL_H
#define LEAT_CCURL_H

#include <stddef.h>

/// The outcome of one request.
struct leat_http_reply {
  /// libcurl's number; 0 for an answer, -1 where the machine has no libcurl.
  int code;
  /// HTTP's status.
  long status;
  /// The reason where there is no answer.
  char reason[256];
  /// The answer's body, `length` bytes; freed with `leat_http_free`.
  unsigned char *body;
  size_t length;
};

/// Sends a POST request and waits for the answer. Redirections are not followed.
///
/// `headers` are whole lines (`Name: value`). An answer with more than `answer_max` bytes is a
/// failure (23).
void leat_http_post(
  const char *url, const char *const *headers, size_t header_count, const void *body,
  size_t length, long timeout_ms, size_t answer_max, struct leat_http_reply *reply);

void leat_http_free(struct leat_http_reply *reply);

#endif

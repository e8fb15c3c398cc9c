// Requests by libcurl, which is loaded when the first one is sent: hardly any run needs it, and
// loading it with the program would triple the time that a short command takes to start.
#include "ccurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libcurl's numbers, which never change: https://curl.se/libcurl/c/symbols-in-versions.html
enum {
  OPTION_TIMEOUT_MS = 155,
  OPTION_NOSIGNAL = 99,
  OPTION_PROTOCOLS = 181,
  OPTION_POST = 47,
  OPTION_WRITE_DATA = 10001,
  OPTION_URL = 10002,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_POST_FIELDS = 10015,
  OPTION_HTTP_HEADER = 10023,
  OPTION_NO_PROXY = 10177,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_POST_FIELD_SIZE_LARGE = 30120,
  INFO_RESPONSE_CODE = 0x200002,
  PROTOCOLS_HTTP_AND_HTTPS = 3,
  GLOBAL_ALL = 3,
};

static struct {
  int (*global_init)(long);
  void *(*easy_init)(void);
  int (*easy_setopt)(void *, int, ...);
  int (*easy_perform)(void *);
  int (*easy_getinfo)(void *, int, ...);
  void (*easy_cleanup)(void *);
  const char *(*easy_strerror)(int);
  void *(*slist_append)(void *, const char *);
  void (*slist_free_all)(void *);
  int is_loaded;
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"};
  void *library = NULL;
  for (size_t index = 0; index < 3 && !library; index++) {
    library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return;
  *(void **)&curl.global_init = dlsym(library, "curl_global_init");
  *(void **)&curl.easy_init = dlsym(library, "curl_easy_init");
  *(void **)&curl.easy_setopt = dlsym(library, "curl_easy_setopt");
  *(void **)&curl.easy_perform = dlsym(library, "curl_easy_perform");
  *(void **)&curl.easy_getinfo = dlsym(library, "curl_easy_getinfo");
  *(void **)&curl.easy_cleanup = dlsym(library, "curl_easy_cleanup");
  *(void **)&curl.easy_strerror = dlsym(library, "curl_easy_strerror");
  *(void **)&curl.slist_append = dlsym(library, "curl_slist_append");
  *(void **)&curl.slist_free_all = dlsym(library, "curl_slist_free_all");
  curl.is_loaded = curl.global_init && curl.easy_init && curl.easy_setopt && curl.easy_perform
    && curl.easy_getinfo && curl.easy_cleanup && curl.easy_strerror && curl.slist_append
    && curl.slist_free_all && curl.global_init(GLOBAL_ALL) == 0;
}

struct answer {
  unsigned char *bytes;
  size_t length;
  size_t max;
};

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
  struct answer *answer = context;
  size_t length = size * count;
  if (length > answer->max - answer->length) return 0;
  unsigned char *grown = realloc(answer->bytes, answer->length + length + 1);
  if (!grown) return 0;
  memcpy(grown + answer->length, bytes, length);
  answer->bytes = grown;
  answer->length += length;
  return length;
}

void leat_http_post(
  const char *url, const char *const *headers, size_t header_count, const void *body,
  size_t length, long timeout_ms, size_t answer_max, struct leat_http_reply *reply) {
  memset(reply, 0, sizeof *reply);
  pthread_once(&once, load);
  void *handle = curl.is_loaded ? curl.easy_init() : NULL;
  if (!handle) {
    reply->code = -1;
    snprintf(reply->reason, sizeof reply->reason, "libcurl is not on this machine");
    return;
  }
  void *list = NULL;
  for (size_t index = 0; index < header_count; index++) {
    void *longer = curl.slist_append(list, headers[index]);
    if (longer) list = longer;
  }
  struct answer answer = {NULL, 0, answer_max};
  curl.easy_setopt(handle, OPTION_URL, url);
  curl.easy_setopt(handle, OPTION_PROTOCOLS, (long)PROTOCOLS_HTTP_AND_HTTPS);
  curl.easy_setopt(handle, OPTION_NO_PROXY, "localhost,127.0.0.1,::1");
  curl.easy_setopt(handle, OPTION_NOSIGNAL, 1L);
  curl.easy_setopt(handle, OPTION_TIMEOUT_MS, timeout_ms);
  curl.easy_setopt(handle, OPTION_ERROR_BUFFER, reply->reason);
  curl.easy_setopt(handle, OPTION_POST, 1L);
  curl.easy_setopt(handle, OPTION_POST_FIELD_SIZE_LARGE, (long long)length);
  curl.easy_setopt(handle, OPTION_POST_FIELDS, body);
  curl.easy_setopt(handle, OPTION_HTTP_HEADER, list);
  curl.easy_setopt(handle, OPTION_WRITE_FUNCTION, receive);
  curl.easy_setopt(handle, OPTION_WRITE_DATA, &answer);
  reply->code = curl.easy_perform(handle);
  if (reply->code == 0) {
    curl.easy_getinfo(handle, INFO_RESPONSE_CODE, &reply->status);
  } else if (reply->reason[0] == 0) {
    snprintf(reply->reason, sizeof reply->reason, "%s", curl.easy_strerror(reply->code));
  }
  reply->body = answer.bytes;
  reply->length = answer.length;
  curl.slist_free_all(list);
  curl.easy_cleanup(handle);
}

void leat_http_free(struct leat_http_reply *reply) {
  free(reply->body);
  reply->body = NULL;
  reply->length = 0;
}

// PostgreSQL's own client, libpq, which is loaded with the first connection: hardly any run needs it.
#include "cpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

// libpq's numbers: https://www.postgresql.org/docs/current/libpq-exec.html
enum {
  CONNECTION_OK = 0,
  COMMAND_OK = 1,
  TUPLES_OK = 2,
  COPY_IN = 4,
  // The most that one message of a COPY carries.
  CHUNK_BYTES = 1 << 20,
};

static struct {
  void *(*connect)(const char *const *, const char *const *, int);
  int (*status)(const void *);
  char *(*error_message)(const void *);
  void *(*exec_params)(
    void *, const char *, int, const unsigned *, const char *const *, const int *, const int *,
    int);
  void *(*exec)(void *, const char *);
  int (*put_data)(void *, const char *, int);
  int (*put_end)(void *, const char *);
  void *(*get_result)(void *);
  int (*result_status)(const void *);
  char *(*error_field)(const void *, int);
  int (*tuple_count)(const void *);
  int (*field_count)(const void *);
  int (*is_null)(const void *, int, int);
  char *(*value)(const void *, int, int);
  void (*clear)(void *);
  void (*finish)(void *);
  void *(*set_notices)(void *, void (*)(void *, const char *), void *);
  int is_loaded;
} pq;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) pq.is_loaded = 0;
  return found;
}

static void load(void) {
  void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  pq.is_loaded = 1;
  *(void **)&pq.connect = symbol(library, "PQconnectdbParams");
  *(void **)&pq.status = symbol(library, "PQstatus");
  *(void **)&pq.error_message = symbol(library, "PQerrorMessage");
  *(void **)&pq.exec_params = symbol(library, "PQexecParams");
  *(void **)&pq.exec = symbol(library, "PQexec");
  *(void **)&pq.put_data = symbol(library, "PQputCopyData");
  *(void **)&pq.put_end = symbol(library, "PQputCopyEnd");
  *(void **)&pq.get_result = symbol(library, "PQgetResult");
  *(void **)&pq.result_status = symbol(library, "PQresultStatus");
  *(void **)&pq.error_field = symbol(library, "PQresultErrorField");
  *(void **)&pq.tuple_count = symbol(library, "PQntuples");
  *(void **)&pq.field_count = symbol(library, "PQnfields");
  *(void **)&pq.is_null = symbol(library, "PQgetisnull");
  *(void **)&pq.value = symbol(library, "PQgetvalue");
  *(void **)&pq.clear = symbol(library, "PQclear");
  *(void **)&pq.finish = symbol(library, "PQfinish");
  *(void **)&pq.set_notices = symbol(library, "PQsetNoticeProcessor");
}

// Notices are for people at a terminal.
static void ignore(void *context, const char *message) {
  (void)context;
  (void)message;
}

static void copy_text(char *place, size_t size, const char *text) {
  snprintf(place, size, "%s", text ? text : "");
  size_t length = strlen(place);
  while (length > 0 && place[length - 1] == '\n') place[--length] = 0;
}

static void fail(void *connection, const void *result, struct leat_pq_reply *reply) {
  reply->code = pq.status(connection) == CONNECTION_OK ? 1 : -2;
  const char *primary = result ? pq.error_field(result, 'M') : NULL;
  copy_text(reply->reason, sizeof reply->reason, primary ? primary : pq.error_message(connection));
  copy_text(reply->state, sizeof reply->state, result ? pq.error_field(result, 'C') : NULL);
  copy_text(reply->context, sizeof reply->context, result ? pq.error_field(result, 'W') : NULL);
}

void *leat_pq_connect(
  const char *const *keywords, const char *const *values, struct leat_pq_reply *reply) {
  memset(reply, 0, sizeof *reply);
  pthread_once(&once, load);
  if (!pq.is_loaded) {
    reply->code = -1;
    copy_text(reply->reason, sizeof reply->reason, "libpq is not on this machine");
    return NULL;
  }
  void *connection = pq.connect(keywords, values, 0);
  if (!connection || pq.status(connection) != CONNECTION_OK) {
    reply->code = -2;
    copy_text(
      reply->reason, sizeof reply->reason,
      connection ? pq.error_message(connection) : "there is no memory");
    if (connection) pq.finish(connection);
    return NULL;
  }
  pq.set_notices(connection, ignore, NULL);
  return connection;
}

void leat_pq_run(
  void *connection, const char *statement, const char *const *values, int count,
  struct leat_pq_reply *reply) {
  memset(reply, 0, sizeof *reply);
  void *result = pq.exec_params(connection, statement, count, NULL, values, NULL, NULL, 0);
  int status = result ? pq.result_status(result) : -1;
  if (status != COMMAND_OK && status != TUPLES_OK) {
    fail(connection, result, reply);
    if (result) pq.clear(result);
    return;
  }
  reply->result = result;
  reply->rows = pq.tuple_count(result);
  reply->columns = pq.field_count(result);
}

void leat_pq_copy(
  void *connection, const char *statement, const char *bytes, size_t length,
  struct leat_pq_reply *reply) {
  memset(reply, 0, sizeof *reply);
  void *result = pq.exec(connection, statement);
  if (!result || pq.result_status(result) != COPY_IN) {
    fail(connection, result, reply);
    if (result) pq.clear(result);
    return;
  }
  pq.clear(result);
  int is_sent = 1;
  for (size_t start = 0; start < length && is_sent == 1; start += CHUNK_BYTES) {
    size_t rest = length - start;
    is_sent = pq.put_data(connection, bytes + start, rest < CHUNK_BYTES ? (int)rest : CHUNK_BYTES);
  }
  pq.put_end(connection, is_sent == 1 ? NULL : "the data could not be sent");
  while ((result = pq.get_result(connection))) {
    if (pq.result_status(result) != COMMAND_OK && reply->code == 0) {
      fail(connection, result, reply);
    }
    pq.clear(result);
  }
  if (reply->code == 0 && pq.status(connection) != CONNECTION_OK) fail(connection, NULL, reply);
}

const char *leat_pq_value(const struct leat_pq_reply *reply, int row, int column) {
  if (pq.is_null(reply->result, row, column)) return NULL;
  return pq.value(reply->result, row, column);
}

void leat_pq_free(struct leat_pq_reply *reply) {
  if (reply->result) pq.clear(reply->result);
  reply->result = NULL;
}

void leat_pq_close(void *connection) {
  if (connection) pq.finish(connection);
}

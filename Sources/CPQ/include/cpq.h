#ifndef LEAT_CPQ_H
#define LEAT_CPQ_H

#include <stddef.h>

/// The outcome of one step with a PostgreSQL server.
struct leat_pq_reply {
  /// 0 for done; -1 where the machine has no libpq, -2 where there is no connection, 1 where the
  /// server has refused.
  int code;
  /// SQLSTATE, or empty.
  char state[6];
  /// The reason where it is not done.
  char reason[512];
  /// The place in the data of a COPY, or empty: `COPY t, line 3, column n: "x"`.
  char context[512];
  /// libpq's result, for the values; freed with `leat_pq_free`.
  void *result;
  int rows;
  int columns;
};

/// Connects. Keywords and values are libpq's, each list ends with NULL. The connection ends with
/// `leat_pq_close`, also where there is none.
void *leat_pq_connect(
  const char *const *keywords, const char *const *values, struct leat_pq_reply *reply);

/// Runs one statement with its values, as text; NULL is NULL.
void leat_pq_run(
  void *connection, const char *statement, const char *const *values, int count,
  struct leat_pq_reply *reply);

/// Runs a `COPY … FROM STDIN` with these bytes.
void leat_pq_copy(
  void *connection, const char *statement, const char *bytes, size_t length,
  struct leat_pq_reply *reply);

/// A value of a reply as text, or NULL; lives as long as the reply.
const char *leat_pq_value(const struct leat_pq_reply *reply, int row, int column);

void leat_pq_free(struct leat_pq_reply *reply);

void leat_pq_close(void *connection);

#endif

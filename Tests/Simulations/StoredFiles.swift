import GRDB
import ServiceKit

extension Transaction {
  /// The files that objects name.
  func fileNames() throws -> Set<String> {
    try String.fetchSet(database, sql: "SELECT file FROM s3_object WHERE file IS NOT NULL")
  }
}

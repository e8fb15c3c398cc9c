import FoundationEssentials
import GRDB

extension GRDB.DatabaseValue {
  /// A blob; GRDB takes one only as Foundation's `Data`.
  public init(bytes: [UInt8]) { self = Data(bytes).databaseValue }
}

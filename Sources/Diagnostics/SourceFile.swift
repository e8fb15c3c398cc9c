import Synchronization

/// The name of a source text, kept once and passed around as a number.
///
/// A tree of a large template holds hundreds of thousands of spans; with a number in each, copying
/// one counts no references. Every distinct name stays in memory for the life of the process.
public struct SourceFile: Sendable, Hashable {
  private struct Table {
    var names: [String] = []
    var numberByName: [String: UInt32] = [:]
  }

  private static let table = Mutex(Table())

  private let number: UInt32

  /// - Parameter name: the path as the user gave it.
  public init(_ name: String) {
    number = Self.table.withLock { table in
      if let number = table.numberByName[name] { return number }
      let number = UInt32(table.names.count)
      table.names.append(name)
      table.numberByName[name] = number
      return number
    }
  }

  /// The path as the user gave it.
  public var name: String { Self.table.withLock { $0.names[Int(number)] } }
}

import PropertyTree
import Synchronization

/// Facts of CloudFormation's public schemas about resource types.
public enum ResourceFacts {
  /// Facts that have been read; they never change, so that keeping them shows nowhere.
  private static let memo = Mutex<[String: TypeFacts]>([:])

  /// The facts of a type, or nil where none are packaged.
  public static func facts(of type: String) -> TypeFacts? {
    if let known = memo.withLock({ $0[type] }) { return known }
    guard let json = json(of: type) else { return nil }
    do throws(JSONReader.Failure) {
      let facts = TypeFacts(type: type, tree: try JSONReader.read(json))
      memo.withLock { $0[type] = facts }
      return facts
    } catch {
      // The table is generated; a test reads every row of it.
      preconditionFailure("the facts of \(type) are damaged: \(error.message)")
    }
  }

  /// Types with packaged facts, ascending.
  public static var describedTypes: [String] { resourceFactsTable.map { $0.type.description } }

  /// Every public type, ascending. Made anew at each call: only for suggestions.
  public static var typeNames: [String] {
    resourceTypeNamesText.withUTF8Buffer { buffer in
      buffer.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// True for a type that CloudFormation knows, whether or not its facts are packaged.
  public static func isKnown(_ type: String) -> Bool {
    row(of: type) != nil || knownTypes.contains(type)
  }

  /// Made when a type without packaged facts comes up for the first time.
  private static let knownTypes = Set(typeNames)

  private static func json(of type: String) -> [UInt8]? {
    row(of: type).map { resourceFactsTable[$0].json.withUTF8Buffer { Array($0) } }
  }

  private static func row(of type: String) -> Int? {
    let wanted = Array(type.utf8)
    var low = 0
    var high = resourceFactsTable.count
    while low < high {
      let middle = (low + high) / 2
      let order = resourceFactsTable[middle].type.withUTF8Buffer { candidate in
        if candidate.elementsEqual(wanted) { return 0 }
        return candidate.lexicographicallyPrecedes(wanted) ? -1 : 1
      }
      if order == 0 { return middle }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

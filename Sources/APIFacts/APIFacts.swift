import PropertyTree
import Synchronization

/// The public facts of AWS's operations: their members, bounds, bindings, errors and IAM actions.
///
/// They are read when they are asked for, a service and an operation at a time, and kept.
public enum APIFacts {
  /// Services that have been read; they never change, so that keeping them shows nowhere.
  private static let memo = Mutex<[String: ServiceFacts]>([:])

  /// The facts of a service by botocore's name for it (`kinesis`, `s3`, `logs`), or nil where none
  /// are packaged.
  public static func service(_ name: String) -> ServiceFacts? {
    memo.withLock { memo in
      if let known = memo[name] { return known }
      guard let text = serviceText(of: name) else { return nil }
      let facts = ServiceFacts(name: name, text: text)
      memo[name] = facts
      return facts
    }
  }

  /// Services with packaged facts, ascending.
  public static var serviceNames: [String] { describedServices }

  /// Reads packaged JSON. The data are generated, and a test reads every line of them.
  static func tree(_ json: [UInt8], of what: String) -> PropertyValue {
    do throws(JSONReader.Failure) {
      return try JSONReader.read(json)
    } catch {
      preconditionFailure("the facts of \(what) are damaged: \(error.message)")
    }
  }
}

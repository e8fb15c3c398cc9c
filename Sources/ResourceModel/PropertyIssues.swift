import AWSModel
import Diagnostics
import PropertyTree

/// Gathers what is wrong with a resource's properties, from checks that throw.
public struct PropertyIssues: Sendable {
  public private(set) var all: [PropertyIssue] = []

  public init() {}

  public mutating func append(_ issue: PropertyIssue) { all.append(issue) }

  /// Runs a check of the value at a dotted path (empty for the whole); what it throws becomes an
  /// issue there: `LT3009` for what Leat does not support, else `LT3007`.
  ///
  /// - Parameters:
  ///   - index: where the path ends at an element of a list.
  ///   - member: where it goes on to a member of that element.
  public mutating func check(
    _ path: String, _ index: Int? = nil, below member: String? = nil, hint: String? = nil,
    _ body: () throws(ServiceError) -> Void
  ) {
    do throws(ServiceError) { try body() } catch {
      var place = PropertyPath(path.split(separator: ".").map { .key(String($0)) })
      if let index { place = place.appending(index) }
      if let member { place = place.appending(member) }
      let code: DiagnosticCode =
        error.code == ServiceError.unsupportedCode ? .unsupportedValue : .invalidPropertyValue
      all.append(PropertyIssue(code, at: place, error.message, hint: hint))
    }
  }
}

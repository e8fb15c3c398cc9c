import AWSModel

/// A function as callers name it: a name, a partial or a whole ARN, each with or without qualifier.
struct FunctionReference: Sendable, Hashable {
  var key: FunctionKey
  /// `$LATEST`, a version or an alias; nil when none is given.
  var qualifier: String?

  /// Throws `ValidationException` when the text is none of them.
  init(_ text: String, qualifier: String? = nil, scope: Scope) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var scope = scope
    var tail: ArraySlice<String>
    if parts.count >= 7, parts[0] == "arn", parts[2] == "lambda", parts[5] == "function" {
      scope = Scope(account: AccountID(parts[4]), region: Region(parts[3]))
      tail = parts[6...]
    } else if parts.count >= 3, parts[1] == "function" {
      scope.account = AccountID(parts[0])
      tail = parts[2...]
    } else if parts.count >= 2, parts[0] == "function" {
      tail = parts[1...]
    } else {
      tail = parts[...]
    }
    guard let name = tail.popFirst(), FunctionReference.isName(name), tail.count <= 1 else {
      throw ServiceError.validation(
        "1 validation error detected: Value '\(text.prefix(200))' at 'functionName' failed to "
          + "satisfy constraint: Member must satisfy regular expression pattern: "
          + #"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?"#
          + #"(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"#)
    }
    key = FunctionKey(scope: scope, name: name)
    self.qualifier = tail.first ?? qualifier
    if let given = tail.first, let qualifier, given != qualifier {
      throw ServiceError(
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.")
    }
  }

  /// Letters, digits, `-` and `_`, 1–64 of them.
  static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// Throws `ResourceNotFoundException` for anything but what can be changed.
  func requireLatest() throws {
    if let qualifier, qualifier != FunctionModel.latest { throw notFound }
  }

  /// The ARN as it was called for, with its qualifier.
  var arn: String { key.arn + (qualifier.map { ":\($0)" } ?? "") }

  /// True for a qualifier that is neither `$LATEST` nor a number.
  var mayBeAlias: Bool {
    qualifier.map { $0 != FunctionModel.latest && !$0.allSatisfy(\.isNumber) } ?? false
  }

  /// The name or number that configurations stand at: `$LATEST` where none is given.
  var place: String { qualifier ?? FunctionModel.latest }

  var notFound: ServiceError {
    ServiceError(
      "ResourceNotFoundException", "Function not found: \(arn)", status: 404,
      fields: ["Type": "User"])
  }
}

import AWSModel
import PropertyTree

/// Reads an operation's members by name, and refuses by name whatever nobody read.
struct S3Members {
  /// Members that belong to the payload's way here, where they have been checked already.
  private static let transport: Set<String> =
    Set(S3ChecksumAlgorithm.allCases.map(\.member)).union([
      "ChecksumAlgorithm", "ContentLength", "ContentMD5", "Trailer",
    ])

  let operation: String
  private let object: PropertyObject
  private var known: [String] = []

  init(_ input: OperationInput, _ operation: String) {
    self.operation = operation
    object = input.members.objectValue ?? [:]
  }

  mutating func value(_ name: String) -> PropertyValue? {
    guard let value = object[name] else { return nil }
    known.append(name)
    return value == .null ? nil : value
  }

  mutating func text(_ name: String) throws -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.scalarText else {
      throw ServiceError.invalidArgument(name, "", "`\(name)` must be text.")
    }
    return text
  }

  mutating func required(_ name: String) throws -> String {
    if let text = try text(name) { return text }
    throw ServiceError("InvalidRequest", "The request is missing `\(name)`.")
  }

  mutating func integer(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
    guard let text = try text(name) else { return nil }
    guard let integer = Int64(text), range.contains(integer) else {
      throw ServiceError.invalidArgument(
        name, text, "Provided `\(name)` is not an integer within the valid range")
    }
    return integer
  }

  mutating func key() throws -> String {
    let key = try required("Key")
    try S3Object.validateKey(key)
    return key
  }

  /// Takes values that mean what happens anyway, and refuses any other. True where one was given.
  @discardableResult
  mutating func accept(_ name: String, _ values: [String]) throws -> Bool {
    guard let text = try text(name) else { return false }
    guard values.contains(text) else {
      throw ServiceError.unsupported("`\(name)` = `\(text)` in \(operation)")
    }
    return true
  }

  /// The one storage class that there is. True where it was given.
  @discardableResult
  mutating func acceptStorageClass() throws -> Bool { try accept("StorageClass", ["STANDARD"]) }

  /// Names the first member that was not read; checks the expected owner.
  mutating func finish(_ context: RequestContext) throws {
    if let owner = try text("ExpectedBucketOwner"), owner != context.scope.account.text {
      throw ServiceError("AccessDenied", "Access Denied", status: 403)
    }
    guard known.count < object.count else { return }
    for name in object.keys where !known.contains(name) && !Self.transport.contains(name) {
      throw ServiceError.unsupported("the parameter `\(name)` of \(operation)")
    }
  }
}

extension PropertyObject {
  /// Sets a text member where there is one.
  mutating func put(_ name: String, _ text: String?) {
    if let text { self[name] = .string(text) }
  }

  /// The members of these names.
  func only(_ names: Set<String>) -> PropertyObject {
    PropertyObject(filter { names.contains($0.key) }.map { ($0.key, $0.value) })
  }

  /// These members with `other`'s added or in place of those of the same names.
  func merging(_ other: PropertyObject) -> PropertyObject {
    var merged = self
    for (name, value) in other { merged[name] = value }
    return merged
  }
}

extension PropertyValue {
  /// The elements of an XML list: one element stands alone, several as a list.
  var elements: [PropertyValue] {
    switch self {
    case .list(let list): list
    case .null, .string(""): []
    default: [self]
    }
  }
}

extension OperationOutput {
  init(_ members: PropertyObject, body: ResponseBody? = nil, status: Int? = nil) {
    self.init(members: .object(members), body: body, status: status)
  }
}

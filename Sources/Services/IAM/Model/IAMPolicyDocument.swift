import AWSModel
import PropertyTree

/// The grammar of policy documents, as far as IAM checks it when a document is stored, in IAM's
/// sentences. A word of Leat's own follows in brackets where IAM's does not say what is wrong.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
enum IAMPolicyDocument {
  enum Kind {
    /// Says who may assume a role: has principals, no resources.
    case trust
    /// Says what a role may do: has resources, no principals.
    case identity
  }

  /// The longest document in characters, white space included.
  static let charactersMax = 131_072

  /// The length that quotas count: white space apart.
  static func characters(of document: String) -> Int {
    document.unicodeScalars.count { scalar in
      // Almost all of them; the others are looked up in Unicode's tables.
      if scalar.isASCII { return scalar != " " && !("\t"..."\r").contains(scalar) }
      return !scalar.properties.isWhitespace
    }
  }

  /// Checks a document given as an object or as JSON text, and returns it as text: text stays as
  /// it was written.
  ///
  /// Throws `MalformedPolicyDocument`.
  static func normalize(_ value: PropertyValue, _ kind: Kind) throws(ServiceError) -> String {
    try check(given: value, kind)
    return value.stringValue ?? JSONWriter.compact(value)
  }

  /// Checks a document given as an object or as JSON text.
  static func check(given value: PropertyValue, _ kind: Kind) throws(ServiceError) {
    if let text = value.stringValue { try check(text, kind) } else { try check(value, kind) }
  }

  static func check(_ text: String, _ kind: Kind) throws(ServiceError) {
    guard text.utf8.count <= charactersMax else {
      throw IAMFaults.limit("The policy is longer than \(charactersMax) characters.")
    }
    let value: PropertyValue
    do {
      value = try JSONReader.read(text)
    } catch {
      throw IAMFaults.malformedPolicy("This policy contains invalid Json")
    }
    try check(value, kind)
  }

  /// A violation of the grammar, which IAM does not explain.
  static func syntax(_ reason: String) -> ServiceError {
    IAMFaults.malformedPolicy("Syntax errors in policy. (\(reason))")
  }

  private static func check(_ value: PropertyValue, _ kind: Kind) throws(ServiceError) {
    guard let document = value.objectValue else { throw syntax("It is no JSON object.") }
    for key in document.keys where !["Version", "Id", "Statement"].contains(key) {
      throw syntax("\(key) is not known.")
    }
    if let version = document["Version"]?.scalarText,
      !["2012-10-17", "2008-10-17"].contains(version)
    {
      throw IAMFaults.malformedPolicy(
        "The policy must contain a valid version string. (\(version) is none.)")
    }
    guard let statement = document["Statement"] else { throw syntax("There is no Statement.") }
    let statements = statement.listValue ?? [statement]
    guard !statements.isEmpty else { throw syntax("There is no Statement.") }
    var sids: Set<String> = []
    for item in statements {
      let statement = try IAMPolicyStatement(item)
      try statement.check(kind)
      if let sid = statement.sid, !sid.isEmpty, !sids.insert(sid).inserted {
        throw IAMFaults.malformedPolicy(
          "Statement IDs (SID) in a single policy must be unique. (\(sid) is not.)")
      }
    }
  }
}

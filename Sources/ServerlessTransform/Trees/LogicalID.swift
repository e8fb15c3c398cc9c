import Crypto

/// Makes the parts of logical ids that depend on what a resource is made of.
enum LogicalID {
  /// The first hexadecimal digits of the SHA-1 of a text. SHA-1 because the ids must be the ones
  /// that users already know; nothing is secured by it.
  static func digest(_ text: String, length: Int = 10) -> String {
    let digits = Insecure.SHA1.hash(data: Array(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0" + digits : digits
    }
    return String(digits.joined().prefix(length))
  }

  /// A prefix with the digest of a value; of text, the text itself counts, not its JSON. Nothing
  /// is appended for what is empty.
  static func hashed(_ prefix: String, _ tree: Tree) -> String {
    if let text = tree.string { return text.isEmpty ? prefix : prefix + digest(text) }
    return tree.isTruthy ? prefix + digest(CanonicalJSON.compact(tree)) : prefix
  }

  /// A suffix as it is where it is alphanumeric, hashed where it is not.
  static func suffixed(_ prefix: String, _ suffix: String) -> String {
    isAlphanumeric(suffix) ? prefix + suffix : hashed(prefix, Tree(suffix))
  }

  static func isAlphanumeric(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber }
  }
}

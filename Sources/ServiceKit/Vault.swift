import Crypto
import Effects
import PropertyTree
import Synchronization

/// Encrypts what must not stand in clear text in the data directory: secrets, secure parameters,
/// parameters with `NoEcho`.
///
/// AES-256-GCM under a key of the environment's own, `<data>/secret.key`, which only its owner may
/// read. The key is drawn when the first value is sealed and never changes: whoever copies the
/// directory copies the key along; whoever copies the database alone learns nothing.
public final class Vault: Sendable {
  /// A sealed value can't be opened.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
  }

  /// Stands before every sealed text; the form's number and a colon follow.
  private static let mark = "sealed:"
  private static let form = 1
  private static let keyBytes = 32
  private static let nonceBytes = 12

  private let path: String
  private let effects: Effects
  private let key = Mutex<SymmetricKey?>(nil)

  /// Touches no file: the key is read or made with the first value.
  public init(path: String, effects: Effects) {
    self.path = path
    self.effects = effects
  }

  /// True for what `seal` gave.
  public static func isSealed(_ text: String) -> Bool { text.hasPrefix(mark) }

  /// The text, encrypted, as printable text.
  ///
  /// - Parameter context: what the value is of; `open` must name the same, so that a sealed value
  ///   moved elsewhere is not taken for another one.
  /// - Throws: `FileFailure` where the key can't be made.
  public func seal(_ text: String, for context: String) throws -> String {
    var nonce: [UInt8] = []
    while nonce.count < Self.nonceBytes { nonce += bytes(of: effects.random.nextUInt64()) }
    let box = try AES.GCM.seal(
      Array(text.utf8), using: try currentKey(),
      nonce: AES.GCM.Nonce(data: nonce.prefix(Self.nonceBytes)),
      authenticating: Array(context.utf8))
    let sealed = Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    return "\(Self.mark)\(Self.form):" + Base64.encode(sealed)
  }

  /// The text that was sealed.
  ///
  /// - Throws: `Failure` where the text is damaged, was sealed for something else or with another
  ///   key.
  public func open(_ sealed: String, for context: String) throws -> String {
    let parts = sealed.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard Self.isSealed(sealed), parts.count == 3, let form = Int(parts[1]),
      let bytes = Base64.decode(String(parts[2]))
    else { throw Failure(description: "a sealed value is damaged") }
    guard form == Self.form else {
      throw Failure(
        description: "a value is sealed in form \(form), and this Leat opens form \(Self.form)")
    }
    do {
      let box = try AES.GCM.SealedBox(combined: bytes)
      let clear = try AES.GCM.open(
        box, using: try currentKey(), authenticating: Array(context.utf8))
      return String(decoding: clear, as: UTF8.self)
    } catch is CryptoKitError {
      throw Failure(
        description: "a sealed value can't be opened: it was not sealed with the key in \(path)")
    }
  }

  private func currentKey() throws -> SymmetricKey {
    try key.withLock { key in
      if let key { return key }
      let made = SymmetricKey(data: try readOrMakeKey())
      key = made
      return made
    }
  }

  /// The file is whole or not there: it is renamed into its place.
  private func readOrMakeKey() throws -> [UInt8] {
    if effects.files.exists(path) {
      let bytes = try effects.files.read(path)
      guard bytes.count == Self.keyBytes else {
        throw Failure(description: "the key in \(path) has \(bytes.count) bytes, not 32")
      }
      return bytes
    }
    var bytes: [UInt8] = []
    while bytes.count < Self.keyBytes { bytes += self.bytes(of: effects.random.nextUInt64()) }
    try effects.files.writeAtomically(bytes, to: path)
    return bytes
  }

  private func bytes(of word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
  }
}

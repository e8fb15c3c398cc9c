import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackModel
import Synchronization

/// Puts values in the place of dynamic references, for the one call that makes or changes a
/// resource. What comes out is never stored with the stack.
final class AnsweredProperties {
  /// The fate of references.
  enum Extent {
    /// All are answered; one that can't be is an error.
    case all
    /// One that can't be answered stays: for what is deleted or was before.
    case possible
  }

  private let stores: ReferenceStores
  private let transaction: Transaction
  /// Secrets that were handed out, so that no message repeats them.
  private(set) var secrets: Set<String> = []

  init(_ stores: ReferenceStores, _ transaction: Transaction) {
    self.stores = stores
    self.transaction = transaction
  }

  /// Throws `ServiceError`.
  func answer(
    _ properties: PropertyValue, _ extent: Extent, in scope: Scope, at now: Timestamp
  ) throws -> PropertyValue {
    guard properties.containsDynamicReference else { return properties }
    return try value(properties) { reference in
      do {
        let text = try self.stores.value(of: reference, in: scope, at: now, self.transaction)
        if reference.isSecret { self.secrets.insert(text) }
        return text
      } catch let fault as ServiceError {
        if extent == .possible { return nil }
        throw ServiceError(
          fault.code, "The reference to `\(reference.name)` can't be answered: \(fault.message)")
      }
    }
  }

  /// The message without the secrets that have been handed out.
  static func redact(_ message: String, _ secrets: Set<String>) -> String {
    secrets.reduce(message) { $1.isEmpty ? $0 : $0.replacing($1, with: "****") }
  }

  private func value(_ value: PropertyValue, _ answer: (DynamicReference) throws -> String?) throws
    -> PropertyValue
  {
    switch value {
    case .string(let text) where text.containsDynamicReference:
      return .string(try self.text(text, answer))
    case .list(let list): return .list(try list.map { try self.value($0, answer) })
    case .object(let object):
      return .object(PropertyObject(try object.map { ($0.key, try self.value($0.value, answer)) }))
    default: return value
    }
  }

  private func text(_ text: String, _ answer: (DynamicReference) throws -> String?) throws -> String
  {
    var result = ""
    for piece in DynamicPiece.pieces(of: text) {
      switch piece {
      case .text(let part), .unclosed(let part): result += part
      case .malformed(_, let written): result += written
      case .reference(let reference, let written):
        result += try answer(reference) ?? String(written)
      }
    }
    return result
  }
}

import PropertyTree
import StackModel

/// Hides secrets in what has drifted: those that are known, and whatever stands now where one was
/// deployed.
struct DriftCover {
  private let mask: SecretMask
  /// As the record has them: references stand as the template writes them.
  private let written: PropertyValue

  init(_ mask: SecretMask, written: PropertyValue) {
    self.mask = mask
    self.written = written
  }

  /// A difference with its references as they are written.
  func shown(_ difference: PropertyDrift) -> PropertyDrift {
    var shown = difference
    let place = value(at: difference.path)
    let isSecret = isSecret(place)
    shown.expected = difference.expected.map { expected in
      if let place, place.containsDynamicReference { return mask.hide(place) }
      return isSecret ? .string(SecretMask.text) : mask.hide(expected)
    }
    // An element that was added stands beside those that were deployed.
    let beside =
      difference.kind == .add ? value(at: PropertyPath(difference.path.steps.dropLast())) : place
    shown.actual = difference.actual.map {
      isSecret || self.isSecret(beside) ? .string(SecretMask.text) : mask.hide($0)
    }
    return shown
  }

  func shown(_ value: PropertyValue) -> PropertyValue { mask.hide(value) }

  /// Live properties, hidden where they have drifted and a secret was deployed.
  func covering(_ live: PropertyValue) -> PropertyValue { cover(live, written) }

  private func cover(_ live: PropertyValue, _ written: PropertyValue?) -> PropertyValue {
    if live == written { return live }
    switch (live, written) {
    case (.object(let object), .object(let texts)?):
      return .object(PropertyObject(object.map { ($0.key, cover($0.value, texts[$0.key])) }))
    case (.list(let list), .list(let texts)?) where list.count == texts.count:
      return .list(zip(list, texts).map(cover))
    case (_, let written) where isSecret(written):
      return .string(SecretMask.text)
    default: return mask.hide(live)
    }
  }

  private func isSecret(_ value: PropertyValue?) -> Bool {
    guard let value else { return false }
    return mask.hide(value) != value || value.holdsSecretReference
  }

  /// nil where the record has no such place, as where a policy is spelled otherwise.
  private func value(at path: PropertyPath) -> PropertyValue? {
    var value: PropertyValue? = written
    for step in path.steps {
      switch step {
      case .key(let key): value = value?[key]
      case .index(let index):
        let list = value?.listValue ?? []
        value = list.indices.contains(index) ? list[index] : nil
      }
    }
    return value
  }
}

extension PropertyValue {
  /// True where a reference to a secret stands in a text anywhere inside.
  fileprivate var holdsSecretReference: Bool {
    switch self {
    case .string(let text) where text.containsDynamicReference:
      DynamicPiece.pieces(of: text).contains { piece in
        if case .reference(let reference, _) = piece { reference.isSecret } else { false }
      }
    case .list(let list): list.contains(where: \.holdsSecretReference)
    case .object(let object): object.values.contains(where: \.holdsSecretReference)
    default: false
    }
  }
}

import APIFacts
import AWSModel
import PropertyTree

/// Gives an output the form of the wire: names, formats of moments, and in XML the elements around
/// lists and maps, attributes and namespaces. The tree that it makes has no list that needs wrapping.
///
/// A moment that is given as text, and members that the model does not know, stay as they are.
struct OutputShaper {
  let shapes: OperationShapes
  let wireProtocol: WireProtocol

  private var isXML: Bool {
    switch wireProtocol {
    case .query, .ec2Query, .restXML: true
    default: false
    }
  }

  /// Members of the body by their names there; those in headers by their own.
  func members(_ members: PropertyValue) -> PropertyValue {
    guard let output = shapes.output, case .object = members, isXML || !shapes.isPlainJSON else {
      return members
    }
    return structure(members, output)
  }

  private func structure(_ tree: PropertyValue, _ shape: APIShape) -> PropertyValue {
    guard case .object(let object) = tree else { return tree }
    var out = PropertyObject()
    for (name, value) in object where value != .null {
      guard let member = shape.member(name) else {
        out[name] = value
        continue
      }
      let isBody = member.location == .body && shape.payload != member.name
      let key = isBody ? member.wireName : name
      var shaped = self.value(value, member)
      if isXML, member.isAttribute {
        out["@\(key)"] = shaped
        continue
      }
      if isXML, let namespace = member.xmlNamespace ?? shapes[member].xmlNamespace,
        case .object(var inner) = shaped, shape.payload != member.name
      {
        let parts = namespace.split(separator: " ")
        let attribute = parts.count > 1 ? "@xmlns:\(parts[0])" : "@xmlns"
        inner[attribute] = parts.last.map { .string(String($0)) }
        shaped = .object(inner)
      }
      out[key] = shaped
    }
    return .object(out)
  }

  private func value(_ tree: PropertyValue, _ member: APIMember) -> PropertyValue {
    let shape = shapes[member]
    switch (shape.kind, tree) {
    case (.structure, _) where !shape.isDocument: return structure(tree, shape)
    case (.list, .list(let items)):
      guard let element = shape.element else { return tree }
      let shaped = PropertyValue.list(items.map { value($0, element) })
      guard isXML, !member.isFlattened, !shape.isFlattened else { return shaped }
      return .object([element.wireName: shaped])
    case (.map, .object(let object)): return map(object, shape, member)
    case (.timestamp, .int(let seconds)): return moment(Double(seconds), shape, member)
    case (.timestamp, .double(let seconds)): return moment(seconds, shape, member)
    default: return tree
    }
  }

  private func map(_ object: PropertyObject, _ shape: APIShape, _ member: APIMember)
    -> PropertyValue
  {
    guard let key = shape.key, let entry = shape.value else { return .object(object) }
    guard isXML, member.location == .body else {
      return .object(PropertyObject(object.map { ($0.key, value($0.value, entry)) }))
    }
    let entries = PropertyValue.list(
      object.map { name, inner in
        .object([key.wireName: .string(name), entry.wireName: value(inner, entry)])
      })
    return member.isFlattened || shape.isFlattened ? entries : .object(["entry": entries])
  }

  private func moment(_ seconds: Double, _ shape: APIShape, _ member: APIMember) -> PropertyValue {
    let usual: TimestampFormat =
      member.location == .header ? .rfc822 : isXML ? .iso8601 : .unixTimestamp
    let format = member.timestampFormat ?? shape.timestampFormat ?? usual
    guard format != .unixTimestamp || isXML, let text = WireTime.text(seconds, format) else {
      return .double(seconds)
    }
    return .string(text)
  }
}

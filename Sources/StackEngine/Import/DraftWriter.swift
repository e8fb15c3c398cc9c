import PropertyTree
import ResourceModel
import StackContracts

/// Writes the template for resources as they were found: a logical ID for each, and references in
/// place of one another's ARNs.
struct DraftWriter {
  struct Found {
    var type: ResourceType
    var properties: PropertyValue
    var identity: ResourceIdentity
    /// A write-only property, and the file that it is to name.
    var file: (property: String, contents: [UInt8])?
  }

  private var found: [(id: String, resource: Found)] = []
  private var names: Set<String> = []

  mutating func add(_ resource: Found) {
    let wanted = Self.logicalID(resource.type, resource.identity.physicalID)
    var (id, number) = (wanted, 2)
    while !names.insert(id).inserted {
      id = "\(wanted)\(number)"
      number += 1
    }
    found.append((id, resource))
  }

  var draft: TemplateDraft {
    var references = DraftReferences(found.map { ($0.id, $0.resource.identity) })
    var resources = PropertyObject()
    var files: [TemplateDraft.File] = []
    for (id, resource) in found {
      var properties = references.inserted(into: resource.properties, of: id).objectValue ?? [:]
      if let file = resource.file {
        let path = "code/\(id).zip"
        files.append(TemplateDraft.File(path: path, contents: Base64.encode(file.contents)))
        properties[file.property] = .string(path)
      }
      resources[id] = ["Type": .string(resource.type.text), "Properties": .object(properties)]
    }
    let imports = found.map { ($0.id, $0.resource.identity.physicalID) }
    return TemplateDraft(
      template: ["AWSTemplateFormatVersion": "2010-09-09", "Resources": .object(resources)],
      imports: Dictionary(imports, uniquingKeysWith: { first, _ in first }), files: files)
  }

  /// `OrderEventsStream` for the stream `order-events`: letters and digits of the name, and the
  /// type's last word where the name does not end with it.
  static func logicalID(_ type: ResourceType, _ physicalID: String) -> String {
    let noun = type.text.split(separator: ":").last.map(String.init) ?? ""
    // An ARN's last part is the name.
    let name = physicalID.split(whereSeparator: { $0 == ":" || $0 == "/" }).last ?? ""
    let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }
    var id = String(words.joined().prefix(200))
    if id.first?.isNumber ?? true { id = noun + id }
    return id.lowercased().contains(noun.lowercased()) ? id : id + noun
  }
}

/// References to drafted resources in place of their ARNs, as long as none leads in a circle.
struct DraftReferences {
  private struct Target {
    var id: String
    var attribute: String?
    var text: String
  }

  /// Longest first: one ARN may be another's beginning.
  private let targets: [Target]
  private var needs: [String: Set<String>] = [:]

  init(_ resources: [(id: String, identity: ResourceIdentity)]) {
    targets = resources.flatMap { id, identity -> [Target] in
      var found = identity.attributes.compactMap { name, value in
        value.stringValue.map { Target(id: id, attribute: name, text: $0) }
      }
      if let text = identity.reference.stringValue { found.append(Target(id: id, text: text)) }
      return found.filter { $0.text.hasPrefix("arn:") }
    }.sorted { ($1.text.utf8.count, $0.id) < ($0.text.utf8.count, $1.id) }
  }

  mutating func inserted(into value: PropertyValue, of id: String) -> PropertyValue {
    switch value {
    case .string(let text): return inserted(into: text, of: id)
    case .list(let list): return .list(list.map { inserted(into: $0, of: id) })
    case .object(let object):
      return .object(
        PropertyObject(object.map { ($0.key, inserted(into: $0.value, of: id)) }))
    default: return value
    }
  }

  private mutating func inserted(into text: String, of id: String) -> PropertyValue {
    guard text.contains("arn:") else { return .string(text) }
    var pieces = ""
    var (isChanged, rest) = (false, Substring(text))
    while !rest.isEmpty {
      guard let target = target(at: rest), allows(target.id, in: id) else {
        let character = rest.removeFirst()
        // Braces after a dollar would be a reference.
        pieces += character == "$" && rest.first == "{" ? "${!" : String(character)
        if character == "$", rest.first == "{" { rest.removeFirst() }
        continue
      }
      needs[id, default: []].insert(target.id)
      isChanged = true
      if target.text == text {
        guard let attribute = target.attribute else { return ["Ref": .string(target.id)] }
        return ["Fn::GetAtt": [.string(target.id), .string(attribute)]]
      }
      pieces += "${\(target.id)\(target.attribute.map { ".\($0)" } ?? "")}"
      rest = rest.dropFirst(target.text.count)
    }
    return isChanged ? ["Fn::Sub": .string(pieces)] : .string(text)
  }

  /// The resource whose ARN the text begins with, and ends there or goes on with something inside.
  private func target(at text: Substring) -> Target? {
    guard text.hasPrefix("arn:") else { return nil }
    return targets.first { target in
      guard text.hasPrefix(target.text) else { return false }
      guard let next = text.dropFirst(target.text.count).first else { return true }
      return next == "/" || next == ":" || next == "*" || next == "\"" || next == ","
    }
  }

  /// False where the resource is the same, or needs this one.
  private func allows(_ target: String, in id: String) -> Bool {
    if target == id { return false }
    var (waiting, seen) = ([target], Set<String>())
    while let next = waiting.popLast() {
      if next == id { return false }
      guard seen.insert(next).inserted else { continue }
      waiting += needs[next] ?? []
    }
    return true
  }
}

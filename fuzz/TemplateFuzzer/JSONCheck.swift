import PropertyTree
import TemplateParsing

/// JSON as the reader takes it is taken by the template reader too, and means the same; what is
/// written reads back.
enum JSONCheck {
  static func run(on input: FuzzedInput) {
    let bytes = input.template
    // A text that is not JSON is the reader's to refuse.
    guard let tree = try? JSONReader.read(bytes) else { return }
    for text in [
      JSONWriter.compact(tree), JSONWriter.pretty(tree), JSONWriter.canonical(tree),
    ] {
      let again: PropertyValue
      do { again = try JSONReader.read(text) } catch {
        preconditionFailure("what was written can't be read: \(error)")
      }
      precondition(JSONWriter.canonical(again) == JSONWriter.canonical(tree), "not the same value")
    }
    guard bytes.first == UInt8(ascii: "{") else { return }
    let (root, findings) = TemplateParser.document(bytes, file: "t.json")
    guard let root else {
      // It allows less nesting than the reader of requests.
      precondition(findings.contains { "\($0.message)".contains("deeper") }, "\(findings)")
      return
    }
    guard findings.isEmpty else { return }
    precondition(agrees(root, tree), "the two readers of JSON differ")
  }

  private static func agrees(_ node: TemplateNode, _ value: PropertyValue) -> Bool {
    switch (node.content, value) {
    case (.scalar(let scalar), .string(let text)): return scalar.text == text && !scalar.isPlain
    case (.scalar(let scalar), .null): return scalar.text == "null" && scalar.isPlain
    case (.scalar(let scalar), .bool(let bool)): return scalar.text == "\(bool)" && scalar.isPlain
    case (.scalar(let scalar), .int), (.scalar(let scalar), .double): return scalar.isPlain
    case (.sequence(let elements), .list(let list)):
      return elements.count == list.count && zip(elements, list).allSatisfy { agrees($0, $1) }
    case (.mapping(let entries), .object(let object)):
      return entries.count == object.count
        && entries.allSatisfy { entry in
          object[entry.key.value].map { agrees(entry.value, $0) } ?? false
        }
    default: return false
    }
  }
}

import Diagnostics
import PropertyTree
import TemplateParsing

extension Tree {
  /// The tree of a document, short-form intrinsics written long.
  init(_ node: TemplateNode) {
    var plain: Tree
    switch node.content {
    case .scalar(let scalar): plain = Tree(.scalar(scalar), span: node.span)
    case .sequence(let nodes): plain = Tree(.list(nodes.map { Tree($0) }), span: node.span)
    case .mapping(let entries):
      let members = entries.map {
        Member($0.key.value, Tree($0.value), keySpan: $0.key.span)
      }
      plain = Tree(.object(members), span: node.span)
    }
    guard let tag = node.tag, tag.hasPrefix("!"), tag.utf8.count > 1 else {
      if node.tag == "tag:yaml.org,2002:str", let scalar = node.scalar {
        plain.content = .scalar(TemplateScalar(scalar.text, isPlain: false))
      }
      self = plain
      return
    }
    let name = String(tag.dropFirst())
    let key = name == "Ref" || name == "Condition" ? name : "Fn::" + name
    if key == "Fn::GetAtt", let text = plain.text {
      let parts = text.split(separator: ".", maxSplits: 1).map { Tree(String($0)) }
      plain.content = .list(parts.map { $0.placed(at: node.span) })
    } else if let scalar = node.scalar, !scalar.isNull {
      plain.content = .scalar(TemplateScalar(scalar.text, isPlain: false))
    }
    self.init(.object([Member(key, plain, keySpan: node.span)]), span: node.span)
  }

  /// The document again. Values without a place take `span`.
  func node(inheriting outer: SourceSpan) -> TemplateNode {
    let own = span ?? outer
    switch content {
    case .scalar(let scalar): return TemplateNode(.scalar(scalar), span: own)
    case .list(let elements):
      return TemplateNode(.sequence(elements.map { $0.node(inheriting: own) }), span: own)
    case .object(let members):
      let entries = members.map {
        TemplateEntry(
          key: Spanned($0.key, $0.keySpan ?? own), value: $0.value.node(inheriting: own))
      }
      return TemplateNode(.mapping(entries), span: own)
    }
  }

  /// The value without its places.
  var plainValue: PropertyValue {
    switch content {
    case .scalar(let scalar): return scalar.value
    case .list(let elements): return .list(elements.map(\.plainValue))
    case .object(let members):
      var object = PropertyObject()
      for member in members { object[member.key] = member.value.plainValue }
      return .object(object)
    }
  }
}

import Diagnostics
import PropertyTree

/// One node of the document as it is written, before anything is made of it.
public struct TemplateNode: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    case scalar(TemplateScalar)
    case sequence([TemplateNode])
    case mapping([TemplateEntry])
  }

  public var content: Content
  /// A local tag with its exclamation mark (`!Sub`), or a whole `tag:yaml.org,2002:…`.
  public var tag: String?
  public var span: SourceSpan

  public init(_ content: Content, tag: String? = nil, span: SourceSpan) {
    self.content = content
    self.tag = tag
    self.span = span
  }

  /// The pairs of a mapping, in their order.
  public var entries: [TemplateEntry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  public var elements: [TemplateNode]? {
    if case .sequence(let elements) = content { elements } else { nil }
  }

  public var scalar: TemplateScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  /// The kind of the node, for messages: `a list`.
  public var shape: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "a single value"
    case .sequence: "a list"
    case .mapping: "an object"
    }
  }
}

/// The text of a scalar after escapes, folding and chomping.
public struct TemplateScalar: Sendable, Hashable {
  public var text: String
  /// False for quoted and block scalars and for JSON strings: those are always text.
  public var isPlain: Bool

  public init(_ text: String, isPlain: Bool) {
    self.text = text
    self.isPlain = isPlain
  }

  /// The meaning of the scalar by the rules for plain and quoted text.
  public var value: PropertyValue { ScalarTyping.value(of: self) }

  public var isNull: Bool { isPlain && ScalarTyping.isNull(text) }
}

/// A key and its value.
public struct TemplateEntry: Sendable, Hashable {
  public var key: Spanned<String>
  public var value: TemplateNode

  public init(key: Spanned<String>, value: TemplateNode) {
    self.key = key
    self.value = value
  }
}

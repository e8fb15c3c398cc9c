import Diagnostics

/// Inputs of transforms: the values a stack is deployed with, and local files.
public struct TransformInputs {
  /// A file's bytes by the path that a `Location` gives; throws what is shown to the user.
  public typealias FileReader = (String) throws -> [UInt8]

  /// The stack's parameters by name, and pseudo parameters under theirs (`AWS::Region`).
  public var parameters: [String: String]
  /// True where the template is looked at without being deployed: a parameter without a value is
  /// no mistake then, and a loop over it goes over one made-up name.
  public var isByItself = false
  /// nil where no file may be read: an include is an error then.
  public var readFile: FileReader?

  public init(parameters: [String: String] = [:], readFile: FileReader? = nil) {
    self.parameters = parameters
    self.readFile = readFile
  }
}

/// A document after its transforms.
public struct TransformedDocument {
  public var root: TemplateNode
  public var diagnostics: [Diagnostic]
  /// nil where there was nothing to transform.
  public var writtenNames: WrittenNames?

  public init(
    root: TemplateNode, diagnostics: [Diagnostic] = [], writtenNames: WrittenNames? = nil
  ) {
    self.root = root
    self.diagnostics = diagnostics
    self.writtenNames = writtenNames
  }
}

/// Carries out the transforms that a document asks for: includes where they stand, then those of
/// `Transform` in their order.
public enum DocumentTransforms {
  /// A transform that is implemented elsewhere.
  public typealias Transform = (TemplateNode) -> (root: TemplateNode, diagnostics: [Diagnostic])

  /// - Parameter others: transforms by the name that `Transform` gives them; what is neither among
  ///   them nor known here stays in `Transform`, for the resolver to report.
  /// - Returns: the document with loops and includes written out; `AWS::LanguageExtensions` stays
  ///   declared, since it allows functions that come later.
  public static func run(
    _ root: TemplateNode, _ inputs: TransformInputs, others: [String: Transform] = [:]
  ) -> TransformedDocument {
    let (included, found) = Include.expand(root, readFile: inputs.readFile)
    var root = included
    var diagnostics = found
    let writtenNames = root["Transform"].map { _ in WrittenNames(root) }
    for name in names(of: root) where !diagnostics.hasErrors {
      let result: (root: TemplateNode, diagnostics: [Diagnostic])
      if name == LanguageExtensions.name {
        result = LanguageExtensions.expand(root, inputs)
      } else if let other = others[name] {
        result = other(root)
      } else {
        continue
      }
      root = result.root
      diagnostics += result.diagnostics
    }
    return TransformedDocument(
      root: root, diagnostics: diagnostics, writtenNames: writtenNames)
  }

  /// The names in `Transform`, in their order.
  static func names(of root: TemplateNode) -> [String] {
    guard let transform = root["Transform"] else { return [] }
    return (transform.elements ?? [transform]).compactMap { node in
      (node["Name"] ?? node).scalar?.text
    }
  }
}

extension TemplateNode {
  /// The value of a key of a mapping; nil for other nodes and keys.
  public subscript(key: String) -> TemplateNode? { entries?.first { $0.key.value == key }?.value }

  /// The function that the node calls, `!Sub` as `Fn::Sub`, with its argument; nil for other nodes.
  var functionCall: (name: String, argument: TemplateNode)? {
    if let tag, tag.hasPrefix("!") {
      let short = String(tag.dropFirst())
      var argument = self
      argument.tag = nil
      return (short == "Ref" || short == "Condition" ? short : "Fn::\(short)", argument)
    }
    guard let entries, entries.count == 1 else { return nil }
    let key = entries[0].key.value
    return key == "Ref" || key.hasPrefix("Fn::") ? (key, entries[0].value) : nil
  }
}

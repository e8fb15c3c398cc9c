import Diagnostics

/// The bounds that CloudFormation sets to sections, and the keys that it takes in mappings.
extension TemplateReader {
  private static let descriptionBytesMax = 1024

  /// Reports a description that CloudFormation would not take.
  func checkLength(ofDescription description: Spanned<String>) {
    let count = description.value.utf8.count
    guard count > Self.descriptionBytesMax else { return }
    report(
      .tooLarge,
      "`Description` takes at most \(Self.descriptionBytesMax) bytes, it has \(count)",
      at: description.span)
  }

  /// Warns of a section with more entries than CloudFormation takes; Leat itself takes them.
  func checkCount(_ entries: [TemplateEntry], most: Int, _ what: String) {
    guard entries.count > most else { return }
    report(
      .tooLarge, "\(entries.count) \(what) are more than the \(most) that CloudFormation takes",
      at: entries[most].key.span, severity: .warning)
  }

  /// Reports a key of a mapping that is neither alphanumeric nor, on the first level, has dots and
  /// hyphens.
  func checkMappingKey(_ key: Spanned<String>, isFirstLevel: Bool) {
    let isPlain = key.value.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      case 0x2D, 0x2E: isFirstLevel
      default: false
      }
    }
    guard !isPlain || key.value.isEmpty || key.value.utf8.count > 255 else { return }
    let also = isFirstLevel ? ", dots and hyphens" : " alone"
    report(
      .invalidName, "`\(key.value)` can't be a key of a mapping", at: key.span,
      hint: "use letters and digits\(also), at most 255")
  }

  private static let neverNull: Set = [
    "Properties", "Metadata", "Parameters", "Mappings", "Conditions", "Outputs", "Rules",
  ]

  /// Reports a section, or a resource's properties or metadata, that nothing is written in.
  func checkNull(_ entry: TemplateEntry) {
    guard case .scalar(let scalar) = entry.value.content, scalar.isNull, entry.value.tag == nil,
      Self.neverNull.contains(entry.key.value)
    else { return }
    report(
      .wrongShape, "`\(entry.key.value)` has nothing in it", at: entry.key.span,
      hint: "remove it, or write `{}`: CloudFormation takes no nulls")
  }

  /// Reports null values, which CloudFormation refuses wherever they stand.
  func checkNulls(in node: TemplateNode, below key: Spanned<String>) {
    if node.scalar?.isNull == true, node.tag == nil {
      report(
        .wrongShape, "`\(key.value)` has no value", at: key.span,
        hint: "give it one, or remove it: CloudFormation takes no nulls")
    }
    for entry in node.entries ?? [] { checkNulls(in: entry.value, below: entry.key) }
    for element in node.elements ?? [] { checkNulls(in: element, below: key) }
  }
}

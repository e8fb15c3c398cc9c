import PropertyTree
import ResourceFacts
import ResourceModel

/// Rules for maps and for tags, whatever the type.
extension PropertyValidation {
  /// Holds one pair of a map, whose key is the path's last step, against the patterns of its keys
  /// and the shape of its values.
  func checkPair(
    _ key: String, _ value: PropertyValue, of shape: Shape, _ facts: TypeFacts,
    _ place: Place, _ found: inout Findings
  ) {
    var inner = place
    inner.supported = nil
    guard shape.facts.keyPatterns.contains(where: { patterns.matches(key, $0) }) else {
      let shown = shape.facts.keyPatterns.map { "`\($0)`" }.joined(separator: " or ")
      found.append(
        PropertyIssue(
          .unknownProperty, at: found.path, "`\(key)` can't be a key in \(subject(place))",
          hint: "keys match \(shown)"))
      return
    }
    guard let index = shape.facts.values else { return }
    check(value, facts.shape(index), facts, inner, &found)
  }

  /// Tags of one resource must differ in their keys, and `aws:` is reserved.
  func checkTags(_ tags: [PropertyValue], _ found: inout Findings) {
    var seen: Set<String> = []
    for (index, tag) in tags.enumerated() {
      guard let key = tag["Key"]?.scalarText else { continue }
      if key.hasPrefix("aws:") {
        found.append(
          PropertyIssue(
            .invalidPropertyValue, at: found.path.appending(index).appending("Key"),
            "the tag `\(key.prefix(60))` begins with `aws:`, which is reserved"))
      }
      guard !seen.insert(key).inserted else { continue }
      found.append(
        PropertyIssue(
          .invalidPropertyValue, at: found.path, "the tag `\(key.prefix(60))` is given twice"))
    }
  }
}

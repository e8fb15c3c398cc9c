import Diagnostics

/// The path of a file that a template includes.
enum IncludedPath {
  /// The reason why a path is refused.
  struct Refusal: Error, CustomStringConvertible {
    var description: String
  }

  /// The path of a file beside the template or below. Nothing leads out of the template's folder.
  static func beside(_ template: String, _ path: String) throws -> String {
    let steps = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !path.hasPrefix("/"), !steps.contains(".."), !path.utf8.contains(0) else {
      throw Refusal(description: "an included file lies in the template's folder or below")
    }
    guard let slash = template.lastIndex(of: "/") else { return path }
    return "\(template[..<slash])/\(path)"
  }
}

/// The ARNs of the policies that AWS manages.
enum ManagedPolicy {
  /// The ARN of a policy by its name. Most stand at the root, some below a path.
  static func arn(_ name: String, partition: String) -> String {
    "arn:\(partition):iam::aws:policy/\(paths[name].map { $0 + "/" } ?? "")\(name)"
  }

  private static let paths: [String: String] = {
    var paths: [String: String] = [:]
    for (path, names) in managedPoliciesTable {
      for name in "\(names)".split(separator: " ") { paths[String(name)] = "\(path)" }
    }
    return paths
  }()
}

import Crypto
import PropertyTree

extension CodeFolders {
  /// The name of the folder in which these archives lie over one another.
  static func layerFolder(_ hashes: [String]) -> String {
    "layers-" + Hex.encode(SHA256.hash(data: Array(hashes.joined(separator: ",").utf8)))
  }

  /// The folder that stands in for AWS's `/opt`; nil without layers.
  func prepare(layers hashes: [String]) async throws -> String? {
    guard !hashes.isEmpty else { return nil }
    return try await prepare(Self.layerFolder(hashes), from: hashes)
  }
}

/// Variables that let a runtime find what layers bring along.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
enum LayerVariables {
  /// Adds to `variables`, before what stands there: the function's own code comes first in any case.
  static func add(
    _ folder: String?, codeFolder: String, runtime: String,
    to variables: inout [String: String]
  ) {
    guard let folder else { return }
    prepend(
      ["\(folder)/lib"], after: [codeFolder, "\(codeFolder)/lib"], to: "LD_LIBRARY_PATH",
      of: &variables)
    append("\(folder)/bin", to: "PATH", of: &variables)
    switch RuntimeCatalog.family(of: runtime) {
    case .python:
      let version = RuntimeCatalog.version(of: runtime) ?? "3"
      prepend(
        ["\(folder)/python/lib/python\(version)/site-packages", "\(folder)/python"], after: [],
        to: "PYTHONPATH", of: &variables)
    case .node:
      let version = RuntimeCatalog.version(of: runtime) ?? "20"
      prepend(
        ["\(folder)/nodejs/node\(version)/node_modules", "\(folder)/nodejs/node_modules"],
        after: [], to: "NODE_PATH", of: &variables)
    default: break
    }
    variables["LEAT_LAYERS"] = folder
  }

  private static func prepend(
    _ paths: [String], after first: [String], to name: String,
    of variables: inout [String: String]
  ) {
    let rest = variables[name].map { [$0] } ?? []
    variables[name] = (first + paths + rest).joined(separator: ":")
  }

  private static func append(
    _ path: String, to name: String, of variables: inout [String: String]
  ) {
    variables[name] = variables[name].map { "\($0):\(path)" } ?? path
  }
}

import Effects
import PropertyTree

/// The reason why a folder can't be read as a cloud assembly.
public struct AssemblyFailure: Error, Sendable, Hashable {
  public var file: String
  public var reason: String
  public var hint: String?

  public init(_ file: String, _ reason: String, hint: String? = nil) {
    self.file = file
    self.reason = reason
    self.hint = hint
  }
}

/// The output of `cdk synth`: stacks in the order in which they can be deployed, with the files
/// that they bring along. Stages inside count as well.
public struct CloudAssembly: Sendable, Hashable {
  /// The folder that holds `manifest.json`.
  public var folder: String
  /// Dependencies first; among equals, in the manifest's order.
  public var stacks: [AssemblyStack]

  public static func isAssembly(_ folder: String, files: any FileSystem) -> Bool {
    files.exists("\(folder)/manifest.json") && !files.isDirectory("\(folder)/manifest.json")
  }

  /// Reads the manifests. Throws `AssemblyFailure`.
  public init(_ folder: String, files: any FileSystem) throws {
    self.folder = folder
    var reader = AssemblyReader(files: files)
    try reader.read(folder, prefix: "", depth: 0)
    stacks = try Self.order(reader.stacks, folder)
  }

  private static func order(_ stacks: [AssemblyStack], _ folder: String) throws -> [AssemblyStack] {
    var ordered: [AssemblyStack] = []
    var rest = stacks
    var done: Set<String> = []
    while !rest.isEmpty {
      guard let index = rest.firstIndex(where: { $0.dependencies.allSatisfy(done.contains) }) else {
        throw AssemblyFailure(
          "\(folder)/manifest.json",
          "has stacks that depend on one another: \(rest.map(\.id).joined(separator: ", "))")
      }
      let stack = rest.remove(at: index)
      done.insert(stack.id)
      ordered.append(stack)
    }
    return ordered
  }

  // MARK: Selection

  /// The stacks of these names with all that they depend on, in order; all where no name is given.
  /// Throws `AssemblyFailure` for a name that no stack has.
  public func stacks(named names: [String]) throws -> [AssemblyStack] {
    guard !names.isEmpty else { return stacks }
    var wanted = try ids(of: names)
    for stack in stacks.reversed() where wanted.contains(stack.id) {
      wanted.formUnion(stack.dependencies)
    }
    return stacks.filter { wanted.contains($0.id) }
  }

  /// The stacks of these names with all that depends on them, dependents first.
  public func removal(of names: [String]) throws -> [AssemblyStack] {
    guard !names.isEmpty else { return stacks.reversed() }
    var wanted = try ids(of: names)
    for stack in stacks where !wanted.isDisjoint(with: stack.dependencies) {
      wanted.insert(stack.id)
    }
    return stacks.reversed().filter { wanted.contains($0.id) }
  }

  private func ids(of names: [String]) throws -> Set<String> {
    var found: Set<String> = []
    for name in names {
      let matches = stacks.filter {
        $0.id == name || $0.displayName == name || $0.stackName == name
      }
      guard !matches.isEmpty else {
        throw AssemblyFailure(
          folder, "has no stack `\(name)`",
          hint: "it has \(stacks.map(\.displayName).joined(separator: ", "))")
      }
      found.formUnion(matches.map(\.id))
    }
    return found
  }
}

/// A stack of an assembly.
public struct AssemblyStack: Sendable, Hashable {
  /// The artifact's id, with the folders of the stages above it: `assembly-Prod/ProdStack123`.
  public var id: String
  /// CDK's name of the stack: `Prod/Stack`.
  public var displayName: String
  /// CloudFormation's name of the stack.
  public var stackName: String
  public var templateFile: String
  /// Values that the assembly itself gives, those of legacy asset parameters among them.
  public var parameters: [String: String]
  public var tags: [String: String]
  /// nil where the assembly leaves it to whoever deploys.
  public var account: String?
  public var region: String?
  /// Ids of stacks.
  public var dependencies: [String]
  public var assets: [AssemblyAsset]
  public var isProtected: Bool
}

/// A file that a stack brings along, and where it goes.
public struct AssemblyAsset: Sendable, Hashable {
  public enum Packaging: String, Sendable, Hashable { case zip, file }

  public var source: String
  public var packaging: Packaging
  /// With placeholders, as the manifest writes it.
  public var bucketPattern: String
  public var keyPattern: String

  /// True for what may be the template of a nested stack.
  public var isTemplate: Bool {
    packaging == .file && (source.hasSuffix(".template.json") || source.hasSuffix(".template.yaml"))
  }

  /// Fills in the placeholders of an environment.
  public static func fill(_ pattern: String, account: String, region: String) -> String {
    var out = ""
    var rest = pattern[...]
    let values = [
      "${AWS::AccountId}": account, "${AWS::Region}": region, "${AWS::Partition}": "aws",
    ]
    while let character = rest.first {
      if let match = values.first(where: { rest.hasPrefix($0.key) }) {
        out += match.value
        rest = rest.dropFirst(match.key.count)
      } else {
        out.append(character)
        rest = rest.dropFirst()
      }
    }
    return out
  }
}

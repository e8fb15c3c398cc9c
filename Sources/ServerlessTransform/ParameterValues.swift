import TemplateParsing

/// Values of `Ref` and `Fn::Sub` where the transform itself needs them: in hashes, names of
/// aliases, parameters of policy templates. Everything else stays a reference.
struct ParameterValues {
  private var values: [String: Tree]
  /// Values that stand for parameters without one, which are reported elsewhere.
  private var standIns: [String: Tree] = [:]
  let region: String
  let partition: String

  /// - Parameters:
  ///   - given: the stack's parameters, and pseudo parameters under their names.
  ///   - declared: the template's `Parameters` section, for the defaults.
  init(given: [String: String], declared: Tree?) {
    values = given.mapValues { Tree($0) }
    for member in declared?.members ?? [] where values[member.key] == nil {
      if let preset = member.value["Default"] {
        values[member.key] = preset
      } else {
        standIns[member.key] = member.value["AllowedValues"]?.elements?.first ?? Tree(member.key)
      }
    }
    region = given["AWS::Region"] ?? "us-east-1"
    partition = given["AWS::Partition"] ?? Self.partition(of: region)
    values["AWS::Region"] = Tree(region)
    values["AWS::Partition"] = Tree(partition)
  }

  /// The partition that the ARNs of a region name.
  static func partition(of region: String) -> String {
    switch region {
    case _ where region.hasPrefix("cn-"): "aws-cn"
    case _ where region.hasPrefix("us-gov-"): "aws-us-gov"
    case _ where region.hasPrefix("us-isob-"): "aws-iso-b"
    case _ where region.hasPrefix("us-isof-"): "aws-iso-f"
    case _ where region.hasPrefix("us-iso-"): "aws-iso"
    case _ where region.hasPrefix("eu-isoe-"): "aws-iso-e"
    case _ where region.hasPrefix("eusc-"): "aws-eusc"
    default: "aws"
    }
  }

  /// API Gateway has edge endpoints in the commercial regions alone.
  var hasEdgeEndpoints: Bool { partition == "aws" }

  func value(of name: String) -> Tree? { values[name] }

  /// The tree with each reference to a known parameter replaced by its value.
  func resolve(_ tree: Tree) -> Tree {
    tree.mapIntrinsics { name, tree in
      switch name {
      case "Ref":
        guard let value = tree["Ref"]?.string.flatMap({ values[$0] }) else { return tree }
        return value.placed(at: tree.span)
      case "Fn::Sub": return tree.mapPlaceholders { values[$0]?.text }
      default: return tree
      }
    }
  }

  /// The same for a value that must be known, where a parameter without a value gets a stand-in.
  func resolved(_ tree: Tree) -> Tree {
    if tree.intrinsic == "Ref", let value = tree["Ref"]?.string.flatMap({ standIns[$0] }) {
      return Tree(value.text ?? "").placed(at: tree.span)
    }
    return resolve(tree)
  }

  func resolve(_ tree: Tree?) -> Tree? { tree.map { resolve($0) } }
}

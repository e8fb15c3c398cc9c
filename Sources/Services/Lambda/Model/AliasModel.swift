import AWSModel
import PropertyTree

/// A name for a version of a function, or for two with a share each.
struct AliasModel: Codable, Sendable, Hashable, PolicyHolder {
  var name: String
  var function: String
  /// `$LATEST` or a number.
  var version: String
  var description = ""
  /// The share of invocations, 0 to 1, that another version gets; at most one.
  var weights: [String: Double] = [:]
  var revisionID: String
  var permissions: [Permission] = []
  var policyRevisionID = ""

  func arn(in scope: Scope) -> String {
    ARN("lambda", scope, "function:\(function):\(name)").description
  }

  /// True where the alias leads to this version, for some invocations at least.
  func uses(_ version: String) -> Bool { self.version == version || weights[version] != nil }

  /// The version for one invocation.
  ///
  /// - Parameter chance: from 0 to 1, 1 not among them.
  func version(by chance: Double) -> String {
    var rest = chance
    for (version, weight) in weights.sorted(by: { $0.key < $1.key }) {
      if rest < weight { return version }
      rest -= weight
    }
    return version
  }

  func shown(in scope: Scope) -> PropertyValue {
    var shown: PropertyObject = [
      "AliasArn": .string(arn(in: scope)), "Name": .string(name),
      "FunctionVersion": .string(version), "Description": .string(description),
      "RevisionId": .string(revisionID),
    ]
    if !weights.isEmpty {
      let sorted = weights.sorted { $0.key < $1.key }.map {
        ($0.key, PropertyValue.double($0.value))
      }
      shown["RoutingConfig"] = ["AdditionalVersionWeights": .object(PropertyObject(sorted))]
    }
    return .object(shown)
  }
}

/// `RoutingConfig`, as requests give it.
struct AliasRouting: Codable, Sendable, Hashable {
  var AdditionalVersionWeights: [String: Double]?
}

extension AliasModel {
  /// Throws AWS's refusals of weights. That the versions are there is checked by the store.
  func validate() throws {
    guard weights.count <= 1 else {
      throw ServiceError.parameter(
        "Number of items in AdditionalVersionWeights cannot be greater than 1")
    }
    for (other, weight) in weights {
      guard (0.0...1.0).contains(weight) else {
        throw ServiceError.validation(
          "1 validation error detected: Value '{\(other)=\(weight)}' at "
            + "'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must "
            + "satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
            + "have value greater than or equal to 0.0, Member must not be null]")
      }
      guard other != version else {
        throw ServiceError.parameter(
          "Invalid function version \(version). Function version \(version) is already included in "
            + "routing configuration.")
      }
      guard version != FunctionModel.latest, other != FunctionModel.latest else {
        throw ServiceError.parameter(
          "$LATEST is not supported for an alias pointing to more than 1 version")
      }
    }
  }
}

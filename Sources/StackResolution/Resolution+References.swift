import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

/// Dynamic references in a resource's properties.
extension Resolution {
  /// Looks up every reference in the properties, which stay as they are written.
  ///
  /// Fills in `answered`. Returns the properties to validate: secrets included, what is not known
  /// yet `.unknown`; nil where there are no references.
  func answerReferences(in resource: inout ResolvedResource, at index: Int) -> PropertyValue? {
    guard resource.properties.containsDynamicReference else { return nil }
    let search = ReferenceSearch(
      resolution: self, resource: resource,
      places: PropertyPlaces(resolution: self, resource: template.resources[index]),
      namingProperty: catalog[resource.type]?.schema.naming?.property)
    let found = search.values(resource.properties, at: PropertyPath())
    if found.plain != resource.properties { resource.answered = found.plain }
    return found.full
  }
}

/// One walk through a resource's properties.
private struct ReferenceSearch {
  let resolution: Resolution
  let resource: ResolvedResource
  let places: PropertyPlaces
  /// The property that gives the resource its name.
  let namingProperty: String?

  /// A value with its references answered: all of them, and those that are no secrets.
  struct Values {
    var full: PropertyValue
    var plain: PropertyValue
  }

  /// The properties that CloudFormation reads `ssm-secure` in; list indices dropped.
  private static let secureProperties: Set<String> = [
    "AWS::DirectoryService::MicrosoftAD/Password", "AWS::DirectoryService::SimpleAD/Password",
    "AWS::ElastiCache::ReplicationGroup/AuthToken", "AWS::IAM::User/LoginProfile.Password",
    "AWS::KinesisFirehose::DeliveryStream/RedshiftDestinationConfiguration.Password",
    "AWS::OpsWorks::App/AppSource.Password", "AWS::OpsWorks::Stack/RdsDbInstances.DbPassword",
    "AWS::OpsWorks::Stack/CustomCookbooksSource.Password",
    "AWS::RDS::DBCluster/MasterUserPassword", "AWS::RDS::DBInstance/MasterUserPassword",
    "AWS::Redshift::Cluster/MasterUserPassword",
  ]

  func values(_ value: PropertyValue, at path: PropertyPath) -> Values {
    switch value {
    case .string(let text) where text.containsDynamicReference: return answer(text, at: path)
    case .list(let list):
      let found = list.enumerated().map { values($1, at: path.appending($0)) }
      return Values(full: .list(found.map(\.full)), plain: .list(found.map(\.plain)))
    case .object(let object):
      var full = PropertyObject()
      var plain = PropertyObject()
      for (key, value) in object {
        let found = values(value, at: path.appending(key))
        full[key] = found.full
        plain[key] = found.plain
      }
      return Values(full: .object(full), plain: .object(plain))
    default: return Values(full: value, plain: value)
    }
  }

  private func answer(_ text: String, at path: PropertyPath) -> Values {
    let span = places.span(of: path, isAboutKey: false)
    var full = ""
    var plain = ""
    var unknown: PropertyValue?
    for piece in DynamicPiece.pieces(of: text) {
      if case .text(let part) = piece {
        full += part
        plain += part
        continue
      }
      guard let placed = resolution.checked(piece, in: text, at: span), allows(placed, at: path),
        let answer = resolution.answer(placed)
      else {
        unknown = Resolution.unresolved
        continue
      }
      switch answer {
      case .value(let value):
        full += value
        plain += placed.reference.isSecret ? String(placed.written) : value
      case .unknown:
        plain += placed.written
        if isName(path), !resolution.isByItself {
          reportName(placed, "is not known before the deployment")
        }
        unknown = unknown ?? .unknown("\(placed.written)")
      case .missing: unknown = Resolution.unresolved
      }
    }
    return Values(full: unknown ?? .string(full), plain: .string(plain))
  }

  private func isName(_ path: PropertyPath) -> Bool {
    path.steps.count == path.keysOnly.count && path.description == namingProperty
  }

  /// False, with an error, where CloudFormation takes no such reference.
  private func allows(_ placed: Resolution.PlacedReference, at path: PropertyPath) -> Bool {
    let keys = path.keysOnly.joined(separator: ".")
    if placed.reference.service == .secureSSM,
      !Self.secureProperties.contains("\(resource.type)/\(keys)")
    {
      resolution.report(
        .unresolvedValue,
        "CloudFormation does not read `ssm-secure` in `\(keys)` of \(resource.type)",
        at: placed.span,
        hint: "only passwords of certain types take it; `{{resolve:secretsmanager:…}}` works in "
          + "every property")
      return false
    }
    if placed.reference.isSecret, isName(path) {
      reportName(placed, "is a secret")
      return false
    }
    return true
  }

  private func reportName(_ placed: Resolution.PlacedReference, _ reason: String) {
    resolution.report(
      .unresolvedValue,
      "`\(placed.written)` \(reason), and `\(namingProperty ?? "")` names the resource",
      at: placed.span, hint: "names stand in plans, events and ARNs; give a plain one")
  }
}
